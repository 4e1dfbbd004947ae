"""The table of formats: a format is one module and one entry here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from spinelink.records import Reject, Report
from spinelink.stages.ingest import delimited, fhir, json_lines, parquet, text_files
from spinelink.stages.ingest.record import Reading
from spinelink.stages.ingest.source import PlannedFile
from spinelink.stages.ingest.versions import Version

COMPRESSIONS = {".gz": "gz", ".zst": "zst"}
"""The endings that may stand after another one, and what they say."""
ARCHIVE = "zip"
"""Stands for the format of a file that is read as a folder."""
_ARCHIVE_ENDING = ".zip"


@dataclass(frozen=True)
class Format:
    """How files of one kind are known and read.

    `read` yields the file's records in order; it may raise OSError where the file cannot be opened. `columns` returns
    the names of a file's columns, None where they cannot be read, and is itself None for a kind without columns. A
    compressed file has `.gz` or `.zst` after its ending. `versions` yields what decides between records of one id, for
    those that `read` makes reports of and those that withdraw one; it is None for a kind whose records have no
    versions.
    """

    name: str
    endings: tuple[str, ...]
    may_be_compressed: bool
    read: Callable[[PlannedFile, Reading], Iterator[Report | Reject]]
    columns: Callable[[PlannedFile, Reading], tuple[str, ...] | None] | None
    versions: Callable[[PlannedFile, Reading], Iterator[Version]] | None = None


FORMATS: dict[str, Format] = {
    kind.name: kind
    for kind in (
        Format("txt", (".txt",), True, text_files.read, None),
        Format("csv", (".csv",), True, delimited.read, delimited.columns),
        Format("tsv", (".tsv",), True, delimited.read, delimited.columns),
        Format("jsonl", (".jsonl", ".ndjson"), True, json_lines.read, json_lines.columns, json_lines.versions),
        Format("json", (".json",), True, fhir.read, None, fhir.versions),
        Format("parquet", (".parquet",), False, parquet.read, parquet.columns),
    )
}
"""Every format by name."""


def known_endings() -> str:
    """Return the endings that are read, for a message."""
    endings = ", ".join(ending for kind in FORMATS.values() for ending in kind.endings)
    return f"{endings}, each but .parquet with {' or '.join(COMPRESSIONS)}, and {_ARCHIVE_ENDING} of these"


def kind_of(name: str, override: str | None) -> tuple[str, str] | None:
    """Return the name of a file's format by its ending, or the one set for all, and its compression; None if unknown.

    An archive is one whatever format is set.
    """
    lowered = name.lower()
    if lowered.endswith(_ARCHIVE_ENDING):
        return ARCHIVE, ""
    ending = next((ending for ending in COMPRESSIONS if lowered.endswith(ending)), "")
    stem = lowered.removesuffix(ending)
    for kind in FORMATS.values():
        if override == kind.name or (override is None and stem.endswith(kind.endings)):
            return (kind.name, COMPRESSIONS.get(ending, "")) if kind.may_be_compressed or not ending else None
    return None
