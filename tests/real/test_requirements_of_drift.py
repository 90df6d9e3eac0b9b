"""Requirements S5.3 and S5.4 on the real flights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from runs import errors, recorded, some_flights

import parityline

Frame = pd.DataFrame
FIXED = pd.Timestamp("2013-09-15")
QUERY = "select id, day, carrier, distance, air_time from flights where day >= '{}'"


@pytest.fixture(scope="module")
def flights(flights_data):
    del flights_data  # asked for so that missing data are said once, and in one way
    return some_flights(300_000).dropna(subset=["arr_delay", "air_time"]).reset_index(drop=True)


def scored(environment: str, table: Frame, moved: Callable[[pd.Series], pd.Series] = lambda p: p) -> parityline.Record:
    """A model by hand over real features: the chance that a flight comes late."""
    features = table[["id", "carrier", "distance", "dep_delay"]]
    chance = 1 / (1 + np.exp(-(table["dep_delay"] - 12) / 15))
    keywords = {"key": "id", "score": "p", "inputs": ["features"]}
    return recorded(
        environment,
        ("features", "features", features, {"key": "id"}),
        ("predictions", "late", table[["id"]].assign(p=moved(chance)), {**keywords}),
    )


def halves(flights: Frame, rows: int, seed: int) -> tuple[Frame, Frame]:
    """So many flights of one year, drawn with replacement, dealt out at random."""
    drawn = flights.sample(rows, replace=True, random_state=seed).reset_index(drop=True).assign(id=np.arange(rows))
    first = np.random.default_rng(seed).permutation(rows) < rows // 2
    return drawn[first], drawn[~first]


@pytest.mark.parametrize(("rows", "seed"), [*((1_000, seed) for seed in range(10)), (1_000_000, 10), (1_000_000, 11)])
def test_s5_3_honest_halves_of_a_period_are_silent(flights, rows, seed):
    research, live = halves(flights, rows, seed)
    verdict = parityline.verify(scored("research", research), scored("live", live), rows="new")
    assert errors(verdict) == []


@pytest.mark.parametrize("rows", [10_000, 1_000_000])
def test_s5_3_a_shift_of_predictions_is_found_behind_equal_stages(flights, rows):
    research, live = halves(flights, rows, 12)
    verdict = parityline.verify(
        scored("research", research), scored("live", live, lambda p: (p + 0.2).clip(0, 1)), rows="new"
    )
    assert {(f.stage, f.column) for f in errors(verdict)} == {("late", "p")}
    assert verdict.first.evidence["size"] > verdict.first.evidence["effect"]
    assert {s.name: s.status for s in verdict.stages if s.name != "environment"} == {"features": "pass", "late": "fail"}


def seen(environment: str, table: Frame, query: str) -> parityline.Record:
    rows = table[["id", "date", "carrier", "distance", "air_time"]].rename(columns={"date": "day"})
    features = rows[["id", "distance", "air_time"]]
    return recorded(
        environment,
        ("source", "flights", rows, {"key": "id", "time": "day", "query": query}),
        ("features", "features", features, {"key": "id", "inputs": ["flights"]}),
    )


@pytest.fixture(scope="module")
def seasons(flights):
    """The flights before July, and those of the summer and autumn."""
    some = flights[::6]
    return some[some["date"] < "2013-07-01"], some[(some["date"] >= "2013-07-01") & (some["date"] < "2013-12-01")]


def test_s5_4_a_fix_upstream_on_a_date_is_that_change_and_no_drift(seasons):
    """From that day on the source counts the minutes of taxiing to the time in the air, and its query says so."""
    research, live = seasons
    fixed = live.assign(air_time=live["air_time"] + 45.0 * (live["date"] >= FIXED))
    query = QUERY.format("2013-07-01").replace("air_time", "air_time + taxi as air_time")
    verdict = parityline.verify(
        seen("research", research, QUERY.format("2013-01-01")), seen("live", fixed, query), rows="new"
    )
    (finding,) = errors(verdict, "flights")
    assert (verdict.first.stage, finding.code, finding.column) == ("flights", "distribution-moved", "air_time")
    assert (
        "the query has `air_time + taxi as air_time ... day >= '2013-07-01'`, research `air_time ..."
        in finding.sentence
    )
    assert abs(pd.Timestamp(finding.evidence["since"]) - FIXED) <= pd.Timedelta(days=1)
    assert {f.origin for f in errors(verdict, "features")} == {"inherited"}


def test_s5_4_the_same_move_of_the_world_is_drift(seasons):
    research, live = seasons
    moved = live.assign(air_time=live["air_time"] + 45.0 * (live["date"] >= FIXED))
    queries = QUERY.format("2013-01-01"), QUERY.format("2013-07-01")
    verdict = parityline.verify(seen("research", research, queries[0]), seen("live", moved, queries[1]), rows="new")
    (finding,) = errors(verdict, "flights")
    assert (finding.code, finding.column) == ("population-moved", "air_time")
    assert abs(pd.Timestamp(finding.evidence["since"]) - FIXED) <= pd.Timedelta(days=1)


def test_s5_4_summer_alone_is_silent(seasons):
    research, live = seasons
    verdict = parityline.verify(
        seen("research", research, QUERY.format("2013-01-01")),
        seen("live", live, QUERY.format("2013-07-01")),
        rows="new",
    )
    assert errors(verdict) == []
