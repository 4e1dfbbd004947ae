"""What a report says is not there: roots that are clear, levels that are normal (decisions 7 and 16)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from spinelink import levels, vocabulary
from spinelink.records import Finding
from spinelink.stages.links.bonds import ROOT
from spinelink.stages.links.roots import RootRules
from spinelink.stages.links.told import sides_agree

_PLAIN = frozenset({None, "significant", "definite", "focal"})
"""Words of a denial that leave nothing of weight; "no severe compression" leaves a moderate one."""
_OTHER_LEVELS = "LVL-11-OTHER"
_NORMAL_DISC = frozenset({"disc_bulge", "disc_herniation"})
_FREE_EXITS = frozenset({"foraminal_stenosis", "central_canal_stenosis"})


class Denials:
    """The absent findings of a report, by level and for the study or region as a whole."""

    def __init__(self, findings: Sequence[Finding], lesions: Iterable[Finding], table: RootRules) -> None:
        self._table = table
        roots: dict[tuple[object, ...], Finding] = {}
        self._at: dict[str, set[str]] = {}
        self._general: dict[str | None, set[str]] = {}
        for finding in findings:
            mention = finding.mention
            if mention.assertion != "absent" or finding.superseded_by is not None:
                continue
            if mention.finding_type == ROOT:
                told = mention.denied_qualifier, mention.side, mention.root, finding.level, _of_others(finding)
                roots.setdefault(told, finding)
            if mention.denied_qualifier in _PLAIN:
                if finding.level in vocabulary.NO_LEVEL:
                    self._general.setdefault(finding.region, set()).add(mention.finding_type)
                else:
                    self._at.setdefault(finding.level, set()).add(mention.finding_type)
        self._roots = tuple(one for one in roots.values() if one.mention.denied_qualifier in _PLAIN)
        self._clear = frozenset(one.mention.root for one in self._roots)
        lesions = tuple(lesions)
        self._harmed = frozenset(finding.level for finding in lesions)
        self._root_harmed = any(finding.mention.finding_type == ROOT for finding in lesions)

    def clear_of(self, level: str, side: str, roots: Collection[str]) -> bool:
        """Tell whether the report says that the roots a lesion could reach are clear.

        A denial of the whole study speaks of a lesion only where no root is harmed anywhere: it may mean the others.
        """
        named: set[str] = set()
        for finding in self._roots:
            mention = finding.mention
            general = finding.level in vocabulary.NO_LEVEL
            if not sides_agree(mention.side, side):
                continue
            if mention.root is not None:
                named.add(mention.root)
            elif finding.level == level or (general and not self._root_harmed and not _of_others(finding)):
                return True
        return bool(roots) and named.issuperset(roots)

    def own_clear(self, roots: Collection[str]) -> bool:
        """Tell whether each of these roots, or the level in whose recess it runs, is said to be clear."""
        return bool(roots) and all(
            root in self._clear or self._level_clear(self._table.own_level.get(root)) for root in roots
        )

    def _level_clear(self, level: str | None) -> bool:
        if level is None or level in self._harmed:
            return False
        denied = self._at.get(level, set()) | self._general.get(levels.region_of(level), set())
        return not _NORMAL_DISC.isdisjoint(denied) or denied >= _FREE_EXITS or ROOT in denied

    def of_region(self, region: str, types: frozenset[str]) -> bool:
        """Tell whether any of these types is denied, somewhere or throughout, in a region of the spine."""
        general = self._general.get(region, set())
        return not types.isdisjoint(general) or any(
            not types.isdisjoint(denied) and levels.region_of(level) == region for level, denied in self._at.items()
        )


def _of_others(finding: Finding) -> bool:
    """Tell whether a denial is of "the other levels", which are not those of any lesion."""
    return finding.level_rule_id is not None and finding.level_rule_id.startswith(_OTHER_LEVELS)
