"""What a report states to be the cause of a finding, in the sentence that names both."""

from __future__ import annotations

from collections.abc import Sequence

from spinelink.phrases import Hit
from spinelink.records import Finding
from spinelink.stages.coding.rules import CodingRules

_PRESENT = "present"
_NONE: frozenset[str] = frozenset()


def causes_of(finding: Finding, beside: Sequence[Finding], text: str, rules: CodingRules) -> frozenset[str]:
    """Return the types of the findings that a sentence says to cause this one; `beside` are those of its sentence.

    "X causing Y" and "Y due to X" say so, and a verb that is Y itself ("X encroaching on the foramen"); what only
    stands beside it ("X with Y") is no cause.
    """
    others = [other for other in beside if other.mention.assertion == _PRESENT and other.start != finding.start]
    if not others:
        return _NONE
    start = finding.sentence_start
    hits = rules.joining(text[start : finding.sentence_end])
    if not hits:
        return _NONE
    return frozenset(
        other.mention.finding_type
        for other in others
        if _caused(finding.start - start, finding.end - start, other.start - start, other.end - start, hits)
    )


def _caused(start: int, end: int, other_start: int, other_end: int, hits: Sequence[Hit]) -> bool:
    """Tell whether words of cause stand so between two findings of a sentence that the other is the cause."""
    for hit in hits:
        if hit.row.field == "because":
            if end <= hit.start and hit.end <= other_start and not _between(hits, hit.end, other_start):
                return True
        elif other_end <= hit.start:
            stated = hit.end <= start if hit.row.field == "cause" else start <= hit.start and hit.end <= end
            if stated:
                return True
    return False


def _between(hits: Sequence[Hit], start: int, end: int) -> bool:
    return any(start <= hit.start and hit.end <= end and hit.row.field == "cause" for hit in hits)
