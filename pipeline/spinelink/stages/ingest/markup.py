"""HTML and XHTML as the text that a reader of the page sees.

Blocks and <br> begin lines, paragraphs and lists stand apart, an item has its bullet or number, what stands in <pre> is
kept as it is. A row of a table is a line "| L4-L5 | mild bulge |"; a heading and what it is of are "Indication: low
back pain"; cells of many lines are text of their own, because whole reports stand in tables that only lay out a page.
Scripts, styles and what is struck out are dropped. Nothing is fetched, and a page that declares entities is refused.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from spinelink.stages.ingest.values import fold_word

_SILENT = frozenset({"script", "style", "head", "title", "template", "iframe", "object", "svg", "del", "s", "strike"})
_APART = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "hr", "pre"})
_BLOCKS = _APART | {
    "address", "article", "aside", "body", "caption", "center", "dd", "div", "dt", "fieldset", "footer", "form",
    "header", "html", "legend", "li", "main", "nav", "section", "tbody", "tfoot", "thead", "tr",
}  # fmt: skip
_CELLS = frozenset({"td", "th"})
_DEEPEST_TABLE = 8  # a table's text is copied by each table around it
_MOST_LINES = 3
_LONGEST_CELL = 500
_STOPS = (".", ",", ";", ":", "?", "!")
_ENTITIES = re.compile(r"<!DOCTYPE[^<>\[]*\[|<!ENTITY", re.IGNORECASE)
_CLOSED_AT_ONCE = re.compile(r"<(?:script|style|title|textarea|iframe|template|object)\b[^<>]*/>", re.IGNORECASE)
"""What XHTML closes at once, "<title/>", would in HTML take in all that follows."""


class MarkupError(ValueError):
    """A page that is not read; the message says why, without its words."""


def text_of(markup: str, headings: Container[str] = ()) -> str:
    """Return the text of a page or of a piece of one; `headings` are words, folded, that head what is beside them.

    Raises MarkupError where the page declares entities or the parser gives up.
    """
    from lxml import etree

    if _ENTITIES.search(markup):
        raise MarkupError("the markup declares entities")
    parser = etree.HTMLParser(target=_Page(headings), no_network=True, huge_tree=True)
    try:
        parser.feed(_CLOSED_AT_ONCE.sub("", markup.replace("\r\n", "\n").replace("\r", "\n")))
        return str(parser.close())
    except etree.LxmlError as error:
        raise MarkupError(f"the markup is not read ({type(error).__name__})") from None


class _Flow:
    """Text that grows word by word, with the line breaks or the space that stand before the next one."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._breaks = 0
        self._space = False
        self._bullet = ""

    def text(self) -> str:
        """Return the text without outer line breaks."""
        return "".join(self._parts).strip("\n")

    def part(self, lines: int) -> None:
        """Let what follows begin `lines` lines further down, 2 for a blank line between."""
        self._breaks = max(self._breaks, lines)

    def next_line(self) -> None:
        """Begin a line; a second time, leave one blank."""
        self._breaks = min(self._breaks + 1, 2)

    def item(self, bullet: str) -> None:
        """Begin a line with a bullet, once it has words."""
        self.part(1)
        self._bullet = bullet

    def add(self, words: str, before: bool = False, after: bool = False) -> None:
        """Add words, with white space before and after where so said."""
        self._space |= before
        if not words:
            return
        if self._parts:
            self._parts.append("\n" * self._breaks or (" " if self._space else ""))
        self._parts += (self._bullet, words)
        self._breaks, self._space, self._bullet = 0, after, ""


@dataclass
class _Table:
    """A table in hand: the flow around it, the cells of its row by tag and text, and the cell that is open."""

    around: _Flow
    row: list[tuple[str, str]] = field(default_factory=list)
    cell: tuple[str, _Flow] | None = None


class _Page:
    """What the parser tells of a page, as text; the names of its methods are the parser's."""

    def __init__(self, headings: Container[str]) -> None:
        self._headings = headings
        self._flow = _Flow()
        self._tables: list[_Table] = []
        self._deeper = 0
        self._lists: list[int | None] = []
        self._silent: list[str] = []
        self._pre = 0

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        """Take the start of an element."""
        if tag in _SILENT:
            self._silent.append(tag)
        elif self._silent:
            pass
        elif tag == "br":
            self._flow.next_line()
        elif tag == "table":
            self._start_table()
        elif self._tables and not self._deeper and (tag in _CELLS or tag == "tr"):
            self._start_in_table(tag)
        elif tag in _BLOCKS or tag in _CELLS:
            self._start_block(tag)

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        if self._silent:
            if tag in self._silent:
                del self._silent[self._silent.index(tag) :]
        elif tag == "table":
            self._end_table()
        elif self._tables and not self._deeper and tag in _CELLS:
            self._end_cell()
        elif self._tables and not self._deeper and tag == "tr":
            self._end_row()
        elif tag in _BLOCKS or tag in _CELLS:
            self._end_block(tag)

    def data(self, words: str) -> None:
        """Take text: white space is one space, but in <pre>."""
        if self._silent:
            return
        if self._pre:
            self._flow.add(words.replace("\xa0", " "))
        else:
            self._flow.add(" ".join(words.split()), words[:1].isspace(), words[-1:].isspace())

    def comment(self, _words: str) -> None:
        """Take a comment, which is not shown."""

    def close(self) -> str:
        """Return the page's text."""
        self._deeper = 0
        while self._tables:
            self._end_table()
        return self._flow.text()

    def _start_block(self, tag: str) -> None:
        self._flow.part(2 if tag in _APART else 1)
        if tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "pre":
            self._pre += 1
        elif tag == "li":
            self._flow.item(self._bullet())

    def _end_block(self, tag: str) -> None:
        self._flow.part(2 if tag in _APART else 1)
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "pre":
            self._pre = max(0, self._pre - 1)

    def _bullet(self) -> str:
        count = self._lists[-1] if self._lists else None
        if count is None:
            return "- "
        self._lists[-1] = count + 1
        return f"{count + 1}. "

    def _start_table(self) -> None:
        self._flow.part(2)
        if self._deeper or len(self._tables) == _DEEPEST_TABLE:
            self._deeper += 1
        else:
            self._tables.append(_Table(self._flow))

    def _end_table(self) -> None:
        if self._deeper:
            self._deeper -= 1
        elif self._tables:
            self._end_row()
            self._flow = self._tables.pop().around
        self._flow.part(2)

    def _start_in_table(self, tag: str) -> None:
        self._end_cell()
        if tag == "tr":
            self._end_row()
        else:
            self._flow = _Flow()
            self._tables[-1].cell = tag, self._flow

    def _end_cell(self) -> None:
        table = self._tables[-1]
        if table.cell is not None:
            tag, flow = table.cell
            table.row.append((tag, flow.text()))
            table.cell, self._flow = None, table.around

    def _end_row(self) -> None:
        self._end_cell()
        table = self._tables[-1]
        lines = _row_lines(table.row, self._headings)
        table.row = []
        for line in lines:
            self._flow.part(1)
            self._flow.add(line)
            self._flow.part(1)


def _row_lines(row: list[tuple[str, str]], headings: Container[str]) -> list[str]:
    """Return what a row of a table is as text: one line, or the cells one after the other where they are long."""
    filled = [text for _, text in row if text]
    if len(filled) < 2 and len(row) < 2:
        return filled
    if any("\n\n" in text or text.count("\n") >= _MOST_LINES or len(text) > _LONGEST_CELL for text in filled):
        if len(row) == len(filled) == 2 and "\n" not in row[0][1] and fold_word(row[0][1]) in headings:
            return [f"{row[0][1].rstrip(':')}:", row[1][1]]
        return filled
    cells = [_in_line(text) for text in (text for _, text in row)]
    if len(row) == len(filled) == 2:
        head, value = cells
        if head.endswith(":"):
            return [f"{head} {value}"]
        if [tag for tag, _ in row] == ["th", "td"] or fold_word(head) in headings:
            return [f"{head}: {value}"]
    return [f"| {' | '.join(cells)} |"] if filled else []


def _in_line(text: str) -> str:
    """Return a cell's text in one line, in which no sign looks like the border of a cell."""
    lines = [" ".join(line.split()) for line in text.replace("|", "/").split("\n")]
    whole = ""
    for line in filter(None, lines):
        whole += ("" if not whole else " " if whole.endswith(_STOPS) else "; ") + line
    return whole
