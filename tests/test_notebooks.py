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


def executed(path: Path, folder: Path) -> dict[str, Any]:
    """Return the outputs of an executed notebook by the tag of their cell, in order, and the folder it wrote in."""
    from nbclient import NotebookClient

    notebook = READ(path, as_version=4)
    here = {
        "TMPDIR": str(folder),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": path.parent}})
    with warnings.catch_warnings():
        # What the kernel's client warns of in this process is no affair of the notebook.
        warnings.simplefilter("ignore")
        client.execute(env={**os.environ, **here})
    outputs = {cell.metadata.tags[0]: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    return {"folder": folder, **outputs}


@pytest.fixture(scope="module")
def quickstart(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The executed quickstart."""
    return executed(root / "notebooks" / "01_quickstart.ipynb", tmp_path_factory.mktemp("notebook"))


@pytest.fixture(scope="module")
def overuse(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The executed notebook on the audit of requests."""
    return executed(root / "notebooks" / "02_imaging_overuse_audit.ipynb", tmp_path_factory.mktemp("notebook"))


@pytest.fixture(scope="module")
def correlation(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The executed notebook on findings and symptoms."""
    return executed(root / "notebooks" / "03_findings_and_symptoms.ipynb", tmp_path_factory.mktemp("notebook"))


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


def answers(outputs: dict[str, Any], questions: tuple[str, ...]) -> None:
    """Pass if every cell of these tags gave an answer and no warning."""
    for question in questions:
        assert text_of(outputs[question]).strip(), question
        assert not any(o.output_type == "stream" and o.name == "stderr" for o in outputs[question]), question


def test_the_audit_notebook_answers(overuse: dict[str, Any]) -> None:
    answers(overuse, ("run", "scope", "classes", "rates", "range", "reasons", "yields", "incidental", "cells"))
    assert any("image/png" in o.get("data", {}) for o in overuse["range"])


def test_the_audit_notebook_counts_every_report(overuse: dict[str, Any]) -> None:
    (tables,) = overuse["folder"].glob("*/tables")
    reports = spinelink.read(tables, "reports")
    scope = spinelink.audit(tables)["scope"]
    assert int(text_of(overuse["run"])) == len(reports) == scope.loc[scope.scope == "all", "reports"].item()
    assert "indicated_red_flag" in text_of(overuse["reasons"])


def test_the_correlation_notebook_answers(correlation: dict[str, Any]) -> None:
    answers(correlation, ("run", "symptoms", "relations", "reasons", "picture", "leftover", "urgent"))
    assert any("image/png" in o.get("data", {}) for o in correlation["picture"])


def test_the_correlation_notebook_gives_reasons(correlation: dict[str, Any]) -> None:
    told = text_of(correlation["reasons"])
    assert re.search(r"COR-\d\d concordant: .+", told)
    assert "cause" not in told
