"""What a metric is likely to be while labels are not there: from scores that are as well calibrated as in research.

Classes: confidence-based performance estimation, as Kivimäki et al. (2024) describe and bound it. Numbers: the loss
that predictions of this size had in research (a regressogram of the loss, Tukey, 1961).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.kernel.summaries import Distribution

Floats = NDArray[np.float64]
BANDS = 50
FEWEST = 500
"""Of fewer labelled rows no calibration is kept."""
FEWEST_VALUES = 20
"""Outcomes of fewer values are classes: how far a score lies from their numbers is no loss."""
ASSUMES = "if scores are as well calibrated as in research, and inputs keep their relation to the outcome"


def calibration(actual: Floats, score: Floats) -> dict[str, Any] | None:
    """How often the outcome is positive, in 50 bands of the score with as many labelled rows each.

    actual: 0 and 1, or numbers; NaN where unknown, (n,); score: (n,). Gives {"edges": upper ends, "rows", "positive"};
    of numbers {"edges", "rows", "absolute", "squared", "fourth"}, sums of powers of the error. None for fewer than 500
    labelled rows, and for fewer than 20 other values, which are classes.
    """
    there = np.isfinite(actual) & np.isfinite(score)
    y, p = actual[there], score[there]
    if len(y) < FEWEST:
        return None
    edges = np.unique(np.quantile(p, np.linspace(0, 1, BANDS + 1)[1:]))
    band = np.searchsorted(edges, p)
    rows = np.bincount(band, minlength=len(edges))
    if not np.isin(y, (0.0, 1.0)).all():
        if len(np.unique(y)) < FEWEST_VALUES:
            return None
        error = np.abs(p - y)
        powers = {"absolute": error, "squared": error**2, "fourth": error**4}
        sums = {name: np.bincount(band, own, len(edges)).tolist() for name, own in powers.items()}
        return {"edges": edges.tolist(), "rows": rows.tolist(), **sums}
    positive = np.bincount(band, weights=y, minlength=len(edges))
    return {"edges": edges.tolist(), "rows": rows.tolist(), "positive": positive.tolist()}


def estimated(known: Mapping[str, Any], scores: Distribution, threshold: float = 0.5) -> dict[str, tuple[float, float]]:
    """Metrics that scores without labels are likely to have, with standard errors of the calibration and of the rows.

    known: as `calibration` gave it; scores: of the rows without labels. Of classes accuracy at the threshold,
    positive_rate and auc; of numbers mae and rmse; {} without scores.
    """
    if not scores.counts:
        return {}
    if "squared" in known:
        return _losses(known, scores)
    low, high = scores.edges()
    middle, counts = (low + high) / 2, np.array(scores.counts, np.float64)
    edges = np.array(known["edges"])
    band = np.minimum(np.searchsorted(edges, middle), len(edges) - 1)
    labelled, positive = (np.array(known[name], np.float64) for name in ("rows", "positive"))
    rate = (positive + 0.5) / (labelled + 1)
    weights = np.bincount(band, weights=counts, minlength=len(edges)).astype(np.float64)
    over = np.bincount(band, weights=counts * (middle >= threshold), minlength=len(edges))
    above = np.asarray(over / np.maximum(weights, 1), np.float64)
    found = {name: own(weights, rate, above) for name, own in _METRICS.items()}
    # by bands: each rate is known from so many rows, and each estimate is a mean over them
    random, n = np.random.default_rng(31), float(counts.sum())
    drawn: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(200):
        own = np.asarray(random.binomial(labelled.astype(np.int64), rate) / np.maximum(labelled, 1), np.float64)
        rows = np.asarray(random.multinomial(int(n), weights / n), np.float64)
        seen = np.asarray(random.binomial(rows.astype(np.int64), own) / np.maximum(rows, 1), np.float64)
        truth = np.where(rows > 0, seen, own)
        for name, metric in _METRICS.items():
            drawn[name].append(metric(rows, truth, above))
    return {name: (value, float(np.nanstd(drawn[name]))) for name, value in found.items() if np.isfinite(value)}


def _losses(known: Mapping[str, Any], scores: Distribution) -> dict[str, tuple[float, float]]:
    """The mean loss of each band in research, by how many of the new predictions lie in it."""
    low, high = scores.edges()
    edges = np.array(known["edges"])
    band = np.minimum(np.searchsorted(edges, (low + high) / 2), len(edges) - 1)
    weights = np.bincount(band, weights=np.array(scores.counts, np.float64), minlength=len(edges))
    rows, n = np.maximum(np.array(known["rows"], np.float64), 1.0), float(weights.sum())
    means = {name: np.array(known[name]) / rows for name in ("absolute", "squared", "fourth")}
    share = weights / n
    found = {}
    for name, second in (("absolute", "squared"), ("squared", "fourth")):
        value = float(share @ means[name])
        # of the means of research, of the rows of the new side within bands, and of how many fall into each
        within = np.maximum(means[second] - means[name] ** 2, 0.0)
        variance = float(share**2 @ (within / rows) + share @ within / n + (share @ means[name] ** 2 - value**2) / n)
        found[name] = value, float(np.sqrt(max(0.0, variance)))
    root = float(np.sqrt(found["squared"][0]))
    return {"mae": found["absolute"], "rmse": (root, found["squared"][1] / (2 * root) if root else 0.0)}


def _accuracy(weights: Floats, rate: Floats, above: Floats) -> float:
    return float(np.sum(weights * (above * rate + (1 - above) * (1 - rate))) / weights.sum())


def _positive(weights: Floats, rate: Floats, _: Floats) -> float:
    return float(np.sum(weights * rate) / weights.sum())


def _auc(weights: Floats, rate: Floats, _: Floats) -> float:
    positive, negative = weights * rate, weights * (1 - rate)
    below = np.cumsum(negative) - negative
    total = positive.sum() * negative.sum()
    return float(np.sum(positive * (below + negative / 2)) / total) if total else float("nan")


_METRICS = {"accuracy": _accuracy, "positive_rate": _positive, "auc": _auc}
