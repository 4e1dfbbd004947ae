"""The codes and exclusions of the lexicon, compiled: what a code may be of, what it says, and what it excludes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from spinelink import vocabulary
from spinelink.conditions import Condition, Fact, Part, Sieve, parse_condition
from spinelink.errors import LexiconError
from spinelink.lexicon import Code, Exclusion, Lexicon, Phrase
from spinelink.phrases import Hit, PhraseBook, fold
from spinelink.stages.coding.places import CODE_REGIONS

SYSTEM = "ICD-10-CM"
PHENOTYPES = "HPO"
RETIRED = "retired"

GIVEN_USES = frozenset({"emit", "both"})
READ_USES = frozenset({"accept", "both", RETIRED})
SIDES = ("any", "left", "right", "bilateral", "unspecified")
FINDING_FACTS = frozenset(
    {
        "subtype", "etiology", "acuity", "effect", "zone", "recurrent", "organ", "change", "told", "cause", "beside",
        "linked", "near", "unsettled", "unsettled_near", "at_level", "pain",
    }
)  # fmt: skip
SYMPTOM_FACTS = frozenset({"subtype", "felt", "duration", "trajectory", "told", "beside"})

Candidates = tuple[str, ...]
"""Codes that may be of a finding or symptom, the best first."""
_REMEMBERED = 4096
_JOINING = {"connectors": ("cause", "because"), "processes": ("verb",)}
_KINDS: dict[str, tuple[Iterable[str], frozenset[str]]] = {
    "finding": (vocabulary.FINDINGS, FINDING_FACTS),
    "symptom": (vocabulary.SYMPTOMS, SYMPTOM_FACTS),
    "red_flag": (vocabulary.RED_FLAGS, SYMPTOM_FACTS),
}


@dataclass(frozen=True, slots=True)
class Coded:
    """A row of the codes, compiled; `types`, `regions` and `subtypes` are its alternatives, none of subtypes: any.

    `rank` is how exact it is: the number of facts it asks for, the subtype among them, not those that it excludes.
    """

    row: Code
    types: tuple[str, ...]
    subtypes: frozenset[str]
    regions: tuple[str, ...]
    condition: Condition
    rank: int


class Rows:
    """The rows of one kind and type, the most exact first; `asked` are the facts that they ask for, in order."""

    __slots__ = ("_at", "_known", "_sieve", "asked")

    def __init__(self, rows: Sequence[Coded]) -> None:
        conditions = [_whole(coded) for coded in rows]
        self.asked = tuple(sorted({fact for condition in conditions for fact in condition.facts}))
        self._sieve = Sieve(((1 << number, condition) for number, condition in enumerate(conditions)), self.asked)
        self._at: dict[str, list[tuple[int, Coded]]] = {}
        for number, coded in enumerate(rows):
            for place in coded.regions:
                self._at.setdefault(place, []).append((number, coded))
        self._known = lru_cache(_REMEMBERED)(self._best)

    def candidates(self, facts: Sequence[Fact], places: tuple[str, ...]) -> Candidates:
        """Return the codes that may be of a case, the best first: the most facts, then the most exact place.

        `facts` are those in `asked`; `places` are those of the case, the most exact first. Of one name ("disc
        degeneration") only the best is a candidate. Which rows hold decides, so it is remembered by these.
        """
        return self._known(self._sieve.holding(facts), places)

    def _best(self, held: int, places: tuple[str, ...]) -> Candidates:
        fitting = [coded for place in places for number, coded in self._at.get(place, ()) if held >> number & 1]
        best: dict[str, str] = {}
        for coded in sorted(fitting, key=lambda coded: -coded.rank):
            best.setdefault(coded.row.name, coded.row.code)
        return tuple(dict.fromkeys(best.values()))


def _whole(coded: Coded) -> Condition:
    """Return the conditions of a row with those that its own columns make: the subtype, and the side."""
    parts = list(coded.condition.parts)
    if coded.subtypes:
        parts.append(Part("subtype", "=", coded.subtypes))
    if coded.row.side == "unspecified":
        parts.append(Part("side", "!=", frozenset({"left", "right"})))
    elif coded.row.side != "any":
        parts.append(Part("side", "=", frozenset({coded.row.side})))
    return Condition(tuple(parts))


@dataclass(frozen=True)
class CodingRules:
    """The compiled codes.

    `given` are by kind and type the rows of which codes are given, `phenotypes` those of HPO; `read` say what a code
    means that comes with a report. `beaten` are for each code those that are kept where both would stand, `barred` all
    that do not stand beside it. `details` find the finer names of a type in its words, `joining` in a sentence the
    words that join a cause to what it causes; both remember the words. `sided` are the types whose codes name a side.
    """

    given: Mapping[tuple[str, str], Rows]
    phenotypes: Mapping[tuple[str, str], Rows]
    read: Mapping[str, tuple[Coded, ...]]
    beaten: Mapping[str, frozenset[str]]
    barred: Mapping[str, frozenset[str]]
    details: Mapping[str, Callable[[str], frozenset[str]]]
    joining: Callable[[str], tuple[Hit, ...]]
    sided: frozenset[str]
    tiers: Mapping[tuple[str, str | None], str]


def compile_rules(lexicon: Lexicon) -> CodingRules:
    """Return the rules of a lexicon; raises LexiconError with every row that cannot be used."""
    rows, details = lexicon.rows_of(Code), lexicon.phrases("details")
    exclusions = lexicon.rows_of(Exclusion)
    faults = [*_faults(rows, details), *_detail_faults(details), *_exclusion_faults(exclusions)]
    if faults:
        raise LexiconError("\n".join(faults))
    compiled = [_compiled(row) for row in rows]
    beaten = _beaten(sorted({row.code for row in rows if row.system == SYSTEM}), exclusions)
    return CodingRules(
        given=_by_type(coded for coded in compiled if coded.row.system == SYSTEM),
        phenotypes=_by_type(coded for coded in compiled if coded.row.system == PHENOTYPES),
        read=_readable(compiled),
        beaten=beaten,
        barred=_barred(beaten),
        details=_finders(details),
        joining=lru_cache(_REMEMBERED)(partial(_hits, PhraseBook(_joining(lexicon)))),
        sided=frozenset(kind for coded in compiled if coded.row.side in ("left", "right") for kind in coded.types),
        tiers=_tiers(lexicon),
    )


def _compiled(row: Code) -> Coded:
    subtypes = frozenset(filter(None, row.subtype.split("|")))
    types = tuple(filter(None, row.type.split("|")))
    condition = parse_condition(row.conditions)
    rank = sum(part.sign != "!=" for part in condition.parts) + bool(subtypes)
    return Coded(row, types, subtypes, tuple(row.region.split("|")), condition, rank)


def _by_type(compiled: Iterable[Coded]) -> dict[tuple[str, str], Rows]:
    found: defaultdict[tuple[str, str], list[Coded]] = defaultdict(list)
    for coded in sorted(compiled, key=lambda coded: -coded.rank):
        if coded.row.use in GIVEN_USES:
            for name in coded.types:
                found[coded.row.kind, name].append(coded)
    return {key: Rows(rows) for key, rows in found.items()}


def _readable(compiled: Iterable[Coded]) -> dict[str, tuple[Coded, ...]]:
    """Return the rows that say of a code what it states of the patient, the first of each type.

    Codes that state a finding have none.
    """
    found: defaultdict[str, list[Coded]] = defaultdict(list)
    for coded in compiled:
        row = coded.row
        if row.system == SYSTEM:
            stated = row.use in READ_USES and coded.types and row.kind != "finding"
            known = any(other.types == coded.types for other in found[row.code])
            found[row.code] += [coded] if stated and not known else []
    return {code: tuple(rows) for code, rows in found.items()}


def _beaten(codes: Iterable[str], exclusions: Iterable[Exclusion]) -> dict[str, frozenset[str]]:
    """Return for each code those that are kept where both would stand."""
    codes = tuple(codes)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in exclusions:
        loser, winner = (row.excluded, row.code) if row.keep == row.code else (row.code, row.excluded)
        winners = {code for code in codes if code.startswith(winner)}
        for code in codes:
            if winners and code.startswith(loser):
                found[code] |= winners - {code}
    return {code: frozenset(found[code]) for code in codes if code in found}


def _barred(beaten: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return for each code those that do not stand beside it, whichever is kept."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for loser, winners in beaten.items():
        found[loser] |= winners
        for winner in winners:
            found[winner].add(loser)
    return {code: frozenset(others) for code, others in found.items()}


def _joining(lexicon: Lexicon) -> Iterator[Phrase]:
    """Yield the words that join a cause to its effect: "causing", "due to", and verbs that state the effect itself."""
    for name, forms in _JOINING.items():
        for row in lexicon.terms(name):
            if row.form in forms:
                yield Phrase(row.id, row.example, row.enabled, row.term, row.form, row.value)


def _finders(details: Iterable[Phrase]) -> dict[str, Callable[[str], frozenset[str]]]:
    by_type: defaultdict[str, list[Phrase]] = defaultdict(list)
    for row in details:
        for name in row.field.split("|"):
            by_type[name].append(row)
    return {name: lru_cache(_REMEMBERED)(partial(_names, PhraseBook(rows))) for name, rows in by_type.items()}


def _names(book: PhraseBook, text: str) -> frozenset[str]:
    return frozenset(hit.row.value for hit in book.hits(fold(text)))


def _hits(book: PhraseBook, text: str) -> tuple[Hit, ...]:
    return tuple(book.hits(fold(text)))


def _tiers(lexicon: Lexicon) -> dict[tuple[str, str | None], str]:
    """Return the tier of each red flag and finer red flag, as its first row with a tier says."""
    found: dict[tuple[str, str | None], str] = {}
    for row in lexicon.terms("red_flags"):
        tier = row.attribute("tier")
        if tier:
            found.setdefault((row.value, row.attribute("subtype")), tier)
    return found


def _faults(rows: Iterable[Code], details: Iterable[Phrase]) -> Iterator[str]:
    told = {row.value for row in details}
    for row in rows:
        for fault in _row_faults(row, told):
            yield f"codes.tsv: {row.id}: {fault}"


def _row_faults(row: Code, told: set[str]) -> Iterator[str]:
    if row.kind not in _KINDS:
        yield f"kind {row.kind!r} is none of {', '.join(_KINDS)}"
        return
    types, facts = _KINDS[row.kind]
    if row.use not in GIVEN_USES | READ_USES:
        yield f"use {row.use!r} is none of accept, both, emit, retired"
    if row.system not in (SYSTEM, PHENOTYPES):
        yield f"system {row.system!r} is none of {SYSTEM}, {PHENOTYPES}"
    if row.side not in SIDES:
        yield f"side {row.side!r} is none of {', '.join(SIDES)}"
    unknown = [name for name in filter(None, row.type.split("|")) if name not in types]
    yield from (f"{name!r} is no {row.kind.replace('_', ' ')} of the vocabulary" for name in unknown)
    if not row.type and row.use in GIVEN_USES:
        yield "a code that is given needs a type"
    places = CODE_REGIONS.union(vocabulary.LEVELS)
    yield from (f"{place!r} is no region or level" for place in row.region.split("|") if place not in places)
    condition = parse_condition(row.conditions)
    yield from (f"no fact {name!r}; facts are {', '.join(sorted(facts))}" for name in sorted(condition.facts - facts))
    for part in condition.parts:
        if part.fact == "told":
            yield from (f"details.tsv tells no {name!r}" for name in sorted(part.values - told - {"none"}))


def _detail_faults(details: Iterable[Phrase]) -> Iterator[str]:
    known = {*vocabulary.FINDINGS, *vocabulary.SYMPTOMS, *vocabulary.RED_FLAGS}
    for row in details:
        for name in row.field.split("|"):
            if name not in known:
                yield f"details.tsv: {row.id}: {name!r} is no finding, symptom or red flag of the vocabulary"


def _exclusion_faults(exclusions: Iterable[Exclusion]) -> Iterator[str]:
    for row in exclusions:
        if row.keep not in (row.code, row.excluded):
            yield f"exclusions.tsv: {row.id}: keep {row.keep!r} is neither {row.code} nor {row.excluded}"
