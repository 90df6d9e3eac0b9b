"""A scaler was fitted on the batch that it transforms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.fingerprints import ColumnFingerprint

CODE = "scaler-refitted"
RUNG = Rung.UNIT


def explain(case: Case) -> Finding | None:
    found = case.numbers()
    column = case.column
    if (
        found is None
        or column is None
        or column.reference.type != "number"
        or case.table.kind not in ("features", "etl")
    ):
        return None
    tied = line(*found)
    if tied is None:
        return None
    slope, intercept = tied
    mean, deviations = column.observed.mean, [column.observed.totals.deviation(d) for d in (0, 1)]
    if not standard(column.observed) or standard(column.reference):
        return None
    own = column.reference.mean or 0.0
    sentence = (
        f"`{column.name}` has mean 0 and deviation 1 exactly on this batch: the scaler was fitted on production data"
    )
    return case.found(
        CODE,
        sentence,
        evidence={"mean": [own, mean], "deviation": deviations[0], "slope": slope, "intercept": intercept},
    )


def line(before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[float, float] | None:
    """Slope and intercept that turn one side into the other; None where no line does."""
    low, high = int(np.argmin(before)), int(np.argmax(before))
    if not before[low] < before[high]:
        return None
    slope = float((after[high] - after[low]) / (before[high] - before[low]))
    intercept = float(after[low] - slope * before[low])
    if not np.abs(slope * before + intercept - after).max() <= 1e-9 * max(1.0, float(np.abs(after).max())):
        return None
    return slope, intercept


def standard(column: ColumnFingerprint) -> bool:
    """Mean 0 and deviation 1, of either kind, up to rounding."""
    deviations = [column.totals.deviation(d) for d in (0, 1)]
    return abs(column.mean or 0.0) <= 1e-9 and any(d is not None and abs(d - 1) <= 1e-9 for d in deviations)
