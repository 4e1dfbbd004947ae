"""What a message says of its report beside the text: the fields that other formats have as columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from spinelink.records import GivenCode
from spinelink.stages.ingest.hl7v2.groups import Group
from spinelink.stages.ingest.hl7v2.syntax import Segment
from spinelink.stages.ingest.hl7v2.words import ICD, Words
from spinelink.stages.ingest.options import PEOPLE, IngestOptions
from spinelink.stages.ingest.values import day, fold_word

_SETTINGS = {"E": "emergency", "I": "inpatient", "O": "outpatient"}  # table 0004; others as given
_FIELD = re.compile(r"([A-Z][A-Z0-9]{2})-(\d{1,3})(?:\.(\d{1,2}))?(?:\.(\d{1,2}))?")
_DAY = re.compile(r"\d{8}")
_OF_CODE = (2, 5, 9, 1)  # components of a coded value: text, alternate text, original text, else the code


def names_field(name: str) -> bool:
    """Tell whether a column's name is that of a field, as "OBR-20" or "PID-3.1"."""
    return _FIELD.fullmatch(name) is not None


def fields_of(group: Group, options: IngestOptions) -> dict[str, object]:
    """Return a report's fields by name, "" or None for those that are not given.

    A field for which the user names a place ("OBR-20") is read there.
    """
    studied = _day(group.value("OBR", 7)) or _day(group.value("OBR", 22))
    fields: dict[str, object] = {
        "report_id": group.report_id,
        "study_id": group.placer,
        "patient_id": group.value("PID", 3) or group.value("PID", 2),
        "accession": group.accession,
        "study_date": studied,
        "order_date": _ordered(group, studied),
        "exam": group.value("OBR", 4, 2) or group.value("OBR", 4, 5) or group.value("OBR", 4),
        "age": _age(_day(group.value("PID", 7)), studied),
        "sex": group.value("PID", 8),
        "setting": _SETTINGS.get(group.value("PV1", 2).upper(), group.value("PV1", 2)),
        "site": group.value("MSH", 4) or group.value("PV1", 3, 4) or group.value("PV1", 3),
        "requester": _person(group, "OBR", 16),
        "reader": _reader(group),
    }
    fields |= {name: located(group, where) for name, where in options.columns.items() if names_field(where)}
    return {name: value for name, value in fields.items() if options.with_people or name not in PEOPLE}


def located(group: Group, where: str) -> str:
    """Return the value of a field that is named as "OBR-20", "PID-3.1" or "OBR-32.1.2", "" where there is none."""
    match = _FIELD.fullmatch(where)
    if match is None:
        return ""
    name, number, component, subcomponent = match.groups()
    return group.value(name, int(number), int(component or 1), int(subcomponent) if subcomponent else None)


def reason_of(group: Group) -> str:
    """Return why the study was ordered: OBR-31, and OBR-13 where that says something else."""
    order = group.segments.get("OBR")
    if order is None:
        return ""
    told = [_text_of_code(order, 31, n) for n in range(1, order.repetitions(31) + 1)]
    return "\n".join(dict.fromkeys(filter(None, [*told, _text_of_code(order, 13, 1)])))


def codes_of(group: Group, words: Words) -> tuple[GivenCode, ...]:
    """Return the diagnoses of DG1 and of a coded reason that are of ICD-10-CM, each once."""
    found: dict[GivenCode, None] = {}
    for diagnosis in group.diagnoses:
        system = diagnosis.value(3, 3) or diagnosis.value(2)
        found |= dict.fromkeys(_code(system, diagnosis.value(3), _day(diagnosis.value(5)), words))
    if order := group.segments.get("OBR"):
        for n in range(1, order.repetitions(31) + 1):
            system = order.value(31, 3, repetition=n)
            found |= dict.fromkeys(_code(system, order.value(31, repetition=n), None, words))
    return tuple(found)


def _code(system: str, code: str, given: date | None, words: Words) -> Iterator[GivenCode]:
    if code and fold_word(system) in words.systems:
        yield GivenCode(ICD, words.codes.get(fold_word(code), code.upper()), given)


def _ordered(group: Group, studied: date | None) -> date | None:
    """Return when the study was ordered: ORC-9, else OBR-6; a day after the study is that of its result."""
    for told in (_day(group.value("ORC", 9)), _day(group.value("OBR", 6))):
        if told and (studied is None or told <= studied):
            return told
    return None


def _day(stamp: str) -> date | None:
    """Return the day of a time stamp; None where it names a month or a year alone."""
    match = _DAY.match(stamp)
    return day(match[0]) if match else day(stamp)


def _age(born: date | None, studied: date | None) -> str | None:
    """Return the patient's age in whole years on the day of the study."""
    if born is None or studied is None or born > studied:
        return None
    return str(studied.year - born.year - ((studied.month, studied.day) < (born.month, born.day)))


def _text_of_code(segment: Segment, number: int, repetition: int) -> str:
    told = (segment.value(number, component, repetition=repetition) for component in _OF_CODE)
    return next(filter(None, told), "")


def _person(group: Group, name: str, number: int) -> str:
    """Return a person's name of XCN (id ^ family ^ given), else the id."""
    names = (group.value(name, number, 3), group.value(name, number, 2, 1))
    return " ".join(filter(None, names)) or group.value(name, number, 1)


def _reader(group: Group) -> str:
    """Return the name in OBR-32, whose first component is id & family & given; some write it as XCN."""
    names = (group.value("OBR", 32, 1, 3), group.value("OBR", 32, 1, 2))
    return " ".join(filter(None, names)) or _person(group, "OBR", 32)
