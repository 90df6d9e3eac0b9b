"""The live population differs, and the pipeline does not."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.fingerprints import ColumnFingerprint
from parityline.performance.effects import Common
from parityline.queries import of_another_period

CODE = "population-moved"
RUNG = Rung.SUBSET

_QUANTILES = np.linspace(0.05, 0.95, 19)
_SCALE = 0.3
"""Quantiles that are all multiplied by one factor further from 1 than this are another unit, and no other world."""
_SPIKE = 0.1
_SPIKE_TIMES = 30
"""A share that grew by less belongs to a value that was common before."""


def explain(case: Case) -> Finding | None:
    """A source of new rows moved as a whole, by the same query: in no other unit, and by no single value put in."""
    table, name = case.table, case.finding.column
    if case.finding.code != "distribution-moved" or table.kind != "source" or table.rows_kind != "new" or name is None:
        return None
    before, after = table.reference.columns[name], table.observed.columns[name]
    if _asked_otherwise(case) or _rescaled(before, after) or _spiked(before, after) or not _same_forms(before, after):
        return None
    if before.mean is None or after.mean is None or before.type != "number":
        how = case.finding.sentence.removeprefix(table.where)
    else:
        since = case.finding.evidence.get("since")
        how = (
            f"the mean of `{name}` went from {before.mean:.4g} to {after.mean:.4g}{f' since {since}' if since else ''}"
        )
    overlap = table.overlap
    shared = "no row is on both sides, so that only types, forms and the process could be compared"
    if overlap:
        shared = f"{overlap:.0%} of the keys are on both sides"
    sentence = f"the population moved, and nothing says that the pipeline did: {how}; {shared}"
    return case.found(CODE, sentence, evidence={"overlap": overlap})


def _asked_otherwise(case: Case) -> bool:
    """Whether the rows are of another query, beyond its dates, or were read with other options; not known is no."""
    if case.context is None:
        return False
    before, after = (stage.facts.get("process", {}) for stage in case.context.stages)
    if before.get("options") and after.get("options") and before["options"] != after["options"]:
        return True
    queries = before.get("query"), after.get("query")
    return all(queries) and not of_another_period(*map(str, queries))


def _rescaled(before: ColumnFingerprint, after: ColumnFingerprint) -> bool:
    if not before.distribution.counts or not after.distribution.counts:
        return False
    sides = [np.array([side.quantile(q) for q in _QUANTILES], float) for side in (before, after)]
    there = (sides[0] != 0) & (sides[1] != 0) & np.isfinite(sides[0]) & np.isfinite(sides[1])
    if there.sum() < len(_QUANTILES) // 2 or len(np.unique(sides[0])) < 4:
        return False
    factors = sides[1][there] / sides[0][there]
    middle = float(np.median(factors))
    return abs(middle - 1) > _SCALE and float(np.abs(factors / middle - 1).max()) < 0.15


def _spiked(before: ColumnFingerprint, after: ColumnFingerprint) -> bool:
    """Whether one number took a share of the rows, and had nearly none."""
    if before.type != "number" or not after.distribution.counts or not before.distribution.counts:
        return False
    common = Common.of(before.distribution, after.distribution)
    shares = [counts / counts.sum() for counts in common.counts]
    at = int(np.argmax(shares[1]))
    return bool(shares[1][at] > _SPIKE and shares[1][at] > _SPIKE_TIMES * shares[0][at])


def _same_forms(before: ColumnFingerprint, after: ColumnFingerprint) -> bool:
    """Whether numbers are as exact as they were: whole numbers stay whole, and float64 stays float64."""
    rows = [side.rows - side.missing - side.shape.nans for side in (before, after)]
    if before.type != "number" or not all(rows):
        return True
    exact = [side.form.named()["float32"] / n for side, n in zip((before, after), rows, strict=True)]
    return abs(exact[0] - exact[1]) < 0.5
