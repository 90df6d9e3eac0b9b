"""Rows are gone without a pattern: a loss in transfer, not a filter."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "rows-lost"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    table = case.table
    if case.finding.code != "rows-missing" or not case.finding.evidence.get("exact"):
        return None
    if case.condition is not None:
        return None
    rows = case.finding.evidence.get("rows", 0)
    if not table.observed.rows:
        return case.found(CODE, f"all {rows:,} rows are gone")
    spread = ", without a pattern in the sampled columns" if table.keyed else ""
    sentence = f"{rows:,} of {table.reference.rows:,} rows are lost{spread}"
    return case.found(CODE, sentence)
