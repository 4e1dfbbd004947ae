"""The six findings whose loss matters most in the clinic: how many of those that gold affirms a run affirms too.

A finding counts once a report and level, present and possible alike, side and severity aside. The run has it where it
affirms a finding of the same kind at that level: a root said to be touched only is no root displaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from spinelink.evaluate.facts import Fact
from spinelink.evaluate.scores import Share

IMPORTANT: Mapping[str, Callable[[Fact], bool]] = {
    "spondylolisthesis of grade 2 or more": lambda fact: fact.type == "spondylolisthesis" and _grade(fact) >= 2,
    "disc extrusion": lambda fact: fact.type == "disc_extrusion",
    "endplate edema (Modic 1)": lambda fact: (
        fact.type == "endplate_change" and fact.attributes.get("subtype") == "modic_1"
    ),
    "central canal stenosis": lambda fact: fact.type == "central_canal_stenosis",
    "nerve root displaced or compressed": lambda fact: (
        fact.type == "nerve_root_involvement" and fact.attributes.get("effect") in ("displacement", "compression")
    ),
    "lateral recess stenosis": lambda fact: fact.type == "lateral_recess_stenosis",
}
"""What makes a finding one of the six, by name."""
POOL = "all six"
"""The name of the six together."""


def _grade(fact: Fact) -> int:
    """Return the grade of a slip, the lower of two, 0 where none is stated."""
    digits = fact.attributes.get("grade", "")[:1]
    return int(digits) if digits.isdigit() else 0


def sensitivities(truth: Mapping[str, Iterable[Fact]], told: Mapping[str, Iterable[Fact]]) -> dict[str, Share]:
    """Return the share found of each of the six, and of all; none for a finding that gold never affirms."""
    shares = {}
    for name, is_one in IMPORTANT.items():
        wanted, had = (
            {(i, fact.level) for i, facts in of.items() for fact in facts if _affirmed(fact) and is_one(fact)}
            for of in (truth, told)
        )
        if wanted:
            shares[name] = Share(len(wanted & had), len(wanted))
    if shares:
        shares[POOL] = Share(sum(s.right for s in shares.values()), sum(s.named for s in shares.values()))
    return shares


def _affirmed(fact: Fact) -> bool:
    return fact.assertion != "absent"
