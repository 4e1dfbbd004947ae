"""Contenders taking turns on the same texts: one at work while the others wait, so that all meet the same machine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from command import ROOT, environment

ROUNDS = 5

Turns = list[dict[str, float]]


class Contender:
    """A contender in a process of its own, and what it has answered: `turns` by texts and pass."""

    def __init__(self, name: str, folder: str, python: str) -> None:
        self.name = name
        self.turns: dict[tuple[str, int], Turns] = {}
        self._process = subprocess.Popen(
            [python, str(ROOT / "bench" / "contenders.py"), name, folder],
            env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        told = self._answer()
        self.start_up, self.versions = told["start_up"], told["versions"]

    def turn(self, texts: str, number: int) -> None:
        """Let it work on its next part of some texts in one pass over them, and wait for it."""
        turns = self.turns.setdefault((texts, number), [])
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"texts": texts, "part": len(turns), "parts": ROUNDS}) + "\n")
        self._process.stdin.flush()
        turns.append(self._answer())

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"bench: {self.name} ended before its turn")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def total(self, texts: str, number: int, key: str) -> float:
        """Return the sum of what it answered in one pass over some texts."""
        return sum(turn[key] for turn in self.turns[texts, number])

    @property
    def memory(self) -> float:
        """The most memory that it had after one pass over each of its texts, in MB."""
        return max(turn["memory"] for (_, number), turns in self.turns.items() if not number for turn in turns)

    def end(self) -> None:
        """Let its process end."""
        self._process.communicate()


def measured(pythons: Mapping[str, str], passes: Iterable[tuple[str, str, int]], folder: str) -> dict[str, Contender]:
    """Return every contender with all its turns taken.

    `pythons` are their names and interpreters, `passes` a contender, its texts and the number of the pass; passes of
    one number over the same texts go by turns, later numbers come after.
    """
    contenders = {}
    for name, python in pythons.items():
        print(f"starting {name}", file=sys.stderr)
        contenders[name] = Contender(name, folder, python)
    together: dict[tuple[str, int], list[str]] = {}
    for name, texts, number in passes:
        together.setdefault((texts, number), []).append(name)
    for (texts, number), names in together.items():
        for turn in range(ROUNDS):
            print(f"{texts} texts, pass {number + 1}: round {turn + 1} of {ROUNDS}", file=sys.stderr)
            for name in names:
                contenders[name].turn(texts, number)
    for contender in contenders.values():
        contender.end()
    return contenders
