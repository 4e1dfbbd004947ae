"""What a report says of each of its present findings, gathered from all places that tell of it.

A fact is a type at a level and side; its rows in findings, impression and addendum are one telling. What no row of a
fact states is taken from rows of the same family and level in another part of the report whose side agrees: an
impression's "L5-S1 herniation" is the left paracentral extrusion of the body. Source: NEG-07, decision 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from spinelink import vocabulary
from spinelink.families import family_of
from spinelink.records import Discrepancy, Finding, Mention
from spinelink.stages.links.bonds import Bonds
from spinelink.stages.links.roots import known

Words = tuple[str, ...]
Key = tuple[str, str, str]
"""Type, level and side."""

_EFFECTS = ("contact", "displacement", "compression")
_CORD = (*_EFFECTS, "signal")
_CONFLICTS = frozenset({"side", "level", "assertion"})
_MODERATE = 2.0
_SLIPS = "spondylolisthesis"
_MEYERDING = frozenset("12345")


_NONE: frozenset[str] = frozenset()
_OF_SIDE = {"": _NONE, "left": frozenset({"left"}), "right": frozenset({"right"})}
SIDES_OF: Mapping[str, frozenset[str]] = {**_OF_SIDE, "bilateral": frozenset({"left", "right"})}
"""The sides that a side covers: left, right or both; none where no side is stated."""
_said_of = attrgetter("subtype", "zone", "acuity", "etiology", "migration", "recurrent")
_PLAIN = (None,) * 6
_NOTHING = ((), (), (), (), (), False)
"""What is said of a finding by most of its rows: no more than its type, place and grade."""


class Said(NamedTuple):
    """What a report says of a fact, by the names that rules use."""

    finding: str
    level: str
    region: str | None
    side: str
    covered: frozenset[str]
    grade: float | None
    slip: float | None
    effect: str | None
    cord: str | None
    beside: frozenset[str]
    conflict: str | None
    subtype: Words
    zone: Words
    acuity: Words
    etiology: Words
    migration: Words
    recurrent: bool


class Telling(NamedTuple):
    """One fact: `places` are its rows, `fuller` those of another part of the report that tell more of it."""

    key: Key
    places: Sequence[int]
    fuller: Sequence[int]


def key_of(finding: Finding) -> Key:
    """Return the fact that a finding is a row of."""
    return finding.mention.finding_type, finding.level, finding.mention.side


def _fuller(key: Key, places: Sequence[int], related: Sequence[int], findings: Sequence[Finding]) -> Sequence[int]:
    """Return the related findings of another part that may tell more of a fact.

    They are of its level; what is told of no level, or of several, may be of any.
    """
    if len(related) == len(places):
        return ()  # it is all that is told of its family
    _, level, side = key
    parts = {findings[place].category for place in places}
    found = []
    for place in related:
        finding = findings[place]
        if (finding.category in parts and len(parts) == 1) or place in places:
            continue
        here = finding.level == level or (level in vocabulary.NO_LEVEL and finding.level not in vocabulary.NO_LEVEL)
        if here and sides_agree(side, finding.mention.side):
            found.append(place)
    return found


def sides_agree(one: str, other: str) -> bool:
    """Tell whether two sides may be of one thing: the same, overlapping, or one not stated."""
    return not one or not other or not SIDES_OF[one].isdisjoint(SIDES_OF[other])


def side_from(sides: Iterable[str]) -> str:
    """Return the one side that several sides come to."""
    both = frozenset().union(*map(SIDES_OF.__getitem__, sides))
    return "bilateral" if len(both) > 1 else next(iter(both), "")


class Told:
    """The present findings of a report with what stands beside them.

    `watched` says of what any rule on a type asks whether it stands beside it.
    """

    def __init__(
        self,
        findings: Sequence[Finding],
        present: Sequence[int],
        discrepancies: Iterable[Discrepancy],
        bonds: Bonds,
        watched: Mapping[str, frozenset[str]],
    ) -> None:
        self.findings = findings
        self._watched = watched
        self.bonds = bonds
        self._beside: dict[str, set[str]] = {}
        self._covered: dict[tuple[str, str], frozenset[str]] = {}
        self.tellings = self._tellings(present)
        self._conflicts = self._conflicts_of(discrepancies)

    def _tellings(self, present: Iterable[int]) -> list[Telling]:
        """Return the facts among the present findings, in the order in which they are first told."""
        findings = self.findings
        by_key: dict[Key, list[int]] = {}
        related: dict[str, list[int]] = {}
        for place in present:
            finding = findings[place]
            key = kind, level, side = key_of(finding)
            family = family_of(kind)
            by_key.setdefault(key, []).append(place)
            related.setdefault(family, []).append(place)
            if side:
                here = family, level
                self._covered[here] = self._covered.get(here, _NONE) | SIDES_OF[side]
            if level not in vocabulary.NO_LEVEL:
                beside = self._beside.setdefault(level, set())
                beside.add(kind)
                if finding.mention.severity == "severe":
                    beside.add(f"severe_{kind}")
        return [
            Telling(key, places, _fuller(key, places, related[family_of(key[0])], findings))
            for key, places in by_key.items()
        ]

    def _conflicts_of(self, discrepancies: Iterable[Discrepancy]) -> dict[Key, str]:
        """Return the facts on which the report disagrees with itself, and on what: fact (which, where) or grade."""
        found: dict[Key, str] = {}
        for one in discrepancies:
            if one.kind in _CONFLICTS:
                conflict = "fact"
            elif one.kind == "severity" and self._crosses(one.findings):
                conflict = "grade"
            else:
                continue
            places = {*one.findings, *(root for place in one.findings for root in self.bonds.roots_of.get(place, ()))}
            for place in sorted(places):
                found.setdefault(key_of(self.findings[place]), conflict)
        return found

    def _crosses(self, places: Iterable[int]) -> bool:
        """Tell whether one grade is below moderate and another is not, so that rules judge them differently."""
        ranks = [rank for place in places if (rank := _rank((self.findings[place].mention,))) is not None]
        return bool(ranks) and min(ranks) < _MODERATE <= max(ranks)

    def said(self, telling: Telling) -> Said:
        """Return what is said of a fact."""
        kind, level, side = telling.key
        own = [self.findings[place].mention for place in telling.places]
        more = [self.findings[place].mention for place in telling.fuller] if telling.fuller else ()
        here = self._level(telling)
        if not side:
            side = (side_from([mention.side for mention in more]) if more else "") or self._side_of_harm(telling)
        watched = self._watched[kind]
        return Said(
            kind,
            here,
            self.findings[telling.places[0]].region,
            side,
            self._covered.get((family_of(kind), level), _NONE) | SIDES_OF[side],
            _rank(own) or _rank(more),
            _slip((*own, *more)) if kind == _SLIPS else None,
            self._effect(telling, own),
            self._cord(telling),
            watched.intersection(self._beside.get(here, ())) if watched else _NONE,
            self._conflicts.get(telling.key),
            *_more_said(own, more, side),
        )

    def _level(self, telling: Telling) -> str:
        """Return the level of a fact; an impression that names none speaks of the one level that the body names."""
        level = telling.key[1]
        if level or not telling.fuller:
            return level
        elsewhere = {self.findings[place].level for place in telling.fuller}
        return next(iter(elsewhere)) if len(elsewhere) == 1 else level

    def lesions_of(self, telling: Telling) -> Sequence[int]:
        """Return the lesions that harm a root."""
        lesions = self.bonds.lesions_of
        return [lesion for place in telling.places for lesion in lesions.get(place, ())] if lesions else ()

    def elsewhere(self, telling: Telling) -> Sequence[int]:
        """Return what tells more of a finding without a level."""
        return telling.fuller if telling.key[1] in vocabulary.NO_LEVEL else ()

    def named_roots(self, telling: Telling) -> tuple[str, ...]:
        """Return the nerve roots that the report names for a fact: its own rows first, else those that tell more."""
        if self.bonds.named_of:
            for places in (telling.places, telling.fuller):
                named = [root for place in places for root in self.bonds.named_of.get(place, ())]
                if named:
                    return known(dict.fromkeys(named))
        return ()

    def _side_of_harm(self, telling: Telling) -> str:
        """Return the side of what a finding without a side of its own harms, or is harmed by."""
        if not self.bonds.roots_of:
            return ""
        bound = [
            self.findings[other].mention.side
            for place in (*telling.places, *telling.fuller)
            for bond in (self.bonds.roots_of, self.bonds.lesions_of)
            for other in bond.get(place, ())
        ]
        return side_from(bound)

    def _effect(self, telling: Telling, own: Iterable[Mention]) -> str | None:
        """Return the worst effect of a fact, by its own rows and by the roots that it harms."""
        effects = [mention.effect for mention in own if mention.effect is not None]
        if self.bonds.roots_of:
            for place in (*telling.places, *telling.fuller):
                harmed = self.bonds.roots_of.get(place, ())
                effects += [effect for root in harmed if (effect := self.findings[root].mention.effect) is not None]
        return max(effects, key=_EFFECTS.index) if effects else None

    def _cord(self, telling: Telling) -> str | None:
        """Return how a fact meets the cord at worst."""
        if not self.bonds.cord_of:
            return None
        effects = [
            effect for place in (*telling.places, *telling.fuller) for effect in self.bonds.cord_of.get(place, ())
        ]
        return max(effects, key=_CORD.index) if effects else None


def _rank(mentions: Iterable[Mention]) -> float | None:
    """Return the greatest grade of several rows, None where none has one."""
    greatest = None
    for mention in mentions:  # nearly always one: a list would cost more than the comparison
        rank = vocabulary.SEVERITY_RANK.get(mention.severity)
        if rank is not None and (greatest is None or rank > greatest):
            greatest = rank
    return greatest


def _slip(mentions: Iterable[Mention]) -> float | None:
    grades = [float(mention.grade) for mention in mentions if mention.grade in _MEYERDING]
    return max(grades, default=None)


def _more_said(
    own: Sequence[Mention], more: Sequence[Mention], side: str
) -> tuple[Words, Words, Words, Words, Words, bool]:
    """Return what rows say beyond place and grade, each value as the first rows have it that state any: subtype, zone,
    acuity, etiology, migration; and whether any says that it has come back.
    """
    ours, theirs = list(map(_said_of, own)), list(map(_said_of, more))
    if ours.count(_PLAIN) + theirs.count(_PLAIN) == len(ours) + len(theirs):
        return _NOTHING
    subtype, zone, acuity, etiology, migration = (
        _values(column, ours) or _values(column, theirs) for column in range(5)
    )
    return subtype, _zone(zone, side), acuity, etiology, migration, any(said[-1] for said in (*ours, *theirs))


def _values(column: int, rows: Iterable[Sequence[str]]) -> Words:
    return tuple(dict.fromkeys(said[column] for said in rows if said[column]))


def _zone(zones: Words, side: str) -> Words:
    """Return the zones of a fact: "central and left paracentral" lies to the left."""
    return tuple(zone for zone in zones if zone != "central" or not side) or zones if len(zones) > 1 else zones
