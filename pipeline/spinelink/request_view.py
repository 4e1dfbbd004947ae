"""The request side of one report for a reader: symptoms, what could explain them, and the class of the request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from spinelink.case import Case, Row
from spinelink.explanation import Rule
from spinelink.readable import ASSERTION_STYLES, line, term_of

RELATION_STYLES: dict[str, str] = {
    "concordant": "bold green",
    "possible": "yellow",
    "discordant": "bold magenta",
    "cannot_judge": "dim",
}
_SYMPTOM_COLUMNS = ("", "symptom", "place", "assertion", "time", "code", "could be explained", "evidence")
_LINK_COLUMNS = ("relation", "finding", "symptom", "rule", "reason")
_RULE_COLUMNS = ("", "symptom", "words", "rule", "term")


def request_parts(case: Case) -> Iterator[RenderableType]:
    """Yield the tables of symptoms and of links and the lines of the audit, each where the report has any."""
    if case.symptoms:
        yield Text()
        yield _symptoms(case.symptoms)
    if case.links:
        yield Text()
        yield _links(case)
    yield from map(_audit, case.audit)


def symptom_rules(case: Case, known: Mapping[str, Rule]) -> Iterator[RenderableType]:
    """Yield a table of the rules that named each symptom and its assertion, then the links with theirs."""
    if case.symptoms:
        table = _table(_RULE_COLUMNS)
        for row in case.symptoms:
            words = line(row["evidence"]) or ("a code" if row["origin"] == "codes" else "")
            cells = [mark_of(row), _named(row), words]
            for rule_id in filter(None, (row["rule_id"], row["assertion_rule_id"])):
                rule = known.get(rule_id, Rule(rule_id, "", ""))
                table.add_row(*map(Text, (*cells, rule_id, line(term_of(rule, [row["evidence"] or ""])))))
                cells = [""] * len(cells)
        yield Text()
        yield table
    if case.links:
        yield Text()
        yield _links(case)


def mark_of(symptom: Row) -> str:
    """Return the name of a symptom's row beside those of findings: s0, s1."""
    return f"s{symptom['symptom_id']}"


def _table(columns: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def _named(row: Row) -> str:
    return line(row["symptom_type"]) + (f" ({line(row['subtype'])})" if row["subtype"] else "")


def _symptoms(symptoms: Sequence[Row]) -> Table:
    table = _table(_SYMPTOM_COLUMNS)
    for row in symptoms:
        place = [row["side"], row["region"], *row["territory"], *row["roots"]]
        table.add_row(
            Text(mark_of(row), "dim"),
            Text(_named(row)),
            Text(line(" ".join(filter(None, place)))),
            Text(row["assertion"], ASSERTION_STYLES[row["assertion"]]),
            Text(_time(row)),
            Text(line(row["code"])),
            Text(row["best_relation"] or "", RELATION_STYLES.get(row["best_relation"] or "", "")),
            Text(line(row["evidence"]) or row["origin"]),
        )
    return table


def _time(row: Row) -> str:
    """Return how long and which way, in words: "21 days, worse"."""
    days, most = row["duration_days"], row["duration_max_days"]
    told = "" if days is None else f"{days} days" if most in (None, days) else f"{days} to {most} days"
    if days is None and most is not None:
        told = f"at most {most} days"
    return ", ".join(filter(None, (told, row["trajectory"], row["tier"] and f"tier {row['tier']}")))


def _links(case: Case) -> Table:
    symptoms = {row["symptom_id"]: row for row in case.symptoms}
    findings = {row["finding_id"]: row for row in case.findings}
    table = _table(_LINK_COLUMNS)
    for row in case.links:
        finding, symptom = findings[row["finding_id"]], symptoms[row["symptom_id"]]
        place = " ".join(filter(None, (finding["level"], finding["side"])))
        notes = f" [{', '.join(row['note'])}]" if row["note"] else ""
        table.add_row(
            Text(row["relation"], RELATION_STYLES[row["relation"]]),
            Text(f"{row['finding_id']} {finding['finding_type']} {place}"),
            Text(f"{mark_of(symptom)} {symptom['symptom_type']} {symptom['side']}".rstrip()),
            Text(row["rule_id"]),
            Text(line(row["reason"]) + notes + (" URGENT" if row["urgent"] else "")),
        )
    return table


def _audit(row: Row) -> Text:
    """Return the line of the request's class: lenient, strict where it differs, and the rules."""
    strict = "" if row["class_strict"] == row["class_lenient"] else f", strict {row['class_strict']}"
    told = f"{row['class_lenient']}{strict} ({row['rule_lenient']})"
    lists = [
        f"{name.replace('_', ' ')}: {', '.join(map(line, row[name]))}"
        for name in ("red_flags", "sublabels", "unexplained_symptoms", "unmatched_findings", "actionable_findings")
        if row[name]
    ]
    parts = [told, f"care {row['care']}", f"match {row['match_status']}", *lists]
    return Text.assemble("\n", ("request: ", "bold"), "; ".join(parts))
