"""FHIR as it is met in exports: which resources are reports, what stands where in them, and what cannot be read."""

from __future__ import annotations

import base64
import gzip
import json
import random
import tracemalloc
import zipfile
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.diagnosticreport import DiagnosticReport
from hypothesis import given
from hypothesis import strategies as st

import spinelink
from dresses.fhir import DRESSES, as_bundle, as_fhir, as_ndjson
from spinelink import lexicon
from spinelink.analysis import Rules, analyse, compile_rules
from spinelink.records import GivenCode, Reject, Report
from spinelink.run import tables_of
from spinelink.settings import Settings
from spinelink.stages import ingest
from spinelink.stages.ingest import IngestOptions, ReadNotes, look_ahead, plan, read
from spinelink.stages.ingest.beside import Beside
from spinelink.stages.ingest.markup import MarkupError, text_of
from spinelink.stages.ingest.values import UNUSABLE

Resource = dict[str, Any]
Outcome = Report | Reject
TEXT = "FINDINGS: Mild disc bulge at L4-L5."
ICD = "http://hl7.org/fhir/sid/icd-10-cm"


def form(data: bytes | str, content_type: str = "text/plain") -> Resource:
    """Return one presented form."""
    content = data.encode() if isinstance(data, str) else data
    return {"contentType": content_type, "data": base64.b64encode(content).decode()}


def report(**parts: Any) -> Resource:
    """Return a DiagnosticReport with a text, its other parts as given; None takes a part away."""
    whole = {"resourceType": "DiagnosticReport", "id": "d1", "status": "final", "presentedForm": [form(TEXT)]} | parts
    return {name: value for name, value in whole.items() if value is not None}


def bundle(*resources: Resource, addresses: Mapping[str, str] | None = None) -> Resource:
    """Return a Bundle; `addresses` gives full addresses by id."""
    entries = [{"fullUrl": (addresses or {}).get(one.get("id", "")), "resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def written(folder: Path, *values: object, name: str = "r.ndjson") -> Path:
    """Write values, one a line, or as they are where they are text."""
    path = folder / name
    path.write_text("\n".join(value if isinstance(value, str) else json.dumps(value) for value in values) + "\n")
    return path


def outcomes(path: Path, options: IngestOptions | None = None, notes: ReadNotes | None = None) -> list[Outcome]:
    """Return all that reading a path gives, later versions decided."""
    planned = plan([path], options or IngestOptions())
    return list(read(planned, notes, look_ahead(planned)))


def one_report(path: Path, options: IngestOptions | None = None) -> Report:
    """Return the only outcome, a report."""
    (found,) = outcomes(path, options)
    assert isinstance(found, Report), found
    return found


def of(found: list[Outcome]) -> list[tuple[int | None, str]]:
    """Return of each outcome its record and what became of it."""
    return [(one.record, one.report_id if isinstance(one, Report) else one.reason) for one in found]


# The text


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        pytest.param({}, TEXT, id="plain"),
        pytest.param({"presentedForm": [form("Höhe\r\n µ \n")]}, "Höhe\r\n µ \n", id="untouched"),
        pytest.param({"presentedForm": [form(b"\xef\xbb\xbfText")]}, "Text", id="byte-order mark"),
        pytest.param({"presentedForm": [form("Höhe".encode("latin-1"))]}, "Höhe", id="no charset, fallback"),
        pytest.param(
            {"presentedForm": [form("Höhe".encode("latin-1"), "text/plain; charset=ISO-8859-1")]}, "Höhe", id="latin-1"
        ),
        pytest.param(
            {"presentedForm": [form("5 µm \u2013 L4".encode("cp1252"), 'text/plain;charset="windows-1252"')]},
            "5 µm \u2013 L4",
            id="quoted charset",
        ),
        pytest.param(
            {"presentedForm": [form("Höhe".encode("utf-16"), "TEXT/PLAIN; Charset=utf-16")]}, "Höhe", id="utf-16"
        ),
        pytest.param(
            {"presentedForm": [form("Höhe", "text/plain; charset=no-such-charset")]}, "Höhe", id="unknown charset"
        ),
        pytest.param(
            {"presentedForm": [form("Höhe".encode("cp1252"), "text/plain; charset=utf-8")]},
            "Höhe",
            id="wrongly called utf-8",
        ),
        pytest.param({"presentedForm": [form("A", "text/plain; charset=idna")]}, "A", id="a codec that is no charset"),
        pytest.param({"presentedForm": [form("A", "text/plain; charset=hex")]}, None, id="a codec of bytes"),
        pytest.param({"presentedForm": [form("<p>A</p><p>B", "text/html")]}, "A\n\nB", id="page"),
        pytest.param({"presentedForm": [form("<p>A</p>", "text/html"), form("B")]}, "B", id="plain before page"),
        pytest.param(
            {"presentedForm": [form("%PDF", "application/pdf"), form("<p>A", "text/html")]}, "A", id="page beside pdf"
        ),
        pytest.param({"presentedForm": [form("%PDF", "application/pdf"), form("B")]}, "B", id="plain beside pdf"),
        pytest.param({"presentedForm": form("A")}, "A", id="no list"),
        pytest.param(
            {"presentedForm": [{"contentType": "text/plain", "data": "QUJD\r\nREVG"}]}, "ABCDEF", id="base64 in lines"
        ),
        pytest.param(
            {"presentedForm": [form("  ")], "text": {"status": "generated", "div": "<div>N</div>"}},
            "N",
            id="narrative for an empty form",
        ),
        pytest.param(
            {
                "presentedForm": None,
                "text": {
                    "status": "generated",
                    "div": '<div xmlns="http://www.w3.org/1999/xhtml"><b>A</b>B<br/>C</div>',
                },
            },
            "AB\nC",
            id="narrative",
        ),
        pytest.param({"text": {"status": "generated", "div": "<div>N</div>"}}, TEXT, id="form before narrative"),
        pytest.param({"conclusion": "Bulge L4-5."}, f"{TEXT}\n\nIMPRESSION: Bulge L4-5.", id="conclusion follows"),
        pytest.param({"conclusion": "mild disc bulge at L4-L5"}, TEXT, id="conclusion said already"),
        pytest.param(
            {"conclusion": "Impression: Bulge."}, f"{TEXT}\n\nImpression: Bulge.", id="conclusion with its heading"
        ),
        pytest.param({"presentedForm": None, "conclusion": "Bulge."}, "IMPRESSION: Bulge.", id="conclusion alone"),
        pytest.param(
            {"presentedForm": [], "text": {"status": "empty", "div": "<div>N</div>"}, "conclusion": "B."},
            "IMPRESSION: B.",
            id="empty narrative",
        ),
    ],
)
def test_the_text_is_the_best_form(tmp_path: Path, parts: Resource, text: str | None) -> None:
    (found,) = outcomes(written(tmp_path, report(**parts)))
    if text is None:
        assert isinstance(found, Reject)
        assert found.reason == "not_text"
    else:
        assert isinstance(found, Report)
        assert found.text == text


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        pytest.param({"presentedForm": [form("%PDF-1.4", "application/pdf")]}, "encapsulated_document", id="pdf"),
        pytest.param(
            {"presentedForm": [form("%PDF", "application/pdf")], "conclusion": "B."},
            "encapsulated_document",
            id="pdf with conclusion",
        ),
        pytest.param({"presentedForm": [form("x", "image/jpeg")]}, "encapsulated_document", id="picture"),
        pytest.param({"presentedForm": [{"data": "QUJD"}]}, "encapsulated_document", id="no content type"),
        pytest.param({"presentedForm": [form("{\\rtf1 L4}", "application/rtf")]}, "rtf_text", id="rtf"),
        pytest.param({"presentedForm": [form("{\\rtf1 L4}", "text/rtf; charset=utf-8")]}, "rtf_text", id="text/rtf"),
        pytest.param({"presentedForm": [{"contentType": "text/plain", "data": "QUJ*"}]}, "bad_record", id="no base64"),
        pytest.param(
            {"presentedForm": [{"contentType": "text/plain", "data": "QUJDR"}]}, "bad_record", id="base64 cut off"
        ),
        pytest.param(
            {"presentedForm": [{"contentType": "text/plain", "data": "QÜJD"}]},
            "bad_record",
            id="base64 of other letters",
        ),
        pytest.param(
            {"presentedForm": [{"contentType": "text/plain", "data": 5}]}, "bad_record", id="data that is a number"
        ),
        pytest.param(
            {"presentedForm": [{"contentType": "text/plain", "data": ["QUJD"]}]}, "bad_record", id="data that is a list"
        ),
        pytest.param({"presentedForm": [form(b"H\xf6he \x81")]}, "not_text", id="no text in any encoding"),
        pytest.param(
            {"presentedForm": [form(b"\x00\xd8", "text/plain; charset=utf-16-le")]}, "not_text", id="wrong charset"
        ),
        pytest.param({"presentedForm": [form("L4\x00")]}, "not_text", id="NUL"),
        pytest.param({"presentedForm": [form("<p>L4\x00", "text/html")]}, "not_text", id="NUL in a page"),
        pytest.param(
            {"presentedForm": [form("<!DOCTYPE x [<!ENTITY a 'ha'>]><p>&a;", "text/html")]},
            "bad_record",
            id="page with entities",
        ),
        pytest.param({"presentedForm": None}, "empty_text", id="nothing"),
        pytest.param({"presentedForm": []}, "empty_text", id="no form"),
        pytest.param({"presentedForm": [{"contentType": "text/plain"}]}, "empty_text", id="form without data"),
        pytest.param({"presentedForm": [{"contentType": "text/plain", "data": ""}]}, "empty_text", id="empty data"),
        pytest.param(
            {"presentedForm": [{"contentType": "text/plain", "url": "Binary/1"}]}, "empty_text", id="data elsewhere"
        ),
        pytest.param({"presentedForm": [form(" \n")]}, "empty_text", id="white space"),
        pytest.param(
            {"presentedForm": [form("<script>alert(1)</script>", "text/html")]}, "empty_text", id="page without words"
        ),
        pytest.param({"presentedForm": "text", "text": [1], "conclusion": {}}, "empty_text", id="parts of other types"),
        pytest.param({"presentedForm": [form("x" * 101)]}, "too_long", id="too long"),
        pytest.param({"status": "entered-in-error"}, "withdrawn", id="entered in error"),
        pytest.param({"status": "cancelled"}, "withdrawn", id="cancelled"),
        pytest.param({"id": "x" * 600}, "bad_record", id="endless id"),
        pytest.param({"id": "a\x00b"}, "not_text", id="id with NUL"),
    ],
)
@pytest.mark.parametrize("name", ["r.ndjson", "r.json"])
def test_a_report_that_cannot_be_read_has_one_reason(tmp_path: Path, name: str, parts: Resource, reason: str) -> None:
    (found,) = outcomes(written(tmp_path, report(**parts), name=name), IngestOptions(max_chars=100))
    assert isinstance(found, Reject)
    assert (found.reason, found.record) == (reason, 0)
    assert "L4" not in found.detail


def test_what_is_withdrawn_says_how(tmp_path: Path) -> None:
    (found,) = outcomes(written(tmp_path, report(status="entered-in-error")))
    assert isinstance(found, Reject)
    assert (found.report_id, found.detail) == ("d1", "its status is entered-in-error")


def test_a_form_elsewhere_is_read_where_the_bundle_has_it(tmp_path: Path) -> None:
    binary = {"resourceType": "Binary", "id": "b1", "contentType": "text/plain", "data": form(TEXT)["data"]}
    linked = report(presentedForm=[{"contentType": "text/plain", "url": "Binary/b1"}])
    assert one_report(written(tmp_path, bundle(linked, binary), name="b.json")).text == TEXT


# What stands beside the text


@pytest.mark.parametrize(
    ("parts", "field", "value"),
    [
        pytest.param({}, "report_id", "d1", id="id"),
        pytest.param({"identifier": [{"value": "K-1"}]}, "report_id", "K-1", id="identifier"),
        pytest.param(
            {"identifier": [{"value": "K-1"}, {"type": {"coding": [{"code": "ACSN"}]}, "value": "A-1"}]}, "report_id", "A-1", id="accession as id"
        ),
        pytest.param(
            {"identifier": [{"type": {"coding": [{"code": "ACSN"}]}, "value": "A-1"}, {"type": {"coding": [{"code": "FILL"}]}, "value": "F-1"}]},
            "report_id",
            "F-1",
            id="filler's number before accession",
        ),
        pytest.param({"identifier": [{"type": {"coding": [{"code": "PLAC"}]}, "value": "P-1"}]}, "report_id", "d1", id="placer's number is no id"),
        pytest.param({"id": None}, "report_id", "r.ndjson#0", id="no id"),
        pytest.param({"identifier": [{"type": {"coding": [{"code": "ACSN"}]}, "value": "A-1"}]}, "accession", "A-1", id="accession"),
        pytest.param({"subject": {"reference": "Patient/p7"}}, "patient_id", "p7", id="patient by reference"),
        pytest.param({"subject": {"reference": "https://example.org/fhir/Patient/p7/_history/2"}}, "patient_id", "p7", id="patient by address"),
        pytest.param({"subject": {"identifier": {"value": "MRN-7"}}}, "patient_id", "MRN-7", id="patient by identifier"),
        pytest.param({"subject": {"reference": "urn:uuid:ab-1"}}, "patient_id", "ab-1", id="patient by uuid"),
        pytest.param({"subject": {"reference": "#p"}}, "patient_id", None, id="contained patient without identifier"),
        pytest.param({"effectiveDateTime": "2024-03-14T23:30:00-05:00"}, "study_date", date(2024, 3, 14), id="time"),
        pytest.param({"effectiveDateTime": "2024-03-14"}, "study_date", date(2024, 3, 14), id="date"),
        pytest.param({"effectivePeriod": {"start": "2024-03-14T09:00:00Z", "end": "2024-03-15"}}, "study_date", date(2024, 3, 14), id="start of period"),
        pytest.param({"effectivePeriod": {"end": "2024-03-15"}}, "study_date", date(2024, 3, 15), id="end of period"),
        pytest.param({"issued": "2024-03-16T09:00:00Z"}, "study_date", date(2024, 3, 16), id="issued for want of a time"),
        pytest.param({"effectiveDateTime": "2024-03", "issued": "2024-03-16"}, "study_date", date(2024, 3, 16), id="a month is no day"),
        pytest.param({"code": {"text": "MRI L-SPINE", "coding": [{"display": "other"}]}}, "exam", "MRI L-SPINE", id="exam in words"),
        pytest.param({"code": {"coding": [{"code": "1"}, {"display": "MR Lumbar spine"}]}}, "exam", "MR Lumbar spine", id="exam as displayed"),
        pytest.param({"imagingStudy": [{"reference": "ImagingStudy/i1"}]}, "study_id", "i1", id="study"),
        pytest.param({"study": [{"identifier": {"value": "1.2.3"}}]}, "study_id", "1.2.3", id="study in R5"),
        pytest.param({"status": "registered"}, "status", "preliminary", id="registered"),
        pytest.param({"status": "preliminary"}, "status", "preliminary", id="preliminary"),
        pytest.param({"status": "partial"}, "status", "preliminary", id="partial"),
        pytest.param({"status": "final"}, "status", "final", id="final"),
        pytest.param({"status": "amended"}, "status", "corrected", id="amended"),
        pytest.param({"status": "corrected"}, "status", "corrected", id="corrected"),
        pytest.param({"status": "modified"}, "status", "corrected", id="modified in R5"),
        pytest.param({"status": "appended"}, "status", "addendum", id="appended"),
        pytest.param({"status": "unknown"}, "status", None, id="unknown status"),
        pytest.param({"performer": [{"reference": "Organization/o", "display": "Lake Hospital"}]}, "site", "Lake Hospital", id="site"),
        pytest.param({"performer": [{"reference": "Practitioner/1", "display": "Dr Read"}]}, "reader", None, id="people are left out"),
    ],
)  # fmt: skip
def test_fields_of_a_report(tmp_path: Path, parts: Resource, field: str, value: object) -> None:
    assert getattr(one_report(written(tmp_path, report(**parts))), field) == value


PATIENT = {"resourceType": "Patient", "id": "p1", "birthDate": "1970-06-02", "gender": "female"}
ORDER = {
    "resourceType": "ServiceRequest",
    "id": "s1",
    "authoredOn": "2024-05-01T08:00:00Z",
    "requester": {"reference": "Practitioner/dr"},
    "identifier": [{"type": {"coding": [{"code": "ACSN"}]}, "value": "A-9"}],
    "reasonCode": [
        {"text": "Low back pain for 8 weeks"},
        {"coding": [{"system": ICD, "code": "M54.16", "display": "Radiculopathy, lumbar region"}]},
        {"coding": [{"system": "http://snomed.info/sct", "code": "1", "display": "Left leg pain"}]},
    ],
}
ENCOUNTER = {"resourceType": "Encounter", "id": "e1", "class": {"code": "EMER", "display": "emergency"}}
DOCTOR = {"resourceType": "Practitioner", "id": "dr", "name": [{"given": ["Ann", "B."], "family": "Asker"}]}
ROLE = {"resourceType": "PractitionerRole", "id": "ro", "practitioner": {"reference": "Practitioner/dr"}}
ADDRESSES = {"p1": "urn:uuid:11", "s1": "urn:uuid:22", "e1": "urn:uuid:33"}


def beside() -> Path | Resource:
    """Return a Bundle in which a report refers to resources beside it by their addresses."""
    return bundle(
        report(
            subject={"reference": "urn:uuid:11"},
            basedOn=[{"reference": "urn:uuid:22"}],
            encounter={"reference": "urn:uuid:33"},
            resultsInterpreter=[{"reference": "PractitionerRole/ro"}],
            effectiveDateTime="2024-06-01",
        ),
        PATIENT, ORDER, ENCOUNTER, DOCTOR, ROLE,
        addresses=ADDRESSES,
    )  # fmt: skip


def contained() -> Resource:
    """Return a report that contains what it refers to."""
    return report(
        subject={"reference": "#p1"},
        basedOn=[{"reference": "#s1"}],
        encounter={"reference": "#e1"},
        performer=[{"reference": "Organization/x"}, {"display": "Ann B. Asker"}],
        effectiveDateTime="2024-06-01",
        contained=[
            PATIENT | {"identifier": [{"value": "p1"}]},
            ORDER | {"requester": {"display": "Ann B. Asker"}},
            ENCOUNTER,
        ],
    )


@pytest.mark.parametrize("name", ["b.json", "b.ndjson"])
@pytest.mark.parametrize("made", [pytest.param(beside, id="beside"), pytest.param(contained, id="contained")])
def test_resources_around_a_report_serve_it(tmp_path: Path, name: str, made: Any) -> None:
    found = one_report(written(tmp_path, made(), name=name), IngestOptions(with_people=True))
    assert (found.patient_id, found.age, found.sex, found.setting) == ("p1", 53, "F", "emergency")
    assert (found.order_date, found.accession) == (date(2024, 5, 1), "A-9")
    assert (found.requester, found.reader) == ("Ann B. Asker", "Ann B. Asker")
    assert found.reason == "Low back pain for 8 weeks; Left leg pain"
    assert found.codes == (GivenCode("ICD-10-CM", "M54.16", date(2024, 5, 1)),)


def bulk(folder: Path, *, packed: str = "") -> Path:
    """Write a bulk export: each type of resource in a file of its own, some in folders and compressed."""
    folder.mkdir()
    asked = report(
        subject={"reference": "https://example.org/fhir/Patient/p1"},
        basedOn=[{"reference": "ServiceRequest/s1"}],
        encounter={"reference": "Encounter/e1/_history/2"},
        resultsInterpreter=[{"reference": "PractitionerRole/ro"}],
        performer=[{"reference": "Organization/h1"}],
        effectiveDateTime="2024-06-01",
    )
    files = {
        "DiagnosticReport": [asked, report(id="d2", subject={"reference": "Patient/unknown"})],
        "Encounter": [ENCOUNTER],
        "Organization": [{"resourceType": "Organization", "id": "h1", "name": "Hillside"}],
        "Patient": [{**PATIENT, "gender": "male", "id": "p0"}, PATIENT],
        "Practitioner": [DOCTOR],
        "PractitionerRole": [ROLE],
        "ServiceRequest": [ORDER],
    }
    for name, resources in files.items():
        data = as_ndjson(resources).encode()
        place = folder / (f"{name}.ndjson.gz" if packed else f"{name}.ndjson")
        place.write_bytes(gzip.compress(data) if packed else data)
    if packed == "zip":
        with zipfile.ZipFile(folder / "export.zip", "w") as archive:
            for name in files:
                archive.write(folder / f"{name}.ndjson.gz", f"{name}/0.ndjson.gz")
                (folder / f"{name}.ndjson.gz").unlink()
    return folder


@pytest.mark.parametrize("packed", ["", "gz", "zip"])
def test_resources_in_other_files_serve_a_report(tmp_path: Path, packed: str) -> None:
    notes = ReadNotes()
    found, other = outcomes(bulk(tmp_path / "bulk", packed=packed), IngestOptions(with_people=True), notes)
    assert isinstance(found, Report)
    assert (found.patient_id, found.age, found.sex, found.setting) == ("p1", 53, "F", "emergency")
    assert (found.order_date, found.accession, found.site) == (date(2024, 5, 1), "A-9", "Hillside")
    assert found.reason == "Low back pain for 8 weeks; Left leg pain"
    assert found.codes == (GivenCode("ICD-10-CM", "M54.16", date(2024, 5, 1)),)
    assert (found.requester, found.reader) == ("Ann B. Asker", "Ann B. Asker")
    assert isinstance(other, Report)
    assert (other.patient_id, other.age, other.sex) == ("unknown", None, None)
    assert notes.passed_over == {
        "Encounter": 1, "Organization": 1, "Patient": 2, "Practitioner": 1, "PractitionerRole": 1, "ServiceRequest": 1,
    }  # fmt: skip


def test_files_named_one_by_one_are_one_export(tmp_path: Path) -> None:
    files = sorted(bulk(tmp_path / "bulk").iterdir())
    assert [row["age"] for row in run_of(files, tmp_path / "out")] == [53, None]


def test_of_two_resources_of_one_name_the_last_counts(tmp_path: Path) -> None:
    written(tmp_path, PATIENT, PATIENT | {"gender": "male"}, name="Patient.ndjson")
    written(tmp_path, report(subject={"reference": "Patient/p1"}), name="DiagnosticReport.ndjson")
    assert one_report(tmp_path).sex == "M"


def test_a_bundle_with_reports_serves_no_others(tmp_path: Path) -> None:
    written(tmp_path, bundle(PATIENT, report(id="d0", subject={"reference": "Patient/p1"})), name="a.json")
    written(tmp_path, report(subject={"reference": "Patient/p1"}), name="b.ndjson")
    assert [one.sex for one in outcomes(tmp_path) if isinstance(one, Report)] == ["F", None]


def test_a_bundle_without_reports_serves_others(tmp_path: Path) -> None:
    written(tmp_path, bundle(PATIENT, ENCOUNTER), name="a.json")
    written(tmp_path, report(subject={"reference": "Patient/p1"}), name="b.ndjson")
    assert one_report(tmp_path).sex == "F"


def test_what_serves_elsewhere_is_small_in_memory(tmp_path: Path) -> None:
    beside = Beside()
    tracemalloc.start()
    for n in range(20_000):
        born = date(1930, 1, 1) + timedelta(days=n % 3000)
        beside.put("Patient.ndjson", f"Patient/{n}", {"birthDate": str(born), "gender": "female"})
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert beside.get("Patient/3001") == {"resourceType": "Patient", "birthDate": "1930-01-02", "gender": "female"}
    assert held / 20_000 < 200
    assert "ServiceRequest.ndjson" not in beside.counts
    beside.put("ServiceRequest.ndjson", "ServiceRequest/1", {"reasonCode": "x" * 100_000})
    assert beside.get("ServiceRequest/1") == {}


def run_of(inputs: Path | list[Path], out: Path) -> list[Resource]:
    """Return the rows of reports of a run in shards of one report."""
    rows: list[Resource] = []
    for part in sorted(spinelink.run(inputs, out, Settings(shard_size=1)).path.glob("reports/part-*")):
        rows += pq.read_table(part).to_pylist()
    return rows


def test_a_file_of_patients_that_was_away_is_read_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts that were made while it was away are made anew, though their reports stand where they stood."""
    source, patients = bulk(tmp_path / "bulk"), tmp_path / "bulk" / "Patient.ndjson"
    whole = run_of(source, tmp_path / "whole")
    planned = ingest.look_ahead

    def look_ahead(made: ingest.Plan) -> ingest.Ahead:
        patients.rename(tmp_path / "away")
        try:
            return planned(made)
        finally:
            (tmp_path / "away").rename(patients)

    monkeypatch.setattr(ingest, "look_ahead", look_ahead)
    assert [row["age"] for row in run_of(source, tmp_path / "out")] == [None, None]
    changed = json.loads((tmp_path / "out" / "manifest.json").read_text())["notes"]["changed"]
    assert changed == ["Patient.ndjson"]
    monkeypatch.undo()
    assert run_of(source, tmp_path / "out") == whole


@pytest.mark.parametrize(
    ("born", "age"),
    [
        pytest.param("1970-06-01", 54, id="birthday"),
        pytest.param("1970-06-02", 53, id="day before"),
        pytest.param("1970", None, id="year alone"),
        pytest.param("2025-01-01", None, id="after the study"),
        pytest.param("1800-01-01", None, id="no life"),
        pytest.param(None, None, id="unknown"),
    ],
)
def test_age_is_counted_to_the_study(tmp_path: Path, born: str | None, age: int | None) -> None:
    patient = {"resourceType": "Patient", "id": "p", "birthDate": born}
    whole = report(subject={"reference": "#p"}, effectiveDateTime="2024-06-01", contained=[patient])
    assert one_report(written(tmp_path, whole)).age == age


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        pytest.param({"reasonReference": [{"reference": "#c"}]}, "Known sciatica", id="condition"),
        pytest.param(
            {"reason": [{"concept": {"text": "Leg pain"}}, {"reference": {"reference": "#c"}}]},
            "Leg pain; Known sciatica",
            id="R5",
        ),
        pytest.param({"resourceType": "ProcedureRequest", "reasonCode": [{"text": "Leg pain"}]}, "Leg pain", id="STU3"),
        pytest.param({"reasonCode": [{"text": "Leg pain"}, {"text": "Leg pain"}]}, "Leg pain", id="said twice"),
        pytest.param(
            {"reasonCode": [{"text": "LBP", "coding": [{"system": ICD, "code": "M54.50"}]}]},
            "LBP",
            id="words beside a code",
        ),
        pytest.param({"resourceType": "CarePlan", "reasonCode": [{"text": "Leg pain"}]}, None, id="no order"),
    ],
)
def test_reasons_of_an_order(tmp_path: Path, order: Resource, reason: str | None) -> None:
    condition = {"resourceType": "Condition", "id": "c", "code": {"text": "Known sciatica"}}
    whole = {"resourceType": "ServiceRequest", "id": "s"} | order
    found = one_report(written(tmp_path, report(basedOn=[{"reference": "#s"}], contained=[whole, condition])))
    assert found.reason == reason


@pytest.mark.parametrize(
    ("system", "code", "read"),
    [
        pytest.param(ICD, "M48.061", "M48.061", id="with a dot"),
        pytest.param(ICD, "m48061", "M48.061", id="folded"),
        pytest.param("urn:oid:2.16.840.1.113883.6.90", "M48.061", "M48.061", id="by oid"),
        pytest.param(ICD, "Z99.999X", "unknown", id="not known"),
        pytest.param("http://snomed.info/sct", "76107001", "other_system", id="another system"),
        pytest.param("http://hl7.org/fhir/sid/icd-10", "M48.0", "other_system", id="not the clinical modification"),
        pytest.param(None, "M48.061", "other_system", id="no system"),
    ],
)
def test_codes_of_the_conclusion(tmp_path: Path, system: str | None, code: str, read: str) -> None:
    notes = ReadNotes()
    concept = {"coding": [{"system": system, "code": code}]}
    (found,) = outcomes(written(tmp_path, report(issued="2024-01-02", conclusionCode=[concept])), notes=notes)
    assert isinstance(found, Report)
    counted = read if "." not in read else None
    assert found.codes == (() if counted else (GivenCode("ICD-10-CM", read, date(2024, 1, 2)),))
    assert notes.codes_passed_over == ({counted: 1} if counted else {})


def test_elements_can_be_kept(tmp_path: Path) -> None:
    found = one_report(
        written(tmp_path, report(language="en", category=[{"text": "RAD"}])),
        IngestOptions(keep=("language", "category")),
    )
    assert found.extra == {"language": "en", "category": '[{"text": "RAD"}]'}


@pytest.mark.parametrize("name", ["r.json", "r.ndjson"])
def test_an_element_to_keep_is_not_called_missing(tmp_path: Path, name: str) -> None:
    planned = plan([written(tmp_path, report(), name=name)], IngestOptions(keep=("category",)))
    assert planned.notes == ()


def test_stu3_is_read_where_it_is_the_same(tmp_path: Path) -> None:
    old = report(
        context={"reference": "#e"},
        performer=[{"role": {"text": "reader"}, "actor": {"reference": "Practitioner/1", "display": "Dr Read"}}],
        codedDiagnosis=[{"coding": [{"system": ICD, "code": "M48.061"}]}],
        contained=[{"resourceType": "Encounter", "id": "e", "class": {"code": "AMB"}}],
    )
    found = one_report(written(tmp_path, old), IngestOptions(with_people=True))
    assert (found.setting, found.reader, [code.code for code in found.codes]) == ("AMB", "Dr Read", ["M48.061"])


# The reason as an indication


@pytest.fixture(scope="module")
def rules() -> Rules:
    """The shipped rules, compiled once."""
    return compile_rules(lexicon.shipped())


def symptoms(tmp_path: Path, text: str, rules: Rules) -> set[str]:
    order = {"resourceType": "ServiceRequest", "id": "s", "reasonCode": [{"text": "Low back pain for 8 weeks"}]}
    whole = report(presentedForm=[form(text)], basedOn=[{"reference": "#s"}], contained=[order])
    return {one.symptom_type for one in analyse(one_report(written(tmp_path, whole)), rules).indication.symptoms}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(TEXT, {"low_back_pain"}, id="no indication"),
        pytest.param("L4-L5: Mild disc bulge.", {"low_back_pain"}, id="no heading at all"),
        pytest.param(f"INDICATION:\n\n{TEXT}", {"low_back_pain"}, id="an empty one"),
        pytest.param(f"INDICATION: Left leg pain.\n\n{TEXT}", {"leg_pain"}, id="one of its own"),
        pytest.param(f"MRI LUMBAR SPINE. HISTORY: Left leg pain. {TEXT}", {"leg_pain"}, id="one in the line"),
    ],
)
def test_the_orders_reason_is_the_indication_where_the_text_has_none(
    tmp_path: Path, text: str, expected: set[str], rules: Rules
) -> None:
    assert symptoms(tmp_path, text, rules) == expected


def test_evidence_stands_in_the_text_with_the_reason(tmp_path: Path) -> None:
    order = {"resourceType": "ServiceRequest", "id": "s", "reasonCode": [{"text": "Low back pain"}]}
    tables = tables_of(written(tmp_path, report(basedOn=[{"reference": "#s"}], contained=[order])))
    text = tables["texts"].column("text")[0].as_py()
    assert text == f"{TEXT}\n\nINDICATION: Low back pain"
    (row,) = tables["symptoms"].to_pylist()
    assert text[row["start"] : row["end"]] == row["evidence"]


# Lines, bundles and versions


def test_other_resources_are_passed_over_and_counted(tmp_path: Path) -> None:
    notes = ReadNotes()
    path = written(
        tmp_path, PATIENT, report(), {"resourceType": "Observation"}, {"resourceType": "Observation"}, report(id="d2")
    )
    assert of(outcomes(path, notes=notes)) == [(1, "d1"), (4, "d2")]
    assert notes.passed_over == {"Patient": 1, "Observation": 2}


def test_a_file_without_reports_gives_no_record(tmp_path: Path) -> None:
    notes = ReadNotes()
    assert outcomes(written(tmp_path, PATIENT), notes=notes) == []
    assert notes.passed_over == {"Patient": 1}


def test_entries_are_numbered_and_those_without_resource_counted(tmp_path: Path) -> None:
    notes = ReadNotes()
    whole = bundle(report(), PATIENT, bundle(report(id="d2"), report(id="d3")), report(id="d4"))
    whole["entry"].insert(1, {"request": {"method": "DELETE", "url": "Patient/1"}})
    expected = [(0, "d1"), (3, "d2"), (4, "d3"), (5, "d4")]
    assert of(outcomes(written(tmp_path, whole, name="b.json"), notes=notes)) == expected
    assert notes.passed_over == {"no resource": 1, "Patient": 1}
    lines = written(tmp_path, whole, report(id="d5"), name="b.ndjson")
    assert of(outcomes(lines)) == [*expected, (6, "d5")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("", "bad_record", id="nothing"),
        pytest.param("{", "bad_record", id="broken off"),
        pytest.param('{"a": 1}', "bad_record", id="no resource"),
        pytest.param("[1, 2]", "bad_record", id="a list"),
        pytest.param('"text"', "bad_record", id="a string"),
        pytest.param('{"resourceType": "a patient\'s name"}', "bad_record", id="no type"),
        pytest.param('{"resourceType": "Patient", "id": 1, "id": 2}', "bad_record", id="a key twice"),
        pytest.param("[" * 100_000, "deep_json", id="a hundred thousand brackets"),
        pytest.param('{"resourceType":' * 100_000, "deep_json", id="a hundred thousand braces"),
    ],
)
def test_a_json_file_that_is_no_fhir_is_one_reject(tmp_path: Path, content: str, reason: str) -> None:
    (found,) = outcomes(written(tmp_path, content, name="r.json"))
    assert isinstance(found, Reject)
    assert (found.record, found.reason) == (None, reason)
    assert "patient" not in found.detail


def test_a_json_file_that_is_not_text_is_one_reject(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(b'{"resourceType": "\x81"}')
    (found,) = outcomes(tmp_path / "r.json")
    assert isinstance(found, Reject)
    assert (found.record, found.reason) == (None, "not_text")


def test_bad_lines_cost_themselves_alone(tmp_path: Path) -> None:
    deep = '{"resourceType": "DiagnosticReport", "x": ' + "[" * 100_000
    path = written(tmp_path, report(), '{"resourceType": "Diag', "[1]", deep, report(id="d2"))
    assert of(outcomes(path)) == [(0, "d1"), (1, "bad_record"), (2, "bad_record"), (3, "deep_json"), (4, "d2")]


def test_an_endless_resource_is_rejected_and_passed(tmp_path: Path) -> None:
    path = written(tmp_path, report(presentedForm=[form("x" * 2_000_000)]), report(id="d2"))
    assert of(outcomes(path, IngestOptions(max_chars=1000))) == [(0, "too_long"), (1, "d2")]


def test_a_bundle_of_2000_does_not_slow_down(tmp_path: Path) -> None:
    many = bundle(
        *(report(id=f"d{n}", subject={"reference": f"Patient/p{n}"}) for n in range(2000)),
        *(PATIENT | {"id": f"p{n}"} for n in range(2000)),
    )
    found = outcomes(written(tmp_path, many, name="b.json"))
    assert len({one.report_id for one in found if isinstance(one, Report) and one.sex == "F"}) == 2000


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param({"meta": {"versionId": "1"}}, {"meta": {"versionId": "2"}}, ["superseded", "d1"], id="number"),
        pytest.param({"meta": {"versionId": "10"}}, {"meta": {"versionId": "9"}}, ["d1", "superseded"], id="number is no word"),
        pytest.param({"meta": {"versionId": "2"}, "issued": "2024-01-01"}, {"meta": {"versionId": "1"}, "issued": "2024-02-01"}, ["d1", "superseded"], id="number before time"),
        pytest.param({"issued": "2024-01-01T10:00:00Z"}, {"issued": "2024-01-01T10:30:00+01:00"}, ["d1", "superseded"], id="instant"),
        pytest.param({"issued": "2024-01-02"}, {"issued": "2024-01-01"}, ["d1", "superseded"], id="time"),
        pytest.param({"meta": {"lastUpdated": "2024-01-02T00:00:00Z"}}, {"meta": {"lastUpdated": "2024-01-01T00:00:00Z"}}, ["d1", "superseded"], id="time of writing"),
        pytest.param({"status": "amended"}, {"status": "preliminary"}, ["d1", "superseded"], id="status"),
        pytest.param({}, {}, ["superseded", "d1"], id="the last of equals"),
        pytest.param({"meta": {"versionId": "W/x"}}, {"meta": {"versionId": "W/y"}}, ["superseded", "d1"], id="no numbers"),
        pytest.param({"meta": {"versionId": "1"}}, {"meta": {"versionId": "2"}, "status": "entered-in-error"}, ["superseded", "withdrawn"], id="withdrawn"),
        pytest.param({"meta": {"versionId": "1"}}, {"meta": {"versionId": "2"}, "presentedForm": [form("x", "application/pdf")]}, ["d1", "encapsulated_document"], id="unreadable"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["r.ndjson", "r.json"])
def test_the_latest_version_is_the_report(
    tmp_path: Path, name: str, first: Resource, second: Resource, expected: list[str]
) -> None:
    pair = report(**first), report(**second)
    path = written(tmp_path, *([bundle(*pair)] if name == "r.json" else pair), name=name)
    assert [what for _, what in of(outcomes(path))] == expected


def test_versions_are_told_over_files(tmp_path: Path) -> None:
    written(tmp_path, report(meta={"versionId": "2"}, presentedForm=[form("FINDINGS: new")]), name="a.ndjson")
    written(tmp_path, report(meta={"versionId": "1"}), name="b.json")
    assert of(outcomes(tmp_path)) == [(0, "d1"), (0, "superseded")]


def test_nothing_is_lost_in_a_run(tmp_path: Path) -> None:
    path = written(tmp_path, report(), report(), "{", PATIENT, report(id="d2", status="cancelled"), report(id="d3"))
    result = spinelink.run(path, tmp_path / "out")
    records = result.manifest["records"]
    assert records["reports"] == 2
    assert result.manifest["rejects"] == {"bad_record": 1, "superseded": 1, "withdrawn": 1}
    assert result.manifest["notes"]["passed_over"] == {"Patient": 1}


# Pages


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        pytest.param("<p>A</p>\n<p>B</p>", "A\n\nB", id="paragraphs"),
        pytest.param("<div>A</div><div>B</div>C", "A\nB\nC", id="blocks"),
        pytest.param("A<br>B<br/>C<BR />D", "A\nB\nC\nD", id="breaks"),
        pytest.param("A<br><br>B<br><br><br>C", "A\n\nB\n\nC", id="blank lines"),
        pytest.param("<h2>Findings</h2>Normal.", "Findings\n\nNormal.", id="heading"),
        pytest.param("  A \n\t B  <b> C</b>D ", "A B CD", id="white space"),
        pytest.param("L4<b>-</b>L5", "L4-L5", id="no space of its own"),
        pytest.param("&lt;5&nbsp;mm &amp; &#181;m &#x2013; &eacute;", "<5 mm & µm \u2013 é", id="entities"),
        pytest.param("a < b, c > d", "a < b, c > d", id="bare signs"),
        pytest.param("A<!-- B -->C", "AC", id="comment"),
        pytest.param("<head><title>T</title><style>p{}</style></head><body>A<script>x</script></body>", "A", id="what is not shown"),
        pytest.param("<title/><script/>A", "A", id="closed at once"),
        pytest.param("A <del>B</del><s>C</s>D", "A D", id="struck out"),
        pytest.param("<ul><li>A</li><li>B</ul>", "- A\n- B", id="bullets"),
        pytest.param("<ol><li><p>A</p></li><li>B</li></ol>C", "1. A\n\n2. B\n\nC", id="numbers"),
        pytest.param("<ul><li></li><li>A</li></ul>", "- A", id="empty item"),
        pytest.param("<pre>A\n  B\n\n\nC</pre>D", "A\n  B\n\n\nC\n\nD", id="as it is"),
        pytest.param("<table><tr><th>Level<th>Canal<tr><td>L4-L5<td>mild</table>", "| Level | Canal |\n| L4-L5 | mild |", id="table"),
        pytest.param("<table><tr><td></td><td>L4-L5</td></tr></table>", "|  | L4-L5 |", id="empty cell"),
        pytest.param("<table><tr><td>A|B</td><td>C</td></tr></table>", "| A/B | C |", id="a sign like a border"),
        pytest.param("<table><tr><td>A</td><td>B<br>C.<br>D</td></tr></table>", "| A | B; C. D |", id="lines in a cell"),
        pytest.param("<table><tr><td>Age:</td><td>52</td></tr></table>", "Age: 52", id="a name with a colon"),
        pytest.param("<table><tr><th>Reader</th><td>Dr</td></tr></table>", "Reader: Dr", id="a name in its own kind of cell"),
        pytest.param("<table><tr><td>Findings</td><td>Normal.</td></tr></table>", "Findings: Normal.", id="a heading that is known"),
        pytest.param("<table><tr><td><p>A</p><p>B</p></td></tr></table>", "A\n\nB", id="a page in a table"),
        pytest.param("<table><tr><td>Findings</td><td><p>A</p><p>B</p></td></tr></table>", "Findings:\nA\n\nB", id="a heading beside a page"),
        pytest.param("<table><tr><td>A<table><tr><td>B</td><td>C</td></tr></table></td></tr></table>D", "A\n\n| B | C |\n\nD", id="a table in a table"),
        pytest.param("<td>A</td><tr>B</table>C", "A\nBC", id="cells without a table"),
        pytest.param("", "", id="nothing"),
        pytest.param("&b;", "&b;", id="unknown entity"),
    ],
)  # fmt: skip
def test_a_page_is_text_as_it_is_seen(markup: str, text: str) -> None:
    assert text_of(markup, {"findings"}) == text


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param('<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><p>&b;', id="entities in entities"),
        pytest.param('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><p>&a;', id="a file as entity"),
        pytest.param('A<!entity a "b">', id="entity anywhere"),
    ],
)
def test_a_page_that_declares_entities_is_refused(markup: str) -> None:
    with pytest.raises(MarkupError, match="entities"):
        text_of(markup)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        pytest.param("<div>" * 100_000 + "A", "A", id="deep"),
        pytest.param("<b><i>" * 50_000 + "A", "A", id="deep inline"),
        pytest.param("<table><tr><td>" * 20_000 + "A", "A", id="deep tables"),
        pytest.param("<ul><li>" * 20_000 + "A", "- A", id="deep lists"),
        pytest.param("<" * 100_000 + "A", None, id="signs"),
        pytest.param("<a " + "x=1 " * 100_000 + ">A", "A", id="attributes"),
        pytest.param("<script " * 50_000 + ">A", "", id="scripts"),
        pytest.param("<!DOCTYPE " * 50_000 + "A", None, id="document types"),
        pytest.param("A" * 12_000_000, "A" * 12_000_000, id="a long word"),
        pytest.param("<p>A</p>" * 50_000, "\n\n".join(["A"] * 50_000), id="many paragraphs"),
    ],
)
def test_hostile_pages_are_read_in_time(markup: str, text: str | None) -> None:
    found = text_of(markup)
    assert text is None or found == text


# Round trips

REPORTS = st.fixed_dictionaries(
    {
        "report_id": st.from_regex(r"[A-Za-z0-9.-]{1,40}", fullmatch=True),
        "text": st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"], include_characters="\n\t")).filter(
            lambda text: bool(text.strip())
        ),
    },
    optional={
        "exam": st.from_regex(r"[A-Z][A-Z ]{0,20}[A-Z]", fullmatch=True),
        "study_date": st.dates(date(1990, 1, 1), date(2030, 1, 1)).map(date.isoformat),
        "order_date": st.dates(date(1990, 1, 1), date(2030, 1, 1)).map(date.isoformat),
        "age": st.integers(0, 100),
        "sex": st.sampled_from(["F", "M"]),
        "patient_id": st.from_regex(r"[A-Z0-9]{1,12}", fullmatch=True),
        "reason": st.from_regex(r"[a-z][a-z ]{0,20}[a-z]", fullmatch=True),
        "codes": st.lists(st.sampled_from(["M54.16", "M54.50", "Z85.3"]), unique=True, max_size=3),
    },
)


@given(
    original=REPORTS, dress=st.sampled_from([dress for dress in DRESSES if dress != "breaks"]), seed=st.integers(0, 9)
)
@pytest.mark.parametrize("whole", ["line", "bundle"])
def test_a_report_comes_back_from_every_dress(
    tmp_path_factory: pytest.TempPathFactory, whole: str, original: dict[str, Any], dress: str, seed: int
) -> None:
    rng = random.Random(seed)
    value = as_fhir(original, dress, rng) if whole == "line" else as_bundle([original], dress, rng)
    found = one_report(written(tmp_path_factory.mktemp("trip"), value, name="r.json"))
    pages = dress in ("page", "narrative")
    assert found.text == (original["text"].strip("\n").replace("\xa0", " ") if pages else original["text"])
    unnamed = "patient-0" if whole == "bundle" and original.keys() & {"age", "sex"} else None
    expected = {"exam": "Imaging study", "patient_id": unnamed, **original}
    for name in ("report_id", "exam", "sex", "patient_id", "reason"):
        assert getattr(found, name) == expected.get(name), name
    for name in ("study_date", "order_date"):
        given_day = original.get(name)
        assert getattr(found, name) == (date.fromisoformat(given_day) if given_day else None)
    assert found.age == (original.get("age") if original.get("study_date") else None)
    assert [code.code for code in found.codes] == original.get("codes", [])


@given(value=st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("DiagnosticReport"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["resourceType", "entry", "resource", "id", "text", "div", "presentedForm", "data", "contentType",
                         "identifier", "subject", "reference", "basedOn", "contained", "code", "coding", "conclusion", "meta"]),
        inner, max_size=5,
    ),
    max_leaves=30,
))  # fmt: skip
def test_no_shape_of_a_report_is_a_crash(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    parts = (
        value
        if isinstance(value, dict)
        else {"contained": value, "presentedForm": value, "subject": value, "code": value}
    )
    parts = {**parts, "resourceType": "DiagnosticReport"}
    assert len(outcomes(written(tmp_path_factory.mktemp("shape"), parts, name="r.json"))) == 1


PIECES = (
    *"<>/&;!-= \n\"'[x",
    "table",
    "td",
    "tr",
    "p",
    "pre",
    "li",
    "ol",
    "script",
    "s",
    "br",
    "DOCTYPE",
    "</",
    "<td>",
    "<table>",
)


@given(markup=st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_no_page_is_a_crash(markup: str) -> None:
    try:
        text = text_of(markup, {"x"})
    except MarkupError:
        return
    assert not UNUSABLE.search(text)


@pytest.mark.parametrize("dress", DRESSES)
def test_the_writers_write_fhir(dress: str) -> None:
    original = {
        "report_id": "a-1", "text": TEXT, "exam": "MRI", "study_date": "2024-01-02", "age": 52, "sex": "F", "patient_id": "P",
        "order_date": "2024-01-01", "reason": "pain", "codes": ["M54.16"],
    }  # fmt: skip
    rng = random.Random(1)
    DiagnosticReport.model_validate_json(as_ndjson([as_fhir(original, dress, rng)]))
    Bundle.model_validate(as_bundle([original, original | {"report_id": "a-2"}], dress, rng))
