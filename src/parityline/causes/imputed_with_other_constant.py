"""Missing values were filled with another constant, or were left missing in the reference."""

from __future__ import annotations

import numpy as np

from parityline.causes.beside import is_absent, marked_upstream
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.fingerprints import ColumnFingerprint
from parityline.kernel.cells import Cell
from parityline.pairs import ColumnPair

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
    changed = column.changed
    if len(changed) < FEWEST:
        return None
    after = {b for _, b in changed}
    if len(after) != 1:
        return None
    new = after.pop()
    if not isinstance(new, float) or new != new:
        return None
    if all(is_absent(a) for a, _ in changed):
        return _where_missing(case, column, new)
    before = {a for a, _ in changed}
    old = before.pop()
    if before or not isinstance(old, float) or old != old:
        return None
    # a fill is seen where the reference holds one value in all rows that changed, and holds it in no other row
    left, gap = column.cells[0], _gap(case)
    elsewhere = left.distinct.index(old) in set(left.index[~column.differs].tolist())
    if gap is False or (gap is None and (elsewhere or _two_values(column.reference))):
        return None
    rows = round(len(changed) / max(1, column.aligned) * column.observed.rows)
    what = [_statistic(case, constant, side) for side, constant in enumerate((old, new))]
    told = [f"{constant:.6g}" + (f", {name}" if name else "") for constant, name in zip((old, new), what, strict=True)]
    sentence = (
        f"`{column.name}`: missing values are filled with {told[1]}; research used {told[0]} (about {rows:,} rows)"
    )
    evidence = {"constant": [old, new], "statistic": what, "sampled": len(changed)}
    return case.found(CODE, sentence, expected=old, found=new, evidence=evidence)


def explains_one_value(case: Case) -> bool:
    """Whether one value alone differs, just where the input has none: another number is filled in, and none is cut."""
    column = case.column
    if column is None or len(np.unique(column.numbers[0][column.differs])) != 1:
        return False
    return explain(case) is not None


def fills_gaps(case: Case) -> bool:
    """Whether an input misses a value just where the column differs, and it differs by the constant there."""
    return _gap(case) is True and explain(case) is not None


def _gap(case: Case) -> bool | None:
    """Whether an input misses a value in all rows that differ and in no other; None where no input tells."""
    column, table, context = case.column, case.table, case.context
    if column is None or context is None or not table.keyed:
        return None
    stage = context.records[0].stages.get(table.stage)
    if stage is None or not stage.inputs:
        return None
    sample, rows = table.reference.state.sample, table.rows[0][case.kept]
    bad, good = (
        [sample.keys[sample.owner[row]] for row in rows[at].tolist()] for at in (column.differs, ~column.differs)
    )
    if len(good) < FEWEST:
        return None
    return marked_upstream(case, 0, bad, good, is_absent) is not None


def _two_values(column: ColumnFingerprint) -> bool:
    """Whether it is an indicator, of which one value for the other fills nothing."""
    return column.values.complete and column.distinct <= 2


def _where_missing(case: Case, column: ColumnPair, fill: float) -> Finding | None:
    """Every value that is missing in the reference is the constant."""
    before, after = column.reference, column.observed
    filled = before.missing + before.shape.nans - after.missing - after.shape.nans
    if filled <= 0:
        return None
    name = _statistic(case, fill, 1) or _of_itself(before, fill)
    told = f"{fill:.6g}" + (f", {name}" if name else "")
    sentence = f"`{column.name}`: the {filled:,} missing values are filled with {told}; research left them missing"
    return case.found(CODE, sentence, found=fill, evidence={"constant": [None, fill], "statistic": [None, name],
                                                            "filled": filled})  # fmt: skip


def _of_itself(column: ColumnFingerprint, fill: float) -> str | None:
    """What the constant is of the values that are not missing."""
    if column.mean is not None and _near(column.mean, fill):
        return "their mean"
    return "about their median" if _is_median(column, fill) else None


def _statistic(case: Case, constant: float, side: int) -> str | None:
    """What the constant is of the input that is filled, on its own side; None where the input does not tell."""
    assert case.column is not None
    for stage, source in case.inputs().items():
        columns = (source.reference, source.observed)[side].columns
        for name, other in columns.items():
            # of a column without gaps nothing is filled, and many have the mean 0
            gaps = other.missing + other.shape.nans if constant else 0
            if gaps and name != case.column.name and other.mean is not None and _near(other.mean, constant):
                return f"the mean of {stage}.{name}"
        own = columns.get(case.column.name)
        if own is None or not own.totals.count or own.mean is None:
            continue
        if _near(own.mean, constant):
            return "the mean of its input"
        if own.values.complete:
            values = sorted(
                (cell, rows) for cell, rows in zip(own.values.cells, own.values.counts, strict=True) if _finite(cell)
            )
            ranked = np.repeat([float(cell) for cell, _ in values], [rows for _, rows in values])  # type: ignore[arg-type]
            return "the median of its input" if len(ranked) and float(np.median(ranked)) == constant else None
        if _is_median(own, constant):
            return "about the median of its input"
    return None


def _near(mean: float, constant: float) -> bool:
    return abs(mean - constant) <= 1e-9 * max(1.0, abs(constant))


def _is_median(column: ColumnFingerprint, value: float) -> bool:
    """Whether a value is the median within the error of its rank."""
    middle = [column.quantile(q) for q in (0.5, 0.5 - column.rank_error, 0.5 + column.rank_error)]
    near = [quantile for quantile in middle if quantile is not None]
    return bool(near) and min(near) <= value <= max(near)


def _finite(cell: Cell) -> bool:
    return isinstance(cell, float) and bool(np.isfinite(cell))
