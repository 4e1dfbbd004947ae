"""The examples of the lexicons, read: each row has a sentence, and must be at work in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date

from spinelink.alternatives import expand
from spinelink.analysis import Rules, analyse, compile_rules
from spinelink.conditions import UNKNOWN
from spinelink.lexicon import (
    Appropriateness,
    Code,
    Composition,
    Correlation,
    Definition,
    Exclusion,
    Heading,
    Lexicon,
    Policy,
    Prevalence,
    Row,
    Term,
    Worded,
)
from spinelink.records import Analysis, GivenCode, Indication, Report
from spinelink.stages import appropriateness, coding, links

_OPENS_SECTION = "block"
_OF_REQUESTS = (Definition, Appropriateness, Policy, Prevalence)
_RECORD = re.compile(r"\[([^\]]*)\] ")
_WORD = re.compile(r"[^\W_]+|[^\w\s-]")


def faults(words: Lexicon) -> Iterator[str]:
    """Yield each row whose example does not show it at work.

    A row that names a finding must name it in its example, read as findings; a heading must open a section of its
    category; a code must be given in its report, or be read where it is itself the example; of two codes that exclude
    each other one must be kept; a rule on findings and symptoms must decide something in its report; a rule on requests
    must decide or label its report, a setting change the audit of it, a prevalence stand in it, a name of the audit's
    evidence be that of a symptom in it; the words of any other row must stand in its example, in any spelling that the
    lexicon knows.
    """
    rules = compile_rules(words)
    canonical = {spelling: row.canonical for row in words.spellings() for spelling in expand(row.term)}
    for name, rows in words.rows.items():
        for row in rows:
            fault = _fault_of_request(row, rules, words) if isinstance(row, _OF_REQUESTS) else None
            fault = fault or _fault(name, row, rules, canonical)
            if fault:
                yield f"{name}.tsv: {row.id}: {fault}"


def _fault(name: str, row: Row, rules: Rules, canonical: dict[str, str]) -> str | None:
    """Return what the example of a row does not show, None where it shows the row at work."""
    named = row.value if isinstance(row, Term) and name == "findings" else getattr(row, "finding", "")
    if named and isinstance(row, Worded):
        found = _read(f"FINDINGS:\n{row.example}", rules).findings
        given = {finding.mention.finding_type for finding in found if finding.mention.rule_id == row.id}
        return None if given & set(named.split("|")) else f"its example names no {named} by this row"
    if isinstance(row, Heading) and _OPENS_SECTION in row.form.split():
        opened = _read(row.example, rules).sections
        known = any(
            section.heading and section.known_heading and section.category == row.category for section in opened
        )
        return None if known else f"its example opens no section {row.category}"
    if isinstance(row, Code):
        return _fault_of_code(row, rules)
    if isinstance(row, Exclusion):
        kept = coding.kept_of(row.example.split(), rules.coding)
        return None if len(kept) == 1 and kept[0].startswith(row.keep) else f"of its example not {row.keep} is kept"
    if isinstance(row, Correlation):
        decided = row.id in links.rows_at_work(analyse(_report(row.example.replace("\\n", "\n")), rules), rules.links)
        return None if decided else "it decides nothing in its example"
    if isinstance(row, Composition):
        return None  # it says that a structure and a process make no finding
    if not isinstance(row, Worded):
        return None
    parts = [part for term in expand(row.term) for part in (term, *term.split("="))]
    told = (row.example, _without(rules.indication.sentences.words.passed_over, row.example))
    stands = any(part in text or _stands(part, text, canonical) for part in parts for text in told)
    return None if stands else "its words do not stand in its example"


def _fault_of_code(row: Code, rules: Rules) -> str | None:
    """Return what is wrong with a code's example: a report in which it is given, or the code as it is accepted."""
    if row.use in ("accept", "retired"):
        report = Report("example", "", "example", 0, codes=(GivenCode(row.system, row.example),))
        read = coding.with_given_codes(Indication(), report, rules.coding).symptoms
        stated = {symptom.symptom_type for symptom in read}
        owed = set() if row.kind == "finding" else set(filter(None, row.type.split("|")))
        return None if row.example == row.code and owed <= stated else "its example is not read as it says"
    given = coding.codes_given(analyse(_report(row.example.replace("\\n", "\n")), rules), row)
    return None if given == {row.code} else f"its example gives {', '.join(sorted(given)) or 'no code'}"


def _fault_of_request(row: Row, rules: Rules, words: Lexicon) -> str | None:
    """Return what the report of a row on requests does not show, None where it shows the row at work."""
    read = analyse(_report(row.example.replace("\\n", "\n")), rules)
    if isinstance(row, Definition):
        ours = row.fact in appropriateness.FACTS
        met = not ours or appropriateness.is_met(row, read.indication.symptoms, read.study.regions)
        return None if met else f"no symptom of its example is {row.name}"
    if (audit := read.audit) is None:
        return "its example has no audit"
    if isinstance(row, Appropriateness):
        if row.audit_class:
            decided = (audit.rule_lenient, audit.rule_strict)
            return None if row.id in decided else f"its example is decided by {' and '.join(dict.fromkeys(decided))}"
        return None if row.sublabels in audit.sublabels else f"its example is not labelled {row.sublabels}"
    if isinstance(row, Prevalence):
        told = any(one.startswith(f"{row.finding}@") and "%" in one for one in audit.incidental_findings)
        return None if told else f"its example has no prevalence of {row.finding}"
    other = _with_other_setting(words, row)
    changed = replace(rules, appropriateness=appropriateness.compile_rules(other))
    same = analyse(read.report, changed).audit == audit
    return "another value of it changes nothing in its example" if same else None


def _with_other_setting(words: Lexicon, row: Row) -> Lexicon:
    """Return the lexicon with the values of a setting exchanged, or switched off where both policies have the same."""

    def other(one: Policy) -> Policy:
        if one.lenient == one.strict:
            return replace(one, lenient=UNKNOWN, strict=UNKNOWN)
        return replace(one, lenient=one.strict, strict=one.lenient)

    policy = tuple(other(one) if one.id == row.id else one for one in words.rows_of(Policy))
    return Lexicon({**words.rows, "policy": policy})


def _report(text: str) -> Report:
    """Return the report of an example; in brackets before it may stand what its record says: "[age=50] MRI ..."."""
    match = _RECORD.match(text)
    told = dict(part.split("=", 1) for part in match[1].split("; ")) if match else {}
    return Report(
        "example", text[match.end() :] if match else text, "example", 0,
        age=int(told["age"]) if "age" in told else None,
        study_date=date.fromisoformat(told["study_date"]) if "study_date" in told else None,
    )  # fmt: skip


def _read(text: str, rules: Rules) -> Analysis:
    return analyse(_report(f"MRI SPINE\n\n{text}"), rules)


def _stands(term: str, example: str, canonical: dict[str, str]) -> bool:
    """Tell whether a term stands in its example; "#" in a term is a number, and a sign alone is itself."""
    words = re.escape(_plain(term, canonical)).replace(r"\#", r"\d+")
    return bool(re.search(words, _plain(example, canonical)) if words.strip(" \\") else term in example)


def _without(words: Collection[str], example: str) -> str:
    """Return an example without the articles and sides that may stand within a term of an indication."""
    return " ".join(word for word in example.split() if word.lower() not in words)


def _plain(text: str, canonical: dict[str, str]) -> str:
    """Return a text's words and signs but hyphens in lower case, a space around each, in canonical spelling."""
    tokens = _WORD.findall(text.lower())
    return f" {' '.join(canonical.get(token, token) for token in tokens)} "
