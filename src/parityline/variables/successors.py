"""Whether one variable succeeds another where no row is on both sides: by its shape, and by what goes with it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEWEST_ROWS = 200
FEWEST_VALUES = 20
SIGMAS = 4.0
"""Quantiles and correlations may differ by so many standard errors."""
_LEVELS = np.linspace(0.05, 0.95, 19)
_MISSING = 0.02
_STEP = 0.02


def line_of_quantiles(x: Floats, y: Floats, *, turned: bool) -> tuple[float, float] | None:
    """Slope and intercept of the line on which the quantiles of y lie over those of x, as far as chance moves them.

    x, y: shapes (n,) and (m,), NaN for missing. turned: of a falling line. None with fewer than 200 values or 20
    distinct ones, with other shares of missing values, and where no line fits.
    """
    if not len(x) or not len(y) or abs(float(np.isnan(x).mean()) - float(np.isnan(y).mean())) > _MISSING:
        return None
    x, y = x[np.isfinite(x)], y[np.isfinite(y)]
    if min(len(x), len(y)) < FEWEST_ROWS or min(len(np.unique(x)), len(np.unique(y))) < FEWEST_VALUES:
        return None
    # a quantile moves by chance as far as the ranks around it reach, and of rounded values by a step
    spread = SIGMAS * np.sqrt(_LEVELS * (1 - _LEVELS) * (1 / len(x) + 1 / len(y)))
    low, here, high = (np.quantile(y, np.clip(_LEVELS + side * spread, 0, 1)) for side in (-1, 0, 1))
    there = np.quantile(x, 1 - _LEVELS if turned else _LEVELS)
    if not np.ptp(there) or not np.ptp(here):
        return None
    slope, intercept = np.polyfit(there, here, 1)
    fitted, step = slope * there + intercept, _STEP * float(np.std(y))
    fits = slope and ((fitted >= low - step) & (fitted <= high + step)).all()
    return (float(slope), float(intercept)) if fits else None


def related_alike(pair: tuple[Floats, Floats], others: Iterable[tuple[Floats, ...]], *, turned: bool) -> bool | None:
    """Whether two variables have the same rank correlations with each other column; None where none is beyond chance.

    pair: of the two sides; others: the columns beside each, of the same lengths. turned: high is low on the other side.
    Source: Spearman (1904); under independence its standard error is 1 / sqrt(n - 1).
    """
    seen = False
    for beside in others:
        (before, rows), (after, here) = (spearman(own, other) for own, other in zip(pair, beside, strict=True))
        if min(rows, here) < FEWEST_ROWS:
            continue
        errors = SIGMAS / np.sqrt(rows - 1), SIGMAS / np.sqrt(here - 1)
        if abs(before - (-after if turned else after)) > float(np.hypot(*errors)):
            return False
        seen = seen or (abs(before) > errors[0] and abs(after) > errors[1])
    return True if seen else None


def spearman(x: Floats, y: Floats) -> tuple[float, int]:
    """The rank correlation in [-1, 1] and the rows that have both values; 0 for constants and for unequal lengths."""
    there = np.isfinite(x) & np.isfinite(y) if len(x) == len(y) else np.zeros(0, np.bool_)
    rows = int(there.sum())
    if rows < 2 or len(x) != len(y):
        return 0.0, rows
    ranks = [_ranks(side[there]) for side in (x, y)]
    if min(float(np.ptp(own)) for own in ranks) == 0.0:
        return 0.0, rows
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1]), rows


def _ranks(values: Floats) -> Floats:
    """Ranks from 1, ties by their mean."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place], np.float64)
