"""`order-has-ties`: of several rows with one key any may be taken."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from joined import CUSTOMERS, ORDERS, verified
from support import codes

import parityline
from parityline.causes.order_has_ties import CODE

VERSIONS = pd.concat(
    [CUSTOMERS.assign(version=1), CUSTOMERS[::4].assign(version=2, limit=lambda t: t["limit"] + 5)], ignore_index=True
)
KEYWORDS = {"customers": VERSIONS, "customers_key": ["cust", "version"]}


def joined(versions, keep="last"):
    taken = versions.drop_duplicates("cust", keep=keep)
    return ORDERS.merge(taken[["cust", "limit"]], on="cust", how="left")


NEWEST = joined(VERSIONS.sort_values("version"))


@pytest.mark.parametrize("seed", [1, 2])
def test_is_named(seed):
    production = joined(VERSIONS.sample(frac=1, random_state=seed))
    verdict = verified(NEWEST, production, **KEYWORDS)
    finding = verdict.first
    assert (finding.stage, finding.code, finding.column) == ("joined", CODE, "limit")
    assert finding.evidence["on"] == ["cust"]
    moved = NEWEST["limit"].ne(production["limit"]) & NEWEST["limit"].notna()
    assert finding.evidence["moved"] == ORDERS["cust"][moved].nunique()


@pytest.mark.parametrize(
    "production",
    [
        pytest.param(joined(VERSIONS.sort_values("version"), keep="first"), id="the oldest of each"),
        pytest.param(joined(VERSIONS.sort_values("limit"), keep="first"), id="the smallest of each"),
        pytest.param(NEWEST.assign(limit=NEWEST["limit"] + 5.0 * (NEWEST["id"] % 9 == 0)), id="values of no row"),
        pytest.param(
            NEWEST.assign(limit=NEWEST["limit"].where(NEWEST["id"] % 9 > 0, NEWEST["limit"].shift(1))), id="other keys"
        ),
    ],
)
def test_is_not_named(production):
    verdict = verified(NEWEST, production, **KEYWORDS)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_a_key_of_which_both_rows_came():
    both = joined(VERSIONS.sample(frac=1, random_state=1))
    production = both.assign(limit=np.where(both["id"] % 2, both["limit"], NEWEST["limit"]))
    assert CODE not in codes(verified(NEWEST, production, **KEYWORDS))


DAILY = pd.DataFrame({"id": range(600), "day": pd.date_range("2024-01-01", periods=60).repeat(10)})


def ordered(table, name, by):
    recorder = parityline.record("ordered", environment=name)
    recorder.etl("rows", table, key="id", ordered=by)
    return recorder.record


@pytest.mark.parametrize("ascending", [True, False])
def test_rows_of_one_day_in_another_order(ascending):
    sides = [t.sort_values("day", kind="stable", ascending=ascending) for t in (DAILY, DAILY.sample(frac=1))]
    first = parityline.verify(ordered(sides[0], "research", ["day"]), ordered(sides[1], "production", ["day"])).first
    assert (first.code, first.evidence["by"], first.evidence["tied"]) == (CODE, ["day"], 600)


@pytest.mark.parametrize(
    ("here", "by"),
    [
        pytest.param(DAILY.sample(frac=1, random_state=2), ["day"], id="no longer by day"),
        pytest.param(DAILY[::-1], ["id"], id="the other way round"),
        pytest.param(DAILY.sample(frac=1, random_state=2), True, id="no column is declared"),
    ],
)
def test_an_order_that_differs_elsewhere(here, by):
    assert parityline.verify(ordered(DAILY, "research", by), ordered(here, "production", by)).first.code == (
        "order-differs"
    )


def test_ties_that_no_sampled_row_shows_are_not_claimed():
    rare = pd.DataFrame({"id": range(12_000), "day": range(12_000)})
    rare.loc[5_001, "day"] = 5_000
    swapped = rare.iloc[[*range(5_000), 5_001, 5_000, *range(5_002, 12_000)]]
    first = parityline.verify(ordered(rare, "research", ["day"]), ordered(swapped, "production", ["day"])).first
    assert first.code == "order-differs"


VISITS = pd.DataFrame(
    {
        "id": np.arange(1_200),
        "cust": np.repeat(np.arange(60), 20),
        "at": np.tile(np.datetime64("2024-01-01T06", "ns") + np.arange(20) * np.timedelta64(9, "D"), 60)
        + np.arange(1_200) % 7 * np.timedelta64(1, "h"),
        "paid": np.random.default_rng(6).normal(50, 9, 1_200),
    }
)


def lag_of(order, visits=VISITS):
    """What each visit sees of the one before it, in an order."""
    ordered = visits.iloc[order]
    return visits[["id", "cust", "at"]].assign(
        x=ordered.groupby("cust")["paid"].shift(1).reindex(visits.index).fillna(0.0)
    )


def lagged(after, visits=VISITS):
    from two_stages import compared

    sides = lag_of(np.arange(len(visits)), visits), after
    keywords = {"entity": "cust", "time": "at"}
    return compared(*sides, source=visits, raw_keywords=keywords, **keywords)


def test_a_lag_over_the_ties_of_a_month():
    from two_stages import found

    mixed = np.random.default_rng(1).permutation(len(VISITS))
    month = VISITS["at"].dt.month.to_numpy()[mixed]
    finding = found(lagged(lag_of(mixed[np.lexsort((month, VISITS["cust"].to_numpy()[mixed]))])))
    assert (finding.code, finding.evidence["unit"], finding.evidence["of"]) == (CODE, "month", "raw.paid")


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(lag_of(np.arange(len(VISITS))[::-1]), id="the next row"),
        pytest.param(lag_of(np.arange(len(VISITS))).assign(x=lambda d: d["x"] * 2), id="other values"),
        pytest.param(
            lag_of(np.arange(len(VISITS))).assign(x=VISITS["paid"].sample(frac=1, random_state=2).to_numpy()),
            id="anybody",
        ),
    ],
)
def test_no_lag_over_ties(after):
    assert CODE not in codes(lagged(after))


# 12 customers of 500 visits, more than a history or a sample holds, in three years
MANY = pd.DataFrame({"id": np.arange(6_000), "cust": np.repeat(np.arange(12), 500)})
MANY["at"] = np.datetime64("2022-01-01T06", "ns") + (MANY["id"] % 500 * 52).to_numpy() * np.timedelta64(1, "h")
MANY["paid"] = np.random.default_rng(7).normal(50, 9, len(MANY))
MIXED = np.random.default_rng(1).permutation(len(MANY))


def sorted_by(values):
    return MIXED[np.lexsort((np.asarray(values)[MIXED], MANY["cust"].to_numpy()[MIXED]))]


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        pytest.param(MANY["at"].dt.to_period("M").astype("int64"), "month", id="month"),
        pytest.param(MANY["at"].dt.month, "month of the year", id="month of the year"),
        pytest.param(MANY["at"].dt.year, "year", id="year"),
    ],
)
def test_a_lag_over_ties_of_large_entities(values, unit):
    from two_stages import found

    finding = found(lagged(lag_of(sorted_by(values), MANY), MANY))
    assert (finding.code, finding.evidence["unit"], finding.evidence["of"]) == (CODE, unit, "raw.paid")


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(lag_of(np.arange(len(MANY))[::-1], MANY), id="the next row"),
        pytest.param(lag_of(sorted_by(MANY["at"].dt.year), MANY).assign(x=lambda d: d["x"] + 1), id="other values"),
        pytest.param(lag_of(sorted_by(MANY["paid"]), MANY), id="by another column"),
    ],
)
def test_no_lag_over_ties_of_large_entities(after):
    assert CODE not in codes(lagged(after, MANY))
