"""The 25 labels are what the table `levels` says, under the names of the competition's train.csv."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import spinelink
from spinelink.exports import rsna

Archive = Callable[[bool], Path]
PLACES = ("l1_l2", "l2_l3", "l3_l4", "l4_l5", "l5_s1")
NAMES = (
    "spinal_canal_stenosis", "left_neural_foraminal_narrowing", "right_neural_foraminal_narrowing",
    "left_subarticular_stenosis", "right_subarticular_stenosis",
)  # fmt: skip
OURS = ("canal", "left_foramen", "right_foramen", "left_subarticular", "right_subarticular")


def rows(run: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of a table of a run."""
    return [{str(key): value for key, value in row.items()} for row in spinelink.read(run, name).to_dict("records")]


def study_ids(run: Path) -> dict[str, str]:
    """Return the study id of each report of the lumbar spine, by report id, in the order of the run."""
    lumbar = [row for row in rows(run, "reports") if row["is_spine"] and "lumbar" in row["regions"]]
    return {row["report_id"]: row["report_id"] if pd.isna(row["study_id"]) else row["study_id"] for row in lumbar}


@pytest.fixture
def labels(archive: Archive, tmp_path: Path) -> pd.DataFrame:
    spinelink.export(archive(True), "rsna", tmp_path / "rsna.csv")
    return pd.read_csv(tmp_path / "rsna.csv", dtype={"study_id": str})


def test_pandas_reads_a_study_id_and_25_labels(labels: pd.DataFrame) -> None:
    assert list(labels.columns) == ["study_id", *(f"{name}_{place}" for name in NAMES for place in PLACES)]
    assert len(labels.columns) == 26
    classes = {value for name in labels.columns[1:] for value in labels[name].dropna()}
    assert classes == {"Normal/Mild", "Moderate", "Severe"}


def test_every_label_is_that_of_the_levels(archive: Archive, labels: pd.DataFrame) -> None:
    lumbar = {place.upper().replace("_", "-"): place for place in PLACES}
    ids = study_ids(archive(True))
    shown = {
        (row["study_id"], name, row[name].replace("Normal/Mild", "normal_mild").lower())
        for row in labels.to_dict("records")
        for name in labels.columns[1:]
        if isinstance(row[name], str)
    }
    said = {
        (ids[row["report_id"]], f"{name}_{lumbar[row['level']]}", row[f"rsna_{ours}"])
        for row in rows(archive(True), "levels")
        for name, ours in zip(NAMES, OURS, strict=True)
        if row["level"] in lumbar and isinstance(row[f"rsna_{ours}"], str) and row["report_id"] in ids
    }
    assert shown == said
    assert shown


def test_only_reports_of_the_lumbar_spine_have_a_row(archive: Archive, labels: pd.DataFrame) -> None:
    assert list(labels.study_id) == list(study_ids(archive(True)).values())
    assert {"neck/7", "knee-1"}.isdisjoint(labels.study_id)


def test_a_study_id_goes_before_the_id_of_the_report(labels: pd.DataFrame) -> None:
    assert "S-1" in set(labels.study_id)
    assert "4711" not in set(labels.study_id)
    assert {"0815", "4712"} <= set(labels.study_id)


def test_what_is_said_and_what_is_not(labels: pd.DataFrame) -> None:
    row = labels.set_index("study_id").loc["S-1"]
    assert row["spinal_canal_stenosis_l4_l5"] == "Moderate"
    assert row["right_neural_foraminal_narrowing_l4_l5"] == "Severe"
    assert row["spinal_canal_stenosis_l3_l4"] == "Normal/Mild"
    assert pd.isna(row["left_subarticular_stenosis_l4_l5"])
    assert labels.set_index("study_id").loc["0815"]["left_subarticular_stenosis_l4_l5"] == "Normal/Mild"


def test_without_text_the_labels_are_the_same(archive: Archive, labels: pd.DataFrame, tmp_path: Path) -> None:
    spinelink.export(archive(False), "rsna", tmp_path / "without.csv")
    assert pd.read_csv(tmp_path / "without.csv", dtype={"study_id": str}).equals(labels)


def test_the_names_are_those_of_the_docs() -> None:
    assert rsna.columns()[1] == "spinal_canal_stenosis_l1_l2"
    assert rsna.columns()[-1] == "right_subarticular_stenosis_l5_s1"
