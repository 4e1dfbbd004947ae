"""The command line: what it prints, what it returns, and that a user never sees a traceback or a report's words."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import spinelink
from spinelink import cli, errors, schemas
from spinelink.console import pandas_lines

REPORT = """EXAM: MRI LUMBAR SPINE

INDICATION: Low back pain.

FINDINGS:
L4-L5: Disc bulge with moderate canal stenosis. No fracture.
"""
SECRET = "Mrs Example of Nowhere Street"


def call(*arguments: str | Path) -> Result:
    """Call the command line in this process."""
    return CliRunner().invoke(cli.cli, [str(a) for a in arguments], prog_name="spinelink")


def process(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call the command line in a process of its own, as users do."""
    command = [sys.executable, "-m", "spinelink", *map(str, arguments)]
    return subprocess.run(
        command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


def commands(group: click.Group, *above: str) -> Iterator[tuple[str, ...]]:
    """Yield every command and subcommand by its words."""
    for name, command in group.commands.items():
        yield (*above, name)
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.txt"
    path.write_text(REPORT)
    return path


@pytest.mark.parametrize("words", [(), *commands(cli.cli)], ids=" ".join)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_has_help(words: tuple[str, ...], option: str) -> None:
    result = call(*words, option)
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: {' '.join(('spinelink', *words))} ")


@pytest.mark.parametrize("words", [(), ("run",)], ids=["spinelink", "run"])
def test_help_documents_every_exit_code(words: tuple[str, ...]) -> None:
    documented = {int(code) for code in re.findall(r"^ +(\d+)  +\S", call(*words, "-h").output, re.MULTILINE)}
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.SpinelinkError)]
    assert documented == {0, 1, 2, 130, 143} | {c.exit_code for c in classes}


def test_version() -> None:
    assert call("--version").output == f"spinelink, version {spinelink.__version__}\n"


def test_run_prints_a_summary_that_leads_on(report: Path, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    done = process("run", report, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "1 record read: 1 report, 0 rejected"
    assert re.fullmatch(r"  central_canal_stenosis +1 +0 +0", next(line for line in lines if "canal" in line))
    assert re.fullmatch(r"  vertebral_fracture +0 +0 +[1-9]", next(line for line in lines if "fracture" in line))
    assert f"Tables in {out}" in lines
    assert [line.strip() for line in lines[-3:]] == list(pandas_lines(out))


def test_the_lines_of_pandas_work(report: Path, tmp_path: Path) -> None:
    process("run", report, "--out", tmp_path / "tables")
    code = "\n".join(pandas_lines(tmp_path / "tables"))
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "central_canal_stenosis" in done.stdout


def test_quiet_run_prints_nothing(report: Path, tmp_path: Path) -> None:
    done = process("run", report, "--out", tmp_path / "tables", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_options_reach_the_tables(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("key;body;who;ward\n1;Disc bulge at L4-L5.;Dr R;7\n2;Normal.;Dr S;8\n".replace(";", ","))
    options = [
        "--id-column",
        "key",
        "--text-column",
        "body",
        "--column",
        "reader=who",
        "--keep",
        "ward",
        "--with-people",
    ]
    result = call("run", source, "--out", tmp_path / "out", *options, "--limit", "1", "--shard-size", "1")
    assert result.exit_code == 0, result.output
    (row,) = spinelink.read(tmp_path / "out", "reports").to_dict("records")
    assert (row["report_id"], row["reader"], row["extra"]) == ("1", "Dr R", [("ward", "7")])


def test_no_text_leaves_no_word_of_the_report_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_text(REPORT + "\nSPECIAL REMARK:\nMild scoliosis.\n")
    assert call("run", tmp_path / "report.txt", "--out", tmp_path / "out", "--no-text").exit_code == 0
    assert len(spinelink.read(tmp_path / "out", "findings")) > 0
    held = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()).lower()
    for words in (b"special remark", b"disc bulge", b"moderate canal"):
        assert words not in held


def test_what_a_user_should_know_of_the_input_is_noted(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_bytes("a bulge \u00b0".encode("latin-1"))
    (tmp_path / "in" / "b.csv").write_text("text,text\nnormal,normal\n")
    (tmp_path / "in" / "letter.docx").write_text("")
    result = call("run", tmp_path / "in", "--out", tmp_path / "out", "--keep", "ward")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "Note: no input has a column ward (to keep)",
        "Note: passed over in folders: 1 .docx",
        "Note: a column name stands twice, the first was read: b.csv: text",
        "Note: not UTF-8, read as cp1252: 1 value",
    ]


def test_reports_that_fail_are_told_even_to_the_quiet(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("spinelink.analysis.analyse", fail)
    result = call("run", report, "--out", tmp_path / "out", "--quiet")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: the analysis of 1 report failed, which is a bug: please report the column `detail` of "
        f"{tmp_path / 'out' / 'rejects'}, which holds no report text\n"
    )
    (row,) = spinelink.read(tmp_path / "out", "rejects").to_dict("records")
    assert re.fullmatch(r"RuntimeError at analysis\.py:\d+", row["detail"])


def read_terminal(terminal: int) -> str:
    """Return what was drawn next; nothing when the process has gone, which Linux tells by an error."""
    try:
        return os.read(terminal, 4096).decode(errors="replace")
    except OSError:
        return ""


def test_progress_is_drawn_on_a_terminal_and_nowhere_else(report: Path, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    terminal, stderr = pty.openpty()
    command = [sys.executable, "-m", "spinelink", "run", str(report), "--out", str(tmp_path / "out")]
    with (tmp_path / "stdout").open("wb") as stdout:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
    os.close(stderr)
    drawn = "".join(iter(partial(read_terminal, terminal), ""))
    os.close(terminal)
    assert process.wait() == 0
    assert (tmp_path / "stdout").read_text().startswith("1 record read")
    assert "records" in drawn
    assert "/s" in drawn
    assert "left about" in drawn


def cut_gzip(folder: Path) -> Path:
    data = gzip.compress("".join(json.dumps({"text": f"{SECRET} {n}" * 99}) + "\n" for n in range(99)).encode())
    (folder / "in.jsonl.gz").write_bytes(data[: len(data) // 2])
    return folder / "in.jsonl.gz"


def file(name: str, content: bytes) -> Callable[[Path], Path]:
    """Return the maker of an input file."""

    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def empty_folder(folder: Path) -> Path:
    (folder / "in").mkdir()
    return folder / "in"


@pytest.mark.parametrize(
    ("make", "code", "message"),
    [
        pytest.param(
            lambda folder: folder / "in.csv", 12, "{source}: no such file or folder; check the path", id="missing"
        ),
        pytest.param(
            empty_folder, 12,
            "{source}: no file to read; endings read are .txt, .csv, .tsv, .jsonl, .ndjson, .json, .parquet, "
            ".hl7, .oru, each but .parquet with .gz or .zst, and .zip of these",
            id="empty-folder",
        ),
        pytest.param(
            file("in.csv", b"id,words\n1,a bulge\n"), 12,
            "{source}: no column for the report's text or for indication, comparison, technique, findings, impression, "
            "addendum; its columns are id, words; name the text column with --column text=NAME",
            id="no-text-column",
        ),
    ],
)  # fmt: skip
def test_input_that_cannot_be_read_at_all_is_one_line(
    make: Callable[[Path], Path], code: int, message: str, tmp_path: Path
) -> None:
    source = make(tmp_path)
    result = call("run", source, "--out", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr == f"Error: {message.format(source=source)}\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("make", "rejected"),
    [
        pytest.param(cut_gzip, {"truncated": 1}, id="cut-gzip"),
        pytest.param(file("in.csv.gz", b"text\nplain\n"), {"unreadable": 1}, id="no-gzip"),
        pytest.param(file("in.parquet", b"PAR1 and no more"), {"unreadable": 1}, id="no-parquet"),
        pytest.param(file("in.txt", b"x" * 10_000_000), {"too_long": 1}, id="10-MB"),
        pytest.param(file("in.txt", b"a \x00 bulge"), {"not_text": 1}, id="nul"),
        pytest.param(file("in.txt", b" \r\n"), {"empty_text": 1}, id="blank"),
        pytest.param(file("in.txt", "a bulge \u00b0".encode("latin-1")), {}, id="other-encoding"),
        pytest.param(
            file("in.csv", b"report_id,text\n1,a\n1,b\n2,\n"), {"duplicate_id": 1, "empty_text": 1}, id="same-id"
        ),
        pytest.param(file("in.jsonl", b'{"text": "a"}\n{"text": \n[]\n'), {"bad_record": 2}, id="broken-lines"),
    ],
)
def test_what_cannot_be_read_is_a_reject_and_the_run_ends_well(
    make: Callable[[Path], Path], rejected: dict[str, int], tmp_path: Path
) -> None:
    result = call("run", make(tmp_path), "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert SECRET not in result.output
    assert (
        spinelink.read(tmp_path / "out", "rejects")["reason"].value_counts(sort=False).loc[lambda n: n > 0].to_dict()
        == rejected
    )
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert manifest["rejects"] == rejected
    assert manifest["records"]["read"] == manifest["records"]["reports"] + sum(rejected.values())


def test_every_reason_for_a_reject_is_declared(root: Path) -> None:
    code = "".join(p.read_text(encoding="utf-8") for p in (root / "pipeline/spinelink/stages/ingest").glob("*.py"))
    declared = {c.name: c.values for c in schemas.table("rejects").columns}["reason"]
    used = set(re.findall(r"reject\(\w+, \"(\w+)\"", code)) | set(re.findall(r"return \"(\w+)\", f?\"", code))
    assert {"no_text_column", "empty_text", "too_long"} <= used
    assert used <= set(declared)


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        pytest.param(["--column", "text"], 2, "'text' is not FIELD=NAME, as in text=report_body", id="column"),
        pytest.param(["--workers", "-1"], 2, "-1 is not in the range x>=0", id="workers"),
        pytest.param(["--column", "colour=x"], 10, "no field 'colour' for a column; fields are text, ", id="field"),
        pytest.param(["--encoding", "klingon"], 10, "encoding 'klingon' is no text encoding", id="encoding"),
        pytest.param(
            ["--format", "xlsx"],
            10,
            "no format 'xlsx'; formats are txt, csv, tsv, jsonl, json, parquet, hl7",
            id="format",
        ),
    ],
)
def test_option_that_cannot_work_is_told(
    options: list[str], code: int, message: str, report: Path, tmp_path: Path
) -> None:
    result = call("run", report, "--out", tmp_path / "out", *options)
    assert result.exit_code == code
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


def test_run_without_output_is_wrong_usage(report: Path) -> None:
    result = call("run", report)
    assert result.exit_code == 2
    assert "Missing option '--out'" in result.stderr


def test_folder_with_another_run_is_one_line_until_overwritten(report: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert call("run", report, "--out", out).exit_code == 0
    result = call("run", report, "--out", out, "--limit", "5")
    assert (result.exit_code, result.stdout) == (14, "")
    assert result.stderr == (
        f"Error: {out}: holds another run (other settings); give another --out, or --overwrite to start anew\n"
    )
    assert call("run", report, "--out", out, "--limit", "5", "--overwrite").exit_code == 0


def test_fault_of_a_lexicon_is_told_with_file_and_line(report: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "headings.tsv").write_text(
        "id\tterm\tcategory\tform\texample\nHDG-9999\tmine\tnowhere\tblock\tMINE: x\n"
    )
    result = call("run", report, "--out", tmp_path / "out", "--lexicons", tmp_path / "mine")
    assert result.exit_code == 11
    assert result.stderr.startswith("Error: headings.tsv:2: category 'nowhere' is none of exam, indication, ")


@pytest.mark.parametrize("table", ["findings", "rejects"])
def test_schema_prints_a_table(table: str) -> None:
    result = call("schema", table)
    assert (result.exit_code, result.stdout) == (0, schemas.markdown([table]))


def test_schema_prints_every_table() -> None:
    assert call("schema").stdout == schemas.markdown()


def test_schema_of_an_unknown_table_is_one_line() -> None:
    result = call("schema", "spines")
    assert (result.exit_code, result.stderr) == (
        10,
        f"Error: no table 'spines'; the tables are {', '.join(schemas.tables())}\n",
    )


def test_lexicons_check_counts_rows() -> None:
    result = call("lexicons", "check")
    assert result.exit_code == 0
    words = spinelink.lexicon.shipped()
    rows = sum(map(len, words.rows.values()))
    assert result.stdout == f"{len(words.rows)} files, {rows} rows, no fault; fingerprint {words.fingerprint}\n"


def test_lexicons_show_lists_files_and_rows() -> None:
    words = spinelink.lexicon.shipped()
    assert call("lexicons", "show").stdout == "".join(f"{name}\t{len(rows)}\n" for name, rows in words.rows.items())
    lines = call("lexicons", "show", "sides").stdout.splitlines()
    assert lines[0].split("\t") == ["id", "term", "value", "form", "attributes", "example", "enabled"]
    assert len(lines) == 1 + len(words.rows["sides"])


def test_lexicons_show_of_an_unknown_file_is_one_line() -> None:
    result = call("lexicons", "show", "spines")
    assert (result.exit_code, result.stdout) == (10, "")
    assert result.stderr.startswith("Error: no lexicon 'spines'; the lexicons are findings, ")


def test_lexicons_test_reads_every_example() -> None:
    result = call("lexicons", "test")
    assert (result.exit_code, result.stderr) == (0, "")
    rows = sum(map(len, spinelink.lexicon.shipped().rows.values()))
    assert result.stdout == f"{rows} examples, each shows its row at work\n"


HEADING = "id\tterm\tcategory\tform\texample\nHDG-9999\tmy reading\tfindings\tblock\t{}\n"
FINDING = "id\tterm\tvalue\tform\tattributes\texample\nFND-9999\tbulgy bit\tdisc_bulge\tnoun\t\t{}\n"


def test_lexicons_test_names_the_rows_whose_examples_do_not_show_them(tmp_path: Path) -> None:
    (tmp_path / "headings.tsv").write_text(HEADING.format("READING: normal."))
    (tmp_path / "findings.tsv").write_text(FINDING.format("Disc bulge at L4-L5."))
    result = call("lexicons", "test", "--lexicons", tmp_path)
    assert result.exit_code == 11
    assert "headings.tsv: HDG-9999: its example opens no section findings" in result.stderr
    assert "findings.tsv: FND-9999: its example names no disc_bulge by this row" in result.stderr
    (tmp_path / "headings.tsv").write_text(HEADING.format("MY READING: normal."))
    (tmp_path / "findings.tsv").write_text(FINDING.format("Bulgy bit at L4-L5."))
    assert call("lexicons", "test", "--lexicons", tmp_path).exit_code == 0


@pytest.fixture(scope="module")
def gold_run(gold: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over the reports of the gold corpus."""
    out = tmp_path_factory.mktemp("gold") / "out"
    assert call("run", gold / "reports.jsonl", "--out", out, "--quiet").exit_code == 0
    return out


def test_evaluate_prints_and_writes_the_figures(gold: Path, gold_run: Path, tmp_path: Path) -> None:
    options = ["--by", "type", "--json", str(tmp_path / "figures.json"), "--floor", "presence=0.5"]
    result = call("evaluate", gold / "gold.jsonl", gold_run, *options)
    assert (result.exit_code, result.stderr) == (0, "")
    figures = json.loads((tmp_path / "figures.json").read_text())
    for view in ("presence", "level", "graded", "strict"):
        (line,) = re.findall(rf"^findings {view} .*$", result.stdout, re.MULTILINE)
        assert f"{figures[view]:.3f}" in line
    assert "strict, by type" in result.stdout


def test_evaluate_fails_below_a_floor_after_printing_the_figures(gold: Path, gold_run: Path) -> None:
    result = call("evaluate", gold / "gold.jsonl", gold_run, "--floor", "strict=1.01")
    assert result.exit_code == 15
    assert "findings strict" in result.stdout
    assert re.fullmatch(r"Error: strict F1 \d\.\d{3} is below 1\.010\n", result.stderr)


@pytest.mark.parametrize("floor", ["strict", "strict=high"])
def test_floor_of_another_form_is_wrong_usage(floor: str, gold: Path, gold_run: Path) -> None:
    result = call("evaluate", gold / "gold.jsonl", gold_run, "--floor", floor)
    assert result.exit_code == 2
    assert "a floor is FIGURE=F1, as in strict=0.87" in result.stderr


def test_evaluate_of_a_folder_without_a_run_is_one_line(gold: Path, tmp_path: Path) -> None:
    result = call("evaluate", gold / "gold.jsonl", tmp_path)
    assert (result.exit_code, result.stdout) == (15, "")
    assert result.stderr == f"Error: {tmp_path}: holds no table 'findings'; is it the folder of a run?\n"


def test_inspect_shows_a_file_and_a_report_of_a_run_alike(report: Path, tmp_path: Path) -> None:
    call("run", report, "--out", tmp_path / "out")
    of_file, of_run = call("inspect", report), call("inspect", "report.txt", "--run", tmp_path / "out")
    assert of_file.exit_code == of_run.exit_code == 0
    assert of_file.stdout == of_run.stdout
    assert "central_canal_stenosis"[:9] in of_file.stdout


def test_inspect_shows_what_the_report_contradicts(tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    report.write_text(
        "FINDINGS:\nL4-L5: Left protrusion.\n\nIMPRESSION:\nRight protrusion at L4-L5.\n", encoding="utf-8"
    )
    shown = call("inspect", report).stdout
    assert "discrepancy: side" in shown
    assert "left disc protrusion at L4-L5" in shown


def test_inspect_of_nothing_is_one_line(tmp_path: Path) -> None:
    result = call("inspect", tmp_path / "none.txt")
    assert (result.exit_code, result.stdout) == (12, "")
    assert result.stderr.count("\n") == 1


def test_explain_names_the_rules_of_the_rows(report: Path, tmp_path: Path) -> None:
    call("run", report, "--out", tmp_path / "out")
    findings = spinelink.read(tmp_path / "out", "findings")
    result = call("explain", tmp_path / "out", "report.txt")
    assert result.exit_code == 0
    assert all(rule in result.stdout for rule in findings["rule_id"])
    one = call("explain", tmp_path / "out", "report.txt", "0")
    assert 0 < len(one.stdout) < len(result.stdout)


def test_explain_marks_the_words_of_each_value(report: Path, tmp_path: Path) -> None:
    call("run", report, "--out", tmp_path / "out")
    lines = process("explain", tmp_path / "out", "report.txt", "1").stdout.splitlines()
    assert "\x1b" not in "".join(lines)
    assert [line.rstrip() for line in lines[2:5]] == [
        "1  central_canal_stenosis L4-L5 moderate  present",
        "heading   \u2039level: L4-L5\u203a:",
        "sentence  Disc bulge with \u2039severity: moderate\u203a \u2039type: canal\u203a \u2039type: stenosis\u203a.",
    ]
    values = {line.split()[0]: re.split(r"\s{2,}", line.strip()) for line in lines[6:] if line[:1].strip()}
    assert values["level"][:5] == ["level", "L4-L5", "L4-L5", "of the heading in force", "LVL-01"]
    assert values["severity"][1:4] == ["moderate", "moderate", "stated in the sentence"]
    assert values["severity"][5] == "moderate (severities.tsv)"


def test_explain_gives_json_lines(report: Path, tmp_path: Path) -> None:
    call("run", report, "--out", tmp_path / "out")
    findings = spinelink.read(tmp_path / "out", "findings")
    rows = [json.loads(line) for line in call("explain", tmp_path / "out", "report.txt", "--jsonl").stdout.splitlines()]
    assert [row["finding_id"] for row in rows] == list(findings["finding_id"])
    words = [word for row in rows for value in row["values"] for word in value["words"]]
    assert words
    assert all(REPORT[word["start"] : word["end"]] == word["text"] for word in words)


@pytest.mark.parametrize("option", [(), ("--jsonl",)], ids=["lines", "jsonl"])
def test_explain_without_text_names_the_rules_alone(option: tuple[str, ...], report: Path, tmp_path: Path) -> None:
    call("run", report, "--out", tmp_path / "out", "--no-text")
    findings = spinelink.read(tmp_path / "out", "findings")
    shown = call("explain", tmp_path / "out", "report.txt", *option).stdout
    assert "made with --no-text" in shown
    assert all(rule in shown for rule in findings["rule_id"])
    assert "bulge with" not in shown


def test_explain_takes_the_lexicon_of_the_run(report: Path, tmp_path: Path) -> None:
    folder = tmp_path / "words"
    folder.mkdir()
    header = "id\tterm\tvalue\tform\tattributes\texample"
    (folder / "findings.tsv").write_text(
        f"{header}\nFND-9001\tdisc bulge with\tdisc_bulge\tnoun\t\tDisc bulge with pain.\n"
    )
    call("run", report, "--out", tmp_path / "out", "--lexicons", folder)
    shipped = call("explain", tmp_path / "out", "report.txt", "0").stdout
    assert "The run was made with another lexicon" in shipped
    assert "\u2039" not in shipped
    own = call("explain", tmp_path / "out", "report.txt", "0", "--lexicons", folder).stdout
    assert "\u2039type: Disc bulge with\u203a" in own
    assert "disc bulge with (findings.tsv)" in own


def test_explain_of_an_unknown_report_is_one_line(report: Path, tmp_path: Path) -> None:
    call("run", report, "--out", tmp_path / "out")
    result = call("explain", tmp_path / "out", "nobody")
    assert (result.exit_code, result.stdout) == (12, "")
    assert result.stderr == f"Error: {tmp_path / 'out'}: has no report 'nobody'\n"


def test_bug_is_one_line_with_its_place_and_without_its_words(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("spinelink.store.opened", fail)
    result = call("run", report, "--out", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (1, "")
    assert re.fullmatch(r"Error: RuntimeError at run\.py:\d+: a bug; please report this line\n", result.stderr)


def test_completion_of_the_shell_knows_commands_and_tables() -> None:
    done = process(_SPINELINK_COMPLETE="bash_complete", COMP_WORDS="spinelink sch", COMP_CWORD="1")
    assert done.stdout.split(",")[-1].strip() == "schema"
    done = process(_SPINELINK_COMPLETE="bash_complete", COMP_WORDS="spinelink schema meas", COMP_CWORD="2")
    assert done.stdout.split(",")[-1].strip() == "measurements"


def test_output_may_be_cut_short_by_its_reader() -> None:
    shell = f"{sys.executable} -m spinelink schema | head -n 1"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("## reports\n", "")
