"""Compact fingerprints by window of time, as fine as their number allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from parityline.kernel.encoding import Reader, Writer, unzigzag, zigzag
from parityline.kernel.parameters import WINDOWS, Parameters
from parityline.kernel.reading import TableReading
from parityline.kernel.sections.compact import Groups
from parityline.kernel.sections.section import Layout, time_reading

MOST_WINDOWS = 120
MOST_GIVEN_WINDOWS = 1024
_WHOLE = len(WINDOWS)  # coarser than a year: one window
_DAY = WINDOWS.index("day")


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Rows by window of the time column; rows whose time is null are in none.

    unit: an index into WINDOWS, or one beyond for a single window. It is the finest at which at most 120 windows are
    in use (from the given one on, at most 1,024). groups: by window, each named by its number of units since 1970, in
    UTC for zoned times. Source: the civil calendar by Hinnant (2013).
    """

    unit: int = 0
    groups: Groups = field(default_factory=Groups)

    @staticmethod
    def wanted(parameters: Parameters) -> bool:
        return parameters.time is not None

    @classmethod
    def of(cls, table: TableReading, layout: Layout) -> Self:
        reading = time_reading(table, layout.parameters)
        assert reading is not None
        unit = WINDOWS.index(layout.parameters.window or "second")
        if reading.column.kind == "null":
            return cls(unit, Groups.of(table, np.full(table.rows, -1), ()))
        unit = max(unit, _DAY if reading.column.kind == "date" else 0)
        assert reading.column.values is not None
        present = reading.present
        ticks = np.where(present, reading.column.values, 0)
        seconds = ticks * 86_400 if reading.column.kind == "date" else ticks // (10**9 // reading.column.unit)
        names = _coarser(seconds, 0, unit)
        while len(distinct := np.unique(names[present])) > _most(layout.parameters):
            names, unit = _coarser(names, unit, unit + 1), unit + 1
        index = np.where(present, np.searchsorted(distinct, names), -1)
        return cls(unit, Groups.of(table, index, tuple(distinct.tolist())))

    def merge(self, other: Self, layout: Layout) -> Self:
        unit = max(self.unit, other.unit)
        whole = self.at(unit).merge(other.at(unit))
        found = type(self)(unit, whole)
        while len(found.groups.keys) > _most(layout.parameters):
            found = type(self)(found.unit + 1, found.at(found.unit + 1))
        return found

    def at(self, unit: int) -> Groups:
        """The groups by windows of this unit, which is not finer than their own."""
        names = _coarser(np.array(self.groups.keys, np.int64), self.unit, unit).tolist()
        return self.groups.renamed(names, tuple(sorted(set(names))))

    def encode(self, out: Writer) -> None:
        out.varint(self.unit)
        out.varint(len(self.groups.keys))
        out.varints(zigzag(np.array(self.groups.keys, np.int64)))
        self.groups.encode(out)

    @classmethod
    def decode(cls, data: Reader, layout: Layout) -> Self:
        unit = data.varint(_WHOLE)
        keys = unzigzag(data.varints(data.varint(_most(layout.parameters))))
        return cls(unit, Groups.decode(data, tuple(keys.tolist()), len(layout.columns)))


def _most(parameters: Parameters) -> int:
    return MOST_GIVEN_WINDOWS if parameters.window else MOST_WINDOWS


def _coarser(names: NDArray[np.int64], unit: int, wanted: int) -> NDArray[np.int64]:
    """Numbers of units since 1970 in a coarser unit."""
    for step in range(unit, wanted):
        names = np.asarray(_NEXT[step](names), np.int64)
    return np.asarray(names, np.int64)


def _months(days: NDArray[np.int64]) -> NDArray[np.int64]:
    shifted = days + 719_468
    era, of_era = shifted // 146_097, shifted % 146_097
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    # months are counted from March here
    return np.asarray((era * 400 + year) * 12 + (5 * of_year + 2) // 153 + 2 - 1970 * 12)


_NEXT = (
    lambda seconds: seconds // 60,
    lambda minutes: minutes // 60,
    lambda hours: hours // 24,
    _months,
    lambda months: months // 12,
    np.zeros_like,
)
