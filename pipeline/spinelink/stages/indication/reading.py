"""A sentence of an indication as a row of atoms: what the lexicon knows in it, numbers, roots, and its marks."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spinelink.lexicon import Lexicon
from spinelink.stages.indication.terms import Entry, TermTree, Token, entry_of, tokens_of

FILES = ("red_flags", "symptoms", "territories", "denials")
"""The files that this stage reads; where two know one wording the earlier holds."""
_MARKS = {",": "comma", "/": "slash", ";": "break", "-": "dash", ":": "colon", "(": "open", ")": "close", "!": "break"}
_SILENT = frozenset(".*#=~^_•·[]{}|\\")
_ROOT = re.compile(r"[ctls]\d{1,2}$")
_DIGIT = re.compile(r"[1-9]$")
_SAID_OTHERWISE = frozenset({"asserting", "noun", "quality", "flag"})
"""What a stretch that states a time may be besides: "chronic pain", "chronic prednisone"."""
HEADS = frozenset({"noun", "quality", "gauge", "grade", "spread"})
PARTS = frozenset({"part", "muscle"})


@dataclass(slots=True, eq=False)
class Atom:
    """A piece of a sentence: `kind` is the form of its row or the name of its mark; offsets are of the sentence.

    `inner` is the side that stood within it, `used` says that another atom has taken it up.
    """

    kind: str
    key: str
    start: int
    end: int
    entry: Entry | None = None
    inner: str = ""
    used: bool = False
    first: int = 0
    last: int = 0

    @property
    def value(self) -> str:
        """What its row means, empty where no row knows it."""
        return self.entry.value if self.entry is not None else ""

    def get(self, name: str) -> str | None:
        """Return an attribute of its row."""
        return self.entry.attributes.get(name) if self.entry is not None else None

    def names(self, name: str) -> tuple[str, ...]:
        """Return the names that an attribute of its row lists."""
        return self.entry.names(name) if self.entry is not None else ()


@dataclass(frozen=True, eq=False)
class Words:
    """Every row of the indication's files, ready to be found."""

    tree: TermTree


def compile_words(lexicon: Lexicon) -> Words:
    """Return the tree of all rows; the words of side and the articles may stand within a term."""
    entries = [(entry_of(row, file), row.term) for file in FILES for row in lexicon.terms(file)]
    skipped = {}
    for entry, term in entries:
        if entry.form == "article":
            skipped.update(dict.fromkeys(_single(term), ""))
        elif entry.form == "adjective":
            skipped.update(dict.fromkeys(_single(term), entry.value))
    return Words(TermTree(entries, skipped))


def _single(term: str) -> list[str]:
    """Return the spellings of a term that are one word."""
    from spinelink.lexicon import expand  # noqa: PLC0415

    return [spelling for spelling in expand(term) if len(tokens_of(spelling)) == 1]


def atoms_of(text: str, words: Words, times: Iterable[tuple[int, int]]) -> list[Atom]:
    """Return the atoms of a sentence; `times` are its stretches that state a time, each one atom."""
    tokens = tokens_of(text)
    capitals = text.isupper()
    spans = deque(sorted(times))
    atoms: list[Atom] = []
    place = limit = 0
    while place < len(tokens):
        token = tokens[place]
        while spans and spans[0][1] <= token.start:
            spans.popleft()
        if spans and spans[0][0] <= token.start:
            start, end = spans.popleft()
            worded = _atom(text, tokens, place, len(tokens), words, capitals=capitals)
            if worded.kind in _SAID_OTHERWISE:
                atoms.append(worded)
                place = max(place + 1, worded.last)
                continue
            last = place
            while last < len(tokens) and tokens[last].start < end:
                last += 1
            atoms.append(Atom("time", "", start, end, first=place, last=last))
            place = last
            continue
        limit = max(limit, place + 1)
        ahead = spans[0][0] if spans else len(text)
        while limit < len(tokens) and tokens[limit].start < ahead:
            limit += 1
        atom = _atom(text, tokens, place, limit, words, capitals=capitals)
        place = max(place + 1, atom.last)
        if atom.key not in _SILENT or atom.entry is not None:
            atoms.append(atom)
    return atoms


def _atom(text: str, tokens: Sequence[Token], place: int, limit: int, words: Words, *, capitals: bool) -> Atom:
    token = tokens[place]
    key = token.key
    if key.isdigit() and (grade := _grade(tokens, place)):
        last = tokens[grade - 1]
        return Atom("grade", key, token.start, last.end, first=place, last=grade)
    found = words.tree.longest(tokens, place, limit, text, capitals=capitals)
    if found is not None:
        end = tokens[found.last - 1].end
        entry = found.entry
        return Atom(entry.form, key, token.start, end, entry, found.inner, first=place, last=found.last)
    kind = _MARKS.get(key)
    if kind is None:
        kind = "number" if key[0].isdigit() else "root" if _ROOT.match(key) else "word"
    return Atom(kind, key, token.start, token.end, first=place, last=place + 1)


def _grade(tokens: Sequence[Token], place: int) -> int:
    """Return where a power grade that begins at a number ends ("4/5", "4+/5"), 0 where none does."""
    if tokens[place].key not in "012345" or len(tokens[place].key) != 1:
        return 0
    before = tokens[place - 1].key if place else ""
    at = place + 1
    if at < len(tokens) and tokens[at].key == "+":
        at += 1
    if before == "/" or at + 1 >= len(tokens) or tokens[at].key != "/" or tokens[at + 1].key != "5":
        return 0
    if tokens[at + 1].end - tokens[place].start > len("4 + / 5"):
        return 0
    after = tokens[at + 2].key if at + 2 < len(tokens) else ""  # noqa: PLR2004
    return 0 if after == "/" else at + 2


def root_names(atoms: Sequence[Atom], place: int) -> tuple[tuple[str, ...], int]:
    """Return the roots written from an atom on ("L5", "L5/S1", "C6 and C7", "L4-5") and the place after them."""
    names = [atoms[place].key.upper()]
    at = place + 1
    while at < len(atoms):
        joined = atoms[at].kind in ("slash", "join", "comma") or atoms[at].get("join") == "and"
        following = at + 1 if joined else at
        if following >= len(atoms):
            break
        atom = atoms[following]
        if atom.kind == "root":
            names.append(atom.key.upper())
        elif (
            atom.kind == "number"
            and _DIGIT.match(atom.key)
            and atoms[at].kind != "comma"
            and atom.start - atoms[at - 1].end <= 1 + (1 if joined else 0)
        ):
            names.append(names[-1][0] + atom.key)
        else:
            break
        at = following + 1
    return tuple(dict.fromkeys(names)), at
