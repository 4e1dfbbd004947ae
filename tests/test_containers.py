"""Archives: a zip file is a folder, however it is packed, and gz and zst may stand around every form of bytes."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import schemas
from spinelink.errors import InputError
from spinelink.records import Reject, Report
from spinelink.run import run, tables_of
from spinelink.settings import IngestOptions, Settings
from spinelink.stages.ingest import ReadNotes, look_ahead, plan, read
from spinelink.stages.ingest.compression import DECOMPRESSED

TEXT = "FINDINGS: L{n}-L{m}: Mild disc bulge. No canal stenosis. Read as number {k}."


def zst(data: bytes) -> bytes:
    """Return data as one zst file."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


PACKED: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "zst": zst}


def text(k: int) -> str:
    """Return one report."""
    return TEXT.format(n=1 + k % 4, m=2 + k % 4, k=k)


def archive(folder: Path) -> Path:
    """Write a folder of reports in several forms, some of them compressed."""
    for name in ("2023", "2024/may", "b"):
        (folder / name).mkdir(parents=True)
    for k in range(4):
        (folder / f"2024/may/{k}.txt").write_text(text(k), encoding="utf-8")
    (folder / "b/r.csv").write_text("report_id,text\n" + "".join(f"c{k},{text(k)}\n" for k in range(5)), "utf-8")
    lines = "".join(json.dumps({"report_id": f"j{k}", "text": text(k)}) + "\n" for k in range(5))
    (folder / "2023/r.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))
    (folder / "a.ndjson.zst").write_bytes(zst(lines.replace("j", "z").encode()))
    pq.write_table(pa.table({"report_id": ["p0", "p1"], "text": [text(0), text(1)]}), folder / "p.parquet")
    (folder / "2023/broken.csv.gz").write_bytes(gzip.compress(b"report_id,text\ng,Normal.\nh,Cut")[:-9])
    return folder


def zipped(folder: Path, path: Path, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Pack a folder, its files in no useful order."""
    with zipfile.ZipFile(path, "w", method) as packed:
        for file in sorted(folder.rglob("*"), reverse=True):
            packed.write(file, file.relative_to(folder))
    return path


def outcomes(*inputs: Path, options: IngestOptions | None = None) -> list[Report | Reject]:
    """Return what reading inputs gives."""
    return list(read(plan(inputs, options or IngestOptions())))


def shown(found: list[Report | Reject]) -> list[tuple[str, int | None, str]]:
    """Return source, record, and the text or the reason of each."""
    return [(one.source, one.record, one.text if isinstance(one, Report) else one.reason) for one in found]


def files_of(out: Path) -> dict[str, bytes]:
    """Return the bytes of the tables of a run."""
    return {file.relative_to(out).as_posix(): file.read_bytes() for file in sorted(out.rglob("part-*.parquet"))}


@pytest.mark.parametrize(
    "method",
    [
        pytest.param(zipfile.ZIP_STORED, id="stored"),
        pytest.param(zipfile.ZIP_DEFLATED, id="deflated"),
        pytest.param(zipfile.ZIP_BZIP2, id="bzip2"),
        pytest.param(zipfile.ZIP_LZMA, id="lzma"),
    ],
)
def test_a_zip_file_is_read_as_the_folder_that_it_holds(tmp_path: Path, method: int) -> None:
    folder = archive(tmp_path / "folder")
    packed = zipped(folder, tmp_path / "archive.zip", method)
    assert len(outcomes(folder)) == 4 + 5 + 5 + 5 + 2 + 2
    assert outcomes(packed) == outcomes(folder)


def test_the_tables_of_a_zip_file_are_those_of_its_folder_byte_for_byte(tmp_path: Path) -> None:
    folder = archive(tmp_path / "folder")
    packed = zipped(folder, tmp_path / "archive.zip")
    settings = Settings(shard_size=8)
    run(folder, tmp_path / "plain", settings)
    run(packed, tmp_path / "zip", settings, batch_size=3)
    assert files_of(tmp_path / "zip") == files_of(tmp_path / "plain")
    assert len(files_of(tmp_path / "zip")) == 3 * len(schemas.tables())


def test_the_tables_of_a_zip_file_within_a_folder_differ_in_source_alone(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "r.csv").write_text("report_id,text\n" + "".join(f"c{k},{text(k)}\n" for k in range(5)), "utf-8")
    (tmp_path / "mixed").mkdir()
    zipped(folder, tmp_path / "mixed/archive.zip")
    plain, packed = tables_of(folder), tables_of(tmp_path / "mixed")
    assert set(packed["reports"]["source"].to_pylist()) == {"archive.zip!r.csv"}
    for name, table in plain.items():
        kept = [column for column in table.column_names if column != "source"]
        assert packed[name].select(kept).equals(table.select(kept)), name


def test_folders_of_archives_and_archives_of_archives_are_one_archive(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "1.txt").write_text("One.", encoding="utf-8")
    deep = zipped(inner, tmp_path / "deep.zip")
    outer = tmp_path / "outer"
    (outer / "x").mkdir(parents=True)
    (outer / "x/deep.zip").write_bytes(deep.read_bytes())
    (outer / "2.txt.gz").write_bytes(gzip.compress(b"Two."))
    (tmp_path / "all").mkdir()
    zipped(outer, tmp_path / "all/outer.zip")
    (tmp_path / "all/0.txt.zst").write_bytes(zst(b"Zero."))
    (tmp_path / "all/z.txt").write_text("Last.", encoding="utf-8")
    assert shown(outcomes(tmp_path / "all")) == [
        ("0.txt.zst", 0, "Zero."),
        ("outer.zip!2.txt.gz", 0, "Two."),
        ("outer.zip!x/deep.zip!1.txt", 0, "One."),
        ("z.txt", 0, "Last."),
    ]


def test_archives_stand_in_one_another_three_deep_and_no_deeper(tmp_path: Path) -> None:
    data = b"Deep."
    name = "r.txt"
    for depth in range(4):
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as packed:
            packed.writestr(name, data)
            packed.writestr(f"beside{depth}.txt", "Beside.")
        data, name = sink.getvalue(), f"level{depth}.zip"
    (tmp_path / "top.zip").write_bytes(data)
    assert shown(outcomes(tmp_path / "top.zip")) == [
        ("beside3.txt", 0, "Beside."),
        ("level2.zip!beside2.txt", 0, "Beside."),
        ("level2.zip!level1.zip!beside1.txt", 0, "Beside."),
        ("level2.zip!level1.zip!level0.zip", None, "decompression_limit"),
    ]


def test_what_is_passed_over_in_an_archive_is_counted_as_in_a_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for name in ("r.txt", ".hidden.txt", "scan.pdf", "README.md", "__MACOSX/._r.txt", "__MACOSX/x.txt", "d/"):
            packed.writestr(name, "Normal.")
    made = plan([tmp_path / "a.zip"], IngestOptions())
    assert [file.source for file in made.files] == ["r.txt"]
    assert made.skipped == {".md": 1, ".pdf": 1, "folder": 1, "hidden": 1}


def test_an_archive_without_a_file_to_read_is_refused_by_name_and_passed_over_in_a_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("scan.pdf", "x")
    with pytest.raises(InputError, match=r"a\.zip: no file to read \(passed over: 1 \.pdf\)"):
        plan([tmp_path / "a.zip"], IngestOptions())
    (tmp_path / "r.txt").write_text("Normal.", encoding="utf-8")
    assert shown(outcomes(tmp_path)) == [("r.txt", 0, "Normal.")]


def test_a_set_format_holds_for_members_and_leaves_archives_archives(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("r.rpt", "Normal.")
    assert shown(outcomes(tmp_path / "a.zip", options=IngestOptions(format="txt"))) == [("r.rpt", 0, "Normal.")]


def test_archives_of_two_arguments_are_told_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as packed:
            packed.writestr("1.txt", name)
    assert shown(outcomes(tmp_path / "a.zip", tmp_path / "b.zip")) == [("a.zip/1.txt", 0, "a"), ("b.zip/1.txt", 0, "b")]


def test_names_of_members_are_read_in_the_code_in_which_they_were_written(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("Röntgen.txt", "Marked.")
        packed.writestr("older.txt", "Unmarked.")
    data = (tmp_path / "a.zip").read_bytes().replace(b"older.txt", "ältr.txt".encode())
    (tmp_path / "a.zip").write_bytes(data)
    assert [file.source for file in plan([tmp_path / "a.zip"], IngestOptions()).files] == ["Röntgen.txt", "ältr.txt"]


@pytest.mark.parametrize("packing", ["gz", "zst"])
@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        pytest.param("r.txt", "Wörter.".encode(), [(0, "Wörter.")], id="txt"),
        pytest.param("r.csv", b"id,text\n1,a\n2,b\n", [(0, "a"), (1, "b")], id="csv"),
        pytest.param("r.tsv", b"id\ttext\n1\ta\n", [(0, "a")], id="tsv"),
        pytest.param("r.jsonl", b'{"text": "a"}\n{"text": "b"}\n', [(0, "a"), (1, "b")], id="jsonl"),
        pytest.param("r.csv", "id,text\n1,ä\n".encode("utf-16"), [(0, "ä")], id="utf-16"),
    ],
)
def test_every_form_of_bytes_may_be_compressed(
    tmp_path: Path, packing: str, name: str, data: bytes, found: list[tuple[int, str]]
) -> None:
    path = tmp_path / f"{name}.{packing}"
    path.write_bytes(PACKED[packing](data))
    assert shown(outcomes(path)) == [(path.name, record, words) for record, words in found]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.write(path, path.name)
    assert outcomes(tmp_path / "a.zip") == outcomes(path)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(lambda data: data[:-5], "truncated", id="cut"),
        pytest.param(lambda data: data[:3], "truncated", id="within its mark"),
        pytest.param(lambda data: b"", "truncated", id="empty"),
        pytest.param(lambda data: b"plain text", "unreadable", id="no zst"),
        pytest.param(lambda data: data[:20] + b"\xff" * 40 + data[60:], "unreadable", id="damaged"),
    ],
)
def test_a_damaged_zst_is_one_reject(tmp_path: Path, data: Callable[[bytes], bytes], reason: str) -> None:
    whole = zst(b"".join(b"%d A report of its own, number %d.\n" % (n, n * n) for n in range(60)))
    (tmp_path / "r.txt.zst").write_bytes(data(whole))
    assert shown(outcomes(tmp_path / "r.txt.zst")) == [("r.txt.zst", None, reason)]


def test_a_zst_of_several_frames_is_read_through(tmp_path: Path) -> None:
    (tmp_path / "r.csv.zst").write_bytes(zst(b"id,text\n1,a\n") + zst(b"2,b\n"))
    assert shown(outcomes(tmp_path)) == [("r.csv.zst", 0, "a"), ("r.csv.zst", 1, "b")]


@given(st.lists(st.binary(max_size=400), max_size=3), st.integers(1, 700), st.sampled_from(["gz", "zst"]))
def test_decompression_gives_back_what_was_compressed(parts: list[bytes], size: int, packing: str) -> None:
    packed = b"".join(map(PACKED[packing], parts)) or PACKED[packing](b"")
    next_of = DECOMPRESSED[packing](io.BytesIO(packed))  # type: ignore[arg-type]
    assert b"".join(iter(lambda: next_of(size), b"")) == b"".join(parts)


def test_of_versions_in_archives_the_latest_is_found(tmp_path: Path) -> None:
    def report(status: str, issued: str, words: str) -> str:
        told = {"resourceType": "DiagnosticReport", "id": "d1", "status": status, "issued": issued, "conclusion": words}
        return json.dumps({**told, "code": {"text": "MRI lumbar spine"}})

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("1.ndjson", report("preliminary", "2024-01-01T10:00:00Z", "A bulge."))
        packed.writestr("2.ndjson.gz", gzip.compress(report("final", "2024-01-02T10:00:00Z", "None.").encode()))
    made = plan([tmp_path / "a.zip"], IngestOptions())
    found = list(read(made, ahead=look_ahead(made)))
    assert [isinstance(one, Report) for one in found] == [False, True]
    assert isinstance(found[0], Reject)
    assert found[0].reason == "superseded"


def test_an_archive_that_changes_between_plan_and_reading_is_rejected(tmp_path: Path) -> None:
    folder = archive(tmp_path / "folder")
    packed = zipped(folder, tmp_path / "archive.zip")
    made = plan([packed], IngestOptions())
    packed.unlink()
    zipped(folder / "b", packed)
    assert {(one.record, getattr(one, "reason", "")) for one in read(made)} == {(None, "unreadable")}
    packed.unlink()
    assert len(list(read(made))) == len(made.files)


def test_members_are_streamed_and_nothing_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = json.dumps({"text": "A report of some length. " * 400}) + "\n"
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("r.jsonl", line * 4000)  # 40 MB
    monkeypatch.setenv("TMPDIR", str(tmp_path / "none"))
    made = plan([tmp_path / "a.zip"], IngestOptions())
    tracemalloc.start()
    count = sum(isinstance(one, Report) for one in read(made, ReadNotes()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 4000
    assert peak < 4_000_000
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
