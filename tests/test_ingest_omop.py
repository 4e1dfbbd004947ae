"""Tables NOTE of OMOP: how they are known, what their columns fill, and which notes are read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from dresses.omop import OTHER, RADIOLOGY, as_omop
from spinelink.cli import cli
from spinelink.records import Reject, Report
from spinelink.stages.ingest import IngestOptions, ReadNotes, plan, read

Record = dict[str, Any]
NOTE: Record = {
    "report_id": "71", "patient_id": "9", "study_date": "2024-03-14", "exam": "MRI LUMBAR SPINE",
    "text": "FINDINGS: Mild disc bulge\nat L4-L5.", "reader": "5",
}  # fmt: skip
RADIOLOGY_ALONE = IngestOptions(note_classes=(str(RADIOLOGY),))


def as_csv(path: Path, notes: pd.DataFrame) -> None:
    notes.to_csv(path / "note.csv", index=False)


def as_tsv(path: Path, notes: pd.DataFrame) -> None:
    notes.to_csv(path / "NOTE.tsv", index=False, sep="\t")


def as_capitals(path: Path, notes: pd.DataFrame) -> None:
    notes.rename(columns=str.upper).to_csv(path / "NOTE.CSV", index=False)


def as_parquet(path: Path, notes: pd.DataFrame) -> None:
    notes.to_parquet(path / "part-0.parquet")


def as_lines(path: Path, notes: pd.DataFrame) -> None:
    lines = (json.dumps(row, default=str) for row in notes.to_dict("records"))
    (path / "note.jsonl").write_text("\n".join(lines))


WRITERS = [as_csv, as_tsv, as_capitals, as_parquet, as_lines]
every_writer = pytest.mark.parametrize(
    "write", [pytest.param(one, id=one.__name__.removeprefix("as_")) for one in WRITERS]
)
Write = Callable[[Path, pd.DataFrame], None]


def outcomes(path: Path, options: IngestOptions | None = None, notes: ReadNotes | None = None) -> list[Report | Reject]:
    """Return all that reading a folder gives."""
    return list(read(plan([path], options or IngestOptions()), notes))


@every_writer
def test_a_note_fills_the_fields_of_a_report(tmp_path: Path, write: Write) -> None:
    write(tmp_path, as_omop([NOTE]))
    (found,) = outcomes(tmp_path, IngestOptions(with_people=True))
    assert isinstance(found, Report)
    assert (found.report_id, found.patient_id, found.study_date) == ("71", "9", date(2024, 3, 14))
    assert (found.exam, found.text, found.reader) == (NOTE["exam"], NOTE["text"], "5")
    assert (found.age, found.sex, found.status, found.study_id) == (None, None, None, None)


@every_writer
def test_who_wrote_a_note_is_left_out(tmp_path: Path, write: Write) -> None:
    write(tmp_path, as_omop([NOTE]))
    (found,) = outcomes(tmp_path)
    assert isinstance(found, Report)
    assert found.reader is None


@every_writer
def test_notes_of_other_classes_are_passed_over_and_counted(tmp_path: Path, write: Write) -> None:
    rows = [
        as_omop([NOTE | {"report_id": "1"}], note_class=OTHER),
        as_omop([NOTE]),
        as_omop([NOTE | {"report_id": "2"}], note_class=OTHER),
    ]
    write(tmp_path, pd.concat(rows))
    notes = ReadNotes()
    (found,) = outcomes(tmp_path, RADIOLOGY_ALONE, notes)
    assert (found.report_id, found.record) == ("71", 1)
    assert notes.passed_over == {f"note class {OTHER}": 2}


@every_writer
def test_all_classes_are_read_where_none_is_asked_for(tmp_path: Path, write: Write) -> None:
    write(tmp_path, pd.concat([as_omop([NOTE]), as_omop([NOTE | {"report_id": "72"}], note_class=OTHER)]))
    notes = ReadNotes()
    assert len(outcomes(tmp_path, notes=notes)) == 2
    assert notes.passed_over == {}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        pytest.param("", "note class none", id="no class"),
        pytest.param("a long story of a patient", "note class other", id="no concept"),
        pytest.param("1" * 30, "note class other", id="no number of a concept"),
        pytest.param("0", "note class 0", id="class not mapped"),
    ],
)
def test_a_class_that_is_no_concept_is_not_shown(tmp_path: Path, value: str, kind: str) -> None:
    as_csv(tmp_path, as_omop([NOTE]).assign(note_class_concept_id=value))
    notes = ReadNotes()
    assert outcomes(tmp_path, RADIOLOGY_ALONE, notes) == []
    assert notes.passed_over == {kind: 1}


def test_several_classes_can_be_asked_for(tmp_path: Path) -> None:
    as_csv(tmp_path, pd.concat([as_omop([NOTE]), as_omop([NOTE | {"report_id": "72"}], note_class=OTHER)]))
    assert len(outcomes(tmp_path, IngestOptions(note_classes=(str(OTHER), str(RADIOLOGY))))) == 2


@pytest.mark.parametrize(
    ("options", "columns", "field", "value"),
    [
        pytest.param(
            {}, {"note_datetime": "2024-03-15T10:00:00"}, "study_date", date(2024, 3, 14), id="date before time"
        ),
        pytest.param(
            {}, {"note_date": "", "note_datetime": "2024-03-15"}, "study_date", None, id="the date's column decides"
        ),
        pytest.param(
            {}, {"exam_name": "other", "report_text": "other"}, "exam", NOTE["exam"], id="title before usual names"
        ),
        pytest.param({}, {"report_id": "other", "text": "other"}, "report_id", "71", id="own names before usual ones"),
        pytest.param(
            {"columns": {"exam": "note_source_value"}},
            {"note_source_value": "MR L"},
            "exam",
            "MR L",
            id="named by the user",
        ),
        pytest.param(
            {"columns": {"study_id": "visit_occurrence_id"}},
            {"visit_occurrence_id": 8},
            "study_id",
            "8",
            id="visit where named",
        ),
        pytest.param(
            {"keep": ("visit_occurrence_id",)},
            {"visit_occurrence_id": 8},
            "extra",
            {"visit_occurrence_id": "8"},
            id="visit kept",
        ),
    ],
)
def test_columns_of_a_note(tmp_path: Path, options: Record, columns: Record, field: str, value: object) -> None:
    as_csv(tmp_path, as_omop([NOTE]).assign(**columns))
    (found,) = outcomes(tmp_path, IngestOptions(**options))
    assert getattr(found, field) == value


def test_a_time_serves_where_there_is_no_date(tmp_path: Path) -> None:
    as_csv(tmp_path, as_omop([NOTE]).drop(columns="note_date").assign(note_datetime="2024-03-15 10:00:00"))
    (found,) = outcomes(tmp_path)
    assert isinstance(found, Report)
    assert found.study_date == date(2024, 3, 15)


@pytest.mark.parametrize("missing", ["note_class_concept_id", "note_type_concept_id", "person_id"])
def test_a_table_that_lacks_a_column_of_note_is_any_table(tmp_path: Path, missing: str) -> None:
    as_csv(tmp_path, as_omop([NOTE]).drop(columns=missing))
    (found,) = outcomes(tmp_path, RADIOLOGY_ALONE)
    assert isinstance(found, Report)
    assert (found.report_id, found.text, found.exam) == ("71", NOTE["text"], None)


def test_a_class_asked_for_and_not_told_is_said(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("report_id,text\n1,Normal.\n")
    planned = plan([tmp_path], RADIOLOGY_ALONE)
    assert planned.notes == ("no input has a column note_class_concept_id (for the class of notes)",)
    assert len(list(read(planned))) == 1


def test_the_command_reads_one_class(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    as_csv(tmp_path / "in", pd.concat([as_omop([NOTE]), as_omop([NOTE | {"report_id": "72"}], note_class=OTHER)]))
    arguments = ["run", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--note-class", str(RADIOLOGY)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0
    assert f"passed over 1 note class {OTHER}" in result.stderr
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["records"]["reports"] == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "empty_text", id="empty"),
        pytest.param(" \n", "empty_text", id="white space"),
        pytest.param("L4\x00", "not_text", id="NUL"),
        pytest.param("x" * 101, "too_long", id="too long"),
    ],
)
def test_a_note_that_is_no_report_is_rejected(tmp_path: Path, text: str, reason: str) -> None:
    as_parquet(tmp_path, as_omop([NOTE | {"text": text}]))
    (found,) = outcomes(tmp_path, IngestOptions(max_chars=100))
    assert isinstance(found, Reject)
    assert (found.reason, found.report_id) == (reason, "71")


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), min_size=1).filter(
    lambda text: bool(text.strip())
)


@given(
    notes=st.lists(
        st.fixed_dictionaries(
            {
                "report_id": st.integers(1, 10**12).map(str),
                "patient_id": st.integers(1, 10**12).map(str),
                "study_date": st.dates(date(1950, 1, 1), date(2100, 1, 1)).map(date.isoformat),
                "exam": st.from_regex(r"[A-Z][A-Z ,]{0,20}[A-Z]", fullmatch=True),
                "text": TEXTS,
            }
        ),
        min_size=1,
        max_size=5,
    )
)
@pytest.mark.parametrize("write", [as_csv, as_parquet])
def test_notes_come_back(tmp_path_factory: pytest.TempPathFactory, write: Write, notes: list[Record]) -> None:
    folder = tmp_path_factory.mktemp("notes")
    write(folder, as_omop(notes))
    found = outcomes(folder)
    assert [[getattr(one, name) for name in ("report_id", "patient_id", "exam", "text")] for one in found] == [
        [note[name] for name in ("report_id", "patient_id", "exam", "text")] for note in notes
    ]
    assert [one.study_date for one in found if isinstance(one, Report)] == [
        date.fromisoformat(n["study_date"]) for n in notes
    ]
