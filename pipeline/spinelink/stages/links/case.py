"""One report on its way through the rules: its facts, its pairs, what stays alone and what stays unmatched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from spinelink.records import Discrepancy, Finding, Link, Study, Symptom
from spinelink.stages.links import facts as known
from spinelink.stages.links.bonds import Bonds, bonds_of
from spinelink.stages.links.denials import Denials
from spinelink.stages.links.judging import links_of_pair
from spinelink.stages.links.knowledge import Knowledge, facts_of_report
from spinelink.stages.links.matching import EXPLAINS, Judged
from spinelink.stages.links.pairs import OfFinding, OfSymptom
from spinelink.stages.links.rules import Facts, Rule
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

    by_scope: Mapping[str, tuple[Rule, ...]]
    knowledge: Knowledge
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
        knowledge = rules.knowledge
        present = [place for place, finding in enumerate(findings) if self._is_told(finding)]
        bonds = bonds_of(findings, present, rules.pressing, knowledge.reach)
        told = Told(findings, present, discrepancies, bonds, knowledge.watched)
        self.harmful = [one for one in findings if self._may_harm(one)]
        self.denials = Denials(findings, self.harmful, knowledge.table)
        self.tellings = told.tellings
        self.of_finding = knowledge.findings(told, self.denials)
        imaged = known.imaged_regions(findings, study)
        stated = {
            place: knowledge.symptom(symptom, imaged)
            for place, symptom in enumerate(both_sides(symptoms))
            if self._is_stated(symptom)
        }
        self.of_report = facts_of_report(self.of_finding, stated.values(), study)
        self._open_rules = knowledge.bench.of_report.holding(tuple(self.of_report.values()))
        self.of_symptom = {place: self._here(symptom) for place, symptom in stated.items()}
        self.asked = {
            place: self._here(knowledge.symptom(symptom, imaged))
            for place, symptom in enumerate(symptoms)
            if symptom.kind == "red_flag" and symptom.assertion == "possible"
        }

    def _here(self, symptom: OfSymptom) -> OfSymptom:
        """Return a symptom as this report leaves it: with the rules that are open in it, and its roots clear or not."""
        return symptom._replace(
            open_rules=symptom.open_rules & self._open_rules, own_root_clear=self.denials.own_clear(symptom.roots)
        )

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
        by_finding = self._links()
        links = [link for place in sorted(by_finding) for link in by_finding[place]]
        empty = self._first("report", self.of_report)
        whole = empty.relation if empty is not None else None
        return Judged(links, self._alone(links), list(self._unmatched(by_finding)), self.of_symptom, whole)

    def names_of(self, fact: str) -> tuple[tuple[str, ...], ...]:
        """Return the members of a defined fact for each finding or symptom that has it."""
        of: dict[str, Sequence[Iterable[str]]] = {
            "root_zone": [finding.zones for finding in self.of_finding],
            "area": [finding.areas for finding in self.of_finding],
            "finding_class": [finding.classes for finding in self.of_finding],
            "symptom_area": [symptom.areas for symptom in self.of_symptom.values()],
            "symptom_class": [symptom.classes for symptom in self.of_symptom.values()],
            "symptom_roots": [symptom.roots for symptom in self.of_symptom.values()],
        }
        return tuple(tuple(sorted(names)) for names in of[fact] if names)

    def _links(self) -> dict[int, list[Link]]:
        """Return the links of each row of the findings, in the order of the symptoms."""
        deciding = self.rules.knowledge.bench.deciding
        symptoms = self.of_symptom.items()
        found: defaultdict[int, list[Link]] = defaultdict(list)
        for telling, finding in zip(self.tellings, self.of_finding, strict=True):
            rows = telling.places[:_MOST_ROWS]
            for place, symptom in symptoms:
                rules, sides = deciding(finding, symptom)
                for rule in rules:
                    self.at_work.add(rule.row_id)
                for link in links_of_pair(rules, sides, finding, symptom, rows, place) if rules else ():
                    found[link.finding].append(link)
        return found

    def _alone(self, links: Sequence[Link]) -> dict[int, Rule]:
        """Return for each symptom that no pair explains the first rule that judges it by itself (COR-24, COR-26)."""
        found: dict[int, Rule] = {}
        for place, symptom in {**self.of_symptom, **self.asked}.items():
            rules = self.rules.knowledge.bench.of_scope("alone", symptom.open_rules)
            if rules:
                matching = {link.relation for link in links if link.symptom == place}
                if symptom.kind == "red_flag":
                    matching |= self._doubtful_matches(symptom, asked=place in self.asked)
                rule = self._decided(rules, self._alone_facts(symptom, matching))
                if rule is not None:
                    found[place] = rule
        return found

    def _doubtful_matches(self, symptom: OfSymptom, *, asked: bool) -> set[str]:
        """Return the relations that a red flag would have to findings that make no link: possible ones, or any where
        the flag itself was only asked for. What is found or suspected is not "not confirmed".
        """
        found = (*self.doubtful, *self.of_finding) if asked else self.doubtful
        judged = [self.rules.knowledge.bench.deciding(finding, symptom)[0] for finding in found]
        return {rules[-1].relation for rules in judged if rules}

    @cached_property
    def doubtful(self) -> Sequence[OfFinding]:
        """The findings that are only possible."""
        places = [
            place
            for place, finding in enumerate(self.findings)
            if finding.mention.assertion == "possible" and finding.superseded_by is None
        ]
        knowledge = self.rules.knowledge
        return knowledge.findings(Told(self.findings, places, (), Bonds(), knowledge.watched), self.denials)

    def _alone_facts(self, symptom: OfSymptom, matching: set[str]) -> Facts:
        regions = {known.REGION_OF_AREA[area] for area in symptom.areas}
        return {
            "matching": frozenset(matching),
            "lesions": any(finding.region in regions for finding in self.harmful),
            "denied": any(self.denials.of_region(region, self.rules.structures) for region in regions),
        }

    def _unmatched(self, links: Mapping[int, Sequence[Link]]) -> Iterator[str]:
        """Yield type@level of the findings that no symptom of their territory matches (COR-37)."""
        bench = self.rules.knowledge.bench
        for telling, finding in zip(self.tellings, self.of_finding, strict=True):
            rules = bench.of_scope("unmatched", finding.open_rules & self._open_rules)
            if rules and self._decided(rules, {"explained_by": self._explained_by(telling, links)}) is not None:
                yield f"{finding.kind}@{finding.level}"

    def _explained_by(self, telling: Telling, links: Mapping[int, Sequence[Link]]) -> frozenset[str]:
        """Return the classes of the symptoms that a finding could explain."""
        explains = [link for place in telling.places for link in links.get(place, ()) if link.relation in EXPLAINS]
        return frozenset().union(*(self.of_symptom[link.symptom].classes for link in explains))

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
