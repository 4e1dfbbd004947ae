"""What was asked and why: symptoms, red flags and care that the indication states, and what it says of itself.

A sentence is read by itself (`sentence`): its atoms (`reading`), what governs them (`cues`), what was measured
(`states`), which words of body and side belong to which symptom (`binding`), what they come to (`saying`, `flags`).
Then times and courses are given to what they cover (`times`), and what depends on the whole indication is done over its
records (`whole`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from spinelink.lexicon import Lexicon, Phrase
from spinelink.phrases import PhraseBook, fold
from spinelink.records import Indication, Report, Section, Sentence, Study, Symptom
from spinelink.stages.indication import care, durations, request
from spinelink.stages.indication.codes import TextCodeRules, coded_in, compile_codes
from spinelink.stages.indication.sentence import SentenceRules, compile_sentences, read_sentence
from spinelink.stages.indication.terms import Written
from spinelink.stages.indication.times import Read, lasting_as_long, with_courses, with_times
from spinelink.stages.indication.whole import DEFICITS, deficit, whole


@dataclass(frozen=True)
class IndicationRules:
    """The compiled lexicons of the indication; `family` finds the headings of a family's history."""

    sentences: SentenceRules
    durations: durations.DurationRules
    care: care.CareRules
    request: request.RequestRules
    codes: TextCodeRules
    family: PhraseBook


def compile_rules(lexicon: Lexicon) -> IndicationRules:
    """Return the rules of a lexicon; raises LexiconError where a row cannot be used."""
    times = durations.compile_rules(lexicon)
    return IndicationRules(
        sentences=compile_sentences(lexicon),
        durations=times,
        care=care.compile_rules(lexicon, times),
        request=request.compile_rules(lexicon),
        codes=compile_codes(lexicon),
        family=PhraseBook(
            Phrase(row.id, row.example, True, row.term, row.form, row.value)
            for row in lexicon.terms("denials")
            if row.value == "family"
        ),
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
    bodies = [report.text[section.body : section.end] for section in asked]
    records: list[Symptom] = []
    for section, body in zip(asked, bodies, strict=True):
        if any(rules.family.hits(fold(section.heading))):
            continue
        records += _of_section(report, section.body, body, of_section[section.section_id], rules)
        records += [
            replace(row, start=section.body + (row.start or 0), end=section.body + (row.end or 0))
            for row in care.care_in(body, rules.care)
        ]
    for section, body in zip(asked, bodies, strict=True):
        records += list(coded_in(body, section.body, records, rules.codes))
    said = request.request_of("\n\n".join(bodies), rules.request)
    return Indication(whole(records, study), said.quality, said.context, said.context_rules)


def _of_section(
    report: Report, base: int, body: str, units: Sequence[Sentence], rules: IndicationRules
) -> list[Symptom]:
    """Return the symptoms and red flags of one section, which begins at `base`, with the offsets of the report."""
    folded = fold(body)
    times = durations.durations_in(body, report.order_date or report.study_date, rules.durations)
    courses = durations.courses_in(body, rules.durations)
    starts = [time.start for time in times], [course.start for course in courses]
    records: list[Symptom] = []
    earlier: list[Symptom] = []
    for unit in units:
        start, end = unit.start - base, unit.end - base
        own = times[bisect_left(starts[0], start) : bisect_left(starts[0], end)]
        spans = [(time.start, time.end) for time in own]
        read = read_sentence(Written(body, folded, start, end), spans, base, report.age, rules.sentences)
        told = courses[bisect_left(starts[1], start) : bisect_left(starts[1], end)]
        if not read.records and records:
            _set_course(records, len(earlier), [course for course in told if course.start == start])
            earlier = records[-len(earlier) :]
        if not read.records and own and records:
            with_times(earlier, read, own, alone=True)
            records[-len(earlier) :] = earlier
            continue
        with_times(read.records, read, own)
        lasting_as_long(read.records, read.led)
        _add_courses(read, told)
        records += read.records
        earlier = read.records or earlier
    return records


def _set_course(records: list[Symptom], number: int, told: Sequence[durations.Course]) -> None:
    """Set the course that a sentence of no symptom opens with on those of the sentence before, the last `number`."""
    if not any(course.value == "worse" for course in told):
        return
    for place in range(len(records) - number, len(records)):
        row = records[place]
        if row.kind == "symptom" and row.assertion == "present" and row.trajectory is None:
            records[place] = replace(row, trajectory="worse")


def _add_courses(read: Read, courses: Sequence[durations.Course]) -> None:
    """Set the courses of a sentence, and add the red flag of a deficit of which it is asked whether it grew worse."""
    doubted = [read.records[place] for place in with_courses(read.records, read.carriers, read.atoms, courses)]
    read.records.extend(deficit(row, "possible") for row in doubted if row.symptom_type in DEFICITS)
