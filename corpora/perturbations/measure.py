"""The share of a report's facts that stay what they must be when it is written another way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from spinelink import lexicon
from spinelink.analysis import analyse, compile_rules, sentence_parser
from spinelink.records import Finding, Report

Record = Mapping[str, Any]
"""A report as in reports.jsonl: report_id, text and perhaps exam."""


class Fact(NamedTuple):
    """What a finding states, as far as a perturbation is judged by it."""

    finding_type: str
    level: str
    side: str
    side_dominant: str
    severity: str
    assertion: str
    section: str


@dataclass(frozen=True, slots=True)
class Share:
    """How one perturbation did: reports whose text it changed, facts that were due, and those lost and gained.

    `lost` and `gained` hold the id of the report with each fact.
    """

    name: str
    reports: int
    due: int
    lost: tuple[tuple[str, Fact], ...]
    gained: tuple[tuple[str, Fact], ...]

    @property
    def share(self) -> float:
        """One less the facts lost and gained over those due: a changed fact counts twice."""
        return 1 - (len(self.lost) + len(self.gained)) / self.due if self.due else 1.0


def fact_of(finding: Finding) -> Fact:
    """Return the fact that a finding states."""
    mention = finding.mention
    return Fact(
        mention.finding_type, finding.level, mention.side, mention.side_dominant or "", mention.severity,
        mention.assertion, finding.category,
    )  # fmt: skip


@cache
def _analyser() -> Callable[[str, str | None], tuple[Finding, ...]]:
    rules = compile_rules(lexicon.shipped())
    parser = sentence_parser(rules)

    def findings(text: str, exam: str | None) -> tuple[Finding, ...]:
        return analyse(Report("", text, "", 0, exam=exam), rules, parser).findings

    return findings


def findings_of(record: Record, text: str | None = None) -> tuple[Finding, ...]:
    """Return the findings of a report, or of another text in its place."""
    return _analyser()(record["text"] if text is None else text, record.get("exam"))


def share_of(
    name: str,
    records: Sequence[Record],
    change: Callable[[str], str],
    expected: Callable[[str, Finding], Fact | None] = lambda _, finding: fact_of(finding),
) -> Share:
    """Return how the reports do under a change of their texts; `expected` is the fact that a finding must be then."""
    reports = due = 0
    lost: list[tuple[str, Fact]] = []
    gained: list[tuple[str, Fact]] = []
    for record in records:
        text = record["text"]
        changed = change(text)
        wanted = {fact for finding in findings_of(record) if (fact := expected(text, finding))}
        found = {fact_of(finding) for finding in findings_of(record, changed)}
        reports += changed != text
        due += len(wanted)
        lost += [(record["report_id"], fact) for fact in sorted(wanted - found)]
        gained += [(record["report_id"], fact) for fact in sorted(found - wanted)]
    return Share(name, reports, due, tuple(lost), tuple(gained))


def pooled(shares: Iterable[Share]) -> float:
    """Return the share of several perturbations taken together."""
    shares = list(shares)
    changed = sum(len(share.lost) + len(share.gained) for share in shares)
    return 1 - changed / sum(share.due for share in shares)
