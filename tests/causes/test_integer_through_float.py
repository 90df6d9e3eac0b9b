"""`integer-through-float`: integers above 2**53 that passed through float64."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.integer_through_float import CODE

RNG = np.random.default_rng(5)
RESEARCH = frame().assign(big=2**60 + RNG.integers(0, 10**6, 2_000), near=2**53 - 1_000 + np.arange(2_000))


@pytest.mark.parametrize("column", ["big", "near"])
def test_is_named(column):
    finding = first(RESEARCH, changed(RESEARCH, **{column: lambda c: c.astype("f8").astype("i8")}))
    assert (finding.code, finding.column) == (CODE, column)
    before, after = finding.evidence["distinct"]
    assert after < before
    assert f"{before:,} distinct ones" in finding.sentence


@pytest.mark.parametrize(
    ("column", "change", "code"),
    [
        pytest.param("big", lambda c: c + 1, "values-differ", id="one more"),
        pytest.param("big", lambda c: c // 1000 * 1000, "values-differ", id="whole thousands"),
        pytest.param("big", lambda c: c.astype("f4").astype("i8"), "values-differ", id="single precision"),
        pytest.param(
            "big", lambda c: c.where(c.index < 1000, c.astype("f8").astype("i8")), "differs-in-one-segment", id="half"
        ),
        pytest.param(
            "near", lambda c: c.astype("f8").clip(upper=2**53).astype("i8"), "differs-in-one-segment", id="clipped"
        ),
    ],
)
def test_is_not_named(column, change, code):
    verdict = verified(RESEARCH, changed(RESEARCH, **{column: change}))
    assert CODE not in codes(verdict)
    assert verdict.first.code == code
