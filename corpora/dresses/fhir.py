"""A report as a DiagnosticReport of FHIR R4, with its patient and its order."""

from __future__ import annotations

import base64
import html
import json
import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

Resource = dict[str, Any]

DRESSES = ("plain", "latin", "wide", "page", "breaks", "narrative")
"""Plain text as UTF-8, ISO 8859-1 or UTF-16; a page with the text in <pre> or with <br>; a narrative.

All but "breaks" keep every character; "latin" is "plain" for a text that ISO 8859-1 cannot hold.
"""

_V2 = "http://terminology.hl7.org/CodeSystem/v2-0203"
_GENDERS = {"F": "female", "M": "male"}
_ICD = "http://hl7.org/fhir/sid/icd-10-cm"


def as_fhir(report: Mapping[str, Any], dress: str, rng: random.Random) -> Resource:
    """Return a report, of keys as its columns are named, as a DiagnosticReport with its patient and order contained.

    Keys are report_id, text, and where known exam, study_date, age, sex, patient_id, order_date, reason, codes.
    """
    resource: Resource = {
        "resourceType": "DiagnosticReport",
        "id": f"r{rng.randrange(10**9)}",
        "status": "final",
        "identifier": [_identifier("FILL", str(report["report_id"]))],
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "RAD"}]}],
        "code": {"text": report.get("exam") or "Imaging study"},
    }
    patient, order = _patient(report, rng), _order(report)
    if patient:
        resource["subject"] = {"reference": "#patient"}
    if order:
        resource["basedOn"] = [{"reference": "#order"}]
    if patient or order:
        resource["contained"] = [one for one in (patient, order) if one]
    if report.get("study_date"):
        resource["effectiveDateTime"] = rng.choice(("{}", "{}T09:30:00Z", "{}T09:30:00.000+02:00")).format(
            report["study_date"]
        )
    return {**resource, **_dressed(str(report["text"]), dress)}


def as_bundle(reports: Sequence[Mapping[str, Any]], dress: str, rng: random.Random) -> Resource:
    """Return reports as one Bundle in which patients and orders are entries of their own, in any order."""
    entries = [
        (f"https://example.org/fhir/{one['resourceType']}/{one['id']}", one) for one in _apart(reports, dress, rng)
    ]
    rng.shuffle(entries)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": address, "resource": resource} for address, resource in entries],
    }


def as_bulk(reports: Sequence[Mapping[str, Any]], dress: str, rng: random.Random) -> dict[str, list[Resource]]:
    """Return reports as the files of a bulk export, each with the resources of one type."""
    files: dict[str, list[Resource]] = {}
    for one in _apart(reports, dress, rng):
        files.setdefault(f"{one['resourceType']}.ndjson", []).append(one)
    return files


def _apart(reports: Sequence[Mapping[str, Any]], dress: str, rng: random.Random) -> list[Resource]:
    """Return reports, and their patients and orders as resources of their own."""
    resources = []
    for number, report in enumerate(reports):
        resource = as_fhir(report, dress, rng)
        if report.get("patient_id"):
            resource["subject"]["identifier"] = _identifier("MR", str(report["patient_id"]))
        for one in resource.pop("contained", []):
            name = f"{one['id']}-{number}"
            resources.append({**one, "id": name})
            for reference in [resource.get("subject", {}), *resource.get("basedOn", [])]:
                if reference.get("reference") == f"#{one['id']}":
                    reference["reference"] = f"{one['resourceType']}/{name}"
        resources.append(resource)
    return resources


def as_ndjson(resources: Sequence[Resource]) -> str:
    """Return resources as a bulk export writes them, one a line."""
    return "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in resources)


def _dressed(text: str, dress: str) -> Resource:
    if dress == "narrative":
        div = f'<div xmlns="http://www.w3.org/1999/xhtml"><pre>{html.escape(text)}</pre></div>'
        return {"text": {"status": "additional", "div": div}}
    if dress == "latin" and all(character <= "\xff" for character in text):
        return _form("text/plain; charset=ISO-8859-1", text.encode("latin-1"))
    if dress == "wide":
        return _form("text/plain;charset=UTF-16", text.encode("utf-16"))
    if dress == "page":
        return _form("text/html", f"<html><body><pre>{html.escape(text)}</pre></body></html>".encode())
    if dress == "breaks":
        lines = "<br>\n".join(html.escape(line) for line in text.split("\n"))
        return _form("text/html; charset=utf-8", f"<div>{lines}</div>".encode())
    return _form("text/plain", text.encode())


def _form(content_type: str, data: bytes) -> Resource:
    return {"presentedForm": [{"contentType": content_type, "data": base64.b64encode(data).decode()}]}


def _identifier(kind: str, value: str) -> Resource:
    return {"type": {"coding": [{"system": _V2, "code": kind}]}, "value": value}


def _patient(report: Mapping[str, Any], rng: random.Random) -> Resource:
    known = {name: report.get(name) for name in ("age", "sex", "patient_id")}
    if all(value is None for value in known.values()):
        return {}
    patient: Resource = {"resourceType": "Patient", "id": "patient"}
    if report.get("patient_id"):
        patient["identifier"] = [_identifier("MR", str(report["patient_id"]))]
    if report.get("sex") in _GENDERS:
        patient["gender"] = _GENDERS[report["sex"]]
    if report.get("age") is not None and report.get("study_date"):
        done = date.fromisoformat(str(report["study_date"]))
        born = done.replace(year=done.year - int(report["age"]), day=min(done.day, 28))
        patient["birthDate"] = (born - timedelta(days=rng.randrange(300))).isoformat()
    return patient


def _order(report: Mapping[str, Any]) -> Resource:
    if not any(report.get(name) for name in ("order_date", "reason", "codes")):
        return {}
    order: Resource = {
        "resourceType": "ServiceRequest",
        "id": "order",
        "status": "completed",
        "intent": "order",
        "subject": {"display": "the patient"},
    }
    if report.get("order_date"):
        order["authoredOn"] = str(report["order_date"])
    reasons = [{"text": report["reason"]}] if report.get("reason") else []
    reasons += [{"coding": [{"system": _ICD, "code": code}]} for code in report.get("codes", ())]
    if reasons:
        order["reasonCode"] = reasons
    return order
