"""What is compared: the findings of gold and of a run as facts, and the views in which two of them are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ATTRIBUTES: tuple[str, ...] = ("change", "zone", "root", "effect", "subtype", "grade")

Key = tuple[Any, ...]
Keys = Mapping[str, frozenset[Key]]
"""Report id to the keys of its facts in one view."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A finding as it is compared: of one side, an absent one without severity and without "multilevel"."""

    type: str
    level: str
    side: str
    severity: str
    assertion: str
    attributes: Mapping[str, str]
    evidence: str


VIEWS: dict[str, Callable[[Fact], Key]] = {
    "presence": lambda fact: (fact.type, fact.assertion == "absent"),
    "level": lambda fact: (fact.type, fact.level, fact.assertion == "absent"),
    "graded": lambda fact: (fact.type, fact.level, fact.severity, fact.assertion),
    "strict": lambda fact: (fact.type, fact.level, fact.side, fact.severity, fact.assertion),
}
"""What makes two findings the same, from lenient to strict."""


def facts_of(row: Mapping[str, Any], type_field: str) -> Iterator[Fact]:
    """Yield the facts of a row of gold or run, one for each side."""
    absent = row["assertion"] == "absent"
    level = row.get("level") or ""
    for side in sides_of(row.get("side")):
        yield Fact(
            type=row[type_field],
            level="" if absent and level == "multilevel" else level,
            side=side,
            severity="" if absent else row.get("severity") or "",
            assertion=row["assertion"],
            attributes={name: str(row[name]) for name in ATTRIBUTES if row.get(name)},
            evidence=row.get("evidence") or "",
        )


def sides_of(side: str | None) -> tuple[str, ...]:
    """Return the sides that a side stands for: both are a left and a right one."""
    return ("left", "right") if side == "bilateral" else (side or "",)


def keys_of(facts: Mapping[str, Iterable[Fact]], key: Callable[[Fact], Key]) -> Keys:
    """Return the keys of each report's facts in one view."""
    return {i: frozenset(map(key, of_report)) for i, of_report in facts.items()}
