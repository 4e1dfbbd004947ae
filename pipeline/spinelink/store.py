"""The folder of a run: one Parquet dataset a table, written in shards that are whole or not there, and its manifest.

    OUT/findings/part-00000.parquet ...   one file, one row group, a table and shard
    OUT/_shards/00000.json ...            the mark of a complete shard: its counts, and what its files are
    OUT/manifest.json                     what was run on what, and the counts of the whole

Files that are not finished have names that begin with a dot. A shard's mark is written last, so that a run which was
killed at any moment goes on from its last complete shard. Marks and manifest hold a digest of themselves, and marks the
key of their run: what was damaged since it was written is made anew, and a damaged manifest does not cost the shards.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from spinelink import schemas
from spinelink.disk import reported
from spinelink.errors import OutputError
from spinelink.sealed import plain, read_sealed
from spinelink.totals import OF_CODES, Totals
from spinelink.written import WrittenFile, finish, is_as_written, removed_if_broken_off, write_json, write_table

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.json"
MARKS = "_shards"
_LOCK = ".lock"
_FORMAT = "spinelink run 3"
_KEPT_HEADINGS = 3
"""Unknown headings are named in the manifest from this many reports on: a heading of one may be its text."""


@dataclass(frozen=True, slots=True)
class FinishedShard:
    """A complete shard: its counts, and the digest of the records that it was made of."""

    totals: Totals
    records: str


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A locked folder that holds one run; `identity` says of what, `fingerprint` is that of its lexicon."""

    path: Path
    identity: Mapping[str, object]
    fingerprint: str

    def finished_shards(self) -> dict[int, FinishedShard]:
        """Return each complete shard of this run; one whose files are not as its mark says is none."""
        with _reported(self.path):
            marks = ((number, self._read_mark(number)) for number in _marked(self.path))
            return {number: finished for number, finished in marks if finished is not None}

    def _read_mark(self, shard: int) -> FinishedShard | None:
        mark = read_sealed(_mark(self.path, shard))
        if mark is None or mark["key"] != _key(self.identity) or mark["shard"] != shard:
            return None
        written = _mark(self.path, shard).stat().st_mtime_ns
        parts = ((self.path / name / _part(shard), WrittenFile(*known)) for name, known in mark["parts"].items())
        if not all(is_as_written(part, known, written) for part, known in parts):
            return None
        return FinishedShard(Totals.from_json(mark["counts"]), mark["records"])

    def write_shard(
        self, shard: int, parts: Sequence[Mapping[str, pa.Table]], totals: Totals, records: str = ""
    ) -> None:
        """Write the tables of a shard, checked and each in one row group, then its mark.

        `records` is the digest of the records that the shard is made of.
        """
        metadata = schemas.metadata(self.fingerprint)
        files = {name: self.path / name / _part(shard) for name in schemas.tables()}
        with _reported(self.path), removed_if_broken_off(files.values()):
            _mark(self.path, shard).unlink(missing_ok=True)
            written = {}
            for name, file in files.items():
                table = schemas.join([part[name] for part in parts], name)
                schemas.check(table, name)
                written[name] = write_table(file, table.replace_schema_metadata(metadata))
            for file in files.values():
                finish(file)
            counts = totals.as_json()
            mark = {"key": _key(self.identity), "shard": shard, "records": records, "counts": counts, "parts": written}
            write_json(_mark(self.path, shard), mark)

    def shards(self) -> int | None:
        """Return the number of shards of the finished run; None where the run is not finished."""
        manifest = self.manifest()
        return int(manifest["shards"]) if manifest.get("state") == "finished" else None

    def unsettled(self) -> bool:
        """Return whether an input was not as planned when the finished run read it: it may be so again by now."""
        notes = self.manifest().get("notes", {})
        return bool(notes.get("changed") or notes.get("grown"))

    def begin(self) -> None:
        """Write the manifest of an unfinished run."""
        with _reported(self.path):
            write_json(self.path / MANIFEST, {**_head("unfinished", self.identity), **self.identity})

    def manifest(self) -> dict[str, Any]:
        """Return the manifest."""
        return _read_manifest(self.path) or {}

    def finish(
        self, shards: int, totals: Totals, notes: Mapping[str, object], codes: Mapping[str, object] | None = None
    ) -> None:
        """Write the manifest of the finished run: nothing in it depends on when or by how many workers it was made.

        `notes` is what reading saw that is no reject, `codes` what became of the rows of a table of codes.
        """
        counts = {
            "shards": shards,
            "records": {"read": totals.records, "reports": totals.reports, "rejects": totals.rejected},
            "tables": {name: totals.tables[name] for name in schemas.tables()},
            "rejects": {reason: n for reason, n in sorted(totals.rejects.items()) if reason not in OF_CODES},
            "codes": codes,
            "findings": dict(sorted(totals.findings.items())),
            "unknown_headings": {
                "sections": totals.unknown_headings,
                f"named_{_KEPT_HEADINGS}_times_or_more": self._frequent_headings(shards),
            },
        }
        with _reported(self.path):
            _clear(self.path, from_shard=shards)
            _sweep(self.path)
            head = _head("finished", self.identity)
            write_json(self.path / MANIFEST, {**head, **self.identity, **counts, "notes": notes})

    def _frequent_headings(self, shards: int) -> dict[str, int]:
        """Return the unknown headings of several reports, with the number of these, in order."""
        reports: Counter[str] = Counter()
        for shard in range(shards):
            part = self.path / "sections" / _part(shard)
            if part.is_file():
                reports.update(_unknown_headings(part))
        return {name: n for name, n in sorted(reports.items()) if n >= _KEPT_HEADINGS}


def _unknown_headings(part: Path) -> Iterator[str]:
    """Yield each unknown heading once for each report of a part of `sections`; none where headings are left out."""
    table = pq.read_table(part, columns=["report_id", "heading", "known_heading"], partitioning=None)
    unknown = table.filter(pc.and_(pc.invert(table["known_heading"]), pc.is_valid(table["heading"])))
    pairs = zip(unknown["report_id"].to_pylist(), unknown["heading"].to_pylist(), strict=True)
    for _, heading in {(report_id, " ".join(str(heading).upper().split())) for report_id, heading in pairs}:
        if heading:
            yield heading


@contextmanager
def opened(path: Path, identity: Mapping[str, object], *, fingerprint: str, overwrite: bool) -> Iterator[RunFolder]:
    """Lock and give the folder of this run, new, begun or finished.

    Raises OutputError where it cannot be written, is in use, or holds something else; `overwrite` clears another run,
    never anything but a run.
    """
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path}: is a file, not a folder; give another --out")
    with _reported(path):
        path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path / _LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise OutputError(f"{path}: another run is writing there; wait for it or give another --out") from None
        except NotImplementedError:
            raise OutputError(f"{path}: its file system has no locks; give an --out on another one") from None
    try:
        folder = RunFolder(path, identity, fingerprint)
        with _reported(path):
            _claim(folder, overwrite=overwrite)
        yield folder
    finally:
        lock.release()


def _claim(folder: RunFolder, *, overwrite: bool) -> None:
    """Make the folder this run's: go on with it, begin it, or refuse."""
    before = _read_manifest(folder.path)
    if before is None:
        _claim_without_manifest(folder, overwrite=overwrite)
    elif overwrite:
        _clear(folder.path)
    elif before.get("key") != _key(folder.identity):
        raise OutputError(
            f"{folder.path}: holds another run ({_difference(before, folder.identity)}); "
            "give another --out, or --overwrite to start anew"
        )
    _sweep(folder.path)
    if folder.shards() is None or overwrite:
        folder.begin()
    for name in (*schemas.tables(), MARKS):
        (folder.path / name).mkdir(exist_ok=True)


def _claim_without_manifest(folder: RunFolder, *, overwrite: bool) -> None:
    """Accept a folder that is empty but for hidden files, or whose manifest was damaged or lost and whose marks are of
    this run; refuse any other."""
    path = folder.path
    visible = {entry.name for entry in path.iterdir() if not entry.name.startswith(".")}
    if not visible:
        return
    keys = {mark["key"] for number in _marked(path) if (mark := read_sealed(_mark(path, number))) is not None}
    if not keys and not (_is_damaged(path / MANIFEST) and (path / MARKS).is_dir()):
        raise OutputError(f"{path}: is not empty and holds no run of spinelink; give another --out")
    if overwrite or not _marked(path):
        _clear(path)
    elif keys != {_key(folder.identity)}:
        raise OutputError(
            f"{path}: its manifest is damaged, or of an older version, and its shards are not of this run; "
            "give another --out, or --overwrite to start anew"
        )


def _clear(path: Path, from_shard: int = 0) -> None:
    """Delete the marks, then the parts of a run from a shard on; its manifest stays until another takes its place."""
    for name, pattern in ((MARKS, "*.json"), *((name, "part-*.parquet") for name in schemas.tables())):
        for file in (path / name).glob(pattern):
            number = file.stem.removeprefix("part-")
            if number.isdecimal() and int(number) >= from_shard:
                file.unlink()


def _sweep(path: Path) -> None:
    """Delete the unfinished files of a run that was killed: they hold room."""
    parts = ((name, "part-*.parquet") for name in schemas.tables())
    patterns = ((".", f"{Path(MANIFEST).stem}*.json"), (MARKS, "*.json"), *parts)
    for name, pattern in patterns:
        for file in (path / name).glob(f".{pattern}"):
            file.unlink()


def _difference(before: Mapping[str, Any], identity: Mapping[str, object]) -> str:
    """Return in words which parts of a run's identity differ."""
    now = json.loads(plain(identity))
    parts = [f"other {name}" for name in now if before.get(name) != now[name]]
    return ", ".join(parts) or "of another version"


def _key(identity: Mapping[str, object]) -> str:
    return hashlib.sha256(plain({"format": _FORMAT, **identity})).hexdigest()


def _head(state: str, identity: Mapping[str, object]) -> dict[str, object]:
    return {"format": _FORMAT, "state": state, "key": _key(identity)}


def _read_manifest(path: Path) -> dict[str, Any] | None:
    """Return the manifest in a folder, None where there is none of ours or it was damaged."""
    manifest = read_sealed(path / MANIFEST)
    ours = manifest is not None and str(manifest.get("format", "")).startswith("spinelink run")
    return manifest if ours else None


def _is_damaged(manifest: Path) -> bool:
    """Return whether a file that is no manifest may have been one of ours."""
    try:
        value = json.loads(manifest.read_bytes())
    except FileNotFoundError:
        return False
    except (ValueError, RecursionError):
        return True
    return isinstance(value, dict) and str(value.get("format", "")).startswith("spinelink run")


def _marked(path: Path) -> list[int]:
    """Return the numbers of the shards that have a mark, in order."""
    return sorted(int(mark.stem) for mark in (path / MARKS).glob("[0-9]*.json") if mark.stem.isdecimal())


def _mark(path: Path, shard: int) -> Path:
    return path / MARKS / f"{shard:05d}.json"


def _part(shard: int) -> str:
    return f"part-{shard:05d}.parquet"


def _reported(path: Path) -> AbstractContextManager[None]:
    return reported(path, when_full="finished shards are kept: make room and run the same command again")


def read(path: Path, name: str) -> pd.DataFrame:
    """Return one table of a finished run, closed columns as categories in declared order."""
    declared = schemas.table(name)
    parts = [pq.read_table(file, partitioning=None) for file in parts_of(path, name)]
    table = schemas.join(parts, declared.name)
    schemas.check(table, declared.name)
    return table.to_pandas()


def parts_of(path: Path, name: str) -> list[Path]:
    """Return the files of one table of a finished run, in order; the same reports stand in the same place of each."""
    manifest = manifest_of(path)
    return [path / name / _part(shard) for shard in range(manifest["shards"])]


def manifest_of(path: Path) -> dict[str, Any]:
    """Return the manifest of a finished run; raises OutputError where there is none."""
    manifest = _read_manifest(path)
    if manifest is None and _is_damaged(path / MANIFEST):
        raise OutputError(f"{path}: its manifest is damaged; the command that made the run mends it")
    if manifest is None:
        raise OutputError(f"{path}: holds no run of spinelink")
    if manifest["state"] != "finished":
        raise OutputError(f"{path}: the run is not finished; the same command goes on with it")
    return manifest
