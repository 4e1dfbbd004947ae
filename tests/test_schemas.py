"""The declared tables agree with their contract, and what breaks a declaration is refused by table and column."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spinelink import schemas, vocabulary
from spinelink.errors import SchemaError
from spinelink.records import Finding, Measurement, Mention, Reject, Report, Section, Statement, Study

CONTRACT = Path(__file__).resolve().parents[2] / "shared" / "tables.tsv"
TABLES = (
    "reports", "texts", "sections", "findings", "measurements", "symptoms", "links", "audit", "levels", "discrepancies",
    "statements", "rejects",
)  # fmt: skip
ALL_BUT_END = "report_id, measurement_id, finding_id, kind, value, unit, prior_value, level, start"
NAME = re.compile(r"[A-Za-z0-9_]+")


def contract() -> dict[str, list[dict[str, str]]]:
    """Return the rows of the contract by table."""
    if not CONTRACT.is_file():
        pytest.skip("the contract lies beside the checkout, and is not there")
    rows = csv.DictReader(CONTRACT.read_text(encoding="utf-8").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    found: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        found.setdefault(row["table"], []).append(row)
    return found


def names_of(table: pa.Table, column: str) -> list[str]:
    """Return the dictionary of a column's first chunk."""
    chunk: Any = table.column(column).chunk(0)
    return list(chunk.dictionary.to_pylist())


def measurement_rows(**changed: list[Any]) -> dict[str, list[Any]]:
    """Return the columns of one good row of measurements, some of them changed."""
    good: dict[str, list[Any]] = {
        "report_id": ["a"], "measurement_id": [0], "finding_id": [None], "kind": ["slip"], "value": [4.0],
        "unit": ["mm"], "prior_value": [None], "level": ["L4-L5"], "start": [3], "end": [7],
    }  # fmt: skip
    return good | changed


def statement_rows(**changed: list[Any]) -> dict[str, list[Any]]:
    """Return the columns of one good row of statements, some of them changed."""
    good: dict[str, list[Any]] = {
        "report_id": ["a"], "kind": ["recommendation"], "detail": ["ct"], "section": ["impression"], "start": [0],
        "end": [4], "rule_id": ["STM-1"],
    }  # fmt: skip
    return good | changed


def test_tables_are_those_of_the_design() -> None:
    assert tuple(schemas.tables()) == TABLES


@pytest.mark.parametrize("name", TABLES)
def test_table_has_the_columns_types_and_nulls_of_the_contract(name: str) -> None:
    declared = [(c.name, c.type, "yes" if c.nullable else "no") for c in schemas.table(name).columns]
    assert declared == [(row["column"], row["type"], row["null"]) for row in contract()[name]]


@pytest.mark.parametrize("name", TABLES)
def test_closed_values_hold_those_that_the_contract_lists(name: str) -> None:
    for row, column in zip(contract()[name], schemas.table(name).columns, strict=True):
        cell = re.split(r"[:;(]", row["values or meaning"])[0]
        listed = [value.strip() for value in cell.split(",")]
        if column.values and len(listed) > 1 and all(NAME.fullmatch(value) for value in listed):
            assert set(listed) - {"empty"} <= set(column.values), column.where


@pytest.mark.parametrize("name", TABLES)
def test_every_table_and_column_is_explained(name: str) -> None:
    table = schemas.table(name)
    assert table.meaning.endswith(".")
    assert [c.where for c in table.columns if not c.meaning] == []


@pytest.mark.parametrize("name", TABLES)
def test_every_dictionary_column_declares_its_values(name: str) -> None:
    for column in schemas.table(name).columns:
        if column.type == "dict":
            assert column.values or column.form, column.where
            assert pa.types.is_signed_integer(column.index), column.where


def test_columns_that_the_vocabulary_closes_hold_it_in_its_order() -> None:
    findings = {c.name: c.values for c in schemas.table("findings").columns}
    assert findings["finding_type"] == tuple(vocabulary.FINDINGS)
    assert findings["group"] == tuple(vocabulary.FINDING_GROUPS)
    assert findings["level"] == vocabulary.LEVELS
    assert findings["severity"] == vocabulary.SEVERITIES
    assert set(findings["subtype"]) == {name for names in vocabulary.SUBTYPES.values() for name in names}


@pytest.mark.parametrize(
    ("record", "table", "apart"),
    [
        pytest.param(Report, "reports", {"codes", "reason", "text"}, id="report"),
        pytest.param(Study, "reports", set(), id="study"),
        pytest.param(Section, "sections", {"body", "elsewhere"}, id="section"),
        pytest.param(Mention, "findings", {"group", "level", "elliptic", "needs_level", "words"}, id="mention"),
        pytest.param(Finding, "findings", {"mention", "category", "level_spans"}, id="finding"),
        pytest.param(Measurement, "measurements", set(), id="measurement"),
        pytest.param(Statement, "statements", {"category"}, id="statement"),
        pytest.param(Reject, "rejects", set(), id="reject"),
    ],
)
def test_what_a_record_says_has_a_column(record: type[Any], table: str, apart: set[str]) -> None:
    columns = {c.name for c in schemas.table(table).columns}
    assert {f.name for f in fields(record)} - apart <= columns


@pytest.mark.parametrize("name", TABLES)
def test_empty_table_keeps_its_types_through_a_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "part.parquet"
    pq.write_table(schemas.empty(name), path)
    read = pq.read_table(path)
    assert read.num_rows == 0
    assert read.schema.equals(schemas.table(name).schema)
    schemas.check(read, name)


def test_rows_come_back_from_a_file_over_the_declared_dictionary(tmp_path: Path) -> None:
    table = schemas.build("measurements", measurement_rows())
    pq.write_table(table, tmp_path / "part.parquet")
    read = pq.read_table(tmp_path / "part.parquet")
    assert read.equals(table)
    assert names_of(read, "unit") == ["mm", "percent", "degree"]


def test_rows_keep_their_order_and_missing_values_are_null() -> None:
    rows = {name: values * 2 for name, values in measurement_rows(value=[1.5]).items()} | {"finding_id": [7, None]}
    assert schemas.build("measurements", rows).column("finding_id").to_pylist() == [7, None]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        pytest.param(
            measurement_rows(unit=["secret words"]),
            "measurements.unit: a value that is not declared; declared are mm, percent, degree",
            id="closed",
        ),
        pytest.param(measurement_rows(unit=[None]), "measurements.unit: null in a column that has none", id="null"),
        pytest.param(measurement_rows(value=["secret"]), "measurements.value: a value that is no float32", id="type"),
        pytest.param(measurement_rows(start=[2**40]), "measurements.start: a value that is no int32", id="range"),
        pytest.param(measurement_rows(kind=[["x"]]), "measurements.kind: a value that is no dict", id="unhashable"),
    ],
)
def test_build_names_the_column_and_not_the_value(rows: dict[str, list[Any]], message: str) -> None:
    with pytest.raises(SchemaError) as raised:
        schemas.build("measurements", rows)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            lambda t: t.drop_columns(["end"]),
            f"measurements: columns are {ALL_BUT_END}; declared are {ALL_BUT_END}, end",
            id="missing",
        ),
        pytest.param(
            lambda t: t.set_column(4, "value", pa.array([1.0], pa.float64())),
            "measurements.value: type is double, declared is float",
            id="type",
        ),
        pytest.param(
            lambda t: t.set_column(5, "unit", pa.array(["mile"]).dictionary_encode().cast(t.schema.field("unit").type)),
            "measurements.unit: a value that is not declared; declared are mm, percent, degree",
            id="closed",
        ),
        pytest.param(
            lambda t: t.set_column(0, "report_id", pa.array([None], pa.string())),
            "measurements.report_id: null in a column that has none",
            id="null",
        ),
        pytest.param(
            lambda t: t.set_column(9, "end", pa.array([2], pa.int32())),
            "measurements.start and measurements.end: a span that ends before it starts, or starts before the text",
            id="span",
        ),
    ],
)
def test_check_names_what_differs(change: Callable[[pa.Table], pa.Table], message: str) -> None:
    table = schemas.build("measurements", measurement_rows())
    schemas.check(table, "measurements")
    with pytest.raises(SchemaError) as raised:
        schemas.check(change(table), "measurements")
    assert str(raised.value) == message


def test_check_refuses_a_rule_id_of_another_form() -> None:
    table = schemas.build("statements", statement_rows(rule_id=["the patient's words"]))
    with pytest.raises(SchemaError, match=re.escape("statements.rule_id: a value that is no rule id")):
        schemas.check(table, "statements")


def test_check_refuses_a_list_with_a_name_that_is_not_declared() -> None:
    regions = schemas.empty("reports").schema.get_field_index("regions")
    table = schemas.empty("reports").set_column(regions, "regions", pa.array([], pa.list_(pa.string())))
    schemas.check(table, "reports")
    columns: dict[str, list[Any]] = {c.name: [None] for c in schemas.table("reports").columns}
    given: dict[str, list[Any]] = {
        "report_id": ["a"], "regions": [["lumbar", "elbow"]], "source": ["a"], "record": [0], "n_chars": [1],
        "is_spine": [True], "quality_limits": [[]], "n_findings": [0],
    }  # fmt: skip
    with pytest.raises(SchemaError, match=r"^reports\.regions: a value that is not declared"):
        schemas.check(schemas.build("reports", columns | given), "reports")


def test_joined_parts_have_one_chunk_and_one_dictionary_whatever_the_cut() -> None:
    rows = [statement_rows(rule_id=[rule]) for rule in ("STM-9", "STM-1", "STM-5", "STM-1")]
    parts = [schemas.build("statements", row) for row in rows]
    whole = schemas.build("statements", {name: [v for row in rows for v in row[name]] for name in rows[0]})
    for cut in ([parts], [parts[:1], parts[1:]], [parts[:3], parts[3:]]):
        joined = schemas.join([schemas.join(some, "statements") for some in cut], "statements")
        assert joined.equals(whole)
        assert joined.column("rule_id").num_chunks == 1
        assert names_of(joined, "rule_id") == ["STM-1", "STM-5", "STM-9"]


def test_unknown_table_is_named_with_the_known_ones() -> None:
    with pytest.raises(SchemaError, match=r"^no table 'spines'; the tables are reports, texts, "):
        schemas.table("spines")


def test_data_dictionary_names_every_column_once() -> None:
    text = schemas.markdown()
    for table in schemas.tables().values():
        assert text.count(f"\n## {table.name}\n") + text.startswith(f"## {table.name}\n") == 1
        part = schemas.markdown([table.name])
        assert part in text
        assert [re.match(r"\| `(\w+)` \|", line)[1] for line in part.splitlines() if line.startswith("| `")] == [  # type: ignore[index]
            c.name for c in table.columns
        ]
