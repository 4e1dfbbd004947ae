"""Where sentences end: full stops that are one, and slashes that part statements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from spinelink.stages.sentences.rules import SentenceRules

_END = re.compile(r"[.!?…/](?:(?<=/)/+|(?<!/)(?<!\.(?=\d))[.!?…]*[\"')\]]*)")
"""Signs that may end a sentence, no decimal point among them; what begins with one of a few signs is found fast."""
_LETTERS = re.compile(r"[A-Za-z]+\Z")
_INITIALS = re.compile(r"(?:[a-z]\.)+[a-z]\Z")
_WORD_START = re.compile(r"[\s(\[,;:/\"']")
_LONGEST_ABBREVIATION = 10
_LONGEST_SENTENCE = 2000
_PARTING = " \n\t;,"
_SHORTEST_GLUED = 3
_ROMAN = frozenset("IVX")
_SIDES = frozenset("RL")


def spans(text: str, start: int, end: int, rules: SentenceRules) -> Iterator[tuple[int, int]]:
    """Yield the stretches of `text[start:end]` between ends of sentences, in order; the last may be empty.

    "noted.Mild" and "sac /// L3-4" are two; "8.5 mm", "Rt. L5 root", "Dr. [NAME]", "e.g." and a list's "2." are one.
    """
    begin = start
    for match in _END.finditer(text, start, end):
        stop, after = match.span()
        if after < end:
            if text[stop] == "/":
                yield begin, stop
                begin = after
                continue
            if not _is_end(text, begin, stop, after, rules):
                continue
        yield begin, after
        begin = after
    if begin < end:
        yield begin, end


def pieces(text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    """Return a sentence as it is, or one longer than any that was ever dictated in pieces that end between words.

    What is made of a sentence costs more than in proportion to its length; so the time for a text is in proportion to
    its own length, whatever it is.
    """
    return ((start, end),) if end - start <= _LONGEST_SENTENCE else _pieces(text, start, end)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > _LONGEST_SENTENCE:
        stop = max(text.rfind(mark, start + _LONGEST_SENTENCE // 2, start + _LONGEST_SENTENCE) for mark in _PARTING)
        stop = stop + 1 if stop >= 0 else start + _LONGEST_SENTENCE
        inner = text[start:stop]
        if inner.strip():
            yield start + len(inner) - len(inner.lstrip()), start + len(inner.rstrip())
        start = stop
    while start < end and text[start].isspace():
        start += 1
    if start < end:
        yield start, end


def _is_end(text: str, begin: int, stop: int, after: int, rules: SentenceRules) -> bool:
    """Say whether the punctuation `text[stop:after]`, with text behind it, ends the sentence that begins at `begin`."""
    question = text[stop] == "?"
    if not text[after].isspace():
        return not question and after == stop + 1 and _is_glued_end(text, begin, stop, rules)
    if question or text[after - 1] in "\"')]":
        following = text[after : after + 8].lstrip()[:1]
        return not following.islower() and not (question and (stop == begin or text[stop - 1].isspace()))
    if after > stop + 1 or text[stop] != ".":
        return True
    return not _is_abbreviation(text, begin, stop, rules)


def _word_before(text: str, begin: int, stop: int) -> str:
    """Return the word that ends at `stop`, "" where it is longer than any abbreviation."""
    start = max(begin, stop - _LONGEST_ABBREVIATION)
    return _last_word(text[start:stop], start == begin)


@lru_cache(maxsize=16384)
def _last_word(piece: str, whole: bool) -> str:
    """Return the last word of the end of a sentence, "" where it may begin before; words repeat themselves."""
    pieces = _WORD_START.split(piece)
    return pieces[-1] if len(pieces) > 1 or whole else ""


def _is_abbreviation(text: str, begin: int, stop: int, rules: SentenceRules) -> bool:
    """Say whether the full stop at `stop` belongs to its word: an abbreviation, an initial, a list's number."""
    word = _word_before(text, begin, stop)
    if not word:
        return False
    lowered = word.lower()
    if len(word) > 2 and lowered not in rules.titles and lowered not in rules.clippings and "." not in word:
        return False
    first = stop - begin < 2 * _LONGEST_ABBREVIATION and not text[begin : stop - len(word)].strip()
    if word.isdigit():
        return first and len(word) <= 2
    following = text[stop + 1 : stop + 24].lstrip()[:2]
    begins = following[:1].isupper() and following[1:2].islower()
    if len(word) == 1:
        return word.isalpha() and word not in _ROMAN and not (word in _SIDES and begins and not first)
    if lowered in rules.titles or _INITIALS.search(lowered):
        return True
    return lowered in rules.clippings and bool(following) and (first or not begins)


def _is_glued_end(text: str, begin: int, stop: int, rules: SentenceRules) -> bool:
    """Say whether a full stop without a space after it ends a sentence: "noted.Mild", "spasm.-Diffuse"."""
    following = text[stop + 1 : stop + 4]
    if following[0] in "-*•":
        return following[1:3].isalpha()
    if following[0].isupper() and not following[1:2].isupper():
        word = _word_before(text, begin, stop)
        initial = len(word) == 1 and word not in _ROMAN
        return following[1:2].islower() and not initial and word.lower() not in rules.titles
    letters = _LETTERS.search(text, max(begin, stop - _LONGEST_ABBREVIATION), stop)
    if letters is None or len(letters[0]) < _SHORTEST_GLUED or not following[:2].isalpha():
        return False
    return following[:2].islower() or (letters[0].isupper() and letters[0].lower() not in rules.clippings)
