"""Reports written another way that says the same: case, spaces, wraps, dashes, spellings, headings, letterheads.

Each is a pure function of a text, as a real feed does it: a wrap fills long lines and leaves templates alone, heading
synonyms are those of the lexicon, a dash is exchanged in levels only.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from itertools import pairwise
from zlib import crc32

from spinelink import lexicon
from spinelink.alternatives import expand

Change = Callable[[str], str]

PAIR = re.compile(r"(?<![A-Za-z0-9/])([CTDLS])(\d{1,2})[-–/]([CTDLS]?)(\d{1,2})(?![0-9/]|\.\d)")  # noqa: RUF001
"""Two vertebrae joined by a dash or slash; no list of MR sequences ("T1/T2/STIR")."""
ORDER = ("C", 7), ("T", 12), ("L", 5), ("S", 5)
SPINE = [f"{letter}{number}" for letter, last in ORDER for number in range(1, last + 1)]
"""The vertebrae from C1 to S5."""
PLACE = {name: place for place, name in enumerate(SPINE)}
"""Vertebra to its place in the spine."""

BRITISH_TO_AMERICAN = (
    ("oedema", "edema"), ("haem", "hem"), ("tumour", "tumor"), ("centre", "center"), ("grey", "gray"),
    ("oesophag", "esophag"), ("paediatric", "pediatric"), ("orthopaedic", "orthopedic"), ("calibre", "caliber"),
    ("fibre", "fiber"), ("favour", "favor"), ("colour", "color"), ("neighbour", "neighbor"), ("artefact", "artifact"),
    ("anaesthe", "anesthe"), ("paraesthesia", "paresthesia"), ("leucocyt", "leukocyt"), ("anaemi", "anemi"),
    ("ischaemi", "ischemi"), ("isation", "ization"), ("alised", "alized"), ("alise ", "alize "), ("arised", "arized"),
    ("ilised", "ilized"), ("inised", "inized"), ("discitis", "diskitis"), ("discectomy", "diskectomy"),
    ("osteopaeni", "osteopeni"), ("metre", "meter"), ("labelled", "labeled"), ("judgement", "judgment"),
    ("foetal", "fetal"), ("gynaecolog", "gynecolog"), ("diarrhoea", "diarrhea"), ("practise", "practice"),
)  # fmt: skip

AMERICAN_TO_BRITISH = [(us, uk) for uk, us in BRITISH_TO_AMERICAN if us not in ("hem", "meter", "practice")]

SIGNATURES = {
    "electronic": "Electronically signed by: A. Writer, MD on 03/14/2025 at 10:42 AM",
    "dictated": "Dictated by: [NAME]\nTranscribed by: TK 14/03/2025 11:20\nVerified by: [NAME]",
    "this report": "This report was electronically signed by A. Writer, MD 3/14/2025 4:05 PM EST",
    "British": "Dr A Writer FRCR\nConsultant Radiologist\nGMC 0000000\n14/03/2025 17:52",
    "resident": (
        "I, the attending radiologist, have personally reviewed the images and agree with the report above.\n"
        "Resident: B. Reader, MD\nAttending: A. Writer, MD"
    ),
    "end": "*** END OF REPORT ***",
    "dictation": (
        "This report was dictated using speech recognition software and may contain typographical errors. "
        "Please call with any question."
    ),
    "signed line": "Signed: A. Writer  Date: 14/03/2025  Time: 09:12",
    "German": "Mit freundlichen Grüßen\nDr. med. A. Writer\nFachärztin für Radiologie",
}
"""What stands under a report, after a blank line."""

LETTERHEADS = {
    "hospital": (
        "ST ELSEWHERE GENERAL HOSPITAL\nDEPARTMENT OF RADIOLOGY\n12 High Street, Elsewhere\n"
        "Tel: 000 000 000  Fax: 000 000 001\n"
    ),
    "patient": (
        "Patient Name: DOE, JANE\nDOB: 01/02/1960   Sex: F\nMRN: 0012345\nAccession Number: 4711-22\n"
        "Referring Physician: A. Sender, MD\nDate of Service: 03/14/2025 09:10\n"
    ),
    "one line": "Name: DOE, JANE  MRN: 0012345  DOB: 01/02/1960  Accession: 4711-22  Exam date: 14/03/2025",
    "British": (
        "Elsewhere NHS Trust - Radiology Report\nNHS No: 000 000 0000  Hospital No: H0012345\nReferrer: Dr A Sender\n"
        "Location: Spinal Clinic\nReported: 14/03/2025 17:52"
    ),
    "table": "PATIENT | DOE, JANE\nDOB | 01/02/1960\nMRN | 0012345\nACCESSION | 4711-22\nSTATUS | FINAL",
}
"""What stands over a report, before a blank line."""


# --- lines ------------------------------------------------------------------------------------------------------------


def unwrapped(text: str) -> str:
    """Return a text with its hard-wrapped lines filled up; one with longer lines than 80 was not wrapped."""
    lines = text.split("\n")
    width = max(map(len, lines))
    if not 50 <= width <= 80 or sum(len(line) > 0.8 * width for line in lines) < 6:
        return text
    done = [lines[0]]
    for before, line in pairwise(lines):
        if before.strip() and line.strip() and len(before) + 1 + len(line.split()[0]) > width:
            done[-1] += line if re.search(r"\w-$", before) else " " + line
        else:
            done.append(line)
    return "\n".join(done)


def wrapped(text: str, width: int, *, hanging: bool = False, hyphens: bool = False) -> str:
    """Return a text with its long lines filled to a width; lines of a table with tabs or pipes stay."""
    done = []
    for line in unwrapped(text).split("\n"):
        if len(line) <= width or "\t" in line or "|" in line:
            done.append(line)
            continue
        item = re.match(r"\s*(?:\d{1,2}[.)]|[-*•])\s+", line) if hanging else None
        done += textwrap.wrap(
            line, width, subsequent_indent=" " * len(item[0]) if item else "", break_on_hyphens=hyphens,
            break_long_words=False, drop_whitespace=True, replace_whitespace=False,
        )  # fmt: skip
    return "\n".join(done)


def _sub(pattern: str, into: str | Callable[[re.Match[str]], str], flags: int = re.MULTILINE) -> Change:
    """Return the change that replaces a pattern."""
    return partial(re.compile(pattern, flags).sub, into)


# --- levels -----------------------------------------------------------------------------------------------------------


def _joined(text: str, between: str, *, short: bool | None = None, pairs_only: bool = False) -> str:
    """Return a text whose levels are written with `between`; `short` asks for L4-5 or for L4-L5, None for neither."""

    def write(match: re.Match[str]) -> str:
        letter, first, second_letter, last = match.groups()
        lower = second_letter or letter
        if is_sequence(match) or (pairs_only and not _is_pair(letter, first, lower, last)):
            return match[0]
        if short is None:
            shown = second_letter
        else:
            shown = "" if short and lower == letter else lower
        return f"{letter}{first}{between}{shown}{last}"

    return PAIR.sub(write, text)


def is_sequence(match: re.Match[str]) -> bool:
    """Say whether "T1/T2" is a pair of MR sequences: between a plane before it and a signal behind it."""
    if match[0] not in ("T1/T2", "T1-T2"):
        return False
    text = match.string
    before, after = text[: match.start()].rstrip().lower(), text[match.end() :].lstrip().lower()
    return before.endswith(("sag", "sagittal", "ax", "axial")) or after.startswith(
        ("hyper", "hypo", "signal", "weight")
    )


def _is_pair(letter: str, first: str, lower: str, last: str) -> bool:
    letter, lower = letter.replace("D", "T"), lower.replace("D", "T")
    upper = PLACE.get(letter + first)
    return upper is not None and PLACE.get(lower + last) == upper + 1


def _glued(text: str) -> str:
    """Return a text in which lumbar pairs are written L45, where a colon or "at" keeps them from being codes."""
    pair = r"L([1-4])[-–/]L?([2-5])(?![0-9/]|\.\d)"  # noqa: RUF001
    return re.sub(rf"(?<=\b[Aa]t ){pair}|(?<![A-Za-z0-9/]){pair}(?=:)", _glue, text)


def _glue(match: re.Match[str]) -> str:
    upper, lower = (group for group in match.groups() if group)
    return f"L{upper}{lower}" if int(lower) == int(upper) + 1 else match[0]


# --- words ------------------------------------------------------------------------------------------------------------


def exchanged(text: str, words: Iterable[tuple[str, str]], *, whole: bool = False) -> str:
    """Return a text with words or their parts exchanged, each keeping its case."""
    into = dict(words)
    edge = r"\b" if whole else ""
    pattern = re.compile(f"{edge}(?:{'|'.join(map(re.escape, into))}){edge}", re.IGNORECASE)

    def exchange(match: re.Match[str]) -> str:
        new = into[match[0].lower()]
        if match[0].isupper():
            return new.upper()
        return new[0].upper() + new[1:] if match[0][0].isupper() else new

    return pattern.sub(exchange, text)


# --- headings ---------------------------------------------------------------------------------------------------------

_SYNONYMS = ("indication", "comparison", "technique", "findings", "impression")


@cache
def _headings() -> tuple[re.Pattern[str], dict[str, str], dict[str, list[str]]]:
    """Return the pattern of headings with a colon or alone on their line, their categories, and their synonyms."""
    rows = [
        row for row in lexicon.shipped().headings() if row.category in _SYNONYMS and row.form in ("block", "spoken")
    ]
    category = {spelling: row.category for row in rows for spelling in expand(row.term)}
    known = "|".join(sorted(map(re.escape, category), key=len, reverse=True))
    pattern = rf"(?:^|(?<=[.)] ))({known})(?=[ \t]*(?::|$))"
    names = {name: [s for s, its in category.items() if its == name and _is_plain(s)] for name in _SYNONYMS}
    return re.compile(pattern, re.MULTILINE | re.IGNORECASE), category, names


def _is_plain(spelling: str) -> bool:
    """Say whether a heading can stand for any other of its category: "reported findings" can, "no comparison" not."""
    return not re.match(r"(no|in|compared|icd|dx|psh|pm|contrast|dose|past|previous|surgical)\b", spelling)


def _renamed(text: str, turn: int) -> str:
    """Return a text with other headings of the same categories, the same for the same text and turn."""
    pattern, categories, names = _headings()

    def rename(match: re.Match[str]) -> str:
        choice = names[categories[match[1].lower()]]
        new = choice[crc32(f"{turn} {match.start()} {text[:80]}".encode()) % len(choice)]
        return new.upper() if match[1].isupper() else new.capitalize()

    return pattern.sub(rename, text)


def _on_own_line(text: str) -> str:
    """Return a text whose headings stand on a line of their own."""
    pattern, _, _ = _headings()
    return re.sub(rf"(?:{pattern.pattern}):[ \t]*(?=\S)", lambda m: f"{m[1]}:\n", text, flags=pattern.flags)


def _marked(text: str, write: Callable[[str], str]) -> str:
    """Return a text whose headings with a colon are written as `write` does."""
    pattern, _, _ = _headings()
    return re.sub(rf"(?:{pattern.pattern}):", lambda m: write(m[1]), text, flags=pattern.flags)


def _small(text: str) -> str:
    """Return a text whose headings at the beginning of lines are in small letters."""
    pattern, _, _ = _headings()
    return re.sub(rf"^(?:{pattern.pattern}):", lambda match: match[0].lower(), text, flags=pattern.flags)


def _without_colon(text: str) -> str:
    """Return a text whose headings stand alone on their lines, in capitals."""
    pattern, _, _ = _headings()
    return re.sub(rf"(?:{pattern.pattern}):[ \t]*\n?(?=.)", lambda m: f"{m[1].upper()}\n", text, flags=pattern.flags)


def _signed(block: str, text: str) -> str:
    return f"{text.rstrip()}\n\n{block}\n"


def _headed(block: str, text: str) -> str:
    return f"{block}\n\n{text.lstrip()}"


# --- what must not change anything ------------------------------------------------------------------------------------

_NUMBER = r"^([ \t]*)(\d{1,2})[.)](?=[ \t]*[A-Za-z])"
_DASHES = {
    "hyphen": "-", "U+2010": "\u2010", "U+2011": "\u2011", "en dash": "\u2013", "em dash": "\u2014", "minus": "\u2212",
}  # fmt: skip

SAME: Mapping[str, Change] = {
    "upper case": str.upper,
    "lower case": str.lower,
    "line ends CRLF": _sub(r"\n", "\r\n"),
    "line ends CR": _sub(r"\n", "\r"),
    "double spaces": lambda text: text.replace(" ", "  "),
    "two spaces after stops": _sub(r"(?<=[.:;]) (?=\S)", "  "),
    "space before stops": _sub(r"(?<=[a-z]{4})\.(?=\s+[A-Z]|\s*$)", " ."),
    "wrapped at 60": partial(wrapped, width=60),
    "wrapped at 76": partial(wrapped, width=76),
    "wrapped at 80, at hyphens too": partial(wrapped, width=80, hyphens=True),
    "wrapped at 70, hanging": partial(wrapped, width=70, hanging=True),
    "wrapped at 60, upper case": lambda text: wrapped(text, 60).upper(),
    "wrapped at 76, lower case": lambda text: wrapped(text, 76).lower(),
    "wrapped at 76, CRLF": lambda text: wrapped(text, 76).replace("\n", "\r\n"),
    "unwrapped": unwrapped,
    "indented": _sub(r"^(?=.)", "    "),
    "trailing spaces": _sub(r"$", "  "),
    "blank lines doubled": _sub(r"\n(?=\n)", "\n\n\n"),
    "tabs after labels": _sub(r"^([ \t]*(?:\d{1,2}[.)]|[-*•])|[^\n:]{1,40}:) (?=\S)", "\\1\t"),
    "no-break spaces": lambda text: text.replace(" ", "\xa0"),
    "no-break space in measures": _sub(r"(?<=\d) (?=mm|cm)", "\xa0"),
    **{f"levels with {name}": partial(_joined, between=dash) for name, dash in _DASHES.items()},
    "levels L4 - L5": partial(_joined, between=" - "),
    "levels L4 – L5": partial(_joined, between=" – "),  # noqa: RUF001
    "levels L4-5": partial(_joined, between="-", short=True),
    "levels L4-L5": partial(_joined, between="-", short=False),
    "levels L4/5": partial(_joined, between="/", short=True, pairs_only=True),
    "levels L4/L5": partial(_joined, between="/", short=False, pairs_only=True),
    "levels L45": _glued,
    "dashes long": _sub(r" - ", " – "),  # noqa: RUF001
    "dashes short": _sub(r" [–—] ", " - "),  # noqa: RUF001
    "disk": partial(exchanged, words=[("disc", "disk")]),
    "disc": partial(exchanged, words=[("disk", "disc")]),
    "American": partial(exchanged, words=BRITISH_TO_AMERICAN),
    "British": lambda text: exchanged(exchanged(text, BRITISH_TO_AMERICAN), AMERICAN_TO_BRITISH),
    **{f"heading synonyms {turn}": partial(_renamed, turn=turn) for turn in (1, 2, 3, 4)},
    "headings on their own line": _on_own_line,
    "headings without colon": _without_colon,
    "headings in bold": partial(_marked, write="**{}:**".format),
    "headings in capitals": partial(_marked, write=lambda heading: f"{heading.upper()}:"),
    "headings in small letters": _small,
    "headings with a space": partial(_marked, write="{} :".format),
    **{f"signature: {name}": partial(_signed, block) for name, block in SIGNATURES.items()},
    **{f"letterhead: {name}": partial(_headed, block) for name, block in LETTERHEADS.items()},
    "bullets -": _sub(r"^([ \t]*)[-*•](?=[ \t]*[A-Za-z])", r"\1-"),
    "bullets *": _sub(r"^([ \t]*)[-*•](?=[ \t]*[A-Za-z])", r"\1*"),
    "bullets •": _sub(r"^([ \t]*)[-*•](?=[ \t]*[A-Za-z])", r"\1•"),
    "numbers 1)": _sub(_NUMBER, r"\1\2)"),
    "numbers (1)": _sub(_NUMBER, r"\1(\2)"),
    "numbers 1.": _sub(_NUMBER, r"\1\2."),
    "numbers 4.": _sub(_NUMBER, lambda match: f"{match[1]}{int(match[2]) + 3}."),
    "numbers as bullets": _sub(_NUMBER, r"\1-"),
    "curly apostrophes": lambda text: text.replace("'", "\u2019"),
}
"""Ways of writing a report that must not change a fact."""
