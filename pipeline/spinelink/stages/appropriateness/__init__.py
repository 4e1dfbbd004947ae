"""Whether the wording of a request supports it: evidence items and classes IMG-00 to IMG-17."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spinelink.lexicon import Lexicon
from spinelink.records import Audit, Finding, Indication, Match, Report, Section, Study


@dataclass(frozen=True)
class AppropriatenessRules:
    """The compiled rules, policy and prevalences."""


def compile_rules(lexicon: Lexicon) -> AppropriatenessRules:
    """Return the rules of a lexicon; raises LexiconError where a row cannot be used."""
    return AppropriatenessRules()


def audit_of(
    report: Report,
    sections: Sequence[Section],
    study: Study,
    findings: Sequence[Finding],
    indication: Indication,
    match: Match,
    rules: AppropriatenessRules,
) -> Audit | None:
    """Return the audit of one report; findings never justify the indication (IMG-07)."""
    return None
