"""Which level each head stands at, as far as its own sentence says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from spinelink import vocabulary
from spinelink.records import LevelMention
from spinelink.stages.parse.atoms import Atom
from spinelink.stages.parse.heads import Head

_ORDINALS = ("LVL-22-LATTER", "LVL-22-FORMER")
_PREPOSITIONS = frozenset({"of", "because", "notably"})


@dataclass(slots=True, eq=False)
class Place:
    """The levels of a head: several where a multilevel statement names examples. `firm` once a level was said of it."""

    levels: list[LevelMention] = field(default_factory=list)
    firm: bool = False
    general: bool = False


class Places:
    """Reads the levels of a sentence from left to right and gives each head its own."""

    def __init__(self, atoms: list[Atom], kinds: str, heads: list[Head]) -> None:
        self.atoms = atoms
        self.kinds = kinds
        self.heads = heads
        self.lead: LevelMention | None = None
        self.last: LevelMention | None = None
        self._place: dict[Head, Place] = {}
        self._pending: list[Head] = []
        self._given: list[Head] = []
        self._named: list[LevelMention] = []
        self._premodified: set[Head] = set()
        self._parts: set[int] = set()
        self._current: LevelMention | None = None
        if any([atom.level is not None for atom in atoms]):
            self._place = {head: Place() for head in heads}
            self._parts = {i for head in heads for i in head.parts}
            self._read()

    def of(self, head: Head) -> list[LevelMention]:
        """Return the head's levels, none where its sentence names none for it."""
        place = self._place.get(head)
        return place.levels if place is not None else []

    def is_general(self, head: Head) -> bool:
        """Say whether the head holds beyond the levels named as included."""
        place = self._place.get(head)
        return place is not None and place.general

    def said_of(self, head: Head) -> bool:
        """Say whether the levels were said of the head or open its sentence, not only of a head before it."""
        place = self._place.get(head)
        if place is None:
            return False
        if place.firm or place.levels == [self.lead] or head in self._premodified:
            return True
        return head is self.heads[0] and any(atom.kind == "L" for atom in self.atoms[: head.first])

    def _read(self) -> None:
        starts: dict[int, list[Head]] = {}
        taken: set[int] = set()
        for head in self.heads:
            position = head.first if head.first not in taken or len(head.parts) == 1 else head.last
            if head.structure in head.parts and head.structure > head.process >= 0:
                position = head.structure
            elif head.structure in head.parts and head.structure in taken:
                position = head.process
            taken.update(head.parts)
            starts.setdefault(position, []).append(head)
        for i, kind in enumerate(self.kinds):
            for head in starts.get(i, ()):
                place = self._place[head]
                if self._current is not None and not place.levels:
                    place.levels = [self._current]
                self._pending.append(head)
            if kind not in "LWK":
                continue
            atom = self.atoms[i]
            if kind == "L" and atom.level is not None:
                self._level(i, atom.level)
            elif kind == "W" and atom.level is not None and not atom.frame:
                self.last = self.last or atom.level
            elif kind == "K" and atom.form == "end" and atom.value != "dash":
                self._pending = []
                if atom.value == "but" and self._current is not None and self._current.kind == "multilevel":
                    self._current = None  # "No stenosis at any level but a bulge" says nothing of where the bulge is.
            elif kind == "K" and atom.form in ("with", "cause", "which", "because") and not self._leads_level(i):
                self._pending = [head for head in self._pending if not self._place[head].levels]

    def _leads_level(self, i: int) -> bool:
        return i + 1 < len(self.atoms) and self.kinds[i + 1] == "L"

    def _level(self, i: int, level: LevelMention) -> None:
        named, level = level, self._related(level)
        if level.kind == "vertebra" and self._beside(i):
            if self._current is not None and self._current.kind == "disc":
                return
            level = replace(level, flags=(*level.flags, "beside"))
        if named.form != "relative":
            self._named.append(named)
        beside = self._borders_on_lead(level)
        for head in self.heads:
            if i in head.parts or (beside and head.first < i < head.last):
                self._place[head] = Place([level], firm=True)
        before = self._before(i)
        self.last = level
        waiting = [head for head in self._pending if not self._place[head].firm]
        if self.lead is None and all([i < head.first for head in self.heads]) and self._opens(i):
            self.lead = level
        if (self._pending or self._given) and self._is_example(i):
            self._example(level, waiting, including=self._is_included(i))
        elif self._premodifies(i, before):
            self._give_next(i, level)
            if waiting and self._leads_back(i, waiting):
                self._give(waiting, level, close=False)
        elif (
            waiting
            and not (before is not None and before.kind == "X" and before.form == "before")
            and (not self._new_lead(i, before, waiting))
        ):
            self._give(waiting, level, close=before is not None and before.value == "of")
        elif not self._pending and self._given and self._goes_on(i):
            for head in self._given:
                place = self._place[head]
                place.levels = [*place.levels, level]
        if not beside:
            self._current = level

    def _borders_on_lead(self, level: LevelMention) -> bool:
        """Say whether a vertebra is one beside the disc of which the sentence speaks, which stays in force."""
        lead = self.lead
        return (
            lead is not None
            and lead.kind == "disc"
            and len(lead.levels) == 1
            and level.kind == "vertebra"
            and set(level.levels) <= set(lead.vertebrae)
        )

    def _beside(self, i: int) -> bool:
        """Say whether a vertebra only says where something lies: "behind the body of L5"."""
        before = self._before(i)
        if before is not None and before.value == "of":
            j = self.atoms.index(before)
            before = next((a for a in reversed(self.atoms[:j]) if a.kind not in "WS"), None)
        return before is not None and before.value == "behind"

    def _related(self, level: LevelMention) -> LevelMention:
        """Return the level that "this level" or "both levels" means in a sentence that named levels before."""
        if level.form != "relative" or level.levels or self._current is None:
            return level
        if level.rule_id.startswith(_ORDINALS):
            return self._one_of_two(level)
        if level.shift:
            chained = self._current.form == "relative" and not self._current.levels
            return replace(level, shift=level.shift + self._current.shift) if chained else level
        discs = [named for named in self._named if named.kind == "disc" and named.levels]
        if level.rule_id.startswith("LVL-22-THESE") and len(discs) > 1:
            names = tuple(dict.fromkeys(name for named in discs for name in named.levels))
            return replace(level, levels=names, form="list")
        return self._current

    def _one_of_two(self, level: LevelMention) -> LevelMention:
        """Return the level that "the former" or "the latter" means."""
        both = [name for named in self._named[-2:] for name in named.levels]
        if not both:
            return level
        name = both[-1 if level.rule_id.startswith("LVL-22-LATTER") else 0]
        return replace(level, levels=(name,), form="single", kind="disc" if "-" in name else "vertebra")

    def _is_example(self, i: int) -> bool:
        """Say whether a level is named as an example: "notably at L4-5", "noticeably noted at L4-5"."""
        for j in range(i - 1, -1, -1):
            atom = self.atoms[j]
            if atom.kind == "K" and atom.form == "notably":
                return True
            if atom.kind not in "WGDM" and not (atom.kind == "K" and atom.form in ("of", "show", "be")):
                return False
        return False

    def _is_included(self, i: int) -> bool:
        return any(a.kind == "K" and a.value == "including" for a in self.atoms[max(0, i - 3) : i])

    def _goes_on(self, i: int) -> bool:
        """Say whether a level is joined to the one before: "here and at all other levels"."""
        j = i - 1
        while j >= 0 and (
            self.atoms[j].kind == "W"
            or (self.atoms[j].kind == "K" and self.atoms[j].form == "of")
            or self.atoms[j].value == "endplate"
        ):
            j -= 1
        joined = j >= 0 and self.atoms[j].kind == "K" and self.atoms[j].value in ("and", "or", "comma")
        while j >= 0 and self.atoms[j].kind == "K":
            j -= 1
        return joined and j >= 0 and self.atoms[j].kind == "L"

    def _before(self, i: int) -> Atom | None:
        """Return the last connector or head part before a level, words and modifiers skipped."""
        for j in range(i - 1, -1, -1):
            if self.kinds[j] not in "WGDUMZC":
                return self.atoms[j]
        return None

    def _opens(self, i: int) -> bool:
        """Say whether the level opens the sentence: first, or after "at", "there is at" and the like."""
        before = [a for a in self.atoms[:i] if not a.frame]
        if not all(
            a.kind in "WL" or (a.kind == "K" and a.form in ("of", "show", "join", "which", "paren", "because"))
            for a in before
        ):
            return False
        words = sum(a.kind == "W" for a in before)
        return not before or (words <= 2 and any(a.kind in "KL" for a in before))

    def _premodifies(self, i: int, before: Atom | None) -> bool:
        """ "right L4/5 facet synovial cyst": the level stands inside the phrase that it places."""
        if before is not None and before.kind == "K" and before.form in _PREPOSITIONS:
            return False
        follower = self._follower(i)
        return follower is not None

    def _leads_back(self, i: int, waiting: list[Head]) -> bool:
        """Say whether a phrase with a level places what stands before it: "compressed within the C7-T1 foramen"."""
        if any(self._place[head].levels for head in waiting):
            return False
        between = self.atoms[waiting[-1].last + 1 : i]
        joins = [atom for atom in between if atom.kind == "K"]
        return len(joins) == 1 and joins[0].form in _PREPOSITIONS and joins[0].value in ("at", "because")

    def _follower(self, i: int) -> int | None:
        """Return the first part of the head that the level runs into, with nothing but modifiers between."""
        for j in range(i + 1, len(self.atoms)):
            if j in self._parts:
                return j
            if self.kinds[j] not in "WGDUMZL" or (self.kinds[j] == "W" and j - i > 4):
                return None
        return None

    def _give_next(self, i: int, level: LevelMention) -> None:
        follower = self._follower(i)
        chains = {head.chain for head in self.heads if follower in head.parts}
        for head in self.heads:
            if head.chain in chains and follower is not None and (follower in head.parts or head.last > follower):
                place = self._place[head]
                if not place.firm:
                    self._premodified.add(head)
                    place.levels, place.firm = [level], level.kind != "multilevel"

    def _new_lead(self, i: int, before: Atom | None, waiting: list[Head]) -> bool:
        """Say whether a level opens a new clause: ", at C5-6 with ..." after heads that have their level already."""
        placed = all(self._place[head].levels and self._place[head].levels[0].kind != "multilevel" for head in waiting)
        if not placed:
            return False
        j = i - 1
        while j >= 0 and (self.atoms[j].kind == "W" or (self.atoms[j].kind == "K" and self.atoms[j].form == "of")):
            j -= 1
        joined = j < 0 or (self.atoms[j].kind == "K" and self.atoms[j].form in ("join", "end"))
        later = any(head.last > i for head in self.heads)
        return joined and later

    def _give(self, waiting: list[Head], level: LevelMention, *, close: bool) -> None:
        """Give a level to the heads before it that have none said of them; a lead's level stands but for the last.

        `close` is set for "of": "an abscess at D11/12, collapse of D11" places the collapse alone.
        """
        nearest = waiting[-1].chain
        parted = [
            i for i, a in enumerate(self.atoms[: waiting[-1].first]) if a.kind == "K" and a.form in ("with", "cause")
        ]
        for head in waiting:
            place = self._place[head]
            lead = self.lead is not None and place.levels == [self.lead] and self.lead.kind != "multilevel"
            regional = all(vocabulary.FINDINGS.get(finding) == "R" for finding in head.findings)
            apart = close and bool(parted) and head.last < parted[-1]
            kept = lead or close or head in self._premodified or self._settled(head, waiting[-1])
            if head.chain != nearest and (regional or apart or (place.levels and kept)):
                continue
            place.levels, place.firm = [level], True
        self._given, self._pending = waiting, []

    def _settled(self, head: Head, nearest: Head) -> bool:
        """Say whether a level named before is a head's own, since a new statement begins before the next level.

        "Stenosis at C3-4, where the cord is flattened, and there is stenosis at C5-6"; "stenosis at C5-6 from spurring
        and mild stenosis at C6-7"; "severe at C3-4 with cord compression, and moderate at C4-5".
        """
        between = self.atoms[head.last + 1 : nearest.first]
        caused = any(
            atom.kind == "K" and atom.form == "because" for atom in self.atoms[max(0, head.first - 3) : head.first]
        )
        shown = any(atom.kind == "K" and atom.form == "show" for atom in between)
        graded = any(atom.kind == "G" for atom in between) or self.atoms[nearest.first].kind == "G"
        return shown or (caused and graded) or (nearest.copy and not nearest.findings)

    def _example(self, level: LevelMention, waiting: list[Head], *, including: bool) -> None:
        """ "Multilevel bulges, notably at L3-4": the multilevel head keeps its level and gains the named one.

        "No signal change in the cord, including at T1/T2" keeps the general denial too.
        """
        heads = self._pending or self._given
        for head in heads:
            place = self._place[head]
            if len(heads) > 1 and all(vocabulary.FINDINGS.get(finding) == "R" for finding in head.findings):
                continue
            if any(set(level.levels) < set(known.levels) and known.form == "list" for known in place.levels):
                continue
            general = [known for known in place.levels if known.kind == "multilevel" or known.form == "range"]
            place.general = place.general or (including and not place.levels)
            if general or head in waiting:
                place.levels, place.firm = [*general, level], True
        self._pending = []
