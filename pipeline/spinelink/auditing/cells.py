"""Counts by key, the sums that bind them, and which of them are hidden because they are small.

A small count is hidden, and so is another count wherever a sum would give it away: of every sum none or at least two
members are hidden. Zero is not small, but may be hidden for another's sake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

Key = tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """Counts by key; one quantity has one key, in whatever tables it stands."""

    counts: Counter[Key] = field(default_factory=Counter)
    sums: dict[Key, list[Key]] = field(default_factory=dict)
    """A key and others that it is the sum of; a key may be several sums, told apart by a last word."""

    def add(self, keys: Iterable[Key]) -> None:
        """Count each key once."""
        self.counts.update(keys)

    def bind(self, name: str, total: Key, members: Iterable[Key]) -> None:
        """Say that a count is the sum of others."""
        self.sums[name, *total] = [total, *members]

    def hidden(self, least: int) -> frozenset[Key]:
        """Return the keys to hide where counts from 1 to `least` - 1 are small; none for 0."""
        small = {key for key, count in self.counts.items() if 0 < count < least}
        while added := {self._second(cells, small) for cells in self.sums.values()} - {None}:
            small |= {key for key in added if key is not None}
        return frozenset(small)

    def _second(self, cells: Collection[Key], hidden: Collection[Key]) -> Key | None:
        """Return what else must be hidden in a sum of which one member is, None where none or two are."""
        total, *members = cells
        if sum(key in hidden for key in cells) != 1:
            return None

        def cost(key: Key) -> tuple[bool, bool, int, Key]:
            return key == total, self.counts[key] == 0, self.counts[key], key

        return min((key for key in (*members, total) if key not in hidden), key=cost, default=None)
