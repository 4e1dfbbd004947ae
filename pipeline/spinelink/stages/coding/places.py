"""Where a code is of: the words for regions that ICD-10-CM divides the spine into, of a level and of a symptom."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from spinelink import vocabulary
from spinelink.records import Finding, Study, Symptom

ANY = "any"
UNSPECIFIED = "unspecified"
MULTIPLE = "multiple"

_UPPERMOST = ("C0-C1", "C1-C2", "C1", "C2")
_JUNCTIONS = {"C7-T1": "cervicothoracic", "T12-L1": "thoracolumbar", "L5-S1": "lumbosacral", "L6-S1": "lumbosacral"}
_BY_LETTER = {"C": "cervical", "T": "thoracic", "L": "lumbar", "S": "sacral_sacrococcygeal"}
_OF_REGIONS = {**{name: name for name in vocabulary.REGIONS}, "sacral": "sacral_sacrococcygeal"}
_FELT = {"leg": "lumbar", "foot": "lumbar", "back": "lumbar", "arm": "cervical", "hand": "cervical", "neck": "cervical"}
_FELT |= {"trunk": "thoracic", "saddle": "sacral_sacrococcygeal", **_OF_REGIONS}
_ROOTS = {"C1": "occipito_atlanto_axial", "C2": "occipito_atlanto_axial", "C8": "cervicothoracic"}
_ROOTS |= {"S1": "lumbosacral", "T1": "cervicothoracic"}
_ACROSS = {
    frozenset({"cervical", "cervicothoracic"}): "cervical",
    frozenset({"lumbar", "lumbosacral"}): "lumbar",
    frozenset({"lumbosacral", "sacral_sacrococcygeal"}): "lumbosacral",
    frozenset({"thoracic", "lumbar"}): "thoracolumbar",
}
"""Neighbouring regions told together, and the one that stands for both."""

CODE_REGIONS: frozenset[str] = frozenset(
    {*_JUNCTIONS.values(), *_OF_REGIONS.values(), "occipito_atlanto_axial", ANY, UNSPECIFIED, MULTIPLE}
)
"""Every region word of a code; levels stand beside them."""

RADIATES = {"cervical": "arm", "cervicothoracic": "arm", "thoracic": "trunk", "lumbar": "leg", "lumbosacral": "leg"}
"""Where radiculopathy of a region is felt, as far as its code says."""


def region_of_level(level: str) -> str | None:
    """Return the region of a level, a disc or a vertebra, None where it names none.

    Source: clinical.md b.4; L5-S1 is lumbosacral, the body of L5 lumbar.
    """
    if level in _JUNCTIONS:
        return _JUNCTIONS[level]
    if level in _UPPERMOST:
        return "occipito_atlanto_axial"
    if level in ("sacrum", "coccyx"):
        return _BY_LETTER["S"]
    return _BY_LETTER.get(level[:1]) if level not in vocabulary.NO_LEVEL else None


def places_of_finding(finding: Finding, study: Study) -> tuple[str, ...]:
    """Return the places whose codes may be of a finding, the most exact first.

    A bone noun reads "L5-S1" as two vertebrae; both are lumbosacral.
    """
    written = finding.mention.level
    pair = written.levels[0] if written and written.form == "pair" and finding.level in written.vertebrae else ""
    return _places(pair, finding.level, finding.region or _only_region(study) or "")


@lru_cache(maxsize=1024)
def _places(pair: str, level: str, imaged: str) -> tuple[str, ...]:
    region = region_of_level(pair) or region_of_level(level) or _OF_REGIONS.get(imaged)
    named = [level] if level not in vocabulary.NO_LEVEL else []
    several = [MULTIPLE] if level == "multilevel" else []
    return (*named, *several, *filter(None, [region]), ANY, UNSPECIFIED)


def places_of_symptom(symptom: Symptom, study: Study) -> tuple[str, ...]:
    """Return the places whose codes may be of a symptom, the most exact first.

    Named roots tell the region, else the part of the body, else the one region that was imaged.
    """
    region = _region_of_roots(symptom.roots) or _FELT.get(symptom.region or _only_region(study) or "")
    return (*filter(None, [region]), ANY, UNSPECIFIED)


def _region_of_roots(roots: Sequence[str]) -> str | None:
    """Return the region that all of these roots are of, or the one that stands for two neighbouring regions."""
    regions = frozenset(_ROOTS.get(root, _BY_LETTER.get(root[:1], "")) for root in roots)
    return next(iter(regions)) if len(regions) == 1 else _ACROSS.get(regions)


def _only_region(study: Study) -> str | None:
    return study.regions[0] if len(study.regions) == 1 else None
