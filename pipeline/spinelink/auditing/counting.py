"""What an audit counts of a run: each request in scope once in its class, and the sums that bind the counts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from spinelink import vocabulary
from spinelink.auditing.cells import Key, Tally
from spinelink.auditing.rows import OUT_OF_SCOPE
from spinelink.auditing.views import Views
from spinelink.stages.appropriateness import Evidence

INSUFFICIENT, AVOIDABLE, DEPENDENT = "insufficient_information", "potentially_avoidable", "policy_dependent"
CLASSES: tuple[str, ...] = (
    INSUFFICIENT,
    *(name for name in vocabulary.AUDIT_CLASSES if name not in (OUT_OF_SCOPE, INSUFFICIENT)),
)
"""Classes of requests in scope: first those that say too little to be judged (IMG-06)."""
IN_SCOPE, AGE_UNKNOWN = "in scope", "in scope, age unknown"
NOT_JUDGED = "not judged"
MATCHES = ("match_status", "match_root", "match_axial")
EARLY_DAYS = 28
REPEAT_DAYS = 365
_FRESH = frozenset({"new", "worse", "recurrent"})
REPORTS: Key = ("reports",)
SCOPE: Key = ("in scope",)


@dataclass(slots=True)
class Studies:
    """Patient and day of each study in scope, and whether the request tells a new symptom."""

    patients: list[npt.NDArray[np.uint64]] = field(default_factory=list)
    days: list[npt.NDArray[np.int64]] = field(default_factory=list)
    fresh: list[npt.NDArray[np.bool_]] = field(default_factory=list)


@dataclass(slots=True)
class Counted:
    """The counts of a run, and its studies by patient and day."""

    tally: Tally = field(default_factory=Tally)
    studies: Studies = field(default_factory=Studies)

    def names(self, *kind: str) -> list[str]:
        """Return the last words of the keys that begin so, of the most frequent first."""
        met = [(-n, key[-1]) for key, n in self.tally.counts.items() if key[:-1] == kind]
        return [name for _, name in sorted(met)]


class _Request(NamedTuple):
    """One row of the audit as it is counted."""

    evidence: Evidence
    sublabels: list[str]
    incidental_findings: list[str]
    actionable_findings: list[str]
    match_status: str | None
    match_root: str | None
    match_axial: str | None


def count_part(part: pd.DataFrame, views: Views, by: Sequence[str], counted: Counted) -> None:
    """Add the reports of one part."""
    requests = itertools.starmap(_Request, zip(*(part[name] for name in _Request._fields), strict=True))
    groups = zip(*(part[f"by_{name}"] for name in by), strict=True) if by else itertools.repeat(())
    counted.tally.add(
        key
        for request, of_request in zip(requests, groups, strict=False)
        for key in _keys(request, zip(by, of_request, strict=True), views)
    )
    _remember(part, counted.studies)


def _keys(request: _Request, groups: Iterable[tuple[str, str]], views: Views) -> Iterator[Key]:
    """Yield the keys under which a report counts."""
    yield REPORTS
    rules = views.rules_of(request.evidence)
    rule = rules[views.main]
    name, reason = rule.audit_class, request.evidence.scope_reason
    if name == OUT_OF_SCOPE:
        yield "out", reason or OUT_OF_SCOPE
        return
    yield SCOPE
    yield "scope", AGE_UNKNOWN if reason == "age_unknown" else IN_SCOPE
    for view in views.counted:
        yield "class", view, rules[view].audit_class
    for column, group in groups:
        yield "group", column, group
        yield "group", column, group, name
    for match in MATCHES:
        yield "match", match, name, getattr(request, match) or NOT_JUDGED
    yield "rule", name, rule.id
    yield from _told(request, name)


def _told(request: _Request, name: str) -> Iterator[Key]:
    """Yield the keys of what a request in scope tells and of what its study found."""
    evidence = request.evidence
    for flag in evidence.red_flags:
        yield "flag", flag
        yield "flag", flag, name
    acting = _types(request.actionable_findings)
    yield "yield", name, "yes" if acting else "no"
    lists = {
        "label": request.sublabels,
        "actionable": acting if name == AVOIDABLE else [],
        "incidental": _types(request.incidental_findings),
    }
    for kind, names in lists.items():
        yield from ((kind, one) for one in names)
    most = evidence.duration_max_days
    if most is None and evidence.duration_days is None:
        yield "early", "not told"
    else:
        yield "early", "told"
        yield "early", "yes" if most is not None and most <= EARLY_DAYS else "no"


def _types(findings: Iterable[str]) -> list[str]:
    """Return the finding types of a list of type@level."""
    return list(dict.fromkeys(one.split("@")[0] for one in findings))


def _remember(part: pd.DataFrame, studies: Studies) -> None:
    """Keep patient and day of the studies that have both and are in scope."""
    in_scope = [evidence.scope_reason in (None, "age_unknown") for evidence in part["evidence"]]
    ours = part[part["patient_id"].notna() & part["study_date"].notna() & np.array(in_scope, np.bool_)]
    if len(ours):
        ids = pd.Series(ours["patient_id"].astype(str).to_numpy(dtype=object))
        studies.patients.append(pd.util.hash_pandas_object(ids, index=False).to_numpy().astype(np.uint64))
        studies.days.append(np.array([day.toordinal() for day in ours["study_date"]], np.int64))
        studies.fresh.append(np.array([e.trajectory in _FRESH for e in ours["evidence"]], np.bool_))


def count_repeats(counted: Counted) -> None:
    """Count the studies that follow another of the same patient within a year, by whether a new symptom is told."""
    studies, counts = counted.studies, counted.tally.counts
    if not studies.days:
        return
    patients, days, fresh = (np.concatenate(values) for values in (studies.patients, studies.days, studies.fresh))
    order = np.lexsort((days, patients))
    patients, days, fresh = patients[order], days[order], fresh[order]
    gap = np.diff(days)
    again = np.append(False, (patients[1:] == patients[:-1]) & (gap > 0) & (gap <= REPEAT_DAYS))
    counts["repeat", "dated"] = len(days)
    counts["repeat", "first"] = int((~again).sum())
    counts["repeat", "new"] = int((again & fresh).sum())
    counts["repeat", "unchanged"] = int((again & ~fresh).sum())


def bind(counted: Counted, views: Views, by: Sequence[str]) -> None:
    """Say which counts are sums of others, so that a sum gives no hidden count away."""
    tally, main = counted.tally, views.main
    scopes: list[Key] = [("scope", name) for name in (IN_SCOPE, AGE_UNKNOWN)]
    outs: list[Key] = [("out", name) for name in counted.names("out")]
    tally.bind("reports", REPORTS, [*scopes, *outs])
    tally.bind("scope", SCOPE, scopes)
    tally.bind("out", REPORTS, [SCOPE, *outs])
    for view in views.counted:
        tally.bind(f"classes {view}", SCOPE, [("class", view, name) for name in CLASSES])
    for column in by:
        groups = counted.names("group", column)
        tally.bind(f"groups {column}", SCOPE, [("group", column, group) for group in groups])
        for group in groups:
            cells = [("group", column, group, name) for name in CLASSES]
            tally.bind("classes of group", ("group", column, group), cells)
        for name in CLASSES:
            cells = [("group", column, group, name) for group in groups]
            tally.bind(f"groups of class {column}", ("class", main, name), cells)
    for name in CLASSES:
        total: Key = ("class", main, name)
        tally.bind("yield", total, [("yield", name, told) for told in ("yes", "no")])
        tally.bind("rules", total, [("rule", name, rule) for rule in counted.names("rule", name)])
        for match in MATCHES:
            relations = (*vocabulary.RELATIONS, NOT_JUDGED)
            tally.bind(match, total, [("match", match, name, relation) for relation in relations])
    for flag in counted.names("flag"):
        tally.bind("flag", ("flag", flag), [("flag", flag, name) for name in CLASSES])
    tally.bind("early told", ("early", "told"), [("early", "yes"), ("early", "no")])
    tally.bind("early", SCOPE, [("early", "told"), ("early", "not told")])
    if counted.studies.days:
        tally.bind("repeats", ("repeat", "dated"), [("repeat", name) for name in ("first", "new", "unchanged")])
