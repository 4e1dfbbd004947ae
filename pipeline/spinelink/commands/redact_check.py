"""The command `spinelink redact-check`."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command("redact-check")
@click.argument("run", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def redact_check(run: Path, as_json: bool) -> None:
    """Say which columns of the run in DIR can hold text, identifiers, dates, ages or people, and how much stands there.

    Values are counted and looked at, never printed. The exit code is 1 where a run that was made with --deidentify or
    --no-text holds what these leave out. What a value looks like is a guess: no guess replaces reading a sample.
    """
    from spinelink.disclosure import disclosure_of, lines_of

    found = disclosure_of(run)
    click.echo(json.dumps(found.as_json(), indent=1) if as_json else "\n".join(lines_of(found)))
    if found.faults:
        raise click.exceptions.Exit(1)
