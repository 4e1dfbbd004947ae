"""gz and zst: streams of bytes as plain bytes."""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from collections.abc import Callable

import pyarrow as pa

from spinelink.stages.ingest.containers import DAMAGE as DAMAGE_OF_ARCHIVES

_BUFFER = 2**16

DAMAGE = (OSError, zlib.error, lzma.LZMAError, pa.ArrowException, *DAMAGE_OF_ARCHIVES)
"""What reading damaged data raises, besides EOFError where they end too early; a bad header of gz is an OSError."""
SHORTEST = {"gz": 2, "zst": 4}
"""Bytes by which each compression is known."""


def _gunzipped(raw: io.RawIOBase) -> Callable[[int], bytes]:
    return gzip.GzipFile(fileobj=io.BufferedReader(raw, _BUFFER)).read1


def _unzstd(raw: io.RawIOBase) -> Callable[[int], bytes]:
    stream = pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")

    def read(size: int) -> bytes:
        try:
            return stream.read(size)
        except OSError as error:
            if "truncated" in str(error).lower():
                raise EOFError from None
            raise

    return read


DECOMPRESSED: dict[str, Callable[[io.RawIOBase], Callable[[int], bytes]]] = {"gz": _gunzipped, "zst": _unzstd}
"""For each compression, what makes of compressed bytes a function that reads at most so many plain ones."""
