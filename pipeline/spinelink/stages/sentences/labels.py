"""Labels before a text: level headings ("L4-L5:", "C3/4 and C4/5 -") and frames ("Canal:"), read by their words."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from spinelink.layout import MARKS, colon_after
from spinelink.levels import find_levels
from spinelink.records import LevelMention
from spinelink.stages.sentences.rules import SentenceRules

_NUMBER_NEAR = re.compile(r"[^\d\n:]{1,12}\d")
_DASHED = re.compile(r"\s[-–—]\s?(?!\d)|(?<=\w)[-–—]\s+(?!\s|[A-Za-z]?\d)")  # noqa: RUF001
_VERTEBRA_BEFORE = re.compile(r"(?<![\w/–-])(?:th|[ctdls])\d{1,2}\Z", re.IGNORECASE)  # noqa: RUF001
_BRACKETS = re.compile(r"\([^()]*\)")
_LETTERS = re.compile(r"[a-z]+")
_SENTENCE = re.compile(r"[;|]|[.?!]\s")
_LONGEST = 70
_MOST_WORDS = 9
_NEAR = 16


class Reading(NamedTuple):
    """What a label says: a level heading, with offsets into the label, and the kind and wording of a frame."""

    level: LevelMention | None
    kind: str = ""
    frame: str = ""


class Label(NamedTuple):
    """A label in a text: its reading, where it begins, where the text after it does, and its words as written."""

    reading: Reading
    start: int
    after: int
    written: str


NOTHING = Reading(None)


def label_at(text: str, start: int, end: int, rules: SentenceRules) -> Label | None:
    """Return the label that `text[start:end]` begins with, known or not; None where it begins with none."""
    at = colon_after(text, start, min(end, start + _LONGEST))
    if at > start:
        written = text[start:at]
        if written.count(" ") < _MOST_WORDS and not _SENTENCE.search(written):
            reading = read_label(written.strip(MARKS), rules)
            if reading is NOTHING and written[-1].isdigit():
                # Only a colon keeps "L45" from being a code.
                reading = read_label(f"{written.strip(MARKS)}:", rules)
            after = at + 1
            while after < end and text[after] in "*_":
                after += 1
            return Label(reading, start, after, written.strip(MARKS))
    return dashed_level(text, start, end, rules)


def dashed_level(text: str, start: int, end: int, rules: SentenceRules) -> Label | None:
    """Return the level heading with a dash that opens a text: "C3/4 and C4/5 - small bars"."""
    if not _NUMBER_NEAR.match(text, start, end):
        return None
    found = None
    for dash in _DASHED.finditer(text, start, min(end, start + _LONGEST)):
        written = text[start : dash.start()]
        if _VERTEBRA_BEFORE.search(written) and _is_within_level(
            text[start : min(end, dash.end() + _NEAR)], len(written), rules
        ):
            continue
        reading = read_label(written.strip(MARKS), rules)
        if is_level(reading, rules):
            found = Label(reading, start, dash.end(), written)
    return found


def _is_within_level(text: str, place: int, rules: SentenceRules) -> bool:
    """Say whether a place is inside a level: the dash of "L4 - L5"."""
    return any(mention.start < place < mention.end for mention in find_levels(text, rules.levels))


@lru_cache(maxsize=16384)
def read_label(label: str, rules: SentenceRules) -> Reading:
    """Return what a label says by its words; labels repeat from report to report, so readings are kept.

    A level heading is made of levels and of the words that may stand beside them; a part of the level after it is its
    frame ("L4-5 disc:", "Canal stenosis at L4-5:").
    """
    kind = rules.labels.kind(label)
    if kind:
        return Reading(None, kind, folded(label))
    mentions = [mention for mention in find_levels(label, rules.levels) if mention.role == "level"]
    if not mentions:
        return NOTHING
    rest = _BRACKETS.sub(" ", _without(label, mentions))
    if any(map(str.isdigit, rest)):
        return NOTHING
    words = [word for word in _LETTERS.findall(rest.lower()) if word not in rules.fillers]
    if any(mention.kind == "multilevel" for mention in mentions):
        return NOTHING if words else Reading(None, "frame", folded(label))
    if not words:
        return Reading(_merged(mentions))
    frame = " ".join(words)
    return Reading(_merged(mentions), "part", frame) if rules.labels.kind(frame) in ("part", "both") else NOTHING


def is_level(reading: Reading, rules: SentenceRules) -> bool:
    """Say whether a label is a level heading without a colon too: of a level or its structure, not of a finding."""
    return reading.level is not None and (not reading.frame or bool(rules.labels.kind_alone(reading.frame)))


def folded(label: str) -> str:
    """Return a label as a sentence's frame: lower case, no outer marks, white space folded."""
    return " ".join(label.strip(MARKS + ":").lower().split())


def _without(label: str, mentions: list[LevelMention]) -> str:
    for mention in reversed(mentions):
        label = f"{label[: mention.start]} {label[mention.end :]}"
    return label


def _merged(mentions: list[LevelMention]) -> LevelMention:
    """Return several mentions of one heading as one list."""
    first, last = mentions[0], mentions[-1]
    if first is last:
        return first
    levels = tuple(dict.fromkeys(level for mention in mentions for level in mention.levels))
    bones = tuple(dict.fromkeys(bone for mention in mentions for bone in mention.vertebrae))
    flags = tuple(dict.fromkeys(flag for mention in mentions for flag in mention.flags))
    return replace(first, end=last.end, levels=levels, form="list", vertebrae=bones, flags=flags)


def placed(mention: LevelMention, offset: int) -> LevelMention:
    """Return a heading's level with offsets into the report, where its label begins at `offset`."""
    return replace(mention, start=mention.start + offset, end=mention.end + offset)
