"""One report on its way through the rules: its facts, its pairs, what stays alone and what stays unmatched."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from spinelink.records import Discrepancy, Finding, Link, Study, Symptom
from spinelink.stages.links import facts as known
from spinelink.stages.links.bonds import Bonds, bonds_of
from spinelink.stages.links.denials import Denials
from spinelink.stages.links.judging import Bench, links_of_pair
from spinelink.stages.links.matching import EXPLAINS, Judged
from spinelink.stages.links.pairs import OfFinding, OfSymptom, of_finding, of_symptom
from spinelink.stages.links.roots import RootRules
from spinelink.stages.links.rules import Definitions, Facts, Rule
from spinelink.stages.links.told import Telling, Told

_MOST_ROWS = 1000
"""Rows of one fact that are linked: a report that tells a fact more often than that is none."""
_HARM = frozenset({"present", "possible"})


def both_sides(symptoms: Sequence[Symptom]) -> Sequence[Symptom]:
    """Return symptoms with the rows that were parted for their codes, one a side, as the bilateral ones they are."""
    if not {"left", "right"} <= {symptom.side for symptom in symptoms}:
        return symptoms
    stated = [replace(symptom, side="", code=None, code_status=None) for symptom in symptoms]
    sides: dict[Symptom, set[str]] = {}
    for symptom, one in zip(symptoms, stated, strict=True):
        sides.setdefault(one, set()).add(symptom.side)
    parted = {one for one, found in sides.items() if found == {"left", "right"} and one.start is not None}
    return [
        replace(symptom, side="bilateral") if one in parted else symptom
        for symptom, one in zip(symptoms, stated, strict=True)
    ]


@dataclass(frozen=True)
class LinkRules:
    """The compiled rules and definitions.

    `pressing` are the finding types that may press on a nerve, `structures` those whose denial says that no root is
    harmed, `root_lesions` those that can affect a root.
    """

    definitions: Definitions
    table: RootRules
    by_scope: Mapping[str, tuple[Rule, ...]]
    bench: Bench
    pressing: frozenset[str]
    structures: frozenset[str]
    root_lesions: frozenset[str]


class Case:
    """One report on its way through the rules; `at_work` gathers the rows that decided something."""

    def __init__(
        self,
        findings: Sequence[Finding],
        discrepancies: Sequence[Discrepancy],
        symptoms: Sequence[Symptom],
        study: Study,
        rules: LinkRules,
    ) -> None:
        self.rules = rules
        self.findings = findings
        self.at_work: set[str] = set()
        self._judges: dict[str, bool] = {}
        definitions, table = rules.definitions, rules.table
        present = [place for place, finding in enumerate(findings) if self._is_told(finding)]
        bonds = bonds_of(
            findings, present, rules.pressing.__contains__, lambda one: known.zone_roots(one, definitions, table)
        )
        told = Told(findings, present, discrepancies, bonds)
        self.harmful = [one for one in findings if self._may_harm(one)]
        self.denials = Denials(findings, self.harmful, table)
        self.tellings = told.tellings
        self.of_finding = known.facts_of_findings(told, self.denials, definitions, table)
        imaged = known.imaged_regions(findings, study)
        self.of_symptom = {
            place: known.facts_of_symptom(symptom, imaged, definitions)
            for place, symptom in enumerate(both_sides(symptoms))
            if self._is_stated(symptom)
        }
        self.of_report = known.facts_of_report(self.of_finding, list(self.of_symptom.values()), study)
        self.asked = {
            place: known.facts_of_symptom(symptom, imaged, definitions)
            for place, symptom in enumerate(symptoms)
            if symptom.kind == "red_flag" and symptom.assertion == "possible"
        }
        self._open_rules = rules.bench.of_report.holding(self.of_report)

    def _is_told(self, finding: Finding) -> bool:
        """Tell whether a finding is judged at all (COR-01)."""
        assertion = finding.mention.assertion
        if assertion not in self._judges:
            self._judges[assertion] = self._first("finding", {"assertion": assertion}) is None
        return finding.superseded_by is None and self._judges[assertion]

    def _is_stated(self, symptom: Symptom) -> bool:
        """Tell whether a symptom is judged at all (COR-02)."""
        asserted: Facts = {"symptom_assertion": symptom.assertion, "kind": symptom.kind}
        return self._first("symptom", asserted) is None

    def _may_harm(self, finding: Finding) -> bool:
        """Tell whether a finding, present or possible, may harm a root."""
        mention = finding.mention
        return (
            mention.finding_type in self.rules.root_lesions
            and mention.assertion in _HARM
            and finding.superseded_by is None
        )

    def judged(self) -> Judged:
        """Return all that the rules say of the report."""
        findings = [self._finding(facts) for facts in self.of_finding]
        symptoms = {place: self._symptom(place, facts) for place, facts in self.of_symptom.items()}
        asked = {place: self._symptom(place, facts) for place, facts in self.asked.items()}
        by_finding = self._links(findings, symptoms.values())
        links = [link for place in sorted(by_finding) for link in by_finding[place]]
        empty = self._first("report", self.of_report)
        whole = empty.relation if empty is not None else None
        alone = self._alone({**symptoms, **asked}, findings, links)
        return Judged(links, alone, list(self._unmatched(findings, by_finding)), self.of_symptom, whole)

    def names_of(self, fact: str) -> tuple[tuple[str, ...], ...]:
        """Return the members of a defined fact for each finding or symptom that has it."""
        every = (*self.of_finding, *self.of_symptom.values())
        values = [facts[fact] for facts in every if fact in facts]
        return tuple(tuple(sorted(value)) for value in values if isinstance(value, frozenset | tuple) and value)

    def _finding(self, facts: Facts) -> OfFinding:
        return of_finding(facts, self.rules.bench.open_to_finding(facts) & self._open_rules)

    def _symptom(self, place: int, facts: Facts) -> OfSymptom:
        return of_symptom(place, facts, self.rules.bench.open_to_symptom(facts) & self._open_rules, self.denials)

    def _links(self, findings: Sequence[OfFinding], symptoms: Collection[OfSymptom]) -> dict[int, list[Link]]:
        """Return the links of each row of the findings, in the order of the symptoms."""
        deciding = self.rules.bench.deciding
        found: dict[int, list[Link]] = {}
        for telling, finding in zip(self.tellings, findings, strict=True):
            for symptom in symptoms:
                rules, sides = deciding(finding, symptom)
                if rules:
                    self.at_work.update([rule.row_id for rule in rules])
                    for link in links_of_pair(rules, sides, finding, symptom, telling.places[:_MOST_ROWS]):
                        found.setdefault(link.finding, []).append(link)
        return found

    def _alone(
        self, symptoms: Mapping[int, OfSymptom], findings: Sequence[OfFinding], links: Sequence[Link]
    ) -> dict[int, Rule]:
        """Return for each symptom that no pair explains the first rule that judges it by itself (COR-24, COR-26)."""
        found: dict[int, Rule] = {}
        for place, symptom in symptoms.items():
            rules = self.rules.bench.of_scope("alone", symptom.open_rules)
            if rules:
                matching = {link.relation for link in links if link.symptom == place}
                rule = self._decided(rules, self._alone_facts(symptom, matching, findings))
                if rule is not None:
                    found[place] = rule
        return found

    def _alone_facts(self, symptom: OfSymptom, matching: set[str], findings: Sequence[OfFinding]) -> Facts:
        """Return what rules may ask of a symptom by itself; `matching` are the relations of its links.

        A red flag has those too that it would have to findings that make no link: possible ones, or any where the flag
        itself was only asked for. What is found or suspected is not "not confirmed".
        """
        asked = self.asked.get(symptom.place)
        facts = self.of_symptom[symptom.place] if asked is None else asked
        if facts["kind"] == "red_flag":
            doubtful = self.doubtful if asked is None else (*self.doubtful, *findings)
            judged = [self.rules.bench.deciding(finding, symptom)[0] for finding in doubtful]
            matching = matching.union(rules[-1].relation for rules in judged if rules)
        regions = known.regions_of(facts)
        return {
            "matching": frozenset(matching),
            "lesions": any(finding.region in regions for finding in self.harmful),
            "denied": any(self.denials.of_region(region, self.rules.structures) for region in sorted(regions)),
        }

    @cached_property
    def doubtful(self) -> tuple[OfFinding, ...]:
        """The findings that are only possible."""
        places = [
            place
            for place, finding in enumerate(self.findings)
            if finding.mention.assertion == "possible" and finding.superseded_by is None
        ]
        told = Told(self.findings, places, (), Bonds())
        found = known.facts_of_findings(told, self.denials, self.rules.definitions, self.rules.table)
        return tuple(map(self._finding, found))

    def _unmatched(self, findings: Sequence[OfFinding], links: Mapping[int, Sequence[Link]]) -> Iterator[str]:
        """Yield type@level of the findings that no symptom of their territory matches (COR-37)."""
        for telling, facts, finding in zip(self.tellings, self.of_finding, findings, strict=True):
            rules = self.rules.bench.of_scope("unmatched", finding.open_rules)
            if rules and self._decided(rules, {"explained_by": self._explained_by(telling, links)}) is not None:
                yield f"{telling.key[0]}@{facts['level']}"

    def _explained_by(self, telling: Telling, links: Mapping[int, Sequence[Link]]) -> frozenset[str]:
        """Return the classes of the symptoms that a finding could explain."""
        explains = [link for place in telling.places for link in links.get(place, ()) if link.relation in EXPLAINS]
        return frozenset().union(*(known.members(self.of_symptom[link.symptom], "symptom_class") for link in explains))

    def _decided(self, rules: Iterable[Rule], facts: Facts) -> Rule | None:
        """Return the first of some rules, open as far as its finding or symptom goes, that holds of the rest."""
        facts = {**self.of_report, **facts}
        for rule in rules:
            if rule.of_pair.holds(facts):
                self.at_work.add(rule.row_id)
                return rule
        return None

    def _first(self, scope: str, facts: Facts) -> Rule | None:
        """Return the first rule of a scope that holds."""
        for rule in self.rules.by_scope[scope]:
            if rule.holds(facts):
                self.at_work.add(rule.row_id)
                return rule
        return None
