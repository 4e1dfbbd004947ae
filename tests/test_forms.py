"""One archive of 2,000 reports in every form that is read gives the same tables of findings and of symptoms."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
from dresses import archive
from dresses.omop import RADIOLOGY

import spinelink
from spinelink import lexicon
from spinelink.analysis import Batch, Rules, Tabulated, analyse, compile_rules, sentence_parser, tabulated
from spinelink.records import Analysis, Report
from spinelink.settings import IngestOptions, Settings

COUNT = 2000
TEXTS = 24
BY_DATE_AND_AGE = ["duration_days", "duration_max_days", "tier"]
"""Columns of symptoms that the day of the study and the patient's age decide: text has neither, a note of OMOP no age."""
SETTINGS = Settings(ingest=IngestOptions(note_classes=(str(RADIOLOGY),)))


@dataclass
class Remembering:
    """The work of a run that analyses a report again only where something differs that an analysis looks at."""

    rules: Rules

    def __post_init__(self) -> None:
        self._known: dict[Report, Analysis] = {}
        self._parser = sentence_parser(self.rules)

    def start(self) -> Callable[[Batch], Tabulated]:
        """Return the work on a batch."""
        return partial(tabulated, self._analysis, SETTINGS.shown)

    def _analysis(self, report: Report) -> Analysis:
        bare = replace(report, report_id="", source="", record=0, patient_id=None, accession=None, extra=())  # type: ignore[arg-type]
        if bare not in self._known:
            self._known[bare] = analyse(bare, self.rules, self._parser)
        known = self._known[bare]
        return replace(known, report=replace(report, text=known.report.text))


@pytest.fixture(scope="module")
def work() -> Remembering:
    """One memory for all forms."""
    return Remembering(compile_rules(lexicon.shipped()))


@pytest.fixture(scope="module")
def made(root: Path) -> list[archive.Record]:
    """The reports of the archive, of the shortest gold texts."""
    folders = ("gold", "gold-abroad", "gold-america", "gold-various")
    lines = [line for name in folders for line in (root / "corpora" / name / "reports.jsonl").open(encoding="utf-8")]
    texts = sorted(map(json.loads, lines), key=lambda report: len(report["text"]))[:TEXTS]
    return archive.reports(texts, COUNT, Random(5))


@pytest.fixture(scope="module")
def table(
    made: list[archive.Record], work: Remembering, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], pd.DataFrame]:
    """What a form's run says in one table, by report."""
    runs: dict[str, Path] = {}

    def of(form: str, name: str) -> pd.DataFrame:
        if form not in runs:
            folder = tmp_path_factory.mktemp(form)
            source = archive.write(folder, made, form, Random(7))
            runs[form] = spinelink.run(source, folder / "out", SETTINGS, work=work).path
        rows = spinelink.read(runs[form], name)
        rows["report_id"] = rows["report_id"].str.removesuffix(".txt").str.rpartition("/")[2]
        return rows.sort_values("report_id", kind="stable", ignore_index=True)

    return of


OTHERS = [form for form in archive.FORMS if form != "csv"]
SAYING_LESS = ("text", "omop-csv", "omop-parquet")


@pytest.mark.parametrize("form", archive.FORMS)
def test_every_report_is_read_from_every_form(
    form: str, table: Callable[[str, str], pd.DataFrame], made: list[archive.Record]
) -> None:
    rows = table(form, "reports")
    assert list(rows["report_id"]) == [record["report_id"] for record in made]
    assert len(table(form, "rejects")) == 0
    expected = pd.DataFrame(made)
    known: dict[str, Any] = {
        "patient_id": form != "text",
        "sex": form not in SAYING_LESS,
        "age": form not in SAYING_LESS,
    }
    for name in (name for name, stated in known.items() if stated):
        assert rows[name].astype(str).tolist() == expected[name].astype(str).tolist(), name


@pytest.mark.parametrize("form", OTHERS)
def test_every_form_gives_the_same_findings(form: str, table: Callable[[str, str], pd.DataFrame]) -> None:
    first = table("csv", "findings")
    assert len(first) > 10 * COUNT
    pd.testing.assert_frame_equal(table(form, "findings"), first)


@pytest.mark.parametrize("form", OTHERS)
def test_every_form_gives_the_same_symptoms(form: str, table: Callable[[str, str], pd.DataFrame]) -> None:
    first, second = table("csv", "symptoms"), table(form, "symptoms")
    assert len(first) > COUNT
    less = BY_DATE_AND_AGE if form in SAYING_LESS else []
    pd.testing.assert_frame_equal(second.drop(columns=less), first.drop(columns=less))
