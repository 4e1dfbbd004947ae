"""The order of the spine: neighbours, stretches and regions of canonical level names.

A sixth lumbar vertebra is in the order only where a name says so: L5-S1 is one disc until a report writes L6.
"""

from __future__ import annotations

from functools import lru_cache

from spinelink import vocabulary

_REMEMBERED = 4096
_DISCS = frozenset(vocabulary.DISC_LEVELS)
_VERTEBRAE = frozenset(vocabulary.VERTEBRAE)

ORDER: tuple[str, ...] = ("C0", *(name for name in vocabulary.VERTEBRAE if name not in ("L6", "sacrum", "coccyx")))
"""Occiput (C0) to S5, five lumbar vertebrae."""
ORDER_WITH_L6: tuple[str, ...] = (*ORDER[: ORDER.index("S1")], "L6", *ORDER[ORDER.index("S1") :])
"""The same with six lumbar vertebrae (rule LVL-24)."""
_PLACE = {name: place for place, name in enumerate(ORDER)}
_PLACE_WITH_L6 = {name: place for place, name in enumerate(ORDER_WITH_L6)}
_REGIONS = {"C": "cervical", "T": "thoracic", "L": "lumbar", "S": "sacral", "s": "sacral", "c": "sacral"}

_ENDS_OF_REGIONS = {"cervical": ("C2", "T1"), "thoracic": ("T1", "L1"), "lumbar": ("L1", "S1")}


def _order(*names: str) -> tuple[tuple[str, ...], dict[str, int]]:
    return (ORDER_WITH_L6, _PLACE_WITH_L6) if "L6" in names else (ORDER, _PLACE)


def ends_of(disc: str) -> tuple[str, str]:
    """Return the vertebrae above and below a disc level: L4-L5 gives L4 and L5."""
    upper, _, lower = disc.partition("-")
    return upper, lower


@lru_cache(_REMEMBERED)
def is_adjacent(upper: str, lower: str) -> bool:
    """Say whether `lower` is the next vertebra below `upper`."""
    _, place = _order(upper, lower)
    return upper in place and lower in place and place[lower] - place[upper] == 1


@lru_cache(_REMEMBERED)
def is_reversed(first: str, second: str) -> bool:
    """Say whether `second` lies above `first`."""
    _, place = _order(first, second)
    return first in place and second in place and place[second] < place[first]


@lru_cache(_REMEMBERED)
def vertebrae_between(first: str, second: str) -> tuple[str, ...]:
    """Return the vertebrae from one to the other, both included, from the head down whichever is named first."""
    order, place = _order(first, second)
    if first not in place or second not in place:
        return ()
    start, stop = sorted((place[first], place[second]))
    return tuple(name for name in order[start : stop + 1] if name in _VERTEBRAE)


@lru_cache(_REMEMBERED)
def discs_between(first: str, second: str) -> tuple[str, ...]:
    """Return the disc levels between two vertebrae, from the head down: L3 and S1 give L3-L4, L4-L5, L5-S1."""
    order, place = _order(first, second)
    if first not in place or second not in place:
        return ()
    start, stop = sorted((place[first], place[second]))
    pairs = (f"{order[n]}-{order[n + 1]}" for n in range(start, stop))
    return tuple(pair for pair in pairs if pair in _DISCS)


def shift(level: str, steps: int) -> str | None:
    """Return the level of the same kind `steps` below (above where negative), None beyond the ends of the spine."""
    upper, lower = ends_of(level)
    order, place = _order(upper, lower)
    if upper not in place:
        return None
    target = place[upper] + steps
    if not 0 <= target < len(order):
        return None
    if not lower:
        return order[target] if order[target] in _VERTEBRAE else None
    name = f"{order[target]}-{order[target + 1]}" if target + 1 < len(order) else ""
    return name if name in _DISCS else None


def disc_below(vertebra: str) -> str | None:
    """Return the disc level under a vertebra, where it slips and its foramen lies: L4 gives L4-L5 (LVL-13, LVL-16)."""
    order, place = _order(vertebra)
    if vertebra not in place or place[vertebra] + 1 >= len(order):
        return None
    name = f"{vertebra}-{order[place[vertebra] + 1]}"
    return name if name in _DISCS else None


def disc_above(vertebra: str) -> str | None:
    """Return the disc level over a vertebra: L5 gives L4-L5."""
    order, place = _order(vertebra)
    if vertebra not in place or place[vertebra] == 0:
        return None
    name = f"{order[place[vertebra] - 1]}-{vertebra}"
    return name if name in _DISCS else None


def region_of(level: str) -> str | None:
    """Return the region of a level, that of its upper vertebra; None for no level and for multilevel."""
    if level not in _DISCS and level not in _VERTEBRAE:
        return None
    return _REGIONS[level[0]]


def discs_of(region: str) -> tuple[str, ...]:
    """Return the discs of a region from the head down: C2-C3 to C7-T1, T1-T2 to T12-L1, L1-L2 to L5-S1, sacral none."""
    first, last = _ENDS_OF_REGIONS.get(region, ("", ""))
    return discs_between(first, last)
