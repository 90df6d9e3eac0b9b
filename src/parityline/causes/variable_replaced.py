"""A variable was replaced by a successor on another scale."""

from __future__ import annotations

from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.pairs import TablePair, sampled
from parityline.variables.successors import line_of_quantiles, related_alike

CODE = "variable-replaced"
RUNG = Rung.NAME

_FEWEST_VALUES = 20
"""Columns of fewer values are on a line by chance more often."""
_ROUNDING = 1e-9
_SAME_NAME = 0.6
"""From this ratio of difflib on, a successor has kept its name in part."""


def explain(case: Case) -> Finding | None:
    """A number is gone, and in every aligned row a new one is the same affine function of it, missing where it was."""
    name, table = case.finding.column, case.table
    if case.finding.code != "column-missing" or name is None:
        return None
    gone = table.reference.columns[name]
    if gone.type != "number" or not gone.summarised:
        return None
    if table.rows_kind == "new":
        return _of_new_rows(case, name)
    if not table.keyed:
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


def _of_new_rows(case: Case, name: str) -> Finding | None:
    """The one number that is gone and the one that is new have the same shape, and the same to do with other columns.

    Rows cannot be held against each other, and two bell curves have one shape: what a variable has to do with the other
    columns tells it from another one. A column that has to do with none of them must keep its name in part.
    """
    table = case.table
    sides = table.reference, table.observed
    numbers = [{n for n, column in side.columns.items() if column.type == "number"} for side in sides]
    old, new = (sorted(numbers[i] - set(sides[1 - i].columns)) for i in (0, 1))
    if old != [name] or len(new) != 1 or not table.observed.columns[new[0]].summarised:
        return None
    x, y = (sampled(side, own).as_floats() for side, own in zip(sides, (name, new[0]), strict=True))
    others = [n for n in table.common if n in numbers[0] & numbers[1] and n not in table.reference.key]
    beside = [tuple(sampled(side, n).as_floats() for side in sides) for n in others]
    for turned in (False, True):
        line, related = line_of_quantiles(x, y, turned=turned), related_alike((x, y), beside, turned=turned)
        if line is not None and (related or (related is None and not turned and _keeps_its_name(name, new[0]))):
            return _succeeded(case, name, new[0], line, related=bool(related), rows=(len(x), len(y)))
    return None


def _keeps_its_name(old: str, new: str) -> bool:
    a, b = old.lower(), new.lower()
    return a.startswith(b) or b.startswith(a) or SequenceMatcher(None, a, b).ratio() >= _SAME_NAME


def _succeeded(
    case: Case, old: str, new: str, line: tuple[float, float], *, related: bool, rows: tuple[int, int]
) -> Finding:
    slope, intercept = line
    deviation = case.table.observed.columns[new].totals.deviation() or 0.0
    formula = f"{slope:.3g} times it" + (f" {intercept:+.3g}" if abs(intercept) > 0.05 * deviation else "")
    sentence = f"`{old}` is gone; `{new}` is about {formula}, by the quantiles of {rows[0]:,} and {rows[1]:,} sampled "
    sentence += "rows" + (", and has to do with the other columns what it had" if related else "")
    evidence = {"also": new, "slope": slope, "intercept": intercept, "related": related, "exact": False}
    return case.found(CODE, sentence, expected=old, found=new, evidence=evidence)


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
