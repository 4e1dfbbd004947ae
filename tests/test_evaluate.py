"""Evaluation agrees with the scorer to the printed digit, says what was missed, and refuses what it cannot compare."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinelink.errors import EvaluationError
from spinelink.evaluate import (
    ATTRIBUTES,
    IMPORTANT,
    POOL,
    Evaluation,
    Score,
    Share,
    check_floors,
    evaluate,
    render,
)

SCORER = Path(__file__).resolve().parents[2] / "shared" / "gold" / "score.py"
needs_scorer = pytest.mark.skipif(not SCORER.is_file(), reason="the shared scorer is not beside this checkout")

Row = dict[str, Any]
FINDINGS = pa.schema(
    [
        (name, pa.string())
        for name in ("report_id", "finding_type", "level", "side", "severity", "assertion", "evidence")
    ]
    + [(name, pa.dictionary(pa.int8(), pa.string())) for name in ATTRIBUTES]
)
SYMPTOMS = pa.schema(
    [(name, pa.string()) for name in ("report_id", "kind", "symptom_type", "region", "side", "assertion")]
    + [("duration_days", pa.int32())]
)
LINE = re.compile(r"^ *(.+?) +P (\S+)  R (\S+)  F1 (\S+) \[(\S+), (\S+)\]   tp (\d+) fp (\d+) fn (\d+)$", re.MULTILINE)
SHARE = re.compile(r"^  (\S+(?: \(.*\))?) +(\d+)/(\d+) = (\S+)$", re.MULTILINE)


def fact(
    kind: str, level: str = "", side: str = "", severity: str = "", assertion: str = "present", **more: str
) -> Row:
    """Return a gold finding."""
    return {"type": kind, "level": level, "side": side, "severity": severity, "assertion": assertion, **more}


def record(report_id: str, findings: Sequence[Row] = (), **lists: list[Row]) -> Row:
    """Return a gold record."""
    return {"report_id": report_id, "findings": list(findings), "symptoms": [], "red_flags": [], "care": [], **lists}


def told(report_id: str, finding: Row) -> Row:
    """Return the row of the findings table that says what a gold finding says."""
    return {
        "report_id": report_id,
        "finding_type": finding["type"],
        **{k: v for k, v in finding.items() if k != "type"},
    }


def write_gold(folder: Path, records: Sequence[Row]) -> Path:
    path = folder / "gold.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return path


def write_run(folder: Path, findings: Sequence[Row], symptoms: Sequence[Row] = ()) -> Path:
    """Write a run of two part files a table."""
    run = folder / "run"
    for name, schema, rows in (("findings", FINDINGS, findings), ("symptoms", SYMPTOMS, symptoms)):
        (run / name).mkdir(parents=True, exist_ok=True)
        for part in range(2):
            pq.write_table(pa.Table.from_pylist(list(rows[part::2]), schema), run / name / f"part-{part}.parquet")
    return run


def printed(score: Score) -> tuple[str, ...]:
    """Return a score as the scorer prints it."""
    figures = (f"{value:.3f}" for value in (score.precision, score.recall, score.f1, score.low, score.high))
    return (*figures, str(score.shared), str(score.extra), str(score.missed))


def assert_agrees(gold: Path, run: Path, *, by: Sequence[str] = ("type",)) -> None:
    """Compare every figure with what the scorer prints for the same files."""
    evaluation = evaluate(gold, run)
    for groups_by in by:
        groups = evaluation.by_type if groups_by == "type" else evaluation.by_source
        command = [sys.executable, str(SCORER), str(gold), str(run), "--by", groups_by]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        scores = {f"findings {view}": score for view, score in evaluation.findings.items()}
        scores |= {**evaluation.indication, **groups}
        assert {name: tuple(rest) for name, *rest in LINE.findall(output)} == {n: printed(s) for n, s in scores.items()}
        shares = dict(evaluation.attributes)
        if evaluation.durations is not None:
            shares["duration_days (within a tenth)"] = evaluation.durations
        assert {name: tuple(rest) for name, *rest in SHARE.findall(output)} == {
            name: (str(share.right), str(share.named), f"{share.share:.3f}") for name, share in shares.items()
        }


HERNIATION = fact("disc_herniation", "L5-S1", "left", "moderate", evidence="moderate left herniation", zone="foraminal")
STENOSIS = fact("foraminal_stenosis", "L4-L5", "bilateral", "mild", evidence="both mildly narrowed", change="stable")
NO_FRACTURE = fact("vertebral_fracture", "multilevel", assertion="absent", evidence="no fracture")
PAIN = {"type": "leg_pain", "region": "leg", "side": "left", "assertion": "present", "duration_days": 30}
NUMB = {"type": "numbness", "region": "foot", "side": "bilateral", "assertion": "present"}
FEVER = {"type": "fever", "assertion": "absent"}


def symptom(report_id: str, kind: str, one: Row, **change: Any) -> Row:
    """Return the row of the symptoms table that says what a gold entry says."""
    return {"report_id": report_id, "kind": kind, "symptom_type": one["type"], **one, **change}


CASES: dict[str, tuple[list[Row], list[Row], list[Row]]] = {
    "all_right": (
        [record("a-1", [HERNIATION, STENOSIS, NO_FRACTURE])],
        [told("a-1", one) for one in (HERNIATION, STENOSIS, NO_FRACTURE)],
        [],
    ),
    "nothing_told": ([record("a-1", [HERNIATION]), record("b-1", [STENOSIS])], [], []),
    "gold_of_normal_reports": ([record("a-1"), record("a-2")], [told("a-1", HERNIATION)], []),
    "other_reports_in_the_run": ([record("a-1", [HERNIATION])], [told("a-1", HERNIATION), told("z-9", STENOSIS)], []),
    "bilateral_said_as_two_sides": (
        [record("a-1", [STENOSIS])],
        [told("a-1", {**STENOSIS, "side": side}) for side in ("left", "right")],
        [],
    ),
    "one_side_of_two": ([record("a-1", [STENOSIS])], [told("a-1", {**STENOSIS, "side": "left"})], []),
    "denied_without_level": (
        [record("a-1", [NO_FRACTURE]), record("a-2", [NO_FRACTURE])],
        [
            told("a-1", {**NO_FRACTURE, "level": None, "severity": "severe"}),
            told("a-2", {**NO_FRACTURE, "level": "L1"}),
        ],
        [],
    ),
    "other_attributes": (
        [record("a-1", [HERNIATION, STENOSIS]), record("b-1", [HERNIATION])],
        [
            told("a-1", {**HERNIATION, "zone": "central"}),
            told("a-1", {**STENOSIS, "change": None}),
            told("b-1", HERNIATION),
        ],
        [],
    ),
    "said_twice_in_gold": (
        [record("a-1", [HERNIATION, {**HERNIATION, "section": "impression"}])],
        [told("a-1", HERNIATION)],
        [],
    ),
    "indication": (
        [record("a-1", [HERNIATION], symptoms=[PAIN, NUMB], red_flags=[FEVER]), record("b-2", symptoms=[PAIN])],
        [told("a-1", HERNIATION)],
        [
            symptom("a-1", "symptom", PAIN, region=None, duration_days=32),
            symptom("b-2", "symptom", PAIN, duration_days=60),
            symptom("a-1", "symptom", {**NUMB, "side": "left"}),
            symptom("a-1", "red_flag", FEVER, side="left"),
            symptom("b-2", "care", {"type": "improving", "assertion": "present"}),
        ],
    ),
}


@needs_scorer
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_agrees_with_the_scorer(case: tuple[list[Row], list[Row], list[Row]], tmp_path: Path) -> None:
    gold, run = write_gold(tmp_path, case[0]), write_run(tmp_path, *case[1:])
    assert_agrees(gold, run)


def shuffled_run(seed: int) -> tuple[list[Row], list[Row], list[Row]]:
    """Return forty gold reports and a run that drops, adds and changes some of what they say."""
    rng = random.Random(seed)
    one = rng.choice

    def any_fact() -> Row:
        made = fact(
            one(("disc_bulge", "disc_herniation", "scoliosis", "foraminal_stenosis")),
            one(("", "multilevel", "L4-L5", "L5-S1")),
            one(("", "left", "right", "bilateral")),
            one(("", "mild", "severe")),
            one(("present", "present", "possible", "absent")),
        )
        return made | ({one(ATTRIBUTES): one(("new", "L5", "1"))} if rng.random() < 0.4 else {})

    gold, findings, symptoms = [], [], []
    for number in range(40):
        name = f"{one(('north', 'south', 'east-2'))}-{number:02}"
        facts = [any_fact() for _ in range(rng.randrange(6))]
        complaints = [{**PAIN, "type": one(("leg_pain", "numbness")), "duration_days": one((3, 30))} for _ in range(2)]
        gold.append(record(name, facts, symptoms=complaints, care=[FEVER] * rng.randrange(2)))
        kept = [one_fact for one_fact in facts if rng.random() < 0.8] + [any_fact() for _ in range(rng.randrange(2))]
        findings += [told(name, {**one_fact, "root": one(("", None, "L5"))}) for one_fact in kept]
        symptoms += [symptom(name, "symptom", c, side=one(("left", "right"))) for c in complaints if rng.random() < 0.7]
    return gold, findings, symptoms


@needs_scorer
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agrees_with_the_scorer_on_a_corpus(seed: int, tmp_path: Path) -> None:
    records, findings, symptoms = shuffled_run(seed)
    gold, run = write_gold(tmp_path, records), write_run(tmp_path, findings, symptoms)
    assert_agrees(gold, run, by=("type", "source"))


facts = st.lists(
    st.builds(
        fact,
        st.sampled_from(["disc_bulge", "scoliosis"]),
        st.sampled_from(["", "multilevel", "L4-L5"]),
        st.sampled_from(["", "left", "bilateral"]),
        st.sampled_from(["", "mild"]),
        st.sampled_from(["present", "possible", "absent"]),
    ),
    max_size=4,
)


@needs_scorer
@settings(max_examples=5)
@given(st.lists(st.tuples(facts, facts), min_size=1, max_size=4))
def test_agrees_with_the_scorer_on_anything(tmp_path_factory: pytest.TempPathFactory, pairs: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("any")
    gold = write_gold(folder, [record(f"a-{n}", gold_facts) for n, (gold_facts, _) in enumerate(pairs)])
    run = write_run(folder, [told(f"a-{n}", one) for n, (_, mine) in enumerate(pairs) for one in mine])
    assert_agrees(gold, run)


@given(st.lists(facts, min_size=1, max_size=5))
def test_a_run_that_says_what_gold_says_is_all_right(tmp_path_factory: pytest.TempPathFactory, said: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("same")
    gold = write_gold(folder, [record(f"a-{n}", one) for n, one in enumerate(said)])
    run = write_run(folder, [told(f"a-{n}", one) for n, of_report in enumerate(said) for one in of_report])
    evaluation = evaluate(gold, run)
    assert {(s.precision, s.recall, s.low) for s in evaluation.findings.values()} == {(1.0, 1.0, 1.0)}
    assert evaluation.disagreements == ()


@pytest.fixture
def mixed(tmp_path: Path) -> Evaluation:
    """One report with a right, a missed and an extra finding, and a right duration."""
    gold = write_gold(tmp_path, [record("a-1", [HERNIATION, STENOSIS], symptoms=[PAIN])])
    mine = [told("a-1", HERNIATION), told("a-1", {**STENOSIS, "severity": "severe", "evidence": "severe | both"})]
    return evaluate(gold, write_run(tmp_path, mine, [symptom("a-1", "symptom", PAIN)]))


def test_disagreements_have_the_words_of_gold_and_of_the_run(mixed: Evaluation) -> None:
    assert [(d.kind, d.fact[2], d.fact[3], d.evidence) for d in mixed.disagreements] == [
        ("missed", "left", "mild", ("both mildly narrowed",)),
        ("missed", "right", "mild", ("both mildly narrowed",)),
        ("extra", "left", "severe", ("severe | both",)),
        ("extra", "right", "severe", ("severe | both",)),
    ]


def test_text_form(mixed: Evaluation) -> None:
    lines = render(mixed, by=["type"], disagreements=1).splitlines()
    assert lines[0].split() == ["P", "R", "F1", "95", "%", "interval", "shared", "extra", "missed"]
    assert lines[4].split() == ["findings", "strict", *["0.333"] * 3, "0.333", "-", "0.333", "1", "2", "2"]
    assert "zone" in lines[8]
    assert lines[-1].split() == "a-1 missed foraminal_stenosis L4-L5 left mild present both mildly narrowed".split()


def test_markdown_form_escapes_bars(mixed: Evaluation) -> None:
    text = render(mixed, "markdown", by=["source"], disagreements=9)
    tables = [block.splitlines() for block in text.strip().split("\n\n")]
    assert len(tables) == 4
    assert {line.replace("\\|", "").count("|") for line in tables[-1]} == {5}
    assert "severe \\| both" in tables[-1][-1]


def test_floor_that_holds(mixed: Evaluation) -> None:
    check_floors(mixed, {"presence": 1.0, "strict": 0.33, "symptom": 1.0})


@pytest.mark.parametrize(
    ("floors", "message"),
    [
        pytest.param({"strict": 0.9}, "strict F1 0.333 is below 0.900", id="below"),
        pytest.param({"presence": 0.9, "level": 1.1}, "level F1 1.000 is below 1.100", id="one_of_two"),
        pytest.param(
            {"best": 0.9}, "no figure 'best'; the figures are presence, level, graded, strict, symptom", id="unknown"
        ),
    ],
)
def test_floor_that_does_not_hold(mixed: Evaluation, floors: dict[str, float], message: str) -> None:
    with pytest.raises(EvaluationError) as raised:
        check_floors(mixed, floors)
    assert str(raised.value) == message


LINES = {
    "no_json": ("{", "gold.jsonl:1: is no JSON"),
    "no_object": ("[]", "gold.jsonl:1: is no object with a report_id"),
    "no_list": ('{"report_id": "a"}', "gold.jsonl:1: has no list 'findings'"),
    "no_type": (
        json.dumps(record("a", [{"level": ""}])),
        "gold.jsonl:1: an entry of 'findings' lacks one of type, level, side, severity, assertion",
    ),
    "twice": (f"{json.dumps(record('a'))}\n\n{json.dumps(record('a'))}", "gold.jsonl:3: report 'a' stands twice"),
    "empty": ("\n", "gold.jsonl: holds no gold record"),
    "not_utf8": ("\udcff", "gold.jsonl: cannot be read as gold JSON lines (not UTF-8)"),
}


@pytest.mark.parametrize(("line", "message"), LINES.values(), ids=LINES)
def test_gold_that_cannot_be_used(line: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").write_bytes(line.encode("utf-8", "surrogateescape"))
    with pytest.raises(EvaluationError) as raised:
        evaluate(tmp_path / "gold.jsonl", write_run(tmp_path, []))
    assert str(raised.value) == f"{tmp_path}/{message}"


def test_gold_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"nowhere: cannot be read as gold JSON lines \(No such file"):
        evaluate(tmp_path / "nowhere", tmp_path)


def test_run_without_tables(tmp_path: Path) -> None:
    gold = write_gold(tmp_path, [record("a")])
    with pytest.raises(EvaluationError, match="holds no table 'findings'; is it the folder of a run"):
        evaluate(gold, tmp_path)


def test_run_without_a_column(tmp_path: Path) -> None:
    gold, run = write_gold(tmp_path, [record("a")]), write_run(tmp_path, [])
    for part in (run / "findings").iterdir():
        pq.write_table(pa.table({"report_id": pa.array([], pa.string())}), part)
    with pytest.raises(EvaluationError, match="findings: has no column 'finding_type'"):
        evaluate(gold, run)


def test_run_that_is_broken(tmp_path: Path) -> None:
    gold, run = write_gold(tmp_path, [record("a")]), write_run(tmp_path, [])
    (run / "findings" / "part-0.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(EvaluationError, match="findings: cannot be read") as raised:
        evaluate(gold, run)
    assert "\n" not in str(raised.value)


EXTRUSION = fact("disc_extrusion", "L5-S1", "left", "severe")
ROOT = fact("nerve_root_involvement", "L5-S1", "left", effect="compression")
SLIP = fact("spondylolisthesis", "L4-L5", grade="2")
MODIC = fact("endplate_change", "L4-L5", subtype="modic_1")
CANAL = fact("central_canal_stenosis", "L4-L5", "", "mild", "possible")
RECESS = fact("lateral_recess_stenosis", "L4-L5", "bilateral", "mild")

IMPORTANT_CASES: dict[str, tuple[list[Row], list[Row], dict[str, tuple[int, int]]]] = {
    "each_of_the_six": (
        [EXTRUSION, ROOT, SLIP, MODIC, CANAL, RECESS],
        [EXTRUSION, ROOT, SLIP, MODIC, CANAL, RECESS],
        {**{name: (1, 1) for name in IMPORTANT}, POOL: (6, 6)},
    ),
    "side_and_severity_do_not_count": (
        [EXTRUSION],
        [{**EXTRUSION, "side": "right", "severity": "", "assertion": "possible"}],
        {"disc extrusion": (1, 1), POOL: (1, 1)},
    ),
    "denied_is_lost": (
        [EXTRUSION],
        [{**EXTRUSION, "assertion": "absent"}],
        {"disc extrusion": (0, 1), POOL: (0, 1)},
    ),
    "another_level_is_lost": (
        [EXTRUSION],
        [{**EXTRUSION, "level": "L4-L5"}],
        {"disc extrusion": (0, 1), POOL: (0, 1)},
    ),
    "a_root_only_touched_is_lost": (
        [ROOT],
        [{**ROOT, "effect": "contact"}],
        {"nerve root displaced or compressed": (0, 1), POOL: (0, 1)},
    ),
    "a_slip_of_two_grades_counts_by_the_lower": (
        [{**SLIP, "grade": "1-2"}, {**SLIP, "level": "L5-S1", "grade": "2-3"}],
        [],
        {"spondylolisthesis of grade 2 or more": (0, 1), POOL: (0, 1)},
    ),
    "said_twice_counts_once": (
        [RECESS, {**RECESS, "side": "left", "section": "impression"}],
        [RECESS],
        {"lateral recess stenosis": (1, 1), POOL: (1, 1)},
    ),
    "others_do_not_count": (
        [
            fact("disc_protrusion", "L5-S1"),
            {**ROOT, "effect": "contact"},
            {**MODIC, "subtype": "modic_2"},
            {**EXTRUSION, "assertion": "absent"},
        ],
        [],
        {},
    ),
}


@pytest.mark.parametrize(("gold_facts", "mine", "shares"), IMPORTANT_CASES.values(), ids=IMPORTANT_CASES)
def test_important_findings(
    gold_facts: list[Row], mine: list[Row], shares: dict[str, tuple[int, int]], tmp_path: Path
) -> None:
    gold = write_gold(tmp_path, [record("a-1", gold_facts)])
    evaluation = evaluate(gold, write_run(tmp_path, [told("a-1", one) for one in mine]))
    assert {name: (share.right, share.named) for name, share in evaluation.important.items()} == shares


@pytest.mark.parametrize(
    ("right", "named", "interval"),
    [
        pytest.param(81, 263, (0.2553, 0.3662), id="many"),
        pytest.param(15, 148, (0.0624, 0.1605), id="few"),
        pytest.param(0, 20, (0.0, 0.1611), id="none"),
        pytest.param(20, 20, (0.8389, 1.0), id="all"),
    ],
)
def test_interval_of_a_share(right: int, named: int, interval: tuple[float, float]) -> None:
    """Values of Newcombe, Statistics in Medicine 1998, table I, method 3."""
    assert tuple(round(bound, 4) for bound in Share(right, named).interval) == interval


def test_important_findings_stand_in_the_text(tmp_path: Path) -> None:
    gold = write_gold(tmp_path, [record("a-1", [EXTRUSION, {**EXTRUSION, "level": "L4-L5"}])])
    text = render(evaluate(gold, write_run(tmp_path, [told("a-1", EXTRUSION)])))
    assert re.search(r"^disc extrusion +1/2 +0\.500 +0\.095 - 0\.905$", text, re.MULTILINE)
    assert re.search(r"^lateral recess stenosis +0/0 +- +-$", text, re.MULTILINE)
    assert re.search(r"^all six +1/2 +0\.500 ", text, re.MULTILINE)


def test_small_groups_can_be_left_out(tmp_path: Path) -> None:
    findings = [fact("disc_bulge", level) for level in ("L3-L4", "L4-L5")]
    gold = write_gold(tmp_path, [record("a-1", [*findings, EXTRUSION])])
    text = render(evaluate(gold, write_run(tmp_path, [])), by=["type", "source"], least=2)
    groups = text[text.index("strict, by type") :]
    assert "disc_bulge" in groups
    assert "disc_extrusion" not in groups
    assert re.search(r"^a  ", groups, re.MULTILINE)
