"""Which columns of an input fill which fields: by the user's names, else by the usual ones of `columns.tsv`.

A row of the lexicon names a column (`field` is a field of the report, `text` or a section) or, as "sex=female", a word
in one. `value` is the column's rank (the lowest rank present is read), the heading that a section is given, or what the
word stands for. Names are compared by their letters and digits alone: "Report ID", "report_id" and "ReportID" are one.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from spinelink.alternatives import expand
from spinelink.errors import LexiconError
from spinelink.lexicon import Phrase
from spinelink.stages.ingest import omop
from spinelink.stages.ingest.options import PEOPLE, REPORT_FIELDS, SECTION_FIELDS, IngestOptions
from spinelink.stages.ingest.values import fold_word

LAST_RESORT = 50
"""Text columns from this rank on ("note", "result") give way to columns of sections."""

CODE_FIELDS = ("code", "code_system", "code_date")
"""Fields of a row of a table of codes, whose usual names stand beside those of reports."""

_WORD_FIELDS = ("sex", "status", "age")
_SHOWN_NAMES = 30
_LONGEST_NAME = 5  # words
_NAME = re.compile(r"[^\W\d][\w .()/#%-]{0,39}")


@dataclass(frozen=True)
class UsualNames:
    """The rows of `columns.tsv`, ready to look up by folded name."""

    fields: Mapping[str, tuple[str, int]]
    sections: Mapping[str, tuple[str, str, int]]
    words: Mapping[str, Mapping[str, str]]

    def __contains__(self, folded: object) -> bool:
        return folded in self.fields or folded in self.sections


@dataclass(frozen=True)
class Layout:
    """Where in a record, by position, its values stand.

    `names` are the columns' names. `sections` pairs a heading with a position, in the order of composing. `doubled`
    names columns in use whose name stands more than once; the first is read. `note_class` is where a note of OMOP says
    of which class it is, None where that is not asked.
    """

    names: tuple[str, ...]
    text: int | None
    sections: tuple[tuple[str, int], ...]
    fields: tuple[tuple[str, int], ...]
    keep: tuple[tuple[str, int], ...]
    doubled: tuple[str, ...] = ()
    note_class: int | None = None

    @property
    def has_text(self) -> bool:
        """Whether a text can be read or composed."""
        return self.text is not None or bool(self.sections)

    @property
    def used(self) -> tuple[int, ...]:
        """The positions that are read, in order."""
        pairs = (*self.sections, *self.fields, *self.keep)
        single = (index for index in (self.text, self.note_class) if index is not None)
        return tuple(sorted({*single, *(index for _, index in pairs)}))


def usual_names(phrases: Iterable[Phrase]) -> UsualNames:
    """Return the lexicon's rows for look-up; raises LexiconError with every row that names no field or has no rank."""
    fields: dict[str, tuple[str, int]] = {}
    sections: dict[str, tuple[str, str, int]] = {}
    words: dict[str, dict[str, str]] = {name: {} for name in _WORD_FIELDS}
    faults: list[str] = []
    for order, row in enumerate(phrases):
        if row.field in CODE_FIELDS:
            continue
        if "=" in row.term:
            _add_word(row, words, faults)
            continue
        for name in map(fold_word, expand(row.term)):
            if row.field in SECTION_FIELDS:
                sections[name] = (row.field, row.value, order)
            elif row.field not in ("text", *REPORT_FIELDS) or not row.value.isdecimal():
                faults.append(f"columns.tsv: {row.id} has no field of a report or no rank")
            elif name not in fields or int(row.value) < fields[name][1]:
                fields[name] = (row.field, int(row.value))
    if faults:
        raise LexiconError("\n".join(faults))
    return UsualNames(fields, sections, words)


def layout_of(names: Sequence[str], options: IngestOptions, usual: UsualNames) -> Layout:
    """Return where the values stand in a record whose columns have these names."""
    folded = [fold_word(name) for name in names]
    fields = _fields(names, folded, options, usual)
    text = fields.pop("text", None)
    sections = () if "text" in options.columns else _sections(names, folded, options, usual)
    if text is not None and sections and text[0] >= LAST_RESORT:
        text = None
    keep = tuple((name, index) for name in options.keep if (index := find(name, names)) is not None)
    found = tuple((name, index) for name, (_, index) in fields.items() if options.with_people or name not in PEOPLE)
    note_class = find(omop.CLASS_COLUMN, names) if options.note_classes and omop.is_note(folded) else None
    layout = Layout(tuple(names), text[1] if text else None, sections, found, keep, note_class=note_class)
    return replace(layout, doubled=tuple(names[i] for i in layout.used if folded.count(folded[i]) > 1))


def find(name: str, names: Sequence[str]) -> int | None:
    """Return the position of the column that a user means: the very name, else the same letters and digits."""
    if name in names:
        return names.index(name)
    folded = [fold_word(other) for other in names]
    return folded.index(fold_word(name)) if fold_word(name) in folded else None


def shown(names: Sequence[str], usual: Container[str]) -> str:
    """Return column names for a message; a first line that may be data is not shown, for it may be a patient's.

    Names of several words are shown where they are usual ones, folded, and others beside these are counted: "Smith
    John, low back pain" is as like names of columns as "Exam text, Patient number".
    """
    filled = [name.strip() for name in names if name.strip()]
    if not filled:
        return "it has no columns"
    known = {name for name in filled if fold_word(name) in usual}
    plain = [name for name in filled if name in known or len(name.split()) == 1]
    if not all(_NAME.fullmatch(name) and len(name.split()) <= _LONGEST_NAME for name in filled) or (
        len(plain) < len(filled) and not known
    ):
        return "its column names are not shown, for they look like data"
    more = len(filled) - len(plain[:_SHOWN_NAMES])
    return f"its columns are {', '.join(plain[:_SHOWN_NAMES])}{f' and {more} more' if more else ''}"


def _add_word(row: Phrase, words: dict[str, dict[str, str]], faults: list[str]) -> None:
    field, word = row.term.split("=", 1)
    if field != row.field or field not in words or (field == "age" and not _is_divisor(row.value)):
        faults.append(f"columns.tsv: {row.id} has no word of {', '.join(_WORD_FIELDS)}")
        return
    for spelling in expand(word):
        words[field][fold_word(spelling)] = row.value


def _is_divisor(value: str) -> bool:
    return value.isdecimal() and int(value) > 0


def _fields(
    names: Sequence[str], folded: Sequence[str], options: IngestOptions, usual: UsualNames
) -> dict[str, tuple[int, int]]:
    """Return field to rank and position: the lowest rank, among equals the first column."""
    found: dict[str, tuple[int, int]] = {}
    for index, name in enumerate(folded):
        field, rank = usual.fields.get(name, ("", 0))
        if field and field not in options.columns:
            found[field] = min(found.get(field, (rank, index)), (rank, index))
    if omop.is_note(folded):
        found |= {
            field: (0, index) for field, index in omop.note_fields(folded).items() if field not in options.columns
        }
    for field, name in options.columns.items():
        position = find(name, names)
        if position is not None and field not in SECTION_FIELDS:
            found[field] = (0, position)
    return dict(sorted(found.items()))


def _sections(
    names: Sequence[str], folded: Sequence[str], options: IngestOptions, usual: UsualNames
) -> tuple[tuple[str, int], ...]:
    """Return heading and position of every section that has a column, in the order of composing."""
    found: list[tuple[int, int, str, int]] = []
    for index, name in enumerate(folded):
        section, heading, order = usual.sections.get(name, ("", "", 0))
        if section and section not in options.columns and folded.index(name) == index:
            found.append((SECTION_FIELDS.index(section), order, heading, index))
    for section in SECTION_FIELDS:
        position = find(options.columns[section], names) if section in options.columns else None
        if position is not None:
            found.append((SECTION_FIELDS.index(section), -1, section.upper(), position))
    return tuple((heading, index) for _, _, heading, index in sorted(found))
