"""JSON files that hold a digest of themselves, so that what was damaged or edited since is not believed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CHECK = "check"
"""The name under which a file holds the digest of the rest of it."""
DIGEST_BYTES = 16


def plain(value: object) -> bytes:
    """Return a value as JSON, the same bytes for the same value."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def sealed(value: Mapping[str, object]) -> bytes:
    """Return what is written of a value: its JSON with a digest of itself."""
    return plain({**value, CHECK: hashlib.blake2b(plain(value), digest_size=DIGEST_BYTES).hexdigest()})


def read_sealed(path: Path) -> dict[str, Any] | None:
    """Return the value that a file holds; None where it is missing, not ours or not as it was written."""
    try:
        data = path.read_bytes()
        value = json.loads(data)
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    value.pop(CHECK, None)
    return value if data == sealed(value) else None
