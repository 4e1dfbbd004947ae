"""A sentence of an indication as a row of atoms: what the lexicon knows in it, numbers, roots, and its marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spinelink.alternatives import expand
from spinelink.lexicon import Lexicon
from spinelink.stages.indication.terms import Entry, TermTree, Token, Written, entry_of, tokens_of

FILES = ("red_flags", "symptoms", "territories", "denials")
"""The files that this stage reads; where two know one wording the earlier holds."""
_MARKS = {",": "comma", "/": "slash", ";": "break", "-": "dash", ":": "colon", "(": "open", ")": "close", "!": "break"}
_SILENT = frozenset(".*#=~^_•·[]{}|\\")
_ROOT = re.compile(r"[ctdls]\d{1,2}$")
_DIGIT = re.compile(r"[1-9]$")
_SAID_OTHERWISE = frozenset({"asserting", "noun", "quality", "flag"})
"""What a stretch that states a time may be besides: "chronic pain", "chronic prednisone"."""
HEADS = frozenset({"noun", "quality", "gauge", "grade", "spread"})
PARTS = frozenset({"part", "muscle"})


@dataclass(slots=True, eq=False)
class Atom:
    """A piece of a sentence: `kind` is the form of its row or the name of its mark; offsets are of its section.

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
    """Every row of the indication's files, ready to be found; `passed_over` are words that may stand within a term."""

    tree: TermTree
    passed_over: frozenset[str]


def compile_words(lexicon: Lexicon) -> Words:
    """Return the tree of all rows; the words of side and the articles may stand within a term."""
    entries = [(entry_of(row, file), row.term) for file in FILES for row in lexicon.terms(file)]
    skipped = {}
    for entry, term in entries:
        if entry.form == "article":
            skipped.update(dict.fromkeys(_single(term), ""))
        elif entry.form == "adjective":
            skipped.update(dict.fromkeys(_single(term), entry.value))
    return Words(TermTree(entries, skipped), frozenset(skipped))


def _single(term: str) -> list[str]:
    """Return the spellings of a term that are one word."""
    return [spelling for spelling in expand(term) if len(tokens_of(spelling)) == 1]


def atoms_of(written: Written, words: Words, times: Iterable[tuple[int, int]]) -> list[Atom]:
    """Return the atoms of a sentence; `times` are its stretches that state a time, each one atom."""
    tokens = tokens_of(written.folded, written.start, written.end)
    atoms: list[Atom] = []
    place = 0
    for begin, stop in [*sorted(times), (written.end, written.end)]:
        limit = place
        while limit < len(tokens) and tokens[limit].start < begin:
            limit += 1
        while place < limit:
            place = _add(atoms, tokens, place, limit, words, written)
        if place >= len(tokens) or tokens[place].start >= stop:
            continue
        worded = _atom(tokens, place, len(tokens), words, written)
        if worded.kind in _SAID_OTHERWISE:
            place = _add(atoms, tokens, place, len(tokens), words, written)
            continue
        last = place
        while last < len(tokens) and tokens[last].start < stop:
            last += 1
        atoms.append(Atom("time", "", tokens[place].start, stop, first=place, last=last))
        place = last
    return atoms


def _add(atoms: list[Atom], tokens: Sequence[Token], place: int, limit: int, words: Words, written: Written) -> int:
    """Append the atom that begins at a token, but for a silent sign; return the place after it."""
    atom = _atom(tokens, place, limit, words, written)
    if atom.entry is not None or atom.key not in _SILENT:
        atoms.append(atom)
    return max(place + 1, atom.last)


def _atom(tokens: Sequence[Token], place: int, limit: int, words: Words, written: Written) -> Atom:
    token = tokens[place]
    key = token.key
    if key.isdigit() and (grade := _grade(tokens, place)):
        last = tokens[grade - 1]
        return Atom("grade", key, token.start, last.end, first=place, last=grade)
    found = words.tree.longest(tokens, place, limit, written)
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
    after = tokens[at + 2].key if at + 2 < len(tokens) else ""
    return 0 if after == "/" else at + 2


def root_names(atoms: Sequence[Atom], place: int) -> tuple[tuple[str, ...], int]:
    """Return the roots written from an atom on ("L5", "L5/S1", "C6 and C7", "L4-5") and the place after them."""
    names = [_root(atoms[place].key)]
    at = place + 1
    while at < len(atoms):
        joined = atoms[at].kind in ("slash", "join", "comma") or atoms[at].get("join") == "and"
        following = at + 1 if joined else at
        if following >= len(atoms):
            break
        atom = atoms[following]
        if atom.kind == "root":
            names.append(_root(atom.key))
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


def _root(key: str) -> str:
    """Return a root as the tables name it; dorsal is thoracic."""
    return ("T" + key[1:] if key[0] == "d" else key).upper()
