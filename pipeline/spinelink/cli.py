"""The command line: its commands, and the only place that prints errors and returns exit codes."""

from __future__ import annotations

import errno
import signal
from typing import Any

import click

from spinelink import __version__
from spinelink.commands.audit import audit
from spinelink.commands.evaluate import evaluate
from spinelink.commands.explain import explain
from spinelink.commands.export import export
from spinelink.commands.inspect import inspect
from spinelink.commands.lexicons import lexicons
from spinelink.commands.options import EXIT_CODES
from spinelink.commands.redact_check import redact_check
from spinelink.commands.run import run
from spinelink.commands.schema import schema
from spinelink.errors import EngineError, SpinelinkError

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


for command in (run, schema, lexicons, evaluate, audit, export, inspect, explain, redact_check):
    cli.add_command(command)


def main() -> None:
    """Run the command line."""
    from spinelink.cores import forbid_core_files

    forbid_core_files()
    signal.signal(signal.SIGTERM, _stop)
    cli(prog_name="spinelink")


def _stop(_signal: int, _frame: object) -> None:
    raise Stopped
