"""Time in proportion to the text, whatever the text is: what grows faster than it is an attack, or soon an accident.

Work is counted, not timed, where Python does it: calls of functions are the same on every machine. What a single call
into C may hide (a pattern that backtracks, a copy of the text for each of its lines) is told by the ratio of the times
for a text and for one four times as long, with room for a busy machine.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import spinelink
from spinelink import lexicon
from spinelink.alternatives import expand
from spinelink.analysis import Rules, analyse, compile_rules
from spinelink.errors import EngineError
from spinelink.records import Report

SHORT, LONG = 16_000, 32_000
"""Characters: of one unit again and again, and of what is never said twice."""
HEADED = ("findings", "indication")
MOST_CALLS = 5.5
"""Times as many calls for four times the text; 4 is in proportion, 16 is what pairs would need."""
MORE_CALLS = 8
"""Calls a character besides: the thousandth heading and the first are not read alike."""
MOST_TIME = 9.0
"""Times as much time for four times the text: half way from 4 to 16."""

UNITS = {
    "one-word": "a",
    "alternating-case": "aB",
    "digits": "7",
    "decimals": "7.",
    "commas": ",",
    "no": "no ",
    "no-sentences": "no. ",
    "brackets-open": "(",
    "brackets": "()",
    "square": "[",
    "quotes": "\"'",
    "levels": "L4-5-",
    "levels-commas": "L4-5, ",
    "levels-ranges": "L1 through L5 to ",
    "levels-alone": "L5 ",
    "level-sentences": "L4-5: disc bulge. ",
    "level-lines": "L4-5: disc bulge\n",
    "spaces": " ",
    "newlines": "\n",
    "spaced-lines": " \n\t\r\n",
    "form-feeds": "\x0c",
    "dates": "03/04/2025 ",
    "dates-in-words": "March 3, 2025, since ",
    "headings": "FINDINGS:\n",
    "headings-of-impression": "IMPRESSION: normal.\n",
    "headings-of-indication": "INDICATION: low back pain.\n",
    "headings-unknown": "WHAT WE SAW: x\n",
    "lines-in-capitals": "DISC BULGE OF THE\nL4-L5\n",
    "lines-in-small-letters": "a\n",
    "lists": "1. a\n",
    "bullets": "- \n",
    "dots": ".",
    "dashes": "-",
    "colons": "a: ",
    "slashes": "//",
    "pipes": "|",
    "table": "| L4-5 | mild | none |\n",
    "columns": "LEVEL   CANAL   FORAMEN\nL4-5    mild    none\n",
    "measures": "3 mm ",
    "measures-open": "3 x ",
    "numbers-apart": "3   ",
    "findings": "disc bulge ",
    "findings-joined": "disc bulge and ",
    "findings-denied": "no disc bulge, ",
    "findings-graded": "moderate to severe central canal stenosis and ",
    "findings-asked": "disc bulge? ",
    "mixed": "L4-5: mild left foraminal stenosis, no disc herniation; ",
    "roots": "compressing the L5 nerve root ",
    "pain": "low back pain ",
    "complaints": "pain, numbness, weakness, ",
    "times": "low back pain for 3 weeks since 2 months ago. ",
    "care": "failed PT, NSAIDs and injections ",
    "follow-up": "follow up of ",
    "corrections": "ADDENDUM: L4-5 not L5-S1.\n",
    "accents": "e\u0301",
    "right-to-left": "\u202ea",
    "no-width": "\u200b",
    "beyond-the-first-plane": "\U0001f9b4 ",
}
COUNTED = {
    "numbered-sentences": "L{a}-L{b}: Disc bulge of {n} mm. ",
    "numbered-lines": "L{a}-{b}: {n} mm disc bulge\n",
    "numbered-words": "bulge{n} ",
    "numbered-times": "Low back pain for {n} days. ",
    "numbered-complaints": "Pain {n} in the left leg, ",
    "numbered-headings": "PART {n}: normal\n",
    "numbered-list": "{n}. Mild disc bulge at L{a}-L{b}.\n",
}
PARTS = {
    "body-against-impression": ("FINDINGS: ", "L{a}-L{b}: Mild left foraminal stenosis. ", "\nIMPRESSION: ", "L{a}-L{b}: Severe right foraminal stenosis {n}. "),
    "affirmed-against-denied": ("FINDINGS: ", "L4-L5: No disc herniation {n}. ", "\nIMPRESSION: ", "L4-L5: Disc extrusion {n}. "),
    "corrected": ("FINDINGS: ", "L4-L5: Disc extrusion {n}. ", "\nADDENDUM: ", "Correction: no disc extrusion at L4-L5, number {n}. "),
    "complaints-against-findings": ("INDICATION: ", "Left leg pain, weakness of the left foot, numbness, neck pain {n}. ", "\nFINDINGS: ", "L4-L5: Left disc extrusion compressing the left L5 root. "),
    "roots-against-lesions": ("INDICATION: Left sciatica.\nFINDINGS: ", "L5-S1: Left disc extrusion {n}. ", "\n", "Compression of the left S1 nerve root at L5-S1, number {n}. "),
    "roots-denied": ("INDICATION: Left sciatica.\nFINDINGS: ", "No compression of the L{a} nerve root. ", "\n", "L{a}-L{b}: Disc extrusion. "),
    "condition-far-away": ("INDICATION: if pain persists ", "and ", "", "PT, NSAIDs and "),
    "disease-far-away": ("INDICATION: ", "follow up ", "", "and "),
}  # fmt: skip
HEADS = {"plain": "", "findings": "FINDINGS: ", "indication": "INDICATION: "}


@pytest.fixture(scope="module")
def rules() -> Rules:
    return compile_rules(lexicon.shipped())


def repeated(unit: str, size: int) -> str:
    """Return a unit again and again, up to a size."""
    return (unit * (size // len(unit) + 1))[:size]


def counted(unit: str, size: int) -> str:
    """Return a unit again and again, each time with other numbers, up to a size."""
    text = []
    length = n = 0
    while length < size:
        text.append(unit.format(n=n, a=1 + n % 4, b=2 + n % 4))
        length += len(text[-1])
        n += 1
    return "".join(text)[:size]


def in_parts(parts: tuple[str, str, str, str], size: int) -> str:
    """Return a text of two halves."""
    head, one, between, other = parts
    return head + counted(one, size // 2) + between + counted(other, size // 2)


def report(text: str) -> Report:
    return Report("r", text, "s", 0, exam="MRI lumbar spine")


def calls(text: str, rules: Rules) -> int:
    """Return how many functions the analysis of a text calls."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        analyse(report(text), rules)
    finally:
        sys.setprofile(before)
    return count


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of some work, the least of a few tries."""
    tries = []
    for _ in range(3):
        start = time.process_time()
        work()
        tries.append(time.process_time() - start)
        if tries[-1] > 1:
            break
    return min(tries)


def grows_in_proportion(text_of: Callable[[int], str], rules: Rules, size: int) -> None:
    """Assert that four times the text takes about four times the calls."""
    few, many = (calls(text_of(n), rules) for n in (size // 4, size))
    assert many < MOST_CALLS * few + MORE_CALLS * size, f"{few} calls, then {many}"


@pytest.mark.parametrize("head", HEADED)
@pytest.mark.parametrize("unit", UNITS)
def test_calls_grow_with_the_text(unit: str, head: str, rules: Rules) -> None:
    grows_in_proportion(lambda size: HEADS[head] + repeated(UNITS[unit], size), rules, SHORT)


@pytest.mark.parametrize("head", HEADED)
@pytest.mark.parametrize("unit", COUNTED)
def test_calls_grow_with_a_text_that_never_repeats_itself(unit: str, head: str, rules: Rules) -> None:
    grows_in_proportion(lambda size: HEADS[head] + counted(COUNTED[unit], size), rules, LONG)


@pytest.mark.parametrize("parts", PARTS)
def test_calls_grow_with_what_must_be_compared(parts: str, rules: Rules) -> None:
    grows_in_proportion(lambda size: in_parts(PARTS[parts], size), rules, LONG)


def wordings(file: str) -> list[str]:
    """Return the first wording of each term of a lexicon file."""
    return [next(iter(expand(term))) for row in lexicon.shipped().rows[file] if (term := getattr(row, "term", ""))]


WORDED = [name for name in sorted(lexicon.shipped().rows) if wordings(name)]


@pytest.mark.parametrize("file", WORDED)
@pytest.mark.parametrize("beginnings", [True, False], ids=["first-words", "terms"])
def test_calls_grow_with_the_words_of_the_lexicon(file: str, beginnings: bool, rules: Rules) -> None:
    terms = wordings(file)
    words = [term.split()[0] for term in terms] if beginnings else terms

    def text(size: int) -> str:
        head = "INDICATION: " if file in ("symptoms", "red_flags", "care", "durations", "requests") else "FINDINGS: "
        return head + repeated(repeated(" ".join(words), SHORT // 4) + " ", size)

    grows_in_proportion(text, rules, SHORT)


def test_lexicon_files_with_words_are_found() -> None:
    assert {"findings", "headings", "statements", "symptoms", "care", "durations"} <= set(WORDED)


# --- patterns -------------------------------------------------------------------------------------------------------

NEVER_LONG = {
    "_STEP": "looks for words in terms of the lexicon, and steps from word to word in a text",
    "_LAST_WORD": "looks at the last few characters of a line",
    "_INITIALS": "looks at one short word",
    "_PART": "reads conditions of the lexicon",
}
"""Patterns that are not searched for in what may be long."""


def modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(spinelink.__path__, "spinelink."):
        if not found.name.endswith("__main__"):
            try:
                yield importlib.import_module(found.name)
            except (ImportError, EngineError):
                continue  # an extra that is not installed


def patterns_within(value: Any, name: str, seen: set[int]) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield the patterns that an object of the package holds, by the name of what holds each."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, re.Pattern):
        yield name, value
    elif isinstance(value, dict):
        for one in value.values():
            yield from patterns_within(one, name, seen)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from patterns_within(one, name, seen)
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from patterns_within(getattr(value, one.name), one.name, seen)
    elif type(value).__module__.startswith("spinelink") and hasattr(value, "__dict__"):
        for key, one in vars(value).items():
            yield from patterns_within(one, key, seen)


def patterns() -> dict[str, tuple[str, re.Pattern[str]]]:
    """Return every pattern over text that the package holds once its rules are compiled, by an id."""
    seen: set[int] = set()
    found = list(patterns_within(compile_rules(lexicon.shipped()), "rules", seen))
    for module in modules():
        for name, value in vars(module).items():
            if not name.startswith("__"):
                found += patterns_within(value, name, seen)
    texts = [(name, one) for name, one in found if isinstance(one.pattern, str)]
    return {f"{number}-{name}": (name, one) for number, (name, one) in enumerate(texts)}


PATTERNS = patterns()
SOURCE = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(spinelink.__file__).parent.rglob("*.py")))
SEARCHED = set(re.findall(r"(\w+)\.(?:search|finditer|findall|sub|subn|split)\(", SOURCE))
"""Names of what is searched for, and not only looked for at a place."""

RUNS = (" ", "\n", "a", "A", "7", "-", ",", ".", "(", "[", ":", "/", "_", "x ", "7 ", "7-", "7,", "L4-", "a-", "a,", "a.", "a ", "\t", "7/", "*", "=", "|")  # fmt: skip
OPENINGS = ("3", "L4", "since", "for", "no", "(", "[", "3 weeks", "3 mm", "-", "a:")


def hostile(pattern: re.Pattern[str], size: int) -> Iterator[str]:
    """Yield texts of a size that a pattern may stumble over: runs, and its own words before them."""
    for run in RUNS:
        yield repeated(run, size)
    words = list(dict.fromkeys(re.findall(r"[a-z]{3,}", pattern.pattern)))
    for word in (*words[:4], *words[len(words) // 2 :][:2], *words[-2:], *OPENINGS):
        yield repeated(f"{word} ", size)
        for run in (" ", "a", "-", "\n"):
            yield f"{word}{repeated(run, size)}\x01"


@pytest.mark.heavy
@pytest.mark.parametrize("name", PATTERNS)
def test_patterns_take_time_in_proportion_to_the_text(name: str) -> None:
    held_by, pattern = PATTERNS[name]
    searched = held_by in SEARCHED and held_by not in NEVER_LONG

    def work(text: str) -> None:
        if searched:
            for _ in pattern.finditer(text):
                pass
        else:
            pattern.match(text)

    for short, long in zip(hostile(pattern, 750), hostile(pattern, 3000), strict=True):
        start = time.process_time()
        work(long)
        if time.process_time() - start < 0.01:
            continue  # pairs of 3,000 would take longer
        ratio = seconds(lambda text=long: work(text)) / max(seconds(lambda text=short: work(text)), 1e-6)  # type: ignore[misc]
        assert ratio < MOST_TIME, f"{pattern.pattern[:80]!r} on {long[:20]!r}..."


def test_patterns_are_found() -> None:
    assert len(PATTERNS) > 150
    assert {held_by for held_by, _ in PATTERNS.values()} >= NEVER_LONG.keys()


def test_a_pattern_that_backtracks_is_caught() -> None:
    text = f"a{' ' * 3000}\x01"
    pattern = re.compile(r"\s+$")
    assert any(one.isspace() for one in hostile(pattern, 3000))
    ratio = seconds(lambda: pattern.search(text)) / seconds(lambda: pattern.search(text[:750] + "\x01"))
    assert ratio > MOST_TIME


# --- a million characters -------------------------------------------------------------------------------------------


def text_of(name: str, size: int) -> str:
    """Return the text of this name in a size."""
    if name in PARTS:
        return in_parts(PARTS[name], size)
    head, _, unit = name.partition(": ")
    made = repeated(UNITS[unit], size) if unit in UNITS else counted(COUNTED[unit], size)
    return (HEADS[head] + made)[:size]


TEXTS = [*PARTS, *(f"{head}: {unit}" for unit in (*COUNTED, *UNITS) for head in HEADS)]


@pytest.mark.heavy
@pytest.mark.parametrize("name", TEXTS)
def test_a_million_characters_take_four_times_the_time_of_a_quarter(name: str, rules: Rules) -> None:
    def taken(size: int) -> float:
        one = report(text_of(name, size))
        return seconds(lambda: analyse(one, rules))

    quarter, half, whole = map(taken, (250_000, 500_000, 1_000_000))
    told = f"{quarter:.2f}, {half:.2f}, {whole:.2f} s"
    assert whole < MOST_TIME * quarter + 0.5, told
    assert half < MOST_TIME / 2 * quarter + 0.5, told
