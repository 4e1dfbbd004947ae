"""What a report says of its study as a whole: exam, modality, regions, contrast, numbering and limits of quality.

The exam name as given and the title lines speak first, the technique where they are silent, the body last. Words stand
in `lexicons/exams.tsv`; this module only says which words are read where. Source: rules LVL-24 and LVL-25, and the
normal and quality statements of the clinical knowledge base.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from spinelink import vocabulary
from spinelink.errors import LexiconError
from spinelink.levels import LevelRules, find_levels, region_of
from spinelink.levels import compile_rules as compile_levels
from spinelink.lexicon import Lexicon
from spinelink.phrases import Hit, PhraseBook, fold
from spinelink.records import Report, Section, Sentence, Study

MODALITIES: tuple[str, ...] = ("MR", "CT", "XR", "other")
CONTRASTS: tuple[str, ...] = ("none", "with", "with_and_without")
NUMBERINGS: tuple[str, ...] = ("transitional", "uncertain", "standard")
"""The first that is stated holds: a transitional vertebra outweighs the statement that says how it was counted."""
QUALITY_LIMITS: tuple[str, ...] = ("motion", "artifact", "incomplete", "limited_sequences")

_FIELDS: dict[str, tuple[str, ...]] = {
    "modality": (*MODALITIES, "spine", "densitometry"),
    "region": vocabulary.REGIONS,
    "contrast": CONTRASTS,
    "contrast_given": CONTRASTS,
    "body_part": ("spine", "other"),
    "numbering": NUMBERINGS,
    "quality": ("none", *QUALITY_LIMITS),
    "spine_word": ("disc", "spine"),
    "other_word": ("chest", "abdomen", "vessels", "neck", "head", "limb", "function", "common"),
}
_ANATOMY = frozenset({"region", "body_part", "spine_word", "other_word"})
_NOT_BODY = frozenset({"exam", "indication", "comparison", "technique"})
# Levels at the seam of two regions, which a study of the one shows without being a study of the other.
_SEAMS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("thoracic", "lumbar", frozenset({"T10-T11", "T11", "T11-T12", "T12", "T12-L1"})),
    ("thoracic", "cervical", frozenset({"T1", "T1-T2", "T2", "T2-T3", "T3"})),
    ("lumbar", "thoracic", frozenset({"L1", "L1-L2"})),
    ("cervical", "thoracic", frozenset({"C7", "C7-T1"})),
    ("sacral", "lumbar", frozenset({"S1", "S1-S2", "S2", "sacrum"})),
)
_SEAM_LEVELS = frozenset().union(*(seam for _, _, seam in _SEAMS))
_SPINE_WORDS_NEEDED = 2
_LEVELS_NEEDED_BESIDE = 3


@dataclass(frozen=True)
class StudyRules:
    """The words of `exams.tsv`, ready to be found, and the level grammar for reports whose exam names no region.

    `named` are the words of exam name, title and technique, `body` those that count anywhere, `anatomy` those that
    reports of the spine and of other parts of the body are known by.
    """

    named: PhraseBook
    body: PhraseBook
    anatomy: PhraseBook
    levels: LevelRules


def compile_rules(lexicon: Lexicon) -> StudyRules:
    """Return the compiled words; raises LexiconError where a row's field or value is not one that a study has."""
    rows = lexicon.phrases("exams")
    faults = []
    for row in rows:
        known = _FIELDS.get(row.field)
        if known is None:
            faults.append(f"exams.tsv: {row.id}: field {row.field!r} is none of {', '.join(_FIELDS)}")
        elif not set(row.value.split("|")) <= set(known):
            faults.append(f"exams.tsv: {row.id}: value {row.value!r} is none of {', '.join(known)}")
    if faults:
        raise LexiconError("\n".join(faults))
    return StudyRules(
        named=PhraseBook(row for row in rows if row.field != "other_word"),
        body=PhraseBook(row for row in rows if row.field in ("numbering", "quality", "contrast_given")),
        anatomy=PhraseBook(row for row in rows if row.field in _ANATOMY),
        levels=compile_levels(lexicon),
    )


def study_of(report: Report, sections: Sequence[Section], sentences: Sequence[Sentence], rules: StudyRules) -> Study:
    """Return what exam name, title, technique and statements say of the study.

    Regions named by exam and title hold; where they name none those of the technique, else of the levels in the body.
    "Lumbosacral" is lumbar. Contrast "with" in one place and "without" in another (two studies) is with_and_without.
    """
    text = fold(report.text)
    titles = [section for section in sections if section.category == "exam"]
    title_hits = [hit for section in titles for hit in rules.named.hits(text, section.start, section.end)]
    named = [*(rules.named.hits(fold(report.exam)) if report.exam else ()), *title_hits]
    technique = _hits(rules.named, text, [section for section in sections if section.category == "technique"])
    rest = [section for section in sections if section.category not in _NOT_BODY]
    body = _hits(rules.body, text, rest)
    regions = _regions(named, sections)
    parts = _values(named, "body_part")
    is_spine = _names_the_spine(named, parts, regions)
    if not regions:
        levels = _levels(report.text, sentences, rules)
        regions = _regions(technique, ()) or _regions_of_levels(levels)
        is_spine = is_spine or _reads_as_spine(_hits(rules.anatomy, text, rest), levels, beside="other" in parts)
    said = [*technique, *body]
    return Study(
        exam=report.exam or _title(report.text, titles, title_hits),
        modality=_first(named, "modality") or _first(technique, "modality"),
        regions=regions,
        contrast=_contrast(named, technique, body),
        is_spine=is_spine,
        numbering=next((value for value in NUMBERINGS if value in _values(said, "numbering")), None),
        quality_limits=tuple(value for value in QUALITY_LIMITS if value in _values(said, "quality")),
    )


def _hits(book: PhraseBook, text: str, sections: Iterable[Section]) -> list[Hit]:
    return [hit for section in sections for hit in book.hits(text, section.body, section.end)]


def _values(hits: Iterable[Hit], *fields: str) -> set[str]:
    return {value for hit in hits if hit.row.field in fields for value in hit.row.value.split("|")}


def _first(hits: Iterable[Hit], field: str) -> str | None:
    """Return the first value of the first row of a field; a modality may say too what part it shows."""
    return next((hit.row.value.split("|")[0] for hit in hits if hit.row.field == field), None)


def _regions(hits: Iterable[Hit], sections: Sequence[Section]) -> tuple[str, ...]:
    found = _values(hits, "region") | {section.region for section in sections if section.region}
    return tuple(region for region in vocabulary.REGIONS if region in found)


def _contrast(named: Sequence[Hit], technique: Sequence[Hit], body: Sequence[Hit]) -> str | None:
    """Return the contrast of the first place that speaks of it; the body speaks only of contrast given or not given."""
    for hits, fields in (
        (named, ("contrast",)),
        (technique, ("contrast", "contrast_given")),
        (body, ("contrast_given",)),
    ):
        said = _values(hits, *fields)
        if said:
            return next(iter(said)) if len(said) == 1 else "with_and_without"
    return None


def _names_the_spine(named: Sequence[Hit], parts: set[str], regions: Sequence[str]) -> bool:
    """Tell whether exam and title name the spine; a bone densitometry of the lumbar spine shows nothing of it."""
    modalities = _values(named, "modality")
    if "densitometry" in modalities and modalities <= {"densitometry", "other"}:
        return False
    if regions or "spine" in parts | modalities:
        return True
    return "other" not in parts and bool(_values(named, "spine_word"))


def _reads_as_spine(hits: Sequence[Hit], levels: frozenset[str], *, beside: bool) -> bool:
    """Tell whether a body is that of a spine report whose exam and title do not say so.

    Words and levels of the spine are no fewer than words of other parts of the body: a chest study mentions a vertebra
    in passing. One level or two different words are enough where the exam names no part; an exam of another part
    (`beside`) needs three levels and disc words.
    """
    of_spine = [hit.row for hit in hits if hit.row.field in ("region", "spine_word") or hit.row.value == "spine"]
    if len(hits) - len(of_spine) > len(of_spine) + len(levels):
        return False
    if beside:
        return len(levels) >= _LEVELS_NEEDED_BESIDE and any(word.value == "disc" for word in of_spine)
    return bool(levels) or len(set(of_spine)) >= _SPINE_WORDS_NEEDED


def _title(text: str, titles: Sequence[Section], hits: Sequence[Hit]) -> str | None:
    """Return the title lines that name a modality, joined; else those that name a part of the body; else the first."""
    lines = list(_lines(text, titles))
    for fields in (("modality",), ("region", "body_part")):
        told = [hit.start for hit in hits if hit.row.field in fields]
        naming = [line for start, end, line in lines if any(start <= place < end for place in told)]
        if naming:
            return "; ".join(dict.fromkeys(naming))
    return lines[0][2] if lines else None


def _lines(text: str, titles: Sequence[Section]) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and words of each title line, without the heading where text follows it ("EXAM: MRI ...")."""
    for section in titles:
        start = section.body if text[section.body : section.end].strip() else section.start
        for line in text[start : section.end].splitlines(keepends=True):
            words = " ".join(line.split()).strip(" .:-*#=")
            if words:
                yield start, start + len(line), words
            start += len(line)


def _levels(text: str, sentences: Sequence[Sentence], rules: StudyRules) -> frozenset[str]:
    """Return every level that the body names or has as a heading; roots and the place of the conus are none."""
    found = {name for sentence in sentences if sentence.heading is not None for name in sentence.heading.levels}
    for sentence in sentences:
        if sentence.category not in _NOT_BODY:
            mentions = find_levels(text[sentence.start : sentence.end], rules.levels)
            found.update(name for mention in mentions if mention.role == "level" for name in mention.levels)
    return frozenset(name for name in found if region_of(name))


def _regions_of_levels(levels: frozenset[str]) -> tuple[str, ...]:
    """Return the regions of levels; T12 in a lumbar study and T1 in a cervical one make no thoracic study of it."""
    named = {region: {level for level in levels if region_of(level) == region} for region in vocabulary.REGIONS}
    beside = {region for region, neighbour, seam in _SEAMS if named[region] <= seam and named[neighbour] - _SEAM_LEVELS}
    return tuple(region for region, of_region in named.items() if of_region and region not in beside)
