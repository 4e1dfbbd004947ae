"""A DiagnosticReport of FHIR R4 as a Report; what STU3 and R5 call otherwise is read under their names too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, TypeVar

from spinelink.records import GivenCode, Reject, Report
from spinelink.stages.ingest.code_names import SYSTEM, fold_code
from spinelink.stages.ingest.fhir.context import Surroundings
from spinelink.stages.ingest.fhir.elements import Element, child, codings, identifier, items, word, wording
from spinelink.stages.ingest.fhir.forms import report_text
from spinelink.stages.ingest.json_values import Fault
from spinelink.stages.ingest.record import Reading, RecordReader, text_fault
from spinelink.stages.ingest.values import day, folded, kept
from spinelink.stages.ingest.versions import WITHDRAWN, Version, moment

_FILLER, _ACCESSION, _UNTYPED = "FILL", "ACSN", ""
_ORDERS = frozenset({"ServiceRequest", "ProcedureRequest"})
_WITHDRAWN = ("entered-in-error", "cancelled")
_NUMBER = re.compile("[0-9]{1,12}")
_LONGEST_LIFE = 150

T = TypeVar("T")


def report_of(resource: Element, around: Surroundings, reader: RecordReader, record: int) -> Report | Reject:
    """Return the report that a DiagnosticReport is, or why it is none.

    Its id is its identifier of type FILL, else of type ACSN, else its first identifier without a type, else its id.
    """
    around = around.within(resource)
    given = identifier(resource, _FILLER, _ACCESSION, _UNTYPED) or resource.get("id")
    report_id = reader.report_id([given], record)
    if isinstance(report_id, Reject):
        return report_id
    if (status := word(resource, "status")) in _WITHDRAWN:
        return reader.reject(record, WITHDRAWN, f"its status is {status}", report_id)
    text = report_text(resource, around, reader.reading)
    if isinstance(text, Fault):
        return reader.reject(record, *text, report_id)
    if fault := text_fault(text, reader.reading.options):
        return reader.reject(record, *fault, report_id)
    extra = {name: value for name in reader.reading.options.keep if (value := kept(resource.get(name))) is not None}
    fields = _fields(resource, around, reader.reading)
    return Report(report_id, text, reader.source, record, extra=extra, **fields)


def _fields(report: Element, around: Surroundings, reading: Reading) -> dict[str, Any]:
    """Return the report's other fields."""
    orders = [around.find(reference) for reference in items(report, "basedOn")]
    orders = [order for order in orders if word(order, "resourceType") in _ORDERS]
    subject = child(report, "subject")
    patient = around.find(subject)
    issued = day(report.get("issued"))
    done = _done(report) or issued
    ordered = _first(day(order.get("authoredOn")) for order in orders)
    asked = list(_reason_concepts(orders, around))
    concluded = [*items(report, "conclusionCode"), *items(report, "codedDiagnosis")]
    people = _people(report, orders, around) if reading.options.with_people else {}
    return {
        "study_id": _study_id(report, around),
        "patient_id": around.id_of(subject),
        "accession": identifier(report, _ACCESSION) or _first(identifier(order, _ACCESSION) for order in orders),
        "study_date": done,
        "order_date": ordered,
        "exam": wording(child(report, "code")),
        "age": _age(day(patient.get("birthDate")), done),
        "sex": folded(patient.get("gender"), reading.usual.words["sex"]),
        "status": folded(report.get("status"), reading.usual.words["status"]),
        "setting": _setting(report, orders, around),
        "site": _site(report, around),
        "reason": "; ".join(dict.fromkeys(_reasons(asked, reading))) or None,
        "codes": tuple(dict.fromkeys([*_codes(asked, ordered, reading), *_codes(concluded, issued or done, reading)])),
        **people,
    }


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def _done(report: Element) -> date | None:
    """Return the day of the study: its time, or the start, else the end, of its period."""
    period = child(report, "effectivePeriod")
    times = (report.get("effectiveDateTime"), period.get("start"), period.get("end"), report.get("effectiveInstant"))
    return _first(map(day, times))


def _study_id(report: Element, around: Surroundings) -> str | None:
    return _first(around.id_of(study) for name in ("imagingStudy", "study") for study in items(report, name))


def _age(born: date | None, done: date | None) -> int | None:
    """Return the whole years between two days, None where they are no life."""
    if born is None or done is None:
        return None
    age = done.year - born.year - ((done.month, done.day) < (born.month, born.day))
    return age if 0 <= age <= _LONGEST_LIFE else None


def _setting(report: Element, orders: list[Element], around: Surroundings) -> str | None:
    """Return the class of the encounter in which the report was made or asked for: a coding, in R5 a concept."""
    for one in (report, *orders):
        encounter = around.find(child(one, "encounter", "context"))
        kind = child(encounter, "class")
        if found := wording(kind) or word(kind, "display", "code") or word(child(kind, "coding"), "code"):
            return found
    return None


def _site(report: Element, around: Surroundings) -> str | None:
    organisations = (one for one in _performers(report) if around.kind_of(one) == "Organization")
    return _first(around.name_of(one) for one in organisations)


def _people(report: Element, orders: list[Element], around: Surroundings) -> dict[str, str | None]:
    """Return who asked for the study and who read it."""
    requesters = (child(order, "requester") for order in orders)
    readers = (*items(report, "resultsInterpreter"), *_performers(report))
    return {
        "requester": _first(around.name_of(child(one, "agent") or one) for one in requesters),
        "reader": _first(around.name_of(one) for one in readers if around.kind_of(one) != "Organization"),
    }


def _performers(report: Element) -> list[Element]:
    """Return references to the performers, which in STU3 stand one step deeper."""
    return [child(one, "actor") or one for one in items(report, "performer")]


def _reason_concepts(orders: list[Element], around: Surroundings) -> Iterator[Element]:
    """Yield why the study was asked for, as concepts: given as such, in R5 one step deeper, or of a condition."""
    for order in orders:
        yield from items(order, "reasonCode")
        yield from (concept for one in items(order, "reason") for concept in items(one, "concept"))
        references = (
            child(one, "reference") or one for name in ("reasonReference", "reason") for one in items(order, name)
        )
        yield from filter(None, (child(around.find(reference), "code") for reference in references))


def _reasons(concepts: Iterable[Element], reading: Reading) -> Iterator[str]:
    """Yield reasons in words; one that has none but what its code's list calls it is left to its code."""
    for concept in concepts:
        if word(concept, "text") or not any(_code_of(coding, reading) for coding in items(concept, "coding")):
            reason = wording(concept)
            if reason:
                yield reason


def _codes(concepts: Iterable[Element], given: date | None, reading: Reading) -> Iterator[GivenCode]:
    """Yield the codes of concepts that are known, and count the others."""
    for coding in codings(concepts):
        code = _code_of(coding, reading)
        if code is not None:
            yield GivenCode(SYSTEM, code, given)
        elif reading.codes.is_read(word(coding, "system") or ""):
            reading.notes.pass_over_code("unknown")
        else:
            reading.notes.pass_over_code("other_system")


def _code_of(coding: Element, reading: Reading) -> str | None:
    """Return the code as it is known, None where it is of another system or not known."""
    if not reading.codes.is_read(word(coding, "system") or ""):
        return None
    return reading.codes.known.get(fold_code(word(coding, "code") or ""))


def version_of(resource: Element, outcome: Report | Reject) -> Version | None:
    """Return what decides between this and other records of its id; None for one that neither is nor withdraws one."""
    if outcome.report_id is None or outcome.record is None:
        return None
    if isinstance(outcome, Reject) and outcome.reason != WITHDRAWN:
        return None
    status = outcome.status if isinstance(outcome, Report) else WITHDRAWN
    issued, sent = word(resource, "issued"), word(child(resource, "meta"), "lastUpdated")
    number = word(child(resource, "meta"), "versionId") or ""
    return Version(
        outcome.record,
        outcome.report_id,
        status,
        moment(issued or ""),
        moment(sent or ""),
        number=int(number) if _NUMBER.fullmatch(number) else 0,
    )
