"""Predictions of new rows do as well as in the reference: in total, in each segment, on labels that can be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from parityline.checks.same_values import percent
from parityline.findings import Finding, Unchecked
from parityline.performance.drift import ALPHA
from parityline.performance.effects import t_quantile
from parityline.performance.labels import CHANCE_LEVEL, Group, class_share, immature, selected, unrelated
from parityline.performance.metrics import BETTER_LOWER
from parityline.records import StageRecord

MARGIN = 0.05
"""So much of a metric must be lost to matter: absolute for shares and AUC, relative for errors in a unit."""
_FEWEST = 30
_CHANGED = 4.0
"""Standard errors between the windows before and after a moment at which a metric changed."""


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
    young = immature(after)
    if young is not None:
        yield from _told_immature(name, column, young)
    known = [stage.facts.get("labelled_by_score") for stage in (reference, observed)]
    of_some = selected(known[0], known[1]) if known[0] and known[1] else None
    if of_some is not None:
        share, low, high, evidence = of_some
        sentence = f"outcomes are known for {percent(share)} of the predictions, and for which is decided by the "
        sentence += f"prediction: {percent(low)} of the tenth with the least, {percent(high)} at most; the rest is not "
        explains = ("distribution-moved",)
        yield Finding(
            "labels-selected", name, sentence + "measured", column, share=share, evidence=evidence, explains=explains
        )
        return
    if young is not None:
        return
    of_others = unrelated(before, after)
    if of_others is not None:
        was, now = of_others
        sentence = f"labels have the rate of the reference and no relation to the predictions: the AUC is {now:.3f}, "
        sentence += f"{was:.3f} in research, and near 0.5 in every segment: look at the join of the labels"
        yield Finding("labels-unrelated", name, sentence, column, expected=was, found=now, evidence={"auc": [was, now]})
        return
    total = _loss(before["total"], after["total"])
    if not earlier_stages_agree:
        why = "an earlier stage differs: whether the relation to the outcome changed cannot be told before it is mended"
        yield Unchecked(name, "performance", f"not-replayable: {why}")
        return
    if total is None:
        why = f"too-few-rows: no metric has enough labelled rows ({int(after['total']['rows'])})"
        yield Unchecked(name, "performance", why)
        return
    yield from _lost(name, column, before, after, total)
    moved = class_share(before, after)
    if moved is not None and not (total.matters and total.is_certain(1)):
        was, now, evidence = moved
        sentence = f"the positive rate moved from {percent(was)} to {percent(now)}; the ranking holds "
        sentence += f"({total.metric} {total.before:.3f} -> {total.after:.3f})"
        explains = ("distribution-moved",)
        yield Finding(
            "class-share-moved", name, sentence, column, expected=was, found=now, explains=explains, evidence=evidence
        )


def _breakdown(stage: StageRecord) -> Group | None:
    found: Group = stage.facts.get("breakdown") or {}
    return found if found.get("total") else None


def _told_immature(name: str, column: str, found: tuple[list[str], float, float]) -> Iterator[Finding | Unchecked]:
    windows, new, old = found
    sentence = f"labels since {windows[0]} are immature ({percent(new)} positive against {percent(old)} before): "
    sentence += "performance there cannot be measured yet"
    evidence = {"windows": windows, "rate": [old, new]}
    yield Finding("labels-immature", name, sentence, column, severity="warning", evidence=evidence, expected=old,
                  found=new, explains=("distribution-moved",))  # fmt: skip
    yield Unchecked(name, f"performance since {windows[0]}", "labels-not-there: outcomes of young rows are not known")


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
