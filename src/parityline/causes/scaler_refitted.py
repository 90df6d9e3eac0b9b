"""A scaler was fitted on the batch that it transforms."""

from __future__ import annotations

import numpy as np

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
    before, after = found
    low, high = int(np.argmin(before)), int(np.argmax(before))
    if before[high] == before[low]:
        return None
    slope = float((after[high] - after[low]) / (before[high] - before[low]))
    intercept = float(after[low] - slope * before[low])
    if np.abs(slope * before + intercept - after).max() > 1e-9 * max(1.0, float(np.abs(after).max())):
        return None
    mean, deviations = column.observed.mean, [column.observed.totals.deviation(d) for d in (0, 1)]
    if not _standard(column.observed) or _standard(column.reference):
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


def _standard(column: ColumnFingerprint) -> bool:
    """Mean 0 and deviation 1, of either kind, up to rounding."""
    deviations = [column.totals.deviation(d) for d in (0, 1)]
    return abs(column.mean or 0.0) <= 1e-9 and any(d is not None and abs(d - 1) <= 1e-9 for d in deviations)
