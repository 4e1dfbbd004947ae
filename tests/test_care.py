"""Care in indications: what was tried, what failed, what is planned, what was never tried, and what is none of it."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import lexicon, vocabulary
from spinelink.errors import LexiconError
from spinelink.lexicon import Lexicon, Term
from spinelink.stages.indication import care, durations
from spinelink.stages.indication.care import CareRules, care_in

SHORT = {care.DONE: "done", care.FAILED: "failed", care.CANDIDATE: "candidate", care.IMPROVING: "improving"}


def compiled(words: Lexicon) -> CareRules:
    """Return the rules of a lexicon."""
    return care.compile_rules(words, durations.compile_rules(words))


COMPILED = compiled(lexicon.shipped())


@pytest.fixture(scope="module")
def stated() -> Callable[[str], str]:
    """A function that writes the rows of a text as "failed: its words", "no done: its words", parted by bars."""

    def of_text(text: str) -> str:
        return " | ".join(
            f"{'no ' if row.assertion == 'absent' else ''}{SHORT[row.symptom_type]}: {text[row.start : row.end]}"
            for row in care_in(text, COMPILED)
        )

    return of_text


STATED = (
    ("No joy with acupuncture", "failed: No joy with acupuncture"),
    ("Osteopathy and naproxen made no difference", "failed: Osteopathy and naproxen made no difference"),
    ("Caudal in May wore off", "done: Caudal in May wore off"),
    ("Conservative mx exhausted", "failed: Conservative mx exhausted"),
    ("Rx naive", "no done: Rx naive"),
    ("Has never had any treatment for this", "no done: Has never had any treatment for this"),
    ("Leg pain. Tapentadol and dihydrocodeine.", "done: Tapentadol and dihydrocodeine"),
    ("Advice regarding laminectomy", "candidate: Advice regarding laminectomy"),
    ("Chiropractor x 4", "done: Chiropractor"),
    ("Sciatica far less sore than in April", "improving: far less sore"),
    ("Pt failed NSAIDs.", "failed: failed NSAIDs"),
    ("pt with no improvement", ""),
    ("PT with no improvement", "failed: PT with no improvement"),
    ("pt x 6 wks, no relief", "failed: pt x 6 wks, no relief"),
    ("Patient completed 12 sessions of PT", "done: completed 12 sessions of PT"),
    ("Low back pain. PT x 8 wks with some relief.", "done: PT x 8 wks with some relief"),
    ("Failed conservative management.", "failed: Failed conservative management"),
    (
        "Failed conservative tx including PT, NSAIDs and chiropractic care",
        "failed: Failed conservative tx including PT, NSAIDs and chiropractic care",
    ),
    ("Conservative treatment failed", "failed: Conservative treatment failed"),
    ("Failure of conservative measures", "failed: Failure of conservative measures"),
    ("Exhausted conservative therapy", "failed: Exhausted conservative therapy"),
    ("LBP refractory to PT and ESI", "failed: refractory to PT and ESI"),
    ("Radiculopathy not responding to gabapentin", "failed: not responding to gabapentin"),
    ("Unresponsive to NSAIDs", "failed: Unresponsive to NSAIDs"),
    ("Sciatica unresponsive to conservative treatment for 3 months", "failed: unresponsive to conservative treatment"),
    ("s/p ESI x2 without relief", "failed: s/p ESI x2 without relief"),
    ("s/p L5-S1 ESI with temporary relief", "failed: s/p L5-S1 ESI with temporary relief"),
    ("ESI gave partial relief", "done: ESI gave partial relief"),
    ("Some relief with ibuprofen", "done: Some relief with ibuprofen"),
    ("Had two epidurals last year", "done: Had two epidurals last year"),
    ("Prior ESI", "done: Prior ESI"),
    ("History of physiotherapy", "done: History of physiotherapy"),
    ("Received acupuncture", "done: Received acupuncture"),
    ("Underwent 6 weeks of physiotherapy", "done: Underwent 6 weeks of physiotherapy"),
    ("currently in PT", "done: currently in PT"),
    ("in PT for 4 weeks", "done: in PT"),
    ("On NSAIDs", "done: On NSAIDs"),
    ("On gabapentin and tramadol", "done: On gabapentin and tramadol"),
    ("takes ibuprofen", "done: takes ibuprofen"),
    ("Treated with NSAIDs and rest", "done: Treated with NSAIDs"),
    ("managed conservatively", "done: managed conservatively"),
    ("Medrol dose pack without improvement", "failed: Medrol dose pack without improvement"),
    ("s/p epidural, pain persists", "failed: s/p epidural, pain persists"),
    ("Pain persists despite physiotherapy", "failed: Pain persists despite physiotherapy"),
    ("Persisting sciatica after epidural", "failed: after epidural"),
    ("Ongoing pain after 8 weeks of chiropractic", "failed: after 8 weeks of chiropractic"),
    ("no improvement after 6 weeks of PT", "failed: no improvement after 6 weeks of PT"),
    ("Not improved with PT", "failed: Not improved with PT"),
    ("not better with naproxen", "failed: not better with naproxen"),
    ("No benefit from acupuncture", "failed: No benefit from acupuncture"),
    ("PT did not help", "failed: PT did not help"),
    ("PT hasn't helped", "failed: PT hasn't helped"),
    ("Physio: no benefit", "failed: Physio: no benefit"),
    ("Physio, nil benefit", "failed: Physio, nil benefit"),
    ("Chiropractor not helping", "failed: Chiropractor not helping"),
    ("Has not tried PT", "no done: Has not tried PT"),
    ("Has not had any PT", "no done: Has not had any PT"),
    ("No treatment tried", "no done: No treatment tried"),
    ("No prior therapy", "no done: No prior therapy"),
    ("No conservative treatment to date", "no done: No conservative treatment to date"),
    ("No physiotherapy yet", "no done: No physiotherapy"),
    ("Hasn't started PT", "no done: Hasn't started PT"),
    ("PT not yet started", "no done: PT not yet started"),
    ("Physio not tried", "no done: Physio not tried"),
    ("Without prior treatment", "no done: Without prior treatment"),
    ("Never had physiotherapy", "no done: Never had physiotherapy"),
    ("No formal PT", "no done: No formal PT"),
    ("No PT or NSAIDs tried", "no done: No PT or NSAIDs tried"),
    ("No medications tried", "no done: No medications tried"),
    ("untreated", "no done: untreated"),
    ("PT referral made", ""),
    ("Referred to PT", ""),
    ("Will start PT", ""),
    ("Awaiting physio", ""),
    ("Plan PT", ""),
    ("To start physio next week", ""),
    ("PT ordered", ""),
    ("Starting PT", ""),
    ("Surgical planning for L4-5 fusion", "candidate: Surgical planning for L4-5 fusion"),
    ("Pre-op", "candidate: Pre-op"),
    ("Preoperative planning", "candidate: Preoperative planning"),
    ("preop MRI", "candidate: preop MRI"),
    ("for surgery", "candidate: for surgery"),
    ("for ESI", "candidate: for ESI"),
    ("ESI planned", "candidate: ESI planned"),
    ("L5-S1 TFESI planned next week", "candidate: TFESI planned"),
    ("Scheduled for laminectomy", "candidate: Scheduled for laminectomy"),
    ("Candidate for surgery", "candidate: Candidate for surgery"),
    ("Surgical candidate", "candidate: Surgical candidate"),
    ("Not a surgical candidate", "no candidate: Not a surgical candidate"),
    ("considering surgery", "candidate: considering surgery"),
    ("Contemplating decompression", "candidate: Contemplating decompression"),
    ("discuss surgery", "candidate: discuss surgery"),
    ("? ESI", ""),
    ("Evaluate for injection", "candidate: Evaluate for injection"),
    ("eval for ESI", "candidate: eval for ESI"),
    ("Evaluate for possible epidural injection", "candidate: Evaluate for possible epidural injection"),
    ("Listed for L4/5 decompression", "candidate: Listed for L4/5 decompression"),
    ("On waiting list for discectomy", "candidate: On waiting list for discectomy"),
    ("wants surgery", "candidate: wants surgery"),
    ("Pre-epidural MRI", "candidate: Pre-epidural MRI"),
    ("Pre-procedure", "candidate: Pre-procedure"),
    ("Neurosurgery referral", ""),
    ("Referred to neurosurgery", ""),
    ("Seen by neurosurgeon", ""),
    ("Post-op", ""),
    ("s/p surgery", ""),
    ("No surgery planned", "no candidate: No surgery planned"),
    ("Declines injections", "no candidate: Declines injections"),
    ("No history of surgery", ""),
    ("Failed back surgery syndrome", ""),
    ("Failed fusion", ""),
    ("surgery 2019", ""),
    ("For knee surgery", ""),
    ("Awaiting hip replacement", ""),
    ("Awaiting knee surgery", ""),
    ("If PT fails, consider ESI", ""),
    ("Arm pain improving", "improving: improving"),
    ("Right leg pain has improved with PT", "done: improved with PT | improving: improved with PT"),
    ("Not improving", ""),
    ("No improvement", ""),
    ("symptoms resolved after ESI", "improving: resolved | done: after ESI"),
    ("pain improved with rest", ""),
    ("better with sitting", ""),
    ("LBP worse with exercise", ""),
    ("Pain after exercise", ""),
    ("Exercise program failed", "failed: Exercise program failed"),
    ("yoga and massage tried", "done: yoga and massage tried"),
    ("massage", ""),
    ("Uses a brace", "done: Uses a brace"),
    ("On prednisone for PMR", ""),
    ("On chronic steroids", ""),
    ("Tried oral steroids", "done: Tried oral steroids"),
    ("Failed steroids", "failed: Failed steroids"),
    ("steroid injection last month", "done: steroid injection last month"),
    ("Injection drug use", ""),
    ("heroin injection", ""),
    ("Knee injections", ""),
    ("s/p chemo", ""),
    ("Radiation therapy completed", ""),
    ("Completed antibiotic treatment", ""),
    ("On treatment for TB", ""),
    ("hormone therapy", ""),
    ("PT/INR 2.1", ""),
    ("PT prolonged", ""),
    ("posterior tibial pulse", ""),
    ("PT with neck pain", ""),
    ("PT: 45 M", ""),
    ("Pt is 45", ""),
    ("tried PT but stopped", "done: tried PT"),
    ("PT, chiro, and NSAIDs", ""),
    ("NSAIDs, PT x 6 weeks, ESI - no help", "failed: NSAIDs, PT x 6 weeks, ESI - no help"),
    ("Tried: PT, NSAIDs, gabapentin", "done: Tried: PT, NSAIDs, gabapentin"),
    ("PT/NSAIDs failed", "failed: PT/NSAIDs failed"),
    ("Conservative tx x 6 wks failed", "failed: Conservative tx x 6 wks failed"),
    ("6 weeks conservative care completed", "done: conservative care completed"),
    ("Completed conservative care", "done: Completed conservative care"),
    ("Still symptomatic after PT", "failed: Still symptomatic after PT"),
    ("Pain despite rest", ""),
    ("despite NSAIDS, PT & HEP", "failed: despite NSAIDS, PT & HEP"),
    ("Minimal response to TFESI", "failed: Minimal response to TFESI"),
    ("Good response to ESI in 2022, now recurrent", "done: Good response to ESI"),
    ("Relief for 2 weeks after ESI", "done: Relief for 2 weeks after ESI"),
    ("Symptoms recurred after ESI", "done: after ESI"),
    ("Previous nerve root block helped", "done: Previous nerve root block helped"),
    ("Considering repeat ESI", "candidate: Considering repeat ESI"),
    ("planning ESI after failed PT", "candidate: planning ESI | failed: after failed PT"),
    ("Medically refractory sciatica", "failed: Medically refractory"),
    ("treatment resistant back pain", "failed: treatment resistant"),
    ("intractable back pain", ""),
    ("refractory epilepsy, LBP", ""),
    ("spinal cord stimulator trial planned", "candidate: spinal cord stimulator trial planned"),
    ("SCS evaluation", "candidate: SCS evaluation"),
    ("Kyphoplasty planning", "candidate: Kyphoplasty planning"),
    ("RFA planned", "candidate: RFA planned"),
    ("Work up for fusion", "candidate: Work up for fusion"),
    ("preparation for surgery", "candidate: preparation for surgery"),
    ("Surgical evaluation", "candidate: Surgical evaluation"),
    ("Surgical opinion", "candidate: Surgical opinion"),
    ("rule out surgical lesion", ""),
    ("change in management", ""),
    ("Under pain management", "done: Under pain management"),
    ("Pain management referral", ""),
    ("Seen in pain clinic", ""),
    ("PT and acupuncture", ""),
    ("analgesics only", ""),
    ("Simple analgesia not helping", "failed: Simple analgesia not helping"),
    ("Persistent LBP on gabapentin", "done: on gabapentin"),
    ("before injection", ""),
    ("Low back pain before surgery in 2018, now recurrent", ""),
    ("Prior to fusion he had sciatica", ""),
    ("MRI to guide injection", "candidate: to guide injection"),
    ("s/p L4-5 laminectomy for stenosis, PT since", ""),
    ("Leg pain after laminectomy, doing PT", "done: doing PT"),
    ("numbness following fusion", ""),
    ("No PT since 2019", "no done: No PT"),
    (
        "Failed 3 months of PT, ESI x 2, and gabapentin; surgery being considered.",
        "failed: Failed 3 months of PT, ESI x 2, and gabapentin | candidate: surgery being considered",
    ),
    (
        "Has undergone PT, chiropractic, and two ESIs with minimal relief, now considering decompression.",
        "failed: Has undergone PT, chiropractic, and two ESIs with minimal relief | candidate: considering decompression",
    ),
    ("Had PT in 2020", "done: Had PT"),
    ("Continued pain despite 3 ESIs", "failed: despite 3 ESIs"),
    ("Patient has failed medical management.", "failed: has failed medical management"),
    ("Trial of NSAIDs failed", "failed: Trial of NSAIDs failed"),
    ("trialled NSAIDs and physio with little benefit", "failed: trialled NSAIDs and physio with little benefit"),
    ("6/52 physio no benefit", "failed: physio no benefit"),
    ("Physio x 3/12, nil improvement.", "failed: Physio x 3/12, nil improvement"),
    ("Not responded to analgesia", "failed: Not responded to analgesia"),
    ("analgesia insufficient", "failed: analgesia insufficient"),
    ("Symptoms refractory to medical management", "failed: refractory to medical management"),
    ("12 wk course of PT without improvement", "failed: course of PT without improvement"),
    ("Patient tried acupuncture without success.", "failed: tried acupuncture without success"),
    ("Physical therapy made pain worse", "failed: Physical therapy made pain worse"),
    ("did not tolerate gabapentin", "done: did not tolerate gabapentin"),
    ("Could not tolerate PT", "done: Could not tolerate PT"),
    ("Now s/p bilateral L5 TFESI", "done: s/p bilateral L5 TFESI"),
    ("candidate for TFESI?", "candidate: candidate for TFESI"),
    ("possible ESI", "candidate: possible ESI"),
    ("Potential surgical candidate", "candidate: surgical candidate"),
    ("Referred for consideration of surgery", "candidate: Referred for consideration of surgery"),
    ("To be considered for L5-S1 discectomy", "candidate: To be considered for L5-S1 discectomy"),
    ("Surgery recommended", "candidate: Surgery recommended"),
    ("operative planning", "candidate: operative planning"),
    ("OR planning", "candidate: OR planning"),
    ("intra-op", ""),
    ("Pre and post op", ""),
    ("Awaiting decompression", "candidate: Awaiting decompression"),
    ("Urgent surgery needed", ""),
    (
        "47M w/ 2 mo hx of R sciatica, failed 4 wks of PT + meloxicam. Ortho considering L5 TFESI.",
        "failed: failed 4 wks of PT + meloxicam | candidate: considering L5 TFESI",
    ),
    (
        "Ongoing lumbar pain > 3 months, unresponsive to physiotherapy and NSAIDs.",
        "failed: unresponsive to physiotherapy and NSAIDs",
    ),
    ("Neck pain and L arm numbness since Feb. Tried collar and naproxen.", "done: Tried collar and naproxen"),
    (
        "Pain began 10 days ago when shovelling. No previous episodes. No treatment so far.",
        "no done: No treatment so far",
    ),
    (
        "3/12 Hx LBP + L leg pain. Physio 6/52 no benefit. GP requesting MRI ? nerve root compression.",
        "failed: Physio 6/52 no benefit",
    ),
    (
        "6 week history of worsening right leg pain. Has had 4 weeks of chiropractic care.",
        "done: Has had 4 weeks of chiropractic care",
    ),
    (
        "Known LSS. Bilateral leg claudication for more than two years, walking distance now 200 m. Considering decompression.",
        "candidate: Considering decompression",
    ),
    (
        "sub-acute low back pain approximately 8 wks, not getting better with home exercise program",
        "failed: not getting better with home exercise program",
    ),
    (
        "Right L5 radic x 5 wks. Oral steroids and gabapentin w/o relief. Pre-op.",
        "failed: Oral steroids and gabapentin w/o relief | candidate: Pre-op",
    ),
    ("Lumbago. R leg pain x~2mo. PT not tolerated.", "done: PT not tolerated"),
    ("Left buttock pain, many months. Piriformis injection helped briefly.", "done: injection helped briefly"),
    ("C/O LBA x 1 yr, increased since 1 month. Not relieved with medicines.", "failed: Not relieved with medicines"),
    (
        "Back pain for the past year and a half, treated with chiropractic manipulations, acupuncture, and muscle relaxants.",
        "done: treated with chiropractic manipulations, acupuncture, and muscle relaxants",
    ),
    (
        "Lower back pain for >1yr; failed conservative rx; surgery planned 7/2024.",
        "failed: failed conservative rx | candidate: surgery planned",
    ),
    (
        "Patient with LBP and left radiculopathy who has completed 8 weeks of PT with only temporary improvement.",
        "failed: has completed 8 weeks of PT with only temporary improvement",
    ),
    ("Not improved after ten sessions of physiotherapy.", "failed: Not improved after ten sessions of physiotherapy"),
    (
        "She has been doing physiotherapy for two months with partial improvement.",
        "done: has been doing physiotherapy | improving: partial improvement",
    ),
    ("Symptoms have improved since physio.", "improving: improved | done: since physio"),
    ("Leg pain improving but persistent numbness x 2 months.", "improving: improving"),
    (
        "Low back pain, no improvement with rest and analgesics for 4 weeks.",
        "failed: no improvement with rest and analgesics",
    ),
    ("LBP with no prior imaging or treatment.", "no done: no prior imaging or treatment"),
    ("No h/o PT or injections.", "no done: No h/o PT or injections"),
    ("LBP, 8 weeks, no conservative care documented.", ""),
    ("Failing conservative management for 12 weeks", "failed: Failing conservative management"),
    ("Has had conservative management for 12 weeks.", "done: Has had conservative management"),
    (
        "Conservative treatment x 6 weeks without improvement, low back pain x 10 weeks",
        "failed: Conservative treatment x 6 weeks without improvement",
    ),
    ("Conservative treatment: none", "no done: Conservative treatment: none"),
    ("Conservative therapy: PT, NSAIDs", "done: Conservative therapy: PT, NSAIDs"),
    ("Prior treatment: PT and NSAIDs", "done: Prior treatment: PT and NSAIDs"),
    ("Previous treatments: injections", "done: Previous treatments: injections"),
    ("Physical therapy: No", "no done: Physical therapy"),
    ("PT: no", "no done: PT"),
    ("PT: yes", "done: PT"),
    ("Physical therapy: Yes, 6 weeks", "done: Physical therapy"),
    ("Has patient had 6 weeks of conservative treatment? Yes", "done: had 6 weeks of conservative treatment"),
    ("Failed conservative treatment? Yes", "failed: Failed conservative treatment"),
    ("Has the patient failed conservative treatment? No", ""),
    ("Treatment to date: physiotherapy, naproxen", "done: Treatment to date"),
    ("Treatments tried: heat, ibuprofen, chiro", "done: tried: heat, ibuprofen, chiro"),
    ("Tx: PT, ESI", "done: Tx: PT, ESI"),
    ("Rx NSAIDs", ""),
    ("Given naproxen and advised rest", "done: Given naproxen and advised"),
    ("Prescribed naproxen", ""),
    ("Started on gabapentin", "done: Started on gabapentin"),
    ("Advised physiotherapy", ""),
    ("Has been on pregabalin", "done: on pregabalin"),
    ("On regular analgesia", "done: On regular analgesia"),
    ("Maximal medical therapy", ""),
    ("optimal medical management for 6 weeks", "done: medical management"),
    ("despite optimal medical management", "failed: despite optimal medical management"),
    (
        "No improvement after six weeks of conservative management",
        "failed: No improvement after six weeks of conservative management",
    ),
    ("Symptoms not settling with physio", "failed: not settling with physio"),
    ("not settling with conservative measures", "failed: not settling with conservative measures"),
    ("Settled with physio", "improving: Settled | done: Settled with physio"),
    ("no conservative care documented", ""),
    ("no prior treatment documented", ""),
    ("Did 4 sessions of PT, stopped due to pain", "done: Did 4 sessions of PT"),
    ("PT made it worse", "failed: PT made it worse"),
    ("PT helps a little", "done: PT helps"),
    ("Some improvement with PT", "improving: Some improvement | done: Some improvement with PT"),
    ("Improved after injection", "done: Improved after injection | improving: Improved after injection"),
    ("epidural gave 2 months of relief", "done: epidural gave 2 months of relief"),
    ("ESI x3, last in March, wearing off", "done: ESI x3, last in March, wearing off"),
    ("Pain relief with ESI", "done: relief with ESI"),
    ("pain returned after ESI", "done: after ESI"),
    ("Transient benefit from epidural", "failed: Transient benefit from epidural"),
    ("Short term relief with ESI", "failed: Short term relief with ESI"),
    ("Awaiting ESI", "candidate: Awaiting ESI"),
    ("Wants to avoid surgery", "no candidate: Wants to avoid surgery"),
    ("Patient does not want surgery", "no candidate: does not want surgery"),
    ("Not keen on surgery", "no candidate: Not keen on surgery"),
    ("Surgery not indicated", "no candidate: Surgery not indicated"),
    ("surgery declined", "no candidate: surgery declined"),
    ("Surgical referral", ""),
    ("Being worked up for surgery", "candidate: Being worked up for surgery"),
    ("For possible surgical intervention", "candidate: For possible surgical intervention"),
    ("for surgical planning", "candidate: surgical planning"),
    ("Operative candidate", "candidate: Operative candidate"),
    ("Possible surgical candidate", "candidate: surgical candidate"),
    ("? surgical candidate", "candidate: surgical candidate"),
    ("Would consider surgery", "candidate: consider surgery"),
    ("Surgeon requests MRI", ""),
    ("Neurosurgeon requesting MRI before decompression", "candidate: requesting MRI before decompression"),
    ("Prior to surgery scheduled 8/1", "candidate: Prior to surgery scheduled"),
    ("ESI scheduled for next week", "candidate: ESI scheduled for"),
    ("Repeat ESI requested", "candidate: Repeat ESI requested"),
    ("Considering facet injection", "candidate: Considering facet injection"),
    ("Considering PT", ""),
    ("Considering PT vs ESI", "candidate: Considering PT vs ESI"),
    ("Considering PT or surgery", "candidate: Considering PT or surgery"),
    ("SI joint injection planned", "candidate: SI joint injection planned"),
    ("Pre-kyphoplasty", "candidate: Pre-kyphoplasty"),
    ("kyphoplasty candidate", "candidate: kyphoplasty candidate"),
    ("spinal injection under consideration", "candidate: spinal injection under consideration"),
    ("Under consideration for L5 nerve root block", "candidate: consideration for L5 nerve root block"),
    ("Discectomy booked", "candidate: Discectomy booked"),
    ("DISCECTOMY BOOKED", "candidate: DISCECTOMY BOOKED"),
    ("PT AND NSAIDS TRIED WITHOUT RELIEF", "failed: PT AND NSAIDS TRIED WITHOUT RELIEF"),
    ("PT WITH LBP", ""),
    ("PT C/O LBP", ""),
    ("PT HAS LBP, TRIED NSAIDS", "done: TRIED NSAIDS"),
    ("PT HAS FAILED PT", "failed: HAS FAILED PT"),
    ("PT IS A 45 YO WITH LBP", ""),
    ("PT WITH LBP NOT RESPONDING TO NSAIDS", "failed: NOT RESPONDING TO NSAIDS"),
    ("Pt. tried NSAIDs", "done: tried NSAIDs"),
    ("Pt to start PT", ""),
    ("PT since January", ""),
    ("Physio since January", ""),
    ("attending physio", "done: attending physio"),
    ("Under physio", "done: Under physio"),
    ("Under chiropractor", "done: Under chiropractor"),
    ("Sees chiropractor", "done: Sees chiropractor"),
    ("Seeing a physiotherapist", "done: Seeing a physiotherapist"),
    ("Has a physiotherapist", ""),
    ("Physiotherapist requests MRI", ""),
    ("Chiropractor referral", ""),
    ("Referred by physiotherapist", ""),
    ("referred by chiropractor for MRI", ""),
    ("Physio noted weakness", ""),
    ("Exercises daily", ""),
    ("limited response to rest", ""),
    ("Physical therapy evaluation", ""),
    ("Rehab for stroke", ""),
    ("cardiac rehab completed", ""),
    ("In rehab", "done: In rehab"),
    ("Post-injection", "done: Post-injection"),
    ("Post ESI headache", "done: Post ESI"),
    ("LP/epidural for labor", ""),
    ("Epidural abscess", ""),
    ("Epidural hematoma", ""),
    ("epidural during labour", ""),
    ("History of epidural steroid injection complication", "done: History of epidural steroid injection"),
    ("Facet block", ""),
    ("facet block x 2", "done: facet block"),
    ("block vertebra", ""),
    ("Injection site infection", ""),
    ("Trigger point injections, no change", "failed: Trigger point injections, no change"),
    ("Naproxen: no change", "failed: Naproxen: no change"),
    ("No change with physio", "failed: No change with physio"),
    ("Opioid dependence", ""),
    ("chronic opioid use", ""),
    ("opioid use disorder", ""),
    ("IV heroin and opioid abuse", ""),
    ("allergic to NSAIDs", ""),
    ("NSAIDs contraindicated", ""),
    ("cannot take NSAIDs", ""),
    ("Intolerant of NSAIDs", ""),
    ("Steroid use", ""),
    ("steroid dependent asthma", ""),
    ("treated with steroids for MS", ""),
    ("On steroids with no benefit", "failed: On steroids with no benefit"),
    ("Treated for TB", ""),
    ("Treatment for cancer", ""),
    ("Failed chemo", ""),
    ("cancer therapy", ""),
    ("Therapy dog", ""),
    ("Pain clinic follow up", ""),
    ("Bed rest for 2 weeks", "done: Bed rest"),
    ("Rest did not help", ""),
    ("Surgical candidate: no", "no candidate: Surgical candidate"),
    ("Candidate for surgery? No", "no candidate: Candidate for surgery"),
    ("Candidate for surgery? Yes", "candidate: Candidate for surgery"),
)


@pytest.mark.parametrize(("text", "expected"), [pytest.param(*row, id=row[0]) for row in STATED])
def test_stated(text: str, expected: str, stated: Callable[[str], str]) -> None:
    assert stated(text) == expected


OVER_SENTENCES = (
    ("Physio for 8 weeks. No relief.", "failed: Physio for 8 weeks. No relief"),
    ("Neck pain. Naproxen and acupuncture. No benefit.", "failed: Naproxen and acupuncture. No benefit"),
    ("PT x 6. Arm pain not improving.", "done: PT"),
    ("Tried tramadol. Failed chiropractic.", "done: Tried tramadol | failed: Failed chiropractic"),
    ("Tried tramadol, failed chiropractic.", "failed: Tried tramadol, failed chiropractic"),
    ("Failed PT; failed two epidurals", "failed: Failed PT | failed: failed two epidurals"),
    ("Failed PT, failed two epidurals", "failed: Failed PT, failed two epidurals"),
    ("Neck pain. No injections. Had PT.", "done: Had PT"),
    ("No physiotherapy. Ibuprofen tried.", "no done: No physiotherapy | done: Ibuprofen tried"),
)


@pytest.mark.parametrize(("text", "expected"), [pytest.param(*row, id=row[0]) for row in OVER_SENTENCES])
def test_over_sentences(text: str, expected: str, stated: Callable[[str], str]) -> None:
    """One row of a type in a sentence; a sentence that failed does not say done beside it."""
    assert stated(text) == expected


def test_a_denied_row_names_what_denies_it() -> None:
    (row,) = care_in("No physiotherapy yet", COMPILED)
    assert (row.kind, row.symptom_type, row.assertion) == ("care", care.DONE, "absent")
    assert row.assertion_rule_id is not None
    assert row.assertion_rule_id != row.rule_id


PIECES = (
    *(
        "PT",
        "pt ",
        "Failed ",
        "failed",
        "ESI ",
        "no ",
        "NSAIDs",
        ", ",
        ". ",
        "; ",
        " and ",
        "tried ",
        "if ",
        "surgery ",
    ),
    *("considering ", "x 6 ", "improved ", "despite ", "\n\n", "after ", "persistent ", "for ", "not ", "8 wks "),
)
any_text = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=20).map("".join))


@given(any_text)
def test_any_text_is_read(text: str) -> None:
    rows = care_in(text, COMPILED)
    for row in rows:
        assert row.kind == "care"
        assert row.symptom_type in vocabulary.CARE
        assert row.assertion in ("present", "absent")
        assert row.start is not None
        assert row.end is not None
        assert 0 <= row.start < row.end <= len(text)
    assert list(rows) == sorted(rows, key=lambda row: (row.start, row.end, row.symptom_type))


@pytest.mark.parametrize(
    "piece", ["failed ", "PT, ", "failed PT, ", "PT tried. ", "no ", "if PT ", "improved ", "ESI planned; "]
)
def test_time_grows_with_the_text(piece: str) -> None:
    def spent(copies: int) -> float:
        runs = []
        for _ in range(3):
            begun = process_time()
            care_in(piece * copies, COMPILED)
            runs.append(process_time() - begun)
        return min(runs)

    assert spent(1600) < 12 * spent(400) + 0.02


def test_a_row_of_an_unknown_form_is_named() -> None:
    row = Term("CAR-9001", "Zzz.", True, "zzz", "", "remedy", "")
    shipped = lexicon.shipped()
    with pytest.raises(LexiconError, match="CAR-9001"):
        compiled(Lexicon({**shipped.rows, "care": (*shipped.rows["care"], row)}))


def test_a_site_may_add_a_measure() -> None:
    row = Term("CAR-9001", "Failed cupping.", True, "cupping", "", "therapy", "")
    shipped = lexicon.shipped()
    rules = compiled(Lexicon({**shipped.rows, "care": (*shipped.rows["care"], row)}))
    assert [row.symptom_type for row in care_in("Failed cupping", rules)] == [care.FAILED]
