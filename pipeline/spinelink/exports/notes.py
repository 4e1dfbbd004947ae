"""What a finding or a symptom is in the table NOTE_NLP of the OMOP common data model 5.4.

The model has one text column for all that is said of a term: `term_modifiers` holds "name=value" pairs parted by
semicolons, first what the row is, last the row of our tables that it comes from.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

LENGTHS = {
    "snippet": 250, "offset": 50, "lexical_variant": 250, "nlp_system": 250, "term_exists": 1, "term_temporal": 50,
    "term_modifiers": 2000,
}  # fmt: skip
"""The model's limits. Kept in bytes of UTF-8, because some databases count bytes."""
PAST, PRESENT = "Past", "Present"
_HISTORY = frozenset({"cancer_history", "prior_spine_surgery", "conservative_care_done", "conservative_care_failed"})
"""Symptom rows that tell of something before the present complaint."""
_CUT = " ..."

OF_FINDING = (
    "finding_type", "subtype", "level", "region", "side", "side_dominant", "zone", "severity", "severity_kind",
    "assertion", "denied_qualifier", "change", "acuity", "etiology", "effect", "migration", "recurrent", "root",
    "grade_scale", "grade", "organ", "section", "code", "rule_id", "finding_id", "superseded_by",
)  # fmt: skip
"""Columns of findings in the order of the modifiers."""
OF_SYMPTOM = (
    "symptom_type", "kind", "subtype", "region", "side", "side_dominant", "territory", "roots", "assertion", "tier",
    "duration_days", "duration_max_days", "duration_source", "trajectory", "origin", "code", "hpo_id", "best_relation",
    "rule_id", "symptom_id",
)  # fmt: skip
"""Columns of symptoms in the order of the modifiers."""
_RENAMED = {"code": "candidate_code", "best_relation": "best_link"}
"""Names that say in a foreign table what ours say by their place: a code is no diagnosis."""


def exists(row: Mapping[str, Any]) -> str:
    """Return Y for what is present or possible, N for what is absent or what an addendum corrects."""
    return "N" if row["assertion"] == "absent" or row.get("superseded_by") is not None else "Y"


def time_of(row: Mapping[str, Any]) -> str:
    """Return Past for what has resolved, an old fracture, and what a request tells as history."""
    resolved = row.get("change") == "resolved"
    healed = row.get("finding_type") == "vertebral_fracture" and row.get("acuity") == "chronic"
    return PAST if resolved or healed or row.get("symptom_type") in _HISTORY else PRESENT


def modifiers(row: Mapping[str, Any], columns: tuple[str, ...]) -> str:
    """Return what is said of a term, as pairs; those that would go beyond the limit are left out, from the end."""
    pairs = [f"{name_of(name)}={_value(row[name])}" for name in columns if row[name] not in (None, "", [])]
    while len(";".join(pairs).encode()) > LENGTHS["term_modifiers"]:
        pairs.pop()
    return ";".join(pairs)


def name_of(column: str) -> str:
    """Return what a column is called among the modifiers."""
    return _RENAMED.get(column, column)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "|".join(map(str, value)) if isinstance(value, list) else str(value)
    return one_line(text).replace(";", ",").replace("=", ":")


def one_line(text: str) -> str:
    """Return the text with every white space a single blank and without control characters."""
    kept = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join(kept.split())


def shortened(text: str, column: str) -> str:
    """Return as much of the text as the column takes."""
    limit = LENGTHS[column]
    whole = text.encode()
    if len(whole) <= limit:
        return text
    return whole[: limit - len(_CUT)].decode(errors="ignore").rstrip() + _CUT


def snippet(text: str, sentence: tuple[int, int], start: int, end: int) -> str:
    """Return the sentence on one line; of a long one the stretch that begins a little before the words."""
    limit = LENGTHS["snippet"]
    whole = one_line(text[sentence[0] : sentence[1]])
    if len(whole.encode()) <= limit:
        return whole
    room = max(0, limit - len(text[start:end].encode())) // 4
    return shortened(one_line(text[max(sentence[0], start - room) : sentence[1]]), "snippet")
