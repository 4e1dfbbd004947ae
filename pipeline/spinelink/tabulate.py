"""Records to rows: the tables of a batch of reports, column by column, in the declared schemas."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter

import pyarrow as pa

from spinelink import schemas, vocabulary
from spinelink.errors import SchemaError
from spinelink.protection import Columns, protected
from spinelink.protection import Shown as Shown
from spinelink.records import Analysis, DiscLevel, Finding, Reject

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
_OF_REJECT = ("source", "record", "report_id", "reason", "detail")


def tabulate(outcomes: Sequence[Analysis | Reject], shown: Shown) -> dict[str, pa.Table]:
    """Return every declared table for these outcomes, in their order.

    Raises SchemaError where a value breaks the declaration, or a span leaves its text.
    """
    analyses = [outcome for outcome in outcomes if isinstance(outcome, Analysis)]
    rejects = [outcome for outcome in outcomes if isinstance(outcome, Reject)]
    tables = {name: schemas.build(name, _gathered(name, rows, analyses, shown)) for name, rows in _ROWS.items()}
    tables["rejects"] = schemas.build("rejects", protected("rejects", _attributes(rejects, _OF_REJECT), None, shown))
    for name, table in tables.items():
        schemas.check(table, name)
    return {name: tables.get(name, schemas.empty(name)) for name in schemas.tables()}


def _gathered(name: str, rows: _Rows, analyses: Sequence[Analysis], shown: Shown) -> Columns:
    """Return the columns of one table over all reports; every table but `rejects` begins with report_id."""
    gathered: Columns = {column.name: [] for column in schemas.table(name).columns}
    for analysis in analyses:
        columns = rows(analysis, shown)
        length = len(next(iter(columns.values())))
        columns.setdefault("report_id", [analysis.report.report_id] * length)
        _check_ends(name, columns, len(analysis.report.text))
        columns = protected(name, columns, analysis.report, shown)
        for column, values in gathered.items():
            values.extend(columns.get(column) or [None] * length)
    return gathered


def _check_ends(name: str, columns: Columns, length: int) -> None:
    for column in ("end", "sentence_end"):
        if any(end is not None and end > length for end in columns.get(column, ())):  # type: ignore[operator]
            raise SchemaError(f"{name}.{column}: a span that ends beyond the text")


def _attributes(records: Sequence[object], names: Sequence[str]) -> Columns:
    return {name: list(map(attrgetter(name), records)) for name in names}


def _reports(analysis: Analysis, shown: Shown) -> Columns:
    report, study = analysis.report, analysis.study
    people: Columns = {"requester": [report.requester], "reader": [report.reader]} if shown.people else {}
    return {
        **_attributes([report], _AS_READ),
        **_attributes([study], _OF_STUDY),
        "exam": [study.exam if shown.text else report.exam],
        **people,
        "regions": [list(study.regions)],
        "quality_limits": [list(study.quality_limits)],
        "extra": [list(report.extra.items()) or None],
        "text_sha256": [hashlib.sha256(report.text.encode()).hexdigest()],
        "n_chars": [len(report.text)],
        "n_findings": [len(analysis.findings)],
    }


def _texts(analysis: Analysis, shown: Shown) -> Columns:
    return {"text": [analysis.report.text] if shown.text else []}


def _sections(analysis: Analysis, shown: Shown) -> Columns:
    return _attributes(analysis.sections, _OF_SECTION)


def _findings(analysis: Analysis, shown: Shown) -> Columns:
    places = order(analysis.findings)
    row_of = _row_of(places)
    findings = [analysis.findings[place] for place in places]
    mentions = [finding.mention for finding in findings]
    text = analysis.report.text
    return {
        **_attributes(findings, _OF_FINDING),
        **_attributes(mentions, _OF_MENTION),
        "finding_id": list(range(len(findings))),
        "superseded_by": [row_of[finding.superseded_by] for finding in findings],
        "fact_id": list(_fact_ids(findings)),
        "group": [vocabulary.GROUP_OF.get(mention.finding_type) for mention in mentions],
        "severity_rank": [vocabulary.SEVERITY_RANK.get(mention.severity) for mention in mentions],
        "section": [finding.category for finding in findings],
        "evidence": [text[finding.start : finding.end] for finding in findings],
        **_coded(
            [analysis.finding_codes[place] for place in places] if analysis.finding_codes else [None] * len(places)
        ),
    }


def order(findings: Sequence[Finding]) -> list[int]:
    """Return the places of the findings in the order of their rows."""

    def key(place: int) -> tuple[int, int, str, str, str]:
        finding = findings[place]
        return finding.start, finding.end, finding.mention.finding_type, finding.level, finding.mention.side

    return sorted(range(len(findings)), key=key)


def _row_of(places: Sequence[int]) -> dict[int | None, int | None]:
    """Return the row of the finding that stands at each place; `places` are in the order of the rows."""
    return {None: None, **{place: row for row, place in enumerate(places)}}


def _fact_ids(findings: Sequence[Finding]) -> list[int]:
    """Return one id for all rows with the same type, level and side, whatever their section."""
    ids: dict[tuple[str, str, str], int] = {}
    keys = [(finding.mention.finding_type, finding.level, finding.mention.side) for finding in findings]
    return [ids.setdefault(key, len(ids)) for key in keys]


def _measurements(analysis: Analysis, shown: Shown) -> Columns:
    measured = sorted(analysis.measurements, key=lambda m: (m.start, m.end, m.kind))
    row_of = _row_of(order(analysis.findings))
    return {
        **_attributes(measured, _OF_MEASUREMENT),
        "measurement_id": list(range(len(measured))),
        "finding_id": [row_of[m.finding_id] for m in measured],
    }


def _statements(analysis: Analysis, shown: Shown) -> Columns:
    return {
        **_attributes(analysis.statements, _OF_STATEMENT),
        "section": [statement.category for statement in analysis.statements],
    }


def _levels(analysis: Analysis, shown: Shown) -> Columns:
    return _attributes(analysis.levels, _OF_LEVEL)


def _discrepancies(analysis: Analysis, shown: Shown) -> Columns:
    row_of = {place: row for row, place in enumerate(order(analysis.findings) if analysis.discrepancies else ())}
    return {
        **_attributes(analysis.discrepancies, ("kind", "detail")),
        "finding_ids": [sorted(row_of[place] for place in one.findings) for one in analysis.discrepancies],
    }


def _coded(codes: Sequence[str | None]) -> Columns:
    return {"code": list(codes), "code_system": [code and _CODE_SYSTEM for code in codes]}


def _symptoms(analysis: Analysis, shown: Shown) -> Columns:
    symptoms, text = analysis.indication.symptoms, analysis.report.text
    evidence: list[object] = [text[s.start : s.end] if s.start is not None else None for s in symptoms]
    return {
        **_attributes(symptoms, _OF_SYMPTOM),
        **_coded([symptom.code for symptom in symptoms]),
        "symptom_id": list(range(len(symptoms))),
        "territory": [list(symptom.territory) for symptom in symptoms],
        "roots": [list(symptom.roots) for symptom in symptoms],
        "best_relation": list(analysis.match.best) or [None] * len(symptoms),
        "evidence": evidence,
    }


def _links(analysis: Analysis, shown: Shown) -> Columns:
    row_of, symptoms = _row_of(order(analysis.findings)), analysis.indication.symptoms
    links = sorted(analysis.links, key=lambda link: (row_of[link.finding] or 0, link.symptom))
    return {
        **_attributes(links, _OF_LINK),
        "finding_id": [row_of[link.finding] for link in links],
        "symptom_id": [link.symptom for link in links],
        "symptom_code": [symptoms[link.symptom].code for link in links],
        "roots": [list(link.roots) for link in links],
        "note": [list(link.note) for link in links],
    }


def _audit(analysis: Analysis, shown: Shown) -> Columns:
    audits = [analysis.audit] if analysis.audit is not None else []
    matches = [analysis.match] * len(audits)
    return {
        **_attributes(audits, _OF_AUDIT),
        **{name: [list(getattr(audit, name)) for audit in audits] for name in _LISTS_OF_AUDIT},
        **{name: [list(getattr(match, name)) for match in matches] for name in _OF_MATCH},
        **{f"match_{name}": [getattr(match, name) for match in matches] for name in ("status", "root", "axial")},
        **_attributes(matches, ("urgent", "urgent_review")),
        "deciding_symptom_ids": [list(audit.deciding) for audit in audits],
    }


_Rows = Callable[[Analysis, Shown], Columns]
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
