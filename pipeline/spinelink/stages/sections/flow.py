"""The order of a report: which of its marks open a section, and what a paragraph without heading is.

Findings are never swallowed: where nothing tells what a paragraph is, it is findings. A request for an examination
ends at a blank line, unless the body of the report has a heading of its own further down.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from spinelink.layout import Line
from spinelink.stages.sections.marks import Mark
from spinelink.stages.sections.page import Page, read_page
from spinelink.stages.sections.rules import SectionRules
from spinelink.stages.sections.titles import is_title_words, looks_like_title, part_label

BEFORE_BODY = frozenset({"", "exam", "indication", "comparison", "technique"})
"""Categories that stand before the body of a report; "" is the category before any section."""
_REQUEST = frozenset({"indication", "comparison", "technique"})
_BODY = frozenset({"findings", "impression", "addendum"})
_PAGE = re.compile(r"\bpage[ \t]{0,3}\d{1,3}[ \t]?(?:of|/)[ \t]?\d{1,3}\b", re.IGNORECASE)
_LONGEST_PARAGRAPH = 1200
_SHORT_LINE = 40


@dataclass(slots=True)
class Opening:
    """A section as far as its beginning tells.

    `bare` marks one opened by a label alone on its line, `part` one opened by the label of a part of the body in a
    report that is not of the spine alone.
    """

    category: str
    start: int
    body: int
    known: bool
    heading: bool
    regions: tuple[str, ...] = ()
    bare: bool = False
    part: bool = False


def openings(text: str, lines: Sequence[Line], rules: SectionRules) -> list[Opening]:
    """Return the sections of a report by their beginnings, in order; every line belongs to the last one opened."""
    page = read_page(text, lines, rules)
    walk = _Walk(page)
    for index in range(len(lines)):
        walk.line(index)
    return walk.found


class _Walk:
    """A walk down a page that opens sections; `category` is the one in force, "" before the first."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.has_pages = "page" in page.text.lower()
        self.found: list[Opening] = []
        self.category = ""
        self.seen_body = False
        self.seen_impression = False
        self.in_page_head = False
        self.interrupted = ""  # the section that goes on after the boilerplate or page head in force, "" for none
        self.fresh = False  # the heading in force stands alone on its line and nothing has followed it

    def line(self, index: int) -> None:
        """Open what a line opens."""
        first = self.page.firsts[index]
        was_fresh = self.fresh
        if self._is_page_head(index):
            return
        self._go_on(index)
        if self._open_part(index):
            pass
        elif first is None or not self._open_mark(first, index):
            self._plain(index, self.page.lines[index].start)
        elif first.kind == "title" and not first.alone:
            self._after_title(index, first.body)
        for mark in self.page.others[index]:
            self._open_block(mark, index)
        if self.fresh and was_fresh:
            self.fresh = False

    def _open_part(self, index: int) -> bool:
        """Open findings of one part of the body where the report is of several."""
        page, line, first = self.page, self.page.lines[index], self.page.firsts[index]
        if not page.combined or self.category in _REQUEST | {"other"}:
            return False
        if first and (first.kind == "block" or (first.kind == "title" and (first.alone or not self.seen_body))):
            return False
        body = part_label(page.text, line, page.rules)
        if body < 0:
            return False
        category = self.category if self.category in ("impression", "addendum") else "findings"
        regions = page.rules.regions_of(page.text[line.start : body])
        self._begin(Opening(category, line.start, body, True, True, regions, body >= line.end, part=True))
        self.category, self.seen_body = category, True
        self.fresh, self.interrupted = False, ""
        return True

    def _is_page_head(self, index: int) -> bool:
        """Open or go on with the head or foot of a page within a report; it ends with its paragraph, or at the body."""
        page, line, first = self.page, self.page.lines[index], self.page.firsts[index]
        if self.has_pages and self.seen_body and _PAGE.search(page.text, line.start, line.end):
            force = self.interrupted or self.category
            self._open_plain("other", line.start)
            self.interrupted, self.in_page_head = force, True
            return True
        if self.in_page_head:
            of_body = first and first.kind == "block" and first.block.category in _BODY
            self.in_page_head = not (line.gap or of_body or (first and first.kind == "level"))
        return self.in_page_head

    def _go_on(self, index: int) -> None:
        """Go on with the section before once what interrupts it is over, where the line opens none of its own."""
        line, first = self.page.lines[index], self.page.firsts[index]
        if not self.interrupted or (first and first.kind in ("block", "title", "footer", "letter")):
            return
        if (line.gap and not self._is_boilerplate(index)) or (first and first.kind == "level"):
            self._open_plain(self.interrupted, line.start)

    def _begin(self, opening: Opening) -> None:
        """Add a section; one that went on here takes its heading."""
        if self.found and self.found[-1].start == opening.start:
            self.found.pop()
        self.found.append(opening)

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
        self._begin(Opening(category, mark.start, mark.body, known, True, mark.regions, bare))
        self.category = category
        self._see(category)
        self.fresh = mark.alone and mark.kind != "title"
        self.interrupted = ""
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
        if category == "findings" and page.rules.cue_count("other", page.text, mark.start, mark.body):
            return False
        force = self.category
        self._open(mark, category)
        if block.passing and force != "other":
            self.interrupted = force
        return True

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
        self._begin(Opening(category, start, start, True, False))
        self.category = category
        self._see(category)
        self.fresh, self.interrupted = False, ""
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
        """Set boilerplate after an impression apart, which goes on after it.

        Findings go on after other matter, as long as no impression has closed them.
        """
        line = self.page.lines[index]
        if line.gap and self.category == "other" and not self.seen_impression and self._is_findings(index, start):
            self._open_plain("findings", start)
        if line.gap and self.category == "impression" and self._is_boilerplate(index):
            self._open_plain("other", start)
            self.interrupted = "impression"

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
