"""Which roots and which part of the cord a lesion harms, where a report tells the harm beside the lesion.

"L5-S1: extrusion compressing the left S1 root" is two findings. The root belongs to the lesions of its own sentence at
its level, or where that has none to those of its level in the same section. Of several lesions it belongs to those
that can reach it by level and zone, if any can: the foraminal stenosis named beside the extrusion is not what meets
the traversing root. Source: clinical.md section c ("if the report names the root, the report wins").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from spinelink.records import Finding

ROOT = "nerve_root_involvement"
_CORD = {"cord_involvement": None, "cord_signal_abnormality": "signal"}


@dataclass(slots=True)
class Bonds:
    """By the place of a finding: the rows of roots that it harms, the roots named for it, how it meets the cord.

    `lesions_of` has for each row of a root the lesions that harm it.
    """

    roots_of: dict[int, list[int]] = field(default_factory=dict)
    named_of: dict[int, list[str]] = field(default_factory=dict)
    cord_of: dict[int, list[str]] = field(default_factory=dict)
    lesions_of: dict[int, list[int]] = field(default_factory=dict)


def bonds_of(
    findings: Sequence[Finding],
    present: Sequence[int],
    presses: Callable[[str], bool],
    reach: Callable[[Finding], frozenset[str]],
) -> Bonds:
    """Return the bonds of a report.

    `presses` tells which types may press on a nerve, `reach` which roots a finding can reach by the table.
    """
    bonds = Bonds()
    lesions = [place for place in present if presses(findings[place].mention.finding_type)]
    for place in present:
        mention = findings[place].mention
        if mention.root is not None:
            bonds.named_of.setdefault(place, []).append(mention.root)
        if mention.finding_type == ROOT:
            _bind_root(place, lesions, findings, reach, bonds)
        elif mention.finding_type in _CORD:
            effect = _CORD[mention.finding_type] or mention.effect or "contact"
            for lesion in _near(place, lesions, findings):
                bonds.cord_of.setdefault(lesion, []).append(effect)
    return bonds


def _bind_root(
    place: int,
    lesions: Sequence[int],
    findings: Sequence[Finding],
    reach: Callable[[Finding], frozenset[str]],
    bonds: Bonds,
) -> None:
    root = findings[place].mention.root
    near = _near(place, lesions, findings)
    if root is not None:
        near = [lesion for lesion in near if root in reach(findings[lesion])] or near
    bonds.lesions_of[place] = near
    for lesion in near:
        bonds.roots_of.setdefault(lesion, []).append(place)
        if root is not None:
            bonds.named_of.setdefault(lesion, []).append(root)


def _near(place: int, lesions: Sequence[int], findings: Sequence[Finding]) -> list[int]:
    """Return the lesions of a harm: at its level and side, in its sentence, else in its section."""
    harm = findings[place]
    alike = [
        lesion
        for lesion in lesions
        if lesion != place and _same_level(findings[lesion], harm) and _agree(findings[lesion], harm)
    ]
    beside = [lesion for lesion in alike if findings[lesion].sentence_start == harm.sentence_start]
    return beside or [
        lesion for lesion in alike if findings[lesion].section_id == harm.section_id and findings[lesion].level
    ]


def _same_level(lesion: Finding, harm: Finding) -> bool:
    return lesion.level == harm.level or (not harm.level and lesion.sentence_start == harm.sentence_start)


def _agree(lesion: Finding, harm: Finding) -> bool:
    sides = lesion.mention.side, harm.mention.side
    return "" in sides or "bilateral" in sides or sides[0] == sides[1]
