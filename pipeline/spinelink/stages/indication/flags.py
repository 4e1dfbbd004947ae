"""Red flags of a sentence: type, tier and assertion, and of an operation the region of the spine.

Source: clinical section e (RF-01 to RF-27), decisions 10 to 12 and 21.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from spinelink.levels import LevelRules, find_levels, region_of
from spinelink.records import Symptom
from spinelink.stages.indication.cues import is_denial
from spinelink.stages.indication.reading import Atom
from spinelink.stages.indication.states import raised
from spinelink.stages.indication.terms import Written

_QUESTIONS = frozenset({"question", "possible", "asked"})
_ELDER = 70
"""The age from which any trauma is strong (decision 21)."""
_NEAR = 60
"""How many characters after a fall may tell from what."""
_WORD = re.compile(r"[a-z]+")
_OPENING = frozenset({"since", "after", "following"})
_SURGERY = "prior_spine_surgery"


@dataclass(frozen=True, slots=True)
class Flagged:
    """A red flag as a record with the offsets of its sentence, and the atom that it comes from."""

    symptom: Symptom
    atom: Atom
    place: int


class _Place(NamedTuple):
    """A sentence, where its section begins, and what the report says of the patient."""

    written: Written
    base: int
    age: int | None
    levels: LevelRules


def flags_of(
    written: Written,
    atoms: Sequence[Atom],
    governed: Sequence[Atom | None],
    base: int,
    age: int | None,
    levels: LevelRules,
) -> list[Flagged]:
    """Return the red flags of a sentence, in order; offsets are those of the report, its section begins at `base`."""
    where = _Place(written, base, age, levels)
    found = []
    for place, atom in enumerate(atoms):
        if atom.kind == "flag":
            found += [Flagged(flag, atom, place) for flag in _of_atom(where, atoms, place, governed[place])]
        elif atom.kind == "lab":
            flag = _lab(atoms, place, governed[place], base)
            if flag is not None:
                found.append(Flagged(flag, atom, place))
    return found


def _lab(atoms: Sequence[Atom], place: int, cue: Atom | None, base: int) -> Symptom | None:
    state = raised(atoms, place)
    atom = atoms[place]
    if state is None or atom.entry is None or (cue is not None and cue.value == "family"):
        return None
    denied = state.absent or is_denial(cue)
    by = state.atom if state.absent else cue
    end = (
        state.atom.end
        if state.atom is not None
        else next((one.end for one in atoms[place + 1 : place + 5] if one.kind == "number"), 0)
    )
    return Symptom(
        "red_flag",
        state.types[0],
        "absent" if denied else "possible" if cue is not None and cue.value in _QUESTIONS else "present",
        atom.entry.id,
        base + atom.start,
        base + max(atom.end, end),
        tier="S",
        assertion_rule_id=by.entry.id if by is not None and by.entry is not None else None,
    )


def _of_atom(where: _Place, atoms: Sequence[Atom], place: int, cue: Atom | None) -> Iterator[Symptom]:
    atom = atoms[place]
    entry = atom.entry
    if cue is not None and cue.value == "family" and atom.get("kin"):
        cue = None
    if entry is None or (cue is not None and cue.value == "family"):
        return
    asked = cue is not None and cue.value in _QUESTIONS
    if is_denial(cue):
        assertion = "absent"
    else:
        assertion = "possible" if asked else atom.get("assertion") or "present"
    if atom.get("assertion") == "absent":
        assertion = "absent"
    name = atom.value
    if asked:
        name = atom.get("asked") or name
    elif assertion == "absent":
        name = atom.get("denied") or name
    if atom.get("only") and assertion != atom.get("only"):
        return
    if atom.get("only_bare") and assertion == "present":
        return
    elif atom.get("history") and _is_old(atoms, place):
        name = atom.get("history") or name
    spine = None
    if atom.get("surgery"):
        if assertion != "absent" and _is_planned(atoms, place, cue):
            return
        if atom.get("bare") and assertion == "present" and not _is_past(atoms, place):
            return
        if asked and cue is not None and (cue.value == "asked" or atom.get("stated")):
            assertion, cue = "present", None
        spine = _spine(where, atoms, place)
    names = (name, *atom.names("also"))
    for each in names:
        yield Symptom(
            "red_flag",
            each,
            assertion,
            entry.id,
            where.base + atom.start,
            where.base + atom.end,
            subtype=atom.get("subtype") if each == atom.value else None,
            region=spine,
            tier=_tier(atom, where),
            assertion_rule_id=cue.entry.id
            if cue is not None and cue.entry is not None and assertion != "present"
            else None,
        )
    if atom.get("also_symptom"):
        yield Symptom(
            "symptom",
            atom.get("also_symptom") or "",
            assertion,
            entry.id,
            where.base + atom.start,
            where.base + atom.end,
        )


def _is_old(atoms: Sequence[Atom], place: int) -> bool:
    """Tell whether a fracture is told as history: "h/o L1 compression fracture", "old T12 fracture"."""
    for before in reversed(atoms[max(0, place - 3) : place]):
        if before.value == "history":
            return True
        if before.kind not in ("root", "part", "adjective", "article", "word", "number"):
            return False
    return False


def _tier(atom: Atom, where: _Place) -> str:
    if where.age is not None and where.age >= _ELDER and atom.get("elder"):
        return atom.get("elder") or "S"
    if atom.names("near") and not set(atom.names("near")).isdisjoint(
        _WORD.findall(where.written.folded, atom.end, min(atom.end + _NEAR, where.written.end))
    ):
        return "S"
    return atom.get("tier") or "W"


def _is_planned(atoms: Sequence[Atom], place: int, cue: Atom | None) -> bool:
    """Tell whether an operation is one to come: "considering fusion", "surgery planned", "for decompression"."""
    words = 0
    for at in range(place - 1, -1, -1):
        atom = atoms[at]
        if atom.kind == "planned" and atom.value == "before":
            return True
        if atom.kind == "before" and atom.get("planned") and atom.value != "possible":
            return atom.value != "asked" or atom.key.endswith("for") or bool(atoms[place].get("bare"))
        if atom.kind == "before" and atom.value in ("history", "known"):
            return False
        words += atom.kind in ("word", "part", "root", "number", "flag", "adjective")
        if words > 3 or atom.kind not in (
            "word",
            "part",
            "root",
            "number",
            "article",
            "adjective",
            "flag",
            "join",
            "slash",
            "glue",
            "before",
            "asserting",
            "guard",
        ):
            break
    after = atoms[place + 1 : place + 3]
    return any(atom.kind == "planned" and atom.value == "after" for atom in after[:1]) or (
        len(after) == 2
        and after[0].kind in ("word", "glue")
        and after[1].kind == "planned"
        and after[1].value == "after"
    )


def _is_past(atoms: Sequence[Atom], place: int) -> bool:
    """Tell whether "surgery" alone is one that was: told as history, dated, or that something came after."""
    atom = atoms[place]
    if atom.key.startswith("post") or atom.key in ("operated", "surgical", "pod"):
        return True
    for before in reversed(atoms[max(0, place - 4) : place]):
        if (
            before.value in ("history", "known")
            or before.key in _OPENING
            or (before.kind == "stop" and before.key == "underwent")
        ):
            return True
        if before.kind in ("comma", "break", "noun", "quality"):
            break
    return any(after.kind in ("time", "number") for after in atoms[place + 1 : place + 4])


def _spine(where: _Place, atoms: Sequence[Atom], place: int) -> str | None:
    """Return the region of the spine that was operated on: the operation's own, of its levels, or of a word beside."""
    atom = atoms[place]
    if atom.get("spine"):
        return atom.get("spine")
    near = [one for one in atoms[max(0, place - 5) : place + 6] if one.kind in ("root", "part")]
    if any(one.kind == "root" for one in near):
        start, end = where.written.start, where.written.end
        levels = find_levels(where.written.text[start:end], where.levels)
        named = [one for one in levels if one.levels and region_of(one.levels[0])]
        if named:
            closest = min(named, key=lambda one: max(start + one.start - atom.end, atom.start - start - one.end))
            return region_of(closest.levels[0])
    axial = {"lumbar": "lumbar", "cervical": "cervical", "thoracic": "thoracic"}
    parts = [one for one in near if one.kind == "part" and one.get("axial") in axial]
    if not parts:
        return None
    closest_part = min(parts, key=lambda one: max(one.start - atom.end, atom.start - one.end))
    return axial.get(closest_part.get("axial") or "")
