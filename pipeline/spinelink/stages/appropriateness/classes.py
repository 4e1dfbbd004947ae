"""The class of a request: the first rule of `appropriateness.tsv` whose conditions hold of its evidence.

What is editorial stands in `policy.tsv`, each setting with a value under the lenient and under the strict policy; rules
may ask for a setting by its name. Source: IMG-CLASS, IMG-09.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from spinelink import schemas, vocabulary
from spinelink.conditions import UNKNOWN, Condition, Fact, parse_condition
from spinelink.lexicon import Appropriateness, Policy
from spinelink.stages.appropriateness.evidence import Evidence

POLICIES = ("lenient", "strict")
NEURO_FLAGS = frozenset({"progressive_neuro_deficit", "suspected_cord_compression"})
"""Flags that are a deficit (RF-02, RF-03) and so of the second class, not of the first."""
_OPERATION = "prior_spine_surgery"
_FRESH = frozenset({"new", "worse", "recurrent"})
_NUMBERS = ("threshold_days", "weak_flags_needed", "weak_flag_age", "adult_age", "new_after_surgery_days")
_WORDS = ("policy", "suspicious_words", "mass_effect_words")
_LABEL_FACTS = frozenset({"combined", "suspected_only", "new_on_chronic", "contrast", "earlier_study_days"})


@dataclass(frozen=True, slots=True)
class Settings:
    """The editorial settings under one policy; None where the policy switches one off."""

    values: Mapping[str, str | None]

    def number(self, name: str) -> float | None:
        """Return a setting that is a number."""
        value = self.values[name]
        return None if value is None else float(value)

    def text(self, name: str) -> str:
        """Return a setting that is words, "" where it is off."""
        return self.values[name] or ""

    @property
    def threshold_days(self) -> int:
        """From how many days on a complaint is persistent."""
        return int(self.number("threshold_days") or 0)

    def without_age(self) -> Settings:
        """Return the settings under which age alone is no weak flag (IMG-08)."""
        return replace(self, values={**self.values, "weak_flag_age": None})


@dataclass(frozen=True, slots=True)
class Rule:
    """One row, compiled; `deciding` are fields of the evidence."""

    id: str
    policies: frozenset[str]
    condition: Condition
    audit_class: str
    sublabels: tuple[str, ...]
    deciding: tuple[str, ...]
    meaning: str
    varies: bool
    """Whether its condition asks for what depends on the policy or the threshold."""

    @property
    def members(self) -> frozenset[str]:
        """The words that its condition asks for."""
        return frozenset().union(*(part.values for part in self.condition.parts if part.sign == "="))


@dataclass(frozen=True)
class ClassRules:
    """The rules in order, those that give labels alone, and the settings under each policy."""

    by_policy: Mapping[str, tuple[Rule, ...]]
    labels: tuple[Rule, ...]
    settings: Mapping[str, Settings]

    @property
    def policy_id(self) -> str:
        """The name and version of the policy."""
        return self.settings["lenient"].text("policy")

    @property
    def meanings(self) -> dict[str, str]:
        """What each rule says, by id, in order."""
        return {rule.id: rule.meaning for policy in POLICIES for rule in self.by_policy[policy]}


def compile_classes(rows: Iterable[Appropriateness], policy_rows: Iterable[Policy]) -> ClassRules:
    """Return the compiled rules; raises ValueError with every row that cannot be used."""
    faults: list[str] = []
    settings = _settings(policy_rows, faults)
    rules: list[Rule] = []
    if not faults:
        varying = frozenset(_facts_of_policy(Evidence(), settings["lenient"], 0))
        known = varying.union(_facts_of_evidence(Evidence()))
        for row in sorted(rows, key=lambda row: (_order(row), row.id)):
            faults += [f"appropriateness.tsv: {row.id}: {fault}" for fault in _faults(row, known)]
            rules.append(_rule(row, varying))
        faults += [
            f"appropriateness.tsv: no {policy} rule without conditions stands last"
            for policy in POLICIES
            if not _ends(rules, policy)
        ]
    if faults:
        raise ValueError("\n".join(faults))
    return ClassRules(
        {p: tuple(rule for rule in rules if rule.audit_class and p in rule.policies) for p in POLICIES},
        tuple(rule for rule in rules if not rule.audit_class),
        settings,
    )


def _settings(rows: Iterable[Policy], faults: list[str]) -> dict[str, Settings]:
    values: dict[str, dict[str, str | None]] = {policy: {} for policy in POLICIES}
    for row in rows:
        for policy in POLICIES:
            value = getattr(row, policy)
            values[policy][row.setting] = None if value == UNKNOWN else value
            if row.setting in _NUMBERS and value != UNKNOWN and not value.isdecimal():
                faults.append(f"policy.tsv: {row.id}: {value!r} is no number of {row.setting}")
    missing = [name for name in (*_NUMBERS, *_WORDS) if name not in values["lenient"]]
    faults += [f"policy.tsv: no row sets {name}" for name in missing]
    return {policy: Settings(of_policy) for policy, of_policy in values.items()}


def _order(row: Appropriateness) -> int:
    return int(row.order) if row.order.isdecimal() else 0


def _faults(row: Appropriateness, known: Iterable[str]) -> list[str]:
    condition = parse_condition(row.conditions)
    allowed = set(known) | (set() if row.audit_class else _LABEL_FACTS)
    faults = [f"{name} is no fact of a request" for name in sorted(condition.facts - allowed)]
    if not row.order.isdecimal():
        faults.append(f"order {row.order!r} is no number")
    if row.policy not in {*POLICIES, "both"}:
        faults.append(f"policy {row.policy!r} is none of lenient, strict, both")
    if row.audit_class and row.audit_class not in vocabulary.AUDIT_CLASSES:
        faults.append(f"{row.audit_class!r} is no class of a request")
    labels = next(column.values for column in schemas.table("audit").columns if column.name == "sublabels")
    faults += [f"{name!r} is no sublabel" for name in _listed(row.sublabels) if name not in labels]
    fields = Evidence.__dataclass_fields__
    faults += [f"{name!r} is no item of evidence" for name in _listed(row.deciding) if name not in fields]
    return faults


def _rule(row: Appropriateness, varying: frozenset[str]) -> Rule:
    condition = parse_condition(row.conditions)
    return Rule(
        id=row.id,
        policies=frozenset(POLICIES if row.policy == "both" else (row.policy,)),
        condition=condition,
        audit_class=row.audit_class,
        sublabels=_listed(row.sublabels),
        deciding=_listed(row.deciding),
        meaning=row.meaning,
        varies=not varying.isdisjoint(condition.facts),
    )


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(filter(None, cell.split("|")))


def _ends(rules: Sequence[Rule], policy: str) -> bool:
    """Tell whether the last rule of a policy holds of everything, so that every request has a class."""
    ours = [rule for rule in rules if rule.audit_class and policy in rule.policies]
    return bool(ours) and not ours[-1].condition.parts


@dataclass(slots=True)
class Request:
    """One request before the rules: what no policy changes is worked out once, however often it is classed."""

    evidence: Evidence
    rules: ClassRules
    facts: dict[str, Fact] = field(init=False)
    held: dict[str, bool] = field(default_factory=dict)
    found: dict[tuple[object, ...], Rule] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.facts = _facts_of_evidence(self.evidence)

    def rule(self, policy: str, threshold_days: int | None = None, settings: Settings | None = None) -> Rule:
        """Return the rule that gives the class under a policy, at a threshold in place of the policy's own."""
        settings = settings or self.rules.settings[policy]
        threshold = settings.threshold_days if threshold_days is None else threshold_days
        varying = _facts_of_policy(self.evidence, settings, threshold)
        self.facts.update(varying)
        told = policy, *varying.values()
        if told not in self.found:
            self.found[told] = next(rule for rule in self.rules.by_policy[policy] if self._holds(rule))
        return self.found[told]

    def _holds(self, rule: Rule) -> bool:
        if rule.varies:
            return rule.condition.holds(self.facts)
        held = self.held.get(rule.id)
        if held is None:
            held = self.held[rule.id] = rule.condition.holds(self.facts)
        return held


def classify(
    evidence: Evidence,
    rules: ClassRules,
    policy: str,
    threshold_days: int | None = None,
    settings: Settings | None = None,
) -> Rule:
    """Return the rule that gives a request its class under a policy, at a threshold in place of the policy's own."""
    return Request(evidence, rules).rule(policy, threshold_days, settings)


def labels_of(request: Request, more: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the sublabels that rules without a class give; `more` are facts beyond the evidence."""
    facts = {**request.facts, **more}
    return tuple(label for rule in request.rules.labels if rule.condition.holds(facts) for label in rule.sublabels)


def _facts_of_evidence(evidence: Evidence) -> dict[str, Fact]:
    """Return what conditions may ask for whatever the policy."""
    flags = tuple(zip(evidence.red_flags, evidence.red_flag_tiers, strict=True))
    return {
        "scope": evidence.scope_reason,
        "red_flags": evidence.red_flags,
        "strong_flags": frozenset(
            name for name, tier in flags if tier != "W" and name != _OPERATION and name not in NEURO_FLAGS
        ),
        "neuro_flags": NEURO_FLAGS.intersection(evidence.red_flags),
        "weak_flags": _weak_flags(evidence),
        "neuro_signs": evidence.neuro_signs,
        "neuro_symptoms": evidence.neuro_symptoms,
        "nerve": frozenset(evidence.neuro_signs).union(evidence.neuro_symptoms),
        "duration_told": evidence.duration_days is not None or evidence.duration_max_days is not None,
        "care": evidence.care,
        "candidate": evidence.candidate,
        "prior_surgery": evidence.prior_surgery,
        "trajectory": evidence.trajectory,
        "quality": evidence.indication_quality,
        "age": evidence.age,
    }


def _facts_of_policy(evidence: Evidence, settings: Settings, threshold: int) -> dict[str, Fact]:
    """Return what a policy and a threshold make of the evidence, and the settings by name."""
    least, most = evidence.duration_days, evidence.duration_max_days
    return {
        **settings.values,
        "enough_weak_flags": _enough(_weak_flags(evidence), evidence.age, settings),
        "over_threshold": least is not None and least >= threshold,
        "under_threshold": most is not None and most < threshold,
        "new_after_surgery": evidence.trajectory in _FRESH
        or (most is not None and most < (settings.number("new_after_surgery_days") or 0)),
    }


def _weak_flags(evidence: Evidence) -> frozenset[str]:
    flags = zip(evidence.red_flags, evidence.red_flag_tiers, strict=True)
    return frozenset(name for name, tier in flags if tier == "W" and name != _OPERATION)


def _enough(weak: frozenset[str], age: int | None, settings: Settings) -> bool:
    """Tell whether there are as many different weak flags as the policy asks for; an age over its limit is one."""
    needed, limit = settings.number("weak_flags_needed"), settings.number("weak_flag_age")
    by_age = age is not None and limit is not None and age > limit
    return needed is not None and len(weak) + by_age >= needed
