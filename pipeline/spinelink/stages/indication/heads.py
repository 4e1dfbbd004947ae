"""A symptom of a sentence as it is put together, and the parts of the body beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from spinelink.stages.indication.reading import Atom
from spinelink.stages.indication.states import State

SIDE_KINDS = frozenset({"adjective", "adverb", "dominance", "worse"})
"""Kinds of atoms that tell a side."""
LIST_KINDS = frozenset({"comma", "join", "slash"})
"""Kinds of atoms that join the members of a list."""
_LIMBS = {"leg": "leg", "foot": "leg", "arm": "arm", "hand": "arm"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the body, or a root, as it stands beside a symptom."""

    place: int
    start: int
    end: int
    atom: Atom
    roots: tuple[str, ...] = ()
    side: str = ""
    dominant: str | None = None
    one_of: str = ""
    """One of the regions that it names together, empty where it names one: "all four limbs" are arms and legs."""

    @property
    def region(self) -> str:
        """Where it lies; a root lies in the limb that it serves."""
        if self.one_of:
            return self.one_of
        if self.atom.kind == "root":
            return region_of_root(self.roots[0])
        return self.atom.get("region") or ""

    @property
    def axial(self) -> str | None:
        """The region of the spine that it is, None for a limb."""
        return self.atom.get("axial")

    @property
    def limb(self) -> str:
        """The limb that it belongs to: leg, arm, or none."""
        return _LIMBS.get(self.region, "")


def region_of_root(root: str) -> str:
    """Return where a root is felt: leg, arm or trunk; the upper cervical roots in the neck."""
    if root[0] == "C":
        return "neck" if root[1:] in ("1", "2", "3", "4") else "arm"
    if root[0] == "T":
        return "arm" if root == "T1" else "trunk"
    return "leg" if root[0] == "L" or root in ("S1", "S2") else "saddle"


@dataclass(slots=True, eq=False)
class Head:
    """A symptom of a sentence and what belongs to it; `spread` marks where a pain radiates to."""

    place: int
    atom: Atom
    state: State | None = None
    before: list[Part] = field(default_factory=list)
    after: list[Part] = field(default_factory=list)
    side: str = ""
    dominant: str | None = None
    source: Head | None = None
    shared: Head | None = None
    directly: bool = False
    linked: str = ""

    @property
    def parts(self) -> list[Part]:
        """Everything of the body that belongs to it, in order."""
        return [*self.before, *self.after]

    @property
    def first(self) -> int:
        """The place where it begins, with its own parts."""
        return min([self.place, *(part.place for part in self.before)])

    @property
    def last(self) -> int:
        """The place where it ends, with its own parts."""
        return max([self.place, *(part.place for part in self.after)])
