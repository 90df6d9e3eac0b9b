"""A column that holds what another row of the same entity has: the row before it, in an order of time."""

from __future__ import annotations

import datetime
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from parityline.causes.beside import is_absent
from parityline.causes.cause import FEWEST, Case
from parityline.fingerprints import Fingerprint
from parityline.kernel.cells import Cell, Cells
from parityline.kernel.sections import Entities
from parityline.pairs import ColumnPair, Rows

_DAY = 86_400 * 10**9
_FEW = 20
_DISTINCT, _KNOWN, _EXPLAINED = 0.5, 0.5, 0.98
"""Where a sample of the rows is known: so many values of a column are distinct, the row of so many rows is known, and
of so many of them it is the one that it should be; others hold the same value by chance."""
UNITS: dict[str, Callable[[int], int]] = {
    "hour": lambda t: t // (_DAY // 24),
    "day": lambda t: t // _DAY,
    "week": lambda t: (t // _DAY + 3) // 7,
    "month": lambda t: _month(t),
    "quarter": lambda t: _month(t) // 3,
    "year": lambda t: _month(t) // 12,
    "hour of the day": lambda t: t // (_DAY // 24) % 24,
    "day of the week": lambda t: (t // _DAY + 3) % 7,
    "month of the year": lambda t: _month(t) % 12,
}
"""Coarser times by which rows may have been ordered, finest first; of nanoseconds since 1970. Those that come again
put the rows of other years among each other."""


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
    return _over_histories(case) or _over_samples(case)


def _over_histories(case: Case) -> Lag | None:
    """Of entities that are kept whole, where every row is explained."""
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


def _over_samples(case: Case) -> Lag | None:
    """Of large entities, of whose rows a sample is known: nearly all values that it holds are explained."""
    for stage, name, histories in _sampled_sources(case):
        for unit, of in UNITS.items():
            taken = _taken_from(histories, of)
            if taken is not None and min(taken) >= FEWEST:
                return Lag(stage, name, unit, sum(len(own.times) for own in histories), *taken)
    return None


def _sampled_sources(case: Case) -> Iterator[tuple[str, str, list[_History]]]:
    """Columns of inputs, of nearly distinct values, of which the reference holds the last row wherever it is known."""
    table, column = case.table, case.column
    if column is None or case.is_part:
        return
    for stage, source in case.inputs().items():
        own = source.reference
        parameters = own.state.parameters
        alike = parameters.entity == table.reference.state.parameters.entity and own.key == table.reference.key
        if not source.identical or not alike or parameters.time is None or not parameters.entity:
            continue
        orders = [case.beside(stage, name) for name in (parameters.time, *parameters.entity)]
        for name in source.common:
            of_type = own.columns[name].type == column.reference.type and name not in (column.name, *own.key)
            if not of_type or own.columns[name].distinct < _DISTINCT * own.rows:
                continue
            every = [*orders, case.beside(stage, name)]
            known = [one for one in every if one is not None]
            histories = _known_histories(column, known, own) if len(known) == len(every) else []
            if _is_lag(histories):
                yield stage, name, histories


def _known_histories(column: ColumnPair, beside: list[tuple[Rows, ColumnPair]], source: Fingerprint) -> list[_History]:
    """The rows of each entity that are known of both tables, in the order of time.

    beside: the time, the columns of the entity, and the column that may be taken, each with its places.
    """
    places = beside[0][0].tolist()
    times, *entity, cells = (pair.cells[0].tolist() for _, pair in beside)
    scale = _DAY if source.columns[source.state.parameters.time or ""].type == "date" else 1
    before, after = (side.tolist() for side in column.cells)
    by: dict[tuple[Cell, ...], list[tuple[int, int]]] = {}
    for at, time in enumerate(times):
        if isinstance(time, int):
            by.setdefault(tuple(own[at] for own in entity), []).append((time * scale, at))
    return [
        _History(
            [time for time, _ in rows],
            [cells[at] for _, at in rows],
            [before[places[at]] for _, at in rows],
            [after[places[at]] for _, at in rows],
        )
        for rows in map(sorted, by.values())
    ]


def _is_lag(histories: list[_History]) -> bool:
    """Whether the reference holds the last known row, of nearly all rows whose value is that of a known one."""
    known = last = 0
    for own in histories:
        for row, taken in _holders(own, own.before):
            known, last = known + 1, last + (row - 1 in taken)
    return known >= max(2 * FEWEST, _KNOWN * sum(len(own.times) for own in histories)) and last >= _EXPLAINED * known


def _taken_from(histories: list[_History], of: Callable[[int], int]) -> tuple[int, int] | None:
    """How many rows took a later one, and an earlier one than the last; None where ties of a unit explain too few."""
    known = explained = later = earlier = 0
    for own in histories:
        units = [of(time) for time in own.times]
        steps = sorted(set(units))
        for row, taken in _holders(own, own.after):
            step = bisect_left(steps, units[row])
            reach = [other for other in taken if units[other] in steps[max(0, step - 1) : step + 1]]
            known, explained = known + 1, explained + bool(reach)
            if reach and row - 1 not in reach:
                later, earlier = later + (min(reach) > row), earlier + (max(reach) < row)
    if known < _KNOWN * sum(len(own.times) for own in histories) or explained < _EXPLAINED * known:
        return None
    return later, earlier


def _holders(own: _History, side: list[Cell]) -> Iterator[tuple[int, list[int]]]:
    """The rows whose value is held by other known rows of the entity, and those."""
    at: dict[Cell, list[int]] = {}
    for row, cell in enumerate(own.cells):
        at.setdefault(cell, []).append(row)
    for row, cell in enumerate(side):
        taken = [other for other in at.get(cell, ()) if other != row]
        if taken and not is_absent(cell):
            yield row, taken


def _sources(case: Case) -> Iterator[tuple[str, str, list[_History]]]:
    """Columns of inputs of which the reference may hold the last row, beside the rows that the table has, too."""
    table, column = case.table, case.column
    assert column is not None
    for stage, source in case.inputs().items():
        same = source.reference.state.parameters, table.reference.state.parameters
        alike = same[0].entity == same[1].entity and same[0].key == same[1].key and len(same[0].key) == 1
        section = source.reference.state.section(Entities)
        if not source.identical or not alike or section is None or not section.columns:
            continue
        sides = [_by_key(side, column.name) for side in (table.reference, table.observed)]
        found = list(_by_entity(source.reference, section, sides)) if all(sides) else []
        entities = sorted(found, key=lambda entity: -len(entity.rows))
        if not entities:
            continue
        for name, cells in zip(source.reference.state.sampled_columns, section.columns, strict=True):
            own = source.reference.columns[name]
            if own.type != column.reference.type or name == column.name or name in same[0].key:
                continue
            # most columns are ruled out by a few rows
            if _first_of([entity.with_cells(cells) for entity in entities[:_FEW]], fewest=1) is not None:
                yield stage, name, [entity.with_cells(cells) for entity in entities]


def _by_key(table: Fingerprint, column: str) -> dict[Cell, Cell]:
    """The kept cells of a column by the cell of the key."""
    section, names = table.state.section(Entities), table.state.sampled_columns
    if section is None or not section.columns or column not in names or table.key[0] not in names:
        return {}
    keys, cells = (section.columns[names.index(name)].tolist() for name in (table.key[0], column))
    return dict(zip(keys, cells, strict=True))


@dataclass(frozen=True)
class _Entity:
    """Rows of one entity in the order of time that the table has on both sides: their places in the input's section."""

    rows: list[int]
    times: list[int]
    before: list[Cell]
    after: list[Cell]

    def with_cells(self, cells: Cells) -> _History:
        own = [cells.cell(int(cells.index[row])) for row in self.rows]
        return _History(self.times, own, self.before, self.after)


def _by_entity(table: Fingerprint, section: Entities, sides: list[dict[Cell, Cell]]) -> Iterator[_Entity]:
    """Entities of which all rows are kept, at distinct known times; rows that the table leaves out are left out."""
    names = table.state.sampled_columns
    if table.key[0] not in names:
        return
    keys = section.columns[names.index(table.key[0])].tolist()
    scale = _DAY if table.columns[table.state.parameters.time or ""].type == "date" else 1
    by: dict[int, list[int]] = {}
    for row, owner in enumerate(section.owner):
        by.setdefault(owner, []).append(row)
    for owner, rows in by.items():
        times = {row: time for row in rows if isinstance(time := section.times[row], int)}
        whole = sum(section.counts[row] for row in rows) == section.rows[owner]
        if not whole or len(times) < len(rows) or len(set(times.values())) < len(rows):
            continue
        own = [row for row in rows if all(keys[row] in side for side in sides)]
        if own:
            before, after = ([side[keys[row]] for row in own] for side in sides)
            yield _Entity(own, [times[row] * scale for row in own], before, after)


def _first_of(histories: list[_History], fewest: int = 2 * FEWEST) -> list[Cell] | None:
    """[what the first row of an entity holds], where in the reference every other row holds what the last one has."""
    firsts = [own.before[0] for own in histories]
    pairs = [pair for own in histories for pair in zip(own.cells, own.before[1:], strict=False)]
    if len(pairs) < fewest or not all(_same(*pair) for pair in pairs):
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
