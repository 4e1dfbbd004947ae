"""The table NOTE of the OMOP Common Data Model: how it is known, and which of its columns fill which fields."""

from __future__ import annotations

from collections.abc import Sequence

from spinelink.stages.ingest.values import fold_word

CLASS_COLUMN = "note_class_concept_id"
"""The column whose concept says what kind of note a row is."""

_MARKS = ("note_id", "person_id", "note_text", "note_type_concept_id", CLASS_COLUMN)
_FIELDS = {
    "text": ("note_text",),
    "report_id": ("note_id",),
    "patient_id": ("person_id",),
    "study_date": ("note_date", "note_datetime"),
    "exam": ("note_title",),
    "reader": ("provider_id",),
}


def is_note(names: Sequence[str]) -> bool:
    """Say whether columns of these folded names are those of NOTE."""
    return all(fold_word(mark) in names for mark in _MARKS)


def note_fields(names: Sequence[str]) -> dict[str, int]:
    """Return where in NOTE, by folded names, each field stands."""
    found: dict[str, int] = {}
    for field, columns in _FIELDS.items():
        places = [names.index(fold_word(column)) for column in columns if fold_word(column) in names]
        if places:
            found[field] = places[0]
    return found
