"""A de-identified run: nothing that names a person, the same pseudonyms and shifts wherever the key is the same."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from spinelink import keys, schemas, tabulate
from spinelink.cli import cli
from spinelink.errors import OutputError, SettingError
from spinelink.keys import Key
from spinelink.protection import Protection, Shown, coarser, protected
from spinelink.records import Reject, Report
from spinelink.run import run
from spinelink.sealed import read_sealed, sealed
from spinelink.settings import IngestOptions, Settings

SECRETS = {"ours": bytes(range(40, 72)), "theirs": bytes(range(90, 122))}
TEXT = (
    "MRI LUMBAR SPINE OF MRS HOLLOWAY\n\nINDICATION: Low back pain since 2019, right leg pain since March 2024, "
    "numb foot for 6 weeks.\n\nHOLLOWAY, JANE: seen before.\n\nFINDINGS: L4-L5: Mild disc bulge.\n"
)
RECORDS: list[dict[str, Any]] = [
    {"report_id": "R-77001", "accession": "ACC5500", "patient_id": "MRN-31415", "study_date": "2024-06-11",
     "order_date": "2024-06-02", "age": 93, "site": "Hilltop Clinic", "setting": "Outpatient", "study_id": "ST9",
     "requester": "Dr Oakes", "reader": "Dr Elm", "exam": "MRI LUMBAR SPINE 11/06/2024", "ward": "Ward of Mrs Holloway",
     "text": TEXT},
    {"report_id": "R-77002", "accession": "ACC5501", "patient_id": "MRN-31415", "study_date": "2025-01-20", "age": 71,
     "setting": "room of Mrs Holloway", "requester": "Dr Oakes", "text": TEXT},
    {"report_id": "R-77003", "patient_id": "MRN-27182", "study_date": "2024-06-11", "text": TEXT},
    {"report_id": "R-77004", "study_date": "2024-06-11", "age": 90, "text": TEXT},
    {"report_id": "R-77001", "patient_id": "MRN-31415", "text": TEXT},
    {"report_id": "R-77006", "text": ""},
]  # fmt: skip
SECRET_WORDS = (
    "R-7700", "ACC55", "31415", "27182", "Holloway", "Hilltop", "Oakes", "Elm", "ST9", "smith_jane", "2024-06-11",
    "2025-01-20", "2024-06-02",
)  # fmt: skip


def key_file(folder: Path, name: str = "ours") -> Path:
    """Write a key that no one else may read."""
    path = folder / f"{name}.key"
    path.write_bytes(SECRETS[name])
    path.chmod(0o600)
    return path


def archive(folder: Path) -> Path:
    """Write the records into a file whose own name is that of a patient."""
    path = folder / "in" / "smith_jane.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in RECORDS), encoding="utf-8")
    return path


def deidentified(
    folder: Path, name: str = "ours", out: str = "out", *, people: bool = False, **options: Any
) -> dict[str, list[dict[str, Any]]]:
    """Run the archive under a key and return all its tables."""
    settings = Settings(
        deidentify=key_file(folder, name), shard_size=2, ingest=IngestOptions(with_people=people), **options
    )
    run(archive(folder).parent, folder / out, settings, overwrite=True)
    return tables(folder / out)


def tables(out: Path) -> dict[str, list[dict[str, Any]]]:
    return {name: ds.dataset(out / name, format="parquet").to_table().to_pylist() for name in schemas.tables()}


def contents(path: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a run but its lock."""
    files = (file for file in path.rglob("*") if file.is_file() and file.name != ".lock")
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deidentified")


@pytest.fixture(scope="module")
def hidden(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The tables of the de-identified archive, with people."""
    return deidentified(folder, people=True)


@pytest.fixture(scope="module")
def true(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The tables of the archive as it is."""
    folder = tmp_path_factory.mktemp("true")
    run(archive(folder).parent, folder / "out", Settings(ingest=IngestOptions(with_people=True)))
    return tables(folder / "out")


# What stands in the tables


def test_no_word_that_names_a_person_stands_anywhere(hidden: Mapping[str, Any], folder: Path) -> None:
    shown = json.dumps(hidden, default=str) + (folder / "out" / "manifest.json").read_text()
    shown += "".join(mark.read_text() for mark in (folder / "out" / "_shards").glob("*.json"))
    assert [word for word in SECRET_WORDS if word.lower() in shown.lower()] == []


def test_the_true_run_holds_every_word_that_is_looked_for(true: Mapping[str, Any]) -> None:
    shown = json.dumps(true, default=str)
    assert [word for word in SECRET_WORDS if word.lower() not in shown.lower()] == []


def test_neither_the_key_nor_its_name_stands_in_the_folder(hidden: Mapping[str, Any], folder: Path) -> None:
    held = b"".join(contents(folder / "out").values())
    for form in (SECRETS["ours"], SECRETS["ours"].hex().encode(), b"ours.key"):
        assert form not in held
    manifest = json.loads((folder / "out" / "manifest.json").read_bytes())
    assert manifest["settings"]["deidentify"] == {"key": Key(SECRETS["ours"]).fingerprint}


@pytest.mark.parametrize(
    ("column", "form"),
    [
        pytest.param("report_id", "report", id="report"),
        pytest.param("study_id", "study", id="study"),
        pytest.param("patient_id", "patient", id="patient"),
        pytest.param("accession", "accession", id="accession"),
        pytest.param("site", "site", id="site"),
        pytest.param("source", "source", id="source"),
        pytest.param("requester", "person", id="requester"),
        pytest.param("reader", "person", id="reader"),
    ],
)
def test_identifiers_are_pseudonyms_of_their_kind(column: str, form: str, hidden: Mapping[str, Any]) -> None:
    assert re.fullmatch(rf"{form}-[0-9a-f]{{32}}", hidden["reports"][0][column])


def test_people_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    rows = deidentified(tmp_path)["reports"]
    assert {(row["requester"], row["reader"]) for row in rows} == {(None, None)}


def test_rejects_have_the_pseudonyms_of_reports(hidden: Mapping[str, Any]) -> None:
    duplicate, empty = hidden["rejects"]
    assert duplicate["report_id"] == hidden["reports"][0]["report_id"]
    assert duplicate["source"] == hidden["reports"][0]["source"]
    assert (empty["reason"], empty["detail"]) == ("empty_text", "")


def test_text_and_what_is_made_of_it_is_left_out(hidden: Mapping[str, Any]) -> None:
    assert hidden["texts"] == []
    assert {row["text_sha256"] for row in hidden["reports"]} == {None}
    assert {row["heading"] for row in hidden["sections"]} == {None}
    assert {(row["evidence"], row["severity_text"]) for row in hidden["findings"]} == {(None, None)}
    assert {row["evidence"] for row in hidden["symptoms"]} == {None}


def test_free_fields_are_left_out_but_usual_settings(hidden: Mapping[str, Any]) -> None:
    assert [row["setting"] for row in hidden["reports"]] == ["Outpatient", None, None, None]
    assert {(row["exam"], row["extra"]) for row in hidden["reports"]} == {(None, None)}


def test_ages_from_90_on_are_90(hidden: Mapping[str, Any]) -> None:
    assert [row["age"] for row in hidden["reports"]] == [90, 71, None, 90]


def test_ages_over_90_stand_in_no_sentence(hidden: Mapping[str, Any]) -> None:
    told = [line for row in hidden["audit"] for line in row["incidental_findings"]]
    assert any("over 80" in line for line in told)
    assert not any("93" in line for line in told)


UNCHANGED = ("measurements", "levels", "discrepancies", "statements", "links")


@pytest.mark.parametrize("name", [*UNCHANGED, "findings", "symptoms", "audit", "sections", "reports"])
def test_everything_else_is_as_in_the_true_run(name: str, hidden: Mapping[str, Any], true: Mapping[str, Any]) -> None:
    kept = [c.name for c in schemas.table(name).columns if c.content in ("closed", "number", "words")]
    for ours, theirs in zip(hidden[name], true[name], strict=True):
        assert [ours[column] for column in kept] == [theirs[column] for column in kept]


# Dates and durations


def moved(hidden: Mapping[str, Any], true: Mapping[str, Any]) -> list[int]:
    """Return by how many days the study dates were moved back."""
    pairs = zip(true["reports"], hidden["reports"], strict=True)
    return [(theirs["study_date"] - ours["study_date"]).days for theirs, ours in pairs]


def test_dates_of_a_patient_move_together(hidden: Mapping[str, Any], true: Mapping[str, Any]) -> None:
    first, second, other, alone = moved(hidden, true)
    assert first == second
    assert len({first, other, alone}) == 3
    assert all(1 <= days <= keys.LONGEST_SHIFT for days in (first, other, alone))
    row = hidden["reports"][0]
    assert row["study_date"] - row["order_date"] == timedelta(9)


def test_durations_are_those_of_the_true_dates(hidden: Mapping[str, Any], true: Mapping[str, Any]) -> None:
    pairs = [
        (ours, theirs)
        for ours, theirs in zip(hidden["symptoms"], true["symptoms"], strict=True)
        if theirs["duration_days"] is not None
    ]
    assert {theirs["duration_source"] for _, theirs in pairs} == {"counted", "dated"}
    for ours, theirs in pairs:
        bounds = [(row["duration_days"], row["duration_max_days"]) for row in (ours, theirs)]
        if theirs["duration_source"] == "counted":
            assert bounds[0] == bounds[1]
        else:
            assert bounds[0][0] <= bounds[1][0] <= bounds[1][1] <= bounds[0][1]
            assert bounds[0] != bounds[1]


@pytest.mark.parametrize(
    ("least", "most", "bounds"),
    [
        pytest.param(5, 34, (0, 41), id="weeks"),
        pytest.param(41, 70, (28, 83), id="below-six-weeks"),
        pytest.param(42, 83, (42, 83), id="from-a-rung-to-before-one"),
        pytest.param(72, 102, (42, 181), id="months"),
        pytest.param(400, 430, (365, 729), id="a-month-years-ago"),
    ],
)
def test_bounds_of_a_dated_start_stand_on_rungs(least: int, most: int, bounds: tuple[int, int]) -> None:
    assert coarser(least, most, date(2024, 6, 11)) == bounds


DAYS = st.dates(date(1980, 1, 1), date(2040, 12, 31))


@given(day=DAYS, other=DAYS, years=st.integers(0, 40))
def test_day_of_the_year_cannot_be_told_from_a_start_in_a_year(day: date, other: date, years: int) -> None:
    def bounds(until: date) -> tuple[int, int]:
        first, last = date(until.year - years, 1, 1), min(until, date(until.year - years, 12, 31))
        return coarser((until - last).days, (until - first).days, until)

    assert bounds(day) == bounds(other)


@given(day=DAYS, least=st.integers(0, 20_000), width=st.integers(1, 400))
def test_coarser_bounds_hold_the_true_ones(day: date, least: int, width: int) -> None:
    lower, upper = coarser(least, least + width, day)
    assert 0 <= lower <= least <= least + width <= upper


@given(day=DAYS, years=st.integers(0, 40))
def test_coarser_bounds_of_a_year_hold_the_true_ones(day: date, years: int) -> None:
    first, last = date(day.year - years, 1, 1), min(day, date(day.year - years, 12, 31))
    lower, upper = coarser((day - last).days, (day - first).days, day)
    assert lower <= (day - last).days <= (day - first).days <= upper


def test_date_before_all_dates_is_none() -> None:
    report = Report("a", "text", "a.txt", 0, study_date=date(1, 1, 1))
    columns: dict[str, list[object]] = {"report_id": ["a"], "study_date": [report.study_date]}
    hidden = protected("reports", columns, report, Shown(key=Key(SECRETS["ours"])))
    assert hidden["study_date"] == [None]


# One key and another, one run and another


def ids_of(rows: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return every pseudonym of the reports by column."""
    kinds = ("report_id", "study_id", "patient_id", "accession", "site", "source", "requester", "reader")
    return {name: [row[name] for row in rows["reports"] if row[name]] for name in kinds}


def test_one_key_gives_the_same_pseudonyms_and_dates_in_every_run(hidden: Mapping[str, Any], tmp_path: Path) -> None:
    again = deidentified(tmp_path, people=True)
    assert ids_of(again) == ids_of(hidden)
    assert [row["study_date"] for row in again["reports"]] == [row["study_date"] for row in hidden["reports"]]


def test_another_key_gives_none_of_them(hidden: Mapping[str, Any], true: Mapping[str, Any], tmp_path: Path) -> None:
    others = deidentified(tmp_path, "theirs", people=True)
    for column, values in ids_of(others).items():
        assert set(values).isdisjoint(ids_of(hidden)[column])
    assert moved(others, true) != moved(hidden, true)


def test_tables_join_as_the_true_ones_do(hidden: Mapping[str, Any], true: Mapping[str, Any]) -> None:
    def joined(rows: Mapping[str, Any]) -> list[list[int]]:
        order = [row["report_id"] for row in rows["reports"]]
        return [[order.index(row["report_id"]) for row in rows[name]] for name in schemas.tables() if name != "rejects"]

    ours, theirs = joined(hidden), joined(true)
    texts = list(schemas.tables()).index("texts")
    assert [one for n, one in enumerate(ours) if n != texts] == [one for n, one in enumerate(theirs) if n != texts]
    patients = [[row["patient_id"] for row in rows["reports"]] for rows in (hidden, true)]
    assert [[names.index(name) for name in names] for names in patients] == [[0, 0, 2, 3]] * 2


def test_same_characters_in_two_columns_have_two_pseudonyms() -> None:
    key = Key(SECRETS["ours"])
    assert key.pseudonym("patient", "12345") != key.pseudonym("accession", "12345")


def test_codes_of_a_patient_are_joined_by_the_true_id(tmp_path: Path) -> None:
    codes = tmp_path / "codes_of_smith.csv"
    codes.write_text(
        "patient_id,date,code\nMRN-31415,2024-06-01,M54.16\nMRN-27182,2019-01-01,M54.16\nMRN-1,2024-06-01,X99999\n"
    )
    rows = deidentified(tmp_path, codes=codes)
    first = rows["reports"][0]["report_id"]
    assert [row["report_id"] for row in rows["symptoms"] if row["origin"] == "codes"] == [first]
    assert rows["rejects"][-1]["reason"] == "unknown_code"
    assert rows["rejects"][-1]["detail"] == ""
    held = b"".join(contents(tmp_path / "out").values())
    assert b"smith" not in held
    assert b"X99999" not in held


# Byte identity, resume


@pytest.mark.parametrize(("workers", "batch"), [(1, 1), (2, 3)])
def test_bytes_do_not_depend_on_workers_or_batches(workers: int, batch: int, tmp_path: Path) -> None:
    settings = Settings(deidentify=key_file(tmp_path), shard_size=2)
    source = archive(tmp_path).parent
    run(source, tmp_path / "one", settings)
    run(source, tmp_path / "two", settings, workers=workers, batch_size=batch)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def parts(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files of tables alone: manifest and marks are of a run, and name it."""
    return {name: data for name, data in files.items() if name.endswith(".parquet")}


def unfinish(manifest: Path) -> None:
    """Make the manifest of a finished run that of an unfinished one."""
    value = read_sealed(manifest)
    assert value is not None
    manifest.write_bytes(sealed({**value, "state": "unfinished"}))


def test_run_goes_on_under_its_key_and_no_other(tmp_path: Path) -> None:
    deidentified(tmp_path)
    before = contents(tmp_path / "out")
    (tmp_path / "out" / "_shards" / "00001.json").unlink()
    manifest = tmp_path / "out" / "manifest.json"
    unfinish(manifest)
    source = archive(tmp_path)
    os.utime(source, ns=(1, 1))
    settings = [Settings(deidentify=key_file(tmp_path, name), shard_size=2) for name in SECRETS]
    with pytest.raises(OutputError, match="other inputs"):
        run(source.parent, tmp_path / "out", settings[0])
    run(source.parent, tmp_path / "out", settings[0], overwrite=True)
    with pytest.raises(OutputError, match="other arguments, other inputs, other settings"):
        run(source.parent, tmp_path / "out", settings[1])
    (tmp_path / "out" / "_shards" / "00001.json").unlink()
    unfinish(manifest)
    assert run(source.parent, tmp_path / "out", settings[0]).shards_kept == 2
    assert parts(contents(tmp_path / "out")) == parts(before)


def test_key_may_be_moved_between_two_starts_of_a_run(tmp_path: Path) -> None:
    deidentified(tmp_path)
    elsewhere = key_file(tmp_path).rename(tmp_path / "moved.key")
    settings = Settings(deidentify=elsewhere, shard_size=2)
    assert run(tmp_path / "in", tmp_path / "out", settings).shards_kept == 3


# The key


def test_white_space_around_a_key_of_plain_text_is_no_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"0123456789abcdef0123456789abcdef\n")
    path.chmod(0o600)
    assert keys.load(path).secret == b"0123456789abcdef0123456789abcdef"


def test_bytes_of_a_key_that_is_no_text_are_all_its_own(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(secret := b"\n" + bytes(range(200, 231)))
    path.chmod(0o600)
    assert keys.load(path).secret == secret


def refused(tmp_path: Path, content: bytes | None, mode: int = 0o600) -> str:
    """Return the one line with which the command refuses a key."""
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    source = archive(tmp_path)
    result = CliRunner().invoke(cli, ["run", str(source), "--out", str(tmp_path / "out"), "--deidentify", str(path)])
    assert result.exit_code == SettingError.exit_code
    assert result.stdout == ""
    assert not (tmp_path / "out").exists()
    assert result.stderr.startswith(f"Error: {path}: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


@pytest.mark.parametrize(
    ("content", "mode", "line"),
    [
        pytest.param(b"", 0o600, "a key of 0 bytes is too short", id="empty"),
        pytest.param(b"x7" * 15, 0o600, "a key of 30 bytes is too short", id="short"),
        pytest.param(b" \n" * 40, 0o600, "a key of 0 bytes is too short", id="blank"),
        pytest.param(b"ab" * 40, 0o600, "is no random key", id="repeated"),
        pytest.param(bytes(range(256)) * 20, 0o600, "is no random key", id="too-long"),
        pytest.param(None, 0o600, "the key cannot be read (No such file or directory)", id="missing"),
        pytest.param(SECRETS["ours"], 0o644, "other users of this machine may read or write this key", id="readable"),
        pytest.param(SECRETS["ours"], 0o602, "other users of this machine may read or write this key", id="writable"),
    ],
)
def test_key_that_cannot_be_used_is_one_line(content: bytes | None, mode: int, line: str, tmp_path: Path) -> None:
    assert line in refused(tmp_path, content, mode)


def test_folder_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    assert "is no file" in refused(tmp_path, None)


def test_line_that_refuses_a_key_does_not_show_it(tmp_path: Path) -> None:
    assert "hunter2" not in refused(tmp_path, b"hunter2")


@pytest.mark.parametrize("place", ["in", "out"])
def test_key_that_lies_beside_the_data_is_refused(place: str, tmp_path: Path) -> None:
    source = archive(tmp_path)
    (tmp_path / place).mkdir(exist_ok=True)
    path = key_file(tmp_path).rename(tmp_path / place / "key.txt")
    with pytest.raises(SettingError, match="keep the key elsewhere"):
        run(source.parent, tmp_path / "out", Settings(deidentify=path))


def test_columns_that_are_kept_as_they_are_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="keep takes over columns as they are"):
        Settings(deidentify=tmp_path / "key", ingest=IngestOptions(keep=("ward",)))


def test_key_shows_in_no_representation() -> None:
    shown = Shown(key=Key(b"open sesame, open sesame, open sesame"))
    assert "sesame" not in repr(shown) + str(shown)


def test_fingerprints_differ_and_hold_nothing_of_a_pseudonym() -> None:
    ours, theirs = (Key(secret) for secret in SECRETS.values())
    assert ours.fingerprint != theirs.fingerprint
    assert ours.fingerprint not in {ours.pseudonym(kind, "")[-32:][:16] for kind in ("report", "patient", "")}


@given(st.text(st.characters(exclude_categories=[]), max_size=30), st.binary(min_size=32, max_size=64))
def test_any_value_has_a_pseudonym_and_a_shift(value: str, secret: bytes) -> None:
    key = Key(secret)
    assert keys.PSEUDONYM.fullmatch(key.pseudonym("patient", value))
    assert 1 <= key.shift("patient", value) <= keys.LONGEST_SHIFT


def test_shifts_use_the_whole_range() -> None:
    key = Key(SECRETS["ours"])
    shifts = [key.shift("patient", str(n)) for n in range(4000)]
    assert {min(shifts), max(shifts)} == {1, keys.LONGEST_SHIFT}
    assert 170 < sum(shifts) / len(shifts) < 196


# Whatever the tables come to hold


@pytest.mark.parametrize("key", [None, Key(SECRETS["ours"])], ids=["no-text", "deidentify"])
@pytest.mark.parametrize("name", schemas.tables())
def test_every_column_of_text_is_left_out(name: str, key: Key | None) -> None:
    report = Report("a", "text", "a.txt", 0)
    columns: Sequence[schemas.Column] = schemas.table(name).columns
    for column in (c for c in columns if c.content in ("text", "hash")):
        assert Protection(key, report).values(column, ["words"], {}) == [None]


@pytest.mark.parametrize(
    ("reason", "no_text", "hidden"),
    [
        pytest.param("failed", True, True, id="failed"),
        pytest.param("bad_record", True, False, id="bad-record"),
        pytest.param("no_text_column", False, False, id="names-of-columns"),
        pytest.param("unknown_code", False, False, id="codes"),
    ],
)
def test_details_that_may_hold_what_was_read_are_left_out(reason: str, no_text: bool, hidden: bool) -> None:
    reject = Reject("a.csv", 0, "id", reason, "a detail")
    for shown, kept in ((Shown(text=False), no_text), (Shown(key=Key(SECRETS["ours"])), hidden)):
        [row] = tabulate.tabulate([reject], shown)["rejects"].to_pylist()
        assert row["detail"] == ("a detail" if kept else "")
