"""Dumps of HL7 v2: a file's bytes as messages, however these are strung together.

A message begins with MSH and its separators, wherever that stands, and ends before the next one, at the end of its
frame (FS), before a segment of a batch (FHS, BHS, BTS, FTS), before a line of control characters, or with the file.
Held is one message, up to a limit. What stands between messages is given as one stretch.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from spinelink.stages.ingest.source import ByteSource

_CHUNK = 2**16
_SIGN = rb"[!-/:-@\[-`{-~]"
_ENCODING = rb"(S)(?!\1)(S)(?!\1|\2)(S)(?!\1|\2|\3)(S)(?:(?!\1|\2|\3|\4)S){0,2}\1".replace(b"S", _SIGN)
_START = re.compile(rb"MSH" + _ENCODING)
_LONGEST_START = 10
_BEGINNING = re.compile(rb"[\s\x0b]*(?:MSH|FHS|BHS)" + _ENCODING)
_LINE_END = re.compile(rb"\r\n|[\r\n\x1c]")
_BATCH = re.compile(rb"[\s\x0b]*(FHS|BHS|BTS|FTS)(?:(" + _SIGN + rb")(\d{1,9})?|\s*\Z)")
_SEGMENT = re.compile(rb"\s*[A-Z][A-Z0-9]{2}" + _SIGN)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1d-\x1f]")  # those that no text has
_FRAME_START, _FRAME_END = b"\x0b", b"\x1c"


@dataclass(frozen=True, slots=True)
class RawMessage:
    """The bytes of one message with "\\n" for each line end; none where it is `overlong` and was passed over.

    `broken` says that it ends within a segment, or that its frame is not closed while others are.
    """

    data: bytes
    broken: bool = False
    overlong: bool = False


@dataclass(frozen=True, slots=True)
class Stray:
    """A stretch of so many bytes that belong to no message."""

    size: int


def begins(head: bytes) -> bool:
    """Tell whether a file's first bytes are those of a dump."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            head = head[2:].decode(encoding, "replace").encode("utf-8", "replace")
    return _BEGINNING.match(head.removeprefix(codecs.BOM_UTF8)) is not None


class Dump:
    """The messages of a file and the stretches between them.

    `miscount` is told how many messages the trailer of a batch counts and how many there were, where these differ.
    `unclosed` says in the end that a batch has no trailer, `unicode` that a byte-order mark names the encoding.
    """

    def __init__(self, source: ByteSource, limit: int, miscount: Callable[[int, int], None]) -> None:
        encoding = source.encoding()
        self.unicode = encoding is not None
        self._source = source
        self._chunks = _chunks(source) if encoding in (None, "utf-8") else _transcoded(source, str(encoding))
        self._limit = limit
        self._miscount = miscount
        self._message: list[bytes] | None = None
        self._size = 0
        self._stray = 0
        self._at_line_start = True
        self._header = b""
        self._framed = False
        self._frames_close = False
        self._open_batches: list[bytes] = []
        self._in_batch = 0

    @property
    def unclosed(self) -> bool:
        """Whether the header of a file or a batch has no trailer."""
        return bool(self._open_batches)

    def __iter__(self) -> Iterator[RawMessage | Stray]:
        for piece, end in self._pieces():
            at = 0
            for start in _START.finditer(piece) if b"MSH" in piece else ():
                before = piece[at : start.start()]
                if self._is_text(before, start[0]):
                    continue
                yield from self._put(before.removesuffix(_FRAME_START))
                yield from self._flush(broken=not self._at_line_start or self._frame_is_missing)
                yield from self._flush_stray()
                self._message, self._at_line_start, at = [], False, start.start()
                self._header = start[0]
                self._framed = before.endswith(_FRAME_START)
            yield from self._put(piece[at:])
            yield from self._end_line(end)
        if not self._source.cut():
            cut = not self._at_line_start and (self._framed or self.unclosed)
            yield from self._flush(broken=cut or self._frame_is_missing)
            yield from self._flush_stray()

    def _is_text(self, before: bytes, header: bytes) -> bool:
        """Tell whether a beginning within a line is but text: in its own separators a message cannot hold it."""
        within_line = bool(before.strip()) or not self._at_line_start
        return self._message is not None and within_line and header != self._header

    @property
    def _frame_is_missing(self) -> bool:
        return self._framed and self._frames_close

    def _put(self, piece: bytes) -> Iterator[RawMessage | Stray]:
        """Add a piece of a line to the message in hand or to the stretch outside, and yield what it ends."""
        if self._at_line_start and (batch := _BATCH.match(piece)):
            yield from self._flush(broken=self._frame_is_missing)
            yield from self._flush_stray()
            self._note_batch(batch)
            return
        if self._message is not None and self._at_line_start and _CONTROL.search(piece) and not _SEGMENT.match(piece):
            yield from self._flush(broken=self._frame_is_missing)
        if self._message is None:
            self._stray += len(piece.strip())
        else:
            self._add(piece)
        if piece.strip():
            self._at_line_start = False

    def _end_line(self, end: bytes) -> Iterator[RawMessage]:
        if end == _FRAME_END:
            self._frames_close = True
            yield from self._flush(broken=False)
        elif end:
            self._add(b"\n")
        self._at_line_start = self._at_line_start or bool(end)

    def _add(self, piece: bytes) -> None:
        if self._message is not None:
            self._size += len(piece)
            if self._size > self._limit:
                self._message.clear()
            else:
                self._message.append(piece)

    def _note_batch(self, batch: re.Match[bytes]) -> None:
        name, count = batch[1], batch[3]
        if name.endswith(b"HS"):
            self._open_batches.append(name)
            self._in_batch = 0
            return
        opened = name.replace(b"TS", b"HS")
        if opened in self._open_batches:
            del self._open_batches[self._open_batches.index(opened) :]
        if name == b"BTS" and count and int(count) != self._in_batch:
            self._miscount(int(count), self._in_batch)

    def _flush(self, *, broken: bool) -> Iterator[RawMessage]:
        if self._message is not None:
            overlong = self._size > self._limit
            yield RawMessage(b"".join(self._message), broken and not overlong, overlong)
            self._in_batch += 1
        self._message, self._size, self._framed, self._at_line_start = None, 0, False, True

    def _flush_stray(self) -> Iterator[Stray]:
        if self._stray:
            yield Stray(self._stray)
        self._stray = 0

    def _pieces(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield lines with their ends; a line longer than a chunk in pieces, all but the last without an end."""
        rest = b""
        for chunk in self._chunks:
            data, at = rest + chunk, 0
            whole = len(data) - data.endswith(b"\r")  # which may be the first half of a line end
            for end in _LINE_END.finditer(data, 0, whole):
                yield data[at : end.start()], end[0]
                at = end.end()
            rest = data[at:]
            if len(rest) > _CHUNK:
                cut = len(rest) - _LONGEST_START
                start = _START.search(rest, cut - _LONGEST_START)
                if start and start.start() < cut:
                    cut = start.start()
                yield rest[:cut], b""
                rest = rest[cut:]
        if rest:
            ended = rest.endswith(b"\r")
            yield rest.removesuffix(b"\r"), b"\r" if ended else b""


def _chunks(source: ByteSource) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


def _transcoded(source: ByteSource, encoding: str) -> Iterator[bytes]:
    """Yield what is UTF-16 or UTF-32 as UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    try:
        for chunk in _chunks(source):
            yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        source.broken = source.broken or ("unreadable", "UnicodeDecodeError")
