"""A table of codes beside the reports: which rows join which report, and what becomes of the others."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import spinelink
from spinelink import lexicon
from spinelink.cli import cli
from spinelink.errors import InputError, OutputError, SettingError
from spinelink.lexicon import Phrase
from spinelink.records import GivenCode, Reject, Report
from spinelink.run import run, tables_of
from spinelink.settings import Settings
from spinelink.stages import ingest
from spinelink.stages.ingest.columns import CODE_FIELDS

TEXT = "FINDINGS:\nL4-L5: Disc bulge."
HEADER = "report_id,patient_id,date,code_system,code"


def report(report_id: str, patient_id: str | None = None, **changed: Any) -> Report:
    return Report(report_id, TEXT, "r.csv", 0, patient_id=patient_id, **changed)


def table(path: Path, lines: Sequence[str] | str) -> Path:
    """Write a table of codes as CSV under the usual names, or as its lines stand."""
    whole = lines if isinstance(lines, str) else "\n".join([HEADER, *lines]) + "\n"
    path.write_text(whole, encoding="utf-8")
    return path


def read(path: Path, days: int = 30) -> ingest.CodeTable:
    return ingest.read_codes(ingest.plan_codes(str(path), lexicon.shipped(), "cp1252"), days)


def joined(path: Path, *reports: Report, days: int = 30) -> list[list[str]]:
    """Return the codes of each report, in order."""
    records = read(path, days).joined(reports)
    return [[code.code for code in record.codes] for record in records if isinstance(record, Report)]


def rejected(path: Path) -> list[tuple[int | None, str, str]]:
    return [(one.record, one.reason, one.detail) for one in read(path).rejects()]


def rows(out: Path, name: str) -> list[dict[str, Any]]:
    return ds.dataset(out / name, format="parquet").to_table().to_pylist()


# Which rows join.


WRITTEN = ["M54.16", "m54.16", "M5416", "m5416", " M54.16 "]


@pytest.mark.parametrize("written", WRITTEN)
def test_a_code_is_known_however_it_is_written(tmp_path: Path, written: str) -> None:
    assert joined(table(tmp_path / "c.csv", [f"a,,,,{written}"]), report("a")) == [["M54.16"]]


@pytest.mark.parametrize("system", ["", "ICD-10-CM", "icd10cm", "ICD10", "10", "http://hl7.org/fhir/sid/icd-10-cm"])
def test_words_for_the_system_that_is_read(tmp_path: Path, system: str) -> None:
    assert joined(table(tmp_path / "c.csv", [f"a,,,{system},M54.2"]), report("a")) == [["M54.2"]]


def test_a_report_id_joins_its_report_whatever_the_date(tmp_path: Path) -> None:
    path = table(tmp_path / "c.csv", ["a,p,1999-01-01,,M54.2"])
    reports = [report("a", study_date=date(2024, 3, 1)), report("b", "p", study_date=date(1999, 1, 1))]
    assert joined(path, *reports) == [["M54.2"], []]


ORDERED = date(2024, 3, 31)
WINDOW = {
    "same-day": ("2024-03-31", 30, True),
    "first-day": ("2024-03-01", 30, True),
    "day-before-the-first": ("2024-02-29", 30, False),
    "day-after": ("2024-04-01", 30, False),
    "none-before": ("2024-03-30", 0, False),
    "same-day-alone": ("2024-03-31", 0, True),
    "long": ("2023-04-01", 365, True),
    "no-date": ("", 30, True),
}


@pytest.mark.parametrize(("day", "days", "expected"), WINDOW.values(), ids=WINDOW)
def test_a_patient_s_code_joins_studies_ordered_within_the_days_after_it(
    tmp_path: Path, day: str, days: int, expected: bool
) -> None:
    path = table(tmp_path / "c.csv", [f",p,{day},,M54.2"])
    assert joined(path, report("a", "p", order_date=ORDERED), days=days) == [["M54.2"] if expected else []]


def test_without_an_order_date_the_study_date_counts(tmp_path: Path) -> None:
    path = table(tmp_path / "c.csv", [",p,2024-03-20,,M54.2"])
    done = date(2024, 5, 1)
    reports = [
        report("a", "p", study_date=done),
        report("b", "p", order_date=date(2024, 3, 25), study_date=done),
        report("c", "p"),
    ]
    assert joined(path, *reports) == [[], ["M54.2"], []]


def test_a_row_may_join_several_studies_and_a_study_several_rows(tmp_path: Path) -> None:
    path = table(tmp_path / "c.csv", [",p,,,M54.6", "a,,,,M54.2", ",p,,,M54.6", ",q,,,M54.9"])
    assert joined(path, report("a", "p"), report("b", "p"), report("c", "x"), report("d")) == [
        ["M54.6", "M54.2"], ["M54.6"], [], [],
    ]  # fmt: skip


def test_the_day_of_a_code_is_kept(tmp_path: Path) -> None:
    path = table(tmp_path / "c.csv", ["a,,2024-03-05,,M54.2", "a,,,,M54.6"])
    (record,) = read(path).joined([report("a")])
    assert isinstance(record, Report)
    assert record.codes == (GivenCode("ICD-10-CM", "M54.2", date(2024, 3, 5)), GivenCode("ICD-10-CM", "M54.6"))


def test_rejects_of_reports_pass_as_they_are(tmp_path: Path) -> None:
    one = Reject("r.csv", 1, "a", "empty_text")
    assert [*read(table(tmp_path / "c.csv", ["a,,,,M54.2"])).joined([one])] == [one]


# How a table may be written.


COLUMNS = ["report_id", "patient_id", "date", "code_system", "code"]


def parquet(path: Path, columns: Mapping[str, Any]) -> Path:
    pq.write_table(pa.table(dict(columns)), path)
    return path


WAYS: dict[str, Callable[[Path], Path]] = {
    "usual-names": lambda folder: table(folder / "c.csv", "Report ID,DX_CODE\na,M54.2\n"),
    "other-names": lambda folder: table(folder / "c.csv", "accession,mrn,icd10\nx,p,M54.2\n"),
    "tab": lambda folder: table(folder / "c.tsv", "report_id\tcode\na\tM54.2\n"),
    "semicolon": lambda folder: table(folder / "c.csv", "report_id;code\na;M54.2\n"),
    "mark-of-byte-order": lambda folder: table(folder / "c.csv", "\ufeffreport_id,code\na,M54.2\n"),
    "quoted": lambda folder: table(folder / "c.csv", '"report_id","note","code"\r\n"a","x, ""y""\nz","M54.2"\r\n'),
    "blank-lines": lambda folder: table(folder / "c.csv", "\nreport_id,code\n\na,M54.2\n\n"),
    "parquet": lambda folder: parquet(folder / "c.parquet", {"report_id": ["a"], "code": ["M54.2"]}),
    "parquet-of-numbers-and-days": lambda folder: parquet(
        folder / "c.parquet", {"patient_id": ["p"], "date": [date(2024, 3, 30)], "code": ["M54.2"], "code_system": pa.nulls(1)}
    ),
    "parquet-of-times": lambda folder: parquet(
        folder / "c.parquet",
        {"patient_id": ["p"], "date": pa.array([datetime(2024, 3, 30, 9)], pa.timestamp("ns")), "code": pa.array(["M54.2"]).dictionary_encode()},
    ),
}  # fmt: skip


@pytest.mark.parametrize("write", WAYS.values(), ids=WAYS)
def test_ways_of_writing_a_table(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    assert joined(write(tmp_path), report("a", "p", order_date=ORDERED)) == [["M54.2"]]


def test_a_compressed_table(tmp_path: Path) -> None:
    path = tmp_path / "c.csv.gz"
    path.write_bytes(gzip.compress(b"report_id,code\na,M54.2\n"))
    assert joined(path, report("a")) == [["M54.2"]]


def test_numbers_as_ids(tmp_path: Path) -> None:
    path = parquet(tmp_path / "c.parquet", {"patient_id": [17, 18], "code": ["M54.2", "M54.6"]})
    assert joined(path, report("a", "18")) == [["M54.6"]]


USUAL = [row for row in lexicon.shipped().phrases("columns") if row.field in CODE_FIELDS]


@pytest.mark.parametrize("row", [row for row in USUAL if "=" not in row.term], ids=lambda row: str(row.id))
def test_a_usual_name_is_known_in_its_example(tmp_path: Path, row: Phrase) -> None:
    path = table(tmp_path / "c.csv", f"{row.example}\n")
    assert ingest.plan_codes(str(path), lexicon.shipped(), "cp1252").source.columns[row.field] == row.term


@pytest.mark.parametrize("row", [row for row in USUAL if "=" in row.term], ids=lambda row: str(row.id))
def test_a_word_for_the_system_is_known_in_its_example(tmp_path: Path, row: Phrase) -> None:
    word = row.example.partition(": ")[2]
    assert joined(table(tmp_path / "c.csv", [f"a,,,{word},M54.2"]), report("a")) == [["M54.2"]]


def test_names_of_codes_are_no_names_of_reports(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("report_id,code,system,diagnosis,text\na,M54.2,x,y,Disc bulge.\n", encoding="utf-8")
    (found,) = ingest.read(ingest.plan([path], ingest.IngestOptions()))
    assert found == Report("a", "Disc bulge.", "r.csv", 0)


# What does not join.


BAD = {
    "other-system": ("a,,,SNOMED CT,M54.2", "unknown_code", "a code system other than ICD-10-CM"),
    "other-code": ("a,,,,E78.5", "unknown_code", "code E78.5 is not known"),
    "parent-that-never-was-a-leaf": ("a,,,,M54", "unknown_code", "code M54 is not known"),
    "words": ("a,,,,back pain of Mr Smith", "unknown_code", "no code"),
    "no-code": ("a,,,,", "unknown_code", "no code"),
    "no-id": (",,2024-03-01,,M54.2", "bad_code_row", "neither a report_id nor a patient_id"),
    "odd-date": (",p,03/04/2024,,M54.2", "bad_code_row", "a date that cannot be read"),
    "short-row": ("a,M54.2", "bad_code_row", "another number of cells than the header"),
    "long-row": ("a,,,,M54.2,x", "bad_code_row", "another number of cells than the header"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "reason", "detail"), BAD.values(), ids=BAD)
def test_a_row_that_cannot_join_is_rejected(tmp_path: Path, line: str, reason: str, detail: str) -> None:
    path = table(tmp_path / "c.csv", ["a,,,,M54.2", line, "a,,,,M54.6"])
    assert rejected(path) == [(1, reason, detail)]
    assert joined(path, report("a")) == [["M54.2", "M54.6"]]


def test_rejects_are_numbered_by_their_records(tmp_path: Path) -> None:
    path = table(tmp_path / "c.csv", ["a", "a,,,,E78.5", "a,,,,M54.2", "", "b,c", ",,,,M54.2", "a,,,,I10"])
    assert [record for record, _, _ in rejected(path)] == [0, 1, 3, 4, 5]


def test_retired_codes_are_known(tmp_path: Path) -> None:
    path = table(tmp_path / "c.csv", ["a,,,,M54.5", "a,,,,M51.36"])
    assert joined(path, report("a")) == [["M54.5", "M51.36"]]


NO_TABLE: dict[str, tuple[str, str | bytes, str]] = {
    "no-code-column": ("c.csv", "report_id,text\na,b\n", "no column for code"),
    "no-id-column": ("c.csv", "date,code\n2024-01-01,M54.2\n", "no column for report_id or patient_id"),
    "empty": ("c.csv", "", "no column for code"),
    "other-ending": ("c.xlsx", "report_id,code\n", "ends in .csv, .tsv"),
    "no-parquet": ("c.parquet", "report_id,code\n", "cannot be read"),
    "no-gzip": ("c.csv.gz", "report_id,code\n", "cannot be read"),
    "cut-gzip": ("c.csv.gz", gzip.compress(b"report_id,code\n" + b"a,M54.2\n" * 99999)[:-9], "cannot be read"),
}


@pytest.mark.parametrize(("name", "content", "fault"), NO_TABLE.values(), ids=NO_TABLE)
def test_what_is_no_table_of_codes(tmp_path: Path, name: str, content: str | bytes, fault: str) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError, match=fault):
        read(path)


def test_a_table_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such table of codes"):
        read(tmp_path / "c.csv")


LINES = st.lists(
    st.builds(
        lambda own, patient, day, code: f"{own},{patient},{day},,{code}",
        st.sampled_from(["", "a", "b", "z"]), st.sampled_from(["", "p", "q"]),
        st.sampled_from(["", "2024-03-20", "2020-01-01", "soon"]), st.sampled_from(["M54.2", "M54.5", "E78.5", "x", ""]),
    )
    | st.sampled_from(["a", "a,b,c,d,e,f"]),
    max_size=30,
)  # fmt: skip


@given(lines=LINES)
@settings(max_examples=60)
def test_every_row_joins_or_is_counted(lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    codes = read(table(tmp_path_factory.mktemp("codes") / "c.csv", lines))
    reports = [report("a", "p", order_date=ORDERED), report("b", "p"), report("c", "q", order_date=ORDERED)]
    found = [record.codes for record in codes.joined(reports) if isinstance(record, Report)]
    counts: Any = codes.counts()
    rejects = [*codes.rejects()]
    assert counts["rows"] == len(lines) == counts["joined"] + counts["unmatched"] + len(rejects)
    assert sum(counts["rejects"].values()) == len(rejects)
    assert [one.record for one in rejects] == sorted({one.record for one in rejects if one.record is not None})
    assert bool(counts["joined"]) == any(found)


# In a run.


def archive(folder: Path, reports: int = 5) -> Path:
    lines = [
        json.dumps({"report_id": f"r{n}", "patient_id": f"p{n % 2}", "order_date": "2024-03-31", "text": TEXT}) for n in range(reports)
    ]  # fmt: skip
    path = folder / "reports.jsonl"
    path.write_text("\n".join([*lines, "{broken"]) + "\n", encoding="utf-8")
    return path


def contents(path: Path) -> dict[str, bytes]:
    files = (file for file in path.rglob("*") if file.is_file() and file.name != ".lock")
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


CODES = ["r0,,,,M54.5", ",p1,2024-03-20,,M54.32", "r1,,,,E78.5", "r9,,,,M54.2", ",p0,,,Z85.3", "r2"]


def test_codes_are_symptoms_of_the_run(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(archive(tmp_path), out, Settings(codes=table(tmp_path / "codes.csv", CODES)))
    found = [
        (row["report_id"], row["symptom_type"], row["side"], row["code"], row["code_status"], row["origin"])
        for row in rows(out, "symptoms")
    ]
    assert found == [
        ("r0", "low_back_pain", "", "M54.5", "retired_parent", "codes"),
        ("r0", "cancer_history", "", "Z85.3", "billable", "codes"),
        ("r1", "sciatica", "left", "M54.32", "billable", "codes"),
        ("r2", "cancer_history", "", "Z85.3", "billable", "codes"),
        ("r3", "sciatica", "left", "M54.32", "billable", "codes"),
        ("r4", "cancer_history", "", "Z85.3", "billable", "codes"),
    ]


def test_the_counts_of_a_run_add_up(tmp_path: Path) -> None:
    out = tmp_path / "out"
    manifest = run(archive(tmp_path), out, Settings(codes=table(tmp_path / "codes.csv", CODES), shard_size=4)).manifest
    assert manifest["records"] == {"read": 6, "reports": 5, "rejects": 1}
    assert manifest["rejects"] == {"bad_record": 1}
    assert manifest["codes"] == {
        "rows": 6, "joined": 3, "unmatched": 1, "rejects": {"bad_code_row": 1, "unknown_code": 1},
    }  # fmt: skip
    assert manifest["tables"]["rejects"] == len(rows(out, "rejects")) == 3
    assert [(row["source"], row["record"], row["reason"]) for row in rows(out, "rejects")] == [
        ("reports.jsonl", 5, "bad_record"), ("codes.csv", 2, "unknown_code"), ("codes.csv", 5, "bad_code_row"),
    ]  # fmt: skip
    assert manifest["shards"] == 2


def test_a_run_without_codes_says_so(tmp_path: Path) -> None:
    assert run(archive(tmp_path), tmp_path / "out").manifest["codes"] is None


def test_the_tables_do_not_depend_on_workers_batches_or_interruptions(tmp_path: Path) -> None:
    path, settings = archive(tmp_path, 30), Settings(codes=table(tmp_path / "codes.csv", CODES * 9), shard_size=7)
    whole = tmp_path / "whole"
    run(path, whole, settings)
    run(path, tmp_path / "two", settings, workers=2, batch_size=3)
    run(path, tmp_path / "resumed", settings)
    for name in ("00000", "00003", "00005"):
        (tmp_path / "resumed" / "_shards" / f"{name}.json").unlink()
    assert run(path, tmp_path / "resumed", settings).shards_kept > 0
    assert contents(tmp_path / "two") == contents(whole) == contents(tmp_path / "resumed")


def test_another_table_is_another_run(tmp_path: Path) -> None:
    path, codes, out = archive(tmp_path), table(tmp_path / "codes.csv", CODES), tmp_path / "out"
    run(path, out, Settings(codes=codes))
    run(path, out, Settings(codes=codes))
    table(codes, [*CODES, "r3,,,,M54.2"])
    with pytest.raises(OutputError, match="other codes_table"):
        run(path, out, Settings(codes=codes))
    with pytest.raises(OutputError, match="other settings"):
        run(path, out, Settings(codes=codes, codes_days=7))


def test_the_table_is_no_input_of_reports(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    archive(folder)
    with pytest.raises(InputError, match="is one of the inputs"):
        run(folder, tmp_path / "out", Settings(codes=table(folder / "codes.csv", CODES)))


def test_tables_in_memory_have_codes_too(tmp_path: Path) -> None:
    tables = tables_of(archive(tmp_path), Settings(codes=table(tmp_path / "codes.csv", ["r0,,,,M54.2"])))
    assert tables["symptoms"].column("code").to_pylist() == ["M54.2"]


def test_days_below_none_are_refused() -> None:
    with pytest.raises(SettingError, match="codes_days is -1"):
        Settings(codes_days=-1)


def test_the_command_line(tmp_path: Path) -> None:
    codes, out = table(tmp_path / "codes.csv", CODES), tmp_path / "out"
    arguments = ["run", str(archive(tmp_path)), "--out", str(out), "--codes", str(codes), "--codes-days", "3"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    assert "6 rows of codes: 2 joined, 2 of no report, 2 rejected" in done.stdout
    assert spinelink.read(out, "symptoms")["code"].tolist() == ["M54.5", "Z85.3", "Z85.3", "Z85.3"]
    missing = CliRunner().invoke(cli, [*arguments[:4], "--codes", str(tmp_path / "none.csv")])
    assert missing.exit_code == InputError.exit_code
