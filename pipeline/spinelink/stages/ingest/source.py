"""The bytes and lines of one planned file: up to its planned size, decompressed within a limit, as text.

A file that breaks off raises nothing here: it ends, and `ByteSource.broken` says why. So everything before the break is
read, and the record in which it falls is covered by the container's reject.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from spinelink.stages.ingest.compression import DAMAGE, DECOMPRESSED, SHORTEST
from spinelink.stages.ingest.containers import Containers, opened_file
from spinelink.stages.ingest.options import IngestOptions

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER = 2**16
_UNSHOWN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # of Unicode's categories
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
    arguments hold the same path. `members` are the names that lead to a member of an archive, from the outermost one;
    `inner` is then its place in `source`. A file with a `fault` is rejected for it and not opened.
    """

    root: str
    name: str
    label: str
    size: int
    mtime_ns: int
    format: str
    compression: str
    members: tuple[str, ...] = ()
    inner: str = ""
    fault: tuple[str, str] | None = None

    @property
    def path(self) -> str:
        """The path to open."""
        return os.path.join(self.root, self.name)

    @property
    def compressed(self) -> bool:
        """Whether the file's bytes are compressed once more, besides what an archive does."""
        return bool(self.compression)

    @property
    def source(self) -> str:
        """The path relative to its argument, with "/" on every system, and what cannot be shown as \\xNN.

        An archive is a folder: "2024/may.zip!a/1.txt", or "a/1.txt" where it is itself the argument.
        """
        if self.inner:
            return legible(self.label) + self.inner
        name = os.fsencode(self.label + self.name).decode("utf-8", "backslashreplace")
        return legible(name.replace(os.sep, "/"))


class _PlannedBytes(io.RawIOBase):
    """The bytes of a file up to its planned size."""

    def __init__(self, file: IO[bytes] | io.FileIO, size: int) -> None:
        self._file = file
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)[: self.left]
        data = (self._file.read(len(view)) or b"") if len(view) else b""
        view[: len(data)] = data
        self.left -= len(data)
        return len(data)


def legible(name: str) -> str:
    """Return a name in which characters that do not show, or turn about what they stand in, are \\xNN or \\uNNNN."""
    if name.isprintable():
        return name
    return "".join(_escape(c) if unicodedata.category(c) in _UNSHOWN else c for c in name)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def is_of_the_system(error: BaseException) -> bool:
    """Tell whether the system failed to read (a disk, a share, a right that is gone), and not that data are damaged."""
    return isinstance(error, OSError) and error.errno is not None


def raw_bytes(file: PlannedFile, containers: Containers) -> IO[bytes] | io.FileIO:
    """Return the bytes of a planned file as they stand on disk or in its archive; raises OSError."""
    if file.members:
        return containers.member(file.path, file.members, file.mtime_ns)
    return opened_file(file.path)


class ByteSource(io.RawIOBase):
    """A planned file as a stream of plain bytes; opening raises OSError, reading does not.

    `broken` is the reason and the detail of the container's reject, None while all is well. `grown` says that the file
    is longer than planned. Where the system, not what the file holds, ends the reading, its name goes to `failures`.
    """

    _file: IO[bytes] | io.FileIO | None = None  # so that closing is safe where opening failed

    def __init__(self, file: PlannedFile, options: IngestOptions, containers: Containers, failures: list[str]) -> None:
        self._source = file.source
        self._failures = failures
        opened = self._file = raw_bytes(file, containers)
        self._size = file.size
        self._planned = _PlannedBytes(opened, file.size)
        self._descriptor = None if file.members else opened.fileno()
        self._plain = DECOMPRESSED[file.compression](self._planned) if file.compression else None
        self._allowed = options.most_out_of(file.size)
        self._head = b""
        self.broken: tuple[str, str] | None = None
        self.grown = False
        if file.compression and file.size < SHORTEST[file.compression]:
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
            data = self._plain(size) if self._plain else self._planned.read(size) or b""
        except EOFError:
            self.broken = ("truncated", "the compressed data end too early")
        except DAMAGE as error:
            self.broken = ("unreadable", type(error).__name__)
            if is_of_the_system(error):
                self._failures.append(self._source)
        else:
            return self._within_limit(data)
        return b""

    def _within_limit(self, data: bytes) -> bytes:
        if not data:
            self._ended()
        elif self._plain:
            if len(data) > self._allowed:
                self.broken = ("decompression_limit", "it swells to more than the limits")
            data = data[: self._allowed]
            self._allowed -= len(data)
        return data

    def _ended(self) -> None:
        if self._planned.left and not self._plain:
            self.broken = ("truncated", "the file is shorter than when it was planned")
        self.grown = self._descriptor is not None and os.fstat(self._descriptor).st_size > self._size


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
