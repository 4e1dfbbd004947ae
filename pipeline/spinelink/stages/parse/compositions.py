"""What structures and processes amount to, and the attributes of every row, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from spinelink.lexicon import Lexicon
from spinelink.stages.parse.atoms import Atom


class Composed(NamedTuple):
    """What a structure and a process amount to: finding types, none where it is none; `absent` denies them."""

    id: str
    findings: tuple[str, ...]
    attributes: Mapping[str, str]
    absent: bool


@dataclass(frozen=True)
class Compositions:
    """What a structure and a process amount to, by the two names; `attributes` of any row by its id."""

    rows: Mapping[tuple[str, str], Composed]
    attributes: Mapping[str, Mapping[str, str]]

    def of(self, structure: str | None, process: Atom) -> Composed | None:
        """Return the composition of a structure with the first reading of a process that has one."""
        if structure is None:
            return None
        row = self.rows.get((structure, process.value))
        if row is None:
            for term in process.others:
                row = self.rows.get((structure, term.value))
                if row is not None:
                    break
        return row


def compile_compositions(lexicon: Lexicon) -> Compositions:
    """Return the compositions of a lexicon, and every term's and composition's attributes read once."""
    attributes = {row.id: _pairs(row.attributes) for row in lexicon.compositions()}
    rows = {
        (row.structure, row.process): Composed(
            row.id,
            tuple(row.finding.split("|")) if row.finding else (),
            attributes[row.id],
            "absent" in attributes[row.id],
        )
        for row in lexicon.compositions()
    }
    for name in lexicon.rows:
        attributes.update({term.id: _pairs(term.attributes) for term in lexicon.terms(name)})
    return Compositions(rows, attributes)


def _pairs(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split(";") if part)
