"""The facts that conditions of codes ask for, of a finding and of a symptom."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from spinelink import vocabulary
from spinelink.conditions import Fact
from spinelink.records import Finding, Indication, Link, Symptom
from spinelink.stages.coding.causes import causes_of
from spinelink.stages.coding.rules import CodingRules

PRESENT = "present"

_Spanned = Finding | Symptom
Links = Mapping[int, Collection[str]]
"""The symptoms of each finding, by its place."""

_OF_MENTION = frozenset({"subtype", "etiology", "acuity", "effect", "zone", "recurrent", "organ", "change"})
_GROUPS = {"concordant": 0, "possible": 0, "cannot_judge": 1, "discordant": 2}
"""What relations come to here: symptoms that are linked, unsettled and denied."""
_PAINS = {"low_back_pain": "back", "back_pain": "back", "leg_pain": "leg", "sciatica": "leg", "foot_pain": "leg"}
_BREAK = re.compile(r"[.,;:\n]")
_REACH = 60
_RADIATING = "radiculopathy"
_OF_LEG = frozenset({None, "leg", "foot", "lumbar", "sacral"})


class _Around(NamedTuple):
    """What the present findings of one place tell together: their symptoms, and their types."""

    linked: frozenset[str]
    unsettled: frozenset[str]
    types: frozenset[str]


class _Edges(NamedTuple):
    """Where findings or symptoms start and where they end, each in order."""

    starts: list[int]
    ends: list[int]


def _edges_of(spans: Iterable[_Spanned]) -> _Edges:
    known = [(one.start, one.end) for one in spans if one.start is not None and one.end is not None]
    return _Edges(sorted(start for start, _ in known), sorted(end for _, end in known))


@dataclass(frozen=True)
class Told:
    """What a report states as a whole, for the codes of its parts.

    `pains` are back and leg; `symptom_types` and `finding_types` those that are present. `linked` holds for the place
    of each finding the symptoms that it could explain, `unsettled` those of which it cannot be judged, `denied` those
    that it could not. `around` is what stands at the levels and in the regions that were asked for.
    """

    text: str
    findings: Sequence[Finding]
    symptoms: Sequence[Symptom]
    rules: CodingRules
    pains: frozenset[str]
    symptom_types: frozenset[str]
    finding_types: frozenset[str]
    linked: Links = field(default_factory=dict)
    unsettled: Links = field(default_factory=dict)
    denied: Links = field(default_factory=dict)
    around: dict[tuple[bool, str | None], _Around] = field(default_factory=dict)

    def of_finding(self, place: int, asked: Iterable[str]) -> list[Fact]:
        """Return the facts that are asked of the finding at this place."""
        mention = self.findings[place].mention
        return [getattr(mention, name) if name in _OF_MENTION else _ASKED[name](self, place) for name in asked]

    def near(self, place: int) -> frozenset[str]:
        """Return the symptoms that a finding shares with those of its level, those of its region where it has no level.

        One that a symptom was not judged against, or that bears on roots through others alone, has the symptoms of its
        level; not one that it could not explain.
        """
        return self._here(place).linked.difference(self.denied.get(place, ()))

    def unsettled_near(self, place: int) -> frozenset[str]:
        """Return the symptoms of which those of its level leave it open."""
        return self._here(place).unsettled.difference(self.denied.get(place, ()))

    def at_level(self, place: int) -> frozenset[str]:
        """Return the types of the findings of its level."""
        return self._here(place).types

    def _here(self, place: int) -> _Around:
        finding = self.findings[place]
        general = finding.level in vocabulary.NO_LEVEL
        name = finding.region if general else finding.level
        here = self.around.get((general, name))
        if here is None:
            here = self.around[general, name] = self._gathered(name, general=general)
        return here

    def _gathered(self, name: str | None, *, general: bool) -> _Around:
        """Return what stands at a level or, if `general`, in a region."""
        there = [
            place
            for place, finding in enumerate(self.findings)
            if (finding.region if general else finding.level) == name and finding.mention.assertion == PRESENT
        ]
        return _Around(
            frozenset().union(*[self.linked.get(place, ()) for place in there]),
            frozenset().union(*[self.unsettled.get(place, ()) for place in there]),
            frozenset([self.findings[place].mention.finding_type for place in there]),
        )

    def causes_of(self, place: int) -> frozenset[str]:
        """Return what is stated to cause the finding at this place; asked for only where a code depends on it."""
        finding = self.findings[place]
        return causes_of(finding, self._of_sentence[finding.sentence_start], self.text, self.rules)

    @cached_property
    def _of_sentence(self) -> Mapping[int, Sequence[Finding]]:
        found: defaultdict[int, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            found[finding.sentence_start].append(finding)
        return found

    @cached_property
    def _edges_of_findings(self) -> _Edges:
        return _edges_of(self.findings)

    @cached_property
    def _edges_of_symptoms(self) -> _Edges:
        return _edges_of(self.symptoms)

    def of_symptom(self, symptom: Symptom) -> dict[str, Fact]:
        """Return the facts of a symptom or red flag."""
        return {
            "side": symptom.side,
            "subtype": symptom.subtype,
            "felt": symptom.region,
            "duration": symptom.duration_days,
            "trajectory": symptom.trajectory,
            "told": self._named(symptom.symptom_type, symptom.start, symptom.end, self._edges_of_symptoms),
            "beside": self.symptom_types,
        }

    def told_of(self, place: int) -> frozenset[str]:
        """Return the finer names that are told of a finding."""
        finding = self.findings[place]
        return self._named(finding.mention.finding_type, finding.start, finding.end, self._edges_of_findings)

    def _named(self, kind: str, start: int | None, end: int | None, others: _Edges) -> frozenset[str]:
        """Return the finer names that the words of a finding or symptom tell, or those of its clause beside it.

        Words of the clause that are those of another one tell nothing of this.
        """
        names_in = self.rules.details.get(kind)
        if names_in is None or start is None or end is None:
            return frozenset()
        left, right = _clause(self.text, start, end)
        last, following = bisect_right(others.ends, start), bisect_left(others.starts, end)
        before, after = others.ends[max(0, last - 1) : last], others.starts[following : following + 1]
        return names_in(self.text[max([left, *before]) : min([right, *after])])


_ASKED: Mapping[str, Callable[[Told, int], Fact]] = {
    "told": Told.told_of,
    "cause": Told.causes_of,
    "linked": lambda told, place: frozenset(told.linked.get(place, ())),
    "unsettled": lambda told, place: frozenset(told.unsettled.get(place, ())),
    "near": Told.near,
    "unsettled_near": Told.unsettled_near,
    "at_level": Told.at_level,
    "beside": lambda told, _: told.finding_types,
    "pain": lambda told, _: told.pains,
    "side": lambda _, __: "",
}
"""How what is asked of a finding is told, beyond what its own words say."""


def told_by(
    text: str, indication: Indication, findings: Sequence[Finding], links: Sequence[Link], rules: CodingRules
) -> Told:
    """Return what a report states as a whole."""
    present = [symptom for symptom in indication.symptoms if symptom.assertion == PRESENT]
    linked, unsettled, denied = _linked(indication, links)
    return Told(
        text=text,
        findings=findings,
        symptoms=indication.symptoms,
        rules=rules,
        pains=frozenset(pain for symptom in present if (pain := _pain(symptom))),
        symptom_types=frozenset(symptom.symptom_type for symptom in present),
        finding_types=frozenset(f.mention.finding_type for f in findings if f.mention.assertion == PRESENT),
        linked=linked,
        unsettled=unsettled,
        denied=denied,
    )


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the ends of the clause around a span."""
    left = max(start - _REACH, 0)
    before = [match.end() for match in _BREAK.finditer(text, left, start)]
    after = _BREAK.search(text, end, end + _REACH)
    return (before[-1] if before else left), (after.start() if after else min(end + _REACH, len(text)))


def _pain(symptom: Symptom) -> str | None:
    if symptom.symptom_type == _RADIATING and symptom.region in _OF_LEG:
        return "leg"
    return _PAINS.get(symptom.symptom_type)


def _linked(indication: Indication, links: Sequence[Link]) -> tuple[Links, Links, Links]:
    """Return for each finding the present symptoms that are linked, unsettled and denied; decision 18."""
    names = [one.symptom_type if one.assertion == PRESENT else None for one in indication.symptoms]
    found: tuple[dict[int, set[str]], ...] = {}, {}, {}
    for link in links:
        name = names[link.symptom]
        if name is not None:
            found[_GROUPS[link.relation]].setdefault(link.finding, set()).add(name)
    return found[0], found[1], found[2]
