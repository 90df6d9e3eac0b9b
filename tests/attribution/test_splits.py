"""A split behind an input that differs: new, inherited or undecided by its splitter, its places and its rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

import parityline

ROWS = 600
RNG = np.random.default_rng(8)
TABLE = pd.DataFrame({"id": RNG.permutation(ROWS), "x": RNG.normal(size=ROWS), "y": (RNG.random(ROWS) < 0.3) * 1})
SEEDED, UNSEEDED = ShuffleSplit(1, test_size=0.25, random_state=3), ShuffleSplit(1, test_size=0.25)
BY_CLASS = StratifiedShuffleSplit(1, test_size=0.25, random_state=3)
SHUFFLED = TABLE.sample(frac=1, random_state=1)
OTHER_CLASSES = TABLE.assign(y=TABLE["y"].where(TABLE["id"] % 9 > 0, 1 - TABLE["y"]))
OTHER_NUMBERS = TABLE.assign(x=TABLE["x"] * 2)


def places(splitter, table):
    train, test = next(splitter.split(table, table["y"]))
    return {"train": train, "test": test}


def run(table, taken, splitter=None, name="research"):
    recorder = parityline.record("splits", environment=name)
    recorder.etl("rows", table, key="id", ordered=["x"])
    recorder.split("parts", taken, of=table[["id"]], key="id", inputs=["rows"], by=splitter)
    return recorder.record


def origin(before, after):
    verdict = parityline.verify(before, after, rows="same")
    told = [f for f in verdict.findings if f.stage == "parts" and f.severity == "error"]
    assert len(told) == 1
    return told[0].origin, told[0].inherited_from


@pytest.mark.parametrize(
    ("here", "splitter", "expected"),
    [
        pytest.param(SHUFFLED, SEEDED, ("inherited", "rows"), id="another order and a seed"),
        pytest.param(TABLE[:-20], SEEDED, ("inherited", "rows"), id="fewer rows and a seed"),
        pytest.param(OTHER_CLASSES, BY_CLASS, ("inherited", "rows"), id="other classes and a stratifying splitter"),
        pytest.param(OTHER_NUMBERS, UNSEEDED, ("new", None), id="other values and no seed"),
        pytest.param(SHUFFLED, UNSEEDED, ("undecided", "rows"), id="another order and no seed"),
        pytest.param(TABLE[:-20], UNSEEDED, ("undecided", "rows"), id="fewer rows and no seed"),
    ],
)
def test_by_the_splitter(here, splitter, expected):
    before, after = (run(t, places(splitter, t), splitter, n) for t, n in ((TABLE, "research"), (here, "production")))
    assert origin(before, after) == expected


def test_another_seed_is_new_whatever_differs_before():
    other = ShuffleSplit(1, test_size=0.25, random_state=4)
    before = run(TABLE, places(SEEDED, TABLE), SEEDED)
    assert origin(before, run(TABLE[:-20], places(other, TABLE[:-20]), other, "production")) == ("new", None)


def test_the_same_places_of_another_order_are_inherited_without_a_splitter():
    taken = places(SEEDED, TABLE)
    assert origin(run(TABLE, taken), run(SHUFFLED, taken, name="production")) == ("inherited", "rows")


def test_rows_that_went_elsewhere_because_they_changed_are_inherited():
    moved = TABLE["id"] % 10 == 0
    here = TABLE.assign(x=TABLE["x"].where(~moved, -TABLE["x"]))

    def cut(table):
        return {"low": np.flatnonzero(table["x"] < 0), "high": np.flatnonzero(table["x"] >= 0)}

    assert origin(run(TABLE, cut(TABLE)), run(here, cut(here), name="production")) == ("inherited", "rows")


def test_rows_that_went_elsewhere_and_did_not_change_are_new():
    here = TABLE.assign(x=TABLE["x"].where(TABLE["id"] % 10 > 0, -TABLE["x"]))
    before = {"a": np.flatnonzero(TABLE["id"] < 300), "b": np.flatnonzero(TABLE["id"] >= 300)}
    after = {"a": np.flatnonzero(TABLE["id"] < 200), "b": np.flatnonzero(TABLE["id"] >= 200)}
    assert origin(run(TABLE, before), run(here, after, name="production")) == ("new", None)


def test_a_stratum_that_changed_may_have_moved_rows_of_a_splitter_that_was_not_recorded():
    here = TABLE.assign(x=(TABLE["x"] > 0).where(TABLE["id"] % 10 > 0, TABLE["x"] <= 0))
    there = TABLE.assign(x=TABLE["x"] > 0)
    before = {"a": np.flatnonzero(TABLE["id"] < 300), "b": np.flatnonzero(TABLE["id"] >= 300)}
    after = {"a": np.flatnonzero(TABLE["id"] < 200), "b": np.flatnonzero(TABLE["id"] >= 200)}
    assert origin(run(there, before), run(here, after, name="production")) == ("undecided", "rows")
