"""Values differ by one constant."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "shifted-by-constant"
RUNG = Rung.UNIT


def explain(case: Case) -> Finding | None:
    found = case.numbers()
    if found is None or case.column is None or case.column.reference.type != "number":
        return None
    steps = found[1] - found[0]
    if steps.min() != steps.max() or not float(steps[0]).is_integer() or len(np.unique(found[0])) < 2:
        return None
    return case.found(
        CODE,
        f"`{case.column.name}` is larger by exactly {steps[0]:+g} in every differing row",
        evidence={"constant": float(steps[0])},
    )
