"""Whether columns of new rows go together as they did, where each by itself may lie as before.

Each column becomes a few bounded scores that the reference fixes: of numbers the rank, and how far it lies from the
middle (the first two Legendre polynomials of the distribution function), of other columns whether a row has a value
that one row in twenty has at least; of all, whether there is a value. The correlation of two scores of different
columns is a moment of their copula, so that what moves it is no movement of a single column (Kallenberg and Ledwina,
1999, Data-driven rank tests for independence).

Each row counts with its influence on a correlation, z w - r (z z + w w) / 2 with r of the reference (Devlin,
Gnanadesikan and Kettenring, 1975). Its mean is 0 in the reference, it moves as the correlation does and, to first
order, not as the two columns do by themselves; and means add up over windows, so that the rule of `performance.drift`
holds as it is.

What no two columns show is not seen: a relation of three columns whose pairs are all as before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.fingerprints import Fingerprint, plain
from parityline.kernel.cells import Cells, Hashed
from parityline.kernel.values_hash import cell_hashes
from parityline.pairs import TablePair, sampled
from parityline.performance.drift import ALPHA, QUESTIONS, Answer, Compared, against_windows
from parityline.performance.effects import t_quantile
from parityline.performance.sampled_windows import SampledWindows

JUDGED = ("number", "text", "boolean")
_LEAST_ROWS = 2
_LARGEST = math.sqrt(20)
"""Of a score, in deviations: a value that fewer than one row in about twenty has is too rare to tell what it goes with,
and means of its products are far from normal."""
_CATEGORIES = 6
_MOST_SCORES = 160
_AT_ONCE = 8_192
"""Pairs of scores that are held against windows at a time."""
_CURVED = 0.02
"""The variance of the second score of a number beside the first; 0.2 without ties, 0 of two values."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]
Sides = tuple[Floats, Floats]
Scores = tuple[NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Score:
    """A score of a column: what it is, for a sentence, and its values on both sides, reference first, (rows,).

    Mean 0 and variance 1 in the reference; 0 where a number is missing. is_rank: of numbers, ascending.
    """

    column: str
    what: str
    is_rank: bool
    values: Sides


@dataclass(frozen=True, slots=True)
class PairMovement:
    """How two columns go together: the correlation of a score of each, on both sides.

    size: how far it moved, from the same season where that is known; interval: valid for all pairs of a table at once.
    """

    columns: tuple[str, str]
    what: tuple[str, str]
    of_ranks: bool
    correlation: tuple[float, float]
    size: float
    interval: tuple[float, float]

    def evidence(self) -> dict[str, Any]:
        """Its numbers."""
        of = {"columns": list(self.columns), "of": list(self.what), "correlation": list(self.correlation)}
        return {**of, "size": self.size, "interval": list(self.interval)}


@dataclass(frozen=True, slots=True)
class Joint:
    """What became of all pairs of columns: those that moved, the largest movement first, else the largest alone.

    asked: pairs of columns. visible: the smallest movement beyond chance, of the pair that shows least. windows: of the
    reference, 0 where independent rows are assumed; between: how far they lie from the whole of it, at most, and since:
    from which observed window on, both of the first pair.
    """

    answer: Answer
    pairs: tuple[PairMovement, ...]
    asked: int
    visible: float
    windows: int = 0
    between: float | None = None
    since: str | None = None


def joint_movement(
    pair: TablePair, names: Sequence[str], effect: float, windows: SampledWindows | None = None
) -> Joint | None:
    """How all pairs of some columns moved; None without two columns that have scores, or without two rows a side.

    effect: the smallest movement of a correlation that matters, in [0, 2]. windows: of the sampled rows; without them
    rows count as independent. The chance of an alarm by any pair is that of one question of `performance.drift`.
    """
    rows = windows.rows if windows is not None else (_every_row(pair.reference), _every_row(pair.observed))
    if min(len(own) for own in rows) < _LEAST_ROWS:
        return None
    weights = _weights(pair.reference)[rows[0]], _weights(pair.observed)[rows[1]]
    found = scores(pair, names, rows, weights[0])
    of = np.array([names.index(score.column) for score in found], np.int64)
    left, right = np.triu_indices(len(of), 1)
    apart = of[left] != of[right]
    left, right = left[apart], right[apart]
    if not len(left):
        return None
    z = tuple(np.array([score.values[side] for score in found], np.float32) for side in (0, 1))
    influences = _Influences.of((z[0], z[1]), weights, left, right)
    chance = ALPHA / QUESTIONS / len(left)
    own, radius = influences.size, influences.radius(chance)
    compared = [] if windows is None else list(_against(windows, (z[0], z[1]), weights, influences, chance))
    if compared:
        own = np.concatenate([c.own for c in compared])
        radius = np.maximum(radius, np.concatenate([c.radius for c in compared]))
    beyond = np.abs(own) > np.maximum(effect, radius)
    if all(c.own is not c.adjusted for c in compared):
        # what is said of the correlation must be so: influences are it to first order, and columns may have moved a bit
        beyond &= np.abs(influences.after - influences.before) > effect
    too_small = bool(compared) and windows is not None and _noise_of_a_window(windows, weights[0]) > effect / 2
    if too_small:
        beyond[:] = False
    order = np.argsort(-np.abs(own), kind="stable")
    told = (order[beyond[order]] if beyond.any() else order[:1]).tolist()
    pairs = []
    for at in told:
        a, b = found[int(left[at])], found[int(right[at])]
        correlation = float(influences.before[at]), float(influences.after[at])
        interval = float(own[at] - radius[at]), float(own[at] + radius[at])
        ranks = a.is_rank and b.is_rank
        pairs.append(PairMovement((a.column, b.column), (a.what, b.what), ranks, correlation, float(own[at]), interval))
    answer: Answer = "moved" if beyond.any() else _answer(own, radius, chance, effect, compared)
    if too_small and answer != "equivalent":
        answer = "windows"
    asked, visible = len(set(zip(of[left].tolist(), of[right].tolist(), strict=True))), float(radius.max())
    if not compared:
        return Joint(answer, tuple(pairs), asked, visible)
    chunk, place = divmod(told[0], _AT_ONCE)
    own_chunk = compared[chunk]
    since = own_chunk.since(place, effect) if beyond.any() else None
    return Joint(answer, tuple(pairs), asked, visible, own_chunk.windows_before, float(own_chunk.apart[place]), since)


def _noise_of_a_window(windows: SampledWindows, weights: Floats) -> float:
    """The standard error of a correlation in a usual window of the reference, by its sampled rows.

    Where it is large, what is common to the rows of a window cannot be told from chance, and no window of the observed
    side from a usual one.
    """
    rows = np.bincount(windows.window[0], weights, len(windows.names[0]))
    return 1 / math.sqrt(max(1.0, float(np.median(rows[rows > 0])))) if rows.any() else math.inf


def _answer(own: Floats, radius: Floats, chance: float, effect: float, compared: Sequence[Compared]) -> Answer:
    # all pairs lie within the effect if each does: asked of each alone, this needs no price for many (Berger, 1982)
    alone = t_quantile(ALPHA / QUESTIONS, math.inf) / t_quantile(chance, math.inf)
    if float((np.abs(own) + alone * radius).max()) <= effect:
        return "equivalent"
    answers = {c.answer(effect) for c in compared}
    return "windows" if "windows" in answers else "season" if "season" in answers else "too few rows"


# --- scores -----------------------------------------------------------------------------------------------------------


def scores(pair: TablePair, names: Sequence[str], rows: tuple[Rows, Rows], weights: Floats) -> list[Score]:
    """The scores of some columns over some sampled rows of each side, by column. weights: of those of the reference.

    A column has none if it is constant, if it has values of fewer than one row in twenty alone, or if numbers are kept
    as hashes. The first score of every column, then the others of each as long as there are fewer than 160 in all.
    """
    found = [list(_of_column(pair, name, rows, weights)) for name in names]
    rest = _MOST_SCORES - sum(bool(own) for own in found)
    kept: list[Score] = []
    for own in found:
        several = own[: 1 + max(0, rest)]
        rest -= len(several[1:])
        kept += several
    return kept


def _every_row(table: Fingerprint) -> Rows:
    return np.arange(len(table.state.sample.owner), dtype=np.int64)


def _weights(table: Fingerprint) -> Floats:
    """How many rows each sampled row stands for: a sample holds distinct rows, and at most eight of a key.

    They add up to as many rows as tell the same, one by one (Kish, Survey Sampling, 1965).
    """
    sample = table.state.sample
    owner, counts = np.array(sample.owner, np.int64), np.array(sample.counts, np.float64)
    kept = np.bincount(owner, counts, len(sample.keys))
    totals = np.array(sample.rows_per_key, np.float64)
    if sample.complete and np.array_equal(kept, totals):
        return counts
    weights = counts * (totals / np.maximum(kept, 1.0))[owner]
    return np.asarray(weights * (weights.sum() / (weights @ weights))) if len(weights) else weights


def _of_column(pair: TablePair, name: str, rows: tuple[Rows, Rows], weights: Floats) -> Iterator[Score]:
    cells = sampled(pair.reference, name), sampled(pair.observed, name)
    if not len(cells[0]) or not len(cells[1]):
        return
    there = tuple(~own.absent_rows()[at] for own, at in zip(cells, rows, strict=True))
    is_number = pair.reference.columns[name].type == "number" and not cells[0].hashed and not cells[1].hashed
    if is_number:
        rank, curve = _of_numbers(cells, rows, (there[0], there[1]), weights)
        if rank is not None:
            yield Score(name, f"`{name}`", True, rank)
        if curve is not None:
            yield Score(name, f"how far `{name}` lies from its middle", False, curve)
    else:
        yield from _of_values(pair, name, cells, rows, weights)
    known = None if there[0].all() else _flag((there[0], there[1]), weights)
    if known is not None:
        yield Score(name, f"whether `{name}` is there", False, known)


def _of_numbers(
    cells: tuple[Cells, Cells], rows: tuple[Rows, Rows], there: tuple[Flags, Flags], weights: Floats
) -> tuple[Sides | None, Sides | None]:
    """The rank of each number among those of the reference, and how far it is from the middle, apart from the rank."""
    table = cells[0].distinct_floats()
    order = np.argsort(table, kind="stable")  # NaN last
    counts = np.bincount(cells[0].index[rows[0]], weights, len(table))[order]
    through = np.concatenate([[0.0], np.cumsum(counts[~np.isnan(table[order])])])
    if not through[-1]:
        return None, None
    ordered = np.append(table[order[: len(through) - 1]], np.nan)
    through = np.append(through, through[-1])
    first, second = [], []
    for own, at in zip(cells, rows, strict=True):
        values = own.distinct_floats()
        place = np.searchsorted(ordered[:-1], values)
        share = ((through[place] + through[place + (ordered[place] == values)]) / (2 * through[-1]))[own.index[at]]
        first.append(2 * share - 1)
        second.append(6 * share * share - 6 * share + 1)
    rank = _standard((first[0], first[1]), there, weights)
    slope, spread = _line(first[0][there[0]], second[0][there[0]], weights[there[0]])
    if spread < _CURVED:
        return rank, None
    return rank, _standard((second[0] - slope * first[0], second[1] - slope * first[1]), there, weights)


def _line(x: Floats, y: Floats, weights: Floats) -> tuple[float, float]:
    """The slope of the best line, and the variance of what it leaves; 0 and 0 where x is constant."""
    x, y = (own - np.average(own, weights=weights) for own in (x, y))
    along = float(weights @ (x * x))
    if not along:
        return 0.0, 0.0
    slope = float(weights @ (x * y)) / along
    return slope, float(weights @ (y - slope * x) ** 2) / float(weights.sum())


def _of_values(
    pair: TablePair, name: str, cells: tuple[Cells, Cells], rows: tuple[Rows, Rows], weights: Floats
) -> Iterator[Score]:
    """Whether a row has one of the most frequent values of the reference."""
    hashed = bool(cells[0].hashed) != bool(cells[1].hashed)
    logical, seed = pair.reference.columns[name].type, pair.reference.state.parameters.seed
    known = [list[Any](cell_hashes(own, logical, seed)) if hashed else own.distinct for own in cells]
    counts = np.bincount(cells[0].index[rows[0]], weights, len(known[0]))
    absent = int(cells[0].has_null) + int(cells[0].has_nan)
    present, gone = counts[absent:], float(counts[:absent].sum())
    often = absent + np.argsort(-present, kind="stable")[:_CATEGORIES]
    if np.count_nonzero(present) == 2 and not gone:
        often = often[:1]  # the other one is the same question
    for place in often.tolist():
        there = known[1].index(known[0][place]) if known[0][place] in known[1] else -1
        flags = _flag((cells[0].index[rows[0]] == place, cells[1].index[rows[1]] == there), weights)
        if flags is not None:
            cell = cells[0].cell(place)
            shown = f"one hidden value of `{name}`" if isinstance(cell, Hashed) else f"`{name}` = {plain(cell)}"
            yield Score(name, shown, False, flags)


def _flag(flags: tuple[Flags, Flags], weights: Floats) -> Sides | None:
    sides = flags[0].astype(np.float64), flags[1].astype(np.float64)
    return _standard(sides, (np.ones(len(sides[0]), np.bool_), np.ones(len(sides[1]), np.bool_)), weights)


def _standard(values: Sides, there: tuple[Flags, Flags], weights: Floats) -> Sides | None:
    """With mean 0 and variance 1 in the reference, 0 where not there; None where a value is too far away for that."""
    known = weights * there[0]
    middle = float(known @ values[0]) / float(known.sum())
    moved = [np.where(flags, own - middle, 0.0) for own, flags in zip(values, there, strict=True)]
    spread = math.sqrt(float(weights @ moved[0] ** 2) / float(weights.sum()))
    if not spread or max(float(np.abs(own).max()) for own in moved) > _LARGEST * spread:
        return None
    return moved[0] / spread, moved[1] / spread


# --- influences -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Influences:
    """Of the rows of both sides on the correlations of pairs of scores, (pairs,).

    before, after: the correlations. size: the mean influence of the observed rows; that of the reference is 0. noise:
    the variance of one row of either side; spread: that of the size. largest: an influence, at most.
    """

    left: Rows
    right: Rows
    before: Floats
    after: Floats
    size: Floats
    noise: Floats
    spread: Floats
    largest: Floats
    fewest: float

    @classmethod
    def of(cls, z: Scores, weights: Sides, left: Rows, right: Rows) -> _Influences:
        before = _mean_products(z[0], z[0], weights[0])[left, right]
        means, squares = [], []
        for own, of in zip(z, weights, strict=True):
            second = own * own
            moments = _mean_products(own, own, of)
            even, odd = _mean_products(second, second, of), _mean_products(own * second, own, of)
            each, fourth = np.diagonal(moments), np.diagonal(even)
            means.append(moments[left, right] - before / 2 * (each[left] + each[right]))
            mixed = before * (odd[left, right] + odd[right, left])
            alone = before**2 / 4 * (fourth[left] + fourth[right] + 2 * even[left, right])
            squares.append(even[left, right] - mixed + alone)
        n, m = (float(of.sum()) for of in weights)
        pooled = [(n * a + m * b) / (n + m) for a, b in (means, squares)]
        noise = np.maximum(pooled[1] - pooled[0] ** 2, 0.0)
        single = [np.maximum(square - mean**2, 0.0) for mean, square in zip(means, squares, strict=True)]
        spread = np.maximum(noise * (1 / n + 1 / m), single[0] / n + single[1] / m)
        far = np.maximum(*(np.abs(own).max(axis=1) for own in z)).astype(np.float64)
        largest = far[left] * far[right] + np.abs(before) / 2 * (far[left] ** 2 + far[right] ** 2)
        middles = z[1] @ weights[1] / m
        apart = moments - np.outer(middles, middles)  # of the observed side
        width = np.sqrt(np.maximum(np.diagonal(apart), 0.0))
        scale = np.divide(1.0, width, out=np.zeros_like(width), where=width > 0)
        after = (apart * scale[:, np.newaxis] * scale)[left, right]
        return cls(left, right, before, after, means[1] - means[0], noise, spread, largest, min(n, m))

    def radius(self, chance: float) -> Floats:
        """Beyond this a pair of independent rows moves with at most this chance, by the inequality of Bernstein."""
        times = t_quantile(chance, math.inf)
        return times * np.sqrt(self.spread) + times**2 / 6 * self.largest / self.fewest


def _mean_products(a: NDArray[np.float32], b: NDArray[np.float32], weights: Floats) -> Floats:
    """Of two tables of scores, (scores, rows), over the rows."""
    shares = (weights / weights.sum()).astype(np.float32)
    return np.asarray(((a * shares) @ b.T).astype(np.float64))


def _against(
    windows: SampledWindows, z: Scores, weights: Sides, influences: _Influences, chance: float
) -> Iterator[Compared]:
    """All pairs against the windows of the reference, some thousand at a time; nothing where windows are too few."""
    sides = []
    for own, of, window, names in zip(z, weights, windows.window, windows.names, strict=True):
        order = np.argsort(window, kind="stable")
        ends = np.searchsorted(window[order], np.arange(len(names) + 1))
        parts = [slice(*two) for two in pairwise(ends.tolist())]
        sides.append([(own[:, order[part]], of[order[part]]) for part in parts])
    rows = [np.array([float(of.sum()) for _, of in side]) for side in sides]
    squares = [np.array([(own * own) @ of / of.sum() for own, of in side]) for side in sides]
    for start in range(0, len(influences.left), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        left, right, before = influences.left[part], influences.right[part], influences.before[part]
        first, last = int(left[0]), int(left[-1]) + 1
        means = []
        for side, each in zip(sides, squares, strict=True):
            moments = np.array([_mean_products(own[first:last], own, of) for own, of in side])
            means.append((moments[:, left - first, right] - before / 2 * (each[:, left] + each[:, right])).T)
        compared = against_windows(windows, (means[0], means[1]), (rows[0], rows[1]), chance, influences.noise[part])
        if compared is None:
            return
        yield compared
