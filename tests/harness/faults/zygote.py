"""Starts runs of the command line as forks of one process that has compiled the lexicon: real processes, soon at work.

Requests and answers are lines of JSON on stdin and stdout. Only the compiled rules, and what the first run of the
archive has made of its reports, are shared; everything else in a fork, and all of a worker, is the command line as it
is.
"""

from __future__ import annotations

import faulthandler
import io
import json
import logging
import os
import runpy
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from functools import cache
from pathlib import Path
from typing import Any

from spinelink import analysis, cli, lexicon
from spinelink.analysis import Batch, Extraction, Tabulated, compile_rules, sentence_parser, tabulated
from spinelink.records import Analysis, Report

PLANTED = Path(__file__).resolve().parents[2] / "planted"


@cache
def _shared() -> Callable[[Report], Analysis]:
    rules = compile_rules(lexicon.shipped())
    parser = sentence_parser(rules)
    known: dict[str, Analysis] = {}

    def analysed(report: Report) -> Analysis:
        name = repr(report)
        if name not in known:
            known[name] = analysis.analyse(report, rules, parser)
        return known[name]

    return analysed


def _start(self: Extraction) -> Callable[[Batch], Tabulated]:
    return lambda batch: tabulated(_shared(), self.shown, batch)


def _begin(
    arguments: list[str], stdout: str, stderr: str, user: int | None, planted: dict[str, str] | None = None
) -> int:
    """Fork, and run the command line in the fork; with `planted` as variables, with what tests/planted does by them."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        for path, descriptor in ((stdout, 1), (stderr, 2)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), descriptor)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if user is not None:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        if planted is not None:
            os.environ.update(planted)
            os.chdir(planted["PLANTED_FOLDER"])
            tempfile.tempdir = None
            for handler in [*logging.root.handlers]:
                logging.root.removeHandler(handler)
                handler.close()
            runpy.run_path(str(PLANTED / "sitecustomize.py"))
        faulthandler.register(signal.SIGUSR1)  # says where a run hangs that does
        sys.argv = ["spinelink", *arguments]
        cli.main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _ended(pid: int, *, wait: bool) -> int | None:
    """Return a fork's exit code, negative for a signal; None while it runs."""
    done, status = os.waitpid(pid, 0 if wait else os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if done else None


def _answer(request: dict[str, Any]) -> int | None:
    if request["do"] == "begin":
        del request["do"]
        return _begin(**request)
    return _ended(request["pid"], wait=request["do"] == "wait")


def main() -> None:
    """Run once, so that all is imported and compiled, then answer requests until stdin ends."""
    archive, folder = sys.argv[1:]
    Extraction.start = _start  # type: ignore[method-assign]
    logging.raiseExceptions = False  # a log that is too large for a limit on files is the harness' own
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    # As another user a fork may not be able to import: all that a run imports is imported here.
    with suppress(SystemExit), redirect_stdout(io.StringIO()):
        cli.cli(["run", archive, "--out", str(Path(folder) / "warm")], prog_name="spinelink")
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
