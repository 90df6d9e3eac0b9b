"""How likely a difference is where all rows were dealt out to the two sides at random.

Normal approximations of shares and means are wrong where it matters: a batch of three rows, one rare value, a long
tail. What is asked here holds the rows of both sides together and asks of all ways to deal them out how many differ as
much (a permutation test), so that it needs no assumption but that rows are independent and alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEPS = np.geomspace(1e-3, 60, 160)
"""Exponents at which Chernoff's bound is looked at."""
_ROUNDS = 60
_PRECISE = 1e-9
_LARGEST = 3
"""Of a mean that hangs on few rows, those of so many of the largest values are asked for by themselves."""


def share_chance(before: tuple[float, float], after: tuple[float, float]) -> float:
    """The chance of a share of the observed side that lies at least as far on its side of the reference's, in [0, 1].

    before, after: (rows in question, rows) of each side, rounded to whole rows. Exact: the tail of the hypergeometric
    distribution (Fisher, 1935). 1 where a side has no rows.
    """
    (k, n), (found, m) = [(round(a), round(b)) for a, b in (before, after)]
    if n < 1 or m < 1:
        return 1.0
    if found * n < k * m:
        k, found = n - k, m - found
    return _drawn_chance(found, k + found, m, n + m)


def _drawn_chance(found: int, marked: int, drawn: int, rows: int) -> float:
    """The chance of at least `found` marked ones among those that are drawn; 1 up to what is expected of them."""
    if found * rows <= marked * drawn:
        return 1.0
    log = _log_choose(marked, found) + _log_choose(rows - marked, drawn - found) - _log_choose(rows, drawn)
    term = total = 1.0
    for at in range(found, min(marked, drawn)):
        term *= (marked - at) * (drawn - at) / ((at + 1) * (rows - marked - drawn + at + 1))
        total += term
        if term < _PRECISE * total:
            break
    return min(1.0, total * math.exp(log))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def mean_chance(values: Floats, before: Floats, after: Floats, offset: float = 0.0) -> float:
    """The chance of a mean of the observed side that lies at least as far on its side of the reference's, in [0, 1].

    values: finite, (bins,), ascending; before, after: rows of each value, (bins,). offset: what of the difference is
    expected, in the unit of the values. A saddlepoint approximation of the permutation test (Robinson, 1982; in the
    form of Skovgaard, 1987), with a correction for values that lie on a grid. Never less than the chance to draw
    as many of the largest rows, and a rest that makes up for what is left. 1 where a side has no rows, or no spread.
    """
    rows, m = before + after, float(after.sum())
    every = float(rows.sum())
    if not m or not before.sum():
        return 1.0
    scale = float(np.abs(values).max()) or 1.0  # squares of the largest floats overflow
    values, offset = values / scale, offset / scale
    middle = float(values @ rows) / every
    spread = math.sqrt(float((values - middle) ** 2 @ rows) / every)
    if not spread or not math.isfinite(spread):
        return 1.0
    x = (values - middle) / spread
    apart = float(x @ after) / m - float(x @ before) / float(before.sum()) - offset / spread
    if apart < 0:
        x, rows, after, apart = -x[::-1], rows[::-1], after[::-1], -apart
    surplus = apart * m * (1 - m / every)  # of the sum over the observed side beyond what is expected of it, which is 0
    chance = _sum_chance(x, rows, surplus, m)
    for top in np.flatnonzero(after)[: -1 - _LARGEST : -1].tolist():
        taken, of = float(after[top:].sum()), float(rows[top:].sum())
        drawn = _drawn_chance(round(taken), round(of), round(m), round(every))
        rest = _rest_chance(x[:top], rows[:top], surplus - taken * float(x[top]), m - taken) if taken < m else 1.0
        chance = max(chance, drawn * rest)
    return min(1.0, chance)


def _rest_chance(x: Floats, rows: Floats, surplus: float, drawn: float) -> float:
    """As `_sum_chance`, of values of any mean and spread: of what is left beside the largest rows."""
    if drawn >= float(rows.sum()):
        return float(surplus - float(x @ rows) <= _PRECISE)
    mean = float(x @ rows) / float(rows.sum())
    spread = math.sqrt(float((x - mean) ** 2 @ rows) / float(rows.sum()))
    beyond = surplus - drawn * mean
    if beyond <= _PRECISE:
        return 1.0
    return _sum_chance((x - mean) / spread, rows, beyond / spread, drawn) if spread > _PRECISE else 0.0


def _sum_chance(x: Floats, rows: Floats, surplus: float, drawn: float) -> float:
    """The chance of a sum of at least `surplus` over so many rows; x: values with a mean of 0 and a deviation of 1."""
    every = float(rows.sum())
    share = drawn / every
    tilt, depth, curvature = _saddlepoint(x, rows, share, np.array([surplus, drawn]))
    if depth <= _PRECISE:
        return 1.0
    w = math.sqrt(2 * depth)
    u = tilt * math.sqrt(max(0.0, float(np.linalg.det(curvature))) / (every * share * (1 - share)))
    if u < w / 20:  # at the edge of what can be dealt out: the bound without its correction
        return math.exp(-depth)
    step = tilt * float(np.diff(x).min()) if len(x) > 1 else 0.0
    grid = step / -math.expm1(-step) if step > _PRECISE else 1.0
    normal = NormalDist()
    tail = normal.cdf(-w) + normal.pdf(w) * (grid / u - 1 / w)
    return float(min(math.exp(-depth), tail)) if tail > 0 else math.exp(-depth)


def _saddlepoint(x: Floats, rows: Floats, share: float, goal: Floats) -> tuple[float, float, Floats]:
    """Where the exponential tilt of rows that are drawn with a share meets the goal: the tilt, the depth, its Hessian.

    The depth is the supremum over (u, v) of u * sum + v * drawn - sum of log(1 - share + share * exp(u x + v)).
    """
    at = np.zeros(2)
    design = np.stack([x, np.ones(len(x))])

    def measured(where: Floats) -> tuple[float, Floats]:
        logit = where @ design + math.log(share / (1 - share))
        value = float(where @ goal - rows @ (np.logaddexp(0.0, logit) + math.log1p(-share)))
        return value, 1 / (1 + np.exp(-np.clip(logit, -700, 700)))

    depth, drawn = measured(at)
    curvature = np.eye(2)
    for _ in range(_ROUNDS):
        weights = rows * drawn * (1 - drawn)
        curvature = (design * weights) @ design.T
        slope = goal - design @ (rows * drawn)
        try:
            step = np.linalg.solve(curvature + 1e-12 * np.trace(curvature) * np.eye(2), slope)
        except np.linalg.LinAlgError:
            break
        size = 1.0
        while size > 1e-6 and measured(at + size * step)[0] < depth:
            size /= 2
        if size <= 1e-6 or not np.all(np.isfinite(step)):
            break
        at = at + size * step
        deeper, drawn = measured(at)
        done, depth = deeper - depth < _PRECISE * max(1.0, deeper), deeper
        if done or depth > 600:
            break
    return float(at[0]), max(0.0, depth), curvature


def unseen_chance(fresh: Sequence[int], known: Sequence[int], rows: tuple[int, int]) -> float:
    """An upper bound of the chance that so many observed rows hold values that the reference has not, in [0, 1].

    fresh: observed rows of each value that the reference has not; known: rows of every other value, of both sides
    together; rows: of the reference and of the observed side. 1 where nothing is fresh, or a side has no rows.

    A value of k rows falls to the observed side as a whole with a chance of at most (its share of all rows)^k. Whether
    values do is negatively associated, so that Chernoff's bound over their rows holds as if they were independent
    (Joag-Dev and Proschan, 1983). It asks nothing of how values are distributed: rare ones are counted as they are.
    """
    if not fresh or min(rows) < 1:
        return 1.0
    counts, times = np.unique(np.array([*fresh, *known], np.float64), return_counts=True)
    log_share = math.log(rows[1] / (rows[0] + rows[1]))
    whole = np.minimum(counts * log_share, -1e-12)
    stays = np.log(-np.expm1(whole))
    moments = np.logaddexp(stays, whole + counts * _STEPS[:, np.newaxis]) @ times
    return float(min(1.0, math.exp(min(0.0, float((moments - _STEPS * sum(fresh)).min())))))
