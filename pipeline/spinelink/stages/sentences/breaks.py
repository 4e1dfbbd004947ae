"""Where sentences end: full stops that are one, and slashes that part statements."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spinelink.stages.sentences.rules import SentenceRules

_END = re.compile(r"[.!?…]+[\"')\]]*|/{2,}")
_LETTERS = re.compile(r"[A-Za-z]+\Z")
_INITIALS = re.compile(r"(?:[a-z]\.)+[a-z]\Z")
_WORD = re.compile(r"[^\s(\[,;:/\"']*\Z")
_LONGEST_WORD = 16
_SHORTEST_GLUED = 3
_ROMAN = frozenset("IVX")
_SIDES = frozenset("RL")


def spans(text: str, start: int, end: int, rules: SentenceRules) -> Iterator[tuple[int, int]]:
    """Yield the stretches of `text[start:end]` between ends of sentences, in order; the last may be empty.

    "noted.Mild" and "sac /// L3-4" are two; "8.5 mm", "Rt. L5 root", "Dr. [NAME]", "e.g." and a list's "2." end nothing.
    """
    begin = start
    for match in _END.finditer(text, start, end):
        stop, after = match.span()
        if text[stop] == "/":
            yield begin, stop
        elif _is_end(text, begin, match, end, rules):
            yield begin, after
        else:
            continue
        begin = after
    yield begin, end


def _is_end(text: str, begin: int, match: re.Match[str], end: int, rules: SentenceRules) -> bool:
    """Say whether the punctuation found ends the sentence that begins at `begin`."""
    stop, after = match.span()
    if after >= end:
        return True
    if not text[after].isspace():
        return text[stop] != "?" and after == stop + 1 and _is_glued_end(text, begin, stop, rules)
    following = text[after : after + 32].split(maxsplit=1)[:1]
    if match[0][-1] in "\"')]" or text[stop] == "?":
        small = bool(following) and following[0][0].islower()
        return not small and not (text[stop] == "?" and (stop == begin or text[stop - 1].isspace()))
    if match[0] != ".":
        return True
    return not _is_abbreviation(text, begin, stop, following[0] if following else "", rules)


def _word_before(text: str, begin: int, stop: int) -> str:
    found = _WORD.search(text[max(begin, stop - _LONGEST_WORD) : stop])
    return found[0] if found else ""


def _is_abbreviation(text: str, begin: int, stop: int, following: str, rules: SentenceRules) -> bool:
    """Say whether the full stop at `stop` belongs to its word: an abbreviation, an initial, a list's number."""
    word = _word_before(text, begin, stop)
    if not word:
        return False
    first = not text[begin : stop - len(word)].strip() if stop - begin < 2 * _LONGEST_WORD else False
    if word.isdigit():
        return first and len(word) <= 2
    begins = following[:1].isupper() and following[1:2].islower()
    if len(word) == 1:
        return word.isalpha() and word not in _ROMAN and not (word in _SIDES and begins and not first)
    lowered = word.lower()
    if lowered in rules.titles or _INITIALS.search(lowered):
        return True
    return lowered in rules.clippings and bool(following) and (first or not begins)


def _is_glued_end(text: str, begin: int, stop: int, rules: SentenceRules) -> bool:
    """Say whether a full stop without a space after it ends a sentence: "noted.Mild", "spasm.-Diffuse"."""
    following = text[stop + 1 : stop + 4]
    if following[0] in "-*•":
        return following[1:3].isalpha()
    word = _word_before(text, begin, stop)
    if following[0].isupper():
        initial = len(word) == 1 and word not in _ROMAN
        return following[1:2].islower() and not initial and word.lower() not in rules.titles
    letters = _LETTERS.search(word)
    return bool(letters and len(letters[0]) >= _SHORTEST_GLUED and following.isalpha() and following.islower())
