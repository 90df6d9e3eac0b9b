"""`fitted-before-split`: the constants of a scaler are those of all rows, and were those of the training part."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import RAW

import parityline
from parityline.causes.fitted_before_split import CODE

X = RAW["amount"]
TRAIN = RAW["id"] % 4 > 0


def scaled(rows):
    return RAW[["id"]].assign(amount=(X - X[rows].mean()) / X[rows].std(ddof=0))


def record(name, table, *, parts="features", fitted=False):
    run = parityline.record("tiny", environment=name)
    run.source("raw", RAW, key="id")
    run.features("table", table, inputs=["raw"], key="id")
    of = {"features": table, "raw": RAW, "keys": RAW[["id"]], "none": None}[parts]
    if of is not None:
        run.split("parts", {"train": of[TRAIN], "test": of[~TRAIN]}, inputs=["table"], key="id")
    if fitted:
        run.model("model", "no model", fitted_on=(table[["amount"]][TRAIN], RAW["age"][TRAIN]), inputs=["table"])
    return run.record


def verdict_of(before, after, **keywords):
    return parityline.verify(record("research", before, **keywords), record("production", after, **keywords))


@pytest.mark.parametrize("parts", ["features", "raw"])
def test_is_named(parts):
    first = verdict_of(scaled(TRAIN), scaled(RAW["id"] >= 0), parts=parts).first
    assert (first.stage, first.code, first.evidence["fitted_on"]) == ("table", CODE, "parts/train")


def test_parts_that_are_keys_alone_name_rows_of_an_input():
    first = verdict_of(scaled(TRAIN), scaled(RAW["id"] >= 0), parts="keys").first
    assert (first.code, first.evidence["fitted_on"]) == (CODE, "parts/train")
    assert f"{len(RAW):,} rows of all parts" in first.sentence


@pytest.mark.filterwarnings("ignore::parityline.RecordingWarning")
def test_the_rows_that_a_model_was_fitted_on_are_a_training_part():
    from sklearn.linear_model import LinearRegression

    records = []
    for name, table in (("research", scaled(TRAIN)), ("production", scaled(RAW["id"] >= 0))):
        run = parityline.record("tiny", environment=name)
        run.source("raw", RAW, key="id")
        run.features("table", table, inputs=["raw"], key="id")
        run.split("parts", {"train": RAW[["id"]][TRAIN], "test": RAW[["id"]][~TRAIN]}, inputs=["table"], key="id")
        given = table[["amount"]][TRAIN], RAW["age"][TRAIN]
        run.model("model", LinearRegression().fit(*given), fitted_on=given, inputs=["table"])
        records.append(run.record)
    first = parityline.verify(*records).first
    assert (first.code, first.evidence["fitted_on"]) == (CODE, "model/fitted_on")


@pytest.mark.parametrize(
    ("after", "parts", "code"),
    [
        pytest.param(scaled(RAW["id"] >= 0), "none", "scaler-refitted", id="without a split"),
        pytest.param(scaled(RAW["id"] % 3 > 0), "features", "scaler-refitted", id="fitted on other rows"),
    ],
)
def test_is_not_named(after, parts, code):
    verdict = verdict_of(scaled(TRAIN), after, parts=parts)
    assert CODE not in codes(verdict)
    assert verdict.first.code == code


def test_a_reference_that_was_fitted_on_no_recorded_part():
    verdict = verdict_of(scaled(RAW["id"] % 5 > 0), scaled(RAW["id"] >= 0))
    assert CODE not in codes(verdict)
    assert np.isclose(verdict.first.evidence["deviation"], 1)


def test_a_split_of_some_rows_leaves_a_batch_of_production():
    records = []
    for name, table in (("research", scaled(TRAIN)), ("production", scaled(RAW["id"] >= 0))):
        run = parityline.record("tiny", environment=name)
        run.features("table", table, key="id")
        run.split("parts", {"train": table[TRAIN], "test": table[~TRAIN][:100]}, inputs=["table"], key="id")
        records.append(run.record)
    assert parityline.verify(*records).first.code == "scaler-refitted"
