"""What is in force at a place of a section: the level heading and the frame, and what ends them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from spinelink.layout import Line
from spinelink.levels import find_levels
from spinelink.records import LevelMention
from spinelink.stages.sentences.labels import Label, folded, placed
from spinelink.stages.sentences.rules import SentenceRules

_ARTICLE = re.compile(r"(?:the|there is|no)\s+", re.IGNORECASE)
_MOST_UNKNOWN_WORDS = 4


@dataclass(slots=True)
class InForce:
    """The level heading and the frame in force.

    A heading that stands alone on its line holds for the lines below; one before text for its line, and for lines
    below that are labels of its template or plainly speak of a disc level. `*_used` says that a sentence stood under
    it; `frame_within` that the label stood within a line, where it holds for its sentence and those without a subject.
    """

    heading: LevelMention | None = None
    heading_alone: bool = False
    heading_item: bool = False
    heading_indent: int = 0
    heading_used: bool = False
    frame: str = ""
    frame_alone: bool = False
    frame_used: bool = False
    frame_within: bool = False

    def take_level(self, label: Label, alone: bool, item: bool, indent: int) -> None:
        """Put a level heading in force, with the frame that it may name."""
        if label.reading.level is None:
            return
        self.heading = placed(label.reading.level, label.start)
        self.heading_alone, self.heading_item, self.heading_indent, self.heading_used = alone, item, indent, False
        self.take_frame(label.reading.frame, alone)

    def take_frame(self, frame: str, alone: bool) -> None:
        """Put a frame in force; a label alone on its line holds for the lines below."""
        self.frame, self.frame_alone, self.frame_used, self.frame_within = frame, alone and bool(frame), False, False

    def take_label(self, label: Label, alone: bool, gap: bool = False, within: bool = False) -> None:
        """Put a known label in force; one that is no part of a disc level ends the heading."""
        kind = label.reading.kind
        # The first label after a level is the level's own, and so is one of the cord on the level's line.
        part = kind == "part" or (kind == "both" and (self.heading_alone or within)) or not self.heading_used
        if not part or (gap and not self.heading_alone):
            self.heading = None
        self.take_frame(label.reading.frame, alone)

    def takes_unknown(self, label: Label, line: Line, text: str, alone: bool, rules: SentenceRules) -> bool:
        """Put a label in force that the lexicon does not know; False where it is no label.

        Under a level heading, a short label that opens a line belongs to the level's template; one in capitals, in a
        report that is not, leaves the level. "R: mild L: none" is no label but a value.
        """
        words = label.written.split()
        if self.heading is None or line.gap or not 0 < len(words) <= _MOST_UNKNOWN_WORDS or label.start != line.start:
            return False
        if all(word.lower() in rules.labels.prefixes for word in words):
            return False
        if not words[0][0].isupper() or any(map(str.isdigit, label.written)) or text[label.after - 1] not in ":*_":
            return False
        if label.written.isupper() and not text[label.after : line.end].isupper():
            self.heading = None
        self.take_frame(folded(label.written), alone)
        return True

    def pass_sentence(self, text: str, span: tuple[int, int], rules: SentenceRules) -> None:
        """End a frame that stood within the line where the next sentence has a subject of its own."""
        if self.frame_within and self.frame_used:
            begins = _after_article(text, span)
            if rules.outer.match(text, begins, span[1]) or rules.inner.match(text, begins, span[1]):
                self.take_frame("", False)

    def pass_plain(self, text: str, line: Line, span: tuple[int, int], item: bool, rules: SentenceRules) -> bool:
        """End what does not hold for the plain text `span` of a new line; True where its paragraph goes on."""
        if not self.frame_alone or (line.gap and self.frame_used):
            self.take_frame("", False)
        if self.heading is None:
            return False
        if self._heading_holds(line, item) and not self._leaves(text, span, rules):
            if self.heading_alone or item:
                return False
            if speaks_of_level(text, span, rules):
                return True
        self.heading = None
        return False

    def _heading_holds(self, line: Line, item: bool) -> bool:
        """Say whether blank lines and list items let the heading hold at a line."""
        if line.gap and (self.heading_used or not self.heading_alone):
            return False
        return not (item and self.heading_item and line.indent <= self.heading_indent)

    def _leaves(self, text: str, span: tuple[int, int], rules: SentenceRules) -> bool:
        """Say whether a text begins with what is no part of a disc level: "The conus", "Paraspinal"."""
        return rules.outer.match(text, _after_article(text, span), span[1]) is not None


def _after_article(text: str, span: tuple[int, int]) -> int:
    article = _ARTICLE.match(text, *span)
    return article.end() if article else span[0]


def speaks_of_level(text: str, span: tuple[int, int], rules: SentenceRules) -> bool:
    """Say whether an unlabelled line under a level's line still speaks of it: of discs, canal or roots, of no level."""
    start, end = span
    if not rules.inner.search(text, start, end) or rules.outer.search(text, start, end):
        return False
    return not any(mention.role == "level" for mention in find_levels(text[start:end], rules.levels))
