"""Symptoms and red flags of sentences of indications: one sentence one test, from `indications/*.tsv`.

A file holds the sentences of one kind. A fact is written as its type, with what is to be tested of it:
`-` before it is absent, `?` possible; `/` subtype, `@` region, `:` side, `>` the worse side, `[L5,S1]` roots, `#` tier,
`~` days, `^` trajectory, `*` found on examination. Side and assertion are always tested; the region of what may be felt
anywhere too; the rest where it is written. Care has tests of its own.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from spinelink import lexicon
from spinelink.analysis import Rules, compile_rules
from spinelink.records import Indication, Report, Symptom
from spinelink.stages import indication, sections, sentences, study

TABLES = Path(__file__).parent / "indications"
ANYWHERE = frozenset({"numbness", "paresthesia", "weakness", "radiculopathy"})
_FACT = re.compile(
    r"(?P<said>[-?]?)(?P<type>\w+)(?:/(?P<subtype>\w+))?(?:@(?P<region>\w*))?(?:/(?P<sub>\w+))?(?::(?P<side>\w+))?"
    r"(?:/(?P<suffix>\w+))?(?:>(?P<worse>\w+))?(?:\[(?P<roots>[\w,]*)\])?(?P<sign>\*)?(?:#(?P<tier>[ESW]))?"
    r"(?:~(?P<days>\d*))?(?:\^(?P<course>\w+))?"
)
_SAID = {"": "present", "-": "absent", "?": "possible"}

Asked = Callable[..., Indication]


def rows(path: Path) -> list[list[str]]:
    """Return the cells of a table, without its header."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


ROWS = [(path.stem, *row) for path in sorted(TABLES.glob("*.tsv")) for row in rows(path)]


@pytest.fixture(scope="module")
def rules() -> Rules:
    """The shipped rules of every stage."""
    return compile_rules(lexicon.shipped())


@pytest.fixture(scope="module")
def asked(rules: Rules) -> Asked:
    """A function that returns what an indication states, as the stage gives it."""

    def of(text: str, given: str = "") -> Indication:
        told = dict(part.split("=") for part in given.split(";") if part)
        report = Report(
            "r",
            f"INDICATION: {text}\n\nFINDINGS: Normal.",
            "test",
            0,
            exam=told.get("exam", "MRI lumbar spine"),
            age=int(told["age"]) if "age" in told else None,
            study_date=date(2025, 6, 16),
        )
        return indication_in(report, rules)

    return of


def indication_in(report: Report, rules: Rules) -> Indication:
    """Return what the stage makes of a report."""
    blocks = sections.split_sections(report.text, rules.sections)
    units = sentences.split_sentences(report.text, blocks, rules.sentences)
    whole = study.study_of(report, blocks, units, rules.study)
    return indication.indication_of(report, blocks, units, whole, rules.indication)


def wrongs(fact: str, row: Symptom) -> list[str]:
    """Return in what a row differs from a written fact."""
    told = _FACT.fullmatch(fact)
    assert told is not None, f"{fact} is no fact"
    wanted: dict[str, tuple[object, object]] = {
        "type": (told["type"], row.symptom_type),
        "assertion": (_SAID[told["said"]], row.assertion),
    }
    if row.kind == "symptom":
        wanted["side"] = (told["side"] or "", row.side)
    if told["region"] is not None or row.symptom_type in ANYWHERE:
        wanted["region"] = (told["region"] or "", row.region or "")
    if told["roots"] is not None:
        wanted["roots"] = (tuple(filter(None, told["roots"].split(","))), row.roots)
    for name, have in (("worse", row.side_dominant), ("tier", row.tier), ("course", row.trajectory)):
        if told[name]:
            wanted[name] = (told[name], have)
    if subtype := told["subtype"] or told["sub"] or told["suffix"]:
        wanted["subtype"] = (subtype, row.subtype)
    if told["sign"]:
        wanted["sign"] = (True, row.sign)
    if told["days"] is not None:
        wanted["days"] = (told["days"], "" if row.duration_days is None else str(row.duration_days))
    return [f"{name} {have!r} is not {want!r}" for name, (want, have) in wanted.items() if want != have]


def differences(facts: str, found: Sequence[Symptom]) -> list[str]:
    """Return how the rows differ from the written facts: each fact is one row, and no row is left over."""
    left = [row for row in found if row.kind != "care"]
    told = []
    for fact in filter(None, (part.strip() for part in facts.split("|"))):
        fits = sorted(left, key=lambda row: len(wrongs(fact, row)))
        named = [row for row in fits if row.symptom_type == re.sub(r"\W.*", "", fact.lstrip("-?"))]
        if not named:
            told.append(f"{fact} is missing")
            continue
        left.remove(named[0])
        told += [f"{fact}: {wrong}" for wrong in wrongs(fact, named[0])]
    return told + [f"{row.assertion} {row.symptom_type} {row.side} is too much" for row in left]


@pytest.mark.parametrize(("sentence", "facts", "given"), [pytest.param(s, f, g, id=i) for _, i, s, f, g in ROWS])
def test_an_indication_states_these_facts(sentence: str, facts: str, given: str, asked: Asked) -> None:
    assert differences(facts, asked(sentence.replace(r"\n", "\n"), given).symptoms) == []


def test_the_tables_are_there() -> None:
    assert len(ROWS) > 400
    assert len({row[1] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("kind", "count"), Counter(row[0] for row in ROWS).items())
def test_a_kind_has_fifteen_sentences(kind: str, count: int) -> None:
    assert count >= 15, kind
