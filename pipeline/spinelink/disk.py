"""What the file system is asked for, and what it refuses, in one line."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spinelink.errors import OutputError, SpinelinkError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def sync(path: Path) -> None:
    """See that a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def reported(path: Path, *, when_full: str) -> Iterator[None]:
    """Turn what the file system refuses into an OutputError of one line; `when_full` says what to do then."""
    try:
        yield
    except SpinelinkError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise OutputError(f"{path}: no room left to write; {when_full}") from None
        raise OutputError(f"{path}: cannot be written ({os.strerror(error.errno or errno.EIO)})") from None
