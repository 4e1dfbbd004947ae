"""Calendar words after "since" and "began": a day, a month, a year or a weekday, as its earliest and latest day.

What can be read two ways ("since 5/3/24", day or month first; "Jan 24", day or year) has the bounds of both readings. A
reading after the anchor is none. "Since fall" is no date: season or event. Source: decision 13, clinical section d.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from spinelink.alternatives import expand
from spinelink.lexicon import Term

_YEAR = r"(?:19|20)\d\d"
_ORDINAL = r"(?:st|nd|rd|th)?"


@dataclass(frozen=True, slots=True)
class Dated:
    """A start as written: `start` to `end` hold the word of starting and the date, `gap` what stands between them.

    `exact` tells that a day is named; `first` and `last` are the earliest and latest day that it can mean, None without
    an anchor or before any reading.
    """

    start: int
    end: int
    gap: tuple[int, int]
    value: str
    rule_id: str
    exact: bool
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class DateRules:
    """The compiled words: `find` matches a start with its date, the rest say what the words mean."""

    find: re.Pattern[str]
    starts: dict[str, Term]
    months: dict[str, int]
    weekdays: dict[str, int]


def compile_dates(rows: Iterable[Term]) -> DateRules:
    """Return the rules that rows of forms start, event_start, month and weekday make."""
    words: dict[str, dict[str, Term]] = {"start": {}, "event_start": {}, "month": {}, "weekday": {}}
    for row in rows:
        if row.form in words:
            words[row.form].update((spelling, row) for spelling in expand(row.term))
    starts = words["event_start"] | words["start"]
    start, month, weekday = (alternatives(words[form]) for form in ("start", "month", "weekday"))
    day = (
        rf"(?P<iso>{_YEAR}-\d\d-\d\d)"
        rf"|(?P<full>\d{{1,2}}([/.-])\d{{1,2}}[/.-](?:{_YEAR}|\d\d))"
        rf"|(?P<month_year>\d{{1,2}}[/-]{_YEAR})"
        r"|(?P<month_day>\d{1,2}/\d{1,2})(?![/\d])"
        rf"|(?:(?P<before>\d{{1,2}}){_ORDINAL}\s+(?:of\s+)?)?(?P<month>{month})(?![^\W\d_])(?:\.(?=\s*\d))?"
        rf"(?:\s+(?P<after>\d{{1,2}})(?!\d)(?P<ordinal>{_ORDINAL}))?(?:,?\s*(?:of\s+)?(?P<year>{_YEAR}|['\u2019]\d\d))?"
        rf"|(?P<alone>{_YEAR}|['\u2019]\d\d)|(?P<weekday>{weekday})"
    )
    gap = rf"(?P<gap>(?:\s+(?!{start}(?!\w))(?!\d+(?!\w))[^\s.;:,]{{1,40}}){{0,7}}?)"
    find = re.compile(rf"(?<!\w)(?P<start>{alternatives(starts)})(?!\w){gap}[\s:(-]{{0,40}}(?:{day})(?!\w)(?!/\d)")
    return DateRules(
        find=find,
        starts=starts,
        months={word: int(row.value) for word, row in words["month"].items()},
        weekdays={word: int(row.value) for word, row in words["weekday"].items()},
    )


def alternatives(words: Iterable[str]) -> str:
    """Return a pattern of these words, the longest first, with any run of spaces and hyphens between their parts."""
    parts = (
        r"[\s-]+".join(map(re.escape, word.split())) for word in sorted(words, key=lambda word: (-len(word), word))
    )
    return f"(?:{'|'.join(parts) or '(?!)'})"


def plain(words: str) -> str:
    """Return words as the lexicon writes them: one space for every run of spaces and hyphens inside."""
    return " ".join(words.replace("-", " ").split()) or words.strip()


def dates_in(folded: str, anchor: date | None, rules: DateRules) -> Iterator[Dated]:
    """Yield every start with a date, in order; the text must be folded."""
    for found in rules.find.finditer(folded):
        row = rules.starts[plain(found["start"])]
        readings = tuple(_readings(found, anchor, rules)) if anchor is not None else ()
        yield Dated(
            start=found.start(),
            end=found.end(),
            gap=found.span("gap"),
            value=row.value,
            rule_id=row.id,
            exact=any(found[name] for name in ("iso", "full", "month_day", "before", "after")),
            first=min((first for first, _ in readings), default=None),
            last=max((last for _, last in readings), default=None),
        )


def _readings(found: re.Match[str], anchor: date, rules: DateRules) -> Iterator[tuple[date, date]]:
    """Yield the first and last day of each reading of a date that is not after the anchor."""
    if found["weekday"]:
        back = (anchor.weekday() - rules.weekdays[found["weekday"]]) % 7
        yield anchor - timedelta(back or 7), anchor - timedelta(back)
        return
    for year, month, day in _parts(found, anchor, rules):
        try:
            first = date(year, month or 1, day or 1)
        except ValueError:
            continue
        last = first if day else date(year, month or 12, monthrange(year, month or 12)[1])
        if first <= anchor:
            yield first, min(last, anchor)


def _parts(found: re.Match[str], anchor: date, rules: DateRules) -> Iterator[tuple[int, int, int]]:
    """Yield year, month and day of each reading, 0 where it has none; a missing year is the latest that can be."""
    if found["iso"]:
        year, month, day = map(int, found["iso"].split("-"))
        yield year, month, day
    elif found["full"]:
        one, two, last = re.split("[/.-]", found["full"])
        yield _year(last, anchor), int(one), int(two)
        yield _year(last, anchor), int(two), int(one)
    elif found["month_year"]:
        month_text, year_text = re.split("[/-]", found["month_year"])
        yield int(year_text), int(month_text), 0
    elif found["month_day"]:
        one, two = found["month_day"].split("/")
        yield _latest(int(one), int(two), anchor), int(one), int(two)
        yield _latest(int(two), int(one), anchor), int(two), int(one)
    elif found["month"]:
        yield from _named(found, anchor, rules.months[found["month"]])
    else:
        yield _year(found["alone"], anchor), 0, 0


def _named(found: re.Match[str], anchor: date, month: int) -> Iterator[tuple[int, int, int]]:
    day = int(found["before"] or found["after"] or 0)
    if found["year"]:
        yield _year(found["year"], anchor), month, day
        return
    yield _latest(month, day or 1, anchor), month, day
    if day and not found["before"] and not found["ordinal"]:
        yield 2000 + day, month, 0


def _year(text: str, anchor: date) -> int:
    """Return the year that two or four digits write: two digits are of this century unless that is yet to come."""
    digits = int(text.lstrip("'\u2019"))
    if digits >= 100:
        return digits
    return 2000 + digits if 2000 + digits <= anchor.year else 1900 + digits


def _latest(month: int, day: int, anchor: date) -> int:
    """Return the year of the latest such day that is not after the anchor."""
    return anchor.year if (month, day) <= (anchor.month, anchor.day) else anchor.year - 1
