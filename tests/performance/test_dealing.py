"""How likely a difference is where rows are dealt out at random: against all ways to deal, and batches of few rows."""

from __future__ import annotations

from math import comb

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import parityline
from parityline.performance.dealing import mean_chance, share_chance, unseen_chance


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
        bounds[at] = unseen_chance(after[new & (after > 0)].tolist(), (before + after)[~new].tolist(), rows)
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
    assert chance / 2 <= unseen_chance(fresh, known, rows) <= min(1.0, 8 * chance)


def test_nothing_new_and_no_rows_are_certain():
    assert unseen_chance([], [5], (5, 5)) == unseen_chance([1], [], (0, 1)) == unseen_chance([1], [1], (1, 0)) == 1
    assert share_chance((1, 2), (0, 0)) == share_chance((0, 0), (1, 2)) == 1
    assert mean_chance(np.array([1.0, 2.0]), np.array([1.0, 1.0]), np.zeros(2)) == 1
    assert mean_chance(np.array([1.0]), np.array([5.0]), np.array([5.0])) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [((10, 1_000), (3, 20)), ((0, 500), (9, 400)), ((50, 5_000), (1, 1)), ((3, 10), (9, 10)), ((990, 1_000), (15, 20))],
)
def test_the_chance_of_a_share_is_that_of_all_ways_to_deal(before, after):
    (k, n), (found, m) = before, after
    ways = [comb(k + found, j) * comb(n + m - k - found, m - j) for j in range(m + 1)]
    tail = ways[found:] if found * n > k * m else ways[: found + 1]
    assert share_chance(before, after) == pytest.approx(sum(tail) / comb(n + m, m), rel=1e-9)


LONG_TAILS = {
    "normal": lambda g, n: g.normal(size=n),
    "log-normal": lambda g, n: g.lognormal(size=n),
    "Pareto, on a grid": lambda g, n: g.pareto(2, n).round(1),
    "mostly zero": lambda g, n: np.where(g.random(n) < 0.9, 0, g.exponential(5, n)),
    "a rare one": lambda g, n: (g.random(n) < 0.03) * 1.0,
}


@pytest.mark.parametrize("rows", [(2_000, 1), (1_000, 3), (1_000, 20), (100, 100), (200, 2_000)])
@pytest.mark.parametrize("family", LONG_TAILS)
def test_the_chance_of_a_mean_holds_where_rows_are_dealt_out_at_random(family, rows):
    """400 deals with a seed: on either side not more below half a chance than the chance and four errors allow."""
    g, deals = np.random.default_rng([*rows, *family.encode()]), 400
    values, labels = np.unique(LONG_TAILS[family](g, sum(rows)), return_inverse=True)
    found = np.ones(deals)
    for at in range(deals):
        g.shuffle(labels)
        sides = [np.bincount(part, minlength=len(values)) * 1.0 for part in (labels[: rows[0]], labels[rows[0] :])]
        found[at] = mean_chance(values, sides[0], sides[1])
    for chance in (0.1, 0.02):
        assert (found < chance / 2).mean() <= chance + 4 * np.sqrt(chance / deals)


@pytest.mark.parametrize(("rows", "moved"), [((4_000, 400), 0.4), ((390, 390), 0.5), ((60, 300), 0.8)])
def test_the_chance_of_a_mean_is_that_of_students_test_for_normal_rows(rows, moved):
    g = np.random.default_rng(rows)
    before, after = g.normal(size=rows[0]), g.normal(size=rows[1]) + moved
    values = np.sort(np.concatenate([before, after]))
    sides = [np.isin(values, own) * 1.0 for own in (before, after)]
    expected = stats.ttest_ind(after, before, alternative="greater").pvalue
    assert 1e-20 < expected < 1e-3
    assert mean_chance(values, *sides) == pytest.approx(expected, rel=0.25)
    assert mean_chance(values, *sides, offset=after.mean() - before.mean() - 0.01) > 0.3


def test_the_unit_of_a_mean_does_not_matter():
    values, before, after = np.arange(-3.0, 4.0), np.arange(7.0, 0.0, -1.0), np.arange(1.0, 8.0)
    expected = mean_chance(values, before, after)
    assert 1e-6 < expected < 0.1
    assert [mean_chance(values * unit, before, after) for unit in (1e-300, 1e307)] == pytest.approx([expected] * 2)
    assert mean_chance(-values[::-1], before[::-1], after[::-1]) == pytest.approx(expected)


def test_a_single_row_is_as_rare_as_its_value():
    values, before = np.array([0.0, 1.0, 1_000.0]), np.array([900.0, 90.0, 9.0])
    assert mean_chance(values, before, np.array([0.0, 0.0, 1.0])) == pytest.approx(0.01, rel=0.05)


def recorded(rows, seed, unknown=0):
    g = np.random.default_rng(seed)
    city = g.choice(["Oslo", "Bergen", "Kirkenes"], rows, p=[0.7, 0.298, 0.002])
    city[:unknown] = "Hamar"
    with parityline.record("orders", environment=str(seed)) as run:
        run.source("orders", pd.DataFrame({"id": np.arange(rows) + seed * rows, "city": city}), key="id")
    return run.record


def test_a_rare_value_that_the_reference_missed_is_no_alarm():
    """Thirty halves of 1,000 rows, of which many lack a value by chance: at most one alarm in a thousand is due."""
    alarms = missed = 0
    for seed in range(0, 60, 2):
        verdict = parityline.verify(recorded(500, seed), recorded(500, seed + 1), rows="new")
        alarms += verdict.status != "pass"
        missed += any(f.code == "categories-differ" and f.severity == "note" for f in verdict.findings)
    assert missed > 2
    assert alarms == 0


def test_rows_that_chance_does_not_bring_are_an_alarm():
    first = parityline.verify(recorded(500, 0), recorded(500, 1, unknown=20), rows="new").first
    assert (first.code, first.severity, first.found["Hamar"]) == ("categories-differ", "error", 20)


def mixed(g, rows, columns=24):
    """Columns of which a few rows tell little: long tails, rare values, numbers and texts that are hardly there."""
    kinds = [
        lambda: g.lognormal(0, 1, rows),
        lambda: np.where(g.random(rows) < 0.01, np.nan, g.normal(size=rows)),
        lambda: g.choice(["a", "b", "c", "d"], rows, p=[0.9, 0.09, 0.009, 0.001]),
        lambda: (g.random(rows) < 0.02).astype(int),
        lambda: g.pareto(2.5, rows).round(1),
        lambda: np.where(g.random(rows) < 0.98, np.nan, g.gamma(0.5, 1, rows)),
    ]
    return pd.DataFrame({f"c{i}": kinds[i % len(kinds)]() for i in range(columns)})


@pytest.mark.parametrize("timed", [False, True])
@pytest.mark.parametrize("rows", [1, 3, 10, 60])
def test_batches_of_few_rows_raise_no_alarm(rows, timed):
    """24 columns, 12 batches with a seed: an alarm is due in one table of a thousand, and red by chance once in 80."""
    g = np.random.default_rng([rows, timed])
    start = pd.Timestamp("2025-01-01")

    def record(table, first, days):
        at = start + pd.to_timedelta(first * 86_400 + g.integers(0, 86_400 * days, len(table)), unit="s")
        with parityline.record("mixed", environment="any") as run:
            run.source("rows", table.assign(at=at), **({"time": "at"} if timed else {}))
        return run.record

    reference = record(mixed(g, 6_000), 0, 30)
    for batch in range(12):
        verdict = parityline.verify(reference, record(mixed(g, rows), 30 + batch, 1), rows="new")
        assert [(f.column, f.sentence) for f in verdict.findings if f.severity == "error"] == []


def test_a_batch_of_few_rows_that_differs_is_an_alarm():
    g = np.random.default_rng(5)
    sides = mixed(g, 6_000), mixed(g, 10).assign(c0=g.lognormal(4, 1, 10), c1=np.nan)
    records = []
    for table in sides:
        with parityline.record("mixed", environment="any") as run:
            run.source("rows", table)
        records.append(run.record)
    found = {f.column for f in parityline.verify(*records, rows="new").findings if f.severity == "error"}
    assert found == {"c0", "c1"}
