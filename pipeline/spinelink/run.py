"""One run, from inputs to tables:

    plan inputs -> records, each id once, with their codes -> batches -> engine (analysis, tables) -> shards -> manifest

Of records that share an id the latest version is kept in formats that have versions, and the first in all others.

A shard is `shard_size` consecutive records, a batch what a worker is given at a time; finished shards are passed over.
What is heavy is imported inside `run`, because importing the package imports this module.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain, groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinelink.errors import InputError, SettingError
from spinelink.records import Reject, Report

if TYPE_CHECKING:
    import pyarrow as pa

    from spinelink.analysis import Batch, Tabulated
    from spinelink.engines import Work
    from spinelink.keys import Key
    from spinelink.lexicon import Lexicon
    from spinelink.protection import Shown
    from spinelink.settings import Settings
    from spinelink.stages.ingest import CodesPlan, CodeTable, Plan, ReadNotes
    from spinelink.store import FinishedShard, RunFolder
    from spinelink.totals import Totals

Progress = Callable[[int, float | None], None]
"""Told after each batch how many records are done, and what share of the input was read, None where unknown."""

_ID_BYTES = 16
_CHARACTERS_A_COMPRESSED_BYTE = 4


@dataclass(frozen=True, slots=True)
class RunResult:
    """A finished run: its folder, its manifest, and how many of its shards an earlier start of it had finished."""

    path: Path
    manifest: Mapping[str, Any] = field(repr=False)
    shards_kept: int


def run(
    inputs: Path | str | Sequence[Path | str],
    out: Path | str,
    settings: Settings | None = None,
    *,
    lexicons: Path | str | None = None,
    workers: int = 1,
    batch_size: int = 64,
    overwrite: bool = False,
    progress: Progress | None = None,
    work: Work[Batch, Tabulated] | None = None,
) -> RunResult:
    """Read reports from files and folders and write their tables to the folder `out`; begun runs go on.

    `lexicons` is a folder of rows merged over the shipped ones. Neither `workers` (0: one for each core) nor
    `batch_size` changes a byte of the tables; a script that uses several workers calls this under
    `if __name__ == "__main__":`. `work` takes the place of the extraction. Raises a SpinelinkError with one line that
    says what to do.
    """
    from spinelink import store
    from spinelink.analysis import Extraction
    from spinelink.engines.local import LocalEngine
    from spinelink.settings import Settings
    from spinelink.stages import ingest

    if batch_size < 1 or workers < 0:
        raise SettingError("batch_size is at least 1, and workers at least 1, or 0 for one for each core")
    settings = settings or Settings()
    settled = prepared(inputs, Path(out), settings, lexicons)
    words, shown, plan, given, identity = settled.words, settled.shown, settled.plan, settled.codes, settled.identity
    engine = LocalEngine(workers or os.cpu_count() or 1)
    work = work or Extraction(words, shown)
    with store.opened(Path(out), identity, fingerprint=words.fingerprint, overwrite=overwrite) as folder:
        kept = folder.finished_shards()
        if folder.shards() != len(kept) or folder.unsettled():
            notes, meter = ingest.ReadNotes(), Meter(plan, settings.limit, progress)
            ahead = ingest.look_ahead(plan)
            codes = ingest.read_codes(given, settings.codes_days) if given else None
            read = meter.watched(islice(ingest.read(plan, notes, ahead), settings.limit))
            records = with_codes(first_of_each_id(read), codes)
            shards = Shards(settings.shard_size, batch_size, kept, shown.key, ahead.beside.counts)
            totals = write_shards(folder, engine.map(work, shards.cut(records)), shards, meter)
            counts = codes.counts() if codes else None
            told = notes_of(plan, notes, shown.key)
            folder.finish(shards_of(totals, settings), totals, told, counts)
            kept = shards.passed
        return RunResult(Path(out), folder.manifest(), len(kept))


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is settled before the first record is read: words, what is shown, what is read, and the run's identity."""

    words: Lexicon
    shown: Shown
    plan: Plan
    codes: CodesPlan | None
    identity: dict[str, object]


def prepared(
    inputs: Path | str | Sequence[Path | str], out: Path, settings: Settings, lexicons: Path | str | None
) -> Prepared:
    """Return what is settled before the first record is read; raises a SpinelinkError as `run` does."""
    from spinelink import lexicon
    from spinelink.identity import identity_of
    from spinelink.stages import ingest

    words = lexicon.shipped() if lexicons is None else lexicon.load(Path(lexicons))
    arguments = [inputs] if isinstance(inputs, str | Path) else list(inputs)
    refuse_inside(out, arguments)
    shown = settings.shown
    plan = ingest.plan([Path(argument) for argument in arguments], settings.ingest, lexicon=words)
    refuse_key_beside(settings, out, plan)
    codes = codes_plan(settings, words, plan)
    identity = identity_of(arguments, plan, codes, lexicons, words.fingerprint, settings, shown.key)
    return Prepared(words, shown, plan, codes, identity)


def tables_of(
    inputs: Path | str, settings: Settings | None = None, *, lexicons: Path | str | None = None
) -> dict[str, pa.Table]:
    """Return the tables of a small input, in memory; raises a SpinelinkError as `run` does."""
    from spinelink import lexicon
    from spinelink.analysis import Batch, Extraction
    from spinelink.settings import Settings
    from spinelink.stages import ingest

    settings = settings or Settings()
    words = lexicon.shipped() if lexicons is None else lexicon.load(Path(lexicons))
    plan = ingest.plan([Path(inputs)], settings.ingest, lexicon=words)
    given = codes_plan(settings, words, plan)
    codes = ingest.read_codes(given, settings.codes_days) if given else None
    read = islice(ingest.read(plan, ahead=ingest.look_ahead(plan)), settings.limit)
    records = tuple(with_codes(first_of_each_id(read), codes))
    return Extraction(words, settings.shown).start()(Batch(0, records)).tables


def write_shards(folder: RunFolder, results: Iterable[Tabulated], shards: Shards, meter: Meter) -> Totals:
    """Write the results shard by shard and return the counts of the whole run, finished shards included."""
    from spinelink.totals import Totals

    whole = Totals()
    before = sum(shard.totals.units for shard in shards.finished.values())
    for shard, of_shard in groupby(results, key=lambda result: result.shard):
        parts, counts = [], Totals()
        for result in of_shard:
            parts.append(result.tables)
            counts.add(result.totals)
            meter.tell(before + whole.units + counts.units)
        folder.write_shard(shard, parts, counts, shards.digests.pop(shard).value())
        whole.add(counts)
    for finished in shards.passed.values():
        whole.add(finished.totals)
    if not whole.units:
        folder.write_shard(0, [], whole)
    return whole


def codes_plan(settings: Settings, words: Lexicon, plan: Plan) -> CodesPlan | None:
    """Return the plan of the table of codes, None without one; raises InputError where it is one of the inputs too."""
    from spinelink.stages import ingest

    if settings.codes is None:
        return None
    path = os.fspath(settings.codes)
    given = ingest.plan_codes(path, words, settings.ingest.encoding)
    for file in plan.files:
        if os.path.basename(file.path) == os.path.basename(path) and os.path.samefile(file.path, path):
            raise InputError(f"{path}: the table of codes is one of the inputs; keep it in another folder")
    return given


def with_codes(records: Iterable[Report | Reject], codes: CodeTable | None) -> Iterable[Report | Reject]:
    """Return the records with their codes, and after them the rows of codes that are rejected."""
    return records if codes is None else chain(codes.joined(records), codes.rejects())


def refuse_inside(out: Path, arguments: Sequence[Path | str]) -> None:
    """Raise SettingError where the tables would be written into a folder that is read."""
    for argument in arguments:
        if Path(argument).is_dir() and out.resolve().is_relative_to(Path(argument).resolve()):
            raise SettingError(
                f"{out}: lies in the input folder {argument}, and would be read as input; give another --out"
            )


def refuse_key_beside(settings: Settings, out: Path, plan: Plan) -> None:
    """Raise SettingError where the key would be read as a report, or given away with the tables."""
    if settings.deidentify is None:
        return
    key = Path(settings.deidentify).resolve()
    if key.is_relative_to(out.resolve()):
        raise SettingError(f"{settings.deidentify}: lies in the folder of the tables; keep the key elsewhere")
    if any(os.path.basename(file.path) == key.name and os.path.samefile(file.path, key) for file in plan.files):
        raise SettingError(f"{settings.deidentify}: is one of the inputs; keep the key elsewhere")


def shards_of(totals: Totals, settings: Settings) -> int:
    """Return the number of shards: at least one, so that every table is there with its types."""
    return max(1, -(-totals.units // settings.shard_size))


def notes_of(plan: Plan, notes: ReadNotes, key: Key | None) -> dict[str, object]:
    """Return what planning and reading saw that a user should know; under a key input files have their pseudonyms."""
    told: dict[str, object] = {"columns_not_seen": list(plan.notes), "skipped_files": dict(plan.skipped)}
    for name, note in asdict(notes).items():
        listed = isinstance(note, list)
        told[name] = [_pseudonym(line, key) for line in note] if listed and key is not None else note
    return told


def _pseudonym(line: str, key: Key) -> str:
    """Return the pseudonym of the input that a note is about: what stands before its last colon, if it has one."""
    return key.pseudonym("source", line.rpartition(": ")[0] or line)


def first_of_each_id(records: Iterable[Report | Reject]) -> Iterator[Report | Reject]:
    """Yield the records, each report whose id an earlier one has as a reject; 16 bytes of each id are held."""
    seen: set[bytes] = set()
    for record in records:
        if isinstance(record, Report):
            key = hashlib.blake2b(record.report_id.encode(), digest_size=_ID_BYTES).digest()
            if key in seen:
                yield duplicate(record)
                continue
            seen.add(key)
        yield record


def duplicate(report: Report) -> Reject:
    """Return the reject that takes the place of a report whose id an earlier record has."""
    detail = "an earlier record has this report_id"
    return Reject(report.source, report.record, report.report_id, "duplicate_id", detail)


class Shards:
    """Cuts records into shards and shards into batches, and passes over the shards that are finished.

    A finished shard is passed over only where it was made of the very records that come now: an input that was away or
    short for a while has shifted those after it, or had not given them what it holds beside reports, `beside` of each
    source. `passed` are the shards passed over; `digests` are of the records of the others, complete once all batches
    of a shard were taken.
    """

    def __init__(
        self,
        shard_size: int,
        batch_size: int,
        finished: Mapping[int, FinishedShard],
        key: Key | None = None,
        beside: Mapping[str, int] | None = None,
    ) -> None:
        self._shard_size = shard_size
        self._batch_size = batch_size
        self._key = key
        self._beside = beside or {}
        self.finished = finished
        self.passed: dict[int, FinishedShard] = {}
        self.digests: dict[int, RecordsDigest] = {}

    def cut(self, records: Iterable[Report | Reject]) -> Iterator[Batch]:
        """Yield the records in batches of one shard each, without those of the shards that are passed over."""
        from spinelink.analysis import Batch

        for shard, numbered in groupby(enumerate(records), key=lambda pair: pair[0] // self._shard_size):
            digest = RecordsDigest(self._key, self._beside)
            coming = digest.noted(record for _, record in numbered)
            finished = self.finished.get(shard)
            if finished is not None:
                held = list(coming)
                if digest.value() == finished.records:
                    self.passed[shard] = finished
                    continue
                coming = iter(held)
            self.digests[shard] = digest
            while batch := tuple(islice(coming, self._batch_size)):
                yield Batch(shard, batch)


class RecordsDigest:
    """A digest of records: where each stands, how long its text is or why it was rejected; never of the text.

    Where sources hold what serves reports of others, it is of how much each holds too. Under a key it is a pseudonym,
    for it is of names of files.
    """

    def __init__(self, key: Key | None, beside: Mapping[str, int]) -> None:
        self._hash = hashlib.blake2b(repr(sorted(beside.items())).encode() if beside else b"", digest_size=_ID_BYTES)
        self._key = key

    def noted(self, records: Iterable[Report | Reject]) -> Iterator[Report | Reject]:
        """Yield the records and note each."""
        for record in records:
            outcome = len(record.text) if isinstance(record, Report) else record.reason
            self._hash.update(repr((record.source, record.record, outcome)).encode())
            yield record

    def value(self) -> str:
        """Return the digest of the records that were noted."""
        digest = self._hash.hexdigest()
        return digest if self._key is None else self._key.pseudonym("records", digest)


class Meter:
    """How much of the input has been read, by the sizes of the files that were passed; in compressed files a guess."""

    def __init__(self, plan: Plan, limit: int | None, progress: Progress | None) -> None:
        self._sizes = {file.source: file.size for file in plan.files}
        self._room = {
            file.source: file.size
            * (_CHARACTERS_A_COMPRESSED_BYTE if file.compressed or file.format == "parquet" else 1)
            for file in plan.files
        }
        self._whole = sum(self._sizes.values())
        self._limit = limit
        self._progress = progress
        self._passed = 0
        self._current = ""
        self._characters = 0
        self._records = 0
        self._ended = False

    def watched(self, records: Iterable[Report | Reject]) -> Iterator[Report | Reject]:
        """Yield the records and note where they stand."""
        for record in records:
            if record.source != self._current:
                self._passed += self._sizes.get(self._current, 0)
                self._current, self._characters = record.source, 0
            self._characters += len(record.text) if isinstance(record, Report) else 0
            self._records += 1
            yield record
        self._ended = True

    def tell(self, done: int) -> None:
        """Tell the progress that so many records are done."""
        if self._progress is not None:
            self._progress(done, self.share())

    def share(self) -> float | None:
        """Return the share of the input that was read, None where it has no size."""
        if self._ended:
            return 1.0
        shares = [self._records / self._limit] if self._limit else []
        if self._whole:
            within = min(self._characters / max(1, self._room.get(self._current, 1)), 0.99)
            shares.append((self._passed + within * self._sizes.get(self._current, 0)) / self._whole)
        return max(shares, default=None)
