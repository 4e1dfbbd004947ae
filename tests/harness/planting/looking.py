"""Looks for the planted word in bytes, files and tables, in whatever form it may stand there."""

from __future__ import annotations

import base64
from pathlib import Path

import pyarrow.parquet as pq

from planting.archive import WORD
from spinelink import schemas


def forms_of(word: str) -> set[bytes]:
    """Return the word as it may stand in a file: in UTF-8, UTF-16 and base64 of either, in three cases."""
    found: set[bytes] = set()
    for spelled in (word, word.upper(), word.lower()):
        for data in (spelled.encode(), spelled.encode("utf-16-le")[:-1]):
            found.add(data)
            for shift in range(3):
                first, last = (0, 2, 3)[shift], -4 if (shift + len(data)) % 3 else None
                found.add(base64.b64encode(bytes(shift) + data)[first:last])
    return found


FORMS = forms_of(WORD)


def holds(data: bytes) -> bool:
    """Tell whether the word stands in some bytes."""
    return any(form in data for form in FORMS)


def files_with_word(*folders: Path) -> list[str]:
    """Return the files whose name or bytes hold the word."""
    files = (file for folder in folders for file in [folder, *folder.rglob("*")] if file.is_file())
    return [str(file) for file in files if holds(file.name.encode()) or holds(file.read_bytes())]


def columns_with_word(out: Path) -> set[tuple[str, str]]:
    """Return the columns in whose values the word stands, however they are packed."""
    found: set[tuple[str, str]] = set()
    for name in schemas.tables():
        for part in (out / name).glob("part-*.parquet"):
            table = pq.read_table(part, partitioning=None)
            for column in table.column_names:
                if holds(repr(table.column(column).to_pylist()).encode()):
                    found.add((name, column))
            metadata = table.schema.metadata or {}
            assert not holds(repr(metadata).encode())
    return found


def columns_with_statistics(out: Path) -> set[tuple[str, str]]:
    """Return the columns whose least or greatest value, as Parquet keeps them, holds the word."""
    found: set[tuple[str, str]] = set()
    for name in schemas.tables():
        for part in (out / name).glob("part-*.parquet"):
            group = pq.read_metadata(part).row_group(0)
            for place in range(group.num_columns):
                column = group.column(place)
                statistics = column.statistics
                if statistics is not None and holds(repr((statistics.min, statistics.max)).encode()):
                    found.add((name, column.path_in_schema))
    return found
