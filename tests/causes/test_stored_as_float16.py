"""`stored-as-float16`: values that all agree once the reference is cast to half precision."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, holding, verified

from parityline.causes.stored_as_float16 import CODE

RESEARCH = frame("amount", "price", "count")
noise = np.random.default_rng(3).normal(0, 0.01, len(RESEARCH))


def half(column):
    return column.astype("float16").astype("float64")


@pytest.mark.parametrize(
    ("column", "change"),
    [
        pytest.param("amount", half, id="cast and cast back"),
        pytest.param("amount", lambda c: c.astype("float16"), id="kept as float16"),
        pytest.param("price", half, id="two decimals"),
        pytest.param("amount", lambda c: c.where(c < 100, half(c)), id="only some rows"),
    ],
)
def test_is_named(column, change):
    finding = first(RESEARCH, changed(RESEARCH, **{column: change}))
    assert (finding.code, finding.column) == (CODE, column)
    assert holding({"bits": 11}, finding)


@pytest.mark.parametrize(
    ("column", "change", "keywords", "code"),
    [
        pytest.param("amount", lambda c: c + noise, {}, "values-differ", id="noise of the same size"),
        pytest.param("amount", lambda c: half(c) * 1.001 + noise, {}, "values-differ", id="cast, then moved"),
        pytest.param("amount", lambda c: c.astype("float32"), {}, "stored-as-float32", id="float32"),
        pytest.param("count", half, {}, None, id="small integers lose nothing"),
        pytest.param(
            "amount", lambda c: half(c), {"key": None}, "values-differ", id="without a key there is no form of it"
        ),
    ],
)
def test_is_not_named(column, change, keywords, code):
    verdict = verified(RESEARCH, changed(RESEARCH, **{column: change}), **keywords)
    assert CODE not in codes(verdict)
    assert (verdict.first and verdict.first.code) == code
