"""Spine imaging reports in, Parquet tables of findings out.

The public names: `run` makes the tables, `read` gives one of them to pandas, `audit` sums up what requests were for,
`explain` says what made the rows of one report, `export` writes the tables in the forms of other tools, `lexicon` is
what radiologists write.
Importing this package is cheap; whatever is heavy is imported when it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    import pandas as pd

    from spinelink.exports import Exported

__all__ = ["__version__", "audit", "explain", "export", "lexicon", "read", "run"]
__version__ = "0.1.0"

from spinelink.run import run  # bound here once and for all: this name is the function, not the module


def read(run_dir: Path | str, table: str) -> pd.DataFrame:
    """Return one table of a finished run, closed columns as categories in declared order."""
    from spinelink import store

    return store.read(Path(run_dir), table)


def audit(
    run_dir: Path | str,
    *,
    policy: str = "lenient",
    threshold_days: int | None = None,
    by: Sequence[str] = (),
    min_cell: int = 0,
    lexicons: Path | str | None = None,
) -> dict[str, pd.DataFrame]:
    """Return the tables of the audit of a finished run, by name: scope, rates, classes, by_site and others.

    `policy`, `threshold_days` and `by` are those of the command `spinelink audit`; counts from 1 to `min_cell` - 1, and
    others that would give them away, are null.
    """
    from spinelink import auditing

    folder = None if lexicons is None else Path(lexicons)
    audited = auditing.audit(Path(run_dir), policy=policy, threshold_days=threshold_days, by=by, lexicons=folder)
    return audited.frames(audited.hidden(min_cell))


def explain(
    run_dir: Path | str, report_id: str, finding_id: int | None = None, *, lexicons: Path | str | None = None
) -> list[dict[str, Any]]:
    """Return, for each finding of a report of a run or for one, the words and rules that made each of its values.

    Plain data, as `spinelink.explanation.explain` says; `lexicons` is the folder that the run was made with.
    """
    from spinelink import explanation

    return explanation.explain(run_dir, report_id, finding_id, lexicons=lexicons)


def export(
    run_dir: Path | str, form: str, out: Path | str, *, overwrite: bool = False, text: bool = True, **options: Any
) -> Exported:
    """Write a finished run to `out` in the form of another tool, omop, rsna, fhir, csv or duckdb; say what was written.

    `text` false leaves report text out; `options` are those of `spinelink.exports.Options`: file_format and date for
    omop, gzip and bom for csv, resource_ids for fhir. Raises a SpinelinkError with one line that says what to do.
    """
    from spinelink import exports

    chosen = exports.Options(text=text, **options)
    return exports.export(Path(run_dir), form, Path(out), chosen, overwrite=overwrite)


def __getattr__(name: str) -> ModuleType:
    if name == "lexicon":
        return import_module("spinelink.lexicon")
    raise AttributeError(f"module 'spinelink' has no attribute {name!r}")
