"""The definitions and the rules COR-01 to COR-37 as the lexicon has them, ready to be asked.

A rule's conditions may begin with a scope. A rule without one is on a pair of a finding and a symptom. `finding` and
`symptom` say which of them are judged at all, `report` what an empty request is; `alone` is on a symptom that no pair
has judged, `unmatched` on a finding that no symptom matched, `concordant` on a pair that was found concordant.
"""

from __future__ import annotations

import string
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from spinelink import vocabulary
from spinelink.conditions import UNKNOWN, Condition, Fact, Part, parse_condition
from spinelink.errors import LexiconError
from spinelink.lexicon import Correlation, Definition, Lexicon

Facts = dict[str, Fact]

SCOPES: tuple[str, ...] = ("pair", "finding", "symptom", "report", "alone", "unmatched", "concordant")
FLAGS: tuple[str, ...] = ("urgent",)
"""Notes that are a column of their own."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `of_finding`, `of_symptom` and `of_pair` are its conditions by what they ask about."""

    rule_id: str
    row_id: str
    relation: str
    notes: tuple[str, ...]
    urgent: bool
    reason: str
    of_finding: Condition
    of_symptom: Condition
    of_pair: Condition

    def holds(self, facts: Mapping[str, Fact]) -> bool:
        """Tell whether all its conditions hold of facts that name everything it asks for."""
        return self.of_finding.holds(facts) and self.of_symptom.holds(facts) and self.of_pair.holds(facts)


def rules_of(
    lexicon: Lexicon, finding_facts: frozenset[str], symptom_facts: frozenset[str], pair_facts: frozenset[str]
) -> dict[str, tuple[Rule, ...]]:
    """Return the rules by scope, in their order; raises LexiconError with every row that cannot be used."""
    known = finding_facts | symptom_facts | pair_facts
    faults: list[str] = []
    found: dict[str, list[tuple[int, Rule]]] = {scope: [] for scope in SCOPES}
    for row in lexicon.rows_of(Correlation):
        faults += [f"correlations.tsv: {row.id}: {fault}" for fault in _faults(row, known)]
        if faults:
            continue
        parts = parse_condition(row.conditions).parts
        scope = next((value for part in parts if part.fact == "scope" for value in part.values), "pair")
        asked = [part for part in parts if part.fact != "scope"]
        found[scope].append((int(row.order), _rule(row, asked, finding_facts, symptom_facts)))
    if faults:
        raise LexiconError("\n".join(faults))
    return {scope: tuple(rule for _, rule in sorted(rows, key=lambda one: one[0])) for scope, rows in found.items()}


def _rule(row: Correlation, parts: Sequence[Part], of_finding: frozenset[str], of_symptom: frozenset[str]) -> Rule:
    notes = tuple(filter(None, row.notes.split("|")))
    return Rule(
        rule_id=row.id.rstrip(string.ascii_lowercase),
        row_id=row.id,
        relation=row.relation,
        notes=tuple(note for note in notes if note not in FLAGS),
        urgent="urgent" in notes,
        reason=row.reason,
        of_finding=Condition(tuple(part for part in parts if part.fact in of_finding)),
        of_symptom=Condition(tuple(part for part in parts if part.fact in of_symptom)),
        of_pair=Condition(tuple(part for part in parts if part.fact not in of_finding | of_symptom)),
    )


def _faults(row: Correlation, known: frozenset[str]) -> Iterator[str]:
    if not row.order.isdigit():
        yield f"order {row.order!r} is no number"
    if row.relation not in vocabulary.RELATIONS:
        yield f"relation {row.relation!r} is none of {', '.join(vocabulary.RELATIONS)}"
    condition = parse_condition(row.conditions)
    for part in condition.parts:
        if part.fact == "scope" and not part.values <= set(SCOPES):
            yield f"scope is none of {', '.join(SCOPES)}"
    yield from (f"{fact!r} is no fact of a link" for fact in sorted(condition.facts - known - {"scope"}))
    yield from _template_faults(row.reason)


WORDS: frozenset[str] = frozenset(
    {"finding", "level", "roots", "side", "symptom", "territory", "symptom_side", "region", "own_roots"}
)
"""What a reason may name in braces."""


def _template_faults(reason: str) -> Iterator[str]:
    if not reason:
        yield "has no reason"
    try:
        named = {name for _, name, _, _ in string.Formatter().parse(reason) if name is not None}
    except ValueError:
        yield "its reason has a brace without its other"
        return
    yield from (f"reason: {{{name}}} is none of {', '.join(sorted(WORDS))}" for name in sorted(named - WORDS))
    if "cause" in reason.lower():
        yield "a reason says what could explain, never what causes"


REMEMBERED = 4096
"""How many results are kept for the facts of a finding."""
DefinitionRow = tuple[str, tuple[str, ...], Condition]
"""The fact that a row defines, the members that it gives and its conditions."""


@dataclass(frozen=True)
class Definitions:
    """Names that facts earn: rows of one fact are alternatives, in the order of the file.

    `by_type` has the rows that can hold for a finding or symptom of a type, whatever else is said of it, and `members`
    what it can be by them, so that a report asks few of all rows; `asked` are the facts that these rows ask for.
    `remembered` and `firsts` have what the same facts earned before: findings repeat themselves from report to report.
    """

    by_type: Mapping[str, tuple[DefinitionRow, ...]]
    members: Mapping[str, Mapping[str, frozenset[str]]]
    asked: Mapping[str, tuple[str, ...]]
    remembered: dict[tuple[Fact, ...], Facts] = field(default_factory=dict)
    firsts: dict[tuple[Fact, ...], tuple[str, ...]] = field(default_factory=dict)

    def add_to(self, facts: Facts, kind: str, *names: str) -> None:
        """Add to the facts of a type the members of these defined facts; a row may ask for what rows above it gave."""
        key = (kind, *names, *self._told(facts, kind))
        earned = self.remembered.get(key)
        if earned is None:
            if len(self.remembered) >= REMEMBERED:
                self.remembered.clear()
            self._earn(facts, kind, names)
            earned = self.remembered[key] = {name: facts[name] for name in names}
        facts.update(earned)

    def _told(self, facts: Mapping[str, Fact], kind: str) -> Iterable[Fact]:
        """Return the facts that rows of a type ask for: nothing else can make a difference."""
        return map(facts.get, self.asked[kind])

    def _earn(self, facts: Facts, kind: str, names: Iterable[str]) -> None:
        gathered: dict[str, set[str]] = {name: set() for name in names}
        for name in names:
            facts[name] = frozenset()
        for fact, members, condition in self.by_type[kind]:
            if fact in gathered and not gathered[fact].issuperset(members) and condition.holds(facts):
                gathered[fact].update(members)
                facts[fact] = frozenset(gathered[fact])

    def first(self, facts: Mapping[str, Fact], kind: str, name: str) -> tuple[str, ...]:
        """Return the members that the first row of a fact gives whose condition holds."""
        key = (kind, name, *self._told(facts, kind))
        found = self.firsts.get(key)
        if found is None:
            if len(self.firsts) >= REMEMBERED:
                self.firsts.clear()
            rows = self.by_type[kind]
            found = next((members for fact, members, condition in rows if fact == name and condition.holds(facts)), ())
            self.firsts[key] = found
        return found


def can_hold(condition: Condition, type_fact: str, kind: str, members: Mapping[str, Collection[str]]) -> bool:
    """Tell whether a condition can hold of a type that by its defined facts can have these members."""
    for part in condition.parts:
        if part.fact == type_fact and not part.holds({type_fact: kind}):
            return False
        if part.fact in members and part.sign == "=" and UNKNOWN not in part.values:
            if part.values.isdisjoint(members[part.fact]):
                return False
    return True


def definitions_of(
    lexicon: Lexicon, asked: Mapping[str, frozenset[str]], types: Mapping[str, Iterable[str]]
) -> Definitions:
    """Return the rows of the facts in `asked`, which says what each may ask about; raises LexiconError.

    `types` are the names that a finding and a symptom may have, by the fact that holds them; a defined fact that may
    not ask for one of these is none of it.
    """
    rows = [row for row in lexicon.rows_of(Definition) if row.fact in asked]
    compiled = [(row.fact, tuple(row.name.split("|")), parse_condition(row.conditions)) for row in rows]
    faults = [
        f"definitions.tsv: {row.id}: {fact!r} is no fact that {row.fact} may ask about"
        for row, (_, _, condition) in zip(rows, compiled, strict=True)
        for fact in sorted(condition.facts - asked[row.fact])
    ]
    if faults:
        raise LexiconError("\n".join(faults))
    by_type: dict[str, tuple[DefinitionRow, ...]] = {}
    members: dict[str, dict[str, frozenset[str]]] = {}
    for type_fact, kinds in types.items():
        for kind in kinds:
            of_type = [row for row in compiled if type_fact in asked[row[0]]]
            by_type[kind], members[kind] = _possible(of_type, type_fact, kind)
    return Definitions(by_type, members, {kind: _asked(rows) for kind, rows in by_type.items()})


def _asked(rows: Iterable[DefinitionRow]) -> tuple[str, ...]:
    return tuple(sorted({name for _, _, condition in rows for name in condition.facts}))


def _possible(
    rows: Sequence[DefinitionRow], type_fact: str, kind: str
) -> tuple[tuple[DefinitionRow, ...], dict[str, frozenset[str]]]:
    """Return the rows that can hold for a type, and what it can be by them."""
    can_be: dict[str, set[str]] = {fact: set() for fact, _, _ in rows}
    possible = []
    for row in rows:
        fact, names, condition = row
        if can_hold(condition, type_fact, kind, can_be):
            can_be[fact].update(names)
            possible.append(row)
    return tuple(possible), {fact: frozenset(names) for fact, names in can_be.items()}
