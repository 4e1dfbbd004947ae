"""Text files: each file is one report, whose id is its path."""

from __future__ import annotations

from collections.abc import Iterator

from spinelink.records import Reject, Report
from spinelink.stages.ingest.record import Reading, RecordReader, read_stream, text_fault
from spinelink.stages.ingest.source import ByteSource, PlannedFile
from spinelink.stages.ingest.values import NotText

_LONGEST_CHARACTER = 4  # bytes, in every encoding of Unicode


def read(file: PlannedFile, reading: Reading) -> Iterator[Report | Reject]:
    """Yield the file's report, or why there is none."""
    return read_stream(file, reading, _records)


def _records(source: ByteSource, reader: RecordReader, _file: PlannedFile) -> Iterator[Report | Reject]:
    encoding = source.encoding()
    limit = _LONGEST_CHARACTER * reader.reading.options.max_chars
    data = source.read_up_to(limit + 1)
    if source.broken:
        return
    if len(data) > limit:
        yield reader.reject(0, "too_long", f"more than {limit} bytes", reader.source)
        return
    text = reader.reading.decode_as(data, encoding or "utf-8")
    if isinstance(text, NotText):
        yield reader.reject(0, "not_text", "bytes that are no text", reader.source)
    elif fault := text_fault(text, reader.reading.options):
        yield reader.reject(0, *fault, reader.source)
    else:
        yield Report(reader.source, text, reader.source, 0)
