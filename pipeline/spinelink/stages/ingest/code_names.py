"""Which diagnosis codes are known, and how they and their system are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spinelink.alternatives import expand
from spinelink.lexicon import Code, Lexicon
from spinelink.stages.ingest.values import fold_word

SYSTEM = "ICD-10-CM"

_OID = "urn:oid:"


@dataclass(frozen=True)
class CodeNames:
    """Codes by their folded form, and the words for the system that is read, folded."""

    known: Mapping[str, str]
    systems: frozenset[str]

    def is_read(self, system: str) -> bool:
        """Say whether a system's name or address is that of the codes."""
        return fold_word(system.removeprefix(_OID)) in self.systems


def code_names(lexicon: Lexicon) -> CodeNames:
    """Return the codes of a lexicon."""
    known = {fold_code(row.code): row.code for row in lexicon.rows_of(Code) if row.system == SYSTEM}
    rows = (row for row in lexicon.phrases("columns") if row.field == "code_system" and "=" in row.term)
    words = (word for row in rows if row.value == SYSTEM for word in expand(row.term.split("=", 1)[1]))
    return CodeNames(known, frozenset(map(fold_word, words)))


def fold_code(code: str) -> str:
    """Return a code as codes are compared: upper case, without its dot ("m5416" is M54.16)."""
    return code.strip().upper().replace(".", "")
