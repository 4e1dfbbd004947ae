"""The options of `spinelink run` that say where its work is done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from spinelink.errors import SettingError

if TYPE_CHECKING:
    from spinelink.run import RunResult

engine_option = click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
    help="Where the work is done: on this machine, or on a cluster of Apache Spark; spark needs spinelink[spark].",
)
master_option = click.option(
    "--master",
    metavar="URL",
    help="The cluster, as Spark writes it: spark://HOST:7077, yarn, local[4] ... Under spark-submit it is known.",
)


def runner(
    engine: str, master: str | None, workers: int, batch_size: int, *, progress: bool
) -> Callable[..., RunResult]:
    """Return the function that makes a run on this engine; raises SettingError for options of the other one."""
    if engine == "spark":
        if workers != 1:
            raise SettingError("--workers is of --engine local; how much a cluster gives is for Spark to say")
        from spinelink import spark

        return partial(spark.run, master=master, batch_size=batch_size)
    if master is not None:
        raise SettingError("--master is of --engine spark")
    return partial(_local, workers, batch_size, progress)


def _local(workers: int, batch_size: int, progress: bool, *arguments: Any, **options: Any) -> RunResult:
    from spinelink import run
    from spinelink.console import progress_bar

    with progress_bar(shown=progress) as told:
        return run(*arguments, workers=workers, batch_size=batch_size, progress=told, **options)
