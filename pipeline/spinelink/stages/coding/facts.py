"""The facts that conditions of codes ask for, of a finding and of a symptom."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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
_NOTHING_NEAR: dict[str, Fact] = {name: frozenset() for name in ("near", "unsettled_near", "at_level")}
_BREAK = re.compile(r"[.,;:\n]")
_REACH = 60
_RADIATING = "radiculopathy"
_OF_LEG = frozenset({None, "leg", "foot", "lumbar", "sacral"})


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
        """Return the facts of the finding at this place."""
        finding = self.findings[place]
        mention = finding.mention
        facts: dict[str, Fact] = {name: getattr(mention, name) for name in _OF_MENTION}
        facts["told"] = self._named(mention.finding_type, finding.start, finding.end, self.findings)
        facts["beside"] = self.finding_types
        facts["linked"] = self.linked.get(place, frozenset())
        facts["unsettled"] = self.unsettled.get(place, frozenset())
        facts["pain"] = self.pains
        facts |= self._of_level(place) if mention.finding_type in self.rules.spread else _NOTHING_NEAR
        return facts

    def _of_level(self, place: int) -> dict[str, Fact]:
        """Return what findings at the level of this one tell of it, those of its region where it has no level.

        A finding that a symptom was not judged against, or that bears on roots through others alone, has the symptoms
        of its level; not one that it could not explain.
        """
        here = [other for other in range(len(self.findings)) if self._beside(place, other)]
        denied = self.denied.get(place, frozenset())
        return {
            "near": frozenset().union(*(self.linked.get(other, ()) for other in here)) - denied,
            "unsettled_near": frozenset().union(*(self.unsettled.get(other, ()) for other in here)) - denied,
            "at_level": frozenset(self.findings[other].mention.finding_type for other in here),
        }

    def _beside(self, place: int, other: int) -> bool:
        finding, one = self.findings[place], self.findings[other]
        if one.mention.assertion != PRESENT:
            return False
        if finding.level in vocabulary.NO_LEVEL:
            return one.region == finding.region
        return one.level == finding.level

    def causes_of(self, place: int) -> frozenset[str]:
        """Return what is stated to cause the finding at this place; asked for only where a code depends on it."""
        return causes_of(self.findings[place], self.findings, self.text, self.rules.causes)

    def of_symptom(self, symptom: Symptom) -> dict[str, Fact]:
        """Return the facts of a symptom or red flag."""
        return {
            "subtype": symptom.subtype,
            "felt": symptom.region,
            "duration": symptom.duration_days,
            "trajectory": symptom.trajectory,
            "told": self._named(symptom.symptom_type, symptom.start, symptom.end, self.symptoms),
            "beside": self.symptom_types,
        }

    def _named(self, kind: str, start: int | None, end: int | None, others: Iterable[_Spanned]) -> frozenset[str]:
        """Return the finer names that the words of a finding or symptom tell, or those of its clause beside it.

        Words of the clause that are those of another one tell nothing of this.
        """
        book = self.rules.details.get(kind)
        if book is None or start is None or end is None:
            return frozenset()
        left, right = _clause(self.text, start, end)
        ends = [other.end for other in others if other.end is not None and left < other.end <= start]
        starts = [other.start for other in others if other.start is not None and end <= other.start < right]
        window = self.text[max([left, *ends]) : min([right, *starts])]
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
