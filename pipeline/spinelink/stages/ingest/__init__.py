"""Ingest: files in, reports or rejects out, in a fixed order.

`plan` fixes what is read; `read` reads it; `find_latest` says which records are earlier versions of others.
`IngestOptions` are the user's settings, `ReadNotes` what `read` saw that is no reject. `plan_codes` and `read_codes` do
the same for a table of diagnosis codes beside the reports. `RowReader` reads rows that something else has read from
their files; `changed` says which files are not as planned any more.
"""

from __future__ import annotations

from spinelink.stages.ingest.codes import CodesPlan, CodeTable, plan_codes, read_codes
from spinelink.stages.ingest.formats import FORMATS, Format
from spinelink.stages.ingest.options import COLUMN_FIELDS, IngestOptions
from spinelink.stages.ingest.planning import Plan, plan
from spinelink.stages.ingest.reading import changed, find_latest, read
from spinelink.stages.ingest.record import ReadNotes
from spinelink.stages.ingest.rows import RowReader
from spinelink.stages.ingest.source import PlannedFile
from spinelink.stages.ingest.versions import Latest

__all__ = [
    "COLUMN_FIELDS", "FORMATS", "CodeTable", "CodesPlan", "Format", "IngestOptions", "Latest", "Plan", "PlannedFile",
    "ReadNotes", "RowReader", "changed", "find_latest", "plan", "plan_codes", "read", "read_codes",
]  # fmt: skip
