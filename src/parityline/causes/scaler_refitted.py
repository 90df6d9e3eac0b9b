"""A scaler was fitted on the batch that it transforms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parityline.causes.beside import beside, sides_at
from parityline.causes.cause import Case, Rung
from parityline.causes.splits import fitted_parts, near
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
        return _on_another_part(case)
    own = column.reference.mean or 0.0
    sentence = (
        f"`{column.name}` has mean 0 and deviation 1 exactly on this batch: the scaler was fitted on production data"
    )
    return case.found(
        CODE,
        sentence,
        evidence={"mean": [own, mean], "deviation": deviations[0], "slope": slope, "intercept": intercept},
    )


def _on_another_part(case: Case) -> Finding | None:
    """The constants are mean and deviation of one recorded part in research, and of another one here."""
    assert case.column is not None
    if case.context is None:
        return None
    rows, name = case.table.observed.rows, case.column.name
    for other in beside(case, "number"):
        if not other.stage:
            continue
        before, after = sides_at(case, other)
        here = ~other.absent
        lines = [line(other.numbers[here], side[here]) if here.sum() > 1 else None for side in (before, after)]
        if lines[0] is None or lines[1] is None or not lines[0][0] or not lines[1][0]:
            continue
        means = [-intercept / slope for slope, intercept in (own for own in lines if own is not None)]
        fitted = [
            [where for where, part in fitted_parts(record, other.name, rows) if near(part.mean, mean)]
            for record, mean in zip(case.context.records, means, strict=True)
        ]
        if not fitted[0] or not fitted[1] or set(fitted[0]) & set(fitted[1]):
            continue
        sentence = f"the scaler of `{name}` holds mean and deviation of {fitted[1][0]}; research fitted it on "
        return case.found(
            CODE, sentence + fitted[0][0], evidence={"fitted_on": [own[0] for own in fitted], "means": means}
        )
    return None


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
