"""Shares of counts with their uncertainty."""

from __future__ import annotations

_Z = 1.959963984540054


def wilson(part: int, whole: int) -> tuple[float, float]:
    """Return the 95 % interval of a share after Wilson, which holds for few counts and for shares near 0 and 1."""
    share, spread = part / whole, _Z * _Z / whole
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * (share * (1 - share) / whole + spread / (4 * whole)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)
