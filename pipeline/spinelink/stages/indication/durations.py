"""Times in an indication: how long a symptom has lasted, as it is written, and how its course is put.

Every time is found, also those that are none of a symptom's: `of` says whose it is. Words stand in
`lexicons/durations.tsv`, the names of care in `lexicons/care.tsv`; this module knows how an amount is built (lead,
bound, number, unit, what follows) and which word of the sentence it belongs to.
Source: decision 13, clinical section d.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from spinelink.errors import LexiconError
from spinelink.lexicon import Lexicon, Phrase, Term, expand
from spinelink.phrases import Hit, PhraseBook, fold
from spinelink.stages.indication.dates import DateRules, alternatives, compile_dates, dates_in, plain

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
_AMOUNTS = frozenset(
    {"unit", "denominator", "number", "half", "range", "bound", "bound_after", "lead", "filler", "after"}
)
_FORMS = _MARKS | _AMOUNTS | {"month", "weekday"}
_CARE_OWNERS = {"therapy": "care", "drug": "drug", "injection": "care", "operation": "operation"}
_NOT_WALKED = frozenset({"hours"})
_SMALLER = {365: (30,), 30: (7, 1), 7: (1,)}
_BREAK = re.compile(r"[,;:()]|\.(?!\d)|\n")
_STOP = re.compile(r";|\.(?=\s|$)|\n\s*\n")
_WORD = re.compile(r"[^\W_]+")
_LEVEL_BEFORE = re.compile(r"(?<!\w)(?:[ctdls]\s?\d{1,2}\s?[/-]\s?[tls]?\d{1,2}\s*(?:,|and|&|\+|to)|[ctdl]|at|on)\s*$")
_Bounds = tuple[float | None, float | None]
_UNITS_MOST = {7: 104, 30: 48, 1: 21}


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
    """The compiled lexicon: `amount` finds amounts, `marks` all else that counts; `words` are rows by form."""

    amount: re.Pattern[str]
    prefix: re.Pattern[str]
    after: re.Pattern[str]
    words: dict[str, dict[str, Term]]
    marks: PhraseBook
    forms: dict[str, Term]
    dates: DateRules


def compile_rules(lexicon: Lexicon) -> DurationRules:
    """Return the rules of a lexicon; raises LexiconError where a row's form or value is none that a time has."""
    rows = lexicon.terms("durations")
    faults = [f"durations.tsv: {row.id}: {fault}" for row in rows if (fault := _fault(row))]
    if faults:
        raise LexiconError("\n".join(faults))
    words: dict[str, dict[str, Term]] = {form: {} for form in sorted(_FORMS)}
    for row in rows:
        for spelling in expand(row.term):
            words[row.form].setdefault(spelling, row)
    care = [row for row in lexicon.terms("care") if row.form in _CARE_OWNERS]
    marks = [*(row for row in rows if row.form in _MARKS), *care]
    return DurationRules(
        amount=_amount_pattern(words),
        prefix=re.compile(_bounded(words["lead"] | words["bound"] | words["filler"])),
        after=re.compile(rf"[\s,()-]*(?P<after>{_bounded(words['after'])})"),
        words=words,
        marks=PhraseBook(Phrase(row.id, row.example, True, row.term, row.form, row.value) for row in marks),
        forms={row.id: row for row in marks},
        dates=compile_dates(rows),
    )


def _fault(row: Term) -> str | None:
    if row.form not in _FORMS:
        return f"form {row.form!r} is none of {', '.join(sorted(_FORMS))}"
    if row.form == "subject" and row.value not in OWNERS:
        return f"value {row.value!r} is none of {', '.join(OWNERS)}"
    if row.form == "course" and row.value not in (*COURSES, "none"):
        return f"value {row.value!r} is none of {', '.join(COURSES)}, none"
    if row.form in ("unit", "denominator", "number", "bound", "bound_after", "worded", "stage", "half"):
        parts = row.value.split("|")
        if len(parts) > 2 or not any(parts) or not all(re.fullmatch(r"(\d+(\.\d+)?)?", part) for part in parts):
            return f"value {row.value!r} is no number and no pair such as 2|6"
    return None


def _bounded(words: Iterable[str]) -> str:
    """Return a pattern of these words that breaks off no word: a digit may follow ("x3"), a letter may not."""
    listed = list(words)
    worded = [word for word in listed if word[-1].isalpha()]
    signs = [word for word in listed if not word[-1].isalpha()]
    return rf"(?:{alternatives(worded)}(?![^\W\d_])|{alternatives(signs)})"


def _amount_pattern(words: dict[str, dict[str, Term]]) -> re.Pattern[str]:
    number = rf"(?:\d{{1,3}}(?:[.,]\d{{1,2}})?(?!\d)|{_bounded(words['number'])})"
    half, to, more = (_bounded(words[form]) for form in ("half", "range", "bound_after"))
    prefix = _bounded(words["lead"] | words["bound"] | words["filler"])
    lows = "|".join(re.escape(word.lstrip("/")) for word in sorted(words["denominator"]))
    return re.compile(
        rf"(?<!\w)(?<!\d[.,/-])(?P<prefix>(?:{prefix}[\s:.]*){{0,6}})(?:"
        rf"(?P<low>\d{{1,3}}(?:\.\d)?)(?:\s?[-\u2013]\s?(?P<high>\d{{1,3}}))?\s?/\s?(?P<part>{lows})(?![/\d\w])(?P<more>\+)?"
        rf"|(?P<n>{number})(?:\s*(?P<half>{half}))?(?:\s*{to}\s*(?P<m>{number})(?:\s*(?P<mhalf>{half}))?)?\s*(?P<plus>{more})?"
        rf"[\s-]*(?:{_bounded(words['filler'])}\s+)?(?P<unit>{alternatives(words['unit'])})(?:\(s\))?(?!\w)"
        rf"(?:\s*(?P<uhalf>{half}))?(?:\s*(?P<plus2>{more}))?)"
    )


def durations_in(text: str, anchor: date | None, rules: DurationRules) -> tuple[Duration, ...]:
    """Return the times that a stretch of an indication states, in order and with the offsets of the text.

    Dates are counted to the anchor; without one they have no days. Where one symptom has several, what is counted or
    dated says more than a word ("chronic", > 1 year), and a change's time is its symptom's only where it has no other.
    """
    folded = fold(text)
    marks = list(rules.marks.hits(folded))
    amounts = list(_merged(_amounts(folded, rules), folded))
    found = [placed for amount in amounts if (placed := _placed(amount, folded, marks, rules)) is not None]
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


@dataclass(frozen=True, slots=True)
class _Amount:
    """An amount before its owner is known: bounds in days, the rows of its prefix, and where its number begins."""

    start: int
    number: int
    end: int
    days: int | None
    most: int | None
    unit: float
    rule_id: str
    leads: tuple[str, ...]
    plan: bool
    short: bool = False
    article: bool = False
    fraction: bool = False


def _amounts(folded: str, rules: DurationRules) -> Iterator[_Amount]:
    for match in rules.amount.finditer(folded):
        prefix = _prefix(match, rules)
        number = match.start("low") if match["part"] else match.start("n")
        if match["part"]:
            row = rules.words["denominator"][f"/{match['part']}"]
            low, most_read = float(match["low"]), float(match["high"] or match["low"])
            high: float | None = most_read
            if most_read > _UNITS_MOST[int(row.value)] or _LEVEL_BEFORE.search(folded, max(0, number - 16), number):
                continue
        else:
            row = rules.words["unit"][plain(match["unit"])]
            low, high = _numbers(match, rules)
        factors: list[_Bounds] = [(1.0, None)] if match["more"] else []
        factors += [_pair(rule.value) for rule in _bounding(prefix)]
        factors += [_pair(_row(match[name], "bound_after", rules).value) for name in ("plus", "plus2") if match[name]]
        days, most = _bounds(low, high, factors, float(row.value))
        yield _Amount(
            start=match.start("prefix") if prefix else number,
            number=number,
            end=match.end(),
            days=days,
            most=most,
            unit=float(row.value),
            rule_id=row.id,
            leads=tuple(rule.value for rule in prefix if rule.form == "lead"),
            plan=any(rule.attribute("plan") for rule in prefix),
            short=row.attribute("short") is not None,
            article=bool(match["n"]) and _is_article(match["n"], rules),
            fraction=bool(match["part"]),
        )


def _prefix(match: re.Match[str], rules: DurationRules) -> list[Term]:
    rows = []
    for found in rules.prefix.finditer(match["prefix"]):
        word = plain(found[0])
        rows += [rules.words[form][word] for form in ("lead", "bound", "filler") if word in rules.words[form]][:1]
    return rows


def _bounding(prefix: list[Term]) -> list[Term]:
    """Return the bounds of a prefix; what may be a lead too is one before "the last": "over the past 3 months"."""
    past = any(rule.value == "past" for rule in prefix)
    return [rule for rule in prefix if rule.form == "bound" and not (past and rule.attribute("lead"))]


def _row(word: str, form: str, rules: DurationRules) -> Term:
    return rules.words[form][plain(word)]


def _is_article(word: str, rules: DurationRules) -> bool:
    row = rules.words["number"].get(plain(word))
    return row is not None and row.attribute("article") is not None


def _pair(value: str) -> tuple[float | None, float | None]:
    """Return lower and upper of "2|6", "3|" or "5"."""
    low, bar, high = value.partition("|")
    return float(low) if low else None, (float(high) if high else None) if bar else float(low)


def _numbers(match: re.Match[str], rules: DurationRules) -> tuple[float, float | None]:
    """Return the lowest and highest number that an amount writes."""
    low, high = _number(match["n"], rules)
    add = sum(0.5 for name in ("half", "uhalf") if match[name])
    if match["m"]:
        _, high = _number(match["m"], rules)
        add_high = 0.5 if match["mhalf"] else 0.0
        if high is not None:
            low, high = sorted((low + add, high + add_high))
        return low, high
    return low + add, None if high is None else high + add


def _number(word: str, rules: DurationRules) -> tuple[float, float | None]:
    row = rules.words["number"].get(plain(word))
    if row is None:
        value = float(word.replace(",", "."))
        return value, value
    low, high = _pair(row.value)
    return low or 0.0, high


def _bounds(low: float, high: float | None, factors: list[_Bounds], unit: float) -> tuple[int | None, int | None]:
    """Return lower and upper bound in days: "over" takes away the upper, "less than" the lower, "almost" some of it."""
    least: float | None = low
    for below, above in factors:
        least = None if below is None or least is None else least * below
        high = None if above is None or high is None else high * above
    return (None if least is None else int(least * unit), None if high is None else int(high * unit))


def _merged(amounts: Iterable[_Amount], folded: str) -> Iterator[_Amount]:
    """Yield the amounts, two that are one joined: "1 year 3 months", "6 weeks to 2 months"."""
    held: _Amount | None = None
    for amount in amounts:
        if held is not None:
            gap = folded[held.end : amount.number]
            joined = _joined(held, amount, gap.strip())
            if joined is not None:
                held = joined
                continue
            yield held
        held = amount
    if held is not None:
        yield held


def _joined(first: _Amount, second: _Amount, gap: str) -> _Amount | None:
    if second.leads or first.days is None or second.most is None:
        return None
    if gap in ("", "and", "&") and not first.fraction and int(second.unit) in _SMALLER.get(int(first.unit), ()):
        most = None if first.most is None else first.most + second.most
        return replace(first, end=second.end, days=first.days + (second.days or 0), most=most)
    if gap in ("to", "-", "\u2013") and second.most >= first.days:
        return replace(first, end=second.end, most=second.most)
    return None


def _placed(amount: _Amount, folded: str, marks: list[Hit], rules: DurationRules) -> Duration | None:
    """Return the amount with its owner, None where it is no time of anything: an age, a date, a frequency."""
    after = rules.after.match(folded, amount.end)
    row = _row(after["after"], "after", rules) if after else None
    follows = row.value if row is not None else ""
    if follows in ("age", "sex") and not (follows == "sex" and amount.leads):
        return None
    if _is_none(amount, follows, folded, marks):
        return None
    end = after.end() if after is not None and follows in ("ago", "history") else amount.end
    owner = _owner(amount, follows, end, folded, marks)
    form = "ago" if follows == "ago" else "since" if "since" in amount.leads else "lasting"
    return Duration(amount.start, end, amount.days, amount.most, "counted", amount.rule_id, owner, form)


def _is_none(amount: _Amount, follows: str, folded: str, marks: list[Hit]) -> bool:
    """Tell whether an amount is no time at all, or may be a date ("since 5/7")."""
    led = any(lead != "plan" for lead in amount.leads) or follows in ("ago", "history")
    if amount.short and not led:
        return True
    if amount.article and not led and amount.start == amount.number and not folded.startswith(" of", amount.end):
        return True
    if amount.fraction and amount.unit in (1, 30) and follows not in ("ago", "history") and "past" not in amount.leads:
        begun = _part_start(folded, amount.start)
        return "since" in amount.leads or any(
            mark.row.field == "start" and begun <= mark.start < amount.start for mark in marks
        )
    return False


def _owner(amount: _Amount, follows: str, end: int, folded: str, marks: list[Hit]) -> str:
    """Return whose an amount is: what follows it says so, else the nearest subject before it."""
    if follows in ("operation", "follow_up", "other"):
        reached = follows != "operation" or not amount.leads or "post" in folded[amount.end : amount.end + 8]
        if reached and (follows != "operation" or _next_is(amount.end, ("operation",), folded, marks)):
            return follows
        if follows == "other":
            return "other"
    following = _following(amount, end, folded, marks)
    if following is not None:
        return following
    if amount.plan and "past" not in amount.leads:
        return "follow_up"
    owner = _before(amount.start, folded, marks, led=bool(amount.leads), lasting=follows != "ago")
    if owner == "activity":
        return "activity" if amount.unit < 1 else "symptom"
    return owner


def _next_is(place: int, values: tuple[str, ...], folded: str, marks: list[Hit]) -> bool:
    """Tell whether the next subject of the clause is one of these, or none follows ("6 weeks post-op")."""
    stop = _STOP.search(folded, place)
    limit = stop.start() if stop else len(folded)
    for mark in marks:
        if mark.row.field in ("subject", *_CARE_OWNERS) and place <= mark.start < limit:
            return _value(mark) in values
    return False


def _following(amount: _Amount, end: int, folded: str, marks: list[Hit]) -> str | None:
    """Return the owner that follows: "6 weeks of PT", "8 wks PT", "5 weeks of worsening back pain"."""
    nearby = _BREAK.search(folded, end)
    limit = nearby.start() if nearby else len(folded)
    words = [word for _, word in zip(range(4), _WORD.finditer(folded, end, limit), strict=False)]
    joined = any(word[0] in ("of", "with", "worth") for word in words[:2])
    for mark in marks:
        if mark.start < end or mark.row.field not in ("subject", *_CARE_OWNERS):
            continue
        if mark.start >= limit:
            return None
        value = _value(mark)
        gap = sum(1 for word in words if word.start() < mark.start)
        if value in ("event", "activity") or gap > (4 if joined else 1) or (amount.leads and not joined and gap > 0):
            return None
        if value in ("care", "drug", "operation", "disease", "follow_up") and (joined or not amount.leads):
            return value
        return "symptom" if value == "symptom" and joined else None
    return None


def _value(mark: Hit) -> str:
    return _CARE_OWNERS.get(mark.row.field, mark.row.value)


def _part_start(folded: str, place: int) -> int:
    return max((found.end() for found in _BREAK.finditer(folded, 0, place)), default=0)


def _before(place: int, folded: str, marks: list[Hit], *, led: bool, lasting: bool) -> str:
    """Return the owner that stands before: the nearest subject of the part, else a symptom of the sentence.

    "Since" passes over the event or operation between it and its amount ("pain since surgery 3 months ago"); a symptom
    before the event takes a lasting time that is led in ("neck pain after MVC for 3 weeks").
    """
    begun = _part_start(folded, place)
    stop = max((found.end() for found in _STOP.finditer(folded, 0, place)), default=0)
    own = [mark for mark in marks if begun <= mark.start and mark.end <= place]
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
    earlier = [_value(mark) for mark in marks if stop <= mark.start and mark.end <= begun and _is_subject(mark)]
    return "symptom" if not earlier or "symptom" in earlier or earlier[-1] == "activity" else earlier[-1]


def _is_subject(mark: Hit) -> bool:
    if mark.row.field == "course":
        return mark.row.value in ("worse", "improved")
    return mark.row.field in ("subject", *_CARE_OWNERS)


def _dated(folded: str, anchor: date | None, marks: list[Hit], rules: DurationRules) -> Iterator[Duration]:
    for found in dates_in(folded, anchor, rules.dates):
        if anchor is not None and (found.first is None or found.last is None):
            continue
        first, last = found.first, found.last
        between = [_value(mark) for mark in marks if found.gap[0] <= mark.start < found.gap[1] and _is_subject(mark)]
        owner = between[-1] if between else _before(found.start, folded, marks, led=True, lasting=True)
        if owner in ("event", "operation") and found.value == "since":
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
        return Duration(mark.start, mark.end, None, None, "worded", mark.row.id, form="episode")
    if form == "back" or (form == "start" and mark.row.value == "since"):
        return _back(mark, folded) if form == "back" or _ends_part(mark.end, folded) else None
    if form not in ("worded", "stage") or (form == "stage" and not _of_symptom(number, mark, folded, marks)):
        return None
    low, high = _pair(mark.row.value)
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


def _back(mark: Hit, folded: str) -> Duration | None:
    return Duration(mark.start, mark.end, None, None, "counted", mark.row.id, form="since", back=True)


def _ends_part(place: int, folded: str) -> bool:
    following = _BREAK.search(folded, place)
    return not folded[place : following.start() if following else len(folded)].strip()


def _of_symptom(number: int, mark: Hit, folded: str, marks: list[Hit]) -> bool:
    """Tell whether "acute" or "chronic" is of a symptom: the next subject of its part, or the last where it ends it."""
    if _ends_part(mark.end, folded):
        return _before(mark.start, folded, marks, led=False, lasting=True) == "symptom"
    limit = _BREAK.search(folded, mark.end)
    for following in marks[number + 1 :]:
        if limit is not None and following.start >= limit.start():
            return False
        if following.row.field in ("subject", *_CARE_OWNERS):
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
