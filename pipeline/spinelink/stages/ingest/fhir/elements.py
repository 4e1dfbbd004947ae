"""Parts of a FHIR resource, read so that one of another type than declared counts as missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from spinelink.stages.ingest.values import scalar

Element = Mapping[str, Any]

_NOTHING: Element = {}
_TYPE = re.compile("[A-Z][A-Za-z]{2,40}")


def type_of(value: object) -> str | None:
    """Return the type of a resource, None where a value is no resource."""
    name = value.get("resourceType") if isinstance(value, Mapping) else None
    return name if isinstance(name, str) and _TYPE.fullmatch(name) else None


def child(element: Element, *names: str) -> Element:
    """Return the first of these parts that is there, an empty one where none is."""
    for name in names:
        for item in items(element, name):
            return item
    return _NOTHING


def items(element: Element, name: str) -> list[Element]:
    """Return the parts of a name in order; one that should be a list and is not counts as a list of one."""
    value = element.get(name)
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, Mapping)]


def word(element: Element, *names: str) -> str | None:
    """Return the first of these values that is there."""
    for name in names:
        value = scalar(element.get(name))
        if value is not None:
            return value
    return None


def codings(concepts: Iterable[Element]) -> Iterator[Element]:
    """Yield the codings of concepts, in order."""
    for concept in concepts:
        yield from items(concept, "coding")


def wording(concept: Element) -> str | None:
    """Return a concept in words: its text, else what its first worded coding displays."""
    return word(concept, "text") or next(filter(None, (word(c, "display") for c in items(concept, "coding"))), None)


def identifier(element: Element, *types: str) -> str | None:
    """Return the value of the first identifier of one of these types, "" for one without a type."""
    named = [(_types(one), word(one, "value")) for one in items(element, "identifier")]
    for wanted in types:
        for given, value in named:
            if value is not None and (wanted in given if wanted else not given):
                return value
    return None


def person(resource: Element) -> str | None:
    """Return a person's or an organisation's name."""
    if isinstance(resource.get("name"), str):
        return word(resource, "name")
    name = child(resource, "name")
    given = name.get("given")
    parts = [scalar(part) for part in (given if isinstance(given, list) else [given])]
    return word(name, "text") or " ".join(filter(None, [*parts, word(name, "family")])) or None


def _types(one: Element) -> set[str]:
    return {code for coding in items(child(one, "type"), "coding") if (code := word(coding, "code"))}
