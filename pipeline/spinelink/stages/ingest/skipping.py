"""What is passed over in folders and archives, and under which name it is counted."""

from __future__ import annotations

import re
from pathlib import Path

INTERNAL = "_"
"""Begins the names of folders in which writers of datasets keep their own: _temporary, _delta_log, __MACOSX."""

_ENDING = re.compile(r"\.[a-z0-9]{1,8}")
_COMPRESSED = (".gz", ".zst")


def kind_of_skipped(name: str) -> str:
    """Return under what a skipped file is counted; a strange ending is not shown, for it may be part of a name."""
    if name.startswith("."):
        return "hidden"
    lowered = name.lower()
    for ending in _COMPRESSED:
        lowered = lowered.removesuffix(ending)
    ending = Path(lowered).suffix
    return ending if _ENDING.fullmatch(ending) else "other"
