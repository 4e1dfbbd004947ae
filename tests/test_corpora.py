"""The corpora are ours, complete, and written in the closed names."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from spinelink import vocabulary

GOLD_SETS = ["gold", "gold-abroad", "gold-america", "gold-indications", "gold-mixed", "gold-unread", "gold-various"]
CLOSED = {
    "findings": {
        "type": set(vocabulary.FINDINGS),
        "level": set(vocabulary.LEVELS),
        "side": set(vocabulary.SIDES),
        "severity": set(vocabulary.SEVERITIES),
        "assertion": set(vocabulary.ASSERTIONS),
        "section": set(vocabulary.SECTIONS),
    },
    "symptoms": {
        "type": set(vocabulary.SYMPTOMS),
        "side": set(vocabulary.SIDES),
        "assertion": set(vocabulary.ASSERTIONS),
    },
    "red_flags": {"type": set(vocabulary.RED_FLAGS), "assertion": set(vocabulary.ASSERTIONS)},
    "care": {"type": set(vocabulary.CARE), "assertion": set(vocabulary.ASSERTIONS)},
}


@pytest.fixture(params=GOLD_SETS)
def gold_set(request: pytest.FixtureRequest, root: Path) -> Path:
    """The folder of each gold set."""
    return root / "corpora" / str(request.param)


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def records(demo: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the records of the demo corpus by the name of their file or folder."""
    with (demo / "clinic.csv").open(encoding="utf-8", newline="") as file:
        clinic = list(csv.DictReader(file))
    older = gzip.decompress((demo / "older.jsonl.gz").read_bytes()).decode().splitlines()
    return {
        "letters/": [{"text": p.read_text(encoding="utf-8")} for p in sorted((demo / "letters").glob("*.txt"))],
        "clinic.csv": clinic,
        "hospital.jsonl": lines(demo / "hospital.jsonl"),
        "older.jsonl.gz": [json.loads(line) for line in older],
    }


@pytest.mark.parametrize("name", ["demo", "discrepancies", *GOLD_SETS, "other"])
def test_each_folder_says_where_it_comes_from_and_its_licence(root: Path, name: str) -> None:
    text = (root / "corpora" / name / "README.md").read_text(encoding="utf-8")
    assert "**Provenance.** Written for this project" in text
    assert "**Licence.** Apache-2.0" in text


def test_demo_holds_what_its_table_says(demo: Path) -> None:
    table = re.findall(
        r"^\| `([^`]+)` \|.*\| (\d+) \|$", (demo / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {name: int(count) for name, count in table} == {name: len(held) for name, held in records(demo).items()}


def test_every_gold_set_is_tested(root: Path) -> None:
    assert sorted(path.parent.name for path in (root / "corpora").glob("*/gold.jsonl")) == GOLD_SETS


def test_gold_counts_are_those_of_its_page(gold_set: Path) -> None:
    labelled = lines(gold_set / "gold.jsonl")
    page = " ".join((gold_set / "README.md").read_text(encoding="utf-8").split())
    count = {kind: sum(len(record[kind]) for record in labelled) for kind in CLOSED}
    assert f"{len(labelled)} fictional reports" in page
    assert (
        f"{count['findings']} findings, {count['symptoms']} symptoms, {count['red_flags']} red flags "
        f"and {count['care']} statements on care"
    ) in page


def test_gold_reports_are_fictional_and_the_same_in_both_files(gold_set: Path) -> None:
    given, labelled = lines(gold_set / "reports.jsonl"), lines(gold_set / "gold.jsonl")
    ids = Counter(record["report_id"] for record in given)
    prefix = {"gold": "fict-", "gold-indications": "indication-"}.get(
        gold_set.name, gold_set.name.removeprefix("gold-") + "-"
    )
    assert f"Ids begin with `{prefix}`" in (gold_set / "README.md").read_text(encoding="utf-8")
    assert all(report_id.startswith(prefix) and count == 1 for report_id, count in ids.items())
    assert {tuple(record) for record in given} == {("report_id", "age", "sex", "exam", "study_date", "text")}
    assert [(r["report_id"], r["text"]) for r in given] == [(r["report_id"], r["text"]) for r in labelled]


@pytest.mark.parametrize("kind", list(CLOSED))
def test_gold_facts_quote_the_text_in_closed_names(gold_set: Path, kind: str) -> None:
    for record in lines(gold_set / "gold.jsonl"):
        for fact in record[kind]:
            assert fact["evidence"] in record["text"], record["report_id"]
            for field, names in CLOSED[kind].items():
                assert fact.get(field, "") in names, (record["report_id"], field, fact)


def test_gold_sections_stand_in_their_order(gold_set: Path) -> None:
    for record in lines(gold_set / "gold.jsonl"):
        at = 0
        for category, heading in record["sections"]:
            assert category in vocabulary.SECTIONS, record["report_id"]
            at = record["text"].index(heading, at) + len(heading)
        categories = {category for category, _ in record["sections"]}
        assert {fact["section"] for fact in record["findings"]} <= categories, record["report_id"]


def test_demo_is_not_gold_again(demo: Path, gold_set: Path) -> None:
    labelled = " ".join(" ".join(record["text"].split()) for record in lines(gold_set / "gold.jsonl"))
    for held in records(demo).values():
        for record in held:
            text = " ".join((record.get("text") or record.get("report_text") or "").split())
            for sentence in re.split(r"(?<=[.:]) ", text):
                assert len(sentence) < 60 or sentence not in labelled, sentence
