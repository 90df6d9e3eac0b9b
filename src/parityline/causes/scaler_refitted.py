"""A scaler was fitted again: on the batch that it transforms, on another part of the data, or on other rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from parityline.causes.beside import Beside, beside, sides_at
from parityline.causes.cause import Case, Rung
from parityline.causes.splits import fitted_parts, near
from parityline.findings import Finding
from parityline.fingerprints import ColumnFingerprint

CODE = "scaler-refitted"
RUNG = Rung.UNIT

_NEAR_MEAN, _NEAR_DEVIATION = 0.25, 1.25
"""How far constants that some rows of a column gave are from those of all: in deviations, and as a factor."""


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
        return _by_constants(case)
    own = column.reference.mean or 0.0
    sentence = (
        f"`{column.name}` has mean 0 and deviation 1 exactly on this batch: the scaler was fitted on production data"
    )
    return case.found(
        CODE,
        sentence,
        evidence={"mean": [own, mean], "deviation": deviations[0], "slope": slope, "intercept": intercept},
    )


def _by_constants(case: Case) -> Finding | None:
    """The constants are those of one recorded part in research and of another one here, or of other rows."""
    assert case.column is not None
    if case.context is None:
        return None
    rows, name, told = case.table.observed.rows, case.column.name, None
    for other, held in held_constants(case):
        means = [mean for mean, _ in held]
        fitted = [
            [where for where, part in fitted_parts(record, other.name, rows) if near(part.mean, mean)]
            for record, mean in zip(case.context.records, means, strict=True)
        ]
        if fitted[0] and fitted[1] and not set(fitted[0]) & set(fitted[1]):
            sentence = f"the scaler of `{name}` holds mean and deviation of {fitted[1][0]}; research fitted it on "
            return case.found(
                CODE, sentence + fitted[0][0], evidence={"fitted_on": [own[0] for own in fitted], "means": means}
            )
        told = told or _of_other_rows(case, other, held)
    return told


def _of_other_rows(case: Case, other: Beside, held: list[tuple[float, float]]) -> Finding | None:
    """Both sides subtract about the mean of an input and divide by about its deviation, but not the same ones."""
    assert case.column is not None
    whole = other.pair.reference
    mean, deviation = whole.mean, whole.totals.deviation(0)
    if mean is None or not deviation or all(near(a, b) for a, b in zip(*held, strict=True)):
        return None
    for own in held:
        far = abs(own[0] - mean) > _NEAR_MEAN * deviation
        if far or not 1 / _NEAR_DEVIATION <= own[1] / deviation <= _NEAR_DEVIATION:
            return None
    before, after = held
    sentence = f"the scaler of `{case.column.name}` holds mean {after[0]:.6g} and deviation {after[1]:.6g}, "
    sentence += f"in research {before[0]:.6g} and {before[1]:.6g}: it was fitted on other rows"
    evidence = {"means": [before[0], after[0]], "deviations": [before[1], after[1]], "column": other.name}
    return case.found(CODE, sentence, evidence=evidence)


def held_constants(case: Case) -> Iterator[tuple[Beside, list[tuple[float, float]]]]:
    """Columns of inputs that a scaler turned into this one, and the mean and deviation that it holds on each side."""
    for other in beside(case, "number"):
        here = ~other.absent
        if not other.stage or here.sum() < 2:
            continue
        lines = [line(other.numbers[here], side[here]) for side in sides_at(case, other)]
        held = [(-intercept / slope, 1 / slope) for slope, intercept in (own for own in lines if own) if slope > 0]
        if len(held) == 2:
            yield other, held


def line(before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[float, float] | None:
    """Slope and intercept that turn one side into the other; None where no line does, as none does of infinite ones."""
    if np.isinf(before).any() or np.isinf(after).any():
        return None
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
