"""How much the sentences of reports repeat one another, as the package parts them: measured, whoever wrote them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from spinelink import analysis, lexicon
from spinelink.stages import sections, sentences


@dataclass(frozen=True, slots=True)
class Repetition:
    """What was counted: reports, their characters, their sentences in findings and impression, and those repeated."""

    reports: int
    characters: int
    sentences: int
    repeated: int

    @property
    def share(self) -> float:
        """The share of sentences that stood before, in the same words and under the same label."""
        return self.repeated / max(1, self.sentences)


def repetition(texts: Iterable[str]) -> Repetition:
    """Return how much the texts repeat themselves; of every sentence that is new a hash is held."""
    rules = analysis.compile_rules(lexicon.shipped())
    seen: set[int] = set()
    reports = characters = parsed = 0
    for text in texts:
        reports += 1
        characters += len(text)
        blocks = sections.split_sections(text, rules.sections)
        for unit in sentences.split_sentences(text, blocks, rules.sentences):
            if unit.category in analysis.PARSED_CATEGORIES:
                parsed += 1
                seen.add(hash((text[unit.start : unit.end], unit.frame)))
    return Repetition(reports, characters, parsed, parsed - len(seen))
