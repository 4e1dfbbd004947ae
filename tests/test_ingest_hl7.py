"""HL7 v2 as archives have it: what of a message becomes which field and text, what a reject, and that nothing is lost."""

from __future__ import annotations

import base64
import gzip
import json
import tempfile
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import hl7
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dresses.hl7 import DRESSES, Dress, as_hl7, file_of
from spinelink import lexicon
from spinelink.errors import InputError, LexiconError
from spinelink.records import GivenCode, Reject, Report
from spinelink.stages.ingest import FORMATS, IngestOptions, PlannedFile, ReadNotes, look_ahead, plan, read
from spinelink.stages.ingest.record import reading_of

Outcome = Report | Reject

MSH = r"MSH|^~\&|RIS|CITY|EHR|CITY|20240110120000||ORU^R01^ORU_R01|7|P|2.5.1"
PID = "PID|1||M1^^^CITY^MR||DOE^PAT||19700315|F"
OBR = "OBR|1|P1|F1|72148^MRI LUMBAR SPINE^L|||20240110093000"
OBX = "OBX|1|TX|72148^MRI^L||L4-L5: Mild disc bulge.||||||F"


def message(*segments: str, end: str = "\r") -> str:
    """Return a message of these segments, each with its end."""
    return "".join(segment + end for segment in (segments or (MSH, PID, OBR, OBX)))


def segment(name: str, fields: dict[int, str]) -> str:
    """Return a segment with these fields."""
    return "|".join([name, *(fields.get(n, "") for n in range(1, max(fields) + 1))])


def with_text(value: str, kind: str = "TX") -> str:
    """Return a message whose only observation has this value."""
    return message(MSH, PID, OBR, f"OBX|1|{kind}|72148^MRI^L||{value}||||||F")


def with_obx(*observations: tuple[str, str]) -> str:
    """Return a message with observations of these identifiers and values."""
    lines = (f"OBX|{n}|TX|{name}||{value}||||||F" for n, (name, value) in enumerate(observations, 1))
    return message(MSH, PID, OBR, *lines)


def write(folder: Path, content: str | bytes, name: str = "dump.hl7") -> Path:
    """Write one file, compressed where its name says so."""
    data = content.encode() if isinstance(content, str) else content
    path = folder / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def outcomes(path: Path, options: IngestOptions | None = None, notes: ReadNotes | None = None) -> list[Outcome]:
    return list(read(plan([path], options or IngestOptions()), notes))


READING = reading_of(IngestOptions(), lexicon.shipped())


def found_in(
    content: str | bytes, options: IngestOptions | None = None, notes: ReadNotes | None = None, name: str = "dump.hl7"
) -> list[Outcome]:
    """Return all that reading these bytes gives."""
    reading = replace(READING, options=options or IngestOptions(), notes=notes or ReadNotes())
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), content, name)
        file = PlannedFile(folder, name, "", path.stat().st_size, 0, path.suffix[1:], "")
        return list(FORMATS[file.format].read(file, reading))


def report_in(content: str | bytes, options: IngestOptions | None = None) -> Report:
    """Return the only outcome, a report."""
    (found,) = found_in(content, options)
    assert isinstance(found, Report)
    return found


def reject_in(content: str | bytes, options: IngestOptions | None = None) -> Reject:
    """Return the only outcome, a reject."""
    (found,) = found_in(content, options)
    assert isinstance(found, Reject)
    return found


def told(found: Sequence[Outcome]) -> list[str]:
    """Return of each outcome its text or its reason."""
    return [one.text if isinstance(one, Report) else one.reason for one in found]


# Fields


def test_a_message_fills_the_fields_of_a_report() -> None:
    content = message(
        r"MSH|^~\&|RIS|CITY|EHR|CITY|20240110120000||ORU^R01^ORU_R01|7|P|2.5.1",
        "PID|1||M1^^^CITY^MR~S9^^^GOV^SS||DOE^PAT||19700315|F",
        "PV1|1|E|ER^^^CITY",
        "ORC|RE|P1|F1||CM||||20240108070000",
        "OBR|1|P1|F1|72148^MRI LUMBAR SPINE^L|||20240110093000|||||||||11^SMITH^ALAN||A1||||20240110120000|||F|||||||"
        "12&JONES&MARY",
        "OBX|1|TX|72148^MRI^L||Normal.||||||F",
    )
    assert report_in(content, IngestOptions(with_people=True)) == Report(
        "F1", "Normal.", "dump.hl7", 0, study_id="P1", patient_id="M1", accession="A1", study_date=date(2024, 1, 10),
        order_date=date(2024, 1, 8), exam="MRI LUMBAR SPINE", age=53, sex="F", status="final", setting="emergency",
        site="CITY", requester="ALAN SMITH", reader="MARY JONES",
    )  # fmt: skip


def test_people_are_left_out_unless_asked_for() -> None:
    content = message(MSH, PID, OBR + "|||||||||11^SMITH^ALAN||||||||||||||||12&JONES&MARY", OBX)
    report = report_in(content)
    assert (report.requester, report.reader) == (None, None)
    assert "SMITH" not in repr(report)


def test_a_message_without_more_than_a_text_is_a_report() -> None:
    report = report_in(message(r"MSH|^~\&|", "OBX|1|TX|||Normal."))
    assert (report.text, report.report_id, report.study_date, report.age) == ("Normal.", "dump.hl7#0", None, None)


@pytest.mark.parametrize(
    ("segment", "name", "value"),
    [
        pytest.param("OBR|1|P1|F1^RIS", "report_id", "F1", id="filler order number"),
        pytest.param("OBR|1|P1||||||||||||||||A1", "report_id", "A1", id="accession number for want of a filler"),
        pytest.param("OBR|1|P1", "report_id", "P1", id="placer for want of both"),
        pytest.param('OBR|1|P1|""', "report_id", "P1", id="null is nothing"),
        pytest.param("OBR|1||F\\T\\1", "report_id", "F&1", id="escape in an id"),
        pytest.param("OBR|1||F1", "study_id", None, id="no placer"),
        pytest.param("OBR|1|P1^EHR|F1", "study_id", "P1", id="placer order number"),
        pytest.param("OBR|1||F1|||||||||||||||A1||A2", "accession", "A1", id="placer field 1"),
        pytest.param("OBR|1||F1|||||||||||||||||A2", "accession", "A2", id="filler field 1"),
        pytest.param("OBR|1||F1", "accession", None, id="no accession number"),
        pytest.param("OBR|1||F1|X^MRI C SPINE^L", "exam", "MRI C SPINE", id="exam text"),
        pytest.param("OBR|1||F1|X", "exam", "X", id="exam code alone"),
        pytest.param("OBR|1||F1|^^^Y^MRI C SPINE", "exam", "MRI C SPINE", id="alternate exam text"),
        pytest.param("OBR|1||F1|X^MRI C & T SPINE", "exam", "MRI C & T SPINE", id="ampersand in an exam"),
        pytest.param("OBR|1||F1||||20240110", "study_date", date(2024, 1, 10), id="day"),
        pytest.param("OBR|1||F1||||202401100930-0500", "study_date", date(2024, 1, 10), id="time with zone"),
        pytest.param("OBR|1||F1||||2024011009", "study_date", date(2024, 1, 10), id="hour alone"),
        pytest.param("OBR|1||F1||||202401", "study_date", None, id="month alone"),
        pytest.param("OBR|1||F1|||||||||||||||||||20240111", "study_date", date(2024, 1, 11), id="date of the result"),
        pytest.param("OBR|1||F1|||20240108|20240110", "order_date", date(2024, 1, 8), id="date of the request"),
        pytest.param("OBR|1||F1|||20240112|20240110", "order_date", None, id="request after the study is none"),
        pytest.param("OBR|1||F1||||||||||||||||||||||P", "status", "preliminary", id="preliminary"),
        pytest.param("OBR|1||F1||||||||||||||||||||||F", "status", "final", id="final"),
        pytest.param("OBR|1||F1||||||||||||||||||||||C", "status", "corrected", id="corrected"),
        pytest.param("OBR|1||F1||||||||||||||||||||||A", "status", "addendum", id="addendum"),
        pytest.param("OBR|1||F1||||||||||||||||||||||R", "status", "preliminary", id="not yet verified"),
        pytest.param("OBR|1||F1||||||||||||||||||||||Z", "status", "final", id="status of the observations"),
    ],
)  # fmt: skip
def test_fields_of_the_order(segment: str, name: str, value: object) -> None:
    assert getattr(report_in(message(MSH, PID, segment, OBX)), name) == value


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        pytest.param("FC", "corrected", id="a corrected line"),
        pytest.param("FA", "addendum", id="an added line"),
        pytest.param("PP", "final", id="the order's own over preliminary lines"),
    ],
)
def test_a_corrected_line_makes_a_corrected_report(statuses: str, status: str) -> None:
    lines = [f"OBX|{n}|TX|||Line.||||||{one}" for n, one in enumerate(statuses, 1)]
    assert report_in(message(MSH, PID, OBR + "||||||||||||||||||F", *lines)).status == status


@pytest.mark.parametrize(
    ("born", "studied", "age"),
    [
        pytest.param("19700315", "20240314", 53, id="day before the birthday"),
        pytest.param("19700315", "20240315", 54, id="birthday"),
        pytest.param("19700315103000", "20240315", 54, id="birth with time"),
        pytest.param("1970", "20240315", None, id="year alone"),
        pytest.param("20250101", "20240315", None, id="after the study"),
        pytest.param("", "20240315", None, id="not given"),
        pytest.param("19700315", "", None, id="no study date"),
        pytest.param("18000101", "20240315", None, id="too old"),
    ],
)
def test_age_is_that_at_the_study(born: str, studied: str, age: int | None) -> None:
    content = message(MSH, f"PID|1||M1||DOE^PAT||{born}|M", f"OBR|1||F1||||{studied}", OBX)
    assert report_in(content).age == age


@pytest.mark.parametrize(
    ("segments", "name", "value"),
    [
        pytest.param(["PID|1|||||||M"], "sex", "M", id="male"),
        pytest.param(["PID|1|||||||O"], "sex", "other", id="other"),
        pytest.param(["PID|1|||||||U"], "sex", None, id="unknown"),
        pytest.param(["PID|1|||||||||", "PV1|1|I"], "setting", "inpatient", id="inpatient"),
        pytest.param(["PV1|1|O"], "setting", "outpatient", id="outpatient"),
        pytest.param(["PV1|1|CLINIC^X"], "setting", "CLINIC", id="setting as given"),
        pytest.param(["PID|1|E7"], "patient_id", "E7", id="external id for want of another"),
        pytest.param(["ORC|RE|P8|F8"], "study_id", "P8", id="placer of the order"),
        pytest.param(["ORC|RE||||||||20240105"], "order_date", date(2024, 1, 5), id="date of the order"),
        pytest.param(["ORC|RE||||||||20240115"], "order_date", None, id="order after the study is the result"),
    ],
)  # fmt: skip
def test_fields_around_the_order(segments: list[str], name: str, value: object) -> None:
    assert getattr(report_in(message(MSH, *segments, "OBR|1||F1||||20240110", OBX)), name) == value


@pytest.mark.parametrize(
    ("header", "visit", "site"),
    [
        pytest.param(r"MSH|^~\&|RIS|CITY^1.2^ISO", "PV1|1|O|W^^^NORTH", "CITY", id="sending facility"),
        pytest.param(r"MSH|^~\&|RIS|", "PV1|1|O|W^^^NORTH", "NORTH", id="facility of the visit"),
        pytest.param(r"MSH|^~\&|RIS|", "PV1|1|O|W", "W", id="point of care"),
    ],
)
def test_site(header: str, visit: str, site: str) -> None:
    assert report_in(message(header, PID, visit, OBR, OBX)).site == site


@pytest.mark.parametrize(
    ("segments", "codes"),
    [
        pytest.param(["DG1|1||M54.16^Radiculopathy, lumbar region^I10"], ["M54.16"], id="with dot"),
        pytest.param(["DG1|1||M5416^Radiculopathy, lumbar region^I10C"], ["M54.16"], id="without dot"),
        pytest.param(["DG1|1|ICD10|M54.16"], ["M54.16"], id="coding method of old"),
        pytest.param(["DG1|1||724.4^Neuritis^I9C"], [], id="another system"),
        pytest.param(["DG1|1||M54.16^^I10", "DG1|2||M54.16^^I10", "DG1|3||M48.061^^I10"], ["M54.16", "M48.061"], id="each once"),
        pytest.param(["DG1|1||m54.16^^I10"], ["M54.16"], id="small letters"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", [True, False])
def test_diagnoses_are_given_codes(segments: list[str], codes: list[str], before: bool) -> None:
    order = [*segments, OBR] if before else [OBR, *segments]
    found = report_in(message(MSH, PID, *order, OBX)).codes
    assert found == tuple(GivenCode("ICD-10-CM", code) for code in codes)


def test_a_diagnosis_has_its_day() -> None:
    content = message(MSH, PID, OBR, "DG1|1||M54.16^^I10||20231224", OBX)
    assert report_in(content).codes == (GivenCode("ICD-10-CM", "M54.16", date(2023, 12, 24)),)


def test_a_coded_reason_is_a_code_and_an_indication() -> None:
    report = report_in(message(MSH, PID, OBR + "|" * 24 + "M54.16^Radiculopathy, lumbar^I10", OBX))
    assert report.codes == (GivenCode("ICD-10-CM", "M54.16"),)
    assert report.text == "L4-L5: Mild disc bulge.\n\nINDICATION: Radiculopathy, lumbar"


def test_columns_are_named_by_field() -> None:
    order = segment("OBR", {3: "F1", 18: "A1", 20: "A2", 32: "X&Y&Z"})
    content = message(MSH, PID, "PV1|1|O|W^12^B", order, OBX)
    options = IngestOptions(
        columns={"accession": "OBR-20", "reader": "OBR-32.1.2"}, keep=("PV1-3.2",), with_people=True
    )
    report = report_in(content, options)
    assert (report.accession, report.reader, report.extra) == ("A2", "Y", {"PV1-3.2": "12"})


def test_named_fields_are_no_unseen_columns(tmp_path: Path) -> None:
    path = write(tmp_path, message())
    assert plan([path], IngestOptions(columns={"accession": "OBR-20"}, keep=("PV1-3",))).notes == ()
    assert plan([path], IngestOptions(keep=("ward",))).notes == ("no input has a column ward (to keep)",)


def test_the_study_uid_of_dicom_is_the_study_and_no_text() -> None:
    content = with_obx(("113014^DICOM Study^DCM", "1.2.840.99"), ("72148^MRI^L", "Normal."))
    report = report_in(content)
    assert (report.study_id, report.text) == ("1.2.840.99", "Normal.")


# Texts and escapes


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("Normal.", "Normal.", id="plain"),
        pytest.param(r"A \T\ B", "A & B", id="subcomponent"),
        pytest.param(r"A \F\ B", "A | B", id="field"),
        pytest.param(r"A \S\ B", "A ^ B", id="component"),
        pytest.param(r"A \R\ B", "A ~ B", id="repetition"),
        pytest.param(r"A \E\ B", "A \\ B", id="escape"),
        pytest.param(r"\E\T\E\ ", r"\T\ ", id="an escape that was escaped"),
        pytest.param(r"A\.br\B", "A\nB", id="line break"),
        pytest.param(r"A\.BR\B", "A\nB", id="line break in capitals"),
        pytest.param(r"A\.br\\.br\B", "A\n\nB", id="two line breaks"),
        pytest.param(r"A\.sp\B", "A\nB", id="space"),
        pytest.param(r"A\.sp2\B", "A\n\nB", id="two lines"),
        pytest.param(r"A\.sp+2\B", "A\n\nB", id="two lines with sign"),
        pytest.param(r"A\.ce\B", "A\nB", id="centred"),
        pytest.param(r"A\.br\\.in+4\B", "A\n    B", id="indent"),
        pytest.param(r"A\.br\\.ti2\B", "A\n  B", id="indent of one line"),
        pytest.param(r"A\.in-2\B", "AB", id="outdent"),
        pytest.param(r"A\.sk3\B", "A   B", id="skip"),
        pytest.param(r"\.nf\A\.fi\B", "AB", id="fill"),
        pytest.param(r"\H\A\N\ B", "A B", id="highlighted"),
        pytest.param(r"A\X0D0A\B", "A\r\nB", id="bytes of a line end"),
        pytest.param(r"A\X0D\\X0A\B", "A\r\nB", id="bytes in two escapes"),
        pytest.param(r"A\X0a\B", "A\nB", id="hexadecimal in small letters"),
        pytest.param(r"H\XC3B6\he", "Höhe", id="bytes of UTF-8"),
        pytest.param(r"H\XC3\\XB6\he", "Höhe", id="bytes of UTF-8 in two escapes"),
        pytest.param(r"H\XF6\he", "Höhe", id="byte of the fallback"),
        pytest.param(r"\C2842\A\C2D41\B", "AB", id="single-byte sets"),
        pytest.param(r"\M2442\%9%1\C2842\ A", "スケ A", id="a set of several bytes"),
        pytest.param(r"A\Zlocal\B", r"A\Zlocal\B", id="local escape stays"),
        pytest.param(r"at L4\5 and L5\S1", r"at L4\5 and L5\S1", id="backslash in a text"),
        pytest.param("A\\", "A\\", id="backslash at the end"),
        pytest.param(r"A\\B", r"A\\B", id="two backslashes"),
        pytest.param(r"A\X0\B", r"A\X0\B", id="half a byte"),
        pytest.param(r"A\.sp99999999999\B", r"A\.sp99999999999\B", id="a number that is none"),
        pytest.param("A~B", "A\nB", id="repetitions are lines"),
        pytest.param("L4 & L5 ^ S1", "L4 & L5 ^ S1", id="separators that were not escaped"),
        pytest.param("  A ", "  A ", id="outer space"),
        pytest.param(r"\.br\A\.br\ ".rstrip(" "), "\nA\n", id="outer line breaks"),
    ],
)
@pytest.mark.parametrize("kind", ["TX", "FT", "ST"])
def test_escapes_become_text(value: str, text: str, kind: str) -> None:
    assert report_in(with_text(value, kind)).text == text


def test_a_formatting_command_cannot_swell_a_text() -> None:
    assert len(report_in(with_text(r"A\.sp999999999\B")).text) < 150
    assert len(report_in(with_text(r"A\.in999999999\B")).text) < 150


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("M51.26^Lumbar disc displacement^I10", "Lumbar disc displacement", id="text of a code"),
        pytest.param("^Mild disc bulge", "Mild disc bulge", id="text alone"),
        pytest.param("^^^X^Alternate", "Alternate", id="alternate text"),
        pytest.param("Normal study", "Normal study", id="in place of the code"),
        pytest.param("^L4 & L5", "L4 & L5", id="ampersand"),
        pytest.param("^One~^Two", "One\nTwo", id="repetitions"),
    ],
)
@pytest.mark.parametrize("kind", ["CE", "CWE"])
def test_coded_values_give_their_text(value: str, text: str, kind: str) -> None:
    assert report_in(with_text(value, kind)).text == text


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        pytest.param("", "utf-8", "Höhe 4 µm 🦴", id="none declared, utf-8"),
        pytest.param("", "cp1252", "Höhe \u2013 L4", id="none declared, fallback"),
        pytest.param("ASCII", "cp1252", "Höhe", id="ascii declared, fallback"),
        pytest.param("UNICODE UTF-8", "utf-8", "Höhe", id="utf-8"),
        pytest.param("UNICODE UTF-8", "cp1252", "Höhe", id="utf-8 declared, fallback written"),
        pytest.param("8859/1", "latin-1", "Höhe µ", id="latin-1"),
        pytest.param("8859/1", "cp1252", "Höhe \u2013 L4", id="latin-1 declared, cp1252 written"),
        pytest.param("8859/1", "utf-8", "Höhe \u2013 L4", id="latin-1 declared, utf-8 written"),
        pytest.param("8859/2", "iso8859-2", "Wysokość", id="latin-2"),
        pytest.param("8859/5", "iso8859-5", "Стеноз", id="cyrillic"),
        pytest.param("8859/15", "iso8859-15", "Œdème", id="latin-9"),
        pytest.param("ISO IR100", "latin-1", "Höhe", id="registered number"),
        pytest.param("ASCII~8859/5", "iso8859-5", "Стеноз", id="second of two"),
        pytest.param("~ISO IR87", "iso2022_jp", "腰椎 L4", id="japanese"),
        pytest.param("GB 18030-2000", "gb18030", "腰椎|L4".replace("|", " "), id="chinese"),
        pytest.param("KS X 1001", "euc_kr", "요추 L4", id="korean"),
        pytest.param("BIG-5", "big5", "腰椎", id="big5"),
        pytest.param("MARTIAN", "utf-8", "Höhe", id="unknown"),
    ],
)
def test_character_sets(charset: str, codec: str, text: str) -> None:
    header = MSH + "||||||" + charset
    content = message(header, PID, OBR, f"OBX|1|TX|72148^MRI^L||{text}||||||F")
    assert report_in(content.encode(codec)).text == text


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_says_the_encoding(codec: str) -> None:
    content = message(MSH + "||||||8859/1", PID, OBR, "OBX|1|TX|||Höhe \u2013 L4||||||F")
    assert report_in(content.encode(codec)).text == "Höhe \u2013 L4"


def test_bytes_of_an_escape_are_of_the_declared_set() -> None:
    content = message(MSH + "||||||8859/5", PID, OBR, r"OBX|1|TX|||\XC1E2\||||||F")
    assert report_in(content).text == "Ст"


def test_values_in_the_fallback_encoding_are_counted() -> None:
    notes = ReadNotes()
    (report,) = found_in(with_text("Höhe").encode("cp1252"), notes=notes)
    assert isinstance(report, Report)
    assert (report.text, notes.fallback_values) == ("Höhe", 1)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(r"MSH|^~\&|RIS|CITY", id="usual"),
        pytest.param("MSH#!*%+#RIS#CITY", id="others"),
        pytest.param(r"MSH|^~\&#|RIS|CITY", id="truncation character"),
        pytest.param("MSH|^~&|RIS|CITY", id="escape character lost"),
        pytest.param("MSH$:,;/$RIS$CITY", id="more others"),
    ],
)
def test_encoding_characters_are_those_of_the_header(header: str) -> None:
    usual: dict[str, str | int | None] = dict(
        zip("|^~\\&", header[3:8] if header[5:7] != "~&" else "|^~\\&", strict=True)
    )
    segments = [s.translate(str.maketrans(usual)) for s in (PID, OBR, r"OBX|1|FT|A^B||L4 \T\ L5\.br\\F\~next||||||F")]
    report = report_in(message(header, *segments))
    assert report.text == f"L4 {usual['&']} L5\n{usual['|']}\nnext"
    assert (report.site, report.report_id, report.exam) == ("CITY", "F1", "MRI LUMBAR SPINE")


# Observations


@pytest.mark.parametrize(
    ("observations", "text"),
    [
        pytest.param([("A", "One."), ("A", "Two.")], "One.\nTwo.", id="lines"),
        pytest.param([("A", "One."), ("A", ""), ("A", "Two.")], "One.\n\nTwo.", id="an empty line"),
        pytest.param([("A", '""'), ("A", "Two.")], "\nTwo.", id="a null line"),
        pytest.param([("A", r"One.\.br\ ".rstrip(" ")), ("A", r"Two.\.br\ ".rstrip(" "))], "One.\nTwo.\n", id="lines with their ends"),
        pytest.param([("59776-5^F^LN", "Bulge."), ("19005-8^I^LN", "Mild.")], "FINDINGS: Bulge.\n\nIMPRESSION: Mild.", id="loinc"),
        pytest.param([("19005-8^I^LN", "Mild."), ("59776-5^F^LN", "Bulge.")], "FINDINGS: Bulge.\n\nIMPRESSION: Mild.", id="in the order of sections"),
        pytest.param([("55115-0^R^LN", "Pain."), ("59776-5^F^LN", "Bulge.")], "INDICATION: Pain.\n\nFINDINGS: Bulge.", id="request"),
        pytest.param([("71&GDT", "Bulge."), ("71&IMP", "Mild.")], "FINDINGS: Bulge.\n\nIMPRESSION: Mild.", id="suffixes"),
        pytest.param([("71&GDT", "A."), ("71&GDT", "B."), ("71&IMP", "C.")], "FINDINGS: A.\nB.\n\nIMPRESSION: C.", id="lines of sections"),
        pytest.param([("71&GDT", "A."), ("71&IMP", "C."), ("71&GDT", "B.")], "FINDINGS: A.\nB.\n\nIMPRESSION: C.", id="lines interleaved"),
        pytest.param([("^FINDINGS", "A."), ("^IMPRESSION", "B."), ("^HISTORY", "C.")], "HISTORY: C.\n\nFINDINGS: A.\n\nIMPRESSION: B.", id="words"),
        pytest.param([("X^Clinical History^L", "C."), ("Y^Radiology Impression^L", "B.")], "CLINICAL HISTORY: C.\n\nIMPRESSION: B.", id="longer words"),
        pytest.param([("FINDINGS", "A."), ("IMP", "B.")], "FINDINGS: A.\n\nIMPRESSION: B.", id="words as codes"),
        pytest.param([("X^Y^L^59776-5^Z^LN", "A."), ("X^Y^L^19005-8^Z^LN", "B.")], "FINDINGS: A.\n\nIMPRESSION: B.", id="alternate codes"),
        pytest.param([("59776-5", "FINDINGS: A."), ("19005-8", "Impression:\\.br\\B.")], "FINDINGS: A.\n\nImpression:\nB.", id="headings of their own"),
        pytest.param([("59776-5", "COMPARISON: None.\\.br\\FINDINGS: A."), ("19005-8", "B.")], "COMPARISON: None.\nFINDINGS: A.\n\nIMPRESSION: B.", id="another heading of its own"),
        pytest.param([("A", "MRI."), ("71&IMP", "B."), ("A", "A.")], "MRI.\nA.\n\nIMPRESSION: B.", id="text without section first"),
        pytest.param([("19005-8", "B.")], "IMPRESSION: B.", id="an impression alone"),
        pytest.param([("59776-5", "A.")], "A.", id="findings alone"),
        pytest.param([("19005-8", "FINDINGS: A.\\.br\\IMPRESSION: B.")], "FINDINGS: A.\nIMPRESSION: B.", id="a whole report under one section"),
        pytest.param([("71&GDT", "A."), ("71&ADT", "B.")], "FINDINGS: A.\n\nADDENDUM: B.", id="addendum"),
        pytest.param([("59776-5", "A."), ("19005-8", " ")], "FINDINGS: A.", id="an empty section"),
    ],
)  # fmt: skip
def test_observations_become_one_text(observations: list[tuple[str, str]], text: str) -> None:
    assert report_in(with_obx(*observations)).text == text


def test_observations_stand_in_the_order_of_their_set_ids() -> None:
    lines = [f"OBX|{n}|TX|||Line {n}." for n in (10, 2, 1)]
    assert report_in(message(MSH, PID, OBR, *lines)).text == "Line 1.\nLine 2.\nLine 10."


@pytest.mark.parametrize("ids", [("2", "2", "1"), ("2", "", "1"), ("b", "a", "c")])
def test_set_ids_that_order_nothing_leave_the_order(ids: tuple[str, ...]) -> None:
    lines = [f"OBX|{one}|TX|||Line {n}." for n, one in enumerate(ids)]
    assert report_in(message(MSH, PID, OBR, *lines)).text == "Line 0.\nLine 1.\nLine 2."


def test_a_segment_goes_on_in_the_next() -> None:
    content = message(
        MSH, PID, OBR, "OBX|1|TX|||L4-L5: Mild di", "ADD|sc bul", "ADD|ge.||||||C", "OBX|2|TX|||End.||||||F"
    )
    report = report_in(content)
    assert (report.text, report.status) == ("L4-L5: Mild disc bulge.\nEnd.", "corrected")


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("broken", ["\n", "\n\n", "\nMRI\n", "\n  L4-L5 | "])
def test_line_ends_within_a_field_are_of_the_text(end: str, broken: str) -> None:
    parted = broken.replace("|", r"\F\ ").replace(r"\F\  ", r"\F\ ")
    content = message(MSH, PID, OBR, f"OBX|1|TX|||One{parted}two.||||||F", OBX.replace("|1|", "|2|", 1), end=end)
    assert report_in(content).text == f"One{broken}two.\nL4-L5: Mild disc bulge."


def test_blank_lines_between_segments_are_nothing() -> None:
    content = message(MSH, "", PID, "", OBR, "OBX|1|TX|||One.", "", "", "OBX|2|TX|||Two.", "", end="\r\n")
    assert report_in(content).text == "One.\nTwo."


def test_numbers_and_pointers_beside_a_text_are_passed_over() -> None:
    more = ["OBX|2|NM|X^DLP||712|mGy.cm", "OBX|3|RP|Y||http://pacs/1", "OBX|4|ED|Z||RIS^AP^PDF^Base64^JVBERi0="]
    assert report_in(message(MSH, PID, OBR, OBX, *more)).text == "L4-L5: Mild disc bulge."


def test_deleted_and_wrong_lines_are_no_text() -> None:
    lines = [f"OBX|{n}|TX|||Line {n}.||||||{s}" for n, s in enumerate("FDWX", 1)]
    assert report_in(message(MSH, PID, OBR, *lines)).text == "Line 1."


def test_notes_are_the_text_where_no_observation_is() -> None:
    assert report_in(message(MSH, PID, OBR, "NTE|1||Normal.", "NTE|2||End.")).text == "Normal.\nEnd."
    assert report_in(message(MSH, PID, OBR, OBX, "NTE|1||Printed twice.")).text == "L4-L5: Mild disc bulge."


@pytest.mark.parametrize(
    ("order", "text", "expected"),
    [
        pytest.param({31: "^Low back pain"}, "Bulge.", "Bulge.\n\nINDICATION: Low back pain", id="reason"),
        pytest.param({31: "Low back pain"}, "Bulge.", "Bulge.\n\nINDICATION: Low back pain", id="reason in place of a code"),
        pytest.param({31: "M54.5^Pain^I10~^Numbness"}, "Bulge.", "Bulge.\n\nINDICATION: Pain\nNumbness", id="reasons"),
        pytest.param({13: "Fall"}, "Bulge.", "Bulge.\n\nINDICATION: Fall", id="clinical information"),
        pytest.param({31: "^Pain", 13: "Fall"}, "Bulge.", "Bulge.\n\nINDICATION: Pain\nFall", id="both"),
        pytest.param({31: "^Pain", 13: "Pain"}, "Bulge.", "Bulge.\n\nINDICATION: Pain", id="both the same"),
        pytest.param({31: "^Pain"}, r"HISTORY: Fall.\.br\FINDINGS: Bulge.", "HISTORY: Fall.\nFINDINGS: Bulge.", id="the text has one"),
        pytest.param({31: "^Pain"}, "MRI. CLINICAL DETAILS: Fall. FINDINGS: Bulge.", "MRI. CLINICAL DETAILS: Fall. FINDINGS: Bulge.", id="the text has one in its line"),
        pytest.param({31: "^Pain"}, r"Reason for exam\.br\Fall.", "Reason for exam\nFall.", id="the text has one on a line of its own"),
        pytest.param({31: "^Pain"}, r"FINDINGS: Bulge with a history of fall.", "FINDINGS: Bulge with a history of fall.\n\nINDICATION: Pain", id="a word is no heading"),
    ],
)  # fmt: skip
def test_the_reason_of_the_order_is_the_indication_where_the_text_has_none(
    order: dict[int, str], text: str, expected: str
) -> None:
    assert (
        report_in(message(MSH, PID, segment("OBR", {3: "F1", **order}), f"OBX|1|TX|||{text}||||||F")).text == expected
    )


def test_the_reason_stands_before_sections_that_identifiers_tell() -> None:
    content = message(
        MSH, PID, segment("OBR", {3: "F1", 31: "^Pain"}), "OBX|1|TX|59776-5||Bulge.", "OBX|2|TX|19005-8||Mild."
    )
    assert report_in(content).text == "INDICATION: Pain\n\nFINDINGS: Bulge.\n\nIMPRESSION: Mild."


# Several reports in one message


def test_each_order_is_a_report_of_its_own() -> None:
    content = message(
        MSH, PID, "DG1|1||M54.2^^I10",
        "ORC|RE|P1|F1", "OBR|1|P1|F1|A^MRI C SPINE", "DG1|2||M54.12^^I10", "OBX|1|TX|||Cervical.",
        "ORC|RE|P2|F2", "OBR|2|P2|F2|B^MRI L SPINE", "OBX|1|TX|||Lumbar.",
    )  # fmt: skip
    found = found_in(content)
    assert told(found) == ["Cervical.", "Lumbar."]
    assert [(one.record, one.report_id) for one in found] == [(0, "F1"), (1, "F2")]
    assert [one.exam for one in found if isinstance(one, Report)] == ["MRI C SPINE", "MRI L SPINE"]
    assert [[c.code for c in one.codes] for one in found if isinstance(one, Report)] == [["M54.2", "M54.12"], ["M54.2"]]


def test_orders_of_one_id_are_one_report() -> None:
    content = message(MSH, PID, "OBR|1||F1", "OBX|1|TX|71&GDT||A.", "OBR|2||F1", "OBX|1|TX|71&IMP||B.")
    assert report_in(content).text == "FINDINGS: A.\n\nIMPRESSION: B."


def test_an_order_without_observations_is_a_reject() -> None:
    found = found_in(message(MSH, PID, "OBR|1||F1", OBX, "OBR|2||F2"))
    assert told(found) == ["L4-L5: Mild disc bulge.", "empty_text"]
    assert found[1].report_id == "F2"


def test_each_patient_of_a_message_has_an_own_report() -> None:
    content = message(MSH, "PID|1||M1", "PV1|1|I", "OBR|1||F1", OBX, "PID|2||M2", "OBR|1||F2", OBX)
    found = [one for one in found_in(content) if isinstance(one, Report)]
    assert [(one.patient_id, one.setting) for one in found] == [("M1", "inpatient"), ("M2", None)]


# Dumps

ONE, TWO = message(), message(MSH, PID, OBR.replace("F1", "F2"), OBX.replace("Mild", "Moderate"))
TEXTS = ["L4-L5: Mild disc bulge.", "L4-L5: Moderate disc bulge."]
HEADS = "FHS|^~\\&|X\rBHS|^~\\&|X\r"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ONE + TWO, id="one after the other"),
        pytest.param((ONE + TWO).replace("\r", "\n"), id="line feeds"),
        pytest.param((ONE + TWO).replace("\r", "\r\n"), id="both"),
        pytest.param((ONE + "\r\r" + TWO + "\r").replace("\r", "\r\n"), id="blank lines"),
        pytest.param(ONE + TWO.rstrip("\r"), id="no end of the last line"),
        pytest.param(f"\x0b{ONE}\x1c\r\x0b{TWO}\x1c\r", id="frames"),
        pytest.param(f"\x0b{ONE}\x1c\x0b{TWO}\x1c", id="frames without CR"),
        pytest.param(f"\x0b{ONE.rstrip()}\x1c\r\x0b{TWO.rstrip()}\x1c\r", id="frames without the last line's end"),
        pytest.param(f"\x0b{ONE}\x0b{TWO}", id="frames that begin and do not end"),
        pytest.param(f"{ONE}\x1c\r{TWO}\x1c\r", id="frames that end and do not begin"),
        pytest.param(f"{HEADS}{ONE}{TWO}BTS|2\rFTS|1\r", id="batch"),
        pytest.param(f"{HEADS}{ONE}BTS|1\rBHS|^~\\&|Y\r{TWO}BTS|1\rFTS|2", id="two batches"),
        pytest.param(f"BHS|^~\\&|X\r{ONE}{TWO}BTS\r", id="batch without count"),
        pytest.param(f"\x0b{HEADS}{ONE}{TWO}BTS|2\rFTS|1\r\x1c\r", id="batch in a frame"),
        pytest.param("\r\n \r\n" + ONE + TWO, id="blank lines first"),
        pytest.param(ONE.replace("L4-L5", "\tL4-L5").replace("\t", "", 1) + TWO, id="unchanged"),
    ],
)
def test_messages_of_a_dump(content: str) -> None:
    notes = ReadNotes()
    found = found_in(content, notes=notes)
    assert told(found) == TEXTS
    assert [one.record for one in found] == [0, 1]
    assert notes.miscounted == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(ONE + "PID|1\rOBX|1|TX|||lost\r", [TEXTS[0], "lost"], id="another patient without header"),
        pytest.param("PID|1\rOBX|1|TX|||lost\r" + ONE, ["bad_record", TEXTS[0]], id="no header"),
        pytest.param("PID|1\r", ["bad_record"], id="nothing but lines without header"),
        pytest.param("\x00\x01\x02\xff\n\x00" + ONE, ["bad_record", TEXTS[0]], id="garbage before"),
        pytest.param(ONE + "\x00\x01\x02\n\x00\x03\n" + TWO, [TEXTS[0], "bad_record", TEXTS[1]], id="garbage between"),
        pytest.param(ONE + "\x00\x01\x02" + TWO, [TEXTS[0], "bad_record", TEXTS[1]], id="garbage up to the header"),
        pytest.param(ONE + TWO + "\x00\x01\r\n", [*TEXTS, "bad_record"], id="garbage after"),
        pytest.param(f"\x0b{ONE}\x1c\rnoise\r\nnoise\r\n\x0b{TWO}\x1c\r", [TEXTS[0], "bad_record", TEXTS[1]], id="text between frames"),
        pytest.param(ONE[:-20] + TWO, ["truncated", TEXTS[1]], id="broken off before the next header"),
        pytest.param(f"\x0b{ONE[:-20]}\x0b{TWO}\x1c\r", ["truncated", TEXTS[1]], id="broken off before the next frame"),
        pytest.param(f"\x0b{TWO}\x1c\r\x0b{ONE[:-20]}", [TEXTS[1], "truncated"], id="broken off at the end, framed"),
        pytest.param(f"\x0b{TWO}\x1c\r\x0b{ONE}", [TEXTS[1], "truncated"], id="frame not closed at the end"),
        pytest.param(f"\x0b{TWO}\x1c\r\x0b{ONE}\x0b{TWO}\x1c\r", [TEXTS[1], "truncated", TEXTS[1]], id="frame not closed"),
        pytest.param(f"BHS|^~\\&|X\r{TWO}{ONE[:-20]}", [TEXTS[1], "truncated", "truncated"], id="batch broken off in a message"),
        pytest.param(f"{HEADS}{ONE}{TWO}", [*TEXTS, "truncated"], id="batch without trailer"),
        pytest.param(f"{HEADS}{ONE}{TWO}BTS|2\r", [*TEXTS, "truncated"], id="file without trailer"),
        pytest.param(message(MSH), ["bad_record"], id="header alone"),
        pytest.param(message(MSH, PID), ["bad_record"], id="no observations"),
        pytest.param(message(MSH, PID, OBR), ["empty_text"], id="an order alone"),
        pytest.param(message(MSH, PID, OBR, "OBX"), ["empty_text"], id="an observation cut short"),
        pytest.param(message(MSH, PID.replace("|", "#"), OBR.replace("|", "#"), OBX.replace("|", "#")), ["bad_record"], id="other separators than the header's"),
        pytest.param("MSH|RIS|CITY\r" + ONE, ["bad_record", TEXTS[0]], id="no encoding characters"),
        pytest.param("MSH|||||\r" + ONE, ["bad_record", TEXTS[0]], id="separators that are all the same"),
        pytest.param(message(MSH.replace(r"^~\&", r"^^\&"), OBX), ["bad_record"], id="encoding characters that stand twice"),
        pytest.param(with_text("Canal \x00 normal") + TWO, ["not_text", TEXTS[1]], id="NUL in a text"),
        pytest.param(with_text(r"Canal \X00\ normal") + TWO, ["not_text", TEXTS[1]], id="NUL in an escape"),
        pytest.param(message(MSH, PID, "OBR|1||F\x001", OBX), ["not_text"], id="NUL in an id"),
        pytest.param(message(MSH, PID, f"OBR|1||{'F' * 600}", OBX), ["bad_record"], id="an id without end"),
        pytest.param(with_text("  "), ["empty_text"], id="white space"),
        pytest.param(message(MSH.replace("ORU^R01", "ADT^A08"), PID, OBX) + TWO, ["no_report", TEXTS[1]], id="another message"),
        pytest.param(message(MSH.replace("ORU^R01^ORU_R01", "ACK"), "MSA|AA|7"), ["no_report"], id="acknowledgement"),
        pytest.param(message(MSH.replace("ORU^R01^ORU_R01", "MDM^T02"), PID, "TXA|1", OBX) + TWO, ["no_report", TEXTS[1]], id="a document"),
        pytest.param(message(MSH, PID, OBR, OBX, "DSC|P1|F") + message(f"{MSH}||P1", PID, OBR, OBX) + TWO, ["truncated", "truncated", TEXTS[1]], id="a message in two parts"),
        pytest.param(message(MSH, PID, OBR, OBX, "DSC") + TWO, TEXTS, id="a part that is the last"),
        pytest.param(message(MSH.replace("ORU^R01^ORU_R01", ""), PID, OBR, OBX), TEXTS[:1], id="no type"),
        pytest.param(message(MSH.replace("ORU^R01^ORU_R01", "ORU"), PID, OBR, OBX), TEXTS[:1], id="no event"),
        pytest.param(message(MSH, PID, OBR, "OBX|1|NM|X||712"), ["empty_text"], id="numbers alone"),
        pytest.param("", [], id="no byte"),
        pytest.param("\r\n \x0b\x1c\r", [], id="nothing but frames"),
    ],
)  # fmt: skip
def test_what_is_broken_is_rejected_and_the_rest_is_read(content: str, expected: list[str]) -> None:
    found = found_in(content.encode("latin-1"))
    assert told(found) == expected
    records = [one.record for one in found if one.record is not None]
    assert records == list(range(len(records)))


@pytest.mark.parametrize(
    ("value", "kind", "reason"),
    [
        pytest.param(r"{\E\rtf1\E\ansi L4-L5}", "TX", "rtf_text", id="rtf"),
        pytest.param(r"{\rtf1\ansi L4-L5}", "FT", "rtf_text", id="rtf not escaped"),
        pytest.param(r"{\rtf1\ansi~L4-L5}", "TX", "rtf_text", id="rtf in repetitions"),
        pytest.param("RIS^AP^PDF^Base64^JVBERi0xLjQ=", "ED", "encapsulated_document", id="pdf"),
        pytest.param("^IM^JPEG^Base64^/9j/4AA=", "ED", "encapsulated_document", id="picture"),
        pytest.param(
            '^TEXT^HTML^A^<!DOCTYPE x [<!ENTITY a "L4">]><p>\\T\\a;</p>',
            "ED",
            "encapsulated_document",
            id="page with entities",
        ),
        pytest.param("^TEXT^RTF^Base64^e1xydGYxfQ==", "ED", "rtf_text", id="rtf in a document"),
        pytest.param("https://pacs/1^^AP^PDF", "RP", "encapsulated_document", id="pointer"),
        pytest.param("^TEXT^plain^Base64^%%%", "ED", "encapsulated_document", id="damaged text"),
        pytest.param("", "ED", "encapsulated_document", id="empty document"),
        pytest.param("", "TX", "empty_text", id="empty text"),
    ],
)
def test_kinds_of_content_that_are_not_read(value: str, kind: str, reason: str) -> None:
    reject = reject_in(with_text(value, kind))
    assert (reject.reason, reject.report_id) == (reason, "F1")
    assert "L4" not in reject.detail


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("RIS^TEXT^plain^Base64^" + base64.b64encode("Höhe L4.".encode()).decode(), id="base64"),
        pytest.param("RIS^TEXT^plain^Base64^" + base64.b64encode("Höhe L4.".encode("cp1252")).decode(), id="fallback"),
        pytest.param("RIS^text^text/plain^Hex^48c3b66865204c342e", id="hexadecimal"),
        pytest.param("RIS^TEXT^plain^A^Höhe L4.", id="as it is"),
        pytest.param("RIS^TEXT^^^Höhe L4.", id="no subtype"),
        pytest.param(
            "RIS^TEXT^plain^Base64^" + base64.b64encode(b"\xef\xbb\xbf" + "Höhe L4.".encode()).decode(), id="mark"
        ),
    ],
)
def test_plain_text_in_a_document_is_read(value: str) -> None:
    assert report_in(with_text(value, "ED")).text == "Höhe L4."


def test_a_page_in_a_document_is_read_as_its_text() -> None:
    page = base64.b64encode(b"<p><b>FINDINGS:</b> Bulge &amp; stenosis.<br>L5-S1: normal.</p>").decode()
    assert (
        report_in(with_text(f"RIS^TEXT^HTML^Base64^{page}", "ED")).text == "FINDINGS: Bulge & stenosis.\nL5-S1: normal."
    )


def test_rtf_over_several_observations_is_one_reject() -> None:
    lines = [r"{\E\rtf1\E\ansi", r"\E\par L4-L5", "}"]
    content = message(MSH, PID, OBR, *(f"OBX|{n}|TX|||{line}" for n, line in enumerate(lines, 1)))
    assert told(found_in(content)) == ["rtf_text"]
    plain = "OBX|9|TX|||Normal.||||||F"
    assert told(found_in(content + plain)) == ["Normal."]


def test_a_batch_that_counts_others_is_noted() -> None:
    notes = ReadNotes()
    found_in(f"BHS|^~\\&|X\r{ONE}{TWO}BTS|5\r", notes=notes)
    assert notes.miscounted == ["dump.hl7: a batch says 5 messages and has 2"]


@pytest.mark.parametrize("header", [True, False])
def test_a_line_of_a_hundred_megabytes_is_one_reject_and_the_rest_is_read(tmp_path: Path, header: bool) -> None:
    line = b"x" * 100_000_000
    beginning = with_text("").encode().rstrip(b"|F\r") if header else b""
    path = write(tmp_path, ONE.encode() + beginning + (b"" if header else b"\x00") + line + b"\r" + TWO.encode())
    tracemalloc.start()
    try:
        found = outcomes(path, IngestOptions(max_chars=1000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert told(found) == [TEXTS[0], "too_long" if header else "bad_record", TEXTS[1]]
    assert peak < 8_000_000


def test_memory_does_not_grow_with_the_dump(tmp_path: Path) -> None:
    many = with_obx(*(("72148^MRI^L", "Mild bulge without stenosis."),) * 40).encode()
    made = plan([write(tmp_path, many * 300)], IngestOptions())
    next(iter(read(made)))
    tracemalloc.start()
    try:
        count = sum(isinstance(one, Report) for one in read(made))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 300
    assert peak < 3_000_000


def test_a_compressed_dump_that_breaks_off_is_read_up_to_there(tmp_path: Path) -> None:
    data = gzip.compress("".join(with_text(f"{n} {Random(n).random()}") for n in range(500)).encode())
    path = tmp_path / "dump.hl7.gz"
    path.write_bytes(data[: len(data) // 2])
    *found, last = outcomes(path)
    assert last == Reject("dump.hl7.gz", None, None, "truncated", "the compressed data end too early")
    assert 100 < len(found) < 500
    assert all(isinstance(one, Report) for one in found)


def test_a_file_that_grows_is_read_up_to_its_planned_size(tmp_path: Path) -> None:
    path = write(tmp_path, ONE + TWO[:40])
    made = plan([path], IngestOptions())
    write(tmp_path, ONE + TWO)
    assert told(list(read(made))) == [TEXTS[0], "truncated"]


# Which files


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        pytest.param("a.hl7", ONE, "hl7", id="ending"),
        pytest.param("a.oru", ONE, "hl7", id="other ending"),
        pytest.param("a.HL7.gz", ONE, "hl7", id="compressed"),
        pytest.param("a.txt", ONE, "hl7", id="txt by content"),
        pytest.param("a.txt", "\x0b" + ONE, "hl7", id="frame by content"),
        pytest.param("a.txt", "\r\n" + HEADS, "hl7", id="batch by content"),
        pytest.param("a.txt.gz", ONE, "hl7", id="compressed txt by content"),
        pytest.param("a.dat", ONE, "hl7", id="dat by content"),
        pytest.param("ORU_0001", ONE, "hl7", id="no ending, by content"),
        pytest.param("a.txt", "\ufeff" + ONE, "hl7", id="mark before content"),
        pytest.param("a.txt", "MSH is no header. Normal.", "txt", id="txt"),
        pytest.param("a.txt", "", "txt", id="empty txt"),
        pytest.param("a.csv", "id,text\n", "csv", id="csv"),
        pytest.param("a.dat", "id,text\n", None, id="dat that is none"),
        pytest.param("README", "Read me.", None, id="no ending that is none"),
    ],
)
def test_files_are_known_by_ending_or_content(tmp_path: Path, name: str, content: str, form: str | None) -> None:
    write(tmp_path, content, name)
    write(tmp_path, "Normal.", "zz.txt")
    files = {file.name: file.format for file in plan([tmp_path], IngestOptions()).files}
    assert files.get(name) == form


def test_utf_16_is_known_by_content(tmp_path: Path) -> None:
    path = write(tmp_path, ONE.encode("utf-16"), "a.txt")
    assert told(outcomes(path)) == TEXTS[:1]


def test_a_file_of_unknown_ending_is_still_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="kind of file not known"):
        plan([write(tmp_path, "x", "a.dat")], IngestOptions())


def test_the_format_can_be_set(tmp_path: Path) -> None:
    path = write(tmp_path, ONE, "a.out")
    assert told(outcomes(path, IngestOptions(format="hl7"))) == TEXTS[:1]
    path = write(tmp_path, ONE, "a.txt")
    assert told(outcomes(path, IngestOptions(format="txt"))) == [ONE]


def test_a_row_of_identifiers_that_names_no_section_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    row = "id\tterm\tfield\tvalue\texample\nOBS-9001\tphysics\tdose\tDOSE\tOBX-3: physics\n"
    (tmp_path / "words" / "observations.tsv").write_text(row)
    made = plan([write(tmp_path, ONE)], IngestOptions(), lexicon=lexicon.load(tmp_path / "words"))
    with pytest.raises(LexiconError, match="OBS-9001 has no section"):
        list(read(made))


# Versions


def version(status: str, text: str, stamp: str = "", sent: str = "20240110120000", name: str = "F1") -> str:
    """Return a message of one report in a state."""
    order = segment("OBR", {3: name, 7: "20240110", 22: stamp, 25: status})
    return message(MSH.replace("20240110120000", sent), PID, order, f"OBX|1|TX|||{text}")


def settled(content: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        made = plan([write(Path(folder), content)], IngestOptions())
        return told(list(read(made, ahead=look_ahead(made))))


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        pytest.param([version("P", "A."), version("F", "B.")], ["superseded", "B."], id="final over preliminary"),
        pytest.param([version("C", "A."), version("F", "B.")], ["A.", "superseded"], id="corrected over final"),
        pytest.param([version("F", "A.", "202402"), version("F", "B.", "202401")], ["A.", "superseded"], id="time of the report"),
        pytest.param([version("F", "A.", sent="20240202"), version("F", "B.", sent="20240201")], ["A.", "superseded"], id="time of sending"),
        pytest.param([version("F", "A.", "202401", "20240202"), version("F", "B.", "202401", "20240201")], ["A.", "superseded"], id="time of sending among equals"),
        pytest.param([version("F", "A."), version("F", "B.")], ["superseded", "B."], id="position"),
        pytest.param([version("F", "A."), version("F", "B.", name="F2")], ["A.", "B."], id="two reports"),
        pytest.param([version("F", "A."), version("C", "")], ["A.", "empty_text"], id="a version without text replaces nothing"),
        pytest.param([version("F", "A."), version("X", "")], ["superseded", "withdrawn"], id="cancelled"),
        pytest.param([version("F", "A."), version("C", "B.").replace("||B.", "||B.||||||W")], ["superseded", "withdrawn"], id="called wrong"),
        pytest.param([version("F", "FINDINGS: A."), version("A", "B.")], ["FINDINGS: A.\n\nADDENDUM: B.", "joined"], id="addendum alone"),
        pytest.param([version("F", "FINDINGS: A."), version("F", "ADDENDUM: B.")], ["FINDINGS: A.\n\nADDENDUM: B.", "joined"], id="addendum by its heading"),
        pytest.param([version("F", "FINDINGS: A."), version("A", r"FINDINGS: A.\.br\ADDENDUM: B.")], ["superseded", "FINDINGS: A.\nADDENDUM: B."], id="addendum with the whole report"),
        pytest.param([version("F", "A."), version("F", "B.").replace("TX||", "TX|71&ADT|")], ["A.\n\nADDENDUM: B.", "joined"], id="addendum by its identifier"),
    ],
)  # fmt: skip
def test_versions_in_messages(messages: list[str], expected: list[str]) -> None:
    assert settled("".join(messages)) == expected


# The same report in every dress

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1).filter(
    lambda text: not text.isspace()
)
HARD = st.lists(
    st.sampled_from([*"aÄ|^~\\&#!*%+\n\r\t ", '""', "\r\n", "\\.br\\", "\\X0D\\", "OBX|", "MSH|^~\\&|", "\u2013"])
).map(lambda parts: "".join(["x", *parts]))
WORD = st.text(st.sampled_from("aÄ|^~\\&5-"), min_size=1, max_size=6)
DAYS = st.dates(date(1990, 1, 1), date(2030, 1, 1)).map(str)
FIELDS = {
    "report_id": WORD, "study_id": WORD, "patient_id": WORD, "accession": WORD, "study_date": DAYS,
    "exam": WORD, "age": st.integers(0, 110), "sex": st.sampled_from(["F", "M", "other"]),
    "status": st.sampled_from(["preliminary", "final", "corrected", "addendum"]),
    "setting": st.sampled_from(["inpatient", "outpatient", "emergency", "clinic"]), "site": WORD,
    "requester": st.just("Ann Lee"), "reader": st.just("Bo De Wit"),
}  # fmt: skip
WHOLE = st.fixed_dictionaries({**FIELDS, "text": TEXT | HARD})
PART = TEXT.map(lambda text: f"x {text}") | HARD
"""A part that begins with no heading: in HL7 one that does is under it, in JSON lines under that of its field."""
PARTED = st.fixed_dictionaries({**FIELDS, "indication": PART, "findings": PART, "impression": HARD})


def from_json(record: dict[str, Any], options: IngestOptions) -> list[Outcome]:
    return found_in(json.dumps(record), options, name="dump.jsonl")


def alike(found: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return outcomes without where they stood and what a reject's detail says."""
    rows = [{name: getattr(one, name) for name in one.__slots__} for one in found]
    return [{name: value for name, value in row.items() if name not in ("source", "detail")} for row in rows]


@pytest.mark.parametrize("name", DRESSES)
@given(record=WHOLE | PARTED, seed=st.integers(0, 9))
@example(record={"report_id": "r", "text": 'a\r\nb\n""\n\nc \n', "study_date": "2024-01-10", "age": 50}, seed=0)
@settings(max_examples=25, deadline=None)
def test_a_report_is_the_same_in_every_dress(name: str, record: dict[str, Any], seed: int) -> None:
    options = IngestOptions(with_people=True, max_chars=10_000)
    data = as_hl7(record, DRESSES[name], Random(seed))
    assert alike(found_in(file_of([data], DRESSES[name]), options)) == alike(from_json(record, options))


@given(
    records=st.lists(st.tuples(WHOLE, st.sampled_from(sorted(DRESSES))), min_size=1, max_size=5),
    between=st.sampled_from([b"", b"\r\n", b"\n\n"]),
)
@settings(max_examples=30, deadline=None)
def test_messages_of_many_dresses_in_one_dump_are_all_read(
    records: list[tuple[dict[str, Any], str]], between: bytes
) -> None:
    data = between.join(as_hl7(record, DRESSES[name], Random(0)) for record, name in records)
    found = found_in(data)
    assert [one.text if isinstance(one, Report) else one.reason for one in found] == [r["text"] for r, _ in records]


PIECES = st.lists(
    st.sampled_from(
        [
            *(piece.encode() for piece in ("MSH|^~\\&|", "MSH", "|", "^", "~", "\\", "&", "\r", "\n", "\r\n", "\x0b", "\x1c")),
            *(segment.encode() + b"\r" for segment in (MSH, PID, OBR, OBX, "BHS|^~\\&|", "BTS|1", "FHS|", "FTS", "DG1|1||M54.5^^I10", "ADD|x")),
            *(b"OBX|1|TX|||", b"OBX|1|ED|||^TEXT^plain^Base64^", b"OBX", b"\\X0", b"\\.sp9\\", b"\\M2442\\", b"{\\rtf", b"Normal."),
            *(b"\x00", b"\xff\xfe", b"\xf6", b"\x81", b"\xed\xa0\x80", b"\xc3\x84", b"MSH|^^^^|", b"MSH#!*%+#\r", b"||||||GB18030\r"),
        ]
    )
).map(b"".join)  # fmt: skip


@given(data=PIECES | st.binary(max_size=200) | PIECES.map(lambda data: ONE.encode() + data))
@settings(max_examples=300, deadline=None)
def test_every_record_is_accounted_for_whatever_the_bytes(data: bytes) -> None:
    found = found_in(data)
    records = [one.record for one in found if one.record is not None]
    assert records == list(range(len(records)))
    assert [one.record for one in found[len(records) :]] in ([], [None])
    assert len(found) >= len(data.split(b"MSH|^~\\&|RIS")) - 1


@given(
    data=PIECES.map(lambda data: (ONE.encode() + data + TWO.encode()).replace(b"\x00", b"")), size=st.integers(64, 99)
)
@example(data=ONE.encode() + b"x" * 120 + TWO.encode() + b"x" * 70 + ONE.encode(), size=64)
@settings(max_examples=100, deadline=None)
def test_where_a_buffer_ends_changes_nothing(data: bytes, size: int) -> None:
    from spinelink.stages.ingest.hl7v2 import dumps

    whole = found_in(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dumps, "_CHUNK", size)
        assert found_in(data) == whole


@given(record=WHOLE, name=st.sampled_from(sorted(DRESSES)))
@settings(max_examples=30, deadline=None)
def test_the_library_reads_the_dresses(record: dict[str, Any], name: str) -> None:
    dress = DRESSES[name]
    plain = Dress(signs=dress.signs, text="breaks" if dress.text in ("raw", "continued") else dress.text)
    parsed = hl7.parse(as_hl7(record, plain, Random(0)).decode())
    assert str(parsed.segment("OBR")[3]) == str(parsed.segment("OBR")(3))
    assert str(parsed.segment("PID")[8]) in ("F", "M", "O")
    assert {str(segment[0]) for segment in parsed} <= {"MSH", "PID", "PV1", "ORC", "OBR", "OBX"}
