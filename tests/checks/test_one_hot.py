from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline
from parityline.checks.one_hot import one_hot
from parityline.pairs import TablePair

CITIES = ("Bergen", "New_York", "Oslo")


def table(seed, unknown=0.0, rows=4_000):
    g = np.random.default_rng(seed)
    city = np.where(g.random(rows) < unknown, "Kirkenes", g.choice(CITIES, rows))
    return pd.DataFrame({"id": np.arange(rows) + seed * rows, "city": city, "paid": g.integers(0, 2, rows)})


def encoded(source, kind=float, name="city_", drop=0):
    return source[["id", "paid"]].assign(**{f"{name}{c}": (source["city"] == c).astype(kind) for c in CITIES[drop:]})


def findings(before, after, **declared):
    sides = [parityline.fingerprint(t, key="id") for t in (before, after)]
    return list(one_hot(TablePair("encoded", "features", "", sides[0], sides[1], ({}, {}), declared, rows_kind="new")))


def told(before, after, **declared):
    found = findings(before, after, **declared)
    return [(f.code, f.evidence["of"], f.evidence["rows"], len(f.evidence["columns"])) for f in found]


BEFORE, AFTER = table(1), table(2, unknown=0.008)
UNKNOWN = int((AFTER["city"] == "Kirkenes").sum())


@pytest.mark.parametrize("name", ["city_", "city=", "onehot__city_"])
@pytest.mark.parametrize("kind", [float, int, bool])
def test_rows_without_a_category_are_counted_exactly(kind, name):
    assert UNKNOWN > 0
    found = told(encoded(BEFORE, kind, name), encoded(AFTER, kind, name))
    assert found == [("unseen-category", name[:-1], UNKNOWN, len(CITIES))]


def test_as_with_values_the_declared_effect_decides():
    assert told(encoded(BEFORE), encoded(AFTER), effect={"unseen": 0.1}) == []
    assert told(encoded(BEFORE), encoded(AFTER), effect={"unseen": 0.0001}) != []


@pytest.mark.parametrize("seed", range(5))
def test_latecomers_of_a_long_tail_are_no_fault(seed):
    g = np.random.default_rng(seed)
    sides = [g.zipf(1.6, 3_000).clip(max=900) for _ in range(2)]
    names = sorted(set(sides[0].tolist()))
    tables = [
        pd.DataFrame({"id": np.arange(3_000) + at * 3_000, **{f"v_{n}": (own == n).astype(int) for n in names}})
        for at, own in enumerate(sides)
    ]
    assert np.isin(sides[1], names).mean() < 0.999
    assert told(*tables) == []


def test_a_single_row_is_said_and_no_alarm_where_a_sample_of_the_reference_might_hold_it():
    one = encoded(AFTER[AFTER["city"] == "Kirkenes"].head(1))
    assert told(encoded(BEFORE), one) == [("unseen-category", "city", 1, len(CITIES))]
    assert [f.severity for f in findings(encoded(BEFORE), one)] == ["warning"]
    assert [f.severity for f in findings(encoded(table(4, rows=120_000)), one)] == ["error"]
    assert [f.severity for f in findings(encoded(BEFORE), encoded(AFTER))] == ["error"]


def test_two_variables_are_told_apart():
    both = [encoded(t).join(encoded(t).filter(like="city_").add_prefix("from_")) for t in (BEFORE, AFTER)]
    assert sorted(own[1:3] for own in told(*both)) == [("city", UNKNOWN), ("from_city", UNKNOWN)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(encoded(BEFORE), encoded(table(3)), id="nothing unknown"),
        pytest.param(encoded(BEFORE, drop=1), encoded(AFTER, drop=1), id="a dropped column stands for zeros"),
        pytest.param(encoded(AFTER), encoded(table(3, unknown=0.01)), id="the reference has such rows too"),
        pytest.param(
            encoded(BEFORE).assign(city_other=0.0),
            encoded(AFTER).assign(city_other=(AFTER["city"] == "Kirkenes").astype(float)),
            id="a category for the rest",
        ),
        pytest.param(encoded(BEFORE), encoded(AFTER).drop(columns="city_Oslo"), id="a column that is gone"),
        pytest.param(
            encoded(BEFORE), encoded(AFTER).assign(city_Oslo=lambda t: t["city_Oslo"] / 2), id="values that are others"
        ),
        pytest.param(encoded(BEFORE).head(0), encoded(AFTER), id="a reference of no rows"),
        pytest.param(encoded(BEFORE), encoded(AFTER).head(0), id="no rows"),
        pytest.param(
            pd.DataFrame({"id": range(4), "a_x": [1, 1, 0, 0], "a_y": [1, 0, 1, 0]}),
            pd.DataFrame({"id": range(4, 8), "a_x": [1, 1, 0, 0], "a_y": [1, 0, 0, 0]}),
            id="flags that are set half of the time",
        ),
    ],
)
def test_is_silent(before, after):
    assert told(before, after) == []


def errors(privacy):
    records = []
    for environment, source in (("research", BEFORE), ("production", AFTER)):
        with parityline.record("shop", environment=environment, privacy=privacy) as run:
            run.source("orders", source[["id", "city"]], key="id")
            run.features("encoded", encoded(source), key="id", inputs=["orders"])
        records.append(run.record)
    return [f for f in parityline.verify(*records, rows="new").findings if f.severity == "error"]


@pytest.mark.parametrize("privacy", ["open", "standard"])
def test_behind_the_category_that_is_new_it_is_no_second_fault(privacy):
    found = errors(privacy)
    assert [(f.code, f.stage) for f in found] == [("categories-differ", "orders"), ("unseen-category", "encoded")]
    assert found[0].origin == "new"
    assert found[1].origin != "new"


def test_what_is_hidden_is_not_asked():
    assert "unseen-category" not in [f.code for f in errors("strict")]
