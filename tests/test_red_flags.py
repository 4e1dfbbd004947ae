"""Red flags beyond single sentences: tiers by age and company, surgery by region, and what must never become one."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinelink import lexicon, vocabulary
from spinelink.analysis import Rules, compile_rules
from spinelink.lexicon import Term
from spinelink.records import Indication, Report
from spinelink.stages import indication, sections, sentences, study

FILES = ("symptoms", "red_flags", "territories", "denials")
FLAGS = [row for row in lexicon.shipped().terms("red_flags") if row.form in ("flag", "lab")]
NAMED = [row for row in lexicon.shipped().terms("symptoms") if row.form in ("noun", "quality")]
BODY = [row for row in lexicon.shipped().terms("territories") if row.form in ("part", "muscle") and row.value]
GUARDS = [row for file in FILES for row in lexicon.shipped().terms(file) if row.form == "guard"]
DRUGS_FOR_PAIN = ("steroid injection", "steroid taper", "Medrol dose pack", "epidural steroids", "prednisone burst")
RELATIVES = ("mother", "father", "sister", "aunt")


@pytest.fixture(scope="module")
def rules() -> Rules:
    """The shipped rules of every stage."""
    return compile_rules(lexicon.shipped())


def read(text: str, rules: Rules, *, age: int | None = None, exam: str = "MRI lumbar spine") -> Indication:
    """Return what the stage makes of an indication."""
    report = Report(
        "r", f"INDICATION: {text}\n\nFINDINGS: Normal.", "t", 0, exam=exam, age=age, study_date=date(2025, 6, 16)
    )
    blocks = sections.split_sections(report.text, rules.sections)
    units = sentences.split_sentences(report.text, blocks, rules.sentences)
    whole = study.study_of(report, blocks, units, rules.study)
    return indication.indication_of(report, blocks, units, whole, rules.indication)


def flags(text: str, rules: Rules, age: int | None = None) -> dict[str, str | None]:
    """Return type and tier of the red flags that are not denied."""
    found = read(text, rules, age=age).symptoms
    return {row.symptom_type: row.tier for row in found if row.kind == "red_flag" and row.assertion != "absent"}


@pytest.mark.parametrize("row", FLAGS, ids=[row.id for row in FLAGS])
def test_a_red_flag_is_read_from_its_example(row: Term, rules: Rules) -> None:
    given_by = {one.rule_id for one in read(row.example, rules).symptoms}
    assert row.id in given_by


@pytest.mark.parametrize("row", NAMED, ids=[row.id for row in NAMED])
def test_a_symptom_is_read_from_its_example(row: Term, rules: Rules) -> None:
    assert row.id in {one.rule_id for one in read(row.example, rules).symptoms}


@pytest.mark.parametrize("row", BODY, ids=[row.id for row in BODY])
def test_a_word_of_the_body_is_the_territory_of_its_example(row: Term, rules: Rules) -> None:
    found = read(row.example, rules).symptoms
    told = {name for one in found for name in one.territory}
    assert set(row.value.split("|")) <= told or any(one.symptom_type == "saddle_anesthesia" for one in found)


@pytest.mark.parametrize("row", FLAGS, ids=[row.id for row in FLAGS])
def test_a_red_flag_has_a_tier_and_a_name_of_the_vocabulary(row: Term) -> None:
    named = {row.value, *(row.attribute("asked") or row.value,), *(row.attribute("also") or row.value,)}
    assert row.form == "lab" or named <= set(vocabulary.RED_FLAGS) | {"osteoporosis"}
    assert row.form == "lab" or row.attribute("tier") in ("E", "S", "W")


@pytest.mark.parametrize(
    ("text", "age", "tier"),
    [
        pytest.param("Ground level fall.", 45, "W", id="fall-of-a-younger-patient"),
        pytest.param("Ground level fall.", 70, "S", id="fall-at-seventy"),
        pytest.param("Ground level fall.", 69, "W", id="fall-before-seventy"),
        pytest.param("Sports injury.", 82, "S", id="any-injury-at-eighty"),
        pytest.param("Fall.", None, "W", id="age-unknown"),
        pytest.param("Fall from a roof.", 30, "S", id="height"),
        pytest.param("MVC.", 30, "S", id="traffic"),
    ],
)
def test_the_tier_of_trauma_depends_on_age_and_height(text: str, age: int | None, tier: str, rules: Rules) -> None:
    assert flags(text, rules, age) == {"trauma": tier}


def test_weight_loss_is_strong_beside_cancer(rules: Rules) -> None:
    assert flags("Weight loss.", rules) == {"weight_loss": "W"}
    assert flags("Weight loss. H/o lung cancer.", rules) == {"cancer_history": "S", "weight_loss": "S"}


@pytest.mark.parametrize("drug", DRUGS_FOR_PAIN)
def test_a_drug_for_pain_is_no_chronic_steroid(drug: str, rules: Rules) -> None:
    assert flags(f"Low back pain, no relief from {drug}.", rules) == {}


@pytest.mark.parametrize("relative", RELATIVES)
def test_a_disease_of_the_family_is_no_flag(relative: str, rules: Rules) -> None:
    assert flags(f"Low back pain. Breast cancer in her {relative}.", rules) == {}
    assert flags(f"{relative.capitalize()} with breast cancer.", rules) == {}


def test_the_familys_section_states_nothing(rules: Rules) -> None:
    report = Report("r", "HISTORY: Low back pain.\n\nFAMILY HISTORY: Breast cancer.\n\nFINDINGS: Normal.", "t", 0)
    blocks = sections.split_sections(report.text, rules.sections)
    units = sentences.split_sentences(report.text, blocks, rules.sentences)
    whole = study.study_of(report, blocks, units, rules.study)
    found = indication.indication_of(report, blocks, units, whole, rules.indication)
    assert [row.symptom_type for row in found.symptoms] == ["low_back_pain"]


@pytest.mark.parametrize("row", GUARDS, ids=[row.id for row in GUARDS])
def test_a_guard_states_nothing_itself(row: Term, rules: Rules) -> None:
    assert row.id not in {one.rule_id for one in read(row.example, rules).symptoms}
    assert row.value == ""


@pytest.mark.parametrize(
    "question", ["Is there", "R/o", "?", "Query", "Concern for", "Exclude", "Evaluate for", "Suspected"]
)
@pytest.mark.parametrize(
    ("disease", "flag"),
    [
        ("metastasis", "suspected_malignancy"),
        ("discitis", "suspected_infection"),
        ("fracture", "suspected_fracture"),
        ("cauda equina", "suspected_cauda_equina"),
        ("cord compression", "suspected_cord_compression"),
    ],
)
def test_a_question_for_a_disease_is_a_possible_flag(question: str, disease: str, flag: str, rules: Rules) -> None:
    found = read(f"Low back pain. {question} {disease}", rules).symptoms
    assert [(row.symptom_type, row.assertion) for row in found] == [("low_back_pain", "present"), (flag, "possible")]


@pytest.mark.parametrize("question", ["R/o", "?", "Evaluate for", "Eval for", "Query", "Assess for"])
@pytest.mark.parametrize("finding", ["HNP", "stenosis", "disc prolapse", "disc", "nerve root compression"])
def test_a_question_for_a_finding_states_nothing(question: str, finding: str, rules: Rules) -> None:
    found = read(f"LBP, {question} {finding}", rules).symptoms
    assert [(row.symptom_type, row.assertion) for row in found] == [("low_back_pain", "present")]


PHRASES = [re.sub(r"[()|]", " ", row.example) for file in FILES for row in lexicon.shipped().terms(file)]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([*PHRASES, ",", ";", "no", "?", "with", "left", "x 3 weeks", "4/5", "(", ")", "L5"]), max_size=8
    )
)
def test_every_row_stands_in_its_text(parts: list[str]) -> None:
    text = " ".join(parts)
    found = read(text, _SHARED).symptoms
    whole = f"INDICATION: {text}\n\nFINDINGS: Normal."
    for row in found:
        assert row.start is not None
        assert row.end is not None
        assert 0 <= row.start < row.end <= len(whole)
        assert row.side in vocabulary.SIDES
        assert row.region is None or row.region in (*vocabulary.SYMPTOM_REGIONS, *vocabulary.REGIONS)
        assert (row.tier is not None) == (row.kind == "red_flag")
        assert len(set(row.roots)) == len(row.roots)
    assert found == read(text, _SHARED).symptoms


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    read(text, _SHARED)


_SHARED = compile_rules(lexicon.shipped())
