"""A part of a date is counted by another convention."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from operator import eq

import numpy as np

from parityline.causes.beside import INSTANTS, Floats, beside, labelled, sides_at
from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "calendar-convention-changed"
RUNG = Rung.TIME

_CONVENTIONS: dict[str, dict[str, Callable[[datetime.date], int]]] = {
    "weekday": {
        "Monday as 0": lambda day: day.weekday(),
        "Monday as 1": lambda day: day.isoweekday(),
        "Sunday as 0": lambda day: day.isoweekday() % 7,
        "Sunday as 1": lambda day: day.isoweekday() % 7 + 1,
    },
    "week": {
        "weeks of ISO 8601": lambda day: day.isocalendar().week,
        "weeks from the first Monday on": lambda day: (day.timetuple().tm_yday + 6 - day.weekday()) // 7,
        "weeks from the first Sunday on": lambda day: (day.timetuple().tm_yday + 6 - day.isoweekday() % 7) // 7,
        "blocks of seven days from January 1": lambda day: (day.timetuple().tm_yday - 1) // 7 + 1,
    },
    "year": {
        "calendar years": lambda day: day.year,
        "years of ISO 8601": lambda day: day.isocalendar().year,
    },
    "month": {"January as 1": lambda day: day.month, "January as 0": lambda day: day.month - 1},
    "quarter": {
        "quarters from 1": lambda day: (day.month - 1) // 3 + 1,
        "quarters from 0": lambda day: (day.month - 1) // 3,
    },
    "day of the year": {
        "January 1 as 1": lambda day: day.timetuple().tm_yday,
        "January 1 as 0": lambda day: day.timetuple().tm_yday - 1,
    },
}


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "number" or column.observed.type != "number":
        return None
    for other in beside(case, *INSTANTS):
        before, after = sides_at(case, other)
        here = ~other.absent
        if np.isnan(before[here]).any() or np.isnan(after[here]).any() or column.differs[other.places][~here].any():
            continue
        days = _days(other.seconds[here])
        for part, conventions in _CONVENTIONS.items():
            old, new = (_convention(conventions, days, side[here]) for side in (before, after))
            if old is None or new is None or old == new:
                continue
            name = labelled(other.stage, other.name)
            sentence = f"`{column.name}`, the {part} of {name}, counts {new}; research counted {old}"
            evidence = {"of": name.strip("`"), "part": part, "conventions": [old, new], "sampled": len(days)}
            return case.found(CODE, sentence, evidence=evidence)
    return None


def _convention(conventions: dict[str, Callable[[datetime.date], int]], days: Floats, counted: Floats) -> str | None:
    """The first of the conventions by which all of these days are counted so; it stops at the first that is not."""
    for name, rule in conventions.items():
        read = (rule(datetime.date.fromordinal(719_163 + int(day))) for day in days)
        if all(map(eq, read, counted)):
            return name
    return None


def _days(seconds: Floats) -> Floats:
    """Days since 1970, within the years that Python's dates know."""
    return np.clip(np.floor(seconds / 86_400), -719_162, 2_932_896)
