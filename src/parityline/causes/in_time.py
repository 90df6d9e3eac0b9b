"""Aligned rows in the order of a time that is equal on both sides, for the causes that speak of periods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parityline.causes.beside import Floats
from parityline.causes.cause import FEWEST, Case
from parityline.conditions import shown_number
from parityline.kernel.cells import Cell

MOST_TIMES = 4
"""Columns of times that are looked at, the declared one first."""


@dataclass(frozen=True)
class Times:
    """A column of times: its name, its logical type and its ticks for each aligned row, NaN where it is missing."""

    name: str
    type: str
    ticks: Floats

    def shown(self, tick: float) -> str:
        """An instant for a sentence."""
        return shown_number(tick, self.type)


def times(case: Case) -> Iterator[Times]:
    """Times of the table that are equal on both sides, the declared one first."""
    table, column = case.table, case.column
    declared = table.reference.state.parameters.time
    names = [n for n in table.common if table.columns[n].reference.type.startswith(("date", "timestamp"))]
    found = 0
    for name in sorted(names, key=lambda name: name != declared):
        pair = table.columns[name]
        if column is None or name == column.name or pair.reference.type != pair.observed.type or not pair.aligned:
            continue
        if found == MOST_TIMES:
            return
        found += 1
        if not pair.differs.any():
            yield Times(name, pair.reference.type, pair.numbers[0][case.kept])


def replaced_by_one(case: Case) -> tuple[Cell, NDArray[np.bool_]] | None:
    """The value that all differing rows have now, and which aligned rows have it; None where there is no one value.

    The reference has at least five values there, none of them missing.
    """
    column = case.column
    if column is None or case.finding.code != "values-differ" or column.hidden or not column.aligned:
        return None
    before, after = column.cells
    places = np.unique(after.index[column.differs])
    if int(column.differs.sum()) < FEWEST or len(places) != 1 or places[0] < after.has_null + after.has_nan:
        return None
    old = np.unique(before.index[column.differs])
    if len(old) < FEWEST or old[0] < before.has_null + before.has_nan:
        return None
    return after.distinct[places[0]], after.index == places[0]
