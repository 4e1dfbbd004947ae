"""Which finding could explain which symptom: every rule, pair by pair, and what the pairs come to for the study."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from spinelink import lexicon
from spinelink.analysis import Rules, analyse, compile_rules
from spinelink.lexicon import Correlation, Definition
from spinelink.records import Analysis, Indication, Link, Match, Report, Symptom
from spinelink.stages import links

FOLDER = Path(__file__).resolve().parent / "links"
SHARED = Path("/work/shared/gold/dev/links.jsonl")
NUMBERS = tuple(f"COR-{number:02d}" for number in range(1, 38))
EXAMS = {"lumbar": "MRI LUMBAR SPINE", "cervical": "MRI CERVICAL SPINE", "thoracic": "MRI THORACIC SPINE"}


@cache
def rules() -> Rules:
    """The shipped rules, compiled once."""
    return compile_rules(lexicon.shipped())


def analysed(text: str, exam: str = "MRI LUMBAR SPINE") -> Analysis:
    """Return what the stages make of a text."""
    return analyse(Report("r", text, "r.txt", 0, exam=exam), rules())


def linked(analysis: Analysis, symptoms: tuple[Symptom, ...]) -> Analysis:
    """Return an analysis as it is where the indication states these symptoms."""
    asked = Indication(symptoms)
    found, match = links.links_of(
        analysis.report, analysis.findings, analysis.discrepancies, asked, analysis.study, rules().links
    )
    return replace(analysis, indication=asked, links=found, match=match)


def symptom_of(stated: Mapping[str, Any]) -> Symptom:
    """Return the symptom that a vignette states."""
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in stated.items()}
    complete: dict[str, Any] = {"kind": "symptom", "assertion": "present", "rule_id": "SYM-1", **given}
    return Symptom(**complete)


def sides(side: str) -> set[str]:
    """Return the sides that a side covers; the unstated side is one of its own."""
    return {"left", "right"} if side == "bilateral" else {side}


def between(analysis: Analysis, expected: Mapping[str, str]) -> list[Link]:
    """Return the links of the findings and symptoms that an expectation names."""
    symptoms = analysis.indication.symptoms

    def concerns(link: Link) -> bool:
        finding, symptom = analysis.findings[link.finding], symptoms[link.symptom]
        return (
            (finding.mention.finding_type, finding.level) == (expected["finding_type"], expected["level"])
            and symptom.symptom_type == expected["symptom_type"]
            and bool(sides(finding.mention.side) & sides(expected["finding_side"]))
            and bool(sides(symptom.side) & sides(expected["symptom_side"]))
        )

    return [link for link in analysis.links if concerns(link)]


def vignettes(path: Path) -> list[Any]:
    """The vignettes of a file, named by their id; none where there is no such file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else ()
    return [pytest.param(one, id=one["report_id"]) for one in map(json.loads, lines)]


def check(vignette: Mapping[str, Any], analysis: Analysis) -> None:
    """Check an analysis against what a vignette expects of it."""
    match, report = analysis.match, vignette["expect_report"]
    for expected in vignette["expect_links"]:
        relation, symptom = expected["relation"], expected["symptom_type"]
        if not expected["finding_type"] or not symptom:
            finding = f"{expected['finding_type']}@{expected['level']}"
            named = symptom in match.unexplained_symptoms or finding in match.unmatched_findings
            assert match.status == relation or named, expected
            continue
        found = {link.relation for link in between(analysis, expected)}
        assert found == {relation} or (relation == "cannot_judge" and not found), (expected, found)
    if "match_status" in report:
        assert match.status == report["match_status"]
    assert match.urgent == bool(report.get("urgent"))
    assert set(report.get("unexplained_symptoms", ())) <= set(match.unexplained_symptoms)
    assert set(report.get("unmatched_findings", ())) <= set(match.unmatched_findings)


@pytest.mark.parametrize("vignette", vignettes(FOLDER / "vignettes.jsonl"))
def test_a_vignette_is_linked_from_its_stated_symptoms(vignette: Mapping[str, Any]) -> None:
    symptoms = tuple(map(symptom_of, vignette["symptoms"]))
    check(vignette, linked(analysed(vignette["text"], vignette["exam"]), symptoms))


@pytest.mark.parametrize("vignette", vignettes(FOLDER / "vignettes.jsonl"))
def test_a_vignette_is_linked_from_its_text(vignette: Mapping[str, Any]) -> None:
    check(vignette, analysed(vignette["text"], vignette["exam"]))


@pytest.mark.parametrize("vignette", vignettes(FOLDER / "reports.jsonl"))
def test_a_report_is_linked(vignette: Mapping[str, Any]) -> None:
    check(vignette, analysed(vignette["text"], vignette["exam"]))


@pytest.mark.skipif(not SHARED.is_file(), reason="the evaluation's own vignettes are not at hand")
@pytest.mark.parametrize("vignette", vignettes(SHARED))
def test_a_vignette_of_the_evaluation_is_linked(vignette: Mapping[str, Any]) -> None:
    check(vignette, analysed(vignette["text"], vignette["exam"]))


def pairs() -> list[Any]:
    """The table of pairs, each named by its rule and its number among the rows of that rule."""
    seen: dict[str, int] = {}
    with (FOLDER / "pairs.tsv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        seen[row["rule"]] = seen.get(row["rule"], 0) + 1
        row["id"] = f"{row['rule']}-{seen[row['rule']]}"
    return [pytest.param(row, id=row["id"]) for row in rows]


@pytest.mark.parametrize("row", pairs())
def test_a_pair_has_the_relation_of_its_rule(row: Mapping[str, str]) -> None:
    text = f"INDICATION: {row['indication']}\nFINDINGS: {row['findings']}\nIMPRESSION: {row['impression']}"
    analysis = analysed(text, EXAMS[row["exam"]])
    (finding_type, level, finding_side), (symptom, symptom_side) = _place(row["finding"]), _named(row["symptom"])
    rows = [f for f in analysis.findings if (f.mention.finding_type, f.level) == (finding_type, level)]
    assert rows, [(f.mention.finding_type, f.level) for f in analysis.findings]
    assert symptom in {s.symptom_type for s in analysis.indication.symptoms}
    expected = {
        "finding_type": finding_type, "level": level, "finding_side": finding_side,
        "symptom_type": symptom, "symptom_side": symptom_side,
    }  # fmt: skip
    found = between(analysis, expected)
    assert {link.relation for link in found} == ({row["relation"]} - {"none"}), found
    assert {link.rule_id for link in found} == ({row["rule"]} if row["relation"] != "none" else set())


def _place(finding: str) -> tuple[str, str, str]:
    kind, _, place = finding.partition("@")
    level, _, side = place.partition(":")
    return kind, level, side


def _named(symptom: str) -> tuple[str, str]:
    kind, _, side = symptom.partition(":")
    return kind, side


def test_every_rule_stands_in_the_lexicon_and_decides_its_example() -> None:
    rows = lexicon.shipped().rows_of(Correlation)
    assert {row.id[:6] for row in rows} == set(NUMBERS)


@pytest.mark.parametrize("row", lexicon.shipped().rows_of(Correlation), ids=lambda row: row.id)
def test_a_rule_decides_something_in_its_example(row: Correlation) -> None:
    analysis = analyse(Report("r", row.example.replace("\\n", "\n"), "r.txt", 0), rules())
    assert row.id in links.rows_at_work(analysis, rules().links)


DEFINED = [row for row in lexicon.shipped().rows_of(Definition) if row.id.startswith("LNK-")]


@pytest.mark.parametrize("row", DEFINED, ids=lambda row: row.id)
def test_a_definition_gives_its_name_in_its_example(row: Definition) -> None:
    of_symptom = row.fact.startswith("symptom_")
    text = f"INDICATION: {row.example}" if of_symptom else f"FINDINGS: {row.example}"
    whole = row.example.replace("\\n", "\n") if "\\n" in row.example else f"{_title(row.example)}\n{text}"
    analysis = analyse(Report("r", whole, "r.txt", 0), rules())
    names = links.names_of(analysis, rules().links, row.fact)
    assert any(set(row.name.split("|")) <= set(found) for found in names), names


def _title(example: str) -> str:
    """Return the exam of an example that names its region only by a level or a pain."""
    if re.search(r"\bC\d|[Nn]eck", example):
        return EXAMS["cervical"]
    return EXAMS["thoracic" if re.search(r"\bT\d-|Mid back", example) else "lumbar"]


def match(indication: str, findings: str, exam: str = "lumbar") -> Match:
    """Return what the links of a report come to."""
    return analysed(f"INDICATION: {indication}\nFINDINGS: {findings}", EXAMS[exam]).match


ROOTLESS = [
    pytest.param("Left sciatica.", "Normal lumbar spine. No disc herniation.", "discordant", id="discs-denied"),
    pytest.param("Right leg pain.", "Foramina and lateral recesses are patent.", "discordant", id="foramina-patent"),
    pytest.param("Left L5 radiculopathy.", "No nerve root compression.", "discordant", id="roots-denied"),
    pytest.param("Left sciatica.", "L4-L5: Disc desiccation.", "cannot_judge", id="silence"),
    pytest.param("Left sciatica.", "L5-S1: Possible left disc protrusion. L4-L5: No herniation.", "cannot_judge", id="doubt"),
    pytest.param("Left foot drop.", "All discs are normal. Foramina patent.", "discordant", id="foot-drop-normal"),
    pytest.param("Left foot drop.", "L4-L5: Disc desiccation.", "cannot_judge", id="foot-drop-silence"),
]  # fmt: skip


@pytest.mark.parametrize(("indication", "findings", "status"), ROOTLESS)
def test_a_root_symptom_without_a_lesion(indication: str, findings: str, status: str) -> None:
    found = match(indication, findings)
    assert found.status == status
    assert found.root == status
    assert found.unexplained_symptoms


UNMATCHED = [
    pytest.param("Neck pain.", "L4-L5: Severe central canal stenosis.", ["central_canal_stenosis@L4-L5"], id="elsewhere"),
    pytest.param("Low back pain.", "L5-S1: Severe left foraminal stenosis.", ["foraminal_stenosis@L5-S1"], id="no-limb-symptom"),
    pytest.param("Low back pain.", "L4-L5: Severe facet arthropathy.", [], id="axial-finding-in-pain"),
    pytest.param("Left sciatica.", "L5-S1: Severe right foraminal stenosis.", ["foraminal_stenosis@L5-S1"], id="other-side"),
    pytest.param("Left sciatica.", "L5-S1: Severe left foraminal stenosis.", [], id="matched"),
    pytest.param("Left sciatica.", "L5-S1: Mild right foraminal stenosis.", [], id="mild-needs-no-match"),
    pytest.param("Low back pain.", "L5-S1: Compression of the left S1 nerve root.", ["nerve_root_involvement@L5-S1"], id="root"),
    pytest.param("Low back pain.", "L5-S1: No severe foraminal stenosis.", [], id="denied"),
]  # fmt: skip


@pytest.mark.parametrize(("indication", "findings", "expected"), UNMATCHED)
def test_notable_findings_without_a_symptom_are_listed(indication: str, findings: str, expected: list[str]) -> None:
    assert list(match(indication, findings).unmatched_findings) == expected


LABELS = [
    pytest.param("Fever.", "No discitis. Discs normal.", ("red_flag_not_confirmed",), id="flag-not-confirmed"),
    pytest.param("Fever.", "L3-L4: Discitis.", (), id="flag-confirmed"),
    pytest.param("Rule out metastasis.", "No metastasis.", ("red_flag_not_confirmed",), id="question-answered"),
    pytest.param("History of breast cancer, back pain.", "L4-L5: Disc bulge.", ("red_flag_not_confirmed",), id="cancer-and-wear"),
    pytest.param("No fever.", "Normal discs.", (), id="flag-denied"),
    pytest.param("Hyperreflexia.", "L4-L5: Disc bulge.", ("consider_higher_level",), id="cord-signs"),
    pytest.param("Low back pain.", "L4-L5: Disc bulge.", (), id="plain"),
]  # fmt: skip


@pytest.mark.parametrize(("indication", "findings", "expected"), LABELS)
def test_labels_of_the_study(indication: str, findings: str, expected: tuple[str, ...]) -> None:
    assert match(indication, findings).labels == expected


URGENT = [
    pytest.param("Urinary retention.", "L4-L5: Massive central disc extrusion.", True, False, id="compression"),
    pytest.param("Urinary retention.", "L4-L5: Mild disc bulge.", False, True, id="nothing-compresses"),
    pytest.param("Saddle numbness.", "Normal discs. Canal patent.", False, True, id="normal-study"),
    pytest.param("Left sciatica.", "L4-L5: Massive central disc extrusion.", False, False, id="no-sphincter-symptom"),
    pytest.param("Urinary retention, hyperreflexia.", "L4-L5: Mild disc bulge.", False, True, id="with-cord-signs"),
    pytest.param("Urinary urgency.", "L4-L5: Mild disc bulge.", False, False, id="urgency-alone"),
    pytest.param("Urinary retention.", "L4-L5: Moderate central canal stenosis.", False, True, id="moderate-narrowing"),
    pytest.param("No bladder dysfunction.", "L4-L5: Severe central canal stenosis.", False, False, id="denied"),
    pytest.param("Bilateral leg weakness.", "L3-L4: Severe central canal stenosis.", True, False, id="weakness-of-both-legs"),
]  # fmt: skip


@pytest.mark.parametrize(("indication", "findings", "urgent", "review"), URGENT)
def test_what_is_urgent(indication: str, findings: str, urgent: bool, review: bool) -> None:
    found = match(indication, findings)
    assert (found.urgent, found.urgent_review) == (urgent, review)


ROOTS = [
    pytest.param("L4-L5: Left paracentral disc extrusion.", ("L5",), id="paracentral-traversing"),
    pytest.param("L4-L5: Left foraminal disc extrusion.", ("L4",), id="foraminal-exiting"),
    pytest.param("L5-S1: Left extraforaminal disc extrusion.", ("L5",), id="far-lateral-exiting"),
    pytest.param("L4-L5: Left disc herniation.", ("L4", "L5"), id="zone-unknown-both"),
    pytest.param("L3-L4: Left lateral recess stenosis.", ("L4",), id="recess-traversing"),
    pytest.param("L4-L5: Left paracentral disc extrusion compressing the left L4 nerve root.", ("L4",), id="named-root-wins"),
    pytest.param("L4-L5: Left disc extrusion migrating cranially.", ("L4",), id="migrated-up"),
    pytest.param("L4-L5: Left disc extrusion migrating caudally.", ("L5",), id="migrated-down"),
]  # fmt: skip


@pytest.mark.parametrize(("findings", "expected"), ROOTS)
def test_the_roots_that_a_finding_can_affect(findings: str, expected: tuple[str, ...]) -> None:
    analysis = linked(analysed(f"FINDINGS: {findings}"), (symptom_of({"symptom_type": "sciatica", "side": "left"}),))
    first = min(analysis.links, key=lambda link: link.finding)
    assert first.roots == expected


TOLD = [
    pytest.param("L5-S1: Left paracentral disc extrusion.", "L5-S1 disc herniation.", id="impression-without-side"),
    pytest.param("L5-S1: Left paracentral disc extrusion compressing the left S1 root.", "Extrusion at L5-S1.", id="impression-short"),
    pytest.param("L5-S1: Disc extrusion compressing the left S1 root.", "Left L5-S1 disc extrusion.", id="side-in-impression"),
]  # fmt: skip


@pytest.mark.parametrize(("findings", "impression"), TOLD)
def test_a_fact_said_again_has_one_relation(findings: str, impression: str) -> None:
    text = f"INDICATION: Right sciatica.\nFINDINGS: {findings}\nIMPRESSION: {impression}"
    analysis = linked(analysed(text), (symptom_of({"symptom_type": "sciatica", "side": "right"}),))
    assert {link.relation for link in analysis.links} == {"discordant"}
    assert {analysis.findings[link.finding].category for link in analysis.links} == {"findings", "impression"}


def test_a_corrected_finding_is_not_judged() -> None:
    text = (
        "FINDINGS: L5-S1: Left paracentral disc extrusion.\n"
        "ADDENDUM: Correction: the L5-S1 disc extrusion is on the right, not the left."
    )
    analysis = linked(analysed(text), (symptom_of({"symptom_type": "sciatica", "side": "left"}),))
    old = {place for place, finding in enumerate(analysis.findings) if finding.superseded_by is not None}
    assert old
    assert old.isdisjoint(link.finding for link in analysis.links)
