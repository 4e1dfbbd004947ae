"""The tables of an audit for people: in a terminal with rules and colours, as plain text where piped."""

from __future__ import annotations

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from spinelink.auditing import Audited
from spinelink.auditing.tables import Table

HIDDEN = "-"
_LONGEST = 15


def shown(audited: Audited, min_cell: int) -> RenderableType:
    """Return all tables of an audit under a head that says what they are of."""
    hidden = audited.hidden(min_cell)
    grids = [part for table in audited.tables for part in _part(table, table.frame(audited.counted.tally, hidden))]
    return Group(Text(head(audited, min_cell)), *grids)


def head(audited: Audited, min_cell: int) -> str:
    """Return in words what an audit is of, and which counts are hidden."""
    lines = [
        f"{audited.reports:,} reports; requests for MRI of the adult lumbar spine, in scope: {audited.in_scope:,}",
        f"Classes: {audited.view}; rules and policy {audited.policy_id}. What is found on the images enters no class.",
    ]
    if min_cell > 1:
        lines.append(f"Counts from 1 to {min_cell - 1}, and others that would give them away, are hidden: {HIDDEN}")
    else:
        lines.append("No small count is hidden here.")
    if audited.passed_over:
        lines.append(f"Not told by any report, so not grouped by: {', '.join(audited.passed_over)}")
    return "\n".join(lines)


def _part(table: Table, frame: pd.DataFrame) -> list[RenderableType]:
    """Return one table with its title and note; a long one is cut, and says so."""
    if frame.empty:
        return [Text(f"\n{table.title}: none"), Text(table.note, style="dim")]
    kept = frame.head(_LONGEST) if table.long else frame
    grid = Grid(box=SIMPLE_HEAD, pad_edge=False)
    names = [name for name in frame.columns if not (name.startswith("all_") and name != "all")]
    for name in names:
        grid.add_column(name.replace("_", " "), justify="left" if name in table.labels else "right", overflow="fold")
    for row in kept[names].itertuples(index=False):
        grid.add_row(*(_cell(value) for value in row))
    cut = [Text(f"{len(frame) - len(kept)} more rows: export them with --out")] if len(kept) < len(frame) else []
    return [Text(f"\n{table.title}", style="bold"), Text(table.note, style="dim"), grid, *cut]


def _cell(value: object) -> str:
    if value is pd.NA:
        return HIDDEN
    return f"{value:.1%}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
