"""Text files as exports write them: the same rows give the same bytes, compressed or not."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def text_file(path: Path, *, bom: bool = False) -> Iterator[IO[str]]:
    """Open a UTF-8 file to write, line ends as they are given; compressed where its name ends in .gz."""
    encoding = "utf-8-sig" if bom else "utf-8"
    if path.suffix != ".gz":
        with path.open("w", encoding=encoding, newline="") as plain:
            yield plain
        return
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding=encoding, newline="") as text,
    ):
        yield text
