"""`far-date-became-null`: dates that nanoseconds cannot hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.far_date_became_null import CODE

RNG = np.random.default_rng(3)
OPEN = RNG.random(2_000) < 0.2
RESEARCH = frame("when").assign(until=lambda t: t["when"].astype("M8[s]"))
RESEARCH.loc[OPEN, "until"] = pd.Timestamp("9999-12-31")
RESEARCH["valid"] = RESEARCH["until"].dt.date.astype(object).where(RESEARCH["id"] % 9 > 0, None)
SEVERAL = changed(RESEARCH, until=lambda c: c.where(c.index % 3 > 0, pd.Timestamp("2999-01-01").as_unit("s")))


def coerced(column):
    return column.where(column < pd.Timestamp("2262-04-11"))


@pytest.mark.parametrize("column", ["until", "valid"])
def test_the_open_end_is_named(column):
    last = RESEARCH[column].dropna().max()
    finding = first(RESEARCH, changed(RESEARCH, **{column: lambda c: c.where(c != last, None)}))
    assert (finding.code, finding.column) == (CODE, column)
    assert finding.evidence["rows"] == (RESEARCH[column] == last).sum()
    assert finding.evidence["exact"]
    assert "9999-12-31" in finding.sentence


def test_several_far_dates_are_named():
    finding = first(SEVERAL, changed(SEVERAL, until=coerced))
    assert (finding.code, finding.evidence["exact"]) == (CODE, False)


def test_two_rows_of_a_hundred_thousand_are_named():
    research = pd.DataFrame({"id": np.arange(100_000), "until": np.datetime64("2024-01-01", "s")})
    research.loc[[77, 4_711], "until"] = pd.Timestamp("9999-12-31")
    finding = first(research, changed(research, until=coerced))
    assert (finding.code, finding.evidence["rows"]) == (CODE, 2)


@pytest.mark.parametrize(
    ("research", "change", "code"),
    [
        pytest.param(RESEARCH, lambda c: c.where(c.index < 1_000, coerced(c)), "values-differ", id="half of them"),
        pytest.param(RESEARCH, lambda c: c.where(c < "2025-06-01"), "values-differ", id="near dates too"),
        pytest.param(RESEARCH, lambda c: coerced(c).fillna(pd.Timestamp("2100-01-01")), "values-differ", id="2100"),
        pytest.param(SEVERAL, lambda c: c.where(c.dt.year != 9999), "values-differ", id="one of two far dates"),
    ],
)
def test_is_not_named(research, change, code):
    verdict = verified(research, changed(research, until=change))
    assert CODE not in codes(verdict)
    assert verdict.first.code == code
