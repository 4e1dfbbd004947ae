"""The rows of a table of codes, read in batches: whose, which code, of which day, as compact arrays.

Values are told once for each batch and distinct value, not for each row: codes and dates repeat themselves.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any, Literal, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from spinelink.stages.ingest.code_names import fold_code
from spinelink.stages.ingest.source import decode
from spinelink.stages.ingest.values import NOT_TEXT, day, fold_word, scalar

Array = npt.NDArray[Any]

NO_DATE = -(2**31)
"""Stands for the day of a row without one."""

KEY_BYTES = 16
_BLOCK = 2**20
_ROWS = 2**16
_UNREADABLE_DATE = NO_DATE + 1
_EPOCH = date(1970, 1, 1).toordinal()
_SHAPE = re.compile(r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?")
_FIRST_INVALID = 2  # the first row after the header, as pyarrow counts them

NO_ID, NO_DAY, OTHER_SYSTEM, UNKNOWN, RAGGED = 1, 2, 3, 4, 5
"""Why a row is rejected; 0: it is not."""


@dataclass(frozen=True)
class CodesSource:
    """Where a table of codes stands and which of its columns is what; `columns` is field to name."""

    path: str
    format: str
    compressed: bool
    delimiter: str
    columns: Mapping[str, str]
    encoding: str


@dataclass(frozen=True)
class CodeRows:
    """The rows that can be read, in order: whose (a digest), which of `codes`, on which day since 1970.

    `rejected` are the record numbers of those that cannot, `faults` why, `unknown` what stands there for a code, as far
    as it looks like one.
    """

    keys: Array
    codes: Array
    days: Array
    names: tuple[str, ...]
    rejected: Array
    faults: Array
    unknown: tuple[str, ...]

    @property
    def count(self) -> int:
        """Rows that were read, the rejected ones included."""
        return len(self.keys) + len(self.rejected)


@dataclass
class _Names:
    """Texts by number."""

    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, text: str) -> int:
        """Return the number of a text, a new one where it is new."""
        return self.numbers.setdefault(text, len(self.numbers))


@dataclass
class _Reader:
    """Turns batches into arrays; `known` is folded code to code, `systems` the words for the system that is read."""

    source: CodesSource
    known: Mapping[str, str]
    systems: frozenset[str]
    codes: _Names = field(default_factory=_Names)
    unknown: _Names = field(default_factory=_Names)

    def arrays(self, batch: pa.RecordBatch) -> tuple[Array, Array, Array, Array]:
        """Return key, code, day and fault of each row of a batch; the code of an unknown one is that of `unknown`."""
        reports = self._told(batch, "report_id", lambda value: key_of("report_id", self._text(value)), b"")
        patients = self._told(batch, "patient_id", lambda value: key_of("patient_id", self._text(value)), b"")
        keys = np.where(reports == b"", patients, reports).astype(f"S{KEY_BYTES}")
        codes = self._told(batch, "code", self._code, -1)
        days = self._told(batch, "code_date", self._day, NO_DATE)
        read = self._told(batch, "code_system", self._is_read, True)
        faults = np.zeros(len(keys), np.int8)
        faults[codes < 0] = UNKNOWN
        faults[~read] = OTHER_SYSTEM
        faults[days == _UNREADABLE_DATE] = NO_DAY
        faults[keys == b""] = NO_ID
        return keys, codes, days, faults

    def _told(self, batch: pa.RecordBatch, name: str, tell: Callable[[object], Any], absent: Any) -> Array:
        """Return what a column tells, told once for each distinct value; `absent` where it or its value is missing."""
        kind: Any = f"S{KEY_BYTES}" if isinstance(absent, bytes) else type(absent)
        if name not in self.source.columns:
            return np.full(batch.num_rows, absent, kind)
        encoded: Any = _plain(batch.column(self.source.columns[name])).dictionary_encode()
        told = np.array([*map(tell, encoded.dictionary.to_pylist()), absent], kind)
        places: Array = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
        return told[places]

    def _text(self, value: object) -> str:
        """Return a value as text, "" where it is none."""
        if isinstance(value, bytes):
            text, _ = decode(value, self.source.encoding)
            value = NOT_TEXT if text is None else text
        return scalar(value) or ""

    def _code(self, value: object) -> int:
        text = self._text(value).upper()
        code = self.known.get(fold_code(text))
        if code is not None:
            return self.codes.number(code)
        return -2 - self.unknown.number(text) if _SHAPE.fullmatch(text) else -1

    def _day(self, value: object) -> int:
        text = self._text(value) if isinstance(value, bytes) else value
        if text in (None, ""):
            return NO_DATE
        told = day(text)
        return _UNREADABLE_DATE if told is None else told.toordinal() - _EPOCH

    def _is_read(self, value: object) -> bool:
        word = fold_word(self._text(value))
        return not word or word in self.systems


def key_of(name: str, text: str | None) -> bytes:
    """Return the digest of an id under which its rows are found, b"" for none."""
    if not text:
        return b""
    return hashlib.blake2b(text.encode(), digest_size=KEY_BYTES, person=name.encode()).digest()


def day_number(told: date | None) -> int:
    """Return a day as the rows hold it."""
    return NO_DATE if told is None else told.toordinal() - _EPOCH


def day_of(number: int) -> date | None:
    """Return the day that a row holds."""
    return None if number == NO_DATE else date.fromordinal(number + _EPOCH)


def read_rows(source: CodesSource, known: Mapping[str, str], systems: frozenset[str]) -> CodeRows:
    """Return the rows of a table of codes; raises ArrowException or OSError where the file cannot be read."""
    reader = _Reader(source, known, systems)
    ragged: list[int] = []
    good = _Columns(f"S{KEY_BYTES}", np.int32, np.int32)
    bad = _Columns(np.int64, np.int64)
    count = 0
    for batch in _batches(source, ragged):
        keys, codes, days, faults = reader.arrays(batch)
        kept = faults == 0
        good.add(keys[kept], codes[kept], days[kept])
        bad.add(count + np.flatnonzero(~kept), _why(faults[~kept], codes[~kept]))
        count += len(keys)
    keys, codes, days = good.whole()
    ordinals, why = bad.whole()
    places = np.array(ragged, np.int64)
    # A row's record number is its place among the rows that have their cells, and those before it that have not.
    before = np.searchsorted(places - np.arange(len(places)), ordinals, "right")
    rejected = np.concatenate([ordinals + before, places])
    why = np.concatenate([why, np.full(len(places), RAGGED, np.int64)])
    order = np.argsort(rejected, kind="stable")
    return CodeRows(
        keys, codes, days, tuple(reader.codes.numbers), rejected[order], why[order], tuple(reader.unknown.numbers)
    )


class _Columns:
    """Arrays that grow side by side, each of its type."""

    def __init__(self, *kinds: Any) -> None:
        self._parts = [[np.array([], kind)] for kind in kinds]

    def add(self, *arrays: Array) -> None:
        """Add a piece to each."""
        for parts, array in zip(self._parts, arrays, strict=True):
            parts.append(array.astype(parts[0].dtype))

    def whole(self) -> list[Array]:
        """Return the arrays; the pieces are let go one after the other."""
        return [np.concatenate(self._parts.pop(0)) for _ in range(len(self._parts))]


def _why(faults: Array, codes: Array) -> Array:
    """Return faults as kept: an unknown code that can be named as minus its place less one, others as they are."""
    return np.where((faults == UNKNOWN) & (codes < -1), codes + 1, faults.astype(np.int64))


def _plain(column: pa.Array[Any]) -> pa.Array[Any]:
    """Return a column without its own dictionary; text as bytes, which need not be UTF-8, times to the microsecond."""
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.cast(pa.large_binary())
    return column


def opened(path: str, compressed: bool) -> IO[bytes]:
    """Open a file for its plain bytes."""
    return cast(IO[bytes], gzip.open(path)) if compressed else open(path, "rb")


def _batches(source: CodesSource, ragged: list[int]) -> Iterator[pa.RecordBatch]:
    """Yield the batches of the columns in use; records with another number of cells are entered in `ragged`."""
    names = list(dict.fromkeys(source.columns.values()))
    if source.format == "parquet":
        with pq.ParquetFile(source.path, pre_buffer=False) as parquet:
            yield from parquet.iter_batches(batch_size=_ROWS, columns=names, use_threads=False)
        return

    def skip(row: pyarrow.csv.InvalidRow) -> Literal["skip"]:
        ragged.append(int(row.number or 0) - _FIRST_INVALID)
        return "skip"

    with opened(source.path, source.compressed) as stream:
        yield from pyarrow.csv.open_csv(
            stream,
            pyarrow.csv.ReadOptions(use_threads=False, block_size=_BLOCK),
            pyarrow.csv.ParseOptions(delimiter=source.delimiter, newlines_in_values=True, invalid_row_handler=skip),
            pyarrow.csv.ConvertOptions(
                check_utf8=False,
                column_types={name: pa.binary() for name in names},
                include_columns=names,
                strings_can_be_null=False,
            ),
        )
