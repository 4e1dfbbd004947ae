"""Which roots and which part of the cord a lesion harms, where a report tells the harm beside the lesion.

"L5-S1: extrusion compressing the left S1 root" is two findings. The root belongs to the lesions of its own sentence at
its level, or where that has none to those of its level in the same section. Of several lesions it belongs to those
that can reach it by level and zone, if any can: the foraminal stenosis named beside the extrusion is not what meets
the traversing root. Source: clinical.md section c ("if the report names the root, the report wins").
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from spinelink.records import Finding

ROOT = "nerve_root_involvement"
_MOST = 50
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
    pressing: Collection[str],
    reach: Callable[[Finding], frozenset[str]],
) -> Bonds:
    """Return the bonds of a report.

    `pressing` are the types that may press on a nerve, `reach` tells which roots a finding can reach by the table.
    """
    bonds = Bonds()
    lesions = _Lesions([place for place in present if findings[place].mention.finding_type in pressing], findings)
    for place in present:
        mention = findings[place].mention
        if mention.root is not None:
            bonds.named_of.setdefault(place, []).append(mention.root)
        if mention.finding_type == ROOT:
            _bind_root(place, lesions, findings, reach, bonds)
        elif mention.finding_type in _CORD:
            effect = _CORD[mention.finding_type] or mention.effect or "contact"
            for lesion in lesions.near(place):
                bonds.cord_of.setdefault(lesion, []).append(effect)
    return bonds


def _bind_root(
    place: int,
    lesions: _Lesions,
    findings: Sequence[Finding],
    reach: Callable[[Finding], frozenset[str]],
    bonds: Bonds,
) -> None:
    root = findings[place].mention.root
    near = lesions.near(place)
    if root is not None:
        near = [lesion for lesion in near if root in reach(findings[lesion])] or near
    bonds.lesions_of[place] = near
    for lesion in near:
        bonds.roots_of.setdefault(lesion, []).append(place)
        if root is not None:
            bonds.named_of.setdefault(lesion, []).append(root)


class _Lesions:
    """The lesions of a report by where they are told."""

    def __init__(self, lesions: Sequence[int], findings: Sequence[Finding]) -> None:
        self._findings = findings
        self._by_sentence: dict[int, list[int]] = {}
        self._by_level: dict[tuple[int, str], list[int]] = {}
        for lesion in lesions:
            told = findings[lesion]
            self._by_sentence.setdefault(told.sentence_start, []).append(lesion)
            self._by_level.setdefault((told.section_id, told.level), []).append(lesion)

    def near(self, place: int) -> list[int]:
        """Return the lesions of a harm: at its level and side, in its sentence, else in its section.

        Of so many that no report was ever dictated with them, the first.
        """
        harm = self._findings[place]
        beside = self._by_sentence.get(harm.sentence_start, ())
        found = self._fitting(place, (one for one in beside if not harm.level or self._level(one) == harm.level))
        return found or self._fitting(
            place, self._by_level.get((harm.section_id, harm.level), ()) if harm.level else ()
        )

    def _fitting(self, place: int, lesions: Iterable[int]) -> list[int]:
        harm = self._findings[place]
        return list(islice((one for one in lesions if one != place and _agree(self._findings[one], harm)), _MOST))

    def _level(self, place: int) -> str:
        return self._findings[place].level


def _agree(lesion: Finding, harm: Finding) -> bool:
    sides = lesion.mention.side, harm.mention.side
    return "" in sides or "bilateral" in sides or sides[0] == sides[1]
