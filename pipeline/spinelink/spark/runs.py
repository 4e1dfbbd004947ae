"""One run whose work is done by Spark: the same inputs, the same folder of tables, shards written by the tasks.

    plan -> count -> records --shuffle by id--> a partition is a shard: each id once, with codes -> analysis -> files

A shard holds the records whose ids fall to it, about `shard_size` of them, whatever the number of executors. It is
finished when its mark is, as in any run: a task that is done again writes the same bytes, and a run that was stopped
goes on. The folders of inputs and tables have the same path on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from spinelink import store
from spinelink.analysis import Batch, Extraction, Tabulated
from spinelink.engines import Work
from spinelink.engines.spark import Batches, mapped, partition, session
from spinelink.errors import SettingError
from spinelink.keys import Key
from spinelink.run import Prepared, RecordsDigest, RunResult, notes_of, prepared
from spinelink.settings import Settings
from spinelink.spark.packing import Record, chunks, discreet, records_of, schema_of
from spinelink.spark.sources import RECORDS, Reading, Sources, counted, files_frame, row
from spinelink.stages import ingest
from spinelink.stages.ingest import CodeTable, ReadNotes
from spinelink.store import FinishedShard, RunFolder
from spinelink.totals import Totals

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_WRITTEN = schema_of(shard=pa.int32(), kept=pa.bool_(), totals=pa.string(), joined=pa.binary())
_WRITTEN_SQL = "shard int, kept boolean, totals string, joined binary"


def run(
    inputs: Path | str | Sequence[Path | str],
    out: Path | str,
    settings: Settings | None = None,
    *,
    master: str | None = None,
    lexicons: Path | str | None = None,
    batch_size: int = 64,
    overwrite: bool = False,
    work: Work[Batch, Tabulated] | None = None,
) -> RunResult:
    """Read reports from files and folders and write their tables to the folder `out`, on Spark; begun runs go on.

    The session that is there serves; where there is none `master` is the address of the cluster, else what
    spark-submit says, else this machine. Inputs, `out` and the table of codes have the same paths on every machine. The
    rest is as in `spinelink.run`, and so are the rows of the tables. Raises a SpinelinkError with one line that says
    what to do.
    """
    if batch_size < 1:
        raise SettingError("batch_size is at least 1")
    settings = settings or Settings()
    settled = prepared(inputs, Path(out), settings, lexicons)
    identity = {**settled.identity, "settings": {**_mapping(settled.identity["settings"]), "engine": "spark"}}
    work = work or Extraction(settled.words, settled.shown)
    with store.opened(
        Path(out).resolve(), identity, fingerprint=settled.words.fingerprint, overwrite=overwrite
    ) as folder:
        kept = folder.finished_shards()
        shards_kept = len(kept)
        if folder.shards() != len(kept) or folder.unsettled():
            with session(master) as spark:
                shards_kept = SparkRun(spark, settled, settings, folder, kept, work, batch_size).write()
        return RunResult(Path(out), folder.manifest(), shards_kept)


def _mapping(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping)
    return value


@dataclass(frozen=True, slots=True)
class SparkRun:
    """A run that is to be done, or to go on."""

    spark: SparkSession
    settled: Prepared
    settings: Settings
    folder: RunFolder
    kept: Mapping[int, FinishedShard]
    work: Work[Batch, Tabulated]
    batch_size: int

    def write(self) -> int:
        """Write the tables and the manifest; return how many shards were finished before."""
        plan, key = self.settled.plan, self.settled.shown.key
        codes = ingest.read_codes(self.settled.codes, self.settings.codes_days) if self.settled.codes else None
        sources = Sources.of(plan)
        records, count, notes = self._records(sources)
        rejected = list(codes.rejects()) if codes else []
        if rejected:
            records = records.union(self._given(rejected, len(plan.files)))
        shards = max(1, -(-(count + len(rejected)) // self.settings.shard_size))
        beside = sources.ahead.beside.counts
        writing = ShardWriting(self.work, self.folder, self.kept, codes, key, beside, self.batch_size)
        written = self._written(records, shards, writing)
        totals = Totals()
        for one in written:
            totals.add(Totals.from_json(json.loads(one["totals"])))
            if codes:
                codes.note_joined(one["joined"])
        for shard in set(range(shards)) - {one["shard"] for one in written}:
            self.folder.write_shard(shard, [], Totals(), RecordsDigest(key, beside).value())
        notes.changed = list(
            dict.fromkeys([*notes.changed, *(s for s in ingest.changed(plan) if s not in notes.grown)])
        )
        self.folder.finish(shards, totals, notes_of(plan, notes, key), codes.counts() if codes else None)
        return sum(one["kept"] for one in written)

    def _records(self, sources: Sources) -> tuple[DataFrame, int, ReadNotes]:
        """Return the records, how many these are, and what reading them saw; with a limit they are read here."""
        plan = self.settled.plan
        if self.settings.limit is None:
            files = files_frame(self.spark, plan)
            count, notes = counted(files, sources)
            return mapped(files, Reading(sources, frozenset(notes.changed)), RECORDS), count, notes
        notes = ReadNotes()
        held = list(islice(ingest.read(plan, notes, sources.ahead), self.settings.limit))
        return self._given(held, 0), len(held), notes

    def _given(self, records: Iterable[Record], file: int) -> DataFrame:
        """Return records that were read here."""
        rows = [row(file, place, record) for place, record in enumerate(records)]
        return self.spark.createDataFrame(rows, RECORDS)

    def _written(self, records: DataFrame, shards: int, writing: ShardWriting) -> list[Any]:
        """Write the shards and return a line on each that has records."""
        spread = records.repartition(shards, "key").sortWithinPartitions("key", "file", "place")
        return mapped(spread, writing, _WRITTEN_SQL).collect()


@dataclass(frozen=True, slots=True)
class ShardWriting:
    """Work that makes a partition of records into the files of a shard, unless these are there already."""

    work: Work[Batch, Tabulated]
    folder: RunFolder
    kept: Mapping[int, FinishedShard]
    codes: CodeTable | None
    key: Key | None
    beside: Mapping[str, int]
    batch_size: int

    def start(self) -> Callable[[Batches], Batches]:
        """Return the work on the records of a partition."""
        return discreet(partial(_shard, self, self.work.start()))


def _shard(writing: ShardWriting, tabulate: Callable[[Batch], Tabulated], batches: Batches) -> Batches:
    shard = partition()
    digest = RecordsDigest(writing.key, writing.beside)
    records: Iterable[Record] = records_of(batches)
    if writing.codes:
        records = writing.codes.joined(records)
    held = list(digest.noted(records))
    if not held:
        return
    before = writing.kept.get(shard)
    kept = before is not None and before.records == digest.value()
    totals = before.totals if before is not None and kept else _write(writing, tabulate, shard, held, digest.value())
    joined = writing.codes.newly_joined() if writing.codes else b""
    yield from chunks([(shard, kept, json.dumps(totals.as_json()), joined)], _WRITTEN, 1)


def _write(
    writing: ShardWriting, tabulate: Callable[[Batch], Tabulated], shard: int, records: Sequence[Record], digest: str
) -> Totals:
    parts, totals = [], Totals()
    for start in range(0, len(records), writing.batch_size):
        result = tabulate(Batch(shard, tuple(records[start : start + writing.batch_size])))
        parts.append(result.tables)
        totals.add(result.totals)
    writing.folder.write_shard(shard, parts, totals, digest)
    return totals
