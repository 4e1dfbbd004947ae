"""The facts that conditions of codes ask for, of a finding and of a symptom."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from spinelink import vocabulary
from spinelink.conditions import Fact
from spinelink.phrases import fold
from spinelink.records import Finding, Indication, Link, Symptom
from spinelink.stages.coding.causes import causes_of
from spinelink.stages.coding.rules import CodingRules

PRESENT = "present"

_Spanned = Finding | Symptom
Links = Mapping[int, frozenset[str]]
"""The symptoms of each finding, by its place."""

_OF_MENTION = ("subtype", "etiology", "acuity", "effect", "zone", "recurrent", "organ", "change")
_FITS = frozenset({"concordant", "possible"})
_UNSETTLED = frozenset({"cannot_judge"})
_DENIED = frozenset({"discordant"})
_PAINS = {"low_back_pain": "back", "back_pain": "back", "leg_pain": "leg", "sciatica": "leg", "foot_pain": "leg"}
_OF_LEVEL = frozenset({"near", "unsettled_near", "at_level"})
_BREAK = re.compile(r"[.,;:\n]")
_REACH = 60
_RADIATING = "radiculopathy"
_OF_LEG = frozenset({None, "leg", "foot", "lumbar", "sacral"})


@dataclass(slots=True)
class _Around:
    """What the present findings of one place tell together: their symptoms, and their types."""

    linked: set[str] = field(default_factory=set)
    unsettled: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)


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
    that it could not.
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

    def of_finding(self, place: int) -> dict[str, Fact]:
        """Return the facts of the finding at this place that codes of its type ask for."""
        finding = self.findings[place]
        mention = finding.mention
        asked = self.rules.asked[mention.finding_type]
        facts: dict[str, Fact] = {name: getattr(mention, name) for name in _OF_MENTION if name in asked}
        if "told" in asked:
            facts["told"] = self._named(mention.finding_type, finding.start, finding.end, self._edges_of_findings)
        if "cause" in asked:
            facts["cause"] = self.causes_of(place)
        if "linked" in asked or "unsettled" in asked:
            facts["linked"] = self.linked.get(place, frozenset())
            facts["unsettled"] = self.unsettled.get(place, frozenset())
        if not _OF_LEVEL.isdisjoint(asked):
            facts |= self._of_level(place)
        facts["beside"] = self.finding_types
        facts["pain"] = self.pains
        return facts

    def _of_level(self, place: int) -> dict[str, Fact]:
        """Return what findings at the level of this one tell of it, those of its region where it has no level.

        A finding that a symptom was not judged against, or that bears on roots through others alone, has the symptoms
        of its level; not one that it could not explain.
        """
        finding = self.findings[place]
        general = finding.level in vocabulary.NO_LEVEL
        here = self._around.get((general, finding.region if general else finding.level), _Around())
        denied = self.denied.get(place, frozenset())
        return {
            "near": frozenset(here.linked) - denied,
            "unsettled_near": frozenset(here.unsettled) - denied,
            "at_level": frozenset(here.types),
        }

    @cached_property
    def _around(self) -> Mapping[tuple[bool, str | None], _Around]:
        """What stands at each level and in each region: by whether it is a region, and its name."""
        found: defaultdict[tuple[bool, str | None], _Around] = defaultdict(_Around)
        for place, finding in enumerate(self.findings):
            if finding.mention.assertion == PRESENT:
                for here in (found[False, finding.level], found[True, finding.region]):
                    here.linked |= self.linked.get(place, frozenset())
                    here.unsettled |= self.unsettled.get(place, frozenset())
                    here.types.add(finding.mention.finding_type)
        return dict(found)

    def causes_of(self, place: int) -> frozenset[str]:
        """Return what is stated to cause the finding at this place; asked for only where a code depends on it."""
        finding = self.findings[place]
        return causes_of(finding, self._of_sentence[finding.sentence_start], self.text, self.rules.causes)

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
            "subtype": symptom.subtype,
            "felt": symptom.region,
            "duration": symptom.duration_days,
            "trajectory": symptom.trajectory,
            "told": self._named(symptom.symptom_type, symptom.start, symptom.end, self._edges_of_symptoms),
            "beside": self.symptom_types,
        }

    def _named(self, kind: str, start: int | None, end: int | None, others: _Edges) -> frozenset[str]:
        """Return the finer names that the words of a finding or symptom tell, or those of its clause beside it.

        Words of the clause that are those of another one tell nothing of this.
        """
        book = self.rules.details.get(kind)
        if book is None or start is None or end is None:
            return frozenset()
        left, right = _clause(self.text, start, end)
        last, following = bisect_right(others.ends, start), bisect_left(others.starts, end)
        before, after = others.ends[max(0, last - 1) : last], others.starts[following : following + 1]
        window = self.text[max([left, *before]) : min([right, *after])]
        return frozenset(hit.row.value for hit in book.hits(fold(window)))


def told_by(
    text: str, indication: Indication, findings: Sequence[Finding], links: Sequence[Link], rules: CodingRules
) -> Told:
    """Return what a report states as a whole."""
    present = [symptom for symptom in indication.symptoms if symptom.assertion == PRESENT]
    return Told(
        text=text,
        findings=findings,
        symptoms=indication.symptoms,
        rules=rules,
        pains=frozenset(pain for symptom in present if (pain := _pain(symptom))),
        symptom_types=frozenset(symptom.symptom_type for symptom in present),
        finding_types=frozenset(f.mention.finding_type for f in findings if f.mention.assertion == PRESENT),
        linked=_linked(indication, links, _FITS),
        unsettled=_linked(indication, links, _UNSETTLED),
        denied=_linked(indication, links, _DENIED),
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


def _linked(indication: Indication, links: Sequence[Link], relations: Collection[str]) -> dict[int, frozenset[str]]:
    """Return for each finding the present symptoms that it has such a relation to; decision 18."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for link in links:
        symptom = indication.symptoms[link.symptom]
        if link.relation in relations and symptom.assertion == PRESENT:
            found[link.finding].add(symptom.symptom_type)
    return {place: frozenset(names) for place, names in found.items()}
