"""Reports written another way state what they stated; reports changed in a known way state what they must then."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from perturbations import known, measure, same

GOLD = Path(__file__).resolve().parents[1] / "corpora" / "gold" / "reports.jsonl"
BAR = 0.99


@cache
def gold() -> list[dict[str, Any]]:
    """Return the gold reports that are shipped."""
    return [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]


@cache
def share(name: str) -> measure.Share:
    """Return how the shipped gold reports do under a change that must not change a fact."""
    return measure.share_of(name, gold(), same.SAME[name])


@pytest.mark.parametrize("name", same.SAME)
def test_facts_stay_what_they_are(name: str) -> None:
    found = share(name)
    assert found.share >= BAR, (found.lost, found.gained)


def test_facts_stay_what_they_are_pooled() -> None:
    assert measure.pooled(share(name) for name in same.SAME) >= 0.999


@pytest.mark.parametrize("name", known.KNOWN)
def test_facts_become_what_they_must(name: str) -> None:
    change = known.KNOWN[name]
    found = measure.share_of(name, gold(), change.change, change.expected)
    assert found.reports > 0
    assert found.share >= BAR, (found.lost, found.gained)


@pytest.mark.parametrize("name", known.KNOWN)
def test_facts_of_simple_sentences_become_what_they_must(name: str) -> None:
    change = known.KNOWN[name]
    found = measure.share_of(name, known.made_reports(), change.change, change.expected)
    assert found.reports > 0
    assert found.share >= BAR, (found.lost, found.gained)


def test_simple_sentences_state_findings() -> None:
    made = known.made_reports()
    stated = [any(f.mention.assertion == "present" for f in measure.findings_of(record)) for record in made]
    assert len(made) > 100
    assert sum(stated) >= BAR * len(made)


def test_a_change_that_changes_facts_is_seen() -> None:
    found = measure.share_of("no", gold(), lambda text: text.replace("Mild", "No"))
    assert found.lost
    assert found.share < BAR


CHANGES: dict[str, tuple[str, str, str]] = {
    "long lines are filled, short ones stay": (
        "wrapped at 60",
        "Canal: mild\nThere is a broad based disc bulge at this level with a mild effect on the sac.",
        "Canal: mild\nThere is a broad based disc bulge at this level with a mild\neffect on the sac.",
    ),
    "a list item hangs": (
        "wrapped at 70, hanging",
        "1. There is a broad based disc bulge at the level of L4-L5 with an effect on the sac.",
        "1. There is a broad based disc bulge at the level of L4-L5 with an\n   effect on the sac.",
    ),
    "a table stays": ("wrapped at 60", "Level\tDisc\n" + "L4-5\t" + "bulge " * 12, "Level\tDisc\n" + "L4-5\t" + "bulge " * 12),
    "a dash in levels alone": ("levels with en dash", "L4-5 broad-based, 2-3 mm", "L4\u20135 broad-based, 2-3 mm"),
    "sequences are no levels": ("levels L4-L5", "Sag T1/T2/STIR. Sag T1/T2.", "Sag T1/T2/STIR. Sag T1/T2."),
    "both numbers with letters": ("levels L4-L5", "T12-L1, L4/5 and L5-S1", "T12-L1, L4-L5 and L5-S1"),
    "a range has no slash": ("levels L4/5", "L4-L5, C5-C7, L5-S1", "L4/5, C5-C7, L5/S1"),
    "no separator where no code can be meant": ("levels L45", "L4-5: bulge. At L3/4, L1-2.", "L45: bulge. At L34, L1-2."),
    "case is kept": ("American", "Haemangioma and OEDEMA", "Hemangioma and EDEMA"),
    "British is British already": ("British", "Oedema, edema, tumour", "Oedema, oedema, tumour"),
    "a heading on its own line": ("headings on their own line", "FINDINGS: Bulge.", "FINDINGS:\nBulge."),
    "numbers of a list": ("numbers 4.", "1. Bulge.\n2. Cyst, 3. of its kind.", "4. Bulge.\n5. Cyst, 3. of its kind."),
    "a tab after a label": ("tabs after labels", "L4-5: Bulge", "L4-5:\tBulge"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "expected"), CHANGES.values(), ids=CHANGES.keys())
def test_a_text_is_written_another_way(name: str, text: str, expected: str) -> None:
    assert same.SAME[name](text) == expected


KNOWN: dict[str, tuple[str, str, str]] = {
    "sides": ("left and right exchanged", "Left L5 root, RIGHT canal, L>R.", "Right L5 root, LEFT canal, R>L."),
    "letters of regions stay": ("left and right exchanged", "MRI L-SPINE: r/o, R foot, L4", "MRI L-SPINE: r/o, L foot, L4"),
    "levels": ("every level one higher", "L1-2, L5/S1, S1-2, L5 root", "T12-L1, L4/L5, L5-S1, L4 root"),
    "dorsal levels": ("every level one higher", "D12-L1 and L1/2", "D11-D12 and D12/L1"),
    "sequences keep their numbers": ("every level one higher", "T1 and T2 at L4.", "T1 and T2 at L3."),
    "a word for a level": ("every level one higher", "Dens and C4-5.", "Dens and C4-5."),
    "grades": ("mild and severe exchanged", "Mild left, SEVERE right, mildly.", "Severe left, MILD right, severely."),
    "grades of two words": ("mild and severe exchanged", "Mild to moderate; mod-severe", "Moderate to severe; mild-mod"),
    "very mild is neither": ("mild and severe exchanged", "Very mild bulge.", "Very mild bulge."),
    "a denial": ("denied with no", "Mild disc bulge at L4-L5.", "No mild disc bulge at L4-L5."),
    "a denial among others": ("denied with no evidence of", "Cyst. Small bulge.\n", "Cyst. No evidence of small bulge.\n"),
    "a sentence that is not simple": ("denied with no", "Mild bulge without stenosis.", "Mild bulge without stenosis."),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "expected"), KNOWN.values(), ids=KNOWN.keys())
def test_a_text_is_changed_in_a_known_way(name: str, text: str, expected: str) -> None:
    assert known.KNOWN[name].change(text) == expected


@pytest.mark.parametrize("name", [name for name in same.SAME if name.startswith("heading synonyms")])
def test_a_heading_is_the_same_every_time(name: str) -> None:
    text = "FINDINGS: Bulge.\nIMPRESSION: Bulge."
    assert same.SAME[name](text) == same.SAME[name](text) != text
