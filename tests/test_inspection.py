"""A report is shown with its findings marked, and every value of a row with the words and the rule that made it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType
from rich.text import Text

from spinelink import levels, lexicon, schemas
from spinelink.errors import InputError
from spinelink.explanation import NO_TEXT, OTHER_LEXICON, OTHER_VERSION, Spoken
from spinelink.inspection import explain_report, inspect_file, inspect_report, values_marked
from spinelink.readable import ASSERTION_STYLES
from spinelink.records import Analysis, Finding, Measurement, Mention, Reject, Report, Study
from spinelink.tabulate import Shown, tabulate

TEXT = "MRI by [NAME]\r\nL4-L5: Mild\nbulge of the disc.\r\nNo fracture.\x1b[31m Lesion, cyst or abscess?\r\n"
STUDY = Study("MRI LUMBAR SPINE", "MR", ("lumbar",), "none", True, None, ())


def finding(words: str, finding_type: str, assertion: str = "present", **more: str | None) -> Finding:
    """Return a finding whose evidence are these words of the text."""
    start = TEXT.index(words)
    mention = Mention(0, finding_type, assertion, start, start + len(words), "EXM-2")
    sentence_start = TEXT.rfind("\n", 0, TEXT.index(words.split()[0])) + 1
    place = Finding(
        mention=replace(mention, **more),  # type: ignore[arg-type]
        mention_id=0,
        level="",
        level_kind="none",
        level_source="none",
        level_rule_id=None,
        region=None,
        section_id=0,
        category="findings",
        start=start,
        end=start + len(words),
        sentence_start=sentence_start,
        sentence_end=TEXT.index("\r\n", start + len(words)),
    )
    return place


BULGE = replace(
    finding(
        "Mild\nbulge",
        "disc_bulge",
        severity="mild",
        severity_text="Mild",
        severity_kind="grade",
        severity_rule_id="STM-1",
        side="left",
        zone="foraminal",
        side_rule_id="NONE-7",
    ),
    level="L4-L5",
    level_kind="disc",
    level_source="heading",
    level_rule_id="LVL-01",
    region="lumbar",
)
NO_FRACTURE = finding("No fracture", "vertebral_fracture", "absent", assertion_rule_id="STM-2")
LESION = finding("Lesion, cyst or abscess", "bone_lesion", "possible")
CYST = finding("cyst", "synovial_cyst", "absent")


def tables(*reports: Report | Reject, text: bool = True) -> dict[str, pa.Table]:
    """Return the tables of these records, every report with the same findings."""
    found = (BULGE, NO_FRACTURE, LESION, CYST)
    measured = (Measurement("ap", 4.0, "mm", "L4-L5", 22, 26, finding_id=0),)
    outcomes = [
        one if isinstance(one, Reject) else Analysis(one, (), found, measured, (), replace(STUDY, exam=one.exam))
        for one in reports
    ]
    return tabulate(outcomes, Shown(text=text))


def report(report_id: str) -> Report:
    return Report(report_id, TEXT, "a.csv", 0, exam="MRI LUMBAR SPINE")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes tables as a run, made with the lexicon of this fingerprint."""

    def written(made: dict[str, pa.Table], fingerprint: str | None = None) -> Path:
        metadata = schemas.metadata(fingerprint or lexicon.shipped().fingerprint)
        for name, table in made.items():
            (tmp_path / name).mkdir()
            pq.write_table(table.replace_schema_metadata(metadata), tmp_path / name / "part-00000.parquet")
        return tmp_path

    return written


@pytest.fixture
def run(write: Callable[..., Path]) -> Path:
    """A run of two reports and a reject."""
    rejected = Reject("a.csv", 2, "c", "empty_text")
    return write(tables(report("a"), report("b"), rejected))


def lines(shown: RenderableType) -> list[str]:
    """Return what a wide terminal without colours shows, line by line."""
    console = Console(width=1000, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(shown)
    return [line.rstrip() for line in capture.get().splitlines()]


def colours(shown: RenderableType) -> list[tuple[str, str]]:
    """Return every stretch of the marked text with its style."""
    console = Console(width=400, color_system="standard", force_terminal=True)
    body = console.render_lines(shown)[3:7]
    return [(part.text, str(part.style)) for line in body for part in line if part.style and str(part.style) != "none"]


def test_report_has_its_text_with_marks_and_its_rows(run: Path) -> None:
    assert lines(inspect_report(run, "a")) == [
        "a  MRI LUMBAR SPINE | MR | lumbar | contrast none",
        " present    possible    absent   \u2039n\u203a row n",
        "",
        "MRI by [NAME]",
        "L4-L5: Mild",
        "bulge\u20390\u203a of the disc.",
        "No fracture\u20391\u203a.\ufffd[31m Lesion, cyst\u20393\u203a or abscess\u20392\u203a?",
        "",
        "",
        "id  type                level  side  severity  assertion  section   evidence",
        "0   disc_bulge          L4-L5  left  mild      present    findings  Mild bulge",
        "1   vertebral_fracture                         absent     findings  No fracture",
        "2   bone_lesion                                possible   findings  Lesion, cyst or abscess",
        "3   synovial_cyst                              absent     findings  cyst",
    ]


def test_colours_are_by_assertion_and_the_shorter_words_win(run: Path) -> None:
    marked = [(text, style) for text, style in colours(inspect_report(run, "a")) if style != "dim"]
    assert marked == [
        ("Mild", ASSERTION_STYLES["present"]),
        ("bulge", ASSERTION_STYLES["present"]),
        ("No fracture", ASSERTION_STYLES["absent"]),
        ("Lesion, ", ASSERTION_STYLES["possible"]),
        ("cyst", ASSERTION_STYLES["absent"]),
        (" or abscess", ASSERTION_STYLES["possible"]),
    ]


def test_report_without_text(write: Callable[..., Path]) -> None:
    shown = lines(inspect_report(write(tables(report("a"), text=False)), "a"))
    assert shown[3] == "The text is not in this run, which was made with --no-text."
    assert shown[6].split() == ["0", "disc_bulge", "L4-L5", "left", "mild", "present", "findings"]


def test_report_without_findings(write: Callable[..., Path]) -> None:
    made = tables(report("a"))
    made["findings"] = made["findings"].slice(0, 0)
    run = write(made)
    assert lines(inspect_report(run, "a"))[-1] == "No findings."
    assert lines(explain_report(run, "a"))[-1] == "No findings."


def test_every_value_is_explained(run: Path) -> None:
    rows = {row.id: row.term for row in lexicon.shipped().phrases("exams") + lexicon.shipped().phrases("statements")}
    shown = lines(explain_report(run, "a", 0))
    assert shown[:6] == [
        "a  MRI LUMBAR SPINE | MR | lumbar | contrast none",
        OTHER_VERSION,
        "",
        "0  disc_bulge L4-L5 left mild  present",
        "sentence  L4-L5: \u2039measure: Mild\u203a",
        "          bulge of the disc.",
    ]
    assert shown[6].split() == ["value", "words", "where", "from", "rule", "term"]
    values = {line.split()[0]: " ".join(line.split()[1:]) for line in shown[7:]}
    assert values["type"] == f"disc_bulge EXM-2 {rows['EXM-2']} (exams.tsv)"
    assert values["level"] == f"L4-L5 of the heading in force LVL-01 {levels.RULES['LVL-01']}"
    assert values["side"] == "left NONE-7 a rule of another lexicon"
    assert values["severity"] == f"mild STM-1 {rows['STM-1'][:57]}... (statements.tsv)"
    assert values["assertion"] == "present nothing denies or doubts it"
    assert values["zone"] == "foraminal"
    assert values["measure"] == "ap 4 mm Mild stated in the sentence"


def test_all_findings_are_explained(run: Path) -> None:
    titles = [line for line in lines(explain_report(run, "a")) if line[:1].isdigit()]
    assert [title.split()[1] for title in titles] == [
        "disc_bulge",
        "vertebral_fracture",
        "bone_lesion",
        "synovial_cyst",
    ]


def test_explanation_without_text(write: Callable[..., Path]) -> None:
    shown = lines(explain_report(write(tables(report("a"), text=False)), "a", 1))
    assert shown[1] == NO_TEXT
    assert not any("fracture." in line for line in shown)


def test_a_run_of_another_lexicon_is_told(write: Callable[..., Path]) -> None:
    shown = lines(explain_report(write(tables(report("a")), fingerprint="0" * 64), "a"))
    assert shown[1] == OTHER_LEXICON


UNKNOWN = {
    "no_report": ("z", None, "has no report 'z'"),
    "rejected": ("c", None, "has no report 'c'; its record was rejected (empty_text)"),
    "no_finding": ("a", 4, "report 'a' has no finding 4; it has 4 findings"),
}


@pytest.mark.parametrize(("report_id", "finding_id", "message"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_unknown_is_one_line(run: Path, report_id: str, finding_id: int | None, message: str) -> None:
    with pytest.raises(InputError) as raised:
        explain_report(run, report_id, finding_id)
    assert str(raised.value).removeprefix(f"{run}: ") == message


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no table 'reports'; is it the folder of a run"):
        inspect_report(tmp_path, "a")


def test_a_broken_part_is_one_line(run: Path) -> None:
    (run / "findings" / "part-00000.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(InputError, match=r"findings: cannot be read \(\w+\)$"):
        inspect_report(run, "a")


def test_a_file_is_analysed_here_and_now(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_bytes(TEXT.encode())
    shown = lines(inspect_file(path, lambda given: tables(report(given.name))))
    assert shown[0].startswith("one.txt  MRI LUMBAR SPINE")
    assert shown[5] == "bulge\u20390\u203a of the disc."


FILES: dict[str, tuple[list[Report | Reject], str]] = {
    "rejected": ([Reject("one.txt", 0, "one.txt", "empty_text")], "holds no report that can be read (empty_text)"),
    "nothing": ([], "holds no report that can be read (no record)"),
    "several": ([report("a"), report("b")], "holds 2 reports; run it, then inspect one by its id"),
}


@pytest.mark.parametrize(("records", "message"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_report(records: list[Report | Reject], message: str, tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.touch()
    with pytest.raises(InputError) as raised:
        inspect_file(path, lambda _: tables(*records))
    assert str(raised.value) == f"{path}: {message}"


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.txt: is no file"):
        inspect_file(tmp_path / "none.txt", lambda _: tables())


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6), st.text(min_size=30, max_size=30))
def test_marking_changes_no_word(spans: list[tuple[int, int]], text: str) -> None:
    """Whatever the spans, the text without its marks is the text."""
    made = [replace(NO_FRACTURE, start=min(span), end=max(span), sentence_start=0, sentence_end=30) for span in spans]
    analysis = Analysis(Report("a", text, "", 0), (), tuple(made), (), (), STUDY)
    made_tables = tabulate([analysis], Shown())
    group = inspect_file(Path(__file__), lambda _: made_tables)
    body = group.renderables[3]  # type: ignore[union-attr]
    assert isinstance(body, Text)
    dimmed = [body.plain[span.start : span.end] for span in body.spans if span.style == "dim"]
    assert len("".join(dimmed)) == len(body.plain) - len(text.replace("\r", ""))


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6), st.text(min_size=30, max_size=30))
def test_marking_values_changes_no_word(spans: list[tuple[int, int]], text: str) -> None:
    """Whatever the spans, the text without the names of values is the text, and every span is marked."""
    words = [(Spoken(min(span), max(span), "", "sentence", ""), "type") for span in spans]
    shown = values_marked(text, words, 0, 30)
    kept = Text("", end="")
    for n in range(len(shown.plain)):
        if not any(span.style == "dim" and span.start <= n < span.end for span in shown.spans):
            kept.append(shown.plain[n])
    assert len(kept.plain) == len(text.replace("\r", ""))
    marked = {n for span in spans for n in range(*sorted(span)) if text[n] != "\r"}
    assert sum(span.end - span.start for span in shown.spans if span.style != "dim") == len(marked)
