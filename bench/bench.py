"""Measure speed and memory on the same reports, each contender in a process of its own, and write docs/bench.md.

    python bench/bench.py [--reports 300] [--page docs/bench.md]

The contenders are started and warmed up on other reports. Then they take turns, one at work while the others wait,
each on the same part of the reports, so that a machine that slows down slows them all. Nothing passes or fails: the
figures are of one machine at one time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "bench.md"
SEED = 20
WARM_UP = 20
"""Reports of another seed on which every contender is warmed up."""
ROUNDS = 5
BASE = "medspacy"
"""The contender that the others are compared with."""

Work = Callable[[Sequence[str]], int]
"""Reads reports and says how many findings, targets or tokens it found."""


@dataclass(frozen=True)
class Started:
    """A contender that is ready; `anew` returns one that has read nothing yet, with what is compiled at hand."""

    work: Work
    anew: Callable[[], Work]
    passes: int = 1


def spinelink(_: Path) -> Started:
    """Start the whole package: sections to tables, as a worker of a run does it."""
    from spinelink import lexicon
    from spinelink.analysis import Batch, Extraction
    from spinelink.records import Report
    from spinelink.tabulate import Shown

    extraction = Extraction(lexicon.shipped(), Shown())

    def anew() -> Work:
        worker = extraction.start()

        def work(texts: Sequence[str]) -> int:
            tables = worker(Batch(0, tuple(Report(str(n), text, "bench", n) for n, text in enumerate(texts)))).tables
            if tables["rejects"].num_rows:
                sys.exit("spinelink rejected a report")
            return tables["findings"].num_rows

        return work

    return Started(anew(), anew, passes=2)


def spacy(_: Path) -> Started:
    """Start spaCy's tokenizer, which every pipeline of spaCy runs first."""
    import spacy

    make_doc = spacy.blank("en").make_doc

    def work(texts: Sequence[str]) -> int:
        return sum(len(make_doc(text)) for text in texts)

    return Started(work, lambda: work)


def medspacy(folder: Path) -> Started:
    """Start medSpaCy as `medspacy.load()` makes it, with our targets."""
    import medspacy

    return _matching(medspacy.load(), folder)


def medspacy_without_splitter(folder: Path) -> Started:
    """Start medSpaCy's matcher and ConText on spaCy's tokens and its rule-based sentences, with our targets."""
    import medspacy.context
    import medspacy.target_matcher  # noqa: F401
    import spacy

    nlp = spacy.blank("en")
    for name in ("sentencizer", "medspacy_target_matcher", "medspacy_context"):
        nlp.add_pipe(name)
    return _matching(nlp, folder)


def _matching(nlp: Any, folder: Path) -> Started:
    from medspacy.target_matcher import TargetRule

    targets = json.loads((folder / "targets.json").read_text(encoding="utf-8"))
    nlp.get_pipe("medspacy_target_matcher").add([TargetRule(literal=words, category=name) for words, name in targets])
    log = sys.modules.get("loguru")
    if log is not None:
        log.logger.disable("PyRuSH")

    def work(texts: Sequence[str]) -> int:
        return sum(len(nlp(text).ents) for text in texts)

    return Started(work, lambda: work)


CONTENDERS: dict[str, Callable[[Path], Started]] = {
    "spinelink": spinelink,
    "spacy": spacy,
    "medspacy": medspacy,
    "medspacy-without-splitter": medspacy_without_splitter,
}
ROWS = {
    ("spinelink", 0): ("spinelink, nothing cached", "findings"),
    ("spinelink", 1): ("spinelink, the same reports again", "findings"),
    ("spacy", 0): ("spaCy's tokenizer alone", "tokens"),
    ("medspacy", 0): ("medSpaCy default, our targets", "targets"),
    ("medspacy-without-splitter", 0): ("medSpaCy matcher and ConText, spaCy's sentencizer, our targets", "targets"),
}
"""What a pass of a contender is called in the table, and what it counts."""


def serve(name: str, folder: Path) -> None:
    """Start a contender and work on a part of the reports for every line read, answering in lines of JSON."""
    answers, sys.stdout = sys.stdout, sys.stderr
    texts = json.loads((folder / "reports.json").read_text(encoding="utf-8"))
    others = json.loads((folder / "others.json").read_text(encoding="utf-8"))
    began = perf_counter()
    started = CONTENDERS[name](folder)
    start_up = perf_counter() - began
    started.work(others)
    work = started.anew()
    print(json.dumps({"start_up": start_up}), file=answers, flush=True)
    for turn in range(started.passes * ROUNDS):
        part = texts[turn % ROUNDS :: ROUNDS]
        sys.stdin.readline()
        began, worked = perf_counter(), process_time()
        found = work(part)
        answer = {"seconds": perf_counter() - began, "worked": process_time() - worked, "found": found}
        print(json.dumps({**answer, "memory": peak_memory()}), file=answers, flush=True)


def peak_memory() -> float:
    """Return the most memory that this process had, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


class Contender:
    """A contender in a process of its own, and what it has answered so far."""

    def __init__(self, name: str, folder: str) -> None:
        self.name = name
        self.turns: list[dict[str, float]] = []
        self._process = started_process("--serve", name, "--folder", folder)
        self.start_up = self._answer()["start_up"]

    def turn(self) -> None:
        """Let it work on its next part, and wait for it."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        self.turns.append(self._answer())

    def _answer(self) -> dict[str, float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"bench: {self.name} ended before its turn")
        answer: dict[str, float] = json.loads(line)
        return answer

    def total(self, number: int, key: str) -> float:
        """Return the sum of what it answered in one pass over the reports."""
        return sum(turn[key] for turn in self.turns[number * ROUNDS : (number + 1) * ROUNDS])


def measured(folder: str) -> dict[str, Contender]:
    """Return every contender with all its turns taken; further passes come last."""
    contenders = {}
    for name in CONTENDERS:
        print(f"starting {name}", file=sys.stderr)
        contenders[name] = Contender(name, folder)
    for number in range(ROUNDS):
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
        for contender in contenders.values():
            contender.turn()
    for name, number in ROWS:
        for _ in range(ROUNDS if number else 0):
            contenders[name].turn()
    return contenders


def prepare(count: int, folder: Path) -> dict[str, Any]:
    """Write the reports and the targets to files and return what is to be said of them."""
    import texts

    from spinelink import __version__, component, lexicon

    made = texts.reports(count, seed=SEED)
    others = [text for text in texts.reports(WARM_UP, seed=SEED + 1) if text not in made]
    targets = [(rule.literal, rule.category) for rule in component.target_rules(lexicon.shipped())]
    for name, value in (("reports", made), ("others", others), ("targets", targets)):
        (folder / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    return {
        "reports": len(made),
        "characters": sum(map(len, made)),
        "bytes": sum(len(text.encode()) for text in made),
        "targets": len(targets),
        "version": __version__,
        **repeats(made),
    }


def repeats(made: Sequence[str]) -> dict[str, Any]:
    """Return how many sentences are parsed, and how many of them stood in the same words before."""
    from spinelink import analysis, lexicon
    from spinelink.stages import sections, sentences

    rules = analysis.compile_rules(lexicon.shipped())
    seen: set[tuple[str, str]] = set()
    parsed = 0
    for text in made:
        blocks = sections.split_sections(text, rules.sections)
        for unit in sentences.split_sentences(text, blocks, rules.sentences):
            if unit.category in analysis.PARSED_CATEGORIES:
                parsed += 1
                seen.add((text[unit.start : unit.end], unit.frame))
    return {"sentences": parsed, "repeated": (parsed - len(seen)) / max(1, parsed)}


def started_process(*arguments: str) -> subprocess.Popen[str]:
    """Return another process of this script.

    This one stays small, because Linux counts its peak memory as that of every process it starts.
    """
    paths = os.pathsep.join([str(ROOT / "pipeline"), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve()), *arguments],
        env={**os.environ, "PYTHONPATH": paths}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def prepared(count: int, folder: str) -> dict[str, Any]:
    """Return what a process that makes the files says of them."""
    answer, _ = started_process("--prepare", "--reports", str(count), "--folder", folder).communicate()
    said: dict[str, Any] = json.loads(answer)
    return said


def table(contenders: dict[str, Contender], texts: dict[str, Any]) -> str:
    """Return the Markdown table."""
    base = contenders[BASE].total(0, "seconds")
    lines = [
        "| | reports/s | MB/s | times medSpaCy default | core | peak memory, MB | start-up, s | it found |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for (name, number), (label, unit) in ROWS.items():
        one = contenders[name]
        seconds, worked, found = (one.total(number, key) for key in ("seconds", "worked", "found"))
        rate = texts["reports"] / seconds
        cells = [
            label,
            f"{rate:.1f}" if rate < 100 else f"{rate:.0f}",
            f"{texts['bytes'] / 1e6 / seconds:.2f}",
            f"{base / seconds:.1f}",
            f"{worked / seconds:.0%}",
            "" if number else f"{one.turns[ROUNDS - 1]['memory']:.0f}",
            "" if number else f"{one.start_up:.1f}",
            f"{found:,.0f} {unit}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def machine() -> str:
    """Return cores, processor and system of this machine."""
    model = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.is_file():
        named = [
            line.split(":", 1)[1].strip() for line in cpus.read_text().splitlines() if line.startswith("model name")
        ]
        model = named[0] if named else model
    return f"{os.cpu_count()} cores, {model}, {platform.system()}"


def page(texts: dict[str, Any], figures: str) -> str:
    """Return the page of the manual."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("spacy", "medspacy", "PyRuSH", "pyarrow"))
    mean = f"{texts['characters'] / texts['reports']:,.0f}"
    return f"""# Speed and memory

Written by `make bench`: one run on one machine, each contender in a process of its own, all on the same
{texts["reports"]} reports, by turns in {ROUNDS} rounds. Figures differ from machine to machine; the ratios differ less.

{figures}

**Machine.** {machine()}. Python {platform.python_version()}, spinelink {texts["version"]},
{versions}.

**Reports.** {texts["reports"]} different reports of {mean} characters on average, made by `bench/texts.py` with a fixed
seed. Of their {texts["sentences"]:,} sentences in findings and impression {texts["repeated"]:.1%} repeat
one before them, word for word. Archives repeat themselves more, and spinelink gains by it, because it parses a sentence
once. So the first line is the slowest it gets, the second what a text costs whose every sentence is known.

**What is timed.** Wall time from texts in memory to results in memory, after {WARM_UP} other reports. Start-up is what
comes before: imports, lexicon, rules. Peak memory is that of the process, imports included. "Core" is the share of a
core that the process had: where it is far below 100%, the machine was busy with other work and the line is too low.

- *spinelink* makes all its tables: sections, sentences, levels, sides, grades, assertion, measurements. "Nothing
  cached" is a fresh worker.
- *medSpaCy default* is `medspacy.load()` with its own sentence splitter and its own ConText rules. Its matcher has
  {texts["targets"]:,} targets: our terms, spelled out. The debug log of the splitter, which holds report text, is off.
- *Matcher and ConText* is the same without that splitter: spaCy's tokenizer and rule-based sentencizer take its place.
- A target is a phrase, denied or not. A finding has level, side and grade besides, and one phrase may state several. So
  the counts in the last column show that work was done, and cannot be compared.
"""


def main() -> None:
    """Measure all contenders and write the page, or answer as one of the processes that this starts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=300, help="how many reports")
    parser.add_argument("--page", type=Path, default=PAGE, help="the file to write")
    parser.add_argument("--serve", choices=list(CONTENDERS), help=argparse.SUPPRESS)
    parser.add_argument("--prepare", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.folder)
    elif options.prepare:
        print(json.dumps(prepare(options.reports, options.folder)))
    else:
        with tempfile.TemporaryDirectory() as folder:
            print("making the reports", file=sys.stderr)
            made = prepared(options.reports, folder)
            figures = table(measured(folder), made)
        print(figures)
        options.page.write_text(page(made, figures), encoding="utf-8")


if __name__ == "__main__":
    main()
