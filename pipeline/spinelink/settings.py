"""What a user sets about a run, beyond where it reads and writes: all of it is part of the run's identity."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from spinelink import keys
from spinelink.errors import SettingError
from spinelink.protection import Shown
from spinelink.stages.ingest import IngestOptions

__all__ = ["IngestOptions", "Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that decide what stands in the tables; raises SettingError for one that cannot work.

    `text` false leaves report text out of the tables. `limit` reads only so many records. `shard_size` is the number of
    consecutive records in one part of each table. How input is read stands in `ingest`. `codes` is a table of diagnosis
    codes that are joined to the reports; `codes_days` is how many days before a study was ordered a code of its patient
    may have been given, the day itself included. `deidentify` is a file with the key under which ids become pseudonyms
    and dates are moved; report text is left out then.
    """

    text: bool = True
    limit: int | None = None
    shard_size: int = 1000
    ingest: IngestOptions = field(default_factory=IngestOptions)
    codes: str | os.PathLike[str] | None = None
    codes_days: int = 30
    deidentify: str | os.PathLike[str] | None = None

    def __post_init__(self) -> None:
        if self.codes is not None:
            object.__setattr__(self, "codes", os.fspath(self.codes))
        if self.deidentify is not None:
            object.__setattr__(self, "deidentify", os.fspath(self.deidentify))
            object.__setattr__(self, "text", False)
            if self.ingest.keep:
                raise SettingError(
                    "keep takes over columns as they are, and no one knows what stands in them: leave it out where a "
                    "run is de-identified"
                )
        if self.codes_days < 0:
            raise SettingError(f"codes_days is {self.codes_days}; it is at least 0")
        if self.shard_size < 1:
            raise SettingError(f"shard_size is {self.shard_size}; it is at least 1")
        if self.limit is not None and self.limit < 1:
            raise SettingError(f"limit is {self.limit}; it is at least 1")

    @property
    def shown(self) -> Shown:
        """What the tables may show; raises SettingError where the key cannot be used."""
        key = None if self.deidentify is None else keys.load(self.deidentify)
        return Shown(text=self.text, people=self.ingest.with_people, key=key)
