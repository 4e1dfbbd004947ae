"""Apache Spark, a real one on this machine: the tables of the local engine, whatever becomes of a task."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import spinelink
import spinelink.spark
from spinelink import schemas
from spinelink.analysis import Batch, Extraction, Tabulated
from spinelink.cli import cli
from spinelink.engines import spark as engine
from spinelink.errors import EngineError, InputError, SettingError
from spinelink.lexicon import shipped
from spinelink.settings import IngestOptions, Settings
from spinelink.spark import spark_findings
from spinelink.spark.sources import Reading, Sources
from spinelink.stages import ingest

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.skipif(
    shutil.which("java") is None and "JAVA_HOME" not in os.environ, reason="Spark needs Java, and none was found"
)

MASTER = "local[2,3]"
"""Two cores, and three attempts for a task."""
SETTINGS = Settings(shard_size=8)
TEXT = "FINDINGS: L4-L5: Moderate disc bulge. No canal stenosis."
QUICK = "--conf spark.ui.enabled=false --driver-java-options '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' pyspark-shell"
"""How Java starts: without a page to watch, and without compiling for a long life."""
PLACE = ("source", "record")
"""Where a record stands, which a row of a DataFrame does not say."""


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """The session of all tests."""
    from pyspark import cloudpickle

    taken_along: Callable[[object], None] = cloudpickle.register_pickle_by_value
    taken_along(sys.modules[__name__])  # workers do not find a module of tests
    stack = ExitStack()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYSPARK_SUBMIT_ARGS", QUICK)
        session = stack.enter_context(engine.session(MASTER))
    with stack:
        session.conf.set("spark.sql.shuffle.partitions", "3")
        yield session


@pytest.fixture(scope="module")
def local(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the local engine on the demo corpus."""
    out = tmp_path_factory.mktemp("local") / "tables"
    spinelink.run(demo, out, SETTINGS)
    return out


@pytest.fixture(scope="module")
def whole(spark: SparkSession, demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of Spark on the demo corpus."""
    out = tmp_path_factory.mktemp("spark") / "tables"
    spinelink.spark.run(demo, out, SETTINGS, master=MASTER)
    return out


@pytest.fixture(scope="module")
def table(local: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of the demo corpus as one Parquet file, with rows that cannot be reports."""
    reports, texts = spinelink.read(local, "reports"), spinelink.read(local, "texts")
    rows = reports[["report_id", "patient_id", "study_date", "exam", "age", "sex"]].merge(texts, on="report_id")
    rows = rows.astype({"sex": object}).rename(columns={"text": "report_text"})
    bad = [{"report_id": f"bad-{n}", "report_text": text} for n, text in enumerate(["", None, "a\0b", "x" * 5001])]
    path = tmp_path_factory.mktemp("table") / "reports.parquet"
    rows = pd.concat([rows, pd.DataFrame(bad), rows.iloc[:1]], ignore_index=True)
    rows["n"] = range(len(rows))
    rows.to_parquet(path)
    return path


def rows_of(frame: pd.DataFrame | pa.Table, *without: str) -> list[str]:
    """Return the rows of a table as texts, sorted."""
    table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
    kept = [name for name in table.column_names if name not in without]
    columns = [table[name].cast(pa.string()) if "dict" in str(table[name].type) else table[name] for name in kept]
    return sorted(map(repr, zip(*(column.to_pylist() for column in columns), strict=True)))


def run_rows(run: Path, name: str, *without: str) -> list[str]:
    """Return the rows of a table of a run, sorted."""
    parts = [pq.read_table(file, partitioning=None) for file in sorted((run / name).glob("part-*.parquet"))]
    return rows_of(schemas.join(parts, name), *without)


def frame_rows(frame: DataFrame, *without: str) -> list[str]:
    """Return the rows of a DataFrame of Spark, sorted."""
    return rows_of(frame.toArrow(), *without)


def contents(run: Path) -> dict[str, bytes]:
    """Return the files of a run but its lock, by name."""
    files = [file for file in run.rglob("*") if file.is_file() and file.name != ".lock"]
    return {file.relative_to(run).as_posix(): file.read_bytes() for file in files}


@dataclass(frozen=True)
class Disturbed:
    """Extraction in which `happens` is called first, with the number of the batch of its process."""

    extraction: Extraction
    happens: Callable[[int], None]

    def start(self) -> Callable[[Batch], Tabulated]:
        tabulate, batches = self.extraction.start(), iter(range(10**9))

        def work(batch: Batch) -> Tabulated:
            self.happens(next(batches))
            return tabulate(batch)

        return work


def disturbed(happens: Callable[[int], None]) -> Disturbed:
    return Disturbed(Extraction(shipped(), SETTINGS.shown), happens)


@pytest.mark.parametrize("name", list(schemas.tables()))
def test_tables_are_those_of_the_local_engine(name: str, whole: Path, local: Path) -> None:
    assert run_rows(whole, name) == run_rows(local, name)


def test_manifest_is_that_of_the_local_engine(whole: Path, local: Path) -> None:
    ours, theirs = (json.loads((run / "manifest.json").read_text()) for run in (whole, local))
    assert ours["settings"].pop("engine") == "spark"
    own = ("key", "check")
    assert {k: v for k, v in ours.items() if k not in own} == {k: v for k, v in theirs.items() if k not in own}


def test_run_has_several_parts_in_which_each_report_stands_at_the_same_place(whole: Path) -> None:
    reports, audit = (
        [pq.read_table(p)["report_id"].to_pylist() for p in sorted((whole / n).glob("*.parquet"))]
        for n in ("reports", "audit")
    )
    assert reports == audit
    assert sum(map(bool, reports)) >= 3


def test_audit_reads_the_run(whole: Path, local: Path) -> None:
    ours, theirs = (spinelink.audit(run) for run in (whole, local))
    assert ours["classes"].equals(theirs["classes"])


def test_redact_check_finds_no_stranger(whole: Path) -> None:
    assert CliRunner().invoke(cli, ["redact-check", str(whole)]).exit_code == 0


def test_finished_run_is_kept_and_asks_nothing_of_spark(whole: Path, demo: Path) -> None:
    before = contents(whole)
    again = spinelink.spark.run(demo, whole, SETTINGS, master="spark://nowhere:1")
    assert again.shards_kept == again.manifest["shards"]
    assert contents(whole) == before


def test_run_that_was_stopped_goes_on(whole: Path, demo: Path, spark: SparkSession, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(whole, out)
    (out / "_shards" / "00001.json").unlink()
    (out / "findings" / "part-00002.parquet").write_bytes(b"damaged")
    again = spinelink.spark.run(demo, out, SETTINGS)
    assert again.manifest["shards"] - again.shards_kept == 2
    assert contents(out) == contents(whole)


def test_input_that_went_away_after_it_was_counted_fails_its_task(tmp_path: Path) -> None:
    """Were it a reject, a disk that is away for a moment would cost reports."""
    (tmp_path / "a.txt").write_text(TEXT)
    plan = ingest.plan([tmp_path], IngestOptions())
    files = pa.RecordBatch.from_pydict({"files": [pickle.dumps([(0, plan.files[0])])]})
    read = Reading(Sources.of(plan), frozenset()).start()
    assert [batch.num_rows for batch in read(iter([files]))] == [1]
    (tmp_path / "a.txt").unlink()
    with pytest.raises(InputError, match="an input is not as it was"):
        list(read(iter([files])))


def test_folder_of_the_other_engine_is_refused(local: Path, demo: Path) -> None:
    with pytest.raises(spinelink.errors.OutputError, match="holds another run \\(other settings\\)"):
        spinelink.spark.run(demo, local, SETTINGS)


def test_codes_and_pseudonyms_are_those_of_the_local_engine(root: Path, spark: SparkSession, tmp_path: Path) -> None:
    given, key = root / "tests" / "exports", tmp_path / "key"
    key.write_text("0123456789abcdef" * 4)
    key.chmod(0o600)
    settings = Settings(shard_size=4, codes=str(given / "codes.csv"), deidentify=str(key))
    runs = (spinelink.run, spinelink.spark.run)
    ours, theirs = (run(given / "reports.jsonl", tmp_path / run.__module__, settings) for run in runs)
    assert ours.manifest["codes"] == theirs.manifest["codes"]
    assert ours.manifest["codes"]["joined"]
    assert [run_rows(ours.path, name) for name in schemas.tables()] == [
        run_rows(theirs.path, name) for name in schemas.tables()
    ]


def test_limit_reads_the_first_records(demo: Path, spark: SparkSession, tmp_path: Path) -> None:
    settings = Settings(limit=5, text=False)
    runs = (spinelink.run, spinelink.spark.run)
    ours, theirs = (run(demo, tmp_path / run.__module__, settings) for run in runs)
    assert run_rows(ours.path, "reports") == run_rows(theirs.path, "reports")


def test_command_line_writes_the_run(whole: Path, demo: Path, spark: SparkSession, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--engine", "spark", "--master", MASTER, "--shard-size", "8", "--quiet"]
    done = CliRunner().invoke(cli, ["run", str(demo), "--out", str(out), *options])
    assert (done.exit_code, done.output) == (0, "")
    assert contents(out) == contents(whole)


def test_without_java_the_error_is_one_line(demo: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"} | {"PATH": str(tmp_path)}
    command = [sys.executable, "-m", "spinelink", "run", str(demo), "--out", str(tmp_path / "out"), "--engine", "spark"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    line = "Error: no Java was found, which Spark needs; install Java 17 or set JAVA_HOME\n"
    assert (done.returncode, done.stdout, done.stderr) == (EngineError.exit_code, "", line)


def test_without_pyspark_the_error_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with (
        pytest.raises(EngineError, match=r"Spark is not installed; pip install 'spinelink\[spark\]'"),
        engine.session(None),
    ):
        pass


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(["--master", "local"], "--master is of --engine spark", id="master-of-local"),
        pytest.param(["--engine", "spark", "--workers", "2"], "--workers is of --engine local", id="workers-of-spark"),
    ],
)
def test_options_of_the_other_engine_are_refused(
    options: Sequence[str], message: str, demo: Path, tmp_path: Path
) -> None:
    done = CliRunner().invoke(cli, ["run", str(demo), "--out", str(tmp_path / "out"), *options])
    assert done.exit_code == SettingError.exit_code
    assert done.output.startswith(f"Error: {message}")


@pytest.mark.parametrize("name", list(schemas.tables()))
def test_frame_gives_the_tables_of_the_file(name: str, of_file: Path, of_frame: dict[str, DataFrame]) -> None:
    assert frame_rows(of_frame[name], *PLACE) == run_rows(of_file, name, *PLACE)


@pytest.fixture(scope="module")
def of_file(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("of-file") / "tables"
    spinelink.run(table, out, Settings(ingest=IngestOptions(max_chars=5000)))
    return out


@pytest.fixture(scope="module")
def of_frame(spark: SparkSession, table: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, DataFrame]:
    """All tables, made in one pass and staged."""
    frame = spark.read.parquet(str(table)).repartition(5)
    settings = Settings(ingest=IngestOptions(max_chars=5000))
    staged = tmp_path_factory.mktemp("staged") / "nested"
    return spark_findings(frame, settings, tables=list(schemas.tables()), order_by=["n"], staged=str(staged))


def test_rows_that_cannot_be_reports_are_rejects(of_frame: dict[str, DataFrame]) -> None:
    rejects = of_frame["rejects"].select("report_id", "reason").collect()
    assert sorted(map(tuple, rejects))[1:] == [
        ("bad-0", "empty_text"), ("bad-1", "empty_text"), ("bad-2", "not_text"), ("bad-3", "too_long"),
    ]  # fmt: skip
    assert sorted(map(tuple, rejects))[0][1] == "duplicate_id"


def frame_of(spark: SparkSession, rows: Sequence[tuple[Any, ...]]) -> DataFrame:
    return spark.createDataFrame(list(rows), "id string, body string, n int")


@pytest.mark.parametrize("first", [1, 2])
def test_first_of_an_id_stays_where_an_order_is_given(first: int, spark: SparkSession) -> None:
    rows = [("a", TEXT, 3 - first), ("a", TEXT.replace("Moderate", "Severe"), first)]
    found = spark_findings(frame_of(spark, rows), order_by=["n"])["findings"]
    severity = {1: "severe", 2: "moderate"}[first]
    assert [row["severity"] for row in found.filter("finding_type = 'disc_bulge'").collect()] == [severity]


def test_numbers_of_records_give_no_text_away(spark: SparkSession) -> None:
    """Who guesses a row and makes its number does not find it where text is left out; elsewhere it is the same."""
    frame = frame_of(spark, [("a", TEXT, 1), ("b", TEXT, 2)])
    numbers = [
        frame_rows(spark_findings(frame, Settings(text=text), tables=["reports"])["reports"].select("record"))
        for text in (True, True, False, False)
    ]
    assert numbers[0] == numbers[1]
    assert len(set(map(tuple, numbers))) == 3


def test_without_an_order_the_same_row_stays_however_rows_are_spread(spark: SparkSession) -> None:
    rows = [("a", f"FINDINGS: Disc bulge of {n} mm at L4-L5.", n) for n in range(1, 9)]
    kept = [
        frame_rows(spark_findings(frame_of(spark, order).repartition(parts), tables=["texts"])["texts"])
        for order, parts in ((rows, 1), (rows[::-1], 1), (rows, 3))
    ]
    assert len(kept[0]) == 1
    assert kept[0] == kept[1] == kept[2]


def test_several_tables_are_made_in_one_pass(spark: SparkSession) -> None:
    """Each pass would see other texts: tables that belong together were made in one."""
    frame = frame_of(spark, [("a", TEXT, 1), ("b", TEXT, 2)]).selectExpr("id", "concat(body, ' ', uuid()) AS body")
    found = spark_findings(frame, tables=["reports", "texts"])
    hashes = frame_rows(found["reports"].select("text_sha256"))
    assert (
        frame_rows(found["texts"].selectExpr("sha2(text, 256)"))
        == hashes
        == frame_rows(found["reports"].select("text_sha256"))
    )
    assert len(set(hashes)) == 2


def test_worker_starts_the_work_once(spark: SparkSession, tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Starting:
        def start(self) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
            with (tmp_path / "starts").open("a") as file:
                file.write(f"{os.getpid()}\n")
            return lambda batches: batches

    frame = spark.range(100).repartition(20)
    assert engine.mapped(frame, Starting(), "id long").count() == 100
    started = (tmp_path / "starts").read_text().split()
    assert 0 < len(started) == len(set(started)) < 20


@pytest.mark.parametrize(
    ("settings", "options", "message"),
    [
        pytest.param(Settings(limit=1), {}, "limit is of runs", id="limit"),
        pytest.param(Settings(codes="codes.csv"), {}, "codes are of runs", id="codes"),
        pytest.param(Settings(), {"order_by": ["when"]}, "order_by: no column 'when'", id="order"),
    ],
)
def test_what_a_frame_cannot_have_is_refused(
    settings: Settings, options: dict[str, Any], message: str, spark: SparkSession
) -> None:
    with pytest.raises(SettingError, match=message):
        spark_findings(frame_of(spark, []), settings, **options)


def test_frame_without_a_text_column_is_refused(spark: SparkSession) -> None:
    with pytest.raises(InputError, match="dataframe: no text column; its columns are id, n"):
        spark_findings(frame_of(spark, []).drop("body"))


def test_tasks_that_fail_are_done_again(whole: Path, demo: Path, spark: SparkSession, tmp_path: Path) -> None:
    """Of two shards the first attempt raises or dies in the midst; the run has the bytes of one left in peace."""

    def fails(batch: int) -> None:
        from pyspark import TaskContext

        context = TaskContext.get()
        assert context is not None
        shard, attempt = context.partitionId(), context.attemptNumber()
        (tmp_path / f"{shard}-{attempt}").touch()
        if attempt == 0 and shard < 2 and batch % 2:
            if shard:
                os._exit(1)
            raise RuntimeError

    out = tmp_path / "out"
    spinelink.spark.run(demo, out, SETTINGS, batch_size=1, work=disturbed(fails))
    assert {"0-0", "0-1", "1-0", "1-1"} <= {file.name for file in tmp_path.iterdir()}
    assert contents(out) == contents(whole)


class Failing:
    """Work that fails with the text of a report in hand."""

    def start(self) -> Callable[[Batch], Tabulated]:
        def fail(batch: Batch) -> Tabulated:
            raise ValueError(batch.records)

        return fail


def test_error_in_a_task_is_one_line_without_text(demo: Path, spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"ValueError at [\w/.]+:\d+ in a task of Spark\Z") as caught:
        spinelink.spark.run(demo, tmp_path / "out", Settings(), work=Failing())
    assert caught.value.__suppress_context__
    assert not list((tmp_path / "out").glob("*/part-*"))


@pytest.mark.heavy
def test_executors_of_their_own_give_the_same_bytes(whole: Path, demo: Path, tmp_path: Path) -> None:
    """Two executors, each a machine to itself as far as Spark knows, which find inputs that were named from here."""
    out = tmp_path / "out"
    options = ["--engine", "spark", "--master", "local-cluster[2,1,1024]", "--shard-size", "8"]
    command = [sys.executable, "-m", "spinelink", "run", demo.name, "--out", str(out), *options]
    assert subprocess.run(command, cwd=demo.parent, capture_output=True).returncode == 0
    assert {k: v for k, v in contents(out).items() if k.endswith(".parquet")} == {
        k: v for k, v in contents(whole).items() if k.endswith(".parquet")
    }


@pytest.mark.heavy
def test_a_hundred_thousand_reports(spark: SparkSession, tmp_path: Path) -> None:
    """The rows of every table are those of the local engine, in the same order within a report."""
    table = tmp_path / "reports.parquet"
    pq.write_table(pa.table(dict(zip(("id", "body"), zip(*small_reports(100_000), strict=True), strict=True))), table)
    settings = Settings(shard_size=5000)
    local, cluster = tmp_path / "local", tmp_path / "spark"
    begun = time.monotonic()
    spinelink.run(table, local, settings, workers=2)
    then = time.monotonic()
    spinelink.spark.run(table, cluster, settings)
    print(f"local, 2 workers: {then - begun:.0f} s; Spark, {MASTER}: {time.monotonic() - then:.0f} s")
    for name in schemas.tables():
        ours, theirs = (by_report(run, name) for run in (local, cluster))
        assert ours.equals(theirs)
        assert ours.num_rows or name in ("rejects", "discrepancies")


def small_reports(count: int) -> Iterator[tuple[str, str]]:
    """Yield reports with their ids: some two thousand texts, over and over."""
    levels = ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")
    grades, sides = ("Mild", "Moderate", "Severe"), ("left", "right", "bilateral")
    for n in range(count):
        level, other = levels[n % 5], levels[n // 5 % 5]
        grade, side = grades[n // 25 % 3], sides[n // 75 % 3]
        yield (
            f"report-{n}",
            (
                f"MRI LUMBAR SPINE\n\nINDICATION: Back pain for {n % 9 + 2} weeks, worse on the {side} side.\n\n"
                f"FINDINGS:\n{level}: {grade} disc bulge of {n // 225 % 9 + 1} mm. No canal stenosis.\n"
                f"{other}: {grade} {side} foraminal narrowing.\n\nIMPRESSION: {grade} disc bulge at {level}."
            ),
        )


def by_report(run: Path, name: str) -> pa.Table:
    """Return a table of a run with its reports in the order of their ids."""
    parts = [pq.read_table(file, partitioning=None) for file in sorted((run / name).glob("part-*.parquet"))]
    table = schemas.join(parts, name)
    return table.take(np.argsort(table["report_id"].to_numpy(), kind="stable"))


@pytest.mark.parametrize("module", ["spinelink", "spinelink.cli", "spinelink.spark"])
def test_spark_is_not_imported_unless_asked_for(module: str) -> None:
    code = f"import sys, {module}; sys.exit('pyspark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
