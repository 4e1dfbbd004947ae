"""The lexicons say what is wrong with them, merge by id, and every row is at work in its example."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import lexicon
from spinelink.alternatives import expand
from spinelink.errors import LexiconError
from spinelink.lexicon import Composition, Lexicon, Spelling, Term
from spinelink.stages import parse
from spinelink.stages.parse.atoms import KINDS, lex
from spinelink.stages.parse.tokens import tokenize

LEXICON = lexicon.shipped()
RULES = parse.compile_rules(LEXICON)
TERMS = [row for name in KINDS for row in LEXICON.terms(name)]
HEADER = "id\tvalue\tform\tattributes\tterm\texample"


def ids(rows: list[Term]) -> list[str]:
    """Return the rows' ids, as the tests' names."""
    return [row.id for row in rows]


@pytest.mark.parametrize("row", TERMS, ids=ids(TERMS))
def test_a_term_is_recognised_in_its_example(row: Term) -> None:
    found = {reading.id for atom in lex(row.example, RULES.vocabulary) for reading in atom.readings()}
    assert row.id in found


@pytest.mark.parametrize("row", LEXICON.compositions(), ids=lambda row: row.id)
def test_a_composition_is_at_work_in_its_example(row: Composition) -> None:
    mentions = parse.parse(row.example, "", RULES).mentions
    if row.finding:
        assert {mention.finding_type for mention in mentions if mention.rule_id == row.id} == set(
            row.finding.split("|")
        )
    else:
        assert not mentions


@pytest.mark.parametrize("row", LEXICON.spellings(), ids=lambda row: row.id)
def test_a_spelling_is_folded_in_its_example(row: Spelling) -> None:
    words = {word for word, _, _ in tokenize(row.example, RULES.vocabulary.spelling)}
    assert row.canonical in words
    assert words.isdisjoint(set(expand(row.term)) - {row.canonical})


@pytest.mark.parametrize(
    ("term", "spellings"),
    [
        pytest.param("disc bulge", ["disc bulge"], id="plain"),
        pytest.param("bulg(e|ing)", ["bulge", "bulging"], id="inside-a-word"),
        pytest.param("(disc |)bulge", ["disc bulge", "bulge"], id="optional"),
        pytest.param("a (b (c|d)|e)", ["a b c", "a b d", "a e"], id="nested"),
        pytest.param("(a|a) b", ["a b"], id="no-repeats"),
    ],
)
def test_alternatives_are_spelled_out(term: str, spellings: list[str]) -> None:
    assert list(expand(term)) == spellings


@given(st.text("ab (|)", max_size=12))
def test_expanding_ends_or_names_the_fault(term: str) -> None:
    try:
        spellings = expand(term)
    except ValueError as fault:
        spellings = (str(fault),)
    assert spellings


def written(folder: Path, name: str, *lines: str) -> Path:
    """Write a lexicon file and return its folder."""
    (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        pytest.param(
            "FND-1\tno_such\tnoun\t\tbulge\tA bulge.", "findings.tsv:2: 'no_such' is no finding", id="finding"
        ),
        pytest.param("odd id\tdisc_bulge\tnoun\t\tx\tx.", "findings.tsv:2: id 'odd id' is not of the form", id="id"),
        pytest.param("FND-1\tdisc_bulge\tnoun\t\tBulge\tA bulge.", "findings.tsv:2: term 'Bulge' is not in", id="case"),
        pytest.param("FND-1\tdisc_bulge\tnoun\t\t\tA bulge.", "findings.tsv:2: term is empty", id="empty-term"),
        pytest.param("FND-1\tdisc_bulge\tnoun\t\tzz\t", "findings.tsv:2: FND-1 has no example", id="no-example"),
        pytest.param(
            "FND-1\tdisc_bulge\tnoun\t\tzz (a\tzz a.", "findings.tsv:2: term 'zz (a': unclosed", id="unclosed"
        ),
        pytest.param(
            "FND-1\tdisc_bulge\tnoun\tside\tzz\tzz.", "findings.tsv:2: attribute 'side' is not", id="attribute"
        ),
        pytest.param("FND-1\tdisc_bulge\tnoun", "findings.tsv:2: 3 cells, expected 6", id="cells"),
        pytest.param("SID-001\tdisc_bulge\tnoun\t\tzz\tzz.", "id SID-001 stands in", id="id-of-another-file"),
    ],
)
def test_a_fault_is_told_with_file_and_line(tmp_path: Path, line: str, fault: str) -> None:
    with pytest.raises(LexiconError) as told:
        lexicon.load(written(tmp_path, "findings", HEADER, line))
    assert fault in str(told.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    folder = written(
        tmp_path, "findings", HEADER, "FND-1\tno_such\tnoun\t\tzz\tzz.", "FND-2\tdisc_bulge\tnoun\t\tZZ\tzz."
    )
    with pytest.raises(LexiconError) as told:
        lexicon.load(folder)
    assert len(str(told.value).splitlines()) == 2


def test_a_wrong_header_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        LexiconError, match=r"findings\.tsv:1: columns are not id, term, value, form, attributes, example$"
    ):
        lexicon.load(written(tmp_path, "findings", "id\tterm", "FND-1\tbulge"))


def test_a_folder_without_lexicons_is_told(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="holds none of"):
        lexicon.load(tmp_path)


def test_rows_are_merged_by_id_and_change_the_fingerprint(tmp_path: Path) -> None:
    folder = written(tmp_path, "findings", HEADER, "SITE-1\tdisc_bulge\tnoun\t\tpancake disc\tA pancake disc at L4-5.")
    merged = lexicon.load(folder)
    assert len(merged.rows["findings"]) == len(LEXICON.rows["findings"]) + 1
    assert merged.fingerprint != LEXICON.fingerprint
    mentions = parse.parse("A pancake disc at L4-5.", "", parse.compile_rules(merged)).mentions
    assert [(m.finding_type, m.rule_id) for m in mentions] == [("disc_bulge", "SITE-1")]


def test_enabled_false_removes_a_row(tmp_path: Path) -> None:
    row = next(row for row in LEXICON.terms("findings") if row.value == "syrinx")
    line = "\t".join([row.id, row.value, row.form, row.attributes, row.term, row.example, "false"])
    merged = lexicon.load(written(tmp_path, "findings", HEADER + "\tenabled", line))
    assert row.id not in {found.id for found in merged.rows["findings"]}
    assert not parse.parse(row.example, "", parse.compile_rules(merged)).mentions


def test_the_fingerprint_depends_on_the_rows_alone() -> None:
    assert Lexicon(dict(reversed(LEXICON.rows.items()))).fingerprint == LEXICON.fingerprint
