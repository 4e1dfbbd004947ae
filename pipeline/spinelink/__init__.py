"""Spine imaging reports in, Parquet tables of findings out.

The public names: `run` makes the tables, `read` gives one of them to pandas, `lexicon` is what radiologists write.
Importing this package is cheap; whatever is heavy is imported when it is used.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    import pandas as pd

__all__ = ["__version__", "lexicon", "read", "run"]
__version__ = "0.1.0"

from spinelink.run import run  # bound here once and for all: this name is the function, not the module


def read(run_dir: Path | str, table: str) -> pd.DataFrame:
    """Return one table of a finished run, closed columns as categories in declared order."""
    from spinelink import store

    return store.read(Path(run_dir), table)


def __getattr__(name: str) -> ModuleType:
    if name == "lexicon":
        return import_module("spinelink.lexicon")
    raise AttributeError(f"module 'spinelink' has no attribute {name!r}")
