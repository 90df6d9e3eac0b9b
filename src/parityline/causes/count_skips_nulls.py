"""A count of rows became a count of values."""

from __future__ import annotations

import numpy as np

from parityline.causes.beside import group_totals, is_absent, members
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.pairs import ColumnPair, Rows

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
    return _by_totals(case, column)


def _by_totals(case: Case, column: ColumnPair) -> Finding | None:
    """Without the rows of the groups: the counts of all groups add up to the rows of an input, and to its values.

    Every group has as many or fewer on the side that counts values.
    """
    sums = [side.totals.sum for side in (column.reference, column.observed)]
    before, after = column.numbers
    if not column.aligned or not (np.isfinite(before).all() and np.isfinite(after).all()):
        return None
    moved = int(column.differs.sum())
    for stage, source in case.inputs().items():
        if source.reference.key == case.table.reference.key or moved < FEWEST:
            continue
        rows = [side.rows for side in (source.reference, source.observed)]
        values = {
            name: [side.rows - side.missing - side.shape.nans for side in (own.reference, own.observed)]
            for name, own in source.columns.items()
        }
        for told, ending, fewer, whole in (
            ("only rows where", "is not null", after <= before, 0),
            ("all rows, also those where", "is null", before <= after, 1),
        ):
            names = [n for n, v in values.items() if v[1 - whole] < rows[1 - whole] and sums[1 - whole] == v[1 - whole]]
            if not names or sums[whole] != rows[whole] or not fewer.all():
                continue
            shown = " or ".join(f"`{stage}.{name}`" for name in names[:3])
            sentence = f"`{column.name}` counts {told} {shown} {ending}: {moved:,} of {column.aligned:,} groups, "
            sentence += f"{int(sums[0]):,} -> {int(sums[1]):,}"
            evidence = {"of": [f"{stage}.{n}" for n in names], "groups": moved, "totals": [int(s) for s in sums]}
            return case.found(CODE, sentence, evidence=evidence)
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
