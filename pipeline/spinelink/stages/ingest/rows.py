"""Rows of a table that an engine has read: each is one record. They stand in no order: a record's number is a digest.

It is of the values that are read: a row has the same one wherever and however often it is read. Where report text is
left out of the tables it is made with a secret, for it would tell who guesses the text that the guess is right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import pyarrow as pa

from spinelink.errors import InputError
from spinelink.lexicon import Lexicon
from spinelink.records import Reject, Report
from spinelink.stages.ingest.columns import layout_of, shown
from spinelink.stages.ingest.options import IngestOptions
from spinelink.stages.ingest.parquet import values_of
from spinelink.stages.ingest.record import RecordReader, Values, reading_of
from spinelink.stages.ingest.values import NotText

_DIGEST_BYTES = 8


class RowReader:
    """Reads rows whose columns have these names; `source` is what their reports have as such.

    Raises InputError where no column holds a text.
    """

    def __init__(
        self, names: Sequence[str], options: IngestOptions, lexicon: Lexicon, source: str, secret: bytes = b""
    ) -> None:
        self._secret = secret
        self._reader = RecordReader(source, reading_of(options, lexicon))
        usual = self._reader.reading.usual
        self._layout = layout_of(names, options, usual)
        if not self._layout.has_text:
            raise InputError(f"{source}: no text column; {shown(names, usual)}; name it in the settings: columns, text")

    @cached_property
    def used(self) -> tuple[int, ...]:
        """The positions of the columns that are read, in order."""
        return self._layout.used

    def records(self, columns: Sequence[pa.Array[Any]]) -> Iterator[tuple[int, Report | Reject | None]]:
        """Yield for each row of the columns in use its digest, made without the secret, and its report or reject.

        None stands for a note of a class that is not asked for.
        """
        cells = [values_of(column, self._reader.reading) for column in columns]
        for row in zip(*cells, strict=True):
            values: Values = dict(zip(self.used, row, strict=True))
            digest = _number(row)
            number = _number(row, self._secret) if self._secret else digest
            passed_over = self._reader.passes_over(self._layout, values)
            yield digest, None if passed_over else self._reader.report(self._layout, values, number)


def _number(row: Sequence[object], secret: bytes = b"") -> int:
    """Return the digest of a row as a number that is not negative."""
    told = repr(["" if isinstance(value, NotText) else value for value in row])
    data = told.encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(data, digest_size=_DIGEST_BYTES, key=secret).digest()
    return int.from_bytes(digest) >> 1
