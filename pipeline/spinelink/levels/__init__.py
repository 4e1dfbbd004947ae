"""Levels of the spine as radiologists write them, and the order of the spine (rules LVL-01 to LVL-27 of places.tsv)."""

from spinelink.levels.find import find_levels
from spinelink.levels.meanings import RULES
from spinelink.levels.names import (
    disc_above,
    disc_below,
    discs_between,
    discs_of,
    ends_of,
    is_adjacent,
    region_of,
    shift,
    vertebrae_between,
)
from spinelink.levels.roles import beyond
from spinelink.levels.rules import LevelRules, compile_rules

__all__ = [
    "RULES",
    "LevelRules",
    "beyond",
    "compile_rules",
    "disc_above",
    "disc_below",
    "discs_between",
    "discs_of",
    "ends_of",
    "find_levels",
    "is_adjacent",
    "region_of",
    "shift",
    "vertebrae_between",
]
