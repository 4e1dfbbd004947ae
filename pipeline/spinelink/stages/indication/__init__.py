"""What was asked and why: symptoms, red flags and care that the indication states, and what it says of itself.

A sentence is read by itself: its atoms (`reading`), what governs them (`cues`), what was measured (`states`), which
words of body and side belong to which symptom (`binding`), what they come to (`saying`, `flags`), and since when
(`times`). What depends on the whole indication is done over its records (`whole`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from spinelink.levels import LevelRules
from spinelink.levels import compile_rules as compile_levels
from spinelink.lexicon import Lexicon
from spinelink.records import Indication, Report, Section, Sentence, Study, Symptom
from spinelink.stages.indication import care, durations, request
from spinelink.stages.indication.binding import Head, heads_of
from spinelink.stages.indication.codes import TextCodeRules, coded_in, compile_codes
from spinelink.stages.indication.cues import cues_of, late_cues
from spinelink.stages.indication.flags import flags_of
from spinelink.stages.indication.reading import Atom, Words, atoms_of, compile_words
from spinelink.stages.indication.saying import said_of
from spinelink.stages.indication.states import is_power, states_of
from spinelink.stages.indication.times import Carrier, lasting_as_long, with_courses, with_times
from spinelink.stages.indication.whole import DEFICITS, claudication, deficit, whole


@dataclass(frozen=True)
class IndicationRules:
    """The compiled lexicons of the indication."""

    words: Words
    levels: LevelRules
    durations: durations.DurationRules
    care: care.CareRules
    request: request.RequestRules
    codes: TextCodeRules


def compile_rules(lexicon: Lexicon) -> IndicationRules:
    """Return the rules of a lexicon; raises LexiconError where a row cannot be used."""
    times = durations.compile_rules(lexicon)
    return IndicationRules(
        words=compile_words(lexicon),
        levels=compile_levels(lexicon),
        durations=times,
        care=care.compile_rules(lexicon, times),
        request=request.compile_rules(lexicon),
        codes=compile_codes(lexicon),
    )


def indication_of(
    report: Report, sections: Sequence[Section], sentences: Sequence[Sentence], study: Study, rules: IndicationRules
) -> Indication:
    """Return what the sections of category indication state; offsets are those of the report's text."""
    asked = [section for section in sections if section.category == "indication" and not section.elsewhere]
    of_section: dict[int, list[Sentence]] = {section.section_id: [] for section in asked}
    for unit in sentences:
        if unit.section_id in of_section:
            of_section[unit.section_id].append(unit)
    records: list[Symptom] = []
    bodies = []
    for section in asked:
        body = report.text[section.body : section.end]
        bodies.append(body)
        records += _of_section(report, section, body, of_section[section.section_id], rules)
        records += [
            replace(row, start=section.body + (row.start or 0), end=section.body + (row.end or 0))
            for row in care.care_in(body, rules.care)
        ]
    for section, body in zip(asked, bodies, strict=True):
        records += list(coded_in(body, section.body, records, rules.codes))
    said = request.request_of("\n\n".join(bodies), rules.request)
    return Indication(whole(records, study), said.quality, said.context, said.context_rules)


class _Read(NamedTuple):
    """Who carries times in a sentence, the places of its flags, and which records were led on to others (pain)."""

    carriers: list[Carrier]
    flags: list[int]
    led: list[tuple[int, int]]


def _of_section(
    report: Report, section: Section, body: str, units: Sequence[Sentence], rules: IndicationRules
) -> list[Symptom]:
    """Return the symptoms and red flags of one section, with the offsets of the report."""
    times = durations.durations_in(body, report.order_date or report.study_date, rules.durations)
    courses = durations.courses_in(body, rules.durations)
    records: list[Symptom] = []
    earlier: list[int] = []
    family = cues_of(section.heading, atoms_of(section.heading, rules.words, ()))
    if any(cue is not None and cue.value == "family" for cue in family) or _is_family(section.heading, rules):
        return records
    starts = [time.start for time in times], [course.start for course in courses]
    for unit in units:
        shift = unit.start - section.body
        own = [
            replace(time, start=time.start - shift, end=time.end - shift)
            for time in times[_within(starts[0], shift, unit)]
        ]
        told = [
            replace(course, start=course.start - shift, end=course.end - shift)
            for course in courses[_within(starts[1], shift, unit)]
        ]
        text = report.text[unit.start : unit.end]
        atoms = atoms_of(text, rules.words, [(time.start, time.end) for time in own])
        first = len(records)
        read = _read(text, atoms, report.age, rules, records)
        with_times(records, read.carriers, read.flags, atoms, own, earlier)
        lasting_as_long(records, read.led)
        doubted = with_courses(records, read.carriers, atoms, told)
        records += [deficit(records[place], "possible") for place in doubted if records[place].symptom_type in DEFICITS]
        for place in range(first, len(records)):
            row = records[place]
            records[place] = replace(row, start=unit.start + (row.start or 0), end=unit.start + (row.end or 0))
        earlier = list(range(first, len(records))) or earlier
    return records


def _within(starts: Sequence[int], shift: int, unit: Sentence) -> slice:
    """Return which of the places, in order, a sentence holds that begins at `shift`."""
    return slice(bisect_left(starts, shift), bisect_left(starts, shift + unit.end - unit.start))


def _is_family(heading: str, rules: IndicationRules) -> bool:
    return any(atom.value == "family" for atom in atoms_of(heading, rules.words, ()))


def _read(text: str, atoms: list[Atom], age: int | None, rules: IndicationRules, records: list[Symptom]) -> _Read:
    """Append the records of a sentence; return who carries times among its symptoms, and the places of its flags."""
    governed = cues_of(text, atoms)
    states = states_of(atoms, governed)
    late_cues(atoms, governed)
    powers = frozenset(place for place, atom in enumerate(atoms) if atom.kind == "grade" and is_power(atoms, place))
    heads = heads_of(atoms, states, powers)
    carriers: dict[int, Carrier] = {}
    led: list[tuple[int, int]] = []
    for said in said_of(heads, atoms, governed):
        carrier = carriers.setdefault(said.head.place, _carrier(said.head))
        carrier[2].append(len(records))
        source = carriers.get(said.head.source.place) if said.head.source is not None else None
        if source is not None and source[2]:
            led.append((source[2][0], len(records)))
        records.append(said.symptom)
    walking = claudication(atoms, [records[place] for one in carriers.values() for place in one[2]])
    if walking is not None:
        records.append(walking)
    flagged = flags_of(text, atoms, governed, age, rules.levels)
    records += [flag.symptom for flag in flagged]
    return _Read([carriers[place] for place in sorted(carriers)], [flag.place for flag in flagged], led)


def _carrier(head: Head) -> Carrier:
    return head.first, head.last, []
