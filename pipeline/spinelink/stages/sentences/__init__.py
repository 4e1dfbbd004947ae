"""Sentences of a report, each with its level heading, its frame and its paragraph.

Hard-wrapped lines are joined; bullets, list numbers, labels, table rules and bold marks are layout and no text.
"""

from __future__ import annotations

from collections.abc import Sequence

from spinelink.layout import Line, page_of
from spinelink.records import Section, Sentence
from spinelink.stages.sentences.blocks import width_of_wrap
from spinelink.stages.sentences.reader import SectionReader
from spinelink.stages.sentences.rules import SentenceRules, compile_rules

__all__ = ["SentenceRules", "compile_rules", "split_sentences"]


def split_sentences(text: str, sections: Sequence[Section], rules: SentenceRules) -> tuple[Sentence, ...]:
    """Return the sentences of every section in order, with offsets into the report."""
    text, page = page_of(text)
    margin = width_of_wrap(text, page, rules)
    found: list[Sentence] = []
    at = 0
    for section in sections:
        while at < len(page) and page[at].end <= section.body:
            at += 1
        own, at = _clipped(page, at, section)
        SectionReader(text, section, margin, rules, found).read(own)
    return tuple(found)


def _clipped(page: Sequence[Line], at: int, section: Section) -> tuple[list[Line], int]:
    """Return the lines of a section's body from line `at` on, and the line where the next section goes on."""
    own: list[Line] = []
    while at < len(page) and page[at].start < section.end:
        line = page[at]
        if own and line.end <= section.end:
            own.append(line)
        else:
            start, end = max(line.start, section.body), min(line.end, section.end)
            if start < end:
                own.append(Line(start, end, line.indent, line.gap and bool(own), line.width))
        if line.end > section.end:
            break
        at += 1
    return own, at
