"""The evaluator: the first rule, in order, that holds of a pair gives its relation, notes and reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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


@dataclass(frozen=True, slots=True)
class PairRules:
    """The rules on pairs, and those that lower a pair that was found concordant.

    `of_finding` and `of_symptom` have for each type the conditions that can hold of it, with the rules' places.
    """

    pair: tuple[Rule, ...]
    concordant: tuple[Rule, ...]
    of_finding: Mapping[str, Sequence[Placed]]
    of_symptom: Mapping[str, Sequence[Placed]]
    remembered: dict[tuple[Fact, ...], int] = field(default_factory=dict)

    def open_to_finding(self, facts: Facts) -> int:
        """Return the rules whose conditions on the finding hold, as bits in their order; remembered by its facts."""
        key = tuple(facts.values())
        found = self.remembered.get(key)
        if found is None:
            if len(self.remembered) >= REMEMBERED:
                self.remembered.clear()
            found = self.remembered[key] = holding(self.of_finding[str(facts["finding"])], facts)
        return found

    def open_to_symptom(self, facts: Facts) -> int:
        """Return the rules whose conditions on the symptom hold, as bits in their order."""
        return holding(self.of_symptom[str(facts["symptom"])], facts)

    def at_work(self, open_rules: int, facts: Mapping[str, Fact]) -> tuple[Rule, ...]:
        """Return the first of the open rules that holds, and the one that lowers it where it finds too much."""
        while open_rules:
            lowest = open_rules & -open_rules
            rule = self.pair[lowest.bit_length() - 1]
            if rule.of_pair.holds(facts):
                return (rule, *self._lower(rule, facts))
            open_rules ^= lowest
        return ()

    def _lower(self, rule: Rule, facts: Mapping[str, Fact]) -> tuple[Rule, ...]:
        if rule.relation != "concordant":
            return ()
        return tuple(one for one in self.concordant if one.holds(facts))[:1]


def pair_rules(by_scope: Mapping[str, tuple[Rule, ...]], definitions: Definitions) -> PairRules:
    """Return the rules on pairs, each listed under the types that it can concern."""
    pair = by_scope["pair"]
    of_finding = [rule.of_finding for rule in pair]
    of_symptom = [rule.of_symptom for rule in pair]
    return PairRules(
        pair,
        by_scope["concordant"],
        {kind: _open_to("finding", kind, of_finding, definitions) for kind in vocabulary.FINDINGS},
        {kind: _open_to("symptom", kind, of_symptom, definitions) for kind in SYMPTOM_TYPES},
    )


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


def link_of(rules: Sequence[Rule], facts: Facts) -> Link:
    """Return the link that the rules at work make of a pair, its places left open: the last of them decides."""
    reaches, roots = facts["finding_class"], facts["roots"]
    rule = rules[-1]
    return Link(
        finding=-1,
        symptom=-1,
        relation=rule.relation,
        side_match=str(facts["sides"]),
        rule_id=rule.rule_id,
        reason=reason_of(rule, facts),
        roots=roots if isinstance(roots, tuple) and isinstance(reaches, frozenset) and REACHES in reaches else (),
        note=tuple(dict.fromkeys(note for one in rules for note in one.notes)),
        urgent=rule.urgent,
    )
