"""What a user sets about a run, beyond where it reads and writes: all of it is part of the run's identity."""

from __future__ import annotations

from dataclasses import dataclass, field

from spinelink.errors import SettingError
from spinelink.stages.ingest import IngestOptions
from spinelink.tabulate import Shown

__all__ = ["IngestOptions", "Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that decide what stands in the tables; raises SettingError for one that cannot work.

    `text` false leaves report text out of the tables. `limit` reads only so many records. `shard_size` is the number of
    consecutive records in one part of each table. How input is read stands in `ingest`.
    """

    text: bool = True
    limit: int | None = None
    shard_size: int = 1000
    ingest: IngestOptions = field(default_factory=IngestOptions)

    def __post_init__(self) -> None:
        if self.shard_size < 1:
            raise SettingError(f"shard_size is {self.shard_size}; it is at least 1")
        if self.limit is not None and self.limit < 1:
            raise SettingError(f"limit is {self.limit}; it is at least 1")

    @property
    def shown(self) -> Shown:
        """What the tables may show."""
        return Shown(text=self.text, people=self.ingest.with_people)
