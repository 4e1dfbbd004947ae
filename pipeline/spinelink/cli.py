"""The command line: thin shells over the library; the only place that prints errors and returns exit codes."""

from __future__ import annotations

import datetime
import errno
import json
import signal
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import click

from spinelink import __version__
from spinelink.errors import EngineError, LexiconError, SettingError, SpinelinkError
from spinelink.redact_check import redact_check

EXIT_CODES = """\b
Exit codes:
  0    done
  1    a bug in spinelink
  2    wrong usage of a command
  10   an option that cannot work
  11   a fault in a lexicon
  12   an input that is missing, empty or in no known form
  13   a table that does not agree with its declaration
  14   an output folder that cannot be written, is in use or holds another run
  15   an evaluation that cannot be made, or figures below the floor that was asked for
  16   an engine that is not installed, or a worker that died
  130  interrupted
  143  told to stop, with SIGTERM
"""
COMPLETION = """\b
Shell completion, for bash (zsh and fish in the same way):
  eval "$(_SPINELINK_COMPLETE=bash_source spinelink)"
"""
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
INTERRUPTED = 130
STOPPED = 143


class Stopped(KeyboardInterrupt):
    """The process was told to stop: it ends as after Ctrl-C."""


class Commands(click.Group):
    """The commands; whatever goes wrong is one line on stderr and an exit code, never a traceback or report text."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SpinelinkError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(error.exit_code)
        except Stopped:
            click.echo("Stopped. The same command goes on from the last finished shard of a run.", err=True)
            ctx.exit(STOPPED)
        except MemoryError:
            click.echo(
                "Error: memory ran out: finished shards are kept, and the same command goes on from there; try fewer "
                "--workers or a smaller --batch-size",
                err=True,
            )
            ctx.exit(EngineError.exit_code)
        except KeyboardInterrupt:
            click.echo("Interrupted. The same command goes on from the last finished shard of a run.", err=True)
            ctx.exit(INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # the reader of our output has gone
            from spinelink.analysis import place_of

            click.echo(f"Error: {type(error).__name__} at {place_of(error)}: a bug; please report this line", err=True)
            ctx.exit(1)


@click.group(cls=Commands, context_settings=SETTINGS, epilog=f"{EXIT_CODES}\n{COMPLETION}")
@click.version_option(__version__)
def cli() -> None:
    """Turn spine imaging reports into Parquet tables of findings.

    It says what reports document, for research and for measuring quality. It is no diagnostic device.
    """


cli.add_command(redact_check)


def main() -> None:
    """Run the command line."""
    from spinelink.cores import forbid_core_files

    forbid_core_files()
    signal.signal(signal.SIGTERM, _stop)
    cli(prog_name="spinelink")


def _stop(_signal: int, _frame: object) -> None:
    raise Stopped


lexicons_option = click.option(
    "--lexicons",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of lexicon rows that are merged by id over the shipped ones.",
)


def _named_columns(_ctx: click.Context, _param: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    """Return the columns that --column names by field."""
    if wrong := [pair for pair in pairs if "=" not in pair.strip("=")]:
        raise click.BadParameter(f"{wrong[0]!r} is not FIELD=NAME, as in text=report_body")
    return dict(pair.split("=", 1) for pair in pairs)


@cli.command(epilog=EXIT_CODES)
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
    from spinelink import run as run_reports
    from spinelink.console import print_failures, print_notes, print_summary, progress_bar
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
    with progress_bar(shown=not quiet and sys.stderr.isatty()) as progress:
        result = run_reports(
            inputs,
            out,
            settings,
            lexicons=lexicons,
            workers=workers,
            batch_size=batch_size,
            overwrite=overwrite,
            progress=progress,
        )
    if not quiet:
        print_notes(result.manifest, result.shards_kept)
        print_summary(result.path, result.manifest)
    if print_failures(result.path, result.manifest):
        raise click.exceptions.Exit(1)


def _complete_tables(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    from spinelink import schemas

    return [name for name in schemas.tables() if name.startswith(incomplete)]


@cli.command()
@click.argument("tables", nargs=-1, metavar="[TABLE]...", shell_complete=_complete_tables)
def schema(tables: tuple[str, ...]) -> None:
    """Print the data dictionary: every table and column, as Markdown."""
    from spinelink import schemas

    if unknown := [name for name in tables if name not in schemas.tables()]:
        raise SettingError(f"no table {unknown[0]!r}; the tables are {', '.join(schemas.tables())}")
    click.echo(schemas.markdown(tables), nl=False)


@cli.group()
def lexicons() -> None:
    """Check, test or show the lexicons: what radiologists write."""


@lexicons.command("check")
@lexicons_option
def check_lexicons(lexicons: Path | None) -> None:
    """Check the form of every row and that every stage can use it; all faults are listed with file and line."""
    from spinelink import lexicon
    from spinelink.analysis import compile_rules

    words = lexicon.load(lexicons)
    compile_rules(words)
    rows = sum(len(rows) for rows in words.rows.values())
    click.echo(f"{len(words.rows)} files, {rows} rows, no fault; fingerprint {words.fingerprint}")


@lexicons.command("show")
@click.argument("name", required=False, metavar="[FILE]")
@lexicons_option
def show_lexicons(name: str | None, lexicons: Path | None) -> None:
    """Print the rows of one file after merging, as tab-separated lines; without FILE, the files and their rows."""
    from spinelink import lexicon
    from spinelink.console import lexicon_lines

    words = lexicon.load(lexicons)
    if name is not None and name not in words.rows:
        raise SettingError(f"no lexicon {name!r}; the lexicons are {', '.join(words.rows)}")
    lines: Iterable[str] = (
        lexicon_lines(words.rows[name]) if name else (f"{file}\t{len(rows)}" for file, rows in words.rows.items())
    )
    click.echo("\n".join(lines))


@lexicons.command("test")
@lexicons_option
def test_lexicons(lexicons: Path | None) -> None:
    """Read the example of every row and say which rows are not at work in theirs."""
    from spinelink import examples, lexicon

    words = lexicon.load(lexicons)
    if faults := list(examples.faults(words)):
        raise LexiconError("\n".join(faults))
    rows = sum(len(rows) for rows in words.rows.values())
    click.echo(f"{rows} examples, each shows its row at work")


def _floors(_ctx: click.Context, _param: click.Parameter, pairs: tuple[str, ...]) -> dict[str, float]:
    """Return the floors that --floor names by figure."""
    try:
        return {name: float(floor) for name, floor in (pair.split("=", 1) for pair in pairs)}
    except ValueError:
        raise click.BadParameter("a floor is FIGURE=F1, as in strict=0.87") from None


@cli.command(epilog=EXIT_CODES)
@click.argument("gold", type=click.Path(path_type=Path))
@click.argument("run", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--by", type=click.Choice(["type", "source"]), multiple=True, help="Add strict figures; may be repeated.")
@click.option(
    "--misses",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Show the first N facts that are missed or extra, with their words, which are report text.",
)
@click.option(
    "--floor",
    "floors",
    multiple=True,
    callback=_floors,
    metavar="FIGURE=F1",
    help="Fail where an F1 is below its floor (presence, level, graded, strict ...); may be repeated.",
)
@click.option("--markdown", is_flag=True, help="Print tables of Markdown.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the F1 figures to FILE too.",
)
def evaluate(
    gold: Path,
    run: Path,
    by: tuple[str, ...],
    misses: int,
    floors: dict[str, float],
    markdown: bool,
    json_file: Path | None,
) -> None:
    """Compare the tables of the run in DIR with gold labels in the JSON lines of GOLD.

    Precision, recall and F1 of the findings in four views, from lenient (presence) to strict (type, level, side,
    severity, assertion), and the sensitivity for six findings of weight in the clinic, each with a 95 % interval.

    Where GOLD holds vignettes of links or of the audit, the share of their expectations that are met.
    """
    from spinelink import evaluate as evaluation

    form: Literal["text", "markdown"] = "markdown" if markdown else "text"
    if evaluation.are_vignettes(gold):
        found = evaluation.outcomes(gold, run)
        click.echo(evaluation.render_vignettes(found, form, misses=misses).rstrip("\n"))
        figures = {name: share.share for name, share in evaluation.shares(found).items()}
        _write_figures(json_file, figures)
        evaluation.check_figures(figures, floors, unit="")
        return
    result = evaluation.evaluate(gold, run)
    click.echo(evaluation.render(result, form, by=by, disagreements=misses).rstrip("\n"))
    _write_figures(json_file, result.figures)
    evaluation.check_floors(result, floors)


def _write_figures(file: Path | None, figures: Mapping[str, float]) -> None:
    """Write figures by name, where a file is asked for."""
    if file is not None:
        file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


@cli.command(epilog=EXIT_CODES)
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


@cli.command(epilog=EXIT_CODES)
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


@cli.command()
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


@cli.command()
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
