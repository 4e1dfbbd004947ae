"""The audit table of a run beside its reports, part by part, with the evidence on which each class rests.

Only tables are read. One part at a time is in memory, so that a large run needs no more than a small one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from spinelink import schemas, store
from spinelink.errors import OutputError
from spinelink.stages.appropriateness import Evidence

OUT_OF_SCOPE = "out_of_scope"
MADE = ("month", "age_band")
"""Columns that are made of others: the month of the study, the decade of the age."""
NOT_TOLD = "not told"
_REPORTS = ("report_id", "patient_id", "study_date", "age")
_AUDIT = tuple(field.name for field in fields(Evidence) if field.name != "age")
_BESIDE = (
    "report_id", "policy_id", "class_lenient", "class_strict", "class_28d", "class_30d", "class_42d", "sublabels",
    "match_status", "match_root", "match_axial", "incidental_findings", "actionable_findings", "report_alarm",
)  # fmt: skip
_UNGROUPED = frozenset({"extra", "report_id", "source", "record", "text_sha256"})
_OLDEST_BAND = 80
_ADULT, _YOUNG = 18, 29


def known_columns() -> tuple[str, ...]:
    """Return the columns that reports can be grouped by."""
    columns = (column.name for table in ("reports", "audit") for column in schemas.table(table).columns)
    return tuple(dict.fromkeys(name for name in (*MADE, *columns) if name not in _UNGROUPED))


def parts(run: Path, by: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Yield the reports of a finished run part by part: audit beside reports, one column `evidence`, groups as text.

    Raises OutputError where the folder holds no finished run or tables that cannot be read.
    """
    groups = [name for name in by if name not in MADE]
    of_reports = [name for name in groups if name in {column.name for column in schemas.table("reports").columns}]
    of_audit = [name for name in groups if name not in of_reports]
    for reports_file, audit_file in zip(store.parts_of(run, "reports"), store.parts_of(run, "audit"), strict=True):
        reports = _frame(reports_file, [*_REPORTS, *of_reports])
        audit = _frame(audit_file, [*_BESIDE, *_AUDIT, *of_audit])
        if list(reports["report_id"]) != list(audit["report_id"]):
            raise OutputError(f"{run}: the audit does not have the reports of the run; make the run again")
        part = pd.concat([reports, audit.drop(columns=["report_id"])], axis=1)
        made: dict[str, Any] = {"evidence": _evidence(part), **{f"by_{name}": _group(part, name) for name in by}}
        yield part.assign(**made)


def _frame(file: Path, columns: Sequence[str]) -> pd.DataFrame:
    try:
        table = pq.read_table(file, columns=list(dict.fromkeys(columns)), partitioning=None)
    except (OSError, pa.ArrowException, KeyError) as error:
        raise OutputError(f"{file}: cannot be read ({type(error).__name__}); make the run again") from None
    return pd.DataFrame({name: table.column(name).to_pylist() for name in table.column_names}, dtype=object)


def _evidence(part: pd.DataFrame) -> list[Evidence]:
    """Return the evidence of each row."""
    names = tuple(field.name for field in fields(Evidence))
    values: Iterator[tuple[Any, ...]] = zip(*(part[name] for name in names), strict=True)
    return [Evidence(*map(_hashable, row)) for row in values]


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _group(part: pd.DataFrame, name: str) -> list[str]:
    """Return the group of each row as text, "not told" where the table has nothing."""
    if name == "month":
        return [NOT_TOLD if day is None else f"{day:%Y-%m}" for day in part["study_date"]]
    if name == "age_band":
        return [_band(age) for age in part["age"]]
    return [_text(value) for value in part[name]]


def _band(age: int | None) -> str:
    if age is None:
        return NOT_TOLD
    if age < _ADULT:
        return f"under {_ADULT}"
    if age >= _OLDEST_BAND:
        return f"{_OLDEST_BAND} and over"
    decade = age // 10 * 10
    return f"{_ADULT} to {_YOUNG}" if age <= _YOUNG else f"{decade} to {decade + 9}"


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NOT_TOLD if value is None or value == "" else str(value)
