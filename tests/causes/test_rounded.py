"""`rounded`: values that agree once the reference is rounded to fewer digits."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, holding, verified

from parityline.causes.rounded import CODE

RESEARCH = frame("amount", "price", "count")


@pytest.mark.parametrize(
    ("column", "change", "places"),
    [
        pytest.param("amount", lambda c: c.round(2), 2, id="to cents"),
        pytest.param("amount", lambda c: c.round(6), 6, id="to six decimals"),
        pytest.param("amount", lambda c: c.round(0), 0, id="to whole numbers"),
        pytest.param("price", lambda c: c.round(1), 1, id="prices to one decimal, half to even"),
        pytest.param("price", lambda c: np.floor(c * 10 + 0.5) / 10, 1, id="prices to one decimal, half up"),
        pytest.param("amount", lambda c: c.where(c < 100, c.round(2)), 2, id="only some rows"),
        pytest.param("amount", lambda c: -(-c).round(3), 3, id="negated twice"),
    ],
)
def test_is_named(column, change, places):
    finding = first(RESEARCH, changed(RESEARCH, **{column: change}))
    assert (finding.code, finding.column) == (CODE, column)
    assert holding({"places": places}, finding)


@pytest.mark.parametrize(
    ("column", "change", "code"),
    [
        pytest.param("amount", lambda c: np.floor(c * 100) / 100, "truncated", id="cut instead"),
        pytest.param("amount", lambda c: np.ceil(c * 100) / 100, "values-differ", id="up instead"),
        pytest.param("amount", lambda c: c.round(2) + 0.01, "values-differ", id="rounded, then moved by a cent"),
        pytest.param("price", lambda c: c.round(2), None, id="nothing to round"),
        pytest.param("amount", lambda c: c * 1.5, "unit-changed", id="another unit"),
        pytest.param("count", lambda c: (c / 10).round() * 10, "values-differ", id="integers to tens"),
    ],
)
def test_is_not_named(column, change, code):
    verdict = verified(RESEARCH, changed(RESEARCH, **{column: change}))
    assert CODE not in codes(verdict)
    assert (verdict.first and verdict.first.code) == code


def test_a_fill_with_fewer_digits_is_a_constant_and_no_rounding():
    research = changed(RESEARCH, amount=lambda c: c.where(c > 60, 5.04123))
    production = changed(RESEARCH, amount=lambda c: c.where(c > 60, 5.04))
    assert first(research, production, kind="features").code == "imputed-with-other-constant"
