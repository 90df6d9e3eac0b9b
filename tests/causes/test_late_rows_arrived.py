"""`late-rows-arrived`: an old period gained rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.late_rows_arrived import CODE

RNG = np.random.default_rng(3)
ALL = frame("amount", "when").assign(day=lambda t: t["when"].dt.date)
ALL["loaded"] = ALL["when"] + pd.to_timedelta(RNG.exponential(5, 2_000), "D")
READ = pd.Timestamp("2025-09-01")
RESEARCH = ALL[ALL["loaded"] <= READ]
WEEK = ALL[(ALL["loaded"] <= READ + pd.Timedelta("7D")) & (ALL["when"] <= RESEARCH["when"].max())]


@pytest.mark.parametrize("columns", [["when"], ["day"]])
def test_is_named(columns):
    research, production = (t[["id", "amount", "loaded", *columns]] for t in (RESEARCH, WEEK))
    finding = first(research, production)
    assert (finding.code, finding.evidence["loaded"], finding.evidence["event"]) == (CODE, "loaded", columns[0])
    assert finding.evidence["rows"] == len(WEEK) - len(RESEARCH) > 5


@pytest.mark.parametrize(
    ("research", "production"),
    [
        pytest.param(RESEARCH, ALL, id="newer rows too"),
        pytest.param(RESEARCH.drop(columns="loaded"), WEEK.drop(columns="loaded"), id="no time of loading"),
        pytest.param(
            RESEARCH, changed(WEEK, amount=lambda c: c.where(c.index != RESEARCH.index[3], 1.0)), id="changed"
        ),
        pytest.param(RESEARCH.iloc[::2], RESEARCH, id="rows of the old loads"),
        pytest.param(RESEARCH, WEEK.drop(RESEARCH.index[:3]), id="rows are missing too"),
    ],
)
def test_is_not_named(research, production):
    verdict = verified(research, production)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_rows_of_one_load():
    late = ALL[(ALL["loaded"] > READ) & (ALL["when"] <= RESEARCH["when"].max())].assign(
        loaded=READ + pd.Timedelta("1D")
    )
    finding = first(RESEARCH, pd.concat([RESEARCH, late]), time="when")
    assert (finding.code, finding.evidence["event"]) == (CODE, "when")
