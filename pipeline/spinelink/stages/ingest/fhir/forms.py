"""The text of a report: the form it was presented in, its narrative, its conclusion."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Container, Iterator

from spinelink.stages.ingest.fhir.context import Surroundings
from spinelink.stages.ingest.fhir.elements import Element, child, items, word
from spinelink.stages.ingest.json_values import Fault
from spinelink.stages.ingest.markup import MarkupError, text_of
from spinelink.stages.ingest.record import Reading, under_heading
from spinelink.stages.ingest.values import UNUSABLE, NotText

_PLAIN = ("text/plain",)
_PAGES = ("text/html", "application/xhtml+xml")
_RTF = ("application/rtf", "text/rtf", "text/richtext", "application/x-rtf")
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}")
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "mbcs", "oem"})
_USUAL = "utf-8"
_CONCLUSION = "IMPRESSION"
_WORD = re.compile(r"\w+")


def report_text(report: Element, around: Surroundings, reading: Reading) -> str | Fault:
    """Return a report's text, "" where it has none, or why it cannot be read.

    The plain form goes before the page, and both before the narrative; the conclusion follows, unless the text says it.
    """
    text = _presented(report, around, reading)
    if text == "":
        text = _narrative(report, reading)
    conclusion = report.get("conclusion")
    if isinstance(text, Fault) or not isinstance(conclusion, str) or _says(text, conclusion):
        return text
    return "\n\n".join(filter(None, (text, under_heading(_CONCLUSION, conclusion))))


def _says(text: str, conclusion: str) -> bool:
    said, asked = (" ".join(_WORD.findall(one.casefold())) for one in (text, conclusion))
    return f" {asked} " in f" {said} "


def _presented(report: Element, around: Surroundings, reading: Reading) -> str | Fault:
    """Return the text of the first form that can be read; "" where no form holds any, else why the first is not."""
    faults: list[Fault] = []
    for form in _in_order(items(report, "presentedForm")):
        text = _form_text(form, around, reading)
        if isinstance(text, Fault):
            faults.append(text)
        elif text and not text.isspace():
            return text
    return faults[0] if faults else ""


def _in_order(forms: list[Element]) -> Iterator[Element]:
    """Yield plain text first, then pages, then the rest."""
    yield from sorted(forms, key=lambda form: [_media_type(form) in kinds for kinds in (_PLAIN, _PAGES)], reverse=True)


def _form_text(form: Element, around: Surroundings, reading: Reading) -> str | Fault:
    data = form.get("data")
    if data is None and (url := word(form, "url")):
        data = around.find({"reference": url}).get("data")
    if data is None or data == "":
        return ""
    media_type = _media_type(form)
    if media_type not in (*_PLAIN, *_PAGES):
        return _not_text(media_type)
    try:
        content = base64.b64decode("".join(data.split()) if isinstance(data, str) else "?", validate=True)
    except (binascii.Error, ValueError):
        return Fault("bad_record", "presentedForm is no base64")
    text = _decoded(content, word(form, "contentType") or "", reading)
    if text is None:
        return Fault("not_text", "presentedForm holds bytes that are no text in its charset")
    return _page(text, reading.usual.sections) if media_type in _PAGES else text


def _not_text(media_type: str) -> Fault:
    if media_type in _RTF:
        return Fault("rtf_text", "presentedForm is RTF")
    shown = f"of type {media_type}" if _MEDIA_TYPE.fullmatch(media_type) else "without a type that is known"
    return Fault("encapsulated_document", f"presentedForm {shown}")


def _page(markup: str, headings: Container[str]) -> str | Fault:
    """Return a page's text; a page in which no table can hold what stands there is returned as it is, to be refused."""
    if UNUSABLE.search(markup):
        return markup
    try:
        return text_of(markup, headings)
    except MarkupError as error:
        return Fault("bad_record", str(error))


def _media_type(form: Element) -> str:
    return (word(form, "contentType") or "").partition(";")[0].strip().lower()


def _decoded(content: bytes, content_type: str, reading: Reading) -> str | None:
    """Return content in its charset; in UTF-8, else the fallback, where that is UTF-8, ASCII, unknown or not given."""
    charset = _charset(content_type)
    if charset in ("utf-8", "ascii"):
        text = reading.decode(content)
        return None if isinstance(text, NotText) else text.removeprefix("\ufeff")
    try:
        return content.decode(charset)
    except (LookupError, UnicodeError):  # a LookupError: an encoding, but none of text
        return None


def _charset(content_type: str) -> str:
    found = _CHARSET.search(content_type)
    try:
        name = codecs.lookup(found[1]).name if found else _USUAL
    except LookupError:
        return _USUAL
    return _USUAL if name in _NO_CHARSETS else name


def _narrative(report: Element, reading: Reading) -> str | Fault:
    narrative = child(report, "text")
    div = narrative.get("div")
    return _page(div, reading.usual.sections) if isinstance(div, str) and narrative.get("status") != "empty" else ""
