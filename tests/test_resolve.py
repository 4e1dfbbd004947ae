"""Findings in their report: headings, carried levels, "at this level", ids, regions, and reports that are not of the spine."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from spinelink import lexicon
from spinelink.analysis import Rules, analyse, compile_rules
from spinelink.records import Analysis, Report


@cache
def rules() -> Rules:
    """The shipped rules, compiled once."""
    return compile_rules(lexicon.shipped())


def analysed(text: str, exam: str | None = "MRI spine") -> Analysis:
    """Return what the stages make of a text."""
    return analyse(Report("r", text, "r.txt", 0, exam=exam), rules())


CASES = {
    "heading-holds": (
        "FINDINGS:\nL4-L5: Mild disc bulge. No canal stenosis. Moderate left foraminal narrowing.",
        "disc_bulge@L4-L5::mild:present | central_canal_stenosis@L4-L5:::absent | foraminal_stenosis@L4-L5:left:moderate:present",
    ),
    "heading-ends-at-the-next": (
        "FINDINGS:\nL3-L4: Mild disc bulge.\nL4-L5: Small central protrusion.",
        "disc_bulge@L3-L4::mild:present | disc_protrusion@L4-L5::mild:present",
    ),
    "heading-of-a-list": (
        "FINDINGS:\nL1-2, L2-3: No stenosis.",
        "central_canal_stenosis@L1-L2:::absent | central_canal_stenosis@L2-L3:::absent",
    ),
    "heading-of-a-range": (
        "FINDINGS:\nT12-L1 through L2-3: Patent canal.",
        "central_canal_stenosis@T12-L1:::absent | central_canal_stenosis@L1-L2:::absent | central_canal_stenosis@L2-L3:::absent",
    ),
    "stated-level-overrides-the-heading": (
        "FINDINGS:\nL4-L5: Disc bulge. Facet arthropathy at L5-S1.",
        "disc_bulge@L4-L5:::present | facet_arthropathy@L5-S1:::present",
    ),
    "denial-under-a-heading-has-its-level": (
        "FINDINGS:\nL5-S1: Left posterolateral protrusion.\nNo significant nerve root compression.",
        "disc_protrusion@L5-S1:left::present | nerve_root_involvement@L5-S1:::absent",
    ),
    "wrapped-line": (
        "FINDINGS:\nL4-L5: Disc bulge and facet arthropathy with moderate canal stenosis. Mild left and moderate right foraminal\nnarrowing.",
        "disc_bulge@L4-L5:::present | facet_arthropathy@L4-L5:::present | central_canal_stenosis@L4-L5::moderate:present"
        " | foraminal_stenosis@L4-L5:left:mild:present | foraminal_stenosis@L4-L5:right:moderate:present",
    ),
    "paragraph-after-a-blank-line-has-no-level": (
        "FINDINGS:\nL4-L5: Disc bulge.\n\nNo fracture. No canal stenosis.",
        "disc_bulge@L4-L5:::present | vertebral_fracture@:::absent | central_canal_stenosis@:::absent",
    ),
    "opening-level-is-carried": (
        "FINDINGS:\nAt L5/S1 there is a protrusion. This narrows the left lateral recess. No canal stenosis.",
        "disc_protrusion@L5-S1:::present | lateral_recess_stenosis@L5-S1:left::present | central_canal_stenosis@L5-S1:::absent",
    ),
    "opening-level-yields-to-another": (
        "FINDINGS:\nAt L3-4 there is a bulge. The canal is narrowed at L4-5. The exiting roots are free.",
        "disc_bulge@L3-L4:::present | central_canal_stenosis@L4-L5:::present | nerve_root_involvement@:::absent",
    ),
    "trailing-level-is-carried-to-what-is-found": (
        "FINDINGS:\nDisc extrusion at L4-5. The left L5 root is compressed.",
        "disc_extrusion@L4-L5:::present | nerve_root_involvement@L4-L5:left::present",
    ),
    "trailing-level-is-not-carried-to-denials": (
        "FINDINGS:\nAnterolisthesis of L4 on L5. No pars defect.",
        "spondylolisthesis@L4-L5:::present | spondylolysis@:::absent",
    ),
    "at-this-level": (
        "FINDINGS:\nDisc bulge at L4-5. There is severe canal stenosis at this level.",
        "disc_bulge@L4-L5:::present | central_canal_stenosis@L4-L5::severe:present",
    ),
    "level-above": (
        "FINDINGS:\nDisc bulge at L4-5. Mild bulge at the level above.",
        "disc_bulge@L4-L5:::present | disc_bulge@L3-L4::mild:present",
    ),
    "level-below": (
        "FINDINGS:\nDisc bulge at L4-5. Mild bulge at the level below.",
        "disc_bulge@L4-L5:::present | disc_bulge@L5-S1::mild:present",
    ),
    "operated-levels": (
        "FINDINGS:\nInterbody cages at C5-C6 and C6-C7.\n\nNo stenosis at the operated levels.",
        "spinal_fusion@C5-C6:::present | spinal_fusion@C6-C7:::present"
        " | central_canal_stenosis@C5-C6:::absent | central_canal_stenosis@C6-C7:::absent",
    ),
    "ellipsis-over-a-full-stop": (
        "IMPRESSION:\nSevere canal stenosis at C4-5. Moderate at C3-4.",
        "central_canal_stenosis@C4-C5::severe:present | central_canal_stenosis@C3-C4::moderate:present",
    ),
    "table": (
        "FINDINGS:\nLevel\tDisc\tCanal\tRight foramen\tLeft foramen\nL4-5\tBulge\tMild\tPatent\tModerate",
        "disc_bulge@L4-L5:::present | central_canal_stenosis@L4-L5::mild:present"
        " | foraminal_stenosis@L4-L5:right::absent | foraminal_stenosis@L4-L5:left:moderate:present",
    ),
    "template": (
        "FINDINGS:\nL4-L5:\nDisc: Mild bulge.\nCanal: Moderate stenosis.\nForamina: Mild left.",
        "disc_bulge@L4-L5::mild:present | central_canal_stenosis@L4-L5::moderate:present"
        " | foraminal_stenosis@L4-L5:left:mild:present",
    ),
    "vertebra-for-bone-range": (
        "FINDINGS:\nCompression fractures L1-L3.",
        "vertebral_fracture@L1:::present | vertebral_fracture@L2:::present | vertebral_fracture@L3:::present",
    ),
    "disc-for-disc-range": (
        "FINDINGS:\nDisc bulges L3-S1.",
        "disc_bulge@L3-L4:::present | disc_bulge@L4-L5:::present | disc_bulge@L5-S1:::present",
    ),
    "open-range": (
        "FINDINGS:\nDisc desiccation from L3-4 down.",
        "disc_desiccation@L3-L4:::present | disc_desiccation@L4-L5:::present | disc_desiccation@L5-S1:::present",
    ),
    "no-level-for-organs": ("FINDINGS:\nL4-L5: Disc bulge. Left renal cyst.", "disc_bulge@L4-L5:::present | extraspinal_finding@:left::present"),
    "indication-is-no-finding": ("INDICATION: Disc herniation, evaluate for stenosis.\nFINDINGS:\nDisc bulge at L4-5.", "disc_bulge@L4-L5:::present"),
    "technique-is-no-finding": ("TECHNIQUE: Limited by hardware and fusion.\nFINDINGS:\nNo fracture.", "vertebral_fracture@:::absent"),
    "comparison-is-no-finding": ("COMPARISON: Prior study with compression fracture.\nFINDINGS:\nNo stenosis.", "central_canal_stenosis@:::absent"),
    "recommendation-is-no-finding": (
        "IMPRESSION:\nDisc bulge at L4-5. CT could be obtained if there is concern for fracture.", "disc_bulge@L4-L5:::present",
    ),
    "epidemiology-is-no-finding": (
        "IMPRESSION:\nDisc bulge at L4-5.\n\nNote: The following are common in people without back pain: disc protrusion 33%, annular fissure 22%.",
        "disc_bulge@L4-L5:::present",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "cell"), CASES.values(), ids=CASES)
def test_a_report_states_these_facts(text: str, cell: str, facts: Callable[[str], set[str]]) -> None:
    assert facts(text) == {part.strip() for part in cell.split("|")}


@pytest.mark.parametrize(
    ("text", "source"),
    [
        pytest.param("L4-L5: Disc bulge.", "heading", id="heading"),
        pytest.param("Disc bulge at L4-5.", "stated", id="stated"),
        pytest.param("Disc bulges at L3-4 and L4-5.", "listed", id="listed"),
        pytest.param("Disc bulges from L3-4 through L5-S1.", "range", id="range"),
        pytest.param("At L4-5 the disc is dark. There is a bulge.", "carried", id="carried"),
        pytest.param("There is a bulge.", "none", id="none"),
    ],
)
def test_a_level_says_where_it_comes_from(text: str, source: str) -> None:
    bulges = [f for f in analysed(f"FINDINGS:\n{text}").findings if f.mention.finding_type == "disc_bulge"]
    assert {finding.level_source for finding in bulges} == {source}
    assert all((finding.level_rule_id is not None) == (source != "none") for finding in bulges)


def test_rows_of_one_mention_share_its_id() -> None:
    findings = analysed(
        "FINDINGS:\nOsteophytes C3 to C6. Moderate left and mild right foraminal stenosis at C5-6."
    ).findings
    ids = [(finding.mention.finding_type, finding.mention_id) for finding in findings]
    assert ids == [("osteophyte", 0)] * 3 + [("foraminal_stenosis", 1)] * 2


@pytest.mark.parametrize(
    ("exam", "text", "region"),
    [
        pytest.param("MRI lumbar spine", "Disc bulge at C5-6.", "cervical", id="of-the-level"),
        pytest.param("MRI lumbar spine", "Multilevel disc bulges.", "lumbar", id="of-the-study"),
        pytest.param("MRI cervical and lumbar spine", "Multilevel disc bulges.", None, id="unknown"),
    ],
)
def test_a_finding_has_a_region(exam: str, text: str, region: str | None) -> None:
    assert {finding.region for finding in analysed(f"FINDINGS:\n{text}", exam).findings} == {region}


@pytest.mark.parametrize(
    ("exam", "text"),
    [
        pytest.param("CT chest", "No rib fracture. Small pleural effusion. Mild degenerative changes.", id="chest"),
        pytest.param(
            "MRI brain", "No mass effect. The ventricles are normal. Mild narrowing of the sulci.", id="brain"
        ),
        pytest.param("MRI knee", "Tear of the medial meniscus. Joint effusion. Bone marrow oedema.", id="knee"),
        pytest.param("Ultrasound abdomen", "Left renal cyst. No hydronephrosis.", id="abdomen"),
    ],
)
def test_other_reports_have_no_spine_finding(exam: str, text: str) -> None:
    assert not analysed(f"FINDINGS:\n{text}", exam).findings


def test_every_span_lies_in_its_sentence_and_its_sentence_in_the_text() -> None:
    text = "FINDINGS:\nL4-L5: Moderate left and\nmild right foraminal narrowing.\nL5-S1: Normal."
    for finding in analysed(text).findings:
        assert finding.sentence_start <= finding.start < finding.end <= finding.sentence_end <= len(text)
