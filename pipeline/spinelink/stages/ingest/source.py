"""The bytes and lines of one planned file: up to its planned size, decompressed within a limit, as text.

A file that breaks off raises nothing here: it ends, and `ByteSource.broken` says why. So everything before the break is
read, and the record in which it falls is covered by the container's reject.
"""

from __future__ import annotations

import codecs
import gzip
import io
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER = 2**16
_GZIP_MARK = 2  # bytes by which the format is known
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # the mark of UTF-32-LE begins with that of UTF-16-LE
_ESCAPED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file to be read: where it is, and what it was when it was planned.

    `name` is its path below `root` as the file system gives it; `label` stands before it in `source` where two
    arguments hold the same path.
    """

    root: str
    name: str
    label: str
    size: int
    mtime_ns: int
    format: str
    compressed: bool

    @property
    def path(self) -> str:
        """The path to open."""
        return os.path.join(self.root, self.name)

    @property
    def source(self) -> str:
        """The path relative to its argument, with "/" on every system; bytes that are not UTF-8 as \\xNN."""
        name = os.fsencode(self.label + self.name).decode("utf-8", "backslashreplace")
        return name.replace(os.sep, "/")


class _PlannedBytes(io.RawIOBase):
    """The bytes of a file up to its planned size."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)[: self.left]
        data = self._file.read(len(view)) if len(view) else b""
        view[: len(data)] = data
        self.left -= len(data)
        return len(data)


class ByteSource(io.RawIOBase):
    """A planned file as a stream of plain bytes; opening raises OSError, reading does not.

    `broken` is the reason and the detail of the container's reject, None while all is well. `grown` says that the file
    is longer than planned.
    """

    _file: io.FileIO | None = None  # so that closing is safe where opening failed

    def __init__(self, file: PlannedFile, max_decompressed: int) -> None:
        opened = self._file = open(file.path, "rb", buffering=0)
        self._size = file.size
        self._planned = _PlannedBytes(opened, file.size)
        self._descriptor = opened.fileno()
        self._gzip = gzip.GzipFile(fileobj=io.BufferedReader(self._planned, _BUFFER)) if file.compressed else None
        self._allowed = max_decompressed
        self._head = b""
        self.broken: tuple[str, str] | None = None
        self.grown = False
        if file.compressed and file.size < _GZIP_MARK:
            self.broken = ("truncated", "the compressed data end too early")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill a buffer with what comes next; 0 at the end, planned or not."""
        view = memoryview(buffer)
        data = self._head[: len(view)] or self._next(len(view))
        self._head = self._head[len(data) :]
        view[: len(data)] = data
        return len(data)

    def read_up_to(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer where the file ends."""
        parts: list[bytes] = []
        while size and (part := self.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
        super().close()

    def encoding(self) -> str | None:
        """Return the encoding that the byte-order mark names, None without one; the mark is dropped."""
        while len(self._head) < 4 and (more := self._next(4 - len(self._head))):
            self._head += more
        for mark, encoding in _MARKS:
            if self._head.startswith(mark):
                self._head = self._head[len(mark) :]
                return encoding
        return None

    def cut(self) -> bool:
        """Return whether a record that is unfinished at the end is so because the file broke off or grew."""
        if self.grown and self.broken is None:
            self.broken = ("truncated", "the file grew after it was planned, within its last planned record")
        return self.broken is not None

    def _next(self, size: int) -> bytes:
        if self.broken or not size:
            return b""
        try:
            data = self._gzip.read1(size) if self._gzip else self._planned.read(size) or b""
        except EOFError:
            self.broken = ("truncated", "the compressed data end too early")
        except (OSError, zlib.error) as error:  # a damaged gzip header is an OSError too
            self.broken = ("unreadable", type(error).__name__)
        else:
            return self._within_limit(data)
        return b""

    def _within_limit(self, data: bytes) -> bytes:
        if not data:
            self._ended()
        elif self._gzip:
            if len(data) > self._allowed:
                self.broken = ("decompression_limit", "more than max_decompressed bytes")
            data = data[: self._allowed]
            self._allowed -= len(data)
        return data

    def _ended(self) -> None:
        if self._planned.left and not self._gzip:
            self.broken = ("truncated", "the file is shorter than when it was planned")
        self.grown = os.fstat(self._descriptor).st_size > self._size


class LineStream:
    """A source's lines as text, line ends kept; None stands for a line longer than `limit`, which is passed over.

    Bytes that are not UTF-8 stand as surrogate escapes (`escaped` is then true), for each value to be decoded by
    itself. A line that the file's breaking off left unfinished is not given.
    """

    def __init__(self, source: ByteSource, newline: str, limit: int) -> None:
        encoding = source.encoding() or "utf-8"
        self.escaped = encoding == "utf-8"
        self._source = source
        self._ends = ("\n",) if newline == "\n" else ("\n", "\r")
        self._limit = limit
        self._text = io.TextIOWrapper(
            io.BufferedReader(source, _BUFFER),
            encoding=encoding,
            errors="surrogateescape" if self.escaped else "surrogatepass",
            newline=newline,
        )

    def __iter__(self) -> Iterator[str | None]:
        while line := self._read():
            ended = line.endswith(self._ends)
            overlong = not ended and len(line) > self._limit
            while not ended and (more := self._read()):
                ended = more.endswith(self._ends)
            if not ended and self._source.cut():
                return
            yield None if overlong else line

    def _read(self) -> str:
        try:
            return self._text.readline(self._limit + 1)
        except UnicodeDecodeError:
            self._source.broken = self._source.broken or ("unreadable", "UnicodeDecodeError")
            return ""


def decode(data: bytes, fallback: str) -> tuple[str | None, bool]:
    """Return bytes as text, and whether the fallback encoding read them; None where neither encoding does.

    Surrogates written as UTF-8 are no text, whatever the fallback makes of them.
    """
    try:
        return data.decode("utf-8"), False
    except UnicodeDecodeError:
        pass
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        pass
    else:
        return None, False
    try:
        return data.decode(fallback), True
    except UnicodeError:
        return None, False


def unescape(text: str) -> bytes | None:
    """Return the bytes of a text with surrogate escapes; None where it has none and stands as it is."""
    if text.isascii() or not _ESCAPED.search(text):
        return None
    return text.encode("utf-8", "surrogateescape")
