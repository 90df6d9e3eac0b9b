"""`shifted-by-constant`: one and the same amount between the two sides."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.shifted_by_constant import CODE

RESEARCH = frame("amount", "price", "count", "city", "when")
odd = np.arange(len(RESEARCH)) % 2


@pytest.mark.parametrize(
    ("column", "change", "constant"),
    [
        pytest.param("count", lambda c: c + 1, 1, id="counted from one"),
        pytest.param("count", lambda c: c - 25_569, -25_569, id="another epoch"),
        pytest.param("count", lambda c: c.where(RESEARCH["city"] != "Oslo", c + 7), 7, id="only in Oslo"),
        pytest.param("price", lambda c: (c + 10).round(2), 10, id="money, up to the last bit"),
    ],
)
def test_is_named(column, change, constant):
    finding = first(RESEARCH, changed(RESEARCH, **{column: change}))
    assert (finding.code, finding.column) == (CODE, column)
    assert finding.evidence["constant"] == pytest.approx(constant, rel=1e-9)


@pytest.mark.parametrize(
    ("column", "change", "keywords", "code"),
    [
        pytest.param("count", lambda c: c + 1 + odd, {}, "values-differ", id="two constants"),
        pytest.param("count", lambda c: c * 2, {}, "unit-changed", id="a factor"),
        pytest.param("when", lambda c: c + pd.Timedelta("1h"), {}, "time-zone-shift", id="times by an hour"),
        pytest.param("count", lambda c: c + 1, {"key": None}, "values-differ", id="without a key"),
        pytest.param(
            "count",
            lambda c: c.where(c != 5, 6),
            {"kind": "features"},
            "imputed-with-other-constant",
            id="one value alone",
        ),
    ],
)
def test_is_not_named(column, change, keywords, code):
    verdict = verified(RESEARCH, changed(RESEARCH, **{column: change}), **keywords)
    assert CODE not in codes(verdict)
    assert verdict.first.code == code
