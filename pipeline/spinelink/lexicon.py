"""What radiologists write and what is made of it, read from `lexicons/`: typed rows, checked with file and line.

A file's columns are the fields of its row class. Terms are lower case and may hold alternatives, "disc bulg(e|es|ing)"
or "(large |)disc"; `alternatives.py` spells them out. Rules have conditions, which `conditions.py` reads.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

import yaml

from spinelink import vocabulary
from spinelink.alternatives import expand
from spinelink.conditions import parse_condition
from spinelink.errors import LexiconError

AMBIGUOUS = frozenset(
    {
        "processes", "changes", "places", "symptoms", "red_flags", "care", "durations", "requests", "details",
        "territories", "denials",
    }
)  # fmt: skip
"""Files in which one spelling may stand in several rows: "lost" of fat, of height, of lordosis."""

_ID = re.compile(r"[A-Z]+(-[A-Z0-9]+)*-\d+[a-z]?")


@dataclass(frozen=True, slots=True)
class Row:
    """What every row of a lexicon has: a stable id, and a sentence or report in which it is at work."""

    id: str
    example: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Worded(Row):
    """A row that is found by its words."""

    term: str


@dataclass(frozen=True, slots=True)
class Term(Worded):
    """A phrase of the findings' language: `value` is what it means, `form` how it stands in a sentence."""

    value: str
    form: str
    attributes: str

    def attribute(self, name: str) -> str | None:
        """Return one of the row's `name=value` attributes, None where it has no such."""
        return dict(part.split("=", 1) for part in self.attributes.split(";") if part).get(name)


@dataclass(frozen=True, slots=True)
class Composition(Worded):
    """What a process or state of a structure amounts to: "narrowing" of the "foramen" is foraminal_stenosis.

    `term` is "structure process"; `finding` one or more types joined by "|"; an empty `finding` states that it is none.
    """

    structure: str
    process: str
    finding: str
    attributes: str


@dataclass(frozen=True, slots=True)
class Heading(Worded):
    """A heading's words and the category of what follows; `form` is one of `layout.FORMS`."""

    category: str
    form: str


@dataclass(frozen=True, slots=True)
class Spelling(Worded):
    """A way of writing (`term`) and the one the other lexicons use (`canonical`)."""

    canonical: str


@dataclass(frozen=True, slots=True)
class Phrase(Worded):
    """A phrase of the report as a whole (exam words, statements, column names, details): `field` gets `value`."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Definition(Row):
    """A name that rules may use: `name` is a member of the fact `fact` of whatever fulfils `conditions`.

    Rows of one fact and name are alternatives: finding_class herniation, symptom_class axial_pain.
    """

    fact: str
    name: str
    conditions: str


@dataclass(frozen=True, slots=True)
class RootTable(Row):
    """The nerve roots that a lesion at a level can reach, by its zone; names are joined by "|".

    `recess` is paracentral and subarticular disease, `unstated` what is possible where no zone is given.
    """

    level: str
    central: str
    recess: str
    foraminal: str
    extraforaminal: str
    unstated: str


@dataclass(frozen=True, slots=True)
class Correlation(Row):
    """A rule on a finding and a symptom: the first in `order` whose conditions hold gives their relation.

    `id` is that of the knowledge base, with a letter where a rule has several rows (COR-03a), which tables leave out.
    `reason` is a template in plain words over the facts of the pair, `notes` are joined by "|".
    """

    order: str
    conditions: str
    relation: str
    notes: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Appropriateness(Row):
    """A rule on a request: the first in `order` whose conditions hold gives its class under `policy`.

    `policy` is lenient, strict or both; `sublabels` are joined by "|"; `deciding` names the facts that decide.
    """

    order: str
    policy: str
    conditions: str
    audit_class: str
    sublabels: str
    deciding: str
    meaning: str
    source: str


@dataclass(frozen=True, slots=True)
class Policy(Row):
    """An editorial setting of the audit, with its value under the lenient and the strict policy."""

    setting: str
    lenient: str
    strict: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Prevalence(Row):
    """How common a finding is among people without back pain: percent and people behind it at 20, 30 ... 80 years."""

    finding: str
    subtype: str
    percent: str
    people: str
    odds: str
    source: str


@dataclass(frozen=True, slots=True)
class Code(Row):
    """A code and what it is of: `use` is emit, accept, both, or retired (accepted on input, never given).

    `name` is the finer name of the knowledge base, `kind` finding, symptom or red_flag, `type` a name of the
    vocabulary. `region` is a code region or level, `side` any, left, right, bilateral or unspecified; `conditions` say
    of what facts beyond these the code is.
    """

    name: str
    kind: str
    type: str
    subtype: str
    region: str
    side: str
    conditions: str
    system: str
    code: str
    use: str
    description: str


@dataclass(frozen=True, slots=True)
class Exclusion(Row):
    """Two codes, or heads of codes, that one report must not carry together (Excludes1); `keep` says which is kept."""

    code: str
    excluded: str
    keep: str
    source: str


ROW_TYPES: dict[str, type[Row]] = {
    "findings": Term,
    "structures": Term,
    "processes": Term,
    "states": Term,
    "severities": Term,
    "sides": Term,
    "zones": Term,
    "cues": Term,
    "changes": Term,
    "qualifiers": Term,
    "connectors": Term,
    "places": Term,
    "compositions": Composition,
    "headings": Heading,
    "spellings": Spelling,
    "exams": Phrase,
    "statements": Phrase,
    "columns": Phrase,
    "observations": Phrase,
    "symptoms": Term,
    "red_flags": Term,
    "care": Term,
    "territories": Term,
    "denials": Term,
    "durations": Term,
    "requests": Term,
    "definitions": Definition,
    "roots": RootTable,
    "correlations": Correlation,
    "appropriateness": Appropriateness,
    "policy": Policy,
    "prevalence": Prevalence,
    "details": Phrase,
    "codes": Code,
    "exclusions": Exclusion,
}
"""The files of the lexicon, without their ending, and the class of their rows."""


def columns_of(row_type: type[Row]) -> list[str]:
    """Return the columns of a file: the id, what its rows say, their example, and whether they are in force."""
    shared = {f.name for f in fields(Row)}
    return ["id", *(f.name for f in fields(row_type) if f.name not in shared), "example", "enabled"]


_R = TypeVar("_R", bound=Row)


@dataclass(frozen=True)
class Lexicon:
    """Every row of every file, by file name; two lexicons with the same rows have the same fingerprint."""

    rows: dict[str, tuple[Row, ...]]

    def terms(self, name: str) -> tuple[Term, ...]:
        """Return the rows of a file of terms."""
        return tuple(row for row in self.rows[name] if isinstance(row, Term))

    def compositions(self) -> tuple[Composition, ...]:
        """Return what structures and processes amount to."""
        return tuple(row for row in self.rows["compositions"] if isinstance(row, Composition))

    def headings(self) -> tuple[Heading, ...]:
        """Return the headings."""
        return tuple(row for row in self.rows["headings"] if isinstance(row, Heading))

    def spellings(self) -> tuple[Spelling, ...]:
        """Return the spellings."""
        return tuple(row for row in self.rows["spellings"] if isinstance(row, Spelling))

    def phrases(self, name: str) -> tuple[Phrase, ...]:
        """Return the rows of a file of phrases: exams, statements, columns."""
        return tuple(row for row in self.rows[name] if isinstance(row, Phrase))

    def rows_of(self, row_type: type[_R]) -> tuple[_R, ...]:
        """Return the rows of the one file whose rows are of this class: Correlation, Policy, Code."""
        name = next(name for name, known in ROW_TYPES.items() if known is row_type)
        return tuple(row for row in self.rows[name] if isinstance(row, row_type))

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the sorted rows after merging."""
        lines = sorted(f"{name}\t{row!r}" for name, rows in self.rows.items() for row in rows)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def root() -> Traversable:
    """Return the folder of the shipped lexicons: the wheel's, or the checkout's."""
    packaged = files("spinelink") / "lexicons"
    checkout = Path(__file__).resolve().parents[2] / "lexicons"
    for candidate in (packaged, checkout):
        if (candidate / "lexicons.yaml").is_file():
            return candidate
    raise LexiconError(f"no lexicons.yaml in {packaged} or {checkout}: install the package again")


def load(override: Path | None = None) -> Lexicon:
    """Return the shipped lexicon, with the rows of `override` merged over it by id.

    Raises LexiconError with every fault of every file, each with its file and line.
    """
    shipped = root()
    faults: list[str] = []
    _check_format(shipped, faults)
    merged: dict[str, dict[str, Row]] = {name: _read(shipped / f"{name}.tsv", name, faults) for name in ROW_TYPES}
    if override is not None:
        known = [name for name in ROW_TYPES if (override / f"{name}.tsv").is_file()]
        if not known:
            raise LexiconError(f"{override} holds none of {', '.join(f'{name}.tsv' for name in ROW_TYPES)}")
        for name in known:
            merged[name].update(_read(override / f"{name}.tsv", name, faults))
    if not faults:
        faults += _clashes(merged)
    if faults:
        raise LexiconError("\n".join(faults))
    return Lexicon({name: tuple(row for row in rows.values() if row.enabled) for name, rows in merged.items()})


@cache
def shipped() -> Lexicon:
    """Return the shipped lexicon, read once a process."""
    return load()


def _check_format(folder: Traversable, faults: list[str]) -> None:
    declared = yaml.safe_load((folder / "lexicons.yaml").read_text(encoding="utf-8"))
    if declared.get("format") != 1:
        faults.append("lexicons.yaml: format is not 1")
    listed = set(declared.get("files", {}))
    faults += [f"lexicons.yaml: {name} is not a known file" for name in sorted(listed - set(ROW_TYPES))]
    faults += [f"lexicons.yaml: {name} is not listed" for name in sorted(set(ROW_TYPES) - listed)]


def _read(path: Traversable, name: str, faults: list[str]) -> dict[str, Row]:
    """Return a file's rows by id; what is wrong is appended to `faults` with file and line."""
    row_type = ROW_TYPES[name]
    columns = columns_of(row_type)
    required = [c for c in columns if c != "enabled"]
    found: dict[str, Row] = {}
    lines = path.read_text(encoding="utf-8").splitlines()
    reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    header = next(reader, [])
    if sorted(header) not in (sorted(columns), sorted(required)):
        faults.append(f"{path.name}:1: columns are not {', '.join(required)}")  # what they are may be a report
        return found
    for number, cells in enumerate(reader, start=2):
        where = f"{path.name}:{number}"
        if not cells:
            continue
        if len(cells) != len(header):
            faults.append(f"{where}: {len(cells)} cells, expected {len(header)}")
            continue
        named = dict(zip(header, cells, strict=True))
        row = row_type(**{**named, "enabled": named.get("enabled", "true") != "false"})  # type: ignore[arg-type]
        if row.id in found:
            faults.append(f"{where}: id {row.id} stands twice")
        found[row.id] = row
        faults += [f"{where}: {fault}" for fault in _row_faults(name, row)]
    return found


def _row_faults(name: str, row: Row) -> Iterator[str]:
    if not _ID.fullmatch(row.id):
        yield f"id {row.id!r} is not of the form ABC-12"
    if not row.example:
        yield f"{row.id} has no example"
    if isinstance(row, Worded):
        yield from _term_faults(name, row.term)
    if isinstance(row, Term | Composition):
        yield from _attribute_faults(row.attributes)
    if isinstance(row, Term) and name == "findings":
        yield from _finding_faults(row.value)
    if isinstance(row, Composition):
        yield from _finding_faults(row.finding)
    if isinstance(row, Heading) and row.category not in vocabulary.SECTIONS:
        yield f"category {row.category!r} is none of {', '.join(vocabulary.SECTIONS)}"
    try:
        parse_condition(getattr(row, "conditions", ""))
    except ValueError as fault:
        yield f"conditions: {fault}"


def _term_faults(name: str, term: str) -> Iterator[str]:
    if not term or term != term.strip():
        yield "term is empty or has outer space"
    if term != term.lower() and name not in ("spellings", "columns"):
        yield f"term {term!r} is not in lower case"
    try:
        expand(term)
    except ValueError as fault:
        yield f"term {term!r}: {fault}"


def _finding_faults(value: str) -> Iterator[str]:
    for finding in value.split("|"):
        if finding and finding not in vocabulary.FINDINGS:
            yield f"{finding!r} is no finding of the vocabulary"


def _attribute_faults(attributes: str) -> Iterator[str]:
    for part in attributes.split(";"):
        if part and "=" not in part:
            yield f"attribute {part!r} is not name=value"


def _clashes(merged: dict[str, dict[str, Row]]) -> Iterator[str]:
    """Yield the ids that stand in two files and the spellings that one file gives twice."""
    owner: dict[str, str] = {}
    for name, rows in merged.items():
        seen: dict[str, str] = {}
        for row in rows.values():
            if owner.setdefault(row.id, name) != name:
                yield f"{name}.tsv: id {row.id} stands in {owner[row.id]}.tsv too"
            if not row.enabled or name in AMBIGUOUS or not isinstance(row, Worded):
                continue
            for spelling in expand(row.term):
                if seen.setdefault(spelling, row.id) != row.id:
                    yield f"{name}.tsv: {spelling!r} stands in {seen[spelling]} and {row.id}"
