"""Which words of side and of the body belong to which symptom of a sentence.

A part of the body before a symptom is its own ("left calf pain"), one after it where only "of", "in", "to" or nothing
stands between ("numbness of both feet"); what radiates is felt where it radiates to. Members of a list share what only
one of them names: "left leg pain, numbness and weakness", "pain and numbness in the left leg".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from spinelink.stages.indication.reading import PARTS, Atom, root_names
from spinelink.stages.indication.states import State

_LIMBS = {"leg": "leg", "foot": "leg", "arm": "arm", "hand": "arm"}
_SIDE_KINDS = frozenset({"adjective", "adverb", "dominance", "worse"})
_BESIDE = frozenset({"article", "state", "asserting", "root", "glue", "to"})
_LIST = frozenset({"comma", "join", "slash"})
_LIST_JOINTS = ("and", "or", "slash", "directly", "comma")
_PASSED_AFTER = _SIDE_KINDS | {
    *("article", "glue", "to", "be", "state", "open", "close", "time", "root", "rootnoun", "asserting", "number"),
}
_WORDS = 2
_GAP = 3


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

    @property
    def region(self) -> str:
        """Where it lies; a root lies in the limb that it serves."""
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
    parts = _parts(atoms, {head.place: head for head in heads})
    _bind_sides(atoms, parts, {head.place: head for head in heads})
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


def _parts(atoms: Sequence[Atom], heads: dict[int, Head]) -> dict[int, Part]:
    parts: dict[int, Part] = {}
    at = 0
    while at < len(atoms):
        atom = atoms[at]
        if atom.kind in PARTS:
            parts[at] = Part(at, atom.start, atom.end, atom, atom.names("roots"), atom.inner or atom.get("side") or "")
        elif atom.kind == "root":
            names, last = root_names(atoms, at)
            end = _root_end(atoms, at, last)
            if end:
                parts[at] = Part(at, atom.start, atoms[end - 1].end, atom, names)
            for taken in range(at, max(last, end)):
                atoms[taken].used = True
            at = max(last, end, at + 1)
            continue
        at += 1
    return parts


def _root_end(atoms: Sequence[Atom], first: int, last: int) -> int:
    """Return where a named root ends with its noun, 0 where the name is a level's: "L5 radiculopathy", "S1 dermatome"."""
    at, words = last, 0
    while at < len(atoms) and (atoms[at].kind in ("adjective", "article") or atoms[at].key in ("nerve", "root")):
        at += 1
    if at < len(atoms):
        following = atoms[at]
        if following.kind == "rootnoun":
            return at + 1
        if following.value == "radiculopathy" or (following.kind == "quality" and following.value != "pain"):
            return last
        if following.kind in ("gauge", "state") and following.value in ("sensation", "power", "low", "altered"):
            return last
        if following.value == "pain" and atoms[at - 1].key in ("nerve", "root"):
            return last
    if first and atoms[first - 1].kind == "quality" and atoms[first - 1].value != "pain":
        return last
    at = first - 1
    while at >= 0 and words < _WORDS and atoms[at].kind in ("glue", "article", "open", "word", "colon", "to"):
        words += atoms[at].kind == "word"
        at -= 1
    if at >= 0 and (atoms[at].kind == "rootnoun" or atoms[at].value == "radiculopathy"):
        return last
    return 0


def _bind_sides(atoms: Sequence[Atom], parts: dict[int, Part], heads: dict[int, Head]) -> None:
    """Give every word of side to the part or symptom beside it."""
    for place, atom in enumerate(atoms):
        if atom.kind not in _SIDE_KINDS:
            continue
        enclosed = 0 < place < len(atoms) - 1 and atoms[place - 1].kind == "open" and atoms[place + 1].kind == "close"
        if atom.kind == "adjective" and not enclosed:
            target = _forward(atoms, place, parts, heads)
            if target is None:
                target = _backward(atoms, place, parts, heads)
        elif enclosed and atom.kind == "adjective":
            target = _backward(atoms, place - 1, parts, heads)
            if target is None:
                target = _forward(atoms, place + 1, parts, heads)
        else:
            target = _backward(atoms, place, parts, heads)
            if target is None and atom.kind in ("dominance", "adverb"):
                target = _forward(atoms, place, parts, heads)
        if target is not None and target >= 0:
            _give(atom, target, parts, heads)


def _give(atom: Atom, target: int, parts: dict[int, Part], heads: dict[int, Head]) -> None:
    thing: Part | Head = parts[target] if target in parts else heads[target]
    side, dominant = thing.side, thing.dominant
    if atom.kind in ("dominance", "worse"):
        side, dominant = "bilateral", atom.value
    elif not side:
        side = atom.value
    elif {side, atom.value} == {"left", "right"}:
        side = "bilateral" if atom.kind != "adjective" else side
    if isinstance(thing, Part):
        parts[target] = replace(thing, side=side, dominant=dominant)
    else:
        thing.side, thing.dominant = side, dominant


def _forward(atoms: Sequence[Atom], place: int, parts: dict[int, Part], heads: dict[int, Head]) -> int | None:
    """Return the part or symptom that a word of side opens, -1 where it opens something else (an operation)."""
    words = 0
    for at in range(place + 1, len(atoms)):
        atom = atoms[at]
        if at in parts or (at in heads and atom.kind not in ("spread", "to")):
            return at if atom.get("sides") != "no" else -1
        if atom.kind == "flag":
            return -1
        if atom.kind == "word":
            words += 1
            if words > _GAP:
                return None
        elif atom.kind in ("spread", "gauge"):
            continue
        elif atom.kind not in _BESIDE and not (atom.kind == "slash" and atom.used) and atom.kind != "rootnoun":
            if atom.kind in ("number", "join") and atom.used:
                continue
            return None
    return None


def _backward(atoms: Sequence[Atom], place: int, parts: dict[int, Part], heads: dict[int, Head]) -> int | None:
    words = commas = 0
    for at in range(place - 1, -1, -1):
        atom = atoms[at]
        if at in parts or (at in heads and atom.kind not in ("spread", "to")):
            if atom.get("sides") == "no" or (at in heads and heads[at].atom.get("axial") and commas):
                return None
            return at
        if atom.kind == "word":
            words += 1
            if words > _WORDS:
                return None
        elif atom.kind == "comma":
            commas += 1
            if commas > 1:
                return None
        elif atom.kind not in _BESIDE and atom.kind not in (
            "open",
            "close",
            "colon",
            "time",
            "rootnoun",
            "number",
            *_SIDE_KINDS,
        ):
            return None
    return None


def _assign(atoms: Sequence[Atom], heads: list[Head], parts: dict[int, Part]) -> None:
    """Give every part to a symptom: those before it that no earlier symptom leads to, then those after it."""
    taken: set[int] = set()
    for number, head in enumerate(heads):
        if head.atom.get("parts") == "no":
            continue
        previous = heads[number - 1] if number else None
        run = _run_before(atoms, head.place, parts)
        if previous is not None and run and _leads_to(atoms, previous, run[0].place, parts):
            run = _last_chunk(atoms, run)
        if head.atom.kind == "to":
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
        elif run and atom.kind in _LIST:
            joined = True
        elif atom.kind == "word" or (atom.kind == "asserting" and not run):
            words += 1
            if words > (1 if run else _WORDS):
                break
        elif atom.kind in ("colon", "be") and not run:
            continue
        elif atom.kind not in (*_SIDE_KINDS, "article", "state", "root", "rootnoun") and not (
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
        if at in parts or atom.kind in (*_SIDE_KINDS, "article", "state", "open"):
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
        if any(atoms[at].kind in _LIST for at in range(part.place, chunk[0].place)):
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
        elif atom.kind in _LIST:
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
        side, dominant = part.side, part.dominant
        if not side and done and not part.axial:
            side, dominant = done[-1].side, done[-1].dominant
        done.append(replace(part, side=side, dominant=dominant))
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
    for one, other in zip(heads, heads[1:], strict=False):
        other.linked = _join(atoms, one.last + 1, other.first)


def _join(atoms: Sequence[Atom], start: int, end: int) -> str:
    joint, words = "directly", 0
    for at in range(start, end):
        atom = atoms[at]
        if atom.kind in _LIST or atom.get("join"):
            joint = atom.value if atom.kind == "join" else "and" if atom.get("join") else atom.kind
        elif atom.kind == "word":
            words += 1
            if words > _GAP:
                return ""
        elif atom.kind not in (
            *_SIDE_KINDS,
            "article",
            "state",
            "time",
            "asserting",
            "close",
            "root",
            "rootnoun",
            "number",
            "glue",
            "to",
            "part",
            "muscle",
            "gauge",
        ):
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
    for one, other in zip(heads, heads[1:], strict=False):
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
    if other.atom.get("sides") == "no" or not other.before:
        return
    giving = one.before if one.before and not one.after else [] if other.linked != "and" else one.parts
    sided = [part for part in giving if part.side]
    if not sided or any(part.side or part.axial or part.limb != sided[-1].limb for part in other.before):
        return
    other.before = [replace(part, side=sided[-1].side, dominant=sided[-1].dominant) for part in other.before]
