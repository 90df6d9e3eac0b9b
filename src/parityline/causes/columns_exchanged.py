"""Two columns exchanged their contents."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "columns-exchanged"
RUNG = Rung.NAME


def explain(case: Case) -> Finding | None:
    table, name = case.table, case.finding.column
    if case.finding.code != "values-differ" or name is None or not table.same_keys:
        return None
    before = table.reference.columns
    for other in table.differing():
        after = table.observed.columns
        if other == name or before[other].type != before[name].type:
            continue
        if before[name].digests == after[other].digests and before[other].digests == after[name].digests:
            sentence = f"the contents of `{name}` and `{other}` are exchanged"
            return case.found(CODE, sentence, found=other, expected=name, evidence={"exact": True, "also": other})
    return None
