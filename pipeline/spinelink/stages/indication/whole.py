"""What depends on the indication as a whole: repeats made one, regions told elsewhere, flags that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from spinelink.records import Study, Symptom
from spinelink.stages.indication.reading import Atom
from spinelink.stages.indication.saying import DEFICIT

_TIERS = ("E", "S", "W")
_SPINE_LIMB = {"lumbar": "leg", "cervical": "arm", "thoracic": "trunk"}
_AXIAL_LIMB = {"low_back_pain": "leg", "neck_pain": "arm", "sciatica": "leg", "leg_pain": "leg", "arm_pain": "arm"}
DEFICITS = frozenset(
    {"weakness", "numbness", "foot_drop", "gait_difficulty", "hand_clumsiness", "upper_motor_neuron_signs"}
)
_WALKED = frozenset({"leg_pain", "weakness", "numbness", "paresthesia", "buttock_pain"})
_CLAUDICATION = "neurogenic_claudication"
_SIGNS = "upper_motor_neuron_signs"
"""The type that gathers signs of several names, each with a side of its own."""
_SITED = frozenset(
    {
        "low_back_pain",
        "thoracic_back_pain",
        "neck_pain",
        "back_pain",
        "leg_pain",
        "arm_pain",
        "radiculopathy",
        "sciatica",
    }
)


def claudication(atoms: Sequence[Atom], records: Sequence[Symptom], base: int) -> Symptom | None:
    """Return the claudication that a sentence describes: pain of the legs on walking that sitting relieves."""
    patterns = {atom.value: atom for atom in atoms if atom.kind == "pattern"}
    relief = patterns.get("relief") or patterns.get("leaning")
    if relief is None or relief.entry is None or not ("walking" in patterns or "leaning" in patterns):
        return None
    felt = [
        row
        for row in records
        if row.symptom_type in _WALKED
        and row.assertion == "present"
        and (row.region == "leg" or "pain" in row.symptom_type)
    ]
    if not felt or any(row.symptom_type in ("radiculopathy", "sciatica", _CLAUDICATION) for row in records):
        return None
    return Symptom(
        "symptom",
        _CLAUDICATION,
        "present",
        relief.entry.id,
        base + relief.start,
        base + relief.end,
        side=felt[0].side,
    )


def whole(records: Sequence[Symptom], study: Study) -> tuple[Symptom, ...]:
    """Return the records of an indication, in order, each said once."""
    rows = [*records]
    rows = _placed(rows, study)
    rows += _progressing(rows)
    rows = [_named(row) for row in rows]
    present = {row.symptom_type for row in rows if row.assertion == "present"}
    rows = _told_once([row for row in rows if not _is_swallowed(row, present)])
    rows = [
        replace(row, tier="S")
        if row.symptom_type == "weight_loss" and row.tier == "W" and "cancer_history" in present
        else row
        for row in rows
    ]
    return tuple(sorted(rows, key=lambda row: (row.start or 0, row.end or 0)))


def _placed(rows: list[Symptom], study: Study) -> list[Symptom]:
    """Give a radiculopathy of no region that of the spine's pain beside it, else of the region imaged."""
    known = [_AXIAL_LIMB[row.symptom_type] for row in rows if row.symptom_type in _AXIAL_LIMB]
    regions = [_SPINE_LIMB[region] for region in study.regions if region in _SPINE_LIMB]
    limb = known[0] if known else regions[0] if len(regions) == 1 else None
    return [
        replace(row, region=limb) if row.symptom_type == "radiculopathy" and row.region is None else row for row in rows
    ]


def deficit(row: Symptom, assertion: str) -> Symptom:
    """Return the red flag that a deficit is where it grows worse (RF-02, decision 11)."""
    return Symptom("red_flag", DEFICIT, assertion, row.rule_id, row.start, row.end, tier="E")


def _progressing(rows: Sequence[Symptom]) -> list[Symptom]:
    """Return the red flags that deficits said to grow worse are."""
    return [
        deficit(row, row.assertion)
        for row in rows
        if row.symptom_type in DEFICITS and row.trajectory == "worse" and row.assertion != "absent"
    ]


def _named(row: Symptom) -> Symptom:
    """Return a weakness with its finer name: one that grows, one of the grip."""
    if row.symptom_type != "weakness" or row.subtype is not None:
        return row
    if row.trajectory == "worse":
        return replace(row, subtype="progressive_weakness")
    return replace(row, subtype="hand_grip_weakness") if "grip" in row.territory else row


def _told_once(rows: Sequence[Symptom]) -> list[Symptom]:
    """Return the rows with repeats joined: same type, region, side and assertion; one without side joins one with."""
    told: list[Symptom] = []
    for row in rows:
        for place, known in enumerate(told):
            if _is_same(known, row):
                told[place] = _joined(known, row)
                break
        else:
            told.append(row)
    return told


def _is_same(one: Symptom, other: Symptom) -> bool:
    if (one.kind, one.symptom_type, one.assertion) != (other.kind, other.symptom_type, other.assertion):
        return False
    if one.kind != "symptom":
        return one.region == other.region or one.region is None or other.region is None
    if one.region != other.region and one.region is not None and other.region is not None:
        return False
    if one.symptom_type == _SIGNS and one.subtype != other.subtype and one.subtype and other.subtype:
        return False
    return one.side == other.side or not one.side or not other.side


def _joined(one: Symptom, other: Symptom) -> Symptom:
    """Return two statements of one thing as one, the first with what the second adds."""
    longer = other if (other.duration_days or 0) > (one.duration_days or 0) or one.duration_source is None else one
    tiers = [tier for tier in (one.tier, other.tier) if tier]
    return replace(
        one,
        subtype=one.subtype or other.subtype,
        region=one.region or other.region,
        side=one.side or other.side,
        side_dominant=one.side_dominant or other.side_dominant,
        territory=tuple(dict.fromkeys([*one.territory, *other.territory])),
        roots=tuple(dict.fromkeys([*one.roots, *other.roots])),
        tier=min(tiers, key=_TIERS.index) if tiers else None,
        sign=one.sign or other.sign,
        duration_days=longer.duration_days,
        duration_max_days=longer.duration_max_days,
        duration_source=longer.duration_source,
        trajectory=one.trajectory or other.trajectory,
    )


def _is_swallowed(row: Symptom, present: set[str]) -> bool:
    """Tell whether another statement says a row better: falls of an unsteady gait, chronic pain of a named site."""
    if row.subtype == "falls":
        return "gait_difficulty" in present
    if row.symptom_type == "chronic_pain":
        return bool(_SITED & present)
    if row.subtype == "reduced_walking_distance":
        return _CLAUDICATION in present
    if row.symptom_type == "suspected_malignancy" and row.assertion_rule_id is None and row.assertion == "possible":
        return "cancer_history" in present
    return False
