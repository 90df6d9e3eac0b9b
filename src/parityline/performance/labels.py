"""Whether labels of new rows can be trusted: are they known yet, known for whom, and do they belong to these rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.performance.drift import ALPHA
from parityline.performance.effects import t_quantile
from parityline.performance.windows import FEWEST_WINDOWS

ODDS = 0.3
"""A class share moved where the logarithm of its odds moved by more than this."""
CHANCE_LEVEL = 0.5
_NEAR_CHANCE = 0.05
_UNRELATED_FROM = 0.6
"""An AUC of research below this says too little of labels that have none."""
_IMMATURE = 0.5
"""Of the rate of old windows: labels are immature where the youngest have less than this part of it."""
_YOUNG = 0.67
_BLOCKS = 8
_SELECTED = 0.3
_FEWEST = 30

Floats = NDArray[np.float64]
Group = Mapping[str, Any]
"""A breakdown of outcomes, or a group of it, see `performance.breakdown`."""


def immature(after: Group) -> tuple[list[str], float, float] | None:
    """(the last windows, their positive rate, the rate before them) where rates fall with youth alone.

    The score must not fall with them: it is the label that is missing, and not the event.
    """
    windows = after["windows"].get("of", {})
    names = sorted(windows)
    if not after["classes"] or len(names) < _BLOCKS:
        return None
    # blocks of neighbouring windows: one window is too noisy to fall with every step
    blocks = np.array_split(np.arange(len(names)), _BLOCKS)
    by_window = [
        (windows[n]["metrics"].get("positive_rate", 0.0), windows[n]["metrics"].get("rows", 0.0)) for n in names
    ]
    rows = np.array([sum(by_window[i][1] for i in block) for block in blocks])
    rates = np.array([sum(r * n for r, n in (by_window[i] for i in block)) for block in blocks]) / np.maximum(rows, 1)
    old = float(rates[: _BLOCKS // 2].max())
    if not old or rates[-1] >= _IMMATURE * old:
        return None
    noise = np.sqrt(old * (1 - old) / np.maximum(rows, 1))
    young = _BLOCKS - 1
    while young > 1 and rates[young] - rates[young - 1] <= 2 * noise[young - 1] and rates[young - 1] < _YOUNG * old:
        young -= 1
    sides = slice(None, young), slice(young, None)
    means = [float(rates[s] @ rows[s] / max(1.0, rows[s].sum())) for s in sides]
    spread = math.sqrt(_between(rates[sides[0]], rows[sides[0]]) / (_BLOCKS - young) + noise[young:].min() ** 2)
    falls = bool(np.all(np.diff(rates[young:]) <= 2 * noise[young:-1]))
    if not falls or means[0] - means[1] <= t_quantile(2 * ALPHA / _BLOCKS, math.inf) * spread:
        return None
    return [names[i] for block in blocks[young:] for i in block.tolist()], means[1], means[0]


def _between(rates: Floats, rows: Floats) -> float:
    """The variance of the rate of one more window."""
    weights = rows / rows.sum()
    mean = float(rates @ weights)
    return float((rates - mean) ** 2 @ weights) * len(rates) / max(1, len(rates) - 1)


def selected(reference: Group, observed: Group) -> tuple[float, float, float, dict[str, Any]] | None:
    """(share labelled, least and most of a band of the score, evidence) where labels depend on the prediction.

    reference, observed: as `breakdown.labelled_by_score` gives them.
    """
    shares: list[Floats] = []
    whole, fewest = 0.0, 0.0
    for side in (reference, observed):
        predicted, labelled = (np.array(side[key], np.float64) for key in ("predicted", "labelled"))
        fewest = float(predicted.min())
        if fewest < _FEWEST:
            return None
        shares.append(labelled / predicted)
        whole = float(labelled.sum() / predicted.sum())
    spans = [float(own.max() - own.min()) for own in shares]
    noise = t_quantile(ALPHA, math.inf) * math.sqrt(2 * whole * (1 - whole) / fewest)
    if spans[1] < max(_SELECTED, noise) or spans[1] < spans[0] + _SELECTED / 2:
        return None
    evidence = {"labelled_by_tenth_of_score": [own.tolist() for own in shares]}
    return whole, float(shares[1].min()), float(shares[1].max()), evidence


def unrelated(before: Group, after: Group) -> tuple[float, float] | None:
    """The AUC of both sides where there was a relation and none is left in any segment."""
    was, now = (side["total"]["metrics"].get("auc") for side in (before, after))
    error = after["total"]["errors"].get("auc")
    if was is None or now is None or error is None or was < _UNRELATED_FROM:
        return None
    if abs(now - CHANCE_LEVEL) > max(_NEAR_CHANCE, 3 * error) or now + 4 * error > (was + CHANCE_LEVEL) / 2:
        return None
    groups = [own for of in after["segments"].values() for own in of.values() if own and "auc" in own["errors"]]
    related = any(abs(own["metrics"]["auc"] - CHANCE_LEVEL) > 4.5 * own["errors"]["auc"] for own in groups)
    moved = class_share(before, after)
    return None if related or moved is not None else (was, now)


def class_share(before: Group, after: Group) -> tuple[float, float, dict[str, Any]] | None:
    """(rate before, rate after, evidence) where the odds of the positive class moved, beyond what windows do."""
    rates = [side["total"]["metrics"].get("positive_rate", 0.0) for side in (before, after)]
    rows = [side["total"]["metrics"].get("rows", 0.0) for side in (before, after)]
    if not (before["classes"] and after["classes"]) or not all(0 < r < 1 for r in rates):
        return None
    was, now = float(rates[0]), float(rates[1])
    moved = math.log(now / (1 - now)) - math.log(was / (1 - was))
    variance = sum(1 / (n * r * (1 - r)) for n, r in zip(rows, (was, now), strict=True))
    own = [(w["metrics"]["positive_rate"], w["metrics"]["rows"]) for w in before["windows"].get("of", {}).values()]
    freedom = math.inf
    if len(own) >= FEWEST_WINDOWS:
        of_windows = _between(np.array([r for r, _ in own]), np.array([n for _, n in own])) / (was * (1 - was)) ** 2
        there = max(1, len(after["windows"].get("of", {})))
        variance, freedom = max(variance, of_windows * (1 / len(own) + 1 / there)), len(own) - 1.0
    if abs(moved) <= max(ODDS, t_quantile(ALPHA, freedom) * math.sqrt(variance)):
        return None
    return was, now, {"positive_rate": [was, now], "log_odds": moved, "rows": rows}
