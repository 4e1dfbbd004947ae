"""Report text and rules as a terminal may show them: on one line, without signs that would steer it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from spinelink.alternatives import expand
from spinelink.explanation import Rule

ASSERTION_STYLES: dict[str, str] = {
    "present": "black on green",
    "possible": "black on yellow",
    "absent": "white on blue",
}

_LETTERS = re.compile(r"[a-z]+|[0-9]+|[<>]")
_LONGEST_TERM = 60
# Line feed and tab may pass, carriage return goes, every other control sign is replaced.
_CONTROLS = {code: "\ufffd" for code in (*range(9), 11, 12, *range(14, 32), *range(127, 160))} | {13: ""}


def shown(text: str) -> str:
    """Return text that no terminal takes for a command; of a line end only the line feed stays."""
    return text.translate(_CONTROLS)


def line(value: object) -> str:
    """Return a value on one line."""
    return "" if value is None else shown(" ".join(str(value).split()))


def term_of(rule: Rule, words: Iterable[str]) -> str:
    """Return a rule's term in few words: of many spellings the one that was written, else the beginning."""
    if not (rule.term or rule.file):
        return "a rule of another lexicon"
    if not rule.file:
        return rule.term
    written = list(map(_plain, words))
    spelled = next((one for one in expand(rule.term) if _plain(one) in written), None)
    return f"{spelled or _beginning(rule.term)}  ({rule.file})"


def _plain(words: str) -> list[str]:
    return _LETTERS.findall(words.lower())


def _beginning(term: str) -> str:
    """Return the beginning of a long term."""
    return term if len(term) <= _LONGEST_TERM else f"{term[: _LONGEST_TERM - 3]}..."
