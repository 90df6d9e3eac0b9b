"""The outage table: what it costs when a variable does not come, which other one could stand in, and what to do.

Each variable is taken away from recorded rows in several ways, and the predictions are made again. Differences of a
metric have intervals of 95 % by the paired bootstrap (Efron, 1979), with a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.performance.metrics import BETTER_LOWER, is_classification, measured, with_errors
from parityline.records import Record, StageRecord
from parityline.rehearsal.probes import with_value
from parityline.rehearsal.serving import Serving, one_a_row
from parityline.variables.substitutes import Substitute, substitutes

Floats = NDArray[np.float64]
MOST_ROWS = 2_000
_RESAMPLED = 100
_FEWEST = 30
KINDS = ("missing", "at its last value", "at its default", "without its rarest value")


@dataclass(frozen=True, slots=True)
class Outage:
    """One variable taken away in one way.

    moved: mean distance of predictions, with its interval; flipped: share of rows on the other side of 0.5, for
    probabilities. metric, before, after: of the rows with outcomes, None without; lost: the interval of what the metric
    loses, above 0 is worse. error: where serving gives no prediction at all.
    """

    column: str
    kind: str
    rows: int
    moved: float | None = None
    interval: tuple[float, float] | None = None
    flipped: float | None = None
    metric: str | None = None
    before: float | None = None
    after: float | None = None
    lost: tuple[float, float] | None = None
    error: str = ""
    substitutes: tuple[Substitute, ...] = ()

    def evidence(self) -> dict[str, Any]:
        """Its numbers, as a record keeps them."""
        return {name: value for name, value in asdict(self).items() if name != "substitutes"} | {
            "substitutes": [asdict(own) for own in self.substitutes]
        }


@dataclass(frozen=True, slots=True)
class Refit:
    """What becomes of the metric when a model is fitted anew. way: keep, drop, replace or impute."""

    column: str
    way: str
    metric: str
    value: float
    error: float | None
    recommended: bool = False


def outages(
    reference: Record, stage: StageRecord, serving: Serving, rows: Any, actual: dict[Any, float] | None
) -> list[Outage]:
    """The table, the costliest first. rows: pandas; actual: outcomes by key of the row, None without."""
    assert stage.table is not None
    given = rows.iloc[:MOST_ROWS].reset_index(drop=True)
    base = serving.ask(given)
    if base.values is None or not np.isfinite(base.values).all() or len(given) < _FEWEST:
        return []
    y = _outcomes(given, stage, actual)
    table = []
    probability = bool(base.values.min() >= 0 and base.values.max() <= 1)
    for name, column in stage.table.columns.items():
        if name in stage.table.key or name not in given:
            continue
        standing_in = tuple(substitutes(given, name, [n for n in given if n not in stage.table.key])[:3])
        for kind, changed in _without(given, name, column.type, stage.table.state.parameters.time):
            answer = serving.ask(changed)
            if answer.values is None or not np.isfinite(answer.values).all():
                error = answer.error or "no finite prediction"
                table.append(Outage(name, kind, len(given), error=error, substitutes=standing_in))
                continue
            table.append(_outage(name, kind, base.values, answer.values, y, probability, standing_in))
    return sorted(table, key=lambda own: (-_cost(own), own.column, KINDS.index(own.kind)))


def _cost(own: Outage) -> float:
    if own.error:
        return float("inf")
    if own.before is not None and own.after is not None and own.metric:
        return own.after - own.before if own.metric in BETTER_LOWER else own.before - own.after
    return own.moved or 0.0


def _without(rows: Any, name: str, logical: str, time: str | None) -> list[tuple[str, Any]]:
    """The ways in which a column can be lost."""
    found = [("missing", with_value(rows, name, None))]
    present = rows[name].dropna()
    if not len(present):
        return found
    ordered = rows.sort_values(time, kind="stable")[name].dropna() if time in rows else present
    found.append(("at its last value", with_value(rows, name, _plain(ordered.iloc[-1]))))
    if logical == "number":
        found.append(("at its default", with_value(rows, name, float(present.mean()))))
        return found
    counts = present.value_counts()
    found.append(("at its default", with_value(rows, name, _plain(counts.index[0]))))
    if logical == "text" and len(counts) > 2:
        merged = rows[name].where(rows[name] != counts.index[-1], counts.index[0])
        found.append(("without its rarest value", rows.assign(**{name: merged})))
    return found


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _outage(
    name: str,
    kind: str,
    base: Floats,
    values: Floats,
    y: Floats | None,
    probability: bool,
    standing_in: tuple[Substitute, ...],
) -> Outage:
    apart = np.abs(values - base)
    moved, error = float(apart.mean()), float(apart.std(ddof=1) / np.sqrt(len(apart)))
    interval = max(0.0, moved - 1.96 * error), moved + 1.96 * error
    flipped = float(np.mean((values >= 0.5) != (base >= 0.5))) if probability else None
    metric = _metric(y)
    before = after = lost = None
    if metric is not None and y is not None:
        there = np.isfinite(y)
        before, after = (measured(y[there], p[there], None).get(metric) for p in (base, values))
        lost = _lost(metric, y[there], base[there], values[there])
    return Outage(name, kind, len(base), moved, interval, flipped, metric, before, after, lost, "", standing_in)


def _metric(y: Floats | None) -> str | None:
    if y is None or np.isfinite(y).sum() < _FEWEST:
        return None
    if not is_classification(y):
        return "mae"
    return "auc" if 0 < np.nansum(y) < np.isfinite(y).sum() else "accuracy"


def _lost(metric: str, y: Floats, base: Floats, values: Floats) -> tuple[float, float]:
    """The interval of the loss, by resampling rows."""
    random, found = np.random.default_rng(20), []
    for _ in range(_RESAMPLED):
        rows = random.integers(0, len(y), len(y))
        sides = [measured(y[rows], p[rows], None).get(metric) for p in (base, values)]
        if sides[0] is not None and sides[1] is not None:
            found.append(sides[1] - sides[0] if metric in BETTER_LOWER else sides[0] - sides[1])
    low, high = np.quantile(found, [0.025, 0.975]) if found else (float("nan"), float("nan"))
    return float(low), float(high)


def _outcomes(rows: Any, stage: StageRecord, actual: dict[Any, float] | None) -> Floats | None:
    assert stage.table is not None
    key = stage.table.key
    if actual is None or not key or any(name not in rows for name in key):
        return None
    keys = list(zip(*(rows[name].tolist() for name in key), strict=True))
    return np.array([actual.get(own, float("nan")) for own in keys], np.float64)


def refits(
    stage: StageRecord,
    rows: Any,
    actual: dict[Any, float] | None,
    table: Sequence[Outage],
    fit: Callable[[Any, Any], Any],
    without: Sequence[str],
) -> list[Refit]:
    """Keep, drop, replace and impute a column, each by a fit on 70 % of the rows and measured on the others.

    The recommendation is the simplest of drop, impute and replace that is within one standard error of the best. Empty
    without outcomes.
    """
    y = _outcomes(rows, stage, actual)
    metric = _metric(y)
    assert stage.table is not None
    if y is None or metric is None:
        return []
    labelled = rows[np.isfinite(y)].reset_index(drop=True)
    y = y[np.isfinite(y)]
    names = list(without) or list(dict.fromkeys(own.column for own in table if not own.error))[:2]
    train = np.random.default_rng(7).permutation(len(y)) < 0.7 * len(y)
    features = labelled.drop(columns=list(stage.table.key))
    found: list[Refit] = []
    for name in names:
        best = next((own.substitutes for own in table if own.column == name), ())
        ways: dict[str, Any] = {"keep": features, "drop": features.drop(columns=name),
                                "impute": with_value(features, name, _default(features[name][train]))}  # fmt: skip
        if best:
            ways["replace"] = features.assign(
                **{name: best[0].estimate(features[name], features[best[0].column], train)}
            )
        results = {way: _measured(fit, own, y, train, metric) for way, own in ways.items()}
        sign = 1.0 if metric in BETTER_LOWER else -1.0
        others = {way: sign * own[0] for way, own in results.items() if way != "keep"}
        top = min(others, key=others.__getitem__)
        close = [
            w
            for w in ("drop", "impute", "replace")
            if w in others and others[w] <= others[top] + (results[top][1] or 0)
        ]
        found += [Refit(name, way, metric, *own, recommended=way == close[0]) for way, own in results.items()]
    return found


def _default(values: Any) -> Any:
    import pandas as pd

    if pd.api.types.is_numeric_dtype(values):
        return float(values.mean())
    return values.mode().iloc[0] if len(values.mode()) else None


def _measured(
    fit: Callable[[Any, Any], Any], features: Any, y: Floats, train: Any, metric: str
) -> tuple[float, float | None]:
    model = fit(features[train], y[train])
    predict = model.predict_proba if hasattr(model, "predict_proba") else getattr(model, "predict", model)
    scores = one_a_row(predict(features[~train]), int((~train).sum()))
    values, errors = with_errors(y[~train], scores, None, classes=metric != "mae")
    return values[metric], errors.get(metric)
