"""What a run may show, and what becomes of the values that it may not: by the declared content of their column.

    content     --no-text              --deidentify
    text        left out               left out
    hash        left out               left out
    message     left out if of input   left out but of `failed`
    id          -                      pseudonym
    path        -                      pseudonym
    person      -                      pseudonym, with --with-people
    date        -                      moved back by the patient's days
    age         -                      90 where higher
    duration    -                      coarser where a calendar word dates it
    label       -                      left out but usual settings
    closed, number, words              as they are: nothing in them is copied from an input

Stages see true values; rows are protected as the last thing before they become tables.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from spinelink import schemas, vocabulary
from spinelink.keys import Key
from spinelink.records import Report

Columns = dict[str, list[object]]

OLDEST = 90
"""The highest age that a de-identified run states."""
RUNGS = (0, 7, 14, 28, 42, 84, 182)
"""Days at which dated durations stand, and whole years of 365 days beyond."""
_SHORT_YEAR, _LONG_YEAR = 365, 366
_INPUT_IN_MESSAGE = ("no_text_column", "unknown_code")
"""Rejects whose detail names columns or codes of the input, which in a file without a header are anything."""
_OWN_MESSAGE = ("failed",)
"""Rejects whose detail holds names of this package alone: an error's type and a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a run may show: report text (not under --no-text), requester and reader (only --with-people).

    Under a key ids are pseudonyms and dates are moved, and no text is shown.
    """

    text: bool = True
    people: bool = False
    key: Key | None = None

    def __post_init__(self) -> None:
        if self.key is not None:
            object.__setattr__(self, "text", False)


def protected(table: str, columns: Columns, report: Report | None, shown: Shown) -> Columns:
    """Return the columns of one report in a table, or of rejects, with what may not be shown left out or replaced."""
    if shown.text:
        return columns
    hidden = Protection(shown.key, report)
    declared = {column.name: column for column in schemas.table(table).columns}
    return {name: hidden.values(declared[name], values, columns) for name, values in columns.items()}


def kind_of(column: schemas.Column) -> str:
    """Return the kind of pseudonym that a column holds."""
    return "person" if column.content == "person" else column.name.removesuffix("_id")


def is_usual_setting(value: object) -> bool:
    """Tell whether a setting is one of those that say nothing of a person."""
    return "".join(filter(str.isalnum, str(value).casefold())) in vocabulary.SETTINGS


def shows_message(reason: object, *, hidden: bool) -> bool:
    """Tell whether the detail of a reject may be shown without report text, or `hidden` under a key."""
    return reason in _OWN_MESSAGE if hidden else reason not in _INPUT_IN_MESSAGE


@dataclass(frozen=True, slots=True)
class Protection:
    """What becomes of the values of one report; without a key, of its text alone."""

    key: Key | None
    report: Report | None = None

    def values(self, column: schemas.Column, values: list[object], columns: Columns) -> list[object]:
        """Return the values of a column; `columns` are those of its table."""
        if column.content in ("text", "hash"):
            return [None] * len(values)
        if column.content == "message":
            return [self._message(reason, detail) for reason, detail in zip(columns["reason"], values, strict=True)]
        if self.key is None:
            return values
        if column.content == "duration":
            return self._durations(columns, int(column.name == "duration_max_days"))
        replace = self._replacement(column, self.key)
        return values if replace is None else [None if value is None else replace(value) for value in values]

    def _message(self, reason: object, detail: object) -> object:
        return detail if shows_message(reason, hidden=self.key is not None) else ""

    def _replacement(self, column: schemas.Column, key: Key) -> Callable[[object], object] | None:
        """Return what is done to each value of a column that is there, None for nothing."""
        if column.content in ("id", "path", "person"):
            kind = kind_of(column)
            return lambda value: key.pseudonym(kind, str(value))
        if column.content == "date":
            back = self._days_back(key)
            return lambda value: _earlier(value, back)
        if column.content == "age":
            return lambda value: min(value, OLDEST) if isinstance(value, int) else None
        if column.content == "label":
            return lambda value: value if column.name == "setting" and is_usual_setting(value) else None
        return None

    def _days_back(self, key: Key) -> int:
        """Return the shift of a report's dates: its patient's, its own where no patient is given."""
        assert self.report is not None, "dates stand in rows of reports"
        if self.report.patient_id is not None:
            return key.shift("patient", self.report.patient_id)
        return key.shift("report", self.report.report_id)

    def _durations(self, columns: Columns, place: int) -> list[object]:
        """Return lower (place 0) or upper bounds (1) of durations; what a calendar word dates is made coarser.

        The days since the first of a year that a text names, "since 2019", tell on which day of the year they were
        counted: together with a date that is moved by less than a year, the date itself.
        """
        assert self.report is not None, "durations stand in rows of reports"
        until = self.report.order_date or self.report.study_date
        rows = zip(columns["duration_source"], columns["duration_days"], columns["duration_max_days"], strict=True)
        told: list[object] = []
        bounds: tuple[object, object]
        for source, least, most in rows:
            bounds = (least, most)
            if source == "dated" and isinstance(least, int) and isinstance(most, int) and least != most:
                bounds = coarser(least, most, until) if until is not None else (None, None)
            told.append(bounds[place])
        return told


def coarser(least: int, most: int, until: date) -> tuple[int, int]:
    """Return bounds that are as true, and tell nothing of the day up to which they were counted.

    Of a start in a year, counts of whole years; of another start, the rungs below and above, whose calendar words stay
    unknown.
    """
    first, last = until - timedelta(most), until - timedelta(least)
    if first == date(first.year, 1, 1) and last in (date(first.year, 12, 31), until):
        years = until.year - first.year
        return max(0, years - 1) * _SHORT_YEAR, (years + 1) * _LONG_YEAR
    return _rung_below(least), _rung_above(most)


def _rung_below(days: int) -> int:
    """Return the highest rung that a duration has surely reached."""
    return days // _SHORT_YEAR * _SHORT_YEAR or RUNGS[bisect_right(RUNGS, days) - 1]


def _rung_above(days: int) -> int:
    """Return the last day before a rung that a duration surely has not passed: "at most 41" is below six weeks."""
    place = bisect_right(RUNGS, days)
    return RUNGS[place] - 1 if place < len(RUNGS) else (days // _SHORT_YEAR + 1) * _SHORT_YEAR - 1


def _earlier(value: object, days: int) -> date | None:
    """Return a date moved back, None where that is before all dates."""
    assert isinstance(value, date)
    try:
        return value - timedelta(days)
    except OverflowError:
        return None
