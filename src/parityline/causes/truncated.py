"""Numbers or times were cut to a coarser grid instead of rounded."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung, instant
from parityline.causes.imputed_with_other_constant import explains_one_value
from parityline.findings import Finding
from parityline.kernel.cells import PLACES

CODE = "truncated"
RUNG = Rung.PRECISION

_DAY = 86_400 * 10**9


def explain(case: Case) -> Finding | None:
    found = case.numbers()
    if case.column is None:
        return None
    if case.column.reference.type.startswith("timestamp") and case.column.observed.type == "date":
        return _to_dates(case)
    if found is None:
        return None
    before, after = found
    name = case.column.name
    if case.column.reference.type == "number":
        for places in range(PLACES + 1):
            step = 10.0**places
            for cut in (np.floor, np.trunc):
                if np.array_equal(cut(before * step) / step, after) and not explains_one_value(case):
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


def _to_dates(case: Case) -> Finding | None:
    """Every date is the day of its time, and some times were not midnight."""
    pairs = case.pairs()
    if case.column is None or not pairs:
        return None
    ticks = [(instant(a), instant(b)) for a, b in pairs]
    if any(b != (None if a is None else a // _DAY) for a, b in ticks):
        return None
    if sum(a is not None and a % _DAY != 0 for a, _ in ticks) < FEWEST:
        return None
    sentence = f"`{case.column.name}` was cut to whole days: it holds dates, the reference times"
    return case.found(CODE, sentence, evidence={"unit": "day"})
