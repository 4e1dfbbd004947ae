"""What one sentence says by itself: findings, levels, sides, grades, assertion.

    words -> atoms -> heads -> modifiers, assertion, places -> mentions

Atoms are the words that the lexicons know. Heads are what the sentence speaks of: a finding noun, or a structure with
what befalls it. The rest is asked of every head in turn. A pure function of the sentence's text and the label in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spinelink import levels
from spinelink.lexicon import Lexicon
from spinelink.records import Parsed
from spinelink.stages.parse.assertion import Assertions
from spinelink.stages.parse.atoms import Atom, Vocabulary, compile_vocabulary, lex
from spinelink.stages.parse.compositions import Compositions, compile_compositions
from spinelink.stages.parse.grades import add_bare_grades
from spinelink.stages.parse.heads import Heads
from spinelink.stages.parse.measures import measures_of
from spinelink.stages.parse.mentions import Reading, mentions_of
from spinelink.stages.parse.modifiers import Modifiers
from spinelink.stages.parse.places import Places
from spinelink.stages.parse.tokens import compile_spelling


@dataclass(frozen=True)
class ParseRules:
    """The compiled lexicons of the parser."""

    vocabulary: Vocabulary
    compositions: Compositions


def compile_rules(lexicon: Lexicon) -> ParseRules:
    """Return the parser's rules for a lexicon."""
    vocabulary = compile_vocabulary(lexicon, compile_spelling(lexicon), levels.compile_rules(lexicon))
    return ParseRules(vocabulary, compile_compositions(lexicon))


def parse(text: str, category: str, frame: str, rules: ParseRules, blocked: Sequence[tuple[int, int]] = ()) -> Parsed:
    """Return what a sentence states; offsets count from its start.

    `category` is its section's, `frame` the label in force ("canal", "right foramen", "" where none), `blocked` the
    stretches that state nothing: recommendations, general knowledge.
    """
    framed = _framed(frame, rules)
    read = lex(text, rules.vocabulary)
    if blocked:
        read = [atom for atom in read if not any(start <= atom.start < end for start, end in blocked)]
    atoms = framed + read
    if any(atom.value == "conus" for atom in framed):
        atoms = [replace(atom, kind="W") if atom.kind == "L" else atom for atom in atoms]
    gathered = Heads(atoms, rules.compositions)
    add_bare_grades(gathered)
    heads = gathered.ordered()
    modifiers = Modifiers(atoms, heads)
    attributes = rules.compositions.attributes
    places = Places(atoms, heads)
    reading = Reading(text, atoms, heads, modifiers, Assertions(atoms, heads, attributes), places, attributes)
    mentions = mentions_of(reading)
    measures = measures_of(text, atoms, mentions, [(m.start, m.end) for m in mentions])
    return Parsed(mentions, measures, places.lead, places.last)


def _framed(frame: str, rules: ParseRules) -> list[Atom]:
    """Return the atoms of the label in force, as if it stood before the sentence with a colon."""
    if not frame:
        return []
    atoms = lex(frame, rules.vocabulary)
    for atom in atoms:
        atom.start = atom.end = 0
        atom.frame = True
    return [*atoms, Atom("K", "colon", "colon", 0, 0, frame=True)]
