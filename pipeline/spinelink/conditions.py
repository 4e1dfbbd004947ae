"""Conditions of rules as lexicon rows write them, over the named facts of a case.

A condition is a list of parts joined by ";", all of which must hold: `zone=foraminal|extraforaminal`, `side!=opposite`,
`severity>=2`, `duration<42`. A fact is a word, a number, a set of words, or None where it is not known. `=` holds where
the fact, or one member of it, is one of the words; `!=` where `=` does not, so for an unknown fact too; `<`, `<=`, `>`
and `>=` hold for no unknown fact. The word "none" stands for an unknown fact and an empty set, "yes" and "no" for what
is true or not. An empty condition always holds.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Fact = str | float | bool | frozenset[str] | tuple[str, ...] | None
Facts = Mapping[str, Fact]

UNKNOWN = "none"
_REMEMBERED = 1024
_PART = re.compile(r"([a-z][a-z0-9_]*)\s*(!=|>=|<=|=|<|>)\s*([^=<>!]+)")
_NUMERIC: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Part:
    """One comparison of a condition; `values` are words for = and !=, `number` is that of the others."""

    fact: str
    sign: str
    values: frozenset[str]
    number: float = 0.0

    def holds(self, facts: Facts) -> bool:
        """Tell whether the comparison holds of these facts; a fact that the case does not name is a KeyError."""
        fact = facts[self.fact]
        if self.sign == "=":
            return self._among(fact)
        if self.sign == "!=":
            return not self._among(fact)
        if isinstance(fact, bool) or not isinstance(fact, int | float):
            return False
        return _NUMERIC[self.sign](fact, self.number)

    def _among(self, fact: Fact) -> bool:
        """Tell whether the fact, or one member of it, is one of the words; no collection is made of a single word."""
        if isinstance(fact, str):
            return (fact or UNKNOWN) in self.values
        if isinstance(fact, frozenset | tuple):
            return not self.values.isdisjoint(fact) if fact else UNKNOWN in self.values
        return _word(fact) in self.values


@dataclass(frozen=True, slots=True)
class Condition:
    """Comparisons that must all hold."""

    parts: tuple[Part, ...]

    def holds(self, facts: Facts) -> bool:
        """Tell whether all of it holds of these facts."""
        for part in self.parts:  # a busy loop: a generator would cost more than the comparison
            if not part.holds(facts):
                return False
        return True

    @property
    def facts(self) -> frozenset[str]:
        """The names of the facts that it asks for."""
        return frozenset(part.fact for part in self.parts)

    def about(self, facts: Container[str]) -> Condition:
        """Return what of it asks for these facts."""
        return Condition(tuple(part for part in self.parts if part.fact in facts))

    def without(self, facts: Container[str]) -> Condition:
        """Return what of it asks for other facts."""
        return Condition(tuple(part for part in self.parts if part.fact not in facts))


class Sieve:
    """Many conditions, each with a bit of its own, asked of a case at once; its facts come in the order of their names.

    A condition falls by one fact or another, so the conditions that hold are those that every fact leaves standing.
    What a value of a fact leaves standing is remembered: cases differ as wholes, but fact by fact they are told in the
    same few words. A fact must be of one kind in all cases, for 1 and true are one value to a dictionary.
    """

    __slots__ = ("_all", "_asked")

    def __init__(self, placed: Iterable[tuple[int, Condition]], names: Sequence[str]) -> None:
        self._all = 0
        asked: dict[str, list[tuple[int, Part]]] = {}
        for bit, condition in placed:
            self._all |= bit
            for part in condition.parts:
                asked.setdefault(part.fact, []).append((bit, part))
        known: list[dict[Fact, int]] = [{} for _ in asked]
        self._asked = tuple(zip(map(names.index, asked), asked.values(), known, strict=True))

    def holding(self, facts: Sequence[Fact]) -> int:
        """Return the bits of the conditions that hold of these facts."""
        standing = self._all
        for place, parts, known in self._asked:
            value = facts[place]
            left = known.get(value)
            if left is None:
                if len(known) >= _REMEMBERED:
                    known.clear()
                left = known[value] = self._left(parts, value)
            standing &= left
        return standing

    def words(self, place: int) -> frozenset[str]:
        """Return the words that conditions compare the fact at a place with."""
        return frozenset(
            word for at, parts, _ in self._asked if at == place for _, part in parts for word in part.values
        )

    def _left(self, parts: Iterable[tuple[int, Part]], value: Fact) -> int:
        """Return the conditions that a value leaves standing; `parts` are what they ask of its fact."""
        left = self._all
        for bit, part in parts:
            if not part.holds({part.fact: value}):
                left &= ~bit
        return left


def parse_condition(text: str) -> Condition:
    """Return the condition that a cell writes; raises ValueError naming the part that is none."""
    return Condition(tuple(_parts(text)))


def _parts(text: str) -> Iterator[Part]:
    for piece in filter(None, (part.strip() for part in text.split(";"))):
        match = _PART.fullmatch(piece)
        if match is None:
            raise ValueError(f"{piece!r} is no comparison such as zone=foraminal")
        fact, sign, right = match.groups()
        if sign not in _NUMERIC:
            yield Part(fact, sign, frozenset(word.strip() for word in right.split("|")))
            continue
        try:
            yield Part(fact, sign, frozenset(), float(right))
        except ValueError:
            raise ValueError(f"{piece!r} compares with what is no number") from None


def _word(fact: float | bool | None) -> str:
    if fact is None:
        return UNKNOWN
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    return f"{fact:g}"
