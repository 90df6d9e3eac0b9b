"""A division by zero, the logarithm of zero, or an overflow."""

from __future__ import annotations

import math

import numpy as np

from parityline.causes.beside import known, labelled, marked_upstream, upstream
from parityline.causes.cause import FEWEST, Case, Rung, same
from parityline.findings import Finding
from parityline.kernel.cells import Cell
from parityline.pairs import ColumnPair

CODE = "infinite-from-arithmetic"
RUNG = Rung.MISSING

_MARKS = {
    " = 0": lambda cell: cell == 0 and isinstance(cell, float),
    " above 709, where the exponential overflows": lambda cell: isinstance(cell, float) and 709 < cell < math.inf,
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
    return _made_here(case, column, counts, bad)


def _made_here(case: Case, column: ColumnPair, counts: list[int], bad: list[int]) -> Finding | None:
    """Infinite predictions where research has numbers; the inputs of all known ones are finite and as in research."""
    if case.table.kind != "predictions":
        return None  # a step that writes infinite values need not compute them
    if column.observed.shape.nans > column.reference.shape.nans:
        return None  # what gives NaN, too, says more
    before = known(case.table.reference, column.name)
    sides = [
        {(stage, name): cells for stage, name, own, cells in upstream(case, side) if stage and own.type == "number"}
        for side in (0, 1)
    ]
    inputs = [(cells, sides[0][at]) for at, cells in sides[1].items() if at in sides[0]]
    # samples of a large table hold some of these rows: nothing that is known of one may be infinite
    new = [key for key in bad if key in before and not _infinite(before[key])]
    seen = {key for key in new if any(key in cells and key in then for cells, then in inputs)}
    if not seen:
        return None
    shared = [[(cells[key], then[key]) for key in seen if key in cells and key in then] for cells, then in inputs]
    if not all(same(cell, then) and not _infinite(cell) for pairs in shared for cell, then in pairs):
        return None
    more = f"{counts[1] - counts[0]:,} more" if counts[0] else f"{counts[1]:,}"
    sentence = f"{more} values of `{column.name}` are infinite, and what they are made of is finite and as in "
    sentence += "research: what is computed from it overflows, or divides by zero"
    evidence = {"infinite": counts, "known": len(seen), "inputs": sum(map(bool, shared))}
    return case.found(CODE, sentence, share=counts[1] / max(1, column.observed.rows), evidence=evidence)


def _infinite(cell: Cell) -> bool:
    return isinstance(cell, float) and math.isinf(cell)
