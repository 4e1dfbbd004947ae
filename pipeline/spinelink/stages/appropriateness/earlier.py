"""How long before this study an earlier one of the same region was made, where comparison or indication tell its date.

Source: IMG-11. A date that can be read in two ways counts as the later one that is not after this study; a month or a
year counts as its last day. Radiographs and studies of other parts are no earlier study of the region.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from spinelink.lexicon import Phrase
from spinelink.phrases import PhraseBook, fold
from spinelink.records import Report, Section, Study

_MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr, (*calendar.month_abbr[:9], "Sept"))
    for number, name in enumerate(names)
    if name
}
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    r"(?<![\d/.-])(?:"
    r"(?P<iso>(?:19|20)\d\d)[-/.](?P<iso_month>\d{1,2})(?:[-/.](?P<iso_day>\d{1,2}))?"
    r"|(?P<first>\d{1,2})[-/.](?P<second>\d{1,2})[-/.](?P<year>(?:19|20)?\d\d)"
    rf"|(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s.-]+)?(?P<name>{_NAME})\b\.?(?:[\s-]+(?P<day_after>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d))?"
    r"[\s,-]+(?P<named_year>(?:19|20)\d\d)"
    r"|(?P<month>\d{1,2})[-/.](?P<month_year>(?:19|20)\d\d)"
    r"|(?P<only_year>(?:19|20)\d\d)"
    r"|(?P<count>\d{1,3})\s+(?P<unit>day|week|month|year)s?\s+(?:ago|earlier|before|prior)"
    r")(?![\d/])"
)
_PERHAPS = re.compile(r"\d(?:\d|\s+(?:day|week|month|year))")
"""What every date holds, and few sections do."""
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_PIECE = re.compile(r"[^;\n]+")
_SENTENCE_END = re.compile(r"\.(?=\s)")
_CENTURY = 2000
_WHERE = ("comparison", "technique", "indication")
_STUDIES = frozenset({"MR", "CT"})


class EarlierStudies:
    """The words by which an earlier study is known: modalities, regions and other parts of the body."""

    def __init__(self, rows: Iterable[Phrase]) -> None:
        self._words = PhraseBook(row for row in rows if row.field in ("modality", "region", "body_part"))

    def days_before(self, report: Report, sections: Sequence[Section], study: Study) -> int | None:
        """Return how many days before this study the last earlier one of its region was made, None where not told."""
        made = report.study_date or report.order_date
        if made is None:
            return None
        text = fold(report.text)
        told = [
            (made - day).days
            for section in sections
            if section.category in _WHERE
            and _PERHAPS.search(text, section.body, section.end)
            and _DATE.search(text, section.body, section.end)
            for start, end in _pieces(text, section.body, section.end)
            if (day := _latest(text, start, end, made)) is not None
            and self._is_of_region(text, start, end, study, section.category == "comparison")
        ]
        return min(told, default=None)

    def _is_of_region(self, text: str, start: int, end: int, study: Study, compared: bool) -> bool:
        """Tell whether a piece names a study of the imaged region; a comparison need not say of what it is."""
        values: dict[str, set[str]] = {"modality": set(), "region": set(), "body_part": set()}
        for hit in self._words.hits(text, start, end):
            values[hit.row.field].update(hit.row.value.split("|"))
        modalities = values["modality"] - {"spine"}
        regions = values["region"]
        if modalities and modalities.isdisjoint(_STUDIES):
            return False
        if regions:
            named = not regions.isdisjoint(study.regions)
            return named and (compared or bool(modalities))
        if "other" in values["body_part"]:
            return False
        return compared or bool(modalities)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a section that tell of one study each: lines, and sentences in them."""
    for line in _PIECE.finditer(text, start, end):
        begin = line.start()
        for stop in _SENTENCE_END.finditer(text, line.start(), line.end()):
            yield begin, stop.end()
            begin = stop.end()
        yield begin, line.end()


def _latest(text: str, start: int, end: int, made: date) -> date | None:
    """Return the last date that a piece tells, not after this study."""
    days = [day for match in _DATE.finditer(text, start, end) for day in _readings(match, made) if day < made]
    return max(days, default=None)


def _readings(match: re.Match[str], made: date) -> Iterator[date]:
    """Yield each day that a date can mean; a span of time that this study ends in has its last day before it."""
    part = match.groupdict()
    if part["iso"]:
        yield from _day(part["iso"], part["iso_month"], part["iso_day"], made)
    elif part["first"]:
        year = part["year"] if len(part["year"]) == 4 else str(_CENTURY + int(part["year"]))
        yield from _day(year, part["first"], part["second"], made)
        yield from _day(year, part["second"], part["first"], made)
    elif part["name"]:
        yield from _day(part["named_year"], str(_MONTHS[part["name"]]), part["day"] or part["day_after"], made)
    elif part["month"]:
        yield from _day(part["month_year"], part["month"], None, made)
    elif part["only_year"]:
        yield min(date(int(part["only_year"]), 12, 31), made - timedelta(1))
    else:
        yield made - timedelta(int(part["count"]) * _DAYS[part["unit"]])


def _day(year: str, month: str, day: str | None, made: date) -> Iterator[date]:
    if not 1 <= int(month) <= 12:
        return
    last = calendar.monthrange(int(year), int(month))[1]
    if day is None:
        ends = date(int(year), int(month), last)
        yield min(ends, made - timedelta(1)) if (ends.year, ends.month) == (made.year, made.month) else ends
    elif 1 <= int(day) <= last:
        yield date(int(year), int(month), int(day))
