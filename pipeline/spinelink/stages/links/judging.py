"""The evaluator: the first rule, in order, that holds of a pair gives its relation, notes and reason.

Rules stand as bits of a number. What is told of a finding, of a symptom, of the report and of a pair each leaves some
of them standing, and those that hold are the bits that all four leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from spinelink import vocabulary
from spinelink.conditions import Condition, Sieve
from spinelink.records import Link
from spinelink.stages.links.facts import FINDING, REPORT, SYMPTOM, SYMPTOM_TYPES
from spinelink.stages.links.pairs import BOTH, SIDES, Both, OfFinding, OfSymptom, together
from spinelink.stages.links.rules import Rule, can_hold
from spinelink.stages.links.wording import reason_of

_SCOPES = ("pair", "concordant", "unmatched", "alone")
_OF_FINDING = frozenset({"pair", "concordant", "unmatched"})
_OF_SYMPTOM = frozenset({"pair", "concordant", "alone"})


@dataclass(frozen=True, slots=True)
class Bench:
    """The rules on pairs, those that lower a pair found concordant, those on what stays unmatched or alone.

    Each has the bit of its place in `rules`, and `scopes` has the bits of each scope. `of_finding` and `of_symptom`
    have for each type the conditions that can hold of it; `of_report` and `of_both` are conditions on a report and on a
    pair. `known` remembers the latter: no more than some hundred things can be told of a pair.
    """

    rules: tuple[Rule, ...]
    scopes: Mapping[str, int]
    on_pairs: int
    of_finding: Mapping[str, Sieve]
    of_symptom: Mapping[str, Sieve]
    of_report: Sieve
    of_both: Sieve
    known: dict[Both, int] = field(default_factory=dict)

    def deciding(self, finding: OfFinding, symptom: OfSymptom) -> tuple[tuple[Rule, ...], str]:
        """Return the first rule that holds of a pair, and the one that lowers it where it finds too much; its sides."""
        held = finding.open_rules & symptom.open_rules
        if not held & self.on_pairs:
            return (), ""
        both = together(finding, symptom)
        left = self.known.get(both)
        if left is None:
            left = self.known[both] = self.of_both.holding(both)
        held &= left
        first = held & self.on_pairs
        if not first:
            return (), ""
        rule = self.rules[(first & -first).bit_length() - 1]
        lower = held & self.scopes["concordant"] if rule.relation == "concordant" else 0
        rules = (rule, self.rules[(lower & -lower).bit_length() - 1]) if lower else (rule,)
        return rules, both[SIDES]

    def of_scope(self, scope: str, open_rules: int) -> list[Rule]:
        """Return those of some rules that are of a scope, in order."""
        held = open_rules & self.scopes[scope]
        found = []
        while held:
            found.append(self.rules[(held & -held).bit_length() - 1])
            held &= held - 1
        return found


def bench_of(by_scope: Mapping[str, tuple[Rule, ...]], members: Mapping[str, Mapping[str, frozenset[str]]]) -> Bench:
    """Return the rules that are judged together, each listed under the types that it can concern."""
    placed = [(scope, rule) for scope in _SCOPES for rule in by_scope[scope]]
    of_finding = [(1 << n, rule.of_finding) for n, (scope, rule) in enumerate(placed) if scope in _OF_FINDING]
    of_symptom = [(1 << n, rule.of_symptom) for n, (scope, rule) in enumerate(placed) if scope in _OF_SYMPTOM]
    of_pair = [(1 << n, rule.of_pair) for n, (_, rule) in enumerate(placed)]
    scopes = {one: sum(1 << n for n, (scope, _) in enumerate(placed) if scope == one) for one in _SCOPES}
    return Bench(
        rules=tuple(rule for _, rule in placed),
        scopes=scopes,
        on_pairs=scopes["pair"],
        of_finding={kind: _open_to("finding", kind, of_finding, FINDING, members) for kind in vocabulary.FINDINGS},
        of_symptom={kind: _open_to("symptom", kind, of_symptom, SYMPTOM, members) for kind in SYMPTOM_TYPES},
        of_report=Sieve(((bit, condition.about(REPORT)) for bit, condition in of_pair), REPORT),
        of_both=Sieve(((bit, condition.about(BOTH)) for bit, condition in of_pair), BOTH),
    )


def _open_to(
    fact: str,
    kind: str,
    placed: Iterable[tuple[int, Condition]],
    facts: Sequence[str],
    members: Mapping[str, Mapping[str, frozenset[str]]],
) -> Sieve:
    """Return the conditions that can hold of a type, without what they ask of the type itself."""
    able = [one for one in placed if can_hold(one[1], fact, kind, members[kind])]
    return Sieve(((bit, condition.without((fact,))) for bit, condition in able), facts)


def links_of_pair(
    rules: Sequence[Rule], sides: str, finding: OfFinding, symptom: OfSymptom, rows: Iterable[int], place: int
) -> list[Link]:
    """Return the link that the rules at work make of a pair, for each row of its finding: the last of them decides."""
    rule = rules[-1]
    reason = reason_of(rule.reason, finding.words, symptom.words, sides)
    note = rule.notes if len(rules) == 1 else tuple(dict.fromkeys(note for one in rules for note in one.notes))
    return [
        Link(row, place, rule.relation, sides, rule.rule_id, reason, finding.links_name, note, rule.urgent)
        for row in rows
    ]
