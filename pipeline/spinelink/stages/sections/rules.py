"""The headings lexicon compiled for the sections stage."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from spinelink.alternatives import expand
from spinelink.layout import Labels, compile_labels, letter_tree, terms, with_form, wording
from spinelink.lexicon import Lexicon

CUED = ("indication", "technique", "findings", "other")
"""Categories that a paragraph without heading can be told by its cues."""
_JOINT = " and "
_NOT_LETTERS = re.compile(r"[^a-z]+")
_AROUND = r"(?:[ \t]?\([^()\n]{1,60}\)|[ \t]\d[\d/.:-]{0,24}){0,2}[*_]{0,3}[ \t]{0,3}"


class Block(NamedTuple):
    """A heading: the category it opens, and how it depends on what stands around it.

    `body` is the report's body where a conclusion follows ("Interpretation"); `request` is part of the request where
    the body follows ("Diagnosis"); `cued` opens only where the paragraph holds a cue of its category ("Note");
    `passing` ends with its paragraph, after which the section before goes on ("Stenosis grading").
    """

    category: str
    body: bool = False
    request: bool = False
    cued: bool = False
    passing: bool = False


@dataclass(frozen=True, eq=False)
class SectionRules:
    """Headings by wording, their patterns within a line, the words of titles, and the cues of unheaded paragraphs.

    `starters` are the first words of headings, titles and footers: a long line that begins with another word opens
    nothing. `letters` open a letter ("Dear Dr"), which has no heading.
    """

    blocks: dict[str, Block]
    inline: re.Pattern[str]
    spoken: re.Pattern[str]
    footer: re.Pattern[str]
    labels: Labels
    modalities: frozenset[str]
    regions: dict[str, tuple[str, ...]]
    words: frozenset[str]
    stops: frozenset[str]
    starters: frozenset[str]
    letters: frozenset[str]
    cues: dict[str, re.Pattern[str]]

    def block(self, label: str) -> tuple[Block | None, tuple[str, ...]]:
        """Return the heading that a label is and the regions of the spine that it names: "FINDINGS (LUMBAR)"."""
        words = wording(label)
        found = self.blocks.get(words)
        if found:
            return found, self.regions_of(label) if "(" in label else ()
        if not words:
            return None, ()
        return self._compound(words), self.regions_of(words)

    def _compound(self, words: str) -> Block | None:
        """Read "cervical spine findings" and "impression and recommendations": the first known part tells."""
        bare = " ".join(word for word in words.split() if word not in self.regions and word != "spine")
        if bare in self.blocks:
            return self.blocks[bare]
        parts = bare.split(_JOINT)
        if len(parts) > 1 and all(part in self.blocks for part in parts):
            return self.blocks[parts[0]]
        return None

    def regions_of(self, label: str) -> tuple[str, ...]:
        """Return the regions named in a label or title, in order, each once."""
        return _named(label, self)[0]

    def names_elsewhere(self, label: str) -> bool:
        """Say whether a label or title names a part of the body that is not the spine."""
        return _named(label, self)[1]

    def cue_count(self, category: str, text: str, start: int, end: int) -> int:
        """Return how many cues of a category stand in `text[start:end]`."""
        return sum(1 for _ in self.cues[category].finditer(text, start, end))


@lru_cache(maxsize=16384)
def _named(label: str, rules: SectionRules) -> tuple[tuple[str, ...], bool]:
    """Return the regions that a label names, and whether it names another part of the body; labels repeat."""
    named = [rules.regions[word] for word in _NOT_LETTERS.split(label.lower()) if word in rules.regions]
    return tuple(dict.fromkeys(region for regions in named for region in regions)), () in named


def compile_rules(lexicon: Lexicon) -> SectionRules:
    """Return the rules of the sections stage."""
    blocks: dict[str, Block] = {}
    for row in (row for form in ("block", "spoken", "cued") for row in with_form(lexicon, form)):
        forms = row.form.split()
        block = Block(row.category, *(form in forms for form in ("body", "request", "cued", "passing")))
        blocks |= {wording(spelling): block for spelling in expand(row.term)}
    regions = {
        spelling: () if name == "elsewhere" else tuple(name.split("+"))
        for row in lexicon.headings()
        for form in row.form.split()
        if form.startswith("region:")
        for name in [form.removeprefix("region:")]
        for spelling in expand(row.term)
    }
    capitals = [variant for words in blocks for variant in _capitalised(words)]
    spoken = [variant for words in terms(lexicon, "spoken") for variant in _capitalised(wording(words))]
    footers = terms(lexicon, "footer") | terms(lexicon, "letter")
    words = terms(lexicon, "word") | terms(lexicon, "modality") | frozenset(regions)
    return SectionRules(
        blocks=blocks,
        inline=re.compile(letter_tree(capitals) + _AROUND + r":(?!\d)[*_]{0,3}"),
        spoken=re.compile(rf"{letter_tree(spoken)}(?![A-Za-z0-9'/-])"),
        footer=re.compile(rf"{letter_tree(sorted(footers))}\b(?:[ \t]?:)?", re.IGNORECASE),
        labels=compile_labels(lexicon),
        modalities=terms(lexicon, "modality"),
        regions=regions,
        words=words,
        stops=terms(lexicon, "stop"),
        starters=frozenset(re.split(r"[^a-z]", term)[0] for term in {*blocks, *footers, *words}) | {"i"},
        letters=terms(lexicon, "letter"),
        cues={category: _cues(lexicon, category) for category in CUED},
    )


def _capitalised(words: str) -> Iterable[str]:
    """Return a heading's wordings as typed within a line: CLINICAL HISTORY, Clinical History, Clinical history."""
    for text in (words, words.replace(_JOINT, " & "), words.replace(_JOINT, "/")):
        yield text.upper()
        yield text[:1].upper() + text[1:]
        yield re.sub(r"\b(?!and\b|of\b|for\b|the\b|to\b|in\b|with\b)[a-z]", lambda m: m[0].upper(), text)


def _cues(lexicon: Lexicon, category: str) -> re.Pattern[str]:
    """Return a pattern of a category's cues; "#" of a term stands for a number. Parts of a disc level are findings."""
    rows = [row for row in with_form(lexicon, "cue") if row.category == category]
    phrases = {spelling for row in rows for spelling in expand(row.term)}
    if category == "findings":
        phrases |= {term for term in terms(lexicon, "part") | terms(lexicon, "inner") if " " not in term}
    tree = letter_tree(sorted(phrases)).replace(r"\#", r"\d{1,3}")
    return re.compile(rf"(?<![\w/]){tree}(?![\w/])", re.IGNORECASE)
