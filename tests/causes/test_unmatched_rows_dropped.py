"""`unmatched-rows-dropped`: an inner join for a left join."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from joined import CUSTOMERS, INNER, LEFT, ORDERS, verified
from support import codes

import parityline
from parityline.causes.unmatched_rows_dropped import CODE

UNKNOWN = ~LEFT["cust"].isin(CUSTOMERS["cust"])


@pytest.mark.parametrize("columns", [["segment", "limit"], []], ids=["with its columns", "as a filter alone"])
def test_is_named(columns):
    kept = ["id", "cust", "amount", *columns]
    verdict = verified(LEFT[kept], INNER[kept])
    assert (verdict.first.stage, verdict.first.code) == ("joined", CODE)
    assert verdict.first.evidence["rows"] == UNKNOWN.sum()
    assert (verdict.first.evidence["input"], verdict.first.evidence["on"]) == ("customers", ["cust"])


def test_is_named_in_a_sample():
    orders = ORDERS.loc[np.arange(50_000) % 2_000].assign(id=np.arange(50_000))
    left = orders.merge(CUSTOMERS, on="cust", how="left")
    verdict = verified(left, orders.merge(CUSTOMERS, on="cust"), orders=orders)
    assert verdict.first.code == CODE


@pytest.mark.parametrize(
    "production",
    [
        pytest.param(LEFT[~UNKNOWN | (LEFT["id"] < 1_000)], id="half of them"),
        pytest.param(INNER[INNER["id"] != INNER["id"][7]], id="and one more"),
        pytest.param(LEFT.sample(frac=0.8, random_state=1), id="here and there"),
        pytest.param(LEFT[UNKNOWN], id="those with a match"),
    ],
)
def test_is_not_named(production):
    verdict = verified(LEFT, production)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_two_sides_of_one_key():
    people = pd.DataFrame({"id": np.arange(2_000), "age": np.arange(2_000) % 70})
    bills = pd.DataFrame({"id": np.arange(0, 2_000, 3), "bill": np.arange(667) * 1.5})

    def run(environment, how):
        with parityline.record("joins", environment=environment) as made:
            made.source("people", people, key="id")
            made.source("bills", bills, key="id")
            made.etl("joined", people.merge(bills, on="id", how=how), key="id", inputs=["people", "bills"])
        return made.record

    verdict = parityline.verify(run("research", "left"), run("production", "inner"))
    assert (verdict.first.stage, verdict.first.code) == ("joined", CODE)
    assert verdict.first.evidence["input"] == "bills"
