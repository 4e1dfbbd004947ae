"""One archive of 2,000 reports in every form that is read gives the same tables of findings and of symptoms."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import spinelink
from dresses import archive
from dresses.omop import RADIOLOGY
from spinelink import lexicon
from spinelink.analysis import Batch, Rules, Tabulated, analyse, compile_rules, sentence_parser, tabulated
from spinelink.records import Analysis, Report
from spinelink.settings import IngestOptions, Settings

COUNT = 2000
IDS = ("report_id", "finding_id", "symptom_id")
TEXTS = 24
BY_DATE_AND_AGE = ["duration_days", "duration_max_days", "tier"]
"""Columns of symptoms that the day of the study and the patient's age decide: text has neither, a note of OMOP no age."""
SETTINGS = Settings(ingest=IngestOptions(note_classes=(str(RADIOLOGY),)))


@dataclass
class Remembering:
    """The work of a run that analyses a report again only where something differs that an analysis looks at."""

    rules: Rules

    def __post_init__(self) -> None:
        self._known: dict[str, Analysis] = {}
        self._parser = sentence_parser(self.rules)

    def start(self) -> Callable[[Batch], Tabulated]:
        """Return the work on a batch."""
        return partial(tabulated, self._analysis, SETTINGS.shown)

    def _analysis(self, report: Report) -> Analysis:
        bare = replace(
            report, report_id="", source="", record=0, study_id=None, patient_id=None, accession=None, extra={}
        )
        key = repr(bare)
        if key not in self._known:
            self._known[key] = analyse(bare, self.rules, self._parser)
        known = self._known[key]
        return replace(known, report=replace(report, text=known.report.text))


@pytest.fixture(scope="module")
def work() -> Remembering:
    """One memory for all forms."""
    return Remembering(compile_rules(lexicon.shipped()))


@pytest.fixture(scope="module")
def made(root: Path) -> list[archive.Record]:
    """The reports of the archive, of the shortest gold texts."""
    folders = ("gold", "gold-abroad", "gold-america", "gold-various")
    files = [root / "corpora" / name / "reports.jsonl" for name in folders]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").split("\n") if line]
    texts = sorted(map(json.loads, lines), key=lambda report: len(report["text"]))[:TEXTS]
    return archive.reports(texts, COUNT, Random(5))


Tables = Callable[[str, str], pa.Table]


@pytest.fixture(scope="module")
def table(made: list[archive.Record], work: Remembering, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """What a form's run says in one table, by report: the id of a text file is its path, others are as given."""
    runs: dict[str, Path] = {}

    def of(form: str, name: str) -> pa.Table:
        if form not in runs:
            folder = tmp_path_factory.mktemp(form)
            source = archive.write(folder, made, form, Random(7))
            runs[form] = spinelink.run(source, folder / "out", SETTINGS, work=work, batch_size=1000).path
        rows = pq.read_table(runs[form] / name)
        plain = [pa.field(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type) for f in rows.schema]
        rows = rows.cast(pa.schema(plain))  # the same values in another order of records have another dictionary
        ids = pc.replace_substring_regex(rows["report_id"], r".*/|\.txt$", "")
        return rows.set_column(0, "report_id", ids).sort_by(
            [(column, "ascending") for column in rows.column_names if column in IDS]
        )

    return of


OTHERS = [form for form in archive.FORMS if form != "csv"]
SAYING_LESS = ("text", "omop-csv", "omop-parquet")


@pytest.mark.parametrize("form", archive.FORMS)
def test_every_report_is_read_from_every_form(form: str, table: Tables, made: list[archive.Record]) -> None:
    rows = table(form, "reports").to_pylist()
    assert [row["report_id"] for row in rows] == [record["report_id"] for record in made]
    known = {"exam": form != "text", "patient_id": form != "text", "sex": form not in SAYING_LESS}
    for name in (name for name, stated in (known | {"age": known["sex"]}).items() if stated):
        assert [row[name] for row in rows] == [record[name] for record in made], name


@pytest.mark.parametrize("form", OTHERS)
def test_every_form_gives_the_same_findings(form: str, table: Tables) -> None:
    first = table("csv", "findings")
    assert len(first) > 10 * COUNT
    assert table(form, "findings").equals(first)


@pytest.mark.parametrize("form", OTHERS)
def test_every_form_gives_the_same_symptoms(form: str, table: Tables) -> None:
    first, second = table("csv", "symptoms"), table(form, "symptoms")
    assert len(first) > COUNT
    less = BY_DATE_AND_AGE if form in SAYING_LESS else []
    assert second.drop_columns(less).equals(first.drop_columns(less))
