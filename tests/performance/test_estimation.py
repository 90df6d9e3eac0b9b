"""Metrics estimated without labels against the true ones, on scores that are calibrated and on two real courses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from live import flights, run, shop

import parityline
from parityline.performance.estimation import calibration, estimated
from parityline.performance.metrics import measured


def distribution(score):
    return parityline.fingerprint({"p": score}).columns["p"].distribution


@pytest.mark.parametrize("tilt", [0.5, 1.0, 2.0])
def test_of_calibrated_scores_the_truth_lies_within_the_interval(tilt):
    """30 seeds; an interval of three standard errors misses with a probability of 0.3 %, twice in 30 of 0.4 %."""
    missed = 0
    for seed in range(30):
        g = np.random.default_rng(seed)
        score = g.beta(1, 2, 8_000)
        known = calibration((g.random(8_000) < score).astype(float), score)
        live = g.beta(tilt, 2, 6_000)
        actual = (g.random(6_000) < live).astype(float)
        truth = measured(actual, live, None)
        found = estimated(known, distribution(live))
        missed += any(
            abs(found[m][0] - truth[m]) > 3 * found[m][1] + 0.004 for m in ("accuracy", "auc", "positive_rate")
        )
    assert missed <= 1


def test_too_few_labels_or_other_outcomes_have_no_calibration():
    assert calibration(np.zeros(100), np.zeros(100)) is None
    assert calibration(np.full(1_000, np.nan), np.zeros(1_000)) is None
    assert calibration(np.arange(1_000.0) % 3 + 1, np.zeros(1_000)) is None


@pytest.mark.parametrize("tilt", [0.5, 1.0, 2.0])
def test_of_numbers_the_losses_lie_within_the_interval(tilt):
    """30 seeds, errors that grow with the prediction; three standard errors miss with 0.3 %, twice in 60 with 1.4 %."""
    missed = 0
    for seed in range(30):
        g = np.random.default_rng(seed)
        p = 10 * g.beta(1, 2, 8_000)
        known = calibration(p + g.normal(size=8_000) * (1 + p), p)
        live = 10 * g.beta(tilt, 2, 6_000)
        error = g.normal(size=6_000) * (1 + live)
        found = estimated(known, distribution(live))
        truth = {"mae": np.abs(error).mean(), "rmse": np.sqrt((error**2).mean())}
        missed += sum(abs(found[m][0] - truth[m]) > 3 * found[m][1] + 0.02 for m in truth)
    assert missed <= 1


def test_bike_rentals_without_outcomes(data):
    """A model of 2011 on warm hours of 2011, and on 2012, whose growth no estimate without outcomes can know."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    hours = pd.read_parquet(data / "bike_sharing" / "hour.parquet")
    X, y = hours[["hr", "temp", "hum", "workingday", "weathersit"]].astype(float), hours["cnt"].to_numpy(float)
    half = np.random.default_rng(2).random(len(hours)) < 0.5
    past = (hours["yr"] == 0).to_numpy()
    model = HistGradientBoostingRegressor(random_state=0).fit(X[past & half], y[past & half])
    known = calibration(y[past & ~half], model.predict(X[past & ~half]))
    warm = (past & ~half & (hours["temp"] > 0.5)).to_numpy()
    found = estimated(known, distribution(model.predict(X[warm])))
    truth = np.abs(model.predict(X[warm]) - y[warm]).mean()
    assert abs(found["mae"][0] - truth) < 0.2 * truth
    later = estimated(known, distribution(model.predict(X[~past])))["mae"][0]
    assert later < 0.7 * np.abs(model.predict(X[~past]) - y[~past]).mean()  # the assumption is said with the number


def courses(data):
    return {"shop": (shop(1), shop(2, first="2025-03-02")), "flights": (flights(data, 0), flights(data, 1))}


@pytest.mark.parametrize("name", ["shop", "flights"])
def test_a_verdict_without_labels_gives_an_estimate(name, data):
    before, after = courses(data)[name]
    reference, model = run(before, {})
    truth, _ = run(after, {}, model, seed=2)
    metrics = truth.stages.pop("outcomes").facts["metrics"]
    verdict = parityline.verify(reference, truth, rows="new")
    assert verdict.status == "unchecked"
    why = next(u.why for u in verdict.unchecked if u.stage == "outcomes")
    told = float(why.partition("auc ")[2].partition(" ")[0])
    assert abs(told - metrics["auc"]) < 0.02


def test_acs_employment_without_labels(data):
    """Real predictions of 2016 to 2018, calibrated on 2015: the estimate against the labels that came later."""
    folder = data / "acs_employment_ma"
    reference = pd.read_parquet(folder / "reference.parquet")
    analysis = pd.read_parquet(folder / "analysis.parquet")
    target = pd.read_parquet(folder / "analysis_target.parquet")
    names = {c.lower(): c for c in reference.columns}
    score, label = names["predicted_probability"], names["employed"]
    known = calibration(reference[label].to_numpy(float), reference[score].to_numpy(float))
    joined = analysis.merge(target, on=next(c for c in target.columns if c != label))
    truth = measured(joined[label].to_numpy(float), joined[score].to_numpy(float), None)
    found = estimated(known, distribution(joined[score].to_numpy(float)))
    print({m: (round(found[m][0], 4), round(truth[m], 4)) for m in found})
    for metric in ("accuracy", "auc", "positive_rate"):
        assert abs(found[metric][0] - truth[metric]) < 0.01
