"""Mentions: each head spelled out over its types, groups of modifiers and levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from spinelink import vocabulary
from spinelink.records import LevelMention, Mention
from spinelink.stages.parse.assertion import Assertion, Assertions
from spinelink.stages.parse.atoms import Atom
from spinelink.stages.parse.heads import Head
from spinelink.stages.parse.modifiers import Group, Modifiers
from spinelink.stages.parse.places import Places
from spinelink.stages.parse.words import Told, words_of

_EFFECT_RANK = {"contact": 1, "displacement": 2, "compression": 3}


@dataclass(frozen=True)
class Reading:
    """A sentence's heads with all that is said of them; `words` says whether those of each value are asked for."""

    text: str
    atoms: list[Atom]
    heads: list[Head]
    modifiers: Modifiers
    assertions: Assertions
    places: Places
    attributes: Mapping[str, Mapping[str, str]]
    frame: str = ""
    words: bool = False


def mentions_of(reading: Reading) -> tuple[Mention, ...]:
    """Return the mentions of a sentence, in the order of their heads."""
    found: list[tuple[Head, Mention]] = []
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
        for group in groups:
            for level in _levels(reading, head, group):
                for finding in types:
                    regional = vocabulary.FINDINGS.get(finding) == "R" and not reading.places.said_of(head)
                    place = None if regional else level
                    mention = _mention(
                        reading, head, number, reading.modifiers.at_example(group, level), place, finding, said,
                        attributes, rule_id, source,
                        several=len(groups) > 1, elliptic=source is None or (head.copy and bool(head.findings)),
                    )  # fmt: skip
                    found.append((head, mention))
    return tuple(mention for _, mention in _merged_effects(_without_repeats(found), reading))


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


def _allowed(attributes: Mapping[str, str], said: Assertion) -> bool:
    only = attributes.get("only")
    return only is None or (only == "absent") == (said.value == "absent")


def _levels(reading: Reading, head: Head, group: Group) -> list[LevelMention | None]:
    if group.level is not None and len(reading.modifiers.groups(head)) > 1:
        return [group.level]
    places: list[LevelMention | None] = [*reading.places.of(head)]
    return [None, *places] if reading.places.is_general(head) or not places else places


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
    side, dominant, sided = _side(reading, group, finding, attributes, several)
    severity, severity_kind, severity_text, severity_rule = _severity(reading, group, finding)
    change, denying = _change(reading, group)
    qualities = _qualities(reading, group, finding)
    value = "absent" if denying else said.value
    start, end = _span(atoms, head, group, said)
    if not side and said.side and finding in vocabulary.PAIRED:
        side, sided = said.side, [said.cue]
    elif not side and (site := _site_side(reading, head, number, finding, attributes)):
        side, sided = atoms[site[-1]].value, site
    side_rule = atoms[sided[-1]].rule_id if sided else rule_id if side else None
    denied_rule = atoms[denying[-1]].rule_id if denying and said.value != "absent" else said.rule_id
    denied = None
    if value == "absent":
        side = "" if finding == "central_canal_stenosis" else side
        denied = said.denied or _denied(severity, qualities)
        severity, severity_kind, severity_text, severity_rule = "", None, None, None
    subtype = attributes.get("subtype")
    mention = Mention(
        group=number, finding_type=finding, assertion=value, start=start, end=end, rule_id=rule_id, level=level,
        side=side,
        side_dominant=dominant, severity=severity, severity_kind=severity_kind, severity_text=severity_text,
        denied_qualifier=denied, subtype=subtype if subtype in vocabulary.SUBTYPES.get(finding, ()) else None,
        zone=_zone(atoms, group), root=_root(reading, head), effect=attributes.get("effect"), change=change,
        acuity=qualities.get("acuity"), etiology=qualities.get("etiology"), migration=qualities.get("migration"),
        recurrent=True if "recurrent" in qualities else None, grade_scale=qualities.get("scale"),
        grade=qualities.get("grade"), organ=_organ(reading, head, finding),
        needs_level=head.needs_level, elliptic=elliptic,
        side_rule_id=side_rule, severity_rule_id=severity_rule, assertion_rule_id=denied_rule,
    )  # fmt: skip
    if not reading.words:
        return mention
    told = Told(head, source, group, said, sided, denying)
    return replace(mention, words=words_of(mention, told, atoms, reading.frame, reading.attributes))


def _site_side(reading: Reading, head: Head, number: int, finding: str, attributes: Mapping[str, str]) -> list[int]:
    """Return the sides of the structure that a lesion lies in, or that a root is touched in; none where none is said.

    Sides are indices of atoms that agree.
    """
    atoms = reading.atoms
    if finding in vocabulary.FOCAL or finding in vocabulary.LATERAL:
        parts = {i for other in reading.heads for i in other.parts}
        for i in range(head.last + 1, len(atoms)):
            if (i in parts and atoms[i].kind != "F") or (
                atoms[i].kind == "K" and atoms[i].form in ("end", "cause", "with")
            ):
                break
            before = i - 1 if atoms[i - 1].kind != "L" else i - 2
            named = atoms[i].kind == "S" or (atoms[i].kind == "F" and "as" in reading.attributes[atoms[i].rule_id])
            if named and atoms[before].kind == "D" and _lies_in(atoms, head.last, before, finding):
                return [before]
    for i, atom in enumerate(atoms):
        if atom.value == attributes.get("site"):
            beside = next((j for j in reversed(range(i)) if atoms[j].kind not in "LW"), None)
            if beside is not None and atoms[beside].kind == "D" and atoms[beside].value in ("left", "right"):
                return [beside]
    root = head.structure >= 0 and atoms[head.structure].value == "root"
    if root and number and not reading.text[atoms[head.structure].start : atoms[head.structure].end].endswith("s"):
        before = reading.heads[number - 1]
        passage = before.findings in (("foraminal_stenosis",), ("lateral_recess_stenosis",))
        between = atoms[before.last : head.first]
        beside = any(a.form in ("with", "cause", "which") or a.value == "where" for a in between)
        if passage and not before.absent and beside:
            sides = [i for g in reading.modifiers.own(before) for i in g.of(atoms, "D")]
            values = {atoms[i].value for i in sides}
            return sides if len(values) == 1 and values <= {"left", "right"} else []
    return []


def _is_of_two(atoms: list[Atom], both: int, finding: str) -> bool:
    """Say whether "both" speaks of a pair of structures: "both foramina", "both L3 screws", not "both discs"."""
    following = atoms[both + 1] if both + 1 < len(atoms) else None
    lateral = finding in vocabulary.LATERAL and following is not None and following.kind in "SLF"
    return finding in vocabulary.PAIRED or lateral


def _lies_in(atoms: list[Atom], last: int, side: int, finding: str) -> bool:
    """Say whether a lesion lies in the sided structure after it, not only near it."""
    if finding not in vocabulary.LATERAL:
        return atoms[side].value in ("left", "right")
    joins = [atom for atom in atoms[last + 1 : side] if atom.kind == "K"]
    return bool(joins) and joins[-1].form == "of"


def _side(
    reading: Reading, group: Group, finding: str, attributes: Mapping[str, str], several: bool
) -> tuple[str, str | None, list[int]]:
    """Return side, dominant side and the atoms that said so (annotation guideline, rulings on "more to the left").

    No atom says the side that lies in the finding's own word ("dextroscoliosis").
    """
    atoms = reading.atoms
    side, dominant = attributes.get("side", ""), None
    told_by: list[int] = []
    for i in group.atoms:
        atom = atoms[i]
        named = reading.attributes.get(atom.rule_id, {})
        if atom.kind == "Z" and "side" in named:
            side, told_by = named["side"], [i]
        if atom.kind != "D" or ("paired" in named and not _is_of_two(atoms, i, finding)):
            continue
        told = atom.value
        if atom.form == "dominance":
            dominant = named["dominant"]
            told = "bilateral" if atom.value == "bilateral" or finding in vocabulary.PAIRED else ""
            if several and group.level is not None and atom.value != "bilateral":
                told = dominant
        elif atom.form == "direction" and finding not in vocabulary.FOCAL and finding != "spondylolisthesis":
            dominant, told = atom.value, ""
        if finding == "central_canal_stenosis" and (told == "bilateral" or atom.form != "adjective"):
            continue
        if told and side and told != side and atom.form != "dominance":
            told = "bilateral"
        if told:
            side = told
            told_by.append(i)
        elif dominant:
            told_by = told_by or [i]
    return side, dominant, told_by


def _severity(reading: Reading, group: Group, finding: str) -> tuple[str, str | None, str | None, str | None]:
    """Return grade, its kind, the words, and the row that said so."""
    graded = group.of(reading.atoms, "G")
    if not graded:
        return "", None, None, None
    atom = reading.atoms[graded[0]]
    kind = "size" if atom.form == "size" else "grade"
    if atom.form == "adverb" and finding in ("nerve_root_involvement", "thecal_sac_effacement", "cord_involvement"):
        kind = "grade_word_on_effect"
    return atom.value, kind if atom.value else None, reading.text[atom.start : atom.end] or None, atom.rule_id


def _change(reading: Reading, group: Group) -> tuple[str | None, list[int]]:
    """Return the change, and the atoms of it that deny the finding ("has resolved")."""
    change, denying = None, []
    for i in group.of(reading.atoms, "C"):
        atom = reading.atoms[i]
        change = atom.value or change
        if reading.attributes[atom.rule_id].get("assertion") == "absent":
            denying.append(i)
    return change, denying


def _qualities(reading: Reading, group: Group, finding: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for i in group.of(reading.atoms, "U"):
        atom = reading.atoms[i]
        found.setdefault(atom.form, atom.value)
        if atom.form == "grade":
            scale = reading.attributes[atom.rule_id].get("scale")
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


def _organ(reading: Reading, head: Head, finding: str) -> str | None:
    """Return the organ of a finding outside the spine, as the row of its structure or noun names it."""
    if finding != "extraspinal_finding":
        return None
    structure = reading.atoms[head.structure].rule_id if head.structure >= 0 else ""
    return reading.attributes.get(structure, {}).get("organ") or head.attributes.get("organ")


def _span(atoms: list[Atom], head: Head, group: Group, said: Assertion) -> tuple[int, int]:
    """Return where a mention stands: its parts, its modifiers and the cue that denies or doubts it."""
    inside = [i for i in (*head.parts, *group.atoms) if not atoms[i].frame]
    if said.cue >= 0 and said.value != "present" and not atoms[said.cue].frame:
        inside.append(said.cue)
    if not inside:
        inside = [i for i, atom in enumerate(atoms) if not atom.frame][:1]
    return (min(atoms[i].start for i in inside), max(atoms[i].end for i in inside)) if inside else (0, 0)


def _without_repeats(found: list[tuple[Head, Mention]]) -> list[tuple[Head, Mention]]:
    """Drop what says nothing new: a loss of height that a fracture explains, a doubt about what is stated beside it."""
    broken = [mention.level for _, mention in found if mention.finding_type == "vertebral_fracture"]
    stated = {(m.finding_type, m.level) for _, m in found if m.assertion == "present"}
    named = {m.level for _, m in found if m.finding_type in vocabulary.NAMED_LESIONS}
    bled = any(mention.finding_type == "epidural_hematoma" for _, mention in found)
    return [
        (head, m) for head, m in found
        if not _is_graded_anew(head, m, found)
        and not (bled and "generic" in head.attributes)
        and not (m.finding_type == "bone_lesion" and m.assertion != "absent" and named & {m.level, None})
        and not (m.finding_type == "vertebral_height_loss" and m.assertion != "absent" and _is_near(m.level, broken))
        and not (m.assertion == "possible" and not m.elliptic and (m.finding_type, m.level) in stated)
    ]  # fmt: skip


def _is_near(level: LevelMention | None, others: list[LevelMention | None]) -> bool:
    """Say whether one of other places shares a level with a place, or either names none."""
    return any(level is None or other is None or set(level.levels) & set(other.levels) for other in others)


def _is_graded_anew(head: Head, mention: Mention, found: list[tuple[Head, Mention]]) -> bool:
    """Say whether grades after a finding say all of it: "narrowing at C3-4 and C5-6, severe at the former, mild at ...".

    The same holds for "stenosis, severe at C3-4".
    """
    if mention.severity or mention.assertion == "absent" or mention.level is None or _repeats(head):
        return False
    again = {
        name
        for other, m in found
        if _repeats(other) and m.finding_type == mention.finding_type and m.severity and m.level is not None
        for name in m.level.levels
    }
    return bool(again) and again >= set(mention.level.levels)


def _repeats(head: Head) -> bool:
    return head.copy and not head.findings


def _merged_effects(found: list[tuple[Head, Mention]], reading: Reading) -> list[tuple[Head, Mention]]:
    """Keep one mention of a root or cord that one clause calls touched, displaced and compressed: the strongest.

    A denied effect beside a stated one stays for the cord and falls for a root (guideline, rulings on cord contact).
    """
    kept: list[tuple[Head, Mention]] = []
    for head, mention in found:
        rival = next(
            (
                n for n, (h, m) in enumerate(kept)
                if mention.effect and m.effect and h is not head and h.structure == head.structure >= 0
                and m.finding_type == mention.finding_type and m.level == mention.level
            ),
            None,
        )  # fmt: skip
        if rival is None:
            kept.append((head, mention))
            continue
        other = kept[rival][1]
        if other.assertion == mention.assertion:
            if _EFFECT_RANK[mention.effect or ""] > _EFFECT_RANK[other.effect or ""]:
                merged = replace(mention, start=other.start)
                kept[rival] = (head, _graded_as(merged, other))
        elif mention.finding_type == "nerve_root_involvement":
            if other.assertion == "absent":
                kept[rival] = (head, mention)
        else:
            kept.append((head, mention))
    return kept


def _graded_as(mention: Mention, other: Mention) -> Mention:
    """Return a mention with the grade of another where it has none of its own."""
    if mention.severity or not other.severity:
        return mention
    return replace(
        mention,
        severity=other.severity,
        severity_kind=other.severity_kind,
        severity_text=other.severity_text,
        severity_rule_id=other.severity_rule_id,
        words=(*mention.words, *(word for word in other.words if word.value == "severity")),
    )
