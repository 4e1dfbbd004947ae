"""Diagnosis codes that stand in the text of an indication, as the symptoms and red flags that they state.

A code counts only where words give no such type (decision 14): "Low back pain without sciatica (M54.50)" is no second
low back pain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from spinelink.conditions import parse_condition
from spinelink.lexicon import Code, Lexicon
from spinelink.records import Symptom

_CODE = re.compile(r"(?<![\w.])([A-TV-Z]\d[0-9A-Z])\.?([0-9A-Z]{1,4})?(?![\w])")
_READ = frozenset({"accept", "both", "retired"})
_SIDES = frozenset({"left", "right", "bilateral"})
_LIMBS = {
    "cervical": "arm",
    "cervicothoracic": "arm",
    "thoracic": "trunk",
    "lumbar": "leg",
    "lumbosacral": "leg",
}
"""Where a radiculopathy of a region of the spine is felt."""


@dataclass(frozen=True)
class TextCodeRules:
    """What each code states, by the code in capitals."""

    stated: Mapping[str, tuple[Symptom, ...]]


def compile_codes(lexicon: Lexicon) -> TextCodeRules:
    """Return what the codes of the lexicon state; a code of several types states the first that its rows name."""
    tiers: dict[str, str] = {}
    for flag in lexicon.terms("red_flags"):
        tiers.setdefault(flag.value, flag.attribute("tier") or "S")
    stated: dict[str, tuple[Symptom, ...]] = {}
    for row in lexicon.rows_of(Code):
        if row.use in _READ and row.kind in ("symptom", "red_flag") and row.type and row.system.startswith("ICD"):
            stated.setdefault(row.code.upper(), tuple(_stated(row, tiers)))
    return TextCodeRules(stated)


def _stated(row: Code, tiers: Mapping[str, str]) -> Iterator[Symptom]:
    facts = {part.fact: part.values for part in parse_condition(row.conditions).parts if part.sign == "="}
    felt = facts.get("felt", frozenset())
    for name in row.type.split("|"):
        region = _LIMBS.get(row.region) if name == "radiculopathy" else next(iter(felt)) if len(felt) == 1 else None
        yield Symptom(
            row.kind,
            name,
            "present",
            row.id,
            subtype=row.subtype or None,
            region=region,
            side=row.side if row.side in _SIDES else "",
            tier=tiers.get(name) if row.kind == "red_flag" else None,
        )
    for name in sorted(facts.get("beside", ())):
        yield Symptom("symptom", name, "present", row.id)


def coded_in(text: str, start: int, records: Sequence[Symptom], rules: TextCodeRules) -> Iterator[Symptom]:
    """Yield what the codes in a text state and no record does; `start` is the text's place in its report."""
    known = {record.symptom_type for record in records}
    for found in _CODE.finditer(text):
        whole = f"{found[1]}.{found[2]}" if found[2] else found[1]
        for symptom in rules.stated.get(whole, ()):
            if symptom.symptom_type not in known:
                yield replace(symptom, start=start + found.start(), end=start + found.end())
