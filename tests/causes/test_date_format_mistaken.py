"""`date-format-mistaken`: dates read in another format."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import changed, codes, first, frame, verified

import parityline
from parityline.causes.date_format_mistaken import CODE

RESEARCH = frame("when").assign(day=lambda t: t["when"].dt.normalize())
RESEARCH["date"] = RESEARCH["day"].dt.date
LATE = int((RESEARCH["day"].dt.day > 12).sum())


def read(column, form="%d/%m/%Y"):
    return pd.to_datetime(column.dt.strftime("%m/%d/%Y"), format=form, errors="coerce")


def fallback(column):
    """Row by row, the format that fits: the month first where it can be."""
    return read(column).fillna(column)


@pytest.mark.parametrize(
    ("production", "column", "nulls"),
    [
        pytest.param(changed(RESEARCH, day=read), "day", LATE, id="the rest is null"),
        pytest.param(changed(RESEARCH, day=fallback), "day", 0, id="the rest in the format that fits"),
        pytest.param(
            RESEARCH.assign(date=read(RESEARCH["day"]).dt.date),
            "date",
            LATE,
            id="dates",
        ),
        pytest.param(
            changed(RESEARCH, when=lambda c: read(c).add(c - c.dt.normalize()).fillna(c)),
            "when",
            0,
            id="the time of day is kept",
        ),
    ],
)
def test_a_swap_is_named(production, column, nulls):
    finding = first(RESEARCH, production)
    assert (finding.code, finding.column, finding.evidence["nulls"]) == (CODE, column, nulls)


def test_the_reference_may_be_the_one_that_was_misread():
    finding = first(changed(RESEARCH, day=read), RESEARCH)
    assert (finding.code, finding.evidence["nulls"] < 0) == (CODE, True)


def two_stages(raw, day):
    def run(environment, observed):
        recorder = parityline.record("dates", environment=environment)
        source = pd.DataFrame({"id": np.arange(2_000), "raw": raw})
        recorder.source("raw", source, key="id")
        recorder.etl("clean", pd.DataFrame({"id": np.arange(2_000), "day": observed}), inputs=["raw"], key="id")
        return recorder.record

    return parityline.verify(run("research", RESEARCH["day"]), run("production", day))


MIXED = np.where(RESEARCH["id"] % 3, RESEARCH["day"].dt.strftime("%Y-%m-%d"), RESEARCH["day"].dt.strftime("%d.%m.%Y"))


def test_one_format_of_two_is_named():
    verdict = two_stages(MIXED, RESEARCH["day"].where(RESEARCH["id"] % 3 > 0))
    assert (verdict.first.stage, verdict.first.code) == ("clean", CODE)
    assert verdict.first.evidence["unread"] == ["9.9.9999"]


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(RESEARCH["day"].where(RESEARCH["id"] % 5 > 0), id="nulls of both formats"),
        pytest.param(
            RESEARCH["day"].where(RESEARCH["id"] % 3 > 0, RESEARCH["day"] + pd.Timedelta("1D")), id="no nulls"
        ),
    ],
)
def test_one_format_of_two_is_not_named(day):
    assert CODE not in codes(two_stages(MIXED, day))


@pytest.mark.parametrize(
    ("column", "change"),
    [
        pytest.param("day", lambda c: c + pd.Timedelta("1D"), id="a day later"),
        pytest.param("day", lambda c: c.where(c.dt.day <= 12), id="null after the 12th, nothing swapped"),
        pytest.param("day", lambda c: c.where(c.index < 1_000, read(c)), id="half of the rows"),
        pytest.param("day", lambda c: read(c) + pd.Timedelta("1D"), id="swapped and moved"),
        pytest.param("when", lambda c: c + pd.Timedelta("9h"), id="nine hours later"),
    ],
)
def test_is_not_named(column, change):
    assert CODE not in codes(verified(RESEARCH, changed(RESEARCH, **{column: change})))
