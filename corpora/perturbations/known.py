"""Reports changed in what they say, so that what they must say then is known: sides, levels, severities, denials."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from itertools import cycle

from perturbations.measure import Fact, fact_of
from perturbations.same import PAIR, PLACE, SPINE, exchanged, is_sequence
from spinelink import lexicon, vocabulary
from spinelink.alternatives import expand
from spinelink.records import Finding

_OTHER_SIDE = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Known:
    """A change of a text, and the fact that a finding of the text then is, None where it is none any more."""

    change: Callable[[str], str]
    expected: Callable[[str, Finding], Fact | None]


# --- sides ------------------------------------------------------------------------------------------------------------

_SIDES = (
    ("left", "right"), ("lt", "rt"), ("leftward", "rightward"), ("levoscoliosis", "dextroscoliosis"),
    ("levoconvex", "dextroconvex"), ("leftwards", "rightwards"),
)  # fmt: skip
_LETTER = re.compile(r"(?<![\w/])[LR](?![\w/]|[ -]?(?:spine|\d))", re.IGNORECASE)
"""L or R for a side, none of "L-SPINE", "L 5" and "r/o"."""


def _mirrored(text: str) -> str:
    """Return a text with left and right exchanged."""
    pairs = [pair for first, second in _SIDES for pair in ((first, second), (second, first))]
    return _LETTER.sub(lambda m: {"L": "R", "R": "L"}.get(m[0], m[0]), exchanged(text, pairs, whole=True))


def _on_other_side(_: str, finding: Finding) -> Fact:
    fact = fact_of(finding)
    return fact._replace(
        side=_OTHER_SIDE.get(fact.side, fact.side),
        side_dominant=_OTHER_SIDE.get(fact.side_dominant, fact.side_dominant),
    )


# --- levels -----------------------------------------------------------------------------------------------------------

_VERTEBRA = re.compile(r"(?<![A-Za-z0-9])([CTDLS])(\d{1,2})(?![0-9A-Za-z]|\.\d)")
_BOUND = re.compile(
    r"(?i)transitional|lumbari[sz]|sacrali[sz]|castellvi|rudimentary|junction|dens\b|odontoid|atlant|crani|occip|apophys"
    r"|\bC[018]\b|\bC1[-/]|(?:right|left|through|C[2-7] to) [TD]1\b|\d, T[12], T"
    r"|\b(?:above|below) [CTDLS]\d"
)
"""What names a level without its number, one that has no neighbour above, or every level to the end of a region."""


def _shifted(text: str) -> str:
    """Return a text whose every level is the one above it, the text itself where a word stands for a level."""
    if _BOUND.search(text):
        return text
    dorsal = "D" if re.search(r"\bD\d", text) else "T"
    pairs = {match.start() for match in PAIR.finditer(text)} | {match.start(3) for match in PAIR.finditer(text)}

    def rename(match: re.Match[str]) -> str:
        if match[0] in ("T1", "T2", "T3") and match.start() not in pairs:
            return match[0]
        above = above_of(match[0])
        return above.replace("T", dorsal) if above else match[0]

    def rename_pair(match: re.Match[str]) -> str:
        letter, first, other, last = match.groups()
        joint = text[match.end(2)]
        upper, lower = above_of(letter + first), above_of((other or letter) + last)
        if not upper or not lower or is_sequence(match):
            return match[0]
        short = not other and lower[0] == upper[0]
        return f"{upper}{joint}{lower[1:] if short else lower}".replace("T", dorsal)

    pieces, at = [], 0
    for match in PAIR.finditer(text):
        pieces += [_VERTEBRA.sub(rename, text[at : match.start()]), rename_pair(match)]
        at = match.end()
    return "".join([*pieces, _VERTEBRA.sub(rename, text[at:])])


def above_of(vertebra: str) -> str:
    """Return the vertebra above one, "" where there is none."""
    place = PLACE.get(vertebra.replace("D", "T"), 0)
    return SPINE[place - 1] if place else ""


def _one_above(text: str, finding: Finding) -> Fact:
    fact = fact_of(finding)
    if _BOUND.search(text) or not fact.level or fact.level == "multilevel":
        return fact
    return fact._replace(level="-".join(above_of(name) or name for name in fact.level.split("-")))


# --- severities -------------------------------------------------------------------------------------------------------

_SEVERITY = re.compile(
    r"(?<!from )(?<!very )(?<!minimal to )(?<!moderately )\b(?:"
    r"(?P<low>mild(?:ly)?)(?P<a>\s*(?:to|-|/)\s*)(?P<middle>moderate(?:ly)?|mod)"
    r"|(?P<center>moderate(?:ly)?|mod)(?P<b>\s*(?:to|-|/)\s*)(?P<high>severe(?:ly)?)"
    r"|(?P<one>mild|severe)(?P<adverb>ly)?)\b",
    re.IGNORECASE,
)
_EXCHANGED = {
    "mild": "severe",
    "severe": "mild",
    "mild_moderate": "moderate_severe",
    "moderate_severe": "mild_moderate",
}


def _regraded(text: str) -> str:
    """Return a text with mild and severe exchanged, and "mild to moderate" with "moderate to severe"."""

    def exchange(match: re.Match[str]) -> str:
        if match["low"]:
            new = f"{match['middle']}{match['a']}{match['low'].lower().replace('mild', 'severe')}"
        elif match["center"]:
            new = f"{match['high'].lower().replace('severe', 'mild')}{match['b']}{match['center']}"
        else:
            new = ("severe" if match["one"].lower() == "mild" else "mild") + (match["adverb"] or "")
        if match[0].isupper():
            return new.upper()
        return new[0].upper() + new[1:].lower() if match[0][0].isupper() else new.lower()

    return _SEVERITY.sub(exchange, text)


def _of_other_grade(text: str, finding: Finding) -> Fact:
    fact = fact_of(finding)
    written = finding.mention.severity_text or ""
    if not fact.severity or _regraded(written) == written:
        return fact
    return fact._replace(severity=_EXCHANGED.get(fact.severity, fact.severity))


# --- denials ----------------------------------------------------------------------------------------------------------

_GRADES = "Mild|Moderate|Severe|Small|Minimal|Minor|Large|Marked|Tiny|Trace|Shallow|Slight|Diffuse|Broad-based"
_NOT_SIMPLE = r"(?!(?:and|or|with|without|but|than|to|is|are|was|no|not|at|of|more|previously|now)\b)"
_SIMPLE = re.compile(
    rf"(?:^|(?<=[.:] ))(?:{_GRADES})(?: {_NOT_SIMPLE}[a-z][a-z-]*){{1,4}}"
    r"(?: (?:at|of) [CTDLS]\d{1,2}(?:[-/][CTDLS]?\d{1,2})?)?"
    r"(?=\.(?:\s|$))",
    re.MULTILINE,
)
"""A sentence of a modifier, a noun and perhaps its level: "Mild facet arthropathy at L4-5"."""


def _denied(text: str, words: str) -> str:
    return _SIMPLE.sub(lambda match: f"{words} {match[0][0].lower()}{match[0][1:]}", text)


def _absent(text: str, finding: Finding) -> Fact | None:
    """Return a finding as it is denied; what lies outside the spine is not stated as absent."""
    fact = fact_of(finding)
    if not any(start <= finding.start < end for start, end in _simple_spans(text)):
        return fact
    if fact.finding_type == "extraspinal_finding":
        return None
    return fact._replace(assertion="absent", severity="")


@cache
def _simple_spans(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(match.span() for match in _SIMPLE.finditer(text))


KNOWN: Mapping[str, Known] = {
    "left and right exchanged": Known(_mirrored, _on_other_side),
    "every level one higher": Known(_shifted, _one_above),
    "mild and severe exchanged": Known(_regraded, _of_other_grade),
    "denied with no": Known(partial(_denied, words="No"), _absent),
    "denied with no evidence of": Known(partial(_denied, words="No evidence of"), _absent),
}
"""Ways of changing a report and the facts that it then states."""


# --- sentences made for them ------------------------------------------------------------------------------------------


def simple_sentences() -> Iterator[str]:
    """Yield a sentence for each way in which the lexicon names a finding: "Severe left disc bulge at L3-L4."."""
    grades, sides = cycle(("Mild", "Severe", "Moderate", "Small")), cycle(("", "left ", "right "))
    levels = {"D": cycle(("L2-L3", "L3-L4", "L4-L5", "L5-S1", "C5-C6")), "V": cycle(("L2", "L3", "T9"))}
    for row in lexicon.shipped().terms("findings"):
        noun = expand(row.term)[0]
        if row.form != "noun" or row.attributes or row.value not in vocabulary.FINDINGS or noun.count(" ") > 3:
            continue
        kind = vocabulary.FINDINGS[row.value]
        at = f" at {next(levels[kind])}" if kind in levels else ""
        yield f"{next(grades)} {next(sides) if kind in levels else ''}{noun}{at}."


def made_reports() -> list[dict[str, str]]:
    """Return a report of findings for each of those sentences."""
    return [
        {"report_id": f"made-{number:03}", "exam": "MRI spine", "text": f"FINDINGS:\n{sentence}"}
        for number, sentence in enumerate(simple_sentences(), start=1)
    ]
