"""The resources around a report: contained in it, beside it in its bundle, or elsewhere in what is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spinelink.stages.ingest.beside import Beside
from spinelink.stages.ingest.fhir.elements import Element, child, identifier, items, person, type_of, word

_NOTHING: Element = {}
_URN = "urn:uuid:"


@dataclass(frozen=True)
class Surroundings:
    """Resources of the bundle by their full address and by "Type/id"; those contained in the report by "#id".

    `elsewhere` are those that stand outside a bundle with reports.
    """

    beside: Mapping[str, Element]
    contained: Mapping[str, Element]
    elsewhere: Beside

    def within(self, resource: Element) -> Surroundings:
        """Return the surroundings of a resource: what is contained in it too."""
        contained = {f"#{word(one, 'id')}": one for one in items(resource, "contained")}
        return Surroundings(self.beside, contained, self.elsewhere)

    def find(self, reference: Element) -> Element:
        """Return the resource that a reference names, an empty one where it is not at hand."""
        address = word(reference, "reference") or ""
        if address.startswith("#"):
            return self.contained.get(address, _NOTHING)
        local = _local(address)
        return self.beside.get(address) or self.beside.get(local) or self.elsewhere.get(local)

    def id_of(self, reference: Element) -> str | None:
        """Return by which id a reference names its resource.

        An identifier goes before the resource's id; the id of a contained resource names nothing outside.
        """
        found = self.find(reference)
        address = word(reference, "reference") or ""
        if given := word(child(reference, "identifier"), "value"):
            return given
        if address.startswith("#"):
            return identifier(found, "MR", "") or word(child(found, "identifier"), "value")
        if address.startswith(_URN):
            return word(found, "id") or address.removeprefix(_URN)
        return _local(address).rpartition("/")[2] or None

    def name_of(self, reference: Element) -> str | None:
        """Return the name of whom a reference names: as it displays, else as the resource says, else an id."""
        found = self.find(reference)
        held = self.find(child(found, "practitioner")) if type_of(found) == "PractitionerRole" else found
        displayed = word(reference, "display") or word(child(found, "practitioner"), "display")
        return displayed or person(held) or self.id_of(reference)

    def kind_of(self, reference: Element) -> str | None:
        """Return the type of resource that a reference names."""
        local = _local(word(reference, "reference") or "")
        return word(reference, "type") or type_of(self.find(reference)) or local.rpartition("/")[0] or None


def surroundings(resources: Iterable[tuple[str | None, Element]], elsewhere: Beside) -> Surroundings:
    """Return resources, each with its full address, so that they can be found."""
    found: dict[str, Element] = {}
    for address, resource in resources:
        if address:
            found[address] = resource
        if name := word(resource, "id"):
            found[f"{type_of(resource)}/{name}"] = resource
    return Surroundings(found, {}, elsewhere)


def _local(address: str) -> str:
    """Return "Type/id" of an address, without server and version."""
    parts = address.partition("/_history/")[0].split("/")
    return "/".join(parts[-2:])
