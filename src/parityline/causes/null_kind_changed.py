"""NULL and NaN were exchanged."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "null-kind-changed"
RUNG = Rung.MISSING


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "number":
        return None
    before, after = column.reference.shape, column.observed.shape
    moved = after.nans - before.nans
    if not moved or before.nulls - after.nulls != moved or not case.table.same_keys:
        return None
    if column.reference.totals != column.observed.totals:
        return None
    what = "NULLs became NaN" if moved > 0 else "NaNs became NULL"
    counts = {"nulls": [before.nulls, after.nulls], "nans": [before.nans, after.nans], "exact": True}
    # a frame whose floats have no NULL could not have said it otherwise
    engines = [facts.get("engine") for facts in case.table.facts]
    harmless = "pandas" in engines and engines[0] != engines[1]
    sentence = f"`{column.name}`: {abs(moved):,} {what}"
    return case.found(
        CODE,
        sentence,
        share=abs(moved) / max(1, after.rows),
        severity="warning" if harmless else "error",
        evidence=counts,
    )
