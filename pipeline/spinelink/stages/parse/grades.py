"""Grades and denials said of a structure by itself ("Canal: mild"), or of the head before at another level."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from spinelink.stages.parse.atoms import Atom
from spinelink.stages.parse.compositions import Composed
from spinelink.stages.parse.heads import Heads

_HEADED = re.compile("[FPN]")
_PARTING = frozenset({"join", "end", "with", "which", "cause", "because"})


def add_bare_grades(heads: Heads) -> None:
    """Add a head for each stretch of the sentence that holds a grade or a "none" and nothing that it is said of."""
    atoms, kinds = heads.atoms, heads.kinds
    if "G" not in kinds and "X" not in kinds:
        return
    frames = [i for i, atom in enumerate(atoms) if atom.frame] if atoms[0].frame else []
    for begin, end in _stretches(atoms, kinds):
        if kinds.find("G", begin, end) < 0 and kinds.find("X", begin, end) < 0:
            continue
        inside = range(max(begin, len(frames)), end)
        grade = next((i for i in inside if kinds[i] == "G" or _is_pronoun(atoms[i])), None)
        if grade is None and (denied := _denied_side(atoms, kinds, inside)) is not None:
            heads.add((), "", denied, -1, (denied,), copy=True)
        if grade is None or _HEADED.search(kinds, inside.start, end) or not heads.used.isdisjoint(inside):
            continue
        structures = [i for i in inside if kinds[i] == "S"]
        if structures:
            if any(heads.structures.is_link(i) for i in range(structures[0], grade)):
                _add_grades(heads, structures, grade)
            continue
        named = next((i for i in frames if atoms[i].kind == "F" and atoms[i].value), None)
        framed = [i for i in frames if heads.structures.names[i]]
        if framed and _add_grades(heads, framed, grade):
            continue
        if not framed and named is not None:
            heads.add((atoms[named].value,), atoms[named].rule_id, grade, -1, (grade,))
        elif _is_pronoun(atoms[grade]) or (
            any(atoms[i].kind == "L" for i in inside) and not _grades_a_word(atoms, grade, end)
        ):
            heads.add((), "", grade, -1, (grade,), copy=True)


def add_denied_objects(heads: Heads) -> None:
    """Add a head for each structure that a verb is denied of: "indenting the sac but not the cord"."""
    atoms, kinds = heads.atoms, heads.kinds
    if "X" not in kinds or "S" not in kinds:
        return
    for i, atom in enumerate(atoms):
        if atom.kind != "X" or atom.value != "absent" or atom.form != "before":
            continue
        j = heads.structures.skip(i, 1, frozenset("WD"), words=2)
        before = heads.structures.skip(i, -1, frozenset("W"), words=1)
        joined = before >= 0 and (atoms[before].value == "but" or atoms[before].form == "join")
        if not joined or j >= len(atoms) or atoms[j].kind != "S" or j in heads.used:
            continue
        verb = next((k for k in range(i - 1, -1, -1) if atoms[k].kind == "P" and atoms[k].form == "verb"), -1)
        row = heads.compositions.of(heads.structures.names[j], atoms[verb]) if verb >= 0 else None
        if row is not None:
            heads.add_composed(row, verb, j, (j,))


def _add_grades(heads: Heads, structures: list[int], grade: int) -> bool:
    """Add the head of each structure that can be graded; say whether there is one."""
    processes = [atom for atom in heads.atoms if atom.frame and atom.kind == "P"]
    rows = [(j, _graded(heads, heads.structures.names[j], processes)) for j in structures]
    known = [(j, row) for j, row in rows if row is not None]
    for n, (j, row) in enumerate(known):
        parts = (grade,) if heads.atoms[j].frame else (grade, j)
        heads.add_composed(row, grade, j, parts, chain=not n)
    return bool(known)


def _graded(heads: Heads, structure: str | None, processes: Sequence[Atom]) -> Composed | None:
    """Return what a grade says of a structure; under a label with a process ("Facet arthropathy: mild") of that."""
    for process in processes:
        if (row := heads.compositions.of(structure, process)) is not None:
            return row
    return heads.compositions.rows.get((structure, "grade")) if structure is not None else None


def _denied_side(atoms: Sequence[Atom], kinds: str, inside: range) -> int | None:
    """Return the side that a stretch denies and nothing else: "is on the left, not on the right"."""
    if kinds[inside.start : inside.stop].replace("W", "") != "XD":
        return None
    cue, side = kinds.index("X", inside.start), kinds.index("D", inside.start)
    return side if atoms[cue].value == "absent" and atoms[side].value in ("left", "right") else None


def _grades_a_word(atoms: Sequence[Atom], grade: int, end: int) -> bool:
    """Say whether a grade is that of a word that nothing is known of: "mild widening at C5-6", "slightly limited"."""
    following = next((atoms[i] for i in range(grade + 1, end) if atoms[i].kind not in "DZU"), None)
    return following is not None and following.kind == "W"


def _is_pronoun(atom: Atom) -> bool:
    return atom.kind == "X" and atom.form == "pronoun"


def _stretches(atoms: Sequence[Atom], kinds: str) -> Iterator[tuple[int, int]]:
    """Yield what stands between commas, "and", "with" and stronger ends; a side label ("R:") begins one too."""
    begin = 0
    for i, kind in enumerate(kinds):
        if kind != "K" or (atom := atoms[i]).frame:
            continue
        if atom.value == "colon" and i and atoms[i - 1].kind == "D" and not atoms[i - 1].frame:
            if i - 1 > begin:
                yield begin, i - 1
            begin = i - 1
        elif atom.form in _PARTING:
            if i > begin:
                yield begin, i
            begin = i + 1
    if begin < len(atoms):
        yield begin, len(atoms)
