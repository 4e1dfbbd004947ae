"""Real faults on real processes: whatever happens to a run, what was finished stays, and the same command ends it."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and mounts of POSIX")

SHARD = 10
PATIENCE = 120.0


def command(source: Path, out: Path, *options: str) -> list[str]:
    """Return the command line of a run in small shards."""
    run = [sys.executable, "-m", "spinelink", "run", str(source), "--out", str(out)]
    return [*run, "--shard-size", str(SHARD), "--batch-size", "3", *options]


def finished(*arguments: str | Path, before: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [str(a) for a in arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, preexec_fn=before
    )


def contents(path: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a run but its lock."""
    files = (file for file in path.rglob("*") if file.is_file() and file.name != ".lock")
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


def marks(out: Path) -> list[Path]:
    return sorted((out / "_shards").glob("[0-9]*.json"))


def state(out: Path) -> str:
    return str(json.loads((out / "manifest.json").read_bytes())["state"])


def wait_for(what: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait until something is so; fail where the process ends before."""
    until = time.monotonic() + PATIENCE
    while not what():
        assert process.poll() is None, "the run ended too early to be disturbed"
        assert time.monotonic() < until, "nothing came of the run"
        time.sleep(0.005)


def workers_of(pid: int) -> list[int]:
    """Return the worker processes of a run."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return [child for child, line in lines.items() if b"spawn_main" in line and b"resource_tracker" not in line]


@pytest.fixture(scope="module")
def source(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of 300 reports: the gold corpus again and again, each time under other ids."""
    lines = (root / "corpora" / "gold" / "reports.jsonl").read_text(encoding="utf-8").splitlines()
    gold = [json.loads(line) for line in lines]
    path = tmp_path_factory.mktemp("archive") / "archive.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for n in range(300):
            record = gold[n % len(gold)]
            text = f"{record['text']}\nRead under number {n}."
            file.write(json.dumps({**record, "report_id": f"{record['report_id']}-{n}", "text": text}) + "\n")
    return path


@pytest.fixture(scope="module")
def whole(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a run by one worker that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole") / "out"
    done = finished(*command(source, out, "--batch-size", "7"))
    assert (done.returncode, done.stderr) == (0, "")
    return contents(out)


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """A function that starts a process, which does not outlive its test."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(arguments, text=True, **pipes))  # type: ignore[call-overload]
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def test_two_workers_give_the_bytes_of_one(source: Path, whole: dict[str, bytes], tmp_path: Path) -> None:
    done = finished(*command(source, tmp_path / "out", "--workers", "2"))
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(tmp_path / "out") == whole


@pytest.mark.parametrize("workers", ["1", "2"])
def test_run_that_was_killed_goes_on_to_the_same_bytes(
    workers: str, source: Path, whole: dict[str, bytes], tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    run = command(source, tmp_path / "out", "--workers", workers)
    process = start(*run)
    wait_for(lambda: len(marks(tmp_path / "out")) >= 3, process)
    children = workers_of(process.pid)
    process.kill()
    process.wait()
    kept = len(marks(tmp_path / "out"))
    assert state(tmp_path / "out") == "unfinished"
    assert len(children) == (2 if workers == "2" else 0)
    until = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < until:
        time.sleep(0.02)
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []
    again = finished(*run)
    assert again.returncode == 0
    assert again.stderr == f"Note: {kept} of 30 shards were finished before and were kept\n"
    assert contents(tmp_path / "out") == whole


@pytest.mark.parametrize("workers", ["1", "2"])
def test_interrupt_is_one_line_and_the_run_goes_on(
    workers: str, source: Path, whole: dict[str, bytes], tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    run = command(source, tmp_path / "out", "--workers", workers)
    process = start(*run)
    wait_for(lambda: marks(tmp_path / "out"), process)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate()
    assert process.returncode == 130
    assert stdout == ""
    assert stderr == "Interrupted. The same command goes on from the last finished shard of a run.\n"
    assert finished(*run).returncode == 0
    assert contents(tmp_path / "out") == whole


def test_worker_that_dies_is_one_line_and_the_run_goes_on(
    source: Path, whole: dict[str, bytes], tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    run = command(source, tmp_path / "out", "--workers", "2")
    process = start(*run)
    wait_for(lambda: marks(tmp_path / "out"), process)
    os.kill(workers_of(process.pid)[0], signal.SIGKILL)
    stdout, stderr = process.communicate()
    assert process.returncode == 16
    assert stdout == ""
    assert stderr == (
        "Error: a worker process died (memory may have run out): finished shards are kept, and the same command goes "
        "on from there; try fewer --workers\n"
    )
    assert finished(*run).returncode == 0
    assert contents(tmp_path / "out") == whole


def test_second_run_into_the_same_folder_is_refused_while_the_first_runs(
    source: Path, whole: dict[str, bytes], tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    out = tmp_path / "out"
    process = start(*command(source, out))
    wait_for(lambda: marks(out), process)
    second = finished(*command(source, out, "--overwrite"))
    assert second.returncode == 14
    assert second.stderr == f"Error: {out}: another run is writing there; wait for it or give another --out\n"
    process.communicate()
    assert process.returncode == 0
    assert contents(out) == whole


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A function that makes (and remakes) a file system of a size in memory, and returns its folder."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def sized(size: str) -> Path:
        remount = ["-o", f"size={size},remount"] if folder.is_mount() else ["-o", f"size={size}"]
        done = finished("mount", "-t", "tmpfs", *remount, "tmpfs", folder)
        if done.returncode:
            pytest.skip("this user may not mount a file system")
        return folder

    yield sized
    if folder.is_mount():
        finished("umount", folder)


def test_full_disk_is_one_line_and_the_run_goes_on_when_there_is_room(
    source: Path, whole: dict[str, bytes], tmp_path: Path, small_disk: Callable[[str], Path]
) -> None:
    out = small_disk("2m") / "out"
    done = finished(*command(source, out))
    kept = marks(out)
    assert done.returncode == 14
    assert done.stdout == ""
    assert done.stderr == (
        f"Error: {out}: no room left to write; finished shards are kept: make room and run the same command again\n"
    )
    assert kept
    assert not list(out.rglob(".part*"))
    small_disk("64m")
    assert finished(*command(source, out)).returncode == 0
    assert contents(out) == whole


def test_file_that_may_grow_no_further_is_one_line_and_the_run_goes_on(
    source: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    out = tmp_path / "out"
    done = finished(*command(source, out), before=limited)
    assert done.returncode == 14
    assert done.stderr == (
        f"Error: {out}: no room left to write; finished shards are kept: make room and run the same command again\n"
    )
    assert finished(*command(source, out)).returncode == 0
    assert contents(out) == whole


@pytest.mark.parametrize(
    ("place", "message"),
    [
        pytest.param("file", "is a file, not a folder; give another --out", id="file"),
        pytest.param("file/out", "cannot be written (Not a directory)", id="below-a-file"),
        pytest.param("/proc/out", "cannot be written (No such file or directory)", id="read-only-system"),
    ],
)
def test_output_that_cannot_be_written_is_one_line(place: str, message: str, source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    out = tmp_path / place
    done = finished(*command(source, out))
    assert (done.returncode, done.stdout, done.stderr) == (14, "", f"Error: {out}: {message}\n")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind root")
def test_folder_without_permission_is_one_line(source: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    done = finished(*command(source, tmp_path / "out"))
    assert (done.returncode, done.stderr) == (14, f"Error: {tmp_path / 'out'}: cannot be written (Permission denied)\n")
