"""What is done to a run. After each the same command ends it, with the bytes of a run that nothing disturbed.

A fault takes the bench and a source of chance, raises FaultError where a run did not survive, Undone where the machine
does not allow the fault, and returns the rows that were lost.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from faults.bench import NOBODY, SHARD, Bench, FaultError, Process, Undone, contents, marks, workers_of

Fault = Callable[[Bench, random.Random], int]


def check(so: object, otherwise: str) -> None:
    """Raise FaultError where something is not so."""
    if not so:
        raise FaultError(otherwise)


def begun(bench: Bench, chance: random.Random, *options: str, user: int | None = None) -> tuple[Path, Process]:
    """Return a run that has some of its shards."""
    out = bench.fresh()
    if user is not None:
        out.mkdir()
        os.chown(out, user, user)
    process = bench.start(out, *options, user=user)
    wanted = chance.randint(1, max(1, bench.archive.records // SHARD // 2))
    check(process.until(lambda: len(marks(out)) >= wanted), f"the run ended early: {process.said()}")
    return out, process


def ended(process: Process, *codes: int) -> None:
    """Check how a run ended: with one of these exit codes, and one line where that is not 0."""
    code = process.wait()
    check(code in codes, f"the run ended with {code}, not {codes}: {process.said()}")
    if code > 0:
        check(process.said().count("\n") == 1, f"more than a line was said: {process.said()}")


# --- killed and stopped


def killed(bench: Bench, chance: random.Random) -> int:
    """SIGKILL at any moment; every other time twice in a row."""
    out = bench.fresh()
    for _ in range(chance.randint(1, 2)):
        process = bench.start(out)
        time.sleep(bench.moment(chance))
        process.send(signal.SIGKILL)
        check(process.wait() in (0, -signal.SIGKILL), process.said())
    return bench.settled(out)


def killed_with_workers(bench: Bench, chance: random.Random) -> int:
    """SIGKILL of the parent of two workers, which go with it."""
    out = bench.fresh()
    process = bench.start(out, "--workers", "2")
    process.until(lambda: len(workers_of(process.pid)) == 2)
    children = workers_of(process.pid)
    time.sleep(bench.moment(chance))
    process.send(signal.SIGKILL)
    check(process.wait() in (0, -signal.SIGKILL), process.said())
    until = time.monotonic() + 60
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < until:
        time.sleep(0.01)
    check(not any(Path(f"/proc/{child}").exists() for child in children), "workers outlive their parent")
    return bench.settled(out)


def worker_killed(bench: Bench, chance: random.Random) -> int:
    """SIGKILL of one of two workers, at any moment of its life."""
    out = bench.fresh()
    process = bench.start(out, "--workers", "2")
    process.until(lambda: len(workers_of(process.pid)) == 2)
    if chance.random() < 0.5:
        process.until(lambda: marks(out))
    time.sleep(chance.uniform(0, 0.5))
    if children := workers_of(process.pid):
        with suppress(ProcessLookupError):
            os.kill(chance.choice(children), signal.SIGKILL)
    ended(process, 0, 16)
    return bench.settled(out)


def interrupted(bench: Bench, chance: random.Random) -> int:
    """SIGINT, as by Ctrl-C."""
    return _signalled(bench, chance, signal.SIGINT, 130)


def told_to_stop(bench: Bench, chance: random.Random) -> int:
    """SIGTERM, as by a batch system."""
    return _signalled(bench, chance, signal.SIGTERM, 143)


def _signalled(bench: Bench, chance: random.Random, number: int, code: int) -> int:
    workers = chance.choice(["1", "2"])
    out, process = begun(bench, chance, "--workers", workers)
    process.send(number)
    ended(process, code, 0)
    check(process.code == 0 or not list(out.rglob(".part*")), "unfinished files were left")
    return bench.settled(out)


# --- no room, no right, no memory


def disk_full(bench: Bench, chance: random.Random) -> int:
    """A file system in memory that is full in mid-run, and has room again for the next."""
    disk = bench.fresh("disk")
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)], capture_output=True).returncode:
        raise Undone("this user may not mount a file system; RLIMIT_FSIZE stands in for it (file_too_large)")
    try:
        room = chance.randint(1, max(2, sum(map(len, bench.whole.values())) // 4096)) * 4
        subprocess.run(["mount", "-o", f"remount,size={room}k", str(disk)], check=True, capture_output=True)
        process = bench.finish(disk / "out")
        ended(process, 14, 0)
        check(process.code == 0 or "no room left to write" in process.said(), process.said())
        check(not list(disk.rglob(".part*")), "unfinished files hold the room")
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True, capture_output=True)
        return bench.settled(disk / "out")
    finally:
        subprocess.run(["umount", "-l", str(disk)], capture_output=True)


def file_too_large(bench: Bench, chance: random.Random) -> int:
    """A limit on the size of files (RLIMIT_FSIZE) that is set in mid-run."""
    out, process = begun(bench, chance)
    limit = chance.choice([512, 1024, 2048, 4096])  # room for the line that it says on its end
    with process.halted(), suppress(ProcessLookupError):
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
    ended(process, 14, 0)
    check(process.code == 0 or "no room left to write" in process.said(), process.said())
    return bench.settled(out)


def permission_lost(bench: Bench, chance: random.Random) -> int:
    """The right to write in the folder, or in one of its tables, is taken in mid-run (from another user, for root)."""
    user = NOBODY if os.geteuid() == 0 else None
    out, process = begun(bench, chance, user=user)
    table = chance.choice([out, *sorted(path for path in out.iterdir() if path.is_dir())])
    with process.halted():
        table.chmod(0o500)
    ended(process, 14, 0)
    check(process.code == 0 or "cannot be written (Permission denied)" in process.said(), process.said())
    table.chmod(0o755)
    return bench.settled(out, user=user)


def memory_gone(bench: Bench, chance: random.Random) -> int:
    """The run or one of its workers may have no more memory (RLIMIT_AS) from some moment on."""
    workers = chance.choice(["1", "2"])
    out, process = begun(bench, chance, "--workers", workers)
    with process.halted(), suppress(ProcessLookupError):
        harmed = chance.choice(workers_of(process.pid) or [process.pid])
        pages = int(Path(f"/proc/{harmed}/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + chance.choice([0, 2**16, 2**20])
        resource.prlimit(harmed, resource.RLIMIT_AS, (limit, limit))
    code = process.wait()
    check(code in (0, 1, 14, 16, -signal.SIGABRT, -signal.SIGSEGV), f"ended with {code}: {process.said()}")
    return bench.settled(out)


# --- inputs that change


def _input(bench: Bench, chance: random.Random) -> Path:
    return bench.archive.path / chance.choice(bench.archive.names[1:])


def _with_input(bench: Bench, chance: random.Random, harm: Callable[[Path], object]) -> int:
    """Harm an input in mid-run, let the run end or kill it, then put the input back as it was."""
    file = _input(bench, chance)
    data, status = file.read_bytes(), file.stat()
    out, process = begun(bench, chance)
    try:
        with process.halted():
            harm(file)
        if chance.random() < 0.3:
            process.until(lambda: len(marks(out)) >= bench.archive.records // SHARD - 2)
            process.send(signal.SIGKILL)
        check(process.wait() in (0, -signal.SIGKILL), process.said())
    finally:
        process.send(signal.SIGKILL)
        if file.is_dir():
            file.rmdir()
        file.write_bytes(data)
        file.chmod(0o644)
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    return bench.settled(out)


def input_vanishes(bench: Bench, chance: random.Random) -> int:
    """An input is deleted in mid-run, and is there again for the next."""
    return _with_input(bench, chance, lambda file: file.unlink())


def input_shrinks(bench: Bench, chance: random.Random) -> int:
    """An input is cut in mid-run."""
    return _with_input(bench, chance, lambda file: os.truncate(file, chance.randint(0, file.stat().st_size - 1)))


def input_grows(bench: Bench, chance: random.Random) -> int:
    """An input has more added to it in mid-run: what was planned is read."""

    def grow(file: Path) -> None:
        with file.open("ab") as end:
            end.write(b'{"report_id": "late", "text": "Too late."}\n' * chance.randint(1, 2000))

    return _with_input(bench, chance, grow)


def input_rewritten(bench: Bench, chance: random.Random) -> int:
    """An input is written anew in mid-run, with other bytes of the same size, or a folder takes its place."""

    def rewrite(file: Path) -> None:
        size = file.stat().st_size
        file.unlink()
        if chance.random() < 0.3:
            file.mkdir()
        else:
            file.write_bytes(chance.randbytes(size))

    return _with_input(bench, chance, rewrite)


# --- what a run has written is harmed


def _damage(file: Path, chance: random.Random) -> None:
    """Cut, empty, flip a bit of, lengthen, overwrite or delete a file."""
    data = file.read_bytes()
    if not data:
        return
    place = chance.randrange(len(data))
    flipped = bytes([*data[:place], data[place] ^ (1 << chance.randrange(8)), *data[place + 1 :]])
    made = chance.choice([data[:place], b"", flipped, flipped, data + b"\0", chance.randbytes(len(data)), None])
    file.unlink() if made is None else file.write_bytes(made)


def _stored(bench: Bench, chance: random.Random) -> Path:
    """Return the folder of a run that was killed, or of one that is finished."""
    if chance.random() < 0.5:
        out = bench.fresh()
        shutil.copytree(bench.folder / "whole", out)
        return out
    out, process = begun(bench, chance)
    process.send(signal.SIGKILL)
    process.wait()
    return out


def shard_damaged(bench: Bench, chance: random.Random) -> int:
    """Parts of tables are cut, have a bit flipped at the same size, or are gone."""
    out = _stored(bench, chance)
    parts = sorted(out.glob("*/part-*.parquet"))
    for part in chance.sample(parts, chance.randint(1, 3)):
        _damage(part, chance)
    return bench.settled(out)


def mark_damaged(bench: Bench, chance: random.Random) -> int:
    """The mark of a shard is damaged, gone, or that of another shard."""
    out = _stored(bench, chance)
    mark = chance.choice(marks(out))
    if chance.random() < 0.2:
        mark.write_bytes(chance.choice(marks(out)).read_bytes())
    else:
        _damage(mark, chance)
    return bench.settled(out)


def manifest_damaged(bench: Bench, chance: random.Random) -> int:
    """The manifest is damaged or gone."""
    out = _stored(bench, chance)
    _damage(out / "manifest.json", chance)
    return bench.settled(out)


def output_vanishes(bench: Bench, chance: random.Random) -> int:
    """The folder of the tables, or one table, is deleted in mid-run."""
    out, process = begun(bench, chance)
    with process.halted():
        shutil.rmtree(chance.choice([out, *sorted(path for path in out.iterdir() if path.is_dir())]))
    ended(process, 14, 0)
    return bench.settled(out)


# --- around a run


def two_at_once(bench: Bench, chance: random.Random) -> int:
    """A second run into the folder is refused, and the first ends."""
    out, process = begun(bench, chance)
    with process.halted():
        second = bench.finish(out, *chance.choice([(), ("--overwrite",)]))
    check(second.code == 14, f"the second run ended with {second.code}")
    check("another run is writing there" in second.said(), second.said())
    ended(process, 0)
    return bench.settled(out)


def stale_lock(bench: Bench, chance: random.Random) -> int:
    """The lock of a process that is gone, with whatever in it."""
    out = bench.fresh() if chance.random() < 0.5 else _stored(bench, chance)
    out.mkdir(exist_ok=True)
    (out / ".lock").write_bytes(chance.randbytes(chance.randint(0, 64)))
    return bench.settled(out)


def clock_goes_back(bench: Bench, chance: random.Random) -> int:
    """What was written is of next year, or of 1970."""
    out = _stored(bench, chance)
    for path in (out, *out.rglob("*")):
        moment = chance.choice([0.0, time.time() + 366 * 86400])
        os.utime(path, (moment, moment))
    return bench.settled(out)


def dot_files(bench: Bench, chance: random.Random) -> int:
    """Folders full of hidden and unfinished files that others left."""
    out = bench.fresh() if chance.random() < 0.5 else _stored(bench, chance)
    names = [path.parent for path in bench.folder.joinpath("whole").glob("*/*")]
    for folder in {out, *(out / name.name for name in names)}:
        if folder == out or out.joinpath("manifest.json").exists():
            folder.mkdir(exist_ok=True)
            for n in range(50):
                stem = chance.choice(
                    [f".part-{n:05d}.parquet", f".{n:05d}.json", f".nfs{n:08x}", f"._{n}", ".manifest.json"]
                )
                (folder / stem).write_bytes(chance.randbytes(64))
    return bench.settled(out)


def workers_and_batches(bench: Bench, chance: random.Random) -> int:
    """No fault: two workers and other batches give the bytes of one."""
    out = bench.fresh()
    process = bench.finish(out, "--workers", "2", "--batch-size", str(chance.randint(1, 50)))
    check((process.code, contents(out)) == (0, bench.whole), f"ended with {process.code}: {process.said()}")
    return bench.settled(out)


KILLS: dict[str, tuple[Fault, float]] = {
    "killed": (killed, 0.8),
    "killed_with_workers": (killed_with_workers, 0.1),
    "worker_killed": (worker_killed, 0.1),
}
"""The faults that kill, and the share of each."""

OTHERS: tuple[Fault, ...] = (
    interrupted,
    told_to_stop,
    disk_full,
    file_too_large,
    permission_lost,
    memory_gone,
    input_vanishes,
    input_shrinks,
    input_grows,
    input_rewritten,
    shard_damaged,
    mark_damaged,
    manifest_damaged,
    output_vanishes,
    two_at_once,
    stale_lock,
    clock_goes_back,
    dot_files,
    workers_and_batches,
)
"""Every other fault."""
