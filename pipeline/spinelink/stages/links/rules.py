"""The definitions and the rules COR-01 to COR-37 as the lexicon has them, ready to be asked.

A rule's conditions may begin with a scope. A rule without one is on a pair of a finding and a symptom. `finding` and
`symptom` say which of them are judged at all, `report` what an empty request is; `alone` is on a symptom that no pair
has judged, `unmatched` on a finding that no symptom matched, `concordant` on a pair that was found concordant.
"""

from __future__ import annotations

import string
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from spinelink import vocabulary
from spinelink.conditions import UNKNOWN, Condition, Fact, Part, Sieve, parse_condition
from spinelink.errors import LexiconError
from spinelink.lexicon import Correlation, Definition, Lexicon
from spinelink.stages.links.wording import template_faults, template_of

Facts = dict[str, Fact]

FLAGS: tuple[str, ...] = ("urgent",)
"""Notes that are a column of their own."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `of_finding`, `of_symptom` and `of_pair` are its conditions by what they ask about.

    `reason` is a template with the places of its words.
    """

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
    lexicon: Lexicon, finding_facts: frozenset[str], symptom_facts: frozenset[str], scopes: Mapping[str, frozenset[str]]
) -> dict[str, tuple[Rule, ...]]:
    """Return the rules by scope, in their order; raises LexiconError with every row that cannot be used.

    `scopes` says what the rules of each scope may ask.
    """
    known = frozenset().union(*scopes.values())
    faults: list[str] = []
    found: dict[str, list[tuple[int, Rule]]] = {scope: [] for scope in scopes}
    for row in lexicon.rows_of(Correlation):
        faults += [f"correlations.tsv: {row.id}: {fault}" for fault in _faults(row, known, scopes)]
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
        reason=template_of(row.reason),
        of_finding=Condition(tuple(part for part in parts if part.fact in of_finding)),
        of_symptom=Condition(tuple(part for part in parts if part.fact in of_symptom)),
        of_pair=Condition(tuple(part for part in parts if part.fact not in of_finding | of_symptom)),
    )


def _faults(row: Correlation, known: frozenset[str], scopes: Collection[str]) -> Iterator[str]:
    if not row.order.isdigit():
        yield f"order {row.order!r} is no number"
    if row.relation not in vocabulary.RELATIONS:
        yield f"relation {row.relation!r} is none of {', '.join(vocabulary.RELATIONS)}"
    condition = parse_condition(row.conditions)
    for part in condition.parts:
        if part.fact == "scope" and not part.values <= set(scopes):
            yield f"scope is none of {', '.join(scopes)}"
    yield from (f"{fact!r} is no fact of a link" for fact in sorted(condition.facts - known - {"scope"}))
    yield from template_faults(row.reason)


DefinitionRow = tuple[str, tuple[str, ...], Condition]
"""The fact that a row defines, the members that it gives and its conditions."""
Names = frozenset[str]
_REMEMBERED = 4096
"""How many results are kept for a type."""


class Defined(NamedTuple):
    """What is defined of findings, or of symptoms: `kinds` are their types, `type_fact` the fact that holds the type.

    To the facts in `names` each row that holds adds its members, asked of the facts in `told`, in that order. To each
    fact in `firsts` only the first row that holds gives them, asked of the facts beside it.
    """

    type_fact: str
    kinds: Iterable[str]
    told: tuple[str, ...]
    names: tuple[str, ...]
    firsts: Mapping[str, tuple[str, ...]]


class _Alternatives:
    """The rows of a fact of which the first that holds gives its members."""

    __slots__ = ("_members", "_sieve")

    def __init__(self, rows: Sequence[DefinitionRow], told: tuple[str, ...]) -> None:
        self._sieve = Sieve(((1 << place, condition) for place, (_, _, condition) in enumerate(rows)), told)
        self._members = ((), *(members for _, members, _ in rows))

    def of(self, facts: Sequence[Fact]) -> tuple[str, ...]:
        held = self._sieve.holding(facts)
        return self._members[(held & -held).bit_length()]


class _Additions:
    """The rows of facts to which every row that holds adds its members; one may ask for what rows above it gave.

    What they come to depends on which rows hold by what is told, so it is remembered by these.
    """

    __slots__ = ("_known", "_names", "_rows", "sieve")

    def __init__(self, rows: Sequence[DefinitionRow], told: tuple[str, ...], names: tuple[str, ...]) -> None:
        self._names = names
        placed = [(1 << place, condition.without(names)) for place, (_, _, condition) in enumerate(rows)]
        self.sieve = Sieve(placed, told)
        self._rows = tuple((fact, frozenset(members), condition.about(names)) for fact, members, condition in rows)
        self._known: dict[int, tuple[Names, ...]] = {}

    def of(self, facts: Sequence[Fact]) -> tuple[Names, ...]:
        held = self.sieve.holding(facts)
        found = self._known.get(held)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[held] = self._earned(held)
        return found

    def _earned(self, held: int) -> tuple[Names, ...]:
        earned: dict[str, Names] = dict.fromkeys(self._names, frozenset())
        for place, (fact, members, condition) in enumerate(self._rows):
            if held >> place & 1 and condition.holds(earned):
                earned[fact] |= members
        return tuple(earned.values())


@dataclass(frozen=True)
class Definitions:
    """Names that facts earn, by the type of finding or symptom: the rows that can hold for it, whatever else is said.

    `members` is what a type can be by them.
    """

    alternatives: Mapping[tuple[str, str], _Alternatives]
    additions: Mapping[str, _Additions]
    members: Mapping[str, Mapping[str, Names]]

    def names(self, kind: str, facts: Sequence[Fact]) -> tuple[Names, ...]:
        """Return what a finding or symptom of a type is by all rows that hold, fact by fact."""
        return self.additions[kind].of(facts)

    def first(self, kind: str, name: str, facts: Sequence[Fact]) -> tuple[str, ...]:
        """Return the members that the first row of a fact gives whose condition holds."""
        return self.alternatives[kind, name].of(facts)


def can_hold(condition: Condition, type_fact: str, kind: str, members: Mapping[str, Collection[str]]) -> bool:
    """Tell whether a condition can hold of a type that by its defined facts can have these members."""
    for part in condition.parts:
        if part.fact == type_fact and not part.holds({type_fact: kind}):
            return False
        if part.fact in members and part.sign == "=" and UNKNOWN not in part.values:
            if part.values.isdisjoint(members[part.fact]):
                return False
    return True


def definitions_of(lexicon: Lexicon, asked: Mapping[str, frozenset[str]], defined: Iterable[Defined]) -> Definitions:
    """Return the rows of the facts in `asked`, which says what each may ask about; raises LexiconError."""
    rows = [row for row in lexicon.rows_of(Definition) if row.fact in asked]
    compiled = [(row.fact, tuple(row.name.split("|")), parse_condition(row.conditions)) for row in rows]
    faults = [
        f"definitions.tsv: {row.id}: {fact!r} is no fact that {row.fact} may ask about"
        for row, (_, _, condition) in zip(rows, compiled, strict=True)
        for fact in sorted(condition.facts - asked[row.fact])
    ]
    if faults:
        raise LexiconError("\n".join(faults))
    alternatives: dict[tuple[str, str], _Alternatives] = {}
    additions: dict[str, _Additions] = {}
    members: dict[str, dict[str, Names]] = {}
    for type_fact, kinds, told, names, firsts in defined:
        of_type = [row for row in compiled if row[0] in names or row[0] in firsts]
        for kind in kinds:
            possible, members[kind] = _possible(of_type, type_fact, kind)
            for fact, told_of_it in firsts.items():
                alternatives[kind, fact] = _Alternatives([row for row in possible if row[0] == fact], told_of_it)
            additions[kind] = _Additions([row for row in possible if row[0] in names], told, names)
    return Definitions(alternatives, additions, members)


def _possible(
    rows: Sequence[DefinitionRow], type_fact: str, kind: str
) -> tuple[list[DefinitionRow], dict[str, frozenset[str]]]:
    """Return the rows that can hold for a type, without what they ask of it, and what it can be by them."""
    can_be: dict[str, set[str]] = {fact: set() for fact, _, _ in rows}
    possible = []
    for fact, names, condition in rows:
        if can_hold(condition, type_fact, kind, can_be):
            can_be[fact].update(names)
            possible.append((fact, names, condition.without((type_fact,))))
    return possible, {fact: frozenset(names) for fact, names in can_be.items()}
