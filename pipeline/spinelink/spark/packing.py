"""Records as rows that Spark can shuffle and sort: the key of their id, and the record itself, pickled."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa

from spinelink.analysis import place_of
from spinelink.engines.spark import Batches
from spinelink.errors import EngineError, SpinelinkError
from spinelink.records import Reject, Report
from spinelink.run import duplicate

Record = Report | Reject

_KEY_BYTES = 16


def key_of(record: Record) -> bytes:
    """Return the key under which the records of one id come together; a reject has one of its own place."""
    named = record.report_id if isinstance(record, Report) else repr((record.source, record.record))
    kind = b"report" if isinstance(record, Report) else b"reject"
    return hashlib.blake2b(named.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES, person=kind).digest()


def packed(record: Record) -> bytes:
    """Return the bytes that a record travels as."""
    return pickle.dumps(record, pickle.HIGHEST_PROTOCOL)


def records_of(batches: Batches) -> Iterator[Record]:
    """Yield the records of a partition that is sorted by key and place; those whose id one before has, as rejects."""
    before = None
    for batch in batches:
        for key, data in zip(values_of(batch, "key"), values_of(batch, "record"), strict=True):
            record: Record = pickle.loads(data)
            if isinstance(record, Report):
                record, before = (duplicate(record) if key == before else record), key
            yield record


def values_of(batch: pa.RecordBatch, name: str) -> list[bytes]:
    """Return the values of a column of bytes that has no nulls."""
    values: list[Any] = batch.column(name).to_pylist()
    return values


def schema_of(**columns: pa.DataType) -> pa.Schema:
    """Return the schema of these columns."""
    return pa.schema([pa.field(name, kind) for name, kind in columns.items()])


def chunks(rows: Iterable[tuple[Any, ...]], schema: pa.Schema, size: int) -> Batches:
    """Yield rows as record batches of so many."""
    held: list[tuple[Any, ...]] = []
    for row in rows:
        held.append(row)
        if len(held) == size:
            yield _batch(held, schema)
            held = []
    if held:
        yield _batch(held, schema)


def _batch(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    arrays: list[Any] = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def discreet(work: Callable[[Batches], Batches]) -> Callable[[Batches], Batches]:
    """Return work whose errors tell their type and a line of this package alone: Spark writes them to its logs."""

    def worked(batches: Batches) -> Batches:
        try:
            yield from work(batches)
        except (SpinelinkError, MemoryError):
            raise
        except Exception as error:
            raise EngineError(f"{type(error).__name__} at {place_of(error)} in a task of Spark") from None

    return worked
