"""Windows of time made from sampled rows, where those of a record are too coarse or too few to judge new rows by.

A record keeps at most 120 windows, so those of a year are months: a batch of one day is held against days, of which the
sampled rows tell enough. A table without a time has that of the stage that its rows come from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parityline.fingerprints import plain
from parityline.kernel.cells import Cells
from parityline.pairs import TablePair, sampled, single_rows
from parityline.performance.windows import FEWEST_WINDOWS, SEASONS, ColumnWindows, Counts, WindowPair

_DAY = 86_400 * 10**9
_UNITS = {"hour": _DAY // 24, "day": _DAY, "month": 30 * _DAY}
_LETTERS = {"hour": "h", "day": "D", "month": "M"}
_MOST_BINS = 256
_FEWEST_ROWS = 3
"""Sampled rows that a window of the reference must have in the mean."""

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class SampledWindows:
    """Windows of both sides, reference first, of the sampled rows whose time is known.

    names: of the windows, as numbers of units since 1970; rows: sampled rows in them; window: of each row.
    """

    pair: TablePair
    unit: str
    names: tuple[Counts, Counts]
    rows: tuple[Rows, Rows]
    window: tuple[Rows, Rows]

    @classmethod
    def of(cls, pair: TablePair, timed: TablePair) -> SampledWindows | None:
        """timed: the table that has the time, `pair` itself or one with the same key before it.

        The coarsest unit of which the observed side fills half a window, and the reference eight; None without one.
        """
        sides = [_times(pair, timed, side) for side in (0, 1)]
        if min(len(rows) for rows, _ in sides) == 0:
            return None
        span = int(np.ptp(sides[1][1]))
        for unit in ("month", "day", "hour"):
            numbers = [_numbers(ticks, unit) for _, ticks in sides]
            found = [np.unique(own, return_inverse=True) for own in numbers]
            enough = len(found[0][0]) >= FEWEST_WINDOWS and len(numbers[0]) >= _FEWEST_ROWS * len(found[0][0])
            if _UNITS[unit] <= 2 * span and enough:
                names, window = zip(*found, strict=True)
                return cls(pair, unit, names, (sides[0][0], sides[1][0]), window)
        return None

    @property
    def sampled(self) -> bool:
        """Whether the windows hold sampled rows alone."""
        return True

    @property
    def seasons(self) -> tuple[Counts, Counts] | None:
        """The hour of the day, day of the week or month of the year of each window."""
        return self.names[0] % SEASONS[self.unit], self.names[1] % SEASONS[self.unit]

    def shown(self, name: int) -> str:
        """When a window begins, for a sentence."""
        return str(np.array(int(name)).astype(f"datetime64[{_LETTERS[self.unit]}]"))

    def column(self, name: str) -> ColumnWindows | None:
        """A column by window; None where no cell of it was kept."""
        sides = sampled(self.pair.reference, name), sampled(self.pair.observed, name)
        if name not in self.pair.common or not len(sides[0]) or not len(sides[1]):
            return None
        values, places = _placed(self.pair.reference.columns[name].type, sides, self.rows)
        counts, missing, rows = [], [], []
        for cells, own, at, window, names in zip(sides, self.rows, places, self.window, self.names, strict=True):
            table = np.zeros((len(values), len(names)), np.int64)
            np.add.at(table, (at[at >= 0], window[at >= 0]), 1)
            counts.append(table)
            missing.append(np.bincount(window[cells.absent_rows()[own]], minlength=len(names)))
            rows.append(np.bincount(window, minlength=len(names)))
        return ColumnWindows(values, (counts[0], counts[1]), (missing[0], missing[1]), (rows[0], rows[1]))


def windows_of(pair: TablePair, timed: TablePair | None) -> WindowPair | SampledWindows | None:
    """The windows that new rows are held against: those of the records where they are many and no coarser than the
    observed side is long, else those of the sampled rows, else what there is."""
    kept = WindowPair.of(pair.reference, pair.observed)
    if kept is not None and len(kept.names[0]) >= FEWEST_WINDOWS and len(kept.names[1]) > 1:
        return kept
    made = SampledWindows.of(pair, timed) if timed is not None else None
    return made if made is not None and (kept is None or made.unit != kept.unit) else kept


def _times(pair: TablePair, timed: TablePair, side: int) -> tuple[Rows, Rows]:
    """The sampled rows whose time is known, and their times in nanoseconds."""
    table, source = (pair.reference, pair.observed)[side], (timed.reference, timed.observed)[side]
    name = timed.reference.state.parameters.time or ""
    cells = sampled(source, name) if name in source.columns else Cells.of([])
    if not len(cells):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    scale = _DAY if source.columns[name].type == "date" else 1
    known = {row: cell * scale for row, cell in enumerate(cells.tolist()) if isinstance(cell, int)}
    if timed is pair:
        found = known
    else:
        there = single_rows(source)
        own = single_rows(table)
        found = {row: known[there[key]] for key, row in own.items() if there.get(key) in known}
    return np.array(list(found), np.int64), np.array(list(found.values()), np.int64)


def _numbers(ticks: Rows, unit: str) -> Rows:
    if unit == "month":
        return ticks.astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)
    return ticks // _UNITS[unit]


def _placed(
    logical: str, sides: tuple[Cells, Cells], rows: tuple[Rows, Rows]
) -> tuple[tuple[object, ...], tuple[Rows, Rows]]:
    """The values of both sides and the place of each row among them, -1 for what is no value there.

    Numbers ascending, many of them in bins of equal counts, without infinities; times and what else is not judged have
    no values.
    """
    if logical == "number":
        floats = [cells.as_floats()[own] for cells, own in zip(sides, rows, strict=True)]
        finite = [own[np.isfinite(own)] for own in floats]
        both = np.concatenate(finite)
        edges = np.unique(both)
        if len(edges) > _MOST_BINS:
            edges = np.unique(np.quantile(both, np.linspace(0, 1, _MOST_BINS + 1)))
        places = [np.where(np.isfinite(own), np.searchsorted(edges, own, "right") - 1, -1) for own in floats]
        at = np.searchsorted(edges, both, "right") - 1
        means = np.bincount(at, both, len(edges)) / np.maximum(1, np.bincount(at, minlength=len(edges)))
        return tuple(float(mean) for mean in means), (places[0], places[1])
    if logical not in ("text", "boolean"):
        return (), (np.full(len(rows[0]), -1), np.full(len(rows[1]), -1))
    values = list(dict.fromkeys(plain(cell) for cells in sides for cell in cells.distinct if cell is not None))
    place = {value: i for i, value in enumerate(values)} | {None: -1}
    tables = [np.array([place[plain(cell)] for cell in cells.distinct], np.int64) for cells in sides]
    found = [table[cells.index[own]] for table, cells, own in zip(tables, sides, rows, strict=True)]
    return tuple(values), (found[0], found[1])
