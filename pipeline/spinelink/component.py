"""The spaCy component `spinelink`, and medSpaCy's rule objects made of our lexicon.

    nlp = spacy.blank("en")
    nlp.add_pipe("spinelink", config={"exam": "MRI lumbar spine"})
    doc = nlp(text)
    for span in doc.spans["spinelink"]:
        finding = span._.spinelink
        print(span.label_, finding.level, finding.mention.side, finding.mention.assertion)

The component runs the analysis that fills the tables: the spans are the rows of `findings`, in their order. It sets

    doc.spans["spinelink"]            one span a finding, labelled with its type: the tokens that its evidence touches
    doc.spans["spinelink_sections"]   one span a section, heading included, labelled with its category
    doc._.spinelink                   the Analysis: findings, sections, measurements, statements, study
    doc._.spinelink_exam              the exam's name, to be set before the component runs; the option `exam` where not
    span._.spinelink                  the Finding of a span of the first group, None of any other span
    span._.spinelink_section          the Section of a span of the second

The rules give medSpaCy our words, never our reading of them: ConText knows no list, no structure and process, no level.
`tests/test_component.py` shows the sentences in which the two part.
"""

# spaCy reads the annotations of a factory as objects, so they are not postponed here; and it imports this module for
# every pipeline of anybody who has the package installed, so what is heavy is imported when it is used.

import dataclasses
import sys
import types
import typing
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import srsly  # type: ignore[import-untyped]
from spacy.language import Language
from spacy.tokens import Doc, Span

from spinelink.alternatives import expand
from spinelink.lexicon import Composition, Lexicon, Term, load, shipped
from spinelink.records import Analysis, Finding, Report, Section

if TYPE_CHECKING:
    from medspacy.context import ConTextRule
    from medspacy.section_detection import SectionRule
    from medspacy.target_matcher import TargetRule

    from spinelink.analysis import Rules

FINDINGS = "spinelink"
"""The group of spans with one span a finding."""
SECTIONS = "spinelink_sections"
"""The group of spans with one span a section."""

_DIRECTIONS = {"before": "FORWARD", "after": "BACKWARD", "pronoun": "BACKWARD", "both": "BIDIRECTIONAL"}
_CATEGORIES = {"absent": "NEGATED_EXISTENCE", "possible": "POSSIBLE_EXISTENCE", "present": "NEGATED_EXISTENCE"}
_HEADINGS = frozenset({"block", "title", "spoken"})


# --- the component ----------------------------------------------------------------------------------------------------


@Language.factory(
    "spinelink",
    default_config={"exam": None, "lexicons": None},
    assigns=["doc.spans", "doc._.spinelink", "span._.spinelink", "span._.spinelink_section"],
)
def create_component(nlp: Language, name: str, exam: str | None, lexicons: str | None) -> "SpinelinkComponent":
    """Return the component; `exam` names the study of every Doc, `lexicons` is a folder of rows merged over ours.

    Raises LexiconError where the folder cannot be used.
    """
    return SpinelinkComponent(exam, lexicons)


class SpinelinkComponent:
    """Reads a Doc as one report and sets its findings and sections on it; the Doc's tokens decide nothing."""

    def __init__(self, exam: str | None = None, lexicons: str | None = None) -> None:
        from spinelink import analysis

        self.exam = exam
        self.lexicons = lexicons
        rules = _shipped_rules() if lexicons is None else analysis.compile_rules(load(Path(lexicons)))
        self._analyse = partial(analysis.analyse, rules=rules, parse_sentence=analysis.sentence_parser(rules))
        set_extensions()

    def __reduce__(self) -> tuple[type["SpinelinkComponent"], tuple[str | None, str | None]]:
        """Return what a worker process needs to make the component anew: compiled rules and caches stay behind."""
        return SpinelinkComponent, (self.exam, self.lexicons)

    def __call__(self, doc: Doc) -> Doc:
        """Return the Doc with its analysis and its two groups of spans."""
        report = Report("", doc.text, "", 0, exam=doc._.spinelink_exam or self.exam)
        analysis = self._analyse(report)
        doc._.spinelink = analysis
        findings = sorted(enumerate(analysis.findings), key=lambda numbered: _row_key(numbered[1]))
        placed = [_span(doc, FINDINGS, n, f.start, f.end, f.mention.finding_type) for n, f in findings]
        doc.spans[FINDINGS] = [span for span in placed if span is not None]
        placed = [_span(doc, SECTIONS, n, s.start, s.end, s.category) for n, s in enumerate(analysis.sections)]
        doc.spans[SECTIONS] = [span for span in placed if span is not None]
        return doc


@cache
def _shipped_rules() -> "Rules":
    from spinelink.analysis import compile_rules

    return compile_rules(shipped())


def _row_key(finding: Finding) -> tuple[int, int, str, str, str]:
    """Return what the rows of the findings table are sorted by."""
    return finding.start, finding.end, finding.mention.finding_type, finding.level, finding.mention.side


def _span(doc: Doc, group: str, number: int, start: int, end: int, label: str) -> Span | None:
    """Return the tokens that `text[start:end]` touches, None where it touches none.

    spaCy keeps the attributes of a span by its offsets, and two rows may share theirs ("bulges at L4-5 and L5-S1"). So
    the span's id says which record it is, and the attribute looks it up.
    """
    return doc.char_span(start, end, label=label, alignment_mode="expand", span_id=f"{group}:{number}")


def _number(span: Span, group: str) -> int | None:
    """Return which record of the analysis a span of ours stands for."""
    name, _, number = span.id_.rpartition(":")
    return int(number) if name == group and span.doc._.spinelink is not None else None


def _finding_of(span: Span) -> Finding | None:
    number = _number(span, FINDINGS)
    return None if number is None else span.doc._.spinelink.findings[number]


def _section_of(span: Span) -> Section | None:
    number = _number(span, SECTIONS)
    return None if number is None else span.doc._.spinelink.sections[number]


def set_extensions() -> None:
    """Declare our attributes of Docs and spans; a second call changes nothing."""
    Doc.set_extension("spinelink", default=None, force=True)
    Doc.set_extension("spinelink_exam", default=None, force=True)
    Span.set_extension("spinelink", getter=_finding_of, force=True)
    Span.set_extension("spinelink_section", getter=_section_of, force=True)


# --- an Analysis inside a stored Doc, which nlp.pipe with several processes and DocBin need ---------------------------


def encode_analysis(obj: object, chain: Callable[[object], object] | None = None) -> object:
    """Return an Analysis as plain values; anything else goes to the next encoder."""
    if isinstance(obj, Analysis):
        return {"spinelink_analysis": _plain(obj)}
    return obj if chain is None else chain(obj)


def decode_analysis(obj: Any, chain: Callable[[object], object] | None = None) -> object:
    """Return the Analysis of plain values; anything else goes to the next decoder."""
    if isinstance(obj, Mapping) and "spinelink_analysis" in obj:
        return _record(Analysis, obj["spinelink_analysis"])
    return obj if chain is None else chain(obj)


srsly.msgpack_encoders.register("spinelink", func=encode_analysis)
srsly.msgpack_decoders.register("spinelink", func=decode_analysis)


def _plain(value: Any) -> Any:
    """Return a record as the list of its fields, in their order."""
    if dataclasses.is_dataclass(value):
        return [_plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return dict(value) if isinstance(value, Mapping) else value


def _record(kind: Any, value: Any) -> Any:
    """Return the value of the declared kind that `_plain` made these plain values of."""
    if value is None:
        return None
    if isinstance(kind, types.UnionType):
        kind = next(one for one in typing.get_args(kind) if one is not types.NoneType)
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, value)
    if typing.get_origin(kind) is tuple:
        return tuple(_record(typing.get_args(kind)[0], item) for item in value)
    return date.fromisoformat(value) if kind is date else value


def _dataclass(kind: Any, values: list[Any]) -> Any:
    return kind(*(_record(one, value) for one, value in zip(_field_kinds(kind), values, strict=True)))


@cache
def _field_kinds(kind: Any) -> tuple[Any, ...]:
    hints = typing.get_type_hints(kind)
    return tuple(hints[field.name] for field in dataclasses.fields(kind))


# --- medSpaCy's rule objects ------------------------------------------------------------------------------------------


def target_rules(lexicon: Lexicon) -> "list[TargetRule]":
    """Return what TargetMatcher may look for: finding nouns, and structures with the nouns of what befalls them.

    A composition is spelled out where the structure stands first ("foraminal narrowing"); its category is the finding
    type. Spellings and typing errors that our tokens fold are not: give the matcher folded text, or add rows.
    """
    _import_medspacy()
    from medspacy.target_matcher import TargetRule

    rules = []
    for term in lexicon.terms("findings"):
        denied = {"is_negated": True} if term.attribute("absent") else None
        for finding in filter(None, term.value.split("|")):
            for literal in expand(term.term):
                rules.append(
                    TargetRule(literal=literal, category=finding, attributes=denied, metadata={"rule_id": term.id})
                )
    for composition, literal in _composed(lexicon):
        for finding in composition.finding.split("|"):
            rules.append(TargetRule(literal=literal, category=finding, metadata={"rule_id": composition.id}))
    return rules


def _composed(lexicon: Lexicon) -> Iterator[tuple[Composition, str]]:
    """Yield the compositions that name a finding whoever denies it, each with every "structure process"."""
    structures: dict[str, list[str]] = {}
    for term in (*lexicon.terms("structures"), *lexicon.terms("zones")):
        name = _structure_of(term)
        if name:
            structures.setdefault(name, []).extend(expand(term.term))
    processes: dict[str, list[str]] = {}
    for term in lexicon.terms("processes"):
        if term.form == "noun":
            # "loss of signal" has its structure behind it.
            processes.setdefault(term.value, []).extend(s for s in expand(term.term) if " of " not in f"{s} ")
    for row in lexicon.compositions():
        if row.finding and "only=absent" not in row.attributes.split(";"):
            for structure in structures.get(row.structure, ()):
                for process in processes.get(row.process, ()):
                    yield row, f"{structure} {process}"


def _structure_of(term: Term) -> str | None:
    """Return the structure that a term names; a zone may name one too: "foraminal stenosis"."""
    return term.attribute("structure") if term.form == "zone" else term.value


def context_rules(lexicon: Lexicon) -> "list[ConTextRule]":
    """Return what ConText may read: cues that deny or doubt, PSEUDO where they only seem to, and what ends a reach."""
    _import_medspacy()
    from medspacy.context import ConTextRule

    rules = []
    for term in lexicon.terms("cues"):
        # What only looks like a denial has its category, and so ends the reach of a denial before it.
        category = _CATEGORIES[term.value]
        direction = "PSEUDO" if term.value == "present" else _DIRECTIONS[term.form]
        for literal in expand(term.term):
            rules.append(
                ConTextRule(literal=literal, category=category, direction=direction, metadata={"rule_id": term.id})
            )
    for term in lexicon.terms("connectors"):
        for literal in expand(term.term) if term.form == "end" else ():
            # The dash of "L4-5" ends nothing.
            pattern = [{"ORTH": literal, "SPACY": True}] if literal == "-" else None
            rules.append(
                ConTextRule(
                    literal=literal, category="TERMINATE", pattern=pattern, direction="TERMINATE",
                    metadata={"rule_id": term.id},
                )
            )  # fmt: skip
    return rules


def section_rules(lexicon: Lexicon) -> "list[SectionRule]":
    """Return what Sectionizer may look for: headings with their colon ("findings:"), each with its category."""
    _import_medspacy()
    from medspacy.section_detection import SectionRule

    return [
        SectionRule(literal=f"{literal}:", category=row.category, metadata={"rule_id": row.id})
        for row in lexicon.headings()
        if _HEADINGS.intersection(row.form.split())
        for literal in expand(row.term)
    ]


def _import_medspacy() -> None:
    """Import medSpaCy without what its import does to a process.

    It silences every warning of the process. With it comes PyRuSH, whose sentence splitter (never used here) writes
    report text to a log that is open by default.
    """
    with warnings.catch_warnings():
        import medspacy.context
        import medspacy.section_detection
        import medspacy.target_matcher  # noqa: F401
    log = sys.modules.get("loguru")
    if log is not None:
        log.logger.disable("PyRuSH")
