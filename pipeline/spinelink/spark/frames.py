"""A DataFrame of reports in, DataFrames of tables out: for notebooks and jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from spinelink import lexicon, schemas
from spinelink.analysis import Batch, Extraction, Tabulated
from spinelink.engines.spark import Batches, mapped
from spinelink.errors import SettingError
from spinelink.lexicon import Lexicon
from spinelink.records import Reject, Report
from spinelink.settings import IngestOptions, Settings
from spinelink.spark.nesting import nested, sql_schema
from spinelink.spark.packing import discreet, key_of, packed, records_of
from spinelink.stages.ingest import RowReader

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_REPORTS_A_ROW = 64
_SOURCE = "dataframe"


def spark_findings(
    frame: DataFrame,
    settings: Settings | None = None,
    *,
    tables: Sequence[str] = ("findings",),
    order_by: Sequence[str] = (),
    partitions: int | None = None,
    staged: str | None = None,
    lexicons: Path | str | None = None,
) -> dict[str, DataFrame]:
    """Return tables of the reports in a DataFrame, by name: findings alone, or those of `tables`.

    A row is one report; its columns are found by the names that files have them under, or named in the settings. Of
    rows that share a report_id the first by the columns `order_by` stays; without these it is one that does not
    depend on how the rows are spread. What cannot be a report stands in the table `rejects`.

    One pass over the reports gives all tables. Where `staged` is a path it is made at once and written there, as
    Parquet, and the tables read it; else it is made when a table is asked for, and kept in Spark's cache where several
    are. `partitions` is into how many pieces the work is cut, Spark's own setting where not given. `lexicons` is a
    folder of rows merged over the shipped ones, read by the driver.
    """
    settings = settings or Settings()
    _refuse(settings)
    names = [schemas.table(name).name for name in tables]
    words = lexicon.shipped() if lexicons is None else lexicon.load(Path(lexicons))
    records = _sorted(_records(frame, settings.ingest, words, order_by), partitions)
    whole = mapped(records, Nesting(Extraction(words, settings.shown), tuple(names)), sql_schema(names))
    if staged is not None:
        whole.write.parquet(staged)
        whole = frame.sparkSession.read.parquet(staged)
    elif len(names) > 1:
        whole = whole.persist()
    return {name: whole.selectExpr(f"inline(`{name}`)") for name in names}


def _refuse(settings: Settings) -> None:
    if settings.limit is not None:
        raise SettingError("limit is of runs; take the rows of a DataFrame with its own limit()")
    if settings.codes is not None:
        raise SettingError("codes are of runs: spinelink run --engine spark --codes FILE")


def _records(frame: DataFrame, options: IngestOptions, words: Lexicon, order_by: Sequence[str]) -> DataFrame:
    """Return the records of the rows, each with its key, its place in the order, and its digest."""
    reader = RowReader(frame.columns, options, words, _SOURCE)
    numbered = frame.toDF(*(f"c{position}" for position in range(len(frame.columns))))
    places = [f"c{_position(name, frame.columns)}" for name in order_by]
    used = [f"c{position}" for position in reader.used]
    rows = numbered.selectExpr(f"struct({', '.join(places) or '0'}) AS place", *used)
    place = rows.schema["place"].dataType.simpleString()
    work = Rows(tuple(frame.columns), options, words)
    return mapped(rows, work, f"key binary, place {place}, digest bigint, record binary")


def _position(name: str, names: Sequence[str]) -> int:
    if name not in names:
        raise SettingError(f"order_by: no column {name!r}")
    return names.index(name)


def _sorted(records: DataFrame, partitions: int | None) -> DataFrame:
    """Return the records of one id side by side in one partition, the first of them first."""
    spread = records.repartition("key") if partitions is None else records.repartition(partitions, "key")
    return spread.sortWithinPartitions("key", "place", "digest")


@dataclass(frozen=True, slots=True)
class Rows:
    """Work that makes rows of a DataFrame into records; what columns mean is settled again in each worker."""

    names: tuple[str, ...]
    options: IngestOptions
    lexicon: Lexicon

    def start(self) -> Callable[[Batches], Batches]:
        """Return the work on the rows of a partition."""
        return discreet(partial(_of_rows, RowReader(self.names, self.options, self.lexicon, _SOURCE)))


def _of_rows(reader: RowReader, batches: Batches) -> Batches:
    for batch in batches:
        records = list(reader.records(batch.columns[1:]))
        kept = [place for place, record in enumerate(records) if record is not None]
        found = [record for record in records if record is not None]
        columns: list[Any] = [
            pa.array([key_of(record) for record in found], pa.binary()),
            batch.column("place").take(pa.array(kept, pa.int64())),
            pa.array([record.record for record in found], pa.int64()),
            pa.array([packed(record) for record in found], pa.binary()),
        ]
        yield pa.RecordBatch.from_arrays(columns, names=["key", "place", "digest", "record"])


@dataclass(frozen=True, slots=True)
class Nesting:
    """Work that makes records into rows of nested tables."""

    extraction: Extraction
    tables: tuple[str, ...]

    def start(self) -> Callable[[Batches], Batches]:
        """Return the work on the records of a partition."""
        return discreet(partial(_nested, self.extraction.start(), self.tables))


def _nested(tabulate: Callable[[Batch], Tabulated], tables: Sequence[str], batches: Batches) -> Batches:
    records = records_of(batches)
    for batch in _batches(records):
        yield nested(tabulate(Batch(0, batch)).tables, tables)


def _batches(records: Iterator[Report | Reject]) -> Iterator[tuple[Report | Reject, ...]]:
    while batch := tuple(islice(records, _REPORTS_A_ROW)):
        yield batch
