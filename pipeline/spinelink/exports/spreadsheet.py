"""Every table as a CSV file for spreadsheets and for what else reads CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from spinelink import schemas
from spinelink.exports import cells
from spinelink.exports.files import text_file
from spinelink.exports.options import Options
from spinelink.exports.source import Source

_CACHED = 50_000
_LONGEST_CACHED = 200

Cells = Sequence[object]


def write(source: Source, folder: Path, options: Options) -> dict[str, int]:
    """Write every table, and return the rows of each file."""
    return {name: rows for table in schemas.tables() for name, rows in [_write(source, table, folder, options)]}


def _write(source: Source, name: str, folder: Path, options: Options) -> tuple[str, int]:
    path, count = folder / f"{name}.csv{'.gz' if options.gzip else ''}", 0
    with text_file(path, bom=options.bom) as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(column.name for column in schemas.table(name).columns)
        for part in source.parts(name):
            columns = [_cells(part.column(column.name), column) for column in schemas.table(name).columns]
            rows.writerows(zip(*columns, strict=True))
            count += part.num_rows
    return path.name, count


def _cells(values: pa.ChunkedArray[Any], column: schemas.Column) -> Cells:
    """Return the cells of a column: numbers and dates as they are, true and false, and text made safe."""
    if column.type == "float32":
        return values.cast(pa.string()).to_pylist()  # the shortest number that is the same, not its double
    held: list[Any] = values.to_pylist()
    if column.type == "bool":
        return [None if value is None else "true" if value else "false" for value in held]
    if column.type.startswith("list"):
        return [_safe(cells.joined([str(one) for one in value])) for value in held]
    if column.type.startswith("map"):
        pairs = [[f"{key}={text or ''}" for key, text in value or ()] for value in held]
        return [_safe(cells.joined(one)) for one in pairs]
    if column.type in ("string", "large_string", "dict"):
        return [value and _safe(value) for value in held]
    return held


def _safe(text: str) -> str:
    return _safe_of_short(text) if len(text) <= _LONGEST_CACHED else cells.safe(text)


_safe_of_short = lru_cache(maxsize=_CACHED)(cells.safe)
