"""What a named place is in its sentence: a level, a nerve root, or anatomy that is no level of a finding."""

from __future__ import annotations

from dataclasses import replace

from spinelink.levels import names
from spinelink.levels.rules import LevelRules, normal
from spinelink.records import LevelMention

_BEFORE = 110
_AFTER = 64
_NEAR = 16
"""Reach of a side before its level."""


def with_role(text: str, mention: LevelMention, rules: LevelRules) -> LevelMention:
    """Return the mention with its role and flags from the words on both sides of it.

    The first that fits wins: root, conus, numbering, position, comparison, extent; else it is a level.
    """
    before, after = text[max(0, mention.start - _BEFORE) : mention.start], text[mention.end : mention.end + _AFTER]
    if before and rules.cue_before.search(before) is None:
        before = before[-_NEAR:] if rules.side_before.search(before[-_NEAR:]) else ""
    if mention.kind == "vertebra" and mention.form in ("single", "list") and _is_root(before, after, mention, rules):
        return _root(mention)
    if before and _is_conus(before, rules):
        return replace(mention, role="conus", rule_id="LVL-20")
    if (before and rules.numbering_before.search(before)) or rules.numbering_after.match(after):
        return replace(mention, role="numbering", rule_id="LVL-25")
    if _is_position(before, after, mention, rules):
        return replace(mention, role="position")
    if before and rules.comparison_before.search(before):
        return replace(mention, role="comparison")
    if before and mention.form == "single" and rules.extent_before.search(before):
        return replace(mention, role="extent")
    return _opened(before, after, mention, rules)


def _is_root(before: str, after: str, mention: LevelMention, rules: LevelRules) -> bool:
    """Say whether a number names a nerve root (LVL-17)."""
    if "C8" in mention.levels or rules.root_after.match(after):
        return True
    if not before:
        return False
    noun = rules.noun_after.match(after)
    if noun is not None and rules.nouns[normal(noun["noun"])] != "disc":
        return False
    if rules.root_before.search(before) or rules.root_verb_before.search(before):
        return True
    if rules.side_before.search(before):
        return bool(rules.root_effect_after.match(after) or _sided_effect(before, rules))
    return bool(rules.root_effect_before.search(before) and rules.side_after.match(after))


def _sided_effect(before: str, rules: LevelRules) -> bool:
    """Say whether an effect on a side stands before: "compression of the left L5"."""
    shorter = before.rstrip().rsplit(None, 1)[0] + " "
    return rules.root_effect_before.search(shorter.removesuffix("the ")) is not None


def joined_roots(text: str, mentions: list[LevelMention], rules: LevelRules) -> list[LevelMention]:
    """Return the mentions, the first of two joined roots a root too: "left L5 and right S1 nerve roots" (LVL-17)."""
    for place in range(len(mentions) - 2, -1, -1):
        mention, second = mentions[place], mentions[place + 1]
        if second.role != "root" or mention.kind != "vertebra" or mention.role != "level" or mention.form == "range":
            continue
        if second.start - mention.end < _AFTER and rules.root_between.fullmatch(text, mention.end, second.start):
            mentions[place] = _root(mention)
    return mentions


def _root(mention: LevelMention) -> LevelMention:
    return replace(mention, role="root", rule_id="LVL-17", vertebrae=(), flags=(), shift=0)


def _is_conus(before: str, rules: LevelRules) -> bool:
    """Say whether the place is where the cord ends; a lesion of the conus has a level like any other (LVL-20)."""
    found = rules.conus_before.search(before)
    return found is not None and found["lesion"] is None


def _is_position(before: str, after: str, mention: LevelMention, rules: LevelRules) -> bool:
    """Say whether the place is the end of a line or of an angle: "C7 plumb line", "T5-T12: 31 degrees"."""
    found = rules.position_after.match(after)
    if found is not None and (found["angle"] is None or mention.form == "range"):
        return True
    return before != "" and rules.position_before.search(before) is not None


def _opened(before: str, after: str, mention: LevelMention, rules: LevelRules) -> LevelMention:
    """Return the mention with what is open about it: "C5 and below", "transitional L5" (LVL-09, LVL-24)."""
    named = (before and rules.transitional_before.search(before)) or rules.transitional_after.match(after)
    if named and "transitional" not in mention.flags:
        mention = replace(mention, flags=(*mention.flags, "transitional"), rule_id="LVL-24")
    found = rules.open_after.match(after) or (rules.open_before.search(before) if before else None)
    if found is None or mention.kind == "multilevel" or mention.form == "relative":
        return mention
    direction = rules.open_shift[normal(found["open"])]
    return replace(mention, flags=(*mention.flags, "open_range"), shift=direction, rule_id="LVL-09")


def beyond(level: str, direction: int) -> tuple[str, ...]:
    """Return the levels of the same kind from this one to the end of its region: upwards for -1, downwards for 1."""
    region, found = names.region_of(level), [level]
    while (following := names.shift(found[-1], direction)) is not None and names.region_of(following) == region:
        found.append(following)
    return tuple(found if direction > 0 else reversed(found))
