"""Predictions of new rows do as well as in the reference: in total, in each segment, on labels that can be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from parityline.checks.same_values import percent
from parityline.findings import Finding, Unchecked
from parityline.performance.drift import ALPHA
from parityline.performance.effects import t_quantile
from parityline.performance.metrics import BETTER_LOWER
from parityline.records import StageRecord

MARGIN = 0.05
"""So much of a metric must be lost to matter: absolute for shares and AUC, relative for errors in a unit."""
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
_CHANGED = 4.0
"""Standard errors between the windows before and after a moment at which a metric changed."""

Group = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Loss:
    """How much worse a metric is; lost > 0 is worse, error its standard error, in the unit of the metric."""

    metric: str
    before: float
    after: float
    lost: float
    error: float

    @property
    def matters(self) -> bool:
        return self.lost > (MARGIN * abs(self.before) if self.metric in ("mae", "rmse") else MARGIN)

    def is_certain(self, tests: int) -> bool:
        return self.lost > t_quantile(2 * ALPHA / max(1, tests), math.inf) * self.error

    def interval(self, tests: int) -> tuple[float, float]:
        radius = t_quantile(2 * ALPHA / max(1, tests), math.inf) * self.error
        return self.lost - radius, self.lost + radius


def performance_held(
    reference: StageRecord, observed: StageRecord, *, earlier_stages_agree: bool
) -> Iterator[Finding | Unchecked]:
    """What outcomes of new rows say of the labels, and of the relation between inputs and outcomes.

    Labels come first: where they are immature, selected or unrelated, nothing is said of the model. A lost relation is
    only claimed where earlier stages agree. Nothing for outcomes that are held against no predictions.
    """
    before, after = (_breakdown(stage) for stage in (reference, observed))
    if before is None or after is None:
        return
    name, column = reference.name, str(reference.facts.get("actual"))
    immature = _immature(after)
    if immature is not None:
        yield from _told_immature(name, column, immature)
    selected = _selected(reference, observed)
    if selected is not None:
        share, low, high, evidence = selected
        sentence = f"outcomes are known for {percent(share)} of the predictions, and for which is decided by the "
        sentence += f"prediction: {percent(low)} of the tenth with the least, {percent(high)} at most; the rest is not "
        explains = ("distribution-moved",)
        yield Finding(
            "labels-selected", name, sentence + "measured", column, share=share, evidence=evidence, explains=explains
        )
        return
    if immature is not None:
        return
    unrelated = _unrelated(before, after)
    if unrelated is not None:
        was, now = unrelated
        sentence = f"labels have the rate of the reference and no relation to the predictions: the AUC is {now:.3f}, "
        sentence += f"{was:.3f} in research, and near 0.5 in every segment: look at the join of the labels"
        yield Finding("labels-unrelated", name, sentence, column, expected=was, found=now, evidence={"auc": [was, now]})
        return
    total = _loss(before["total"], after["total"])
    if not earlier_stages_agree:
        why = "an earlier stage differs: whether the relation to the outcome changed cannot be told before it is mended"
        yield Unchecked(name, "performance", f"keys-do-not-overlap: {why}")
        return
    if total is None:
        why = f"too-few-rows: no metric has enough labelled rows ({int(after['total']['rows'])})"
        yield Unchecked(name, "performance", why)
        return
    yield from _lost(name, column, before, after, total)
    moved = _class_share(before, after)
    if moved is not None and not (total.matters and total.is_certain(1)):
        was, now, evidence = moved
        sentence = f"the positive rate moved from {percent(was)} to {percent(now)}; the ranking holds "
        sentence += f"({total.metric} {total.before:.3f} -> {total.after:.3f})"
        explains = ("distribution-moved",)
        yield Finding(
            "class-share-moved", name, sentence, column, expected=was, found=now, explains=explains, evidence=evidence
        )


# --- labels -----------------------------------------------------------------------------------------------------------


def _breakdown(stage: StageRecord) -> Group | None:
    found: Group = stage.facts.get("breakdown") or {}
    return found if found.get("total") else None


def _immature(after: Group) -> tuple[list[str], float, float] | None:
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


def _between(rates: np.ndarray[Any, Any], rows: np.ndarray[Any, Any]) -> float:
    """The variance of the rate of one more window."""
    weights = rows / rows.sum()
    mean = float(rates @ weights)
    return float((rates - mean) ** 2 @ weights) * len(rates) / max(1, len(rates) - 1)


def _told_immature(name: str, column: str, found: tuple[list[str], float, float]) -> Iterator[Finding | Unchecked]:
    windows, new, old = found
    sentence = f"labels since {windows[0]} are immature ({percent(new)} positive against {percent(old)} before): "
    sentence += "performance there cannot be measured yet"
    evidence = {"windows": windows, "rate": [old, new]}
    yield Finding("labels-immature", name, sentence, column, severity="warning", evidence=evidence, expected=old,
                  found=new, explains=("distribution-moved",))  # fmt: skip
    yield Unchecked(name, f"performance since {windows[0]}", "labels-not-there: outcomes of young rows are not known")


def _selected(reference: StageRecord, observed: StageRecord) -> tuple[float, float, float, dict[str, Any]] | None:
    """(share labelled, least and most of a band of the score, evidence) where labels depend on the prediction."""
    shares: list[np.ndarray[Any, Any]] = []
    whole, fewest = 0.0, 0.0
    for stage in (reference, observed):
        side = stage.facts.get("labelled_by_score") or {"predicted": [0], "labelled": [0]}
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


def _unrelated(before: Group, after: Group) -> tuple[float, float] | None:
    """The AUC of both sides where there was a relation and none is left in any segment."""
    was, now = (side["total"]["metrics"].get("auc") for side in (before, after))
    error = after["total"]["errors"].get("auc")
    if was is None or now is None or error is None or was < _UNRELATED_FROM:
        return None
    if abs(now - CHANCE_LEVEL) > max(_NEAR_CHANCE, 3 * error) or now + 4 * error > (was + CHANCE_LEVEL) / 2:
        return None
    groups = [own for of in after["segments"].values() for own in of.values() if own and "auc" in own["errors"]]
    related = any(abs(own["metrics"]["auc"] - CHANCE_LEVEL) > 4.5 * own["errors"]["auc"] for own in groups)
    moved = _class_share(before, after)
    return None if related or moved is not None else (was, now)


def _class_share(before: Group, after: Group) -> tuple[float, float, dict[str, Any]] | None:
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
    if len(own) >= 8:
        of_windows = _between(np.array([r for r, _ in own]), np.array([n for _, n in own])) / (was * (1 - was)) ** 2
        there = max(1, len(after["windows"].get("of", {})))
        variance, freedom = max(variance, of_windows * (1 / len(own) + 1 / there)), len(own) - 1.0
    if abs(moved) <= max(ODDS, t_quantile(ALPHA, freedom) * math.sqrt(variance)):
        return None
    return was, now, {"positive_rate": [was, now], "log_odds": moved, "rows": rows}


# --- the relation -----------------------------------------------------------------------------------------------------


def _loss(before: Group, after: Group) -> _Loss | None:
    """What was lost of the metric that speaks of ranking or error, and not of the share of classes."""
    for metric in ("auc", "accuracy", "mae"):
        sides = [(own["metrics"].get(metric), own["errors"].get(metric)) for own in (before, after)]
        if any(v is None or e is None for v, e in sides) or min(before["rows"], after["rows"]) < _FEWEST:
            continue
        (was, a), (now, b) = sides
        lost = now - was if metric in BETTER_LOWER else was - now
        return _Loss(metric, was, now, lost, math.hypot(a, b))
    return None


def _lost(name: str, column: str, before: Group, after: Group, total: _Loss) -> Iterator[Finding]:
    """The segments that lost, or the whole."""
    pairs = [
        (segment, value, loss)
        for segment, of in after["segments"].items()
        for value, own in of.items()
        if own and (known := before["segments"].get(segment, {}).get(value))
        if (loss := _loss(known, own)) is not None
    ]
    tests = len(pairs) + 1
    fallen = [p for p in pairs if p[2].matters and p[2].is_certain(tests)]
    all_fell = total.matters and total.is_certain(tests)
    told = [p for p in fallen if not all_fell or p[2].lost > 2 * total.lost]
    for segment, value, loss in sorted(told, key=lambda p: -p[2].lost)[:5]:
        low, high = loss.interval(tests)
        since = _since(before, after, segment, value, loss.metric)
        begun = f", since {since}" if since else ""
        turned = loss.metric == "auc" and loss.after < CHANCE_LEVEL < loss.before
        evidence = {"segment": [segment, value], "metric": loss.metric, "sides": [loss.before, loss.after],
                    "lost": [low, high], "since": since, "total": [total.before, total.after]}  # fmt: skip
        numbers = f"{loss.metric} {loss.before:.3f} -> {loss.after:.3f}, {loss.lost:.3f} lost ({low:.3f} to {high:.3f})"
        if turned or all_fell:
            sentence = f"same inputs, new relation: `{segment}` = {value}{begun}: {numbers}"
            code = "concept-drift"
        else:
            sentence = (
                f"the total {total.metric} holds ({total.before:.3f} -> {total.after:.3f}); `{segment}` = {value}"
            )
            sentence += f" fell{begun}: {numbers}"
            code = "segment-degraded"
        yield Finding(code, name, sentence, column, expected=loss.before, found=loss.after, evidence=evidence)
    if all_fell and not told:
        low, high = total.interval(tests)
        since = _since(before, after, None, None, total.metric)
        sentence = (
            f"same inputs, new relation{f' since {since}' if since else ''}: {total.metric} {total.before:.3f} -> "
        )
        sentence += f"{total.after:.3f}, {total.lost:.3f} lost ({low:.3f} to {high:.3f}), in no segment alone"
        evidence = {"metric": total.metric, "sides": [total.before, total.after], "lost": [low, high], "since": since}
        sides = total.before, total.after
        yield Finding("concept-drift", name, sentence, column, expected=sides[0], found=sides[1], evidence=evidence)


def _since(before: Group, after: Group, segment: str | None, value: str | None, metric: str) -> str | None:
    """The window that parts those that held from those that lost best; None where no window does so clearly."""
    cells = after["windows"].get("of", {}) if segment is None else after["both"].get(segment, {}).get(value, {})
    known = before["total"] if segment is None else before["segments"][segment][value]
    names = sorted(name for name, own in cells.items() if own["errors"].get(metric))
    if len(names) < 3:
        return None
    values = np.array([cells[name]["metrics"][metric] for name in names])
    weights = 1 / np.array([cells[name]["errors"][metric] for name in names]) ** 2
    sign = 1.0 if metric in BETTER_LOWER else -1.0
    best: tuple[float, int] = (_CHANGED, 0)
    for i in range(1, len(names)):
        parts = [(values[s] @ weights[s] / weights[s].sum(), weights[s].sum()) for s in (slice(i), slice(i, None))]
        certain = sign * (parts[1][0] - parts[0][0]) / math.sqrt(1 / parts[0][1] + 1 / parts[1][1])
        held = sign * (parts[0][0] - known["metrics"][metric]) < MARGIN
        if held and certain > best[0]:
            best = certain, i
    return str(names[best[1]]) if best[1] else None
