"""The 25 labels of the RSNA 2024 Lumbar Spine Degenerative Classification: one row a report of the lumbar spine.

The columns are those of its train.csv: a study id, then each condition at each level from L1-L2 to L5-S1. A class is
given only where the report says so (SEV-06), and is empty elsewhere.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spinelink.exports.files import text_file
from spinelink.exports.options import Options
from spinelink.exports.source import Source, rows_of

LEVELS = ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")
CONDITIONS = {
    "spinal_canal_stenosis": "rsna_canal",
    "left_neural_foraminal_narrowing": "rsna_left_foramen",
    "right_neural_foraminal_narrowing": "rsna_right_foramen",
    "left_subarticular_stenosis": "rsna_left_subarticular",
    "right_subarticular_stenosis": "rsna_right_subarticular",
}
"""The conditions in the order of their columns, and the column of `levels` that holds each."""
CLASSES = {None: "", "normal_mild": "Normal/Mild", "moderate": "Moderate", "severe": "Severe"}
_REGION = "lumbar"
_OF_REPORT = ("report_id", "study_id", "is_spine", "regions")
_OF_LEVEL = ("report_id", "level", *CONDITIONS.values())


def columns() -> list[str]:
    """Return the names of the columns, as train.csv has them."""
    names = [f"{condition}_{level.lower().replace('-', '_')}" for condition in CONDITIONS for level in LEVELS]
    return ["study_id", *names]


def write(source: Source, path: Path, options: Options) -> dict[str, int]:
    """Write the labels of every report of the lumbar spine, in the order of the run."""
    count = 0
    with text_file(path) as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(columns())
        for reports, levels in source.together("reports", "levels"):
            said = {(row["report_id"], row["level"]): row for row in rows_of(levels, _OF_LEVEL)}
            for report in rows_of(reports, _OF_REPORT):
                if report["is_spine"] and _REGION in report["regions"]:
                    rows.writerow([report["study_id"] or report["report_id"], *_labels(report["report_id"], said)])
                    count += 1
    return {path.name: count}


def _labels(report_id: str, said: Mapping[tuple[str, str], Mapping[str, Any]]) -> list[str]:
    """Return the 25 classes of a report."""
    rows = [said.get((report_id, level), {}) for level in LEVELS]
    return [CLASSES[row.get(column)] for column in CONDITIONS.values() for row in rows]
