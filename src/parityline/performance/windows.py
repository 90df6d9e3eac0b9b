"""Columns by window of time on both sides, on common values, for what is asked over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from parityline.fingerprints import Fingerprint, plain
from parityline.kernel.cells import Hashed, Wide
from parityline.kernel.parameters import WINDOWS as UNITS
from parityline.kernel.sections import Windows
from parityline.kernel.sections.compact import ByBin, ByValue, Compact, Groups
from parityline.kernel.summaries.distribution import float_keys
from parityline.performance.effects import middles

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

FEWEST_WINDOWS = 8
"""Of fewer windows nobody knows how much they differ from each other."""
SEASONS = {"hour": 24, "day": 7, "month": 12}
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


@dataclass(frozen=True, slots=True)
class ColumnWindows:
    """One column in the windows of both sides, reference first.

    values: what its values are, numbers ascending or texts, (V,), () where too many texts are there to keep; counts:
    of each value in each window, (V, windows). missing, rows: null or NaN rows, and all rows, by window.
    """

    values: tuple[object, ...]
    counts: tuple[Counts, Counts]
    missing: tuple[Counts, Counts]
    rows: tuple[Counts, Counts]

    @property
    def is_number(self) -> bool:
        return bool(self.values) and all(isinstance(v, float) for v in self.values)


class AnyWindows(Protocol):
    """What is asked of windows, whatever they were made from; see `WindowPair`."""

    @property
    def sampled(self) -> bool: ...

    @property
    def unit(self) -> str: ...

    @property
    def names(self) -> tuple[Counts, Counts]: ...

    @property
    def seasons(self) -> tuple[Counts, Counts] | None: ...

    def shown(self, name: int) -> str: ...

    def column(self, name: str) -> ColumnWindows | None: ...


class WindowPair:
    """The windows of both sides in the coarser of their units.

    unit: second, minute, hour, day, month or year. names: of the windows of each side as numbers of units since 1970.
    """

    def __init__(self, reference: Fingerprint, observed: Fingerprint, sections: tuple[Windows, Windows]) -> None:
        self._unit = max(section.unit for section in sections)
        self.groups: tuple[Groups, Groups] = (sections[0].at(self._unit), sections[1].at(self._unit))
        self._names = [side.state.sampled_columns for side in (reference, observed)]
        self._types = {name: column.type for name, column in reference.columns.items()}

    @classmethod
    def of(cls, reference: Fingerprint, observed: Fingerprint) -> WindowPair | None:
        """None where a side has no windows, or windows without a unit."""
        found = [side.state.section(Windows) for side in (reference, observed)]
        if found[0] is None or found[1] is None or max(found[0].unit, found[1].unit) >= len(UNITS):
            return None
        if not found[0].groups.keys or not found[1].groups.keys:
            return None
        return cls(reference, observed, (found[0], found[1]))

    @property
    def sampled(self) -> bool:
        """Whether the windows hold sampled rows alone."""
        return False

    @property
    def unit(self) -> str:
        return UNITS[self._unit]

    @property
    def names(self) -> tuple[Counts, Counts]:
        return tuple(np.array(side.keys, np.int64) for side in self.groups)  # type: ignore[return-value]

    @cached_property
    def seasons(self) -> tuple[Counts, Counts] | None:
        """The hour of the day, day of the week or month of the year of each window; None for other units."""
        cycle = SEASONS.get(self.unit)
        if cycle is None:
            return None
        return tuple(names % cycle for names in self.names)  # type: ignore[return-value]

    def shown(self, name: int) -> str:
        """When a window begins, for a sentence."""
        if self.unit in _SECONDS:
            moment = np.datetime64(name * _SECONDS[self.unit], "s")
            return str(moment.astype("datetime64[D]" if self.unit == "day" else "datetime64[m]")).replace("T", " ")
        return str(np.datetime64(name, "M" if self.unit == "month" else "Y"))

    def column(self, name: str) -> ColumnWindows | None:
        """A column that both sides keep by window; None where one does not."""
        sides: list[Compact] = []
        for names, groups in zip(self._names, self.groups, strict=True):
            if name not in names or not groups.columns:
                return None
            sides.append(groups.columns[names.index(name)])
        values, counts = _common([side.content for side in sides])
        missing = sides[0].nulls + sides[0].nans, sides[1].nulls + sides[1].nans
        return ColumnWindows(values, counts, missing, (self.groups[0].rows, self.groups[1].rows))


def _common(sides: Sequence[ByValue | ByBin]) -> tuple[tuple[object, ...], tuple[Counts, Counts]]:
    """The values of both sides and their counts; of many numbers the middles of common bins."""
    a, b = sides
    if isinstance(a, ByValue) and isinstance(b, ByValue):
        hashes = sorted({*a.hashes, *b.hashes})
        cells = dict(zip(a.hashes + b.hashes, a.cells + b.cells, strict=True))
        values = [f"#{own:032x}"[:13] if isinstance(cells[own], Hashed) else plain(cells[own]) for own in hashes]
        if all(isinstance(cells[own], (float, Wide)) for own in hashes):
            values = [float(value) for value in values]  # type: ignore[arg-type]
            order = sorted(range(len(values)), key=lambda i: values[i])  # type: ignore[arg-type,return-value]
        else:
            order = list(range(len(values)))
        if any(isinstance(cells[own], Hashed) for own in hashes):
            values = [f"#{own:032x}"[:13] if isinstance(cells[own], Hashed) else v for own, v in zip(hashes, values)]  # noqa: B905
        place = {own: i for i, own in enumerate(hashes)}
        counts = []
        for side in (a, b):
            whole = np.zeros((len(hashes), side.counts.shape[1]), np.int64)
            whole[[place[own] for own in side.hashes]] = side.counts
            counts.append(whole[order])
        return tuple(values[i] for i in order), (counts[0], counts[1])
    shift = max(side.shift for side in sides if isinstance(side, ByBin))
    keyed = [_keyed(side, shift) for side in sides]
    every = np.unique(np.concatenate([keys for keys, _ in keyed]))
    counts = []
    for keys, own in keyed:
        whole = np.zeros((len(every), own.shape[1]), np.int64)
        np.add.at(whole, np.searchsorted(every, keys), own)
        counts.append(whole)
    return tuple(float(v) for v in middles(every, shift)), (counts[0], counts[1])


def _keyed(side: ByValue | ByBin, shift: int) -> tuple[NDArray[np.uint64], Counts]:
    """The keys of numbers at a shift, and their counts."""
    if isinstance(side, ByBin):
        return side.prefixes >> np.uint64(shift - side.shift), side.counts
    places = [
        i for i, cell in enumerate(side.cells) if isinstance(cell, (float, Wide)) and abs(_nearest(cell)) < np.inf
    ]
    keys = float_keys(np.array([_nearest(side.cells[i]) for i in places], np.float64))
    return keys >> np.uint64(shift), side.counts[places].reshape(len(places), side.counts.shape[1])


def _nearest(cell: object) -> float:
    return cell.nearest if isinstance(cell, Wide) else float(cell)  # type: ignore[arg-type]
