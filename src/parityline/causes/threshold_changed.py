"""The decision changes at another score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parityline.causes.beside import Floats, beside, labelled
from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "threshold-changed"
RUNG = Rung.OUTPUT


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or case.table.kind != "predictions" or column.hidden:
        return None
    if column.reference.type != column.observed.type or column.aligned == 0:
        return None
    values = {cell for cells in column.cells for cell in cells.distinct}
    if len(values) != 2 or None in values:
        return None
    if any(
        pair.reference.type == "number" and not pair.same
        for name, pair in case.table.columns.items()
        if name != column.name
    ):
        return None  # the scores differ themselves
    for other in beside(case, "number"):
        if np.isnan(other.numbers).any() or len(np.unique(other.numbers)) < 10:
            continue
        high = max(values, key=str)  # only which rows are alike matters
        sides = [
            np.array([cell == high for cell in cells.distinct])[cells.index[other.places]] for cells in column.cells
        ]
        then, now = (_cut(other.numbers, side) for side in sides)
        if then is None or now is None:
            continue
        old, new = _shortest(*then), _shortest(*now)
        name = labelled(other.stage, other.name)
        sentence = f"all of {name} is equal; the decision `{column.name}` changes at {new:g} instead of {old:g}"
        evidence = {"score": name.strip("`"), "between": [list(then), list(now)]}
        return case.found(CODE, sentence, expected=old, found=new, evidence=evidence)
    return None


def _cut(score: Floats, positive: NDArray[np.bool_]) -> tuple[float, float] | None:
    """The scores next to the threshold; None where none parts the decisions."""
    if positive.all() or not positive.any():
        return None
    for low, high in ((score[~positive].max(), score[positive].min()), (score[positive].max(), score[~positive].min())):
        if low < high:
            return float(low), float(high)
    return None


def _shortest(low: float, high: float) -> float:
    """The number with the fewest decimals in (low, high]."""
    for places in range(12):
        found = np.floor(high * 10.0**places) / 10.0**places
        if low < found <= high:
            return float(found)
    return high
