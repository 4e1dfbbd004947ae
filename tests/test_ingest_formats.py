"""Each format as it is met in practice: what becomes a report, what a reject, and that no record goes missing."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spinelink.records import Reject, Report
from spinelink.stages.ingest import IngestOptions, ReadNotes, plan, read

Outcome = Report | Reject


def write(folder: Path, name: str, content: str | bytes) -> Path:
    """Write one file, compressed where its name says so."""
    data = content.encode() if isinstance(content, str) else content
    path = folder / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def outcomes(path: Path, options: IngestOptions | None = None, notes: ReadNotes | None = None) -> list[Outcome]:
    """Return all that reading a path gives."""
    return list(read(plan([path], options or IngestOptions()), notes))


def of(found: list[Outcome]) -> list[tuple[int | None, str]]:
    """Return of each outcome its record and what became of it."""
    return [(one.record, one.text if isinstance(one, Report) else one.reason) for one in found]


def one_report(path: Path, options: IngestOptions | None = None) -> Report:
    """Return the only outcome, a report."""
    (found,) = outcomes(path, options)
    assert isinstance(found, Report)
    return found


def one_reject(path: Path, options: IngestOptions | None = None) -> Reject:
    """Return the only outcome, a reject."""
    (found,) = outcomes(path, options)
    assert isinstance(found, Reject)
    return found


def with_text_beside(path: Path) -> Path:
    """Return the path's folder, in which a readable text file comes last."""
    (path.parent / "zz.txt").write_bytes(b"Normal.")
    return path.parent


# Text files


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(b"A\r\nB\rC\n\tD ", "A\r\nB\rC\n\tD ", id="line ends"),
        pytest.param("Höhe 4 µm 🦴".encode(), "Höhe 4 µm 🦴", id="utf-8"),
        pytest.param(b"\xef\xbb\xbfText", "Text", id="utf-8 mark"),
        pytest.param(b"\xef\xbb\xbfH\xf6he", "Höhe", id="utf-8 mark before cp1252"),
        pytest.param(b"H\xf6he \x96 L4\x96L5", "Höhe \u2013 L4\u2013L5", id="cp1252"),
        pytest.param("Höhe 🦴".encode("utf-16"), "Höhe 🦴", id="utf-16 with mark"),
        pytest.param(b"\xfe\xff" + "Höhe".encode("utf-16-be"), "Höhe", id="utf-16-be"),
        pytest.param("Höhe".encode("utf-32"), "Höhe", id="utf-32"),
    ],
)
def test_a_text_file_is_one_report_with_its_text_untouched(tmp_path: Path, content: bytes, text: str) -> None:
    report = one_report(write(tmp_path, "r.txt", content))
    assert (report.text, report.report_id, report.source, report.record) == (text, "r.txt", "r.txt", 0)


def test_a_text_files_id_is_its_path(tmp_path: Path) -> None:
    (tmp_path / "2024" / "march").mkdir(parents=True)
    write(tmp_path / "2024" / "march", "r.txt.gz", "Normal.")
    (report,) = outcomes(tmp_path)
    assert report.report_id == "2024/march/r.txt.gz"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "empty_text", id="no byte"),
        pytest.param(b" \r\n\t", "empty_text", id="white space"),
        pytest.param(b"\xef\xbb\xbf", "empty_text", id="mark alone"),
        pytest.param(b"Canal \x00 normal", "not_text", id="NUL"),
        pytest.param("Normal".encode("utf-16-le"), "not_text", id="utf-16 without mark"),
        pytest.param(b"H\xf6he \x81", "not_text", id="neither utf-8 nor cp1252"),
        pytest.param(b"Canal \xed\xa0\x80", "not_text", id="surrogate as utf-8"),
        pytest.param(b"\xff\xfe\x00\xd8", "not_text", id="surrogate as utf-16"),
        pytest.param(b"\xff\xfeA", "not_text", id="half a character of utf-16"),
        pytest.param(b"x" * 101, "too_long", id="a character too many"),
        pytest.param(b"x" * 10_000, "too_long", id="much too long"),
    ],
)
def test_a_text_file_that_is_no_report_is_rejected(tmp_path: Path, content: bytes, reason: str) -> None:
    reject = one_reject(write(tmp_path, "r.txt", content), IngestOptions(max_chars=100))
    assert (reject.reason, reject.record, reject.report_id) == (reason, 0, "r.txt")
    assert "Canal" not in reject.detail


def test_length_counts_characters_not_bytes(tmp_path: Path) -> None:
    assert one_report(write(tmp_path, "r.txt", "🦴" * 100), IngestOptions(max_chars=100)).text == "🦴" * 100


def test_another_fallback_encoding_can_be_declared(tmp_path: Path) -> None:
    path = write(tmp_path, "r.txt", "Стеноз".encode("cp1251"))
    assert one_report(path, IngestOptions(encoding="cp1251")).text == "Стеноз"


@pytest.mark.parametrize("suffix", ["txt", "csv", "tsv", "jsonl"])
def test_values_read_in_the_fallback_encoding_are_counted(tmp_path: Path, suffix: str) -> None:
    around = {"txt": b"%s", "csv": b"text\n%s\n", "tsv": b"text\n%s\n", "jsonl": b'{"text": "%s"}\n'}
    notes = ReadNotes()
    (report,) = outcomes(write(tmp_path, f"r.{suffix}", around[suffix] % b"H\xf6he"), notes=notes)
    assert isinstance(report, Report)
    assert (report.text, notes.fallback_values) == ("Höhe", 1)


@pytest.mark.parametrize("suffix", ["txt", "csv", "jsonl"])
def test_a_text_of_ten_megabytes_is_read_where_allowed_and_else_rejected(tmp_path: Path, suffix: str) -> None:
    text = "Mild bulge.\n" * 900_000
    content = {"txt": text, "csv": f'id,text\n1,"{text}"\n2,next\n', "jsonl": json.dumps({"text": text}) + "\n"}
    path = write(tmp_path, f"r.{suffix}", content[suffix])
    first, *_ = outcomes(path, IngestOptions(max_chars=20_000_000))
    assert isinstance(first, Report)
    assert first.text == text
    first, *rest = outcomes(path)
    assert isinstance(first, Reject)
    assert (first.reason, first.record) == ("too_long", 0)
    assert of(rest) == ([(1, "next")] if suffix == "csv" else [])


# CSV and TSV


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("r.csv", "id,text\n1,a\n2,b\n", id="commas"),
        pytest.param("r.csv", "id;text\r\n1;a\r\n2;b\r\n", id="semicolons, CRLF"),
        pytest.param("r.csv", "id\ttext\r1\ta\r2\tb\r", id="tabs, CR"),
        pytest.param("r.csv", "id|text\n1|a\n2|b", id="bars, no line end at the end"),
        pytest.param("r.tsv", "id\ttext\n1\ta\n2\tb\n", id="tsv"),
        pytest.param("r.tsv", "id,text\n1,a\n2,b\n", id="tsv with commas"),
        pytest.param("r.csv", "\n\nid,text\n\n1,a\n\n\n2,b\n\n", id="blank lines"),
        pytest.param("r.csv", b"\xef\xbb\xbfid,text\n1,a\n2,b\n", id="mark"),
        pytest.param("r.csv", b'\xef\xbb\xbf"id","text"\n1,a\n2,b\n', id="mark before a quote"),
        pytest.param("r.csv", "id,text\n1,a\n2,b\n".encode("utf-16"), id="utf-16"),
        pytest.param("r.csv.gz", "id,text\n1,a\n2,b\n", id="gz"),
        pytest.param("r.tsv.gz", "id\ttext\n1\ta\n2\tb\n", id="tsv gz"),
    ],
)
def test_delimited_records_are_read_in_order(tmp_path: Path, name: str, content: str | bytes) -> None:
    found = outcomes(write(tmp_path, name, content))
    assert of(found) == [(0, "a"), (1, "b")]
    assert [report.report_id for report in found] == ["1", "2"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        pytest.param('"a,b"', "a,b", id="delimiter"),
        pytest.param('"a\r\nb\n\nc\rd"', "a\r\nb\n\nc\rd", id="line ends"),
        pytest.param('"a ""b"" c"', 'a "b" c', id="doubled quotes"),
        pytest.param('5" disc', '5" disc', id="quote within a bare cell"),
        pytest.param(" a ", " a ", id="outer space"),
        pytest.param("a\u2028b\x0bc\x85d", "a\u2028b\x0bc\x85d", id="line ends of Unicode"),
    ],
)
def test_a_cell_is_given_as_it_is(tmp_path: Path, cell: str, text: str) -> None:
    assert of(outcomes(write(tmp_path, "r.csv", f"id,text\n1,{cell}\n2,end\n"))) == [(0, text), (1, "end")]


def test_each_cell_is_decoded_by_itself(tmp_path: Path) -> None:
    utf8, cp1252 = "Höhe".encode(), b"H\xf6he"
    content = b"text,exam\n%s,%s\n%s,%s\n\x81\xf6,x\nok,\x81\n" % (utf8, cp1252, cp1252, utf8)
    found = outcomes(write(tmp_path, "r.csv", content))
    assert of(found) == [(0, "Höhe"), (1, "Höhe"), (2, "not_text"), (3, "ok")]
    assert [one.exam for one in found if isinstance(one, Report)] == ["Höhe", "Höhe", None]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param("9", "bad_record", id="a cell missing"),
        pytest.param("9,a,b", "bad_record", id="a cell too many"),
        pytest.param('9,"a" b', "bad_record", id="text after a quote"),
        pytest.param('9,"a ""b', "bad_record", id="a quote that stays open"),
        pytest.param("9,", "empty_text", id="no text"),
        pytest.param('9," \n "', "empty_text", id="white space"),
        pytest.param("9,a\x00b", "not_text", id="NUL"),
        pytest.param("9," + "x" * 51, "too_long", id="too long"),
        pytest.param("a\x00b,x", "not_text", id="NUL in the id"),
        pytest.param("i" * 513 + ",x", "bad_record", id="absurd id"),
    ],
)
@pytest.mark.parametrize("name", ["r.csv", "r.csv.gz"])
def test_a_bad_record_is_rejected_and_the_next_read(tmp_path: Path, name: str, row: str, reason: str) -> None:
    found = outcomes(write(tmp_path, name, f"id,text\n1,first\n{row}\n2,last\n"), IngestOptions(max_chars=50))
    assert of(found) == [(0, "first"), (1, reason), (2, "last")]


def test_a_stray_quote_costs_one_record_of_single_lines(tmp_path: Path) -> None:
    rows = "".join(f"{n},text {n}\n" for n in range(2, 50))
    found = outcomes(write(tmp_path, "r.csv", f'id,text\n0,a\n1,"Bamboo spine\n{rows}50,"x, y"\n51,b\n'))
    assert of(found)[:3] == [(0, "a"), (1, "bad_record"), (2, "text 2")]
    assert of(found)[-2:] == [(50, "x, y"), (51, "b")]
    assert isinstance(found[1], Reject)
    assert found[1].detail == "quotes do not match, line 3"


def test_a_stray_quote_costs_one_record_of_several_lines(tmp_path: Path) -> None:
    good = '{0},"EXAM: MRI\nBulge, mild\nsigned"\n'
    bad = '7,"EXAM: "MRI" lumbar\nBulge, mild\nsigned"\n'
    cut = '8,"EXAM: MRI\nBulge, mi\n'
    content = "id,text\n" + good.format(1) + bad + good.format(2) + cut + good.format(3) + good.format(4)
    found = outcomes(write(tmp_path, "r.csv", content))
    text = "EXAM: MRI\nBulge, mild\nsigned"
    assert of(found) == [(0, text), (1, "bad_record"), (2, text), (3, "bad_record"), (4, text), (5, text)]
    assert isinstance(found[1], Reject)
    assert found[1].detail == "quotes do not match, lines 5 to 7"


def test_a_swallowed_record_is_given_back(tmp_path: Path) -> None:
    content = 'id\ttext\texam\n1\ta\tMRI\n2\t"b\tMRI\n3\tc\tMRI\n4\td"\tMRI\tx\n5\te\tMRI\n'
    assert of(outcomes(write(tmp_path, "r.tsv", content))) == [
        (0, "a"),
        (1, "bad_record"),
        (2, "c"),
        (3, "bad_record"),
        (4, "e"),
    ]


def test_an_open_quote_holds_no_more_than_a_record(tmp_path: Path) -> None:
    options = IngestOptions(max_chars=10)
    rows = "".join(f"{n},text {n}\n" for n in range(200_000))
    found = outcomes(write(tmp_path, "r.csv", f'id,text\n-,a\n-,"b\n{rows}'), options)
    assert of(found)[:3] == [(0, "a"), (1, "too_long"), (2, "text 0")]
    assert len(found) == 200_002


def test_the_first_of_two_columns_of_one_name_is_read_and_noted(tmp_path: Path) -> None:
    notes = ReadNotes()
    found = outcomes(write(tmp_path, "r.csv", "id,Text,text,x,x\n1,a,b,c,d\n"), notes=notes)
    assert of(found) == [(0, "a")]
    assert notes.doubled == ["r.csv: Text"]


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        pytest.param("", "it has no columns", id="empty"),
        pytest.param("id,remark\n1,a\n", "its columns are id, remark", id="other columns"),
        pytest.param('id,"text"x\n1,a\n', "the quotes of its header do not match", id="broken header"),
    ],
)
def test_a_table_without_text_column_is_one_reject(tmp_path: Path, content: str, detail: str) -> None:
    reject, report = outcomes(with_text_beside(write(tmp_path, "r.csv", content)))
    assert reject == Reject("r.csv", None, None, "no_text_column", detail)
    assert isinstance(report, Report)


def test_a_table_of_header_alone_has_no_records(tmp_path: Path) -> None:
    assert outcomes(write(tmp_path, "r.csv", "id,text\n")) == []


# JSON lines


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param('{"id": 9, "text": ', "bad_record", id="broken"),
        pytest.param("[1, 2]", "bad_record", id="list"),
        pytest.param('"Normal."', "bad_record", id="string"),
        pytest.param("null", "bad_record", id="null"),
        pytest.param("{} {}", "bad_record", id="two values"),
        pytest.param("[" * 200_000, "deep_json", id="deep"),
        pytest.param('{"a":' * 100_000 + "1" + "}" * 100_000, "deep_json", id="deep and whole"),
        pytest.param('{"text": "a", "n": ' + "9" * 5000 + "}", "bad_record", id="huge number"),
        pytest.param('{"text": "a", "text": "b"}', "bad_record", id="key twice"),
        pytest.param('{"text": ["a", "b"]}', "bad_record", id="list as text"),
        pytest.param('{"text": 5}', "bad_record", id="number as text"),
        pytest.param('{"id": "9", "remark": "a"}', "no_text_column", id="no text"),
        pytest.param("{}", "no_text_column", id="nothing"),
        pytest.param('{"text": null}', "empty_text", id="null as text"),
        pytest.param('{"text": "\\u0000"}', "not_text", id="NUL"),
        pytest.param('{"text": "a\\ud800b"}', "not_text", id="lone surrogate"),
        pytest.param('{"id": "\\udcff", "text": "a"}', "not_text", id="lone surrogate in the id"),
        pytest.param('{"text": "' + "x" * 51 + '"}', "too_long", id="too long"),
        pytest.param('{"text": "' + "x" * 1_100_000 + '"}', "too_long", id="too long to be held"),
    ],
)
def test_a_line_that_is_no_report_is_rejected(tmp_path: Path, line: str, reason: str) -> None:
    content = f'{{"id": 1, "text": "first"}}\n{line}\n\n  \n{{"id": 2, "text": "last"}}\n'
    found = outcomes(write(tmp_path, "r.jsonl", content), IngestOptions(max_chars=50))
    assert of(found) == [(0, "first"), (1, reason), (2, "last")]


def test_text_escaped_in_json_is_given_unescaped(tmp_path: Path) -> None:
    path = write(tmp_path, "r.ndjson.gz", '{"text": "a\\r\\n\\tb \\ud83e\\uddb4 \\"c\\" \u2028"}')
    assert one_report(path).text == 'a\r\n\tb 🦴 "c" \u2028'


def test_ids_of_numbers_are_written_as_whole_numbers(tmp_path: Path) -> None:
    ids = ["12", "12.0", "null", '" x "']
    lines = "".join(f'{{"id": {number}, "text": "a"}}\n' for number in ids)
    assert [one.report_id for one in outcomes(write(tmp_path, "r.jsonl", lines))] == ["12", "12", "r.jsonl#2", "x"]


# Parquet


def parquet(path: Path, columns: Mapping[str, Any], row_group_size: int = 1000) -> Path:
    """Write a table."""
    pq.write_table(pa.table(dict(columns)), path, row_group_size=row_group_size)
    return path


TEXTS = ["a\r\nb", None, "🦴", " "]


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(pa.string(), id="string"),
        pytest.param(pa.large_string(), id="large_string"),
        pytest.param(pa.binary(), id="binary"),
        pytest.param(pa.dictionary(pa.int8(), pa.string()), id="dictionary"),
    ],
)
def test_text_of_every_string_type_is_read(tmp_path: Path, kind: pa.DataType) -> None:
    values = [text.encode() if text and kind == pa.binary() else text for text in TEXTS]
    path = parquet(tmp_path / "r.parquet", {"id": [1, 2, 3, 4], "text": pa.array(values, kind)})
    found = outcomes(path)
    assert of(found) == [(0, "a\r\nb"), (1, "empty_text"), (2, "🦴"), (3, "empty_text")]
    assert [one.report_id for one in found] == ["1", "2", "3", "4"]


def test_a_folder_of_parts_is_read_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "reports.parquet"
    folder.mkdir()
    for part in (1, 0):
        parquet(folder / f"part-{part}.parquet", {"text": [f"{part}-{n}" for n in range(150)]}, row_group_size=70)
    (folder / "_SUCCESS").write_bytes(b"")
    found = outcomes(folder)
    texts = [f"{part}-{n}" for part in (0, 1) for n in range(150)]
    assert [one.text for one in found if isinstance(one, Report)] == texts
    assert found[-1].report_id == "part-1.parquet#149"


def test_strings_that_are_not_utf8_are_decoded_one_by_one(tmp_path: Path) -> None:
    raw = pa.array([b"ok", b"H\xf6he", b"\x81", b"end"], pa.binary())
    text = pa.Array.from_buffers(pa.string(), 4, raw.buffers())
    assert of(outcomes(parquet(tmp_path / "r.parquet", {"text": text}))) == [
        (0, "ok"),
        (1, "Höhe"),
        (2, "not_text"),
        (3, "end"),
    ]


def test_typed_columns_fill_the_fields(tmp_path: Path) -> None:
    late = datetime(2025, 3, 14, 23, 30, tzinfo=UTC)
    path = parquet(
        tmp_path / "r.parquet",
        {
            "note_id": pa.array([7.0]),
            "report": pa.array(["a"]),
            "study_date": pa.array([late], pa.timestamp("ns", tz="UTC")),
            "order_date": pa.array([date(2025, 3, 1)], pa.date32()),
            "age": pa.array([52.0]),
            "tags": pa.array([["x", "y"]]),
        },
    )
    report = one_report(path, IngestOptions(keep=("tags",)))
    assert (report.report_id, report.study_date, report.order_date) == ("7", date(2025, 3, 14), date(2025, 3, 1))
    assert (report.age, report.extra) == (52, {"tags": '["x", "y"]'})


def test_a_time_beyond_the_calendar_is_none(tmp_path: Path) -> None:
    path = parquet(tmp_path / "r.parquet", {"text": ["a", "b"], "date": pa.array([2**62, 0], pa.timestamp("us"))})
    assert [one.study_date for one in outcomes(path) if isinstance(one, Report)] == [None, date(1970, 1, 1)]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"PAR1 no parquet", id="not parquet"),
        pytest.param(b"PAR1" + b"\xff" * 100 + b"\x60\x00\x00\x00PAR1", id="damaged footer"),
    ],
)
def test_a_damaged_parquet_file_is_one_reject(tmp_path: Path, content: bytes) -> None:
    reject = one_reject(write(tmp_path, "r.parquet", content))
    assert (reject.record, reject.reason) == (None, "unreadable")


def test_rows_before_damage_are_read(tmp_path: Path) -> None:
    texts = [f"{n} " + os.urandom(500).hex() for n in range(1000)]
    path = parquet(tmp_path / "r.parquet", {"text": texts}, row_group_size=100)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2000] = b"\xff" * 2000
    path.write_bytes(data)
    *rows, last = outcomes(path)
    if isinstance(last, Reject) and last.record is None:
        assert last.reason == "unreadable"
    else:
        rows.append(last)  # damage within values that stay readable
    assert [one.record for one in rows] == list(range(len(rows)))
    assert 0 < len(rows) <= 1000


def test_a_parquet_file_without_text_column_is_one_reject(tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", {"id": [1], "remark": ["x"]})
    assert of(outcomes(with_text_beside(tmp_path / "a.parquet"))) == [(None, "no_text_column"), (0, "Normal.")]


# Files that break off, change or vanish


def table(records: int, name: str) -> bytes:
    """Return a file of records that do not compress well."""
    noise = [os.urandom(200).hex() for _ in range(records)]
    if name.startswith("r.jsonl"):
        return "".join(json.dumps({"id": n, "text": text}) + "\n" for n, text in enumerate(noise)).encode()
    return ("id,text\n" + "".join(f'{n},"{text}\nsigned"\n' for n, text in enumerate(noise))).encode()


@pytest.mark.parametrize("name", ["r.csv.gz", "r.jsonl.gz"])
def test_a_truncated_gz_gives_its_rows_and_one_reject(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, table(500, name))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    *rows, last = outcomes(path)
    assert all(isinstance(row, Report) for row in rows)
    assert [row.record for row in rows] == list(range(len(rows)))
    assert 200 < len(rows) < 300
    assert last == Reject(name, None, None, "truncated", "the compressed data end too early")


@pytest.mark.parametrize(
    ("name", "damage", "reason"),
    [
        pytest.param("r.txt.gz", lambda data: data[:-9], "truncated", id="text cut"),
        pytest.param("r.txt.gz", lambda data: b"", "truncated", id="nothing"),
        pytest.param("r.csv.gz", lambda data: data[:5], "truncated", id="header cut"),
        pytest.param("r.txt.gz", lambda data: b"plain text", "unreadable", id="not compressed"),
        pytest.param("r.txt.gz", lambda data: data[:-8] + b"\x00" * 8, "unreadable", id="wrong checksum"),
        pytest.param("r.jsonl.gz", lambda data: data[:40] + b"\xff" * 40, "unreadable", id="damaged"),
    ],
)
def test_a_damaged_gz_is_one_reject(tmp_path: Path, name: str, damage: object, reason: str) -> None:
    path = write(tmp_path, name, "Normal lumbar spine.")
    assert callable(damage)
    path.write_bytes(damage(path.read_bytes()))
    reject = one_reject(path)
    assert (reject.record, reject.reason) == (None, reason)


def test_the_record_in_which_a_file_breaks_off_is_not_taken_apart(tmp_path: Path) -> None:
    path = write(tmp_path, "r.csv", 'id,text\n1,a\n2,"EXAM\nBulge, mild\nsigned"\n')
    made = plan([path], IngestOptions())
    write(tmp_path, "r.csv", path.read_bytes()[:-3])
    assert of(list(read(made))) == [(0, "a"), (None, "truncated")]


def test_gz_of_several_members_is_read_through(tmp_path: Path) -> None:
    (tmp_path / "r.csv.gz").write_bytes(gzip.compress(b"id,text\n1,a\n") + gzip.compress(b"2,b\n"))
    assert of(outcomes(tmp_path)) == [(0, "a"), (1, "b")]


def test_garbage_after_gz_is_told_after_the_rows(tmp_path: Path) -> None:
    (tmp_path / "r.csv.gz").write_bytes(gzip.compress(b"id,text\n1,a\n2,b\n") + b"garbage")
    assert of(outcomes(tmp_path)) == [(0, "a"), (1, "b"), (None, "unreadable")]


@pytest.mark.parametrize("name", ["r.csv.gz", "r.jsonl.gz", "r.txt.gz"])
def test_decompression_stops_at_its_limit(tmp_path: Path, name: str) -> None:
    plain = table(500, name)
    *rows, last = outcomes(write(tmp_path, name, plain), IngestOptions(max_decompressed=50_000))
    assert isinstance(last, Reject)
    assert (last.record, last.reason) == (None, "decompression_limit")
    assert all(isinstance(row, Report) for row in rows)
    ends = {"r.csv.gz": b'signed"\n', "r.jsonl.gz": b"}\n", "r.txt.gz": b"the end"}
    assert len(rows) == plain[:50_000].count(ends[name])


def test_a_bomb_is_passed_over_in_pieces(tmp_path: Path) -> None:
    write(tmp_path, "r.csv.gz", b"id,text\n1,a\n" + b"\x00" * 100_000_000 + b"\n2,b\n")
    assert of(outcomes(tmp_path, IngestOptions(max_chars=1000))) == [(0, "a"), (1, "too_long"), (2, "b")]


def test_a_file_that_grows_is_read_as_planned(tmp_path: Path) -> None:
    path = write(tmp_path, "r.csv", "id,text\n1,a\n2,b\n")
    made = plan([path], IngestOptions())
    with path.open("a", encoding="utf-8") as file:
        file.write("3,c\n")
    notes = ReadNotes()
    assert of(list(read(made, notes))) == [(0, "a"), (1, "b")]
    assert notes.grown == ["r.csv"]


@pytest.mark.parametrize(
    ("name", "planned", "added"),
    [
        pytest.param("r.csv", "id,text\n1,a\n2,b", "cd\n", id="csv line"),
        pytest.param("r.csv", 'id,text\n1,a\n2,"b\n', 'cd"\n', id="csv quotes"),
        pytest.param("r.jsonl", '{"text": "a"}\n{"tex', 't": "b"}\n', id="jsonl"),
    ],
)
def test_a_file_planned_within_a_record_says_so(tmp_path: Path, name: str, planned: str, added: str) -> None:
    path = write(tmp_path, name, planned)
    made = plan([path], IngestOptions())
    write(tmp_path, name, planned + added)
    assert of(list(read(made))) == [(0, "a"), (None, "truncated")]


def test_a_text_that_grows_is_read_as_planned(tmp_path: Path) -> None:
    path = write(tmp_path, "r.txt", "Normal.")
    made, notes = plan([path], IngestOptions()), ReadNotes()
    write(tmp_path, "r.txt", "Normal. And more.")
    assert of(list(read(made, notes))) == [(0, "Normal.")]
    assert notes.grown == ["r.txt"]


def test_a_file_that_shrinks_is_truncated(tmp_path: Path) -> None:
    path = write(tmp_path, "r.csv", "id,text\n1,a\n2,b\n")
    made = plan([path], IngestOptions())
    write(tmp_path, "r.csv", "id,text\n1,a\n2,")
    assert of(list(read(made))) == [(0, "a"), (None, "truncated")]


def test_a_parquet_file_that_changes_is_unreadable(tmp_path: Path) -> None:
    path = parquet(tmp_path / "r.parquet", {"text": ["a"]})
    made = plan([path], IngestOptions())
    parquet(path, {"text": ["a", "b", "c" * 1000]})
    assert of(list(read(made))) == [(None, "unreadable")]


def test_a_file_that_vanishes_is_one_reject_and_the_next_is_read(tmp_path: Path) -> None:
    for name in ("1.txt", "2.csv", "3.jsonl", "4.parquet", "5.txt"):
        write(tmp_path, name, "Normal.")
    made = plan([tmp_path], IngestOptions())

    def reading() -> Iterator[Outcome]:
        for one in read(made):
            yield one
            for name in ("2.csv", "3.jsonl", "4.parquet"):
                (tmp_path / name).unlink(missing_ok=True)

    gone = (None, "unreadable")
    found = list(reading())
    assert of(found) == [(0, "Normal."), gone, gone, gone, (0, "Normal.")]
    assert {one.detail for one in found if isinstance(one, Reject)} == {"FileNotFoundError"}
