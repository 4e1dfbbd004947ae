"""What an addendum corrects: the corrected rows stay and name the row of the addendum, and nothing else does."""

from __future__ import annotations

from functools import cache

import pytest

from spinelink import lexicon
from spinelink.analysis import Rules, analyse, compile_rules
from spinelink.lexicon import Phrase
from spinelink.phrases import fold
from spinelink.records import Analysis, Finding, Report
from spinelink.tabulate import Shown, tabulate


@cache
def rules() -> Rules:
    """The shipped rules, compiled once."""
    return compile_rules(lexicon.shipped())


def analysed(body: str, addendum: str, exam: str = "MRI lumbar spine") -> Analysis:
    """Return what the stages make of a body with its addendum."""
    return analyse(Report("r", f"FINDINGS:\n{body}\n\nADDENDUM: {addendum}", "r.txt", 0, exam=exam), rules())


def fact(finding: Finding) -> str:
    """Return type, level, side, severity and assertion."""
    mention = finding.mention
    return ":".join(
        (f"{mention.finding_type}@{finding.level}", mention.side, mention.severity, mention.assertion)
    )  # fmt: skip


CASES = {
    "other-side": (
        "L4-L5: Left disc protrusion.", "The disc protrusion at L4-5 is on the right, not the left.",
        {"disc_protrusion@L4-L5:left::present": "disc_protrusion@L4-L5:right::present"},
    ),
    "other-side-said-in-findings-and-impression": (
        "L4-L5: Left disc protrusion.\n\nIMPRESSION:\nLeft protrusion at L4-5.", "The disc protrusion at L4-5 is on the right.",
        {"disc_protrusion@L4-L5:left::present": "disc_protrusion@L4-L5:right::present"},
    ),
    "other-side-of-a-pair-in-words-of-correction": (
        "L4-L5: Mild left foraminal stenosis.", "This should read mild right foraminal stenosis at L4-5.",
        {"foraminal_stenosis@L4-L5:left:mild:present": "foraminal_stenosis@L4-L5:right:mild:present"},
    ),
    "other-side-of-a-pair-is-added": (
        "L4-L5: Mild left foraminal stenosis.", "There is also mild right foraminal stenosis at L4-5.", {},
    ),
    "grade-of-one-side": (
        "L4-L5: Mild left and mild right foraminal stenosis.", "The left foraminal stenosis at L4-5 should read severe left foraminal stenosis.",
        {"foraminal_stenosis@L4-L5:left:mild:present": "foraminal_stenosis@L4-L5:left:severe:present"},
    ),
    "other-grade": (
        "L4-L5: Mild canal stenosis.", "The canal stenosis at L4-L5 is moderate.",
        {"central_canal_stenosis@L4-L5::mild:present": "central_canal_stenosis@L4-L5::moderate:present"},
    ),
    "same-grade": ("L4-L5: Mild canal stenosis.", "Mild canal stenosis at L4-L5, as discussed.", {}),
    "grade-is-added": ("L4-L5: Canal stenosis.", "Moderate canal stenosis at L4-L5.", {}),
    "other-level-in-words-of-correction": (
        "L4-L5: Disc extrusion.", "The level of the disc extrusion should read L5-S1.",
        {"disc_extrusion@L4-L5:::present": "disc_extrusion@L5-S1:::present"},
    ),
    "other-level-is-added": ("L4-L5: Disc extrusion.", "There is also a disc extrusion at L5-S1.", {}),
    "other-level-of-several": (
        "L3-L4: Disc protrusion.\nL4-L5: Disc protrusion.", "Correction: disc protrusion at L5-S1.", {},
    ),
    "denied": (
        "L4-L5: Disc extrusion.", "There is no disc extrusion at L4-L5.",
        {"disc_extrusion@L4-L5:::present": "disc_extrusion@L4-L5:::absent"},
    ),
    "denied-by-the-general-name": (
        "L4-L5: Disc extrusion.", "No disc herniation at L4-L5.",
        {"disc_extrusion@L4-L5:::present": "disc_herniation@L4-L5:::absent"},
    ),
    "denied-by-a-finer-name": ("L4-L5: Disc protrusion.", "No disc extrusion at L4-L5.", {}),
    "denied-throughout-in-words-of-correction": (
        "Fracture of T12.", "Correction: No fracture.",
        {"vertebral_fracture@T12:::present": "vertebral_fracture@:::absent"},
    ),
    "denied-throughout-without-them": ("Fracture of T12.", "No fracture on the new CT.", {}),
    "denied-as-acute": ("Old fracture of T12.", "Correction: No acute fracture.", {}),
    "denied-as-severe": ("L4-L5: Mild canal stenosis.", "No severe canal stenosis at L4-L5.", {}),
    "found-where-denied": (
        "L4-L5: No canal stenosis.", "There is mild canal stenosis at L4-L5.",
        {"central_canal_stenosis@L4-L5:::absent": "central_canal_stenosis@L4-L5::mild:present"},
    ),
    "found-where-denied-throughout": (
        "No fracture.", "On review there is a fracture of L1.",
        {"vertebral_fracture@:::absent": "vertebral_fracture@L1:::present"},
    ),
    "organs-are-many": ("Left renal cyst.", "Correction: Right adrenal nodule.", {}),
    "new-thing": ("L4-L5: Disc bulge.", "Correction: There is also a left renal cyst.", {}),
}  # fmt: skip


@pytest.mark.parametrize(("body", "addendum", "held"), CASES.values(), ids=CASES)
def test_an_addendum_corrects(body: str, addendum: str, held: dict[str, str]) -> None:
    findings = analysed(body, addendum).findings
    assert any(finding.category == "addendum" for finding in findings)
    corrected = {fact(f): fact(findings[f.superseded_by]) for f in findings if f.superseded_by is not None}
    assert corrected == held
    assert all(f.superseded_by is not None for f in findings if f.category != "addendum" and fact(f) in held)


@pytest.mark.parametrize(
    "row", [row for row in lexicon.shipped().phrases("statements") if row.field == "amendment"], ids=lambda row: row.id
)
def test_words_of_correction_are_found_in_their_example(row: Phrase) -> None:
    assert row.id in {hit.row.id for hit in rules().corrections.amendment.hits(fold(row.example))}


def test_an_addendum_of_one_region_leaves_the_other_alone() -> None:
    text = "MRI CERVICAL SPINE\nFINDINGS:\nNo fracture.\n\nMRI LUMBAR SPINE\nFINDINGS:\nNo fracture."
    addendum = "\n\nADDENDUM: There is a fracture of L1."
    findings = analyse(Report("r", text + addendum, "r.txt", 0, exam="MRI cervical and lumbar spine"), rules()).findings
    assert {f.region for f in findings if f.superseded_by is not None} == {"lumbar"}


def test_the_table_names_the_row_that_holds() -> None:
    body = "ADDENDUM: The protrusion at L4-5 is on the right.\n\nFINDINGS:\nL3-L4: Disc bulge.\nL4-L5: Left disc protrusion."
    analysis = analyse(Report("r", body, "r.txt", 0, exam="MRI lumbar spine"), rules())
    rows = tabulate([analysis], Shown())["findings"].to_pylist()
    old = [row for row in rows if row["superseded_by"] is not None]
    assert [(row["side"], rows[row["superseded_by"]]["side"]) for row in old] == [("left", "right")]
    assert rows[old[0]["superseded_by"]]["section"] == "addendum"
