"""Hostile input: whatever a file, a folder, an archive or a text holds, it costs itself and nothing else."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import lexicon
from spinelink.analysis import Rules, analyse, compile_rules, sentence_parser
from spinelink.records import Analysis, Reject, Report
from spinelink.settings import IngestOptions
from spinelink.stages.ingest import plan, read
from spinelink.stages.ingest.containers import opened_file
from spinelink.stages.ingest.source import legible

MIB = 2**20


def outcomes(*inputs: Path, options: IngestOptions | None = None) -> list[Report | Reject]:
    """Return what reading inputs gives."""
    return list(read(plan(inputs, options or IngestOptions())))


def shown(found: list[Report | Reject]) -> list[tuple[str, str]]:
    """Return the source, and the text or the reason, of each."""
    return [(one.source, one.text if isinstance(one, Report) else one.reason) for one in found]


def zip_of(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write a zip file."""
    with zipfile.ZipFile(path, "w", method) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return path


def zstd(data: bytes) -> bytes:
    """Return data as a zst file."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


# --- what swells ----------------------------------------------------------------------------------------------------


@pytest.fixture
def wary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Suspect what swells to more than a megabyte, to keep the tests small."""
    assert IngestOptions().most_out_of(1) == 256 * MIB
    monkeypatch.setattr("spinelink.stages.ingest.options._NEVER_SUSPICIOUS", MIB)


@pytest.mark.usefixtures("wary")
@pytest.mark.parametrize(("ending", "packed"), [("gz", gzip.compress), ("zst", zstd)])
def test_a_file_that_swells_is_cut_at_the_limit_and_the_rest_is_read(
    tmp_path: Path, ending: str, packed: Callable[[bytes], bytes]
) -> None:
    (tmp_path / f"a.csv.{ending}").write_bytes(packed(b"id,text\n1,a\n" + bytes(8 * MIB)))
    (tmp_path / "b.txt").write_text("Normal.", encoding="utf-8")
    found = outcomes(tmp_path, options=IngestOptions(max_chars=1000))
    assert shown(found) == [(f"a.csv.{ending}", "a"), (f"a.csv.{ending}", "decompression_limit"), ("b.txt", "Normal.")]


def declaring(path: Path, name: str, size: int) -> Path:
    """Write that a member is of a size, in the directory and before it."""
    data = bytearray(path.read_bytes())
    named = name.encode()
    for mark, at, before in ((b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)):
        place = data.find(mark)
        while data[place + before : place + before + len(named)] != named:
            place = data.find(mark, place + 1)
        data[place + at : place + at + 4] = struct.pack("<I", size)
    path.write_bytes(bytes(data))
    return path


def test_a_member_that_says_it_swells_is_not_opened(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {"1.txt": b"Normal.", "2.txt": b"x" * 4000, "3.txt": b"Normal too."})
    declaring(path, "2.txt", 2**31)
    assert shown(outcomes(path)) == [("1.txt", "Normal."), ("2.txt", "decompression_limit"), ("3.txt", "Normal too.")]


def test_a_member_gives_no_more_than_it_says(tmp_path: Path) -> None:
    path = declaring(zip_of(tmp_path / "a.zip", {"1.txt": b"x" * 4000, "2.txt": b"Normal."}), "1.txt", 40)
    assert shown(outcomes(path)) == [("1.txt", "unreadable"), ("2.txt", "Normal.")]


def test_members_that_swell_together_cost_their_archive(tmp_path: Path) -> None:
    options = IngestOptions(max_decompressed=10_000)
    zip_of(tmp_path / "a.zip", {f"{n}.txt": b"x" * 3000 for n in range(4)})
    (tmp_path / "b.txt").write_text("Normal.", encoding="utf-8")
    assert shown(outcomes(tmp_path, options=options)) == [("a.zip", "decompression_limit"), ("b.txt", "Normal.")]


def test_archives_in_archives_that_swell_cost_themselves(tmp_path: Path) -> None:
    bomb = zip_of(tmp_path / "bomb.zip", {f"{n}.txt": b"x" * 3000 for n in range(4)}).read_bytes()
    (tmp_path / "bomb.zip").unlink()
    zip_of(tmp_path / "a.zip", {"bomb.zip": bomb, "r.txt": b"Normal."})
    found = outcomes(tmp_path, options=IngestOptions(max_decompressed=10_000))
    assert shown(found) == [("a.zip!bomb.zip", "decompression_limit"), ("a.zip!r.txt", "Normal.")]


def test_many_archives_in_an_archive_are_not_all_held(tmp_path: Path) -> None:
    inner = zip_of(tmp_path / "inner.zip", {"r.txt": b"Normal.", "pad.bin": os.urandom(5000)}).read_bytes()
    (tmp_path / "inner.zip").unlink()
    zip_of(tmp_path / "a.zip", {f"{n}.zip": inner for n in range(10)})
    found = outcomes(tmp_path, options=IngestOptions(max_decompressed=30_000))
    assert shown(found) == [("a.zip", "decompression_limit")]


def test_an_archive_with_too_large_a_directory_is_rejected_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spinelink.stages.ingest.containers._LARGEST_DIRECTORY", 10_000)
    zip_of(tmp_path / "a.zip", {f"report number {n}.txt": b"Normal." for n in range(300)})
    assert shown(outcomes(tmp_path / "a.zip")) == [("a.zip", "decompression_limit")]


@pytest.mark.parametrize("name", ["r.parquet", "inner.zip"])
def test_what_must_be_sought_in_is_held_up_to_a_limit(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spinelink.stages.ingest.containers.LARGEST_HELD", 100)
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": ["Normal."] * 50}), sink)
    zip_of(tmp_path / "a.zip", {name: sink.getvalue() if name == "r.parquet" else b"PK" * 400, "r.txt": b"Normal."})
    assert shown(outcomes(tmp_path / "a.zip")) == [(name, "decompression_limit"), ("r.txt", "Normal.")]


# --- archives that are not as they should be ------------------------------------------------------------------------


def cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def without_end(data: bytes) -> bytes:
    return data[:-10]


def directory_damaged(data: bytes) -> bytes:
    place = data.index(b"PK\x01\x02")
    return data[:place] + b"XX" + data[place + 2 :]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(cut, id="cut"),
        pytest.param(without_end, id="end cut"),
        pytest.param(directory_damaged, id="directory damaged"),
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: b"no zip file at all", id="something else"),
    ],
)
def test_an_archive_that_cannot_be_opened_is_one_reject(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = zip_of(tmp_path / "a.zip", {f"{n}.txt": os.urandom(50) for n in range(9)})
    path.write_bytes(damage(path.read_bytes()))
    (tmp_path / "b.txt").write_text("Normal.", encoding="utf-8")
    assert shown(outcomes(tmp_path)) == [("a.zip", "unreadable"), ("b.txt", "Normal.")]
    assert shown(outcomes(path)) == [("a.zip", "unreadable")]


def test_a_cut_archive_is_not_taken_for_one_within_it(tmp_path: Path) -> None:
    inner = zip_of(tmp_path / "inner", {"1.txt": b"Normal."}).read_bytes()
    members = {"a.txt": b"Mild bulge.", "inner.zip": inner, "b.txt": os.urandom(50)}
    path = zip_of(tmp_path / "a.zip", members, zipfile.ZIP_STORED)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(inner) + len(inner) + 40])
    assert shown(outcomes(path)) == [("a.zip", "unreadable")]


def test_a_program_before_an_archive_is_passed_over(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {"1.txt": b"Normal."})
    path.write_bytes(b"#!/bin/sh\nexit 1\n" + path.read_bytes())
    assert shown(outcomes(path)) == [("1.txt", "Normal.")]


def test_a_member_with_a_wrong_checksum_is_a_reject(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {"1.txt": b"Mild bulge.", "2.txt": b"Normal."}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"Mild bulge", b"Mild Bulge"))
    assert shown(outcomes(path)) == [("1.txt", "unreadable"), ("2.txt", "Normal.")]


def test_rows_before_a_damaged_place_of_a_member_are_read(tmp_path: Path) -> None:
    rows = b"id,text\n" + b"".join(b"%d,%s\n" % (n, os.urandom(40).hex().encode()) for n in range(5000))
    path = zip_of(tmp_path / "a.zip", {"r.csv": rows, "s.txt": b"Normal."}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[400_000] ^= 1
    path.write_bytes(bytes(data))
    *read_rows, broken, last = outcomes(path)
    assert len(read_rows) > 3000
    assert all(isinstance(row, Report) for row in read_rows)
    assert shown([broken, last]) == [("r.csv", "unreadable"), ("s.txt", "Normal.")]


def flagged(data: bytes) -> bytes:
    """Return a zip file whose first member is marked as encrypted."""
    changed = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[data.index(mark) + at] |= 1
    return bytes(changed)


def of_unknown_method(data: bytes) -> bytes:
    """Return a zip file whose first member is packed in a way that nobody knows."""
    changed = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        changed[data.index(mark) + at] = 77
    return bytes(changed)


@pytest.mark.parametrize("change", [flagged, of_unknown_method])
@pytest.mark.parametrize("name", ["1.txt", "1.csv", "1.jsonl.gz", "1.parquet", "1.zip"])
def test_a_member_that_cannot_be_opened_is_a_reject(
    tmp_path: Path, change: Callable[[bytes], bytes], name: str
) -> None:
    path = zip_of(tmp_path / "a.zip", {name: b"Normal.", "2.txt": b"Normal."})
    path.write_bytes(change(path.read_bytes()))
    assert shown(outcomes(path)) == [(name, "unreadable"), ("2.txt", "Normal.")]


def test_of_members_of_one_name_the_last_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("1.txt", "Earlier.")
        packed.writestr("./1.txt", "Between.")
        with pytest.warns(UserWarning, match="Duplicate name"):
            packed.writestr("1.txt", "Later.")
    assert sorted(shown(outcomes(tmp_path / "a.zip"))) == [
        ("1.txt", "Later."),
        ("1.txt", "unreadable"),
        ("1.txt", "unreadable"),
    ]


@given(st.data())
def test_no_damage_to_an_archive_is_more_than_rejects(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    inner = zip_of(folder / "inner.zip", {"1.txt": b"One.", "2.csv": b"id,text\n1,a\n"}).read_bytes()
    whole = zip_of(
        folder / "a.zip", {"in.zip": inner, "3.txt": b"Three.", "4.jsonl.gz": gzip.compress(b"{}")}
    ).read_bytes()
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    (folder / "a.zip").write_bytes(bytes(changed[: data.draw(st.integers(0, len(whole)))]))
    (folder / "inner.zip").unlink()
    (folder / "z.txt").write_text("Normal.", encoding="utf-8")
    assert shown(outcomes(folder))[-1] == ("z.txt", "Normal.")


# --- names and folders ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../r.txt",
        "a/../../r.txt",
        "/etc/r.txt",
        "C:\\r.txt",
        "c:r.txt",
        "..\\r.txt",
        "\\\\host\\share\\r.txt",
        "../.x/r.txt",
    ],
)
def test_a_name_that_leads_out_of_an_archive_is_a_reject_and_written_nowhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    zip_of(tmp_path / "in/a.zip", {name: b"Evil.", "s.txt": b"Normal."})
    found = outcomes(tmp_path / "in")
    assert sorted(reason for _, reason in shown(found)) == ["Normal.", "path_outside"]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip", "in"]


def test_a_link_or_pipe_within_an_archive_is_a_reject(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for name, mode in (("link.txt", 0o120777), ("pipe.txt", 0o010644), ("r.txt", 0o100644)):
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, mode << 16
            packed.writestr(info, "/etc/hostname")
    assert shown(outcomes(tmp_path / "a.zip")) == [
        ("link.txt", "path_outside"),
        ("pipe.txt", "unreadable"),
        ("r.txt", "/etc/hostname"),
    ]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        pytest.param("a\x1b[31m.txt", "a\\x1b[31m.txt", id="escape"),
        pytest.param("a\nb.txt", "a\\x0ab.txt", id="line end"),
        pytest.param("a\x9bb.txt", "a\\x9bb.txt", id="second control block"),
        pytest.param("a\u202etxt.exe.txt", "a\\u202etxt.exe.txt", id="right to left"),
        pytest.param("a\u200bb.txt", "a\\u200bb.txt", id="no width"),
        pytest.param("a\u2028b.txt", "a\\u2028b.txt", id="line separator"),
        pytest.param("Röntgen\u2013L5\u00a0a.txt", "Röntgen\u2013L5\u00a0a.txt", id="letters and spaces stay"),
        pytest.param("\U0001f9b4.txt", "\U0001f9b4.txt", id="beyond the first plane"),
    ],
)
def test_names_are_shown_without_what_a_terminal_would_obey(tmp_path: Path, name: str, safe: str) -> None:
    zip_of(tmp_path / "a.zip", {name: b"Normal."})
    assert shown(outcomes(tmp_path / "a.zip")) == [(safe, "Normal.")]
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / name).write_text("Normal.", encoding="utf-8")
    assert shown(outcomes(tmp_path / "folder")) == [(safe, "Normal.")]


@given(st.text())
def test_a_name_that_is_shown_holds_nothing_unseen(name: str) -> None:
    assert not {unicodedata.category(c) for c in legible(name)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_links_out_of_a_folder_are_rejects_and_those_within_cost_nothing(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("Secret.", encoding="utf-8")
    folder = tmp_path / "folder"
    (folder / "a").mkdir(parents=True)
    (folder / "b").mkdir()
    (folder / "a/r.txt").write_text("Normal.", encoding="utf-8")
    (folder / "out").symlink_to(outside)
    (folder / "out.txt").symlink_to(outside / "secret.txt")
    (folder / "proc.txt").symlink_to("/proc/self/environ")
    (folder / "within.txt").symlink_to(folder / "a/r.txt")
    (folder / "self.txt").symlink_to(folder / "self.txt")
    (folder / "a/x").symlink_to(folder / "b")
    (folder / "b/y").symlink_to(folder / "a")
    assert shown(outcomes(folder)) == [
        ("a/r.txt", "Normal."),
        ("out", "path_outside"),
        ("out.txt", "path_outside"),
        ("proc.txt", "path_outside"),
        ("self.txt", "unreadable"),
        ("within.txt", "Normal."),
    ]


def test_an_argument_that_is_itself_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/r.txt").write_text("Normal.", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert shown(outcomes(tmp_path / "link")) == [("r.txt", "Normal.")]


@pytest.fixture
def deep_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in which folders stand in one another, more than a program can call functions."""
    top = tmp_path / "deep"
    top.mkdir()
    start = os.getcwd()
    os.chdir(top)
    for _ in range(sys.getrecursionlimit() + 100):
        os.mkdir("d")
        os.chdir("d")
    os.chdir(start)
    yield top
    subprocess.run(["rm", "-rf", str(top)], check=True)


def test_folders_may_be_nested_deeper_than_a_program_can_call(deep_folder: Path) -> None:
    (deep_folder / "r.txt").write_text("Normal.", encoding="utf-8")
    assert shown(outcomes(deep_folder)) == [("r.txt", "Normal.")]


def test_a_pipe_a_device_and_a_socket_do_not_hang_a_run(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "device.txt").symlink_to("/dev/zero")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "socket.txt"))
    (tmp_path / "r.txt").write_text("Normal.", encoding="utf-8")
    with listening:
        assert shown(outcomes(tmp_path)) == [("r.txt", "Normal.")]


@pytest.mark.parametrize("name", ["r.txt", "r.csv.gz", "r.parquet", "a.zip"])
def test_a_file_that_became_a_pipe_is_a_reject(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "a.zip":
        zip_of(path, {"r.txt": b"Normal."})
    else:
        path.write_bytes(b"id,text\n1,a\n")
    made = plan([path], IngestOptions())
    path.unlink()
    os.mkfifo(path)
    found: list[Report | Reject] = []
    waiting = threading.Thread(target=lambda: found.extend(read(made)), daemon=True)
    waiting.start()
    waiting.join(60)
    assert [getattr(one, "reason", "") for one in found] == ["unreadable"]
    with pytest.raises(OSError, match="unreadable"):
        opened_file(str(path))


# --- texts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('{"text": ' + "[" * 200_000 + "]" * 200_000 + "}", id="lists"),
        pytest.param('{"text": ' + '{"a":' * 200_000 + "1" + "}" * 200_000 + "}", id="objects"),
        pytest.param("[" * 200_000, id="never closed"),
        pytest.param('{"text": "a", "n": ' + "9" * 200_000 + "}", id="long number"),
        pytest.param('{"text": "a", "n": 1e999999}', id="great number"),
    ],
)
def test_deep_or_strange_json_costs_its_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "r.jsonl").write_text(f'{{"text": "a"}}\n{line}\n{{"text": "b"}}\n', encoding="utf-8")
    first, between, last = outcomes(tmp_path)
    assert shown([first, last]) == [("r.jsonl", "a"), ("r.jsonl", "b")]
    assert isinstance(between, Report) or between.reason in ("deep_json", "bad_record")


def fhir(div: str) -> str:
    """Return a report of FHIR whose words stand in HTML."""
    told = {"resourceType": "DiagnosticReport", "id": "d", "status": "final", "code": {"text": "MRI lumbar spine"}}
    return json.dumps({**told, "text": {"status": "generated", "div": div}})


@pytest.mark.parametrize(
    ("div", "words"),
    [
        pytest.param("<div>" * 50_000 + "Mild bulge." + "</div>" * 50_000, "Mild bulge.", id="deep"),
        pytest.param(
            '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><div>Mild &b; bulge.</div>', "bulge.", id="laughs"
        ),
        pytest.param(
            '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><div>Mild &x; bulge.</div>', "bulge.", id="file"
        ),
        pytest.param("<div>Mild &#x110000; &#xD800; &#0; &#99999999999; bulge.</div>", "bulge.", id="no characters"),
        pytest.param("<div>Mild bulge.<script>alert(1)</script><style>p{}</style></div>", "Mild bulge.", id="script"),
        pytest.param("<div" + " a=b" * 50_000 + ">Mild bulge.</div>", "Mild bulge.", id="attributes"),
        pytest.param("<div>Mild bulge." + "<!--" * 20_000, "Mild bulge.", id="comments never closed"),
        pytest.param("<div>Mild bulge." + "&lt" * 50_000 + "</div>", "Mild bulge.", id="entities never closed"),
    ],
)
def test_tricks_of_markup_give_text_or_a_reject(tmp_path: Path, div: str, words: str) -> None:
    (tmp_path / "r.ndjson").write_text(
        fhir(div) + "\n" + fhir("<div>Normal.</div>").replace('"d"', '"e"') + "\n", "utf-8"
    )
    one, other = outcomes(tmp_path)
    assert isinstance(other, Report)
    if isinstance(one, Report):
        assert words in one.text
        for unwanted in (
            Path("/etc/hostname").read_text(encoding="utf-8").strip() or "\x00",
            "alert(1)",
            "haha",
            "\ud800",
        ):
            assert unwanted not in one.text
    else:
        assert one.reason in ("not_text", "empty_text", "bad_record", "too_long")


@pytest.fixture(scope="module")
def rules() -> Rules:
    return compile_rules(lexicon.shipped())


def spans(found: Analysis) -> list[tuple[int, int]]:
    """Return the places of everything that was found in a text."""
    placed = [(one.start, one.end) for one in found.findings] + [(one.start, one.end) for one in found.sections]
    placed += [(one.start, one.end) for one in found.measurements]
    placed += [(one.start, one.end) for one in found.statements]
    asked = [(row.start, row.end) for row in found.indication.symptoms if row.start is not None and row.end is not None]
    return placed + asked


PLAIN = "INDICATION: Low back pain for 3 weeks.\nFINDINGS: L4-L5: Mild disc bulge. No fracture.\nIMPRESSION: Mild bulge at L4-L5."


@pytest.mark.parametrize(
    "trick",
    [
        pytest.param(lambda t: t.replace(" ", "\u202e \u202c"), id="right to left marks"),
        pytest.param(lambda t: t.replace("bulge", "bul\u200bge"), id="space of no width"),
        pytest.param(lambda t: t.replace(" ", "\u00a0"), id="no-break spaces"),
        pytest.param(lambda t: t.replace(" ", "\u3000"), id="ideographic spaces"),
        pytest.param(lambda t: t.replace("e", "e\u0301"), id="combining accents"),
        pytest.param(lambda t: unicodedata.normalize("NFC", t.replace("e", "e\u0301")), id="composed accents"),
        pytest.param(lambda t: t.replace("a", "\u0430"), id="cyrillic letters"),
        pytest.param(lambda t: t.replace("i", "\u0130"), id="letters that grow in lower case"),
        pytest.param(lambda t: t.replace("s", "\u1e9e"), id="letters that grow in upper case"),
        pytest.param(lambda t: t.replace(" ", " \U0001f9b4 "), id="beyond the first plane"),
        pytest.param(lambda t: t.replace("4", "\u0664").replace("5", "\u0665"), id="arabic digits"),
        pytest.param(lambda t: t.replace("3", "\u00b3").replace("4", "\u2463"), id="digits that are no numbers"),
        pytest.param(lambda t: t.replace("\n", "\u2028"), id="line separators"),
        pytest.param(lambda t: t.replace(".", "\u3002").replace(":", "\uff1a"), id="wide punctuation"),
        pytest.param(lambda t: "\ufeff" + t + "\ufffe\uffff\U0010ffff", id="marks and no characters"),
        pytest.param(lambda t: t.replace(" ", "\x0b\x0c\x1c\x85"), id="odd line ends"),
    ],
)
def test_tricks_of_writing_leave_offsets_right(rules: Rules, trick: Callable[[str], str]) -> None:
    text = trick(PLAIN)
    found = analyse(Report("r", text, "s", 0, exam="MRI lumbar spine"), rules)
    for start, end in spans(found):
        assert 0 <= start <= end <= len(text)
    for one in found.findings:
        assert text[one.start : one.end].strip()


_ALPHABET = st.one_of(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
    st.sampled_from("0123456789LSTC-/.,:;()\n \u0130\u1e9e\u00b2\u0663\u2460\u202e\u200b\u0301"),
)


@given(st.lists(st.one_of(st.text(_ALPHABET, max_size=12), st.sampled_from(PLAIN.split(" "))), max_size=40))
def test_no_text_breaks_the_analysis(rules: Rules, pieces: list[str]) -> None:
    text = " ".join(pieces)
    if not text.strip():
        return
    for start, end in spans(analyse(Report("r", text, "s", 0), rules, sentence_parser(rules))):
        assert 0 <= start <= end <= len(text)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        pytest.param('{"text": "a \\ud83e bulge"}', "not_text", id="half a pair"),
        pytest.param('{"text": "a \\udd14\\ud83e bulge"}', "not_text", id="pair reversed"),
        pytest.param('{"id": "\\ud800", "text": "a"}', "not_text", id="in the id"),
        pytest.param('{"text": "a \\u0000 bulge"}', "not_text", id="NUL"),
        pytest.param('{"text": "a \\ud83e\\uddb4 bulge"}', "a \U0001f9b4 bulge", id="whole pair"),
    ],
)
def test_surrogates_in_json_are_pairs_or_rejects(tmp_path: Path, written: str, reason: str) -> None:
    (tmp_path / "r.jsonl").write_text(written + "\n", encoding="utf-8")
    assert shown(outcomes(tmp_path)) == [("r.jsonl", reason)]
