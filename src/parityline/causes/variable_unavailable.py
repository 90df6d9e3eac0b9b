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
    after = case.table.observed.columns.get(name)
    before = case.table.reference.columns[name]
    if (
        after is None
        or not after.rows
        or after.missing + after.shape.nans < after.rows
        or before.missing == before.rows
    ):
        return None
    sentence = f"`{name}` has no value in any of {after.rows:,} rows; in the reference {before.missing:,} were missing"
    return case.found(CODE, sentence, share=1.0, expected=before.missing, found=after.missing)
