"""What a run is made of: all that decides what stands in its tables, and what was read."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spinelink.keys import Key
    from spinelink.settings import Settings
    from spinelink.stages.ingest import CodesPlan, Plan

_LISTED_INPUTS = 1000


def identity_of(
    arguments: Sequence[Path | str],
    plan: Plan,
    codes: CodesPlan | None,
    lexicons: Path | str | None,
    fingerprint: str,
    settings: Settings,
    key: Key | None = None,
) -> dict[str, object]:
    """Return all that decides what stands in the tables; a run goes on only where it is the same.

    Under a key no name of an input stands in it: names of files may be those of patients. The key is there by its
    fingerprint.
    """
    import pyarrow as pa

    from spinelink import __version__, schemas

    named = [os.fspath(argument) for argument in arguments]
    folder = None if lexicons is None else os.fspath(lexicons)
    return {
        "versions": {
            "spinelink": __version__,
            "schema": schemas.SCHEMA_VERSION,
            "python": f"{sys.version_info.major}.{sys.version_info.minor}",
            "pyarrow": pa.__version__,
        },
        "arguments": named if key is None else [key.pseudonym("source", name) for name in named],
        "inputs": inputs_of(plan, key),
        "codes_table": codes_of(codes, key),
        "lexicon": {"fingerprint": fingerprint, "folder": folder if key is None else None},
        "settings": {**asdict(settings), **({} if key is None else hidden_settings(settings, key))},
    }


def inputs_of(plan: Plan, key: Key | None) -> dict[str, object]:
    """Return what the inputs were when they were planned; under a key without names."""
    files = [[file.source, file.size, file.mtime_ns] for file in plan.files]
    counts: dict[str, object] = {"files": len(files), "bytes": sum(file.size for file in plan.files)}
    if key is not None:
        return {**counts, "names_sizes_times": key.pseudonym("source", repr(files))}
    names = ("path", "size", "mtime_ns")
    return {
        **counts,
        "sha256_of_names_sizes_times": hashlib.sha256(repr(files).encode()).hexdigest(),
        f"first_{_LISTED_INPUTS}": [dict(zip(names, file, strict=True)) for file in files[:_LISTED_INPUTS]],
    }


def codes_of(codes: CodesPlan | None, key: Key | None) -> dict[str, object] | None:
    """Return what the table of codes was when it was planned; under a key without its name."""
    if codes is None or key is None:
        return codes.identity if codes else None
    return {"name_size_time": key.pseudonym("source", repr(codes.identity))}


def hidden_settings(settings: Settings, key: Key) -> dict[str, object]:
    """Return the settings that take the place of those that name files."""
    codes = None if settings.codes is None else key.pseudonym("source", os.fspath(settings.codes))
    return {"codes": codes, "deidentify": {"key": key.fingerprint}}
