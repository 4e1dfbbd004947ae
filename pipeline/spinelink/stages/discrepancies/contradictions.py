"""What findings and impression say differently of one family: side, level, grade, and whether it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from spinelink import families, levels, vocabulary
from spinelink.families import family_of, related_to
from spinelink.records import Discrepancy, Mention
from spinelink.stages.discrepancies.told import Part, Places, Told, between, everywhere, rank

_ONE_SIDE = ({"left"}, {"right"})
_STEP = 1.0

Phrase = tuple[int, str, str]
"""A mention with its grade and its side."""


def contradictions(family: str, here: dict[str, Places], there: dict[str, Places], told: Told) -> Iterator[Discrepancy]:
    """Yield how impression (`there`) and findings (`here`) differ on one family of findings."""
    sided: set[str] = set()
    for level in there:
        # What the impression tells of no level may lie at any level of the findings.
        ours = everywhere(here) if level == "" else here.get(level)
        one = _side(ours, there[level], told) if ours and level != "multilevel" and _has_sides(family) else None
        if one is not None:
            sided.add(level)
            yield one
    if vocabulary.FINDINGS[family] == "R":
        return
    moved = _level(family, here, there, told)
    if moved is not None:
        yield moved
        return
    compared = [level for level in there if level in here and level not in vocabulary.NO_LEVEL and level not in sided]
    yield from _severity(here, {level: there[level] for level in compared}, told)
    denied = [one for level in compared for one in _assertion(here[level], there[level], told)]
    if family in families.WHOLE_STUDY and not denied:
        denied += _whole_study(here, there, told)
    yield from denied


def _has_sides(family: str) -> bool:
    return family == "scoliosis" or vocabulary.FINDINGS[family] != "R"


def _side(here: Places, there: Places, told: Told) -> Discrepancy | None:
    ours, theirs = told.affirmed(here), told.affirmed(there)
    sides = [{told.mention(place).side for place in places} for places in (ours, theirs)]
    if not all(one in _ONE_SIDE for one in sides) or sides[0] == sides[1]:
        return None
    roots = [{told.mention(place).root for place in places} - {None} for places in (ours, theirs)]
    regions = {told.findings[place].region for place in (*ours, *theirs)}
    if (roots[0] and roots[1] and roots[0] != roots[1]) or len(regions) > 1:
        return None
    return between("side", ours, theirs, told)


def _level(family: str, here: dict[str, Places], there: dict[str, Places], told: Told) -> Discrepancy | None:
    ours = {level: places for level in here if (places := told.affirmed(here[level]))}
    theirs = {level: places for level in there if (places := told.affirmed(there[level]))}
    if family in families.LOOSE or len(ours) != 1 or len(theirs) != 1:
        return None
    (body, places), (impression, others) = *ours.items(), *theirs.items()
    if body == impression or not vocabulary.NO_LEVEL.isdisjoint((body, impression)) or not _is_near(body, impression):
        return None
    kinds = related_to(family)
    if _affirms(told.body, kinds, impression, told) or _affirms(told.impression, kinds, body, told):
        return None
    values: tuple[Callable[[Mention], str | None], ...] = (lambda m: m.severity, lambda m: m.zone)
    same_side = {told.mention(p).side for p in places} == {told.mention(p).side for p in others}
    if not same_side or not all(_agree(value, places, others, told) for value in values):
        return None
    return between("level", places, others, told)


def _is_near(one: str, other: str) -> bool:
    """Tell whether two levels are of one kind and of one region or neighbours."""
    if ("-" in one) != ("-" in other):
        return False
    return levels.region_of(one) == levels.region_of(other) or other in (levels.shift(one, 1), levels.shift(one, -1))


def _affirms(part: Part, kinds: Iterable[str], level: str, told: Told) -> bool:
    """Tell whether a part affirms one of these types at a level."""
    return any(
        told.mention(place).finding_type == kind
        for kind in kinds
        for place in told.affirmed(part.families.get(family_of(kind), {}).get(level, ()))
    )


def _agree(value: Callable[[Mention], str | None], places: Places, others: Places, told: Told) -> bool:
    """Tell whether a value is the same in both parts, or not stated in one."""
    ours, theirs = ({value(told.mention(p)) for p in part} - {"", None} for part in (places, others))
    return not ours or not theirs or ours == theirs


def _assertion(here: Places, there: Places, told: Told) -> Iterator[Discrepancy]:
    for denying, affirming in ((here, there), (there, here)):
        if told.affirmed(denying) or len(told.affirmed(affirming)) != len(affirming):
            continue
        denied, affirmed = _contradicting(denying, affirming, told)
        if denied:
            body, impression = (denied, affirmed) if denying is here else (affirmed, denied)
            yield between("assertion", body, impression, told)
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


def _contradicting(
    denials: Iterable[int], affirmed: Iterable[int], told: Told, *, by_region: bool = False
) -> tuple[Places, Places]:
    """Return the denials that contradict one of these affirmed findings, and the findings that they contradict.

    Findings that say the same are looked at once; `by_region` holds a denial of one region against that region alone.
    """
    alike: list[dict[tuple[object, ...], Places]] = [{}, {}]
    for groups, places in zip(alike, (denials, affirmed), strict=True):
        for place in places:
            groups.setdefault(_as_told(place, told), []).append(place)
    pairs = [
        (d, a)
        for d in alike[0].values()
        for a in alike[1].values()
        if _contradict(told.mention(d[0]), told.mention(a[0]))
        and (not by_region or told.findings[d[0]].region in (None, told.findings[a[0]].region))
    ]
    return tuple([place for pair in pairs for place in pair[n]] for n in (0, 1))  # type: ignore[return-value]


def _as_told(place: int, told: Told) -> tuple[object, ...]:
    """Return what is asked of a finding and a denial of it."""
    one = told.mention(place)
    asked = one.finding_type, one.assertion, one.side, one.severity, one.denied_qualifier, one.change
    return *asked, told.findings[place].region


def _whole_study(here: dict[str, Places], there: dict[str, Places], told: Told) -> Iterator[Discrepancy]:
    """Yield where one part denies of the whole study what the other affirms somewhere."""
    for denying, affirming in ((here, there), (there, here)):
        if any(told.affirmed(places) for places in denying.values()):
            continue
        denials = [place for level in vocabulary.NO_LEVEL for place in denying.get(level, ())]
        affirmed = [place for places in affirming.values() for place in told.affirmed(places)]
        fresh = [place for place in affirmed if told.mention(place).acuity != "chronic"]
        denied, held = _contradicting(denials, fresh, told, by_region=told.several)
        if denied:
            body, impression = (denied, held) if denying is here else (held, denied)
            yield between("assertion", body, impression, told)
            return


def _severity(here: dict[str, Places], there: dict[str, Places], told: Told) -> Iterator[Discrepancy]:
    """Yield the grades of the impression that lie outside those of the findings at their levels, one a level."""
    done: set[str] = set()
    phrases: dict[Phrase, Places] = {}
    for one in everywhere(there):
        phrases.setdefault(_phrase(one, told), []).append(one)
    grades = _Grades(here, told)
    for level, places in there.items():
        for place in places:
            mention = told.mention(place)
            if mention.assertion != "present" or not mention.severity or level in done:
                continue
            if not grades.against(place, (level,)):
                continue
            alike = phrases[_phrase(place, told)]
            ours = grades.against(place, tuple(told.findings[one].level for one in alike))
            if ours and not ours[1] - _STEP < rank(mention) < ours[2] + _STEP:
                done.update(told.findings[one].level for one in alike)
                yield between("severity", ours[0], alike, told)


class _Grades:
    """The graded findings of the body; what is asked of them again is told again."""

    def __init__(self, here: dict[str, Places], told: Told) -> None:
        self._here = here
        self._told = told
        self._known: dict[tuple[object, ...], tuple[Places, float, float] | None] = {}

    def against(self, place: int, at: tuple[str, ...]) -> tuple[Places, float, float] | None:
        """Return those that a grade of the impression for some levels may be held against, their least and greatest
        rank; None where there are none.
        """
        mention = self._told.mention(place)
        asked = mention.finding_type, mention.severity_kind, mention.side, at
        if asked not in self._known:
            places = _comparable(place, at, self._here, self._told)
            ranks = [rank(self._told.mention(one)) for one in places]
            self._known[asked] = (places, min(ranks), max(ranks)) if ranks else None
        return self._known[asked]


def _phrase(place: int, told: Told) -> Phrase:
    """Return what a finding shares with those of other levels that the same phrase gives the same grade."""
    return told.findings[place].mention_id, told.mention(place).severity, told.mention(place).side


def _comparable(place: int, at: Iterable[str], here: dict[str, Places], told: Told) -> Places:
    """Return the graded findings of the body that a grade of the impression for some levels may be held against.

    None where the body grades one of the levels, or the side, in no way. Those of the side where both name one side;
    else all sides, of which the impression may give the worst.
    """
    mention = told.mention(place)
    comparable: Places = []
    for level in at:
        graded = [
            one
            for one in here.get(level, ())
            if (theirs := told.mention(one)).severity
            and theirs.assertion == "present"
            and (theirs.finding_type, theirs.severity_kind) == (mention.finding_type, mention.severity_kind)
        ]
        if mention.side not in {told.mention(one).side for one in graded}:
            return []
        one_sided = mention.side in ("left", "right")
        comparable += [
            one for one in graded if not one_sided or told.mention(one).side in (mention.side, "bilateral", "")
        ]
    return comparable
