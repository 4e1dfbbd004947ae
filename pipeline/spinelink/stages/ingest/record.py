"""One record's values become a Report, or a Reject that says why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from spinelink.lexicon import Lexicon
from spinelink.records import Reject, Report
from spinelink.stages.ingest.beside import Beside
from spinelink.stages.ingest.code_names import CodeNames, code_names
from spinelink.stages.ingest.columns import Layout, UsualNames, shown, usual_names
from spinelink.stages.ingest.containers import Containers
from spinelink.stages.ingest.options import IngestOptions
from spinelink.stages.ingest.source import ByteSource, PlannedFile, decode, unescape
from spinelink.stages.ingest.values import NOT_TEXT, UNUSABLE, NotText, day, folded, kept, scalar, years

Values = Sequence[object] | Mapping[int, object]
"""A record's values by position."""

_LONGEST_ID = 512
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9 ]{0,39}")
_T = TypeVar("_T")


@dataclass
class ReadNotes:
    """What reading saw that is no reject, for the manifest.

    `grown` lists sources that were longer than planned and were read up to their planned size; `fallback_values` counts
    files, lines and cells that were not UTF-8 and were read in the fallback encoding; `doubled` lists sources with a
    column in use whose name stands twice, `miscounted` batches of messages whose trailer counts others than were read.
    `passed_over` counts what is no report by its kind: other resources of FHIR, notes of other classes.
    `codes_passed_over` counts codes within reports that are of another system or unknown. `changed` lists sources that
    were not as planned when they were read (gone, shorter, written anew) or that the system failed to read, which the
    same command reads again.
    """

    grown: list[str] = field(default_factory=list)
    fallback_values: int = 0
    doubled: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    miscounted: list[str] = field(default_factory=list)
    passed_over: dict[str, int] = field(default_factory=dict)
    codes_passed_over: dict[str, int] = field(default_factory=dict)

    def pass_over(self, kind: str) -> None:
        """Count one of a kind that is no report; a kind that is no name is not told, for anything may stand there."""
        kind = kind if _KIND.fullmatch(kind) else "other"
        self.passed_over[kind] = self.passed_over.get(kind, 0) + 1

    def pass_over_code(self, why: str) -> None:
        """Count a code that is not read."""
        self.codes_passed_over[why] = self.codes_passed_over.get(why, 0) + 1


@dataclass(frozen=True)
class Reading:
    """What every format needs to read a file; `beside` is what files hold that serves the reports of others."""

    options: IngestOptions
    usual: UsualNames
    notes: ReadNotes
    lexicon: Lexicon
    containers: Containers = field(default_factory=Containers)
    beside: Beside = field(default_factory=Beside)
    _compiled: dict[Callable[[Reading], Any], Any] = field(default_factory=dict, repr=False, compare=False)

    def compiled(self, make: Callable[[Reading], _T]) -> _T:
        """Return what a format makes of the lexicon, made once for all files."""
        if make not in self._compiled:
            self._compiled[make] = make(self)
        made: _T = self._compiled[make]
        return made

    def opened(self, file: PlannedFile) -> ByteSource:
        """Return a file's plain bytes; raises OSError where it cannot be opened."""
        return ByteSource(file, self.options, self.containers, self.notes.changed)

    def close(self) -> None:
        """Close the archives that are open."""
        self.containers.close()

    @cached_property
    def codes(self) -> CodeNames:
        """The diagnosis codes that are known."""
        return code_names(self.lexicon)

    def decode(self, data: bytes) -> str | NotText:
        """Return bytes as text, UTF-8 first, then the fallback encoding."""
        text, by_fallback = decode(data, self.options.encoding)
        self.notes.fallback_values += by_fallback
        return NOT_TEXT if text is None else text

    def decode_as(self, data: bytes, encoding: str) -> str | NotText:
        """Return bytes as text of the encoding that a byte-order mark named; as `decode` for UTF-8."""
        if encoding == "utf-8":
            return self.decode(data)
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            return NOT_TEXT

    def unescaped(self, text: str) -> str | NotText:
        """Return a text whose bytes that were not UTF-8 stand as surrogate escapes, decoded."""
        data = unescape(text)
        return text if data is None else self.decode(data)


def reading_of(
    options: IngestOptions, lexicon: Lexicon, notes: ReadNotes | None = None, beside: Beside | None = None
) -> Reading:
    """Return what reading with these options and words needs."""
    usual = usual_names(lexicon.phrases("columns"))
    return Reading(options, usual, notes or ReadNotes(), lexicon, beside=beside or Beside())


@dataclass(frozen=True)
class RecordReader:
    """Makes the records of one file into reports."""

    source: str
    reading: Reading

    def reject(self, record: int | None, reason: str, detail: str = "", report_id: str | None = None) -> Reject:
        """Return a reject of this file's record, or of the file where `record` is None."""
        return Reject(self.source, record, report_id, reason, detail)

    def passes_over(self, layout: Layout, values: Values) -> bool:
        """Say whether a record is a note of a class that is not asked for, and count it."""
        if layout.note_class is None:
            return False
        given = scalar(values[layout.note_class]) or "none"
        if given in self.reading.options.note_classes:
            return False
        self.reading.notes.pass_over(f"note class {given if given.isalnum() and len(given) < 20 else 'other'}")
        return True

    def report(self, layout: Layout, values: Values, record: int) -> Report | Reject:
        """Return the report that stands in a record's values."""
        fields = dict(layout.fields)
        candidates = [values[fields[name]] for name in ("report_id", "accession") if name in fields]
        report_id = self.report_id(candidates, record)
        if isinstance(report_id, Reject):
            return report_id
        if not layout.has_text:
            return self.reject(record, "no_text_column", shown(layout.names, self.reading.usual), report_id)
        text = _text(layout, values)
        if isinstance(text, NotText):
            return self.reject(record, "not_text", "the text holds bytes that are no text", report_id)
        if not isinstance(text, str):
            detail = f"the text's column holds a value of type {type(text).__name__}"
            return self.reject(record, "bad_record", detail, report_id)
        fault = text_fault(text, self.reading.options)
        if fault is not None:
            return self.reject(record, *fault, report_id)
        extra = {name: value for name, index in layout.keep if (value := kept(values[index])) is not None}
        return Report(report_id, text, self.source, record, extra=extra, **self._fields(fields, values))

    def report_id(self, candidates: Sequence[object], record: int) -> str | Reject:
        """Return the first id that is given, else the record's place; a reject where it cannot be held."""
        given = _given_id(candidates)
        if isinstance(given, NotText):
            return self.reject(record, "not_text", "report_id holds NUL or bytes that are no text")
        if given is not None and len(given) > _LONGEST_ID:
            return self.reject(record, "bad_record", f"report_id of {len(given)} characters")
        return given or f"{self.source}#{record}"

    def _fields(self, fields: Mapping[str, int], values: Values) -> dict[str, Any]:
        """Return the report's other fields, each as its column says; None where the column says nothing usable."""
        words = self.reading.usual.words
        found: dict[str, Any] = {}
        for name, index in fields.items():
            value = values[index]
            if name in ("study_date", "order_date"):
                found[name] = day(value)
            elif name == "age":
                found[name] = years(value, words["age"])
            elif name in words:
                found[name] = folded(value, words[name])
            elif name != "report_id":
                found[name] = scalar(value)
        return found


StreamRecords = Callable[[ByteSource, RecordReader, PlannedFile], Iterator[Report | Reject]]
"""What a format of bytes yields for the records of a file, in order."""


def read_stream(file: PlannedFile, reading: Reading, records: StreamRecords) -> Iterator[Report | Reject]:
    """Yield what `records` makes of a file's bytes, then the reject of the file where it breaks off."""
    reader = RecordReader(file.source, reading)
    with reading.opened(file) as source:
        yield from records(source, reader, file)
        if source.grown:
            reading.notes.grown.append(file.source)
        if source.broken:
            yield reader.reject(None, *source.broken)


def text_fault(text: str, options: IngestOptions) -> tuple[str, str] | None:
    """Return reason and detail where a text cannot be a report's, None where it can."""
    if not text or text.isspace():
        return "empty_text", ""
    if unusable := UNUSABLE.search(text):
        kind = "NUL" if unusable[0] == "\x00" else "lone surrogate"
        return "not_text", f"{kind} at character {unusable.start()}"
    if len(text) > options.max_chars:
        return "too_long", f"{len(text)} characters, limit {options.max_chars}"
    return None


def _given_id(candidates: Sequence[object]) -> str | NotText | None:
    """Return the first id that is given; NOT_TEXT where it is given and cannot be held."""
    for value in candidates:
        if isinstance(value, NotText) or (isinstance(value, str) and UNUSABLE.search(value)):
            return NOT_TEXT
        text = scalar(value)
        if text is not None:
            return text
    return None


def _text(layout: Layout, values: Values) -> object:
    """Return the record's text: its text column, or where that is empty its sections composed; else what hinders.

    "INDICATION: ...\\n\\nFINDINGS: ..." is composed of the columns of sections that are not empty, in the order
    indication, technique, comparison, findings, impression, addendum as `SECTION_FIELDS` gives it, each under the
    heading of its column unless it begins with that heading itself.
    """
    whole = values[layout.text] if layout.text is not None else None
    if not _is_empty(whole) or not layout.sections:
        return "" if whole is None else whole
    cells = [(heading, cell) for heading, index in layout.sections if not _is_empty(cell := values[index])]
    for _, cell in cells:
        if not isinstance(cell, str):
            return cell
    return composed([(heading, str(cell)) for heading, cell in cells])


def composed(parts: Sequence[tuple[str, str]]) -> str:
    """Return the text of a report whose sections stand apart, each with its heading and a blank line between."""
    return "\n\n".join(under_heading(heading, text) for heading, text in parts)


def under_heading(heading: str, words: str) -> str:
    """Return words under a heading, unless they begin with it themselves."""
    return words if _has_heading(words, heading) else f"{heading}: {words}"


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def _has_heading(cell: str, heading: str) -> bool:
    start = cell.lstrip()
    rest = start[len(heading) :].lstrip(" \t")
    return start[: len(heading)].casefold() == heading.casefold() and rest[:1] in (":", "\n", "\r")
