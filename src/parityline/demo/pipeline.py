"""A pipeline that predicts which orders come back: ordinary pandas and scikit-learn, with a tap at every stage."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import parityline

if TYPE_CHECKING:
    import pandas as pd

Change = Callable[[str, Any], Any]
"""What a run does differently: given the name of a step and its value, the value to go on with."""

NUMBERS = (
    "age",
    "price_scaled",
    "log_amount",
    "quantity",
    "discount",
    "hour",
    "tenure",
    "backlog",
    "temperature",
    "busy",
)
LABELLED_UNTIL = np.datetime64("2024-11-01", "s")
SEED, PENALTY = 20_240_101, 1.0


def unchanged(step: str, value: Any) -> Any:
    """The change that changes nothing."""
    return value


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
        environment: the name of the environment in the record.
        to: the record file. The fitted constants of the features are stored beside it.
        like: the record of research: keys and partitions are taken from it, and the constants that research fitted are
            loaded instead of fitted again.
        change: what this run does differently.
    """
    to = Path(to)
    stored = None if like is None else constants_beside(Path(like))
    given: dict[str, Any] = {} if like is None else {"like": like}
    with parityline.record("shop-returns", environment=environment, to=to, **given) as recorder:
        constants = steps(recorder, tables, change or unchanged, stored)
    if stored is None:
        to.with_suffix(".constants.json").write_text(json.dumps(constants, indent=1), encoding="utf-8")


def constants_beside(record: Path) -> dict[str, float]:
    """The fitted constants that a run of research stored beside its record."""
    found: dict[str, float] = json.loads(record.with_suffix(".constants.json").read_text(encoding="utf-8"))
    return found


def steps(
    run: Any, tables: Mapping[str, pd.DataFrame], at: Change, stored: Mapping[str, float] | None = None
) -> dict[str, float]:
    """The pipeline itself, and the fitted constants that it used.

    `run` is the recorder, or anything with its methods; `at` is called for each table and setting. Without `stored`
    constants they are fitted on the training part.
    """
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # 1. data
    orders = run.source("orders", at("orders", tables["orders"]), key="order_id", time="ordered_at")
    customers = run.source("customers", at("customers", tables["customers"]), key="customer_id")
    products = run.source("products", at("products", tables["products"]), key="product_id")
    logistics = run.source("logistics", at("logistics", tables["logistics"]), key=["warehouse", "day"], time="day")

    joined = (
        orders.assign(day=orders["ordered_at"].dt.floor("D"))
        .merge(customers, on="customer_id", how="left", validate="many_to_one")
        .merge(products, on="product_id", how="left", validate="many_to_one")
        .merge(logistics, on=["warehouse", "day"], how="left", validate="many_to_one")
    )
    joined["amount"] = (joined["price"] * joined["quantity"] * (1 - joined["discount"])).round(2)
    joined = run.etl(
        "joined",
        at("joined", joined),
        key="order_id",
        inputs=["orders", "customers", "products", "logistics"],
        time="ordered_at",
        partition="ordered_at:month",
    )
    daily = joined.groupby("day", as_index=False).agg(orders=("order_id", "size"), amount=("amount", "sum"))
    daily = run.etl("daily", at("daily", daily), key="day", inputs=["joined"])

    # The parts are drawn before anything is fitted. Orders since November have no label yet: they are only served.
    labelled = at("order of labelled", orders.loc[orders["ordered_at"] < LABELLED_UNTIL, "order_id"])
    train_ids, test_ids = train_test_split(labelled, test_size=0.25, random_state=at("split seed", SEED))

    # 2. features
    in_train = joined["order_id"].isin(train_ids).to_numpy()
    constants = dict(stored or fitted(joined[in_train]))
    constants = at("constants", Constants(constants, joined, in_train)).values
    features = joined[["order_id", "quantity", "discount"]].copy()
    features["age"] = joined["age"].fillna(constants["age"])
    features["price_scaled"] = (joined["price"] - constants["price_mean"]) / constants["price_deviation"]
    features["log_amount"] = np.log(joined["amount"])
    features["hour"] = joined["ordered_at"].dt.hour
    features["tenure"] = (joined["day"] - joined["signup"]).dt.days
    features["backlog"] = joined["backlog"].fillna(0.0)
    features["temperature"] = joined["temperature"].fillna(10.0)
    features["busy"] = joined["day"].map(daily.set_index("day")["orders"])
    for column, values in ONE_HOT.items():
        for value in values:
            features[f"{column}_{value}"] = (joined[column] == value).astype("int64")
    features = run.features("features", at("features", features), key="order_id", inputs=["joined", "daily"])

    # 3. split
    known = features.set_index("order_id").drop(columns=[c for c in features if c not in used(features)])
    X_train = known.loc[known.index.isin(train_ids)]  # noqa: N806
    y = tables["returns"].set_index("order_id")["returned"]
    y_train = y.loc[X_train.index]
    parts = {"train": pd.DataFrame({"order_id": train_ids}), "test": pd.DataFrame({"order_id": test_ids})}
    run.split("split", parts, key="order_id", inputs=["orders"])

    # 4. model and predictions
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=at("penalty", PENALTY), max_iter=500, random_state=SEED)
    )
    model.fit(X_train, y_train)
    run.model("model", model, fitted_on=(X_train, y_train), inputs=["features", "split"])
    served = known.loc[~known.index.isin(train_ids)]
    scores = pd.DataFrame({"order_id": served.index, "p_return": model.predict_proba(served)[:, 1]})
    scores = run.predictions(
        "scores", at("scores", scores), key="order_id", score="p_return", inputs=["features", "model"]
    )

    # 5. performance
    returned = scores[["order_id"]].merge(tables["returns"], on="order_id", how="left")
    returned["ordered_at"] = returned["order_id"].map(orders.set_index("order_id")["ordered_at"])
    returned = run.outcomes(
        "returned",
        at("returned", returned),
        key="order_id",
        actual="returned",
        prediction="scores",
        time="ordered_at",
    )
    auc = float(roc_auc_score(returned["returned"], scores["p_return"]))
    run.expect("auc", value=auc, at_least=auc - 0.02)
    return constants
