"""What the product does not do yet, by fault, with the reason: strict expected failures. This table only shrinks."""

from __future__ import annotations

CODES: dict[str, str] = {}
"""Found and placed, but under a plainer or another name, at the levels that keep cells (standard and open)."""

PLACES: dict[str, str] = {}
"""Not found, not first at its stage, or something new elsewhere. By id for all levels, or by id@level."""

CONTROLS: dict[str, str] = {}
"""Harmless changes that are not met with their note alone."""

PAIRS: dict[str, str] = {}
"""Two faults of one run of which one is hidden by the other, by the id of the pair."""


def reason(fault: str, level: str) -> str | None:
    """Why this is expected to fail, or None. At strict no name is asked for."""
    placed = PLACES.get(fault) or PLACES.get(f"{fault}@{level}")
    return placed or (None if level == "strict" else CODES.get(fault))
