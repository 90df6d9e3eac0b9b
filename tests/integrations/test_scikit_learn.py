"""`parityline.tap`: each step's output is a stage, and the pipeline gives and is what it was."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import parityline
from parityline import UsageError

G = np.random.default_rng(2)
TABLE = pd.DataFrame({"id": np.arange(600), "age": np.where(G.random(600) < 0.1, np.nan, G.normal(45, 12, 600)),
                      "city": G.choice(["Oslo", "Bergen"], 600)})  # fmt: skip
LABEL = (TABLE["age"].fillna(45) + G.normal(0, 5, 600) > 45).to_numpy()


def fitted():
    columns = ColumnTransformer([("numbers", SimpleImputer(), ["age"]), ("texts", OneHotEncoder(), ["city"])])
    steps = [("columns", columns), ("scale", StandardScaler(with_mean=False)), ("model", LogisticRegression())]
    return Pipeline(steps).fit(TABLE[["age", "city"]], LABEL)


def recorded(model, environment):
    with parityline.record("steps", environment=environment) as run:
        rows = run.source("rows", TABLE, key="id")
        with parityline.tap(model, keys=rows["id"], key="id", inputs=["rows"]):
            answer = model.predict_proba(rows[["age", "city"]])
    return run.record, answer


def test_each_step_is_a_stage_and_the_pipeline_is_as_it_was():
    model = fitted()
    before, expected = pickle.dumps(model), model.predict_proba(TABLE[["age", "city"]])
    record, answer = recorded(model, "research")
    assert (answer == expected).all()
    assert pickle.dumps(model) == before
    assert {n: s.inputs for n, s in record.stages.items()} == {"rows": (), "columns": ("rows",), "scale": ("columns",)}
    assert set(record.stages["scale"].table.columns) >= {"id"}
    assert record.stages["scale"].table.rows == 600


def test_a_step_that_does_otherwise_is_named_first():
    model, other = fitted(), fitted()
    other.named_steps["scale"].scale_ = other.named_steps["scale"].scale_ * 1.5
    verdict = parityline.verify(recorded(model, "research")[0], recorded(other, "production")[0])
    assert verdict.first.stage == "scale"
    assert {s.name: s.status for s in verdict.stages if s.name in ("rows", "columns")} == {
        "rows": "pass",
        "columns": "pass",
    }


def test_fitting_is_recorded_too():
    with parityline.record("steps", environment="research") as run, parityline.tap(fitted()) as model:
        model.fit(TABLE[["age", "city"]], LABEL)
    assert list(run.record.stages) == ["columns", "scale"]


def test_a_pipeline_that_raises_is_left_as_it_was():
    model = fitted()
    recording, raising = parityline.record("steps", environment="x"), pytest.raises(ValueError, match="missing")
    with recording, raising, parityline.tap(model):
        model.predict(TABLE[["age"]])
    assert "transform" not in model.named_steps["columns"].__dict__


def test_wrong_use():
    with pytest.raises(UsageError, match="expected a recording"), parityline.tap(fitted()):
        pass
    recording, raising = parityline.record("steps", environment="x"), pytest.raises(UsageError, match="Pipeline")
    with recording, raising, parityline.tap(LogisticRegression()):
        pass
