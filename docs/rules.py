"""The parts of the manual that are rules: each with its id, what it says, its source and an example, from its row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from spinelink import lexicon

_RECORD = re.compile(r"^\[([^\]]*)\] ")
_AGES = (20, 30, 40, 50, 60, 70, 80)


def audit_rules() -> str:
    """Return the rules that give a request its class, then those that give it a label alone, in order."""
    rows = sorted(lexicon.shipped().rows_of(lexicon.Appropriateness), key=lambda row: (int(row.order), row.id))
    classed = [
        (row.id, row.audit_class, row.meaning, row.conditions or "always", row.source, row.example)
        for row in rows
        if row.audit_class
    ]
    labels = [
        (row.id, row.sublabels, row.meaning, row.conditions, row.source, row.example)
        for row in rows
        if not row.audit_class
    ]
    head = ("rule", "class", "what it says", "conditions", "source", "example")
    return (
        f"{_table(head, classed)}\n\nLabels, which change no class:\n\n{_table(('rule', 'label', *head[2:]), labels)}"
    )


def policy() -> str:
    """Return the editorial settings with their values under both policies."""
    rows = lexicon.shipped().rows_of(lexicon.Policy)
    return _table(
        ("id", "setting", "lenient", "strict", "what it settles", "example"),
        [(row.id, f"`{row.setting}`", row.lenient, row.strict, row.meaning, row.example) for row in rows],
    )


def prevalence() -> str:
    """Return how common findings are without pain: percent and, in brackets, people behind it, by age."""

    def cells(row: lexicon.Prevalence) -> list[str]:
        people = row.people.split("|") if row.people else ["not told"] * len(_AGES)
        return [f"{percent} ({number})" for percent, number in zip(row.percent.split("|"), people, strict=True)]

    return _table(
        ("id", "finding", *map(str, _AGES), "odds with pain, to 50", "source"),
        [
            (row.id, " ".join(filter(None, (row.finding, row.subtype))), *cells(row), row.odds, row.source)
            for row in lexicon.shipped().rows_of(lexicon.Prevalence)
        ],
    )


def correlations() -> str:
    """Return the rules on a finding and a symptom in order."""
    rows = sorted(lexicon.shipped().rows_of(lexicon.Correlation), key=lambda row: (int(row.order), row.id))
    return _table(
        ("rule", "relation", "reason", "conditions", "notes", "source", "example"),
        [(r.id, r.relation, r.reason, r.conditions or "always", r.notes, r.source, r.example) for r in rows],
    )


def definitions() -> str:
    """Return the names that rules use, by the fact that they are members of."""
    rows = sorted(lexicon.shipped().rows_of(lexicon.Definition), key=lambda row: (row.fact, row.name, row.id))
    return _table(
        ("fact", "name", "id", "of what fulfils", "example"),
        [(f"`{row.fact}`", row.name, row.id, row.conditions, row.example) for row in rows],
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    """Return a cell of Markdown; of an example report, what its record says stands behind it."""
    record = _RECORD.match(text)
    words = text[record.end() :] if record else text
    plain = " / ".join(" ".join(part.split()) for part in words.split("\\n") if part.strip())
    return f"{plain}{f' ({record[1]})' if record else ''}".replace("|", "\\|")
