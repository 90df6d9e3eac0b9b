"""Missing values were filled with another constant."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.kernel.cells import Cell

CODE = "imputed-with-other-constant"
RUNG = Rung.CONSTANT


def explain(case: Case) -> Finding | None:
    column = case.column
    if (
        column is None
        or column.reference.type != "number"
        or column.hidden
        or case.table.kind not in ("features", "etl")
    ):
        return None
    changed = column.changed()
    if len(changed) < FEWEST:
        return None
    before, after = {a for a, _ in changed}, {b for _, b in changed}
    if len(before) != 1 or len(after) != 1:
        return None
    old, new = before.pop(), after.pop()
    if not isinstance(old, float) or not isinstance(new, float) or old != old or new != new:
        return None
    # a fill is seen where the reference holds one value in all rows that changed, and holds it in no other row
    left = column.cells[0]
    if left.distinct.index(old) in set(left.index[~column.differs].tolist()):
        return None
    rows = round(len(changed) / max(1, column.aligned) * column.observed.rows)
    what = [_statistic(case, constant, side) for side, constant in enumerate((old, new))]
    told = [f"{constant:.6g}" + (f", {name}" if name else "") for constant, name in zip((old, new), what, strict=True)]
    sentence = (
        f"`{column.name}`: missing values are filled with {told[1]}; research used {told[0]} (about {rows:,} rows)"
    )
    evidence = {"constant": [old, new], "statistic": what, "sampled": len(changed)}
    return case.found(CODE, sentence, expected=old, found=new, evidence=evidence)


def _statistic(case: Case, constant: float, side: int) -> str | None:
    """What the constant is of the input that is filled, on its own side; None where the input does not tell."""
    assert case.column is not None
    for source in case.inputs().values():
        own = (source.reference, source.observed)[side].columns.get(case.column.name)
        if own is None or not own.totals.count or own.mean is None:
            continue
        if abs(own.mean - constant) <= 1e-9 * max(1.0, abs(constant)):
            return "the mean of its input"
        if own.values.complete:
            values = sorted(
                (cell, rows) for cell, rows in zip(own.values.cells, own.values.counts, strict=True) if _finite(cell)
            )
            ranked = np.repeat([float(cell) for cell, _ in values], [rows for _, rows in values])  # type: ignore[arg-type]
            return "the median of its input" if len(ranked) and float(np.median(ranked)) == constant else None
        middle = [own.quantile(q) for q in (0.5, 0.5 - own.rank_error, 0.5 + own.rank_error)]
        near = [quantile for quantile in middle if quantile is not None]
        if near and min(near) <= constant <= max(near):
            return "about the median of its input"
    return None


def _finite(cell: Cell) -> bool:
    return isinstance(cell, float) and bool(np.isfinite(cell))
