"""How one vertebra is written: "L4", "l 4", "Th12", "D11", "LIV", "45" for two, and the number alone after another.

Nothing here looks further than a few characters ahead, so a text of any make is read in time linear in its length.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from spinelink.levels import names
from spinelink.levels.rules import DASHES, GAP, WRAP, LevelRules

_FLAGS = re.ASCII | re.IGNORECASE
_DASH = f"[{re.escape(DASHES)}]"
_GLUED_WORD = r"levels?|dis[ck]|vert|bod|th(?![a-z])|and(?![a-z])|[lstcd][0-9]"
_AFTER = rf"(?![0-9])(?!\.[0-9])(?:(?![a-z])|(?={_GLUED_WORD}))"
_LETTERED = re.compile(
    rf"(?P<letter>[hbls]wk|th|[ctdls])(?P<gap>{GAP}|[-.]{GAP}?)?(?P<number>[0-9]{{1,4}}){_AFTER}", _FLAGS
)
_HYPHENED = re.compile(r"[CLS]-[0-9]|[TD]-(?:[3-9]|1[0-2])")
_BARE = re.compile(rf"(?P<number>[0-9]{{1,2}}){_AFTER}", _FLAGS)
_ROMAN = re.compile(r"(?P<letter>[CTDLS])?(?P<number>X(?:I{1,2})?|IX|IV|V(?:I{1,3})?|I{1,3})(?![A-Za-z0-9])")
_MISTYPED = re.compile(r"I(?P<number>[1-5])(?=[-/])|(?P<five>[LC])S(?=[-/])|(?P<one>[TL])l(?=[-/])")
_TORN = re.compile(
    r"(?P<five>[LC]?)S(?![A-Za-z0-9/])|(?P<one>[LTS])[Il](?![A-Za-z0-9])|I(?P<number>[2-5])(?![A-Za-z0-9])"
)
_IMPOSSIBLE = re.compile(
    rf"[ctdls](?P<number>[0-9]{{1,4}})(?:{GAP}?{_DASH}{GAP}?|/)(?:th|[ctdls])?[0-9]{{1,2}}{_AFTER}", _FLAGS
)
_JOINT = re.compile(
    rf"(?P<before>{GAP}{{0,3}}|\r?\n(?=[-/]\S))(?:(?P<dash>{_DASH}{{1,2}})|(?P<slash>[/\\]))(?P<after>{WRAP})"
    rf"|(?P<comma>,)(?=[0-9])|(?P<space>{GAP})(?=(?:th|[ctdls])[0-9])|(?P<nothing>)(?=[ctdls][0-9])",
    _FLAGS,
)
_NUMERALS = {numeral: n for n, numeral in enumerate("I II III IV V VI VII VIII IX X XI XII".split(), start=1)}
_ABBREVIATION = 3
_REMEMBERED = 4096
_LETTERS = {"D": "T", "H": "C", "B": "T"}
_COUNT = {"C": 8, "T": 12, "L": 6, "S": 5}
_NEXT = {("L", 5): "S1", ("L", 6): "S1", ("T", 12): "L1", ("C", 7): "T1"}


class Written(NamedTuple):
    """One written vertebra, or the several of a number without separators ("45"), up to `end`.

    `loose` says that letter and number stand apart or look mistyped, so that a second vertebra or a noun must confirm
    them; `paired` that they are no vertebra at all without a neighbour; `bare` that a number stands without a letter.
    """

    vertebrae: tuple[str, ...]
    end: int
    roman: bool = False
    loose: bool = False
    paired: bool = False
    flags: tuple[str, ...] = ()
    bare: bool = False


class Joint(NamedTuple):
    """What joins two vertebrae: a dash, slash, comma, space or nothing; `tight` where no space stands beside it."""

    kind: str
    tight: bool
    end: int


def letter_of(written: str) -> str:
    """Return the letter of a region; D for dorsal and Th are T (LVL-04), HWK, BWK and LWK the German C, T and L."""
    return _LETTERS.get(written[0].upper(), written[0].upper())


def read_joint(text: str, pos: int) -> Joint | None:
    """Return the joint that begins at `pos`; a dash may be followed by a line wrap, a slash and a space not."""
    found = _JOINT.match(text, pos)
    if found is None:
        return None
    kind = found.lastgroup or ""
    if kind == "after":
        kind = "dash" if found["dash"] is not None else "slash"
        return Joint(kind, not found["before"] and not found["after"], found.end())
    return Joint(kind, True, found.end())


def read_first(text: str, pos: int) -> Written | None:
    """Return the written vertebra that begins at `pos`, None where none does or where its number is no vertebra."""
    found = _LETTERED.match(text, pos)
    if found:
        vertebrae = _vertebrae(letter_of(found["letter"]), found["number"])
        flags = ("ambiguous",) if vertebrae == ("C1", "C2") else ()
        loose = bool(found["gap"]) and len(found["letter"]) < _ABBREVIATION and not _HYPHENED.match(found[0])
        return Written(vertebrae, found.end(), loose=loose, flags=flags) if vertebrae else None
    found = _MISTYPED.match(text, pos)
    if found:
        return Written((_meant(found),), found.end(), loose=True, paired=True, flags=("typo",))
    found = _ROMAN.match(text, pos)
    return _roman(found, letter_of(found["letter"])) if found and found["letter"] else None


def read_next(text: str, pos: int, upper: Written, rules: LevelRules, *, tight: bool) -> Written | None:
    """Return the vertebra written after a joint, with a letter of its own or with that of the vertebra before it."""
    previous = upper.vertebrae[-1]
    found = _LETTERED.match(text, pos)
    if found:
        vertebrae = _vertebrae(letter_of(found["letter"]), found["number"])
        return Written(vertebrae, found.end()) if len(vertebrae) == 1 else None
    bare = read_bare(text, pos, previous, rules)
    if bare is not None:
        return bare if tight or names.is_adjacent(previous, bare.vertebrae[0]) else None
    if upper.roman:
        found = _ROMAN.match(text, pos)
        return _roman(found, letter_of(found["letter"] or previous)) if found else None
    return _torn(text, pos, previous) if tight else None


def read_bare(text: str, pos: int, previous: str, rules: LevelRules) -> Written | None:
    """Return the vertebra of a number without a letter, None where the number is a measure: "L4 - 5 mm" (LVL-26)."""
    found = _BARE.match(text, pos)
    if found is None or rules.no_number.match(text, found.end()):
        return None
    name = following(previous, int(found["number"]))
    return Written((name,), found.end(), bare=True) if name else None


def read_impossible(text: str, pos: int) -> tuple[bool, int]:
    """Say where a pair with a number that no vertebra has ends, and whether it is a place all the same: "T13-L1"."""
    found = _IMPOSSIBLE.match(text, pos)
    if found is None:
        return False, pos + 1
    return letter_of(found[0]) == "T" and found["number"] == "13", found.end()


def unnamed_after(text: str, pos: int) -> int | None:
    """Return where the second half of a pair ends that is no vertebra, as in "L5-S6", None where none stands there."""
    joint = read_joint(text, pos)
    if joint is None or joint.kind not in ("dash", "slash") or not joint.tight:
        return None
    found = _LETTERED.match(text, joint.end)
    if found is None or found["gap"] or _vertebrae(letter_of(found["letter"]), found["number"]):
        return None
    return found.end()


def following(previous: str, number: int) -> str | None:
    """Return the vertebra of a number that takes its letter from the vertebra before: after L5, 1 is S1 (LVL-06)."""
    letter, last = previous[0], int(previous[1:])
    if number == 1 and last > 1:
        return _NEXT.get((letter, last))
    return f"{letter}{number}" if number and _valid(letter, number) else None


def _valid(letter: str, number: int) -> bool:
    return 1 <= number <= _COUNT[letter] or (letter == "C" and number == 0)


@lru_cache(_REMEMBERED)
def _vertebrae(letter: str, digits: str) -> tuple[str, ...]:
    """Return what a number means: "5" one, "45" and "345" consecutive ones, "12" after T one (LVL-02), else nothing."""
    if _valid(letter, int(digits)) and (digits[0] != "0" or digits == "0"):
        return (f"{letter}{int(digits)}",)
    if (letter, digits) == ("L", "51"):
        return ("L5", "S1")
    for parts in _cuts(digits):
        numbers = [int(part) for part in parts]
        if all(n and _valid(letter, n) for n in numbers) and all(b - a == 1 for a, b in pairwise(numbers)):
            return tuple(f"{letter}{n}" for n in numbers)
    return ()


def _cuts(digits: str) -> list[list[str]]:
    """Return the ways to cut a number without separators: "345" in digits, "910" and "1011" in numbers of two."""
    cuts = [list(digits)] if len(digits) > 1 else []
    if len(digits) > 2:
        cuts.append([digits[:-2], digits[-2:]])
    return cuts


def _roman(found: re.Match[str], letter: str) -> Written | None:
    number = _NUMERALS[found["number"]]
    if not _valid(letter, number):
        return None
    return Written((f"{letter}{number}",), found.end(), roman=True, loose=True, paired=True)


def _torn(text: str, pos: int, previous: str) -> Written | None:
    """Return the second half of a mistyped pair: "L4-S" is L4-L5, "C4-CS" C4-C5, "L5-SI" L5-S1 (LVL-26)."""
    found = _TORN.match(text, pos)
    if found is None:
        return None
    name = "S1" if found[0] == "S" and previous == "L5" else _meant(found)
    return Written((name,), found.end(), flags=("typo",)) if names.is_adjacent(previous, name) else None


def _meant(found: re.Match[str]) -> str:
    """Return the vertebra that a slip of the key or of a scanner stands for: S for 5, I and l for 1, I for L."""
    if found["number"]:
        return f"L{found['number']}"
    return f"{found['one']}1" if found["one"] else f"{found['five'] or 'L'}5"
