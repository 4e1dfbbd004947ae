"""The work on one report, and on a batch of them: every stage in its order, then the tables.

    sections -> sentences -> parse (cached) -> resolve -> findings, measurements
                          -> study, statements, indication
    findings -> corrections -> grid, discrepancies
    findings x indication -> links -> codes, audit

A report that a stage stumbles over becomes a reject with reason `failed`; it never stops a run.
"""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import pyarrow as pa

from spinelink.errors import SchemaError
from spinelink.lexicon import Lexicon
from spinelink.records import Analysis, Parsed, Reject, Report, Section
from spinelink.stages import (
    appropriateness,
    coding,
    corrections,
    discrepancies,
    grid,
    indication,
    links,
    parse,
    resolve,
    sections,
    sentences,
    statements,
    study,
)
from spinelink.tabulate import Shown, tabulate
from spinelink.totals import Totals, count

PARSED_CATEGORIES = frozenset({"findings", "impression", "addendum"})
"""Sections whose sentences state findings; an indication asks, a technique describes, a comparison looks back."""
_PACKAGE = Path(__file__).resolve().parent
_CACHED_SENTENCES = 20_000
_REASON = "INDICATION"

Parse = Callable[[str, str], Parsed]
Outcome = Analysis | Reject


@dataclass(frozen=True, slots=True)
class Rules:
    """The compiled lexicon, stage by stage."""

    sections: sections.SectionRules
    sentences: sentences.SentenceRules
    parse: parse.ParseRules
    resolve: resolve.ResolveRules
    study: study.StudyRules
    statements: statements.StatementRules
    corrections: corrections.CorrectionRules
    grid: grid.GridRules
    discrepancies: discrepancies.DiscrepancyRules
    indication: indication.IndicationRules
    coding: coding.CodingRules
    links: links.LinkRules
    appropriateness: appropriateness.AppropriatenessRules


@lru_cache(maxsize=2)
def compile_rules(lexicon: Lexicon) -> Rules:
    """Return the rules of every stage, the same for the same lexicon; LexiconError where a stage cannot use a row."""
    with _nothing_collected():
        return _compiled(lexicon)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Keep the garbage collector from going through many small objects over and over, none of them garbage."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _compiled(lexicon: Lexicon) -> Rules:
    return Rules(
        sections=sections.compile_rules(lexicon),
        sentences=sentences.compile_rules(lexicon),
        parse=parse.compile_rules(lexicon),
        resolve=resolve.compile_rules(lexicon),
        study=study.compile_rules(lexicon),
        statements=statements.compile_rules(lexicon),
        corrections=corrections.compile_rules(lexicon),
        grid=grid.compile_rules(lexicon),
        discrepancies=discrepancies.compile_rules(lexicon),
        indication=indication.compile_rules(lexicon),
        coding=coding.compile_rules(lexicon),
        links=links.compile_rules(lexicon),
        appropriateness=appropriateness.compile_rules(lexicon),
    )


def analyse(report: Report, rules: Rules, parse_sentence: Parse | None = None) -> Analysis:
    """Return everything that the stages make of one report; `parse_sentence` may be a cache over the parse stage."""
    parse_sentence = parse_sentence or sentence_parser(rules)
    report, blocks = _with_reason(report, rules)
    text = report.text
    units = sentences.split_sentences(text, blocks, rules.sentences)
    parsed = tuple(
        parse_sentence(text[unit.start : unit.end], unit.frame) if unit.category in PARSED_CATEGORIES else None
        for unit in units
    )
    whole = study.study_of(report, blocks, units, rules.study)
    found, measurements = resolve.resolve(text, blocks, units, parsed, whole, rules.resolve)
    findings = corrections.corrected(text, blocks, found, whole, rules.corrections)
    said = statements.statements_of(text, units, rules.statements)
    disagreements = discrepancies.discrepancies_of(text, blocks, findings, whole, rules.discrepancies)
    asked = indication.indication_of(report, blocks, units, whole, rules.indication)
    asked = coding.with_given_codes(asked, report, rules.coding)
    linked, match = links.links_of(report, findings, disagreements, asked, whole, rules.links)
    asked, finding_codes = coding.coded(report, asked, findings, linked, whole, rules.coding)
    return Analysis(
        report=report,
        sections=blocks,
        findings=findings,
        measurements=tuple(measurements),
        statements=said,
        study=whole,
        levels=grid.grid_of(text, units, parsed, findings, said, whole, rules.grid),
        discrepancies=disagreements,
        indication=asked,
        links=linked,
        match=match,
        audit=appropriateness.audit_of(report, blocks, whole, findings, asked, match, rules.appropriateness),
        finding_codes=finding_codes,
    )


def _with_reason(report: Report, rules: Rules) -> tuple[Report, tuple[Section, ...]]:
    """Return the report and its sections; without an indication, with the record's reason as one at its end."""
    blocks = sections.split_sections(report.text, rules.sections)
    if report.reason is None or any(
        block.category == "indication" and report.text[block.body : block.end].strip() for block in blocks
    ):
        return report, blocks
    report = replace(report, text=f"{report.text}\n\n{_REASON}: {report.reason}")
    return report, sections.split_sections(report.text, rules.sections)


def sentence_parser(rules: Rules) -> Parse:
    """Return the parse stage with a cache: reports repeat themselves, and a parse depends on its sentence alone."""
    return lru_cache(_CACHED_SENTENCES)(partial(_parse, rules))


def explaining_parser(rules: Rules) -> Parse:
    """Return the parse stage that gathers the words of every value too, which takes longer."""
    return partial(_parse, rules, words=True)


def _parse(rules: Rules, text: str, frame: str, *, words: bool = False) -> Parsed:
    blocked = statements.blocks_findings(text, rules.statements)
    return parse.parse(text, frame, rules.parse, blocked, words=words)


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive records of one shard."""

    shard: int
    records: tuple[Report | Reject, ...]


@dataclass(frozen=True, slots=True)
class Tabulated:
    """The tables and the counts of a batch."""

    shard: int
    tables: dict[str, pa.Table]
    totals: Totals


@dataclass(frozen=True, slots=True)
class Extraction:
    """The work of a run, as an engine takes it: the lexicon, and what the tables may show."""

    lexicon: Lexicon
    shown: Shown

    def start(self) -> Callable[[Batch], Tabulated]:
        """Return the work on a batch; the rules are compiled here, once in each worker."""
        rules = compile_rules(self.lexicon)
        parser = sentence_parser(rules)
        return partial(tabulated, lambda report: analyse(report, rules, parser), self.shown)


@_nothing_collected()
def tabulated(analyse_one: Callable[[Report], Analysis], shown: Shown, batch: Batch) -> Tabulated:
    """Return the tables and counts of a batch, in which a report that fails is a reject.

    Its records live until their rows are made.
    """
    outcomes = [_outcome(record, analyse_one) for record in batch.records]
    try:
        tables = tabulate(outcomes, shown)
    except Exception:
        outcomes = [_tabulable(outcome, shown) for outcome in outcomes]
        tables = tabulate(outcomes, shown)
    return Tabulated(batch.shard, tables, count(outcomes, tables))


def _outcome(record: Report | Reject, analyse_one: Callable[[Report], Analysis]) -> Outcome:
    if isinstance(record, Reject):
        return record
    try:
        return analyse_one(record)
    except MemoryError:
        raise  # of the machine, not of the report: the run stops and can go on
    except Exception as error:
        return _failed(record, f"{type(error).__name__} at {place_of(error)}")


def _tabulable(outcome: Outcome, shown: Shown) -> Outcome:
    """Return the outcome, or the reject that takes its place where its values break the declared tables."""
    try:
        tabulate([outcome], shown)
    except Exception as error:
        if isinstance(outcome, Reject):
            raise
        own = f": {error}" if isinstance(error, SchemaError) else f" at {place_of(error)}"
        return _failed(outcome.report, f"{type(error).__name__}{own}")
    return outcome


def _failed(report: Report, detail: str) -> Reject:
    return Reject(report.source, report.record, report.report_id, "failed", detail)


def place_of(error: BaseException) -> str:
    """Return the innermost line of this package that an error came through, as "stages/parse.py:12"; never its text."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
    frame = (ours or frames)[-1]
    file = Path(frame.filename)
    return f"{file.relative_to(_PACKAGE).as_posix() if ours else file.name}:{frame.lineno}"
