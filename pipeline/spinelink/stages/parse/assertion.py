"""Present, possible or absent: how far a cue reaches, and what alone it denies. Rules NEG-01 to NEG-08."""

from __future__ import annotations

from dataclasses import dataclass

from spinelink.stages.parse.atoms import Atom
from spinelink.stages.parse.heads import Head

STOPS = frozenset({"cause", "which", "where"})
_ARTICLES = frozenset({"a", "an"})


@dataclass(frozen=True, slots=True)
class Assertion:
    """What is said of a head; `cue` is the index of the atom that said so, -1 where none did."""

    value: str = "present"
    cue: int = -1
    rule_id: str | None = None
    denied: str | None = None
    side: str = ""


_PLAIN = Assertion()


class Assertions:
    """Reads the cues of a sentence; `of` gives each head's assertion, None for a head that a cue cancels."""

    def __init__(self, atoms: list[Atom], kinds: str, heads: list[Head]) -> None:
        self.atoms = atoms
        self.heads = heads
        self._said: dict[Head, Assertion] = {}
        self._cancelled: set[Head] = set()
        cues = [
            i
            for i, kind in enumerate(kinds)
            if (kind == "X" and atoms[i].value != "present") or (kind == "K" and atoms[i].value == "question")
        ]
        if not cues:
            return
        self._at: dict[int, list[Head]] = {}
        for head in heads:
            for i in head.parts:
                self._at.setdefault(i, []).append(head)
        self._components = sorted(self._at)
        for i in cues:
            self._read(i, atoms[i])

    def of(self, head: Head) -> Assertion | None:
        """Return the head's assertion."""
        if head in self._cancelled:
            return None
        if head.absent:
            denied_by = head.process if head.process >= 0 else head.first
            return Assertion("absent", denied_by, self.atoms[denied_by].rule_id)
        return self._said.get(head, _PLAIN)

    def _read(self, i: int, atom: Atom) -> None:
        if atom.kind == "K":
            self._say(i, self._reach(i, doubt=True)[:1], "possible")
        elif atom.form == "before":
            covered = self._reach(i, doubt=atom.value == "possible" and "list" not in atom.attributes)
            if not covered and atom.value == "absent" and i == len(self.atoms) - 1:
                covered = self._behind(i)
            self._say(i, covered, atom.value)
        elif atom.form == "both":
            self._say(i, [*self._behind(i)[:1], *self._reach(i, doubt=True)[:1]], atom.value)
        else:
            own = [head for head in self.heads if i in head.parts]
            self._say(i, own or self._behind(i), atom.value)

    def _say(self, cue: int, heads: list[Head], value: str) -> None:
        atom = self.atoms[cue]
        attributes = atom.attributes
        side = attributes.get("side", "")
        if side and any("correlate" in a.attributes for a in self.atoms[cue + 1 :]):
            side = ""  # "Neither root" is both roots; "neither stenosis nor bulge" says nothing of sides.
        for head in heads:
            if head.absent:
                if value == "absent" and cue < head.process <= cue + 3:
                    self._cancelled.add(head)
                continue
            said = self._said.get(head)
            if said is None or (said.value == "possible" and value == "absent"):
                self._said[head] = Assertion(value, cue, atom.rule_id or None, attributes.get("denied"), side)

    def _reach(self, cue: int, *, doubt: bool) -> list[Head]:
        """Return the heads that a cue before them reaches: the first, and the rest of its list."""
        covered: list[Head] = []
        last = cue
        for i in self._components:
            if i <= cue:
                continue
            here = self._at[i]
            if covered and any(last in head.parts for head in here):
                pass
            elif not self._goes_on(last, i, here, covered, doubt):
                break
            covered += [head for head in here if head not in covered and self._governed(head, cue)]
            last = i
        return covered

    def _governed(self, head: Head, cue: int) -> bool:
        """Say whether a cue reaches a head itself, not only a structure that a later process shares with it."""
        return not (0 <= head.process < cue) or not any(
            other.structure == head.structure and other.process > cue for other in self.heads if other is not head
        )

    def _or_list(self, i: int) -> bool:
        """Say whether an "or" is still to come in the clause, so that its commas are a list's."""
        for atom in self.atoms[i + 1 :]:
            if atom.kind == "K" and (atom.form == "end" or atom.value in STOPS):
                return False
            if atom.kind == "K" and atom.value == "or":
                return True
        return False

    def _goes_on(self, last: int, i: int, here: list[Head], covered: list[Head], doubt: bool) -> bool:
        between = self.atoms[last + 1 : i]
        for atom in between:
            if atom.kind == "K" and (atom.form == "end" or atom.value in STOPS):
                return False
            if atom.kind == "X" and covered and not doubt and "after_denial" in atom.attributes:
                return True
            if atom.kind == "X" and (doubt or "after_denial" not in atom.attributes):
                return False
            if covered and atom.kind == "K" and atom.form in ("because", "with", "notably", "pre"):
                return False
        if not covered:
            return not self._is_of_something_else(between, doubt)
        if self._has_a_subject_before(last, i, covered):
            return False
        joins = [n for n, atom in enumerate(between) if atom.kind == "K" and atom.form == "join"]
        if not joins:
            return not any(atom.kind == "K" and atom.form not in ("paren",) for atom in between) and not doubt
        after = between[joins[0] + 1 :]
        if doubt:
            return any(between[n].value in ("or", "slash") for n in joins) and not any(a.kind in "GL" for a in after)
        if any(head.absent for head in here) or self._is_clause(i, here):
            return False
        if any(between[n].value in ("or", "slash") for n in joins) or self._or_list(last):
            return not any(a.kind == "K" and a.form == "show" for a in after)
        fresh = any(a.kind == "G" or (a.kind == "K" and a.form == "show") or a.value in _ARTICLES for a in after)
        return not fresh and not any(a.kind == "L" for a in after)

    def _is_of_something_else(self, between: list[Atom], doubt: bool) -> bool:
        """Say whether a cue is spent on a word before a comma: "without retropulsion, consistent with a fracture"."""
        comma = next((n for n, atom in enumerate(between) if atom.value == "comma"), 0)
        if not comma or between[comma - 1].kind not in "WU":
            return False
        return doubt or any(atom.kind == "K" and atom.form != "join" for atom in between[comma + 1 :])

    def _has_a_subject_before(self, last: int, i: int, covered: list[Head]) -> bool:
        """Say whether a verb has its subject before the denial: "extrusion without fragment, abutting the root"."""
        if self.atoms[i].form != "verb" or any(a.value in ("or", "and", "slash") for a in self.atoms[last + 1 : i]):
            return False
        begin = max((n for n in range(i) if self.atoms[n].kind == "K" and self.atoms[n].form == "end"), default=-1)
        first = min(head.first for head in covered)
        return any(
            begin < head.first < first and not head.absent and self._said.get(head, _PLAIN).value != "absent"
            for head in self.heads
        )

    def _is_clause(self, i: int, here: list[Head]) -> bool:
        """Say whether a new clause begins: a subject with its own verb ("and the canal is narrowed")."""
        for head in here:
            if head.structure == i and head.process > i:
                inside = self.atoms[i : head.process]
                if any(a.kind == "K" and a.form in ("be", "colon") for a in inside):
                    return True
        return False

    def _behind(self, cue: int) -> list[Head]:
        """Return the heads before a cue that follows them: the nearest, and the list that it ends."""
        covered: list[Head] = []
        last = cue
        for i in reversed([c for c in self._components if c < cue]):
            between = self.atoms[i + 1 : last]
            if any(a.kind == "K" and (a.form == "end" or a.value in ("which", "cause", "with")) for a in between):
                break
            here = self._at[i]
            shared = any(last in head.parts for head in here)
            if covered and not shared and not any(a.kind == "K" and a.form == "join" for a in between):
                break
            if (
                covered
                and not shared
                and any(a.kind in "XG" or (a.kind == "K" and a.form in ("be", "show")) for a in between)
            ):
                break
            if not covered and any(a.kind == "K" and a.value == "comma" for a in between) and not self._short(between):
                break
            covered += [head for head in here if head not in covered]
            last = i
        return covered

    def _short(self, between: list[Atom]) -> bool:
        return sum(a.kind == "W" for a in between) <= 1
