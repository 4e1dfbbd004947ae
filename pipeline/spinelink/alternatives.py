"""Terms of the lexicon spelled out: "disc bulg(e|es|ing)" or "(large |)disc"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

_PART = re.compile(r"[()|]|[^()|]+")


@cache
def expand(term: str) -> tuple[str, ...]:
    """Return every spelling of a term: "bulg(e|ing)" gives "bulge" and "bulging"; alternatives may be nested.

    Raises ValueError where a bracket has no other half.
    """
    parts = iter(_PART.findall(term))
    spellings, closed = _alternatives(parts)
    if closed:
        raise ValueError(f"unopened alternative in {term!r}")
    return tuple(dict.fromkeys(map(_closed_up, spellings)))


def _closed_up(spelling: str) -> str:
    """Return a spelling without the spaces that an alternative of nothing leaves."""
    return " ".join(spelling.split()) if "  " in spelling else spelling.strip()


def _alternatives(parts: Iterator[str]) -> tuple[list[str], bool]:
    """Return the spellings up to the end or an unmatched ")", and whether it was the latter."""
    done: list[str] = []
    current = [""]
    for part in parts:
        if part == ")":
            return done + current, True
        if part == "|":
            done += current
            current = [""]
        elif part == "(":
            inner, closed = _alternatives(parts)
            if not closed:
                raise ValueError("unclosed alternative")
            current = [head + tail for head in current for tail in inner]
        else:
            current = [head + part for head in current]
    return done + current, False
