"""A category was retired, and its rows were divided among new ones."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

from parityline.causes.cause import FEWEST, Case, Rung, shown
from parityline.checks.same_values import percent
from parityline.findings import Finding
from parityline.kernel.cells import Cell, Hashed
from parityline.pairs import ColumnPair

CODE = "category-split"
RUNG = Rung.CATEGORY

_MOST_NEW = 50
_LEAST_ROWS = 2
_SIGMAS = 4.0
_FEWEST_GONE = 20
"""New rows lack a value of fewer rows by chance."""


def explain(case: Case) -> Finding | None:
    """All values are known: some are gone, and each of their rows has one of several new values, which no other has."""
    column = case.column
    if column is not None and case.table.rows_kind == "new":
        return _of_new_rows(case, column) if case.finding.code == "categories-differ" else None
    if column is None or case.finding.code != "values-differ" or column.hidden:
        return None
    sides = [own.values for own in (column.reference, column.observed)]
    if not all(side.complete for side in sides) or column.reference.type != column.observed.type:
        return None
    before, after = (dict(zip(map(repr, side.cells), side.counts, strict=True)) for side in sides)
    gone, new = before.keys() - after.keys(), after.keys() - before.keys()
    if not gone or not len(gone) < len(new) <= _MOST_NEW:
        return None
    parts: dict[str, Counter[str]] = {}
    cells: dict[str, Cell] = {}
    for a, b in column.changed:
        parts.setdefault(repr(a), Counter())[repr(b)] += 1
        cells |= {repr(a): a, repr(b): b}
    owned = [value for own in parts.values() for value in own]
    if parts.keys() != gone or set(owned) != new or len(owned) != len(new) or None in map(cells.get, owned):
        return None  # a value that is made of two, or rows that have another old value
    totals = all(before[value] == sum(after[part] for part in own) for value, own in parts.items())
    halved = {value: own for value, own in parts.items() if len(own) > 1}
    if not totals or not halved or any(n < _LEAST_ROWS for own in halved.values() for n in own.values()):
        return None
    if any(own.total() < FEWEST for own in halved.values()):
        return None
    said = []
    for value, own in halved.items():
        names = [str(shown(cells[part], column.observed.type)) for part in sorted(own)]
        into = f"{', '.join(names[:-1])} and {names[-1]}"
        said.append(f"{shown(cells[value], column.reference.type)} ({before[value]:,} rows) is split into {into}")
    sentence = f"`{column.name}`: {'; '.join(said)}, which have its rows and no other"
    rows = {str(shown(cells[value], column.reference.type)): before[value] for value in halved}
    return case.found(CODE, sentence, evidence={"rows": rows, "exact": True})


def _of_new_rows(case: Case, column: ColumnPair) -> Finding | None:
    """One value is gone, and the only new ones have its share of the rows together; all others have kept theirs."""
    sides = [own.values for own in (column.reference, column.observed)]
    if not all(side.complete for side in sides) or column.reference.type != column.observed.type:
        return None
    before, after = (dict(zip(side.hashes, side.counts, strict=True)) for side in sides)
    cells = {own: cell for side in sides for own, cell in zip(side.hashes, side.cells, strict=True)}
    # a rare value may be on one side by chance
    gone = [own for own, count in before.items() if own not in after and count >= _FEWEST_GONE]
    new = [own for own, count in after.items() if own not in before and count >= FEWEST]
    if len(gone) != 1 or not 1 < len(new) <= _MOST_NEW or any(isinstance(cells[own], Hashed) for own in (*gone, *new)):
        return None
    rows = column.reference.rows, column.observed.rows
    kept = [(before[own], after[own]) for own in before if own in after]
    moved = before[gone[0]], sum(after[own] for own in new)
    if not all(_alike(own, rows) for own in (moved, *kept)):
        return None
    names = sorted(str(shown(cells[own], column.observed.type)) for own in new)
    value = shown(cells[gone[0]], column.reference.type)
    shares = [percent(own / of) for own, of in zip(moved, rows, strict=True)]
    sentence = f"`{column.name}`: {value} ({shares[0]} of the rows) is gone; {', '.join(names[:-1])} and {names[-1]} "
    sentence += f"are new and have its share together ({shares[1]}), and the others have kept theirs: it was split"
    found = case.found(CODE, sentence, evidence={"gone": value, "new": names, "rows": list(moved), "exact": False})
    return replace(found, explains=(*found.explains, "value-stopped-arriving"))


def _alike(counts: tuple[int, int], rows: tuple[int, int]) -> bool:
    """Whether two counts are the same share, up to chance."""
    pooled = sum(counts) / sum(rows)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / rows[0] + 1 / rows[1]))
    return abs(counts[0] / rows[0] - counts[1] / rows[1]) <= _SIGMAS * spread
