"""`unit-changed`: the same quantity in another unit, on one line through all differing rows."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.unit_changed import CODE

RESEARCH = frame("amount", "price", "count", "city")
OSLO = RESEARCH["city"] == "Oslo"


@pytest.mark.parametrize(
    ("column", "change", "unit", "slope", "intercept"),
    [
        pytest.param("price", lambda c: (c * 100).round(), "cents for whole units", 100, 0, id="cents"),
        pytest.param("count", lambda c: c / 100, "whole units for cents", 0.01, 0, id="whole units"),
        pytest.param(
            "amount", lambda c: (c - 32) * 5 / 9, "degrees Celsius for Fahrenheit", 5 / 9, -160 / 9, id="Celsius"
        ),
        pytest.param("amount", lambda c: c * 9 / 5 + 32, "degrees Fahrenheit for Celsius", 1.8, 32, id="Fahrenheit"),
        pytest.param("amount", lambda c: c + 273.15, "kelvin for degrees Celsius", 1, 273.15, id="kelvin"),
        pytest.param("amount", lambda c: c * 1.609344, "kilometres for miles", 1.609344, 0, id="kilometres"),
        pytest.param("count", lambda c: c * 60, "seconds for minutes", 60, 0, id="seconds"),
        pytest.param("amount", lambda c: c * 7.5, None, 7.5, 0, id="a unit without a name"),
        pytest.param(
            "amount", lambda c: c.where(~OSLO, c * 2.54), "centimetres for inches", 2.54, 0, id="only in Oslo"
        ),
    ],
)
def test_is_named(column, change, unit, slope, intercept):
    finding = first(RESEARCH, changed(RESEARCH, **{column: change}))
    assert (finding.code, finding.column) == (CODE, column)
    assert finding.evidence["unit"] == unit
    assert finding.evidence["slope"] == pytest.approx(slope, rel=1e-9)
    assert finding.evidence["intercept"] == pytest.approx(intercept, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("column", "change", "keywords", "code"),
    [
        pytest.param("amount", lambda c: c * 1.000001 + np.sin(c), {}, "values-differ", id="not on a line"),
        pytest.param("amount", lambda c: c * 7.5, {"kind": "features"}, "values-differ", id="features have no unit"),
        pytest.param("amount", lambda c: -c, {}, "sign-flipped", id="the opposite sign"),
        pytest.param("count", lambda c: c + 1, {}, "shifted-by-constant", id="one more"),
        pytest.param("price", lambda c: (c + 10).round(2), {}, "shifted-by-constant", id="ten more, up to rounding"),
        pytest.param("amount", lambda c: c * 7.5, {"key": None}, "values-differ", id="without a key"),
        pytest.param("count", lambda c: c.where(c != 5, 500), {}, "values-differ", id="one value became another"),
        pytest.param("amount", lambda c: np.nextafter(c, np.inf), {}, "values-differ", id="the last bit of all"),
        pytest.param("amount", lambda c: c * 0 + 1, {}, "values-differ", id="one value everywhere"),
    ],
)
def test_is_not_named(column, change, keywords, code):
    verdict = verified(RESEARCH, changed(RESEARCH, **{column: change}), **keywords)
    assert CODE not in codes(verdict)
    assert verdict.first.code == code
