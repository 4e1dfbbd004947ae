"""JSON lines: each line that is not blank is one record, an object whose keys are its columns.

Which key fills which field is decided for each record by its own keys; an object with a `resourceType` is a resource of
FHIR. A line that is no JSON, a line that is no object and an object in which a key stands twice are each a bad_record,
JSON nested too deep to be read is a deep_json.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from spinelink.records import Reject, Report
from spinelink.stages.ingest import fhir
from spinelink.stages.ingest.columns import Layout, layout_of
from spinelink.stages.ingest.json_values import Fault, decode_json
from spinelink.stages.ingest.record import Reading, RecordReader, read_stream
from spinelink.stages.ingest.source import ByteSource, LineStream, PlannedFile
from spinelink.stages.ingest.values import NotText
from spinelink.stages.ingest.versions import Version

_PEEKED_LINES = 100
_LAYOUTS_KEPT = 256


def read(file: PlannedFile, reading: Reading) -> Iterator[Report | Reject]:
    """Yield a report or a reject for each line that is not blank, and a reject of the file where it breaks off."""
    return read_stream(file, reading, _records)


def columns(file: PlannedFile, reading: Reading) -> tuple[str, ...] | None:
    """Return the keys of the first records, in order; None where the file has lines but none of these is an object."""
    found: dict[str, None] = {}
    seen = 0
    with reading.opened(file) as source:
        for _, values in _values(source, reading):
            seen += 1
            if fhir.type_of(values):
                return None
            found.update(dict.fromkeys(values if isinstance(values, dict) else ()))
            if seen == _PEEKED_LINES:
                break
        return tuple(found) if found or not (seen or source.broken) else None


def versions(file: PlannedFile, reading: Reading) -> Iterator[Version]:
    """Yield what decides between the records of one id, of FHIR resources."""
    reader = RecordReader(file.source, reading)
    with reading.opened(file) as source:
        for record, value in _values(source, reading):
            if isinstance(value, dict) and fhir.type_of(value):
                yield from fhir.versions_of(value, reader, record)


def _records(source: ByteSource, reader: RecordReader, _file: PlannedFile) -> Iterator[Report | Reject]:
    layout = _layouts(reader.reading)
    for record, value in _values(source, reader.reading):
        if isinstance(value, Fault):
            yield reader.reject(record, *value)
        elif fhir.type_of(value):
            yield from fhir.records(value, reader, record)
        elif not reader.passes_over(columns_of := layout(tuple(value)), values := tuple(value.values())):
            yield reader.report(columns_of, values, record)


def _values(source: ByteSource, reading: Reading) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    """Yield the objects that the lines hold, numbered; a Bundle takes a number for each of its entries."""
    record = 0
    for line in _lines(source, reading):
        value = _object(line, reading)
        yield record, value
        record += fhir.count(value) if isinstance(value, dict) else 1


def _lines(source: ByteSource, reading: Reading) -> Iterator[str | NotText | None]:
    """Yield the lines that are not blank, decoded; None for one that is too long to be held."""
    lines = LineStream(source, "\n", reading.options.record_limit)
    for line in lines:
        if line is None:
            yield None
        elif not line.isspace():
            yield reading.unescaped(line) if lines.escaped else line


def _object(line: str | NotText | None, reading: Reading) -> dict[str, Any] | Fault:
    """Return the object that a line holds, or why there is none."""
    if line is None:
        return Fault("too_long", f"a line of more than {reading.options.record_limit} characters")
    if isinstance(line, NotText):
        return Fault("not_text", "bytes that are no text")
    value = decode_json(line)
    if isinstance(value, dict | Fault):
        return value
    return Fault("bad_record", f"the line is no object but of type {type(value).__name__}")


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
