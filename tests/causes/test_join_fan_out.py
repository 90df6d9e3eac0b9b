"""`join-fan-out`: duplicate keys multiplied rows."""

from __future__ import annotations

import pandas as pd
import pytest
from joined import CUSTOMERS, INNER, LEFT, ORDERS, run, verified
from support import codes

import parityline
from parityline.causes.join_fan_out import CODE

DOUBLE = pd.concat([CUSTOMERS, CUSTOMERS[CUSTOMERS.index % 20 == 0].assign(segment="closed")])
VERSIONS = DOUBLE.assign(version=DOUBLE.groupby("cust").cumcount())


def fanned(customers=DOUBLE, how="left"):
    return ORDERS.merge(customers, on="cust", how=how)


@pytest.mark.parametrize("how", ["left", "inner"])
def test_is_named_at_the_join(how):
    research = run("research", {"left": LEFT, "inner": INNER}[how])
    verdict = parityline.verify(research, run("production", fanned(how=how), customers=DOUBLE))
    finding = next(f for f in verdict.findings if f.stage == "joined" and f.code == CODE)
    assert finding.evidence["input"] == "customers"
    assert finding.evidence["on"] == ["cust"]
    assert finding.evidence["rows"] == len(fanned(how=how)) - len({"left": LEFT, "inner": INNER}[how])
    assert finding.evidence["duplicates"] == 20


def test_is_named_where_the_input_is_the_same_on_both_sides():
    keywords = {"customers": VERSIONS, "customers_key": ["cust", "version"]}
    latest = VERSIONS.drop_duplicates("cust").drop(columns="version")
    verdict = verified(fanned(latest), fanned(VERSIONS.drop(columns="version")), **keywords)
    assert (verdict.first.stage, verdict.first.code) == ("joined", CODE)


@pytest.mark.parametrize(
    ("production", "keywords"),
    [
        pytest.param(pd.concat([LEFT, LEFT[LEFT["id"] % 20 == 0]]), {}, id="rows twice, keys once"),
        pytest.param(pd.concat([LEFT, LEFT[:40]]), {"customers": DOUBLE}, id="other rows"),
        pytest.param(
            pd.concat([fanned(), LEFT[:5].assign(id=range(9_000, 9_005))]), {"customers": DOUBLE}, id="new keys too"
        ),
    ],
)
def test_is_not_named(production, keywords):
    verdict = parityline.verify(run("research", LEFT), run("production", production, **keywords))
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
