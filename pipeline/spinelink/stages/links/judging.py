"""The evaluator: the first rule, in order, that holds of a pair gives its relation, notes and reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from spinelink import vocabulary
from spinelink.conditions import Condition, Fact
from spinelink.records import Link
from spinelink.stages.links.rules import REMEMBERED, Definitions, Facts, Rule, can_hold
from spinelink.stages.links.wording import reason_of

SYMPTOM_TYPES: tuple[str, ...] = (*vocabulary.SYMPTOMS, *vocabulary.RED_FLAGS, *vocabulary.CARE)
"""What may stand as the symptom of a link."""
Placed = tuple[int, Condition]
"""A condition with the place of its rule as one bit."""
REACHES = "reaches_roots"
"""The class of findings that can affect a root at all, for which links name the roots."""


class Pair(NamedTuple):
    """The facts of a finding, of a symptom, and what the two have together."""

    finding: Facts
    symptom: Facts
    both: Facts


@dataclass(frozen=True, slots=True)
class PairRules:
    """The rules on pairs, and those that lower a pair that was found concordant.

    `of_finding` and `of_symptom` have for each type the conditions that can hold of it, with the rules' places, and
    `asked` the facts that these ask for.
    """

    pair: tuple[Rule, ...]
    concordant: tuple[Rule, ...]
    of_finding: Mapping[str, Sequence[Placed]]
    of_symptom: Mapping[str, Sequence[Placed]]
    asked: Mapping[str, tuple[str, ...]]
    remembered: dict[tuple[Fact, ...], int] = field(default_factory=dict)

    def open_to_finding(self, facts: Facts) -> int:
        """Return the rules whose conditions on the finding hold, as bits in their order."""
        return self._open(str(facts["finding"]), facts, self.of_finding)

    def open_to_symptom(self, facts: Facts) -> int:
        """Return the rules whose conditions on the symptom hold, as bits in their order."""
        return self._open(str(facts["symptom"]), facts, self.of_symptom)

    def _open(self, kind: str, facts: Facts, conditions: Mapping[str, Sequence[Placed]]) -> int:
        """Return the rules that hold, remembered by the facts that they ask for."""
        key = (kind, *map(facts.__getitem__, self.asked[kind]))
        found = self.remembered.get(key)
        if found is None:
            if len(self.remembered) >= REMEMBERED:
                self.remembered.clear()
            found = self.remembered[key] = holding(conditions[kind], facts)
        return found

    def at_work(self, open_rules: int, pair: Pair) -> tuple[Rule, ...]:
        """Return the first of the open rules that holds, and the one that lowers it where it finds too much."""
        while open_rules:
            lowest = open_rules & -open_rules
            rule = self.pair[lowest.bit_length() - 1]
            if rule.of_pair.holds(pair.both):
                return (rule, *self._lower(rule, pair))
            open_rules ^= lowest
        return ()

    def _lower(self, rule: Rule, pair: Pair) -> tuple[Rule, ...]:
        if rule.relation == "concordant":
            for one in self.concordant:
                if (
                    one.of_finding.holds(pair.finding)
                    and one.of_symptom.holds(pair.symptom)
                    and one.of_pair.holds(pair.both)
                ):
                    return (one,)
        return ()


def pair_rules(by_scope: Mapping[str, tuple[Rule, ...]], definitions: Definitions) -> PairRules:
    """Return the rules on pairs, each listed under the types that it can concern."""
    pair = by_scope["pair"]
    of_finding = [rule.of_finding for rule in pair]
    of_symptom = [rule.of_symptom for rule in pair]
    findings = {kind: _open_to("finding", kind, of_finding, definitions) for kind in vocabulary.FINDINGS}
    symptoms = {kind: _open_to("symptom", kind, of_symptom, definitions) for kind in SYMPTOM_TYPES}
    asked = {kind: _asked(placed) for kind, placed in (*findings.items(), *symptoms.items())}
    return PairRules(pair, by_scope["concordant"], findings, symptoms, asked)


def _asked(placed: Iterable[Placed]) -> tuple[str, ...]:
    return tuple(sorted({fact for _, condition in placed for fact in condition.facts}))


def _open_to(fact: str, kind: str, conditions: Sequence[Condition], definitions: Definitions) -> tuple[Placed, ...]:
    members = definitions.members[kind]
    return tuple(
        (1 << place, condition)
        for place, condition in enumerate(conditions)
        if can_hold(condition, fact, kind, members)
    )


def holding(placed: Iterable[Placed], facts: Mapping[str, Fact]) -> int:
    """Return the rules whose conditions hold of these facts, as bits in their order."""
    mask = 0
    for bit, condition in placed:
        if condition.holds(facts):
            mask |= bit
    return mask


def links_of_pair(rules: Sequence[Rule], pair: Pair, findings: Iterable[int], symptom: int) -> Iterator[Link]:
    """Yield the link that the rules at work make of a pair, for each row of its finding: the last of them decides."""
    reaches, named = pair.finding["finding_class"], pair.finding["roots"]
    roots = named if isinstance(named, tuple) and isinstance(reaches, frozenset) and REACHES in reaches else ()
    rule, sides = rules[-1], str(pair.both["sides"])
    reason = reason_of(rule.reason, pair.finding, pair.symptom, sides)
    note = rule.notes if len(rules) == 1 else tuple(dict.fromkeys(note for one in rules for note in one.notes))
    for finding in findings:
        yield Link(finding, symptom, rule.relation, sides, rule.rule_id, reason, roots, note, rule.urgent)
