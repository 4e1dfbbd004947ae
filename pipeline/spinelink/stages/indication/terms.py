"""The words of an indication and the rows of the lexicon that know them, found in one pass over a tree of words.

Between two words of a term may stand hyphens, articles, and one word of side ("dorsum of the left foot" is the term
"dorsum of foot", told of the left). Where several rows match at one place the longest whose neighbours fit holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from spinelink.alternatives import expand
from spinelink.lexicon import Term

_TOKEN = re.compile(
    r"\d+(?:[.,]\d+)*"
    r"|[^\W\d_][^\W_]*(?:['\u2019\u02bc][^\W_]+)*"
    r"|(?<![^\W_])[+\u2212-]ve\b"
    r"|(?<=[\s(])[-\u2013\u2014](?=[\s)])"
    r"|[^\w\s\u2010-\u2015'\u2019\u02bc\"-]"
)
_APOSTROPHE = re.compile(r"['\u2019\u02bc](?:s$)?")
NUMBER, YEAR = "#", "yyyy"
"""What stands in a term or condition for any number, and for a year."""
_YEAR = re.compile(r"(?:19|20)\d\d$")
_NEAR = 6
"""How many words after a term its `near` condition looks at."""


_LED = 4
"""How many words before a term its `led_by` condition looks at."""


class Token(NamedTuple):
    """A word, number or sign: `key` is how the lexicon writes it, without apostrophes and possessives."""

    key: str
    start: int
    end: int


def tokens_of(folded: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Return the words and signs of a folded text; hyphens within words part them, dashes between words stand."""
    found = _TOKEN.finditer(folded, start, len(folded) if end is None else end)
    return [Token(_key(match[0]), match.start(), match.end()) for match in found]


@cache
def _keys_of(piece: str) -> tuple[str, ...]:
    """Return the keys of what stands between two spaces of a term: terms share their words."""
    return tuple(token.key for token in tokens_of(f" {piece} "))


def _key(word: str) -> str:
    if "'" in word or "\u2019" in word or "\u02bc" in word:
        return _APOSTROPHE.sub("", word)
    return "-" if word in "\u2013\u2014\u2212" else word


class Written(NamedTuple):
    """A sentence as it is written: `text` is that of its section, `folded` the same in small letters."""

    text: str
    folded: str
    start: int
    end: int

    def stands_out(self, start: int, end: int) -> bool:
        """Tell whether a word is in capitals and its sentence is not."""
        return self.text[start:end].isupper() and not self.text[self.start : self.end].isupper()


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A row ready to be found: its kind is its form, `attributes` are taken apart."""

    id: str
    form: str
    value: str
    file: str
    attributes: dict[str, str]
    after: frozenset[str]
    before: frozenset[str]
    not_after: frozenset[str]
    not_before: frozenset[str]
    not_near: frozenset[str]
    led_by: frozenset[str]
    upper: bool

    def get(self, name: str) -> str | None:
        """Return an attribute, None where the row has no such."""
        return self.attributes.get(name)

    def names(self, name: str) -> tuple[str, ...]:
        """Return the names that an attribute lists."""
        listed = self.attributes.get(name)
        return tuple(listed.split("|")) if listed else ()


def entry_of(row: Term, file: str) -> Entry:
    """Return the row with its attributes taken apart."""
    attributes = dict(part.split("=", 1) for part in row.attributes.split(";") if part)

    def words(name: str) -> frozenset[str]:
        return frozenset(filter(None, attributes.get(name, "").split("|")))

    return Entry(
        id=row.id,
        form=row.form,
        value=row.value,
        file=file,
        attributes=attributes,
        after=words("after"),
        before=words("before"),
        not_after=words("not_after"),
        not_before=words("not_before"),
        not_near=words("not_near"),
        led_by=words("led_by"),
        upper=attributes.get("case") == "upper",
    )


class Found(NamedTuple):
    """A row at work on the tokens `first` to `last` (exclusive); `inner` is the side that stood within it."""

    entry: Entry
    first: int
    last: int
    inner: str = ""


@dataclass(slots=True)
class _Node:
    following: dict[str, _Node] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry, keys: Sequence[str]) -> None:
        """Let an entry end after these words."""
        node = self
        for key in keys:
            step = node.following.get(key)
            if step is None:
                step = node.following[key] = _Node()
            node = step
        if entry not in node.entries:
            node.entries.append(entry)


class TermTree:
    """Rows of several files found together; `skipped` are words that may stand in a term, with the side they tell.

    The terms of a first word are taken apart when a text first has that word: most words begin none, and most terms of
    a lexicon are never met.
    """

    def __init__(self, entries: Iterable[tuple[Entry, str]], skipped: dict[str, str]) -> None:
        self._skipped = skipped
        self._first: dict[str, _Node] = {}
        self._untouched: dict[str, list[tuple[Entry, str]]] = {}
        for entry, term in entries:
            for spelling in expand(term):
                keys = _keys_of(spelling.partition(" ")[0]) or self._steps(spelling)
                if keys:
                    self._untouched.setdefault(keys[0], []).append((entry, spelling))

    def _begun(self, key: str) -> _Node | None:
        """Return where the terms that begin with a word stand, None where there are none."""
        spellings = self._untouched.get(key)
        if spellings is None:
            return None
        node = self._first.get(key)
        if node is None:
            node = _Node()
            for entry, spelling in spellings:
                node.add(entry, self._steps(spelling)[1:])
            self._first[key] = node
        return node

    def _steps(self, spelling: str) -> list[str]:
        """Return the words of a spelling without the articles within it."""
        keys = [key for piece in spelling.split() for key in _keys_of(piece)]
        if self._skipped.keys().isdisjoint(keys):
            return keys
        return [
            key
            for place, key in enumerate(keys)
            if self._skipped.get(key, key) or place in (0, len(keys) - 1) or keys[place - 1] == "/"
        ]

    def longest(self, tokens: Sequence[Token], place: int, limit: int, written: Written) -> Found | None:
        """Return the longest row that begins at a token and whose neighbours fit, None where there is none.

        It ends before the token `limit`. A row that asks for capitals holds where only the term stands in them.
        """
        key = tokens[place].key
        for first in (key, NUMBER) if key[0].isdigit() else (key,):
            node = self._begun(first)
            found = self._longest_from(node, tokens, place, limit, written) if node is not None else None
            if found is not None:
                return found
        return None

    def _longest_from(
        self, node: _Node, tokens: Sequence[Token], place: int, limit: int, written: Written
    ) -> Found | None:
        """Return the longest row that goes on from the node of its first word."""
        reached: list[tuple[_Node, int, str]] = []
        at, inner = place + 1, ""
        if node.entries:
            reached.append((node, at, inner))
        while at < limit:
            following = node.following
            if not following:
                break
            key = tokens[at].key
            step = following.get(key) or _numbered(key, following)
            if step is None:
                side = self._skipped.get(key)
                if side is None or at + 1 >= limit or (side and inner):
                    break
                inner = side or inner
                at += 1
                continue
            node, at = step, at + 1
            if node.entries:
                reached.append((node, at, inner))
        for node, last, side in reversed(reached):
            for entry in node.entries:
                capitals = not entry.upper or written.stands_out(tokens[place].start, tokens[last - 1].end)
                if capitals and _fits(entry, tokens, place, last):
                    return Found(entry, place, last, side)
        return None


def _numbered(key: str, following: dict[str, _Node]) -> _Node | None:
    """Return where a number leads that no term names by itself."""
    if not key[0].isdigit():
        return None
    return (following.get(YEAR) if _YEAR.match(key) else None) or following.get(NUMBER)


def _fits(entry: Entry, tokens: Sequence[Token], first: int, last: int) -> bool:
    """Tell whether the words beside a match are those that its row asks for and none that it excludes."""
    if entry.after or entry.not_after:
        before = tokens[first - 1].key if first else ""
        if _is_one_of(before, entry.not_after) or (entry.after and not _is_one_of(before, entry.after)):
            return False
    if entry.before or entry.not_before:
        after = tokens[last].key if last < len(tokens) else ""
        if _is_one_of(after, entry.not_before) or (entry.before and not _is_one_of(after, entry.before)):
            return False
    if entry.led_by and not any(token.key in entry.led_by for token in tokens[max(0, first - _LED) : first]):
        return False
    return not entry.not_near or entry.not_near.isdisjoint(near(tokens, last))


def near(tokens: Sequence[Token], last: int) -> list[str]:
    """Return the next few words after a match, up to the end of its clause."""
    words = []
    for token in tokens[last : last + _NEAR]:
        if token.key in ".;,":
            break
        words.append(token.key)
    return words


def _is_one_of(key: str, words: frozenset[str]) -> bool:
    if not key or not words:
        return False
    return key in words or (key[0].isdigit() and (NUMBER in words or (YEAR in words and _YEAR.match(key) is not None)))
