"""A report's lines with what may open a section in each, and what follows each of them further down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from spinelink.layout import Line
from spinelink.stages.sections.marks import Mark, dictated, opening, within
from spinelink.stages.sections.rules import SectionRules


@dataclass
class Page:
    """The lines of a report with their marks, and for each line whether a heading of findings follows in its study.

    `combined` says that the titles name the spine and another part of the body.
    """

    text: str
    rules: SectionRules
    lines: Sequence[Line]
    firsts: list[Mark | None]
    others: list[list[Mark]]
    body_follows: list[bool] = field(default_factory=list)
    impression_follows: list[bool] = field(default_factory=list)
    combined: bool = False


def read_page(text: str, lines: Sequence[Line], rules: SectionRules) -> Page:
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
    page = Page(text, rules, lines, firsts, others, combined=_is_combined(text, lines, firsts, rules))
    _look_ahead(page)
    return page


def _is_heading(mark: Mark | None) -> bool:
    """Say whether a mark is a written heading of the report itself, not of its letterhead or of its signature."""
    if mark is None or mark.kind != "block" or mark.block.category in ("exam", "other"):
        return False
    return mark.colon or mark.alone


def _is_combined(text: str, lines: Sequence[Line], firsts: list[Mark | None], rules: SectionRules) -> bool:
    titles = [
        text[line.start : line.end]
        for line, first in zip(lines, firsts, strict=True)
        if first and (first.kind == "title" or (first.kind == "block" and first.block.category == "exam"))
    ]
    return any(map(rules.names_elsewhere, titles)) and any(map(rules.regions_of, titles))


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


def _look_ahead(page: Page) -> None:
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
