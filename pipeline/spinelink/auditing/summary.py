"""The tables of an audit, made of its counts: what each is of stands in its note."""

from __future__ import annotations

from collections.abc import Sequence

from spinelink import vocabulary
from spinelink.auditing.cells import Key
from spinelink.auditing.counting import (
    AGE_UNKNOWN,
    AVOIDABLE,
    CLASSES,
    DEPENDENT,
    EARLY_DAYS,
    IN_SCOPE,
    INSUFFICIENT,
    MATCHES,
    NOT_JUDGED,
    REPEAT_DAYS,
    SCOPE,
    Counted,
)
from spinelink.auditing.rows import MADE, NOT_TOLD
from spinelink.auditing.tables import Share, Table
from spinelink.auditing.views import Views

RATES: dict[str, Share] = {
    "insufficient_share": Share((INSUFFICIENT,), "in_scope"),
    "avoidable_low": Share((AVOIDABLE,), "in_scope"),
    "avoidable_high": Share((AVOIDABLE, INSUFFICIENT), "in_scope"),
    "policy_dependent_share": Share((DEPENDENT,), "in_scope"),
}
"""The avoidable rate is a range (IMG-06): all that say too little may or may not have been avoidable."""
_RANGE_NOTE = (
    "avoidable_low = potentially_avoidable / in_scope; avoidable_high = (potentially_avoidable + "
    "insufficient_information) / in_scope; policy_dependent stands apart"
)
_RATE_COUNTS = ("in_scope", INSUFFICIENT, AVOIDABLE, DEPENDENT)
_OF_SCOPE = ("requests", "in_scope")
_RELATIONS = (*vocabulary.RELATIONS, NOT_JUDGED)
_FLAGGED = "indicated_red_flag"
_SCOPE_MEANING = {
    IN_SCOPE: "adult lumbar MRI",
    AGE_UNKNOWN: "lumbar MRI, age not told",
    "region": "lumbar spine not imaged",
    "modality": "no magnetic resonance",
    "age": "no adult",
    "follow_up": "follow-up of a known disease",
    "trauma_protocol": "trauma protocol",
    "research": "research",
}


def tables_of(counted: Counted, views: Views, by: Sequence[str], meanings: dict[str, str]) -> list[Table]:
    """Return the tables of an audit in the order in which they are to be read."""
    return [
        _scope(counted),
        _rates(views),
        _classes(views),
        *(_by(counted, column) for column in by),
        _concordance(),
        _reasons(counted, meanings),
        _red_flags(counted),
        _age_over_limit(views),
        _yields(views),
        _kinds(counted, "actionable", "Actionable findings of potentially avoidable requests", _AVOIDABLE_NOTE),
        _kinds(counted, "incidental", "Incidental findings", _INCIDENTAL_NOTE),
        _labels(counted),
        _early(),
        *([_repeats()] if counted.studies.days else []),
    ]


_AVOIDABLE_NOTE = "requests of that class with at least one such finding, present or possible; decision 23"
_INCIDENTAL_NOTE = (
    "requests in scope with at least one present low-grade finding that people without pain have too; how common it is "
    "at the patient's age stands in audit.incidental_findings"
)


def _scope(counted: Counted) -> Table:
    keys: list[Key] = [
        *(("scope", name) for name in (IN_SCOPE, AGE_UNKNOWN)),
        *(("out", n) for n in counted.names("out")),
    ]
    rows = [((key[1], _SCOPE_MEANING.get(key[1], "")), _with_reports(key)) for key in keys]
    rows.append((("all", ""), _with_reports(("reports",))))
    share = {"share": Share(("reports",), "all_reports")}
    return Table(
        "scope", "Scope", "of all reports of the run", ("scope", "meaning"), ("reports", "all_reports"), rows, share
    )


def _with_reports(key: Key) -> dict[str, Key]:
    return {"reports": key, "all_reports": ("reports",)}


def _rates(views: Views) -> Table:
    rows = [((view,), _cells_of_view(view)) for view in views.compared]
    return Table("rates", "Rates by policy and threshold", _RANGE_NOTE, ("policy",), _RATE_COUNTS, rows, RATES)


def _cells_of_view(view: str) -> dict[str, Key]:
    return {"in_scope": SCOPE, **{name: ("class", view, name) for name in (INSUFFICIENT, AVOIDABLE, DEPENDENT)}}


def _classes(views: Views) -> Table:
    rows: list[tuple[tuple[str, ...], dict[str, Key]]] = [
        ((name,), {"requests": ("class", views.main, name), "in_scope": SCOPE}) for name in CLASSES
    ]
    share = {"share": Share(("requests",), "in_scope")}
    return Table("classes", f"Classes ({views.main})", "of requests in scope", ("class",), _OF_SCOPE, rows, share)


def _by(counted: Counted, column: str) -> Table:
    names = counted.names("group", column)
    if column in MADE:
        names = sorted(names, key=lambda name: (name == NOT_TOLD, not name.startswith("under"), name))
    rows = [
        (
            (name,),
            {"in_scope": ("group", column, name), **{c: ("group", column, name, c) for c in CLASSES}},
        )
        for name in names
    ]
    return Table(
        f"by_{column}",
        f"By {column}",
        f"of requests in scope; {_RANGE_NOTE}",
        (column,),
        ("in_scope", *CLASSES),
        rows,
        RATES,
        True,
    )


def _concordance() -> Table:
    rows = [
        (
            (match, name),
            {relation: ("match", match, name, relation) for relation in _RELATIONS},
        )
        for match in MATCHES
        for name in CLASSES
    ]
    note = (
        "requests in scope by the best relation of a finding to a symptom: over all pairs (match_status), root "
        "symptoms (match_root), axial pain (match_axial); whether a finding could explain a symptom enters no class"
    )
    return Table("concordance", "Concordance of findings and symptoms", note, ("match", "class"), _RELATIONS, rows, {})


def _reasons(counted: Counted, meanings: dict[str, str]) -> Table:
    met = [(rule, name) for name in CLASSES for rule in counted.names("rule", name)]
    rows: list[tuple[tuple[str, ...], dict[str, Key]]] = [
        ((rule, name, meanings.get(rule, "")), {"requests": ("rule", name, rule), "in_scope": SCOPE})
        for rule, name in sorted(met, key=lambda one: (-counted.tally.counts["rule", one[1], one[0]], one[0]))
    ]
    share = {"share": Share(("requests",), "in_scope")}
    return Table(
        "reasons",
        "Deciding rules",
        "of requests in scope",
        ("rule", "class", "meaning"),
        _OF_SCOPE,
        rows,
        share,
        True,
    )


def _red_flags(counted: Counted) -> Table:
    rows = [
        ((flag,), {"requests": ("flag", flag), **{name: ("flag", flag, name) for name in CLASSES}})
        for flag in counted.names("flag")
    ]
    note = "requests in scope that state or ask for the flag, by class; a request may have several"
    return Table("red_flags", "Red flags", note, ("red_flag",), ("requests", *CLASSES), rows, {}, True)


def _age_over_limit(views: Views) -> Table:
    rows = [
        ((told,), _cells_of_view(view) | {_FLAGGED: ("class", view, _FLAGGED)})
        for told, view in (("as the policy has it", views.main), ("age is no flag", views.without_age))
    ]
    note = f"age above the policy's limit as a weak flag, and not (IMG-08); {_RANGE_NOTE}"
    return Table("age_flag", "With and without age as a flag", note, ("age",), (*_RATE_COUNTS, _FLAGGED), rows, RATES)


def _yields(views: Views) -> Table:
    rows: list[tuple[tuple[str, ...], dict[str, Key]]] = [
        ((name,), {"requests": ("class", views.main, name), "with_actionable_finding": ("yield", name, "yes")})
        for name in CLASSES
    ]
    share = {"share": Share(("with_actionable_finding",), "requests", interval=True)}
    note = "requests with an actionable finding, present or possible, of all of their class, with a 95 % interval"
    return Table("yields", "Yield by class", note, ("class",), ("requests", "with_actionable_finding"), rows, share)


def _kinds(counted: Counted, kind: str, title: str, note: str) -> Table:
    rows = [((name,), {"requests": (kind, name)}) for name in counted.names(kind)]
    return Table(f"{kind}_findings", title, note, ("finding_type",), ("requests",), rows, {}, True)


def _labels(counted: Counted) -> Table:
    rows: list[tuple[tuple[str, ...], dict[str, Key]]] = [
        ((name,), {"requests": ("label", name), "in_scope": SCOPE}) for name in counted.names("label")
    ]
    share = {"share": Share(("requests",), "in_scope")}
    return Table(
        "sublabels",
        "Sublabels",
        "of requests in scope; a request may have several",
        ("sublabel",),
        _OF_SCOPE,
        rows,
        share,
    )


def _early() -> Table:
    cells: dict[str, Key] = {
        "early_imaging_stated": ("early", "yes"),
        "duration_told": ("early", "told"),
        "duration_not_told": ("early", "not told"),
    }
    share = {"share": Share(("early_imaging_stated",), "duration_told")}
    note = (
        f"requests in scope whose stated duration is at most {EARLY_DAYS} days, of those that state one: a proxy from "
        "the wording, no measure computed from claims"
    )
    return Table(
        "early_imaging",
        "Early imaging as stated",
        note,
        ("proxy",),
        tuple(cells),
        [(("early_imaging_stated",), cells)],
        share,
    )


def _repeats() -> Table:
    cells: dict[str, Key] = {
        "studies_dated": ("repeat", "dated"),
        "again_new_symptom_told": ("repeat", "new"),
        "again_no_new_symptom_told": ("repeat", "unchanged"),
    }
    shares = {"share_again": Share(("again_new_symptom_told", "again_no_new_symptom_told"), "studies_dated")}
    note = (
        f"studies in scope with patient and date that follow another of the same patient within {REPEAT_DAYS} days, "
        "of all with patient and date (IMG-11)"
    )
    return Table("repeats", "Repeat imaging", note, ("studies",), tuple(cells), [(("in scope",), cells)], shares)
