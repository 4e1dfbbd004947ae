"""Heads: what a sentence speaks of. A finding noun is one by itself; a structure and what befalls it make one together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from spinelink import vocabulary
from spinelink.lexicon import Composition, Lexicon, Term
from spinelink.stages.parse.atoms import Atom

TRANSPARENT = frozenset("WGDUZCML")
"""Kinds that may stand between a structure and its process."""
LINKS = frozenset({"be", "colon", "show"})
"""Connectors between a subject and what is said of it."""
OF = frozenset({"of", "at"})
"""Connectors between a process and its object: "of the", "in", "upon"."""


@dataclass(slots=True)
class Head:
    """One thing spoken of: `first` and `last` are its outermost atoms, `process` and `structure` their indices (-1: none).

    `findings` are its types; `chain` joins heads that share a process or stand in one list. `absent` is set where a
    normal state says so; `copy` marks a head that takes its types from the one before ("moderate at C3-4").
    """

    findings: tuple[str, ...]
    attributes: Mapping[str, str]
    rule_id: str
    process: int
    structure: int
    chain: int
    absent: bool = False
    needs_level: bool = False
    copy: bool = False
    parts: tuple[int, ...] = field(default=())

    @property
    def first(self) -> int:
        """The index of its first atom."""
        return min(self.parts)

    @property
    def last(self) -> int:
        """The index of its last atom."""
        return max(self.parts)


@dataclass(frozen=True)
class Compositions:
    """What a structure and a process amount to, by the two names."""

    rows: Mapping[tuple[str, str], Composition]
    attributes: Mapping[str, Mapping[str, str]]

    def of(self, structure: str, process: Atom) -> tuple[Composition, Term] | None:
        """Return the composition of a structure with one of the readings of a process, and that reading."""
        for term in process.readings():
            row = self.rows.get((structure, term.value))
            if row is not None:
                return row, term
        return None


def compile_compositions(lexicon: Lexicon) -> Compositions:
    """Return the compositions of a lexicon, and every term's and composition's attributes read once."""
    rows = {(row.structure, row.process): row for row in lexicon.compositions()}
    attributes = {row.id: _pairs(row.attributes) for row in lexicon.compositions()}
    for name in lexicon.rows:
        attributes.update({term.id: _pairs(term.attributes) for term in lexicon.terms(name)})
    return Compositions(rows, attributes)


def _pairs(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split(";") if part)


class Linker:
    """Links structures to processes and states, one sentence at a time; `heads` is what comes of it."""

    def __init__(self, atoms: list[Atom], compositions: Compositions) -> None:
        self.atoms = atoms
        self.compositions = compositions
        self.heads: list[Head] = []
        self.used: set[int] = set()
        self._subject: list[int] = []
        self._chains = 0

    def link(self) -> list[Head]:
        """Return the heads in the order of their first atoms."""
        for i, atom in enumerate(self.atoms):
            if atom.kind == "F":
                self._finding(i, atom)
            elif atom.kind in "PN":
                self._predicate(i, atom)
            elif atom.kind == "S" and self._is_link(i + 1, frozenset({"colon"})):
                self._subject = [i]
        self._bare_grades()
        self._appositions()
        self.heads.sort(key=lambda head: (self._place(head), head.first))
        return self.heads

    def _place(self, head: Head) -> int:
        """Return where a head stands: its process where its structure comes from a frame or an earlier subject."""
        inside = [i for i in head.parts if not self.atoms[i].frame]
        return min(inside, default=0)

    def _appositions(self) -> None:
        """Make one head of a finding said twice in apposition: "oedema-type (Modic 1) endplate change"."""
        nouns = sorted((h for h in self.heads if h.process < 0 and len(h.parts) == 1), key=lambda h: h.first)
        for head, following in zip(nouns, nouns[1:], strict=False):
            between = self.atoms[head.last + 1 : following.first]
            narrowed = head.findings == ("disc_herniation",) and vocabulary.DISPLACED.issuperset(following.findings)
            bracketed = any(a.value == "open" for a in between)
            if (head.findings == following.findings or (narrowed and bracketed)) and not any(a.kind in "LXN" or (a.kind == "K" and a.form != "paren") for a in between):
                following.parts = (*head.parts, *following.parts)
                following.attributes = {**following.attributes, **head.attributes}
                self.heads.remove(head)

    # --- structures -------------------------------------------------------------------------------------------

    def structure_of(self, i: int) -> str | None:
        """Return the structure that an atom names, also a zone used as one ("foraminal stenosis")."""
        atom = self.atoms[i]
        if atom.kind == "S":
            return self._height(i) if atom.value == "height" else atom.value
        if atom.kind == "Z" and atom.term is not None:
            return self.compositions.attributes[atom.term.id].get("structure")
        if atom.kind == "R":
            return "root"
        if atom.kind == "F" and atom.term is not None:
            return self.compositions.attributes[atom.term.id].get("as")
        if atom.kind == "L" and atom.level is not None and atom.level.kind in ("vertebra", "disc"):
            return "vertebral_body" if atom.level.kind == "vertebra" else "level"
        return None

    def _height(self, i: int) -> str:
        """Return whose height is meant: a vertebra's where the sentence speaks of one, else a disc's."""
        for j in (*range(i - 1, -1, -1), *range(i + 1, len(self.atoms))):
            atom = self.atoms[j]
            if atom.value in ("vertebral_body", "vertebral_fracture", "vertebral_height", "vertebral_height_loss", "vertebra"):
                return "vertebral_height"
            if atom.kind in "SF" and atom.value.startswith("disc"):
                return "disc_height"
        return "disc_height"

    def _fits(self, i: int, process: Atom) -> bool:
        structure = self.structure_of(i)
        if structure is None or (self.atoms[i].kind == "Z" and process.kind == "N"):
            return False
        return structure != "level" and self.compositions.of(structure, process) is not None

    def _skip(self, i: int, step: int, kinds: frozenset[str] = TRANSPARENT, words: int = 4) -> int:
        """Return the next index from `i` (itself excluded) that is of none of the kinds; -1 or len at an end."""
        i += step
        while 0 <= i < len(self.atoms) and self.atoms[i].kind in kinds and not (
            self.atoms[i].kind == "Z" and self.structure_of(i)
        ):
            if self.atoms[i].kind == "W":
                words -= 1
                if words < 0:
                    return i
            i += step
        return i

    def _is_join(self, i: int) -> bool:
        return 0 <= i < len(self.atoms) and self.atoms[i].kind == "K" and self.atoms[i].form == "join"

    def _is_link(self, i: int, values: frozenset[str] = LINKS) -> bool:
        return 0 <= i < len(self.atoms) and self.atoms[i].kind == "K" and self.atoms[i].value in values

    def _chain_left(self, i: int, process: Atom) -> list[int]:
        """Return the structures of the list that ends at `i`, first to last: "canal, lateral recess or foraminal"."""
        found = [i]
        while True:
            j = self._skip(i, -1, frozenset("WGDUM"), words=2)
            if 0 <= j and self.atoms[j].kind in "RL" and self.atoms[i].value == "root":
                j = self._skip(j, -1, frozenset("WGDUM"), words=2)
            if not self._is_join(j):
                break
            k = j - 1
            while self._is_join(k):
                k -= 1
            while k >= 0 and self.atoms[k].kind in "LRM":
                k -= 1
            if k < 0 or not self._fits(k, process) or k in self._object_parts():
                break
            found.insert(0, k)
            i = k
        return found

    def _object_parts(self) -> set[int]:
        """Structures that a process to their left has taken."""
        return {head.structure for head in self.heads if 0 <= head.process < head.structure}

    def _chain_right(self, i: int, process: Atom) -> list[int]:
        """Return the structures of the list that begins at `i`: "the thecal sac and both nerve roots"."""
        found = [i]
        while True:
            j = i + 1
            while j < len(self.atoms) and (self.atoms[j].kind in "RWM" or self.atoms[j].value == "close"):
                j += 1
            if self._is_link(j, OF) and j + 1 < len(self.atoms) and self.atoms[j + 1].kind == "L":
                j += 2
            if not (self._is_join(j) or self._is_link(j, frozenset({"with"}))):
                break
            k = self._skip(j, 1, frozenset("WGDULM"), words=2)
            while self._is_join(k):
                k = self._skip(k, 1, frozenset("WGDULM"), words=4)
            if not (k < len(self.atoms) and self._fits(k, process)) or self._has_own_process(k):
                break
            found.append(k)
            i = k
        return found

    def _has_own_process(self, i: int) -> bool:
        """Say whether a structure is followed by a process, state or finding of its own."""
        j = self._skip(i, 1, frozenset("WGDUMLR"), words=2)
        if self._is_link(j):
            j = self._skip(j, 1, frozenset("WGDUMLRX"), words=2)
            return j < len(self.atoms) and (self.atoms[j].kind in "PN" or self._is_link(j))
        return j < len(self.atoms) and self.atoms[j].kind in "PNZ" and self._fits(i, self.atoms[j])

    # --- heads ------------------------------------------------------------------------------------------------

    def _finding(self, i: int, atom: Atom) -> None:
        assert atom.term is not None
        if not atom.value or i in self.used:
            return
        attributes = self.compositions.attributes[atom.term.id]
        if "yields" in attributes and self._yielded(i, atom, attributes["yields"]):
            return
        also = attributes.get("also")
        findings = (atom.value, also) if also else (atom.value,)
        self._chains += 1
        self._add(findings, attributes, atom.term.id, -1, i, (i,), absent="absent" in attributes)
        self._abbreviated(i, attributes)

    def _yielded(self, i: int, atom: Atom, process: str) -> bool:
        """"degenerative changes of the facets": a general noun yields to the structure that it is said of."""
        assert atom.term is not None
        as_process = replace(atom, kind="P", form="noun", term=replace(atom.term, value=process), others=())
        structures = self._compound(i, as_process) or self._objects_right(i, as_process)
        self._chains += 1
        for j in structures:
            structure = self.structure_of(j)
            row = self.compositions.rows.get((structure, process)) if structure else None
            if row is not None and row.finding:
                self._add(tuple(row.finding.split("|")), self.compositions.attributes[row.id], row.id, i, j, (i, j))
        return bool(structures)

    def _abbreviated(self, i: int, attributes: Mapping[str, str]) -> None:
        """"facet and LFH": an abbreviation lends its process to the structure joined before it."""
        process = attributes.get("process")
        j = self._skip(i, -1, frozenset("WGDU"), words=1)
        if process is None or not self._is_join(j) or j == 0:
            return
        structure = self.structure_of(j - 1)
        row = self.compositions.rows.get((structure, process)) if structure else None
        if row is not None:
            self._chains += 1
            self._add(tuple(row.finding.split("|")), self.compositions.attributes[row.id], row.id, i, j - 1, (j - 1,))

    def _add(
        self, findings: tuple[str, ...], attributes: Mapping[str, str], rule_id: str, process: int, structure: int,
        parts: tuple[int, ...], *, absent: bool = False, needs_level: bool = False, copy: bool = False,
    ) -> None:
        self.used.update(parts)
        self.heads.append(
            Head(findings, attributes, rule_id, process, structure, self._chains, absent, needs_level, copy, parts)
        )

    def _predicate(self, i: int, atom: Atom) -> None:
        """Link a process or state to its structures and add a head for each."""
        if atom.kind == "N" and atom.value == "none":
            return
        structures, reused = self._structures(i, atom)
        self._chains += 1
        for j in structures:
            structure = self.structure_of(j)
            composed = self.compositions.of(structure, atom) if structure else None
            if composed is None:
                continue
            row, _ = composed
            attributes = self.compositions.attributes[row.id]
            if "absent" not in attributes:
                self.heads = [head for head in self.heads if head.parts != (j,)]
            if row.finding and not self._repeated(i, j, row):
                own = (i,) if reused or self.atoms[j].frame else (i, j)
                self._add(tuple(row.finding.split("|")), attributes, row.id, i, j, own, absent="absent" in attributes)
        if structures:
            self._subject = structures
            return
        if atom.kind == "N":
            self._normal_level(i, atom)
        else:
            self._default(i, atom)

    def _repeated(self, i: int, j: int, row: Composition) -> bool:
        """Say whether a head says the same of the structure already ("hypertrophic facet arthropathy"); it takes the word in."""
        for head in self.heads:
            same = head.structure == j and head.findings == tuple(row.finding.split("|")) and "effect" not in head.attributes
            if same and head.absent == ("absent" in self.compositions.attributes[row.id]) and head.process == i - 2 + (j > i):
                head.parts = (*head.parts, i)
                return True
        return False

    def _structures(self, i: int, atom: Atom) -> tuple[list[int], bool]:
        """Return the structures of a process or state, and whether an earlier one has named them already."""
        if atom.kind == "N" or atom.form == "participle":
            order = (self._predicated, self._premodified, self._subject_before, self._framed)
        elif atom.form == "verb":
            order = (self._objects_right, self._compound, self._framed)
        elif i + 1 < len(self.atoms) and self.atoms[i + 1].kind == "R":
            order = (self._objects_right, self._compound, self._framed)
        else:
            order = (self._compound, self._objects_right, self._predicated, self._framed)
        for find in order:
            found = find(i, atom)
            if found:
                return found, find == self._subject_before
        if atom.term is not None and "reach" in self.compositions.attributes[atom.term.id]:
            return [j for j in range(len(self.atoms)) if self._fits(j, atom)][:1], False
        return [], False

    def _compound(self, i: int, atom: Atom) -> list[int]:
        """"neural foraminal narrowing": the structure stands before the process noun."""
        j = self._skip(i, -1, frozenset("WGDUC"))
        if not (j >= 0 and self._fits(j, atom)):
            j = self._skip(i, -1)
        if j >= 0 and self._fits(j, atom):
            return self._chain_left(j, atom)
        return []

    def _objects_right(self, i: int, atom: Atom) -> list[int]:
        """"compressing the thecal sac", "narrowing of both recesses", also over a second verb with the same object."""
        over = TRANSPARENT | {"X"} if atom.form == "verb" else TRANSPARENT
        j = self._skip(i, 1, over)
        with_object = atom.term is not None and "with" in self.compositions.attributes[atom.term.id]
        for _ in range(3):
            if j < len(self.atoms) and self.atoms[j].kind == "X" and self.atoms[j].value == "possible":
                j = self._skip(j, 1, over)
            if self._is_link(j, OF | {"open", "show"} | ({"with"} if with_object else set())):
                j = self._skip(j, 1, over)
        if j + 1 < len(self.atoms) and self.atoms[j].kind == "N" and self._fits(j + 1, atom):
            j += 1
        if j < len(self.atoms) and self._fits(j, atom):
            if atom.form == "noun" and j == i + 1 and self.atoms[j].kind == "Z":
                return []
            return self._chain_right(j, atom)
        if self._is_join(j) or self._is_link(j, frozenset({"but"})):
            k = self._skip(j, 1, frozenset("WGDUX"))
            if k < len(self.atoms) and self.atoms[k].kind == "P" and self.atoms[k].form in ("verb", "noun"):
                return [s for s in self._objects_right(k, self.atoms[k]) if self._fits(s, atom)]
        return []

    def _predicated(self, i: int, atom: Atom) -> list[int]:
        """"the canal is narrowed", "root compressed": the structure is the subject."""
        j = self._skip(i, -1, TRANSPARENT | {"X"}, words=6)
        linked = self._is_link(j)
        while self._is_link(j):
            j -= 1
            while j >= 0 and self.atoms[j].kind in "XGC":
                j -= 1
        if not linked and atom.form == "noun":
            return []
        if linked and atom.form == "participle" and i + 1 < len(self.atoms) and self.atoms[i + 1].kind == "S":
            return []
        region: list[int] = []
        while j >= 0:
            a = self.atoms[j]
            if (a.kind in "PNF" and not self._fits(j, atom)) or (a.kind == "K" and (a.form == "end" or a.value in ("which", "with", "cause", "show", "be"))):
                break
            if self._fits(j, atom) and j not in self._object_parts() and not (region and a.kind == "L"):
                region.insert(0, j)
            elif region and (a.value == "colon" or (self._is_join(j) and not self._joined_list(j))):
                break
            elif not linked and not region and a.kind not in "LRMWDGC" and a.value not in ("close", "open"):
                break
            j -= 1
        region = [k for k in region if not (self.atoms[k].kind in "RZ" and len(region) > 1)] or region
        if not region:
            return []
        return [k for k in region if self._coordinate(region[0], k)]

    def _joined_list(self, j: int) -> bool:
        """Say whether a list of structures goes on to the left of the join at `j`."""
        k = j - 1
        while k >= 0 and (self.atoms[k].kind in "WLRGDUM" or self._is_join(k)):
            k -= 1
        return k >= 0 and self.structure_of(k) is not None

    def _coordinate(self, first: int, k: int) -> bool:
        """Say whether `k` stands in one list with `first`, not in a phrase that hangs on it ("height of the disc")."""
        if k == first:
            return True
        j = k - 1
        while j > first:
            if self._is_join(j):
                return True
            if self.atoms[j].kind == "K" or self.structure_of(j) is not None:
                return False
            j -= 1
        return False

    def _premodified(self, i: int, atom: Atom) -> list[int]:
        """"patent canal and foramina", "thickened ligamentum flavum"."""
        j = self._skip(i, 1)
        if self._is_link(j, OF) or (self._is_join(j) and not self._fits(j - 1, atom)):
            j = self._skip(j, 1, words=1)
        if j < len(self.atoms) and self._fits(j, atom):
            # "straightening of the normal lordosis" says nothing normal of it.
            return [] if atom.kind == "N" and j in self._object_parts() else self._chain_right(j, atom)
        return [i + 1] if i + 1 < len(self.atoms) and self._level_fits(i + 1, atom) else []

    def _level_fits(self, i: int, process: Atom) -> bool:
        """Say whether a process is said of a disc level itself: "narrowed L5/S1 level"."""
        return self.atoms[i].kind == "L" and self.atoms[i].value == "disc" and (
            self.compositions.of("level", process) is not None
        )

    def _subject_before(self, i: int, atom: Atom) -> list[int]:
        """"..., right not significantly narrowed", "but is not compressed": the subject said last."""
        subject = [j for j in self._subject if self._fits(j, atom)]
        if not self._subject:
            first = next((j for j in range(i) if self.atoms[j].kind == "S"), None)
            subject = [first] if first is not None and self._fits(first, atom) else []
        j = self._skip(i, -1, TRANSPARENT | {"X"})
        return [] if atom.kind == "N" and not (self._is_link(j) or self._is_join(j)) else subject

    def _framed(self, i: int, atom: Atom) -> list[int]:
        """The label in force: "Canal: mildly narrowed"."""
        return [j for j, a in enumerate(self.atoms) if a.frame and self._fits(j, atom)][:2]

    def _default(self, i: int, atom: Atom) -> None:
        """A process noun without its structure: the one that its row names, else the last structure that fits."""
        if atom.form != "noun" or atom.term is None:
            return
        spoken = [j for j in self._subject if self._spoken_of(j, atom)]
        if spoken:
            self._add_composed(i, spoken[0], atom, (i,))
            return
        for term in atom.readings():
            rows = self._default_rows(i, term)
            for row in rows:
                self._add(tuple(row.finding.split("|")), self.compositions.attributes[row.id], row.id, i, -1, (i,))
            if rows:
                return
        inherited = self.compositions.attributes[atom.term.id].get("inherits")
        if inherited is not None:
            self._add((inherited,), {}, atom.term.id, i, -1, (i,), copy=True)
        if "back" not in self.compositions.attributes[atom.term.id]:
            return
        for j in range(i - 1, -1, -1):
            if self._fits(j, atom):
                self._add_composed(i, j, atom, (i,))
                return

    def _spoken_of(self, j: int, atom: Atom) -> bool:
        """Say whether a bare process may be the subject's: "heights are kept but for narrowing at L5-S1"."""
        structure = self.structure_of(j)
        composed = self.compositions.of(structure, atom) if structure else None
        return composed is not None and "spoken" in self.compositions.attributes[composed[0].id]

    def _add_composed(self, i: int, j: int, atom: Atom, parts: tuple[int, ...]) -> None:
        """Add the head of a process whose structure was named before; nothing of that structure's is lent."""
        structure = self.structure_of(j)
        composed = self.compositions.of(structure, atom) if structure else None
        if composed is not None and composed[0].finding:
            row = composed[0]
            self._add(tuple(row.finding.split("|")), self.compositions.attributes[row.id], row.id, i, -1, parts)

    def _default_rows(self, i: int, term: Term) -> list[Composition]:
        """Return what a process means without a structure: "left-sided narrowing" is of the foramen."""
        attributes = self.compositions.attributes[term.id]
        context = attributes.get("context", "")
        if context and any(a.value.startswith(context) for a in self.atoms[:i]):
            row = self.compositions.rows.get((context, term.value))
            return [row] if row is not None else []
        sided = any(
            self.atoms[j].kind == "D" for j in range(self._skip(i, -1) + 1, self._skip(i, 1)) if 0 <= j < len(self.atoms)
        )
        named = attributes.get("sided") if sided else None
        rows = [self.compositions.rows.get((s, term.value)) for s in (named or attributes.get("default", "")).split("|")]
        return [row for row in rows if row is not None]

    def _normal_level(self, i: int, atom: Atom) -> None:
        """"L2-3: normal": a state of a level denies bulge, herniation, canal and foraminal stenosis (NEG-08)."""
        if atom.term is None or self.compositions.attributes[atom.term.id].get("level") != "yes":
            return
        for j in range(i - 1, -1, -1):
            a = self.atoms[j]
            if a.kind == "K" and a.form == "end":
                break
            if (a.kind == "L" and a.value != "vertebra") or a.frame or (a.kind == "K" and (a.form == "join" or a.value in (*LINKS, *OF, "open", "close"))):
                continue
            if a.kind == "W" and a.value in ("level", "levels", "the", "place"):
                continue
            return
        if sum(a.kind == "W" for a in self.atoms[i + 1 :]) > 3:
            return
        if any(a.frame and self.structure_of(j) not in (None, "spine") for j, a in enumerate(self.atoms)):
            return
        row = self.compositions.rows.get(("level", "normal"))
        if row is not None:
            attributes = self.compositions.attributes[row.id]
            findings = tuple(row.finding.split("|"))
            self._add(findings, attributes, row.id, i, -1, (i,), absent=True, needs_level=True)

    def _bare_grades(self) -> None:
        """A grade or a "none" said of a structure by itself ("Canal: mild"), or of the head before at another level."""
        for begin, end in self._segments():
            inside = [i for i in range(begin, end) if not self.atoms[i].frame]
            if any(self.atoms[i].kind in "FPN" or i in self.used for i in inside):
                continue
            grades = [i for i in inside if self.atoms[i].kind == "G" or self._is_pronoun(i)]
            if not grades:
                continue
            structures = [i for i in inside if self.atoms[i].kind == "S"]
            if not structures:
                structures = [i for i, a in enumerate(self.atoms) if a.frame and self.structure_of(i)]
                named = next((a for a in self.atoms if a.frame and a.kind == "F" and a.value and a.term), None)
                if not structures and named is not None and named.term is not None:
                    self._chains += 1
                    attributes = self.compositions.attributes[named.term.id]
                    self._add((named.value,), attributes, named.term.id, grades[0], -1, (grades[0],))
                    continue
            elif not any(self._is_link(i) for i in range(structures[0], grades[0])):
                continue
            self._chains += 1
            if not self._grade_heads(structures, grades[0]):
                self._copy_head(grades[0], begin, end)

    def _grade_heads(self, structures: list[int], grade: int) -> bool:
        found = False
        for j in structures:
            structure = self.structure_of(j)
            row = self.compositions.rows.get((structure, "grade")) if structure else None
            if row is not None:
                attributes = self.compositions.attributes[row.id]
                parts = (grade,) if self.atoms[j].frame else (grade, j)
                self._add(tuple(row.finding.split("|")), attributes, row.id, grade, j, parts)
                found = True
        return found

    def _copy_head(self, grade: int, begin: int, end: int) -> None:
        """Add a head that repeats the one before, where a level or "none" shows that one is meant."""
        if any(self.atoms[i].kind == "S" for i in range(begin, end)):
            return
        pronoun = self._is_pronoun(grade)
        level = any(self.atoms[i].kind == "L" for i in range(begin, end))
        if pronoun or level:
            self._add((), {}, "", grade, -1, (grade,), copy=True)

    def _is_pronoun(self, i: int) -> bool:
        return self.atoms[i].kind == "X" and self.atoms[i].form == "pronoun"

    def _segments(self) -> Iterator[tuple[int, int]]:
        """Yield the stretches between commas, "and", "with" and stronger ends; a side label ("R:") begins one too."""
        begin = 0
        for i, atom in enumerate(self.atoms):
            if atom.kind != "K" or atom.frame:
                continue
            label = atom.value == "colon" and i and self.atoms[i - 1].kind == "D" and not self.atoms[i - 1].frame
            if label:
                if i - 1 > begin:
                    yield begin, i - 1
                begin = i - 1
            elif atom.form in ("join", "end", "with", "which", "cause", "because"):
                if i > begin:
                    yield begin, i
                begin = i + 1
        if begin < len(self.atoms):
            yield begin, len(self.atoms)
