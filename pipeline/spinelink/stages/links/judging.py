"""The evaluator: the first rule, in order, that holds of a pair gives its relation, notes and reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spinelink.conditions import Fact
from spinelink.records import Link
from spinelink.stages.links.rules import Facts, Rule, holding
from spinelink.stages.links.wording import reason_of

REACHES = "reaches_roots"
"""The class of findings that can affect a root at all, for which links name the roots."""


@dataclass(frozen=True, slots=True)
class PairRules:
    """The rules on pairs, and those that lower a pair that was found concordant."""

    pair: tuple[Rule, ...]
    concordant: tuple[Rule, ...]

    def masks(self, facts: Iterable[Facts], part: str) -> list[int]:
        """Return for each facts which rules on pairs they leave open, as bits in the order of the rules."""
        return [holding(self.pair, known, part) for known in facts]

    def first(self, open_rules: int, facts: Mapping[str, Fact]) -> Rule | None:
        """Return the first of the open rules whose conditions on the pair hold."""
        while open_rules:
            lowest = open_rules & -open_rules
            rule = self.pair[lowest.bit_length() - 1]
            if rule.of_pair.holds(facts):
                return rule
            open_rules ^= lowest
        return None


def link_of(rule: Rule, facts: Facts, rules: PairRules) -> Link:
    """Return the link that a rule makes of a pair, its places left open; rules on concordant pairs come last."""
    notes = rule.notes
    if rule.relation == "concordant":
        lower = next((one for one in rules.concordant if one.holds(facts)), None)
        if lower is not None:
            rule, notes = lower, tuple(dict.fromkeys((*notes, *lower.notes)))
    reaches, roots = facts["finding_class"], facts["roots"]
    return Link(
        finding=-1,
        symptom=-1,
        relation=rule.relation,
        side_match=str(facts["sides"]),
        rule_id=rule.rule_id,
        reason=reason_of(rule, facts),
        roots=roots if isinstance(roots, tuple) and isinstance(reaches, frozenset) and REACHES in reaches else (),
        note=notes,
        urgent=rule.urgent,
    )
