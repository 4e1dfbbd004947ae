"""What stands between a sentence's heads, and to which of them each piece of it belongs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise, takewhile

from spinelink.records import LevelMention
from spinelink.stages.parse.atoms import Atom
from spinelink.stages.parse.heads import Head

MODIFIERS = frozenset("GDZUC")
_MODIFIER = re.compile("[GDZUC]")
POST_FORMS = frozenset({"adverb", "dominance", "direction", "after", "migration"})
"""Forms that follow what they speak of: "on the left", "worse on the right", "has progressed"."""
SOFT = frozenset({"be", "colon", "show", "open", "close", "aside"})
"""Connectors that do not part a head from what follows it."""
_OF = frozenset({"of", "at"})
_WHERE = frozenset({"comma", "which", "be", "open", "where"})
BARRIERS = frozenset({"cause", "because", "notably", "which"})


@dataclass(slots=True, eq=False)
class Segment:
    """Modifiers between two connectors; `join` is the connector before it."""

    join: Atom | None
    atoms: list[int]
    level: LevelMention | None = None

    @property
    def joined(self) -> str:
        """The form of the connector before it, empty where none stands there."""
        return self.join.form if self.join is not None else ""


class Segments:
    """Gives the modifiers of a sentence to the parts of its heads: `pre` those before a part, `post` those after it.

    `taken` are modifiers that belong elsewhere (superlatives).
    """

    def __init__(self, atoms: list[Atom], kinds: str, heads: list[Head], taken: frozenset[int]) -> None:
        self.atoms = atoms
        self.kinds = kinds
        self.pre: dict[int, list[Segment]] = {}
        self.post: dict[int, list[Segment]] = {}
        self._taken = taken
        components = sorted({i for head in heads for i in head.parts})
        for a, b in pairwise([-1, *components, len(atoms)]):
            if _MODIFIER.search(kinds, a + 1, b) is None:
                continue
            segments = self._segments(a + 1, b)
            if any([a in head.parts and b in head.parts for head in heads]):
                target = self.pre.setdefault(b, [])
                target += [s for s in segments if s.atoms]
            else:
                self._split(a if a >= 0 else None, b if b < len(self.atoms) else None, segments)

    def _segments(self, begin: int, end: int) -> list[Segment]:
        last = Segment(None, [])
        found = [last]
        for i in range(begin, end):
            kind = self.kinds[i]
            if kind == "W" or i in self._taken:
                continue
            if kind in MODIFIERS:
                last.atoms.append(i)
            elif kind in "SPN" and (i + 1 < end or end == len(self.atoms)):
                # What stands before a structure or process that no head took is said of that one.
                while last.atoms and last.atoms[-1] == i - 1 and not self._is_post(i - 1):
                    i = last.atoms.pop()
            elif kind == "L":
                of = len(found) > 1 and not last.atoms and last.joined in ("of", "because")
                found[-2 if of else -1].level = self.atoms[i].level
            elif kind in "KX":
                atom = self.atoms[i]
                if atom.value not in SOFT if kind == "K" else atom.form != "pronoun":
                    last = Segment(atom, [])
                    found.append(last)
        return found

    def _split(self, a: int | None, b: int | None, segments: list[Segment]) -> None:
        """Give each segment between two components to the one before (`a`) or after (`b`)."""
        if a is None and b is None:
            return
        if a is None:
            assert b is not None
            self.pre[b] = self._leading(segments)
            return
        barrier = self._barrier(segments)
        if b is None:
            self.post[a] = self._following(segments[: self._barrier(segments, BARRIERS - {"which"})])
            return
        if len(segments) == 1:
            cut = 1 + max((n for n, i in enumerate(segments[0].atoms) if self._is_post(i)), default=-1)
            before = Segment(None, segments[0].atoms[:cut], segments[0].level)
            after = Segment(None, segments[0].atoms[cut:])
            self.post[a], self.pre[b] = [before] if cut else [], [after] if after.atoms else []
            return
        own = len(segments) - 1
        while own > 1 and (join := segments[own].join) is not None and join.kind == "X":
            own -= 1
        while own > barrier and own > 1 and self._continues(segments[own - 1], segments[own]):
            own -= 1
        while own > 1 and own - 1 < barrier and self._continues(segments[own - 1], segments[own]):
            own -= 1
        if own == len(segments) - 1 > 1 and self._inserted(segments[-2], segments[-1]):
            own -= 1
        last = segments[-1]
        moved = [i for i in last.atoms if self.atoms[i].kind == "C" and self.atoms[i].form == "after"]
        if last.joined == "of":
            moved += list(takewhile(self._is_side_after, last.atoms))
        if moved and last.atoms and last.atoms[0] in moved:
            last.atoms = [i for i in last.atoms if i not in moved]
            segments[0].atoms += moved
        self.post[a] = self._following(segments[: min(own, barrier)])
        self.pre[b] = [s for s in segments[own:] if s.atoms]

    def _following(self, segments: list[Segment]) -> list[Segment]:
        """Return what segments after a head say of it; a grade that a further noun takes is not the head's."""
        kept = []
        for segment in segments:
            atoms = segment.atoms
            if segment.joined in ("join", "with", "of", "notably"):
                atoms = [i for i in atoms if self._is_of_the_head(i, segment)]
            if atoms:
                kept.append(Segment(segment.join, atoms, segment.level))
        return kept

    def _is_of_the_head(self, i: int, segment: Segment) -> bool:
        """Say whether a joined modifier is the head's: "bilateral" in "with bilateral extension" is not."""
        joined_by_with = segment.joined == "with"
        atom = self.atoms[i]
        if joined_by_with and atom.value == "bilateral":
            return False
        if atom.kind != "G":
            return True
        zoned = any(self.atoms[j].kind == "Z" for j in segment.atoms)
        taken = i + 1 < len(self.atoms) and self.atoms[i + 1].kind == "W"
        return not taken and (zoned or not joined_by_with)

    def _leading(self, segments: list[Segment]) -> list[Segment]:
        """Return the segments before the first component: all that no full stop or the like parts from it."""
        own = len(segments) - 1
        while own > 0 and segments[own].joined != "end":
            own -= 1
        return [s for s in segments[own:] if s.atoms]

    def _barrier(self, segments: list[Segment], barriers: frozenset[str] = BARRIERS) -> int:
        """Return the index of the first segment that a head before cannot reach."""
        for n, segment in enumerate(segments):
            join = segment.join
            if join is None or (join.kind == "X" and join.value == "present" and barriers is not BARRIERS):
                continue
            if join.kind == "X" or join.form == "end" or join.value in barriers:
                return n
        return len(segments)

    def _is_post(self, i: int) -> bool:
        return self.atoms[i].form in POST_FORMS and self.atoms[i].kind in "DCU"

    def _inserted(self, segment: Segment, last: Segment) -> bool:
        """Say whether a side stands between commas before its noun: "and, on both sides, foraminal stenosis"."""
        joins = (segment.join, last.join)
        between_commas = all(join is not None and (join.form, join.value) == ("join", "comma") for join in joins)
        sides = bool(segment.atoms) and all(self._is_side_after(i) for i in segment.atoms)
        return between_commas and sides and not last.atoms

    def _is_side_after(self, i: int) -> bool:
        return self.atoms[i].kind == "D" and self.atoms[i].form == "adverb"

    def _continues(self, segment: Segment, following: Segment) -> bool:
        """Say whether two joined segments are one list of modifiers: "moderate left and mild right"."""
        if following.joined != "join" or not segment.atoms:
            return False
        if self._is_post(segment.atoms[-1]):
            return False
        kinds = {self.atoms[i].kind for i in segment.atoms}
        others = {self.atoms[i].kind for i in following.atoms}
        return bool(kinds & others & {"D", "Z"})


def said_at_examples(atoms: list[Atom], kinds: str) -> dict[int, list[int]]:
    """Return the modifiers beside each level that follows "worst at" and the like, by the level's identity."""
    found: dict[int, list[int]] = {}
    if "L" not in kinds:
        return found
    begin = next((i for i, kind in enumerate(kinds) if kind == "K" and atoms[i].value == "notably"), len(atoms))
    for i in range(begin, len(atoms)):
        atom = atoms[i]
        if atom.kind == "L" and atom.level is not None:
            said = [*_beside(atoms, i, -1, _OF), *_beside(atoms, i, 1, _WHERE)]
            if said:
                found[id(atom.level)] = said
    return found


def _beside(atoms: list[Atom], i: int, step: int, passed: frozenset[str]) -> list[int]:
    """Return the grades, sides and zones that stand beside an atom, over plain words and these connectors."""
    found: list[int] = []
    i += step
    while 0 <= i < len(atoms):
        atom = atoms[i]
        if atom.kind in "GDZ":
            found.append(i)
        elif atom.kind != "W" and not (atom.kind == "K" and atom.value in passed and not found):
            break
        i += step
    taken = 0 <= i < len(atoms) and step > 0 and atoms[i].kind in "SPNF"
    return [] if taken else sorted(found)
