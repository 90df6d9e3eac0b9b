"""How sure it is that values are new: a bound that holds, seen by dealing out rows at random."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline
from parityline.performance.unseen import beyond_chance, unseen_bound


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize(
    "values",
    [
        pytest.param([200, 80, 30, 10, 5, 3, 2, 2, 1, 1, 1, 1], id="a few, ever rarer"),
        pytest.param([1] * 40 + [2] * 20 + [300], id="a long tail"),
        pytest.param([100] * 5 + [3], id="one rare"),
    ],
)
def test_the_bound_holds_where_rows_are_dealt_out_at_random(values, share):
    """3,000 deals with a seed: not more below a chance than the chance, and three standard errors, allow."""
    g, labels = np.random.default_rng([len(values), int(10 * share)]), np.repeat(np.arange(len(values)), values)
    observed, deals = round(share * len(labels)), 3_000
    bounds = np.ones(deals)
    for at in range(deals):
        g.shuffle(labels)
        after, before = (np.bincount(part, minlength=len(values)) for part in (labels[:observed], labels[observed:]))
        new = before == 0
        rows = len(labels) - observed, observed
        bounds[at] = unseen_bound(after[new & (after > 0)].tolist(), (before + after)[~new].tolist(), rows)
    for chance in (0.1, 0.01, 0.001):
        assert (bounds < chance).mean() <= chance + 3 * np.sqrt(chance / deals)


@pytest.mark.parametrize(
    ("fresh", "known", "rows", "chance"),
    [
        pytest.param([12], [500, 488], (500, 500), 2.0**-12, id="one value in half of the rows"),
        pytest.param([3], [9_900], (9_900, 100), 1e-6, id="three rows of a hundred"),
        pytest.param([2, 2], [9_900], (9_900, 100), 1e-8, id="two values"),
        pytest.param([400], [1_000_000], (500, 999_900), 1.0, id="a reference that knows little"),
    ],
)
def test_the_bound_is_near_the_chance(fresh, known, rows, chance):
    assert chance / 2 <= unseen_bound(fresh, known, rows) <= min(1.0, 8 * chance)


def test_nothing_new_and_no_rows_are_not_beyond_chance():
    assert not beyond_chance([], [5], (5, 5), 0.9)
    assert not beyond_chance([1], [], (0, 1), 0.9)
    assert not beyond_chance([1], [1], (1, 0), 0.9)


def recorded(rows, seed, unknown=0):
    g = np.random.default_rng(seed)
    city = g.choice(["Oslo", "Bergen", "Kirkenes"], rows, p=[0.7, 0.298, 0.002])
    city[:unknown] = "Hamar"
    with parityline.record("orders", environment=str(seed)) as run:
        run.source("orders", pd.DataFrame({"id": np.arange(rows) + seed * rows, "city": city}), key="id")
    return run.record


def test_a_rare_value_that_the_reference_missed_is_no_alarm():
    """A hundred halves of 1,000 rows, of which many lack a value by chance: at most one alarm in a thousand is due."""
    alarms = missed = 0
    for seed in range(0, 200, 2):
        verdict = parityline.verify(recorded(500, seed), recorded(500, seed + 1), rows="new")
        alarms += verdict.status != "pass"
        missed += any(f.code == "categories-differ" and f.severity == "note" for f in verdict.findings)
    assert missed > 5
    assert alarms == 0


def test_rows_that_chance_does_not_bring_are_an_alarm():
    first = parityline.verify(recorded(500, 0), recorded(500, 1, unknown=20), rows="new").first
    assert (first.code, first.severity, first.found["Hamar"]) == ("categories-differ", "error", 20)
