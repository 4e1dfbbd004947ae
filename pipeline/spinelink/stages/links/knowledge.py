"""What definitions and rules make of findings and symptoms: their roots and names, and the rules open to them.

What is told of them is remembered with what it comes to, for reports repeat one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from spinelink import vocabulary
from spinelink.conditions import UNKNOWN
from spinelink.records import Finding, Study, Symptom
from spinelink.stages.links import roots as nerve
from spinelink.stages.links.bonds import ROOT
from spinelink.stages.links.denials import Denials
from spinelink.stages.links.facts import FINDING, REGION_OF_AREA, REPORT
from spinelink.stages.links.judging import Bench
from spinelink.stages.links.pairs import OfFinding, OfSymptom
from spinelink.stages.links.roots import Reach, RootRules, Roots
from spinelink.stages.links.rules import Definitions, Facts
from spinelink.stages.links.told import SIDES_OF, Said, Told
from spinelink.stages.links.wording import words_of_finding, words_of_symptom

_FINDINGS, _SYMPTOMS = 16_384, 4096
"""How many are remembered."""
_REACHES = "reaches_roots"
"""The class of findings that can affect a root at all, for which links name the roots."""
_SPINE = frozenset(vocabulary.REGIONS)
_SIDED = frozenset({"limb", "claudication", "scapular"})
_BESIDE = frozenset(name for kind in vocabulary.FINDINGS for name in (kind, f"severe_{kind}"))
_NONE: frozenset[str] = frozenset()


class Knowledge:
    """The compiled definitions and rules, and what they made of the findings and symptoms that were met."""

    def __init__(self, definitions: Definitions, table: RootRules, bench: Bench) -> None:
        self.definitions = definitions
        self.table = table
        self.bench = bench
        self.watched = {kind: self._watched(kind) for kind in vocabulary.FINDINGS}
        self._finding = lru_cache(_FINDINGS)(self._known_finding)
        self._symptom = lru_cache(_SYMPTOMS)(self._known_symptom)

    def _watched(self, kind: str) -> frozenset[str]:
        """Return of what rules on a type ask whether it stands beside it; of anything, if one asks for none."""
        place = FINDING.index("beside")
        words = self.definitions.additions[kind].sieve.words(place) | self.bench.of_finding[kind].words(place)
        return (_BESIDE if UNKNOWN in words else words) - {kind, f"severe_{kind}"}

    def reach(self, finding: Finding) -> frozenset[str]:
        """Return the roots that a finding can reach by its level and zone, by what its own words say."""
        mention = finding.mention
        said = mention.zone, mention.migration, mention.etiology
        zones = self.definitions.first(mention.finding_type, "root_zone", said)
        return frozenset(root for zone in zones for root in self.table.by_level.get((finding.level, zone), ()))

    def findings(self, told: Told, denials: Denials) -> list[OfFinding]:
        """Return what is known of each telling, in their order.

        Those of roots come late, for they may rest on the lesion that harms them; those without a level last, for they
        may rest on what is told of it elsewhere.
        """
        found: list[OfFinding] = [None] * len(told.tellings)  # type: ignore[list-item]
        by_place: dict[int, OfFinding] = {}
        late = [2 * (level in vocabulary.NO_LEVEL) + (kind == ROOT) for (kind, level, _), _, _ in told.tellings]
        for number in sorted(range(len(found)), key=late.__getitem__):
            telling = told.tellings[number]
            said = told.said(telling)
            lesions = _known_of(told.lesions_of(telling), by_place)
            named = told.named_roots(telling)
            zones = self.definitions.first(said.finding, "root_zone", (said.zone, said.migration, said.etiology))
            reached = named or self._reached(said, zones, lesions or _known_of(told.elsewhere(telling), by_place))
            harmed = said.effect is not None or said.finding == ROOT
            clear = not harmed and denials.clear_of(said.level, said.side, reached)
            lesion = _NONE.union(*(one.classes for one in lesions)) if lesions else _NONE
            known = self._finding(said, Reach(zones, nerve.in_order(reached), bool(named), clear, lesion))
            found[number] = known
            for place in telling.places:
                by_place[place] = known
        return found

    def _reached(self, said: Said, zones: Sequence[str], lesions: Iterable[OfFinding]) -> Roots:
        """Return the roots by level and zone; a root unnamed, or of no level, is one that its lesions can reach."""
        by_zone: Roots = ()
        for zone in zones:
            by_zone += self.table.by_level.get((said.level, zone), ())
        if not lesions or (by_zone and said.finding != ROOT):
            return by_zone
        return tuple(root for lesion in lesions for root in lesion.roots) or by_zone

    def _known_finding(self, said: Said, reach: Reach) -> OfFinding:
        area, classes = self.definitions.names(said.finding, (*said, *reach))
        return OfFinding(
            kind=said.finding,
            level=said.level,
            open_rules=self.bench.of_finding[said.finding].holding((*said, *reach, area, classes)),
            zones=reach.root_zone,
            roots=reach.roots,
            links_name=reach.roots if _REACHES in classes else (),
            sided="midline" not in classes,
            sides=SIDES_OF[said.side],
            covered=said.covered,
            areas=area,
            spine=area & _SPINE,
            classes=classes,
            words=words_of_finding(said.finding, said.level, said.side, said.zone, reach.roots),
        )

    def symptom(self, symptom: Symptom, imaged: tuple[str, ...]) -> OfSymptom:
        """Return what is known of a symptom or red flag; `imaged` are the regions of the spine that the study shows."""
        said = symptom.symptom_type, symptom.subtype, symptom.region, symptom.side, symptom.assertion, symptom.kind
        return self._symptom(said, symptom.territory, symptom.trajectory, symptom.roots, imaged)

    def _known_symptom(
        self,
        said: tuple[str, str | None, str | None, str, str, str],
        territory: tuple[str, ...],
        trajectory: str | None,
        roots: Roots,
        imaged: tuple[str, ...],
    ) -> OfSymptom:
        name, side, kind = said[0], said[3], said[5]
        stated = nerve.known(roots)
        letters = tuple(dict.fromkeys(root[0] for root in stated))
        felt = *said, territory, trajectory, letters, imaged
        areas, classes = self.definitions.names(name, (*felt, bool(stated)))
        usual = self.definitions.first(name, "symptom_roots", (*felt, bool(stated), areas, classes))
        specific = bool(stated) and not (usual and set(usual) <= set(stated))
        own = nerve.in_order(stated or usual)
        shown = not areas or not imaged or any(REGION_OF_AREA[area] in imaged for area in areas)
        return OfSymptom(
            name=name,
            kind=kind,
            open_rules=self.bench.of_symptom[name].holding((*felt, specific, areas, classes, own, shown)),
            roots=own,
            own_root_clear=False,
            sided=not _SIDED.isdisjoint(classes),
            sides=SIDES_OF[side],
            areas=areas,
            classes=classes,
            words=words_of_symptom(name, side, territory, areas, own),
        )


def _known_of(places: Sequence[int], by_place: Mapping[int, OfFinding]) -> Sequence[OfFinding]:
    return [by_place[place] for place in places if place in by_place] if places else ()


def facts_of_report(findings: Iterable[OfFinding], symptoms: Iterable[OfSymptom], study: Study) -> Facts:
    """Return the facts of a report: doubt about its numbering, its signs, the classes of its lumbar findings."""
    doubtful = study.numbering in ("transitional", "uncertain")
    doubtful = doubtful or any(finding.kind == "transitional_vertebra" for finding in findings)
    signs = _NONE.union(*(symptom.classes for symptom in symptoms))
    lumbar = _NONE.union(*(finding.classes for finding in findings if "lumbar" in finding.areas))
    names = frozenset(symptom.name for symptom in symptoms)
    return dict(zip(REPORT, (doubtful, signs, lumbar, names), strict=True))
