"""What was asked and why: symptoms, red flags and care that the indication states, and what it says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spinelink.lexicon import Lexicon
from spinelink.records import Indication, Report, Section, Sentence, Study


@dataclass(frozen=True)
class IndicationRules:
    """The compiled lexicons of the indication."""


def compile_rules(lexicon: Lexicon) -> IndicationRules:
    """Return the rules of a lexicon; raises LexiconError where a row cannot be used."""
    return IndicationRules()


def indication_of(
    report: Report, sections: Sequence[Section], sentences: Sequence[Sentence], study: Study, rules: IndicationRules
) -> Indication:
    """Return what the sections of category indication state; offsets are those of the report's text."""
    return Indication()
