"""The audit of a run, made of its tables alone: how many requests are in scope, what class their wording puts them in,
and what the avoidable rate can be.

    tables of the run -> rows, part by part -> counts by key -> tables, with small cells hidden where asked for

Rates come with their denominators, and with the share of requests that say too little first (IMG-06). Nothing here is a
measure that needs claims.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from spinelink import lexicon
from spinelink.auditing import counting, rows, summary
from spinelink.auditing.cells import Key
from spinelink.auditing.tables import Table
from spinelink.auditing.views import views_of
from spinelink.errors import SettingError
from spinelink.stages.appropriateness import POLICIES, compile_class_rules

__all__ = ["DEFAULT_GROUPS", "POLICIES", "Audited", "audit"]

DEFAULT_GROUPS: tuple[str, ...] = ("requester", "site", "setting", "month", "age_band", "sex")


@dataclass(frozen=True)
class Audited:
    """What an audit came to: its tables over one set of counts, and the rules that gave the classes."""

    run: Path
    policy_id: str
    policy: str
    view: str
    reports: int
    in_scope: int
    tables: tuple[Table, ...]
    counted: counting.Counted
    passed_over: tuple[str, ...]
    """Columns of the default groups of which the run tells nothing."""

    def hidden(self, min_cell: int) -> frozenset[Key]:
        """Return the counts to hide where those from 1 to `min_cell` - 1 are small."""
        return self.counted.tally.hidden(min_cell)

    def frames(self, hidden: Collection[Key] = ()) -> dict[str, pd.DataFrame]:
        """Return every table as a frame, by name."""
        return {table.name: table.frame(self.counted.tally, hidden) for table in self.tables}


def audit(
    run: Path,
    *,
    policy: str = "lenient",
    threshold_days: int | None = None,
    by: Sequence[str] = (),
    lexicons: Path | None = None,
) -> Audited:
    """Return the audit of a finished run under a policy, at a threshold in place of the policy's own.

    `by` names columns of reports or audit to group by, the default groups where it is empty. Raises OutputError where
    the folder holds no finished run, SettingError where an option cannot work or the run was made with other rules.
    """
    if policy not in POLICIES:
        raise SettingError(f"no policy {policy!r}; the policies are {', '.join(POLICIES)}")
    if threshold_days is not None and threshold_days < 1:
        raise SettingError(f"a threshold of {threshold_days} days cannot work; give 1 or more")
    known = rows.known_columns()
    if unknown := [name for name in by if name not in known]:
        raise SettingError(f"no column {unknown[0]!r} to group by; those of reports and audit are {', '.join(known)}")
    rules = compile_class_rules(lexicon.load(lexicons) if lexicons is not None else lexicon.shipped())
    views = views_of(rules, policy, threshold_days)
    counted = counting.Counted()
    asked = tuple(dict.fromkeys(by)) or DEFAULT_GROUPS
    for part in rows.parts(run, asked):
        views.check(part, run)
        counting.count_part(part, views, asked, counted)
    counting.count_repeats(counted)
    told = [name for name in asked if by or set(counted.names("group", name)) - {rows.NOT_TOLD}]
    counting.bind(counted, views, told)
    return Audited(
        run=run,
        policy_id=rules.policy_id,
        policy=policy,
        view=views.main,
        reports=counted.tally.counts[counting.REPORTS],
        in_scope=counted.tally.counts[counting.SCOPE],
        tables=tuple(summary.tables_of(counted, views, told, rules.meanings)),
        counted=counted,
        passed_over=tuple(name for name in asked if name not in told),
    )
