"""Numbers or times were cut to a coarser grid instead of rounded."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.kernel.cells import PLACES

CODE = "truncated"
RUNG = Rung.PRECISION


def explain(case: Case) -> Finding | None:
    found = case.numbers()
    if found is None or case.column is None:
        return None
    before, after = found
    name = case.column.name
    if case.column.reference.type == "number":
        for places in range(PLACES + 1):
            step = 10.0**places
            for cut in (np.floor, np.trunc):
                if np.array_equal(cut(before * step) / step, after):
                    return case.found(
                        CODE, f"`{name}` was cut to {places} decimals, not rounded", evidence={"places": places}
                    )
        return None
    if not case.column.reference.type.startswith(("timestamp", "time", "duration")):
        return None
    for unit, seconds in (("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400)):
        step = seconds * 1e9
        # float64 holds nanoseconds of our days to 256; the grid is far coarser
        if np.abs(np.floor((before + 256) / step) * step - after).max() <= 256:
            return case.found(CODE, f"`{name}` was cut to whole {unit}s", evidence={"unit": unit})
    return None
