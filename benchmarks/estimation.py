"""Metrics estimated without labels on three real courses, beside NannyML's CBPE and the truth, in one table.

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
from sklearn.ensemble import HistGradientBoostingClassifier
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


def main() -> None:
    python = python_of(NANNYML)
    lines = []
    for name, before, after in courses():
        truth = measured(after["y"].to_numpy(float), after["score"].to_numpy(), None)
        known = calibration(before["y"].to_numpy(float), before["score"].to_numpy())
        start = _seconds()
        scores = parityline.fingerprint({"p": after["score"].to_numpy()}).columns["p"].distribution
        own = estimated(known, scores)
        taken = _seconds() - start
        with tempfile.TemporaryDirectory() as folder:
            paths = [f"{folder}/{side}.parquet" for side in ("before", "after")]
            before.to_parquet(paths[0])
            after.drop(columns="y").to_parquet(paths[1])
            words = [python, "-W", "ignore", "-c", CHILD, *paths]
            done = subprocess.run(words, capture_output=True, text=True, check=True)
        peer = json.loads(done.stdout.strip().rpartition("\n")[2])
        for metric in METRICS:
            value, error = own[metric]
            lines.append(
                f"| {name} | {len(after):,} | {metric} | {truth[metric]:.4f} | {value:.4f} +- {2 * error:.4f} "
                f"({value - truth[metric]:+.4f}) | {peer[metric]:.4f} ({peer[metric] - truth[metric]:+.4f}) "
                f"| {taken:.2f} / {peer['seconds']:.2f} |"
            )
    print("# Metrics without labels\n")
    print("Written by `python benchmarks/estimation.py > benchmarks/results/estimation.md`. In brackets the error.")
    print(f"CPU seconds of an estimate: parityline / NannyML {peer['version']}, which reads every row.\n")
    print("| course | rows without labels | metric | truth | parityline, two standard errors | NannyML CBPE | CPU s |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
