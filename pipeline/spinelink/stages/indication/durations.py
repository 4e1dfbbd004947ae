"""Times in an indication: how long a symptom has lasted, as it is written, and how its course is put.

Every time is found, also those that are none of a symptom's: `of` says whose it is. Words stand in
`lexicons/durations.tsv`, the names of care in `lexicons/care.tsv`; how an amount or a date is built know `amounts` and
`dates`, this module knows which word of the sentence it belongs to. Source: decision 13, clinical section d.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from spinelink.errors import LexiconError
from spinelink.lexicon import Lexicon, Phrase, Term
from spinelink.phrases import Hit, PhraseBook, fold
from spinelink.stages.indication.amounts import (
    FORMS,
    Amount,
    AmountRules,
    amounts_in,
    compile_amounts,
    pair,
    value_fault,
)
from spinelink.stages.indication.dates import DateRules, compile_dates, dates_in
from spinelink.stages.indication.marks import BREAK, CARE_OWNERS, STOP, Reading, is_subject, marks_in, owner_of, read

OWNERS: tuple[str, ...] = (
    "symptom",
    "change",
    "event",
    "operation",
    "care",
    "drug",
    "disease",
    "imaging",
    "follow_up",
    "activity",
    "family",
    "other",
)
"""Whose a time is: a symptom's; that of a change ("worse x 2 weeks", a lower bound of its symptom); or another's."""
COURSES: tuple[str, ...] = ("new", "worse", "stable", "improved", "recurrent")

_MARKS = frozenset({"subject", "subject_stage", "course", "worded", "stage", "episode", "start", "back"})
_FORMS = _MARKS | FORMS | {"month", "weekday", "event_start"}
_DATE_LIKE = (1.0, 30.0)
"""Units whose fractions may be dates: 5/7 and 5/12."""
_OF_CHRONIC = "of_chronic"
"""Value of the rows that make an episode only beside "chronic"."""
_OF_REACH = 5
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Duration:
    """A time as written: `days` have surely elapsed, `max_days` is the upper bound, None where there is none.

    `source` is counted, worded or dated. `of` is one of OWNERS; `form` is lasting ("x 3 weeks"), ago, since, or
    episode: "acute on chronic", whose days are not given. `back` marks a "since" that points to what was said before,
    with the days of an event of the same text where one has them.
    """

    start: int
    end: int
    days: int | None
    max_days: int | None
    source: str
    rule_id: str
    of: str = "symptom"
    form: str = "lasting"
    back: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """A word that tells the course of what it stands by: `value` is one of COURSES."""

    start: int
    end: int
    value: str
    rule_id: str


@dataclass(frozen=True)
class DurationRules:
    """The compiled lexicon: amounts and dates by their grammar, `marks` finds the words that stand alone."""

    amounts: AmountRules
    dates: DateRules
    marks: PhraseBook


def compile_rules(lexicon: Lexicon) -> DurationRules:
    """Return the rules of a lexicon; raises LexiconError where a row's form or value is none that a time has."""
    rows = lexicon.terms("durations")
    faults = [f"durations.tsv: {row.id}: {fault}" for row in rows if (fault := _fault(row))]
    if faults:
        raise LexiconError("\n".join(faults))
    care = [row for row in lexicon.terms("care") if row.form in CARE_OWNERS and row.attribute("timed") != "no"]
    marks = [*(row for row in rows if row.form in _MARKS), *care]
    return DurationRules(
        amounts=compile_amounts(rows),
        dates=compile_dates(rows),
        marks=PhraseBook(Phrase(row.id, row.example, True, row.term, row.form, row.value) for row in marks),
    )


def _fault(row: Term) -> str | None:
    if row.form not in _FORMS:
        return f"form {row.form!r} is none of {', '.join(sorted(_FORMS))}"
    if row.form == "subject" and row.value not in OWNERS:
        return f"value {row.value!r} is none of {', '.join(OWNERS)}"
    if row.form == "course" and row.value not in {*COURSES, "none"}:
        return f"value {row.value!r} is none of {', '.join(COURSES)}, none"
    return value_fault(row)


def durations_in(text: str, anchor: date | None, rules: DurationRules) -> tuple[Duration, ...]:
    """Return the times that a stretch of an indication states, in order and with the offsets of the text.

    Dates are counted to the anchor; without one they have no days. Where one symptom has several, what is counted or
    dated says more than a word ("chronic", > 1 year), and a change's time is its symptom's only where it has no other.
    """
    reading = read(fold(text), rules.marks)
    found: list[Duration] = []
    taken = bytearray(len(text))
    for amount in amounts_in(reading.folded, rules.amounts):
        taken[amount.start : amount.end] = bytes([1]) * (amount.end - amount.start)
        placed = _placed(amount, reading)
        found += [placed] if placed is not None else []
    for other in (*_dated(reading, anchor, rules), *_worded(reading)):
        if not any(taken[other.start : other.end]):
            taken[other.start : other.end] = bytes([1]) * (other.end - other.start)
            found.append(other)
    found.sort(key=lambda each: (each.start, each.end))
    return tuple(_pointing_back(found))


def courses_in(text: str, rules: DurationRules) -> tuple[Course, ...]:
    """Return the words of course in a text, in order; "worse with walking" and "no new weakness" tell none."""
    hits = marks_in(fold(text), rules.marks)
    return tuple(
        Course(hit.start, hit.end, hit.row.value, hit.row.id)
        for hit in hits
        if hit.row.field == "course" and hit.row.value != "none"
    )


def _placed(amount: Amount, reading: Reading) -> Duration | None:
    """Return the amount with its owner, None where it is no time of anything: an age, a frequency, perhaps a date."""
    if amount.follows == "age" or (amount.follows == "sex" and not amount.leads) or _is_none(amount, reading):
        return None
    end = amount.reach if amount.led_after else amount.end
    owner = _owner(amount, end, reading)
    if owner in ("event", "operation", "imaging") and amount.unled == "fraction" and _may_be_date(amount):
        return None
    most = amount.days if amount.during and _is_course(owner, amount, reading) else amount.most
    form = "ago" if amount.follows == "ago" else "since" if "since" in amount.leads else "lasting"
    return Duration(amount.start, end, amount.days, most, "counted", amount.rule_id, owner, form)


def _is_course(owner: str, amount: Amount, reading: Reading) -> bool:
    """Tell whether an amount is that of a course, so that "over 3 weeks" is in the course of them."""
    before = reading.between(reading.part(amount.start), amount.start)
    return owner == "change" or (bool(before) and before[-1].row.field == "episode")


def _is_none(amount: Amount, reading: Reading) -> bool:
    """Tell whether an amount may be something else: "3D", "a day", or the date of "since 5/7"."""
    if amount.unled == "fraction":
        told = "since" in amount.leads or _since_event(amount, reading)
        return told and "past" not in amount.leads and amount.unit in _DATE_LIKE and not amount.led_after
    if amount.unled == "article" and not amount.led:
        if _stands_by_symptom(amount, reading):
            return False
        return amount.start == amount.number and not reading.folded.startswith(" of", amount.end)
    return amount.unled in ("letter", "word") and not amount.led and not _stands_by_symptom(amount, reading)


def _stands_by_symptom(amount: Amount, reading: Reading) -> bool:
    """Tell whether all that stands between a symptom and the end of its part is the amount: "LBP 10d"."""
    before = reading.between(reading.part(amount.start), amount.start)
    if amount.unled == "word" or not before or not reading.ends_part(amount.end) or owner_of(before[-1]) != "symptom":
        return False
    return not reading.folded[before[-1].end : amount.start].strip()


def _since_event(amount: Amount, reading: Reading) -> bool:
    """Tell whether "since" or "began" governs an amount, with no symptom between that the amount may be of."""
    before = [mark for mark in reading.between(reading.part(amount.start), amount.start) if mark.row.field != "course"]
    started = [place for place, mark in enumerate(before) if mark.row.field == "start"]
    return bool(started) and not any(owner_of(mark) == "symptom" for mark in before[started[-1] :])


def _may_be_date(amount: Amount) -> bool:
    """Tell whether a fraction beside an event may be its date: "MVA 5/12"."""
    return amount.unit in _DATE_LIKE and not amount.leads and not amount.led_after and amount.follows != "operation"


def _owner(amount: Amount, end: int, reading: Reading) -> str:
    """Return whose an amount is: what follows it says so, else the nearest subject before it."""
    if amount.follows in ("follow_up", "other"):
        return amount.follows
    if amount.follows == "operation" and not amount.leads:
        if _next_is_operation(amount.end, reading):
            return "operation"
        before = reading.between(reading.part(amount.start), amount.start)
        if any(mark.row.field == "start" and mark.row.value == "onset" for mark in before):
            return "other"
    following = _following(amount, end, reading)
    if following is not None:
        return following
    if amount.plan:
        return amount.plan
    owner = _before(amount.start, reading, led=bool(amount.leads), lasting=amount.follows != "ago")
    return "symptom" if owner == "activity" and amount.unit >= 1 else owner


def _next_is_operation(place: int, reading: Reading) -> bool:
    """Tell whether the next subject of the clause is an operation: "6 weeks post-op", "3 months after fusion"."""
    following = reading.next_owner(place)
    if following is None or STOP.search(reading.folded, place, following.start):
        return False
    return owner_of(following) == "operation"


def _following(amount: Amount, end: int, reading: Reading) -> str | None:
    """Return the owner that follows: "6 weeks of PT", "8 wks PT", "5 weeks of worsening back pain"."""
    following = reading.next_owner(end)
    if following is None or BREAK.search(reading.folded, end, following.start):
        return None
    gap = [word[0] for word in _WORD.finditer(reading.folded, end, following.start)]
    value = owner_of(following)
    if "of" in gap[:2] or (gap[:1] == ["with"] and not amount.led):
        return value if len(gap) <= _OF_REACH and value not in ("event", "activity") else None
    if amount.led or len(gap) > 1:
        return None
    return value if value in ("care", "drug", "operation", "follow_up") else None


def _before(place: int, reading: Reading, *, led: bool, lasting: bool) -> str:
    """Return the owner that stands before: the nearest subject of the part, else a symptom of the sentence.

    "Since" passes over the event or operation between it and its amount ("pain since surgery 3 months ago"); a symptom
    before the event takes a lasting time that is led in ("neck pain after MVC for 3 weeks").
    """
    begun = reading.part(place)
    own = reading.between(begun, place)
    subjects = [mark for mark in own if is_subject(mark)]
    if subjects:
        value = owner_of(subjects[-1])
        since = any(mark.row.field == "start" and mark.start < subjects[-1].start for mark in own)
        beside_symptom = any(owner_of(mark) == "symptom" for mark in subjects)
        if value in ("event", "operation") and (since or (led and lasting and beside_symptom)):
            return "symptom"
        return "symptom" if value == "follow_up" and beside_symptom else value
    earlier = [owner_of(mark) for mark in reading.between(reading.sentence(begun - 1), begun) if is_subject(mark)]
    return "symptom" if not earlier or "symptom" in earlier or earlier[-1] == "activity" else earlier[-1]


def _dated(reading: Reading, anchor: date | None, rules: DurationRules) -> Iterator[Duration]:
    for found in dates_in(reading.folded, anchor, rules.dates):
        if anchor is not None and (found.first is None or found.last is None):
            continue
        first, last = found.first, found.last
        between = [owner_of(mark) for mark in reading.between(*found.gap) if is_subject(mark)]
        if found.value == "event":
            if not found.exact or "event" not in map(owner_of, reading.between(found.start, found.gap[1])):
                continue
            between = ["event"]
        owner = between[-1] if between else _before(found.start, reading, led=True, lasting=True)
        if owner in ("event", "operation") and (between or found.value == "since") and found.value != "event":
            owner = "symptom"
        yield Duration(
            start=found.start,
            end=found.end,
            days=(anchor - last).days if anchor is not None and last is not None else None,
            max_days=(anchor - first).days if anchor is not None and first is not None else None,
            source="dated",
            rule_id=found.rule_id,
            of="symptom" if owner == "activity" else owner,
            form="ago" if found.value == "event" else "since",
        )


def _worded(reading: Reading) -> Iterator[Duration]:
    """Yield the times that marks word: "yesterday", "for years", "chronic" of a symptom, "acute on chronic"."""
    for mark in reading.marks:
        form = mark.row.field
        if form in ("subject", "course"):
            continue
        if form == "subject_stage":
            yield _in_words(mark, "symptom", "lasting")
            continue
        if form == "worded":
            words = reading.folded[mark.start : mark.end]
            owner = _before(mark.start, reading, led=" " in words, lasting=True)
            since = words.startswith(("since", "from"))
            yield _in_words(mark, "symptom" if owner == "activity" else owner, "since" if since else "lasting")
        elif form == "stage" and _of_symptom(mark, reading):
            yield _in_words(mark, "symptom", "lasting")
        elif form == "episode" and (mark.row.value != _OF_CHRONIC or any(map(_is_chronic, reading.beside(mark)))):
            yield Duration(mark.start, mark.end, None, None, "worded", mark.row.id, form="episode")
        elif form == "back" or (form == "start" and mark.row.value == "since" and reading.ends_part(mark.end)):
            yield Duration(mark.start, mark.end, None, None, "counted", mark.row.id, form="since", back=True)


def _in_words(mark: Hit, owner: str, form: str) -> Duration:
    low, high = pair(mark.row.value)
    days, most = None if low is None else int(low), None if high is None else int(high)
    return Duration(mark.start, mark.end, days, most, "worded", mark.row.id, owner, form)


def _is_chronic(mark: Hit) -> bool:
    return mark.row.field == "stage" and pair(mark.row.value)[1] is None


def _of_symptom(mark: Hit, reading: Reading) -> bool:
    """Tell whether "acute" or "chronic" is of a symptom: the next subject of its part, or the last where it ends it.

    "Chronic pain with an acute flare" is acute on chronic, whose "chronic" is not of the present episode.
    """
    if _is_chronic(mark) and any(other.row.value == _OF_CHRONIC for other in reading.beside(mark)):
        return False
    if reading.ends_part(mark.end):
        return _before(mark.start, reading, led=False, lasting=True) == "symptom"
    following = reading.next_owner(mark.end)
    if following is None or BREAK.search(reading.folded, mark.end, following.start):
        return False
    return owner_of(following) == "symptom"


def _pointing_back(found: list[Duration]) -> Iterator[Duration]:
    """Yield the times; a "since" that points back has the days of the last event or operation before it."""
    event: Duration | None = None
    for each in found:
        if each.back and event is not None:
            each = replace(each, days=event.days, max_days=event.max_days, source=event.source)
        elif each.of in ("event", "operation"):
            event = each
        yield each
