"""Another event counts as the label: labels change in one direction, in young and old cohorts alike."""

from __future__ import annotations

import numpy as np

from parityline.causes.beside import INSTANTS, beside
from parityline.causes.cause import Case, Rung, shown
from parityline.checks.same_values import percent
from parityline.findings import Finding

CODE = "label-definition-changed"
RUNG = Rung.OUTPUT
_FEWEST = 20
"""That so many labels move in one direction by chance has a probability of one in a million."""


def explain(case: Case) -> Finding | None:
    column = case.labels
    if column is None:
        return None
    changed = column.changed
    moves = set(changed)
    if len(changed) < _FEWEST or len(moves) != 1 or None in next(iter(moves)):
        return None
    (old, new) = next(iter(moves))
    cells = column.cells[0]
    values = {cells.distinct[i] for i in np.unique(cells.index).tolist()}
    if values != {old, new} or not (cells.index[~column.differs] == cells.distinct.index(old)).any():
        return None
    young = _of_the_young(case, cells.distinct.index(old))
    if young is not None and not 0.25 <= young <= 4:
        return None  # labels that are still to come are young
    share = percent(column.share or 0.0)
    names = [shown(cell, column.reference.type) for cell in (old, new)]
    sentence = f"the target of the same cases changed from {names[0]} to {names[1]} for {share} of the rows, and never "
    sentence += "the other way: another event or period counts" if young else "back: another definition, or labels "
    sentence += "" if young else "that are not mature, which cannot be told apart without a time"
    return case.found(CODE, sentence, evidence={"from": names[0], "to": names[1], "young_to_old": young})


def _of_the_young(case: Case, old: int) -> float | None:
    """How much likelier a label changed in the younger half of those that could; None without a time."""
    column = case.column
    assert column is not None
    for other in beside(case, *INSTANTS, "timestamp-zoned"):
        could = (column.cells[0].index[other.places] == old) & ~other.absent
        young = other.numbers > np.median(other.numbers[could])
        differs = column.differs[other.places]
        if not (could & young).any() or not (could & ~young).any():
            continue
        shares = [float((differs & could & side).sum() / (could & side).sum()) for side in (young, ~young)]
        return shares[0] / shares[1] if shares[1] else float("inf")
    return None
