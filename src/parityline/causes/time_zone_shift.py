"""Times are in another time zone."""

from __future__ import annotations

import datetime
import zoneinfo

import numpy as np
from numpy.typing import NDArray

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "time-zone-shift"
RUNG = Rung.TIME


def explain(case: Case) -> Finding | None:
    found = case.numbers()
    column = case.column
    if found is None or column is None or not column.reference.type.startswith("timestamp"):
        return None
    hours = np.unique(np.rint((found[1] - found[0]) / 9e11) / 4)
    if np.abs(found[1] - found[0] - np.rint((found[1] - found[0]) / 9e11) * 9e11).max() > 1024 or len(hours) > 2:
        return None
    if np.abs(hours).max() > 14 or 0 in hours or (len(hours) == 2 and abs(hours[1] - hours[0]) != 1):
        return None
    zone = _zone(found[0], np.rint((found[1] - found[0]) / 1e9))
    shift = " or ".join(f"{h:+g} h" for h in hours.tolist())
    if zone:
        name, local = zone
        sides = (f"local time of {name}", "UTC") if local else ("UTC", f"local time of {name}")
        sentence = f"`{column.name}` is {sides[0]}; research used {sides[1]}"
    else:
        sentence = f"`{column.name}` is shifted by {shift}"
    return case.found(CODE, sentence, evidence={"hours": hours.tolist(), "zone": zone[0] if zone else None})


_COMMON = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Asia/Tokyo",
)


def _zone(before: NDArray[np.float64], shift: NDArray[np.float64]) -> tuple[str, bool] | None:
    """The zone whose offset from UTC gives every shift, and whether the observed side is the local one."""
    seconds = (before / 1e9).astype(np.int64)
    names = [*_COMMON, *sorted(zoneinfo.available_timezones() - set(_COMMON))]
    probe = np.linspace(0, len(seconds) - 1, min(len(seconds), 60)).astype(np.int64)
    order = np.argsort(seconds)[probe].tolist()
    for name in names:
        zone = zoneinfo.ZoneInfo(name)
        for local in (True, False):
            sign = 1 if local else -1
            if all(_offset(zone, int(seconds[i]), local) == sign * int(shift[i]) for i in order):
                return name, local
    return None


def _offset(zone: zoneinfo.ZoneInfo, seconds: int, local: bool) -> int:
    moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=seconds)
    moment = moment.astimezone(zone) if local else moment.replace(tzinfo=zone)
    return int((moment.utcoffset() or datetime.timedelta()).total_seconds())
