"""A second fault behind a first one is new, and what only follows is not: through splits, parts and gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline

ROWS = 2_000
RAW = pd.DataFrame({
    "id": np.arange(ROWS), "x": np.random.default_rng(1).uniform(20, 90, ROWS).round(1),
    "y": np.random.default_rng(2).normal(5, 2, ROWS), "kind": np.arange(ROWS) % 4,
})  # fmt: skip
TRAIN = RAW["id"] % 4 > 0
COLUMNS = ["x", "y"]


def scaled(table, rows):
    return table[["id"]].assign(**{n: (table[n] - table[n][rows].mean()) / table[n][rows].std() for n in COLUMNS})


def run(environment, *, raw=RAW, features=lambda t: t, fitted=TRAIN, scores=0, fitted_on=True, alpha=1.0):
    """Source, features, split, scaled features made of the split alone, model, predictions and outcomes."""
    with parityline.record("r", environment=environment) as made:
        made.source("raw", raw, key="id")
        table = made.features("features", features(raw), key="id", inputs=["raw"])
        made.split("split", {"train": table[TRAIN], "test": table[~TRAIN]}, key="id", inputs=["features"])
        own = made.features("scaled", scaled(table, fitted), key="id", inputs=["split"])
        given = {"fitted_on": (own[COLUMNS][TRAIN], RAW["kind"][TRAIN])} if fitted_on else {}
        made.model("model", Model(alpha), inputs=["scaled"], **given)
        p = np.roll(1 / (1 + np.exp(-own["y"].to_numpy())), scores)
        made.predictions("scores", own[["id"]].assign(p=p), key="id", score="p", inputs=["model", "scaled"])
        actual = own[["id"]].assign(actual=(RAW["y"] > 5).astype(int))
        made.outcomes("actual", actual, key="id", actual="actual", prediction="scores", inputs=["split"])
        made.expect("auc", at_least=0.9, of="actual")
    return made.record


class Model:
    """A model of one parameter."""

    def __init__(self, alpha):
        self.alpha = alpha

    def get_params(self, deep=True):
        return {"alpha": self.alpha}


def origins(**keywords):
    verdict = parityline.verify(run("research"), run("production", **keywords))
    return {(f.stage, f.column): (f.origin, f.inherited_from) for f in verdict.findings if f.severity == "error"}


def damaged(raw):
    return raw.assign(x=raw["x"].where(raw["kind"] > 0, raw["x"] + 5))


def test_constants_of_another_table_with_a_column_of_that_name_prove_nothing():
    """The scaled x of the model has mean 0 and deviation 1 on both sides, and is not the x of the features."""
    found = origins(raw=damaged(RAW), features=lambda t: t.assign(x=t["x"] / 100))
    assert found["raw", "x"] == ("new", None)
    assert found["features", "x"] == ("new", None)


def test_a_relation_is_followed_through_a_split():
    found = origins(raw=damaged(RAW))
    assert found["scaled", "x"] == ("inherited", "raw")
    assert ("scaled", "y") not in found
    found = origins(raw=damaged(RAW), fitted=RAW["id"] >= 0)
    assert found["scaled", "y"] == ("new", None)  # of y nothing differs before, and its scaler is another one


def test_outcomes_are_made_of_the_predictions_that_they_judge():
    found = origins(scores=1)
    assert found["scores", "p"] == ("new", None)
    assert found["actual", None][0] != "new"


def test_what_fills_gaps_that_research_never_saw_is_undecided():
    def filled(table):
        return table.assign(x=table["x"].fillna(0.0))

    raw = RAW.assign(x=RAW["x"].shift(1))
    research, production = run("research", features=filled), run("production", raw=raw, features=filled)
    verdict = parityline.verify(research, production)
    found = {(f.stage, f.column): f.origin for f in verdict.findings if f.severity == "error"}
    assert (found["raw", "x"], found["features", "x"]) == ("new", "undecided")


@pytest.mark.parametrize(("alpha", "origin"), [(2.0, "new"), (13.3718, "undecided")])
def test_a_parameter_that_a_person_wrote_follows_from_no_data(alpha, origin):
    assert origins(raw=damaged(RAW), alpha=alpha, fitted_on=False)["model", None][0] == origin
