"""The resources of a JSON value: itself, or the entries of a Bundle, and of the Bundles among these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from spinelink.stages.ingest.beside import Beside
from spinelink.stages.ingest.fhir.context import Surroundings, surroundings
from spinelink.stages.ingest.fhir.elements import Element, child, items, type_of, word

REPORT = "DiagnosticReport"

_SERVING = frozenset(
    {
        "Binary", "Condition", "Encounter", "ImagingStudy", "Organization", "Patient", "Practitioner",
        "PractitionerRole", "ProcedureRequest", "ServiceRequest",
    }
)  # fmt: skip

_OF_ORDERS = (
    "authoredOn",
    "reasonCode",
    "reason",
    "reasonReference",
    "identifier",
    "encounter",
    "context",
    "requester",
)
_SERVING_ELSEWHERE = {
    "Condition": ("code",),
    "Encounter": ("class",),
    "Organization": ("name",),
    "Patient": ("birthDate", "gender"),
    "Practitioner": ("name",),
    "PractitionerRole": ("practitioner",),
    "ProcedureRequest": _OF_ORDERS,
    "ServiceRequest": _OF_ORDERS,
}
"""The elements that serve reports of other files; a Binary is as large as a report and is not held."""


class Entry(NamedTuple):
    """A resource and its full address; an empty one for an entry without a resource."""

    address: str | None
    resource: Element


def entries(value: Element) -> list[Entry]:
    """Return the resources of a value, in order."""
    found: list[Entry] = []
    waiting = [Entry(None, value)]
    while waiting:
        entry = waiting.pop()
        if type_of(entry.resource) == "Bundle":
            inner = items(entry.resource, "entry")
            waiting += [Entry(word(one, "fullUrl"), child(one, "resource")) for one in reversed(inner)]
        else:
            found.append(entry)
    return found


def surroundings_of(found: list[Entry], elsewhere: Beside) -> Surroundings:
    """Return those of the resources that reports refer to."""
    return surroundings((entry for entry in found if type_of(entry.resource) in _SERVING), elsewhere)


def serving_elsewhere(value: Element) -> Iterator[tuple[str, Element]]:
    """Yield what serves reports of other files, each with its name, "Type/id"; a Bundle with reports serves these."""
    found = [(type_of(resource) or "", resource) for _, resource in entries(value)]
    if any(kind == REPORT for kind, _ in found):
        return
    for kind, resource in found:
        name = word(resource, "id")
        if name and kind in _SERVING_ELSEWHERE:
            yield f"{kind}/{name}", {part: resource[part] for part in _SERVING_ELSEWHERE[kind] if part in resource}
