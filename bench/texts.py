"""Reports for measuring speed: fictional, full-length, drawn from phrases by a seeded grammar, so that few sentences repeat.

Real archives repeat themselves more, and a cache of sentences gains more from them. One in five reports is a variation of a
fictional report of the gold corpus with levels, sides, grades and sizes exchanged.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

GOLD = Path(__file__).resolve().parents[1] / "corpora" / "gold" / "reports.jsonl"
VARIED_OF = 5
"""One in so many reports is a variation."""


@dataclass(frozen=True)
class Region:
    """A region of the spine: its names, its disc levels as upper and lower vertebra, and what lies in its canal."""

    name: str
    title: str
    levels: tuple[tuple[str, str], ...]
    roots: tuple[str, ...]
    inside: tuple[str, ...]


def _discs(letter: str, first: int, last: int) -> tuple[tuple[str, str], ...]:
    return tuple((f"{letter}{n}", f"{letter}{n + 1}") for n in range(first, last))


REGIONS = (
    Region("lumbar", "LUMBAR", (*_discs("L", 1, 5), ("L5", "S1")), ("L2", "L3", "L4", "L5", "S1"), ("thecal sac", "cauda equina")),
    Region("cervical", "CERVICAL", (*_discs("C", 2, 7), ("C7", "T1")), ("C4", "C5", "C6", "C7", "C8"), ("cord", "thecal sac")),
    Region("thoracic", "THORACIC", _discs("T", 5, 12), ("T7", "T8", "T9", "T10", "T11"), ("cord", "ventral CSF")),
)  # fmt: skip
WEIGHTS = (6, 3, 1)

GRADES = ("mild", "moderate", "severe", "minimal", "mild to moderate", "moderate to severe", "slight", "marked")
SIDES = ("left", "right", "bilateral", "left greater than right", "right greater than left")
ONE_SIDE = ("left", "right")
ZONES = ("central", "paracentral", "subarticular", "foraminal", "extraforaminal", "posterolateral")
SHAPES = (
    "broad-based",
    "diffuse",
    "shallow",
    "small",
    "focal",
    "eccentric",
    "circumferential",
    "moderate-sized",
    "asymmetric",
)
DISCS = (
    "disc bulge", "disc protrusion", "disc herniation", "disc extrusion", "disc osteophyte complex", "annular bulge",
    "annular fissure", "bulge with an annular tear", "recurrent disc protrusion", "bulging disc with osteophytic ridging",
)  # fmt: skip
DRYING = (
    "Disc desiccation", "Loss of disc height", "Disc space narrowing", "Disc dehydration with loss of T2 signal",
    "Vacuum phenomenon", "Degenerative disc disease", "Reduced disc height and signal", "Endplate irregularity",
)  # fmt: skip
TOUCHES = (
    "contacts", "abuts", "indents", "effaces", "mildly flattens", "impresses upon", "displaces", "compresses",
    "just touches", "encroaches upon", "deforms",
)  # fmt: skip
FACETS = (
    "facet arthropathy", "facet hypertrophy", "facet joint arthrosis", "facet degenerative change", "facet osteoarthritis",
    "facet arthropathy with a small effusion", "hypertrophic facet change", "uncovertebral spurring",
    "ligamentum flavum thickening", "facet and ligamentum flavum hypertrophy",
)  # fmt: skip
CANALS = (
    "central canal stenosis",
    "canal stenosis",
    "spinal canal narrowing",
    "central canal narrowing",
    "spinal stenosis",
)
FORAMENS = ("foraminal narrowing", "neural foraminal stenosis", "foraminal stenosis", "neuroforaminal narrowing")
RECESSES = ("lateral recess narrowing", "subarticular recess stenosis", "lateral recess stenosis")
CHANGES = (
    "unchanged", "similar to the prior study", "slightly progressed since the prior", "new from the prior examination",
    "decreased from the prior", "not significantly changed", "stable in appearance",
)  # fmt: skip
ACHES = (
    "low back pain", "neck pain", "mid back pain", "radicular pain", "numbness", "burning pain", "weakness", "paraesthesia",
    "stiffness", "cramping on walking", "an unsteady gait", "heaviness of the legs", "grip weakness", "muscle spasm",
)  # fmt: skip
PLACES = (
    "thigh", "calf", "lateral foot", "buttock", "groin", "great toe", "forearm", "thumb", "little finger", "shoulder", "heel",
    "shin", "upper arm", "flank", "index finger",
)  # fmt: skip
STORIES = (
    "after lifting a box", "following a fall from a ladder", "since a road accident", "without trauma", "worse at night",
    "worse on sitting", "relieved by rest", "despite physiotherapy", "after a course of NSAIDs", "no bladder symptoms",
    "history of breast cancer", "previous microdiscectomy", "being considered for surgery", "no red flags",
)  # fmt: skip
BODIES = (
    "hemangioma", "Schmorl node", "compression deformity", "fatty endplate change", "Modic type 2 change", "limbus vertebra",
    "marrow edema", "endplate sclerosis", "bone island", "healed compression fracture", "superior endplate depression",
)  # fmt: skip
OUTSIDE = (
    "renal cyst", "hepatic cyst", "thyroid nodule", "adnexal cyst", "paraspinal muscle atrophy", "uterine fibroid",
    "aortic ectasia", "psoas atrophy", "lymph node", "lung base nodule", "renal calculus",
)  # fmt: skip
SEQUENCES = (
    "sagittal T1", "sagittal T2", "sagittal STIR", "axial T1", "axial T2", "axial gradient echo", "coronal T2",
    "fat-suppressed T2", "axial 3D T2", "diffusion weighted",
)  # fmt: skip
LEADS = ("There is", "Note is made of", "There is again", "Also seen is", "In addition there is", "Images show")
OPENERS = ("Again there is", "Superimposed on this is", "This level shows", "Axial images show", "The disc space shows")


def reports(count: int, seed: int) -> list[str]:
    """Return so many distinct reports; the same seed gives the same texts on every machine."""
    rng = random.Random(seed)
    originals = [json.loads(line)["text"] for line in GOLD.read_text(encoding="utf-8").splitlines()]
    texts: dict[str, None] = {}
    while len(texts) < count:
        varied = len(texts) % VARIED_OF == VARIED_OF - 1
        texts[variation(rng, rng.choice(originals)) if varied else Writer(rng).report()] = None
    return list(texts)


class Writer:
    """Writes one report: a region, a way of writing levels, and what chance says of each level."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.region = rng.choices(REGIONS, WEIGHTS)[0]
        self.style = rng.choice(("{0}-{1}", "{0}-{2}", "{0}/{2}", "{0}/{1}"))
        self.year = rng.randint(2014, 2024)

    def report(self) -> str:
        """Return the whole text."""
        blocks = [
            f"EXAMINATION: MRI {self.region.title} SPINE {self.one(('WITHOUT', 'WITH AND WITHOUT'))} CONTRAST",
            f"{self.one(('CLINICAL HISTORY', 'INDICATION', 'CLINICAL INFORMATION'))}: {self.indication()}",
            f"COMPARISON: {self.comparison()}",
            f"TECHNIQUE: {self.technique()}",
            "FINDINGS:\n" + "\n".join(self.general()),
            "\n".join(self.level_lines()),
            self.outside(),
            f"{self.one(('IMPRESSION', 'CONCLUSION', 'OPINION'))}:\n" + "\n".join(self.impression()),
        ]
        return "\n\n".join(blocks)

    def one(self, choices: Sequence[str]) -> str:
        """Return one of the phrases."""
        return self.rng.choice(choices)

    def maybe(self, share: float, text: str) -> str:
        """Return the text in so many cases of one, else nothing."""
        return text if self.rng.random() < share else ""

    def mm(self, low: float = 2, high: float = 12) -> str:
        """Return a size."""
        size = self.rng.uniform(low, high)
        return f"{size:.1f} mm" if self.rng.random() < 0.4 else f"{size:.0f} mm"

    def level(self, pair: tuple[str, str]) -> str:
        """Return a disc level in the report's way of writing."""
        upper, lower = pair
        return self.style.format(upper, lower, lower if lower[0] != upper[0] else lower[1:])

    def any_level(self) -> str:
        """Return some level of the region."""
        return self.level(self.rng.choice(self.region.levels))

    def vertebra(self) -> str:
        """Return some vertebra of the region."""
        return self.rng.choice(self.region.levels)[0]

    # --- around the findings ------------------------------------------------------------------------------------------

    def indication(self) -> str:
        """Return what the patient complains of."""
        age, sex = self.rng.randint(19, 88), self.one(("male", "female", "man", "woman"))
        time = f"{self.rng.randint(2, 20)} {self.one(('days', 'weeks', 'months', 'years'))}"
        where = f"{self.one(ONE_SIDE)} {self.one(PLACES)}"
        return (
            f"{age}-year-old {sex} with {self.one(ACHES)} for {time}, {self.one(STORIES)}. "
            f"{self.one(ACHES).capitalize()} radiating to the {where} and {self.one(PLACES)}, {self.one(STORIES)}. "
            f"{self.one(('Evaluate for', 'Query', 'Rule out', '?'))} {self.one(DISCS)} at {self.any_level()}."
        )

    def comparison(self) -> str:
        """Return what the study is compared with."""
        day = f"{self.rng.randint(1, 28)}/{self.rng.randint(1, 12)}/{self.year}"
        return self.one((f"MRI dated {day}.", f"Radiographs of {day} and CT of {self.year}.", f"None since {day}."))

    def technique(self) -> str:
        """Return the sequences."""
        chosen = self.rng.sample(SEQUENCES, 4)
        field = self.one(("1.5", "3"))
        return f"{', '.join(chosen[:3])} and {chosen[3]} images at {field} T, slice thickness {self.mm(2, 5)}."

    def general(self) -> Iterator[str]:
        """Yield what is said of the region as a whole."""
        name, rng = self.region.name, self.rng
        upper, lower = rng.choice(self.region.levels)
        slip = self.one(("anterolisthesis", "retrolisthesis", "listhesis"))
        yield (
            f"Alignment: {self.mm(1, 7)} {self.one(('degenerative ', '', 'stable '))}{slip} of {upper} on {lower}"
            f"{self.maybe(0.4, f', {self.one(CHANGES)}')}. "
            f"{self.one(GRADES).capitalize()} {self.one(('straightening of the', 'loss of the', 'reversal of the'))} "
            f"{name} lordosis, apex {self.vertebra()}."
        )
        yield (
            f"Vertebrae: {self.one(LEADS)} a {self.mm(3, 20)} {self.one(BODIES)} in the {self.vertebra()} vertebral body. "
            f"{self.one(GRADES).capitalize()} {self.one(BODIES)} of {self.vertebra()} with {rng.randint(5, 60)}% loss of "
            f"height, {self.one(CHANGES)}. No {self.one(('acute', 'suspicious', 'aggressive'))} marrow lesion from "
            f"{self.vertebra()} to {self.vertebra()}."
        )
        yield (
            f"{self.region.inside[0].capitalize()}: {self.one(('Normal in caliber', 'Normal in signal', 'Unremarkable'))} "
            f"{self.one(('down to', 'above', 'below', 'at'))} {self.any_level()}, "
            f"{self.one(('no', 'without', 'with no'))} {self.one(('syrinx', 'cord edema', 'arachnoiditis', 'tethering'))}."
        )

    def outside(self) -> str:
        """Return what is seen beyond the spine."""
        return (
            f"{self.one(('Other', 'Soft tissues', 'Paraspinal'))}: {self.mm(5, 40)} {self.one(ONE_SIDE)} {self.one(OUTSIDE)}"
            f"{self.maybe(0.5, f', {self.one(CHANGES)}')}. {self.one(GRADES).capitalize()} {self.one(SIDES)} "
            f"{self.one(('multifidus atrophy', 'sacroiliac arthrosis', 'paraspinal edema'))} at {self.vertebra()}."
        )

    # --- level by level -----------------------------------------------------------------------------------------------

    def level_lines(self) -> Iterator[str]:
        """Yield one line a level, and at times one that says a level is normal."""
        for pair in self.region.levels:
            name = self.level(pair)
            if self.rng.random() < 0.1:
                yield f"{name}: {self.one(('Unremarkable', 'Normal', 'No significant abnormality', 'Preserved'))}."
                continue
            made = [self.disc(), self.canal(pair), self.foramina(pair), self.facets()]
            if self.rng.random() < 0.6:
                made.insert(1, self.drying())
            if self.rng.random() < 0.6:
                made.append(self.root(pair))
            yield f"{name}: {' '.join(made)}"

    def disc(self) -> str:
        """Return what the disc does."""
        shape, kind, side = self.one(SHAPES), self.one(DISCS), self.one(ONE_SIDE)
        zone, inside = self.one(ZONES), self.one(self.region.inside)
        return self.one((
            f"{shape.capitalize()} {kind}, {side} {zone}, measuring {self.mm()}{self.maybe(0.3, f', {self.one(CHANGES)}')}.",
            f"{self.one(OPENERS)} a {shape} {side} {zone} {kind} of {self.mm()} which {self.one(TOUCHES)} the {inside}.",
            f"{side.capitalize()} {zone} {kind} ({self.mm()}) {self.one(('that', 'which'))} {self.one(TOUCHES)} the {inside}.",
            f"{shape.capitalize()} {kind} eccentric to the {side}, {self.mm()} in AP extent, without sequestration.",
        ))  # fmt: skip

    def drying(self) -> str:
        """Return how worn the disc is."""
        what, grade = self.one(DRYING), self.one(GRADES)
        return self.one((
            f"{what}, {grade}, with {self.mm(1, 6)} of residual height{self.maybe(0.3, f', {self.one(CHANGES)}')}.",
            f"{grade.capitalize()} {what[0].lower()}{what[1:]} and {self.one(BODIES)}, {self.one(CHANGES)}.",
            f"{what} with {grade} {self.one(BODIES)} along the {self.vertebra()} endplate.",
        ))  # fmt: skip

    def canal(self, pair: tuple[str, str]) -> str:
        """Return how wide the canal is."""
        grade, what = self.one(GRADES), self.one(CANALS)
        return self.one((
            f"{grade.capitalize()} {what}, AP diameter {self.mm(5, 13)}{self.maybe(0.4, f', {self.one(CHANGES)}')}.",
            f"No {self.one(('significant ', '', 'high-grade '))}{what} or {self.one(RECESSES)} at {self.level(pair)}, "
            f"AP diameter {self.mm(10, 15)}.",
            f"This results in {grade} {what} with {self.one(GRADES)} {self.one(SIDES)} {self.one(RECESSES)}.",
            f"The canal measures {self.mm(6, 14)} with {grade} crowding of the {self.one(self.region.inside)}.",
            f"{self.one(LEADS)} no more than {grade} {what}, {self.one(CHANGES)}.",
        ))  # fmt: skip

    def foramina(self, pair: tuple[str, str]) -> str:
        """Return how wide the foramina are."""
        what, side = self.one(FORAMENS), self.one(ONE_SIDE)
        other = "left" if side == "right" else "right"
        first, second = self.rng.sample(GRADES, 2)
        root = self.rng.choice(pair)
        return self.one((
            f"{first.capitalize()} {side} and {second} {other} {what}{self.maybe(0.5, f', {self.one(CHANGES)}')}.",
            f"{first.capitalize()} {self.one(SIDES)} {what} with {self.one(('contact on', 'abutment of'))} the exiting "
            f"{root} {self.one(('root', 'nerve root'))}.",
            f"The {side} foramen is {self.one(('patent', 'adequate', 'widely patent'))}; {first} {other} {what} of {self.mm(2, 6)}.",
            f"No {side} {what}; {first} narrowing of the {other} foramen, {self.one(CHANGES)}.",
        ))  # fmt: skip

    def facets(self) -> str:
        """Return how worn the posterior elements are."""
        grade, side, what = self.one(GRADES), self.one(SIDES), self.one(FACETS)
        return self.one((
            f"{grade.capitalize()} {side} {what}{self.maybe(0.5, f' with a {self.mm(2, 9)} synovial cyst')}.",
            f"{self.one(LEADS)} {grade} {what}, {side}, with {self.mm(2, 7)} of ligamentum flavum thickening.",
            f"{what.capitalize()} is {grade} on the {self.one(ONE_SIDE)} and {self.one(GRADES)} on the other side.",
        ))  # fmt: skip

    def root(self, pair: tuple[str, str]) -> str:
        """Return what befalls a root."""
        side, root = self.one(ONE_SIDE), self.rng.choice((*pair, *self.region.roots))
        way = self.one(("traversing ", "exiting ", "descending ", ""))
        return self.one((
            f"The {way}{side} {root} nerve root is {self.one(('displaced', 'compressed', 'contacted', 'not displaced'))} "
            f"by {self.mm(1, 5)}.",
            f"{self.one(('Possible', 'Probable', 'Questionable', 'No definite'))} {self.one(('impingement', 'compression'))} of "
            f"the {way}{side} {root} root{self.maybe(0.4, f', {self.one(CHANGES)}')}.",
            f"Material {self.one(TOUCHES)} but does not displace the {way}{side} {root} root.",
        ))  # fmt: skip

    def impression(self) -> Iterator[str]:
        """Yield the numbered points of the conclusion."""
        for number in range(1, self.rng.randint(4, 6)):
            place, grade = self.any_level(), self.one(GRADES)
            said = self.one((
                f"{self.one(SHAPES).capitalize()} {self.one(ONE_SIDE)} {self.one(ZONES)} {self.one(DISCS)} at {place} with "
                f"{grade} {self.one(CANALS)}.",
                f"{grade.capitalize()} {self.one(SIDES)} {self.one(FORAMENS)} at {place} and {self.one(GRADES)} at "
                f"{self.any_level()}{self.maybe(0.5, f', {self.one(CHANGES)}')}.",
                f"No {self.one(CANALS)} {self.one(('above', 'below', 'at'))} {place}; {grade} {self.one(FACETS)}.",
                f"{self.one(BODIES).capitalize()} of {self.vertebra()}, {self.one(CHANGES)}, {self.mm(4, 15)}.",
            ))  # fmt: skip
            yield f"{number}. {said}"


_DISC = re.compile(r"\b([CL])(\d)([-/])(\1?)(\d)\b")
_ROOM = {"C": (2, 6), "L": (1, 4)}
"""The first and the last upper vertebra of the levels that are exchanged."""
_SIDE = re.compile(r"\b(left|right)\b", re.IGNORECASE)
_GRADE = re.compile(r"\b(mild|moderate|severe)\b", re.IGNORECASE)
_SIZE = re.compile(r"\b(\d+(?:\.\d)?)(?= ?mm\b)")


def variation(rng: random.Random, text: str) -> str:
    """Return a report with its levels, sides, grades and sizes exchanged, each wherever it stands."""
    shift, turn, flip = rng.randint(0, 3), rng.randint(0, 2), rng.random() < 0.5
    grades = ("mild", "moderate", "severe")

    def level(match: re.Match[str]) -> str:
        letter, upper, mark, again, lower = match.groups()
        first, last = _ROOM[letter]
        if int(lower) != int(upper) + 1 or not first <= int(upper) <= last:
            return match[0]
        moved = first + (int(upper) - first + shift) % (last - first + 1)
        return f"{letter}{moved}{mark}{again}{moved + 1}"

    def side(match: re.Match[str]) -> str:
        return _as_written({"left": "right", "right": "left"}[match[0].lower()], match[0])

    def grade(match: re.Match[str]) -> str:
        return _as_written(grades[(grades.index(match[0].lower()) + turn) % len(grades)], match[0])

    text = _GRADE.sub(grade, _DISC.sub(level, text))
    text = _SIZE.sub(lambda match: f"{float(match[0]) * rng.uniform(0.7, 1.3):.3g}", text)
    return _SIDE.sub(side, text) if flip else text


def _as_written(word: str, model: str) -> str:
    """Return a word in capitals, or with a capital, as its model has it."""
    if model.isupper():
        return word.upper()
    return word.capitalize() if model[0].isupper() else word


if __name__ == "__main__":
    print("\n\n=====\n\n".join(islice(reports(VARIED_OF, seed=1), VARIED_OF)))
