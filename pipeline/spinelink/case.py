"""One report of a run, as the run's tables have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from spinelink.errors import InputError

TABLES = ("reports", "texts", "findings", "measurements", "discrepancies", "symptoms", "links", "audit")
_FINGERPRINT = b"spinelink.lexicon"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A report's rows; `text` is None where the run keeps none.

    `fingerprint` is that of the run's lexicon, None where nothing says it.
    """

    report: Row
    text: str | None
    findings: Sequence[Row]
    measurements: Sequence[Row]
    discrepancies: Sequence[Row]
    symptoms: Sequence[Row]
    links: Sequence[Row]
    audit: Sequence[Row]
    fingerprint: str | None

    def finding(self, finding_id: int) -> Row:
        """Return the finding of this id; raises InputError where there is none."""
        for row in self.findings:
            if row["finding_id"] == finding_id:
                return row
        report_id = self.report["report_id"]
        raise InputError(f"report {report_id!r} has no finding {finding_id}; it has {len(self.findings)} findings")


def case_of_run(run: Path, report_id: str) -> Case:
    """Return a report of a run; raises InputError where it has none of this id, saying why if it was rejected."""
    reports, fingerprint = _read(run, "reports", report_id)
    if not reports:
        rejected, _ = _read(run, "rejects", report_id)
        why = f"; its record was rejected ({rejected[0]['reason']})" if rejected else ""
        raise InputError(f"{run}: has no report {report_id!r}{why}")
    return case_of_rows({name: _read(run, name, report_id)[0] for name in TABLES}, fingerprint)


def case_of_rows(rows: Mapping[str, Sequence[Row]], fingerprint: str | None) -> Case:
    """Return the report that these rows of the tables are of."""
    text = rows["texts"][0]["text"] if rows["texts"] else None
    return Case(
        report=rows["reports"][0],
        text=text,
        findings=rows["findings"],
        measurements=rows["measurements"],
        discrepancies=rows["discrepancies"],
        symptoms=rows["symptoms"],
        links=rows["links"],
        audit=rows["audit"],
        fingerprint=fingerprint,
    )


def _read(run: Path, name: str, report_id: str) -> tuple[Sequence[Row], str | None]:
    """Return the rows of a report in a table of a run, and the fingerprint of the lexicon that made them."""
    place = run / name
    if not place.is_dir():
        raise InputError(f"{run}: holds no table {name!r}; is it the folder of a run?")
    try:
        dataset = ds.dataset(place, format="parquet")
        rows: Sequence[Row] = dataset.to_table(filter=ds.field("report_id") == report_id).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{place}: cannot be read ({type(error).__name__})") from None
    fingerprint = (dataset.schema.metadata or {}).get(_FINGERPRINT)
    return rows, fingerprint.decode() if fingerprint else None
