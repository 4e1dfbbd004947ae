"""Tables within a row: a batch of reports is one row, and each of its tables a list of structs in a column.

So one pass over the reports gives every table, and whoever reads one reads that column alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from spinelink import schemas

_SQL_TYPES = {
    "dict": "string",
    "large_string": "string",
    "string": "string",
    "bool": "boolean",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "float32": "float",
    "date32": "date",
    "list<string>": "array<string>",
    "list<int32>": "array<int>",
    "map<string,string>": "map<string,string>",
}
"""What the declared types are in SQL of Spark, which has no dictionaries."""


def sql_schema(tables: Sequence[str]) -> str:
    """Return the schema of rows that hold these tables, in words of SQL."""
    return ", ".join(f"`{name}` array<struct<{_fields(name)}>>" for name in tables)


def _fields(name: str) -> str:
    columns = schemas.table(name).columns
    return ", ".join(f"`{c.name}`: {_SQL_TYPES[c.type]}{'' if c.nullable else ' NOT NULL'}" for c in columns)


def nested(tables: Mapping[str, pa.Table], names: Sequence[str]) -> pa.RecordBatch:
    """Return one row that holds these tables."""
    return pa.RecordBatch.from_arrays([_listed(tables[name]) for name in names], names=list(names))


def _listed(table: pa.Table) -> pa.Array[Any]:
    """Return a list of one element: a list of the table's rows as structs."""
    columns = [_plain(column) for column in table.columns]
    fields = [
        pa.field(field.name, column.type, field.nullable) for field, column in zip(table.schema, columns, strict=True)
    ]
    rows = pa.StructArray.from_arrays(columns, fields=fields)
    return pa.ListArray.from_arrays(pa.array([0, table.num_rows], pa.int32()), rows)


def _plain(column: pa.ChunkedArray[Any]) -> Any:
    values: Any = column.combine_chunks()
    if pa.types.is_dictionary(values.type) or pa.types.is_large_string(values.type):
        return values.cast(pa.string())
    return values
