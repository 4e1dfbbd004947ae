"""Versions of a report: of the records that share an id in a format of versions, the latest is the report.

HL7 and FHIR send a report again whenever its state changes. A first pass over the files of such formats gathers for
each record that can be a report its `Version`; of each id one stays, and the second pass rejects the others:

- A record that withdraws the report (sent for the wrong patient, entered in error) takes out all before it.
- Where versions are numbered (FHIR) the highest number stays, else the most settled: corrected, or whole with its
  addendum, over final over preliminary; among equals the last by the time of the report, then by the time of sending,
  then by position. The rest are `superseded`.
- A record that is nothing but an addendum replaces nothing. Its text is joined to the end of the report that stays, and
  the record is rejected as `joined`; it is superseded where a later corrected version stays. Without a report to join,
  the first addendum is the report.

Held are 16 bytes of each id and a few numbers, and the texts of addenda.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from spinelink.records import Reject, Report

WITHDRAWN = "withdrawn"
"""The status of a version that takes the report back; such a record is itself a reject, with this reason."""

_ID_BYTES = 16
_UNKNOWN_TIME = -(2**63)
_FILE_BITS = 40  # a place is a file's number above so many bits of the record's
_RANKS = {"preliminary": 0, "final": 2, "corrected": 3, "addendum": 3, WITHDRAWN: 4}
_UNSTATED_RANK = 1
_WITHDRAWN_RANK = _RANKS[WITHDRAWN]
_ADDENDUM_ONLY = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEADING = "ADDENDUM"


@dataclass(frozen=True, slots=True)
class Version:
    """What decides between records of one id.

    `number` is the version's own number, 0 where it has none. `status` is the report's closed status, or `WITHDRAWN`.
    `issued` is when the report got into this state, `sent` when the record was made. `addendum` is the text of a record
    that is nothing but an addendum, else None.
    """

    record: int
    report_id: str
    status: str | None = None
    issued: datetime | None = None
    sent: datetime | None = None
    addendum: str | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class _Entry:
    """A version by its place; `when` orders those of one rank."""

    place: int
    rank: int
    number: int
    issued: int
    sent: int

    @property
    def when(self) -> tuple[int, int, int, int]:
        return self.number, self.issued, self.sent, self.place


@dataclass(slots=True)
class VersionTable:
    """The versions of all files while they are gathered."""

    _sources: list[str] = field(default_factory=list)
    _ids: bytearray = field(default_factory=bytearray)
    _ranks: array[int] = field(default_factory=lambda: array("b"))
    _places: array[int] = field(default_factory=lambda: array("q"))
    _numbers: array[int] = field(default_factory=lambda: array("q"))
    _issued: array[int] = field(default_factory=lambda: array("q"))
    _sent: array[int] = field(default_factory=lambda: array("q"))
    _addenda: dict[int, str] = field(default_factory=dict)

    def add(self, source: str, versions: Iterable[Version]) -> None:
        """Add the versions that one file holds."""
        number = len(self._sources)
        self._sources.append(source)
        for version in versions:
            place = (number << _FILE_BITS) + version.record
            self._ids += hashlib.blake2b(version.report_id.encode(), digest_size=_ID_BYTES).digest()
            self._ranks.append(_rank(version))
            self._places.append(place)
            self._numbers.append(version.number)
            self._issued.append(_microseconds(version.issued))
            self._sent.append(_microseconds(version.sent))
            if version.addendum is not None:
                self._addenda[place] = version.addendum

    def settled(self) -> Latest:
        """Return which record of each id stays."""
        fates = _Fates(self._addenda)
        ids = np.frombuffer(self._ids, f"S{_ID_BYTES}")
        order = np.argsort(ids, kind="stable")  # of one id by place
        same = np.concatenate([[False], ids[order][1:] == ids[order][:-1], [False]])
        starts = np.flatnonzero(same[1:] & ~same[:-1])
        ends = np.flatnonzero(~same[1:] & same[:-1])
        for start, end in zip(starts, ends, strict=True):
            fates.settle([self._entry(int(at)) for at in order[start : end + 1]])
        return fates.latest(self._sources)

    def _entry(self, at: int) -> _Entry:
        return _Entry(self._places[at], self._ranks[at], self._numbers[at], self._issued[at], self._sent[at])


class _Fates:
    """What becomes of the records of ids that have several."""

    def __init__(self, addenda: Mapping[int, str]) -> None:
        self._addenda = addenda
        self._lost = array("q")
        self._to = array("q")
        self._joined = array("b")
        self._texts: dict[int, tuple[str, ...]] = {}

    def settle(self, entries: Sequence[_Entry]) -> None:
        """Decide between the versions of one id."""
        withdrawal = max((e for e in entries if e.rank == _WITHDRAWN_RANK), key=lambda e: e.when, default=None)
        standing = [e for e in entries if e.rank != _WITHDRAWN_RANK]
        if withdrawal is not None:
            self._lose([e for e in standing if e.when < withdrawal.when], withdrawal)
            standing = [e for e in standing if e.when > withdrawal.when]
        if not standing:
            return
        whole = [e for e in standing if e.rank != _ADDENDUM_ONLY]
        addenda = sorted((e for e in standing if e.rank == _ADDENDUM_ONLY), key=lambda e: e.when)
        kept = max(whole, key=lambda e: (e.number, e.rank, e.when)) if whole else addenda.pop(0)
        self._lose([e for e in whole if e is not kept], kept)
        outdated = [e for e in addenda if _RANKS["final"] < kept.rank < _ADDENDUM_ONLY and e.when < kept.when]
        self._lose(outdated, kept)
        joined = [e for e in addenda if e not in outdated]
        self._lose(joined, kept, joined=True)
        if joined:
            self._texts[kept.place] = tuple(self._addenda[e.place] for e in joined)

    def latest(self, sources: Sequence[str]) -> Latest:
        """Return the decisions, ready to look up."""
        places = np.frombuffer(self._lost, np.int64) if self._lost else np.array([], np.int64)
        order = np.argsort(places, kind="stable")
        return Latest(
            tuple(sources),
            array("q", places[order].tolist()),
            array("q", [self._to[int(at)] for at in order]),
            array("b", [self._joined[int(at)] for at in order]),
            self._texts,
        )

    def _lose(self, entries: Iterable[_Entry], to: _Entry, *, joined: bool = False) -> None:
        for entry in entries:
            self._lost.append(entry.place)
            self._to.append(to.place)
            self._joined.append(joined)


class Latest:
    """Which records are not the latest version of their report, and which addenda belong to those that are."""

    def __init__(
        self,
        sources: tuple[str, ...],
        lost: array[int],
        to: array[int],
        joined: array[int],
        addenda: Mapping[int, tuple[str, ...]],
    ) -> None:
        self._sources = sources
        self._numbers = {source: number for number, source in enumerate(sources)}
        self._lost = lost
        self._to = to
        self._joined = joined
        self._addenda = addenda

    def of(self, records: Iterable[Report | Reject], max_chars: int) -> Iterator[Report | Reject]:
        """Yield the records: earlier versions as rejects, the latest with its addenda."""
        for record in records:
            yield self._settled(record, max_chars) if isinstance(record, Report) else record

    def _settled(self, report: Report, max_chars: int) -> Report | Reject:
        number = self._numbers.get(report.source)
        if number is None:
            return report
        place = (number << _FILE_BITS) + report.record
        at = bisect_left(self._lost, place)
        if at < len(self._lost) and self._lost[at] == place:
            where = f"{self._sources[self._to[at] >> _FILE_BITS]}, record {self._to[at] & (1 << _FILE_BITS) - 1}"
            if self._joined[at]:
                return _reject(report, "joined", f"an addendum, joined to the report in {where}")
            return _reject(report, "superseded", f"a later version stands in {where}")
        addenda = self._addenda.get(place)
        return _with_addenda(report, addenda, max_chars) if addenda else report


def moment(text: str) -> datetime | None:
    """Return the instant that a time stamp of HL7 or FHIR names, as UTC; without a zone it is taken for UTC.

    "20240131093005.25+0100" and "2024-01-31T09:30:05.25+01:00" are one instant; a date alone is its first moment.
    """
    digits = text.strip().replace("Z", "+00:00") if "-" in text[:5] else _iso(text.strip())
    try:
        told = datetime.fromisoformat(digits)
    except ValueError:
        return None
    try:
        return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    except OverflowError:
        return None


def _iso(stamp: str) -> str:
    """Return a stamp of HL7, YYYY[MM[DD[HH[MM[SS[.S]]]]]][+/-ZZZZ], in the form of ISO 8601."""
    zone = stamp[-5:] if len(stamp) > 8 and stamp[-5] in "+-" else ""
    stamp, _, fraction = stamp.removesuffix(zone).partition(".")
    if not stamp.isdecimal() or not stamp.isascii():
        return ""
    stamp = stamp + "00000101000000"[len(stamp) :] if 4 <= len(stamp) <= 14 else ""
    fraction = f".{fraction:0<6.6}" if fraction.isdecimal() else ""
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:]}{fraction}{zone}"


def _rank(version: Version) -> int:
    if version.addendum is not None:
        return _ADDENDUM_ONLY
    return _RANKS.get(version.status or "", _UNSTATED_RANK)


def _microseconds(told: datetime | None) -> int:
    if told is None:
        return _UNKNOWN_TIME
    past = told - _EPOCH
    return (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds


def _reject(report: Report, reason: str, detail: str) -> Reject:
    return Reject(report.source, report.record, report.report_id, reason, detail)


def _with_addenda(report: Report, addenda: Sequence[str], max_chars: int) -> Report | Reject:
    """Return the report with its addenda at the end; one that has the whole report in it takes the text's place."""
    text = report.text
    for addendum in addenda:
        if _words(addendum) in _words(text):
            continue  # sent again
        if _words(text) in _words(addendum):
            text = addendum
        else:
            headed = addendum.lstrip().casefold().startswith(_HEADING.casefold())
            text = f"{text}\n\n{addendum}" if headed else f"{text}\n\n{_HEADING}: {addendum}"
    if len(text) > max_chars:
        return _reject(report, "too_long", f"{len(text)} characters with its addenda, limit {max_chars}")
    return replace(report, text=text, status="addendum")


def _words(text: str) -> str:
    return " ".join(text.split())
