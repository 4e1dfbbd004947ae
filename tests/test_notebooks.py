"""The notebooks run as they stand, answer what they ask, and are kept without outputs."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

import spinelink

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
READ: Callable[..., Any] = nbformat.read
QUESTIONS = ("stenosis", "assertion", "heatmap", "evidence", "export")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_outputs_are_stripped(path: Path) -> None:
    cells = [cell for cell in READ(path, as_version=4).cells if cell.cell_type == "code"]
    assert cells
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)


@pytest.fixture(scope="module")
def quickstart(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The outputs of the executed quickstart by the tag of their cell, as (kind, text) in order."""
    from nbclient import NotebookClient

    notebook = READ(root / "notebooks" / "01_quickstart.ipynb", as_version=4)
    here = {
        "TMPDIR": str(tmp_path_factory.mktemp("notebook")),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": root / "notebooks"}}
    )
    with warnings.catch_warnings():
        # What the kernel's client warns of in this process is no affair of the notebook.
        warnings.simplefilter("ignore")
        client.execute(env={**os.environ, **here})
    outputs = {cell.metadata.tags[0]: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    return {"folder": Path(here["TMPDIR"]), **outputs}


def text_of(outputs: list[Any]) -> str:
    """Return the text of a cell's outputs."""
    return "".join(o.text if o.output_type == "stream" else o.data.get("text/plain", "") for o in outputs)


@pytest.mark.parametrize("question", QUESTIONS)
def test_quickstart_answers(quickstart: dict[str, Any], question: str) -> None:
    assert text_of(quickstart[question]).strip()
    assert not any(o.output_type == "stream" and o.name == "stderr" for o in quickstart[question])


def test_quickstart_counts_are_those_of_the_tables(quickstart: dict[str, Any]) -> None:
    (tables,) = quickstart["folder"].glob("*/tables")
    findings = spinelink.read(tables, "findings")
    rows = findings.query(
        "finding_type == 'central_canal_stenosis' and level == 'L4-L5'"
        " and assertion == 'present' and severity_rank >= 2"
    )
    counted, denominator = map(int, re.findall(r"\d+", text_of(quickstart["stenosis"])))
    assert 0 < counted <= denominator
    assert counted == rows.report_id.nunique()
    assert int(text_of(quickstart["export"])) == len(rows)


def test_quickstart_draws_a_heat_map(quickstart: dict[str, Any]) -> None:
    assert any("image/png" in o.get("data", {}) for o in quickstart["heatmap"])


def test_quickstart_shows_the_evidence_in_its_sentence(quickstart: dict[str, Any]) -> None:
    assert re.search(
        r"central_canal_stenosis L4-L5 (moderate|moderate_severe|severe) ", text_of(quickstart["evidence"])
    )
    assert re.search(r"\[\[.+\]\]", text_of(quickstart["evidence"]), re.DOTALL)
