"""Mentions: each head spelled out over its types, groups of modifiers and levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from spinelink import vocabulary
from spinelink.records import LevelMention, Mention
from spinelink.stages.parse.assertion import Assertion
from spinelink.stages.parse.atoms import Atom
from spinelink.stages.parse.heads import Head
from spinelink.stages.parse.modifiers import Group
from spinelink.stages.parse.reading import Reading
from spinelink.stages.parse.repeats import merged_effects, without_repeats
from spinelink.stages.parse.sides import side_of, side_of_site
from spinelink.stages.parse.words import Told, words_of

_Severity = tuple[str, str | None, str | None, str | None]
_UNGRADED: _Severity = ("", None, None, None)
_UNQUALIFIED: Mapping[str, str] = {}
_NOWHERE: Sequence[int] = ()


def mentions_of(reading: Reading) -> tuple[Mention, ...]:
    """Return the mentions of a sentence, in the order of their heads."""
    found: list[tuple[Head, Mention]] = []
    atoms = reading.atoms
    for number, head in enumerate(reading.heads):
        said = reading.assertions.of(head)
        if said is None:
            continue
        source = _copied(reading, number) if head.copy and not head.findings else head
        types = source.findings if source is not None else ("",)
        attributes = source.attributes if source is not None else {}
        rule_id = source.rule_id if source is not None else ""
        if not _allowed(attributes, said) or (source is None and reading.atoms[head.process].kind == "D"):
            continue
        groups = reading.modifiers.groups(head)
        if source is not None and source is not head and reading.atoms[head.process].kind == "G":
            groups = reading.modifiers.with_sides_of(source, groups)
        shown = _is_shown(atoms, head)
        several, elliptic = len(groups) > 1, source is None or (head.copy and bool(head.findings))
        for group in groups:
            for level in _levels(reading, head, group, several=several):
                qualified = reading.modifiers.at_example(head, group, level)
                for finding in types:
                    regional = vocabulary.FINDINGS.get(finding) == "R" and not reading.places.said_of(head)
                    place = None if regional else level
                    mention = _mention(
                        reading, head, number, qualified, place, finding, said, attributes, rule_id, source,
                        several=several, elliptic=elliptic,
                    )  # fmt: skip
                    if not (shown and _only_refers(mention)):
                        found.append((head, mention))
    return tuple([mention for _, mention in merged_effects(without_repeats(found))])


def _copied(reading: Reading, number: int) -> Head | None:
    """Return the head that a copy repeats: the last graded one before it, for "none" the last one.

    Before the first noun it is that noun, where a list leads to it: "mild L3-4 and moderate L4-5 canal stenosis".
    """
    for earlier in range(number - 1, -1, -1):
        if reading.heads[earlier].copy and not reading.heads[earlier].findings:
            return _copied(
                reading, earlier
            )  # "severe at C3-4 with myelomalacia, and moderate at C4-5": both the stenosis
    before = [head for head in reading.heads[:number] if not head.copy]
    graded = [head for head in before if any(g.of(reading.atoms, "G") for g in reading.modifiers.own(head))]
    if reading.atoms[reading.heads[number].process].kind == "X":
        graded = []
    if before:
        return (graded or before)[-1]
    following = next((head for head in reading.heads[number:] if not head.copy), None)
    if following is None:
        return None
    between = reading.atoms[reading.heads[number].last + 1 : following.first]
    return following if all(atom.kind in "GDZLCU" or atom.form == "join" for atom in between) else None


def _is_shown(atoms: list[Atom], head: Head) -> bool:
    """Say whether a noun is pointed at: "this herniation"."""
    before = atoms[head.first - 1] if head.first and head.process < 0 else None
    return before is not None and before.kind == "K" and before.value == "which"


def _only_refers(mention: Mention) -> bool:
    """Say whether a noun pointed at is a finding stated before: "this herniation compresses the root"."""
    return mention.assertion == "present" and not (mention.side or mention.severity or mention.zone)


def _allowed(attributes: Mapping[str, str], said: Assertion) -> bool:
    only = attributes.get("only")
    return only is None or (only == "absent") == (said.value == "absent")


def _levels(reading: Reading, head: Head, group: Group, *, several: bool) -> Sequence[LevelMention | None]:
    if group.level is not None and several:
        return [group.level]
    places = reading.places.of(head)
    return [None, *places] if not places or reading.places.is_general(head) else places


def _mention(
    reading: Reading,
    head: Head,
    number: int,
    group: Group,
    level: LevelMention | None,
    finding: str,
    said: Assertion,
    attributes: Mapping[str, str],
    rule_id: str,
    source: Head | None,
    *,
    several: bool,
    elliptic: bool,
) -> Mention:
    atoms = reading.atoms
    kinds = [reading.kinds[i] for i in group.atoms]
    side, dominant, sided = attributes.get("side", ""), None, _NOWHERE
    if "D" in kinds or "Z" in kinds:
        side, dominant, sided = side_of(reading, group, finding, attributes, several)
    severity, severity_kind, severity_text, severity_rule = (
        _severity(reading, group, finding) if "G" in kinds else _UNGRADED
    )
    change, denying = _change(reading, group, severity) if "C" in kinds else (None, _NOWHERE)
    qualities = _qualities(reading, group, finding) if "U" in kinds else _UNQUALIFIED
    value = "absent" if denying else said.value
    start, end = _span(atoms, head, group, said)
    if not side and said.side and finding in vocabulary.PAIRED:
        side, sided = said.side, [said.cue]
    elif not side and (site := side_of_site(reading, head, number, finding, attributes)):
        side, sided = atoms[site[-1]].value, site
    side_rule = atoms[sided[-1]].rule_id if sided else rule_id if side else None
    denied_rule = atoms[denying[-1]].rule_id if denying and said.value != "absent" else said.rule_id
    denied = None
    if value == "absent":
        denied = said.denied or _denied(severity, qualities)
        severity, severity_kind, severity_text, severity_rule = "", None, None, None
    subtype = attributes.get("subtype")
    mention = Mention(
        group=number, finding_type=finding, assertion=value, start=start, end=end, rule_id=rule_id, level=level,
        side=side,
        side_dominant=dominant, severity=severity, severity_kind=severity_kind, severity_text=severity_text,
        denied_qualifier=denied, subtype=subtype if subtype in vocabulary.SUBTYPES.get(finding, ()) else None,
        zone=_zone(atoms, group) if "Z" in kinds else None, root=_root(reading, head),
        effect=attributes.get("effect"), change=change,
        acuity=qualities.get("acuity"), etiology=qualities.get("etiology"), migration=qualities.get("migration"),
        recurrent=True if "recurrent" in qualities else None, grade_scale=qualities.get("scale"),
        grade=qualities.get("grade"), organ=_organ(reading, head) if finding == "extraspinal_finding" else None,
        needs_level=head.needs_level, elliptic=elliptic,
        side_rule_id=side_rule, severity_rule_id=severity_rule, assertion_rule_id=denied_rule,
    )  # fmt: skip
    if not reading.words:
        return mention
    told = Told(head, source, group, said, sided, denying)
    return replace(mention, words=words_of(mention, told, atoms, reading.frame))


def _severity(reading: Reading, group: Group, finding: str) -> _Severity:
    """Return the first grade of a group, its kind, the words, and the row that said so."""
    atom = reading.atoms[group.of(reading.atoms, "G")[0]]
    kind = "size" if atom.form == "size" else "grade"
    if atom.form == "adverb" and finding in ("nerve_root_involvement", "thecal_sac_effacement", "cord_involvement"):
        kind = "grade_word_on_effect"
    return atom.value, kind if atom.value else None, reading.text[atom.start : atom.end] or None, atom.rule_id


def _change(reading: Reading, group: Group, severity: str) -> tuple[str | None, Sequence[int]]:
    """Return the change, and the atoms of it that deny the finding ("has resolved").

    An earlier grade is compared with the present one: "now mild, previously moderate" has improved.
    """
    change, denying = None, []
    for i in group.of(reading.atoms, "C"):
        atom = reading.atoms[i]
        change = _against(atom.attributes.get("prior"), severity) or atom.value or change
        if atom.attributes.get("assertion") == "absent":
            denying.append(i)
    return change, denying


def _against(prior: str | None, severity: str) -> str | None:
    """Return the change from an earlier grade to the present one, None where either is not stated."""
    then, now = vocabulary.SEVERITY_RANK.get(prior or ""), vocabulary.SEVERITY_RANK.get(severity)
    if then is None or now is None:
        return None
    return "worse" if now > then else "improved" if now < then else "stable"


def _qualities(reading: Reading, group: Group, finding: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for i in group.of(reading.atoms, "U"):
        atom = reading.atoms[i]
        found.setdefault(atom.form, atom.value)
        if atom.form == "grade":
            scale = atom.attributes.get("scale")
            if scale is None and finding == "spondylolisthesis":
                scale = "meyerding"
            if scale:
                found.setdefault("scale", scale)
    return found


def _denied(severity: str, qualities: Mapping[str, str]) -> str | None:
    if severity in ("severe", "moderate_severe"):
        return "severe"
    if severity == "moderate":
        return "moderate"
    return "acute" if qualities.get("acuity") == "acute" else None


def _zone(atoms: list[Atom], group: Group) -> str | None:
    zones = [atoms[i].value for i in group.of(atoms, "Z") if atoms[i].value]
    return next((zone for zone in zones if zone != "central"), zones[0] if zones else None)


def _root(reading: Reading, head: Head) -> str | None:
    """Return the named root that stands beside the head's structure: "the left L5 nerve root", "nerve root L3 left"."""
    if head.structure < 0:
        return None
    atom = reading.atoms[head.structure]
    return atom.level.levels[0] if atom.kind in "RS" and atom.level is not None and atom.level.role == "root" else None


def _organ(reading: Reading, head: Head) -> str | None:
    """Return the organ of a finding outside the spine, as the row of its structure or noun names it."""
    named = reading.atoms[head.structure].attributes.get("organ") if head.structure >= 0 else None
    return named or head.attributes.get("organ")


def _span(atoms: list[Atom], head: Head, group: Group, said: Assertion) -> tuple[int, int]:
    """Return where a mention stands: its parts, its modifiers and the cue that denies or doubts it."""
    inside = [*head.parts, *group.atoms]
    if said.cue >= 0 and said.value != "present":
        inside.append(said.cue)
    if atoms[0].frame:
        inside = [i for i in inside if not atoms[i].frame] or [i for i, atom in enumerate(atoms) if not atom.frame][:1]
    # Atoms stand in the order of their places.
    return (atoms[min(inside)].start, atoms[max(inside)].end) if inside else (0, 0)
