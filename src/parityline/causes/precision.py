"""Fewer bits of precision: seen in aligned rows by a cast, without them by the form of the values and the totals."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import Case
from parityline.checks.same_values import percent
from parityline.findings import Finding

SINGLE_BITS = 24

_FEWEST_VALUES = 10
"""Of fewer distinct values a column fits single precision by chance, as a constant does."""


def by_cast(case: Case, code: str, dtype: type[np.floating], cast: str) -> Finding | None:
    """Every differing aligned number is the reference cast to `dtype`."""
    column, found = case.column, case.numbers()
    if column is None or found is None or column.reference.type != "number":
        return None
    with np.errstate(over="ignore"):
        if not np.array_equal(found[0].astype(dtype).astype(np.float64), found[1]):
            return None
        if len(np.unique(found[1])) == 1 < len(np.unique(found[0])):
            return None  # clipped at a number that fits
    sentence = f"`{column.name}`: {percent(column.share or 0)} of the sampled values differ, and all agree once "
    bits = np.finfo(dtype).nmant + 1
    return case.found(code, f"{sentence}the reference is cast to {cast}", evidence={"bits": bits})


def by_totals(case: Case, code: str) -> Finding | None:
    """All observed values fit float32, not all of the reference did, and the totals agree within its rounding.

    A float32 is off by at most 2**-24 of itself, and a sum by that of the sum of magnitudes. Half precision has no form
    count, so it needs aligned rows.
    """
    column = case.column
    if column is None or column.aligned or column.reference.type != "number":
        return None
    before, after = column.reference, column.observed
    if before.rows != after.rows or before.totals.count != after.totals.count:
        return None
    if after.distinct < min(before.distinct, _FEWEST_VALUES):
        return None
    fits = [c.form.named().get("float32", 0) for c in (before, after)]
    if fits[1] != after.totals.count or fits[0] == before.totals.count:
        return None
    magnitude = before.totals.positive - before.totals.negative
    if abs(after.totals.sum - before.totals.sum) > magnitude / 2**SINGLE_BITS:
        return None
    sentence = (
        f"`{column.name}`: every value fits single precision now ({fits[0]:,} of {fits[1]:,} did), and the total "
    )
    sentence += "agrees within its rounding: this step stores single precision"
    return case.found(code, sentence, evidence={"bits": SINGLE_BITS})
