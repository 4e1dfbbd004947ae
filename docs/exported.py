"""What docs/exports.md lists, as it stands in the package: views, labels, modifiers, components."""

from __future__ import annotations

from spinelink.exports import database, notes, observations, rsna


def views() -> str:
    """Return the views of the DuckDB export and what each answers."""
    lines = [f"| `{view.name}` | {view.meaning} |" for view in database.views()]
    return "\n".join(["| view | what it answers |", "| --- | --- |", *lines])


def labels() -> str:
    """Return the columns of the RSNA export by condition, each with the column of `levels` that it comes from."""
    levels = ", ".join(f"`_{level.lower().replace('-', '_')}`" for level in rsna.LEVELS)
    lines = [f"| `{condition}` | {levels} | `{column}` |" for condition, column in rsna.CONDITIONS.items()]
    return "\n".join(["| condition | levels | from |", "| --- | --- | --- |", *lines])


def modifiers() -> str:
    """Return the names of the modifiers of OMOP rows."""
    kinds = {"findings": notes.OF_FINDING, "symptoms": notes.OF_SYMPTOM}
    lines = [f"- of {kind}: {', '.join(f'`{notes.name_of(c)}`' for c in columns)}" for kind, columns in kinds.items()]
    return "\n".join(lines)


def components() -> str:
    """Return the names of the components of Observations."""
    return ", ".join(f"`{name}`" for name in observations.component_names())
