"""The words of `places.tsv`, compiled once: what the grammar of levels needs to know of the language around it.

A row's `form` names the lists that it belongs to (several joined by "|"); `FORMS` says what each is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from spinelink import vocabulary
from spinelink.alternatives import expand
from spinelink.errors import LexiconError
from spinelink.levels.phrases import WRITTEN, Beginnings, Phrases
from spinelink.lexicon import Lexicon, Term

FORMS: dict[str, str] = {
    "multilevel": "several levels without a name; attribute words=1: its first word only",
    "relative": "a level named before, value levels further down; attribute not_before=1: not before its object",
    "descriptive": "a level by description, several with | between; attribute needs=disc: before a disc noun, "
    "words=1: its first word only, after=1: all but its first",
    "list": "joins the items of a list",
    "more": "joins two discs of which one has more of it",
    "aside": "may stand between a joining word and the next item",
    "range": "joins the ends of a range",
    "span": "may follow the first vertebra of a range or a slip",
    "on": "joins a slipped vertebra and the one under it",
    "between": "makes a pair of the two vertebrae after it",
    "part": "stands between a word of range and its vertebra",
    "at": "stands before a place",
    "noun": "what stands at a place; value is disc, or the rule that governs it, empty for none",
    "foreign": "makes a pair without separator a code: cancers, code lists",
    "unit": "after a number: a measure, no level",
    "power": "after two numbers: muscle power, no level",
    "grade": "before a letter and number: a grade, type or substance, no level",
    "sequence": "after T1 or T2: an MR sequence",
    "sequence_before": "before T1 or T2: an MR sequence",
    "sequence_member": "listed with T1 or T2: an MR sequence",
    "vertebra_before": "before T1 or T2: a vertebra",
    "vertebra_after": "after T1 or T2: a vertebra",
    "root_noun": "after a number: a nerve root",
    "root_cue": "before a number: a nerve root",
    "root_verb": "before a number without a bone noun: a nerve root that is touched",
    "root_effect": "after a side and a number, or a number and a side: a nerve root that is touched",
    "root_link": "between those and the number",
    "bone_effect": "after a word of effect: the effect is a fracture",
    "side": "a side",
    "conus": "the end of the cord, whose place is no level",
    "conus_not": "before the conus: a lesion of it",
    "numbering": "before a level: it is counted or covered",
    "numbering_after": "after a level: it is counted or covered",
    "link": "may stand between such a word and the level",
    "position_before": "before a level: a line or an angle",
    "position_after": "after a level: a line or an angle",
    "comparison": "before a level: it is only compared with",
    "extent": "before a vertebra: where something migrated to",
    "extent_stop": "ends the reach of a word of extent",
    "open_before": "before a level: everything on one side of it; value -1 above, 1 below",
    "open_after": "after a level: the same",
    "transitional": "before a level: a transitional vertebra",
    "transitional_after": "after a level: a transitional vertebra",
}
"""Lists of places.tsv and their purpose."""

_BY_THEMSELVES = ("multilevel", "relative", "descriptive")
"""The lists of phrases that are places by themselves."""

GAP = r"[ \t\xa0\u2007\u2009\u202f]"
"""A space inside a line."""
DASHES = "-~_\xad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
"""Everything that is set for a hyphen between two numbers."""
_BREAK = r"(?:\r\n?|\n)"
WRAP = rf"(?:{GAP}{{0,4}}(?:{_BREAK}{GAP}{{0,12}})?)"
"""Nothing, spaces, or one line wrap."""
SPACE = rf"(?:{GAP}{{1,4}}(?:{_BREAK}{GAP}{{0,12}})?|{_BREAK}{GAP}{{0,12}})"
"""Spaces or one line wrap."""
_NEVER = r"(?!)"
_FACES = "(?:left|right|superior|inferior|anterior|posterior)"
_FLAGS = re.ASCII | re.IGNORECASE
_SPLIT = re.compile(r"[\s-]+")

FIRST_VERTEBRA = (
    rf"(?-i:[BCDHILSTbcdhlst](?=[0-9.wWhHSlIVX-]|{GAP}))"
    r"(?:(?<![A-Za-z0-9].)|(?<=\bat.)|(?<=\bof.)|(?<=\band.))"
    rf"(?:(?:(?<=[hbls])wk|(?<=t)h|(?<=[ctdls]))(?:{GAP}|[-.]{GAP}?)?[0-9]"
    rf"|(?-i:(?<=I)(?=[1-5][-/])|(?<=[LC])S(?=[-/][A-Z]?[0-9])|(?<=[TL])l(?=[-/])"
    rf"|(?<=[CTDL])(?=[IVX]{{1,4}}{GAP}?\W)))"
)
"""Where a written level may begin.

A set of letters and what may follow one stand first: a text is searched fast for them.
"""


def normal(words: str) -> str:
    """Return a phrase in lower case with one space between words, hyphens as spaces."""
    return _SPLIT.sub(" ", words.lower()).strip()


@dataclass(frozen=True)
class LevelRules:
    """Compiled words of places.tsv; `beginnings` finds phrases that are places by themselves, and written levels."""

    beginnings: Beginnings
    nouns: dict[str, str]
    open_shift: dict[str, int]
    list_joiner: re.Pattern[str]
    range_joiner: re.Pattern[str]
    on_joiner: re.Pattern[str]
    between_before: re.Pattern[str]
    at_before: re.Pattern[str]
    noun_after: re.Pattern[str]
    noun_before: re.Pattern[str]
    no_number: re.Pattern[str]
    no_level_after: re.Pattern[str]
    grade_before: re.Pattern[str]
    foreign: re.Pattern[str]
    bare_run: re.Pattern[str]
    number: re.Pattern[str]
    tail: re.Pattern[str]
    sequence_run: re.Pattern[str]
    sequence_member: re.Pattern[str]
    sequence_after: re.Pattern[str]
    sequence_before: re.Pattern[str]
    vertebra_linked: re.Pattern[str]
    vertebra_before: re.Pattern[str]
    vertebra_after: re.Pattern[str]
    vertebra_listed: re.Pattern[str]
    cue_before: re.Pattern[str]
    root_after: re.Pattern[str]
    root_before: re.Pattern[str]
    root_between: re.Pattern[str]
    root_verb_before: re.Pattern[str]
    root_effect_after: re.Pattern[str]
    root_effect_before: re.Pattern[str]
    side_before: re.Pattern[str]
    side_after: re.Pattern[str]
    conus_before: re.Pattern[str]
    numbering_before: re.Pattern[str]
    numbering_after: re.Pattern[str]
    position_before: re.Pattern[str]
    position_after: re.Pattern[str]
    comparison_before: re.Pattern[str]
    extent_before: re.Pattern[str]
    open_before: re.Pattern[str]
    open_after: re.Pattern[str]
    transitional_before: re.Pattern[str]
    transitional_after: re.Pattern[str]
    disc_noun_after: re.Pattern[str]


class _Words:
    """The rows of places.tsv by form, and the alternations made of them."""

    def __init__(self, rows: Iterable[Term]) -> None:
        rows = tuple(rows)
        faults = [f"places.tsv: {row.id}: {fault}" for row in rows for fault in _faults(row)]
        if faults:
            raise LexiconError("\n".join(faults))
        self.by_form: dict[str, list[Term]] = {form: [] for form in FORMS}
        for row in rows:
            for form in row.form.split("|"):
                self.by_form[form].append(row)

    def any_of(self, *forms: str, value: str | None = None) -> str:
        """Return a pattern for the spellings of some forms, one that never matches where there are none."""
        spellings = {
            normal(spelling)
            for form in forms
            for row in self.by_form[form]
            if value is None or row.value == value
            for spelling in expand(row.term)
        }
        return _any(sorted(spellings))

    def by_spelling(self, *forms: str) -> dict[str, Term]:
        """Return the row of each normalised spelling."""
        return {normal(s): row for form in forms for row in self.by_form[form] for s in expand(row.term)}


def _faults(row: Term) -> Iterator[str]:
    """Yield what is wrong with a row of places.tsv beyond what every lexicon asks for."""
    forms = row.form.split("|")
    yield from (f"form {form!r} is none of {', '.join(FORMS)}" for form in forms if form not in FORMS)
    if {"relative", "open_before", "open_after"} & set(forms) and row.value not in ("-1", "0", "1"):
        yield f"value {row.value!r} is none of -1, 0, 1"
    known = {*vocabulary.DISC_LEVELS, *vocabulary.VERTEBRAE}
    if "descriptive" in forms and not known.issuperset(row.value.split("|")):
        yield f"value {row.value!r} is no level"
    if set(_BY_THEMSELVES) & set(forms):
        if len(forms) > 1:
            yield f"a place by itself has one form, not {row.form!r}"
        yield from (f"{s!r} is not of letters and digits" for s in expand(row.term) if not WRITTEN.fullmatch(normal(s)))


def _any(spellings: list[str]) -> str:
    """Return one pattern for many normalised phrases, of none one that never matches.

    It has word edges, any space or hyphen between words, and the longest wins. Phrases share the way to their common
    letters, so that a text is not tried against each of them in turn.
    """
    words = tuple(spelling for spelling in spellings if spelling[0].isalnum())
    signs = tuple(spelling for spelling in spellings if not spelling[0].isalnum())
    parts = [f"(?<![A-Za-z0-9]){_branches(words)}"] if words else []
    parts += [_branches(signs)] if signs else []
    return f"(?:{'|'.join(parts)})" if parts else _NEVER


@cache
def _branches(spellings: tuple[str, ...], last: str = "") -> str:
    """Return the pattern of what phrases go on with that share their beginning, which ends with `last`."""
    groups: dict[str, list[str]] = {}
    for spelling in spellings:
        groups.setdefault(spelling[:1], []).append(spelling[1:])
    ends = groups.pop("", None) is not None
    choices = [
        (r"[\s-]{1,4}" if first == " " else re.escape(first)) + _branches(tuple(rests), first)
        for first, rests in sorted(groups.items())
    ]
    if ends:
        choices.append(_edge(last))
    return choices[0] if len(choices) == 1 else "(?:" + "|".join(choices) + ")"


def _edge(last: str) -> str:
    """Return what must follow the last character of a phrase."""
    return r"(?![A-Za-z0-9])" if last.isalnum() else ""


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, _FLAGS)


@lru_cache(maxsize=2)
def compile_rules(lexicon: Lexicon) -> LevelRules:
    """Return the rules made of the words of places.tsv.

    Raises LexiconError with every row whose form or value says nothing.
    """
    words = _Words(lexicon.terms("places"))
    phrases = Phrases(words.by_spelling(*_BY_THEMSELVES))
    return LevelRules(
        beginnings=Beginnings(
            phrases, re.compile(f"(?={_any(phrases.openings())})", re.ASCII), _compile(FIRST_VERTEBRA)
        ),
        nouns={spelling: row.value for spelling, row in words.by_spelling("noun").items()},
        open_shift={s: int(row.value) for s, row in words.by_spelling("open_before", "open_after").items()},
        **_joiners(words),
        **_guards(words),
        **_sequences(words),
        **_roots(words),
        **_anatomy(words),
    )


def _joiners(words: _Words) -> dict[str, re.Pattern[str]]:
    at, noun, between = words.any_of("at"), words.any_of("noun"), words.any_of("between")
    levels = rf"(?:(?:{SPACE})?levels?)?"
    listed = words.any_of("list")
    aside = rf"(?:,?{WRAP}{words.any_of('aside')},?{WRAP})?"
    parts = rf"(?:the{SPACE})?(?:{words.any_of('part')}{SPACE}){{0,2}}(?:the{SPACE})?"
    span = rf"(?:{SPACE}{words.any_of('span')})?"
    return {
        "list_joiner": _compile(
            rf"{levels}{WRAP}[,/]?{WRAP}{listed}{WRAP}{aside}(?:{at}{SPACE})?(?:the{SPACE})?"
            rf"|{WRAP}[,/]{WRAP}(?:the{SPACE})?|{WRAP}{words.any_of('more')}{WRAP}"
        ),
        "range_joiner": _compile(rf"{levels}{span}{SPACE}{words.any_of('range')}{SPACE}{parts}"),
        "on_joiner": _compile(rf"{span}(?:{SPACE}|-){words.any_of('on')}(?:{SPACE}|-)(?:the{SPACE})?"),
        "between_before": _compile(rf"{between}{SPACE}(?:the{SPACE})?(?:levels{SPACE}(?:of{SPACE})?)?\Z"),
        "at_before": _compile(rf"{at}{WRAP}(?:the{SPACE})?\Z"),
        "noun_after": _compile(rf"{WRAP}\(?(?:levels?{SPACE})?(?:(?:left|right){SPACE})?(?P<noun>{noun})"),
        "noun_before": _compile(rf"(?P<noun>{noun})(?:{SPACE}(?:of|at|the|noted|seen|level|is|are)){{0,4}}{WRAP}\Z"),
        "disc_noun_after": _compile(rf"{SPACE}{words.any_of('noun', value='disc')}"),
        "bare_run": _compile(
            rf"(?:(?:{WRAP},{WRAP}(?:{listed}{WRAP})?|{WRAP}{listed}{WRAP})[0-9]{{1,2}}(?![0-9.])){{1,8}}(?={SPACE}{noun})"
        ),
        "number": re.compile("[0-9]+"),
        "tail": _compile(rf"(?:{SPACE})?(?:(?:disc|disk|vertebral|spinal){SPACE})?levels?(?![A-Za-z])"),
    }


def _guards(words: _Words) -> dict[str, re.Pattern[str]]:
    unit, power = words.any_of("unit"), words.any_of("power")
    score = rf"{GAP}?/{GAP}?(?:10|[0-9]{{4}})(?![0-9])"
    return {
        "no_number": _compile(rf"{WRAP}(?:-{GAP}?)?(?:{unit}|[x\xd7*]{GAP}?[0-9])|{score}"),
        "no_level_after": _compile(rf"{WRAP}{power}|-?[0-9]{{0,2}}/10(?![0-9])"),
        "grade_before": _compile(rf"{words.any_of('grade')}{GAP}{{0,2}}\Z"),
        "foreign": _compile(words.any_of("foreign")),
    }


def _sequences(words: _Words) -> dict[str, re.Pattern[str]]:
    member, before = words.any_of("sequence_member"), words.any_of("sequence_before")
    weighted = r"(?<![A-Za-z0-9])T[12](?![0-9])"
    hyphen = rf"[{re.escape(DASHES)}/\\]"
    joint = rf"{WRAP}(?:,{WRAP}and|,|&|\+|{hyphen}|and(?![a-z])|or(?![a-z])){WRAP}"
    other = r"(?:th|[cdl])[0-9]|t(?:[3-9]|1[0-2])(?![0-9])"
    reach = words.any_of("range")
    any_, some = r"\s{0,3}", r"\s{1,3}"
    return {
        "sequence_run": _compile(rf"{weighted}(?:{joint}(?:{weighted}|{member}))*"),
        "sequence_member": _compile(member),
        "sequence_after": _compile(rf"(?:/2)?[\s*(-]{{0,3}}{words.any_of('sequence')}"),
        "sequence_before": _compile(rf"(?:{before}|{member})[\s,/&+-]{{0,3}}(?:and{some})?\Z"),
        "vertebra_linked": _compile(
            rf"(?:(?:{other}|s[0-9])[0-9/-]{{0,5}}(?:{any_}{hyphen}{any_}|{any_}[,&+]{any_}(?:and{some})?"
            rf"|{some}(?:and|or|on|over){some})"
            rf"|{reach}{some})(?:the{some})?\Z"
        ),
        "vertebra_before": _compile(rf"{words.any_of('vertebra_before')}{any_}(?:the{some})?\Z"),
        "vertebra_after": _compile(
            rf"{any_}{hyphen}{any_}(?:{other}|[0-9])"
            rf"|{some}{reach}{some}(?:the{some})?(?:[a-z]+{some})?(?:{other}|t[12](?![0-9]))"
            rf"|[\s(]{{0,3}}(?:{_FACES}{some})?{words.any_of('vertebra_after')}"
        ),
        "vertebra_listed": _compile(rf"{any_}(?:,|&|,?{any_}and){any_}(?:{other})"),
    }


def _roots(words: _Words) -> dict[str, re.Pattern[str]]:
    link = rf"(?:{words.any_of('root_link', 'side')})"
    side = words.any_of("side")
    cues = ("root_cue", "root_noun", "root_verb", "root_effect", "conus", "numbering", "comparison", "extent")
    effect = rf"{words.any_of('root_effect')}(?!{SPACE}{words.any_of('bone_effect')})"
    return {
        "cue_before": _compile(words.any_of(*cues, "position_before", "transitional", "open_before")),
        "root_after": _compile(
            rf"{WRAP}(?:{link}{SPACE}){{0,3}}{words.any_of('root_noun')}(?!{SPACE}{words.any_of('noun')})"
        ),
        "root_before": _compile(rf"{words.any_of('root_cue', 'root_noun')}(?:{SPACE}{link}){{0,4}}{SPACE}\Z"),
        "root_between": _compile(rf"{WRAP}(?:[,/]|{words.any_of('list')}){WRAP}(?:{link}{SPACE}){{0,3}}"),
        "root_verb_before": _compile(rf"{words.any_of('root_verb')}(?:{SPACE}{link}){{0,3}}{SPACE}\Z"),
        "root_effect_after": _compile(rf"{WRAP}{effect}"),
        "root_effect_before": _compile(rf"{words.any_of('root_effect')}(?:{SPACE}of)?{SPACE}\Z"),
        "side_before": _compile(rf"{side}\.?{SPACE}\Z"),
        "side_after": _compile(rf"{SPACE}{side}"),
    }


def _anatomy(words: _Words) -> dict[str, re.Pattern[str]]:
    link, at = words.any_of("link", "at", "part"), words.any_of("at")
    filled = rf"(?:[\s:,(]{{1,3}}(?:{link}|the|of)){{0,12}}"
    lesion = words.any_of("conus_not")
    degrees = r"[\s():,=]{0,3}(?:is\s|measures\s|of\s)?[0-9]{1,3}(?:\.[0-9])?\s?(?:\xb0|deg)"
    return {
        "conus_before": _compile(
            rf"(?P<lesion>{lesion}\s(?:the\s)?(?:distal\s)?(?:cord\sand\s)?(?:the\s)?)?{words.any_of('conus')}"
            rf"{filled}(?<!and\sat)(?<!,)[\s:(]{{0,3}}\Z"
        ),
        "numbering_before": _compile(rf"{words.any_of('numbering')}{filled}[\s(]{{1,3}}\Z"),
        "numbering_after": _compile(rf"{WRAP}{words.any_of('numbering_after')}"),
        "position_before": _compile(rf"{words.any_of('position_before')}[\s:(]{{1,3}}\Z"),
        "position_after": _compile(rf"[\s,(-]{{1,3}}{words.any_of('position_after')}|(?P<angle>{degrees})"),
        "comparison_before": _compile(
            rf"{words.any_of('comparison')}(?:{SPACE}(?:{at}|that|those|seen|the|level)){{0,4}}{SPACE}\Z"
        ),
        "extent_before": _compile(
            rf"{words.any_of('extent')}(?:{SPACE}(?!{words.any_of('extent_stop')})[a-z-]+){{0,8}}{SPACE}\Z"
        ),
        "open_before": _compile(rf"(?P<open>{words.any_of('open_before')}){SPACE}(?:the{SPACE})?\Z"),
        "open_after": _compile(rf"(?:{SPACE}levels?)?{SPACE}(?P<open>{words.any_of('open_after')})"),
        "transitional_after": _compile(
            rf"(?:{SPACE}{words.any_of('span')})?{SPACE}{words.any_of('transitional_after')}"
        ),
        "transitional_before": _compile(rf"{words.any_of('transitional')}{SPACE}\Z"),
    }
