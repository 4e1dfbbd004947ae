"""One archive of made reports in every form that is read: the same reports, so that the same tables must come of them.

Reports are gold reports, with numbers for ids and with patients of their own, and their title at the head of the text.
Forms differ in what they can say beside the text: a text file has nothing, a note of OMOP neither age nor sex.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd

from dresses.fhir import DRESSES as FHIR_DRESSES
from dresses.fhir import as_bulk, as_bundle, as_fhir, as_ndjson
from dresses.hl7 import DRESSES as HL7_DRESSES
from dresses.hl7 import as_hl7, file_of
from dresses.omop import OTHER, as_omop

Record = dict[str, Any]

_EXACT = tuple(dress for dress in FHIR_DRESSES if dress != "breaks")
_BUNDLE = 500


def reports(texts: Sequence[Mapping[str, Any]], count: int, rng: Random) -> list[Record]:
    """Return so many reports, of these texts and exams in turn; their ids are numbers."""
    made = []
    for number in range(1, count + 1):
        source = texts[number % len(texts)]
        made.append(
            {
                "report_id": str(100_000 + number),
                "patient_id": str(900_000 + rng.randrange(count)),
                "study_date": source["study_date"],
                "exam": source["exam"],
                "age": source["age"],
                "sex": source["sex"],
                "text": f"EXAM: {source['exam']}\n\n{source['text']}",
            }
        )
    return made


def _text(folder: Path, made: Sequence[Record], _rng: Random) -> None:
    for record in made:
        place = folder / str(record["study_date"])[:7]
        place.mkdir(exist_ok=True)
        (place / f"{record['report_id']}.txt").write_text(record["text"], encoding="utf-8", newline="")


def _delimited(name: str, delimiter: str) -> Callable[[Path, Sequence[Record], Random], None]:
    def write(folder: Path, made: Sequence[Record], _rng: Random) -> None:
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(made[0]), delimiter=delimiter)
            writer.writeheader()
            writer.writerows(made)

    return write


def _json_lines(folder: Path, made: Sequence[Record], _rng: Random) -> None:
    (folder / "reports.jsonl").write_text("".join(json.dumps(record) + "\n" for record in made), encoding="utf-8")


def _parquet(folder: Path, made: Sequence[Record], _rng: Random) -> None:
    pd.DataFrame(made).to_parquet(folder / "reports.parquet")


def _hl7(folder: Path, made: Sequence[Record], rng: Random) -> None:
    for place, (name, dress) in enumerate(HL7_DRESSES.items()):
        messages = [as_hl7(record, dress, rng) for record in made[place :: len(HL7_DRESSES)]]
        (folder / f"{name}.hl7").write_bytes(file_of(messages, dress))


def _ndjson(folder: Path, made: Sequence[Record], rng: Random) -> None:
    resources = [as_fhir(record, rng.choice(_EXACT), rng) for record in made]
    resources.insert(1, {"resourceType": "Observation", "status": "final", "code": {"text": "a measurement"}})
    (folder / "DiagnosticReport.ndjson").write_text(as_ndjson(resources), encoding="utf-8")


def _bundles(folder: Path, made: Sequence[Record], rng: Random) -> None:
    for start in range(0, len(made), _BUNDLE):
        bundle = as_bundle(made[start : start + _BUNDLE], rng.choice(_EXACT), rng)
        (folder / f"bundle-{start}.json").write_text(json.dumps(bundle), encoding="utf-8")


def _bulk(folder: Path, made: Sequence[Record], rng: Random) -> None:
    for name, resources in as_bulk(made, rng.choice(_EXACT), rng).items():
        (folder / name).write_text(as_ndjson(resources), encoding="utf-8")


def _omop_csv(folder: Path, made: Sequence[Record], _rng: Random) -> None:
    as_omop(made).to_csv(folder / "note.csv", index=False)


def _omop_parquet(folder: Path, made: Sequence[Record], _rng: Random) -> None:
    other = as_omop([{"report_id": "1", "text": "Discharged home."}], note_class=OTHER)
    pd.concat([other, as_omop(made)], ignore_index=True).astype({"provider_id": str}).to_parquet(
        folder / "note.parquet"
    )


FORMS: Mapping[str, Callable[[Path, Sequence[Record], Random], None]] = {
    "text": _text,
    "csv": _delimited("reports.csv", ","),
    "tsv": _delimited("reports.tsv", "\t"),
    "jsonl": _json_lines,
    "parquet": _parquet,
    "hl7": _hl7,
    "fhir-ndjson": _ndjson,
    "fhir-bundle": _bundles,
    "fhir-bulk": _bulk,
    "omop-csv": _omop_csv,
    "omop-parquet": _omop_parquet,
}
"""Every form by name: writes reports into a folder."""


def write(folder: Path, made: Sequence[Record], form: str, rng: Random) -> Path:
    """Write reports in one form into a new folder, and return it."""
    place = folder / form
    place.mkdir()
    FORMS[form](place, made, rng)
    return place
