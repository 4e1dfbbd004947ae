"""Sections: layouts of many sites, what tells a paragraph without heading, and what holds for every text."""

from __future__ import annotations

import json
import re
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import layout, lexicon, vocabulary
from spinelink.alternatives import expand
from spinelink.lexicon import Heading
from spinelink.records import Section
from spinelink.stages.sections import compile_rules, split_sections

ROWS = lexicon.shipped().headings()
RULES = compile_rules(lexicon.shipped())
ROOT = Path(__file__).resolve().parents[1]
GOLD = [
    *sorted((ROOT / "corpora").glob("gold*/gold.jsonl")),
    *(ROOT.parent / "shared" / "gold" / "dev").glob("gold.jsonl"),
]


def split(text: str) -> tuple[Section, ...]:
    """Return the sections of a text."""
    return split_sections(text, RULES)


def outline(text: str) -> list[tuple[str, str]]:
    """Return each section's category and heading."""
    return [(section.category, section.heading) for section in split(text)]


def category_of(text: str, words: str) -> str:
    """Return the category of the section in which words stand."""
    at = text.index(words)
    return next(section.category for section in split(text) if section.start <= at < section.end)


LAYOUTS: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "american": (
        "EXAM: MRI LUMBAR SPINE\n\nCLINICAL INDICATION: Leg pain.\n\nCOMPARISON: None.\n\nTECHNIQUE: Routine.\n\n"
        "FINDINGS:\nALIGNMENT: Normal.\n\nL4-L5: Bulge.\n\nIMPRESSION:\n1. Bulge.\n\n"
        "Electronically signed by: [NAME]\n",
        [
            ("exam", "EXAM:"),
            ("indication", "CLINICAL INDICATION:"),
            ("comparison", "COMPARISON:"),
            ("technique", "TECHNIQUE:"),
            ("findings", "FINDINGS:"),
            ("impression", "IMPRESSION:"),
            ("other", "Electronically signed by:"),
        ],
    ),
    "small letters alone": (
        "mri lumbar spine\n\nhistory: back pain.\n\nfindings:\nmild bulge.\n\nimpression\nmild bulge.",
        [
            ("exam", "mri lumbar spine"),
            ("indication", "history:"),
            ("findings", "findings:"),
            ("impression", "impression"),
        ],
    ),
    "small letters in one paragraph": (
        "mri of the lumbar spine. clinical history: pain. technique: routine. findings: normal. impression: normal.",
        [
            ("exam", "mri of the lumbar spine."),
            ("indication", "clinical history:"),
            ("technique", "technique:"),
            ("findings", "findings:"),
            ("impression", "impression:"),
        ],
    ),
    "small letters, dictated": (
        "mri of the cervical spine. clinical history neck pain. findings. normal cord. impression number one normal.",
        [
            ("exam", "mri of the cervical spine."),
            ("indication", "clinical history"),
            ("findings", "findings."),
            ("impression", "impression"),
        ],
    ),
    "small letters, alone on their lines": (
        "indication\nback pain.\n\ntechnique\nroutine.\n\nfindings\nnormal.\n\nconclusion\nnormal.",
        [
            ("indication", "indication"),
            ("technique", "technique"),
            ("findings", "findings"),
            ("impression", "conclusion"),
        ],
    ),
    "small letters at the line's start only": (
        "MRI LUMBAR SPINE\n\nindication: Pain.\n\nfindings: Normal.\n\nimpression: Normal.",
        [
            ("exam", "MRI LUMBAR SPINE"),
            ("indication", "indication:"),
            ("findings", "findings:"),
            ("impression", "impression:"),
        ],
    ),
    "dictated, signed": (
        "MRI of the cervical spine. Clinical history neck pain. Findings. Normal cord. Impression normal.\n\n"
        "Signed: [NAME]",
        [
            ("exam", "MRI of the cervical spine."),
            ("indication", "Clinical history"),
            ("findings", "Findings."),
            ("impression", "Impression"),
            ("other", "Signed:"),
        ],
    ),
    "dictated, with a letterhead": (
        "Name: [NAME]\nMRN: 0012345\n\nMRI of the cervical spine. Clinical history neck pain. Findings. Normal cord. "
        "Impression normal.",
        [
            ("other", "Name:"),
            ("other", "MRN:"),
            ("exam", "MRI of the cervical spine."),
            ("indication", "Clinical history"),
            ("findings", "Findings."),
            ("impression", "Impression"),
        ],
    ),
    "dictated, a heading at a line's end": (
        "MRI of the cervical spine. Comparison none. Findings. The cord is normal. Impression\nnumber one normal cord.",
        [
            ("exam", "MRI of the cervical spine."),
            ("comparison", "Comparison"),
            ("findings", "Findings."),
            ("impression", "Impression"),
        ],
    ),
    "dictated, a heading at a line's start": (
        "MRI OF THE CERVICAL SPINE. CLINICAL HISTORY NECK PAIN.\nTECHNIQUE SAGITTAL T2. FINDINGS. THE CORD IS NORMAL.\n"
        "IMPRESSION NORMAL.",
        [
            ("exam", "MRI OF THE CERVICAL SPINE."),
            ("indication", "CLINICAL HISTORY"),
            ("technique", "TECHNIQUE"),
            ("findings", "FINDINGS."),
            ("impression", "IMPRESSION"),
        ],
    ),
    "dashes with wide spaces": (
        "MRI LUMBAR SPINE\n\nFindings  -  Normal cord.\n\nOpinion  –  Normal.",  # noqa: RUF001
        [("exam", "MRI LUMBAR SPINE"), ("findings", "Findings  -"), ("impression", "Opinion  –")],  # noqa: RUF001
    ),
    "veterans": (
        "        RADIOLOGY REPORT\n\nExm Date: MAR 14, 2024@09:12\nReq Phys: [NAME]      Pat Loc: OPC\n\n"
        "(Case 12 COMPLETE) MRI SPINE LUMBAR W/O CONTRAST\n     Reason for Study: low back pain\n\n"
        "    Clinical History:\n      65 y/o male, r/o stenosis.\n\n    Report Status: Verified\n\n"
        "    Report:\n      The vertebral bodies are normal in height.\n\n    Impression:\n      1. Normal.\n\n"
        "    Primary Diagnostic Code: MINOR ABNORMALITY\n",
        [
            ("exam", "RADIOLOGY REPORT"),
            ("exam", "Exm Date:"),
            ("other", "Req Phys:"),
            ("other", "Pat Loc:"),
            ("exam", "(Case 12 COMPLETE) MRI SPINE LUMBAR W/O CONTRAST"),
            ("indication", "Reason for Study:"),
            ("indication", "Clinical History:"),
            ("other", "Report Status:"),
            ("findings", "Report:"),
            ("impression", "Impression:"),
            ("other", "Primary Diagnostic Code:"),
        ],
    ),
    "british letter": (
        "Dear Dr [NAME]\n\nMRI Lumbar Spine\n\nThank you for referring this patient.\n\n"
        "Sagittal and axial sequences were obtained.\n\nNormal alignment. The discs are normal.\n\n"
        "L4/5: No root compression.\n\nConclusion\n\nNormal study.\n\nWith best wishes\n",
        [
            ("other", ""),
            ("exam", "MRI Lumbar Spine"),
            ("other", ""),
            ("technique", ""),
            ("findings", ""),
            ("impression", "Conclusion"),
            ("other", "With best wishes"),
        ],
    ),
    "british, request without heading": (
        "MRI Lumbar spine\n\nLeg pain, walking distance 50 yards. 6/12. Pulses present.\n\n"
        "The conus lies at L1. There is a disc bulge.\n\nOpinion - mild stenosis.\n",
        [("exam", "MRI Lumbar spine"), ("indication", ""), ("findings", ""), ("impression", "Opinion -")],
    ),
    "indian": (
        "MRI LUMBO-SACRAL SPINE\n\nTECHNIQUE : T1W & T2W sagittal.\n\nOBSERVATIONS :\n- L4-L5 disc: Bulge.\n\n"
        "IMPRESSION :\n• L4-L5 bulge.\n\nAdv : Clinical correlation.\n",
        [
            ("exam", "MRI LUMBO-SACRAL SPINE"),
            ("technique", "TECHNIQUE :"),
            ("findings", "OBSERVATIONS :"),
            ("impression", "IMPRESSION :"),
            ("other", "Adv :"),
        ],
    ),
    "german": (
        "MRI of the lumbar spine, native, from 12.03.2024\n\nQuestion: Disc herniation?\n\nMethod: T1 sag., T2 tra.\n\n"
        "Findings: Regular lordosis.\n\nAssessment:\n1. Normal.\n\nWith kind collegial regards\n",
        [
            ("exam", "MRI of the lumbar spine, native, from 12.03.2024"),
            ("indication", "Question:"),
            ("technique", "Method:"),
            ("findings", "Findings:"),
            ("impression", "Assessment:"),
            ("other", "With kind collegial regards"),
        ],
    ),
    "french": (
        "LUMBAR SPINE MRI\n\nIndication\nLeft S1 sciatica.\n\nTechnique\nSagittal T1.\n\nResults\nL4-L5: bulge.\n\n"
        "In summary\nBulge.\n",
        [
            ("exam", "LUMBAR SPINE MRI"),
            ("indication", "Indication"),
            ("technique", "Technique"),
            ("findings", "Results"),
            ("impression", "In summary"),
        ],
    ),
    "italian": (
        "MRI OF THE LUMBOSACRAL SPINE\nExam performed with T1 and T2 sequences in the sagittal plane.\n\n"
        "Lordosis preserved. At L4-L5 a protrusion is appreciated.\n\nCONCLUSIONS: L4-L5 protrusion.",
        [
            ("exam", "MRI OF THE LUMBOSACRAL SPINE"),
            ("technique", ""),
            ("findings", ""),
            ("impression", "CONCLUSIONS:"),
        ],
    ),
    "patient portal": (
        "Narrative & Impression\nMRI LUMBAR SPINE WITHOUT CONTRAST: 3/14/2024 9:00 AM\n\n"
        "CLINICAL INFORMATION: Pain.\n\n"
        "FINDINGS:\nThe conus terminates at L1.\n\nIMPRESSION:\nMild changes.\n\n"
        "I have personally reviewed the images and agree with the report.\n",
        [
            ("findings", "Narrative & Impression"),
            ("exam", "MRI LUMBAR SPINE WITHOUT CONTRAST:"),
            ("indication", "CLINICAL INFORMATION:"),
            ("findings", "FINDINGS:"),
            ("impression", "IMPRESSION:"),
            ("other", ""),
        ],
    ),
    "capitals without punctuation": (
        "MRI LUMBAR SPINE\nHISTORY LOW BACK PAIN\nTECHNIQUE SAGITTAL T1\nFINDINGS\n"
        "NO FRACTURE\nL4-5 BULGE\nIMPRESSION\nBULGE\n",
        [
            ("exam", "MRI LUMBAR SPINE"),
            ("indication", "HISTORY"),
            ("technique", "TECHNIQUE"),
            ("findings", "FINDINGS"),
            ("impression", "IMPRESSION"),
        ],
    ),
    "stripped of its tags": (
        "MRI LUMBAR SPINE WITHOUT CONTRASTCLINICAL HISTORY:Pain.COMPARISON:None.FINDINGS:Mild bulge.IMPRESSION:Bulge.",
        [
            ("exam", "MRI LUMBAR SPINE WITHOUT CONTRAST"),
            ("indication", "CLINICAL HISTORY:"),
            ("comparison", "COMPARISON:"),
            ("findings", "FINDINGS:"),
            ("impression", "IMPRESSION:"),
        ],
    ),
    "run together": (
        "MRI LUMBAR SPINE CLINICAL HISTORY: f/u HNP. COMPARISON: 1/9/2024. TECHNIQUE: Sag T1. FINDINGS: Conus at L1. "
        "IMPRESSION: 1) Stable.",
        [
            ("exam", "MRI LUMBAR SPINE"),
            ("indication", "CLINICAL HISTORY:"),
            ("comparison", "COMPARISON:"),
            ("technique", "TECHNIQUE:"),
            ("findings", "FINDINGS:"),
            ("impression", "IMPRESSION:"),
        ],
    ),
    "dictated": (
        "MRI of the lumbar spine. Clinical history pain in the left leg. Comparison none. Technique sagittal T1. "
        "Findings. The conus is normal. Findings are mild. Impression number one bulge.",
        [
            ("exam", "MRI of the lumbar spine."),
            ("indication", "Clinical history"),
            ("comparison", "Comparison"),
            ("technique", "Technique"),
            ("findings", "Findings."),
            ("impression", "Impression"),
        ],
    ),
    "markdown": (
        "# MRI Lumbar Spine\n\n## Clinical History\nSciatica.\n\n## Findings\n\n**Alignment:** Normal.\n\n"
        "**IMPRESSION:** Normal.\n",
        [
            ("exam", "# MRI Lumbar Spine"),
            ("indication", "## Clinical History"),
            ("findings", "## Findings"),
            ("impression", "**IMPRESSION:**"),
        ],
    ),
    "addendum first": (
        "ADDENDUM: 03/15/2024. The level is L3-L4.\n\nORIGINAL REPORT:\nMRI LUMBAR SPINE\n\nINDICATION: Pain.\n"
        "FINDINGS: Protrusion.\n\nIMPRESSION: Protrusion.\n",
        [
            ("addendum", "ADDENDUM:"),
            ("exam", "ORIGINAL REPORT:"),
            ("indication", "INDICATION:"),
            ("findings", "FINDINGS:"),
            ("impression", "IMPRESSION:"),
        ],
    ),
    "addendum last, with its date": (
        "FINDINGS: Bulge.\nIMPRESSION: Bulge.\n** CRITICAL RESULT ** Called at 02:47.\n"
        "ADDENDUM (review 20/01/2025 09:10): I agree.",
        [
            ("findings", "FINDINGS:"),
            ("impression", "IMPRESSION:"),
            ("other", "** CRITICAL RESULT **"),
            ("addendum", "ADDENDUM (review 20/01/2025 09:10):"),
        ],
    ),
    "impression first": (
        "IMPRESSION: Mild stenosis.\n\nFINDINGS: C5-6: mild stenosis.\n",
        [("impression", "IMPRESSION:"), ("findings", "FINDINGS:")],
    ),
    "no headings": ("Mild disc bulge at L4-5. The conus is normal.", [("findings", "")]),
    "labels as headings": (
        "Comparison: 2019\n\nVertebrae\nFive.\nMarrow\nNormal.\nConus\nL1\n\nLevel\nL1-2\nDisc\nNormal\n\n"
        "Impression\nFine.\n",
        [
            ("comparison", "Comparison:"),
            ("findings", "Vertebrae"),
            ("findings", "Marrow"),
            ("findings", "Conus"),
            ("impression", "Impression"),
        ],
    ),
    "letterhead": (
        "St Elsewhere Hospital\n\nExamination: MRI Lumbar spine\n\nReport:\nNormal cord.\n\nConsultant Radiologist\n",
        [("other", ""), ("exam", "Examination:"), ("findings", "Report:"), ("other", "Consultant Radiologist")],
    ),
    "tabs": (
        "Exam:\tMRI T-spine\nHistory:\tpain\nFindings:\tT7-8: small protrusion.\nImpression:\tprotrusion",
        [("exam", "Exam:"), ("indication", "History:"), ("findings", "Findings:"), ("impression", "Impression:")],
    ),
    "double spaces": (
        "Lumbar spine MRI without contrast.  Clinical indication: sciatica.  Findings: Bulge.  Impression: Bulge.",
        [
            ("exam", "Lumbar spine MRI without contrast."),
            ("indication", "Clinical indication:"),
            ("findings", "Findings:"),
            ("impression", "Impression:"),
        ],
    ),
    "two headings in one": (
        "INDICATION/HISTORY: Pain\nFINDINGS AND IMPRESSION: Bulge.\nRECOMMENDATION: none",
        [
            ("indication", "INDICATION/HISTORY:"),
            ("findings", "FINDINGS AND IMPRESSION:"),
            ("other", "RECOMMENDATION:"),
        ],
    ),
    "numbered headings": (
        "1. CLINICAL HISTORY: Pain\n2. TECHNIQUE-Sagittal T1\n3. FINDINGS:\nBulge.\n4. IMPRESSION:\n1. L4-5 bulge.",
        [
            ("indication", "1. CLINICAL HISTORY:"),
            ("technique", "2. TECHNIQUE-"),
            ("findings", "3. FINDINGS:"),
            ("impression", "4. IMPRESSION:"),
        ],
    ),
    "prior study on a line of its own": (
        "COMPARISON:\nMRI lumbar spine 2020\nFINDINGS:\nNormal.",
        [("comparison", "COMPARISON:"), ("findings", "FINDINGS:")],
    ),
}


@pytest.mark.parametrize(("text", "expected"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_layout_is_read(text: str, expected: list[tuple[str, str]]) -> None:
    assert outline(text) == expected


HEADINGS = {
    "CLINICAL HISTORY": "indication",
    "Reason for exam": "indication",
    "Clinical details": "indication",
    "Clinical question": "indication",
    "HX": "indication",
    "ICD": "indication",
    "PROTOCOL": "technique",
    "REPORT": "findings",
    "RESULT": "findings",
    "Opinion": "impression",
    "Conclusion": "impression",
    "Comment": "impression",
    "Assessment": "impression",
    "Summary": "impression",
    "Interpretation": "impression",
    "CRITICAL RESULT": "other",
    "ADDENDUM": "addendum",
    "Verified by": "other",
}


@pytest.mark.parametrize(("heading", "category"), HEADINGS.items(), ids=HEADINGS.keys())
@pytest.mark.parametrize(
    "form",
    [
        "{0}: text here.",
        "{0}\ntext here.",
        "{0} :\ntext here.",
        "**{0}:** text here.",
        "## {0}\ntext here.",
        "__{0}__\ntext here.",
    ],
    ids=["inline", "own line", "colon and line", "bold", "markdown", "underlined"],
)
def test_a_heading_is_known_in_every_dress(heading: str, category: str, form: str) -> None:
    text = "FINDINGS: Normal.\n\n" + form.format(heading)
    assert split(text)[-1].category == category
    assert split(text)[-1].heading.strip("#*_ :") == heading


TITLES = [
    "MRI LUMBAR SPINE WITHOUT CONTRAST",
    "LSS MRI :",
    "MRI OF THE LUMBOSACRAL SPINE",
    "XR SCOLIOSIS SERIES 2 VIEWS (EOS)",
    "MRI, Lumbar Spine of 12-AUG-2025",
    "MAGNETIC RESONANCE IMAGING OF THE WHOLE SPINE",
    "D SPINE MRI",
    "LSS AND C. SPINE MRI",
    "L.SS MRI",
    "MRI L-SPINE W/O CONTRAST",
    "CT lumbar spine 3 March 2024",
    "RT KNEE MRI :",
]


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_exam_and_what_follows_findings(title: str) -> None:
    assert outline(f"{title}\nNo fracture is seen.") == [("exam", title), ("findings", "")]


NO_HEADINGS = [
    "AGE-RELATED DEGENERATIVE CHANGE IN THE LOWER LUMBAR SPINE.",
    "CONTRAST-ENHANCED IMAGES SHOW A SMALL DISC FRAGMENT.",
    "HISTORY-TAKING IS NO PART OF A REPORT OF THE SPINE.",
    "STUDY-TO-STUDY DIFFERENCES ARE WITHIN MEASUREMENT ERROR.",
    "PROCEDURE-RELATED CHANGES OF THE POSTERIOR ELEMENTS.",
    "Conus: Terminates at L1",
    "Cord: normal",
    "Disc heights: Mild narrowing",
    "Canal stenosis: none",
    "L4-L5:",
    "ALIGNMENT:",
    "VERTEBRAE: normal",
    "SI joints:",
    "Other levels: normal",
    "Lumbar spine: normal",
    "Incidental: cyst",
    "MRI contraindicated (pacemaker).",
    "Findings are consistent with spondylosis.",
    "CT could be obtained.",
    "Comparison with the prior shows no change.",
    "Technique limits this study.",
    "There is a lesion, see impression: it is small.",
]


@pytest.mark.parametrize("line", NO_HEADINGS)
def test_a_line_of_findings_is_no_heading(line: str) -> None:
    assert outline(f"FINDINGS:\nNormal.\n{line}\nMore.") == [("findings", "FINDINGS:")]


@pytest.mark.parametrize(
    ("text", "words", "category"),
    [
        pytest.param(
            "HISTORY: Pain.\n\nRule out herniation at L4-5, canal stenosis.\n\nFINDINGS: Normal.",
            "Rule out",
            "indication",
            id="a second paragraph of the request stays the request where the body has a heading",
        ),
        pytest.param(
            "HISTORY: Pain.\n\nThe vertebral bodies are normal.\n\nIMPRESSION: Normal.",
            "The vertebral",
            "findings",
            id="a paragraph after the request is findings where the body has none",
        ),
        pytest.param(
            "HISTORY: Pain.\nThe vertebral bodies are normal in height. The conus is normal.\nIMPRESSION: Normal.",
            "The vertebral",
            "findings",
            id="a line of plain findings after the request is findings",
        ),
        pytest.param(
            "HISTORY: Evaluate for disc herniation, canal\nstenosis or foraminal narrowing.\nIMPRESSION: Normal.",
            "stenosis or",
            "indication",
            id="a wrapped line of the request stays the request",
        ),
        pytest.param(
            "HISTORY: Pain.\nL4-5: bulge.\nIMPRESSION: Bulge.",
            "L4-5",
            "findings",
            id="a level heading after the request is findings",
        ),
        pytest.param(
            "HISTORY: Pain.\n\nRoutine sequences were performed without contrast.\n\nNormal discs.\n",
            "Routine",
            "technique",
            id="a paragraph that is plainly technique",
        ),
        pytest.param(
            "MRI LUMBAR SPINE\n\nBack pain x 3/12. ?disc ?stenosis\n\nNormal discs.\n",
            "Back pain",
            "indication",
            id="a paragraph that is plainly history",
        ),
        pytest.param(
            "MRI LUMBAR SPINE\n\nKnown pain. There is a disc bulge with canal stenosis.\n",
            "There is",
            "findings",
            id="in doubt it is findings",
        ),
        pytest.param(
            "COMPARISON: none\n\nTRANSITIONAL ANATOMY: L5 is sacralized.\n\nFINDINGS: Normal.",
            "L5 is",
            "findings",
            id="a label of anatomy before the body is findings",
        ),
        pytest.param(
            "TECHNIQUE: T1. No gadolinium. Comparison: CT 2020.\n\nFINDINGS\nNormal.",
            "CT 2020",
            "comparison",
            id="a heading within the line of another section",
        ),
        pytest.param(
            "HISTORY: pain.\nInterpretation: The cord is normal.\nImpression: Normal.",
            "The cord",
            "findings",
            id="interpretation before an impression is the body",
        ),
        pytest.param(
            "DIAGNOSIS: M54.5\nFINDINGS: Normal.\nDIAGNOSIS: Spondylosis.",
            "M54.5",
            "indication",
            id="a diagnosis before the body is the request's",
        ),
        pytest.param(
            "DIAGNOSIS: M54.5\nFINDINGS: Normal.\nDIAGNOSIS: Spondylosis.",
            "Spondylosis",
            "impression",
            id="a diagnosis after the body is the conclusion",
        ),
        pytest.param(
            "IMPRESSION: Normal.\n\nThese findings are common in people without back pain.\n\nNo fracture.",
            "common",
            "other",
            id="boilerplate about healthy people is set apart",
        ),
        pytest.param(
            "IMPRESSION: Normal.\n\nThese findings are common in people without back pain.\n\nNo fracture.",
            "No fracture",
            "impression",
            id="what follows boilerplate is the impression again",
        ),
        pytest.param(
            "IMPRESSION: Normal.\nNote: these findings are common in people without symptoms.",
            "common",
            "other",
            id="a note of boilerplate",
        ),
        pytest.param("FINDINGS: Bulge.\nNote: a cyst is seen.", "cyst", "findings", id="a note of a finding"),
        pytest.param(
            "FINDINGS:\nLimitations: motion.\nThe cord is normal.", "The cord", "findings", id="back to the body"
        ),
        pytest.param(
            "Elsewhere Trust - Radiology Report\nNHS No: 000\nReported: 14/03/2025\n\nL4-L5: Disc bulge.",
            "Disc bulge",
            "findings",
            id="a letterhead, then a level",
        ),
        pytest.param(
            "Elsewhere Trust - Radiology Report\nNHS No: 000\nReported: 14/03/2025\n\nDisc bulges are noted.",
            "Disc bulges",
            "findings",
            id="a letterhead, then prose",
        ),
        pytest.param(
            "Elsewhere Clinic\nName: [NAME]\n\nMultilevel disc bulges.",
            "Elsewhere",
            "other",
            id="a letterhead's first line",
        ),
        pytest.param(
            "FINDINGS: Normal cord.\n\nReport status: final\n\nL4-L5: Disc bulge.",
            "Disc bulge",
            "findings",
            id="a status within the body, then a level",
        ),
        pytest.param(
            "FINDINGS: Normal cord.\n\nReport status: final\n\nThe canal is patent and the discs are normal.",
            "The canal",
            "findings",
            id="a status within the body, then prose",
        ),
        pytest.param(
            "FINDINGS: Bulge.\n\nIMPRESSION: Bulge.\n\nSigned: [NAME]\n\nL4-5 was read at the workstation of the unit.",
            "L4-5",
            "other",
            id="after the impression other matter stays",
        ),
    ],
)
def test_words_are_in_the_right_category(text: str, words: str, category: str) -> None:
    assert category_of(text, words) == category


@pytest.mark.parametrize(
    ("text", "heading", "category"),
    [
        pytest.param(
            "FINDINGS:\nBulge.\nSPECIAL NOTES OF TUESDAY:\nMore.",
            "SPECIAL NOTES OF TUESDAY:",
            "findings",
            id="capitals",
        ),
        pytest.param(
            "HISTORY: Pain.\nAllergy Status:\nNone.\nFINDINGS: x", "Allergy Status:", "indication", id="title case"
        ),
        pytest.param(
            "HISTORY: Pain.\nALLERGIES: none\nFINDINGS: x", "ALLERGIES:", "indication", id="capitals in the line"
        ),
        pytest.param("MRI LUMBAR SPINE\nWIDGETS: The cord is fine.\n", "WIDGETS:", "findings", id="after a title"),
        pytest.param(
            "WIDGETS OF NOTE:\nThe cord is fine.\n", "WIDGETS OF NOTE:", "findings", id="where none is in force"
        ),
    ],
)
def test_an_unknown_heading_inherits_the_category(text: str, heading: str, category: str) -> None:
    unknown = [section for section in split(text) if not section.known_heading]
    assert [(section.heading, section.category) for section in unknown] == [(heading, category)]


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        pytest.param(
            "MRI CERVICAL SPINE\nMRI LUMBAR SPINE\n\nHISTORY: x\n\n--- CERVICAL ---\nFINDINGS:\nx\n\nIMPRESSION:\nx\n\n"
            "--- LUMBAR ---\nFINDINGS:\nx\n\nIMPRESSION:\nx",
            ["cervical", "lumbar", None, *["cervical"] * 3, *["lumbar"] * 3],
            id="blocks",
        ),
        pytest.param(
            "MRI CERVICAL AND LUMBAR SPINE\n\nCERVICAL SPINE FINDINGS:\nx\n\nLUMBAR SPINE FINDINGS:\nx\nIMPRESSION:\nx",
            [None, "cervical", "lumbar", None],
            id="headings that name a region",
        ),
        pytest.param(
            "MRI CERVICAL AND LUMBAR SPINE\n\nHISTORY: x\n\nCERVICAL SPINE:\nx\n\nLUMBAR SPINE:\nx\n\nIMPRESSION:\nx",
            [None, None, "cervical", "lumbar", None],
            id="regions as headings",
        ),
        pytest.param(
            "Cervical MRI :\nx is seen\nLSS MRI :\nx is seen", ["cervical", "cervical", "lumbar", "lumbar"], id="titles"
        ),
        pytest.param("MRI LUMBAR SPINE\nFINDINGS: x\nIMPRESSION: x", [None, None, None], id="one study has none"),
    ],
)
def test_a_block_has_the_region_of_its_study(text: str, regions: list[str | None]) -> None:
    assert [section.region for section in split(text)] == regions


PIECES = st.sampled_from(
    [
        *(
            "FINDINGS:",
            "Findings",
            "**IMPRESSION:** ",
            "HISTORY: pain",
            "MRI LUMBAR SPINE",
            "--- CERVICAL ---",
            "Conus: L1",
        ),
        *(
            "L4-5: bulge. ",
            "UNKNOWN THING:",
            "ADDENDUM 1/2/2024:",
            "Kind regards",
            "Dear Dr X",
            "There is a cyst.",
            "?mets",
        ),
        *(
            "\n",
            "\n\n",
            "\r\n",
            " ",
            "\t",
            ":",
            "|",
            "*",
            "1. ",
            "é",
            "\u2028",
            "Technique sagittal. ",
            "Note: x",
            "a" * 90,
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200)


@given(TEXTS)
def test_sections_tile_the_text(text: str) -> None:
    sections = split(text)
    if not text.strip():
        assert sections == ()
        return
    assert text[: sections[0].start].strip() == ""
    assert sections[-1].end == len(text)
    for number, section in enumerate(sections):
        assert section.section_id == number
        assert section.category in vocabulary.SECTIONS
        assert section.start <= section.body <= section.end
        assert section.start < section.end
        assert text[section.start : section.body].strip() == section.heading.strip()
    assert all(left.end == right.start for left, right in pairwise(sections))


@given(st.lists(PIECES.filter(lambda piece: "\r" not in piece), max_size=30).map("".join))
def test_line_ends_of_another_system_change_nothing(text: str) -> None:
    assert outline(text.replace("\n", "\r\n")) == outline(text)


@pytest.mark.parametrize(
    "pattern",
    [" ", ":", "7", "|", "\n", "a", "A b: ", "FINDINGS: ", "HISTORY: x\n", "MRI ", "(", "Findings. ", "** ", "L4-5: "],
    ids=repr,
)
def test_a_text_of_two_hundred_thousand_characters_is_read(pattern: str) -> None:
    text = (pattern * 200_000)[:200_000]
    sections = split(text)
    assert sum(section.end - section.start for section in sections) == (len(text) if text.strip() else 0)


OWN_TITLES = {"gold-various": 0.94}
"""Least share of sections found where writers set titles of their own: "M.R.I. LUMBO-SACRAL SPINE (PLAIN)"."""


@pytest.mark.parametrize("gold", GOLD, ids=lambda path: path.parent.name)
def test_gold_sections_are_found(gold: Path) -> None:
    found = wanted = 0
    for line in gold.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        expected = [(category, heading.strip()) for category, heading in record["sections"]]
        matcher = SequenceMatcher(None, expected, outline(record["text"]), autojunk=False)
        found += sum(block.size for block in matcher.get_matching_blocks())
        wanted += len(expected)
    assert found / wanted >= OWN_TITLES.get(gold.parent.name, 0.95)


@pytest.mark.parametrize("gold", GOLD, ids=lambda path: path.parent.name)
def test_gold_evidence_is_in_its_category(gold: Path) -> None:
    lost = []
    for line in gold.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        text, sections = record["text"], split(record["text"])
        wanted = [(row["evidence"], row["section"]) for row in record["findings"]]
        wanted += [
            (row["evidence"], "indication") for row in [*record["symptoms"], *record["red_flags"], *record["care"]]
        ]
        for evidence, category in wanted:
            places = [match.start() for match in re.finditer(re.escape(evidence), text)]
            if not any(s.category == category and s.body <= at < s.end for at in places for s in sections):
                lost.append((record["report_id"], category))
    assert not lost


BLOCKS = [
    row for row in ROWS if {"block", "spoken"} & set(row.form.split()) and not {"cued", "cue"} & set(row.form.split())
]


@pytest.mark.parametrize("row", BLOCKS, ids=lambda row: row.id)
def test_a_heading_of_the_lexicon_opens_its_section(row: Heading) -> None:
    found = [section for section in split(f"FINDINGS: x\n\n{row.example}\nmore") if section.heading]
    assert row.category in [section.category for section in found[1:] if section.known_heading]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_of_the_lexicon_stands_in_its_example(row: Heading) -> None:
    def plain(words: str) -> str:
        return " ".join(re.sub(r"[^a-z#?]+", " ", re.sub(r"\d+", "#", words.lower()).replace("&", "and")).split())

    example = f" {plain(row.example)} "
    assert any(f" {plain(spelling)} " in example or f" ?{plain(spelling)}" in example for spelling in expand(row.term))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_of_the_lexicon_has_known_forms(row: Heading) -> None:
    assert {form.partition(":")[0] for form in row.form.split()} <= set(layout.FORMS)
