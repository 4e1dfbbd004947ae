"""Which words of its sentence stand behind each value of a mention; asked for explanations only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from spinelink.records import Mention, Word
from spinelink.stages.parse.assertion import Assertion
from spinelink.stages.parse.atoms import Atom
from spinelink.stages.parse.heads import Head
from spinelink.stages.parse.modifiers import Group

_OF_THE_ROW = ("subtype", "effect")
"""Values that the row of the type states."""
_QUALITIES = {"acuity": "acuity", "etiology": "etiology", "migration": "migration", "recurrent": "recurrent"}
_QUALITIES |= {"grade": "grade", "grade_scale": "grade"}
"""Value to the form of its words among the qualifiers."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a mention was made of: `head` it is of, `source` of its type (the head that a copy repeats, else the same),
    `side` the indices of the atoms that told its side, `denying` of the change that denies it.
    """

    head: Head
    source: Head | None
    group: Group
    said: Assertion
    side: Sequence[int]
    denying: Sequence[int]


def words_of(mention: Mention, told: Told, atoms: Sequence[Atom], frame: str) -> tuple[Word, ...]:
    """Return the words of a mention's values, value by value, in the order of the sentence; `frame` is its label."""
    found: list[Word] = []
    for value, indices in _indices(mention, told, atoms):
        for i in sorted(set(indices)):
            start, end = atoms[i].frame or (atoms[i].start, atoms[i].end)
            if start < end:
                found.append(Word(value, start, end, atoms[i].rule_id, frame if atoms[i].frame else ""))
    return tuple(found)


def _indices(mention: Mention, told: Told, atoms: Sequence[Atom]) -> Iterator[tuple[str, Iterable[int]]]:
    group, said = told.group, told.said
    type_atoms = _type_atoms(atoms, told.source) if told.source is not None else []
    grade = [i for i in group.atoms if atoms[i].kind == "G"][:1]
    yield "type", type_atoms
    yield from ((name, type_atoms) for name in _OF_THE_ROW if getattr(mention, name))
    if mention.side:
        yield "side", told.side or type_atoms
    if mention.side_dominant:
        yield "side_dominant", [i for i in told.side if atoms[i].form in ("dominance", "direction")]
    if mention.severity:
        yield "severity", grade
    if mention.assertion != "present":
        yield "assertion", [said.cue] if said.value == mention.assertion and said.cue >= 0 else told.denying
    if mention.denied_qualifier:
        acute = [i for i in group.atoms if atoms[i].kind == "U" and atoms[i].form == "acuity"][:1]
        graded = mention.denied_qualifier != "acute" and grade
        yield "denied_qualifier", [said.cue] if said.denied else graded or acute
    if mention.zone:
        yield "zone", [i for i in group.atoms if atoms[i].kind == "Z" and atoms[i].value == mention.zone][:1]
    if mention.change:
        changes = [i for i in group.atoms if atoms[i].kind == "C" and atoms[i].value]
        same = [i for i in changes if atoms[i].value == mention.change]
        yield "change", (same or changes)[-1:]  # an earlier grade tells a change by comparison
    for name, form in _QUALITIES.items():
        if getattr(mention, name):
            yield name, [i for i in group.atoms if atoms[i].kind == "U" and atoms[i].form == form][:1]
    if mention.root:
        yield "root", [told.head.structure]
    if mention.organ:
        structure = told.head.structure
        named = structure >= 0 and "organ" in atoms[structure].attributes
        yield "organ", [structure] if named else type_atoms


def _type_atoms(atoms: Sequence[Atom], head: Head) -> list[int]:
    """Return the noun, or the structure and the process; of a grade alone under a label, the label's noun."""
    inside = {*head.parts, head.process, head.structure} - {-1}
    named = [i for i in inside if atoms[i].kind in "FSPNR" or i == head.structure]
    return named or [i for i, atom in enumerate(atoms) if atom.rule_id == head.rule_id] or list(head.parts)
