"""What the command line shows people: progress and notes on stderr, summaries on stdout."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from spinelink import vocabulary
from spinelink.lexicon import Row, columns_of

_SHOWN_TYPES = 15
_FILE_WIDTH = 160


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[Callable[[int, float | None], None] | None]:
    """Give the function that draws how far a run is, its rate and the time left; None where it is not to be shown."""
    if not shown:
        yield None
        return
    bar = Progress(
        TextColumn("{task.fields[done]:,} records"),
        BarColumn(),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeElapsedColumn(),
        TextColumn("left about"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    task = bar.add_task("run", total=None, done=0, rate=0.0)
    begun: list[tuple[float, int]] = []

    def tell(done: int, share: float | None) -> None:
        begun.append((time.monotonic(), done)) if not begun else None
        since, first = begun[0]
        rate = (done - first) / max(time.monotonic() - since, 1e-3)
        bar.update(task, completed=share or 0.0, total=None if share is None else 1.0, done=done, rate=rate)

    with bar:
        yield tell


def print_report(shown: RenderableType) -> None:
    """Print what is for a reader's eyes; in a file, lines are long enough for its tables."""
    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, _FILE_WIDTH)
    console.print(shown)


def print_notes(manifest: Mapping[str, Any], shards_kept: int) -> None:
    """Print on stderr what a user should know of what was read; nothing where all is as expected."""
    notes = manifest["notes"]
    lines = [f"Note: {note}" for note in notes["columns_not_seen"]]
    skipped = ", ".join(f"{count} {kind}" for kind, count in notes["skipped_files"].items())
    lines += [f"Note: passed over in folders: {skipped}"] if skipped else []
    lines += [
        f"Note: {source} grew while it was read; it was read up to its size at the start" for source in notes["grown"]
    ]
    lines += [f"Note: a column name stands twice, the first was read: {source}" for source in notes["doubled"]]
    if notes["fallback_values"]:
        encoding = manifest["settings"]["ingest"]["encoding"]
        lines.append(f"Note: not UTF-8, read as {encoding}: {_counted(notes['fallback_values'], 'value')}")
    for what, counts in (("", notes["passed_over"]), ("codes in reports: ", notes["codes_passed_over"])):
        if counts:
            shown = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(counts.items()))
            lines.append(f"Note: passed over {what}{shown}")
    if shards_kept:
        lines.append(f"Note: {shards_kept} of {manifest['shards']} shards were finished before and were kept")
    for line in lines:
        click.echo(line, err=True)


def print_failures(path: Path, manifest: Mapping[str, Any]) -> bool:
    """Print on stderr how many reports met a bug, if any; return whether all of them did."""
    failed = manifest["rejects"].get("failed", 0)
    if failed:
        click.echo(
            f"Error: the analysis of {_counted(failed, 'report')} failed, which is a bug: please report the column "
            f"`detail` of {path / 'rejects'}, which holds no report text",
            err=True,
        )
    return failed > 0 and not manifest["records"]["reports"]


def print_summary(path: Path, manifest: Mapping[str, Any]) -> None:
    """Print on stdout what a run came to, where its tables are, and how to go on in pandas."""
    records, rejects = manifest["records"], manifest["rejects"]
    read, reports = _counted(records["read"], "record"), _counted(records["reports"], "report")
    lines = [f"{read} read: {reports}, {records['rejects']:,} rejected"]
    lines += [f"  {count:>8,}  {reason}" for reason, count in rejects.items()]
    lines += _codes_lines(manifest["codes"])
    lines += ["", *_finding_lines(manifest["findings"]), "", f"Tables in {path}"]
    lines += [f"  {rows:>10,}  {name}" for name, rows in manifest["tables"].items() if rows]
    unused = [name for name, rows in manifest["tables"].items() if not rows]
    lines += [f"  {'empty':>10}  {', '.join(unused)}"] if unused else []
    lines += ["", "To go on in Python:", *(f"  {line}" for line in pandas_lines(path))]
    click.echo("\n".join(lines))


def _codes_lines(codes: Mapping[str, Any] | None) -> list[str]:
    """Return what became of the rows of a table of codes."""
    if codes is None:
        return []
    rejected = sum(codes["rejects"].values())
    rows = _counted(codes["rows"], "row")
    line = f"{rows} of codes: {codes['joined']:,} joined, {codes['unmatched']:,} of no report, {rejected:,} rejected"
    return [line, *(f"  {count:>8,}  {reason}" for reason, count in codes["rejects"].items())]


def _finding_lines(findings: Mapping[str, int]) -> list[str]:
    """Return the most frequent finding types, each with its rows by assertion."""
    by_type: dict[str, dict[str, int]] = {}
    for name, count in findings.items():
        finding_type, assertion = name.split()
        by_type.setdefault(finding_type, {})[assertion] = count
    ranked = sorted(by_type.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    lines = [f"  {'findings':34}" + "".join(f"{name:>10}" for name in vocabulary.ASSERTIONS)]
    lines += [_counts_line(name, counts) for name, counts in ranked[:_SHOWN_TYPES]]
    if rest := ranked[_SHOWN_TYPES:]:
        lines.append(_counts_line(f"{len(rest)} other types", _summed(rest)))
    return [*lines, _counts_line("all", _summed(ranked))]


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _summed(ranked: Sequence[tuple[str, Mapping[str, int]]]) -> dict[str, int]:
    return {name: sum(counts.get(name, 0) for _, counts in ranked) for name in vocabulary.ASSERTIONS}


def _counts_line(name: str, counts: Mapping[str, int]) -> str:
    return f"  {name:34}" + "".join(f"{counts.get(assertion, 0):>10,}" for assertion in vocabulary.ASSERTIONS)


def pandas_lines(path: Path) -> tuple[str, str, str]:
    """Return three lines of Python that load the findings of a run and count them."""
    return (
        "import pandas as pd",
        f"findings = pd.read_parquet({str(path / 'findings')!r})",
        "print(findings.query(\"assertion == 'present'\")[['finding_type', 'level']].value_counts().head(10))",
    )


def lexicon_lines(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the rows of one lexicon as tab-separated lines, names of columns first."""
    names = columns_of(type(rows[0])) if rows else []
    if names:
        yield "\t".join(names)
    for row in rows:
        cells = [getattr(row, name) for name in names]
        yield "\t".join(str(cell).lower() if isinstance(cell, bool) else cell for cell in cells)
