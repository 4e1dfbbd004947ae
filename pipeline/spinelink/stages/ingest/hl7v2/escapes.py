"""Escapes and character sets of HL7 v2, as text.

Source: HL7 v2.5.1, 2.7 (escape sequences) and table 0211 (character sets).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_SINGLE_BYTE = {
    **{f"8859{n}": f"iso8859_{n}" for n in (*range(1, 10), 15)},
    **{f"iso8859{n}": f"iso8859_{n}" for n in (*range(1, 10), 15)},
    "isoir100": "iso8859_1",
    "isoir101": "iso8859_2",
    "isoir144": "iso8859_5",
    "isoir126": "iso8859_7",
    "isoir148": "iso8859_9",
    "windows1252": "cp1252",
    "cp1252": "cp1252",
}
_MANY_BYTES = {
    "isoir14": "shift_jis",
    "isoir87": "iso2022_jp_2",
    "isoir159": "iso2022_jp_2",
    "gb180302000": "gb18030",
    "gb18030": "gb18030",
    "ksx1001": "euc_kr",
    "big5": "big5",
}
_WESTERN = ("iso8859_1", "cp1252")
_MOST = 99  # lines or spaces of one escape
_PARTS = r"""
    (?P<bytes>(?:{e}[Xx](?:[0-9A-Fa-f]{{2}})+{e})+)
  | {e}(?:
        (?P<sign>[FSTREHN])
      | \.(?P<command>(?i:br|sp|ce|fi|nf|in|ti|sk))[ ]*(?P<count>[+-]?\d{{0,9}})
      | (?P<set>[CM])(?P<code>(?:[0-9A-Fa-f]{{2}}){{2,3}})
      | (?P<local>Z[^{e}\s]{{0,40}})
    ){e}
"""
_SWITCHED = "iso2022_jp_2"

Decode = Callable[[bytes], str]
"""Returns bytes as text; those that are none as surrogate escapes."""


@dataclass(frozen=True, slots=True)
class CharacterSet:
    """A character set as declared: `codec` is None where it is that of the house, UTF-8 and then the fallback.

    `trusted` says that bytes which are UTF-8 are none the less read as declared: in sets of several bytes a character
    the one can look like the other, in sets of single bytes only a wrong declaration can.
    """

    codec: str | None = None
    trusted: bool = False

    def decode(self, data: bytes, by_house: Decode) -> str:
        """Return bytes as text."""
        if self.codec is None:
            return by_house(data)
        if not self.trusted:
            try:
                return data.decode("utf-8")
            except UnicodeDecodeError:
                pass
        for codec in ("cp1252", "iso8859_1") if self.codec in _WESTERN else (self.codec,):
            try:
                return data.decode(codec)
            except UnicodeDecodeError:
                continue
        return by_house(data)


def character_set(declared: list[str]) -> CharacterSet:
    """Return the character set that MSH-18 declares: the first that is more than ASCII."""
    for name in declared:
        folded = "".join(filter(str.isalnum, name.lower()))
        if folded in _SINGLE_BYTE:
            return CharacterSet(_SINGLE_BYTE[folded])
        if folded in _MANY_BYTES:
            return CharacterSet(_MANY_BYTES[folded], trusted=True)
        if folded.startswith("unicode") or folded == "utf8":
            break
    return CharacterSet()


class Unescape:
    """Turns the escapes of one message into text; what is no escape stands as it is.

    `signs` are the field, component, subcomponent, repetition and escape characters.
    """

    def __init__(self, signs: str, decode: Decode) -> None:
        self._escape = signs[4]
        self._signs = dict(zip("FSTRE", signs, strict=True)) | {"H": "", "N": ""}
        self._decode = decode
        self._pattern = re.compile(_PARTS.format(e=re.escape(self._escape)), re.VERBOSE)

    def __call__(self, text: str) -> str:
        """Return a value as text."""
        if self._escape not in text:
            return text
        matches = list(self._pattern.finditer(text))
        parts: list[str] = []
        at, switch = 0, b""
        for match in matches:
            parts.append(_switched(text[at : match.start()], switch))
            at = match.end()
            if match["set"]:
                switch = bytes.fromhex(match["code"]) if match["set"] == "M" else b""
            else:
                parts.append(self._told(match))
        parts.append(_switched(text[at:], switch))
        return "".join(parts)

    def _told(self, match: re.Match[str]) -> str:
        if match["bytes"]:
            pieces = match["bytes"].strip(self._escape).split(self._escape * 2)
            return self._decode(b"".join(bytes.fromhex(piece[1:]) for piece in pieces))
        if match["sign"]:
            return self._signs[match["sign"]]
        if match["local"]:
            return match[0]
        return _layout(match["command"].lower(), match["count"])


def _layout(command: str, count: str) -> str:
    """Return what a formatting command does to plain text: lines and spaces."""
    digits = count.lstrip("+")
    number = 0 if digits.startswith("-") else min(int(digits or 1), _MOST)
    if command in ("br", "ce"):
        return "\n"
    if command == "sp":
        return "\n" * max(number, 1)
    return " " * number if command in ("in", "ti", "sk") and digits else ""


def _switched(text: str, switch: bytes) -> str:
    """Return a stretch in the character set that an escape switched to."""
    if not switch or not text or not text.isascii():
        return text
    try:
        return (b"\x1b" + switch + text.encode() + b"\x1b(B").decode(_SWITCHED)
    except UnicodeDecodeError:
        return text
