"""The headings lexicon compiled for the sentences stage."""

from __future__ import annotations

import re
from dataclasses import dataclass

from spinelink.alternatives import expand
from spinelink.layout import Labels, compile_labels, letter_tree, terms
from spinelink.levels import LevelRules
from spinelink.levels import compile_rules as compile_levels
from spinelink.lexicon import Lexicon


@dataclass(frozen=True, eq=False)
class SentenceRules:
    """Labels and levels, the words about which lines join or part, and the abbreviations whose full stop ends nothing.

    `heads` may head the column of levels in a table, `fillers` stand beside a level in its heading; `links` neither
    end nor begin a line where a sentence does, `tails` do not end one; `inner` words speak of a disc level, `outer`
    words of anything else; `titles` are abbreviations before any word ("Dr."), `clippings` before a small letter or a
    digit ("sag. and"); `number` is a list number as dictated ("number one"); `further` opens a line that
    goes on with the one before ("There is also").
    """

    labels: Labels
    levels: LevelRules
    heads: frozenset[str]
    fillers: frozenset[str]
    links: frozenset[str]
    tails: frozenset[str]
    titles: frozenset[str]
    clippings: frozenset[str]
    inner: re.Pattern[str]
    outer: re.Pattern[str]
    number: re.Pattern[str]
    further: re.Pattern[str]


def compile_rules(lexicon: Lexicon) -> SentenceRules:
    """Return the rules of the sentences stage."""
    frames = {term for term in terms(lexicon, "frame") if " " not in term}
    parts = {term for term in terms(lexicon, "part") - terms(lexicon, "head") if " " not in term}
    rows = [row for row in lexicon.headings() if row.form.startswith("region:")]
    regions = {term for row in rows for term in expand(row.term) if len(term) > 1}
    links = terms(lexicon, "link")
    return SentenceRules(
        labels=compile_labels(lexicon),
        levels=compile_levels(lexicon),
        heads=terms(lexicon, "head"),
        fillers=terms(lexicon, "filler") | regions,
        links=links,
        tails=links | terms(lexicon, "tail"),
        titles=terms(lexicon, "abbreviation"),
        clippings=terms(lexicon, "clipping"),
        inner=_words(terms(lexicon, "inner") | (parts - frames)),
        outer=_words(terms(lexicon, "outer") | frames),
        further=_words(terms(lexicon, "further")),
        number=re.compile(rf"{letter_tree(sorted(terms(lexicon, 'number')))}\b[.,:]?\s*", re.IGNORECASE),
    )


def _words(words: frozenset[str] | set[str]) -> re.Pattern[str]:
    return re.compile(rf"\b{letter_tree(sorted(words))}\b", re.IGNORECASE)
