"""The command `spinelink inspect`."""

from __future__ import annotations

from pathlib import Path

import click

from spinelink.commands.options import lexicons_option


@click.command()
@click.argument("report", metavar="FILE|ID")
@click.option(
    "--run",
    "run_dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the run that holds the report of this id.",
)
@lexicons_option
def inspect(report: str, run_dir: Path | None, lexicons: Path | None) -> None:
    """Show a report with its findings marked: of a FILE, read here and now, or by its ID from the run of --run.

    This prints report text.
    """
    from spinelink import inspection
    from spinelink.console import print_report
    from spinelink.run import tables_of

    if run_dir is None:
        shown = inspection.inspect_file(Path(report), lambda path: tables_of(path, lexicons=lexicons))
    else:
        shown = inspection.inspect_report(run_dir, report)
    print_report(shown)
