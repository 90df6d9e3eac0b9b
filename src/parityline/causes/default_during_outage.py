"""A default stands in while the source is down: one value, in bursts of time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from parityline.causes import value_stuck
from parityline.causes.cause import Case, Rung, shown
from parityline.causes.in_time import replaced_by_one, times
from parityline.conditions import LEAST_BITS, log2_choose
from parityline.findings import Finding

CODE = "default-during-outage"
RUNG = Rung.BESIDE


def explain(case: Case) -> Finding | None:
    """All differing rows have one value, rare in the reference, and follow each other in time in a few bursts."""
    column, found = case.column, replaced_by_one(case)
    if column is None or found is None or case.table.kind not in ("source", "etl"):
        return None
    value, now = found
    rare = now & ~column.differs  # these rows had the value before: they say nothing of an outage
    if 2 * rare.sum() > column.differs.sum():
        return None
    for own in times(case):
        rows = np.flatnonzero(~rare & ~np.isnan(own.ticks))
        order = rows[np.argsort(own.ticks[rows], kind="stable")]
        down = column.differs[order]
        if int(down.sum()) < int(column.differs.sum()):
            continue
        bursts = int((np.diff(down.astype(np.int8), prepend=0) == 1).sum())
        if bursts < 2 or _saved(down, bursts) < LEAST_BITS:
            continue
        if value_stuck.explain(case) is not None:
            return None  # one period without another value, in the order of another time
        said, count = shown(value, column.observed.type), int(down.sum())
        sentence = f"`{column.name}` = {said} in {bursts:,} bursts in the order of `{own.name}`, {count:,} of "
        sentence += (
            f"{len(column.differs):,} sampled rows, where the reference has other values: a default during outages"
        )
        evidence = {"value": said, "bursts": bursts, "sampled_default": count, "time": own.name}
        return case.found(CODE, sentence, evidence=evidence)
    return None


def _saved(down: NDArray[np.bool_], bursts: int) -> float:
    """How many bits fewer it takes to say where the bursts are than which rows they hold."""
    n, m = len(down), int(down.sum())
    runs = log2_choose(n - m + 1, bursts) + log2_choose(m - 1, bursts - 1) + math.log2(m)
    return log2_choose(n, m) - runs
