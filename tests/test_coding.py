"""Codes: leaves of their release, none beside one that it excludes, of present facts alone; and codes as they come."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinelink import lexicon, vocabulary
from spinelink.analysis import Rules, analyse, compile_rules
from spinelink.errors import LexiconError
from spinelink.lexicon import Code, Exclusion, Lexicon
from spinelink.records import Analysis, Finding, GivenCode, Indication, Link, Mention, Report, Study, Symptom
from spinelink.run import tables_of
from spinelink.stages import coding

ROWS = lexicon.shipped().rows_of(Code)
ICD = [row for row in ROWS if row.system == "ICD-10-CM"]
GIVEN = sorted({row.code for row in ICD if row.use in ("emit", "both")})
LEAVES = sorted({row.code for row in ICD if row.use != "retired"})
RETIRED = sorted({row.code for row in ICD if row.use == "retired"})
DEVELOPMENT = Path("/work/shared/gold/dev/reports.jsonl")

_CODE = r"[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?"
_HEAD = re.compile(rf"({_CODE})(?:\s*-\s*({_CODE}))?")
_BRACKETS = re.compile(r"\(([^()]*)\)")


@cache
def release() -> ModuleType:
    """Return the package that holds the release of ICD-10-CM; reading its files warns of how it does so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import simple_icd_10_cm

        return simple_icd_10_cm  # type: ignore[no-any-return]


def is_leaf(code: str) -> bool:
    return bool(release().is_valid_item(code) and release().is_leaf(code))


@cache
def excluded(code: str) -> tuple[tuple[str, str], ...]:
    """Return the ranges that the Excludes1 notes of a code and its parents name; a single code is its own range."""
    notes = [note for item in (code, *release().get_ancestors(code)) for note in release().get_excludes1(item)]
    heads = [head for note in notes for part in _BRACKETS.findall(note) for head in _HEAD.findall(part)]
    return tuple((first, last or first) for first, last in heads)


def excludes(code: str, other: str) -> bool:
    return any(first <= other[: len(first)] and other[: len(last)] <= last for first, last in excluded(code))


@cache
def forbids(one: str, other: str) -> bool:
    return excludes(one, other) or excludes(other, one)


def forbidden_pairs(codes: Sequence[str]) -> list[tuple[str, str]]:
    ordered = sorted(set(codes))
    return [(one, two) for place, one in enumerate(ordered) for two in ordered[place + 1 :] if forbids(one, two)]


@cache
def rules() -> Rules:
    """The shipped rules, compiled once."""
    return compile_rules(lexicon.shipped())


def study(*regions: str) -> Study:
    return Study("MRI", "MR", regions or ("lumbar",), None, True, None, ())


def symptom(name: str, side: str = "", **changed: Any) -> Symptom:
    """Return a symptom or red flag as an indication states it."""
    kind = "symptom" if name in vocabulary.SYMPTOMS else "red_flag"
    values: dict[str, Any] = {"kind": kind, "assertion": "present", "rule_id": "SYM-1", **changed}
    return Symptom(symptom_type=name, side=side, **values)


def finding(name: str, level: str = "L4-L5", region: str | None = "lumbar", **changed: Any) -> Finding:
    """Return a finding at a level."""
    values: dict[str, Any] = {"assertion": "present", **changed}
    mention = Mention(group=0, finding_type=name, start=0, end=0, rule_id="FND-1", **values)
    kind = "disc" if "-" in level else "vertebra" if level else "none"
    return Finding(mention, 0, level, kind, "stated", None, region, 0, "findings", 0, 0, 0, 0)


def link(relation: str, place: int = 0, of: int = 0) -> Link:
    return Link(place, of, relation, "same", "COR-03", "could explain")


def codes(
    symptoms: Sequence[Symptom] = (),
    findings: Sequence[Finding] = (),
    links: Sequence[Link] = (),
    given: Sequence[str] = (),
    regions: Sequence[str] = ("lumbar",),
) -> tuple[list[str | None], list[str | None]]:
    """Return the codes of symptoms and of findings, bilateral symptoms on each side."""
    report = Report("r", "", "r.txt", 0, codes=tuple(GivenCode("ICD-10-CM", code) for code in given))
    asked = coding.with_given_codes(Indication(tuple(symptoms)), report, rules().coding)
    asked, found = coding.coded(report, asked, findings, links, study(*regions), rules().coding)
    return [one.code for one in asked.symptoms], list(found)


# The lexicons against the release.


@pytest.mark.parametrize("code", LEAVES)
def test_a_code_is_a_billable_leaf(code: str) -> None:
    assert is_leaf(code)


@pytest.mark.parametrize("code", RETIRED)
def test_a_retired_code_is_a_parent(code: str) -> None:
    assert release().is_valid_item(code)
    assert not release().is_leaf(code)


def test_descriptions_are_those_of_the_release() -> None:
    other = [row.id for row in ICD if row.use != "retired" and row.description != release().get_description(row.code)]
    assert other == []


def test_every_pair_that_the_release_excludes_is_known() -> None:
    barred = rules().coding.barred
    assert [pair for pair in forbidden_pairs(GIVEN) if pair[1] not in barred.get(pair[0], ())] == []


def test_the_syndrome_is_never_given() -> None:
    assert {row.use for row in ICD if row.code == "G83.4"} == {"accept"}


@pytest.mark.parametrize("row", lexicon.shipped().rows_of(Exclusion), ids=lambda row: str(row.id))
def test_of_two_codes_the_one_that_the_row_keeps_stands(row: Exclusion) -> None:
    left = coding.kept_of(row.example.split(), rules().coding)
    assert [code.startswith(row.keep) for code in left] == [True]


# Codes of symptoms.


SYMPTOMS = {
    "low-back-pain": ([symptom("low_back_pain")], ["M54.50"]),
    "back-pain": ([symptom("back_pain")], ["M54.9"]),
    "left-sciatica": ([symptom("sciatica", "left")], ["M54.32"]),
    "right-sciatica": ([symptom("sciatica", "right")], ["M54.31"]),
    "sciatica-of-no-side": ([symptom("sciatica")], ["M54.30"]),
    "both-sides-are-two-rows": ([symptom("sciatica", "bilateral")], ["M54.32", "M54.31"]),
    "both-feet": ([symptom("foot_pain", "bilateral")], ["M79.672", "M79.671"]),
    "back-pain-with-sciatica": ([symptom("low_back_pain"), symptom("sciatica", "left")], [None, "M54.42"]),
    "back-pain-with-sciatica-on-both-sides": (
        [symptom("sciatica", "bilateral"), symptom("low_back_pain")], ["M54.42", "M54.41", None],
    ),
    "sciatica-denied": ([symptom("low_back_pain"), symptom("sciatica", "left", assertion="absent")], ["M54.50", None]),
    "absent": ([symptom("neck_pain", assertion="absent")], [None]),
    "possible": ([symptom("myelopathy", assertion="possible")], [None]),
    "numbness-has-no-side": ([symptom("numbness", "bilateral", region="leg")], ["R20.0"]),
    "leg-weakness": ([symptom("weakness", "left", region="leg")], ["R29.898"]),
    "weakness": ([symptom("weakness")], ["R53.1"]),
    "giving-way-has-no-code": ([symptom("weakness", region="leg", subtype="leg_giving_way")], [None]),
    "foot-drop": ([symptom("foot_drop", "right")], ["M21.371"]),
    "calf": ([symptom("leg_pain", "left", subtype="below_knee_pain")], ["M79.662"]),
    "retention": ([symptom("bladder_dysfunction", subtype="urinary_retention")], ["R33.9"]),
    "bladder-in-general": ([symptom("bladder_dysfunction")], [None]),
    "claudication-is-written-by-the-stenosis": ([symptom("neurogenic_claudication")], [None]),
    "lumbar-radiculopathy": ([symptom("radiculopathy", "left", region="leg")], ["M54.16"]),
    "first-sacral-root": ([symptom("radiculopathy", region="leg", roots=("S1",))], ["M54.17"]),
    "fifth-lumbar-root": ([symptom("radiculopathy", region="leg", roots=("L5",))], ["M54.16"]),
    "cervical-radiculopathy": ([symptom("radiculopathy", region="arm")], ["M54.12"]),
    "eighth-cervical-root": ([symptom("radiculopathy", region="arm", roots=("C8",))], ["M54.13"]),
    "cancer": ([symptom("cancer_history", tier="S")], ["Z85.9"]),
    "active-cancer": ([symptom("cancer_history", subtype="known_active_cancer")], ["C80.1"]),
    "suspected-cauda-equina": ([symptom("suspected_cauda_equina")], [None]),
    "suspected-fracture": ([symptom("suspected_fracture")], [None]),
    "care": ([Symptom("care", "conservative_care_done", "present", "CAR-1")], [None]),
}  # fmt: skip


@pytest.mark.parametrize(("symptoms", "expected"), SYMPTOMS.values(), ids=SYMPTOMS)
def test_codes_of_symptoms(symptoms: list[Symptom], expected: list[str | None]) -> None:
    assert codes(symptoms)[0] == expected


def test_radiculopathy_of_no_region_is_of_the_region_that_was_imaged() -> None:
    assert codes([symptom("radiculopathy")], regions=["cervical"])[0] == ["M54.12"]
    assert codes([symptom("radiculopathy")], regions=["cervical", "lumbar"])[0] == ["M54.10"]


def test_a_side_stands_beside_its_other_side_in_their_place() -> None:
    asked = Indication(
        (symptom("back_pain"), symptom("leg_pain", "bilateral", side_dominant="left"), symptom("weakness"))
    )
    rows = coding.with_given_codes(asked, Report("r", "", "r", 0), rules().coding).symptoms
    assert [(row.symptom_type, row.side) for row in rows] == [
        ("back_pain", ""), ("leg_pain", "left"), ("leg_pain", "right"), ("weakness", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("assertion", ["absent", "possible"])
def test_what_is_not_present_stays_one_row(assertion: str) -> None:
    asked = Indication((symptom("sciatica", "bilateral", assertion=assertion),))
    assert coding.with_given_codes(asked, Report("r", "", "r", 0), rules().coding) == asked


@pytest.mark.parametrize(
    ("one", "term"),
    [
        pytest.param(symptom("low_back_pain"), "HP:0003419", id="low-back-pain"),
        pytest.param(symptom("sciatica", "left"), "HP:0011868", id="sciatica"),
        pytest.param(symptom("weakness", region="leg"), "HP:0007340", id="leg-weakness"),
        pytest.param(symptom("radiculopathy"), None, id="no-such-term"),
        pytest.param(symptom("low_back_pain", assertion="absent"), None, id="absent"),
    ],
)
def test_terms_of_the_phenotype_ontology(one: Symptom, term: str | None) -> None:
    asked, _ = coding.coded(Report("r", "", "r", 0), Indication((one,)), (), (), study(), rules().coding)
    assert asked.symptoms[0].hpo_id == term


# Codes of findings.


FINDINGS = {
    "protrusion": (finding("disc_protrusion"), "M51.26"),
    "bulge": (finding("disc_bulge", "L3-L4"), "M51.26"),
    "lumbosacral": (finding("disc_extrusion", "L5-S1"), "M51.27"),
    "with-a-sixth-lumbar": (finding("disc_extrusion", "L6-S1"), "M51.27"),
    "one-cervical-disc": (finding("disc_protrusion", "C5-C6", "cervical"), "M50.222"),
    "high-cervical": (finding("disc_protrusion", "C3-C4", "cervical"), "M50.21"),
    "cervicothoracic": (finding("disc_protrusion", "C7-T1", "cervical"), "M50.23"),
    "cervical-of-no-level": (finding("disc_protrusion", "", "cervical"), "M50.20"),
    "thoracic": (finding("disc_protrusion", "T7-T8", "thoracic"), "M51.24"),
    "thoracolumbar": (finding("disc_protrusion", "T12-L1", "thoracic"), "M51.25"),
    "several-levels": (finding("disc_bulge", "multilevel"), "M51.26"),
    "region-of-the-study": (finding("disc_bulge", "", None), "M51.26"),
    "absent": (finding("disc_bulge", assertion="absent"), None),
    "possible": (finding("discitis_osteomyelitis", assertion="possible"), None),
    "corrected": (finding("disc_bulge"), "M51.26"),
    "stenosis": (finding("central_canal_stenosis", "L4-L5"), "M48.061"),
    "lumbosacral-stenosis": (finding("central_canal_stenosis", "L5-S1"), "M48.07"),
    "cervical-stenosis": (finding("central_canal_stenosis", "C5-C6", "cervical"), "M48.02"),
    "foraminal-of-no-cause": (finding("foraminal_stenosis"), None),
    "extraforaminal": (finding("foraminal_stenosis", zone="extraforaminal"), "M99.73"),
    "root-compressed": (finding("nerve_root_involvement", effect="compression"), "G54.4"),
    "root-touched": (finding("nerve_root_involvement", effect="contact"), None),
    "cord-compressed": (finding("cord_involvement", "C5-C6", "cervical", effect="compression"), "G95.20"),
    "cord-touched": (finding("cord_involvement", "C5-C6", "cervical", effect="contact"), None),
    "cauda-equina": (finding("cauda_equina_compression", "L4-L5", effect="compression"), None),
    "degeneration": (finding("disc_degeneration"), "M51.369"),
    "anterolisthesis": (finding("spondylolisthesis", subtype="anterolisthesis"), "M43.16"),
    "listhesis": (finding("spondylolisthesis", "L5-S1"), "M43.17"),
    "congenital-listhesis": (finding("spondylolisthesis", etiology="congenital"), "Q76.2"),
    "traumatic-listhesis": (finding("spondylolisthesis", etiology="traumatic"), None),
    "facets": (finding("facet_arthropathy", "L5-S1"), "M47.817"),
    "fracture-by-trauma": (
        finding("vertebral_fracture", "L1", subtype="compression", etiology="traumatic", acuity="acute"), "S32.010A",
    ),
    "thoracic-fracture-in-its-pair": (
        finding("vertebral_fracture", "T8", "thoracic", subtype="compression", etiology="traumatic"), "S22.060A",
    ),
    "fracture-by-osteoporosis": (finding("vertebral_fracture", "L1", etiology="osteoporotic"), "M80.08XA"),
    "old-fracture": (finding("vertebral_fracture", "L1", etiology="osteoporotic", acuity="chronic"), None),
    "pathologic-fracture-of-no-cause": (finding("vertebral_fracture", "L1", etiology="pathologic"), None),
    "pars": (finding("spondylolysis", "L5"), "M43.06"),
    "modic-has-none": (finding("endplate_change", subtype="modic_1"), None),
    "sac-has-none": (finding("thecal_sac_effacement"), None),
    "muscle": (finding("paraspinal_muscle_atrophy", "", "lumbar"), "M62.5A2"),
}  # fmt: skip


@pytest.mark.parametrize(("one", "expected"), FINDINGS.values(), ids=FINDINGS)
def test_codes_of_findings(one: Finding, expected: str | None) -> None:
    assert codes(findings=[one])[1] == [expected]


def test_a_finding_that_an_addendum_corrects_has_no_code() -> None:
    from dataclasses import replace

    wrong, right = replace(finding("disc_bulge"), superseded_by=1), finding("disc_bulge", "L3-L4")
    assert codes(findings=[wrong, right])[1] == [None, "M51.26"]


DEGENERATION = finding("disc_desiccation")
PAINS = {
    "low-back": ([symptom("low_back_pain")], None),  # M54.50 says the pain, and excludes M51.360
    "back-of-no-place": ([symptom("back_pain")], "M51.360"),
    "leg": ([symptom("leg_pain", "left")], "M51.361"),
    "radiculopathy": ([symptom("radiculopathy", region="leg")], "M51.361"),
    "both": ([symptom("back_pain"), symptom("leg_pain", "left")], "M51.362"),
    "both-as-one-code": ([symptom("low_back_pain"), symptom("sciatica", "left")], None),  # M54.42 excludes M51.362
    "neither": ([symptom("neck_pain")], "M51.369"),
    "denied": ([symptom("low_back_pain", assertion="absent")], "M51.369"),
}


@pytest.mark.parametrize(("symptoms", "expected"), PAINS.values(), ids=PAINS)
def test_lumbar_degeneration_is_coded_by_the_pain_told(symptoms: list[Symptom], expected: str | None) -> None:
    assert codes(symptoms, [DEGENERATION])[1] == [expected]


COMBINED = {
    "radiculopathy": (symptom("radiculopathy", "left", region="leg"), finding("disc_extrusion"), "M51.16", "M51.26"),
    "sciatica": (symptom("sciatica", "left"), finding("disc_protrusion", "L5-S1"), "M51.17", "M51.27"),
    "arm": (symptom("radiculopathy", region="arm"), finding("disc_herniation", "C5-C6", "cervical"), "M50.122", "M50.222"),
    "spondylosis": (symptom("radiculopathy", region="leg"), finding("spondylosis", "", "lumbar"), "M47.26", "M47.816"),
    "myelopathy": (symptom("myelopathy"), finding("disc_extrusion", "C5-C6", "cervical"), "M50.022", "M50.222"),
    "claudication": (symptom("neurogenic_claudication"), finding("central_canal_stenosis"), "M48.062", "M48.061"),
}  # fmt: skip


@pytest.mark.parametrize("relation", ["concordant", "possible", "discordant", "cannot_judge", "none"])
@pytest.mark.parametrize(("one", "found", "combined", "plain"), COMBINED.values(), ids=COMBINED)
def test_combination_codes_need_a_symptom_that_the_finding_could_explain(
    one: Symptom, found: Finding, combined: str, plain: str, relation: str
) -> None:
    links = [] if relation == "none" else [link(relation)]
    expected = combined if relation in ("concordant", "possible") else plain
    assert codes([one], [found], links)[1] == [expected]


SPONDYLOSIS = finding("spondylosis", "L4-L5")
NARROW = finding("foraminal_stenosis", "L4-L5")
NEAR = {
    "at-its-level": (SPONDYLOSIS, [NARROW], [link("concordant", 1)], "M47.26"),
    "at-another-level": (SPONDYLOSIS, [finding("foraminal_stenosis", "L3-L4")], [link("concordant", 1)], "M47.816"),
    "in-its-region": (finding("spondylosis", ""), [NARROW], [link("possible", 1)], "M47.26"),
    "of-another-region": (finding("spondylosis", "", "cervical"), [NARROW], [link("possible", 1)], "M47.812"),
    "what-could-not-explain-it": (SPONDYLOSIS, [NARROW], [link("discordant", 1)], "M47.816"),
    "judged-itself": (SPONDYLOSIS, [NARROW], [link("discordant"), link("concordant", 1)], "M47.816"),
    "beside-a-herniation": (SPONDYLOSIS, [finding("disc_extrusion", "L4-L5")], [link("concordant", 1)], "M47.816"),
    "facets": (finding("facet_arthropathy", "L4-L5"), [NARROW], [link("concordant", 1)], "M47.26"),
}  # fmt: skip


@pytest.mark.parametrize(("one", "others", "links", "expected"), NEAR.values(), ids=NEAR)
def test_spondylosis_combines_with_what_its_level_could_explain(
    one: Finding, others: list[Finding], links: list[Link], expected: str
) -> None:
    assert codes([symptom("radiculopathy", region="leg")], [one, *others], links)[1][0] == expected


def test_a_disc_on_the_conus_combines_with_a_myelopathy_of_which_nothing_can_be_judged() -> None:
    disc, cord = finding("disc_extrusion", "L1-L2"), finding("cord_involvement", "L1-L2", effect="compression")
    assert codes([symptom("myelopathy")], [disc, cord], [link("cannot_judge")])[1][0] == "M51.06"
    assert codes([symptom("myelopathy")], [disc], [link("cannot_judge")])[1] == ["M51.26"]


@pytest.mark.parametrize("assertion", ["absent", "possible"])
def test_a_symptom_that_is_not_present_combines_with_nothing(assertion: str) -> None:
    asked = symptom("sciatica", "left", assertion=assertion)
    assert codes([asked], [finding("disc_extrusion")], [link("concordant")])[1] == ["M51.26"]


KEPT = {
    "radiculopathy-in-the-disc-code": (
        [symptom("radiculopathy", region="leg")], [finding("disc_extrusion")], [link("concordant")], [None], ["M51.16"],
    ),
    "radiculopathy-beside-a-bulge": (
        [symptom("radiculopathy", region="leg")], [finding("disc_bulge")], [link("possible")], ["M54.16"], ["M51.26"],
    ),
    "sciatica-in-the-disc-code": (
        [symptom("sciatica", "left")], [finding("disc_extrusion")], [link("possible")], [None], ["M51.16"],
    ),
    "sciatica-of-another-side": (
        [symptom("sciatica", "left")], [finding("disc_extrusion")], [link("discordant")], ["M54.32"], ["M51.26"],
    ),
    "pain-over-the-degeneration-code": ([symptom("low_back_pain")], [DEGENERATION], [], ["M54.50"], [None]),
    "pain-over-the-displacement-code": ([symptom("low_back_pain")], [finding("disc_bulge")], [], ["M54.50"], [None]),
    "pain-beside-stenosis": (
        [symptom("low_back_pain")], [finding("central_canal_stenosis")], [], ["M54.50"], ["M48.061"],
    ),
    "neck-pain": (
        [symptom("neck_pain")], [finding("disc_bulge", "C5-C6", "cervical")], [], ["M54.2"], [None],
    ),
    "root-beside-a-disc": (
        [], [finding("disc_extrusion"), finding("nerve_root_involvement", effect="compression")], [], [], ["M51.26", None],
    ),
    "lysis-beside-a-slip": (
        [], [finding("spondylolysis", "L5"), finding("spondylolisthesis", "L5-S1")], [], [], [None, "M43.17"],
    ),
    "osteoporosis-beside-its-fracture": (
        [symptom("osteoporosis")], [finding("vertebral_fracture", "L1", etiology="osteoporotic")], [], [None], ["M80.08XA"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("symptoms", "findings", "links", "asked", "found"), KEPT.values(), ids=KEPT)
def test_of_what_excludes_one_another_one_is_kept(
    symptoms: list[Symptom],
    findings: list[Finding],
    links: list[Link],
    asked: list[str | None],
    found: list[str | None],
) -> None:
    assert codes(symptoms, findings, links) == (asked, found)


CAUSES = {
    "bone-causing": ("L4-L5: Facet arthropathy causing foraminal stenosis.", "M99.63"),
    "disc-causing": ("L4-L5: Disc protrusion resulting in left foraminal narrowing.", "M99.73"),
    "due-to-bone": ("L4-L5: Foraminal stenosis due to facet hypertrophy.", "M99.63"),
    "due-to-disc": ("L4-L5: Left foraminal narrowing secondary to a disc extrusion.", "M99.73"),
    "slip": ("Anterolisthesis of L4 on L5 causing foraminal stenosis.", "M99.63"),
    "cervical": ("C5-C6: Uncovertebral hypertrophy causing foraminal stenosis.", "M99.61"),
    "verb": ("L3-L4: Disc bulge encroaching on the left neural foramen.", "M99.73"),
    "lumbosacral-takes-the-lumbar-code": ("L5-S1: Foraminal stenosis due to osteophytes.", "M99.63"),
    "only-beside": ("L4-L5: Facet arthropathy with foraminal stenosis.", None),
    "in-another-sentence": ("L4-L5: Facet arthropathy. Foraminal stenosis.", None),
    "denied-cause": ("L4-L5: Foraminal stenosis without facet arthropathy.", None),
    "recess-by-bone": ("L4-L5: Facet arthropathy causing lateral recess stenosis.", "M99.33"),
    "recess-by-disc": ("L4-L5: Disc protrusion causing lateral recess stenosis.", "M99.53"),
    "recess-of-no-cause": ("L4-L5: Lateral recess stenosis.", None),
}


def of_text(text: str, exam: str = "MRI SPINE") -> Analysis:
    return analyse(Report("r", text, "r.txt", 0, exam=exam), rules())


@pytest.mark.parametrize(("text", "expected"), CAUSES.values(), ids=CAUSES)
def test_narrow_foramina_and_recesses_are_coded_by_their_stated_cause(text: str, expected: str | None) -> None:
    read = of_text(f"FINDINGS:\n{text}")
    kinds = [one.mention.finding_type for one in read.findings]
    place = next(place for place, kind in enumerate(kinds) if kind in ("foraminal_stenosis", "lateral_recess_stenosis"))
    assert read.finding_codes[place] == expected


NAMED = {
    "osteomyelitis": ("Vertebral osteomyelitis of L3.", "M46.26"),
    "discitis": ("Discitis at L3-L4.", "M46.46"),
    "cannot-exclude-discitis": ("Cannot exclude discitis at L3-L4.", None),
    "tuberculosis": ("Tuberculous spondylitis at L3.", "A18.01"),
    "psoas": ("Left psoas abscess.", "K68.12"),
    "meningioma": ("Intradural meningioma at T6.", "D32.1"),
    "suspicious-lesion": ("Suspicious bone lesion in L3.", "R93.7"),
    "tumour": ("Epidural tumour at L3.", "D49.7"),
    "adjacent-segment": ("Adjacent segment degeneration at L3-L4.", "M51.369"),
    "transverse-process": ("Fracture of the left transverse process of L3.", "S32.038A"),
    "endplate": ("Acute superior endplate fracture of L1.", "M48.56XA"),
    "mass-is-no-tumour": ("Epidural mass at L3.", None),
    "metastasis": ("Metastasis of L3.", "C79.51"),
    "possible-metastasis": ("Possible metastasis of L3.", None),
    "collapse": ("Wedge deformity of L1.", "M48.56XA"),
    "fracture-of-no-cause": ("Acute fracture of L1.", None),
    "burst": ("Burst fracture of L1.", "S32.019A"),
    "old-compression-fracture": ("Old compression fracture of L1.", None),
    "junction": ("Compression fractures at T12-L1.", "M48.55XA"),
    "no-fracture": ("No compression fracture.", None),
    "insufficiency": ("Sacral insufficiency fracture.", "M84.48XA"),
    "opll": ("OPLL at C4-C5.", "M48.8X2"),
    "bone-island": ("Bone island in L3.", "M85.88"),
    "aneurysm": ("Abdominal aortic aneurysm.", "I71.40"),
}


@pytest.mark.parametrize(("text", "expected"), NAMED.values(), ids=NAMED)
def test_words_tell_what_is_finer_than_a_type(text: str, expected: str | None) -> None:
    assert set(of_text(f"FINDINGS:\n{text}").finding_codes) == {expected}


# Codes that come with a report.


def stated(*given: str) -> list[tuple[str, str, str, str | None, str | None, str | None]]:
    report = Report("r", "", "r", 0, codes=tuple(GivenCode("ICD-10-CM", code, date(2024, 3, 1)) for code in given))
    rows = coding.with_given_codes(Indication(), report, rules().coding).symptoms
    assert all(row.origin == "codes" and row.start is row.end is None and row.assertion == "present" for row in rows)
    return [(row.kind, row.symptom_type, row.side, row.region, row.code, row.code_status) for row in rows]


COME = {
    "billable": (["M54.50"], [("symptom", "low_back_pain", "", None, "M54.50", "billable")]),
    "retired": (["M54.5"], [("symptom", "low_back_pain", "", None, "M54.5", "retired_parent")]),
    "side": (["M54.32"], [("symptom", "sciatica", "left", None, "M54.32", "billable")]),
    "region": (["M54.16"], [("symptom", "radiculopathy", "", "leg", "M54.16", "billable")]),
    "arm": (["M54.12"], [("symptom", "radiculopathy", "", "arm", "M54.12", "billable")]),
    "two-facts": (
        ["M54.41"],
        [("symptom", "sciatica", "right", None, "M54.41", "billable"), ("symptom", "low_back_pain", "", None, "M54.41", "billable")],
    ),
    "flag": (["Z85.3"], [("red_flag", "cancer_history", "", None, "Z85.3", "billable")]),
    "claudication": (["M48.062"], [("symptom", "neurogenic_claudication", "", None, "M48.062", "billable")]),
    "syndrome": (["G83.4"], [("red_flag", "suspected_cauda_equina", "", None, "G83.4", "billable")]),
    "once": (["M54.2", "M54.2"], [("symptom", "neck_pain", "", None, "M54.2", "billable")]),
    "one-symptom-of-two-codes": (["M54.5", "M54.50"], [("symptom", "low_back_pain", "", None, "M54.50", "billable")]),
    "a-finding": (["M51.26"], []),
    "retired-finding": (["M51.36"], []),
    "only-written": (["R29.898"], []),
    "unknown": (["E78.5"], []),
}  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), COME.values(), ids=COME)
def test_codes_as_symptoms(given: list[str], expected: list[Any]) -> None:
    assert stated(*given) == expected


def test_other_systems_say_nothing() -> None:
    report = Report("r", "", "r", 0, codes=(GivenCode("SNOMED CT", "M54.2"),))
    assert coding.with_given_codes(Indication(), report, rules().coding) == Indication()


def test_a_code_that_came_stands_and_what_it_excludes_is_not_given() -> None:
    asked, found = codes(findings=[finding("disc_extrusion")], links=[link("concordant")], given=["M54.16"])
    assert (asked, found) == (["M54.16"], ["M51.26"])


def test_a_retired_code_stands_as_it_came() -> None:
    assert codes([symptom("low_back_pain")], given=["M54.5"])[0] == ["M54.50", "M54.5"]


# Whatever a report says.


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Symptom], list[Finding], list[Link]]:
    """Draw symptoms, findings and links as no report need have them."""
    assertions = st.sampled_from(vocabulary.ASSERTIONS)
    names = st.sampled_from([*vocabulary.SYMPTOMS, *vocabulary.RED_FLAGS])
    subtypes = st.sampled_from([None, *sorted({row.subtype for row in ROWS if row.kind != "finding" and row.subtype})])
    symptoms = draw(
        st.lists(
            st.builds(
                symptom, names, st.sampled_from(vocabulary.SIDES), assertion=assertions, subtype=subtypes,
                region=st.sampled_from([None, *vocabulary.SYMPTOM_REGIONS]), duration_days=st.sampled_from([None, 7, 400]),
            ),
            max_size=8,
        )
    )  # fmt: skip
    findings = draw(
        st.lists(
            st.builds(
                finding, st.sampled_from(sorted(vocabulary.FINDINGS)), st.sampled_from(vocabulary.LEVELS),
                st.sampled_from([None, *vocabulary.REGIONS]), assertion=assertions, recurrent=st.sampled_from([None, True]),
                effect=st.sampled_from([None, *vocabulary.EFFECTS]), etiology=st.sampled_from([None, *vocabulary.ETIOLOGIES]),
                acuity=st.sampled_from([None, *vocabulary.ACUITIES]), zone=st.sampled_from([None, *vocabulary.ZONES]),
                subtype=st.sampled_from([None, "compression", "burst", "myelomalacia", "demyelination", "lateral"]),
            ),
            max_size=12,
        )
    )  # fmt: skip
    pairs = [(place, of) for place in range(len(findings)) for of in range(len(symptoms))]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=20)) if pairs else []
    return symptoms, findings, [link(draw(st.sampled_from(vocabulary.RELATIONS)), *pair) for pair in chosen]


@given(case=cases())
@settings(max_examples=300)
def test_nothing_forbidden_stands_in_one_report(case: tuple[list[Symptom], list[Finding], list[Link]]) -> None:
    symptoms, findings, links = case
    one_sided = [one for one in symptoms if one.side != "bilateral"]
    places = {id(one): place for place, one in enumerate(one_sided)}
    kept = [
        Link(one.finding, places[id(symptoms[one.symptom])], one.relation, "same", "COR-03", "")
        for one in links
        if id(symptoms[one.symptom]) in places
    ]
    for told, pairs in ((symptoms, []), (one_sided, kept)):
        asked, found = codes(told, findings, pairs)
        given_codes = [code for code in (*asked, *found) if code]
        assert forbidden_pairs(given_codes) == []
        assert set(given_codes) <= set(GIVEN)
        assert all(
            code is None for one, code in zip(findings, found, strict=True) if one.mention.assertion != "present"
        )


@given(picked=st.lists(st.sampled_from(GIVEN), max_size=12, unique=True))
@settings(max_examples=200)
def test_a_code_falls_only_to_one_that_stands(picked: list[str]) -> None:
    left = coding.kept_of(picked, rules().coding)
    assert forbidden_pairs(left) == []
    assert all(any(forbids(code, other) for other in left) for code in picked if code not in left)


# The corpora.


CORPORA = sorted(Path(__file__).resolve().parents[1].glob("corpora/gold*/reports.jsonl"))


def reports_of(path: Path) -> Iterator[Report]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        read = json.loads(line)
        yield Report(read["report_id"], read["text"], path.name, number, exam=read.get("exam"))


@pytest.mark.parametrize(
    "path", [*CORPORA, *([DEVELOPMENT] if DEVELOPMENT.is_file() else [])], ids=lambda path: str(path.parent.name)
)
def test_codes_of_a_corpus(path: Path) -> None:
    given_in_all: set[str] = set()
    for report in reports_of(path):
        read = analyse(report, rules())
        found = [*zip(read.findings, read.finding_codes, strict=True)]
        assert all(code is None for one, code in found if one.mention.assertion != "present")
        assert all(one.code is None for one in read.indication.symptoms if one.assertion != "present")
        given_codes = {code for _, code in found if code} | {one.code for one in read.indication.symptoms if one.code}
        assert forbidden_pairs(sorted(given_codes)) == []
        given_in_all |= given_codes
    assert given_in_all
    assert given_in_all <= set(GIVEN)
    assert "G83.4" not in given_in_all


def test_codes_of_the_demo(demo: Path) -> None:
    tables = tables_of(demo)
    by_report: dict[str, set[str]] = {}
    for name in ("findings", "symptoms"):
        for row in tables[name].to_pylist():
            if row["code"] is not None:
                assert row["assertion"] == "present"
                assert row["code_system"] == "ICD-10-CM"
                by_report.setdefault(row["report_id"], set()).add(row["code"])
    assert {name for name, found in by_report.items() if forbidden_pairs(sorted(found))} == set()
    assert set().union(*by_report.values()) <= set(GIVEN)


# Rows that cannot be used.


@pytest.fixture
def with_row(tmp_path: Path) -> Callable[[str, str], Lexicon]:
    """A function that returns the lexicon with one more row of a file."""

    def load(name: str, cells: str) -> Lexicon:
        head = {
            "codes": "id name kind type subtype region side conditions system code use description example",
            "exclusions": "id code excluded keep source example",
            "details": "id term field value example",
        }[name]
        (tmp_path / f"{name}.tsv").write_text(
            "\t".join(head.split()) + "\n" + cells.replace("|", "\t") + "\n", encoding="utf-8"
        )
        return lexicon.load(tmp_path)

    return load


FAULTY = {
    "kind": ("codes", "COD-9001|x|cause|disc_bulge||any|any||ICD-10-CM|M51.26|emit|x|x", "kind 'cause' is none of"),
    "type": ("codes", "COD-9001|x|finding|disc_bilge||any|any||ICD-10-CM|M51.26|emit|x|x", "'disc_bilge' is no finding"),
    "region": ("codes", "COD-9001|x|finding|disc_bulge||tail|any||ICD-10-CM|M51.26|emit|x|x", "'tail' is no region or level"),
    "side": ("codes", "COD-9001|x|finding|disc_bulge||any|up||ICD-10-CM|M51.26|emit|x|x", "side 'up' is none of"),
    "system": ("codes", "COD-9001|x|finding|disc_bulge||any|any||ICD-9|722|emit|x|x", "system 'ICD-9' is none of"),
    "use": ("codes", "COD-9001|x|finding|disc_bulge||any|any||ICD-10-CM|M51.26|bill|x|x", "use 'bill' is none of"),
    "fact": ("codes", "COD-9001|x|finding|disc_bulge||any|any|mood=low|ICD-10-CM|M51.26|emit|x|x", "no fact 'mood'"),
    "told": ("codes", "COD-9001|x|finding|disc_bulge||any|any|told=huge|ICD-10-CM|M51.26|emit|x|x", "tells no 'huge'"),
    "no-type": ("codes", "COD-9001|x|symptom|||any|any||ICD-10-CM|R10.2|emit|x|x", "a code that is given needs a type"),
    "keep": ("exclusions", "EXC-9001|M54.1|M51.1|M50|MAP-05|M54.16 M51.16", "keep 'M50' is neither M54.1 nor M51.1"),
    "detail": ("details", "DET-9001|small|disc_bilge|small|A small one.", "'disc_bilge' is no finding"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "cells", "fault"), FAULTY.values(), ids=FAULTY)
def test_a_row_that_cannot_be_used_is_refused(
    with_row: Callable[[str, str], Lexicon], name: str, cells: str, fault: str
) -> None:
    with pytest.raises(LexiconError, match=re.escape(fault)):
        coding.compile_rules(with_row(name, cells))
