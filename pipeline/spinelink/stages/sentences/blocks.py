"""Lines joined where a sentence was wrapped, and what a line begins with: bullets and numbers of lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

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
_HALF_LEVEL = re.compile(r"(?<![A-Za-z])[CTLSD]\d{1,2}\Z")
_OTHER_HALF = re.compile(r"[-–/][CTLSD]?\d{1,2}(?![-–/.]?\d)")  # noqa: RUF001
_OPEN_LEVEL = re.compile(r"(?<![A-Za-z])[CTLSD]\d{1,2}[-–/]\Z")  # noqa: RUF001
_SECOND_HALF = re.compile(r"[CTLSD]\d{1,2}(?!\d)")
_TAIL = re.compile(r"(?:,|&|\band|,\s*and)\s*\Z")
_TERMINAL = ".!?:…"
_JOINERS = ",&+/("
_INSIDE = ",;(&"
"""What a line begins with that goes on, and no other."""
_WIDEST = 140
_NARROWEST = 40
_EVIDENCE = 2
_FEW = 3
_FILLED = 0.6
_FULL = 0.85
_LONGEST_CONTENT = 60
_MOST_WRAPPED = 50
"""Lines over which a sentence is looked for that a narrow column wrapped."""
_LONG = 76
"""A line of this length that ends in no full stop goes on where the next begins in small letters."""


def width_of_wrap(text: str, lines: Sequence[Line], rules: SentenceRules) -> int:
    """Return the width at which a report's lines were wrapped, 0 where they were not.

    A wrap is seen where a line stops in mid-sentence, the next goes on with it, and its first word would not have
    fitted. Two such places make a margin; one does where small letters begin no other line. A few lines may be wider:
    a letterhead or a signature that was set after the text was wrapped.
    """
    seen = _breaks(text, lines, rules)
    if not seen:
        return 0
    widths = [line.width for line in lines]
    best, found = 0, 0
    for margin in sorted({width for width in widths if _NARROWEST <= width <= _WIDEST}, reverse=True):
        wraps = sum(_FILLED * margin <= width <= margin < needed for width, needed in seen)
        if wraps <= best or (wraps < _EVIDENCE and not (wraps == len(seen) and _is_lone(text, lines))):
            continue
        if _FEW * sum(width > margin for width in widths) <= _filled(text, lines, margin):
            best, found = wraps, margin
    return found


def _filled(text: str, lines: Sequence[Line], margin: int) -> int:
    """Return how many lines leave no room for the next line's first word."""
    return sum(
        line.width <= margin < line.width + 1 + _first_length(text, after)
        for line, after in pairwise(lines)
        if not after.gap
    )


def _is_lone(text: str, lines: Sequence[Line]) -> bool:
    """Say whether just one line begins in small letters, where statements begin in capitals and end in full stops."""
    first = [text[line.start] for line in lines]
    ended = any(text[line.end - 1] == "." for line in lines)
    return ended and sum(map(str.islower, first)) == 1 and any(map(str.isupper, first))


def _breaks(text: str, lines: Sequence[Line], rules: SentenceRules) -> list[tuple[int, int]]:
    """Return each line that stops in mid-sentence: its width, and what it were with the next line's first word."""
    found = []
    for line, following in pairwise(lines):
        width = line.width
        if following.gap or not _NARROWEST * _FILLED <= width <= _WIDEST or text[line.end - 1] in _TERMINAL:
            continue
        if _goes_on(text, line, following, rules):
            found.append((width, width + 1 + _first_length(text, following)))
    return found


def _first_length(text: str, line: Line) -> int:
    found = _UNBROKEN.match(text, line.start, line.end)
    return found.end() - found.start() if found else 1


def _goes_on(text: str, line: Line, following: Line, rules: SentenceRules) -> bool:
    """Say whether a line seems to go on in the next: in small letters, in brackets, after a start in capitals."""
    if text[following.start].islower() or text[following.start] in _INSIDE:
        return item_end(text, following.start, following.end) == following.start
    content = text[line.start : line.end]
    if not content.isupper() or not text[following.start].isalpha():
        return False
    return ". " in content or _is_linked(text, line, following, rules)


def joins(text: str, lines: list[Line], at: int, margin: int, rules: SentenceRules) -> bool:
    """Say whether line `at` goes on in the next: where the wrap shows, or where its words cannot end a sentence."""
    line, following = lines[at], lines[at + 1]
    if not following.gap and _is_torn(text, line, following, rules):
        return True
    if following.gap or begins_item(text, following, rules):
        return False
    if is_label_alone(text[following.start : following.end], rules):
        return _in_capitals(text) and _hangs(text, line, rules)
    ended = text[line.end - 1] in _TERMINAL
    width = line.width
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
    return _is_linked(text, line, following, rules) or _ends_ahead(text, lines, at, rules)


@lru_cache(maxsize=1)
def _in_capitals(text: str) -> bool:
    """Say whether a whole text is in capitals, which is asked for each of its lines."""
    return text.isupper()


def _is_torn(text: str, line: Line, following: Line, rules: SentenceRules) -> bool:
    """Say whether a wrap stands within a level ("L3" and "-L4" below) or a heading of several ("L1-2, L2-3 and")."""
    if _OPEN_LEVEL.search(text, line.start, line.end) and _SECOND_HALF.match(text, following.start, following.end):
        return True
    if _HALF_LEVEL.search(text, line.start, line.end) and _OTHER_HALF.match(text, following.start, following.end):
        return True
    content = text[line.start : line.end]
    if len(content) > _LONGEST_CONTENT or not text[following.start].isalnum():
        return False
    tail = _TAIL.search(content)
    head = _FIRST_WORD.match(text, following.start, following.end)
    linked = head is not None and head[0].islower() and head[0] in rules.links
    return (tail is not None or linked) and is_level(read_label(_TAIL.sub("", content), rules), rules)


def _ends_ahead(text: str, lines: list[Line], at: int, rules: SentenceRules) -> bool:
    """Say whether small letters go on with a line up to a full stop: the wrap of a narrow column."""
    if not text[lines[at].start].isupper() and not text[lines[at].start].isdigit() and lines[at].gap:
        return False
    if is_label_alone(text[lines[at].start : lines[at].end], rules):
        return False
    for line in lines[at + 1 : at + 1 + _MOST_WRAPPED]:
        if line.gap or not _small_word(text, line) or item_end(text, line.start, line.end) > line.start:
            return False
        if text[line.end - 1] == ".":
            return True
        if ". " in text[line.start : line.end]:
            return True
    return False


def _small_word(text: str, line: Line) -> bool:
    """Say whether a line begins with a small word that opens no denial of its own."""
    head = _FIRST_WORD.match(text, line.start, line.end)
    return head is not None and head[0].isalpha() and head[0].islower() and head[0] != "no"


def _is_linked(text: str, line: Line, following: Line, rules: SentenceRules) -> bool:
    """Say whether the words at a line's end or the next line's start bind the two: "with", a comma, "C6-"."""
    if _hangs(text, line, rules) or text[following.start] in _INSIDE:
        return True
    head = _FIRST_WORD.match(text, following.start, following.end)
    if head is None or head[0].lower() not in rules.links:
        return False
    if _in_capitals(text):
        return True
    small = head[0].islower() or (len(head[0]) > 6 and not text[following.start : following.end].isupper())
    return small and not is_label_alone(text[line.start : line.end], rules)


def _hangs(text: str, line: Line, rules: SentenceRules) -> bool:
    """Say whether a line ends as no statement does: with a comma, "C6-", "of the"."""
    last = text[line.end - 1]
    if last in _JOINERS:
        return True
    if last in "-–" and line.end - line.start > 1 and text[line.end - 2].isalnum():  # noqa: RUF001
        return True
    tail = _LAST_WORD.search(text[max(line.start, line.end - 16) : line.end])
    return (
        tail is not None and tail[0].lower() in rules.tails and not is_label_alone(text[line.start : line.end], rules)
    )


def begins_item(text: str, line: Line, rules: SentenceRules) -> bool:
    """Say whether a line begins a list item, or a statement under a level or a label with a colon."""
    if item_end(text, line.start, line.end) > line.start or text[line.start] in "*_#|":
        return True
    label = label_at(text, line.start, line.end, rules)
    return label is not None and label.reading is not NOTHING


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
