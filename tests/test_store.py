"""A run folder holds whole shards or none, is one run's alone, and its bytes depend on the rows only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from spinelink import schemas, store, written
from spinelink.errors import OutputError, SchemaError
from spinelink.records import Reject
from spinelink.store import FinishedShard
from spinelink.tabulate import Shown, tabulate
from spinelink.totals import Totals

IDENTITY = {"versions": {"spinelink": "0"}, "settings": {"shard_size": 3}}
FINGERPRINT = "f" * 64


def rejects(*reasons: str) -> dict[str, pa.Table]:
    """Return the tables of a batch that is nothing but rejects."""
    return tabulate([Reject("a.csv", n, f"id{n}", reason) for n, reason in enumerate(reasons)], Shown())


def totals(count: int) -> Totals:
    return Totals(tables=Counter(rejects=count))


def made(path: Path, *shards: list[dict[str, pa.Table]], identity: Mapping[str, object] = IDENTITY) -> None:
    """Make a finished run of these shards, each a list of parts."""
    with store.opened(path, identity, fingerprint=FINGERPRINT, overwrite=False) as folder:
        whole = Totals()
        for number, parts in enumerate(shards):
            rows = sum(part["rejects"].num_rows for part in parts)
            folder.write_shard(number, parts, totals(rows))
            whole.add(totals(rows))
        folder.finish(len(shards), whole, {})


def contents(path: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a run but its lock."""
    files = (file for file in path.rglob("*") if file.is_file() and file.name != ".lock")
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


def test_every_table_has_a_part_for_each_shard_with_one_row_group(tmp_path: Path) -> None:
    made(tmp_path, [rejects("too_long", "empty_text")], [rejects("not_text")])
    for name in schemas.tables():
        assert sorted(p.name for p in (tmp_path / name).iterdir()) == ["part-00000.parquet", "part-00001.parquet"]
    part = pq.ParquetFile(tmp_path / "rejects" / "part-00000.parquet")
    assert part.metadata.num_row_groups == 1
    part.close()


def test_files_carry_schema_version_lexicon_and_package_version(tmp_path: Path) -> None:
    made(tmp_path, [rejects("too_long")])
    for name in schemas.tables():
        schema = pq.read_schema(tmp_path / name / "part-00000.parquet")
        assert schema.equals(schemas.table(name).schema), name
        assert {key.decode(): value.decode() for key, value in schema.metadata.items()} == schemas.metadata(FINGERPRINT)


def test_dataset_reads_over_shards_with_and_without_rows(tmp_path: Path) -> None:
    made(tmp_path, [rejects()], [rejects("too_long")], [rejects("empty_text", "too_long")])
    assert ds.dataset(tmp_path / "rejects", format="parquet").to_table().column("reason").to_pylist() == [
        "too_long", "empty_text", "too_long",
    ]  # fmt: skip


@pytest.mark.parametrize("cut", [(4,), (1, 3), (2, 2), (1, 1, 1, 1), (0, 4)], ids=str)
def test_bytes_do_not_depend_on_the_parts_a_shard_came_in(cut: tuple[int, ...], tmp_path: Path) -> None:
    reasons = ["too_long", "empty_text", "not_text", "too_long"]
    whole = rejects(*reasons)
    places = [sum(cut[:n]) for n in range(len(cut))]
    parts = [
        {name: table.slice(place, n) for name, table in whole.items()} for place, n in zip(places, cut, strict=True)
    ]
    made(tmp_path / "cut", parts)
    made(tmp_path / "whole", [whole])
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_manifest_holds_identity_and_counts(tmp_path: Path) -> None:
    made(tmp_path, [rejects("too_long")])
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    assert manifest["state"] == "finished"
    assert manifest["settings"] == {"shard_size": 3}
    assert manifest["records"] == {"read": 1, "reports": 0, "rejects": 1}
    assert list(manifest["tables"]) == list(schemas.tables())


def section_rows(headings: Sequence[tuple[str, str | None]]) -> pa.Table:
    """Return rows of `sections`: report and unknown heading."""
    n = len(headings)
    columns: dict[str, list[object]] = {
        "region": [None] * n, "report_id": [report for report, _ in headings], "section_id": [0] * n, "category": ["findings"] * n,
        "heading": [heading for _, heading in headings], "known_heading": [False] * n, "start": [0] * n, "end": [1] * n,
    }  # fmt: skip
    return schemas.build("sections", columns)


def test_named_headings_are_those_of_three_reports(tmp_path: Path) -> None:
    with store.opened(tmp_path, IDENTITY, fingerprint=FINGERPRINT, overwrite=False) as folder:
        of_one: list[tuple[str, str | None]] = [("a", "Mr Smith")] * 4
        parts: list[list[tuple[str, str | None]]] = [
            [("a", "Alignment"), *of_one],
            [("b", "ALIGNMENT "), ("c", "alignment"), ("c", ""), ("c", None)],
        ]
        for shard, headings in enumerate(parts):
            folder.write_shard(shard, [{**rejects(), "sections": section_rows(headings)}], Totals())
        folder.finish(2, Totals(unknown_headings=7), {})
        assert folder.manifest()["unknown_headings"] == {"sections": 7, "named_3_times_or_more": {"ALIGNMENT": 3}}


def test_marks_hold_no_heading(tmp_path: Path) -> None:
    with store.opened(tmp_path, IDENTITY, fingerprint=FINGERPRINT, overwrite=False) as folder:
        folder.write_shard(0, [{**rejects(), "sections": section_rows([("a", "Mr Smith")] * 4)}], Totals())
    assert b"smith" not in (tmp_path / "_shards" / "00000.json").read_bytes().lower()


def test_shard_without_a_mark_is_not_finished(tmp_path: Path) -> None:
    with store.opened(tmp_path, IDENTITY, fingerprint=FINGERPRINT, overwrite=False) as folder:
        folder.write_shard(0, [rejects("too_long")], totals(1))
        folder.write_shard(1, [rejects("too_long")], totals(1))
        (tmp_path / "_shards" / "00000.json").unlink()
        assert folder.finished_shards() == {1: FinishedShard(totals(1), "")}


def flipped(path: Path, place: int) -> None:
    """Turn one bit of a file about."""
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= 1 << (place % 8)
    path.write_bytes(data)


HARMS: dict[str, Callable[[Path], object]] = {
    "gone": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "bit-of-the-first-byte": lambda path: flipped(path, 0),
    "bit-in-the-middle": lambda path: flipped(path, 301),
    "bit-of-the-last-byte": lambda path: flipped(path, -1),
    "a-list": lambda path: path.write_text("[]"),
    "nested-deep": lambda path: path.write_text("[" * 100_000),
}


@pytest.mark.parametrize("file", ["texts/part-00000.parquet", "_shards/00000.json"])
@pytest.mark.parametrize("harm", HARMS)
def test_shard_whose_part_or_mark_was_damaged_is_not_finished(harm: str, file: str, tmp_path: Path) -> None:
    with store.opened(tmp_path, IDENTITY, fingerprint=FINGERPRINT, overwrite=False) as folder:
        folder.write_shard(0, [rejects("too_long")], totals(1))
        folder.write_shard(1, [rejects("too_long")], totals(1))
        HARMS[harm](tmp_path / file)
        assert set(folder.finished_shards()) == {1}


@pytest.mark.parametrize(
    ("hours", "read"), [pytest.param(-1, False, id="older-than-its-mark"), pytest.param(1, True, id="newer")]
)
def test_part_is_read_again_only_where_it_was_touched_since_its_mark(
    hours: int, read: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.opened(tmp_path, IDENTITY, fingerprint=FINGERPRINT, overwrite=False) as folder:
        folder.write_shard(0, [rejects("too_long")], totals(1))
        parts = sorted(tmp_path.glob("*/part-00000.parquet"))
        then = (tmp_path / "_shards" / "00000.json").stat().st_mtime_ns + hours * 3_600_000_000_000
        for part in parts:
            os.utime(part, ns=(then, then))
        opened: list[Path] = []
        digest = written._digest_of

        def noted(path: Path) -> str | None:
            opened.append(path)
            return digest(path)

        monkeypatch.setattr(written, "_digest_of", noted)
        assert set(folder.finished_shards()) == {0}
        assert sorted(opened) == (parts if read else [])


def test_part_that_was_cut_is_made_anew_though_it_keeps_its_time(tmp_path: Path) -> None:
    with store.opened(tmp_path, IDENTITY, fingerprint=FINGERPRINT, overwrite=False) as folder:
        folder.write_shard(0, [rejects("too_long")], totals(1))
        folder.write_shard(1, [rejects("too_long")], totals(1))
        part = tmp_path / "rejects" / "part-00001.parquet"
        before = part.stat()
        os.truncate(part, before.st_size - 1)
        os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert set(folder.finished_shards()) == {0}


def test_mark_of_another_shard_or_run_is_none(tmp_path: Path) -> None:
    for name, identity in (("a", IDENTITY), ("b", {**IDENTITY, "settings": {}})):
        made(tmp_path / name, [rejects("too_long")], [rejects("too_long")], identity=identity)
    with store.opened(tmp_path / "a", IDENTITY, fingerprint=FINGERPRINT, overwrite=False) as folder:
        marks = tmp_path / "a" / "_shards"
        (marks / "00001.json").write_bytes((tmp_path / "b" / "_shards" / "00001.json").read_bytes())
        (marks / "00002.json").write_bytes((marks / "00000.json").read_bytes())
        (marks / "0x.json").write_text("{}")
        assert set(folder.finished_shards()) == {0}


@pytest.mark.parametrize("harm", HARMS)
def test_damaged_manifest_is_made_anew_and_costs_no_shard(harm: str, tmp_path: Path) -> None:
    made(tmp_path, [rejects("too_long")], [rejects("too_long")])
    before = contents(tmp_path)
    HARMS[harm](tmp_path / "manifest.json")
    with store.opened(tmp_path, IDENTITY, fingerprint=FINGERPRINT, overwrite=False) as folder:
        assert folder.shards() is None
        assert set(folder.finished_shards()) == {0, 1}
        folder.finish(2, totals(2), {})
    assert contents(tmp_path) == before


def test_damaged_manifest_does_not_give_a_folder_to_another_run(tmp_path: Path) -> None:
    made(tmp_path, [rejects("too_long")])
    (tmp_path / "manifest.json").write_bytes(b"")
    before = contents(tmp_path)
    other = {**IDENTITY, "settings": {"shard_size": 4}}
    with (
        pytest.raises(OutputError, match=r"its shards are not of this run; give another --out, or --overwrite"),
        store.opened(tmp_path, other, fingerprint=FINGERPRINT, overwrite=False),
    ):
        pass
    assert contents(tmp_path) == before
    with store.opened(tmp_path, other, fingerprint=FINGERPRINT, overwrite=True) as folder:
        assert folder.finished_shards() == {}


def test_hidden_files_do_not_make_a_folder_another_ones(tmp_path: Path) -> None:
    for name in (".DS_Store", ".nfs0001", ".manifest.json", ".lock"):
        (tmp_path / name).write_text("left over")
    made(tmp_path, [rejects("too_long")])
    assert {name for name in contents(tmp_path) if name.startswith(".")} == {".DS_Store", ".nfs0001"}


def test_what_a_killed_run_left_unfinished_is_deleted(tmp_path: Path) -> None:
    made(tmp_path, [rejects("too_long")])
    before = contents(tmp_path)
    for name in (".manifest.json", "_shards/.00007.json", "texts/.part-00007.parquet"):
        (tmp_path / name).write_bytes(b"half")
    with store.opened(tmp_path, IDENTITY, fingerprint=FINGERPRINT, overwrite=False):
        pass
    assert contents(tmp_path) == before


def test_finishing_deletes_the_shards_beyond_the_last(tmp_path: Path) -> None:
    with store.opened(tmp_path, IDENTITY, fingerprint=FINGERPRINT, overwrite=False) as folder:
        for shard in range(3):
            folder.write_shard(shard, [rejects("too_long")], totals(1))
        folder.finish(1, totals(1), {})
    assert sorted(p.name for p in (tmp_path / "texts").iterdir()) == ["part-00000.parquet"]
    assert sorted(p.name for p in (tmp_path / "_shards").iterdir()) == ["00000.json"]


def test_reading_says_that_a_manifest_is_damaged(tmp_path: Path) -> None:
    made(tmp_path, [rejects("too_long")])
    flipped(tmp_path / "manifest.json", 301)
    with pytest.raises(OutputError, match=r"its manifest is damaged; the command that made the run mends it$"):
        store.read(tmp_path, "rejects")


def test_table_that_breaks_its_declaration_is_not_written_and_leaves_nothing(tmp_path: Path) -> None:
    bad = rejects("too_long")
    bad["rejects"] = bad["rejects"].set_column(0, "source", pa.array([None], pa.string()))
    with (
        store.opened(tmp_path, IDENTITY, fingerprint=FINGERPRINT, overwrite=False) as folder,
        pytest.raises(SchemaError, match=r"^rejects\.source: null in a column that has none$"),
    ):
        folder.write_shard(0, [bad], totals(1))
    assert set(contents(tmp_path)) == {"manifest.json"}


def test_other_run_is_refused_and_told_apart(tmp_path: Path) -> None:
    made(tmp_path, [rejects("too_long")])
    before = contents(tmp_path)
    other = {**IDENTITY, "settings": {"shard_size": 4}}
    with pytest.raises(OutputError) as raised:
        made(tmp_path, [rejects("not_text")], identity=other)
    assert str(raised.value) == (
        f"{tmp_path}: holds another run (other settings); give another --out, or --overwrite to start anew"
    )
    assert contents(tmp_path) == before


def test_overwrite_deletes_the_run_and_nothing_else(tmp_path: Path) -> None:
    made(tmp_path, [rejects("too_long")], [rejects("too_long")])
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "findings" / "mine.csv").write_text("mine")
    other = {**IDENTITY, "settings": {"shard_size": 4}}
    with store.opened(tmp_path, other, fingerprint=FINGERPRINT, overwrite=True) as folder:
        assert folder.finished_shards() == {}
        assert folder.shards() is None
    assert set(contents(tmp_path)) == {"manifest.json", "notes.txt", "findings/mine.csv"}


@pytest.mark.parametrize("overwrite", [False, True])
def test_folder_that_holds_no_run_is_left_alone(overwrite: bool, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "of something else"}')
    (tmp_path / "findings").mkdir()
    (tmp_path / "findings" / "part-00000.parquet").write_text("precious")
    before = contents(tmp_path)
    with (
        pytest.raises(OutputError, match=r"is not empty and holds no run of spinelink; give another --out$"),
        store.opened(tmp_path, IDENTITY, fingerprint=FINGERPRINT, overwrite=overwrite),
    ):
        pass
    assert contents(tmp_path) == before


def test_folder_in_use_by_another_process_is_refused(tmp_path: Path) -> None:
    code = (
        "import sys, time; from filelock import FileLock; lock = FileLock(sys.argv[1]); lock.acquire(); "
        "print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path / ".lock")], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        try:
            with pytest.raises(OutputError) as raised:
                made(tmp_path, [rejects("too_long")])
        finally:
            holder.kill()
    assert str(raised.value) == f"{tmp_path}: another run is writing there; wait for it or give another --out"


def test_lock_of_a_process_that_died_does_not_hold(tmp_path: Path) -> None:
    code = "import os, sys; from filelock import FileLock; FileLock(sys.argv[1]).acquire(); os._exit(9)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / ".lock")])
    made(tmp_path, [rejects("too_long")])


@pytest.mark.parametrize(
    ("place", "message"),
    [
        pytest.param("file", "is a file, not a folder; give another --out", id="file"),
        pytest.param("file/below", "cannot be written (Not a directory)", id="below-a-file"),
    ],
)
def test_place_that_cannot_be_a_folder_is_one_line(place: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError) as raised:
        made(tmp_path / place, [rejects("too_long")])
    assert str(raised.value) == f"{tmp_path / place}: {message}"


def test_read_gives_categories_in_declared_order(tmp_path: Path) -> None:
    made(tmp_path, [rejects()], [rejects("too_long")], [rejects("empty_text")])
    frame = store.read(tmp_path, "rejects")
    assert frame["reason"].tolist() == ["too_long", "empty_text"]
    declared = {c.name: c.values for c in schemas.table("rejects").columns}["reason"]
    assert tuple(frame["reason"].cat.categories) == declared


def test_read_refuses_a_folder_without_a_run_and_an_unfinished_run(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"holds no run of spinelink$"):
        store.read(tmp_path, "rejects")
    with store.opened(tmp_path, IDENTITY, fingerprint=FINGERPRINT, overwrite=False):
        pass
    with pytest.raises(OutputError, match=r"the run is not finished; the same command goes on with it$"):
        store.read(tmp_path, "rejects")
