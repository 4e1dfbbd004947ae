"""Which structures a process or state is said of: before it, after it, as its subject, or in the label in force."""

from __future__ import annotations

from spinelink.stages.parse.atoms import Atom
from spinelink.stages.parse.compositions import Compositions

TRANSPARENT = frozenset("WGDUZCML")
"""Kinds that may stand between a structure and its process."""
LINKS = frozenset({"be", "colon", "show"})
"""Connectors between a subject and what is said of it."""
OF = frozenset({"of", "at"})
"""Connectors between a process and its object: "of the", "in", "upon"."""
_DOUBT = TRANSPARENT | {"X"}
_NAMED = frozenset("SZFRL")
"""Kinds that name a structure or may do so."""
_BESIDE = frozenset("WGDUM")
_CLAUSE = frozenset({"which", "where", "with", "cause", "show", "be"})


class Structures:
    """The structures of one sentence. `subject` is what was spoken of last, `objects` what a process before it took."""

    def __init__(self, atoms: list[Atom], kinds: str, compositions: Compositions) -> None:
        self.atoms = atoms
        self.kinds = kinds
        self.compositions = compositions
        self.subject: list[int] = []
        self.objects: set[int] = set()
        self.names = [self._name(i, atoms[i]) if kind in _NAMED else None for i, kind in enumerate(kinds)]

    def _name(self, i: int, atom: Atom) -> str | None:
        """Return the structure that an atom names, also a zone used as one ("foraminal stenosis")."""
        kind = atom.kind
        if kind == "S":
            if atom.value == "signal":
                return self._signal(i)
            return self._height(i) if atom.value == "height" else atom.value
        if kind in "ZF":
            return atom.attributes.get("structure" if kind == "Z" else "as")
        if kind == "R":
            return "root"
        if kind == "L" and atom.value in ("vertebra", "disc"):
            return "vertebral_body" if atom.value == "vertebra" else "level"
        return None

    def _signal(self, i: int) -> str:
        """Return whose signal is meant beside a height: "loss of disc height and signal"."""
        before = [atom for atom in self.atoms[max(0, i - 3) : i] if atom.kind in "SK"]
        joined = len(before) > 1 and before[-1].value in ("and", "slash")
        return "disc_signal" if joined and before[-2].value.startswith("disc") else "signal"

    def _height(self, i: int) -> str:
        """Return whose height is meant: a vertebra's where the sentence speaks of one, else a disc's."""
        for j in (*range(i - 1, -1, -1), *range(i + 1, len(self.atoms))):
            atom = self.atoms[j]
            if atom.value.startswith("vertebra"):
                return "vertebral_height"
            if atom.kind in "SF" and atom.value.startswith("disc"):
                return "disc_height"
        return "disc_height"

    def fits(self, i: int, process: Atom) -> bool:
        """Say whether an atom names a structure to which the process may happen."""
        name = self.names[i]
        if name is None or name == "level" or (process.kind == "N" and self.atoms[i].kind == "Z"):
            return False
        if self.atoms[i].kind == "Z" and self._is_adjective(i):
            return False  # "narrowing of the midline thecal sac" is of the sac
        return self.compositions.of(name, process) is not None

    def of(self, i: int, process: Atom) -> tuple[list[int], bool]:
        """Return the structures of the process or state at `i`, and whether they are an earlier subject's."""
        if process.kind == "N" and self._is_of_levels(i):
            return [], False
        if process.kind == "N" or process.form == "participle":
            found = self.predicated(i, process) or self._premodified(i, process)
            if not found and (found := self._subject_before(i, process)):
                return found, True
        elif process.form == "verb" or (i + 1 < len(self.atoms) and self.atoms[i + 1].kind == "R"):
            found = self.objects_right(i, process) or self.compound(i, process)
            if not found and any(term.form == "participle" for term in process.readings()):
                found = self.predicated(i, process)
        else:
            found = self.compound(i, process) or self.objects_right(i, process) or self.predicated(i, process)
        if not found and process.form == "noun" and process.kind == "P":
            found = self._without(i, process)
        if not found and self.atoms[0].frame:
            found = [j for j, a in enumerate(self.atoms) if a.frame and self.fits(j, process)][:2]
        if not found and "reach" in process.attributes:
            found = [j for j in range(len(self.atoms)) if self.fits(j, process)][:1]
        return found, False

    # --- steps ----------------------------------------------------------------------------------------------------

    def skip(self, i: int, step: int, kinds: frozenset[str] = TRANSPARENT, words: int = 4) -> int:
        """Return the next index from `i` (itself excluded) that is of none of the kinds; -1 or the length at an end."""
        i += step
        sentence, count = self.kinds, len(self.kinds)
        while 0 <= i < count:
            kind = sentence[i]
            if kind not in kinds or (kind == "Z" and self.names[i] and not self._is_adjective(i)):
                break
            if kind == "W":
                words -= 1
                if words < 0:
                    break
            i += step
        return i

    def _is_adjective(self, i: int) -> bool:
        """Say whether a zone is said of the structure after it."""
        return i + 1 < len(self.atoms) and self.atoms[i + 1].kind == "S"

    def is_join(self, i: int) -> bool:
        """Say whether "and", "or", a comma or a slash stands at `i`."""
        return 0 <= i < len(self.atoms) and self.atoms[i].form == "join"

    def is_link(self, i: int, values: frozenset[str] = LINKS) -> bool:
        """Say whether one of these connectors stands at `i`."""
        return 0 <= i < len(self.atoms) and self.atoms[i].kind == "K" and self.atoms[i].value in values

    def _chain_left(self, i: int, process: Atom) -> list[int]:
        """Return the structures of the list that ends at `i`, first to last: "canal, lateral recess or foraminal"."""
        found = [i]
        while True:
            j = self.skip(i, -1, _BESIDE, words=2)
            if 0 <= j and self.atoms[j].kind in "RL" and self.atoms[i].value == "root":
                j = self.skip(j, -1, _BESIDE, words=2)
            if not self.is_join(j):
                return found
            k = j - 1
            while self.is_join(k):
                k -= 1
            while k >= 0 and self.atoms[k].kind in "LRM":
                k -= 1
            if k < 0 or not self.fits(k, process) or k in self.objects:
                return found
            found.insert(0, k)
            i = k

    def _chain_right(self, i: int, process: Atom) -> list[int]:
        """Return the structures of the list that begins at `i`: "the thecal sac and both nerve roots"."""
        found = [i]
        while True:
            j = i + 1
            while j < len(self.atoms) and (self.atoms[j].kind in "RWM" or self.atoms[j].value == "close"):
                j += 1
            if self.is_link(j, OF) and j + 1 < len(self.atoms) and self.atoms[j + 1].kind == "L":
                j += 2
            if not (self.is_join(j) or (process.form == "verb" and self.is_link(j, frozenset({"with"})))):
                return found
            k = self.skip(j, 1, _BESIDE | {"L"}, words=2)
            if self.is_link(k, frozenset({"of"})):
                k = self.skip(k, 1, _BESIDE | {"L"}, words=2)
            while self.is_join(k):
                k = self.skip(k, 1, _BESIDE | {"L"}, words=4)
            if not (k < len(self.atoms) and self.fits(k, process)) or self._has_own_process(k):
                return found
            found.append(k)
            i = k

    def _has_own_process(self, i: int) -> bool:
        """Say whether a structure is followed by a process, state or finding of its own."""
        j = self.skip(i, 1, _BESIDE | {"L", "R"}, words=2)
        if j < len(self.atoms) and self.atoms[j].kind == "S" and j == i + 1:
            j = self.skip(j, 1, _BESIDE | {"L", "R"}, words=2)
        if self.is_link(j):
            j = self.skip(j, 1, _BESIDE | {"L", "R", "X"}, words=2)
            return j < len(self.atoms) and (self.atoms[j].kind in "PN" or self.is_link(j))
        return j < len(self.atoms) and self.atoms[j].kind in "PNZ" and self.fits(i, self.atoms[j])

    # --- places ---------------------------------------------------------------------------------------------------

    def compound(self, i: int, process: Atom) -> list[int]:
        """Return the list before a process noun: "canal or neural foraminal narrowing"."""
        j = self.skip(i, -1, frozenset("WGDUC"))
        if not (j >= 0 and self.fits(j, process)):
            j = self.skip(i, -1)
        return self._chain_left(j, process) if j >= 0 and self.fits(j, process) else []

    def objects_right(self, i: int, process: Atom) -> list[int]:
        """Return the list after a process, and over a second verb: "displacing and compressing the left S1 root"."""
        over = _DOUBT if process.form == "verb" else TRANSPARENT
        j = self.skip(i, 1, over)
        with_object = "with" in process.attributes
        for _ in range(3):
            if j < len(self.atoms) and self.atoms[j].kind == "X" and self.atoms[j].value == "possible":
                j = self.skip(j, 1, over)
            if self.is_link(j, OF | {"open", "show"} | ({"with"} if with_object else frozenset())):
                j = self.skip(j, 1, over)
        if j + 1 < len(self.atoms) and self.atoms[j].kind == "N" and self.fits(j + 1, process):
            j += 1
        if (
            self.is_link(i + 1, frozenset({"of"}))
            and self.is_join(j)
            and any(a.kind == "L" for a in self.atoms[i + 1 : j])
        ):
            k = self.skip(j, 1, frozenset("WGDL"), words=2)  # "narrowing of the right C4-5 and right C5-6 foramina"
            if k < len(self.atoms) and self.atoms[k].kind in "SZ" and self.fits(k, process):
                return self._chain_right(k, process)
        if j < len(self.atoms) and self.fits(j, process):
            beside = process.form == "noun" and j == i + 1 and self.atoms[j].kind == "Z"
            return [] if beside else self._chain_right(j, process)
        if process.form == "verb" and self._is_pronoun_object(j):
            return next(([k] for k in range(i - 1, -1, -1) if self.fits(k, process)), [])
        if self.is_join(j) or self.is_link(j, frozenset({"but"})):
            while self.is_join(j + 1) or self.is_link(j + 1, frozenset({"but"})):
                j += 1
            k = self.skip(j, 1, frozenset("WGDUX"))
            if k < len(self.atoms) and self.atoms[k].kind == "P" and self.atoms[k].form in ("verb", "noun"):
                return [s for s in self.objects_right(k, self.atoms[k]) if self.fits(s, process)]
        return []

    def _without(self, i: int, process: Atom) -> list[int]:
        """Return the list that is without something: "canal and foramina without narrowing"."""
        j = self.skip(i, -1, _BESIDE)
        if j < 1 or self.atoms[j].kind != "X" or self.atoms[j].value != "absent":
            return []
        k = self.skip(j, -1, frozenset("WL"), words=1)
        return self._chain_left(k, process) if k >= 0 and self.fits(k, process) and k not in self.objects else []

    def _is_pronoun_object(self, j: int) -> bool:
        """Say whether "it" or "them" stands at `j` for what was named before: "without compressing it"."""
        if not self.is_link(j, frozenset({"which"})):
            return False
        return j + 1 == len(self.atoms) or self.atoms[j + 1].form in ("join", "end", "paren") or self.is_link(j + 1, OF)

    def predicated(self, i: int, process: Atom) -> list[int]:
        """Return the subjects of a predicate: "the canal and foramina are narrowed", "root compressed"."""
        j = self.skip(i, -1, _DOUBT, words=6)
        linked = self.is_link(j) or (process.kind == "N" and self.is_link(j, frozenset({"with"})))
        if linked and not self.is_link(j):
            j -= 1
        if not linked and process.kind == "N" and self.is_join(j):
            k = self.skip(j, -1, frozenset("W"))  # "the roots are symmetric and free"
            linked, j = (True, k) if self.is_link(k) else (False, j)
        while self.is_link(j):
            j -= 1
            while j >= 0 and self.atoms[j].kind in "XGC":
                j -= 1
        if not linked and process.form == "noun":
            return []
        if linked and process.form == "participle" and i + 1 < len(self.atoms) and self.atoms[i + 1].kind == "S":
            return []
        region = self._region(j, process, linked=linked)
        region = [k for k in region if not (self.atoms[k].kind in "RZ" and len(region) > 1)] or region
        return [k for k in region if self._is_coordinate(region[0], k)]

    def _is_of_levels(self, i: int) -> bool:
        """Say whether the clause of the state at `i` speaks of levels alone: "..., the remaining levels are normal"."""
        j = self.skip(i, -1, frozenset("WX"))
        if not self.is_link(j, frozenset({"be", "show"})):
            return False
        k = j = j - 1
        while k >= 0 and (self.atoms[k].kind in "LW" or self.atoms[k].value in ("and", "slash")):
            k -= 1
        parted = k < 0 or (self.atoms[k].kind == "K" and self.atoms[k].form in ("join", "end"))
        return parted and any(atom.kind == "L" and atom.value != "vertebra" for atom in self.atoms[k + 1 : j + 1])

    def _region(self, j: int, process: Atom, *, linked: bool) -> list[int]:
        """Return the structures from `j` to the left that the process fits, up to the clause's beginning."""
        region: list[int] = []
        while j >= 0:
            atom = self.atoms[j]
            fits = self.fits(j, process) and not self._hangs_on_a_process(j)
            if (atom.kind in "PNF" and not fits) or (
                atom.kind == "K" and (atom.form == "end" or atom.value in _CLAUSE)
            ):
                break
            if fits and j not in self.objects and not (region and atom.kind == "L"):
                region.insert(0, j)
            elif region and (atom.value == "colon" or (self.is_join(j) and not self._is_joined_list(j))):
                break
            elif not linked and not region and atom.kind not in "LRMWDGC" and atom.form != "paren":
                break
            j -= 1
        return region

    def _hangs_on_a_process(self, j: int) -> bool:
        """Say whether a structure is the object of what happens to it before: "touched in the foramen and ..."."""
        k = self.skip(j, -1, frozenset("WGDUCLR"))
        if not self.is_link(k, OF):
            return False
        k = self.skip(k, -1, frozenset("WGDUCLR"))
        return k >= 0 and self.atoms[k].kind in "PF"

    def _is_joined_list(self, j: int) -> bool:
        """Say whether a list of structures goes on to the left of the join at `j`."""
        k = j - 1
        while k >= 0 and (self.atoms[k].kind in "WLRGDUM" or self.is_join(k)):
            k -= 1
        return k >= 0 and self.names[k] is not None

    def _is_coordinate(self, first: int, k: int) -> bool:
        """Say whether `k` stands in one list with `first`, not in a phrase that hangs on it ("height of the disc")."""
        for j in range(k - 1, first, -1):
            if self.is_join(j):
                return True
            if self.atoms[j].kind == "K" or self.names[j] is not None:
                return False
        return k == first

    def _premodified(self, i: int, process: Atom) -> list[int]:
        """Return the list that a word stands before: "patent canal and foramina", "narrowed L5/S1 level"."""
        j = self.skip(i, 1)
        of = OF if process.kind == "P" else frozenset({"of"})
        if self.is_link(j, of) or (self.is_join(j) and not self.fits(j - 1, process)):
            j = self.skip(j, 1, words=1)
            while j < len(self.atoms) and self.atoms[j].kind == "P" and self.atoms[j].form == "participle":
                j = self.skip(j, 1, words=1)  # "a degenerate, markedly narrowed disc"
        if j < len(self.atoms) and self.fits(j, process):
            # "straightening of the normal lordosis" says nothing normal of it.
            return [] if process.kind == "N" and j in self.objects else self._chain_right(j, process)
        following = self.names[i + 1] if i + 1 < len(self.atoms) else None
        return [i + 1] if following == "level" and self.compositions.of("level", process) is not None else []

    def _subject_before(self, i: int, process: Atom) -> list[int]:
        """Return the subject said last: "..., right not significantly narrowed", "but is not compressed"."""
        subject = [j for j in self.subject if self.fits(j, process)]
        if not self.subject:
            first = next((j for j in range(i) if self.atoms[j].kind == "S"), None)
            subject = [first] if first is not None and self.fits(first, process) else []
        j = self.skip(i, -1, _DOUBT)
        return [] if process.kind == "N" and not (self.is_link(j) or self.is_join(j)) else subject
