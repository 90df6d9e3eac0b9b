"""Constants behind an input that moved: followed where they are those of before, or moved as the input did."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline

ROWS = 800
RNG = np.random.default_rng(4)
ID = np.arange(ROWS)
X = RNG.gamma(3, 20, ROWS)
GAPS = np.where(RNG.random(ROWS) < 0.1, np.nan, X)
TRAIN = ID % 4 > 0
MOVES = {
    "doubled": lambda x: 2 * x,
    "shifted": lambda x: x + 40,
    "fahrenheit": lambda x: 1.8 * x + 32,
    "in single precision": lambda x: x.astype("float32").astype("float64"),
}


def run(x, scaled, name):
    recorder = parityline.record("constants", environment=name)
    recorder.etl("raw", pd.DataFrame({"id": ID, "x": x}), key="id")
    recorder.features("features", pd.DataFrame({"id": ID, "z": scaled}), key="id", inputs=["raw"])
    return recorder.record


def origin(x, there, here, z):
    verdict = parityline.verify(run(x, z(x, there), "research"), run(here[0], z(here[0], here[1]), "production"))
    told = [f for f in verdict.findings if f.stage == "features" and f.severity == "error"]
    assert verdict.first.stage == "raw"
    return told[0].origin if told else "equal"


def standard(x, constants):
    return (x - constants[0]) / constants[1]


def filled(x, fill):
    return np.where(np.isnan(x), fill, x)


def fit(x, rows):
    return x[rows].mean(), x[rows].std()


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_a_scaler_with_the_constants_of_research_is_inherited(move):
    assert origin(X, fit(X, TRAIN), (move(X), fit(X, TRAIN)), standard) == "inherited"


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_a_scaler_fitted_on_the_moved_rows_follows(move):
    assert origin(X, fit(X, TRAIN), (move(X), fit(move(X), TRAIN)), standard) in ("inherited", "equal")


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
@pytest.mark.parametrize(
    "refit",
    [
        pytest.param(lambda x: fit(x, slice(None)), id="on other rows"),
        pytest.param(lambda x: (np.median(x), x.std()), id="another location"),
        pytest.param(lambda x: (x.mean(), -x.std()), id="negated"),
    ],
)
def test_a_scaler_fitted_otherwise_is_new(move, refit):
    assert origin(X, fit(X, TRAIN), (move(X), refit(move(X))), standard) == "new"


@pytest.mark.parametrize("move", [MOVES["doubled"], MOVES["shifted"], MOVES["fahrenheit"]])
@pytest.mark.parametrize(
    ("fill", "expected"),
    [
        pytest.param(lambda x: np.nanmedian(GAPS[TRAIN]), "inherited", id="of research"),
        pytest.param(lambda x: np.nanmedian(x[TRAIN]), "inherited", id="moved with the input"),
        pytest.param(lambda x: np.nanmean(x), "new", id="the mean of its own rows"),
        pytest.param(lambda x: 0.0, "new", id="zero"),
    ],
)
def test_a_fill(move, fill, expected):
    here = move(GAPS)
    assert origin(GAPS, np.nanmedian(GAPS[TRAIN]), (here, fill(here)), filled) == expected


def test_where_the_input_moved_by_no_map_the_fit_is_undecided():
    here = np.where(ID % 3 == 0, X * 1.5, X) + RNG.normal(0, 5, ROWS)
    assert origin(X, fit(X, TRAIN), (here, fit(here, TRAIN)), standard) == "undecided"
