"""Which finding could explain which symptom: rules COR-01 to COR-37, and what they come to for the study.

Rules are rows of `correlations.tsv`, in the order of decision 15; names that they use are rows of `definitions.tsv`,
the roots of each level rows of `roots.tsv`. This package computes the facts that they ask about:

    findings -> told (facts of the report, from all places) -> bonds (which roots and cord a lesion harms)
             -> knowledge (names, roots and open rules of findings and symptoms, remembered)
             -> judging (first rule that holds of a pair)   -> matching (the study)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from spinelink.errors import LexiconError
from spinelink.lexicon import Lexicon
from spinelink.records import Analysis, Discrepancy, Finding, Indication, Link, Match, Report, Study
from spinelink.stages.links import facts as known
from spinelink.stages.links.case import Case, LinkRules
from spinelink.stages.links.judging import bench_of
from spinelink.stages.links.knowledge import Knowledge
from spinelink.stages.links.matching import match_of
from spinelink.stages.links.roots import compile_roots
from spinelink.stages.links.rules import Rule, definitions_of, rules_of

__all__ = ["LinkRules", "compile_rules", "links_of", "names_of", "rows_at_work"]


def compile_rules(lexicon: Lexicon) -> LinkRules:
    """Return the rules of a lexicon; raises LexiconError where a row cannot be used."""
    definitions = definitions_of(lexicon, known.DEFINED, (known.OF_FINDINGS, known.OF_SYMPTOMS))
    by_scope = rules_of(lexicon, frozenset(known.FINDING), frozenset(known.SYMPTOM), known.SCOPES)
    faults = list(_faults(by_scope))
    if faults:
        raise LexiconError("\n".join(faults))
    bench = bench_of(by_scope, definitions.members)
    return LinkRules(
        by_scope=by_scope,
        knowledge=Knowledge(definitions, compile_roots(lexicon), bench),
        pressing=known.types_of(definitions, "may_press"),
        structures=known.types_of(definitions, "root_structure"),
        root_lesions=known.types_of(definitions, "root_lesion") | known.types_of(definitions, "canal"),
    )


def _faults(by_scope: Mapping[str, tuple[Rule, ...]]) -> Iterator[str]:
    """Yield the rules that ask what their scope cannot tell."""
    for scope, rules in by_scope.items():
        for rule in rules:
            asked = rule.of_finding.facts | rule.of_symptom.facts | rule.of_pair.facts
            for fact in sorted(asked - known.SCOPES[scope]):
                yield f"correlations.tsv: {rule.row_id}: {fact!r} is no fact of scope {scope}"


def links_of(
    report: Report,
    findings: Sequence[Finding],
    discrepancies: Sequence[Discrepancy],
    indication: Indication,
    study: Study,
    rules: LinkRules,
) -> tuple[tuple[Link, ...], Match]:
    """Return a link for each pair that was judged, and what they come to for the study.

    No link is owed, and none is given, for findings that are not present and for symptoms that are not stated
    (COR-01 and COR-02, decision 7), for care, and for what an addendum corrects.
    """
    judged = Case(findings, discrepancies, indication.symptoms, study, rules).judged()
    return tuple(judged.links), match_of(judged, indication.symptoms)


def rows_at_work(analysis: Analysis, rules: LinkRules) -> frozenset[str]:
    """Return the ids of the rows of `correlations.tsv` that decide something in a report."""
    case = Case(analysis.findings, analysis.discrepancies, analysis.indication.symptoms, analysis.study, rules)
    case.judged()
    return frozenset(case.at_work)


def names_of(analysis: Analysis, rules: LinkRules, fact: str) -> tuple[tuple[str, ...], ...]:
    """Return the members of a defined fact for each finding or symptom of a report that has it."""
    case = Case(analysis.findings, analysis.discrepancies, analysis.indication.symptoms, analysis.study, rules)
    return case.names_of(fact)
