"""One DuckDB file: every table with its declared types and meanings, and views for the five commonest questions.

A view is a file of `views/`: its first lines, a comment, say what it answers, the rest is its SELECT.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from spinelink import schemas
from spinelink.errors import EngineError, OutputError
from spinelink.exports.options import Options
from spinelink.exports.source import Source

if TYPE_CHECKING:
    import duckdb

VIEWS: tuple[str, ...] = (
    "stenosis_by_level",
    "findings_by_type",
    "links_by_symptom",
    "audit_rates",
    "avoidable_yet_actionable",
)
_TYPES = {
    "string": "VARCHAR", "large_string": "VARCHAR", "bool": "BOOLEAN", "int16": "SMALLINT", "int32": "INTEGER",
    "int64": "BIGINT", "float32": "FLOAT", "date32": "DATE", "list<string>": "VARCHAR[]", "list<int32>": "INTEGER[]",
    "map<string,string>": "MAP(VARCHAR, VARCHAR)",
}  # fmt: skip
_OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
"""Nothing is fetched."""
_MEMORY = "1GB"
"""What DuckDB may hold before it goes to the disk."""


@dataclass(frozen=True, slots=True)
class View:
    """A view: what it answers, and its SELECT."""

    name: str
    meaning: str
    select: str


def views() -> list[View]:
    """Return the views that the package has."""
    return [_view(name, (files("spinelink.exports") / "views" / f"{name}.sql").read_text("utf-8")) for name in VIEWS]


def _view(name: str, text: str) -> View:
    lines = text.splitlines()
    head = [line.removeprefix("--").strip() for line in lines if line.startswith("--")]
    select = "\n".join(line for line in lines if not line.startswith("--"))
    return View(name, " ".join(head), select.strip().rstrip(";"))


def write(source: Source, path: Path, options: Options) -> dict[str, int]:
    """Write the database and return the rows of each table; raises EngineError where DuckDB is not installed."""
    try:
        import duckdb
    except ImportError:
        raise EngineError("DuckDB is not installed; pip install 'spinelink[duckdb]'") from None
    try:
        with duckdb.connect(str(path), config=dict(_OFFLINE)) as database:
            database.execute(f"SET temp_directory = {_quoted(str(path.parent / 'spilled'))}")
            database.execute(f"SET memory_limit = '{_MEMORY}'")
            counts = {name: _fill(database, source, table) for name, table in schemas.tables().items()}
            _describe(database, source)
            for view in views():
                database.execute(f"CREATE VIEW {view.name} AS {view.select}")
                database.execute(f"COMMENT ON VIEW {view.name} IS {_quoted(view.meaning)}")
            database.execute("CHECKPOINT")
    except duckdb.Error as error:
        raise OutputError(f"{path.name}: the database cannot be written ({type(error).__name__})") from None
    return counts


def _fill(database: duckdb.DuckDBPyConnection, source: Source, table: schemas.Table) -> int:
    """Create one table, copy its parts into it, and return its rows."""
    columns = ", ".join(f'"{c.name}" {_type(c)}{"" if c.nullable else " NOT NULL"}' for c in table.columns)
    database.execute(f"CREATE TABLE {table.name} ({columns})")
    database.execute(f"COMMENT ON TABLE {table.name} IS {_quoted(table.meaning)}")
    for column in table.columns:
        database.execute(f'COMMENT ON COLUMN {table.name}."{column.name}" IS {_quoted(column.meaning)}')
    count = 0
    database.begin()
    for part in source.parts(table.name):
        database.register("part", part)
        database.execute(f"INSERT INTO {table.name} SELECT * FROM part")
        database.unregister("part")
        count += part.num_rows
    database.commit()
    return count


def _type(column: schemas.Column) -> str:
    """Return the type of a column; closed names are an ENUM, which sorts in declared order."""
    if column.type == "dict":
        return f"ENUM ({', '.join(map(_quoted, column.values))})" if column.values else "VARCHAR"
    return _TYPES[column.type]


def _describe(database: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Write the table `about`: what the database is of."""
    database.execute("CREATE TABLE about (name VARCHAR, value VARCHAR)")
    about = {"spinelink": source.version, **source.identity, "schema": schemas.SCHEMA_VERSION}
    database.executemany("INSERT INTO about VALUES (?, ?)", [(name, str(value)) for name, value in about.items()])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
