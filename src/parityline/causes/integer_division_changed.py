"""Whole numbers are divided by another rule: one side floors, the other cuts, which differs below zero."""

from __future__ import annotations

import math

import numpy as np

from parityline.causes.beside import Floats, beside, first_differing, labelled, sides_at
from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "integer-division-changed"
RUNG = Rung.BESIDE
_MOST = 500
"""Divisors that are tried."""


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "number":
        return None
    for other in beside(case, "number"):
        if not other.numbers[first_differing(case, other)] < 0:
            continue  # cheap to see, and nearly always so
        before, after = sides_at(case, other)
        here = np.isfinite(before) & np.isfinite(after) & np.isfinite(other.numbers)
        differs = column.differs[other.places]
        x = other.numbers[here]
        if not here[differs].all() or (other.numbers[differs] >= 0).any() or not np.array_equal(x, np.rint(x)):
            continue
        if (x >= 0).sum() < 1 or len(np.unique(before[here])) < 3:
            continue
        for what, rules in _RULES.items():
            found = _divisor(x, before[here], after[here], rules)
            if found is None:
                continue
            divisor, cuts = found
            now, then = ("cuts", "floored") if cuts else ("floors", "cut")
            name = labelled(other.stage, other.name)
            sentence = f"`{column.name}` differs only where {name} < 0: the {what} by {divisor} {now} where research "
            evidence = {"of": name.strip("`"), "divisor": divisor, "rows": int(differs.sum())}
            return case.found(CODE, f"{sentence}{then}", evidence=evidence)
    return None


_RULES = {
    "division": (lambda x, d: np.floor(x / d), lambda x, d: np.trunc(x / d)),
    "remainder of the division": (np.mod, np.fmod),
}


def _divisor(x: Floats, before: Floats, after: Floats, rules: tuple[object, object]) -> tuple[int, bool] | None:
    """A whole divisor under which one side is floored and the other cut, and whether the observed one is cut."""
    floor, cut = rules
    if floor is np.mod:
        largest = max(float(np.abs(before).max()), float(np.abs(after).max()))
        tried = range(int(largest) + 1, int(largest) + 2)  # a remainder reaches to one below the divisor
    else:
        at = int(np.argmax(np.abs(before)))
        if not before[at]:
            return None
        low, high = sorted((abs(x[at]) / (abs(before[at]) + 1), abs(x[at]) / max(1.0, abs(before[at]) - 1)))
        tried = range(max(2, math.floor(low)), min(math.ceil(high), math.floor(low) + _MOST) + 1)
    for divisor in tried:
        if divisor < 2:
            continue
        floored, cutted = floor(x, divisor), cut(x, divisor)  # type: ignore[operator]
        if np.array_equal(floored, before) and np.array_equal(cutted, after):
            return divisor, True
        if np.array_equal(cutted, before) and np.array_equal(floored, after):
            return divisor, False
    return None
