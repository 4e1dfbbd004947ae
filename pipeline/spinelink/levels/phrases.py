"""Phrases that are places by themselves ("all lumbar levels", "the level below"), found beside written levels."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from spinelink.lexicon import Term

_JOINED = r"[^\W_]+(?:[/'\u2019.][^\W_]+)*"
WRITTEN = re.compile(rf"{_JOINED}(?: {_JOINED})*")
"""How such a phrase is written in the lexicon: words of letters and digits, "l/s" a word too."""
_WORD = re.compile(_JOINED)
_ALONE = re.compile(r"[^\W_]+")
_GAP = re.compile(r"[\s-]{1,4}", re.ASCII)
_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
"""Small letters for capitals, with every offset kept."""
_start = attrgetter("start")


class Found(NamedTuple):
    """Where a level begins to be written, or a phrase stands: then `row` is its row and `end` its end."""

    start: int
    end: int
    row: Term | None


@dataclass(slots=True)
class _Node:
    following: dict[str, _Node] = field(default_factory=dict)
    row: Term | None = None


class Phrases:
    """Phrases as a tree of their words: there are thousands, of which few words begin one."""

    def __init__(self, rows: Mapping[str, Term]) -> None:
        self._first = _Node()
        for phrase, row in rows.items():
            node = self._first
            for word in phrase.split(" "):
                node = node.following.setdefault(word, _Node())
            node.row = row

    def openings(self) -> list[str]:
        """Return the first two words of every phrase, in order; the first alone where it is a phrase by itself."""
        return sorted(
            f"{first} {second}" if second else first
            for first, node in self._first.following.items()
            for second in ([""] if node.row is not None else node.following)
        )

    def longest(self, text: str, start: int) -> Found | None:
        """Return the longest phrase that begins at a place, None where there is none."""
        node, place, found = self._first, start, None
        while (step := next(self._steps(text, place, node), None)) is not None:
            node, end = step
            if node.row is not None:
                found = Found(start, end, node.row)
            gap = _GAP.match(text, end)
            if gap is None or not node.following:
                break
            place = gap.end()
        return found

    def _steps(self, text: str, place: int, node: _Node) -> Iterator[tuple[_Node, int]]:
        """Yield the node and the end of the next word: with what slashes and the like join to it, else alone."""
        for word in (_WORD.match(text, place), _ALONE.match(text, place)):
            following = node.following.get(word[0].lower()) if word is not None else None
            if word is not None and following is not None:
                yield following, word.end()


class Beginnings:
    """Where a phrase or a written level begins in a text; `opening` is how phrases begin, in small letters."""

    def __init__(self, phrases: Phrases, opening: re.Pattern[str], vertebra: re.Pattern[str]) -> None:
        self._phrases = phrases
        self._opening = opening
        self._vertebra = vertebra

    def phrase(self, text: str, place: int) -> Found | None:
        """Return the phrase that begins at a place."""
        return self._phrases.longest(text, place)

    def of(self, text: str) -> list[Found]:
        """Return what begins in a text, in order; of two at one place the phrase comes first."""
        levels = [Found(*level.span(), None) for level in self._vertebra.finditer(text)]
        small = text.lower() if text.isascii() else text.translate(_SMALL)
        openings = [opening.start() for opening in self._opening.finditer(small)]
        phrases = [found for start in openings if (found := self._phrases.longest(text, start)) is not None]
        return sorted([*phrases, *levels], key=_start) if phrases else levels
