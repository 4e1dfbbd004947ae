"""Reports without end, and files of them: the same seed gives the same bytes, and memory stays as it is.

Each sentence is, with the probability that is asked for, one that stood before, and else a new one. A kind of sentences
keeps the first new ones as its stock; a repeat is one of these, the earlier the likelier, as in archives a few phrases
make up most of what is repeated. Later new sentences stand once. What is new is the next of all that the grammar can
say, in an order that jumps about: so it never repeats by chance.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from io import TextIOWrapper
from itertools import islice
from math import gcd, prod
from pathlib import Path
from random import Random
from typing import Any, BinaryIO, TextIO, cast

from archive.grammar import BONES, STYLES, Form, Rules, forms, levels, rules_of

REPETITION = 0.5
"""The share of sentences that repeat earlier ones in real notes, about; what is made unless another is asked for."""
SEED = 20
HELD = 500
"""The most sentences of one kind that may be repeated."""
_GOLDEN = 0.6180339887498949
_REGIONS = ("lumbar",) * 6 + ("cervical",) * 3 + ("thoracic",)
_PERSONS = {"F": ("woman", "female", "lady"), "M": ("man", "male", "gentleman")}
_INDICATIONS = ("CLINICAL HISTORY", "INDICATION", "CLINICAL INFORMATION", "HISTORY")
_CONCLUSIONS = ("IMPRESSION", "CONCLUSION", "OPINION", "IMPRESSION")
_OTHERS = ("Other", "Soft tissues", "Paraspinal", "Soft tissues")
_CORDS = {"lumbar": "Conus", "cervical": "Cord", "thoracic": "Cord"}
_FIRST_DAY = date(2015, 1, 1)
_DAYS = tuple((_FIRST_DAY + timedelta(days)).isoformat() for days in range(3650))

Record = dict[str, Any]


class Template:
    """A form of sentence that says everything it can say once, and then has no more."""

    def __init__(self, form: Form, start: float) -> None:
        self._form, self._places = form
        self._sizes = tuple(map(len, self._places))
        self.room = prod(self._sizes)
        self._at = int(start * self.room)
        self._step = next(step for step in range(int(_GOLDEN * self.room) or 1, 2 * self.room) if self._fits(step))
        self.left = self.room

    def _fits(self, step: int) -> bool:
        return gcd(step, self.room) == 1

    def new(self) -> str:
        """Return a sentence that it has not said yet."""
        self.left -= 1
        self._at = rest = (self._at + self._step) % self.room
        words = []
        for choices, size in zip(self._places, self._sizes, strict=True):
            rest, chosen = divmod(rest, size)
            words.append(choices[chosen])
        return self._form % tuple(words)


class Stock:
    """The sentences of one kind: those that may be repeated, and the templates of new ones."""

    def __init__(self, templates: list[Template], repetition: float, rng: Random) -> None:
        self.templates = templates
        self._repetition = repetition
        self._random = rng.random
        self.held: list[str] = []

    def sentence(self) -> str:
        """Return a sentence, repeated or new; a repeated one where there are no more new ones."""
        random, held = self._random, self.held
        template = None if held and random() < self._repetition else self._fresh()
        if template is None:
            chance = random()
            return held[int(chance * chance * len(held))]
        made = template.new()
        if len(held) < HELD:
            held.append(made)
        return made

    def _fresh(self) -> Template | None:
        """Return a template that has something new to say, None where no one has."""
        while self.templates:
            template = self.templates[int(self._random() * len(self.templates))]
            if template.left:
                return template
            self.templates.remove(template)  # another stock has had the last of it
        return None


class Writer:
    """Writes the reports on one region in one style."""

    def __init__(self, archive: Archive, region: str, style: int) -> None:
        rules = rules_of(region, STYLES[style])
        self._random = archive.rng.random
        self._title = f"MRI {region.upper()} SPINE "
        self._levels = levels(region, STYLES[style])
        self._indication, self._conclusion = _INDICATIONS[style], _CONCLUSIONS[style]
        self._other, self._cord = _OTHERS[style], _CORDS[region]

        def kind(name: str, label: str = "") -> Any:
            return archive.stock(name, rules, label).sentence

        self._complaint, self._radiating, self._question = kind("complaint"), kind("radiating"), kind("question")
        self._comparison, self._technique = kind("comparison"), kind("technique")
        self._alignment, self._curve = kind("alignment", "Alignment"), kind("curve", "Alignment")
        self._vertebrae, self._height = kind("vertebrae", "Vertebrae"), kind("height", "Vertebrae")
        self._marrow = kind("marrow", "Vertebrae")
        self._cord_line, self._outside = kind("cord", self._cord), kind("outside", self._other)
        self._normal, self._discs, self._worn = kind("normal"), kind("discs"), kind("worn")
        self._canal, self._foramina, self._facets = kind("canal"), kind("foramina"), kind("facets")
        self._roots, self._point = kind("roots"), kind("point")

    def exam_and_text(self, age: int, person: str) -> tuple[str, str]:
        """Return the exam and the whole text of a report."""
        random = self._random
        exam = self._title + ("WITHOUT CONTRAST" if random() < 0.7 else "WITH AND WITHOUT CONTRAST")
        lines = "\n".join([f"{level}: {self._level()}" for level in self._levels])
        concluded = self._concluded(3 + int(random() * 3))
        return exam, (
            f"EXAMINATION: {exam}\n\n"
            f"{self._indication}: {age}-year-old {person} with {self._complaint()} {self._radiating()} "
            f"{self._question()}\n\n"
            f"COMPARISON: {self._comparison()}\n\nTECHNIQUE: {self._technique()}\n\nFINDINGS:\n"
            f"Alignment: {self._alignment()} {self._curve()}\n"
            f"Vertebrae: {self._vertebrae()} {self._height()} {self._marrow()}\n"
            f"{self._cord}: {self._cord_line()}\n\n{lines}\n\n"
            f"{self._other}: {self._outside()} {self._outside()}\n\n{concluded}"
        )

    def brief_exam_and_text(self, age: int, person: str) -> tuple[str, str]:
        """Return the exam and the whole text of a report that is a request and a conclusion of one point."""
        exam = f"{self._title}WITHOUT CONTRAST"
        return exam, (
            f"EXAMINATION: {exam}\n\n{self._indication}: {age}-year-old {person} with {self._complaint()}\n\n"
            f"{self._concluded(1)}"
        )

    def _concluded(self, count: int) -> str:
        said = dict.fromkeys([self._point() for _ in range(count)])
        points = "\n".join([f"{n}. {point}" for n, point in enumerate(said, 1)])
        return f"{self._conclusion}:\n{points}\n"

    def _level(self) -> str:
        chance = self._random()
        if chance < 0.25:
            return str(self._normal())
        said = f"{self._discs()} {self._canal()} {self._foramina()} {self._facets()}"
        if chance < 0.5:
            said = f"{said} {self._worn()}"
        return f"{said} {self._roots()}" if chance > 0.7 else said


class Archive:
    """An archive that never ends: `records` yields its reports as records of JSON lines.

    More of brief reports can be read, where their number matters and not their length.
    """

    def __init__(self, repetition: float = REPETITION, seed: int = SEED, *, brief: bool = False) -> None:
        if not 0 <= repetition < 1:
            raise ValueError(f"repetition is {repetition}; it is at least 0 and below 1")
        self.rng = Random(seed)
        self._repetition = repetition
        self._brief = brief
        self._templates: dict[Form, Template] = {}
        self.stocks: dict[tuple[Any, ...], Stock] = {}
        self._writers = {region: [Writer(self, region, style) for style in range(len(STYLES))] for region in BONES}

    def stock(self, kind: str, rules: Rules, label: str) -> Stock:
        """Return the stock of one kind under one label: the same for all regions and styles that say the same."""
        needed = forms(kind, rules)
        templates = [
            self._templates.setdefault(form, Template(form, self.rng.random())) for form in dict.fromkeys(needed)
        ]
        key = (label, needed)
        return self.stocks.setdefault(key, Stock(templates, self._repetition, self.rng))

    def records(self) -> Iterator[Record]:
        """Yield records, each a report with its id, patient, dates, exam, age and sex."""
        random, number = self.rng.random, 0
        while True:
            number += 1
            age, day = 19 + int(random() * 70), 20 + int(random() * (len(_DAYS) - 20))
            sex = "F" if random() < 0.5 else "M"
            writer = self._writers[_REGIONS[int(random() * 10)]][int(random() * len(STYLES))]
            written = writer.brief_exam_and_text if self._brief else writer.exam_and_text
            exam, text = written(age, _PERSONS[sex][int(random() * 3)])
            yield {
                "report_id": f"R{number:08d}",
                "patient_id": f"P{int(random() * 10_000_000):07d}",
                "order_date": _DAYS[day - int(random() * 15)],
                "study_date": _DAYS[day],
                "exam": exam,
                "age": age,
                "sex": sex,
                "text": text,
            }


def texts(count: int, repetition: float, seed: int = SEED) -> list[str]:
    """Return the texts of the first reports of an archive."""
    return [record["text"] for record in islice(Archive(repetition, seed).records(), count)]


def write(folder: Path, archive: Archive, count: int, files: int = 4, packed: bool = False) -> int:
    """Write the first reports of an archive as JSON lines, gzipped if `packed`; return the characters of the texts."""
    folder.mkdir(parents=True, exist_ok=True)
    encode, records = json.JSONEncoder().encode, archive.records()
    characters = 0
    for place in range(files):
        of_file = count * (place + 1) // files - count * place // files
        with _opened(folder / f"reports-{place:03d}.jsonl", packed) as file:
            for record in islice(records, of_file):
                characters += len(record["text"])
                file.write(encode(record) + "\n")
    return characters


@contextmanager
def _opened(path: Path, packed: bool) -> Iterator[TextIO]:
    if not packed:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield file
        return
    with ExitStack() as opened:
        raw = opened.enter_context(path.with_name(f"{path.name}.gz").open("wb"))
        # Neither a name nor a time, so that the same reports are the same bytes.
        zipped = opened.enter_context(gzip.GzipFile("", "wb", 5, raw, mtime=0))
        yield opened.enter_context(TextIOWrapper(cast(BinaryIO, zipped), encoding="utf-8", newline=""))
