"""Codes of symptoms and findings, and symptoms that come as codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spinelink.lexicon import Lexicon
from spinelink.records import Finding, Indication, Link, Report, Study


@dataclass(frozen=True)
class CodingRules:
    """The compiled codes."""


def compile_rules(lexicon: Lexicon) -> CodingRules:
    """Return the rules of a lexicon; raises LexiconError where a row cannot be used."""
    return CodingRules()


def with_given_codes(indication: Indication, report: Report, rules: CodingRules) -> Indication:
    """Return the indication with the report's given codes as symptoms of origin `codes`.

    A symptom on both sides whose code names a side becomes two rows, so that each row has one code.
    """
    return indication


def coded(
    indication: Indication, findings: Sequence[Finding], links: Sequence[Link], study: Study, rules: CodingRules
) -> tuple[Indication, tuple[str | None, ...]]:
    """Return the indication with the codes of its symptoms, row for row, and a code or None for each finding."""
    return indication, (None,) * len(findings)
