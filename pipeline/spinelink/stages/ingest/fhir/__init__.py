"""FHIR: DiagnosticReports of R4 in NDJSON (a resource a line) and in JSON files (a resource or a Bundle).

The JSON is read by hand. Validating with fhir.resources costs 2.6 ms a report, fifty times the reading, and refuses a
report for an id with an underscore, an empty string or a time without a zone, none of which hinders its reading; the
tests hold the writers of test archives to it. Records are counted by resource: a Bundle has one for each of its
entries. Resources of other types are no reports; they are passed over and counted, and serve the reports beside them;
where there are none, those of other files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from spinelink.records import Reject, Report
from spinelink.stages.ingest.fhir.bundles import REPORT, entries, serving_elsewhere, surroundings_of
from spinelink.stages.ingest.fhir.elements import Element, type_of
from spinelink.stages.ingest.fhir.report import report_of, version_of
from spinelink.stages.ingest.json_values import Fault, decode_json
from spinelink.stages.ingest.record import Reading, RecordReader, read_stream
from spinelink.stages.ingest.source import ByteSource, PlannedFile
from spinelink.stages.ingest.values import NotText
from spinelink.stages.ingest.versions import Version

__all__ = ["columns", "count", "read", "records", "type_of", "versions", "versions_of"]

_LARGEST_DOCUMENT = 256 * 2**20
"""Bytes of a JSON file, which is held as a whole; what is larger belongs in NDJSON."""
_NO_RESOURCE = "no FHIR resource; JSON of another kind is read as JSON lines"

Made = tuple[Element, Report | Reject]


def read(file: PlannedFile, reading: Reading) -> Iterator[Report | Reject]:
    """Yield a report or a reject for each DiagnosticReport of a JSON file, and a reject of the file where it is no
    FHIR.
    """
    return read_stream(file, reading, _records)


def columns(_file: PlannedFile, _reading: Reading) -> None:
    """Return None: a resource has elements, which are not known before it is read."""


def versions(file: PlannedFile, reading: Reading) -> Iterator[Version]:
    """Yield what decides between the records of one id in a JSON file."""
    with reading.opened(file) as source:
        reader = RecordReader(file.source, reading)
        value = _document(source, reader)
        if not isinstance(value, Fault) and not source.broken:
            yield from versions_of(value, reader, 0)


def records(value: Element, reader: RecordReader, first: int) -> Iterator[Report | Reject]:
    """Yield the reports of a resource, numbered from `first`, with what cannot be one as rejects."""
    return (outcome for _, outcome in _made(value, reader, first))


def versions_of(value: Element, reader: RecordReader, first: int) -> Iterator[Version]:
    """Yield what decides between the records of one id among the reports of a resource, and set aside what serves
    reports elsewhere.
    """
    for name, elements in serving_elsewhere(value):
        reader.reading.beside.put(reader.source, name, elements)
    yield from (version for pair in _made(value, reader, first) if (version := version_of(*pair)) is not None)


def count(value: Element) -> int:
    """Return how many record numbers a resource takes."""
    return max(1, len(entries(value)))


def _made(value: Element, reader: RecordReader, first: int) -> Iterator[Made]:
    found = entries(value)
    around = surroundings_of(found if len(found) > 1 else [], reader.reading.beside)
    for record, (_, resource) in enumerate(found, start=first):
        kind = type_of(resource)
        if kind == REPORT:
            yield resource, report_of(resource, around, reader, record)
        else:
            reader.reading.notes.pass_over(kind or "no resource")


def _records(source: ByteSource, reader: RecordReader, _file: PlannedFile) -> Iterator[Report | Reject]:
    value = _document(source, reader)
    if source.cut():
        return
    if isinstance(value, Fault):
        yield reader.reject(None, *value)
    else:
        yield from records(value, reader, 0)


def _document(source: ByteSource, reader: RecordReader) -> Mapping[str, Any] | Fault:
    """Return the resource that a file holds, or why there is none."""
    encoding = source.encoding() or "utf-8"
    data = source.read_up_to(_LARGEST_DOCUMENT + 1)
    if len(data) > _LARGEST_DOCUMENT:
        return Fault("too_long", f"a JSON file of more than {_LARGEST_DOCUMENT} bytes; NDJSON has no such limit")
    text = reader.reading.decode_as(data, encoding)
    if isinstance(text, NotText):
        return Fault("not_text", "bytes that are no text")
    value = decode_json(text)
    return value if isinstance(value, Fault) or type_of(value) else Fault("bad_record", _NO_RESOURCE)
