from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline
from parityline.checks import still_arriving
from parityline.pairs import TablePair


def table(seed, first, days=60, rare=0.03, gaps=()):
    """40 rows a day; "rare" comes in this share of the rows, and never in the days of the gaps."""
    g = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), 40)
    kind = np.where(g.random(len(day)) < rare, "rare", g.choice(["much", "more"], len(day)))
    for start, end in gaps:
        kind = np.where((day >= start) & (day < end) & (kind == "rare"), "much", kind)
    at = pd.Timestamp(first) + pd.to_timedelta(day * 24 + g.integers(0, 24, len(day)), unit="h")
    return pd.DataFrame({"id": np.arange(len(day)) + seed * 10_000, "at": at, "kind": kind})


def told(before, after, **keywords):
    keywords = {"key": "id", "time": "at", "window": "day", **keywords}
    sides = [parityline.fingerprint(t, **keywords) for t in (before, after)]
    pair = TablePair("rows", "source", "", sides[0], sides[1], ({}, {}), rows_kind="new")
    return [(f.code, f.column, f.evidence.get("silent"), f.evidence.get("longest")) for f in still_arriving(pair)]


RESEARCH = table(1, "2025-01-01", gaps=[(10, 16)])
GONE = [("value-stopped-arriving", "kind")]


@pytest.mark.parametrize(
    ("production", "found"),
    [
        pytest.param(table(2, "2025-03-02"), [], id="as before"),
        pytest.param(table(2, "2025-03-02", gaps=[(40, 60)]), GONE, id="silent for twenty days"),
        pytest.param(table(2, "2025-03-02", gaps=[(0, 60)]), GONE, id="never seen"),
        pytest.param(table(2, "2025-03-02", gaps=[(56, 60)]), [], id="no longer than in research"),
        pytest.param(table(2, "2025-03-02", gaps=[(20, 45)]), [], id="came back"),
    ],
)
def test_values(production, found):
    assert [own[:2] for own in told(RESEARCH, production)] == found


def test_a_value_too_rare_to_be_expected_may_be_silent():
    before, after = table(1, "2025-01-01", rare=0.004), table(2, "2025-03-02", rare=0.004, gaps=[(30, 60)])
    assert told(before, after) == []


def test_both_silences_are_given():
    ((_, _, silent, longest),) = told(RESEARCH, table(2, "2025-03-02", gaps=[(40, 60)]))
    assert silent in (20, 21, 22)
    assert longest >= 6


def test_without_a_time_nothing_is_asked():
    assert told(RESEARCH, table(2, "2025-03-02", gaps=[(0, 60)]), time=None, window=None) == []
