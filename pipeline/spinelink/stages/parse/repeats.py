"""What a sentence says twice: kept once, in the stronger words."""

from __future__ import annotations

from dataclasses import replace

from spinelink import vocabulary
from spinelink.records import LevelMention, Mention
from spinelink.stages.parse.heads import Head

_EXPLAINED = frozenset({"bone_lesion", "vertebral_height_loss", "epidural_hematoma"})
"""Types that another explains, or that explains others."""
_EFFECT_RANK = {"contact": 1, "displacement": 2, "compression": 3}


def without_repeats(found: list[tuple[Head, Mention]]) -> list[tuple[Head, Mention]]:
    """Drop what says nothing new: a loss of height that a fracture explains, a doubt about what is stated beside it."""
    if not _may_repeat(found):
        return found
    broken = [mention.level for _, mention in found if mention.finding_type == "vertebral_fracture"]
    stated = {(m.finding_type, m.level) for _, m in found if m.assertion == "present"}
    bled = any(mention.finding_type == "epidural_hematoma" for _, mention in found)
    named = {m.level for _, m in found if m.finding_type in vocabulary.NAMED_LESIONS and m.assertion == "present"}
    repeated = any(_repeats(head) for head, _ in found)
    return [
        (head, m) for head, m in found
        if not (repeated and _is_graded_anew(head, m, found))
        and not (bled and "generic" in head.attributes)
        and not (m.finding_type == "bone_lesion" and m.assertion == "present" and named & {m.level, None})
        and not (m.finding_type == "vertebral_height_loss" and m.assertion != "absent" and _is_near(m.level, broken))
        and not (m.assertion == "possible" and not m.elliptic and (m.finding_type, m.level) in stated)
    ]  # fmt: skip


def _may_repeat(found: list[tuple[Head, Mention]]) -> bool:
    """Say whether a sentence has a mention that another can make superfluous: few have."""
    for head, mention in found:
        if mention.finding_type in _EXPLAINED or mention.assertion == "possible" or _repeats(head):
            return True
    return False


def _is_near(level: LevelMention | None, others: list[LevelMention | None]) -> bool:
    """Say whether one of other places shares a level with a place, or either names none."""
    return any(level is None or other is None or set(level.levels) & set(other.levels) for other in others)


def _is_graded_anew(head: Head, mention: Mention, found: list[tuple[Head, Mention]]) -> bool:
    """Say whether grades after a finding say all of it: "narrowing at C3-4 and C5-6, severe at the former".

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


def merged_effects(found: list[tuple[Head, Mention]]) -> list[tuple[Head, Mention]]:
    """Keep one mention of a root or cord that one clause calls touched, displaced and compressed: the strongest.

    A denied effect beside a stated one stays for the cord and falls for a root (guideline, rulings on cord contact).
    """
    if len(found) < 2 or not any([mention.effect for _, mention in found]):
        return found
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
