"""Files that are whole or not there, and how it is known later that one is as it was written."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from spinelink.disk import sync
from spinelink.sealed import DIGEST_BYTES, sealed

_CHUNK = 2**20
_WRITER = secrets.token_hex(4)


class WrittenFile(NamedTuple):
    """A file as it was written: its bytes, and the digest of them."""

    size: int
    digest: str


def is_as_written(part: Path, known: WrittenFile, marked: int) -> bool:
    """Return whether a part is the one that its mark was written for, at the time `marked` in nanoseconds.

    The mark is written after its parts. A part that was touched since is read, and its digest decides; one that was not
    and is as long as it was is what it was: of a million reports there are gigabytes, and none of it need be read.
    """
    try:
        found = part.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return found.st_size == known.size and (found.st_mtime_ns < marked or _digest_of(part) == known.digest)


def _digest_of(path: Path) -> str | None:
    """Return the digest of a file's bytes, None where it is missing."""
    whole = hashlib.blake2b(digest_size=DIGEST_BYTES)
    try:
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(_CHUNK):
                whole.update(chunk)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return whole.hexdigest()


def _unfinished(path: Path) -> Path:
    """Return where this process writes the file before it gets its name: another may be at work on the same one.

    A cluster that has lost sight of a task does it again elsewhere; both write the same bytes, and either may finish.
    """
    return path.with_name(f".{path.stem}.{_WRITER}{os.getpid():x}{path.suffix}")


@contextmanager
def removed_if_broken_off(paths: Collection[Path]) -> Iterator[None]:
    """Leave no unfinished file behind where the block fails: on a full disk they would hold the room."""
    try:
        yield
    except BaseException:
        for path in paths:
            _unfinished(path).unlink(missing_ok=True)
        raise


@contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    """Open the unfinished file of `path`; its bytes are on the disk when the block ends."""
    with _unfinished(path).open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


class _Digesting:
    """A file that is written, with the digest of what was."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._whole = hashlib.blake2b(digest_size=DIGEST_BYTES)
        self.closed = False

    def write(self, data: Any) -> int:
        """Write, and note what is written."""
        self._whole.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        """Hand on what is held back."""
        self._file.flush()

    def digest(self) -> str:
        """Return the digest of what was written."""
        return self._whole.hexdigest()


def write_table(path: Path, table: pa.Table) -> WrittenFile:
    """Write one unfinished file, a single row group, and return what was written."""
    with _written(path) as file:
        digesting = _Digesting(file)
        sink: Any = digesting
        pq.write_table(table, sink, row_group_size=max(1, table.num_rows), compression="zstd")
        return WrittenFile(file.tell(), digesting.digest())


def finish(path: Path) -> None:
    """Give an unfinished file its name."""
    os.replace(_unfinished(path), path)


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write a mark or manifest with the digest of itself."""
    with removed_if_broken_off([path]):
        with _written(path) as file:
            file.write(sealed(value))
        finish(path)
        sync(path.parent)  # a part needs none of it: its mark has its digest
