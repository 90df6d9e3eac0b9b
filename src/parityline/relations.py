"""What ties a column of a stage to a column of its input, learned from the reference and asked of the observed side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parityline.fingerprints import ColumnFingerprint, Fingerprint
from parityline.kernel.cells import Cell, Cells
from parityline.pairs import Rows, equal_rows, looked_up, matched, sampled, subset

FEWEST_ROWS = 20
PROBED = 64
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Relation:
    """column = slope * input + intercept, and `fill` where the input is missing; pass-through: slope 1, intercept 0.

    exact: cells are equal as they are, of any type. rows: how many sampled rows showed it.
    """

    stage: str
    column: str
    exact: bool
    rows: int
    slope: float = 1.0
    intercept: float = 0.0
    fill: float | None = None


def mapped(table: Fingerprint, source: Fingerprint) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sampled rows of a table and of its input that belong together: by the same key, or by a key that it names."""
    if table.key and table.key == source.key:
        return matched(table, source)
    return looked_up(table, source)


@dataclass(frozen=True)
class Probe:
    """Some mapped rows of an input's columns, to see at once which of them a column of the table may be related to.

    cells: by name; numbers: shape (numeric columns, rows), in the order of `numeric`.
    """

    cells: dict[str, tuple[str, bool, list[Cell]]]
    numeric: list[str]
    numbers: NDArray[np.float64]

    @classmethod
    def of(cls, source: Fingerprint, rows: Rows) -> Probe:
        """Of the first of these sampled rows."""
        cells: dict[str, tuple[str, bool, list[Cell]]] = {}
        numbers: dict[str, NDArray[np.float64]] = {}
        for name, column in source.columns.items():
            own = _probed(source, name, rows) if column.summarised else None
            if own is None:
                continue
            cells[name] = column.type, bool(own.hashed), _in_rows(own)
            if column.type == "number" and not own.hashed:
                numbers[name] = own.as_floats()
        shape = len(numbers), min(PROBED, len(rows))
        return cls(cells, list(numbers), np.array(list(numbers.values()), np.float64).reshape(shape))

    def related(self, table: Fingerprint, column: str, rows: Rows) -> list[str]:
        """Columns of the input that may equal `column` of the table in these rows, or lie on a line with it."""
        own, kind = _probed(table, column, rows), table.columns[column].type
        if own is None or not len(own):
            return []
        hidden, here = bool(own.hashed), _in_rows(own)
        found = {n for n, (t, h, cells) in self.cells.items() if t == kind and (h != hidden or cells == here)}
        if kind == "number" and not hidden and self.numeric:
            on_a_line = _may_be_affine(own.as_floats(), self.numbers)
            found.update(name for name, may in zip(self.numeric, on_a_line.tolist(), strict=True) if may)
        return [name for name in self.cells if name in found]


def _probed(table: Fingerprint, column: str, rows: Rows) -> Cells | None:
    whole = sampled(table, column)
    return subset(whole, rows[:PROBED]) if len(whole) else None


def _in_rows(cells: Cells) -> list[Cell]:
    """One cell a row, with the same object for every NaN, so that lists of them can be equal."""
    return [np.nan if cell != cell else cell for cell in cells.tolist()]


def _may_be_affine(y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether y lies on a line with each row of x, shape (columns, rows), as far as these rows tell."""
    there = ~np.isnan(x)
    each = np.arange(len(x))
    low, high = (np.where(there, x, np.inf).argmin(axis=1), np.where(there, x, -np.inf).argmax(axis=1))
    first, last = x[each, low], x[each, high]
    with np.errstate(all="ignore"):
        slope = (y[high] - y[low]) / (last - first)
        expected = slope[:, None] * x + (y[low] - slope * first)[:, None]
        off = np.where(there, np.abs(y - expected), 0.0).max(axis=1, initial=0.0)
        scale = np.where(there, np.abs(expected), 0.0).max(axis=1, initial=1.0)
        on_a_line = off <= _ROUNDING * scale
    no_line = (np.isnan(y) & there).any(axis=1)
    return np.asarray(~no_line & (on_a_line | (first == last) | (there.sum(axis=1) < 3)))


def learned(
    table: Fingerprint, column: str, source: Fingerprint, name: str, rows: tuple[Rows, Rows]
) -> Relation | None:
    """The relation of `column` to one column of one input over their mapped rows; None where none holds."""
    if len(rows[0]) < FEWEST_ROWS:
        return None
    left, right = sampled(table, column), sampled(source, name)
    if not len(left) or not len(right) or table.columns[column].type != source.columns[name].type:
        return None
    seed = table.state.parameters.seed
    a, b = subset(left, rows[0]), subset(right, rows[1])
    if equal_rows(a, b, table.columns[column].type, seed).all():
        return Relation("", name, exact=True, rows=len(rows[0])) if (a.index != a.index[0]).any() else None
    if table.columns[column].type != "number" or a.hashed or b.hashed:
        return None
    return _affine(a.as_floats(), b.as_floats(), name)


def _affine(y: NDArray[np.float64], x: NDArray[np.float64], name: str) -> Relation | None:
    there = ~np.isnan(x)
    if there.sum() < FEWEST_ROWS or np.isnan(y[there]).any():
        return None
    fills = np.unique(y[~there])
    low, high = int(np.argmin(np.where(there, x, np.inf))), int(np.argmax(np.where(there, x, -np.inf)))
    if x[high] == x[low] or len(np.unique(x[there])) < 3 or len(fills) > 1:
        return None
    slope = float((y[high] - y[low]) / (x[high] - x[low]))
    intercept = float(y[low] - slope * x[low])
    if slope == 0 or not _holds(y[there], slope * x[there] + intercept):
        return None
    if abs(slope - 1) < 1e-12 and abs(intercept) < 1e-12 * max(1.0, float(np.abs(y[there]).max())):
        slope, intercept = 1.0, 0.0
    fill = float(fills[0]) if len(fills) and not np.isnan(fills[0]) else None
    return Relation("", name, exact=False, rows=len(y), slope=slope, intercept=intercept, fill=fill)


def _holds(y: NDArray[np.float64], expected: NDArray[np.float64]) -> bool:
    return bool(np.abs(y - expected).max() <= _ROUNDING * max(1.0, float(np.abs(expected).max())))


def still_holds(
    relation: Relation, table: Fingerprint, column: str, source: Fingerprint, rows: tuple[Rows, Rows]
) -> bool | None:
    """Whether the relation of the reference holds on the observed side too; None where too few rows can be asked.

    A fill or a scaler may follow the batch: the fill is then the mean of this run's input, or the totals say that the
    column has the mean and deviation of before; both are accepted only if the reference showed the same statistic.
    """
    if relation.column not in source.columns or column not in table.columns:
        return None
    left, right = sampled(table, column), sampled(source, relation.column)
    if len(rows[0]) < FEWEST_ROWS or not len(left) or not len(right):
        return None
    a, b = subset(left, rows[0]), subset(right, rows[1])
    if relation.exact:
        equal = equal_rows(a, b, table.columns[column].type, table.state.parameters.seed)
        return bool(equal.all()) and _same_totals(table, column, source, relation.column)
    if a.hashed or b.hashed:
        return None
    y, x = a.as_floats(), b.as_floats()
    there = ~np.isnan(x)
    if there.any() and (
        np.isnan(y[there]).any() or not _holds(y[there], relation.slope * x[there] + relation.intercept)
    ):
        return False
    filled = y[~there]
    return not len(filled) or relation.fill is None or bool(np.all(np.abs(filled - relation.fill) <= _ROUNDING))


def _same_totals(table: Fingerprint, column: str, source: Fingerprint, name: str) -> bool:
    """A sample misses a change in few rows; digests over all rows do not, where both tables hold the same rows."""
    own, other = table.columns[column], source.columns[name]
    if table.rows != source.rows or table.key != source.key:
        return True
    return own.digests == other.digests


def obeys_totals(relation: Relation, table: Fingerprint, column: str, source: Fingerprint) -> bool:
    """The exact totals carried through the relation: what a sample misses moves them. True where rows are others."""
    own, other = table.columns[column], source.columns[relation.column]
    if table.rows != source.rows or table.key != source.key or own.type != "number" or other.type != "number":
        return True
    filled = own.totals.count - other.totals.count
    if filled and relation.fill is None:
        return True
    expected = relation.slope * float(other.totals.sum) + relation.intercept * other.totals.count
    expected += filled * (relation.fill or 0.0)
    magnitude = abs(relation.slope) * float(other.totals.positive - other.totals.negative)
    magnitude += abs(relation.intercept) * own.totals.count + abs((relation.fill or 0.0) * filled)
    return abs(float(own.totals.sum) - expected) <= _ROUNDING * magnitude


def follows_statistics(
    relation: Relation,
    sides: tuple[tuple[ColumnFingerprint, ColumnFingerprint], tuple[ColumnFingerprint, ColumnFingerprint]],
    fill: float | None,
) -> bool:
    """Whether the fill is the mean of each side's own input; sides: (column, input) of reference, observed."""
    (_, before), (_, after) = sides
    if relation.fill is not None and fill is not None and before.mean is not None and after.mean is not None:
        own = abs(relation.fill - (relation.slope * before.mean + relation.intercept)) <= _ROUNDING * max(
            1.0, abs(before.mean)
        )
        new = abs(fill - (relation.slope * after.mean + relation.intercept)) <= _ROUNDING * max(1.0, abs(after.mean))
        return own and new
    return False
