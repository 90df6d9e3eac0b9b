"""Metrics estimated without labels on four real courses, beside NannyML's CBPE and DLE and the truth, in one table.

`python benchmarks/estimation.py > benchmarks/results/estimation.md`. NannyML gets an environment of its own. parityline
estimates from two records: 50 bands of the labelled scores, and a fingerprint of the others; NannyML from all rows.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression

import parityline
from parityline.performance.estimation import calibration, estimated
from parityline.performance.metrics import measured
from peers import Peer, python_of

DATA = Path(os.environ.get("PARITYLINE_DATA", "../shared/data"))
METRICS = ("auc", "accuracy")
NANNYML = Peer("nannyml", ("nannyml==0.13.1", "statsmodels"))
CHILD = """
import json, sys, time
import pandas as pd, nannyml as nml
reference, live = (pd.read_parquet(path) for path in sys.argv[1:3])
start = time.process_time()
estimator = nml.CBPE(y_pred_proba="score", y_pred="label", y_true="y", problem_type="classification_binary",
                     metrics=["roc_auc", "accuracy"], chunk_number=1)
estimator.fit(reference)
found = estimator.estimate(live).to_df()
seconds = time.process_time() - start
last = found[found[("chunk", "period")] == "analysis"].iloc[-1] if ("chunk", "period") in found else found.iloc[-1]
print(json.dumps({"auc": float(last[("roc_auc", "value")]), "accuracy": float(last[("accuracy", "value")]),
                  "seconds": seconds, "version": nml.__version__}))
"""

LOSSES = ("mae", "rmse")
CHILD_OF_NUMBERS = """
import json, sys, time
import pandas as pd, nannyml as nml
reference, live = (pd.read_parquet(path) for path in sys.argv[1:3])
start = time.process_time()
estimator = nml.DLE(feature_column_names=[c for c in reference if c not in ("score", "y")], y_pred="score", y_true="y",
                    metrics=["mae", "rmse"], chunk_number=1)
estimator.fit(reference)
found = estimator.estimate(live).to_df()
seconds = time.process_time() - start
last = found[found[("chunk", "period")] == "analysis"].iloc[-1] if ("chunk", "period") in found else found.iloc[-1]
print(json.dumps({"mae": float(last[("mae", "value")]), "rmse": float(last[("rmse", "value")]),
                  "seconds": seconds, "version": nml.__version__}))
"""

Course = tuple[str, pd.DataFrame, pd.DataFrame]
"""Its name, and for labelled rows and rows whose labels come later: score, label (the decision), y."""


def courses() -> Iterator[Course]:
    folder = DATA / "acs_employment_ma"
    files = ("reference", "analysis", "analysis_target")
    reference, live, target = (pd.read_parquet(folder / f"{name}.parquet") for name in files)
    names = {column.lower(): column for column in reference.columns}
    score, y = names["predicted_probability"], names["employed"]
    key = next(column for column in target.columns if column != y)
    yield "acs employment, 2015 to 2016 - 2018", _rows(reference, score, y), _rows(live.merge(target, on=key), score, y)

    table = pd.read_parquet(DATA / "nycflights13" / "flights.parquet").dropna(subset=["arr_delay", "dep_delay"])
    features = ["dep_delay", "distance", "hour", "day"]
    y = (table["arr_delay"] > 15).astype(int)
    spring, autumn = (table["month"] <= 6).to_numpy(), (table["month"] > 6).to_numpy()
    sides = _modelled(table[features], y, spring, autumn, LogisticRegression(max_iter=300))
    yield "flights, January - June to July - December", *sides

    table = pd.read_parquet(DATA / "adult" / "adult.parquet")
    numbers = table.select_dtypes("number").columns.drop("fnlwgt")
    y = table["class"].astype(str).str.contains(">50K").astype(int)
    usual = (table["hours-per-week"] <= 40).to_numpy()
    sides = _modelled(table[numbers], y, usual, ~usual, HistGradientBoostingClassifier(random_state=0))
    yield "adult, up to 40 hours a week to more", *sides

    hours = pd.read_parquet(DATA / "bike_sharing" / "hour.parquet")
    X = hours[["hr", "temp", "hum", "workingday", "weathersit"]].astype(float)
    past, warm = (hours["yr"] == 0).to_numpy(), (hours["temp"] > 0.5).to_numpy()
    half = np.random.default_rng(2).random(len(X)) < 0.5
    model = HistGradientBoostingRegressor(random_state=0).fit(X[past & half], hours["cnt"][past & half])
    rows = X.assign(score=model.predict(X), y=hours["cnt"].astype(float))
    yield "bike rentals, a model of 2011 on its warm hours", rows[past & ~half], rows[past & ~half & warm]
    yield "bike rentals, a model of 2011 in 2012", rows[past & ~half], rows[~past]


def _modelled(features, y, before, after, model) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A model of half of the rows before; the other half is labelled, the rows after are not."""
    half = np.random.default_rng(0).random(len(y)) < 0.5
    model.fit(features[before & half], y[before & half])
    found = []
    for rows in (before & ~half, after):
        score = model.predict_proba(features[rows])[:, 1]
        found.append(pd.DataFrame({"score": score, "y": y[rows].to_numpy()}))
    return tuple(own.assign(label=(own["score"] >= 0.5).astype(int)) for own in found)


def _rows(table, score, y) -> pd.DataFrame:
    found = pd.DataFrame({"score": table[score].astype(float), "y": table[y].astype(int)})
    return found.assign(label=(found["score"] >= 0.5).astype(int))


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _truth(rows: pd.DataFrame) -> dict[str, float]:
    if "label" in rows:
        return measured(rows["y"].to_numpy(float), rows["score"].to_numpy(), None)
    error = (rows["score"] - rows["y"]).to_numpy()
    return {"mae": float(np.abs(error).mean()), "rmse": float(np.sqrt((error**2).mean()))}


def _peer(python: str, before: pd.DataFrame, after: pd.DataFrame) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{side}.parquet" for side in ("before", "after")]
        before.to_parquet(paths[0])
        after.drop(columns="y").to_parquet(paths[1])
        child = CHILD if "label" in before else CHILD_OF_NUMBERS
        words = [python, "-W", "ignore", "-c", child, *paths]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.strip().rpartition("\n")[2])


def main() -> None:
    python = python_of(NANNYML)
    lines = []
    for name, before, after in courses():
        truth = _truth(after)
        known = calibration(before["y"].to_numpy(float), before["score"].to_numpy())
        start = _seconds()
        scores = parityline.fingerprint({"p": after["score"].to_numpy()}).columns["p"].distribution
        own = estimated(known, scores)
        taken = _seconds() - start
        peer = _peer(python, before, after)
        for metric in METRICS if "label" in before else LOSSES:
            value, error = own[metric]
            lines.append(
                f"| {name} | {len(after):,} | {metric} | {truth[metric]:.4f} | {value:.4f} +- {2 * error:.4f} "
                f"({value - truth[metric]:+.4f}) | {peer[metric]:.4f} ({peer[metric] - truth[metric]:+.4f}) "
                f"| {taken:.2f} / {peer['seconds']:.2f} |"
            )
    print("# Metrics without labels\n")
    print("Written by `python benchmarks/estimation.py > benchmarks/results/estimation.md`. In brackets the error.")
    print(f"CPU seconds of an estimate: parityline / NannyML {peer['version']}, which reads every row.")
    print("Of numbers, parityline knows the losses by prediction alone, NannyML's DLE by all features.\n")
    print("| course | rows without labels | metric | truth | parityline, two standard errors | NannyML | CPU s |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
