"""The command `spinelink evaluate`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import click

from spinelink.commands.options import EXIT_CODES


def _floors(_ctx: click.Context, _param: click.Parameter, pairs: tuple[str, ...]) -> dict[str, float]:
    """Return the floors that --floor names by figure."""
    try:
        return {name: float(floor) for name, floor in (pair.split("=", 1) for pair in pairs)}
    except ValueError:
        raise click.BadParameter("a floor is FIGURE=F1, as in strict=0.87") from None


@click.command(epilog=EXIT_CODES)
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
