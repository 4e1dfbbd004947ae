"""The pieces of meaning in a sentence, in order: what the lexicons and the level grammar recognise in its words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from spinelink.levels import LevelRules, find_levels
from spinelink.lexicon import Lexicon, Term, expand
from spinelink.records import LevelMention
from spinelink.stages.parse.tokens import Spelling, Token, tokenize

KINDS = {
    "findings": "F",
    "structures": "S",
    "processes": "P",
    "states": "N",
    "severities": "G",
    "sides": "D",
    "zones": "Z",
    "cues": "X",
    "changes": "C",
    "qualifiers": "U",
    "connectors": "K",
}
"""Lexicon file to the kind of its atoms; L is a level, R a named root, W any other word."""

_NUMBER = r"\d+(?:\.\d+)?"
MEASURE = re.compile(
    rf"(?<![\w.])(?:{_NUMBER}\s*(?:mm|cm)?\s*(?:ap|tr|cc|transverse|craniocaudal)?\s*(?:x|\u00d7|by)\s*)*"
    rf"{_NUMBER}\s*(?:mm|cm|%|percent|degrees?|deg\b|\u00b0)(?![a-z])",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Atom:
    """One piece: `kind` as in KINDS, `value` and `form` of its row, offsets in the sentence.

    `others` holds further readings of the same words, `level` the place of an L or R atom. `frame` marks a piece of the
    label in force, which has no place in the sentence.
    """

    kind: str
    value: str
    form: str
    start: int
    end: int
    term: Term | None = None
    others: tuple[Term, ...] = ()
    level: LevelMention | None = None
    frame: bool = False

    @property
    def rule_id(self) -> str:
        """The id of the row or level rule that recognised it."""
        if self.term is not None:
            return self.term.id
        return self.level.rule_id if self.level is not None else ""

    def readings(self) -> tuple[Term, ...]:
        """Return every row that these words may stand for."""
        return () if self.term is None else (self.term, *self.others)


@dataclass(frozen=True)
class Vocabulary:
    """The lexicons' phrases by their first word, longest first, with the rows that each stands for."""

    phrases: dict[str, tuple[tuple[tuple[str, ...], str, tuple[Term, ...]], ...]]
    spelling: Spelling
    levels: LevelRules


_PRECEDENCE = "FXQCUSPNGDZK"


def compile_vocabulary(lexicon: Lexicon, spelling: Spelling, levels: LevelRules) -> Vocabulary:
    """Return the phrases of every file of terms; of two kinds for the same words the first in precedence leads."""
    rows: dict[tuple[str, ...], list[tuple[str, Term]]] = {}
    for name, kind in KINDS.items():
        for term in lexicon.terms(name):
            for spelled in expand(term.term):
                words = tuple(token.word for token in tokenize(spelled, spelling))
                entries = rows.setdefault(words, [])
                if (kind, term) not in entries:
                    entries.append((kind, term))
    phrases: dict[str, list[tuple[tuple[str, ...], str, tuple[Term, ...]]]] = {}
    for words, entries in rows.items():
        lead = min((kind for kind, _ in entries), key=_PRECEDENCE.index)
        terms = tuple(term for kind, term in entries if kind == lead)
        phrases.setdefault(words[0], []).append((words, lead, terms))
    ordered = {first: tuple(sorted(found, key=lambda entry: -len(entry[0]))) for first, found in phrases.items()}
    return Vocabulary(ordered, spelling, levels)


def lex(text: str, vocabulary: Vocabulary) -> list[Atom]:
    """Return the atoms of a sentence in order."""
    places = find_levels(text, vocabulary.levels)
    tokens = tokenize(text, vocabulary.spelling)
    atoms: list[Atom] = []
    measures = [match.span() for match in MEASURE.finditer(text)]
    nth_place = nth_measure = i = 0
    words = [token.word for token in tokens]
    count = len(tokens)
    while i < count:
        start = tokens[i].start
        while nth_measure < len(measures) and measures[nth_measure][1] <= start:
            nth_measure += 1
        if nth_place < len(places) and tokens[i].end > places[nth_place].start:
            place = places[nth_place]
            nth_place += 1
            while i < count and tokens[i].start < place.end:
                i += 1
            atoms.append(_place_atom(place))
            continue
        if nth_measure < len(measures) and start >= measures[nth_measure][0]:
            begin, end = measures[nth_measure]
            while i < count and tokens[i].start < end:
                i += 1
            atoms.append(Atom("M", text[begin:end], "", begin, end))
            continue
        limit = places[nth_place].start if nth_place < len(places) else len(text)
        length, atom = _phrase_atom(tokens, words, i, limit, vocabulary)
        atoms.append(atom)
        i += length
    return _with_named_roots(atoms)


def _with_named_roots(atoms: list[Atom]) -> list[Atom]:
    """Return the atoms with a root's name made part of the root: "L5 nerve root", "nerve root L5"."""
    kept: list[Atom] = []
    for atom in atoms:
        last = kept[-1] if kept else None
        if last is not None and {last.kind, atom.kind} == {"R", "S"}:
            root, name = (atom, last) if atom.kind == "S" else (last, atom)
            if root.value == "root" and root.level is None:
                kept[-1] = replace(root, level=name.level, start=last.start, end=atom.end)
                continue
        kept.append(atom)
    return kept


def _place_atom(place: LevelMention) -> Atom:
    if place.role == "root":
        return Atom("R", place.levels[0] if place.levels else "", "", place.start, place.end, level=place)
    if place.role == "level":
        return Atom("L", place.kind, place.form, place.start, place.end, level=place)
    return Atom("W", "place", "", place.start, place.end, level=place)


def _phrase_atom(tokens: list[Token], words: list[str], i: int, limit: int, vocabulary: Vocabulary) -> tuple[int, Atom]:
    """Return how many tokens the longest phrase at `i` takes, and its atom."""
    token = tokens[i]
    for phrase, kind, terms in vocabulary.phrases.get(token.word, ()):
        size = len(phrase)
        if size == 1 or tuple(words[i : i + size]) == phrase:
            end = tokens[i + size - 1].end
            if end <= limit:
                term = terms[0]
                return size, Atom(kind, term.value, term.form, token.start, end, term, terms[1:])
    if token.word == "(":
        return 1, Atom("K", "open", "paren", token.start, token.end)
    if token.word == ")":
        return 1, Atom("K", "close", "paren", token.start, token.end)
    return 1, Atom("W", token.word, "", token.start, token.end)
