"""An aggregate is missing where a group holds a missing value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parityline.causes import null_order_changed
from parityline.causes.beside import Floats, group_totals, is_absent, members, sampled_members
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.pairs import Rows

CODE = "nan-in-aggregate"
RUNG = Rung.BESIDE
_ROUNDING = 1e-12
"""Engines add in another order, which moves the last digits of the other groups."""
_SEEN = 0.8
"""Of large groups with missing values a sample holds one in so many at least."""


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "number" or column.observed.type != "number":
        return None
    if null_order_changed.explain(case) is not None:
        return None  # the first or last of sorted values, and no aggregate of all of them
    gone = [cells.absent_rows() for cells in column.cells]
    near = np.isclose(*column.numbers, rtol=_ROUNDING, atol=0)
    for measure in _measures(case):
        differs = column.differs[measure.places] & ~near[measure.places]
        before, after = (side[measure.places] for side in gone)
        for side, (own_gone, other) in enumerate(((before, after), (after, before))):
            if differs.sum() < FEWEST or other[differs].any() or not own_gone[differs].all():
                continue
            if not measure.tells(differs, own_gone & other, column.numbers[1 - side][measure.places]):
                continue
            rows, asked = int(differs.sum()), len(measure.places)
            which = f"exactly the {rows:,} sampled groups" if rows < asked else f"all {rows:,} groups, each of them"
            where = "here" if side else "in research, and skips it here"
            sentence = f"`{column.name}` is missing for {which} with a missing `{measure.name}`: "
            sentence += f"the aggregate takes a missing value along {where}"
            return case.found(CODE, sentence, evidence={"of": measure.name, "groups": rows, "asked": asked})
    return None


@dataclass(frozen=True)
class _Measure:
    """A column of an input by group. holds: whether a missing value of it is known; low, high: of its other values.

    whole: all rows of the groups are known.
    """

    name: str
    places: Rows
    holds: NDArray[np.bool_]
    low: Floats
    high: Floats
    whole: bool

    def tells(self, differs: NDArray[np.bool_], gone: NDArray[np.bool_], other: Floats) -> bool:
        """Whether the groups that differ are those with a missing value. gone: on both sides; other: what is not.

        Where that is every group, and where a sample need not hold the missing row, what is not missing must lie among
        the values.
        """
        if self.whole and not self.holds.all():
            return np.array_equal(self.holds, differs | gone)
        if (self.holds & ~(differs | gone)).any() or float(self.holds[differs].mean()) < _SEEN:
            return False
        return bool(((self.low <= other) & (other <= self.high))[differs].all())


def _measures(case: Case) -> Iterator[_Measure]:
    for stage, measure, places, groups in group_totals(case):
        holds = np.array([group.nans + group.nulls > 0 for group in groups], np.bool_)
        means = np.array([float(group.totals.sum) / max(1, group.totals.count) for group in groups])
        slack = 1e-9 * np.abs(means)
        yield _Measure(f"{stage}.{measure}", places, holds, means - slack, means + slack, True)
    for own in (*members(case), *sampled_members(case)):
        for name in own.columns:
            values = own.values(name)
            holds = np.array([any(map(is_absent, cells)) for cells in values], np.bool_)
            numbers = [[c for c in cells if isinstance(c, float) and c == c] for cells in values]
            low = np.array([min(group, default=np.nan) for group in numbers])
            high = np.array([max(group, default=np.nan) for group in numbers])
            yield _Measure(f"{own.stage}.{name}", own.places, holds, low, high, own.whole)
