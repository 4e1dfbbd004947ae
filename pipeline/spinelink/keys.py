"""The key of a de-identified run: pseudonyms, shifts of dates, and a fingerprint, none of which gives the key away.

All are HMAC-SHA256 under the key, each over a name of its own, so that a pseudonym of a patient tells nothing of an
accession number with the same characters. One key gives the same pseudonyms and shifts in every run, another key gives
others.
"""

from __future__ import annotations

import hmac
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from spinelink.errors import SettingError

SHORTEST_KEY = 32
"""Bytes; `openssl rand -hex 32` writes twice as many characters."""
LONGEST_KEY = 4096
"""Bytes; a longer file is hardly a key."""
LONGEST_SHIFT = 365
"""Days by which dates are moved back, at most; the least is 1."""
PSEUDONYM = re.compile(r"[a-z]+-[0-9a-f]{32}")
FINGERPRINT = re.compile(r"[0-9a-f]{16}")

_LEAST_VARIETY = 8  # different bytes: fewer are a row of one letter, not a key
_OTHERS = stat.S_IROTH | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Key:
    """A secret and what it makes of values; its bytes stand in no representation of it."""

    secret: bytes = field(repr=False)

    def pseudonym(self, kind: str, value: str) -> str:
        """Return what stands for an id of a kind (report, patient, site ...): "patient-" and 32 hexadecimal digits."""
        return f"{kind}-{self._digest(f'pseudonym {kind}', value)[:16].hex()}"

    def shift(self, kind: str, value: str) -> int:
        """Return by how many days the dates of a patient, or of a report without one, are moved back: 1 to 365."""
        return 1 + int.from_bytes(self._digest(f"shift {kind}", value)[:8]) % LONGEST_SHIFT

    @property
    def fingerprint(self) -> str:
        """What tells one key from another."""
        return self._digest("fingerprint", "")[:8].hex()

    def _digest(self, purpose: str, value: str) -> bytes:
        return hmac.digest(self.secret, f"spinelink {purpose}\0{value}".encode("utf-8", "surrogatepass"), "sha256")


def load(path: str | os.PathLike[str]) -> Key:
    """Return the key that a file holds: all its bytes, without white space around them where it is plain text.

    Raises SettingError where it cannot be read, is open to other users, or holds no usable key.
    """
    file = Path(path)
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise SettingError(f"{file}: is no file; a key file holds {SHORTEST_KEY} random bytes or more")
        if os.name == "posix" and status.st_mode & _OTHERS:
            raise SettingError(f"{file}: other users of this machine may read or write this key; chmod 600 it")
        with file.open("rb") as opened:
            data = opened.read(LONGEST_KEY + 1)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else type(error).__name__
        raise SettingError(f"{file}: the key cannot be read ({why})") from None
    secret = data.strip() if data.isascii() else data
    if len(secret) < SHORTEST_KEY:
        raise SettingError(
            f"{file}: a key of {len(secret)} bytes is too short, {SHORTEST_KEY} are needed; make one with "
            f"`openssl rand -hex {SHORTEST_KEY}`"
        )
    if len(secret) > LONGEST_KEY or len(set(secret)) < _LEAST_VARIETY:
        raise SettingError(f"{file}: is no random key; make one with `openssl rand -hex {SHORTEST_KEY}`")
    return Key(secret)
