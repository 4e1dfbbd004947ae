"""What stands around a report states nothing: forms, codes, templates, legends, disclaimers, signatures, page heads."""

from __future__ import annotations

from functools import lru_cache

import pytest

from spinelink import lexicon
from spinelink.analysis import analyse, compile_rules
from spinelink.records import Report

RULES = compile_rules(lexicon.shipped())

AMERICAN = """{top}EXAM: MRI LUMBAR SPINE WITHOUT CONTRAST

INDICATION: Low back pain radiating to the left leg.
{request}
TECHNIQUE: Sagittal T1, T2 and STIR, axial T1 and T2.
{technique}
COMPARISON: None.
{comparison}
FINDINGS:
{opening}Lumbar lordosis is preserved. No fracture.

L3-L4: Mild disc bulge.
{middle}
L4-L5: Left paracentral disc protrusion with mild left lateral recess stenosis.

L5-S1: No disc herniation. The canal and foramina are patent.
{last}
IMPRESSION:
1. Left paracentral protrusion at L4-L5.
2. Mild bulge at L3-L4.
{end}"""
BRITISH = """{top}MRI Lumbar Spine

Clinical details: Left sciatica.
{request}{technique}{comparison}
{opening}There is a small left paracentral disc protrusion at L5/S1, contacting the left S1 root.

{middle}
The L4/5 disc is dehydrated with a minor bulge. Canal and exit foramina are capacious.
{last}
Conclusion: Small left L5/S1 protrusion with contact to the S1 root.
{end}"""
INDIAN = """{top}MRI LUMBO-SACRAL SPINE
{request}{technique}{comparison}
{opening}
- Straightening of lumbar lordosis.
- Disc desiccation at L4-L5 and L5-S1.
{middle}- L4-L5: Diffuse disc bulge with ligamentum flavum thickening causing moderate canal stenosis.
- L5-S1: Posterior annular tear.
{last}
IMPRESSION : Lumbar spondylosis with L4-L5 canal stenosis.
{end}"""
REPORTS = {"american": AMERICAN, "british": BRITISH, "indian": INDIAN}
PLACES = ("top", "request", "technique", "comparison", "opening", "middle", "last", "end")


@lru_cache
def facts(text: str, exam: str | None = None) -> frozenset[tuple[str, ...]]:
    """Return the facts of a report's text, with the section that states them."""
    findings = analyse(Report("report", text, "report.txt", 0, exam=exam), RULES).findings
    return frozenset(
        (m.finding_type, finding.level, m.side, m.severity, m.assertion, finding.category)
        for finding in findings
        for m in [finding.mention]
    )


def filled(form: str, **parts: str) -> str:
    """Return a report with blocks at the places named, each a paragraph of its own."""
    headed = {"comparison": "Comparison: "} if form != "american" else {}
    blocks = {place: f"\n{headed.get(place, '')}{block}\n\n" for place, block in parts.items()}
    return REPORTS[form].format(**{place: blocks.get(place, "") for place in PLACES})


BLOCKS: dict[str, tuple[str, str]] = {
    "patient_lines": (
        "top",
        "Name: DOE, JANE\nMRN: 00471183      DOB: 04/17/1961      Sex: F\nReferring: Dr Slip\nWard: Spinal Unit\n"
        "Hospital: Lumbar Hill Fracture Clinic",
    ),
    "patient_block": (
        "top",
        "DEPARTMENT OF RADIOLOGY\nPatient: DOE, JANE   Age/Sex: 63 y / F\nOrdering Provider: Root, Canal MD\n"
        "Reason for exam: Spinal stenosis, lumbar region with neurogenic claudication\nAccession: 8841177",
    ),
    "order_lines": (
        "top",
        "Order: 8812 MRI LUMBAR SPINE WO\nOrder comments: rule out disc herniation, spondylolisthesis L4-5\n"
        "Ordering diagnosis: Lumbar radiculopathy; Herniated nucleus pulposus, L4-5",
    ),
    "exam_for_a_disease": ("top", "Exam: MRI lumbar spine for disc herniation and canal stenosis"),
    "protocol_request": (
        "request",
        "Protocol request: MRI lumbar spine, evaluate for fracture, metastases or discitis.",
    ),
    "reason_for_exam": ("request", "Reason for exam: Spondylolisthesis L5-S1, severe foraminal stenosis"),
    "icd_line": ("request", "ICD-10: M51.26 Other intervertebral disc displacement, lumbar region"),
    "icd_lines": (
        "request",
        "Diagnosis codes:\nM48.061 Spinal stenosis, lumbar region without neurogenic claudication\n"
        "M43.16 Spondylolisthesis, lumbar region\nM51.36 Other intervertebral disc degeneration, lumbar region",
    ),
    "icd_at_the_end": ("end", "ICD-10 codes: M51.26 Other intervertebral disc displacement, M48.061 Spinal stenosis"),
    "dx_line": ("request", "Dx: M54.16 Radiculopathy, lumbar region; M47.816 Spondylosis without myelopathy"),
    "cpt_line": (
        "end",
        "CPT: 72148 MRI lumbar spine without contrast\nDx: M51.26 Other intervertebral disc displacement",
    ),
    "bare_icd_line": ("end", "M51.26 - Other intervertebral disc displacement, lumbar region"),
    "questionnaire": (
        "request",
        "Patient questionnaire: Prior spine surgery: No. Fracture: No. Cancer: No. Scoliosis: Yes. Osteoporosis: Yes.",
    ),
    "technique_for_a_disease": (
        "technique",
        "Axial images were angled through the discs for evaluation of central canal stenosis, foraminal stenosis and "
        "nerve root compression.",
    ),
    "technique_of_contrast": (
        "technique",
        "Gadolinium was not given; enhancement of scar or discitis cannot be judged. Compression of the images 10:1.",
    ),
    "technique_of_levels": ("technique", "Axial blocks were placed from the L3-L4 disc through the L5-S1 disc."),
    "prior_described": (
        "comparison",
        "MRI lumbar spine 02/03/2019, which showed a large right L5-S1 extrusion and severe stenosis at L2-L3.",
    ),
    "prior_sentences": (
        "comparison",
        "Outside CT of 2018. At that time there was a T12 compression fracture. Grade 1 anterolisthesis of L4 was noted.",
    ),
    "prior_report_quoted": (
        "comparison",
        "Prior report (2017) impression: 1. Severe canal stenosis at L2-L3. 2. Right L5-S1 extrusion.",
    ),
    "nomenclature": (
        "opening",
        "Nomenclature used in this report: bulge is displacement of more than 25% of the circumference; protrusion is "
        "focal, with a base wider than its depth; extrusion has a narrower base; sequestration has lost contact.",
    ),
    "lumbar_disc_nomenclature": (
        "end",
        "Disc terminology follows Lumbar Disc Nomenclature: Version 2.0 (disc bulge, protrusion, extrusion, "
        "sequestration).",
    ),
    "grading_of_stenosis": (
        "end",
        "Grading: mild = <1/3 of the canal, moderate = 1/3 to 2/3, severe stenosis = >2/3 of the canal.",
    ),
    "stenosis_grading": (
        "opening",
        "Stenosis grading: mild: partial effacement of CSF; moderate: crowding of roots; severe: obliteration of CSF "
        "with compression of the cauda equina.",
    ),
    "legend_of_foramina": (
        "end",
        "Foraminal stenosis grading (Lee): grade 0 = no stenosis, grade 1 = mild, grade 2 = moderate, grade 3 = severe "
        "foraminal stenosis with nerve root compression.",
    ),
    "legend_lines": (
        "end",
        "Key:\nMild stenosis: less than one third\nModerate stenosis: one third to two thirds\nSevere stenosis: more "
        "than two thirds",
    ),
    "pfirrmann_legend": (
        "end",
        "Pfirrmann grade: I = normal disc; III = inhomogeneous, gray disc; V = black disc with collapsed disc space.",
    ),
    "modic_legend": ("end", "Modic type 1 denotes marrow edema, type 2 fatty change and type 3 endplate sclerosis."),
    "prevalence_intro": (
        "end",
        "The following findings are so common in people without low back pain that while we report their presence, "
        "they must be interpreted with caution and in the context of the clinical situation (Reference: Jarvik et al, "
        "Spine 2001):\nFindings (prevalence in patients without low back pain)\nDisc degeneration (decreased T2 signal, "
        "height loss, bulge) (91%)\nDisc signal loss (83%)\nDisc height loss (56%)\nDisc bulge (64%)\nDisc protrusion "
        "(32%)\nAnnular tear (38%)",
    ),
    "prevalence_by_age": (
        "end",
        "Prevalence of findings in asymptomatic people by age (Brinjikji 2015): disc degeneration 80%, disc bulge 60%, "
        "facet degeneration 32%, spondylolisthesis 14% at age 50.",
    ),
    "prevalence_in_a_study": (
        "end",
        "In a study of asymptomatic 60 year olds, 88% had disc degeneration, 69% had a disc bulge and 50% had facet "
        "arthropathy.",
    ),
    "prevalence_note": (
        "end",
        "Note: Disc degeneration, disc bulges and annular fissures are common in persons without back pain and may not "
        "be the cause of symptoms.",
    ),
    "signature": (
        "end",
        "Electronically signed by: Frank Bulge, MD, Fellowship-trained in spine stenosis imaging\nSigned 03/14/2025 14:22",
    ),
    "signature_of_a_unit": ("end", "Dr S. Canal FRCR\nConsultant Radiologist, Scoliosis and Spinal Fracture Unit"),
    "dictated": ("end", "Dictated by: Dr Root   D: 03/14/2025 13:55   T: 03/14/2025 14:01   Job: 88117"),
    "transcribed": ("end", "Transcribed by: kl / Herniated Disc Clinic transcription pool, 14-Mar-2025"),
    "copies": ("end", "cc: Spinal Stenosis Clinic; Dr Fusion, Fracture Liaison Service"),
    "fax_footer": ("end", "FAX 555-0142  LUMBAR SPINE CENTER - DISC HERNIATION AND SCOLIOSIS SPECIALISTS  PAGE 1/1"),
    "page_head": ("middle", "Page 2 of 3\nDOE, JANE   MRN 00471183   MRI LUMBAR SPINE WITHOUT CONTRAST"),
    "page_head_with_indication": (
        "last",
        "Page 2 of 2\nPatient: DOE, JANE   DOB: 04/17/1961\nReason for exam: spondylolisthesis",
    ),
    "page_foot": ("middle", "--- Continued on next page ---\nFracture and Spine Radiology Associates   Page 1 of 2"),
    "communicated_heading": (
        "end",
        "CRITICAL RESULT: Cord compression and epidural abscess protocol followed. Dr [NAME] was notified at 14:02.",
    ),
    "billing": ("end", "Billing: 72148; diagnosis M51.26 intervertebral disc displacement; modifier 26"),
    "measure": (
        "end",
        "Measure #147: no correlative bone scan. MIPS: vertebral compression fracture documented as incidental, G9554.",
    ),
    "quality_measure": (
        "end",
        "Quality measures: 3288F Falls risk assessed. G8694 Osteoporosis, fracture history: not applicable.",
    ),
    "machine_reading": (
        "end",
        "Disclaimer: An AI tool for fracture and stenosis detection was used. It is not a substitute for reading by a "
        "radiologist and may miss vertebral fractures.",
    ),
    "machine_reading_in_line": (
        "end",
        "This study was processed with software for automated detection of vertebral compression fractures and disc "
        "herniation.",
    ),
    "speech_recognition": (
        "end",
        "This report was dictated with speech recognition. Errors such as 'no stenosis' for 'known stenosis' may occur.",
    ),
    "patient_information": (
        "end",
        "Patient information: A herniated disc is a disc that has moved out of place. Spinal stenosis means narrowing "
        "of the spinal canal.",
    ),
    "limits_of_the_method": (
        "end",
        "Supine MRI may underestimate spondylolisthesis and dynamic stenosis. MRI does not exclude fracture in the "
        "first 24 hours.",
    ),
    "teaching": (
        "end",
        "Teaching physician statement: I have personally reviewed the images and the resident's interpretation of disc "
        "herniation and agree.",
    ),
    "addendum_stub": ("end", "ADDENDUM: None."),
    "addendum_of_agreement": ("end", "ADDENDUM: I have reviewed the images and agree with the above."),
    "macro": ("end", "[Macro: Lumbar spine normal / no herniation / no stenosis v3.2]"),
    "pick_list": (
        "end",
        "Report template: MRI L-spine degenerative (bulge, protrusion, extrusion, stenosis), version 7",
    ),
    "follow_up_table": (
        "end",
        "Recommendations: Fracture liaison referral for osteoporotic vertebral fracture if clinically indicated.",
    ),
    "reference": (
        "end",
        "Reference: Fardon DF, et al. Lumbar disc nomenclature: version 2.0. Spine J 2014. Lurie JD: lumbar spinal "
        "stenosis, 2008.",
    ),
    "study_text": ("end", "Patient is enrolled in the SPINE-STENOSIS registry (lumbar disc herniation arm)."),
}


def test_each_report_states_something() -> None:
    assert {form: len(facts(filled(form))) for form in REPORTS} == {"american": 10, "british": 8, "indian": 9}


@pytest.mark.parametrize("form", REPORTS)
@pytest.mark.parametrize(("place", "block"), BLOCKS.values(), ids=BLOCKS)
def test_a_block_states_nothing(place: str, block: str, form: str) -> None:
    assert facts(filled(form, **{place: block})) == facts(filled(form))


STATED = {
    "communicated": (
        "Findings of nerve root compression were discussed with Dr [NAME] by telephone at 14:02.",
        "nerve_root_involvement",
    ),
    "for_a_code": ("Lumbar spinal stenosis (M48.061).", "central_canal_stenosis"),
    "finding_with_a_share": ("Annular tear, a finding common in people without back pain.", "annular_fissure"),
    "after_a_key": (
        "Stenosis grading: mild is less than one third.\n\nMild canal stenosis at L2-L3.",
        "central_canal_stenosis",
    ),
    "after_a_page_head": ("Page 2 of 2\nDOE, JANE\nReason for exam: pain\n\nAnnular tear at L1-L2.", "annular_fissure"),
    "level_after_a_page_head": ("Page 2 of 2\nDOE, JANE\nL2-L3: Annular tear.", "annular_fissure"),
    "after_a_reference": ("Reference: Spine 2014.\n\nAnnular tear at L1-L2.", "annular_fissure"),
    "measured": ("AP diameter = 9 mm, severe canal stenosis.", "central_canal_stenosis"),
}


@pytest.mark.parametrize("form", REPORTS)
@pytest.mark.parametrize(("block", "finding_type"), STATED.values(), ids=STATED)
def test_what_stands_beside_or_after_a_block_is_stated(block: str, finding_type: str, form: str) -> None:
    """A communication says what was found: it is no less a statement for having been made by telephone."""
    stated = facts(filled(form, last=block)) - facts(filled(form))
    assert finding_type in {fact[0] for fact in stated}
