"""Every statement of the founding documents has a name or rule that fires on a sentence: `coverage/seeds.tsv`.

A row holds the name of the knowledge base or the id of a rule, a short report, a table, and what a row of that table
must fulfil, in the language of `spinelink.conditions`. `coverage/outside.tsv` holds the names for which the vocabulary
has no type: a sentence of them must state nothing else.
"""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from spinelink import lexicon
from spinelink.analysis import Rules, analyse, compile_rules
from spinelink.conditions import Fact, parse_condition
from spinelink.records import Report
from spinelink.tabulate import Shown, tabulate

HERE = Path(__file__).parent / "coverage"
SEEDS = Path(__file__).resolve().parents[2] / "shared" / "knowledge" / "seed_coverage.csv"


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a tab-separated file."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def rules() -> Rules:
    """The shipped rules, compiled once."""
    return compile_rules(lexicon.shipped())


def stated(report: str, table: str) -> list[dict[str, Any]]:
    """Return the rows that a short report gives in a table; a report without a title is of the lumbar spine."""
    text = report.replace(r"\n", "\n")
    exam = text.split("\n")[0] if text.startswith("MRI ") else "MRI LUMBAR SPINE"
    analysis = analyse(Report("report", text, "report.txt", 0, exam=exam), rules())
    return tabulate([analysis], Shown())[table].to_pylist()


def facts(row: dict[str, Any]) -> dict[str, Fact]:
    """Return a table's row as facts."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


COVERED = rows_of(HERE / "seeds.tsv")
OUTSIDE = rows_of(HERE / "outside.tsv")
IDS = [f"{row['name']}-{n}" for n, row in enumerate(COVERED)]


@pytest.mark.parametrize("row", COVERED, ids=IDS)
def test_a_name_or_rule_fires_on_a_sentence(row: dict[str, str]) -> None:
    condition = parse_condition(row["conditions"])
    found = stated(row["report"], row["table"])
    assert any(condition.holds(facts(one)) for one in found), found


@pytest.mark.parametrize("row", OUTSIDE, ids=[row["name"] for row in OUTSIDE])
def test_what_the_vocabulary_lacks_states_nothing_else(row: dict[str, str]) -> None:
    assert row["reason"]
    assert stated(row["report"], "findings") == []
    assert [one for one in stated(row["report"], "symptoms") if one["kind"] == "symptom"] == []


def test_every_statement_of_the_founding_documents_is_covered() -> None:
    if not SEEDS.is_file():
        pytest.skip("the founding documents' statements lie beside the checkout, and are not there")
    with SEEDS.open(encoding="utf-8", newline="") as lines:
        wanted = Counter(line["canonical_name_or_rule_id"] for line in csv.DictReader(lines))
    assert wanted
    assert set(wanted) - {row["name"] for row in (*COVERED, *OUTSIDE)} == set()
