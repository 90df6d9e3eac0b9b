"""A category was retired, and its rows were divided among new ones."""

from __future__ import annotations

from collections import Counter

from parityline.causes.cause import FEWEST, Case, Rung, shown
from parityline.findings import Finding
from parityline.kernel.cells import Cell

CODE = "category-split"
RUNG = Rung.CATEGORY

_MOST_NEW = 50
_LEAST_ROWS = 2


def explain(case: Case) -> Finding | None:
    """All values are known: some are gone, and each of their rows has one of several new values, which no other has."""
    column = case.column
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
    for a, b in column.changed():
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
