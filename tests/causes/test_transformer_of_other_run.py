"""`transformer-of-other-run`: another fitted transformer before a model that is equal to the last bit."""

from __future__ import annotations

import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from support import codes
from two_stages import RAW

import parityline
from parityline.causes.transformer_of_other_run import CODE

X, Y = RAW[["amount", "age"]], RAW["p"]


def fitted(rows):
    scaler = StandardScaler().fit(X[rows])
    return scaler, LinearRegression().fit(scaler.transform(X[rows]), Y[rows])


OLD, NEW = fitted(RAW["id"] < 1000), fitted(RAW["id"] >= 1000)


def record(name, scaler, model, *, one):
    run = parityline.record("tiny", environment=name)
    if one:
        run.model("model", Pipeline([("scaler", scaler), ("regression", model)]))
    else:
        run.model("scaler", scaler)
        run.model("model", model, inputs=["scaler"])
    return run.record


@pytest.mark.parametrize("one", [True, False], ids=["one pipeline", "two stages"])
@pytest.mark.parametrize(
    ("production", "named"),
    [
        pytest.param((NEW[0], OLD[1]), True, id="a new scaler"),
        pytest.param(NEW, False, id="both new"),
        pytest.param((OLD[0], NEW[1]), False, id="a new model"),
        pytest.param(OLD, False, id="nothing new"),
    ],
)
def test_transformer_of_other_run(production, named, one):
    verdict = parityline.verify(record("research", *OLD, one=one), record("production", *production, one=one))
    assert (CODE in codes(verdict)) == named
    assert (verdict.status == "fail") == (production is not OLD)


def test_parts_of_a_column_transformer_stand_beside_each_other():
    records = []
    for name, table in (("research", RAW.assign(age=1.0)), ("production", RAW.assign(age=1.0, amount=2.0))):
        both = ColumnTransformer([("a", StandardScaler(), ["amount"]), ("b", StandardScaler(), ["age"])])
        run = parityline.record("tiny", environment=name)
        run.model("model", both.fit(table))
        records.append(run.record)
    verdict = parityline.verify(*records)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_the_sentence_names_both():
    sides = record("research", *OLD, one=True), record("production", NEW[0], OLD[1], one=True)
    first = parityline.verify(*sides).first
    assert first.evidence["transformer"] == "scaler"
    assert first.evidence["model"] == "regression"
