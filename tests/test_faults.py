"""Real faults on real processes: whatever happens to a run, what was finished stays, and the same command ends it.

Each fault of `faults.kinds` is done once here, and kills ten times; `make faults` does them many times over.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults import bench, kinds
from faults.bench import Bench, contents, marks

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals, mounts and /proc of Linux")


@pytest.fixture(scope="module")
def place(root: Path) -> Iterator[Bench]:
    """An archive, what an undisturbed run makes of it, and a process that starts runs."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder, bench.opened(Path(folder), root / "corpora" / "gold", 60) as opened:
        yield opened


def survived(fault: kinds.Fault, place: Bench, seed: int) -> None:
    """Do a fault; the run it is done to loses no row."""
    try:
        assert fault(place, random.Random(f"{fault.__name__} {seed}")) == 0
    except bench.Undone as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("seed", range(8))
def test_run_that_was_killed_goes_on_to_the_same_bytes(seed: int, place: Bench) -> None:
    survived(kinds.killed, place, seed)


@pytest.mark.parametrize(
    "fault", [kinds.killed_with_workers, kinds.worker_killed, *kinds.OTHERS], ids=lambda fault: fault.__name__
)
def test_same_command_ends_a_run_after(fault: kinds.Fault, place: Bench) -> None:
    survived(fault, place, 0)


@pytest.mark.parametrize(
    "fault", [kinds.manifest_damaged, kinds.mark_damaged, kinds.shard_damaged, kinds.input_vanishes]
)
@pytest.mark.parametrize("seed", range(1, 4))
def test_same_command_mends(fault: kinds.Fault, seed: int, place: Bench) -> None:
    survived(fault, place, seed)


def test_every_fault_is_counted() -> None:
    """No fault of the module is left out of the suite."""
    listed = {fault for fault, _ in kinds.KILLS.values()} | set(kinds.OTHERS)
    named = {
        value
        for name, value in vars(kinds).items()
        if callable(value) and getattr(value, "__annotations__", {}).get("chance") and not name.startswith("_")
    }
    assert named - listed == {kinds.begun}


def test_finished_shards_are_kept(place: Bench) -> None:
    out = place.fresh()
    process = place.start(out)
    process.until(lambda: len(marks(out)) >= 2)
    process.send(signal.SIGKILL)
    process.wait()
    kept = len(marks(out))
    again = place.finish(out)
    assert f"Note: {kept} of {len(marks(out))} shards were finished before and were kept\n" in again.said()


@pytest.mark.parametrize(
    ("number", "code", "line"),
    [
        (signal.SIGINT, 130, "Interrupted. The same command goes on from the last finished shard of a run.\n"),
        (signal.SIGTERM, 143, "Stopped. The same command goes on from the last finished shard of a run.\n"),
    ],
)
def test_signal_is_one_line(number: int, code: int, line: str, place: Bench) -> None:
    out = place.fresh()
    process = place.start(out)
    process.until(lambda: marks(out))
    process.send(number)
    assert (process.wait(), process.said(), process.stdout.read_text()) == (code, line, "")


def test_worker_that_dies_is_one_line(place: Bench) -> None:
    out = place.fresh()
    process = place.start(out, "--workers", "2")
    process.until(lambda: bench.workers_of(process.pid))
    time.sleep(0.1)  # it dies while it starts, before it has read what it is to do
    os.kill(bench.workers_of(process.pid)[0], signal.SIGKILL)
    assert process.wait() == 16
    assert process.said() == (
        "Error: a worker process died (memory may have run out): finished shards are kept, and the same command goes "
        "on from there; try fewer --workers\n"
    )


def test_input_that_was_away_is_read_when_it_is_back(place: Bench) -> None:
    """A run that ended without an input says so, and is no finished one: the same command reads it."""
    out = place.fresh()
    file, away = place.archive.path / "e.jsonl", place.folder / "away"
    process = place.start(out)
    process.until(lambda: marks(out))
    with process.halted():
        file.rename(away)
    assert process.wait() == 0
    assert b'"changed": [\n   "e.jsonl"\n  ]' in (out / "manifest.json").read_bytes()
    away.rename(file)
    assert place.finish(out).code == 0
    assert contents(out) == place.whole


@pytest.mark.parametrize(
    ("where", "message"),
    [
        pytest.param("file", "is a file, not a folder; give another --out", id="file"),
        pytest.param("file/out", "cannot be written (Not a directory)", id="below-a-file"),
        pytest.param("/proc/out", "cannot be written (No such file or directory)", id="read-only-system"),
    ],
)
def test_output_that_cannot_be_written_is_one_line(where: str, message: str, place: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    out = tmp_path / where
    done = place.finish(out)
    assert (done.code, done.stdout.read_text(), done.said()) == (14, "", f"Error: {out}: {message}\n")
