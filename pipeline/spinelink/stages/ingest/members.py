"""What an archive holds: the members of a zip file that will be read, as if they stood in a folder.

Names are looked at and never followed: nothing is written under them. A member whose name leads out of the archive, a
link, an encrypted member and one that would swell beyond the limits are planned with the fault for which reading
rejects them.
"""

from __future__ import annotations

import re
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import IO

from spinelink.stages.ingest.containers import DEEPEST, ContainerError, Containers, raw_name
from spinelink.stages.ingest.formats import ARCHIVE, kind_of_file
from spinelink.stages.ingest.options import IngestOptions
from spinelink.stages.ingest.skipping import INTERNAL, kind_of_skipped
from spinelink.stages.ingest.source import PlannedFile, legible

_MOST_FILES = 1_000_000
_UNIX = 3
_ENCRYPTED = 0x1
_ROOTED = re.compile(r"[/\\]|[A-Za-z]:")
_SEPARATORS = re.compile(r"[/\\]")

Parts = tuple[str, ...]


@dataclass
class Lister:
    """Lists archives; `skipped` counts the members that are not read."""

    options: IngestOptions
    containers: Containers
    skipped: Counter[str]

    def files_of(self, archive: PlannedFile, prefix: str) -> list[PlannedFile]:
        """Return the files of an archive, in no order; the archive itself, with its fault, where it cannot be read.

        `prefix` stands before a member's name in `source`.
        """
        counted = self.skipped.copy()
        try:
            found = list(islice(self._files(archive, prefix), _MOST_FILES + 1))
            size = sum(file.size for file in found if file.fault is None)
            if size > self.options.most_out_of(archive.size) or len(found) > _MOST_FILES:
                raise ContainerError(*_SWELLS)
        except OSError as error:
            self.skipped.clear()
            self.skipped.update(counted)
            fault = error.fault if isinstance(error, ContainerError) else ("unreadable", type(error).__name__)
            return [replace(archive, fault=fault)]
        return found

    def _files(self, archive: PlannedFile, prefix: str) -> Iterator[PlannedFile]:
        opened = self.containers.opened(archive.path, archive.members, archive.mtime_ns)
        infos = [(info, _parts(raw_name(info))) for info in opened.infolist() if not info.is_dir()]
        last = {parts: info for info, parts in infos}
        folders: set[Parts] = set()
        inner = 0
        for info, parts in infos:
            kind = kind_of_file(parts[-1], self.options.format, partial(_member, opened, info)) if parts else None
            if not _leads_out(raw_name(info)) and (folder := _internal(parts)):
                self.skipped["folder"] += folder not in folders
                folders.add(folder)
            elif kind is None or parts[-1].startswith("."):
                self.skipped[kind_of_skipped(parts[-1] if parts else "")] += 1
            else:
                member = replace(
                    archive,
                    members=(*archive.members, info.filename),
                    inner=prefix + legible("/".join(parts)),
                    size=info.file_size,
                    format=kind[0],
                    compression=kind[1],
                    fault=_fault(info, self.options) if last[parts] is info else _REPEATED,
                )
                if kind[0] != ARCHIVE or member.fault:
                    yield member
                    continue
                inner += info.file_size
                if inner > self.options.most_out_of(archive.size):
                    raise ContainerError(*_SWELLS)
                yield from self._nested(member)

    def _nested(self, archive: PlannedFile) -> list[PlannedFile]:
        if len(archive.members) >= DEEPEST:
            return [replace(archive, fault=_TOO_DEEP)]
        return self.files_of(archive, f"{archive.inner}!")


_SWELLS = ("decompression_limit", "its members swell to more than the limits")
_REPEATED = ("unreadable", "a later member of the archive has the same name")
_TOO_DEEP = ("decompression_limit", f"archives in archives, more than {DEEPEST} deep; unpack them")


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    return archive.open(info)


def _parts(name: str) -> Parts:
    """Return the folders of a member and its name; those of Windows are parted by a backslash."""
    return tuple(part for part in _SEPARATORS.split(name) if part not in ("", "."))


def _internal(parts: Parts) -> Parts | None:
    """Return the outermost folder of a member that is not entered, None where there is none."""
    for place, part in enumerate(parts[:-1]):
        if part.startswith((".", INTERNAL)):
            return parts[: place + 1]
    return None


def _leads_out(name: str) -> bool:
    return _ROOTED.match(name) is not None or ".." in _SEPARATORS.split(name)


def _fault(info: zipfile.ZipInfo, options: IngestOptions) -> tuple[str, str] | None:
    """Return why a member cannot be read, None where it can."""
    name = raw_name(info)
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == _UNIX else 0
    if _leads_out(name):
        return "path_outside", "a name that leads out of the archive"
    if kind == stat.S_IFLNK:
        return "path_outside", "a link, which is not followed within an archive"
    if kind not in (0, stat.S_IFREG):
        return "unreadable", "no regular file"
    if info.flag_bits & _ENCRYPTED:
        return "unreadable", "the member is encrypted"
    if info.file_size > options.most_out_of(info.compress_size):
        return "decompression_limit", "the member swells to more than the limits"
    return None
