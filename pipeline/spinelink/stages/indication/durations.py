"""Times in an indication: how long a symptom has lasted, as it is written, and how its course is put.

Every time is found, also those that are none of a symptom's: `of` says whose it is. Words stand in
`lexicons/durations.tsv`, the names of care in `lexicons/care.tsv`; this module knows how an amount is built (lead,
bound, number, unit, what follows) and which word of the sentence it belongs to.
Source: decision 13, clinical section d.
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

_MARKS = frozenset({"subject", "course", "worded", "stage", "episode", "start", "back"})
_FORMS = _MARKS | FORMS | {"month", "weekday"}
_CARE_OWNERS = {"therapy": "care", "drug": "drug", "injection": "care", "operation": "operation"}
_DATE_LIKE = (1.0, 30.0)
"""Units whose fractions may be dates: 5/7 and 5/12."""
_OF_REACH = 5
_BREAK = re.compile(r"[,;:()]|\.(?!\d)|\n")
_STOP = re.compile(r";|\.(?=\s|$)|\n\s*\n")
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
    care = [row for row in lexicon.terms("care") if row.form in _CARE_OWNERS and row.attribute("timed") != "no"]
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
    if row.form == "course" and row.value not in (*COURSES, "none"):
        return f"value {row.value!r} is none of {', '.join(COURSES)}, none"
    return value_fault(row)


def durations_in(text: str, anchor: date | None, rules: DurationRules) -> tuple[Duration, ...]:
    """Return the times that a stretch of an indication states, in order and with the offsets of the text.

    Dates are counted to the anchor; without one they have no days. Where one symptom has several, what is counted or
    dated says more than a word ("chronic", > 1 year), and a change's time is its symptom's only where it has no other.
    """
    folded = fold(text)
    marks = list(rules.marks.hits(folded))
    amounts = list(amounts_in(folded, rules.amounts))
    found = [placed for amount in amounts if (placed := _placed(amount, folded, marks)) is not None]
    taken = [(each.start, each.end) for each in amounts]
    for dated in _dated(folded, anchor, marks, rules):
        if not _overlaps(dated.start, dated.end, taken):
            found.append(dated)
            taken.append((dated.start, dated.end))
    for number, mark in enumerate(marks):
        worded = _worded(number, mark, folded, marks, rules)
        if worded is not None and not _overlaps(worded.start, worded.end, taken):
            found.append(worded)
    found.sort(key=lambda each: (each.start, each.end))
    return tuple(_pointing_back(found))


def courses_in(text: str, rules: DurationRules) -> tuple[Course, ...]:
    """Return the words of course in a text, in order; "worse with walking" and "no new weakness" tell none."""
    hits = rules.marks.hits(fold(text))
    return tuple(
        Course(hit.start, hit.end, hit.row.value, hit.row.id)
        for hit in hits
        if hit.row.field == "course" and hit.row.value != "none"
    )


def _placed(amount: Amount, folded: str, marks: list[Hit]) -> Duration | None:
    """Return the amount with its owner, None where it is no time of anything: an age, a frequency, perhaps a date."""
    if amount.follows == "age" or (amount.follows == "sex" and not amount.leads) or _is_none(amount, folded, marks):
        return None
    end = amount.reach if amount.led_after else amount.end
    owner = _owner(amount, end, folded, marks)
    if owner in ("event", "operation", "imaging") and amount.unled == "fraction" and _may_be_date(amount):
        return None
    most = amount.days if owner == "change" and amount.during else amount.most
    form = "ago" if amount.follows == "ago" else "since" if "since" in amount.leads else "lasting"
    return Duration(amount.start, end, amount.days, most, "counted", amount.rule_id, owner, form)


def _is_none(amount: Amount, folded: str, marks: list[Hit]) -> bool:
    """Tell whether an amount may be something else: "3D", "a day", or the date of "since 5/7"."""
    if amount.unled == "fraction":
        begun = _part_start(folded, amount.start)
        told = "since" in amount.leads or any(
            mark.row.field == "start" and begun <= mark.start < amount.start for mark in marks
        )
        return told and "past" not in amount.leads and amount.unit in _DATE_LIKE and not amount.led_after
    if amount.unled == "article" and not amount.led:
        return amount.start == amount.number and not folded.startswith(" of", amount.end)
    return amount.unled == "short" and not amount.led


def _may_be_date(amount: Amount) -> bool:
    """Tell whether a fraction beside an event may be its date: "MVA 5/12"."""
    return amount.unit in _DATE_LIKE and not amount.leads and not amount.led_after and amount.follows != "operation"


def _owner(amount: Amount, end: int, folded: str, marks: list[Hit]) -> str:
    """Return whose an amount is: what follows it says so, else the nearest subject before it."""
    if amount.follows in ("follow_up", "other"):
        return amount.follows
    if amount.follows == "operation" and not amount.leads and _next_is_operation(amount.end, folded, marks):
        return "operation"
    following = _following(amount, end, folded, marks)
    if following is not None:
        return following
    if amount.plan:
        return amount.plan
    lasting = amount.follows != "ago"
    owner = _before(amount.start, folded, marks, led=bool(amount.leads), lasting=lasting)
    return "symptom" if owner == "activity" and amount.unit >= 1 else owner


def _next_is_operation(place: int, folded: str, marks: list[Hit]) -> bool:
    """Tell whether the next subject of the clause is an operation: "6 weeks post-op", "3 months after fusion"."""
    stop = _STOP.search(folded, place)
    limit = stop.start() if stop else len(folded)
    following = next((mark for mark in marks if place <= mark.start < limit and _is_owner(mark)), None)
    return following is not None and _value(following) == "operation"


def _following(amount: Amount, end: int, folded: str, marks: list[Hit]) -> str | None:
    """Return the owner that follows: "6 weeks of PT", "8 wks PT", "5 weeks of worsening back pain"."""
    following = next((mark for mark in marks if mark.start >= end and _is_owner(mark)), None)
    if following is None or _BREAK.search(folded, end, following.start):
        return None
    gap = [word[0] for word in _WORD.finditer(folded, end, following.start)]
    value = _value(following)
    if "of" in gap[:2] or (gap[:1] == ["with"] and not amount.led):
        return value if len(gap) <= _OF_REACH and value not in ("event", "activity") else None
    if amount.led or len(gap) > 1:
        return None
    return value if value in ("care", "drug", "operation", "follow_up") else None


def _value(mark: Hit) -> str:
    return "change" if mark.row.field == "course" else _CARE_OWNERS.get(mark.row.field, mark.row.value)


def _is_owner(mark: Hit) -> bool:
    return mark.row.field == "subject" or mark.row.field in _CARE_OWNERS


def _part_start(folded: str, place: int) -> int:
    return max((found.end() for found in _BREAK.finditer(folded, 0, place)), default=0)


def _before(place: int, folded: str, marks: list[Hit], *, led: bool, lasting: bool) -> str:
    """Return the owner that stands before: the nearest subject of the part, else a symptom of the sentence.

    "Since" passes over the event or operation between it and its amount ("pain since surgery 3 months ago"); a symptom
    before the event takes a lasting time that is led in ("neck pain after MVC for 3 weeks").
    """
    begun = _part_start(folded, place)
    stop = max((found.end() for found in _STOP.finditer(folded, 0, place)), default=0)
    own = [mark for mark in marks if begun <= mark.start and mark.start < place]
    subjects = [mark for mark in own if _is_subject(mark)]
    if subjects:
        value = _value(subjects[-1])
        since = any(mark.row.field == "start" and mark.start < subjects[-1].start for mark in own)
        symptoms = [mark for mark in subjects if _value(mark) == "symptom"]
        if value in ("event", "operation") and (since or (led and lasting and symptoms)):
            return "symptom"
        if value == "event" and led and lasting:
            return "event"
        return "symptom" if value == "follow_up" and symptoms else value
    earlier = [_value(mark) for mark in marks if stop <= mark.start and mark.start < begun and _is_subject(mark)]
    return "symptom" if not earlier or "symptom" in earlier or earlier[-1] == "activity" else earlier[-1]


def _is_subject(mark: Hit) -> bool:
    return _is_owner(mark) or (mark.row.field == "course" and mark.row.value in ("worse", "improved"))


def _dated(folded: str, anchor: date | None, marks: list[Hit], rules: DurationRules) -> Iterator[Duration]:
    for found in dates_in(folded, anchor, rules.dates):
        if anchor is not None and (found.first is None or found.last is None):
            continue
        first, last = found.first, found.last
        between = [_value(mark) for mark in marks if found.gap[0] <= mark.start < found.gap[1] and _is_subject(mark)]
        owner = between[-1] if between else _before(found.start, folded, marks, led=True, lasting=True)
        if owner in ("event", "operation") and (between or found.value == "since"):
            owner = "symptom"
        yield Duration(
            start=found.start,
            end=found.end,
            days=(anchor - last).days if anchor is not None and last is not None else None,
            max_days=(anchor - first).days if anchor is not None and first is not None else None,
            source="dated",
            rule_id=found.rule_id,
            of="symptom" if owner == "activity" else owner,
            form="since",
        )


def _worded(number: int, mark: Hit, folded: str, marks: list[Hit], rules: DurationRules) -> Duration | None:
    """Return the time that a mark words: "yesterday", "for years", "chronic" of a symptom, "acute on chronic"."""
    form = mark.row.field
    if form == "episode":
        told = mark.row.value != "of_chronic" or any(
            other.row.field == "stage" and _is_open(other) for other in _beside(mark, folded, marks)
        )
        return Duration(mark.start, mark.end, None, None, "worded", mark.row.id, form="episode") if told else None
    if form == "back" or (form == "start" and mark.row.value == "since"):
        return _back(mark) if form == "back" or _ends_part(mark.end, folded) else None
    if form not in ("worded", "stage") or (form == "stage" and not _of_symptom(number, mark, folded, marks)):
        return None
    low, high = pair(mark.row.value)
    words = folded[mark.start : mark.end]
    owner = "symptom" if form == "stage" else _before(mark.start, folded, marks, led=" " in words, lasting=True)
    if form == "worded" and owner == "event" and not words.startswith("since"):
        owner = "event"
    return Duration(
        start=mark.start,
        end=mark.end,
        days=None if low is None else int(low),
        max_days=None if high is None else int(high),
        source="worded",
        rule_id=mark.row.id,
        of="symptom" if owner == "activity" else owner,
        form="since" if words.startswith(("since", "from")) else "lasting",
    )


def _beside(mark: Hit, folded: str, marks: list[Hit]) -> list[Hit]:
    """Return the marks of the same sentence."""
    begun = max((found.end() for found in _STOP.finditer(folded, 0, mark.start)), default=0)
    stop = _STOP.search(folded, mark.end)
    return [other for other in marks if begun <= other.start < (stop.start() if stop else len(folded))]


def _is_open(mark: Hit) -> bool:
    """Tell whether a stage has no upper bound: chronic."""
    return pair(mark.row.value)[1] is None


def _back(mark: Hit) -> Duration:
    return Duration(mark.start, mark.end, None, None, "counted", mark.row.id, form="since", back=True)


def _ends_part(place: int, folded: str) -> bool:
    following = _BREAK.search(folded, place)
    return not folded[place : following.start() if following else len(folded)].strip()


def _of_symptom(number: int, mark: Hit, folded: str, marks: list[Hit]) -> bool:
    """Tell whether "acute" or "chronic" is of a symptom: the next subject of its part, or the last where it ends it.

    "Chronic pain with an acute flare" is acute on chronic, whose "chronic" is not of the present episode.
    """
    if _is_open(mark) and any(
        other.row.field == "episode" and other.row.value == "of_chronic" for other in _beside(mark, folded, marks)
    ):
        return False
    if _ends_part(mark.end, folded):
        return _before(mark.start, folded, marks, led=False, lasting=True) == "symptom"
    limit = _BREAK.search(folded, mark.end)
    for following in marks[number + 1 :]:
        if limit is not None and following.start >= limit.start():
            return False
        if _is_owner(following):
            return _value(following) == "symptom"
    return False


def _pointing_back(found: list[Duration]) -> Iterator[Duration]:
    """Yield the times; a "since" that points back has the days of the last event or operation before it."""
    event: Duration | None = None
    for each in found:
        if each.back and event is not None:
            each = replace(each, days=event.days, max_days=event.max_days, source=event.source)
        elif each.of in ("event", "operation"):
            event = each
        yield each


def _overlaps(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in taken)
