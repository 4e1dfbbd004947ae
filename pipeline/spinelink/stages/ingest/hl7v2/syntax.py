"""One message as segments and fields.

The library `hl7` reads the segments around the observations; of observations, of which a report may have hundreds, only
the fields that are needed are parted here. Its own unescaping is not used: it logs the values that it cannot read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from spinelink.stages.ingest.hl7v2.escapes import CharacterSet, Decode, Unescape, character_set
from spinelink.stages.ingest.record import Reading
from spinelink.stages.ingest.source import decode

if TYPE_CHECKING:
    import hl7

_NULL = '""'
_LOST_ESCAPE = re.compile(r"(MSH(.)[^\w\s]{2})(&\2)")  # "^~&": the backslash fell victim to a shell or a database
_CHARACTER_SET = 17  # MSH-18, counting the segment's name as field 0 and the separator as MSH-1
_TEXTUAL = ("OBX", "NTE")


class Segment:
    """A segment around the observations; fields, repetitions, components and subcomponents count from 1."""

    def __init__(self, parsed: hl7.Segment, unescape: Unescape) -> None:
        self._parsed = parsed
        self._unescape = unescape

    def value(self, field: int, component: int = 1, subcomponent: int | None = None, repetition: int = 1) -> str:
        """Return a value as text, "" where it is not there or null; without a subcomponent that of the component."""
        at = _part(_part(_part(self._parsed, field), repetition - 1), component - 1)
        raw = str(at if subcomponent is None else _part(at, subcomponent - 1)).strip()
        return "" if raw == _NULL else self._unescape(raw)

    def repetitions(self, field: int) -> int:
        """Return how often a field is repeated."""
        at = _part(self._parsed, field)
        return 0 if isinstance(at, str) else len(at)


class Observation:
    """An OBX, or an NTE, by its fields as they are written."""

    def __init__(self, line: str, message: Message) -> None:
        self.name = line[:3]
        self._fields = line.split(message.signs.field)
        self._message = message

    def raw(self, field: int) -> str:
        """Return a field as it is written, "" where it is not there."""
        return self._fields[field] if field < len(self._fields) else ""

    def text(self, field: int) -> str:
        """Return a field's first component as text, without outer space."""
        raw = self.raw(field).split(self._message.signs.component, 1)[0].strip()
        return "" if raw == _NULL else self._message.unescape(raw)

    def repetitions(self, field: int) -> list[str]:
        """Return the repetitions of a field as text, components and all, "" for one that is null."""
        unescape = self._message.unescape
        return ["" if raw == _NULL else unescape(raw) for raw in self.raw(field).split(self._message.signs.repetition)]

    def components(self, field: int) -> list[list[list[str]]]:
        """Return the repetitions of a field, each as components of subcomponents, as text."""
        signs, unescape = self._message.signs, self._message.unescape
        return [
            [[unescape(part) for part in piece.split(signs.subcomponent)] for piece in raw.split(signs.component)]
            for raw in self.raw(field).split(signs.repetition)
        ]


@dataclass(frozen=True, slots=True)
class Signs:
    """The separators of a message."""

    field: str
    component: str
    subcomponent: str
    repetition: str
    escape: str


class Message:
    """One message: `segments` are its segments in order, those of text as `Observation`.

    Raises ValueError where it is no message of HL7.
    """

    def __init__(self, text: str, charset: CharacterSet, reading: Reading) -> None:
        import hl7  # only where such a file is met

        lines = list(_lines(_LOST_ESCAPE.sub(r"\1\\\3", text, count=1)))
        try:
            around = hl7.parse("\r".join(line for line in lines if not line.startswith(_TEXTUAL)))
        except (hl7.HL7Exception, AssertionError, LookupError) as error:
            raise ValueError(type(error).__name__) from None
        separators = str(around.separators)
        self.signs = Signs(separators[1], separators[3], separators[4], separators[2], str(around.esc))
        self.decode: Decode = lambda data: charset.decode(data, lambda rest: _by_house(rest, reading))
        self.unescape = Unescape(
            "".join((separators[1], separators[3], separators[4], separators[2], str(around.esc))), self.decode
        )
        self._lines = lines
        self._around = around

    @cached_property
    def segments(self) -> Sequence[tuple[str, Segment | Observation]]:
        """The segments, each with its name."""
        parsed = iter(self._around)
        return [
            (line[:3], Observation(line, self) if line.startswith(_TEXTUAL) else Segment(next(parsed), self.unescape))
            for line in self._lines
        ]

    @cached_property
    def header(self) -> Segment:
        """The MSH."""
        return Segment(self._around[0], self.unescape)


def read_message(data: bytes, *, unicode: bool, reading: Reading) -> Message:
    """Return the message that bytes hold, in the character set that it declares; `unicode` says that they are UTF-8.

    Raises ValueError where it is no message of HL7.
    """
    header = data.split(b"\n", 1)[0].decode("ascii", "replace")
    fields = header.split(header[3:4])
    declared = fields[_CHARACTER_SET].split(header[5:6]) if len(fields) > _CHARACTER_SET else []
    charset = CharacterSet() if unicode else character_set(declared)
    return Message(charset.decode(data, lambda rest: _by_lines(rest, reading)), charset, reading)


def _lines(text: str) -> Iterator[str]:
    """Yield the segments of a message; a line that begins none goes on with the one before, as ADD does.

    A report with line ends of its own within a field is so read whole.
    """
    segment = re.compile(rf"\s*([A-Z][A-Z0-9]{{2}}{re.escape(text[3])}.*)", re.DOTALL)
    held: list[str] = []
    for line in text.split("\n"):
        begins = segment.fullmatch(line)
        if begins is None:
            held += "\n", line
        elif begins[1].startswith("ADD") and held:
            held = ["".join(held).rstrip("\n"), begins[1][4:]]
        else:
            if held:
                yield "".join(held).rstrip("\n")
            held = [begins[1]]
    yield "".join(held).rstrip("\n")


def _by_lines(data: bytes, reading: Reading) -> str:
    """Return bytes in the house's encodings: whole as UTF-8, else each line by itself."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(_by_house(line, reading) for line in data.split(b"\n"))


def _by_house(data: bytes, reading: Reading) -> str:
    text, by_fallback = decode(data, reading.options.encoding)
    reading.notes.fallback_values += by_fallback
    return data.decode("utf-8", "surrogateescape") if text is None else text


def _part(container: Any, place: int) -> Any:
    """Return a part of a container, "" where it is not there; what is not parted is its own first part."""
    if isinstance(container, str):
        return container if place == 0 else ""
    return container[place] if place < len(container) else ""
