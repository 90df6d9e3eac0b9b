"""Requirements S2.x on real data: missing values, extremes, units, aggregates and precision of features."""

from __future__ import annotations

import numpy as np
import pytest
from flights import DATA, FLIGHTS
from runs import errors, read, recorded, some_flights

import parityline
from conftest import there

ROWS = 30_000


@pytest.fixture(scope="module")
def flights():
    there(FLIGHTS)
    return some_flights(ROWS)


def compared(source, before, after, key="id", **keywords):
    """The errors of features that are made of an equal source."""
    sides = (
        recorded(
            environment,
            ("source", "raw", source, {"key": "id"}),
            ("features", "features", table, {"key": key, "inputs": ["raw"], **keywords}),
        )
        for environment, table in (("research", before), ("production", after))
    )
    verdict = parityline.verify(*sides)
    assert {f.stage for f in errors(verdict)} <= {"features"}
    return errors(verdict)


def test_s2_2_one_changed_feature_is_new_and_all_others_pass(flights):
    before = flights[["id"]].assign(speed=flights["distance"] / flights["air_time"], hours=flights["air_time"] / 60)
    after = before.assign(speed=flights["distance"] / flights["air_time"] * 60)
    [finding] = compared(flights, before, after, derives={"speed": ["raw.distance", "raw.air_time"]})
    assert (finding.column, finding.origin) == ("speed", "new")


FILLS = {
    "zero": (lambda x: x.fillna(0), "imputed-with-other-constant", "filled with 0"),
    "another number": (lambda x: x.fillna(7.5), "imputed-with-other-constant", "filled with 7.5"),
    "the mean": (lambda x: x.fillna(x.mean()), "imputed-with-other-constant", "the mean of"),
    "the median": (lambda x: x.fillna(x.median()), "imputed-with-other-constant", "the median"),
    "a sentinel": (lambda x: x.fillna(-999), "null-became-sentinel", "-999"),
}


@pytest.mark.parametrize(("fill", "code", "words"), FILLS.values(), ids=FILLS)
def test_s2_4_delays_that_are_filled(flights, fill, code, words):
    delays = flights["arr_delay"]
    before = flights[["id"]].assign(arr_delay=delays)
    [finding] = compared(flights, before, before.assign(arr_delay=fill(delays)))
    assert (finding.code, words in finding.sentence) == (code, True)
    assert finding.evidence["filled"] == int(delays.isna().sum())


def test_s2_4_delays_that_are_filled_forward(flights):
    planes = flights[flights["tailnum"].isin(flights["tailnum"].value_counts().index[:120])].reset_index(drop=True)
    delays = planes.groupby("tailnum")["arr_delay"]
    before = planes[["id", "tailnum", "date"]].assign(arr_delay=planes["arr_delay"])
    [finding] = compared(planes, before, before.assign(arr_delay=delays.ffill()), entity="tailnum", time="date")
    assert finding.code == "filled-forward"


def test_s2_4_the_same_filling_on_both_sides_is_silent(flights):
    filled = flights[["id"]].assign(arr_delay=flights["arr_delay"].fillna(0))
    assert compared(flights, filled, filled.sample(frac=1, random_state=1)) == []


def test_s2_6_gains_that_are_clipped_at_the_bound_of_this_batch():
    there(DATA / "adult")
    adult = read("adult", "adult.parquet").assign(id=lambda t: np.arange(len(t)))
    gain = adult["capital-gain"].astype(float)
    low, high = gain.quantile(0.95), gain.quantile(0.97)
    sides = (adult[["id"]].assign(gain=gain.clip(upper=bound)) for bound in (high, low))
    [finding] = compared(adult, *sides)
    assert finding.code == "clipped-at-other-bound"
    assert f"{low:.6g}" in finding.sentence
    assert f"{high:.6g}" in finding.sentence


def test_s2_6_the_hundred_largest_delays_are_dropped(flights):
    own = flights[["id", "arr_delay"]]
    [finding] = compared(flights, own, own.drop(own.nlargest(100, "arr_delay").index))
    assert (finding.code, finding.evidence["rows"], finding.evidence["of"]) == ("extremes-dropped", 100, "arr_delay")


def test_s2_7_kilometres_for_miles(flights):
    own = flights[["id", "distance"]]
    [finding] = compared(flights, own, own.assign(distance=own["distance"] * 1.609344))
    assert (finding.code, finding.evidence["unit"]) == ("unit-changed", "kilometres for miles")


def test_s2_7_a_scaler_that_was_fitted_on_this_batch(flights):
    miles = flights["distance"].astype(float)
    before = flights[["id"]].assign(z=(miles - 1_000) / 700)
    [finding] = compared(flights, before, before.assign(z=(miles - miles.mean()) / miles.std()))
    assert finding.code == "scaler-refitted"


GROUPS = ["carrier", "month"]
AGGREGATES = {
    "ddof": ("sd", lambda g: g["arr_delay"].std(ddof=0), "ddof-changed"),
    "quantile": ("p90", lambda g: g["arr_delay"].quantile(0.9, interpolation="lower"), "quantile-method-changed"),
    "count of a column": ("rows", lambda g: g["arr_delay"].count(), "count-skips-nulls"),
}


def aggregated(flights):
    groups = flights.groupby(GROUPS)
    delays = groups["arr_delay"]
    table = {"rows": groups.size(), "sd": delays.std(), "p90": delays.quantile(0.9), "mean": delays.mean()}
    return groups, groups.size().rename("n").reset_index()[GROUPS].assign(**{k: v.to_numpy() for k, v in table.items()})


@pytest.mark.parametrize(("column", "other", "code"), AGGREGATES.values(), ids=AGGREGATES)
def test_s2_8_one_aggregate_is_computed_otherwise(flights, column, other, code):
    groups, before = aggregated(flights)
    after = before.assign(**{column: other(groups).to_numpy()})
    [finding] = compared(flights, before, after, key=GROUPS, group_by=GROUPS)
    assert (finding.code, finding.column) == (code, column)


def test_s2_8_equal_definitions_are_silent(flights):
    _, before = aggregated(flights)
    assert compared(flights, before, before.sample(frac=1, random_state=1), key=GROUPS, group_by=GROUPS) == []


def test_s2_9_features_that_are_rounded(flights):
    before = flights[["id"]].assign(z=(flights["distance"] - 1_000) / 700)
    [finding] = compared(flights, before, before.assign(z=before["z"].round(3)))
    assert (finding.code, "3 decimals" in finding.sentence) == ("rounded", True)
