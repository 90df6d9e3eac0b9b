"""Values have the opposite sign."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding

CODE = "sign-flipped"
RUNG = Rung.UNIT


def explain(case: Case) -> Finding | None:
    if case.column is None or not opposite(case):
        return None
    return case.found(CODE, f"`{case.column.name}` has the opposite sign in every differing row")


def opposite(case: Case) -> bool:
    """Whether every differing number is that of the reference with the other sign.

    By the exact totals where no cell is kept: what was positive is negative, and the sum of squares is the same.
    """
    column = case.column
    if column is None or not column.is_number:
        return False
    if not column.aligned:
        before, after = column.reference.totals, column.observed.totals
        if case.finding.code != "values-differ" or before.count < FEWEST or before.sum == 0:
            return False
        turned = (-after.negative, -after.positive, after.squares, after.count)
        return turned == (before.positive, before.negative, before.squares, before.count)
    found = case.numbers()
    tolerance = 1e-9 if case.table.kind == "features" else 0.0
    return found is not None and bool(np.allclose(found[1], -found[0], rtol=tolerance, atol=0.0))
