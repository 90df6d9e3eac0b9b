"""Every row occurs k times: the table was appended instead of replaced."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.kernel.summaries.digests import MODULUS

CODE = "table-appended"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    table = case.table
    before, after = table.reference, table.observed
    if case.column or not before.rows or after.rows % before.rows or after.rows <= before.rows:
        return None
    times = after.rows // before.rows
    if before.state.columns.keys() != after.state.columns.keys():
        return None
    if (before.state.digest * times - after.state.digest) % MODULUS:
        return None
    sentence = f"the table was appended, not replaced: every row occurs {times} times"
    return case.found(CODE, sentence, share=1.0, evidence={"times": times, "exact": True})
