"""Where a report disagrees with itself: findings against impression, and an addendum against both.

A false alarm costs more than a miss: less detail in an impression is normal, and so is the worst of several grades. One
error gives one discrepancy, the first of these that applies to it:

- `side`: the findings have it at a level on one side, the impression on the other alone; what the impression tells of
  no level is held against all levels.
- `level`: the impression has it at one level, the findings only at one other of the same kind nearby, with equal side
  and with grade and zone that agree; neither part affirms anything like it at the other's level.
- `assertion`: one part affirms and the other denies it, at one level and side; or one affirms anywhere what the other
  denies of the whole study (fracture, mass, infection, cord signal). "No significant" and minimal findings do not
  count.
- `severity`: the impression's grade lies a full step or more outside all grades that the findings give at its level, or
  at its levels where one phrase covers several.
- `impression_only`: an actionable finding of the impression of which the findings say nothing, under any name.
- `missing_from_impression`: an actionable finding, or severe stenosis, of which the impression says nothing under any
  name; not where the impression refers to what stands above, nor where it has something else actionable, or a nerve
  that suffers, at the same level.
- `addendum_correction`: what an addendum corrects.

What counts as the same thing and what is actionable stands in `families.py`. Findings that an addendum corrects are
compared with nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from spinelink.lexicon import Lexicon
from spinelink.phrases import PhraseBook, fold
from spinelink.records import Discrepancy, Finding, Section, Study
from spinelink.stages.discrepancies.contradictions import contradictions
from spinelink.stages.discrepancies.omissions import impression_only, missing
from spinelink.stages.discrepancies.told import Places, told_of, words

__all__ = ["DiscrepancyRules", "compile_rules", "discrepancies_of"]


@dataclass(frozen=True)
class DiscrepancyRules:
    """The words by which an impression refers to what stands above it."""

    reference: PhraseBook


def compile_rules(lexicon: Lexicon) -> DiscrepancyRules:
    """Return the words of reference."""
    return DiscrepancyRules(PhraseBook(row for row in lexicon.phrases("statements") if row.field == "reference"))


def discrepancies_of(
    text: str, sections: Sequence[Section], findings: Sequence[Finding], study: Study, rules: DiscrepancyRules
) -> tuple[Discrepancy, ...]:
    """Return the disagreements of a report with itself, corrections last; `findings` know what corrects them."""
    corrections = list(_corrections(findings))
    told = told_of(findings, several=len(study.regions) > 1)
    if not told.body.places or not told.impression.places:
        return tuple(corrections)
    found: list[Discrepancy] = []
    for family, there in told.impression.families.items():
        here = told.body.families.get(family)
        if here is not None:
            found += contradictions(family, here, there, told)
    found += impression_only(told)
    left_out = list(missing(told))
    if left_out and not _refers(text, sections, rules):
        found += left_out
    return (*found, *corrections)


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
        before = "; ".join(dict.fromkeys(words(findings[one]) for one in old))
        detail = f"{before} in the report, {words(findings[place])} in the addendum"
        yield Discrepancy("addendum_correction", tuple(sorted((*old, place))), detail)
