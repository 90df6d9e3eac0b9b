"""Whether each value of a category still arrives: how long it has been silent against its longest silence before."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parityline.performance.drift import ALPHA
from parityline.performance.windows import WindowPair

_FEWEST_BEFORE = 5
"""A value with fewer rows in the reference has no rhythm."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A value that no longer arrives.

    column, value; unit: of the windows that both lengths are counted in. last: when it was last seen, None if never on
    the observed side; silent: so many units before the end of the observed side; longest: silence in the reference.
    expected: rows of it that its share of the reference would have brought since.
    """

    column: str
    value: str
    unit: str
    last: str | None
    silent: int
    longest: int
    expected: float


def silences(windows: WindowPair, columns: list[str]) -> Iterator[Silence]:
    """The values of text columns that stopped arriving, the most missed first in each column.

    Both tests must hold: longer than any silence of the reference, and no chance by the value's share of the rows.
    """
    for name in columns:
        column = windows.column(name)
        if column is None or column.is_number or not column.values:
            continue
        before, after = column.counts
        names = windows.names
        chance = ALPHA / max(1, len(column.values) * len(columns))
        found = []
        for i, value in enumerate(column.values):
            if before[i].sum() < _FEWEST_BEFORE:
                continue
            longest = _longest_gap(names[0], before[i])
            seen = np.flatnonzero(after[i])
            last = int(names[1][seen[-1]]) if len(seen) else None
            since = int(names[1][0]) - 1 if last is None else last
            silent = int(names[1][-1]) - since
            rows = float(column.rows[1][names[1] > since].sum())
            expected = rows * before[i].sum() / column.rows[0].sum()
            # no row of a value with this share among so many: (1 - share) ** rows
            if silent > max(1, longest) and expected > -math.log(chance):
                shown = None if last is None else windows.shown(last)
                found.append(Silence(name, str(value), windows.unit, shown, silent, longest, float(expected)))
        yield from sorted(found, key=lambda own: -own.expected)


def _longest_gap(names: NDArray[np.int64], counts: NDArray[np.int64]) -> int:
    """The most units without a row, between the first and the last window of the table."""
    seen = names[counts > 0]
    edges = np.concatenate([[names[0] - 1], seen, [names[-1] + 1]])
    return int(np.diff(edges).max()) - 1
