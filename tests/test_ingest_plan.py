"""What will be read: which files, in which order, and what is refused before anything is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spinelink.errors import InputError, SettingError
from spinelink.stages.ingest import IngestOptions, plan, read


def make(folder: Path, *names: str, content: bytes = b"Normal lumbar spine.\n") -> Path:
    """Write files with one content below a folder."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def sources(*inputs: Path, options: IngestOptions | None = None) -> list[str]:
    """Return the sources of a plan in order."""
    return [file.source for file in plan(inputs, options or IngestOptions()).files]


def test_folders_are_read_in_order_of_their_paths(tmp_path: Path) -> None:
    make(tmp_path, "b/2.txt", "b/10.txt", "a.txt", "c/d/e.TXT")
    assert sources(tmp_path) == ["a.txt", "b/10.txt", "b/2.txt", "c/d/e.TXT"]


def test_arguments_are_read_in_the_order_given(tmp_path: Path) -> None:
    make(tmp_path, "z/1.txt", "a/2.txt")
    assert sources(tmp_path / "z", tmp_path / "a" / "2.txt") == ["1.txt", "2.txt"]


def test_a_file_carries_its_size_time_and_format(tmp_path: Path) -> None:
    make(tmp_path, "r.txt", content=b"12345")
    os.utime(tmp_path / "r.txt", ns=(1, 1_700_000_000_000_000_001))
    (file,) = plan([tmp_path], IngestOptions()).files
    assert (file.size, file.mtime_ns, file.format, file.compressed) == (5, 1_700_000_000_000_000_001, "txt", False)


@pytest.mark.parametrize(
    ("name", "form", "compressed"),
    [
        pytest.param("a.txt", "txt", False, id="txt"),
        pytest.param("a.TXT.GZ", "txt", True, id="upper case"),
        pytest.param("a.csv.gz", "csv", True, id="csv.gz"),
        pytest.param("a.tsv", "tsv", False, id="tsv"),
        pytest.param("a.jsonl.gz", "jsonl", True, id="jsonl.gz"),
        pytest.param("a.ndjson", "jsonl", False, id="ndjson"),
        pytest.param("a.json", "json", False, id="json"),
    ],
)
def test_the_ending_gives_the_format(tmp_path: Path, name: str, form: str, compressed: bool) -> None:
    make(tmp_path, "first.txt", name)
    file = next(file for file in plan([tmp_path], IngestOptions()).files if file.name == name)
    assert (file.format, file.compressed) == (form, compressed)


def test_a_set_format_holds_for_every_ending(tmp_path: Path) -> None:
    make(tmp_path, "a.rpt", "b.csv")
    assert {f.format for f in plan([tmp_path], IngestOptions(format="txt")).files} == {"txt"}


def test_what_is_passed_over_in_folders_is_counted(tmp_path: Path) -> None:
    make(tmp_path, "r.txt", ".hidden.txt", "scan.pdf", "two.PDF", "README", "x.smith-john")
    make(tmp_path, ".git/a.txt", "_temporary/b.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    made = plan([tmp_path], IngestOptions())
    assert [file.source for file in made.files] == ["r.txt"]
    assert made.skipped == {".pdf": 2, ".txt": 1, "folder": 2, "hidden": 1, "other": 2}


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    make(tmp_path, "a/r.txt")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to(tmp_path / "a")
    (tmp_path / "side").symlink_to(make(tmp_path.parent / f"{tmp_path.name}-other", "s.txt"))
    made = plan([tmp_path], IngestOptions())
    assert [(file.source, file.fault and file.fault[0]) for file in made.files] == [
        ("a/r.txt", None),
        ("side", "path_outside"),
    ]
    assert made.skipped == {"link": 2}


def test_a_link_to_nothing_is_planned_and_rejected_when_read(tmp_path: Path) -> None:
    (tmp_path / "r.txt").symlink_to(tmp_path / "gone.txt")
    (reject,) = read(plan([tmp_path], IngestOptions()))
    assert (reject.source, reject.record, getattr(reject, "reason", "")) == ("r.txt", None, "unreadable")


def test_a_name_that_is_not_utf8_can_be_written_to_a_table(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"r\xff.txt")
    try:
        Path(os.fsdecode(path)).write_text("Normal.", encoding="utf-8")
    except OSError:
        pytest.skip("the file system takes UTF-8 names only")
    (report,) = read(plan([tmp_path], IngestOptions()))
    assert report.report_id == report.source == "r\\xff.txt"


def test_equal_paths_of_two_arguments_are_told_apart(tmp_path: Path) -> None:
    make(tmp_path, "site_a/1.txt", "site_b/1.txt", "site_b/2.txt")
    assert sources(tmp_path / "site_a", tmp_path / "site_b") == ["site_a/1.txt", "site_b/1.txt", "site_b/2.txt"]


def test_equal_names_of_two_arguments_are_numbered(tmp_path: Path) -> None:
    make(tmp_path, "a/reports/1.txt", "b/reports/1.txt")
    found = sources(tmp_path / "a" / "reports", tmp_path / "b" / "reports" / "1.txt")
    assert found == ["1-reports/1.txt", "2-reports/1.txt"]


def refusal(*inputs: Path, options: IngestOptions | None = None) -> str:
    """Return the one line with which inputs are refused."""
    with pytest.raises(InputError) as caught:
        plan(inputs, options or IngestOptions())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_no_input_is_refused() -> None:
    assert "no input" in refusal()


def test_a_missing_path_is_refused(tmp_path: Path) -> None:
    assert f"{tmp_path / 'gone'}: no such file" in refusal(tmp_path / "gone")


def test_a_path_below_a_file_is_refused(tmp_path: Path) -> None:
    assert "no such file" in refusal(make(tmp_path, "a.txt") / "a.txt" / "b")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert f"{tmp_path}: no file to read" in refusal(tmp_path)


def test_a_folder_without_known_files_says_what_it_holds(tmp_path: Path) -> None:
    assert "(passed over: 2 .pdf)" in refusal(make(tmp_path, "a.pdf", "b.pdf"))


def test_one_empty_folder_among_several_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "a/1.txt")
    (tmp_path / "b").mkdir()
    assert "b: no file to read" in refusal(tmp_path / "a", tmp_path / "b")


@pytest.mark.parametrize("name", ["report.docx", "report", "reports.parquet.gz"])
def test_a_file_of_unknown_kind_given_by_name_is_refused(tmp_path: Path, name: str) -> None:
    assert "kind of file not known" in refusal(make(tmp_path, name) / name)


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "neither a file nor a folder" in refusal(tmp_path / "pipe.csv")


def test_a_file_named_twice_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "a/1.txt")
    assert "named by two inputs" in refusal(tmp_path / "a", tmp_path / "a" / "1.txt")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        pytest.param("r.csv", "id,remark,when\n1,a,b\n", "its columns are id, remark, when", id="csv"),
        pytest.param("r.tsv", "id\tremark\n1\ta\n", "its columns are id, remark", id="tsv"),
        pytest.param("r.jsonl", '{"id": 1, "remark": "a"}\n', "its columns are id, remark", id="jsonl"),
        pytest.param("r.csv", "", "it has no columns", id="empty csv"),
        pytest.param("r.jsonl", "", "it has no columns", id="empty jsonl"),
        pytest.param("r.csv", "4711,John Smith,1950-01-01\n", "not shown", id="no header"),
        pytest.param("r.csv", "There is a severe stenosis of the canal at this level\n", "not shown", id="prose"),
    ],
)
def test_inputs_without_a_text_column_are_refused(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    line = refusal(tmp_path / name)
    assert line.startswith(f"{tmp_path / name}: no column for the report's text")
    assert said in line
    assert "--column text=NAME" in line
    assert "Smith" not in line
    assert "stenosis" not in line


def test_a_named_text_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("id,text\n1,a\n", encoding="utf-8")
    assert "no column 'befund'" in refusal(tmp_path, options=IngestOptions(columns={"text": "befund"}))


def test_one_input_with_text_is_enough(tmp_path: Path) -> None:
    make(tmp_path, "a.csv", content=b"id,remark\n1,a\n")
    make(tmp_path, "b.txt")
    assert len(plan([tmp_path], IngestOptions()).files) == 2


def test_named_columns_that_are_nowhere_are_noted(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("id,text,mrn\n1,a,2\n", encoding="utf-8")
    made = plan([tmp_path], IngestOptions(columns={"patient_id": "MRN", "site": "haus"}, keep=("ward",)))
    assert made.notes == ("no input has a column haus (set for site)", "no input has a column ward (to keep)")


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"encoding": "klingon"}, id="unknown encoding"),
        pytest.param({"encoding": "utf-16"}, id="encoding that is no superset of ASCII"),
        pytest.param({"encoding": "rot13"}, id="codec of no bytes"),
        pytest.param({"max_chars": 0}, id="no text fits"),
        pytest.param({"max_chars": 2**31}, id="offsets do not fit"),
        pytest.param({"max_decompressed": 0}, id="nothing decompressed"),
        pytest.param({"columns": {"diagnosis": "dx"}}, id="unknown field"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        IngestOptions(**settings)  # type: ignore[arg-type]


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="no format 'xlsx'"):
        plan([tmp_path], IngestOptions(format="xlsx"))
