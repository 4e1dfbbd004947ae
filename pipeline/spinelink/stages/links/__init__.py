"""Which finding could explain which symptom: rules COR-01 to COR-37, and what they come to for the study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spinelink.lexicon import Lexicon
from spinelink.records import Discrepancy, Finding, Indication, Link, Match, Report, Study


@dataclass(frozen=True)
class LinkRules:
    """The compiled rules and definitions."""


def compile_rules(lexicon: Lexicon) -> LinkRules:
    """Return the rules of a lexicon; raises LexiconError where a row cannot be used."""
    return LinkRules()


def links_of(
    report: Report,
    findings: Sequence[Finding],
    discrepancies: Sequence[Discrepancy],
    indication: Indication,
    study: Study,
    rules: LinkRules,
) -> tuple[tuple[Link, ...], Match]:
    """Return a link for each pair that was judged, and what they come to for the study."""
    return (), Match(best=(None,) * len(indication.symptoms))
