"""The tables of an audit as files, one a table, and `about.json`, which says what they are and what is hidden."""

from __future__ import annotations

import json
import os
from pathlib import Path

from spinelink import __version__, store
from spinelink.auditing import Audited
from spinelink.auditing.counting import REPORTS, SCOPE
from spinelink.errors import OutputError, SettingError

FORMATS = ("parquet", "csv")
ABOUT = "about.json"
MIN_CELL = 11
"""Counts below it are hidden in files where nothing else is asked for."""


def export(audited: Audited, out: Path, file_format: str, min_cell: int) -> list[Path]:
    """Write every table of an audit, small counts hidden, and return the files.

    Raises SettingError where the folder holds a run, OutputError where it cannot be written.
    """
    if (out / store.MANIFEST).exists():
        raise SettingError(f"{out}: holds a run; give a folder of its own for the tables of the audit")
    hidden = audited.hidden(min_cell)
    try:
        out.mkdir(parents=True, exist_ok=True)
        files = []
        for name, frame in audited.frames(hidden).items():
            files.append(out / f"{name}.{file_format}")
            if file_format == "csv":
                frame.to_csv(files[-1], index=False)
            else:
                frame.to_parquet(files[-1], index=False)
        (out / ABOUT).write_text(json.dumps(_about(audited, min_cell), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({os.strerror(error.errno or 0)})") from None
    return [*files, out / ABOUT]


def _about(audited: Audited, min_cell: int) -> dict[str, object]:
    """Return what a reader of the files must know: of what run, under which rules, over what, and what is hidden."""
    manifest, hidden = store.manifest_of(audited.run), audited.hidden(min_cell)
    return {
        "spinelink": __version__,
        "run_key": manifest.get("key"),
        "policy_id": audited.policy_id,
        "classes": audited.view,
        "reports": None if REPORTS in hidden else audited.reports,
        "in_scope": None if SCOPE in hidden else audited.in_scope,
        "min_cell": min_cell,
        "hidden": (
            f"counts from 1 to {min_cell - 1}, and others that would give them away, are null"
            if min_cell > 1
            else "no count is hidden"
        ),
        "not_grouped_by": list(audited.passed_over),
        "tables": {table.name: {"title": table.title, "of": table.note} for table in audited.tables},
    }
