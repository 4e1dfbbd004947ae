"""The reports of a message: its OBR groups with the patient, visit, order and diagnoses that go with each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from spinelink.stages.ingest.hl7v2.syntax import Message, Observation, Segment

_OF_PATIENT = ("PID", "PV1")


@dataclass
class Group:
    """One report: `segments` are those around it by name, `observations` those of each of its OBR."""

    segments: dict[str, Segment]
    diagnoses: list[Segment] = field(default_factory=list)
    observations: list[list[Observation]] = field(default_factory=lambda: [[]])

    def value(self, name: str, number: int, component: int = 1, subcomponent: int | None = None) -> str:
        """Return a value of a segment around the observations, "" where it is not there."""
        segment = self.segments.get(name)
        return segment.value(number, component, subcomponent) if segment else ""

    @property
    def report_id(self) -> str:
        """The filler's order number, else the accession number, else the placer's."""
        return self.value("OBR", 3) or self.accession or self.value("ORC", 3) or self.placer

    @property
    def accession(self) -> str:
        """The accession number: OBR-18 as IHE has it, else OBR-20."""
        return self.value("OBR", 18) or self.value("OBR", 20)

    @property
    def placer(self) -> str:
        """The placer's order number."""
        return self.value("OBR", 2) or self.value("ORC", 2)


def groups_of(message: Message) -> list[Group]:
    """Return the reports of a message, in order; OBR groups of one id are one report."""
    found: list[Group] = []
    by_id: dict[str, Group] = {}
    for group in _groups(message):
        earlier = by_id.get(group.report_id)
        if earlier is None:
            found.append(group)
            if group.report_id:
                by_id[group.report_id] = group
        else:
            earlier.observations += group.observations
            earlier.diagnoses += group.diagnoses
    return found


def _groups(message: Message) -> Iterator[Group]:
    around: dict[str, Segment] = {"MSH": message.header}
    diagnoses: list[Segment] = []
    group: Group | None = None
    order_is_next = False
    for name, segment in message.segments:
        if isinstance(segment, Observation):
            if group is None and name == "OBX":
                group = Group(dict(around), list(diagnoses))
            if group is not None:
                group.observations[-1].append(segment)
        elif name == "OBR":
            if group is not None:
                yield group
            group = Group({**around, "OBR": segment}, list(diagnoses))
            order_is_next = False
        elif name == "DG1":
            (diagnoses if group is None or order_is_next else group.diagnoses).append(segment)
        elif name == "PID":
            if group is not None:
                yield group
            around, diagnoses, group = {"MSH": message.header, "PID": segment}, [], None
        elif name in ("PV1", "ORC"):
            around[name] = segment
            order_is_next = name == "ORC"
            if name == "PV1" and group is not None:
                group.segments.setdefault(name, segment)
    if group is not None:
        yield group
