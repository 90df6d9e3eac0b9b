"""A column that holds what another row of the same entity has: the row before it, in an order of time."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from parityline.causes.beside import is_absent
from parityline.causes.cause import FEWEST, Case
from parityline.fingerprints import Fingerprint
from parityline.kernel.cells import Cell
from parityline.kernel.sections import Entities

_DAY = 86_400 * 10**9
UNITS: dict[str, Callable[[int], int]] = {
    "hour": lambda t: t // (_DAY // 24),
    "day": lambda t: t // _DAY,
    "week": lambda t: (t // _DAY + 3) // 7,
    "month": lambda t: _month(t),
    "quarter": lambda t: _month(t) // 3,
    "year": lambda t: _month(t) // 12,
}
"""Coarser times by which rows may have been ordered, finest first; of nanoseconds since 1970."""


@dataclass(frozen=True)
class Lag:
    """A column of an input whose preceding row the reference takes, and the order in which the observed side did.

    unit: rows of one such unit of time stand in any order; rows: how many were asked; later: how many took a row that
    comes after them, and earlier: one that does not come right before them.
    """

    stage: str
    column: str
    unit: str
    rows: int
    later: int
    earlier: int


@dataclass(frozen=True)
class _History:
    """The rows of one entity in the order of time: times, cells of the input's column, and of the table's, by side."""

    times: list[int]
    cells: list[Cell]
    before: list[Cell]
    after: list[Cell]


def lag_over_ties(case: Case) -> Lag | None:
    """The finest unit whose ties explain every row: each took a row of its own unit, or of the last one before it."""
    column = case.column
    if column is None or column.hidden or column.reference.type != column.observed.type:
        return None
    for stage, name, histories in _sources(case):
        first = _first_of(histories)
        if first is None:
            continue
        for unit, of in UNITS.items():
            counts = [_counted(history, of, first[0]) for history in histories]
            known = [own for own in counts if own is not None]
            later, earlier = (sum(own[i] for own in known) for i in (0, 1))
            if len(known) == len(counts) and min(later, earlier) >= FEWEST:
                return Lag(stage, name, unit, sum(len(own.times) for own in histories), later, earlier)
    return None


def _sources(case: Case) -> Iterator[tuple[str, str, list[_History]]]:
    """Columns of inputs that are equal on both sides, beside the rows of entities that the table has, too."""
    table, column = case.table, case.column
    assert column is not None
    for stage, source in case.inputs().items():
        same = source.reference.state.parameters, table.reference.state.parameters
        if (
            not source.identical
            or same[0].entity != same[1].entity
            or same[0].key != same[1].key
            or len(same[0].key) != 1
        ):
            continue
        sides = [_by_key(side, column.name) for side in (table.reference, table.observed)]
        rows = _by_entity(source.reference)
        if not all(sides) or not rows:
            continue
        for name, own in source.reference.columns.items():
            if own.type != column.reference.type or name == column.name or name in same[0].key:
                continue
            histories = list(_histories(source.reference, rows, name, sides))
            if histories:
                yield stage, name, histories


def _by_key(table: Fingerprint, column: str) -> dict[Cell, Cell]:
    """The kept cells of a column by the cell of the key."""
    section, names = table.state.section(Entities), table.state.sampled_columns
    if section is None or not section.columns or column not in names or table.key[0] not in names:
        return {}
    keys, cells = (section.columns[names.index(name)].tolist() for name in (table.key[0], column))
    return dict(zip(keys, cells, strict=True))


def _by_entity(table: Fingerprint) -> list[list[int]]:
    """The rows of each entity of which all are kept, at distinct known times, in the order of time."""
    section, names = table.state.section(Entities), table.state.sampled_columns
    if section is None or not section.columns or table.key[0] not in names:
        return []
    by: dict[int, list[int]] = {}
    for row, owner in enumerate(section.owner):
        by.setdefault(owner, []).append(row)
    whole = [rows for owner, rows in by.items() if sum(section.counts[row] for row in rows) == section.rows[owner]]
    times = [[section.times[row] for row in rows] for rows in whole]
    return [
        rows
        for rows, at in zip(whole, times, strict=True)
        if len(set(at)) == len(at) and all(isinstance(t, int) for t in at)
    ]


def _histories(
    source: Fingerprint, rows: list[list[int]], name: str, sides: list[dict[Cell, Cell]]
) -> Iterator[_History]:
    section, names = source.state.section(Entities), source.state.sampled_columns
    assert section is not None
    keys, cells = (section.columns[names.index(n)].tolist() for n in (source.key[0], name))
    scale = _DAY if source.columns[source.state.parameters.time or ""].type == "date" else 1
    for entity in rows:
        # rows that the table leaves out are none of those that it looks back at
        own = [row for row in entity if all(keys[row] in side for side in sides)]
        if own:
            before, after = ([side[keys[row]] for row in own] for side in sides)
            times = [time * scale for row in own if isinstance(time := section.times[row], int)]
            yield _History(times, [cells[row] for row in own], before, after)


def _first_of(histories: list[_History]) -> list[Cell] | None:
    """[what the first row of an entity holds], where in the reference every other row holds what the last one has."""
    firsts = [own.before[0] for own in histories]
    pairs = [pair for own in histories for pair in zip(own.cells, own.before[1:], strict=False)]
    if len(pairs) < 2 * FEWEST or not all(_same(*pair) for pair in pairs):
        return None
    return firsts[:1] if all(_same(firsts[0], own) for own in firsts) else None


def _counted(own: _History, of: Callable[[int], int], first: Cell) -> tuple[int, int] | None:
    """How many rows took a later one, and an earlier one than the last; None where the order does not explain a row."""
    units = [of(t) for t in own.times]
    later = earlier = 0
    for row, cell in enumerate(own.after):
        previous = max((unit for unit in units if unit < units[row]), default=None)
        reach = [i for i, unit in enumerate(units) if i != row and unit in (units[row], previous)]
        taken = [i for i in reach if _same(own.cells[i], cell)]
        if not taken:
            if previous is not None or not _same(cell, first):
                return None
            continue
        if row - 1 in taken:
            continue
        later, earlier = later + (min(taken) > row), earlier + (max(taken) < row)
    return later, earlier


def _same(a: Cell, b: Cell) -> bool:
    return a == b or (is_absent(a) and is_absent(b))


def _month(nanoseconds: int) -> int:
    day = datetime.date(1970, 1, 1).toordinal() + nanoseconds // _DAY
    at = datetime.date.fromordinal(min(max(day, 1), datetime.date.max.toordinal()))
    return at.year * 12 + at.month - 1
