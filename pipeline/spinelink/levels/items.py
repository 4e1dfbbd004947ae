"""How levels are written with one another: pairs, chains, ranges and slips (LVL-01 to LVL-10, LVL-13)."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from spinelink.levels import names
from spinelink.levels.rules import LevelRules
from spinelink.levels.written import (
    Joint,
    Written,
    following,
    read_bare,
    read_first,
    read_joint,
    read_next,
    unnamed_after,
)

_LONGEST_REVERSED = 6
"""A range written upwards over more vertebrae than this is a slip of the letter: "L5-T1" for L5-S1."""
_JOINED_TO_ONE = ("comma", "space", "nothing")
_REMEMBERED = 4096
_Part = tuple[tuple[str, ...], tuple[str, ...], bool, bool]
"""Of a written vertebra: its names, flags, whether it is loose, and whether it is a number alone."""


class Item(NamedTuple):
    """One item of a list of levels.

    `shape` is vertebra, disc (a pair, a chain, pairs joined), range (of either), on ("L4 on L5"), or broken: a pair
    that cannot be. `glued` has numbers without separators, `loose` a letter apart from its number.
    """

    shape: str
    start: int
    end: int
    discs: tuple[str, ...]
    vertebrae: tuple[str, ...]
    rule_id: str
    form: str
    flags: tuple[str, ...] = ()
    glued: bool = False
    loose: bool = False


class Chain(NamedTuple):
    """Vertebrae joined by dashes, slashes or nothing: at least one, and a joint between each two."""

    start: int
    parts: tuple[Written, ...]
    joints: tuple[Joint, ...]

    @property
    def end(self) -> int:
        """Where the last vertebra ends."""
        return self.parts[-1].end


def read_item(text: str, pos: int, rules: LevelRules, skip: frozenset[int]) -> Item | None:
    """Return the pair, chain, range or single vertebra that begins at `pos`, without the list around it."""
    chain = _read_chain(text, pos, rules, skip)
    if chain is None:
        return None
    unnamed = unnamed_after(text, chain.end)
    if unnamed is not None:
        return broken(pos, unnamed)
    item = _judged(text, chain)
    if item.shape == "broken" or (item.form == "list" and item.shape == "vertebra"):
        return item
    slipped = _slip(text, item, rules, skip) if item.form == "single" else None
    return slipped or _reach(text, item, rules, skip)


def broken(start: int, end: int) -> Item:
    """Return the item of a pair that cannot be: a place, but none that has a name (LVL-26)."""
    return Item("broken", start, end, (), (), "LVL-26", "pair", ("typo",))


def _read_chain(text: str, pos: int, rules: LevelRules, skip: frozenset[int]) -> Chain | None:
    """Return the chain that begins at `pos`; a mistyped or roman vertebra needs its neighbour."""
    first = None if pos in skip else read_first(text, pos)
    if first is None:
        return None
    parts, joints = [first], list[Joint]()
    while (joint := read_joint(text, parts[-1].end)) is not None and joint.end not in skip:
        lower = read_next(text, joint.end, parts[-1], rules, tight=joint.tight)
        if lower is None or not _joins(text, joint, parts, lower):
            break
        parts.append(lower)
        joints.append(joint)
    if first.paired and (len(parts) == 1 or not names.is_adjacent(first.vertebrae[-1], parts[1].vertebrae[0])):
        return None
    return Chain(pos, tuple(parts), tuple(joints))


def _joins(text: str, joint: Joint, parts: list[Written], lower: Written) -> bool:
    """Say whether a joint can stand here: a weak one, and one late in a chain, only between neighbours."""
    if names.is_adjacent(parts[-1].vertebrae[-1], lower.vertebrae[0]):
        return joint.kind != "space" or len(parts) == 1
    if joint.kind in _JOINED_TO_ONE:
        return False
    return not text[joint.end].isdigit() or (joint.tight and len(parts) == 1)


def _judged(text: str, chain: Chain) -> Item:
    """Return what a chain of vertebrae says: one, a pair, a run of discs, a range, or something impossible."""
    parts = tuple([(part.vertebrae, part.flags, part.loose, part.bare) for part in chain.parts])
    item = _meant(text[chain.start] in "dD", parts, tuple([joint.kind for joint in chain.joints]))
    return item._replace(start=chain.start, end=chain.parts[-1].end)


@lru_cache(_REMEMBERED)
def _meant(dorsal: bool, parts: tuple[_Part, ...], joints: tuple[str, ...]) -> Item:
    """Return the item of a chain, without its place; `dorsal` says that its first vertebra is written with a D."""
    written = tuple([name for vertebrae, _, _, _ in parts for name in vertebrae])
    flags = tuple(dict.fromkeys([flag for _, flags, _, _ in parts for flag in flags]))
    if "L6" in written:
        flags += ("typo",) if _slip_of_hand(parts) else ("transitional",)
    glued, loose = any(len(vertebrae) > 1 for vertebrae, _, _, _ in parts), parts[0][2]
    base = Item("vertebra", 0, 0, (), written, "LVL-15", "single", flags, glued, loose)
    if len(written) == 1:
        return base
    if "C8" in written:
        return base._replace(form="list", rule_id="LVL-26", flags=(*flags, "typo"))
    if len(written) == 2:
        return _pair(base, written[0], written[1], joints, dorsal=dorsal)
    return _long(base, written, joints)


def _long(base: Item, written: tuple[str, ...], joints: tuple[str, ...]) -> Item:
    """Return what three and more vertebrae say: "L3-4-5" a run, "L3/4/L4/5" two discs, "L1-2-L4-5" a range."""
    if all(names.is_adjacent(a, b) for a, b in pairwise(written)):
        return _span(base, written[0], written[-1], "LVL-10", "list")
    pairs = list(zip(written[::2], written[1::2], strict=False))
    if len(written) % 2 or not all(names.is_adjacent(a, b) for a, b in pairs):
        span = _span(base, written[0], written[-1], "LVL-07", "range")
        return span._replace(flags=(*base.flags, "ambiguous"))
    if len(pairs) == 2 and joints[1] == "dash" and names.is_reversed(pairs[1][0], pairs[0][0]):
        return _span(base, written[0], written[-1], "LVL-08", "range")
    discs, vertebrae = dict.fromkeys(f"{a}-{b}" for a, b in pairs), dict.fromkeys(written)
    return base._replace(shape="disc", discs=tuple(discs), vertebrae=tuple(vertebrae), rule_id="LVL-06", form="list")


def _slip_of_hand(parts: tuple[_Part, ...]) -> bool:
    """Say whether L6 is a bare number after a vertebra that it does not follow, as in "L4-6" (LVL-26)."""
    if len(parts) != 2:
        return False
    (upper, _, _, _), (lower, _, _, bare) = parts
    return lower == ("L6",) and bare and upper[-1] != "L5"


def _pair(base: Item, upper: str, lower: str, joints: tuple[str, ...], *, dorsal: bool) -> Item:
    """Return the reading of two joined vertebrae: neighbours are one disc, others a range (LVL-01, LVL-07)."""
    if upper == lower:
        return base._replace(vertebrae=(upper,), flags=(*base.flags, "typo"), rule_id="LVL-26")
    upwards = names.is_reversed(upper, lower) and len(names.vertebrae_between(upper, lower)) > _LONGEST_REVERSED
    if joints and (upwards or (upper, lower) == ("C7", "L1")):
        return broken(base.start, base.end)
    flags = base.flags
    if names.is_reversed(upper, lower):
        upper, lower, flags = lower, upper, (*flags, "reversed")
    if names.is_adjacent(upper, lower):
        form = "pair" if joints or base.glued else "range"  # "from T4 to T5" is a stretch
        return _span(base, upper, lower, _pair_rule(base, upper, lower, dorsal=dorsal), form)._replace(flags=flags)
    if joints and joints[0] == "slash":
        flags = (*flags, "ambiguous")
    return _span(base, upper, lower, "LVL-07", "range")._replace(flags=flags)


def _pair_rule(base: Item, upper: str, lower: str, *, dorsal: bool) -> str:
    """Return the rule by which a pair was read."""
    if "typo" in base.flags:
        return "LVL-26"
    if "L6" in (upper, lower):
        return "LVL-24"
    if base.glued:
        return "LVL-02"
    if (upper, lower) == ("S1", "S2"):
        return "LVL-23"
    if dorsal:
        return "LVL-04"
    return "LVL-03" if (upper, lower) == ("L5", "S1") else "LVL-01"


def _span(base: Item, first: str, last: str, rule_id: str, form: str) -> Item:
    """Return an item from one vertebra to another; below S2 there are no discs, only vertebrae."""
    discs, vertebrae = names.discs_between(first, last), names.vertebrae_between(first, last)
    if not discs or (first[0] == "S" and last != "S2"):
        shape = "vertebra"
    else:
        shape = "range" if form == "range" else "disc"
    return base._replace(shape=shape, discs=discs, vertebrae=vertebrae, rule_id=rule_id, form=form)


def _reach(text: str, item: Item, rules: LevelRules, skip: frozenset[int]) -> Item:
    """Return the item with what "to" or "through" adds to it: "L3-4 through L5-S1", "C3 to C6", "C4 to 6"."""
    joint = rules.range_joiner.match(text, item.end)
    if joint is None:
        return item
    chain = _read_chain(text, joint.end(), rules, skip)
    if chain is None:
        bare = read_bare(text, joint.end(), item.vertebrae[-1], rules) if item.form == "single" else None
        if bare is None or not names.is_reversed(bare.vertebrae[0], item.vertebrae[-1]):
            return item
        chain = Chain(joint.end(), (bare,), ())
    return _between(text, item, _judged(text, chain))


def _between(text: str, item: Item, other: Item) -> Item:
    """Return the stretch from one item to another: from the first's upper end to the second's lower end (LVL-08)."""
    if not item.vertebrae or not other.vertebrae or "C8" in item.vertebrae or "C8" in other.vertebrae:
        return item
    flags = tuple(dict.fromkeys((*item.flags, *other.flags)))
    base = item._replace(end=other.end, flags=flags, glued=item.glued or other.glued)
    top, bottom = item.vertebrae[0], other.vertebrae[-1]
    if item.form == other.form == "single":
        return _pair(base, top, bottom, (), dorsal=text[base.start] in "dD")
    if names.is_reversed(top, bottom):
        top, bottom = other.vertebrae[0], item.vertebrae[-1]
        base = base._replace(flags=(*flags, "reversed"))
    return _span(base, top, bottom, "LVL-08", "range")


def _slip(text: str, item: Item, rules: LevelRules, skip: frozenset[int]) -> Item | None:
    """Return "L4 on L5" as the disc level between them, the moving vertebra first (LVL-13)."""
    joint = rules.on_joiner.match(text, item.end)
    if joint is None or joint.end() in skip:
        return None
    upper = item.vertebrae[0]
    under = _under(text, joint.end(), upper, rules)
    if under is None or under.vertebrae == (upper,):
        return None
    lower, flags = under.vertebrae[0], item.flags
    disc = names.disc_below(upper)
    if names.is_reversed(upper, lower):
        disc, flags = names.disc_above(upper), (*flags, "reversed")
    if disc is None:
        return None
    if lower not in names.ends_of(disc):
        flags = (*flags, "typo")
    both = (upper, lower)
    return item._replace(
        shape="on", end=under.end, discs=(disc,), vertebrae=both, rule_id="LVL-13", form="on", flags=flags
    )


def _under(text: str, pos: int, upper: str, rules: LevelRules) -> Written | None:
    """Return the vertebra under a slipped one: with a letter, as a number alone where it is the next, or the sacrum."""
    found = read_first(text, pos)
    if found is not None:
        return found if len(found.vertebrae) == 1 and not found.paired else None
    word = rules.beginnings.phrase(text, pos)
    if word is not None and text[word.start : word.end].lower() == "sacrum":
        return Written(("S1",), word.end)
    bare = read_bare(text, pos, upper, rules)
    return bare if bare is not None and names.is_adjacent(upper, bare.vertebrae[0]) else None


def read_bare_pair(text: str, pos: int, previous: Item, rules: LevelRules) -> Item | None:
    """Return a pair without letters that goes on with a list of discs: "L3-4, 4-5 and 5-1" (LVL-06)."""
    if previous.shape not in ("disc", "range"):
        return None
    last = previous.vertebrae[-1]
    number = text[pos : pos + 2] if text[pos : pos + 2].isdigit() else text[pos : pos + 1]
    if not number.isdigit() or not number.isascii() or int(number) < int(last[1:]):
        return None
    upper = last if number == last[1:] else following(last, int(number))
    joint = read_joint(text, pos + len(number))
    if upper is None or joint is None or joint.kind not in ("dash", "slash") or not joint.tight:
        return None
    lower = read_next(text, joint.end, Written((upper,), pos), rules, tight=True)
    if lower is None or not names.is_adjacent(upper, lower.vertebrae[0]) or rules.no_level_after.match(text, lower.end):
        return None
    both = (upper, lower.vertebrae[0])
    return Item("disc", pos, lower.end, names.discs_between(*both), both, "LVL-06", "pair", lower.flags)


def read_bare_run(text: str, first: Item, rules: LevelRules) -> Item | None:
    """Return the numbers that go on with a vertebra before their noun: "L3, 4 and 5 vertebral bodies" (LVL-05)."""
    if first.form != "single" or first.shape != "vertebra":
        return None
    found = rules.bare_run.match(text, first.end)
    if found is None:
        return None
    vertebrae = list(first.vertebrae)
    for number in rules.number.findall(found[0]):
        name = following(vertebrae[-1], int(number))
        if name is None or not names.is_reversed(name, vertebrae[-1]):
            return None
        vertebrae.append(name)
    return first._replace(end=found.end(), vertebrae=tuple(vertebrae), rule_id="LVL-05", form="list")
