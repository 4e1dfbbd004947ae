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
    data = _upto(source, limit + 1)
    if source.broken:
        return
    if len(data) > limit:
        yield reader.reject(0, "too_long", f"more than {limit} bytes", reader.source)
        return
    text = _decoded(reader.reading, data, encoding)
    if text is None:
        yield reader.reject(0, "not_text", "bytes that are no text", reader.source)
    elif fault := text_fault(text, reader.reading.options):
        yield reader.reject(0, *fault, reader.source)
    else:
        yield Report(reader.source, text, reader.source, 0)


def _upto(source: ByteSource, size: int) -> bytes:
    """Return the next `size` bytes, fewer where the file ends."""
    parts: list[bytes] = []
    while size and (part := source.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _decoded(reading: Reading, data: bytes, encoding: str | None) -> str | None:
    """Return the file's text: as its byte-order mark says, else UTF-8, else the fallback encoding."""
    if encoding is None or encoding == "utf-8":
        text = reading.decode(data)
        return None if isinstance(text, NotText) else text
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
