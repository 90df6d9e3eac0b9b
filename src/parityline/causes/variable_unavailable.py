"""A column is absent, or has no value any more."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

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
    if missing[1] < after.rows or missing[0] == before.rows:
        return None
    sentence = f"`{name}` has no value in any of {after.rows:,} rows; in the reference {missing[0]:,} were missing"
    return case.found(CODE, sentence, share=1.0, expected=missing[0], found=missing[1])
