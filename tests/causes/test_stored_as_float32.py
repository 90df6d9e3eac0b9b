"""`stored-as-float32`: values that all agree once the reference is cast."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, holding, verified

from parityline.causes.stored_as_float32 import CODE

RESEARCH = frame("amount", "price", "count")
noise = np.random.default_rng(3).normal(0, 1e-6, len(RESEARCH))


def single(column):
    return column.astype("float32").astype("float64")


@pytest.mark.parametrize(
    ("column", "change", "keywords"),
    [
        pytest.param("amount", single, {}, id="cast and cast back"),
        pytest.param("amount", lambda c: c.astype("float32"), {}, id="kept as float32"),
        pytest.param("price", single, {}, id="two decimals"),
        pytest.param("amount", lambda c: c.where(c < 100, single(c)), {}, id="only some rows"),
        pytest.param("amount", single, {"kind": "etl"}, id="at an etl stage"),
        pytest.param("amount", single, {"key": None}, id="without a key, by form and totals"),
    ],
)
def test_is_named(column, change, keywords):
    finding = first(RESEARCH, changed(RESEARCH, **{column: change}), **keywords)
    assert (finding.code, finding.column) == (CODE, column)
    assert holding({"bits": 24}, finding)
    assert "values-differ" in finding.explains


def test_a_constant_column_is_named():
    research = RESEARCH.assign(rate=0.1)
    assert first(research, changed(research, rate=single)).code == CODE


@pytest.mark.parametrize(
    ("column", "change", "keywords", "code"),
    [
        pytest.param("amount", lambda c: c + noise, {}, "values-differ", id="noise of the same size"),
        pytest.param("amount", lambda c: single(c) + 0.5, {}, "values-differ", id="cast, then moved"),
        pytest.param("amount", lambda c: np.round(c, 2), {}, "rounded", id="rounded"),
        pytest.param("amount", lambda c: c.astype("float16").astype("float64"), {}, "stored-as-float16", id="float16"),
        pytest.param("count", single, {}, None, id="integers lose nothing"),
        pytest.param("amount", lambda c: c + noise, {"key": None}, "values-differ", id="noise without a key"),
    ],
)
def test_is_not_named(column, change, keywords, code):
    verdict = verified(RESEARCH, changed(RESEARCH, **{column: change}), **keywords)
    assert CODE not in codes(verdict)
    assert (verdict.first and verdict.first.code) == code


def test_one_replaced_value_among_others_is_a_constant_and_no_precision():
    research = changed(RESEARCH, amount=lambda c: c.where(c > 60, 0.1))
    production = changed(RESEARCH, amount=lambda c: c.where(c > 60, float(np.float32(0.1))))
    assert first(research, production, kind="features").code == "imputed-with-other-constant"


def test_one_value_that_loses_digits_is_named_where_the_others_have_none_to_lose():
    research = RESEARCH.assign(rate=RESEARCH["count"].mod(3).map({0: 0.0, 1: 0.5, 2: 0.1}))
    assert first(research, changed(research, rate=single)).code == CODE
