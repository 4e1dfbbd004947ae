"""How well a run's tables state what gold reports say: precision, recall and F1, with intervals, in four views.

A fact counts once a report. A bilateral side is a left and a right one. An absent fact has no severity, and no level
and "multilevel" are the same for it. The views compare, from lenient to strict: presence (type, denied or not), level
(also the level), graded (type, level, severity, assertion), strict (also the side). Attributes are judged among the
present or possible facts that both have strictly. Intervals are the 2.5 and 97.5 percentiles of F1 over resampled
reports.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.dataset as ds

from spinelink.errors import EvaluationError
from spinelink.gold import KINDS, read_gold

ATTRIBUTES: tuple[str, ...] = ("change", "zone", "root", "effect", "subtype", "grade")
# Types whose place is judged too; the names of the other types say where they are felt.
_PLACED = frozenset({"numbness", "paresthesia", "weakness", "radiculopathy"})
_SEED = 7
_RESAMPLES = 400
_RESAMPLES_OF_GROUP = 100
_DURATION_TOLERANCE = 0.1

Key = tuple[Any, ...]
Keys = Mapping[str, frozenset[Key]]
"""Report id to the keys of its facts in one view."""


@dataclass(frozen=True, slots=True)
class Score:
    """Facts that gold and run share, that only the run has and that only gold has; F1 with its 95 % interval.

    Precision is 1 where the run has no fact, recall where gold has none.
    """

    shared: int
    extra: int
    missed: int
    precision: float
    recall: float
    f1: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the values that gold names the run has."""

    right: int
    named: int

    @property
    def share(self) -> float:
        """The share of right values."""
        return self.right / self.named


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A fact that only gold has (missed) or only the run (extra), in the strict view, with the words it rests on."""

    report_id: str
    kind: Literal["missed", "extra"]
    fact: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every figure of one comparison.

    `findings` is by view, `attributes` and `by_type` by name, `by_source` by the part of the report id before the last
    hyphen; `indication` is by kind (symptom, red_flag, care), without the kinds that neither side has.
    """

    reports: int
    findings: Mapping[str, Score]
    attributes: Mapping[str, Share]
    indication: Mapping[str, Score]
    durations: Share | None
    by_type: Mapping[str, Score]
    by_source: Mapping[str, Score]
    disagreements: tuple[Disagreement, ...]

    @property
    def figures(self) -> dict[str, float]:
        """F1 by view and by kind of the indication."""
        return {name: score.f1 for name, score in {**self.findings, **self.indication}.items()}


@dataclass(frozen=True, slots=True)
class _Fact:
    type: str
    level: str
    side: str
    severity: str
    assertion: str
    attributes: Mapping[str, str]
    evidence: str


VIEWS: dict[str, Callable[[_Fact], Key]] = {
    "presence": lambda fact: (fact.type, fact.assertion == "absent"),
    "level": lambda fact: (fact.type, fact.level, fact.assertion == "absent"),
    "graded": lambda fact: (fact.type, fact.level, fact.severity, fact.assertion),
    "strict": lambda fact: (fact.type, fact.level, fact.side, fact.severity, fact.assertion),
}
"""What makes two findings the same, from lenient to strict."""


def evaluate(gold: Path, run: Path) -> Evaluation:
    """Compare the tables `findings` and `symptoms` of a run with gold JSON lines.

    Only reports of the gold file count; one that the run lacks has all its facts missed. Raises EvaluationError where a
    gold line, a table or a column is missing or not of the form.
    """
    records = read_gold(gold)
    findings = _table(run, "findings", ("report_id", "finding_type", "assertion"), records)
    symptoms = _table(run, "symptoms", ("report_id", "kind", "symptom_type", "assertion"), records)
    truth = {i: [fact for row in record["findings"] for fact in _facts(row, "type")] for i, record in records.items()}
    told: dict[str, list[_Fact]] = {i: [] for i in records}
    for row in findings:
        told[row["report_id"]] += _facts(row, "finding_type")
    keyed = {view: (_keys(truth, key), _keys(told, key)) for view, key in VIEWS.items()}
    strict = keyed["strict"]
    return Evaluation(
        reports=len(records),
        findings={view: _score(*pair) for view, pair in keyed.items()},
        attributes=_attributes(truth, told),
        indication=_indication(records, symptoms),
        durations=_durations(records, symptoms),
        by_type=_grouped(_by_type(*strict)),
        by_source=_grouped(_by_source(*strict)),
        disagreements=tuple(_disagreements(truth, told)),
    )


def check_floors(evaluation: Evaluation, floors: Mapping[str, float]) -> None:
    """Raise EvaluationError where an F1 is below its floor; names are those of `Evaluation.figures`."""
    figures = evaluation.figures
    if unknown := [name for name in floors if name not in figures]:
        raise EvaluationError(f"no figure {unknown[0]!r}; the figures are {', '.join(figures)}")
    below = [name for name, floor in floors.items() if figures[name] < floor]
    if below:
        raise EvaluationError("; ".join(f"{name} F1 {figures[name]:.3f} is below {floors[name]:.3f}" for name in below))


def render(
    evaluation: Evaluation,
    form: Literal["text", "markdown"] = "text",
    *,
    by: Literal["type", "source"] | None = None,
    disagreements: int = 0,
) -> str:
    """Return the figures as aligned text or as Markdown tables.

    `by` adds the strict figures of each type or source, `disagreements` so many missed and extra facts with their
    words, which are report text.
    """
    head = ("", "P", "R", "F1", "95 % interval", "shared", "extra", "missed")
    scores = {f"findings {view}": score for view, score in evaluation.findings.items()} | dict(evaluation.indication)
    parts = [_table_text(head, [_score_cells(name, score) for name, score in scores.items()], form)]
    shares = dict(evaluation.attributes)
    if evaluation.durations is not None:
        shares["duration_days (within a tenth)"] = evaluation.durations
    if shares:
        cells = [(name, f"{s.right}/{s.named}", f"{s.share:.3f}") for name, s in shares.items()]
        parts.append(_table_text(("attribute", "right", "share"), cells, form))
    if by is not None:
        groups = evaluation.by_type if by == "type" else evaluation.by_source
        rows = [_score_cells(name, score) for name, score in groups.items()]
        parts.append(_table_text((f"strict, by {by}", *head[1:]), rows, form))
    if disagreements:
        listed = evaluation.disagreements[:disagreements]
        rows = [(d.report_id, d.kind, " ".join(p or "-" for p in d.fact), " | ".join(d.evidence)) for d in listed]
        parts.append(_table_text(("report", "", "fact", "words"), rows, form))
    return "\n\n".join(parts) + "\n"


def _table(run: Path, name: str, needed: Sequence[str], ids: Collection[str]) -> list[dict[str, Any]]:
    """Return the rows of a run's table that belong to these reports."""
    place = next((place for place in (run / name, run / f"{name}.parquet") if place.exists()), None)
    if place is None:
        raise EvaluationError(f"{run}: holds no table {name!r}; is it the folder of a run?")
    try:
        dataset = ds.dataset(place, format="parquet", partitioning="hive")
        if missing := [column for column in needed if column not in dataset.schema.names]:
            raise EvaluationError(f"{place}: has no column {missing[0]!r}")
        wanted = ds.field("report_id").cast(pa.string()).isin(pa.array(list(ids), pa.string()))
        rows: list[dict[str, Any]] = dataset.to_table(filter=wanted).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise EvaluationError(f"{place}: cannot be read ({type(error).__name__})") from None
    return rows


def _facts(row: Mapping[str, Any], type_field: str) -> Iterator[_Fact]:
    """Yield the facts of a row of gold or run, one for each side."""
    absent = row["assertion"] == "absent"
    level = row.get("level") or ""
    for side in _sides(row.get("side")):
        yield _Fact(
            type=row[type_field],
            level="" if absent and level == "multilevel" else level,
            side=side,
            severity="" if absent else row.get("severity") or "",
            assertion=row["assertion"],
            attributes={name: str(row[name]) for name in ATTRIBUTES if row.get(name)},
            evidence=row.get("evidence") or "",
        )


def _sides(side: str | None) -> tuple[str, ...]:
    return ("left", "right") if side == "bilateral" else (side or "",)


def _keys(facts: Mapping[str, Iterable[_Fact]], key: Callable[[_Fact], Key]) -> Keys:
    return {i: frozenset(map(key, of_report)) for i, of_report in facts.items()}


def _score(gold: Keys, told: Keys, resamples: int = _RESAMPLES) -> Score:
    """Return the score over all reports of `gold`, which `told` may lack."""
    pairs = [(gold[i], told.get(i, frozenset())) for i in sorted(gold)]
    counts = np.array([(len(want & have), len(have - want), len(want - have)) for want, have in pairs])
    drawn = np.sort(_precision_recall_f1(counts[_resampled(len(counts), resamples)].sum(axis=1))[2])
    shared, extra, missed = (int(count) for count in counts.sum(axis=0))
    precision, recall, f1 = (float(figure) for figure in _precision_recall_f1(counts.sum(axis=0)))
    low, high = (float(drawn[int(share * resamples)]) for share in (0.025, 0.975))
    return Score(shared, extra, missed, precision, recall, f1, low, high)


@lru_cache(maxsize=64)
def _resampled(reports: int, times: int) -> npt.NDArray[np.int64]:
    """Return `times` draws of as many reports as there are, with replacement, the same in every call and process."""
    draw = random.Random(_SEED).randrange
    return np.array([[draw(reports) for _ in range(reports)] for _ in range(times)])


def _precision_recall_f1(counts: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.float64], ...]:
    """Return the three figures for shared, extra and missed counts on the last axis; nothing asked is all right."""
    shared, extra, missed = (counts[..., place].astype(float) for place in range(3))
    precision = np.divide(shared, shared + extra, out=np.ones_like(shared), where=shared + extra > 0)
    recall = np.divide(shared, shared + missed, out=np.ones_like(shared), where=shared + missed > 0)
    both = precision + recall
    f1 = np.divide(2 * precision * recall, both, out=np.zeros_like(shared), where=both > 0)
    return precision, recall, f1


def _attributes(truth: Mapping[str, list[_Fact]], told: Mapping[str, list[_Fact]]) -> dict[str, Share]:
    """Return how often a strictly matched present or possible fact has the attribute that gold names."""
    strict = VIEWS["strict"]
    right: dict[str, int] = defaultdict(int)
    named: dict[str, int] = defaultdict(int)
    for i, facts in truth.items():
        have: dict[Key, list[_Fact]] = defaultdict(list)
        for fact in told[i]:
            have[strict(fact)].append(fact)
        for fact in facts:
            matched = have.get(strict(fact))
            if matched is None or fact.assertion == "absent":
                continue
            for name, value in fact.attributes.items():
                named[name] += 1
                right[name] += any(other.attributes.get(name) == value for other in matched)
    return {name: Share(right[name], named[name]) for name in ATTRIBUTES if named[name]}


def _indication(records: Mapping[str, Mapping[str, Any]], rows: Iterable[Mapping[str, Any]]) -> dict[str, Score]:
    """Return the scores of symptoms, red flags and care, without the kinds that neither gold nor run has."""
    told: dict[str, dict[str, set[Key]]] = {kind: defaultdict(set) for kind in KINDS}
    for row in rows:
        if row["kind"] in told:
            told[row["kind"]][row["report_id"]].update(_indicated(row, row["symptom_type"], row["kind"]))
    scores = {}
    for kind, field in KINDS.items():
        gold = {
            i: frozenset(key for row in record[field] for key in _indicated(row, row["type"], kind))
            for i, record in records.items()
        }
        mine = {i: frozenset(keys) for i, keys in told[kind].items()}
        if any(gold.values()) or any(mine.values()):
            scores[kind] = _score(gold, mine)
    return scores


def _indicated(row: Mapping[str, Any], name: str, kind: str) -> Iterator[Key]:
    """Yield type, place, side and assertion of a row of the indication; flags and care have neither place nor side."""
    region = (row.get("region") or "") if kind == "symptom" and name in _PLACED else ""
    for side in _sides(row.get("side") if kind == "symptom" else ""):
        yield name, region, side, row["assertion"]


def _durations(records: Mapping[str, Mapping[str, Any]], rows: Iterable[Mapping[str, Any]]) -> Share | None:
    """Return how many stated durations the run has to within a tenth (or a day); None where gold states none."""
    days: dict[Key, list[int]] = defaultdict(list)
    for row in rows:
        if row["kind"] == "symptom" and row.get("duration_days") is not None:
            days[row["report_id"], row["symptom_type"]].append(row["duration_days"])
    right = named = 0
    for i, record in records.items():
        for symptom in record["symptoms"]:
            if want := symptom.get("duration_days"):
                named += 1
                near = max(1, _DURATION_TOLERANCE * want)
                right += any(abs(told - want) <= near for told in days[i, symptom["type"]])
    return Share(right, named) if named else None


def _by_type(gold: Keys, told: Keys) -> dict[str, tuple[Keys, Keys]]:
    """Return the strict facts of each type, over the reports in which gold or run has one."""
    groups: dict[str, tuple[dict[str, frozenset[Key]], dict[str, frozenset[Key]]]] = defaultdict(lambda: ({}, {}))
    for i in gold:
        for name in {key[0] for key in gold[i] | told[i]}:
            for keys, side in zip((gold, told), groups[name], strict=True):
                side[i] = frozenset(key for key in keys[i] if key[0] == name)
    return {**groups}


def _by_source(gold: Keys, told: Keys) -> dict[str, tuple[Keys, Keys]]:
    groups: dict[str, dict[str, frozenset[Key]]] = defaultdict(dict)
    for i, keys in gold.items():
        groups[i.rsplit("-", 1)[0]][i] = keys
    return {name: (keys, told) for name, keys in groups.items()}


def _grouped(groups: Mapping[str, tuple[Keys, Keys]]) -> dict[str, Score]:
    """Return the score of each group, those with most facts first."""
    scores = {name: _score(*pair, _RESAMPLES_OF_GROUP) for name, pair in groups.items()}

    def order(name: str) -> tuple[int, str]:
        return -(scores[name].shared + scores[name].extra + scores[name].missed), name

    return {name: scores[name] for name in sorted(scores, key=order)}


def _disagreements(truth: Mapping[str, list[_Fact]], told: Mapping[str, list[_Fact]]) -> Iterator[Disagreement]:
    """Yield what only gold or only the run has in the strict view, by report, missed before extra."""
    strict = VIEWS["strict"]
    sides: tuple[tuple[Literal["missed", "extra"], Any, Any], ...] = (("missed", truth, told), ("extra", told, truth))
    for i in sorted(truth):
        for kind, mine, others in sides:
            shared = {strict(fact) for fact in others[i]}
            only: dict[Key, list[str]] = defaultdict(list)
            for fact in mine[i]:
                if strict(fact) not in shared:
                    only[strict(fact)].append(fact.evidence)
            for key, words in sorted(only.items()):
                yield Disagreement(i, kind, key, tuple(dict.fromkeys(filter(None, words))))


def _score_cells(name: str, score: Score) -> tuple[str, ...]:
    figures = (f"{value:.3f}" for value in (score.precision, score.recall, score.f1))
    return name, *figures, f"{score.low:.3f} - {score.high:.3f}", str(score.shared), str(score.extra), str(score.missed)


def _table_text(head: Sequence[str], rows: Sequence[Sequence[str]], form: Literal["text", "markdown"]) -> str:
    """Return a table, its cells on one line each; in Markdown with the bars inside cells escaped."""
    lines = [[" ".join(cell.split()) for cell in row] for row in (head, *rows)]
    if form == "markdown":
        escaped = [" | ".join(cell.replace("|", "\\|") for cell in line) for line in lines]
        rule = " | ".join("---" for _ in head)
        return "\n".join(f"| {line} |" for line in (escaped[0], rule, *escaped[1:]))
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)
