"""What holds of the links of any findings and symptoms, and what a lexicon may not say of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import levels, lexicon, schemas, vocabulary
from spinelink.errors import LexiconError
from spinelink.records import Finding, Indication, Link, Match, Mention, Report, Study, Symptom
from spinelink.stages import links
from spinelink.stages.links.knowledge import Knowledge

REPORT = Report("r", "", "r.txt", 0)
MIRROR = {"left": "right", "right": "left"}
LEVELS = ("C4-C5", "C5-C6", "C6-C7", "T8-T9", "T11-T12", "L2-L3", "L3-L4", "L4-L5", "L5-S1", "L1", "multilevel", "")
SIDE_MATCHES = next(column.values for column in schemas.table("links").columns if column.name == "side_match")
HEADER = "id\torder\tconditions\trelation\tnotes\treason\tsource\texample"


@cache
def rules() -> links.LinkRules:
    """The shipped rules, compiled once."""
    return links.compile_rules(lexicon.shipped())


SIDES = st.sampled_from(vocabulary.SIDES)
MENTIONS = st.builds(
    Mention,
    group=st.just(0),
    finding_type=st.sampled_from(sorted(vocabulary.FINDINGS)),
    assertion=st.sampled_from(("present", "present", "present", "possible", "absent")),
    start=st.just(0),
    end=st.just(1),
    rule_id=st.just("FND-1"),
    side=SIDES,
    severity=st.sampled_from(("", *vocabulary.SEVERITY_RANK)),
    zone=st.sampled_from((None, "central", "paracentral", "foraminal")),
    root=st.sampled_from((None, None, None, "L4", "L5", "S1", "C6")),
    effect=st.sampled_from((None, None, "contact", "compression")),
    acuity=st.sampled_from((None, "acute", "chronic")),
    recurrent=st.sampled_from((None, True)),
)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    """A finding at any level, of one of four sentences in findings and impression."""
    level, sentence = draw(st.sampled_from(LEVELS)), draw(st.integers(0, 3))
    return Finding(
        mention=draw(MENTIONS), mention_id=0, level=level, level_kind="disc", level_source="stated",
        level_rule_id=None, region=levels.region_of(level) or "lumbar", section_id=sentence // 2,
        category=("findings", "impression")[sentence // 2], start=sentence * 10, end=sentence * 10 + 1,
        sentence_start=sentence * 10, sentence_end=sentence * 10 + 9,
    )  # fmt: skip


SYMPTOMS = st.one_of(
    st.builds(
        Symptom,
        kind=st.just("symptom"),
        symptom_type=st.sampled_from(vocabulary.SYMPTOMS),
        assertion=st.sampled_from(("present", "present", "possible", "absent")),
        rule_id=st.just("SYM-1"),
        region=st.sampled_from((None, "leg", "foot", "arm", "hand", "back", "neck", "trunk", "saddle")),
        side=SIDES,
        roots=st.sampled_from(((), (), ("L5",), ("S1",), ("C6",), ("L2", "L3", "L4"))),
    ),
    st.builds(
        Symptom,
        kind=st.just("red_flag"),
        symptom_type=st.sampled_from(vocabulary.RED_FLAGS),
        assertion=st.sampled_from(("present", "possible", "absent")),
        rule_id=st.just("RED-1"),
    ),
    st.builds(
        Symptom,
        kind=st.just("care"),
        symptom_type=st.sampled_from(vocabulary.CARE),
        assertion=st.just("present"),
        rule_id=st.just("CAR-1"),
    ),
)
STUDIES = st.sampled_from(
    [
        Study(None, "MR", regions, None, True, numbering, ())
        for regions in ((), ("lumbar",), ("cervical",), ("thoracic",), ("cervical", "lumbar"))
        for numbering in (None, "transitional")
    ]
)
CASES = st.tuples(st.lists(findings(), max_size=5), st.lists(SYMPTOMS, max_size=3), STUDIES)
Case = tuple[list[Finding], list[Symptom], Study]


def judged(case: Case) -> tuple[tuple[Link, ...], Match]:
    """Return the links of a case."""
    found, symptoms, study = case
    return links.links_of(REPORT, found, (), Indication(tuple(symptoms)), study, rules())


@given(CASES)
def test_links_are_of_stated_things_in_closed_names(case: Case) -> None:
    found, match = judged(case)
    assert {link.relation for link in found} | {match.status} <= set(vocabulary.RELATIONS)
    assert {link.side_match for link in found} <= set(SIDE_MATCHES)
    for link in found:
        assert case[0][link.finding].mention.assertion == "present"
        assert case[1][link.symptom].assertion == "present"
        assert case[1][link.symptom].kind != "care"
    assert len({(link.finding, link.symptom) for link in found}) == len(found)


@given(CASES)
def test_what_is_remembered_changes_no_link(case: Case) -> None:
    found, symptoms, study = case
    known = rules().knowledge
    forgetful = replace(rules(), knowledge=Knowledge(known.definitions, known.table, known.bench))
    assert links.links_of(REPORT, found, (), Indication(tuple(symptoms)), study, forgetful) == judged(case)


@given(CASES)
def test_reasons_are_plain_words_and_name_no_cause(case: Case) -> None:
    for link in judged(case)[0]:
        assert link.reason[0].isupper()
        assert link.reason.endswith(".")
        assert "cause" not in link.reason.lower()
        assert not {"{", "}", "_"} & set(link.reason)
        assert "  " not in link.reason


@given(CASES)
def test_the_rows_of_a_fact_have_one_relation_to_a_symptom(case: Case) -> None:
    relations: dict[tuple[object, ...], set[str]] = {}
    for link in judged(case)[0]:
        finding = case[0][link.finding]
        key = finding.mention.finding_type, finding.level, finding.mention.side, link.symptom
        relations.setdefault(key, set()).add(link.relation)
    assert all(len(found) == 1 for found in relations.values())


def mirrored(case: Case) -> Case:
    """Return a case with left and right exchanged throughout."""
    found, symptoms, study = case
    turned = [
        replace(one, mention=replace(one.mention, side=MIRROR.get(one.mention.side, one.mention.side))) for one in found
    ]
    return turned, [replace(one, side=MIRROR.get(one.side, one.side)) for one in symptoms], study


@given(CASES)
def test_left_and_right_are_alike(case: Case) -> None:
    (found, match), (other, of_mirror) = judged(case), judged(mirrored(case))
    assert [(one.finding, one.symptom, one.relation, one.rule_id, one.roots) for one in found] == [
        (one.finding, one.symptom, one.relation, one.rule_id, one.roots) for one in other
    ]
    assert match == of_mirror


@given(CASES)
def test_the_status_is_the_best_relation_of_any_symptom(case: Case) -> None:
    found, match = judged(case)
    order = ("concordant", "possible", "discordant", "cannot_judge")
    assert match.status == min((best for best in match.best if best), key=order.index, default="cannot_judge")
    for place, best in enumerate(match.best):
        mine = {link.relation for link in found if link.symptom == place}
        assert not mine or order.index(best or "cannot_judge") <= min(map(order.index, mine))
    explained = {case[1][link.symptom].symptom_type for link in found if link.relation in order[:2]}
    assert explained.isdisjoint(match.unexplained_symptoms)


@given(CASES)
def test_an_absent_finding_changes_no_link_of_another_level(case: Case) -> None:
    found, symptoms, study = case
    extra = replace(
        found[0] if found else _blank(),
        level="L1-L2",
        region="lumbar",
        mention=replace((found[0] if found else _blank()).mention, assertion="absent", finding_type="disc_vacuum"),
    )
    before, after = judged(case), judged(([*found, extra], symptoms, study))
    assert before[0] == after[0]


def _blank() -> Finding:
    mention = Mention(0, "disc_bulge", "absent", 0, 1, "FND-1")
    return Finding(mention, 0, "L4-L5", "disc", "stated", None, "lumbar", 0, "findings", 0, 1, 0, 9)


FAULTS = [
    pytest.param("COR-99\t500\tcolour=red\tpossible\t\tA reason.\tx\tx", "'colour' is no fact", id="unknown-fact"),
    pytest.param("COR-99\t500\tfinding=disc_bulge\tperhaps\t\tA reason.\tx\tx", "relation 'perhaps'", id="unknown-relation"),
    pytest.param("COR-99\tlast\tfinding=disc_bulge\tpossible\t\tA reason.\tx\tx", "order 'last'", id="order-is-no-number"),
    pytest.param("COR-99\t500\tfinding=disc_bulge\tpossible\t\tThe {colour}.\tx\tx", "{colour}", id="unknown-word"),
    pytest.param("COR-99\t500\tfinding=disc_bulge\tpossible\t\tThe {finding.\tx\tx", "brace", id="open-brace"),
    pytest.param("COR-99\t500\tfinding=disc_bulge\tpossible\t\tIt causes pain.\tx\tx", "never what causes", id="cause"),
    pytest.param("COR-99\t500\tfinding=disc_bulge\tpossible\t\t\tx\tx", "no reason", id="no-reason"),
    pytest.param("COR-99\t500\tscope=finding; grade>=2\tpossible\t\tA reason.\tx\tx", "scope finding", id="scope-cannot-tell"),
    pytest.param("COR-99\t500\tscope=planet\tpossible\t\tA reason.\tx\tx", "scope is none of", id="unknown-scope"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "fault"), FAULTS)
def test_a_rule_that_cannot_be_used_is_refused(tmp_path: Path, row: str, fault: str) -> None:
    (tmp_path / "correlations.tsv").write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    with pytest.raises(LexiconError, match="COR-99") as raised:
        links.compile_rules(lexicon.load(tmp_path))
    assert fault in str(raised.value)


def test_a_root_that_is_none_is_refused(tmp_path: Path) -> None:
    header = "id\tlevel\tcentral\trecess\tforaminal\textraforaminal\tunstated\texample"
    (tmp_path / "roots.tsv").write_text(f"{header}\nROT-999\tL4-L5\tL5\tL9\tL4\tL4\tL4|L5\tx\n", encoding="utf-8")
    with pytest.raises(LexiconError, match="'L9' is no nerve root"):
        links.compile_rules(lexicon.load(tmp_path))


def test_a_definition_that_asks_too_much_is_refused(tmp_path: Path) -> None:
    text = "id\tfact\tname\tconditions\texample\nLNK-999\tfinding_class\tx\tsymptom=leg_pain\tx\n"
    (tmp_path / "definitions.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(LexiconError, match="'symptom' is no fact that finding_class may ask about"):
        links.compile_rules(lexicon.load(tmp_path))


def test_a_site_can_switch_a_rule_off(tmp_path: Path) -> None:
    row = "COR-19\t390\tfinding=disc_bulge\tpossible\t\tA reason.\tx\tx\tfalse"
    (tmp_path / "correlations.tsv").write_text(f"{HEADER}\tenabled\n{row}\n", encoding="utf-8")
    mention = Mention(0, "disc_desiccation", "present", 0, 1, "FND-1")
    finding = replace(_blank(), mention=mention)
    asked = Indication((Symptom("symptom", "low_back_pain", "present", "SYM-1"),))
    study = Study(None, "MR", ("lumbar",), None, True, None, ())
    shipped, _ = links.links_of(REPORT, [finding], (), asked, study, rules())
    without, _ = links.links_of(REPORT, [finding], (), asked, study, links.compile_rules(lexicon.load(tmp_path)))
    assert [link.rule_id for link in shipped] == ["COR-19"]
    assert not without
