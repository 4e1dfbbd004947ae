"""Observations of FHIR R4 as NDJSON: one line a finding, in the order of the run."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from spinelink.exports.files import text_file
from spinelink.exports.observations import OF_FINDING, OF_MEASUREMENT, OF_REPORT, Context, observation
from spinelink.exports.options import Options
from spinelink.exports.source import Source, rows_of


def write(source: Source, path: Path, options: Options) -> dict[str, int]:
    """Write one Observation a finding, with the measurements of it."""
    context, count = Context(source.system, options.resource_ids), 0
    with text_file(path) as file:
        for reports, findings, measurements in source.together("reports", "findings", "measurements"):
            report_of = {row["report_id"]: row for row in rows_of(reports, OF_REPORT)}
            measured = _by_finding(measurements)
            for row in rows_of(findings, OF_FINDING):
                key = row["report_id"], row["finding_id"]
                made = observation(row, report_of[row["report_id"]], measured.get(key, ()), context)
                file.write(json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n")
                count += 1
    return {path.name: count}


def _by_finding(measurements: pa.Table) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """Return the measurements of a part by the finding that they are of."""
    found: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for row in rows_of(measurements, OF_MEASUREMENT):
        if row["finding_id"] is not None:
            found[row["report_id"], row["finding_id"]].append(row)
    return found
