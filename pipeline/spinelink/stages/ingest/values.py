"""Values of a record's other columns: what cannot be read is None, never a reason to reject."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final


class NotText:
    """The type of `NOT_TEXT`."""


NOT_TEXT: Final = NotText()
"""Stands in a record for bytes that are text in neither encoding."""

UNUSABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL and lone surrogates: no table can hold them."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*\.?"
_TIME = r"(?:[T\s,:].*)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.IGNORECASE | re.DOTALL)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T\s]?\d{4}(?:\d{2})?(?:[.+-].*)?)?", re.IGNORECASE | re.DOTALL)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TIME}", re.IGNORECASE | re.DOTALL)
_DAY_MONTH = re.compile(rf"(\d{{1,2}})[-\s/.]*{_MONTH}[-\s/.,]*(\d{{4}}){_TIME}", re.IGNORECASE | re.DOTALL)
_MONTH_DAY = re.compile(rf"{_MONTH}[-\s/.]*(\d{{1,2}})[-\s/.,]+(\d{{4}}){_TIME}", re.IGNORECASE | re.DOTALL)
_AGE = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*\+?[\s-]*([a-z][a-z/.\s-]*)?", re.IGNORECASE)
_LONGEST = 64  # characters of a date or an age; more is prose, on which the patterns would be slow
_OLDEST = 150


def scalar(value: object) -> str | None:
    """Return a single value as text without outer space; None where there is none or a table cannot hold it."""
    if isinstance(value, str):
        text = value.strip()
    elif value is None or isinstance(value, NotText | list | dict | tuple | bytes):
        return None
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, float):
        text = _number(value)
    elif isinstance(value, date):
        text = value.isoformat()
    elif isinstance(value, Decimal):
        text = format(value, "f") if value.is_finite() else ""
    else:
        text = str(value)
    return text if text and not UNUSABLE.search(text) else None


def kept(value: object) -> str | None:
    """Return a value for `Report.extra`: as `scalar`, and nested values as JSON."""
    if isinstance(value, list | dict | tuple):
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
        return None if UNUSABLE.search(text) else text
    return scalar(value)


def day(value: object) -> date | None:
    """Return the date that a value states; None where day and month cannot be told apart.

    "2025-03-14T09:30", "20250314", "14-MAR-2025", "March 14, 2025" and "14/03/2025" are one day; "03/04/2025" is none.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = scalar(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    if text is None or len(text) > _LONGEST:
        return None
    if match := _YEAR_FIRST.fullmatch(text):
        return _date(match[1], match[3], match[4])
    if match := _COMPACT.fullmatch(text):
        return _date(match[1], match[2], match[3])
    if match := _YEAR_LAST.fullmatch(text):
        return _unordered(match[1], match[3], match[4])
    if match := _DAY_MONTH.fullmatch(text):
        return _date(match[3], _month(match[2]), match[1])
    if match := _MONTH_DAY.fullmatch(text):
        return _date(match[3], _month(match[1]), match[2])
    return None


def years(value: object, units: Mapping[str, str]) -> int | None:
    """Return an age in whole years; `units` says how many of a unit make a year ("052Y", "52 years", "18 months")."""
    text = scalar(value) or ""
    match = _AGE.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    unit = fold_word(match[2] or "")
    if unit and unit not in units:
        return None
    age = int(float(match[1]) / int(units[unit])) if unit else int(float(match[1]))
    return age if age <= _OLDEST else None


def folded(value: object, words: Mapping[str, str]) -> str | None:
    """Return the closed name that a value's word stands for ("Female" is F)."""
    return words.get(fold_word(scalar(value) or ""))


def fold_word(text: str) -> str:
    """Return a word's letters and digits in lower case: the form in which words and column names are compared."""
    return "".join(character for character in text.casefold() if character.isalnum())


def _number(value: float) -> str:
    if not math.isfinite(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _month(name: str) -> str:
    return str(_MONTHS.index(name[:3].lower()) + 1)


def _date(year: str, month: str, day_of_month: str) -> date | None:
    try:
        return date(int(year), int(month), int(day_of_month))
    except ValueError:
        return None


def _unordered(first: str, second: str, year: str) -> date | None:
    """Return a date whose day and month stand in an unknown order, where only one order is possible or both agree."""
    readings = {_date(year, first, second), _date(year, second, first)} - {None}
    return readings.pop() if len(readings) == 1 else None
