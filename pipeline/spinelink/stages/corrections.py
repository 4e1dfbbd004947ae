"""Which findings of a report an addendum corrects.

The corrected finding stays where it is, with the place of the addendum's finding that holds instead. An addendum
corrects a finding of the findings or impression where it

- denies it: the same type, or the general name of its family, at its level and side; a denial without a level does so
  only in words of correction, and a graded denial ("no acute fracture") only for a finding of that grade;
- affirms what was denied: at its level, or of the whole study;
- restates it at the same level with the other side or another severity; where both sides may have the finding (a
  paired structure, or "bilateral"), only in words of correction, for else it adds the other side;
- restates it at another level in words of correction ("should read L5-S1"), where the body has it at one level alone.

What an addendum adds supersedes nothing. Words of correction are the rows `amendment` of `lexicons/statements.tsv`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from spinelink import vocabulary
from spinelink.families import denies, family_of
from spinelink.lexicon import Lexicon
from spinelink.phrases import PhraseBook, fold
from spinelink.records import Finding, Section, Study

_ORGANS = "extraspinal_finding"  # one type for every organ: no two of them need be the same
_OPPOSITE = {"left": "right", "right": "left"}
_DENIED_RANK = {"severe": 2.5, "moderate": 2.0}

Placed = tuple[int, Finding]


@dataclass(frozen=True)
class CorrectionRules:
    """The words by which an addendum says that it corrects."""

    amendment: PhraseBook


def compile_rules(lexicon: Lexicon) -> CorrectionRules:
    """Return the words of correction."""
    return CorrectionRules(PhraseBook(row for row in lexicon.phrases("statements") if row.field == "amendment"))


def corrected(
    text: str, sections: Sequence[Section], findings: Sequence[Finding], study: Study, rules: CorrectionRules
) -> tuple[Finding, ...]:
    """Return the findings in their order, those that an addendum corrects with `superseded_by`."""
    placed = list(enumerate(findings))
    added = [one for one in placed if one[1].category == "addendum"]
    if not added:
        return tuple(findings)
    body = [one for one in placed if one[1].category != "addendum" and one[1].mention.finding_type != _ORGANS]
    amended = _amending(text, sections, rules)
    several = len(study.regions) > 1
    holds: dict[int, int] = {}
    seen: set[tuple[object, ...]] = set()
    # What an addendum affirms holds instead of what it denies.
    for place, finding in sorted(added, key=lambda one: one[1].mention.assertion == "absent"):
        told = _as_told(finding), finding.region if several else None, finding.section_id in amended
        if told in seen:
            continue  # what it corrects has been corrected
        seen.add(told)
        here = [one for one in body if not several or finding.region in (None, one[1].region)]
        for old in _corrected_by(finding, here, added, amends=finding.section_id in amended):
            holds.setdefault(old, place)
    return tuple(replace(one, superseded_by=holds[place]) if place in holds else one for place, one in placed)


def _as_told(finding: Finding) -> tuple[object, ...]:
    """Return what a correction asks of a finding of an addendum."""
    mention = finding.mention
    asked = mention.finding_type, mention.assertion, mention.side, mention.severity, mention.severity_kind
    return *asked, mention.acuity, mention.denied_qualifier, finding.level, finding.level_kind


def _amending(text: str, sections: Iterable[Section], rules: CorrectionRules) -> frozenset[int]:
    """Return the addenda with words of correction."""
    folded = fold(text)
    return frozenset(
        section.section_id
        for section in sections
        if section.category == "addendum"
        and next(rules.amendment.hits(folded, section.start, section.end), None) is not None
    )


def _corrected_by(added: Finding, body: Sequence[Placed], addenda: Sequence[Placed], *, amends: bool) -> Iterator[int]:
    """Yield the places of what one finding of an addendum corrects."""
    family = family_of(added.mention.finding_type)
    told = [one for one in body if family_of(one[1].mention.finding_type) == family]
    affirmed = [one for one in told if one[1].mention.assertion != "absent"]
    if added.mention.assertion == "absent":
        sure = amends and not _affirms(addenda, family)
        yield from (place for place, old in affirmed if _is_denied(old, added, everywhere=sure))
        return
    yield from (place for place, old in told if old.mention.assertion == "absent" and _is_denied(added, old))
    if added.level in vocabulary.NO_LEVEL:
        return
    here = [one for one in affirmed if one[1].level == added.level]
    for section in {old.section_id for _, old in here}:
        part = [one for one in here if one[1].section_id == section]
        same_side = [one for one in part if one[1].mention.side == added.mention.side]
        yield from (place for place, old in same_side or part if _is_restated(old, added, amends=amends))
    if amends and not here and len({old.level for _, old in affirmed}) == 1 and _can_move(affirmed[0][1], added):
        yield from (place for place, _ in affirmed)


def _affirms(addenda: Iterable[Placed], family: str) -> bool:
    return any(
        family_of(one.mention.finding_type) == family and one.mention.assertion != "absent" for _, one in addenda
    )


def _is_denied(affirmed: Finding, denial: Finding, *, everywhere: bool = True) -> bool:
    """Tell whether a denial is one of an affirmed finding; `everywhere`: one without a level denies it at any level."""
    mention, denied = affirmed.mention, denial.mention
    if not denies(denied.finding_type, mention.finding_type) or mention.assertion == "possible":
        return False
    if denied.denied_qualifier == "acute" and mention.acuity != "acute":
        return False
    least = _DENIED_RANK.get(denied.denied_qualifier or "", 0)
    if least and vocabulary.SEVERITY_RANK.get(mention.severity, 0) < least:
        return False
    here = denial.level == affirmed.level or (everywhere and denial.level in vocabulary.NO_LEVEL)
    return here and denied.side in ("", "bilateral", mention.side)


def _is_restated(old: Finding, new: Finding, *, amends: bool) -> bool:
    """Tell whether a finding of the same level contradicts an older one by its side or severity."""
    before, after = old.mention, new.mention
    if after.side and before.side and after.side != before.side:
        other = _OPPOSITE.get(before.side) == after.side and before.finding_type not in vocabulary.PAIRED
        return amends or other
    graded = before.finding_type == after.finding_type and before.severity_kind == after.severity_kind
    return bool(graded and before.severity and after.severity and before.severity != after.severity)


def _can_move(old: Finding, new: Finding) -> bool:
    """Tell whether a finding may be an older one at another level of its kind: none of unknown level."""
    same_side = not (old.mention.side and new.mention.side) or old.mention.side == new.mention.side
    return old.level not in vocabulary.NO_LEVEL and old.level_kind == new.level_kind and same_side
