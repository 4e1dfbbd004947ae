"""What one sentence says by itself: findings, levels, sides, grades, assertion.

    words -> atoms -> heads -> modifiers, assertion, places -> mentions

Atoms are the words that the lexicons know. Heads are what the sentence speaks of: a finding noun, or a structure with
what befalls it. The rest is asked of every head in turn. A pure function of the sentence's text and the label in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from spinelink import levels
from spinelink.lexicon import Lexicon
from spinelink.records import Measure, Mention, Parsed, Word
from spinelink.stages.parse.assertion import Assertions
from spinelink.stages.parse.atoms import Atom, Vocabulary, compile_vocabulary, lex
from spinelink.stages.parse.compositions import Compositions, compile_compositions
from spinelink.stages.parse.grades import add_bare_grades, add_denied_objects
from spinelink.stages.parse.heads import Heads
from spinelink.stages.parse.measures import measures_of
from spinelink.stages.parse.mentions import mentions_of
from spinelink.stages.parse.modifiers import Modifiers
from spinelink.stages.parse.places import Places
from spinelink.stages.parse.reading import Reading
from spinelink.stages.parse.tokens import compile_spelling

_REMEMBERED = 4096
_Framed = tuple[tuple[Atom, ...], frozenset[str]]
"""The atoms of a label and their values."""


@dataclass(frozen=True)
class ParseRules:
    """The compiled lexicons of the parser; `frames` remembers the labels met, of which reports have few."""

    vocabulary: Vocabulary
    compositions: Compositions
    frames: dict[str, _Framed] = field(default_factory=dict)


def compile_rules(lexicon: Lexicon) -> ParseRules:
    """Return the parser's rules for a lexicon."""
    compositions = compile_compositions(lexicon)
    vocabulary = compile_vocabulary(
        lexicon, compile_spelling(lexicon), levels.compile_rules(lexicon), compositions.attributes
    )
    return ParseRules(vocabulary, compositions)


def parse(
    text: str, frame: str, rules: ParseRules, blocked: Sequence[tuple[int, int]] = (), *, words: bool = False
) -> Parsed:
    """Return what a sentence states; offsets count from its start.

    `frame` is the label in force ("canal", "right foramen", "" where none), `blocked` the stretches that state nothing:
    recommendations, general knowledge. `words` asks for the words of each mention's values too.
    """
    atoms = lex(text, rules.vocabulary)
    if blocked:
        atoms = [atom for atom in atoms if not any(start <= atom.start < end for start, end in blocked)]
    if frame:
        framed, values = _framed(frame, rules)
        if "conus" in values:
            # Levels under this label say where the conus ends.
            atoms = [replace(atom, kind="W") if atom.kind == "L" else atom for atom in atoms]
        elif "root" in values:
            atoms = [_root(atom) for atom in atoms]
        atoms = [*framed, *atoms]
    if not atoms:
        return Parsed()
    kinds = "".join([atom.kind for atom in atoms])
    gathered = Heads(atoms, kinds, rules.compositions)
    add_bare_grades(gathered)
    add_denied_objects(gathered)
    heads = gathered.ordered()
    places = Places(atoms, kinds, heads)
    if not heads:
        return Parsed((), measures_of(text, atoms, kinds, ()), places.lead, places.last)
    modifiers, assertions = Modifiers(atoms, kinds, heads), Assertions(atoms, kinds, heads)
    mentions = mentions_of(Reading(text, atoms, kinds, heads, modifiers, assertions, places, frame, words))
    measures = measures_of(text, atoms, kinds, mentions)
    if measures and any(measure.prior_value is not None for measure in measures):
        mentions = tuple(_remeasured(n, mention, measures, words=words) for n, mention in enumerate(mentions))
    return Parsed(mentions, measures, places.lead, places.last)


def _remeasured(number: int, mention: Mention, measures: Sequence[Measure], *, words: bool) -> Mention:
    """Return a mention with the change that its measure shows: "5 mm retrolisthesis, previously 2 mm"."""
    prior = next((m for m in measures if m.mention == number and m.prior_value is not None), None)
    if prior is None or prior.prior_value is None or mention.change is not None or mention.assertion == "absent":
        return mention
    change = (
        "stable" if prior.value == prior.prior_value else "worse" if prior.value > prior.prior_value else "improved"
    )
    told = (Word("change", prior.start, prior.end, ""),) if words else ()
    return replace(mention, change=change, words=(*mention.words, *told))


def _root(atom: Atom) -> Atom:
    """Return a vertebra's name as that of the root, as which it stands under the label of the roots."""
    place = atom.level
    if atom.kind != "L" or place is None or place.kind != "vertebra" or place.form != "single":
        return atom
    return replace(atom, kind="R", value=place.levels[0], form="", level=replace(place, role="root"))


def _framed(frame: str, rules: ParseRules) -> _Framed:
    """Return the atoms of the label in force, as if it stood before the sentence with a colon."""
    known = rules.frames.get(frame)
    if known is None:
        inside = [_in_label(atom) for atom in lex(frame, rules.vocabulary)]
        atoms = (*inside, Atom("K", "colon", "colon", 0, 0, frame=(len(frame), len(frame))))
        known = atoms, frozenset(atom.value for atom in atoms)
        if len(rules.frames) < _REMEMBERED:
            rules.frames[frame] = known
    return known


def _in_label(atom: Atom) -> Atom:
    """Return an atom of a label, which has no place in the sentence; nor has the level that it names."""
    level = replace(atom.level, start=0, end=0) if atom.level is not None else None
    return replace(atom, start=0, end=0, level=level, frame=(atom.start, atom.end))
