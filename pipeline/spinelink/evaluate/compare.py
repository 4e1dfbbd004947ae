"""A run's tables beside gold records: findings, indication, and where the two differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from spinelink.errors import EvaluationError
from spinelink.evaluate.facts import ATTRIBUTES, VIEWS, Fact, Key, facts_of, keys_of, sides_of
from spinelink.evaluate.important import sensitivities
from spinelink.evaluate.scores import Score, Share, by_source, by_type, grouped, score_of
from spinelink.evaluate.tables import rows_of_reports
from spinelink.gold import KINDS, read_gold

# Types whose place is judged too; the names of the other types say where they are felt.
_PLACED = frozenset({"numbness", "paresthesia", "weakness", "radiculopathy"})
_DURATION_TOLERANCE = 0.1


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

    `findings` is by view, `attributes`, `important` and `by_type` by name, `by_source` by the part of the report id
    before the last hyphen; `indication` is by kind (symptom, red_flag, care), without the kinds that neither side has.
    """

    reports: int
    findings: Mapping[str, Score]
    attributes: Mapping[str, Share]
    indication: Mapping[str, Score]
    durations: Share | None
    important: Mapping[str, Share]
    by_type: Mapping[str, Score]
    by_source: Mapping[str, Score]
    disagreements: tuple[Disagreement, ...]

    @property
    def figures(self) -> dict[str, float]:
        """F1 by view and by kind of the indication."""
        return {name: score.f1 for name, score in {**self.findings, **self.indication}.items()}


def evaluate(gold: Path, run: Path) -> Evaluation:
    """Compare the tables `findings` and `symptoms` of a run with gold JSON lines.

    Only reports of the gold file count; one that the run lacks has all its facts missed. Raises EvaluationError where a
    gold line, a table or a column is missing or not of the form.
    """
    records = read_gold(gold)
    findings = rows_of_reports(run, "findings", ("report_id", "finding_type", "assertion"), records)
    symptoms = rows_of_reports(run, "symptoms", ("report_id", "kind", "symptom_type", "assertion"), records)
    truth = {i: [fact for row in record["findings"] for fact in facts_of(row, "type")] for i, record in records.items()}
    told: dict[str, list[Fact]] = {i: [] for i in records}
    for row in findings:
        told[row["report_id"]] += facts_of(row, "finding_type")
    keyed = {view: (keys_of(truth, key), keys_of(told, key)) for view, key in VIEWS.items()}
    strict = keyed["strict"]
    return Evaluation(
        reports=len(records),
        findings={view: score_of(*pair) for view, pair in keyed.items()},
        attributes=_attributes(truth, told),
        indication=_indication(records, symptoms),
        durations=_durations(records, symptoms),
        by_type=grouped(by_type(*strict)),
        important=sensitivities(truth, told),
        by_source=grouped(by_source(*strict)),
        disagreements=tuple(_disagreements(truth, told)),
    )


def check_floors(evaluation: Evaluation, floors: Mapping[str, float]) -> None:
    """Raise EvaluationError where an F1 is below its floor; names are those of `Evaluation.figures`."""
    check_figures(evaluation.figures, floors)


def check_figures(figures: Mapping[str, float], floors: Mapping[str, float], unit: str = " F1") -> None:
    """Raise EvaluationError where a figure is below its floor, or a floor names no figure."""
    if unknown := [name for name in floors if name not in figures]:
        raise EvaluationError(f"no figure {unknown[0]!r}; the figures are {', '.join(figures)}")
    below = [name for name, floor in floors.items() if figures[name] < floor]
    if below:
        raise EvaluationError(
            "; ".join(f"{name}{unit} {figures[name]:.3f} is below {floors[name]:.3f}" for name in below)
        )


def _attributes(truth: Mapping[str, list[Fact]], told: Mapping[str, list[Fact]]) -> dict[str, Share]:
    """Return how often a strictly matched present or possible fact has the attribute that gold names."""
    strict = VIEWS["strict"]
    right: dict[str, int] = defaultdict(int)
    named: dict[str, int] = defaultdict(int)
    for i, facts in truth.items():
        have: dict[Key, list[Fact]] = defaultdict(list)
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
            scores[kind] = score_of(gold, mine)
    return scores


def _indicated(row: Mapping[str, Any], name: str, kind: str) -> Iterator[Key]:
    """Yield type, place, side and assertion of a row of the indication; flags and care have neither place nor side."""
    region = (row.get("region") or "") if kind == "symptom" and name in _PLACED else ""
    for side in sides_of(row.get("side") if kind == "symptom" else ""):
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


def _disagreements(truth: Mapping[str, list[Fact]], told: Mapping[str, list[Fact]]) -> Iterator[Disagreement]:
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
