"""`integer-overflow`: integers that wrapped around."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, holding, verified

from parityline.causes.integer_overflow import CODE

RNG = np.random.default_rng(5)
RESEARCH = frame().assign(micro=RNG.integers(-(10**9), 10**11, 2_000), small=RNG.integers(-100, 300, 2_000))
RESEARCH["gaps"] = RESEARCH["micro"].where(RESEARCH["id"] % 7 > 0)


@pytest.mark.parametrize(
    ("column", "change", "numbers"),
    [
        pytest.param("micro", lambda c: c.astype("i4"), {"bits": 32, "signed": True}, id="int32"),
        pytest.param("micro", lambda c: c.astype("u4"), {"bits": 32, "signed": False}, id="uint32"),
        pytest.param("micro", lambda c: c.astype("i2"), {"bits": 16, "signed": True}, id="int16"),
        pytest.param("small", lambda c: c.astype("i1"), {"bits": 8, "signed": True}, id="int8"),
        pytest.param(
            "gaps", lambda c: (c + 2**31) % 2**32 - 2**31, {"bits": 32, "signed": True}, id="with missing values"
        ),
    ],
)
def test_is_named(column, change, numbers):
    finding = first(RESEARCH, changed(RESEARCH, **{column: change}))
    assert (finding.code, finding.column) == (CODE, column)
    assert holding(numbers, finding)


@pytest.mark.parametrize(
    ("column", "change"),
    [
        pytest.param("micro", lambda c: c - 2**32, id="one constant in every row"),
        pytest.param("micro", lambda c: c.clip(upper=2**31 - 1), id="clipped"),
        pytest.param("micro", lambda c: c.astype("i4") // 2, id="wrapped and halved"),
        pytest.param("micro", lambda c: c.where(c.index < 1_000, c.astype("i4")), id="half of the rows"),
        pytest.param("small", lambda c: c.where(c <= 127, -128), id="the smallest value for all beyond"),
        pytest.param("small", lambda c: c.astype("i4"), id="room enough"),
    ],
)
def test_is_not_named(column, change):
    assert CODE not in codes(verified(RESEARCH, changed(RESEARCH, **{column: change})))
