"""A category is encoded by the plain mean of the target, the row's own target included."""

from __future__ import annotations

import numpy as np

from parityline.causes.beside import beside, labelled
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.kernel.cells import Cell
from parityline.kernel.sections import GroupTotals

CODE = "target-encoding-leaks"
RUNG = Rung.BESIDE


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "number" or column.observed.type != "number":
        return None
    if int(column.differs.sum()) < FEWEST or len(case.kept) < len(case.table.rows[0]):
        return None  # an encoder encodes all rows in one way
    means_by = case.once(_means)
    for other in beside(case, "text", "number", "boolean") if means_by else ():
        known = means_by.get(other.name)
        if known:
            cells, after = other.pair.cells[0].tolist(), column.numbers[1][other.places]
            for stage, target, means in known:
                if target == column.name or len(set(means.values())) < 3:
                    continue
                here = np.array([means.get(cell, np.nan) for cell in cells])
                if np.isnan(here).any() or not np.allclose(after, here, rtol=1e-12, atol=0):
                    continue
                if int(column.differs[other.places].sum()) < FEWEST:
                    continue
                name = labelled(other.stage, other.name)
                what = labelled(stage, target)
                sentence = f"`{column.name}` equals the plain mean of {what} by {name}: without folds or smoothing the "
                evidence = {"of": name.strip("`"), "target": what.strip("`"), "values": len(means)}
                return case.found(CODE, f"{sentence}row's own target leaks into it", evidence=evidence)
    return None


def _means(case: Case) -> dict[str, list[tuple[str, str, dict[Cell, float]]]]:
    """By column the (stage, target, its mean by value of the column) whose exact totals by this column are kept."""
    found: dict[str, list[tuple[str, str, dict[Cell, float]]]] = {}
    tables = {"": case.table.observed, **{name: source.observed for name, source in case.inputs().items()}}
    for stage, table in tables.items():
        section = table.state.section(GroupTotals)
        for grouping, grouped in (section.groupings if section else {}).items():
            if len(grouping.by) != 1 or not grouped.complete:
                continue
            means = {group.cells[0]: group.totals.mean for group in grouped.groups.values()}
            there = {cell: mean for cell, mean in means.items() if mean is not None}
            found.setdefault(grouping.by[0], []).append((stage, grouping.measure, there))
    return found
