"""Sentences and the facts they state, read as findings text: one sentence one test, from `spec/*.tsv`.

A file holds the sentences of one kind and is named by it. Three hold many kinds, and their ids name the rule that a row
shows: `rules` NEG and SEV of the clinical knowledge base, GL a ruling of the annotation guideline, TYP a typing error;
`styles` and `other-hospitals` STY and OTH, ways of saying it elsewhere. In a sentence `\\n` is a line break.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

Facts = Callable[[str], set[str]]
SPEC = Path(__file__).parent / "spec"
PROBES = Path(__file__).resolve().parents[2] / "shared" / "gold" / "probes.tsv"


def sentences(path: Path) -> list[list[str]]:
    """Return the cells of a spec file, without its header."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


def expected(cell: str) -> set[str]:
    """Return the facts of a spec's cell."""
    return {part.strip() for part in cell.split("|") if part.strip()}


ROWS = [
    (path.stem, row[0], row[1].replace(r"\n", "\n"), row[2])
    for path in sorted(SPEC.glob("*.tsv"))
    for row in sentences(path)
]


@pytest.mark.parametrize(("sentence", "cell"), [pytest.param(s, c, id=i) for _, i, s, c in ROWS])
def test_a_sentence_states_these_facts(sentence: str, cell: str, facts: Facts) -> None:
    assert facts(f"FINDINGS:\n{sentence}") == expected(cell)


def test_the_specs_are_there() -> None:
    assert len(ROWS) > 750
    assert len({row[1] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("kind", "count"), Counter(row[0] for row in ROWS).items())
def test_a_kind_has_ten_sentences(kind: str, count: int) -> None:
    assert count >= 10, kind


PROBE_ROWS = sentences(PROBES) if PROBES.is_file() else []


@pytest.mark.skipif(not PROBES.is_file(), reason="the probe sentences lie outside the checkout")
@pytest.mark.parametrize(("sentence", "cell"), PROBE_ROWS, ids=[f"probe-{n}" for n in range(1, len(PROBE_ROWS) + 1)])
def test_a_probe_is_right(sentence: str, cell: str, facts: Facts) -> None:
    assert facts(f"FINDINGS:\n{sentence}") == expected(cell)
