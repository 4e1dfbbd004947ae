"""The database holds every table as it is declared, and its views answer as pandas does over the tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

import spinelink
from spinelink import schemas, store, vocabulary
from spinelink.exports import database as writer
from spinelink.exports.source import TEXT_COLUMNS

Archive = Callable[[bool], Path]
CLASSES = [
    "insufficient_information", "potentially_avoidable", "policy_dependent", "indicated_red_flag",
    "indicated_neuro_deficit", "indicated_postoperative", "indicated_persistent",
]  # fmt: skip


@pytest.fixture(scope="module")
def path(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("database") / "spine.duckdb"
    spinelink.export(archive(True), "duckdb", out)
    return out


@pytest.fixture
def database(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(path), read_only=True) as opened:
        yield opened


def rows(run: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of a table of a run, nulls as None."""
    frame = spinelink.read(run, name).astype(object)
    return [{str(key): plain(value) for key, value in row.items()} for row in frame.to_dict("records")]


def records(database: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    answer = database.execute(query)
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


@pytest.mark.parametrize("name", schemas.tables())
def test_every_table_is_there_as_declared(name: str, archive: Archive, database: duckdb.DuckDBPyConnection) -> None:
    told = pd.read_parquet(archive(True) / name, partitioning=None).to_dict("records")
    shown = records(database, f"SELECT * FROM {name}")
    columns = schemas.table(name).columns
    assert len(shown) == store.manifest_of(archive(True))["tables"][name] == len(told)
    for row, same in zip(shown, told, strict=True):
        assert list(row) == [column.name for column in columns]
        for column in columns:
            assert plain(row[column.name]) == plain(same[column.name]), column.name


def plain(value: Any) -> Any:
    """Return a value as both libraries can give it."""
    if isinstance(value, dict):
        return sorted(value.items())
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return sorted(value) if value and isinstance(value[0], tuple) else value
    if value is None or value is pd.NaT or value != value:
        return None
    return pytest.approx(value) if isinstance(value, float) else value


def test_closed_names_sort_in_declared_order(database: duckdb.DuckDBPyConnection) -> None:
    levels = [row["level"] for row in records(database, "SELECT DISTINCT level FROM findings ORDER BY level")]
    declared = next(column.values for column in schemas.table("findings").columns if column.name == "level")
    assert levels == [level for level in declared if level in levels]
    assert len(levels) > 10


def test_the_data_dictionary_is_in_the_comments(database: duckdb.DuckDBPyConnection) -> None:
    shown = {(row["table_name"], row["column_name"]): row["comment"] for row in records(
        database, "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
    )}  # fmt: skip
    for table in schemas.tables().values():
        assert all(shown[table.name, column.name] == column.meaning for column in table.columns)


def test_it_says_what_it_is_of(archive: Archive, database: duckdb.DuckDBPyConnection) -> None:
    about = {row["name"]: row["value"] for row in records(database, "SELECT * FROM about")}
    assert about["spinelink"] == spinelink.__version__
    assert about["run_key"] == store.manifest_of(archive(True))["key"]


def test_without_text_the_columns_that_quote_are_empty(archive: Archive, tmp_path: Path) -> None:
    for name, run in (("of-run", archive(False)), ("of-export", archive(True))):
        spinelink.export(run, "duckdb", tmp_path / name, text=False)
        with duckdb.connect(str(tmp_path / name), read_only=True) as opened:
            assert opened.execute("SELECT count(*) FROM texts").fetchall() == [(0,)]
            for table, columns in TEXT_COLUMNS.items():
                for column in columns:
                    assert opened.execute(f"SELECT count({column}) FROM {table}").fetchall() == [(0,)]


def test_the_views_are_those_of_the_package(database: duckdb.DuckDBPyConnection) -> None:
    shown = records(database, "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY view_name")
    assert [(row["view_name"], row["comment"]) for row in shown] == sorted((v.name, v.meaning) for v in writer.views())
    folder = Path(writer.__file__).parent / "views"
    assert {file.stem for file in folder.iterdir() if file.suffix == ".sql"} == set(writer.VIEWS)
    assert len(writer.VIEWS) == 5


def test_every_view_says_the_same_without_text(
    archive: Archive, database: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    spinelink.export(archive(False), "duckdb", tmp_path / "without")
    with duckdb.connect(str(tmp_path / "without"), read_only=True) as without:
        for name in writer.VIEWS:
            rows_shown = without.execute(f"SELECT * FROM {name}").fetchall()
            assert rows_shown == database.execute(f"SELECT * FROM {name}").fetchall()
            assert rows_shown


def test_stenosis_by_level(archive: Archive, database: duckdb.DuckDBPyConnection) -> None:
    shown = {
        (row["report_id"], row["level"], row["structure"], row["side"]): row["grade"]
        for row in records(database, "SELECT * FROM stenosis_by_level")
    }
    columns = {
        "canal": ("canal", ""), "left_foramen": ("foramen", "left"), "right_foramen": ("foramen", "right"),
        "left_recess": ("recess", "left"), "right_recess": ("recess", "right"),
    }  # fmt: skip
    told = {
        (row["report_id"], row["level"], *place): row[column]
        for row in spinelink.read(archive(True), "levels").to_dict("records")
        for column, place in columns.items()
        if row[column] != "not_mentioned"
    }
    assert shown == told
    assert shown["4711", "L4-L5", "canal", ""] == "moderate"


def test_findings_by_type(archive: Archive, database: duckdb.DuckDBPyConnection) -> None:
    reports = {row["report_id"]: row for row in rows(archive(True), "reports") if row["is_spine"]}
    said: dict[tuple[str, str], set[str]] = {}
    for row in rows(archive(True), "findings"):
        if row["superseded_by"] is None:
            said.setdefault((row["report_id"], row["finding_type"]), set()).add(row["assertion"])
    told: dict[tuple[str, str], dict[str, int]] = {}
    for (report_id, finding_type), assertions in said.items():
        best = min(assertions, key=vocabulary.ASSERTIONS.index)
        key = "+".join(reports[report_id]["regions"]), finding_type
        told.setdefault(key, dict.fromkeys(vocabulary.ASSERTIONS, 0))[best] += 1
    shown = {(row["regions"], row["finding_type"]): row for row in records(database, "SELECT * FROM findings_by_type")}
    assert {key: {name: row[name] for name in vocabulary.ASSERTIONS} for key, row in shown.items()} == told
    regions = Counter("+".join(row["regions"]) for row in reports.values())
    for (of, _), row in shown.items():
        assert row["reports"] == regions[of] == sum(row[name] for name in (*vocabulary.ASSERTIONS, "not_mentioned"))
        assert row["present_share"] == pytest.approx(row["present"] / row["reports"])


def test_links_by_symptom(archive: Archive, database: duckdb.DuckDBPyConnection) -> None:
    said: dict[tuple[str, str], set[str | None]] = {}
    for row in rows(archive(True), "symptoms"):
        if row["kind"] == "symptom" and row["assertion"] == "present":
            said.setdefault((row["symptom_type"], row["report_id"]), set()).add(row["best_relation"])
    told: dict[str, dict[str, int]] = {}
    for (symptom, _), relations in said.items():
        best = next((relation for relation in vocabulary.RELATIONS if relation in relations), "not_judged")
        told.setdefault(symptom, dict.fromkeys((*vocabulary.RELATIONS, "not_judged"), 0))[best] += 1
    shown = {row["symptom_type"]: row for row in records(database, "SELECT * FROM links_by_symptom")}
    assert {symptom: {name: row[name] for name in told[symptom]} for symptom, row in shown.items()} == told
    for symptom, row in shown.items():
        assert row["reports"] == sum(told[symptom].values())
        assert row["concordant_share"] == pytest.approx(row["concordant"] / row["reports"])


def test_audit_rates_are_those_of_the_audit(archive: Archive, database: duckdb.DuckDBPyConnection) -> None:
    shown = {row["policy"]: row for row in records(database, "SELECT * FROM audit_rates")}
    audited = spinelink.audit(archive(True))
    compared = 0
    for given in audited["rates"].to_dict("records"):
        row = {str(key): value for key, value in given.items()}
        name = str(row.pop("policy"))
        ours = shown.get(name) or shown[name.split(",")[0]]
        assert {key: ours[key] for key in row} == {key: pytest.approx(value) for key, value in row.items()}
        compared += 1
    assert compared == 4
    classes = audited["classes"].set_index("class").requests
    assert {name: shown["lenient"][name] for name in CLASSES} == classes.to_dict()
    assert shown["lenient"]["reports"] == len(spinelink.read(archive(True), "audit"))


def test_avoidable_yet_actionable(archive: Archive, database: duckdb.DuckDBPyConnection) -> None:
    audit = spinelink.read(archive(True), "audit")
    told = audit[(audit.class_lenient == "potentially_avoidable") & (audit.actionable_findings.map(len) > 0)]
    shown = records(database, "SELECT * FROM avoidable_yet_actionable")
    assert [row["report_id"] for row in shown] == sorted(told.report_id)
    assert [list(row["actionable_findings"]) for row in shown] == [
        list(found) for _, found in sorted(zip(told.report_id, told.actionable_findings, strict=True))
    ]


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch, archive: Archive, tmp_path: Path) -> None:
    usual, seen = duckdb.connect, []

    def watched(*where: Any, **how: Any) -> duckdb.DuckDBPyConnection:
        opened = usual(*where, **how)
        seen.append(
            opened.execute("SELECT value FROM duckdb_settings() WHERE name LIKE 'auto%known_extensions'").fetchall()
        )
        return opened

    monkeypatch.setattr(duckdb, "connect", watched)
    spinelink.export(archive(True), "duckdb", tmp_path / "out")
    assert seen == [[("false",), ("false",)]]
