"""What made each value of each row of findings: its words, where they stand, and its rules.

The tables keep the rules of a row but not the words, so the report's text is read again with the run's lexicon. Where
that gives other rows (another lexicon or version made the run) or the run keeps no text, the rules stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from spinelink import levels, lexicon
from spinelink.analysis import Rules, analyse, compile_rules, explaining_parser
from spinelink.case import Case, Row, case_of_run
from spinelink.lexicon import Lexicon, Worded
from spinelink.records import Finding, Report, Word
from spinelink.tabulate import Shown, order, tabulate

NO_TEXT = "The text is not in this run, which was made with --no-text: the rules are shown without their words."
OTHER_LEXICON = (
    "The run was made with another lexicon: the terms shown may not be its, and the words are left out. "
    "Give --lexicons where the run had them."
)
OTHER_VERSION = "Another version of spinelink made the run and read this report otherwise: the words are left out."
DEFAULT = "nothing denies or doubts it"
LABEL = "of the label in force"
_EARLIER = "said in an earlier sentence"
_STATED = "stated in the sentence"
_LEVEL_SOURCES = {
    "stated": _STATED,
    "heading": "of the heading in force",
    "listed": "one of a list",
    "range": "one of a range",
    "carried": "carried from before",
    "region": "of the region imaged",
    "none": "none in reach",
}
_RULED = {"type": "rule_id", "subtype": "rule_id", "effect": "rule_id", "level": "level_rule_id"}
_RULED |= {name: f"{name}_rule_id" for name in ("side", "severity", "assertion")}
_SHOWN_IF_SET = (
    "side", "side_dominant", "severity", "assertion", "denied_qualifier", "subtype", "effect", "zone", "root",
    "change", "acuity", "etiology", "migration", "recurrent", "grade_scale", "grade", "organ",
)  # fmt: skip
"""Values that a row may leave out, in the order in which they are explained."""
_COMPARED = (
    "start", "end", "finding_type", "level", "level_source", "side", "severity", "assertion", "rule_id",
    "level_rule_id", "side_rule_id", "severity_rule_id", "assertion_rule_id",
)  # fmt: skip
_PLACES = {"sentence": _STATED, "label": LABEL, "before": _EARLIER}
_LABEL_BEGINS = r"(?:^|[\n|\t:;,.*_])[ *_]*"
_LABEL_ENDS = r"(?=[ *_]*(?:[:|\t\r\n]|[ ]-))"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by its id: the term of its row and the lexicon file, or what a numbered rule of levels says."""

    id: str
    term: str
    file: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words of the report behind a value, `text[start:end]`.

    `place` is sentence, heading, label or before (an earlier sentence); `rule_id` the rule that knows the words.
    """

    start: int
    end: int
    text: str
    place: str
    rule_id: str


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a row, where it comes from, its words and its rules, the one in the row first."""

    name: str
    value: Any
    origin: str
    words: tuple[Spoken, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The values of one row of findings; `note` says why there are no words, None where there are."""

    report_id: str
    finding_id: int
    sentence_start: int
    sentence_end: int
    sentence: str | None
    note: str | None
    values: tuple[Value, ...]


def explain(
    run: Path | str, report_id: str, finding_id: int | None = None, *, lexicons: Path | str | None = None
) -> list[dict[str, Any]]:
    """Return what made each value of each finding of a report of a run, or of one, as plain data.

    `lexicons` is the folder that the run was made with, if any. One mapping for each row: its ids, its sentence and
    its `values`, each with `name`, `value`, `origin`, `words` (code points of the text) and `rules`. Raises InputError
    where the folder is no run or has no such report or finding.
    """
    case = case_of_run(Path(run), report_id)
    return [asdict(one) for one in explainer(lexicons).of(case, finding_id)]


def explainer(lexicons: Path | str | None = None) -> Explainer:
    """Return what explains the rows of runs that were made with the rows of this folder, or with the shipped ones."""
    return _of_shipped() if lexicons is None else Explainer(lexicon.load(Path(lexicons)))


@cache
def _of_shipped() -> Explainer:
    return Explainer(lexicon.shipped())


class Explainer:
    """Explains reports with one lexicon, whose rules are compiled when the first text is read."""

    def __init__(self, words: Lexicon) -> None:
        self.words = words
        self.known = rules_of(words)

    @cached_property
    def _rules(self) -> Rules:
        return compile_rules(self.words)

    def of(self, case: Case, finding_id: int | None = None) -> list[Explanation]:
        """Return what made each finding of a report, or one; raises InputError where it has no such finding."""
        chosen = case.findings if finding_id is None else [case.finding(finding_id)]
        found, note = self._read_again(case)
        return [_explained(case, row, found.get(row["finding_id"]), note, self.known) for row in chosen]

    def _read_again(self, case: Case) -> tuple[dict[int, Finding], str | None]:
        """Return the findings by their ids, read with their words; none where they are not the run's, and why."""
        if case.text is None:
            return {}, NO_TEXT
        if case.fingerprint not in (None, self.words.fingerprint):
            return {}, OTHER_LEXICON
        report = Report(case.report["report_id"], case.text, "", 0, exam=case.report["exam"])
        analysis = analyse(report, self._rules, explaining_parser(self._rules))
        rows = tabulate([analysis], Shown())["findings"].to_pylist()
        if [_compared(row) for row in rows] != [_compared(row) for row in case.findings]:
            return {}, OTHER_VERSION
        return {number: analysis.findings[place] for number, place in enumerate(order(analysis.findings))}, None


def rules_of(words: Lexicon) -> dict[str, Rule]:
    """Return every rule that a table may name, by its id."""
    known = {name: Rule(name, meaning, "") for name, meaning in levels.RULES.items()}
    known.update(
        (row.id, Rule(row.id, row.term, f"{name}.tsv"))
        for name, rows in words.rows.items()
        for row in rows
        if isinstance(row, Worded)
    )
    return known


def _compared(row: Row) -> dict[str, Any]:
    """Return what two readings of a text must have in common; what later releases fill in is left out."""
    return {name: row[name] for name in _COMPARED}


def _explained(
    case: Case, row: Row, finding: Finding | None, note: str | None, known: Mapping[str, Rule]
) -> Explanation:
    start, end = row["sentence_start"], row["sentence_end"]
    return Explanation(
        report_id=row["report_id"],
        finding_id=row["finding_id"],
        sentence_start=start,
        sentence_end=end,
        sentence=None if case.text is None else case.text[start:end],
        note=note,
        values=tuple(_values(case, row, finding, known)),
    )


def _values(case: Case, row: Row, finding: Finding | None, known: Mapping[str, Rule]) -> Iterator[Value]:
    """Yield every value that a row states."""
    words = finding.mention.words if finding is not None else ()

    def made(name: str, value: object, origin: str | None = None) -> Value:
        own = [word for word in words if word.value == name]
        spoken = tuple(_spoken(case.text or "", row, own))
        ids = [row[_RULED[name]]] if name in _RULED else []
        rules = _rules([*ids, *(word.rule_id for word in own)], known)
        told = _origin(spoken) or (LABEL if own else "")
        return Value(name, value, told if origin is None else origin, spoken, rules)

    yield made("type", row["finding_type"])
    level = row["level"] or None
    spans = finding.level_spans if finding is not None else ()
    named = tuple(_level_words(case.text or "", row, spans))
    origin = LABEL if finding is not None and level and not named else _LEVEL_SOURCES[row["level_source"]]
    yield Value("level", level, origin, named, _rules([row["level_rule_id"]], known))
    for name in _SHOWN_IF_SET:
        if row[name] not in (None, ""):
            yield made(name, row[name], DEFAULT if (name, row[name]) == ("assertion", "present") else None)
    for measured in case.measurements:
        if measured["finding_id"] == row["finding_id"]:
            value = f"{measured['kind']} {measured['value']:g} {measured['unit']}"
            span = (measured["start"], measured["end"])
            spoken = () if case.text is None else (_at(case.text, row, span, ""),)
            yield Value("measure", value, _origin(spoken), spoken, ())
    if row["superseded_by"] is not None:
        yield Value("superseded_by", row["superseded_by"], "a finding of an addendum", (), ())


def _rules(ids: Iterable[str | None], known: Mapping[str, Rule]) -> tuple[Rule, ...]:
    """Return rules by their ids, each once."""
    return tuple(known.get(name, Rule(name, "", "")) for name in dict.fromkeys(filter(None, ids)))


def _origin(words: Sequence[Spoken]) -> str:
    """Return where words stand, in words."""
    return " and ".join(dict.fromkeys(_PLACES[word.place] for word in words))


def _at(text: str, row: Row, span: tuple[int, int], rule_id: str, place: str | None = None) -> Spoken:
    start, end = span
    inside = row["sentence_start"] <= start and end <= row["sentence_end"]
    return Spoken(start, end, text[start:end], place or ("sentence" if inside else "before"), rule_id)


def _level_words(text: str, row: Row, spans: Iterable[tuple[int, int]]) -> Iterator[Spoken]:
    """Yield the words that name the level of a row."""
    for span in spans:
        yield _at(text, row, span, row["level_rule_id"], "heading" if row["level_source"] == "heading" else None)


def _spoken(text: str, row: Row, words: Iterable[Word]) -> Iterator[Spoken]:
    """Yield words of a finding where they stand in the report."""
    for word in words:
        if not word.label:
            span = (row["sentence_start"] + word.start, row["sentence_start"] + word.end)
            yield _at(text, row, span, word.rule_id)
        elif label := label_before(text, word.label, row["sentence_start"]):
            as_written = label[1] - label[0] == len(word.label)
            inside = (label[0] + word.start, label[0] + word.end) if as_written else label
            yield _at(text, row, inside, word.rule_id, "label")


def label_before(text: str, label: str, end: int) -> tuple[int, int] | None:
    """Return where a label in force was written before a place of the text: its last use that looks like a label.

    None where it was never written so: a label is put together from what stands beside a level ("canal" of "Canal, at
    L4-5:").
    """
    words = r"\s+".join(map(re.escape, label.split()))
    for pattern in (f"{_LABEL_BEGINS}(?P<label>{words}){_LABEL_ENDS}", rf"\b(?P<label>{words}){_LABEL_ENDS}"):
        found = list(re.finditer(pattern, text[:end], re.IGNORECASE))
        if found:
            return found[-1].span("label")
    return None
