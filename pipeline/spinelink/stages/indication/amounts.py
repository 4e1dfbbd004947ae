"""Amounts of time as written: "x 3-4 wks", "6+ weeks", "two and a half years", "3/52", as bounds in days.

An amount is a prefix (lead, bound, filler), a number, a unit and what bounds it afterwards. Whose it is, `durations.py`
tells. A power grade (4/5), a date (5/3/24), a score (7/10) and a pair of vertebrae (C6/7) are no amounts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from spinelink.alternatives import expand
from spinelink.lexicon import Term
from spinelink.stages.indication.dates import alternatives, plain

FORMS = frozenset(
    {"unit", "denominator", "number", "half", "range", "sum", "bound", "bound_after", "lead", "filler", "after"}
)
"""Forms of rows that amounts are made of."""

Bounds = tuple[float | None, float | None]

_NUMERIC = frozenset(
    {"subject_stage", "unit", "denominator", "number", "half", "bound", "bound_after", "worded", "stage"}
)
_VALUE = re.compile(r"(\d+(\.\d+)?)?(\|(\d+(\.\d+)?)?)?")
_MOST_PARTS: Mapping[float, float] = {7.0: 104, 30.0: 48, 1.0: 21}
"""How many fifty-seconds, twelfths and sevenths may be written: "24/7" is no count of days."""
_SMALLER: Mapping[float, tuple[float, ...]] = {365.0: (30.0,), 30.0: (7.0, 1.0), 7.0: (1.0,)}
_VERTEBRA_BEFORE = re.compile(
    r"(?<!\w)(?:[ctdls]\s?\d{1,2}\s?[/-]\s?[tls]?\d{1,2}\s*(?:,|and|&|\+|to)|[ctdl]|at|on)\s*$"
)
_GOES_ON = re.compile(r"\s*\w")
_LOOK_BACK = 16


@dataclass(frozen=True, slots=True)
class Amount:
    """A time without its owner: `days` at least, `most` at most, None where there is no such bound.

    `number` is where the number begins, `leads` are the values of its leads (for, since, past, plan). `plan` is whose
    it is where a lead says that it lies ahead or comes back ("in 6 weeks", "every 3 months"). `during` marks "over 3
    months", which says more than or in the course of; `unled` what is no time without a lead: letter ("3d"), word
    ("5 m"), article ("a day"), fraction. `follows` is what comes after and ends at `reach`: ago, history, age, sex,
    operation, follow_up, other.
    """

    start: int
    number: int
    end: int
    days: int | None
    most: int | None
    unit: float
    rule_id: str
    leads: tuple[str, ...] = ()
    plan: str = ""
    during: bool = False
    unled: str = ""
    follows: str = ""
    reach: int = 0

    @property
    def led(self) -> bool:
        """Whether a lead, "ago" or "history" says that it is a time that has passed."""
        return any(lead != "plan" for lead in self.leads) or self.led_after

    @property
    def led_after(self) -> bool:
        """Whether "ago" or "history" follows."""
        return self.follows in ("ago", "history")


@dataclass(frozen=True)
class AmountRules:
    """The compiled words: `find` matches an amount, `titled` one whose unit stands in its title.

    `prefix` and `after` are the words at its ends.
    """

    find: re.Pattern[str]
    titled: re.Pattern[str]
    prefix: re.Pattern[str]
    after: re.Pattern[str]
    words: dict[str, dict[str, Term]]


def value_fault(row: Term) -> str | None:
    """Return what is wrong with the value of a row whose form wants a number or a pair such as 2|6."""
    if row.form in _NUMERIC and (not row.value.strip("|") or _VALUE.fullmatch(row.value) is None):
        return f"value {row.value!r} is no number and no pair such as 2|6"
    return None


def compile_amounts(rows: Iterable[Term]) -> AmountRules:
    """Return the rules that rows of FORMS make."""
    words: dict[str, dict[str, Term]] = {form: {} for form in sorted(FORMS)}
    for row in rows:
        if row.form in FORMS:
            for spelling in expand(row.term):
                words[row.form].setdefault(spelling, row)
    prefix = _bounded([*words["lead"], *words["bound"], *words["filler"]])
    return AmountRules(
        find=_pattern(words, prefix),
        titled=_titled(words),
        prefix=re.compile(prefix),
        after=re.compile(rf"(?P<gap>[\s,()/-]{{0,40}})(?P<words>{_bounded(words['after'])})"),
        words=words,
    )


def _bounded(words: Iterable[str]) -> str:
    """Return a pattern of these words that breaks off no word: a digit may follow ("x3"), a letter may not."""
    listed = list(words)
    worded = [word for word in listed if word[-1].isalpha()]
    signs = [word for word in listed if not word[-1].isalpha()]
    return rf"(?:{alternatives(worded)}(?![^\W\d_])|{alternatives(signs)})"


def _pattern(words: dict[str, dict[str, Term]], prefix: str) -> re.Pattern[str]:
    number = rf"(?:\d{{1,3}}(?:[.,]\d{{1,2}})?(?!\d)|{_bounded(words['number'])})"
    half, to, more, filler = (_bounded(words[form]) for form in ("half", "range", "bound_after", "filler"))
    parts = "|".join(re.escape(word.lstrip("/")) for word in sorted(words["denominator"])) or "(?!)"
    return re.compile(
        rf"(?:(?<!\w)|(?<=[^\W\d_])(?=[x\u00d7]\s?\d))(?<!\d[.,/-])(?P<prefix>(?:{prefix}[\s:.]*+){{0,6}})(?:"
        rf"(?P<low>\d{{1,3}}(?:\.\d)?)(?:\s?[-\u2013]\s?(?P<high>\d{{1,3}}))?\s?/\s?(?P<part>{parts})(?![/\w])(?P<more>\+)?"
        rf"|(?P<n>{number})(?:[\s-]*+(?P<half>{half}))?"
        rf"(?:\s*+{to}\s*+(?P<m>{number})(?:\s*+(?P<mhalf>{half}))?)?[\s-]*+(?P<plus>{more})?"
        rf"[\s-]*+(?:{filler}\s++)?(?P<unit>{alternatives(words['unit'])})(?:\(s\))?(?!\w)"
        rf"(?:\s*+(?P<uhalf>{half}))?(?:\s*+(?P<plus2>{more}))?)"
    )


def _titled(words: dict[str, dict[str, Term]]) -> re.Pattern[str]:
    """Return the pattern of a field that names its unit before the number: "Duration (wks): 8"."""
    leads = alternatives(word for word, row in words["lead"].items() if row.attribute("title"))
    return re.compile(
        rf"(?<!\w){leads}(?!\w)[^\n.;:\d]{{0,24}}?(?:\(|\bin\s)\s*(?:in\s+)?(?P<unit>{alternatives(words['unit'])})(?:\(s\))?\s*\)?"
        rf"\s*[:=?-]+\s*(?P<n>\d{{1,3}})(?P<plus>\+)?(?![\w/])"
    )


def amounts_in(folded: str, rules: AmountRules) -> Iterator[Amount]:
    """Yield the amounts of a folded text, two that are one joined: "1 year 3 months", "6 weeks to 2 months"."""
    yield from _of_titles(folded, rules)
    held: Amount | None = None
    for amount in _each(folded, rules):
        joined = _joined(held, amount, folded[held.end : amount.start].strip(), rules) if held is not None else None
        if held is not None and joined is None:
            yield _followed(held, folded, rules)
        held = joined or amount
    if held is not None:
        yield _followed(held, folded, rules)


def _of_titles(folded: str, rules: AmountRules) -> Iterator[Amount]:
    for match in rules.titled.finditer(folded):
        row = rules.words["unit"][plain(match["unit"])]
        days = _whole(float(match["n"]) * float(row.value), int)
        most = None if match["plus"] else days
        yield Amount(match.start(), match.start("n"), match.end(), days, most, float(row.value), row.id, ("for",))


def _each(folded: str, rules: AmountRules) -> Iterator[Amount]:
    for match in rules.find.finditer(folded):
        written = _parts(match, folded, rules) if match["part"] else _units(match, rules)
        if written is None:
            continue
        row, low, high, unled = written
        prefix = _prefix(match["prefix"], rules)
        days, most = _in_days(low, high, list(_factors(match, prefix, rules)), float(row.value))
        if most and any(rule.attribute("strict") for rule in prefix):
            most -= 1
        number = match.start("low") if match["part"] else match.start("n")
        yield Amount(
            start=match.start("prefix") if prefix else number,
            number=number,
            end=match.end(),
            days=days,
            most=most,
            unit=float(row.value),
            rule_id=row.id,
            leads=tuple(rule.value for rule in prefix if rule.form == "lead"),
            plan="" if _is_past(prefix) else next((told for rule in prefix if (told := rule.attribute("plan"))), ""),
            during=any(rule.attribute("lead") for rule in prefix),
            unled=unled,
        )


_Written = tuple[Term, float, float | None, str]
"""The row of the unit, the lowest and highest number, and what the amount is without a lead."""


def _parts(match: re.Match[str], folded: str, rules: AmountRules) -> _Written | None:
    """Return "3/52" as written, None where it is vertebrae or more than such counts go to."""
    row = rules.words["denominator"][f"/{match['part']}"]
    low = float(match["low"])
    high = float(match["high"] or low)
    start = match.start("low")
    if high > _MOST_PARTS[float(row.value)] or _VERTEBRA_BEFORE.search(folded, max(0, start - _LOOK_BACK), start):
        return None
    return row, low, high, "fraction"


def _units(match: re.Match[str], rules: AmountRules) -> _Written:
    row = rules.words["unit"][plain(match["unit"])]
    article = "article" if _is_article(match["n"], rules) else ""
    return row, *_numbers(match, rules), row.attribute("short") or article


def _prefix(text: str, rules: AmountRules) -> list[Term]:
    rows = []
    for found in rules.prefix.finditer(text):
        word = plain(found[0])
        rows += [rules.words[form][word] for form in ("lead", "bound", "filler") if word in rules.words[form]][:1]
    return rows


def _is_past(prefix: Iterable[Term]) -> bool:
    return any(row.value == "past" for row in prefix)


def _is_article(word: str, rules: AmountRules) -> bool:
    row = rules.words["number"].get(plain(word))
    return row is not None and row.attribute("article") is not None


def _factors(match: re.Match[str], prefix: list[Term], rules: AmountRules) -> Iterator[Bounds]:
    """Yield what bounds the number: "over" takes away the upper bound, but not in "over the past 3 months"."""
    if match["more"]:
        yield 1.0, None
    for row in prefix:
        if row.form == "bound" and not (row.attribute("lead") and _is_past(prefix)):
            yield pair(row.value)
    for name in ("plus", "plus2"):
        if match[name]:
            yield pair(rules.words["bound_after"][plain(match[name])].value)


def pair(value: str) -> Bounds:
    """Return lower and upper of "2|6", "3|" or "5"."""
    low, bar, high = value.partition("|")
    return float(low) if low else None, (float(high) if high else None) if bar else float(low)


def _numbers(match: re.Match[str], rules: AmountRules) -> tuple[float, float | None]:
    """Return the lowest and highest number that an amount writes."""
    low, high = _number(match["n"], rules)
    low += sum(0.5 for name in ("half", "uhalf") if match[name])
    if not match["m"]:
        return low, None if high is None else low if high < low else max(high, low)
    _, high = _number(match["m"], rules)
    if high is None:
        return low, None
    high += 0.5 if match["mhalf"] else 0.0
    return min(low, high), max(low, high)


def _number(word: str, rules: AmountRules) -> tuple[float, float | None]:
    row = rules.words["number"].get(plain(word))
    if row is None:
        value = float(word.replace(",", "."))
        return value, value
    low, high = pair(row.value)
    return low or 0.0, high


def _in_days(low: float, high: float | None, factors: list[Bounds], unit: float) -> tuple[int | None, int | None]:
    """Return the bounds in whole days: "less than" takes away the lower, "almost" leaves it some of the number."""
    least: float | None = low
    for below, above in factors:
        least = None if below is None or least is None else least * below
        high = None if above is None or high is None else high * above
    upward = math.ceil if unit < 1 else int
    return (None if least is None else _whole(least * unit, int), None if high is None else _whole(high * unit, upward))


def _whole(days: float, rounded: Callable[[float], int]) -> int:
    """Return whole days; 24 hours are one day, whatever a float makes of them."""
    return rounded(round(days, 3))


def _joined(first: Amount | None, second: Amount, gap: str, rules: AmountRules) -> Amount | None:
    """Return two amounts as one: a sum of units, a range over units, or a lower and an upper bound; else None."""
    if first is None or second.leads:
        return None
    ranged = gap in rules.words["range"]
    if first.days is not None and first.most is None and second.days is None and ranged:
        return replace(first, end=second.end, most=second.most)
    if first.days is None or first.most is None or second.most is None:
        return None
    smaller = second.unit in _SMALLER.get(first.unit, ()) and first.unled != "fraction"
    if smaller and (not gap or gap in rules.words["sum"]):
        return replace(first, end=second.end, days=first.days + (second.days or 0), most=first.most + second.most)
    if ranged and gap not in rules.words["sum"] and second.most >= first.days:
        return replace(first, end=second.end, most=second.most)
    return None


def _followed(amount: Amount, folded: str, rules: AmountRules) -> Amount:
    """Return the amount with what follows it; a comma parts it from all but a sex ("45 years, male")."""
    match = rules.after.match(folded, amount.end)
    row = rules.words["after"][plain(match["words"])] if match is not None else None
    if match is None or row is None or ("," in match["gap"] and row.value != "sex"):
        return amount
    if row.attribute("last") and _GOES_ON.match(folded, match.end()):
        return amount
    return replace(amount, follows=row.value, reach=match.end())
