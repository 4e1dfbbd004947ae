"""What is measured on: processor, versions, and what processes take of memory and read, where Linux tells."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

_PROC = Path("/proc")


def machine() -> str:
    """Return cores, processor, memory and system of this machine."""
    model = platform.processor() or platform.machine()
    cpus = _PROC / "cpuinfo"
    if cpus.is_file():
        named = [
            line.split(":", 1)[1].strip() for line in cpus.read_text().splitlines() if line.startswith("model name")
        ]
        model = named[0] if named else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{os.cpu_count()} cores, {model}, {memory:.0f} GB, {platform.system()}"


def versions(*names: str) -> str:
    """Return Python and distributions with their versions."""
    return ", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in names)])


def peak_memory(pid: int) -> float:
    """Return the most memory that a process had, in MB; 0 where it has ended or is not known."""
    return _field(_PROC / str(pid) / "status", "VmHWM") * 1024 / 1e6


def bytes_read(pid: int) -> int:
    """Return how many bytes a process has read, with those of the children that it has waited for; 0 if not known."""
    return _field(_PROC / str(pid) / "io", "rchar")


def _field(file: Path, name: str) -> int:
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def workers_of(pid: int) -> list[int]:
    """Return the worker processes that a process has started."""
    children: list[int] = []
    for listed in (_PROC / str(pid) / "task").glob("*/children"):
        try:
            children += map(int, listed.read_text().split())
        except OSError:
            continue  # the thread, or the process, has ended
    return [child for child in children if _is_worker(child)]


def _is_worker(pid: int) -> bool:
    try:
        return b"spawn_main" in (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return False
