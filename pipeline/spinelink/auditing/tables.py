"""Tables of counts and of shares of them, as frames for people and programs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from spinelink.auditing.cells import Key, Tally
from spinelink.shares import wilson


@dataclass(frozen=True, slots=True)
class Share:
    """A share: the sum of some columns over another; `interval` adds its 95 % interval."""

    parts: tuple[str, ...]
    whole: str
    interval: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its rows are named by `labels` and hold counts by column; shares are made of counts that are shown.

    `note` says what the counts are of; `counts` names the columns, all of which stand in a table without rows too.
    `long` tables are cut where people read them.
    """

    name: str
    title: str
    note: str
    labels: tuple[str, ...]
    counts: tuple[str, ...]
    rows: Sequence[tuple[tuple[str, ...], Mapping[str, Key]]]
    shares: Mapping[str, Share]
    long: bool = False

    def frame(self, tally: Tally, hidden: Collection[Key] = ()) -> pd.DataFrame:
        """Return the table with its hidden counts, and every share of one, null."""
        frame = pd.DataFrame()
        for place, label in enumerate(self.labels):
            frame[label] = pd.Series([labels[place] for labels, _ in self.rows], dtype="string")
        for name in self.counts:
            keys = [cells.get(name) for _, cells in self.rows]
            values = [None if key is None or key in hidden else tally.counts[key] for key in keys]
            frame[name] = pd.Series(values, dtype="Int64")
        for name, share in self.shares.items():
            _add_share(frame, name, share)
        return frame


def _add_share(frame: pd.DataFrame, name: str, share: Share) -> None:
    parts = [_sum(values) for values in zip(*(frame[part] for part in share.parts), strict=True)]
    wholes = [None if value is pd.NA else int(value) for value in frame[share.whole]]
    pairs = [(p, w) if p is not None and w else None for p, w in zip(parts, wholes, strict=True)]
    frame[name] = _floats(None if pair is None else pair[0] / pair[1] for pair in pairs)
    if share.interval:
        ends = [None if pair is None else wilson(*pair) for pair in pairs]
        for place, end in enumerate(("from", "to")):
            frame[f"{name}_{end}"] = _floats(None if e is None else e[place] for e in ends)


def _floats(values: Iterable[float | None]) -> pd.Series[float]:
    return pd.Series(list(values), dtype="Float64")


def _sum(values: Sequence[object]) -> int | None:
    return None if any(value is pd.NA for value in values) else sum(int(str(value)) for value in values)
