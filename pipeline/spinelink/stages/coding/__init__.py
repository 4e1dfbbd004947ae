"""Codes of symptoms and findings, and symptoms that come as codes.

Which code is of what stands in `lexicons/codes.tsv`, which two do not stand together in `lexicons/exclusions.tsv`, and
words that name something finer than a type in `lexicons/details.tsv`. A code names what a report documents; it is a
candidate and no diagnosis (MAP-01). Nothing that is possible or absent has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from spinelink.lexicon import Code
from spinelink.records import Analysis, Finding, Indication, Link, Report, Study, Symptom
from spinelink.stages.coding.choice import chosen
from spinelink.stages.coding.facts import PRESENT, Told, told_by
from spinelink.stages.coding.given import symptoms_given
from spinelink.stages.coding.places import places_of_finding, places_of_symptom
from spinelink.stages.coding.rules import SYSTEM, Candidates, CodingRules, compile_rules

__all__ = ["CodingRules", "coded", "codes_given", "compile_rules", "kept_of", "with_given_codes"]

_OF_CODES = "codes"


def with_given_codes(indication: Indication, report: Report, rules: CodingRules) -> Indication:
    """Return the indication with the report's given codes as symptoms of origin `codes`.

    A symptom on both sides whose code names a side becomes two rows, so that each row has one code.
    """
    stated = tuple(row for symptom in indication.symptoms for row in _one_a_side(symptom, rules))
    given = symptoms_given(report.codes, rules) if report.codes else ()
    if stated == indication.symptoms and not given:
        return indication
    return replace(indication, symptoms=(*stated, *given))


def _one_a_side(symptom: Symptom, rules: CodingRules) -> tuple[Symptom, ...]:
    both = symptom.side == "bilateral" and symptom.assertion == PRESENT
    if not both or symptom.symptom_type not in rules.sided:
        return (symptom,)
    return replace(symptom, side="left"), replace(symptom, side="right")


def coded(
    report: Report,
    indication: Indication,
    findings: Sequence[Finding],
    links: Sequence[Link],
    study: Study,
    rules: CodingRules,
) -> tuple[Indication, tuple[str | None, ...]]:
    """Return the indication with the codes of its symptoms, row for row, and a code or None for each finding."""
    told = told_by(report.text, indication, findings, links, rules)
    of_symptoms = [_of_symptom(symptom, told, study, rules) for symptom in indication.symptoms]
    wanted = [codes for codes, _ in of_symptoms]
    wanted += [_of_finding(place, told, study, rules) for place in range(len(findings))]
    given = {symptom.code for symptom in indication.symptoms if symptom.origin == _OF_CODES and symptom.code}
    codes = chosen(wanted, given, rules)
    symptoms = tuple(
        _with_codes(symptom, code, term)
        for symptom, code, (_, term) in zip(indication.symptoms, codes, of_symptoms, strict=False)
    )
    return replace(indication, symptoms=symptoms), tuple(codes[len(symptoms) :])


def _of_symptom(symptom: Symptom, told: Told, study: Study, rules: CodingRules) -> tuple[Candidates, str | None]:
    """Return the codes that may be of a symptom, none of one that came as a code, and its term of HPO.

    Both are of what is present alone.
    """
    name = symptom.kind, symptom.symptom_type
    rows = rules.given.get(name) if symptom.origin != _OF_CODES else None
    phenotypes = rules.phenotypes.get(name)
    if symptom.assertion != PRESENT or (rows is None and phenotypes is None):
        return (), None
    facts, places = told.of_symptom(symptom), places_of_symptom(symptom, study)
    codes = rows.candidates([facts[fact] for fact in rows.asked], places) if rows is not None else ()
    terms = phenotypes.candidates([facts[fact] for fact in phenotypes.asked], places) if phenotypes is not None else ()
    return codes, terms[0] if terms else None


def _of_finding(place: int, told: Told, study: Study, rules: CodingRules) -> Candidates:
    """Return the codes that may be of a finding, none for one that is not present or that an addendum corrects."""
    finding = told.findings[place]
    mention = finding.mention
    if mention.assertion != PRESENT or finding.superseded_by is not None:
        return ()
    rows = rules.given.get(("finding", mention.finding_type))
    if rows is None:
        return ()
    return rows.candidates(told.of_finding(place, rows.asked), places_of_finding(finding, study))


def _with_codes(symptom: Symptom, code: str | None, term: str | None) -> Symptom:
    """Return a symptom with its code and its term of the phenotype ontology; one that came as a code keeps that."""
    code = symptom.code if symptom.origin == _OF_CODES else code
    if symptom.assertion != PRESENT or (code, term) == (symptom.code, symptom.hpo_id):
        return symptom
    return replace(symptom, code=code, hpo_id=term)


def codes_given(analysis: Analysis, row: Code) -> set[str]:
    """Return the codes, of a row's system, that an analysis gives to what the row is of."""
    types = row.type.split("|")
    if row.kind == "finding":
        found = zip(analysis.findings, analysis.finding_codes, strict=True)
        return {code for finding, code in found if code and finding.mention.finding_type in types}
    name = "code" if row.system == SYSTEM else "hpo_id"
    return {code for s in analysis.indication.symptoms if s.symptom_type in types and (code := getattr(s, name))}


def kept_of(codes: Sequence[str], rules: CodingRules) -> list[str]:
    """Return those of some codes that stand together where all of them would be given."""
    return [code for code in chosen([(code,) for code in codes], (), rules) if code]
