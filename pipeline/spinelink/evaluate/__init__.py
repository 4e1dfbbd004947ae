"""How well a run's tables state what gold reports say: precision, recall and F1, with intervals, in four views.

A fact counts once a report. A bilateral side is a left and a right one. An absent fact has no severity, and no level
and "multilevel" are the same for it. The views compare, from lenient to strict: presence (type, denied or not), level
(also the level), graded (type, level, severity, assertion), strict (also the side). Attributes are judged among the
present or possible facts that both have strictly. Intervals are the 2.5 and 97.5 percentiles of F1 over resampled
reports.
Six findings of weight in the clinic are counted apart, by level (`important`). Vignettes of links and of the audit are
judged one expectation at a time (`vignettes`).
"""

from __future__ import annotations

from spinelink.evaluate.compare import Disagreement, Evaluation, check_figures, check_floors, evaluate
from spinelink.evaluate.facts import ATTRIBUTES, VIEWS
from spinelink.evaluate.figures import render, render_vignettes
from spinelink.evaluate.important import IMPORTANT, POOL
from spinelink.evaluate.scores import Score, Share
from spinelink.evaluate.vignettes import Outcome, are_vignettes, outcomes, shares

__all__ = [
    "ATTRIBUTES",
    "IMPORTANT",
    "POOL",
    "VIEWS",
    "Disagreement",
    "Evaluation",
    "Outcome",
    "Score",
    "Share",
    "are_vignettes",
    "check_figures",
    "check_floors",
    "evaluate",
    "outcomes",
    "render",
    "render_vignettes",
    "shares",
]
