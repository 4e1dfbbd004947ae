"""The facts that rules ask about: of a finding, of a symptom, of the two together and of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from spinelink import vocabulary
from spinelink.records import Finding, Study, Symptom
from spinelink.stages.links import roots as nerve
from spinelink.stages.links.bonds import ROOT
from spinelink.stages.links.denials import Denials
from spinelink.stages.links.roots import RootRules, Roots
from spinelink.stages.links.rules import Definitions, Facts
from spinelink.stages.links.told import Telling, Told

_NONE: frozenset[str] = frozenset()
_ZONE_FACTS = frozenset({"finding", "zone", "migration", "etiology"})
_STATED = frozenset(
    {
        "finding", "level", "region", "side", "covered", "grade", "subtype", "zone", "acuity", "etiology", "migration",
        "recurrent", "slip", "effect", "cord", "beside", "conflict", "roots", "root_named", "root_clear", "lesion",
    }
)  # fmt: skip
FINDING_FACTS = _STATED | {"area", "root_zone", "finding_class", "assertion"}
SYMPTOM_FACTS = frozenset(
    {
        "symptom", "symptom_subtype", "symptom_region", "symptom_side", "symptom_assertion", "symptom_area",
        "symptom_class", "symptom_roots", "kind", "specific", "territory", "trajectory", "root_letters", "imaged",
        "symptom_imaged",
    }
)  # fmt: skip
REPORT_FACTS = frozenset({"transitional", "signs", "lumbar", "symptoms"})
ALONE_FACTS = frozenset({"lesions", "denied", "matching"})
UNMATCHED_FACTS = frozenset({"explained_by"})

_SAID_OF_SYMPTOM = SYMPTOM_FACTS - {"symptom_area", "symptom_class", "symptom_roots", "symptom_imaged"}
DEFINED: Mapping[str, frozenset[str]] = {
    "root_zone": _ZONE_FACTS | {"finding"},
    "area": _STATED,
    "finding_class": _STATED | {"area", "root_zone", "finding_class"},
    "symptom_area": _SAID_OF_SYMPTOM,
    "symptom_class": _SAID_OF_SYMPTOM | {"symptom_area", "symptom_class"},
    "symptom_roots": _SAID_OF_SYMPTOM | {"symptom_area", "symptom_class"},
}
"""The facts that `definitions.tsv` defines for links, and what each may ask about."""
FIRSTS = frozenset({"root_zone", "symptom_roots"})
"""Those of them that the first row that holds gives, and no other."""

_REGION_OF_AREA = {
    "lumbar": "lumbar", "leg": "lumbar", "saddle": "lumbar", "thoracic": "thoracic", "trunk": "thoracic",
    "cervical": "cervical", "arm": "cervical",
}  # fmt: skip
"""The region of the spine that a study must show to speak of an area of the body."""


def zone_roots(finding: Finding, definitions: Definitions, table: RootRules) -> frozenset[str]:
    """Return the roots that a finding can reach by its level and zone, by what its own words say."""
    mention = finding.mention
    said: Facts = {"zone": mention.zone, "migration": mention.migration, "etiology": mention.etiology}
    zones = definitions.first(said, mention.finding_type, "root_zone")
    return frozenset(root for zone in zones for root in table.by_level.get((finding.level, zone), ()))


def types_of(definitions: Definitions, name: str) -> frozenset[str]:
    """Return the finding types that belong to a class whatever else is said of them."""
    found = []
    for finding_type in vocabulary.FINDINGS:
        facts: Facts = {**dict.fromkeys(_STATED), "finding": finding_type, "effect": "compression"}
        facts["root_zone"] = definitions.first(facts, finding_type, "root_zone")
        definitions.add_to(facts, finding_type)
        if name in members(facts, "finding_class"):
            found.append(finding_type)
    return frozenset(found)


def members(facts: Facts, name: str) -> frozenset[str]:
    """Return the members of a fact that is a set."""
    fact = facts[name]
    return fact if isinstance(fact, frozenset) else _NONE


def words(facts: Facts, name: str) -> tuple[str, ...]:
    """Return the words of a fact that has several in an order."""
    fact = facts[name]
    return fact if isinstance(fact, tuple) else ()


def facts_of_findings(told: Told, denials: Denials, definitions: Definitions, table: RootRules) -> list[Facts]:
    """Return the facts of each telling, in their order.

    Those of roots come late, for they may rest on the lesion that harms them; those without a level last, for they may
    rest on what is told of it elsewhere.
    """
    found: list[Facts] = [{}] * len(told.tellings)
    by_place: dict[int, Facts] = {}
    late = [2 * (level in vocabulary.NO_LEVEL) + (kind == ROOT) for (kind, level, _), _, _ in told.tellings]
    for number in sorted(range(len(found)), key=late.__getitem__):
        telling = told.tellings[number]
        kind = telling.key[0]
        facts = found[number] = told.facts(telling)
        lesions = _known_of(told.lesions_of(telling), by_place)
        named = nerve.known(told.named_roots(telling))
        facts["root_zone"] = definitions.first(facts, kind, "root_zone")
        reached = named or _reached(facts, lesions or _known_of(told.elsewhere(telling), by_place), table)
        harmed = facts["effect"] is not None or kind == ROOT
        facts["roots"] = nerve.in_order(reached)
        facts["root_named"] = bool(named)
        facts["root_clear"] = not harmed and denials.clear_of(str(facts["level"]), str(facts["side"]), reached)
        facts["lesion"] = _NONE.union(*(members(lesion, "finding_class") for lesion in lesions)) if lesions else _NONE
        definitions.add_to(facts, kind)
        for place in telling.places:
            by_place[place] = facts
    return found


def _known_of(places: Sequence[int], by_place: Mapping[int, Facts]) -> Sequence[Facts]:
    return [by_place[place] for place in places if place in by_place] if places else ()


def _reached(facts: Facts, lesions: Sequence[Facts], table: RootRules) -> Roots:
    """Return the roots by level and zone; an unnamed root, or one of no level, is one that its lesions can reach."""
    level = str(facts["level"])
    by_zone: Roots = ()
    for zone in words(facts, "root_zone"):
        by_zone += table.by_level.get((level, zone), ())
    if not lesions or (by_zone and facts["finding"] != ROOT):
        return by_zone
    return tuple(root for lesion in lesions for root in words(lesion, "roots")) or by_zone


def facts_of_symptom(symptom: Symptom, imaged: Sequence[str], definitions: Definitions) -> Facts:
    """Return the facts of a symptom or red flag; `imaged` are the regions of the spine that the study shows."""
    stated = nerve.known(symptom.roots)
    facts: Facts = {
        "symptom": symptom.symptom_type,
        "symptom_subtype": symptom.subtype,
        "symptom_region": symptom.region,
        "symptom_side": symptom.side,
        "symptom_assertion": symptom.assertion,
        "kind": symptom.kind,
        "territory": symptom.territory,
        "trajectory": symptom.trajectory,
        "root_letters": tuple(dict.fromkeys(root[0] for root in stated)),
        "imaged": tuple(imaged),
        "specific": bool(stated),
    }
    definitions.add_to(facts, symptom.symptom_type)
    usual = definitions.first(facts, symptom.symptom_type, "symptom_roots")
    facts["specific"] = bool(stated) and not (usual and set(usual) <= set(stated))
    facts["symptom_roots"] = nerve.in_order(stated or usual)
    areas = members(facts, "symptom_area")
    facts["symptom_imaged"] = not areas or not imaged or any(_REGION_OF_AREA[area] in imaged for area in areas)
    return facts


def facts_of_report(findings: Iterable[Facts], symptoms: Sequence[Facts], study: Study) -> Facts:
    """Return the facts of a report: doubt about its numbering, its signs, the classes of its lumbar findings."""
    findings = tuple(findings)
    return {
        "transitional": study.numbering in ("transitional", "uncertain")
        or any(facts["finding"] == "transitional_vertebra" for facts in findings),
        "signs": frozenset(name for facts in symptoms for name in members(facts, "symptom_class")),
        "lumbar": frozenset(
            name for facts in findings if "lumbar" in members(facts, "area") for name in members(facts, "finding_class")
        ),
        "symptoms": frozenset(str(facts["symptom"]) for facts in symptoms),
    }


def regions_of(symptom: Facts) -> frozenset[str]:
    """Return the regions of the spine that a symptom's areas belong to."""
    return frozenset(_REGION_OF_AREA[area] for area in members(symptom, "symptom_area"))


def imaged_regions(findings: Iterable[Finding], study: Study) -> tuple[str, ...]:
    """Return the regions that the study shows: its own, else those of its findings."""
    named = study.regions or tuple(dict.fromkeys(finding.region for finding in findings if finding.region))
    return tuple(dict.fromkeys("lumbar" if region == "sacral" else region for region in named))
