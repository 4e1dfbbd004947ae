"""The resources of a JSON value: itself, or the entries of a Bundle, and of the Bundles among these."""

from __future__ import annotations

from typing import NamedTuple

from spinelink.stages.ingest.fhir.context import Surroundings, surroundings
from spinelink.stages.ingest.fhir.elements import Element, child, items, type_of, word

REPORT = "DiagnosticReport"

_SERVING = frozenset(
    {
        "Binary", "Condition", "Encounter", "ImagingStudy", "Organization", "Patient", "Practitioner",
        "PractitionerRole", "ProcedureRequest", "ServiceRequest",
    }
)  # fmt: skip


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


def surroundings_of(found: list[Entry]) -> Surroundings:
    """Return those of the resources that reports refer to."""
    return surroundings(entry for entry in found if type_of(entry.resource) in _SERVING)
