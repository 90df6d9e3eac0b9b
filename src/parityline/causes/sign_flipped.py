"""Values have the opposite sign."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "sign-flipped"
RUNG = Rung.UNIT


def explain(case: Case) -> Finding | None:
    found = case.numbers()
    if (
        found is None
        or case.column is None
        or case.column.reference.type != "number"
        or not np.allclose(found[1], -found[0], rtol=1e-9 if case.table.kind == "features" else 0.0, atol=0.0)
    ):
        return None
    return case.found(CODE, f"`{case.column.name}` has the opposite sign in every differing row")
