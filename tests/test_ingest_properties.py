"""What holds for every input: texts come back as written, every record is accounted for, memory stays flat."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import tempfile
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spinelink.records import Reject, Report
from spinelink.stages.ingest import IngestOptions, plan, read

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1).filter(
    lambda text: not text.isspace() and not text.startswith("\ufeff")
)
"""Texts that can be reports: any characters but NUL and surrogates, not blank; a leading U+FEFF is a file's mark."""
HARD = st.lists(st.sampled_from([*'aÄ🦴",;\t\n\r \\#', '""', "\r\n", "\u2028", "\x85"])).map(
    lambda parts: "".join(["x", *parts])
)
"""Texts of what delimiters, quotes and line ends are made of."""
TEXTS = st.lists(TEXT | HARD, min_size=1, max_size=8)


def read_back(name: str, data: bytes, options: IngestOptions | None = None) -> list[Report | Reject]:
    """Return what reading these bytes gives, from a folder in which a readable text file comes last."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(data)
        (Path(folder) / "zz.txt").write_bytes(b"Normal.")
        *found, last = read(plan([Path(folder)], options or IngestOptions()))
        assert isinstance(last, Report)
        assert last.text == "Normal."
        return found


def as_delimited(texts: list[str], delimiter: str, quoting: int) -> bytes:
    """Return a delimited file of texts."""
    out = io.StringIO(newline="")
    # before Python 3.13 the writer leaves a lone CR bare unless its line end holds one
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator="\r\n")  # type: ignore[arg-type]
    writer.writerow(["report_id", "text", "exam"])
    writer.writerows([f"r{n}", text, "MRI"] for n, text in enumerate(texts))
    return out.getvalue().encode()


def as_json(texts: list[str], ascii_only: bool) -> bytes:
    """Return a file of JSON lines of texts."""
    rows = ({"report_id": f"r{n}", "text": text} for n, text in enumerate(texts))
    return "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows).encode()


def as_parquet(texts: list[str]) -> bytes:
    """Return a Parquet file of texts."""
    out = io.BytesIO()
    pq.write_table(pa.table({"report_id": [f"r{n}" for n in range(len(texts))], "text": texts}), out, row_group_size=3)
    return out.getvalue()


WRITERS = {
    "r.csv": lambda texts: as_delimited(texts, ",", csv.QUOTE_MINIMAL),
    "quoted.csv": lambda texts: as_delimited(texts, ";", csv.QUOTE_ALL),
    "r.csv.gz": lambda texts: gzip.compress(as_delimited(texts, ",", csv.QUOTE_MINIMAL)),
    "r.tsv": lambda texts: as_delimited(texts, "\t", csv.QUOTE_MINIMAL),
    "r.jsonl": lambda texts: as_json(texts, False),
    "r.ndjson.gz": lambda texts: gzip.compress(as_json(texts, True)),
    "r.parquet": as_parquet,
}


@pytest.mark.parametrize("name", WRITERS)
@given(texts=TEXTS)
@settings(max_examples=30, deadline=None)
def test_texts_come_back_as_written(name: str, texts: list[str]) -> None:
    found = read_back(name, WRITERS[name](texts))
    assert [(one.report_id, one.record) for one in found] == [(f"r{n}", n) for n in range(len(texts))]
    assert [one.text if isinstance(one, Report) else one for one in found] == texts


@pytest.mark.parametrize("name", ["r.txt", "r.txt.gz"])
@given(text=TEXT | HARD, encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
@settings(max_examples=60, deadline=None)
def test_a_text_file_comes_back_as_written(name: str, text: str, encoding: str) -> None:
    data = text.encode(encoding)
    (found,) = read_back(name, gzip.compress(data) if name.endswith(".gz") else data)
    assert isinstance(found, Report)
    assert found.text == text


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            b"id,text\n",
            b"1,a\n",
            b'2,"b\nc"\n',
            b'"',
            b",",
            b"\t",
            b"\n",
            b"\r",
            b"\r\n",
            b" ",
            b"x",
            b"PAR1",
            b'{"id": 1, "text": "a"}',
            b'{"text": ',
            b"}",
            b"[",
            b"null",
            b"\x00",
            b"\xf6",
            b"\x81",
            b"\xed\xa0\x80",
            b"\xc3\x84",
            b"\xff\xfe",
        ]
    )
).map(b"".join)
BYTES = st.binary(max_size=200) | FRAGMENTS | FRAGMENTS.map(lambda data: b"id,text\n" + data)
"""Bytes that are anything, and bytes made of the pieces of every format."""


@pytest.mark.parametrize(
    "name", ["r.txt", "r.csv", "r.tsv", "r.jsonl", "r.parquet", "r.txt.gz", "r.tsv.gz", "r.jsonl.gz"]
)
@given(data=BYTES, compressed=st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_record_is_accounted_for_once_whatever_the_bytes(name: str, data: bytes, compressed: bool) -> None:
    data = gzip.compress(data) if compressed and name.endswith(".gz") else data
    found = read_back(name, data)
    records = [one.record for one in found if one.record is not None]
    assert records == list(range(len(records)))
    assert [one.record for one in found[len(records) :]] in ([], [None])
    assert all(isinstance(one, Report) or one.reason != "duplicate_id" for one in found)
    if name.startswith("r.txt"):
        assert len(found) == 1


@given(data=BYTES.filter(lambda data: b'"' not in data and not data.startswith((b"\xff\xfe", b"\xfe\xff"))))
@settings(max_examples=80, deadline=None)
def test_each_line_of_a_table_without_quotes_is_one_record(data: bytes) -> None:
    lines = [line for line in re.split(rb"\r\n|\r|\n", b"id,text\n" + data) if line]
    assert len(read_back("r.csv", b"id,text\n" + data)) == len(lines) - 1


@given(data=BYTES.filter(lambda data: not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"))))
@settings(max_examples=80, deadline=None)
def test_each_line_of_json_lines_is_one_record(data: bytes) -> None:
    lines = [line for line in data.split(b"\n") if line and not line.decode("utf-8", "surrogateescape").isspace()]
    assert len(read_back("r.jsonl", data)) == len(lines)


@pytest.mark.parametrize("name", ["r.csv.gz", "r.ndjson.gz"])
@given(texts=TEXTS, cut=st.floats(0, 1, exclude_max=True))
@example(texts=["0"], cut=0.03)  # one byte of the mark of gz
@example(texts=["0", "0\n\r", "0", "0", "1"], cut=0.6875)  # within the first record of several lines
@settings(max_examples=40, deadline=None)
def test_what_is_left_of_a_broken_off_file_is_its_beginning(name: str, texts: list[str], cut: float) -> None:
    data = WRITERS[name](texts)
    *found, last = read_back(name, data[: int(len(data) * cut)])
    assert last == Reject(name, None, None, "truncated", last.detail if isinstance(last, Reject) else "")
    assert [one.text if isinstance(one, Report) else one for one in found] == texts[: len(found)]


def table_of(records: int, lines: int) -> bytes:
    """Return a CSV file with records of so many lines each."""
    text = "Mild bulge without stenosis.\n" * (lines - 1)
    return ("report_id,text\n" + "".join(f'{n},"{text}end"\n' for n in range(records))).encode()


@pytest.mark.parametrize(
    ("name", "data", "records"),
    [
        pytest.param("r.csv", table_of(2_000, 100), 2_000, id="csv"),
        pytest.param("r.csv.gz", gzip.compress(table_of(2_000, 100), 1), 2_000, id="csv.gz"),
        pytest.param("r.jsonl", b'{"text": "Mild bulge without stenosis."}\n' * 40_000, 40_000, id="jsonl"),
    ],
)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, name: str, data: bytes, records: int) -> None:
    (tmp_path / name).write_bytes(data)
    made = plan([tmp_path], IngestOptions())
    tracemalloc.start()
    try:
        count = sum(isinstance(one, Report) for one in read(made))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == records
    assert peak < 1_000_000


def test_memory_does_not_grow_with_a_row_group(tmp_path: Path) -> None:
    texts = [f"{n} mild bulge without stenosis. " * 30 for n in range(40_000)]
    pq.write_table(pa.table({"text": texts}), tmp_path / "r.parquet", row_group_size=len(texts), use_dictionary=False)
    made = plan([tmp_path], IngestOptions())
    before = pa.total_allocated_bytes()
    highest = max(pa.total_allocated_bytes() - before for _ in read(made))
    assert highest < 10_000_000
