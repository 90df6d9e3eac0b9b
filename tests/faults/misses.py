"""What the product does not do yet, by fault, with the reason: strict expected failures. This table only shrinks."""

from __future__ import annotations

from pipelines import UNSEALED

CODES: dict[str, str] = {
    "F111-split-date-moved": "called late-rows-arrived",
    "F125-model-in-float32": "called values-differ: its model is not recorded, so there is no replay",
    **dict.fromkeys(
        (
            "F121-columns-passed-in-other-order@strict",
            "F124-features-rounded-before-model@strict",
            "F132-zero-taken-for-missing@strict",
        ),
        "at strict no predictions of a replay are kept",
    ),
}
"""Found and placed, but under a plainer or another name, where cells are known."""

PLACES: dict[str, str] = {
    "F111-split-date-moved": "an appended partition is an error at the source",
}
"""Not found, not first at its stage, or something new elsewhere.

By id for all levels, or by id@level, id@business, id@business@level.
"""

CONTROLS: dict[str, str] = {
    "C3-summation-order@unsealed": "no sums are known by row, only how all of them move together",
}
"""Harmless changes that are not met with their note alone."""

_NOT_REPLAYED = "undecided: the inputs differ too, and no replay is kept at strict"
_NOT_ALIGNED = "unsealed, no rows are aligned, so of lost rows and changed values only one is told"

PAIRS: dict[str, str] = {
    "F1-stored-as-float32 and F129-other-class-served@strict": _NOT_REPLAYED,
    "F21-partition-lost and F129-other-class-served@strict": _NOT_REPLAYED,
    "F22-rows-lost and F42-text-case-changed@unsealed": _NOT_ALIGNED,
    "F21-partition-lost and F129-other-class-served@unsealed": _NOT_ALIGNED,
    "F21-partition-lost and F34-fahrenheit-to-celsius@unsealed": _NOT_ALIGNED,
    "F24-partition-loaded-twice and F41-text-padded@unsealed": _NOT_ALIGNED,
}
"""Two faults of one run of which one is hidden by the other, by the id of the pair."""


DRAWS: dict[int, str] = {}
"""Draws of the mutation test by their seed."""


def reason(fault: str, level: str, name: str = "shop") -> str | None:
    """Why this is expected to fail, or None. Unsealed, no name is asked for."""
    places = (fault, f"{fault}@{level}", f"{fault}@{name}", f"{fault}@{name}@{level}")
    placed = next((PLACES[place] for place in places if place in PLACES), None)
    return placed or (None if level == UNSEALED else CODES.get(fault, CODES.get(f"{fault}@{level}")))
