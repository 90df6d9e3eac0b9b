"""Single precision seen without aligned rows: by the form of the values and the exact totals."""

from __future__ import annotations

from parityline.causes.cause import Case
from parityline.findings import Finding


def by_totals(case: Case, code: str, bits: int) -> Finding | None:
    """All observed values fit float32, not all of the reference did, and the totals agree within its rounding.

    A float of `bits` significant bits is off by at most 2**-bits of itself, and a sum by that of the sum of magnitudes.
    Only float32 has a form count; half precision needs aligned rows.
    """
    column = case.column
    if column is None or column.aligned or bits != 24 or column.reference.rows != column.observed.rows:
        return None
    before, after = column.reference, column.observed
    fits = [c.form.named().get("float32", 0) for c in (before, after)]
    if fits[1] != after.totals.count or fits[0] == before.totals.count or before.totals.count != after.totals.count:
        return None
    magnitude = before.totals.positive - before.totals.negative
    if abs(after.totals.sum - before.totals.sum) > magnitude / 2**bits:
        return None
    sentence = (
        f"`{column.name}`: every value fits single precision now ({fits[0]:,} of {fits[1]:,} did), and the total "
    )
    return case.found(
        code, sentence + "agrees within its rounding: this step stores single precision", evidence={"bits": bits}
    )
