"""A variable stopped changing: one value stands in a whole period in which the reference has many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parityline.causes.cause import FEWEST, Case, Rung, shown
from parityline.causes.in_time import Times, replaced_by_one, times
from parityline.findings import Finding
from parityline.pairs import subset

CODE = "value-stuck"
RUNG = Rung.BESIDE

Mask = NDArray[np.bool_]


def explain(case: Case) -> Finding | None:
    """All differing rows have one value, and so has every row between the first and the last of them, in all or in
    some entities."""
    column, found = case.column, replaced_by_one(case)
    if column is None or found is None:
        return None
    value, stuck = found
    for own in times(case):
        everywhere = _period(own, column.differs, stuck, np.ones(len(stuck), np.bool_))
        entity = everywhere if everywhere is not None else _by_entity(case, own, stuck)
        if entity is None:
            continue
        first, last, rows, entities = entity
        where = f" of {entities:,} {', '.join(case.table.reference.state.parameters.entity)}" if entities else ""
        said = shown(value, column.observed.type)
        sentence = (
            f"`{column.name}`{where} stays at {said} from {own.shown(first)} to {own.shown(last)} (`{own.name}`), "
        )
        sentence += f"in all {rows:,} sampled rows; the reference has {_distinct(case):,} values there"
        condition = f"`{own.name}` from {own.shown(first)} to {own.shown(last)}"
        evidence = {"value": said, "condition": {"column": own.name, "condition": condition, "rows": rows}}
        return case.found(CODE, sentence, evidence=evidence)
    return None


def _period(own: Times, differs: Mask, stuck: Mask, chosen: Mask) -> tuple[float, float, int, int] | None:
    """(first, last, rows, 0) of the period from the first to the last differing row, all of whose rows are stuck."""
    ticks = own.ticks
    if np.isnan(ticks[differs & chosen]).any():
        return None
    first, last = float(ticks[differs & chosen].min()), float(ticks[differs & chosen].max())
    within = chosen & (ticks >= first) & (ticks <= last)
    if first == last or not stuck[within].all() or (chosen & ~within & ~stuck).sum() < FEWEST:
        return None  # a column that is constant everywhere has no time at which it stopped
    return first, last, int(within.sum()), 0


def _by_entity(case: Case, own: Times, stuck: Mask) -> tuple[float, float, int, int] | None:
    """The same of each entity that has differing rows; at least five rows in each."""
    entity, column = case.table.reference.state.parameters.entity, case.column
    if column is None or len(entity) != 1 or entity[0] not in case.table.columns:
        return None
    pair = case.table.columns[entity[0]]
    if pair.differs.any():
        return None
    owner = subset(pair.cells[0], case.kept).index
    found = []
    for one in np.unique(owner[column.differs]).tolist():
        rows = owner == one
        period = _period(own, column.differs, stuck, rows)
        if period is None or int((column.differs & rows).sum()) < FEWEST:
            return None
        found.append(period)
    if not found or len(found) == len(np.unique(owner)):
        return None
    starts, ends, rows_of, _ = zip(*found, strict=True)
    return min(starts), max(ends), sum(rows_of), len(found)


def _distinct(case: Case) -> int:
    column = case.column
    return 0 if column is None else len(np.unique(column.cells[0].index[column.differs]))
