"""Whether the wording of a request supports it: evidence items and classes IMG-00 to IMG-20.

indication, study, report -> evidence -> rules of appropriateness.tsv under the lenient and the strict policy
findings                  -> what is common without pain, what calls for action, alarm words: beside the class
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spinelink.conditions import Fact
from spinelink.errors import LexiconError
from spinelink.lexicon import Appropriateness, Definition, Lexicon, Policy, Prevalence
from spinelink.records import Audit, Finding, Indication, Match, Report, Section, Study
from spinelink.stages.appropriateness.classes import (
    POLICIES,
    ClassRules,
    Request,
    Rule,
    Settings,
    classify,
    compile_classes,
    labels_of,
)
from spinelink.stages.appropriateness.earlier import EarlierStudies
from spinelink.stages.appropriateness.evidence import (
    FACTS,
    LUMBAR,
    Definitions,
    Evidence,
    Gathered,
    compile_definitions,
    gather,
    is_met,
)
from spinelink.stages.appropriateness.findings import FindingRules, actionable, alarms, compile_findings, incidental

__all__ = [
    "FACTS",
    "POLICIES",
    "THRESHOLDS",
    "AppropriatenessRules",
    "ClassRules",
    "Evidence",
    "Request",
    "Rule",
    "Settings",
    "audit_of",
    "classify",
    "compile_class_rules",
    "compile_rules",
    "is_met",
]

THRESHOLDS = (28, 30, 42)
"""Days from which a complaint is persistent, by source (IMG-09)."""
_SPINE_BESIDE_LUMBAR = ("cervical", "thoracic")
_IMAGED = "MR"


@dataclass(frozen=True)
class AppropriatenessRules:
    """The compiled definitions, rules and policy, and what findings are to an audit."""

    definitions: Definitions
    classes: ClassRules
    findings: FindingRules
    earlier: EarlierStudies


def compile_class_rules(lexicon: Lexicon) -> ClassRules:
    """Return the rules and policy alone, as an audit of tables needs them; LexiconError where a row cannot be used."""
    try:
        return compile_classes(lexicon.rows_of(Appropriateness), lexicon.rows_of(Policy))
    except ValueError as fault:
        raise LexiconError(str(fault)) from None


def compile_rules(lexicon: Lexicon) -> AppropriatenessRules:
    """Return the rules of a lexicon; raises LexiconError where a row cannot be used."""
    classes = compile_class_rules(lexicon)
    denials = (row.term for row in lexicon.terms("cues") if row.value == "absent" and row.form == "before")
    try:
        return AppropriatenessRules(
            definitions=compile_definitions(lexicon.rows_of(Definition)),
            classes=classes,
            findings=compile_findings(lexicon.rows_of(Prevalence), classes.settings["lenient"], denials),
            earlier=EarlierStudies(lexicon.phrases("exams")),
        )
    except ValueError as fault:
        raise LexiconError(str(fault)) from None


def audit_of(
    report: Report,
    sections: Sequence[Section],
    study: Study,
    findings: Sequence[Finding],
    indication: Indication,
    match: Match,
    rules: AppropriatenessRules,
) -> Audit:
    """Return the audit of one report; findings never justify the indication (IMG-07)."""
    scope = _scope(report, study, indication, rules.classes.settings["lenient"])
    gathered = gather(indication, study.regions, scope, report.age, rules.definitions)
    evidence = gathered.evidence
    request = Request(evidence, rules.classes)
    at = {days: request.rule("lenient", days).audit_class for days in THRESHOLDS}
    strict, lenient = request.rule("strict"), request.rule("lenient")  # labels are given under the lenient one
    labels = (*lenient.sublabels, *strict.sublabels, *_labels(report, sections, study, gathered, request, rules))
    return Audit(
        policy_id=rules.classes.policy_id,
        class_lenient=lenient.audit_class,
        class_strict=strict.audit_class,
        rule_lenient=lenient.id,
        rule_strict=strict.id,
        class_28d=at[28],
        class_30d=at[30],
        class_42d=at[42],
        scope_reason=scope,
        deciding=_deciding(gathered, (lenient, strict)),
        sublabels=tuple(dict.fromkeys((*labels, *match.labels))),
        red_flags=evidence.red_flags,
        red_flag_tiers=evidence.red_flag_tiers,
        red_flags_denied=gathered.denied,
        neuro_signs=evidence.neuro_signs,
        neuro_symptoms=evidence.neuro_symptoms,
        duration_days=evidence.duration_days,
        duration_max_days=evidence.duration_max_days,
        duration_source=gathered.duration_source,
        care=evidence.care,
        candidate=evidence.candidate,
        prior_surgery=evidence.prior_surgery,
        trajectory=evidence.trajectory,
        indication_quality=evidence.indication_quality,
        incidental_findings=incidental(findings, report.age, rules.findings),
        actionable_findings=actionable(findings, report.text, rules.findings),
        report_alarm=alarms(report, sections, findings, rules.findings),
    )


def _scope(report: Report, study: Study, indication: Indication, settings: Settings) -> str | None:
    """Return why a study is not one of adult lumbar MRI, or that its age is not known; None where it is one (IMG-00).

    A modality that is nowhere told counts as MRI.
    """
    adult = settings.number("adult_age")
    if LUMBAR not in study.regions:
        return "region"
    if study.modality not in (None, _IMAGED):
        return "modality"
    if report.age is not None and adult is not None and report.age < adult:
        return "age"
    for reason in ("follow_up", "trauma_protocol", "research"):
        if reason in indication.context:
            return reason
    return "age_unknown" if report.age is None else None


def _labels(
    report: Report,
    sections: Sequence[Section],
    study: Study,
    gathered: Gathered,
    request: Request,
    rules: AppropriatenessRules,
) -> tuple[str, ...]:
    facts: dict[str, Fact] = {
        "combined": LUMBAR in study.regions and any(region in study.regions for region in _SPINE_BESIDE_LUMBAR),
        "suspected_only": gathered.suspected_only,
        "new_on_chronic": gathered.new_on_chronic,
        "contrast": study.contrast,
        "earlier_study_days": rules.earlier.days_before(report, sections, study),
    }
    return labels_of(request, facts)


def _deciding(gathered: Gathered, decided: Sequence[Rule]) -> tuple[int, ...]:
    """Return the places of the symptoms on which the rules rest: of a list, those members that the rule asks for."""
    places: set[int] = set()
    for rule in decided:
        for item in rule.deciding:
            members = gathered.sources.get(item, {})
            asked = rule.members
            places.update(
                place
                for name, of_name in members.items()
                if not name or name in asked or not asked.intersection(members)
                for place in of_name
            )
    return tuple(sorted(places))
