"""Tables: a header row that names structures or levels, and the cells of the rows under it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from spinelink.layout import MARKS, Line, wording
from spinelink.records import LevelMention
from spinelink.stages.sentences.labels import folded, placed, read_label
from spinelink.stages.sentences.rules import SentenceRules

_BETWEEN = {"|": re.compile(r"\|"), "\t": re.compile(r"\t"), "  ": re.compile(r"\s{2,}")}
_RULER = re.compile(r"[\s|:+=_-]+")
_LONGEST_HEAD = 50


class Cell(NamedTuple):
    """A cell's text, without outer space and marks."""

    start: int
    end: int


class Placed(NamedTuple):
    """A cell of a row with what its column and row say of it."""

    start: int
    end: int
    frame: str
    heading: LevelMention | None


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table: where each begins in its line, its frame or its level, and which one holds the levels.

    `level_column` is -1 where the columns are levels themselves; then the first column names the rows, unless it is a
    level too.
    """

    separator: str
    starts: tuple[int, ...]
    frames: tuple[str, ...]
    levels: tuple[LevelMention | None, ...]
    level_column: int


def separator_of(text: str, line: Line) -> str:
    """Return what parts the cells of a line, "" where it is no row."""
    content = text[line.start : line.end]
    for separator in _BETWEEN:
        if separator in content:
            return separator
    return ""


def cells(text: str, line: Line, separator: str) -> list[Cell]:
    """Return the cells of a line in order, empty ones included; a border's pipes make none."""
    found = []
    begin, end = line.start, line.end
    if separator == "|":
        begin += text[begin] == "|"
        end -= text[end - 1] == "|" and end - 1 > begin
    for match in _BETWEEN[separator].finditer(text, begin, end):
        found.append(_trimmed(text, begin, match.start()))
        begin = match.end()
    found.append(_trimmed(text, begin, end))
    return found


def _trimmed(text: str, start: int, end: int) -> Cell:
    content = text[start:end]
    inner = content.strip(MARKS + "\n\r")
    if not inner:
        return Cell(start, start)
    start += content.index(inner)
    return Cell(start, start + len(inner))


def header_of(text: str, line: Line, rules: SentenceRules) -> Header | None:
    """Return the header that a line is: "Level | Disc | Canal", or columns that are levels; None where it is none."""
    separator = separator_of(text, line)
    if not separator:
        return None
    row = cells(text, line, separator)
    if len(row) < 2 or any(cell.end - cell.start > _LONGEST_HEAD for cell in row):
        return None
    names = [text[cell.start : cell.end] for cell in row]
    readings = [read_label(name, rules) for name in names]
    levels = tuple(r.level and placed(r.level, cell.start) for r, cell in zip(readings, row, strict=True))
    columns = [wording(name) in rules.heads for name in names]
    labelled = sum(bool(reading.kind) for reading in readings)
    across = len(row) > 2 and all(levels[1:])
    down = any(columns) or (len(row) > 2 and labelled > 1 and not any(levels))
    if not (across or down) or (separator == "  " and len(row) < 3 and not columns[0]):
        return None
    if separator == "  " and labelled < len(row) - sum(columns) and not across:
        # Prose set with double spaces has a label here and there; a header row set with spaces is all labels.
        return None
    level_column = -1 if across else columns.index(True) if any(columns) else 0
    frames = tuple("" if across else folded(name) for name in names)
    return Header(separator, tuple(cell.start - line.start for cell in row), frames, levels, level_column)


def is_ruler(text: str, line: Line) -> bool:
    """Say whether a line only draws: "|---|---|"."""
    return _RULER.fullmatch(text, line.start, line.end) is not None


def row_of(text: str, line: Line, header: Header, rules: SentenceRules) -> list[Placed] | None:
    """Return the cells of a row that hold text, each with its column's frame and its row's level; None for no row."""
    if separator_of(text, line) != header.separator:
        return None
    row = cells(text, line, header.separator)
    if len(row) < 2:
        return None
    columns = _columns(line, row, header)
    if header.level_column < 0:
        return _row_across(text, row, columns, header)
    at = columns.index(header.level_column) if header.level_column in columns else 0
    label = read_label(text[row[at].start : row[at].end], rules)
    heading = placed(label.level, row[at].start) if label.level else None
    found = []
    for number, (cell, column) in enumerate(zip(row, columns, strict=True)):
        if cell.start == cell.end or (number == at and (heading or label.frame)):
            continue
        frame = label.frame if label.frame and not heading else header.frames[column] if number != at else ""
        found.append(Placed(*cell, frame, heading))
    return found


def _row_across(text: str, row: list[Cell], columns: list[int], header: Header) -> list[Placed]:
    """Return the cells of a row under columns that are levels; its first cell names it unless a level heads it too."""
    named = header.levels[0] is None
    frame = folded(text[row[0].start : row[0].end]) if named else ""
    placed_cells = list(zip(row, columns, strict=True))[int(named) :]
    return [Placed(*cell, frame, header.levels[column]) for cell, column in placed_cells if cell.end > cell.start]


def _columns(line: Line, row: list[Cell], header: Header) -> list[int]:
    """Return the column of each cell: by order where the counts agree, else by place in lines set with spaces."""
    count = len(header.starts)
    if len(row) == count or header.separator != "  ":
        return [min(number, count - 1) for number in range(len(row))]
    return [min(range(count), key=lambda c: abs(header.starts[c] - (cell.start - line.start))) for cell in row]


def loose_row(text: str, line: Line, rules: SentenceRules) -> list[Placed] | None:
    """Return the cells of a row without a header: "L4-5 | mild bulge | canal patent"; None for plain text.

    A tab after a label's colon makes no row of it.
    """
    separator = separator_of(text, line)
    if separator not in ("|", "\t"):
        return None
    row = [cell for cell in cells(text, line, separator) if cell.end > cell.start]
    if not row:
        return []
    name = text[row[0].start : row[0].end]
    label = read_label(name.rstrip(":"), rules) if len(row) > 1 else None
    if separator == "\t" and not (label and label.level and (len(row) > 2 or name[-1] != ":")):
        return None
    heading = placed(label.level, row[0].start) if label and label.level else None
    named = label is not None and (heading is not None or bool(label.frame))
    frame = label.frame if label and named else ""
    return [Placed(*cell, frame, heading) for cell in row[1 if named else 0 :]]
