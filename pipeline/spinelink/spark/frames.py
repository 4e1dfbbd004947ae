"""A DataFrame of reports in, DataFrames of tables out: for notebooks and jobs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
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
from spinelink.protection import Shown
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
    shown = settings.shown
    rows = Rows(tuple(frame.columns), settings.ingest, words, _secret(shown))
    records = _sorted(_records(frame, rows, order_by), partitions)
    whole = mapped(records, Nesting(Extraction(words, shown), tuple(names)), sql_schema(names))
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


def _secret(shown: Shown) -> bytes:
    """Return what the numbers of records are made with: of the key, else of this call; nothing where text is shown."""
    if shown.text:
        return b""
    return secrets.token_bytes(16) if shown.key is None else shown.key.pseudonym("record", "").encode()


def _records(frame: DataFrame, work: Rows, order_by: Sequence[str]) -> DataFrame:
    """Return the records of the rows, each with its key, its place in the order, and its digest."""
    numbered = frame.toDF(*(f"c{position}" for position in range(len(frame.columns))))
    places = [f"c{_position(name, frame.columns)}" for name in order_by]
    used = [f"c{position}" for position in work.reader().used]
    rows = numbered.selectExpr(f"struct({', '.join(places) or '0'}) AS place", *used)
    place = rows.schema["place"].dataType.simpleString()
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
    secret: bytes = field(repr=False)

    def reader(self) -> RowReader:
        """Return the reader of such rows; raises InputError where no column holds a text."""
        return RowReader(self.names, self.options, self.lexicon, _SOURCE, self.secret)

    def start(self) -> Callable[[Batches], Batches]:
        """Return the work on the rows of a partition."""
        return discreet(partial(_of_rows, self.reader()))


def _of_rows(reader: RowReader, batches: Batches) -> Batches:
    for batch in batches:
        read = enumerate(reader.records(batch.columns[1:]))
        found = [(place, digest, record) for place, (digest, record) in read if record is not None]
        columns: list[Any] = [
            pa.array([key_of(record) for _, _, record in found], pa.binary()),
            batch.column("place").take(pa.array([place for place, _, _ in found], pa.int64())),
            pa.array([digest for _, digest, _ in found], pa.int64()),
            pa.array([packed(record) for _, _, record in found], pa.binary()),
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
