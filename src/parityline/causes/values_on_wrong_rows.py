"""The values are right but attached to other rows."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "values-on-wrong-rows"
RUNG = Rung.ATTACHMENT


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or not case.table.keyed or not case.table.same_keys or not column.same_values or column.same:
        return None
    sentence = f"`{column.name}` has the right values on the wrong rows"
    return case.found(CODE, sentence, evidence={"exact": True})
