"""An aggregate is missing where a group holds a missing value."""

from __future__ import annotations

import numpy as np

from parityline.causes import null_order_changed
from parityline.causes.beside import group_totals, is_absent, members
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding

CODE = "nan-in-aggregate"
RUNG = Rung.BESIDE
_ROUNDING = 1e-12
"""Engines add in another order, which moves the last digits of the other groups."""


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "number" or column.observed.type != "number":
        return None
    if null_order_changed.explain(case) is not None:
        return None  # the first or last of sorted values, and no aggregate of all of them
    known = [
        (f"{stage}.{measure}", places, np.array([group.nans + group.nulls > 0 for group in groups], np.bool_))
        for stage, measure, places, groups in group_totals(case)
    ]
    for own in members(case):
        for name in own.columns:
            own_holds = np.array([any(map(is_absent, cells)) for cells in own.values(name)], np.bool_)
            known.append((f"{own.stage}.{name}", own.places, own_holds))
    gone = [cells.absent_rows() for cells in column.cells]
    near = np.isclose(*column.numbers, rtol=_ROUNDING, atol=0)
    for measure, places, holds in known:
        differs = column.differs[places] & ~near[places]
        before, after = (side[places] for side in gone)
        for side, (own_gone, other) in enumerate(((before, after), (after, before))):
            if differs.sum() < FEWEST or holds.all() or other[differs].any() or not own_gone[differs].all():
                continue
            if not np.array_equal(holds, differs | (own_gone & other)):
                continue
            rows = int(differs.sum())
            where = "here" if side else "in research, and skips it here"
            sentence = (
                f"`{column.name}` is missing for exactly the {rows:,} sampled groups with a missing `{measure}`: "
            )
            sentence += f"the aggregate takes a missing value along {where}"
            return case.found(CODE, sentence, evidence={"of": measure, "groups": rows, "asked": len(places)})
    return None
