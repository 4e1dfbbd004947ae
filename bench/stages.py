"""Say where the time of a report goes, stage by stage, and write it into docs/profile.md.

    python bench/stages.py [--page docs/profile.md]

Every fictional report of corpora/ that is long enough is read twice by one worker: with nothing cached, and again with
every sentence known. Times are of the processor, and each stage's is without the others'.
"""

from __future__ import annotations

import argparse
import gc
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from time import process_time
from types import ModuleType
from typing import Any

from spinelink import analysis, lexicon, tabulate
from spinelink.records import Analysis, Report
from spinelink.settings import Settings
from spinelink.stages import ingest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "profile.md"
PART = re.compile(r"(<!-- measured: stages -->\n).*?(<!-- end -->)", re.DOTALL)
LEAST = 1_200
"""Characters of a report that is timed: shorter ones are examples of one thing."""
BATCH = 64
STAGES = {
    "sections": "split_sections",
    "sentences": "split_sentences",
    "study": "study_of",
    "resolve": "resolve",
    "corrections": "corrected",
    "statements": "statements_of",
    "grid": "grid_of",
    "discrepancies": "discrepancies_of",
    "indication": "indication_of",
    "links": "links_of",
    "coding": "coded",
    "appropriateness": "audit_of",
}
"""The stages after the parser, and the function of each that a report goes through."""

Times = dict[str, float]


def timed(name: str, function: Callable[..., Any], times: Times) -> Callable[..., Any]:
    """Return the function with its time added up under a name."""

    def call(*arguments: Any, **named: Any) -> Any:
        start = process_time()
        try:
            return function(*arguments, **named)
        finally:
            times[name] += process_time() - start

    return call


def reports() -> list[Report]:
    """Return the reports of the corpora that are of full length."""
    words, settings = lexicon.shipped(), Settings()
    read = ingest.read(ingest.plan([ROOT / "corpora"], settings.ingest, lexicon=words))
    return [record for record in read if isinstance(record, Report) and len(record.text) >= LEAST]


def measured(read: list[Report]) -> list[Times]:
    """Return the milliseconds of a report in each stage: with nothing cached, then with every sentence known."""
    rules = analysis.compile_rules(lexicon.shipped())
    times: Times = defaultdict(float)
    parser = timed("parse", analysis.sentence_parser(rules), times)
    for module, function in STAGES.items():
        stage: ModuleType = getattr(analysis, module)
        setattr(stage, function, timed(module, getattr(stage, function), times))
    build = timed("tables", tabulate.tabulate, times)
    gc.freeze()
    rounds = []
    for _ in ("cold", "warm"):
        times.clear()
        start = process_time()
        for first in range(0, len(read), BATCH):
            done: list[Analysis] = [analysis.analyse(one, rules, parser) for one in read[first : first + BATCH]]
            build(done, Settings().shown)
        times["all"] = process_time() - start
        rounds.append({name: 1000 * seconds / len(read) for name, seconds in times.items()})
    return rounds


def table(cold: Mapping[str, float], warm: Mapping[str, float]) -> str:
    """Return the times as Markdown, the longest first."""
    cold, warm = ({**times, "between them": 2 * times["all"] - sum(times.values())} for times in (cold, warm))
    names = sorted(cold, key=lambda name: (name == "all", -cold[name]))
    lines = ["| | nothing cached, ms | share | every sentence known, ms |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| {name} | {cold[name]:.2f} | {cold[name] / cold['all']:.0%} | {warm[name]:.2f} |" for name in names]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write the page's part."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--page", type=Path, default=PAGE)
    page = options.parse_args().page
    read = reports()
    length = sum(len(report.text) for report in read) / len(read)
    told = f"{len(read)} reports of {length:,.0f} characters on average.\n\n{table(*measured(read))}\n"
    print(told)
    page.write_text(PART.sub(lambda match: f"{match[1]}{told}{match[2]}", page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
