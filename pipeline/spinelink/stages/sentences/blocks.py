"""Lines joined where a sentence was wrapped, and what a line begins with: bullets and numbers of lists."""

from __future__ import annotations

import re

from spinelink.layout import Line
from spinelink.stages.sentences.labels import NOTHING, is_level, label_at, read_label
from spinelink.stages.sentences.rules import SentenceRules

BULLET = re.compile(r"(?:[-*•·▪◦‣●–—>]|[-=]>|o(?=\s+[A-Z]))(?![-*_=>])\s*(?=\S)")  # noqa: RUF001
"""A list item's mark; "**" is a bold mark and no bullet."""
NUMBER = re.compile(r"[(#]?(\d{1,2})(?:[.)]+(?![\d.)])\s*|\s?[-/]\s+(?=[A-Z]))(?=\S)")
"""A list item's number: "1.", "2)", "(3)", "4 -"."""
_LETTER = re.compile(r"(?:[a-hA-H]|[ivx]{1,4})[)]\s+|[IVX]{1,4}[.)]\s+(?=[A-Z])")
_UNBROKEN = re.compile(r"\S+")
_FIRST_WORD = re.compile(r"[^\s.,;:)]+")
_LAST_WORD = re.compile(r"[A-Za-z]+\Z")
_TERMINAL = ".!?:…"
_JOINERS = ",&+/("
_WIDEST = 140
_NARROWEST = 40
_EVIDENCE = 2
_FILLED = 0.6
_FULL = 0.85
_LONGEST_CONTENT = 60
_LONG = 76
"""A line of this length that ends in no full stop goes on where the next begins in small letters."""


def width_of_wrap(text: str, lines: list[Line]) -> int:
    """Return the width at which a report's lines were wrapped, 0 where they were not.

    A wrap is seen where a line stops in mid-sentence, the next goes on in small letters, and its first word would not
    have fitted; two such places make a margin.
    """
    widths = [line.indent + line.end - line.start for line in lines]
    widest = max(widths, default=0)
    if not _NARROWEST <= widest <= _WIDEST:
        return 0
    seen = 0
    for line, following, width in zip(lines, lines[1:], widths, strict=False):
        if following.gap or width < _FILLED * widest or text[line.end - 1] in _TERMINAL:
            continue
        if width + 1 + _first_length(text, following) > widest and _goes_on(text, line, following):
            seen += 1
            if seen == _EVIDENCE:
                return widest
    return 0


def _first_length(text: str, line: Line) -> int:
    found = _UNBROKEN.match(text, line.start, line.end)
    return found.end() - found.start() if found else 1


def _goes_on(text: str, line: Line, following: Line) -> bool:
    """Say whether a line seems to go on in the next: in small letters, or after a sentence's start in capitals."""
    if text[following.start].islower():
        return True
    content = text[line.start : line.end]
    return content.isupper() and ". " in content and text[following.start].isalpha()


def joins(text: str, line: Line, following: Line, margin: int, rules: SentenceRules) -> bool:
    """Say whether a line goes on in the next: where the wrap shows, or where its words cannot end a sentence."""
    if following.gap or begins_statement(text, following, rules):
        return False
    ended = text[line.end - 1] in _TERMINAL
    width = line.indent + line.end - line.start
    if margin and width + 1 + _first_length(text, following) > margin:
        return True
    if ended:
        return False
    if margin and width > (_FILLED if text[following.start].islower() else _FULL) * margin:
        return True
    if width >= _LONG and _small_word(text, following):
        return True
    hangs = following.indent > line.indent and text[following.start].islower()
    if hangs and not is_label_alone(text[line.start : line.end], rules):
        return True
    return _is_linked(text, line, following, rules)


def _small_word(text: str, line: Line) -> bool:
    """Say whether a line begins with a small word that opens no denial of its own."""
    head = _FIRST_WORD.match(text, line.start, line.end)
    return head is not None and head[0].isalpha() and head[0].islower() and head[0] != "no"


def _is_linked(text: str, line: Line, following: Line, rules: SentenceRules) -> bool:
    """Say whether the words at a line's end or the next line's start bind the two: "with", a comma, "C6-"."""
    last = text[line.end - 1]
    if last in _JOINERS:
        return True
    if last in "-–" and line.end - line.start > 1 and text[line.end - 2].isalnum():  # noqa: RUF001
        return True
    tail = _LAST_WORD.search(text[max(line.start, line.end - 16) : line.end])
    if tail and tail[0].lower() in rules.tails and not is_label_alone(text[line.start : line.end], rules):
        return True
    head = _FIRST_WORD.match(text, following.start, following.end)
    if head is None or head[0].lower() not in rules.links:
        return False
    small = head[0].islower() or (len(head[0]) > 6 and not text[following.start : following.end].isupper())
    return small and not is_label_alone(text[line.start : line.end], rules)


def begins_statement(text: str, line: Line, rules: SentenceRules) -> bool:
    """Say whether a line begins a statement of its own: a list item, a level heading or a known label."""
    start, end = line.start, line.end
    if item_end(text, start, end) > start:
        return True
    if text[start] in "*_#|":
        return True
    label = label_at(text, start, end, rules)
    if label and label.reading is not NOTHING:
        return True
    return is_label_alone(text[start:end], rules)


def item_end(text: str, start: int, end: int) -> int:
    """Return where the text of a list item begins after its bullet or number, `start` where there is neither."""
    found = BULLET.match(text, start, end) or NUMBER.match(text, start, end) or _LETTER.match(text, start, end)
    return found.end() if found else start


def is_label_alone(content: str, rules: SentenceRules) -> bool:
    """Say whether a line without colon holds nothing but a label or a level: "Canal", "L1-2"."""
    if len(content) > _LONGEST_CONTENT or content[-1] == "." or not (content[0].isupper() or content[0].isdigit()):
        return False
    reading = read_label(content, rules)
    return is_level(reading, rules) or bool(rules.labels.kind_alone(content))
