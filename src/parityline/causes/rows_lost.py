"""Rows are gone without a pattern: a loss in transfer, not a filter."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.pairs import TablePair

CODE = "rows-lost"
RUNG = Rung.LOST


def explain(case: Case) -> Finding | None:
    table = case.table
    if case.finding.code != "rows-missing" or not case.finding.evidence.get("exact"):
        return None
    if table.observed.rows >= table.reference.rows:
        return None  # as many came as went: these are other rows, and none was lost on the way
    if case.condition is not None or (table.keyed and _spread_otherwise(table)):
        return None
    rows = case.finding.evidence.get("rows", 0)
    if not table.observed.rows:
        return case.found(CODE, f"all {rows:,} rows are gone")
    spread = ", without a pattern in the sampled columns" if table.keyed else ""
    sentence = f"{rows:,} of {table.reference.rows:,} rows are lost{spread}"
    return case.found(CODE, sentence)


def _spread_otherwise(table: TablePair) -> bool:
    """Whether numbers or times of the lost rows are spread in another way, by the test of Kolmogorov and Smirnov."""
    missing = set(table.key_changes[0])
    sample = table.reference.state.sample
    gone = np.array([sample.keys[owner] in missing for owner in sample.owner], np.bool_)
    if gone.sum() < FEWEST or gone.all():
        return False
    for cells in sample.columns:
        spread = cells.as_floats()
        lost, left = (np.sort(spread[rows & ~np.isnan(spread)]) for rows in (gone, ~gone))
        if len(lost) >= FEWEST and len(left) >= FEWEST and _distance(lost, left) > _bound(len(lost), len(left)):
            return True
    return False


def _distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """The largest difference of two distribution functions, each given by its values in order."""
    points = np.concatenate([a, b])
    shares = [np.searchsorted(own, points, side="right") / len(own) for own in (a, b)]
    return float(np.abs(shares[0] - shares[1]).max())


def _bound(a: int, b: int) -> float:
    """What chance exceeds in one of a million tables, asymptotically and for small samples even less often."""
    return math.sqrt(-math.log(1e-6 / 2) * (a + b) / (2 * a * b))
