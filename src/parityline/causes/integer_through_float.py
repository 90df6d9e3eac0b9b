"""Integers above 2**53 passed through float64."""

from __future__ import annotations

from fractions import Fraction

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.kernel.cells import Cell, Wide

CODE = "integer-through-float"
RUNG = Rung.TYPE


def explain(case: Case) -> Finding | None:
    """Every integer that float64 cannot hold is the one nearest to it, and no other number changed."""
    column = case.column
    if column is None or column.reference.type != "number" or column.observed.type != "number":
        return None
    if column.reference.within(2**53):
        return None
    changed, pairs = case.changes(), case.pairs()
    if changed is None or pairs is None:
        return None
    if any(not _large(a) or not isinstance(a, Wide) or b != a.nearest for a, b in changed):
        return None
    if any(_large(a) and isinstance(b, Wide) for a, b in pairs):
        return None  # an integer of this size was kept
    steps = {Fraction(b) - a.value for a, b in changed if isinstance(a, Wide) and isinstance(b, float)}
    if len(steps) == 1:
        return None  # one constant was added
    before, after = len({a for a, _ in changed}), len({b for _, b in changed})
    sentence = f"`{column.name}` passed through float64: integers above 2^53 lost their last digits"
    if after < before:
        sentence += f", and {before:,} distinct ones among the rows that are known became {after:,}"
    return case.found(CODE, sentence, evidence={"distinct": [before, after], "differing": len(changed)})


def _large(cell: Cell) -> bool:
    return isinstance(cell, Wide) and cell.exponent is not None and cell.exponent >= 0 and abs(cell.value) > 2**53
