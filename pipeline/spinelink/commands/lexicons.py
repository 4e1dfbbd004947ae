"""The commands `spinelink lexicons check`, `show` and `test`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from spinelink.commands.options import lexicons_option
from spinelink.errors import LexiconError, SettingError


@click.group()
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
