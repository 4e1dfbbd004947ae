"""What will be read, fixed before the first record is: every file with its size and time, in reading order."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from spinelink import lexicon as lexicons
from spinelink.errors import InputError, SettingError
from spinelink.lexicon import Lexicon
from spinelink.stages.ingest import omop
from spinelink.stages.ingest.columns import find, layout_of, shown
from spinelink.stages.ingest.formats import COMPRESSED_ENDING, FORMATS, kind_of_file, known_endings
from spinelink.stages.ingest.options import SECTION_FIELDS, IngestOptions
from spinelink.stages.ingest.record import Reading, reading_of
from spinelink.stages.ingest.source import PlannedFile

_ENDING = re.compile(r"\.[a-z0-9]{1,8}")
_INTERNAL = "_"  # _temporary, _delta_log: folders in which writers of datasets keep their own


@dataclass(frozen=True)
class Plan:
    """The files of a run in reading order, and all that reading them needs.

    `skipped` counts the files in folders that are not read, by ending, as "hidden", or as "folder" for a folder whose
    name begins with "." or "_". `notes` are lines for the user: columns that were named and not seen.
    """

    files: tuple[PlannedFile, ...]
    options: IngestOptions
    lexicon: Lexicon
    skipped: Mapping[str, int]
    notes: tuple[str, ...]


def plan(inputs: Sequence[Path], options: IngestOptions, *, lexicon: Lexicon | None = None) -> Plan:
    """Return the plan for reading these files and folders: arguments as given, files in a folder sorted by path.

    In folders, files that begin with "." and files of unknown ending are skipped and counted, folders that begin with
    "." or "_" are not entered. Where two arguments hold the same relative path, `source` begins with the argument's
    name. Columns are those of `lexicon`, the shipped one where none is given.

    Raises InputError for an input that is missing, empty, of unknown kind or given twice, and where no input has a text
    column; SettingError for an unknown format.
    """
    if options.format is not None and options.format not in FORMATS:
        raise SettingError(f"no format {options.format!r}; formats are {', '.join(FORMATS)}")
    if not inputs:
        raise InputError("no input: name files or folders of reports")
    skipped: Counter[str] = Counter()
    words = lexicon or lexicons.shipped()
    groups = [list(_files(Path(argument), options, skipped)) for argument in inputs]
    if len(groups) > 1:
        _refuse_repeats(groups)
    labelled = _labelled([Path(argument) for argument in inputs], groups)
    files = tuple(file for group in labelled for file in group)
    notes = _check_columns(files, options, reading_of(options, words))
    return Plan(files, options, words, dict(sorted(skipped.items())), notes)


def _files(argument: Path, options: IngestOptions, skipped: Counter[str]) -> Iterator[PlannedFile]:
    """Yield an argument's files, sorted; raises InputError where it has none."""
    try:
        status = os.stat(argument)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        what = "no such file or folder; check the path" if missing else f"cannot be looked at ({type(error).__name__})"
        raise InputError(f"{argument}: {what}") from None
    if not stat.S_ISDIR(status.st_mode):
        yield _named_file(argument, status, options)
        return
    here: Counter[str] = Counter()
    found = sorted(_walk(argument, "", options, here), key=lambda file: file.source)
    skipped.update(here)
    if not found:
        counts = ", ".join(f"{count} {ending}" for ending, count in sorted(here.items()))
        passed = f" (passed over: {counts})" if counts else ""
        raise InputError(f"{argument}: no file to read{passed}; endings read are {known_endings()}")
    yield from found


def _named_file(argument: Path, status: os.stat_result, options: IngestOptions) -> PlannedFile:
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{argument}: neither a file nor a folder; save it to a file first")
    file = _planned(str(argument.parent), argument.name, status, options)
    if file is None:
        raise InputError(
            f"{argument}: kind of file not known by its ending; endings read are {known_endings()}; "
            f"rename it or set the format ({', '.join(FORMATS)})"
        )
    if not os.access(argument, os.R_OK):
        raise InputError(f"{argument}: no permission to read it")
    return file


def _walk(root: Path, folder: str, options: IngestOptions, skipped: Counter[str]) -> Iterator[PlannedFile]:
    """Yield the files below a folder in no order; links to folders are followed unless they lead back up."""
    place = os.path.join(root, folder)
    try:
        entries = list(os.scandir(place))
    except OSError as error:
        raise InputError(f"{place}: the folder cannot be listed ({type(error).__name__})") from None
    for entry in entries:
        name = os.path.join(folder, entry.name)
        if entry.is_dir():
            if entry.name.startswith((".", _INTERNAL)) or _leads_up(entry):
                skipped["folder"] += 1
            else:
                yield from _walk(root, name, options, skipped)
            continue
        file = None if entry.name.startswith(".") else _entry(str(root), name, entry, options)
        if file is None:
            skipped[_kind_of_skipped(entry.name)] += 1
        else:
            yield file


def _entry(root: str, name: str, entry: os.DirEntry[str], options: IngestOptions) -> PlannedFile | None:
    """Return a folder's file as planned; one that is gone, or a link to nothing, is planned for reading to reject."""
    try:
        status = entry.stat()
    except OSError:
        status = os.stat_result((0,) * 10)
    else:
        if not stat.S_ISREG(status.st_mode):
            return None
    return _planned(root, name, status, options)


def _leads_up(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() and Path(entry.path).parent.resolve().is_relative_to(Path(entry.path).resolve())


def _planned(root: str, name: str, status: os.stat_result, options: IngestOptions) -> PlannedFile | None:
    kind = kind_of_file(os.path.join(root, name), options.format)
    if kind is None:
        return None
    return PlannedFile(root, name, "", status.st_size, status.st_mtime_ns, kind[0].name, kind[1])


def _kind_of_skipped(name: str) -> str:
    """Return under what a skipped file is counted; a strange ending is not shown, for it may be part of a name."""
    if name.startswith("."):
        return "hidden"
    ending = Path(name.lower().removesuffix(COMPRESSED_ENDING)).suffix
    return ending if _ENDING.fullmatch(ending) else "other"


def _refuse_repeats(groups: Sequence[Sequence[PlannedFile]]) -> None:
    """Raise InputError where two arguments name the same file: each of its records would count as a duplicate."""
    seen: dict[tuple[int, int], int] = {}
    for number, group in enumerate(groups):
        for file in group:
            try:
                status = os.stat(file.path)
            except OSError:
                continue  # reading it will say so
            if seen.setdefault((status.st_dev, status.st_ino), number) != number:
                raise InputError(f"{file.path}: named by two inputs; name it once")


def _labelled(arguments: Sequence[Path], groups: list[list[PlannedFile]]) -> list[list[PlannedFile]]:
    """Return the files with sources that differ between arguments."""
    counts = Counter(file.source for group in groups for file in group)
    if len(groups) == 1 or max(counts.values()) == 1:
        return groups
    # a file's own name is in its source already: its folder tells it from others
    named = [argument.resolve() if argument.is_dir() else argument.resolve().parent for argument in arguments]
    repeated = Counter(folder.name for folder in set(named))
    labels = [
        f"{folder.name}/" if repeated[folder.name] == 1 else f"{number}-{folder.name}/"
        for number, folder in enumerate(named, start=1)
    ]
    return [[replace(file, label=label) for file in group] for label, group in zip(labels, groups, strict=True)]


def _check_columns(files: Sequence[PlannedFile], options: IngestOptions, reading: Reading) -> tuple[str, ...]:
    """Look at headers until a text column and every column that was named are seen; return notes on those never seen.

    Raises InputError where every input has columns and none of them has a text column.
    """
    unseen = {f"{name} (set for {field})": name for field, name in options.columns.items()}
    unseen |= {f"{name} (to keep)": name for name in options.keep}
    if options.note_classes:
        unseen[f"{omop.CLASS_COLUMN} (for the class of notes)"] = omop.CLASS_COLUMN
    first: tuple[PlannedFile, tuple[str, ...]] | None = None
    has_text = False
    for file in files:
        if has_text and not unseen:
            break
        names = _columns(file, reading)
        if names is None:
            has_text = True  # or cannot be known before it is read
            if FORMATS[file.format].columns is not None:
                unseen = {label: name for label, name in unseen.items() if name not in options.keep}
            continue
        first = first or (file, names)
        has_text = has_text or layout_of(names, options, reading.usual).has_text
        unseen = {label: name for label, name in unseen.items() if find(name, names) is None}
    if not has_text and first is not None:
        raise InputError(_no_text(*first, options, len(files)))
    return tuple(f"no input has a column {label}" for label in unseen)


def _columns(file: PlannedFile, reading: Reading) -> tuple[str, ...] | None:
    columns = FORMATS[file.format].columns
    try:
        return columns(file, reading) if columns is not None else None
    except OSError:
        return None


def _no_text(file: PlannedFile, names: tuple[str, ...], options: IngestOptions, count: int) -> str:
    others = f", nor in {count - 1} other inputs" if count > 1 else ""
    wanted = options.columns.get("text")
    what = f"no column {wanted!r}" if wanted else f"no column for the report's text or for {', '.join(SECTION_FIELDS)}"
    return f"{file.path}: {what}{others}; {shown(names)}; name the text column with --column text=NAME"
