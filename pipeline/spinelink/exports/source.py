"""The tables of a finished run, read part by part: one part of a table is in memory at a time."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spinelink import schemas, store
from spinelink.errors import OutputError

TEXT_COLUMNS: dict[str, tuple[str, ...]] = {
    "reports": ("text_sha256",),
    "sections": ("heading",),
    "findings": ("severity_text", "evidence"),
    "symptoms": ("evidence",),
}
"""Columns that quote the report: null where text is left out, as under --no-text; of `texts` no row is left."""
_TITLES = {"reports": ("exam",)}
"""Columns that may quote it in a run with text: the exam is as given, else the title line, and nothing says which."""
_SHOWN_OF_FINGERPRINT = 12


@dataclass(frozen=True)
class Source:
    """A finished run to read from, with or without its report text."""

    run: Path
    text: bool
    version: str
    """The version of spinelink that made the run."""
    fingerprint: str
    made: datetime.datetime
    """When the run was finished, in UTC: the time of its manifest."""
    key: str
    counts: Mapping[str, int] = field(repr=False)
    titles: bool
    """Whether titles of reports may stand in the run for fields that were not given."""

    @property
    def system(self) -> str:
        """What made the rows, as other tools are told."""
        return f"spinelink {self.version}, lexicon {self.fingerprint[:_SHOWN_OF_FINGERPRINT]}"

    @property
    def identity(self) -> dict[str, object]:
        """What the export is of."""
        return {"run_key": self.key, "lexicon": self.fingerprint, "text": self.text}

    def parts(self, name: str) -> Iterator[pa.Table]:
        """Yield the parts of one table, checked; raises OutputError where one cannot be read or rows are missing."""
        rows = 0
        for file in store.parts_of(self.run, name):
            part = self._read(file, name)
            rows += part.num_rows
            yield self._shown(part, name)
        if rows != self.counts[name]:
            raise OutputError(
                f"{self.run}: {name} has {rows} rows, its manifest says {self.counts[name]}; run it again"
            )

    def together(self, *names: str) -> Iterator[tuple[pa.Table, ...]]:
        """Yield the parts of several tables side by side: the same reports stand in the same place of each."""
        yield from zip(*(self.parts(name) for name in names), strict=True)

    def check_unchanged(self) -> None:
        """Raise OutputError where another run has taken this one's place meanwhile."""
        if store.manifest_of(self.run).get("key") != self.key:
            raise OutputError(f"{self.run}: was overwritten while it was read; export it again")

    def _read(self, file: Path, name: str) -> pa.Table:
        try:
            table = pq.read_table(file, partitioning=None)
        except (OSError, pa.ArrowException) as error:
            raise OutputError(f"{file}: cannot be read ({type(error).__name__}); make the run again") from None
        part = table.replace_schema_metadata()
        schemas.check(part, name)
        return part

    def _shown(self, part: pa.Table, name: str) -> pa.Table:
        """Return the part without what quotes the report, where text is left out."""
        if self.text:
            return part
        if name == "texts":
            return part.slice(0, 0)
        for column in TEXT_COLUMNS.get(name, ()) + (_TITLES.get(name, ()) if self.titles else ()):
            place = part.schema.get_field_index(column)
            kind = part.schema.field(place)
            part = part.set_column(place, kind, pa.nulls(part.num_rows, kind.type))
        return part


def opened(run: Path, *, text: bool = True) -> Source:
    """Return a finished run to read from; raises OutputError where there is none."""
    manifest = store.manifest_of(run)
    first = store.parts_of(run, "reports")[0]
    try:
        told = pq.read_schema(first).metadata or {}
        made = (run / store.MANIFEST).stat().st_mtime
    except (OSError, pa.ArrowException) as error:
        raise OutputError(f"{first}: cannot be read ({type(error).__name__}); make the run again") from None
    return Source(
        run=run,
        text=text,
        version=told.get(b"spinelink.version", b"").decode(),
        fingerprint=told.get(b"spinelink.lexicon", b"").decode(),
        made=datetime.datetime.fromtimestamp(int(made), datetime.UTC).replace(tzinfo=None),
        key=str(manifest.get("key")),
        counts=manifest["tables"],
        titles=bool(manifest["settings"]["text"]),
    )


def rows_of(part: pa.Table, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the rows of a part, with these columns."""
    return part.select(list(columns)).to_pylist()
