"""The command `spinelink export`."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from spinelink.commands.options import EXIT_CODES


@click.command(epilog=EXIT_CODES)
@click.argument("form", type=click.Choice(["omop", "rsna", "fhir", "csv", "duckdb"]), metavar="FORM")
@click.argument("run", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Where to write: a folder for omop and csv, a file for the others; of rsna and fhir compressed where it ends "
    "in .gz.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file, or a folder that holds an export and nothing else.")
@click.option("--no-text", is_flag=True, help="Leave out what quotes the reports, where the run has it.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="omop: of its files.",
)
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="omop: nlp_date and nlp_datetime; those of the run where not given.",
)
@click.option("--gzip", is_flag=True, help="csv: compress each file.")
@click.option("--bom", is_flag=True, help="csv: begin each file with a byte-order mark, which Excel asks for.")
@click.option(
    "--resource-ids",
    is_flag=True,
    help="fhir: the ids of patients and reports are those of resources on the server: refer to them literally.",
)
def export(
    form: str,
    run: Path,
    out: Path,
    overwrite: bool,
    no_text: bool,
    file_format: str,
    date: datetime.datetime | None,
    gzip: bool,
    bom: bool,
    resource_ids: bool,
) -> None:
    """Write the tables of the finished run in DIR in the form that another tool takes.

    \b
    FORM is one of:
      omop    NOTE_NLP of the OMOP common data model 5.4
      rsna    the 25 labels of RSNA 2024, one row a report of the lumbar spine
      fhir    Observations of FHIR R4, one JSON line a finding
      csv     every table, safe to open in a spreadsheet
      duckdb  one database with every table and five views; needs spinelink[duckdb]

    \b
    Examples:
      spinelink export omop tables --out note_nlp --format parquet
      spinelink export fhir tables --out observations.ndjson.gz --no-text
    """
    from spinelink.exports import Options
    from spinelink.exports import export as export_run

    options = Options(
        text=not no_text,
        file_format=file_format,
        date=None if date is None else date.date(),
        gzip=gzip,
        bom=bom,
        resource_ids=resource_ids,
    )
    exported = export_run(run, form, out, options, overwrite=overwrite)
    for name, rows in exported.rows.items():
        click.echo(f"{rows:>12,}  {name}")
    click.echo(f"in {exported.path}")
