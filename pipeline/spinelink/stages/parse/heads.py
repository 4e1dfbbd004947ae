"""Heads: what a sentence speaks of. A finding noun is one by itself; a structure and its process are one together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import attrgetter

from spinelink import vocabulary
from spinelink.lexicon import Term
from spinelink.stages.parse.atoms import Atom
from spinelink.stages.parse.compositions import Composed, Compositions
from spinelink.stages.parse.structures import LINKS, OF, Structures

_LEVEL_WORDS = frozenset({"level", "levels", "the", "place"})
_LEVEL_LINKS = LINKS | OF
_NO_ATTRIBUTES: Mapping[str, str] = {}
_ARTICLES = frozenset({"a", "an", "the", "this", "that"})
_MOST_WORDS_AFTER = 3
"""Words that may follow "normal" of a level; more make a sentence about something else."""
_first = attrgetter("first")


@dataclass(slots=True, eq=False)
class Head:
    """One thing spoken of: `findings` are its types, `parts` the indices of its atoms, from `first` to `last`.

    `process` and `structure` are indices too (-1: none); a structure that is no part was named before or is a label's.
    `chain` joins heads that share a process. `absent` is set where a normal state says so. `copy` marks a head that
    repeats one before it: of no type of its own ("moderate at C3-4"), or of a type said earlier in the report.
    `number` is its place among the heads of its sentence.
    """

    findings: tuple[str, ...]
    attributes: Mapping[str, str]
    rule_id: str
    process: int
    structure: int
    chain: int
    parts: tuple[int, ...]
    absent: bool = False
    needs_level: bool = False
    copy: bool = False
    first: int = 0
    last: int = 0
    number: int = 0

    def __post_init__(self) -> None:
        self.spread(self.parts)

    def spread(self, parts: tuple[int, ...]) -> None:
        """Take these atoms for its parts."""
        self.parts, self.first, self.last = parts, min(parts), max(parts)


class Heads:
    """The heads of one sentence, gathered from its findings, processes and states, and from bare grades (grades.py)."""

    def __init__(self, atoms: list[Atom], kinds: str, compositions: Compositions) -> None:
        self.atoms = atoms
        self.kinds = kinds
        self.compositions = compositions
        self.structures = Structures(atoms, kinds, compositions)
        self.found: list[Head] = []
        self.used: set[int] = set()
        self._chains = 0
        for i, kind in enumerate(kinds):
            if kind == "F":
                self._finding(i, atoms[i])
            elif kind in "PN":
                self._predicate(i, atoms[i])
            elif kind == "S" and self.structures.is_link(i + 1, frozenset({"colon"})):
                self.structures.subject = [i]

    def add(
        self,
        findings: tuple[str, ...],
        rule_id: str,
        process: int,
        structure: int,
        parts: tuple[int, ...],
        *,
        chain: bool = True,
        absent: bool = False,
        needs_level: bool = False,
        copy: bool = False,
    ) -> None:
        """Add a head; `chain` begins a new one, else it shares the last head's."""
        self._chains += chain
        self.used.update(parts)
        if 0 <= process < structure:
            self.structures.objects.add(structure)
        attributes = self.compositions.attributes.get(rule_id, _NO_ATTRIBUTES)
        self.found.append(
            Head(findings, attributes, rule_id, process, structure, self._chains, parts, absent, needs_level, copy)
        )

    def add_composed(
        self, row: Composed, process: int, structure: int, parts: tuple[int, ...], *, chain: bool = True
    ) -> None:
        """Add the head of a composition; one that amounts to nothing adds none."""
        if row.findings:
            self.add(row.findings, row.id, process, structure, parts, chain=chain, absent=row.absent)

    # --- findings -------------------------------------------------------------------------------------------------

    def _finding(self, i: int, atom: Atom) -> None:
        if atom.term is None or not atom.value or i in self.used:
            return
        attributes = atom.attributes
        if "graded" in attributes and not (i and self.atoms[i - 1].kind in "GUC"):
            return  # "Thoracic kyphosis T4-T12: 38 degrees" measures what everybody has.
        if atom.value in vocabulary.OPERATIONS and self._is_landmark(i):
            return
        if "yields" in attributes and self._yielded(i, atom, atom.term, attributes["yields"]):
            return
        also = attributes.get("also")
        findings = (atom.value, also) if also else (atom.value,)
        self.add(findings, atom.term.id, -1, i, (i,), absent="absent" in attributes)
        if "process" in attributes:
            self._abbreviated(i, attributes["process"])

    def _is_landmark(self, i: int) -> bool:
        """Say whether an operation only says where something else is: "stenosis above the fusion"."""
        j = self.structures.skip(i, -1, frozenset("WDLU"), words=2)
        return self.structures.is_link(j, frozenset({"notwithstanding"}))

    def _yielded(self, i: int, atom: Atom, term: Term, process: str) -> bool:
        """Make a general noun yield to the structure that it is said of: "degenerative changes of the facets"."""
        general = replace(atom, kind="P", value=process, form="noun", term=replace(term, value=process), others=())
        structures = (
            self.structures.compound(i, general)
            or self.structures.objects_right(i, general)
            or self.structures.predicated(i, general)
        )
        for n, j in enumerate(structures):
            row = self.compositions.of(self.structures.names[j], general)
            if row is not None:
                self.add_composed(row, i, j, (i, j), chain=not n)
        return bool(structures)

    def _abbreviated(self, i: int, process: str) -> None:
        """Let an abbreviation lend its process to the structure joined before it: "facet and LFH"."""
        j = self.structures.skip(i, -1, frozenset("WGDU"), words=1)
        if j > 0 and self.structures.is_join(j):
            row = self.compositions.rows.get((self.structures.names[j - 1] or "", process))
            if row is not None:
                self.add_composed(row, i, j - 1, (j - 1,))

    # --- processes and states -------------------------------------------------------------------------------------

    def _predicate(self, i: int, atom: Atom) -> None:
        """Link a process or state to its structures and add a head for each."""
        if atom.kind == "N" and atom.value == "none":
            return
        structures, earlier = self.structures.of(i, atom)
        begun = False
        for j in structures:
            row = self.compositions.of(self.structures.names[j], atom)
            if row is None:
                continue
            if not row.absent:
                # "incomplete fusion" is no fusion; "intact hardware" is hardware all the same.
                self.found = [head for head in self.found if head.parts != (j,)]
            else:  # "The thoracic kyphosis is preserved" states none.
                self.found = [head for head in self.found if head.parts != (j,) or head.findings != row.findings]
            if not self._repeated(i, j, row):
                parts = (i,) if earlier or self.atoms[j].frame else (i, j)
                self.add_composed(row, i, j, parts, chain=not begun)
                begun = True
        if structures:
            self.structures.subject = structures
        elif atom.kind == "N":
            self._normal_level(i, atom)
        else:
            self._default(i, atom)

    def _repeated(self, i: int, j: int, row: Composed) -> bool:
        """Say whether a word beside says the same ("hypertrophic facet arthropathy"); the head takes it in."""
        for head in self.found:
            same = head.structure == j and head.findings == row.findings and head.absent == row.absent
            if same and "effect" not in head.attributes and head.process == i - 2 + (j > i):
                head.spread((*head.parts, i))
                return True
        return False

    def _default(self, i: int, atom: Atom) -> None:
        """Add the head of a process noun without a structure: the subject's, its row's default, or an earlier one's."""
        if atom.form != "noun" or atom.term is None or self._is_of_something_else(i):
            return
        spoken = next((row for j in self.structures.subject if (row := self._spoken(j, atom))), None)
        if spoken is not None:
            self.add_composed(spoken, i, -1, (i,))
            return
        for term in atom.readings():
            rows = self._default_rows(i, term)
            for n, row in enumerate(rows):
                self.add_composed(row, i, -1, (i,), chain=not n)
            if rows:
                return
        attributes = atom.attributes
        if "inherits" in attributes:
            self.add((attributes["inherits"],), atom.term.id, i, -1, (i,), copy=True)
        elif "back" in attributes:
            j = next((j for j in range(i - 1, -1, -1) if self.structures.fits(j, atom)), None)
            earlier = self.compositions.of(self.structures.names[j], atom) if j is not None else None
            if earlier is not None:
                self.add_composed(earlier, i, -1, (i,))

    def _is_of_something_else(self, i: int) -> bool:
        """Say whether a process is said of a thing that it does not befall here: "narrowing of the hip joint space"."""
        if not self.structures.is_link(i + 1, frozenset({"of"})):
            return False
        j = self.structures.skip(i + 1, 1, frozenset("GDZ"))
        while j < len(self.atoms) and self.atoms[j].kind == "W" and self.atoms[j].value in _ARTICLES:
            j = self.structures.skip(j, 1, frozenset("GDZ"))
        return j < len(self.atoms) and self.atoms[j].kind in "WS"

    def _spoken(self, j: int, atom: Atom) -> Composed | None:
        """Return what a bare process says of the subject: "heights are kept but for narrowing at L5-S1"."""
        row = self.compositions.of(self.structures.names[j], atom)
        return row if row is not None and "spoken" in row.attributes else None

    def _default_rows(self, i: int, term: Term) -> list[Composed]:
        """Return what a process means without a structure: "left-sided narrowing" is of the foramen."""
        attributes = self.compositions.attributes[term.id]
        context = attributes.get("context")
        if context and any(atom.value.startswith(context) for atom in self.atoms[:i]):
            names = [context]
        else:
            beside = self.atoms[max(0, self.structures.skip(i, -1) + 1) : self.structures.skip(i, 1)]
            sided = "sided" in attributes and any(atom.kind == "D" for atom in beside)
            names = attributes.get("sided" if sided else "default", "").split("|")
        rows = [self.compositions.rows.get((name, term.value)) for name in names]
        return [row for row in rows if row is not None]

    def _normal_level(self, i: int, atom: Atom) -> None:
        """Add what a normal level denies: bulge, herniation, canal and foraminal stenosis ("L2-3: normal", NEG-08)."""
        if "level" not in atom.attributes:
            return
        named = False
        for j in range(i - 1, -1, -1):
            named = named or self.atoms[j].kind == "L"
            if self.atoms[j].form == "end" or (named and self.atoms[j].value == "comma"):
                break
            if not self._is_of_a_level(self.atoms[j]):
                return
        words_after = sum(a.kind == "W" for a in self.atoms[i + 1 :])
        framed = any(a.frame and self.structures.names[j] not in (None, "spine") for j, a in enumerate(self.atoms))
        row = self.compositions.rows.get(("level", "normal"))
        if row is not None and not framed and words_after <= _MOST_WORDS_AFTER:
            self.add(row.findings, row.id, i, -1, (i,), absent=True, needs_level=True)

    def _is_of_a_level(self, atom: Atom) -> bool:
        if atom.kind == "K":
            return atom.form in ("join", "paren") or atom.value in _LEVEL_LINKS
        return (
            atom.frame is not None
            or (atom.kind == "L" and atom.value != "vertebra")
            or (atom.kind == "W" and atom.value in _LEVEL_WORDS)
        )

    # --- what is made of them -------------------------------------------------------------------------------------

    def ordered(self) -> list[Head]:
        """Return the heads that stand in the sentence, in the order of their first atoms, appositions made one."""
        if len(self.found) > 1:
            self._join_appositions()
        if self.atoms and self.atoms[0].frame:
            placed = [(min(places), head) for head in self.found if (places := self._places(head))]
        else:
            placed = [(head.first, head) for head in self.found]
        if len(placed) > 1:
            placed.sort(key=_place_and_first)
        heads = [head for _, head in placed]
        for number, head in enumerate(heads):
            head.number = number
        return heads

    def _places(self, head: Head) -> list[int]:
        """Return the parts of a head that stand in the sentence, not in its label."""
        return [i for i in head.parts if not self.atoms[i].frame]

    def _join_appositions(self) -> None:
        """Make one head of a finding said twice in apposition: "oedema-type (Modic 1) endplate change"."""
        nouns = [head for head in self.found if head.process < 0 and len(head.parts) == 1]
        if len(nouns) < 2:
            return
        nouns.sort(key=_first)
        for head, following in pairwise(nouns):
            between = self.atoms[head.last + 1 : following.first]
            if any(a.kind in "LXN" or (a.kind == "K" and a.form != "paren") for a in between):
                continue
            general = head.findings == ("disc_herniation",) and vocabulary.DISPLACED.issuperset(following.findings)
            if head.findings == following.findings or (general and any(a.value == "open" for a in between)):
                following.spread((*head.parts, *following.parts))
                following.attributes = {**following.attributes, **head.attributes}
                self.found.remove(head)


def _place_and_first(placed: tuple[int, Head]) -> tuple[int, int]:
    return placed[0], placed[1].first
