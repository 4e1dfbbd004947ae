"""Loaded by every Python of the tests of planted words: the highest log level, and faults where a text asks for one.

A text that says "fault:NAME" makes the stage of that name raise an error that quotes all it was given. With
PLANTED_FAULT=NAME a step of the run that is no stage raises so.
"""

from __future__ import annotations

import functools
import logging
import os
import sys
from importlib import import_module
from typing import Any

STAGES = {
    "sections": "spinelink.stages.sections:split_sections",
    "sentences": "spinelink.stages.sentences:split_sentences",
    "parse": "spinelink.stages.parse:parse",
    "study": "spinelink.stages.study:study_of",
    "resolve": "spinelink.stages.resolve:resolve",
    "corrections": "spinelink.stages.corrections:corrected",
    "statements": "spinelink.stages.statements:statements_of",
    "discrepancies": "spinelink.stages.discrepancies:discrepancies_of",
    "indication": "spinelink.stages.indication:indication_of",
    "coding": "spinelink.stages.coding:coded",
    "links": "spinelink.stages.links:links_of",
    "grid": "spinelink.stages.grid:grid_of",
    "appropriateness": "spinelink.stages.appropriateness:audit_of",
    "tabulate": "spinelink.tabulate:_reports",
}
STEPS = {
    "ingest": "spinelink.stages.ingest.record:text_fault",
    "cut": "spinelink.run:first_of_each_id",
    "count": "spinelink.analysis:count",
    "write": "spinelink.store:write_table",
    "manifest": "spinelink.store:write_json",
}


def text_of(value: Any) -> str:
    """Return the report text that a stage is given first: itself, its report's, its analysis'."""
    report = getattr(value, "report", value)
    return str(getattr(report, "text", report))


def raising(function: Any, name: str) -> Any:
    """Return the function of a stage, which raises where the text asks for it."""

    @functools.wraps(function)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        if f"fault:{name}." in text_of(arguments[0]):
            raise RuntimeError(f"{name} was given {text_of(arguments[0])!r}")
        return function(*arguments, **named)

    return wrapped


def broken(*arguments: Any, **named: Any) -> Any:
    """Stand for a step that raises an error with all that it was given."""
    raise RuntimeError(f"{arguments!r} {named!r}")


def plant() -> None:
    """Put the faults in the places of the functions."""
    wanted = os.environ["PLANTED_FAULT"]
    for name, place in STAGES.items() if wanted == "stages" else [(wanted, STEPS[wanted])]:
        module_name, function = place.split(":")
        module = import_module(module_name)
        original = getattr(module, function)
        planted = raising(original, name) if wanted == "stages" else broken
        for imported in [one for known, one in sys.modules.items() if known.startswith("spinelink")]:
            for attribute in [key for key, value in vars(imported).items() if value is original]:
                setattr(imported, attribute, planted)
        if name == "tabulate":
            module._ROWS["reports"] = planted


logging.basicConfig(level=logging.DEBUG, filename=os.environ["PLANTED_LOG"])
if os.environ.get("PLANTED_FAULT") and "resource_tracker" not in " ".join(sys.orig_argv):
    plant()
