"""Which columns fill which fields, what their values mean, and how a text is composed of sections."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from spinelink import lexicon as lexicons
from spinelink.errors import LexiconError
from spinelink.lexicon import Phrase
from spinelink.records import Report
from spinelink.stages.ingest import COLUMN_FIELDS, IngestOptions, plan, read
from spinelink.stages.ingest.columns import CODE_FIELDS, layout_of, shown, usual_names
from spinelink.stages.ingest.options import REPORT_FIELDS, SECTION_FIELDS
from spinelink.stages.ingest.values import day, fold_word, folded, kept, scalar, years

ALL = lexicons.shipped().phrases("columns")
ROWS = tuple(row for row in ALL if row.field not in CODE_FIELDS)
USUAL = usual_names(ALL)
DAY = date(2025, 3, 14)


def report(folder: Path, content: str, options: IngestOptions | None = None) -> Report:
    """Return the one report of a CSV file."""
    (folder / "r.csv").write_text(content, encoding="utf-8", newline="")
    (found,) = read(plan([folder / "r.csv"], options or IngestOptions()))
    assert isinstance(found, Report)
    return found


def test_every_field_has_usual_names() -> None:
    assert {row.field for row in ROWS} == set(COLUMN_FIELDS)
    assert set(Report.__dataclass_fields__) - {"text", "source", "record", "extra", "codes", "reason"} == set(
        REPORT_FIELDS
    )


@pytest.mark.parametrize("row", [row for row in ROWS if "=" not in row.term], ids=lambda row: row.id)
def test_a_usual_name_in_its_example_fills_its_field(row: Phrase) -> None:
    names = row.example.split(",")
    layout = layout_of(names, IngestOptions(with_people=True), USUAL)
    position = names.index(row.term)
    if row.field == "text":
        assert layout.text == position
    elif row.field in SECTION_FIELDS:
        assert (row.value, position) in layout.sections
    else:
        assert (row.field, position) in layout.fields


@pytest.mark.parametrize("row", [row for row in ROWS if "=" in row.term], ids=lambda row: row.id)
def test_a_word_in_its_example_has_its_value(row: Phrase) -> None:
    field, _, value = row.example.partition(": ")
    if field == "age":
        assert years(value, USUAL.words["age"]) == int(value.split()[0]) // int(row.value)
    else:
        assert folded(value.title(), USUAL.words[field]) == row.value


@pytest.mark.parametrize("name", ["Report ID", "report-id", "REPORT_ID", "reportId", "report.id", " report_id "])
def test_names_are_compared_by_letters_and_digits(name: str) -> None:
    assert layout_of([name], IngestOptions(), USUAL).fields == (("report_id", 0),)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param("text,report_text", 1, id="rank before order"),
        pytest.param("note,text", 1, id="note is weaker than text"),
        pytest.param("note,impression", None, id="sections before note"),
        pytest.param("note,id", 0, id="note where nothing else is"),
        pytest.param("text,impression", 0, id="full text before sections"),
    ],
)
def test_the_best_text_column_is_read(header: str, expected: int | None) -> None:
    assert layout_of(header.split(","), IngestOptions(), USUAL).text == expected


def test_columns_that_are_named_go_before_usual_ones(tmp_path: Path) -> None:
    options = IngestOptions(columns={"text": "Befund", "report_id": "nr", "site": "nowhere"})
    found = report(tmp_path, "report_id,text,befund,NR,site\n1,a,b,2,x\n", options)
    assert (found.report_id, found.text, found.site) == ("2", "b", None)


def test_the_very_name_goes_before_one_like_it(tmp_path: Path) -> None:
    assert report(tmp_path, "TEXT,te_xt\na,b\n", IngestOptions(columns={"text": "te_xt"})).text == "b"


def test_an_accession_is_the_id_where_no_other_is_given(tmp_path: Path) -> None:
    found = report(tmp_path, "report_id,accession,text\n,A7,a\n")
    assert (found.report_id, found.accession) == ("A7", "A7")
    found = report(tmp_path, "report_id,accession,text\nR1,A7,a\n")
    assert (found.report_id, found.accession) == ("R1", "A7")


def test_staff_is_read_only_where_asked_for(tmp_path: Path) -> None:
    content = "id,ordering_provider,radiologist,text\n1,A,B,a\n"
    found = report(tmp_path, content)
    assert (found.requester, found.reader) == (None, None)
    found = report(tmp_path, content, IngestOptions(with_people=True))
    assert (found.requester, found.reader) == ("A", "B")


def test_columns_to_keep_go_to_extra(tmp_path: Path) -> None:
    options = IngestOptions(keep=("Ward", "bed", "nowhere"))
    assert report(tmp_path, "id,text,ward,bed\n1,a, 7b ,\n", options).extra == {"Ward": "7b"}


def test_every_field_is_filled(tmp_path: Path) -> None:
    content = (
        "report_id,study_id,mrn,accession,study_date,order_date,exam,age,sex,status,patient_class,site,text\n"
        "R1,S1,P1,A1,2025-03-14,20250301,MRI L SPINE,052Y,female,Final,Inpatient,North,Normal.\n"
    )
    known = Report("R1", "Normal.", "r.csv", 0, "S1", "P1", "A1", DAY, date(2025, 3, 1), "MRI L SPINE", 52, "F")
    assert report(tmp_path, content) == replace(known, status="final", setting="Inpatient", site="North")


def test_values_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    found = report(tmp_path, "id,study_date,age,sex,status,exam,text\n1,03/04/2025,old,?,x,a\x00b,Normal.\n")
    assert (found.study_date, found.age, found.sex, found.status, found.exam) == (None,) * 5


# Texts composed of sections


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(
            "impression,id,findings,indication\nI,1,F,H\n",
            "INDICATION: H\n\nFINDINGS: F\n\nIMPRESSION: I",
            id="order",
        ),
        pytest.param("findings,impression\nF, \n", "FINDINGS: F", id="empty section"),
        pytest.param("impression,id\nI,1\n", "IMPRESSION: I", id="one section"),
        pytest.param(
            "clinical_history,reason_for_exam,conclusion\nH,R,C\n",
            "CLINICAL HISTORY: H\n\nREASON FOR EXAM: R\n\nCONCLUSION: C",
            id="headings of the columns",
        ),
        pytest.param(
            'findings,impression\n"Findings:\nF","IMPRESSION\n1. I"\n',
            "Findings:\nF\n\nIMPRESSION\n1. I",
            id="own headings",
        ),
        pytest.param("findings\nFindings are normal.\n", "FINDINGS: Findings are normal.", id="no heading but a word"),
        pytest.param("text,findings\nT,F\n", "T", id="full text wins"),
        pytest.param("text,findings\n ,F\n", "FINDINGS: F", id="full text that is empty"),
    ],
)
def test_a_text_is_composed_of_sections(tmp_path: Path, content: str, text: str) -> None:
    assert report(tmp_path, content).text == text


def test_a_section_column_can_be_named(tmp_path: Path) -> None:
    options = IngestOptions(columns={"findings": "befund"})
    assert report(tmp_path, "befund,impression\nF,I\n", options).text == "FINDINGS: F\n\nIMPRESSION: I"


def test_a_named_text_column_is_read_alone(tmp_path: Path) -> None:
    assert report(tmp_path, "findings,impression\nF,I\n", IngestOptions(columns={"text": "impression"})).text == "I"


# Values


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-03-14", DAY),
        ("2025/3/14", DAY),
        (" 2025-03-14 ", DAY),
        ("2025-03-14T09:30:00Z", DAY),
        ("2025-03-14 09:30", DAY),
        ("20250314", DAY),
        (20250314, DAY),
        ("20250314093000.000+0100", DAY),
        ("20250314T0930", DAY),
        ("14-MAR-2025", DAY),
        ("14 March 2025", DAY),
        ("14MAR2025", DAY),
        ("14MAR2025:09:30:00", DAY),
        ("Mar 14, 2025", DAY),
        ("March 14 2025 9:30 AM", DAY),
        ("14/03/2025", DAY),
        ("03/14/2025", DAY),
        ("14.03.2025 09:30", DAY),
        ("03/03/2025", date(2025, 3, 3)),
        ("03/04/2025", None),
        ("14-MAR-25", None),
        ("2025-02-30", None),
        ("2025-13-01", None),
        ("1712100399", None),
        ("1712100399000", None),
        ("yesterday", None),
        ("2025-03-14 " + "x" * 100, None),
        ("", None),
        (None, None),
        (True, None),
        (1.5, None),
        (["2025-03-14"], None),
    ],
)
def test_a_date_is_read_or_left_out(value: object, expected: date | None) -> None:
    assert day(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (52, 52),
        (52.9, 52),
        ("52", 52),
        ("052Y", 52),
        ("52 years", 52),
        ("52-year-old", 52),
        ("52 y/o", 52),
        ("90+", 90),
        ("018M", 1),
        ("030W", 0),
        ("400 days", 1),
        (0, 0),
        (150, 150),
        (151, None),
        (-1, None),
        ("52 moons", None),
        ("fifty", None),
        pytest.param("52" + " " * 1_000_000 + "!", None, id="absurd"),
        (float("nan"), None),
        (True, None),
        (None, None),
    ],
)
def test_an_age_is_read_or_left_out(value: object, expected: int | None) -> None:
    assert years(value, USUAL.words["age"]) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" a ", "a"),
        ("", None),
        (None, None),
        (True, "true"),
        (7, "7"),
        (7.0, "7"),
        (7.25, "7.25"),
        (float("inf"), None),
        (DAY, "2025-03-14"),
        ("a\x00", None),
        ("\ud800", None),
        ([1], None),
        (b"a", None),
    ],
)
def test_a_single_value_is_written_as_text(value: object, expected: str | None) -> None:
    assert scalar(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [({"b": 1, "a": "ö"}, '{"a": "ö", "b": 1}'), ([DAY], '["2025-03-14"]'), (["\ud800"], None), (3, "3")],
)
def test_a_nested_value_is_kept_as_json(value: object, expected: str | None) -> None:
    assert kept(value) == expected


# Messages and lexicon


@pytest.mark.parametrize(
    ("names", "line"),
    [
        pytest.param(["id", "", "Study Date"], "its columns are id, Study Date", id="names"),
        pytest.param([], "it has no columns", id="none"),
        pytest.param([f"c{n}" for n in range(32)], "c29 and 2 more", id="many"),
        pytest.param(["id", "1950-01-01"], "not shown", id="a date"),
        pytest.param(["id", "x" * 41], "not shown", id="long"),
        pytest.param(["no stenosis at any of these levels"], "not shown", id="a sentence"),
        pytest.param(["a\nb"], "not shown", id="lines"),
        pytest.param(["R1", "low back pain"], "not shown", id="words without a usual name"),
        pytest.param(["id", "seen by us"], "its columns are id and 1 more", id="words beside a usual name"),
        pytest.param(["exam_body", "no"], "its columns are exam_body, no", id="single words"),
    ],
)
def test_columns_are_shown_unless_they_look_like_data(names: list[str], line: str) -> None:
    assert line in shown(names, USUAL)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(Phrase("COL-1", "haus,text", True, "haus", "house", "1"), id="unknown field"),
        pytest.param(Phrase("COL-1", "haus,text", True, "haus", "site", "first"), id="no rank"),
        pytest.param(Phrase("COL-1", "site: x", True, "site=x", "site", "X"), id="field without words"),
        pytest.param(Phrase("COL-1", "age: 5 x", True, "age=x", "age", "0"), id="unit of no length"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused(row: Phrase) -> None:
    with pytest.raises(LexiconError, match="COL-1"):
        usual_names([row])


def test_a_sites_own_lexicon_is_used(tmp_path: Path) -> None:
    (tmp_path / "columns.tsv").write_text(
        "id\tterm\tfield\tvalue\texample\nCOL-9001\tbefund(text|)\ttext\t1\tid,befund\n", encoding="utf-8"
    )
    (tmp_path / "r.csv").write_text("id,Befund\n1,a\n", encoding="utf-8")
    (found,) = read(plan([tmp_path / "r.csv"], IngestOptions(), lexicon=lexicons.load(tmp_path)))
    assert isinstance(found, Report)
    assert found.text == "a"


def test_no_two_rows_of_one_kind_mean_the_same_name() -> None:
    folded_terms = [fold_word(row.term.replace("=", "9")) for row in ALL]
    assert sorted(folded_terms) == sorted(set(folded_terms))
