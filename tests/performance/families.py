"""Tables of two periods in which nothing happened, by kind, and tables in which something did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import parityline
from parityline.checks import like_reference, together_as_reference
from parityline.findings import Finding, Unchecked
from parityline.pairs import TablePair

Random = np.random.Generator
Family = Callable[[Random, int], tuple[pd.DataFrame, pd.DataFrame]]
COLUMNS = 50
DAYS = 28

_KINDS: tuple[Callable[[Random, int], np.ndarray], ...] = (
    lambda g, n: g.random(n),
    lambda g, n: g.normal(10, 3, n),
    lambda g, n: g.lognormal(0, 1, n),
    lambda g, n: g.standard_cauchy(n),
    lambda g, n: g.exponential(2.0, n),
    lambda g, n: np.where(g.random(n) < 0.7, 0.0, g.gamma(2, 5, n)),
    lambda g, n: g.integers(0, 2, n).astype(float),
    lambda g, n: np.full(n, 3.0),
    lambda g, n: g.zipf(1.5, n).clip(max=10**6).astype(float),
    lambda g, n: g.poisson(3, n).astype(float),
    lambda g, n: g.beta(0.5, 0.5, n),
    lambda g, n: g.standard_t(3, n),
)


def _columns(make: Callable[[int, Random, int], Any], g: Random, rows: tuple[int, int]) -> tuple[Any, Any]:
    before, after = ({f"c{i:02}": make(i, g, n) for i in range(COLUMNS)} for n in rows)
    return pd.DataFrame(before), pd.DataFrame(after)


def independent(g: Random, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    return _columns(lambda i, g, n: _KINDS[i % len(_KINDS)](g, n), g, (n, n))


def ties(g: Random, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    return _columns(lambda i, g, n: g.integers(0, 2 + i % 9, n).astype(float), g, (n, n))


def zeros(g: Random, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    return _columns(lambda i, g, n: np.where(g.random(n) < 0.99, 0.0, g.lognormal(2, 1, n)), g, (n, n))


def long_tail(g: Random, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Categories by Zipf's law, of which new rare ones keep coming."""

    def column(i: int, g: Random, n: int) -> list[str]:
        return [f"v{x}" for x in g.zipf(1.3 + i % 5 / 5, n).clip(max=900)]

    return _columns(column, g, (n, n))  # fmt: skip


def nulls(g: Random, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    return _columns(lambda i, g, n: np.where(g.random(n) < (0.001, 0.5)[i % 2], np.nan, g.normal(0, 1, n)), g, (n, n))


def correlated(g: Random, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Blocks of ten columns with a correlation of 0.9."""
    found = []
    for _ in range(2):
        common = g.normal(0, 1, (n, 5))
        values = {f"c{i:02}": np.sqrt(0.9) * common[:, i // 10] + np.sqrt(0.1) * g.normal(0, 1, n) for i in range(50)}
        found.append(pd.DataFrame(values))
    return found[0], found[1]


def sizes(g: Random, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A large reference against few rows."""
    return _columns(lambda i, g, n: _KINDS[i % len(_KINDS)](g, n), g, (20 * n, max(100, n // 10)))


def _days(g: Random, n: int, days: int, first: int) -> tuple[pd.Series, np.ndarray]:
    day = np.sort(g.integers(0, days, n))
    return pd.Series(pd.to_datetime((first + day) * 86_400 + g.integers(0, 86_400, n), unit="s")), day


def _over_days(g: Random, n: int, value: Callable[[Random, np.ndarray, int], np.ndarray]) -> tuple[Any, Any]:
    """Four weeks of research and one of production."""
    found = []
    for days, first, rows in ((DAYS, 19_000, n), (7, 19_000 + DAYS, n // 4)):
        time, day = _days(g, rows, days, first)
        values = {f"c{i:02}": value(g, day, first) for i in range(COLUMNS)}
        found.append(pd.DataFrame({"at": time, **values}))
    return found[0], found[1]


def day_effects(g: Random, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every day has a mean of its own, with a deviation of 0.15."""
    return _over_days(g, n, lambda g, day, first: g.normal(0, 1, len(day)) + g.normal(0, 0.15, 60)[day])


def weekly_season(g: Random, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    def value(g: Random, day: np.ndarray, first: int) -> np.ndarray:
        return g.normal(0, 1, len(day)) + 1.5 * ((first + day) % 7 >= 5)

    return _over_days(g, n, value)  # fmt: skip


def autoregressive(g: Random, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each row takes 0.9 of the row before."""

    def value(g: Random, day: np.ndarray, first: int) -> np.ndarray:
        noise = g.normal(0, np.sqrt(1 - 0.81), len(day))
        noise[0] = g.normal()
        for i in range(1, len(noise)):
            noise[i] += 0.9 * noise[i - 1]
        return noise

    return _over_days(g, n, value)  # fmt: skip


FAMILIES: dict[str, Family] = {
    family.__name__: family
    for family in (
        *(independent, ties, zeros, long_tail, nulls, correlated, sizes),
        *(day_effects, weekly_season, autoregressive),
    )
}


def judged(before: pd.DataFrame, after: pd.DataFrame, **declared: Any) -> tuple[list[Finding], list[Unchecked]]:
    """What the checks for new rows say of two tables, windows by the column `at` where there is one."""
    windows = {"time": "at", "window": "day"} if "at" in before else {}
    sides = [parityline.fingerprint(table, **windows) for table in (before, after)]
    pair = TablePair("rows", "source", "", sides[0], sides[1], ({}, {}), declared, rows_kind="new")
    timed = pair if windows else None
    told = list(like_reference(pair))
    moved = {f.column for f in told if isinstance(f, Finding) and f.column and f.severity == "error"}
    told += together_as_reference(pair, timed, moved=moved)
    return [f for f in told if isinstance(f, Finding)], [u for u in told if isinstance(u, Unchecked)]


def alarms(before: pd.DataFrame, after: pd.DataFrame, **declared: Any) -> list[tuple[str, str | None]]:
    """The errors among it."""
    return [(f.code, f.column) for f in judged(before, after, **declared)[0] if f.severity == "error"]
