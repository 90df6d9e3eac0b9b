"""Metrics of predictions against outcomes, from rows that were joined by key."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CLASSIFICATION = ("accuracy", "precision", "recall", "f1", "auc", "brier", "log_loss", "positive_rate")
REGRESSION = ("mae", "rmse", "bias", "r2")


def measured(
    actual: NDArray[np.float64], score: NDArray[np.float64], label: NDArray[np.float64] | None
) -> dict[str, float]:
    """Every metric that the values allow, by name; rows with a NaN on any side are left out, `rows` says how many stay.

    actual: outcomes, (n,); 0 and 1 make it classification, anything else regression. score: predicted probability or
    value, (n,). label: predicted class, (n,); without it score >= 0.5. A metric without a meaning (AUC of one class)
    is left out. {} for no rows.
    """
    there = np.isfinite(actual) & np.isfinite(score)
    if label is not None:
        there &= np.isfinite(label)
    y, p = actual[there], score[there]
    if not len(y):
        return {}
    result = {"rows": float(len(y))}
    if np.isin(y, (0.0, 1.0)).all():
        predicted = (p >= 0.5).astype(np.float64) if label is None else label[there]
        result |= _classification(y, p, predicted)
    else:
        error = p - y
        result |= {
            "mae": float(np.abs(error).mean()),
            "rmse": float(np.sqrt((error**2).mean())),
            "bias": float(error.mean()),
        }
        spread = float(((y - y.mean()) ** 2).sum())
        if spread > 0:
            result["r2"] = 1.0 - float((error**2).sum()) / spread
    return result


def _classification(y: NDArray[np.float64], p: NDArray[np.float64], predicted: NDArray[np.float64]) -> dict[str, float]:
    true = float(np.sum((predicted == 1) & (y == 1)))
    result = {"accuracy": float(np.mean(predicted == y)), "positive_rate": float(y.mean())}
    if np.any(predicted == 1):
        result["precision"] = true / float(np.sum(predicted == 1))
    if np.any(y == 1):
        result["recall"] = true / float(np.sum(y == 1))
        result["f1"] = 2 * true / float(np.sum(predicted == 1) + np.sum(y == 1))
    if 0 < y.sum() < len(y):
        result["auc"] = auc(y, p)
    if ((p >= 0) & (p <= 1)).all():
        clipped = np.clip(p, 1e-15, 1 - 1e-15)
        result["brier"] = float(((p - y) ** 2).mean())
        result["log_loss"] = float(-(y * np.log(clipped) + (1 - y) * np.log(1 - clipped)).mean())
    return result


def auc(actual: NDArray[np.float64], score: NDArray[np.float64]) -> float:
    """The area under the ROC curve: the share of (positive, negative) pairs in the right order, ties half.

    Source: the Mann-Whitney statistic (1947).
    """
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    positives = float(actual.sum())
    negatives = len(actual) - positives
    return float((ranks[inverse][actual == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))
