"""Dates outside the range of 64-bit nanoseconds, such as the open end 9999-12-31, became null."""

from __future__ import annotations

import datetime

from parityline.causes.cause import FEWEST, Case, Rung, instant
from parityline.findings import Finding

CODE = "far-date-became-null"
RUNG = Rung.MISSING

_DAY = 86_400 * 10**9


def explain(case: Case) -> Finding | None:
    """All dates before 1677-09-22 or after 2262-04-11 are null now, and nothing else changed."""
    column = case.column
    if column is None or column.reference.type != column.observed.type:
        return None
    if column.reference.type not in ("date", "timestamp", "timestamp-zoned") or not case.table.same_keys:
        return None
    day = 1 if column.reference.type == "date" else _DAY
    before, after = column.reference, column.observed
    grown = after.missing - before.missing
    if grown <= 0:
        return None
    pairs, changed = case.pairs(), case.changes(1) or []
    if pairs is None or any(b is not None or not _far(instant(a), day) for a, b in changed):
        return None
    if any(_far(instant(b), day) for _, b in pairs) or _far(instant(after.range.maximum), day):
        return None
    if _far(instant(after.range.minimum), day):
        return None
    end, open_end = instant(before.range.maximum), before.range.at_maximum == grown
    exact = open_end and _far(end, day)
    if len(changed) < (2 if exact else FEWEST):
        return None
    what = (
        f"the open end {shown(end, day)} ({grown:,} rows)"
        if exact
        else f"{grown:,} dates beyond the years 1678 to 2261"
    )
    sentence = f"`{column.name}`: {what} became null, as times of 64-bit nanoseconds do not reach so far"
    evidence = {"rows": grown, "exact": exact, "differing": len(changed)}
    return case.found(CODE, sentence, share=grown / max(1, before.rows), evidence=evidence)


def _far(ticks: int | None, day: int) -> bool:
    """Whether 64-bit nanoseconds since 1970 cannot hold it."""
    return ticks is not None and not -(2**63) < ticks * (_DAY // day) < 2**63


def shown(ticks: int | None, day: int) -> str:
    """The day as a date; by its number where the calendar of the library ends."""
    days = (ticks or 0) // day
    ordinal = days + datetime.date(1970, 1, 1).toordinal()
    if 1 <= ordinal <= datetime.date.max.toordinal():
        return datetime.date.fromordinal(ordinal).isoformat()
    return f"day {days:,}"
