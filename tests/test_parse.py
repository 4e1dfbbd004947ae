"""What one sentence says by itself: frames, attributes and measurements of mentions, and what no change of layout alters."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import lexicon, vocabulary
from spinelink.records import Mention, Parsed
from spinelink.stages import parse
from spinelink.stages.parse.tokens import tokenize

with (Path(__file__).parent / "spec" / "styles.tsv").open(encoding="utf-8", newline="") as lines:
    SENTENCES = [row["sentence"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]


@cache
def rules() -> parse.ParseRules:
    """The shipped rules, compiled once."""
    return parse.compile_rules(lexicon.shipped())


def read(sentence: str, frame: str = "") -> Parsed:
    """Return what a sentence states."""
    return parse.parse(sentence, frame, rules())


def written(mention: Mention) -> str:
    """Return a mention as type@levels:side:severity:assertion."""
    levels = ",".join(mention.level.levels) if mention.level else ""
    return f"{mention.finding_type}@{levels}:{mention.side}:{mention.severity}:{mention.assertion}"


@pytest.mark.parametrize(
    ("frame", "cell", "facts"),
    [
        ("canal", "Mild", ["central_canal_stenosis@::mild:present"]),
        ("canal", "Patent", ["central_canal_stenosis@:::absent"]),
        ("canal", "No stenosis", ["central_canal_stenosis@:::absent"]),
        ("canal", "Moderate stenosis", ["central_canal_stenosis@::moderate:present"]),
        ("right foramen", "Mild narrowing", ["foraminal_stenosis@:right:mild:present"]),
        ("left foramen", "Patent", ["foraminal_stenosis@:left::absent"]),
        ("foramina", "Patent", ["foraminal_stenosis@:::absent"]),
        ("foramina", "R: none  L: mild", ["foraminal_stenosis@:right::absent", "foraminal_stenosis@:left:mild:present"]),
        ("neural foramina", "mild left, moderate right", ["foraminal_stenosis@:left:mild:present", "foraminal_stenosis@:right:moderate:present"]),
        ("lateral recesses", "Moderate bilaterally", ["lateral_recess_stenosis@:bilateral:moderate:present"]),
        ("facets", "Mild OA", ["facet_arthropathy@::mild:present"]),
        ("facets", "Normal", ["facet_arthropathy@:::absent"]),
        ("facets", "small R effusion", ["facet_effusion@:right:mild:present"]),
        ("disc", "Normal", ["disc_bulge@:::absent", "disc_herniation@:::absent"]),
        ("disc", "Desiccated, mild bulge", ["disc_desiccation@:::present", "disc_bulge@::mild:present"]),
        ("disc", "Marked narrowing", ["disc_height_loss@::severe:present"]),
        ("disc heights", "Mild narrowing at C5-6", ["disc_height_loss@C5-C6::mild:present"]),
        ("disc herniation", "None.", ["disc_herniation@:::absent"]),
        ("foraminal stenosis", "right mild, left moderate", ["foraminal_stenosis@:right:mild:present", "foraminal_stenosis@:left:moderate:present"]),
        ("vertebrae", "Heights are maintained.", ["vertebral_height_loss@:::absent"]),
        ("conus", "Terminates at L1, normal in signal.", ["cord_signal_abnormality@:::absent"]),
        ("cord", "No signal abnormality.", ["cord_signal_abnormality@:::absent"]),
        ("marrow", "Normal.", ["marrow_signal_abnormality@:::absent"]),
        ("si joints", "Mild bilateral OA.", ["sacroiliac_degeneration@:bilateral:mild:present"]),
        ("paraspinal soft tissues", "Within normal limits.", []),
        ("alignment", "Trace retrolisthesis of L5 on S1.", ["spondylolisthesis@L5-S1::minimal:present"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_label_says_what_its_text_is_about(frame: str, cell: str, facts: list[str]) -> None:
    assert sorted(map(written, read(cell, frame).mentions)) == sorted(facts)


@pytest.mark.parametrize(
    ("sentence", "attribute", "value"),
    [
        ("Left paracentral protrusion.", "zone", "paracentral"),
        ("Central & right paracentral extrusion.", "zone", "paracentral"),
        ("Central protrusion.", "zone", "central"),
        ("Left foraminal and posterolateral extrusion.", "zone", "foraminal"),
        ("Right extraforaminal protrusion.", "zone", "extraforaminal"),
        ("Left subarticular protrusion.", "zone", "subarticular"),
        ("Compressing the left L5 nerve root.", "root", "L5"),
        ("Contact to the nerve root L3 left.", "root", "L3"),
        ("No left C8 compression.", "root", "C8"),
        ("The exiting L4 roots are free.", "root", "L4"),
        ("The protrusion abuts the S1 root.", "effect", "contact"),
        ("Displacement of the S1 root.", "effect", "displacement"),
        ("It displaces and compresses the S1 root.", "effect", "compression"),
        ("The cord is flattened.", "effect", "compression"),
        ("Retrolisthesis of L2 on L3.", "subtype", "retrolisthesis"),
        ("Modic II changes at L5-S1.", "subtype", "modic_2"),
        ("Burst fracture of L1.", "subtype", "burst"),
        ("Myelomalacia at C5.", "subtype", "myelomalacia"),
        ("L4 laminectomy.", "subtype", "laminectomy"),
        ("Grade II anterolisthesis of L5 on S1.", "grade", "2"),
        ("Grade II anterolisthesis of L5 on S1.", "grade_scale", "meyerding"),
        ("Disc degeneration, Pfirrmann grade 4.", "grade", "4"),
        ("Disc degeneration, Pfirrmann grade 4.", "grade_scale", "pfirrmann"),
        ("Canal stenosis, Schizas C.", "grade_scale", "schizas"),
        ("Acute fracture of L1.", "acuity", "acute"),
        ("Old fracture of L1.", "acuity", "chronic"),
        ("Age-indeterminate fracture of L1.", "acuity", "indeterminate"),
        ("Isthmic spondylolisthesis of L5 on S1.", "etiology", "isthmic"),
        ("Pathological fracture of T9.", "etiology", "pathologic"),
        ("Extrusion with inferior migration.", "migration", "caudal"),
        ("Extrusion migrated superiorly.", "migration", "cranial"),
        ("Recurrent disc herniation at L4-5.", "recurrent", True),
        ("Foraminal narrowing, left greater than right.", "side_dominant", "left"),
        ("Facet arthropathy, worse on the right.", "side_dominant", "right"),
        ("No severe stenosis.", "denied_qualifier", "severe"),
        ("No significant stenosis.", "denied_qualifier", "significant"),
        ("No acute fracture.", "denied_qualifier", "acute"),
        ("No moderate or severe stenosis.", "denied_qualifier", "moderate"),
        ("No focal disc herniation.", "denied_qualifier", "focal"),
        ("New fracture of L1.", "change", "new"),
        ("Moderate canal stenosis, unchanged.", "change", "stable"),
        ("Interval progression of canal stenosis.", "change", "worse"),
        ("Moderate canal stenosis, previously mild.", "change", "worse"),
        ("The extrusion has decreased in size.", "change", "improved"),
        ("The extrusion has resolved.", "change", "resolved"),
        ("Large extrusion.", "severity_kind", "size"),
        ("Severe canal stenosis.", "severity_kind", "grade"),
        ("Mildly compressing the S1 root.", "severity_kind", "grade_word_on_effect"),
        ("Mild to moderate canal stenosis.", "severity_text", "Mild to moderate"),
        ("Left renal cyst.", "organ", "kidney"),
        ("A nodule in the thyroid lobe.", "organ", "thyroid"),
    ],
    ids=lambda value: str(value),
)  # fmt: skip
def test_an_attribute_is_read(sentence: str, attribute: str, value: Any) -> None:
    values = [getattr(mention, attribute) for mention in read(sentence).mentions]
    assert value in values


@pytest.mark.parametrize(
    ("sentence", "measures"),
    [
        ("Extrusion measuring 9 x 7 x 12 mm (AP x TR x CC).", [("ap", 9, "mm"), ("transverse", 7, "mm"), ("craniocaudal", 12, "mm")]),
        ("A 4 mm protrusion.", [("size", 4, "mm")]),
        ("2 cm renal cyst.", [("size", 20, "mm")]),
        ("4 mm anterolisthesis of L4 on L5.", [("slip", 4, "mm")]),
        ("The canal measures AP 8 mm.", [("canal_ap", 8, "mm")]),
        ("Compression fracture with 40% loss of height.", [("height_loss_pct", 40, "percent")]),
        ("Fracture of L1 with 3 mm of retropulsion.", [("retropulsion", 3, "mm")]),
        ("Scoliosis of 31 degrees.", [("cobb_angle", 31, "degree")]),
        ("Collection of 9 mm AP x 14 mm TR.", [("ap", 9, "mm"), ("transverse", 14, "mm")]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_measurement_is_read(sentence: str, measures: list[tuple[str, float, str]]) -> None:
    assert [(m.kind, m.value, m.unit) for m in read(sentence).measures] == measures


def test_a_prior_value_stands_beside_the_present_one() -> None:
    (measure,) = read("Anterolisthesis of L4 on L5, 8 mm, previously 5 mm.").measures
    assert (measure.value, measure.prior_value) == (8, 5)


@pytest.mark.parametrize(
    ("sentence", "lead"),
    [
        ("At L4-5 there is a bulge.", ("L4-L5",)),
        ("L3-4 small protrusion, no stenosis.", ("L3-L4",)),
        ("At the L5-S1 level, a bulge.", ("L5-S1",)),
        ("Right L4-5 synovial cyst.", None),
        ("A bulge at L4-5.", None),
        ("The T12/L1 through L3/4 discs are preserved.", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_level_that_opens_the_sentence_leads(sentence: str, lead: tuple[str, ...] | None) -> None:
    found = read(sentence).lead
    assert (found.levels if found else None) == lead


def test_blocked_stretches_state_nothing() -> None:
    sentence = "Mild bulge; contrast study is suggested to exclude discitis."
    blocked = [(sentence.index("contrast"), len(sentence))]
    assert [m.finding_type for m in parse.parse(sentence, "", rules(), blocked).mentions] == ["disc_bulge"]


def facts(parsed: Parsed) -> list[str]:
    """Return a parse's facts, without their places."""
    return [written(mention) for mention in parsed.mentions]


@given(
    st.sampled_from(SENTENCES),
    st.sampled_from([str.upper, str.lower, lambda s: s.replace(" ", "  "), lambda s: s.replace(" ", "\n")]),
)
def test_case_and_space_change_nothing(sentence: str, change: Any) -> None:
    assert facts(read(change(sentence))) == facts(read(sentence))


@given(st.sampled_from(SENTENCES), st.sampled_from("-\u2010\u2011\u2012\u2013\u2014\u2212"))
def test_any_dash_joins_a_level(sentence: str, dash: str) -> None:
    assert facts(read(sentence.replace("-", dash))) == facts(read(sentence))


WORDS = [
    *{word for sentence in SENTENCES for word in sentence.split()},
    "?",
    ":",
    ";",
    "(",
    ")",
    "/",
    "\u00e9",
    "\U0001f9b4",
    "\u0130",
]


@given(
    st.lists(st.sampled_from(sorted(WORDS)), max_size=25).map(" ".join),
    st.sampled_from(["", "canal", "facets", "odd label"]),
)
def test_any_words_are_read_within_their_bounds(text: str, frame: str) -> None:
    for mention in read(text, frame).mentions:
        assert 0 <= mention.start <= mention.end <= len(text)
        assert mention.elliptic or mention.finding_type in vocabulary.FINDINGS
        assert mention.assertion in vocabulary.ASSERTIONS
        assert mention.side in vocabulary.SIDES
        assert mention.severity in vocabulary.SEVERITIES
        assert not (mention.assertion == "absent" and mention.severity)


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    for mention in read(text).mentions:
        assert 0 <= mention.start <= mention.end <= len(text)


@given(st.sampled_from(SENTENCES))
def test_a_parse_depends_on_the_sentence_alone(sentence: str) -> None:
    first = read(sentence)
    read("No moderate right foraminal stenosis at C5-6.")
    assert read(sentence) == first


@given(st.lists(st.sampled_from([*WORDS, "x-ray", "Rt.", "bds.", "'s", "L4-5", "-", "."]), max_size=20).map(" ".join))
def test_words_read_piece_by_piece_are_those_of_the_whole(text: str) -> None:
    spelling = rules().vocabulary.spelling
    assert tokenize(text, spelling) == tokenize(text.replace(" ", "\t"), spelling)
