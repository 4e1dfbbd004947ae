"""Vignettes are judged as the shared scorer judges them, one expectation at a time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from spinelink.cli import cli
from spinelink.errors import EvaluationError
from spinelink.evaluate import are_vignettes, outcomes, render_vignettes, shares

SCORER = Path(__file__).resolve().parents[2] / "shared" / "gold" / "score_vignettes.py"

PAIR = {
    "finding_type": "disc_extrusion", "level": "L4-L5", "finding_side": "left", "symptom_type": "leg_pain",
    "symptom_side": "left", "relation": "concordant",
}  # fmt: skip
LINKS: list[dict[str, Any]] = [
    {
        "report_id": "a",
        "expect_links": [
            PAIR,
            {**PAIR, "finding_side": "bilateral", "relation": "possible"},
            {**PAIR, "level": "L5-S1", "relation": "cannot_judge"},
            {**PAIR, "symptom_type": "", "relation": "discordant"},
            {**PAIR, "finding_type": "", "symptom_type": "sciatica", "relation": "discordant"},
        ],
        "expect_report": {
            "match_status": "concordant", "urgent": True, "unexplained_symptoms": ["sciatica"],
            "unmatched_findings": ["disc_extrusion@L4-L5"],
        },
    },
    {"report_id": "unknown", "expect_links": [{**PAIR, "relation": "cannot_judge"}, PAIR]},
]  # fmt: skip
AUDIT: list[dict[str, Any]] = [
    {"report_id": "a", "expect": {"class_lenient": "out_of_scope", "class_strict": "out_of_scope", "care": "tried",
                                  "red_flags": ["fever"], "duration_days": 40}},
    {"report_id": "b", "expect": {"class_lenient": "out_of_scope", "class_strict": "indicated_persistent",
                                  "care": "unknown", "red_flags": [], "duration_days": None}},
    {"report_id": "c", "expect": {"class_lenient": "out_of_scope", "class_strict": "out_of_scope", "care": "unknown",
                                  "red_flags": [], "duration_days": None, "duration_range": [365, None]}},
]  # fmt: skip


def write(path: Path, records: list[dict[str, Any]]) -> Path:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of three reports, as far as vignettes look at it."""

    def table(name: str, rows: list[dict[str, Any]]) -> None:
        (tmp_path / name).mkdir()
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / name / "part-0.parquet")

    table(
        "findings",
        [{"report_id": "a", "finding_id": 0, "finding_type": "disc_extrusion", "level": "L4-L5", "side": "left"}],
    )
    table("symptoms", [{"report_id": "a", "symptom_id": 0, "symptom_type": "leg_pain", "side": "bilateral"}])
    table("links", [{"report_id": "a", "finding_id": 0, "symptom_id": 0, "relation": "concordant"}])
    base = {"class_lenient": "out_of_scope", "class_strict": "out_of_scope", "care": "unknown", "urgent": False}
    lists: dict[str, list[str]] = {"unexplained_symptoms": ["sciatica"], "unmatched_findings": []}
    table(
        "audit",
        [
            {**base, **lists, "report_id": "a", "red_flags": ["fever"], "duration_days": 42, "match_status": "concordant"},
            {**base, **lists, "report_id": "b", "red_flags": ["trauma"], "duration_days": 3, "match_status": "possible"},
            {**base, **lists, "report_id": "c", "red_flags": [], "duration_days": 400, "match_status": "possible"},
        ],
    )  # fmt: skip
    return tmp_path


@pytest.mark.parametrize("records", [LINKS, AUDIT], ids=["links", "audit"])
@pytest.mark.skipif(not SCORER.is_file(), reason="the shared scorer is not beside this checkout")
def test_the_shares_are_those_of_the_scorer(records: list[dict[str, Any]], run: Path) -> None:
    file = write(run / "vignettes.jsonl", records)
    done = subprocess.run([sys.executable, SCORER, file, run], capture_output=True, text=True, check=True)
    theirs = dict(re.findall(r"^(\w+) +(\d+/\d+) =", done.stdout, re.MULTILINE))
    ours = {name: f"{share.right}/{share.named}" for name, share in shares(outcomes(file, run)).items()}
    assert ours == theirs
    assert ours["all"] not in ("0/0", theirs["all"].split("/")[1] * 2)


def test_what_is_not_met_is_named(run: Path) -> None:
    found = outcomes(write(run / "vignettes.jsonl", LINKS), run)
    missed = [(o.figure, o.told) for o in found if not o.right]
    assert ("relation", "concordant") in missed
    assert ("urgent", "False") in missed
    assert ("relation", "no link") in missed
    assert "disc_extrusion@L4-L5" in render_vignettes(found, "markdown", misses=99)


def test_the_command_tells_vignettes_from_gold(run: Path) -> None:
    file = write(run / "vignettes.jsonl", AUDIT)
    result = CliRunner().invoke(cli, ["evaluate", str(file), str(run), "--json", str(run / "figures.json")])
    assert result.exit_code == 0, result.output
    assert re.search(r"^class_lenient +3/3 ", result.output, re.MULTILINE)
    assert json.loads((run / "figures.json").read_text())["red_flags"] == pytest.approx(2 / 3)
    assert CliRunner().invoke(cli, ["evaluate", str(file), str(run), "--floor", "red_flags=0.9"]).exit_code == 15


@pytest.mark.parametrize(
    ("line", "vignettes"),
    [
        pytest.param('{"report_id": "a", "expect": {}}', True, id="audit"),
        pytest.param('{"report_id": "a", "expect_links": []}', True, id="links"),
        pytest.param('{"report_id": "a", "findings": []}', False, id="gold"),
        pytest.param("[1]", False, id="no-object"),
        pytest.param("", False, id="empty"),
        pytest.param("{", False, id="no-json"),
    ],
)
def test_vignettes_are_known_by_their_first_line(line: str, vignettes: bool, tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    assert are_vignettes(path) is vignettes


@pytest.mark.parametrize("line", ["{", "[]", '{"report_id": "x"}'])
def test_a_bad_line_is_told_with_its_number(line: str, run: Path) -> None:
    path = run / "vignettes.jsonl"
    path.write_text(json.dumps(AUDIT[0]) + f"\n{line}\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"vignettes\.jsonl:2"):
        outcomes(path, run)
