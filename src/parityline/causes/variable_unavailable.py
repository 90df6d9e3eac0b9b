"""A column is absent, or has no value any more."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.conditions import shown_number
from parityline.findings import Finding
from parityline.performance.windows import WindowPair

CODE = "variable-unavailable"
RUNG = Rung.NAME


def explain(case: Case) -> Finding | None:
    name = case.finding.column
    if case.table.kind != "source" or name is None:
        return None
    if case.finding.code == "column-missing":
        return case.found(CODE, f"`{name}` is absent, and no other column holds its content")
    before, after = (side.columns.get(name) for side in (case.table.reference, case.table.observed))
    if before is None or after is None or not after.rows:
        return None
    missing = [column.missing + column.shape.nans for column in (before, after)]
    if case.table.rows_kind == "new" and missing[1] < after.rows:
        return _since_of_new_rows(case) if case.finding.code == "missing-differs" else None
    if missing[1] < after.rows or missing[0] == before.rows:
        return _since(case) if missing[1] > missing[0] else None
    sentence = f"`{name}` has no value in any of {after.rows:,} rows; in the reference {missing[0]:,} were missing"
    return case.found(CODE, sentence, share=1.0, expected=missing[0], found=missing[1])


def _since_of_new_rows(case: Case) -> Finding | None:
    """From one window on no row has a value, and every window before had some."""
    name, windows = str(case.finding.column), WindowPair.of(case.table.reference, case.table.observed)
    column = windows.column(name) if windows is not None else None
    if windows is None or column is None:
        return None
    empty = column.missing[1] == column.rows[1]
    if not empty[-1] or empty.all() or (column.missing[0] == column.rows[0]).any():
        return None
    first = int(np.flatnonzero(~empty)[-1]) + 1
    if empty[:first].any():
        return None
    since, rows = windows.shown(int(windows.names[1][first])), int(column.rows[1][first:].sum())
    if rows < FEWEST:
        return None
    sentence = f"`{name}` has no value since {since}, in any of {rows:,} rows; no {windows.unit} of the reference is "
    return case.found(CODE, f"{sentence}without one", evidence={"since": since, "rows": rows})


def _since(case: Case) -> Finding | None:
    """Every row that differs lost its value, and from the first of them on no row has any."""
    column, table = case.column, case.table
    name = table.reference.state.parameters.time
    time = table.columns.get(name or "")
    if column is None or time is None or time is column or not column.aligned or time.differs.any():
        return None
    before, after = (cells.absent_rows() for cells in column.cells)
    lost = after & ~before
    if lost.sum() < FEWEST or not (lost == column.differs).all():
        return None
    times = time.numbers[0]
    first = float(times[lost].min())
    later = times >= first
    if not after[later].all() or later.all() or not np.isfinite(first):
        return None
    since = shown_number(first, time.reference.type)
    sentence = f"`{column.name}` has no value since {since} (`{name}`), in any of {int(later.sum()):,} sampled rows; "
    sentence += f"the reference has one in {int(lost.sum()):,} of them"
    rows = {"rows": int(later.sum()), "of_them": int(lost.sum())}
    condition = {"column": name, "condition": f"`{name}` >= {since}", **rows}
    evidence = {"since": since, "condition": condition}
    return case.found(CODE, sentence, evidence=evidence)
