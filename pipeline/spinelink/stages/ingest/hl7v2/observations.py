"""The observations of a report as text: by sections where their identifiers tell them, else in order."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from spinelink.stages.ingest import markup
from spinelink.stages.ingest.hl7v2.syntax import Observation
from spinelink.stages.ingest.hl7v2.words import Words
from spinelink.stages.ingest.options import SECTION_FIELDS
from spinelink.stages.ingest.record import composed
from spinelink.stages.ingest.values import UNUSABLE, fold_word

_PLAIN = ("TX", "FT", "ST", "")
_CODED = ("CE", "CWE", "CNE", "CF")
_TEXT_OF_CODE = (1, 4, 8, 0)  # components: text, alternate text, original text, else the code
_PLAIN_DOCUMENTS = ("plain", "text", "txt", "ascii", "tx", "ft", "st")
_PAGES = ("html", "xhtml", "application/xhtml+xml")
_VOID = ("D", "W", "X")  # OBX-11: deleted, wrong, not to be had
_RTF = "{\\rtf"
_RTF_FAULT = ("rtf_text", "RTF in OBX")
_BRACES = re.compile(r"(?<!\\)[{}]")


@dataclass
class Observed:
    """What the observations of one report hold.

    `parts` are stretches of text with their section and its heading, "" where no identifier tells one; `fault` is the
    reason and the detail of a reject where there is no text to read, `all_void` says that there is none because all
    observations were deleted or called wrong.
    """

    parts: list[tuple[str, str, str]] = field(default_factory=list)
    study_id: str | None = None
    statuses: list[str] = field(default_factory=list)
    all_void: bool = False
    fault: tuple[str, str] | None = None

    @property
    def sections(self) -> set[str]:
        """The sections that identifiers tell, "" for text without one."""
        return {section for section, _, _ in self.parts}


@dataclass(frozen=True, slots=True)
class _Piece:
    """The text of one observation."""

    section: str
    heading: str
    text: str


def observed(groups: Sequence[Sequence[Observation]], words: Words, decode: Callable[[bytes], str]) -> Observed:
    """Return what the observations hold; each group is one OBR's, in order of its set ids."""
    found = Observed()
    pieces: list[_Piece] = []
    documents: list[tuple[str, str]] = []
    notes: list[str] = []
    told: dict[str, tuple[str, str]] = {}  # a report has few identifiers on many lines
    void = 0
    for group in groups:
        for one in _in_order(group):
            if one.name == "NTE":
                notes += one.repetitions(3)
                continue
            name = one.raw(3)
            if name not in told:
                told[name] = _section(one, words)
            section, heading = told[name]
            if one.text(11).upper() in _VOID:
                void += 1
            elif section == "study_id":
                found.study_id = found.study_id or one.text(5) or None
            else:
                taken = _text(one, words, decode)
                if isinstance(taken, tuple):
                    documents.append(taken)
                elif taken is not None:
                    pieces.append(_Piece(section, heading, taken))
                    found.statuses.append(one.text(11))
    plain = _without_rtf(pieces)
    if len(plain) < len(pieces):
        documents.append(_RTF_FAULT)
        pieces = plain
    if not any(piece.text.strip() for piece in pieces):
        found.all_void = void > 0 and not documents
        pieces = [_Piece("", "", "\n".join(notes))] if notes and not void else []
    found.parts = _parts(pieces)
    found.fault = _fault(found.parts, documents)
    return found


def text_of(parts: Sequence[tuple[str, str, str]], words: Words) -> str:
    """Return the report's text of its parts, each a section ("" where none is told), a heading and a text.

    Sections stand in the order and under the headings that they have where they come as columns, text without a section
    before them. A part that begins with a heading of its own gets no other; neither does a lone part of findings, nor a
    lone part of another section in which headings stand.
    """
    if len(parts) == 1:
        section, heading, text = parts[0]
        bare = section in ("", "findings") or bool(words.sections_in(text)) or not text.strip()
        return text if bare else composed([(heading, text)])
    order = ("", *SECTION_FIELDS)
    pieces = [
        text if not section or words.begins_section(text) else composed([(heading, text)])
        for section, heading, text in sorted(parts, key=lambda part: order.index(part[0]))
        if text.strip()
    ]
    return "\n\n".join(pieces)


def _in_order(group: Sequence[Observation]) -> Sequence[Observation]:
    """Return observations by their set ids where each has one of its own, else as they stand."""
    ids = [one.text(1) for one in group if one.name == "OBX"]
    if len(ids) != len(group) or len(set(ids)) != len(ids) or not all(i.isdecimal() and len(i) < 10 for i in ids):
        return group
    return sorted(group, key=lambda one: int(one.text(1)))


def _section(one: Observation, words: Words) -> tuple[str, str]:
    """Return the field and the heading that an observation's identifier tells, "" where it tells none.

    A suffix ("72148&IMP") is asked first, then codes and names.
    """
    identifier = one.components(3)[0]
    of_code = [*identifier[0][1:], identifier[0][0]]
    names = [part[0] for part in identifier[1:5]]
    for name in (*of_code, *names):
        told = words.identified.get(fold_word(name))
        if told:
            return told
    return "", ""


def _text(one: Observation, words: Words, decode: Callable[[bytes], str]) -> str | tuple[str, str] | None:
    """Return an observation's text; reason and detail where it is a document, None where it is no text at all."""
    kind = one.text(2).upper()
    if kind in _PLAIN:
        text = "\n".join(one.repetitions(5))
    elif kind in _CODED:
        text = "\n".join(_text_of_code(value) for value in one.components(5))
    elif kind == "ED":
        return _encapsulated(one, words, decode)
    elif kind == "RP":
        return "encapsulated_document", "a pointer to a document (OBX of type RP)"
    else:
        return None
    return text


def _without_rtf(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Return the pieces that are not RTF, which may run over several observations until its braces close."""
    plain: list[_Piece] = []
    depth = 0
    for piece in pieces:
        if depth > 0 or piece.text.lstrip().startswith(_RTF):
            depth += sum(1 if brace == "{" else -1 for brace in _BRACES.findall(piece.text))
        else:
            plain.append(piece)
    return plain


def _text_of_code(components: list[list[str]]) -> str:
    texts = ["&".join(part) for part in components]
    given = [texts[n] for n in _TEXT_OF_CODE if n < len(texts) and texts[n]]
    return next((text for text in given if text.strip()), given[0] if given else "")


def _encapsulated(one: Observation, words: Words, decode: Callable[[bytes], str]) -> str | tuple[str, str]:
    """Return the text of an encapsulated document where that is plain text or HTML; else the reason of its reject.

    ED: source ^ type of data ^ subtype ^ encoding ^ data (HL7 v2.5.1, 2.A.24).
    """
    components = ["&".join(part) for part in one.components(5)[0]]
    _, kind, subtype, encoding, data = [*components, *[""] * 5][:5]
    subtype = subtype.strip().lower().removeprefix("text/")
    if "rtf" in subtype:
        return _RTF_FAULT
    if subtype not in (*_PLAIN_DOCUMENTS, *_PAGES) and (subtype or kind.strip().lower() not in _PLAIN_DOCUMENTS):
        return "encapsulated_document", "a document within the message (OBX of type ED)"
    try:
        raw = _decoded(encoding.strip().lower(), data)
    except ValueError:
        return "encapsulated_document", "text that is not encoded as it says (OBX of type ED)"
    text = data if raw is None else decode(raw).removeprefix("\ufeff")
    if subtype not in _PAGES or UNUSABLE.search(text):
        return text
    try:
        return markup.text_of(text, words.headings)
    except markup.MarkupError:
        return "encapsulated_document", "a page that cannot be read (OBX of type ED)"


def _decoded(encoding: str, data: str) -> bytes | None:
    """Return the bytes that stand in Base64 or hexadecimal; None where the data are the text itself."""
    if encoding == "base64":
        return base64.b64decode("".join(data.split()), validate=True)
    return bytes.fromhex(data) if encoding == "hex" else None


def _parts(pieces: Iterable[_Piece]) -> list[tuple[str, str, str]]:
    """Return the text of each section, its observations as lines."""
    texts: dict[str, list[str]] = {}
    headings: dict[str, str] = {}
    for piece in pieces:
        texts.setdefault(piece.section, []).append(piece.text)
        headings.setdefault(piece.section, piece.heading)
    return [(section, headings[section], _joined(lines)) for section, lines in texts.items()]


def _joined(lines: list[str]) -> str:
    """Return the values of observations as lines; where each brings its own line break, these part them."""
    own = len(lines) > 1 and all(line.endswith("\n") for line in lines[:-1])
    return ("" if own else "\n").join(lines)


def _fault(parts: Sequence[tuple[str, str, str]], documents: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """Return why there is no text: the document that there is instead."""
    if any(text.strip() for _, _, text in parts) or not documents:
        return None
    return documents[0]
