"""Values of new rows that fill whole stretches of time: defaults of an outage, and variables that are stuck."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parityline.conditions import shown_number
from parityline.fingerprints import Fingerprint, plain
from parityline.kernel.cells import Cell, Cells, Hashed
from parityline.pairs import TablePair, sampled
from parityline.performance.drift import ALPHA

FEWEST_ROWS = 10
"""Bursts of fewer sampled rows together are none."""
_SHORTEST = 3
_MOST_VALUES = 8
"""Of one column, so many values are asked, those with the longest runs."""
_RARE = 0.05
"""A value with more than this share in the reference may well stand in every row of a while."""
_STICKIEST = 0.99
_COARSE = 0.5

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Burst:
    """A value that stands in every sampled row of some stretches of time. bursts: how many stretches; rows: in them.

    of: sampled rows with a known time; share: of the value on each side, reference first; since, until: the first and
    the last time of all stretches.
    """

    column: str
    value: object
    bursts: int
    rows: int
    of: int
    share: tuple[float, float]
    since: str
    until: str


def bursts(pair: TablePair, columns: list[str]) -> Iterator[Burst]:
    """The first value of each column, rare in the reference, whose runs in the order of time are longer than chance.

    A run of length L from some row on has a probability of at most q**L, q being the largest of the value's share on
    either side and of how often it follows itself in the reference. Longer than so that one in ALPHA tables of this
    many columns, values and rows would show it, and lasting longer than any run of a rare value in the reference, it is
    a burst: a temperature stands still for an hour by nature, however many rows that hour has. Where most rows share
    their time with the next one, times are too coarse to ask how long. Without `time=` nothing is asked.
    """
    name = pair.observed.state.parameters.time
    if name is None or name not in pair.common:
        return
    orders = [_in_time(side, name) for side in (pair.reference, pair.observed)]
    times = [
        sampled(side, name).as_floats()[order]
        for side, order in zip((pair.reference, pair.observed), orders, strict=True)
    ]
    ticks, rows = times[1], len(orders[1])
    fine = all(float(np.mean(np.diff(own) == 0)) < _COARSE for own in times if len(own) > 1)
    # rows that occur again and again stand still in every column
    vectors = {n: sampled(pair.observed, n).index[orders[1]] for n in columns if len(sampled(pair.observed, n))}
    for column in columns:
        cells = sampled(pair.reference, column), sampled(pair.observed, column)
        if column == name or not all(map(len, cells)) or not all(map(len, orders)):
            continue
        natural = _longest(cells[0].index[orders[0]], times[0]) if fine else -1.0
        for value, place in _standing(cells[1], cells[1].index[orders[1]]):
            now = cells[1].index[orders[1]] == place
            before = _is(cells[0], value)[orders[0]]
            if before.mean() > _RARE:
                continue
            q = min(_STICKIEST, max(float(before.mean()), _follows(before), float(now.mean()), 1 / rows))
            shortest = max(_SHORTEST, math.log(rows * len(columns) * _MOST_VALUES / ALPHA) / -math.log(q))
            starts, lengths = _runs(now)
            others = [vectors[n] for n in columns if n in vectors and n not in (name, column)]
            lasting = ticks[starts + lengths - 1] - ticks[starts] > natural
            long = (lengths >= shortest) & lasting & _vary(others, starts, lengths)
            if lengths[long].sum() < FEWEST_ROWS:
                continue
            ends = ticks[starts[long][0]], ticks[starts[long][-1] + lengths[long][-1] - 1]
            since, until = (shown_number(float(end), pair.observed.columns[name].type) for end in ends)
            share = float(before.mean()), float(now.mean())
            yield Burst(column, plain(value), int(long.sum()), int(lengths[long].sum()), rows, share, since, until)
            break


def _in_time(table: Fingerprint, name: str) -> Rows:
    """The sampled rows with a known time, in its order."""
    ticks = sampled(table, name).as_floats()
    order = np.flatnonzero(~np.isnan(ticks))
    return order[np.argsort(ticks[order], kind="stable")]


def _standing(cells: Cells, ordered: Rows) -> Iterator[tuple[Cell, int]]:
    """The values with the longest runs, with their places among the distinct ones; hashed and missing ones left out."""
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    lengths = np.diff(starts, append=len(ordered))
    order = np.argsort(-lengths, kind="stable")
    places = list(dict.fromkeys(ordered[starts[order[lengths[order] >= _SHORTEST]]].tolist()))
    for place in places[:_MOST_VALUES]:
        value = cells.cell(place)
        if value is not None and value == value and not isinstance(value, Hashed):
            yield value, place


def _is(cells: Cells, value: Cell) -> NDArray[np.bool_]:
    """Which rows hold a value."""
    place = next((i for i, own in enumerate(cells.distinct) if own == value), -1)
    return np.asarray(cells.index == place)


def _follows(holds: NDArray[np.bool_]) -> float:
    """How often a row with the value is followed by another one."""
    return float(holds[1:][holds[:-1]].mean()) if holds[:-1].any() else 0.0


def _longest(ordered: Rows, ticks: NDArray[np.float64]) -> float:
    """How long the longest run of a rare value lasts."""
    counts = np.bincount(ordered)
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    lasts = np.append(starts[1:], len(ordered)) - 1
    rare = counts[ordered[starts]] <= _RARE * len(ordered)
    return float((ticks[lasts] - ticks[starts])[rare].max(initial=0.0))


def _vary(others: list[Rows], starts: Rows, lengths: Rows) -> NDArray[np.bool_]:
    """In which stretches another column does not stand still; all where there is no other column."""
    if not others:
        return np.ones(len(starts), np.bool_)
    changes = [np.concatenate(([0], np.cumsum(own[1:] != own[:-1]))) for own in others]
    return np.asarray(np.any([own[starts + lengths - 1] > own[starts] for own in changes], axis=0))


def _runs(holds: NDArray[np.bool_]) -> tuple[Rows, Rows]:
    """Where runs of rows with the value begin, and how long they are."""
    edges = np.diff(holds.astype(np.int8), prepend=0, append=0)
    starts = np.flatnonzero(edges == 1)
    return starts, np.flatnonzero(edges == -1) - starts
