"""The tables of a finished run in the forms that other tools take.

    tables of the run -> source.py, part by part -> one writer a form -> target.py: whole under its name, or not there

    omop    NOTE_NLP of the OMOP common data model      notes.py, omop.py
    rsna    the 25 columns of the RSNA 2024 labels      rsna.py
    fhir    Observations of FHIR R4                     observations.py, fhir.py
    csv     every table for spreadsheets                spreadsheet.py
    duckdb  one database with the tables and views      database.py, views/*.sql

A writer reads tables alone, one part at a time; the same run gives the same export.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path

from spinelink.errors import SettingError
from spinelink.exports.options import Options
from spinelink.exports.source import Source, opened
from spinelink.exports.target import new_file, new_folder

__all__ = ["FORMS", "Exported", "Options", "export"]

Writer = Callable[[Source, Path, Options], dict[str, int]]
"""Writes one form to a path and returns the rows of each file, or of each table of a single file."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of export: its module, whether it is a folder of files, and the options that mean something to it."""

    module: str
    folder: bool
    options: frozenset[str]

    def writer(self) -> Writer:
        """Return what writes it; its libraries are imported now."""
        write: Writer = import_module(f"spinelink.exports.{self.module}").write
        return write


FORMS: dict[str, Form] = {
    "omop": Form("omop", True, frozenset({"file_format", "date"})),
    "rsna": Form("rsna", False, frozenset()),
    "fhir": Form("fhir", False, frozenset({"resource_ids"})),
    "csv": Form("spreadsheet", True, frozenset({"gzip", "bom"})),
    "duckdb": Form("database", False, frozenset()),
}


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished export: where it is and how many rows each of its files or tables has."""

    path: Path
    rows: Mapping[str, int]


def export(run: Path, form: str, out: Path, options: Options | None = None, *, overwrite: bool = False) -> Exported:
    """Write a finished run in another form to `out`, which is a file or a folder by the form.

    Nothing is replaced but with `overwrite`, and then only a file, or a folder that an export made. Raises SettingError
    for what cannot work, OutputError where there is no finished run or no place to write, EngineError where a library
    is missing.
    """
    if form not in FORMS:
        raise SettingError(f"no form {form!r} to export to; the forms are {', '.join(FORMS)}")
    options = options or Options()
    _check(form, options)
    source = opened(run, text=options.text)
    _refuse_inside(out, run)
    write = FORMS[form].writer()
    if FORMS[form].folder:
        with new_folder(out, overwrite=overwrite) as folder:
            rows = write(source, folder.path, options)
            folder.files = {"spinelink": source.version, "form": form, **source.identity, "files": rows}
            source.check_unchanged()
    else:
        with new_file(out, overwrite=overwrite) as file:
            rows = write(source, file, options)
            source.check_unchanged()
    return Exported(out, rows)


def _check(form: str, options: Options) -> None:
    """Raise SettingError for an option that means nothing to this form."""
    always = {"text"}
    for option in fields(Options):
        changed = getattr(options, option.name) != option.default
        if changed and option.name not in FORMS[form].options | always:
            forms = ", ".join(name for name, one in FORMS.items() if option.name in one.options)
            raise SettingError(f"{option.name} means nothing to an export to {form}; it is for {forms}")


def _refuse_inside(out: Path, run: Path) -> None:
    if out.resolve().is_relative_to(run.resolve()):
        raise SettingError(f"{out}: lies in the folder of the run; give another --out")
