"""One report on its way through the rules: its facts, its pairs, what stays alone and what stays unmatched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from spinelink.records import Discrepancy, Finding, Link, Study, Symptom
from spinelink.stages.links import facts as known
from spinelink.stages.links.bonds import Bonds, bonds_of
from spinelink.stages.links.denials import Denials
from spinelink.stages.links.judging import Pair, PairRules, links_of_pair
from spinelink.stages.links.matching import EXPLAINS, Judged
from spinelink.stages.links.roots import RootRules
from spinelink.stages.links.rules import Definitions, Facts, Rule
from spinelink.stages.links.told import Telling, Told

_MOST_ROWS = 1000
"""Rows of one fact that are linked: a report that tells a fact more often than that is none."""
_HARM = frozenset({"present", "possible"})


def both_sides(symptoms: Sequence[Symptom]) -> tuple[Symptom, ...]:
    """Return symptoms with the rows that were parted for their codes, one a side, as the bilateral ones they are."""
    sides: dict[Symptom, set[str]] = {}
    for symptom in symptoms:
        sides.setdefault(_stated_once(symptom), set()).add(symptom.side)
    parted = {stated for stated, found in sides.items() if found == {"left", "right"} and stated.start is not None}
    return tuple(
        replace(symptom, side="bilateral") if _stated_once(symptom) in parted else symptom for symptom in symptoms
    )


def _stated_once(symptom: Symptom) -> Symptom:
    """Return a symptom without what may differ between the rows that its codes part."""
    return replace(symptom, side="", code=None, code_status=None)


@dataclass(frozen=True)
class LinkRules:
    """The compiled rules and definitions.

    `pressing` are the finding types that may press on a nerve, `structures` those whose denial says that no root is
    harmed, `root_lesions` those that can affect a root.
    """

    definitions: Definitions
    table: RootRules
    by_scope: Mapping[str, tuple[Rule, ...]]
    pairs: PairRules
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
        self.of_finding = known.facts_of_findings(told, self.denials, definitions, table)
        imaged = known.imaged_regions(findings, study)
        self.of_symptom = {
            place: known.facts_of_symptom(symptom, imaged, definitions)
            for place, symptom in enumerate(both_sides(symptoms))
            if self._is_stated(symptom)
        }
        self.of_report = known.facts_of_report(self.of_finding.values(), list(self.of_symptom.values()), study)
        self.asked = {
            place: known.facts_of_symptom(symptom, imaged, definitions)
            for place, symptom in enumerate(symptoms)
            if symptom.kind == "red_flag" and symptom.assertion == "possible"
        }

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
            mention.assertion in _HARM
            and finding.superseded_by is None
            and mention.finding_type in self.rules.root_lesions
        )

    def judged(self) -> Judged:
        """Return all that the rules say of the report."""
        links = sorted(self._links(), key=lambda link: (link.finding, link.symptom))
        empty = self._first("report", self.of_report)
        whole = empty.relation if empty is not None else None
        return Judged(links, self._alone(links), list(self._unmatched(links)), self.of_symptom, whole)

    def names_of(self, fact: str) -> tuple[tuple[str, ...], ...]:
        """Return the members of a defined fact for each finding or symptom that has it."""
        every = (*self.of_finding.values(), *self.of_symptom.values())
        values = [facts[fact] for facts in every if fact in facts]
        return tuple(tuple(sorted(value)) for value in values if isinstance(value, frozenset | tuple) and value)

    def _links(self) -> Iterator[Link]:
        pairs = self.rules.pairs
        if not self.of_symptom or not self.of_finding:
            return
        by_symptom = {place: pairs.open_to_symptom(symptom) for place, symptom in self.of_symptom.items()}
        for telling, finding in self.of_finding.items():
            right = pairs.open_to_finding(finding)
            for place, left in by_symptom.items():
                if left & right:
                    yield from self._linked(telling, finding, place, self.of_symptom[place], left & right)

    def _linked(self, telling: Telling, finding: Facts, place: int, symptom: Facts, open_rules: int) -> Iterator[Link]:
        """Yield the link of each row of a fact with a symptom; none where no rule holds."""
        pair = self._pair(finding, symptom)
        rules = self.rules.pairs.at_work(open_rules, pair)
        self.at_work.update(rule.row_id for rule in rules)
        if rules:
            yield from links_of_pair(rules, pair, telling.places[:_MOST_ROWS], place)

    def _alone(self, links: Sequence[Link]) -> dict[int, Rule]:
        """Return for each symptom that no pair explains the first rule that judges it by itself (COR-24, COR-26)."""
        linked: dict[int, set[str]] = {}
        for link in links:
            linked.setdefault(link.symptom, set()).add(link.relation)
        found: dict[int, Rule] = {}
        for place, symptom in {**self.of_symptom, **self.asked}.items():
            matching = linked.get(place, set())
            if symptom["kind"] == "red_flag":
                matching = matching | self._doubtful_matches(symptom, asked=place in self.asked)
            facts = {**self.of_report, **symptom, **self._alone_facts(symptom, matching)}
            rule = self._first("alone", facts)
            if rule is not None:
                found[place] = rule
        return found

    def _doubtful_matches(self, symptom: Facts, *, asked: bool) -> set[str]:
        """Return the relations that a red flag would have to findings that make no link: possible ones, or any where
        the flag itself was only asked for. What is found or suspected is not "not confirmed".
        """
        found = (*self.doubtful, *self.of_finding.values()) if asked else self.doubtful
        return {rules[-1].relation for finding in found if (rules := self._at_work(finding, symptom))}

    @cached_property
    def doubtful(self) -> tuple[Facts, ...]:
        """The facts of the findings that are only possible."""
        places = [
            place
            for place, finding in enumerate(self.findings)
            if finding.mention.assertion == "possible" and finding.superseded_by is None
        ]
        told = Told(self.findings, places, (), Bonds())
        found = known.facts_of_findings(told, self.denials, self.rules.definitions, self.rules.table)
        return tuple(found.values())

    def _at_work(self, finding: Facts, symptom: Facts) -> tuple[Rule, ...]:
        """Return the rules that decide a pair, none where none holds."""
        pairs = self.rules.pairs
        open_rules = pairs.open_to_finding(finding) & pairs.open_to_symptom(symptom)
        if not open_rules:
            return ()
        return pairs.at_work(open_rules, self._pair(finding, symptom))

    def _pair(self, finding: Facts, symptom: Facts) -> Pair:
        return Pair(finding, symptom, known.facts_of_pair(finding, symptom, self.of_report, self.denials))

    def _alone_facts(self, symptom: Facts, matching: set[str]) -> Facts:
        regions = known.regions_of(symptom)
        return {
            "matching": frozenset(matching),
            "lesions": any(finding.region in regions for finding in self.harmful),
            "denied": any(self.denials.of_region(region, self.rules.structures) for region in sorted(regions)),
        }

    def _unmatched(self, links: Sequence[Link]) -> Iterator[str]:
        """Yield type@level of the findings that no symptom of their territory matches (COR-37)."""
        explained: dict[int, set[str]] = {}
        for link in links:
            if link.relation in EXPLAINS:
                explained.setdefault(link.finding, set()).update(
                    known.members(self.of_symptom[link.symptom], "symptom_class")
                )
        for telling, finding in self.of_finding.items():
            by = frozenset().union(*(explained.get(place, set()) for place in telling.places))
            facts: Facts = {**self.of_report, **finding, "explained_by": by}
            if self._first("unmatched", facts) is not None:
                yield f"{telling.key[0]}@{finding['level']}"

    def _first(self, scope: str, facts: Facts) -> Rule | None:
        """Return the first rule of a scope that holds."""
        for rule in self.rules.by_scope[scope]:
            if rule.holds(facts):
                self.at_work.add(rule.row_id)
                return rule
        return None
