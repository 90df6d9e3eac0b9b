"""`calendar-convention-changed`: a part of a date that is counted by another rule."""

from __future__ import annotations

import pytest
from support import codes
from two_stages import RAW, column, compared, found

from parityline.causes.calendar_convention_changed import CODE

WHEN = RAW["when"]
DAY = WHEN.dt.day_of_week


@pytest.mark.parametrize(
    ("before", "after", "conventions"),
    [
        pytest.param(DAY, DAY + 1, ["Monday as 0", "Monday as 1"], id="Monday as 1"),
        pytest.param(DAY, (DAY + 1) % 7, ["Monday as 0", "Sunday as 0"], id="Sunday as 0"),
        pytest.param(
            WHEN.dt.isocalendar().week.astype(int),
            WHEN.dt.strftime("%U").astype(int),
            ["weeks of ISO 8601", "weeks from the first Sunday on"],
            id="weeks from Sunday",
        ),
        pytest.param(
            WHEN.dt.strftime("%W").astype(int),
            WHEN.dt.isocalendar().week.astype(int),
            ["weeks from the first Monday on", "weeks of ISO 8601"],
            id="weeks of the standard",
        ),
        pytest.param(
            WHEN.dt.year,
            WHEN.dt.isocalendar().year.astype(int),
            ["calendar years", "years of ISO 8601"],
            id="years around New Year",
        ),
        pytest.param(WHEN.dt.month, WHEN.dt.month - 1, ["January as 1", "January as 0"], id="months from 0"),
    ],
)
def test_is_named(before, after, conventions):
    finding = found(compared(column(before), column(after)))
    assert (finding.code, finding.evidence["conventions"]) == (CODE, conventions)


def test_dates_are_times_too():
    finding = found(compared(column(DAY), column(DAY + 1), source=RAW.assign(when=WHEN.dt.date)))
    assert finding.code == CODE


@pytest.mark.parametrize(
    ("before", "after", "source", "code"),
    [
        pytest.param(DAY, DAY + 1, RAW[["id", "city"]], "shifted-by-constant", id="without the time"),
        pytest.param(DAY, DAY + 2, RAW, "shifted-by-constant", id="two days further"),
        pytest.param(RAW["age"], RAW["age"] + 1, RAW, "shifted-by-constant", id="no part of a date"),
    ],
)
def test_is_not_named(before, after, source, code):
    verdict = compared(column(before), column(after), source=source)
    assert verdict.first.code == code
    assert CODE not in codes(verdict)


def test_a_weekday_in_some_rows_only():
    verdict = compared(column(DAY), column(DAY + (RAW["city"] == "Oslo")))
    assert CODE not in codes(verdict)
