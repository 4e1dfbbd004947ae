"""An archive with a planted word in texts of every kind and format: whole ones, and such as cannot be read."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dresses import archive as dresses
from dresses import fhir

WORD = "Zqxplant"
NUMERALS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def text_of(name: str, more: str = "") -> str:
    """Return a report with the word in every section; headings with it differ from report to report."""
    w = WORD
    return (
        f"MRI LUMBAR SPINE {w.upper()} WITHOUT CONTRAST\n\n"
        f"INDICATION: Low back {w} pain since 2019, {w}. M54.{w}. Right leg {w} pain, ?{w} cauda equina.\n\n"
        f"TECHNIQUE: Sagittal {w} T1. Motion artifact, {w}.\n\nCOMPARISON: {w} 3/4/2019.\n\n"
        f"{w.upper()} READING OF {name.upper()}: Seen by {w}.\n\n"
        f"FINDINGS: {w} transitional anatomy.\nL4-L5: Mild {w} disc bulge{more}. Severe {w} canal stenosis.\n"
        f"L5-S1 {w}: Left {w} paracentral disc extrusion, 7 {w} mm. {w} cyst of the right kidney.\n"
        f"No {w} fracture. Recommend {w} contrast MRI.\n\n"
        f"IMPRESSION: 1. Right {w} L4-L5 disc bulge.\n2. Discussed with Dr {w} at 14:00.\n\n"
        f"ADDENDUM: The {w} extrusion is on the right.\n\nElectronically signed by {w}, MD\n"
    )


def records(prefix: str, names: Iterable[str] = NUMERALS[:3]) -> list[dict[str, Any]]:
    """Return some records with the word in their texts alone."""
    return [
        {"report_id": f"{prefix}-{name}", "text": text_of(f"{prefix} {name}"), "study_date": "2024-05-05", "age": 44}
        for name in names
    ]


def csv_of(rows: Iterable[Iterable[object]], delimiter: str = ",") -> str:
    quoted = ((f'"{str(cell).replace(chr(34), chr(34) * 2)}"' for cell in row) for row in rows)
    return "".join(delimiter.join(row) + "\n" for row in quoted)


def archive(folder: Path) -> Path:
    """Write reports of every kind: whole ones of every format, and such as cannot be read."""
    folder.mkdir()
    (folder / "sub").mkdir()
    (folder / "a.txt").write_text(text_of("a"))
    (folder / "wide.txt").write_bytes(text_of("wide").encode("utf-16"))
    (folder / "latin.txt").write_bytes((text_of("latin") + "\xb5\xe9").encode("cp1252"))
    (folder / "sub" / "b.txt.gz").write_bytes(gzip.compress(text_of("b").encode()))
    rows = [list(record.values()) for record in records("csv")]
    (folder / "c.csv").write_text(csv_of([list(records("csv")[0]), *rows]))
    (folder / "d.tsv").write_text(csv_of([["id", "report"], ["tsv", text_of("d")], ["tsv", text_of("again")]], "\t"))
    (folder / "e.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records("json")))
    pq.write_table(pa.Table.from_pylist(records("parquet")), folder / "f.parquet")
    parts = [["id", "indication", "findings", "impression"], ["parts", f"{WORD} pain", f"{WORD} bulge", f"{WORD}."]]
    (folder / "g.csv").write_text(csv_of(parts))
    for place, (form, number) in enumerate(EXCHANGED.items(), start=1):
        more = {"patient_id": "7", "exam": "MRI lumbar spine", "sex": "F", "reason": f"Left leg {WORD} pain"}
        made = [
            {**record, **more, "report_id": f"{place}{n}"} for n, record in enumerate(records(form, NUMERALS[:number]))
        ]
        made[0]["text"] = f"FINDINGS: {WORD} disc bulge at L4-L5."  # what it is asked for stands in the order alone
        dresses.write(folder, made, form, Random(7))
    dressed = [
        fhir.as_fhir(record, dress, Random(7))
        for record, dress in zip(records("fhir", NUMERALS), fhir.DRESSES, strict=False)
    ]
    (folder / "dressed.ndjson").write_text(fhir.as_ndjson(dressed))
    _write_packed(folder)
    _write_unreadable(folder)
    return folder


EXCHANGED = {"hl7": 12, "fhir-ndjson": 3, "fhir-bundle": 3, "fhir-bulk": 3, "omop-csv": 3, "omop-parquet": 3}
"""Forms of exchange, and how many reports are written in each: of HL7 one in each dress."""


def _zst(data: bytes) -> bytes:
    packed = pa.BufferOutputStream()
    with pa.CompressedOutputStream(packed, "zstd") as stream:
        stream.write(data)
    return packed.getvalue().to_pybytes()


def _zip(members: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def _write_packed(folder: Path) -> None:
    """Write folders in folders, archives in archives and compressed files in these; some are damaged."""
    deep = folder / "2024" / "05" / "05"
    deep.mkdir(parents=True)
    (deep / "deep.txt").write_text(text_of("deep"))
    lines = "".join(json.dumps(record) + "\n" for record in records("packed", NUMERALS[:2])).encode()
    (folder / "packed.jsonl.zst").write_bytes(_zst(lines))
    (folder / "cut.jsonl.zst").write_bytes(_zst(lines)[:-9])
    table = csv_of([["id", "text"], ["zipped", text_of("zipped")]]).encode()
    inner = _zip({"letter.txt": text_of("letter").encode(), "a/rows.csv.gz": gzip.compress(table)})
    harmed = text_of("harmed").encode()
    members = {
        "letter.txt": text_of("outer").encode(), "lines.jsonl.zst": _zst(lines.replace(b"packed", b"zst")),
        "inner.zip": inner, "cut.zip": inner[:-30], "cut.csv.gz": gzip.compress(table)[:-12],
        "../out.txt": text_of("out").encode(), "harmed.txt": harmed,
    }  # fmt: skip
    whole = _zip(members)
    (folder / "archive.zip").write_bytes(whole.replace(harmed, harmed[:-1] + b"!"))  # its checksum is wrong
    (folder / "cut.zip").write_bytes(whole[: len(whole) // 2])


def _write_unreadable(folder: Path) -> None:
    """Write what cannot be read, or is no report."""
    message = next((folder / "hl7").iterdir()).read_bytes()
    (folder / "cut.hl7").write_bytes(message[: len(message) // 2])
    (folder / "garbled.hl7").write_bytes(message.replace(b"OBX", WORD.encode()))
    rtf, base64_of = f"{{\\rtf1 {WORD} bulge}}", base64.b64encode(f"{WORD} page".encode()).decode()
    values = (f"FT|||{rtf}", f"ED|||^application^pdf^Base64^{base64_of}", f"TX|||{WORD}", f"RP|||{WORD}")
    kinds = ("ORU^R01", "ORU^R01", "MDM^T02", "ORU^R01")
    (folder / "others.hl7").write_text(
        "".join(
            f"MSH|^~\\&|A|B|C|D|2024||{kind}|{n}|P|2.5\rPID|||7\rOBR|1||H{n}\rOBX|1|{value}\r"
            for n, (kind, value) in enumerate(zip(kinds, values, strict=True))
        )
        + f"MSH|^~\\&|A|B|C|D|2024||ORU^R01|7|P|2.5\rOBR|1||H7\rOBX|1|TX|||{WORD}\rDSC|{WORD}|F\r"
        + f"MSH|^~\\&|A|B|C|D|2024||ORU^R01|7|P|2.5||{WORD}\rOBR|1||H7\rOBX|1|TX|||{WORD}\r"
        + f"MSH|^~\\&|A|B|C|D|2024||ADT^A08|8|P|2.5\rPID|||7\rNTE|1||{WORD}\r"
        + f"MSH|^~\\&|A|B|C|D|2024||ACK|9|P|2.5\rMSA|AE|{WORD}|{WORD} is no report\r"
        + f"MSH|^~\\&|A|B|C|D|2024||{WORD} of {WORD}|9|P|2.5\r{WORD}\r"
    )
    (folder / "cut.json").write_bytes(next((folder / "fhir-bundle").iterdir()).read_bytes()[:-20])
    page = f'<!DOCTYPE p [<!ENTITY e "{WORD}">]><p>{WORD} &e;</p>'
    forms = {"application/rtf": rtf, "application/pdf": WORD, "text/html": page, "text/plain": f"{WORD}\0"}
    faulty = [
        {
            "resourceType": "DiagnosticReport", "id": f"f{n}", "status": "final",
            "presentedForm": [{"contentType": kind, "data": base64.b64encode(data.encode()).decode()}],
        }
        for n, (kind, data) in enumerate(forms.items())
    ]  # fmt: skip
    faulty.append({**faulty[0], "id": "f9", "presentedForm": [{"contentType": "text/plain", "data": f"{WORD} ?"}]})
    (folder / "faulty.ndjson").write_text(fhir.as_ndjson(faulty))
    note = f'note_id,person_id,note_text,note_type_concept_id,note_class_concept_id\n1,{WORD}\n2,7,"{WORD}\0",1,1\n'
    (folder / "note.csv").write_text(note)
    odd = {"resourceType": "DiagnosticReport", "id": "t", "status": "final", "conclusion": [WORD], "code": WORD}
    (folder / "odd.ndjson").write_text(f'{json.dumps(odd)}\n{{"resourceType": "{WORD} of, {WORD}"}}\n{WORD}\n')
    (folder / "headless.csv").write_text(f"R1,{WORD} pain,no {WORD}\nR2,{WORD},{WORD}\n")
    (folder / "keys.jsonl").write_text(json.dumps({"id": "k", f"{WORD} pain": 1}) + "\n")
    (folder / "quotes.csv").write_text(f'id,text\nq1,"{WORD} "bulge\nq2,{WORD},{WORD}\nq3,fine {WORD}\n')
    (folder / "broken.jsonl").write_text(f'{{"id": "x", "text": "{WORD}\n[]\n{{"text": ["{WORD}"]}}\n"{WORD}"\n')
    (folder / "deep.jsonl").write_text('{"text": ' + "[" * 200_000 + f'"{WORD}"' + "]" * 200_000 + "}\n")
    (folder / "nul.txt").write_text(f"{WORD}\0{WORD}")
    (folder / "long.txt").write_text(text_of("long") * 5)
    (folder / "cut.csv.gz").write_bytes(gzip.compress(csv_of([["id", "text"], ["z", text_of("z")]]).encode())[:-40])
    (folder / "cut.parquet").write_bytes((folder / "f.parquet").read_bytes()[:-9])
