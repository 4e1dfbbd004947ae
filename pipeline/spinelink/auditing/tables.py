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

    `note` says what the counts are of. `long` tables are cut where people read them.
    """

    name: str
    title: str
    note: str
    labels: tuple[str, ...]
    rows: Sequence[tuple[tuple[str, ...], Mapping[str, Key]]]
    shares: Mapping[str, Share]
    long: bool = False

    def frame(self, tally: Tally, hidden: Collection[Key] = ()) -> pd.DataFrame:
        """Return the table with its hidden counts, and every share of one, null."""
        columns: dict[str, list[object]] = {label: [] for label in self.labels}
        names = list(dict.fromkeys(name for _, cells in self.rows for name in cells))
        columns |= {name: [] for name in names}
        for labels, cells in self.rows:
            for label, text in zip(self.labels, labels, strict=True):
                columns[label].append(text)
            for name in names:
                key = cells.get(name)
                columns[name].append(None if key is None or key in hidden else tally.counts[key])
        frame = pd.DataFrame(
            {name: pd.Series(values, dtype="Int64") for name, values in columns.items() if name in names}
        )
        for place, label in enumerate(self.labels):
            frame.insert(place, label, pd.Series(columns[label], dtype="string"))
        for name, share in self.shares.items():
            if set((*share.parts, share.whole)) <= set(names):
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
