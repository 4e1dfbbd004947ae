"""The table of formats: a format is one module and one entry here."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, cast

from spinelink.records import Reject, Report
from spinelink.stages.ingest import delimited, fhir, hl7v2, json_lines, parquet, text_files
from spinelink.stages.ingest.compression import DAMAGE, DECOMPRESSED
from spinelink.stages.ingest.record import Reading
from spinelink.stages.ingest.source import PlannedFile
from spinelink.stages.ingest.versions import Version

COMPRESSIONS = {".gz": "gz", ".zst": "zst"}
"""The endings that may stand after another one, and what they say."""
ARCHIVE = "zip"
"""Stands for the format of a file that is read as a folder."""
_ARCHIVE_ENDING = ".zip"

_ANY_TEXT = (".txt", ".dat", ".log", ".msg", "")
"""Endings, and none, under which interface engines write what has an ending of its own elsewhere."""
_HEAD = 1024
_PACKED_HEAD = 2**18  # a block of zst and more

Opener = Callable[[], IO[bytes] | io.FileIO]
"""Opens a file for its bytes; raises OSError."""


@dataclass(frozen=True)
class Format:
    """How files of one kind are known and read.

    `read` yields the file's records in order; it may raise OSError where the file cannot be opened. `columns` returns
    the names of a file's columns, None where they cannot be read, and is itself None for a kind without columns. A
    compressed file has `.gz` or `.zst` after its ending. `versions` yields what decides between records of one id, for
    those that `read` makes reports of and those that withdraw one; it is None for a kind whose records have no
    versions. `begins` tells by a file's first bytes whether it is of this kind though its ending, one of `also_in`,
    does not say so.
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


def kind_of_file(name: str, override: str | None, opener: Opener) -> tuple[str, str] | None:
    """Return a file's format by its name, or by its first bytes where its ending leaves that open."""
    kind = kind_of(name, override)
    if override is not None or (kind is not None and kind[0] == ARCHIVE):
        return kind
    stem, compression = _without_compression(name)
    ending = os.path.splitext(stem)[1]
    asked = [one for one in FORMATS.values() if one.begins is not None and ending in one.also_in]
    head = _head(opener, compression) if asked else b""
    return next(((one.name, compression) for one in asked if one.begins and one.begins(head)), kind)


def _head(opener: Opener, compression: str) -> bytes:
    """Return a file's first plain bytes, none where it cannot be read."""
    try:
        with opener() as file:
            if not compression:
                return file.read(_HEAD) or b""
            packed = cast(io.RawIOBase, io.BytesIO(file.read(_PACKED_HEAD) or b""))
            return DECOMPRESSED[compression](packed)(_HEAD)
    except (EOFError, *DAMAGE):
        return b""


def known_endings() -> str:
    """Return the endings that are read, for a message."""
    endings = ", ".join(ending for kind in FORMATS.values() for ending in kind.endings)
    return f"{endings}, each but .parquet with {' or '.join(COMPRESSIONS)}, and {_ARCHIVE_ENDING} of these"


def kind_of(name: str, override: str | None) -> tuple[str, str] | None:
    """Return the name of a file's format by its ending, or the one set for all, and its compression; None if unknown.

    An archive is one whatever format is set.
    """
    if name.lower().endswith(_ARCHIVE_ENDING):
        return ARCHIVE, ""
    stem, compression = _without_compression(name)
    for kind in FORMATS.values():
        if override == kind.name or (override is None and stem.endswith(kind.endings)):
            return (kind.name, compression) if kind.may_be_compressed or not compression else None
    return None


def _without_compression(name: str) -> tuple[str, str]:
    """Return a name in small letters without the ending of its compression, and the compression, "" for none."""
    lowered = name.lower()
    ending = next((ending for ending in COMPRESSIONS if lowered.endswith(ending)), "")
    return lowered.removesuffix(ending), COMPRESSIONS.get(ending, "")
