"""The facts that rules ask about, by name: of a finding, of a symptom, of the two together and of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spinelink import vocabulary
from spinelink.conditions import Fact
from spinelink.records import Finding, Study
from spinelink.stages.links.pairs import BOTH
from spinelink.stages.links.roots import Reach
from spinelink.stages.links.rules import Defined, Definitions
from spinelink.stages.links.told import Said

SYMPTOM_TYPES: tuple[str, ...] = (*vocabulary.SYMPTOMS, *vocabulary.RED_FLAGS, *vocabulary.CARE)
"""What may stand as the symptom of a link."""

_STATED = (*Said._fields, *Reach._fields)
_FELT = (
    "symptom", "symptom_subtype", "symptom_region", "symptom_side", "symptom_assertion", "kind", "territory",
    "trajectory", "root_letters", "imaged", "specific",
)  # fmt: skip
FINDING = (*_STATED, "area", "finding_class")
SYMPTOM = (*_FELT, "symptom_area", "symptom_class", "symptom_roots", "symptom_imaged")
REPORT = ("transitional", "signs", "lumbar", "symptoms")
"""What rules may ask of each, in the order in which it is told."""

_PAIR = frozenset({*FINDING, *SYMPTOM, *REPORT, *BOTH})
SCOPES: Mapping[str, frozenset[str]] = {
    "finding": frozenset({"assertion"}),
    "symptom": frozenset({"symptom_assertion", "kind"}),
    "report": frozenset({"symptoms"}),
    "pair": _PAIR,
    "concordant": _PAIR,
    "alone": frozenset({*SYMPTOM, *REPORT, "lesions", "denied", "matching"}),
    "unmatched": frozenset({*FINDING, *REPORT, "explained_by"}),
}
"""What the rules of each scope may ask; those of the first three say whether something is judged at all."""

_ZONE = ("zone", "migration", "etiology")
DEFINED: Mapping[str, frozenset[str]] = {
    "root_zone": frozenset({"finding", *_ZONE}),
    "area": frozenset(_STATED) - {"root_zone"},
    "finding_class": frozenset(FINDING),
    "symptom_area": frozenset(_FELT),
    "symptom_class": frozenset({*_FELT, "symptom_area", "symptom_class"}),
    "symptom_roots": frozenset({*_FELT, "symptom_area", "symptom_class"}),
}
"""The facts that `definitions.tsv` defines for links, and what each may ask about."""
OF_FINDINGS = Defined("finding", tuple(vocabulary.FINDINGS), _STATED, ("area", "finding_class"), {"root_zone": _ZONE})
OF_SYMPTOMS = Defined(
    "symptom", SYMPTOM_TYPES, _FELT, ("symptom_area", "symptom_class"),
    {"symptom_roots": (*_FELT, "symptom_area", "symptom_class")},
)  # fmt: skip

REGION_OF_AREA: Mapping[str, str] = {
    "lumbar": "lumbar", "leg": "lumbar", "saddle": "lumbar", "thoracic": "thoracic", "trunk": "thoracic",
    "cervical": "cervical", "arm": "cervical",
}  # fmt: skip
"""The region of the spine that a study must show to speak of an area of the body."""


def types_of(definitions: Definitions, name: str) -> frozenset[str]:
    """Return the finding types that belong to a class whatever else is said of them."""
    found = []
    for kind in vocabulary.FINDINGS:
        zones = definitions.first(kind, "root_zone", (None,) * len(_ZONE))
        facts: dict[str, Fact] = {"finding": kind, "effect": "compression", "root_zone": zones}
        _, classes = definitions.names(kind, tuple(map(facts.get, _STATED)))
        if name in classes:
            found.append(kind)
    return frozenset(found)


def imaged_regions(findings: Iterable[Finding], study: Study) -> tuple[str, ...]:
    """Return the regions that the study shows: its own, else those of its findings."""
    named = study.regions or tuple(dict.fromkeys(finding.region for finding in findings if finding.region))
    return tuple(dict.fromkeys("lumbar" if region == "sacral" else region for region in named))
