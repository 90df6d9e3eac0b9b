"""A count of rows became a count of values."""

from __future__ import annotations

import numpy as np

from parityline.causes.beside import group_totals, is_absent, members
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.pairs import Rows

CODE = "count-skips-nulls"
RUNG = Rung.BESIDE


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "number" or column.observed.type != "number":
        return None
    for measure, places, rows, values in _counts(case):
        if int(column.differs[places].sum()) < FEWEST:
            continue
        before, after = (side[places] for side in column.numbers)
        for old, new, what in ((rows, values, "only rows where"), (values, rows, "all rows, also those where")):
            if np.array_equal(before, old) and np.array_equal(after, new):
                ending = "is not null" if old is rows else "is null"
                sentence = f"`{column.name}` counts {what} `{measure}` {ending}"
                return case.found(CODE, sentence, evidence={"of": measure, "groups": len(places)})
    return None


def _counts(case: Case) -> list[tuple[str, Rows, list[int], list[int]]]:
    """(column, aligned rows, rows of their groups, of those with a value) of each input whose groups are known."""
    found = []
    for stage, measure, places, groups in group_totals(case):
        own = [group.rows - group.nulls - group.nans for group in groups]
        found.append((f"{stage}.{measure}", places, [group.rows for group in groups], own))
    for member in members(case):
        for name in member.columns:
            groups_of = member.values(name)
            own = [sum(not is_absent(cell) for cell in cells) for cells in groups_of]
            found.append((f"{member.stage}.{name}", member.places, list(map(len, groups_of)), own))
    return found
