"""Measured values: what is measured, how much, and of which mention."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from spinelink.records import LevelMention, Measure, Mention
from spinelink.stages.parse.atoms import Atom

_VALUE = re.compile(
    r"(\d+(?:\.\d+)?)\s*(mm|cm|%|percent|degrees?|deg|\u00b0)?\s*(ap|tr|cc|transverse|craniocaudal)?", re.I
)
_AXES = {
    "ap": "ap",
    "tr": "transverse",
    "transverse": "transverse",
    "cc": "craniocaudal",
    "craniocaudal": "craniocaudal",
}
_AXIS_AFTER = re.compile(
    r"\s*+\(?\s*+(?:(ap|tr|cc)\s*+x\s*+(ap|tr|cc)(?:\s*+x\s*+(ap|tr|cc))?|(ap|transverse|craniocaudal|tr|cc)\b)", re.I
)
_PRIOR = re.compile(r"(?:previously|prior|formerly|was|before)\W*$", re.I)
_CANAL = re.compile(
    r"(?:\bap|canal|residual ap|diameter)\W*(?:canal\W*)?(?:measures?\W*|of\W*|is\W*|measuring\W*|to\W*)?$", re.I
)
_RETROPULSION = re.compile(r"^\W*(?:of\W*)?(?:bony\W*)?retropul", re.I)
_BEFORE = 80
"""How far from a value its words are looked for."""
_UNITS = {
    "%": "percent",
    "percent": "percent",
    "degree": "degree",
    "degrees": "degree",
    "deg": "degree",
    "\u00b0": "degree",
}


def measures_of(
    text: str, atoms: Sequence[Atom], mentions: Sequence[Mention], spans: Sequence[tuple[int, int]]
) -> tuple[Measure, ...]:
    """Return the measured values of a sentence; `spans` are the mentions' places, in their order."""
    found: list[Measure] = []
    for i, atom in enumerate(atoms):
        if atom.kind != "M" or atom.frame:
            continue
        prior = _PRIOR.search(text[max(0, atom.start - _BEFORE) : atom.start])
        if prior and found and found[-1].unit == _unit(atom.value)[0]:
            first = next(_values(atom.value))
            found[-1] = _with_prior(found[-1], first[0])
            continue
        mention = _measured(atom, spans)
        level = _level(atoms, i)
        canal = _CANAL.search(text[max(0, atom.start - _BEFORE) : atom.start]) is not None
        for value, axis in _axes(atom, text):
            kind = _kind(axis, atom, text, mentions[mention] if mention is not None else None, canal)
            found.append(
                Measure(
                    kind, value, _unit(atom.value)[0], atom.start, atom.end, None, None if canal else mention, level
                )
            )
    return tuple(found)


def _with_prior(measure: Measure, value: float) -> Measure:
    return Measure(
        measure.kind, measure.value, measure.unit, measure.start, measure.end, value, measure.mention, measure.level
    )


def _unit(text: str) -> tuple[str, float]:
    """Return the unit, and the factor from the written one to it (cm is converted to mm)."""
    lowered = text.lower()
    for written, unit in _UNITS.items():
        if lowered.endswith(written):
            return unit, 1.0
    return ("mm", 10.0) if lowered.endswith("cm") else ("mm", 1.0)


def _values(text: str) -> Iterator[tuple[float, str | None]]:
    _, factor = _unit(text)
    for match in _VALUE.finditer(text):
        axis = match[3]
        own = 10.0 if (match[2] or "").lower() == "cm" else factor if not match[2] else 1.0
        yield round(float(match[1]) * own, 3), _AXES[axis.lower()] if axis else None


def _axes(atom: Atom, text: str) -> list[tuple[float, str | None]]:
    values = list(_values(atom.value))
    after = _AXIS_AFTER.match(text, atom.end)
    if after is None:
        return values
    if after[4]:
        named = [_AXES[after[4].lower()]]
    else:
        named = [_AXES[group.lower()] for group in after.groups()[:3] if group]
    if len(named) == len(values):
        return [(value, axis) for (value, _), axis in zip(values, named, strict=True)]
    if len(named) == 1 and values[-1][1] is None:
        return [*values[:-1], (values[-1][0], named[0])]
    return values


def _kind(axis: str | None, atom: Atom, text: str, mention: Mention | None, canal: bool) -> str:
    unit = _unit(atom.value)[0]
    if unit == "degree":
        return "cobb_angle"
    if unit == "percent":
        return "height_loss_pct"
    if canal:
        return "canal_ap"
    if _RETROPULSION.match(text[atom.end : atom.end + 40]):
        return "retropulsion"
    if axis is not None:
        return axis
    if mention is not None and mention.finding_type == "spondylolisthesis":
        return "slip"
    if mention is not None and re.match(
        r"\W*(?:of\W*)?(?:inferior|superior|caudal|cranial)\W+migrat", text[atom.end : atom.end + _BEFORE], re.I
    ):
        return "migration"
    return "size"


def _measured(atom: Atom, spans: Sequence[tuple[int, int]]) -> int | None:
    """Return the mention that a value measures: the one around it, else the nearest before it, else the next."""
    best: tuple[int, int] | None = None
    for n, (start, end) in enumerate(spans):
        distance = 0 if start <= atom.start < end else atom.start - end if end <= atom.start else 2 * (start - atom.end)
        if best is None or distance < best[0]:
            best = (distance, n)
    return best[1] if best is not None and best[0] <= 80 else None


def _level(atoms: Sequence[Atom], i: int) -> LevelMention | None:
    for atom in reversed(atoms[:i]):
        if atom.kind == "L":
            return atom.level
    return None
