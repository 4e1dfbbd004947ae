"""CSV and TSV: a line of column names, then records; fields may be quoted and then hold line ends.

Quoting is read strictly. A record with other than the header's number of cells, or whose quotes do not close, is a
bad_record, and what follows it is read on: a stray quote costs the record in which it stands, not the rest of the file.
The name of a column that stands twice means the first. Blank lines are no records.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from spinelink.records import Reject, Report
from spinelink.stages.ingest.columns import layout_of, shown
from spinelink.stages.ingest.record import Reading, RecordReader, read_stream
from spinelink.stages.ingest.source import ByteSource, LineStream, PlannedFile
from spinelink.stages.ingest.values import NotText

_PREFERRED = {"csv": ",", "tsv": "\t"}
_DELIMITERS = (",", ";", "\t", "|")
_REREADS = 4
_LARGEST_FIELD = 2**31 - 1  # what the csv module takes on every system


@dataclass(frozen=True, slots=True)
class Malformed:
    """A record that cannot be told into cells."""

    reason: str
    detail: str


class _OverlongError(Exception):
    """A record grows beyond what is held."""


class _Feed:
    """The lines that the csv module asks for, with those of the record in hand kept, to be given back."""

    def __init__(self, lines: LineStream, limit: int) -> None:
        self._lines = iter(lines)
        self._back: deque[str | None] = deque()
        self._limit = limit
        self._size = 0
        self._read = 0
        self._reread = 0
        self._exhausted = False
        self.held: list[str | None] = []
        self.number = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self.take()
        self.held.append(line)
        self._size += len(line or "")
        if line is None or self._size > self._limit:
            raise _OverlongError
        return line

    @property
    def ended(self) -> bool:
        """Whether no line is left."""
        return self._exhausted and not self._back

    def start(self) -> None:
        """Forget the lines of the record that was in hand."""
        self.held.clear()
        self._size = 0

    def take(self) -> str | None:
        """Return the next line without holding it; raises StopIteration at the end."""
        if self._back:
            line = self._back.popleft()
        else:
            self._exhausted = True
            line = next(self._lines)
            self._exhausted = False
            self._read += len(line or "")
        self.number += 1
        return line

    def give_up(self) -> int:
        """Give back the lines in hand but the first; return how many are not given back.

        None is given back once reading again has cost `_REREADS` times the first reading: quotes can be so broken that
        each line would be read with all that follow it.
        """
        if self._reread + self._size > _REREADS * self._read:
            return len(self.held)
        self._reread += self._size
        self.give_back(self.held[1:])
        return 1

    def give_back(self, lines: list[str | None]) -> None:
        """Put lines before those that come next."""
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)


class Rows:
    """A file's records as lists of cells, the header first; a Malformed stands for a record that has none.

    A malformed record ends before the next line at which a record can begin: any line in a file whose records have been
    single lines so far, else a line that opens a quoted field.
    """

    def __init__(self, lines: LineStream, source: ByteSource, limit: int) -> None:
        self._feed = _Feed(lines, limit)
        self._source = source
        self._delimiter = ","
        self._opening = re.compile("")
        self._width: int | None = None
        self._single_lines: bool | None = None

    def first_line(self) -> str | None:
        """Return the first line that is not blank, which stays to be read; None without one or where it is too long."""
        for line in iter(self._taken, ""):
            if line is None or line.strip("\r\n"):
                self._feed.give_back([line])
                return line
        return None

    def divide(self, delimiter: str) -> None:
        """Set what stands between cells."""
        self._delimiter = delimiter
        self._opening = re.compile(rf'(?:^|{re.escape(delimiter)})"(?:"")*(?!")')

    def __iter__(self) -> Iterator[list[str] | Malformed]:
        rows = self._reader()
        while True:
            self._feed.start()
            try:
                cells = next(rows)
            except StopIteration:
                return
            except (csv.Error, _OverlongError) as error:
                yield from self._malformed(error)
                rows = self._reader()
                continue
            if not cells:
                continue
            if self._width is not None and len(cells) != self._width:
                yield from self._ragged(len(cells))
                continue
            if self._width is not None:
                self._single_lines = len(self._feed.held) == 1 and self._single_lines is not False
            self._width = len(cells)
            yield cells

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._feed, delimiter=self._delimiter, strict=True)

    def _taken(self) -> str | None:
        """Return the next line, "" at the end."""
        try:
            return self._feed.take()
        except StopIteration:
            return ""

    def _malformed(self, error: Exception) -> Iterator[Malformed]:
        if self._feed.ended and self._source.cut():
            return  # the record in which the file breaks off; its lines are no records
        if isinstance(error, _OverlongError):
            yield from self._give_up("too_long", "a record too long to be held")
        else:
            yield from self._give_up("bad_record", "quotes do not match")

    def _ragged(self, cells: int) -> Iterator[Malformed]:
        what = f"{cells} cells where the header has {self._width}"
        if len(self._feed.held) == 1 or self._single_lines is None:
            yield Malformed("bad_record", f"{what}, {self._lines(len(self._feed.held))}")
        else:
            yield from self._give_up("bad_record", what)

    def _give_up(self, reason: str, what: str) -> Iterator[Malformed]:
        """Take the record in hand for lost from its first line up to the next at which a record can begin."""
        lost = self._feed.give_up()
        while (line := self._taken()) != "":
            if self._can_begin(line):
                self._feed.give_back([line])
                break
            lost += 1
        if line == "" and self._source.cut():
            return
        yield Malformed(reason, f"{what}, {self._lines(lost)}")

    def _can_begin(self, line: str | None) -> bool:
        return line is not None and (bool(self._single_lines) or self._opening.search(line) is not None)

    def _lines(self, count: int) -> str:
        last = self._feed.number
        return f"line {last}" if count == 1 else f"lines {last - count + 1} to {last}"


def read(file: PlannedFile, reading: Reading) -> Iterator[Report | Reject]:
    """Yield a report or a reject for each record; one reject of the file where it breaks off or has no text column."""
    return read_stream(file, reading, _records)


def columns(file: PlannedFile, reading: Reading) -> tuple[str, ...] | None:
    """Return the names in the header; None where it cannot be read."""
    with reading.opened(file) as source:
        table = _Table(source, reading, _PREFERRED[file.format])
        return None if source.broken else table.names


def _records(source: ByteSource, reader: RecordReader, file: PlannedFile) -> Iterator[Report | Reject]:
    table = _Table(source, reader.reading, _PREFERRED[file.format])
    layout = layout_of(table.names or (), reader.reading.options, reader.reading.usual)
    if not layout.has_text:
        if not source.cut():
            detail = (
                "the quotes of its header do not match"
                if table.names is None
                else shown(table.names, reader.reading.usual)
            )
            yield reader.reject(None, "no_text_column", detail)
        return
    if layout.doubled:
        reader.reading.notes.doubled.append(f"{reader.source}: {', '.join(layout.doubled)}")
    for record, row in enumerate(table.rows):
        if isinstance(row, Malformed):
            yield reader.reject(record, row.reason, row.detail)
        elif not reader.passes_over(layout, values := table.decoded(row)):
            yield reader.report(layout, values, record)


class _Table:
    """A file's header, then its rows; `names` is None where the header is malformed, empty where there is none."""

    def __init__(self, source: ByteSource, reading: Reading, preferred: str) -> None:
        limit = reading.options.record_limit
        csv.field_size_limit(max(csv.field_size_limit(), min(limit, _LARGEST_FIELD)))
        self._reading = reading
        self._stream = LineStream(source, "", limit)
        rows = Rows(self._stream, source, limit)
        rows.divide(self._delimiter(rows.first_line(), preferred))
        self.rows = iter(rows)
        header = next(self.rows, [])
        self.names = None if isinstance(header, Malformed) else self._names(header)

    def decoded(self, row: list[str]) -> list[str | NotText]:
        """Return a row's cells, each decoded by itself."""
        if not self._stream.escaped:
            return list(row)
        return [cell if cell.isascii() else self._reading.unescaped(cell) for cell in row]

    def _names(self, header: list[str]) -> tuple[str, ...]:
        return tuple("" if isinstance(cell, NotText) else cell for cell in self.decoded(header))

    def _delimiter(self, line: str | None, preferred: str) -> str:
        """Return the delimiter under which the header names most fields; the one of the file's ending before others."""

        def fields_named(delimiter: str) -> tuple[bool, int, int]:
            cells = next(csv.reader([line or ""], delimiter=delimiter), [])
            layout = layout_of(self._names(cells), self._reading.options, self._reading.usual)
            return layout.has_text, len(layout.used), len(cells)

        return max((preferred, *(other for other in _DELIMITERS if other != preferred)), key=fields_named)
