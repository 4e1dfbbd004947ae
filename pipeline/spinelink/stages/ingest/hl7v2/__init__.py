"""HL7 v2: messages of observations (ORU) in files, batches and dumps; each OBR group is one report.

What a message says fills the columns that other formats have, so that a report comes out the same whatever it came in.
Records are the reports of messages, messages that hold none, and stretches between messages, in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spinelink.records import Reject, Report
from spinelink.stages.ingest.hl7v2.dumps import Dump, RawMessage, begins
from spinelink.stages.ingest.hl7v2.fields import names_field
from spinelink.stages.ingest.hl7v2.groups import groups_of
from spinelink.stages.ingest.hl7v2.reports import Outcome, outcome_of
from spinelink.stages.ingest.hl7v2.syntax import Message, Segment, read_message
from spinelink.stages.ingest.hl7v2.words import Words, compile_words
from spinelink.stages.ingest.record import Reading, RecordReader, read_stream
from spinelink.stages.ingest.source import ByteSource, PlannedFile
from spinelink.stages.ingest.versions import Version

__all__ = ["begins", "columns", "read", "versions"]

_TYPE = "ORU"


def read(file: PlannedFile, reading: Reading) -> Iterator[Report | Reject]:
    """Yield a report or a reject for each report, other message and stretch between messages, in order."""
    return read_stream(file, reading, _records)


def versions(file: PlannedFile, reading: Reading) -> Iterator[Version]:
    """Yield the version of each record that is a report or withdraws one."""
    with reading.opened(file) as source:
        for _, version in _outcomes(source, RecordReader(file.source, reading)):
            if version is not None:
                yield version


def columns(_file: PlannedFile, reading: Reading) -> tuple[str, ...]:
    """Return the columns that the user names by field, as "OBR-20" or "PID-3.1"."""
    named = (*reading.options.columns.values(), *reading.options.keep)
    return ("text", *filter(names_field, named))


def _records(source: ByteSource, reader: RecordReader, _file: PlannedFile) -> Iterator[Report | Reject]:
    return (outcome for outcome, _ in _outcomes(source, reader))


def _outcomes(source: ByteSource, reader: RecordReader) -> Iterator[Outcome]:
    reading = reader.reading
    words = reading.compiled(compile_words)

    def miscount(told: int, seen: int) -> None:
        reading.notes.miscounted.append(f"{reader.source}: a batch says {told} messages and has {seen}")

    dump = Dump(source, reading.options.record_limit, miscount)
    record = 0
    for piece in dump:
        if isinstance(piece, RawMessage):
            found = _of_message(piece, reader, words, record, unicode=dump.unicode)
        else:
            detail = f"{piece.size} bytes that belong to no message (no MSH)"
            found = [(reader.reject(record, "bad_record", detail), None)]
        yield from found
        record += len(found)
    if dump.unclosed and not source.broken:
        yield reader.reject(None, "truncated", "a batch without its trailer (BTS, FTS)"), None


def _of_message(raw: RawMessage, reader: RecordReader, words: Words, record: int, *, unicode: bool) -> list[Outcome]:
    """Return what becomes of one message, at least one outcome."""

    def reject(reason: str, detail: str, report_id: str | None = None) -> list[Outcome]:
        return [(reader.reject(record, reason, detail, report_id), None)]

    if raw.overlong:
        return reject("too_long", f"a message of more than {reader.reading.options.record_limit} bytes")
    try:
        message = read_message(raw.data, unicode=unicode, reading=reader.reading)
    except ValueError as error:
        return reject("bad_record", f"no message of HL7 ({error})")
    groups = groups_of(message)
    given = groups[0].report_id or None if len(groups) == 1 else None
    if raw.broken:
        return reject("truncated", "the message breaks off", given)
    kind = message.header.value(9)
    if kind not in ("", _TYPE):
        named = kind if re.fullmatch(r"[A-Z]{3}", kind) else "of another type"
        return reject("no_report", f"a message {named}, not {_TYPE}", given)
    if part := _part_of(message):
        return reject("truncated", part, given)
    if not groups:
        return reject("bad_record", "a message without OBR and OBX")
    return [outcome_of(group, message, reader, words, record + n) for n, group in enumerate(groups)]


def _part_of(message: Message) -> str | None:
    """Return of what a message is but a part, None for a whole one: its parts would be taken for versions."""
    if message.header.value(14):
        return "it goes on with another message (MSH-14)"
    if any(name == "DSC" and isinstance(one, Segment) and one.value(1) for name, one in message.segments):
        return "another message goes on with it (DSC)"
    return None
