"""The command `spinelink` in a process of its own, watched: how long it took, what it held and what it read."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from machine import bytes_read, peak_memory, workers_of

ROOT = Path(__file__).resolve().parents[1]
_EVERY = 0.02


@dataclass(frozen=True)
class Watched:
    """What a command took: seconds, the most memory of its process and of each worker, in MB, and bytes read."""

    seconds: float
    memory: float
    workers: tuple[float, ...]
    read: int

    @property
    def largest(self) -> float:
        """The memory of the process that does the work: the largest worker, or the one process there is."""
        return max(self.workers, default=self.memory)


def environment() -> dict[str, str]:
    """Return the environment in which the corpora are imported, and the package as it is installed."""
    paths = [str(ROOT / "corpora"), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def watched(*arguments: str | Path) -> Watched:
    """Run `spinelink` with these arguments to its end and return what it took; exit where it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "spinelink", *map(str, arguments)], env=environment(), stdout=subprocess.DEVNULL
    )
    memory, workers = 0.0, dict[int, float]()
    # It is looked at once more when it has ended and before it is waited for: then Linux still knows what it read.
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        memory = max(memory, peak_memory(process.pid))
        for worker in workers_of(process.pid):
            workers[worker] = max(workers.get(worker, 0), peak_memory(worker))
        time.sleep(_EVERY)
    seconds, read = time.perf_counter() - began, bytes_read(process.pid)
    if process.wait():
        sys.exit(f"spinelink {arguments[0]} ended with exit code {process.returncode}")
    return Watched(seconds, memory, tuple(workers.values()), read)


def run(archive: Path, out: Path, workers: int, *options: str) -> Watched:
    """Run spinelink over an archive and return what it took."""
    return watched("run", archive, "--out", out, "--workers", str(workers), "--quiet", *options)
