"""Sections of a report: what each stretch of its text is, told by headings, titles and the order of reports."""

from __future__ import annotations

from spinelink.layout import page_of
from spinelink.records import Section
from spinelink.stages.sections.flow import Opening, openings
from spinelink.stages.sections.rules import SectionRules, compile_rules

__all__ = ["SectionRules", "compile_rules", "split_sections"]

_FIRST_LINE = 160
_MOST_SECTIONS = 1000


def split_sections(text: str, rules: SectionRules) -> tuple[Section, ...]:
    """Return the sections of a report in order; they tile it from the first text to the end.

    `Section.heading` is the heading as written, `region` the study's where a report holds several. Empty for a text
    without any letter or sign; from the thousandth on, sections are one.
    """
    page, lines = page_of(text)
    found = openings(page, lines, rules)[:_MOST_SECTIONS]
    ends = [*(opening.start for opening in found[1:]), len(text)][: len(found)]
    regions = _regions(page, found, ends, rules)
    elsewhere = _elsewhere(page, found, ends, rules)
    return tuple(
        Section(
            section_id=number,
            category=opening.category,
            heading=text[opening.start : opening.body].rstrip() if opening.heading else "",
            known_heading=opening.known,
            start=opening.start,
            body=_body(page, opening.body, end),
            end=end,
            region=region,
            elsewhere=other,
        )
        for number, (opening, end, region, other) in enumerate(zip(found, ends, regions, elsewhere, strict=True))
    )


def _body(text: str, start: int, end: int) -> int:
    """Return where the text after a heading begins, `end` where there is none."""
    while start < end and text[start].isspace():
        start += 1
    return start


def _regions(text: str, found: list[Opening], ends: list[int], rules: SectionRules) -> list[str | None]:
    """Return each section's region: that of the last title before it, all None in a report of one region.

    Titles that stand together name one set of studies; a set of several regions leaves what follows without one. A
    heading's own region ("FINDINGS (LUMBAR)") holds for its section alone.
    """
    named = [_named(text, opening, end, rules) for opening, end in zip(found, ends, strict=True)]
    if len({region for regions in named for region in regions}) < 2:
        return [None] * len(found)
    placed: list[str | None] = []
    force: tuple[str, ...] = ()
    after_title = False
    for opening, regions in zip(found, named, strict=True):
        own = regions
        if opening.category == "exam":
            if regions:
                force = tuple(dict.fromkeys((*force, *regions))) if after_title else regions
            after_title = True
        else:
            own = regions or force
            after_title = False
        placed.append(own[0] if len(own) == 1 else None)
    return placed


def _elsewhere(text: str, found: list[Opening], ends: list[int], rules: SectionRules) -> list[bool]:
    """Return for each section whether it speaks of another part of the body: by its own label, else its study's title.

    Only a report that names the spine too has such sections: the title alone does not outweigh the exam as ordered.
    """
    titles = [
        _first_line(text, opening, end) if opening.category == "exam" or opening.part else ""
        for opening, end in zip(found, ends, strict=True)
    ]
    named = [(bool(rules.regions_of(title)), rules.names_elsewhere(title)) for title in titles]
    if not any(spine for spine, _ in named):
        return [False] * len(found)
    placed = []
    force = after_title = False
    for opening, (spine, other) in zip(found, named, strict=True):
        if opening.category == "exam":
            if spine or other:
                force = other and not spine and (force or not after_title)
            after_title = after_title or spine or other
        else:
            after_title = False
        placed.append(other and not spine if opening.part else force)
    return placed


def _first_line(text: str, opening: Opening, end: int) -> str:
    """Return the words of a title or label, which may begin on the line after its heading."""
    start = _body(text, opening.body, end)
    heading = text[opening.start : opening.body]
    return heading if opening.part else f"{heading} {text[start : min(end, start + _FIRST_LINE)].partition(chr(10))[0]}"


def _named(text: str, opening: Opening, end: int, rules: SectionRules) -> tuple[str, ...]:
    if opening.category != "exam" or opening.regions:
        return opening.regions
    start = _body(text, opening.body, end)
    return rules.regions_of(text[start : min(end, start + _FIRST_LINE)].partition("\n")[0])
