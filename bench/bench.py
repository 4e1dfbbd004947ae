"""Measure speed and memory on the same reports, each program in a process of its own, and write docs/bench.md.

    make bench [REPORTS=200000]

Different reports are read by all programs in turns; an archive that repeats itself is read by `spinelink run`, and a
sample of it by the others. Nothing passes or fails: the figures are of one machine at one time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from command import ROOT, Watched, environment, run
from machine import machine
from turns import ROUNDS, Contender, measured

PAGE = ROOT / "docs" / "bench.md"
WORK = ROOT / "build" / "bench"
EDSNLP = WORK / "edsnlp" / "bin" / "python"
"""The interpreter of the environment that `make bench` installs EDS-NLP into."""

PEERS = {
    "edsnlp-five": ("EDS-NLP: sentences, five terms, negation", "terms"),
    "edsnlp": ("EDS-NLP: sentences, our targets, negation", "targets"),
    "spacy": ("spaCy: tokenizer alone", "tokens"),
    "medspacy-without-splitter": ("medSpaCy: our targets and ConText on spaCy's sentencizer", "targets"),
    "medspacy": ("medSpaCy: default, our targets", "targets"),
}
"""What the others are called in the tables, and what they count."""
BASES = ("medspacy", "edsnlp-five")
"""Those that every line is compared with."""

Line = tuple[str, float, str]
"""A line of a table: its label, the reports it read in a second, and the cells after the rates."""


def table(lines: list[Line], bases: tuple[float, float], size: float, heads: tuple[str, ...]) -> str:
    """Return a Markdown table of rates; `size` is the mean of a report in bytes."""
    names = ("", "reports/s", "MB/s", "times medSpaCy default", "times EDS-NLP, five terms", *heads)
    rows = [f"| {' | '.join(names)} |", f"| --- |{' ---: |' * (len(names) - 1)}"]
    for label, rate, cells in lines:
        ratios = " | ".join(f"{rate / base:.3g}" for base in bases)
        shown = f"{rate:.1f}" if rate < 100 else f"{rate:,.0f}"
        rows.append(f"| {label} | {shown} | {rate * size / 1e6:.2f} | {ratios} | {cells} |")
    return "\n".join(rows)


def distinct_table(contenders: dict[str, Contender], said: dict[str, Any]) -> str:
    """Return the table of the different reports, read by all."""
    labels = {
        ("spinelink", 0): ("spinelink, nothing cached", "findings"),
        ("spinelink", 1): ("spinelink, the same reports again", "findings"),
        **{(name, 0): label for name, label in PEERS.items()},
    }
    reports = said["distinct"]["reports"]

    def rate(name: str, number: int = 0) -> float:
        return float(reports / contenders[name].total("distinct", number, "seconds"))

    lines = []
    for (name, number), (label, unit) in labels.items():
        one = contenders[name]
        core = one.total("distinct", number, "worked") / one.total("distinct", number, "seconds")
        held = "|" if number else f"{one.memory:,.0f} | {one.start_up:.1f}"
        lines.append(
            (label, rate(name, number), f"{core:.0%} | {held} | {one.total('distinct', number, 'found'):,.0f} {unit}")
        )
    heads = ("core", "peak memory, MB", "start-up, s", "it found")
    return table(lines, (rate(BASES[0]), rate(BASES[1])), said["distinct"]["bytes"] / reports, heads)


def archive_table(
    contenders: dict[str, Contender], runs: dict[int, Watched], start: float, said: dict[str, Any]
) -> str:
    """Return the table of the archive: spinelink on the whole, the others on a sample."""
    reports, sampled = said["archive"]["reports"], said["sample"]["reports"]

    def rate(name: str) -> float:
        return float(sampled / contenders[name].total("sample", 0, "seconds"))

    lines = [
        (
            f"`spinelink run`, {workers} worker{'s' if workers > 1 else ''}",
            reports / taken.seconds,
            f"{reports:,} | {taken.largest:,.0f} | {taken.memory:,.0f} | {start:.1f}",
        )
        for workers, taken in runs.items()
    ]
    for name, (label, _) in PEERS.items():
        held = f"{contenders[name].memory:,.0f}"
        lines.append((label, rate(name), f"{sampled:,} | {held} | | {contenders[name].start_up:.1f}"))
    heads = ("reports", "peak memory of a worker, MB", "of the parent, MB", "start-up, s")
    return table(lines, (rate(BASES[0]), rate(BASES[1])), said["archive"]["bytes"] / reports, heads)


def page(contenders: dict[str, Contender], runs: dict[int, Watched], start: float, said: dict[str, Any]) -> str:
    """Return the page of the manual."""
    versions = "; ".join(dict.fromkeys(one.versions for one in contenders.values()))
    made = said["distinct"]["reports"] - said["gold"]
    lengths = {name: said[name]["bytes"] / said[name]["reports"] for name in ("distinct", "archive")}
    return f"""# Speed and memory

Written by `make bench`: one run on one machine, each program in a process of its own. Figures differ from machine to
machine; the ratios differ less. [growth.md](growth.md) says how time and memory grow with the archive.

## Reports that differ

{distinct_table(contenders, said)}

{said["distinct"]["reports"]} different reports of {lengths["distinct"]:,.0f} bytes on average:
{said["gold"]} full-length reports of the gold sets, and {max(0, made)} made ones. {said["distinct"]["repeated"]:.1%} of
their {said["distinct"]["sentences"]:,} sentences in findings and impression repeat one before them, word for word.
All programs read them by turns, in {ROUNDS} rounds. The first line is the slowest that spinelink gets, the second what
a text costs whose every sentence is known.

## An archive

{archive_table(contenders, runs, start, said)}

Two workers are {runs[1].seconds / runs[2].seconds:.2f} times as fast as one. spinelink read all
{said["archive"]["reports"]:,} reports, from files to tables, start-up included; the others read the first
{said["sample"]["reports"]}, from texts in memory. The reports are made, of {lengths["archive"]:,.0f} bytes on average.
{said["asked"]:.0%} of their sentences were to repeat an earlier one; measured were
{said["archive"]["repeated"]:.1%} of {said["archive"]["sentences"]:,} sentences in the first
{said["archive"]["measured"]:,} reports. `PYTHONPATH=corpora python -m archive DIR` writes such an archive.

## What is timed

**Machine.** {machine()}. {versions}.

Wall time, after every program has read {said["others"]["reports"]} other reports. Start-up is what comes before:
imports, lexicon, rules; that of `spinelink run` is the time of a run of one report. Peak memory is that of the process,
imports included; Linux alone tells it. "Core" is the share of a core that the process had: where it is far below 100%,
the machine was busy with other work and the line is too low.

- *spinelink* makes all its tables: sections, sentences, levels, sides, grades, assertion, measurements, symptoms,
  links. "Nothing cached" is a fresh worker.
- *medSpaCy default* is `medspacy.load()` with its own sentence splitter and its own ConText rules. Its matcher has
  {said["targets"]:,} targets: our terms, spelled out. The debug log of the splitter, which holds report text, is off.
- *On spaCy's sentencizer* is the same without that splitter.
- *EDS-NLP* is `eds.sentences`, `eds.matcher` and `eds.negation`, with English words of denial for its French ones. It
  has an environment of its own, with the spaCy that it asks for.
- A target is a phrase, denied or not. A finding has level, side and grade besides, and one phrase may state several. So
  the counts show that work was done, and cannot be compared.
"""


def archive_runs(folder: Path) -> tuple[dict[int, Watched], float]:
    """Return runs over the archive with one worker and with two, and the seconds that a run of one report takes."""
    start = run(folder / "one", folder / "out-one", 1).seconds
    runs = {}
    for workers in (1, 2):
        print(f"the archive, {workers} workers", file=sys.stderr)
        runs[workers] = run(folder / "archive", folder / "out", workers, "--overwrite")
    return runs, start


def prepared(folder: str, options: argparse.Namespace) -> dict[str, Any]:
    """Return what the process that writes the texts says of them."""
    sizes = ("--distinct", options.distinct, "--archived", options.reports, "--sampled", options.sample)
    command = [sys.executable, str(ROOT / "bench" / "texts.py"), folder, *map(str, sizes)]
    done = subprocess.run(command, env=environment(), stdout=subprocess.PIPE, text=True, check=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def main() -> None:
    """Measure all programs and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--distinct", type=int, default=300, help="how many reports that differ")
    parser.add_argument("--reports", type=int, default=200_000, help="how many reports the archive has")
    parser.add_argument("--sample", type=int, default=300, help="how many reports of the archive the others read")
    parser.add_argument("--page", type=Path, default=PAGE, help="the file to write")
    parser.add_argument("--edsnlp", default=str(EDSNLP), help="a Python that has EDS-NLP")
    options = parser.parse_args()
    pythons = {"spinelink": sys.executable, **dict.fromkeys(PEERS, sys.executable)}
    pythons |= {name: options.edsnlp for name in PEERS if name.startswith("edsnlp")}
    passes = [(name, "distinct", 0) for name in pythons] + [("spinelink", "distinct", 1)]
    passes += [(name, "sample", 0) for name in PEERS]
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        print("making the reports", file=sys.stderr)
        said = prepared(folder, options)
        contenders = measured(pythons, passes, folder)
        runs, start = archive_runs(Path(folder))
    written = page(contenders, runs, start, said)
    print(written.partition("## What is timed")[0])
    options.page.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
