"""Write the reports with planted discrepancies: `python corpora/discrepancies.py` makes `discrepancies/` anew.

Each pair below is a place in a report, told twice: an impression (or an addendum) that contradicts the findings, and
one that does not, though it may look so: less detail, another word, the worst of several grades, one side of two. A
seed chooses levels, sides, layout and what stands around. Nothing here knows how discrepancies are looked for.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "discrepancies"
SEED = 20
REPORTS = 40

LEVELS = {
    "lumbar": ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1"),
    "cervical": ("C2-C3", "C3-C4", "C4-C5", "C5-C6", "C6-C7", "C7-T1"),
}
TARGETS = {"lumbar": ("L2-L3", "L3-L4", "L4-L5", "L5-S1"), "cervical": ("C3-C4", "C4-C5", "C5-C6", "C6-C7")}
VERTEBRAE = {"lumbar": ("T12", "L1", "L2", "L3", "L4"), "cervical": ("C4", "C5", "C6", "C7")}


@dataclass(frozen=True)
class Pair:
    """A place told twice.

    `here` stands under the heading of its level, `general` before the levels. `wrong` and `right` are impressions;
    where `kind` is addendum_correction they are addenda after the impression `summary`. `right_here` and
    `right_general` take the place of `here` and `general` where the right report has other findings.
    """

    kind: str
    region: str
    wrong: str
    right: str
    here: str = ""
    general: str = ""
    right_here: str = ""
    right_general: str = ""
    summary: str = ""


PAIRS = (
    # The other side.
    Pair("side", "lumbar", "{Other} paracentral disc protrusion at {level}.",
         "Disc protrusion at {level} contacting the {side} nerve root.",
         "{Side} paracentral disc protrusion contacting the descending {side} nerve root. The canal is patent."),
    Pair("side", "lumbar", "Moderate {other} foraminal narrowing at {level}.",
         "Moderate foraminal narrowing at {level}.",
         "Moderate {side} neural foraminal narrowing. The {other} foramen is patent."),
    Pair("side", "cervical", "Severe {other} foraminal stenosis at {level}.",
         "Severe {side} foraminal stenosis at {level}.",
         "Uncovertebral hypertrophy with severe {side} foraminal stenosis.",
         right_here="Uncovertebral hypertrophy with severe {side} and mild {other} foraminal stenosis."),
    Pair("side", "lumbar", "Disc extrusion at {level} in the {other} subarticular zone.",
         "Disc herniation at {level} compressing the traversing {side} root.",
         "{Side} subarticular disc extrusion compressing the traversing nerve root."),
    Pair("side", "lumbar", "Mild {other} lateral recess stenosis at {level}.",
         "Lateral recess stenosis at {level}, {side} greater than {other}.",
         "Mild {side} lateral recess stenosis from facet hypertrophy.",
         right_here="Mild lateral recess stenosis on both sides, {side} greater than {other}."),
    Pair("side", "lumbar", "Synovial cyst of the {other} facet joint at {level}.",
         "Synovial cyst at {level}.",
         "There is an 8 mm synovial cyst arising from the {side} facet joint."),
    Pair("side", "cervical", "{Other} paracentral disc herniation at {level}.", "Disc herniation at {level}.",
         "{Side} paracentral disc herniation indenting the ventral thecal sac."),
    # Another level.
    Pair("level", "lumbar", "{Side} paracentral disc protrusion at {near}.", "Disc protrusion at {level}.",
         "{Side} paracentral disc protrusion. No canal stenosis."),
    Pair("level", "lumbar", "Moderate canal stenosis at {near}.",
         "Canal stenosis, worst at {level}.",
         "Broad-based disc bulge with moderate central canal stenosis.",
         general="Alignment is normal."),
    Pair("level", "lumbar", "Grade 1 anterolisthesis at {near}.",
         "Degenerative grade 1 listhesis of {upper} on {lower}.",
         "Grade 1 anterolisthesis with facet arthropathy."),
    Pair("level", "cervical", "Severe {side} foraminal stenosis at {near}.", "Severe foraminal stenosis at {level}.",
         "Disc osteophyte complex and severe {side} foraminal stenosis."),
    Pair("level", "lumbar", "Disc extrusion at {near}.", "Disc extrusion, {level}.",
         "Central disc extrusion with caudal migration."),
    Pair("level", "lumbar", "Compression fracture of {next_vertebra}.",
         "{vertebra} compression fracture, without retropulsion.",
         general="Compression fracture of the {vertebra} vertebral body with 30% loss of height."),
    # Another grade.
    Pair("severity", "lumbar", "Severe central canal stenosis at {level}.", "Canal stenosis at {level}.",
         "Disc bulge and mild central canal stenosis."),
    Pair("severity", "cervical", "Mild canal stenosis at {level}.",
         "Moderate to severe canal stenosis, greatest at {level}.",
         "Disc osteophyte complex with severe canal stenosis."),
    Pair("severity", "lumbar", "Severe {side} foraminal narrowing at {level}.",
         "Moderate bilateral foraminal narrowing at {level}.",
         "Mild {side} foraminal narrowing. Facet arthropathy.",
         right_here="Mild {side} and moderate {other} foraminal narrowing."),
    Pair("severity", "lumbar", "Mild bilateral foraminal stenosis at {level}.",
         "Moderate to severe bilateral foraminal stenosis at {level}.",
         "Severe bilateral foraminal stenosis."),
    Pair("severity", "lumbar", "Moderate lateral recess stenosis at {level}.",
         "Mild to moderate lateral recess stenosis at {level}.",
         "Mild lateral recess stenosis."),
    Pair("severity", "lumbar", "Marked canal narrowing at {level}.",
         "Moderate multilevel canal narrowing.",
         "The canal is mildly narrowed by a disc bulge."),
    # Affirmed and denied.
    Pair("assertion", "lumbar", "Moderate canal stenosis at {level}.", "No canal stenosis at {level}.",
         "Mild disc bulge. No canal stenosis."),
    Pair("assertion", "lumbar", "No disc herniation at {level}.", "No change in the disc protrusion at {level}.",
         "{Side} foraminal disc protrusion."),
    Pair("assertion", "cervical", "Cord signal abnormality at {level}, consistent with myelomalacia.",
         "The cord is contacted at {level}, without signal change.",
         "Disc protrusion contacting the cord.", general="No cord signal abnormality."),
    Pair("assertion", "lumbar", "Compression fracture of {vertebra}.", "No acute fracture.",
         general="No fracture. Marrow signal is normal.",
         right_general="Old compression deformity of {vertebra}. No acute fracture."),
    Pair("assertion", "lumbar", "No foraminal stenosis at {level}.", "No severe foraminal stenosis at {level}.",
         "Moderate bilateral foraminal stenosis."),
    Pair("assertion", "lumbar", "Grade 1 spondylolisthesis at {level}.", "Normal alignment at {level}.",
         "No spondylolisthesis. Mild facet arthropathy."),
    # Only in the impression.
    Pair("impression_only", "lumbar", "Acute compression fracture of {vertebra}.", "Wedge fracture of {vertebra}.",
         right_general="Acute loss of height of {vertebra} with marrow oedema."),
    Pair("impression_only", "lumbar", "Disc extrusion at {level}.", "Disc extrusion at {level}.",
         "Facet arthropathy.", right_here="Facet arthropathy and a large disc herniation."),
    Pair("impression_only", "lumbar", "Severe central canal stenosis at {level}.",
         "Severe spinal stenosis at {level}.", "Mild disc desiccation.",
         right_here="Bulge and ligamentum flavum thickening efface the thecal sac completely."),
    Pair("impression_only", "lumbar", "Findings of discitis osteomyelitis at {level}.",
         "Discitis at {level}.", "Mild disc height loss.",
         right_here="Fluid signal of the disc and endplate erosion, in keeping with discitis osteomyelitis."),
    Pair("impression_only", "cervical", "Epidural abscess at {level}.", "Epidural abscess at {level}.",
         "Mild disc bulge.", right_here="Ventral epidural collection, most consistent with abscess."),
    # Missing from the impression.
    Pair("missing_from_impression", "lumbar", "Facet arthropathy at {level}.", "Severe spinal stenosis at {level}.",
         "Facet arthropathy and severe central canal stenosis."),
    Pair("missing_from_impression", "lumbar", "Mild degenerative changes.",
         "Acute {vertebra} compression fracture. Mild degenerative changes.",
         general="Acute compression fracture of {vertebra} with marrow oedema."),
    Pair("missing_from_impression", "cervical", "Multilevel spondylosis.",
         "Multilevel stenosis and spondylosis.", "Severe central canal stenosis."),
    Pair("missing_from_impression", "lumbar", "Mild facet arthropathy.",
         "Findings as described above.", "Large disc extrusion compressing the cauda equina."),
    Pair("missing_from_impression", "lumbar", "Degenerative disc disease.",
         "Metastatic disease.", general="Metastasis in the {vertebra} vertebral body."),
    # Corrected by an addendum.
    Pair("addendum_correction", "lumbar", "The disc protrusion at {level} is on the {other}, not the {side}.",
         "Prior radiographs of 2019 have become available. They are of no further help.",
         "{Side} paracentral disc protrusion.", summary="{Side} paracentral disc protrusion at {level}."),
    Pair("addendum_correction", "lumbar", "Correction: there is no fracture of {vertebra}.",
         "There is in addition a {side} renal cyst.", general="Fracture of {vertebra}.",
         summary="Fracture of {vertebra}."),
    Pair("addendum_correction", "lumbar", "The impression should read severe canal stenosis at {level}.",
         "The severe canal stenosis at {level} was discussed with the referring team.",
         "Moderate canal stenosis.", right_here="Severe canal stenosis.", summary="Canal stenosis at {level}."),
    Pair("addendum_correction", "lumbar", "The report should read disc extrusion at {near} instead of {level}.",
         "The disc extrusion at {level} was known.",
         "Disc extrusion.", summary="Disc extrusion at {level}."),
    Pair("addendum_correction", "cervical", "On review there is a fracture of {vertebra}.",
         "On review no fracture is seen on the added CT.", general="No fracture.", summary="No fracture."),
)  # fmt: skip

QUIET = (
    "Normal.",
    "No disc herniation. Canal and foramina are patent.",
    "Disc height is preserved. No stenosis.",
    "Mild disc desiccation without herniation or stenosis.",
    "Unremarkable.",
)
CLOSING = (
    "Mild degenerative changes.",
    "Paraspinal soft tissues are unremarkable.",
    "Disc desiccation at several levels.",
    "",
)
HISTORY = {
    "lumbar": ("Low back pain.", "Back pain radiating to the leg.", "Pain and numbness of the leg for six weeks."),
    "cervical": ("Neck pain.", "Neck pain radiating to the arm.", "Numbness of the hand."),
}
HEADINGS = (("FINDINGS:\n", "IMPRESSION:\n"), ("Findings:\n", "Impression:\n"), ("REPORT:\n", "CONCLUSION:\n"))


def report(pair: Pair, *, wrong: bool, seed: str) -> dict[str, str]:
    """Return exam and text of one report of a pair; the seed makes both reports of a pair alike but for the error."""
    choose = random.Random(seed)
    words = _places(pair.region, choose)
    found, concluded = choose.choice(HEADINGS)
    quiet = {level: choose.choice(QUIET) for level in LEVELS[pair.region]}
    numbered, closing = choose.random() < 0.5, choose.choice(CLOSING)
    history = choose.choice(HISTORY[pair.region])
    here = pair.here if wrong else pair.right_here or pair.here
    general = pair.general if wrong else pair.right_general or pair.general
    said = pair.wrong if wrong else pair.right
    corrects = pair.kind == "addendum_correction"
    points = [point for point in (pair.summary if corrects else said, closing) if point]
    lines = [f"{level}: {here if here and level == words['level'] else quiet[level]}" for level in LEVELS[pair.region]]
    parts = [
        f"MRI OF THE {pair.region.upper()} SPINE",
        f"INDICATION: {history}",
        found + "\n".join([general, *lines] if general else lines),
        concluded + "\n".join(f"{n}. {point}" if numbered else point for n, point in enumerate(points, 1)),
    ]
    if corrects:
        parts.append(f"ADDENDUM: {said}")
    return {"exam": f"MRI {pair.region} spine", "text": "\n\n".join(parts).format(**words)}


def _places(region: str, choose: random.Random) -> dict[str, str]:
    """Return the words of the places in a pair's sentences."""
    level = choose.choice(TARGETS[region])
    near = LEVELS[region][LEVELS[region].index(level) - 1]
    side, other = choose.sample(("left", "right"), 2)
    bones = VERTEBRAE[region]
    first = choose.randrange(len(bones) - 1)
    upper, lower = level.split("-")
    return {
        "level": level, "near": near, "upper": upper, "lower": lower, "side": side, "other": other,
        "Side": side.capitalize(), "Other": other.capitalize(),
        "vertebra": bones[first], "next_vertebra": bones[first + 1],
    }  # fmt: skip


EXCHANGED = {
    "side": {"left": "right", "right": "left", "Left": "Right", "Right": "Left"},
    "severity": {"mild": "severe", "severe": "mild", "Mild": "Severe", "Severe": "Mild"},
}
DISC = re.compile(r"\b([CL])([3-7])(\s?[-/\u2013]\s?)(?:[CLS]?)([4-7]|1)\b")


def exchanges(impression: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each impression that differs by one word: a side, a grade or a disc level."""
    for kind, words in EXCHANGED.items():
        for match in re.finditer(rf"\b({'|'.join(words)})\b", impression):
            yield kind, impression[: match.start()] + words[match[0]] + impression[match.end() :]
    for match in DISC.finditer(impression):
        above = f"{match[1]}{int(match[2]) - 1}{match[3]}{match[1]}{match[2]}"
        yield "level", impression[: match.start()] + above + impression[match.end() :]


def files() -> dict[str, str]:
    """Return what stands in the folder, by name: the reports, planted and matched, and what is planted in which."""
    if len(PAIRS) != REPORTS:
        raise ValueError(f"{len(PAIRS)} pairs")
    reports, planted = [], []
    for number, pair in enumerate(PAIRS, 1):
        for wrong, name in ((True, "planted"), (False, "matched")):
            report_id = f"{pair.kind.replace('_', '-')}-{number:02}-{name}"
            reports.append({"report_id": report_id, **report(pair, wrong=wrong, seed=f"{SEED}-{number}")})
            if wrong:
                planted.append({"report_id": report_id, "kind": pair.kind})
    return {
        "reports.jsonl": "".join(json.dumps(one) + "\n" for one in reports),
        "planted.jsonl": "".join(json.dumps(one) + "\n" for one in planted),
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
