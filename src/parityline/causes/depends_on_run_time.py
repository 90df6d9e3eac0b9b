"""A value is counted up to the time of the run."""

from __future__ import annotations

import datetime

import numpy as np

from parityline.causes.beside import INSTANTS, Floats, beside, labelled, sides_at
from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "depends-on-run-time"
RUNG = Rung.TIME

_UNITS = {
    "seconds": 1.0,
    "minutes": 60.0,
    "hours": 3600.0,
    "days": 86_400.0,
    "weeks": 604_800.0,
    "years": 31_557_600.0,
    "years of 365 days": 31_536_000.0,
}
_SLACK = 86_400.0
"""A run asks for the day of its own zone, and some time after its record begins: seconds."""


def explain(case: Case) -> Finding | None:
    column, context = case.column, case.context
    if column is None or context is None or column.reference.type != "number" or column.observed.type != "number":
        return None
    begun, begun_here = (_seconds(record.created) for record in context.records)
    if begun is None or begun_here is None or begun == begun_here:
        return None
    for other in beside(case, *INSTANTS, "timestamp-zoned"):
        before, after = sides_at(case, other)
        here = ~other.absent
        if np.isnan(before[here]).any() or np.isnan(after[here]).any() or column.differs[other.places][~here].any():
            continue
        moments = other.seconds[here]
        for unit, seconds in _UNITS.items():
            then, now = (_asked(moments, side[here], seconds) for side in (before, after))
            if then is None or now is None or (then[0] <= now[1] and now[0] <= then[1]):
                continue  # both may have asked at the same time
            if len(np.unique(moments)) < 3:
                break
            spans = ((then, begun), (now, begun_here))
            if not all(low - _SLACK <= run <= high + _SLACK for (low, high), run in spans):
                continue
            moved = float(np.mean(after[here] - before[here]))
            name = labelled(other.stage, other.name)
            sentence = f"`{column.name}` grew by {moved:.4g} {unit} on average, the time between the runs: it counts "
            evidence = {"of": name.strip("`"), "unit": unit, "moved": moved, "apart": (begun_here - begun) / seconds}
            return case.found(CODE, f"{sentence}from {name} to the current time", evidence=evidence)
    return None


def _asked(moments: Floats, ages: Floats, unit: float) -> tuple[float, float] | None:
    """The earliest and latest instant, in seconds since 1970, from which all ages were counted; None without one."""
    whole = np.array_equal(ages, np.rint(ages))
    low = float((moments + ages * unit).max())
    high = float((moments + (ages + 1) * unit if whole else moments + ages * unit).min())
    rounding = 1e-9 * unit * float(np.abs(ages).max()) + 1.0
    return (low, max(low, high)) if low <= high + rounding else None


def _seconds(created: str) -> float | None:
    try:
        return datetime.datetime.fromisoformat(created).timestamp()
    except ValueError:
        return None
