"""A lag or a window is shifted by whole rows."""

from __future__ import annotations

import numpy as np

from parityline.causes.beside import histories
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.pairs import common_codes

CODE = "window-shifted"
RUNG = Rung.BESIDE
_MOST = 7
"""Rows by which windows are tried to be shifted."""


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != column.observed.type:
        return None
    found = histories(case)
    if found is None:
        return None
    cells = found.cells(0, column.name), found.cells(1, column.name)
    with np.errstate(invalid="ignore"):  # of infinite values
        steps = np.subtract(*(side.as_floats() for side in cells))
    if column.is_number and len(np.unique(steps[~np.isnan(steps)])) == 1:
        return None  # a running number that is larger everywhere looks like one of a later row
    before, after = (
        np.where(side.absent_rows(), -1, codes) for side, codes in zip(cells, common_codes(*cells), strict=True)
    )
    for shift in (step * sign for step in range(1, _MOST + 1) for sign in (1, -1)):
        rows = np.arange(max(0, -shift), min(len(after), len(after) - shift))
        rows = rows[found.owner[rows] == found.owner[rows + shift]]
        later = before[rows + shift]
        # what is the same in all rows of an entity, and where one row differs, would look shifted
        moved = later[(before[rows] != later) & (later >= 0)]
        if len(np.unique(moved)) < 2 * FEWEST or not np.array_equal(after[rows], later):
            continue
        sentence = f"`{column.name}` holds what research has {abs(shift)} row{'s' * (abs(shift) > 1)} "
        sentence += "later: it sees rows that come after those it may see" if shift > 0 else "earlier: it lags behind"
        return case.found(CODE, sentence, evidence={"rows_later": shift, "sampled": len(rows)})
    return None
