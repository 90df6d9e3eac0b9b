"""What two customary comparisons say of tables before and after: their means, and a two-sample drift test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MEAN_WITHIN = 0.01
D_ABOVE = 0.1


@dataclass(frozen=True, slots=True)
class Noticed:
    """Columns ("table.column") at which each comparison would have raised an alarm; () is no alarm."""

    means: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()


def customary(before: Mapping[str, Any], after: Mapping[str, Any]) -> Noticed:
    """What both comparisons say of two sets of pandas tables.

    Every numeric column of every table is compared but for ids. A column or table that is gone counts as noticed by
    both. Nulls are left out, as both customarily do; a column without any value counts as noticed.
    """
    means, drift = [], []
    for name, x, y in _pairs(before, after):
        if y is None or not len(y) or not len(x):
            gone = y is None or bool(len(x)) != bool(len(y))
            means += [name] * gone
            drift += [name] * gone
            continue
        if mean_moved(x, y):
            means.append(name)
        if largest_distance(x, y) > D_ABOVE:
            drift.append(name)
    return Noticed(tuple(means), tuple(drift))


def mean_moved(before: NDArray[np.float64], after: NDArray[np.float64]) -> bool:
    """Whether the mean moved by more than 1 % of itself, or of the deviation for a column that is centred on zero."""
    mean, deviation = abs(float(before.mean())), float(before.std())
    unit = mean if mean > deviation / 10 else deviation
    return abs(float(after.mean()) - float(before.mean())) > MEAN_WITHIN * unit


def largest_distance(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """D of the two-sample Kolmogorov-Smirnov test, in [0, 1]: the largest distance of the two cumulative shares.

    Both need values, none of them NaN. Law: D(x, x) == 0; D(x, y) == D(y, x); D is 1 where all of x is below all of y.
    Source: Smirnov (1939).
    """
    x, y = np.sort(before), np.sort(after)
    values = np.concatenate((x, y))
    shares = [np.searchsorted(side, values, side="right") / len(side) for side in (x, y)]
    return float(np.abs(shares[0] - shares[1]).max())


def _pairs(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for table, frame in before.items():
        other = after.get(table, {})
        for column in frame.columns:
            if frame[column].dtype.kind in "biuf" and not column.endswith("_id"):
                yield f"{table}.{column}", _values(frame[column]), _values(other[column]) if column in other else None


def _values(column: Any) -> NDArray[np.float64]:
    values: NDArray[np.float64] = column.to_numpy(dtype="float64")
    return values[~np.isnan(values)]
