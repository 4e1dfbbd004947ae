"""NOTE_NLP loads into a table with the column types of the common data model 5.4, and says what our tables say."""

from __future__ import annotations

import csv
import datetime
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spinelink
from spinelink import store
from spinelink.exports import notes, omop

Archive = Callable[[bool], Path]
DDL = """CREATE TABLE note_nlp (
    note_nlp_id integer NOT NULL,
    note_id bigint NOT NULL,
    section_concept_id integer NULL,
    snippet varchar(250) NULL,
    "offset" varchar(50) NULL,
    lexical_variant varchar(250) NOT NULL,
    note_nlp_concept_id integer NULL,
    note_nlp_source_concept_id integer NULL,
    nlp_system varchar(250) NULL,
    nlp_date date NOT NULL,
    nlp_datetime TIMESTAMP NULL,
    term_exists varchar(1) NULL,
    term_temporal varchar(50) NULL,
    term_modifiers varchar(2000) NULL )"""
"""The model's DDL but for note_id, which sites with long ids keep as bigint."""
COLUMNS = re.findall(r'^    "?(\w+)"? ', DDL, re.MULTILINE)


def exported(run: Path, out: Path, **options: Any) -> list[dict[str, str]]:
    """Return the rows of note_nlp.csv."""
    spinelink.export(run, "omop", out, **options)
    with (out / "note_nlp.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def modifiers(row: dict[str, Any]) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in row["term_modifiers"].split(";"))


@pytest.fixture
def rows(archive: Archive, tmp_path: Path) -> list[dict[str, str]]:
    return exported(archive(True), tmp_path / "omop")


def of(rows: list[dict[str, str]], note_id: str, name: str) -> list[dict[str, str]]:
    """Return the rows of a note whose type has this name."""
    return [row for row in rows if row["note_id"] == note_id and name in modifiers(row).values()]


@pytest.mark.parametrize("text", [True, False], ids=["with-text", "without-text"])
@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_it_loads_into_the_table_of_the_model(file_format: str, text: bool, archive: Archive, tmp_path: Path) -> None:
    done = spinelink.export(archive(text), "omop", tmp_path / "omop", file_format=file_format)
    database = duckdb.connect()
    database.execute(DDL)
    for column, limit in notes.LENGTHS.items():  # DuckDB reads varchar(250) as varchar
        assert f"{column} varchar({limit})" in DDL.replace('"', "")
    how = "(FORMAT csv, HEADER)" if file_format == "csv" else "(FORMAT parquet)"
    database.execute(f"COPY note_nlp FROM '{tmp_path / 'omop' / f'note_nlp.{file_format}'}' {how}")
    loaded = database.execute("SELECT count(*), count(DISTINCT note_nlp_id), count(snippet) FROM note_nlp").fetchall()
    counts = store.manifest_of(archive(text))["tables"]
    assert loaded[0][:2] == (counts["findings"] + counts["symptoms"],) * 2
    assert (loaded[0][2] > 0) is text
    assert done.rows[f"note_nlp.{file_format}"] == loaded[0][0]


def test_the_columns_are_those_of_the_model_in_its_order(archive: Archive, tmp_path: Path) -> None:
    assert list(exported(archive(True), tmp_path / "omop")[0]) == COLUMNS
    assert omop.NOTE_NLP.names == COLUMNS


def test_csv_and_parquet_say_the_same(archive: Archive, tmp_path: Path) -> None:
    rows = exported(archive(True), tmp_path / "csv")
    spinelink.export(archive(True), "omop", tmp_path / "parquet", file_format="parquet")
    table = pq.read_table(tmp_path / "parquet" / "note_nlp.parquet")
    assert [{k: "" if v is None else str(v) for k, v in row.items()} for row in table.to_pylist()] == rows


@pytest.mark.parametrize("text", [True, False], ids=["with-text", "without-text"])
def test_no_column_is_longer_than_the_model_allows(text: bool, archive: Archive, tmp_path: Path) -> None:
    rows = exported(archive(text), tmp_path / "omop")
    assert rows
    for column, limit in notes.LENGTHS.items():
        assert max(len(row[column].encode()) for row in rows) <= limit, column
    assert all(row["lexical_variant"] for row in rows)
    assert not any("\n" in value or "\r" in value for row in rows for value in row.values())


def test_ids_that_are_whole_numbers_stay_and_others_go_below_zero(archive: Archive, tmp_path: Path) -> None:
    rows = exported(archive(True), tmp_path / "omop")
    with (tmp_path / "omop" / "note_id_map.csv").open(encoding="utf-8", newline="") as file:
        mapped = {row["report_id"]: int(row["note_id"]) for row in csv.DictReader(file)}
    reports = list(spinelink.read(archive(True), "reports").report_id)
    assert list(mapped) == reports
    assert len(set(mapped.values())) == len(reports)
    assert (mapped["4711"], mapped["4713"]) == (4711, 4713)
    assert all(mapped[name] < 0 for name in ("0815", "neck/7", "99999999999999999999", "=cmd|' /C calc'!A0"))
    assert {int(row["note_id"]) for row in rows} <= set(mapped.values())


@pytest.mark.parametrize(
    ("report_id", "kept"),
    [
        pytest.param("0", True, id="zero"),
        pytest.param("9223372036854775807", True, id="largest"),
        pytest.param("9223372036854775808", False, id="one-more"),
        pytest.param("07", False, id="leading-zero"),
        pytest.param("-7", False, id="negative"),
        pytest.param("7.0", False, id="decimal"),
        pytest.param(" 7", False, id="blank"),
        pytest.param("7\n", False, id="line-end"),
        pytest.param("\u0667", False, id="arabic-digit"),
    ],
)
def test_which_ids_are_kept(report_id: str, kept: bool) -> None:
    (row,) = omop.NoteIds().take([report_id])
    assert row["note_id"] == (int(report_id) if kept else -1)


@given(st.lists(st.one_of(st.integers(0, 99).map(str), st.text(max_size=3)), unique=True))
def test_no_two_reports_share_a_note_id(report_ids: list[str]) -> None:
    ids = omop.NoteIds()
    given_ids = [row["note_id"] for part in (report_ids[:2], report_ids[2:]) for row in ids.take(part)]
    assert len(set(given_ids)) == len(report_ids)


@pytest.mark.parametrize(
    ("note_id", "name", "exists", "when"),
    [
        pytest.param("4711", "disc_extrusion", "Y", "Present", id="present"),
        pytest.param("4711", "vertebral_fracture", "Y", "Past", id="old-fracture"),
        pytest.param("4711", "cancer_history", "Y", "Past", id="history"),
        pytest.param("4711", "fever", "N", "Present", id="denied-symptom"),
        pytest.param("4711", "leg_pain", "Y", "Present", id="symptom"),
        pytest.param("4711", "disc_bulge", "N", "Present", id="denied"),
        pytest.param("4712", "superseded", "N", "Present", id="corrected"),
    ],
)
def test_what_exists_and_when(note_id: str, name: str, exists: str, when: str, rows: list[dict[str, str]]) -> None:
    found = (
        [row for row in rows if row["note_id"] == note_id and "superseded_by" in modifiers(row)]
        if name == "superseded"
        else of(rows, note_id, name)
    )
    assert found
    assert {(row["term_exists"], row["term_temporal"]) for row in found} == {(exists, when)}


def test_what_is_possible_exists_and_says_so(rows: list[dict[str, str]]) -> None:
    (row,) = [row for row in of(rows, "4711", "foraminal_stenosis") if modifiers(row)["assertion"] == "possible"]
    assert (row["term_exists"], modifiers(row)["assertion"], modifiers(row)["level"]) == ("Y", "possible", "L5-S1")


def test_what_has_resolved_is_past(rows: list[dict[str, str]]) -> None:
    found = [row for row in rows if modifiers(row).get("change") == "resolved"]
    assert found
    assert {(row["term_exists"], row["term_temporal"]) for row in found} == {("N", "Past")}


def test_modifiers_hold_what_the_tables_say(rows: list[dict[str, str]]) -> None:
    (row,) = of(rows, "4711", "nerve_root_involvement")
    assert row["term_modifiers"] == (
        "finding_type=nerve_root_involvement;level=L4-L5;region=lumbar;side=right;assertion=present;effect=compression;"
        f"root=L5;section=findings;rule_id={modifiers(row)['rule_id']};finding_id=5"
    )
    assert (row["lexical_variant"], row["section_concept_id"]) == (
        "compressing the traversing right L5 nerve root",
        "0",
    )
    assert row["snippet"].startswith("Right paracentral disc extrusion measuring 9 mm, compressing the")


def test_every_row_leads_back_to_its_table(archive: Archive, rows: list[dict[str, str]]) -> None:
    findings = spinelink.read(archive(True), "findings")
    told = {(f.report_id, str(f.finding_id)): f for f in findings.itertuples()}
    seen = [row for row in rows if "finding_id" in modifiers(row)]
    assert len(seen) == len(findings)
    for row in seen:
        if int(row["note_id"]) > 0:
            said = modifiers(row)
            finding = told[row["note_id"], said["finding_id"]]
            assert (said["finding_type"], row["offset"]) == (finding.finding_type, str(finding.start))


def test_a_code_that_was_given_stands_for_words(rows: list[dict[str, str]]) -> None:
    found = [row for row in rows if modifiers(row).get("origin") == "codes"]
    assert {row["lexical_variant"] for row in found} == {"M54.41", "M54.50", "M54.5"}
    assert {(row["offset"], row["snippet"]) for row in found} == {("", "")}


def test_without_text_the_type_stands_for_words(archive: Archive, tmp_path: Path) -> None:
    rows = exported(archive(False), tmp_path / "omop")
    assert {row["snippet"] for row in rows} == {""}
    (row,) = of(rows, "4711", "nerve_root_involvement")
    assert row["lexical_variant"] == "nerve_root_involvement"


def test_the_system_is_that_of_the_run(archive: Archive, rows: list[dict[str, str]]) -> None:
    fingerprint = store.manifest_of(archive(True))["lexicon"]["fingerprint"]
    assert {row["nlp_system"] for row in rows} == {f"spinelink {spinelink.__version__}, lexicon {fingerprint[:12]}"}


def test_the_day_is_that_of_the_run(archive: Archive, rows: list[dict[str, str]]) -> None:
    made = datetime.datetime.fromtimestamp(int((archive(True) / "manifest.json").stat().st_mtime), datetime.UTC)
    assert {row["nlp_date"] for row in rows} == {f"{made:%Y-%m-%d}"}
    assert {row["nlp_datetime"] for row in rows} == {f"{made:%Y-%m-%d %H:%M:%S}"}


def test_the_day_may_be_given(archive: Archive, tmp_path: Path) -> None:
    rows = exported(archive(True), tmp_path / "omop", date=datetime.date(2025, 1, 2))
    assert {(row["nlp_date"], row["nlp_datetime"]) for row in rows} == {("2025-01-02", "2025-01-02 00:00:00")}


def test_the_clock_is_not_asked(archive: Archive, tmp_path: Path) -> None:
    manifest = archive(True) / "manifest.json"
    before = manifest.stat()
    try:
        os.utime(manifest, (0, 86_400 * 365))
        rows = exported(archive(True), tmp_path / "omop")
    finally:
        os.utime(manifest, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert {row["nlp_datetime"] for row in rows} == {"1971-01-01 00:00:00"}


@given(st.text())
def test_text_of_any_kind_fits_on_one_line(text: str) -> None:
    for column in ("snippet", "lexical_variant"):
        fitted = notes.shortened(notes.one_line(text), column)
        assert len(fitted.encode()) <= notes.LENGTHS[column]
        assert fitted == " ".join(fitted.split())


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=900), st.data())
def test_a_snippet_of_any_sentence_fits(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, len(text)))
    made = notes.snippet(text, (0, len(text)), start, end)
    assert len(made.encode()) <= notes.LENGTHS["snippet"]
    assert "\n" not in made


def test_the_snippet_of_a_long_sentence_holds_its_words() -> None:
    text = f"{'There is a long way to go, ' * 30}to a severe canal stenosis at L4-L5{', and on it goes' * 30}."
    start = text.index("severe")
    made = notes.snippet(text, (0, len(text)), start, start + len("severe canal stenosis"))
    assert "severe canal stenosis at L4-L5" in made


@given(st.text(max_size=50), st.integers(0, 400))
def test_modifiers_of_any_kind_fit_and_can_be_read(organ: str, roots: int) -> None:
    row: dict[str, Any] = dict.fromkeys(notes.OF_FINDING) | dict.fromkeys(notes.OF_SYMPTOM)
    row |= {"organ": organ, "roots": [f"L{number}" for number in range(roots)], "finding_type": "x", "symptom_id": 7}
    for columns in (notes.OF_FINDING, notes.OF_SYMPTOM):
        made = notes.modifiers(row, columns)
        assert len(made.encode()) <= notes.LENGTHS["term_modifiers"]
        assert all(pair.count("=") == 1 for pair in made.split(";") if pair)
