"""Phrases are found as whole words, the longest first, with the offsets of the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink.lexicon import Phrase
from spinelink.phrases import PhraseBook, fold


def book(*terms: str) -> PhraseBook:
    """Return a book of rows with these terms, named by their place."""
    return PhraseBook(Phrase(f"ROW-{n}", term, True, term, "field", "value") for n, term in enumerate(terms))


FOUND = {
    "plain": (("disc bulge",), "a disc bulge here", [("ROW-0", "disc bulge")]),
    "alternatives": (("bulg(e|ing)",), "bulging, bulge", [("ROW-0", "bulging"), ("ROW-0", "bulge")]),
    "hyphen_for_space": (("follow up",), "a follow-up", [("ROW-0", "follow-up")]),
    "space_for_hyphen": (("follow-up",), "a follow up", [("ROW-0", "follow up")]),
    "dash_and_break": (("follow up",), "follow \u2013\n up", [("ROW-0", "follow \u2013\n up")]),
    "underscore": (("mri spine",), "X_MRI_SPINE_Y", [("ROW-0", "MRI_SPINE")]),
    "sign": (("w/o contrast",), "W/O CONTRAST", [("ROW-0", "W/O CONTRAST")]),
    "full_stop_parts": (("disc bulge",), "disc. Bulge", []),
    "part_of_a_word": (("ct",), "ctx, act, 3ct, \u00e9ct", []),
    "longest": (("mri", "mri of the spine", "the spine"), "MRI of the spine", [("ROW-1", "MRI of the spine")]),
    "longest_breaks_off": (("mri", "mri of the spine"), "MRI of the knee", [("ROW-0", "MRI")]),
    "first_row_holds": (("mri", "(mri|ct)"), "MRI, CT", [("ROW-0", "MRI"), ("ROW-1", "CT")]),
    "no_overlap": (("a b", "b c"), "a b c", [("ROW-0", "a b")]),
    "letter_that_grows": (("mri",), "\u0130 MRI", [("ROW-0", "MRI")]),
    "no_rows": ((), "MRI", []),
}


@pytest.mark.parametrize(("terms", "text", "found"), FOUND.values(), ids=FOUND)
def test_found(terms: tuple[str, ...], text: str, found: list[tuple[str, str]]) -> None:
    assert [(hit.row.id, text[hit.start : hit.end]) for hit in book(*terms).hits(fold(text))] == found


def test_only_the_stretch_that_is_asked_for() -> None:
    assert [tuple(hit)[1:] for hit in book("disc bulge", "disc").hits("disc disc bulge disc", 5, 12)] == [(5, 9)]


SIGNED = ("a b", "a", "b/c", "c -ve", "a / b c", "b b a", "c a/")
PIECES = st.sampled_from(["a", "b", "c", "ab", "/", "-", "_", " ", "\n", ".", "\u2013", "\u00e9", "-ve"])


@given(st.sets(st.sampled_from(SIGNED)), st.lists(PIECES, max_size=12).map("".join), st.integers(0, 6))
def test_texts_passed_over_hold_no_term(terms: set[str], text: str, start: int) -> None:
    # With a row that stands at the end the whole text is read.
    reading = book(*sorted(terms), "zz")
    assert list(reading.hits(text, start)) == list(reading.hits(f"{text} zz", start))[:-1]


@given(st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded
