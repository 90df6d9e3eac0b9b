"""New rows of the same kind raise no alarm, and rows of another kind do.

The rule promises at most one alarm in 1,000 clean comparisons of a table of 50 columns. PARITYLINE_RUNS=3000 (`make
soak`) allows nine in each family: a product at one in 1,000 is red by chance with a probability of 0.1 %. The six runs
of `make test` allow one, so they are red by chance with a probability below 2e-5 a family, and see gross mistakes.
Effects are declared small here (a tenth of the defaults), so that chance is held down by the bounds and not by the
declared sizes. Seeds are the numbers of the runs.
"""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest
from families import COLUMNS, FAMILIES, alarms, independent, judged

RUNS = int(os.environ.get("PARITYLINE_RUNS", "6"))
ALLOWED = 9 if RUNS >= 3_000 else 1
ROWS = 1_000
SMALL = {"distribution": 0.01, "mean": 0.02, "missing": 0.005, "joint": 0.02}


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("effect", [SMALL, *([None] if RUNS > 100 else [])])
def test_what_did_not_change_raises_no_alarm(name, effect):
    """With small effects declared, which let more through; the defaults are tried in the soak alone."""
    runs = RUNS if effect else RUNS // 4
    found = {}
    for seed in range(runs):
        before, after = FAMILIES[name](np.random.default_rng([seed, 11]), ROWS)
        told = alarms(before, after, effect=effect)
        if told:
            found[seed] = told
    print(f"{name}: {len(found)} alarms in {runs} runs: {dict(list(found.items())[:5])}")
    assert len(found) <= ALLOWED


def test_identical_data_is_never_even_noted():
    table, _ = independent(np.random.default_rng(5), 5_000)
    assert judged(table, table.sample(frac=1, random_state=1), effect=SMALL)[0] == []


def _shifted(by):
    return lambda g, n: (g.normal(0, 1, n), g.normal(by, 1, n))


def _missing(before, after):
    return lambda g, n: tuple(np.where(g.random(n) < p, np.nan, g.normal(0, 1, n)) for p in (before, after))


def _category(before, after):
    return lambda g, n: tuple(np.where(g.random(n) < p, "a", "b") for p in (before, after))


@pytest.mark.parametrize(
    ("moved", "rows", "effect", "code"),
    [
        pytest.param(_shifted(0.5), 390, {"mean": 0.25}, "distribution-moved", id="mean by 0.5 deviations"),
        pytest.param(_shifted(0.2), 2_433, {"mean": 0.1}, "distribution-moved", id="mean by 0.2 deviations"),
        pytest.param(_shifted(0.1), 9_732, {"mean": 0.05}, "distribution-moved", id="mean by 0.1 deviations"),
        pytest.param(_missing(0.0, 0.001), 48_625, {"missing": 0.0002}, "missing-differs", id="0 to 0.1 % missing"),
        pytest.param(_missing(0.01, 0.02), 14_371, {"missing": 0.004}, "missing-differs", id="1 to 2 % missing"),
        pytest.param(_missing(0.05, 0.10), 2_693, {"missing": 0.02}, "missing-differs", id="5 to 10 % missing"),
        pytest.param(_category(0.20, 0.25), 6_780, 0.02, "distribution-moved", id="20 to 25 % of a category"),
    ],
)
def test_power(moved, rows, effect, code):
    """At the sizes at which a two-sided test at 1/300,000 has a power of 0.99, in a table of 50 columns."""
    runs, missed = max(10, RUNS // 3), 0
    for seed in range(runs):
        g = np.random.default_rng([seed, 12])
        before, after = (pd.DataFrame({f"c{i:02}": np.zeros(rows) for i in range(COLUMNS)}) for _ in range(2))
        before["c00"], after["c00"] = moved(g, rows)
        missed += (code, "c00") not in alarms(before, after, effect=effect)
    # 0.99 of power misses more than this with a probability of about 1 in 1,000
    assert missed <= (2 if runs <= 40 else int(0.01 * runs + 3.1 * np.sqrt(0.0099 * runs) + 1))


def test_below_the_size_it_says_that_rows_are_too_few():
    g = np.random.default_rng(3)
    before, after = (pd.DataFrame({"x": g.normal(m, 1, 60)}) for m in (0, 0.2))
    found, left = judged(before, after, effect={"mean": 0.1})
    assert [f for f in found if f.severity == "error"] == []
    assert "too-few-rows" in left[0].why
    assert "smallest visible" in left[0].why


def test_one_hundredth_of_a_deviation_in_a_million_rows_is_a_note():
    g = np.random.default_rng(4)
    before, after = (pd.DataFrame({"x": g.normal(m, 1, 1_000_000)}) for m in (0, 0.01))
    found, _ = judged(before, after)
    assert [(f.code, f.severity) for f in found] == [("below-effect-size", "note")]
