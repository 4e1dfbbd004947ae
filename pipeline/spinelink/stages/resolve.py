"""Findings: mentions placed in their report, by headings, by what was said before, and by words like "here".

What a sentence leaves open is decided in this order: the level of its heading; the level that opens its paragraph ("At
L4-5 there is ..."); for positive findings of a disc level, the one level last named just before. Denials and summaries
that name no level and stand under none take none (annotation guideline, rulings on levels).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from spinelink import levels, vocabulary
from spinelink.lexicon import Lexicon
from spinelink.records import Finding, LevelMention, Measurement, Mention, Parsed, Section, Sentence, Study, Word

_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
_REMEMBERED = 4
_APEX = frozenset({"scoliosis", "kyphosis"})
_SOURCES = {"list": "listed", "range": "range"}
_DISC_LEVELS = frozenset(vocabulary.DISC_LEVELS)
_NOWHERE = ("",)


@dataclass(frozen=True)
class ResolveRules:
    """Rows whose bone noun reads an adjacent pair as two vertebrae ("L4-L5 laminectomy", LVL-07)."""

    pairs_of_vertebrae: frozenset[str]


def compile_rules(lexicon: Lexicon) -> ResolveRules:
    """Return the rules of placing findings."""
    return ResolveRules(frozenset(row.id for row in lexicon.terms("findings") if row.attribute("pair") == "vertebrae"))


class Spot(NamedTuple):
    """Where a mention stands: canonical levels, how they were found, and the words of the report that name them."""

    levels: tuple[str, ...] = ()
    source: str = "none"
    rule_id: str | None = None
    spans: tuple[tuple[int, int], ...] = ()


_UNPLACED = Spot()


class _Named(NamedTuple):
    """A level with the place in the report that its offsets count from."""

    place: LevelMention
    origin: int

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """The words that name it; none where a label that is no heading does."""
        start, end = self.place.start, self.place.end
        return ((self.origin + start, self.origin + end),) if start < end else ()


class _Reader(NamedTuple):
    """What the sentences before have left behind.

    `lead` is the level that opened the paragraph, until another is named; `last` the last one named in the section;
    `named` the names of the disc levels in the section, the latest last; `near` the one that a following sentence may
    still speak of; `mentions` are those of the last sentence that had any, which begins at `spoken`, `types` all of the
    section.
    """

    lead: _Named | None = None
    last: _Named | None = None
    near: _Named | None = None
    named: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = ()
    spoken: int = 0
    types: frozenset[str] = frozenset()


def resolve(
    text: str,
    sections: Sequence[Section],
    sentences: Sequence[Sentence],
    parsed: Sequence[Parsed | None],
    study: Study,
    rules: ResolveRules,
) -> tuple[list[Finding], list[Measurement]]:
    """Return the findings and measurements of a report; `parsed` runs beside `sentences`, None where none was read.

    Findings come in the order of the text. A report that is not of the spine has none, and a report of several studies
    none from what it says of other parts of the body.
    """
    if not study.is_spine:
        return [], []
    placed = [
        (sentence, reading, _placed(reading, sentence, reader, rules))
        for sentence, reading, reader in _read(text, sentences, parsed)
        if not sections[sentence.section_id].elsewhere
    ]
    operated = _operated(placed)
    findings: list[Finding] = []
    measurements: list[Measurement] = []
    groups = 0
    for sentence, reading, mentions in placed:
        region = sections[sentence.section_id].region or (study.regions[0] if len(study.regions) == 1 else None)
        offset = len(findings)
        numbers: dict[tuple[int, str], int] = {}
        for mention, spot in mentions:
            number = numbers.setdefault(_lesion(mention), groups + len(numbers))
            for level in _at_operated(spot, operated) or _NOWHERE:
                findings.append(_finding(mention, number, level, spot, sentence, region))
        groups += len(numbers)
        if reading.measures:
            measurements += _measurements(reading, sentence, findings[offset:], offset)
    return findings, measurements


def _read(
    text: str, sentences: Sequence[Sentence], parsed: Sequence[Parsed | None]
) -> Iterator[tuple[Sentence, Parsed, _Reader]]:
    """Yield each sentence that was read with what is known before it."""
    reader = _Reader()
    previous: Sentence | None = None
    for sentence, reading in zip(sentences, parsed, strict=True):
        if previous is None or previous.section_id != sentence.section_id:
            reader = _Reader()
        elif previous.paragraph != sentence.paragraph:
            parted = _BLANK_LINE.search(text, previous.end, sentence.start) is not None
            above = previous.heading if not parted else None
            reader = reader._replace(lead=None, near=_Named(above, 0) if above is not None else None)
        previous = sentence
        if reading is None:
            continue
        yield sentence, reading, reader
        reader = _after(reading, sentence, reader)


def _after(reading: Parsed, sentence: Sentence, reader: _Reader) -> _Reader:
    """Return what a sentence leaves to the next."""
    last, heading = reading.last, sentence.heading
    named = moved = _moved(last, sentence, reader)
    here = moved is None and (last is None or last.form == "relative")
    if moved is None and last is not None and last.role == "level" and not here:
        named = _Named(last, sentence.start)
    lead = moved if moved is not None and reading.lead is last else None
    if lead is None and reading.lead is not None and (reading.lead.form != "relative" or reading.lead.levels):
        lead = _Named(reading.lead, sentence.start)
    above = named or (_Named(heading, 0) if heading is not None else None)
    mentions, spoken, types = reader.mentions, reader.spoken, reader.types
    if reading.mentions:
        mentions, spoken = reading.mentions, sentence.start
        types = types.union([mention.finding_type for mention in mentions])
    return _Reader(
        lead=lead or (reader.lead if here else None),
        last=above or reader.last,
        near=named or (reader.near if here else None),
        named=_latest(reader.named, above.place) if above is not None else reader.named,
        mentions=mentions,
        spoken=spoken,
        types=types,
    )


def _latest(names: tuple[str, ...], place: LevelMention) -> tuple[str, ...]:
    """Return the names of the last few disc levels, a new place's at their end."""
    new = [name for name in place.levels if name in _DISC_LEVELS]
    return (*[name for name in names if name not in new], *new)[-_REMEMBERED:]


def _moved(place: LevelMention | None, sentence: Sentence, reader: _Reader) -> _Named | None:
    """Return the level that "the level above" names, for the sentences that follow; None for any other place."""
    if place is None or place.form != "relative" or not place.shift:
        return None
    names = _relative(place, sentence, reader).levels
    return _Named(replace(place, form="single", levels=names, shift=0), sentence.start) if names else None


def _placed(reading: Parsed, sentence: Sentence, reader: _Reader, rules: ResolveRules) -> list[tuple[Mention, Spot]]:
    """Return the sentence's mentions with their places; those that need a level and have none fall."""
    found = []
    for mention in reading.mentions:
        for whole in _completed(mention, reader, sentence) if mention.elliptic else (mention,):
            spot = _spot(whole, reading, sentence, reader, rules)
            if spot.levels or not whole.needs_level:
                found.append((whole, spot))
    return found


def _completed(mention: Mention, reader: _Reader, sentence: Sentence) -> Iterator[Mention]:
    """Yield an elliptic mention with the type of the last graded one before it ("Moderate at C3-4.")."""
    if mention.finding_type:
        if mention.finding_type in reader.types:
            yield replace(mention, elliptic=False)
        return
    graded = [m for m in reader.mentions if m.severity and not m.elliptic] or [
        m for m in reader.mentions if not m.elliptic
    ]
    if graded:
        model = graded[-1]
        words = (*mention.words, *_type_words(model, reader.spoken - sentence.start))
        yield replace(
            mention, finding_type=model.finding_type, rule_id=model.rule_id, effect=model.effect, elliptic=False,
            words=words,
        )  # fmt: skip


def _type_words(model: Mention, by: int) -> Iterator[Word]:
    """Yield the words of a mention's type as a later sentence counts them."""
    for word in model.words:
        if word.value in ("type", "effect"):
            yield word if word.label else replace(word, start=word.start + by, end=word.end + by)


def _spot(mention: Mention, reading: Parsed, sentence: Sentence, reader: _Reader, rules: ResolveRules) -> Spot:
    if mention.finding_type == "extraspinal_finding":
        return Spot()
    place = mention.level
    if place is not None and "beside" in place.flags:
        above = _Named(sentence.heading, 0) if sentence.heading is not None else reader.lead or reader.near
        if above is not None and above.place.kind == "disc":
            return _spot_of(above, "heading" if sentence.heading is not None else "carried", mention, rules)
    if place is not None and place.form == "relative" and not place.levels:
        return _relative(place, sentence, reader)
    if place is not None:
        source = _SOURCES.get(place.form, "stated")
        return Spot(_names(place, mention, rules), source, place.rule_id, _Named(place, sentence.start).spans)
    if sentence.heading is not None and reader.lead is None:
        return _spot_of(_Named(sentence.heading, 0), "heading", mention, rules)
    carried = _carried(mention, reading, reader)
    return _spot_of(carried, "carried", mention, rules) if carried is not None else Spot()


def _spot_of(named: _Named, source: str, mention: Mention, rules: ResolveRules) -> Spot:
    return Spot(_names(named.place, mention, rules), source, named.place.rule_id, named.spans)


def _carried(mention: Mention, reading: Parsed, reader: _Reader) -> _Named | None:
    """Return the level that a mention takes from the sentences before, None where it takes none.

    A sentence that names a place of its own carries none over. The level that opened the paragraph holds for findings
    of its kind, denied ones too; the one named last for positive findings, and for what is denied beside them.
    """
    kind = vocabulary.FINDINGS[mention.finding_type]
    if reading.last is not None and reading.last.form != "relative":
        return None
    if reader.lead is not None and (mention.needs_level or _fits(reader.lead.place, kind, mention.assertion)):
        return reader.lead
    near = reader.near
    stated = mention.assertion != "absent" or any(
        m.assertion != "absent" and vocabulary.FINDINGS.get(m.finding_type) == "D" for m in reading.mentions
    )
    if near is None or near.place.kind == "multilevel" or len(near.place.levels) != 1 or not near.place.levels[0]:
        return None
    return near if stated and not mention.needs_level and _fits(near.place, kind, mention.assertion) else None


def _fits(place: LevelMention, kind: str, assertion: str) -> bool:
    """Say whether a level may be carried to a finding: a disc level to findings of a disc, a vertebra to both."""
    if kind == "D":
        return True
    return kind == "V" and place.kind == "vertebra" and assertion != "absent"


def _relative(place: LevelMention, sentence: Sentence, reader: _Reader) -> Spot:
    """Return the level that "at this level" or "the level above" points to (LVL-22)."""
    pointer = _Named(place, sentence.start).spans
    heading = _Named(sentence.heading, 0) if sentence.heading is not None else None
    anchor = heading or reader.last or reader.lead
    if anchor is None:
        return Spot((), "none", place.rule_id, pointer)
    spans = (*pointer, *anchor.spans)
    if place.rule_id.startswith("LVL-22-THESE") and len(anchor.place.levels) == 1 and len(reader.named) > 1:
        return Spot(reader.named[-2:], "carried", place.rule_id, spans)
    moved = [levels.shift(level, place.shift) if place.shift else level for level in anchor.place.levels]
    return Spot(tuple(level for level in moved if level), "carried", place.rule_id, spans)


def _names(place: LevelMention, mention: Mention, rules: ResolveRules) -> tuple[str, ...]:
    """Return the canonical levels of a place as the finding's kind reads them (LVL-07, LVL-13)."""
    kind = vocabulary.FINDINGS[mention.finding_type]
    if mention.finding_type in _APEX and place.form == "range":
        return ()
    if place.kind == "multilevel":
        return ("multilevel",)
    if "open_range" in place.flags and len(place.levels) == 1:
        return levels.beyond(place.levels[0], place.shift)
    by_vertebra = kind != "D" and mention.finding_type != "spondylosis"  # "spondylosis from C5 to C7" is of the discs
    if place.vertebrae and (by_vertebra or mention.finding_type in vocabulary.CORD):
        by_disc = place.rule_id.startswith("LVL-08")
        bone = mention.rule_id in rules.pairs_of_vertebrae and place is mention.level
        if (place.form == "range" and not by_disc) or (place.form == "pair" and bone):
            return place.vertebrae
    if mention.finding_type == "spondylolisthesis" and place.kind == "vertebra":
        return tuple(levels.disc_below(level) or level for level in place.levels[:1])
    return place.levels


def _operated(placed: Sequence[tuple[Sentence, Parsed, list[tuple[Mention, Spot]]]]) -> tuple[str, ...]:
    """Return the disc levels of the report's fusions and arthroplasties: "the operated levels"."""
    named = [
        level
        for _, _, mentions in placed
        for mention, spot in mentions
        if mention.finding_type in ("spinal_fusion", "disc_arthroplasty") and mention.assertion == "present"
        for level in spot.levels
        if level in _DISC_LEVELS
    ]
    return tuple(dict.fromkeys(named))


def _at_operated(spot: Spot, operated: tuple[str, ...]) -> tuple[str, ...]:
    return operated if spot.rule_id is not None and spot.rule_id.startswith("LVL-22-OP") and operated else spot.levels


def _lesion(mention: Mention) -> tuple[int, str]:
    """Return what the rows of one mention share: the phrase, and its type where it states several ("L1-2: Normal")."""
    return mention.group, mention.finding_type


def _finding(
    mention: Mention, mention_id: int, level: str, spot: Spot, sentence: Sentence, region: str | None
) -> Finding:
    start = sentence.start
    _, source, rule_id, spans = spot if level else _UNPLACED
    return Finding(
        mention,
        mention_id,
        level,
        _level_kind(level),
        source,
        rule_id,
        levels.region_of(level) or region,
        sentence.section_id,
        sentence.category,
        start + mention.start,
        start + mention.end,
        start,
        sentence.end,
        spans,
    )


def _level_kind(level: str) -> str:
    if not level:
        return "none"
    if level == "multilevel":
        return "multilevel"
    return "disc" if "-" in level else "vertebra"


def _measurements(reading: Parsed, sentence: Sentence, rows: Sequence[Finding], offset: int) -> Iterator[Measurement]:
    """Yield a sentence's measurements; `finding_id` is the place of the finding among the report's."""
    first: dict[int, int] = {}
    for number, row in enumerate(rows):
        first.setdefault(row.mention.group, number)
    for measure in reading.measures:
        measured = first.get(reading.mentions[measure.mention].group) if measure.mention is not None else None
        if measured is not None:
            level = rows[measured].level
        else:
            place = measure.level or sentence.heading
            level = place.levels[0] if place is not None and place.levels else ""
        yield Measurement(
            kind=measure.kind,
            value=measure.value,
            unit=measure.unit,
            level=level,
            start=sentence.start + measure.start,
            end=sentence.start + measure.end,
            prior_value=measure.prior_value,
            finding_id=offset + measured if measured is not None else None,
        )
