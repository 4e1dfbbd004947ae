"""Reads a plan's files one after the other, each by its format."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from spinelink.records import Reject, Report
from spinelink.stages.ingest.beside import Beside
from spinelink.stages.ingest.containers import ContainerError
from spinelink.stages.ingest.formats import FORMATS
from spinelink.stages.ingest.planning import Plan
from spinelink.stages.ingest.record import Reading, ReadNotes, reading_of
from spinelink.stages.ingest.source import PlannedFile, is_of_the_system
from spinelink.stages.ingest.versions import Latest, VersionTable


@dataclass(frozen=True)
class Ahead:
    """What a first pass saw: which records stay, what serves reports of other files, which sources had changed."""

    latest: Latest
    beside: Beside
    changed: frozenset[str]


def read(plan: Plan, notes: ReadNotes | None = None, ahead: Ahead | None = None) -> Iterator[Report | Reject]:
    """Yield a Report or a Reject for each record of the plan, in order, holding no more than a record or a batch of
    rows.

    A file that cannot be opened, breaks off or has no text column gives one more Reject, with `record` None, after the
    records before the break. What is worth telling and is no reject is entered in `notes`. Without `ahead` every
    version is a report, and none has what stands in other files. Never raises for what a file holds.
    """
    if ahead is None:
        return _records(plan, reading_of(plan.options, plan.lexicon, notes), frozenset())
    reading = reading_of(plan.options, plan.lexicon, notes, ahead.beside)
    return ahead.latest.of(_records(plan, reading, ahead.changed), plan.options.max_chars)


def look_ahead(plan: Plan) -> Ahead:
    """Return what has to be known before the first record is read, by a first pass over formats of versions."""
    reading = reading_of(plan.options, plan.lexicon)
    table = VersionTable()
    changed = set[str]()
    with closing(reading):
        for file in plan.files:
            versions = None if file.fault else FORMATS[file.format].versions
            if versions is None:
                continue
            try:
                table.add(file.source, versions(file, reading))
            except OSError as error:  # reading it will say so
                if is_of_the_system(error):
                    changed.add(file.source)
            if not _is_as_planned(file):
                changed.add(file.source)
    return Ahead(table.settled(), reading.beside, frozenset(changed.union(reading.notes.changed)))


def _records(plan: Plan, reading: Reading, changed: frozenset[str]) -> Iterator[Report | Reject]:
    with closing(reading):
        for file in plan.files:
            noted = reading.notes.grown, reading.notes.changed
            try:
                if file.fault:
                    yield Reject(file.source, None, None, *file.fault)
                else:
                    yield from FORMATS[file.format].read(file, reading)
            except ContainerError as error:
                yield Reject(file.source, None, None, *error.fault)
            except OSError as error:
                if is_of_the_system(error):
                    reading.notes.changed.append(file.source)
                yield Reject(file.source, None, None, "unreadable", type(error).__name__)
            if file.fault or any(file.source in sources[-1:] for sources in noted):
                continue
            if file.source in changed or not _is_as_planned(file):
                reading.notes.changed.append(file.source)


def _is_as_planned(file: PlannedFile) -> bool:
    try:
        status = os.stat(file.path)
    except OSError:
        return False
    # The size of a member is its own, not that of the archive that holds it.
    return status.st_mtime_ns == file.mtime_ns and (bool(file.members) or status.st_size == file.size)
