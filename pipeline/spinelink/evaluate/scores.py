"""Precision, recall and F1 of keys, with intervals over resampled reports; shares, with Wilson's interval."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from spinelink.evaluate.facts import Key, Keys
from spinelink.shares import wilson

_SEED = 7
_RESAMPLES = 400
_RESAMPLES_OF_GROUP = 100


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

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share."""
        return wilson(self.right, self.named)


def score_of(gold: Keys, told: Keys, resamples: int = _RESAMPLES) -> Score:
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


def by_type(gold: Keys, told: Keys) -> dict[str, tuple[Keys, Keys]]:
    """Return the strict facts of each type, over the reports in which gold or run has one."""
    groups: dict[str, tuple[dict[str, frozenset[Key]], dict[str, frozenset[Key]]]] = defaultdict(lambda: ({}, {}))
    for i in gold:
        for name in {key[0] for key in gold[i] | told[i]}:
            for keys, side in zip((gold, told), groups[name], strict=True):
                side[i] = frozenset(key for key in keys[i] if key[0] == name)
    return {**groups}


def by_source(gold: Keys, told: Keys) -> dict[str, tuple[Keys, Keys]]:
    """Return the facts of each source, which is the part of a report id before the last hyphen."""
    groups: dict[str, dict[str, frozenset[Key]]] = defaultdict(dict)
    for i, keys in gold.items():
        groups[i.rsplit("-", 1)[0]][i] = keys
    return {name: (keys, told) for name, keys in groups.items()}


def grouped(groups: Mapping[str, tuple[Keys, Keys]]) -> dict[str, Score]:
    """Return the score of each group, those with most facts first."""
    scores = {name: score_of(*pair, _RESAMPLES_OF_GROUP) for name, pair in groups.items()}

    def order(name: str) -> tuple[int, str]:
        return -(scores[name].shared + scores[name].extra + scores[name].missed), name

    return {name: scores[name] for name in sorted(scores, key=order)}
