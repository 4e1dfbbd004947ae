"""What a user may ask of an export."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from spinelink.errors import SettingError

FILE_FORMATS = ("csv", "parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of all forms; each means something to the forms that `FORMS` says.

    `text` false leaves report text out. OMOP: `file_format`, and `date`, the day the rows are said to be made on. CSV:
    `gzip` compresses, `bom` begins each file with a byte-order mark. FHIR: `resource_ids` says that the run's ids of
    patients and reports are ids of resources on the server.
    """

    text: bool = True
    file_format: str = "csv"
    date: datetime.date | None = None
    gzip: bool = False
    bom: bool = False
    resource_ids: bool = False

    def __post_init__(self) -> None:
        if self.file_format not in FILE_FORMATS:
            raise SettingError(f"no file format {self.file_format!r}; the formats are {', '.join(FILE_FORMATS)}")
