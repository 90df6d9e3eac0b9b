"""Times are in another time zone."""

from __future__ import annotations

import datetime
import zoneinfo

import numpy as np
from numpy.typing import NDArray

from parityline.causes.beside import beside, labelled, sides_at
from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "time-zone-shift"
RUNG = Rung.TIME


def explain(case: Case) -> Finding | None:
    found = case.numbers()
    column = case.column
    if column is not None and column.reference.type == column.observed.type == "number":
        return _hours(case)
    if found is None or column is None or not column.reference.type.startswith("timestamp"):
        return None
    hours = np.unique(np.rint((found[1] - found[0]) / 9e11) / 4)
    if np.abs(found[1] - found[0] - np.rint((found[1] - found[0]) / 9e11) * 9e11).max() > 1024 or len(hours) > 2:
        return None
    if np.abs(hours).max() > 14 or 0 in hours or (len(hours) == 2 and abs(hours[1] - hours[0]) != 1):
        return None
    # one shift all along is that of a hundred zones without a summer time, none of which is meant more than another
    zone = _zone(found[0], np.rint((found[1] - found[0]) / 1e9), every=len(hours) > 1)
    shift = " or ".join(f"{h:+g} h" for h in hours.tolist())
    if zone:
        name, local = zone
        sides = (f"local time of {name}", "UTC") if local else ("UTC", f"local time of {name}")
        sentence = f"`{column.name}` is {sides[0]}; research used {sides[1]}"
    else:
        sentence = f"`{column.name}` is shifted by {shift}" + (" all along" if len(hours) == 1 else "")
    return case.found(CODE, sentence, evidence={"hours": hours.tolist(), "zone": zone[0] if zone else None})


def _hours(case: Case) -> Finding | None:
    """The hour of a time that is equal on both sides, taken in one zone on this side and in another on that."""
    column = case.column
    assert column is not None
    for other in beside(case, "timestamp", "timestamp-zoned"):
        before, after = sides_at(case, other)
        here = ~other.absent
        if column.differs[other.places][~here].any() or not _clock(before[here]) or not _clock(after[here]):
            continue
        before, after, seconds = before[here], after[here], np.floor(other.seconds[here])
        hour = np.floor(seconds / 3600) % 24
        utc = [np.array_equal(side, hour) for side in (before, after)]
        if utc[0] == utc[1]:
            continue
        shift = (after - before + 11) % 24 - 11 if utc[0] else (before - after + 11) % 24 - 11
        offsets = np.unique(shift).tolist()
        if 0 in offsets or len(offsets) > 2 or (len(offsets) == 2 and offsets[1] - offsets[0] != 1):
            continue
        zone = _zone(seconds * 1e9, shift * 3600)
        # a clock that changes with the date is no accident; one offset needs hours that differ
        if (zone is None and len(offsets) > 1) or (len(offsets) == 1 and len(np.unique(hour)) < 4):
            continue
        local = f"local time of {zone[0]}" if zone else f"UTC {offsets[0]:+g} h"
        sides = (local, "UTC") if utc[0] else ("UTC", local)
        name = labelled(other.stage, other.name)
        evidence = {"hours": offsets, "zone": zone[0] if zone else None, "of": name.strip("`")}
        sentence = f"`{column.name}`, the hour of {name}, is {sides[0]}; research used {sides[1]}"
        return case.found(CODE, sentence, evidence=evidence)
    return None


def _clock(hours: NDArray[np.float64]) -> bool:
    return not np.isnan(hours).any() and bool(((hours >= 0) & (hours < 24) & (hours == np.rint(hours))).all())


_COMMON = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Asia/Tokyo",
)


def _zone(before: NDArray[np.float64], shift: NDArray[np.float64], *, every: bool = True) -> tuple[str, bool] | None:
    """The zone whose offset from UTC gives every shift, and whether the observed side is the local one.

    every: look beyond the common zones.
    """
    seconds = (before / 1e9).astype(np.int64)
    names = [*_COMMON, *(sorted(zoneinfo.available_timezones() - set(_COMMON)) if every else [])]
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
