"""Codes that came with a report, as symptoms and red flags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spinelink.records import GivenCode, Symptom
from spinelink.stages.coding.places import RADIATES
from spinelink.stages.coding.rules import RETIRED, SYSTEM, Coded, CodingRules

_SIDES = frozenset({"left", "right", "bilateral"})
_IDENTITY = ("kind", "symptom_type", "subtype", "region", "side")


def symptoms_given(codes: Sequence[GivenCode], rules: CodingRules) -> tuple[Symptom, ...]:
    """Return what the codes state of the patient, each symptom once; a billable code goes before a retired one."""
    found: dict[tuple[object, ...], Symptom] = {}
    for code in codes:
        for coded in rules.read.get(code.code, ()) if code.system == SYSTEM else ():
            for symptom in _stated(coded, rules):
                key = tuple(getattr(symptom, name) for name in _IDENTITY)
                if key not in found or (_is_retired(found[key]) and not _is_retired(symptom)):
                    found[key] = symptom
    return tuple(found.values())


def _is_retired(symptom: Symptom) -> bool:
    return symptom.code_status == "retired_parent"


def _stated(coded: Coded, rules: CodingRules) -> Iterator[Symptom]:
    """Yield the symptom of a code, and what its title says beside it ("lumbago with sciatica" is two)."""
    row = coded.row
    asked = {part.fact: part.values for part in coded.condition.parts if part.sign == "="}
    subtype = row.subtype or None
    for name in coded.types:
        yield Symptom(
            row.kind,
            name,
            "present",
            row.id,
            subtype=subtype,
            region=_region(coded, name, asked.get("felt", frozenset())),
            side=row.side if row.side in _SIDES else "",
            tier=rules.tiers.get((name, subtype)) or rules.tiers.get((name, None)),
            origin="codes",
            code=row.code,
            code_status="retired_parent" if row.use == RETIRED else "billable",
        )
    for name in sorted(asked.get("beside", ())):
        status = "retired_parent" if row.use == RETIRED else "billable"
        yield Symptom(row.kind, name, "present", row.id, origin="codes", code=row.code, code_status=status)


def _region(coded: Coded, name: str, felt: frozenset[str]) -> str | None:
    """Return where a symptom is felt, where its code says it."""
    if name == "radiculopathy":
        return RADIATES.get(coded.regions[0])
    return next(iter(felt)) if len(felt) == 1 else None
