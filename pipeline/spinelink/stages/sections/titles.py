"""The title of a study: a modality, a region and the few other words that titles are made of."""

from __future__ import annotations

import re

from spinelink.layout import MARKS, Line
from spinelink.stages.sections.rules import SectionRules

_TOKEN = re.compile(r"[A-Za-z0-9][\w/+.'-]*|\([^()\n]{0,60}\)|[^\s\w]")
_PASSING = frozenset(",-–—/&+()*_|")  # noqa: RUF001
_NUMBER = re.compile(r"\d[\d/.:,-]*(?:st|nd|rd|th|t|x)?")
_LONGEST = 200
_MOST_PART_WORDS = 6
_MOST_WORDS = 30


def title_end(text: str, start: int, end: int, rules: SectionRules) -> int:
    """Return where the title of a study ends that opens `text[start:end]`, `start` where none does.

    A title is made of the words of titles alone, a modality among them, and ends with its line, a full stop, a colon
    or a heading.
    """
    modality, count, last = False, 0, start
    for token in _TOKEN.finditer(text, start, min(end, start + _LONGEST)):
        written = token[0]
        if written in _PASSING:
            continue
        word = written.lower().rstrip(".")
        if not _is_title_word(word, rules):
            if not modality or count < 2:
                return start
            if word == ":":
                return token.end()
            return last if not word or _heading_at(text, token.start(), rules) else start
        modality = modality or _is_modality(word, rules)
        count += 1
        last = token.end()
        if count > _MOST_WORDS or (modality and count > 1 and written[-1] == "." and len(word) > 2):
            break
    if not modality or count < 2 or count > _MOST_WORDS:
        return start
    if not text[last:end].strip(MARKS + ",()"):
        return end
    return last if text[last - 1] == "." else start


def is_title_words(text: str, start: int, end: int, rules: SectionRules) -> bool:
    """Say whether `text[start:end]` holds nothing but words of titles, numbers and dates."""
    tokens = [token[0] for token in _TOKEN.finditer(text, start, min(end, start + _LONGEST))]
    words = [token.lower().rstrip(".") for token in tokens if token not in _PASSING and token not in ":."]
    return all(_is_title_word(word, rules) for word in words)


def looks_like_title(text: str, start: int, end: int, rules: SectionRules) -> bool:
    """Say whether a line that opens a report is its title, though some of its words are no words of titles."""
    words = [token[0].lower().rstrip(".") for token in _TOKEN.finditer(text, start, min(end, start + _LONGEST))]
    words = [word for word in words if word not in _PASSING and word != ":"]
    if not words or len(words) > _MOST_WORDS or text[end - 1] == "." or rules.cue_count("findings", text, start, end):
        return False
    strange = sum(not _is_title_word(word, rules) for word in words)
    named = any(word in rules.regions or word == "spine" for word in words)
    return named and any(_is_modality(word, rules) for word in words) and strange <= min(3, len(words) // 3)


def _heading_at(text: str, start: int, rules: SectionRules) -> bool:
    return bool(rules.inline.match(text, start) or rules.spoken.match(text, start))


def _is_modality(word: str, rules: SectionRules) -> bool:
    return word in rules.modalities or any(piece in rules.modalities for piece in re.split(r"[-/]", word))


def _is_title_word(word: str, rules: SectionRules) -> bool:
    if word in rules.words:
        return True
    if not word:
        return False
    if word[0] == "(" or _NUMBER.fullmatch(word) or word.replace(".", "") in rules.words:
        return True
    pieces = re.split(r"[-/+.]", word)
    return len(pieces) > 1 and all(not piece or piece in rules.words or piece.isdigit() for piece in pieces)


def part_label(text: str, line: Line, rules: SectionRules) -> int:
    """Return where the text goes on after a label of a part of the body ("HEAD:", "CT CERVICAL SPINE"), -1 for none.

    A label is made of parts of the body, the spine's regions among them, and of modalities alone; it ends in a colon
    or stands alone on its line.
    """
    colon = text.find(":", line.start, line.end)
    end = colon if colon > 0 else line.end
    label = text[line.start : end].strip(MARKS)
    words = [word for word in re.split(r"[^a-z]+", label.lower()) if word not in ("", "and", "of", "the", "findings")]
    if not words or len(words) > _MOST_PART_WORDS or label.endswith("."):
        return -1
    named = [word for word in words if word in rules.regions or word == "spine"]
    if not named or any(word not in named and not _is_modality(word, rules) for word in words):
        return -1
    return colon + 1 if colon > 0 else line.end


def is_region(label: str, rules: SectionRules) -> bool:
    """Say whether a label names nothing but a region of the spine: "CERVICAL", "Lumbar spine"."""
    words = label.lower().replace("-", " ").split()
    if not words or len(words) > 5 or len("".join(words)) < 4:
        return False
    if not all(word in rules.regions or word in ("spine", "and", "&", "the", "of") for word in words):
        return False
    return any(rules.regions.get(word) for word in words)
