"""T1 and T2, the vertebrae, told from T1 and T2, the weightings of an MR image (LVL-26)."""

from __future__ import annotations

import re

from spinelink.levels.rules import DASHES, LevelRules

_WINDOW = 48
_WEIGHTING = re.compile("[tT][12]")
_JOINTS = (*DASHES, "/", "\\")


def sequence_places(text: str, rules: LevelRules) -> frozenset[int]:
    """Return where a T1 or T2 begins that is a sequence, be it only because nothing speaks for a vertebra."""
    if _WEIGHTING.search(text) is None:
        return frozenset()
    places: set[int] = set()
    for run in rules.sequence_run.finditer(text):
        if not _is_vertebra(text, run.start(), run.end(), run[0], rules):
            places.update(run.start() + weighting.start() for weighting in _WEIGHTING.finditer(run[0]))
    return frozenset(places)


def _is_vertebra(text: str, start: int, end: int, run: str, rules: LevelRules) -> bool:
    """Say whether a run of T1 and T2 names vertebrae.

    Joined to another vertebra it does; beside words of sequences it does not; then words of places and bones decide; a
    pair with a dash, and a pair that opens a line with a colon, is a level; anything else is a sequence.
    """
    before = text[max(0, start - _WINDOW) : start]
    linked = rules.vertebra_linked.search(before)
    if linked and linked[0][-1:] in _JOINTS:
        return True
    if rules.sequence_member.search(run) or rules.sequence_after.match(text, end):
        return False
    if linked or rules.vertebra_after.match(text, end):
        return True
    if rules.sequence_before.search(before):
        return False
    if rules.vertebra_listed.match(text, end) or rules.vertebra_before.search(before):
        return True
    if len(run) == 2:
        return False
    opens = not before.strip() and text[end : end + 2].lstrip().startswith(":")
    return opens or any(dash in run for dash in DASHES)
