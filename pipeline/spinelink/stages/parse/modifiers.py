"""Which grade, side, zone, change and quality belongs to which head, and how they are shared over a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spinelink import vocabulary
from spinelink.records import LevelMention
from spinelink.stages.parse.atoms import Atom
from spinelink.stages.parse.heads import Head
from spinelink.stages.parse.segments import MODIFIERS, Segment, Segments, said_at_examples


@dataclass(slots=True, eq=False)
class Group:
    """Modifiers that belong together: "moderate left" in "moderate left and mild right"; `level` if it has one."""

    atoms: Sequence[int] = ()
    level: LevelMention | None = None

    def of(self, atoms: list[Atom], kind: str) -> list[int]:
        """Return its atoms of one kind, in order."""
        return [i for i in self.atoms if atoms[i].kind == kind]


_EMPTY = Group()


class Modifiers:
    """Assigns the modifiers of a sentence to its heads."""

    def __init__(self, atoms: list[Atom], kinds: str, heads: list[Head]) -> None:
        self.atoms = atoms
        self.kinds = kinds
        self.heads = heads
        self._groups: dict[Head, list[Group]] = {}
        self._examples: dict[int, list[int]] = {}
        self._none = MODIFIERS.isdisjoint(kinds)
        if self._none:
            return
        self._examples = said_at_examples(atoms, kinds)
        segments = Segments(atoms, kinds, heads, frozenset(i for said in self._examples.values() for i in said))
        self.pre, self.post = segments.pre, segments.post
        self._changes = "C" in kinds
        self._of_all = (
            [i for i, a in enumerate(atoms) if a.kind == "C" and a.attributes.get("reach") == "all"]
            if self._changes
            else []
        )

    def groups(self, head: Head) -> list[Group]:
        """Return the head's groups: one, or one for each grade and side where several are stated."""
        if self._none:
            return [_EMPTY]
        known = self._groups.get(head)
        if known is None:
            known = self._groups[head] = self._all_groups(head)
        return known

    def with_sides_of(self, source: Head, groups: list[Group]) -> list[Group]:
        """Return a repeated finding's groups with "bilateral" from what it repeats, where they name no side."""
        both = [i for g in self.groups(source) for i in self._sided(g) if self.atoms[i].value == "bilateral"]
        return (
            [group if self._sided(group) else self._filled(group, Group(both)) for group in groups] if both else groups
        )

    def at_example(self, head: Head, group: Group, level: LevelMention | None) -> Group:
        """Return a group as it holds at a level named as an example: "worst at L4-5, where it is severe"."""
        said = self._examples.get(id(level)) if self._examples else None
        if not said or head.first > max(said):
            return group
        kinds = {self.atoms[i].kind for i in said}
        return Group(sorted([*said, *(i for i in group.atoms if self.atoms[i].kind not in kinds)]), group.level)

    def _all_groups(self, head: Head) -> list[Group]:
        own = self._labelled(self.own(head), head)
        lent = [] if head.copy else self._merged(self._lent(head))
        shared = lent[0] if len(lent) == 1 else _EMPTY
        if self._changes:
            shared = self._filled(shared, Group(self._list_change(head)))
        return own if shared is _EMPTY else [self._filled(group, shared) for group in own]

    def _list_change(self, head: Head) -> list[int]:
        """Return the change that opens the head's list: "interval progression of stenosis and listhesis"."""
        for i in self._of_all:
            if i > head.last:
                return [i]  # "spondylolisthesis and stenosis, both stable"
        index = head.number
        while index:
            previous, current = self.heads[index - 1], self.heads[index]
            between = self.atoms[previous.last + 1 : current.first]
            if any(a.kind in "XN" or (a.kind == "K" and a.form not in ("join", "of", "paren")) for a in between):
                break
            for segment in self.pre.get(previous.first, []):
                for i in segment.atoms:
                    if self.atoms[i].kind == "C" and self.atoms[i].attributes.get("reach") == "list":
                        return [i]
            index -= 1
        return []

    def _labelled(self, groups: list[Group], head: Head) -> list[Group]:
        """Return the groups with the side of the label that the head stands under: "L: root flattened"."""
        if "D" not in self.kinds:
            return groups
        before = [i for i in range(1, head.first) if self.kinds[i - 1] == "D" and self.atoms[i].value == "colon"]
        if not before or self.atoms[before[-1]].frame:
            return groups
        return [self._filled(group, Group([before[-1] - 1])) for group in groups]

    def own(self, head: Head) -> list[Group]:
        """Return the head's groups without what a list lends it; a grade that is the head itself is in each."""
        if self._none:
            return [_EMPTY]
        groups = self._merged(self._own(head))
        graded = [i for i in head.parts if self.kinds[i] in "GD"]
        return [self._filled(group, Group(graded)) for group in groups] if graded else groups

    # --- groups -------------------------------------------------------------------------------------------------

    def _own(self, head: Head) -> list[list[Segment]]:
        """Return what stands beside the head's own parts: before the structure, before the process, after."""
        parts = sorted(head.parts) if len(head.parts) > 1 else head.parts
        found = [segments for i in parts if (segments := self.pre.get(i))]
        found += [segments for i in parts if (segments := self.post.get(i))]
        if len(self.heads) == 1 or (head.structure not in head.parts and head.process >= 0):
            return found
        for other in self.heads:
            # What follows a shared process, or a verb's last object, is said of the whole list.
            if other.chain == head.chain and other is not head and head.process in other.parts and head.process >= 0:
                found.append([s for s in self.post.get(other.last, []) if self._bilateral(s)])
        index = head.number
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
        if len(self.heads) == 1:
            return []
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
        """Return the side of the other possibility: "on the right, scar versus recurrent protrusion"."""
        index = head.number
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
        index = head.number
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
        lists = [self._grouped(segments) for segments in sources if any([s.atoms for s in segments])]
        if not lists:
            return [_EMPTY]
        if len(lists) == 1:
            return lists[0]
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
        if len(segments) == 1:
            return [Group(list(segments[0].atoms), segments[0].level)]
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
