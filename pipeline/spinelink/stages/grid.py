"""The state of every disc level of an imaged region: canal, foramina, recesses, disc, listhesis, surgery.

What is said of a level itself comes first; then that it could not be judged; then a denial said of the whole study ("No
canal stenosis at any level", "the remaining levels are normal"); then that its kind of structure could not be judged
anywhere. Findings that an addendum corrects do not count.

- Of several findings at one level the affirmed one holds, the worst grade among them, then the possible one, then the
  denied one. A denial of a grade alone ("no severe stenosis") is `not_severe`.
- An impression sums up. What it says without a side fills no side where the other sections name the sides; a grade that
  it gives to several levels at once counts only where the other sections grade none. Else a finding of unstated side
  fills both.
- A denial with no level, or of several unnamed ones, fills the levels of its region that say nothing themselves; not
  where the same type is affirmed of unnamed levels. An affirmed finding of unnamed levels fills none.
- A disc is normal where bulge and herniation both are denied. A possible disc finding or listhesis is not mentioned.
- A limit of the study makes a structure not assessable where it is named, at a level or throughout; one that names a
  level and says that it was not assessed or not included does so for canal, foramina and recesses alike.
- Vertebrae: a foramen named by its vertebra is the one below it in the thoracic and lumbar spine (LVL-16). Surgery on
  neighbouring vertebrae is surgery at the discs between them; on one vertebra alone (a laminectomy) at the disc below.
- Classes of the RSNA 2024 labels are given from L1-L2 to L5-S1 by SEV-06: none to mild is `normal_mild`, and a grade
  between two is the higher. Stenosis without a grade, or a denial of a grade alone, has none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from spinelink import levels, vocabulary
from spinelink.lexicon import Lexicon, Phrase
from spinelink.phrases import PhraseBook, fold
from spinelink.records import DiscLevel, Finding, LevelMention, Parsed, Sentence, Statement, Study

NOT_MENTIONED = "not_mentioned"
_CANAL, _FORAMEN, _RECESS = "central_canal_stenosis", "foraminal_stenosis", "lateral_recess_stenosis"
_LISTHESIS = "spondylolisthesis"
_STRUCTURES = {"canal": _CANAL, "sac": _CANAL, "foramen": _FORAMEN, "recess": _RECESS}
_DISCS = {
    "disc_bulge": "bulge",
    "disc_herniation": "herniation",
    "disc_protrusion": "protrusion",
    "disc_extrusion": "extrusion",
    "disc_sequestration": "sequestration",
}
"""From the least to the worst."""
_GRADED = (_CANAL, _FORAMEN, _RECESS)
_OSTEOPHYTES = "disc_osteophyte_complex"
_PLACED = frozenset({*_GRADED, *_DISCS, _OSTEOPHYTES, _LISTHESIS})
_GRADES_DENIED = frozenset({"severe", "moderate"})
_MEYERDING = ("1", "2", "3", "4", "5")
_UNJUDGED = frozenset({"not_assessed", "not_included", "limited_assessment"})
_RSNA = {
    "absent": "normal_mild",
    "minimal": "normal_mild",
    "mild": "normal_mild",
    "mild_moderate": "moderate",
    "moderate": "moderate",
    "moderate_severe": "severe",
    "severe": "severe",
}
_ORDER = {level: place for place, level in enumerate(vocabulary.DISC_LEVELS)}
_SIX_LUMBAR = frozenset({"L5-L6", "L6-S1"})
_start = attrgetter("start")

Own = dict[str, list[Finding]]
"""What is said of one level, by type."""


@dataclass(frozen=True)
class GridRules:
    """The words for the structures of a level, which tell what a limit of the study is a limit of."""

    structures: PhraseBook


@dataclass(slots=True)
class _Said:
    """What a report says, sorted: findings by level and type; those of no level by type; what was not judged.

    `several` says that the study has several regions, so that what is said of no level holds for one of them.
    """

    several: bool
    at: dict[str, dict[str, list[Finding]]] = field(default_factory=dict)
    everywhere: dict[str, list[Finding]] = field(default_factory=dict)
    surgery: list[Finding] = field(default_factory=list)
    unjudged: set[tuple[str, str]] = field(default_factory=set)


def compile_rules(lexicon: Lexicon) -> GridRules:
    """Return the words of the structures that the grid has columns for."""
    rows = [row for row in lexicon.terms("structures") if row.value in _STRUCTURES]
    return GridRules(
        PhraseBook(
            Phrase(id=row.id, term=row.term, example=row.example, enabled=True, field="structure", value=row.value)
            for row in rows
        )
    )


def grid_of(
    text: str,
    sentences: Sequence[Sentence],
    parsed: Sequence[Parsed | None],
    findings: Sequence[Finding],
    statements: Sequence[Statement],
    study: Study,
    rules: GridRules,
) -> tuple[DiscLevel, ...]:
    """Return one record for each disc of the imaged regions and for each further disc level with a finding.

    They come from the head down. In a spine with six lumbar vertebrae L5-L6 and L6-S1 take the place of L5-S1. A report
    that is not of the spine has none.
    """
    if not study.is_spine:
        return ()
    said = _sorted(findings, several=len(study.regions) > 1)
    limits = [s for s in statements if s.kind == "limitation" and s.detail != "no_contrast"]
    if limits:
        said.unjudged.update(_unjudged(text, sentences, parsed, limits, rules))
    operated = _operated(said.surgery)
    return tuple(_state(level, said, level in operated) for level in _rows(findings, study))


def _sorted(findings: Sequence[Finding], *, several: bool) -> _Said:
    said = _Said(several)
    summed_up = _summed_up(findings)
    for finding in findings:
        kind = finding.mention.finding_type
        if finding.superseded_by is not None:
            continue
        if kind in vocabulary.OPERATIONS and finding.mention.assertion == "present":
            said.surgery.append(finding)
        elif kind in _PLACED and (finding.mention_id, finding.level) not in summed_up:
            level = _disc_of(finding)
            if level:
                said.at.setdefault(level, {}).setdefault(kind, []).append(finding)
            elif finding.level_kind in ("none", "multilevel"):
                said.everywhere.setdefault(kind, []).append(finding)
    return said


def _summed_up(findings: Sequence[Finding]) -> set[tuple[int, str]]:
    """Return mention and level of grades that an impression gives to several levels at once, where others grade them.

    "Canal stenosis at L3-4 and L4-5, severe at the latter" does not make L3-4 severe.
    """
    graded = [
        f for f in findings if f.mention.severity and f.mention.finding_type in _GRADED and f.level_kind == "disc"
    ]
    told: dict[int, set[str]] = {}
    for finding in graded:
        if finding.category == "impression":
            told.setdefault(finding.mention_id, set()).add(finding.level)
    if all(len(levels_told) == 1 for levels_told in told.values()):
        return set()
    elsewhere = {(f.mention.finding_type, f.level) for f in graded if f.category != "impression"}
    return {
        (f.mention_id, f.level)
        for f in graded
        if len(told.get(f.mention_id, ())) > 1 and (f.mention.finding_type, f.level) in elsewhere
    }


def _disc_of(finding: Finding) -> str | None:
    """Return the disc level of a finding, None where it has none; a foramen may be named by its vertebra (LVL-16)."""
    if finding.level_kind == "disc":
        return finding.level
    by_vertebra = finding.level_kind == "vertebra" and finding.mention.finding_type == _FORAMEN
    return levels.disc_below(finding.level) if by_vertebra and finding.region in ("thoracic", "lumbar") else None


def _rows(findings: Iterable[Finding], study: Study) -> list[str]:
    named = {finding.level for finding in findings if finding.level_kind == "disc"}
    shown = {level for region in study.regions for level in levels.discs_of(region)}
    if named & _SIX_LUMBAR:
        shown = (shown - {"L5-S1"}) | _SIX_LUMBAR
    return sorted(shown | named, key=_ORDER.__getitem__)


def _operated(surgery: Iterable[Finding]) -> frozenset[str]:
    """Return the disc levels of surgery; the rows of one mention are read together ("L3-L5 laminectomy")."""
    discs = {finding.level for finding in surgery if finding.level_kind == "disc"}
    vertebrae: dict[int, list[str]] = {}
    for finding in surgery:
        if finding.level_kind == "vertebra":
            vertebrae.setdefault(finding.mention_id, []).append(finding.level)
    for named in vertebrae.values():
        between = [level for level in map(levels.disc_below, named) if level and levels.ends_of(level)[1] in named]
        alone = [levels.disc_below(named[0])] if len(named) == 1 else []
        discs.update(level for level in between or alone if level)
    return frozenset(discs)


def _state(level: str, said: _Said, operated: bool) -> DiscLevel:
    own = said.at.get(level, {})
    canal = _graded(_CANAL, level, "", own, said)
    left_foramen, right_foramen = [_graded(_FORAMEN, level, side, own, said) for side in ("left", "right")]
    left_recess, right_recess = [_graded(_RECESS, level, side, own, said) for side in ("left", "right")]
    labelled = levels.region_of(level) == "lumbar" and level not in _SIX_LUMBAR
    classes = _RSNA if labelled else {}
    return DiscLevel(
        level=level,
        operated=operated,
        canal=canal,
        left_foramen=left_foramen,
        right_foramen=right_foramen,
        left_recess=left_recess,
        right_recess=right_recess,
        disc=_disc(level, own, said),
        listhesis_grade=_listhesis(level, own, said),
        rsna_canal=classes.get(canal),
        rsna_left_foramen=classes.get(left_foramen),
        rsna_right_foramen=classes.get(right_foramen),
        rsna_left_subarticular=classes.get(left_recess),
        rsna_right_subarticular=classes.get(right_recess),
    )


def _graded(kind: str, level: str, side: str, own: Own, said: _Said) -> str:
    """Return the state of a structure at a level and side (empty for the canal); `own` is said of the level."""
    if kind not in own and kind not in said.everywhere and not said.unjudged:
        return NOT_MENTIONED
    state = _worst(_of_side(own[kind], side)) if kind in own else NOT_MENTIONED
    if state == NOT_MENTIONED and (kind, level) in said.unjudged:
        return "not_assessable"
    if state == NOT_MENTIONED:
        state = _worst(_of_side(_denied_everywhere(kind, level, said), side))
    return "not_assessable" if state == NOT_MENTIONED and (kind, "") in said.unjudged else state


def _of_side(findings: Sequence[Finding], side: str) -> list[Finding]:
    """Return the findings that speak of a side; an impression that names none sums up sides named elsewhere."""
    if not side:
        return list(findings)
    sided = any(f.mention.side and f.category != "impression" for f in findings)
    return [
        f
        for f in findings
        if f.mention.side in (side, "bilateral")
        or (not f.mention.side and not (sided and f.category == "impression"))
    ]  # fmt: skip


def _worst(findings: Iterable[Finding]) -> str:
    """Return the state that findings of one structure together say."""
    state, worst = NOT_MENTIONED, -1.0
    for finding in findings:
        mention = finding.mention
        if mention.assertion == "present":
            weight, name = (
                10.0 + vocabulary.SEVERITY_RANK.get(mention.severity, 0),
                mention.severity or "present_ungraded",
            )
        elif mention.assertion == "possible":
            weight, name = 3.0, "possible"
        elif mention.denied_qualifier in _GRADES_DENIED:
            weight, name = 1.0, "not_severe"
        else:
            weight, name = 2.0, "absent"
        if weight > worst:
            state, worst = name, weight
    return state


def _denied_everywhere(kind: str, level: str, said: _Said) -> list[Finding]:
    """Return what denies a type of a level's whole region; nothing where it is affirmed of unnamed levels there."""
    if kind not in said.everywhere:
        return []
    here = (None, levels.region_of(level))
    speaking = [f for f in said.everywhere[kind] if not said.several or f.region in here]
    return speaking if all(finding.mention.assertion == "absent" for finding in speaking) else []


def _disc(level: str, own: Own, said: _Said) -> str:
    if not own and not said.everywhere:
        return NOT_MENTIONED
    affirmed = {
        kind: {finding.mention.assertion for finding in findings} - {"absent"}
        for kind, findings in own.items()
        if kind in _DISCS or kind == _OSTEOPHYTES
    }
    present = [name for kind, name in _DISCS.items() if "present" in affirmed.get(kind, ())]
    if present:
        return present[-1]
    denied = _is_denied("disc_bulge", level, own, said) and _is_denied("disc_herniation", level, own, said)
    return "normal" if denied and not any(affirmed.values()) else NOT_MENTIONED


def _is_denied(kind: str, level: str, own: Own, said: _Said) -> bool:
    """Tell whether a level, or else the whole region, is said to be without a finding of any grade."""
    speaking = own.get(kind) or _denied_everywhere(kind, level, said)
    return any(f.mention.assertion == "absent" and f.mention.denied_qualifier not in _GRADES_DENIED for f in speaking)


def _listhesis(level: str, own: Own, said: _Said) -> str:
    if _LISTHESIS not in own and _LISTHESIS not in said.everywhere:
        return NOT_MENTIONED
    assertions = {finding.mention.assertion for finding in own.get(_LISTHESIS, ())}
    if "present" in assertions:
        present = [f.mention for f in own[_LISTHESIS] if f.mention.assertion == "present"]
        grades = [m.grade for m in present if m.grade_scale == "meyerding" and m.grade in _MEYERDING]
        return max((grade for grade in grades if grade), default="present_ungraded")
    denied = "possible" not in assertions and _is_denied(_LISTHESIS, level, own, said)
    return "absent" if denied else NOT_MENTIONED


def _unjudged(
    text: str,
    sentences: Sequence[Sentence],
    parsed: Sequence[Parsed | None],
    limits: Iterable[Statement],
    rules: GridRules,
) -> Iterator[tuple[str, str]]:
    """Yield the types that could not be judged with their level, empty where that holds throughout."""
    folded = fold(text)
    for limit in limits:
        place = bisect_right(sentences, limit.start, key=_start) - 1
        sentence, reading = sentences[place], parsed[place]
        if reading is None:
            continue
        kinds = {_STRUCTURES[hit.row.value] for hit in rules.structures.hits(folded, limit.start, limit.end)}
        named = _levels(reading, sentence)
        where = [level for level in named if level in _ORDER]
        if named and not where:
            continue
        if where and not kinds and limit.detail in _UNJUDGED and not reading.mentions:
            kinds = set(_GRADED)
        for kind in kinds:
            yield from ((kind, level) for level in where or ("",))


def _levels(reading: Parsed, sentence: Sentence) -> tuple[str, ...]:
    own: LevelMention | None = reading.last if reading.last is not None and reading.last.role == "level" else None
    place = own or sentence.heading
    return place.levels if place is not None else ()
