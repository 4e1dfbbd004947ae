"""Reads a plan's files one after the other, each by its format."""

from __future__ import annotations

import os
from collections.abc import Iterator

from spinelink.records import Reject, Report
from spinelink.stages.ingest.columns import usual_names
from spinelink.stages.ingest.formats import FORMATS
from spinelink.stages.ingest.planning import Plan
from spinelink.stages.ingest.record import Reading, ReadNotes
from spinelink.stages.ingest.source import PlannedFile


def read(plan: Plan, notes: ReadNotes | None = None) -> Iterator[Report | Reject]:
    """Yield a Report or a Reject for each record of the plan, in order, holding no more than a record or a batch of
    rows.

    A file that cannot be opened, breaks off or has no text column gives one more Reject, with `record` None, after the
    records before the break. What is worth telling and is no reject is entered in `notes`. Never raises for what a file
    holds.
    """
    reading = Reading(plan.options, usual_names(plan.names), notes if notes is not None else ReadNotes())
    for file in plan.files:
        opened = True
        try:
            yield from FORMATS[file.format].read(file, reading)
        except OSError as error:
            opened = False
            yield Reject(file.source, None, None, "unreadable", type(error).__name__)
        if not (opened and _is_as_planned(file)) and file.source not in reading.notes.grown[-1:]:
            reading.notes.changed.append(file.source)


def _is_as_planned(file: PlannedFile) -> bool:
    try:
        status = os.stat(file.path)
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns)
