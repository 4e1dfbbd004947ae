"""Phrases of the lexicon found in text, word by word; where several match at one place the longest wins.

Between two words of a term may stand any run of spaces, line breaks, hyphens and underscores ("follow-up" is "follow
up", "MRI_SPINE" is "MRI SPINE"), so that wrapped lines and exam codes read alike. Matching is on a folded view of the
text, with the text's offsets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from spinelink.alternatives import expand
from spinelink.lexicon import Phrase

_WORD = re.compile(r"[^\W_]+")
_STEP = re.compile(r"[\s_\u2010-\u2015-]*+([^\W_]+|[^\s_\u2010-\u2015-])")
"""The next word or sign, and what may stand before it: possessive, so that a long gap is read once."""
_SPACED = {code: " " for code in range(128) if not chr(code).isalnum()}
"""What parts the words of an ASCII text, as a space."""


class Hit(NamedTuple):
    """A row at work: `start` and `end` are offsets into the text that was searched."""

    row: Phrase
    start: int
    end: int


@dataclass(slots=True)
class _Node:
    """The words of a term read so far: what may follow, and the row whose term ends here."""

    following: dict[str, _Node] = field(default_factory=dict)
    row: Phrase | None = None


def fold(text: str) -> str:
    """Return the text in lower case with every offset kept (letters that grow in lower case stay as they are)."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


class PhraseBook:
    """Rows that are found together; where two rows share a wording the first holds.

    Only words that begin a row are looked at, so the time is linear in the text and hardly grows with the rows. Texts
    without the first two words of a row, which most are, are done at once.
    """

    def __init__(self, rows: Iterable[Phrase]) -> None:
        self._first: dict[str, _Node] = {}
        self._alone: set[str] = set()
        self._pairs: set[tuple[str, str]] = set()
        for row in rows:
            for spelling in expand(row.term):
                node = _Node(self._first)
                steps = _STEP.findall(spelling)
                for word in steps:
                    node = node.following.setdefault(word, _Node())
                node.row = node.row or row
                words = list(filter(str.isalnum, steps))
                self._alone.update(words if len(words) == 1 else ())
                self._pairs.update(pairwise(words[:2]))

    def hits(self, folded: str, start: int = 0, end: int | None = None) -> Iterator[Hit]:
        """Yield the rows found in `folded[start:end]` in order, none overlapping; the text must be folded."""
        end = len(folded) if end is None else end
        said = folded[start:end]
        words = said.translate(_SPACED).split() if said.isascii() else _WORD.findall(said)
        if self._alone.isdisjoint(words) and self._pairs.isdisjoint(pairwise(words)):
            return
        first, done = self._first, start
        for word in _WORD.finditer(folded, start, end):
            node = first.get(word[0])
            if node is None or word.start() < done:
                continue
            if node.following:
                hit = _longest(folded, word.start(), word.end(), end, node)
            else:
                hit = Hit(node.row, *word.span()) if node.row is not None else None
            if hit is not None:
                done = hit.end
                yield hit


def _longest(folded: str, start: int, place: int, end: int, node: _Node) -> Hit | None:
    """Return the longest term that goes on from its first word, which ends at `place`."""
    found = Hit(node.row, start, place) if node.row is not None else None
    while node.following and (step := _STEP.match(folded, place, end)) is not None:
        following = node.following.get(step[1])
        if following is None:
            break
        node, place = following, step.end()
        if node.row is not None:
            found = Hit(node.row, start, place)
    return found
