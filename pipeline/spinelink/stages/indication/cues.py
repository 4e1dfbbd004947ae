"""Who says what of each part of a sentence: denied, doubted, asked for, or said of the family (rules NEG-01 to NEG-06).

A cue reaches over a coordinated list. It ends at a contrast, at a word that opens a statement ("presents with"), and
at a comma after which something is affirmed: an own duration or an adjective of complaint, or the first pain of a list
of other denials ("no trauma, low back pain").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spinelink.stages.indication.reading import HEADS, Atom

TARGETS = HEADS | {"flag", "lab"}
_ENDS = frozenset({"break", "end", "stop"})
_PAINS = frozenset(
    {"pain", "low_back_pain", "back_pain", "neck_pain", "thoracic_back_pain", "sciatica", "radiculopathy"}
)
_DENIAL = frozenset({"absent"})
_QUESTIONS = frozenset({"question", "possible", "asked"})


def cues_of(text: str, atoms: Sequence[Atom]) -> list[Atom | None]:
    """Return for each atom the cue that governs it, None where it is affirmed."""
    governed: list[Atom | None] = [None] * len(atoms)
    cue: Atom | None = None
    fresh = soft = False
    for place, atom in enumerate(atoms):
        kind = atom.kind
        if kind in TARGETS or kind == "part":
            reaches = cue is not None and not (soft and not _is_disease(atom))
            if reaches and not (cue is not None and cue.value == "family" and kind != "flag"):
                governed[place] = cue
            fresh = fresh and kind == "part"
        elif kind == "mark":
            if _asks_back(text, atom):
                _say(atoms, governed, place, atom, whole=False)
                cue = None
            else:
                cue, fresh, soft = atom, True, False
        elif kind == "before":
            if atom.get("trailing") and not _leads(text, atoms, place):
                _say(atoms, governed, place, atom, whole=_after_colon(atoms, place))
                cue = None
            else:
                cue, fresh, soft = _opened(atoms, place, cue, fresh=fresh), True, False
        elif kind == "after":
            _say(atoms, governed, place, atom, whole=_after_colon(atoms, place))
            cue = None if cue is None or cue.value not in ("family",) else cue
        elif cue is not None and not fresh:
            cue, soft = _kept(atoms, place, cue, governed, soft=soft)
    return governed


def late_cues(atoms: Sequence[Atom], governed: list[Atom | None]) -> None:
    """Let a state that no gauge took up deny what stands before it: "Babinski negative", "saddle numbness absent"."""
    for place, atom in enumerate(atoms):
        if atom.kind != "state" or atom.used:
            continue
        if not (atom.value in ("negative", "normal") or atom.get("denies")):
            continue
        before = place - 1
        while before >= 0 and atoms[before].kind in ("adjective", "adverb", "word", "colon", "part", "dash"):
            before -= 1
        if before >= 0 and atoms[before].kind in TARGETS and before >= place - 4:
            _say(atoms, governed, place, atom, whole=_after_colon(atoms, place))
        elif atom.value != "normal":
            _say_ahead(atoms, governed, place)


def _say_ahead(atoms: Sequence[Atom], governed: list[Atom | None], place: int) -> None:
    """Let a state deny the signs that follow it: "neg Lhermitte", "negative Hoffmann and Babinski"."""
    for at in range(place + 1, len(atoms)):
        atom = atoms[at]
        if atom.kind == "noun":
            governed[at] = atoms[place]
        elif atom.kind not in ("adjective", "article", "join", "slash"):
            return


def is_denial(cue: Atom | None) -> bool:
    """Tell whether a cue denies."""
    return cue is not None and (cue.value in _DENIAL or cue.kind == "state")


def _opened(atoms: Sequence[Atom], place: int, cue: Atom | None, *, fresh: bool) -> Atom | None:
    """Return the cue in force after a cue word; history and a cause asked for deny nothing and end a denial."""
    atom = atoms[place]
    if atom.value == "personal":
        return None
    if atom.value not in ("history", "known", "present"):
        return cue if cue is not None and cue.value == "family" else atom
    if cue is None or cue.value == "family":
        return cue
    if fresh or (place and (atoms[place - 1].value == "or" or atoms[place - 1].kind == "slash")):
        told = atom.value == "present" or (atom.value == "known" and cue.value == "asked")
        return None if told else cue
    return None


def _kept(
    atoms: Sequence[Atom], place: int, cue: Atom, governed: Sequence[Atom | None], *, soft: bool
) -> tuple[Atom | None, bool]:
    """Return the cue after an atom that may end its reach, and whether it reaches on to diseases only."""
    atom = atoms[place]
    if cue.value == "family":
        return (None if atom.kind in ("break", "end") else cue), soft
    if atom.kind in _ENDS or atom.kind == "dash" or atom.value == "with":
        return None, False
    if atom.kind == "colon":
        return None, False
    if atom.kind == "comma":
        if cue.value in _QUESTIONS or cue.kind == "mark":
            return cue, True
        return (cue if _goes_on(atoms, place, cue, governed) else None), soft
    if atom.value == "and" and cue.value in _DENIAL and _affirms(atoms, place + 1):
        return None, False
    return cue, soft


def _goes_on(atoms: Sequence[Atom], comma: int, cue: Atom, governed: Sequence[Atom | None]) -> bool:
    """Tell whether a denied list goes on after a comma."""
    rest = list(_item(atoms, comma + 1))
    if rest and atoms[comma + 1].value in ("or",):
        return True
    if _affirms(atoms, comma + 1):
        return False
    if any(atom.value == "or" for atom in _until_end(atoms, comma + 1)):
        return True
    targets = [atom for atom in rest if atom.kind in TARGETS]
    pains = targets and targets[0].value in _PAINS
    denied = [atom for atom, by in zip(atoms[:comma], governed, strict=False) if by is cue and atom.kind in TARGETS]
    return not pains or any(atom.value in _PAINS for atom in denied)


def _affirms(atoms: Sequence[Atom], start: int) -> bool:
    """Tell whether an item of a list says by itself that it is there: by its duration, or an adjective of complaint."""
    item = list(_item(atoms, start))
    first = next((atom for atom in item if atom.kind not in ("article", "join", "word")), None)
    if first is not None and first.kind == "asserting":
        return True
    return any(atom.kind == "time" for atom in item) and any(atom.kind in TARGETS for atom in item)


def _item(atoms: Sequence[Atom], start: int) -> Iterator[Atom]:
    for atom in atoms[start:]:
        if atom.kind in ("comma", "break", "stop", "end", "before", "mark", "after"):
            return
        yield atom


def _until_end(atoms: Sequence[Atom], start: int) -> Iterator[Atom]:
    for atom in atoms[start:]:
        if atom.kind in ("break", "stop", "end", "before", "mark", "dash"):
            return
        yield atom


def _leads(text: str, atoms: Sequence[Atom], place: int) -> bool:
    """Tell whether a cue has something after it to govern, in its part of the sentence.

    An answer to a label ("Trauma: no") ends with its line.
    """
    if _after_colon(atoms, place) and place + 1 < len(atoms):
        if "\n" in text[atoms[place].end : atoms[place + 1].start]:
            return False
    for atom in atoms[place + 1 :]:
        if atom.kind in ("break", "comma", "end"):
            return False
        if atom.kind not in ("time", "close", "join", "slash"):
            return True
    return False


def _after_colon(atoms: Sequence[Atom], place: int) -> bool:
    return place > 0 and atoms[place - 1].kind in ("colon", "dash")


def _asks_back(text: str, mark: Atom) -> bool:
    """Tell whether a question mark asks for what stands before it: "cord compression?", not "? cord compression"."""
    before = text[mark.start - 1 : mark.start]
    after = text[mark.end : mark.end + 1]
    return (
        bool(before)
        and not before.isspace()
        and before not in "(,;/?"
        and (not after or after.isspace() or after in ").,;")
    )


def _say(atoms: Sequence[Atom], governed: list[Atom | None], place: int, cue: Atom, *, whole: bool) -> None:
    """Let a cue govern what stands before it, back over joined words, and over commas where a colon sets a list off."""
    seen = False
    for at in range(place - 1, -1, -1):
        atom = atoms[at]
        if atom.kind in TARGETS:
            governed[at] = cue
            seen = True
        elif atom.kind in ("break", "end", "mark", "before", "after", "stop"):
            return
        elif atom.kind in ("comma", "dash") and seen and not whole:
            return
        elif atom.kind == "time" or (atom.value == "with" and seen):
            return


def _is_disease(atom: Atom) -> bool:
    return atom.kind == "flag" and (atom.value.startswith("suspected") or atom.get("denied") is not None)
