"""One report for a reader's eyes: its text with the findings marked, and what made each value of each row.

What is returned is for a rich console. Report text is shown here and nowhere else; signs that would steer a terminal
are replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from spinelink import lexicon
from spinelink.errors import InputError
from spinelink.lexicon import Lexicon

Analyse = Callable[[Path], Mapping[str, pa.Table]]
"""What makes the tables of a run from one file, in memory."""

STYLES: dict[str, str] = {"present": "black on green", "possible": "black on yellow", "absent": "white on blue"}
NO_TEXT = "The text is not in this run, which was made with --no-text."

_TABLES = ("reports", "texts", "findings", "measurements")
_ROW_COLUMNS = ("finding_id", "finding_type", "level", "side", "severity", "assertion", "section", "evidence")
_LEVEL_SOURCES = {
    "stated": "stated in the sentence",
    "heading": "of the heading in force",
    "listed": "one of a list",
    "range": "one of a range",
    "carried": "carried from before",
    "region": "of the region imaged",
    "none": "none in reach",
}
_PLAIN_VALUES = (
    "side_dominant", "zone", "root", "effect", "change", "acuity", "etiology", "migration", "recurrent", "grade_scale",
    "grade", "organ", "denied_qualifier",
)  # fmt: skip
_FINGERPRINT = b"spinelink.lexicon"
_MARK = "\u2039{}\u203a"
# Line feed and tab may pass, carriage return goes, every other control sign is replaced.
_CONTROLS = {code: "\ufffd" for code in (*range(9), 11, 12, *range(14, 32), *range(127, 160))} | {13: ""}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Case:
    """A report as its tables have it; `text` is None where the run keeps none."""

    report: Row
    text: str | None
    findings: Sequence[Row]
    measurements: Sequence[Row]
    fingerprint: str | None


def inspect_report(run: Path, report_id: str) -> RenderableType:
    """Return a report of a run with its findings marked, a legend, and its rows.

    Raises InputError where the folder is no run or has no such report.
    """
    return _inspected(_case_of_run(run, report_id))


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
    rows = {name: tables[name].to_pylist() for name in _TABLES}
    return _inspected(_case(rows, None))


def explain_report(
    run: Path, report_id: str, finding_id: int | None = None, *, words: Lexicon | None = None
) -> RenderableType:
    """Return what made each value of each finding of a report, or of one: words, rule and the rule's term.

    `words` is the lexicon that the run was made with, the shipped one where it is not given. Raises InputError where
    the folder is no run or has no such report or finding.
    """
    case = _case_of_run(run, report_id)
    words = words or lexicon.shipped()
    chosen = [row for row in case.findings if finding_id in (None, row["finding_id"])]
    if not chosen and finding_id is not None:
        raise InputError(f"report {report_id!r} has no finding {finding_id}; it has {len(case.findings)} findings")
    parts: list[RenderableType] = [_head(case.report)]
    if case.text is None:
        parts.append(Text(NO_TEXT, style="italic"))
    if case.fingerprint not in (None, words.fingerprint):
        parts.append(Text("The run was made with another lexicon: the terms shown may not be its.", style="italic"))
    if not chosen:
        parts.append(Text("No findings."))
    terms = {row.id: f"{row.term}  ({name}.tsv)" for name, rows in words.rows.items() for row in rows}
    for row in chosen:
        parts += _explained(case, row, terms)
    return Group(*parts)


def _case_of_run(run: Path, report_id: str) -> _Case:
    """Return a report of a run; raises InputError where it has none of this id, saying why if it was rejected."""
    reports, fingerprint = _read(run, "reports", report_id)
    if not reports:
        rejected, _ = _read(run, "rejects", report_id)
        why = f"; its record was rejected ({rejected[0]['reason']})" if rejected else ""
        raise InputError(f"{run}: has no report {report_id!r}{why}")
    return _case({name: _read(run, name, report_id)[0] for name in _TABLES}, fingerprint)


def _read(run: Path, name: str, report_id: str) -> tuple[Sequence[Row], str | None]:
    """Return the rows of a report in a table of a run, and the fingerprint of the lexicon that made them."""
    place = run / name
    if not place.is_dir():
        raise InputError(f"{run}: holds no table {name!r}; is it the folder of a run?")
    try:
        dataset = ds.dataset(place, format="parquet")
        rows: Sequence[Row] = dataset.to_table(filter=ds.field("report_id") == report_id).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{place}: cannot be read ({type(error).__name__})") from None
    fingerprint = (dataset.schema.metadata or {}).get(_FINGERPRINT)
    return rows, fingerprint.decode() if fingerprint else None


def _case(rows: Mapping[str, Sequence[Row]], fingerprint: str | None) -> _Case:
    text = rows["texts"][0]["text"] if rows["texts"] else None
    return _Case(rows["reports"][0], text, rows["findings"], rows["measurements"], fingerprint)


def _inspected(case: _Case) -> Group:
    body: RenderableType = Text(NO_TEXT, style="italic") if case.text is None else _marked(case.text, case.findings)
    return Group(_head(case.report), _legend(), Text(), body, Text(), _rows_table(case.findings))


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


def _explained(case: _Case, row: Row, terms: Mapping[str, str]) -> Iterator[RenderableType]:
    """Yield the sentence of a finding with its words marked, and a line for each of its values."""
    place = " ".join(filter(None, (row["level"], row["side"], row["severity"])))
    assertion = (f" {row['assertion']} ", STYLES[row["assertion"]])
    yield Text.assemble("\n", (f"{row['finding_id']}  {row['finding_type']}", "bold"), f" {place} ", assertion)
    if case.text is not None:
        yield _marked(case.text, [row], row["sentence_start"], row["sentence_end"])
    table = Table("value", "", "", "rule", "term", box=None, pad_edge=False)
    for name, value, how, rule_id in _values(case, row):
        rules = rule_id.split("+") if rule_id else []
        term = " + ".join(terms.get(rule, "a rule without a term") for rule in rules)
        table.add_row(name, *(Text(_line(cell)) for cell in (value, how, rule_id, term)))
    yield table


def _values(case: _Case, row: Row) -> Iterator[tuple[str, str, str, str | None]]:
    """Yield name, value, where from and rule of each value that a row states."""
    yield "type", ", ".join(filter(None, (row["finding_type"], row["subtype"]))), "", row["rule_id"]
    yield "level", row["level"] or "-", _LEVEL_SOURCES[row["level_source"]], row["level_rule_id"]
    if row["side"]:
        yield "side", row["side"], "", row["side_rule_id"]
    if row["severity"]:
        yield "severity", row["severity"], row["severity_text"] or "", row["severity_rule_id"]
    yield "assertion", row["assertion"], "", row["assertion_rule_id"]
    for name in _PLAIN_VALUES:
        if row[name] not in (None, ""):
            yield name, str(row[name]), "", None
    for measured in case.measurements:
        if measured["finding_id"] == row["finding_id"]:
            yield "measure", f"{measured['kind']} {measured['value']:g} {measured['unit']}", "", None
    if row["superseded_by"] is not None:
        yield "superseded", f"by finding {row['superseded_by']}, in an addendum", "", None


def _shown(text: str) -> str:
    """Return text that no terminal takes for a command; of a line end only the line feed stays."""
    return text.translate(_CONTROLS)


def _line(value: object) -> str:
    """Return a value on one line."""
    return "" if value is None else _shown(" ".join(str(value).split()))
