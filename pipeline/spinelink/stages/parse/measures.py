"""Measured values: what is measured, how much, and of which mention."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from spinelink.records import Measure, Mention
from spinelink.stages.parse.atoms import Atom

Value = tuple[float, str | None]
"""A number and the axis along which it was measured."""
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
_RETROPULSION = re.compile(r"\W*(?:of\W*)?(?:bony\W*)?retropul", re.I)
_MIGRATED = re.compile(r"\W*(?:of\W*)?(?:inferior|superior|caudal|cranial)\W+migrat", re.I)
_REMEMBERED = 4096
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


def measures_of(text: str, atoms: Sequence[Atom], kinds: str, mentions: Sequence[Mention]) -> tuple[Measure, ...]:
    """Return the measured values of a sentence."""
    found: list[Measure] = []
    if "M" not in kinds:
        return ()
    for i, kind in enumerate(kinds):
        if kind != "M" or (atom := atoms[i]).frame:
            continue
        unit, values = _read(atom.value)
        before = text[max(0, atom.start - _BEFORE) : atom.start]
        if found and found[-1].unit == unit and _PRIOR.search(before):
            found[-1] = replace(found[-1], prior_value=values[0][0])
            continue
        mention = _measured(atom, mentions)
        named = kinds.rfind("L", 0, i)
        level = atoms[named].level if named >= 0 else None
        canal = _is_of_the_canal(before)
        for value, axis in _axes(atom, values, text):
            measured = _kind(axis, unit, atom, text, mentions[mention] if mention is not None else None, canal)
            found.append(Measure(measured, value, unit, atom.start, atom.end, None, None if canal else mention, level))
    return tuple(found)


def _is_of_the_canal(before: str) -> bool:
    """Say whether the words before a value make it the width of the canal; most hold none of its names."""
    lowered = before.lower()
    named = "ap" in lowered or "canal" in lowered or "diameter" in lowered
    return named and _CANAL.search(before) is not None


def _unit(text: str) -> tuple[str, float]:
    """Return the unit, and the factor from the written one to it (cm is converted to mm)."""
    lowered = text.lower()
    for written, unit in _UNITS.items():
        if lowered.endswith(written):
            return unit, 1.0
    return ("mm", 10.0) if lowered.endswith("cm") else ("mm", 1.0)


@lru_cache(_REMEMBERED)
def _read(text: str) -> tuple[str, tuple[Value, ...]]:
    """Return the unit of a measure, and its values."""
    unit, factor = _unit(text)
    values: list[Value] = []
    for match in _VALUE.finditer(text):
        axis = match[3]
        own = 10.0 if (match[2] or "").lower() == "cm" else factor if not match[2] else 1.0
        values.append((round(float(match[1]) * own, 3), _AXES[axis.lower()] if axis else None))
    return unit, tuple(values)


def _axes(atom: Atom, values: Sequence[Value], text: str) -> Sequence[Value]:
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


def _kind(axis: str | None, unit: str, atom: Atom, text: str, mention: Mention | None, canal: bool) -> str:
    if unit == "degree":
        return "cobb_angle"
    if unit == "percent":
        return "height_loss_pct"
    if canal:
        return "canal_ap"
    if _RETROPULSION.match(text, atom.end, atom.end + 40):
        return "retropulsion"
    if axis is not None:
        return axis
    if mention is not None and mention.finding_type == "spondylolisthesis":
        return "slip"
    migrated = mention is not None and _MIGRATED.match(text, atom.end, atom.end + _BEFORE)
    return "migration" if migrated else "size"


def _measured(atom: Atom, mentions: Sequence[Mention]) -> int | None:
    """Return the mention that a value measures: the one around it, else the nearest before it, else the next."""
    best: tuple[int, int] | None = None
    for n, mention in enumerate(mentions):
        start, end = mention.start, mention.end
        distance = 0 if start <= atom.start < end else atom.start - end if end <= atom.start else 2 * (start - atom.end)
        if best is None or distance < best[0]:
            best = (distance, n)
    return best[1] if best is not None and best[0] <= 80 else None
