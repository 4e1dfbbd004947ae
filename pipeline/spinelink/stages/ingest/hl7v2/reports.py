"""One report of a message: its text and fields as a Report or a Reject, and what decides between its versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from spinelink.records import Reject, Report
from spinelink.stages.ingest.columns import Layout
from spinelink.stages.ingest.hl7v2.fields import codes_of, fields_of, located, names_field, reason_of
from spinelink.stages.ingest.hl7v2.groups import Group
from spinelink.stages.ingest.hl7v2.observations import Observed, observed, text_of
from spinelink.stages.ingest.hl7v2.syntax import Message
from spinelink.stages.ingest.hl7v2.words import Words
from spinelink.stages.ingest.record import RecordReader, composed
from spinelink.stages.ingest.values import folded
from spinelink.stages.ingest.versions import WITHDRAWN, Version, moment

_CANCELLED = "X"  # OBR-25
_SETTLED = ("corrected", "addendum")

Outcome = tuple[Report | Reject, Version | None]
"""What becomes of a record, and its version where it is a report or withdraws one."""


def outcome_of(group: Group, message: Message, reader: RecordReader, words: Words, record: int) -> Outcome:
    """Return the report that a group holds, or why there is none."""
    found = observed(group.observations, words, message.decode)
    given = group.report_id or None
    if given and _takes_back(group, found):
        reject = reader.reject(record, "withdrawn", "takes back what was sent before", given)
        return reject, _version(group, record, given, WITHDRAWN)
    if found.fault:
        return reader.reject(record, *found.fault, given), None
    status = _status(group, found, reader)
    text = text_of(found.parts, words)
    headed = words.sections_in(text)
    is_addendum = _is_addendum(found, status, headed, begins=words.begins_section(text))
    whole = text if is_addendum else _with_reason(group, found, text, headed, words)
    outcome = _report(group, found, whole, status, reader, record)
    if isinstance(outcome, Reject):
        return outcome, None
    report = replace(outcome, codes=codes_of(group, words))
    return report, _version(group, record, report.report_id, report.status, text if is_addendum else None)


def _report(
    group: Group, found: Observed, text: str, status: str | None, reader: RecordReader, record: int
) -> Report | Reject:
    options = reader.reading.options
    fields = fields_of(group, options)
    fields.setdefault("status", status)
    if found.study_id and "study_id" not in options.columns:
        fields["study_id"] = found.study_id
    kept = {name: located(group, name) for name in options.keep if names_field(name)}
    values = [text, *fields.values(), *kept.values()]
    places = [(name, place) for place, name in enumerate((*fields, *kept), start=1)]
    layout = Layout(("text",), 0, (), tuple(places[: len(fields)]), tuple(places[len(fields) :]))
    return reader.report(layout, values, record)


def _version(group: Group, record: int, report_id: str, status: str | None, addendum: str | None = None) -> Version:
    issued, sent = moment(group.value("OBR", 22)), moment(group.value("MSH", 7))
    return Version(record, report_id, status, issued or sent, sent, addendum)


def _takes_back(group: Group, found: Observed) -> bool:
    """Tell whether the order was cancelled, or all its observations deleted or called wrong."""
    has_text = any(text.strip() for _, _, text in found.parts)
    cancelled = group.value("OBR", 25).upper() == _CANCELLED
    return not has_text and not found.fault and (found.all_void or cancelled)


def _status(group: Group, found: Observed, reader: RecordReader) -> str | None:
    """Return the status of OBR-25, else of the observations; over "final" stands a correction or addendum of these."""
    words = reader.reading.usual.words["status"]
    whole = folded(group.value("OBR", 25), words)
    of_observations = [status for told in dict.fromkeys(found.statuses) if (status := folded(told, words))]
    if whole is None or whole == "final":
        settled = [status for status in of_observations if status in _SETTLED]
        return next(iter([*settled, *filter(None, [whole]), *of_observations]), None)
    return whole


def _is_addendum(found: Observed, status: str | None, headed: Sequence[str], *, begins: bool) -> bool:
    """Tell whether the message is nothing but an addendum; `headed` are the sections that headings in its text open.

    So it is where identifiers tell no other section; and where these tell none, of a text that is an addendum by its
    status or its first heading, without a heading of another section.
    """
    told = found.sections
    if told != {""}:
        return told == {"addendum"}
    return set(headed) <= {"addendum"} and (status == "addendum" or (bool(headed) and begins))


def _with_reason(group: Group, found: Observed, text: str, headed: Sequence[str], words: Words) -> str:
    """Return the text with the reason of the order as its indication, where the text itself has none.

    It stands among sections that identifiers tell as these are ordered, and else at the end of the text: of a text
    without headings all that follows it would be its own.
    """
    told = found.sections
    if not text.strip() or "indication" in (*told, *headed):
        return text
    reason = reason_of(group)
    if not reason:
        return text
    part = ("indication", "INDICATION", reason)
    return f"{text}\n\n{composed([part[1:]])}" if told == {""} else text_of([*found.parts, part], words)
