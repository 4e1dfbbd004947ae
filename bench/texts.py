"""Write what is measured on into a folder, and print what is to be said of it: `texts.py FOLDER` with three sizes.

A process of its own, because Linux counts the peak memory of a process as that of every process it starts.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archive.measure import repetition
from archive.reports import REPETITION, SEED, Archive, texts, write
from command import ROOT
from spinelink import component, lexicon

WARM_UP = 20
"""Reports of another seed on which every contender is warmed up."""
FULL_LENGTH = 1_200
"""The characters from which on a report of the gold sets is full-length."""
SELDOM = 0.1
"""The share of sentences that repeat in reports that are to be as different as reports are."""
MEASURED = 5000
"""On so many reports of an archive its repetition is measured."""


def gold() -> Iterator[str]:
    """Yield the full-length reports of the gold sets."""
    for file in sorted((ROOT / "corpora").glob("gold*/reports.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            text: str = json.loads(line)["text"]
            if len(text) >= FULL_LENGTH:
                yield text


def distinct(count: int) -> list[str]:
    """Return so many reports, no two alike: those of the gold sets, and made ones."""
    return list(dict.fromkeys([*gold(), *texts(count, SELDOM)]))[:count]


def write_targets(folder: Path) -> int:
    """Write our terms, spelled out, each with the finding that it names; return how many they are."""
    targets = [(rule.literal, rule.category) for rule in component.target_rules(lexicon.shipped())]
    (folder / "targets.json").write_text(json.dumps(targets), encoding="utf-8")
    return len(targets)


def prepared(folder: Path, distinct_reports: int, archived: int, sampled: int) -> dict[str, Any]:
    """Write texts, targets and the archive, and return what is to be said of them."""
    sets = {
        "distinct": distinct(distinct_reports),
        "sample": texts(min(sampled, archived), REPETITION),
        "others": texts(WARM_UP, REPETITION, SEED + 1),
    }
    (folder / "texts").mkdir()
    for name, made in sets.items():
        (folder / "texts" / f"{name}.json").write_text(json.dumps(made), encoding="utf-8")
    write(folder / "one", Archive(), 1)
    said: dict[str, Any] = {
        name: {"reports": len(made), "bytes": sum(len(text.encode()) for text in made)} for name, made in sets.items()
    }
    said["archive"] = {"reports": archived, "bytes": write(folder / "archive", Archive(), archived)}
    for name, made in (("distinct", sets["distinct"]), ("archive", texts(min(MEASURED, archived), REPETITION))):
        found = repetition(made)
        said[name] |= {"sentences": found.sentences, "repeated": found.share, "measured": found.reports}
    return {**said, "gold": sum(1 for _ in gold()), "targets": write_targets(folder), "asked": REPETITION}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--distinct", type=int, required=True)
    parser.add_argument("--archived", type=int, required=True)
    parser.add_argument("--sampled", type=int, required=True)
    options = parser.parse_args()
    print(json.dumps(prepared(options.folder, options.distinct, options.archived, options.sampled)))
