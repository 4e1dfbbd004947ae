"""What a run counts: of a batch, of a shard, and of the whole, by adding up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

import pyarrow as pa

from spinelink.records import Analysis, Reject

OF_CODES: frozenset[str] = frozenset({"unknown_code", "bad_code_row"})
"""Reasons that reject a row of a table of codes, and never a record of reports."""


@dataclass(slots=True)
class Totals:
    """Counts, each by name: rows of tables, rejects by reason, findings by "type assertion"; unknown headings, unnamed.

    Input records are the rows of `reports` and the rejects of records together: nothing is lost. Rejected rows of a
    table of codes stand in the table `rejects` too, and are counted apart.
    """

    tables: Counter[str] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    unknown_headings: int = 0

    @property
    def reports(self) -> int:
        """Reports that were read."""
        return self.tables["reports"]

    @property
    def rejected(self) -> int:
        """Records and containers that could not become a report."""
        return self.tables["rejects"] - sum(self.rejects[reason] for reason in OF_CODES)

    @property
    def records(self) -> int:
        """Records that came in."""
        return self.reports + self.rejected

    @property
    def units(self) -> int:
        """What shards are cut of: the records, and the rejected rows of codes after them."""
        return self.reports + self.tables["rejects"]

    def add(self, other: Totals) -> None:
        """Add the counts of another part of the run."""
        self.tables.update(other.tables)
        self.rejects.update(other.rejects)
        self.findings.update(other.findings)
        self.unknown_headings += other.unknown_headings

    def as_json(self) -> dict[str, object]:
        """Return the counts as plain values, names in sorted order."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: dict(sorted(v.items())) if isinstance(v, Counter) else v for name, v in values.items()}

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> Totals:
        """Return the counts that `as_json` gave."""
        return cls(**{name: Counter(v) if isinstance(v, dict) else v for name, v in values.items()})  # type: ignore[arg-type]


def count(outcomes: Sequence[Analysis | Reject], tables: Mapping[str, pa.Table]) -> Totals:
    """Return the counts of a batch; the words of unknown headings are no part of them, for these may be report text."""
    totals = Totals(tables=Counter({name: table.num_rows for name, table in tables.items()}))
    for outcome in outcomes:
        if isinstance(outcome, Reject):
            totals.rejects[outcome.reason] += 1
            continue
        totals.findings.update(f"{f.mention.finding_type} {f.mention.assertion}" for f in outcome.findings)
        totals.unknown_headings += sum(1 for s in outcome.sections if s.heading and not s.known_heading)
    return totals
