"""Reads a plan's files one after the other, each by its format."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, suppress

from spinelink.records import Reject, Report
from spinelink.stages.ingest.containers import ContainerError
from spinelink.stages.ingest.formats import FORMATS
from spinelink.stages.ingest.planning import Plan
from spinelink.stages.ingest.record import ReadNotes, reading_of
from spinelink.stages.ingest.source import PlannedFile
from spinelink.stages.ingest.versions import Latest, VersionTable


def read(plan: Plan, notes: ReadNotes | None = None) -> Iterator[Report | Reject]:
    """Yield a Report or a Reject for each record of the plan, in order, holding no more than a record or a batch of
    rows.

    A file that cannot be opened, breaks off or has no text column gives one more Reject, with `record` None, after the
    records before the break. What is worth telling and is no reject is entered in `notes`. Never raises for what a file
    holds.
    """
    reading = reading_of(plan.options, plan.lexicon, notes)
    with closing(reading):
        for file in plan.files:
            opened = True
            try:
                if file.fault:
                    yield Reject(file.source, None, None, *file.fault)
                else:
                    yield from FORMATS[file.format].read(file, reading)
            except ContainerError as error:
                yield Reject(file.source, None, None, *error.fault)
            except OSError as error:
                opened = False
                yield Reject(file.source, None, None, "unreadable", type(error).__name__)
            if not (file.fault or (opened and _is_as_planned(file))) and file.source not in reading.notes.grown[-1:]:
                reading.notes.changed.append(file.source)


def changed(plan: Plan) -> list[str]:
    """Return the sources of the files that are not as planned any more."""
    return [file.source for file in plan.files if not (file.fault or _is_as_planned(file))]


def _is_as_planned(file: PlannedFile) -> bool:
    try:
        status = os.stat(file.path)
    except OSError:
        return False
    # The size of a member is its own, not that of the archive that holds it.
    return status.st_mtime_ns == file.mtime_ns and (bool(file.members) or status.st_size == file.size)


def find_latest(plan: Plan) -> Latest:
    """Return which record of each id is the latest version of its report, by a first pass over formats of versions."""
    reading = reading_of(plan.options, plan.lexicon)
    table = VersionTable()
    with closing(reading):
        for file in plan.files:
            versions = None if file.fault else FORMATS[file.format].versions
            if versions is not None:
                with suppress(OSError):  # reading it will say so
                    table.add(file.source, versions(file, reading))
    return table.settled()
