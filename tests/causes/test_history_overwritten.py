"""`history-overwritten`: past rows with the present value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import codes, first, verified

from parityline.causes.history_overwritten import CODE

RNG = np.random.default_rng(3)
RESEARCH = pd.DataFrame(
    {
        "id": np.arange(2_000),
        "cust": RNG.integers(0, 150, 2_000),
        "at": np.datetime64("2024-01-01", "s") + RNG.integers(0, 366 * 86_400, 2_000).astype("m8[s]"),
    }
).sort_values("at")
# every other customer changed once in the year, from the segment of the number to the next
MOVED = (RESEARCH["cust"] % 2 == 1) & (RESEARCH["at"] > "2024-07-01")
RESEARCH["segment"] = np.array(["retail", "trade", "public"])[(RESEARCH["cust"] + MOVED) % 3]
NEWEST = RESEARCH.groupby("cust")["segment"].transform("last")
ENTITY = {"entity": "cust", "time": "at"}


def test_is_named():
    finding = first(RESEARCH, RESEARCH.assign(segment=NEWEST), **ENTITY)
    assert (finding.code, finding.column) == (CODE, "segment")
    assert finding.evidence["rows"] == (RESEARCH["segment"] != NEWEST).sum()
    assert finding.evidence["entities"] == RESEARCH["cust"][RESEARCH["segment"] != NEWEST].nunique()


@pytest.mark.parametrize(
    ("production", "keywords"),
    [
        pytest.param(RESEARCH.assign(segment=NEWEST), {}, id="nobody said what has a history"),
        pytest.param(
            RESEARCH.assign(segment=RESEARCH.groupby("cust")["segment"].transform("first")),
            ENTITY,
            id="the first value",
        ),
        pytest.param(RESEARCH.assign(segment="trade"), ENTITY, id="one value for all"),
        pytest.param(
            RESEARCH.assign(segment=NEWEST.where(RESEARCH["cust"] < 75, RESEARCH["segment"])), ENTITY, id="half"
        ),
        pytest.param(
            RESEARCH.assign(segment=RESEARCH.groupby("cust")["segment"].shift(1).fillna("none")),
            ENTITY,
            id="late",
        ),
    ],
)
def test_is_not_named(production, keywords):
    verdict = verified(RESEARCH, production, **keywords)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_the_newest_value_is_that_of_an_input():
    # the segment changes after the last row of most customers: only the history of segments knows the newest
    import parityline

    history = pd.DataFrame(
        {
            "cust": np.repeat(np.arange(150), 2),
            "since": np.tile(np.array(["2023-12-01", "2025-02-01"], "M8[s]"), 150),
            "segment": np.where(np.arange(300) % 4 == 1, "trade", "retail"),
        }
    )
    rows = RESEARCH.drop(columns="segment")
    sides = [rows.assign(segment="retail"), rows.assign(segment=np.where(rows["cust"] % 2 == 0, "trade", "retail"))]
    records = []
    for name, table in zip(("research", "production"), sides, strict=True):
        run = parityline.record("segments", environment=name)
        run.source("segments", history, key=["cust", "since"], time="since", entity="cust")
        run.etl("joined", table, key="id", inputs=["segments"], **ENTITY)
        records.append(run.record)
    finding = parityline.verify(*records).first
    assert (finding.stage, finding.code) == ("joined", CODE)
    assert "cust in segments" in finding.sentence


def versions_of(rows, taken):
    """The record of rows that are joined to the versions of 12 shops, of which the even ones have two."""
    import parityline

    shops = pd.DataFrame({"shop": [*range(12), *range(0, 12, 2)], "since": np.repeat([0, 180], [12, 6])})
    shops = shops.assign(since=np.datetime64("2024-01-01") + shops["since"].to_numpy().astype("m8[D]"))
    shops["tier"] = np.where(shops["since"] > "2024-02-01", "gold", np.where(shops["shop"] % 3, "plus", "basic"))
    run = parityline.record("shops", environment="research")
    run.source("shops", shops, key=["shop", "since"], time="since")
    sold = pd.DataFrame({"id": np.arange(rows), "shop": np.arange(rows) % 12})
    sold["at"] = np.datetime64("2024-01-02", "s") + (sold["id"] * (360 * 86_400 / rows)).astype("m8[s]")
    then = pd.merge_asof(sold, shops, left_on="at", right_on="since", by="shop")["tier"]
    newest = sold["shop"].map(shops.sort_values("since").groupby("shop")["tier"].last())
    run.etl("joined", sold.assign(tier=taken(then, newest, sold)), key="id", inputs=["shops"])
    return run.record


def then_and(taken, rows=9_000):
    import parityline

    return parityline.verify(versions_of(rows, lambda then, newest, sold: then), versions_of(rows, taken))


def test_an_input_holds_the_versions_of_few_large_entities():
    finding = then_and(lambda then, newest, sold: newest).first
    assert (finding.stage, finding.code, finding.column) == ("joined", CODE, "tier")
    assert (finding.evidence["entities"], finding.evidence["on"]) == (6, ["shop"])


@pytest.mark.parametrize(
    "taken",
    [
        pytest.param(lambda then, newest, sold: newest.where(sold["shop"] < 6, then), id="half of the shops"),
        pytest.param(lambda then, newest, sold: newest.mask(sold["id"] % 50 == 0, "basic"), id="others differ, too"),
        pytest.param(lambda then, newest, sold: then.replace("plus", "gold"), id="a value for another"),
    ],
)
def test_versions_of_another_kind(taken):
    verdict = then_and(taken)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
