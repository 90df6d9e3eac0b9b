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
    if not np.isfinite(found).all():
        return None
    steps = found[1] - found[0]
    if np.ptp(steps) > 0.5:
        return None  # none is further than 0.25 from the constant
    constant = float(np.rint(np.median(steps)))
    # both sides were rounded once when they were made
    rounding = 2 * np.spacing(np.abs(found).max(axis=0))
    if not constant or (np.abs(steps - constant) > np.minimum(rounding, 0.25)).any() or len(np.unique(found[0])) < 2:
        return None
    return case.found(
        CODE,
        f"`{case.column.name}` is larger by exactly {constant:+g} in every differing row",
        evidence={"constant": constant},
    )
