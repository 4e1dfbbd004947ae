"""Levels as written: an example a test for each rule LVL-01 to LVL-27 and each row of places.tsv, and any text at all.

Expected mentions are in short form: levels with a space between them, "@role" where it is none of a level, "~flag" for
each flag, "^1" for a shift, " | " between mentions; "nothing" where none is found, "-" for a mention without a level.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import levels, lexicon, vocabulary
from spinelink.errors import LexiconError
from spinelink.levels import LevelRules, find_levels
from spinelink.levels.rules import FIRST_VERTEBRA, GAP
from spinelink.lexicon import Lexicon, Term
from spinelink.records import LevelMention

ROWS = lexicon.shipped().terms("places")
RULES = levels.compile_rules(lexicon.shipped())
ROLES = ("level", "root", "conus", "numbering", "position", "comparison", "extent")
FORMS = ("single", "list", "range", "pair", "on", "relative", "descriptive")
FLAGS = ("ambiguous", "reversed", "typo", "transitional", "open_range")

EXAMPLES: dict[str, dict[str, str]] = {
    "LVL-01": {
        "L4-5": "L4-L5",
        "L4/5": "L4-L5",
        "L4-L5": "L4-L5",
        "L4/L5": "L4-L5",
        "L4\u20135": "L4-L5",
        "L4\u2013L5": "L4-L5",
        "L4\u2014L5": "L4-L5",
        "L4\u2212L5": "L4-L5",
        "L4\u2011L5": "L4-L5",
        "L4--5": "L4-L5",
        "L4 -5": "L4-L5",
        "L4- 5": "L4-L5",
        "L4 - L5": "L4-L5",
        "l4-5": "L4-L5",
        "L 4-5": "L4-L5",
        "L-4/5": "L4-L5",
        "L-4-L-5": "L4-L5",
        "L4_5": "L4-L5",
        "L4,5": "L4-L5",
        "L4\\5": "L4-L5",
        "L4~5": "L4-L5",
        "LIV-V": "L4-L5",
        "LV-S1": "L5-S1",
        "L4 to L5 disc": "L4-L5",
        "L4 to 5": "L4-L5",
        "L4-5th": "L4-L5",
        "C6-\nC7": "C6-C7",
        "C6-\r\n   C7": "C6-C7",
        "C6-\rC7": "C6-C7",
        "L3-4,\rL4-5 bulges": "L3-L4 L4-L5",
        "at L4\rand L5": "L4 L5",
        "L4\xa0-\xa0L5": "L4-L5",
        "at all\xa0levels": "multilevel",
        "T1/T2  through  T3/T4: normal": "T1-T2 T2-T3 T3-T4",
        "T1/T2\xa0through\xa0T3/T4: normal": "T1-T2 T2-T3 T3-T4",
        "C7  and  T1  are  normal": "C7 T1",
        "C3\u2009to\u2009C5 discs": "C3-C4 C4-C5",
        "at L4/L5levels": "L4-L5",
        "C0-1": "C0-C1",
        "Disc space between L4 and L5.": "L4-L5",
    },
    "LVL-02": {
        "Bulge at L45.": "L4-L5",
        "The L34 disc is narrow.": "L3-L4",
        "L12: normal": "L1-L2",
        "C56 disc bulge": "C5-C6",
        "Disc bulges at C56 and C67.": "C5-C6 C6-C7",
        "T78 disc": "T7-T8",
        "T12 fracture": "T12",
        "T11 and T10 fractures": "T11 T10",
        "C12 disc": "C1-C2~ambiguous",
        "L45 and L5-S1 bulges": "L4-L5 L5-S1",
        "Code L34 was entered.": "nothing",
        "Ca ovary, C56": "nothing",
        "ICD C34, C78": "nothing",
        "L23 dermatitis": "nothing",
        "C50": "nothing",
        "C34.1": "nothing",
        "M54.16": "nothing",
    },
    "LVL-03": {
        "L5S1": "L5-S1",
        "L5/S1": "L5-S1",
        "L5-1": "L5-S1",
        "L5 S1": "L5-S1",
        "lumbosacral junction": "L5-S1",
        "L/S junction": "L5-S1",
        "LS disc": "L5-S1",
        "the last open disc space": "L5-S1",
        "lowest lumbar-type disc": "L5-S1",
        "C7-T1": "C7-T1",
        "cervicothoracic junction": "C7-T1",
        "thoracolumbar junction disc": "T12-L1",
        "Normal thoracolumbar junction.": "nothing",
        "Craniocervical junction is normal.": "nothing",
        "LS spine": "nothing",
        "lumbosacral spine": "nothing",
        "Fracture of the odontoid process.": "C2",
    },
    "LVL-04": {
        "D12-L1": "T12-L1",
        "D11/12": "T11-T12",
        "D7-D8": "T7-T8",
        "Collapse of D11.": "T11",
        "Th12/L1": "T12-L1",
        "At the passage D1-D2 a haemangioma of D2.": "T1-T2 | T2",
    },
    "LVL-05": {
        "L4 and L5": "L4 L5",
        "L2& L4 vertebral bodies": "L2 L4",
        "L4, L5 pars": "L4 L5",
        "S2 & S3": "S2 S3",
        "L3, 4 and 5 vertebral bodies": "L3 L4 L5",
        "Screws at L4, L5 and S1": "L4 L5 S1",
        "L4 and L5 disc protrusions": "L4 L5~ambiguous",
        "Protrusions at L4 and L5.": "L4 L5~ambiguous",
        "C7, T2, T4, T8 to T10, L1, L3 and L5 vertebrae, the sacrum": "C7 T2 T4 T8 T9 T10 L1 L3 L5 sacrum",
        "L1, L5 and the coccyx": "L1 L5 coccyx",
    },
    "LVL-06": {
        "L3-4 and L4-5": "L3-L4 L4-L5",
        "L3/4, L4/5 and L5/S1": "L3-L4 L4-L5 L5-S1",
        "L3-4, 4-5 and 5-1": "L3-L4 L4-L5 L5-S1",
        "L3-4,4-5,5-S1": "L3-L4 L4-L5 L5-S1",
        "L3/L4/&L4/L5": "L3-L4 L4-L5",
        "at L4/L5&L5/S1": "L4-L5 L5-S1",
        "at L3/L4&  at L4/L5 levels": "L3-L4 L4-L5",
        "at L4/L5 level and L2/L3 levels": "L4-L5 L2-L3",
        "Bulges (L2-L3, L3-L4)": "L2-L3 L3-L4",
        "L4-l5 L5-S1: diffuse bulges": "L4-L5 L5-S1",
        "L2-3/3-4": "L2-L3 L3-L4",
        "L4-5 and, to a lesser extent, L5-S1": "L4-L5 L5-S1",
        "L4-5 > L5-S1": "L4-L5 L5-S1",
        "L4-5 greater than L5-S1": "L4-L5 L5-S1",
        "L5-S1, worse than at L4-5": "L5-S1 | L4-L5@comparison",
        "L4-L5, moderate at L5-S1": "L4-L5 | L5-S1",
        "L4-5, 4/5 power": "L4-L5",
        "L4-5, 5-6 mm": "L4-L5",
        "L3-4: normal, L4-5: bulge": "L3-L4 | L4-L5",
        "mild at L3-4, at L4-5 severe": "L3-L4 | L4-L5",
        "L4-5 and S1": "L4-L5 | S1",
    },
    "LVL-07": {
        "L3-L5": "L3-L4 L4-L5",
        "L3-5": "L3-L4 L4-L5",
        "L3-S1": "L3-L4 L4-L5 L5-S1",
        "L2 to S1": "L2-L3 L3-L4 L4-L5 L5-S1",
        "L3 through S1": "L3-L4 L4-L5 L5-S1",
        "C3 to the C6 superior endplate": "C3-C4 C4-C5 C5-C6",
        "L2 to mid L5": "L2-L3 L3-L4 L4-L5",
        "D10-D12": "T10-T11 T11-T12",
        "C4 to 6": "C4-C5 C5-C6",
        "S3-S5": "S3 S4 S5",
        "T12-S1": "T12-L1 L1-L2 L2-L3 L3-L4 L4-L5 L5-S1",
    },
    "LVL-08": {
        "L3-4 through L5-S1": "L3-L4 L4-L5 L5-S1",
        "L3-L4 disc to L5-S1 disc": "L3-L4 L4-L5 L5-S1",
        "L3-L4 to L5-S1": "L3-L4 L4-L5 L5-S1",
        "from L2/3 to L5/S1": "L2-L3 L3-L4 L4-L5 L5-S1",
        "T12-L1 through L2-3": "T12-L1 L1-L2 L2-L3",
        "T1/T2 through T3/T4: normal": "T1-T2 T2-T3 T3-T4",
        "L1-2 - L4-5": "L1-L2 L2-L3 L3-L4 L4-L5",
        "C3 to T1/T2": "C3-C4 C4-C5 C5-C6 C6-C7 C7-T1 T1-T2",
        "between L3-4 and L5-S1": "L3-L4 L4-L5 L5-S1",
    },
    "LVL-09": {
        "Bulges from C4 down.": "C4~open_range^1",
        "C5 and below": "C5~open_range^1",
        "No change above L3.": "L3~open_range^-1",
        "Roots crowded above the L4-5 level": "L4-L5~open_range^-1",
    },
    "LVL-10": {
        "L3-4-5": "L3-L4 L4-L5",
        "L4-5-S1": "L4-L5 L5-S1",
        "L4/L5/S1": "L4-L5 L5-S1",
        "at L345": "L3-L4 L4-L5",
        "L3/4/5": "L3-L4 L4-L5",
    },
    "LVL-11": {
        "Multilevel disc bulges": "multilevel",
        "Multilevels diffuse bulging": "multilevel",
        "Mutlivel bulges": "multilevel",
        "at multiple levels": "multilevel",
        "throughout the lumbar spine": "multilevel",
        "Remaining levels are normal.": "multilevel",
        "at all other levels": "multilevel",
        "No stenosis at any level": "multilevel",
        "Other levels are normal.": "multilevel",
        "Minor changes elsewhere.": "multilevel",
        "Degenerative change in the lower lumbar spine": "multilevel",
        "Dissicating material at lower levels": "multilevel",
        "Diffuse disc bulge.": "nothing",
        "Level by level:": "nothing",
    },
    "LVL-12": {
        "Multilevel stenosis, greatest at L4-5.": "multilevel | L4-L5",
        "Bulges L2 to L5, worst at L3-4": "L2-L3 L3-L4 L4-L5 | L3-L4",
    },
    "LVL-13": {
        "L4 on L5": "L4-L5",
        "L5 over S1 level": "L5-S1",
        "L4 with respect to L5": "L4-L5",
        "L3 vertebral body over L4": "L3-L4",
        "L4 on 5": "L4-L5",
        "L5 on the sacrum": "L5-S1",
        "C7 on T1": "C7-T1",
        "L5 on L4": "L4-L5~reversed",
        "anterolisthesis of L4": "L4",
        "L2 on L3 and L3 on L4": "L2-L3 | L3-L4",
    },
    "LVL-14": {
        "Schmorl node of the L4 inferior endplate": "L4",
        "superior endplate of L5": "L5",
        "L4-5 endplates": "L4-L5",
    },
    "LVL-15": {"L5 pars": "L5", "L5 pedicle": "L5", "L4 lamina": "L4", "L3 body": "L3"},
    "LVL-16": {"L4-5 foramen": "L4-L5", "L4 foramen": "L4~ambiguous", "L4 neural foramen": "L4~ambiguous"},
    "LVL-17": {
        "the left L5 nerve root": "L5@root",
        "exiting L4": "L4@root",
        "traversing left L5": "L5@root",
        "descending S1 root": "S1@root",
        "nerve root L3 left": "L3@root",
        "contact to L5 left": "L5@root",
        "recessal compression L5 right": "L5@root",
        "compression of the left L5": "L5@root",
        "abutting the left S1": "S1@root",
        "L5 and S1 roots": "L5 S1@root",
        "C6 radiculopathy": "C6@root",
        "No left C8 compression": "C8@root",
        "right T1 nerve root": "T1@root",
        "?R S1 compression": "S1@root",
        "L5 nerve root at L4-5": "L5@root | L4-L5",
        "Roots are free at L4-5.": "L4-L5",
        "Old right L1 compression fracture": "L1",
        "wedge compression of L1": "L1",
        "left L5 and right S1 nerve roots": "L5@root | S1@root",
        "L5 exit nerve canal": "L5",
        "L5 and the left S1 root": "L5@root | S1@root",
        "L4-5 root": "L4-L5",
    },
    "LVL-18": {"L4-5 facets": "L4-L5", "left L5-S1 facet": "L5-S1", "L5 facet": "L5"},
    "LVL-19": {"L5 lateral recess": "L5~ambiguous", "lateral recess of L5": "L5~ambiguous"},
    "LVL-20": {
        "conus at L1": "L1@conus",
        "Conus: L1, normal": "L1@conus",
        "conus terminates at L1-2": "L1-L2@conus",
        "Conus medullaris is unremarkable at L1.": "L1@conus",
        "Conus in loco typico at the level of L1": "L1@conus",
        "tip of the cord at the T12-L1 level": "T12-L1@conus",
        "The cord terminates normally at T12/L1": "T12-L1@conus",
        "Conus at L1, L1-2 disc bulge": "L1@conus | L1-L2",
        "The conus is normal and at L1-2 there is a bulge": "L1-L2",
        "Conus normal. L4-5 bulge.": "L4-L5",
        "Mass compressing the conus at L1.": "L1",
        "Signal change in the conus at L1": "L1",
    },
    "LVL-21": {"L4-5:": "L4-L5", "L4-L5 -": "L4-L5", "L4-5\tNormal\tPatent": "L4-L5", "L4/L5 level :narrow": "L4-L5"},
    "LVL-22": {
        "at this level": "-",
        "The left foramen is patent here": "-",
        "at the same level": "-",
        "at these levels": "-",
        "at both of the operated levels": "-",
        "the level above": "-^-1",
        "at the level below": "-^1",
        "severe at the latter": "-",
        "less than at the level above": "-@comparison^-1",
        "the level above the transitional segment": "nothing",
        "at the level of the disc": "nothing",
    },
    "LVL-23": {"S1-S2": "S1-S2", "S1/2 : Rudimentary disc": "S1-S2"},
    "LVL-24": {
        "L6": "L6~transitional",
        "L5-L6": "L5-L6~transitional",
        "L6-S1": "L6-S1~transitional",
        "Sacralised L5": "L5~transitional",
        "Partial lumbarisation of S1": "S1~transitional",
        "L5 is partially sacralised": "L5~transitional",
    },
    "LVL-25": {
        "the last well-formed disc space designated L5-S1": "L5-S1@numbering | L5-S1@numbering",
        "Counting done from C2 on the screening": "C2@numbering",
        "Coverage C2 to T1": "C2-C3 C3-C4 C4-C5 C5-C6 C6-C7 C7-T1@numbering",
        "axial images from L1-L2 through L3": "L1-L2 L2-L3@numbering",
        "limits evaluation from C5 through C7": "C5-C6 C6-C7@numbering",
        "the transitional segment is called L5": "L5@numbering",
        "L5-S1 is considered the last disc": "L5-S1@numbering | L5-S1@numbering",
        "C7 plumb line 9 mm left": "C7@position",
        "T5-T7, apex T6: 31 degrees": "T5-T6 T6-T7@position | T6",
        "kyphosis 18 degrees (T5-T7)": "T5-T6 T6-T7@position",
    },
    "LVL-26": {
        "T1 hypointense": "nothing",
        "T2 hyperintense lesion at T2": "T2",
        "T2 signal in the cord at C4": "C4",
        "T1 and T2 hyperintense": "nothing",
        "low on T1&T2 WI": "nothing",
        "fat signal on T1 in the body": "nothing",
        "T2 bright nodule": "nothing",
        "reduced signal intensity in T2": "nothing",
        "reduced T2 disc signal": "nothing",
        "T2 body": "T2",
        "right T1 transverse process": "T1",
        "The T2 and T8 deposits": "T2 T8",
        "No T2 signal change, including at T1/T2": "T1-T2",
        "Sag T1/T2/STIR": "nothing",
        "C7/T1 and T1/T2: normal": "C7-T1 T1-T2",
        "T1-T2: normal": "T1-T2",
        "C7-T1 T2 signal": "C7-T1",
        "L 3-4 mm protrusion": "nothing",
        "2-3 weeks": "nothing",
        "4/5 strength": "nothing",
        "L 4/5 strength": "nothing",
        "12/2023": "nothing",
        "L>R": "nothing",
        "L leg": "nothing",
        "B/L": "nothing",
        "C-section": "nothing",
        "S/P": "nothing",
        "SI joint": "nothing",
        "12 x 8 x 15 mm": "nothing",
        "L4-5 4 mm": "L4-L5",
        "L4-5 - 5 mm protrusion": "L4-L5",
        "L1-2/10 pain": "nothing",
        "Modic I/II": "nothing",
        "Castellvi IIb": "nothing",
        "Schizas C": "nothing",
        "vitamin D3": "nothing",
        "Grade I": "nothing",
        "image 14": "nothing",
        "Hep C": "nothing",
        "L4-S": "L4-L5~typo",
        "LS-S1": "L5-S1~typo",
        "I4-5": "L4-L5~typo",
        "L5-SI": "L5-S1~typo",
        "L5-Sl": "L5-S1~typo",
        "C4-CS": "C4-C5~typo",
        "C7-TI": "C7-T1~typo",
        "T1/2 hyperintense": "nothing",
        "T1 to T2": "T1-T2",
        "hyperintense on T1 and T2, L4 lesion": "L4",
        "L4-6": "L4-L5 L5-L6~typo",
        "L5-L4": "L4-L5~reversed",
        "L3-L2": "L2-L3~reversed",
        "S1-L3": "L3-L4 L4-L5 L5-S1~reversed",
        "C7-L1": "-~typo",
        "L5-T1": "-~typo",
        "T13-L1": "-~typo",
        "T13": "nothing",
        "L5-S6": "-~typo",
        "L7": "nothing",
        "inferior migration behind the S1 endplate": "S1@extent",
        "migrated into the lateral recess of L5": "L5@extent~ambiguous",
        "inferior migration at L5-S1": "L5-S1",
    },
    "LVL-27": {"T5 and T6 fractures": "T5 T6", "T7 fracture, T8 fracture": "T7 | T8"},
}


def short(mention: LevelMention) -> str:
    """Return a mention in the short form of the examples."""
    role = "" if mention.role == "level" else f"@{mention.role}"
    shift = f"^{mention.shift}" if mention.shift else ""
    return (" ".join(mention.levels) or "-") + role + "".join(f"~{flag}" for flag in mention.flags) + shift


def read(text: str, rules: LevelRules = RULES) -> str:
    """Return every mention of a text in the short form."""
    return " | ".join(short(mention) for mention in find_levels(text, rules)) or "nothing"


CASES = [
    pytest.param(text, expected, id=f"{rule}: {text}")
    for rule, examples in EXAMPLES.items()
    for text, expected in examples.items()
]


def test_every_rule_has_examples() -> None:
    assert list(EXAMPLES) == [f"LVL-{number:02}" for number in range(1, 28)]
    assert all(examples for examples in EXAMPLES.values())


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_level_is_read_as_written(text: str, expected: str) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "kind", "form", "vertebrae", "rule_id"),
    [
        ("L4-5", "disc", "pair", "L4 L5", "LVL-01"),
        ("L5-L4", "disc", "pair", "L4 L5", "LVL-01"),
        ("D11/12", "disc", "pair", "T11 T12", "LVL-04"),
        ("L3-L5", "disc", "range", "L3 L4 L5", "LVL-07"),
        ("C3 to C6", "disc", "range", "C3 C4 C5 C6", "LVL-07"),
        ("L3-4 through L5-S1", "disc", "range", "L3 L4 L5 S1", "LVL-08"),
        ("L3-4, L4-5 and L5-S1", "disc", "list", "L3 L4 L5 S1", "LVL-06"),
        ("L3-4-5", "disc", "list", "L3 L4 L5", "LVL-10"),
        ("L4 on L5", "disc", "on", "L4 L5", "LVL-13"),
        ("L4 and L5", "vertebra", "list", "L4 L5", "LVL-05"),
        ("L4 body", "vertebra", "single", "L4", "LVL-15"),
        ("L4 inferior endplate", "vertebra", "single", "L4", "LVL-14"),
        ("L4 foramen", "vertebra", "single", "L4", "LVL-16"),
        ("L5 facet", "vertebra", "single", "L5", "LVL-18"),
        ("L5 lateral recess", "vertebra", "single", "L5", "LVL-19"),
        ("S3-S4 vertebral bodies", "vertebra", "pair", "S3 S4", "LVL-01"),
        ("S1-S2", "disc", "pair", "S1 S2", "LVL-23"),
        ("L5-L6", "disc", "pair", "L5 L6", "LVL-24"),
        ("L4-S", "disc", "pair", "L4 L5", "LVL-26"),
        ("the L45 disc", "disc", "pair", "L4 L5", "LVL-02"),
        ("sacrum", "vertebra", "single", "sacrum", "LVL-03-9"),
        ("lumbosacral junction", "disc", "descriptive", "L5 S1", "LVL-03-1"),
        ("multilevel", "multilevel", "descriptive", "", "LVL-11-ALL-1"),
        ("other levels", "multilevel", "descriptive", "", "LVL-11-OTHER-1"),
        ("this level", "disc", "relative", "", "LVL-22-SAME-1"),
        ("left S1 root", "vertebra", "single", "", "LVL-17"),
        ("conus at L1", "vertebra", "single", "L1", "LVL-20"),
        ("Counting from C2", "vertebra", "single", "C2", "LVL-25"),
    ],
    ids=lambda value: str(value),
)
def test_mention_says_how_it_was_read(text: str, kind: str, form: str, vertebrae: str, rule_id: str) -> None:
    mention = find_levels(text, RULES)[0]
    assert (mention.kind, mention.form, " ".join(mention.vertebrae), mention.rule_id) == (
        kind,
        form,
        vertebrae,
        rule_id,
    )


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Bulge at L4-5 level, mild", "L4-5 level"),
        ("Bulges at L3/4, L4/5 and L5/S1.", "L3/4, L4/5 and L5/S1"),
        ("(L4-S1) bulges", "L4-S1"),
        ("Anterolisthesis of L4 on L5.", "L4 on L5"),
        ("The other discs are normal.", "other"),
        ("All lumbar discs are normal.", "All"),
        ("Bulge at the L4-5 disc level.", "L4-5 disc level"),
        ("L4-5 disc bulge", "L4-5"),
    ],
    ids=lambda value: str(value),
)
def test_offsets_quote_the_place(text: str, quoted: str) -> None:
    mention = find_levels(text, RULES)[0]
    assert text[mention.start : mention.end] == quoted


PLACES = [row for row in ROWS if row.form in ("multilevel", "relative", "descriptive")]
CONTEXT = [row for row in ROWS if row not in PLACES]


def rules_of(rows: list[Term]) -> LevelRules:
    """Return the rules that these rows alone make."""
    return levels.compile_rules(Lexicon({"places": tuple(rows)}))


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in CONTEXT])
def test_row_is_at_work_in_its_example(row: Term) -> None:
    without = rules_of([other for other in ROWS if other.id != row.id])
    assert find_levels(row.example, RULES) != find_levels(row.example, without)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in PLACES])
def test_place_is_found_in_its_example(row: Term) -> None:
    assert find_levels(row.example, rules_of(CONTEXT)) == ()
    assert [mention.rule_id for mention in find_levels(row.example, rules_of([*CONTEXT, row]))] == [row.id]
    assert row.id in [mention.rule_id for mention in find_levels(row.example, RULES)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"form": "nowhere"}, "places.tsv: PLC-1: form 'nowhere' is none of"),
        ({"form": "relative", "value": "x"}, "places.tsv: PLC-1: value 'x' is none of -1, 0, 1"),
        ({"form": "descriptive", "value": "L9"}, "places.tsv: PLC-1: value 'L9' is no level"),
        ({"form": "multilevel|list"}, "places.tsv: PLC-1: a place by itself has one form"),
        (
            {"form": "multilevel", "term": "all + levels"},
            "places.tsv: PLC-1: 'all + levels' is not of letters and digits",
        ),
    ],
    ids=["form", "shift", "level", "two forms", "sign"],
)
def test_row_that_says_nothing_is_named(changes: dict[str, str], message: str) -> None:
    row = replace(next(row for row in ROWS if row.id == "PLC-1"), **changes)  # type: ignore[arg-type]
    with pytest.raises(LexiconError, match="PLC-1") as raised:
        levels.compile_rules(Lexicon({"places": (row,)}))
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("term", "text", "place"),
    [
        pytest.param("tous les \u00e9tages", "Bombement \u00e0 Tous les-\u00c9tages.", "Tous les-\u00c9tages", id="letters-of-a-site"),
        pytest.param("l'\u00e9tage sous jacent", "\u00c0 l'\u00e9tage sous jacent", "l'\u00e9tage sous jacent", id="apostrophe"),
        pytest.param("all lumbar", "All lumbar/sacral discs", "All lumbar", id="slash-that-joins-another-word"),
        pytest.param("all l/s discs", "All  L/S discs: bulges", "All  L/S discs", id="slash-within"),
    ],
)  # fmt: skip
def test_phrase_of_a_site_is_a_place(term: str, text: str, place: str) -> None:
    row = replace(next(row for row in ROWS if row.id == "PLC-1"), form="multilevel", value="", term=term, attributes="")
    (mention,) = find_levels(text, rules_of([row]))
    assert (mention.kind, text[mention.start : mention.end]) == ("multilevel", place)


def disc_spellings() -> st.SearchStrategy[tuple[str, str]]:
    """Pairs of a canonical disc level and one of the ways to write it (LVL-01, LVL-04)."""
    joints = st.sampled_from(
        ["-", "/", "\u2013", "\u2014", "\u2212", "\u2011", "_", "~", "\\", " - ", "- ", " -", "-\n"]
    )

    def spell(disc: str, joint: str, bare: bool, lower: bool, dorsal: bool) -> tuple[str, str]:
        upper, under = disc.split("-")
        written = upper + joint + (under[1:] if bare else under)
        written = written.replace("T", "D") if dorsal else written
        return disc, written.lower() if lower else written

    return st.builds(
        spell, st.sampled_from(vocabulary.DISC_LEVELS), joints, st.booleans(), st.booleans(), st.booleans()
    )


@given(disc_spellings(), st.sampled_from(["{}: normal", "Bulge at {}.", "Mild bulge at {} level, left", "the {} disc"]))
def test_every_spelling_of_a_disc_reads_back(spelling: tuple[str, str], sentence: str) -> None:
    disc, written = spelling
    text = sentence.format(written)
    mentions = find_levels(text, RULES)
    assert [mention.levels for mention in mentions] == [(disc,)]
    assert text[mentions[0].start : mentions[0].end].startswith(written)
    assert mentions[0].vertebrae == tuple(name for name in disc.split("-") if name != "C0")


@given(st.lists(st.sampled_from(vocabulary.DISC_LEVELS[2:-2]), min_size=2, max_size=6, unique=True))
def test_list_of_discs_is_one_mention(discs: list[str]) -> None:
    mention = find_levels("Bulges at " + ", ".join(discs[:-1]) + " and " + discs[-1] + ".", RULES)
    assert [found.levels for found in mention] == [tuple(discs)]


@given(st.sampled_from(levels.vertebrae_between("C2", "S1")), st.sampled_from(levels.vertebrae_between("C2", "S1")))
def test_range_holds_every_disc_between_its_ends(first: str, last: str) -> None:
    discs = levels.discs_between(first, last)
    mention = find_levels(f"Syrinx from {first} to {last}.", RULES)[0]
    assert mention.levels == (discs or (first,))


PIECES = st.sampled_from(
    [
        *"L4 L5 S1 T1 T2 C7 C0 D11 L4-5 T1/T2 4 5 45 12 99 0 x L IV V I - / , & ( ) : . mm and to on at".split(),
        *"of the level levels this other multilevel conus root exiting migration than above sacrum disc".split(),
        *("hyperintense", "vertebrae", " ", "\n", "\t", "\xa0"),
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=14).map("".join), st.lists(PIECES, max_size=14).map(" ".join)))
def test_any_text_gives_sound_mentions(text: str) -> None:
    end = 0
    for mention in find_levels(text, RULES):
        assert end <= mention.start < mention.end <= len(text)
        end = mention.end
        assert mention.role in ROLES
        assert mention.form in FORMS
        assert set(mention.flags) <= set(FLAGS)
        assert len(set(mention.levels)) == len(mention.levels)
        known = {
            "disc": vocabulary.DISC_LEVELS,
            "vertebra": (*vocabulary.VERTEBRAE, "C8"),
            "multilevel": ("multilevel",),
        }[mention.kind]
        assert set(mention.levels) <= set(known)
        assert mention.levels or mention.form == "relative" or "typo" in mention.flags
        assert set(mention.vertebrae) <= set(vocabulary.VERTEBRAE)


PLAINLY = re.compile(
    r"(?:(?<![A-Za-z0-9])|(?<=\bat)|(?<=\bof)|(?<=\band))"
    rf"(?:(?:[hbls]wk|th|[ctdls])(?:{GAP}|[-.]{GAP}?)?[0-9]|(?-i:I(?=[1-5][-/])|[LC]S(?=[-/][A-Z]?[0-9])"
    rf"|[TL]l(?=[-/])|[CTDL](?=[IVX]{{1,4}}{GAP}?\W)))",
    re.ASCII | re.IGNORECASE,
)
"""Where a level may begin, without the letters that a text is searched for first."""
OF_LEVELS = st.lists(st.sampled_from([*"atofndbhwkTHLCSDlIVX145 -/.\xa0\u00e9", "LWK", "Th", "at", "and"]), max_size=12)


@given(OF_LEVELS.map("".join))
def test_levels_begin_where_they_may(text: str) -> None:
    found = [place.span() for place in re.finditer(FIRST_VERTEBRA, text, re.ASCII | re.IGNORECASE)]
    assert found == [place.span() for place in PLAINLY.finditer(text)]


WORDS = "the same other remaining all lumbar disc discs level levels below no l/s junction sacrum THIS Level's"
GAPS = st.sampled_from([" ", "-", "  ", ", ", " \u2013 ", "/", "\n", "\u00e9"])


@given(st.lists(st.tuples(st.sampled_from(WORDS.split()), GAPS), max_size=10))
def test_phrases_are_found_wherever_they_stand(parts: list[tuple[str, str]]) -> None:
    text = "".join(word + gap for word, gap in parts)
    found = [place for place in RULES.beginnings.of(text) if place.row is not None]
    starts = [n for n in range(len(text)) if not re.match("[A-Za-z0-9]", text[n - 1 : n] if n else "")]
    assert found == [place for n in starts if (place := RULES.beginnings.phrase(text, n)) is not None]


@given(st.text(alphabet="abefgjkmnpqruwyzABEFGJKMNPQRUWYZCTLDS .,:;-/()\n"))
def test_text_without_numbers_or_place_words_has_no_level(text: str) -> None:
    assert find_levels(text, RULES) == ()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("L4" + " " * 1_000_000, id="spaces"),
        pytest.param("L" + "1" * 1_000_000, id="digits"),
        pytest.param("L4-" * 100_000, id="dashes"),
        pytest.param("L4-\n" * 60_000, id="wraps"),
        pytest.param("T1, T2 and " * 90_000, id="sequences"),
        pytest.param("migration " * 100_000 + "L4", id="cues"),
        pytest.param("multi the same other remaining " * 32_000, id="half words"),
        pytest.param("L3-4-5/" * 30_000, id="chain"),
        pytest.param("L4-5, " * 20_000, id="list"),
    ],
)
def test_long_text_of_any_make_is_read(text: str) -> None:
    assert len(find_levels(text, RULES)) <= 1


def test_list_of_any_length_is_one_mention() -> None:
    assert [len(mention.levels) for mention in find_levels("L3-4, L4-5, " * 2_000, RULES)] == [2]


@pytest.mark.parametrize(
    ("level", "steps", "expected"),
    [
        ("L4-L5", 1, "L5-S1"),
        ("L4-L5", -1, "L3-L4"),
        ("C7-T1", 1, "T1-T2"),
        ("T12-L1", -1, "T11-T12"),
        ("L5-L6", 1, "L6-S1"),
        ("L6-S1", -1, "L5-L6"),
        ("L5", 1, "S1"),
        ("C0-C1", -1, None),
        ("S1-S2", 1, None),
        ("S5", 1, None),
        ("C1", -1, None),
        ("multilevel", 1, None),
        ("sacrum", 1, None),
    ],
)
def test_shift(level: str, steps: int, expected: str | None) -> None:
    assert levels.shift(level, steps) == expected


def test_neighbours_of_vertebrae() -> None:
    assert levels.disc_below("L4") == "L4-L5"
    assert levels.disc_above("L5") == "L4-L5"
    assert levels.disc_below("L6") == "L6-S1"
    assert levels.disc_below("S2") is None
    assert levels.disc_below("sacrum") is None
    assert levels.disc_above("sacrum") is None


def test_stretches() -> None:
    assert levels.discs_between("L3", "S1") == ("L3-L4", "L4-L5", "L5-S1")
    assert levels.discs_between("S1", "L4") == ("L4-L5", "L5-S1")
    assert levels.discs_between("L5", "L6") == ("L5-L6",)
    assert levels.discs_between("L5", "sacrum") == ()
    assert levels.vertebrae_between("L3", "L5") == ("L3", "L4", "L5")
    assert levels.vertebrae_between("C8", "T2") == ()
    assert levels.ends_of("T12-L1") == ("T12", "L1")


@pytest.mark.parametrize(
    ("level", "region"),
    [
        ("C7-T1", "cervical"),
        ("T1", "thoracic"),
        ("T12-L1", "thoracic"),
        ("L5-S1", "lumbar"),
        ("L6", "lumbar"),
        ("S1-S2", "sacral"),
        ("sacrum", "sacral"),
        ("coccyx", "sacral"),
        ("multilevel", None),
        ("", None),
        ("C8", None),
    ],
)
def test_region_of(level: str, region: str | None) -> None:
    assert levels.region_of(level) == region


def test_open_range_ends_with_its_region() -> None:
    assert levels.beyond("L3-L4", 1) == ("L3-L4", "L4-L5", "L5-S1")
    assert levels.beyond("C4", -1) == ("C1", "C2", "C3", "C4")
