"""Inputs that the system fails to read in the middle: what came before is kept, the rest is told and read later."""

from __future__ import annotations

import errno
import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spinelink.run import run
from spinelink.settings import Settings
from spinelink.stages.ingest import containers, source

RECORDS = 60
FAILS_AT = 400_000
"""Of some 900,000 bytes, 500,000 where compressed: readers take in 128 kB at a time."""
NOISE = random.Random(1)
ROWS = [
    {"report_id": f"r{n}", "text": "Normal.", "noise": "".join(NOISE.choices("0123456789abcdef", k=16_384))}
    for n in range(RECORDS)
]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
MESSAGES = "".join(
    f"MSH|^~\\&|A|B|C|D|2024||ORU^R01|{n}|P|2.5\rOBR|1||r{n}\rZZZ|{row['noise']}\rOBX|1|TX|||Normal.\r"
    for n, row in enumerate(ROWS)
).encode()
REPORTS = "".join(
    json.dumps({"resourceType": "DiagnosticReport", "id": row["report_id"], "conclusion": "Normal.", "x": row["noise"]})
    + "\n"
    for row in ROWS
).encode()


def parquet(path: Path) -> None:
    rows = [{**row, "text": f"Normal.{' ' * 16_384}", "noise": ""} for row in ROWS]
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=20, compression="none", use_dictionary=False)


def zst(path: Path) -> None:
    with pa.CompressedOutputStream(str(path), "zstd") as stream:
        stream.write(LINES)


def packed(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("r.jsonl", LINES)


FORMS: dict[str, tuple[Callable[[Path], object], bool]] = {
    "r.txt": (lambda path: path.write_text("Normal." + " " * 900_000), False),
    "r.csv": (
        lambda path: path.write_text(
            "report_id,text,noise\n" + "".join(",".join(row.values()) + "\n" for row in ROWS)
        ),
        True,
    ),
    "r.jsonl": (lambda path: path.write_bytes(LINES), True),
    "r.jsonl.gz": (lambda path: path.write_bytes(gzip.compress(LINES, 1)), True),
    "r.jsonl.zst": (zst, True),
    "r.ndjson": (lambda path: path.write_bytes(REPORTS), True),
    "r.hl7": (lambda path: path.write_bytes(MESSAGES), True),
    "r.json": (lambda path: path.write_bytes(b'{"resourceType": "DiagnosticReport", "id": "d", "conclusion": "Normal.", "x": "' + LINES[1:].hex().encode() + b'"}'), False),
    "r.parquet": (parquet, False),
    "r.zip": (packed, True),
}  # fmt: skip
"""How each file is written, and whether records before the place that cannot be read are given."""


class Failing(io.FileIO):
    """A file on a disk with a sector that cannot be read."""

    def read(self, size: int | None = -1, /) -> bytes:
        place, wanted = self.tell(), 2**40 if size is None or size < 0 else size
        if place < FAILS_AT:
            wanted = min(wanted, FAILS_AT - place)
        elif wanted and place < FAILS_AT + 4096:
            raise OSError(errno.EIO, "Input/output error")
        return super().read(wanted)

    def readinto(self, buffer: Any, /) -> int:
        data = self.read(len(memoryview(buffer)))
        memoryview(buffer)[: len(data)] = data
        return len(data)


@pytest.mark.parametrize("name", FORMS)
def test_what_the_disk_does_not_give_is_told_and_read_by_the_same_command(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write, has_earlier = FORMS[name]
    write(folder / name)
    (folder / "z.txt").write_text("Normal.")
    settings = Settings(shard_size=20)
    whole = run(folder, tmp_path / "whole", settings).manifest

    with monkeypatch.context() as patch:
        for module in (source, containers):
            patch.setattr(module, "opened_file", lambda path: Failing(path))
        manifest = run(folder, tmp_path / "out", settings).manifest
    read_from = f"{name}!r.jsonl" if name.endswith(".zip") else name
    assert manifest["notes"]["changed"] == [read_from]
    assert manifest["rejects"] == {"unreadable": 1}
    [reject] = pq.read_table(tmp_path / "out" / "rejects").to_pylist()
    assert (reject["source"], reject["record"], reject["detail"]) == (read_from, None, "OSError")
    reports = manifest["records"]["reports"]
    assert (reports > 10) is has_earlier
    assert reports < whole["records"]["reports"]

    again = run(folder, tmp_path / "out", settings)
    assert again.manifest["notes"]["changed"] == []
    assert again.manifest["records"] == whole["records"]
    for part in (tmp_path / "whole").glob("*/part-*"):
        assert (tmp_path / "out" / part.parent.name / part.name).read_bytes() == part.read_bytes()
