"""JSON lines: each line that is not blank is one record, an object whose keys are its columns.

Which key fills which field is decided for each record by its own keys. A line that is no JSON, a line that is no object
and an object in which a key stands twice are each a bad_record, JSON nested too deep to be read is a deep_json.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from spinelink.records import Reject, Report
from spinelink.stages.ingest.columns import Layout, layout_of
from spinelink.stages.ingest.record import Reading, RecordReader, read_stream
from spinelink.stages.ingest.source import ByteSource, LineStream, PlannedFile
from spinelink.stages.ingest.values import NotText

_PEEKED_LINES = 100
_LAYOUTS_KEPT = 256


class RepeatedKeyError(ValueError):
    """An object in which a key stands twice: which of its values is meant cannot be known."""


def read(file: PlannedFile, reading: Reading) -> Iterator[Report | Reject]:
    """Yield a report or a reject for each line that is not blank, and a reject of the file where it breaks off."""
    return read_stream(file, reading, _records)


def columns(file: PlannedFile, reading: Reading) -> tuple[str, ...] | None:
    """Return the keys of the first records, in order; None where the file has lines but none of these is an object."""
    found: dict[str, None] = {}
    seen = 0
    with ByteSource(file, reading.options.max_decompressed) as source:
        for line in _lines(source, reading):
            seen += 1
            values = _object(line) if isinstance(line, str) else None
            found.update(dict.fromkeys(values if isinstance(values, dict) else ()))
            if seen == _PEEKED_LINES:
                break
        return tuple(found) if found or not (seen or source.broken) else None


def _records(source: ByteSource, reader: RecordReader, _file: PlannedFile) -> Iterator[Report | Reject]:
    layout = _layouts(reader.reading)
    for record, line in enumerate(_lines(source, reader.reading)):
        yield _record(reader, layout, line, record)


def _lines(source: ByteSource, reading: Reading) -> Iterator[str | NotText | None]:
    """Yield the lines that are not blank, decoded; None for one that is too long to be held."""
    lines = LineStream(source, "\n", reading.options.record_limit)
    for line in lines:
        if line is None:
            yield None
        elif not line.isspace():
            yield reading.unescaped(line) if lines.escaped else line


def _record(
    reader: RecordReader, layout: Callable[[tuple[str, ...]], Layout], line: str | NotText | None, record: int
) -> Report | Reject:
    if line is None:
        limit = reader.reading.options.record_limit
        return reader.reject(record, "too_long", f"a line of more than {limit} characters")
    if isinstance(line, NotText):
        return reader.reject(record, "not_text", "bytes that are no text")
    values = _object(line)
    if isinstance(values, tuple):
        return reader.reject(record, *values)
    return reader.report(layout(tuple(values)), tuple(values.values()), record)


def _object(line: str) -> dict[str, Any] | tuple[str, str]:
    """Return the object that a line holds, or the reason and detail of its reject."""
    try:
        value = _DECODER.decode(line)
    except json.JSONDecodeError as error:
        return "bad_record", f"JSONDecodeError at character {error.pos}"
    except RecursionError:
        return "deep_json", ""
    except ValueError as error:
        return "bad_record", type(error).__name__
    if isinstance(value, dict):
        return value
    return "bad_record", f"the line is no object but of type {type(value).__name__}"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise RepeatedKeyError
    return values


_DECODER = json.JSONDecoder(object_pairs_hook=_once)


def _layouts(reading: Reading) -> Callable[[tuple[str, ...]], Layout]:
    """Return a look-up of layouts by keys, which remembers the last ones."""
    known: dict[tuple[str, ...], Layout] = {}

    def layout(names: tuple[str, ...]) -> Layout:
        found = known.get(names)
        if found is None:
            if len(known) == _LAYOUTS_KEPT:
                known.clear()
            found = known[names] = layout_of(names, reading.options, reading.usual)
        return found

    return layout
