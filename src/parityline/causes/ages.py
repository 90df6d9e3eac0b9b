"""Rows by the age of their values: the time of the row less the time at which the value was made (`as_of=`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from parityline.causes.cause import FEWEST, Case

_TICKS = {"date": 86_400.0, "timestamp": 1e-9, "timestamp-zoned": 1e-9}
"""Seconds in a tick of each type of time."""
_UNITS = (("days", 86_400.0), ("hours", 3600.0), ("minutes", 60.0))


@dataclass(frozen=True, slots=True)
class MissingByAge:
    """Values that are missing on one side of an age. young: below it; share: of the rows; bound: the age in seconds."""

    column: str
    time: str
    made: str
    young: bool
    share: float
    bound: float
    rows: int

    @property
    def shown(self) -> str:
        """The age for a sentence."""
        name, size = next((u for u in _UNITS if abs(self.bound) >= u[1]), ("seconds", 1.0))
        return f"{self.bound / size:.3g} {name}"

    def evidence(self) -> dict[str, Any]:
        """Its numbers."""
        return {"age_seconds": self.bound, "younger": self.young, "rows": self.rows, "as_of": self.made}


def missing_by_age(case: Case) -> MissingByAge | None:
    """The age that separates the rows that lost their value from those that have it; None where none does."""
    column, table = case.column, case.table
    made, time = str(table.declared.get("as_of") or ""), table.reference.state.parameters.time or ""
    if column is None or case.finding.code != "values-differ" or not {made, time} <= set(table.columns):
        return None
    if column.name in (made, time):
        return None
    before, after = (cells.absent_rows() for cells in column.cells)
    lost, kept = after & ~before, ~after & ~before
    if lost.sum() < FEWEST or kept.sum() < FEWEST or not (lost == column.differs).all():
        return None
    seconds = []
    for name in (time, made):
        pair = table.columns[name]
        if pair.reference.type not in _TICKS:
            return None
        seconds.append(pair.numbers[0][case.kept] * _TICKS[pair.reference.type])
    ages = seconds[0] - seconds[1]
    if np.isnan(ages[lost | kept]).any():
        return None
    rows, share = int(lost.sum()), float(lost.mean())
    if ages[lost].max() < ages[kept].min():
        return MissingByAge(column.name, time, made, True, share, float(ages[kept].min()), rows)
    if ages[lost].min() > ages[kept].max():
        return MissingByAge(column.name, time, made, False, share, float(ages[kept].max()), rows)
    return None
