"""The values that pass between stages: frozen, plain, and free of behaviour.

Offsets are code points. In records of a sentence they count from the sentence's start; in records of a report from the
start of its text. Empty strings stand for "not stated" where the tables say so; None where the tables have null.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class GivenCode:
    """A diagnosis code that came with a report beside its text; `day` is when it was given, None where not said."""

    system: str
    code: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One report as read: its text untouched and what its record says of it.

    `reason` is why the study was asked for, where the record says so beside the text.
    """

    report_id: str
    text: str
    source: str
    record: int
    study_id: str | None = None
    patient_id: str | None = None
    accession: str | None = None
    study_date: date | None = None
    order_date: date | None = None
    exam: str | None = None
    age: int | None = None
    sex: str | None = None
    status: str | None = None
    setting: str | None = None
    site: str | None = None
    requester: str | None = None
    reader: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    codes: tuple[GivenCode, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """One record, or one whole container where `record` is None, that could not become a report."""

    source: str
    record: int | None
    report_id: str | None
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a report: `start` is where its heading begins, `body` where the text after the heading does.

    `elsewhere` marks what a report of several studies says of a part of the body that is not the spine.
    """

    section_id: int
    category: str
    heading: str
    known_heading: bool
    start: int
    body: int
    end: int
    region: str | None = None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class LevelMention:
    """A place in the spine as written.

    `levels` holds canonical names in order. `kind` is disc, vertebra or multilevel. `form` is single, list, range, pair
    (an adjacent pair "L4-L5", which a bone noun reads as two vertebrae), on ("L4 on L5"), relative ("at this level",
    with `shift` 0, -1 above, 1 below) or descriptive. `vertebrae` is the reading for a bone noun: every vertebra of the
    pair, list or range. `role` is level, root (a named nerve root; `levels` holds its name), or a place that is no
    finding's level: conus, numbering, position (of a line or an angle), comparison ("than at L3-4"), extent (where a
    fragment migrated to). `flags` are ambiguous, reversed, typo, transitional, open_range (`shift` is its direction)
    and beside ("behind the body of L5": a level only for want of another). A pair that cannot be ("C7-L1") has no
    levels and the flag typo.
    Source: rules LVL-01 to LVL-27.
    """

    start: int
    end: int
    levels: tuple[str, ...]
    kind: str
    form: str
    rule_id: str
    role: str = "level"
    vertebrae: tuple[str, ...] = ()
    shift: int = 0
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """The unit of language: a stretch of a report with what its layout says of it.

    `frame` is the label in force ("Canal", a column head, "" where none). `heading` is the level heading in force, with
    offsets into the report, None where none. `paragraph` counts blocks of the section that blank lines, list items or
    level headings set apart; a heading level and a carried level do not outlive their paragraph.
    """

    start: int
    end: int
    section_id: int
    category: str
    paragraph: int
    frame: str = ""
    heading: LevelMention | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """One word or phrase behind a value: `value` is the value's name, `rule_id` the row that knows the word.

    Offsets count from the sentence's start and are negative where an earlier sentence said it; they count in `label`
    where that is set, the label in force that said it.
    """

    value: str
    start: int
    end: int
    rule_id: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """A measured value in a sentence; `mention` is the index of the mention it measures, None for anatomy."""

    kind: str
    value: float
    unit: str
    start: int
    end: int
    prior_value: float | None = None
    mention: int | None = None
    level: LevelMention | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """One finding as one sentence states it, for one side and grade; variants of one phrase share `group`.

    `level` is the place named for it in the sentence, None where the sentence names none. `elliptic` marks a mention
    whose type comes from the last finding before the sentence ("Moderate at C3-4."); `needs_level` one that stands only
    where a level is in force ("L2-3: normal."). `words` are those of its values, all but the level's; only a parse for
    an explanation gathers them.
    """

    group: int
    finding_type: str
    assertion: str
    start: int
    end: int
    rule_id: str
    level: LevelMention | None = None
    side: str = ""
    side_dominant: str | None = None
    severity: str = ""
    severity_kind: str | None = None
    severity_text: str | None = None
    denied_qualifier: str | None = None
    subtype: str | None = None
    zone: str | None = None
    root: str | None = None
    effect: str | None = None
    change: str | None = None
    acuity: str | None = None
    etiology: str | None = None
    migration: str | None = None
    recurrent: bool | None = None
    grade_scale: str | None = None
    grade: str | None = None
    organ: str | None = None
    elliptic: bool = False
    needs_level: bool = False
    side_rule_id: str | None = None
    severity_rule_id: str | None = None
    assertion_rule_id: str | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one sentence says by itself: a pure function of its text and its frame.

    `lead` is the level that opens the sentence ("At L4-5 there is ...") and holds for what follows in its paragraph;
    `last` the last level that it names.
    """

    mentions: tuple[Mention, ...] = ()
    measures: tuple[Measure, ...] = ()
    lead: LevelMention | None = None
    last: LevelMention | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the findings table before its ids: a mention at one level and side, placed in its report.

    `level_spans` are the words that name the level, wherever the report has them; none where a column's head or another
    label does.
    `superseded_by` is the place, among the report's findings, of the finding of an addendum that corrects this one.
    """

    mention: Mention
    mention_id: int
    level: str
    level_kind: str
    level_source: str
    level_rule_id: str | None
    region: str | None
    section_id: int
    category: str
    start: int
    end: int
    sentence_start: int
    sentence_end: int
    level_spans: tuple[tuple[int, int], ...] = ()
    superseded_by: int | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """One row of the measurements table; `finding_id` is None where it measures anatomy."""

    kind: str
    value: float
    unit: str
    level: str
    start: int
    end: int
    prior_value: float | None = None
    finding_id: int | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that states no finding but a recommendation, a communication, a limit or a numbering."""

    kind: str
    detail: str | None
    category: str
    start: int
    end: int
    rule_id: str


@dataclass(frozen=True, slots=True)
class Study:
    """What exam name, title, technique and statements say of the study as a whole."""

    exam: str | None
    modality: str | None
    regions: tuple[str, ...]
    contrast: str | None
    is_spine: bool
    numbering: str | None
    quality_limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiscLevel:
    """One row of the levels table: what a report says of one disc level, in the closed names of the table."""

    level: str
    operated: bool
    canal: str
    left_foramen: str
    right_foramen: str
    left_recess: str
    right_recess: str
    disc: str
    listhesis_grade: str
    rsna_canal: str | None = None
    rsna_left_foramen: str | None = None
    rsna_right_foramen: str | None = None
    rsna_left_subarticular: str | None = None
    rsna_right_subarticular: str | None = None


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A disagreement of a report with itself; `findings` are the places of those that disagree, in order."""

    kind: str
    findings: tuple[int, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class Symptom:
    """One row of the symptoms table: a symptom, red flag or piece of care that indication or codes state.

    `kind` is symptom, red_flag or care. `territory` holds the body words that name roots, `roots` those that the text
    names or the territory implies. `tier` is of red flags: E, S or W. `duration_days` has surely elapsed,
    `duration_max_days` is the upper bound. `sign` marks what an examination found ("EHL 4/5", "absent ankle jerk") and
    not what the patient says. Offsets are None where a code states it (`origin` codes).
    """

    kind: str
    symptom_type: str
    assertion: str
    rule_id: str
    start: int | None = None
    end: int | None = None
    subtype: str | None = None
    region: str | None = None
    side: str = ""
    side_dominant: str | None = None
    territory: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    tier: str | None = None
    sign: bool = False
    duration_days: int | None = None
    duration_max_days: int | None = None
    duration_source: str | None = None
    trajectory: str | None = None
    origin: str = "indication"
    code: str | None = None
    code_status: str | None = None
    hpo_id: str | None = None
    assertion_rule_id: str | None = None


@dataclass(frozen=True, slots=True)
class Indication:
    """What was asked and why: symptoms, red flags and care, and what the request says of itself.

    `quality` is empty, code_only, short or free_text. `context` holds what else it says, by name: no_red_flags ("no red
    flags", none of them by name), follow_up (of a known tumour, infection, demyelination or scoliosis),
    trauma_protocol, research, acute_on_chronic, unchanged (the condition since earlier imaging). Every name has in
    `context_rules` the row that found it.
    """

    symptoms: tuple[Symptom, ...] = ()
    quality: str = "empty"
    context: tuple[str, ...] = ()
    context_rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """One row of the links table: a finding and a symptom, by their places, and whether anatomy allows the link."""

    finding: int
    symptom: int
    relation: str
    side_match: str
    rule_id: str
    reason: str
    roots: tuple[str, ...] = ()
    note: tuple[str, ...] = ()
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """What the links come to for the study as a whole.

    `status`, `root` and `axial` are the best relation over all pairs, those of root symptoms, those of axial pain.
    `unexplained_symptoms` are symptom types, `unmatched_findings` are type@level. `labels` are sublabels of the audit
    that the links give (consider_higher_level, red_flag_not_confirmed). `best` is for each symptom its best relation,
    None where it was never judged.
    """

    status: str = "cannot_judge"
    root: str | None = None
    axial: str | None = None
    unexplained_symptoms: tuple[str, ...] = ()
    unmatched_findings: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    urgent: bool = False
    urgent_review: bool = False
    best: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Audit:
    """One row of the audit table, whose columns it names, without what stands in Match.

    `deciding` are places of symptoms.
    """

    policy_id: str
    class_lenient: str
    class_strict: str
    rule_lenient: str
    rule_strict: str
    class_28d: str
    class_30d: str
    class_42d: str
    scope_reason: str | None = None
    deciding: tuple[int, ...] = ()
    sublabels: tuple[str, ...] = ()
    red_flags: tuple[str, ...] = ()
    red_flag_tiers: tuple[str, ...] = ()
    red_flags_denied: tuple[str, ...] = ()
    neuro_signs: tuple[str, ...] = ()
    neuro_symptoms: tuple[str, ...] = ()
    duration_days: int | None = None
    duration_max_days: int | None = None
    duration_source: str | None = None
    care: str = "unknown"
    candidate: bool | None = None
    prior_surgery: bool = False
    trajectory: str | None = None
    indication_quality: str = "empty"
    incidental_findings: tuple[str, ...] = ()
    actionable_findings: tuple[str, ...] = ()
    report_alarm: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that the stages made of one report.

    `finding_id` of a measurement, `superseded_by` of a finding, `findings` of a discrepancy and `finding` of a link are
    places in `findings`; the tables number findings anew, in order. `finding_codes` has one place for each finding.
    """

    report: Report
    sections: tuple[Section, ...]
    findings: tuple[Finding, ...]
    measurements: tuple[Measurement, ...]
    statements: tuple[Statement, ...]
    study: Study
    levels: tuple[DiscLevel, ...] = ()
    discrepancies: tuple[Discrepancy, ...] = ()
    indication: Indication = Indication()
    links: tuple[Link, ...] = ()
    match: Match = Match()
    audit: Audit | None = None
    finding_codes: tuple[str | None, ...] = ()
