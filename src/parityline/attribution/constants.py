"""The constants of a scaler or of an imputer that are others behind an input that moved: followed, or fitted anew.

Location statistics (mean, median, quantiles, extremes) and scale statistics (deviation, ranges) are equivariant: where
every value of the input moved by one affine map, so do they, whatever rows they were fitted on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parityline.fingerprints import ColumnFingerprint
from parityline.pairs import TablePair
from parityline.records import StageRecord
from parityline.relations import FEWEST_ROWS, Relation

_ROUNDING = 1e-9
_LARGEST_ERROR = 1e-3
"""A map tells constants apart if it errs by no more than this share of the deviation of what it gives."""


@dataclass(frozen=True)
class Movement:
    """How the values of a column moved: observed = slope * reference + intercept, wrong by at most `error`."""

    slope: float
    intercept: float
    error: float


def movement(pair: TablePair, column: str) -> Movement | None:
    """The map that moved a column of the same rows; None where none is close, or the exact totals do not follow it."""
    if not pair.same_keys or column not in pair.columns:
        return None
    own = pair.columns[column]
    before, after = own.numbers
    there = ~np.isnan(before)
    if not own.is_number or own.hidden or not np.array_equal(there, ~np.isnan(after)):
        return None
    x, y = before[there], after[there]
    if len(x) < FEWEST_ROWS or not (np.isfinite(x).all() and np.isfinite(y).all()) or own.reference.totals.count == 0:
        return None
    low, high = int(np.argmin(x)), int(np.argmax(x))
    maps = [(1.0, 0.0)]
    if x[low] < x[high]:
        slope = float((y[high] - y[low]) / (x[high] - x[low]))
        maps.append((slope, float(y[low] - slope * x[low])))
    for slope, intercept in maps:
        error = float(np.abs(slope * x + intercept - y).max())
        close = bool(slope) and error <= _LARGEST_ERROR * float(y.std())
        if close and _by_totals(own.reference, own.observed, slope, intercept, error):
            return Movement(slope, intercept, error)
    return None


def _by_totals(
    before: ColumnFingerprint, after: ColumnFingerprint, slope: float, intercept: float, error: float
) -> bool:
    """Whether the exact totals move so: a few rows that a sample misses would move them otherwise."""
    if before.totals.count != after.totals.count:
        return False
    rows, total = after.totals.count, slope * float(before.totals.sum)
    magnitude = abs(slope) * float(before.totals.positive - before.totals.negative) + abs(intercept) * rows
    return abs(total + intercept * rows - float(after.totals.sum)) <= error * rows + _ROUNDING * magnitude


def follows(before: Relation, after: Relation, moved: Movement) -> bool:
    """Whether constants are those of the reference, or those moved as the input moved; each pair for itself."""
    scales = _scaled_alike(before, after, Movement(1.0, 0.0, 0.0)) or _scaled_alike(before, after, moved)
    if before.fill is None or after.fill is None:
        return scales and (before.fill is None) == (after.fill is None)
    # a fill is told in what the column holds: taken back to what the input holds, and from there on
    old, new = ((side.fill - side.intercept) / side.slope for side in (before, after))  # type: ignore[operator]
    return scales and any(
        abs(new - expected) <= error + _ROUNDING * max(1.0, abs(expected))
        for expected, error in ((old, 0.0), (moved.slope * old + moved.intercept, moved.error))
    )


def _scaled_alike(before: Relation, after: Relation, moved: Movement) -> bool:
    """column = (input - location) / scale, with location and scale moved so."""
    if not before.slope or not after.slope or (before.slope > 0) != (after.slope > 0):
        return False
    scale, location = abs(moved.slope / before.slope), -before.intercept / before.slope
    location = moved.slope * location + moved.intercept
    found_scale, found_location = abs(1 / after.slope), -after.intercept / after.slope
    if not before.intercept and not after.intercept:
        found_location = location  # scaled without being centred
    near = _ROUNDING * max(scale, abs(location))
    return (
        abs(found_scale - scale) <= 2 * moved.error + near and abs(found_location - location) <= moved.error + 10 * near
    )


def fitted_on(
    before: Relation,
    after: Relation,
    column: str,
    table: TablePair,
    sides: tuple[dict[str, StageRecord], dict[str, StageRecord]],
) -> str | None:
    """The recorded part of the table whose statistic the constants are, on both sides; None where there is none.

    A part that a scaler was fitted on has mean 0 and deviation 1, and filling with the mean leaves the mean. A part of
    another table, whose column has the same name, is told by values that the table does not hold.
    """
    whole = table.reference.columns[column], table.observed.columns[column]
    for name, stage in sides[0].items():
        other = sides[1].get(name)
        for part, part_of in stage.tables.items():
            there = other.tables.get(part) if other else None
            if there is None or column not in part_of.columns or column not in there.columns:
                continue
            own = (part_of.columns[column], before.fill), (there.columns[column], after.fill)
            if all(_is_fitted(*side) for side in own) and all(map(_may_be_part, (side[0] for side in own), whole)):
                return f"{name}/{part}" if part else name
    return None


def _may_be_part(part: ColumnFingerprint, whole: ColumnFingerprint) -> bool:
    """Whether some rows of a column may be this part: no more rows, and no value beyond its ends."""
    ends = [(part.range.minimum, whole.range.minimum), (whole.range.maximum, part.range.maximum)]
    known = [(a, b) for a, b in ends if isinstance(a, (int, float)) and isinstance(b, (int, float))]
    deviations = part.totals.deviation(), whole.totals.deviation()
    if len(known) < len(ends) and deviations[0] and deviations[1]:  # ends are hidden
        return 0.3 <= deviations[1] / deviations[0] <= 3
    return part.rows <= whole.rows and all(a >= b for a, b in known)


def fitted_on_input(
    before: Relation, after: Relation, sides: tuple[dict[str, StageRecord], dict[str, StageRecord]]
) -> tuple[str, str] | None:
    """(stage, part) whose mean and deviation of the input column the constants are, on both sides; None without."""
    for name, stage in sides[0].items():
        other = sides[1].get(name)
        for part, table in stage.tables.items():
            there = other.tables.get(part) if other else None
            if there is None or before.column not in table.columns or before.column not in there.columns:
                continue
            if _scales(before, table.columns[before.column]) and _scales(after, there.columns[before.column]):
                return name, part
    return None


def _scales(relation: Relation, column: ColumnFingerprint) -> bool:
    """Whether it takes the mean away and divides by the deviation of this column, to the last digits."""
    if column.mean is None or not relation.slope:
        return False
    deviations = [d for ddof in (0, 1) if (d := column.totals.deviation(ddof))]
    centred = abs(relation.slope * column.mean + relation.intercept) <= _ROUNDING * max(1.0, abs(relation.intercept))
    return centred and any(abs(relation.slope * d - 1) <= _ROUNDING for d in deviations)


def fitted_on_own_rows(before: Relation, after: Relation, column: str, table: TablePair) -> bool:
    """Whether the constants are the statistic of the table's own rows here, and were not in the reference."""
    sides = table.reference.columns[column], table.observed.columns[column]
    return _is_fitted(sides[1], after.fill) and not _is_fitted(sides[0], before.fill)


def _is_fitted(column: ColumnFingerprint, fill: float | None) -> bool:
    return _standardised(column) or (fill is not None and _is_mean(column, fill))


def _standardised(column: ColumnFingerprint) -> bool:
    """Mean 0 and deviation 1 to the last digits."""
    deviations = [column.totals.deviation(ddof) for ddof in (0, 1)]
    return _is_mean(column, 0.0) and any(d is not None and abs(d - 1) <= _ROUNDING for d in deviations)


def _is_mean(column: ColumnFingerprint, value: float) -> bool:
    return column.mean is not None and abs(column.mean - value) <= _ROUNDING * max(1.0, abs(value))
