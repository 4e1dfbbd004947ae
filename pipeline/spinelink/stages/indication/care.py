"""What was tried, what failed and what is planned, as an indication states it.

A statement is made of the names of measures and the cues beside them: "failed PT and two ESIs" is one failed row, "PT
ordered" none, "ESI ordered" a candidate. Where a word may be something else ("PT" the patient), a measure counts only
with such a cue or a number. Words stand in `lexicons/care.tsv`. Source: the guideline's paragraph on care, clinical
section d, decision 9.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from spinelink.alternatives import expand
from spinelink.errors import LexiconError
from spinelink.lexicon import Lexicon, Phrase, Term
from spinelink.phrases import Hit, PhraseBook, fold
from spinelink.records import Symptom
from spinelink.stages.indication.dates import alternatives
from spinelink.stages.indication.durations import DurationRules, courses_in

DONE = "conservative_care_done"
FAILED = "conservative_care_failed"
CANDIDATE = "surgical_or_interventional_candidate"
IMPROVING = "improving"

_MEASURES = frozenset({"therapy", "drug", "injection", "operation"})
_PLANNABLE = frozenset({"injection", "operation"})
_CUES = frozenset({"done", "failed", "helped", "none", "plan"})
_WHOLES = frozenset({"failed_whole", "done_whole", "none_whole", "candidate"})
_FORMS = _MEASURES | _CUES | _WHOLES | {"persist", "condition", "blocked", "elsewhere", "count", "answer"}
_LOOKED_UP = ("count", "answer")
"""Forms of the words that stand at a certain place, and are looked for only there."""
_STOP = re.compile(r";|\.(?=\s|$)|\n\s*\n")
_WORD = re.compile(r"[^\W_]+")
_FAR = 2000
"""No sentence is longer than so many characters."""
_JOIN = re.compile(r"[,;]|(?<!\w)(?:and|but|now|then)(?!\w)")
_ANSWER = re.compile(r"\s*[:?]\s*([^\W\d_]+)")
_COUNT_AFTER = re.compile(r"\s*\(?(?:x|for)\s?[~>]?\d")
_REACH_BEFORE, _REACH_AFTER, _REACH_GROUP = 5, 6, 5


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a row speaks: which way a cue looks and how many words far, and what else its words may mean.

    `weak` measures need a cue that is not `soft`; those with `capitals` may be a person unless written so, of whom no
    cue speaks that is said of a `thing` only ("did not help"). What persists at a `time` after care has outlived it.
    """

    place: str = ""
    near: int | None = None
    weak: bool = False
    soft: bool = False
    capitals: bool = False
    thing: bool = False
    time: bool = False


@dataclass(frozen=True)
class CareRules:
    """The compiled lexicon: `book` finds measures and cues, `count_before` an amount that ends before a measure."""

    book: PhraseBook
    manners: dict[str, _Manner]
    count_before: re.Pattern[str]
    answers: dict[str, Term]
    durations: DurationRules


def compile_rules(lexicon: Lexicon, durations: DurationRules) -> CareRules:
    """Return the rules of a lexicon; raises LexiconError where a row's form is none that care has."""
    rows = lexicon.terms("care")
    faults = [f"care.tsv: {row.id}: form {row.form!r} is unknown" for row in rows if row.form not in _FORMS]
    if faults:
        raise LexiconError("\n".join(faults))
    counted = [word for row in rows if row.form == "count" for word in expand(row.term)]
    counted += [word for word, row in durations.amounts.words["unit"].items() if not row.attribute("hours")]
    return CareRules(
        book=PhraseBook(
            Phrase(row.id, row.example, True, row.term, row.form, row.value)
            for row in rows
            if row.form not in _LOOKED_UP
        ),
        manners={row.id: _manner(row) for row in rows},
        count_before=re.compile(rf"\d\+?[\s-]*{alternatives(counted)}(?!\w)\s+(?:of\s+)?(?:[^\W\d_]+\s+)?$"),
        answers={word: row for row in rows if row.form == "answer" for word in expand(row.term)},
        durations=durations,
    )


def _manner(row: Term) -> _Manner:
    near = row.attribute("near")
    return _Manner(
        place=row.attribute("place") or "",
        near=int(near) if near else None,
        weak=row.attribute("weak") is not None,
        soft=row.attribute("soft") is not None,
        capitals=row.attribute("capitals") is not None,
        thing=row.attribute("thing") is not None,
        time=row.attribute("time") is not None,
    )


@dataclass(slots=True)
class _Group:
    """Measures that are named together, and the cues that speak of them."""

    hits: list[Hit]
    cues: list[Hit] = field(default_factory=list)

    @property
    def start(self) -> int:
        return self.hits[0].start

    @property
    def end(self) -> int:
        return self.hits[-1].end

    def forms(self) -> set[str]:
        return {hit.row.field for hit in self.hits}


def care_in(text: str, rules: CareRules) -> tuple[Symptom, ...]:
    """Return the rows of kind care that an indication states, in order; offsets are those of the text.

    The text may hold several sentences: what failed may be told in the one after ("PT for 6 weeks. No relief."). A
    sentence has one row of each type, and none done where one failed. Explicit want of care ("no PT yet") is
    conservative_care_done with assertion absent.
    """
    folded = fold(text)
    hits = list(rules.book.hits(folded))
    stops = [found.end() for found in _STOP.finditer(folded)]
    found = [*_of_groups(text, folded, hits, rules), *_wholes(folded, hits, rules), *_improving(text, hits, rules)]
    return tuple(_one_a_sentence(sorted(found, key=_place), stops))


def _place(row: Symptom) -> tuple[int, int, str]:
    return row.start or 0, row.end or 0, row.symptom_type


def _row(kind: str, start: int, end: int, rule_id: str, denied_by: str | None = None) -> Symptom:
    assertion = "absent" if denied_by else "present"
    return Symptom("care", kind, assertion, rule_id, start, end, assertion_rule_id=denied_by)


def _of_groups(text: str, folded: str, hits: Sequence[Hit], rules: CareRules) -> Iterator[Symptom]:
    if not any(hit.row.field in _MEASURES for hit in hits):
        return
    groups = _groups(folded, hits)
    named = {hit.start: group for group in groups for hit in group.hits}
    for place, hit in enumerate(hits):
        if hit.row.field in _CUES:
            owner = _owner(place, folded, hits, named, rules)
            if owner is not None:
                owner.cues.append(hit)
    conditions = [hit.end for hit in hits if hit.row.field == "condition"]
    persisting = [hit.end for hit in hits if hit.row.field == "persist"]
    for group in groups:
        start = min([group.start, *(cue.start for cue in group.cues)])
        condition = _last(conditions, start, folded)
        if condition is None or _words(folded, condition, start) > _REACH_BEFORE:
            persist = _last(persisting, group.start, folded) is not None
            yield from _of_group(group, text, folded, rules, persist=persist)


def _last(places: Sequence[int], place: int, folded: str) -> int | None:
    """Return the last of these places that stands before another in its sentence."""
    number = bisect_right(places, place)
    found = places[number - 1] if number else None
    return found if found is not None and place - found <= _FAR and not _stops(folded, found, place) else None


def _groups(folded: str, hits: Sequence[Hit]) -> list[_Group]:
    """Return the measures, those together that nothing but a few words parts."""
    groups: list[_Group] = []
    last: Hit | None = None
    for hit in hits:
        if hit.row.field in _MEASURES:
            joined = last is not None and last.row.field in _MEASURES and not _stops(folded, last.end, hit.start)
            if last is not None and joined and _words(folded, last.end, hit.start) <= _REACH_GROUP:
                groups[-1].hits.append(hit)
            else:
                groups.append(_Group([hit]))
        last = hit
    return groups


def _owner(
    place: int, folded: str, hits: Sequence[Hit], named: Mapping[int, _Group], rules: CareRules
) -> _Group | None:
    """Return the group that a cue speaks of: the one after it, else the one before."""
    cue = hits[place]
    where = rules.manners[cue.row.id].place
    after = _neighbour(place, 1, folded, hits, named, rules) if where != "after" else None
    before = _neighbour(place, -1, folded, hits, named, rules) if where != "before" else None
    if after is not None and before is not None:
        return before if _JOIN.search(folded, cue.end, after.start) else after
    return after or before


def _neighbour(
    place: int, step: int, folded: str, hits: Sequence[Hit], named: Mapping[int, _Group], rules: CareRules
) -> _Group | None:
    """Return the group that stands next in one direction, other cues passed over, None where the way is too long."""
    cue = hits[place]
    near = rules.manners[cue.row.id].near
    reach = near if near is not None else _REACH_BEFORE if step > 0 else _REACH_AFTER
    while 0 <= place + step < len(hits):
        here, there = hits[place], hits[place + step]
        left, right = (here, there) if step > 0 else (there, here)
        way = (cue.end, there.start) if step > 0 else (there.end, cue.start)
        if _words(folded, *way) > reach or _parted(folded, left.end, right.start, forward=step > 0):
            return None
        if there.row.field in _MEASURES:
            return named[there.start]
        if there.row.field not in _CUES | {"persist"}:
            return None
        place += step
    return None


def _parted(folded: str, start: int, end: int, *, forward: bool) -> bool:
    """Tell whether a gap is a border: a comma before the measure, and any full stop but one that the cue follows."""
    gap = folded[start:end]
    if forward:
        return "," in gap or _stops(folded, start, end)
    stop = _STOP.search(folded, start, end)
    return stop is not None and bool(folded[stop.end() : end].strip(" \n-:"))


def _words(folded: str, start: int, end: int) -> int:
    return sum(1 for _ in _WORD.finditer(folded, start, end))


def _stops(folded: str, start: int, end: int) -> bool:
    return _STOP.search(folded, start, end) is not None


def _of_group(group: _Group, text: str, folded: str, rules: CareRules, *, persist: bool) -> Iterator[Symptom]:
    """Yield what the cues of a group come to, and beside it what is planned."""
    cues: dict[str, Hit] = {}
    for cue in group.cues:
        cues.setdefault("soft" if rules.manners[cue.row.id].soft else cue.row.field, cue)
    start = min([group.start, *(cue.start for cue in group.cues)])
    end = max([group.end, *(cue.end for cue in group.cues)])
    planned = cues.get("plan")
    is_candidate = planned is not None and not group.forms().isdisjoint(_PLANNABLE)
    answer = _answer(folded, end, rules)
    if planned is not None and is_candidate:
        yield _row(CANDIDATE, start, end, planned.row.id, _no(answer))
    counted = _counted(group, folded, rules)
    if group.forms() == {"operation"} or (counted is None and _may_be_a_person(group, text, rules)):
        return
    told = _told(group, cues, counted or _listed(group, folded) or _alone(group, folded), rules, persist=persist)
    if answer is not None:
        told = _answered(told, group, answer)
    if told is not None and not (is_candidate and told[0] == DONE):
        kind, rule_id, denied_by = told
        yield _row(kind, start, end, rule_id, denied_by)


_Told = tuple[str, str, str | None]
"""A type, the row that told it, and the row that denies it."""


def _told(
    group: _Group, cues: Mapping[str, Hit], counted: Hit | None, rules: CareRules, *, persist: bool
) -> _Told | None:
    """Return what cues say of a group: failed before none before done. `counted` has an amount or heads a list."""
    soft = cues.get("soft") if _is_certain(group, rules) else None
    sure = cues.get("helped") or cues.get("done")
    if "failed" in cues:
        return FAILED, cues["failed"].row.id, None
    if soft is not None and persist and rules.manners[soft.row.id].time:
        return FAILED, soft.row.id, None
    if "none" in cues:
        wanting = "therapy" in group.forms() or ("drug" in group.forms() and (sure or counted or soft) is not None)
        return (DONE, group.hits[0].row.id, cues["none"].row.id) if wanting else None
    done = sure or (None if "plan" in cues else counted or soft)
    return (DONE, done.row.id, None) if done is not None else None


def _answer(folded: str, place: int, rules: CareRules) -> Term | None:
    """Return the yes or no that answers what ends at a place: "conservative care: no", "failed PT? yes"."""
    found = _ANSWER.match(folded, place)
    return rules.answers.get(found[1]) if found is not None else None


def _no(answer: Term | None) -> str | None:
    return answer.id if answer is not None and answer.value == "no" else None


def _answered(told: _Told | None, group: _Group, answer: Term) -> _Told | None:
    """Return what is told with its answer: "failed PT? no" tells nothing, "PT: no" that none was tried."""
    if answer.value == "yes":
        return told or (DONE, group.hits[0].row.id, None)
    return None if told is not None and told[0] == FAILED else (DONE, group.hits[0].row.id, answer.id)


def _listed(group: _Group, folded: str) -> Hit | None:
    """Return the head of a list of measures: "conservative therapy: PT, NSAIDs"."""
    for one, other in pairwise(group.hits):
        if ":" in folded[one.end : other.start]:
            return one
    return None


def _alone(group: _Group, folded: str) -> Hit | None:
    """Return the first of drugs that are a whole sentence: "Back pain. Co-codamol and naproxen."."""
    if group.forms() != {"drug"}:
        return None
    before = [found.end() for found in _STOP.finditer(folded, 0, group.start)]
    following = _STOP.search(folded, group.end)
    start, end = before[-1] if before else 0, following.start() if following is not None else len(folded)
    said = folded[start : group.start] + folded[group.end : end]
    return group.hits[0] if before and not _WORD.search(said) else None


def _is_certain(group: _Group, rules: CareRules) -> bool:
    """Tell whether a group names care beyond doubt: by a word that is nothing else, or by several."""
    if len(group.hits) > 1:
        return True
    return any(not rules.manners[hit.row.id].weak and hit.row.field != "operation" for hit in group.hits)


def _may_be_a_person(group: _Group, text: str, rules: CareRules) -> bool:
    """Tell whether "pt" may be the patient: not in capitals, and only what follows it speaks of it."""
    alone = group.hits[0] if len(group.hits) == 1 else None
    if alone is None or not rules.manners[alone.row.id].capitals or text[alone.start : alone.end].isupper():
        return False
    return all(cue.start > alone.start and not rules.manners[cue.row.id].thing for cue in group.cues)


def _counted(group: _Group, folded: str, rules: CareRules) -> Hit | None:
    """Return a therapy or injection that has an amount beside it: "8 wks PT", "PT x 6", "ESI x2"."""
    for hit in group.hits:
        if hit.row.field not in ("therapy", "injection"):
            continue
        if rules.count_before.search(folded, max(0, hit.start - 30), hit.start):
            return hit
        if _COUNT_AFTER.match(folded, hit.end):
            return hit
    return None


def _wholes(folded: str, hits: Sequence[Hit], rules: CareRules) -> Iterator[Symptom]:
    for hit in hits:
        match hit.row.field, hit.row.value:
            case "failed_whole", _:
                yield _row(FAILED, hit.start, hit.end, hit.row.id)
            case "done_whole", _:
                yield _row(DONE, hit.start, hit.end, hit.row.id)
            case "none_whole", _:
                yield _row(DONE, hit.start, hit.end, hit.row.id, hit.row.id)
            case "candidate", "present":
                yield _row(CANDIDATE, hit.start, hit.end, hit.row.id, _no(_answer(folded, hit.end, rules)))
            case "candidate", "absent":
                yield _row(CANDIDATE, hit.start, hit.end, hit.row.id, hit.row.id)


def _improving(text: str, hits: Sequence[Hit], rules: CareRules) -> Iterator[Symptom]:
    """Yield the courses that tell improvement, but not those that a cue of failure holds ("not improved")."""
    held = {place for hit in hits if hit.row.field == "failed" for place in range(hit.start, hit.end)}
    for course in courses_in(text, rules.durations):
        if course.value == "improved" and held.isdisjoint(range(course.start, course.end)):
            yield _row(IMPROVING, course.start, course.end, course.rule_id)


def _one_a_sentence(rows: Sequence[Symptom], stops: Sequence[int]) -> Iterator[Symptom]:
    """Yield one row for each type and assertion of a sentence; a failed row takes in the done one."""
    held: dict[tuple[int, str, str], Symptom] = {}
    for row in rows:
        sentence = bisect_right(stops, row.start or 0)
        key = (sentence, row.symptom_type, row.assertion)
        held[key] = _over_both(held[key], row) if key in held else row
    for (sentence, kind, assertion), row in list(held.items()):
        failed = held.get((sentence, FAILED, "present"))
        if kind == DONE and assertion == "present" and failed is not None:
            del held[sentence, kind, assertion]
            held[sentence, FAILED, "present"] = _over_both(failed, row)
    yield from sorted(held.values(), key=_place)


def _over_both(first: Symptom, second: Symptom) -> Symptom:
    start, end = min(_place(first)[0], _place(second)[0]), max(_place(first)[1], _place(second)[1])
    return replace(first, start=start, end=end)
