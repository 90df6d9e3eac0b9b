"""Two real runs of orders joined to customers, for the causes that speak of joins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import parityline
from parityline import Record, Verdict

RNG = np.random.default_rng(3)
CUSTOMERS = pd.DataFrame(
    {
        "cust": [f"C{i:04d}" for i in range(400)],
        "segment": RNG.choice(["retail", "trade", "public"], 400),
        "limit": RNG.integers(1, 900, 400) * 10,
    }
)
ORDERS = pd.DataFrame(
    {
        "id": np.arange(2_000),
        "cust": [f"C{i:04d}" for i in RNG.integers(0, 480, 2_000)],  # one in six has no customer
        "amount": RNG.normal(100, 30, 2_000).round(2),
    }
)
LEFT = ORDERS.merge(CUSTOMERS, on="cust", how="left")
INNER = ORDERS.merge(CUSTOMERS, on="cust")


def run(
    environment: str,
    joined: Any,
    *,
    orders: Any = ORDERS,
    customers: Any = CUSTOMERS,
    customers_key: str | list[str] | None = "cust",
    **keywords: Any,
) -> Record:
    """The record of a run of three stages."""
    recorder = parityline.record("shop", environment=environment)
    recorder.source("orders", orders, key="id")
    recorder.source("customers", customers, key=customers_key, open="cust")
    recorder.etl("joined", joined, inputs=["orders", "customers"], key="id", **keywords)
    return recorder.record


def verified(before: Any, after: Any, **keywords: Any) -> Verdict:
    """The verdict on two runs with the same orders and customers."""
    return parityline.verify(run("research", before, **keywords), run("production", after, **keywords))
