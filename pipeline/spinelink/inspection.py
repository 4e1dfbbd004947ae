"""One report for a reader's eyes: its text with the findings marked, and what made each value of each row.

What is returned is for a rich console. Report text is shown here and nowhere else; signs that would steer a terminal
are replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from spinelink.case import TABLES, Case, Row, case_of_rows, case_of_run
from spinelink.errors import InputError
from spinelink.explanation import Explanation, Spoken, explainer
from spinelink.readable import ASSERTION_STYLES, line, term_of
from spinelink.readable import shown as shown_text
from spinelink.request_view import mark_of, request_parts, symptom_rules

Analyse = Callable[[Path], Mapping[str, pa.Table]]
"""What makes the tables of a run from one file, in memory."""

VALUE_STYLES: dict[str, str] = {
    "type": "bold green",
    "level": "bold cyan",
    "side": "bold magenta",
    "severity": "bold red",
    "assertion": "bold blue",
}
OTHER_VALUE = "bold yellow"
NO_TEXT = "The text is not in this run, which was made with --no-text."

_ROW_COLUMNS = ("finding_id", "finding_type", "level", "side", "severity", "assertion", "section", "evidence")
_VALUE_COLUMNS = ("value", "", "words", "where from", "rule", "term")
_BOUND = re.compile(r"[.?!](?=\s)\s*|[\r\n]+")
_MARK = "\u2039{}\u203a"


class Mark(NamedTuple):
    """Words of a text that a row rests on, the name of the row, and the colour of its assertion."""

    start: int
    end: int
    name: str
    style: str


def inspect_report(run: Path, report_id: str) -> RenderableType:
    """Return a report of a run with its findings marked, a legend, and its rows.

    Raises InputError where the folder is no run or has no such report.
    """
    return _inspected(case_of_run(run, report_id))


def inspect_file(path: Path, analyse: Analyse) -> RenderableType:
    """Return the report of one file, analysed here and now, as `inspect_report` does.

    Raises InputError where the file is missing, cannot be read as a report, or holds several.
    """
    if not path.is_file():
        raise InputError(f"{path}: is no file; give a .txt file, or the id of a report and --run")
    tables = analyse(path)
    reports = tables["reports"].to_pylist()
    if not reports:
        reasons = [row["reason"] for row in tables["rejects"].to_pylist()] or ["no record"]
        raise InputError(f"{path}: holds no report that can be read ({reasons[0]})")
    if len(reports) > 1:
        raise InputError(f"{path}: holds {len(reports)} reports; run it, then inspect one by its id")
    rows = {name: tables[name].to_pylist() for name in TABLES}
    return _inspected(case_of_rows(rows, None))


def explain_report(
    run: Path, report_id: str, finding_id: int | None = None, *, lexicons: Path | None = None
) -> RenderableType:
    """Return what made each value of each finding of a report, or of one: the words marked in their sentence, a table.

    `lexicons` is the folder that the run was made with, if any. Raises InputError where `run` is no run or has no such
    report or finding.
    """
    case = case_of_run(run, report_id)
    explaining = explainer(lexicons)
    explained = explaining.of(case, finding_id)
    parts: list[RenderableType] = [_head(case.report)]
    parts += [Text(note, style="italic") for note in dict.fromkeys(one.note for one in explained) if note]
    if not explained:
        parts.append(Text("No findings."))
    for one in explained:
        parts += _explained(case, one)
    if finding_id is None:
        parts += symptom_rules(case, explaining.known)
    return Group(*parts)


def _inspected(case: Case) -> Group:
    body: RenderableType = Text(NO_TEXT, style="italic") if case.text is None else _marked(case.text, _marks(case))
    told = list(map(_discrepancy, case.discrepancies))
    rows = _rows_table(case.findings)
    return Group(_head(case.report), _legend(), Text(), body, Text(), rows, *told, *request_parts(case))


def _discrepancy(row: Row) -> Text:
    """Return the line of a discrepancy: its kind, the rows that disagree, what it is in words."""
    rows = ", ".join(_MARK.format(finding_id) for finding_id in row["finding_ids"])
    return Text.assemble((f"discrepancy: {row['kind']}", "bold red"), f"  {rows}  {line(row['detail'])}")


def _head(report: Row) -> Text:
    """Return the line that says which report this is and what the study was."""
    contrast = f"contrast {report['contrast']}" if report["contrast"] else None
    said = (report["exam"], report["modality"], ", ".join(report["regions"] or ()), contrast)
    told = " | ".join(part for part in said if part)
    return Text.assemble((line(report["report_id"]), "bold"), f"  {line(told)}")


def _legend() -> Text:
    colours = Text("  ").join(Text(f" {name} ", style=style) for name, style in ASSERTION_STYLES.items())
    return Text.assemble(colours, "  ", (_MARK.format("n"), "dim"), " row n")


def _marks(case: Case) -> Iterator[Mark]:
    """Yield what is marked in the text: the words of findings and of symptoms, with the names of their rows."""
    for row in case.findings:
        yield Mark(row["start"], row["end"], str(row["finding_id"]), ASSERTION_STYLES[row["assertion"]])
    for row in case.symptoms:
        if row["start"] is not None:
            yield Mark(row["start"], row["end"], mark_of(row), ASSERTION_STYLES[row["assertion"]])


def _marked(text: str, marks: Iterable[Mark]) -> Text:
    """Return text with marked words in the colour of their assertion, the names of their rows after them.

    Where the words of two rows overlap the shorter ones give the colour.
    """
    inside = list(marks)
    by_length = sorted(inside, key=lambda mark: mark.end - mark.start)
    cuts = sorted({0, len(text), *(mark.start for mark in inside), *(mark.end for mark in inside)})
    shown = Text()
    for left, right in zip(cuts, [*cuts[1:], len(text)], strict=True):
        names = [mark.name for mark in inside if mark.end == left]
        if names:
            shown.append(_MARK.format(",".join(names)), "dim")
        over = next((mark for mark in by_length if mark.start <= left and mark.end >= right > left), None)
        shown.append(shown_text(text[left:right]), over.style if over else "")
    return shown


def _rows_table(findings: Sequence[Row]) -> RenderableType:
    if not findings:
        return Text("No findings.")
    table = Table(*(name.removeprefix("finding_") for name in _ROW_COLUMNS), box=None, pad_edge=False)
    for row in findings:
        styles = {"assertion": ASSERTION_STYLES[row["assertion"]]}
        table.add_row(*(Text(line(row[name]), styles.get(name, "")) for name in _ROW_COLUMNS))
    return table


def _explained(case: Case, one: Explanation) -> Iterator[RenderableType]:
    """Yield a row's title, its sentence and what came before it with the words marked, and a line for each value."""
    row = case.finding(one.finding_id)
    place = " ".join(filter(None, (row["level"], row["side"], row["severity"])))
    assertion = (f" {row['assertion']} ", ASSERTION_STYLES[row["assertion"]])
    yield Text.assemble("\n", (f"{row['finding_id']}  {row['finding_type']}", "bold"), f" {place} ", assertion)
    if case.text is not None:
        yield _quoted(case.text, one)
    table = Table(box=None, pad_edge=False)
    for name in _VALUE_COLUMNS:
        table.add_column(name, overflow="fold")
    for value in one.values:
        words = ", ".join(dict.fromkeys(line(word.text) for word in value.words))
        named = Text(value.name, VALUE_STYLES.get(value.name, OTHER_VALUE))
        shown = "-" if value.value is None else line(value.value)
        cells = [named, *map(Text, (shown, words, value.origin))]
        rules = [
            (Text(line(rule.id)), Text(line(term_of(rule, (word.text for word in value.words)))))
            for rule in value.rules
        ]
        for rule in rules or [(Text(), Text())]:
            table.add_row(*cells, *rule)
            cells = [Text()] * len(cells)
    yield table


def _quoted(text: str, one: Explanation) -> RenderableType:
    """Return the sentence of a row, after the headings, labels and sentences that its values come from."""
    words = [(word, value.name) for value in one.values for word in value.words]
    sentence = (one.sentence_start, one.sentence_end)
    quoted: dict[tuple[int, int], str] = {}
    for word in sorted({word for word, _ in words if word.place != "sentence"}, key=lambda word: word.start):
        quoted.setdefault(_surroundings(text, word, sentence), word.place)
    quoted[sentence] = "sentence"
    table = Table.grid(padding=(0, 2))
    for (start, end), place in sorted(quoted.items()):
        table.add_row(Text(place, "dim"), values_marked(text, words, start, end))
    return table


def _surroundings(text: str, word: Spoken, sentence: tuple[int, int]) -> tuple[int, int]:
    """Return the line or sentence that words outside a row's sentence stand in, that sentence left out."""
    begin = max((found.end() for found in _BOUND.finditer(text, 0, word.start)), default=0)
    bound = _BOUND.search(text, word.end)
    end = bound.start() + 1 if bound and text[bound.start()] in ".?!" else bound.start() if bound else len(text)
    if word.end <= sentence[0]:
        return begin, min(end, sentence[0])
    return max(begin, sentence[1]) if word.start >= sentence[1] else begin, end


def values_marked(text: str, words: Sequence[tuple[Spoken, str]], start: int, end: int) -> Text:
    """Return text with each stretch that made values in brackets, with their names."""
    inside = [(word, name) for word, name in words if start <= word.start and word.end <= end]
    cuts = sorted({start, end, *(word.start for word, _ in inside), *(word.end for word, _ in inside)})
    shown = Text()
    for left, right in pairwise(cuts):
        names = list(dict.fromkeys(name for word, name in inside if word.start <= left and right <= word.end))
        if not names:
            shown.append(shown_text(text[left:right]))
            continue
        opening, closing = _MARK.split("{}")
        shown.append(f"{opening}{', '.join(names)}: ", "dim")
        shown.append(shown_text(text[left:right]), VALUE_STYLES.get(names[0], OTHER_VALUE))
        shown.append(closing, "dim")
    return shown
