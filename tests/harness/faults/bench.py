"""Where runs are harmed: an archive, what an undisturbed run makes of it, and processes that run it."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from dresses.fhir import as_bulk, as_ndjson
from dresses.hl7 import DRESSES, as_hl7, file_of
from planting.archive import WORD
from planting.looking import files_with_word

PLANTED = Path(__file__).resolve().parents[2] / "planted"
SHARD = 10
PATIENCE = 180.0
NOBODY = 65534
_TICK = 0.002


class FaultError(AssertionError):
    """A run that did not survive what was done to it."""


class Undone(Exception):
    """A fault that could not be done here; the message says why."""


def contents(out: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a run, without files that are hidden."""
    files = (file for file in out.rglob("*") if file.is_file() and not file.name.startswith("."))
    return {file.relative_to(out).as_posix(): file.read_bytes() for file in files}


def marks(out: Path) -> list[Path]:
    """Return the marks of finished shards."""
    return sorted((out / "_shards").glob("[0-9]*.json"))


def rows(out: Path) -> int:
    """Return the rows of all tables."""
    return sum(pq.read_metadata(part).num_rows for part in out.glob("*/part-*.parquet"))


def workers_of(pid: int) -> list[int]:
    """Return the worker processes of a run."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    except OSError:
        return []
    return [child for child, line in lines.items() if b"spawn_main" in line and b"resource_tracker" not in line]


@dataclass(frozen=True)
class Archive:
    """A folder of reports in several files; `names` are these in reading order, `records` how many they hold."""

    path: Path
    names: tuple[str, ...]
    records: int


def made_archive(folder: Path, gold: Path, size: int) -> Archive:
    """Make an archive of the gold reports, each again and again under other ids: JSON lines, gz, CSV, text, HL7, FHIR.

    A word is planted in their texts.
    """
    folder.mkdir()
    texts = [str(json.loads(line)["text"]) for line in (gold / "reports.jsonl").read_text("utf-8").splitlines()]
    made: list[dict[str, Any]] = [
        {"report_id": f"r{n}", "text": f"{texts[n % len(texts)]}\nMild {WORD} disc bulge. Read under number {n}."}
        for n in range(size)
    ]
    made[size // 2]["text"] = " "  # one that is rejected
    part = size // 5
    lines = [json.dumps(record) + "\n" for record in made]
    (folder / "a.jsonl").write_text("".join(lines[:part]), "utf-8")
    (folder / "b.jsonl.gz").write_bytes(gzip.compress("".join(lines[part : 2 * part]).encode(), mtime=0))
    with (folder / "c.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["report_id", "text"])
        writer.writeheader()
        writer.writerows(made[2 * part : 3 * part])
    for n in range(5):
        (folder / f"d{n}.txt").write_text(made[3 * part + n]["text"], "utf-8")
    (folder / "e.jsonl").write_text("".join(lines[3 * part + 5 : -2 * EXCHANGED]), "utf-8")
    chance = random.Random(size)
    messages = [as_hl7(report, DRESSES["lines"], chance) for report in made[-2 * EXCHANGED : -EXCHANGED]]
    (folder / "f.hl7").write_bytes(file_of(messages, DRESSES["lines"]))
    known = {"patient_id": "7", "sex": "F", "age": 60, "study_date": "2024-05-05", "reason": f"Left leg {WORD} pain"}
    for name, resources in as_bulk([report | known for report in made[-EXCHANGED:]], "plain", chance).items():
        (folder / name).write_text(as_ndjson(resources), "utf-8")
    return Archive(folder, tuple(sorted(path.name for path in folder.iterdir())), size)


EXCHANGED = 4
"""Reports in each form of exchange."""


@dataclass
class Starter:
    """A process that starts runs as forks of itself."""

    process: subprocess.Popen[str]

    def ask(self, **request: Any) -> Any:
        """Return its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def starter(archive: Path, folder: Path, environment: Mapping[str, str], *options: str) -> Iterator[Starter]:
    """Start a process that has run an archive once, and then starts runs."""
    command = [sys.executable, *options, str(Path(__file__).with_name("zygote.py")), str(archive), str(folder)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, cwd=folder / "cwd", env=environment, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if json.loads(process.stdout.readline() or "null") != "ready":
                raise FaultError("the process that starts runs did not come up")
            yield Starter(process)
        finally:
            process.stdin.close()


@dataclass
class Process:
    """A run under way."""

    bench: Bench
    pid: int
    stdout: Path
    stderr: Path
    code: int | None = None

    def running(self) -> bool:
        """Return whether it has not ended."""
        if self.code is None:
            self.code = self.bench.zygote.ask(do="poll", pid=self.pid)
        return self.code is None

    def wait(self) -> int:
        """Wait for its end and return its exit code, negative for a signal."""
        if self.code is None:
            self.code = self.bench.zygote.ask(do="wait", pid=self.pid)
        assert self.code is not None
        return self.code

    def send(self, number: int) -> None:
        """Send it a signal."""
        if self.running():
            os.kill(self.pid, number)

    def until(self, what: Callable[[], object]) -> bool:
        """Wait until something is so; return whether it came to be before the end."""
        end = time.monotonic() + PATIENCE
        while not what():
            if not self.running():
                return False
            if time.monotonic() > end:
                raise FaultError("nothing came of the run")
            time.sleep(_TICK)
        return True

    @contextmanager
    def halted(self) -> Iterator[None]:
        """Hold it still while something is done to its files."""
        self.send(signal.SIGSTOP)
        try:
            yield
        finally:
            self.send(signal.SIGCONT)

    def said(self) -> str:
        """Return what it wrote to stderr."""
        return self.stderr.read_text("utf-8")


@dataclass
class Bench:
    """An archive, the files that an undisturbed run makes of it, and a process that starts runs."""

    folder: Path
    archive: Archive
    zygote: Starter
    whole: dict[str, bytes] = field(default_factory=dict)
    whole_rows: int = 0
    seconds: float = 0.0
    _count: int = 0

    @property
    def places(self) -> tuple[Path, ...]:
        """Where logs, temporary files and core files would be."""
        return tuple(self.folder / name for name in ("log", "tmp", "cwd"))

    def arguments(self, out: Path, *options: str) -> list[str]:
        """Return the arguments of a run in small shards."""
        run = ["run", str(self.archive.path), "--out", str(out), "--shard-size", str(SHARD), "--batch-size", "3"]
        return [*run, *options]

    def start(self, out: Path, *options: str, user: int | None = None) -> Process:
        """Start a run into a folder."""
        self._count += 1
        paths = [self.folder / f"{self._count}.{name}" for name in ("stdout", "stderr")]
        for path in paths:
            path.touch()
            path.chmod(0o666)
        names = {"stdout": str(paths[0]), "stderr": str(paths[1])}
        pid = self.zygote.ask(do="begin", arguments=self.arguments(out, *options), user=user, **names)
        return Process(self, pid, paths[0], paths[1])

    def finish(self, out: Path, *options: str, user: int | None = None) -> Process:
        """Run into a folder to the end."""
        process = self.start(out, *options, user=user)
        process.wait()
        return process

    def fresh(self, name: str = "out") -> Path:
        """Return a folder that is not there yet."""
        self._count += 1
        return self.folder / f"{name}{self._count}"

    def settled(self, out: Path, user: int | None = None) -> int:
        """End the run with the same command, compare it, and return the rows that were lost: none.

        Raises FaultError where the command does not end it, or not with the files of an undisturbed run.
        """
        process = self.finish(out, user=user)
        if process.code != 0:
            raise FaultError(f"the same command ended with {process.code}: {process.said().strip()}")
        manifest = json.loads((out / "manifest.json").read_bytes())
        counts = manifest["records"]
        if not counts["read"] == counts["reports"] + counts["rejects"] == self.archive.records:
            raise FaultError(f"records in and out differ: {counts}")
        found = contents(out)
        if found != self.whole:
            differing = sorted(name for name in found.keys() | self.whole if found.get(name) != self.whole.get(name))
            raise FaultError(f"{len(differing)} files differ from an undisturbed run, the first {differing[0]}")
        self.check_words(out)
        lost = abs(self.whole_rows - rows(out))
        shutil.rmtree(out)
        return lost

    def check_words(self, out: Path) -> None:
        """Raise FaultError where report text stands in what was said, logged or left, or in manifest and marks, and
        where a core file was left.

        What was said so far is deleted.
        """
        said = [path for name in ("stdout", "stderr") for path in self.folder.glob(f"*.{name}")]
        found = files_with_word(*self.places, out / "manifest.json", out / "_shards", *said)
        if found:
            raise FaultError(f"report text stands in {', '.join(found)}")
        if left := [path.name for path in self.places[-1].iterdir()]:
            raise FaultError(f"left behind: {', '.join(left)}")
        for path in said:
            path.unlink()

    def moment(self, random_: random.Random) -> float:
        """Return a moment within a run, in seconds from its start."""
        return random_.uniform(0.0, 1.1 * self.seconds)


@contextmanager
def opened(folder: Path, gold: Path, size: int = 120) -> Iterator[Bench]:
    """Make an archive, run it once undisturbed and give the place where it can be disturbed."""
    archive = made_archive(folder / "archive", gold, size)
    for path in (folder, archive.path, *archive.path.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    for name in ("log", "tmp", "cwd"):
        (folder / name).mkdir()
        (folder / name).chmod(0o777)
    (folder / "log" / "all.log").touch()
    (folder / "log" / "all.log").chmod(0o666)
    environment = {
        **os.environ, "TMPDIR": str(folder / "tmp"), "PLANTED_LOG": str(folder / "log" / "all.log"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PLANTED), os.environ.get("PYTHONPATH")])),
    }  # fmt: skip
    with starter(archive.path, folder, environment, "-W", "ignore") as zygote:
        bench = Bench(folder, archive, zygote)
        began = time.monotonic()
        process = bench.finish(bench.folder / "whole")
        bench.seconds = time.monotonic() - began
        if process.code != 0:
            raise FaultError(f"the undisturbed run ended with {process.code}: {process.said().strip()}")
        bench.whole, bench.whole_rows = contents(bench.folder / "whole"), rows(bench.folder / "whole")
        yield bench
