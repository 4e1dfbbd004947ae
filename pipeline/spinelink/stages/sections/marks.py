"""What in a line can open a section: headings, titles, labels, footers, level headings, each with its place."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from spinelink.layout import MARKS, Line, colon_after
from spinelink.stages.sections.rules import Block, SectionRules
from spinelink.stages.sections.titles import is_region, title_end

_MARKS = re.compile(rf"[{re.escape(MARKS)}]*")
_WORD = re.compile(r"[A-Za-z]+")
_LEVEL = re.compile(r"[(]?(?:[CTDLS]|LS)[ -]?\d.{0,40}?(?::|\s[-–]|[-–]\s)", re.IGNORECASE)  # noqa: RUF001
_DASH = re.compile(r"[A-Za-z][A-Za-z/&' ]{1,40}(?:\s[-–—]+\s*|[-–—]+\s+)(?=\S)|[A-Z][A-Z/&' ]{2,40}[-–—]+(?=\S)")  # noqa: RUF001
_COMPOUND = re.compile(r"-[A-Z]{2}")
"""What follows the first half of a compound in capitals, as in AGE-RELATED."""
_NUMBERED = re.compile(r"\(?(?:\d{1,2}|[IVX]{1,4})[.)]\s*(?=[A-Z]{3})")
_CLOSED = re.compile(r"(\*{2,3}|-{2,4}|={2,4}|_{2})[ \t]*([^*=_\n-][^*=_\n]{0,60}?)[ \t]*\1[ \t]*")
_LONGEST_ALONE = 60
_MOST_SPACES = 12


class Mark(NamedTuple):
    """A possible opening at `start` whose text begins at `body`.

    `kind` is block, title, region (a region's name alone), frame, footer, letter, banner, level or unknown; `alone`
    says that nothing else stands on its line, `colon` that it ends in one; `regions` are those of the spine it names.
    """

    kind: str
    start: int
    body: int
    alone: bool
    colon: bool
    block: Block = Block("")
    regions: tuple[str, ...] = ()


class _Reading(NamedTuple):
    """What a label or a line's whole content is by its words alone: a mark's kind, "" for plain text."""

    kind: str
    block: Block = Block("")
    regions: tuple[str, ...] = ()


_PLAIN = _Reading("")


def opening(text: str, line: Line, rules: SectionRules) -> Mark | None:
    """Return what opens a line, None for plain text; a number may stand before a heading in capitals."""
    begins = text[line.start]
    if (begins in "(IVX" or begins.isdecimal()) and (numbered := _NUMBERED.match(text, line.start, line.end)):
        mark = _opening(text, line._replace(start=numbered.end()), rules)
        return mark._replace(start=line.start) if mark and mark.kind == "block" else None
    return _opening(text, line, rules)


def _opening(text: str, line: Line, rules: SectionRules) -> Mark | None:
    start = line.start
    if text[start] in MARKS:
        start = _past_marks(text, start, line.end)
        if start == line.end:
            return None
        if closed := _CLOSED.match(text, line.start, line.end):
            mark = _labelled(text, line, (closed.start(2), closed.end(2), closed.end()), rules)
            if mark or closed.end() >= line.end:
                return mark or Mark("banner", line.start, line.start, True, False)
    at = colon_after(text, start, line.end)
    if at > 0:
        after = at + 1
        while after < line.end and text[after] in "*_":
            after += 1
        if mark := _labelled(text, line, (start, at, after), rules):
            return mark
    return _unlabelled(text, line, start, at, rules)


def _past_marks(text: str, start: int, end: int) -> int:
    """Return where the text goes on after marks and space."""
    found = _MARKS.match(text, start, end)
    return found.end() if found else start


def _labelled(text: str, line: Line, span: tuple[int, int, int], rules: SectionRules) -> Mark | None:
    """Return the mark of a label `text[begin:end]` after which the text goes on at `after`."""
    begin, end, after = span
    label = text[begin:end]
    if label.count(" ") > _MOST_SPACES:
        return None
    alone = _past_marks(text, after, line.end) >= line.end
    kind, block, regions = _label_reading(label, text[end : end + 1] == ":", alone, rules)
    if not kind:
        return None
    if kind == "level":
        return Mark("level", line.start, line.start, alone, True)
    return Mark(kind, line.start, line.end if alone else after, alone, True, block, regions)


@lru_cache(maxsize=16384)
def _label_reading(label: str, colon: bool, alone: bool, rules: SectionRules) -> _Reading:
    """Return what a label is; headings repeat from report to report, so readings are kept."""
    label = label.rstrip(MARKS)
    block, regions = rules.block(label)
    if block:
        return _Reading("block", block, regions)
    if _LEVEL.match(label + ":"):
        return _Reading("level")
    if rules.footer.match(label) if colon else rules.footer.fullmatch(label):
        return _Reading("footer", Block("other"))
    if alone and is_region(label, rules):
        return _Reading("region", Block("exam"), rules.regions_of(label))
    title = title_end(label, 0, len(label), rules)
    if title >= len(label) > 0:
        return _Reading("title", Block("exam"), rules.regions_of(label))
    if title > 0:
        return _PLAIN
    if rules.labels.kind(label):
        return _Reading("frame", Block("findings"), regions)
    return _Reading("unknown") if _is_unknown(label, alone) else _PLAIN


def _unlabelled(text: str, line: Line, start: int, colon: int, rules: SectionRules) -> Mark | None:
    """Return the mark of a line that has no label before a colon."""
    word = _WORD.match(text, start, line.end)
    starts = text[start] == "(" or (word is not None and word[0].lower() in rules.starters)
    if line.end - start <= _LONGEST_ALONE and colon < 0 and text[start].isupper():
        kind, block, regions = _content_reading(text[start : line.end], rules)
        if kind:
            return Mark(kind, line.start, line.end, True, False, block, regions)
    if not starts:
        return None
    end = title_end(text, start, line.end, rules)
    if end > start:
        return Mark("title", line.start, end, end >= line.end, False, Block("exam"), rules.regions_of(text[start:end]))
    if _LEVEL.match(text, start, line.end):
        return Mark("level", line.start, line.start, False, True)
    if dash := _DASH.match(text, start, line.end):
        named, regions = rules.block(dash[0].rstrip(MARKS))
        if named and not named.cued and not _COMPOUND.match(text, dash.end() - 1):
            return Mark("block", line.start, dash.end(), False, True, named, regions)
    if footer := rules.footer.match(text, start, line.end):
        if footer[0].lower() in rules.letters:
            return Mark("letter", line.start, line.start, False, False)
        return Mark("footer", line.start, footer.end(), footer.end() >= line.end, False, Block("other"))
    return _spoken_opening(text, line, start, rules)


@lru_cache(maxsize=16384)
def _content_reading(content: str, rules: SectionRules) -> _Reading:
    """Return what a short line is that has no colon: a heading, a region or a label alone, or plain text."""
    if content.endswith("."):
        return _PLAIN
    bare = content.rstrip(MARKS)
    block, regions = rules.block(bare)
    if block and not block.cued:
        return _Reading("block", block, regions)
    if is_region(bare, rules):
        return _Reading("region", Block("exam"), rules.regions_of(bare))
    return _Reading("frame", Block("findings"), regions) if rules.labels.kind_alone(bare) else _PLAIN


def _spoken_opening(text: str, line: Line, start: int, rules: SectionRules) -> Mark | None:
    """Read a heading without colon that opens a line: "FINDINGS There is ..." and the dictated "Findings. There is"."""
    found = rules.spoken.match(text, start, line.end)
    if found is None or found.end() >= line.end:
        return None
    if text[found.end()] == ".":
        end = found.end() + 1
    elif found[0].isupper() and not _goes_on(text, found.end(), line.end, rules):
        end = found.end()
    else:
        return None
    block, _ = rules.block(found[0])
    return Mark("block", line.start, end, end >= line.end, False, block or Block(""))


def _goes_on(text: str, start: int, end: int, rules: SectionRules) -> bool:
    """Say whether the word after a spoken heading makes it a part of a sentence: "Findings are consistent with"."""
    following = text[start : min(end, start + 24)].split(maxsplit=1)
    return not following or following[0].strip(".,;:").lower() in rules.stops or not text[start].isspace()


def _is_unknown(label: str, alone: bool) -> bool:
    """Say whether a label unknown to the lexicon is a heading: in capitals, or capitalised and alone on its line."""
    words = label.split()
    if not words or len(words) > 6 or not label[0].isalpha() or sum(map(str.isalpha, label)) < 4:
        return False
    if label.isupper():
        return not any(map(str.isdigit, label))
    capitals = sum(word[0].isupper() for word in words)
    return alone and words[0][0].isupper() and (capitals > len(words) // 2 or len(words) <= 3) and "." not in label


def within(text: str, line: Line, start: int, rules: SectionRules) -> list[Mark]:
    """Return the known headings with colon that stand within a line after `start`."""
    found = []
    for match in rules.inline.finditer(text, start, line.end):
        if not _stands_free(text, match, line.start, rules):
            continue
        block, regions = rules.block(match[0].rstrip(" \t:*_"))
        if block and not block.cued:
            alone = _past_marks(text, match.end(), line.end) == line.end
            found.append(Mark("block", match.start(), match.end(), alone, True, block, regions))
    return found


def _stands_free(text: str, match: re.Match[str], line_start: int, rules: SectionRules) -> bool:
    """Say whether a heading within a line is cut off from the words before: by punctuation, space, or its capitals."""
    before = text[max(line_start, match.start() - 24) : match.start()]
    plain = before.rstrip(" \t*_")
    if not plain or plain[-1] in ".!?;)]|•>" or before.endswith(("  ", "\t")):
        return True
    if not match[0].split("(")[0].rstrip(" \t:*_0123456789/.-").isupper():
        return False
    if plain[-1].isupper() and plain == before:
        return " " in match[0].strip() and len(plain) > 1
    return plain == before or plain.split()[-1].strip(",").lower() not in rules.stops


def dictated(text: str, line: Line, start: int, rules: SectionRules) -> list[Mark]:
    """Return the headings dictated without colon within a line after `start`: "... none. Technique sagittal"."""
    found = []
    for match in rules.spoken.finditer(text, start, line.end):
        before = text[max(line.start, match.start() - 3) : match.start()]
        if before.strip() and before.rstrip()[-1] not in ".!?":
            continue
        end = match.end()
        if text[end : end + 1] in (".", ","):
            end += 1
        elif _goes_on(text, end, len(text), rules):
            continue
        block, _ = rules.block(match[0])
        found.append(Mark("block", match.start(), end, False, False, block or Block("")))
    return found
