"""Actionable findings that only one part of a report tells of."""

from __future__ import annotations

from collections.abc import Iterator

from spinelink import families, vocabulary
from spinelink.families import family_of, related_to
from spinelink.records import Discrepancy, Mention
from spinelink.stages.discrepancies.told import Part, Places, Told, named, rank

_SEVERE = 3.0
_NEARLY_SEVERE = 2.5
_WATCHED = frozenset(
    map(family_of, families.ACTIONABLE | families.ACTIONABLE_IF_COMPRESSED | families.ACTIONABLE_IF_SEVERE)
)


def impression_only(told: Told) -> Iterator[Discrepancy]:
    """Yield the actionable findings of the impression of which the findings say nothing, one a family."""
    for places in _actionable(told.impression, told, _NEARLY_SEVERE).values():
        if not _speaks_of(places, told.body, told):
            yield Discrepancy(
                "impression_only", tuple(places), f"{named(places, told)}: in the impression, nowhere in the findings"
            )


def missing(told: Told) -> Iterator[Discrepancy]:
    """Yield the actionable findings of which the impression says nothing, one a family."""
    for places in _actionable(told.body, told, _SEVERE).values():
        if not _speaks_of(places, told.impression, told):
            covered = _levels_of_weight(told)
            left_out = [place for place in places if told.findings[place].level not in covered]
            if left_out:
                yield Discrepancy(
                    "missing_from_impression",
                    tuple(left_out),
                    f"{named(left_out, told)}: in the findings, nowhere in the impression",
                )


def _speaks_of(places: Places, part: Part, told: Told) -> bool:
    """Tell whether a part says anything of the other part's findings: affirms them under any name, or denies them.

    A denial at other levels, or of something merely related, says nothing of them.
    """
    kinds = {kind for place in places for kind in related_to(told.mention(place).finding_type)}
    if part.types.isdisjoint(kinds):
        return False
    where = {told.findings[place].level for place in places} | vocabulary.NO_LEVEL
    own = {family_of(told.mention(place).finding_type) for place in places}
    return any(
        mention.assertion != "absent"
        or (told.findings[place].level in where and family_of(mention.finding_type) in own)
        for place in part.places
        if (mention := told.mention(place)).finding_type in kinds
    )


def _levels_of_weight(told: Told) -> frozenset[str]:
    """Return the levels at which the impression has an actionable finding, or the harm that one does to a nerve."""
    actionable = {p for places in _actionable(told.impression, told, _NEARLY_SEVERE).values() for p in places}
    neural = {
        place
        for place in told.affirmed(told.impression.places)
        if vocabulary.GROUP_OF[told.mention(place).finding_type] == "neural"
    }
    return frozenset(told.findings[place].level for place in actionable | neural) - vocabulary.NO_LEVEL


def _actionable(part: Part, told: Told, least: float) -> dict[str, Places]:
    """Return the actionable findings of a part by family; `least` is the rank from which a stenosis is severe."""
    found: dict[str, Places] = {}
    for family in sorted(_WATCHED.intersection(part.families)):
        by_level = part.families[family]
        places = [place for held in by_level.values() for place in held if _is_actionable(told.mention(place), least)]
        if places:
            found[family] = sorted(places)
    return found


def _is_actionable(mention: Mention, least: float) -> bool:
    if mention.assertion != "present":
        return False
    kind = mention.finding_type
    if kind == "vertebral_fracture":
        return mention.acuity != "chronic" and mention.change not in ("stable", "improved")
    if kind in families.ACTIONABLE_IF_SEVERE:
        return mention.severity_kind == "grade" and rank(mention) >= least
    if kind in families.ACTIONABLE_IF_COMPRESSED:
        return mention.effect == "compression"
    return kind in families.ACTIONABLE
