"""What the folder of a run discloses: of every column what it can hold, how much stands there, and what should not.

A run that was made with --no-text or --deidentify has faults where it holds what these leave out. Values are counted
and looked at, never shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spinelink import schemas, store
from spinelink.errors import OutputError
from spinelink.keys import FINGERPRINT, PSEUDONYM
from spinelink.likeness import likenesses
from spinelink.protection import OLDEST, is_usual_setting, kind_of, shows_message
from spinelink.sealed import read_sealed
from spinelink.written import WrittenFile

_OWN_METADATA = frozenset(map(str.encode, (*schemas.metadata(""), "ARROW:schema")))
_OF_A_MARK = frozenset({"key", "shard", "records", "counts", "parts"})
_DIGEST = re.compile(r"(?:records-)?[0-9a-f]*")
_OWN_FILES = (store.MANIFEST, ".lock")
_NAMING_SETTINGS = ("codes",)


@dataclass(frozen=True, slots=True)
class Held:
    """What one column of a run holds: its declared content, values that are there, what they look like, its fault."""

    table: str
    column: str
    content: str
    rows: int
    filled: int
    looks_like: tuple[str, ...] = ()
    fault: str = ""

    def with_part(self, column: schemas.Column, part: pa.Table, protection: str) -> Held:
        """Return this with what one more part of the table holds."""
        values = part.column(column.name)
        texts = _texts(values, column)
        looks = likenesses(texts, column.content) if texts else ()
        fault = "" if protection == "none" else _fault(column, part, texts, looks, protection)
        return Held(
            self.table,
            self.column,
            self.content,
            self.rows + part.num_rows,
            self.filled + _filled(values),
            tuple(dict.fromkeys((*self.looks_like, *looks))),
            self.fault or fault,
        )


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What a run holds, column by column; `protection` is deidentify, no-text or none; `faults` are lines."""

    path: str
    protection: str
    columns: tuple[Held, ...]
    faults: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return asdict(self)


def disclosure_of(run: Path) -> Disclosure:
    """Return what a finished run discloses; raises OutputError where there is none, SchemaError for foreign tables."""
    manifest = store.manifest_of(run)
    protection = _protection(manifest)
    columns = tuple(held for name in schemas.tables() for held in _held_by(run, name, protection))
    faults = [f"{held.table}.{held.column}: {held.fault}" for held in columns if held.fault]
    if protection != "none":
        faults += [*_metadata_faults(run), *_mark_faults(run), *_manifest_faults(manifest, protection)]
        faults += _strangers(run, manifest["shards"])
    return Disclosure(str(run), protection, columns, tuple(faults))


def _protection(manifest: Mapping[str, Any]) -> str:
    settings = manifest["settings"]
    if settings.get("deidentify") is not None:
        return "deidentify"
    return "none" if settings["text"] else "no-text"


def _held_by(run: Path, name: str, protection: str) -> list[Held]:
    """Return what each column of a table holds; one part after the other, for a table may be larger than memory."""
    declared = schemas.table(name)
    whole = [Held(name, column.name, column.content, 0, 0) for column in declared.columns]
    for file in store.parts_of(run, name):
        part = _part(file, name)
        whole = [held.with_part(column, part, protection) for held, column in zip(whole, declared.columns, strict=True)]
    return whole


def _part(file: Path, name: str) -> pa.Table:
    try:
        table = schemas.join([pq.read_table(file, partitioning=None)], name)
    except (pa.ArrowException, OSError, KeyError) as error:
        raise OutputError(f"{file}: cannot be read ({type(error).__name__}); make the run anew") from None
    schemas.check(table, name)
    return table


def _filled(values: pa.ChunkedArray[Any]) -> int:
    """Return how many values are there: not null and not empty."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.cast(pa.string())
        kind = pa.string()
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        lengths: Any = pc.binary_length(values)
    elif pa.types.is_list(kind):
        lengths = pc.list_value_length(values)
    elif pa.types.is_map(kind):
        return sum(1 for value in values.to_pylist() if value)
    else:
        return len(values) - values.null_count
    return pc.sum(pc.greater(lengths, pa.scalar(0, lengths.type))).as_py() or 0


def _texts(values: pa.ChunkedArray[Any], column: schemas.Column) -> list[str]:
    """Return the different texts of a column that closed values do not bind already."""
    if column.type in ("dict", "bool") or (column.values and column.content == "closed"):
        return []
    if column.type.startswith("map"):
        return sorted({text for value in values.to_pylist() for pair in value or () for text in pair})
    if column.type == "list<string>":
        values = pa.chunked_array([pc.list_flatten(values)], pa.string())
    elif column.type not in ("string", "large_string"):
        return []
    return [text for text in pc.unique(values).to_pylist() if text]


def _fault(column: schemas.Column, table: pa.Table, texts: list[str], looks: tuple[str, ...], protection: str) -> str:
    """Return what is wrong with a column of a run that is protected, "" where nothing is."""
    values = table.column(column.name)
    if column.content in ("text", "hash"):
        holds = table.num_rows if column.table == "texts" else _filled(values)
        return "holds report text or its digest" if holds else ""
    if column.content == "message":
        pairs = zip(table["reason"].to_pylist(), values.to_pylist(), strict=True)
        if any(detail and not shows_message(reason, hidden=protection == "deidentify") for reason, detail in pairs):
            return "holds names of columns or codes of the input"
    if column.content in ("closed", "words", "message") and looks:
        return f"holds what looks like {' or '.join(looks)}"
    return _identity_fault(column, values, texts) if protection == "deidentify" else ""


def _identity_fault(column: schemas.Column, values: pa.ChunkedArray[Any], texts: list[str]) -> str:
    if column.content in ("id", "path", "person"):
        return "" if all(map(_pseudonyms_of(kind_of(column)), texts)) else "holds what is no pseudonym"
    if column.content == "label":
        usual = column.name == "setting" and all(map(is_usual_setting, texts))
        return "" if usual or not texts else "holds a free field of the input"
    if column.content == "age":
        oldest = pc.max(values).as_py()
        return f"holds ages over {OLDEST}" if oldest is not None and oldest > OLDEST else ""
    return ""


def _pseudonyms_of(kind: str) -> Callable[[str], bool]:
    return lambda text: text.startswith(f"{kind}-") and PSEUDONYM.fullmatch(text) is not None


def _metadata_faults(run: Path) -> Iterator[str]:
    for name in schemas.tables():
        for part in store.parts_of(run, name):
            if set(pq.read_metadata(part).metadata or {}) - _OWN_METADATA:
                yield f"{name}/{part.name}: holds metadata that no run writes"


def _mark_faults(run: Path) -> Iterator[str]:
    """Yield the marks of shards that hold words: they hold counts by names of this package, and digests of files."""
    for mark in sorted((run / store.MARKS).glob("*.json")):
        read = read_sealed(mark)
        if read is None or set(read) != _OF_A_MARK or not (_is_of_counts(read["counts"]) and _is_of_digests(read)):
            yield f"{store.MARKS}/{mark.name}: holds more than counts"


def _is_of_counts(counts: Mapping[str, Any]) -> bool:
    """Return whether names and numbers are all that these counts hold."""
    by_name = [count for count in counts.values() if isinstance(count, dict)]
    names = [name.replace(" ", ":") for count in by_name for name in count]
    numbers = [n for count in counts.values() for n in (count.values() if isinstance(count, dict) else [count])]
    return not likenesses([*counts, *names], "closed") and all(isinstance(n, int) for n in numbers)


def _is_of_digests(mark: Mapping[str, Any]) -> bool:
    """Return whether a mark names no file but the parts, and holds sizes and digests of them alone."""
    written = [
        part for part in mark["parts"].values() if isinstance(part, list) and len(part) == len(WrittenFile._fields)
    ]
    return (
        len(written) == len(mark["parts"])
        and set(mark["parts"]) <= set(schemas.tables())
        and all(isinstance(size, int) for size, _ in written)
        and all(map(_DIGEST.fullmatch, map(str, [mark["key"], mark["records"], *(digest for _, digest in written)])))
    )


def _manifest_faults(manifest: Mapping[str, Any], protection: str) -> Iterator[str]:
    """Yield what the manifest names that it must not."""
    if any(isinstance(value, dict) and value for value in manifest["unknown_headings"].values()):
        yield f"{store.MANIFEST}: names headings of reports"
    if protection != "deidentify":
        return
    settings, inputs = manifest["settings"], manifest["inputs"]
    if FINGERPRINT.fullmatch(str(settings["deidentify"].get("key"))) is None or len(settings["deidentify"]) != 1:
        yield f"{store.MANIFEST}: holds more of the key than its fingerprint"
    named = [*manifest["arguments"], *(v for v in inputs.values() if not isinstance(v, int))]
    named += [*(manifest["codes_table"] or {}).values(), *(settings[name] for name in _NAMING_SETTINGS)]
    notes = {name: note for name, note in manifest["notes"].items() if name != "columns_not_seen"}
    named += [line for note in notes.values() if isinstance(note, list) for line in note]
    if (
        not all(value is None or _pseudonyms_of("source")(str(value)) for value in named)
        or manifest["lexicon"]["folder"]
    ):
        yield f"{store.MANIFEST}: names inputs"


def _strangers(run: Path, shards: int) -> Iterator[str]:
    """Yield, by folder, how many files stand there that are no part of the run: nobody has looked at them."""
    own = {run / name for name in _OWN_FILES}
    own |= {part for name in schemas.tables() for part in store.parts_of(run, name)}
    own |= {run / store.MARKS / f"{shard:05d}.json" for shard in range(shards)}
    strange: dict[str, int] = {}
    for file in run.rglob("*"):
        if (file.is_symlink() or not file.is_dir()) and file not in own:
            folder = file.relative_to(run).parts[0] if file.parent != run else ""
            known = folder if folder in (*schemas.tables(), store.MARKS, "") else "other folders"
            strange[known] = strange.get(known, 0) + 1
    for folder, count in sorted(strange.items()):
        where = folder or "the folder itself"
        yield f"{count} file{'s' if count > 1 else ''} in {where}: no part of the run, and not looked at"


def lines_of(found: Disclosure) -> Iterable[str]:
    """Yield the disclosure as lines for people: columns that hold nothing of a report or a person are summed up."""
    yield f"{found.path}: made with {'--' + found.protection if found.protection != 'none' else 'all it reads'}"
    yield ""
    yield f"{'column':28} {'filled':>10} of {'rows':<10} {'content':9} which is"
    plain = 0
    for held in found.columns:
        if held.content in ("closed", "number") and not (held.looks_like or held.fault):
            plain += 1
            continue
        beyond = f"; looks like {', '.join(held.looks_like)}" if held.looks_like else ""
        where = f"{held.table}.{held.column}"
        counts = f"{held.filled:>10,} of {held.rows:<10,}"
        yield f"{where:28} {counts} {held.content:9} {schemas.CONTENTS[held.content]}{beyond}"
    yield f"and {plain} columns of closed values and numbers alone"
    yield ""
    if found.faults:
        yield f"Not as --{found.protection} says:"
        yield from (f"  {fault}" for fault in found.faults)
    elif found.protection == "none":
        yield "The run holds report text and identifiers as they are."
    else:
        yield f"Nothing found that --{found.protection} leaves out."
