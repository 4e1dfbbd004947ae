r"""Text that is safe in a cell of a spreadsheet: no program takes it, or a part of it, for a formula.

- A cell whose first visible sign is = + - @, or their wide forms, gets an apostrophe before it, which makes it text.
  Signs that are not seen (blanks, byte-order marks, joiners) and quotes do not hide one.
- The same after a semicolon inside a cell: where lists are parted by semicolons, as in half of Europe, a program that
  opens the file splits it there.
- Line ends are shown as a sign, so that one row is one line and no line begins a cell; tabs become blanks, and
  characters that no spreadsheet takes become the replacement character.
- What is longer than a cell can be is cut, with a mark: spreadsheets go on with the rest in the next cell.
"""

from __future__ import annotations

import re

LONGEST = 32_767
"""Signs that a cell holds, in UTF-16 units."""
LINE_END = " ⏎ "
CUT = " [cut]"
_SIGNS = r"=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
"""= + - @, their wide and small forms, and the minus sign, which some programs read as -."""
_UNSEEN = (
    r"\s\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufffc\ufffd"
)
_OPENS = re.compile(rf"(?:[{_UNSEEN}]|[\"'])*[{_SIGNS}]")
_OPENS_BEHIND = re.compile(rf";(?=(?:[{_UNSEEN}]|[\"'])*[{_SIGNS}])")
_LINE_ENDS = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_NO_CHARACTERS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .,:()/_\-]*")


def safe(text: str) -> str:
    """Return the text as a cell may hold it; most texts are as they were."""
    if len(text) * 2 <= LONGEST and _PLAIN.fullmatch(text):
        return text
    text = _LINE_ENDS.sub(LINE_END, text).replace("\t", " ")
    text = _OPENS_BEHIND.sub(";'", _NO_CHARACTERS.sub("\ufffd", text))
    if _OPENS.match(text):
        text = f"'{text}"
    return text if _units(text) <= LONGEST else _shortened(text)


def _units(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def _shortened(text: str) -> str:
    room = LONGEST - len(CUT)
    if _units(text[:room]) > room:
        room = len(text.encode("utf-16-le")[: room * 2].decode("utf-16-le", errors="ignore"))
    return text[:room] + CUT


def joined(values: list[str]) -> str:
    r"""Return a list as one text, parted by |; a | or \ in a value has a \ before it."""
    return "|".join(value.replace("\\", "\\\\").replace("|", "\\|") for value in values)
