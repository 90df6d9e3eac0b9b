"""Sums differ by no more than adding the same numbers in another order may change."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from parityline.causes.beside import group_totals
from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.kernel.summaries import Totals
from parityline.kernel.summaries.totals import DOUBLE, SINGLE

CODE = "summation-order"
RUNG = Rung.PRECISION


def explain(case: Case) -> Finding | None:
    column = case.column
    inputs = case.inputs()
    if column is None or not column.is_number or case.finding.code != "values-differ" or not column.differs.any():
        return None
    if not inputs or not all(source.identical for source in inputs.values()):
        return None  # then more than the order may have changed
    before, after = (side[column.differs] for side in column.numbers)
    if not np.isfinite(before).all() or not np.isfinite(after).all():
        return None
    largest = float(np.abs(after - before).max())
    for of, bound, values in _bounds(case):
        if largest <= bound:
            sentence = (
                f"`{column.name}` differs by at most {largest:.2g}: adding {values:,} values of `{of}` in another "
            )
            sentence += f"order may change it by {float(bound):.2g}"
            evidence = {"largest": largest, "bound": float(bound), "of": of, "summed": values}
            return case.found(CODE, sentence, severity="note", evidence=evidence)
    return None


def _bounds(case: Case) -> Iterator[tuple[str, Fraction, int]]:
    """(input column, how far two sums of it may lie apart, values in the largest sum), the tightest first."""
    unit = SINGLE if _single(case) else DOUBLE
    column = case.column
    assert column is not None
    rows = set(np.flatnonzero(column.differs).tolist())
    by_group: set[str] = set()
    for stage, measure, places, groups in group_totals(case):
        of = {place: group.totals for place, group in zip(places.tolist(), groups, strict=True) if place in rows}
        if of.keys() != rows:
            continue
        by_group.add(f"{stage}.{measure}")
        sums = [(Fraction(side[place]), totals) for place, totals in of.items() for side in column.numbers]
        if all(abs(value - totals.sum) <= totals.error_of_sum(unit) for value, totals in sums):
            widest = max(of.values(), key=lambda totals: totals.error_of_sum(unit))
            yield f"{stage}.{measure}", 2 * widest.error_of_sum(unit), widest.count
    for stage, source in case.inputs().items():
        for name in source.common:
            totals = source.reference.columns[name].totals
            of_column = f"{stage}.{name}"
            if source.reference.columns[name].type != "number" or totals.count < 2 or of_column in by_group:
                continue
            if _is_summed(case, totals, unit):
                yield of_column, 2 * totals.error_of_sum(unit), totals.count


def _is_summed(case: Case, totals: Totals, unit: Fraction) -> bool:
    """Whether the column adds up to what the input adds up to, on both sides: sums by group do."""
    assert case.column is not None
    sides = case.column.reference, case.column.observed
    fewer = all(side.totals.count < totals.count for side in sides)
    return fewer and all(abs(side.totals.sum - totals.sum) <= totals.error_of_sum(unit) for side in sides)


def _single(case: Case) -> bool:
    """Whether both sides hold the column in single precision."""
    assert case.column is not None
    return all(str(facts.get("types", {}).get(case.column.name)) in ("float", "float32") for facts in case.table.facts)
