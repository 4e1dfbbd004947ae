"""The pieces of meaning in a sentence, in order: what the lexicons and the level grammar recognise in its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from spinelink.alternatives import expand
from spinelink.levels import LevelRules, find_levels
from spinelink.lexicon import Lexicon, Term
from spinelink.records import LevelMention
from spinelink.stages.parse.tokens import Spelling, tokenize, words_of

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


_NO_ATTRIBUTES: Mapping[str, str] = {}


@dataclass(slots=True, eq=False)
class Atom:
    """One piece: `kind` as in KINDS, `value` and `form` of its row, offsets in the sentence.

    `others` holds further readings of the same words, `level` the place of an L or R atom. `frame` is set for a
    piece of the label in force, which has no place in the sentence: its offsets in the label. `rule_id` is the row or
    level rule that recognised it, `attributes` those of the row.
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
    rule_id: str = ""
    attributes: Mapping[str, str] = field(default_factory=lambda: _NO_ATTRIBUTES)

    def readings(self) -> tuple[Term, ...]:
        """Return every row that these words may stand for."""
        return () if self.term is None else (self.term, *self.others)


@dataclass(frozen=True, slots=True)
class Sense:
    """What a phrase means: its kind, the row that leads and the other readings."""

    kind: str
    term: Term
    others: tuple[Term, ...]
    attributes: Mapping[str, str]


class Node(dict[str, "Node"]):
    """A word of the phrases read so far; `sense` is set where a phrase ends."""

    __slots__ = ("sense",)

    def __init__(self) -> None:
        super().__init__()
        self.sense: Sense | None = None


@dataclass(frozen=True)
class Vocabulary:
    """The lexicons' phrases as a tree of words, with the rows that each stands for."""

    phrases: Node
    spelling: Spelling
    levels: LevelRules


_PRECEDENCE = "FXCUSPNGDZK"


def compile_vocabulary(
    lexicon: Lexicon, spelling: Spelling, levels: LevelRules, attributes: Mapping[str, Mapping[str, str]]
) -> Vocabulary:
    """Return the phrases of every file of terms; of two kinds for the same words the first in precedence leads."""
    root = Node()
    for kind, name in sorted((kind, name) for name, kind in KINDS.items()):
        for term in lexicon.terms(name):
            alone = Sense(kind, term, (), attributes[term.id])
            for spelled in expand(term.term):
                node = root
                for word in words_of(spelled, spelling):
                    node = node.get(word) or node.setdefault(word, Node())
                known = node.sense
                if known is None or _PRECEDENCE.index(kind) < _PRECEDENCE.index(known.kind):
                    node.sense = alone
                elif kind == known.kind and term is not known.term and term not in known.others:
                    node.sense = replace(known, others=(*known.others, term))
    return Vocabulary(root, spelling, levels)


def lex(text: str, vocabulary: Vocabulary) -> list[Atom]:
    """Return the atoms of a sentence in order."""
    places = find_levels(text, vocabulary.levels)
    tokens = tokenize(text, vocabulary.spelling)
    measures = [match.span() for match in MEASURE.finditer(text)] if _UNIT.search(text) else []
    phrases = vocabulary.phrases
    atoms: list[Atom] = []
    nth_place = nth_measure = i = 0
    count, beyond = len(tokens), len(text) + 1
    # Where the next place and the next measure begin; beyond the text where none is left.
    next_place = places[0].start if places else beyond
    next_measure = measures[0][0] if measures else beyond
    while i < count:
        word, start, end = tokens[i]
        if end > next_place:
            place = places[nth_place]
            nth_place += 1
            next_place = places[nth_place].start if nth_place < len(places) else beyond
            while i < count and tokens[i][1] < place.end:
                i += 1
            atoms.append(_place_atom(place))
            continue
        if start >= next_measure:
            begin, stop = measures[nth_measure]
            nth_measure += 1
            next_measure = measures[nth_measure][0] if nth_measure < len(measures) else beyond
            if start < stop:
                while i < count and tokens[i][1] < stop:
                    i += 1
                atoms.append(Atom("M", text[begin:stop], "", begin, stop))
            continue
        node = phrases.get(word)
        if node is None:
            i += 1
            atoms.append(_plain_atom(word, start, end))
            continue
        sense, size, n = None, 1, i
        while True:
            if node.sense is not None:
                sense, size, end = node.sense, n - i + 1, tokens[n][2]
            n += 1
            if n == count or tokens[n][2] > next_place:
                break
            node = node.get(tokens[n][0])
            if node is None:
                break
        i += size
        if sense is None:
            atoms.append(_plain_atom(word, start, end))
            continue
        term = sense.term
        atoms.append(
            Atom(
                sense.kind, term.value, term.form, start, end, term, sense.others, None, None, term.id, sense.attributes
            )
        )
    return _joined(atoms)


def _plain_atom(word: str, start: int, end: int) -> Atom:
    """Return the atom of a word that no lexicon knows, or of a bracket."""
    if word in _BRACKETS:
        return Atom("K", _BRACKETS[word], "paren", start, end)
    return Atom("W", word, "", start, end, None, (), None, None, "", _NO_ATTRIBUTES)


def _joined(atoms: list[Atom]) -> list[Atom]:
    """Return the atoms with a root's name made part of the root ("L5 nerve root"), and labels marked as such.

    A dash after a side that opens a clause is a colon: "right - patent, left - narrowed".
    """
    kept: list[Atom] = []
    for atom in atoms:
        last = kept[-1] if kept else None
        if last is None or last.kind not in "GDRS":
            pass
        elif last.kind == "G":
            if atom.kind == "C" and atom.attributes.get("noun"):
                kept[-1] = replace(last, kind="W")  # "Marked regression of the extrusion" grades no extrusion.
            elif (atom.value == "notably" or atom.form == "dominance") and (
                last.form == "adverb" or last.value == "minimal"
            ):
                kept[-1] = replace(last, kind="W")  # "Slightly more pronounced at L4-5" grades nothing.
        elif last.kind == "D":
            if atom.value == "dash" and last.form == "adjective":
                if len(kept) == 1 or kept[-2].form in ("join", "end", "colon"):
                    atom = replace(atom, value="colon", form="colon")
        elif atom.kind in "RS" and atom.kind != last.kind:
            root, name = (atom, last) if atom.kind == "S" else (last, atom)
            if root.value == "root" and root.level is None:
                kept[-1] = replace(root, level=name.level, start=last.start, end=atom.end)
                continue
        kept.append(atom)
    return kept


def _place_atom(place: LevelMention) -> Atom:
    if place.role == "root":
        kind, value, form = "R", place.levels[0] if place.levels else "", ""
    elif place.role == "level":
        kind, value, form = "L", place.kind, place.form
    else:
        kind, value, form = "W", "place", ""
    return Atom(kind, value, form, place.start, place.end, level=place, rule_id=place.rule_id)
