"""Whether new rows moved: by a declared size, for all columns of a table at once, against the reference's own windows.

An alarm needs three things: the movement is larger than the declared effect size, larger than chance makes it in one
table of a thousand, and larger than what the windows of the reference do among themselves, season by season.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from parityline.fingerprints import ColumnFingerprint
from parityline.performance.dealing import mean_chance, share_chance
from parityline.performance.effects import (
    Common,
    jensen_shannon,
    ks_radius,
    psi,
    t_quantile,
    total_variation_bound,
)
from parityline.performance.windows import FEWEST_WINDOWS, AnyWindows, ColumnWindows

ALPHA = 0.001
"""The chance of any alarm over a table that did not move."""
QUESTIONS = 4
"""Of each column: what is missing, how its values lie, where their mean is, and how it goes with the others."""
_POINTS = np.linspace(0.1, 0.9, 9)
_CATEGORIES = 10
_LEAST_ROWS = 2

Answer = Literal["moved", "season", "windows", "equivalent", "too few rows"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Effects:
    """The smallest movements that matter.

    distribution: of a distribution function or of a category's share, in [0, 1]. mean: of the mean, in standard
    deviations of the reference. missing: of the share of missing values. unseen: share of rows with unseen values.
    """

    distribution: float = 0.1
    mean: float = 0.2
    missing: float = 0.05
    unseen: float = 0.001
    joint: float = 0.2

    @classmethod
    def declared(cls, given: Any) -> Effects:
        """From the `effect` of a stage: None, a number for the distribution, or a mapping of sizes."""
        if given is None:
            return cls()
        sizes = {"distribution": given} if isinstance(given, (int, float)) else dict(given)
        return cls(**{name: float(size) for name, size in sizes.items()})


@dataclass(frozen=True, slots=True)
class Movement:
    """What became of one aspect of a column: `missing`, `distribution` or `mean`.

    size: how far it moved (the mean in standard deviations, with its sign); low, high: its interval, valid for all
    columns of the table at once. windows: of the reference, 0 where independent rows are assumed; between: how far the
    windows of the reference lie from the whole of it, at most.
    """

    aspect: Literal["missing", "distribution", "mean"]
    answer: Answer
    size: float
    low: float
    high: float
    effect: float
    windows: int = 0
    between: float | None = None
    since: str | None = None

    def evidence(self) -> dict[str, Any]:
        """Its numbers."""
        found = {"aspect": self.aspect, "size": self.size, "interval": [self.low, self.high], "effect": self.effect}
        return {**found, "windows": self.windows, "between_windows": self.between, "since": self.since}


def chance_of_one(columns: int) -> float:
    """The chance of an alarm that one question of one column has, in a table of so many."""
    return ALPHA / (QUESTIONS * max(1, columns))


def movements(
    before: ColumnFingerprint,
    after: ColumnFingerprint,
    *,
    effects: Effects,
    columns: int,
    windows: AnyWindows | None = None,
) -> list[Movement]:
    """Each aspect of a column that can be compared, in the order missing, distribution, mean. columns: of the table."""
    if before.rows < _LEAST_ROWS or after.rows < _LEAST_ROWS:
        return []
    chance = chance_of_one(columns)
    by_window = windows.column(before.name) if windows is not None else None
    if windows is not None and by_window is not None and len(windows.names[0]) >= FEWEST_WINDOWS:
        return [m for m in _by_window(windows, by_window, before, effects, chance) if m is not None]
    return [m for m in _independent(before, after, effects, chance) if m is not None]


def measures(before: ColumnFingerprint, after: ColumnFingerprint) -> dict[str, float]:
    """Effect sizes under their customary names: ks, wasserstein (in deviations of the reference), psi, jensen_shannon.

    Numbers on ten bins of equal counts of the reference for the last two. Empty where a side has no number.
    """
    if not before.distribution.counts or not after.distribution.counts:
        return {}
    common = Common.of(before.distribution, after.distribution)
    deciles = np.minimum((common.shares[0] * 10 - 1e-9).astype(np.int64), 9)
    tens = [np.bincount(deciles, weights=c, minlength=10).astype(np.float64) for c in common.counts]
    spread = math.sqrt(before.variance or 0.0)
    travelled = {"wasserstein": common.wasserstein / spread} if spread else {}
    return {"ks": common.ks, **travelled, "psi": psi(*tens), "jensen_shannon": jensen_shannon(*tens)}


# --- independent rows -------------------------------------------------------------------------------------------------


def _independent(
    before: ColumnFingerprint, after: ColumnFingerprint, effects: Effects, chance: float
) -> Iterator[Movement | None]:
    gone = [(c.missing + c.shape.nans, c.rows) for c in (before, after)]
    yield _missing(gone[0], gone[1], effects.missing, chance)
    if before.distribution.counts and after.distribution.counts:
        common = Common.of(before.distribution, after.distribution)
        rows = float(common.counts[0].sum()), float(common.counts[1].sum())
        radius = ks_radius(rows, chance)
        yield _answered("distribution", common.ks, radius, radius, effects.distribution)
        yield _mean(before, after, common, effects.mean, chance)
    elif before.values.complete and after.values.complete:
        yield _categories(_shares(before, after), effects.distribution, chance)


def _missing(a: tuple[int, int], b: tuple[int, int], effect: float, chance: float) -> Movement:
    pooled = (a[0] + b[0]) / (a[1] + b[1])
    each = 1 / a[1] + 1 / b[1]
    size = b[0] / b[1] - a[0] / a[1]
    bound = t_quantile(chance, math.inf) * math.sqrt(pooled * (1 - pooled) * each)
    # an upper bound for what may hide: nothing seen among n rows still leaves log(1 / chance) / n
    radius = max(bound, -math.log(chance) * max(1 / a[1], 1 / b[1]) if pooled in (0.0, 1.0) else 0.0)
    return _answered("missing", size, bound, radius, effect, lambda: share_chance(a, b) < chance / 2)


def _mean(
    before: ColumnFingerprint, after: ColumnFingerprint, common: Common, effect: float, chance: float
) -> Movement | None:
    rows = [float(counts.sum()) for counts in common.counts]
    spreads = [math.sqrt(c.variance or 0.0) for c in (before, after)]
    if not spreads[0] or before.mean is None or after.mean is None or not math.isfinite(spreads[0]):
        return None
    size = (after.mean - before.mean) / spreads[0]
    # the larger deviation of the two: a sample that missed the tail must not look sure of itself
    wider = max(1.0, spreads[1] / spreads[0])
    radius = t_quantile(chance, math.inf) * wider * math.sqrt(1 / rows[0] + 1 / rows[1])
    return _answered(
        "mean", size, radius, radius, effect, lambda: mean_chance(common.values, *common.counts) < chance / 2
    )


def _shares(before: ColumnFingerprint, after: ColumnFingerprint) -> tuple[Floats, Floats]:
    """Counts of the values of both sides, on the values of either."""
    place = {own: i for i, own in enumerate(dict.fromkeys((*before.values.hashes, *after.values.hashes)))}
    found = []
    for side in (before, after):
        counts = np.zeros(len(place))
        counts[[place[own] for own in side.values.hashes]] = side.values.counts
        found.append(counts)
    return found[0], found[1]


def _categories(counts: tuple[Floats, Floats], effect: float, chance: float) -> Movement | None:
    a, b = counts
    if not a.sum() or not b.sum():
        return None
    shares = a / a.sum(), b / b.sum()
    size = float(np.abs(shares[0] - shares[1]).sum() / 2)
    bound = total_variation_bound(a, b, chance / 2)
    single = np.abs(shares[1] - shares[0])
    pooled = (a + b) / (a.sum() + b.sum())
    spread = np.sqrt(pooled * (1 - pooled) * (1 / a.sum() + 1 / b.sum()))
    bounds = t_quantile(chance / 2 / max(1, len(a) - 1), math.inf) * spread
    if size > effect >= 0 and size <= bound:
        for at in np.argsort(-single, kind="stable").tolist():
            sides = [(float(c[at]), float(c.sum())) for c in (a, b)]
            if single[at] > max(bounds[at], effect) and share_chance(sides[0], sides[1]) < chance / 4 / (len(a) - 1):
                return _answered("distribution", float(single[at]), float(bounds[at]), float(bounds[at]), effect)
    return _answered("distribution", size, bound, bound, effect)


def _answered(
    aspect: Literal["missing", "distribution", "mean"],
    size: float,
    bound: float,
    radius: float,
    effect: float,
    unlikely: Callable[[], bool] = lambda: True,
) -> Movement:
    """What a movement of such a size is called. unlikely: asked of one beyond its bound, which may be approximate."""
    answer: Answer = "too few rows"
    if abs(size) > max(effect, bound):
        if unlikely():
            answer = "moved"
        else:
            radius = max(radius, abs(size))
    elif abs(size) + radius <= effect:
        answer = "equivalent"
    low = size - radius if aspect == "mean" or size < 0 else max(0.0, size - radius)
    return Movement(aspect, answer, size, low, size + radius, effect)


# --- windows ----------------------------------------------------------------------------------------------------------


def _by_window(
    windows: AnyWindows, column: ColumnWindows, before: ColumnFingerprint, effects: Effects, chance: float
) -> Iterator[Movement | None]:
    shares = [m[np.newaxis] / np.maximum(n, 1) for m, n in zip(column.missing, column.rows, strict=True)]
    rows = column.rows[0].astype(float), column.rows[1].astype(float)
    yield _vector("missing", windows, (shares[0], shares[1]), rows, effects.missing, chance)
    if before.type in ("number", "text", "boolean") and len(column.values):
        present = column.counts[0].sum(axis=0).astype(float), column.counts[1].sum(axis=0).astype(float)
        if not present[0].sum() or not present[1].sum():
            return
        if column.is_number and before.type == "number":
            yield _vector("distribution", windows, _cumulative(column, present), present, effects.distribution, chance)
            spread = math.sqrt(before.variance or 0.0)
            if spread and math.isfinite(spread):
                values = np.array(column.values, np.float64)
                sums = [(values / spread) @ c for c in column.counts]
                means = [(s / np.maximum(n, 1))[np.newaxis] for s, n in zip(sums, present, strict=True)]
                dealt = [c.sum(axis=1).astype(np.float64) for c in column.counts]

                def chance_of_mean(expected: float) -> float:
                    return mean_chance(values, dealt[0], dealt[1], expected * spread)

                yield _vector("mean", windows, (means[0], means[1]), present, effects.mean, chance, chance_of_mean)
        else:
            largest = np.argsort(-column.counts[0].sum(axis=1))[:_CATEGORIES]
            parts = [c[largest] / np.maximum(n, 1) for c, n in zip(column.counts, present, strict=True)]
            yield _vector("distribution", windows, (parts[0], parts[1]), present, effects.distribution, chance)


def _cumulative(column: ColumnWindows, present: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """The distribution function of each window at the deciles of the reference, (points, windows)."""
    whole = np.cumsum(column.counts[0].sum(axis=1)) / max(1.0, present[0].sum())
    places = np.unique(np.clip(np.searchsorted(whole, _POINTS), 0, len(whole) - 1))
    found = [np.cumsum(c, axis=0)[places] / np.maximum(n, 1) for c, n in zip(column.counts, present, strict=True)]
    return found[0], found[1]


def _vector(
    aspect: Literal["missing", "distribution", "mean"],
    windows: AnyWindows,
    values: tuple[Floats, Floats],
    rows: tuple[Floats, Floats],
    effect: float,
    chance: float,
    chance_of_mean: Callable[[float], float] | None = None,
) -> Movement | None:
    """The largest movement of several shares or of a mean, (points, windows) on each side, rows as weights.

    chance_of_mean: of a mean so far from what is expected of it, given in deviations; None for shares.
    """
    each = chance / len(values[0])
    compared = against_windows(windows, values, rows, each, None if chance_of_mean is None else np.ones(1))
    if compared is None:
        return None

    def unlikely(at: int) -> bool:
        """Whether independent rows would not do it either: windows tell of few rows only by approximation."""
        if chance_of_mean is not None:
            return chance_of_mean(float(compared.size[at] - compared.own[at])) < each / 2
        (n, m), share = (float(r.sum()) for r in rows), float(values[1][at] @ rows[1] / rows[1].sum())
        expected = min(1.0, max(0.0, share - float(compared.own[at])))
        return share_chance((expected * n, n), (share * m, m)) < each / 2

    own, radius, beyond = compared.own, compared.radius, compared.beyond(effect)
    found = next((at for at in beyond if unlikely(at)), None)
    at = compared.first if found is None else found
    answer: Answer = "moved" if found is not None else "too few rows" if beyond else compared.answer(effect)
    signed = float(own[at]) if aspect != "distribution" else float(abs(own[at]))
    since = compared.since(at, effect) if found is not None else None
    reach = max(float(radius[at]), abs(signed)) if beyond and found is None else float(radius[at])
    apart = float(compared.apart.max())
    return Movement(
        aspect, answer, signed, signed - reach, signed + reach, effect, compared.windows_before, apart, since
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """How far several points moved, (points,), against the windows of the reference.

    size: from the whole of the reference; adjusted: from the same seasons of it, None where they are not known; own:
    the one of the two that is judged; radius: of its interval. apart: how far a window of the reference lies from the
    whole of it, at most. later: each observed window less the whole of the reference, (points, windows).
    """

    windows: AnyWindows
    kept: NDArray[np.int64]
    size: Floats
    adjusted: Floats | None
    own: Floats
    radius: Floats
    apart: Floats
    later: Floats
    windows_before: int

    def beyond(self, effect: float) -> list[int]:
        """The points that moved further than the effect and their radius, the largest first."""
        order = np.argsort(-np.abs(self.own), kind="stable")
        return [at for at in order.tolist() if abs(self.own[at]) > max(effect, self.radius[at])]

    @property
    def first(self) -> int:
        """The point that is told: the largest beyond its radius, else the largest."""
        beyond = np.abs(self.own) > self.radius
        return int(np.argmax(np.where(beyond, np.abs(self.own), -1.0) if beyond.any() else np.abs(self.own)))

    def answer(self, effect: float) -> Answer:
        """What is said of points of which none moved."""
        if float(np.abs(self.size).max()) > effect:
            in_season = self.adjusted is not None and float(np.abs(self.adjusted).max()) <= effect
            return "season" if in_season else "windows"
        return "equivalent" if float((np.abs(self.own) + self.radius).max()) <= effect else "too few rows"

    def since(self, at: int, effect: float) -> str | None:
        """The observed window where a movement begins; None where most windows have not moved.

        Of all ways to cut the windows in two, the one behind which most have moved further than the effect, less those
        that have not: the change of a step, by signs alone, so that no single day decides.
        """
        moved = np.where(self.later[at] * np.sign(self.own[at]) > effect, 1, -1)
        behind = np.cumsum(moved[::-1])[::-1]
        if not len(behind) or behind.max() <= 0:
            return None
        return self.windows.shown(int(self.windows.names[1][self.kept[int(behind.argmax())]]))


def against_windows(
    windows: AnyWindows,
    values: tuple[Floats, Floats],
    rows: tuple[Floats, Floats],
    chance: float,
    noise: Floats | None = None,
) -> Compared | None:
    """How far means moved, (points, windows) on each side, rows as weights. None where research has too few windows.

    Windows are drawn as wholes: the variance of a side is that between its windows, and never less than that of
    independent rows (cluster-robust, as Liang and Zeger, 1986). Where every season of the observed side was seen in
    research, what the season explains is taken away first.

    chance: of an alarm by one point. noise: the variance of a single row, (points,); None for shares, which tell it.
    """
    kept = [np.flatnonzero(n > 0) for n in rows]
    if len(kept[0]) < FEWEST_WINDOWS or not len(kept[1]):
        return None
    a, b = (v[:, k] for v, k in zip(values, kept, strict=True))
    n, m = (r[k] for r, k in zip(rows, kept, strict=True))
    p, q = n / n.sum(), m / m.sum()
    pooled = a @ p
    size = b @ q - pooled
    if windows.sampled:
        scatter = pooled * (1 - pooled) if noise is None else noise
        a = _without_noise(a, n, scatter, None if windows.seasons is None else windows.seasons[0][kept[0]])
    between = (a - pooled[:, np.newaxis]) ** 2 @ p * len(p) / (len(p) - 1)
    if noise is None:
        noise = np.maximum(pooled * (1 - pooled), (b @ q) * (1 - b @ q))
    least = noise * (1 / n.sum() + 1 / m.sum())
    following = _following(a - pooled[:, np.newaxis])
    variance = np.maximum(between * (p @ p + q @ q) * following, least * _design_effect(between, noise, n))
    own, adjusted = size, None
    seasonal = _season(windows, (a, b), (n, m), kept)
    if seasonal is None:
        radius = t_quantile(chance, float(len(p) - 1)) * np.sqrt(variance)
    else:
        # two estimates of the noise, each with half of the chance: all that windows of research do, and what is left
        # of it beside the season; a change in the middle of the observed side makes the second one large
        adjusted = seasonal.size
        radius = t_quantile(chance / 2, float(len(p) - 1)) * np.sqrt(variance)
        if seasonal.variance is not None:
            own = adjusted
            dependence = _design_effect(seasonal.left**2 @ p, noise, n)
            spread = np.maximum(seasonal.variance * (following if seasonal.of_research else 1.0), least * dependence)
            radius = np.minimum(radius, t_quantile(chance / 2, seasonal.freedom) * np.sqrt(spread))
    # windows are no normal draws: whatever their variance says, as many neighbours of research must not have moved so
    left = seasonal.left if seasonal is not None and own is adjusted else a - pooled[:, np.newaxis]
    radius = np.maximum(radius, _of_neighbours(left, n, len(q)))
    apart = np.abs(a - pooled[:, np.newaxis]).max(axis=1)
    return Compared(windows, kept[1], size, adjusted, own, radius, apart, b - pooled[:, np.newaxis], len(p))


def _without_noise(values: Floats, rows: Floats, noise: Floats, seasons: NDArray[np.int64] | None) -> Floats:
    """Windows of few sampled rows, drawn in by what such samples scatter: what is left varies as whole windows do.

    The scatter is taken from the variance of a window about its season (method of moments, as in Kish, 1965), of which
    the upper standard error is believed: few windows tell little of it.
    """
    known, at = np.unique(np.zeros(len(rows)) if seasons is None else seasons, return_inverse=True)
    if 2 * len(known) > len(rows):
        known, at = np.zeros(1), np.zeros(len(rows), np.int64)
    weights = np.zeros((len(rows), len(known)))
    weights[np.arange(len(rows)), at] = rows
    expected = (values @ (weights / weights.sum(axis=0)))[:, at]
    left, freedom = values - expected, len(rows) - len(known)
    found = left**2 @ (rows / rows.sum()) * len(rows) / freedom
    scatter = noise * len(rows) / rows.sum()
    true = np.maximum(found * (1 + math.sqrt(2 / freedom)) - scatter, 0.0)
    share = np.sqrt(np.divide(true, found, out=np.zeros_like(found), where=found > 0))
    return np.asarray(expected + left * np.minimum(1.0, share)[:, np.newaxis])


def _design_effect(between: Floats, noise: Floats, rows: Floats) -> float:
    """How much more windows vary than windows of independent rows, over all points together, at least 1.

    Rows that depend on those before them do so at every point of a distribution; a single point, whose variance few
    windows tell badly, is not believed to vary less than that (Kish, Survey Sampling, 1965).
    """
    expected = noise * len(rows) / rows.sum()
    there = expected > 0
    return max(1.0, float((between[there] / expected[there]).mean())) if there.any() else 1.0


def _of_neighbours(left: Floats, rows: Floats, several: int) -> Floats:
    """How far so many neighbouring windows of research lie from its whole, at most, (points,).

    left: windows less what is expected of them, (points, windows); rows: of each. 0 where fewer than two such stretches
    stand beside each other.
    """
    if 2 * several > len(rows):
        return np.zeros(len(left))
    sums = np.cumsum(np.column_stack([np.zeros(len(left)), left * rows]), axis=1)
    counts = np.cumsum(np.concatenate([[0.0], rows]))
    stretches = (sums[:, several:] - sums[:, :-several]) / (counts[several:] - counts[:-several])
    return np.asarray(np.abs(stretches).max(axis=1), np.float64)


def _following(apart: Floats) -> Floats:
    """How much more a mean of neighbouring windows varies than one of windows far apart, (points,), at least 1.

    From the correlation of each window with the next one, and two of its standard errors, since few windows tell little
    of it. apart: windows less their mean, (points, windows), in the order of time.
    """
    squares = np.maximum((apart**2).sum(axis=1), 1e-300)
    correlation = (apart[:, 1:] * apart[:, :-1]).sum(axis=1) / squares
    return np.asarray(1 + 2 * np.clip(correlation + 2 / math.sqrt(apart.shape[1]), 0, 1), np.float64)


@dataclass(frozen=True, slots=True)
class _Seasonal:
    """A movement against the same season, (points,), and its variance with degrees of freedom, None where unknown.

    left: of the windows of the reference, what their season does not explain, (points, windows). of_research: the
    variance is that of windows of the reference, and not of differences between the two sides.
    """

    size: Floats
    left: Floats
    variance: Floats | None = None
    freedom: float = 0.0
    of_research: bool = False


def _season(
    windows: AnyWindows, values: tuple[Floats, Floats], rows: tuple[Floats, Floats], kept: list[NDArray[np.int64]]
) -> _Seasonal | None:
    """The movement against the same season; None where a side has no seasons, or the reference not all of them."""
    if windows.seasons is None:
        return None
    seasons = [s[k] for s, k in zip(windows.seasons, kept, strict=True)]
    if not set(seasons[1].tolist()) <= set(seasons[0].tolist()) or len(set(seasons[0].tolist())) < 2:
        return None
    (a, b), (n, m) = values, rows
    known = sorted(set(seasons[0].tolist()))
    weights = {s: n * (seasons[0] == s) for s in known}
    expected = {s: a @ (own / own.sum()) for s, own in weights.items()}
    apart = b - np.column_stack([expected[s] for s in seasons[1].tolist()])
    q = m / m.sum()
    size = apart @ q
    left = a - np.column_stack([expected[s] for s in seasons[0].tolist()])
    if len(q) >= FEWEST_WINDOWS:
        spread = (apart - size[:, np.newaxis]) ** 2 @ (q * q) * len(q) / (len(q) - 1)
        return _Seasonal(size, left, spread, float(len(q) - 1))
    freedom = len(n) - len(expected)
    if freedom >= FEWEST_WINDOWS - 1:
        within = left**2 @ (n / n.sum()) * len(n) / freedom
        # what is expected of a season is itself a mean of its few windows
        shares = {s: float(q[seasons[1] == s].sum()) for s in known}
        of_means = sum(share**2 / int((seasons[0] == s).sum()) for s, share in shares.items())
        return _Seasonal(size, left, within * (q @ q + of_means), float(freedom), of_research=True)
    return _Seasonal(size, left)


def declared_effects(facts: Mapping[str, Any]) -> Effects:
    """What the reference declares of a stage, or the defaults."""
    return Effects.declared(facts.get("effect"))
