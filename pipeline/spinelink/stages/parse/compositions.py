"""What structures and processes amount to, and the attributes of every row, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spinelink.lexicon import Composition, Lexicon
from spinelink.stages.parse.atoms import Atom


@dataclass(frozen=True)
class Compositions:
    """What a structure and a process amount to, by the two names; `attributes` of any row by its id."""

    rows: Mapping[tuple[str, str], Composition]
    attributes: Mapping[str, Mapping[str, str]]

    def of(self, structure: str, process: Atom) -> Composition | None:
        """Return the composition of a structure with the first reading of a process that has one."""
        row = self.rows.get((structure, process.value))
        if row is None:
            for term in process.others:
                row = self.rows.get((structure, term.value))
                if row is not None:
                    break
        return row

    def findings(self, row: Composition) -> tuple[str, ...]:
        """Return the finding types of a composition."""
        return tuple(row.finding.split("|"))


def compile_compositions(lexicon: Lexicon) -> Compositions:
    """Return the compositions of a lexicon, and every term's and composition's attributes read once."""
    rows = {(row.structure, row.process): row for row in lexicon.compositions()}
    attributes = {row.id: _pairs(row.attributes) for row in lexicon.compositions()}
    for name in lexicon.rows:
        attributes.update({term.id: _pairs(term.attributes) for term in lexicon.terms(name)})
    return Compositions(rows, attributes)


def _pairs(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split(";") if part)
