"""The command `spinelink run`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from spinelink.commands.engines import engine_option, master_option, runner
from spinelink.commands.options import EXIT_CODES, lexicons_option


def _named_columns(_ctx: click.Context, _param: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    """Return the columns that --column names by field."""
    if wrong := [pair for pair in pairs if "=" not in pair.strip("=")]:
        raise click.BadParameter(f"{wrong[0]!r} is not FIELD=NAME, as in text=report_body")
    return dict(pair.split("=", 1) for pair in pairs)


@click.command(epilog=EXIT_CODES)
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="INPUT...")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder for the tables.")
@click.option(
    "--overwrite", is_flag=True, help="Start anew where --out holds a run of spinelink; nothing else is deleted."
)
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    metavar="N",
    help="Worker processes; 0 for one for each core. The tables do not depend on it.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    default=64,
    show_default=True,
    metavar="N",
    help="Reports that a worker is given at a time. The tables do not depend on it.",
)
@click.option(
    "--shard-size",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    metavar="N",
    help="Records in one part file of each table.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Read only the first N records.")
@click.option(
    "--no-text",
    is_flag=True,
    help="Leave report text out of the tables: texts, evidence, headings, title lines, severity words, hash.",
)
@click.option(
    "--deidentify",
    type=click.Path(path_type=Path),
    metavar="KEYFILE",
    help="Write pseudonyms for ids, names of files and of sites, dates moved by up to a year, no age over 90 and no "
    "text, all under the key in KEYFILE.",
)
@click.option("--with-people", is_flag=True, help="Fill the columns requester and reader.")
@click.option(
    "--keep", multiple=True, metavar="COLUMN", help="Take over an input column into reports.extra; may be repeated."
)
@click.option("--text-column", metavar="NAME", help="The input column with the report's text.")
@click.option("--id-column", metavar="NAME", help="The input column with the report's id.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    callback=_named_columns,
    metavar="FIELD=NAME",
    help="The input column that fills a field (patient_id, study_date, exam, indication ...); may be repeated.",
)
@click.option(
    "--format",
    "file_format",
    metavar="NAME",
    help="Read every file as txt, csv, tsv, jsonl, json, parquet or hl7, whatever its ending.",
)
@click.option(
    "--note-class",
    "note_classes",
    multiple=True,
    metavar="CONCEPT",
    help="Read only notes of this note_class_concept_id from a table NOTE of OMOP; may be repeated.",
)
@click.option(
    "--encoding", default="cp1252", show_default=True, metavar="NAME", help="How text is read that is not UTF-8."
)
@click.option(
    "--max-chars",
    type=click.IntRange(min=1),
    default=1_000_000,
    show_default=True,
    metavar="N",
    help="Longest text of a report; longer ones are rejected.",
)
@click.option(
    "--codes",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="CSV, TSV or Parquet table of ICD-10-CM codes: report_id or patient_id, date, code system, code.",
)
@click.option(
    "--codes-days",
    type=click.IntRange(min=0),
    default=30,
    show_default=True,
    metavar="N",
    help="A code of a patient belongs to the studies ordered on its day or up to N days later.",
)
@lexicons_option
@engine_option
@master_option
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
def run(
    inputs: tuple[Path, ...],
    out: Path,
    overwrite: bool,
    workers: int,
    batch_size: int,
    shard_size: int,
    limit: int | None,
    no_text: bool,
    deidentify: Path | None,
    with_people: bool,
    keep: tuple[str, ...],
    text_column: str | None,
    id_column: str | None,
    columns: dict[str, str],
    file_format: str | None,
    note_classes: tuple[str, ...],
    encoding: str,
    max_chars: int,
    codes: str | None,
    codes_days: int,
    lexicons: Path | None,
    engine: str,
    master: str | None,
    quiet: bool,
) -> None:
    """Read reports and write their tables.

    INPUT is a .txt, CSV, TSV, JSON lines, Parquet, HL7 v2 or FHIR (.json, .ndjson) file, gz or zst of each but Parquet,
    or a folder or zip file of these.
    Columns are found by their usual names (report_id, accession, text, report, patient_id, study_date, exam, age ...).

    A run that was interrupted goes on with the same command. What cannot be read stands in the table `rejects`, with a
    reason.

    \b
    Examples:
      spinelink run reports/ --out tables
      spinelink run archive.csv.gz --out tables --text-column body --workers 0
      spinelink run reports/ --out tables --codes diagnoses.csv --codes-days 14
    """
    from spinelink.console import print_failures, print_notes, print_summary
    from spinelink.settings import IngestOptions, Settings

    shortcuts = {"text": text_column, "report_id": id_column}
    settings = Settings(
        text=not no_text,
        deidentify=deidentify,
        limit=limit,
        shard_size=shard_size,
        codes=codes,
        codes_days=codes_days,
        ingest=IngestOptions(
            encoding=encoding,
            max_chars=max_chars,
            columns=columns | {field: name for field, name in shortcuts.items() if name is not None},
            keep=keep,
            with_people=with_people,
            format=file_format,
            note_classes=note_classes,
        ),
    )
    run_reports = runner(engine, master, workers, batch_size, progress=not quiet and sys.stderr.isatty())
    result = run_reports(inputs, out, settings, lexicons=lexicons, overwrite=overwrite)
    if not quiet:
        print_notes(result.manifest, result.shards_kept)
        print_summary(result.path, result.manifest)
    if print_failures(result.path, result.manifest):
        raise click.exceptions.Exit(1)
