"""An export is whole or not there, is the same each time, loses no row, and replaces nothing that is not an export."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from filelock import FileLock

import spinelink
from spinelink import schemas, store
from spinelink.cli import cli
from spinelink.errors import EngineError, OutputError, SettingError, SpinelinkError
from spinelink.exports import FORMS, Options, export
from spinelink.exports.source import TEXT_COLUMNS, opened
from spinelink.sealed import read_sealed, sealed

Archive = Callable[[bool], Path]
FOLDERS = [name for name, form in FORMS.items() if form.folder]
FILES = [name for name, form in FORMS.items() if not form.folder]
SAME_BYTES = [name for name in FORMS if name != "duckdb"]  # a database has pages, of which DuckDB promises nothing
LEAST_OF_WORDS = 36
"""Shorter evidence may be a word of ours too."""


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], prog_name="spinelink")


def contents(path: Path) -> dict[str, bytes]:
    """Return the bytes of a file, or of every file of a folder."""
    if path.is_file():
        return {"": path.read_bytes()}
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*")}


def damaged(run: Path, folder: Path) -> Path:
    """Return a copy of a run that a test may damage."""
    return Path(shutil.copytree(run, folder / "damaged"))


@pytest.mark.parametrize("form", FORMS)
def test_every_row_of_the_run_is_written(form: str, archive: Archive, tmp_path: Path) -> None:
    run = archive(True)
    counts = store.manifest_of(run)["tables"]
    reports = spinelink.read(run, "reports")
    lumbar = sum(
        is_spine and "lumbar" in regions for is_spine, regions in zip(reports.is_spine, reports.regions, strict=True)
    )
    expected = {
        "omop": {"note_nlp.csv": counts["findings"] + counts["symptoms"], "note_id_map.csv": counts["reports"]},
        "rsna": {"out": lumbar},
        "fhir": {"out": counts["findings"]},
        "csv": {f"{name}.csv": rows for name, rows in counts.items()},
        "duckdb": counts,
    }
    done = spinelink.export(run, form, tmp_path / "out")
    assert (done.path, dict(done.rows)) == (tmp_path / "out", expected[form])
    assert all(expected[form].values())
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("text", [True, False], ids=["with-text", "without-text"])
@pytest.mark.parametrize("form", SAME_BYTES)
def test_the_same_run_gives_the_same_bytes(form: str, text: bool, archive: Archive, tmp_path: Path) -> None:
    for name in ("one", "two"):
        spinelink.export(archive(text), form, tmp_path / name)
    one, two = ({name or "file": data for name, data in contents(tmp_path / n).items()} for n in ("one", "two"))
    assert one == two
    assert one


def quoted(run: Path) -> set[str]:
    """Return the words of the reports that the tables of a run quote."""
    columns = [("findings", "evidence"), ("symptoms", "evidence"), ("sections", "heading"), ("texts", "text")]
    found = {
        " ".join(words.split()) for name, column in columns for words in spinelink.read(run, name)[column].dropna()
    }
    return {words for words in found if len(words) >= LEAST_OF_WORDS}


@pytest.mark.parametrize("form", SAME_BYTES)
def test_with_text_words_of_the_reports_are_written(form: str, archive: Archive, tmp_path: Path) -> None:
    spinelink.export(archive(True), form, tmp_path / "out")
    written = b"".join(contents(tmp_path / "out").values()).decode()
    assert any(words in written for words in quoted(archive(True))) is (form != "rsna")


@pytest.mark.parametrize("how", ["run", "export"])
@pytest.mark.parametrize("form", SAME_BYTES)
def test_without_text_no_words_of_a_report_are_written(form: str, how: str, archive: Archive, tmp_path: Path) -> None:
    spinelink.export(archive(how == "export"), form, tmp_path / "out", text=False)
    written = b"".join(contents(tmp_path / "out").values()).decode()
    assert written
    told = {exam for exam in spinelink.read(archive(False), "reports").exam.dropna()} if how == "run" else set()
    assert [words for words in quoted(archive(True)) if words in written and words not in told] == []


def test_the_columns_that_quote_are_those_that_a_run_without_text_leaves_out(archive: Archive) -> None:
    with_text, without = archive(True), archive(False)
    for name, table in schemas.tables().items():
        if name == "texts":
            continue
        shown, hidden = spinelink.read(with_text, name), spinelink.read(without, name)
        left_out = [c.name for c in table.columns if shown[c.name].notna().any() and hidden[c.name].isna().all()]
        assert left_out == list(TEXT_COLUMNS.get(name, ())), name


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_overwritten_unasked(form: str, archive: Archive, tmp_path: Path) -> None:
    spinelink.export(archive(True), form, tmp_path / "out")
    before, written = contents(tmp_path / "out"), (tmp_path / "out").stat().st_ino
    with pytest.raises(OutputError, match=r"give another --out, or --overwrite"):
        spinelink.export(archive(True), form, tmp_path / "out")
    assert contents(tmp_path / "out") == before
    spinelink.export(archive(True), form, tmp_path / "out", overwrite=True)
    assert (tmp_path / "out").stat().st_ino != written
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("form", FOLDERS)
def test_a_folder_with_other_things_is_never_replaced(form: str, archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds other things than an export"):
        spinelink.export(archive(True), form, tmp_path, overwrite=True)
    spinelink.export(archive(True), form, tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds other things than an export"):
        spinelink.export(archive(True), form, tmp_path / "out", overwrite=True)
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("about", ["[]", "{}", '{"format": "spinelink export 1"}', "no json", '"x"'])
def test_a_foreign_export_json_protects_nothing_and_is_not_replaced(
    about: str, archive: Archive, tmp_path: Path
) -> None:
    (tmp_path / "export.json").write_text(about)
    with pytest.raises(OutputError, match="holds other things than an export"):
        spinelink.export(archive(True), "csv", tmp_path, overwrite=True)


@pytest.mark.parametrize("form", FOLDERS)
def test_an_empty_folder_may_be_filled(form: str, archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    spinelink.export(archive(True), form, tmp_path / "out")
    about = json.loads((tmp_path / "out" / "export.json").read_text(encoding="utf-8"))
    assert set(about["files"]) | {"export.json"} == {file.name for file in (tmp_path / "out").iterdir()}
    assert (about["form"], about["spinelink"]) == (form, spinelink.__version__)


@pytest.mark.parametrize("form", FILES)
def test_a_file_is_not_written_over_a_folder(form: str, archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder; this export is one file"):
        spinelink.export(archive(True), form, tmp_path, overwrite=True)


@pytest.mark.parametrize("form", FOLDERS)
def test_a_folder_is_not_written_over_a_file(form: str, archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError, match="is no folder"):
        spinelink.export(archive(True), form, tmp_path / "out", overwrite=True)


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_left_of_an_export_that_breaks_off(
    form: str, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spinelink.export(archive(True), form, tmp_path / "out")
    before = contents(tmp_path / "out")

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("spinelink.exports.source.Source.check_unchanged", broken)
    with pytest.raises(KeyboardInterrupt):
        spinelink.export(archive(False), form, tmp_path / "out", overwrite=True)
    assert contents(tmp_path / "out") == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("form", FOLDERS)
def test_the_old_folder_comes_back_where_the_new_one_cannot_take_its_place(
    form: str, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spinelink.export(archive(True), form, tmp_path / "out")
    before, rename = contents(tmp_path / "out"), os.rename

    def refused(old: Path, new: Path) -> None:
        if Path(old).name == "new":
            raise PermissionError(13, "no")
        rename(old, new)

    monkeypatch.setattr(os, "rename", refused)
    with pytest.raises(OutputError, match="cannot be written"):
        spinelink.export(archive(False), form, tmp_path / "out", overwrite=True)
    assert contents(tmp_path / "out") == before


@pytest.mark.parametrize("form", FORMS)
def test_what_a_killed_export_left_is_cleared_away(form: str, archive: Archive, tmp_path: Path) -> None:
    left = tmp_path / ".out.unfinished"
    (left / "new").mkdir(parents=True)
    (left / "new" / "findings.csv").write_text("half a ta")
    (left / "out").write_text("half a fi")
    spinelink.export(archive(True), form, tmp_path / "out")
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    assert b"half a" not in b"".join(contents(tmp_path / "out").values())


def test_two_exports_at_once_do_not_meet(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / ".out.unfinished").mkdir()
    with (
        FileLock(tmp_path / ".out.unfinished" / "lock"),
        pytest.raises(OutputError, match="another export is writing there"),
    ):
        spinelink.export(archive(True), "csv", tmp_path / "out")


def test_a_folder_that_is_missing_is_made(archive: Archive, tmp_path: Path) -> None:
    spinelink.export(archive(True), "rsna", tmp_path / "new" / "folder" / "rsna.csv")
    assert (tmp_path / "new" / "folder" / "rsna.csv").is_file()


@pytest.mark.parametrize("form", FORMS)
def test_a_place_that_cannot_be_written(form: str, archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        spinelink.export(archive(True), form, tmp_path / "file" / "out")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("form", ["csv", "fhir", "omop", "rsna"])
def test_a_full_disk_is_one_line(form: str, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Path.open

    def opened_on_a_full_disk(path: Path, mode: str = "r", *more: Any, **options: Any) -> Any:
        return usual(Path("/dev/full") if "w" in mode else path, mode, *more, **options)

    monkeypatch.setattr(Path, "open", opened_on_a_full_disk)
    with pytest.raises(OutputError, match="no room left to write; make room and export again"):
        spinelink.export(archive(True), form, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "told"),
    [
        pytest.param("findings/out", "lies in the folder of the run", id="in-a-table"),
        pytest.param("", "lies in the folder of the run", id="the-run-itself"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_written_into_a_run(form: str, place: str, told: str, archive: Archive) -> None:
    run = archive(True)
    before = contents(run / "findings")
    with pytest.raises(SettingError, match=told):
        spinelink.export(run, form, run / place, overwrite=True)
    assert contents(run / "findings") == before


@pytest.mark.parametrize("form", FORMS)
def test_only_a_finished_run_is_exported(form: str, archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="holds no run of spinelink"):
        spinelink.export(tmp_path, form, tmp_path / "out")
    run = damaged(archive(True), tmp_path)
    manifest = read_sealed(run / "manifest.json")
    assert manifest is not None
    (run / "manifest.json").write_bytes(sealed(manifest | {"state": "unfinished"}))
    with pytest.raises(OutputError, match="the run is not finished"):
        spinelink.export(run, form, tmp_path / "out")


@pytest.mark.parametrize("form", FORMS)
def test_a_part_that_is_broken_or_gone_is_named(form: str, archive: Archive, tmp_path: Path) -> None:
    run = damaged(archive(True), tmp_path)
    part = run / ("levels" if form == "rsna" else "findings") / "part-00001.parquet"
    part.write_bytes(part.read_bytes()[:-9])
    with pytest.raises(OutputError, match=r"part-00001\.parquet: cannot be read"):
        spinelink.export(run, form, tmp_path / "out")
    part.unlink()
    with pytest.raises(OutputError, match=r"part-00001\.parquet: cannot be read"):
        spinelink.export(run, form, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("form", FORMS)
def test_a_row_that_is_missing_is_noticed(form: str, archive: Archive, tmp_path: Path) -> None:
    run = damaged(archive(True), tmp_path)
    name = "levels" if form == "rsna" else "findings"
    part = run / name / "part-00001.parquet"
    table = pq.read_table(part, partitioning=None)
    pq.write_table(table.slice(0, table.num_rows - 1), part)
    with pytest.raises(OutputError, match=rf"{name} has \d+ rows, its manifest says \d+"):
        spinelink.export(run, form, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_run_that_another_one_overwrites_meanwhile_is_noticed(archive: Archive, tmp_path: Path) -> None:
    run = damaged(archive(True), tmp_path)
    read = opened(run)
    manifest = read_sealed(run / "manifest.json")
    assert manifest is not None
    (run / "manifest.json").write_bytes(sealed(manifest | {"key": "another"}))
    with pytest.raises(OutputError, match="was overwritten while it was read"):
        read.check_unchanged()


def test_one_part_of_a_table_is_read_at_a_time(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    usual = pq.read_table

    def watched(file: Path, **how: Any) -> Any:
        read.append(file.name)
        return usual(file, **how)

    monkeypatch.setattr(pq, "read_table", watched)
    parts = opened(archive(True)).together("reports", "findings")
    next(parts)
    assert read == ["part-00000.parquet"] * 2
    assert len(list(parts)) > 1


@pytest.mark.parametrize("suffix", ["", ".gz"], ids=["plain", "gz"])
@pytest.mark.parametrize("form", ["rsna", "fhir"])
def test_a_name_that_ends_in_gz_is_compressed(form: str, suffix: str, archive: Archive, tmp_path: Path) -> None:
    spinelink.export(archive(True), form, tmp_path / "plain")
    spinelink.export(archive(True), form, tmp_path / f"out{suffix}")
    data = (tmp_path / f"out{suffix}").read_bytes()
    assert (gzip.decompress(data) if suffix else data) == (tmp_path / "plain").read_bytes()


@pytest.mark.parametrize(
    ("form", "options", "told"),
    [
        pytest.param("xml", {}, "no form 'xml' to export to; the forms are omop, rsna, fhir, csv, duckdb", id="form"),
        pytest.param("fhir", {"gzip": True}, "gzip means nothing to an export to fhir; it is for csv", id="gzip"),
        pytest.param("csv", {"file_format": "parquet"}, "file_format means nothing to an export to csv", id="format"),
        pytest.param("duckdb", {"resource_ids": True}, "it is for fhir", id="ids"),
        pytest.param("omop", {"file_format": "xlsx"}, "no file format 'xlsx'", id="unknown-format"),
    ],
)
def test_options_that_cannot_work(
    form: str, options: dict[str, Any], told: str, archive: Archive, tmp_path: Path
) -> None:
    with pytest.raises(SettingError, match=told):
        spinelink.export(archive(True), form, tmp_path / "out", **options)
    assert list(tmp_path.iterdir()) == []


def test_duckdb_that_is_not_installed_is_one_line(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(EngineError, match=r"DuckDB is not installed; pip install 'spinelink\[duckdb\]'"):
        export(archive(True), "duckdb", tmp_path / "out", Options())
    assert list(tmp_path.iterdir()) == []


def test_other_forms_do_without_duckdb(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    for form in set(FORMS) - {"duckdb"}:
        assert spinelink.export(archive(True), form, tmp_path / form).rows


@pytest.mark.parametrize("form", FORMS)
def test_the_command_says_what_was_written(form: str, archive: Archive, tmp_path: Path) -> None:
    done = call("export", form, archive(True), "--out", tmp_path / "out", "--no-text")
    assert done.exit_code == 0, done.output
    *rows, last = done.output.splitlines()
    assert last == f"in {tmp_path / 'out'}"
    counts = [int(row.split()[0].replace(",", "")) for row in rows]
    assert counts == list(export(archive(True), form, tmp_path / "again" / "out", Options(text=False)).rows.values())
    again = call("export", form, archive(True), "--out", tmp_path / "out")
    assert again.exit_code == OutputError.exit_code
    assert len(again.stderr.splitlines()) == 1


def test_every_form_is_named_in_the_help() -> None:
    text = call("export", "--help").output
    assert all(f"\n    {form} " in text for form in FORMS)


def test_a_user_error_is_a_line_and_a_code(tmp_path: Path) -> None:
    done = call("export", "csv", tmp_path / "none", "--out", tmp_path / "out")
    assert done.exit_code == OutputError.exit_code
    assert done.stderr == f"Error: {tmp_path / 'none'}: holds no run of spinelink\n"
    assert issubclass(OutputError, SpinelinkError)
