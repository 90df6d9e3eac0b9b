"""Whether values that the reference has not are more than a second sample of the same rows would bring."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

_STEPS = np.geomspace(1e-3, 60, 160)
"""Exponents at which Chernoff's bound is looked at."""


def beyond_chance(fresh: Sequence[int], known: Sequence[int], rows: tuple[int, int], chance: float) -> bool:
    """Whether so many rows with values that the reference has not are less likely than `chance`.

    fresh: observed rows of each value that the reference has not; known: rows of every other value, of both sides
    together; rows: of the reference and of the observed side. False where nothing is fresh, or a side has no rows.
    """
    return bool(fresh) and min(rows) > 0 and unseen_bound(fresh, known, rows) < chance


def unseen_bound(fresh: Sequence[int], known: Sequence[int], rows: tuple[int, int]) -> float:
    """An upper bound of the chance of so many rows with new values, were all rows dealt out to the two sides at random.

    A value of k rows falls to the observed side as a whole with a chance of at most (its share of all rows)^k. Whether
    values do is negatively associated, so that Chernoff's bound over their rows holds as if they were independent
    (Joag-Dev and Proschan, 1983). It asks nothing of how values are distributed: rare ones are counted as they are.

    Parameters as of `beyond_chance`; the result lies in [0, 1].
    """
    counts, times = np.unique(np.array([*fresh, *known], np.float64), return_counts=True)
    log_share = math.log(rows[1] / (rows[0] + rows[1]))
    whole = np.minimum(counts * log_share, -1e-12)
    stays = np.log(-np.expm1(whole))
    moments = np.logaddexp(stays, whole + counts * _STEPS[:, np.newaxis]) @ times
    return float(min(1.0, math.exp(min(0.0, float((moments - _STEPS * sum(fresh)).min())))))
