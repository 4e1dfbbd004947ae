"""Does faults to runs and counts what survived: `python -m faults --kills 200 --rounds 10`."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from faults import bench
from faults.kinds import KILLS, OTHERS, Fault

GOLD = Path(__file__).resolve().parents[3] / "corpora" / "gold"


def plan(kills: int, rounds: int) -> Iterator[tuple[Fault, int]]:
    """Yield each fault with how often it is done."""
    left = kills
    for name, (fault, share) in reversed(KILLS.items()):
        times = left if name == "killed" else round(kills * share)
        left -= times
        yield fault, times
    for fault in OTHERS:
        yield fault, rounds


def main() -> int:
    """Do the faults, print a line for each kind and the counts of all; return 1 where one was not survived."""
    options = argparse.ArgumentParser(prog="faults", description=__doc__)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", default="")
    given = options.parse_args()
    tried = survived = lost = 0
    with tempfile.TemporaryDirectory() as folder, bench.opened(Path(folder), GOLD) as place:
        for fault, times in plan(given.kills, given.rounds):
            name, began = fault.__name__, time.monotonic()
            if given.only and name not in given.only.split(","):
                continue
            ok, said = 0, ""
            for n in range(times):
                try:
                    lost += fault(place, random.Random(f"{given.seed} {name} {n}"))
                    ok += 1
                except bench.Undone as reason:
                    times, said = n, f"  not done: {reason}"
                    break
                except (bench.FaultError, OSError) as error:
                    said += f"\n    round {n}: {error}"
            tried, survived = tried + times, survived + ok
            took = time.monotonic() - began
            print(f"{name:22} {ok:4} of {times:4} survived  {took:6.1f} s{said}", flush=True)
    print(f"faults tried: {tried}, survived: {survived}, rows lost: {lost}")
    return 0 if tried == survived and not lost else 1


if __name__ == "__main__":
    sys.exit(main())
