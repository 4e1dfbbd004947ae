"""What the made reports say: kinds of sentences, with the words that may stand in each place.

A name stands alone, its phrases are indented, a line each or parted by bars. In a phrase <grade> stands for a phrase of
that name, <Grade> for one with a capital, <2..9> for a number, and [, <change>] for what is there in one sentence and
not in another. Sizes stand in most sentences, so that a kind has room for as many different ones as a large archive
needs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise, product

GRAMMAR = """
complaint
    <ache> for <2..20> <time>, <history>.
    <ache> and <ache> for <2..20> <time>, <history> and <history>.
radiating
    <Ache> radiating to the <side> <part>, <history>.
    <Ache> radiating to the <side> <part> and <part> for <2..20> <time>, <history>.
    Pain score <2..9> of 10, radiating to the <side> <part>[, <history>].
question
    <query> <disc> at <level>, <side> <ache>.
    <query> <disc> at <level>, <side> <ache> for <2..20> <time>.
    <query> <disc> or <stenosis> at <level>[, <history>].
comparison
    MRI dated <1..28>/<1..12>/<2014..2024>.
    Radiographs of <1..28>/<1..12>/<2014..2024> and CT of <1..28>/<1..12>/<2014..2024>.
technique
    <Plane> <sequence>, <plane> <sequence> and <plane> <sequence> at <field> T, slices of <size> mm.
alignment
    <size> mm <old>listhesis of <vertebrae two>[, <change>], <size> mm on the <side>.
    <size> mm <old>listhesis of <vertebrae two> and <size> mm of <vertebrae two>[, <change>].
curve
    <Grade> <bend> <region> lordosis, apex <vertebra>[, <change>].
    <Grade> <bend> <region> lordosis with a Cobb angle of <5..40> degrees from <vertebra> to <vertebra>[, <change>].
    Scoliosis convex to the <side>, <5..40> degrees, apex <vertebra>, <grade> rotation, shift of <size> mm[, <change>].
vertebrae
    <Lead> a <size> x <size> mm <body> in the <vertebra> vertebral body[, <change>].
    <Size> mm <body> in the <side> half of <vertebra>, <grade>, <size> mm from the endplate[, <change>].
height
    <Grade> <body> of <vertebra> with <5..60>% loss of height[, <change>].
    <Grade> <body> of <vertebra> with <5..60>% loss of height and <size> mm of retropulsion[, <change>].
marrow
    No <bad> marrow lesion from <vertebra> to <vertebra>.
    No <bad> marrow lesion above <size> mm from <vertebra> to <vertebra>; <size> mm <body>[, <change>].
cord
    Normal in caliber and signal.
    Normal in caliber <where> <level>, <without> <cord disease>.
    Unremarkable <where> <level>, <size> x <size> mm, <without> <cord disease>.
outside
    <5..40> mm <side> <organ>[, <change>].
    <Size> x <size> mm <side> <organ>[, <change>].
    <Grade> <sides> <soft> at <vertebra>[, <change>].
    <Grade> <sides> <soft> at <vertebra>, <size> x <size> mm.
normal
    Unremarkable. | Normal. | No significant abnormality. | No disc herniation or stenosis.
    Disc height of <size> mm and canal of <size> mm, no <disc>.
    Disc height of <size> mm, no <disc> or <stenosis>, AP diameter <size> mm, recesses of <size> mm.
discs
    <Shape> <disc>[, <change>].
    <Shape> <disc>, <side> <zone>, measuring <size> x <size> mm[, <change>].
    <Opener> a <shape> <side> <zone> <disc> of <size> mm which <touches> the <inside>.
    <Side> <zone> <disc> (<size> mm) that <touches> the <inside>[, <change>].
    <Shape> <disc> eccentric to the <side>, <size> mm in AP extent, <size> mm wide.
worn
    <Grade> <dry>.
    <Dry>, <grade>, with <size> mm of residual height[, <change>].
    <Dry>, <grade>, with <size> mm of residual height and <size> mm endplate spurs.
    <Dry> with <grade> <body> along the <vertebra> endplate, <size> mm[, <change>].
canal
    No <stenosis>.
    <Grade> <stenosis>, AP diameter <size> mm[, <change>].
    <Grade> <stenosis>, <size> x <size> mm[, <change>].
    This results in <grade> <stenosis> with <grade> <sides> <recess>.
    The canal measures <size> x <size> mm with <grade> crowding of the <inside>[, <change>].
    No <stenosis> or <recess>, AP diameter <size> mm, <size> mm on the <side>.
foramina
    The foramina are <open>.
    <Grade> left and <grade> right <foramen>[, <change>].
    <Grade> <sides> <foramen> with abutment of the exiting <root> root.
    The <side> foramen is <open>; <grade> <foramen> of <size> x <size> mm on the other side.
    <Grade> left and <grade> right <foramen>, <size> mm and <size> mm[, <change>].
facets
    <Grade> <sides> <facet>.
    <Grade> <sides> <facet> with a <size> x <size> mm synovial cyst[, <change>].
    <Lead> <grade> <facet>, <sides>, with <size> mm of ligamentum flavum thickening.
    <Lead> <grade> <facet>, <sides>, with <size> mm of effusion and a ligamentum flavum of <size> mm.
roots
    The <way> <side> <root> nerve root is <moved>.
    The <way> <side> <root> nerve root is <moved> by <size> mm over <size> mm[, <change>].
    <Doubt> <press> of the <way> <side> <root> root[, <change>].
    Material of <size> x <size> mm <touches> but does not displace the <way> <side> <root> root.
point
    <Grade> <stenosis> at <level>[, <change>].
    <Shape> <side> <zone> <disc> at <level> with <grade> <stenosis>.
    <Grade> <sides> <foramen> at <level> and <grade> at <level>[, <change>].
    No <stenosis> <where> <level>; <grade> <facet>.
    <Body> of <vertebra>, <size> x <size> mm[, <change>].
    <Shape> <disc> of <size> mm at <level>, <side> <zone>, with <grade> <stenosis>[, <change>].
time
    days | weeks | months | years
query
    Evaluate for | Query | Rule out | Question of
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
plane
    sagittal | axial | coronal | oblique | volumetric
sequence
    T1 | T2 | STIR | gradient echo | fat-suppressed T2 | proton density | diffusion weighted
field
    1.5 | 3
old
    degenerative antero | stable antero | degenerative retro | stable retro | antero | retro
bend
    straightening of the | loss of the | reversal of the
bad
    acute | suspicious | aggressive
where
    down to | above | below | at
without
    no | without | with no
cord disease
    syrinx | cord edema | arachnoiditis | tethering
organ
    renal cyst | hepatic cyst | thyroid nodule | adnexal cyst | uterine fibroid | lymph node | lung base nodule
    renal calculus | adrenal nodule | splenic cyst
soft
    multifidus atrophy | sacroiliac arthrosis | paraspinal edema | psoas atrophy
open
    patent | adequate | widely patent
way
    traversing | exiting | descending
moved
    displaced | compressed | contacted | not displaced
doubt
    possible | probable | questionable | no definite
press
    impingement | compression
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
    there is | note is made of | there is again | also seen is | in addition there is | images show
opener
    again there is | superimposed on this is | this level shows | axial images show | the disc space shows
size
    <2..12> | <2..9>.<1..9>
"""

BONES = {
    "lumbar": ("L1", "L2", "L3", "L4", "L5", "S1"),
    "cervical": ("C2", "C3", "C4", "C5", "C6", "C7", "T1"),
    "thoracic": ("T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12"),
}
"""The vertebrae between which a report on a region describes the levels."""
STYLES = ("{0}-{1}", "{0}-{2}", "{0}/{2}", "{0}/{1}")
"""Ways of writing a level: of its upper vertebra, its lower one, and the lower one without a letter they share."""
_INSIDE = {
    "lumbar": ("thecal sac", "cauda equina"),
    "cervical": ("cord", "ventral cord"),
    "thoracic": ("cord", "ventral cord"),
}
_SYMBOL = re.compile(r"<([^<>]+)>")
_CHANCE = re.compile(r"\[([^\[\]]*)\]")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")

Form = tuple[str, tuple[tuple[str, ...], ...]]
"""A phrase with a %s for each place, and the words that may stand there."""
Rules = Mapping[str, tuple[str, ...]]


@cache
def rules() -> Rules:
    """Return the grammar, name by name."""
    read: dict[str, list[str]] = {}
    name = ""
    for line in GRAMMAR.strip().splitlines():
        if line.startswith(" "):
            read[name] += line.strip().split(" | ")
        else:
            name = line
            read[name] = []
    return {name: tuple(phrases) for name, phrases in read.items()}


def levels(region: str, style: str) -> tuple[str, ...]:
    """Return the levels of a region, written in one style."""
    return tuple(
        style.format(upper, lower, lower if lower[0] != upper[0] else lower[1:])
        for upper, lower in pairwise(BONES[region])
    )


def rules_of(region: str, style: str) -> Rules:
    """Return the grammar with the words of one region, and its levels in one style."""
    bones = BONES[region]
    return {
        **rules(),
        "region": (region,),
        "inside": _INSIDE[region],
        "level": levels(region, style),
        "vertebra": bones[:-1],
        "vertebrae two": tuple(f"{upper} on {lower}" for upper, lower in pairwise(bones)),
        "root": bones[1:],
    }


def forms(kind: str, rules: Rules) -> tuple[Form, ...]:
    """Return the forms of one kind of sentence: one for each phrase, with and without what may be left out."""
    return tuple(_form(phrase, rules) for written in rules[kind] for phrase in _chosen(written))


def _chosen(phrase: str) -> list[str]:
    """Return the phrase with and without each of its parts that may be left out."""
    parts = _CHANCE.split(phrase)
    return ["".join(chosen) for chosen in product(*(("", p) if n % 2 else (p,) for n, p in enumerate(parts)))]


def _form(phrase: str, rules: Rules) -> Form:
    places = tuple(_words(name, rules) for name in _SYMBOL.findall(phrase))
    return _SYMBOL.sub("%s", phrase.replace("%", "%%")), places


def _words(name: str, rules: Rules) -> tuple[str, ...]:
    """Return everything that a name may stand for."""
    limits = _RANGE.fullmatch(name)
    if limits:
        return tuple(map(str, range(int(limits[1]), int(limits[2]) + 1)))
    if name not in rules:
        return tuple(word[0].upper() + word[1:] for word in _words(name[0].lower() + name[1:], rules))
    spelled = (_form(phrase, rules) for phrase in rules[name])
    return tuple(form % words for form, places in spelled for words in product(*places))
