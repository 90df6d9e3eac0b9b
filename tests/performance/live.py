"""A pipeline whose production sees other rows than research did, on a made-up business and on real flights.

World -> sources -> features -> split -> model -> predictions -> outcomes; `change` is applied to a step by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

import parityline
from parityline.findings import Verdict
from parityline.records import Record

Frame = pd.DataFrame
Change = Callable[[Any, np.random.Generator], Any]
DAYS = 60


def shop(seed: int, rows: int = 12_000, first: str = "2025-01-01") -> Frame:
    """Visits of two months, with whether somebody bought within a time after it."""
    g = np.random.default_rng(seed)
    at = pd.Timestamp(first) + pd.to_timedelta(np.sort(g.integers(0, DAYS * 86_400, rows)), unit="s")
    age, visits = g.normal(45, 12, rows), g.poisson(4, rows).astype(float)
    channel = g.choice(["web", "shop", "phone"], rows, p=[0.5, 0.3, 0.2])
    engine = g.choice(["PETROL", "DIESEL", "HYBRID"], rows, p=[0.6, 0.38, 0.02])
    logit = -1.2 + 0.06 * (age - 45) + 0.35 * (visits - 4) + np.where(channel == "web", 0.5, 0.0)
    bought = g.random(rows) < 1 / (1 + np.exp(-logit))
    waited = np.where(bought, g.exponential(8.0, rows), np.inf)
    ids = np.arange(rows) + seed * 10_000_000
    return pd.DataFrame({"id": ids, "at": at, "age": age, "visits": visits, "channel": channel, "engine": engine,
                         "waited": waited, "bought": bought.astype(float)})  # fmt: skip


@cache
def _flights(folder: Path) -> Frame:
    flights = pd.read_parquet(folder / "nycflights13" / "flights.parquet")
    flights = flights[flights["arr_delay"].notna()].reset_index(drop=True)
    at = pd.to_datetime(flights[["year", "month", "day"]])
    return pd.DataFrame({
        "id": np.arange(len(flights)), "at": at, "age": flights["dep_delay"].clip(-30, 180).astype(float),
        "visits": flights["distance"].astype(float) / 100, "channel": flights["origin"].astype(str),
        "engine": flights["carrier"].astype(str), "waited": np.where(flights["arr_delay"] > 15, 0.0, np.inf),
        "bought": (flights["arr_delay"] > 15).astype(float),
    })  # fmt: skip


def flights(folder: Path, side: int) -> Frame:
    """Every second flight for each side, so that both see the same seasons."""
    whole = _flights(folder)
    rows = np.random.default_rng(17).permutation(len(whole))[side::2][:20_000]
    return whole.iloc[np.sort(rows)].reset_index(drop=True)


def run(world: Frame, changes: Mapping[str, Change], model: Any = None, *, seed: int = 1) -> tuple[Record, Any]:
    """One run; research fits the model, production is given it."""
    g = np.random.default_rng(seed + 99)

    def step(name: str, value: Any) -> Any:
        return changes[name](value, g) if name in changes else value

    research = model is None
    with parityline.record("live", environment="research" if research else "production") as tap:
        world = step("world", world)
        visits = tap.source("visits", world[["id", "at", "age", "visits", "channel", "engine"]], key="id", time="at",
                            entity="channel")  # fmt: skip
        X = visits.assign(web=(visits["channel"] == visits["channel"].iloc[:200].min()).astype(float))
        X = step("features", X[["id", "age", "visits", "web"]])
        tap.features("features", X, key="id", inputs=["visits"])
        labels = step("labels", world[["id", "at", "channel", "bought", "waited"]])
        if research:
            train, test = step("split", (X[X["id"] % 5 != 0], X[X["id"] % 5 == 0]))
            tap.split("split", {"train": train, "test": test}, key="id", inputs=["features"])
            y = train.merge(labels[["id", "bought"]], on="id")["bought"]
            columns = ["age", "visits", "web"]
            filled = train[columns].fillna(train[columns].mean())
            model = step("model", LogisticRegression(max_iter=500)).fit(filled, y)
            scored = test
        else:
            scored = X
        model = step("served", model)
        tap.model("model", model)
        p = model.predict_proba(scored[["age", "visits", "web"]].fillna(4.0))[:, 1]
        scored = step("scored", pd.DataFrame({"id": scored["id"].to_numpy(), "p": p}))
        tap.predictions("predictions", scored, key="id", score="p", inputs=["features", "model"])
        outcomes = scored[["id"]].merge(labels[["id", "at", "channel", "bought"]], on="id")
        outcomes = step("outcomes", outcomes.assign(p=scored["p"].to_numpy()))
        tap.outcomes("outcomes", outcomes.drop(columns="p"), key="id", time="at", actual="bought",
                     prediction="predictions", segments=["channel"])  # fmt: skip
        tap.expect("auc", of="outcomes", at_least=0.5)
    return tap.record, model


def verified(
    research: Frame, production: Frame, changes: Mapping[str, Change], both: Mapping[str, Change] | None = None
) -> Verdict:
    """Research unchanged but for `both`, production with the changes, verified as new rows."""
    reference, model = run(research, both or {})
    observed, _ = run(production, {**(both or {}), **changes}, model, seed=2)
    return parityline.verify(reference, observed, rows="new")
