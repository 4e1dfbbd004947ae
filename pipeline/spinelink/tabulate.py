"""Records to rows: the tables of a batch of reports, column by column, in the declared schemas."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter, itemgetter
from typing import NamedTuple

import pyarrow as pa

from spinelink import schemas, vocabulary
from spinelink.errors import SchemaError
from spinelink.protection import Columns, protected
from spinelink.protection import Shown as Shown
from spinelink.records import Analysis, DiscLevel, Finding, Link, Measurement, Reject, Symptom

_AS_READ = (
    "report_id", "study_id", "patient_id", "accession", "study_date", "order_date", "age", "sex", "status", "setting",
    "site", "source", "record",
)  # fmt: skip
_OF_STUDY = ("modality", "contrast", "is_spine", "numbering")
_OF_FINDING = (
    "mention_id", "level", "level_kind", "level_source", "level_rule_id", "region", "section_id", "start", "end",
    "sentence_start", "sentence_end",
)  # fmt: skip
_OF_MENTION = (
    "finding_type", "subtype", "side", "side_dominant", "zone", "severity", "severity_kind", "severity_text",
    "assertion", "denied_qualifier", "change", "acuity", "etiology", "effect", "migration", "recurrent", "root",
    "grade_scale", "grade", "organ", "rule_id", "side_rule_id", "severity_rule_id", "assertion_rule_id",
)  # fmt: skip
_OF_MEASUREMENT = ("kind", "value", "unit", "prior_value", "level", "start", "end")
_OF_SECTION = ("section_id", "category", "region", "heading", "known_heading", "start", "end")
_OF_STATEMENT = ("kind", "detail", "start", "end", "rule_id")
_OF_LEVEL = tuple(f.name for f in fields(DiscLevel))
_OF_SYMPTOM = (
    "kind", "symptom_type", "subtype", "region", "side", "side_dominant", "assertion", "tier", "duration_days",
    "duration_max_days", "duration_source", "trajectory", "origin", "code", "code_status", "hpo_id", "start", "end",
    "rule_id", "assertion_rule_id",
)  # fmt: skip
_OF_LINK = ("relation", "side_match", "rule_id", "reason", "urgent")
_OF_AUDIT = (
    "policy_id", "scope_reason", "class_lenient", "class_strict", "rule_lenient", "rule_strict", "class_28d",
    "class_30d", "class_42d", "duration_days", "duration_max_days", "duration_source", "care", "candidate",
    "prior_surgery", "trajectory", "indication_quality",
)  # fmt: skip
_LISTS_OF_AUDIT = (
    "sublabels", "red_flags", "red_flag_tiers", "red_flags_denied", "neuro_signs", "neuro_symptoms",
    "incidental_findings", "actionable_findings", "report_alarm",
)  # fmt: skip
_OF_MATCH = ("unexplained_symptoms", "unmatched_findings")
_CODE_SYSTEM = "ICD-10-CM"
_AT_A_TIME = 64
_OF_REJECT = ("source", "record", "report_id", "reason", "detail")


class _Told(NamedTuple):
    """A report with the row of the finding at each of its places, in the order of the rows, and None for none."""

    analysis: Analysis
    row_of: dict[int | None, int | None]


def tabulate(outcomes: Sequence[Analysis | Reject], shown: Shown) -> dict[str, pa.Table]:
    """Return every declared table for these outcomes, in their order; no two reports have one id.

    Raises SchemaError where a value breaks the declaration, or a span leaves its text.
    """
    told = [_Told(a, _row_of(order(a.findings))) for a in outcomes if isinstance(a, Analysis)]
    rejects = [outcome for outcome in outcomes if isinstance(outcome, Reject)]
    tables = {name: schemas.build(name, _gathered(name, rows, told, shown)) for name, rows in _ROWS.items()}
    tables["rejects"] = schemas.build("rejects", protected("rejects", _attributes(rejects, _OF_REJECT), None, shown))
    for name, table in tables.items():
        schemas.check(table, name)
    return {name: tables.get(name, schemas.empty(name)) for name in schemas.tables()}


def _gathered(name: str, rows: _Rows, told: Sequence[_Told], shown: Shown) -> Columns:
    """Return the columns of one table over all reports; what is protected is so report by report."""
    if shown.text:
        return _checked(name, rows(told, shown), told)
    gathered: Columns = {column.name: [] for column in schemas.table(name).columns}
    for one in told:
        columns = protected(name, _checked(name, rows([one], shown), [one]), one.analysis.report, shown)
        for column, values in gathered.items():
            values.extend(columns[column])
    return gathered


def _checked(name: str, columns: Columns, told: Sequence[_Told]) -> Columns:
    """Return the columns with those that nothing fills yet; raises SchemaError where a span ends beyond its text."""
    reports = [analysis.report for analysis, _ in told]
    lengths: dict[object, int] = {report.report_id: len(report.text) for report in reports}
    limits = [lengths[report_id] for report_id in columns["report_id"]]
    for column in ("end", "sentence_end"):
        ends = columns.get(column, ())
        if any(end is not None and end > limit for end, limit in zip(ends, limits, strict=False)):  # type: ignore[operator]
            raise SchemaError(f"{name}.{column}: a span that ends beyond the text")
    unfilled: list[object] = [None] * len(limits)
    return {column.name: columns.get(column.name, unfilled) for column in schemas.table(name).columns}


def _attributes(records: Sequence[object], names: Sequence[str]) -> Columns:
    """Return a column for each of these attributes, of which there are two or more, of the records.

    Some records at a time are gone through, once, while they are at hand.
    """
    columns: Columns = {name: [] for name in names}
    attributes = attrgetter(*names)
    for start in range(0, len(records), _AT_A_TIME):
        rows = map(attributes, records[start : start + _AT_A_TIME])
        for column, values in zip(columns.values(), zip(*rows, strict=True), strict=True):
            column += values
    return columns


def _ids(told: Sequence[_Told], records: Callable[[Analysis], Sequence[object]]) -> Columns:
    """Return the column report_id of a table that has a row for each of these records of a report."""
    ids: list[object] = []
    for analysis, _ in told:
        ids += [analysis.report.report_id] * len(records(analysis))
    return {"report_id": ids}


def _reports(told: Sequence[_Told], shown: Shown) -> Columns:
    reports, studies = [a.report for a, _ in told], [a.study for a, _ in told]
    people = _attributes(reports, ("requester", "reader")) if shown.people else {}
    return {
        **_attributes(reports, _AS_READ),
        **_attributes(studies, _OF_STUDY),
        "exam": [(a.study if shown.text else a.report).exam for a, _ in told],
        **people,
        "regions": [list(study.regions) for study in studies],
        "quality_limits": [list(study.quality_limits) for study in studies],
        "extra": [list(report.extra.items()) or None for report in reports],
        "text_sha256": [hashlib.sha256(report.text.encode()).hexdigest() for report in reports],
        "n_chars": [len(report.text) for report in reports],
        "n_findings": [len(a.findings) for a, _ in told],
    }


def _texts(told: Sequence[_Told], shown: Shown) -> Columns:
    return _attributes([a.report for a, _ in told] if shown.text else [], ("report_id", "text"))


def _sections(told: Sequence[_Told], shown: Shown) -> Columns:
    sections = attrgetter("sections")
    return {**_ids(told, sections), **_attributes([s for a, _ in told for s in a.sections], _OF_SECTION)}


def _findings(told: Sequence[_Told], shown: Shown) -> Columns:
    gathered: Columns = {name: [] for name in ("finding_id", "superseded_by", "fact_id", "evidence", "code")}
    findings: list[Finding] = []
    for analysis, row_of in told:
        text = analysis.report.text
        places = [place for place in row_of if place is not None]
        ordered = [analysis.findings[place] for place in places]
        findings += ordered
        gathered["finding_id"] += range(len(places))
        gathered["superseded_by"] += [row_of[finding.superseded_by] for finding in ordered]
        gathered["fact_id"] += _fact_ids(ordered)
        gathered["evidence"] += [text[finding.start : finding.end] for finding in ordered]
        codes = analysis.finding_codes
        gathered["code"] += [codes[place] for place in places] if codes else [None] * len(places)
    mentions = [finding.mention for finding in findings]
    return {
        **_ids(told, attrgetter("findings")),
        **_attributes(findings, _OF_FINDING),
        **_attributes(mentions, _OF_MENTION),
        **gathered,
        "code_system": _systems(gathered["code"]),
        "group": [vocabulary.GROUP_OF.get(mention.finding_type) for mention in mentions],
        "severity_rank": [vocabulary.SEVERITY_RANK.get(mention.severity) for mention in mentions],
        "section": [finding.category for finding in findings],
    }


def order(findings: Sequence[Finding]) -> list[int]:
    """Return the places of the findings in the order of their rows."""

    keys = list(map(attrgetter("start", "end", "mention.finding_type", "level", "mention.side"), findings))
    return sorted(range(len(keys)), key=keys.__getitem__)


def _row_of(places: Sequence[int]) -> dict[int | None, int | None]:
    """Return the row of the finding that stands at each place; `places` are in the order of the rows."""
    return {None: None, **{place: row for row, place in enumerate(places)}}


def _fact_ids(findings: Sequence[Finding]) -> list[int]:
    """Return one id for all rows with the same type, level and side, whatever their section."""
    ids: dict[tuple[str, str, str], int] = {}
    keys = map(attrgetter("mention.finding_type", "level", "mention.side"), findings)
    return [ids.setdefault(key, len(ids)) for key in keys]


def _measurements(told: Sequence[_Told], shown: Shown) -> Columns:
    ids: Columns = {"measurement_id": [], "finding_id": []}
    measured: list[Measurement] = []
    for analysis, row_of in told:
        own = sorted(analysis.measurements, key=attrgetter("start", "end", "kind"))
        ids["measurement_id"] += range(len(own))
        ids["finding_id"] += [row_of[m.finding_id] for m in own]
        measured += own
    return {**_ids(told, attrgetter("measurements")), **_attributes(measured, _OF_MEASUREMENT), **ids}


def _statements(told: Sequence[_Told], shown: Shown) -> Columns:
    statements = [statement for a, _ in told for statement in a.statements]
    return {
        **_ids(told, attrgetter("statements")),
        **_attributes(statements, _OF_STATEMENT),
        "section": [statement.category for statement in statements],
    }


def _levels(told: Sequence[_Told], shown: Shown) -> Columns:
    levels = attrgetter("levels")
    return {**_ids(told, levels), **_attributes([level for a, _ in told for level in a.levels], _OF_LEVEL)}


def _discrepancies(told: Sequence[_Told], shown: Shown) -> Columns:
    rows: list[list[int | None]] = []
    for analysis, row_of in told:
        rows += [sorted(row_of[place] for place in one.findings) for one in analysis.discrepancies]  # type: ignore[type-var]
    discrepancies = [one for a, _ in told for one in a.discrepancies]
    return {
        **_ids(told, attrgetter("discrepancies")),
        **_attributes(discrepancies, ("kind", "detail")),
        "finding_ids": list(rows),
    }


def _systems(codes: Sequence[object]) -> list[object]:
    """Return the code system of each code, None where there is no code."""
    return [code and _CODE_SYSTEM for code in codes]


def _symptoms(told: Sequence[_Told], shown: Shown) -> Columns:
    gathered: Columns = {"symptom_id": [], "best_relation": [], "evidence": []}
    symptoms: list[Symptom] = []
    for analysis, _ in told:
        own, text = analysis.indication.symptoms, analysis.report.text
        symptoms += own
        gathered["symptom_id"] += range(len(own))
        gathered["best_relation"] += analysis.match.best or [None] * len(own)
        gathered["evidence"] += [text[s.start : s.end] if s.start is not None else None for s in own]
    return {
        **_ids(told, attrgetter("indication.symptoms")),
        **_attributes(symptoms, _OF_SYMPTOM),
        **gathered,
        "code_system": _systems([symptom.code for symptom in symptoms]),
        "territory": [list(symptom.territory) for symptom in symptoms],
        "roots": [list(symptom.roots) for symptom in symptoms],
    }


def _links(told: Sequence[_Told], shown: Shown) -> Columns:
    gathered: Columns = {"finding_id": [], "symptom_code": []}
    links: list[Link] = []
    for analysis, row_of in told:
        symptoms = analysis.indication.symptoms
        own = sorted(((row_of[link.finding] or 0, link.symptom, link) for link in analysis.links), key=itemgetter(0, 1))
        gathered["finding_id"] += [row for row, _, _ in own]
        gathered["symptom_code"] += [symptoms[place].code for _, place, _ in own]
        links += [link for _, _, link in own]
    return {
        **_ids(told, attrgetter("links")),
        **_attributes(links, _OF_LINK),
        **gathered,
        "symptom_id": [link.symptom for link in links],
        "roots": [list(link.roots) for link in links],
        "note": [list(link.note) for link in links],
    }


def _audit(told: Sequence[_Told], shown: Shown) -> Columns:
    audited = [(a.report, a.audit, a.match) for a, _ in told if a.audit is not None]
    audits, matches = [audit for _, audit, _ in audited], [match for _, _, match in audited]
    return {
        "report_id": [report.report_id for report, _, _ in audited],
        **_attributes(audits, _OF_AUDIT),
        **{name: [list(getattr(audit, name)) for audit in audits] for name in _LISTS_OF_AUDIT},
        **{name: [list(getattr(match, name)) for match in matches] for name in _OF_MATCH},
        **{f"match_{name}": [getattr(match, name) for match in matches] for name in ("status", "root", "axial")},
        **_attributes(matches, ("urgent", "urgent_review")),
        "deciding_symptom_ids": [list(audit.deciding) for audit in audits],
    }


_Rows = Callable[[Sequence[_Told], Shown], Columns]
_ROWS: dict[str, _Rows] = {
    "reports": _reports,
    "texts": _texts,
    "sections": _sections,
    "findings": _findings,
    "measurements": _measurements,
    "symptoms": _symptoms,
    "links": _links,
    "audit": _audit,
    "levels": _levels,
    "discrepancies": _discrepancies,
    "statements": _statements,
}
