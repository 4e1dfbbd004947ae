"""The command `spinelink schema`."""

from __future__ import annotations

import click

from spinelink.errors import SettingError


def _complete_tables(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    from spinelink import schemas

    return [name for name in schemas.tables() if name.startswith(incomplete)]


@click.command()
@click.argument("tables", nargs=-1, metavar="[TABLE]...", shell_complete=_complete_tables)
def schema(tables: tuple[str, ...]) -> None:
    """Print the data dictionary: every table and column, as Markdown."""
    from spinelink import schemas

    if unknown := [name for name in tables if name not in schemas.tables()]:
        raise SettingError(f"no table {unknown[0]!r}; the tables are {', '.join(schemas.tables())}")
    click.echo(schemas.markdown(tables), nl=False)
