"""The spaCy component says what the tables say, and medSpaCy's rule objects hold our words."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest
import spacy
import srsly  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span

from spinelink import component, lexicon, vocabulary
from spinelink.alternatives import expand
from spinelink.errors import LexiconError
from spinelink.records import Analysis, Finding, Report, Section
from spinelink.run import first_of_each_id, run
from spinelink.stages import ingest

ROOT = Path(__file__).resolve().parents[1]
LEXICON = lexicon.shipped()
TWO_LEVELS = "FINDINGS:\nDisc bulges at L4-5 and L5-S1."


def reports(folder: Path) -> list[Report]:
    """Return the reports of a corpus, as a run reads them."""
    records = first_of_each_id(ingest.read(ingest.plan([folder], ingest.IngestOptions(), lexicon=LEXICON)))
    return [record for record in records if isinstance(record, Report)]


CORPORA = {"gold": ROOT / "corpora" / "gold" / "reports.jsonl", "demo": ROOT / "corpora" / "demo"}
REPORTS = [(name, report) for name, path in CORPORA.items() for report in reports(path)]


@pytest.fixture(scope="module")
def nlp() -> Language:
    """A pipeline with nothing but our component."""
    pipeline = spacy.blank("en")
    pipeline.add_pipe("spinelink")
    return pipeline


def read(nlp: Language, report: Report) -> Doc:
    """Return the Doc of a report, its exam told."""
    doc = nlp.make_doc(report.text)
    doc._.spinelink_exam = report.exam
    return nlp(doc)


# --- parity with the tables -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The findings of a run over each corpus, by corpus and report."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, path in CORPORA.items():
        out = tmp_path_factory.mktemp("runs") / name
        run(path, out)
        for row in ds.dataset(out / "findings", format="parquet").to_table().to_pylist():
            found.setdefault(f"{name}/{row['report_id']}", []).append(row)
    return found


OF_FINDING = ("level", "level_rule_id", "start", "end", "sentence_start", "section_id")
OF_MENTION = (
    "finding_type", "side", "severity", "assertion", "change", "zone", "rule_id", "side_rule_id", "severity_rule_id",
    "assertion_rule_id",
)  # fmt: skip


def row_of(span: Span) -> dict[str, Any]:
    """Return what a span says, by the columns of the table."""
    finding: Finding = span._.spinelink
    assert span.label_ == finding.mention.finding_type
    return {
        **{name: getattr(finding, name) for name in OF_FINDING},
        **{name: getattr(finding.mention, name) for name in OF_MENTION},
    }


@pytest.mark.parametrize(("corpus", "report"), [pytest.param(n, r, id=f"{n}-{r.report_id}") for n, r in REPORTS])
def test_spans_are_the_rows_of_the_findings_table(
    corpus: str, report: Report, nlp: Language, tables: dict[str, list[dict[str, Any]]]
) -> None:
    rows = sorted(tables.get(f"{corpus}/{report.report_id}", []), key=lambda row: row["finding_id"])
    expected = [{name: row[name] for name in (*OF_FINDING, *OF_MENTION)} for row in rows]
    doc = read(nlp, report)
    assert [row_of(span) for span in doc.spans[component.FINDINGS]] == expected


def test_parity_is_shown_on_findings() -> None:
    assert len(REPORTS) == 62


# --- what stands on a Doc ---------------------------------------------------------------------------------------------


def test_two_rows_with_the_same_offsets_keep_their_own_records(nlp: Language) -> None:
    doc = nlp(TWO_LEVELS)
    spans = list(doc.spans[component.FINDINGS])
    assert len({(span.start_char, span.end_char) for span in spans}) == 1
    assert [span._.spinelink.level for span in spans] == ["L4-L5", "L5-S1"]


def test_sections_carry_their_category_and_record(nlp: Language) -> None:
    doc = nlp("INDICATION: back pain\n\nFINDINGS:\nL4-5: disc bulge.\n\nIMPRESSION: Disc bulge.")
    spans = list(doc.spans[component.SECTIONS])
    assert [span.label_ for span in spans] == ["indication", "findings", "impression"]
    assert [span._.spinelink_section.heading for span in spans] == ["INDICATION:", "FINDINGS:", "IMPRESSION:"]
    assert all(isinstance(span._.spinelink_section, Section) for span in spans)


def test_a_span_that_is_not_ours_has_no_record(nlp: Language) -> None:
    doc = nlp(TWO_LEVELS)
    assert doc[0:1]._.spinelink is None
    assert doc.spans[component.SECTIONS][0]._.spinelink is None
    assert doc.spans[component.FINDINGS][0]._.spinelink_section is None


def test_a_doc_that_was_not_read_has_no_analysis(nlp: Language) -> None:
    doc = nlp.make_doc(TWO_LEVELS)
    assert doc._.spinelink is None
    assert doc[0:1]._.spinelink is None


@pytest.mark.parametrize("text", ["", " ", "\n \n", "FINDINGS:"], ids=["empty", "space", "lines", "heading-alone"])
def test_a_text_without_findings_has_empty_spans(nlp: Language, text: str) -> None:
    doc = nlp(text)
    assert list(doc.spans[component.FINDINGS]) == []
    assert isinstance(doc._.spinelink, Analysis)


PIECES = ["L4-5", ": ", "disc bulge", "no ", "mild ", "left ", ", ", ".", "\n", "FINDINGS:\n", " ", "é", "IMPRESSION: "]


@settings(max_examples=60)
@given(text=st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_every_finding_has_a_span_that_covers_its_evidence(text: str, nlp: Language) -> None:
    doc = nlp(text)
    spans = list(doc.spans[component.FINDINGS])
    assert len(spans) == len(doc._.spinelink.findings)
    assert all(s.start_char <= s._.spinelink.start < s._.spinelink.end <= s.end_char for s in spans)


def test_the_exam_of_a_doc_stands_before_that_of_the_configuration() -> None:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("spinelink", config={"exam": "MRI lumbar spine"})
    assert pipeline("FINDINGS: Normal.")._.spinelink.study.regions == ("lumbar",)
    doc = pipeline.make_doc("FINDINGS: Normal.")
    doc._.spinelink_exam = "MRI cervical spine"
    assert pipeline(doc)._.spinelink.study.regions == ("cervical",)


def test_words_of_a_site_are_read(tmp_path: Path) -> None:
    row = "SITE-1\tdisc_bulge\tnoun\t\tpancake disc\tA pancake disc at L4-5."
    (tmp_path / "findings.tsv").write_text(f"id\tvalue\tform\tattributes\tterm\texample\n{row}\n", encoding="utf-8")
    pipeline = spacy.blank("en")
    pipeline.add_pipe("spinelink", config={"lexicons": str(tmp_path)})
    doc = pipeline("FINDINGS:\nA pancake disc at L4-5.")
    (span,) = doc.spans[component.FINDINGS]
    assert span._.spinelink.mention.rule_id == "SITE-1"


def test_a_folder_without_lexicons_is_told(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="holds none of"):
        spacy.blank("en").add_pipe("spinelink", config={"lexicons": str(tmp_path)})


def test_a_second_pipeline_leaves_the_docs_of_the_first_as_they_are(nlp: Language) -> None:
    doc = nlp(TWO_LEVELS)
    spacy.blank("en").add_pipe("spinelink")
    assert [span._.spinelink.level for span in doc.spans[component.FINDINGS]] == ["L4-L5", "L5-S1"]


def test_the_component_declares_what_it_sets(nlp: Language) -> None:
    meta = nlp.get_pipe_meta("spinelink")
    assert set(meta.assigns) >= {"doc.spans", "doc._.spinelink", "span._.spinelink"}
    assert not meta.requires


# --- storing and spreading --------------------------------------------------------------------------------------------


def test_a_stored_doc_keeps_every_record(nlp: Language) -> None:
    doc = read(nlp, REPORTS[0][1])
    stored = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    assert stored._.spinelink == doc._.spinelink
    assert [row_of(span) for span in stored.spans[component.FINDINGS]] == [
        row_of(span) for span in doc.spans[component.FINDINGS]
    ]


def test_docs_in_a_bin_keep_every_record(nlp: Language) -> None:
    doc = nlp(TWO_LEVELS)
    box = DocBin(docs=[doc], store_user_data=True)
    (stored,) = DocBin().from_bytes(box.to_bytes()).get_docs(spacy.blank("en").vocab)
    assert [span._.spinelink.level for span in stored.spans[component.FINDINGS]] == ["L4-L5", "L5-S1"]


def test_every_kind_of_field_is_stored(nlp: Language) -> None:
    analysis: Analysis = nlp(TWO_LEVELS)._.spinelink
    dated = Report("r", "x", "s", 1, study_date=date(2024, 5, 17), age=61, extra={"ward": "7"})
    whole = Analysis(
        dated, analysis.sections, analysis.findings, analysis.measurements, analysis.statements, analysis.study
    )
    assert srsly.msgpack_loads(srsly.msgpack_dumps({"kept": whole, "other": [1]})) == {"kept": whole, "other": [1]}


def test_a_stored_pipeline_keeps_its_options(tmp_path: Path) -> None:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("spinelink", config={"exam": "MRI lumbar spine"})
    pipeline.to_disk(tmp_path)
    assert spacy.load(tmp_path)("FINDINGS: Normal.")._.spinelink.study.exam == "MRI lumbar spine"


def script(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Return what a script prints in a process of its own; its folder is on the path."""
    (folder / "script.py").write_text(code, encoding="utf-8")
    paths = [str(folder), str(ROOT / "pipeline"), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run([sys.executable, folder / "script.py"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


def as_installed(folder: Path, code: str) -> str:
    """Return what a script prints where the package is installed with the entry points that pyproject.toml declares."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in names.items()) for group, names in declared.items()]
    metadata = folder / "spinelink_entry_points-0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: spinelink-entry-points\nVersion: 0\n")
    (metadata / "entry_points.txt").write_text("".join(lines))
    return script(folder, code).stdout


def test_spacy_finds_the_component_by_its_name_alone(tmp_path: Path) -> None:
    code = f"""
import spacy, sys
nlp = spacy.blank("en")
assert not {{"pyarrow", "pandas", "medspacy", "spinelink.analysis"}} & set(sys.modules)
nlp.add_pipe("spinelink")
doc = nlp({TWO_LEVELS!r})
print(*[span._.spinelink.level for span in doc.spans["spinelink"]])
"""
    assert as_installed(tmp_path, code).split() == ["L4-L5", "L5-S1"]


def test_several_processes_give_the_same_docs(tmp_path: Path) -> None:
    code = f"""
import multiprocessing, spacy
if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    nlp = spacy.blank("en")
    nlp.add_pipe("spinelink", config={{"exam": "MRI lumbar spine"}})
    for doc in nlp.pipe([{TWO_LEVELS!r}, "FINDINGS: Disc bulge at L2-3."], n_process=2):
        print(doc._.spinelink.study.exam, *[span._.spinelink.level for span in doc.spans["spinelink"]], sep="|")
"""
    assert as_installed(tmp_path, code).splitlines() == [
        "MRI lumbar spine|L4-L5|L5-S1",
        "MRI lumbar spine|L2-L3",
    ]


# --- medSpaCy's rule objects ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def medspacy_pipeline() -> Language:
    """medSpaCy's TargetMatcher and ConText with our rules and none of its own; sentences end where spaCy says.

    Targets whose words stand in none of the sentences are left out: to add all takes seconds.
    """
    text = "\n".join(str(case.values[0]).lower() for case in DEPARTURES)
    rules = [rule for rule in component.target_rules(LEXICON) if rule.literal in text]
    cues = component.context_rules(LEXICON)
    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    pipeline.add_pipe("medspacy_target_matcher").add(rules)  # type: ignore[attr-defined]
    pipeline.add_pipe("medspacy_context", config={"rules": None}).add(cues)  # type: ignore[attr-defined]
    return pipeline


def context_reading(pipeline: Language, sentence: str) -> set[str]:
    """Return what medSpaCy makes of a sentence, as type:assertion."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\[W036\]")  # a matcher of medSpaCy's without patterns
        doc = pipeline(sentence)
    said = {True: "absent", False: "present"}
    return {f"{e.label_}:{'possible' if e._.is_uncertain else said[e._.is_negated]}" for e in doc.ents}


DEPARTURES = [
    pytest.param(
        "L4-L5: No disc herniation.",
        {"disc_herniation:absent"},
        {"disc_herniation@L4-L5:::absent"},
        id="agreed-a-denial-after-a-level-and-colon",
    ),
    pytest.param(
        "No disc herniation or canal stenosis.",
        {"disc_herniation:absent", "central_canal_stenosis:absent"},
        {"disc_herniation@:::absent", "central_canal_stenosis@:::absent"},
        id="agreed-or-carries-a-denial-on",
    ),
    pytest.param(
        "No more than mild canal stenosis at L4-5.",
        {"central_canal_stenosis:present"},
        {"central_canal_stenosis@L4-L5::mild:present"},
        id="agreed-no-more-than-denies-nothing",
    ),
    pytest.param(
        "No evidence of fracture but there is marrow edema at L1.",
        {"vertebral_fracture:absent", "marrow_edema:present"},
        {"vertebral_fracture@:::absent", "marrow_edema@L1:::present"},
        id="agreed-but-ends-a-denial",
    ),
    pytest.param(
        "No canal stenosis, mild left foraminal narrowing.",
        {"central_canal_stenosis:absent", "foraminal_stenosis:absent"},
        {"central_canal_stenosis@:::absent", "foraminal_stenosis@:left:mild:present"},
        id="a-grade-after-a-comma-states-anew",
    ),
    pytest.param(
        "Possible annular fissure, mild disc bulge.",
        {"annular_fissure:possible", "disc_bulge:possible"},
        {"annular_fissure@:::possible", "disc_bulge@::mild:present"},
        id="a-grade-after-a-comma-ends-a-doubt-too",
    ),
    pytest.param(
        "Disc bulge without canal stenosis, with moderate left foraminal narrowing.",
        {"disc_bulge:present", "central_canal_stenosis:absent", "foraminal_stenosis:absent"},
        {
            "disc_bulge@:::present",
            "central_canal_stenosis@:::absent",
            "foraminal_stenosis@:left:moderate:present",
        },
        id="with-after-without-states-anew",
    ),
    pytest.param(
        "Disc protrusion contacting but not displacing the left S1 root.",
        {"disc_protrusion:present"},
        {"disc_protrusion@:::present", "nerve_root_involvement@:left::present"},
        id="of-two-effects-on-one-root-only-one-is-denied",
    ),
    pytest.param(
        "L4-5: no canal or foraminal stenosis, mild facet arthropathy.",
        {"foraminal_stenosis:absent", "facet_arthropathy:absent"},
        {
            "central_canal_stenosis@L4-L5:::absent",
            "foraminal_stenosis@L4-L5:::absent",
            "facet_arthropathy@L4-L5::mild:present",
        },
        id="two-structures-share-a-process-and-the-denial-ends-with-them",
    ),
    pytest.param(
        "No change in the L4-5 protrusion.",
        {"disc_protrusion:absent"},
        {"disc_protrusion@L4-L5:::present:stable"},
        id="no-change-states-what-has-not-changed",
    ),
    pytest.param(
        "There is mild narrowing of the canal and both lateral recesses.",
        set(),
        {"central_canal_stenosis@::mild:present", "lateral_recess_stenosis@:bilateral:mild:present"},
        id="a-process-before-its-structures-is-composed",
    ),
    pytest.param(
        "The left foramen is narrowed; the right foramen is patent.",
        set(),
        {"foraminal_stenosis@:left::present", "foraminal_stenosis@:right::absent"},
        id="a-normal-state-denies-the-finding-of-its-structure",
    ),
    pytest.param(
        "No canal stenosis at L3-4 and mild canal stenosis at L4-5.",
        {"central_canal_stenosis:absent"},
        {"central_canal_stenosis@L3-L4:::absent", "central_canal_stenosis@L4-L5::mild:present"},
        id="what-is-denied-at-one-level-stands-at-the-next",
    ),
]
"""A sentence, what ConText makes of it with our rules, and what we do; the id says what they agree on or why they part."""


@pytest.mark.parametrize(("sentence", "context", "ours"), DEPARTURES)
def test_where_we_part_from_context(
    sentence: str, context: set[str], ours: set[str], medspacy_pipeline: Language, facts: Callable[[str], set[str]]
) -> None:
    assert context_reading(medspacy_pipeline, sentence) == context
    assert facts(f"FINDINGS:\n{sentence}") == ours


def test_targets_have_a_finding_type_and_a_row() -> None:
    rules = component.target_rules(LEXICON)
    ids = {row.id for name in ("findings", "compositions") for row in LEXICON.rows[name]}
    assert {rule.category for rule in rules} <= set(vocabulary.FINDINGS)
    assert {rule.metadata["rule_id"] for rule in rules} <= ids
    assert all(rule.pattern is None and rule.literal for rule in rules)


@pytest.mark.parametrize(
    ("literal", "category", "rule_id"),
    [
        pytest.param("disc bulging", "disc_bulge", "FND-001", id="noun"),
        pytest.param("canal stenosis", "central_canal_stenosis", "CMP-001", id="structure-and-process"),
        pytest.param("foraminal narrowing", "foraminal_stenosis", "CMP-008", id="zone-and-process"),
    ],
)
def test_a_target_is_spelled_out(literal: str, category: str, rule_id: str) -> None:
    found = [rule for rule in component.target_rules(LEXICON) if rule.literal == literal]
    assert [(rule.category, rule.metadata) for rule in found] == [(category, {"rule_id": rule_id})]


def test_every_finding_noun_has_its_targets() -> None:
    literals = {(rule.literal, rule.metadata["rule_id"]) for rule in component.target_rules(LEXICON)}
    nouns = [term for term in LEXICON.terms("findings") if term.value]
    assert {(literal, term.id) for term in nouns for literal in expand(term.term)} <= literals


@pytest.mark.parametrize(
    ("literal", "category", "direction"),
    [
        pytest.param("no", "NEGATED_EXISTENCE", "FORWARD", id="before"),
        pytest.param("is not seen", "NEGATED_EXISTENCE", "BACKWARD", id="after"),
        pytest.param("none", "NEGATED_EXISTENCE", "BACKWARD", id="pronoun"),
        pytest.param("possible", "POSSIBLE_EXISTENCE", "FORWARD", id="doubt"),
        pytest.param("versus", "POSSIBLE_EXISTENCE", "BIDIRECTIONAL", id="doubt-of-both"),
        pytest.param("no more than", "NEGATED_EXISTENCE", "PSEUDO", id="only-looks-like-a-denial"),
        pytest.param("but", "TERMINATE", "TERMINATE", id="end"),
    ],
)
def test_a_cue_has_its_category_and_direction(literal: str, category: str, direction: str) -> None:
    found = [rule for rule in component.context_rules(LEXICON) if rule.literal == literal]
    assert [(rule.category, rule.direction) for rule in found] == [(category, direction)]


def test_every_cue_is_a_row_of_the_lexicon() -> None:
    ends = {term.id for term in LEXICON.terms("connectors") if term.form == "end"}
    ids = {rule.metadata["rule_id"] for rule in component.context_rules(LEXICON)}
    assert ids == {term.id for term in LEXICON.terms("cues")} | ends


def test_the_dash_of_a_level_ends_no_denial(medspacy_pipeline: Language) -> None:
    said = context_reading(medspacy_pipeline, "No L4 - L5 disc herniation.")
    assert said == {"disc_herniation:present"}
    assert context_reading(medspacy_pipeline, "No L4-L5 disc herniation.") == {"disc_herniation:absent"}


def test_sections_are_headings_with_their_category() -> None:
    rules = component.section_rules(LEXICON)
    categories = {rule.literal: rule.category for rule in rules}
    assert categories["findings:"] == "findings"
    assert categories["clinical history:"] == "indication"
    assert "clinical correlation:" not in categories
    assert set(categories.values()) <= set(vocabulary.SECTIONS)
    assert {rule.metadata["rule_id"] for rule in rules} <= {row.id for row in LEXICON.headings()}


def test_medspacy_takes_every_section_rule() -> None:
    rules = component.section_rules(LEXICON)
    pipeline = spacy.blank("en")
    pipeline.add_pipe("medspacy_sectionizer", config={"rules": None}).add(rules)  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\[W036\]")
        doc = pipeline("Indication: back pain. Findings: disc bulge.")
    assert [category for category in doc._.section_categories if category] == ["indication", "findings"]


def test_making_rules_silences_no_warning(tmp_path: Path) -> None:
    code = """
import warnings
from spinelink import component, lexicon
before = list(warnings.filters)
for made in (component.target_rules, component.context_rules, component.section_rules):
    assert made(lexicon.shipped())
    assert warnings.filters == before
warnings.warn("still heard")
"""
    assert "still heard" in script(tmp_path, code).stderr


def test_a_splitter_of_the_users_logs_no_report_text(tmp_path: Path) -> None:
    code = """
import spacy
from pathlib import Path
from spinelink import component, lexicon
component.context_rules(lexicon.shipped())
import PyRuSH, medspacy
rules = Path(medspacy.__file__).parents[1] / "resources" / "en" / "rush_rules.tsv"
nlp = spacy.blank("en")
nlp.add_pipe("medspacy_pyrush", config={"rules_path": str(rules)})
assert list(nlp("Zebrafish bulge. Zebrafish stenosis.").sents)
"""
    done = script(tmp_path, code)
    assert "ebrafish" not in done.stdout + done.stderr
