"""`old-dates-rebased`: dates that moved with another calendar or with local mean time."""

from __future__ import annotations

import datetime
import zoneinfo

import numpy as np
import pytest
from support import changed, codes, first, frame, holding, verified

from parityline.causes.old_dates_rebased import CODE

REFORM = np.datetime64("1582-10-15", "D")
RNG = np.random.default_rng(3)


def days(start, stop, rows=2_000):
    start, stop = (np.datetime64(day, "D") for day in (start, stop))
    return start + RNG.integers(0, (stop - start).astype(int), rows)


def julian(dates):
    """The days that the Julian calendar calls as the Gregorian calls these: a day later for each lost leap day."""
    labels = dates.astype("datetime64[M]").astype(int)
    years = 1970 + labels // 12 - (labels % 12 < 2)
    moved = dates + (years // 100 - years // 400 - 2).astype("timedelta64[D]")
    return np.where(dates < REFORM, moved, dates)


OLD = days("1000-01-01", "1900-01-01")
RESEARCH = frame().assign(born=OLD.astype("datetime64[s]"), day=[d.item() for d in OLD])


def few(rows, dates="2020-01-01"):
    """100,000 dates of which only `rows` are of 1500 to 1580."""
    table = frame(seed=1)[["id"]].iloc[:0].reindex(range(100_000)).assign(id=np.arange(100_000))
    born = np.full(100_000, np.datetime64(dates, "D"))
    born[RNG.choice(100_000, rows, replace=False)] = days("1500-04-01", "1580-01-01", rows)
    return table.assign(born=born.astype("datetime64[s]"))


@pytest.mark.parametrize("column", ["born", "day"])
def test_another_calendar_is_named(column):
    production = julian(OLD)
    new = production.astype("datetime64[s]") if column == "born" else [d.item() for d in production]
    finding = first(RESEARCH, RESEARCH.assign(**{column: new}))
    assert (finding.code, finding.column) == (CODE, column)
    assert holding({"calendar": "Julian", "days": [6, 7, 8, 9, 10]}, finding)
    back = first(RESEARCH.assign(**{column: new}), RESEARCH)
    assert (back.code, back.evidence["calendar"]) == (CODE, "Gregorian")


def test_nine_rows_of_a_hundred_thousand_are_named():
    research = few(9)
    finding = first(research, changed(research, born=lambda c: julian(c.to_numpy().astype("M8[D]")).astype("M8[s]")))
    assert (finding.code, finding.evidence["days"], finding.evidence["differing"]) == (CODE, [10], 9)


def local(times, zone):
    """Wall clock of a zone, where a reader takes its first standard offset for all times."""
    name = zoneinfo.ZoneInfo(zone)
    moments = [datetime.datetime.fromisoformat(str(t)).replace(tzinfo=datetime.UTC) for t in times.astype("M8[s]")]
    return np.array([t.astimezone(name).replace(tzinfo=None) for t in moments], "M8[s]")


def test_local_mean_time_is_named():
    times = days("1850-01-01", "1915-01-01").astype("M8[s]")
    research = frame().assign(at=times)
    finding = first(research, research.assign(at=local(times, "Europe/Berlin") - np.timedelta64(3_600, "s")))
    assert (finding.code, finding.column, finding.evidence["seconds"]) == (CODE, "at", -392)
    assert "1893-04-01" in finding.sentence or "1893-03-31" in finding.sentence


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda c: c.where(c >= "1582-10-15", c + np.timedelta64(10, "D")), "values-differ", id="ten days"),
        pytest.param(lambda c: c.where(c >= "1893-04-01", c - np.timedelta64(400, "s")), "values-differ", id="no zone"),
        pytest.param(lambda c: c + np.timedelta64(10, "D"), "values-differ", id="all rows"),
        pytest.param(
            lambda c: c.where(c.index < 1_000, julian(c.to_numpy().astype("M8[D]")).astype("M8[s]")),
            "differs-in-one-segment",
            id="half of the old rows",
        ),
    ],
)
def test_is_not_named(change, code):
    verdict = verified(RESEARCH, changed(RESEARCH, born=change))
    assert CODE not in codes(verdict)
    assert verdict.first.code == code
