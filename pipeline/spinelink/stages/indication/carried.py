"""Sides that a sentence tells once: a test that reproduces a sided pain, a digit named after the arm that it is of.

"Right C7 radiculopathy, Spurling +" is positive on the right; "left brachialgia, tingling in the thumb" is of the left
hand. What is examined apart, in a sentence of its own or of a muscle, keeps no side where none is said.
"""

from __future__ import annotations

from collections.abc import Sequence

from spinelink.stages.indication.heads import Head
from spinelink.stages.indication.reading import Atom

_TESTS = {"spurling": "arm", "slr": "leg"}
_SENSORY = frozenset({"numbness", "paresthesia"})
_JOINTS = ("comma", "and", "slash")
_ONE = frozenset({"left", "right"})


def carry_sides(heads: Sequence[Head]) -> None:
    """Give the tests and the digits of a sentence the one side that its symptoms of the same limb have."""
    for place, head in enumerate(heads):
        limb, others = _asked(heads, place)
        if not limb or _sides(head):
            continue
        told = {side for one in others if limb in _limbs(one) for side in _sides(one)}
        if len(told) == 1 and told <= _ONE:
            head.side = told.pop()


def _asked(heads: Sequence[Head], place: int) -> tuple[str, list[Head]]:
    """Return the limb of a symptom that may take a side, and the symptoms that may tell it."""
    head = heads[place]
    if head.atom.kind == "gauge" and not (head.state is not None and head.state.absent):
        return _TESTS.get(head.atom.value, ""), [one for one in heads if one is not head]
    if (
        head.linked in _JOINTS
        and head.atom.value in _SENSORY
        and head.parts
        and all(_is_single(part.atom) for part in head.parts)
    ):
        return head.parts[0].limb, list(heads[:place])
    return "", []


def _is_single(atom: Atom) -> bool:
    """Tell whether a part is one place of one limb: "thumb", "sole", not "soles", "fingers"."""
    return bool(atom.value) and not atom.key.endswith("s")


def _sides(head: Head) -> set[str]:
    return {side for side in (head.side, *(part.side for part in head.parts)) if side}


def _limbs(head: Head) -> set[str]:
    named = {part.limb for part in head.parts if part.limb}
    return named or {head.atom.get("region_of") or ""}
