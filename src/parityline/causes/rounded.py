"""Values were rounded to fewer digits."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import Case, Rung
from parityline.causes.imputed_with_other_constant import explains_one_value
from parityline.causes.slips import slipped
from parityline.findings import Finding
from parityline.kernel.cells import PLACES, decimal_places

CODE = "rounded"
RUNG = Rung.PRECISION
_FIRST = 64


def explain(case: Case) -> Finding | None:
    return _stored(case) or _before_the_model(case)


def _before_the_model(case: Case) -> Finding | None:
    found = slipped(case, "rounded")
    if found is None or case.column is None:
        return None
    places = int(found.slip.of)
    served = f"rounded to {places} decimal{'s' * (places != 1)}"
    return case.found(CODE, found.sentence(case.column.name, served), evidence={**found.evidence, "places": places})


def _stored(case: Case) -> Finding | None:
    found = case.numbers()
    if found is None or case.column is None or case.column.reference.type != "number":
        return None
    before, after = found
    if int(decimal_places(after[:_FIRST]).max()) > PLACES:
        return None  # which is so of nearly every column, and cheap to see
    places = int(decimal_places(after).max())
    if places > PLACES or int(decimal_places(before).max()) <= places:
        return None
    if not np.array_equal(np.round(before, places), after) and np.abs(before - after).max() > 0.5000001 * 10.0**-places:
        return None
    if np.array_equal(np.floor(before * 10.0**places) / 10.0**places, after) and not np.array_equal(
        np.round(before, places), after
    ):
        return None
    if explains_one_value(case):
        return None
    name = case.column.name
    evidence: dict[str, object] = {"places": places}
    whole, here = case.column.numbers
    if np.array_equal(np.round(whole, places), here, equal_nan=True):
        evidence["condition"] = "every row"  # those that are equal had no more digits
    return case.found(CODE, f"`{name}` was rounded to {places} decimals", evidence=evidence)
