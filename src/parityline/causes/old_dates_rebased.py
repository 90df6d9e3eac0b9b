"""Old dates moved: another calendar before 1582-10-15, or local mean time before the standard time of a zone."""

from __future__ import annotations

import datetime
import zoneinfo
from functools import cache

from parityline.causes.cause import FEWEST, Case, Rung, instant
from parityline.findings import Finding

CODE = "old-dates-rebased"
RUNG = Rung.TIME

_DAY = 86_400 * 10**9
_REFORM = -141_427  # 1582-10-15 in days since 1970, the first day of the Gregorian calendar
_LATEST_MEAN_TIME = -15_705  # 1927-01-01: hardly any zone left local mean time later


def explain(case: Case) -> Finding | None:
    """All dates before a day moved by the rule, rare rows included, and none after it."""
    column = case.column
    if column is None or column.reference.type != column.observed.type:
        return None
    if column.reference.type not in ("date", "timestamp", "timestamp-zoned"):
        return None
    changed, pairs = case.changes(), case.pairs()
    if changed is None or pairs is None:
        return None
    day = {"date": 1}.get(column.reference.type, _DAY)
    ticks = [(instant(a), instant(b)) for a, b in pairs]
    if any((a is None) != (b is None) for a, b in ticks):
        return None
    known = [(a, b) for a, b in ticks if a is not None and b is not None]
    if sum(a != b for a, b in known) < 2:
        return None
    return _calendar(case, known, day) or (_mean_time(case, known) if day > 1 else None)


def _calendar(case: Case, known: list[tuple[int, int]], day: int) -> Finding | None:
    """The day has the same name in the Julian calendar as before in the Gregorian, or the other way round."""
    assert case.column is not None
    for name, rule in (("Julian", _to_julian), ("Gregorian", _to_gregorian)):
        if any(b != (rule(a // day) * day + a % day if a < _REFORM * day else a) for a, b in known):
            continue
        steps = sorted({(b - a) // day for a, b in known if a != b}, key=abs)
        moved = f"{abs(steps[0])} to {abs(steps[-1])} days" if len(steps) > 1 else f"{abs(steps[0])} days"
        rows = case.changes() or []
        sentence = f"dates of `{case.column.name}` before 1582-10-15 moved by {moved} ({len(rows):,} of the rows that "
        sentence += f"are known): they are days of the {name} calendar, a rebase of the reader"
        return case.found(CODE, sentence, evidence={"calendar": name, "days": steps, "differing": len(rows)})
    return None


def _to_julian(days: int) -> int:
    """The day that the Julian calendar calls as the Gregorian calls this one."""
    year, month, day = _gregorian_name(days)
    return _julian_day(year, month, day)


def _to_gregorian(days: int) -> int:
    """The day that the Gregorian calendar calls as the Julian calls this one."""
    year, month, day = _julian_name(days)
    return _gregorian_day(year, month, day)


# Days since 1970 and names of days, for all years; years begin in March, so that a leap day is the last of its year.
# Source: Richards (2013), calendars, in the Explanatory Supplement to the Astronomical Almanac.


def _month_day(of_year: int) -> tuple[int, int]:
    place = (5 * of_year + 2) // 153
    return (place + 2) % 12 + 1, of_year - (153 * place + 2) // 5 + 1


def _of_year(month: int, day: int) -> int:
    return (153 * ((month + 9) % 12) + 2) // 5 + day - 1


def _gregorian_name(days: int) -> tuple[int, int, int]:
    era, rest = divmod(days + 719_468, 146_097)
    year = (rest - rest // 1_460 + rest // 36_524 - rest // 146_096) // 365
    month, day = _month_day(rest - (365 * year + year // 4 - year // 100))
    return year + 400 * era + (month <= 2), month, day


def _gregorian_day(year: int, month: int, day: int) -> int:
    year -= month <= 2
    return 365 * year + year // 4 - year // 100 + year // 400 + _of_year(month, day) - 719_468


def _julian_name(days: int) -> tuple[int, int, int]:
    era, rest = divmod(days + 719_470, 1_461)
    year = (rest - rest // 1_460) // 365
    month, day = _month_day(rest - 365 * year)
    return year + 4 * era + (month <= 2), month, day


def _julian_day(year: int, month: int, day: int) -> int:
    year -= month <= 2
    return 365 * year + year // 4 + _of_year(month, day) - 719_470


def _mean_time(case: Case, known: list[tuple[int, int]]) -> Finding | None:
    """All times before a zone left its local mean time moved by the difference of the two, and none after it."""
    assert case.column is not None
    steps = {b - a for a, b in known if a != b}
    moved = [a for a, b in known if a != b]
    if len(steps) != 1 or len(moved) < FEWEST:
        return None
    step, last = steps.pop(), max(moved)
    kept = [a for a, b in known if a == b]
    if step % 10**9 or last >= _LATEST_MEAN_TIME * _DAY or (kept and min(kept) < last) or not kept:
        return None
    seconds = step // 10**9
    for name, (until, mean, standard) in _mean_times().items():
        # the end is told in local or in universal time, of either clock
        if abs(seconds) not in (abs(mean - standard), abs(mean)) or mean == standard or not seconds:
            continue
        slack = max(abs(mean), abs(standard), abs(mean - standard)) * 10**9
        if last < until * 10**9 + slack and min(kept) >= until * 10**9 - slack:
            end = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=until)
            sentence = f"times of `{case.column.name}` before {end:%Y-%m-%d} moved by {seconds:+,} seconds "
            sentence += f"({len(moved):,} that are known): the local mean time of {name}"
            return case.found(CODE, sentence, evidence={"seconds": seconds, "zone": name, "differing": len(moved)})
    return None


@cache
def _mean_times() -> dict[str, tuple[int, int, int]]:
    """By zone: the second at which it left its local mean time, the offset before it, and the one after it."""
    start = datetime.datetime(1820, 1, 1, tzinfo=datetime.UTC)
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    found = {}
    for name in sorted(zoneinfo.available_timezones()):
        zone = zoneinfo.ZoneInfo(name)

        def offset(seconds: int, zone: zoneinfo.ZoneInfo = zone) -> int:
            moment = (epoch + datetime.timedelta(seconds=seconds)).astimezone(zone)
            return int((moment.utcoffset() or datetime.timedelta()).total_seconds())

        low = int((start - epoch).total_seconds())
        mean, high, step = offset(low), low, 30 * 86_400
        while high < _LATEST_MEAN_TIME * 86_400 and offset(high) == mean:
            high += step
        if offset(high) == mean or mean % 60 == 0:
            continue  # a standard offset is in whole minutes
        low = high - step
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == mean else (low, middle)
        found[name] = high, mean, offset(high)
    return found
