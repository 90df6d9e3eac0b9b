"""A variable was replaced by a successor on another scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.pairs import TablePair

CODE = "variable-replaced"
RUNG = Rung.NAME

_FEWEST_VALUES = 20
"""Columns of fewer values are on a line by chance more often."""
_ROUNDING = 1e-9


def explain(case: Case) -> Finding | None:
    """A number is gone, and in every aligned row a new one is the same affine function of it, missing where it was."""
    name, table = case.finding.column, case.table
    if case.finding.code != "column-missing" or name is None or not table.keyed:
        return None
    gone = table.reference.columns[name]
    if gone.type != "number" or not gone.summarised:
        return None
    found: list[tuple[str, float, float, int]] = []
    for other, column in table.observed.columns.items():
        if other in table.reference.columns or not column.summarised or column.type != "number":
            continue
        line = _line(table, name, other)
        if line is not None:
            found.append((other, *line))
    if len(found) != 1:
        return None
    other, slope, intercept, rows = found[0]
    formula = f"{slope:.6g} times it" + (f" {intercept:+.6g}" if intercept else "")
    sentence = f"`{name}` is gone; `{other}` is {formula} in all {rows:,} aligned rows"
    evidence = {"also": other, "slope": slope, "intercept": intercept, "sampled": rows}
    return case.found(CODE, sentence, expected=name, found=other, evidence=evidence)


def _line(table: TablePair, name: str, other: str) -> tuple[float, float, int] | None:
    """(slope, intercept, rows) of the line on which the two columns lie, but for their last digits."""
    pair = table.pair(name, other)
    if not pair.aligned or pair.hidden:
        return None
    x, y = pair.numbers
    there = ~np.isnan(x)
    if not np.array_equal(there, ~np.isnan(y)):
        return None
    x, y = x[there], y[there]
    if len(x) < FEWEST or len(np.unique(x)) < _FEWEST_VALUES or not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    slope, intercept = _between_ends(x, y)
    if slope == 0.0 or np.abs(slope * x + intercept - y).max() > _ROUNDING * np.abs(y).max():
        return None
    if abs(intercept) <= _ROUNDING * np.abs(y).max():
        intercept = 0.0
    if intercept == 0.0 and abs(slope - 1) <= _ROUNDING:
        return None  # the same scale: another name, and a small change beside it
    return slope, intercept, len(x)


def _between_ends(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    low, high = int(np.argmin(x)), int(np.argmax(x))
    slope = float((y[high] - y[low]) / (x[high] - x[low]))
    return slope, float(y[low] - slope * x[low])
