"""The tables of a run, read for the reports that gold has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from spinelink.errors import EvaluationError


def rows_of_reports(run: Path, name: str, needed: Sequence[str], ids: Collection[str]) -> list[dict[str, Any]]:
    """Return the rows of a run's table that belong to these reports."""
    place = next((place for place in (run / name, run / f"{name}.parquet") if place.exists()), None)
    if place is None:
        raise EvaluationError(f"{run}: holds no table {name!r}; is it the folder of a run?")
    try:
        dataset = ds.dataset(place, format="parquet", partitioning="hive")
        if missing := [column for column in needed if column not in dataset.schema.names]:
            raise EvaluationError(f"{place}: has no column {missing[0]!r}")
        wanted = ds.field("report_id").cast(pa.string()).isin(pa.array(list(ids), pa.string()))
        rows: list[dict[str, Any]] = dataset.to_table(filter=wanted).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise EvaluationError(f"{place}: cannot be read ({type(error).__name__})") from None
    return rows
