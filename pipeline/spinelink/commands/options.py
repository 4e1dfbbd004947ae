"""What several commands share: the exit codes that they tell, and the option for a site's own lexicons."""

from __future__ import annotations

from pathlib import Path

import click

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

lexicons_option = click.option(
    "--lexicons",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of lexicon rows that are merged by id over the shipped ones.",
)
