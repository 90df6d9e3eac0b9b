"""What was promised of a metric is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from parityline.findings import Finding, Unchecked
from parityline.performance.definitions import definition, definitions
from parityline.records import Record, StageRecord


def met_expectations(reference: Record, observed: Record) -> Iterator[tuple[str, Finding | Unchecked]]:
    """Every expectation of the reference against the observed metric; yields (stage, result) where it is not kept."""
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
        other = _defined_otherwise(reference, observed, before, value) if stage is None else None
        if other is not None:
            yield other.stage, replace(other, expected=expected, found=value, evidence={**other.evidence, **evidence})
        elif limit:
            sentence = f"{metric} is {value:.4g}; expected {limit}" + (
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
