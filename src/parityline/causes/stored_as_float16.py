"""Values were stored in half precision: all agree once the reference is cast to float16."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import Case, Rung
from parityline.causes.precision import by_totals
from parityline.checks.same_values import percent
from parityline.findings import Finding

CODE = "stored-as-float16"
RUNG = Rung.PRECISION


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "number":
        return None
    found = case.numbers()
    if found is not None:
        with np.errstate(over="ignore"):
            if not np.array_equal(found[0].astype(np.float16).astype(np.float64), found[1]):
                return None
        sentence = f"`{column.name}`: {percent(column.share or 0)} of the sampled values differ, and all agree once "
        return case.found(
            CODE, sentence + "the reference is cast to float16: this step stores half precision", evidence={"bits": 11}
        )
    return by_totals(case, CODE, 11)
