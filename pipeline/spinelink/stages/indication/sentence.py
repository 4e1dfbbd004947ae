"""One sentence of an indication: its symptoms and red flags as records, and what times and courses hold on to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spinelink.levels import LevelRules
from spinelink.levels import compile_rules as compile_levels
from spinelink.lexicon import Lexicon
from spinelink.records import Symptom
from spinelink.stages.indication.binding import heads_of
from spinelink.stages.indication.cues import cues_of, late_cues
from spinelink.stages.indication.flags import flags_of
from spinelink.stages.indication.reading import Words, atoms_of, compile_words
from spinelink.stages.indication.saying import said_of
from spinelink.stages.indication.states import is_power, states_of
from spinelink.stages.indication.terms import Written
from spinelink.stages.indication.times import Carrier, Read
from spinelink.stages.indication.whole import claudication


@dataclass(frozen=True)
class SentenceRules:
    """The words of symptoms, red flags, body and denial, and the grammar of levels."""

    words: Words
    levels: LevelRules


def compile_sentences(lexicon: Lexicon) -> SentenceRules:
    """Return the rules of a lexicon."""
    return SentenceRules(compile_words(lexicon), compile_levels(lexicon))


def read_sentence(
    written: Written, times: Sequence[tuple[int, int]], base: int, age: int | None, rules: SentenceRules
) -> Read:
    """Return what a sentence says; `times` are its stretches that state a time, `base` where its section begins."""
    atoms = atoms_of(written, rules.words, times)
    governed = cues_of(written.text, atoms)
    states = states_of(atoms, governed)
    late_cues(atoms, governed)
    powers = frozenset(place for place, atom in enumerate(atoms) if atom.kind == "grade" and is_power(atoms, place))
    records: list[Symptom] = []
    carriers: dict[int, Carrier] = {}
    led: list[tuple[int, int]] = []
    for said in said_of(heads_of(atoms, states, powers), atoms, governed, base):
        head = said.head
        carriers.setdefault(head.place, (head.first, head.last, []))[2].append(len(records))
        source = carriers.get(head.source.place) if head.source is not None else None
        if source is not None and source[2]:
            led.append((source[2][0], len(records)))
        records.append(said.symptom)
    walking = claudication(atoms, records, base)
    if walking is not None:
        records.append(walking)
    flagged = flags_of(written, atoms, governed, base, age, rules.levels)
    records += [flag.symptom for flag in flagged]
    return Read(records, atoms, [carriers[place] for place in sorted(carriers)], [flag.place for flag in flagged], led)
