"""The command `spinelink explain`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from spinelink.commands.options import lexicons_option


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="DIR")
@click.argument("report_id")
@click.argument("finding_id", type=click.IntRange(min=0), required=False)
@click.option("--jsonl", is_flag=True, help="Print JSON lines, one object for each row.")
@lexicons_option
def explain(run: Path, report_id: str, finding_id: int | None, jsonl: bool, lexicons: Path | None) -> None:
    """Show which words and which rules made each value of the findings of a report in the run in DIR.

    This prints report text. Give --lexicons where the run had them.
    """
    from spinelink import explanation, inspection
    from spinelink.console import print_report

    if jsonl:
        rows = explanation.explain(run, report_id, finding_id, lexicons=lexicons)
        click.echo("".join(f"{json.dumps(row)}\n" for row in rows), nl=False)
    else:
        print_report(inspection.explain_report(run, report_id, finding_id, lexicons=lexicons))
