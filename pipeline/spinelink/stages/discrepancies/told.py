"""A report as the rules of discrepancy read it: its findings and its impression, by family and level."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from spinelink import vocabulary
from spinelink.families import family_of
from spinelink.records import Discrepancy, Finding, Mention

Places = list[int]
"""Places among the report's findings."""


@dataclass(slots=True)
class Part:
    """One part of a report: the places of its findings, and those by family and level."""

    places: Places = field(default_factory=list)
    families: dict[str, dict[str, Places]] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Told:
    """A report as the rules read it; `denied` are the places of the findings that it denies."""

    findings: Sequence[Finding]
    denied: frozenset[int]
    body: Part
    impression: Part
    several: bool
    """The study has several regions: what is said of no level holds for one of them."""

    def mention(self, place: int) -> Mention:
        """Return the mention of the finding at a place."""
        return self.findings[place].mention

    def affirmed(self, places: Iterable[int]) -> Places:
        """Return those that are present or possible."""
        denied = self.denied
        return [place for place in places if place not in denied]


def told_of(findings: Sequence[Finding], *, several: bool) -> Told:
    """Return the parts of a report; organs, and what an addendum corrects, are of no family."""
    body, impression = Part(), Part()
    denied = []
    for place, finding in enumerate(findings):
        mention = finding.mention
        if mention.assertion == "absent":
            denied.append(place)
        if finding.category == "addendum":
            continue
        part = body if finding.category == "findings" else impression
        kind = mention.finding_type
        part.types.add(kind)
        part.places.append(place)
        if finding.superseded_by is not None or kind == "extraspinal_finding":
            continue
        level = "" if kind == "scoliosis" else finding.level
        family = family_of(kind)
        by_level = part.families.get(family)
        if by_level is None:
            part.families[family] = {level: [place]}
        elif level in by_level:
            by_level[level].append(place)
        else:
            by_level[level] = [place]
    return Told(findings, frozenset(denied), body, impression, several)


def everywhere(by_level: dict[str, Places]) -> Places:
    """Return the places of all levels."""
    return [place for places in by_level.values() for place in places]


def between(kind: str, body: Iterable[int], impression: Iterable[int], told: Told) -> Discrepancy:
    """Return the discrepancy of these findings of the body and those of the impression."""
    ours, theirs = sorted(set(body)), sorted(set(impression))
    detail = f"{named(ours, told)} in the findings, {named(theirs, told)} in the impression"
    return Discrepancy(kind, tuple(sorted((*ours, *theirs))), detail)


def named(places: Iterable[int], told: Told) -> str:
    """Return several findings in the closed names of the tables, each once."""
    return "; ".join(dict.fromkeys(words(told.findings[place]) for place in places))


def words(finding: Finding) -> str:
    """Return a finding in the closed names of the tables: "moderate left foraminal stenosis at L4-L5"."""
    mention = finding.mention
    assertion = {"absent": "no", "possible": "possible"}.get(mention.assertion, "")
    level = "at several levels" if finding.level == "multilevel" else f"at {finding.level}" if finding.level else ""
    parts = (assertion, mention.severity, mention.side, mention.finding_type, level)
    return " ".join(part.replace("_", " ") for part in parts if part)


def rank(mention: Mention) -> float:
    """Return the rank of a severity (SEV-01), 0 where none is stated."""
    return vocabulary.SEVERITY_RANK.get(mention.severity, 0.0)
