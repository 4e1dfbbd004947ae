"""What a report states to be the cause of a finding, in the sentence that names both."""

from __future__ import annotations

from collections.abc import Sequence

from spinelink.phrases import Hit, PhraseBook, fold
from spinelink.records import Finding

_PRESENT = "present"


def causes_of(finding: Finding, beside: Sequence[Finding], text: str, joining: PhraseBook) -> frozenset[str]:
    """Return the types of the findings that a sentence says to cause this one; `beside` are those of its sentence.

    "X causing Y" and "Y due to X" say so, and a verb that is Y itself ("X encroaching on the foramen"); what only
    stands beside it ("X with Y") is no cause.
    """
    start, end = finding.sentence_start, finding.sentence_end
    others = [other for other in beside if other.mention.assertion == _PRESENT and other.start != finding.start]
    if not others:
        return frozenset()
    hits = [hit._replace(start=start + hit.start, end=start + hit.end) for hit in joining.hits(fold(text[start:end]))]
    causes = [other for other in others if _caused(finding, other, hits)]
    return frozenset(other.mention.finding_type for other in causes)


def _caused(finding: Finding, other: Finding, hits: Sequence[Hit]) -> bool:
    """Tell whether words of cause stand so between two findings that the other is the cause."""
    for hit in hits:
        if hit.row.field == "because":
            if finding.end <= hit.start and hit.end <= other.start and not _between(hits, hit.end, other.start):
                return True
        elif other.end <= hit.start:
            stated = hit.end <= finding.start if hit.row.field == "cause" else _inside(hit, finding)
            if stated:
                return True
    return False


def _between(hits: Sequence[Hit], start: int, end: int) -> bool:
    return any(start <= hit.start and hit.end <= end and hit.row.field == "cause" for hit in hits)


def _inside(hit: Hit, finding: Finding) -> bool:
    return finding.start <= hit.start and hit.end <= finding.end
