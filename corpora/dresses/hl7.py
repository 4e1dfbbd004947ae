"""Reports as HL7 v2 messages, in the manners that archives show: `as_hl7` writes one, `file_of` a file of them.

A report is a mapping as a line of JSON has it: text, or sections (indication, findings ...), report_id, patient_id and
so on. Read again it is the same report.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

Record = Mapping[str, object]

_STATUSES = {"preliminary": "P", "final": "F", "corrected": "C", "addendum": "A"}
_SETTINGS = {"emergency": "E", "inpatient": "I", "outpatient": "O"}
_SEXES = {"female": "F", "male": "M", "other": "O"}
_IDENTIFIERS = {
    "loinc": {
        "indication": "18785-6^Reason for study^LN",
        "technique": "55111-9^Current imaging procedure descriptions^LN",
        "comparison": "18834-2^Comparison study^LN",
        "findings": "59776-5^Procedure findings^LN",
        "impression": "19005-8^Imaging study impression^LN",
        "addendum": "55107-7^Addendum^LN",
    },
    "suffix": {
        "indication": "72148^INDICATION^L",
        "technique": "72148^TECHNIQUE^L",
        "comparison": "72148^COMPARISON^L",
        "findings": "72148&GDT^MRI LUMBAR SPINE^L",
        "impression": "72148&IMP^MRI LUMBAR SPINE^L",
        "addendum": "72148&ADT^MRI LUMBAR SPINE^L",
    },
}
_SECTIONS = tuple(_IDENTIFIERS["loinc"])
_WHOLE = "72148^MRI LUMBAR SPINE^L"
_SEGMENT = re.compile(r"\s*[A-Z][A-Z0-9]{2}[^\w\s]")


@dataclass(frozen=True, slots=True)
class Dress:
    """A manner of writing.

    `signs` are the field, component, repetition, escape and subcomponent characters. `charset` is what MSH-18 declares,
    `codec` what is written; a report that does not fit is written in UTF-8. `text` says where line breaks go: `lines`
    (an OBX each), `breaks` (one FT with formatting commands), `hex` (with bytes), `repeats` (repetitions), `coded` (CWE
    an OBX each), `raw` (within the field as they are), `continued` (by ADD), `base64` (an ED). `identifiers` names the
    sections. `frame` is mllp, batch or none.
    """

    end: str = "\r"
    signs: str = "|^~\\&"
    charset: str = "UNICODE UTF-8"
    codec: str = "utf-8"
    text: str = "lines"
    identifiers: str = "loinc"
    frame: str = ""
    hex_letters: bool = False


DRESSES: dict[str, Dress] = {
    "lines": Dress(),
    "unix": Dress(end="\n", text="breaks"),
    "windows": Dress(end="\r\n", text="repeats", charset=""),
    "mllp": Dress(frame="mllp", identifiers="suffix"),
    "mllp-raw": Dress(frame="mllp", text="raw"),
    "batch": Dress(frame="batch", text="coded", end="\n"),
    "signs": Dress(signs="#!*%+", text="hex"),
    "latin": Dress(charset="8859/1", codec="latin-1", text="breaks", hex_letters=True),
    "western": Dress(charset="", codec="cp1252", identifiers="suffix"),
    "continued": Dress(text="continued", end="\r\n"),
    "document": Dress(text="base64"),
    "letters": Dress(charset="ASCII", text="lines", hex_letters=True),
}
"""Dresses by name."""


def as_hl7(report: Record, dress: Dress, rng: Random) -> bytes:
    """Return a report as one message, framed where the dress says so; `rng` chooses what does not matter."""
    for charset, codec in ((dress.charset, dress.codec), ("UNICODE UTF-8", "utf-8")):
        writer = _Writer(report, dress, rng, charset, codec)
        data = writer.encoded()
        if data is not None:
            return b"\x0b" + data + b"\x1c\r" if dress.frame == "mllp" else data
    raise ValueError("a lone surrogate has no form in HL7")


def file_of(messages: Sequence[bytes], dress: Dress) -> bytes:
    """Return messages as one file, in a batch where the dress says so."""
    body = b"".join(messages)
    if dress.frame != "batch":
        return body
    field, encoding, end = dress.signs[0], dress.signs[1:], dress.end
    head = f"FHS{field}{encoding}{field}ENGINE{end}BHS{field}{encoding}{field}ENGINE{end}"
    return head.encode() + body + f"BTS{field}{len(messages)}{end}FTS{field}1{end}".encode()


class _Writer:
    """Writes one message."""

    def __init__(self, report: Record, dress: Dress, rng: Random, charset: str, codec: str) -> None:
        self._report = report
        self._dress = dress
        self._rng = rng
        self._charset = charset
        self._codec = codec
        self._field, self._component, self._repetition, self._escape, self._subcomponent = list(dress.signs)

    def encoded(self) -> bytes | None:
        """Return the message; None where its character set lacks a character or could be taken for UTF-8."""
        try:
            text = "".join(segment + self._dress.end for segment in (*self._head(), *self._observations()))
            data = text.encode(self._codec)
        except UnicodeEncodeError:
            return None
        return data

    def _given(self, name: str) -> str:
        value = self._report.get(name)
        return "" if value is None else str(value)

    def _value(self, text: str) -> str:
        """Return a text with all that is not plain in escapes; raises UnicodeEncodeError."""
        if self._codec != "utf-8":
            for letters in re.findall(r"[^\x00-\x7f]+", text):
                if re.search("[\x80-\x9f]", letters) or _is_unicode(letters.encode(self._codec)):
                    raise UnicodeEncodeError(self._codec, letters, 0, len(letters), "could be read otherwise")
        return "".join(map(self._character, text))

    def _character(self, character: str) -> str:
        escape = self._escape
        letter = dict(zip(self._dress.signs, "FSRET", strict=True)).get(character)
        if letter:
            return f"{escape}{letter}{escape}"
        if (character < " " and character != "\t") or character == "\x7f":
            return f"{escape}X{ord(character):02X}{escape}"
        if self._dress.hex_letters and not character.isascii():
            return f"{escape}X{character.encode(self._codec).hex().upper()}{escape}"
        return character

    def _segment(self, name: str, fields: Mapping[int, str]) -> str:
        cells = [fields.get(n, "") for n in range(1, max(fields, default=0) + 1)]
        return self._field.join([name, *cells])

    def _composite(self, *components: str) -> str:
        return self._component.join(map(self._value, components))

    def _head(self) -> Iterator[str]:
        report, rng = self._report, self._rng
        studied = _day(report.get("study_date"))
        stamp = studied.strftime("%Y%m%d") if studied else ""
        hours = f"{rng.randrange(8, 18):02d}{rng.randrange(60):02d}"
        yield "MSH" + self._dress.signs[0] + self._segment(
            self._dress.signs[1:],
            {1: "RIS", 2: self._value(self._given("site")), 3: "EHR", 5: f"{stamp or '20240102'}235959",
             7: self._composite("ORU", "R01"), 8: str(rng.randrange(10**6)), 9: "P", 10: "2.5.1",
             16: self._value(self._charset)},
        )  # fmt: skip
        yield self._segment("PID", self._patient(studied))
        setting = self._given("setting")
        if setting or rng.random() < 0.5:
            yield self._segment("PV1", {1: "1", 2: self._value(_SETTINGS.get(setting, setting))})
        order = _day(report.get("order_date"))
        placer, filler = self._value(self._given("study_id")), self._value(self._given("report_id"))
        if order or rng.random() < 0.5:
            yield self._segment("ORC", {1: "RE", 2: placer, 3: filler, 9: order.strftime("%Y%m%d") if order else ""})
        status, exam = self._given("status"), self._given("exam")
        fields = {
            1: "1", 2: placer, 3: filler, 4: self._composite("72148", exam, "L") if exam else "",
            7: stamp + hours if stamp else "", 16: self._person("requester"),
            18: self._value(self._given("accession")), 25: _STATUSES.get(status, self._value(status)),
            32: self._subcomponent.join(self._name("reader")),
        }  # fmt: skip
        yield self._segment("OBR", fields)
        for n, code in enumerate(_codes(report), start=1):
            yield self._segment("DG1", {1: str(n), 3: self._composite(code, "", "I10C")})

    def _patient(self, studied: date | None) -> dict[int, str]:
        sex = self._given("sex")
        fields = {1: "1", 5: self._composite("DOE", "PAT"), 8: _SEXES.get(sex.lower(), self._value(sex))}
        if patient := self._given("patient_id"):
            fields[3] = self._composite(patient, "", "", "H", "MR")
        age = self._report.get("age")
        if isinstance(age, int) and studied:
            born = date(studied.year - age - 1, studied.month, min(studied.day, 28)) + timedelta(
                days=self._rng.randrange(5, 360)
            )
            fields[7] = born.strftime("%Y%m%d")
        return fields

    def _name(self, field: str) -> list[str]:
        """Return id, family and given name of a person, none where there is none."""
        *given, family = self._given(field).split() or [""]
        return [self._value(part) for part in ("77", family, " ".join(given))] if family else []

    def _person(self, field: str) -> str:
        return self._component.join(self._name(field))

    def _observations(self) -> Iterator[str]:
        number = 0
        for identifier, text in self._texts():
            for kind, value in self._values(text):
                number += 1
                fields = {1: str(number), 2: kind, 3: identifier, 5: value, 11: "F" if self._given("status") else ""}
                yield from self._continued(self._segment("OBX", fields))

    def _texts(self) -> Iterator[tuple[str, str]]:
        """Yield identifier and text of each part of the report."""
        names = _IDENTIFIERS[self._dress.identifiers]
        translated = str.maketrans({"^": self._component, "&": self._subcomponent})
        if self._report.get("text") is not None:
            yield _WHOLE.translate(translated), self._given("text")
            return
        for section in _SECTIONS:
            if self._given(section):
                yield names[section].translate(translated), self._given(section)

    def _values(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield type and value of the observations that a text becomes."""
        manner, lines = self._dress.text, text.split("\n")
        if manner in ("raw", "continued") and (not _can_stand_raw(text) or manner == "continued"):
            manner = "breaks"
        if manner == "breaks":
            yield "FT", f"{self._escape}.br{self._escape}".join(map(self._value, lines))
        elif manner == "hex":
            yield "TX", self._value(text)
        elif manner == "repeats":
            yield "TX", self._repetition.join(map(self._line, lines))
        elif manner == "raw":
            yield "TX", "\n".join(map(self._value, lines))
        elif manner == "base64":
            data = base64.b64encode(text.encode(self._codec)).decode()
            yield "ED", self._component.join(("RIS", "TEXT", "plain", "Base64", data))
        else:
            coded = manner == "coded"
            yield from (
                ("CWE", self._component + self._line(line)) if coded else ("TX", self._line(line)) for line in lines
            )

    def _line(self, line: str) -> str:
        """Return a line's value; two quotation marks alone would be null."""
        return self._value(line) if line != '""' else f"{self._escape}X2222{self._escape}"

    def _continued(self, segment: str) -> list[str]:
        """Return a segment, cut in two and continued by ADD where the dress says so."""
        if self._dress.text != "continued" or len(segment) < 60:
            return [segment]
        at = self._rng.randrange(40, len(segment) - 10)
        return [segment[:at], f"ADD{self._field}{segment[at:]}"]


def _is_unicode(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _can_stand_raw(text: str) -> bool:
    """Tell whether a text's line breaks can stand in a field: it has no other, and no line looks like a segment."""
    control = re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)
    return not control and not any(_SEGMENT.match(line) for line in text.split("\n")[1:])


def _codes(report: Record) -> Sequence[str]:
    codes = report.get("codes")
    return [str(code) for code in codes] if isinstance(codes, list) else []


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else date.fromisoformat(str(value)) if value else None
