"""What requests say of themselves: how much, and what decides whether they are audited at all."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import lexicon
from spinelink.errors import LexiconError
from spinelink.lexicon import Code, Lexicon, Term
from spinelink.stages.indication.request import CONTEXTS, RequestRules, compile_rules, request_of

COMPILED = compile_rules(lexicon.shipped())

SAID = (
    ("", "empty", ""),
    ("-", "empty", ""),
    ("None", "empty", ""),
    ("Not provided", "empty", ""),
    ("No clinical history provided", "empty", ""),
    ("Clinical history not given", "empty", ""),
    ("No history given.", "empty", ""),
    ("n/a", "empty", ""),
    ("As above", "empty", ""),
    ("See referral", "empty", ""),
    ("Pain", "short", ""),
    ("Back pain", "short", ""),
    ("Lower back pain", "short", ""),
    ("Left low back pain", "free_text", ""),
    ("C7-T1", "short", ""),
    ("L4 radiculopathy", "short", ""),
    ("Sciatica", "short", ""),
    ("Right sciatica", "short", ""),
    ("?HNP", "short", ""),
    ("r/o HNP", "short", ""),
    ("Eval for stenosis", "short", ""),
    ("R/O stenosis", "short", ""),
    ("52 yo F with LBP", "short", ""),
    ("Neck pain after MVC two weeks ago", "free_text", ""),
    ("Numbness", "short", ""),
    ("MRI lumbar spine", "short", ""),
    ("Low back pain radiating to left leg", "free_text", ""),
    ("Chronic LBP", "short", ""),
    ("No red flag symptoms", "free_text", "no_red_flags"),
    ("No red flags", "free_text", "no_red_flags"),
    ("Nil red flags.", "short", "no_red_flags"),
    ("Red flags: none", "short", "no_red_flags"),
    ("Red flags: nil", "short", "no_red_flags"),
    ("Red flags negative", "free_text", "no_red_flags"),
    ("red flags absent", "free_text", "no_red_flags"),
    ("Denies red flags", "free_text", "no_red_flags"),
    ("Denies any red flag symptoms", "free_text", "no_red_flags"),
    ("Without red flag features", "free_text", "no_red_flags"),
    ("No alarm symptoms", "free_text", "no_red_flags"),
    ("No warning signs", "free_text", "no_red_flags"),
    ("No fever, weight loss, or red flags", "free_text", "no_red_flags"),
    ("No bowel/bladder symptoms or other red flags", "free_text", ""),
    ("Red flags present", "free_text", ""),
    ("Red flags: weight loss", "free_text", ""),
    ("?red flags", "short", ""),
    ("Has red flags", "short", ""),
    ("No other red flags", "free_text", ""),
    ("no neurological red flags", "free_text", ""),
    ("Follow-up of breast cancer metastases", "free_text", "follow_up"),
    ("F/U spinal metastases post radiotherapy", "free_text", "follow_up"),
    ("Metastatic prostate cancer, restaging", "free_text", "follow_up"),
    ("Re-staging lymphoma", "free_text", "follow_up"),
    ("Surveillance of L2 schwannoma", "free_text", "follow_up"),
    ("Myeloma surveillance", "short", "follow_up"),
    ("Follow up known meningioma T6", "free_text", "follow_up"),
    ("Monitoring of intradural tumour", "free_text", "follow_up"),
    ("Known ependymoma, interval follow-up", "free_text", "follow_up"),
    ("Assess treatment response, vertebral metastases", "free_text", "follow_up"),
    ("Osteomyelitis follow-up after 6 weeks of antibiotics", "free_text", "follow_up"),
    ("Follow-up discitis L3-4", "free_text", "follow_up"),
    ("f/u epidural abscess", "free_text", "follow_up"),
    ("Pott's disease on ATT, assess response", "free_text", "follow_up"),
    ("Interval assessment of spondylodiscitis", "free_text", "follow_up"),
    ("MS follow-up", "short", "follow_up"),
    ("Multiple sclerosis, monitoring for new lesions", "free_text", "follow_up"),
    ("Known MS, annual MRI", "short", "follow_up"),
    ("NMO surveillance", "short", "follow_up"),
    ("Scoliosis follow-up", "free_text", "follow_up"),
    ("Follow-up of adolescent idiopathic scoliosis", "free_text", "follow_up"),
    ("Scoliosis surveillance", "short", "follow_up"),
    ("f/u HNP", "short", ""),
    ("Follow-up disc herniation", "free_text", ""),
    ("F/u lumbar stenosis", "free_text", ""),
    ("Follow-up after L4-5 fusion", "free_text", ""),
    ("Post-op follow-up, fusion", "free_text", ""),
    ("Follow up compression fracture", "free_text", ""),
    ("Low back pain follow up", "free_text", ""),
    ("Follow-up", "short", ""),
    ("Follow up in 6 weeks", "free_text", ""),
    ("Lost to follow-up, history of breast cancer", "free_text", ""),
    ("History of breast cancer. Follow-up of back pain.", "free_text", ""),
    ("History of breast cancer, follow-up of disc herniation", "free_text", ""),
    ("Known breast cancer with new back pain", "free_text", ""),
    ("Metastatic lung cancer, new leg weakness", "free_text", ""),
    ("h/o discitis 2018, new back pain", "free_text", ""),
    ("MS with new low back pain", "free_text", ""),
    ("Scoliosis with back pain", "free_text", ""),
    ("R/o metastasis", "short", ""),
    ("Evaluate for infection", "short", ""),
    ("Evaluate for progression of metastatic disease", "free_text", "follow_up"),
    ("Trauma protocol", "short", "trauma_protocol"),
    ("Trauma call", "short", "trauma_protocol"),
    ("Level 1 trauma", "short", "trauma_protocol"),
    ("Level II trauma, rollover MVC", "free_text", "trauma_protocol"),
    ("Polytrauma, fall from roof", "free_text", "trauma_protocol"),
    ("Trauma alert, MVC", "free_text", "trauma_protocol"),
    ("Multiple trauma", "short", "trauma_protocol"),
    ("Trauma series", "short", "trauma_protocol"),
    ("Trauma", "short", ""),
    ("Fall, neck pain", "free_text", ""),
    ("History of trauma", "short", ""),
    ("No trauma", "short", ""),
    ("psychological trauma", "short", ""),
    ("No polytrauma", "short", ""),
    ("Research study", "short", "research"),
    ("Healthy volunteer", "short", "research"),
    ("Research MRI", "short", "research"),
    ("Study protocol 12-345", "short", "research"),
    ("Research participant, no symptoms", "free_text", "research"),
    ("volunteer", "short", "research"),
    ("Volunteer firefighter, LBP", "free_text", ""),
    ("He volunteers at a shelter, LBP", "free_text", ""),
    ("Works in research, neck pain", "free_text", ""),
    ("Sleep study pending, LBP", "short", ""),
    ("Acute on chronic low back pain", "free_text", "acute_on_chronic"),
    ("Acute-on-chronic LBP", "free_text", "acute_on_chronic"),
    ("Acute exacerbation of chronic neck pain", "free_text", "acute_on_chronic"),
    ("Flare of chronic LBP", "free_text", "acute_on_chronic"),
    ("Chronic LBP with acute flare", "free_text", "acute_on_chronic"),
    ("Acute LBP, chronic neck pain", "free_text", ""),
    ("Symptoms unchanged since MRI 2022", "free_text", "unchanged"),
    ("No change in symptoms since prior MRI", "free_text", "unchanged"),
    ("Pain unchanged from previous imaging", "free_text", "unchanged"),
    ("Condition stable since MRI last year", "free_text", "unchanged"),
    ("Same symptoms as before last MRI", "free_text", "unchanged"),
    ("No new symptoms since last MRI", "free_text", "unchanged"),
    ("Clinically stable compared with MRI of 2021", "free_text", "unchanged"),
    ("Symptoms unchanged", "short", ""),
    ("Unchanged disc on MRI", "short", ""),
    ("MRI 2022 stable", "short", ""),
    ("Worse since last MRI", "free_text", ""),
    ("No improvement since MRI", "free_text", ""),
    ("Pain persists since MRI", "free_text", ""),
    ("Red flags - none", "short", "no_red_flags"),
    ("Red flags: no fever", "free_text", ""),
    ("No trauma, red flags: weight loss", "free_text", ""),
    ("Follow-up, rule out infection", "free_text", ""),
    ("Trauma 2 weeks ago, LBP", "free_text", ""),
    ("History of polytrauma 2015, LBP", "short", ""),
    ("Phantom limb pain", "free_text", ""),
    ("Adolescent scoliosis follow up, back pain", "free_text", "follow_up"),
    ("Breast cancer follow-up, back pain", "free_text", "follow_up"),
    ("Follow-up of treated lymphoma", "free_text", "follow_up"),
    ("Follow up with neurosurgery, history of lymphoma", "free_text", ""),
    ("Disc herniation follow-up, h/o melanoma", "free_text", ""),
    ("Red flags: no", "free_text", "no_red_flags"),
    ("Red flags? No.", "free_text", "no_red_flags"),
    ("Red flags: N", "free_text", "no_red_flags"),
    ("Red flags: yes", "free_text", ""),
)


@pytest.mark.parametrize(("text", "quality", "context"), [pytest.param(*row, id=row[0] or "nothing") for row in SAID])
def test_said(text: str, quality: str, context: str) -> None:
    request = request_of(text, COMPILED)
    assert (request.quality, " ".join(request.context)) == (quality, context)


def described() -> RequestRules:
    """Return the rules of a lexicon whose one code is described."""
    row = replace(
        lexicon.shipped().rows_of(Code)[0], id="COD-9001", code="M54.16", description="Radiculopathy, lumbar region"
    )
    return compile_rules(Lexicon({**lexicon.shipped().rows, "codes": (row,)}))


CODES = (
    ("M54.16", "code_only"),
    ("M54.16, Z85.3", "code_only"),
    ("ICD-10: M54.16", "code_only"),
    ("Dx: M51.26", "code_only"),
    ("M54.16 Radiculopathy, lumbar region", "code_only"),
    ("Radiculopathy, lumbar region [M54.16]", "code_only"),
    ("M54.16 Left radiculopathy", "short"),
    ("M54.16. Numbness of the left foot for 3 weeks", "free_text"),
    ("L4", "short"),
    ("T12", "short"),
    ("C5-6 disc", "short"),
)


@pytest.mark.parametrize(("text", "quality"), [pytest.param(*row, id=row[0]) for row in CODES])
def test_codes(text: str, quality: str) -> None:
    """A code and its own description say no more than the code; a vertebra is no code."""
    assert request_of(text, described()).quality == quality


def test_every_context_names_its_row() -> None:
    text = "Acute on chronic neck pain. No red flags. Trauma call. Symptoms unchanged since last MRI. F/u lymphoma."
    request = request_of(text, COMPILED)
    assert request.context == ("no_red_flags", "follow_up", "trauma_protocol", "acute_on_chronic", "unchanged")
    assert len(request.context_rules) == len(request.context)
    assert all(request.context_rules)


def test_what_one_sentence_follows_another_does_not() -> None:
    assert request_of("Known lymphoma. Neck pain follow-up.", COMPILED).context == ()


PIECES = (
    "No ",
    "red flags",
    ": ",
    "none",
    ". ",
    "f/u ",
    "cancer",
    " of ",
    "HNP",
    "unchanged ",
    "since ",
    "MRI ",
    "M54.5 ",
)
any_text = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=20).map("".join))


@given(any_text)
def test_any_text_is_read(text: str) -> None:
    request = request_of(text, COMPILED)
    assert request.quality in ("empty", "code_only", "short", "free_text")
    assert list(request.context) == [name for name in CONTEXTS if name in request.context]
    assert len(request.context_rules) == len(request.context)


@pytest.mark.parametrize("piece", ["f/u cancer ", "no red flags ", "unchanged since MRI. ", "M54.5 ", "f/u ", "no "])
def test_time_grows_with_the_text(piece: str) -> None:
    def spent(copies: int) -> float:
        runs = []
        for _ in range(3):
            begun = process_time()
            request_of(piece * copies, COMPILED)
            runs.append(process_time() - begun)
        return min(runs)

    assert spent(1600) < 12 * spent(400) + 0.02


def test_a_row_of_an_unknown_form_is_named() -> None:
    row = Term("REQ-9001", "Zzz.", True, "zzz", "", "whim", "")
    shipped = lexicon.shipped()
    with pytest.raises(LexiconError, match="REQ-9001"):
        compile_rules(Lexicon({**shipped.rows, "requests": (*shipped.rows["requests"], row)}))
