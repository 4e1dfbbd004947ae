"""The table of formats: a format is one module and one entry here."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from spinelink.records import Reject, Report
from spinelink.stages.ingest import delimited, fhir, hl7v2, json_lines, parquet, text_files
from spinelink.stages.ingest.record import Reading
from spinelink.stages.ingest.source import PlannedFile
from spinelink.stages.ingest.versions import Version

COMPRESSED_ENDING = ".gz"

_ANY_TEXT = (".txt", ".dat", ".log", ".msg", "")
"""Endings, and none, under which interface engines write what has an ending of its own elsewhere."""
_HEAD = 1024
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class Format:
    """How files of one kind are known and read.

    `read` yields the file's records in order; it may raise OSError where the file cannot be opened. `columns` returns
    the names of a file's columns, None where they cannot be read, and is itself None for a kind without columns. A
    compressed file has `.gz` after its ending. `versions` yields what decides between records of one id, for those that
    `read` makes reports of and those that withdraw one; it is None for a kind whose records have no versions. `begins`
    tells by a file's first bytes whether it is of this kind though its ending, one of `also_in`, does not say so.
    """

    name: str
    endings: tuple[str, ...]
    may_be_compressed: bool
    read: Callable[[PlannedFile, Reading], Iterator[Report | Reject]]
    columns: Callable[[PlannedFile, Reading], tuple[str, ...] | None] | None
    versions: Callable[[PlannedFile, Reading], Iterator[Version]] | None = None
    begins: Callable[[bytes], bool] | None = None
    also_in: tuple[str, ...] = ()


FORMATS: dict[str, Format] = {
    kind.name: kind
    for kind in (
        Format("txt", (".txt",), True, text_files.read, None),
        Format("csv", (".csv",), True, delimited.read, delimited.columns),
        Format("tsv", (".tsv",), True, delimited.read, delimited.columns),
        Format("jsonl", (".jsonl", ".ndjson"), True, json_lines.read, json_lines.columns, json_lines.versions),
        Format("json", (".json",), True, fhir.read, fhir.columns, fhir.versions),
        Format("parquet", (".parquet",), False, parquet.read, parquet.columns),
        Format("hl7", (".hl7", ".oru"), True, hl7v2.read, hl7v2.columns, hl7v2.versions, hl7v2.begins, _ANY_TEXT),
    )
}
"""Every format by name."""


def kind_of_file(path: str, override: str | None) -> tuple[Format, bool] | None:
    """Return a file's format by its name, or by its first bytes where its ending leaves that open."""
    kind = kind_of(path, override)
    if override is not None:
        return kind
    lowered = path.lower()
    compressed = lowered.endswith(COMPRESSED_ENDING)
    ending = os.path.splitext(lowered.removesuffix(COMPRESSED_ENDING))[1]
    asked = [one for one in FORMATS.values() if one.begins is not None and ending in one.also_in]
    head = _head(path, compressed) if asked else b""
    return next(((one, compressed) for one in asked if one.begins and one.begins(head)), kind)


def _head(path: str, compressed: bool) -> bytes:
    """Return a file's first bytes, none where it cannot be read."""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
        return zlib.decompressobj(_GZIP).decompress(head, _HEAD) if compressed else head
    except (OSError, zlib.error):
        return b""


def known_endings() -> str:
    """Return the endings that are read, for a message."""
    endings = ", ".join(ending for kind in FORMATS.values() for ending in kind.endings)
    return f"{endings}, and each but .parquet with {COMPRESSED_ENDING}"


def kind_of(name: str, override: str | None) -> tuple[Format, bool] | None:
    """Return a file's format by its name, or the one set for all, and whether it is compressed; None if unknown."""
    lowered = name.lower()
    compressed = lowered.endswith(COMPRESSED_ENDING)
    stem = lowered.removesuffix(COMPRESSED_ENDING)
    for kind in FORMATS.values():
        if override == kind.name or (override is None and stem.endswith(kind.endings)):
            return (kind, compressed) if kind.may_be_compressed or not compressed else None
    return None
