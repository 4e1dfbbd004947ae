"""The ways in which an audit classes a request: each worked out again from the evidence that stands in the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from spinelink.errors import SettingError
from spinelink.stages.appropriateness import POLICIES, THRESHOLDS, ClassRules, Evidence, Request, Rule

_CACHED = 200_000
_WITHOUT_AGE = "age not a flag"


@dataclass(frozen=True, slots=True)
class Views:
    """The view that was asked for, those to compare it with, and by the column of the table those of the run itself."""

    main: str
    compared: tuple[str, ...]
    of_columns: Mapping[str, str]
    policy_id: str
    rules_of: Callable[[Evidence], Mapping[str, Rule]]
    """The rule of a request in every view, each distinct evidence worked out once."""

    @property
    def without_age(self) -> str:
        """The name of the main view in which age is no flag (IMG-08)."""
        return f"{self.main}, {_WITHOUT_AGE}"

    @property
    def counted(self) -> tuple[str, ...]:
        """The views that are counted."""
        return (*self.compared, self.without_age)

    def check(self, part: pd.DataFrame, run: Path) -> None:
        """Pass where these rules give the classes that stand in the table; SettingError where the run had others."""
        rules = [self.rules_of(evidence) for evidence in part["evidence"]]
        for column, view in self.of_columns.items():
            if [one[view].audit_class for one in rules] != list(part[column]):
                made_with = ", ".join(sorted(set(part["policy_id"])))
                raise SettingError(
                    f"{run}: was made with other rules (policy {made_with}) than those at hand ({self.policy_id}); "
                    "give the --lexicons of that run, or make the run again"
                )


def views_of(rules: ClassRules, policy: str, threshold: int | None) -> Views:
    """Return the views of an audit under a policy, at a threshold in place of the policy's own."""
    own = {name: rules.settings[name].threshold_days for name in POLICIES}
    main = (policy, own[policy] if threshold is None else threshold)
    compared = dict.fromkeys([main, *own.items(), *((policy, days) for days in THRESHOLDS)])
    of_columns = {f"class_{name}": (name, days) for name, days in own.items()}
    of_columns |= {f"class_{days}d": ("lenient", days) for days in THRESHOLDS}
    asked = dict.fromkeys([*compared, *of_columns.values()])
    without_age = rules.settings[policy].without_age()

    @lru_cache(maxsize=_CACHED)
    def rules_of(evidence: Evidence) -> Mapping[str, Rule]:
        request = Request(evidence, rules)
        found = {_name(*view): request.rule(*view) for view in asked}
        return {**found, f"{_name(*main)}, {_WITHOUT_AGE}": request.rule(*main, without_age)}

    return Views(
        main=_name(*main),
        compared=tuple(_name(*view) for view in compared),
        of_columns={column: _name(*view) for column, view in of_columns.items()},
        policy_id=rules.policy_id,
        rules_of=rules_of,
    )


def _name(policy: str, days: int) -> str:
    """Return how tables name a policy at a threshold."""
    return f"{policy}, {days} days"
