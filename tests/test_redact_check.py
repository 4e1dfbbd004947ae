"""redact-check: what the columns of a run hold, and what stands there that must not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from spinelink import disclosure, schemas
from spinelink.cli import cli
from spinelink.keys import Key
from spinelink.likeness import likenesses
from spinelink.run import run
from spinelink.sealed import read_sealed, sealed
from spinelink.settings import Settings

SECRET = bytes(range(50, 90))
PROTECTIONS = ("none", "no-text", "deidentify")


def check(path: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["redact-check", str(path), *options])


@pytest.fixture(scope="module")
def runs(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One run of the demo corpus for each protection."""
    folder = tmp_path_factory.mktemp("runs")
    key = folder / "key"
    key.write_bytes(SECRET)
    key.chmod(0o600)
    made = {
        "none": Settings(shard_size=20),
        "no-text": Settings(shard_size=20, text=False),
        "deidentify": Settings(shard_size=20, deidentify=key),
    }
    for name, settings in made.items():
        run(demo, folder / name, settings)
    return {name: folder / name for name in made}


@pytest.fixture
def copy(runs: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    """A function that gives a copy of a run, to be damaged."""
    return lambda name: Path(shutil.copytree(runs[name], tmp_path / name))


def changed(path: Path, table: str, column: str, values: Callable[[list[Any]], list[Any]]) -> None:
    """Change the values of a column in the first part of a table."""
    part = path / table / "part-00000.parquet"
    read = pq.read_table(part, partitioning=None)
    place = read.column_names.index(column)
    field = read.schema.field(column)
    told = pa.array(values(read.column(column).to_pylist()), field.type)
    pq.write_table(read.set_column(place, field, told), part)


@pytest.mark.parametrize("name", PROTECTIONS)
def test_run_is_as_it_was_asked_for(name: str, runs: dict[str, Path]) -> None:
    result = check(runs[name])
    assert (result.exit_code, result.stderr) == (0, "")
    made = "made with all it reads" if name == "none" else f"made with --{name}"
    assert result.stdout.startswith(f"{runs[name]}: {made}\n")


def test_every_column_is_told_with_its_content_and_counts(runs: dict[str, Path]) -> None:
    told = json.loads(check(runs["none"], "--json").stdout)
    declared = {(table.name, c.name): c.content for table in schemas.tables().values() for c in table.columns}
    assert {(c["table"], c["column"]): c["content"] for c in told["columns"]} == declared
    rows = {(c["table"], c["column"]): (c["filled"], c["rows"]) for c in told["columns"]}
    reports = pq.read_table(runs["none"] / "reports")
    assert rows["reports", "report_id"] == (reports.num_rows, reports.num_rows)
    assert rows["reports", "age"] == (reports.num_rows - reports["age"].null_count, reports.num_rows)
    assert rows["texts", "text"] == (reports.num_rows, reports.num_rows)
    assert (told["protection"], told["faults"]) == ("none", [])


def test_values_are_never_printed(runs: dict[str, Path]) -> None:
    shown = check(runs["none"]).stdout + check(runs["none"], "--json").stdout
    values = [
        *pq.read_table(runs["none"] / "reports")["report_id"].to_pylist(),
        *pq.read_table(runs["none"] / "findings")["evidence"].to_pylist(),
    ]
    shown = "\n".join(line for line in shown.splitlines() if str(runs["none"]) not in line)
    assert [value for value in map(str, values) if len(value) > 8 and value in shown] == []


def test_demo_looks_like_nothing_beyond_its_declaration(runs: dict[str, Path]) -> None:
    told = json.loads(check(runs["none"], "--json").stdout)
    assert [
        c for c in told["columns"] if c["looks_like"] and c["content"] in ("closed", "words", "message", "id")
    ] == []


SAY = "SAY MRS HOLLOWAY"
FAULTS = [
    pytest.param("no-text", "findings", "evidence", SAY, "holds report text or its digest", id="evidence"),
    pytest.param("no-text", "sections", "heading", SAY, "holds report text or its digest", id="heading"),
    pytest.param("no-text", "symptoms", "evidence", SAY, "holds report text or its digest", id="symptom"),
    pytest.param("no-text", "reports", "text_sha256", "ab" * 32, "holds report text or its digest", id="hash"),
    pytest.param("no-text", "links", "reason", "Seen\nby us.", "holds what looks like text", id="lines-of-a-reason"),
    pytest.param("no-text", "links", "reason", "On 3/4/2024.", "looks like date", id="date-in-a-reason"),
    pytest.param("no-text", "findings", "organ", "the left kidney", "holds what looks like text", id="organ-in-words"),
    pytest.param("no-text", "discrepancies", "detail", "Dr Oakes", "holds what looks like person", id="person"),
    pytest.param("deidentify", "reports", "report_id", "R-1", "holds what is no pseudonym", id="report"),
    pytest.param("deidentify", "findings", "report_id", "R-1", "holds what is no pseudonym", id="id-in-findings"),
    pytest.param(
        "deidentify", "reports", "patient_id", Key(SECRET).pseudonym("report", "R-1"), "holds what is no pseudonym",
        id="pseudonym-of-another-kind",
    ),
    pytest.param("deidentify", "reports", "source", "smith.txt", "holds what is no pseudonym", id="file"),
    pytest.param("deidentify", "rejects", "source", "smith.txt", "holds what is no pseudonym", id="file-of-a-reject"),
    pytest.param("deidentify", "rejects", "detail", "its columns are a, b", "names of columns or codes", id="detail"),
    pytest.param("deidentify", "reports", "reader", "Dr Oakes", "holds what is no pseudonym", id="reader"),
    pytest.param("deidentify", "reports", "exam", "MRI", "holds a free field of the input", id="exam"),
    pytest.param("deidentify", "reports", "setting", "bed 4", "holds a free field of the input", id="setting"),
    pytest.param("deidentify", "reports", "extra", [("a", "b")], "holds a free field of the input", id="extra"),
    pytest.param("deidentify", "reports", "age", 91, "holds ages over 90", id="age"),
    pytest.param("deidentify", "symptoms", "evidence", SAY, "holds report text or its digest", id="text"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "table", "column", "value", "fault"), FAULTS)
def test_what_must_not_stand_there_is_a_fault(
    name: str, table: str, column: str, value: Any, fault: str, copy: Callable[[str], Path]
) -> None:
    path = copy(name)
    changed(path, table, column, lambda values: [value, *values[1:]])
    result = check(path)
    assert result.exit_code == 1
    [line] = [line for line in result.stdout.splitlines() if line.startswith(f"  {table}.{column}: ")]
    assert fault in line
    assert str(value) not in line
    assert json.loads(check(path, "--json").stdout)["faults"] == [line.strip()]


def test_texts_are_a_fault_by_their_rows_alone(copy: Callable[[str], Path]) -> None:
    path = copy("no-text")
    empty = schemas.build("texts", {"report_id": ["a"], "text": [""]})
    pq.write_table(empty, path / "texts" / "part-00000.parquet")
    assert "texts.text: holds report text or its digest" in check(path).stdout


def edited(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a manifest or mark, as one who knows how they are sealed."""
    value = read_sealed(path)
    assert value is not None
    change(value)
    path.write_bytes(sealed(value))


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        pytest.param(
            "no-text", lambda m: m["unknown_headings"].update(named_3_times_or_more={"MRS HOLLOWAY": 3}),
            "manifest.json: names headings of reports", id="headings",
        ),
        pytest.param("deidentify", lambda m: m.update(arguments=["smith"]), "manifest.json: names inputs", id="input"),
        pytest.param(
            "deidentify", lambda m: m["settings"].update(codes="smith.csv"), "manifest.json: names inputs", id="codes"
        ),
        pytest.param(
            "deidentify", lambda m: m["inputs"].update(first_1000=[{"path": "a"}]), "manifest.json: names inputs",
            id="list-of-inputs",
        ),
        pytest.param(
            "deidentify", lambda m: m["notes"].update(grown=["smith.txt"]), "manifest.json: names inputs", id="note"
        ),
        pytest.param(
            "deidentify", lambda m: m["settings"].update(deidentify={"key": "00" * 32}),
            "manifest.json: holds more of the key than its fingerprint", id="key",
        ),
    ],
)  # fmt: skip
def test_manifest_that_names_what_it_must_not_is_a_fault(
    name: str, change: Callable[[dict[str, Any]], None], fault: str, copy: Callable[[str], Path]
) -> None:
    path = copy(name)
    edited(path / "manifest.json", change)
    result = check(path)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == f"  {fault}"


def test_mark_with_words_is_a_fault(copy: Callable[[str], Path]) -> None:
    path = copy("no-text")
    edited(path / "_shards" / "00000.json", lambda mark: mark["counts"].update(headings={"Mrs Holloway, seen": 1}))
    assert check(path).stdout.splitlines()[-1] == "  _shards/00000.json: holds more than counts"


def test_metadata_of_others_is_a_fault(copy: Callable[[str], Path]) -> None:
    path = copy("deidentify")
    part = path / "levels" / "part-00001.parquet"
    table = pq.read_table(part, partitioning=None)
    metadata: dict[str, str] = {"note": "Mrs Holloway"}
    pq.write_table(table.replace_schema_metadata(metadata), part)
    assert check(path).stdout.splitlines()[-1] == "  levels/part-00001.parquet: holds metadata that no run writes"


@pytest.mark.parametrize(
    ("place", "line"),
    [
        pytest.param("notes of smith.txt", "1 file in the folder itself", id="beside"),
        pytest.param("findings/.part-00007.parquet", "1 file in findings", id="unfinished-part"),
        pytest.param("smith/notes.csv", "1 file in other folders", id="folder"),
        pytest.param("_shards/00009.json", "1 file in _shards", id="mark"),
    ],
)
def test_files_that_are_no_part_of_the_run_are_a_fault_and_not_named(
    place: str, line: str, copy: Callable[[str], Path]
) -> None:
    path = copy("deidentify")
    (path / place).parent.mkdir(exist_ok=True)
    (path / place).write_text('{"counts": {}, "bytes": {}}')
    result = check(path)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == f"  {line}: no part of the run, and not looked at"
    assert "smith" not in result.stdout.removeprefix(str(path))


def test_run_that_was_asked_to_show_all_has_no_faults(copy: Callable[[str], Path]) -> None:
    path = copy("none")
    changed(path, "reports", "site", lambda values: ["Mrs Holloway, 4 Elm Road"] * len(values))
    result = check(path)
    assert result.exit_code == 0
    [line] = [line for line in result.stdout.splitlines() if line.startswith("reports.site ")]
    assert line.endswith("; looks like person")


def test_folder_without_a_run_is_one_line(tmp_path: Path) -> None:
    result = check(tmp_path)
    assert (result.exit_code, result.stdout) == (14, "")
    assert result.stderr == f"Error: {tmp_path}: holds no run of spinelink\n"


def test_part_that_cannot_be_read_is_one_line(copy: Callable[[str], Path]) -> None:
    path = copy("no-text")
    (path / "links" / "part-00000.parquet").write_bytes(b"PAR1 Mrs Holloway PAR1")
    result = check(path)
    assert (result.exit_code, result.stdout) == (14, "")
    assert result.stderr.count("\n") == 1
    assert "Holloway" not in result.stderr


def test_disclosure_counts_over_all_parts(runs: dict[str, Path]) -> None:
    held = {(c.table, c.column): c for c in disclosure.disclosure_of(runs["deidentify"]).columns}
    assert len(list((runs["deidentify"] / "links").glob("part-*"))) == 2
    assert held["links", "reason"].filled == pq.read_table(runs["deidentify"] / "links").num_rows


@pytest.mark.parametrize(
    ("content", "value", "forms"),
    [
        pytest.param("closed", "disc_bulge@L4-L5", (), id="name-at-level"),
        pytest.param("closed", "M54.16", (), id="code"),
        pytest.param("closed", "HP:0003418", (), id="hpo"),
        pytest.param("closed", "seen by us", ("text",), id="words-in-closed"),
        pytest.param("closed", "a12345678", ("identifier",), id="number-in-closed"),
        pytest.param("words", "An L4-L5 bulge could explain left leg pain (L5).", (), id="reason"),
        pytest.param("words", "62% of people without pain at 57 (1000 to 3110 people)", (), id="prevalence"),
        pytest.param("words", "Seen on 14-MAR-2025.", ("date",), id="date-with-month"),
        pytest.param("words", "Seen March 4th, 2025.", ("date",), id="date-in-words"),
        pytest.param("words", "Seen 2025-03-14.", ("date",), id="iso-date"),
        pytest.param("words", "Call 555 010 4477.", ("identifier",), id="telephone"),
        pytest.param("words", "jane@example.org", ("identifier",), id="mail"),
        pytest.param("words", "MRN of the patient", ("identifier",), id="mrn"),
        pytest.param("message", "line 7", (), id="detail"),
        pytest.param("message", "SMITH^JANE", ("person",), id="hl7-name"),
        pytest.param("label", "MRI lumbar spine without contrast", (), id="exam"),
        pytest.param("label", "There is a mild bulge of the disc at the level of L4-L5.", ("text",), id="sentence"),
        pytest.param("id", "2025-03-14-000123", (), id="id-of-digits"),
        pytest.param("id", "Smith, Jane", ("person",), id="id-that-is-a-name"),
        pytest.param("path", "2025/03/smith_jane.txt", (), id="path"),
        pytest.param("number", "anything at all", (), id="no-form"),
    ],
)
def test_values_look_like_what_they_are(content: str, value: str, forms: tuple[str, ...]) -> None:
    assert likenesses([value], content) == forms
