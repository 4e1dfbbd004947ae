"""The class of a request: every rule and every editorial setting on records made by hand, then on reports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import lexicon, schemas, vocabulary
from spinelink.analysis import Rules, analyse, compile_rules
from spinelink.errors import LexiconError
from spinelink.lexicon import Appropriateness, Lexicon, Policy, Prevalence, Row
from spinelink.records import Audit, Indication, Match, Report, Study, Symptom
from spinelink.stages import appropriateness

AVOIDABLE, DEPENDENT, INSUFFICIENT = "potentially_avoidable", "policy_dependent", "insufficient_information"
FLAG, DEFICIT, OPERATED = "indicated_red_flag", "indicated_neuro_deficit", "indicated_postoperative"
PERSISTENT, OUT = "indicated_persistent", "out_of_scope"

VIGNETTES = [
    json.loads(line)
    for path in sorted((Path(__file__).parent / "audits").glob("*.jsonl"))
    for line in path.read_text(encoding="utf-8").splitlines()
]


def symptom(kind: str, days: int | None = None, most: int | None = None, **more: Any) -> Symptom:
    """Return a present symptom that has lasted `days`, at most `most` (the same where not given)."""
    told = {"duration_days": days, "duration_max_days": days if most is None else most}
    source = None if days is None and most is None else "counted"
    return Symptom(
        "symptom", kind, **{"assertion": "present", "rule_id": "SYM-1", "duration_source": source, **told, **more}
    )


def open_ended(kind: str, days: int, **more: Any) -> Symptom:
    """Return a symptom that has lasted at least so many days: "for years"."""
    return replace(symptom(kind, days, **more), duration_max_days=None, duration_source="worded")


def flag(kind: str, tier: str | None = "S", assertion: str = "present", **more: Any) -> Symptom:
    return Symptom("red_flag", kind, assertion, "RFL-1", tier=tier, **more)


def care(kind: str, assertion: str = "present") -> Symptom:
    return Symptom("care", kind, assertion, "CAR-1")


PAIN3W = symptom("low_back_pain", 21)
PAIN4M = symptom("low_back_pain", 120)
PAIN = symptom("low_back_pain")
SCIATICA3W = symptom("sciatica", 21, side="left")
FAILED, DONE = care("conservative_care_failed"), care("conservative_care_done")
NONE_YET = care("conservative_care_done", "absent")
CANDIDATE = care("surgical_or_interventional_candidate")
SURGERY = flag("prior_spine_surgery", None)


@pytest.fixture(scope="session")
def rules() -> appropriateness.AppropriatenessRules:
    return appropriateness.compile_rules(lexicon.shipped())


@pytest.fixture(scope="session")
def all_rules() -> Rules:
    return compile_rules(lexicon.shipped())


def audit_of(
    rules: appropriateness.AppropriatenessRules,
    symptoms: Sequence[Symptom],
    *,
    context: Sequence[str] = (),
    quality: str = "free_text",
    match: Match | None = None,
    age: int | None = 44,
    regions: Sequence[str] = ("lumbar",),
    modality: str | None = "MR",
    contrast: str | None = "none",
) -> Audit:
    """Return the audit of a request that says this."""
    indication = Indication(tuple(symptoms), quality, tuple(context), tuple("REQ-1" for _ in context))
    study = Study("MRI", modality, tuple(regions), contrast, True, None, ())
    report = Report("report", "", "report.txt", 0, age=age)
    return appropriateness.audit_of(report, (), study, (), indication, match or Match(), rules)


Case = tuple[str, Sequence[Symptom], dict[str, Any], str, str, str, str]


def case(
    name: str, symptoms: Sequence[Symptom], lenient: str, strict: str, rule: str, strict_rule: str = "", **more: Any
) -> Any:
    return pytest.param(symptoms, more, lenient, strict, rule, strict_rule or rule, id=name)


CASES = [
    case("scope-cervical", [symptom("neck_pain", 21)], OUT, OUT, "IMG-00a", regions=["cervical"]),
    case("scope-thoracic", [symptom("thoracic_back_pain", 21)], OUT, OUT, "IMG-00a", regions=["thoracic"]),
    case("scope-sacrum", [PAIN3W], OUT, OUT, "IMG-00a", regions=["sacral"]),
    case("scope-no-region", [PAIN3W], OUT, OUT, "IMG-00a", regions=[]),
    case("scope-ct", [PAIN3W], OUT, OUT, "IMG-00b", modality="CT"),
    case("scope-radiograph", [PAIN3W], OUT, OUT, "IMG-00b", modality="XR"),
    case("scope-child", [PAIN3W], OUT, OUT, "IMG-00c", age=17),
    case("scope-adult", [PAIN3W], AVOIDABLE, AVOIDABLE, "IMG-04a", age=18),
    case("scope-age-unknown", [PAIN3W], AVOIDABLE, AVOIDABLE, "IMG-04a", age=None),
    case("scope-modality-unknown", [PAIN3W], AVOIDABLE, AVOIDABLE, "IMG-04a", modality=None),
    case("scope-follow-up", [flag("cancer_history")], OUT, OUT, "IMG-00d", context=["follow_up"]),
    case("scope-trauma-protocol", [flag("trauma")], OUT, OUT, "IMG-00e", context=["trauma_protocol"]),
    case("scope-research", [], OUT, OUT, "IMG-00f", context=["research"]),
    case("scope-combined", [PAIN3W], AVOIDABLE, AVOIDABLE, "IMG-04a", regions=["cervical", "lumbar"]),
    case("flag-cauda-equina", [flag("suspected_cauda_equina", "E", "possible")], FLAG, FLAG, "IMG-01a"),
    case("flag-cancer", [PAIN3W, flag("cancer_history")], FLAG, FLAG, "IMG-01b"),
    case("flag-metastasis-asked", [flag("suspected_malignancy", "S", "possible")], FLAG, FLAG, "IMG-01b"),
    case("flag-skin-cancer-weak", [PAIN3W, flag("cancer_history", "W")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("flag-fever", [PAIN3W, flag("fever")], FLAG, FLAG, "IMG-01c"),
    case("flag-night-sweats-weak", [PAIN3W, flag("fever", "W")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("flag-infection-asked", [flag("suspected_infection", "S", "possible")], FLAG, FLAG, "IMG-01c"),
    case("flag-bacteraemia", [PAIN3W, flag("recent_infection")], FLAG, FLAG, "IMG-01c"),
    case("flag-urinary-infection-weak", [PAIN3W, flag("recent_infection", "W")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("flag-markers", [PAIN3W, flag("raised_inflammatory_markers")], FLAG, FLAG, "IMG-01c"),
    case("flag-drugs", [PAIN3W, flag("iv_drug_use")], FLAG, FLAG, "IMG-01c"),
    case("flag-transplant", [PAIN3W, flag("immunosuppression")], FLAG, FLAG, "IMG-01c"),
    case("flag-tuberculosis", [PAIN3W, flag("tuberculosis")], FLAG, FLAG, "IMG-01c"),
    case("flag-major-trauma", [PAIN3W, flag("trauma")], FLAG, FLAG, "IMG-01d"),
    case("flag-minor-trauma-weak", [PAIN3W, flag("trauma", "W")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("flag-fracture-asked", [flag("suspected_fracture", "S", "possible")], FLAG, FLAG, "IMG-01d"),
    case("flag-osteoporosis", [PAIN3W, flag("osteoporosis")], FLAG, FLAG, "IMG-01d"),
    case("flag-steroids", [PAIN3W, flag("steroid_use")], FLAG, FLAG, "IMG-01d"),
    case("flag-spondylitis", [PAIN3W, flag("inflammatory_arthritis")], FLAG, FLAG, "IMG-01e"),
    case("flag-retention", [symptom("bladder_dysfunction", subtype="urinary_retention")], FLAG, FLAG, "IMG-01f"),
    case("flag-saddle", [symptom("saddle_anesthesia")], FLAG, FLAG, "IMG-01f"),
    case("flag-bowel", [symptom("bowel_dysfunction", subtype="fecal_incontinence")], FLAG, FLAG, "IMG-01f"),
    case("flag-new-urgency", [symptom("bladder_dysfunction", subtype="urinary_urgency", trajectory="new")], FLAG, FLAG, "IMG-01f"),
    case("flag-urgency-of-days", [symptom("bladder_dysfunction", 3, subtype="urinary_urgency")], FLAG, FLAG, "IMG-01f"),
    case("flag-bilateral-sciatica", [symptom("sciatica", 3, side="bilateral")], FLAG, FLAG, "IMG-01f"),
    case("flag-sciatica-in-two-rows", [symptom("sciatica", 3, side=side, start=4, end=12) for side in ("left", "right")], FLAG, FLAG, "IMG-01f"),
    case("no-flag-sciatica-told-twice", [symptom("sciatica", 3, side="left", start=4), symptom("sciatica", 3, side="right", start=40)], DEPENDENT, AVOIDABLE, "IMG-04c", "IMG-04d"),
    case("no-flag-urgency", [PAIN3W, symptom("bladder_dysfunction", subtype="urinary_urgency")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("no-flag-constipation", [PAIN3W, symptom("bowel_dysfunction", subtype="constipation")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("no-flag-erectile", [PAIN3W, symptom("sexual_dysfunction")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("no-flag-old-incontinence", [PAIN3W, symptom("bladder_dysfunction", 900, subtype="urinary_incontinence")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("no-flag-old-bilateral-sciatica", [open_ended("sciatica", 365, side="bilateral")], PERSISTENT, INSUFFICIENT, "IMG-03b", "IMG-05e"),
    case("no-flag-saddle-denied", [PAIN3W, symptom("saddle_anesthesia", assertion="absent")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("no-flag-denied", [PAIN3W, flag("cancer_history", "S", "absent")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("weak-two", [PAIN3W, flag("weight_loss", "W"), flag("anticoagulation", "W")], FLAG, AVOIDABLE, "IMG-01g", "IMG-04a"),
    case("weak-same-twice", [PAIN3W, flag("weight_loss", "W"), flag("weight_loss", "W")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("weak-and-age", [PAIN3W, flag("weight_loss", "W")], FLAG, AVOIDABLE, "IMG-01g", "IMG-04a", age=51),
    case("weak-and-age-at-limit", [PAIN3W, flag("weight_loss", "W")], AVOIDABLE, AVOIDABLE, "IMG-04a", age=50),
    case("weak-alone-untimed", [PAIN, flag("diabetes", "W")], INSUFFICIENT, INSUFFICIENT, "IMG-05b"),
    case("age-alone-untimed", [PAIN], INSUFFICIENT, INSUFFICIENT, "IMG-05c", age=80),
    case("age-alone-timed", [PAIN3W], AVOIDABLE, AVOIDABLE, "IMG-04a", age=80),
    case("weak-and-operation", [PAIN3W, flag("weight_loss", "W"), flag("prior_spine_surgery", "W", region="cervical")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("deficit-progressive", [PAIN3W, flag("progressive_neuro_deficit", "E")], DEFICIT, DEFICIT, "IMG-02a"),
    case("deficit-cord", [PAIN3W, flag("suspected_cord_compression", "E", "possible")], DEFICIT, DEFICIT, "IMG-02b"),
    case("deficit-power", [SCIATICA3W, symptom("weakness", sign=True, region="foot")], DEFICIT, DEFICIT, "IMG-02c"),
    case("deficit-foot-drop", [symptom("foot_drop", 5)], DEFICIT, DEFICIT, "IMG-02c"),
    case("deficit-foot-drop-denied", [PAIN3W, symptom("foot_drop", assertion="absent")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("deficit-clonus", [PAIN3W, symptom("upper_motor_neuron_signs", sign=True)], DEFICIT, DEFICIT, "IMG-02d"),
    case("deficit-anal-tone", [PAIN3W, symptom("bowel_dysfunction", 400, sign=True)], DEFICIT, DEFICIT, "IMG-02d"),
    case("deficit-reflex", [SCIATICA3W, symptom("hyporeflexia", sign=True)], DEFICIT, AVOIDABLE, "IMG-02e", "IMG-04d"),
    case("deficit-both-legs", [PAIN3W, symptom("weakness", side="bilateral", region="leg")], DEFICIT, DEFICIT, "IMG-02f"),
    case("deficit-told", [PAIN3W, symptom("weakness", region="leg")], DEFICIT, AVOIDABLE, "IMG-02g", "IMG-04a"),
    case("deficit-told-untimed", [PAIN, symptom("weakness", region="leg")], DEFICIT, INSUFFICIENT, "IMG-02g", "IMG-05c"),
    case("deficit-unsteady", [PAIN3W, symptom("balance_problem")], DEFICIT, AVOIDABLE, "IMG-02g", "IMG-04a"),
    case("no-deficit-heavy-legs", [PAIN3W, symptom("weakness", subtype="leg_heaviness")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("no-deficit-arm", [PAIN3W, symptom("weakness", sign=True, region="arm")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("flag-before-deficit", [flag("fever"), symptom("foot_drop", 5)], FLAG, FLAG, "IMG-01c"),
    case("operated-new", [symptom("leg_pain", 21, trajectory="new"), SURGERY], OPERATED, OPERATED, "IMG-03c"),
    case("operated-worse-untimed", [symptom("low_back_pain", trajectory="worse"), SURGERY], OPERATED, OPERATED, "IMG-03c"),
    case("operated-recurrent", [symptom("leg_pain", trajectory="recurrent"), SURGERY], OPERATED, OPERATED, "IMG-03c"),
    case("operated-course-not-told", [PAIN3W, SURGERY], OPERATED, OPERATED, "IMG-03c"),
    case("operated-long-pain", [PAIN4M, SURGERY], PERSISTENT, INSUFFICIENT, "IMG-03b", "IMG-05e"),
    case("operated-untimed", [PAIN, SURGERY], INSUFFICIENT, INSUFFICIENT, "IMG-05c"),
    case("operated-neck", [PAIN3W, flag("prior_spine_surgery", None, region="cervical")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("operated-denied", [PAIN3W, flag("prior_spine_surgery", None, "absent")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("operated-deficit-first", [symptom("foot_drop", 5), SURGERY], DEFICIT, DEFICIT, "IMG-02c"),
    case("improving", [symptom("low_back_pain", 70, trajectory="improved")], AVOIDABLE, AVOIDABLE, "IMG-04e"),
    case("improving-as-care", [PAIN, DONE, care("improving")], AVOIDABLE, AVOIDABLE, "IMG-04e"),
    case("improving-one-worse", [symptom("leg_pain", 21, trajectory="improved"), symptom("low_back_pain", 120, trajectory="worse")], PERSISTENT, INSUFFICIENT, "IMG-03b", "IMG-05e"),
    case("improving-after-failed-care", [symptom("low_back_pain", 120, trajectory="improved"), FAILED], PERSISTENT, INSUFFICIENT, "IMG-03d", "IMG-05d"),
    case("improving-with-weak-flag", [symptom("low_back_pain", trajectory="improved"), flag("diabetes", "W")], INSUFFICIENT, INSUFFICIENT, "IMG-05b"),
    case("unchanged", [open_ended("low_back_pain", 84)], AVOIDABLE, AVOIDABLE, "IMG-04f", context=["unchanged"]),
    case("unchanged-but-worse", [open_ended("low_back_pain", 84, trajectory="worse")], PERSISTENT, INSUFFICIENT, "IMG-03b", "IMG-05e", context=["unchanged"]),
    case("unchanged-with-candidate", [PAIN4M, FAILED, CANDIDATE], PERSISTENT, PERSISTENT, "IMG-03a", context=["unchanged"]),
    case("merely-stable", [open_ended("low_back_pain", 84, trajectory="stable")], PERSISTENT, INSUFFICIENT, "IMG-03b", "IMG-05e"),
    case("persistent-candidate", [PAIN4M, FAILED, CANDIDATE], PERSISTENT, PERSISTENT, "IMG-03a"),
    case("persistent-candidate-asked", [PAIN4M, DONE, care("surgical_or_interventional_candidate", "possible")], PERSISTENT, PERSISTENT, "IMG-03a"),
    case("persistent-no-candidate", [PAIN4M, DONE], PERSISTENT, INSUFFICIENT, "IMG-03d", "IMG-05d"),
    case("persistent-candidate-denied", [PAIN4M, FAILED, care("surgical_or_interventional_candidate", "absent")], PERSISTENT, INSUFFICIENT, "IMG-03d", "IMG-05d"),
    case("persistent-at-threshold", [symptom("low_back_pain", 42), FAILED], PERSISTENT, INSUFFICIENT, "IMG-03d", "IMG-05d"),
    case("persistent-day-before", [symptom("low_back_pain", 41), FAILED], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("persistent-for-years", [open_ended("low_back_pain", 365)], PERSISTENT, INSUFFICIENT, "IMG-03b", "IMG-05e"),
    case("persistent-candidate-no-care", [PAIN4M, CANDIDATE], PERSISTENT, INSUFFICIENT, "IMG-03b", "IMG-05e"),
    case("radicular-sciatica", [SCIATICA3W], DEPENDENT, AVOIDABLE, "IMG-04c", "IMG-04d"),
    case("radicular-leg", [PAIN3W, symptom("leg_pain", 21)], DEPENDENT, AVOIDABLE, "IMG-04c", "IMG-04d"),
    case("radicular-numb-foot", [symptom("numbness", 21, region="foot")], DEPENDENT, AVOIDABLE, "IMG-04c", "IMG-04d"),
    case("radicular-straight-leg-raise", [PAIN3W, symptom("positive_straight_leg_raise", sign=True)], DEPENDENT, AVOIDABLE, "IMG-04c", "IMG-04d"),
    case("radicular-buttock-is-none", [symptom("buttock_pain", 21)], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("radicular-denied", [PAIN3W, symptom("sciatica", assertion="absent")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("radicular-arm-of-lumbar", [PAIN3W, symptom("radiculopathy", region="arm")], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("radicular-persistent", [symptom("sciatica", 120), FAILED, CANDIDATE], PERSISTENT, PERSISTENT, "IMG-03a"),
    case("avoidable-care-failed", [PAIN3W, FAILED], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("avoidable-span", [symptom("low_back_pain", 21, 28)], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("avoidable-acute", [symptom("low_back_pain", None, 41)], AVOIDABLE, AVOIDABLE, "IMG-04a"),
    case("avoidable-chronic-untried", [open_ended("low_back_pain", 84), NONE_YET], AVOIDABLE, AVOIDABLE, "IMG-04b"),
    case("avoidable-untimed-untried", [PAIN, NONE_YET], AVOIDABLE, AVOIDABLE, "IMG-04b"),
    case("insufficient-empty", [], INSUFFICIENT, INSUFFICIENT, "IMG-05a", quality="empty"),
    case("insufficient-code", [symptom("radiculopathy", origin="indication")], INSUFFICIENT, INSUFFICIENT, "IMG-05a", quality="code_only"),
    case("insufficient-code-of-cancer", [PAIN, flag("cancer_history")], FLAG, FLAG, "IMG-01b", quality="code_only"),
    case("insufficient-untimed", [PAIN], INSUFFICIENT, INSUFFICIENT, "IMG-05c"),
    case("insufficient-failed-untimed", [PAIN, FAILED], INSUFFICIENT, INSUFFICIENT, "IMG-05c"),
    case("insufficient-across", [symptom("low_back_pain", 28, 56)], INSUFFICIENT, INSUFFICIENT, "IMG-05f"),
    case("insufficient-open", [open_ended("low_back_pain", 14)], INSUFFICIENT, INSUFFICIENT, "IMG-05f"),
]  # fmt: skip


@pytest.mark.parametrize(("symptoms", "more", "lenient", "strict", "rule", "strict_rule"), CASES)
def test_class(
    rules: appropriateness.AppropriatenessRules,
    symptoms: Sequence[Symptom],
    more: dict[str, Any],
    lenient: str,
    strict: str,
    rule: str,
    strict_rule: str,
) -> None:
    audit = audit_of(rules, symptoms, **more)
    assert (audit.class_lenient, audit.class_strict) == (lenient, strict)
    assert (audit.rule_lenient, audit.rule_strict) == (rule, strict_rule)


def test_every_rule_with_a_class_has_a_case() -> None:
    rows = [row for row in lexicon.shipped().rows_of(Appropriateness) if row.audit_class]
    decided = {rule for case in CASES for rule in case.values[4:]}
    assert decided == {row.id for row in rows}
    assert {case.values[place] for case in CASES for place in (2, 3)} == set(vocabulary.AUDIT_CLASSES)


@pytest.mark.parametrize(
    ("days", "most", "expected"),
    [
        pytest.param(21, 21, (AVOIDABLE, AVOIDABLE, AVOIDABLE), id="three-weeks"),
        pytest.param(28, 28, (PERSISTENT, AVOIDABLE, AVOIDABLE), id="four-weeks"),
        pytest.param(30, 30, (PERSISTENT, PERSISTENT, AVOIDABLE), id="a-month"),
        pytest.param(42, 42, (PERSISTENT, PERSISTENT, PERSISTENT), id="six-weeks"),
        pytest.param(21, 29, (INSUFFICIENT, AVOIDABLE, AVOIDABLE), id="across-the-first"),
    ],
)
def test_thresholds(
    rules: appropriateness.AppropriatenessRules, days: int, most: int, expected: tuple[str, str, str]
) -> None:
    audit = audit_of(rules, [symptom("low_back_pain", days, most), FAILED])
    assert (audit.class_28d, audit.class_30d, audit.class_42d) == expected


@pytest.mark.parametrize(
    ("symptoms", "more", "expected"),
    [
        pytest.param([PAIN], {}, (None, None), id="none"),
        pytest.param([PAIN3W, symptom("leg_pain", 10)], {}, (21, 21), id="longest"),
        pytest.param([PAIN3W, open_ended("leg_pain", 21)], {}, (21, None), id="of-equals-what-may-be-longer"),
        pytest.param([PAIN3W, symptom("leg_pain", 400, assertion="absent")], {}, (21, 21), id="denied"),
        pytest.param([PAIN3W, symptom("radiculopathy", 60, assertion="possible")], {}, (21, 21), id="asked-for"),
        pytest.param([symptom("radiculopathy", 60, assertion="possible")], {}, (60, 60), id="asked-for-alone"),
        pytest.param([PAIN3W, symptom("neck_pain", 700)], {}, (21, 21), id="neck-in-lumbar-study"),
        pytest.param([symptom("neck_pain", 700)], {}, (None, None), id="neck-alone-in-lumbar-study"),
        pytest.param([symptom("thoracic_back_pain", 700), PAIN3W], {}, (21, 21), id="mid-back-in-lumbar-study"),
        pytest.param([symptom("radiculopathy", 21, region="arm")], {"regions": ["cervical"]}, (21, 21), id="arm-in-cervical-study"),
        pytest.param([symptom("neck_pain", 700), PAIN3W], {"regions": ["cervical", "lumbar"]}, (21, 21), id="combined"),
        pytest.param([symptom("thoracic_back_pain", 120)], {"regions": ["thoracic"]}, (120, 120), id="thoracic"),
        pytest.param([PAIN3W, symptom("bladder_dysfunction", 900)], {}, (21, 21), id="bladder-is-no-pain"),
        pytest.param([symptom("low_back_pain", 0, 41)], {}, (None, 41), id="acute"),
        pytest.param([open_ended("low_back_pain", 84)], {"context": ["acute_on_chronic"]}, (None, None), id="acute-on-chronic"),
        pytest.param([open_ended("low_back_pain", 84), symptom("leg_pain", 14)], {"context": ["acute_on_chronic"]}, (14, 14), id="acute-on-chronic-timed"),
        pytest.param([open_ended("low_back_pain", 365), symptom("leg_pain", 14, trajectory="new")], {}, (14, 14), id="new-on-years"),
        pytest.param([symptom("low_back_pain", 150), symptom("leg_pain", 21)], {}, (150, 150), id="two-durations"),
        pytest.param([symptom("low_back_pain", 60), symptom("leg_pain", 14, trajectory="new")], {}, (60, 60), id="new-within-an-episode"),
        pytest.param([flag("fever", duration_days=90), PAIN3W], {}, (21, 21), id="of-a-flag"),
    ],
)  # fmt: skip
def test_duration(
    rules: appropriateness.AppropriatenessRules,
    symptoms: Sequence[Symptom],
    more: dict[str, Any],
    expected: tuple[int | None, int | None],
) -> None:
    audit = audit_of(rules, symptoms, **more)
    assert (audit.duration_days, audit.duration_max_days) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([], "unknown", id="nothing-told"),
        pytest.param([DONE], "tried", id="tried"),
        pytest.param([DONE, FAILED], "failed", id="failed-before-tried"),
        pytest.param([NONE_YET], "explicit_none", id="none"),
        pytest.param([NONE_YET, DONE], "tried", id="tried-before-none"),
        pytest.param([care("conservative_care_done", "possible")], "unknown", id="asked-for"),
        pytest.param([care("conservative_care_failed", "absent")], "unknown", id="not-failed"),
        pytest.param([CANDIDATE], "unknown", id="candidate-is-no-care"),
    ],
)
def test_care(rules: appropriateness.AppropriatenessRules, rows: Sequence[Symptom], expected: str) -> None:
    assert audit_of(rules, [PAIN, *rows]).care == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([], None, id="nothing-told"),
        pytest.param([CANDIDATE], True, id="planned"),
        pytest.param([care("surgical_or_interventional_candidate", "absent")], False, id="denied"),
    ],
)
def test_candidate(rules: appropriateness.AppropriatenessRules, rows: Sequence[Symptom], expected: bool | None) -> None:
    assert audit_of(rules, [PAIN, *rows]).candidate is expected


@pytest.mark.parametrize(
    ("courses", "more", "expected"),
    [
        pytest.param([], [], None, id="nothing-told"),
        pytest.param(["improved", "worse"], [], "worse", id="worse-before-improved"),
        pytest.param(["improved", "new"], [], "new", id="new-before-improved"),
        pytest.param(["stable", "improved"], [], "improved", id="improved-before-stable"),
        pytest.param(["stable"], [care("improving")], "improved", id="improving-as-care"),
        pytest.param(["improved"], [care("improving", "absent")], "improved", id="not-improving"),
        pytest.param([], [symptom("neck_pain", trajectory="worse")], None, id="of-another-part"),
        pytest.param(["stable"], [], None, id="merely-stable"),
    ],
)
def test_trajectory(
    rules: appropriateness.AppropriatenessRules, courses: Sequence[str], more: Sequence[Symptom], expected: str | None
) -> None:
    pains = [symptom("low_back_pain", trajectory=course) for course in courses]
    assert audit_of(rules, [*pains, *more]).trajectory == expected


def test_red_flags_are_listed_once_with_their_highest_tier(rules: appropriateness.AppropriatenessRules) -> None:
    rows = [flag("trauma", "W"), flag("cancer_history", "S", "possible"), flag("trauma", "S"), SURGERY]
    audit = audit_of(rules, [*rows, flag("fever", "S", "absent"), flag("trauma", "S", "absent")])
    assert audit.red_flags == ("cancer_history", "trauma", "prior_spine_surgery")
    assert audit.red_flag_tiers == ("S", "S", "W")
    assert audit.red_flags_denied == ("fever",)


def test_saddle_and_sphincter_symptoms_are_not_listed_as_flags(rules: appropriateness.AppropriatenessRules) -> None:
    audit = audit_of(rules, [PAIN3W, symptom("saddle_anesthesia", 1)])
    assert (audit.red_flags, audit.class_lenient) == ((), FLAG)
    assert "cauda_equina_symptoms" in audit.neuro_symptoms


def test_signs_and_symptoms_are_told_apart(rules: appropriateness.AppropriatenessRules) -> None:
    rows = [symptom("weakness", sign=True), symptom("numbness"), symptom("hyporeflexia", sign=True), SCIATICA3W]
    audit = audit_of(rules, rows)
    assert audit.neuro_signs == ("hyporeflexia", "weakness")
    assert audit.neuro_symptoms == ("numbness", "sciatica")


@pytest.mark.parametrize(
    ("symptoms", "more", "reason"),
    [
        pytest.param([PAIN], {}, None, id="in-scope"),
        pytest.param([PAIN], {"age": None}, "age_unknown", id="age-unknown"),
        pytest.param([PAIN], {"regions": ["cervical"], "modality": "CT"}, "region", id="region-first"),
        pytest.param([PAIN], {"modality": "CT", "age": 9}, "modality", id="modality-before-age"),
        pytest.param([PAIN], {"context": ["research"], "age": 9}, "age", id="age-before-wording"),
        pytest.param([PAIN], {"context": ["no_red_flags"]}, None, id="other-wording"),
    ],
)
def test_scope_reason(
    rules: appropriateness.AppropriatenessRules, symptoms: Sequence[Symptom], more: dict[str, Any], reason: str | None
) -> None:
    audit = audit_of(rules, symptoms, **more)
    assert audit.scope_reason == reason
    assert (audit.class_lenient == OUT) == (reason not in (None, "age_unknown"))


@pytest.mark.parametrize(
    ("symptoms", "more", "deciding"),
    [
        pytest.param([PAIN3W, flag("fever"), flag("cancer_history")], {}, (2,), id="the-flag-of-the-rule"),
        pytest.param([flag("weight_loss", "W"), PAIN3W, flag("anticoagulation", "W")], {}, (0, 1, 2), id="both-weak-flags-and-strict-duration"),
        pytest.param([PAIN4M, FAILED, CANDIDATE], {}, (0, 1, 2), id="duration-care-candidate"),
        pytest.param([SURGERY, symptom("leg_pain", 21, trajectory="new")], {}, (0, 1), id="operation-and-course"),
        pytest.param([PAIN, NONE_YET], {}, (1,), id="untried"),
        pytest.param([symptom("weakness", sign=True), symptom("hyporeflexia", sign=True)], {}, (0,), id="the-sign-of-the-rule"),
        pytest.param([PAIN], {}, (), id="nothing"),
        pytest.param([symptom("neck_pain", 21)], {"regions": ["cervical"]}, (), id="out-of-scope"),
    ],
)  # fmt: skip
def test_deciding_rows(
    rules: appropriateness.AppropriatenessRules,
    symptoms: Sequence[Symptom],
    more: dict[str, Any],
    deciding: tuple[int, ...],
) -> None:
    assert audit_of(rules, symptoms, **more).deciding == deciding


@pytest.mark.parametrize(
    ("symptoms", "more", "labels"),
    [
        pytest.param([SCIATICA3W], {}, ["radicular_under_6w"], id="radicular"),
        pytest.param([PAIN4M], {}, ["care_not_documented"], id="care"),
        pytest.param([flag("cancer_history", "S", "possible")], {}, ["flag_suspected_only"], id="asked-for"),
        pytest.param([flag("cancer_history", "S", "possible"), flag("fever")], {}, [], id="asked-for-and-stated"),
        pytest.param([flag("suspected_fracture", "S", "possible"), SURGERY], {}, ["flag_suspected_only"], id="asked-for-and-operated"),
        pytest.param([PAIN3W], {"contrast": "with_and_without"}, ["contrast_reason_missing"], id="contrast"),
        pytest.param([PAIN3W], {"contrast": "with"}, ["contrast_reason_missing"], id="contrast-alone"),
        pytest.param([PAIN3W], {"contrast": None}, [], id="contrast-not-told"),
        pytest.param([PAIN3W, flag("fever")], {"contrast": "with_and_without"}, [], id="contrast-for-infection"),
        pytest.param([PAIN3W, SURGERY], {"contrast": "with_and_without"}, [], id="contrast-after-operation"),
        pytest.param([PAIN3W, flag("trauma")], {"contrast": "with_and_without"}, ["contrast_reason_missing"], id="contrast-for-trauma"),
        pytest.param([PAIN3W], {"contrast": "with", "regions": ["cervical"]}, [], id="contrast-out-of-scope"),
        pytest.param([PAIN3W], {"regions": ["cervical", "lumbar"]}, ["combined_study"], id="combined"),
        pytest.param([PAIN3W], {"regions": ["lumbar", "sacral"]}, [], id="lumbosacral-is-one"),
        pytest.param([symptom("leg_pain", 14, trajectory="new"), open_ended("low_back_pain", 365), FAILED], {}, ["radicular_under_6w", "new_on_chronic"], id="new-on-chronic"),
        pytest.param([PAIN3W], {"match": Match(labels=("consider_higher_level",))}, ["consider_higher_level"], id="from-the-links"),
    ],
)  # fmt: skip
def test_sublabels(
    rules: appropriateness.AppropriatenessRules, symptoms: Sequence[Symptom], more: dict[str, Any], labels: list[str]
) -> None:
    assert list(audit_of(rules, symptoms, **more).sublabels) == labels


def with_rows(*changed: Row) -> Lexicon:
    """Return the shipped lexicon with these rows in place of those of the same id, or beside them."""
    rows = dict(lexicon.shipped().rows)
    for row in changed:
        name = next(name for name, row_type in lexicon.ROW_TYPES.items() if row_type is type(row))
        rows[name] = tuple({one.id: one for one in (*rows[name], row)}.values())
    return Lexicon(rows)


def setting(name: str, lenient: str, strict: str) -> Policy:
    """Return the row of a setting with other values."""
    row = next(row for row in lexicon.shipped().rows_of(Policy) if row.setting == name)
    return replace(row, lenient=lenient, strict=strict)


@pytest.mark.parametrize(
    ("changed", "symptoms", "age", "lenient", "strict"),
    [
        pytest.param(("weak_flags_needed", "1", "1"), [PAIN3W, flag("diabetes", "W")], 44, FLAG, FLAG, id="one-weak-flag"),
        pytest.param(("weak_flags_needed", "none", "none"), [PAIN3W, flag("diabetes", "W"), flag("weight_loss", "W")], 44, AVOIDABLE, AVOIDABLE, id="never-by-weak-flags"),
        pytest.param(("weak_flag_age", "none", "none"), [PAIN3W, flag("diabetes", "W")], 70, AVOIDABLE, AVOIDABLE, id="age-is-no-flag"),
        pytest.param(("weak_flag_age", "65", "none"), [PAIN3W, flag("diabetes", "W")], 60, AVOIDABLE, AVOIDABLE, id="another-age"),
        pytest.param(("care_not_documented", "insufficient", "insufficient"), [PAIN4M], 44, INSUFFICIENT, INSUFFICIENT, id="care-needed"),
        pytest.param(("candidate_needed", "yes", "no"), [PAIN4M, FAILED], 44, INSUFFICIENT, PERSISTENT, id="candidate-swapped"),
        pytest.param(("radicular_under_threshold", "avoidable", "avoidable"), [SCIATICA3W], 44, AVOIDABLE, AVOIDABLE, id="radicular-avoidable"),
        pytest.param(("absent_reflex", "noted", "deficit"), [PAIN3W, symptom("hyporeflexia")], 44, AVOIDABLE, DEFICIT, id="reflex-swapped"),
        pytest.param(("told_weakness", "noted", "deficit"), [PAIN3W, symptom("weakness")], 44, AVOIDABLE, DEFICIT, id="weakness-swapped"),
        pytest.param(("threshold_days", "14", "28"), [PAIN3W, FAILED, CANDIDATE], 44, PERSISTENT, AVOIDABLE, id="threshold"),
        pytest.param(("new_after_surgery_days", "none", "none"), [PAIN3W, SURGERY], 44, AVOIDABLE, AVOIDABLE, id="course-needed-after-surgery"),
        pytest.param(("adult_age", "21", "21"), [PAIN3W], 20, OUT, OUT, id="adult-age"),
    ],
)  # fmt: skip
def test_settings_are_data(
    changed: tuple[str, str, str], symptoms: Sequence[Symptom], age: int, lenient: str, strict: str
) -> None:
    other = appropriateness.compile_rules(with_rows(setting(*changed)))
    audit = audit_of(other, symptoms, age=age)
    assert (audit.class_lenient, audit.class_strict) == (lenient, strict)


def test_a_policy_names_itself() -> None:
    other = appropriateness.compile_rules(with_rows(setting("policy", "hospital-3", "hospital-3")))
    assert audit_of(other, [PAIN]).policy_id == "hospital-3"


def rule_row(name: str, **changed: str) -> Appropriateness:
    row = next(row for row in lexicon.shipped().rows_of(Appropriateness) if row.id == name)
    return replace(row, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        pytest.param(rule_row("IMG-04a", conditions="mood=low"), "IMG-04a: mood is no fact of a request", id="fact"),
        pytest.param(rule_row("IMG-04a", conditions="contrast=with"), "IMG-04a: contrast is no fact", id="fact-of-labels"),
        pytest.param(rule_row("IMG-04a", audit_class="fine"), "'fine' is no class of a request", id="class"),
        pytest.param(rule_row("IMG-04a", policy="kind"), "policy 'kind' is none of", id="policy"),
        pytest.param(rule_row("IMG-04a", deciding="mood"), "'mood' is no item of evidence", id="deciding"),
        pytest.param(rule_row("IMG-04a", order="first"), "order 'first' is no number", id="order"),
        pytest.param(rule_row("IMG-04a", sublabels="odd"), "'odd' is no sublabel", id="sublabel"),
        pytest.param(rule_row("IMG-05f", policy="lenient"), "no strict rule without conditions stands last", id="no-end"),
        pytest.param(setting("threshold_days", "six weeks", "42"), "'six weeks' is no number of threshold_days", id="number"),
        pytest.param(Prevalence("BRJ-99", "[age=50]", True, "disc_bulge", "", "1|2|3", "", "", "x"), "BRJ-99: '1|2|3' is not 7 numbers", id="prevalence"),
        pytest.param(Prevalence("BRJ-99", "[age=50]", True, "disc_moth", "", "1|2|3|4|5|6|7", "", "", "x"), "'disc_moth' is no finding", id="finding"),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_used(row: Row, told: str) -> None:
    with pytest.raises(LexiconError, match=told.replace("|", r"\|")):
        appropriateness.compile_rules(with_rows(row))


def analysed(
    rules: Rules, text: str, age: int | None = 44, day: date | None = None, exam: str = "MRI lumbar spine"
) -> Audit:
    audit = analyse(Report("report", text, "report.txt", 0, age=age, exam=exam, study_date=day), rules).audit
    assert audit is not None
    return audit


@pytest.mark.parametrize(
    ("words", "age", "expected"),
    [
        pytest.param("L4-L5: Mild disc bulge.", 50, ["disc_bulge@L4-L5: 60% of people without pain at 50 (123 people); odds with back pain 7.54 (1.28-44.56) up to 50"], id="at-a-decade"),
        pytest.param("L4-L5: Mild disc bulge.", 55, ["disc_bulge@L4-L5: 64% of people without pain at 55 (66 to 123 people)"], id="between-decades"),
        pytest.param("L4-L5: Disc desiccation.", 62, ["disc_desiccation@L4-L5: 88% of people without pain at 62 (people not told)"], id="people-not-told"),
        pytest.param("L4-L5: Mild facet arthropathy.", 20, ["facet_arthropathy@L4-L5: 4% of people without pain at 20 (0 people)"], id="nobody-behind-it"),
        pytest.param("L4-L5: Mild facet arthropathy.", 80, ["facet_arthropathy@L4-L5: 83% of people without pain at 80 (14 people)"], id="oldest"),
        pytest.param("L4-L5: Grade 1 anterolisthesis.", 70, ["spondylolisthesis@L4-L5: 35% of people without pain at 70 (15 people)"], id="slip"),
        pytest.param("L4-L5: Mild disc bulge.", None, ["disc_bulge@L4-L5: age unknown"], id="age-unknown"),
        pytest.param("L4-L5: Mild disc bulge.", 81, ["disc_bulge@L4-L5: no figure for people over 80"], id="too-old"),
        pytest.param("L4-L5: Mild disc bulge.", 19, ["disc_bulge@L4-L5: no figure for people under 20"], id="too-young"),
        pytest.param("L4-L5: No disc bulge.", 50, [], id="denied"),
        pytest.param("L4-L5: Possible disc bulge.", 50, [], id="possible"),
        pytest.param("L4-L5: Moderate facet arthropathy.", 50, [], id="moderate"),
        pytest.param("L4-L5: Grade 2 anterolisthesis.", 50, [], id="higher-slip"),
        pytest.param("L4-L5: Disc extrusion.", 50, [], id="of-no-known-prevalence"),
        pytest.param("T7-T8: Mild disc bulge.", 50, [], id="of-another-region"),
    ],
)  # fmt: skip
def test_incidental_findings(all_rules: Rules, words: str, age: int | None, expected: list[str]) -> None:
    assert list(analysed(all_rules, f"FINDINGS: {words}", age).incidental_findings) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("Acute compression fracture of L1.", ["vertebral_fracture@L1:present"], id="acute-fracture"),
        pytest.param("Compression fracture of L1.", ["vertebral_fracture@L1:present"], id="fracture-of-unknown-age"),
        pytest.param("Old healed compression fracture of L1.", [], id="old-fracture"),
        pytest.param("Possible metastasis in L3.", ["metastasis@L3:possible"], id="possible-metastasis"),
        pytest.param("No metastasis.", [], id="no-metastasis"),
        pytest.param("Suspicious lesion in L3.", ["bone_lesion@L3:present"], id="suspicious-lesion"),
        pytest.param("Sclerotic lesion in L3.", [], id="lesion-not-called-suspicious"),
        pytest.param("L4-L5: Severe canal stenosis.", ["central_canal_stenosis@L4-L5:present"], id="severe-canal"),
        pytest.param("L4-L5: Moderate canal stenosis.", [], id="moderate-canal"),
        pytest.param("L4-L5: Severe foraminal stenosis.", [], id="severe-foramen"),
        pytest.param("L4-L5: Left extrusion compressing the left L5 root.", ["disc_extrusion@L4-L5:present"], id="extrusion-on-a-root"),
        pytest.param("L4-L5: Left extrusion abutting the left L5 root.", [], id="extrusion-beside-a-root"),
        pytest.param("L4-L5: Small extrusion.", [], id="extrusion"),
        pytest.param("L4-L5 discitis osteomyelitis.", ["discitis_osteomyelitis@L4-L5:present"], id="discitis"),
        pytest.param("Epidural abscess at L3.", ["epidural_abscess@L3:present"], id="abscess"),
        pytest.param("L4-L5: Mild disc bulge.", [], id="bulge"),
    ],
)  # fmt: skip
def test_actionable_findings(all_rules: Rules, words: str, expected: list[str]) -> None:
    assert list(analysed(all_rules, f"FINDINGS: {words}").actionable_findings) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("L4-L5: Severe canal stenosis.", ["severe_stenosis:present"], id="severe"),
        pytest.param("No severe stenosis.", ["severe_stenosis:absent"], id="severe-denied"),
        pytest.param("No canal stenosis.", [], id="stenosis-denied"),
        pytest.param("No mass effect.", ["mass_effect:absent"], id="mass-effect-denied"),
        pytest.param("L4-L5: Extrusion with mass effect on the thecal sac.", ["mass_effect:present"], id="mass-effect"),
        pytest.param("No suspicious marrow lesion.", ["suspicious_lesion:absent"], id="lesion-denied"),
        pytest.param("Suspicious lesion in L3.", ["suspicious_lesion:present"], id="lesion"),
        pytest.param("L4-L5: Mild disc bulge.", [], id="none"),
    ],
)
def test_report_alarm(all_rules: Rules, words: str, expected: list[str]) -> None:
    assert list(analysed(all_rules, f"FINDINGS: {words}").report_alarm) == expected


MADE = date(2024, 6, 15)


@pytest.mark.parametrize(
    ("words", "repeat"),
    [
        pytest.param("COMPARISON: MRI lumbar spine 2024-01-10.", True, id="iso"),
        pytest.param("COMPARISON: MRI 01/20/2024.", True, id="month-first"),
        pytest.param("COMPARISON: MRI 20/01/2024.", True, id="day-first"),
        pytest.param("COMPARISON: MRI lumbar spine 3/12/22.", False, id="two-years"),
        pytest.param("COMPARISON: MRI lumbar spine from March 2024.", True, id="month-in-words"),
        pytest.param("COMPARISON: MRI of 12 Nov 2023.", True, id="day-month-in-words"),
        pytest.param("COMPARISON: MRI dated November 12, 2023.", True, id="month-day-in-words"),
        pytest.param("COMPARISON: MRI 11/2023.", True, id="month-and-year"),
        pytest.param("COMPARISON: MRI 2023.", True, id="year"),
        pytest.param("COMPARISON: MRI 2021.", False, id="year-long-ago"),
        pytest.param("COMPARISON: MRI lumbar spine 6 months ago.", True, id="months-ago"),
        pytest.param("COMPARISON: MRI lumbar spine 2 years ago.", False, id="years-ago"),
        pytest.param("COMPARISON: None.", False, id="none"),
        pytest.param("COMPARISON: MRI of the lumbar spine, date unknown.", False, id="no-date"),
        pytest.param("COMPARISON: Lumbar radiographs 2024-06-01.", False, id="radiographs"),
        pytest.param("COMPARISON: CT lumbar spine 2024-05-01.", True, id="ct"),
        pytest.param("COMPARISON: MRI cervical spine 2024-05-01.", False, id="another-region"),
        pytest.param("COMPARISON: CT abdomen 2024-05-01.", False, id="another-part"),
        pytest.param("COMPARISON: CT abdomen 2024-05-01; MRI lumbar spine 2020.", False, id="two-studies"),
        pytest.param("COMPARISON: MRI lumbar spine 2024-07-01.", False, id="after-this-study"),
    ],
)
def test_repeat_imaging(all_rules: Rules, words: str, repeat: bool) -> None:
    audit = analysed(all_rules, f"INDICATION: Low back pain.\n\n{words}\n\nFINDINGS: Normal discs.", day=MADE)
    assert ("repeat_imaging" in audit.sublabels) == repeat


def test_repeat_imaging_needs_the_date_of_the_study(all_rules: Rules) -> None:
    assert analysed(all_rules, "COMPARISON: MRI lumbar spine 2024-05-01.\n\nFINDINGS: Normal.").sublabels == ()


def test_findings_never_justify_the_request(all_rules: Rules) -> None:
    calm = analysed(all_rules, "INDICATION: Low back pain.\n\nFINDINGS: Normal discs.")
    grave = analysed(
        all_rules, "INDICATION: Low back pain.\n\nFINDINGS: L4 metastasis. Severe canal stenosis at L3-L4."
    )
    assert grave.actionable_findings
    items = ("class_lenient", "class_strict", "rule_lenient", "rule_strict", "class_28d", "red_flags", "deciding")
    assert [getattr(grave, item) for item in items] == [getattr(calm, item) for item in items]


@pytest.mark.parametrize(
    ("text", "exam"),
    [
        pytest.param("FINDINGS: The liver is normal.", "CT abdomen", id="another-part"),
        pytest.param("", "", id="empty"),
        pytest.param("Normal.", "MRI brain", id="brain"),
    ],
)
def test_every_report_has_an_audit(all_rules: Rules, text: str, exam: str) -> None:
    assert analysed(all_rules, text, exam=exam).class_lenient == OUT


SYMPTOMS = st.builds(
    Symptom,
    kind=st.just("symptom"),
    symptom_type=st.sampled_from(vocabulary.SYMPTOMS),
    assertion=st.sampled_from(vocabulary.ASSERTIONS),
    rule_id=st.just("SYM-1"),
    region=st.sampled_from((None, *vocabulary.SYMPTOM_REGIONS)),
    side=st.sampled_from(vocabulary.SIDES),
    sign=st.booleans(),
    duration_days=st.none() | st.integers(0, 800),
    duration_max_days=st.none() | st.integers(0, 800),
    trajectory=st.sampled_from((None, "new", "worse", "stable", "improved", "recurrent")),
)
FLAGS = st.builds(
    flag,
    st.sampled_from(vocabulary.RED_FLAGS),
    st.sampled_from((None, "E", "S", "W")),
    st.sampled_from(vocabulary.ASSERTIONS),
)
CARE = st.builds(care, st.sampled_from(vocabulary.CARE), st.sampled_from(vocabulary.ASSERTIONS))
REQUESTS = st.fixed_dictionaries(
    {
        "symptoms": st.lists(SYMPTOMS | FLAGS | CARE, max_size=6),
        "context": st.lists(
            st.sampled_from(("no_red_flags", "acute_on_chronic", "unchanged")), max_size=2, unique=True
        ),
        "quality": st.sampled_from(("empty", "code_only", "short", "free_text")),
        "age": st.none() | st.integers(0, 100),
    }
)


@given(REQUESTS)
def test_what_holds_of_every_audit(rules: appropriateness.AppropriatenessRules, request_: dict[str, Any]) -> None:
    symptoms = request_.pop("symptoms")
    audit = audit_of(rules, symptoms, **request_)
    classes = (audit.class_lenient, audit.class_strict, audit.class_28d, audit.class_30d, audit.class_42d)
    assert set(classes) <= set(vocabulary.AUDIT_CLASSES)
    assert audit.class_42d == audit.class_lenient
    assert len(audit.red_flags) == len(audit.red_flag_tiers) == len(set(audit.red_flags))
    assert not set(audit.red_flags) & set(audit.red_flags_denied)
    assert all(0 <= place < len(symptoms) for place in audit.deciding)
    labels = next(column for column in schemas.table("audit").columns if column.name == "sublabels").values
    assert set(audit.sublabels) <= set(labels)
    meanings = rules.classes.meanings
    assert {audit.rule_lenient, audit.rule_strict} <= set(meanings)


@given(REQUESTS)
def test_the_lenient_policy_never_asks_for_more(
    rules: appropriateness.AppropriatenessRules, request_: dict[str, Any]
) -> None:
    """What the strict policy calls indicated the lenient one does too; what it calls avoidable the strict one does."""
    audit = audit_of(rules, request_.pop("symptoms"), **request_)
    if audit.class_strict.startswith("indicated"):
        assert audit.class_lenient.startswith("indicated")
    if audit.class_lenient == AVOIDABLE:
        assert audit.class_strict == AVOIDABLE


@given(REQUESTS, st.integers(1, 400))
def test_a_class_can_be_worked_out_again_from_the_row(
    rules: appropriateness.AppropriatenessRules, request_: dict[str, Any], threshold: int
) -> None:
    audit = audit_of(rules, request_.pop("symptoms"), **request_)
    names = set(appropriateness.Evidence.__dataclass_fields__) - {"age"}
    evidence = appropriateness.Evidence(**{name: getattr(audit, name) for name in names}, age=request_["age"])
    for policy, told in (("lenient", audit.rule_lenient), ("strict", audit.rule_strict)):
        assert appropriateness.classify(evidence, rules.classes, policy).id == told
        again = appropriateness.classify(evidence, rules.classes, policy, threshold)
        if OUT in (audit.class_lenient, again.audit_class):
            assert again.audit_class == audit.class_lenient


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda vignette: vignette["report_id"])
def test_vignette(all_rules: Rules, vignette: dict[str, Any]) -> None:
    expected = vignette["expect"]
    audit = analysed(all_rules, vignette["text"], vignette["age"], exam=vignette["exam"])
    assert (audit.class_lenient, audit.class_strict) == (expected["class_lenient"], expected["class_strict"])
    assert set(audit.red_flags) == set(expected["red_flags"])
    assert audit.care == expected["care"]
    if expected["duration_days"] is not None:
        assert audit.duration_days == pytest.approx(expected["duration_days"], rel=0.1)
