"""What identifiers of observations and headings in texts say of sections, by the lexicon."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from spinelink.alternatives import expand
from spinelink.errors import LexiconError
from spinelink.lexicon import Code
from spinelink.stages.ingest.options import SECTION_FIELDS
from spinelink.stages.ingest.record import Reading
from spinelink.stages.ingest.values import fold_word

ICD = "ICD-10-CM"

_OPENING = ("block", "spoken")
_LABEL = re.compile(
    r"(?:^|(?<=[.;!?])(?=[ \t]))[ \t*#>_]{0,16}([^\W\d_][\w &/'()-]{1,48})[ \t*_]{0,16}(?::|$)", re.MULTILINE
)


@dataclass(frozen=True)
class Words:
    """`identified` is folded identifier to field and heading, `headings` folded heading to section.

    `codes` is folded code to code of ICD-10-CM, `systems` the folded words for it.
    """

    identified: Mapping[str, tuple[str, str]]
    headings: Mapping[str, str]
    codes: Mapping[str, str]
    systems: frozenset[str]

    def sections_in(self, text: str) -> list[str]:
        """Return the sections that headings in a text open, in order."""
        labels = (fold_word(label[1]) for label in _LABEL.finditer(text))
        return [self.headings[label] for label in labels if label in self.headings]

    def begins_section(self, text: str) -> bool:
        """Tell whether a text begins with the heading of a section."""
        label = _LABEL.match(text.lstrip())
        return label is not None and fold_word(label[1]) in self.headings


def compile_words(reading: Reading) -> Words:
    """Return the words of a reading's lexicon; raises LexiconError where a row names no field."""
    lexicon = reading.lexicon
    identified = {name: (section, heading) for name, (section, heading, _) in reading.usual.sections.items()}
    headings = {name: section for name, (section, _) in identified.items()}
    for row in lexicon.phrases("observations"):
        if row.field not in (*SECTION_FIELDS, "study_id"):
            raise LexiconError(f"observations.tsv: {row.id} has no section and not study_id")
        identified.update((fold_word(term), (row.field, row.value)) for term in expand(row.term))
    for heading in lexicon.headings():
        if heading.category in SECTION_FIELDS and set(_OPENING) & set(heading.form.split()):
            headings.update((fold_word(term), heading.category) for term in expand(heading.term))
    codes = {fold_word(row.code): row.code for row in lexicon.rows_of(Code) if row.system == ICD}
    systems = {
        fold_word(word)
        for row in lexicon.phrases("columns")
        if row.field == "code_system" and "=" in row.term and row.value == ICD
        for word in expand(row.term.split("=", 1)[1])
    }
    return Words(identified, headings, codes, frozenset(systems))
