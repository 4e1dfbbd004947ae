"""What a user can set about reading, checked when it is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spinelink import vocabulary
from spinelink.errors import SettingError

REPORT_FIELDS: tuple[str, ...] = (
    "report_id",
    "study_id",
    "patient_id",
    "accession",
    "study_date",
    "order_date",
    "exam",
    "age",
    "sex",
    "status",
    "setting",
    "site",
    "requester",
    "reader",
)
"""Fields of a report, besides its text, that a column can fill."""
PEOPLE: tuple[str, ...] = ("requester", "reader")
"""Fields that name staff: read only where asked for."""
SECTION_FIELDS: tuple[str, ...] = tuple(name for name in vocabulary.SECTIONS if name not in ("exam", "other"))
"""Sections that may stand in columns of their own, in the order in which a text is composed of them."""
COLUMN_FIELDS: tuple[str, ...] = ("text", *REPORT_FIELDS, *SECTION_FIELDS)
"""Everything for which a user can name a column."""

_NEVER_SUSPICIOUS = 256 * 2**20  # bytes that are read out of a compressed file whatever its size
_LARGEST_TEXT = 2**31 - 1  # offsets in the tables are int32


@dataclass(frozen=True)
class IngestOptions:
    """The settings of reading; raises SettingError for one that cannot work.

    `encoding` is what bytes are read as that are not UTF-8. `max_chars` is the longest text, in code points; a longer
    one is rejected as too_long. `max_decompressed` is the most bytes read out of one compressed file or archive,
    `max_ratio` how many times its own size that may be. `columns` names the column that fills a field (`text`,
    `report_id`, `indication`, ...); a field that is not named is filled by usual names. `keep` names other columns that
    go to `Report.extra`. `with_people` reads requester and reader. `format` reads every file in that format, whatever
    its ending. `note_classes` are the concepts of the classes of notes that are read from a table NOTE of OMOP, none
    for all.
    """

    encoding: str = "cp1252"
    max_chars: int = 1_000_000
    max_decompressed: int = 64 * 2**30
    max_ratio: int = 250
    columns: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    with_people: bool = False
    format: str | None = None
    note_classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _holds_ascii(self.encoding):
            raise SettingError(f"encoding {self.encoding!r} is no text encoding with ASCII; try cp1252 or latin-1")
        if not 1 <= self.max_chars <= _LARGEST_TEXT:
            raise SettingError(f"max_chars is {self.max_chars}; it lies between 1 and {_LARGEST_TEXT}")
        if self.max_decompressed < 1:
            raise SettingError(f"max_decompressed is {self.max_decompressed}; it is at least 1")
        if self.max_ratio < 1:
            raise SettingError(f"max_ratio is {self.max_ratio}; it is at least 1")
        unknown = sorted(set(self.columns) - set(COLUMN_FIELDS))
        if unknown:
            raise SettingError(f"no field {unknown[0]!r} for a column; fields are {', '.join(COLUMN_FIELDS)}")

    def most_out_of(self, compressed: int) -> int:
        """Return the most bytes that are read out of so many compressed ones."""
        return min(self.max_decompressed, max(_NEVER_SUSPICIOUS, self.max_ratio * compressed))

    @property
    def record_limit(self) -> int:
        """Characters of a raw record that are held: room for the longest text in escapes, and for other columns."""
        return 16 * self.max_chars + 2**20


def _holds_ascii(encoding: str) -> bool:
    """Return whether ASCII bytes, line ends and delimiters among them, mean the same in an encoding."""
    ascii_text = "".join(map(chr, range(128)))
    try:
        return ascii_text.encode("ascii").decode(encoding) == ascii_text
    except (LookupError, ValueError):
        return False
