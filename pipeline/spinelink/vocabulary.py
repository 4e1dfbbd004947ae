"""The closed names of the tables: what a column of a closed type may hold, in declared order.

Source: the annotation guideline's vocabulary, version 2. These names are the contract with every reader of the tables;
what words lead to them stands in the lexicons.
"""

from __future__ import annotations

ASSERTIONS: tuple[str, ...] = (
    "present",
    "possible",
    "absent",
)
"""Of findings and symptoms."""
SIDES: tuple[str, ...] = (
    "",
    "left",
    "right",
    "bilateral",
)
"""Empty where none is stated."""
SEVERITIES: tuple[str, ...] = (
    "",
    "minimal",
    "mild",
    "mild_moderate",
    "moderate",
    "moderate_severe",
    "severe",
)
"""Empty where none is stated."""
SEVERITY_RANK = {
    "minimal": 0.5,
    "mild": 1.0,
    "mild_moderate": 1.5,
    "moderate": 2.0,
    "moderate_severe": 2.5,
    "severe": 3.0,
}
"""Rule SEV-01."""
CHANGES: tuple[str, ...] = (
    "new",
    "stable",
    "worse",
    "improved",
    "resolved",
)
"""Against the prior study."""
SECTIONS: tuple[str, ...] = (
    "exam",
    "indication",
    "comparison",
    "technique",
    "findings",
    "impression",
    "addendum",
    "other",
)
"""Categories of a section."""

FINDING_GROUPS: dict[str, dict[str, str]] = {
    "disc": {
        "disc_bulge": "D",
        "disc_herniation": "D",
        "disc_protrusion": "D",
        "disc_extrusion": "D",
        "disc_sequestration": "D",
        "disc_osteophyte_complex": "D",
        "disc_degeneration": "D",
        "disc_desiccation": "D",
        "disc_height_loss": "D",
        "annular_fissure": "D",
        "disc_vacuum": "D",
        "disc_calcification": "D",
    },
    "canal": {
        "central_canal_stenosis": "D",
        "lateral_recess_stenosis": "D",
        "foraminal_stenosis": "D",
        "thecal_sac_effacement": "D",
        "epidural_lipomatosis": "D",
        "congenital_canal_narrowing": "R",
    },
    "neural": {
        "nerve_root_involvement": "D",
        "cauda_equina_compression": "D",
        "cord_involvement": "D",
        "cord_signal_abnormality": "D",
        "cord_atrophy": "R",
        "syrinx": "V",
        "arachnoiditis": "R",
        "tethered_cord": "V",
        "perineural_cyst": "V",
        "arachnoid_cyst": "V",
    },
    "posterior_elements": {
        "facet_arthropathy": "D",
        "facet_effusion": "D",
        "synovial_cyst": "D",
        "ligamentum_flavum_hypertrophy": "D",
        "ligament_ossification": "V",
        "uncovertebral_hypertrophy": "D",
        "interspinous_bursitis": "D",
    },
    "alignment": {
        "spondylolisthesis": "D",
        "spondylolysis": "V",
        "scoliosis": "R",
        "kyphosis": "R",
        "loss_of_lordosis": "R",
    },
    "vertebra": {
        "spondylosis": "R",
        "osteophyte": "D",
        "endplate_change": "D",
        "schmorl_node": "V",
        "vertebral_fracture": "V",
        "vertebral_height_loss": "V",
        "hemangioma": "V",
        "marrow_edema": "V",
        "marrow_signal_abnormality": "R",
        "bone_lesion": "V",
        "osteopenia": "R",
    },
    "tumour_infection": {
        "metastasis": "V",
        "spinal_mass": "V",
        "discitis_osteomyelitis": "D",
        "epidural_abscess": "V",
        "paraspinal_abscess": "V",
        "epidural_hematoma": "V",
        "sacroiliitis": "R",
        "inflammatory_spondylitis": "V",
    },
    "postoperative": {
        "postoperative_change": "V",
        "spinal_fusion": "D",
        "pseudarthrosis": "D",
        "hardware_complication": "D",
        "disc_arthroplasty": "D",
        "vertebral_augmentation": "V",
        "epidural_fibrosis": "D",
    },
    "congenital": {
        "transitional_vertebra": "R",
        "spina_bifida_occulta": "V",
        "vertebral_anomaly": "V",
    },
    "soft_tissue": {
        "muscle_spasm": "R",
        "paraspinal_muscle_atrophy": "R",
        "sacroiliac_degeneration": "R",
        "extraspinal_finding": "R",
    },
}
"""Group, finding type and level kind: D disc level, V vertebra (or a disc level where the text gives one), R region."""


FINDINGS: dict[str, str] = {name: kind for group in FINDING_GROUPS.values() for name, kind in group.items()}
"""Finding type to level kind."""

GROUP_OF: dict[str, str] = {name: group for group, names in FINDING_GROUPS.items() for name in names}
"""Finding type to group."""

SYMPTOMS: tuple[str, ...] = (
    "low_back_pain",
    "thoracic_back_pain",
    "neck_pain",
    "back_pain",
    "radiculopathy",
    "sciatica",
    "leg_pain",
    "buttock_pain",
    "hip_pain",
    "groin_pain",
    "foot_pain",
    "arm_pain",
    "shoulder_pain",
    "hand_pain",
    "headache",
    "numbness",
    "paresthesia",
    "weakness",
    "foot_drop",
    "neurogenic_claudication",
    "gait_difficulty",
    "balance_problem",
    "hand_clumsiness",
    "bladder_dysfunction",
    "bowel_dysfunction",
    "saddle_anesthesia",
    "sexual_dysfunction",
    "upper_motor_neuron_signs",
    "hyporeflexia",
    "lhermitte_sign",
    "positive_straight_leg_raise",
    "positive_spurling",
    "myelopathy",
    "muscle_spasm_pain",
    "stiffness",
    "night_pain",
    "chronic_pain",
)
"""Symptom types."""
SYMPTOM_REGIONS: tuple[str, ...] = (
    "neck",
    "back",
    "arm",
    "hand",
    "trunk",
    "leg",
    "foot",
    "saddle",
    "general",
)
"""Where a symptom is felt."""
RED_FLAGS: tuple[str, ...] = (
    "cancer_history",
    "suspected_malignancy",
    "weight_loss",
    "fever",
    "suspected_infection",
    "iv_drug_use",
    "immunosuppression",
    "steroid_use",
    "osteoporosis",
    "trauma",
    "suspected_fracture",
    "tuberculosis",
    "suspected_cauda_equina",
    "suspected_cord_compression",
    "progressive_neuro_deficit",
    "prior_spine_surgery",
    "inflammatory_arthritis",
    "anticoagulation",
    "raised_inflammatory_markers",
    "recent_infection",
    "diabetes",
)
"""Red flag types."""
CARE: tuple[str, ...] = (
    "conservative_care_done",
    "conservative_care_failed",
    "surgical_or_interventional_candidate",
    "improving",
)
"""Care types."""
DISC_LEVELS: tuple[str, ...] = (
    "C0-C1",
    "C1-C2",
    "C2-C3",
    "C3-C4",
    "C4-C5",
    "C5-C6",
    "C6-C7",
    "C7-T1",
    "T1-T2",
    "T2-T3",
    "T3-T4",
    "T4-T5",
    "T5-T6",
    "T6-T7",
    "T7-T8",
    "T8-T9",
    "T9-T10",
    "T10-T11",
    "T11-T12",
    "T12-L1",
    "L1-L2",
    "L2-L3",
    "L3-L4",
    "L4-L5",
    "L5-S1",
    "S1-S2",
    "L5-L6",
    "L6-S1",
)
"""Disc levels from the head down."""
VERTEBRAE: tuple[str, ...] = (
    "C1",
    "C2",
    "C3",
    "C4",
    "C5",
    "C6",
    "C7",
    "T1",
    "T2",
    "T3",
    "T4",
    "T5",
    "T6",
    "T7",
    "T8",
    "T9",
    "T10",
    "T11",
    "T12",
    "L1",
    "L2",
    "L3",
    "L4",
    "L5",
    "L6",
    "S1",
    "S2",
    "S3",
    "S4",
    "S5",
    "sacrum",
    "coccyx",
)
"""Vertebrae from the head down."""
OTHER_LEVELS: tuple[str, ...] = (
    "",
    "multilevel",
)
"""No level, and several unnamed ones."""
LEVELS: tuple[str, ...] = (*DISC_LEVELS, *VERTEBRAE, *OTHER_LEVELS)
"""Every value of a level column."""

LEVEL_KINDS: tuple[str, ...] = (
    "disc",
    "vertebra",
    "multilevel",
    "none",
)
"""Kind of a level."""
LEVEL_SOURCES: tuple[str, ...] = (
    "stated",
    "heading",
    "listed",
    "range",
    "carried",
    "region",
    "none",
)
"""Where a finding's level comes from."""
REGIONS: tuple[str, ...] = (
    "cervical",
    "thoracic",
    "lumbar",
    "sacral",
)
"""Regions of the spine."""
ZONES: tuple[str, ...] = (
    "central",
    "paracentral",
    "subarticular",
    "foraminal",
    "extraforaminal",
    "anterior",
)
"""Zones of a disc finding (Fardon 2014)."""
EFFECTS: tuple[str, ...] = (
    "contact",
    "displacement",
    "compression",
)
"""On a root, the cord or the sac."""
ACUITIES: tuple[str, ...] = (
    "acute",
    "subacute",
    "chronic",
    "indeterminate",
)
"""Age of a lesion."""
ETIOLOGIES: tuple[str, ...] = (
    "degenerative",
    "isthmic",
    "traumatic",
    "osteoporotic",
    "pathologic",
    "postoperative",
    "congenital",
)
"""Stated cause."""
MIGRATIONS: tuple[str, ...] = (
    "cranial",
    "caudal",
)
"""Of disc material."""
SUBTYPES: dict[str, tuple[str, ...]] = {
    "spondylolisthesis": (
        "anterolisthesis",
        "retrolisthesis",
        "lateral",
    ),
    "endplate_change": (
        "modic_1",
        "modic_2",
        "modic_3",
    ),
    "vertebral_fracture": (
        "compression",
        "burst",
        "chance",
        "posterior_element",
        "sacral",
        "odontoid",
    ),
    "cord_signal_abnormality": (
        "edema",
        "myelomalacia",
        "demyelination",
    ),
    "postoperative_change": (
        "laminectomy",
        "discectomy",
        "foraminotomy",
        "decompression",
    ),
    "central_canal_stenosis": ("congenital",),
}
"""Finding type to the subtypes that it may carry."""

DENIED_QUALIFIERS: tuple[str, ...] = (
    "significant",
    "severe",
    "moderate",
    "acute",
    "definite",
    "focal",
)
"""What alone an absent row denies."""
CARE_SUMMARIES: tuple[str, ...] = (
    "failed",
    "tried",
    "explicit_none",
    "unknown",
)
"""Care of the audit."""
AUDIT_CLASSES: tuple[str, ...] = (
    "out_of_scope",
    "indicated_red_flag",
    "indicated_neuro_deficit",
    "indicated_postoperative",
    "indicated_persistent",
    "potentially_avoidable",
    "policy_dependent",
    "insufficient_information",
)
"""Classes of a request."""
RELATIONS: tuple[str, ...] = (
    "concordant",
    "possible",
    "discordant",
    "cannot_judge",
)
"""Of a finding and a symptom."""
STATEMENT_KINDS: tuple[str, ...] = (
    "recommendation",
    "critical_communication",
    "limitation",
    "numbering",
    "clinical_correlation",
)
"""What a sentence that states no finding does."""
STATEMENT_DETAILS: dict[str, tuple[str, ...]] = {
    "recommendation": (
        "mri",
        "contrast_mri",
        "contrast_study",
        "ct",
        "ct_myelogram",
        "radiographs",
        "bone_scan",
        "pet_ct",
        "ultrasound",
        "bone_density",
        "biopsy",
        "laboratory_tests",
        "electrodiagnostic_studies",
        "follow_up",
        "surgical_referral",
        "specialist_referral",
        "intervention",
        "further_imaging",
        "further_evaluation",
        "correlate_with_radiographs",
        "correlate_with_prior",
    ),
    "critical_communication": (
        "critical_result",
        "communicated",
    ),
    "limitation": (
        "motion",
        "artifact",
        "incomplete",
        "limited_sequences",
        "ct_limited",
        "mri_limited",
        "mri_safety",
        "radiographs_limited",
        "body_habitus",
        "no_contrast",
        "positioning",
        "poor_quality",
        "not_included",
        "not_assessed",
        "limited_assessment",
    ),
    "numbering": (
        "standard",
        "transitional",
        "uncertain",
    ),
    "clinical_correlation": (
        "correlate",
        "clarify_request",
        "no_clinical_information",
    ),
}
"""Kind of a statement to the details that it may carry."""

PAIRED: frozenset[str] = frozenset(
    {
        "foraminal_stenosis", "lateral_recess_stenosis", "facet_arthropathy", "facet_effusion", "endplate_change",
        "uncovertebral_hypertrophy", "nerve_root_involvement", "sacroiliac_degeneration", "sacroiliitis",
        "ligamentum_flavum_hypertrophy", "spondylolysis", "paraspinal_muscle_atrophy", "paraspinal_abscess",
    }
)  # fmt: skip
"""Findings of paired structures: "greater on the right" of them is bilateral."""

LATERAL: frozenset[str] = frozenset(
    {
        "epidural_fibrosis", "marrow_edema", "bone_lesion", "metastasis", "spinal_mass", "epidural_abscess",
        "epidural_hematoma", "hemangioma", "vertebral_fracture", "hardware_complication",
    }
)  # fmt: skip
"""Lesions that have the side of the structure that they lie in: "oedema in the left pedicle"."""
FOCAL: frozenset[str] = frozenset(
    {
        "disc_herniation", "disc_protrusion", "disc_extrusion", "disc_sequestration", "annular_fissure",
        "synovial_cyst",
        "scoliosis", "perineural_cyst", "disc_osteophyte_complex",
    }
)  # fmt: skip
"""Findings that lie on one side: "to the left" of them is left; of a diffuse finding it states no side."""

NO_LEVEL: frozenset[str] = frozenset({"", "multilevel"})
"""What stands for a level where a finding has none of its own."""

OPERATIONS: frozenset[str] = frozenset({"spinal_fusion", "postoperative_change", "disc_arthroplasty"})
"""What was done to a level; "above the fusion" names a place by it."""

NAMED_LESIONS: frozenset[str] = frozenset({"hemangioma", "metastasis"})
"""What its sentence may call a lesion of bone: "lesions of L2 and L4, consistent with metastases" are metastases."""

CORD: frozenset[str] = frozenset({"cord_signal_abnormality", "cord_involvement", "cord_atrophy"})
"""Findings of the cord: a range written with vertebrae ("T7 to T10") is each vertebra."""

DISPLACED: frozenset[str] = frozenset({"disc_protrusion", "disc_extrusion", "disc_sequestration"})
"""The forms of herniation: "herniation (extrusion type)" is the form alone (Fardon 2014)."""

SETTINGS: frozenset[str] = frozenset(
    {
        "inpatient", "outpatient", "emergency", "emergencydepartment", "emergencyroom", "ed", "er", "ambulatory",
        "observation", "urgentcare", "primarycare", "clinic", "ward", "icu", "intensivecare", "daycase", "daysurgery",
        "dayhospital", "preadmission", "recurring", "rehabilitation", "hospice", "nursinghome", "home", "homehealth",
        "virtual", "telehealth", "other", "unknown", "i", "o", "e", "p", "r", "n", "c", "u", "imp", "amb", "emer",
        "acute", "nonac", "obsenc", "prenc", "ss", "vr", "hh", "fld",
    }
)  # fmt: skip
"""Settings, letters alone, that say nothing of a person, with the codes of HL7 (table 0004, ActEncounterCode)."""
