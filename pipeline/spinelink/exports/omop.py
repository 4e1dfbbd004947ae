"""NOTE_NLP of the OMOP common data model 5.4: one row a finding, then one a symptom, report part by report part.

note_nlp.csv      or .parquet
note_id_map.csv   or .parquet: the note_id of every report
"""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from spinelink.exports import notes
from spinelink.exports.files import text_file
from spinelink.exports.options import Options
from spinelink.exports.source import Source, rows_of

_NLP_COLUMNS: tuple[tuple[str, pa.DataType, bool], ...] = (
    ("note_nlp_id", pa.int64(), False),
    ("note_id", pa.int64(), False),
    ("section_concept_id", pa.int32(), True),
    ("snippet", pa.string(), True),
    ("offset", pa.string(), True),
    ("lexical_variant", pa.string(), False),
    ("note_nlp_concept_id", pa.int32(), True),
    ("note_nlp_source_concept_id", pa.int32(), True),
    ("nlp_system", pa.string(), True),
    ("nlp_date", pa.date32(), False),
    ("nlp_datetime", pa.timestamp("s"), True),
    ("term_exists", pa.string(), True),
    ("term_temporal", pa.string(), True),
    ("term_modifiers", pa.string(), True),
)
"""The columns in the order of the model, their types, and whether they may be null."""
_MAP_COLUMNS: tuple[tuple[str, pa.DataType, bool], ...] = (
    ("note_id", pa.int64(), False),
    ("report_id", pa.string(), False),
)
NOTE_NLP = pa.schema([pa.field(name, kind, nullable=null) for name, kind, null in _NLP_COLUMNS])
NOTE_IDS = pa.schema([pa.field(name, kind, nullable=null) for name, kind, null in _MAP_COLUMNS])
_INTEGER = re.compile(r"0|[1-9][0-9]{0,18}")
_LARGEST = 2**63 - 1
_NO_CONCEPT = 0
_OF_FINDING = (*notes.OF_FINDING, "report_id", "evidence", "start", "end", "sentence_start", "sentence_end")
_OF_SYMPTOM = (*notes.OF_SYMPTOM, "report_id", "evidence", "start", "end")

Row = dict[str, Any]


class Rows(Protocol):
    """A file that takes rows of one schema."""

    def write(self, rows: list[Row]) -> None:
        """Write these rows."""


@dataclass(slots=True)
class NoteIds:
    """The note_id of each report: its own id where that is a whole number, else the next below zero.

    A negative id is no id of a site's NOTE table, so that no row joins a note that it is not of.
    """

    made: int = 0
    of_part: dict[str, int] = field(default_factory=dict)

    def take(self, report_ids: list[str]) -> list[Row]:
        """Give each report of a part its id, and return the rows of the map."""
        self.of_part = {report_id: self._id(report_id) for report_id in report_ids}
        return [{"note_id": note_id, "report_id": report_id} for report_id, note_id in self.of_part.items()]

    def _id(self, report_id: str) -> int:
        if _INTEGER.fullmatch(report_id) and int(report_id) <= _LARGEST:
            return int(report_id)
        self.made += 1
        return -self.made


def write(source: Source, folder: Path, options: Options) -> dict[str, int]:
    """Write the rows of every finding and symptom, and the map of the ids of notes."""
    names = [f"{name}.{options.file_format}" for name in ("note_nlp", "note_id_map")]
    counts = dict.fromkeys(names, 0)
    common, ids = _common(source, options), NoteIds()
    with (
        _rows_to(folder / names[0], NOTE_NLP) as terms,
        _rows_to(folder / names[1], NOTE_IDS) as mapped,
    ):
        for reports, texts, findings, symptoms in source.together("reports", "texts", "findings", "symptoms"):
            of_map = ids.take([row["report_id"] for row in rows_of(reports, ("report_id",))])
            written = dict(zip(*(texts.column(name).to_pylist() for name in ("report_id", "text")), strict=True))
            rows = [_finding(row, written.get(row["report_id"])) for row in rows_of(findings, _OF_FINDING)]
            rows += [_symptom(row) for row in rows_of(symptoms, _OF_SYMPTOM)]
            for row in rows:
                counts[names[0]] += 1
                row.update(common, note_nlp_id=counts[names[0]], note_id=ids.of_part[row.pop("report_id")])
            counts[names[1]] += len(of_map)
            terms.write(rows)
            mapped.write(of_map)
    return counts


def _common(source: Source, options: Options) -> Row:
    """Return what every row has: no concepts, the system, and the day of the run or the one that was asked for."""
    made = source.made if options.date is None else datetime.datetime.combine(options.date, datetime.time())
    return {
        **dict.fromkeys(("section_concept_id", "note_nlp_concept_id", "note_nlp_source_concept_id"), _NO_CONCEPT),
        "nlp_system": notes.shortened(source.system, "nlp_system"),
        "nlp_date": made.date(),
        "nlp_datetime": made,
    }


def _finding(row: Row, text: str | None) -> Row:
    sentence = None
    if text is not None:
        sentence = notes.snippet(text, (row["sentence_start"], row["sentence_end"]), row["start"], row["end"])
    return {**_term(row, row["finding_type"], notes.OF_FINDING), "snippet": sentence or None}


def _symptom(row: Row) -> Row:
    return _term(
        row, row["code"] if row["origin"] == "codes" and row["code"] else row["symptom_type"], notes.OF_SYMPTOM
    )


def _term(row: Row, name: str, columns: tuple[str, ...]) -> Row:
    """Return what findings and symptoms share; `name` stands where there are no words: that column is never null."""
    words = notes.one_line(row["evidence"] or "")
    return {
        "report_id": row["report_id"],
        "snippet": notes.shortened(words, "snippet") or None,
        "offset": None if row["start"] is None else str(row["start"]),
        "lexical_variant": notes.shortened(words or name, "lexical_variant"),
        "term_exists": notes.exists(row),
        "term_temporal": notes.time_of(row),
        "term_modifiers": notes.modifiers(row, columns),
    }


@contextmanager
def _rows_to(path: Path, schema: pa.Schema) -> Iterator[Rows]:
    """Open a CSV or Parquet file of a schema, by its ending."""
    if path.suffix == ".parquet":
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            yield _ParquetRows(writer, schema)
        return
    with text_file(path) as file:
        table = csv.DictWriter(file, schema.names, lineterminator="\n")
        table.writeheader()
        yield _CsvRows(table)


@dataclass(frozen=True, slots=True)
class _ParquetRows:
    writer: pq.ParquetWriter
    schema: pa.Schema

    def write(self, rows: list[Row]) -> None:
        self.writer.write_table(pa.Table.from_pylist(rows, self.schema))


@dataclass(frozen=True, slots=True)
class _CsvRows:
    writer: csv.DictWriter[str]

    def write(self, rows: list[Row]) -> None:
        self.writer.writerows(_as_text(row) for row in rows)


def _as_text(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row with its times as databases read them."""
    return {
        name: value.isoformat(" ") if isinstance(value, datetime.datetime) else value for name, value in row.items()
    }
