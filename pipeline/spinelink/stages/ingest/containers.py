"""Zip files, opened for their members: nothing is unpacked to disk.

A zip inside a zip has to be sought in, so it is held in memory, and so is a Parquet file inside one: each up to
`LARGEST_HELD` bytes.
"""

from __future__ import annotations

import io
import os
import stat
import zipfile
from contextlib import ExitStack
from typing import IO, cast

DEEPEST = 3
"""How many zip files may stand one in the other, the outermost included."""
LARGEST_HELD = 256 * 2**20
_UTF8 = 0x800  # the mark of a name in UTF-8
_MEMBER = b"PK\x03\x04"
_LARGEST_DIRECTORY = 64 * 2**20  # bytes: some 800,000 members

DAMAGE = (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, ValueError, KeyError, EOFError)
"""What the zipfile module raises, besides OSError, for what it cannot read."""


class ContainerError(OSError):
    """A container that cannot be opened; `fault` is the reason and the detail of its reject."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.fault = (reason, detail)


class _Bounded(io.BufferedReader):
    """A file whose directory is not read where it is so large that it would fill the memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _LARGEST_DIRECTORY:
            raise ContainerError("decompression_limit", "a zip file with too many members; split it")
        return super().read(size)


class Containers:
    """Zip files that are open: the last one asked for, and those in which it stands."""

    def __init__(self) -> None:
        self._open: list[tuple[str, zipfile.ZipFile, ExitStack]] = []

    def opened(self, path: str, inner: tuple[str, ...], mtime_ns: int) -> zipfile.ZipFile:
        """Return the zip file at `path` or, by the names of members, one in it; raises OSError."""
        wanted = (path, *inner)
        names = [name for name, _, _ in self._open]
        shared = next((i for i, pair in enumerate(zip(names, wanted, strict=False)) if pair[0] != pair[1]), len(names))
        self._close(min(shared, len(wanted)))
        for name in wanted[len(self._open) :]:
            self._enter(name, mtime_ns)
        return self._open[-1][1]

    def member(self, path: str, members: tuple[str, ...], mtime_ns: int) -> IO[bytes]:
        """Return the bytes of a member as a stream; raises OSError."""
        return _member(self.opened(path, members[:-1], mtime_ns), members[-1])

    def close(self) -> None:
        """Close what is open."""
        self._close(0)

    def _enter(self, name: str, mtime_ns: int) -> None:
        with ExitStack() as stack:
            raw: io.RawIOBase
            if self._open:
                raw = cast(io.RawIOBase, io.BytesIO(held(_member(self._open[-1][1], name))))
            else:
                raw = opened_file(name)
                stack.callback(raw.close)
                if os.fstat(raw.fileno()).st_mtime_ns != mtime_ns:
                    raise ContainerError("unreadable", "the archive changed after it was planned")
            bounded = stack.enter_context(_Bounded(raw))
            try:
                archive = stack.enter_context(zipfile.ZipFile(bounded))
            except DAMAGE as error:
                raise ContainerError("unreadable", f"no whole zip file ({type(error).__name__})") from None
            if _is_cut(bounded, archive):
                raise ContainerError("unreadable", "no whole zip file (its directory is that of one within it)")
            self._open.append((name, archive, stack.pop_all()))

    def _close(self, kept: int) -> None:
        while len(self._open) > kept:
            self._open.pop()[2].close()


def opened_file(path: str) -> io.FileIO:
    """Open a file for its bytes; raises OSError, at once also for a pipe or device that has taken its place."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ContainerError("unreadable", "no regular file any more")
    return io.FileIO(descriptor)


def raw_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name; one that is UTF-8 and not marked so is read as what it is."""
    if info.flag_bits & _UTF8 or info.filename.isascii():
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _is_cut(file: IO[bytes], archive: zipfile.ZipFile) -> bool:
    """Tell whether a file begins as a zip file and its directory begins after that: the end of one within it was found,
    for its own is lost.
    """
    first = min((info.header_offset for info in archive.infolist()), default=0)
    file.seek(0)
    return first > 0 and file.read(len(_MEMBER)) == _MEMBER


def held(stream: IO[bytes] | io.FileIO) -> bytes:
    """Return all bytes of a member, which has to be sought in; raises OSError."""
    with stream:
        try:
            data = stream.read(LARGEST_HELD + 1)
        except DAMAGE as error:
            raise ContainerError("unreadable", type(error).__name__) from None
    if len(data) > LARGEST_HELD:
        raise ContainerError("decompression_limit", f"larger than {LARGEST_HELD} bytes within an archive; unpack it")
    return data


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    try:
        return archive.open(name)
    except DAMAGE as error:
        raise ContainerError("unreadable", type(error).__name__) from None
