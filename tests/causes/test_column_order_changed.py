"""`column-order-changed` at predictions: equal features in other places than those that the model was fitted with."""

from __future__ import annotations

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
    verdict = parityline.verify(record("research", NAMES), record("production", order))
    named = next(f for f in verdict.findings if f.stage == "scores" and f.code == CODE)
    assert (named.found, named.origin, named.inherited_from) == (order, "inherited", "features")
    assert (verdict.first.stage, verdict.first.code, verdict.first.origin) == ("features", CODE, "new")


def test_scores_that_differ_in_the_old_order():
    verdict = parityline.verify(record("research", NAMES), record("production", NAMES, noise=RAW["p"]))
    assert CODE not in codes(verdict)


def test_of_a_model_without_names_it_is_not_said_that_it_reads_by_place():
    plain = LinearRegression().fit(RAW[NAMES].to_numpy(), RAW["p"])
    sides = record("research", NAMES, model=plain), record("production", NAMES[::-1], model=plain)
    verdict = parityline.verify(*sides)
    scores = next(f for f in verdict.findings if f.stage == "scores")
    assert (scores.code, scores.origin, scores.inherited_from) == ("values-differ", "undecided", "features")
    assert (verdict.first.stage, verdict.first.code) == ("features", CODE)


def test_an_order_that_nothing_differs_by_is_a_warning():
    same = [record("research", NAMES), record("production", NAMES)]
    other = parityline.record("tiny", environment="production")
    other.features("features", RAW[["id", *NAMES[::-1]]], key="id")
    other.model("model", MODEL, inputs=["features"])
    scores = RAW[NAMES].to_numpy() @ MODEL.coef_ + MODEL.intercept_
    other.predictions("scores", RAW[["id"]].assign(x=scores), inputs=["features", "model"], key="id", score="x")
    verdict = parityline.verify(same[0], other.record)
    assert verdict.status == "pass"
    assert [(f.stage, f.severity) for f in verdict.findings if f.code == CODE] == [("features", "warning")]
