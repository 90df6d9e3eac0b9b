"""Dates were read in another format: day and month are swapped, or what did not fit became null."""

from __future__ import annotations

import datetime
import re

from parityline.causes.cause import FEWEST, Case, Rung, instant
from parityline.checks.same_values import percent
from parityline.findings import Finding
from parityline.kernel.cells import Cell

CODE = "date-format-mistaken"
RUNG = Rung.TIME

_DAY = 86_400 * 10**9
_EPOCH = datetime.date(1970, 1, 1).toordinal()
_RUN = re.compile(r"[0-9]+|[A-Za-z]+|\s+")


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != column.observed.type:
        return None
    if not column.reference.type.startswith(("date", "timestamp")):
        return None
    return _swapped(case) or _one_format(case)


def _swapped(case: Case) -> Finding | None:
    """Day and month change places wherever both are at most 12; other dates are null, or as they were."""
    column, changed, pairs = case.column, case.changes(), case.pairs()
    if column is None or changed is None or pairs is None:
        return None
    dates = column.reference.type == "date"
    for sides in (pairs, [(b, a) for a, b in pairs]):
        swaps = 0
        for a, b in sides:
            before = _parts(a, dates)
            if a is None or before is None:
                if a != b:
                    break
                continue
            day, rest = before
            if day.day > 12:
                if b is not None and a != b:
                    break
                continue
            after = _parts(b, dates)
            if after is None or after != (day.replace(month=day.day, day=day.month), rest):
                break
            swaps += day.day != day.month
        else:
            if swaps < FEWEST:
                return None
            lost = column.observed.missing - column.reference.missing
            sentence = f"`{column.name}`: day and month are swapped"
            if lost:
                whose = "of the rows (day > 12) became null" if lost > 0 else "of the rows (day > 12) were null before"
                sentence += f"; {percent(abs(lost) / max(1, column.observed.rows))} {whose}"
            return case.found(CODE, sentence, evidence={"nulls": lost, "swapped": swaps})
    return None


def _one_format(case: Case) -> Finding | None:
    """Only texts of some shapes were read: the raw text of each row decides whether it became null."""
    column = case.column
    if column is None or column.hidden or not column.aligned:
        return None
    gone = column.nulls[1] & ~column.nulls[0]
    if gone.sum() < FEWEST or not (gone == column.differs).all():
        return None
    left, dates = column.cells[0], column.reference.type == "date"
    for places, texts in case.others("text"):
        cells = texts.cells[1]
        if cells.hashed or not len(places):
            continue
        kept, lost = set[str](), set[str]()
        rows = zip(cells.index.tolist(), left.index[places].tolist(), gone[places].tolist(), strict=True)
        distinct, times = cells.distinct, left.distinct
        for text, time, null in set(rows):
            raw, date = distinct[text], _parts(times[time], dates)
            if date is None:
                continue
            if not isinstance(raw, bytes) or f"{date[0].year % 100:02d}".encode() not in raw:
                break
            (lost if null else kept).add(shape(raw))
        else:
            if not lost or not kept or lost & kept:
                continue
            share = float(gone.mean())
            forms = [" or ".join(sorted(side)[:3]) for side in (kept, lost)]
            sentence = f"`{column.name}`: {percent(share)} could not be read: only texts of the form {forms[0]} were"
            sentence += f", those of the form {forms[1]} are null"
            evidence = {"text": texts.name, "read": sorted(kept)[:20], "unread": sorted(lost)[:20]}
            return case.found(CODE, sentence, share=share, evidence=evidence)
    return None


def _parts(cell: Cell, dates: bool) -> tuple[datetime.date, int] | None:
    """The day, and the nanoseconds in it; None for null and for years that a calendar date does not have."""
    ticks = instant(cell)
    if ticks is None:
        return None
    days, rest = (ticks, 0) if dates else divmod(ticks, _DAY)
    if not 1 <= days + _EPOCH <= datetime.date.max.toordinal():
        return None
    return datetime.date.fromordinal(days + _EPOCH), rest


def shape(raw: bytes) -> str:
    """A text with its digits as 9 (9999 where there are more than two), its words as A."""

    def run(match: re.Match[str]) -> str:
        found = match[0]
        if found[0].isspace():
            return " "
        return "A" if found[0].isalpha() else "9" if len(found) <= 2 else "9999"

    return _RUN.sub(run, raw.decode("utf-8", "replace"))
