"""The figures of an evaluation as aligned text or as Markdown."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from spinelink.evaluate.compare import Disagreement, Evaluation
from spinelink.evaluate.important import IMPORTANT, POOL
from spinelink.evaluate.scores import Score, Share
from spinelink.evaluate.vignettes import Outcome, shares

Form = Literal["text", "markdown"]
_SCORES = ("P", "R", "F1", "95 % interval", "shared", "extra", "missed")


def render(
    evaluation: Evaluation,
    form: Form = "text",
    *,
    by: Collection[str] = (),
    least: int = 0,
    disagreements: int = 0,
) -> str:
    """Return the figures as aligned text or as Markdown tables.

    `by` adds the strict figures of each "type" and "source", of those with `least` or more facts in gold;
    `disagreements` adds so many missed and extra facts with their words, which are report text.
    """
    scores = {f"findings {view}": score for view, score in evaluation.findings.items()} | dict(evaluation.indication)
    parts = [_table_text(("", *_SCORES), [_score_cells(name, score) for name, score in scores.items()], form)]
    parts += _shares(evaluation, form)
    for name, groups in (("type", evaluation.by_type), ("source", evaluation.by_source)):
        if name in by:
            rows = [_score_cells(n, s) for n, s in groups.items() if s.shared + s.missed >= least]
            parts.append(_table_text((f"strict, by {name}", *_SCORES), rows, form))
    if disagreements:
        parts.append(_disagreements(evaluation.disagreements[:disagreements], form))
    return "\n\n".join(parts) + "\n"


def render_vignettes(found: Sequence[Outcome], form: Form = "text", *, misses: int = 0) -> str:
    """Return how many expectations of vignettes are met, with Wilson's interval; `misses` adds so many that are not."""
    rows = []
    for name, share in shares(found).items():
        low, high = share.interval
        rows.append((name, f"{share.right}/{share.named}", f"{share.share:.3f}", f"{low:.3f} - {high:.3f}"))
    parts = [_table_text(("vignettes", "met", "share", "95 % interval"), rows, form)]
    missed = [(o.report_id, o.figure, o.expected, o.told) for o in found if not o.right][:misses]
    if missed:
        parts.append(_table_text(("report", "figure", "expected", "told"), missed, form))
    return "\n\n".join(parts) + "\n"


def _shares(evaluation: Evaluation, form: Form) -> list[str]:
    """Return the tables of attributes and of the six important findings, without the tables that have no row."""
    attributes = dict(evaluation.attributes)
    if evaluation.durations is not None:
        attributes["duration_days (within a tenth)"] = evaluation.durations
    tables = []
    if attributes:
        told = [(name, f"{s.right}/{s.named}", f"{s.share:.3f}") for name, s in attributes.items()]
        tables.append(_table_text(("attribute", "right", "share"), told, form))
    if evaluation.important:
        found = [_sensitivity_cells(name, evaluation.important) for name in (*IMPORTANT, POOL)]
        head = ("important finding, by level", "found", "sensitivity", "95 % interval")
        tables.append(_table_text(head, found, form))
    return tables


def _sensitivity_cells(name: str, shares: Mapping[str, Share]) -> tuple[str, ...]:
    if name not in shares:
        return name, "0/0", "-", "-"
    share = shares[name]
    low, high = share.interval
    return name, f"{share.right}/{share.named}", f"{share.share:.3f}", f"{low:.3f} - {high:.3f}"


def _disagreements(listed: Sequence[Disagreement], form: Form) -> str:
    rows = [(d.report_id, d.kind, " ".join(p or "-" for p in d.fact), " | ".join(d.evidence)) for d in listed]
    return _table_text(("report", "", "fact", "words"), rows, form)


def _score_cells(name: str, score: Score) -> tuple[str, ...]:
    figures = (f"{value:.3f}" for value in (score.precision, score.recall, score.f1))
    return name, *figures, f"{score.low:.3f} - {score.high:.3f}", str(score.shared), str(score.extra), str(score.missed)


def _table_text(head: Sequence[str], rows: Sequence[Sequence[str]], form: Form) -> str:
    """Return a table, its cells on one line each; in Markdown with the bars inside cells escaped."""
    lines = [[" ".join(cell.split()) for cell in row] for row in (head, *rows)]
    if form == "markdown":
        escaped = [" | ".join(cell.replace("|", "\\|") for cell in line) for line in lines]
        rule = " | ".join("---" for _ in head)
        return "\n".join(f"| {line} |" for line in (escaped[0], rule, *escaped[1:]))
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)
