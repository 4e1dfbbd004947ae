"""Reports as the table NOTE of the OMOP Common Data Model 5.4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

RADIOLOGY = 36716202
"""A concept for the class of notes that are read; another one for those that are not."""
OTHER = 36716230

_REPORT, _UTF_8, _ENGLISH = 32817, 32678, 4180186


def as_omop(reports: Sequence[Mapping[str, Any]], *, note_class: int = RADIOLOGY) -> pd.DataFrame:
    """Return reports, of keys as their columns are named, as rows of NOTE; ids are numbers there."""
    rows = [
        {
            "note_id": int(report["report_id"]),
            "person_id": int(report.get("patient_id") or 0),
            "note_date": date.fromisoformat(str(report.get("study_date") or "1970-01-01")),
            "note_datetime": None,
            "note_type_concept_id": _REPORT,
            "note_class_concept_id": note_class,
            "note_title": report.get("exam"),
            "note_text": report["text"],
            "encoding_concept_id": _UTF_8,
            "language_concept_id": _ENGLISH,
            "provider_id": report.get("reader"),
            "visit_occurrence_id": None,
            "visit_detail_id": None,
            "note_source_value": None,
        }
        for report in reports
    ]
    return pd.DataFrame(rows)
