"""One section read from top to bottom: its blocks, their labels, and the sentences under them."""

from __future__ import annotations

import re

from spinelink.layout import MARKS, Line
from spinelink.records import Section, Sentence
from spinelink.stages.sentences.blocks import NUMBER, is_label_alone, item_end, joins
from spinelink.stages.sentences.breaks import pieces, spans
from spinelink.stages.sentences.force import InForce
from spinelink.stages.sentences.labels import Label, folded, label_at, read_label
from spinelink.stages.sentences.rules import SentenceRules
from spinelink.stages.sentences.tables import Placed, header_of, is_ruler, loose_row, row_of

_BEFORE = re.compile(rf"[{re.escape(MARKS)}\s,;:./]*")
_AFTER = MARKS + "\n\r\f\v,;/"
_NUMERALS = "0123456789(#nN"
_CLAUSE = re.compile(r"[,;]\s*|\s{2,}")
_CAPITALS = re.compile(r"(?<=\s)[A-Z][A-Z/& ]{1,40}(?=\s?:)")
_LEVEL_WORD = re.compile(r"(?<=\s)[(]?[A-Za-z]{1,2}-?\d")
_BRACKET_NUMBER = re.compile(r"(?<=\s)[(]?(\d{1,2})[)]\s+(?=\S)")
_LONGEST_LABEL = 60
_NEAR = 14


class SectionReader:
    """Reads the lines of one section and appends its sentences to `found`."""

    def __init__(self, text: str, section: Section, margin: int, rules: SentenceRules, found: list[Sentence]) -> None:
        self.text = text
        self.section = section
        self.margin = margin
        self.rules = rules
        self.found = found
        self.paragraph = -1
        self.number = 0  # of the last list item
        self.force = InForce()
        if not section.known_heading or (section.category == "findings" and rules.labels.kind(section.heading)):
            self.force.take_frame(folded(section.heading), True)

    def read(self, lines: list[Line]) -> None:
        """Read the section's lines."""
        at = 0
        while at < len(lines):
            rows = self._table(lines, at)
            if rows:
                at += rows
                continue
            last = at
            while last + 1 < len(lines) and joins(self.text, lines, last, self.margin, self.rules):
                last += 1
            self._block(lines[at], lines[last].end)
            at = last + 1

    def _skip(self, start: int, end: int) -> int:
        """Return where the text begins after space, bullets and stray punctuation."""
        if start < end and self.text[start].isalnum():
            return start
        found = _BEFORE.match(self.text, start, end)
        return found.end() if found else start

    def _table(self, lines: list[Line], at: int) -> int:
        """Read the table that begins at a line; return how many lines it takes, 0 where none begins."""
        text, rules = self.text, self.rules
        header = header_of(text, lines[at], rules)
        if header is None:
            row = loose_row(text, lines[at], rules)
            if row is not None:
                self._row(row)
            return 0 if row is None else 1
        count = 1
        for line in map(lines.__getitem__, range(at + 1, len(lines))):
            row = None if line.gap else [] if is_ruler(text, line) else row_of(text, line, header, rules)
            if row is None:
                break
            self._row(row)
            count += 1
        return count

    def _row(self, row: list[Placed]) -> None:
        self.paragraph += 1
        frame = self.force.frame if self.force.frame_alone else ""
        for cell in row:
            self.force = InForce(heading=cell.heading, frame=cell.frame or frame)
            for start, end in spans(self.text, cell.start, cell.end, self.rules):
                self._emit(start, end)
        self.force = InForce()

    def _block(self, line: Line, end: int) -> None:
        """Read a line with those joined to it."""
        text = self.text
        start = item_end(text, line.start, end)
        item = start > line.start
        if item and (number := NUMBER.match(text, line.start, end)):
            self.number = int(number[1])
        start = self._skip(start, end)
        if start == end:
            return
        self.paragraph += 1
        start = self._opening(line, start, end, item)
        for begin, stop in spans(text, start, end, self.rules):
            if begin > start and text[begin - 1] == "/":
                self._pass_slashes(line, begin, stop)
            self._span(begin, stop)
        if not self.force.frame_alone:
            self.force.take_frame("", False)

    def _pass_slashes(self, line: Line, start: int, end: int) -> None:
        """Begin a statement after "///", which stands for a new line."""
        parted = Line(start, end, line.indent, False, end - start)
        begin = self._skip(start, end)
        if not self.force.pass_plain(self.text, parted, (begin, end), False, self.rules):
            self.paragraph += 1

    def _opening(self, line: Line, start: int, end: int, item: bool) -> int:
        """Read the label that opens a block, or end what does not hold for it; return where the block's text begins."""
        text, force = self.text, self.force
        label = self._whole(start, end, item) or label_at(text, start, end, self.rules)
        if label:
            alone = self._skip(label.after, end) == end
            if label.reading.level:
                force.take_level(label, alone, item, line.indent)
                return label.after
            if label.reading.kind:
                force.take_label(label, alone, line.gap)
                return label.after
            if force.takes_unknown(label, line, text, alone, self.rules):
                return label.after
        goes_on = not (line.gap or item) and self.paragraph > 0 and self.rules.further.match(text, start, end)
        if goes_on or force.pass_plain(text, line, (start, end), item, self.rules):
            self.paragraph -= 1
        return start

    def _whole(self, start: int, end: int, item: bool) -> Label | None:
        """Return the label or the level that a block without colon is as a whole: "Canal", "L1-2"."""
        content = self.text[start:end].rstrip(MARKS) if end - start <= _LONGEST_LABEL else ""
        if not content or not is_label_alone(content, self.rules):
            return None
        reading = read_label(content, self.rules)
        return Label(reading, start, end, content) if reading.level or not item else None

    def _span(self, start: int, end: int) -> None:
        """Read what stands between two ends of sentences: list numbers, labels, then the sentence."""
        text, force = self.text, self.force
        start = self._skip(start, end)
        if start == end:
            return
        if text[start] in _NUMERALS:
            start = self._item(start, end)
        if force.frame_within:
            force.pass_sentence(text, (start, end), self.rules)
        if self.number and ")" in text[start:end]:
            for match in _BRACKET_NUMBER.finditer(text, start, end):
                if int(match[1]) == self.number + 1:
                    self._clauses(start, match.start())
                    self._next_item(self.number + 1)
                    start = match.end()
        self._clauses(start, end)

    def _item(self, start: int, end: int) -> int:
        """Step over a list number within a block, "2." after the first or "number two" as dictated."""
        number = NUMBER.match(self.text, start, end)
        if number and int(number[1]) == self.number + 1:
            self._next_item(self.number + 1)
            return number.end()
        spoken = self.rules.number.match(self.text, start, end)
        if spoken:
            self._next_item(self.number + 1)
            return spoken.end()
        return start

    def _next_item(self, number: int) -> None:
        self.number = number
        self.paragraph += 1
        self.force = InForce()

    def _clauses(self, start: int, end: int) -> None:
        """Read the labels that open a sentence, and those that open a clause within it."""
        text = self.text
        colon = text.find(":", start, end)
        if colon < 0 and not any(map(str.isdigit, text[start : start + _NEAR])):
            self._emit(start, end)
            return
        while (label := label_at(text, start, end, self.rules)) and (label.reading.level or label.reading.kind):
            self._take(label)
            start = self._skip(label.after, end)
        colon = text.find(":", start, end)
        while colon > 0:
            label = self._clause_label(start, colon, end)
            if label:
                self._emit(start, label.start)
                self._take(label, self._skip(label.after, end) == end)
                start = label.after
            colon = text.find(":", colon + 1, end)
        self._emit(start, end)

    def _take(self, label: Label, alone: bool = False) -> None:
        """Put a label that stands within a line in force."""
        if label.reading.level:
            self.paragraph += 1
            self.force.take_level(label, alone, False, 0)
        else:
            self.force.take_label(label, alone, within=True)
            self.force.frame_within = not alone

    def _clause_label(self, start: int, colon: int, end: int) -> Label | None:
        """Return the known label that ends at a colon within a sentence: after a comma, or a level under a heading."""
        near = max(start, colon - _LONGEST_LABEL)
        begin = start
        for clause in _CLAUSE.finditer(self.text, near, colon):
            begin = clause.end()
        if begin > start:
            label = label_at(self.text, begin, end, self.rules)
            known = label and (label.reading.kind or (label.reading.level and self.force.heading))
            if label and known and label.after > colon:
                return label
        capitals = _CAPITALS.search(self.text, near, colon + 1)
        if capitals and not self.text[near : capitals.start()].isupper():
            label = label_at(self.text, capitals.start(), end, self.rules)
            if label and label.after > colon and label.reading.kind:
                return label
        if self.force.heading is None:
            return None
        for word in _LEVEL_WORD.finditer(self.text, near, colon):
            label = label_at(self.text, word.start(), end, self.rules)
            if label and label.after > colon and label.reading.level and self._ends_clause(near, word.start()):
                return label
        return None

    def _ends_clause(self, start: int, end: int) -> bool:
        """Say whether the words before a level can end a statement; "worst at L4-5:" cannot."""
        words = self.text[start:end].split()
        return bool(words) and words[-1].lower() not in self.rules.tails

    def _emit(self, start: int, end: int) -> None:
        """Append the sentence `text[start:end]` without outer space and marks, if a letter or digit is left."""
        start = self._skip(start, end)
        content = self.text[start:end].rstrip(_AFTER)
        if not content or not (content[0].isalnum() or any(map(str.isalnum, content))):
            return
        end = start + len(content)
        section, force = self.section, self.force
        force.heading_used = force.frame_used = True
        paragraph = max(self.paragraph, 0)
        for begin, stop in pieces(self.text, start, end):
            self.found.append(
                Sentence(begin, stop, section.section_id, section.category, paragraph, force.frame, force.heading)
            )
