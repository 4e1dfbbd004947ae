"""Sentences that state no finding but a recommendation, a communication, a limit, a numbering or a call to correlate.

Words stand in `lexicons/statements.tsv`, those of numbering and image quality in `lexicons/exams.tsv`. A recommendation
is a word of request with what it asks for in one clause ("CT could be obtained"), a phrase that stands by itself
("neurosurgical referral"), or a condition with what it asks for ("MRI if clinically indicated"). A clause ends at a
semicolon, a question mark, a spaced dash, or a word such as "but" and "however".
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from spinelink import vocabulary
from spinelink.errors import LexiconError
from spinelink.lexicon import Lexicon, Phrase
from spinelink.phrases import Hit, PhraseBook, fold
from spinelink.records import Sentence, Statement

Span = tuple[int, int]

_DETAILS = vocabulary.STATEMENT_DETAILS
_FIELDS: dict[str, tuple[str, ...]] = {
    "recommendation": _DETAILS["recommendation"],
    "critical_communication": _DETAILS["critical_communication"],
    "limitation": _DETAILS["limitation"],
    "clinical_correlation": _DETAILS["clinical_correlation"],
    "object": (*_DETAILS["recommendation"], "contrast"),
    "request": ("firm", "passive", "active", "optional_passive", "optional_active"),
    "purpose": ("exclude", "question"),
    "condition": ("concern", "if"),
    "unassessed": ("not_assessed",),
    "limit": ("verb", "adjective"),
    "assessment": ("evaluation",),
    "ordinary": ("none", "refusal"),
    "boilerplate": ("sentence", "rest"),
    "prevalence": ("noun",),
    "acquired": ("technique",),
    "reason": ("stated",),
    "described": ("seen",),
    "boundary": ("clause",),
    "amendment": ("corrected",),
    "reference": ("above",),
}
_FROM_EXAMS = ("numbering", "quality")
# Words of this file that other stages look for.
_ELSEWHERE = frozenset({"amendment", "reference"})
# Fields that by themselves say nothing; a sentence with no other is done at once.
_PASSIVE = frozenset({"object", "purpose", "assessment", "ordinary", "reason", "described", "boundary"})
_LEADING = frozenset({"purpose", "condition", "reason"})
_GENERAL = frozenset({"further_imaging", "further_evaluation", "specialist_referral"})
_BREAK = re.compile(r"[;?]|\s[-\u2013\u2014]+\s|\*\*|//")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SHARE = re.compile(r"\s{0,3}(?:\([^()]{0,80}\)\s{0,3})?[:,(-]?\s{0,3}\d{1,3}\s?%\)?\s{0,3}(?:[,;.)\n]|$)")
# "M51.26 Other intervertebral disc displacement": the words are the code's, not the reader's.
_CODED = re.compile(r"[\s(*#-]*(?:[a-tv-z]\d[0-9a-b]\.[0-9a-z]{1,4}|\d{5})\b[\s:,-]*(?=[a-z])")
# "Grade 1 = mild, grade 2 = moderate": a key, not a finding.
_KEY = re.compile(r"(?:^|[\s;,:(])(?:[ivx]{1,3}|[0-9]|normal|mild|moderate|severe)\s?=\s?")
_start = attrgetter("start")
# No clause of prose is longer; what comes without any stop is read in pieces, in time linear in its length.
_LONGEST_CLAUSE = 1000
_REACH_BACK = 150
_REMEMBERED = 4096
_REACH_AHEAD = 60
_WORDS_OF_A_DESCRIPTION = 3


@dataclass(frozen=True)
class StatementRules:
    """The words of `statements.tsv` and the numbering and quality words of `exams.tsv`, ready to be found.

    `active` are those without which a sentence states nothing and is done at once; `clauses` remembers those of the
    last sentences.
    """

    book: PhraseBook
    active: PhraseBook
    clauses: dict[str, tuple[_Clause, ...]] = field(default_factory=dict)


class _Clause:
    """A stretch of a sentence with the hits in it, in order and by field."""

    def __init__(self, start: int, end: int, hits: Sequence[Hit]) -> None:
        self.start, self.end, self.hits = start, end, hits
        self._by_field: dict[str, list[Hit]] = {}
        for hit in hits:
            self._by_field.setdefault(hit.row.field, []).append(hit)

    def of(self, *fields: str) -> list[Hit]:
        """Return the hits of these fields, in order."""
        found = [hit for field in fields for hit in self._by_field.get(field, ())]
        return found if len(fields) == 1 else sorted(found, key=_start)


@dataclass(frozen=True, slots=True)
class _Request:
    """A recommendation: its words in order, what it asks for, and whether it is firm rather than an option."""

    asks: tuple[Hit, ...]
    objects: tuple[Hit, ...]
    firm: bool

    @property
    def start(self) -> int:
        return min(hit.start for hit in (*self.asks, *self.objects))


def compile_rules(lexicon: Lexicon) -> StatementRules:
    """Return the compiled words; raises LexiconError where a row's field or value is not one that statements have."""
    rows = lexicon.phrases("statements")
    faults = list(_faults(rows))
    if faults:
        raise LexiconError("\n".join(faults))
    exams = (row for row in lexicon.phrases("exams") if row.field in _FROM_EXAMS)
    rows = (*(row for row in rows if row.field not in _ELSEWHERE), *exams)
    return StatementRules(PhraseBook(rows), PhraseBook(row for row in rows if row.field not in _PASSIVE))


def _faults(rows: Iterable[Phrase]) -> Iterator[str]:
    for row in rows:
        known = _FIELDS.get(row.field)
        if known is None:
            yield f"statements.tsv: {row.id}: field {row.field!r} is none of {', '.join(_FIELDS)}"
        elif row.value not in known:
            yield f"statements.tsv: {row.id}: value {row.value!r} is none of {', '.join(known)}"


def statements_of(text: str, sentences: Sequence[Sentence], rules: StatementRules) -> tuple[Statement, ...]:
    """Return the statements of all sentences but those of the indication, in order.

    A statement spans its clause; a sentence gives one statement of each kind and detail, at the first clause with it.
    """
    found: list[Statement] = []
    for sentence in sentences:
        if sentence.category == "indication":
            continue
        told: set[tuple[str, str | None]] = set()
        for clause in _clauses(text[sentence.start : sentence.end], rules):
            start, end = _trim(text, sentence.start + clause.start, sentence.start + clause.end)
            said = {key: rule_id for key, rule_id in _said(clause).items() if key not in told}
            told |= said.keys()
            found += [Statement(*key, sentence.category, start, end, rule_id) for key, rule_id in said.items()]
    return tuple(found)


def blocks_findings(sentence_text: str, rules: StatementRules) -> tuple[Span, ...]:
    """Return the spans of a sentence in which nouns are no findings, in order; empty where there are none.

    Blocked are
    - a recommendation, from what it asks for (or the "if", "for further evaluation of", "to exclude" before it) to the
      end of its clause: "CT could be obtained if there is concern for pseudarthrosis", but only the second half of
      "small aneurysm - please refer for surveillance". A reason given for it ("given the severe stenosis") is stated;
    - a condition of concern, with or without a recommendation: "if there is concern for infection";
    - what could not be judged: "evaluation for canal stenosis is limited", "stenosis cannot be assessed";
    - general knowledge: prevalence lists, definitions, keys of grades, "in people without back pain";
    - what images were taken for ("axial images were obtained for evaluation of stenosis"), and the words of a code that
      opens a sentence ("M51.26 Other intervertebral disc displacement").

    One question of a recommendation is a finding: where a sentence first describes something and then firmly asks for
    a test "to rule out X", X is the reader's own suspicion of what was described, and the words from "to rule out" on
    stay open (the parser reads them as possible). "Marrow lesion of L5, bone scan is advised to rule out deposits"
    leaves the deposits open. A recommendation that is a sentence of its own, optional ("may be considered") or
    conditional describes nothing and stays blocked whole.
    """
    folded = fold(sentence_text)
    if _CODED.match(folded) or ("=" in folded and _KEY.search(folded)):
        return ((0, len(folded)),)
    clauses = _clauses(sentence_text, rules)
    if not clauses:
        return ()
    hits = [hit for clause in clauses for hit in clause.hits]
    if _is_general_knowledge(folded, hits):
        return ((0, len(folded)),)
    spans = [(hit.start, len(folded)) for hit in hits if hit.row.field == "boilerplate"]
    for clause in clauses:
        spans += _blocked(folded, clause, hits)
    return _merged(spans)


def _clauses(sentence: str, rules: StatementRules) -> tuple[_Clause, ...]:
    """Return the clauses of a sentence with their hits, remembered for the second asking: two stages ask for them."""
    known = rules.clauses.get(sentence)
    if known is None:
        folded = fold(sentence)
        known = tuple(_cut(folded, rules))
        if len(rules.clauses) >= _REMEMBERED:
            rules.clauses.clear()
        rules.clauses[sentence] = known
    return known


def _cut(folded: str, rules: StatementRules) -> Iterator[_Clause]:
    """Yield the clauses of a sentence; none where no word of the sentence can state anything."""
    start, end = 0, len(folded)
    if next(rules.active.hits(folded, start, end), None) is None:
        return
    hits = list(rules.book.hits(folded, start, end))
    cuts = [(match.start(), match.end()) for match in _BREAK.finditer(folded, start, end)]
    cuts += [(hit.start, hit.end) for hit in hits if hit.row.field == "boundary"]
    place = 0
    for cut, after in [*sorted(cuts), (end, end)]:
        while start < cut:
            stop = min(cut, start + _LONGEST_CLAUSE)
            beyond = bisect_left(hits, stop, place, key=_start)
            yield _Clause(start, stop, [hit for hit in hits[place:beyond] if hit.start >= start and hit.end <= stop])
            start, place = stop, beyond
        start = max(start, after)


def _said(clause: _Clause) -> dict[tuple[str, str | None], str]:
    """Return kind and detail of what a clause states, with the row that named it."""
    said: dict[tuple[str, str | None], str] = {}
    request = _request(clause)
    if request is not None:
        for detail, rule_id in _details(request):
            said.setdefault(("recommendation", detail), rule_id)
    for hit in clause.of("clinical_correlation"):
        # "Correlate with a bone scan" asks for the scan and not for the bedside.
        if request is None or hit not in request.asks:
            said.setdefault(("clinical_correlation", hit.row.value), hit.row.id)
    communicated = clause.of("critical_communication")
    told = [hit for hit in communicated if hit.row.value == "communicated"]
    for hit in told or communicated:
        said.setdefault(("critical_communication", hit.row.value), hit.row.id)
    for hit in clause.of("numbering"):
        said.setdefault(("numbering", hit.row.value), hit.row.id)
    for detail, rule_id in _limits(clause):
        said.setdefault(("limitation", detail), rule_id)
    return said


def _limits(clause: _Clause) -> Iterator[tuple[str, str]]:
    """Yield what limits the study in a clause; a bare "evaluation is limited" only where no cause is named."""
    causes = [hit for hit in clause.of("quality", "limitation", "unassessed") if hit.row.value != "none"]
    for hit in causes:
        yield hit.row.value, hit.row.id
    limits = clause.of("limit")
    if limits and not causes and clause.of("assessment"):
        yield "limited_assessment", limits[0].row.id


def _request(clause: _Clause) -> _Request | None:
    """Return the recommendation of a clause, None where it has none or refuses one."""
    if any(hit.row.value == "refusal" for hit in clause.of("ordinary")):
        return None
    things = clause.of("object", "recommendation")
    asks = [hit for hit in clause.of("request") if _asks(hit, things, clause)]
    calls = [hit for hit in clause.of("clinical_correlation") if hit.row.value == "correlate"]
    conditions = clause.of("condition")
    standing = clause.of("recommendation")
    if not asks and not standing:
        called = [hit for hit in calls if any(_ahead(hit, thing) for thing in things)]
        asks = called or (conditions if things else [])
    if not asks and not standing:
        return None
    used = [thing for thing in things if _belongs(thing, asks, clause)]
    if not used and not standing and (calls or not any(hit.row.value == "firm" for hit in asks)):
        return None
    options = all(hit.row.value.startswith("optional") for hit in asks) and not standing
    return _Request(tuple(asks), tuple(dict.fromkeys([*used, *standing])), firm=not conditions and not options)


def _asks(ask: Hit, things: Sequence[Hit], clause: _Clause) -> bool:
    """Tell whether a word of request is one here: "recommended" always, others with something to ask for in reach."""
    value = ask.row.value
    if value == "firm":
        return True
    if value.endswith("passive") and any(thing.end <= ask.start and _linked(thing, ask, clause) for thing in things):
        return True
    # "Suggested: contrast study" opens its clause as "suggest" would.
    opens = not value.endswith("passive") or clause.hits[0] is ask
    return opens and any(_ahead(ask, thing) and _linked(ask, thing, clause) for thing in things)


def _ahead(first: Hit, then: Hit) -> bool:
    return 0 <= then.start - first.end <= _REACH_AHEAD


def _linked(first: Hit, then: Hit, clause: _Clause) -> bool:
    """Tell whether two words stand near one another with no description between ("MRI shows ... should be done")."""
    return then.start - first.end <= _REACH_BACK and not any(
        first.end <= hit.start and hit.end <= then.start for hit in clause.of("described")
    )


def _belongs(thing: Hit, asks: Sequence[Hit], clause: _Clause) -> bool:
    """Tell whether something is asked for: not where it stands in the purpose, condition or reason of the request."""
    if thing.row.field == "recommendation" or not asks:
        return thing.row.field == "recommendation"
    first = min(hit.start for hit in asks)
    cut = min((hit.start for hit in clause.hits if hit.row.field in _LEADING and hit.start > first), default=clause.end)
    near = any(_linked(min(thing, ask, key=_start), max(thing, ask, key=_start), clause) for ask in asks)
    return near and (thing.start < cut or all(hit.row.field == "condition" for hit in asks))


def _details(request: _Request) -> list[tuple[str | None, str]]:
    """Return what is asked for: contrast joins the MRI it goes with, a general wish yields to a named test."""
    named = {hit.row.value: hit.row.id for hit in reversed(request.objects)}
    contrast = named.pop("contrast", None)
    if contrast is not None and "mri" in named:
        named = {("contrast_mri" if value == "mri" else value): rule_id for value, rule_id in named.items()}
    elif contrast is not None and "ct" not in named:
        named["contrast_study"] = contrast
    special = {value: rule_id for value, rule_id in named.items() if value not in _GENERAL} or named
    return list(reversed(special.items())) or [(None, request.asks[0].row.id)]


def _blocked(folded: str, clause: _Clause, hits: Sequence[Hit]) -> Iterator[Span]:
    """Yield the spans of a clause in which nouns are no findings; `hits` are those of the whole sentence."""
    request = _request(clause)
    calls = [hit for hit in clause.of("clinical_correlation") if hit.row.value == "correlate"]
    if request is not None:
        yield _request_span(folded, clause, request, hits)
    elif calls:
        leads = [hit.start for hit in clause.of("purpose", "condition") if hit.start < calls[0].start]
        yield min([calls[0].start, *leads]), _before_reason(clause, calls[0].end)
    for hit in clause.of("condition"):
        if hit.row.value == "concern":
            yield hit.start, clause.end
    acquired = clause.of("acquired")
    for hit in clause.of("purpose"):
        if acquired and hit.start >= acquired[0].end:
            yield hit.start, clause.end
    for hit in clause.of("unassessed"):
        yield max(clause.start, folded.rfind(",", clause.start, hit.start) + 1), hit.end
    yield from _limited(folded, clause)


def _request_span(folded: str, clause: _Clause, request: _Request, hits: Sequence[Hit]) -> Span:
    leads = [hit.start for hit in clause.of("purpose", "condition") if hit.start < request.start]
    start = min([request.start, *leads])
    last = max((hit.end for hit in request.asks), default=request.start)
    end = _before_reason(clause, last)
    if request.firm and not leads and _describes(folded, start, hits):
        questions = [hit.start for hit in clause.of("purpose") if hit.row.value == "exclude" and hit.start >= last]
        end = min([end, *questions])
    return start, end


def _before_reason(clause: _Clause, after: int) -> int:
    return min((hit.start for hit in clause.of("reason") if hit.start >= after), default=clause.end)


def _describes(folded: str, end: int, hits: Sequence[Hit]) -> bool:
    """Tell whether the sentence describes something before `end`: words of its own, not a reason or condition."""
    head = hits[0]
    if head.row.field in _LEADING and head.end <= end and not _WORD.search(folded, 0, head.start):
        return False
    start = max(0, end - _LONGEST_CLAUSE)
    before = hits[bisect_left(hits, start, key=_start) : bisect_left(hits, end, key=_start)]
    taken = {place for hit in before if hit.row.field != "described" for place in range(hit.start, hit.end)}
    return sum(word.start() not in taken for word in _WORD.finditer(folded, start, end)) >= _WORDS_OF_A_DESCRIPTION


def _limited(folded: str, clause: _Clause) -> Iterator[Span]:
    """Yield what an evaluation that is limited would have been of: "evaluation for stenosis is limited"."""
    assessments = clause.of("assessment")
    for limit in clause.of("limit"):
        before = [hit for hit in assessments if hit.end <= limit.start]
        after = [hit for hit in assessments if hit.start >= limit.end]
        if before and limit.row.value == "verb":
            yield before[0].start, limit.end
        elif after:
            marks = ":," if limit.row.value == "adjective" else ":"
            stops = [place for mark in marks if (place := folded.find(mark, after[0].end, clause.end)) >= 0]
            stops += [hit.start for hit in clause.of("described", "reason") if hit.start >= after[0].end]
            yield limit.start, min(stops, default=clause.end)


def _is_general_knowledge(folded: str, hits: Iterable[Hit]) -> bool:
    return any(
        (hit.row.field == "boilerplate" and hit.row.value == "sentence")
        or (hit.row.field == "prevalence" and _SHARE.match(folded, hit.end))
        for hit in hits
    )


def _trim(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
