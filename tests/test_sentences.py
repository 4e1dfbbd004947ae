"""Sentences: where they begin and end, the level heading and frame over each, and what holds for every text.

Expected sentences are written "levels / frame: text", levels canonical with a space between them, "-" for none; the
frame with its colon only where there is one.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import lexicon, vocabulary
from spinelink.levels import find_levels
from spinelink.records import Section, Sentence
from spinelink.stages import sections as sections_stage
from spinelink.stages.sentences import compile_rules, split_sentences

SECTION_RULES = sections_stage.compile_rules(lexicon.shipped())
RULES = compile_rules(lexicon.shipped())
ROOT = Path(__file__).resolve().parents[1]
GOLD = [
    *sorted((ROOT / "corpora").glob("gold*/gold.jsonl")),
    *(ROOT.parent / "shared" / "gold" / "dev").glob("gold.jsonl"),
]


def split(text: str) -> tuple[Sentence, ...]:
    """Return the sentences of a report."""
    return split_sentences(text, sections_stage.split_sections(text, SECTION_RULES), RULES)


def body(text: str) -> tuple[Sentence, ...]:
    """Return the sentences of a text that is one section of findings."""
    return split_sentences(text, [Section(0, "findings", "", True, 0, 0, len(text))], RULES)


def shown(text: str) -> list[str]:
    """Return the sentences of a text of findings in short."""
    short = []
    for sentence in body(text):
        levels = " ".join(sentence.heading.levels) if sentence.heading else "-"
        frame = f"{sentence.frame}: " if sentence.frame else ""
        short.append(f"{levels} / {frame}{' '.join(text[sentence.start : sentence.end].split())}")
    return short


def words(text: str) -> list[str]:
    """Return the words of each sentence of a text of findings."""
    return [" ".join(text[sentence.start : sentence.end].split()) for sentence in body(text)]


ENDS: dict[str, tuple[str, list[str]]] = {
    "full stops": ("No bulge. No stenosis.", ["No bulge.", "No stenosis."]),
    "decimals": ("The canal measures 8.5 mm and 7.5mm. Normal.", ["The canal measures 8.5 mm and 7.5mm.", "Normal."]),
    "a side in short": ("Rt. L5 root and Lt. foramen are free.", ["Rt. L5 root and Lt. foramen are free."]),
    "a side in short at the end": ("Worse on the Rt. Normal canal.", ["Worse on the Rt.", "Normal canal."]),
    "versus": ("Osteophyte vs. disc. Normal.", ["Osteophyte vs. disc.", "Normal."]),
    "approximately": ("Loss of approx. 35% of height.", ["Loss of approx. 35% of height."]),
    "a doctor": ("Called to Dr. [NAME] at once.", ["Called to Dr. [NAME] at once."]),
    "planes in short": ("T2 TSE sag., T1 sag. and tra. were made.", ["T2 TSE sag., T1 sag. and tra. were made."]),
    "for example": ("A cyst, e.g. synovial, is seen.", ["A cyst, e.g. synovial, is seen."]),
    "a denial at the end": ("Is it narrow? No. Bulge.", ["Is it narrow?", "No.", "Bulge."]),
    "dates": ("Seen on 08.05.2024 too. New.", ["Seen on 08.05.2024 too.", "New."]),
    "an initial": ("C. SPINE is normal.", ["C. SPINE is normal."]),
    "a grade": ("Listhesis grade I. No defect.", ["Listhesis grade I.", "No defect."]),
    "space before the stop": ("Bulge noted . No stenosis .", ["Bulge noted .", "No stenosis ."]),
    "two stops": ("Bulge noted.. No stenosis", ["Bulge noted..", "No stenosis"]),
    "three stops": ("Bulge... No stenosis", ["Bulge...", "No stenosis"]),
    "slashes": ("sac is indented/// L3-4: bulge.// Normal", ["sac is indented", "bulge.", "Normal"]),
    "no space after the stop": ("Bulge noted.Mild stenosis.", ["Bulge noted.", "Mild stenosis."]),
    "no space, small letter": ("at this level.no stenosis", ["at this level.", "no stenosis"]),
    "a stop and a dash": ("Muscle spasm.-Mild bulge", ["Muscle spasm.", "Mild bulge"]),
    "semicolon": ("Mild bulge; no stenosis.", ["Mild bulge; no stenosis."]),
    "a small letter after the stop": ("At L5-S1. mildly compressing.", ["At L5-S1.", "mildly compressing."]),
    "question before a word": ("?disc ?root. Lesion ? artefact.", ["?disc ?root.", "Lesion ? artefact."]),
    "question at the end": ("Is it new? Compare.", ["Is it new?", "Compare."]),
    "brackets": ("Narrow (AP 8 mm.) Normal.", ["Narrow (AP 8 mm.)", "Normal."]),
    "no space, all capitals": ("BULGE NOTED.MILD STENOSIS.", ["BULGE NOTED.", "MILD STENOSIS."]),
    "no space, capitals, a denial": ("AT THIS LEVEL.NO STENOSIS", ["AT THIS LEVEL.", "NO STENOSIS"]),
    "capitals in short": ("C.SPINE IS NORMAL", ["C.SPINE IS NORMAL"]),
    "a clipping in capitals": ("THE RIGHT POST.LAT PROTRUSION", ["THE RIGHT POST.LAT PROTRUSION"]),
    "small letters alone, no space": ("bulge noted.mild stenosis.", ["bulge noted.", "mild stenosis."]),
    "a line end before a bracket": ("Pressing on the sac\n(L>R) and roots", ["Pressing on the sac (L>R) and roots"]),
    "a line end before a comma": (
        "Bulge at this level\n,pressing on the sac",
        ["Bulge at this level ,pressing on the sac"],
    ),
    "a slash within words": ("bulge and/or herniation", ["bulge and/or herniation"]),
    "lines without stops": ("Muscle spasm\nMild bulge\nno stenosis", ["Muscle spasm", "Mild bulge", "no stenosis"]),
    "a hyphen at the line end": ("Fused at C6-\nC7. Normal.", ["Fused at C6- C7.", "Normal."]),
    "a line end after a preposition": ("compressed in\nthe recess", ["compressed in the recess"]),
    "a line end before a verb": ("the foramen\nis narrowed", ["the foramen is narrowed"]),
    "a line end after a comma": ("bulge, protrusion,\nstenosis", ["bulge, protrusion, stenosis"]),
    "bullets": ("• Bulge\n* Stenosis\n- Cyst\n– Tear", ["Bulge", "Stenosis", "Cyst", "Tear"]),  # noqa: RUF001
    "numbers": ("1. Bulge\n2) Stenosis\n(3) Cyst", ["Bulge", "Stenosis", "Cyst"]),
    "numbers in a line": (
        "1. Bulge. Mild. 2. Stenosis since 2021. 3. Cyst.",
        ["Bulge.", "Mild.", "Stenosis since 2021.", "Cyst."],
    ),
    "brackets in a line": ("1) Bulge 2) Stenosis 3) Cyst", ["Bulge", "Stenosis", "Cyst"]),
    "dictated numbers": ("Number one bulge. Number two stenosis.", ["bulge.", "stenosis."]),
    "bold marks": ("**Bulge** at L4-5.\n**", ["Bulge** at L4-5."]),
    "stray marks": (".Bulge noted\n,\n--", ["Bulge noted"]),
    "roman numbers": ("i) Bulge\nii) Cyst", ["Bulge", "Cyst"]),
    "roman capitals": ("I. BULGE\nII. CYST", ["BULGE", "CYST"]),
    "a hanging line": ("1. Narrow recess of nerve\n   roots.\n2. Cyst.", ["Narrow recess of nerve roots.", "Cyst."]),
}


@pytest.mark.parametrize(("text", "expected"), ENDS.values(), ids=ENDS.keys())
def test_sentences_end_where_they_do(text: str, expected: list[str]) -> None:
    assert words(text) == expected


LEVELS: dict[str, tuple[str, list[str]]] = {
    "a level with a spaced dash": ("At L4 - L5 there is a bulge.", ["- / At L4 - L5 there is a bulge."]),
    "a spaced dash and a number": ("At C2 - 3 there is a bulge.", ["- / At C2 - 3 there is a bulge."]),
    "no separator before a colon": ("L45: Bulge. Cyst.", ["L4-L5 / Bulge.", "L4-L5 / Cyst."]),
    "no separators before colons": ("L34: Bulge.\nL45: Cyst.", ["L3-L4 / Bulge.", "L4-L5 / Cyst."]),
    "no separator, dotted": ("- C56: Bulge. Cyst.", ["C5-C6 / Bulge.", "C5-C6 / Cyst."]),
    "a code is no level": ("Code L34: Bulge.", ["- / Code L34: Bulge."]),
    "a spaced dash in a heading": ("L4 - L5 - Bulge.", ["L4-L5 / Bulge."]),
    "a spaced dash before a colon": ("L5 - S1: Normal.", ["L5-S1 / Normal."]),
    "spaced dashes in a sentence": ("Bulges at L3 - L4 and L4 - L5.", ["- / Bulges at L3 - L4 and L4 - L5."]),
    "a measure after the dash": ("L4/5 - 3 mm central protrusion.", ["L4-L5 / 3 mm central protrusion."]),
    "pair": ("L4-L5: Bulge.", ["L4-L5 / Bulge."]),
    "space before the colon": ("L4/5 : Bulge.", ["L4-L5 / Bulge."]),
    "dash": ("L4-5 - Bulge.", ["L4-L5 / Bulge."]),
    "two levels and a dash": ("C3/4 and C4/5 - small bars, no contact.", ["C3-C4 C4-C5 / small bars, no contact."]),
    "the word level": ("L4/L5 level: bulge", ["L4-L5 / bulge"]),
    "the word level before": ("Level L4/5 - bulge", ["L4-L5 / bulge"]),
    "at": ("At L4-5: bulge", ["L4-L5 / bulge"]),
    "two levels on a line of their own": (
        "L4/L5 & L5/S1levels:\nbulge\nstenosis",
        ["L4-L5 L5-S1 / bulge", "L4-L5 L5-S1 / stenosis"],
    ),
    "list": ("C2/3, C3/4: NAD.", ["C2-C3 C3-C4 / NAD."]),
    "list of three": ("T12-L1, L1-2, L2-3: Normal.", ["T12-L1 L1-L2 L2-L3 / Normal."]),
    "and": ("L1-L2 and L2-L3: Normal.", ["L1-L2 L2-L3 / Normal."]),
    "range": ("T12-L1 through L2-3: Normal.", ["T12-L1 L1-L2 L2-L3 / Normal."]),
    "a remark": ("L5\u2013S1 (rudimentary): Normal.", ["L5-S1 / Normal."]),
    "bullet": ("* L2/3 : Bulge.", ["L2-L3 / Bulge."]),
    "bold": ("**L4-L5:** mild bulge", ["L4-L5 / mild bulge"]),
    "bold within": ("- **L4-L5**: mild bulge", ["L4-L5 / mild bulge"]),
    "several in a line": (
        "Narrow. L2-3: bulge. Mild. L3-4: normal.",
        ["- / Narrow.", "L2-L3 / bulge.", "L2-L3 / Mild.", "L3-L4 / normal."],
    ),
    "several in a line without stops": ("L3-4: normal L4-5: mild bulge", ["L3-L4 / normal", "L4-L5 / mild bulge"]),
    "no heading without a sign": ("L4-5 mild bulge with stenosis.", ["- / L4-5 mild bulge with stenosis."]),
    "no heading in a sentence": ("At C2-3 there is a bulge.", ["- / At C2-3 there is a bulge."]),
    "no heading after a preposition": ("L3-4: bulge, worst at L4-5: mild", ["L3-L4 / bulge, worst at L4-5: mild"]),
    "no heading of a sequence": ("T1: hypointense marrow.", ["- / T1: hypointense marrow."]),
    "no heading of a measure": ("L4-5 -6 mm shift.", ["- / L4-5 -6 mm shift."]),
    "junction": ("Lumbosacral junction: bulge", ["L5-S1 / bulge"]),
    "disc of a level and a dash": ("L3/4 disc - bulge", ["L3-L4 / disc: bulge"]),
    "levels after semicolons": ("C2-3: fine; C3-4: bulge", ["C2-C3 / fine", "C3-C4 / bulge"]),
    "a numbered item": ("1. L4-5: Bulge.\n2. Cyst.", ["L4-L5 / Bulge.", "- / Cyst."]),
    "disc of a level": ("L4-5 disc: bulge", ["L4-L5 / disc: bulge"]),
    "stenosis of a level": ("Canal stenosis at L4-5: mild", ["L4-L5 / canal stenosis: mild"]),
    "a level alone": (
        "L4-5\nMild bulge\nNo stenosis\n\nNormal cord",
        ["L4-L5 / Mild bulge", "L4-L5 / No stenosis", "- / Normal cord"],
    ),
    "a blank line after a level alone": ("L4-5\n\nMild bulge", ["L4-L5 / Mild bulge"]),
    "a blank line ends it": ("L4-5: bulge.\n\nNo stenosis.", ["L4-L5 / bulge.", "- / No stenosis."]),
    "a label of no level ends it": (
        "L5-S1: bulge.\nSI joints: normal.\nMild",
        ["L5-S1 / bulge.", "- / si joints: normal.", "- / Mild"],
    ),
    "other levels end it": ("L4-5: bulge.\nOther levels: normal.", ["L4-L5 / bulge.", "- / other levels: normal."]),
    "a line on something else ends it": (
        "L5-S1: bulge.\nNo vertebral fracture.",
        ["L5-S1 / bulge.", "- / No vertebral fracture."],
    ),
    "a line with its own level ends it": (
        "L5-S1: bulge.\nMild disc bulge at L1-2.",
        ["L5-S1 / bulge.", "- / Mild disc bulge at L1-2."],
    ),
    "a line on the level goes on": (
        "L5-S1: bulge.\nNo nerve root contact.",
        ["L5-S1 / bulge.", "L5-S1 / No nerve root contact."],
    ),
    "sub-items": (
        "- L4-L5:\n  - Bulge\n  - Mild\n- Conus normal",
        ["L4-L5 / Bulge", "L4-L5 / Mild", "- / Conus normal"],
    ),
    "siblings": ("* L4-5: Bulge.\n* Facet arthropathy.", ["L4-L5 / Bulge.", "- / Facet arthropathy."]),
    "the cord after a level alone": ("L4-5\nBulge\nThe conus is normal", ["L4-L5 / Bulge", "- / The conus is normal"]),
    "slashes end it": ("L4-5: bulge /// marrow is normal", ["L4-L5 / bulge", "- / marrow is normal"]),
}


@pytest.mark.parametrize(("text", "expected"), LEVELS.values(), ids=LEVELS.keys())
def test_a_level_heading_holds(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


FRAMES: dict[str, tuple[str, list[str]]] = {
    "part": ("Canal: Mild", ["- / canal: Mild"]),
    "structure": (
        "ALIGNMENT: Lordosis is kept. No listhesis.",
        ["- / alignment: Lordosis is kept.", "- / alignment: No listhesis."],
    ),
    "side": ("Right foramen: Mild", ["- / right foramen: Mild"]),
    "two structures": ("Bones and discs: normal", ["- / bones and discs: normal"]),
    "region": ("Cervical:\nMild bulge C5-6.", ["- / cervical: Mild bulge C5-6."]),
    "prefix": ("Visualized SI joints: no edema.", ["- / visualized si joints: no edema."]),
    "within a line": (
        "Canal stenosis: none. Foraminal stenosis: mild.",
        ["- / canal stenosis: none.", "- / foraminal stenosis: mild."],
    ),
    "after a comma": ("Canal: patent, foramina: patent", ["- / canal: patent", "- / foramina: patent"]),
    "under a level": ("C3-4: Bulge. Foramina: mild right.", ["C3-C4 / Bulge.", "C3-C4 / foramina: mild right."]),
    "a new subject ends one within a line": (
        "Bulge. SI joints: fine. Conus is normal.",
        ["- / Bulge.", "- / si joints: fine.", "- / Conus is normal."],
    ),
    "a new line ends it": ("Cord: normal.\nMild bulge.", ["- / cord: normal.", "- / Mild bulge."]),
    "wrapped": ("Cord: compressed by\nthe disc. Mild.", ["- / cord: compressed by the disc.", "- / cord: Mild."]),
    "alone": ("Conus\nT12-L1, normal\n\nMild", ["- / conus: T12-L1, normal", "- / Mild"]),
    "template": (
        "L4-L5:\n  Disc: Bulge.\n  Canal: Moderate.\nL5-S1:\n  Disc: Normal.",
        ["L4-L5 / disc: Bulge.", "L4-L5 / canal: Moderate.", "L5-S1 / disc: Normal."],
    ),
    "template on lines of their own": (
        "Level\nL1-2\nDisc\nNormal\nForamina\nR: none  L: none\n\nLevel\nL2-3\nCanal\nMild stenosis",
        ["L1-L2 / disc: Normal", "L1-L2 / foramina: R: none L: none", "L2-L3 / canal: Mild stenosis"],
    ),
    "unknown label of a level": ("L4-L5\nStability: kept", ["L4-L5 / stability: kept"]),
    "unknown label elsewhere": ("Stability: kept", ["- / Stability: kept"]),
    "cord in a level's template": ("C4-5\nCord: flat\nCanal: tight", ["C4-C5 / cord: flat", "C4-C5 / canal: tight"]),
    "cord after a level's line": ("C7-T1: fine.\nCord: normal", ["C7-T1 / fine.", "- / cord: normal"]),
    "remark": ("bulge of the disc NB:\nA cyst", ["- / bulge of the disc", "- / nb: A cyst"]),
    "a finding alone is no label": ("L4-5\nDisc bulge\nStenosis", ["L4-L5 / Disc bulge", "L4-L5 / Stenosis"]),
    "prose before a colon": ("The following are noted: bulge.", ["- / The following are noted: bulge."]),
    "bold": ("**Facets:** mild arthropathy.", ["- / facets: mild arthropathy."]),
    "brackets": ("Curves (Cobb):\n Right: 31 degrees", ["- / curves (cobb): Right: 31 degrees"]),
}


@pytest.mark.parametrize(("text", "expected"), FRAMES.values(), ids=FRAMES.keys())
def test_a_frame_holds(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


TABLES: dict[str, tuple[str, list[str]]] = {
    "tabs": (
        "Level\tDisc\tCanal\nL3-4\tNormal\tPatent\nL4-5\tBulge\tMild\n\nNormal.",
        ["L3-L4 / disc: Normal", "L3-L4 / canal: Patent", "L4-L5 / disc: Bulge", "L4-L5 / canal: Mild", "- / Normal."],
    ),
    "pipes": (
        "| Level | Disc | Canal |\n|---|:--|---|\n| **L4/5** | Bulge. Tear. | |",
        ["L4-L5 / disc: Bulge.", "L4-L5 / disc: Tear."],
    ),
    "spaces": (
        "Level    Disc      Canal     Facets\nL4-5     Bulge               Mild OA\n"
        "L5-S1    Normal    Patent    Normal",
        [
            "L4-L5 / disc: Bulge",
            "L4-L5 / facets: Mild OA",
            "L5-S1 / disc: Normal",
            "L5-S1 / canal: Patent",
            "L5-S1 / facets: Normal",
        ],
    ),
    "two columns": ("Level | Findings\nL3/4 | Normal", ["L3-L4 / findings: Normal"]),
    "levels across": (
        "| | L4-5 | L5-S1 |\n| Disc | bulge | normal |\n| Canal | mild | patent |",
        ["L4-L5 / disc: bulge", "L5-S1 / disc: normal", "L4-L5 / canal: mild", "L5-S1 / canal: patent"],
    ),
    "levels over values": ("L3-4  L4-5  L5-S1\n14 mm  8 mm  13 mm", ["L3-L4 / 14 mm", "L4-L5 / 8 mm", "L5-S1 / 13 mm"]),
    "a tab after a label": ("L4-5:\tMild bulge", ["L4-L5 / Mild bulge"]),
    "a tab after a label, wrapped": (
        "L4-5:\tMild bulge with\nfacet disease.\nL5-S1:\tNormal.",
        ["L4-L5 / Mild bulge with facet disease.", "L5-S1 / Normal."],
    ),
    "a tab after a label, more below": (
        "L5-S1:\tBulge.\nNo sac contact.",
        ["L5-S1 / Bulge.", "L5-S1 / No sac contact."],
    ),
    "a tab after a number": ("1.\tL4-5: bulge.\n2.\tNormal.", ["L4-L5 / bulge.", "- / Normal."]),
    "two tabs after a label with colon": ("L4-5:\tbulge\tcanal patent", ["L4-L5 / bulge", "L4-L5 / canal patent"]),
    "no header": ("L4-5 | mild bulge | canal patent", ["L4-L5 / mild bulge", "L4-L5 / canal patent"]),
    "no header, tabs": ("L4-5\tmild bulge\tcanal patent", ["L4-L5 / mild bulge", "L4-L5 / canal patent"]),
    "a row of no level": ("Level\tDisc\tCanal\nAlignment\tnormal", ["- / alignment: normal"]),
}


@pytest.mark.parametrize(("text", "expected"), TABLES.values(), ids=TABLES.keys())
def test_a_table_is_read_by_its_heads(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


WRAPPED = """There is a degenerative scoliosis convex to the right, apex
L3. No pars defect is seen. Mixed Modic 1 and 2 changes at L2/3,
L3/4 and L4/5. No fracture. Both roots are compressed by the
L4 disc.

L2/3: Disc narrowed with bulge and facet joint disease. Mild to
moderate canal stenosis. The foramen is narrowed on the left
only, with the left L2 root touched.
"""


def test_hard_wrapped_lines_are_joined() -> None:
    assert shown(WRAPPED) == [
        "- / There is a degenerative scoliosis convex to the right, apex L3.",
        "- / No pars defect is seen.",
        "- / Mixed Modic 1 and 2 changes at L2/3, L3/4 and L4/5.",
        "- / No fracture.",
        "- / Both roots are compressed by the L4 disc.",
        "L2-L3 / Disc narrowed with bulge and facet joint disease.",
        "L2-L3 / Mild to moderate canal stenosis.",
        "L2-L3 / The foramen is narrowed on the left only, with the left L2 root touched.",
    ]


WRAPS: dict[str, tuple[str, list[str]]] = {
    "all capitals": (
        "FINDINGS ARE THOSE OF BEFORE. THERE IS A MODERATE LOSS OF\nHEIGHT. THE CORD IS FREE AND NO DISC IS HERNIATED. THE\n"
        "FORAMINA ARE OPEN.",
        ["FINDINGS ARE THOSE OF BEFORE.", "THERE IS A MODERATE LOSS OF HEIGHT.",
         "THE CORD IS FREE AND NO DISC IS HERNIATED.", "THE FORAMINA ARE OPEN."],
    ),
    "capitals, a label's word begins the line": (
        "BROAD BULGE AT THE LAST LEVEL WITH PRESSURE ON THE\nTHECAL SAC AND BOTH ROOTS.\nNORMAL.",
        ["BROAD BULGE AT THE LAST LEVEL WITH PRESSURE ON THE THECAL SAC AND BOTH ROOTS.", "NORMAL."],
    ),
    "small letters alone": (
        "broad bulge at the last level with pressure on the\nthecal sac and both roots.\nnormal.",
        ["broad bulge at the last level with pressure on the thecal sac and both roots.", "normal."],
    ),
    "one wrap among full stops": (
        "Muscle spasm.\nSeveral bulges are noted and deform the ventral margin\nsac and the exit canals.\nSmall nodules.",
        ["Muscle spasm.", "Several bulges are noted and deform the ventral margin sac and the exit canals.", "Small nodules."],
    ),
    "a signature that is wider": (
        "There is a degenerative scoliosis convex to the right, apex\nL3. No pars defect. Mixed Modic changes are present at the\n"
        "lower levels. The cord is normal in signal and there is no\nmass of any kind. Both roots are free and no nerve is in the\n"
        "canal.\n\nThis report was signed with a hand that is much wider than all of the lines above, as hands are.",
        ["There is a degenerative scoliosis convex to the right, apex L3.", "No pars defect.",
         "Mixed Modic changes are present at the lower levels.",
         "The cord is normal in signal and there is no mass of any kind.",
         "Both roots are free and no nerve is in the canal.",
         "This report was signed with a hand that is much wider than all of the lines above, as hands are."],
    ),
    "capitals, a list of structures": ("BULGE, PROTRUSION AND OSTEOPHYTE", ["BULGE, PROTRUSION AND OSTEOPHYTE"]),
    "a label in capitals and a verb below": ("THE FORAMINA\nARE OPEN.", ["THE FORAMINA ARE OPEN."]),
    "labels in capitals": ("CANAL\nPATENT\nFORAMINA\nPATENT", ["PATENT", "PATENT"]),
    "no-break spaces": (
        "There\xa0is\xa0a\xa0bulge. No\xa0stenosis.", ["There is a bulge.", "No stenosis."],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), WRAPS.values(), ids=WRAPS.keys())
def test_a_wrap_is_told_from_a_new_line(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_line_after_a_heading_is_as_wide_as_it_was_set() -> None:
    text = (
        "IMPRESSION: 1. ADJACENT DISEASE OF THE SEGMENT WITH INTERVAL\nPROGRESSION OF STENOSIS. THE CORD IS NORMAL. THERE IS NO OTHER\n"
        "CHANGE. THE FORAMINA ARE OPEN ON BOTH SIDES. NO FRACTURE AND NO\nMASS."
    )
    assert " ".join(text[split(text)[0].start : split(text)[0].end].split()) == (
        "ADJACENT DISEASE OF THE SEGMENT WITH INTERVAL PROGRESSION OF STENOSIS."
    )


def test_a_text_of_many_widths_is_read() -> None:
    text = "\n".join("a" * (40 + n % 100) + " b" for n in range(8000))
    assert body(text)


def test_ragged_lines_are_not_joined() -> None:
    text = "Muscle spasm noted\nBulges at several places of the spine with a mild effect on the sac\ndry discs noted"
    assert len(body(text)) == 3


@pytest.mark.parametrize(
    ("text", "paragraphs"),
    [
        pytest.param("Bulge. Mild.", [0, 0], id="sentences of a line share one"),
        pytest.param("Bulge.\n\nMild.", [0, 1], id="a blank line"),
        pytest.param("Bulge.\nMild.", [0, 1], id="a new line"),
        pytest.param("- Bulge.\n- Mild.", [0, 1], id="list items"),
        pytest.param("1. Bulge. 2. Mild.", [0, 1], id="numbers in a line"),
        pytest.param("Bulge. L4-5: mild.", [0, 1], id="a level heading"),
        pytest.param("Level\tDisc\tCanal\nL3-4\tfine\tfine\nL4-5\tfine\tfine", [0, 0, 1, 1], id="table rows"),
        pytest.param("L4-5: bulge.\nNo nerve root contact.", [0, 0], id="a line that goes on with the level"),
        pytest.param("bulge of\nthe disc. Mild", [0, 0], id="a wrapped line"),
    ],
)
def test_paragraphs_are_counted(text: str, paragraphs: list[int]) -> None:
    found = [sentence.paragraph for sentence in body(text)]
    assert [number - found[0] for number in found] == paragraphs


def test_a_heading_has_offsets_into_the_report() -> None:
    text = "MRI LUMBAR SPINE\n\nFINDINGS:\nNormal. L4-L5 level: bulge. Mild."
    headings = [sentence.heading for sentence in split(text) if sentence.heading]
    assert [text[heading.start : heading.end] for heading in headings] == ["L4-L5 level", "L4-L5 level"]


def test_an_unknown_heading_is_a_frame() -> None:
    text = "FINDINGS:\nNormal.\nCANAL WIDTHS OF NOTE:\n12 mm.\n\nNormal."
    assert [sentence.frame for sentence in split(text)] == ["", "canal widths of note", ""]


def test_sections_of_every_category_are_split() -> None:
    text = "HISTORY: Pain. Weak.\nTECHNIQUE: T1. T2.\nFINDINGS: Bulge.\nIMPRESSION: 1. Bulge."
    found = [(sentence.category, text[sentence.start : sentence.end]) for sentence in split(text)]
    assert found == [
        ("indication", "Pain."),
        ("indication", "Weak."),
        ("technique", "T1."),
        ("technique", "T2."),
        ("findings", "Bulge."),
        ("impression", "Bulge."),
    ]


def test_no_sections_give_no_sentences() -> None:
    assert split("") == ()
    assert split(" \n\t\n") == ()


PIECES = st.sampled_from(
    [
        *(
            "FINDINGS:",
            "IMPRESSION: ",
            "L4-5: ",
            "L4-L5 - ",
            "C2/3, C3/4: NAD. ",
            "Canal: ",
            "Conus",
            "Level\tDisc\tCanal\n",
        ),
        *(
            "| Level | Disc |\n",
            "|---|---|\n",
            "L4-5\tbulge\tmild\n",
            "| L4-5 | bulge |\n",
            "1. ",
            "2) ",
            "- ",
            "* ",
            "**",
        ),
        *(
            "There is a bulge",
            "of the",
            "No stenosis. ",
            "Rt. ",
            "8.5 mm",
            "///",
            "...",
            " .",
            "?disc ",
            "NB:",
            "(see ",
            ")",
        ),
        *(
            "\n",
            "\n\n",
            "\r\n",
            " ",
            "  ",
            "\t",
            ":",
            "|",
            ",",
            ";",
            "é",
            "\u2028",
            "HISTORY: pain\n",
            "R: none  L: mild",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200)


@given(TEXTS)
def test_sentences_lie_in_their_sections_in_order(text: str) -> None:
    sections = sections_stage.split_sections(text, SECTION_RULES)
    sentences = split_sentences(text, sections, RULES)
    for sentence in sentences:
        section = sections[sentence.section_id]
        assert section.body <= sentence.start < sentence.end <= section.end
        assert sentence.category == section.category
        assert text[sentence.start : sentence.end] == text[sentence.start : sentence.end].strip()
        assert sentence.frame == " ".join(sentence.frame.lower().split())
    assert all(left.end <= right.start for left, right in pairwise(sentences))
    assert all(a.paragraph <= b.paragraph for a, b in pairwise(sentences) if a.section_id == b.section_id)


@given(TEXTS)
def test_a_heading_is_a_level_written_in_its_section(text: str) -> None:
    sections = sections_stage.split_sections(text, SECTION_RULES)
    for sentence in split_sentences(text, sections, RULES):
        if sentence.heading is None:
            continue
        heading = sentence.heading
        assert sections[sentence.section_id].start <= heading.start < heading.end <= sections[sentence.section_id].end
        assert heading.role == "level"
        assert set(heading.levels) <= set(vocabulary.LEVELS)
        assert find_levels(text[heading.start : heading.end], RULES.levels)


@given(st.text(alphabet="abXY.,;?!- \n", max_size=120))
def test_prose_loses_no_letter(text: str) -> None:
    covered = {at for sentence in split(text) for at in range(sentence.start, sentence.end)}
    assert all(at in covered for at, letter in enumerate(text) if letter.isalnum())


@given(st.lists(PIECES.filter(lambda piece: "\r" not in piece), max_size=30).map("".join))
def test_line_ends_of_another_system_change_nothing(text: str) -> None:
    windows = text.replace("\n", "\r\n")
    ours = [(" ".join(text[s.start : s.end].split()), s.frame, s.paragraph) for s in split(text)]
    assert [(" ".join(windows[s.start : s.end].split()), s.frame, s.paragraph) for s in split(windows)] == ours


@pytest.mark.parametrize(
    "pattern",
    [
        " ",
        ":",
        "7",
        "|",
        "\n",
        ".",
        "-",
        "a b ",
        "L4-5: ",
        "1) ",
        "NB: ",
        "| a ",
        "Level\tDisc\tCanal\n",
        "x,\n",
        "Rt. ",
    ],
    ids=repr,
)
def test_a_text_of_two_hundred_thousand_characters_is_read(pattern: str) -> None:
    text = (pattern * 200_000)[:200_000]
    assert all(sentence.end <= len(text) for sentence in body(text))


@pytest.mark.parametrize("gold", GOLD, ids=lambda path: path.parent.name)
def test_gold_findings_stand_in_a_sentence_with_their_level(gold: Path) -> None:
    """Every finding lies in a sentence of its section; a level its sentence does not name is over it or carried."""
    astray = 0
    for line in gold.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        text, sentences = record["text"], split(record["text"])
        for finding in record["findings"]:
            evidence = re.escape(finding["evidence"])
            under = [
                sentence
                for match in re.finditer(evidence, text)
                for sentence in sentences
                if sentence.category == finding["section"]
                and sentence.start < match.end()
                and match.start() < sentence.end
            ]
            assert under, record["report_id"]
            headings = [sentence.heading for sentence in under if sentence.heading]
            named = any(find_levels(text[sentence.start : sentence.end], RULES.levels) for sentence in under)
            astray += (
                bool(headings) and not named and all(finding["level"] not in heading.levels for heading in headings)
            )
    assert astray <= 1
