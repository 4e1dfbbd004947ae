"""Gold records: what the reports of a gold file state, one JSON object a line, as the annotation guideline has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from spinelink.errors import EvaluationError

KINDS: dict[str, str] = {"symptom": "symptoms", "red_flag": "red_flags", "care": "care"}
"""Kinds of the symptoms table, and the fields of a gold record that hold them."""

_FACT = ("type", "level", "side", "severity", "assertion")


def read_gold(gold: Path) -> dict[str, dict[str, Any]]:
    """Return the records by report id, in the order of the file; raises EvaluationError naming file and line."""
    try:
        lines = gold.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise EvaluationError(f"{gold}: cannot be read as gold JSON lines ({reason})") from None
    records: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{gold}:{number}"
        try:
            record = json.loads(line)
        except ValueError:
            raise EvaluationError(f"{where}: is no JSON") from None
        if fault := _fault(record):
            raise EvaluationError(f"{where}: {fault}")
        if record["report_id"] in records:
            raise EvaluationError(f"{where}: report {record['report_id']!r} stands twice")
        records[record["report_id"]] = record
    if not records:
        raise EvaluationError(f"{gold}: holds no gold record")
    return records


def _fault(record: object) -> str | None:
    """Return what a gold record lacks, None where it has all that is compared."""
    if not isinstance(record, dict) or not isinstance(record.get("report_id"), str):
        return "is no object with a report_id"
    for field, needed in (("findings", _FACT), *((field, ("type", "assertion")) for field in KINDS.values())):
        rows = record.get(field)
        if not isinstance(rows, list):
            return f"has no list {field!r}"
        for row in rows:
            if not isinstance(row, dict) or any(not isinstance(row.get(name), str) for name in needed):
                return f"an entry of {field!r} lacks one of {', '.join(needed)}"
    return None
