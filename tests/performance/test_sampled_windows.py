"""A batch of one day against a year: days are made from sampled rows, as the record keeps months alone.

Error rate: at most one alarm in 1,000 clean tables; 20 runs are red by chance with a probability below 2 %.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline
from parityline.pairs import TablePair
from parityline.performance.sampled_windows import SampledWindows, windows_of

DAYS, A_DAY = 300, 400


def days(seed, first, count, *, shift=0.0):
    """Rows of some days, each with a mean of its own (a deviation of 0.5), and a steady column."""
    g = np.random.default_rng(seed)
    day = np.repeat(np.arange(count), A_DAY)
    at = pd.Timestamp(first) + pd.to_timedelta(day * 86_400 + g.integers(0, 86_400, len(day)), unit="s")
    own = g.normal(0, 0.5, count)[day]
    return pd.DataFrame(
        {
            "id": np.arange(len(day)) + seed * 10_000_000,
            "at": at,
            "varying": own + g.normal(size=len(day)),
            "steady": g.normal(size=len(day)) + shift,
            "kind": g.choice(["a", "b"], len(day)),
        }
    )


def recorded(rows):
    with parityline.record("days", environment="any") as run:
        run.source("rows", rows, key="id", time="at")
        run.features("features", rows[["id", "varying", "steady"]], key="id", inputs=["rows"])
    return run.record


REFERENCE = recorded(days(1, "2024-01-01", DAYS))


@pytest.mark.parametrize("seed", range(2, 22))
def test_a_day_like_others_raises_no_alarm(seed):
    verdict = parityline.verify(REFERENCE, recorded(days(seed, "2024-11-05", 1)), rows="new")
    assert verdict.status == "pass", [(f.stage, f.column, f.sentence) for f in verdict.findings]


def test_a_steady_column_that_moves_is_seen_at_every_stage_where_it_is():
    verdict = parityline.verify(REFERENCE, recorded(days(3, "2024-11-05", 1, shift=1.0)), rows="new")
    found = {(f.stage, f.column) for f in verdict.findings if f.severity == "error"}
    assert {column for _, column in found} == {"steady"}
    assert ("rows", "steady") in found
    assert verdict.first.evidence["since"] == "2024-11-05"


def test_the_time_of_an_input_serves_a_table_without_one():
    observed = recorded(days(3, "2024-11-05", 1))
    pairs = {
        name: TablePair(name, "source", "", *(side.stages[name].tables[""] for side in (REFERENCE, observed)), ({}, {}))
        for name in ("rows", "features")
    }
    made = SampledWindows.of(pairs["features"], pairs["rows"])
    assert made is not None
    assert (made.unit, len(made.names[0]), len(made.names[1])) == ("day", DAYS, 1)
    assert made.column("steady").rows[0].sum() == len(made.rows[0]) > 4_000
    assert made.column("at") is None
    assert windows_of(pairs["features"], None) is None


def test_no_time_no_windows():
    table = days(1, "2024-01-01", 20).drop(columns="at")
    with parityline.record("days", environment="any") as run:
        run.source("rows", table, key="id")
    fingerprint = run.record.stages["rows"].tables[""]
    pair = TablePair("rows", "source", "", fingerprint, fingerprint, ({}, {}))
    assert SampledWindows.of(pair, pair) is None


def test_columns_without_a_finite_number_and_without_any_value():
    sides = []
    for seed, first, count in ((1, "2024-01-01", 40), (2, "2024-03-01", 1)):
        rows = days(seed, first, count).assign(nothing=np.nan, infinite=np.inf)
        with parityline.record("days", environment="any") as run:
            run.source("rows", rows, key="id", time="at")
        sides.append(run.record.stages["rows"].tables[""])
    pair = TablePair("rows", "source", "", *sides, ({}, {}))
    made = SampledWindows.of(pair, pair)
    for name in ("nothing", "infinite", "at"):
        column = made.column(name)
        assert column.values == ()
        assert column.missing[1].sum() == (len(made.rows[1]) if name == "nothing" else 0)
    assert made.column("kind").counts[1].sum() == len(made.rows[1])


def test_since_passes_over_a_day_of_chance_and_a_day_that_did_not_move():
    """Of twelve days the first is one of chance, and the move begins with the fifth; the eighth did not move."""
    parts = [days(10, "2024-11-05", 1, shift=1.0), days(11, "2024-11-06", 3), days(12, "2024-11-09", 3, shift=1.0)]
    parts += [days(13, "2024-11-12", 1), days(14, "2024-11-13", 4, shift=1.0)]
    rows = pd.concat(parts, ignore_index=True).assign(id=lambda d: np.arange(len(d)) + 10_000_000)
    verdict = parityline.verify(REFERENCE, recorded(rows), rows="new")
    assert verdict.first.column == "steady"
    assert verdict.first.evidence["since"] == "2024-11-09"
