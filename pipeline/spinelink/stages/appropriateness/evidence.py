"""What a request says for or against its study, item by item: the evidence on which its class rests.

Every field of `Evidence` stands in the audit table (the age in `reports`), so that a class can be worked out again from
the tables, under another policy or threshold. Which symptom is a sign, which is felt where and which is a red flag by
itself are rows of `definitions.tsv`. Source: IMG-EVID; decisions 9 to 13 and 19 to 22.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from spinelink import vocabulary
from spinelink.conditions import Condition, Fact, Facts, parse_condition
from spinelink.lexicon import Definition
from spinelink.records import Indication, Symptom

FACTS: frozenset[str] = frozenset({"request_sign", "request_symptom", "request_region"})
"""Facts of a symptom that `definitions.tsv` names for the audit."""

LUMBAR = "lumbar"
_CHRONIC_DAYS = 84
_TIERS = ("E", "S", "W")
_NO_TIER = "W"
_FRESH = frozenset({"new", "worse", "recurrent"})
_COURSES = ("worse", "new", "recurrent", "improved")
"""Of several symptoms with different courses the first of these is the course of the request."""
_STABLE, _UNCHANGED = "stable", "unchanged"
_LOW_REGIONS = frozenset({None, "lumbar", "sacral", "back"})
"""An operation on the back of which no region is told counts as lumbar."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The items on which a class rests; None where nothing is told."""

    scope_reason: str | None = None
    red_flags: tuple[str, ...] = ()
    red_flag_tiers: tuple[str, ...] = ()
    neuro_signs: tuple[str, ...] = ()
    neuro_symptoms: tuple[str, ...] = ()
    duration_days: int | None = None
    duration_max_days: int | None = None
    care: str = "unknown"
    candidate: bool | None = None
    prior_surgery: bool = False
    trajectory: str | None = None
    indication_quality: str = "empty"
    age: int | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence of one request, what stands beside it, and the places of the symptoms that each item came from.

    `sources` is by field of `Evidence`, then by member of a list, "" for a single value.
    """

    evidence: Evidence
    sources: Mapping[str, Mapping[str, tuple[int, ...]]]
    denied: tuple[str, ...] = ()
    duration_source: str | None = None
    suspected_only: bool = False
    new_on_chronic: bool = False


@dataclass(frozen=True)
class Definitions:
    """The names that symptoms have in the audit, by the type of the symptom."""

    by_type: Mapping[str, tuple[tuple[str, str, Condition], ...]]

    def names(self, symptom: Symptom, regions: Sequence[str]) -> dict[str, frozenset[str]]:
        """Return by fact the names that a symptom has in a study of these regions."""
        rows = self.by_type.get(symptom.symptom_type)
        found: dict[str, set[str]] = {fact: set() for fact in FACTS}
        if rows:
            facts = _facts_of(symptom, regions)
            for fact, name, condition in rows:
                if condition.holds(facts):
                    found[fact].add(name)
        return {fact: frozenset(names) for fact, names in found.items()}


def compile_definitions(rows: Iterable[Definition]) -> Definitions:
    """Return the compiled rows; raises ValueError naming a row that cannot be used."""
    by_type: dict[str, list[tuple[str, str, Condition]]] = {}
    for row in rows:
        if row.fact not in FACTS:
            continue
        condition = parse_condition(row.conditions)
        types = [part.values for part in condition.parts if part.fact == "symptom_type" and part.sign == "="]
        if not types or not types[0] <= set(vocabulary.SYMPTOMS):
            raise ValueError(f"{row.id}: its conditions name no symptom_type of the vocabulary")
        if unknown := condition.facts.difference(_facts_of(Symptom("symptom", "", "present", ""), ())):
            raise ValueError(f"{row.id}: {', '.join(sorted(unknown))} is no fact of a symptom")
        for symptom_type in sorted(types[0]):
            by_type.setdefault(symptom_type, []).append((row.fact, row.name, condition))
    return Definitions({symptom_type: tuple(found) for symptom_type, found in by_type.items()})


def is_met(row: Definition, symptoms: Sequence[Symptom], regions: Sequence[str]) -> bool:
    """Tell whether one of these symptoms, in a study of these regions, is what a row defines."""
    condition = parse_condition(row.conditions)
    return any(condition.holds(_facts_of(symptom, regions)) for symptom in _with_both_sides(symptoms))


def _facts_of(symptom: Symptom, regions: Sequence[str]) -> Facts:
    facts: dict[str, Fact] = {
        "symptom_type": symptom.symptom_type,
        "subtype": symptom.subtype,
        "region": symptom.region,
        "side": symptom.side,
        "assertion": symptom.assertion,
        "sign": symptom.sign,
        "trajectory": symptom.trajectory,
        "duration_days": symptom.duration_days,
        "duration_max_days": symptom.duration_max_days,
        "long_standing": _is_long_standing(symptom),
        "study": frozenset(regions),
    }
    return facts


def _is_long_standing(symptom: Symptom) -> bool:
    """Tell whether a symptom is chronic and nothing says that it is new or worse."""
    return symptom.trajectory not in _FRESH and (symptom.duration_days or 0) >= _CHRONIC_DAYS


def gather(
    indication: Indication, regions: Sequence[str], scope_reason: str | None, age: int | None, definitions: Definitions
) -> Gathered:
    """Return the evidence in an indication of a study of these regions."""
    symptoms = _with_both_sides(indication.symptoms)
    named = [definitions.names(symptom, regions) for symptom in symptoms]
    ours = [place for place, names in enumerate(named) if _concerns(names["request_region"], regions)]
    flags = _flags(symptoms)
    signs = _by_name((place, named[place]["request_sign"]) for place in ours if _affirmed(symptoms[place]))
    felt = _by_name((place, named[place]["request_symptom"]) for place in ours if _affirmed(symptoms[place]))
    pains = [place for place in ours if named[place]["request_region"]]
    episode, new_on_chronic = _present_episode(symptoms, pains, "acute_on_chronic" in indication.context)
    longest = _longest(symptoms, episode)
    care, care_places = _care(symptoms)
    course, course_places = _course(symptoms, pains, indication.context)
    candidate, candidate_places = _candidate(symptoms)
    surgery = tuple(place for place, symptom in enumerate(symptoms) if _is_low_surgery(symptom))
    names = sorted(flags, key=vocabulary.RED_FLAGS.index)
    lasting = symptoms[longest] if longest is not None else None
    return Gathered(
        evidence=Evidence(
            scope_reason=scope_reason,
            red_flags=tuple(names),
            red_flag_tiers=tuple(_tier(symptoms, flags[name]) for name in names),
            neuro_signs=tuple(signs),
            neuro_symptoms=tuple(felt),
            duration_days=lasting.duration_days or None if lasting else None,
            duration_max_days=lasting.duration_max_days if lasting else None,
            care=care,
            candidate=candidate,
            prior_surgery=bool(surgery),
            trajectory=course,
            indication_quality=indication.quality,
            age=age,
        ),
        sources={
            "red_flags": flags,
            "neuro_signs": signs,
            "neuro_symptoms": felt,
            "duration_days": {"": () if longest is None else (longest,)},
            "care": {"": care_places},
            "candidate": {"": candidate_places},
            "prior_surgery": {"": surgery},
            "trajectory": {"": course_places},
        },
        denied=_denied(symptoms, flags),
        duration_source=lasting.duration_source if lasting else None,
        suspected_only=_suspected_only(symptoms, flags),
        new_on_chronic=new_on_chronic,
    )


def _with_both_sides(symptoms: Sequence[Symptom]) -> Sequence[Symptom]:
    """Return the symptoms, those of both sides that codes have made two rows told as bilateral."""
    sides: dict[tuple[str, int | None, str], set[str]] = {}
    for symptom in symptoms:
        sides.setdefault((symptom.symptom_type, symptom.start, symptom.assertion), set()).add(symptom.side)
    return [
        replace(symptom, side="bilateral")
        if symptom.start is not None
        and {"left", "right"} <= sides[symptom.symptom_type, symptom.start, symptom.assertion]
        else symptom
        for symptom in symptoms
    ]


def _concerns(felt_in: frozenset[str], regions: Sequence[str]) -> bool:
    """Tell whether a symptom is one of the imaged part: a lumbar study, combined or not, is judged by back and legs."""
    if not felt_in or not regions:
        return True
    return LUMBAR in felt_in if LUMBAR in regions else not felt_in.isdisjoint(regions)


def _affirmed(symptom: Symptom) -> bool:
    return symptom.kind == "symptom" and symptom.assertion == "present"


def _by_name(pairs: Iterable[tuple[int, frozenset[str]]]) -> dict[str, tuple[int, ...]]:
    """Return the places of each name, names in sorted order."""
    found: dict[str, list[int]] = {}
    for place, names in pairs:
        for name in names:
            found.setdefault(name, []).append(place)
    return {name: tuple(found[name]) for name in sorted(found)}


def _flags(symptoms: Sequence[Symptom]) -> dict[str, tuple[int, ...]]:
    """Return the red flags that are present or asked for."""
    return _by_name(
        (place, frozenset({symptom.symptom_type}))
        for place, symptom in enumerate(symptoms)
        if symptom.kind == "red_flag" and symptom.assertion != "absent"
    )


def _tier(symptoms: Sequence[Symptom], places: Sequence[int]) -> str:
    """Return the highest tier of a flag's rows."""
    return min((symptoms[place].tier or _NO_TIER for place in places), key=_TIERS.index)


def _denied(symptoms: Sequence[Symptom], flags: Mapping[str, object]) -> tuple[str, ...]:
    absent = {s.symptom_type for s in symptoms if s.kind == "red_flag" and s.assertion == "absent"}
    return tuple(name for name in vocabulary.RED_FLAGS if name in absent and name not in flags)


def _suspected_only(symptoms: Sequence[Symptom], flags: Mapping[str, Sequence[int]]) -> bool:
    """Tell whether every flag but an operation is only asked for (decision 21)."""
    asked = [places for name, places in flags.items() if name != "prior_spine_surgery"]
    return bool(asked) and all(symptoms[place].assertion == "possible" for places in asked for place in places)


def _is_low_surgery(symptom: Symptom) -> bool:
    """Tell whether a row states an operation on the lumbar spine; another region clears nothing (decision 19)."""
    stated = symptom.symptom_type == "prior_spine_surgery" and symptom.assertion == "present"
    return stated and symptom.region in _LOW_REGIONS


def _present_episode(
    symptoms: Sequence[Symptom], pains: Sequence[int], acute_on_chronic: bool
) -> tuple[list[int], bool]:
    """Return the timed symptoms of the present episode, and whether it stands upon a chronic condition.

    Upon a chronic condition the episode is what is told to be new; "acute on chronic" alone tells no duration.
    """
    timed = [place for place in pains if _is_timed(symptoms[place])]
    stated = [place for place in timed if symptoms[place].assertion == "present"]
    timed = stated or timed
    recent = [place for place in timed if (symptoms[place].duration_days or 0) < _CHRONIC_DAYS]
    if acute_on_chronic:
        return recent, True
    fresh = [place for place in recent if symptoms[place].trajectory == "new"]
    if fresh and len(recent) < len(timed):
        return fresh, True
    return timed, False


def _is_timed(symptom: Symptom) -> bool:
    told = symptom.duration_days is not None or symptom.duration_max_days is not None
    return symptom.kind == "symptom" and symptom.assertion != "absent" and told


def _longest(symptoms: Sequence[Symptom], places: Sequence[int]) -> int | None:
    """Return the symptom that has surely lasted longest; of equals the one that may have, then the first."""

    def lasted(place: int) -> tuple[int, float, int]:
        symptom = symptoms[place]
        most = float("inf") if symptom.duration_max_days is None else symptom.duration_max_days
        return symptom.duration_days or 0, most, -place

    return max(places, key=lasted, default=None)


def _care(symptoms: Sequence[Symptom]) -> tuple[str, tuple[int, ...]]:
    """Return what was tried, and the rows that say so: failed before tried before expressly none."""
    for summary, kind, assertion in (
        ("failed", "conservative_care_failed", "present"),
        ("tried", "conservative_care_done", "present"),
        ("explicit_none", "conservative_care_done", "absent"),
    ):
        places = _of_type(symptoms, kind, (assertion,))
        if places:
            return summary, places
    return "unknown", ()


def _candidate(symptoms: Sequence[Symptom]) -> tuple[bool | None, tuple[int, ...]]:
    """Return whether an intervention is planned or weighed ("evaluate for injection" is one, decision 9)."""
    kind = "surgical_or_interventional_candidate"
    if places := _of_type(symptoms, kind, ("present", "possible")):
        return True, places
    places = _of_type(symptoms, kind, ("absent",))
    return (False, places) if places else (None, ())


def _course(
    symptoms: Sequence[Symptom], pains: Sequence[int], context: Sequence[str]
) -> tuple[str | None, tuple[int, ...]]:
    """Return the course of the complaint and the rows that tell it; one that grows worse outweighs one that mends.

    It is stable where the request says that nothing has changed since earlier imaging: a pain that is merely called
    stable is no argument against its study.
    """
    told: dict[str, list[int]] = {}
    for place in pains:
        course = symptoms[place].trajectory
        if course and _affirmed(symptoms[place]):
            told.setdefault(course, []).append(place)
    if improving := _of_type(symptoms, "improving", ("present",)):
        told.setdefault("improved", []).extend(improving)
    for course in _COURSES:
        if course in told:
            return course, tuple(told[course])
    return (_STABLE, tuple(told.get(_STABLE, ()))) if _UNCHANGED in context else (None, ())


def _of_type(symptoms: Sequence[Symptom], kind: str, assertions: Sequence[str]) -> tuple[int, ...]:
    return tuple(place for place, s in enumerate(symptoms) if s.symptom_type == kind and s.assertion in assertions)
