"""One report for a reader's eyes: its text with the findings marked, and what made each value of each row.

What is returned is for a rich console. Report text is shown here and nowhere else; signs that would steer a terminal
are replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from spinelink.case import TABLES, Case, Row, case_of_rows, case_of_run
from spinelink.errors import InputError
from spinelink.explanation import Explanation, Rule, Spoken, explainer
from spinelink.lexicon import expand

Analyse = Callable[[Path], Mapping[str, pa.Table]]
"""What makes the tables of a run from one file, in memory."""

STYLES: dict[str, str] = {"present": "black on green", "possible": "black on yellow", "absent": "white on blue"}
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
_LETTERS = re.compile(r"[a-z]+|[0-9]+|[<>]")
_LONGEST_TERM = 60
_MARK = "\u2039{}\u203a"
# Line feed and tab may pass, carriage return goes, every other control sign is replaced.
_CONTROLS = {code: "\ufffd" for code in (*range(9), 11, 12, *range(14, 32), *range(127, 160))} | {13: ""}


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
    explained = explainer(lexicons).of(case, finding_id)
    parts: list[RenderableType] = [_head(case.report)]
    parts += [Text(note, style="italic") for note in dict.fromkeys(one.note for one in explained) if note]
    if not explained:
        parts.append(Text("No findings."))
    for one in explained:
        parts += _explained(case, one)
    return Group(*parts)


def _inspected(case: Case) -> Group:
    body: RenderableType = Text(NO_TEXT, style="italic") if case.text is None else _marked(case.text, case.findings)
    told = list(map(_discrepancy, case.discrepancies))
    return Group(_head(case.report), _legend(), Text(), body, Text(), _rows_table(case.findings), *told)


def _discrepancy(row: Row) -> Text:
    """Return the line of a discrepancy: its kind, the rows that disagree, what it is in words."""
    rows = ", ".join(_MARK.format(finding_id) for finding_id in row["finding_ids"])
    return Text.assemble((f"discrepancy: {row['kind']}", "bold red"), f"  {rows}  {_line(row['detail'])}")


def _head(report: Row) -> Text:
    """Return the line that says which report this is and what the study was."""
    contrast = f"contrast {report['contrast']}" if report["contrast"] else None
    said = (report["exam"], report["modality"], ", ".join(report["regions"] or ()), contrast)
    told = " | ".join(part for part in said if part)
    return Text.assemble((_line(report["report_id"]), "bold"), f"  {_line(told)}")


def _legend() -> Text:
    colours = Text("  ").join(Text(f" {name} ", style=style) for name, style in STYLES.items())
    return Text.assemble(colours, "  ", (_MARK.format("n"), "dim"), " row n")


def _marked(text: str, findings: Sequence[Row], start: int = 0, end: int | None = None) -> Text:
    """Return text with the words of findings in the colour of their assertion, the rows' ids after them.

    Where the words of two rows overlap the shorter ones give the colour.
    """
    end = len(text) if end is None else end
    inside = [row for row in findings if start <= row["start"] and row["end"] <= end]
    by_length = sorted(inside, key=lambda row: int(row["end"] - row["start"]))
    cuts = sorted({start, end, *(row["start"] for row in inside), *(row["end"] for row in inside)})
    shown = Text()
    for left, right in zip(cuts, [*cuts[1:], end], strict=True):
        ids = [str(row["finding_id"]) for row in inside if row["end"] == left]
        if ids:
            shown.append(_MARK.format(",".join(ids)), "dim")
        over = next((row for row in by_length if row["start"] <= left and row["end"] >= right > left), None)
        shown.append(_shown(text[left:right]), STYLES[over["assertion"]] if over else "")
    return shown


def _rows_table(findings: Sequence[Row]) -> RenderableType:
    if not findings:
        return Text("No findings.")
    table = Table(*(name.removeprefix("finding_") for name in _ROW_COLUMNS), box=None, pad_edge=False)
    for row in findings:
        styles = {"assertion": STYLES[row["assertion"]]}
        table.add_row(*(Text(_line(row[name]), styles.get(name, "")) for name in _ROW_COLUMNS))
    return table


def _explained(case: Case, one: Explanation) -> Iterator[RenderableType]:
    """Yield a row's title, its sentence and what came before it with the words marked, and a line for each value."""
    row = case.finding(one.finding_id)
    place = " ".join(filter(None, (row["level"], row["side"], row["severity"])))
    assertion = (f" {row['assertion']} ", STYLES[row["assertion"]])
    yield Text.assemble("\n", (f"{row['finding_id']}  {row['finding_type']}", "bold"), f" {place} ", assertion)
    if case.text is not None:
        yield _quoted(case.text, one)
    table = Table(box=None, pad_edge=False)
    for name in _VALUE_COLUMNS:
        table.add_column(name, overflow="fold")
    for value in one.values:
        words = ", ".join(dict.fromkeys(_line(word.text) for word in value.words))
        named = Text(value.name, VALUE_STYLES.get(value.name, OTHER_VALUE))
        shown = "-" if value.value is None else _line(value.value)
        cells = [named, *map(Text, (shown, words, value.origin))]
        rules = [(Text(_line(rule.id)), Text(_line(_term_of(rule, value.words)))) for rule in value.rules]
        for rule in rules or [(Text(), Text())]:
            table.add_row(*cells, *rule)
            cells = [Text()] * len(cells)
    yield table


def _term_of(rule: Rule, words: Sequence[Spoken]) -> str:
    """Return a rule's term in few words: of many spellings the one that was written, else the beginning."""
    if not (rule.term or rule.file):
        return "a rule of another lexicon"
    if not rule.file:
        return rule.term
    written = [_plain(word.text) for word in words]
    spelled = next((one for one in expand(rule.term) if _plain(one) in written), None)
    return f"{spelled or _beginning(rule.term)}  ({rule.file})"


def _plain(words: str) -> list[str]:
    return _LETTERS.findall(words.lower())


def _beginning(term: str) -> str:
    """Return the beginning of a long term."""
    return term if len(term) <= _LONGEST_TERM else f"{term[: _LONGEST_TERM - 3]}..."


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
            shown.append(_shown(text[left:right]))
            continue
        opening, closing = _MARK.split("{}")
        shown.append(f"{opening}{', '.join(names)}: ", "dim")
        shown.append(_shown(text[left:right]), VALUE_STYLES.get(names[0], OTHER_VALUE))
        shown.append(closing, "dim")
    return shown


def _shown(text: str) -> str:
    """Return text that no terminal takes for a command; of a line end only the line feed stays."""
    return text.translate(_CONTROLS)


def _line(value: object) -> str:
    """Return a value on one line."""
    return "" if value is None else _shown(" ".join(str(value).split()))
