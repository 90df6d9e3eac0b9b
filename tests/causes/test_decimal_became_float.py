"""`decimal-became-float`: decimals cast to binary floating point."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from support import codes, first, frame, verified

from parityline.causes.decimal_became_float import CODE

PRICES = [Decimal(f"{x:.2f}") for x in frame("price")["price"]]


def table(prices):
    return {"id": np.arange(2_000), "price": pa.array(prices)}


def arrow(prices, kind=None):
    return pa.table({"id": np.arange(2_000), "price": pa.array(prices, kind)})


RESEARCH = arrow(PRICES, pa.decimal128(12, 2))
FLOATS = np.array(PRICES, np.float64)


@pytest.mark.parametrize(
    ("production", "equal"),
    [
        pytest.param(arrow(FLOATS), True, id="cast"),
        pytest.param(arrow(FLOATS + 3.3 - 3.3), False, id="cast, then added up"),
    ],
)
def test_is_named(production, equal):
    finding = first(RESEARCH, production)
    assert (finding.code, finding.column) == (CODE, "price")
    assert (finding.evidence["nearest"] == finding.evidence["differing"]) == equal
    assert "decimal128(12, 2)" in finding.sentence


def test_is_named_in_objects():
    research = frame().assign(price=PRICES)
    assert first(research, research.assign(price=FLOATS)).code == CODE


@pytest.mark.parametrize(
    ("research", "production", "code"),
    [
        pytest.param(RESEARCH, arrow(np.round(FLOATS, 1)), "rounded", id="cast and rounded"),
        pytest.param(RESEARCH, arrow(FLOATS.astype("f4").astype("f8")), "stored-as-float32", id="single precision"),
        pytest.param(arrow(FLOATS), arrow(FLOATS + 3.3 - 3.3), "values-differ", id="floats on both sides"),
        pytest.param(RESEARCH, arrow(FLOATS * (1 + 1e-9)), "values-differ", id="another price"),
        pytest.param(RESEARCH, arrow([p + Decimal("0.01") for p in PRICES]), "values-differ", id="another decimal"),
        pytest.param(RESEARCH, arrow(PRICES, pa.decimal128(20, 4)), None, id="a wider decimal"),
        pytest.param(arrow([Decimal(i) for i in range(2_000)]), arrow(np.arange(2_000.0)), None, id="whole numbers"),
    ],
)
def test_is_not_named(research, production, code):
    verdict = verified(research, production)
    assert CODE not in codes(verdict)
    assert (verdict.first and verdict.first.code) == code
