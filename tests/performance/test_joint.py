"""Columns that go together otherwise than before, while each lies as before; and those that do not.

Chance: at most one alarm in 4,000 clean tables by pairs of columns, so that 200 of them are red by chance with a
probability of 5 % at most; the bounds are on the safe side (`test_the_chance_of_an_alarm_is_bounded`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from families import FAMILIES, judged

import parityline
from parityline.pairs import TablePair
from parityline.performance import joint
from parityline.performance.joint import joint_movement
from parityline.performance.sampled_windows import SampledWindows

CODE = "joint-distribution-moved"
ROWS = 2_000


def normal(g, n, correlation):
    x = g.normal(size=n)
    return {"x": x, "y": correlation * x + np.sqrt(1 - correlation**2) * g.normal(size=n)}


def two(before, after):
    return lambda g, n: (normal(g, n, before), normal(g, n, after))


def curved(g, n):
    sides = []
    for _ in range(2):
        x = g.normal(size=n)
        sides.append({"x": x, "y": np.abs(x) + 0.5 * g.normal(size=n)})
    return sides[0], {**sides[1], "y": g.permutation(sides[1]["y"])}


def categories(g, n):
    sides = []
    for share in (0.2, 0.8):
        a = g.integers(0, 2, n)
        b = np.where(g.random(n) < share, 1 - a, a)
        sides.append({"x": np.array(["p", "q"])[a], "y": np.array(["r", "s"])[b]})
    return sides[0], sides[1]


def flags(g, n):
    sides = []
    for share in (0.2, 0.6):
        a = g.random(n) < 0.5
        sides.append({"x": a, "y": np.where(g.random(n) < share, ~a, a)})
    return sides[0], sides[1]


def by_category(g, n):
    sides = []
    for means in ({"a": 1.0, "b": 0.0, "c": -1.0}, {"a": -1.0, "b": 0.0, "c": 1.0}):
        x = g.choice(["a", "b", "c"], n)
        sides.append({"x": x, "y": np.array([means[own] for own in x]) + g.normal(size=n)})
    return sides[0], sides[1]


def gaps(g, n):
    sides = []
    for sign in (1, -1):
        x = g.normal(size=n)
        gone = (sign * x > 0) & (g.random(n) < 0.5)
        sides.append({"x": x, "y": np.where(gone, np.nan, g.normal(size=n))})
    return sides[0], sides[1]


MOVED = [
    pytest.param(two(0.5, -0.5), id="a correlation turned"),
    pytest.param(two(0.6, 0.0), id="a correlation lost"),
    pytest.param(two(0.0, 0.5), id="a correlation that was not"),
    pytest.param(curved, id="a curve lost"),
    pytest.param(categories, id="categories"),
    pytest.param(flags, id="booleans"),
    pytest.param(by_category, id="a number by category"),
    pytest.param(gaps, id="missing for others"),
]


def tables(sides, g, n, others):
    rest = [{f"c{i:02}": g.normal(size=n) for i in range(others)} for _ in sides]
    return tuple(pd.DataFrame({**own, **more}) for own, more in zip(sides, rest, strict=True))


def told(before, after, **effect):
    found, left = judged(before, after, effect=effect or None)
    return [f for f in found if f.severity == "error"], [u for u in left if u.what.endswith("pairs of columns")]


@pytest.mark.parametrize("moved", MOVED)
@pytest.mark.parametrize("others", [0, 48])
@pytest.mark.parametrize("seed", range(3))
def test_a_pair_that_moved_is_found_and_named(moved, others, seed):
    g = np.random.default_rng([seed, 31])
    errors, _ = told(*tables(moved(g, ROWS), g, ROWS, others))
    assert [f.code for f in errors] == [CODE]
    (found,) = errors
    assert found.column in ("x", "y")
    assert found.evidence["together"] == ["x", "y"]
    assert "`x`" in found.sentence
    assert "`y`" in found.sentence
    low, high = found.evidence["interval"]
    assert low < found.evidence["size"] < high
    assert found.evidence["asked"] == (others + 2) * (others + 1) // 2


def test_the_numbers_are_the_rank_correlations():
    g = np.random.default_rng(1)
    before, after = tables(two(0.5, -0.3)(g, ROWS), g, ROWS, 0)
    (found,) = told(before, after)[0]
    expected = [side.corr("spearman").loc["x", "y"] for side in (before, after)]
    assert [found.expected, found.found] == pytest.approx(expected, abs=0.02)
    assert found.evidence["size"] == pytest.approx(expected[1] - expected[0], abs=0.05)


def mixed(g, n):
    x, common = g.choice(["a", "b", "c", None], n), g.normal(size=n)
    d = {"a": x, "b": common + g.normal(size=n), "c": common + (x == "b"), "d": np.round(g.exponential(2, n))}
    return pd.DataFrame({**d, "e": np.where(g.random(n) < 0.3, np.nan, common**2), "f": g.random(n) < common})


@pytest.mark.parametrize("rows", [150, 1_000])
def test_redrawn_tables_raise_no_alarm(rows):
    found = {}
    for seed in range(100):
        g = np.random.default_rng([seed, 32])
        errors, _ = told(mixed(g, rows), mixed(g, rows), joint=0.02)
        if errors:
            found[seed] = [f.sentence for f in errors]
    assert found == {}


def asked(before, after, effect=0.2):
    windows = {"time": "at", "window": "day"} if "at" in before else {}
    sides = [parityline.fingerprint(table, **windows) for table in (before, after)]
    pair = TablePair("rows", "source", "", *sides, ({}, {}), rows_kind="new")
    names = [name for name in pair.common if name != "at"]
    return joint_movement(pair, names, effect, SampledWindows.of(pair, pair) if windows else None)


@pytest.mark.parametrize("name", ["correlated", "day_effects", "autoregressive"])
def test_the_chance_of_an_alarm_is_bounded(name, monkeypatch):
    """At 0.25 for a table, ten of twelve would be red with a probability below 1e-4; bounds are on the safe side."""
    monkeypatch.setattr(joint, "ALPHA", 0.25 * joint.QUESTIONS)
    alarms = 0
    for seed in range(12):
        before, after = FAMILIES[name](np.random.default_rng([seed, 33]), 800)
        own = [c for c in before.columns if c == "at" or c < "c15"]
        alarms += asked(before[own], after[own], effect=0.001).answer == "moved"
    assert alarms < 8


def test_answers_below_the_effect():
    g = np.random.default_rng(2)
    same = [pd.DataFrame(normal(g, 4_000, 0.5)) for _ in range(2)]
    assert asked(*same).answer == "equivalent"
    assert told(*same) == ([], [])
    few = [side[:60] for side in same]
    assert asked(*few).answer == "too few rows"
    errors, (left,) = told(*few)
    assert errors == []
    assert left.why.startswith("too-few-rows: of 1 pairs")
    assert "60 sampled rows" in left.why


def test_a_small_movement_is_found_where_it_is_declared_to_matter():
    g = np.random.default_rng(3)
    sides = tables(two(0.5, 0.3)(g, 4_000), g, 4_000, 0)
    assert told(*sides, joint=0.3)[0] == []
    assert [f.code for f in told(*sides, joint=0.05)[0]] == [CODE]


def test_what_a_column_does_by_itself_is_not_told_twice():
    g = np.random.default_rng(4)
    before, after = tables(two(0.7, -0.7)(g, ROWS), g, ROWS, 2)
    errors, _ = told(before, after.assign(x=after["x"] + 1))
    assert [(f.code, f.column) for f in errors] == [("distribution-moved", "x")]


def test_columns_that_are_wider_in_step_go_together_as_before():
    """By less than matters for each; the mean product of two such columns grows by a third."""
    g = np.random.default_rng(5)
    sides = [normal(g, 4_000, 0.95) for _ in range(2)]
    after = {name: 1.3 * own for name, own in sides[1].items()}
    assert told(pd.DataFrame(sides[0]), pd.DataFrame(after))[0] == []


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="one column"),
        pytest.param({"y": lambda n: np.full(n, 3.0)}, id="a constant"),
        pytest.param({"y": lambda n: np.full(n, np.nan)}, id="nothing but missing"),
        pytest.param({"y": lambda n: [None] * n}, id="nothing but null"),
        pytest.param({"y": lambda n: np.full(n, np.inf)}, id="nothing but infinite"),
        pytest.param({"y": lambda n: [f"text {i}" for i in range(n)]}, id="texts of many values"),
        pytest.param({"y": lambda n: (np.arange(n) % 100 == 0) * 1.0}, id="a rare value"),
        pytest.param({"y": lambda n: pd.date_range("2025-01-01", periods=n, freq="min")}, id="times"),
    ],
)
def test_columns_that_tell_nothing(more):
    g = np.random.default_rng(6)
    sides = [pd.DataFrame({"x": g.normal(size=500), **{c: v(500) for c, v in more.items()}}) for _ in range(2)]
    assert told(*sides) == ([], [])


@pytest.mark.parametrize("rows", [0, 1])
def test_hardly_any_rows(rows):
    table = pd.DataFrame(normal(np.random.default_rng(7), 500, 0.5))
    assert told(table, table[:rows])[0] == []
    assert told(table[:rows], table)[0] == []


# --- windows ----------------------------------------------------------------------------------------------------------


def days(g, count, first, a_day, correlation):
    """Rows of some days, with a correlation for each of them."""
    day = np.repeat(np.arange(count), a_day)
    r, x = np.array([correlation(g, i) for i in range(count)])[day], g.normal(size=len(day))
    at = pd.to_datetime((19_000 + first + day) * 86_400 + g.integers(0, 86_400, len(day)), unit="s")
    return pd.DataFrame({"at": at, "x": x, "y": r * x + np.sqrt(1 - r * r) * g.normal(size=len(day))})


def test_since_when_is_said_where_windows_are_steady():
    g = np.random.default_rng(8)
    before = days(g, 40, 0, 102, lambda g, i: 0.6)
    after = days(g, 20, 40, 60, lambda g, i: 0.6 if i < 6 else -0.6)
    (found,) = told(before, after)[0]
    assert (found.code, found.evidence["windows"]) == (CODE, 40)
    since = np.datetime64(found.evidence["since"]) - np.datetime64("1970-01-01")
    assert since / np.timedelta64(1, "D") == 19_000 + 46


@pytest.mark.parametrize("seed", range(10))
def test_days_that_differ_as_much_raise_no_alarm(seed):
    """The correlation is that of the day; a week of it lies apart from the whole, as weeks of research do."""
    g = np.random.default_rng([seed, 34])
    before = days(g, 40, 0, 102, lambda g, i: g.uniform(-0.9, 0.9))
    after = days(g, 3, 40, 400, lambda g, i: g.uniform(-0.9, 0.9))
    assert told(before, after)[0] == []
    alone = asked(before.drop(columns="at"), after.drop(columns="at"))
    windows = asked(before, after)
    assert alone.windows == 0
    assert windows.windows == 40
    assert windows.answer in ("windows", "season", "too few rows", "equivalent")


def test_a_season_of_the_correlation_is_no_drift():
    """Together on weekends alone, in research as in production, which is seen on a weekend."""
    g = np.random.default_rng(9)
    before = days(g, 35, 0, 116, lambda g, i: 0.8 * ((19_000 + i) % 7 >= 5))
    first = next(i for i in range(35, 49) if (19_000 + i) % 7 == 5)
    after = days(g, 2, first, 800, lambda g, i: 0.8)
    assert asked(before.drop(columns="at"), after.drop(columns="at")).answer == "moved"
    assert asked(before, after).answer == "season"
    assert told(before, after) == ([], [])


def test_windows_of_few_rows_cannot_tell():
    """What is common to the rows of a day is not seen in thirty of them, so no day is held to be unusual by them."""
    g = np.random.default_rng(10)
    before, after = days(g, 120, 0, 30, lambda g, i: 0.6), days(g, 1, 120, 900, lambda g, i: 0.1)
    assert asked(before.drop(columns="at"), after.drop(columns="at")).answer == "moved"
    assert asked(before, after).answer == "windows"
    assert told(before, after)[0] == []


# --- records ----------------------------------------------------------------------------------------------------------


def recorded(table, shuffled=(), **declared):
    g = np.random.default_rng(1)
    with parityline.record("shop", environment="any") as run:
        rows = run.source("rows", table.assign(**{c: g.permutation(table[c]) for c in shuffled}), key="id", **declared)
        run.features("features", rows[["id", "y", "z", "x"]].assign(w=2 * rows["x"]), key="id", inputs=["rows"])
    return run.record


def shop(seed, rows=3_000):
    g = np.random.default_rng(seed)
    d = pd.DataFrame({"id": np.arange(rows) + seed * 10**6, **normal(g, rows, 0.6)})
    return d.assign(z=d["x"] + g.normal(size=rows), noise=g.normal(size=rows))


@pytest.mark.parametrize("shuffled", ["x", "y", "z"])
def test_it_is_told_of_the_first_stage_and_followed_behind_it(shuffled):
    verdict = parityline.verify(recorded(shop(1)), recorded(shop(2), [shuffled]), rows="new")
    found = {f.stage: f for f in verdict.findings if f.severity == "error"}
    assert {f.code for f in found.values()} == {CODE}
    assert (verdict.first.stage, verdict.first.column in (shuffled, "x")) == ("rows", True)
    assert (found["features"].origin, found["features"].inherited_from) == ("inherited", "rows")
    assert found["rows"].evidence["windows"] == 0
    assert "independent rows are assumed" in verdict.first.sentence


def test_the_column_that_takes_part_in_most_pairs_carries_it():
    verdict = parityline.verify(recorded(shop(1)), recorded(shop(2), ["x"]), rows="new")
    assert verdict.first.column == "x"
    assert "so did 1 other pair" in verdict.first.sentence
    assert verdict.first.evidence["together"] == ["x", "y", "z"]


def test_nothing_is_told_where_nothing_moved():
    verdict = parityline.verify(recorded(shop(1)), recorded(shop(2)), rows="new")
    assert verdict.status == "pass"
    assert [u for u in verdict.limits if u.what == "pairs of columns"] == []


@pytest.mark.parametrize(
    ("level", "private", "why"),
    [
        pytest.param("strict", [], "a record keeps no sampled rows", id="strict"),
        pytest.param("standard", ["x"], "whether `x` and other columns go together", id="a private column"),
    ],
)
def test_what_is_private_is_said_to_be_unchecked(level, private, why):
    sides = [recorded(shop(seed), shuffled, privacy=level, private=private) for seed, shuffled in ((1, []), (2, "x"))]
    verdict = parityline.verify(*sides, rows="new")
    left = {u.stage: u.why for u in verdict.limits if u.what == "pairs of columns"}
    assert why in left["rows"]


def test_hidden_categories_are_told_apart_and_not_named():
    sides = []
    for seed, own in enumerate(categories(np.random.default_rng(10), ROWS)):
        table = pd.DataFrame({"id": np.arange(ROWS) + seed * ROWS, **own})
        with parityline.record("shop", environment="any") as run:
            run.source("rows", table, key="id", private=["x", "y"])
        sides.append(run.record)
    verdict = parityline.verify(*sides, rows="new")
    assert verdict.first.code == CODE
    assert "one hidden value of `x`" in verdict.first.sentence


@pytest.mark.parametrize(
    ("effect", "place"),
    [
        pytest.param({"mean": 3.0, "distribution": 0.9, "missing": 0.9}, "limits", id="others are declared"),
        pytest.param({"joint": 0.1}, "unchecked", id="pairs are declared"),
    ],
)
def test_too_few_rows_are_unchecked_only_where_pairs_are_declared(effect, place):
    verdict = parityline.verify(*[recorded(shop(seed, 60), effect=effect) for seed in (1, 2)], rows="new")
    assert ("rows", "pairs of columns") in {(u.stage, u.what) for u in getattr(verdict, place)}
    assert verdict.status == {"limits": "pass", "unchecked": "unchecked"}[place]


def test_rows_that_stand_for_several_count_so():
    """Without a key a sample holds distinct rows, with how often each is there."""
    g = np.random.default_rng(11)
    sides = [pd.DataFrame({"x": g.choice(["a", "b"], 4_000), "y": g.choice(["c", "d"], 4_000)}) for _ in range(2)]
    moved = sides[1].assign(y=np.where(g.random(4_000) < 0.5, np.where(sides[1]["x"] == "a", "c", "d"), sides[1]["y"]))
    (found,) = told(sides[0], moved)[0]
    expected = (moved["x"] == "a").astype(float).corr((moved["y"] == "c").astype(float))
    assert abs(found.found) == pytest.approx(abs(expected), abs=1e-3)
