"""Report text goes into tables and nowhere else, and not into these where it is left out: a planted word is looked for.

The word stands in texts of every kind and format, in every section; then everything is run, with every fault and at the
highest log level, and the word is looked for in what was printed, logged and written, in any form.
"""

from __future__ import annotations

import base64
import gzip
import json
import logging
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

import spinelink
from faults.bench import Starter, starter
from planting.archive import NUMERALS, WORD, archive, records, text_of
from planting.looking import columns_with_statistics, columns_with_word, files_with_word, holds
from spinelink import exports, schemas
from spinelink.cli import cli

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")

PLANTED = Path(__file__).resolve().parent / "planted"
PACKAGE = Path(spinelink.__file__).resolve().parents[1]
PATIENCE = 120.0
Logged = pytest.LogCaptureFixture
LIMIT = 3000
STAGES = (
    "sections", "sentences", "parse", "study", "resolve", "corrections", "statements", "discrepancies", "indication",
    "coding", "links", "grid", "appropriateness", "tabulate",
)  # fmt: skip
STEPS = {"ingest": "1", "cut": "1", "count": "2", "write": "1", "manifest": "1"}
"""Steps of a run that are no stage, and with how many workers they are broken."""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "base64"])
@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("spelled", [WORD, WORD.upper()])
def test_word_is_found_in_every_form(encoding: str, packed: bool, before: str, spelled: str) -> None:
    data = f"{before}{spelled} pain".encode(encoding)
    assert holds(base64.b64encode(data) if packed else data)
    other = f"{before}Zqxpaint pain".encode(encoding)
    assert not holds(base64.b64encode(other) if packed else other)


# Running everything


@dataclass(frozen=True)
class Ran:
    """A command that was run: what it printed, and the folders in which it may have left something."""

    code: int
    stdout: str
    stderr: str
    places: tuple[Path, ...]

    def leaks(self, *more: Path, stdout: bool = True) -> list[str]:
        """Return where the word stands outside the tables: printed, logged, or left in a folder."""
        printed = [("stderr", self.stderr), *([("stdout", self.stdout)] if stdout else [])]
        return [name for name, text in printed if holds(text.encode())] + files_with_word(*self.places, *more)


@dataclass
class Begun:
    """A command under way."""

    starter: Starter
    pid: int
    printed: tuple[Path, Path]
    places: tuple[Path, ...]
    code: int | None = None

    def poll(self) -> int | None:
        """Return its exit code, None while it runs."""
        if self.code is None:
            self.code = self.starter.ask(do="poll", pid=self.pid)
        return self.code

    def ended(self) -> Ran:
        """Return what it came to."""
        if self.code is None:
            self.code = self.starter.ask(do="wait", pid=self.pid)
        assert self.code is not None
        stdout, stderr = (path.read_text("utf-8") for path in self.printed)
        return Ran(self.code, stdout, stderr, self.places)


class Workshop:
    """A working folder, a folder for temporary files and a log, and what runs commands there."""

    def __init__(self, folder: Path, starter: Starter) -> None:
        self.folder = folder
        self.starter = starter
        self.places = made_places(folder)
        self._count = 0

    def start(self, *arguments: str | Path, fault: str = "") -> Begun:
        """Start the command line, free to leave core files until it forbids them."""
        self._count += 1
        printed = self.folder / f"stdout{self._count}", self.folder / f"stderr{self._count}"
        pid = self.starter.ask(
            do="begin", arguments=[str(argument) for argument in arguments], stdout=str(printed[0]),
            stderr=str(printed[1]), user=None, planted=variables(self.folder, fault),
        )  # fmt: skip
        return Begun(self.starter, pid, printed, self.places)

    def spinelink(self, *arguments: str | Path, fault: str = "") -> Ran:
        """Run the command line."""
        return self.start(*arguments, fault=fault).ended()


def made_places(folder: Path) -> tuple[Path, ...]:
    """Make the folders in which something may be left."""
    places = tuple(folder / name for name in ("cwd", "tmp", "log"))
    for place in places:
        place.mkdir()
    return places


def variables(folder: Path, fault: str = "") -> dict[str, str]:
    """Return the variables of what is run in a folder."""
    return {
        "PYTHONPATH": os.pathsep.join(map(str, (PLANTED, PACKAGE))), "PYTHONFAULTHANDLER": "1",
        "PYTHONWARNINGS": "default", "TMPDIR": str(folder / "tmp"), "PLANTED_FOLDER": str(folder / "cwd"),
        "PLANTED_LOG": str(folder / "log" / "all.log"), "PLANTED_FAULT": fault,
    }  # fmt: skip


def cores_allowed() -> None:
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


@pytest.fixture(scope="module")
def starting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    """A process that has compiled the lexicon, and starts what is run as forks of itself."""
    folder = tmp_path_factory.mktemp("starting")
    made_places(folder)
    (folder / "in.txt").write_text("FINDINGS: Normal.")
    before = resource.getrlimit(resource.RLIMIT_CORE)
    cores_allowed()
    with starter(folder / "in.txt", folder, {**os.environ, **variables(folder)}) as started:
        resource.setrlimit(resource.RLIMIT_CORE, before)
        yield started


@pytest.fixture
def workshop(tmp_path: Path, starting: Starter) -> Workshop:
    return Workshop(tmp_path, starting)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return archive(tmp_path_factory.mktemp("archive") / "in")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "key"
    path.write_bytes(bytes(range(100, 140)))
    path.chmod(0o600)
    return path


def run_of(source: Path, out: Path, *options: str | Path) -> list[str | Path]:
    return ["run", source, "--out", out, "--shard-size", "5", "--batch-size", "2", "--max-chars", str(LIMIT), *options]


@pytest.fixture(scope="module")
def plain(starting: Starter, source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Path]:
    """A run that shows all it may."""
    folder = tmp_path_factory.mktemp("plain")
    ran = Workshop(folder, starting).spinelink(*run_of(source, folder / "out", "--with-people"))
    return ran, folder / "out"


TEXT_COLUMNS = {
    (table.name, column.name) for table in schemas.tables().values() for column in table.columns
    if column.content == "text"
}  # fmt: skip


def test_archive_is_read_and_holds_what_cannot_be(plain: tuple[Ran, Path]) -> None:
    ran, out = plain
    assert ran.code == 0
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert manifest["records"]["reports"] == 57
    assert set(manifest["rejects"]) >= {
        "bad_record", "deep_json", "duplicate_id", "empty_text", "encapsulated_document", "no_report", "no_text_column",
        "not_text", "path_outside", "rtf_text", "superseded", "too_long", "truncated", "unreadable",
    }  # fmt: skip


def test_word_stands_in_columns_of_text_and_in_no_others(plain: tuple[Ran, Path]) -> None:
    _, out = plain
    assert columns_with_word(out) == (TEXT_COLUMNS - {("findings", "severity_text")}) | {("reports", "exam")}
    assert columns_with_statistics(out) <= TEXT_COLUMNS | {("reports", "exam")}


def test_word_stands_nowhere_beside_the_tables(plain: tuple[Ran, Path]) -> None:
    ran, out = plain
    textless = [
        out / name for name in schemas.tables() if not any(name == t for t, _ in {*TEXT_COLUMNS, ("reports", "")})
    ]
    assert len(textless) == 7
    assert ran.leaks(out / "manifest.json", out / "_shards", *textless) == []
    assert (ran.places[2] / "all.log").stat().st_size > 0


@pytest.mark.parametrize("protection", ["no-text", "deidentify"])
def test_word_stands_nowhere_in_a_run_without_text(
    protection: str, source: Path, key: Path, workshop: Workshop
) -> None:
    out = workshop.folder / "out"
    option: list[str | Path] = ["--no-text"] if protection == "no-text" else ["--deidentify", key]
    ran = workshop.spinelink(*run_of(source, out, "--with-people", *option))
    assert ran.code == 0
    assert ran.leaks(out) == []
    assert columns_with_word(out) == set()
    assert len(pq.read_table(out / "findings")) > 50
    checked = CliRunner().invoke(cli, ["redact-check", str(out)])
    assert (checked.exit_code, checked.stderr) == (0, "")


# Faults


def faulty(folder: Path) -> Path:
    """Write one report for each stage, which raises an error that quotes it."""
    path = folder / "faulty.jsonl"
    lines = [{"id": stage, "text": text_of(stage, f" fault:{stage}.")} for stage in STAGES]
    path.write_text("".join(json.dumps(line) + "\n" for line in [*lines, *records("fine")]))
    return path


@pytest.mark.parametrize("option", ["--no-text", "--quiet"])
def test_stage_that_raises_tells_its_place_alone(option: str, workshop: Workshop) -> None:
    out = workshop.folder / "out"
    source = faulty(workshop.folder)
    ran = workshop.spinelink(*run_of(source, out, option), fault="stages")
    assert ran.code == 0
    assert ran.leaks(out / "manifest.json", out / "_shards", out / "rejects", out / "links") == []
    rejects = pq.read_table(out / "rejects").to_pylist()
    assert [(row["report_id"], row["reason"]) for row in rejects] == [(stage, "failed") for stage in STAGES]
    assert {row["detail"].split(" at ")[0] for row in rejects} == {"RuntimeError"}
    assert ran.stderr.count("\n") == 1
    if option == "--no-text":
        assert columns_with_word(out) == set()


@pytest.mark.parametrize(("step", "workers"), STEPS.items())
def test_step_that_raises_is_one_line_with_its_place_alone(step: str, workers: str, workshop: Workshop) -> None:
    out = workshop.folder / "out"
    source = faulty(workshop.folder)
    ran = workshop.spinelink(*run_of(source, out, "--workers", workers), fault=step)
    assert ran.code == 1
    assert ran.leaks() == []
    kept = [path for path in (out / "manifest.json", out / "_shards") if path.exists()]
    assert files_with_word(*kept) == []
    assert ran.stderr.startswith("Error: RuntimeError at ")
    assert ran.stderr.count("\n") == 1


def long_archive(folder: Path) -> Path:
    path = folder / "long.jsonl"
    with path.open("w") as file:
        for n in range(40):
            file.write(json.dumps({"report_id": n, "text": text_of(f"{NUMERALS[n % 10]} {chr(65 + n // 10)}")}) + "\n")
    return path


def under_way(process: Begun, out: Path) -> None:
    """Wait for the first finished shard."""
    until = time.monotonic() + PATIENCE
    while not list((out / "_shards").glob("[0-9]*.json")):
        assert process.poll() is None, "the run ended too early to be disturbed"
        assert time.monotonic() < until, "nothing came of the run"
        time.sleep(0.005)


def workers_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return [child for child, line in lines.items() if b"spawn_main" in line and b"resource_tracker" not in line]


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="processes are looked at as Linux shows them")
@pytest.mark.parametrize(
    ("sent", "of_worker"),
    [
        pytest.param(signal.SIGKILL, False, id="killed"),
        pytest.param(signal.SIGABRT, False, id="aborted"),
        pytest.param(signal.SIGSEGV, True, id="worker-that-crashes"),
    ],
)
def test_process_that_dies_leaves_no_word(sent: signal.Signals, of_worker: bool, workshop: Workshop) -> None:
    out = workshop.folder / "out"
    command = run_of(long_archive(workshop.folder), out, "--no-text", "--workers", "2" if of_worker else "1")
    process = workshop.start(*command)
    under_way(process, out)
    victim = workers_of(process.pid)[0] if of_worker else process.pid
    limits = Path(f"/proc/{victim}/limits").read_text()
    os.kill(victim, sent)
    ran = process.ended()
    assert ran.code == (16 if of_worker else -sent)
    [line] = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert line.split()[4] == "1"
    assert list((workshop.folder / "cwd").iterdir()) == []
    assert ran.leaks(out) == []
    if sent == signal.SIGKILL:
        again = workshop.spinelink(*command)
        assert again.code == 0
        assert again.leaks(out) == []
        assert columns_with_word(out) == set()


def test_crash_of_a_process_that_forbids_nothing_leaves_a_core_file(tmp_path: Path) -> None:
    pattern = Path("/proc/sys/kernel/core_pattern")
    if not pattern.exists() or pattern.read_text().strip() != "core":
        pytest.skip("core files do not go into the working folder here")
    command = [sys.executable, "-c", "import os; os.abort()"]
    done = subprocess.run(command, cwd=tmp_path, preexec_fn=cores_allowed, stderr=subprocess.DEVNULL)
    assert done.returncode == -signal.SIGABRT
    assert [file.name for file in tmp_path.iterdir()] != []


# Other commands


@pytest.fixture(scope="module")
def made(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with text, for the commands that read one."""
    folder = tmp_path_factory.mktemp("made")
    result = CliRunner().invoke(cli, [str(argument) for argument in run_of(source, folder / "out")])
    assert result.exit_code == 0
    return folder / "out"


COMMANDS = [
    pytest.param(["audit", "DIR", "--min-cell", "0"], 0, True, id="audit"),
    pytest.param(["audit", "DIR", "--by", "exam_of_mine"], 10, True, id="audit-by-no-column"),
    pytest.param(["redact-check", "DIR"], 0, True, id="redact-check"),
    pytest.param(["redact-check", "DIR", "--json"], 0, True, id="redact-check-json"),
    pytest.param(["evaluate", "GOLD", "DIR"], 0, True, id="evaluate"),
    pytest.param(["evaluate", "BROKEN", "DIR"], 15, True, id="evaluate-broken-gold"),
    pytest.param(["explain", "DIR", "csv-one"], 0, False, id="explain"),
    pytest.param(["explain", "DIR", "csv-one", "--jsonl"], 0, False, id="explain-jsonl"),
    pytest.param(["explain", "DIR", "csv-one", "999"], 12, True, id="explain-no-finding"),
    pytest.param(["explain", "DIR", "nobody"], 12, True, id="explain-no-report"),
    pytest.param(["inspect", "csv-one", "--run", "DIR"], 0, False, id="inspect"),
    pytest.param(["inspect", "nobody", "--run", "DIR"], 12, True, id="inspect-no-report"),
    pytest.param(["inspect", "SOURCE/nul.txt"], 12, True, id="inspect-file-that-is-no-text"),
    pytest.param(["inspect", "SOURCE/broken.jsonl"], 12, True, id="inspect-broken-file"),
    pytest.param(["inspect", "SOURCE/headless.csv"], 12, True, id="inspect-file-without-header"),
    pytest.param(["run", "SOURCE/headless.csv", "--out", "OUT"], 12, True, id="run-without-header"),
    pytest.param(["run", "SOURCE", "--out", "OUT", "--codes", "SOURCE/headless.csv"], 12, True, id="codes-of-reports"),
    pytest.param(["run", "SOURCE", "--out", "DIR"], 14, True, id="another-run"),
    pytest.param(["run", "SOURCE", "--out", "OUT", "--lexicons", "WORDS"], 11, True, id="reports-for-a-lexicon"),
    pytest.param(["lexicons", "check", "--lexicons", "WORDS"], 11, True, id="lexicon-of-reports"),
    pytest.param(["lexicons", "test", "--lexicons", "WORDS"], 11, True, id="lexicon-test-of-reports"),
    pytest.param(["evaluate", "SOURCE/e.jsonl", "DIR"], 15, True, id="evaluate-reports"),
    pytest.param(["evaluate", "GOLD", "SOURCE"], 15, True, id="evaluate-no-run"),
    pytest.param(["audit", "DIR", "--lexicons", "WORDS"], 11, True, id="audit-lexicon-of-reports"),
    pytest.param(["explain", "DIR", "csv-one", "--lexicons", "WORDS"], 11, True, id="explain-lexicon-of-reports"),
    pytest.param(["export", "omop", "DIR", "--out", "GOLD"], 14, True, id="export-to-a-file"),
    pytest.param(["export", "csv", "SOURCE", "--out", "OUT"], 14, True, id="export-of-no-run"),
    pytest.param(["export", "rsna", "DIR", "--out", "OUT", "--bom"], 10, True, id="export-option-of-another"),
]


@pytest.mark.parametrize(("arguments", "code", "silent"), COMMANDS)
def test_command_prints_the_word_only_where_it_shows_a_report(
    arguments: list[str], code: int, silent: bool, made: Path, source: Path, tmp_path: Path, caplog: Logged
) -> None:
    gold = {
        "report_id": "csv-one",
        "text": text_of("gold"),
        "findings": [],
        "symptoms": [],
        "red_flags": [],
        "care": [],
    }
    (tmp_path / "gold.jsonl").write_text(json.dumps(gold) + "\n")
    (tmp_path / "broken.jsonl").write_text(f'{{"report_id": "csv-one", "text": "{WORD}')
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "findings.tsv").write_text(f"{WORD} pain\tMild {WORD} bulge\n{WORD}\t{WORD}\n")
    places = {
        "DIR": made, "SOURCE": source, "OUT": tmp_path / "out", "GOLD": tmp_path / "gold.jsonl",
        "BROKEN": tmp_path / "broken.jsonl", "WORDS": tmp_path / "words",
    }  # fmt: skip
    given = [str(places.get(head, head)) + rest for head, rest in map(split_place, arguments)]
    result = in_process(caplog, *given)
    assert result.exit_code == code, result.stderr
    assert not holds((result.stderr + caplog.text).encode())
    assert holds(result.stdout.encode()) is not silent


def in_process(caplog: Logged, *arguments: str | Path) -> Result:
    """Run the command line in this process, with everything logged."""
    caplog.set_level(logging.DEBUG)
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def split_place(argument: str) -> tuple[str, str]:
    head, slash, rest = argument.partition("/")
    return head, slash + rest


def left(folder: Path) -> list[str]:
    """Return the files of an export that hold the word; compressed ones and databases are looked into."""
    found = []
    for file in sorted(path for path in [folder, *folder.rglob("*")] if path.is_file()):
        data = file.read_bytes()
        if file.suffix == ".duckdb":
            import duckdb

            with duckdb.connect(str(file), read_only=True) as database:
                names = [
                    name for (name,) in database.execute("SELECT table_name FROM information_schema.tables").fetchall()
                ]
                data += repr([database.execute(f'SELECT * FROM "{name}"').fetchall() for name in names]).encode()
        if holds(gzip.decompress(data) if file.suffix == ".gz" else data):
            found.append(file.name)
    return found


QUOTING = {"omop": True, "rsna": False, "fhir": True, "csv": True, "duckdb": True}
"""The forms of export, and whether they quote reports."""


@pytest.mark.parametrize("form", exports.FORMS)
def test_export_quotes_reports_in_its_files_and_nowhere_else(
    form: str, made: Path, tmp_path: Path, caplog: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    if form == "duckdb":
        pytest.importorskip("duckdb")
    temporary, ending = tmp_path / "tmp", {"rsna": ".csv", "fhir": ".ndjson.gz", "duckdb": ".duckdb"}.get(form, "")
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    for name, options in (("with", []), ("without", ["--no-text"])):
        out = tmp_path / f"{name}{ending}"
        result = in_process(caplog, "export", form, made, "--out", out, *options)
        assert (result.exit_code, result.stderr) == (0, "")
        assert not holds((result.stdout + caplog.text).encode())
        assert (left(out) != []) is (QUOTING[form] and name == "with")
    assert list(temporary.iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"tmp", f"with{ending}", f"without{ending}"}


def test_export_of_a_run_without_text_quotes_nothing(source: Path, key: Path, tmp_path: Path, caplog: Logged) -> None:
    run = run_of(source / "c.csv", tmp_path / "run")
    assert in_process(caplog, *run, "--deidentify", key).exit_code == 0
    for form in exports.FORMS:
        result = in_process(caplog, "export", form, tmp_path / "run", "--out", tmp_path / form)
        assert result.exit_code == 0, result.stderr
        assert left(tmp_path / form) == []


@pytest.mark.parametrize("command", ["audit", "redact-check", "explain", "inspect", "evaluate", *exports.FORMS])
def test_part_that_cannot_be_read_is_told_without_its_bytes(
    command: str, made: Path, tmp_path: Path, caplog: Logged
) -> None:
    out = Path(shutil.copytree(made, tmp_path / "damaged"))
    for name in ("audit", "findings", "levels"):
        part = out / name / "part-00000.parquet"
        part.write_bytes(WORD.encode() * 100)
    (tmp_path / "gold.jsonl").write_text('{"report_id": "csv-one", "findings": [], "symptoms": []}\n')
    arguments: Mapping[str, list[str | Path]] = {
        "explain": ["explain", out, "csv-one"], "inspect": ["inspect", "csv-one", "--run", out],
        "evaluate": ["evaluate", tmp_path / "gold.jsonl", out],
        **{form: ["export", form, out, "--out", tmp_path / "export"] for form in exports.FORMS},
    }  # fmt: skip
    result = in_process(caplog, *arguments.get(command, [command, out]))
    assert result.exit_code != 0
    assert not holds((result.output + caplog.text).encode())
    assert result.stderr.count("\n") == 1


COMPONENT = """
import sys
import spacy
from spinelink import lexicon
from spinelink.component import context_rules, section_rules, target_rules
nlp = spacy.blank("en")
nlp.add_pipe("spinelink", config={"exam": "MRI lumbar spine"})
docs = list(nlp.pipe([sys.stdin.read()] * 2))
words = lexicon.shipped()
rules = [*context_rules(words), *section_rules(words), *target_rules(words)]
print(len(docs[0].spans["spinelink"]), len(rules) > 100)
"""


def test_component_logs_nothing_of_a_text(tmp_path: Path) -> None:
    pytest.importorskip("medspacy")
    places = made_places(tmp_path)
    process = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "ignore", "-c", COMPONENT], input=text_of("component"), text=True,
        cwd=places[0], env={**os.environ, **variables(tmp_path), "PYTHONWARNINGS": "ignore"}, capture_output=True,
    )  # fmt: skip
    ran = Ran(process.returncode, process.stdout, process.stderr, places)
    assert ran.code == 0, ran.stderr
    found, rules = ran.stdout.split()
    assert (int(found) > 3, rules) == (True, "True")
    assert ran.leaks() == []
