"""`computed-in-float32`: equal inputs, and a result within the error of single precision."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import codes
from two_stages import ORDERS, RAW, column, compared, found

from parityline.causes.computed_in_float32 import CODE

X = RAW["amount"]
BY = ORDERS.groupby("customer")["value"]


def total(value):
    return pd.DataFrame({"id": [1], "total": [float(value)]})


def cumulated(values, dtype):
    return float(np.cumsum(values.to_numpy().astype(dtype), dtype=dtype)[-1])


@pytest.mark.parametrize("key", ["id", None])
def test_a_total_of_the_whole_table(key):
    finding = found(compared(total(X.sum()), total(cumulated(X, "f4")), kind="etl", key=key))
    assert (finding.code, finding.evidence["of"]) == (CODE, "raw.amount")


def test_totals_by_group():
    sides = (BY.apply(cumulated, dtype).rename("n").reset_index() for dtype in ("f8", "f4"))
    keywords = {"key": "customer", "raw_keywords": {"totals": {"value": "customer"}}}
    finding = found(compared(*sides, source=ORDERS, **keywords))
    assert (finding.code, finding.evidence["of"]) == (CODE, "raw.value")


def test_a_formula():
    a, b = X.astype("f4"), (RAW["p"] + 1).astype("f4")
    finding = found(compared(column(X / (RAW["p"] + 1)), column((a / b).astype("f8"))))
    assert finding.code == CODE


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        pytest.param(total(X.sum()), total(X[:-1].sum()), None, id="a row is left out"),
        pytest.param(total(X.sum()), total(X.sum() * (1 + 1e-6)), None, id="within the error, but of float64"),
        pytest.param(column(X / 3), column((X / 3).astype("f4").astype("f8")), "stored-as-float32", id="stored"),
        pytest.param(column(X * 1e5), column(np.ceil(X * 1e5)), None, id="the next whole number"),
        pytest.param(column(X / 3), column((X / 3.0001).astype("f4").astype("f8")), None, id="another divisor"),
    ],
)
def test_is_not_named(before, after, code):
    verdict = compared(before, after, kind="etl")
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
    assert code is None or verdict.first.code == code


def test_inputs_that_differ_prove_nothing():
    here = RAW.assign(amount=X * (1 + 1e-7))
    sides = column(X / 7), column((here["amount"].astype("f4") / np.float32(7)).astype("f8"))
    verdict = compared(*sides, source_here=here)
    assert CODE not in {f.code for f in verdict.findings if f.stage == "table"}
    assert CODE not in codes(verdict)
