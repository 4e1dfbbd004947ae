"""Which finding types name one thing, so that an impression may call it otherwise; and what it must not leave out.

Source: the disc nomenclature of Fardon 2014 (a protrusion, an extrusion and a sequestration are herniations); the
annotation guideline on types; the project's list of actionable findings (decision 23).
"""

from __future__ import annotations

_HERNIATIONS = frozenset({"disc_herniation", "disc_protrusion", "disc_extrusion", "disc_sequestration"})
_DISPLACEMENTS = frozenset({*_HERNIATIONS, "disc_bulge", "disc_osteophyte_complex"})
_CANAL = frozenset(
    {
        "central_canal_stenosis", "thecal_sac_effacement", "cauda_equina_compression", "cord_involvement",
        "congenital_canal_narrowing", "epidural_lipomatosis",
    }
)  # fmt: skip
_STENOSES = frozenset({*_CANAL, "foraminal_stenosis", "lateral_recess_stenosis", "nerve_root_involvement"})
_FRACTURES = frozenset({"vertebral_fracture", "vertebral_height_loss"})
_LESIONS = frozenset({"metastasis", "spinal_mass", "bone_lesion", "marrow_signal_abnormality"})
_INFECTIONS = frozenset({"discitis_osteomyelitis", "epidural_abscess", "paraspinal_abscess"})
_COLLECTIONS = frozenset({"epidural_abscess", "paraspinal_abscess", "epidural_hematoma", "spinal_mass"})
_CORD = frozenset({"cord_signal_abnormality", "cord_involvement", "cord_atrophy", "syrinx"})

FAMILY_OF: dict[str, str] = {
    **dict.fromkeys(_HERNIATIONS, "disc_herniation"),
    **dict.fromkeys(_FRACTURES, "vertebral_fracture"),
}
"""Finding type to its family, named by its most general type; a type that stands alone is its own family."""

RELATED: dict[str, frozenset[str]] = {
    **dict.fromkeys(_DISPLACEMENTS, _DISPLACEMENTS),
    **dict.fromkeys(_FRACTURES, _FRACTURES | {"vertebral_augmentation", "schmorl_node", "spondylolysis", "metastasis"}),
    **dict.fromkeys(_CANAL, _CANAL | {"lateral_recess_stenosis", "cord_signal_abnormality"}),
    **dict.fromkeys(("foraminal_stenosis", "lateral_recess_stenosis", "nerve_root_involvement"), _STENOSES),
    **dict.fromkeys(
        _LESIONS,
        _LESIONS | _INFECTIONS | {"hemangioma", "vertebral_fracture", "cord_involvement", "cauda_equina_compression"},
    ),
    **dict.fromkeys(_INFECTIONS, _INFECTIONS | _COLLECTIONS | {"endplate_change", "marrow_edema"}),
    "epidural_hematoma": _COLLECTIONS,
    "cord_signal_abnormality": _CORD,
    "cord_involvement": _CANAL | _CORD,
}  # fmt: skip
"""Finding type to the types under whose name the same thing may be told elsewhere in a report, its own among them.

A tumour may be told by what it compresses ("metastatic cord compression").
"""

LOOSE: frozenset[str] = frozenset(
    {"disc_degeneration", "disc_desiccation", "disc_height_loss", "disc_vacuum", "osteophyte", "endplate_change"}
)
"""Signs of wear that impressions sum up freely: their level there is an example, not a place."""

WHOLE_STUDY: frozenset[str] = frozenset(
    {
        "vertebral_fracture", "cord_signal_abnormality", "metastasis", "spinal_mass", "discitis_osteomyelitis",
        "epidural_abscess", "paraspinal_abscess", "epidural_hematoma",
    }
)  # fmt: skip
"""Findings that are denied of the whole study at once ("No fracture"): one of them anywhere contradicts that."""

ACTIONABLE: frozenset[str] = frozenset(
    {*WHOLE_STUDY, "cauda_equina_compression", "disc_extrusion", "disc_sequestration"}
)
"""Findings that an impression must not leave out nor invent, whatever their grade (decision 23)."""

ACTIONABLE_IF_ROOT_COMPRESSED: frozenset[str] = frozenset({"disc_extrusion", "disc_sequestration"})
"""Those of them that call for action only where they compress a root (decision 23)."""

ACTIONABLE_IF_COMPRESSED: frozenset[str] = frozenset({"cord_involvement"})
"""The same where the effect is compression."""

ACTIONABLE_IF_SEVERE: frozenset[str] = frozenset(
    {"central_canal_stenosis", "foraminal_stenosis", "lateral_recess_stenosis"}
)
"""The same where severe."""


def family_of(finding_type: str) -> str:
    """Return the family of a finding type."""
    return FAMILY_OF.get(finding_type, finding_type)


def related_to(finding_type: str) -> frozenset[str]:
    """Return the types under whose name a finding may be told elsewhere, its own among them."""
    return RELATED.get(finding_type) or frozenset({finding_type})


def denies(denied: str, affirmed: str) -> bool:
    """Tell whether denying one type denies the other: the same, or the general name of its family."""
    return denied == affirmed or (denied in _HERNIATIONS and denied == FAMILY_OF.get(affirmed))
