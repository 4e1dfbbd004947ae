"""Every table as CSV: pandas and openpyxl read it, and no text in it can become a formula, by any separator."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spinelink
from spinelink import schemas, store
from spinelink.exports import cells
from spinelink.exports.cells import CUT, LINE_END, LONGEST, joined, safe

Archive = Callable[[bool], Path]
OPENING = set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
HIDING = "".join(
    map(chr, (0x20, 0x09, 0x0A, 0x0D, 0x0B, 0x00, 0xA0, 0xAD, 0x200B, 0x200E, 0x2028, 0x2060, 0x3000, 0xFEFF))
)
HOSTILE = st.text(st.sampled_from("=+-@;,|\"'\t\r\n\\ A1(!" + "\uff1d\uff0b\uff0d\uff20\u2212" + HIDING), max_size=30)
ANY = st.one_of(HOSTILE, st.text(max_size=40), st.builds("".join, st.lists(HOSTILE, max_size=3)))
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?")


def begins_a_formula(cell: str) -> bool:
    """Return whether a spreadsheet may take the cell for a formula: hidden signs, blanks and quotes are passed over."""
    seen = cell.lstrip(HIDING + '"')
    return bool(cell) and (cell[0] in OPENING or seen[:1] in OPENING)


def cells_of(text: str, separator: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("=1+1", "'=1+1", id="formula"),
        pytest.param("-5 mm anterolisthesis", "'-5 mm anterolisthesis", id="minus"),
        pytest.param("+ contrast", "'+ contrast", id="plus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="at"),
        pytest.param("\t=1", "' =1", id="tab"),
        pytest.param("\r=1", f"{LINE_END}=1", id="carriage-return"),
        pytest.param("\uff1d1", "'\uff1d1", id="wide"),
        pytest.param("\ufeff\u200b =1", "'\ufeff\u200b =1", id="hidden-signs"),
        pytest.param('"=1', "'\"=1", id="quoted"),
        pytest.param("bulge; =1", "bulge;' =1", id="after-a-semicolon"),
        pytest.param("mild; moderate", "mild; moderate", id="semicolon"),
        pytest.param("L4-L5: bulge", "L4-L5: bulge", id="inner-minus"),
        pytest.param("", "", id="empty"),
        pytest.param("one\r\ntwo\nthree\rfour", LINE_END.join(("one", "two", "three", "four")), id="line-ends"),
        pytest.param("a\x00b\x1bc", "a\ufffdb\ufffdc", id="no-characters"),
        pytest.param("'quoted'", "'quoted'", id="apostrophe"),
        pytest.param("\u00fcber 5\u202fmm", "\u00fcber 5\u202fmm", id="other-letters"),
    ],
)
def test_how_text_is_made_safe(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(ANY)
def test_no_text_begins_a_formula(text: str) -> None:
    assert not begins_a_formula(safe(text))


@given(st.lists(st.lists(ANY, min_size=3, max_size=3), min_size=1, max_size=4), st.sampled_from(",;\t"))
def test_no_cell_begins_a_formula_whatever_the_separator(rows: list[list[str]], separator: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows([safe(cell) for cell in row] for row in rows)
    text = file.getvalue()
    assert len(text.splitlines()) == len(rows) or "\x85" in text
    assert [cell for cell in cells_of(text, separator) if begins_a_formula(cell)] == []
    if separator == ",":
        assert cells_of(text, ",") == [safe(cell) for row in rows for cell in row]


@settings(max_examples=30)
@given(ANY)
def test_a_cell_is_a_string_to_openpyxl(text: str) -> None:
    with closing(openpyxl.Workbook()) as book:
        assert book.active.cell(1, 1, safe(text) or "x").data_type == "s"


@given(st.text(max_size=30), st.integers(LONGEST - 40, LONGEST + 40), st.sampled_from(["a", "\U0001f9b4", "=", "\n"]))
def test_a_cell_is_never_longer_than_a_spreadsheet_takes(head: str, length: int, filler: str) -> None:
    made = safe(head + filler * length)
    assert len(made.encode("utf-16-le")) // 2 <= LONGEST
    assert not begins_a_formula(made)


@pytest.mark.parametrize(
    ("length", "cut"), [pytest.param(LONGEST, False, id="longest"), pytest.param(LONGEST + 1, True, id="one-more")]
)
def test_what_is_too_long_is_cut_with_a_mark(length: int, cut: bool) -> None:
    made = safe("a" * length)
    assert (len(made), made.endswith(CUT)) == (LONGEST, cut)


def test_a_sign_is_never_cut_in_half() -> None:
    made = safe("a" + "\U0001f9b4" * LONGEST)
    assert made.removesuffix(CUT) == "a" + "\U0001f9b4" * ((LONGEST - len(CUT) - 1) // 2)


@given(st.lists(st.text("ab|\\", max_size=4), max_size=4))
def test_lists_are_told_apart(values: list[str]) -> None:
    parted = re.findall(r"((?:[^|\\]|\\.)*)(?:\||$)", joined(values))[: max(1, len(values))]
    assert [re.sub(r"\\(.)", r"\1", part) for part in parted] == (values or [""])


@pytest.mark.parametrize("text", [True, False], ids=["with-text", "without-text"])
def test_every_table_is_a_file_that_pandas_reads(text: bool, archive: Archive, tmp_path: Path) -> None:
    spinelink.export(archive(text), "csv", tmp_path / "csv")
    counts = store.manifest_of(archive(text))["tables"]
    for name, table in schemas.tables().items():
        frame = pd.read_csv(tmp_path / "csv" / f"{name}.csv", dtype=str, keep_default_na=False)
        assert list(frame.columns) == [column.name for column in table.columns]
        assert len(frame) == counts[name]


def test_plain_cells_are_those_of_the_tables(archive: Archive, tmp_path: Path) -> None:
    spinelink.export(archive(True), "csv", tmp_path / "csv")
    compared = 0
    for name, table in schemas.tables().items():
        shown = pd.read_csv(tmp_path / "csv" / f"{name}.csv", dtype=str, keep_default_na=False)
        told = spinelink.read(archive(True), name)
        for column in table.columns:
            if column.type.startswith(("list", "map")):
                continue
            cells_told = ["" if value is None or pd.isna(value) else value for value in told[column.name]]
            for cell, value in zip(shown[column.name], cells_told, strict=True):
                if column.type.startswith(("int", "float")):
                    assert (float(cell) if cell else "") == (pytest.approx(float(value)) if value != "" else "")
                elif column.type == "bool":
                    assert cell == str(value).lower()
                else:
                    assert cell == safe(str(value))
                compared += 1
    assert compared > 1000


def test_numbers_stay_numbers_and_the_rest_is_text(archive: Archive, tmp_path: Path) -> None:
    spinelink.export(archive(True), "csv", tmp_path / "csv")
    for name, table in schemas.tables().items():
        with (tmp_path / "csv" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for column in table.columns:
                    cell = row[column.name]
                    if column.type.startswith(("int", "float")):
                        assert cell == "" or NUMBER.fullmatch(cell)
                    else:
                        assert not begins_a_formula(cell)


def test_a_workbook_of_every_cell_has_no_formula(archive: Archive, tmp_path: Path) -> None:
    spinelink.export(archive(True), "csv", tmp_path / "csv")
    with closing(openpyxl.Workbook(write_only=True)) as book:
        for name in schemas.tables():
            sheet = book.create_sheet(name)
            with (tmp_path / "csv" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
                for row in csv.reader(file):
                    sheet.append(row)
        book.save(tmp_path / "book.xlsx")
    with closing(openpyxl.load_workbook(tmp_path / "book.xlsx", read_only=True)) as book:
        kinds = Counter(cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row)
    assert kinds["f"] == 0
    assert kinds["s"] > 1000


def test_hostile_ids_and_columns_are_safe(archive: Archive, tmp_path: Path) -> None:
    spinelink.export(archive(True), "csv", tmp_path / "csv")
    frame = pd.read_csv(tmp_path / "csv" / "reports.csv", dtype=str, keep_default_na=False).set_index("report_id")
    row = frame.loc["'=cmd|' /C calc'!A0"]
    assert (row.patient_id, row.site) == ("'+49 1", "'@north")
    assert frame.loc["4711"].extra == "ward==2+5\\|7"
    texts = pd.read_csv(tmp_path / "csv" / "texts.csv", dtype=str, keep_default_na=False).set_index("report_id")
    assert f"FINDINGS:{LINE_END}- C5-C6: Moderate right" in texts.text["'=cmd|' /C calc'!A0"]
    assert "complex;' -mild" in texts.text["'=cmd|' /C calc'!A0"]


def test_lists_are_parted_by_bars(archive: Archive, tmp_path: Path) -> None:
    spinelink.export(archive(True), "csv", tmp_path / "csv")
    shown = pd.read_csv(tmp_path / "csv" / "links.csv", dtype=str, keep_default_na=False)
    told = spinelink.read(archive(True), "links")
    assert list(shown.roots) == ["|".join(roots) for roots in told.roots]
    assert any("|" in roots for roots in shown.roots)


def test_gzip_and_byte_order_mark(archive: Archive, tmp_path: Path) -> None:
    spinelink.export(archive(True), "csv", tmp_path / "plain")
    spinelink.export(archive(True), "csv", tmp_path / "packed", gzip=True, bom=True)
    names = {file.name for file in (tmp_path / "packed").iterdir()} - {"export.json"}
    assert names == {f"{name}.csv.gz" for name in schemas.tables()}
    for name in schemas.tables():
        plain = (tmp_path / "plain" / f"{name}.csv").read_bytes()
        assert gzip.decompress((tmp_path / "packed" / f"{name}.csv.gz").read_bytes()) == b"\xef\xbb\xbf" + plain


def test_the_shortcut_for_plain_text_is_right() -> None:
    plain = "".join(map(chr, range(32, 127)))
    for one in plain:
        for other in plain:
            text = f"a{one}{other}=;-"
            assert safe(f"A{one}{other}") == safe(f"\u00e9{one}{other}").replace("\u00e9", "A"), text
    assert cells._PLAIN.fullmatch("-5") is None
