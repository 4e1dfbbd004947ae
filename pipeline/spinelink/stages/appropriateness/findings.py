"""What the findings of a study are to an audit: common without pain, calling for action, or an alarm.

None of it enters the class of the request (IMG-07). Source: PREV-01, PREV-02, decision 23, RF-REPORT.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from spinelink import families, vocabulary
from spinelink.alternatives import expand
from spinelink.lexicon import Prevalence
from spinelink.phrases import fold
from spinelink.records import Finding, Mention, Report, Section
from spinelink.stages.appropriateness.classes import Settings

_AGES = (20, 30, 40, 50, 60, 70, 80)
_ODDS_TO_AGE = 50
_MODERATE = 2.0
_SEVERE = 3.0
_LONGEST_SENTENCE = 2000
_LOW_GRADES = frozenset({None, "", "1", "I"})
_STENOSES = ("central_canal_stenosis", "lateral_recess_stenosis", "foraminal_stenosis")
_LESIONS = frozenset({"metastasis", "spinal_mass"})
_LUMBAR = frozenset({None, "lumbar", "sacral"})
_ALARMS = ("mass_effect", "severe_stenosis", "suspicious_lesion")


@dataclass(frozen=True)
class FindingRules:
    """How common findings are without pain, by type and subtype; words of suspicion, of mass effect and of denial."""

    prevalence: Mapping[tuple[str, str], PrevalenceOf]
    suspicious: re.Pattern[str]
    mass_effect: re.Pattern[str]
    denial: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class PrevalenceOf:
    """Percent and people at each of the ages, people None where not known; odds with pain as written."""

    percent: tuple[float, ...]
    people: tuple[int, ...] | None
    odds: str

    def told(self, age: int | None) -> str:
        """Return in words how common the finding is at an age; nothing is told beyond the ages of the source."""
        if age is None:
            return "age unknown"
        if age < _AGES[0]:
            return f"no figure for people under {_AGES[0]}"
        if age > _AGES[-1]:  # the age itself is not told: beyond 90 it may tell who it is
            return f"no figure for people over {_AGES[-1]}"
        low = max(place for place, decade in enumerate(_AGES) if decade <= age)
        high = min(low + (age > _AGES[low]), len(_AGES) - 1)
        share = (age - _AGES[low]) / 10
        percent = self.percent[low] + share * (self.percent[high] - self.percent[low])
        odds = f"; odds with back pain {self.odds} up to {_ODDS_TO_AGE}" if self.odds and age <= _ODDS_TO_AGE else ""
        return f"{percent:.0f}% of people without pain at {age} ({self._sample(low, high)}){odds}"

    def _sample(self, low: int, high: int) -> str:
        if self.people is None:
            return "people not told"
        counts = sorted({self.people[low], self.people[high]})
        return f"{' to '.join(map(str, counts))} people"


def compile_findings(rows: Iterable[Prevalence], settings: Settings, denials: Iterable[str]) -> FindingRules:
    """Return the compiled rows; raises ValueError naming a row that cannot be used."""
    prevalence = {}
    for row in rows:
        if row.finding not in vocabulary.FINDINGS:
            raise ValueError(f"prevalence.tsv: {row.id}: {row.finding!r} is no finding of the vocabulary")
        percent, people = _numbers(row, row.percent), _numbers(row, row.people) if row.people else None
        prevalence[row.finding, row.subtype] = PrevalenceOf(percent, people, row.odds)
    return FindingRules(
        prevalence,
        _any_of(expand(settings.text("suspicious_words"))),
        _any_of(expand(settings.text("mass_effect_words"))),
        _any_of(spelling for term in denials for spelling in expand(term)),
    )


def _numbers(row: Prevalence, cell: str) -> tuple[int, ...]:
    numbers = cell.split("|")
    if len(numbers) != len(_AGES) or not all(number.isdecimal() for number in numbers):
        raise ValueError(f"prevalence.tsv: {row.id}: {cell!r} is not {len(_AGES)} numbers, for ages {_AGES}")
    return tuple(map(int, numbers))


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of whole words; of no words it matches nothing."""
    spelled = sorted({_spaced(word) for word in words if word}, key=lambda word: (-len(word), word))
    return re.compile(rf"(?:{'|'.join(map(_begun, spelled))})\b" if spelled else r"(?!)")


def _begun(pattern: str) -> str:
    """Return the pattern of a spelling that begins no word's middle; a set of first letters is looked for fastest."""
    return rf"{pattern[0]}(?<=\b{pattern[0]}){pattern[1:]}" if pattern[0].isalnum() else rf"\b{pattern}"


def _spaced(word: str) -> str:
    """Return the pattern of a spelling, with any space between its words and none needed around a stroke."""
    return re.escape(word).replace(r"\ /\ ", r"\s*/\s*").replace(r"\ ", r"\s+")


def incidental(findings: Sequence[Finding], age: int | None, rules: FindingRules) -> tuple[str, ...]:
    """Return the present low-grade findings that people without pain have too, with how common each is at this age."""
    told: dict[str, str] = {}
    for finding in findings:
        mention = finding.mention
        known = rules.prevalence.get((mention.finding_type, mention.subtype or ""))
        if known is None or mention.assertion != "present" or finding.superseded_by is not None:
            continue
        if _is_low_grade(mention) and finding.region in _LUMBAR and (placed := _placed(finding)) not in told:
            told[placed] = f"{placed}: {known.told(age)}"
    return tuple(told.values())


def _is_low_grade(mention: Mention) -> bool:
    """Tell whether a finding is below moderate or not graded, and presses on nothing."""
    rank = vocabulary.SEVERITY_RANK.get(mention.severity, 0.0)
    return rank < _MODERATE and mention.grade in _LOW_GRADES and mention.effect in (None, "", "contact")


def actionable(findings: Sequence[Finding], text: str, rules: FindingRules) -> tuple[str, ...]:
    """Return the findings that call for action, present or possible, as type@level:assertion (decision 23)."""
    pressed = {
        finding.level
        for finding in findings
        if finding.mention.finding_type == "nerve_root_involvement"
        and finding.mention.effect == "compression"
        and finding.mention.assertion != "absent"
    }
    told = (
        f"{_placed(finding)}:{finding.mention.assertion}"
        for finding in findings
        if finding.mention.assertion != "absent"
        and finding.superseded_by is None
        and _calls_for_action(finding, text, pressed, rules)
    )
    return tuple(dict.fromkeys(told))


def _calls_for_action(finding: Finding, text: str, pressed: set[str], rules: FindingRules) -> bool:
    mention = finding.mention
    kind = mention.finding_type
    if kind == "vertebral_fracture":
        return mention.acuity != "chronic" and mention.change not in ("stable", "improved")
    if kind in families.ACTIONABLE_IF_ROOT_COMPRESSED:
        return mention.effect == "compression" or (
            finding.level in pressed and finding.level not in vocabulary.NO_LEVEL
        )
    if kind in families.ACTIONABLE_IF_COMPRESSED:
        return mention.effect == "compression"
    if kind == "central_canal_stenosis":
        return _is_severe(mention)
    if kind == "bone_lesion":
        return _is_suspicious(finding, text, rules)
    return kind in families.ACTIONABLE


def alarms(
    report: Report, sections: Sequence[Section], findings: Sequence[Finding], rules: FindingRules
) -> tuple[str, ...]:
    """Return the alarms of the report with their assertions: mass effect, severe stenosis, suspicious lesion."""
    told = [*_mass_effects(report.text, sections, findings, rules)]
    for finding in findings:
        mention = finding.mention
        if finding.superseded_by is not None:
            continue
        if mention.finding_type in _STENOSES and (_is_severe(mention) or mention.denied_qualifier == "severe"):
            told.append(f"severe_stenosis:{mention.assertion}")
        if mention.finding_type in _LESIONS or (
            mention.finding_type == "bone_lesion" and _is_suspicious(finding, report.text, rules)
        ):
            told.append(f"suspicious_lesion:{mention.assertion}")
    order = [f"{alarm}:{assertion}" for alarm in _ALARMS for assertion in vocabulary.ASSERTIONS]
    return tuple(one for one in order if one in told)


def _mass_effects(
    text: str, sections: Sequence[Section], findings: Sequence[Finding], rules: FindingRules
) -> Iterator[str]:
    """Yield each "mass effect" with the assertion of the finding around it, else denied or not by its sentence."""
    folded = fold(text)
    if rules.mass_effect.search(folded) is None:
        return
    places = sorted(range(len(findings)), key=lambda place: findings[place].start)
    starts = [findings[place].start for place in places]
    for section in sections:
        if section.category not in ("findings", "impression", "addendum"):
            continue
        for hit in rules.mass_effect.finditer(folded, section.body, section.end):
            begun = max(section.body, hit.start() - _LONGEST_SENTENCE)
            near = sorted(places[bisect_left(starts, begun) : bisect_right(starts, hit.start())])
            around = [findings[place].mention.assertion for place in near if hit.end() <= findings[place].end]
            start = max(begun, *(folded.rfind(mark, begun, hit.start()) + 1 for mark in ".;\n"))
            denied = rules.denial.search(folded, start, hit.start())
            yield f"mass_effect:{around[0] if around else 'absent' if denied else 'present'}"


def _is_severe(mention: Mention) -> bool:
    return mention.severity_kind == "grade" and vocabulary.SEVERITY_RANK.get(mention.severity, 0.0) >= _SEVERE


def _is_suspicious(finding: Finding, text: str, rules: FindingRules) -> bool:
    """Tell whether the words of a lesion, or of its sentence, call it suspicious."""
    return bool(rules.suspicious.search(fold(text[finding.sentence_start : finding.sentence_end])))


def _placed(finding: Finding) -> str:
    return f"{finding.mention.finding_type}@{finding.level}"
