"""Which symptoms a stated time and a word of course belong to.

A time after symptoms is that of the list they stand in, back to the time before it or to a new statement; one before
them ("5/12 of sciatica with numbness") is that of the list that follows. A time alone in its sentence is that of the
sentence before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spinelink.records import Symptom
from spinelink.stages.indication.durations import Course, Duration
from spinelink.stages.indication.reading import Atom

_OWN = frozenset({"symptom", "change", "event", "activity"})
_OTHERS = frozenset({"disease", "operation"})
"""Whose a time may seem to be that opens its clause: "breast cancer, now with 3 weeks of back pain"."""
_JOINTS = frozenset({"comma", "join", "slash", "close", "open"})
_CUT = frozenset({"break", "dash", "mark"})
_PARTS_CHAIN = _CUT | {"time", "stop", "end", "before"}
_PARTS_CHAIN_BACK = _CUT | {"time", "end", "stop", "flag"}
_LEADING = frozenset({"article", "glue", "adjective", "asserting", "before", "state", "guard"})
_ANEW = frozenset({"new", "sudden"})
"""What tells that a symptom began apart from the one before it: "chronic LBP, new foot drop x 2 days"."""
_WORDS = 4
_SOURCES = {"counted": 2, "dated": 2, "worded": 1}

Carrier = tuple[int, int, list[int]]
"""Places of the first and last atom of a symptom, and its places among the records."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a sentence says: `records` with the offsets of the report, and its `atoms` with those of its section.

    `carriers` are the symptoms that a time may be of, by their places among atoms and records; `flags` the places of
    red flags among the atoms; `led` the pairs of records of a pain and of where it radiates to.
    """

    records: list[Symptom]
    atoms: list[Atom]
    carriers: list[Carrier]
    flags: list[int]
    led: list[tuple[int, int]]


def with_times(records: list[Symptom], read: Read, times: Sequence[Duration], *, alone: bool = False) -> None:
    """Set the times of a sentence on the records they cover.

    A sentence of nothing but a time speaks of the sentence before it (`alone`), whose records are given then.
    """
    carriers = [one for one in read.carriers if any(records[place].assertion != "absent" for place in one[2])]
    for time in times:
        if time.days is None and time.max_days is None:
            continue
        if time.of not in _OWN and not (time.of in _OTHERS and _is_of_next(carriers, read.atoms, time)):
            continue
        for place in range(len(records)) if alone else _covered(carriers, read.flags, read.atoms, time):
            _set(records, place, time)


def lasting_as_long(records: list[Symptom], led: Sequence[tuple[int, int]]) -> None:
    """Give where a pain radiates to the time of the pain, where no other is told."""
    for source, place in led:
        one, other = records[source], records[place]
        if one.duration_source is not None and other.duration_source is None and other.kind == "symptom":
            records[place] = replace(
                other,
                duration_days=one.duration_days,
                duration_max_days=one.duration_max_days,
                duration_source=one.duration_source,
            )


def _set(records: list[Symptom], place: int, time: Duration) -> None:
    record = records[place]
    if record.kind != "symptom" or record.assertion == "absent":
        return
    known = _SOURCES.get(record.duration_source or "", 0)
    if known and (known >= _SOURCES[time.source] or time.of == "change"):
        return
    records[place] = replace(
        record, duration_days=time.days, duration_max_days=time.max_days, duration_source=time.source
    )


def _covered(carriers: Sequence[Carrier], flags: Sequence[int], atoms: Sequence[Atom], time: Duration) -> list[int]:
    within = [one for one in carriers if atoms[one[0]].start <= time.start and time.end <= atoms[one[0]].end]
    if within:
        return within[0][2]
    before = [_up_to(one, atoms, time.start) for one in carriers if atoms[one[0]].end <= time.start]
    after = [one for one in carriers if atoms[one[0]].start >= time.end]
    start = next((at for at, atom in enumerate(atoms) if atom.start >= time.start), len(atoms))
    end = next((at for at, atom in enumerate(atoms) if atom.start >= time.end), len(atoms))
    if time.of == "event" and not before and after and _is_outcome(atoms, end, after[0][0]):
        return [place for one in _chain(atoms, after, end, worded=True) for place in one[2]]
    leads = bool(after) and _leads(atoms, end, after[0][0]) and not (before and time.form == "ago")
    if leads and not (before and _is_beside(atoms, before[-1][1] + 1, start)):
        return [place for one in _chain(atoms, after, end, worded=time.source == "worded") for place in one[2]]
    if time.source == "worded" and time.form not in ("since", "ago") and leads:
        return [place for one in _chain(atoms, after, end, worded=True) for place in one[2]]
    cut = _CUT - {"break"} if time.of == "change" else _CUT
    led = start - 1 if start and atoms[start - 1].kind == "dash" else start
    if not before or _is_cut(atoms, before[-1][1] + 1, led, cut):
        return []
    owner = [at for at in flags if before[-1][1] < at < start]
    if owner and time.of == "event" and not _follows(atoms, before[-1][1], owner[0]):
        return []
    if (
        owner
        and time.of == "symptom"
        and _is_beside(atoms, owner[-1] + 1, start)
        and not _follows(atoms, before[-1][1], owner[0])
        and not all(atom.kind in ("join", "slash") for atom in atoms[before[-1][1] + 1 : owner[0]])
    ):
        return []
    return [place for one in _chain_back(atoms, before, start) for place in one[2]]


def _is_outcome(atoms: Sequence[Atom], start: int, end: int) -> bool:
    """Tell whether a symptom comes right after an event: "fell 6 days ago, low back pain"."""
    between = [atom.kind for atom in atoms[start:end]]
    return between.count("comma") <= 1 and all(kind in _LEADING or kind in ("comma", "join") for kind in between)


def _up_to(carrier: Carrier, atoms: Sequence[Atom], start: int) -> Carrier:
    """Return a symptom as far as it stands before a time; a part that it shares with its list may come after."""
    first, last, places = carrier
    return (first, last if atoms[last].end <= start else first, places)


def _is_of_next(carriers: Sequence[Carrier], atoms: Sequence[Atom], time: Duration) -> bool:
    """Tell whether a time stands at the head of its clause and right before a symptom."""
    start = next((at for at, atom in enumerate(atoms) if atom.start >= time.start), len(atoms))
    end = next((at for at, atom in enumerate(atoms) if atom.start >= time.end), len(atoms))
    after = [one for one in carriers if one[0] >= end]
    between = atoms[end : after[0][0]] if after else ()
    opens = start == 0 or atoms[start - 1].kind in ("comma", "join", "break", "stop")
    return bool(after) and opens and all(atom.kind in _LEADING for atom in between)


def _leads(atoms: Sequence[Atom], start: int, end: int) -> bool:
    """Tell whether a time opens what follows: "3 weeks of", "4/12 history of", "since 5 days, weakness"."""
    words = commas = 0
    for atom in atoms[start:end]:
        if atom.kind == "word":
            words += 1
        elif atom.kind == "comma":
            commas += 1
        elif atom.kind not in _LEADING and atom.kind not in ("part", "root"):
            return False
    return (words <= _WORDS and commas == 0) or (commas == 1 and end - start <= _WORDS and _opens(atoms, start))


def _opens(atoms: Sequence[Atom], start: int) -> bool:
    """Tell whether a time stands at the head of its clause: nothing or a joining word before it ("and, since")."""
    at = start - 1
    while at >= 0 and atoms[at].kind in ("time", "comma"):
        at -= 1
    return at < 0 or atoms[at].kind in ("join", "break")


def _is_beside(atoms: Sequence[Atom], start: int, end: int) -> bool:
    """Tell whether a time stands right behind a symptom, without a comma or joining word between."""
    return all(atom.kind not in ("comma", "join", "slash", "dash", "break") for atom in atoms[start:end])


def _is_cut(atoms: Sequence[Atom], start: int, end: int, cut: frozenset[str] = _CUT) -> bool:
    return any(atom.kind in cut or atom.kind == "end" for atom in atoms[start:end])


def _follows(atoms: Sequence[Atom], start: int, end: int) -> bool:
    """Tell whether an event is what the symptom came after: "neck pain after a fall 3 days ago"."""
    return any(atom.kind == "stop" or atom.key in ("after", "following", "since", "post") for atom in atoms[start:end])


def _chain(atoms: Sequence[Atom], carriers: Sequence[Carrier], start: int, *, worded: bool) -> list[Carrier]:
    """Return the symptoms from the first on that nothing parts but commas and joining words; a word goes less far."""
    chain = [carriers[0]]
    for carrier in carriers[1:]:
        between = atoms[chain[-1][1] + 1 : carrier[0]]
        if any(atom.kind in _PARTS_CHAIN for atom in between):
            break
        if worded and any(atom.kind == "comma" or atom.kind == "asserting" for atom in between):
            break
        chain.append(carrier)
    return chain


def _chain_back(atoms: Sequence[Atom], carriers: Sequence[Carrier], end: int) -> list[Carrier]:
    chain = [carriers[-1]]
    for carrier in reversed(carriers[:-1]):
        between = atoms[carrier[1] + 1 : chain[-1][0]]
        if any(
            atom.kind in _PARTS_CHAIN_BACK
            or atom.value in ("history", "known")
            or (atom.kind == "asserting" and atom.key in _ANEW)
            for atom in between
        ):
            break
        if sum(atom.kind == "word" for atom in between) > _WORDS:
            break
        chain.append(carrier)
    return chain


def with_courses(
    records: list[Symptom], carriers: Sequence[Carrier], atoms: Sequence[Atom], courses: Sequence[Course]
) -> list[int]:
    """Set the words of course of a sentence on the symptom they stand by: before it, else the one they follow.

    Returns the places of the symptoms of which it is asked whether they grew worse ("leg weakness, ?worse").
    """
    doubted: list[int] = []
    for course in courses:
        after = [one for one in carriers if atoms[one[0]].start >= course.end]
        before = [one for one in carriers if atoms[one[1]].end <= course.start or atoms[one[0]].end <= course.start]
        end = next((at for at, atom in enumerate(atoms) if atom.start >= course.end), len(atoms))
        start = next((at for at, atom in enumerate(atoms) if atom.end > course.start), len(atoms))
        asked = start > 0 and atoms[start - 1].kind == "mark"
        chosen = [one for one in carriers if _names(course, atoms, one)][:1]
        if chosen:
            pass
        elif after and _is_near(atoms, end, after[0][0]):
            chosen = [after[0]]
        elif before and not _is_cut(atoms, before[-1][1] + 1, start - asked, _CUT - {"break"}):
            chosen = [before[-1]]
        for carrier in chosen:
            for place in carrier[2]:
                if asked and course.value == "worse":
                    doubted.append(place)
                elif records[place].trajectory is None and records[place].assertion != "absent":
                    records[place] = replace(records[place], trajectory=course.value)
    return doubted


def _names(course: Course, atoms: Sequence[Atom], carrier: Carrier) -> bool:
    """Tell whether a word of course names the symptom itself: "getting weaker"."""
    return any(course.start <= atom.start < course.end for atom in (atoms[carrier[0]], atoms[carrier[1]]))


def _is_near(atoms: Sequence[Atom], start: int, end: int) -> bool:
    words = 0
    for atom in atoms[start:end]:
        words += atom.kind == "word"
        if words > 2 or atom.kind not in ("word", "article", "adjective", "asserting", "state", "part", "root", "time"):
            return False
    return True
