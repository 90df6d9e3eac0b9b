"""Every bound that a summary states holds, by experiment (reliability.md section 4.2), and the experiments can fail.

Sizes are those of `make test`; PARITYLINE_EXAMPLES raises the number of seeds. The numpy seed of a draw is printed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from parityline.kernel.canonical import Domain, domain_seed
from parityline.kernel.reading import Reading
from parityline.kernel.summaries import Distinct, Distribution, distinct
from parityline.kernel.summaries.distribution import MOST_BINS, float_keys, key_floats
from parityline.kernel.xxh3 import hash_words
from parityline.tables.columns import Column
from strategies import EXAMPLES

Floats = NDArray[np.float64]
SEEDS = max(40, EXAMPLES // 10)


def _zoom(rng: np.random.Generator, n: int) -> Floats:
    """In and out again: ever smaller, then ever larger values around a point that moves with the seed."""
    steps = np.linspace(0, 30, n)
    return rng.normal() + rng.choice([-1.0, 1.0], n) * 2.0 ** np.where(np.arange(n) % 2, steps, -steps)


FAMILIES: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "uniform": lambda rng, n: rng.uniform(-1, 1, n),
    "normal": lambda rng, n: rng.normal(100, 15, n),
    "log-normal": lambda rng, n: rng.lognormal(3, 2, n),
    "Cauchy": lambda rng, n: rng.standard_cauchy(n),
    "exponential": lambda rng, n: rng.exponential(10, n),
    "zero-inflated": lambda rng, n: np.where(rng.random(n) < 0.5, 0.0, rng.exponential(1, n)),
    "two-point": lambda rng, n: rng.choice([0.25, 17.0], n),
    "constant": lambda rng, n: np.full(n, rng.normal()),
    "sorted up": lambda rng, n: np.sort(rng.normal(0, 1, n)),
    "sorted down": lambda rng, n: np.sort(rng.gamma(2, 3, n))[::-1],
    "zoom in and out": _zoom,
    "Zipf": lambda rng, n: rng.zipf(1.3, n).astype(np.float64),
}


def drawn(family: str, seed: int, n: int) -> Floats:
    print(f"{family}: numpy.random.default_rng({seed}), {n} rows")
    return np.ascontiguousarray(FAMILIES[family](np.random.default_rng(seed), n), np.float64)


def distribution_of(values: Floats) -> Distribution:
    return Distribution.of(Reading("x", Column("float", len(values), values=values), 0))


# ---------------------------------------------------------------- quantiles

QUANTILES = (0.0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)


def rank_errors(estimate: Distribution, values: Floats) -> list[float]:
    """By how many rows in n the rank of each quantile is off, 0 where the value stands at the rank asked for."""
    ordered, n = np.sort(values), len(values)
    errors = []
    for q in QUANTILES:
        found, rank = estimate.quantile(q), max(1, math.ceil(q * n))
        assert found is not None
        below, up_to = np.searchsorted(ordered, found, "left"), np.searchsorted(ordered, found, "right")
        errors.append(max(0, int(below) - rank, rank - int(up_to)) / n)
    return errors


@pytest.mark.parametrize("n", [1, 10, 1000, 30_000])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_rank_of_a_quantile_is_off_by_no_more_than_is_stated(family, n):
    for seed in range(3 if n > 1000 else 10):
        values = drawn(family, seed, n)
        found = distribution_of(values)
        assert max(rank_errors(found, values)) <= found.rank_error
        assert len(found.counts) <= MOST_BINS
        if len(np.unique(values)) <= MOST_BINS:
            assert (found.shift, found.rank_error) == (0, 0.0)
            exact = np.sort(values)[[max(1, math.ceil(q * n)) - 1 for q in QUANTILES]]
            assert [found.quantile(q) for q in QUANTILES] == exact.tolist()


@pytest.mark.parametrize("family", ["uniform", "normal", "log-normal", "Cauchy", "exponential"])
def test_the_stated_rank_error_is_small(family):
    # a bound that is never wrong could also be one that says nothing
    assert 0 < distribution_of(drawn(family, 1, 30_000)).rank_error < 0.02


@pytest.mark.parametrize("family", ["uniform", "normal", "log-normal", "exponential"])
def test_a_distribution_of_half_the_bins_would_be_found_out(family):
    failed = 0
    for seed in range(5):
        values = drawn(family, seed, 30_000)
        good = distribution_of(values)
        # the planted defect: two bits more are lost than the bound says
        prefixes = np.array(good.prefixes, np.uint64) >> np.uint64(3)
        coarse, firsts = np.unique(prefixes, return_index=True)
        counts = np.add.reduceat(np.array(good.counts, np.uint64), firsts)
        bad = replace(good, shift=good.shift + 3, prefixes=tuple(coarse.tolist()), counts=tuple(counts.tolist()))
        failed += max(rank_errors(bad, values)) > good.rank_error
    assert failed == 5


def test_no_numbers_have_no_quantile():
    empty = distribution_of(np.array([np.nan, np.inf, -np.inf]))
    assert (empty.quantile(0.5), empty.rank_error, empty.rows) == (None, 0.0, 0)
    with pytest.raises(ValueError, match="lies in"):
        empty.quantile(1.5)


def test_keys_stand_in_the_order_of_the_floats():
    rng = np.random.default_rng(64)
    values = rng.integers(0, 2**64, 5000, dtype=np.uint64).view("f8")
    edges = [0.0, 5e-324, -5e-324, 1.7976931348623157e308, -1.7976931348623157e308, np.inf, -np.inf]
    values = np.unique(np.concatenate([values[~np.isnan(values)], edges]))
    keys = float_keys(values)
    assert np.all(keys[1:] > keys[:-1])
    assert np.array_equal(key_floats(keys), values)
    assert float_keys(np.array([-0.0])) == float_keys(np.array([0.0]))


def test_every_value_lies_in_its_bin():
    values = drawn("Cauchy", 5, 30_000)
    found = distribution_of(values)
    low, high = found.edges()
    at = np.searchsorted(low, values, "right") - 1
    assert np.all((low[at] <= values) & (values <= high[at]))
    assert np.array_equal(np.bincount(at, minlength=len(low)), found.counts)


# ---------------------------------------------------------------- distinct

ROWS = 50_000
LARGE = [f for f in FAMILIES if f not in ("two-point", "constant", "Zipf")]


def binomial_limit(n: int, p: float, level: float = 1e-6) -> int:
    """The most exceedances of probability `p` in `n` trials that do not happen by chance with probability `level`."""
    tail, k = 1.0, 0
    while tail > level:
        tail -= math.comb(n, k) * p**k * (1 - p) ** (n - k)
        k += 1
    return k - 1


def distinct_errors(family: str) -> list[float]:
    """The relative errors of the estimate over the seeds; the seed is that of the data and of the hash."""
    errors = _errors(family, distinct.REGISTERS)
    print(f"{family}: numpy.random.default_rng(0..{SEEDS - 1}), {ROWS} rows, worst {max(map(abs, errors)):.4f}")
    return errors


@cache
def _errors(family: str, registers: int) -> list[float]:
    assert registers == distinct.REGISTERS
    errors = []
    for seed in range(SEEDS):
        values = np.random.default_rng(seed)
        data = np.ascontiguousarray(FAMILIES[family](values, ROWS)) + 0.0
        words, _ = hash_words(data.view(np.uint64), domain_seed(seed, Domain.NUMBER))
        exact = len(np.unique(data))
        errors.append(Distinct.of_hashes(words).estimate() / exact - 1)
    return errors


def spread_and_bias() -> tuple[float, float, int]:
    """Root mean square and mean of the relative errors over the families with many distinct cells, and their number."""
    errors = np.array([error for family in LARGE for error in distinct_errors(family)])
    return float(np.sqrt(np.mean(errors**2))), float(np.mean(errors)), len(errors)


MOST_SPREAD = 1.1 * distinct.STANDARD_ERROR
LEAST_SPREAD = 0.75 * distinct.STANDARD_ERROR
"""What 360 estimates may spread. Measured over 3,000 hash seeds each, the spread is 0.0097 at 20,000 distinct cells,
0.0113 at 100,000 and 0.0116 at 400,000: below the stated 0.0122, which is that of ever more cells. A sketch of half
the registers spreads 0.0165. The spread of 360 estimates is itself known to 4 %, so both limits are 4 to 5 of that
away from either; the lower one says when the bound is stated too loosely."""


TAILS = ((1.2816, 0.20), (1.9600, 0.05), (2.5758, 0.01))
"""Multiples of the standard error, and the share of estimates that may be further off."""


@pytest.mark.parametrize("family", FAMILIES)
def test_the_distinct_estimate_of_a_family_is_as_near_as_is_stated(family):
    errors = distinct_errors(family)
    for sigmas, share in TAILS:
        beyond = sum(abs(error) > sigmas * distinct.STANDARD_ERROR for error in errors)
        assert beyond <= binomial_limit(len(errors), share)
    if family not in LARGE:
        assert max(map(abs, errors)) <= 3 * distinct.STANDARD_ERROR


def test_the_distinct_estimate_has_the_stated_spread_and_no_bias():
    spread, bias, n = spread_and_bias()
    assert abs(bias) <= 4 * spread / math.sqrt(n)
    assert LEAST_SPREAD <= spread <= MOST_SPREAD


def test_a_sketch_of_half_the_registers_would_be_found_out(monkeypatch):
    # the planted defect: 2,048 registers that claim the error of 4,096
    monkeypatch.setattr(distinct, "PRECISION", 11)
    monkeypatch.setattr(distinct, "REGISTERS", 1 << 11)
    monkeypatch.setattr(distinct, "_WORD", 53)
    assert spread_and_bias()[0] > MOST_SPREAD


@pytest.mark.parametrize("n", [0, 1, 2, 10, 100, 1000])
def test_few_distinct_cells_are_counted_almost_exactly(n):
    for seed in range(20):
        words, _ = hash_words(np.arange(n, dtype=np.uint64), seed)
        assert abs(Distinct.of_hashes(words).estimate() - n) <= max(0.02 * n, 0.01 * bool(n))


@pytest.mark.parametrize("n", [10**6])
def test_many_distinct_cells_in_parts_are_as_near_as_is_stated(n):
    errors = []
    for seed in range(8):
        words = np.random.default_rng(seed).integers(0, 2**64, n, dtype=np.uint64)
        merged = Distinct()
        for part in np.array_split(words, 64):
            merged = merged.merge(Distinct.of_hashes(part))
        assert merged == Distinct.of_hashes(words)
        errors.append(merged.estimate() / n - 1)
    print(errors)
    assert max(map(abs, errors)) <= 5 * distinct.STANDARD_ERROR
