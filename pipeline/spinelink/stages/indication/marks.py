"""The words of a stretch of indication that times depend on: whose a time may be, starts, stages, courses.

They are found once for the whole text; the parts and sentences they stand in are looked up by place.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from spinelink.phrases import Hit, PhraseBook

CARE_OWNERS = {"therapy": "care", "drug": "drug", "injection": "care", "operation": "operation"}
"""Forms of `care.tsv` whose words own times, and whose those are."""
BREAK = re.compile(r"[,;:()\n.](?<!\.(?=\d))")
STOP = re.compile(r";|\.(?=\s|$)|\n\s*\n")

_GOES_ON = re.compile(r"(?!\s*(?:[,;:()\n]|\.(?!\d)|$))")
_FAR = 300
"""How far from a place its sentence is looked at."""
_LONGEST = 2000
"""No part of a sentence is longer than so many characters."""


@dataclass(frozen=True)
class Reading:
    """A text being read: its marks in order, and where its parts and sentences end."""

    folded: str
    marks: Sequence[Hit]
    starts: list[int]
    breaks: list[int]
    stops: list[int]

    def part(self, place: int) -> int:
        """Return where the part of a sentence that holds a place begins."""
        return max(self._last(self.breaks, place), place - _LONGEST)

    def sentence(self, place: int) -> int:
        """Return where the sentence that holds a place begins, or how far back it is worth to look."""
        return max(self._last(self.stops, place), place - _FAR)

    @staticmethod
    def _last(places: list[int], place: int) -> int:
        number = bisect_right(places, place)
        return places[number - 1] if number else 0

    def between(self, start: int, end: int) -> Sequence[Hit]:
        """Return the marks that begin in a stretch."""
        return self.marks[bisect_left(self.starts, start) : bisect_left(self.starts, end)]

    def beside(self, mark: Hit) -> Sequence[Hit]:
        """Return the marks of the same sentence."""
        number = bisect_right(self.stops, mark.start)
        end = self.stops[number] if number < len(self.stops) else len(self.folded)
        return self.between(self.sentence(mark.start), min(end, mark.end + _FAR))

    def next_owner(self, place: int) -> Hit | None:
        """Return the next mark that owns times, within reach."""
        return next((mark for mark in self.between(place, place + _FAR) if is_owner(mark)), None)

    def ends_part(self, place: int) -> bool:
        """Tell whether nothing but space stands between a place and the end of its part."""
        return _GOES_ON.match(self.folded, place) is None


@lru_cache(maxsize=4)
def marks_in(folded: str, book: PhraseBook) -> tuple[Hit, ...]:
    """Return the marks that a book finds in a folded text, which times, courses and care all ask for."""
    return tuple(book.hits(folded))


def read(folded: str, book: PhraseBook) -> Reading:
    """Return a folded text with the marks that a book finds in it."""
    marks = marks_in(folded, book)
    return Reading(
        folded=folded,
        marks=marks,
        starts=[mark.start for mark in marks],
        breaks=[found.end() for found in BREAK.finditer(folded)],
        stops=[found.end() for found in STOP.finditer(folded)],
    )


def owner_of(mark: Hit) -> str:
    """Return whose a time beside the mark is."""
    if mark.row.field in ("course", "subject_stage"):
        return "change" if mark.row.field == "course" else "symptom"
    return CARE_OWNERS.get(mark.row.field, mark.row.value)


def is_owner(mark: Hit) -> bool:
    """Tell whether times may be of what the mark names."""
    return mark.row.field in ("subject", "subject_stage") or mark.row.field in CARE_OWNERS


def is_subject(mark: Hit) -> bool:
    """Tell whether a time after the mark may be its own, or that of the change it tells."""
    return is_owner(mark) or (mark.row.field == "course" and mark.row.value in ("worse", "improved"))
