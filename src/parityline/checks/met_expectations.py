"""What was promised of a metric is kept."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator
from dataclasses import replace
from typing import Any

from parityline.findings import Finding, Unchecked
from parityline.performance.definitions import definition, definitions
from parityline.records import Record, StageRecord

_WIDTH = 1.96
"""Standard errors on either side of an interval of 95 %."""
_CERTAIN = 3.0


def met_expectations(
    reference: Record, observed: Record, new_rows: Container[str] = ()
) -> Iterator[tuple[str, Finding | Unchecked]]:
    """Every expectation of the reference against the observed metric; yields (stage, result) where it is not kept.

    new_rows: stages whose rows are others than in the reference. There a metric is an estimate, and an expectation is
    missed where its whole interval of 95 % lies beyond the limit; where the interval holds the limit, rows are too few.
    """
    for expected in reference.expectations:
        metric = expected["metric"]
        stage = stage_of(reference, expected)
        if stage is not None:
            there = observed.stages.get(stage.name)
            metrics = there.facts.get("metrics", {}) if there else {}
            name, value = stage.name, metrics.get(metric)
            before = stage.facts.get("metrics", {}).get(metric)
        else:
            name, before = "process", expected.get("value")
            given = [e for e in observed.expectations if e["metric"] == metric and e.get("of") == expected.get("of")]
            value = given[0].get("value") if given else None
        if value is None:
            why = f"labels-not-there: {metric} was not measured in the observed run"
            yield name, Unchecked(name, f"expectation of {metric}", why)
            continue
        low, high = expected.get("at_least"), expected.get("at_most")
        if stage is None and low is None and high is None:
            low = high = expected.get("value")
        evidence = {"metric": metric, "measured": [before, value], "expectation": expected}
        limit = (
            f"at least {low:g}"
            if low is not None and value < low
            else f"at most {high:g}"
            if high is not None and value > high
            else ""
        )
        error = _error(there, metric) if stage is not None and name in new_rows and there else None
        if limit and error:
            missed = low if low is not None and value < low else high
            few = _too_few(name, metric, value, float(missed or 0.0), error, there)
            if few is not None:
                yield name, few
                continue
            evidence["interval"] = [value - _WIDTH * error, value + _WIDTH * error]
        inflated = _inflated(stage, there, expected, value, error) if limit and stage is not None and there else None
        if inflated is not None:
            yield name, replace(inflated, expected=expected, found=value, evidence={**inflated.evidence, **evidence})
            continue
        other = _defined_otherwise(reference, observed, before, value) if stage is None else None
        if other is not None:
            yield other.stage, replace(other, expected=expected, found=value, evidence={**other.evidence, **evidence})
        elif limit:
            interval = f" ({evidence['interval'][0]:.4g} to {evidence['interval'][1]:.4g})" if error else ""
            sentence = f"{metric} is {value:.4g}{interval}; expected {limit}" + (
                f" (research measured {before:.4g})" if before is not None else ""
            )
            yield (
                name,
                Finding(
                    "metric-below-expectation",
                    name,
                    sentence,
                    expected=expected,
                    found=value,
                    evidence=evidence,
                    scenario=5,
                ),
            )


def _error(stage: StageRecord, metric: str) -> float | None:
    """The standard error of a metric of outcomes, where it has one."""
    total = (stage.facts.get("breakdown") or {}).get("total") or {}
    error = total.get("errors", {}).get(metric)
    return float(error) if error else None


def _too_few(
    name: str, metric: str, value: float, limit: float, error: float, stage: StageRecord | None
) -> Unchecked | None:
    """What is said where the interval of the metric holds the limit."""
    gap = abs(value - limit)
    if gap > _WIDTH * error:
        return None
    rows = (stage.facts.get("metrics", {}) if stage else {}).get("rows", 0.0)
    needed = int(rows * (_WIDTH * error / gap) ** 2) + 1 if gap else None
    why = f"too-few-rows: {metric} is {value:.4g}, {value - _WIDTH * error:.4g} to {value + _WIDTH * error:.4g} with "
    why += f"{int(rows):,} rows, and the limit {limit:g} lies within"
    why += f"; a gap of this size needs about {needed:,} rows" if needed else ""
    return Unchecked(name, f"expectation of {metric}", why)


def _inflated(
    before: StageRecord, after: StageRecord, expected: dict[str, Any], value: float, error: float | None
) -> Finding | None:
    """The metric of research falls to the one observed where leaked rows are taken out."""
    metric = expected["metric"]
    was, left = (before.facts.get(own, {}).get(metric) for own in ("metrics", "metrics_without_leaked"))
    own = _error(before, metric) or 0.0
    low, high = expected.get("at_least", -math.inf), expected.get("at_most", math.inf)
    if was is None or left is None or not low <= was <= high or metric not in after.facts.get("metrics", {}):
        return None
    if abs(was - value) <= abs(left - value) or abs(left - value) > _CERTAIN * math.hypot(own, error or 0.0):
        return None
    if abs(was - left) < abs(was - value) / 2:
        return None
    leaked = before.facts["leaked"]
    sentence = f"{metric} was {was:.4g} in research and falls to {left:.4g} without {leaked:,} rows that several parts "
    sentence += f"of the split share; here it is {value:.4g}"
    evidence = {"leaked": leaked, "without_leaked": left}
    explains = ("metric-below-expectation",)
    return Finding("expectation-inflated", before.name, sentence, explains=explains, evidence=evidence, scenario=5)


def _defined_otherwise(reference: Record, observed: Record, before: float | None, value: float) -> Finding | None:
    """A number that each run gives itself, and that outcomes give under one definition there and another one here."""
    for name, stage in reference.stages.items():
        there = observed.stages.get(name)
        if stage.kind != "outcomes" or there is None or before is None:
            continue
        counts = [side.facts.get("metrics", {}) for side in (stage, there)]
        was, now = definition(before, counts[0]), definition(value, counts[1])
        if was is None or now is None or was == now or definitions(counts[1])[was] == value:
            continue
        own = definitions(counts[1])[was]
        sentence = f"the metric is {now} here ({value:.4g}) and was {was} in research ({before:.4g}): by that "
        sentence += f"definition it is {own:.4g}"
        evidence = {"definitions": [was, now], "by_the_definition_of_research": own}
        explains = ("metric-below-expectation",)
        return Finding("metric-definition-changed", name, sentence, explains=explains, evidence=evidence, scenario=5)
    return None


def stage_of(record: Record, expected: dict[str, object]) -> StageRecord | None:
    """The outcomes that the expectation is of; None for a number that each run gives itself."""
    outcomes = {name: s for name, s in record.stages.items() if s.kind == "outcomes"}
    named = outcomes.get(str(expected.get("of")))
    if named is None and expected.get("of") is None and len(outcomes) == 1:
        named = next(iter(outcomes.values()))
    if named is not None and expected["metric"] in named.facts.get("metrics", {}):
        return named
    return named if named is not None and expected.get("of") else None
