"""The engine of many machines: Apache Spark gives work the partitions of a DataFrame, as record batches of Arrow.

pyspark is imported when it is used, never before. Work travels with the tasks as bytes; a worker process of Python
starts it once and keeps it for all tasks that it is given: what is dear to build, and caches, are there once in each.
"""

from __future__ import annotations

import gc
import os
import pickle
import re
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from spinelink import errors
from spinelink.cores import forbid_core_files
from spinelink.engines import Work
from spinelink.errors import EngineError, SpinelinkError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Batches = Iterator[pa.RecordBatch]
PartitionWork = Work[Batches, Batches]

_KEPT = 8
"""Works that a worker process holds started: those of the stages of a job or two."""
_OWN_ERROR = re.compile(r"^spinelink\.errors\.(\w+): (.*)$", re.MULTILINE)
_QUIET = {
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "1000",
}


@contextmanager
def session(master: str | None) -> Iterator[SparkSession]:
    """Give the session that is there, else one on `master` (or where spark-submit says), stopped when the block ends.

    Raises EngineError where Spark or Java is not installed, or the master cannot be reached.
    """
    with _as_one_line(), _silent_about_pandas():
        try:
            from pyspark import SparkContext
            from pyspark.sql import SparkSession
        except ImportError:
            raise EngineError("Spark is not installed; pip install 'spinelink[spark]'") from None
        there = SparkContext._active_spark_context is not None
        begun = SparkSession.getActiveSession() or _begun(SparkSession.builder, master)
    try:
        with _as_one_line():
            yield begun
    finally:
        if not there:
            begun.stop()


def _begun(builder: Any, master: str | None) -> SparkSession:
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    if not submitted and not os.environ.get("JAVA_HOME") and shutil.which("java") is None:
        raise EngineError("no Java was found, which Spark needs; install Java 17 or set JAVA_HOME")
    if master is None and not submitted and "MASTER" not in os.environ:
        master = "local[*]"
    if master is not None:
        builder = builder.master(master)
        if master.startswith("local"):
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    for name, value in _QUIET.items():
        builder = builder.config(name, value)
    begun: SparkSession = builder.appName("spinelink").getOrCreate()
    begun.sparkContext.setLogLevel("OFF")
    return begun


def mapped(frame: DataFrame, work: PartitionWork, schema: str) -> DataFrame:
    """Return what work makes of each partition of a DataFrame, as rows of this schema; nothing is run yet.

    What work yields depends on its partition alone, so a task that is run again yields the same.
    """
    with _silent_about_pandas():
        return frame.mapInArrow(partial(_worked, _packed(work)), schema)


def _packed(work: PartitionWork) -> bytes:
    """Return work as bytes: what stands in a notebook is taken along, what stands in a package by its name."""
    from pyspark import cloudpickle

    dumps: Callable[[object], bytes] = cloudpickle.dumps
    return dumps(work)


def partition() -> int:
    """Return the number of the partition that this task has."""
    from pyspark import TaskContext

    context = TaskContext.get()
    assert context is not None, "asked for within a task"
    return context.partitionId()


def _worked(packed: bytes, batches: Batches) -> Batches:
    return _started(packed)(batches)


@lru_cache(_KEPT)
def _started(packed: bytes) -> Callable[[Batches], Batches]:
    forbid_core_files()
    work: PartitionWork = pickle.loads(packed)
    function = work.start()
    # A worker of Spark looks for garbage after every task, among all that was built for all of them.
    gc.collect()
    gc.freeze()
    return function


@contextmanager
def _as_one_line() -> Iterator[None]:
    """Turn the failure of a job into one line: that of our error in a task, else the kind of Spark's.

    What Spark says itself is not shown: it quotes whatever an error in a task quotes.
    """
    try:
        yield
    except SpinelinkError:
        raise
    except Exception as error:
        if not type(error).__module__.startswith(("pyspark", "py4j")):
            raise
        raise _error_of(error) from None


def _error_of(error: Exception) -> SpinelinkError:
    own = _OWN_ERROR.findall(str(error))
    for name, line in own[-1:]:
        kind: type[SpinelinkError] = getattr(errors, name)
        return kind(line.strip())
    condition = getattr(error, "getCondition", getattr(error, "getErrorClass", lambda: None))()
    what = f"{type(error).__name__}, {condition}" if condition else type(error).__name__
    return EngineError(f"Spark could not do it ({what}); the logs of its driver and executors say why")


@contextmanager
def _silent_about_pandas() -> Iterator[None]:
    """Keep pyspark from warning of the version of pandas, of which nothing here makes use."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
        yield
