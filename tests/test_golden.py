"""The tables of the demo corpus are those that were reviewed, on every Python: `make golden` writes them anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.dataset as ds
import pytest

import spinelink

TABLES = (
    "reports", "sections", "findings", "measurements", "symptoms", "links", "audit", "levels", "discrepancies",
    "statements", "rejects",
)  # fmt: skip
LEFT_OUT = {"group", "level_kind", "section_id", "sentence_start", "sentence_end", "text_sha256"}
"""What follows from the rest of its row, or has tests of its own, and would only lengthen the diff."""


@pytest.fixture(scope="module")
def tables(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of the demo corpus."""
    return spinelink.run(demo, tmp_path_factory.mktemp("golden") / "tables").path


def lines(tables: Path, name: str) -> Iterator[str]:
    """Yield a table's rows, each with what it states, nulls and empty values left out."""
    for row in ds.dataset(tables / name, format="parquet").to_table().to_pylist():
        stated = {
            column: value
            for column, value in row.items()
            if value not in (None, "", [])
            and column not in LEFT_OUT
            and (name == "links" or not column.endswith("rule_id"))
        }
        yield json.dumps(stated, ensure_ascii=False, default=str)


@pytest.mark.golden
@pytest.mark.parametrize("name", TABLES)
def test_demo_tables(tables: Path, golden: Callable[[str, str], None], name: str) -> None:
    golden(f"demo/{name}.jsonl", "".join(f"{line}\n" for line in lines(tables, name)))
