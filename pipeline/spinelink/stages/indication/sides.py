"""Which part or symptom a word of side belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from spinelink.stages.indication.heads import SIDE_KINDS, Head, Part
from spinelink.stages.indication.reading import Atom

_BESIDE = frozenset({"article", "state", "asserting", "root", "glue", "to"})
_PASSED = SIDE_KINDS | _BESIDE | {"open", "close", "colon", "time", "rootnoun", "number"}
_BEHIND = frozenset({"open", "close", "colon", "time", "rootnoun", "number"}) | SIDE_KINDS
_WORDS = 2
_GAP = 3


def bind_sides(atoms: Sequence[Atom], parts: dict[int, Part], heads: dict[int, Head]) -> None:
    """Give every word of side to the part or symptom beside it."""
    for place, atom in enumerate(atoms):
        if atom.kind not in SIDE_KINDS:
            continue
        enclosed = 0 < place < len(atoms) - 1 and atoms[place - 1].kind == "open" and atoms[place + 1].kind == "close"
        if atom.kind == "adjective" and not enclosed:
            target = _forward(atoms, place, parts, heads)
            if target is None:
                target = _backward(atoms, place, parts, heads)
        elif enclosed and atom.kind == "adjective":
            target = _backward(atoms, place - 1, parts, heads)
            if target is None:
                target = _forward(atoms, place + 1, parts, heads)
        else:
            target = _backward(atoms, place, parts, heads)
            if target is None and atom.kind in ("dominance", "adverb"):
                target = _forward(atoms, place, parts, heads)
        if target is not None and target >= 0:
            _give(atom, target, parts, heads)


def _give(atom: Atom, target: int, parts: dict[int, Part], heads: dict[int, Head]) -> None:
    thing: Part | Head = parts[target] if target in parts else heads[target]
    side, dominant = thing.side, thing.dominant
    if atom.kind in ("dominance", "worse"):
        side, dominant = "bilateral", atom.value
    elif not side:
        side = atom.value
    elif {side, atom.value} == {"left", "right"}:
        side = "bilateral" if atom.kind != "adjective" else side
    if isinstance(thing, Part):
        parts[target] = replace(thing, side=side, dominant=dominant)
    else:
        thing.side, thing.dominant = side, dominant


def _forward(atoms: Sequence[Atom], place: int, parts: dict[int, Part], heads: dict[int, Head]) -> int | None:
    """Return the part or symptom that a word of side opens, -1 where it opens something else (an operation)."""
    words = 0
    for at in range(place + 1, len(atoms)):
        atom = atoms[at]
        if at in parts or (at in heads and atom.kind not in ("spread", "to")):
            return at if atom.get("sides") != "no" else -1
        if atom.kind == "flag":
            return -1
        if atom.kind == "word":
            words += 1
            if words > _GAP:
                return None
        elif atom.kind in ("spread", "gauge"):
            continue
        elif atom.kind not in _BESIDE and not (atom.kind == "slash" and atom.used) and atom.kind != "rootnoun":
            if atom.kind in ("number", "join") and atom.used:
                continue
            return None
    return None


def _backward(atoms: Sequence[Atom], place: int, parts: dict[int, Part], heads: dict[int, Head]) -> int | None:
    words = commas = 0
    for at in range(place - 1, -1, -1):
        atom = atoms[at]
        if at in parts or (at in heads and atom.kind not in ("spread", "to")):
            if atom.get("sides") == "no" or (at in heads and heads[at].atom.get("axial") and commas):
                return None
            return at
        if atom.kind == "word":
            words += 1
            if words > _WORDS:
                return None
        elif atom.kind == "comma":
            commas += 1
            if commas > 1:
                return None
        elif atom.kind not in _PASSED:
            return None
    return None
