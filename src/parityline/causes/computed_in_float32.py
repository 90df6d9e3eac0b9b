"""A result was computed in single precision."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from parityline.causes.beside import Floats, group_totals
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.causes.slips import slipped
from parityline.findings import Finding
from parityline.kernel.summaries import Totals
from parityline.kernel.summaries.form import single_precise

CODE = "computed-in-float32"
RUNG = Rung.BESIDE
_ULPS = 64
"""A value of a few operations in single precision is off by no more units in its last place."""

_ODD = 0.25
"""The last bit of results is odd about as often as not; of whole numbers and other grids it is seldom."""


def explain(case: Case) -> Finding | None:
    return _computed(case) or _in_the_model(case)


def _in_the_model(case: Case) -> Finding | None:
    found = slipped(case, "single")
    if found is None or case.column is None:
        return None
    return case.found(CODE, found.sentence(case.column.name, "in single precision"), evidence=found.evidence)


def _computed(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "number" or column.observed.type != "number":
        return None
    if case.table.kind == "source":
        return None
    if column.reference.rows == column.observed.rows == 1:
        return _total(case)
    if not column.aligned or int(column.differs.sum()) < 1:
        return None
    before, after = (side[column.differs] for side in column.numbers)
    if not np.isfinite(before).all() or not np.isfinite(after).all() or not single_precise(after).all():
        return None
    for stage, measure, places, groups in group_totals(case):
        totals = {place: group.totals for place, group in zip(places.tolist(), groups, strict=True)}
        rows = np.flatnonzero(column.differs).tolist()
        if all(row in totals for row in rows):
            exact = [totals[row] for row in rows]
            stored = np.array_equal(before.astype(np.float32), after)
            if not stored and all(
                _in_single(*both) for both in zip(before.tolist(), after.tolist(), exact, strict=True)
            ):
                return _told(case, f"`{stage}.{measure}`", before, after)
    return _by_form(case, before, after)


def _by_form(case: Case, before: Floats, after: Floats) -> Finding | None:
    """All observed values are of single precision and not all of the reference, and no two differ by more than that."""
    column = case.column
    assert column is not None
    fits = [side.form.named().get("float32", 0) for side in (column.reference, column.observed)]
    if fits[1] != column.observed.totals.count or fits[0] == column.reference.totals.count or len(before) < FEWEST:
        return None
    inputs = case.inputs()
    if not inputs or not all(source.identical for source in inputs.values()):
        return None
    gap = np.abs(after - before)
    if (gap > _ULPS * 2.0**-24 * np.abs(before)).any() or np.array_equal(before.astype(np.float32), after):
        return None
    singles = after.astype(np.float32)
    if (singles.view(np.uint32) & 1).mean() < _ODD:
        return None  # rounded to a grid that single precision holds
    sentence = (
        f"the inputs are identical, and `{column.name}` differs by at most {float((gap / np.abs(before)).max()):.2g} "
    )
    sentence += "of itself: all values are of single precision now, and were computed in it"
    return case.found(CODE, sentence, evidence={"largest": float(gap.max()), "sampled": len(before)})


def _total(case: Case) -> Finding | None:
    """One row: the total of a column of an input."""
    column = case.column
    assert column is not None
    before, after = (float(side.totals.sum) for side in (column.reference, column.observed))
    for stage, source in case.inputs().items():
        for name in source.common:
            if (
                float(np.float32(before)) != after
                and source.columns[name].same
                and _in_single(before, after, source.reference.columns[name].totals)
            ):
                return _told(case, f"`{stage}.{name}`", np.array([before]), np.array([after]))
    return None


def _told(case: Case, of: str, before: Floats, after: Floats) -> Finding:
    assert case.column is not None
    largest = float((np.abs(after - before) / np.abs(before)).max())
    sentence = (
        f"the inputs are identical, and `{case.column.name}`, a total of {of}, differs by {largest:.2g} of itself: "
    )
    return case.found(
        CODE, f"{sentence}accumulated in single precision", evidence={"of": of.strip("`"), "moved": largest}
    )


def _in_single(before: float, after: float, totals: Totals) -> bool:
    """The reference is the total within the error of float64, the observed side is outside it and within float32's."""
    if totals.count < 2 or not np.isfinite([before, after]).all() or not before:
        return False
    allowed = [totals.count * totals.magnitude / 2**bits for bits in (53, 24)]
    gaps = [abs(Fraction(side) - totals.sum) for side in (before, after)]
    return gaps[0] <= allowed[0] < gaps[1] <= allowed[1] and bool(single_precise(np.array([after]))[0])
