"""The parts of the body that a sentence names, and the roots that are named as such."""

from __future__ import annotations

from collections.abc import Sequence

from spinelink.stages.indication.heads import Part
from spinelink.stages.indication.reading import PARTS, Atom, root_names

_WORDS = 2
_BESIDE = frozenset({"adjective", "article", "glue", "state", "open"})
_NERVOUS = frozenset({"numbness", "paresthesia", "weakness"})


def parts_of(atoms: Sequence[Atom]) -> dict[int, Part]:
    """Return the parts of a sentence by their places; a root is one where its noun or a symptom says so."""
    parts: dict[int, Part] = {}
    at = 0
    while at < len(atoms):
        atom = atoms[at]
        if atom.kind in PARTS:
            parts[at] = Part(at, atom.start, atom.end, atom, atom.names("roots"), atom.inner or atom.get("side") or "")
        elif atom.kind == "root":
            names, last = root_names(atoms, at)
            end = _root_end(atoms, at, last)
            if end:
                parts[at] = Part(at, atom.start, atoms[end - 1].end, atom, names)
            for taken in range(at, max(last, end)):
                atoms[taken].used = True
            at = max(last, end, at + 1)
            continue
        at += 1
    return parts


def _root_end(atoms: Sequence[Atom], first: int, last: int) -> int:
    """Return where a named root ends with its noun ("S1 dermatome"), 0 where the name is that of a level."""
    at, words = last, 0
    while at < len(atoms) and (atoms[at].kind in ("adjective", "article") or atoms[at].key in ("nerve", "root")):
        at += 1
    if at < len(atoms):
        following = atoms[at]
        if following.kind == "rootnoun":
            return at + 1
        if following.value == "radiculopathy" or (following.kind == "quality" and following.value != "pain"):
            return last
        if following.kind in ("gauge", "state") and following.value in ("sensation", "power", "low", "altered"):
            return last
        if following.value == "pain" and atoms[at - 1].key in ("nerve", "root"):
            return last
    named = first - 2 if first > 1 and atoms[first - 1].kind == "open" else first - 1
    if named >= 0 and atoms[named].kind == "quality" and atoms[named].value != "pain":
        return last
    if _is_felt(atoms, first):
        return last
    at = first - 1
    while at >= 0 and words < _WORDS and atoms[at].kind in ("glue", "article", "open", "word", "colon", "to"):
        words += atoms[at].kind == "word"
        at -= 1
    if at >= 0 and (atoms[at].kind == "rootnoun" or atoms[at].value == "radiculopathy" or atoms[at].get("level")):
        return last
    return 0


def _is_felt(atoms: Sequence[Atom], first: int) -> bool:
    """Tell whether a symptom of nerves is said of a bare root: "sensation reduced in S1", "tingling right L5"."""
    at = first - 1
    while at >= 0 and atoms[at].kind in _BESIDE:
        at -= 1
    return at >= 0 and (
        (atoms[at].kind == "quality" and atoms[at].value in _NERVOUS)
        or (atoms[at].kind == "gauge" and atoms[at].value in ("sensation", "power"))
    )
