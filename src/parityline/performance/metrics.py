"""Metrics of predictions against outcomes with their standard errors, from rows that were joined by key."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

CLASSIFICATION = ("accuracy", "precision", "recall", "f1", "auc", "brier", "log_loss", "positive_rate")
REGRESSION = ("mae", "rmse", "bias", "r2")
BETTER_LOWER = frozenset(("mae", "rmse", "brier", "log_loss"))

Floats = NDArray[np.float64]
Measure = tuple[str, float, float | None]


def measured(actual: Floats, score: Floats, label: Floats | None) -> dict[str, float]:
    """Every metric that the values allow, by name; rows with a NaN on any side are left out, `rows` says how many stay.

    actual: outcomes, (n,); 0 and 1 make it classification, anything else regression. score: predicted probability or
    value, (n,). label: predicted class, (n,); without it score >= 0.5. A metric without a meaning (AUC of one class)
    is left out. {} for no rows.
    """
    rows, measures = _measures(actual, score, label)
    return {"rows": float(rows), **{name: value for name, value, _ in measures}} if rows else {}


def with_errors(
    actual: Floats, score: Floats, label: Floats | None, *, classes: bool
) -> tuple[dict[str, float], dict[str, float]]:
    """The metrics as `measured`, and the standard errors of those that have one, for independent rows.

    classes: whether it is classification, which few rows may not show. Source: the delta method; DeLong et al. (1988)
    for the AUC.
    """
    rows, measures = _measures(actual, score, label, classes=classes)
    if not rows:
        return {}, {}
    found = list(measures)
    values = {"rows": float(rows), **{name: value for name, value, _ in found}}
    return values, {name: error for name, _, error in found if error is not None and math.isfinite(error)}


def is_classification(actual: Floats) -> bool:
    """Whether outcomes are 0 and 1 alone; missing ones do not count."""
    there = actual[np.isfinite(actual)]
    return bool(len(there)) and bool(np.isin(there, (0.0, 1.0)).all())


def _measures(
    actual: Floats, score: Floats, label: Floats | None, *, classes: bool | None = None
) -> tuple[int, Iterator[Measure]]:
    there = np.isfinite(actual) & np.isfinite(score)
    if label is not None:
        there &= np.isfinite(label)
    y, p = actual[there], score[there]
    if is_classification(y) if classes is None else classes:
        predicted = (p >= 0.5).astype(np.float64) if label is None else label[there]
        return len(y), _classification(y, p, predicted)
    return len(y), _regression(y, p)


def _regression(y: Floats, p: Floats) -> Iterator[Measure]:
    error = p - y
    squared = error**2
    yield "mae", float(np.abs(error).mean()), _of_mean(np.abs(error))
    rmse = float(np.sqrt(squared.mean()))
    of_squares = _of_mean(squared)
    yield "rmse", rmse, of_squares / (2 * rmse) if rmse and of_squares is not None else None
    yield "bias", float(error.mean()), _of_mean(error)
    spread = float(((y - y.mean()) ** 2).sum())
    if spread > 0:
        yield "r2", 1.0 - float(squared.sum()) / spread, None


def _classification(y: Floats, p: Floats, predicted: Floats) -> Iterator[Measure]:
    right = predicted == y
    called, positive = predicted == 1, y == 1
    true = float(np.sum(called & positive))
    yield "accuracy", float(right.mean()), _of_mean(right)
    yield "positive_rate", float(y.mean()), _of_mean(y)
    if called.any():
        precision = true / float(called.sum())
        yield "precision", precision, _of_share(precision, int(called.sum()))
    if positive.any():
        recall = true / float(positive.sum())
        yield "recall", recall, _of_share(recall, int(positive.sum()))
        f1 = 2 * true / float(called.sum() + positive.sum())
        # influence of a row on 2 TP / (called + positive)
        influence = (2.0 * (called & positive) - f1 * (called.astype(float) + positive)) * len(y)
        yield "f1", f1, _of_mean(influence / float(called.sum() + positive.sum()))
    if 0 < y.sum() < len(y):
        yield "auc", *auc_with_error(y, p)
    if ((p >= 0) & (p <= 1)).all():
        clipped = np.clip(p, 1e-15, 1 - 1e-15)
        losses = (p - y) ** 2, -(y * np.log(clipped) + (1 - y) * np.log(1 - clipped))
        for name, loss in zip(("brier", "log_loss"), losses, strict=True):
            yield name, float(loss.mean()), _of_mean(loss)


def _of_mean(values: NDArray[np.generic]) -> float | None:
    """The standard error of a mean; of shares near 0 or 1 never 0 (one row each is added, as Agresti and Coull)."""
    n = len(values)
    if n < 2:
        return None
    if values.dtype == np.bool_:
        return _of_share(float(values.mean()), n)
    return float(np.asarray(values, np.float64).std(ddof=1) / math.sqrt(n))


def _of_share(share: float, n: int) -> float:
    eased = (share * n + 1) / (n + 2)
    return math.sqrt(eased * (1 - eased) / (n + 2))


def auc(actual: Floats, score: Floats) -> float:
    """The area under the ROC curve: the share of (positive, negative) pairs in the right order, ties half.

    Source: the Mann-Whitney statistic (1947).
    """
    return auc_with_error(actual, score)[0]


def auc_with_error(actual: Floats, score: Floats) -> tuple[float, float | None]:
    """The area under the ROC curve, and its standard error; None for fewer than two rows of a class.

    Source: DeLong, DeLong and Clarke-Pearson (1988); Sun and Xu (2014) for its ranks.
    """
    positive = actual == 1
    m, n = int(positive.sum()), int((~positive).sum())
    ranks, own = _middle_ranks(score), np.empty(len(score))
    own[positive], own[~positive] = _middle_ranks(score[positive]), _middle_ranks(score[~positive])
    area = float((ranks[positive].sum() - m * (m + 1) / 2) / (m * n))
    if m < 2 or n < 2:
        return area, None
    placed = (ranks - own)[positive] / n, 1 - (ranks - own)[~positive] / m
    return area, math.sqrt(float(placed[0].var(ddof=1)) / m + float(placed[1].var(ddof=1)) / n)


def _middle_ranks(values: Floats) -> Floats:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[inverse])
