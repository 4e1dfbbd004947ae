"""Every value of every row of findings has its words, true to the character, and its rules, or says where it comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import spinelink
from spinelink import levels, lexicon
from spinelink.alternatives import expand
from spinelink.analysis import Rules, analyse, compile_rules
from spinelink.case import TABLES, Case, case_of_rows
from spinelink.explanation import DEFAULT, LABEL, Explanation, explainer, label_before, rules_of
from spinelink.records import Report
from spinelink.stages.parse.tokens import Spelling, compile_spelling, tokenize
from spinelink.tabulate import Shown, tabulate

ROOT = Path(__file__).resolve().parents[1]
CORPORA = (*sorted((ROOT / "corpora").glob("gold*")), ROOT.parent / "shared" / "gold" / "dev")
NONE_IN_REACH = "none in reach"
ADDENDUM = "a finding of an addendum"
RULED = {"type": "rule_id", "level": "level_rule_id"} | {
    name: f"{name}_rule_id" for name in ("side", "severity", "assertion")
}


@cache
def rules() -> Rules:
    return compile_rules(lexicon.shipped())


def reports() -> Iterator[Report]:
    """Yield the gold reports, and those beside this checkout."""
    for folder in CORPORA:
        path = folder / "reports.jsonl"
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
            record = json.loads(line)
            yield Report(record["report_id"], record["text"], "", 0, exam=record.get("exam"))


REPORTS = {report.report_id: report for report in reports()}


def case_of(report: Report) -> Case:
    """Return a report as the tables of a run have it."""
    tables = tabulate([analyse(report, rules())], Shown())
    return case_of_rows({name: tables[name].to_pylist() for name in TABLES}, lexicon.shipped().fingerprint)


def explained(text: str, number: int = 0) -> Explanation:
    """Return the explanation of one row of a lumbar report with these findings."""
    report = Report("a", f"FINDINGS:\n{text}\n", "", 0, exam="MRI LUMBAR SPINE")
    return explainer().of(case_of(report))[number]


def marked(one: Explanation) -> dict[str, list[str]]:
    """Return the words of each value that has words."""
    return {value.name: [word.text for word in value.words] for value in one.values if value.words}


@cache
def values_of(report_id: str) -> tuple[Explanation, ...]:
    """Return the explanations of a gold report, which several tests look at."""
    return tuple(explainer().of(case_of(REPORTS[report_id])))


@pytest.mark.parametrize("report_id", REPORTS)
def test_every_value_of_the_gold_reports_is_explained(report_id: str) -> None:
    case = case_of(REPORTS[report_id])
    known = rules_of(lexicon.shipped())
    every = values_of(report_id)
    assert [one.finding_id for one in every] == [row["finding_id"] for row in case.findings]
    for one, row in zip(every, case.findings, strict=True):
        assert one.note is None
        for value in one.values:
            for word in value.words:
                assert case.text is not None
                assert case.text[word.start : word.end] == word.text != ""
            assert value.words or value.origin in (DEFAULT, LABEL, NONE_IN_REACH, ADDENDUM), value.name
            assert {rule.id for rule in value.rules} <= set(known)
            assert all(rule.term for rule in value.rules)
            assert {word.rule_id for word in value.words} - {""} <= {rule.id for rule in value.rules}
            if value.value and value.origin != DEFAULT and value.name in RULED:
                assert row[RULED[value.name]] == value.rules[0].id


@pytest.mark.parametrize(("name", "file"), [("severity", "severities"), ("side", "sides"), ("zone", "zones")])
def test_marked_words_are_the_terms_of_their_rules(name: str, file: str) -> None:
    """Read back through the lexicon, the words of a value are a spelling of its rule's term."""
    spellings = {row.id: {plain(spelled) for spelled in expand(row.term)} for row in lexicon.shipped().terms(file)}
    checked = 0
    for report_id in REPORTS:
        for one in values_of(report_id):
            for value in one.values:
                of_file = [rule.id for rule in value.rules if rule.id in spellings]
                if value.name != name or not of_file or len(of_file) < len(value.rules):
                    continue
                checked += 1
                written = {plain(respelled(word.text)) for word in value.words}
                assert any(written & spellings[rule] for rule in of_file), (one.report_id, one.finding_id)
    assert checked > 10


def plain(words: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z]+|[<>]", words.lower()))


@cache
def spelling() -> Spelling:
    return compile_spelling(lexicon.shipped())


def respelled(words: str) -> str:
    """Return words in the lexicon's spelling: "modrate" as "moderate"."""
    return " ".join(word for word, _, _ in tokenize(words, spelling()))


WORDS: dict[str, tuple[str, int, dict[str, list[str]]]] = {
    "noun": (
        "L4-5: Mild left foraminal disc protrusion.",
        0,
        {
            "type": ["disc protrusion"],
            "level": ["L4-5"],
            "side": ["left"],
            "severity": ["Mild"],
            "zone": ["foraminal"],
        },
    ),
    "structure_and_process": (
        "Moderate narrowing of the right L4-5 foramen.",
        0,
        {
            "type": ["narrowing", "foramen"],
            "level": ["L4-5"],
            "side": ["right"],
            "severity": ["Moderate"],
        },
    ),
    "label": (
        "L4-L5:\nCanal: moderate.",
        0,
        {"type": ["Canal"], "level": ["L4-L5"], "severity": ["moderate"]},
    ),
    "column": (
        "Level | Disc | Canal\nL3-4 | bulge | mild\nL4-5 | bulge | severe",
        3,
        {"type": ["Canal"], "level": ["L4-5"], "severity": ["severe"]},
    ),
    "carried": (
        "At L4-5 there is a disc bulge. Facet arthropathy.",
        1,
        {"type": ["Facet", "arthropathy"], "level": ["L4-5"]},
    ),
    "this_level": (
        "Disc bulge at L3-4. Canal stenosis at this level.",
        1,
        {"type": ["Canal", "stenosis"], "level": ["this level", "L3-4"]},
    ),
    "type_of_the_sentence_before": (
        "Mild canal stenosis at L2-3. Moderate at L3-4.",
        1,
        {"type": ["canal", "stenosis"], "level": ["L3-4"], "severity": ["Moderate"]},
    ),
    "range": ("Disc bulges from L3-4 to L5-S1.", 0, {"type": ["Disc bulges"], "level": ["L3-4 to L5-S1"]}),
    "denied_by_a_cue": (
        "No severe canal stenosis.",
        0,
        {"type": ["canal", "stenosis"], "assertion": ["No severe"], "denied_qualifier": ["No severe"]},
    ),
    "denied_by_a_state": ("The canal is patent.", 0, {"type": ["canal", "patent"], "assertion": ["patent"]}),
    "denied_by_a_change": (
        "The L4-5 disc extrusion has resolved.",
        0,
        {"type": ["disc extrusion"], "level": ["L4-5"], "assertion": ["has resolved"], "change": ["has resolved"]},
    ),
    "side_of_the_place": (
        "Synovial cyst arising from the left facet joint at L4-5.",
        0,
        {"type": ["Synovial cyst"], "level": ["L4-5"], "side": ["left"]},
    ),
    "side_in_the_noun": (
        "Mild levoscoliosis.",
        0,
        {"type": ["levoscoliosis"], "side": ["levoscoliosis"], "severity": ["Mild"]},
    ),
    "root": (
        "L4-5: Compresses the traversing left L5 nerve root.",
        0,
        {
            "type": ["Compresses", "L5 nerve root"],
            "effect": ["Compresses", "L5 nerve root"],
            "level": ["L4-5"],
            "side": ["left"],
            "root": ["L5 nerve root"],
        },
    ),
    "grade": (
        "Grade 1 anterolisthesis of L4 on L5.",
        0,
        {
            "type": ["anterolisthesis"],
            "subtype": ["anterolisthesis"],
            "level": ["L4 on L5"],
            "grade": ["Grade 1"],
            "grade_scale": ["Grade 1"],
        },
    ),
    "grade_of_the_weaker_effect": (
        "L4-5: The left L5 root is mildly contacted and compressed.",
        0,
        {
            "type": ["L5 root", "compressed"],
            "effect": ["L5 root", "compressed"],
            "level": ["L4-5"],
            "side": ["left"],
            "severity": ["mildly"],
            "root": ["L5 root"],
        },
    ),
    "acuity": ("Acute fracture of L1.", 0, {"type": ["fracture"], "level": ["L1"], "acuity": ["Acute"]}),
    "measure": (
        "L4-5: Disc protrusion of 4 mm.",
        0,
        {"type": ["Disc protrusion"], "level": ["L4-5"], "measure": ["4 mm"]},
    ),
}


@pytest.mark.parametrize(("text", "number", "words"), WORDS.values(), ids=WORDS)
def test_words_of_values(text: str, number: int, words: dict[str, list[str]]) -> None:
    assert marked(explained(text, number)) == words


ORIGINS = {
    "sentence": ("Mild canal stenosis at L3-4.", 0, "level", "stated in the sentence"),
    "heading": ("L3-4: Mild canal stenosis.", 0, "level", "of the heading in force"),
    "list": ("Canal stenosis at L3-4 and L4-5.", 0, "level", "one of a list"),
    "range": ("Disc bulges from L3-4 to L5-S1.", 0, "level", "one of a range"),
    "carried": ("At L4-5 there is a disc bulge. Facet arthropathy.", 1, "level", "carried from before"),
    "no_level": ("No fracture.", 0, "level", NONE_IN_REACH),
    "no_cue": ("Disc bulge.", 0, "assertion", DEFAULT),
    "label": ("L3-4:\nCanal: moderate.", 0, "type", LABEL),
    "earlier": ("Mild canal stenosis at L2-3. Moderate at L3-4.", 1, "type", "said in an earlier sentence"),
}


@pytest.mark.parametrize(("text", "number", "name", "origin"), ORIGINS.values(), ids=ORIGINS)
def test_where_values_come_from(text: str, number: int, name: str, origin: str) -> None:
    assert {value.name: value.origin for value in explained(text, number).values}[name] == origin


LABELS: dict[str, tuple[str, str, str | None]] = {
    "line": ("Canal: mild. The canal is narrow.\nMild.", "canal", "Canal: mild"),
    "heading": ("DISC  SPACES\nNormal.", "disc spaces", "DISC  SPACES\n"),
    "column": ("Level | Canal\nL3-4 | mild canal stenosis |", "canal", "Canal\n"),
    "after_a_level": ("The disc. L4-5 disc: bulge of the disc", "disc", "disc: bulge"),
    "never_written": ("The canal is wide.", "canal", None),
}


@pytest.mark.parametrize(("text", "label", "there"), LABELS.values(), ids=LABELS)
def test_labels_are_found_where_they_stand(text: str, label: str, there: str | None) -> None:
    span = label_before(text, label, len(text))
    if there is None:
        assert span is None
    else:
        assert span is not None
        assert span[0] == text.index(there)


def test_every_numbered_rule_of_levels_says_what_it_is() -> None:
    folder = Path(levels.__file__).parent
    used = {
        name
        for path in folder.glob("*.py")
        if path.name != "meanings.py"
        for name in re.findall(r'"(LVL-\d+)"', path.read_text())
    }
    used |= {row.value for row in lexicon.shipped().terms("places") if row.value.startswith("LVL-")}
    assert used
    assert used <= set(levels.RULES)


def test_plain_data_for_notebooks(gold: Path, tmp_path: Path) -> None:
    spinelink.run(gold / "reports.jsonl", tmp_path / "out")
    findings = spinelink.read(tmp_path / "out", "findings")
    report_id = findings["report_id"].iloc[0]
    rows = spinelink.explain(tmp_path / "out", report_id)
    assert [row["finding_id"] for row in rows] == list(findings[findings["report_id"] == report_id]["finding_id"])
    text = spinelink.read(tmp_path / "out", "texts").set_index("report_id")["text"][report_id]
    assert [text[row["sentence_start"] : row["sentence_end"]] for row in rows] == [row["sentence"] for row in rows]
    assert json.loads(json.dumps(rows[0]))["values"][0]["words"][0].keys() == {
        "start",
        "end",
        "text",
        "place",
        "rule_id",
    }
    (one,) = spinelink.explain(tmp_path / "out", report_id, 1)
    assert (one["finding_id"], one["values"][0]["name"]) == (1, "type")
