"""`truncated`: numbers or times cut to a coarser grid."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import changed, codes, first, frame, holding, verified

from parityline.causes.truncated import CODE

RESEARCH = frame("amount", "when")


@pytest.mark.parametrize(
    ("column", "change", "numbers"),
    [
        pytest.param("amount", lambda c: np.floor(c), {"places": 0}, id="to whole numbers"),
        pytest.param("amount", lambda c: c.astype("int64"), {"places": 0}, id="cast to integer"),
        pytest.param("amount", lambda c: np.floor(c * 100) / 100, {"places": 2}, id="to cents"),
        pytest.param("amount", lambda c: np.trunc((c - 100) * 10) / 10 + 0.0, None, id="a moved reference"),
        pytest.param("when", lambda c: c.dt.floor("s"), {"unit": "second"}, id="times to seconds"),
        pytest.param("when", lambda c: c.dt.floor("min"), {"unit": "minute"}, id="times to minutes"),
        pytest.param("when", lambda c: c.dt.floor("h"), {"unit": "hour"}, id="times to hours"),
        pytest.param("when", lambda c: c.dt.normalize(), {"unit": "day"}, id="times to days"),
        pytest.param("when", lambda c: c.dt.date, {"unit": "day"}, id="times to dates"),
    ],
)
def test_is_named(column, change, numbers):
    research = RESEARCH
    if numbers is None:  # both signs: towards zero is not downwards
        research = changed(RESEARCH, amount=lambda c: c - 100)
        production, numbers = changed(research, amount=lambda c: np.trunc(c * 10) / 10), {"places": 1}
    else:
        production = changed(RESEARCH, **{column: change})
    finding = first(research, production)
    assert (finding.code, finding.column) == (CODE, column)
    assert holding(numbers, finding)


@pytest.mark.parametrize(
    ("column", "change", "code"),
    [
        pytest.param("amount", lambda c: c.round(2), "rounded", id="rounded instead"),
        pytest.param("amount", lambda c: np.ceil(c), "values-differ", id="up instead"),
        pytest.param("when", lambda c: c.dt.ceil("h"), "values-differ", id="times up to hours"),
        pytest.param("when", lambda c: c.dt.floor("h") + pd.Timedelta("1min"), "values-differ", id="cut, then moved"),
        pytest.param(
            "when", lambda c: (c + pd.Timedelta("1D")).dt.date, "type-differs", id="the date of the day after"
        ),
        pytest.param("when", lambda c: c.astype("datetime64[ms]"), None, id="another unit with equal instants"),
    ],
)
def test_is_not_named(column, change, code):
    verdict = verified(RESEARCH, changed(RESEARCH, **{column: change}))
    assert CODE not in codes(verdict)
    assert (verdict.first and verdict.first.code) == code
