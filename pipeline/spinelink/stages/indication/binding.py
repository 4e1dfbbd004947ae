"""Which words of side and of the body belong to which symptom of a sentence.

A part of the body before a symptom is its own ("left calf pain"), one after it where only "of", "in", "to" or nothing
stands between ("numbness of both feet"); what radiates is felt where it radiates to. Members of a list share what only
one of them names: "left leg pain, numbness and weakness", "pain and numbness in the left leg".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from spinelink.stages.indication.heads import LIST_KINDS, SIDE_KINDS, Head, Part
from spinelink.stages.indication.parts import parts_of
from spinelink.stages.indication.reading import Atom
from spinelink.stages.indication.sides import bind_sides
from spinelink.stages.indication.states import State

_PASSED_AFTER = SIDE_KINDS | {
    *("article", "glue", "to", "be", "state", "open", "close", "time", "root", "rootnoun", "asserting", "number"),
}
_PASSED_TO_PARTS = SIDE_KINDS | {"article", "state", "root", "rootnoun"}
_PASSED_TO_TAKEN = SIDE_KINDS | {"article", "state", "open"}
_PASSED_BETWEEN = SIDE_KINDS | {
    *("article", "state", "time", "asserting", "close", "root", "rootnoun", "number", "glue", "to", "part", "muscle"),
    "gauge",
}
_LIST_JOINTS = ("and", "or", "slash", "directly", "comma")
_WORDS = 2
_GAP = 3


def heads_of(atoms: Sequence[Atom], states: dict[int, State], powers: frozenset[int]) -> list[Head]:
    """Return the symptoms of a sentence with their parts and sides."""
    heads = [
        Head(place, atom, states.get(place), side=atom.inner)
        for place, atom in enumerate(atoms)
        if atom.kind in ("noun", "quality", "spread")
        or (atom.kind == "to" and _spreads(atoms, place))
        or (atom.kind == "gauge" and place in states)
        or (atom.kind == "grade" and place in powers)
    ]
    if not heads:
        return []
    parts = parts_of(atoms)
    bind_sides(atoms, parts, {head.place: head for head in heads})
    _assign(atoms, heads, parts)
    _link(atoms, heads)
    _share(heads)
    return heads


def _spreads(atoms: Sequence[Atom], place: int) -> bool:
    """Tell whether "into" or "down" stands after a pain of the spine, which it then leads on to a limb."""
    at = place - 1
    while at >= 0 and atoms[at].kind in ("article", "adjective", "word", "time", "spread"):
        if atoms[at].kind == "spread":
            return False
        at -= 1
    return at >= 0 and atoms[at].kind in ("noun", "quality") and _is_axial(atoms, at)


def _is_axial(atoms: Sequence[Atom], place: int) -> bool:
    atom = atoms[place]
    if atom.get("axial") in ("lumbar", "cervical", "thoracic", "back"):
        return True
    return atom.value == "pain" and place > 0 and (atoms[place - 1].get("axial") is not None)


def _assign(atoms: Sequence[Atom], heads: list[Head], parts: dict[int, Part]) -> None:
    """Give every part to a symptom: those before it that no earlier symptom leads to, then those after it."""
    taken: set[int] = set()
    for number, head in enumerate(heads):
        if head.atom.get("parts") == "no":
            continue
        previous = heads[number - 1] if number else None
        run = _run_before(atoms, head.place, parts)
        leads = previous is not None and bool(run) and _leads_to(atoms, previous, run[0].place, parts)
        if leads:
            run = _last_chunk(atoms, run)
        if head.atom.kind == "to" or (head.atom.kind in ("spread", "grade") and leads):
            run = []
        head.before = _with_sides(atoms, [part for part in run if part.place not in taken])
        taken.update(part.place for part in head.before)
    for number, head in enumerate(heads):
        if head.atom.kind in ("spread", "to"):
            head.source = next((one for one in reversed(heads[:number]) if one.atom.kind not in ("spread", "to")), None)
        if head.atom.get("parts") == "no":
            continue
        stop = heads[number + 1].first if number + 1 < len(heads) else len(atoms)
        run = _run_after(atoms, head, stop, parts, taken)
        head.after = _with_sides(atoms, run)
        taken.update(part.place for part in run)
    _orphans(atoms, heads, parts, taken)


def _run_before(atoms: Sequence[Atom], place: int, parts: dict[int, Part]) -> list[Part]:
    """Return the parts that stand right before a symptom, joined to each other: "buttock and anterior thigh pain"."""
    run: list[Part] = []
    joined = False
    words = 0
    for at in range(place - 1, -1, -1):
        atom = atoms[at]
        if at in parts:
            if run and not joined and not _is_root_beside(parts[at], run[0]):
                break
            run.insert(0, parts[at])
            joined = False
            words = 0
        elif run and atom.kind in LIST_KINDS:
            joined = True
        elif atom.kind == "word" or (atom.kind == "asserting" and not run):
            words += 1
            if words > (1 if run else _WORDS):
                break
        elif atom.kind in ("colon", "be") and not run:
            continue
        elif atom.kind not in _PASSED_TO_PARTS and not (
            atom.used and atom.kind in ("number", "slash", "join", "comma")
        ):
            break
    return run


def _is_root_beside(one: Part, other: Part) -> bool:
    return (one.atom.kind == "root") != (other.atom.kind == "root") or bool(one.axial) != bool(other.axial)


def _leads_to(atoms: Sequence[Atom], previous: Head, place: int, parts: dict[int, Part]) -> bool:
    """Tell whether an earlier symptom takes a part after it: nothing but "of", "in", "to" and sides stands between."""
    if previous.atom.get("parts") == "no" or previous.place > place:
        return False
    words = 0
    prepositions = previous.atom.kind in ("spread", "to")
    for at in range(previous.place + 1, place):
        atom = atoms[at]
        if at in parts or atom.kind in _PASSED_TO_TAKEN:
            continue
        if atom.kind in ("glue", "to", "spread"):
            prepositions = True
        elif atom.kind == "word":
            words += 1
            if words > _WORDS:
                return False
        else:
            return False
    return prepositions or (not previous.before and previous.atom.kind in ("quality", "gauge"))


def _last_chunk(atoms: Sequence[Atom], run: list[Part]) -> list[Part]:
    """Return the parts after the last join of a run."""
    last = run[-1]
    chunk = [last]
    for part in reversed(run[:-1]):
        if any(atoms[at].kind in LIST_KINDS for at in range(part.place, chunk[0].place)):
            break
        chunk.insert(0, part)
    return chunk


def _run_after(atoms: Sequence[Atom], head: Head, stop: int, parts: dict[int, Part], taken: set[int]) -> list[Part]:
    """Return the parts that stand after a symptom and belong to it."""
    run: list[Part] = []
    words = 0
    listed = True
    for at in range(head.place + 1, stop):
        atom = atoms[at]
        if at in parts:
            if at in taken or not listed:
                break
            run.append(parts[at])
            words = 0
            listed = True
        elif atom.kind in LIST_KINDS:
            if not run:
                break
            listed = True
        elif atom.kind == "word":
            words += 1
            if words > _WORDS:
                break
        elif atom.kind not in _PASSED_AFTER:
            break
    return run


def _with_sides(atoms: Sequence[Atom], run: list[Part]) -> list[Part]:
    """Return parts of one list, the later of a limb with the side of those before it where they name none.

    "Right lateral calf and dorsum of foot" are both right; the spine takes no side from a limb. A word of side that
    follows the list ("leg and foot on the left") is that of all.
    """
    done: list[Part] = []
    for part in run:
        if not part.side and done and done[-1].side and not part.axial:
            part = replace(part, side=done[-1].side, dominant=done[-1].dominant)
        done.append(part)
    if done and done[-1].side and done[-1].place + 1 < len(atoms) and atoms[done[-1].place + 1].kind != "part":
        told = atoms[done[-1].place + 1]
        if told.kind in ("adverb", "dominance", "adjective", "worse"):
            done = [
                part if part.side or part.axial else replace(part, side=done[-1].side, dominant=done[-1].dominant)
                for part in done
            ]
    return done


def _orphans(atoms: Sequence[Atom], heads: list[Head], parts: dict[int, Part], taken: set[int]) -> None:
    """Give a part that stands alone after a comma to the symptom before it: "back pain, upper lumbar", "both legs"."""
    for place, part in parts.items():
        if place in taken:
            continue
        before = [head for head in heads if head.place < place and head.atom.get("parts") != "no"]
        if not before or any(
            atoms[at].kind in ("break", "stop", "flag", "guard", "before", "mark", "end", "dash")
            for at in range(before[-1].last, place)
        ):
            continue
        head = before[-1]
        known = head.parts or (head.source.parts if head.source else [])
        same = not known or any(one.limb == part.limb and bool(one.axial) == bool(part.axial) for one in known)
        if head.atom.get("axial") and not head.atom.value == "pain":
            same = bool(part.axial)
        if same and (head.atom.kind != "noun" or head.atom.get("axial") or head.atom.get("region_of")):
            head.after.append(part)


def _link(atoms: Sequence[Atom], heads: list[Head]) -> None:
    """Say how each symptom is joined to the one before it: and, or, with, comma, directly, or not at all."""
    for one, other in pairwise(heads):
        other.linked = _join(atoms, one.last + 1, other.first)


def _join(atoms: Sequence[Atom], start: int, end: int) -> str:
    joint, words = "directly", 0
    for at in range(start, end):
        atom = atoms[at]
        if atom.kind in LIST_KINDS or atom.get("join"):
            joint = atom.value if atom.kind == "join" else "and" if atom.get("join") else atom.kind
        elif atom.kind == "word":
            words += 1
            if words > _GAP:
                return ""
        elif atom.kind not in _PASSED_BETWEEN:
            return ""
    return joint


def _share(heads: list[Head]) -> None:
    """Let members of a list share the part or side that one of them names."""
    for place in range(len(heads) - 2, -1, -1):
        one, other = heads[place], heads[place + 1]
        joints = ("and", "or", "slash", "directly") if one.linked and heads[place - 1].parts else _LIST_JOINTS
        shares = other.linked in joints and not _owns(one) and _is_open(one)
        if shares and other.after and not other.before and other.atom.kind not in ("spread", "to"):
            one.after = list(other.after)
            one.side, one.dominant = one.side or other.side, one.dominant or other.dominant
        elif one.atom.kind == "noun" and other.linked == "directly" and other.before and not _owns(one):
            one.after = list(other.parts)
    for one, other in pairwise(heads):
        if not other.linked or other.atom.kind in ("spread", "to"):
            continue
        if not other.parts and _is_open(other):
            other.shared = one.shared if one.shared is not None and not one.parts else one
            if (
                other.side
                and not one.side
                and not any(part.side for part in one.parts)
                and other.linked in ("and", "or")
            ):
                one.side, one.dominant = other.side, other.dominant
        if not other.side and other.linked in ("and", "comma", "or", "slash"):
            _share_side(one, other)


def _owns(head: Head) -> bool:
    return bool(head.parts)


def _is_open(head: Head) -> bool:
    """Tell whether a symptom may take part and side from its list."""
    atom = head.atom
    return atom.kind in ("quality", "gauge", "grade") and atom.get("parts") != "no" and not atom.get("region")


def _share_side(one: Head, other: Head) -> None:
    """Give a symptom of the same limb the side of the one before it: "left thigh pain and quad weakness"."""
    named = other.before or (other.after if other.linked == "and" else [])
    if other.atom.get("sides") == "no" or not named:
        return
    giving = one.before if one.before and not one.after else [] if other.linked != "and" else one.parts
    sided = [part for part in giving if part.side]
    if not sided or any(part.side or part.axial or part.limb != sided[-1].limb for part in named):
        return
    told = [replace(part, side=sided[-1].side, dominant=sided[-1].dominant) for part in named]
    if other.before:
        other.before = told
    else:
        other.after = told
