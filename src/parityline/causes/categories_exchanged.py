"""Categories exchanged their meaning: a permutation of the values."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung, shown
from parityline.findings import Finding

CODE = "categories-exchanged"
RUNG = Rung.CATEGORY
MOST_CATEGORIES = 20


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.aligned < FEWEST or not column.differs.any():
        return None
    if column.reference.type != column.observed.type:
        return None
    left, right = column.cells
    if np.count_nonzero(np.bincount(left.index[column.differs])) > MOST_CATEGORIES:
        return None
    moves = set(zip(left.index[column.differs].tolist(), right.index[column.differs].tolist(), strict=True))
    if len(moves) > MOST_CATEGORIES or int(column.differs.sum()) < FEWEST:
        return None
    before, after = left.distinct, right.distinct
    mapping = {before[a]: after[b] for a, b in moves}
    if len(moves) != len(mapping) or set(mapping) != set(mapping.values()):
        return None
    kept = {before[a] for a in np.unique(left.index[~column.differs]).tolist()}
    if kept & set(mapping):
        return None  # some rows of the category stayed: no map
    names = sorted(str(shown(cell, column.reference.type)) for cell in mapping)
    return case.found(CODE, f"`{column.name}`: {' and '.join(names[:5])} are exchanged", evidence={"categories": names})
