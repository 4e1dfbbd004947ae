"""Nothing is lost, one report cannot stop a run, and the tables depend on the input and the settings alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spinelink
from spinelink import analysis, lexicon, schemas
from spinelink.analysis import Batch, Tabulated, tabulated
from spinelink.errors import InputError, OutputError, SettingError
from spinelink.records import Analysis, Finding, Measurement, Mention, Reject, Report, Section, Statement, Study
from spinelink.run import Meter, Shards, first_of_each_id, run
from spinelink.settings import IngestOptions, Settings
from spinelink.stages import ingest
from spinelink.store import FinishedShard
from spinelink.tabulate import Shown
from spinelink.totals import Totals

WORD = "bulge"


def test_the_cache_of_sentences_changes_no_row(demo: Path) -> None:
    words = lexicon.shipped()
    rules = analysis.compile_rules(words)
    cached = analysis.sentence_parser(rules)
    uncached = cached.__wrapped__  # type: ignore[attr-defined]
    records = tuple(first_of_each_id(ingest.read(ingest.plan([demo], IngestOptions(), lexicon=words))))

    def tables(parser: analysis.Parse) -> dict[str, pa.Table]:
        return tabulated(
            partial(analysis.analyse, rules=rules, parse_sentence=parser), Shown(), Batch(0, records)
        ).tables

    cold, warm, without = tables(cached), tables(cached), tables(uncached)
    assert cold["findings"].num_rows > 100
    assert [name for name in schemas.tables() if not cold[name].equals(warm[name])] == []
    assert [name for name in schemas.tables() if not cold[name].equals(without[name])] == []


def finding(start: int, level: str = "L4-L5", **changed: Any) -> Finding:
    """Return a disc bulge that stands at `start`."""
    end = start + len(WORD)
    mention = Mention(0, "disc_bulge", "present", start, end, "FND-1", **changed)
    return Finding(mention, 0, level, "disc", "stated", "LVL-02", "lumbar", 0, "findings", start, end, 0, end)


def analyse(report: Report) -> Analysis:
    """Stand in for the stages: "bulge" is a finding, "raise" a bug that names the text, "odd" a value not declared."""
    text = report.text
    if "raise" in text:
        raise ValueError(text)
    side = "up" if "odd" in text else "left"
    places = [n for n in range(len(text)) if text.startswith(WORD, n)]
    findings = tuple(finding(place, side=side, severity="mild", severity_text="mild") for place in places)
    return Analysis(
        report=report,
        sections=(Section(0, "findings", "Odd heading", False, 0, 0, len(text)),),
        findings=findings[::-1],
        measurements=tuple(Measurement("size", 4.0, "mm", "", 0, 1, finding_id=n) for n in range(len(findings))),
        statements=(Statement("numbering", None, "findings", 0, 1, "STM-1"),),
        study=Study("MRI", "MR", ("lumbar",), None, True, None, ()),
    )


class Fake:
    """The work of a run with the stand-in for the stages; counts the batches it was given."""

    def __init__(self, shown: Shown | None = None) -> None:
        self.shown = shown or Shown()
        self.batches: list[Batch] = []

    def start(self) -> Callable[[Batch], Tabulated]:
        return self._work

    def _work(self, batch: Batch) -> Tabulated:
        self.batches.append(batch)
        return tabulated(analyse, self.shown, batch)


def jsonl(path: Path, records: Sequence[dict[str, Any] | str]) -> Path:
    """Write records as JSON lines; a string stands as it is."""
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records), encoding="utf-8")
    return path


def rows(out: Path, name: str) -> list[dict[str, Any]]:
    return ds.dataset(out / name, format="parquet").to_table().to_pylist()


def contents(path: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a run but its lock."""
    files = (file for file in path.rglob("*") if file.is_file() and file.name != ".lock")
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


TEXTS = st.one_of(
    st.sampled_from(["", " \n", "a bulge", "bulge \r\n bulge", "raise", "odd bulge", "nul \x00", "x" * 99, "\ud800"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
LINES = st.one_of(
    st.builds(lambda i, text: {"report_id": i, "text": text}, st.sampled_from("abcdef"), TEXTS),
    st.builds(lambda text: {"text": text}, TEXTS),
    st.sampled_from(["{broken", "[]", '{"report_id": "z"}', '{"report_id": "y", "text": 3}']),
)


@given(lines=st.lists(LINES, min_size=1, max_size=30), shard_size=st.integers(1, 12), batch_size=st.integers(1, 12))
@settings(max_examples=25)
def test_every_record_is_a_report_or_a_reject(
    lines: list[Any], shard_size: int, batch_size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("run")
    source = jsonl(folder / "in.jsonl", [{"report_id": "first", "text": "a bulge"}, *lines])
    chosen = Settings(shard_size=shard_size, ingest=IngestOptions(max_chars=50))
    result = run(source, folder / "out", chosen, batch_size=batch_size, work=Fake())
    reports, rejects = rows(folder / "out", "reports"), rows(folder / "out", "rejects")
    assert len(reports) + len(rejects) == 1 + len(lines) == result.manifest["records"]["read"]
    assert sorted(r["record"] for r in reports + rejects) == list(range(1 + len(lines)))
    assert len({r["report_id"] for r in reports}) == len(reports)
    assert [r["record"] for r in reports] == sorted(r["record"] for r in reports)
    texts = {r["report_id"]: r["text"] for r in rows(folder / "out", "texts")}
    assert set(texts) == {r["report_id"] for r in reports}
    for row in rows(folder / "out", "findings"):
        assert texts[row["report_id"]][row["start"] : row["end"]] == row["evidence"] == WORD
    assert sum(r["n_findings"] for r in reports) == len(rows(folder / "out", "findings"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """An input of 23 records, one of which fails and two of which are rejected."""
    records: list[dict[str, Any] | str] = [{"report_id": f"r{n}", "text": f"bulge {n} and bulge"} for n in range(20)]
    records[4:4] = [{"report_id": "bad", "text": "raise the secret"}, {"report_id": "r1", "text": "again"}, "{broken"]
    return jsonl(tmp_path / "in.jsonl", records)


@pytest.mark.parametrize("batch_size", [1, 2, 7, 1000])
def test_bytes_do_not_depend_on_the_batch_size(batch_size: int, source: Path, tmp_path: Path) -> None:
    chosen = Settings(shard_size=8)
    run(source, tmp_path / "a", chosen, batch_size=batch_size, work=Fake())
    run(source, tmp_path / "b", chosen, batch_size=3, work=Fake())
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@pytest.mark.parametrize("shard_size", [1, 5, 23, 1000])
def test_rows_do_not_depend_on_the_shard_size(shard_size: int, source: Path, tmp_path: Path) -> None:
    result = run(source, tmp_path / "a", Settings(shard_size=shard_size), work=Fake())
    run(source, tmp_path / "b", Settings(shard_size=8), work=Fake())
    assert result.manifest["shards"] == -(-23 // shard_size)
    for name in schemas.tables():
        assert rows(tmp_path / "a", name) == rows(tmp_path / "b", name)


def test_shard_holds_its_records_and_no_other(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "out", Settings(shard_size=8), work=Fake())
    for shard in range(3):
        held = [
            row["record"]
            for name in ("reports", "rejects")
            for row in ds.dataset(tmp_path / "out" / name / f"part-{shard:05d}.parquet").to_table().to_pylist()
        ]
        assert sorted(held) == list(range(8 * shard, min(8 * shard + 8, 23)))


def test_report_that_fails_is_a_reject_that_names_class_and_place_only(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "out", work=Fake())
    (reject,) = [row for row in rows(tmp_path / "out", "rejects") if row["reason"] == "failed"]
    assert reject["report_id"] == "bad"
    assert reject["record"] == 4
    assert reject["detail"].startswith("ValueError at ")
    assert "secret" not in reject["detail"]


def test_report_whose_values_break_the_tables_is_a_reject_and_its_batch_stays(tmp_path: Path) -> None:
    records = [
        {"report_id": "a", "text": "bulge"},
        {"report_id": "b", "text": "odd bulge"},
        {"report_id": "c", "text": "bulge"},
    ]
    run(jsonl(tmp_path / "in.jsonl", records), tmp_path / "out", work=Fake())
    assert [row["report_id"] for row in rows(tmp_path / "out", "findings")] == ["a", "c"]
    (reject,) = rows(tmp_path / "out", "rejects")
    assert (reject["report_id"], reject["reason"]) == ("b", "failed")
    assert reject["detail"].startswith("SchemaError: findings.side: a value that is not declared")


def test_rows_are_numbered_in_the_order_of_the_text(tmp_path: Path) -> None:
    run(jsonl(tmp_path / "in.jsonl", [{"report_id": "a", "text": "bulge, bulge"}]), tmp_path / "out", work=Fake())
    found = rows(tmp_path / "out", "findings")
    assert [(row["finding_id"], row["start"], row["fact_id"]) for row in found] == [(0, 0, 0), (1, 7, 0)]
    assert [(row["group"], row["severity_rank"]) for row in found] == [("disc", 1.0)] * 2
    measured = rows(tmp_path / "out", "measurements")
    assert [(row["measurement_id"], row["finding_id"]) for row in measured] == [
        (0, 1),
        (1, 0),
    ]  # findings came reversed


@pytest.mark.parametrize(
    ("limit", "read"), [pytest.param(5, 5, id="some"), pytest.param(100, 23, id="more-than-there-are")]
)
def test_limit_reads_the_first_records(limit: int, read: int, source: Path, tmp_path: Path) -> None:
    result = run(source, tmp_path / "out", Settings(limit=limit), work=Fake())
    assert result.manifest["records"]["read"] == read


def test_input_without_any_record_gives_every_table(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("report_id,text\n")
    result = run(source, tmp_path / "out", work=Fake())
    assert result.manifest["records"] == {"read": 0, "reports": 0, "rejects": 0}
    for name in schemas.tables():
        assert ds.dataset(tmp_path / "out" / name, format="parquet").schema.equals(schemas.table(name).schema)


def test_no_text_leaves_out_every_word_of_the_reports(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", [{"report_id": n, "text": "a bulge"} for n in range(5)])
    result = run(source, tmp_path / "out", Settings(text=False), work=Fake(Shown(text=False)))
    assert rows(tmp_path / "out", "texts") == []
    assert {row["text_sha256"] for row in rows(tmp_path / "out", "reports")} == {None}
    assert {row["heading"] for row in rows(tmp_path / "out", "sections")} == {None}
    assert {(row["evidence"], row["severity_text"]) for row in rows(tmp_path / "out", "findings")} == {(None, None)}
    assert result.manifest["unknown_headings"] == {"sections": 5, "named_3_times_or_more": {}}
    held = b"".join(contents(tmp_path / "out").values()).upper()
    assert b"ODD HEADING" not in held


def test_unknown_headings_are_counted_and_the_frequent_ones_named(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", [{"report_id": n, "text": "a bulge"} for n in range(5)])
    result = run(source, tmp_path / "out", Settings(shard_size=2), work=Fake())
    assert result.manifest["unknown_headings"] == {"sections": 5, "named_3_times_or_more": {"ODD HEADING": 5}}


@pytest.mark.parametrize("people", [False, True])
def test_people_stand_in_the_tables_only_where_asked_for(people: bool, tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", [{"text": "a", "radiologist": "Dr R", "ward": "7"}])
    options = IngestOptions(with_people=people, columns={"reader": "radiologist"}, keep=("ward",))
    run(source, tmp_path / "out", Settings(ingest=options), work=Fake(Shown(people=people)))
    (row,) = rows(tmp_path / "out", "reports")
    assert row["reader"] == ("Dr R" if people else None)
    assert row["extra"] == [("ward", "7")]


def test_finished_run_is_not_read_again(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "out", work=Fake())
    before = contents(tmp_path / "out")
    again = Fake()
    assert run(source, tmp_path / "out", work=again).shards_kept == 1
    assert again.batches == []
    assert contents(tmp_path / "out") == before


def test_run_goes_on_with_the_shards_that_are_missing(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "whole", Settings(shard_size=8), work=Fake())
    run(source, tmp_path / "out", Settings(shard_size=8), work=Fake())
    (tmp_path / "out" / "_shards" / "00001.json").unlink()
    work = Fake()
    assert run(source, tmp_path / "out", Settings(shard_size=8), work=work).shards_kept == 2
    assert {batch.shard for batch in work.batches} == {1}
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


class Interrupted(Fake):
    """Work that is interrupted, as by Ctrl-C, at its fifth batch."""

    def _work(self, batch: Batch) -> Tabulated:
        if len(self.batches) == 4:
            raise KeyboardInterrupt
        return super()._work(batch)


def test_interrupted_run_keeps_its_shards_and_goes_on(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "whole", Settings(shard_size=4), work=Fake())
    with pytest.raises(KeyboardInterrupt):
        run(source, tmp_path / "out", Settings(shard_size=4), batch_size=2, work=Interrupted())
    assert json.loads((tmp_path / "out" / "manifest.json").read_bytes())["state"] == "unfinished"
    assert not list((tmp_path / "out").rglob(".part*"))
    assert run(source, tmp_path / "out", Settings(shard_size=4), work=Fake()).shards_kept == 1
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def touch(source: Path, _folder: Path) -> dict[str, Any]:
    source.write_bytes(source.read_bytes() + b'{"text": "more"}\n')
    return {}


def other_words(_source: Path, folder: Path) -> dict[str, Any]:
    (folder / "mine").mkdir()
    lines = ["id\tterm\tcategory\tform\texample", "HDG-9999\tzzz reading\tfindings\tblock\tZZZ READING: bulge."]
    (folder / "mine" / "headings.tsv").write_text("\n".join(lines) + "\n")
    return {"lexicons": folder / "mine"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda _s, _f: {"settings": Settings(shard_size=9)}, "other settings", id="settings"),
        pytest.param(touch, "other inputs", id="inputs"),
        pytest.param(other_words, "other lexicon", id="lexicon"),
    ],
)
def test_another_run_in_the_same_folder_is_refused(
    change: Callable[[Path, Path], dict[str, Any]], said: str, source: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run(source, out, Settings(), work=Fake())
    before = contents(out)
    changed = {"settings": Settings(), **change(source, tmp_path)}
    with pytest.raises(OutputError) as raised:
        run(source, out, work=Fake(), **changed)
    assert str(raised.value) == f"{out}: holds another run ({said}); give another --out, or --overwrite to start anew"
    assert contents(out) == before
    run(source, out, work=Fake(), overwrite=True, **changed)
    assert contents(out) != before


def test_output_inside_an_input_folder_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(
        SettingError, match=r"lies in the input folder .*, and would be read as input; give another --out$"
    ):
        run(tmp_path, tmp_path / "out", work=Fake())
    assert not (tmp_path / "out").exists()


def test_missing_input_leaves_no_output(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        run(tmp_path / "nowhere.csv", tmp_path / "out", work=Fake())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: Settings(shard_size=0), id="shard-size"),
        pytest.param(lambda: Settings(limit=0), id="limit"),
        pytest.param(lambda: run("x", "y", batch_size=0), id="batch-size"),
        pytest.param(lambda: run("x", "y", workers=-1), id="workers"),
    ],
)
def test_settings_that_cannot_work_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SettingError, match="at least 1"):
        make()


def test_progress_is_told_up_to_the_end(source: Path, tmp_path: Path) -> None:
    told: list[tuple[int, float | None]] = []
    run(source, tmp_path / "out", batch_size=5, work=Fake(), progress=lambda *state: told.append(state))
    shares = [share for _, share in told if share is not None]
    assert [done for done, _ in told] == [5, 10, 15, 20, 23]
    assert shares == sorted(shares)
    assert len(shares) == len(told)
    assert 0 < shares[0] < shares[-1] == 1


def reports(*ids: str) -> list[Report]:
    return [Report(i, "text", "a.csv", n) for n, i in enumerate(ids)]


def shards_of(records: list[Report], shard_size: int) -> Shards:
    """Return the shards of which none is finished, with the digests of all."""
    shards = Shards(shard_size, 5, {})
    assert [record for batch in shards.cut(records) for record in batch.records] == records
    return shards


def test_shard_of_other_records_is_not_passed_over() -> None:
    """A file that was away for a while shifts the records after it."""
    before = {n: FinishedShard(Totals(), d.value()) for n, d in shards_of(reports(*"abcdefghi"), 3).digests.items()}
    shifted: list[Report | Reject] = [
        *reports(*"abc"),
        Reject("a.csv", None, None, "unreadable"),
        *reports(*"abcdefghi")[4:],
    ]
    shards = Shards(3, 2, before)
    assert {batch.shard for batch in shards.cut(shifted)} == {1}
    assert set(shards.passed) == {0, 2}


def test_first_record_of_an_id_wins() -> None:
    kept = list(first_of_each_id([*reports("a", "b", "a"), Reject("a.csv", 3, "c", "empty_text"), *reports("c")]))
    assert [type(record) for record in kept] == [Report, Report, Reject, Reject, Report]
    assert kept[2] == Reject("a.csv", 2, "a", "duplicate_id", "an earlier record has this report_id")


@given(
    count=st.integers(0, 40),
    shard_size=st.integers(1, 15),
    batch_size=st.integers(1, 15),
    finished=st.sets(st.integers(0, 9)),
)
def test_batches_are_the_records_of_the_unfinished_shards(
    count: int, shard_size: int, batch_size: int, finished: set[int]
) -> None:
    records = reports(*map(str, range(count)))
    whole = shards_of(records, shard_size)
    before = {n: FinishedShard(Totals(), whole.digests[n].value()) for n in finished & whole.digests.keys()}
    shards = Shards(shard_size, batch_size, before)
    batches = list(shards.cut(records))
    assert shards.passed == before
    assert all(0 < len(batch.records) <= batch_size for batch in batches)
    assert [record for batch in batches for record in batch.records] == [
        record for n, record in enumerate(records) if n // shard_size not in finished
    ]
    assert all(record.record // shard_size == batch.shard for batch in batches for record in batch.records)  # type: ignore[operator]


def test_public_names_do_not_change_when_modules_are_imported(source: Path, tmp_path: Path) -> None:
    import_module("spinelink.run")
    spinelink.run(source, tmp_path / "out", work=Fake())
    assert len(spinelink.read(tmp_path / "out", "reports")) == 20
    assert spinelink.lexicon.load().fingerprint


def test_meter_of_an_empty_plan_cannot_tell() -> None:
    from spinelink.stages.ingest import Plan

    assert Meter(Plan((), IngestOptions(), lexicon.shipped(), {}, ()), None, None).share() is None
