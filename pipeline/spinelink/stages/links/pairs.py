"""A finding beside a symptom: what rules may ask of the two together."""

from __future__ import annotations

from typing import Final, NamedTuple

from spinelink import vocabulary
from spinelink.stages.links import roots as nerve
from spinelink.stages.links.denials import Denials
from spinelink.stages.links.facts import members, words
from spinelink.stages.links.roots import Roots
from spinelink.stages.links.rules import Facts
from spinelink.stages.links.told import SIDES_OF
from spinelink.stages.links.wording import Words, words_of_finding, words_of_symptom

BOTH = ("root_fit", "every_root_fits", "own_root_clear", "sides", "sides_covered", "same_area")
"""The facts of a pair."""
SIDES: Final = 3
Both = tuple[str | None, bool, bool, str, bool, bool]
"""What is told of them, in their order."""

_REACHES = "reaches_roots"
"""The class of findings that can affect a root at all, for which links name the roots."""
_SPINE = frozenset(vocabulary.REGIONS)
_SIDED = frozenset({"limb", "claudication", "scapular"})


class OfFinding(NamedTuple):
    """A finding as pairs see it: `open_rules` are those that hold as far as it goes, `links_name` the roots for a link.

    `sided` says that its side must be the symptom's; `covered` are the sides of all findings like it at its level.
    """

    open_rules: int
    roots: Roots
    links_name: Roots
    sided: bool
    sides: frozenset[str]
    covered: frozenset[str]
    areas: frozenset[str]
    words: Words


class OfSymptom(NamedTuple):
    """A symptom as pairs see it; `own_root_clear` says that its roots are told to be clear."""

    place: int
    open_rules: int
    roots: Roots
    own_root_clear: bool
    sided: bool
    sides: frozenset[str]
    areas: frozenset[str]
    words: Words


def of_finding(facts: Facts, open_rules: int) -> OfFinding:
    """Return a finding as pairs see it."""
    classes, roots, side = members(facts, "finding_class"), words(facts, "roots"), str(facts["side"])
    return OfFinding(
        open_rules,
        roots,
        roots if _REACHES in classes else (),
        "midline" not in classes,
        SIDES_OF[side],
        members(facts, "covered"),
        members(facts, "area") & _SPINE,
        words_of_finding(str(facts["finding"]), str(facts["level"]), side, words(facts, "zone"), roots),
    )


def of_symptom(place: int, facts: Facts, open_rules: int, denials: Denials) -> OfSymptom:
    """Return the symptom at a place as pairs see it."""
    roots, areas, side = words(facts, "symptom_roots"), members(facts, "symptom_area"), str(facts["symptom_side"])
    return OfSymptom(
        place,
        open_rules,
        roots,
        denials.own_clear(roots),
        not _SIDED.isdisjoint(members(facts, "symptom_class")),
        SIDES_OF[side],
        areas,
        words_of_symptom(str(facts["symptom"]), side, words(facts, "territory"), areas, roots),
    )


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
        not finding.areas.isdisjoint(symptom.areas),
    )


def _sides(finding: OfFinding, symptom: OfSymptom) -> str:
    """Return how the sides of finding and symptom agree, as the table has it."""
    if not (finding.sided and symptom.sided):
        return "not_applicable"
    here, there = finding.sides, symptom.sides
    if here and there:
        return "opposite" if here.isdisjoint(there) else "same"
    return "one_unstated" if here or there else "none_stated"
