"""The nerve roots of levels and zones, and how the roots of a finding and of a symptom lie to one another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from spinelink.errors import LexiconError
from spinelink.lexicon import Lexicon, RootTable

ORDER: tuple[str, ...] = (
    *(f"C{n}" for n in range(1, 9)),
    *(f"T{n}" for n in range(1, 13)),
    *(f"L{n}" for n in range(1, 6)),
    *(f"S{n}" for n in range(1, 6)),
)
"""The roots from the head down; L6 stands beside L5 and S1."""
ZONES: tuple[str, ...] = ("central", "recess", "foraminal", "extraforaminal", "unstated")
_PLACE = {**{root: float(place) for place, root in enumerate(ORDER)}, "L6": ORDER.index("S1") - 0.5}

Roots = tuple[str, ...]


class Reach(NamedTuple):
    """What is known of the roots of a finding, by the names that rules use.

    `root_zone` is where it meets them, `lesion` what harms a root is.
    """

    root_zone: tuple[str, ...]
    roots: Roots
    root_named: bool
    root_clear: bool
    lesion: frozenset[str]


@dataclass(frozen=True)
class RootRules:
    """The roots of each level by zone, and the level in whose recess each root runs, which is the root's own level."""

    by_level: dict[tuple[str, str], Roots]
    own_level: dict[str, str]


def compile_roots(lexicon: Lexicon) -> RootRules:
    """Return the table of `roots.tsv`; raises LexiconError where a name in it is no root."""
    rows = lexicon.rows_of(RootTable)
    by_level = {(row.level, zone): tuple(filter(None, getattr(row, zone).split("|"))) for row in rows for zone in ZONES}
    faults = [
        f"roots.tsv: {row.id}: {root!r} is no nerve root"
        for row in rows
        for zone in ZONES
        for root in by_level[row.level, zone]
        if root not in _PLACE
    ]
    if faults:
        raise LexiconError("\n".join(faults))
    own: dict[str, str] = {}
    for row in rows:
        for root in by_level[row.level, "recess"][:1]:
            if "-" in row.level:
                own.setdefault(root, row.level)
    return RootRules(by_level, own)


@lru_cache(maxsize=4096)
def fit(of_finding: Roots, of_symptom: Roots) -> tuple[str | None, bool]:
    """Return how roots agree (yes, adjacent, no; None where not known), and whether all of the finding's do."""
    if not of_finding or not of_symptom:
        return None, False
    if not set(of_finding).isdisjoint(of_symptom):
        return "yes", set(of_finding) <= set(of_symptom)
    places = [_PLACE[root] for root in of_symptom]
    near = any(abs(_PLACE[root] - place) <= 1 for root in of_finding for place in places)
    return "adjacent" if near else "no", False


@lru_cache(maxsize=4096)
def in_order(roots: Roots) -> Roots:
    """Return roots from the head down, each once."""
    return tuple(sorted(set(roots), key=_PLACE.__getitem__))


def known(roots: Iterable[str]) -> Roots:
    """Return those that are names of roots."""
    return tuple(root for root in roots if root in _PLACE)
