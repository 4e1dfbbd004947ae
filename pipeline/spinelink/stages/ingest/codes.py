"""A table of diagnosis codes beside the reports: planned, read, and joined to each report.

A row joins the report of its report_id. A row without one joins the studies of its patient: those ordered (else done)
on its day or at most so many days later, or all of them where it has no day. A row that cannot be read, and one whose
code or code system is not known, is a reject.
"""

from __future__ import annotations

import csv
import os
import stat
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from spinelink.alternatives import expand
from spinelink.errors import InputError
from spinelink.lexicon import Lexicon, Phrase
from spinelink.records import GivenCode, Reject, Report
from spinelink.stages.ingest import code_rows
from spinelink.stages.ingest.code_names import SYSTEM, code_names
from spinelink.stages.ingest.code_rows import (
    Array,
    CodeRows,
    CodesSource,
    day_number,
    day_of,
    key_of,
    opened,
)
from spinelink.stages.ingest.columns import shown
from spinelink.stages.ingest.source import decode
from spinelink.stages.ingest.values import fold_word

_ENDINGS = {".csv": "csv", ".tsv": "tsv", ".parquet": "parquet"}
_COMPRESSED = ".gz"
_DELIMITERS = (",", ";", "\t", "|")
_IDS = ("report_id", "patient_id")
_FIELDS = {
    **{name: (name,) for name in (*_IDS, "code", "code_system")},
    "code_date": ("code_date", "study_date", "order_date"),
}
"""Each field of a row of codes, and the fields of `columns.tsv` whose usual names its column may have."""
_HEADER = 2**16
_DETAILS = {
    code_rows.NO_ID: ("bad_code_row", "neither a report_id nor a patient_id"),
    code_rows.NO_DAY: ("bad_code_row", "a date that cannot be read"),
    code_rows.RAGGED: ("bad_code_row", "another number of cells than the header"),
    code_rows.OTHER_SYSTEM: ("unknown_code", f"a code system other than {SYSTEM}"),
    code_rows.UNKNOWN: ("unknown_code", "no code"),
}


@dataclass(frozen=True)
class CodesPlan:
    """A table of codes as it was when it was planned."""

    source: CodesSource
    size: int
    mtime_ns: int
    known: Mapping[str, str]
    systems: frozenset[str]

    @property
    def identity(self) -> dict[str, object]:
        """What of it decides what stands in the tables."""
        return {"path": self.source.path, "size": self.size, "mtime_ns": self.mtime_ns}


def plan_codes(path: str, lexicon: Lexicon, encoding: str) -> CodesPlan:
    """Return the plan for reading a table of codes; raises InputError for one that is missing or lacks a column."""
    try:
        status = os.stat(path)
    except OSError:
        raise InputError(f"{path}: no such table of codes; check the path") from None
    lowered = path.lower()
    compressed = lowered.endswith(_COMPRESSED)
    form = _ENDINGS.get(Path(lowered.removesuffix(_COMPRESSED)).suffix)
    if not stat.S_ISREG(status.st_mode) or form is None or (compressed and form == "parquet"):
        raise InputError(f"{path}: a table of codes is a file that ends in .csv, .tsv (or .gz of these) or .parquet")
    try:
        names, delimiter = _header(path, form, compressed, encoding)
    except (OSError, EOFError, zlib.error, pa.ArrowException) as error:
        raise InputError(f"{path}: the table of codes cannot be read ({type(error).__name__})") from None
    rows = lexicon.phrases("columns")
    columns = _columns(names, rows)
    if "code" not in columns or not any(name in columns for name in _IDS):
        missing = "code" if "code" not in columns else "report_id or patient_id"
        raise InputError(f"{path}: the table of codes has no column for {missing}; {shown(names, _usual(rows))}")
    source = CodesSource(path, form, compressed, delimiter, columns, encoding)
    names_of_codes = code_names(lexicon)
    return CodesPlan(source, status.st_size, status.st_mtime_ns, names_of_codes.known, names_of_codes.systems)


def _header(path: str, form: str, compressed: bool, encoding: str) -> tuple[list[str], str]:
    """Return the names of the columns, and what stands between cells."""
    if form == "parquet":
        return list(pq.read_schema(path).names), ""
    with opened(path, compressed) as file:
        line = next((line for line in iter(lambda: file.readline(_HEADER), b"") if line.strip()), b"")
    text = (decode(line, encoding)[0] or "").removeprefix("\ufeff").rstrip("\r\n")
    preferred = "\t" if form == "tsv" else ","
    delimiter = max((preferred, *_DELIMITERS), key=text.count)
    return next(csv.reader([text], delimiter=delimiter), []), delimiter


def _columns(names: Sequence[str], rows: Iterable[Phrase]) -> dict[str, str]:
    """Return field to name of column: the usual name of the lowest rank, among equals the first column."""
    usual = _usual(rows)
    found: dict[str, tuple[int, int, int]] = {}
    for place, name in enumerate(names):
        row = usual.get(fold_word(name))
        for field, allowed in _FIELDS.items():
            if row is not None and row.field in allowed:
                rank = (allowed.index(row.field), int(row.value), place)
                found[field] = min(found.get(field, rank), rank)
    return {field: names[place] for field, (_, _, place) in found.items()}


def _usual(rows: Iterable[Phrase]) -> dict[str, Phrase]:
    """Return the row of each usual name, folded."""
    return {fold_word(name): row for row in rows if "=" not in row.term for name in expand(row.term)}


class CodeTable:
    """The codes of a table, by whose they are; `days` is how many days before its order a code may have been given."""

    def __init__(self, name: str, rows: CodeRows, days: int) -> None:
        self._name = name
        self._days = days
        self._order: Array = np.argsort(rows.keys, kind="stable")
        self._keys: Array = rows.keys[self._order]
        self._rows = replace(rows, keys=self._keys)  # the unsorted ones are let go
        self._joined = np.zeros(len(rows.keys), bool)

    def joined(self, records: Iterable[Report | Reject]) -> Iterator[Report | Reject]:
        """Yield the records, each report with its codes, and note which rows have found one."""
        for record in records:
            rows = self._rows_of(record) if isinstance(record, Report) else ()
            if isinstance(record, Report) and len(rows):
                self._joined[rows] = True
                record = replace(record, codes=tuple(dict.fromkeys([*record.codes, *map(self._code, rows)])))
            yield record

    def newly_joined(self) -> bytes:
        """Return which rows have found a report since this was asked last, for another copy of the table to note."""
        rows: Array = np.flatnonzero(self._joined)
        self._joined[:] = False
        return rows.astype("<i8").tobytes()

    def note_joined(self, rows: bytes) -> None:
        """Note the rows that have found a report in another copy of this table."""
        self._joined[np.frombuffer(rows, "<i8")] = True

    def rejects(self) -> Iterator[Reject]:
        """Yield a reject for each row that cannot be read or whose code is not known, in order."""
        for record, fault in zip(self._rows.rejected, self._rows.faults, strict=True):
            yield Reject(self._name, int(record), None, *self._reason(int(fault)))

    def counts(self) -> dict[str, object]:
        """Return what became of the rows: each is joined, unmatched or a reject."""
        faults = Counter(map(int, self._rows.faults))
        reasons: Counter[str] = Counter()
        for fault, count in faults.items():
            reasons[self._reason(fault)[0]] += count
        joined = int(self._joined.sum())
        return {
            "rows": self._rows.count,
            "joined": joined,
            "unmatched": len(self._joined) - joined,
            "rejects": dict(sorted(reasons.items())),
        }

    def _reason(self, fault: int) -> tuple[str, str]:
        return _DETAILS[fault] if fault > 0 else ("unknown_code", f"code {self._rows.unknown[-fault - 1]} is not known")

    def _code(self, row: int) -> GivenCode:
        return GivenCode(SYSTEM, self._rows.names[self._rows.codes[row]], day_of(int(self._rows.days[row])))

    def _rows_of(self, report: Report) -> Array:
        """Return the rows of a report, in their order."""
        own = self._having(key_of("report_id", report.report_id))
        patient = self._having(key_of("patient_id", report.patient_id))
        if len(patient):
            ordered = day_number(report.order_date or report.study_date)
            days = self._rows.days[patient]
            before = ordered - days.astype(np.int64)
            near = (ordered != code_rows.NO_DATE) & (before >= 0) & (before <= self._days)
            patient = patient[near | (days == code_rows.NO_DATE)]
        return np.sort(np.concatenate([own, patient]))

    def _having(self, key: bytes) -> Array:
        if not key:
            return self._order[:0]
        wanted = np.array(key, self._keys.dtype)
        start, end = (int(np.searchsorted(self._keys, wanted, side)) for side in ("left", "right"))
        return self._order[start:end]


def read_codes(plan: CodesPlan, days: int) -> CodeTable:
    """Return the codes of a table; raises InputError where it cannot be read to its end."""
    try:
        rows = code_rows.read_rows(plan.source, plan.known, plan.systems)
    except (pa.ArrowException, OSError, EOFError, zlib.error) as error:
        where = plan.source.path
        raise InputError(f"{where}: the table of codes cannot be read ({type(error).__name__})") from None
    return CodeTable(os.path.basename(plan.source.path), rows, days)
