"""Where a report disagrees with itself: findings against impression, and an addendum against both.

A false alarm costs more than a miss: less detail in an impression is normal, and so is the worst of several grades. One
error gives one discrepancy, the first of these that applies to it:

- `side`: the findings have it at a level on one side, the impression on the other alone.
- `level`: the impression has it at one level, the findings only at one other of the same kind nearby, with equal side
  and with grade and zone that agree; neither part affirms anything like it at the other's level.
- `assertion`: one part affirms and the other denies it, at one level and side; or one affirms anywhere what the other
  denies of the whole study (fracture, mass, infection, cord signal). "No significant" and minimal findings do not
  count.
- `severity`: the impression's grade lies a full step or more outside all grades that the findings give at that level.
  A grade that covers several levels in one phrase is a summary and is not compared.
- `impression_only`: an actionable finding of the impression of which the findings say nothing, under any name.
- `missing_from_impression`: an actionable finding, or severe stenosis, of which the impression says nothing under any
  name; not where the impression refers to what stands above, nor where it has something else actionable, or a nerve
  that suffers, at the same level.
- `addendum_correction`: what an addendum corrects.

What counts as the same thing and what is actionable stands in `families.py`. Findings that an addendum corrects are
compared with nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from spinelink import families, levels, vocabulary
from spinelink.families import FAMILY_OF, family_of, related_to
from spinelink.lexicon import Lexicon
from spinelink.phrases import PhraseBook, fold
from spinelink.records import Discrepancy, Finding, Mention, Section, Study

_NO_LEVEL = frozenset({"", "multilevel"})
_ONE_SIDE = ({"left"}, {"right"})
_STEP = 1.0
_SEVERE = 3.0
_NEARLY_SEVERE = 2.5
_WATCHED = frozenset(
    map(family_of, families.ACTIONABLE | families.ACTIONABLE_IF_COMPRESSED | families.ACTIONABLE_IF_SEVERE)
)

Places = list[int]


@dataclass(frozen=True)
class DiscrepancyRules:
    """The words by which an impression refers to what stands above it."""

    reference: PhraseBook


@dataclass(slots=True)
class _Part:
    """One part of a report: the places of its findings, and those by family and level."""

    places: Places = field(default_factory=list)
    families: dict[str, dict[str, Places]] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Told:
    """A report as the rules read it."""

    findings: Sequence[Finding]
    body: _Part
    impression: _Part
    several: bool
    """The study has several regions: what is said of no level holds for one of them."""

    def mention(self, place: int) -> Mention:
        return self.findings[place].mention

    def affirmed(self, places: Iterable[int]) -> Places:
        """Return those that are present or possible."""
        return [place for place in places if self.mention(place).assertion != "absent"]


def compile_rules(lexicon: Lexicon) -> DiscrepancyRules:
    """Return the words of reference."""
    return DiscrepancyRules(PhraseBook(row for row in lexicon.phrases("statements") if row.field == "reference"))


def discrepancies_of(
    text: str, sections: Sequence[Section], findings: Sequence[Finding], study: Study, rules: DiscrepancyRules
) -> tuple[Discrepancy, ...]:
    """Return the disagreements of a report with itself, by kind and place; `findings` know what corrects them."""
    corrections = list(_corrections(findings))
    told = _told(findings, several=len(study.regions) > 1)
    if not told.body.places or not told.impression.places:
        return tuple(corrections)
    found: list[Discrepancy] = []
    for family, there in told.impression.families.items():
        here = told.body.families.get(family)
        if here is not None:
            found += _of_family(family, here, there, told)
    found += _impression_only(told)
    missing = list(_missing(told))
    if missing and not _refers(text, sections, rules):
        found += missing
    return (*found, *corrections)


def _told(findings: Sequence[Finding], *, several: bool) -> _Told:
    body, impression = _Part(), _Part()
    for place, finding in enumerate(findings):
        if finding.category == "addendum":
            continue
        part = body if finding.category == "findings" else impression
        kind = finding.mention.finding_type
        part.types.add(kind)
        part.places.append(place)
        if finding.superseded_by is not None or kind == "extraspinal_finding":
            continue
        level = "" if kind == "scoliosis" else finding.level
        family = FAMILY_OF.get(kind, kind)
        by_level = part.families.get(family)
        if by_level is None:
            part.families[family] = {level: [place]}
        elif level in by_level:
            by_level[level].append(place)
        else:
            by_level[level] = [place]
    return _Told(findings, body, impression, several)


def _of_family(family: str, here: dict[str, Places], there: dict[str, Places], told: _Told) -> Iterator[Discrepancy]:
    """Yield how impression (`there`) and findings (`here`) differ on one family of findings."""
    placed = vocabulary.FINDINGS[family] != "R"
    sided: set[str] = set()
    for level in there:
        if level in here and (family == "scoliosis" or level not in _NO_LEVEL) and (placed or family == "scoliosis"):
            one = _side(here[level], there[level], told)
            if one is not None:
                sided.add(level)
                yield one
    if not placed:
        return
    moved = _level(family, here, there, told)
    if moved is not None:
        yield moved
        return
    compared = [level for level in there if level in here and level not in _NO_LEVEL and level not in sided]
    for level in compared:
        yield from _severity(here[level], there[level], told)
    denied = [one for level in compared for one in _assertion(here[level], there[level], told)]
    if family in families.WHOLE_STUDY and not denied:
        denied += _whole_study(here, there, told)
    yield from denied


def _side(here: Places, there: Places, told: _Told) -> Discrepancy | None:
    ours, theirs = told.affirmed(here), told.affirmed(there)
    sides = [{told.mention(place).side for place in places} for places in (ours, theirs)]
    if not all(one in _ONE_SIDE for one in sides) or sides[0] == sides[1]:
        return None
    roots = [{told.mention(place).root for place in places} - {None} for places in (ours, theirs)]
    regions = {told.findings[place].region for place in (*ours, *theirs)}
    if (roots[0] and roots[1] and roots[0] != roots[1]) or len(regions) > 1:
        return None
    return _between("side", ours, theirs, told)


def _level(family: str, here: dict[str, Places], there: dict[str, Places], told: _Told) -> Discrepancy | None:
    ours = {level: places for level in here if (places := told.affirmed(here[level]))}
    theirs = {level: places for level in there if (places := told.affirmed(there[level]))}
    if family in families.LOOSE or len(ours) != 1 or len(theirs) != 1:
        return None
    (body, places), (impression, others) = *ours.items(), *theirs.items()
    if body == impression or not _NO_LEVEL.isdisjoint((body, impression)) or not _is_near(body, impression):
        return None
    kinds = related_to(family)
    if _affirms(told.body, kinds, impression, told) or _affirms(told.impression, kinds, body, told):
        return None
    values: tuple[Callable[[Mention], str | None], ...] = (lambda m: m.severity, lambda m: m.zone)
    same_side = {told.mention(p).side for p in places} == {told.mention(p).side for p in others}
    if not same_side or not all(_agree(value, places, others, told) for value in values):
        return None
    return _between("level", places, others, told)


def _is_near(one: str, other: str) -> bool:
    """Tell whether two levels are of one kind and of one region or neighbours."""
    if ("-" in one) != ("-" in other):
        return False
    return levels.region_of(one) == levels.region_of(other) or other in (levels.shift(one, 1), levels.shift(one, -1))


def _affirms(part: _Part, kinds: Iterable[str], level: str, told: _Told) -> bool:
    """Tell whether a part affirms one of these types at a level."""
    return any(
        told.mention(place).finding_type == kind
        for kind in kinds
        for place in told.affirmed(part.families.get(family_of(kind), {}).get(level, ()))
    )


def _agree(value: Callable[[Mention], str | None], places: Places, others: Places, told: _Told) -> bool:
    """Tell whether a value is the same in both parts, or not stated in one."""
    ours, theirs = ({value(told.mention(p)) for p in part} - {"", None} for part in (places, others))
    return not ours or not theirs or ours == theirs


def _assertion(here: Places, there: Places, told: _Told) -> Iterator[Discrepancy]:
    for denying, affirming in ((here, there), (there, here)):
        if told.affirmed(denying) or len(told.affirmed(affirming)) != len(affirming):
            continue
        pairs = [(d, a) for d in denying for a in affirming if _contradict(told.mention(d), told.mention(a))]
        if pairs:
            denied, affirmed = ([pair[n] for pair in pairs] for n in (0, 1))
            body, impression = (denied, affirmed) if denying is here else (affirmed, denied)
            yield _between("assertion", body, impression, told)
            return


def _contradict(denial: Mention, affirmed: Mention) -> bool:
    """Tell whether a plain denial and an affirmation of more than a minimal finding cannot both hold at one level."""
    return (
        families.denies(denial.finding_type, affirmed.finding_type)
        and denial.denied_qualifier is None
        and denial.change != "resolved"
        and affirmed.assertion == "present"
        and affirmed.severity != "minimal"
        and denial.side in ("", "bilateral", affirmed.side)
    )


def _whole_study(here: dict[str, Places], there: dict[str, Places], told: _Told) -> Iterator[Discrepancy]:
    """Yield where one part denies of the whole study what the other affirms somewhere."""
    for denying, affirming in ((here, there), (there, here)):
        if any(told.affirmed(places) for places in denying.values()):
            continue
        denials = [place for level in _NO_LEVEL for place in denying.get(level, ())]
        affirmed = [place for places in affirming.values() for place in told.affirmed(places)]
        pairs = [
            (d, a)
            for d in denials
            for a in affirmed
            if _contradict(told.mention(d), told.mention(a))
            and told.mention(a).acuity != "chronic"
            and (not told.several or told.findings[d].region in (None, told.findings[a].region))
        ]
        if pairs:
            denied, held = ([pair[n] for pair in pairs] for n in (0, 1))
            body, impression = (denied, held) if denying is here else (held, denied)
            yield _between("assertion", body, impression, told)
            return


def _severity(here: Places, there: Places, told: _Told) -> Iterator[Discrepancy]:
    graded: dict[tuple[str, str | None], Places] = {}
    for place in here:
        mention = told.mention(place)
        if mention.assertion == "present" and mention.severity:
            graded.setdefault((mention.finding_type, mention.severity_kind), []).append(place)
    for place in there:
        mention = told.mention(place)
        ours = graded.get((mention.finding_type, mention.severity_kind))
        if ours is None or mention.assertion != "present" or not mention.severity:
            continue
        ours = _comparable(place, ours, told)
        ranks = [_rank(told.mention(one)) for one in ours]
        if ranks and not min(ranks) - _STEP < _rank(mention) < max(ranks) + _STEP:
            yield _between("severity", ours, [place], told)
            return


def _comparable(place: int, ours: Places, told: _Told) -> Places:
    """Return the graded findings of the body that a grade of the impression may be held against.

    None where the impression grades several levels at once or a side that the body does not grade; those of the side
    where both name one side; else all sides, of which the impression may give the worst.
    """
    finding = told.findings[place]
    side = finding.mention.side
    if _is_summary(finding, told):
        return []
    if side not in {told.mention(one).side for one in ours}:
        return []
    if side in ("left", "right"):
        return [one for one in ours if told.mention(one).side in (side, "bilateral", "")]
    return ours


def _is_summary(finding: Finding, told: _Told) -> bool:
    """Tell whether a finding is one of several levels that one phrase grades."""
    levels_graded = {one.level for one in told.findings if one.mention_id == finding.mention_id}
    return len(levels_graded) > 1


def _impression_only(told: _Told) -> Iterator[Discrepancy]:
    for places in _actionable(told.impression, told, _NEARLY_SEVERE).values():
        if not _speaks_of(places, told.body, told):
            yield Discrepancy(
                "impression_only", tuple(places), f"{_named(places, told)}: in the impression, nowhere in the findings"
            )


def _missing(told: _Told) -> Iterator[Discrepancy]:
    for places in _actionable(told.body, told, _SEVERE).values():
        if not _speaks_of(places, told.impression, told):
            covered = _levels_of_weight(told)
            left_out = [place for place in places if told.findings[place].level not in covered]
            if left_out:
                yield Discrepancy(
                    "missing_from_impression",
                    tuple(left_out),
                    f"{_named(left_out, told)}: in the findings, nowhere in the impression",
                )


def _speaks_of(places: Places, part: _Part, told: _Told) -> bool:
    """Tell whether a part says anything of the other part's findings: affirms them under any name, or denies them.

    A denial at other levels, or of something merely related, says nothing of them.
    """
    kinds = {kind for place in places for kind in related_to(told.mention(place).finding_type)}
    if part.types.isdisjoint(kinds):
        return False
    where = {told.findings[place].level for place in places} | _NO_LEVEL
    own = {family_of(told.mention(place).finding_type) for place in places}
    return any(
        mention.assertion != "absent"
        or (told.findings[place].level in where and family_of(mention.finding_type) in own)
        for place in part.places
        if (mention := told.mention(place)).finding_type in kinds
    )


def _levels_of_weight(told: _Told) -> frozenset[str]:
    """Return the levels at which the impression has an actionable finding, or the harm that one does to a nerve."""
    actionable = {p for places in _actionable(told.impression, told, _NEARLY_SEVERE).values() for p in places}
    neural = {
        place
        for place in told.affirmed(told.impression.places)
        if vocabulary.GROUP_OF[told.mention(place).finding_type] == "neural"
    }
    return frozenset(told.findings[place].level for place in actionable | neural) - _NO_LEVEL


def _actionable(part: _Part, told: _Told, least: float) -> dict[str, Places]:
    """Return the actionable findings of a part by family; `least` is the rank from which a stenosis is severe."""
    found: dict[str, Places] = {}
    for family in sorted(_WATCHED & part.families.keys()):
        by_level = part.families[family]
        places = [place for held in by_level.values() for place in held if _is_actionable(told.mention(place), least)]
        if places:
            found[family] = sorted(places)
    return found


def _is_actionable(mention: Mention, least: float) -> bool:
    if mention.assertion != "present":
        return False
    kind = mention.finding_type
    if kind == "vertebral_fracture":
        return mention.acuity != "chronic" and mention.change not in ("stable", "improved")
    if kind in families.ACTIONABLE_IF_SEVERE:
        return mention.severity_kind == "grade" and _rank(mention) >= least
    if kind in families.ACTIONABLE_IF_COMPRESSED:
        return mention.effect == "compression"
    return kind in families.ACTIONABLE


def _refers(text: str, sections: Iterable[Section], rules: DiscrepancyRules) -> bool:
    """Tell whether an impression refers to what stands above it ("as described above")."""
    folded = fold(text)
    return any(
        section.category == "impression"
        and next(rules.reference.hits(folded, section.body, section.end), None) is not None
        for section in sections
    )


def _corrections(findings: Sequence[Finding]) -> Iterator[Discrepancy]:
    by_addendum: dict[int, Places] = {}
    for place, finding in enumerate(findings):
        if finding.superseded_by is not None:
            by_addendum.setdefault(finding.superseded_by, []).append(place)
    for place, old in sorted(by_addendum.items()):
        before = "; ".join(dict.fromkeys(_words(findings[one]) for one in old))
        detail = f"{before} in the report, {_words(findings[place])} in the addendum"
        yield Discrepancy("addendum_correction", tuple(sorted((*old, place))), detail)


def _between(kind: str, body: Iterable[int], impression: Iterable[int], told: _Told) -> Discrepancy:
    ours, theirs = sorted(set(body)), sorted(set(impression))
    detail = f"{_named(ours, told)} in the findings, {_named(theirs, told)} in the impression"
    return Discrepancy(kind, tuple(sorted((*ours, *theirs))), detail)


def _named(places: Iterable[int], told: _Told) -> str:
    return "; ".join(dict.fromkeys(_words(told.findings[place]) for place in places))


def _words(finding: Finding) -> str:
    """Return a finding in the closed names of the tables: "moderate left foraminal stenosis at L4-L5"."""
    mention = finding.mention
    assertion = {"absent": "no", "possible": "possible"}.get(mention.assertion, "")
    level = "at several levels" if finding.level == "multilevel" else f"at {finding.level}" if finding.level else ""
    parts = (assertion, mention.severity, mention.side, mention.finding_type, level)
    return " ".join(part.replace("_", " ") for part in parts if part)


def _rank(mention: Mention) -> float:
    return vocabulary.SEVERITY_RANK.get(mention.severity, 0.0)
