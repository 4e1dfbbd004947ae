"""What will be read, fixed before the first record is: every file with its size and time, in reading order."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from spinelink import lexicon as lexicons
from spinelink.errors import InputError, SettingError
from spinelink.lexicon import Lexicon
from spinelink.stages.ingest import omop
from spinelink.stages.ingest.columns import UsualNames, find, layout_of, shown
from spinelink.stages.ingest.containers import opened_file
from spinelink.stages.ingest.formats import ARCHIVE, FORMATS, kind_of_file, known_endings
from spinelink.stages.ingest.members import Lister
from spinelink.stages.ingest.options import SECTION_FIELDS, IngestOptions
from spinelink.stages.ingest.record import Reading, reading_of
from spinelink.stages.ingest.skipping import INTERNAL, kind_of_skipped
from spinelink.stages.ingest.source import PlannedFile

_NO_STATUS = os.stat_result((0,) * 10)
_OUTSIDE = ("path_outside", "a link that leads out of the input; name what it leads to as an input")


@dataclass(frozen=True)
class Plan:
    """The files of a run in reading order, and all that reading them needs.

    `skipped` counts the files in folders that are not read, by ending, as "hidden", as "folder" for a folder whose name
    begins with "." or "_", or as "link" for a link to a folder that is read where it stands. `notes` are lines for the
    user: columns that were named and not seen.
    """

    files: tuple[PlannedFile, ...]
    options: IngestOptions
    lexicon: Lexicon
    skipped: Mapping[str, int]
    notes: tuple[str, ...]


def plan(inputs: Sequence[Path], options: IngestOptions, *, lexicon: Lexicon | None = None) -> Plan:
    """Return the plan for reading these files and folders: arguments as given, files in a folder sorted by path.

    In folders, files that begin with "." and files of unknown ending are skipped and counted, folders that begin with
    "." or "_" are not entered, and links that lead out of the argument are planned to be rejected. An archive is a
    folder. Where two arguments hold the same relative path, `source` begins with the argument's name. Columns are those
    of `lexicon`, the shipped one where none is given.

    Raises InputError for an input that is missing, empty, of unknown kind or given twice, and where no input has a text
    column; SettingError for an unknown format.
    """
    if options.format is not None and options.format not in FORMATS:
        raise SettingError(f"no format {options.format!r}; formats are {', '.join(FORMATS)}")
    if not inputs:
        raise InputError("no input: name files or folders of reports")
    words = lexicon or lexicons.shipped()
    with closing(reading_of(options, words)) as reading:
        lister = Lister(options, reading.containers, Counter())
        groups = [list(_files(Path(argument), lister)) for argument in inputs]
        if len(groups) > 1:
            _refuse_repeats(groups)
        labelled = _labelled([Path(argument) for argument in inputs], groups)
        files = tuple(file for group in labelled for file in group)
        notes = _check_columns(files, options, reading)
    return Plan(files, options, words, dict(sorted(lister.skipped.items())), notes)


def _files(argument: Path, lister: Lister) -> Iterator[PlannedFile]:
    """Yield an argument's files, sorted; raises InputError where it has none."""
    try:
        status = os.stat(argument)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        what = "no such file or folder; check the path" if missing else f"cannot be looked at ({type(error).__name__})"
        raise InputError(f"{argument}: {what}") from None
    before = lister.skipped.copy()
    if stat.S_ISDIR(status.st_mode):
        unsorted = _walk(argument, lister)
    else:
        file = _named_file(argument, status, lister.options)
        unsorted = iter(lister.files_of(file, "") if file.format == ARCHIVE else [file])
    found = sorted(unsorted, key=lambda file: file.source)
    if not found:
        here = lister.skipped - before
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


def _walk(root: Path, lister: Lister) -> Iterator[PlannedFile]:
    """Yield the files below a folder in no order."""
    within = os.path.realpath(root)
    folders = [""]
    while folders:
        folder = folders.pop()
        for entry in _entries(os.path.join(root, folder)):
            name = os.path.join(folder, entry.name)
            linked_out = entry.is_symlink() and not _is_within(os.path.realpath(entry.path), within)
            if not _is_folder(entry):
                yield from _entry(str(root), name, entry, linked_out, lister)
            elif entry.name.startswith((".", INTERNAL)):
                lister.skipped["folder"] += 1
            elif linked_out:
                yield PlannedFile(str(root), name, "", 0, 0, "", "", fault=_OUTSIDE)
            elif entry.is_symlink():
                lister.skipped["link"] += 1
            else:
                folders.append(name)


def _entries(place: str) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(place))
    except OSError as error:
        raise InputError(f"{place}: the folder cannot be listed ({type(error).__name__})") from None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link that leads round in a circle


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def _entry(root: str, name: str, entry: os.DirEntry[str], linked_out: bool, lister: Lister) -> Iterator[PlannedFile]:
    """Yield a folder's file as planned, an archive's members; one that is gone, or a link to nothing, is planned for
    reading to reject.
    """
    try:
        status = entry.stat()
    except OSError:
        status = _NO_STATUS
    regular = status is _NO_STATUS or stat.S_ISREG(status.st_mode)
    if linked_out and status is not _NO_STATUS and regular and not entry.name.startswith("."):
        yield PlannedFile(root, name, "", 0, 0, "", "", fault=_OUTSIDE)
        return
    file = _planned(root, name, status, lister.options) if regular and not entry.name.startswith(".") else None
    if file is None:
        lister.skipped[kind_of_skipped(entry.name)] += 1
    elif file.format == ARCHIVE:
        yield from lister.files_of(file, f"{file.source}!")
    else:
        yield file


def _planned(root: str, name: str, status: os.stat_result, options: IngestOptions) -> PlannedFile | None:
    kind = kind_of_file(name, options.format, lambda: opened_file(os.path.join(root, name)))
    return PlannedFile(root, name, "", status.st_size, status.st_mtime_ns, *kind) if kind else None


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
    named = [
        argument.resolve() if argument.is_dir() or group[0].inner else argument.resolve().parent
        for argument, group in zip(arguments, groups, strict=True)
    ]
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
            if not file.fault and FORMATS[file.format].columns is not None:
                unseen = {label: name for label, name in unseen.items() if name not in options.keep}
            continue
        first = first or (file, names)
        has_text = has_text or layout_of(names, options, reading.usual).has_text
        unseen = {label: name for label, name in unseen.items() if find(name, names) is None}
    if not has_text and first is not None:
        raise InputError(_no_text(*first, options, reading.usual, len(files)))
    return tuple(f"no input has a column {label}" for label in unseen)


def _columns(file: PlannedFile, reading: Reading) -> tuple[str, ...] | None:
    columns = FORMATS[file.format].columns if not file.fault else None
    try:
        return columns(file, reading) if columns is not None else None
    except OSError:
        return None


def _no_text(file: PlannedFile, names: tuple[str, ...], options: IngestOptions, usual: UsualNames, count: int) -> str:
    others = f", nor in {count - 1} other inputs" if count > 1 else ""
    wanted = options.columns.get("text")
    what = f"no column {wanted!r}" if wanted else f"no column for the report's text or for {', '.join(SECTION_FIELDS)}"
    return f"{file.path}: {what}{others}; {shown(names, usual)}; name the text column with --column text=NAME"
