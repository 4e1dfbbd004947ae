"""The table of levels: one row for each disc of an imaged region, each column by what the report says of it."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import lexicon, schemas, vocabulary
from spinelink.analysis import Rules, analyse, compile_rules
from spinelink.levels import discs_of
from spinelink.records import Report
from spinelink.tabulate import Shown, tabulate

LUMBAR = ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")


@cache
def rules() -> Rules:
    """The shipped rules, compiled once."""
    return compile_rules(lexicon.shipped())


def grid(text: str, exam: str = "MRI lumbar spine") -> dict[str, dict[str, object]]:
    """Return the rows of a report's levels by level."""
    rows = analyse(Report("r", text, "r.txt", 0, exam=exam), rules()).levels
    assert len({row.level for row in rows}) == len(rows)
    return {row.level: asdict(row) for row in rows}


def cell(text: str, where: str, exam: str = "MRI lumbar spine") -> object:
    """Return one cell, `where` being column@level."""
    column, _, level = where.partition("@")
    return grid(text, exam)[level][column]


ROWS = {
    "lumbar": ("MRI lumbar spine", "No fracture.", LUMBAR),
    "cervical": ("MRI cervical spine", "No fracture.", ("C2-C3", "C3-C4", "C4-C5", "C5-C6", "C6-C7", "C7-T1")),
    "thoracic": ("MRI thoracic spine", "No fracture.", (*[f"T{n}-T{n + 1}" for n in range(1, 12)], "T12-L1")),
    "junction-where-it-is-mentioned": ("MRI lumbar spine", "T12-L1: Normal.", ("T12-L1", *LUMBAR)),
    "upper-cervical-where-it-is-mentioned": (
        "MRI cervical spine", "C1-C2: Facet arthropathy.", ("C1-C2", "C2-C3", "C3-C4", "C4-C5", "C5-C6", "C6-C7", "C7-T1"),
    ),
    "two-regions": ("MRI cervical and lumbar spine", "No fracture.", (*discs_of("cervical"), *LUMBAR)),
    "six-lumbar-vertebrae": (
        "MRI lumbar spine", "L5-L6: Disc bulge. L6-S1: Normal.", ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-L6", "L6-S1"),
    ),
    "not-of-the-spine": ("MRI knee", "No fracture. Joint effusion.", ()),
}  # fmt: skip


@pytest.mark.parametrize(("exam", "text", "levels"), ROWS.values(), ids=ROWS)
def test_a_report_has_these_rows(exam: str, text: str, levels: tuple[str, ...]) -> None:
    assert set(grid(f"FINDINGS:\n{text}", exam)) == set(levels)


@pytest.mark.parametrize("region", vocabulary.REGIONS)
def test_discs_of_a_region_stand_in_the_order_of_the_spine(region: str) -> None:
    places = [vocabulary.DISC_LEVELS.index(level) for level in discs_of(region)]
    assert all(after == before + 1 for before, after in pairwise(places))
    assert bool(places) == (region != "sacral")


CELLS = {
    "silence": ("L4-L5: Disc bulge.", "canal@L4-L5", "not_mentioned"),
    "grade": ("L4-L5: Moderate canal stenosis.", "canal@L4-L5", "moderate"),
    "no-grade": ("L4-L5: Canal stenosis.", "canal@L4-L5", "present_ungraded"),
    "possible": ("L4-L5: Possible canal stenosis.", "canal@L4-L5", "possible"),
    "denied": ("L4-L5: No canal stenosis.", "canal@L4-L5", "absent"),
    "patent": ("L4-L5: The canal is patent.", "canal@L4-L5", "absent"),
    "denied-as-significant": ("L4-L5: No significant canal stenosis.", "canal@L4-L5", "absent"),
    "denied-as-severe": ("L4-L5: No severe canal stenosis.", "canal@L4-L5", "not_severe"),
    "grade-over-denied-grade": ("L4-L5: Mild canal stenosis. No severe canal stenosis.", "canal@L4-L5", "mild"),
    "worst-of-two": ("L4-L5: Mild canal stenosis.\n\nIMPRESSION:\nSevere canal stenosis at L4-5.", "canal@L4-L5", "severe"),
    "grade-over-no-grade": ("L4-L5: Mild canal stenosis.\n\nIMPRESSION:\nCanal stenosis at L4-5.", "canal@L4-L5", "mild"),
    "one-grade-for-two-levels": (
        "L3-L4: Moderate canal stenosis.\nL4-L5: Severe canal stenosis.\n\nIMPRESSION:\nSevere canal stenosis at L3-4 and L4-5.", "canal@L3-L4", "moderate",
    ),
    "one-grade-for-two-levels-alone": ("Facet arthropathy.\n\nIMPRESSION:\nSevere canal stenosis at L3-4 and L4-5.", "canal@L3-L4", "severe"),
    "affirmed-over-denied": ("L4-L5: No canal stenosis.\n\nIMPRESSION:\nMild canal stenosis at L4-5.", "canal@L4-L5", "mild"),
    "side": ("L4-L5: Moderate left foraminal stenosis.", "left_foramen@L4-L5", "moderate"),
    "other-side": ("L4-L5: Moderate left foraminal stenosis.", "right_foramen@L4-L5", "not_mentioned"),
    "both-sides": ("L4-L5: Mild bilateral foraminal stenosis.", "right_foramen@L4-L5", "mild"),
    "different-grades-left": ("L4-L5: Mild left and severe right foraminal stenosis.", "left_foramen@L4-L5", "mild"),
    "different-grades-right": ("L4-L5: Mild left and severe right foraminal stenosis.", "right_foramen@L4-L5", "severe"),
    "unstated-side-left": ("L4-L5: Mild foraminal stenosis.", "left_foramen@L4-L5", "mild"),
    "unstated-side-right": ("L4-L5: Mild foraminal stenosis.", "right_foramen@L4-L5", "mild"),
    "unstated-side-of-an-impression-sums-up": (
        "L4-L5: Severe left foraminal stenosis.\n\nIMPRESSION:\nSevere foraminal stenosis at L4-5.", "right_foramen@L4-L5", "not_mentioned",
    ),
    "unstated-side-of-an-impression-alone": ("L4-L5: Disc bulge.\n\nIMPRESSION:\nMild foraminal stenosis at L4-5.", "right_foramen@L4-L5", "mild"),
    "recess": ("L4-L5: Severe right lateral recess stenosis.", "right_recess@L4-L5", "severe"),
    "recess-is-no-foramen": ("L4-L5: Severe right lateral recess stenosis.", "right_foramen@L4-L5", "not_mentioned"),
    "foramen-of-a-vertebra": ("Moderate left L5 foraminal stenosis.", "left_foramen@L5-S1", "moderate"),
    "denied-at-every-level": ("L4-L5: Disc bulge.\n\nNo canal stenosis at any level.", "canal@L2-L3", "absent"),
    "denied-throughout-yields-to-the-level": ("L4-L5: Mild canal stenosis.\n\nNo severe canal stenosis at any level.", "canal@L4-L5", "mild"),
    "denied-grade-throughout": ("L4-L5: Mild canal stenosis.\n\nNo severe canal stenosis at any level.", "canal@L2-L3", "not_severe"),
    "denied-of-the-whole-study": ("The spinal canal is patent.\n\nL4-L5: Disc bulge.", "canal@L1-L2", "absent"),
    "denied-throughout-but-affirmed-somewhere": ("Multilevel mild canal stenosis.\n\nIMPRESSION:\nNo canal stenosis.", "canal@L1-L2", "not_mentioned"),
    "affirmed-of-unnamed-levels-fills-none": ("Multilevel moderate canal stenosis.", "canal@L4-L5", "not_mentioned"),
    "remaining-levels": ("L4-L5: Disc bulge.\n\nThe remaining levels are normal.", "left_foramen@L1-L2", "absent"),
    "remaining-levels-are-not-this": ("L4-L5: Disc bulge.\n\nThe remaining levels are normal.", "disc@L4-L5", "bulge"),
    "not-judged-at-a-level": ("L5-S1: The canal is not well assessed due to artifact.", "canal@L5-S1", "not_assessable"),
    "not-judged-is-of-its-structure": ("L5-S1: The canal is not well assessed due to artifact.", "left_foramen@L5-S1", "not_mentioned"),
    "not-judged-at-all": ("L1-L2: not imaged.", "left_recess@L1-L2", "not_assessable"),
    "not-judged-throughout": ("The neural foramina are not well assessed due to motion.", "right_foramen@L2-L3", "not_assessable"),
    "not-judged-but-stated": ("L5-S1: Moderate canal stenosis. The canal is not well assessed.", "canal@L5-S1", "moderate"),
    "bulge": ("L4-L5: Disc bulge.", "disc@L4-L5", "bulge"),
    "worst-disc": ("L4-L5: Disc bulge with small extrusion.", "disc@L4-L5", "extrusion"),
    "normal-level": ("L4-L5: Normal.", "disc@L4-L5", "normal"),
    "bulge-and-herniation-denied": ("L4-L5: No disc bulge or herniation.", "disc@L4-L5", "normal"),
    "herniation-alone-denied": ("L4-L5: No disc herniation.", "disc@L4-L5", "not_mentioned"),
    "possible-protrusion": ("L4-L5: Possible disc protrusion.", "disc@L4-L5", "not_mentioned"),
    "osteophyte-complex-is-not-normal": ("L4-L5: Disc osteophyte complex. No disc bulge or herniation.", "disc@L4-L5", "not_mentioned"),
    "meyerding": ("Grade 2 anterolisthesis of L4 on L5.", "listhesis_grade@L4-L5", "2"),
    "meyerding-roman": ("Grade I retrolisthesis of L5 on S1.", "listhesis_grade@L5-S1", "1"),
    "listhesis-without-grade": ("Anterolisthesis of L4 on L5.", "listhesis_grade@L4-L5", "present_ungraded"),
    "normal-alignment": ("Alignment is normal.", "listhesis_grade@L4-L5", "absent"),
    "possible-listhesis": ("L4-L5: Possible anterolisthesis. Alignment is normal elsewhere.", "listhesis_grade@L4-L5", "not_mentioned"),
    "fusion": ("Posterior fusion at L4-L5.", "operated@L4-L5", True),
    "no-surgery": ("L4-L5: Disc bulge.", "operated@L4-L5", False),
    "laminectomy-of-one-vertebra": ("Laminectomy at L4.", "operated@L4-L5", True),
    "laminectomy-of-one-vertebra-is-not-above": ("Laminectomy at L4.", "operated@L3-L4", False),
    "laminectomy-of-neighbours": ("Laminectomy at L4 and L5.", "operated@L4-L5", True),
    "laminectomy-of-neighbours-ends-between-them": ("Laminectomy at L4 and L5.", "operated@L5-S1", False),
    "rsna-denied": ("L4-L5: No canal stenosis.", "rsna_canal@L4-L5", "normal_mild"),
    "rsna-mild": ("L4-L5: Mild canal stenosis.", "rsna_canal@L4-L5", "normal_mild"),
    "rsna-mild-to-moderate": ("L4-L5: Mild to moderate canal stenosis.", "rsna_canal@L4-L5", "moderate"),
    "rsna-moderate-to-severe": ("L4-L5: Moderate to severe right recess stenosis.", "rsna_right_subarticular@L4-L5", "severe"),
    "rsna-no-grade": ("L4-L5: Canal stenosis.", "rsna_canal@L4-L5", None),
    "rsna-denied-grade": ("L4-L5: No severe canal stenosis.", "rsna_canal@L4-L5", None),
    "rsna-silence": ("L4-L5: Disc bulge.", "rsna_left_foramen@L4-L5", None),
    "rsna-side": ("L4-L5: Severe left foraminal stenosis.", "rsna_left_foramen@L4-L5", "severe"),
    "rsna-outside-its-levels": ("T12-L1: Severe canal stenosis.", "rsna_canal@T12-L1", None),
    "corrected-by-an-addendum": ("L4-L5: Mild canal stenosis.\n\nADDENDUM: The canal stenosis at L4-L5 is moderate.", "canal@L4-L5", "moderate"),
    "denied-by-an-addendum": ("L4-L5: Disc extrusion.\n\nADDENDUM: Correction: no disc extrusion at L4-L5.", "disc@L4-L5", "not_mentioned"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "where", "value"), CELLS.values(), ids=CELLS)
def test_a_cell_says_what_the_report_says(text: str, where: str, value: object) -> None:
    assert cell(f"FINDINGS:\n{text}", where) == value


def test_a_denial_of_one_region_fills_that_region_alone() -> None:
    text = "MRI CERVICAL SPINE\nFINDINGS:\nNo canal stenosis.\n\nMRI LUMBAR SPINE\nFINDINGS:\nL4-L5: Disc bulge."
    states = {level: row["canal"] for level, row in grid(text, "MRI cervical and lumbar spine").items()}
    assert (states["C4-C5"], states["L4-L5"]) == ("absent", "not_mentioned")


PHRASES = (
    "Normal.", "Mild disc bulge.", "Moderate canal stenosis.", "No severe foraminal stenosis.", "Left disc extrusion.",
    "Severe right foraminal stenosis.", "Laminectomy.", "Possible canal stenosis.", "The canal is not assessed.",
)  # fmt: skip
LINES = st.lists(st.tuples(st.sampled_from(("T12-L1", *LUMBAR, "L5-L6")), st.sampled_from(PHRASES)), max_size=8)


@given(LINES, LINES)
def test_the_table_has_one_good_row_for_each_level(body: list[tuple[str, str]], end: list[tuple[str, str]]) -> None:
    lines = [f"{level}: {phrase}" for level, phrase in body], [f"{level}: {phrase}" for level, phrase in end]
    text = "FINDINGS:\n" + "\n".join(lines[0]) + "\n\nIMPRESSION:\n" + "\n".join(lines[1])
    analysis = analyse(Report("r", text, "r.txt", 0, exam="MRI lumbar spine"), rules())
    rows = tabulate([analysis], Shown())["levels"]
    schemas.check(rows, "levels")
    levels = rows.column("level").to_pylist()
    named = {finding.level for finding in analysis.findings if finding.level_kind == "disc"}
    assert len(levels) == len(set(levels))
    assert set(levels) | {"L5-S1"} == set(LUMBAR) | named | ({"L5-L6", "L6-S1"} if "L5-L6" in named else set())
    assert levels == sorted(levels, key=vocabulary.DISC_LEVELS.index)
