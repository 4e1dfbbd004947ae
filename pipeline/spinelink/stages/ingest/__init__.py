"""Ingest: files in, reports or rejects out, in a fixed order.

`plan` fixes what is read; `read` reads it; `look_ahead` says which records are earlier versions of others, and what
serves the reports of other files.
`IngestOptions` are the user's settings, `ReadNotes` what `read` saw that is no reject. `plan_codes` and `read_codes` do
the same for a table of diagnosis codes beside the reports.
"""

from __future__ import annotations

from spinelink.stages.ingest.codes import CodesPlan, CodeTable, plan_codes, read_codes
from spinelink.stages.ingest.formats import FORMATS, Format
from spinelink.stages.ingest.options import COLUMN_FIELDS, IngestOptions
from spinelink.stages.ingest.planning import Plan, plan
from spinelink.stages.ingest.reading import Ahead, look_ahead, read
from spinelink.stages.ingest.record import ReadNotes
from spinelink.stages.ingest.source import PlannedFile

__all__ = [
    "COLUMN_FIELDS", "FORMATS", "Ahead", "CodeTable", "CodesPlan", "Format", "IngestOptions", "Plan", "PlannedFile",
    "ReadNotes", "look_ahead", "plan", "plan_codes", "read", "read_codes",
]  # fmt: skip
