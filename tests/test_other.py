"""Reports that are not of the spine state nothing of it, and every report of the spine is known as one."""

from __future__ import annotations

import csv
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from spinelink import lexicon
from spinelink.analysis import Rules, analyse, compile_rules
from spinelink.records import Analysis, Report
from spinelink.stages.sections import split_sections

ROOT = Path(__file__).resolve().parents[1]
DEVELOPMENT = ROOT.parent / "shared" / "gold" / "dev"
RULES = compile_rules(lexicon.shipped())
DRESSES = ("as_ordered", "without_exam", "without_title")

Record = dict[str, Any]


def lines(path: Path) -> list[Record]:
    """Return the objects of a file of JSON lines, of no line where there is no such file."""
    if not path.is_file():
        return []
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in data.decode("utf-8").splitlines()]


OTHER = {record["report_id"]: record for record in lines(ROOT / "corpora" / "other" / "reports.jsonl")}
ELSEWHERE = [name for name in OTHER if name.startswith("other-")]
PARTLY = [name for name in OTHER if name.startswith("partly-")]


def spine_reports() -> dict[str, Record]:
    """Return every report of the gold sets and of the demo that states a finding, by a name of its own."""
    found = {}
    for path in [*sorted((ROOT / "corpora").glob("gold*/gold.jsonl")), DEVELOPMENT / "gold.jsonl"]:
        exams = {record["report_id"]: record.get("exam") for record in lines(path.with_name("reports.jsonl"))}
        for record in lines(path):
            if record["findings"]:
                name = f"{path.parent.name}:{record['report_id']}"
                found[name] = {"text": record["text"], "exam": exams.get(record["report_id"])}
    demo = ROOT / "corpora" / "demo"
    with (demo / "clinic.csv").open(encoding="utf-8", newline="") as file:
        held = list(csv.DictReader(file))
    held += [{"text": path.read_text(encoding="utf-8")} for path in sorted((demo / "letters").glob("*.txt"))]
    held += lines(demo / "hospital.jsonl") + lines(demo / "older.jsonl.gz")
    for number, record in enumerate(held):
        text = record.get("text") or record.get("report_text") or ""
        if len(text) > 100 and "\0" not in text and "Sent a second time" not in text:
            found[f"demo:{number}"] = {"text": text, "exam": record.get("exam")}
    return found


SPINE = spine_reports()


def read(record: Record, dress: str, rules: Rules = RULES) -> Analysis:
    """Return what is made of a report: with its exam field, without, or without any line that names the study."""
    text, exam = record["text"], record.get("exam")
    if dress != "as_ordered":
        exam = None
    if dress == "without_title":
        kept = [section for section in split_sections(text, rules.sections) if section.category != "exam"]
        text = "".join(text[section.start : section.end] for section in kept)
        first, _, rest = text.lstrip().partition("\n")
        text = rest if re.match(r"(MRI?|CT|XR|FDG|ULTRASOUND|Multiparametric MRI|BILATERAL)\b", first) else text
    return analyse(Report("report", text, "report.txt", 0, exam=exam), rules)


def test_there_are_reports() -> None:
    assert (len(ELSEWHERE), len(PARTLY)) == (26, 4)
    assert len(SPINE) > 60


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_report_that_is_not_of_the_spine_states_nothing_of_it(name: str, dress: str) -> None:
    analysis = read(OTHER[name], dress)
    assert (analysis.study.is_spine, analysis.findings, analysis.measurements) == (False, (), ())


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("name", SPINE)
def test_a_report_of_the_spine_is_known_as_one(name: str, dress: str) -> None:
    assert read(SPINE[name], dress).study.is_spine


PARTS = {
    "partly-head-spine-ct-01": {
        ("spondylolisthesis", "", "absent"),
        ("vertebral_fracture", "", "absent"),
        ("disc_height_loss", "C5-C6", "present"),
        ("disc_height_loss", "C6-C7", "present"),
        ("osteophyte", "C5-C6", "present"),
        ("osteophyte", "C6-C7", "present"),
        ("foraminal_stenosis", "C5-C6", "present"),
        ("spondylosis", "C5-C6", "present"),
        ("spondylosis", "C6-C7", "present"),
    },
    "partly-head-spine-ct-02": {
        ("vertebral_fracture", "C7", "present"),
        ("spondylolisthesis", "", "absent"),
        ("disc_bulge", "C4-C5", "present"),
    },
    "partly-chest-spine-ct-01": {
        ("vertebral_fracture", "T12", "present"),
        ("vertebral_fracture", "L2", "present"),
        ("vertebral_fracture", "L3", "present"),
        ("central_canal_stenosis", "", "absent"),
        ("extraspinal_finding", "", "present"),
    },
    "partly-sacroiliac-mri-01": {
        ("marrow_edema", "", "present"),
        ("sacroiliitis", "", "present"),
        ("disc_bulge", "L5-S1", "present"),
    },
}


@pytest.mark.parametrize("dress", DRESSES[:2])
@pytest.mark.parametrize("name", PARTLY)
def test_of_a_report_of_several_parts_the_spine_counts(name: str, dress: str) -> None:
    findings = read(OTHER[name], dress).findings
    assert {(f.mention.finding_type, f.level, f.mention.assertion) for f in findings} == PARTS[name]


COMBINED = {
    "labels_in_line": (
        "CT HEAD WITHOUT CONTRAST\nCT CERVICAL SPINE WITHOUT CONTRAST\n\nFINDINGS:\n"
        "CT head: No fracture. No epidural hematoma.\nCT cervical spine: Disc bulge at C5-C6.\n\nIMPRESSION:\nAs above."
    ),
    "bare_labels": (
        "CT HEAD AND CERVICAL SPINE\n\nFINDINGS\n\nHEAD\nNo fracture. No epidural hematoma.\n\nCERVICAL SPINE\n"
        "Disc bulge at C5-C6."
    ),
    "no_heading_of_findings": (
        "CT HEAD AND CERVICAL SPINE\n\nHead: No fracture, no epidural hematoma.\n\nCervical spine: Disc bulge at C5-C6."
    ),
    "spine_first": (
        "MRI BRAIN AND CERVICAL SPINE\nFINDINGS:\nCERVICAL SPINE:\nDisc bulge at C5-C6.\nBRAIN:\nNo fracture. "
        "No epidural hematoma."
    ),
    "in_the_impression": (
        "MRI BRAIN\nMRI CERVICAL SPINE\nFINDINGS:\nBRAIN:\nNormal.\nCERVICAL SPINE:\nDisc bulge at C5-C6.\n"
        "IMPRESSION:\nBRAIN: No epidural hematoma.\nCERVICAL SPINE: Disc bulge at C5-C6."
    ),
}


@pytest.mark.parametrize("text", COMBINED.values(), ids=COMBINED)
def test_labels_part_a_report_of_several_parts(text: str) -> None:
    findings = read({"text": text}, "as_ordered").findings
    assert {(f.mention.finding_type, f.level) for f in findings} == {("disc_bulge", "C5-C6")}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("MRI LUMBAR SPINE\n\nPelvis: 4 cm uterine fibroid.", id="one_study"),
        pytest.param("MRI LUMBAR SPINE\n\nFINDINGS:\nPELVIS:\n4 cm uterine fibroid.", id="label_alone"),
    ],
)
def test_what_a_study_of_the_spine_shows_beside_it_is_kept(text: str) -> None:
    findings = read({"text": text}, "as_ordered").findings
    assert [f.mention.finding_type for f in findings] == ["extraspinal_finding"]


@pytest.mark.parametrize(
    "label", ["LUMBAR SPINE:\n", "Lumbar spine: ", "SPINE: ", "Bones/spine: ", "Spine\n", "- Lumbar spine: "]
)
@pytest.mark.parametrize("exam", ["CT ABDOMEN PELVIS", None], ids=["exam", "title"])
def test_a_label_of_the_spine_makes_no_spine_report(label: str, exam: str | None) -> None:
    text = (
        "CT ABDOMEN AND PELVIS WITH CONTRAST\n\nFINDINGS:\n\nLiver, spleen, pancreas and adrenals are normal.\n\n"
        "No hydronephrosis. The bowel is normal.\n\n"
        f"{label}Degenerative disc disease at L4-L5 and L5-S1.\n\nIMPRESSION:\nNo acute findings."
    )
    assert not read({"text": text, "exam": exam}, "as_ordered").study.is_spine
