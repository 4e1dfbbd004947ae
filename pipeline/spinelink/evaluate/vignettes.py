"""Vignettes: short reports with the links and classes that a careful reader insists on, beside a run's tables.

A vignette of links names pairs of a finding (type, level, side) and a symptom (type, side) with their relation: every
link of the pair must have it, and where nothing can be judged there may be none. A pair without a finding or without a
symptom is judged by what the study comes to. A vignette of the audit names classes, red flags, duration and care.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spinelink.errors import EvaluationError
from spinelink.evaluate.facts import sides_of
from spinelink.evaluate.scores import Share
from spinelink.evaluate.tables import rows_of_reports

_KEYS = ("expect_links", "expect")
_TOLERANCE = 0.1
_LISTS = ("unexplained_symptoms", "unmatched_findings")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expectation of a vignette, whether it is met, and what the run says instead."""

    report_id: str
    figure: str
    right: bool
    expected: str
    told: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a run says of one report."""

    findings: Sequence[Row]
    symptoms: Sequence[Row]
    links: Sequence[Row]
    audit: Row


def are_vignettes(path: Path) -> bool:
    """Tell whether a file's first line is a vignette."""
    try:
        with path.open(encoding="utf-8") as lines:
            first = json.loads(next((line for line in lines if line.strip()), "null"))
    except (OSError, ValueError):
        return False
    return isinstance(first, dict) and any(key in first for key in _KEYS)


def outcomes(vignettes: Path, run: Path) -> tuple[Outcome, ...]:
    """Return every expectation of the vignettes, met or not, in their order; raises EvaluationError for a bad line."""
    given = list(_read(vignettes))
    ids = [one["report_id"] for one in given]
    tables = {
        name: rows_of_reports(run, name, ("report_id",), ids) for name in ("findings", "symptoms", "links", "audit")
    }
    found: list[Outcome] = []
    for one in given:
        mine = {name: [row for row in rows if row["report_id"] == one["report_id"]] for name, rows in tables.items()}
        told = Told(mine["findings"], mine["symptoms"], mine["links"], (mine["audit"] or [{}])[0])
        expectations = _linked if "expect_links" in one else _classed
        found += [Outcome(one["report_id"], *judged) for judged in expectations(one, told)]
    return tuple(found)


def shares(found: Sequence[Outcome]) -> dict[str, Share]:
    """Return how many expectations are met, by figure and all together."""
    by_figure: dict[str, list[bool]] = defaultdict(list)
    for outcome in found:
        by_figure[outcome.figure].append(outcome.right)
    by_figure["all"] = [outcome.right for outcome in found]
    return {figure: Share(sum(right), len(right)) for figure, right in by_figure.items() if right}


def _read(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            one = json.loads(line)
        except ValueError:
            raise EvaluationError(f"{path}:{number}: is no JSON") from None
        if not isinstance(one, dict) or "report_id" not in one or not any(key in one for key in _KEYS):
            raise EvaluationError(f"{path}:{number}: is no vignette: it has no report_id, or neither of {_KEYS}")
        yield one


Judged = tuple[str, bool, str, str]
"""Figure, whether it is met, what was expected, what is told."""


def _linked(one: Mapping[str, Any], told: Told) -> Iterator[Judged]:
    for pair in one["expect_links"]:
        yield _pair(pair, told)
    study = one.get("expect_report", {})
    status = told.audit.get("match_status")
    if "match_status" in study:
        yield "match_status", status == study["match_status"], study["match_status"], str(status)
    if study.get("urgent"):
        yield "urgent", bool(told.audit.get("urgent")), "urgent", str(told.audit.get("urgent"))
    for name in _LISTS:
        have = told.audit.get(name) or []
        for wanted in study.get(name, ()):
            yield name, wanted in have, wanted, ", ".join(have)


def _pair(pair: Mapping[str, str], told: Told) -> Judged:
    relation, level = pair["relation"], pair["level"]
    place = f"{pair['finding_type']}@{level} {pair['finding_side']}"
    expected = f"{relation}: {place} x {pair['symptom_type']} {pair['symptom_side']}"
    if not pair["finding_type"] or not pair["symptom_type"]:
        met = (
            told.audit.get("match_status") == relation
            or pair["symptom_type"] in (told.audit.get("unexplained_symptoms") or ())
            or f"{pair['finding_type']}@{level}" in (told.audit.get("unmatched_findings") or ())
        )
        return "relation", met, expected, str(told.audit.get("match_status"))
    findings = _ids(told.findings, "finding", pair, lambda row: (row.get("level") or "") == level)
    symptoms = _ids(told.symptoms, "symptom", pair, lambda row: True)
    given = {
        link["relation"] for link in told.links if link["finding_id"] in findings and link["symptom_id"] in symptoms
    }
    met = given == {relation} or (relation == "cannot_judge" and not given)
    return "relation", met, expected, ", ".join(sorted(given)) or "no link"


def _ids(rows: Sequence[Row], kind: str, pair: Mapping[str, str], holds: Callable[[Row], bool]) -> set[int]:
    """Return the ids of the rows of the pair's finding or symptom, on a side that the pair has too."""
    sides = set(sides_of(pair[f"{kind}_side"]))
    return {
        row[f"{kind}_id"]
        for row in rows
        if row[f"{kind}_type"] == pair[f"{kind}_type"] and sides & set(sides_of(row.get("side"))) and holds(row)
    }


def _classed(one: Mapping[str, Any], told: Told) -> Iterator[Judged]:
    wanted = one["expect"]
    for name in ("class_lenient", "class_strict", "care"):
        yield name, told.audit.get(name) == wanted[name], wanted[name], str(told.audit.get(name))
    have = set(told.audit.get("red_flags") or ())
    yield "red_flags", have == set(wanted["red_flags"]), ", ".join(wanted["red_flags"]), ", ".join(sorted(have))
    days = told.audit.get("duration_days")
    yield "duration_days", _near(days, wanted), str(wanted["duration_days"]), str(days)


def _near(days: int | None, wanted: Mapping[str, Any]) -> bool:
    """Tell whether a duration lies in the range that is expected, with a tenth to spare; none may be told for none."""
    least, most = wanted.get("duration_range", [wanted["duration_days"]] * 2)
    if days is None:
        return wanted["duration_days"] is None
    if least is None:
        return False
    return bool(least * (1 - _TOLERANCE) <= days and (most is None or days <= most * (1 + _TOLERANCE)))
