"""Reports for measuring speed: fictional, full-length, made by a seeded grammar so that few sentences repeat.

Archives repeat themselves more, and a cache of sentences gains more from them. One in five reports is a variation of a
fictional report of the gold corpus: its levels, sides, grades and sizes are exchanged.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

GOLD = Path(__file__).resolve().parents[1] / "corpora" / "gold" / "reports.jsonl"
VARIED = 5
"""One in so many reports is a variation."""

GRAMMAR = """
report
    EXAMINATION: MRI <REGION> SPINE <WITH OR WITHOUT> CONTRAST\\n\\n<CLINICAL>: <story>\\n\\n\
COMPARISON: <comparison>\\n\\nTECHNIQUE: <technique>\\n\\nFINDINGS:\\n<general>\\n\\n<levels>\\n\\n\
<others>: <outside>\\n\\n<CONCLUSION>:\\n<points>
WITH OR WITHOUT
    WITHOUT | WITH AND WITHOUT
CLINICAL
    CLINICAL HISTORY | INDICATION | CLINICAL INFORMATION
CONCLUSION
    IMPRESSION | CONCLUSION | OPINION
others
    Other | Soft tissues | Paraspinal
story
    <19..88>-year-old <patient> with <ache> for <2..20> <time>, <history>. <Ache> radiating to the <side> <part> and \
<part>, <history>. <query> <disc> at <level>.
patient
    male | female | man | woman
time
    days | weeks | months | years
query
    Evaluate for | Query | Rule out | ?
ache
    low back pain | neck pain | mid back pain | radicular pain | numbness | burning pain | weakness | paraesthesia
    stiffness | cramping on walking | an unsteady gait | heaviness of the legs | grip weakness | muscle spasm
part
    thigh | calf | lateral foot | buttock | groin | great toe | forearm | thumb | little finger | shoulder | heel
    shin | upper arm | flank | index finger
history
    after lifting a box | following a fall from a ladder | since a road accident | without trauma | worse at night
    worse on sitting | relieved by rest | despite physiotherapy | after a course of NSAIDs | no bladder symptoms
    history of breast cancer | previous microdiscectomy | being considered for surgery | no red flags
comparison
    MRI dated <day>. | Radiographs of <day> and CT of <2014..2024>. | None since <day>.
day
    <1..28>/<1..12>/<2014..2024>
technique
    <Plane> <sequence>, <plane> <sequence>, <plane> <sequence> and <plane> <sequence> at <field> T, slices of <mm>.
plane
    sagittal | axial | coronal | oblique | volumetric
sequence
    T1 | T2 | STIR | gradient echo | fat-suppressed T2 | proton density | diffusion weighted
field
    1.5 | 3
general
    <alignment>\\n<vertebrae>\\n<canal contents>
alignment
    Alignment: <mm> <old>listhesis of <vertebrae two>[, <change>]. <Grade> <bend> <region> lordosis, \
apex <vertebra>.
old
    degenerative antero | stable antero | degenerative retro | stable retro | antero | retro
bend
    straightening of the | loss of the | reversal of the
vertebrae
    Vertebrae: <lead> a <mm> <body> in the <vertebra> vertebral body. <Grade> <body> of <vertebra> with <5..60>% loss \
of height, <change>. No <bad> marrow lesion from <upper vertebra> to <lower vertebra>.
bad
    acute | suspicious | aggressive
canal contents
    <Inside>: <fine> <where> <level>, <without> <cord disease>.
fine
    Normal in caliber | Normal in signal | Unremarkable
where
    down to | above | below | at
without
    no | without | with no
cord disease
    syrinx | cord edema | arachnoiditis | tethering
outside
    <5..40> mm <side> <organ>[, <change>]. <Grade> <sides> <soft> at <vertebra>.
organ
    renal cyst | hepatic cyst | thyroid nodule | adnexal cyst | uterine fibroid | lymph node | lung base nodule
    renal calculus | adrenal nodule | splenic cyst
soft
    multifidus atrophy | sacroiliac arthrosis | paraspinal edema | psoas atrophy
level line
    <here>: <discs> <canal> <foramina> <facets>
    <here>: <discs> <worn> <canal> <foramina> <facets>
    <here>: <discs> <canal> <foramina> <facets> <roots>
    <here>: <discs> <worn> <canal> <foramina> <facets> <roots>
    <here>: <discs> <worn> <canal> <foramina> <facets> <roots>
    <here>: <nothing>.
nothing
    Unremarkable | Normal | No significant abnormality | Preserved
discs
    <Shape> <disc>, <side> <zone>, measuring <mm>[, <change>].
    <opener> a <shape> <side> <zone> <disc> of <mm> which <touches> the <inside>.
    <Side> <zone> <disc> (<mm>) that <touches> the <inside>.
    <Shape> <disc> eccentric to the <side>, <mm> in AP extent, without sequestration.
worn
    <Dry>, <grade>, with <mm> of residual height[, <change>].
    <Grade> <dry> and <body>, <change>.
    <Dry> with <grade> <body> along the <vertebra> endplate.
canal
    <Grade> <stenosis>, AP diameter <mm>[, <change>].
    No <much><stenosis> or <recess> at <here>, AP diameter <mm>.
    This results in <grade> <stenosis> with <grade> <sides> <recess>.
    The canal measures <mm> with <grade> crowding of the <inside>.
    <lead> no more than <grade> <stenosis>, <change>.
much
    significant | high-grade | definite
foramina
    <Grade> left and <grade> right <foramen>[, <change>].
    <Grade> right and <grade> left <foramen>[, <change>].
    <Grade> <sides> <foramen> with abutment of the exiting <root> root.
    The left foramen is <open>; <grade> right <foramen> of <mm>.
    The right foramen is <open>; <grade> left <foramen> of <mm>.
    No <side> <foramen> at <here>; <grade> <sides> <recess>, <change>.
open
    patent | adequate | widely patent
facets
    <Grade> <sides> <facet>[ with a <mm> synovial cyst].
    <lead> <grade> <facet>, <sides>, with <mm> of ligamentum flavum thickening.
    <Facet> is <grade> on the <side> and <grade> on the other side.
roots
    The <way><side> <root> nerve root is <moved> by <mm>.
    <doubt> <press> of the <way><side> <root> root[, <change>].
    Material <touches> but does not displace the <way><side> <root> root.
way
    traversing | exiting | descending
moved
    displaced | compressed | contacted | not displaced
doubt
    Possible | Probable | Questionable | No definite
press
    impingement | compression
point
    <Shape> <side> <zone> <disc> at <level> with <grade> <stenosis>.
    <Grade> <sides> <foramen> at <level> and <grade> at <level>[, <change>].
    No <stenosis> <where> <level>; <grade> <facet>.
    <Body> of <vertebra>, <change>, <mm>.
grade
    mild | moderate | severe | minimal | mild to moderate | moderate to severe | slight | marked
side
    left | right
sides
    left | right | bilateral | left greater than right | right greater than left
zone
    central | paracentral | subarticular | foraminal | extraforaminal | posterolateral
shape
    broad-based | diffuse | shallow | small | focal | circumferential | moderate-sized | asymmetric
disc
    disc bulge | disc protrusion | disc herniation | disc extrusion | disc osteophyte complex | annular bulge
    annular fissure | bulge with an annular tear | recurrent disc protrusion | bulging disc with osteophytic ridging
dry
    disc desiccation | loss of disc height | disc space narrowing | disc dehydration with loss of T2 signal
    vacuum phenomenon | degenerative disc disease | reduced disc height and signal | endplate irregularity
touches
    contacts | abuts | indents | effaces | mildly flattens | impresses upon | displaces | compresses | just touches
    encroaches upon | deforms
facet
    facet arthropathy | facet hypertrophy | facet joint arthrosis | facet degenerative change | facet osteoarthritis
    facet arthropathy with a small effusion | hypertrophic facet change | uncovertebral spurring
    ligamentum flavum thickening | facet and ligamentum flavum hypertrophy
stenosis
    central canal stenosis | canal stenosis | spinal canal narrowing | central canal narrowing | spinal stenosis
foramen
    foraminal narrowing | neural foraminal stenosis | foraminal stenosis | neuroforaminal narrowing
recess
    lateral recess narrowing | subarticular recess stenosis | lateral recess stenosis
change
    unchanged | similar to the prior study | slightly progressed since the prior | new from the prior examination
    decreased from the prior | not significantly changed | stable in appearance
body
    hemangioma | Schmorl node | compression deformity | fatty endplate change | Modic type 2 change | limbus vertebra
    marrow edema | endplate sclerosis | bone island | healed compression fracture | superior endplate depression
lead
    There is | Note is made of | There is again | Also seen is | In addition there is | Images show
opener
    Again there is | Superimposed on this is | This level shows | Axial images show | The disc space shows
mm
    <2..12> mm | <2..9>.<1..9> mm
"""

LEVELS = {
    "lumbar": ("L1", "L2", "L3", "L4", "L5", "S1"),
    "cervical": ("C2", "C3", "C4", "C5", "C6", "C7", "T1"),
    "thoracic": ("T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12"),
}
INSIDE = {
    "lumbar": ("thecal sac", "cauda equina"),
    "cervical": ("cord", "thecal sac"),
    "thoracic": ("cord", "thecal sac"),
}
WEIGHTS = (6, 3, 1)
STYLES = ("{0}-{1}", "{0}-{2}", "{0}/{2}", "{0}/{1}")

_SYMBOL = re.compile(r"<([^<>]+)>")
_CHANCE = re.compile(r"\[([^\[\]]*)\]")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")


def reports(count: int, seed: int) -> list[str]:
    """Return so many distinct reports; the same seed gives the same texts on every machine."""
    rng = random.Random(seed)
    originals = [json.loads(line)["text"] for line in GOLD.read_text(encoding="utf-8").splitlines()]
    rules = _rules()
    texts: dict[str, None] = {}
    while len(texts) < count:
        varied = len(texts) % VARIED == VARIED - 1
        texts[variation(rng, rng.choice(originals)) if varied else Writer(rng, rules).report()] = None
    return list(texts)


def _rules() -> dict[str, tuple[str, ...]]:
    """Return the grammar: a name stands alone, its phrases are indented, a line each or parted by bars.

    In a phrase <grade> stands for a phrase of that name, <Grade> for one with a capital, <2..9> for a number, and
    [, <change>] for what is left out half the time.
    """
    rules: dict[str, list[str]] = {}
    name = ""
    for line in GRAMMAR.strip().splitlines():
        if line.startswith(" "):
            rules[name] += [phrase.strip() for phrase in line.replace("\\n", "\n").strip(" ").split(" | ")]
        else:
            name = line
            rules[name] = []
    return {name: tuple(phrases) for name, phrases in rules.items()}


class Writer:
    """Writes one report: a region of the spine and a way of writing its levels, then what chance says of each."""

    def __init__(self, rng: random.Random, rules: dict[str, tuple[str, ...]]) -> None:
        self.rng = rng
        region = rng.choices(list(LEVELS), WEIGHTS)[0]
        style = rng.choice(STYLES)
        bones = LEVELS[region]
        named = [
            style.format(upper, lower, lower if lower[0] != upper[0] else lower[1:]) for upper, lower in pairwise(bones)
        ]
        self.levels = named
        self.rules = {
            **rules,
            "way": ("", *(f"{way} " for way in rules["way"])),
            "much": ("", *(f"{much} " for much in rules["much"])),
            "region": (region,),
            "REGION": (region.upper(),),
            "inside": INSIDE[region],
            "level": tuple(named),
            "here": tuple(named),
            "vertebra": bones[:-1],
            "vertebrae two": tuple(f"{upper} on {lower}" for upper, lower in pairwise(bones)),
            "upper vertebra": bones[:3],
            "lower vertebra": bones[3:-1],
            "root": bones[1:],
        }

    def report(self) -> str:
        """Return the whole text."""
        lines = []
        for level in self.levels:
            self.rules["here"] = (level,)
            lines.append(self.expanded("<level line>"))
        self.rules["levels"] = ("\n".join(lines),)
        points = range(1, self.rng.randint(4, 7))
        self.rules["points"] = ("\n".join(f"{n}. {self.expanded('<point>')}" for n in points),)
        return self.expanded("<report>")

    def expanded(self, phrase: str) -> str:
        """Return a phrase with every name in it spelled out."""
        phrase = _CHANCE.sub(lambda match: match[1] if self.rng.random() < 0.5 else "", phrase)
        return _SYMBOL.sub(lambda match: self._spelled(match[1]), phrase)

    def _spelled(self, name: str) -> str:
        limits = _RANGE.fullmatch(name)
        if limits:
            return str(self.rng.randint(int(limits[1]), int(limits[2])))
        if name in self.rules:
            return self.expanded(self.rng.choice(self.rules[name]))
        text = self.expanded(self.rng.choice(self.rules[name[0].lower() + name[1:]]))
        return text[0].upper() + text[1:]


_DISC = re.compile(r"\b([CL])(\d)([-/])(\1?)(\d)\b")
_ROOM = {"C": (2, 6), "L": (1, 4)}
"""The first and the last upper vertebra of the levels that are exchanged."""
_SIDE = re.compile(r"\b(left|right)\b", re.IGNORECASE)
_GRADE = re.compile(r"\b(mild|moderate|severe)\b", re.IGNORECASE)
_SIZE = re.compile(r"\b\d+(?:\.\d)?(?= ?mm\b)")


def variation(rng: random.Random, text: str) -> str:
    """Return a report with its levels, sides, grades and sizes exchanged, all but sizes alike wherever they stand."""
    shift, turn, flip = rng.randint(0, 3), rng.randint(0, 2), rng.random() < 0.5

    def level(match: re.Match[str]) -> str:
        letter, upper, mark, again, lower = match.groups()
        first, last = _ROOM[letter]
        if int(lower) != int(upper) + 1 or not first <= int(upper) <= last:
            return match[0]
        moved = first + (int(upper) - first + shift) % (last - first + 1)
        return f"{letter}{moved}{mark}{again}{moved + 1}"

    text = _DISC.sub(level, text)
    text = _GRADE.sub(lambda match: _turned(match[0], ("mild", "moderate", "severe"), turn), text)
    text = _SIZE.sub(lambda match: f"{float(match[0]) * rng.uniform(0.7, 1.3):.2g}", text)
    return _SIDE.sub(lambda match: _turned(match[0], ("left", "right"), int(flip)), text)


def _turned(word: str, circle: Sequence[str], by: int) -> str:
    """Return the word that stands so far on in the circle, in capitals or with a capital as the word has it."""
    turned = circle[(circle.index(word.lower()) + by) % len(circle)]
    if word.isupper():
        return turned.upper()
    return turned.capitalize() if word[0].isupper() else turned
