"""A small shop with several sources, made from a seed: the product carries no data of anybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from parityline.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

FIRST_DAY, DAYS = np.datetime64("2024-01-01", "s"), 366
WAREHOUSES = ("berlin", "lyon", "malmo", "porto")
COUNTRIES = {"DE": 0.34, "FR": 0.24, "NL": 0.16, "SE": 0.14, "PT": 0.12}
CHANNELS = {"web": 0.55, "app": 0.33, "shop": 0.12}
CATEGORIES = {"shoes": 0.9, "clothing": 0.7, "electronics": 0.1, "garden": -0.2, "books": -1.0}
"""Each category with what it adds to the log-odds of a return."""


def make_business(seed: int = 0, rows: int = 40_000) -> dict[str, pd.DataFrame]:
    """The tables of one year of a shop: orders, customers, products, logistics and returns.

    Args:
        seed: of the one generator that draws everything; equal seeds give equal tables.
        rows: how many orders, at least 1,000. There is a customer for ten orders and a product for a hundred.

    About a fifth of the orders comes back (`returns.returned`, 0 or 1), more often dear, discounted or delayed ones.
    Times are UTC without a zone, to the second. `age` of a customer and `backlog` of a warehouse are sometimes NaN.
    """
    if rows < 1_000:
        raise UsageError(f"rows: expected at least 1,000 orders, found {rows:,}; fewer say nothing about returns")
    random = np.random.default_rng(seed)
    customers = _customers(random, rows // 10)
    products = _products(random, max(rows // 100, 20))
    logistics = _logistics(random)
    orders = _orders(random, rows, len(customers), len(products))
    returns = _returns(random, orders, customers, products, logistics)
    return {
        "orders": orders,
        "customers": customers,
        "products": products,
        "logistics": logistics,
        "returns": returns,
    }


def _drawn(random: np.random.Generator, shares: dict[str, float], size: int) -> Any:
    return random.choice(np.array(list(shares)), size, p=np.array(list(shares.values())))


def _customers(random: np.random.Generator, size: int) -> pd.DataFrame:
    import pandas as pd

    age = np.clip(random.normal(41, 13, size), 18, 90).round()
    age[random.random(size) < 0.08] = np.nan
    return pd.DataFrame(
        {
            "customer_id": np.arange(1, size + 1),
            "country": _drawn(random, COUNTRIES, size),
            "signup": FIRST_DAY.astype("M8[D]").astype("M8[s]") - random.integers(1, 2_000, size).astype("m8[D]"),
            "age": age,
        }
    )


def _products(random: np.random.Generator, size: int) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "product_id": np.arange(1, size + 1),
            "category": random.choice(np.array(list(CATEGORIES)), size),
            "price": np.exp(random.normal(3.4, 0.8, size)).round(2),
            "weight": random.gamma(2, 0.7, size).round(3) + 0.05,
        }
    )


def _logistics(random: np.random.Generator) -> pd.DataFrame:
    import pandas as pd

    days = np.arange(DAYS)
    tables = []
    for number, warehouse in enumerate(WAREHOUSES):
        season = np.cos(2 * np.pi * (days - 200) / 365)
        backlog = np.clip(8 + 6 * np.abs(np.cos(days / 23 + number)) + random.gamma(2, 3, DAYS), 0, None).round(1)
        backlog[random.random(DAYS) < 0.01] = np.nan
        tables.append(
            pd.DataFrame(
                {
                    "warehouse": warehouse,
                    "day": FIRST_DAY + days.astype("m8[D]"),
                    "temperature": (12 + 2 * number + 9 * season + random.normal(0, 3, DAYS)).round(1),
                    "backlog": backlog,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _orders(random: np.random.Generator, rows: int, customers: int, products: int) -> pd.DataFrame:
    import pandas as pd

    seconds = np.sort(random.integers(0, DAYS * 86_400, rows))
    return pd.DataFrame(
        {
            "order_id": np.arange(100_001, 100_001 + rows),
            "customer_id": random.integers(1, customers + 1, rows),
            "product_id": random.integers(1, products + 1, rows),
            "warehouse": random.choice(np.array(WAREHOUSES), rows),
            "quantity": 1 + random.poisson(0.6, rows),
            "discount": random.choice(np.array([0.0, 0.05, 0.1, 0.25]), rows, p=[0.6, 0.2, 0.12, 0.08]),
            "channel": _drawn(random, CHANNELS, rows),
            "ordered_at": FIRST_DAY + seconds.astype("m8[s]"),
        }
    )


def _returns(random: np.random.Generator, orders: Any, customers: Any, products: Any, logistics: Any) -> pd.DataFrame:
    import pandas as pd

    seen = (
        orders.assign(day=orders["ordered_at"].dt.floor("D"))
        .merge(customers, on="customer_id", how="left")
        .merge(products, on="product_id", how="left")
        .merge(logistics, on=["warehouse", "day"], how="left")
    )
    log_odds = (
        -2.9
        + seen["category"].map(CATEGORIES).astype("float64")
        + 3.0 * seen["discount"]
        + 0.35 * np.log(seen["price"] * seen["quantity"] / 30)
        + 0.07 * (seen["backlog"].fillna(12) - 8)
        - 0.012 * (seen["age"].fillna(41) - 41)
        + 0.5 * (seen["channel"] == "app")
    )
    chance = 1 / (1 + np.exp(-log_odds.to_numpy()))
    returned = (random.random(len(seen)) < chance).astype(np.int64)
    return pd.DataFrame({"order_id": orders["order_id"].to_numpy(), "returned": returned})
