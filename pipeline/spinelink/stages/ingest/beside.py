"""What serves the reports of other files: in a bulk export of FHIR each type of resource stands in files of its own.

A first pass over the files sets aside of such resources the elements that a report can ask for, which the second pass
looks up. Held are 16 bytes of each name, and each content once, however many have it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

_NAME_BYTES = 16
_LARGEST = 2**16  # characters of one content: what is larger is no one's reason, date or name
_NOTHING: Mapping[str, Any] = {}


class Beside:
    """Elements of resources by "Type/id"; of two resources of one name the last counts.

    `counts` says how many were set aside of each source.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._contents: dict[bytes, str] = {}
        self._distinct: dict[str, str] = {}

    def put(self, source: str, name: str, elements: Mapping[str, Any]) -> None:
        """Set elements aside; such as are too large or too deep are left out."""
        try:
            content = json.dumps(elements, separators=(",", ":"))
        except RecursionError:
            return
        if len(content) <= _LARGEST:
            self._contents[_key(name)] = self._distinct.setdefault(content, content)
            self.counts[source] += 1

    def get(self, name: str) -> Mapping[str, Any]:
        """Return the elements of a resource with its type, nothing where none was set aside."""
        content = self._contents.get(_key(name)) if self._contents else None
        if content is None:
            return _NOTHING
        return {"resourceType": name.partition("/")[0], **json.loads(content)}


def _key(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=_NAME_BYTES).digest()
