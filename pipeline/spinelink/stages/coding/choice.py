"""Which codes a report is given: for each row the most exact that stands beside the others (Excludes1)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from spinelink.stages.coding.rules import Candidates, CodingRules


def chosen(wanted: Sequence[Candidates], given: Collection[str], rules: CodingRules) -> list[str | None]:
    """Return for each row of a report the first of its candidates that stands beside all others, None where none does.

    Codes that came with the report (`given`) stand whatever else would.
    """
    kept = set(given)
    place = {row: 0 for row, codes in enumerate(wanted) if codes}
    found: list[str | None] = [None] * len(wanted)
    while place:
        proposed = dict(_proposals(wanted, place, kept, rules))
        unbeaten = _unbeaten(set(proposed.values()), rules)
        kept |= unbeaten
        for row, code in proposed.items():
            if code in unbeaten:
                found[row] = code
                del place[row]
    return found


def _proposals(
    wanted: Sequence[Candidates], place: dict[int, int], kept: Collection[str], rules: CodingRules
) -> Iterator[tuple[int, str]]:
    """Yield for each row that has no code yet its next candidate that nothing kept bars; rows without leave `place`."""
    for row in list(place):
        codes = wanted[row]
        while place[row] < len(codes) and not rules.barred.get(codes[place[row]], frozenset()).isdisjoint(kept):
            place[row] += 1
        if place[row] == len(codes):
            del place[row]
        else:
            yield row, codes[place[row]]


def _unbeaten(proposed: set[str], rules: CodingRules) -> set[str]:
    """Return the codes that no other proposed one excludes; of codes that exclude one another in a ring, the first."""
    free = {code for code in proposed if rules.beaten.get(code, frozenset()).isdisjoint(proposed)}
    return free or set(sorted(proposed)[:1])
