"""A number of seconds, milliseconds, microseconds or nanoseconds was taken in another unit."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import Case, Rung, instant, same, whole
from parityline.findings import Finding
from parityline.kernel.cells import Cell
from parityline.pairs import ColumnPair, equal_rows

CODE = "epoch-unit-mistaken"
RUNG = Rung.TIME

_UNITS = {"seconds": 10**9, "milliseconds": 10**6, "microseconds": 10**3, "nanoseconds": 1}
_1990, _2100 = 631_152_000 * 10**9, 4_102_444_800 * 10**9
_TIMES = ("timestamp", "timestamp-zoned")


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != column.observed.type:
        return None
    if column.reference.type not in (*_TIMES, "number") or not _far_apart(column):
        return None
    changed, pairs = case.changes(), case.pairs()
    if changed is None or pairs is None:
        return None
    if len({a for a, _ in changed}) < 2:
        return None
    if column.reference.type in _TIMES:
        return _times(case, pairs)
    return _numbers(case, pairs)


def _far_apart(column: ColumnPair) -> bool:
    """Whether the sides of every row that differs are far enough apart; cheap to see, and seldom so."""
    a, b = (np.abs(side[column.differs]) for side in column.numbers)
    return not (np.maximum(a, b) < 500 * (np.minimum(a, b) - 1)).any()


def _times(case: Case, pairs: list[tuple[Cell, Cell]]) -> Finding | None:
    """Every time since 1970 is the same power of 1,000 shorter or longer; what a finer unit cannot hold is cut."""
    assert case.column is not None
    ticks = [(instant(a), instant(b)) for a, b in pairs]
    if any((a is None) != (b is None) for a, b in ticks):
        return None
    known = [(a, b) for a, b in ticks if a is not None and b is not None]
    for factor in (10**3, 10**6, 10**9):
        if all(_cut(a, b, factor) for a, b in known):
            word, sides = "shorter", [a for a, _ in known]
        elif all(_cut(b, a, factor) for a, b in known):
            word, sides = "longer", [b for _, b in known]
        else:
            continue
        # the coarsest unit that holds all of the longer times, and the one that is as much finer
        fit = [name for name, size in _UNITS.items() if size >= factor and not any(t % size for t in sides)]
        unit = fit[0] if fit else next(name for name, size in reversed(_UNITS.items()) if size >= factor)
        finer = next(name for name, size in _UNITS.items() if size * factor == _UNITS[unit])
        read = f"{unit} were read as {finer}" if word == "shorter" else f"{finer} were read as {unit}"
        sentence = f"`{case.column.name}`: every time since 1970 is {factor:,} times {word}, as if {read}"
        return case.found(CODE, sentence, evidence={"factor": factor, "direction": word})
    return None


def _cut(longer: int, shorter: int, factor: int) -> bool:
    return shorter in (longer // factor, -(-longer // factor))


def _numbers(case: Case, pairs: list[tuple[Cell, Cell]]) -> Finding | None:
    """The numbers are those of one and the same time in two units."""
    column = case.column
    assert column is not None
    found = _beside(case) or _alone(pairs)
    if found is None:
        return None
    time, before, after = found
    factor = max(_UNITS[before], _UNITS[after]) // min(_UNITS[before], _UNITS[after])
    word = "smaller" if _UNITS[after] > _UNITS[before] else "larger"
    sentence = f"`{column.name}` is {factor:,} times {word}: {after} since 1970, {before} in the reference"
    if time:
        sentence = f"the times of `{time}` are equal; {sentence}"
    return case.found(CODE, sentence, evidence={"factor": factor, "units": [before, after], "time": time})


def _beside(case: Case) -> tuple[str, str, str] | None:
    """A time column, equal on both sides, of which every row's number is counted in one unit on each side."""
    column = case.column
    assert column is not None
    numbers = [[whole(cell) for cell in cells.distinct] for cells in column.cells]
    for places, times in case.others(*_TIMES):
        if not len(places) or not equal_rows(*times.cells, times.reference.type, times.seed).all():
            continue
        ticks = [instant(cell) for cell in times.cells[0].distinct]
        units = []
        for side, cells in zip(numbers, column.cells, strict=True):
            rows = set(zip(times.cells[0].index.tolist(), cells.index[places].tolist(), strict=True))
            known = [(t, side[n]) for t, n in ((ticks[t], n) for t, n in rows) if t is not None]
            units.append({name for name, size in _UNITS.items() if all(n == t // size for t, n in known)})
        if not known:
            continue
        if len(units[0]) == len(units[1]) == 1 and units[0] != units[1]:
            return times.name, units[0].pop(), units[1].pop()
    return None


def _alone(pairs: list[tuple[Cell, Cell]]) -> tuple[str, str, str] | None:
    """Without a time: all numbers lie between 1990 and 2100 in their units, one of which is nanoseconds."""
    known = [(whole(a), whole(b)) for a, b in pairs if not (same(a, b) and whole(a) is None)]
    for before, size in _UNITS.items():
        for after, other in _UNITS.items():
            if size == other or 1 not in (size, other):
                continue
            factor = max(size, other)
            if all(
                a is not None
                and b is not None
                and _1990 <= a * size < _2100
                and (_cut(a, b, factor) if size == 1 else _cut(b, a, factor))
                for a, b in known
            ):
                return "", before, after
    return None
