"""A sentence's heads with all that is said of them, as mentions are made of it."""

from __future__ import annotations

from dataclasses import dataclass

from spinelink.stages.parse.assertion import Assertions
from spinelink.stages.parse.atoms import Atom
from spinelink.stages.parse.heads import Head
from spinelink.stages.parse.modifiers import Modifiers
from spinelink.stages.parse.places import Places


@dataclass(slots=True)
class Reading:
    """A sentence's heads with all that is said of them; `words` says whether those of each value are asked for."""

    text: str
    atoms: list[Atom]
    kinds: str
    heads: list[Head]
    modifiers: Modifiers
    assertions: Assertions
    places: Places
    frame: str = ""
    words: bool = False
