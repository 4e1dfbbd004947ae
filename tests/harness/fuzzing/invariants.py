"""What must hold for any bytes in a file and any characters in a report."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

from spinelink import lexicon, schemas
from spinelink.analysis import Parse, Rules, analyse, compile_rules, sentence_parser
from spinelink.errors import SpinelinkError
from spinelink.records import Analysis, Reject, Report
from spinelink.run import first_of_each_id
from spinelink.settings import IngestOptions
from spinelink.stages import ingest
from spinelink.tabulate import Shown, tabulate

_SECONDS = 5.0
_SECONDS_A_CHARACTER = 2e-3


@cache
def _shipped() -> lexicon.Lexicon:
    return lexicon.shipped()


@cache
def rules() -> tuple[Rules, Parse]:
    """Return the shipped lexicon, compiled once."""
    made = compile_rules(_shipped())
    return made, sentence_parser(made)


def endings() -> tuple[str, ...]:
    """Return an ending of each format that is read, plain and with gzip where it may be."""
    formats = ingest.formats.FORMATS.values()
    return tuple(ending for kind in formats for ending in kind.endings)


def records_of(data: bytes, ending: str, folder: Path) -> list[Report | Reject]:
    """Return what the reader of an ending makes of these bytes; none where they are refused with a declared error."""
    path = folder / f"input{ending}"
    path.write_bytes(data)
    options = IngestOptions(max_chars=20_000, max_decompressed=2**24)
    began = time.process_time()
    try:
        plan = ingest.plan([path], options, lexicon=_shipped())
    except SpinelinkError:
        return []
    records = list(first_of_each_id(ingest.read(plan)))
    assert time.process_time() - began < _SECONDS + len(data) * _SECONDS_A_CHARACTER, "reading takes too long"
    places = [(record.source, record.record) for record in records if record.record is not None]
    assert len(set(places)) == len(places), "a record was read twice"
    for record in records:
        if isinstance(record, Report):
            assert record.text.strip()
            record.text.encode()
        else:
            assert record.reason in reasons()
    return records


@cache
def reasons() -> frozenset[str]:
    """Return the declared reasons of rejects."""
    columns = {column.name: column for column in schemas.table("rejects").columns}
    return frozenset(columns["reason"].values)


def check_reader(data: bytes, ending: str, folder: Path) -> None:
    """Check that whatever is in a file becomes rows of the declared tables: in = reports + rejects."""
    records = records_of(data, ending, folder)
    check_tables(tuple(checked(record) if isinstance(record, Report) else record for record in records))


def check_text(text: str) -> None:
    """Check the analysis of one text."""
    check_tables((checked(Report("report", text, "report.txt", 0, exam="MRI spine")),))


def checked(report: Report) -> Analysis:
    """Return the analysis of a report: it fails on none, is soon done, and its offsets lie in the text."""
    compiled = rules()
    began = time.process_time()
    analysis = analyse(report, *compiled)
    took = time.process_time() - began
    assert took < _SECONDS + len(report.text) * _SECONDS_A_CHARACTER, "the analysis takes too long"
    end = len(report.text)
    for section in analysis.sections:
        assert 0 <= section.start <= section.body <= section.end <= end
    for finding in analysis.findings:
        assert 0 <= finding.sentence_start <= finding.start < finding.end <= finding.sentence_end <= end
        assert all(0 <= start < stop <= end for start, stop in finding.level_spans)
    for symptom in analysis.indication.symptoms:
        if symptom.start is not None and symptom.end is not None:
            assert 0 <= symptom.start < symptom.end <= end
    return analysis


def check_tables(outcomes: tuple[Analysis | Reject, ...]) -> None:
    """Check the tables of outcomes against their declaration, and each evidence against the text."""
    tables = tabulate(outcomes, Shown())
    for name, table in tables.items():
        schemas.check(table, name)
    assert tables["reports"].num_rows + tables["rejects"].num_rows == len(outcomes)
    texts = {outcome.report.report_id: outcome.report.text for outcome in outcomes if not isinstance(outcome, Reject)}
    for name in ("findings", "symptoms"):
        for row in tables[name].to_pylist():
            if row["evidence"] is not None and row["start"] is not None:
                assert texts[row["report_id"]][row["start"] : row["end"]] == row["evidence"], name
