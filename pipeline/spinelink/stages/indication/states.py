"""What is measured and how it stood: reflexes, sensation, power, sphincters, gait, tests of tension, blood values.

A gauge ("ankle jerk", "power", "bladder") states a symptom by the state beside it ("absent", "reduced", "brisk",
"normal"), within a list of gauges by the state of the list ("bowel or bladder dysfunction").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spinelink.stages.indication.reading import Atom

_PASSED = frozenset(
    {"adjective", "adverb", "dominance", "worse", "part", "muscle", "article", "glue", "root", "rootnoun"}
)
_LIST = frozenset({"join", "comma", "slash"})
_WORDS = 2
_THOUSAND = 1000
_COLDEST, _HOTTEST = 34.0, 43.0
_COLDEST_F, _HOTTEST_F = 93.0, 110.0
"""Temperatures that a body has, in either scale."""
_REACH = 9
_FULL_POWER = "5"


@dataclass(frozen=True, slots=True)
class State:
    """What a gauge was found to be: the types that it states, whether they are denied, and the atom that said it."""

    types: tuple[str, ...]
    absent: bool = False
    subtype: str | None = None
    atom: Atom | None = None


def states_of(atoms: Sequence[Atom], denied: Sequence[Atom | None]) -> dict[int, State]:
    """Return what each gauge of a sentence states, by its place; a gauge without a state is left out.

    `denied` holds for each atom the cue that denies it: a bare organ that is denied states its absence ("no bowel or
    bladder"), a reflex that is denied is lost ("no ankle jerk").
    """
    found = {}
    for place, atom in enumerate(atoms):
        if atom.kind == "gauge":
            state = _state(atoms, place, denied[place])
            if state is not None:
                found[place] = state
    return found


def _state(atoms: Sequence[Atom], place: int, cue: Atom | None) -> State | None:
    gauge = atoms[place]
    for atom in _nearest(atoms, place):
        state = _meaning(gauge, atom)
        if state is not None:
            atom.used = True
            return state
    number = _number(atoms, place)
    if number is not None and (below := gauge.get("below")):
        return State(gauge.names("positive"), absent=number > float(below))
    if gauge.names("bare"):
        return State(gauge.names("bare"))
    if cue is not None:
        if gauge.get("no") and cue.last >= gauge.first - 2:
            cue.used = True
            return State(gauge.names(gauge.get("no") or ""), atom=cue)
        return State(gauge.names("bare_denied")) if gauge.names("bare_denied") else None
    return None


def _meaning(gauge: Atom, atom: Atom) -> State | None:
    value = atom.value if atom.kind == "state" else atom.get("state") or ""
    names = gauge.names(value)
    if names:
        denies = value in ("normal", "negative")
        return State(names, denies, None if denies else gauge.get(f"{value}_subtype"), atom)
    if value == "positive" and gauge.names("normal"):
        return State(gauge.names("normal"), absent=True, atom=atom)
    return None


def _nearest(atoms: Sequence[Atom], place: int) -> list[Atom]:
    """Return the states in reach of a gauge, the nearest first, that before it before that after it."""
    before = list(_reached(atoms, place, -1))
    after = list(_reached(atoms, place, 1))
    return [atom for _, atom in sorted([*before, *after], key=lambda item: item[0])]


def _reached(atoms: Sequence[Atom], place: int, step: int) -> Iterator[tuple[int, Atom]]:
    """Yield the first state on one side with its distance: past words of the gauge itself, along a list of gauges."""
    words = 0
    at = place + step
    while 0 <= at < len(atoms) and abs(at - place) <= _REACH:
        atom = atoms[at]
        if atom.kind == "state" or (atom.get("state") and not (atom.get("join") and _is_list(atoms, at, step))):
            if not (atom.used and abs(at - place) > 1 and not _along_list(atoms, place, at)):
                yield abs(at - place), atom
            return
        if atom.kind in _LIST or atom.get("join"):
            if not _is_list(atoms, at, step):
                return
        elif atom.kind == "word":
            words += 1
            if words > _WORDS:
                return
        elif atom.kind == "gauge" or (atom.kind in ("colon", "dash", "number") and step > 0):
            pass
        elif atom.kind not in _PASSED:
            return
        at += step


def _along_list(atoms: Sequence[Atom], place: int, at: int) -> bool:
    low, high = sorted((place, at))
    return any(atom.kind == "gauge" for atom in atoms[low + 1 : high])


def _is_list(atoms: Sequence[Atom], at: int, step: int) -> bool:
    """Tell whether a joining word or mark leads to a further gauge."""
    at += step
    while 0 <= at < len(atoms) and (atoms[at].kind in _PASSED or atoms[at].kind in _LIST):
        at += step
    return 0 <= at < len(atoms) and atoms[at].kind == "gauge"


def _number(atoms: Sequence[Atom], place: int) -> float | None:
    """Return the number that follows a gauge or value: "CRP of 212", "SLR R 40", "WBC 19,000"."""
    words = 0
    for atom in atoms[place + 1 : place + 5]:
        if atom.kind == "number":
            return float(atom.key.replace(",", ""))
        if atom.kind == "word":
            words += 1
        if words > _WORDS or atom.kind not in {*_PASSED, "word", "colon", "stop", "asserting"}:
            return None
    return None


def raised(atoms: Sequence[Atom], place: int) -> State | None:
    """Return what a blood value states, None where it is only named: above its limit, or called raised or normal."""
    lab = atoms[place]
    number = _number(atoms, place)
    shown = (lab.get("shows") or "raised_inflammatory_markers",)
    if number is not None and (limit := lab.get("limit")):
        if (other := lab.get("fahrenheit")) is not None:
            return _of_heat(number, float(limit), float(other), shown)
        high = (number / _THOUSAND if number >= _THOUSAND else number) > float(limit)
        return State(shown, absent=not high)
    for step in (-1, 1):
        at, seen = place + step, 0
        while 0 <= at < len(atoms) and seen < _REACH:
            atom = atoms[at]
            if atom.kind == "state" and atom.value in ("high", "normal", "low", "negative", "positive"):
                return State(shown, atom.value not in ("high", "positive"), None, atom)
            if atom.kind not in {*_PASSED, *_LIST, "word", "lab", "stop", "asserting"} or (
                atom.kind == "comma" and not (atoms[at + step : at + step + 1] and atoms[at + step].kind == "lab")
            ):
                break
            at += step
            seen += 1
    return None


def _of_heat(number: float, limit: float, other: float, shown: tuple[str, ...]) -> State | None:
    """Return what a temperature in either scale states, None where the number is none that a body has."""
    if number < _COLDEST or _HOTTEST < number < _COLDEST_F or number > _HOTTEST_F:
        return None
    return State(shown, absent=number <= (limit if number <= _HOTTEST else other))


def is_power(atoms: Sequence[Atom], place: int) -> bool:
    """Tell whether "4/5" is a grade of power: a muscle, limb or word of power stands beside it."""
    for step in (-1, 1):
        at, words = place + step, 0
        while 0 <= at < len(atoms) and words <= _WORDS:
            atom = atoms[at]
            if atom.kind in ("part", "muscle", "grade") or atom.value in ("power", "weakness"):
                return True
            if atom.kind in ("break", "stop", "time", "dash"):
                break
            words += atom.kind not in ("adjective", "article", "glue", "join", "comma", "root", "slash")
            at += step
    return False


def grade_of(atom: Atom) -> tuple[bool, bool]:
    """Return whether a power grade is full, and whether it is below antigravity strength (decision 11)."""
    return atom.key == _FULL_POWER, atom.key in ("0", "1", "2")
