"""Where an export is written: a folder beside its place whose name begins with a dot, until it is whole.

PATH's folder/.NAME.unfinished/    what is being written; a lock guards it; one left by a killed export is reused
PATH                               the export, put there by renaming
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from spinelink.disk import reported, sync
from spinelink.errors import OutputError, SettingError

ABOUT = "export.json"
_FORMAT = "spinelink export 1"
_LOCK = "lock"


@dataclass
class NewFolder:
    """The folder to write into; `files` is what `export.json` will say of it."""

    path: Path
    files: Mapping[str, object] = field(default_factory=dict)


@contextmanager
def new_file(out: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give the path to write a file to, which becomes `out` when the block ends well.

    Raises OutputError where something stands there already, or it cannot be written.
    """
    if out.is_dir():
        raise OutputError(f"{out}: is a folder; this export is one file: give its name")
    if os.path.lexists(out) and not overwrite:
        raise OutputError(f"{out}: exists; give another --out, or --overwrite to replace it")
    with _reported(out), _workplace(out) as place:
        yield place / out.name
        sync(place / out.name)
        os.replace(place / out.name, out)
        sync(out.parent)


@contextmanager
def new_folder(out: Path, *, overwrite: bool) -> Iterator[NewFolder]:
    """Give the folder to write files to, which becomes `out` when the block ends well, with its `export.json`.

    Raises OutputError where something stands there already that is no export, or it cannot be written.
    """
    if os.path.lexists(out):
        _refuse(out, overwrite=overwrite)
    with _reported(out), _workplace(out) as place:
        new = NewFolder(place / "new")
        new.path.mkdir()
        yield new
        about = json.dumps({"format": _FORMAT, **new.files}, indent=1, ensure_ascii=False)
        (new.path / ABOUT).write_text(about + "\n", encoding="utf-8")
        for file in new.path.iterdir():
            sync(file)
        sync(new.path)
        _put(new.path, out, place / "old")
        sync(out.parent)


def _put(new: Path, out: Path, old: Path) -> None:
    """Give the new folder its name; what had the name before comes back where that fails."""
    replaced = out.exists()
    if replaced:
        os.rename(out, old)
    try:
        os.rename(new, out)
    except BaseException:
        if replaced:
            os.rename(old, out)
        raise


def _refuse(out: Path, *, overwrite: bool) -> None:
    """Pass where `out` may be replaced: an empty folder, or one that holds an export and nothing else."""
    if not out.is_dir() or out.is_symlink():
        raise OutputError(f"{out}: is no folder; this export is a folder: give another --out")
    names = {entry.name for entry in out.iterdir()}
    if not names:
        return
    try:
        about = json.loads((out / ABOUT).read_bytes())
        ours = about["format"] == _FORMAT and names <= {ABOUT, *about["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise OutputError(f"{out}: is not empty and holds other things than an export; give another --out")
    if not overwrite:
        raise OutputError(f"{out}: holds an export; give another --out, or --overwrite to replace it")


@contextmanager
def _workplace(out: Path) -> Iterator[Path]:
    """Give an empty folder of our own beside `out`; it is gone when the block ends."""
    if not out.name:
        raise SettingError(f"{out}: names no file or folder; give another --out")
    out.parent.mkdir(parents=True, exist_ok=True)
    place = out.with_name(f".{out.name}.unfinished")
    place.mkdir(exist_ok=True)
    lock = FileLock(place / _LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise OutputError(f"{out}: another export is writing there; wait for it or give another --out") from None
    try:
        _clear(place)
        yield place
    finally:
        _clear(place)
        lock.release()
        shutil.rmtree(place, ignore_errors=True)


def _clear(place: Path) -> None:
    for entry in place.iterdir():
        if entry.name == _LOCK:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _reported(out: Path) -> AbstractContextManager[None]:
    return reported(out, when_full="make room and export again")
