"""What a report says of its study: every row of exams.tsv at work, and which place is heard before which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import lexicon
from spinelink.errors import LexiconError
from spinelink.lexicon import Lexicon, Phrase
from spinelink.phrases import fold
from spinelink.records import LevelMention, Report, Section, Sentence, Study
from spinelink.stages.study import CONTRASTS, MODALITIES, StudyRules, compile_rules, study_of

ROWS = lexicon.shipped().phrases("exams")
HEADINGS = {"exam": "EXAM: ", "technique": "TECHNIQUE: ", "findings": "FINDINGS: ", "indication": "HISTORY: "}


@pytest.fixture(scope="module")
def rules() -> StudyRules:
    """The shipped words."""
    return compile_rules(lexicon.shipped())


Read = Callable[..., Study]


@pytest.fixture
def read(rules: StudyRules) -> Read:
    """A function that reads a report of these (category, text) sections, one sentence each, with this exam name."""

    def study(*parts: tuple[str, str], exam: str | None = None, heading: LevelMention | None = None) -> Study:
        text, sections, sentences = "", [], []
        for number, (category, body) in enumerate(parts):
            words = HEADINGS.get(category, "")
            start, begin, end = len(text), len(text) + len(words), len(text) + len(words) + len(body)
            sections.append(Section(number, category, words, True, start, begin, end))
            sentences.append(Sentence(begin, end, number, category, 0, heading=heading))
            text += f"{words}{body}\n"
        return study_of(Report("a", text, "a.txt", 0, exam=exam), sections, sentences, rules)

    return study


def expected(row: Phrase, read: Read) -> bool:
    """Tell whether the study of a row's example has the row's value, read where such words are read."""
    as_exam, as_body = read(exam=row.example), read(("findings", row.example))
    match row.field:
        case "modality":
            return as_exam.modality == row.value.split("|")[0] and not (
                "densitometry" in row.value and as_exam.is_spine
            )
        case "region":
            return as_exam.is_spine and set(row.value.split("|")) <= set(as_exam.regions)
        case "body_part":
            return as_exam.is_spine == (row.value == "spine")
        case "contrast":
            return as_exam.contrast == row.value
        case "contrast_given":
            return as_body.contrast == row.value
        case "numbering":
            return as_body.numbering == row.value
        case "quality":
            return as_body.quality_limits == (() if row.value == "none" else (row.value,))
        case "spine_word":
            return read(("findings", f"{row.example} The L4-L5 disc is normal.")).is_spine
        case field:
            return field == "other_word" and not read(("findings", f"{row.example} Mild spondylosis.")).is_spine


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_example_fires_its_row(row: Phrase, rules: StudyRules, read: Read) -> None:
    hits = [*rules.named.hits(fold(row.example)), *rules.anatomy.hits(fold(row.example))]
    assert row.id in {hit.row.id for hit in hits}
    assert expected(row, read)


REGIONS = {
    "c_spine": ("MRI C spine", ("cervical",)),
    "l_spine_hyphen": ("MRI L-SPINE WITHOUT CONTRAST", ("lumbar",)),
    "underscores": ("MRI_L_SPINE_WO", ("lumbar",)),
    "dotted": ("C. SPINE AND L.SS MRI", ("cervical", "lumbar")),
    "lss": ("LSS MRI :", ("lumbar",)),
    "dorsal": ("D SPINE MRI", ("thoracic",)),
    "lumbosacral": ("MRI lumbosacral spine", ("lumbar",)),
    "whole": ("MRI whole spine with contrast", ("cervical", "thoracic", "lumbar")),
    "two": ("MRI CERVICAL AND LUMBAR SPINE WO CONTRAST", ("cervical", "lumbar")),
    "junction": ("XR thoracolumbar spine", ("thoracic", "lumbar")),
    "si_joints": ("MRI SI JOINTS", ("sacral",)),
    "wrapped": ("MRI LUMBAR\n   SPINE", ("lumbar",)),
    "short_l": ("MR L SPINE WO", ("lumbar",)),
    "short_ls": ("MRI LS", ("lumbar",)),
    "short_lsp": ("MRI LSP", ("lumbar",)),
    "short_lumb": ("MRI LUMB SP WO", ("lumbar",)),
    "spn": ("MRI L-SPN WO", ("lumbar",)),
    "lower_back": ("MRI LOWER BACK", ("lumbar",)),
    "views": ("CSPINE 3V", ("cervical",)),
    "cerv": ("MR CERV SPINE", ("cervical",)),
    "craniovertebral": ("MRI CRANIOVERTEBRAL", ("cervical",)),
    "thor": ("MR THOR SPINE", ("thoracic",)),
    "dorsolumbar": ("MRI Dorsolumbar", ("thoracic", "lumbar")),
    "short_dls": ("MRI DLS", ("thoracic", "lumbar")),
    "screening": ("Whole spine screening", ("cervical", "thoracic", "lumbar")),
    "neuraxis": ("MRI NEURAXIS", ("cervical", "thoracic", "lumbar")),
    "ctl": ("MR CTL", ("cervical", "thoracic", "lumbar")),
    "sij": ("MRI SIJ", ("sacral",)),
    "spaced_si": ("MRI S I JOINTS", ("sacral",)),
    "sacroiliac": ("MRI SACROILIAC", ("sacral",)),
    "beside_the_head": ("CT HEAD AND C-SPINE WO", ("cervical",)),
}


@pytest.mark.parametrize(("exam", "regions"), REGIONS.values(), ids=REGIONS)
def test_regions_of_an_exam_name(exam: str, regions: tuple[str, ...], read: Read) -> None:
    assert read(exam=exam).regions == regions


SPINE_WITHOUT_REGION = {
    "myelogram": "MR MYELOGRAM",
    "ct_myelo": "CT MYELO",
    "cord": "SPINAL CORD MRI",
    "cord_compression": "MRI CORD COMPRESSION",
    "cauda_equina": "MRI Cauda equina",
    "canal": "MRI SPINAL CANAL",
    "screening": "MRI spine screening for MSCC",
}


@pytest.mark.parametrize("exam", SPINE_WITHOUT_REGION.values(), ids=SPINE_WITHOUT_REGION)
def test_an_exam_may_name_the_spine_without_a_region(exam: str, read: Read) -> None:
    study = read(("findings", "Normal study."), exam=exam)
    assert (study.is_spine, study.regions) == (True, ())


NOT_SPINE = {
    "densitometry": "DXA BONE DENSITY LUMBAR SPINE AND HIPS",
    "thoracic_and_abdominal": "CT THORACIC/ABDOMEN/PELVIS",
    "ultrasound": "US RENAL",
    "chest": "CT CHEST WITH CONTRAST",
    "brain": "MRI BRAIN W WO CONTRAST",
    "knee": "MRI LEFT KNEE",
    "abdomen": "CT ABDOMEN AND PELVIS",
    "thoracic_aorta": "CT thoracic aorta",
    "plexus": "MRI lumbosacral plexus",
    "neck_nodes": "Ultrasound cervical lymph nodes",
}


@pytest.mark.parametrize("exam", NOT_SPINE.values(), ids=NOT_SPINE)
def test_exams_of_other_parts(exam: str, read: Read) -> None:
    study = read(("findings", "Lungs are clear. Degenerative change at L4-L5 with a disc bulge."), exam=exam)
    assert not study.is_spine


def test_an_exam_of_another_part_with_levels_in_passing_is_not_spine(read: Read) -> None:
    body = (
        "Liver, gallbladder, spleen, pancreas, adrenals and kidneys are normal. No hydronephrosis. Normal bowel. "
        "The bladder and prostate are normal. Degenerative disc disease at L3-L4, L4-L5 and L5-S1."
    )
    assert not read(("findings", body), exam="CT ABDOMEN AND PELVIS").is_spine


def test_a_densitometry_beside_radiographs_is_spine(read: Read) -> None:
    assert read(exam="XR LUMBAR SPINE AND DXA").is_spine


def test_a_knee_and_a_spine_study_are_spine(read: Read) -> None:
    assert read(("exam", "MRI LEFT KNEE"), ("exam", "MRI LUMBAR SPINE")).is_spine


def test_an_exam_of_another_part_with_a_spine_body_is_spine(read: Read) -> None:
    body = "L3-L4: no disc herniation. L4-L5: disc bulge. L5-S1: disc protrusion."
    assert read(("findings", body), exam="MRI LEFT KNEE") == Study(
        "MRI LEFT KNEE", "MR", ("lumbar",), None, True, None, ()
    )


@pytest.mark.parametrize(
    ("body", "is_spine"),
    [
        pytest.param("Disc bulge at L4-L5.", True, id="disc_and_level"),
        pytest.param("Right paracentral disc protrusion compressing the thecal sac.", True, id="two_words"),
        pytest.param("Vertebral body heights are maintained. The heart is normal.", False, id="one_word"),
        pytest.param("The meniscus is torn.", False, id="none"),
        pytest.param("Grade I slip of L4 over L5.", True, id="level"),
        pytest.param(
            "Liver, spleen, pancreas, bowel and kidneys are normal. Bones: disc bulge at L4-L5, facet arthropathy at L5-S1.",
            False,
            id="more_words_of_other_parts",
        ),
        pytest.param(
            "Disc bulges at L3-L4 and L4-L5 indent the thecal sac. Simple right renal cyst, gallstones.",
            True,
            id="fewer_words_of_other_parts",
        ),
    ],
)
def test_without_exam_the_body_tells(body: str, is_spine: bool, read: Read) -> None:
    assert read(("findings", body)).is_spine is is_spine


BODIES = {
    "lumbar_with_t12": ("Conus at T12-L1. L1-L2 and L4-L5 discs are normal.", ("lumbar",)),
    "cervical_with_t1": ("C2-C3 to C7-T1, T1-T2: no disc herniation.", ("cervical",)),
    "lumbar_with_s1": ("L5-S1 disc bulge, S1-S2 rudimentary disc.", ("lumbar",)),
    "both": ("C5-C6 disc bulge. L4-L5 disc bulge.", ("cervical", "lumbar")),
    "thoracolumbar": ("T11-T12 disc bulge, L1-L2 disc bulge.", ("thoracic", "lumbar")),
    "sequences_are_none": ("T1 and T2 signal of the discs is normal.", ()),
}


@pytest.mark.parametrize(("body", "regions"), BODIES.values(), ids=BODIES)
def test_regions_of_levels_where_exam_and_title_are_silent(body: str, regions: tuple[str, ...], read: Read) -> None:
    assert read(("findings", body)).regions == regions
    assert read(("findings", body), exam="MRI thoracic spine").regions == ("thoracic",)


def test_region_of_a_level_heading(read: Read) -> None:
    heading = LevelMention(0, 5, ("L4-L5",), "disc", "single", "LVL-01")
    assert read(("findings", "Disc bulge."), heading=heading).regions == ("lumbar",)


def test_region_of_the_technique_before_levels(read: Read) -> None:
    study = read(("technique", "Sagittal T1 of the cervical spine."), ("findings", "Disc bulge at L4-L5."))
    assert study.regions == ("cervical",)


def test_levels_of_an_indication_are_no_region(read: Read) -> None:
    assert read(("indication", "C5-C6 disc herniation?"), ("findings", "L4-L5 disc bulge.")).regions == ("lumbar",)


def test_region_of_a_block_counts(rules: StudyRules) -> None:
    text = "Disc bulge at L4-L5."
    section = Section(0, "findings", "", True, 0, 0, len(text), region="cervical")
    assert study_of(Report("a", text, "", 0), (section,), (), rules).regions == ("cervical",)


CONTRAST = {
    "exam": ((("technique", "Post-gadolinium T1."),), "MRI LUMBAR SPINE WO CONTRAST", "none"),
    "exam_and_title_refine": (
        (("exam", "MRI WHOLE SPINE (PLAIN AND CONTRAST)"),),
        "MRI with contrast",
        "with_and_without",
    ),
    "two_studies": ((("exam", "MRI C SPINE WITH CONTRAST\nMRI L SPINE WITHOUT CONTRAST"),), None, "with_and_without"),
    "technique": ((("exam", "MRI LUMBAR SPINE"), ("technique", "T1, T2. No gadolinium.")), None, "none"),
    "body": ((("findings", "Post contrast there is rim enhancement."),), "MRI spine", "with"),
    "wish_in_the_body": ((("findings", "MRI with contrast is recommended."),), "MRI spine", None),
    "unknown": ((("findings", "Normal."),), "MRI spine", None),
}


@pytest.mark.parametrize(("parts", "exam", "contrast"), CONTRAST.values(), ids=CONTRAST)
def test_contrast(parts: tuple[tuple[str, str], ...], exam: str | None, contrast: str | None, read: Read) -> None:
    assert read(*parts, exam=exam).contrast == contrast


MODALITY = {
    "exam_before_technique": ((("technique", "Helical images."),), "MRI LUMBAR SPINE", "MR"),
    "first_word": ((), "CT CERVICAL SPINE, MRI LUMBAR SPINE", "CT"),
    "myelogram_by_ct": ((), "CT myelogram lumbar spine", "CT"),
    "pet_ct": ((), "PET/CT WHOLE BODY", "other"),
    "technique": ((("technique", "Helical images from C2 to T1, sagittal reformats."),), None, "CT"),
    "comparison_is_not_heard": ((("comparison", "CT of 2019."), ("findings", "Seen on MRI.")), None, None),
}


@pytest.mark.parametrize(("parts", "exam", "modality"), MODALITY.values(), ids=MODALITY)
def test_modality(parts: tuple[tuple[str, str], ...], exam: str | None, modality: str | None, read: Read) -> None:
    assert read(*parts, exam=exam).modality == modality


@pytest.mark.parametrize(
    ("title", "exam"),
    [
        pytest.param("MRI LUMBAR SPINE WITHOUT CONTRAST", "MRI LUMBAR SPINE WITHOUT CONTRAST", id="line"),
        pytest.param("MRI CERVICAL\nMRI LUMBAR\n--- CERVICAL ---", "MRI CERVICAL; MRI LUMBAR", id="two_lines"),
        pytest.param("Spinal study no. 7\nRoom 3", "Spinal study no. 7", id="line_that_names_a_part"),
        pytest.param("Study no. 7\nRoom 3", "Study no. 7", id="first_line"),
    ],
)
def test_exam_of_a_title(title: str, exam: str, read: Read) -> None:
    assert read(("exam", title)).exam == exam


def test_exam_of_a_title_that_is_the_heading(rules: StudyRules) -> None:
    text = "LSS MRI :\nNormal."
    sections = (Section(0, "exam", "LSS MRI :", True, 0, 10, 10), Section(1, "findings", "", True, 10, 10, 17))
    study = study_of(Report("a", text, "", 0), sections, (), rules)
    assert (study.exam, study.modality, study.regions) == ("LSS MRI", "MR", ("lumbar",))


def test_exam_as_given_holds(read: Read) -> None:
    assert read(("exam", "MRI LUMBAR SPINE"), exam="IMG123 lumbar").exam == "IMG123 lumbar"


def test_no_exam(read: Read) -> None:
    assert read(("findings", "Normal.")).exam is None


NUMBERING = {
    "transitional_outweighs": ("Partial lumbarisation of S1. Counting done from C2.", "transitional"),
    "uncertain_outweighs": ("Five lumbar-type vertebrae, but numbering is uncertain.", "uncertain"),
    "denied": ("No transitional vertebra.", "standard"),
    "list_number": ("4. Lumbar vertebrae are normal in height.", None),
    "size_after_a_level": ("Protrusion at L4-L5 6 x 9 mm.", None),
    "nothing": ("Disc bulge at L4-L5.", None),
}


@pytest.mark.parametrize(("body", "numbering"), NUMBERING.values(), ids=NUMBERING)
def test_numbering(body: str, numbering: str | None, read: Read) -> None:
    assert read(("findings", body)).numbering == numbering


QUALITY = {
    "motion_in_technique": ("technique", "Motion degraded axial series.", ("motion",)),
    "two": ("findings", "Metallic artefact and motion artefact.", ("motion", "artifact")),
    "denied": ("findings", "No motion artefact.", ()),
    "a_focus_called_artifact": ("findings", "The focus is likely artifact.", ()),
    "of_the_request": ("indication", "Claustrophobia.", ()),
}


@pytest.mark.parametrize(("category", "body", "limits"), QUALITY.values(), ids=QUALITY)
def test_quality_limits(category: str, body: str, limits: tuple[str, ...], read: Read) -> None:
    assert read((category, body)).quality_limits == limits


@given(st.text(max_size=80), st.sampled_from(["exam", "technique", "findings"]))
def test_any_text_gives_declared_values(rules: StudyRules, text: str, category: str) -> None:
    section = Section(0, category, "", True, 0, 0, len(text))
    study = study_of(Report("a", text, "", 0), (section,), (Sentence(0, len(text), 0, category, 0),), rules)
    assert study.modality in (None, *MODALITIES)
    assert study.contrast in (None, *CONTRASTS)


@pytest.mark.parametrize(
    "change", [str.lower, str.upper, lambda text: text.replace(" ", " \r\n ")], ids=["lower", "upper", "wrapped"]
)
@pytest.mark.parametrize("exam", [exam for exam, _ in REGIONS.values()], ids=REGIONS)
def test_case_and_line_ends_change_nothing(exam: str, change: Callable[[str], str], read: Read) -> None:
    assert replace(read(exam=change(exam)), exam=None) == replace(read(exam=exam), exam=None)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        pytest.param("modalities", "MR", "field 'modalities' is none of modality, region,", id="field"),
        pytest.param("modality", "MRI", "value 'MRI' is none of MR, CT, XR, other", id="value"),
        pytest.param("region", "lumbar|coccygeal", "value 'lumbar|coccygeal' is none of cervical,", id="one_of_two"),
    ],
)
def test_a_row_that_no_study_can_use(field: str, value: str, fault: str) -> None:
    rows = {**lexicon.shipped().rows, "exams": (Phrase("EXM-1", "MRI", True, "mri", field, value),)}
    with pytest.raises(LexiconError) as raised:
        compile_rules(Lexicon(rows))
    assert str(raised.value).startswith(f"exams.tsv: EXM-1: {fault}")
