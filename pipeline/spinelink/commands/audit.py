"""The command `spinelink audit`."""

from __future__ import annotations

from pathlib import Path

import click

from spinelink.commands.options import EXIT_CODES, lexicons_option


@click.command(epilog=EXIT_CODES)
@click.argument("run", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--policy",
    type=click.Choice(["lenient", "strict"]),
    default="lenient",
    show_default=True,
    help="Read doubt in favour of the request, or against it.",
)
@click.option(
    "--threshold-days",
    type=click.IntRange(min=1),
    metavar="N",
    help="From how many days on a complaint is persistent; the policy's own where not given (42).",
)
@click.option(
    "--by",
    multiple=True,
    metavar="COLUMN",
    help="Group by a column of reports or audit, month or age_band; may be repeated. "
    "Default: requester, site, setting, month, age_band, sex.",
)
@click.option(
    "--min-cell",
    type=click.IntRange(min=0),
    metavar="N",
    help="Hide counts from 1 to N - 1, and others that would give them away; 0 hides none. "
    "Exported tables have 11 where not given, printed ones 0.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER", help="Write the tables too.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["parquet", "csv"]),
    default="parquet",
    show_default=True,
    help="Of the files in --out.",
)
@lexicons_option
def audit(
    run: Path,
    policy: str,
    threshold_days: int | None,
    by: tuple[str, ...],
    min_cell: int | None,
    out: Path | None,
    file_format: str,
    lexicons: Path | None,
) -> None:
    """Count what the requests of the run in DIR were for, and how many their wording supports.

    First how many say too little to be judged, then the classes, and the avoidable rate as a range. Every table says
    what it is of. Give --lexicons where the run had them.

    \b
    Examples:
      spinelink audit tables --policy strict
      spinelink audit tables --by site --by month --out audit --format csv
    """
    from spinelink.auditing import audit as audit_run
    from spinelink.auditing.export import MIN_CELL, export
    from spinelink.auditing.shown import shown
    from spinelink.console import print_report

    audited = audit_run(run, policy=policy, threshold_days=threshold_days, by=by, lexicons=lexicons)
    print_report(shown(audited, min_cell or 0))
    if out is not None:
        least = MIN_CELL if min_cell is None else min_cell
        files = export(audited, out, file_format, least)
        hidden = f"counts from 1 to {least - 1} hidden" if least > 1 else "no count hidden"
        click.echo(f"\n{len(files)} files in {out}, {hidden}")
