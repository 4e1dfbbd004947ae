"""A finding beside a symptom: what rules may ask of the two together."""

from __future__ import annotations

from typing import Final, NamedTuple

from spinelink.stages.links import roots as nerve
from spinelink.stages.links.roots import Roots
from spinelink.stages.links.wording import Words

BOTH = ("root_fit", "every_root_fits", "own_root_clear", "sides", "sides_covered", "same_area")
"""The facts of a pair."""
SIDES: Final = 3
Both = tuple[str | None, bool, bool, str, bool, bool]
"""What is told of them, in their order."""


class OfFinding(NamedTuple):
    """A finding as pairs see it.

    `open_rules` are those that hold as far as it goes, `links_name` the roots for a link, `spine` its areas that are
    regions. `sided` says that its side must be the symptom's; `covered` are the sides of all like it at its level.
    """

    kind: str
    level: str
    open_rules: int
    zones: tuple[str, ...]
    roots: Roots
    links_name: Roots
    sided: bool
    sides: frozenset[str]
    covered: frozenset[str]
    areas: frozenset[str]
    spine: frozenset[str]
    classes: frozenset[str]
    words: Words


class OfSymptom(NamedTuple):
    """A symptom or red flag as pairs see it; `own_root_clear` says that the report tells its roots to be clear."""

    name: str
    kind: str
    open_rules: int
    roots: Roots
    own_root_clear: bool
    sided: bool
    sides: frozenset[str]
    areas: frozenset[str]
    classes: frozenset[str]
    words: Words


def together(finding: OfFinding, symptom: OfSymptom) -> Both:
    """Return what a rule on a pair may ask about beyond the facts of its finding and its symptom."""
    fit, every_root_fits = nerve.fit(finding.roots, symptom.roots)
    sides = _sides(finding, symptom)
    return (
        fit,
        every_root_fits,
        fit == "adjacent" and symptom.own_root_clear,
        sides,
        sides != "same" or symptom.sides <= finding.covered,
        not finding.spine.isdisjoint(symptom.areas),
    )


def _sides(finding: OfFinding, symptom: OfSymptom) -> str:
    """Return how the sides of finding and symptom agree, as the table has it."""
    if not (finding.sided and symptom.sided):
        return "not_applicable"
    here, there = finding.sides, symptom.sides
    if here and there:
        return "opposite" if here.isdisjoint(there) else "same"
    return "one_unstated" if here or there else "none_stated"
