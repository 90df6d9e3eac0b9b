"""Integers wrapped around in a narrower type."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung, same, whole
from parityline.findings import Finding

CODE = "integer-overflow"
RUNG = Rung.TYPE


def explain(case: Case) -> Finding | None:
    """Every number is the reference modulo 2**bits: those within the bounds of the type are equal, the others wrap."""
    column = case.column
    if column is None or column.reference.type != "number" or column.observed.type != "number":
        return None
    before, after = (side[column.differs] for side in column.numbers)
    apart = np.abs(before - after)
    if ((apart > 1) & (apart < 2**8 - 1)).any() or not (apart >= 2**8 - 1).any():
        return None  # cheap to see, and nearly always so
    changed, pairs = case.changes(), case.pairs()
    if changed is None or pairs is None:
        return None
    moved = [(whole(a), whole(b)) for a, b in changed]
    if any(a is None or b is None or (a - b) % 2**8 for a, b in moved):
        return None
    numbers = [(whole(a), whole(b)) for a, b in pairs if not same(a, b) or whole(a) is not None]
    for bits in (64, 32, 16, 8):
        for signed in (True, False):
            low = -(1 << bits - 1) if signed else 0
            high = low + (1 << bits)
            beyond = sum(a is not None and not low <= a < high for a, _ in moved)
            if beyond < FEWEST or any(b != (a - low) % (high - low) + low for a, b in numbers if a is not None):
                continue
            bound = f"2^{bits - signed}"
            name = f"{'' if signed else 'u'}int{bits}"
            sentence = f"`{column.name}` wrapped around at {bound}: every differing number is the reference in {name}"
            return case.found(CODE, sentence, evidence={"bits": bits, "signed": signed, "wrapped": beyond})
    return None
