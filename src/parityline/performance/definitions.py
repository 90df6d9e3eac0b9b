"""The same confusion counts under other definitions of a metric: averaged by class, over all cases, or weighted."""

from __future__ import annotations

from collections.abc import Mapping

_AVERAGED = ("precision", "recall", "f1")


def definitions(metrics: Mapping[str, float]) -> dict[str, float]:
    """Every definition of precision, recall, F1 and accuracy that two classes have, by name; {} without their counts.

    metrics: as `measured` gives them. Averages over the two classes are `macro` (plain), `weighted` (by rows) and
    `micro` (over all cases: the accuracy). A class that is never predicted has precision 0.
    Source: Sokolova and Lapalme (2009), performance measures for classification tasks.
    """
    counts = _counts(metrics)
    if counts is None:
        return {}
    true, false, missed, rest = counts
    rows = sum(counts)
    positive, negative = _scores(true, false, missed), _scores(rest, missed, false)
    share = (true + missed) / rows
    found = {"accuracy": (true + rest) / rows}
    for name in _AVERAGED:
        a, b = positive[name], negative[name]
        found |= {name: a, f"{name} (other class)": b}
        found |= {f"macro {name}": (a + b) / 2, f"weighted {name}": share * a + (1 - share) * b}
    found["balanced accuracy"] = found["macro recall"]
    return found


def definition(value: float, metrics: Mapping[str, float]) -> str | None:
    """The name of the definition that gives this value, the plainest first; None where none does to nine digits."""
    near = (name for name, own in definitions(metrics).items() if abs(own - value) <= 1e-9 * max(1.0, abs(value)))
    return next(near, None)


def _counts(metrics: Mapping[str, float]) -> tuple[float, float, float, float] | None:
    """True and false positives, false and true negatives."""
    rows, share, accuracy = (metrics.get(name) for name in ("rows", "positive_rate", "accuracy"))
    if not rows or share is None or accuracy is None:
        return None
    positives = round(rows * share)
    true = round(positives * metrics.get("recall", 0.0))
    right = round(rows * accuracy)
    rest = right - true
    return true, rows - positives - rest, positives - true, rest


def _scores(true: float, false: float, missed: float) -> dict[str, float]:
    precision = true / (true + false) if true + false else 0.0
    recall = true / (true + missed) if true + missed else 0.0
    return {"precision": precision, "recall": recall, "f1": 2 * true / (2 * true + false + missed) if true else 0.0}
