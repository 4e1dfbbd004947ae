"""What a finding is as an Observation of FHIR R4: plain data, keys in the order of the specification.

No clinical terminology is shipped: names of the vocabulary stand under systems of our own, which end in `.invalid` and
so lead nowhere. An ICD-10-CM code is a component `candidate-code`, never the observation's code or a diagnosis.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SYSTEM = "https://spinelink.invalid/fhir"
_ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
_UCUM = "http://unitsofmeasure.org"
_CATEGORY = ("http://terminology.hl7.org/CodeSystem/observation-category", "imaging", "Imaging")
_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_INTERPRETATIONS = {"present": ("POS", "Positive"), "possible": ("IND", "Indeterminate"), "absent": ("NEG", "Negative")}
_ACCESSION = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "ACSN"}]}
_STATUSES = {"preliminary": "preliminary", "final": "final", "corrected": "corrected", "addendum": "amended"}
_NO_STATUS, _WITHDRAWN = "unknown", "entered-in-error"
_UNITS = {"mm": ("mm", "mm"), "percent": ("%", "%"), "degree": ("deg", "deg")}
_OF_GRADE_ALONE = frozenset({"severe", "moderate", "acute"})
"""Denials of a grade or an age alone: "no severe stenosis" does not say that there is none."""
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_ID_BYTES = 12
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]|[^\\S \t\r\n]")

CODED = (
    "assertion", "subtype", "side", "side_dominant", "zone", "severity", "severity_kind", "denied_qualifier", "change",
    "acuity", "etiology", "effect", "migration", "root", "section",
)  # fmt: skip
"""Columns that are components with a code of the system of their name."""
PLAIN = ("recurrent", "grade", "organ", "candidate_code", "superseded_by")
"""Components that are no code of a system of ours."""
OF_FINDING = (
    *CODED, "report_id", "finding_id", "finding_type", "level", "region", "recurrent", "grade_scale", "grade", "organ",
    "code", "evidence", "superseded_by",
)  # fmt: skip
OF_REPORT = ("report_id", "patient_id", "accession", "study_date", "status")
OF_MEASUREMENT = ("report_id", "finding_id", "kind", "value", "unit")

Row = Mapping[str, Any]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    """What all observations of an export share: what made the rows, and whether ids are those of resources."""

    system: str
    resource_ids: bool


def observation(finding: Row, report: Row, measured: Sequence[Row], context: Context) -> Json:
    """Return the Observation of a finding; members that have nothing to say are left out."""
    made: Json = {
        "resourceType": "Observation",
        "id": resource_id(finding["report_id"], finding["finding_id"]),
        "identifier": [
            {"system": f"{SYSTEM}/finding", "value": f"{clean(finding['report_id'])}#{finding['finding_id']}"}
        ],
        "status": _status(finding, report),
        "category": [_concept(*_CATEGORY)],
        "code": {**_own("finding-type", finding["finding_type"]), "text": _words(finding["finding_type"])},
        "subject": _reference("Patient", report["patient_id"], context),
        "focus": _references("DiagnosticReport", report["report_id"], context),
        "effectiveDateTime": _date(report["study_date"]),
        "valueBoolean": _value(finding),
        "interpretation": _interpretation(finding),
        "note": [{"text": clean(finding["evidence"])}] if (finding["evidence"] or "").strip() else None,
        "bodySite": _site(finding),
        "method": {"text": context.system},
        "derivedFrom": _study(report),
        "component": _components(finding, measured),
    }
    return {name: value for name, value in made.items() if value is not None}


def component_names() -> list[str]:
    """Return the names of the components, in their order; measurements are named by their kind."""
    return [_dashed(name) for name in (*CODED, *PLAIN)]


def resource_id(report_id: str, finding_id: int) -> str:
    """Return the id of a finding's observation: the same in every export of the same finding."""
    return f"sl-{hashlib.blake2b(report_id.encode(), digest_size=_ID_BYTES).hexdigest()}-{finding_id}"


def clean(text: str) -> str:
    """Return the text with the characters alone that FHIR allows; others become blanks."""
    return _NO_TEXT.sub(" ", text)


def _status(finding: Row, report: Row) -> str:
    """Return the status of the report; what an addendum corrects is withdrawn."""
    return _WITHDRAWN if finding["superseded_by"] is not None else _STATUSES.get(report["status"], _NO_STATUS)


def _value(finding: Row) -> bool | None:
    """Return whether it is there; None where the report leaves it open."""
    if finding["assertion"] == "present":
        return True
    return False if _denied(finding) else None


def _denied(finding: Row) -> bool:
    return finding["assertion"] == "absent" and finding["denied_qualifier"] not in _OF_GRADE_ALONE


def _interpretation(finding: Row) -> list[Json] | None:
    if finding["assertion"] == "absent" and not _denied(finding):
        return None
    return [_concept(_INTERPRETATION, *_INTERPRETATIONS[finding["assertion"]])]


def _concept(system: str, code: str, display: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _own(system: str, code: str) -> Json:
    return _concept(f"{SYSTEM}/{system}", code, _words(code))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _date(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _reference(kind: str, value: str | None, context: Context) -> Json | None:
    """Return a reference by identifier, or to the resource itself where ids are those of resources."""
    if not (value or "").strip():
        return None
    name = clean(str(value))
    resource = name.removeprefix(f"{kind}/")
    if context.resource_ids and _ID.fullmatch(resource):
        return {"reference": f"{kind}/{resource}"}
    return {"type": kind, "identifier": {"value": name}}


def _references(kind: str, value: str | None, context: Context) -> list[Json] | None:
    one = _reference(kind, value, context)
    return None if one is None else [one]


def _study(report: Row) -> list[Json] | None:
    """Return the imaging study by its accession number."""
    if not (report["accession"] or "").strip():
        return None
    return [{"type": "ImagingStudy", "identifier": {"type": _ACCESSION, "value": clean(report["accession"])}}]


def _site(finding: Row) -> Json | None:
    """Return the level, or the region where no level is stated."""
    if finding["level"]:
        return {**_own("level", finding["level"]), "text": finding["level"]}
    return {**_own("region", finding["region"]), "text": f"{finding['region']} spine"} if finding["region"] else None


def _components(finding: Row, measured: Sequence[Row]) -> list[Json]:
    """Return what else is said of the finding, one component each."""
    made: list[Json] = [
        {"code": _component(name), "valueCodeableConcept": _own(_dashed(name), finding[name])}
        for name in CODED
        if finding[name]
    ]
    if finding["recurrent"] is not None:
        made.append({"code": _component("recurrent"), "valueBoolean": finding["recurrent"]})
    if finding["grade"]:
        grade = f"{finding['grade_scale'] or ''} {finding['grade']}".strip()
        made.append({"code": _component("grade"), "valueString": clean(grade)})
    if finding["organ"]:
        made.append({"code": _component("organ"), "valueString": clean(finding["organ"])})
    made += [_measured(row) for row in measured]
    if finding["code"]:
        code = {"coding": [{"system": _ICD10CM, "code": finding["code"]}]}
        made.append({"code": _component("candidate_code"), "valueCodeableConcept": code})
    if finding["superseded_by"] is not None:
        by = resource_id(finding["report_id"], finding["superseded_by"])
        made.append({"code": _component("superseded_by"), "valueString": f"Observation/{by}"})
    return made


def _component(name: str) -> Json:
    return _own("attribute", _dashed(name))


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _measured(row: Row) -> Json:
    unit, code = _UNITS[row["unit"]]
    quantity = {"value": round(row["value"], 4), "unit": unit, "system": _UCUM, "code": code}
    return {"code": _own("measurement", row["kind"]), "valueQuantity": quantity}
