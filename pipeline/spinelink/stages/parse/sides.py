"""On which side a mention lies: its own words, or those of the structure that it lies in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spinelink import vocabulary
from spinelink.stages.parse.atoms import Atom
from spinelink.stages.parse.heads import Head
from spinelink.stages.parse.modifiers import Group
from spinelink.stages.parse.reading import Reading


def side_of(
    reading: Reading, group: Group, finding: str, attributes: Mapping[str, str], several: bool
) -> tuple[str, str | None, Sequence[int]]:
    """Return side, dominant side and the atoms that said so (annotation guideline, rulings on "more to the left").

    No atom says the side that lies in the finding's own word ("dextroscoliosis").
    """
    atoms = reading.atoms
    side, dominant = attributes.get("side", ""), None
    told_by: list[int] = []
    for i in group.atoms:
        atom = atoms[i]
        named = atom.attributes
        if atom.kind == "Z" and "side" in named:
            side, told_by = named["side"], [i]
        if atom.kind != "D" or ("paired" in named and not _is_of_two(atoms, i, finding)):
            continue
        told = atom.value
        if atom.form == "dominance":
            dominant = named["dominant"]
            told = "bilateral" if atom.value == "bilateral" or finding in vocabulary.PAIRED else ""
            if several and group.level is not None and atom.value != "bilateral":
                told = dominant
        elif atom.form == "direction" and finding not in vocabulary.FOCAL and finding != "spondylolisthesis":
            dominant, told = atom.value, ""
        if finding == "central_canal_stenosis" and (told == "bilateral" or atom.form != "adjective"):
            continue
        if told and side and told != side and atom.form != "dominance":
            told = "bilateral"
        if told:
            side = told
            told_by.append(i)
        elif dominant:
            told_by = told_by or [i]
    return side, dominant, told_by


def side_of_site(
    reading: Reading, head: Head, number: int, finding: str, attributes: Mapping[str, str]
) -> Sequence[int]:
    """Return the sides of the structure that a lesion lies in, or that a root is touched in; none where none is said.

    Sides are indices of atoms that agree.
    """
    if "D" not in reading.kinds:
        return []
    if finding in vocabulary.FOCAL or finding in vocabulary.LATERAL:
        found = _of_a_structure_after(reading, head, finding)
        if found:
            return found
    atoms = reading.atoms
    site = attributes.get("site")
    for i, atom in enumerate(atoms) if site is not None else ():
        if atom.value == site:
            beside = next((j for j in reversed(range(i)) if atoms[j].kind not in "LW"), None)
            if beside is not None and atoms[beside].kind == "D" and atoms[beside].value in ("left", "right"):
                return [beside]
    root = head.structure >= 0 and atoms[head.structure].value == "root"
    if root and number and not reading.text[atoms[head.structure].start : atoms[head.structure].end].endswith("s"):
        return _of_the_passage(reading, head, reading.heads[number - 1])
    return []


def _of_a_structure_after(reading: Reading, head: Head, finding: str) -> list[int]:
    """Return the side of the first sided structure after a lesion: "a cyst of the right L4-5 facet joint"."""
    atoms = reading.atoms
    parts = {i for other in reading.heads for i in other.parts}
    for i in range(head.last + 1, len(atoms)):
        ends = atoms[i].kind == "K" and atoms[i].form in ("end", "cause", "with")
        if ends or (i in parts and atoms[i].kind != "F"):
            break
        before = i - 1 if atoms[i - 1].kind != "L" else i - 2
        named = atoms[i].kind == "S" or (atoms[i].kind == "F" and "as" in atoms[i].attributes)
        if named and atoms[before].kind == "D" and _lies_in(atoms, head.last, before, finding):
            return [before]
    return []


def _of_the_passage(reading: Reading, head: Head, passage: Head) -> list[int]:
    """Return the side of the narrow foramen or recess in which one root is touched."""
    atoms = reading.atoms
    if passage.findings not in (("foraminal_stenosis",), ("lateral_recess_stenosis",)) or passage.absent:
        return []
    if not any(atom.form in ("with", "cause", "which") for atom in atoms[passage.last : head.first]):
        return []
    sides = [i for group in reading.modifiers.own(passage) for i in group.of(atoms, "D")]
    values = {atoms[i].value for i in sides}
    return sides if len(values) == 1 and values <= {"left", "right"} else []


def _is_of_two(atoms: list[Atom], both: int, finding: str) -> bool:
    """Say whether "both" speaks of a pair of structures: "both foramina", "both L3 screws", not "both discs"."""
    following = atoms[both + 1] if both + 1 < len(atoms) else None
    if following is not None and following.kind == "L":
        following = atoms[both + 2] if both + 2 < len(atoms) else None
    lateral = finding in vocabulary.LATERAL and following is not None and following.kind in "SF"
    return finding in vocabulary.PAIRED or lateral


def _lies_in(atoms: list[Atom], last: int, side: int, finding: str) -> bool:
    """Say whether a lesion lies in the sided structure after it, not only near it."""
    if finding not in vocabulary.LATERAL:
        return atoms[side].value in ("left", "right")
    joins = [atom for atom in atoms[last + 1 : side] if atom.kind == "K"]
    return bool(joins) and joins[-1].form == "of"
