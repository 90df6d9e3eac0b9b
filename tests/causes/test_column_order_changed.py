"""`column-order-changed` at predictions: equal features in other places than those that the model was fitted with."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from support import codes
from two_stages import RAW

import parityline
from parityline.causes.column_order_changed import CODE

NAMES = ["amount", "zeros", "age"]
MODEL = LinearRegression().fit(RAW[NAMES], RAW["p"] + RAW["amount"] / 50)


def record(name, order, noise=0.0, model=MODEL):
    run = parityline.record("tiny", environment=name)
    features = run.features("features", RAW[["id", *order]], key="id")
    run.model("model", model, inputs=["features"])
    scores = features[order].to_numpy() @ MODEL.coef_ + MODEL.intercept_ + noise
    run.predictions("scores", RAW[["id"]].assign(x=scores), inputs=["features", "model"], key="id", score="x")
    return run.record


@pytest.mark.parametrize("order", [NAMES[::-1], ["zeros", "amount", "age"]])
def test_is_named(order):
    first = parityline.verify(record("research", NAMES), record("production", order)).first
    assert (first.stage, first.code, first.found) == ("scores", CODE, order)


def test_scores_that_differ_in_the_old_order():
    verdict = parityline.verify(record("research", NAMES), record("production", NAMES, noise=RAW["p"]))
    assert CODE not in codes(verdict)


def test_a_model_without_names_tells_nothing():
    plain = LinearRegression().fit(RAW[NAMES].to_numpy(), RAW["p"])
    sides = record("research", NAMES, model=plain), record("production", NAMES[::-1], model=plain)
    verdict = parityline.verify(*sides)
    assert (verdict.first.stage, verdict.first.code) == ("scores", "values-differ")
    assert np.all([f.severity == "warning" for f in verdict.findings if f.code == CODE])
