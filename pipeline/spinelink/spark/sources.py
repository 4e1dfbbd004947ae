"""The planned files of a run, read in the tasks of Spark: how many records they hold, and the records."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from spinelink.engines.spark import Batches, mapped
from spinelink.errors import InputError
from spinelink.spark.packing import Record, chunks, discreet, key_of, packed, schema_of, values_of
from spinelink.stages import ingest
from spinelink.stages.ingest import Ahead, Plan, PlannedFile, ReadNotes

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

RECORDS = "key binary, file int, place bigint, record binary"
"""The schema of records that travel: of each id those of the first file come first, there in their order."""

_RECORDS = schema_of(key=pa.binary(), file=pa.int32(), place=pa.int64(), record=pa.binary())
_COUNTS = schema_of(records=pa.int64(), notes=pa.string())
_ROWS = 256
_TASKS_A_CORE = 8
_COST_OF_A_FILE = 2**16  # bytes that are read in the time in which a file is opened


@dataclass(frozen=True, slots=True)
class Sources:
    """What tasks need to read files: the plan without these, and what a first pass over them has seen."""

    plan: Plan
    ahead: Ahead

    @classmethod
    def of(cls, plan: Plan) -> Sources:
        """Return what reading the plan needs; the first pass, over formats that have versions, is made here and now."""
        return cls(replace(plan, files=(), skipped={}, notes=()), ingest.look_ahead(plan))

    def read(self, files: Sequence[tuple[int, PlannedFile]], notes: ReadNotes) -> Iterator[tuple[int, int, Record]]:
        """Yield the records of these files, each with the number of its file and its place in it."""
        numbers = {file.source: number for number, file in files}
        plan = replace(self.plan, files=tuple(file for _, file in files))
        before, place = "", 0
        for record in ingest.read(plan, notes, self.ahead):
            place = place + 1 if record.source == before else 0
            before = record.source
            yield numbers[record.source], place, record


def files_frame(session: SparkSession, plan: Plan) -> DataFrame:
    """Return the files of a plan as rows of some files each, one row a task."""
    files = [replace(file, root=os.path.abspath(file.root)) for file in plan.files]
    pieces = _pieces(files, _TASKS_A_CORE * session.sparkContext.defaultParallelism)
    rows = [(bytearray(pickle.dumps(piece)),) for piece in pieces]
    spread = session.sparkContext.parallelize(rows, max(1, len(rows)))
    return session.createDataFrame(spread, "files binary")


def _pieces(files: Sequence[PlannedFile], count: int) -> list[list[tuple[int, PlannedFile]]]:
    """Return the files in at most so many pieces of about the same size, neighbours together."""
    room = sum(file.size + _COST_OF_A_FILE for file in files) / count
    pieces: list[list[tuple[int, PlannedFile]]] = []
    held = room
    for number, file in enumerate(files):
        if held >= room:
            pieces.append([])
            held = 0.0
        pieces[-1].append((number, file))
        held += file.size + _COST_OF_A_FILE
    return pieces


def counted(files: DataFrame, sources: Sources) -> tuple[int, ReadNotes]:
    """Return how many records the files hold, and what reading them saw that is no reject."""
    whole, notes = 0, ReadNotes()
    for row in mapped(files, Counting(sources), "records bigint, notes string").collect():
        whole += row["records"]
        _add(notes, json.loads(row["notes"]))
    return whole, notes


def _add(notes: ReadNotes, others: dict[str, object]) -> None:
    for name, other in others.items():
        own = getattr(notes, name)
        if isinstance(own, dict) and isinstance(other, dict):
            own.update({kind: own.get(kind, 0) + count for kind, count in other.items()})
        else:
            setattr(notes, name, own + other)


@dataclass(frozen=True, slots=True)
class Counting:
    """Work that counts the records of files."""

    sources: Sources

    def start(self) -> Callable[[Batches], Batches]:
        """Return the work on rows of files."""
        return discreet(partial(_counts, self.sources))


def _counts(sources: Sources, batches: Batches) -> Batches:
    for files in _files(batches):
        notes = ReadNotes()
        records = sum(1 for _ in sources.read(files, notes))
        yield from chunks([(records, json.dumps(asdict(notes)))], _COUNTS, 1)


@dataclass(frozen=True, slots=True)
class Reading:
    """Work that reads the records of files; `changed` are those that were not as planned when they were counted.

    A task fails where another one is not: it is done again, so that a disk which was away for a moment costs no report.
    """

    sources: Sources
    changed: frozenset[str]

    def start(self) -> Callable[[Batches], Batches]:
        """Return the work on rows of files."""
        return discreet(lambda batches: chunks(self._rows(batches), _RECORDS, _ROWS))

    def _rows(self, batches: Batches) -> Iterator[tuple[bytes, int, int, bytes]]:
        for files in _files(batches):
            notes = ReadNotes()
            for read in self.sources.read(files, notes):
                yield row(*read)
            if not self.changed.issuperset(notes.changed):
                raise InputError("an input is not as it was when it was counted; the same command goes on")


def row(file: int, place: int, record: Record) -> tuple[bytes, int, int, bytes]:
    """Return a record as the row that it travels as."""
    return key_of(record), file, place, packed(record)


def _files(batches: Batches) -> Iterator[list[tuple[int, PlannedFile]]]:
    for batch in batches:
        for data in values_of(batch, "files"):
            yield pickle.loads(data)
