"""Disagreements of a report with itself: what is one, what only looks so, and every report planted for it."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discrepancies import files
from spinelink import families, lexicon, schemas, vocabulary
from spinelink.analysis import Rules, analyse, compile_rules
from spinelink.lexicon import Phrase
from spinelink.phrases import fold
from spinelink.records import Analysis, Report
from spinelink.tabulate import Shown, tabulate

FOLDER = Path(__file__).resolve().parents[1] / "corpora" / "discrepancies"
KINDS = next(column.values for column in schemas.table("discrepancies").columns if column.name == "kind")


@cache
def rules() -> Rules:
    """The shipped rules, compiled once."""
    return compile_rules(lexicon.shipped())


def analysed(text: str, exam: str = "MRI lumbar spine") -> Analysis:
    """Return what the stages make of a text."""
    return analyse(Report("r", text, "r.txt", 0, exam=exam), rules())


def kinds(body: str, impression: str, exam: str = "MRI lumbar spine") -> list[str]:
    """Return the kinds of discrepancy between findings and impression."""
    text = f"FINDINGS:\n{body}\n\nIMPRESSION:\n{impression}"
    return [one.kind for one in analysed(text, exam).discrepancies]


@cache
def reports() -> dict[str, tuple[str, str]]:
    """The reports with planted discrepancies and those without, exam and text by id."""
    lines = (FOLDER / "reports.jsonl").read_text(encoding="utf-8").splitlines()
    return {one["report_id"]: (one["exam"], one["text"]) for one in map(json.loads, lines)}


@cache
def planted() -> dict[str, str]:
    """The kind of what is planted, by id."""
    lines = (FOLDER / "planted.jsonl").read_text(encoding="utf-8").splitlines()
    return {one["report_id"]: one["kind"] for one in map(json.loads, lines)}


@pytest.mark.parametrize("report_id", sorted(planted()))
def test_what_is_planted_is_found_and_nothing_else(report_id: str) -> None:
    exam, text = reports()[report_id]
    assert {one.kind for one in analysed(text, exam).discrepancies} == {planted()[report_id]}


@pytest.mark.parametrize("report_id", sorted(set(reports()) - set(planted())))
def test_a_matched_report_without_the_error_gives_no_alarm(report_id: str) -> None:
    exam, text = reports()[report_id]
    analysis = analysed(text, exam)
    assert analysis.findings
    assert [one.detail for one in analysis.discrepancies] == []


def test_the_planted_reports_are_what_their_generator_writes() -> None:
    written = files()
    assert written == {name: (FOLDER / name).read_text(encoding="utf-8") for name in written}


def test_every_kind_is_planted() -> None:
    assert set(planted().values()) == set(KINDS)


def test_the_generator_knows_nothing_of_the_package() -> None:
    assert "spinelink" not in FOLDER.with_suffix(".py").read_text(encoding="utf-8")


ALARMS = {
    "side": ("L4-L5: Left disc protrusion.", "Right disc herniation at L4-5.", ["side"]),
    "side-of-a-curve": ("Levoscoliosis.", "Dextroscoliosis.", ["side"]),
    "level": ("L4-L5: Disc extrusion.", "Disc extrusion at L5-S1.", ["level"]),
    "level-where-denied": ("L4-L5: Left disc protrusion.\nL5-S1: Normal.", "Left disc protrusion at L5-S1.", ["level"]),
    "severity": ("L4-L5: Mild canal stenosis.", "Moderate canal stenosis at L4-5.", ["severity"]),
    "severity-of-one-side": (
        "L4-L5: Mild left and severe right foraminal stenosis.", "Severe left foraminal stenosis at L4-5.", ["severity"],
    ),
    "affirmed-then-denied": ("L4-L5: Mild canal stenosis.", "No canal stenosis at L4-5.", ["assertion"]),
    "denied-then-affirmed": ("L4-L5: No canal stenosis.", "Canal stenosis at L4-5.", ["assertion"]),
    "denied-throughout-then-affirmed": ("No fracture.", "Acute fracture of L1.", ["assertion"]),
    "impression-only": ("L4-L5: Disc desiccation.", "Acute fracture of L1.", ["impression_only"]),
    "impression-only-severe": (
        "L4-L5: Disc desiccation.\nL3-L4: No stenosis.", "Severe canal stenosis at L4-5.", ["impression_only"],
    ),
    "missing": ("L4-L5: Severe canal stenosis.", "Mild degenerative change.", ["missing_from_impression"]),
    "missing-from-a-normal-impression": ("Metastasis in L2.", "No fracture.", ["missing_from_impression"]),
}  # fmt: skip


@pytest.mark.parametrize(("body", "impression", "expected"), ALARMS.values(), ids=ALARMS)
def test_this_is_a_discrepancy(body: str, impression: str, expected: list[str]) -> None:
    assert kinds(body, impression) == expected


NO_ALARMS = {
    "both-sides-against-one": ("L4-L5: Bilateral foraminal stenosis.", "Right foraminal stenosis at L4-5."),
    "one-side-against-both": ("L4-L5: Right foraminal stenosis.", "Bilateral foraminal stenosis at L4-5."),
    "one-side-against-none": ("L4-L5: Right foraminal stenosis.", "Foraminal stenosis at L4-5."),
    "two-sides-told-apart": (
        "L4-L5: Mild left and moderate right foraminal stenosis.", "Moderate right foraminal stenosis at L4-5.",
    ),
    "other-roots": ("L4-L5: The left L4 root is compressed.", "Compression of the right L5 root at L4-5."),
    "cysts-of-two-organs": ("Left renal cyst.", "Right adrenal nodule."),
    "two-levels-against-one": ("L3-L4: Disc protrusion.\nL4-L5: Disc protrusion.", "Disc protrusion at L4-5."),
    "another-level-under-another-name": (
        "L4-L5: Disc protrusion.\nL5-S1: Disc bulge.", "Disc protrusion at L5-S1.",
    ),
    "another-level-with-another-side": ("L4-L5: Left disc protrusion.", "Right disc protrusion at L5-S1."),
    "several-levels": ("L4-L5: Mild canal stenosis.", "Multilevel canal stenosis."),
    "wear-at-an-example-level": ("L4-L5: Disc desiccation.", "Disc desiccation at L5-S1."),
    "half-a-step": ("L4-L5: Mild canal stenosis.", "Mild to moderate canal stenosis at L4-5."),
    "worst-of-two-sides": (
        "L4-L5: Mild left and severe right foraminal stenosis.", "Severe bilateral foraminal stenosis at L4-5.",
    ),
    "grade-between-two": ("L4-L5: Mild canal stenosis. Severe canal stenosis.", "Moderate canal stenosis at L4-5."),
    "one-grade-for-two-levels": (
        "L3-L4: Mild canal stenosis.\nL4-L5: Severe canal stenosis.", "Severe canal stenosis at L3-4 and L4-5.",
    ),
    "size-is-no-grade": ("L4-L5: Small disc protrusion with mild canal stenosis.", "Large disc herniation at L4-5."),
    "denied-as-significant": ("L4-L5: No significant canal stenosis.", "Mild canal stenosis at L4-5."),
    "minimal-against-patent": ("L4-L5: The canal is patent.", "Minimal canal stenosis at L4-5."),
    "possible-against-present": ("L4-L5: Possible disc extrusion.", "Disc extrusion at L4-5."),
    "denied-as-acute": ("No acute fracture.", "Chronic compression fracture of L1."),
    "old-fracture-and-no-fracture": ("Old fracture of L1.", "No fracture."),
    "denied-elsewhere": ("L4-L5: Mild canal stenosis.", "Canal stenosis at L4-5. No canal stenosis elsewhere."),
    "told-under-another-name": ("L4-L5: Large disc herniation.", "Disc extrusion at L4-5."),
    "fracture-told-as-loss-of-height": ("Acute loss of height of L1.", "L1 fracture."),
    "mild-only-in-the-impression": ("L4-L5: Disc desiccation.", "Mild foraminal stenosis at L4-5."),
    "moderate-missing": ("L4-L5: Moderate canal stenosis.", "Mild degenerative change."),
    "severe-summed-up": ("L4-L5: Severe canal stenosis.", "Multilevel spinal stenosis."),
    "extrusion-told-by-its-root": ("L4-L5: Disc extrusion compressing the left L5 root.", "Left L5 root compression at L4-5."),
    "old-fracture-missing": ("Old fracture of L1. L4-L5: Disc bulge.", "Disc bulge at L4-5."),
    "reference-to-the-findings": ("L4-L5: Severe canal stenosis.", "Mild degenerative change, otherwise as described above."),
    "empty-impression": ("L4-L5: Severe canal stenosis.", "As above."),
}  # fmt: skip


@pytest.mark.parametrize(("body", "impression"), NO_ALARMS.values(), ids=NO_ALARMS)
def test_this_is_none(body: str, impression: str) -> None:
    analysis = analysed(f"FINDINGS:\n{body}\n\nIMPRESSION:\n{impression}")
    assert {finding.category for finding in analysis.findings} >= {"findings"}
    assert [one.detail for one in analysis.discrepancies] == []


@pytest.mark.parametrize(
    "row", [row for row in lexicon.shipped().phrases("statements") if row.field == "reference"], ids=lambda row: row.id
)
def test_words_of_reference_keep_what_is_missing_from_being_one(row: Phrase) -> None:
    assert row.id in {hit.row.id for hit in rules().discrepancies.reference.hits(fold(row.example))}
    body = "L4-L5: Severe canal stenosis."
    assert kinds(body, "Mild degenerative change.") == ["missing_from_impression"]
    assert kinds(body, f"Mild degenerative change. {row.example}") == []


def test_what_an_addendum_corrects_is_compared_with_nothing_else() -> None:
    text = (
        "FINDINGS:\nL4-L5: Left disc protrusion.\n\nIMPRESSION:\nRight disc protrusion at L4-5.\n\n"
        "ADDENDUM: Correction: the disc protrusion at L4-5 is on the left."
    )
    assert [one.kind for one in analysed(text).discrepancies] == ["addendum_correction"]


def test_a_denial_of_one_region_says_nothing_of_another() -> None:
    text = "MRI CERVICAL SPINE\nFINDINGS:\nNo fracture.\n\nMRI LUMBAR SPINE\nFINDINGS:\nDisc bulge.\n\nIMPRESSION:\nAcute fracture of L1."
    assert "assertion" not in [one.kind for one in analysed(text, "MRI cervical and lumbar spine").discrepancies]


def test_detail_is_in_closed_names_and_names_its_rows() -> None:
    text = "FINDINGS:\nL4-L5: Mildly narrowed central canal.\n\nIMPRESSION:\nTight spinal stenosis at L4/5, severe."
    table = tabulate([analysed(text)], Shown())
    (row,) = table["discrepancies"].to_pylist()
    assert row["detail"] == (
        "mild central canal stenosis at L4-L5 in the findings, severe central canal stenosis at L4-L5 in the impression"
    )
    told = [table["findings"].to_pylist()[place] for place in row["finding_ids"]]
    assert [(one["section"], one["severity"]) for one in told] == [("findings", "mild"), ("impression", "severe")]


@pytest.mark.parametrize(
    "names",
    [
        families.FAMILY_OF, families.FAMILY_OF.values(), families.RELATED, frozenset().union(*families.RELATED.values()),
        families.LOOSE, families.WHOLE_STUDY, families.ACTIONABLE, families.ACTIONABLE_IF_COMPRESSED,
        families.ACTIONABLE_IF_SEVERE,
    ],
    ids=["members", "families", "related", "related-to", "loose", "whole-study", "actionable", "if-compressed", "if-severe"],
)  # fmt: skip
def test_families_are_of_closed_names(names: frozenset[str]) -> None:
    assert names
    assert set(names) <= set(vocabulary.FINDINGS)


@pytest.mark.parametrize("name", sorted(families.RELATED))
def test_a_finding_is_related_to_itself_and_its_family(name: str) -> None:
    assert {name, families.family_of(name)} <= families.related_to(name)


LEVELS = ("L3-L4", "L4-L5", "L5-S1")
SIDES = ("Left", "Right", "Bilateral")
GRADES = ("Mild", "Moderate", "Severe")
FACTS = st.builds(
    lambda level, side, grade, noun: f"{grade} {side.lower()} {noun} at {level}.",
    st.sampled_from(LEVELS),
    st.sampled_from(SIDES),
    st.sampled_from(GRADES),
    st.sampled_from(("foraminal stenosis", "lateral recess stenosis", "facet arthropathy")),
) | st.sampled_from(
    (
        "No fracture.", "Acute fracture of L1.", "No canal stenosis at L4-L5.", "Left disc extrusion at L4-L5.",
        "Multilevel canal stenosis.", "Metastasis in L2.", "Disc bulges at L3-4 and L4-5.", "Levoscoliosis.",
    )
)  # fmt: skip


@given(st.lists(FACTS, min_size=1, max_size=6))
def test_saying_the_same_twice_is_no_discrepancy(facts: list[str]) -> None:
    said = "\n".join(facts)
    assert kinds(said, said) == []


@given(st.lists(FACTS, max_size=6))
def test_findings_alone_are_no_discrepancy(facts: list[str]) -> None:
    assert analysed("FINDINGS:\n" + "\n".join(facts)).discrepancies == ()


@given(st.lists(FACTS, max_size=5), st.lists(FACTS, max_size=5), st.lists(FACTS, max_size=2))
def test_every_discrepancy_names_rows_that_are_there(body: list[str], end: list[str], added: list[str]) -> None:
    parts = ("FINDINGS:", *body, "", "IMPRESSION:", *end, "", "ADDENDUM:", *added)
    analysis = analysed("\n".join(parts))
    table = tabulate([analysis], Shown())
    schemas.check(table["discrepancies"], "discrepancies")
    rows = table["findings"].to_pylist()
    for one in table["discrepancies"].to_pylist():
        assert one["finding_ids"] == sorted(set(one["finding_ids"])) != []
        sections = {rows[place]["section"] for place in one["finding_ids"]}
        if one["kind"] == "addendum_correction":
            assert "addendum" in sections
        else:
            expected = {"impression_only": {"impression"}, "missing_from_impression": {"findings"}}
            assert sections == expected.get(one["kind"], {"findings", "impression"})


@given(st.lists(FACTS, min_size=1, max_size=5), st.lists(FACTS, min_size=1, max_size=5))
def test_words_of_a_detail_are_closed(body: list[str], end: list[str]) -> None:
    text = "FINDINGS:\n" + "\n".join(body) + "\n\nIMPRESSION:\n" + "\n".join(end)
    closed = {word for name in (*vocabulary.FINDINGS, *vocabulary.SEVERITIES) for word in name.split("_")}
    closed |= {*vocabulary.LEVELS, *vocabulary.SIDES, *vocabulary.ASSERTIONS}
    closed |= {"no", "at", "several", "levels", "in", "the", "findings", "impression", "nowhere"}
    for one in analysed(text).discrepancies:
        assert set(re.findall(r"[\w-]+", one.detail)) <= closed
