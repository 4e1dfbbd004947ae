"""Every table and column, declared once in `tables.tsv`: Arrow schemas, checks and the data dictionary derive from it.

A column's `values` are closed names in declared order, written out or as `vocabulary.NAME`, or one open form:
`<rule id>` (ids of lexicon rows and rules) or `<name>` (lower-case names that lexicons may extend). Its `content` says
what it can hold of a report or a person: `CONTENTS` says what each means.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from spinelink import __version__, vocabulary
from spinelink.errors import SchemaError

SCHEMA_VERSION = 1
_OPEN_FORMS = {
    "<rule id>": re.compile(r"[A-Z]+(-[A-Z0-9]+)*-\d+[a-z]?(\+[A-Z]+(-[A-Z0-9]+)*-\d+[a-z]?)*"),
    "<name>": re.compile(r"[a-z0-9]+(_[a-z0-9]+)*"),
}
CONTENTS: dict[str, str] = {
    "closed": "names, codes and rule ids of this package and its lexicons",
    "number": "counts, places and measured values",
    "duration": "days",
    "words": "plain words of this package, nothing copied from a report",
    "message": "plain words of this package, with names of columns, files or codes of the input",
    "age": "age in years",
    "date": "dates",
    "id": "identifiers of reports, studies, patients and sites",
    "path": "names of input files",
    "person": "names of staff",
    "label": "free fields of the input",
    "text": "report text",
    "hash": "digest of report text",
}
"""What a column can hold, from the least to the most telling but for the last."""
_SMALL_INDEX = 127
_PLAIN_TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "large_string": pa.large_string(),
    "bool": pa.bool_(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float32": pa.float32(),
    "date32": pa.date32(),
    "list<string>": pa.list_(pa.string()),
    "list<int32>": pa.list_(pa.int32()),
    "map<string,string>": pa.map_(pa.string(), pa.string()),
}
_SPANS = (("start", "end"), ("sentence_start", "sentence_end"))


@dataclass(frozen=True)
class Column:
    """One declared column; `values` are its closed names in order, `form` its open form, either may be empty.

    `content` is one of CONTENTS.
    """

    table: str
    name: str
    type: str
    nullable: bool
    content: str
    values: tuple[str, ...]
    form: str
    meaning: str

    @property
    def where(self) -> str:
        """The column as errors name it."""
        return f"{self.table}.{self.name}"

    @cached_property
    def arrow(self) -> pa.DataType:
        """The Arrow type."""
        return pa.dictionary(self.index, pa.string()) if self.type == "dict" else _PLAIN_TYPES[self.type]

    @cached_property
    def index(self) -> Any:
        """The integers of a dictionary: signed, for pandas reads no others."""
        return pa.int8() if self.values and len(self.values) <= _SMALL_INDEX else pa.int16()

    @cached_property
    def codes(self) -> dict[object, int | None]:
        """The place of each closed name in the dictionary."""
        return {None: None, **{value: place for place, value in enumerate(self.values)}}

    @cached_property
    def dictionary(self) -> pa.StringArray:
        """The closed names as the dictionary that every file holds."""
        return pa.array(self.values, pa.string())


@dataclass(frozen=True)
class Table:
    """One declared table and what a row of it is."""

    name: str
    meaning: str
    columns: tuple[Column, ...]

    @cached_property
    def schema(self) -> pa.Schema:
        """The Arrow schema, without the metadata of a run."""
        return pa.schema([pa.field(c.name, c.arrow, nullable=c.nullable) for c in self.columns])


@cache
def tables() -> dict[str, Table]:
    """Return every declared table by name, in order."""
    lines = (files("spinelink") / "tables.tsv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {
        row["table"]: Table(
            row["table"],
            row["meaning"],
            tuple(_column(r) for r in rows if r["table"] == row["table"] and r["column"]),
        )
        for row in rows
        if not row["column"]
    }


def _column(row: Mapping[str, str]) -> Column:
    form = row["values"] if row["values"] in _OPEN_FORMS else ""
    values = () if form else _closed(row["values"])
    nullable, content = row["null"] == "yes", row["content"]
    assert content in CONTENTS, f"{row['table']}.{row['column']}: no content {content!r}"
    return Column(row["table"], row["column"], row["type"], nullable, content, values, form, row["meaning"])


def _closed(cell: str) -> tuple[str, ...]:
    """Return the closed names of a cell; a mapping of the vocabulary stands for its keys, or for the names it lists."""
    names: dict[str, None] = {}
    for item in filter(None, (part.strip() for part in cell.split(","))):
        if not item.startswith("vocabulary."):
            names[item] = None
            continue
        value = getattr(vocabulary, item.removeprefix("vocabulary."))
        if isinstance(value, dict) and all(isinstance(listed, tuple) for listed in value.values()):
            value = [name for listed in value.values() for name in listed]
        names.update(dict.fromkeys(value))
    return tuple(names)


def table(name: str) -> Table:
    """Return one declared table; SchemaError names the known ones."""
    if name not in tables():
        raise SchemaError(f"no table {name!r}; the tables are {', '.join(tables())}")
    return tables()[name]


def metadata(fingerprint: str) -> dict[str, str]:
    """Return what stands in the metadata of every Parquet file of a run."""
    return {
        "spinelink.schema": str(SCHEMA_VERSION),
        "spinelink.version": __version__,
        "spinelink.lexicon": fingerprint,
    }


def build(name: str, columns: Mapping[str, Sequence[object]]) -> pa.Table:
    """Return the table of these columns (one list each, all of one length), in declared order and types.

    Raises SchemaError naming table and column, never the value, which may be report text.
    """
    declared = table(name)
    if set(columns) != {c.name for c in declared.columns}:
        odd = sorted(set(columns) ^ {c.name for c in declared.columns})
        raise SchemaError(f"{name}: columns missing or not declared: {', '.join(odd)}")
    arrays = [_encoded(columns[c.name], c) for c in declared.columns]
    return pa.Table.from_arrays(arrays, schema=declared.schema)


@cache
def empty(name: str) -> pa.Table:
    """Return the table without rows, with its full types."""
    return build(name, {c.name: [] for c in table(name).columns})


def _encoded(values: Sequence[object], column: Column) -> pa.Array[Any]:
    try:
        if column.type != "dict":
            array = pa.array(values, column.arrow)
        elif column.form:
            array = _sorted_dictionary(pa.array(values, pa.string()), column)
        else:
            indices: Any = pa.array(map(column.codes.__getitem__, values), column.index, size=len(values))
            array = pa.DictionaryArray.from_arrays(indices, column.dictionary)
    except KeyError:
        raise SchemaError(f"{column.where}: a value that is not declared; declared are {_listed(column)}") from None
    except (pa.ArrowException, TypeError, OverflowError):
        raise SchemaError(f"{column.where}: a value that is no {column.type}") from None
    if not column.nullable and array.null_count:
        raise SchemaError(f"{column.where}: null in a column that has none")
    return array


def _sorted_dictionary(values: pa.Array[Any], column: Column) -> pa.DictionaryArray[Any, Any]:
    """Return an open column over the sorted names that occur, so that equal rows give equal bytes."""
    names = pc.unique(values).drop_null()
    names = names.take(pc.sort_indices(names))
    return pa.DictionaryArray.from_arrays(pc.index_in(values, names).cast(column.index), names)


def join(parts: Sequence[pa.Table], name: str) -> pa.Table:
    """Return the parts of one table as one, each column a single chunk over its canonical dictionary."""
    declared = table(name)
    if not parts:
        return empty(name)
    whole = pa.concat_tables([part.replace_schema_metadata() for part in parts])
    arrays = [_canonical(whole.column(place), column) for place, column in enumerate(declared.columns)]
    return pa.Table.from_arrays(arrays, schema=declared.schema)


def _canonical(values: pa.ChunkedArray[Any], column: Column) -> pa.Array[Any]:
    if column.type != "dict":
        return _one_chunk(values)  # type: ignore[no-any-return]
    chunks: list[Any] = values.chunks
    if column.values and all(chunk.dictionary.equals(column.dictionary) for chunk in chunks):
        indices = _one_chunk(pa.chunked_array([chunk.indices.cast(column.index) for chunk in chunks], column.index))
        return pa.DictionaryArray.from_arrays(indices, column.dictionary)
    texts = _one_chunk(pa.chunked_array([chunk.cast(pa.string()) for chunk in chunks], pa.string()))
    if column.form:
        return _sorted_dictionary(texts, column)
    return pa.DictionaryArray.from_arrays(pc.index_in(texts, column.dictionary).cast(column.index), column.dictionary)


def _one_chunk(values: Any) -> Any:
    return pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)


def check(rows: pa.Table, name: str) -> None:
    """Pass if the table agrees with its declaration: names, order, types, nulls, closed values, spans.

    Raises SchemaError naming table and column.
    """
    declared = table(name)
    names = [c.name for c in declared.columns]
    if rows.column_names != names:
        raise SchemaError(f"{name}: columns are {', '.join(rows.column_names)}; declared are {', '.join(names)}")
    for column in declared.columns:
        _check_column(rows.column(column.name), column)
    for start, end in _SPANS:
        if start in names and end in names:
            _check_span(rows.column(start), rows.column(end), f"{name}.{start} and {name}.{end}")


def _check_column(values: pa.ChunkedArray[Any], column: Column) -> None:
    if not values.type.equals(column.arrow):
        raise SchemaError(f"{column.where}: type is {values.type}, declared is {column.arrow}")
    if not column.nullable and values.null_count:
        raise SchemaError(f"{column.where}: null in a column that has none")
    used = _names_used(values, column)
    if column.form and not all(_OPEN_FORMS[column.form].fullmatch(value or "") for value in used):
        raise SchemaError(f"{column.where}: a value that is no {column.form.strip('<>')}")
    if column.values and not used <= set(column.values):
        raise SchemaError(f"{column.where}: a value that is not declared; declared are {_listed(column)}")


def _names_used(values: pa.ChunkedArray[Any], column: Column) -> set[str | None]:
    """Return the names in lists of closed names or in a dictionary but the declared one; nothing for other columns."""
    if column.type == "dict":
        chunks: list[Any] = values.chunks
        dictionaries = [chunk.dictionary for chunk in chunks]
        if column.values and all(names.equals(column.dictionary) for names in dictionaries):
            return set()
        return {name for names in dictionaries for name in names.to_pylist()}
    if column.type == "list<string>" and column.values:
        return set(pc.unique(pc.list_flatten(values)).to_pylist())
    return set()


def _check_span(start: pa.ChunkedArray[Any], end: pa.ChunkedArray[Any], where: str) -> None:
    if pc.any(pc.or_kleene(pc.less(start, pa.scalar(0, start.type)), pc.less(end, start))).as_py():
        raise SchemaError(f"{where}: a span that ends before it starts, or starts before the text")


def _listed(column: Column) -> str:
    return ", ".join(value or '""' for value in column.values)


def markdown(names: Iterable[str] = ()) -> str:
    """Return the data dictionary of these tables, of all where none is named, as Markdown."""
    chosen = [table(name) for name in names] or list(tables().values())
    return "\n".join(line for one in chosen for line in _markdown_of(one)).rstrip() + "\n"


def _markdown_of(one: Table) -> list[str]:
    rows = [
        f"| `{c.name}` | {c.type} | {'yes' if c.nullable else 'no'} | {c.content} | {_cell(c)} |" for c in one.columns
    ]
    return [
        f"## {one.name}", "", one.meaning, "",
        "| column | type | null | content | meaning |", "| --- | --- | --- | --- | --- |", *rows, "",
    ]  # fmt: skip


def _cell(column: Column) -> str:
    values = f"{column.meaning}: " if column.meaning and column.values else column.meaning
    return (values + ", ".join(f"`{value}`" if value else "empty" for value in column.values)).replace("|", "\\|")
