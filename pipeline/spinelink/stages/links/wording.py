"""Reasons in plain words: a rule's template with the names of the pair filled in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from spinelink.conditions import Fact
from spinelink.stages.links.rules import Facts

_SEVERAL = {"": "a level not named", "multilevel": "several levels"}
_NO_SIDE = " No side is stated, so none contradicts."
_OF_FINDING = ("finding", "level", "side", "zone", "roots")
_OF_SYMPTOM = ("symptom", "symptom_side", "symptom_area", "symptom_roots", "territory")
"""The facts that reasons name."""
_REGIONS = {"lumbar": "low back", "thoracic": "upper or mid back", "cervical": "neck"}


def reason_of(template: str, finding: Facts, symptom: Facts, sides: str) -> str:
    """Return a rule's template filled in, as one sentence or more; it says what could explain, no more."""
    told = tuple(finding[name] for name in _OF_FINDING), tuple(symptom[name] for name in _OF_SYMPTOM)
    return _reason(template, *told, sides)


@lru_cache(maxsize=16_384)
def _reason(template: str, finding: tuple[Fact, ...], symptom: tuple[Fact, ...], sides: str) -> str:
    """Return the reason for these facts, remembered: reports repeat one another's."""
    facts = {**dict(zip(_OF_FINDING, finding, strict=True)), **dict(zip(_OF_SYMPTOM, symptom, strict=True))}
    reason = template.format_map(_Words(facts)) if "{" in template else template
    if sides == "none_stated":
        reason += _NO_SIDE
    return reason[:1].upper() + reason[1:]


class _Words(dict[str, str]):
    """The words of a template, made when they are asked for."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        super().__init__()
        self._facts = facts

    def __missing__(self, name: str) -> str:
        made: str = getattr(self, f"_{name}")()
        return made

    def _said(self, name: str) -> str:
        fact = self._facts.get(name)
        if isinstance(fact, tuple | frozenset):
            return _joined(sorted(fact) if isinstance(fact, frozenset) else fact)
        return str(fact) if fact else ""

    def _finding(self) -> str:
        parts = (self._said("side"), self._said("zone"), self._said("finding"), f"at {self._level()}")
        return _plain(*parts)

    def _level(self) -> str:
        level = self._said("level")
        return _SEVERAL.get(level, level)

    def _roots(self) -> str:
        return _roots(self._said("roots"))

    def _own_roots(self) -> str:
        return _roots(self._said("symptom_roots"))

    def _side(self) -> str:
        return self._said("side") or "unnamed"

    def _symptom(self) -> str:
        return _plain(self._said("symptom_side"), self._said("symptom"))

    def _symptom_side(self) -> str:
        return self._said("symptom_side") or "unnamed"

    def _territory(self) -> str:
        return _plain(self._said("territory") or self._said("symptom"))

    def _region(self) -> str:
        areas = self._facts.get("symptom_area")
        names = sorted(areas) if isinstance(areas, frozenset) else []
        return _joined([_REGIONS.get(name, name) for name in names]) or "symptom"


def _roots(names: str) -> str:
    return names or "a root not named"


def _plain(*parts: str) -> str:
    return " ".join(part.replace("_", " ") for part in parts if part)


def _joined(words: tuple[str, ...] | list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
