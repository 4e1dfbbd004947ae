"""Which grade, side, zone, change and quality belongs to which head, and how they are shared over a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise, takewhile

from spinelink import vocabulary
from spinelink.records import LevelMention
from spinelink.stages.parse.atoms import Atom
from spinelink.stages.parse.heads import Head

MODIFIERS = frozenset("GDZUC")
POST_FORMS = frozenset({"adverb", "dominance", "direction", "after", "migration"})
"""Forms that follow what they speak of: "on the left", "worse on the right", "has progressed"."""
SOFT = frozenset({"be", "colon", "show", "open", "close", "aside"})
"""Connectors that do not part a head from what follows it."""
_OF = frozenset({"of", "at"})
_WHERE = frozenset({"comma", "which", "be", "open", "where"})
BARRIERS = frozenset({"cause", "because", "notably", "which"})


@dataclass(slots=True)
class Group:
    """Modifiers that belong together: "moderate left" in "moderate left and mild right"; `level` if it has one."""

    atoms: list[int] = field(default_factory=list)
    level: LevelMention | None = None

    def of(self, atoms: list[Atom], kind: str) -> list[int]:
        """Return its atoms of one kind, in order."""
        return [i for i in self.atoms if atoms[i].kind == kind]


@dataclass(slots=True)
class Segment:
    """Modifiers between two connectors; `join` is the connector before it."""

    join: Atom | None
    atoms: list[int]
    level: LevelMention | None = None
    words: int = 0


class Modifiers:
    """Assigns the modifiers of a sentence to its heads."""

    def __init__(self, atoms: list[Atom], heads: list[Head]) -> None:
        self.atoms = atoms
        self.heads = heads
        self.pre: dict[int, list[Segment]] = {}
        self.post: dict[int, list[Segment]] = {}
        self._groups: dict[int, list[Group]] = {}
        self._components = sorted({i for head in heads for i in head.parts})
        self._examples = self._said_at_examples()
        self._shared = {(a, b) for head in heads for a in head.parts for b in head.parts if a < b}
        self._assign()

    def groups(self, head: Head) -> list[Group]:
        """Return the head's groups: one, or one for each grade and side where several are stated."""
        known = self._groups.get(id(head))
        if known is None:
            known = self._groups[id(head)] = self._all_groups(head)
        return known

    def with_sides_of(self, source: Head, groups: list[Group]) -> list[Group]:
        """Return a repeated finding's groups with "bilateral" from what it repeats, where they name no side."""
        both = [i for g in self.groups(source) for i in self._sided(g) if self.atoms[i].value == "bilateral"]
        return (
            [group if self._sided(group) else self._filled(group, Group(both)) for group in groups] if both else groups
        )

    def at_example(self, group: Group, level: LevelMention | None) -> Group:
        """Return a group as it holds at a level named as an example: "worst at L4-5, where it is severe"."""
        said = self._examples.get(id(level), ()) if level is not None else ()
        if not said:
            return group
        kinds = {self.atoms[i].kind for i in said}
        return Group(sorted([*said, *(i for i in group.atoms if self.atoms[i].kind not in kinds)]), group.level)

    def _said_at_examples(self) -> dict[int, list[int]]:
        """Return the modifiers beside each level that follows "worst at" and the like, by the level's identity."""
        found: dict[int, list[int]] = {}
        begin = next((i for i, atom in enumerate(self.atoms) if atom.kind == "K" and atom.value == "notably"), None)
        for i in range(begin, len(self.atoms)) if begin is not None else ():
            atom = self.atoms[i]
            if atom.kind == "L" and atom.level is not None:
                said = [*self._modifiers(i, -1, _OF), *self._modifiers(i, 1, _WHERE)]
                if said:
                    found[id(atom.level)] = said
        return found

    def _modifiers(self, i: int, step: int, passed: frozenset[str]) -> list[int]:
        """Return the grades, sides and zones that stand beside an atom, over plain words and these connectors."""
        found: list[int] = []
        i += step
        while 0 <= i < len(self.atoms):
            atom = self.atoms[i]
            if atom.kind in "GDZ":
                found.append(i)
            elif atom.kind != "W" and not (atom.kind == "K" and atom.value in passed and not found):
                break
            i += step
        taken = 0 <= i < len(self.atoms) and step > 0 and self.atoms[i].kind in "SPNF"
        return [] if taken else sorted(found)

    def _all_groups(self, head: Head) -> list[Group]:
        own = self._labelled(self.own(head), head)
        lent = [] if head.copy else self._merged(self._lent(head))
        shared = self._filled(lent[0] if len(lent) == 1 else Group(), Group(self._list_change(head)))
        return [self._filled(group, shared) for group in own]

    def _list_change(self, head: Head) -> list[int]:
        """Return the change that opens the head's list: "interval progression of stenosis and listhesis"."""
        index = self.heads.index(head)
        while index:
            previous, current = self.heads[index - 1], self.heads[index]
            between = self.atoms[previous.last + 1 : current.first]
            if any(a.kind in "XN" or (a.kind == "K" and a.form not in ("join", "of", "paren")) for a in between):
                break
            for segment in self.pre.get(previous.first, []):
                for i in segment.atoms:
                    term = self.atoms[i].term
                    if self.atoms[i].kind == "C" and term is not None and term.attribute("reach") == "list":
                        return [i]
            index -= 1
        return []

    def _labelled(self, groups: list[Group], head: Head) -> list[Group]:
        """Return the groups with the side of the label that the head stands under: "L: root flattened"."""
        before = [i for i in range(1, head.first) if self.atoms[i].value == "colon" and self.atoms[i - 1].kind == "D"]
        if not before or self.atoms[before[-1]].frame:
            return groups
        return [self._filled(group, Group([before[-1] - 1])) for group in groups]

    def own(self, head: Head) -> list[Group]:
        """Return the head's groups without what a list lends it; a grade that is the head itself is in each."""
        grade = Group([i for i in head.parts if self.atoms[i].kind in "GD"])
        return [self._filled(group, grade) for group in self._merged(self._own(head))]

    # --- assignment ---------------------------------------------------------------------------------------------

    def _assign(self) -> None:
        edges = [-1, *self._components, len(self.atoms)]
        for a, b in pairwise(edges):
            segments = self._segments(a + 1, b)
            if a in self._components and b in self._components and (a, b) in self._shared:
                target = self.pre.setdefault(b, [])
                target += [s for s in segments if s.atoms]
            else:
                self._split(a if a >= 0 else None, b if b < len(self.atoms) else None, segments)

    def _segments(self, begin: int, end: int) -> list[Segment]:
        found = [Segment(None, [])]
        taken = {j for said in self._examples.values() for j in said} if self._examples else ()
        for i in range(begin, end):
            atom = self.atoms[i]
            if i in taken:
                continue
            if atom.kind in MODIFIERS:
                found[-1].atoms.append(i)
            elif atom.kind in "SPN" and (i + 1 < end or end == len(self.atoms)):
                # What stands before a structure or process that no head took is said of that one.
                while found[-1].atoms and found[-1].atoms[-1] == i - 1 and not self._is_post(i - 1):
                    i = found[-1].atoms.pop()
            elif atom.kind == "L":
                after_at = len(found) > 1 and not found[-1].atoms and found[-1].join is not None
                of = after_at and found[-1].join.form in ("of", "because")  # type: ignore[union-attr]
                found[-2 if of else -1].level = atom.level
            elif (atom.kind == "K" and atom.value not in SOFT) or (atom.kind == "X" and atom.form != "pronoun"):
                found.append(Segment(atom, []))
            elif atom.kind == "W":
                found[-1].words += 1
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
        while own > 1 and segments[own].join is not None and segments[own].join.kind == "X":  # type: ignore[union-attr]
            own -= 1
        while own > barrier and own > 1 and self._continues(segments[own - 1], segments[own]):
            own -= 1
        while own > 1 and own - 1 < barrier and self._continues(segments[own - 1], segments[own]):
            own -= 1
        if own == len(segments) - 1 > 1 and self._inserted(segments[-2], segments[-1]):
            own -= 1
        last = segments[-1]
        moved = [i for i in last.atoms if self.atoms[i].kind == "C" and self.atoms[i].form == "after"]
        if last.join is not None and last.join.form == "of":
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
            if segment.join is not None and segment.join.form in ("join", "with", "of", "notably"):
                atoms = [i for i in atoms if self._is_of_the_head(i, segment)]
            if atoms:
                kept.append(Segment(segment.join, atoms, segment.level))
        return kept

    def _is_of_the_head(self, i: int, segment: Segment) -> bool:
        """Say whether a joined modifier is the head's: "bilateral" in "with bilateral extension" is not."""
        joined_by_with = segment.join is not None and segment.join.form == "with"
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
        while own > 0 and segments[own].join is not None and segments[own].join.form != "end":  # type: ignore[union-attr]
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
        commas = [s.join is not None and s.join.form == "join" for s in (segment, last)]
        sides = bool(segment.atoms) and all(self._is_side_after(i) for i in segment.atoms)
        return (
            all(commas)
            and last.join is not None
            and last.join.value == "comma"
            and not last.atoms
            and sides
            and (segment.join is not None and segment.join.value == "comma")
            and all(self.atoms[i].form != "dominance" for i in segment.atoms)
        )

    def _is_side_after(self, i: int) -> bool:
        return self.atoms[i].kind == "D" and self.atoms[i].form == "adverb"

    def _continues(self, segment: Segment, following: Segment) -> bool:
        """Say whether two joined segments are one list of modifiers: "moderate left and mild right"."""
        if following.join is None or following.join.form != "join" or not segment.atoms:
            return False
        if self._is_post(segment.atoms[-1]):
            return False
        kinds = {self.atoms[i].kind for i in segment.atoms}
        others = {self.atoms[i].kind for i in following.atoms}
        return bool(kinds & others & {"D", "Z"})

    # --- groups -------------------------------------------------------------------------------------------------

    def _own(self, head: Head) -> list[list[Segment]]:
        """Return what stands beside the head's own parts: before the structure, before the process, after."""
        parts = sorted(head.parts)
        found = [self.pre.get(i, []) for i in parts]
        found += [self.post.get(i, []) for i in parts]
        if head.structure not in head.parts and head.process >= 0:
            return found
        for other in self.heads:
            # What follows a shared process, or a verb's last object, is said of the whole list.
            if other is not head and other.chain == head.chain and head.process in other.parts and head.process >= 0:
                found.append([s for s in self.post.get(other.last, []) if self._bilateral(s)])
        index = self.heads.index(head)
        if index + 1 < len(self.heads) and self._paired_list(head, self.heads[index + 1]):
            found.append([s for s in self.post.get(self.heads[index + 1].last, []) if self._bilateral(s)])
        return found

    def _paired_list(self, head: Head, following: Head) -> bool:
        """Say whether findings of paired structures are joined: "facet and flavum hypertrophy bilaterally"."""
        nouns = all(h.process < 0 or self.atoms[h.process].form == "noun" for h in (head, following))
        paired = vocabulary.PAIRED.issuperset((*head.findings, *following.findings))
        return nouns and paired and self._plain_join(head, following)

    def _bilateral(self, segment: Segment) -> bool:
        return any(
            self.atoms[i].kind == "D" and self.atoms[i].value == "bilateral" and self.atoms[i].form == "adverb"
            for i in segment.atoms
        )

    def _lent(self, head: Head) -> list[list[Segment]]:
        """Return what an earlier member of its list lends: "mild" in "mild disc bulge and facet arthropathy"."""
        if head.structure >= 0 and self.atoms[head.structure].frame:
            return [[Segment(None, [i for i, a in enumerate(self.atoms) if a.frame and a.kind == "D"])]]
        if head.structure >= 0 and head.structure not in head.parts:
            named = self.pre.get(head.structure) or [Segment(None, self._beside(head.structure))]
            return [[Segment(s.join, [i for i in s.atoms if self.atoms[i].kind == "D"]) for s in named]]
        lender, through_process = self._lender(head)
        if lender is None:
            return self._of_the_alternative(head)
        if not through_process and not self._borrows(head):
            return []
        first = sorted(lender.parts)[0]
        segments = [*self.pre.get(first, [])]
        if through_process:
            segments += self.pre.get(lender.structure, []) if lender.structure != first else []
            if "central_canal_stenosis" in head.findings:
                segments = [Segment(s.join, [i for i in s.atoms if self.atoms[i].kind != "D"]) for s in segments]
        elif not self._apposed(lender, head):
            segments = [
                Segment(s.join, [i for i in s.atoms if self.atoms[i].kind == "G" and self.atoms[i].form != "size"])
                for s in segments
            ]
        return [segments]

    def _of_the_alternative(self, head: Head) -> list[list[Segment]]:
        """Return the side of the finding that is the other possibility: "on the right, scar versus recurrent protrusion"."""
        index = self.heads.index(head)
        previous = self.heads[index - 1] if index else None
        if previous is None or not any(a.form == "both" for a in self.atoms[previous.last + 1 : head.first]):
            return []
        sides = [i for s in self.pre.get(previous.first, []) for i in s.atoms if self.atoms[i].kind == "D"]
        return [[Segment(None, sides)]] if sides else []

    def _beside(self, i: int) -> list[int]:
        """Return the modifiers that stand directly before an atom."""
        begin = i
        while begin and self.atoms[begin - 1].kind in MODIFIERS:
            begin -= 1
        return list(range(begin, i))

    def _apposed(self, lender: Head, head: Head) -> bool:
        """Say whether two findings are one lesion in two words: "protrusion/extrusion", "protrusion - sequestrated"."""
        return any(a.kind == "K" and a.value in ("slash", "dash") for a in self.atoms[lender.last : head.first])

    def _borrows(self, head: Head) -> bool:
        """Say whether a head takes a grade from the one before: a noun does, contact and "impingement of X" do not."""
        return head.attributes.get("effect") not in ("contact", "displacement") and (
            head.process < 0 or head.structure < head.process
        )

    def _lender(self, head: Head) -> tuple[Head | None, bool]:
        """Return the first head of the list that the head ends or goes on, and whether they share a process."""
        shared = [h for h in self.heads if h.chain == head.chain and h is not head and h.process == head.process >= 0]
        before = [h for h in shared if h.structure < head.structure]
        if before:
            return before[0], True
        index = self.heads.index(head)
        lender: Head | None = None
        current = head
        while index > 0:
            index -= 1
            previous = self.heads[index]
            if previous.chain == current.chain:
                continue
            if not self._plain_join(previous, current) or previous.absent or previous.copy:
                break
            lender, current = previous, previous
        return lender, False

    def _plain_join(self, previous: Head, head: Head) -> bool:
        """Say whether only "and" or "&" parts two heads, and the second has no modifier of its own."""
        begin, end = previous.last + 1, head.first
        inside = self.atoms[begin:end]
        joins = [a for a in inside if a.kind == "K"]
        return (
            end > previous.last
            and len(joins) == 1
            and joins[0].value in ("and", "slash", "dash")
            and not any(a.kind in "GDLXN" for a in inside)
            and not any(a.kind == "W" and a.value in ("a", "an") for a in inside)
        )

    def _merged(self, sources: Iterable[list[Segment]]) -> list[Group]:
        """Return the groups of several places: the one list with more than one group, each filled from the others."""
        lists = [self._grouped(segments) for segments in sources if any(s.atoms for s in segments)]
        if not lists:
            return [Group()]
        many = next((groups for groups in lists if len(groups) > 1), None) or self._two_places(lists)
        base = Group()
        for groups in lists:
            if groups is not many and len(groups) == 1 and not (many and any(groups[0] is one for one in many)):
                base = self._filled(base, groups[0])
        return [self._filled(group, base) for group in many] if many else [base]

    def _two_places(self, lists: list[list[Group]]) -> list[Group] | None:
        """Return the groups of "left narrowing at C5-6 and on the right at C6-7"; None where there is but one place."""
        sided = [groups[0] for groups in lists if self._sided(groups[0])]
        if len(sided) != 2 or sided[1].level is None or not self._differ(*sided):
            return None
        return sided

    def _differ(self, group: Group, other: Group) -> bool:
        sides = [{self.atoms[i].value for i in self._sided(each)} for each in (group, other)]
        return not sides[0] & sides[1]

    def _grouped(self, segments: list[Segment]) -> list[Group]:
        groups: list[Group] = []
        for segment in segments:
            group = Group(list(segment.atoms), segment.level)
            if groups and not self._parted(groups[-1], group):
                groups[-1] = self._filled(groups[-1], group, sides=True)
            else:
                groups.append(group)
        return groups

    def _parted(self, group: Group, following: Group) -> bool:
        """Say whether two groups in a row differ in grade and side, or in level."""
        both_graded = group.of(self.atoms, "G") and following.of(self.atoms, "G")
        both_sided = self._sided(group) and self._sided(following)
        levels = group.level is not None and following.level is not None and group.level is not following.level
        if levels and following.of(self.atoms, "D"):
            return True
        scales = [i for i in following.of(self.atoms, "U") if self.atoms[i].form == "grade"]
        graded = [i for i in group.of(self.atoms, "U") if self.atoms[i].form == "grade"]
        return bool(
            (both_graded and (both_sided or levels))
            or (both_sided and following.of(self.atoms, "G"))
            or (both_sided and levels)
            or (scales and graded and both_sided)
        )

    def _sided(self, group: Group) -> list[int]:
        return [i for i in group.of(self.atoms, "D") if self.atoms[i].form != "dominance"]

    def _filled(self, group: Group, other: Group, *, sides: bool = False) -> Group:
        """Return the group with what it lacks taken from another; sides add up where `sides`."""
        if not other.atoms:
            return group if other.level is None or group.level is not None else Group(group.atoms, other.level)
        held = {self.atoms[i].kind for i in group.atoms}
        adding = "ZUCD" if sides else "ZUC"
        taken = [
            i
            for i in other.atoms
            if (kind := self.atoms[i].kind) not in held or (kind in adding and i not in group.atoms)
        ]
        return Group(sorted([*group.atoms, *taken]), group.level or other.level)
