"""What a value looks like beyond its declaration: text, a date, an identifier or a person, by its form alone.

These are guesses: they find what stands where it should not, and miss a name that is a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    rf"""(?<!\d)(?: (?:19|20)\d\d([-/.])\d\d?\1\d\d? | \d\d?([-/.])\d\d?\2(?:19|20)?\d\d | (?:19|20)\d\d[01]\d[0-3]\d )
    (?!\d)
    | \b{_MONTH}\.?\s+\d\d?(?:st|nd|rd|th)?,?\s+(?:19|20)\d\d\b
    | \b\d\d?(?:st|nd|rd|th)?[\s-]+{_MONTH}[\s-]+(?:19|20)\d\d\b""",
    re.IGNORECASE | re.VERBOSE,
)
_IDENTIFIER = re.compile(
    r"""\d(?:[\s-]?\d){5}                     # six digits and more, as in an MRN, a telephone number
    | [^\s@]@[^\s@]+\.[a-z]{2} | https?:// | \bMRN\b | \b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}- | (?:\d{1,5}\.){4}\d""",
    re.IGNORECASE | re.VERBOSE,
)
_PERSON = re.compile(
    r"\b(?:Dr|Mr|Mrs|Ms|Prof)\.?\s+[^\W\d_]|\b(?:M\.?D|Ph\.?D|D\.?O)\b|\w\^\w"
    r"|^[^\W\d_][^\W\d_'-]+,\s*[^\W\d_]"
)  # Dr Smith, Smith MD, SMITH^JOHN, Smith, John
_LINES = re.compile(r"[\r\n\v\f\x85\u2028\u2029]")
_LONGEST_WORDS = 1000
_LONGEST_LABEL = 100
_MOST_WORDS_OF_A_LABEL = 10
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@/|+-]{0,119}")
_CODE = re.compile(r"HP:\d{7}|[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?")

FORMS: Mapping[str, tuple[str, ...]] = {
    "closed": ("text", "identifier", "date", "person"),
    "words": ("text", "identifier", "date", "person"),
    "message": ("text", "identifier", "date", "person"),
    "label": ("text", "identifier", "date", "person"),
    "id": ("text", "person"),
    "path": ("text",),
    "person": ("text",),
}
"""What is looked for in columns of a content; others hold anything or no words."""


def likenesses(values: Iterable[str], content: str) -> tuple[str, ...]:
    """Return what some of these values of a column look like, though it is declared to hold something else."""
    wanted = FORMS.get(content, ())
    found = {form for value in values for form in _forms(value, content)} if wanted else set()
    return tuple(form for form in wanted if form in found)


def _forms(value: str, content: str) -> Iterable[str]:
    if content == "closed":
        if _CODE.fullmatch(value):
            return
        if value and not _NAME.fullmatch(value):
            yield "text"
    elif _LINES.search(value):
        yield "text"
    elif content in ("words", "message", "path"):
        if len(value) > _LONGEST_WORDS:
            yield "text"
    elif len(value) > _LONGEST_LABEL or len(value.split()) > _MOST_WORDS_OF_A_LABEL:
        yield "text"
    if _DATE.search(value):
        yield "date"
    if _IDENTIFIER.search(_DATE.sub(" ", value)):
        yield "identifier"
    if _PERSON.search(value):
        yield "person"
