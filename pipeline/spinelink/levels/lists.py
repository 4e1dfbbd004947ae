"""From written items to mentions: lists, the nouns that govern them, and what is no level after all (LVL-26)."""

from __future__ import annotations

from dataclasses import replace

from spinelink.levels import names
from spinelink.levels.items import Item, broken, read_bare_pair, read_bare_run, read_item
from spinelink.levels.rules import LevelRules, normal
from spinelink.levels.written import read_impossible
from spinelink.records import LevelMention

_WINDOW = 64
"""How many characters beside a mention are looked at."""
_FOLLOWING = (" ", "\u00a0")


def read_mention(text: str, pos: int, rules: LevelRules, skip: frozenset[int]) -> tuple[LevelMention | None, int]:
    """Return the list of levels that begins at `pos`, None where it turns out to be none, and where reading goes on."""
    items = _read_items(text, pos, rules, skip)
    if not items:
        is_place, end = (False, pos + 1) if pos in skip else read_impossible(text, pos)
        if not is_place:
            return None, end
        items = [broken(pos, end)]
    end = items[-1].end
    if not _stands(text, items, rules):
        return None, end
    mention = _mention(text, items, rules)
    tail = rules.tail.match(text, end)
    return (replace(mention, end=tail.end()), tail.end()) if tail else (mention, end)


def _read_items(text: str, pos: int, rules: LevelRules, skip: frozenset[int]) -> list[Item]:
    """Return the items of one list: discs together, or vertebrae together; a range goes with either."""
    item = read_item(text, pos, rules, skip)
    items: list[Item] = []
    kind = "range"
    while item is not None and _agree(kind, item):
        items.append(read_bare_run(text, item, rules) or item)
        if item.shape in ("broken", "on"):
            break
        kind = item.shape if kind == "range" else kind
        item = _next_item(text, items[-1], rules, skip)
    return items


def _agree(kind: str, item: Item) -> bool:
    """Say whether an item goes on with a list: one of discs or of vertebrae, or so far of neither."""
    return kind == "range" or item.shape in ("range", kind)


def _next_item(text: str, last: Item, rules: LevelRules, skip: frozenset[int]) -> Item | None:
    """Return the item that follows another in a list, None where the list ends."""
    joint = rules.list_joiner.match(text, last.end)
    if joint is None:
        return _word_after_noun(text, last, rules) or _beside(text, last, rules, skip)
    item = read_item(text, joint.end(), rules, skip) or read_bare_pair(text, joint.end(), last, rules)
    item = item or _listed_word(text, joint.end(), rules)
    return None if item is None or item.shape in ("broken", "on") else item


def _beside(text: str, last: Item, rules: LevelRules, skip: frozenset[int]) -> Item | None:
    """Return the disc that follows another without a word or sign: "L4-5 L5-S1"."""
    if last.shape != "disc" or text[last.end : last.end + 1] not in _FOLLOWING:
        return None
    item = read_item(text, last.end + 1, rules, skip)
    return item if item is not None and item.shape == "disc" and not item.glued else None


def _listed_word(text: str, pos: int, rules: LevelRules) -> Item | None:
    """Return sacrum or coccyx as an item of a list of vertebrae."""
    found = rules.beginnings.phrase(text, pos)
    row = found.row if found is not None else None
    if found is None or row is None or row.value not in ("sacrum", "coccyx"):
        return None
    return Item("vertebra", pos, found.end, (), (row.value,), row.id, "single")


def _word_after_noun(text: str, last: Item, rules: LevelRules) -> Item | None:
    """Return the sacrum of "L3 and L5 vertebrae, the sacrum": the noun of the list does not end it."""
    if last.shape not in ("vertebra", "range"):
        return None
    noun = rules.noun_after.match(text, last.end)
    if noun is None or rules.nouns[normal(noun["noun"])] != "LVL-15":
        return None
    joint = rules.list_joiner.match(text, noun.end())
    return _listed_word(text, joint.end(), rules) if joint else None


def _stands(text: str, items: list[Item], rules: LevelRules) -> bool:
    """Say whether what was read is a place: not a code, a grade, a score or a measure (LVL-26)."""
    start, end = items[0].start, items[-1].end
    if items[-1].vertebrae == ("C0",):
        return False
    before = text[max(0, start - _WINDOW) : start]
    if rules.no_level_after.match(text, end) or rules.grade_before.search(before):
        return False
    if items[0].loose and len(items) == 1 and items[0].form == "single":
        return bool(rules.noun_after.match(text, end) or rules.at_before.search(before))
    glued = [item for item in items if item.glued]
    if not glued:
        return True
    if rules.foreign.search(text[max(0, start - 2 * _WINDOW) : end + 2 * _WINDOW]):
        return False
    return (
        len(glued) < len(items)
        or text[end : end + 2].strip().startswith(":")
        or bool(rules.noun_after.match(text, end) or rules.tail.match(text, end))
        or bool(rules.noun_before.search(before) or rules.at_before.search(before))
    )


def _mention(text: str, items: list[Item], rules: LevelRules) -> LevelMention:
    """Return the mention that the items amount to."""
    items = _joined_by_between(text, items, rules)
    first, end = items[0], items[-1].end
    flags = tuple(dict.fromkeys([flag for item in items for flag in item.flags]))
    vertebrae = tuple(dict.fromkeys([name for item in items for name in item.vertebrae if name != "C0"]))
    form = first.form if len(items) == 1 else "list"
    if any([item.shape == "vertebra" for item in items]):
        rule_id = first.rule_id if len(items) == 1 else "LVL-05"
        noun = _noun(text, first.start, end, rules)
        if noun in ("disc", "LVL-16", "LVL-19"):
            flags = (*flags, "ambiguous")
            rule_id = "LVL-05" if noun == "disc" else noun
        elif noun and form == "single":
            rule_id = noun
        return LevelMention(first.start, end, vertebrae, "vertebra", form, rule_id, vertebrae=vertebrae, flags=flags)
    discs = tuple(dict.fromkeys([disc for item in items for disc in item.discs]))
    rule_id = first.rule_id if len(items) == 1 else "LVL-06"
    return LevelMention(first.start, end, discs, "disc", form, rule_id, vertebrae=vertebrae, flags=flags)


def _joined_by_between(text: str, items: list[Item], rules: LevelRules) -> list[Item]:
    """Return "between L4 and L5" as the pair, "between L3-4 and L5-S1" as the range that it is."""
    if len(items) != 2 or not rules.between_before.search(text[max(0, items[0].start - 32) : items[0].start]):
        return items
    upper, lower = items[0], items[1]
    top, bottom = upper.vertebrae[0], lower.vertebrae[-1]
    if names.is_reversed(top, bottom):
        top, bottom = lower.vertebrae[0], upper.vertebrae[-1]
    discs = names.discs_between(top, bottom)
    if not discs:
        return items
    form = "pair" if len(discs) == 1 else "range"
    rule_id = "LVL-01" if form == "pair" else "LVL-08"
    stretch = names.vertebrae_between(top, bottom)
    return [upper._replace(shape="disc", end=lower.end, discs=discs, vertebrae=stretch, form=form, rule_id=rule_id)]


def _noun(text: str, start: int, end: int, rules: LevelRules) -> str:
    """Return the rule of the noun beside vertebrae, LVL-14 to LVL-19, or "disc"; such a noun makes them ambiguous."""
    found = rules.noun_after.match(text, end) or rules.noun_before.search(text[max(0, start - _WINDOW) : start])
    return rules.nouns[normal(found["noun"])] if found is not None else ""
