"""Words of a sentence with their offsets, folded to the spelling that the lexicons use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from spinelink.alternatives import expand
from spinelink.lexicon import Lexicon, Worded
from spinelink.phrases import fold

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+|[^\w\s]|_")
_LETTERS = re.compile(r"[^\W\d_]+")
_DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
_APOSTROPHES = frozenset("'\u2019\u02bc`\u00b4")
_BULLETS = frozenset('\u2022\u00b7*_#|"\u201c\u201d\u00bb\u00ab')
_FUZZY_FILES = ("findings", "structures", "processes", "zones", "severities")
_LANGUAGE = (
    *_FUZZY_FILES, "states", "sides", "cues", "changes", "qualifiers", "connectors", "places", "compositions",
    "headings", "exams", "statements",
)  # fmt: skip
"""The files whose words are no typing errors of others."""
_NEAR = 6
"""Words of this many letters are matched with one typing error (an added, missing, wrong or swapped letter)."""
_SHORT = 3
"""A full stop after at most this many letters shortens a word."""
_CACHED = 100_000
_REMEMBERED = 20_000
_NONE: dict[str, str] = {}
_LONGEST = 40
"""Words of more letters are no typing errors of any term's."""
_FAR = 10
"""Words of this many letters are matched with two."""


Token = tuple[str, int, int]
"""A word, number or mark as the lexicons write it, where it starts and where it ends."""


def words_of(term: str, spelling: Spelling | None = None) -> list[str]:
    """Return a term's words: "broad-based disc" is broad, based, disc."""
    written = [word for piece in term.split() for word in _words_in(piece)]
    if spelling is None:
        return written
    words: list[str] = []
    for word in written:
        spelled = spelling.word(word) if word[0].isalnum() else word
        joined = spelling.pairs.get(words[-1], _NONE).get(spelled) if words else None
        if joined is None:
            words.append(spelled)
        else:
            words[-1] = joined
    return words


@cache
def _words_in(piece: str) -> tuple[str, ...]:
    """Return the words of what stands between two spaces of a term: terms share them."""
    return tuple(word for word, _, _ in tokenize(piece, None))


def tokenize(text: str, spelling: Spelling | None) -> list[Token]:
    """Return the tokens of a sentence; a hyphen inside a word parts it, a hyphen between spaces is a token."""
    tokens: list[Token] = []
    pairs = spelling.pairs if spelling is not None else {}
    pieces = spelling.pieces if spelling is not None else {}
    last, place = "", 0
    for piece in fold(text).split(" "):
        read = pieces.get(piece)
        if read is None:
            read = spelling.read(piece) if spelling is not None else _tokens(piece, None)
        for word, begin, end in read:
            start = place + begin
            if word == "." and tokens and _is_short(tokens[-1], start):
                continue
            following = pairs.get(last)
            if following is not None and word in following:
                word, start = following[word], tokens.pop()[1]
            tokens.append((word, start, place + end))
            last = word
        place += len(piece) + 1
    return tokens


def _tokens(piece: str, spelling: Spelling | None) -> tuple[Token, ...]:
    """Return the tokens of what stands between two spaces, which depend on nothing else."""
    found: list[Token] = []
    for match in _TOKEN.finditer(piece):
        written, (start, end) = match[0], match.span()
        if len(written) == 1 and not written.isalnum():
            word = _mark(written, piece, start, end)
        elif written == "s" and start and piece[start - 1] in _APOSTROPHES:
            word = None
        else:
            word = spelling.word(written) if spelling is not None else written
        if word is not None:
            found.append((word, start, end))
    return tuple(found)


def _is_short(token: Token, place: int) -> bool:
    """Say whether a full stop at a place shortens a word ("Rt.", "bds."): no sentence ends within a sentence."""
    word, start, end = token
    return end == place and end - start <= _SHORT and word.isalpha()


def _mark(mark: str, piece: str, start: int, end: int) -> str | None:
    """Return a mark as the lexicons write it, None for one that says nothing."""
    if mark in _BULLETS or mark in _APOSTROPHES:
        return None
    if mark not in _DASHES:
        return mark
    inside = 0 < start and end < len(piece) and not piece[start - 1].isspace() and not piece[end].isspace()
    return None if inside else "-"


@dataclass(frozen=True)
class Spelling:
    """Spellings folded to one, and long words with a typing error folded to the lexicon's nearest.

    Negation cues, levels, sides and normal states are never guessed: only words of findings, structures, processes,
    zones and severities are. A word that any lexicon knows stands as it is. `pairs` are two words that are one, by the
    first and the second; `pieces` remembers the tokens of what stands between two spaces, of which texts repeat most.
    """

    known: dict[str, str]
    pairs: dict[str, dict[str, str]]
    near: dict[str, str]
    cache: dict[str, str] = field(default_factory=dict)
    pieces: dict[str, tuple[Token, ...]] = field(default_factory=dict)

    def read(self, piece: str) -> tuple[Token, ...]:
        """Return the tokens of what stands between two spaces, and remember them."""
        tokens = _tokens(piece, self)
        if len(piece) <= _LONGEST:
            if len(self.pieces) >= _REMEMBERED:
                self.pieces.clear()
            self.pieces[piece] = tokens
        return tokens

    def word(self, written: str) -> str:
        """Return a word as the lexicon spells it."""
        found = self.known.get(written)
        return found if found is not None else self.guess(written)

    def guess(self, word: str) -> str:
        """Return the lexicon word that an unknown one is a typing error of, the word itself where there is none."""
        if not _NEAR <= len(word) <= _LONGEST or not word.isalpha():
            return word
        found = self.cache.get(word)
        if found is None:
            found = self._nearest(word)
            if len(self.cache) < _CACHED:
                self.cache[word] = found
        return found

    def _nearest(self, word: str) -> str:
        """Return the one lexicon word within reach, the word itself where there is none or more than one."""
        for distance in (1, 2) if len(word) >= _FAR else (1,):
            found = {self.near[key] for key in _deletions(word, distance) if key in self.near}
            close = {target for target in found if target[0] == word[0] and _within(word, target, distance)}
            if len(close) == 1:
                return close.pop()
            if close:
                return word
        return word


def compile_spelling(lexicon: Lexicon) -> Spelling:
    """Return the spelling rules of a lexicon."""
    known: dict[str, str] = {}
    for name in _LANGUAGE:
        for row in lexicon.rows[name]:
            for word in _LETTERS.findall(row.term) if isinstance(row, Worded) else ():
                known.setdefault(word, word)
    targets = {
        word
        for name in _FUZZY_FILES
        for row in lexicon.terms(name)
        for spelling in expand(row.term)
        for word in words_of(spelling)
        if len(word) >= _NEAR and word.isalpha()
    }
    for word in targets:
        known[word] = word
    pairs: dict[str, dict[str, str]] = {}
    for row in lexicon.spellings():
        for variant in expand(row.term):
            first, _, second = variant.partition(" ")
            if second:
                pairs.setdefault(first, {})[second] = row.canonical
                known.setdefault(first, first)
                known.setdefault(second, second)
            else:
                known[variant] = row.canonical
    near: dict[str, str] = {}
    for target in sorted(targets):
        for key in _deletions(target, 2 if len(target) >= _FAR else 1):
            near.setdefault(key, target)
    return Spelling(known, pairs, near)


def _deletions(word: str, distance: int) -> set[str]:
    """Return the word and what is left of it when up to `distance` letters are dropped (Garbe's symmetric deletion)."""
    reached = {word}
    edge: Iterable[str] = (word,)
    for _ in range(distance):
        edge = {shorter[:i] + shorter[i + 1 :] for shorter in edge for i in range(len(shorter))}
        reached |= edge
    return reached


def _within(word: str, target: str, limit: int) -> bool:
    """Say whether at most `limit` added, missing, wrong or swapped letters part the two (Damerau distance)."""
    if abs(len(word) - len(target)) > limit:
        return False
    before: list[int] = []
    previous = list(range(len(target) + 1))
    for i, letter in enumerate(word, 1):
        row = [i]
        for j, other in enumerate(target, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == target[j - 2] and word[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, previous = previous, row
    return previous[-1] <= limit
