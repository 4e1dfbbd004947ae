"""Measure how time and memory grow with the archive, and write docs/growth.md.

    make growth [SIZES="10000 100000 1000000"] [ARGS=--full]

Archives of made reports are read by `spinelink run` with two workers; then the same command is given again. Reports are
brief unless asked otherwise: what grows here is their number. Nothing passes or fails: the figures are of one machine
at one time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

from command import ROOT, Watched, environment, run, watched
from machine import machine, versions

PAGE = ROOT / "docs" / "growth.md"
WORK = ROOT / "build" / "bench"
WORKERS = 2
HEAD = 1_000_000
"""The bytes of a file that are left when its text is blanked."""


@dataclass(frozen=True)
class Step:
    """One size: its reports, the bytes of its files and of its tables, the run, and the same command again."""

    reports: int
    archived: int
    written: int
    first: Watched
    again: Watched


def slope(steps: Sequence[Step]) -> float:
    """Return by which power of the number of reports time grows: 1 is in proportion."""
    points = [(log(step.reports), log(step.first.seconds)) for step in steps]
    x, y = sum(a for a, _ in points) / len(points), sum(b for _, b in points) / len(points)
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) * (a - x) for a, _ in points)


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def archive(folder: Path, reports: int, *options: str) -> None:
    """Write an archive; in a process of its own, so that this one stays small."""
    files = max(2, reports // 100_000)
    command = [sys.executable, "-m", "archive", str(folder), "--reports", str(reports), "--files", str(files), *options]
    subprocess.run([*command, "--measured", "0"], env=environment(), stdout=subprocess.DEVNULL, check=True)


def blank(folder: Path) -> None:
    """Leave of each file no more than its head, at the size and the time that it had."""
    for file in folder.iterdir():
        known = file.stat()
        os.truncate(file, min(HEAD, known.st_size))
        os.truncate(file, known.st_size)
        os.utime(file, ns=(known.st_atime_ns, known.st_mtime_ns))


def step(folder: Path, reports: int, *options: str) -> Step:
    """Return what a run of one size takes, and the same command again without the texts; exit if that is another."""
    print(f"{reports:,} reports", file=sys.stderr)
    inputs, out = folder / "archive", folder / "out"
    archive(inputs, reports, *options)
    first = run(inputs, out, WORKERS)
    manifest = (out / "manifest.json").read_bytes()
    counted = json.loads(manifest)["records"]
    if counted["read"] != reports or counted["rejects"]:
        sys.exit(f"growth: {reports} reports were written, the manifest counts {counted}")
    blank(inputs)
    again = run(inputs, out, WORKERS)
    if (out / "manifest.json").read_bytes() != manifest:
        sys.exit("growth: the same command wrote another manifest")
    taken = Step(reports, size_of(inputs), size_of(out), first, again)
    shutil.rmtree(inputs)
    shutil.rmtree(out)
    return taken


def table(steps: Sequence[Step]) -> str:
    """Return the Markdown table."""
    heads = (
        "reports", "archive, MB", "tables, MB", "seconds", "reports/s", "peak memory of the parent, MB",
        "of each worker, MB", "again, s", "read again, MB",
    )  # fmt: skip
    rows = [f"| {' | '.join(heads)} |", f"|{' ---: |' * len(heads)}"]
    for one in steps:
        cells = (
            f"{one.reports:,}",
            f"{one.archived / 1e6:,.0f}",
            f"{one.written / 1e6:,.0f}",
            f"{one.first.seconds:,.1f}",
            f"{one.reports / one.first.seconds:,.0f}",
            f"{one.first.memory:,.0f}",
            ", ".join(f"{memory:,.0f}" for memory in one.first.workers),
            f"{one.again.seconds:.2f}",
            f"{one.again.read / 1e6:,.1f}",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def of_length(brief: bool) -> str:
    """Return what is to be said of how long the reports are."""
    if brief:
        return "They are brief, a request and a conclusion of one point: what grows is their number, not their length."
    return "They are of full length."


def page(steps: Sequence[Step], one: Watched, version: Watched, *, brief: bool) -> str:
    """Return the page of the manual."""
    power = f"{slope(steps):.3f}" if len(steps) > 1 else "not known from one size"
    return f"""# Growth

Written by `make growth`: `spinelink run` with {WORKERS} workers over archives of made reports of
{steps[0].archived / steps[0].reports:,.0f} bytes a record on average, in which half of the sentences repeat.
{of_length(brief)}
[bench.md](bench.md) has the rates on full-length reports beside those of other programs.

{table(steps)}

- **Time** grows with the number of reports to the power of {power}; 1 is in proportion.
- **Start-up**: a run of one report takes {one.seconds:.2f} s, `spinelink --version` {version.seconds:.2f} s.
- **Again** is the same command on the finished run, after all but the first {HEAD / 1e6:.0f} MB of each file of the
  archive was blanked: no report is read again. "Read again" is everything that its process read: marks, and
  the files of Python and of the package.

**Machine.** {machine()}. {versions("spinelink", "pyarrow")}.
Peak memory is that of each process, imports included; Linux alone tells it.
"""


def main() -> None:
    """Measure every size and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000], help="how many reports")
    parser.add_argument("--full", action="store_true", help="reports of full length")
    parser.add_argument("--page", type=Path, default=PAGE, help="the file to write")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as made:
        folder = Path(made)
        archive(folder / "one", 1)
        run(folder / "one", folder / "out-first", 1)  # what is read from the disk for the first time is read now
        one, version = run(folder / "one", folder / "out-one", 1), watched("--version")
        lengths = [] if options.full else ["--brief"]
        steps = [step(folder, reports, *lengths) for reports in options.sizes]
    written = page(steps, one, version, brief=not options.full)
    print(written)
    options.page.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
