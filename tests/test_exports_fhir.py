"""Every line is an Observation that fhir.resources takes, and says no more than the row of findings that it is of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.observation import Observation
from hypothesis import given
from hypothesis import strategies as st

import spinelink
from spinelink import store, vocabulary
from spinelink.exports import observations
from spinelink.exports.observations import Context, observation, resource_id

Archive = Callable[[bool], Path]
Json = dict[str, Any]
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
STRING = re.compile(r"[ \r\n\t\S]+")
CODE = re.compile(r"[^\s]+(\s[^\s]+)*")
CONTEXT = Context("spinelink 1, lexicon 0", resource_ids=False)
R4_STATUSES = {"registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"}


def lines(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


@pytest.fixture
def made(archive: Archive, tmp_path: Path) -> list[Json]:
    """The observations of the archive."""
    spinelink.export(archive(True), "fhir", tmp_path / "out.ndjson")
    return lines(tmp_path / "out.ndjson")


def strings(value: Any) -> list[str]:
    """Return every string of a value."""
    if isinstance(value, dict):
        return [text for member in value.values() for text in strings(member)]
    if isinstance(value, list):
        return [text for member in value for text in strings(member)]
    return [value] if isinstance(value, str) else []


def check(one: Json) -> None:
    """Pass where an observation is of R4: the library's model, and what R4 says beyond it."""
    Observation.model_validate(one)
    assert ID.fullmatch(one["id"])
    assert one["status"] in R4_STATUSES
    assert all(STRING.fullmatch(text) for text in strings(one))
    assert all(member not in ("", None, [], {}) for member in [*one.values(), *one["component"]])
    for concept in [one["code"], *(component["code"] for component in one["component"])]:
        assert all(CODE.fullmatch(coding["code"]) for coding in concept["coding"])
    for study in one.get("derivedFrom", []):
        assert study["type"] == "ImagingStudy"  # R4 derives an observation from no DiagnosticReport
    assert all(sum(name.startswith("value") for name in component) == 1 for component in one["component"])


def of(made: list[Json], report_id: str, finding_id: int) -> Json:
    (found,) = [one for one in made if one["id"] == resource_id(report_id, finding_id)]
    return found


def component(one: Json, name: str) -> Any:
    """Return the value of a component, of a concept its code; None where there is none."""
    for part in one["component"]:
        if part["code"]["coding"][0]["code"] == name:
            (value,) = [value for member, value in part.items() if member.startswith("value")]
            return value["coding"][0]["code"] if isinstance(value, dict) and "coding" in value else value
    return None


@pytest.mark.parametrize("text", [True, False], ids=["with-text", "without-text"])
@pytest.mark.parametrize("resource_ids", [True, False], ids=["literal", "by-identifier"])
def test_fhir_resources_takes_every_line(text: bool, resource_ids: bool, archive: Archive, tmp_path: Path) -> None:
    done = spinelink.export(archive(text), "fhir", tmp_path / "out", resource_ids=resource_ids)
    made = lines(tmp_path / "out")
    assert len(made) == done.rows["out"] == store.manifest_of(archive(text))["tables"]["findings"]
    for one in made:
        check(one)
    assert any("note" in one for one in made) is text


def test_ids_are_of_the_finding_and_differ(archive: Archive, made: list[Json], tmp_path: Path) -> None:
    assert len({one["id"] for one in made}) == len(made)
    spinelink.export(archive(False), "fhir", tmp_path / "without")
    assert [one["id"] for one in lines(tmp_path / "without")] == [one["id"] for one in made]


def test_one_finding_in_full(made: list[Json]) -> None:
    one = of(made, "4711", 6)
    system = observations.SYSTEM
    assert one == {
        "resourceType": "Observation",
        "id": resource_id("4711", 6),
        "identifier": [{"system": f"{system}/finding", "value": "4711#6"}],
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "imaging",
                        "display": "Imaging",
                    }
                ]
            }
        ],
        "code": {
            "coding": [
                {
                    "system": f"{system}/finding-type",
                    "code": "central_canal_stenosis",
                    "display": "central canal stenosis",
                }
            ],
            "text": "central canal stenosis",
        },
        "subject": {"type": "Patient", "identifier": {"value": "p-1"}},
        "focus": [{"type": "DiagnosticReport", "identifier": {"value": "4711"}}],
        "effectiveDateTime": "2024-05-06",
        "valueBoolean": True,
        "interpretation": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
                        "code": "POS",
                        "display": "Positive",
                    }
                ]
            }
        ],
        "note": [{"text": "Moderate canal stenosis"}],
        "bodySite": {
            "coding": [{"system": f"{system}/level", "code": "L4-L5", "display": "L4-L5"}],
            "text": "L4-L5",
        },
        "method": one["method"],
        "derivedFrom": [
            {
                "type": "ImagingStudy",
                "identifier": {
                    "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "ACSN"}]},
                    "value": "A-4711",
                },
            }
        ],
        "component": one["component"],
    }
    told = {
        part["code"]["coding"][0]["code"]: component(one, part["code"]["coding"][0]["code"])
        for part in one["component"]
    }
    expected = {"assertion": "present", "severity": "moderate", "severity-kind": "grade", "section": "findings"}
    assert told == {**expected, "candidate-code": "M48.061"}
    assert one["method"]["text"].startswith(f"spinelink {spinelink.__version__}, lexicon ")


@pytest.mark.parametrize(
    ("report_id", "finding_id", "status", "value", "interpretation"),
    [
        pytest.param("4711", 4, "final", True, "POS", id="present"),
        pytest.param("4711", 9, "final", None, "IND", id="possible"),
        pytest.param("4711", 0, "final", False, "NEG", id="absent"),
        pytest.param("0815", 1, "preliminary", False, "NEG", id="resolved"),
        pytest.param("0815", 2, "preliminary", None, None, id="only-severe-denied"),
        pytest.param("0815", 3, "preliminary", None, None, id="only-acute-denied"),
        pytest.param("4712", 0, "entered-in-error", True, "POS", id="corrected-by-the-addendum"),
        pytest.param("4712", 2, "amended", True, "POS", id="of-the-addendum"),
        pytest.param("=cmd|' /C calc'!A0", 0, "corrected", True, "POS", id="corrected-report"),
        pytest.param("neck/7", 0, "unknown", True, "POS", id="no-status"),
    ],
)
def test_what_is_said_of_being_there(
    report_id: str, finding_id: int, status: str, value: bool | None, interpretation: str | None, made: list[Json]
) -> None:
    one = of(made, report_id, finding_id)
    assert (one["status"], one.get("valueBoolean")) == (status, value)
    told = one["interpretation"][0]["coding"][0]["code"] if "interpretation" in one else None
    assert told == interpretation


@pytest.mark.parametrize(
    ("report_id", "finding_id", "name", "value"),
    [
        pytest.param("4711", 5, "root", "L5", id="root"),
        pytest.param("4711", 5, "effect", "compression", id="effect"),
        pytest.param("4711", 4, "zone", "paracentral", id="zone"),
        pytest.param("4711", 7, "side", "right", id="side"),
        pytest.param("4711", 7, "severity", "severe", id="severity"),
        pytest.param("4711", 8, "grade", "meyerding 1", id="grade"),
        pytest.param("4711", 8, "subtype", "anterolisthesis", id="subtype"),
        pytest.param("4711", 10, "acuity", "chronic", id="acuity"),
        pytest.param("0815", 1, "change", "resolved", id="change"),
        pytest.param("0815", 2, "denied-qualifier", "severe", id="denied-qualifier"),
        pytest.param("99999999999999999999", 2, "organ", "adrenal", id="organ"),
        pytest.param("4712", 0, "superseded-by", f"Observation/{resource_id('4712', 2)}", id="superseded"),
    ],
)
def test_components(report_id: str, finding_id: int, name: str, value: str, made: list[Json]) -> None:
    assert component(of(made, report_id, finding_id), name) == value


def test_measurements_are_quantities(made: list[Json]) -> None:
    quantity = {"value": 4.0, "unit": "mm", "system": "http://unitsofmeasure.org", "code": "mm"}
    parts = [part for one in made for part in one["component"] if "valueQuantity" in part]
    assert quantity in [part["valueQuantity"] for part in of(made, "4711", 8)["component"] if "valueQuantity" in part]
    assert {part["valueQuantity"]["code"] for part in parts} <= {"mm", "%", "deg"}


def test_a_code_is_a_candidate_and_never_the_code_of_the_observation(made: list[Json]) -> None:
    icd = "http://hl7.org/fhir/sid/icd-10-cm"
    candidates = [one for one in made if component(one, "candidate-code")]
    assert candidates
    assert all(one["valueBoolean"] is True for one in candidates)
    assert all(icd not in json.dumps({**one, "component": []}) for one in made)


def test_what_has_no_level_has_its_region(made: list[Json]) -> None:
    assert of(made, "0815", 2)["bodySite"]["text"] == "lumbar spine"


def test_what_a_report_does_not_say_is_left_out(made: list[Json]) -> None:
    one = of(made, "neck/7", 0)
    assert {"subject", "effectiveDateTime", "derivedFrom"}.isdisjoint(one)


def test_ids_of_resources_are_literal_references(archive: Archive, tmp_path: Path) -> None:
    spinelink.export(archive(True), "fhir", tmp_path / "out", resource_ids=True)
    made = lines(tmp_path / "out")
    one = of(made, "4711", 0)
    assert (one["subject"], one["focus"]) == ({"reference": "Patient/p-1"}, [{"reference": "DiagnosticReport/4711"}])
    assert of(made, "neck/7", 0)["focus"] == [{"type": "DiagnosticReport", "identifier": {"value": "neck/7"}}]


FINDING = {**dict.fromkeys(observations.OF_FINDING), "report_id": "r", "finding_id": 0, "section": "findings"}
FINDING |= {"finding_type": "disc_bulge", "assertion": "present", "level": "", "side": "", "severity": ""}
REPORT = dict.fromkeys(observations.OF_REPORT)
CLOSED = st.fixed_dictionaries(
    {
        "finding_type": st.sampled_from(list(vocabulary.FINDINGS)),
        "assertion": st.sampled_from(vocabulary.ASSERTIONS),
        "level": st.sampled_from(vocabulary.LEVELS),
        "side": st.sampled_from(vocabulary.SIDES),
        "severity": st.sampled_from(vocabulary.SEVERITIES),
        "region": st.sampled_from((None, *vocabulary.REGIONS)),
        "zone": st.sampled_from((None, *vocabulary.ZONES)),
        "denied_qualifier": st.sampled_from((None, *vocabulary.DENIED_QUALIFIERS)),
        "recurrent": st.sampled_from((None, True)),
        "superseded_by": st.sampled_from((None, 3)),
        "evidence": st.none() | st.text(),
        "organ": st.none() | st.text(min_size=1).filter(str.strip),
    }
)
OF_REPORT = st.fixed_dictionaries(
    {
        "report_id": st.text(min_size=1),
        "patient_id": st.none() | st.text(),
        "accession": st.none() | st.text(),
        "study_date": st.none() | st.dates(),
        "status": st.sampled_from((None, "preliminary", "final", "corrected", "addendum")),
    }
)


@given(CLOSED, OF_REPORT, st.booleans())
def test_any_finding_with_any_text_is_an_observation(finding: Json, report: Json, literal: bool) -> None:
    row = FINDING | finding | {"report_id": report["report_id"]}
    made = observation(row, report, [], Context("spinelink 1, lexicon 0", resource_ids=literal))
    check(made)
    assert json.loads(json.dumps(made)) == made


@given(st.text(), st.text(), st.integers(0, 10**6))
def test_resource_ids_are_ids_and_tell_reports_apart(one: str, other: str, finding_id: int) -> None:
    assert ID.fullmatch(resource_id(one, finding_id))
    assert (resource_id(one, finding_id) == resource_id(other, finding_id)) is (one == other)
