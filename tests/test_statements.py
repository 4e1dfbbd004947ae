"""Sentences that state no finding: every row of statements.tsv at work, what is stated, and what it blocks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import lexicon, vocabulary
from spinelink.alternatives import expand
from spinelink.errors import LexiconError
from spinelink.lexicon import Lexicon, Phrase
from spinelink.phrases import fold
from spinelink.records import Sentence
from spinelink.stages.statements import StatementRules, blocks_findings, compile_rules, statements_of

OF_OTHER_STAGES = ("amendment", "reference")
ROWS = [row for row in lexicon.shipped().phrases("statements") if row.field not in OF_OTHER_STAGES]
OF_EXAMS = [row for row in lexicon.shipped().phrases("exams") if row.field in ("numbering", "quality")]
BLOCKING = (
    "purpose",
    "condition",
    "boilerplate",
    "prevalence",
    "unassessed",
    "limit",
    "assessment",
    "reason",
    "acquired",
)

Said = list[tuple[str, str | None]]


@pytest.fixture(scope="module")
def rules() -> StatementRules:
    """The shipped words."""
    return compile_rules(lexicon.shipped())


@pytest.fixture
def said(rules: StatementRules) -> Callable[[str], Said]:
    """A function that returns kind and detail of the statements of one sentence."""

    def of_sentence(text: str) -> Said:
        found = statements_of(text, [Sentence(0, len(text), 0, "impression", 0)], rules)
        return [(statement.kind, statement.detail) for statement in found]

    return of_sentence


def expected(row: Phrase, stated: Said, blocked: bool) -> bool:
    """Tell whether a row's example states or blocks what its field and value say."""
    details = {detail for kind, detail in stated if kind == "recommendation"}
    match row.field:
        case "request":
            return bool(details) and blocked
        case "object":
            return row.value in details or (
                row.value == "contrast" and bool(details & {"contrast_mri", "contrast_study"})
            )
        case "ordinary" | "described":
            return not details and not blocked
        case "boundary":
            return ("limitation", "motion") in stated
        case field if field in vocabulary.STATEMENT_KINDS:
            return (field, row.value) in stated
        case field:
            return field in BLOCKING and blocked


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_example_fires_its_row(row: Phrase, rules: StatementRules, said: Callable[[str], Said]) -> None:
    assert row.id in {hit.row.id for hit in rules.book.hits(fold(row.example))}
    assert expected(row, said(row.example), bool(blocks_findings(row.example, rules)))


@pytest.mark.parametrize("row", OF_EXAMS, ids=lambda row: row.id)
def test_numbering_and_quality_words_of_the_exams_are_statements(row: Phrase, said: Callable[[str], Said]) -> None:
    kind = "numbering" if row.field == "numbering" else "limitation"
    assert ((kind, row.value) in said(row.example)) is (row.value != "none")


def test_no_wording_stands_in_both_lexicons() -> None:
    """Statements read rows of exams.tsv too: one wording with two meanings would hide one of them."""
    ours = {spelling for row in ROWS for spelling in expand(row.term)}
    assert not ours & {spelling for row in OF_EXAMS for spelling in expand(row.term)}


STATED: dict[str, tuple[str, Said]] = {
    "contrast_mri": (
        "MRI of the thoracic spine with and without contrast is recommended.",
        [("recommendation", "contrast_mri")],
    ),
    "contrast_ct": ("CT with contrast is recommended.", [("recommendation", "ct")]),
    "two_tests": (
        "Recommend MRI or bone scan.",
        [("recommendation", "mri"), ("recommendation", "bone_scan")],
    ),
    "general_yields_to_named": ("Further evaluation with CT is recommended.", [("recommendation", "ct")]),
    "follow_up_mri_is_follow_up": ("A follow-up MRI is advised.", [("recommendation", "follow_up")]),
    "something_else": ("Early mobilisation is recommended.", [("recommendation", None)]),
    "opens_with_suggested": ("Suggested: contrast study.", [("recommendation", "contrast_study")]),
    "test_in_the_purpose": (
        "CT is recommended before biopsy, for further evaluation of MRI.",
        [("recommendation", "ct"), ("recommendation", "biopsy")],
    ),
    "condition_and_test": ("MRI if symptoms persist.", [("recommendation", "mri")]),
    "with_finding": ("Small AAA - please refer for surveillance.", [("recommendation", "follow_up")]),
    "correlate_with_test": ("Dark marrow noted, correlate with bone scan.", [("recommendation", "bone_scan")]),
    "correlate_bedside": ("Spondylolisthesis noted, correlate clinically.", [("clinical_correlation", "correlate")]),
    "correlation_advised": ("Clinical correlation is advised.", [("clinical_correlation", "correlate")]),
    "bedside_and_test": (
        "Clinical correlation and ESR are advised.",
        [("recommendation", "laboratory_tests"), ("clinical_correlation", "correlate")],
    ),
    "communicated_once": (
        "CRITICAL RESULT: Findings were communicated to the ward by telephone.",
        [("critical_communication", "communicated")],
    ),
    "critical_alone": ("CRITICAL RESULT.", [("critical_communication", "critical_result")]),
    "named_limit": ("Evaluation of the cord is limited by motion.", [("limitation", "motion")]),
    "unnamed_limit": ("Evaluation of the cord is limited.", [("limitation", "limited_assessment")]),
    "two_clauses": (
        "No clinical information was provided; correlation with side is suggested.",
        [("clinical_correlation", "no_clinical_information"), ("clinical_correlation", "correlate")],
    ),
    "same_thing_twice": ("Wrong side on request - please clarify.", [("clinical_correlation", "clarify_request")]),
    "refused": ("No follow-up imaging is recommended.", []),
    "no_criteria": ("The nodule does not meet criteria for follow-up.", []),
    "correlates": ("The herniation correlates with the symptoms.", []),
    "a_correlate": ("There is a faint correlate on axial T2.", []),
    "suggestive": ("Findings on MRI suggest a fracture, suggestive of discitis.", []),
    "differential": ("Carpal tunnel syndrome should be considered for the hand numbness.", []),
    "test_that_showed": ("MRI shows a fracture which should be considered acute.", []),
    "prior_test": ("Compared to prior MRI, which is recommended reading.", [("recommendation", None)]),
    "thanks": ("Thank you for this referral.", []),
    "plain_finding": ("Degenerative change may contribute to the axial pain.", []),
    "so_called": ("The lowest segment is called L5.", []),
}


@pytest.mark.parametrize(("sentence", "statements"), STATED.values(), ids=STATED)
def test_what_a_sentence_states(sentence: str, statements: Said, said: Callable[[str], Said]) -> None:
    assert said(sentence) == statements


BLOCKED = {
    "option": "[CT could be obtained if there is concern for pseudarthrosis at C6-C7.]",
    "wrapped": "[CT could be\nobtained if there is concern for pseudarthrosis at C6-\nC7.]",
    "own_sentence": "[MRI with STIR may be considered for acuity and to exclude underlying lesion.]",
    "own_firm_sentence": "[MRI is recommended to exclude metastasis.]",
    "condition_first": "[If there is persistent clinical concern for ligamentous injury, MRI can be performed.]",
    "purpose_first": "[To exclude metastasis, a bone scan is advised.]",
    "purpose_first_of_correlation": "[To rule out discitis, clinical correlation.]",
    "confirmation": "[CT is suggested for confirmation of OPLL.]",
    "far_object": "[CT thoracic spine w/o recommended for preop characterization of calcification.]",
    "verb_is_missing": "[Further evaluation with contrast-enhanced MRI to exclude discitis.]",
    "noun_alone": "[Neurosurgical referral.]",
    "general_knowledge": "[The following findings are common in people without back pain, such as disc bulge.]",
    "prevalence": "[Reported prevalence at age 40-49: disc degeneration 68%, spondylolisthesis 8%.]",
    "prevalence_line": "[Disc degeneration (decreased T2 signal, height loss, bulge) 91%]",
    "definition": "[Disc protrusion is defined as a focal displacement.]",
    "second_half": "Small AAA - [please refer for surveillance if not already known.]",
    "after_comma": "Spondylolisthesis noted, [correlate clinically.]",
    "after_relative": "There is severe stenosis at L4-5 for which [neurosurgical consultation is recommended.]",
    "after_and": "The disc protrusion is unchanged, and [follow-up is recommended.]",
    "reason_after": "[Recommend neurosurgical consultation ]given severe canal stenosis at L4-5.",
    "reason_before": "Given the severe canal stenosis, [surgical consultation is recommended.]",
    "rest_of_finding": "Mild bulge, common [in people without back pain.]",
    "limits": "The canal is decompressed, although beam hardening artefact [limits evaluation of the thecal sac.]",
    "limited": "[Evaluation for canal stenosis is limited] by motion but no gross stenosis.",
    "limited_yet_seen": "[Limited evaluation of the cord ]shows no signal abnormality.",
    "not_assessed": "Disc bulge at L4-L5,[ foraminal stenosis cannot be assessed].",
    "better_test": "[Ligamentous injury is better evaluated with MRI].",
    "sensitivity": "No acute fracture, MRI [is more sensitive for occult fracture.]",
    "finding_with_firm_exclusion": "Marrow lesion of the L5 body, however [bone scan is advised ]to rule out deposits.",
    "finding_with_exclusion_no_however": "Enhancing lesion at T8, [biopsy recommended ]to exclude metastasis.",
    "finding_with_optional_exclusion": "Compression fracture of L1, [MRI could be done to exclude a lesion.]",
    "finding_with_conditional_exclusion": "Fracture of the L1 body, [if indicated MRI is advised to exclude a lesion.]",
    "reason_with_exclusion": "Given the history of breast cancer, [bone scan is advised to rule out metastases.]",
    "finding_with_other_purpose": "Pars defect at L5, [CT is recommended to confirm spondylolysis.]",
    "rule_out_alone": "Rule out metastasis.",
    "cannot_exclude": "Early myelomalacia cannot be excluded.",
    "may_contribute": "Degenerative change at the lumbosacral junction may contribute to the axial pain.",
    "should_be_considered": "Metastasis should be considered.",
    "if_any": "Minimal if any canal stenosis.",
    "suggesting": "Low signal on T1 and T2 suggesting calcification.",
    "ct_is_limited": "CT is limited for disc herniation.",
    "communicated": "Severe cord compression was discussed with the on call team.",
    "code": "[M51.26 Other intervertebral disc displacement]",
    "code_of_a_procedure": "[72148 MRI lumbar spine, disc herniation]",
    "key": "[Grade 1 = mild, grade 2 = moderate stenosis]",
    "acquired_for": "Axial images were obtained [for evaluation of canal stenosis.]",
    "method": "Supine [MRI may underestimate spondylolisthesis.]",
    "in_a_study": "[In a study of asymptomatic adults, 69% had a disc bulge.]",
    "prevalence_in_brackets": "[Disc bulge (64%)]",
    "code_after_a_finding": "Lumbar spinal stenosis (M48.061).",
    "diameter": "AP diameter = 9 mm, severe stenosis.",
    "slip": "Grade 1 spondylolisthesis, 25% slip.",
    "height_loss": "T8 fracture with 40% height loss.",
    "canal_share": "Disc protrusion 30% of the canal.",
}


@pytest.mark.parametrize("marked", BLOCKED.values(), ids=BLOCKED)
def test_what_a_sentence_blocks(marked: str, rules: StatementRules) -> None:
    sentence = marked.replace("[", "").replace("]", "")
    spans = blocks_findings(sentence, rules)
    shown = sentence
    for start, end in reversed(spans):
        shown = f"{shown[:start]}[{shown[start:end]}]{shown[end:]}"
    assert shown == marked


def test_a_statement_spans_its_clause(rules: StatementRules) -> None:
    text = "1. Normal. Small AAA - please refer for surveillance \n"
    sentence = Sentence(11, len(text), 3, "impression", 0)
    (statement,) = statements_of(text, [sentence], rules)
    assert text[statement.start : statement.end] == "please refer for surveillance"
    assert (statement.category, statement.rule_id) == ("impression", row_id("recommendation", "follow_up"))


def row_id(field: str, value: str) -> str:
    """Return the id of the first row of a field and value."""
    return next(row.id for row in ROWS if (row.field, row.value) == (field, value))


@pytest.mark.parametrize("category", vocabulary.SECTIONS)
def test_every_section_but_the_indication_is_read(category: str, rules: StatementRules) -> None:
    text = "MRI is recommended."
    found = statements_of(text, [Sentence(0, len(text), 0, category, 0)], rules)
    assert len(found) == (category != "indication")


def test_values_of_rows_are_the_closed_names() -> None:
    for kind in vocabulary.STATEMENT_KINDS:
        details = {row.value for row in [*ROWS, *OF_EXAMS] if row.field == kind}
        assert details <= set(vocabulary.STATEMENT_DETAILS[kind])


WORDS = "mri|ct|is recommended|if|to rule out|metastasis|;| - |but|evaluation of|is limited|correlate|given|there is"
MORE_WORDS = "disc bulge 50%,|in asymptomatic adults|\n|\u0130|cannot be assessed|,"
words = st.sampled_from(f"{WORDS}|{MORE_WORDS}".split("|"))
sentences = st.one_of(st.lists(words, max_size=12).map(" ".join), st.text(max_size=60))


@given(sentences)
def test_spans_lie_in_the_sentence_in_order(rules: StatementRules, sentence: str) -> None:
    spans = blocks_findings(sentence, rules)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(set(edges))
    assert all(0 <= edge <= len(sentence) for edge in edges)


@given(sentences)
def test_statements_are_of_closed_names_and_lie_in_their_sentence(rules: StatementRules, sentence: str) -> None:
    text = f"Before. {sentence} After."
    unit = Sentence(8, 8 + len(sentence), 0, "findings", 0)
    for statement in statements_of(text, [unit], rules):
        assert unit.start <= statement.start < statement.end <= unit.end
        assert statement.detail in (None, *vocabulary.STATEMENT_DETAILS[statement.kind])


@given(sentences)
def test_what_is_said_does_not_hang_on_case_or_on_where_it_stands(rules: StatementRules, sentence: str) -> None:
    assert blocks_findings(fold(sentence), rules) == blocks_findings(sentence, rules)
    alone = statements_of(sentence, [Sentence(0, len(sentence), 0, "findings", 0)], rules)
    moved = statements_of(f"Mri. {sentence} ct", [Sentence(5, 5 + len(sentence), 0, "findings", 0)], rules)
    assert [(s.kind, s.detail, s.start + 5) for s in alone] == [(s.kind, s.detail, s.start) for s in moved]


def test_a_long_text_without_stops_is_read_in_pieces(rules: StatementRules) -> None:
    text = "MRI is recommended for disc bulge and " * 2000
    assert sum(end - start for start, end in blocks_findings(text, rules)) > len(text) // 2


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        pytest.param("kind", "mri", "field 'kind' is none of recommendation,", id="field"),
        pytest.param("object", "mrt", "value 'mrt' is none of mri, contrast_mri,", id="value"),
    ],
)
def test_a_row_that_no_statement_can_use(field: str, value: str, fault: str) -> None:
    rows = {**lexicon.shipped().rows, "statements": (Phrase("STM-1", "MRI", True, "mri", field, value),)}
    with pytest.raises(LexiconError) as raised:
        compile_rules(Lexicon(rows))
    assert str(raised.value).startswith(f"statements.tsv: STM-1: {fault}")
