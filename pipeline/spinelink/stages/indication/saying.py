"""What the symptoms of a sentence come to: records with type, region, side, territory, roots and assertion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from spinelink.records import Symptom
from spinelink.stages.indication.carried import carry_sides
from spinelink.stages.indication.cues import is_denial
from spinelink.stages.indication.heads import Head, Part, region_of_root
from spinelink.stages.indication.reading import Atom
from spinelink.stages.indication.states import grade_of

DEFICIT = "progressive_neuro_deficit"
POWER_RULE = "RF-02"
"""The rule that a grade of power stands for, where no row names the weakness."""
_PAIN = "pain"
_SENSORY = frozenset({"numbness", "paresthesia"})
_EXAMINED = frozenset({"numbness", "weakness", "saddle_anesthesia", "foot_drop"})
"""What a patient may say and an examination may find."""
_LIMB_PAINS = {"leg": "leg_pain", "arm": "arm_pain"}
_AXIAL_LIMB = {"lumbar": "leg", "cervical": "arm", "thoracic": "trunk"}


@dataclass(frozen=True, slots=True)
class Said:
    """A symptom of a sentence as a record with the offsets of the sentence, and the head that it comes from."""

    symptom: Symptom
    head: Head


class _Written(NamedTuple):
    """Where a symptom stands in its report, and whether an examination found it."""

    start: int
    end: int
    examined: bool


@dataclass(frozen=True, slots=True)
class _Felt:
    """Where a symptom is felt: one region and side with all the body words that name it there."""

    region: str = ""
    side: str = ""
    dominant: str | None = None
    territory: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    subtype: str | None = None
    pain: str = ""


def said_of(heads: Sequence[Head], atoms: Sequence[Atom], governed: Sequence[Atom | None], base: int) -> list[Said]:
    """Return the symptoms of a sentence, in order; offsets are those of the report, its section begins at `base`."""
    for head in heads:
        _lead_back(head)
    carry_sides(heads)
    said = []
    examined = any(atom.kind == "pattern" and atom.value == "exam" for atom in atoms)
    for head in heads:
        start, end = _span(head, atoms)
        written = _Written(base + start, base + end, examined or any(part.atom.get("sign") for part in head.parts))
        excused = head.atom.get("pain_excuses") is not None and _is_of_pain(atoms, head.last)
        for symptom in _of_head(head, governed[head.place], written):
            if not (excused and symptom.symptom_type == DEFICIT):
                said.append(Said(symptom, head))
    return said


def _is_of_pain(atoms: Sequence[Atom], place: int) -> bool:
    """Tell whether pain is given as the reason ("unable to walk due to pain"), which is no deficit of nerves."""
    return any(atom.value == _PAIN for atom in atoms[place + 1 : place + 4])


def _lead_back(head: Head) -> None:
    """Give what a symptom other than pain spreads to back to it: "numbness radiating down the left leg"."""
    source = head.source
    if source is None or not head.parts:
        return
    if source.atom.value != _PAIN and not source.atom.get("axial"):
        source.after += head.parts
        source.side = source.side or head.side
        head.before, head.after = [], []


def _span(head: Head, atoms: Sequence[Atom]) -> tuple[int, int]:
    first, last = head.first, head.last
    while first and atoms[first - 1].kind in ("adjective", "state", "article") and atoms[first - 1].kind != "article":
        first -= 1
    ends = [atoms[last].end, *(part.end for part in head.parts)]
    if head.state is not None and head.state.atom is not None and head.state.atom.start > atoms[last].start:
        ends.append(head.state.atom.end)
    starts = [atoms[first].start]
    if head.state is not None and head.state.atom is not None:
        starts.append(head.state.atom.start)
    return min(starts), max(ends)


def _of_head(head: Head, cue: Atom | None, written: _Written) -> Iterator[Symptom]:
    if cue is not None and cue.value == "family":
        return
    atom = head.atom
    if atom.kind == "gauge":
        types: tuple[str, ...] = head.state.types if head.state else ()
    elif atom.kind == "grade":
        types = ("weakness",)
    else:
        types = (_PAIN,) if atom.kind in ("spread", "to") else (atom.value,)
    assertion, by = _assertion(head, cue)
    if atom.get("asked") and assertion == "possible":
        yield _flag(head, atom.get("asked") or "", assertion, by, written, atom.get("asked_tier"))
        return
    for name in types:
        for felt in _felt(head, name):
            yield from _records(head, name, felt, assertion, by, written)


def _flag(
    head: Head, name: str, assertion: str, by: Atom | None, written: _Written, tier: str | None = None
) -> Symptom:
    rule = head.atom.entry.id if head.atom.entry else POWER_RULE
    return Symptom(
        "red_flag", name, assertion, rule, written.start, written.end, tier=tier or "E", assertion_rule_id=_rule(by)
    )


def _rule(by: Atom | None) -> str | None:
    return by.entry.id if by is not None and by.entry is not None else None


def _assertion(head: Head, cue: Atom | None) -> tuple[str, Atom | None]:
    atom, state = head.atom, head.state
    if atom.kind == "grade" and grade_of(atom)[0]:
        return "absent", None
    if state is not None and state.absent:
        return "absent", state.atom
    if atom.get("assertion"):
        return atom.get("assertion") or "", None
    if cue is None or (state is not None and state.atom is cue):
        return "present", None
    if is_denial(cue):
        return "absent", cue
    if cue.value == "asked":
        return ("possible", cue) if atom.get("ask") else ("present", None)
    if cue.value in ("question", "possible"):
        return "possible", cue
    return "present", None


def _records(
    head: Head, name: str, felt: _Felt, assertion: str, by: Atom | None, written: _Written
) -> Iterator[Symptom]:
    atom = head.atom
    kind_of = felt.pain or name
    if kind_of in ("", _PAIN) or (atom.get("said") and atom.get("said") != assertion):
        return
    if kind_of in _SENSORY and felt.region == "saddle":
        kind_of, felt = "saddle_anesthesia", replace(felt, subtype=None)
    graded = atom.kind == "grade"
    state_subtype = head.state.subtype if head.state is not None else None
    symptom = Symptom(
        kind="symptom",
        symptom_type=kind_of,
        assertion=assertion,
        rule_id=atom.entry.id if atom.entry is not None else POWER_RULE,
        start=written.start,
        end=written.end,
        subtype=felt.subtype or state_subtype or (atom.get("subtype") if kind_of in (name, atom.value) else None),
        region=_region(kind_of, felt.region),
        side=felt.side,
        side_dominant=felt.dominant,
        territory=felt.territory,
        roots=felt.roots,
        sign=graded or atom.get("sign") == "yes" or (written.examined and kind_of in _EXAMINED),
        assertion_rule_id=_rule(by),
    )
    yield symptom
    if (also := atom.get("also")) and not (name == _PAIN and kind_of in _AXIAL_TYPES):
        paired = kind_of in _SENSORY or also not in _AXIAL_TYPES
        plain = replace(symptom, symptom_type=also, subtype=atom.get("also_subtype"), region=_region(also, felt.region))
        if not paired:
            plain = replace(plain, region=None, side="", side_dominant=None, territory=(), roots=())
        yield replace(plain, symptom_type="saddle_anesthesia") if felt.region == "saddle" else plain
    severe = atom.get("flag") or (DEFICIT if graded and grade_of(atom)[1] else None)
    if severe and assertion != "absent":
        yield _flag(head, severe, assertion, by, written)


def _region(name: str, region: str) -> str | None:
    """Return where a symptom is felt, None where its type says it; a thoracic pain may be felt round the trunk."""
    if name in _REGIONLESS or (name == "thoracic_back_pain" and region != "trunk"):
        return None
    return region or None


_AXIAL_TYPES = frozenset({"low_back_pain", "neck_pain", "back_pain", "thoracic_back_pain"})
_REGIONLESS = frozenset({"sciatica", "foot_drop", "headache", "hand_clumsiness", "saddle_anesthesia"}) | {
    *("low_back_pain", "neck_pain", "back_pain", "leg_pain", "arm_pain", "foot_pain", "hand_pain", "shoulder_pain"),
    *("buttock_pain", "hip_pain", "groin_pain"),
}
"""Types that say by themselves where they are felt."""


def _felt(head: Head, name: str) -> list[_Felt]:
    """Return where a symptom is felt, one for each region and side, or type of pain."""
    atom = head.atom
    parts = head.parts or _inherited(head, name)
    if any(part.atom.get("other") for part in parts):
        return []
    if atom.kind == "noun" or (atom.kind == "gauge" and atom.get("parts") != "yes"):
        return _of_noun(head, parts)
    if atom.get("needs") and not any(part.limb == atom.get("needs") for part in parts):
        return []
    if not parts:
        region = atom.get("region") or atom.get("default") or _inherited_region(head)
        side = head.side or _inherited_side(head)
        return [] if name == _PAIN else [_Felt(region, side, head.dominant)]
    parts = [one for part in parts for one in _each_region(part)]
    if name == _PAIN:
        return _pains(head, parts)
    if atom.get("axial") != "yes":
        parts = [part for part in parts if not part.axial] or ([] if head.parts else parts)
        if not parts:
            return [_Felt(atom.get("region") or "", head.side, head.dominant)]
    return _grouped(head, parts, lambda part: part.region if not atom.get("region") else atom.get("region") or "")


def _each_region(part: Part) -> list[Part]:
    """Return a part once for each region that it names together: "all four limbs" are arms and legs."""
    return [replace(part, one_of=region) for region in part.atom.names("regions")] or [part]


def _inherited(head: Head, name: str) -> list[Part]:
    shared = head.shared
    if shared is None or head.atom.get("parts") == "no":
        return []
    if shared.atom.kind in ("spread", "to") and not shared.parts and shared.source is not None:
        shared = shared.source
    parts = shared.parts
    if head.atom.get("axial") == "yes":
        return parts
    if name == _PAIN and shared.atom.value == "":
        return []
    return [part for part in parts if not part.axial]


def _inherited_region(head: Head) -> str:
    """Return where a symptom is felt that is joined to one with a name of its own: "sciatica with numbness"."""
    shared = head.shared
    if shared is None or shared.atom.kind != "noun" or head.atom.get("parts") == "no":
        return ""
    if shared.atom.value == "radiculopathy":
        return _of_noun(shared, shared.parts)[0].region
    return shared.atom.get("region_of") or ""


def _inherited_side(head: Head) -> str:
    shared = head.shared
    if shared is None or shared.parts or shared.atom.get("sides") == "no":
        return ""
    return shared.side if shared.atom.kind in ("quality", "noun") and not shared.atom.get("axial") else ""


def _pains(head: Head, parts: Sequence[Part]) -> list[_Felt]:
    """Return the pains of the parts; after a part of its own, a further one of that limb only tells the territory."""
    own = [_sided(one, head.source) for part in head.before or parts for one in _each_region(part)]
    felt = _grouped(head, own, _pain_of)
    beyond = [part for part in head.after if head.before]
    limbs = [
        part for part in beyond if part.limb and any(one.axial for one in own) and not any(one.limb for one in own)
    ]
    felt += _grouped(head, limbs, _pain_of)
    told = [part for part in beyond if part not in limbs]
    return [_with_territory(one, told) for one in felt] if told else felt


def _sided(part: Part, source: Head | None) -> Part:
    """Return a part that a pain radiates to, on the side of the pain where that is in the same limb."""
    if source is None or part.side or not part.limb:
        return part
    sides = [one for one in source.parts if one.side and one.limb == part.limb]
    return replace(part, side=sides[-1].side, dominant=sides[-1].dominant) if sides else part


def _pain_of(part: Part) -> str:
    if part.atom.kind == "root":
        return _LIMB_PAINS.get(region_of_root(part.roots[0]), "")
    return part.atom.get("pain") or _LIMB_PAINS.get(part.one_of, "")


def _with_territory(felt: _Felt, parts: Sequence[Part]) -> _Felt:
    names = [name for part in parts for name in part.atom.value.split("|") if name]
    roots = [root for part in parts for root in part.roots]
    side = felt.side or next((part.side for part in parts if part.side), "")
    pain = felt.pain
    axial = [part for part in parts if part.axial]
    if axial and pain == "back_pain":
        pain = axial[0].atom.get("pain") or pain
        side = felt.side
    return replace(
        felt,
        pain=pain,
        side=side,
        territory=tuple(dict.fromkeys([*felt.territory, *names])),
        roots=tuple(dict.fromkeys([*felt.roots, *roots])),
    )


def _grouped(head: Head, parts: Sequence[Part], key: object) -> list[_Felt]:
    """Return one place for each name that `key` gives the parts and each side; a root alone names its limb."""
    bodily = [part for part in parts if part.atom.kind != "root"]
    named = bodily or parts
    roots = [part for part in parts if part.atom.kind == "root"] if bodily else []
    groups: dict[tuple[str, str], list[Part]] = {}
    for part in named:
        name = key(part)  # type: ignore[operator]
        side = part.side or (head.side if not part.axial or len(named) == 1 else "")
        if head.dominant and not part.axial:
            side = "bilateral"
        if not name and key is _pain_of:
            continue
        groups.setdefault((name, side), []).append(part)
    _merge_unsided(groups)
    felt = []
    for (name, side), members in groups.items():
        told = [*members, *roots]
        dominant = next((part.dominant for part in told if part.dominant), head.dominant)
        territory = [value for part in members for value in part.atom.value.split("|") if value]
        named_roots = [root for part in roots for root in part.roots] or [
            root for part in members for root in part.roots
        ]
        felt.append(
            _Felt(
                region=members[0].region,
                side=side or next((part.side for part in roots if part.side), ""),
                dominant=dominant,
                territory=tuple(dict.fromkeys(territory)),
                roots=tuple(dict.fromkeys(named_roots)),
                subtype=next((part.atom.get("subtype") for part in members if part.atom.get("subtype")), None)
                if key is _pain_of
                else None,
                pain=name if key is _pain_of else "",
            )
        )
    return felt


def _merge_unsided(groups: dict[tuple[str, str], list[Part]]) -> None:
    """Put what is named without a side to the one side that the same name has: "leg pain, both legs"."""
    for name, side in list(groups):
        sides = [other for one, other in groups if one == name and other]
        if not side and len(sides) == 1:
            groups[name, sides[0]] = [*groups.pop((name, "")), *groups[name, sides[0]]]


def _of_noun(head: Head, parts: Sequence[Part]) -> list[_Felt]:
    """Return where a symptom with a name of its own is felt; what stands beside it tells region, side and roots."""
    atom = head.atom
    limb = [part for part in parts if not part.axial]
    axial = next((part.axial for part in parts if part.axial), None)
    sides = [part.side for part in parts if part.side and (not atom.get("axial") or not part.limb)]
    side = head.side or (sides[0] if sides else atom.get("side") or "")
    region = atom.get("region") or ""
    if atom.value == "radiculopathy":
        region = next((part.region for part in limb if part.atom.kind == "root"), "")
        region = region or next((part.limb or part.region for part in limb), "") or _AXIAL_LIMB.get(axial or "", "")
        region = {"foot": "leg", "hand": "arm"}.get(region, region)
    elif not region and atom.value not in _REGIONLESS:
        region = next((part.region for part in limb if part.region), "")
    if atom.get("axial") and atom.value != _PAIN:
        limb = []
    named_roots = [root for part in limb if part.atom.kind == "root" for root in part.roots]
    roots = named_roots or [root for part in limb for root in part.roots] or list(atom.names("roots"))
    territory = [value for part in limb for value in part.atom.value.split("|") if value]
    if atom.get("territory"):
        territory.append(atom.get("territory") or "")
    sided = [part for part in parts if part.side]
    pain = ""
    if atom.value == "back_pain" and axial not in (None, "back", "cervical"):
        pain = next(part.atom.get("pain") or "" for part in parts if part.axial == axial)
    felt = _Felt(
        region,
        side,
        head.dominant or next((part.dominant for part in sided if part.dominant), None),
        tuple(dict.fromkeys(territory)),
        tuple(dict.fromkeys(roots)),
        pain=pain,
    )
    return [replace(felt, region=one) for one in atom.names("regions")] or [felt]
