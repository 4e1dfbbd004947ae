"""Of the records that share an id in a format of versions, one is the report: which, and what becomes of the others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink.records import Reject, Report
from spinelink.stages.ingest.versions import WITHDRAWN, Version, VersionTable, moment

MAX = 1000


def at(hour: int) -> datetime:
    return datetime(2024, 5, 6, hour, tzinfo=UTC)


def outcome(versions: list[Version], texts: dict[int, str] | None = None) -> list[str]:
    """Return what becomes of the records of one file: each one's text, or why it is no report."""
    table = VersionTable()
    table.add("dump.hl7", versions)
    texts = texts or {}
    records: list[Report | Reject] = []
    for version in versions:
        n = version.record
        if version.status == WITHDRAWN:
            records.append(Reject("dump.hl7", n, version.report_id, "withdrawn"))
        else:
            text = version.addendum or texts.get(n, f"text {n}")
            records.append(Report(version.report_id, text, "dump.hl7", n, status=version.status))
    settled = table.settled().of(records, MAX)
    return [one.text if isinstance(one, Report) else one.reason for one in settled]


def v(n: int, status: str | None, hour: int | None = None, *, sent: int | None = None, name: str = "a") -> Version:
    issued = None if hour is None else at(hour)
    return Version(n, name, status, issued, None if sent is None else at(sent))


def add(n: int, text: str, hour: int | None = None, name: str = "a") -> Version:
    return Version(n, name, "addendum", None if hour is None else at(hour), None, text)


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        pytest.param([v(0, "final")], ["text 0"], id="one version"),
        pytest.param([v(0, "preliminary", 8), v(1, "final", 9)], ["superseded", "text 1"], id="final over preliminary"),
        pytest.param([v(0, "final", 9), v(1, "preliminary", 10)], ["text 0", "superseded"], id="final over later preliminary"),
        pytest.param([v(0, "corrected", 9), v(1, "final", 10)], ["text 0", "superseded"], id="corrected over later final"),
        pytest.param([v(0, "corrected", 9), v(1, "corrected", 8)], ["text 0", "superseded"], id="later correction"),
        pytest.param([v(0, "corrected", 9), v(1, "addendum", 10)], ["superseded", "text 1"], id="whole addendum after correction"),
        pytest.param([v(0, "addendum", 9), v(1, "final", 10)], ["text 0", "superseded"], id="whole addendum over later final"),
        pytest.param([v(0, None, 10), v(1, "final", 9)], ["superseded", "text 1"], id="final over unstated"),
        pytest.param([v(0, "preliminary", 10), v(1, None, 9)], ["superseded", "text 1"], id="unstated over preliminary"),
        pytest.param([v(0, "final", 10), v(1, "final", 9)], ["text 0", "superseded"], id="later time"),
        pytest.param([v(0, "final"), v(1, "final", 9)], ["superseded", "text 1"], id="a time over none"),
        pytest.param([v(0, "final", 9, sent=12), v(1, "final", 9, sent=11)], ["text 0", "superseded"], id="later sending"),
        pytest.param([v(0, "final", 9), v(1, "final", 9)], ["superseded", "text 1"], id="later position"),
        pytest.param([v(0, "final"), v(1, "final")], ["superseded", "text 1"], id="later position without times"),
        pytest.param([v(0, "final", 9), v(1, "final", 9, name="b")], ["text 0", "text 1"], id="two ids"),
        pytest.param(
            [v(0, "final", 9), v(1, "final", 9, name="b"), v(2, "corrected", 10), v(3, "preliminary", 8, name="b")],
            ["superseded", "text 1", "text 2", "superseded"],
            id="interleaved",
        ),
        pytest.param([v(0, "final", 9), v(1, WITHDRAWN, 10)], ["superseded", "withdrawn"], id="withdrawn"),
        pytest.param([v(0, WITHDRAWN, 10), v(1, "final", 9)], ["withdrawn", "superseded"], id="withdrawn before it in the file"),
        pytest.param([v(0, "final", 9), v(1, WITHDRAWN, 10), v(2, "final", 11)], ["superseded", "withdrawn", "text 2"], id="issued again"),
        pytest.param([v(0, "final", 9), v(1, WITHDRAWN, 10), v(2, "preliminary", 11)], ["superseded", "withdrawn", "text 2"], id="begun again"),
        pytest.param([v(0, "final", 9), add(1, "New.", 10)], ["text 0\n\nADDENDUM: New.", "joined"], id="addendum"),
        pytest.param([v(0, "final", 9), add(1, "Addendum 1: New.", 10)], ["text 0\n\nAddendum 1: New.", "joined"], id="addendum with heading"),
        pytest.param([add(0, "New.", 10), v(1, "final", 9)], ["joined", "text 1\n\nADDENDUM: New."], id="addendum before it in the file"),
        pytest.param([v(0, "final", 9), add(1, "B.", 11), add(2, "A.", 10)], ["text 0\n\nADDENDUM: A.\n\nADDENDUM: B.", "joined", "joined"], id="addenda by time"),
        pytest.param([v(0, "final", 9), add(1, "A.", 10), add(2, "A.", 11)], ["text 0\n\nADDENDUM: A.", "joined", "joined"], id="addendum sent again"),
        pytest.param([v(0, "final", 9), add(1, "A.", 10), v(2, "final", 11)], ["superseded", "joined", "text 2\n\nADDENDUM: A."], id="final sent again after its addendum"),
        pytest.param([v(0, "final", 9), add(1, "A.", 10), v(2, "corrected", 11)], ["superseded", "superseded", "text 2"], id="correction after addendum"),
        pytest.param([v(0, "corrected", 9), add(1, "A.", 10)], ["text 0\n\nADDENDUM: A.", "joined"], id="addendum after correction"),
        pytest.param([v(0, "final", 9), add(1, "text 0\n\nADDENDUM: A.", 10)], ["text 0\n\nADDENDUM: A.", "joined"], id="addendum that has the whole report in it"),
        pytest.param([add(0, "A.", 10)], ["A."], id="addendum alone"),
        pytest.param([add(0, "B.", 11), add(1, "A.", 10)], ["joined", "A.\n\nADDENDUM: B."], id="addenda alone"),
        pytest.param([v(0, "final", 9), add(1, "A.", 10), v(2, WITHDRAWN, 11)], ["superseded", "superseded", "withdrawn"], id="withdrawn with addendum"),
        pytest.param([v(0, "final", 9), add(1, "A" * MAX, 10)], ["too_long", "joined"], id="too long with its addendum"),
    ],
)  # fmt: skip
def test_what_becomes_of_versions(versions: list[Version], expected: list[str]) -> None:
    assert outcome(versions) == expected


def test_a_report_with_a_joined_addendum_has_that_status() -> None:
    table = VersionTable()
    table.add("a.hl7", [v(0, "final", 9), add(1, "New.", 10)])
    (report, reject) = table.settled().of(
        [Report("a", "Old.", "a.hl7", 0, status="final"), Report("a", "New.", "a.hl7", 1, status="addendum")], MAX
    )
    assert isinstance(report, Report)
    assert report.status == "addendum"
    assert reject == Reject("a.hl7", 1, "a", "joined", "an addendum, joined to the report in a.hl7, record 0")


def test_versions_stand_in_several_files_and_other_files_are_left_alone() -> None:
    table = VersionTable()
    table.add("a.hl7", [v(0, "corrected", 9), v(1, "final", 9, name="b")])
    table.add("b.hl7", [v(0, "final", 9)])
    records = [Report("a", "x", source, 0) for source in ("a.hl7", "b.hl7", "c.csv")]
    found = list(table.settled().of(records, MAX))
    assert found[0] == records[0]
    assert found[1] == Reject("b.hl7", 0, "a", "superseded", "a later version stands in a.hl7, record 0")
    assert found[2] == records[2]


def test_no_versions_leave_records_as_they_are() -> None:
    records: list[Report | Reject] = [Report("a", "x", "a.csv", 0), Reject("a.csv", 1, "b", "empty_text")]
    assert list(VersionTable().settled().of(records, MAX)) == records


STATUSES = st.sampled_from(["preliminary", "final", "corrected", "addendum", None, WITHDRAWN])
HOURS = st.none() | st.integers(0, 23)


@given(st.lists(st.tuples(st.sampled_from("abc"), STATUSES, HOURS, st.booleans()), max_size=20))
def test_of_each_id_at_most_one_report_stays_and_nothing_is_lost(
    drawn: list[tuple[str, str | None, int | None, bool]],
) -> None:
    versions = [
        add(n, f"Addendum {n}.", hour, name) if only and status == "addendum" else v(n, status, hour, name=name)
        for n, (name, status, hour, only) in enumerate(drawn)
    ]
    found = outcome(versions)
    assert len(found) == len(versions)
    reasons = {"superseded", "joined", "withdrawn"}
    for name in "abc":
        of_id = [became for version, became in zip(versions, found, strict=True) if version.report_id == name]
        stays = [became for became in of_id if became not in reasons]
        withdrawn = any(version.status == WITHDRAWN for version in versions if version.report_id == name)
        assert len(stays) == 1 or (not stays and (withdrawn or not of_id))
    for version, became in zip(versions, found, strict=True):
        if became == "joined":
            assert version.addendum is not None
            assert any(version.addendum in other for other in found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("20240131", datetime(2024, 1, 31, tzinfo=UTC), id="day"),
        pytest.param("202401310930", datetime(2024, 1, 31, 9, 30, tzinfo=UTC), id="minute"),
        pytest.param("20240131093005.25", datetime(2024, 1, 31, 9, 30, 5, 250_000, tzinfo=UTC), id="fraction"),
        pytest.param("20240131093005.0000+0100", datetime(2024, 1, 31, 8, 30, 5, tzinfo=UTC), id="zone"),
        pytest.param("20240131093005-0500", datetime(2024, 1, 31, 14, 30, 5, tzinfo=UTC), id="zone behind"),
        pytest.param("202401", datetime(2024, 1, 1, tzinfo=UTC), id="month"),
        pytest.param("2024", datetime(2024, 1, 1, tzinfo=UTC), id="year"),
        pytest.param("2024-01-31T09:30:05.25+01:00", datetime(2024, 1, 31, 8, 30, 5, 250_000, tzinfo=UTC), id="iso"),
        pytest.param("2024-01-31T09:30:05Z", datetime(2024, 1, 31, 9, 30, 5, tzinfo=UTC), id="iso utc"),
        pytest.param("2024-01-31", datetime(2024, 1, 31, tzinfo=UTC), id="iso day"),
        pytest.param("", None, id="none"),
        pytest.param("yesterday", None, id="word"),
        pytest.param("20241331", None, id="no month"),
        pytest.param("00010101000000+1400", None, id="before time"),
        pytest.param("202", None, id="too short"),
        pytest.param("٢٠٢٤", None, id="other digits"),
    ],
)
def test_moment(text: str, told: datetime | None) -> None:
    assert moment(text) == told
