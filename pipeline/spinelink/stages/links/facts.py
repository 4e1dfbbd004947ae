"""The facts that rules ask about: of a finding, of a symptom, of the two together and of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from spinelink import vocabulary
from spinelink.conditions import Fact
from spinelink.records import Finding, Study, Symptom
from spinelink.stages.links import roots as nerve
from spinelink.stages.links.bonds import ROOT
from spinelink.stages.links.denials import Denials
from spinelink.stages.links.roots import RootRules
from spinelink.stages.links.rules import Definitions, Facts
from spinelink.stages.links.told import Telling, Told, sides_of

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
PAIR_FACTS = REPORT_FACTS | {"root_fit", "every_root_fits", "own_root_clear", "sides", "sides_covered", "same_area"}
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

_REGION_OF_AREA = {
    "lumbar": "lumbar", "leg": "lumbar", "saddle": "lumbar", "thoracic": "thoracic", "trunk": "thoracic",
    "cervical": "cervical", "arm": "cervical",
}  # fmt: skip
"""The region of the spine that a study must show to speak of an area of the body."""
_SPINE = frozenset(vocabulary.REGIONS)
_SIDED = frozenset({"limb", "claudication", "scapular"})


def zone_roots(finding: Finding, definitions: Definitions, table: RootRules) -> frozenset[str]:
    """Return the roots that a finding can reach by its level and zone, by what its own words say."""
    mention = finding.mention
    said: dict[str, Fact] = {
        "finding": mention.finding_type,
        "zone": mention.zone,
        "migration": mention.migration,
        "etiology": mention.etiology,
    }
    zones = definitions.first(said, mention.finding_type, "root_zone")
    return frozenset(root for zone in zones for root in table.by_level.get((finding.level, zone), ()))


def types_of(definitions: Definitions, name: str) -> frozenset[str]:
    """Return the finding types that belong to a class whatever else is said of them."""
    found = []
    for finding_type in vocabulary.FINDINGS:
        facts: Facts = {**dict.fromkeys(_STATED), "finding": finding_type, "effect": "compression"}
        definitions.add_to(facts, finding_type, "area", "root_zone", "finding_class")
        if name in _members(facts["finding_class"]):
            found.append(finding_type)
    return frozenset(found)


def _members(fact: Fact) -> frozenset[str]:
    return fact if isinstance(fact, frozenset) else frozenset()


def facts_of_findings(told: Told, denials: Denials, definitions: Definitions, table: RootRules) -> dict[Telling, Facts]:
    """Return the facts of each telling.

    Those of roots come late, for they may rest on the lesion that harms them; those without a level last, for they may
    rest on what is told of it elsewhere.
    """
    found: dict[Telling, Facts] = {}
    by_place: dict[int, Facts] = {}
    for telling in sorted(told.tellings, key=_rests_on_others):
        facts = told.facts(telling)
        lesions = [by_place[place] for own in telling.places for place in told.bonds.lesions_of.get(own, ())]
        named = nerve.known(told.named_roots(telling))
        facts["root_zone"] = definitions.first(facts, telling.key[0], "root_zone")
        unplaced = telling.key[1] in vocabulary.NO_LEVEL
        elsewhere = [by_place[place] for place in telling.fuller if unplaced and place in by_place]
        reached = named or tuple(_reached(facts, lesions or elsewhere, table))
        facts["roots"] = nerve.in_order(reached)
        facts["root_named"] = bool(named)
        harmed = facts["effect"] is not None or telling.key[0] == ROOT
        facts["root_clear"] = not harmed and denials.clear_of(str(facts["level"]), str(facts["side"]), reached)
        facts["lesion"] = frozenset(name for lesion in lesions for name in _members(lesion["finding_class"]))
        definitions.add_to(facts, telling.key[0], "area", "finding_class")
        found[telling] = facts
        by_place.update(dict.fromkeys(telling.places, facts))
    return {telling: found[telling] for telling in told.tellings}


def _reached(facts: Facts, lesions: Iterable[Facts], table: RootRules) -> Iterable[str]:
    """Return the roots by level and zone; an unnamed root, or one of no level, is one that its lesions can reach."""
    zones, level = facts["root_zone"], str(facts["level"])
    by_zone = [root for zone in _words(zones) for root in table.by_level.get((level, zone), ())]
    by_lesion = [root for lesion in lesions for root in _words(lesion["roots"])]
    return by_lesion if by_lesion and (facts["finding"] == ROOT or not by_zone) else by_zone


def _rests_on_others(telling: Telling) -> tuple[bool, bool]:
    return telling.key[1] in vocabulary.NO_LEVEL, telling.key[0] == ROOT


def _words(fact: Fact) -> tuple[str, ...]:
    return fact if isinstance(fact, tuple) else ()


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
    definitions.add_to(facts, symptom.symptom_type, "symptom_area", "symptom_class")
    usual = frozenset(definitions.first(facts, symptom.symptom_type, "symptom_roots"))
    facts["specific"] = bool(stated) and not (usual and usual <= frozenset(stated))
    facts["symptom_roots"] = nerve.in_order(stated or usual)
    areas = _members(facts["symptom_area"])
    facts["symptom_imaged"] = not areas or not imaged or any(_REGION_OF_AREA[area] in imaged for area in areas)
    return facts


def facts_of_pair(finding: Facts, symptom: Facts, report: Facts, denials: Denials) -> Facts:
    """Return what a rule on a pair may ask about beyond the facts of its finding and its symptom."""
    of_finding, of_symptom = _words(finding["roots"]), _words(symptom["symptom_roots"])
    fit = nerve.fit(of_finding, of_symptom)
    sides = _sides(finding, symptom)
    felt = sides_of(str(symptom["symptom_side"]))
    return {
        **report,
        "root_fit": fit,
        "every_root_fits": fit == "yes" and set(of_finding) <= set(of_symptom),
        "own_root_clear": fit == "adjacent" and denials.own_clear(of_symptom),
        "sides": sides,
        "sides_covered": sides != "same" or felt <= _members(finding["covered"]),
        "same_area": not (_members(finding["area"]) & _members(symptom["symptom_area"])).isdisjoint(_SPINE),
    }


def _sides(finding: Facts, symptom: Facts) -> str:
    """Return how the sides of finding and symptom agree, as the table has it."""
    if _SIDED.isdisjoint(_members(symptom["symptom_class"])) or "midline" in _members(finding["finding_class"]):
        return "not_applicable"
    here, there = sides_of(str(finding["side"])), sides_of(str(symptom["symptom_side"]))
    if not here and not there:
        return "none_stated"
    if not here or not there:
        return "one_unstated"
    return "opposite" if here.isdisjoint(there) else "same"


def facts_of_report(findings: Iterable[Facts], symptoms: Sequence[Facts], study: Study) -> Facts:
    """Return the facts of a report: doubt about its numbering, its signs, the classes of its lumbar findings."""
    findings = tuple(findings)
    return {
        "transitional": study.numbering in ("transitional", "uncertain")
        or any(facts["finding"] == "transitional_vertebra" for facts in findings),
        "signs": frozenset(name for facts in symptoms for name in _members(facts["symptom_class"])),
        "lumbar": frozenset(
            name
            for facts in findings
            if "lumbar" in _members(facts["area"])
            for name in _members(facts["finding_class"])
        ),
        "symptoms": frozenset(str(facts["symptom"]) for facts in symptoms),
    }


def members(facts: Facts, name: str) -> frozenset[str]:
    """Return the members of a fact that is a set."""
    return _members(facts[name])


def regions_of(symptom: Facts) -> frozenset[str]:
    """Return the regions of the spine that a symptom's areas belong to."""
    return frozenset(_REGION_OF_AREA[area] for area in _members(symptom["symptom_area"]))


def imaged_regions(findings: Iterable[Finding], study: Study) -> tuple[str, ...]:
    """Return the regions that the study shows: its own, else those of its findings."""
    named = study.regions or tuple(dict.fromkeys(finding.region for finding in findings if finding.region))
    return tuple(dict.fromkeys("lumbar" if region == "sacral" else region for region in named))
