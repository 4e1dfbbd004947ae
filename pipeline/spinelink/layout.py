"""What sections and sentences both read of a report's layout: its lines, its labels, and how a label is worded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from spinelink.alternatives import expand
from spinelink.lexicon import Heading, Lexicon

MARKS = " \t\u00a0#*_=~>|•·▪◦‣●–—-"  # noqa: RUF001
"""What decorates a heading or opens a list item and is never text."""
_LINE = re.compile(r"[^\n\r\f\v\x1c-\x1e\x85\u2028\u2029]+")
_NOISE = re.compile(r"\d[\d/.:-]*|\([^()]*\)|\[[^\[\]]*\]|[^a-z&/,' ]+")
_BRACKETS = re.compile(r"\([^()]*\)")
_DIGIT = re.compile(r"\d")
_JOINED = re.compile(r" ?[&/,] ?")
_PLAIN_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f", " "))
_LONGEST_LABEL = 100
_LONGEST_WORDING = 80


def view(text: str) -> str:
    """Return the text as its layout is read, every offset kept: typographic spaces plain, and all capitals for none.

    In a text of small letters alone they tell nothing, neither of headings nor of beginnings; they tell as little in a
    text of capitals, and so the two are read alike.
    """
    plain = text if text.isascii() else text.translate(_PLAIN_SPACES)
    if not plain.islower():
        return plain
    capitals = plain.upper()
    return capitals if len(capitals) == len(plain) else plain


class Line(NamedTuple):
    """A line with text: `start` to `end` without outer space, its indent, and whether a blank line stands before.

    `width` is that of the line as it was set, from its margin, also where `start` is set to a part of it.
    """

    start: int
    end: int
    indent: int
    gap: bool
    width: int


@lru_cache(maxsize=4)
def page_of(text: str) -> tuple[str, tuple[Line, ...]]:
    """Return the view of a report's text and its lines that hold text, in order; sections and sentences both ask."""
    text = view(text)
    found = []
    last = 0
    for match in _LINE.finditer(text):
        raw = match[0]
        body = raw.strip()
        if not body:
            continue
        indent = raw.index(body[0])
        begin = match.start() + indent
        between = text[last : match.start()]
        breaks = between.count("\n") or len(between.strip(" \t\u00a0"))
        last = begin + len(body)
        found.append(Line(begin, last, indent, breaks > 1, indent + len(body)))
    return text, tuple(found)


@lru_cache(maxsize=8192)
def wording(label: str) -> str:
    """Return a label's words alone: "**CLINICAL  HISTORY (2/3)**:" gives "clinical history", "&" and "/" give "and"."""
    words = _JOINED.sub(" and ", _NOISE.sub(" ", label[:_LONGEST_LABEL].lower()))
    return " ".join(words.replace("'s ", "s ").split())


def colon_after(text: str, start: int, end: int) -> int:
    """Return the place of the colon that may end a label begun at `start`, -1 where none is near; "09:10" has none."""
    limit = min(end, start + _LONGEST_LABEL)
    at = text.find(":", start, limit)
    while at > 0 and text[at - 1].isdigit() and text[at + 1 : at + 2].isdigit():
        at = text.find(":", at + 1, limit)
    return at


FORMS: Mapping[str, str] = {
    "block": "heading of a section of its category",
    "spoken": "the same, known without a colon too",
    "body": "heading of a conclusion, or of the body where a conclusion follows",
    "request": "heading of a conclusion, or of the request where the body follows",
    "passing": "heading of a section that ends with its paragraph, after which the section before goes on",
    "cued": "heading that opens a section only where a cue of its category stands under it",
    "modality": "word of titles that names how the study was made",
    "region": "word of titles that names what was imaged, region:lumbar",
    "word": "other word of titles",
    "frame": "label of a structure that is no part of one disc level",
    "part": "label of a structure that is part of a disc level",
    "colon": "label that is a finding too, and a label only before a colon",
    "prefix": "word that may stand before a label",
    "prefixed": "label only after such a word",
    "head": "head of a table's column of levels",
    "filler": "word that may stand beside a level in its heading",
    "further": "words by which a line goes on with the one above it",
    "inner": "word by which an unlabelled line goes on with the level above it",
    "outer": "word by which it does not",
    "footer": "opening of a line that closes the report",
    "letter": "opening of a letter's line around the report",
    "cue": "phrase that tells the category of a paragraph without heading",
    "stop": "word after which a spoken heading is part of a sentence",
    "link": "word that neither ends nor begins a line where a sentence ends",
    "tail": "word that does not end a line where a sentence ends",
    "number": "list number as dictated",
    "abbreviation": "word whose full stop never ends a sentence",
    "clipping": "word whose full stop ends none before a small letter or a digit",
}
"""The forms of the headings lexicon; a row may have several, and its category matters to headings and cues alone."""


def with_form(lexicon: Lexicon, form: str) -> list[Heading]:
    """Return the rows of the headings lexicon that have a form among theirs."""
    return [row for row in lexicon.headings() if form in row.form.split()]


def terms(lexicon: Lexicon, form: str) -> frozenset[str]:
    """Return every spelling of the rows of a form."""
    return frozenset(spelling for row in with_form(lexicon, form) for spelling in expand(row.term))


def letter_tree(spellings: Iterable[str]) -> str:
    """Return a pattern that finds the longest of the spellings at a place, in time that their number does not touch."""
    root = _Node()
    for spelling in spellings:
        node = root
        for letter in spelling:
            node = node.setdefault(letter, _Node())
        node[""] = _Node()
    return _branch(root) if root else r"(?!)"


class _Node(dict[str, "_Node"]):
    """A letter of the spellings read so far; the key "" says that a spelling ends here."""


def _branch(node: _Node) -> str:
    choices = [
        (r"\s+" if letter == " " else re.escape(letter)) + _branch(below) for letter, below in node.items() if letter
    ]
    if not choices:
        return ""
    body = choices[0] if len(choices) == 1 and "" not in node else f"(?:{'|'.join(choices)})"
    return f"{body}?" if "" in node else body


@dataclass(frozen=True)
class Labels:
    """Labels that name a structure: a frame leaves the disc level spoken of ("SI joints"), a part is of it ("Canal").

    `kinds` holds "frame", "part" or "both" (part of a level's template, frame elsewhere) for each wording. Those in
    `findings` are findings too ("Disc bulge"): labels only where a colon says so.
    """

    kinds: Mapping[str, str]
    findings: frozenset[str]
    prefixes: frozenset[str]
    prefixed: frozenset[str]

    def kind(self, label: str) -> str:
        """Return what a label is: frame, part, both, or "" for none of the lexicon; one with a number is none."""
        if len(label) > _LONGEST_WORDING or _DIGIT.search(_BRACKETS.sub("", label)):
            return ""
        words = wording(label)
        return self.kinds.get(words) or self._kind_of_parts(words)

    def kind_alone(self, content: str) -> str:
        """Return what a line is that holds a label without colon, "" where it may be a finding."""
        return "" if self.findings.intersection(wording(content).split(" and ")) else self.kind(content)

    def _kind_of_parts(self, words: str) -> str:
        """Read a wording with prefixes ("visualized si joints") or of several labels ("bones and discs")."""
        first, _, rest = words.partition(" ")
        while rest and first in self.prefixes:
            if known := self.kinds.get(rest) or ("frame" if rest in self.prefixed else ""):
                return known
            first, _, rest = rest.partition(" ")
        pieces = words.split(" and ")
        if len(pieces) == 1:
            return ""
        kinds = [self.kinds.get(piece) or self._kind_of_parts(piece) for piece in pieces]
        if not all(kinds):
            return ""
        return "part" if set(kinds) == {"part"} else "frame"


def compile_labels(lexicon: Lexicon) -> Labels:
    """Return the labels of the lexicon."""
    kinds: dict[str, str] = {}
    for row in with_form(lexicon, "frame") + with_form(lexicon, "part"):
        forms = row.form.split()
        kind = "both" if "frame" in forms and "part" in forms else "frame" if "frame" in forms else "part"
        kinds |= {wording(spelling): kind for spelling in expand(row.term)}
    findings = frozenset(wording(term) for term in terms(lexicon, "colon"))
    return Labels(kinds, findings, terms(lexicon, "prefix"), terms(lexicon, "prefixed"))
