"""The pieces of meaning in a sentence, in order: what the lexicons and the level grammar recognise in its words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from spinelink.alternatives import expand
from spinelink.levels import LevelRules, find_levels
from spinelink.lexicon import Lexicon, Term
from spinelink.records import LevelMention
from spinelink.stages.parse.tokens import Spelling, Token, tokenize, words_of

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

_BRACKETS = {"(": "open", ")": "close"}
_NUMBER = r"\d+(?:\.\d+)?"
_UNIT = re.compile(r"\d\s*(?:mm|cm|%|percent|deg|\u00b0)", re.IGNORECASE)
MEASURE = re.compile(
    rf"(?<![\w.])(?:{_NUMBER}\s*+(?:mm|cm)?\s*+(?:ap|tr|cc|transverse|craniocaudal)?\s*+(?:x|\u00d7|by)\s*+)*"
    rf"{_NUMBER}\s*+(?:mm|cm|%|percent|degrees?|deg\b|\u00b0)(?![a-z])",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Atom:
    """One piece: `kind` as in KINDS, `value` and `form` of its row, offsets in the sentence.

    `others` holds further readings of the same words, `level` the place of an L or R atom. `frame` is set for a
    piece of the label in force, which has no place in the sentence: its offsets in the label.
    """

    kind: str
    value: str
    form: str
    start: int
    end: int
    term: Term | None = None
    others: tuple[Term, ...] = ()
    level: LevelMention | None = None
    frame: tuple[int, int] | None = None

    @property
    def rule_id(self) -> str:
        """The id of the row or level rule that recognised it."""
        if self.term is not None:
            return self.term.id
        return self.level.rule_id if self.level is not None else ""

    def readings(self) -> tuple[Term, ...]:
        """Return every row that these words may stand for."""
        return () if self.term is None else (self.term, *self.others)


class Node(dict[str, "Node"]):
    """A word of the phrases read so far; `kind` and `terms` are set where a phrase ends."""

    __slots__ = ("kind", "terms")

    def __init__(self) -> None:
        super().__init__()
        self.kind = ""
        self.terms: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """The lexicons' phrases as a tree of words, with the rows that each stands for."""

    phrases: Node
    spelling: Spelling
    levels: LevelRules


_PRECEDENCE = "FXCUSPNGDZK"


def compile_vocabulary(lexicon: Lexicon, spelling: Spelling, levels: LevelRules) -> Vocabulary:
    """Return the phrases of every file of terms; of two kinds for the same words the first in precedence leads."""
    root = Node()
    for kind, name in sorted((kind, name) for name, kind in KINDS.items()):
        for term in lexicon.terms(name):
            for spelled in expand(term.term):
                node = root
                for word in words_of(spelled, spelling):
                    node = node.get(word) or node.setdefault(word, Node())
                if not node.kind or _PRECEDENCE.index(kind) < _PRECEDENCE.index(node.kind):
                    node.kind, node.terms = kind, (term,)
                elif kind == node.kind and term not in node.terms:
                    node.terms = (*node.terms, term)
    return Vocabulary(root, spelling, levels)


def lex(text: str, vocabulary: Vocabulary) -> list[Atom]:
    """Return the atoms of a sentence in order."""
    places = find_levels(text, vocabulary.levels)
    tokens = tokenize(text, vocabulary.spelling)
    atoms: list[Atom] = []
    measures = [match.span() for match in MEASURE.finditer(text)] if _UNIT.search(text) else []
    nth_place = nth_measure = i = 0
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
        length, atom = _phrase_atom(tokens, i, limit, vocabulary)
        atoms.append(atom)
        i += length
    return _joined(atoms)


def _joined(atoms: list[Atom]) -> list[Atom]:
    """Return the atoms with a root's name made part of the root ("L5 nerve root"), and labels marked as such.

    A dash after a side that opens a clause is a colon: "right - patent, left - narrowed".
    """
    kept: list[Atom] = []
    for atom in atoms:
        last = kept[-1] if kept else None
        if last is not None and last.kind == "G" and atom.kind == "C" and atom.term is not None:
            if atom.term.attribute("noun"):
                kept[-1] = replace(last, kind="W")  # "Marked regression of the extrusion" grades no extrusion.
        if last is not None and last.kind == "G" and (atom.value == "notably" or atom.form == "dominance"):
            # "Slightly more pronounced at L4-5" grades nothing.
            if last.form == "adverb" or last.value == "minimal":
                kept[-1] = replace(last, kind="W")
        if atom.value == "dash" and last is not None and last.kind == "D" and last.form == "adjective":
            if len(kept) == 1 or kept[-2].form in ("join", "end", "colon"):
                kept.append(replace(atom, value="colon", form="colon"))
                continue
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


def _phrase_atom(tokens: list[Token], i: int, limit: int, vocabulary: Vocabulary) -> tuple[int, Atom]:
    """Return how many tokens the longest phrase at `i` takes, and its atom; a phrase ends at `limit` at the latest."""
    first = tokens[i]
    node: Node | None = vocabulary.phrases
    found: Node | None = None
    size, end = 1, first.end
    for n in range(i, len(tokens)):
        token = tokens[n]
        node = node.get(token.word) if node is not None else None
        if node is None or token.end > limit:
            break
        if node.kind:
            found, size, end = node, n - i + 1, token.end
    if found is not None:
        term = found.terms[0]
        return size, Atom(found.kind, term.value, term.form, first.start, end, term, found.terms[1:])
    if first.word in _BRACKETS:
        return 1, Atom("K", _BRACKETS[first.word], "paren", first.start, first.end)
    return 1, Atom("W", first.word, "", first.start, first.end)
