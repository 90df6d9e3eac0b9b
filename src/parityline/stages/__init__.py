"""The kinds of stage, in the pipeline's order, each with the scenario of the checklist that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """One kind of stage. shown: the chapter under which a report lists it."""

    kind: str
    scenario: int
    order: int


_KINDS = (("source", 1), ("etl", 1), ("features", 2), ("split", 3), ("model", 4), ("predictions", 4), ("outcomes", 5))

KINDS: dict[str, Stage] = {kind: Stage(kind, scenario, order) for order, (kind, scenario) in enumerate(_KINDS)}
"""Every kind of stage by name; the only ordered list of them."""

RESERVED = ("environment", "process")
"""Names that lead the stages of a verdict and cannot be given to one."""
