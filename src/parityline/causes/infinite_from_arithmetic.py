"""A division by zero, the logarithm of zero, or an overflow."""

from __future__ import annotations

import math

import numpy as np

from parityline.causes.beside import known, labelled, marked_upstream
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.kernel.cells import Cell

CODE = "infinite-from-arithmetic"
RUNG = Rung.MISSING

_MARKS = {
    " = 0": lambda cell: cell == 0 and isinstance(cell, float),
    " above 709, where the exponential overflows": lambda cell: isinstance(cell, float) and cell > 709,
}


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.observed.type != "number" or case.table.kind == "source":
        return None
    counts = [s.plus_infinities + s.minus_infinities for s in (column.reference.shape, column.observed.shape)]
    if counts[1] <= counts[0]:
        return None
    if case.finding.code == "values-differ" and np.isfinite(column.numbers[1][column.differs]).any():
        return None
    cells = known(case.table.observed, column.name)
    bad = [key for key, cell in cells.items() if _infinite(cell)]
    good = [key for key, cell in cells.items() if isinstance(cell, float) and math.isfinite(cell)]
    for mark, holds in _MARKS.items():
        found = marked_upstream(case, 1, bad, good, holds, fewest=min(FEWEST, counts[1]))
        if found is None:
            continue
        name = labelled(*found)
        sentence = (
            f"{counts[1]:,} values of `{column.name}` are infinite, all {len(bad):,} known ones with {name}{mark}"
        )
        evidence = {"of": name.strip("`"), "infinite": counts, "known": len(bad)}
        return case.found(CODE, sentence, share=counts[1] / max(1, column.observed.rows), evidence=evidence)
    return None


def _infinite(cell: Cell) -> bool:
    return isinstance(cell, float) and math.isinf(cell)
