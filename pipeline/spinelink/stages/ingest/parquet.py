"""Parquet files: each row is one record; row groups are read a piece at a time, and only the columns in use."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import closing
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from spinelink.records import Reject, Report
from spinelink.stages.ingest.columns import Layout, layout_of, shown
from spinelink.stages.ingest.containers import ContainerError, held
from spinelink.stages.ingest.record import Reading, RecordReader
from spinelink.stages.ingest.source import PlannedFile, is_of_the_system, raw_bytes
from spinelink.stages.ingest.values import NOT_TEXT

_ROWS = 64  # a batch of the longest texts still fits in memory
_BUFFER = 2**20


def read(file: PlannedFile, reading: Reading) -> Iterator[Report | Reject]:
    """Yield a report or a reject for each row, and a reject of the file where it cannot be read (on) or has no text
    column.

    A file of another size than planned is another file: unlike lines, rows cannot be added to the end.
    """
    reader = RecordReader(file.source, reading)
    try:
        with closing(raw_bytes(file, reading.containers)) as raw:
            if not file.members and os.fstat(raw.fileno()).st_size != file.size:
                yield reader.reject(None, "unreadable", "the file changed after it was planned")
                return
            with _opened(file, raw) as parquet:
                yield from _records(parquet, reader)
    except (ContainerError, MemoryError):  # memory is of the machine, not of the file; it is an ArrowException too
        raise
    except (pa.ArrowException, OSError) as error:
        if is_of_the_system(error):
            reading.notes.changed.append(file.source)
        yield reader.reject(None, "unreadable", type(error).__name__)


def columns(file: PlannedFile, reading: Reading) -> tuple[str, ...] | None:
    """Return the names of the columns; None where the file cannot be read."""
    try:
        with closing(raw_bytes(file, reading.containers)) as raw, _opened(file, raw) as parquet:
            return tuple(parquet.schema_arrow.names)
    except (pa.ArrowException, OSError):
        return None


def _opened(file: PlannedFile, raw: IO[bytes] | io.FileIO) -> pq.ParquetFile:
    """Return an open file; a member of an archive is held in memory, for its end says where everything stands."""
    source: Any = pa.BufferReader(held(raw)) if file.members else raw
    return pq.ParquetFile(source, buffer_size=_BUFFER, pre_buffer=False)


def _records(parquet: pq.ParquetFile, reader: RecordReader) -> Iterator[Report | Reject]:
    names = parquet.schema_arrow.names
    layout = layout_of(names, reader.reading.options, reader.reading.usual)
    if not layout.has_text:
        yield reader.reject(None, "no_text_column", shown(names, reader.reading.usual))
        return
    if layout.doubled:
        reader.reading.notes.doubled.append(f"{reader.source}: {', '.join(layout.doubled)}")
    record = 0
    used = [names[index] for index in layout.used]
    for batch in parquet.iter_batches(batch_size=_ROWS, columns=used, use_threads=False):
        for values in _rows(batch, layout, reader.reading):
            if not reader.passes_over(layout, values):
                yield reader.report(layout, values, record)
            record += 1


def _rows(batch: pa.RecordBatch, layout: Layout, reading: Reading) -> Iterator[dict[int, object]]:
    """Yield the rows of a batch as values by position; the first of several columns of one name is read."""
    schema = batch.schema
    positions = [schema.get_all_field_indices(layout.names[index])[0] for index in layout.used]
    cells = [_values(batch.column(position), reading) for position in positions]
    for row in zip(*cells, strict=True):
        yield dict(zip(layout.used, row, strict=True))


def _values(column: pa.Array[Any], reading: Reading) -> list[object]:
    """Return a column's values: bytes decoded, times to the microsecond, None for a value that Python cannot hold."""
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.cast(pa.large_binary())  # a string of a foreign writer need not be UTF-8
    try:
        values = column.to_pylist()
    except (ValueError, OverflowError, pa.ArrowException):
        values = [_value(item) for item in column]
    return [reading.decode(value) if isinstance(value, bytes) else value for value in values]


def _value(item: pa.Scalar[Any]) -> object:
    try:
        return item.as_py()
    except UnicodeDecodeError:
        return NOT_TEXT
    except (ValueError, OverflowError, pa.ArrowException):
        return None
