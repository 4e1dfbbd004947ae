"""Any bytes in a file and any characters in a report: declared rows or a reject with a declared reason, never more."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzzing.invariants import check_reader, check_text, endings

WORDS = (
    "L4-L5", "L5", "C5-6", "T12", "S1", "disc", "bulge", "herniation", "no", "not", "severe", "mild", "left", "right",
    "bilateral", "stenosis", "canal", "foraminal", "fracture", "versus", "5 mm", "3 x 4 cm", "grade", "II", "FINDINGS:",
    "IMPRESSION:", "INDICATION:", "back pain", "x 6 weeks", "since", "PT", "r/o", "?", ".", ",", ";", ":", "-", "/", "|",
    "\n", "\n\n", "\r\n", "\t", " ", "1.", "*", "(", ")", "M54.16", "\u2028", "\u0130", "\u00bd", "\ufb01", "\u200b", "\u202e",
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=60).map("".join),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200),
)
PIECES = (
    b"report_id,text\n", b"text\treport_id\n", b'"', b'""', b",", b"\t", b"\r", b"\n", b"\0", b"\xff\xfe", b"\xef\xbb\xbf",
    b'{"text": "', b'"}', b"{", b"[", b"[" * 2000, b"\\ud800", b"NaN", b"1e999", b"L4-L5: disc bulge.", b"\xe9", b"\x80",
    b"PAR1", b"\x1f\x8b\x08\x00", b"MSH|^~\\&|A|B|C|D|2024||ORU^R01|1|P|2.5\r", b"OBX|1|TX|A||text||||||F\r",
    b'{"resourceType": "DiagnosticReport", "status": "final", ', b"PK\x03\x04", b"(\xb5/\xfd", b"{\\rtf1 ",
)  # fmt: skip
BYTES = st.one_of(st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join), st.binary(max_size=300))


@given(TEXTS)
@settings(max_examples=150)
def test_any_text_gives_declared_rows_with_offsets_in_it(text: str) -> None:
    check_text(text or " ")


@pytest.mark.parametrize("ending", endings())
def test_any_bytes_give_reports_and_rejects(ending: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")

    @given(BYTES)
    @settings(max_examples=30)
    def check(data: bytes) -> None:
        check_reader(data, ending, folder)

    check()


@given(data=BYTES, cut=st.integers(0, 60))
@settings(max_examples=30)
def test_any_compressed_bytes_give_reports_and_rejects(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, cut: int
) -> None:
    packed = gzip.compress(data, mtime=0)
    check_reader(packed[: max(0, len(packed) - cut)], ".jsonl.gz", tmp_path_factory.getbasetemp())


@pytest.mark.parametrize("name", ["clinic.csv", "hospital.jsonl"])
def test_demo_file_with_any_bytes_turned_about_gives_reports_and_rejects(
    name: str, demo: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = (demo / name).read_bytes()[:3000]
    folder = tmp_path_factory.mktemp("turned")

    @given(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=8))
    @settings(max_examples=30)
    def check(changes: list[tuple[int, int]]) -> None:
        data = bytearray(whole)
        for place, byte in changes:
            data[place] = byte
        check_reader(bytes(data), Path(name).suffix, folder)

    check()
