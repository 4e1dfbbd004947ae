"""Whole runs over HL7: versions, resumption, byte identity, and the same tables as from JSON lines."""

from __future__ import annotations

import json
from collections import Counter
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.dataset as ds
import pytest

from dresses.hl7 import DRESSES, as_hl7, file_of
from spinelink.records import Reject
from spinelink.run import run
from spinelink.settings import Settings
from spinelink.stages import ingest

REPORTS = 24
SHARD = 6
LINE = r"MSH|^~\&|RIS|CITY|EHR|CITY|{sent}||ORU^R01|7|P|2.5.1"


def rows(out: Path, name: str) -> list[dict[str, Any]]:
    return ds.dataset(out / name, format="parquet").to_table().to_pylist()


def contents(path: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a run but its lock."""
    files = (file for file in path.rglob("*") if file.is_file() and file.name != ".lock")
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


def gold_records(root: Path) -> list[dict[str, Any]]:
    lines = (root / "corpora" / "gold" / "reports.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def archive(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of gold reports in every dress, each preliminary in one file and final in another, and of strays."""
    folder = tmp_path_factory.mktemp("hl7") / "archive"
    (folder / "later").mkdir(parents=True)
    early, late = [], []
    for n, (record, name) in enumerate(zip(gold_records(root)[:REPORTS], cycle(DRESSES), strict=False)):
        named = {**record, "report_id": f"{record['report_id']}-{n}"}
        early.append(as_hl7({**named, "status": "preliminary"}, DRESSES[name], Random(n)))
        late.append(as_hl7({**named, "status": "final"}, DRESSES[name], Random(n)))
    (folder / "a.hl7").write_bytes(b"".join(late))
    (folder / "b.txt").write_bytes(b"\r".join(early) + b"\r\x00\x01\r" + LINE.encode())
    addendum = {
        "report_id": f"{gold_records(root)[0]['report_id']}-0",
        "text": "ADDENDUM: L1-L2: Small right foraminal protrusion.",
    }
    (folder / "later" / "c.dat").write_bytes(file_of([as_hl7(addendum, DRESSES["batch"], Random(0))], DRESSES["batch"]))
    (folder / "d.csv").write_text('report_id,text\nx,"L4-L5: Mild disc bulge."\n')
    return folder


@pytest.fixture(scope="module")
def whole(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run over the archive by one worker that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole") / "out"
    run(archive, out, Settings(shard_size=SHARD))
    return out


def test_of_every_report_the_latest_version_is_in_the_tables(whole: Path) -> None:
    manifest = json.loads((whole / "manifest.json").read_bytes())
    reports, rejects = rows(whole, "reports"), rows(whole, "rejects")
    assert len(reports) == REPORTS + 1
    assert {(r["source"], r["status"]) for r in reports} == {("a.hl7", "final"), ("a.hl7", "addendum"), ("d.csv", None)}
    assert Counter(r["reason"] for r in rejects) == {"superseded": REPORTS, "bad_record": 2, "joined": 1}
    assert manifest["records"]["read"] == len(reports) + len(rejects)
    assert manifest["notes"]["miscounted"] == []


def test_a_joined_addendum_is_read_with_its_report(whole: Path) -> None:
    texts = {r["report_id"]: r["text"] for r in rows(whole, "texts")}
    (added,) = (r["report_id"] for r in rows(whole, "reports") if r["status"] == "addendum")
    assert texts[added].endswith("\n\nADDENDUM: L1-L2: Small right foraminal protrusion.")
    found = {(f["finding_type"], f["level"]) for f in rows(whole, "findings") if f["report_id"] == added}
    assert ("disc_protrusion", "L1-L2") in found


def test_bytes_do_not_depend_on_the_batch_size(archive: Path, whole: Path, tmp_path: Path) -> None:
    run(archive, tmp_path / "out", Settings(shard_size=SHARD), batch_size=3)
    assert contents(tmp_path / "out") == contents(whole)


def test_a_run_that_was_interrupted_goes_on_to_the_same_bytes(archive: Path, whole: Path, tmp_path: Path) -> None:
    def interrupt(records: int, _share: float | None) -> None:
        if records > 2 * SHARD:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(archive, tmp_path / "out", Settings(shard_size=SHARD), batch_size=3, progress=interrupt)
    assert run(archive, tmp_path / "out", Settings(shard_size=SHARD)).shards_kept == 2
    assert contents(tmp_path / "out") == contents(whole)


def test_two_files_of_versions_name_each_other(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, status in (("a", "F"), ("b", "C")):
        order = "OBR|1||F1|" + "|" * 21 + status
        content = "\r".join([LINE.format(sent="20240101"), order, "OBX|1|TX|||Normal."])
        (tmp_path / "in" / f"{name}.hl7").write_text(content, newline="")
    run(tmp_path / "in", tmp_path / "out")
    (reject,) = rows(tmp_path / "out", "rejects")
    assert (reject["source"], reject["reason"], reject["report_id"]) == ("a.hl7", "superseded", "F1")
    assert reject["detail"] == "a later version stands in b.hl7, record 0"


def test_an_id_of_another_format_is_a_duplicate_of_the_latest_version(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    versions = [
        "\r".join([LINE.format(sent=day), "OBR|1||F1", "OBX|1|TX|||Normal."]) for day in ("20240101", "20240102")
    ]
    (tmp_path / "in" / "b.hl7").write_text("\r".join(versions), newline="")
    (tmp_path / "in" / "a.csv").write_text("report_id,text\nF1,Normal.\n")
    run(tmp_path / "in", tmp_path / "out")
    assert [r["source"] for r in rows(tmp_path / "out", "reports")] == ["a.csv"]
    reasons = [(r["record"], r["reason"]) for r in rows(tmp_path / "out", "rejects")]
    assert reasons == [(0, "superseded"), (1, "duplicate_id")]


def test_an_indication_of_the_order_is_read_and_leaves_the_findings_alone(tmp_path: Path) -> None:
    for name, reason in (("with", "^Low back pain radiating to the left leg for 8 weeks"), ("without", "")):
        order = "OBR|1||F1|X^MRI LUMBAR SPINE" + "|" * 27 + reason
        lines = [LINE.format(sent="20240101"), order, r"OBX|1|TX|||L4-L5: Mild disc bulge.\.br\L5-S1: Normal."]
        (tmp_path / f"{name}.hl7").write_text("\r".join(lines), newline="")
        run(tmp_path / f"{name}.hl7", tmp_path / name)
    found = [
        [(r["finding_type"], r["level"]) for r in rows(tmp_path / name, "findings")] for name in ("with", "without")
    ]
    assert found[0] == found[1]
    assert found[0]
    symptoms = {r["symptom_type"] for r in rows(tmp_path / "with", "symptoms")}
    assert "low_back_pain" in symptoms
    assert rows(tmp_path / "without", "symptoms") == []


def test_a_given_code_of_a_message_and_one_of_the_table_stand_together(tmp_path: Path) -> None:
    content = "\r".join([LINE.format(sent="20240101"), "OBR|1||F1", "DG1|1||M54.16^^I10", "OBX|1|TX|||Normal."])
    (tmp_path / "a.hl7").write_text(content, newline="")
    (tmp_path / "codes.csv").write_text("report_id,code\nF1,M54.50\n")
    run(tmp_path / "a.hl7", tmp_path / "out", Settings(codes=tmp_path / "codes.csv"))
    assert {r["code"] for r in rows(tmp_path / "out", "symptoms") if r["origin"] == "codes"} == {"M54.16", "M54.50"}


def test_the_tables_are_those_of_json_lines(root: Path, tmp_path: Path) -> None:
    records = gold_records(root)
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    pairs = zip(records, cycle(DRESSES.values()), strict=False)
    (tmp_path / "in.hl7").write_bytes(b"\r".join(as_hl7(record, dress, Random(1)) for record, dress in pairs))
    for name in ("in.jsonl", "in.hl7"):
        run(tmp_path / name, tmp_path / f"out-{name}")
    for table in ("texts", "sections", "findings", "measurements", "levels", "symptoms", "links", "audit"):
        given, read = rows(tmp_path / "out-in.jsonl", table), rows(tmp_path / "out-in.hl7", table)
        assert read == given, table
        assert given, table


def test_a_limited_run_reads_no_more_than_it_says(archive: Path, tmp_path: Path) -> None:
    result = run(archive, tmp_path / "out", Settings(limit=5))
    assert result.manifest["records"]["read"] == 5


def test_no_text_of_a_report_is_in_a_reject(archive: Path) -> None:
    made = ingest.plan([archive], ingest.IngestOptions())
    records = ingest.read(made, ahead=ingest.look_ahead(made))
    details = [record.detail for record in records if isinstance(record, Reject)]
    assert details
    assert not any(word in detail for detail in details for word in ("disc", "L4", "stenosis"))
