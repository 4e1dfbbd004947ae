"""Reasons in plain words: a rule's template with the words of its pair filled in."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence

Words = tuple[str, ...]

OF_FINDING = ("finding", "level", "roots", "side")
OF_SYMPTOM = ("symptom", "territory", "symptom_side", "region", "own_roots")
"""What a reason may name in braces: words of the finding, and of the symptom."""
_PLACES = {name: f"{{{place}}}" for place, name in enumerate((*OF_FINDING, *OF_SYMPTOM))}
_SEVERAL = {"": "a level not named", "multilevel": "several levels"}
_NO_ROOT = "a root not named"
_NO_SIDE = " No side is stated, so none contradicts."
_REGIONS = {"lumbar": "low back", "thoracic": "upper or mid back", "cervical": "neck"}


def template_faults(reason: str) -> Iterator[str]:
    """Yield what makes a text no reason."""
    if not reason:
        yield "has no reason"
    try:
        named = {name for _, name, _, _ in string.Formatter().parse(reason) if name is not None}
    except ValueError:
        yield "its reason has a brace without its other"
        return
    yield from (f"reason: {{{name}}} is none of {', '.join(sorted(_PLACES))}" for name in sorted(named - set(_PLACES)))
    if "cause" in reason.lower():
        yield "a reason says what could explain, never what causes"


def template_of(reason: str) -> str:
    """Return a reason that names the places of its words, which are filled in faster than names."""
    return reason.replace("{{", "{{{{").replace("}}", "}}}}").format_map(_PLACES)


def reason_of(template: str, finding: Words, symptom: Words, sides: str) -> str:
    """Return a rule's template filled in, as one sentence or more; it says what could explain, no more."""
    reason = template.format(*finding, *symptom)
    if sides == "none_stated":
        reason += _NO_SIDE
    return reason[:1].upper() + reason[1:]


def words_of_finding(kind: str, level: str, side: str, zone: Words, roots: Words) -> Words:
    """Return the words of a finding, as `OF_FINDING` names them."""
    at = _SEVERAL.get(level, level)
    return _plain(side, _joined(zone), kind, f"at {at}"), at, _joined(roots) or _NO_ROOT, side or "unnamed"


def words_of_symptom(kind: str, side: str, territory: Words, areas: frozenset[str], roots: Words) -> Words:
    """Return the words of a symptom, as `OF_SYMPTOM` names them."""
    return (
        _plain(side, kind),
        _plain(_joined(territory) or kind),
        side or "unnamed",
        _joined([_REGIONS.get(name, name) for name in sorted(areas)]) or "symptom",
        _joined(roots) or _NO_ROOT,
    )


def _plain(*parts: str) -> str:
    return " ".join(part.replace("_", " ") for part in parts if part)


def _joined(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
