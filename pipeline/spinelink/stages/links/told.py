"""What a report says of each of its present findings, gathered from all places that tell of it.

A fact is a type at a level and side; its rows in findings, impression and addendum are one telling. What no row of a
fact states is taken from rows of the same family and level in another part of the report whose side agrees: an
impression's "L5-S1 herniation" is the left paracentral extrusion of the body. Source: NEG-07, decision 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from spinelink import vocabulary
from spinelink.conditions import Fact
from spinelink.families import family_of
from spinelink.records import Discrepancy, Finding
from spinelink.stages.links.bonds import Bonds

Key = tuple[str, str, str]
"""Type, level and side."""

_EFFECTS = ("contact", "displacement", "compression")
_CORD = (*_EFFECTS, "signal")
_CONFLICTS = frozenset({"side", "level", "assertion"})
_MODERATE = 2.0


@dataclass(frozen=True, slots=True)
class Telling:
    """One fact: `places` are its rows, `fuller` those of another part of the report that tell more of it."""

    key: Key
    places: tuple[int, ...]
    fuller: tuple[int, ...]


def key_of(finding: Finding) -> Key:
    """Return the fact that a finding is a row of."""
    return finding.mention.finding_type, finding.level, finding.mention.side


def tellings(findings: Sequence[Finding], present: Sequence[int]) -> tuple[Telling, ...]:
    """Return the facts among the present findings, in the order in which they are first told."""
    by_key: dict[Key, list[int]] = {}
    related: dict[str, list[int]] = {}
    for place in present:
        key = key_of(findings[place])
        by_key.setdefault(key, []).append(place)
        related.setdefault(family_of(key[0]), []).append(place)
    return tuple(
        Telling(key, tuple(places), tuple(_fuller(key, places, related[family_of(key[0])], findings)))
        for key, places in by_key.items()
    )


def _fuller(key: Key, places: Sequence[int], related: Iterable[int], findings: Sequence[Finding]) -> Iterator[int]:
    """Yield the related findings of another part that may tell more of a fact.

    They are of its level; what is told of no level, or of several, may be of any.
    """
    parts = {findings[place].category for place in places}
    own = frozenset(places)
    for place in related:
        finding = findings[place]
        elsewhere = finding.category not in parts or len(parts) > 1
        if place in own or not elsewhere or not sides_agree(key[2], finding.mention.side):
            continue
        if finding.level == key[1] or (key[1] in vocabulary.NO_LEVEL and finding.level not in vocabulary.NO_LEVEL):
            yield place


def sides_agree(one: str, other: str) -> bool:
    """Tell whether two sides may be of one thing: the same, overlapping, or one not stated."""
    return not one or not other or not sides_of(one).isdisjoint(sides_of(other))


def sides_of(side: str) -> frozenset[str]:
    """Return left, right or both; nothing where no side is stated."""
    return frozenset({"left", "right"}) if side == "bilateral" else frozenset({side} if side else ())


def side_from(sides: Iterable[str]) -> str:
    """Return the one side that several sides come to."""
    both = frozenset().union(*(sides_of(side) for side in sides))
    return "bilateral" if len(both) > 1 else next(iter(both), "")


class Told:
    """The present findings of a report with what stands beside them."""

    def __init__(
        self, findings: Sequence[Finding], present: Sequence[int], discrepancies: Iterable[Discrepancy], bonds: Bonds
    ) -> None:
        self.findings = findings
        self.bonds = bonds
        self.tellings = tellings(findings, present)
        self._beside: dict[str, set[str]] = {}
        self._covered: dict[tuple[str, str], set[str]] = {}
        for place in present:
            self._note(findings[place])
        self._conflicts = self._conflicts_of(discrepancies)

    def _note(self, finding: Finding) -> None:
        kind, level = finding.mention.finding_type, finding.level
        self._covered.setdefault((family_of(kind), level), set()).update(sides_of(finding.mention.side))
        if level and level != "multilevel":
            beside = self._beside.setdefault(level, set())
            beside.add(kind)
            if finding.mention.severity == "severe":
                beside.add(f"severe_{kind}")

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
        ranks = [rank for place in places if (rank := _rank(self.findings[place])) is not None]
        return bool(ranks) and min(ranks) < _MODERATE <= max(ranks)

    def facts(self, telling: Telling) -> dict[str, Fact]:
        """Return what is said of a fact, by the names that rules use."""
        kind, _, side = telling.key
        level = self._level(telling)
        own = [self.findings[place] for place in telling.places]
        more = [self.findings[place] for place in telling.fuller]
        every = (*telling.places, *telling.fuller)
        side = side or side_from(finding.mention.side for finding in more) or self._side_of_harm(every)
        return {
            "finding": kind,
            "level": level,
            "region": own[0].region,
            "side": side,
            "covered": frozenset(self._covered[family_of(kind), telling.key[1]]) | sides_of(side),
            "grade": _greatest(map(_rank, own)) or _greatest(map(_rank, more)),
            "subtype": _values("subtype", own, more),
            "zone": _zone(own, more, side),
            "acuity": _values("acuity", own, more),
            "etiology": _values("etiology", own, more),
            "migration": _values("migration", own, more),
            "recurrent": any(finding.mention.recurrent for finding in (*own, *more)),
            "slip": _greatest(map(_slip, (*own, *more))),
            "effect": self._effect(telling),
            "cord": _worst(_CORD, (effect for place in every for effect in self.bonds.cord_of.get(place, ()))),
            "beside": frozenset(self._beside.get(level, set()) - {kind, f"severe_{kind}"}),
            "conflict": self._conflicts.get(telling.key),
        }

    def _level(self, telling: Telling) -> str:
        """Return the level of a fact; an impression that names none speaks of the one level that the body names."""
        level = telling.key[1]
        elsewhere = {self.findings[place].level for place in telling.fuller}
        return next(iter(elsewhere)) if not level and len(elsewhere) == 1 else level

    def named_roots(self, telling: Telling) -> tuple[str, ...]:
        """Return the nerve roots that the report names for a fact: its own rows first, else those that tell more."""
        for places in (telling.places, telling.fuller):
            named = [root for place in places for root in self.bonds.named_of.get(place, ())]
            if named:
                return tuple(dict.fromkeys(named))
        return ()

    def _side_of_harm(self, places: Iterable[int]) -> str:
        """Return the side of what a finding without a side of its own harms, or is harmed by."""
        bound = [
            other
            for place in places
            for bond in (self.bonds.roots_of, self.bonds.lesions_of)
            for other in bond.get(place, ())
        ]
        return side_from(self.findings[other].mention.side for other in bound)

    def _effect(self, telling: Telling) -> str | None:
        own = (self.findings[place].mention.effect for place in telling.places)
        harm = (
            self.findings[root].mention.effect
            for place in (*telling.places, *telling.fuller)
            for root in self.bonds.roots_of.get(place, ())
        )
        return _worst(_EFFECTS, (*own, *harm))


def _rank(finding: Finding) -> float | None:
    return vocabulary.SEVERITY_RANK.get(finding.mention.severity)


def _slip(finding: Finding) -> float | None:
    grade = finding.mention.grade
    return float(grade) if finding.mention.finding_type == "spondylolisthesis" and grade in tuple("12345") else None


def _greatest(ranks: Iterable[float | None]) -> float | None:
    return max((rank for rank in ranks if rank is not None), default=None)


def _worst(order: Sequence[str], effects: Iterable[str | None]) -> str | None:
    known = [effect for effect in effects if effect is not None]
    return max(known, key=order.index, default=None)


def _values(name: str, *tiers: Iterable[Finding]) -> tuple[str, ...]:
    """Return the values of an attribute in the first rows that state any."""
    for tier in tiers:
        values = dict.fromkeys(value for finding in tier if (value := getattr(finding.mention, name)))
        if values:
            return tuple(values)
    return ()


def _zone(own: Iterable[Finding], more: Iterable[Finding], side: str) -> tuple[str, ...]:
    """Return the zones of a fact: "central and left paracentral" lies to the left."""
    zones = _values("zone", own, more)
    return tuple(zone for zone in zones if zone != "central" or not side) or zones if len(zones) > 1 else zones
