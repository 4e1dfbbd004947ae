"""What the links of a study come to: its best relation, what stays unexplained or unmatched, what is urgent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from spinelink.records import Link, Match, Symptom
from spinelink.stages.links.pairs import OfSymptom
from spinelink.stages.links.rules import Rule

ORDER: tuple[str, ...] = ("concordant", "possible", "discordant", "cannot_judge")
"""Relations from the best to the worst."""
EXPLAINS = frozenset({"concordant", "possible"})
_ROOT = frozenset({"limb", "claudication"})
_LABELS: tuple[str, ...] = ("consider_higher_level", "red_flag_not_confirmed")
_REVIEW = "urgent_review"


def best_of(relations: Iterable[str | None]) -> str | None:
    """Return the best of several relations, None where there is none."""
    return min((relation for relation in relations if relation is not None), key=ORDER.index, default=None)


@dataclass(frozen=True, slots=True)
class Judged:
    """All that was judged of a study: pairs, symptoms by themselves (by place), and findings that nothing matched.

    `symptoms` are those that could be judged, by place; `whole` is what an empty request comes to.
    """

    links: Sequence[Link]
    alone: Mapping[int, Rule]
    unmatched: Sequence[str]
    symptoms: Mapping[int, OfSymptom]
    whole: str | None


def match_of(judged: Judged, symptoms: Sequence[Symptom]) -> Match:
    """Return the match of a study."""
    relations: dict[int, list[str]] = {}
    for link in judged.links:
        relations.setdefault(link.symptom, []).append(link.relation)
    for place, rule in judged.alone.items():
        if symptoms[place].kind == "symptom":
            relations.setdefault(place, []).append(rule.relation)
    best = [best_of(relations.get(place, ())) for place in range(len(symptoms))]
    notes = {note for link in judged.links for note in link.note}
    notes.update(note for rule in judged.alone.values() for note in rule.notes)
    return Match(
        status=judged.whole or best_of(best) or ORDER[-1],
        root=best_of(best[place] for place in _of_class(judged.symptoms, _ROOT)),
        axial=best_of(best[place] for place in _of_class(judged.symptoms, frozenset({"axial"}))),
        unexplained_symptoms=tuple(_unexplained(judged.symptoms, symptoms, best)),
        unmatched_findings=tuple(dict.fromkeys(judged.unmatched)),
        labels=tuple(label for label in _LABELS if label in notes),
        urgent=any(link.urgent for link in judged.links),
        urgent_review=_REVIEW in notes,
        best=tuple(best),
    )


def _of_class(known: Mapping[int, OfSymptom], names: frozenset[str]) -> list[int]:
    return [place for place, symptom in known.items() if not names.isdisjoint(symptom.classes)]


def _unexplained(
    known: Mapping[int, OfSymptom], symptoms: Sequence[Symptom], best: Sequence[str | None]
) -> dict[str, None]:
    """Return the types of stated symptoms of which none has a concordant or possible link, in order."""
    explained = {symptoms[place].symptom_type for place in known if best[place] in EXPLAINS}
    stated = [symptoms[place].symptom_type for place in known if symptoms[place].kind == "symptom"]
    return dict.fromkeys(name for name in stated if name not in explained)
