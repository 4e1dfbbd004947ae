"""JSON texts as values, or why there is none."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """Why something is rejected: reason and detail."""

    reason: str
    detail: str = ""


class RepeatedKeyError(ValueError):
    """An object in which a key stands twice: which of its values is meant cannot be known."""


def decode_json(text: str) -> Any | Fault:
    """Return the value of a JSON text; a Fault where it is none, holds a key twice or is nested too deep."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        return Fault("bad_record", f"JSONDecodeError at character {error.pos}")
    except RecursionError:
        return Fault("deep_json")
    except ValueError as error:
        return Fault("bad_record", type(error).__name__)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise RepeatedKeyError
    return values


_DECODER = json.JSONDecoder(object_pairs_hook=_once)
