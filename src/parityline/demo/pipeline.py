"""A pipeline that predicts which orders come back: ordinary pandas and scikit-learn, with a tap at every stage."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import parityline
from parityline.demo.business import CATEGORIES, CHANNELS, COUNTRIES

if TYPE_CHECKING:
    import pandas as pd

Change = Callable[[str, Any], Any]
"""What a run does differently: given a step's name and its value (a table, setting or function), what to go on with."""

ONE_HOT: dict[str, Mapping[str, float]] = {"category": CATEGORIES, "channel": CHANNELS, "country": COUNTRIES}
LABELLED_UNTIL = np.datetime64("2024-11-01", "s")
SEED = 20_240_101


def run(
    tables: Mapping[str, pd.DataFrame],
    *,
    environment: str,
    to: str | Path,
    like: str | Path | None = None,
    change: Change | None = None,
) -> None:
    """Runs the pipeline once and records it.

    Args:
        tables: what `make_business` gives.
        environment: the name of the environment, for the record.
        to: the record file. Without `like` the constants fitted for the features are stored beside it.
        like: the record of research. Keys and partitions are taken from it, and the constants that research stored
            beside it are loaded, not fitted again.
        change: what this run does differently.
    """
    stored = None if like is None else json.loads(_constants_beside(like).read_text(encoding="utf-8"))
    with parityline.record("shop-returns", environment=environment, to=to, like=like) as recorder:
        constants = steps(recorder, tables, change=change, stored=stored)
    if stored is None:
        _constants_beside(to).write_text(json.dumps(constants, indent=1), encoding="utf-8")


def steps(
    run: Any,
    tables: Mapping[str, pd.DataFrame],
    *,
    change: Change | None = None,
    stored: Mapping[str, float] | None = None,
) -> Mapping[str, float]:
    """The pipeline itself; gives the constants that its features used, fitted on the training part unless `stored`.

    `run` is the recorder, or anything with its methods.
    """
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    at = change or unchanged

    # 1. Data: four sources, joined by order, and totals by day.
    orders = run.source("orders", at("orders", tables["orders"]), key="order_id", time="ordered_at")
    customers = run.source("customers", at("customers", tables["customers"]), key="customer_id")
    products = run.source("products", at("products", tables["products"]), key="product_id")
    logistics = run.source("logistics", at("logistics", tables["logistics"]), key=["warehouse", "day"], time="day")
    sources = ["orders", "customers", "products", "logistics"]

    joined = (
        orders.assign(day=orders["ordered_at"].dt.floor("D"))
        .merge(customers, on="customer_id", how="left", validate="many_to_one")
        .merge(products, on="product_id", how="left", validate="many_to_one")
        .merge(logistics, on=["warehouse", "day"], how="left", validate="many_to_one")
    )
    joined["amount"] = (joined["price"] * joined["quantity"] * (1 - joined["discount"])).round(2)
    joined = at("joined", joined)
    run.etl("joined", joined, key="order_id", inputs=sources, time="ordered_at", partition="ordered_at:month")
    daily = joined.groupby("day", as_index=False).agg(orders=("order_id", "size"), turnover=("amount", "sum"))
    run.etl("daily", at("daily", daily), key="day", inputs=["joined"])

    # The parts are drawn before anything is fitted. Orders since November have no label yet: they are served.
    labelled = at("order of rows", orders.loc[orders["ordered_at"] < LABELLED_UNTIL, "order_id"])
    train_ids, test_ids = train_test_split(labelled.to_numpy(), test_size=0.25, random_state=at("split seed", SEED))

    # 2. Features: fitted constants come from the training part of research.
    constants = stored or fitted(joined[joined["order_id"].isin(train_ids)])
    features = joined[["order_id", "quantity", "discount"]].copy()
    features["age"] = at("imputer", imputed)(joined["age"], constants)
    features["price"] = at("scaler", scaled)(joined["price"], constants)
    features["log_amount"] = np.log(joined["amount"])
    features["hour"] = joined["ordered_at"].dt.hour
    features["tenure"] = (joined["day"] - joined["signup"]).dt.days
    features["backlog"] = joined["backlog"].fillna(0.0)
    features["temperature"] = joined["temperature"].fillna(10.0)
    features["busy"] = joined["day"].map(daily.set_index("day")["orders"])
    for column, values in ONE_HOT.items():
        for value in values:
            features[f"{column}_{value}"] = (joined[column] == value).astype("int64")
    features = at("features", features)
    run.features("features", features, key="order_id", inputs=["joined", "daily"])

    # 3. Split, by order id.
    parts = {"train": pd.DataFrame({"order_id": train_ids}), "test": pd.DataFrame({"order_id": test_ids})}
    run.split("split", parts, key="order_id", inputs=["orders"])

    # 4. Model, and the predictions for the new orders.
    X = features.set_index("order_id")  # noqa: N806
    y = tables["returns"].set_index("order_id")["returned"].reindex(X.index)
    train, test = X.index.isin(train_ids), X.index.isin(test_ids)
    regression = LogisticRegression(C=at("inverse penalty", 1.0), max_iter=500, random_state=SEED)
    model = make_pipeline(StandardScaler(), regression).fit(X[train], y[train])
    run.model("model", model, fitted_on=(X[train], y[train]), inputs=["features", "split"])
    promised = float(roc_auc_score(y[test], model.predict_proba(X[test])[:, 1]))
    new = X[~train & ~test]
    scores = pd.DataFrame({"order_id": new.index, "p_return": model.predict_proba(new)[:, 1]})
    scores = at("scores", scores)
    run.predictions("scores", scores, key="order_id", score="p_return", inputs=["features", "model"])

    # 5. Performance, once the labels of the new orders are there.
    returned = scores.merge(tables["returns"], on="order_id").merge(orders[["order_id", "ordered_at"]], on="order_id")
    returned = at("returned", returned.drop(columns="p_return"))
    run.outcomes("returned", returned, key="order_id", actual="returned", prediction="scores", time="ordered_at")
    run.expect("auc", of="returned", value=promised, at_least=promised - 0.05)
    return constants


def unchanged(step: str, value: Any) -> Any:
    """The change that changes nothing."""
    return value


def fitted(training: pd.DataFrame) -> dict[str, float]:
    """What research fits once and stores: the mean age, mean and deviation (dividing by n) of the price."""
    price = training["price"]
    return {
        "age_mean": float(training["age"].mean()),
        "price_mean": float(price.mean()),
        "price_deviation": float(price.std(ddof=0)),
    }


def imputed(ages: Any, constants: Mapping[str, float]) -> Any:
    """Ages, with the stored mean where there is none."""
    return ages.fillna(constants["age_mean"])


def scaled(prices: Any, constants: Mapping[str, float]) -> Any:
    """Prices in stored deviations from the stored mean."""
    return (prices - constants["price_mean"]) / constants["price_deviation"]


def _constants_beside(record: str | Path) -> Path:
    return Path(record).with_suffix(".constants.json")
