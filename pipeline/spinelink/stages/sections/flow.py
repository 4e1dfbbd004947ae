"""The order of a report: which of its marks open a section, and what a paragraph without heading is.

Findings are never swallowed: where nothing tells what a paragraph is, it is findings. A request for an examination
ends at a blank line, unless the body of the report has a heading of its own further down.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from spinelink.layout import Line
from spinelink.stages.sections.marks import Mark, dictated, opening, within
from spinelink.stages.sections.rules import SectionRules
from spinelink.stages.sections.titles import is_title_words, looks_like_title

BEFORE_BODY = frozenset({"", "exam", "indication", "comparison", "technique"})
"""Categories that stand before the body of a report; "" is the category before any section."""
_REQUEST = frozenset({"indication", "comparison", "technique"})
_LONGEST_PARAGRAPH = 1200
_SHORT_LINE = 40


@dataclass(slots=True)
class Opening:
    """A section as far as its beginning tells; `bare` marks one opened by a label alone on its line."""

    category: str
    start: int
    body: int
    known: bool
    heading: bool
    regions: tuple[str, ...] = ()
    bare: bool = False


@dataclass
class _Page:
    """The lines of a report with their marks, and for each line whether a heading of findings follows in its study."""

    text: str
    rules: SectionRules
    lines: list[Line]
    firsts: list[Mark | None]
    others: list[list[Mark]]
    body_follows: list[bool] = field(default_factory=list)
    impression_follows: list[bool] = field(default_factory=list)


def openings(text: str, lines: list[Line], rules: SectionRules) -> list[Opening]:
    """Return the sections of a report by their beginnings, in order; every line belongs to the last one opened."""
    page = _read(text, lines, rules)
    walk = _Walk(page)
    for index in range(len(lines)):
        walk.line(index)
    return walk.found


def _read(text: str, lines: list[Line], rules: SectionRules) -> _Page:
    """Return the page with its marks; only where no heading of the report has a colon are dictated ones looked for."""
    firsts: list[Mark | None] = []
    others: list[list[Mark]] = []
    for line in lines:
        first, rest = _marks_of(text, line, rules)
        firsts.append(first)
        others.append(rest)
    if not any(_is_heading(mark) for first, rest in zip(firsts, others, strict=True) for mark in (first, *rest)):
        spoken = [
            dictated(text, line, first.body if first else line.start, rules)
            for line, first in zip(lines, firsts, strict=True)
        ]
        if len({mark.block.category for marks in spoken for mark in marks}) > 1:
            others = [said or written for said, written in zip(spoken, others, strict=True)]
    page = _Page(text, rules, lines, firsts, others)
    _look_ahead(page)
    return page


def _is_heading(mark: Mark | None) -> bool:
    """Say whether a mark is a written heading of the report itself, not of its letterhead or of its signature."""
    if mark is None or mark.kind != "block" or mark.block.category in ("exam", "other"):
        return False
    return mark.colon or mark.alone


def _marks_of(text: str, line: Line, rules: SectionRules) -> tuple[Mark | None, list[Mark]]:
    """Return what opens a line and the headings within it; a title may be run together with the heading after it."""
    first = opening(text, line, rules)
    if ":" not in text[line.start : line.end]:
        return first, []
    if first and first.kind != "unknown":
        return first, within(text, line, first.body, rules)
    inside = within(text, line, line.start, rules)
    if inside and inside[0].start > line.start:
        first = opening(text, line._replace(end=inside[0].start), rules)
    return first, inside


def _look_ahead(page: _Page) -> None:
    body = impression = False
    for first, rest in zip(reversed(page.firsts), reversed(page.others), strict=True):
        page.body_follows.append(body)
        page.impression_follows.append(impression)
        for mark in [*reversed(rest), *([first] if first else [])]:
            if mark.kind == "block" and mark.block.category == "findings":
                body = True
            elif mark.kind == "block" and mark.block.category == "impression":
                body, impression = False, True
            elif mark.kind == "title":
                body = impression = False
    page.body_follows.reverse()
    page.impression_follows.reverse()


class _Walk:
    """A walk down a page that opens sections; `category` is the one in force, "" before the first."""

    def __init__(self, page: _Page) -> None:
        self.page = page
        self.found: list[Opening] = []
        self.category = ""
        self.seen_body = False
        self.seen_impression = False
        self.interrupted = False  # boilerplate stands within an impression
        self.fresh = False  # the heading in force stands alone on its line and nothing has followed it

    def line(self, index: int) -> None:
        """Open what a line opens."""
        first = self.page.firsts[index]
        was_fresh = self.fresh
        if first is None or not self._open_mark(first, index):
            self._plain(index, self.page.lines[index].start)
        elif first.kind == "title" and not first.alone:
            self._after_title(index, first.body)
        for mark in self.page.others[index]:
            self._open_block(mark, index)
        if self.fresh and was_fresh:
            self.fresh = False

    def _after_title(self, index: int, start: int) -> None:
        """Read what follows a title on its own line."""
        rest = self.page.others[index]
        end = rest[0].start if rest else self.page.lines[index].end
        text = self.page.text
        while start < end and text[start] in " \t.,;*_-":
            start += 1
        if start < end and not is_title_words(text, start, end, self.page.rules):
            self._plain(index, start, follows_title=True)

    def _open_mark(self, mark: Mark, index: int) -> bool:
        """Open a section at the mark that begins a line; False where it is plain text here."""
        if mark.kind == "block":
            return self._open_block(mark, index)
        if mark.kind == "footer":
            return self._open(mark, "other")
        if mark.kind in ("letter", "banner"):
            return (mark.kind == "letter" or self._is_boilerplate(index)) and self._open_plain("other", mark.start)
        if mark.kind == "title":
            return self._title_stands(mark, index) and self._open(mark, "exam")
        if mark.kind == "region":
            if self._region_is_study(mark, index):
                return self._open(mark, "exam")
            return self._open_frame(mark, index, regional=True)
        if mark.kind == "frame":
            return self._open_frame(mark, index, regional=bool(mark.regions))
        if mark.kind == "level":
            return self._open_level(mark, index)
        return self._open_unknown(mark, index)

    def _open(self, mark: Mark, category: str, *, known: bool = True, bare: bool = False) -> bool:
        self.found.append(Opening(category, mark.start, mark.body, known, True, mark.regions, bare))
        self.category = category
        self._see(category)
        self.fresh = mark.alone and mark.kind != "title"
        self.interrupted = False
        return True

    def _see(self, category: str) -> None:
        self.seen_body |= category in ("findings", "impression")
        self.seen_impression |= category == "impression"

    def _open_block(self, mark: Mark, index: int) -> bool:
        block, page = mark.block, self.page
        category = block.category
        if block.cued and not page.rules.cue_count(category, page.text, mark.start, self._paragraph_end(index)):
            return False
        if block.body and not self.seen_body and page.impression_follows[index] and not page.body_follows[index]:
            category = "findings"
        if block.request and not self.seen_body and page.body_follows[index]:
            category = "indication"
        return self._open(mark, category)

    def _title_stands(self, mark: Mark, index: int) -> bool:
        """Say whether a title opens a study here, rather than name a prior one or an advised one."""
        if self.fresh:
            return self.category == "findings"
        if self.category in ("", "exam") or (self.category == "other" and not self.seen_body):
            return True
        gap = self.page.lines[index].gap
        if self.category in _REQUEST:
            return gap and mark.alone
        if self.page.text[mark.body - 1] == ".":
            return False
        return mark.alone and (gap or mark.colon or self._next_is_block(index))

    def _region_is_study(self, mark: Mark, index: int) -> bool:
        """Say whether a region's name alone on its line opens a study ("--- CERVICAL ---"), not a part of findings."""
        if self.fresh:
            return False
        decorated = not self.page.text[mark.start].isalnum()
        return decorated or self._next_is_block(index) or self.category in ("", "exam", "impression")

    def _next_is_block(self, index: int) -> bool:
        following = self.page.firsts[index + 1 : index + 2]
        return bool(following and following[0] and following[0].kind == "block")

    def _open_frame(self, mark: Mark, index: int, *, regional: bool) -> bool:
        """Open findings at a label of a structure where the request is still in force, or the last such label did."""
        gap = self.page.lines[index].gap
        bare = mark.alone and (regional or not mark.colon)
        if self.category in BEFORE_BODY and not (self.fresh and not gap):
            opens = gap or (not regional and not self.page.body_follows[index]) or self.category in ("", "exam")
            return opens and self._open(mark, "findings", bare=bare)
        if self.category == "findings" and bare and self.found[-1].bare:
            kind = self.page.rules.labels.kind(self.page.text[mark.start : mark.body])
            return kind == "frame" and self._open(mark, "findings", bare=True)
        return False

    def _open_level(self, mark: Mark, index: int) -> bool:
        """Open findings at a level heading where the request is still in force and no heading of findings follows."""
        before = self.category in _REQUEST or (self.category == "other" and not self.seen_impression)
        if not before or self.fresh or self.page.body_follows[index]:
            return False
        return self._open_plain("findings", mark.start)

    def _open_unknown(self, mark: Mark, index: int) -> bool:
        """Open a section under an unknown heading; it inherits the category, findings where none or a title holds."""
        if self.category in ("findings", "impression", "addendum") and not mark.alone:
            return False
        if self.category in ("", "exam"):
            return self._open(mark, self._told_by_cues(index, mark.body), known=False)
        category = self.category
        if category in _REQUEST and not self.page.body_follows[index] and self._is_findings(index, mark.body):
            category = "findings"
        return self._open(mark, category, known=False)

    def _open_plain(self, category: str, start: int) -> bool:
        self.found.append(Opening(category, start, start, True, False))
        self.category = category
        self._see(category)
        self.fresh = self.interrupted = False
        return True

    def _plain(self, index: int, start: int, *, follows_title: bool = False) -> None:
        """Read a line that begins with plain text: it goes on with the section or opens one without heading."""
        page, category = self.page, self.category
        line = page.lines[index]
        if self.fresh:
            self.fresh = False
            return
        if category in ("findings", "impression", "addendum") or (category == "other" and self.seen_body):
            self._plain_in_body(index, start)
            return
        if category in _REQUEST and not follows_title:
            if page.body_follows[index]:
                return
            if not line.gap:
                if self._ended_before(index) and self._is_findings(index, start):
                    self._open_plain("findings", start)
                return
        if category == "other" and not line.gap:
            return
        if not category and looks_like_title(page.text, start, line.end, page.rules):
            self._open_title(index, start)
            return
        told = self._told_by_cues(index, start)
        if not category and told == "findings" and self._is_letterhead(index, start):
            told = "other"
        if told != category or category == "exam":
            self._open_plain(told, start)

    def _plain_in_body(self, index: int, start: int) -> None:
        """Set boilerplate after an impression apart; a paragraph after it that is none goes on with the impression.

        Findings go on after other matter, as long as no impression has closed them.
        """
        line = self.page.lines[index]
        if line.gap and self.category == "other" and not self.seen_impression and self._is_findings(index, start):
            self._open_plain("findings", start)
        if not line.gap or (self.category != "impression" and not self.interrupted):
            return
        boilerplate = self._is_boilerplate(index)
        if boilerplate and not self.interrupted:
            self._open_plain("other", start)
            self.interrupted = True
        elif self.interrupted and not boilerplate:
            self._open_plain("impression", start)

    def _open_title(self, index: int, start: int) -> None:
        end = self.page.lines[index].end
        regions = self.page.rules.regions_of(self.page.text[start:end])
        self._open(Mark("title", start, end, True, False, regions=regions), "exam")

    def _ended_before(self, index: int) -> bool:
        """Say whether the line before is a statement of its own and not the first half of a wrapped one."""
        before = self.page.lines[index - 1]
        ends = self.page.text[before.end - 1] in ".!?)"
        short = before.end - before.start < _SHORT_LINE and self.page.text[self.page.lines[index].start].isupper()
        return ends or short

    def _paragraph_end(self, index: int) -> int:
        """Return where the paragraph of a line ends, before a blank line or a heading, or where enough is read."""
        page = self.page
        limit = page.lines[index].start + _LONGEST_PARAGRAPH
        if page.others[index]:
            return min(page.others[index][0].start, limit)
        end = page.lines[index].end
        for following in range(index + 1, len(page.lines)):
            line, first = page.lines[following], page.firsts[following]
            if line.gap or first or line.start > limit:
                break
            end = line.end
        return min(end, limit)

    def _told_by_cues(self, index: int, start: int) -> str:
        """Return what a paragraph without heading is: boilerplate, technique or request where plain, else findings."""
        page, rules = self.page, self.page.rules
        end = self._paragraph_end(index)
        counts = {category: rules.cue_count(category, page.text, start, end) for category in rules.cues}
        if counts["other"]:
            return "other"
        if counts["technique"] > max(counts["indication"], 2 * counts["findings"]):
            return "technique"
        if counts["indication"] and counts["indication"] >= 2 * counts["findings"]:
            return "indication"
        return "findings"

    def _is_letterhead(self, index: int, start: int) -> bool:
        """Say whether the text that opens a report stands before its title or body and speaks of no structure."""
        page = self.page
        if page.rules.cue_count("findings", page.text, start, self._paragraph_end(index)):
            return False
        marks = [first for first in page.firsts[index + 1 :] if first]
        if any(mark.block.category == "exam" for mark in marks) or page.body_follows[index]:
            return True
        following = page.firsts[index + 1 : index + 2]
        return bool(following and following[0] and following[0].block.category == "other")

    def _is_boilerplate(self, index: int) -> bool:
        start = self.page.lines[index].start
        return self.page.rules.cue_count("other", self.page.text, start, self._paragraph_end(index)) > 0

    def _is_findings(self, index: int, start: int) -> bool:
        """Say whether a paragraph is plainly findings where a request is in force, or findings again after some."""
        end = self._paragraph_end(index)
        found = self.page.rules.cue_count("findings", self.page.text, start, end)
        asked = self.page.rules.cue_count("indication", self.page.text, start, end)
        return found > (0 if self.seen_body else 1) and found > 2 * asked
