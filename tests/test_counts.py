"""How many: mentions by mention_id, facts by fact_id, rows by finding_id."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import lexicon
from spinelink.analysis import Rules, analyse, compile_rules
from spinelink.records import Report
from spinelink.tabulate import Shown, tabulate


@cache
def rules() -> Rules:
    """The shipped rules, compiled once."""
    return compile_rules(lexicon.shipped())


def findings(text: str) -> list[dict[str, object]]:
    """Return the rows of findings of one report."""
    analysis = analyse(Report("r", text, "r.txt", 0, exam="MRI lumbar spine"), rules())
    return tabulate([analysis], Shown())["findings"].to_pylist()


TWICE = "FINDINGS:\nL4-L5: Left disc protrusion.\n\nIMPRESSION:\nLeft disc protrusion at L4-5."
COUNTS = {
    "one-abscess-on-six-vertebrae": ("FINDINGS:\nEpidural abscess from T8 to L1.", "epidural_abscess", (1, 6, 6)),
    "one-phrase-for-two-fractures": ("FINDINGS:\nCompression fractures of T12 and L1.", "vertebral_fracture", (1, 2, 2)),
    "two-phrases-for-two-fractures": ("FINDINGS:\nFracture of T12. Fracture of L1.", "vertebral_fracture", (2, 2, 2)),
    "both-sides": ("FINDINGS:\nL4-L5: Mild bilateral foraminal stenosis.", "foraminal_stenosis", (1, 1, 1)),
    "sides-of-different-grades": (
        "FINDINGS:\nL4-L5: Mild left and severe right foraminal stenosis.", "foraminal_stenosis", (1, 2, 2),
    ),
    "sides-in-two-sentences": (
        "FINDINGS:\nL4-L5: Mild left foraminal stenosis. Severe right foraminal stenosis.", "foraminal_stenosis", (2, 2, 2),
    ),
    "levels-of-a-list": ("FINDINGS:\nDisc bulges at L3-4 and L4-5.", "disc_bulge", (1, 2, 2)),
    "levels-of-a-range": ("FINDINGS:\nDisc bulges from L2-3 through L5-S1.", "disc_bulge", (1, 4, 4)),
    "levels-of-a-heading": ("FINDINGS:\nL1-2, L2-3: Disc bulge.", "disc_bulge", (1, 2, 2)),
    "said-twice": (TWICE, "disc_protrusion", (2, 1, 2)),
    "said-twice-with-less-detail": (
        "FINDINGS:\nL4-L5: Left disc protrusion.\n\nIMPRESSION:\nDisc protrusion at L4-5.", "disc_protrusion", (2, 2, 2),
    ),
    "said-twice-with-another-grade": (
        "FINDINGS:\nL4-L5: Mild canal stenosis.\n\nIMPRESSION:\nModerate canal stenosis at L4-5.", "central_canal_stenosis", (2, 1, 2),
    ),
    "affirmed-and-denied": (
        "FINDINGS:\nL4-L5: Canal stenosis.\n\nIMPRESSION:\nNo canal stenosis at L4-5.", "central_canal_stenosis", (2, 1, 2),
    ),
    "one-phrase-for-two-types": ("FINDINGS:\nL4-L5: Facet and ligamentum flavum hypertrophy.", "facet_arthropathy", (1, 1, 1)),
    "one-word-for-four-types": ("FINDINGS:\nL4-L5: Normal.", "disc_bulge", (1, 1, 1)),
}  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "counts"), COUNTS.values(), ids=COUNTS)
def test_mentions_facts_and_rows(text: str, kind: str, counts: tuple[int, int, int]) -> None:
    rows = [row for row in findings(text) if row["finding_type"] == kind]
    assert (len({row["mention_id"] for row in rows}), len({row["fact_id"] for row in rows}), len(rows)) == counts


@pytest.mark.parametrize("phrase", ["Normal.", "Facet and ligamentum flavum hypertrophy.", "Disc bulge/protrusion."])
def test_types_of_one_phrase_are_several_mentions(phrase: str) -> None:
    rows = findings(f"FINDINGS:\nL4-L5: {phrase}")
    kinds = {row["finding_type"] for row in rows}
    assert len(kinds) > 1
    assert len({row["mention_id"] for row in rows}) == len(kinds)


SENTENCES = st.sampled_from(
    (
        "Disc bulges at L3-4 and L4-5.", "Mild left and severe right foraminal stenosis at L4-5.", "No fracture.",
        "Compression fractures of T12 and L1.", "L5-S1: Normal.", "Epidural abscess from T8 to L1.",
        "No canal or foraminal stenosis at L3-4.", "Bilateral facet arthropathy.",
    )
)  # fmt: skip


@given(st.lists(SENTENCES, max_size=6), st.lists(SENTENCES, max_size=4))
def test_ids_say_what_they_count(body: list[str], end: list[str]) -> None:
    rows = findings("\n".join(("FINDINGS:", *body, "", "IMPRESSION:", *end)))
    assert [row["finding_id"] for row in rows] == list(range(len(rows)))
    keys = [(row["finding_type"], row["level"], row["side"]) for row in rows]
    assert len({(row["fact_id"], key) for row, key in zip(rows, keys, strict=True)}) == len(set(keys))
    assert len({row["fact_id"] for row in rows}) == len(set(keys))
    of_mention: dict[object, set[tuple[object, ...]]] = {}
    for row in rows:
        shared = tuple(row[name] for name in ("finding_type", "section_id", "sentence_start", "assertion"))
        of_mention.setdefault(row["mention_id"], set()).add(shared)
    assert all(len(shared) == 1 for shared in of_mention.values())
    assert set(of_mention) == set(range(len(of_mention)))
