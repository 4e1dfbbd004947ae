"""Every level that a sentence or a line names, in order."""

from __future__ import annotations

import re
from dataclasses import replace

from spinelink import vocabulary
from spinelink.levels.lists import read_mention
from spinelink.levels.roles import joined_roots, with_role
from spinelink.levels.rules import LevelRules
from spinelink.levels.sequences import sequence_places
from spinelink.lexicon import Term
from spinelink.records import LevelMention

_OBJECT = re.compile(r"\s{1,3}(?:the|this|that|it|[ctdls][0-9])(?![a-z])", re.ASCII | re.IGNORECASE)
_WORD = re.compile(r"[^\s-]+")
_DISCS = frozenset(vocabulary.DISC_LEVELS)
_PLAIN_SPACES = str.maketrans(dict.fromkeys("\xa0\u2007\u2009\u202f", " "))


def find_levels(text: str, rules: LevelRules) -> tuple[LevelMention, ...]:
    """Return the places that a text names: levels, nerve roots and positions, without overlap, offsets in `text`."""
    if not text.isascii():
        text = text.translate(_PLAIN_SPACES)
    beginnings = rules.beginnings.of(text)
    if not beginnings:
        return ()
    skip = sequence_places(text, rules)
    mentions: list[LevelMention] = []
    end = 0
    for found in beginnings:
        if found.start < end:
            continue
        if found.row is not None:
            mention, end = _phrase(text, found.start, found.end, found.row, rules), found.end
        else:
            mention, end = read_mention(text, found.start, rules, skip)
        if mention is not None:
            mentions.append(with_role(text, mention, rules))
            end = max(end, mention.end)
    return _numbered(joined_roots(text, mentions, rules)) if len(mentions) > 1 else tuple(mentions)


def _phrase(text: str, start: int, end: int, row: Term, rules: LevelRules) -> LevelMention | None:
    """Return the place that a phrase names by itself, None where its row asks for a neighbour that is not there.

    A row may keep its first words out of the place ("no level"), or all but them ("all lumbar discs").
    """
    if row.attribute("not_before") and _OBJECT.match(text, end):
        return None
    if row.attribute("needs") == "disc" and not rules.disc_noun_after.match(text, end):
        return None
    count = int(row.attribute("words") or 0)
    skipped = int(row.attribute("after") or 0)
    words = [word.span() for word in _WORD.finditer(text, start, end)] if skipped or count else []
    if skipped:
        start = words[skipped][0]
    if count:
        end = words[count - 1][1]
    if row.form == "relative":
        return LevelMention(start, end, (), "disc", "relative", row.id, shift=int(row.value))
    if row.form == "multilevel":
        return LevelMention(start, end, ("multilevel",), "multilevel", "descriptive", row.id)
    return _described(start, end, row)


def _described(start: int, end: int, row: Term) -> LevelMention:
    """Return the level that a description stands for (LVL-03)."""
    if "|" in row.value:
        discs = tuple(row.value.split("|"))
        return LevelMention(start, end, discs, "disc", "list", row.id)
    if row.value in _DISCS:
        upper, _, lower = row.value.partition("-")
        return LevelMention(start, end, (row.value,), "disc", "descriptive", row.id, vertebrae=(upper, lower))
    form = "single" if row.value in ("sacrum", "coccyx") else "descriptive"
    return LevelMention(start, end, (row.value,), "vertebra", form, row.id, vertebrae=(row.value,))


def _numbered(mentions: list[LevelMention]) -> tuple[LevelMention, ...]:
    """Return the mentions; a described level whose number is then given is part of the numbering (LVL-25)."""
    for place, following in enumerate(mentions[1:]):
        mention = mentions[place]
        if following.role == "numbering" and mention.form == "descriptive" and following.start - mention.end < 48:
            mentions[place] = replace(mention, role="numbering", rule_id="LVL-25")
    return tuple(mentions)
