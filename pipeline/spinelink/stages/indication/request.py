"""What a request says of itself: how much it says, and what decides whether it is audited at all.

Words stand in `lexicons/requests.tsv`. Source: clinical sections h.3 (indication_length_class) and h.4 (IMG-00 and
IMG-04b).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

from spinelink.alternatives import expand
from spinelink.errors import LexiconError
from spinelink.lexicon import Code, Lexicon, Phrase
from spinelink.phrases import Hit, PhraseBook, fold

CONTEXTS: tuple[str, ...] = (
    "no_red_flags",
    "follow_up",
    "trauma_protocol",
    "research",
    "acute_on_chronic",
    "unchanged",
)

_ALONE = frozenset({"no_red_flags", "follow_up", "trauma_protocol", "research", "acute_on_chronic"})
_QUALITY_FORMS = frozenset({"empty", "function"})
_FLAG_FORMS = frozenset({"red_flag", "denial", "denied_after", "answer", "not_all"})
_FOLLOW_FORMS = frozenset({"follow_up_cue", "follow_up_of", "disease", "other_object", "question"})
_UNCHANGED_FORMS = frozenset({"unchanged", "since", "imaging"})
_FORMS = _ALONE | _QUALITY_FORMS | _FLAG_FORMS | _FOLLOW_FORMS | _UNCHANGED_FORMS | {"blocked"}
_EPISODES = {"": "acute_on_chronic", "of_chronic": "flare"}
_CODE = re.compile(r"(?<!\w)(?:[a-wyz]\d[\da-z]|x\d\d)(?:\.[\da-z]{1,4})?(?!\w)")
_VERTEBRA = re.compile(r"c(?:12|23|34|45|56|67|71)|t\d\d|l(?:12|23|34|45|51)|s(?:12|23)")
"""A vertebra or a disc as typed in haste: "T12", such as L45."""
_WORD = re.compile(r"[^\W\d_]+")
_FAR = 2000  # characters, within which words are counted
_STOP = re.compile(r"[.;](?=\s|$)|\n\s*\n")
_ANSWER = re.compile(r"\s*[:?]\s*([^\W\d_]+)\s*(?=[.,;\n]|$)")
_LISTED = re.compile(r"\s*:")
_CONTENT_WORDS, _CUE_REACH, _UNCHANGED_REACH = 3, 8, 6


@dataclass(frozen=True, slots=True)
class Request:
    """`quality` is empty, code_only, short or free_text; `context` are names of CONTEXTS, each with its row's id."""

    quality: str
    context: tuple[str, ...] = ()
    context_rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class RequestRules:
    """The compiled lexicon: `contexts` finds what names a context, `function` words without content of their own."""

    contexts: PhraseBook
    empty: PhraseBook
    function: PhraseBook
    answers: frozenset[str]
    descriptions: dict[str, frozenset[str]]


def compile_rules(lexicon: Lexicon) -> RequestRules:
    """Return the rules of a lexicon; raises LexiconError where a row's form is none that a request has."""
    rows = lexicon.terms("requests")
    faults = [f"requests.tsv: {row.id}: form {row.form!r} is unknown" for row in rows if row.form not in _FORMS]
    if faults:
        raise LexiconError("\n".join(faults))
    phrases = [Phrase(row.id, row.example, True, row.term, row.form, row.value) for row in rows]
    phrases += [
        Phrase(row.id, row.example, True, row.term, _EPISODES.get(row.value, row.value), "")
        for row in lexicon.terms("durations")
        if row.form == "episode" or (row.form == "stage" and row.value.endswith("|"))
    ]
    return RequestRules(
        contexts=PhraseBook(row for row in phrases if row.field not in ("empty", "function", "answer")),
        empty=PhraseBook(row for row in phrases if row.field == "empty"),
        function=PhraseBook(row for row in phrases if row.field == "function"),
        answers=frozenset(word for row in rows if row.form == "answer" for word in expand(row.term)),
        descriptions={
            row.code.lower(): frozenset(_WORD.findall(row.description.lower())) for row in lexicon.rows_of(Code)
        },
    )


def request_of(text: str, rules: RequestRules) -> Request:
    """Return what the text of an indication, all its sentences, says of the request."""
    folded = fold(text)
    found = dict(sorted(_contexts(folded, rules), key=lambda pair: CONTEXTS.index(pair[0])))
    return Request(_quality(folded, rules), tuple(found), tuple(found.values()))


def _quality(folded: str, rules: RequestRules) -> str:
    """Return the class of a text's length: codes and their own descriptions are code_only, few content words short."""
    codes = [match for match in _CODE.finditer(folded) if not _VERTEBRA.fullmatch(match[0])]
    empty = [] if codes else [(hit.start, hit.end) for hit in rules.empty.hits(folded)]
    function = [(hit.start, hit.end) for hit in rules.function.hits(folded)]
    content = list(_outside(folded, sorted([*(match.span() for match in codes), *empty, *function])))
    if not codes:
        return _class_of(len(content)) if content else "empty"
    told = frozenset().union(*(rules.descriptions.get(match[0], frozenset()) for match in codes))
    return "code_only" if told.issuperset(content) else _class_of(len(content))


def _outside(folded: str, spans: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Yield the words of a text that stand in none of these spans, which are in order."""
    place = 0
    for start, end in spans:
        if start > place:
            yield from _WORD.findall(folded, place, start)
        place = max(place, end)
    yield from _WORD.findall(folded, place)


def _class_of(words: int) -> str:
    return "short" if words < _CONTENT_WORDS else "free_text"


def _contexts(folded: str, rules: RequestRules) -> Iterator[tuple[str, str]]:
    hits = list(rules.contexts.hits(folded))
    starts = [hit.start for hit in hits]
    start = 0
    for stop in [*(found.end() for found in _STOP.finditer(folded)), len(folded)]:
        said = hits[bisect_left(starts, start) : bisect_left(starts, stop)]
        start = stop
        yield from ((hit.row.field, hit.row.id) for hit in reversed(said) if hit.row.field in _ALONE)
        yield from _flared(said)
        yield from _denied_flags(said, folded, rules.answers)
        yield from _followed(said, folded)
        yield from _unchanged(said, folded)


def _flared(said: Sequence[Hit]) -> Iterator[tuple[str, str]]:
    """Yield acute_on_chronic where a flare stands beside "chronic": "chronic neck pain with an acute flare"."""
    flare = next((hit for hit in said if hit.row.field == "flare"), None)
    if flare is not None and any(hit.row.field.endswith("|") for hit in said):
        yield "acute_on_chronic", flare.row.id


def _denied_flags(said: Sequence[Hit], folded: str, answers: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield no_red_flags for "no fever or red flags" and "red flags: none", not for "red flags: weight loss"."""
    denied = False
    for hit, following in zip_longest(said, said[1:]):
        if hit.row.field == "denial":
            denied = True
        elif hit.row.field == "red_flag":
            after = following is not None and following.row.field == "denied_after"
            answer = _ANSWER.match(folded, hit.end)
            if answer is not None and answer[1] in answers:
                yield "no_red_flags", hit.row.id
            elif after and not _words(folded, hit.end, following.start):
                yield "no_red_flags", hit.row.id
            elif denied and _LISTED.match(folded, hit.end) is None:
                yield "no_red_flags", hit.row.id


def _followed(said: Sequence[Hit], folded: str) -> Iterator[tuple[str, str]]:
    """Yield follow_up where the object nearest to a cue is a disease that is followed; after "of" the next one."""
    objects = [hit for hit in said if hit.row.field in ("disease", "other_object", "question")]
    starts = [hit.start for hit in objects]
    for cue in said:
        if cue.row.field not in ("follow_up_cue", "follow_up_of"):
            continue
        number = bisect_left(starts, cue.start)
        beside = objects[number : number + 1]
        if number and (cue.row.field == "follow_up_cue" or not beside):
            beside.insert(0, objects[number - 1])
        nearest = min(beside, key=partial(_away, cue, folded), default=None)
        if nearest is not None and nearest.row.field == "disease" and _away(cue, folded, nearest) <= _CUE_REACH:
            yield "follow_up", cue.row.id


def _away(cue: Hit, folded: str, other: Hit) -> int:
    """Return how many words part a cue and an object."""
    start, end = (cue.end, other.start) if other.start >= cue.end else (other.end, cue.start)
    return _words(folded, start, min(end, start + _FAR))


def _unchanged(said: Sequence[Hit], folded: str) -> Iterator[tuple[str, str]]:
    """Yield unchanged where the condition is so since earlier imaging: "symptoms unchanged since last MRI"."""
    told = [hit for hit in said if hit.row.field in _UNCHANGED_FORMS]
    for first, second, third in zip(told, told[1:], told[2:], strict=False):
        fields = (first.row.field, second.row.field, third.row.field)
        if fields == ("unchanged", "since", "imaging") and _words(folded, first.end, third.start) <= _UNCHANGED_REACH:
            yield "unchanged", first.row.id


def _words(folded: str, start: int, end: int) -> int:
    return sum(1 for _ in _WORD.finditer(folded, start, end))
