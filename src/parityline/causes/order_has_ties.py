"""Rows with equal order keys come in an arbitrary order, and one of them is taken."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise, product

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.causes.joins import named_keys, right_sides
from parityline.causes.lags import lag_over_ties
from parityline.findings import Finding
from parityline.fingerprints import Fingerprint
from parityline.kernel.cells import Cell
from parityline.kernel.values_hash import hashes_by_row
from parityline.pairs import ColumnPair, TablePair, places, sampled, single_rows

CODE = "order-has-ties"
RUNG = Rung.BESIDE

_FEWEST_KEYS = 2
"""Keys of which another row was taken, and of which the same one was: with fewer it may be a rule."""


@dataclass
class _Group:
    """The rows of an input that have one key, and the values that each side took of it."""

    rows: list[int]
    taken: tuple[set[int], set[int]] = field(default_factory=lambda: (set(), set()))


def explain(case: Case) -> Finding | None:
    """The rows of an ordered table stand otherwise only within equal order keys; or one of several rows was taken.

    Of an input that is equal on both sides each side took one row for each key, not the same one for all keys. No
    column of the input orders its rows so that the observed side took the first or the last for every key.
    """
    if case.finding.code == "order-differs":
        return _of_table(case)
    column = case.column
    if column is None or case.finding.code != "values-differ" or int(column.differs.sum()) < FEWEST:
        return None
    for stage, source, names in right_sides(case):
        if column.name not in source.common or column.name in names or not source.identical:
            continue
        groups = _groups(case, column, source, names)
        if groups is None:
            continue
        moved = sum(group.taken[0] != group.taken[1] for group in groups)
        if min(moved, len(groups) - moved) < _FEWEST_KEYS or _by_some_column(source, column.name, groups):
            continue
        joined = ", ".join(f"`{name}`" for name in names)
        sentence = f"`{column.name}` is that of an arbitrary row: {len(groups):,} keys {joined} have several rows in "
        sentence += f"{stage}, and for {moved:,} of them another one was taken, by the order of none of its columns"
        evidence = {"input": stage, "on": list(names), "order_keys": len(groups), "moved": moved}
        return case.found(CODE, sentence, evidence=evidence)
    return _of_lag(case)


def _of_lag(case: Case) -> Finding | None:
    """Each row holds what another row of its entity has, which is the last one before it but for ties of a unit."""
    lag, column = lag_over_ties(case), case.column
    if lag is None or column is None:
        return None
    sentence = (
        f"`{column.name}` is `{lag.stage}.{lag.column}` of the row before, in an order that has ties: rows of one "
    )
    sentence += f"{lag.unit} stand in any order, and {lag.later:,} of {lag.rows:,} sampled rows take one that comes "
    sentence += "after them; research takes the last row in time"
    evidence = {"of": f"{lag.stage}.{lag.column}", "unit": lag.unit, "later": lag.later, "sampled": lag.rows}
    return case.found(CODE, sentence, evidence=evidence)


def _of_table(case: Case) -> Finding | None:
    """Both sides are sorted by the columns that the stage declares as its order, which are not unique."""
    table, declared = case.table, case.table.declared.get("ordered")
    names = [declared] if isinstance(declared, str) else list(declared) if isinstance(declared, (list, tuple)) else []
    if not names or any(name not in table.common for name in names):
        return None
    ranked = [_ranked(side, names) for side in (table.reference, table.observed)]
    if any(len(own) < FEWEST for own in ranked):
        return None
    for signs in product((1, -1), repeat=len(names)):
        if all(_is_sorted([tuple(s * v for s, v in zip(signs, row, strict=True)) for row in own]) for own in ranked):
            break
    else:
        return None
    tied = sum(n for n in Counter(ranked[1]).values() if n > 1)
    if not tied:
        return None
    by = ", ".join(f"`{name}`" for name in names)
    sentence = f"the same {table.observed.rows:,} rows, sorted by {by} on both sides, in another order where that is "
    sentence += f"equal ({tied / len(ranked[1]):.0%} of the sampled rows): add a unique column to the order"
    return case.found(CODE, sentence, evidence={"by": names, "tied": tied, "sampled": len(ranked[1])})


def _ranked(table: Fingerprint, names: list[str]) -> list[tuple[int, ...]]:
    """The ranks of the order columns in the sampled rows, by the places of the rows; [] where cells are not plain."""
    at, rows = places(table), single_rows(table)
    keys = sorted(at, key=at.__getitem__)
    columns = []
    for name in names:
        cells = sampled(table, name)
        plain = [cell for cell in cells.distinct if isinstance(cell, (int, float, bytes)) and cell == cell]
        if len(plain) < len(cells.distinct) or len({isinstance(cell, bytes) for cell in plain}) > 1 or not len(cells):
            return []
        rank = {cell: i for i, cell in enumerate(sorted(plain))}
        columns.append([rank[cells.distinct[i]] for i in cells.index.tolist()])
    return [tuple(column[rows[key]] for column in columns) for key in keys]


def _is_sorted(rows: list[tuple[int, ...]]) -> bool:
    return all(a <= b for a, b in pairwise(rows))


def _groups(case: Case, column: ColumnPair, source: TablePair, names: tuple[str, ...]) -> list[_Group] | None:
    """The keys with several values, of which both sides hold one; None where a value is not that of its key."""
    table, own = case.table, source.reference
    if any(table.columns[name].differs.any() for name in names) or not own.state.sample.complete:
        return None
    kind, seed = column.reference.type, column.seed
    if kind != own.columns[column.name].type or kind != column.observed.type:
        return None
    keys, named = named_keys(own, names), named_keys(table.reference, names)
    if keys is None or named is None or len(set(keys)) == len(keys):
        return None
    held = hashes_by_row(sampled(own, column.name), kind, seed)
    by_key: dict[int, _Group] = {}
    for row, key in enumerate(keys):
        if key is not None:
            by_key.setdefault(key, _Group([])).rows.append(row)
    sides = [hashes_by_row(cells, kind, seed) for cells in column.cells]
    rows = table.rows[0][case.kept]
    for row, before, after, differs in zip(rows.tolist(), *sides, column.differs.tolist(), strict=True):
        group = by_key.get(named[row] or -1)
        if group is not None and {before, after} <= {held[place] for place in group.rows}:
            group.taken[0].add(before)
            group.taken[1].add(after)
        elif differs:
            return None
    seen = [group for group in by_key.values() if group.taken[0]]
    if any(len(side) != 1 for group in seen for side in group.taken):
        return None  # a key of which several rows were taken
    return [group for group in seen if len({held[place] for place in group.rows}) > 1]


def _by_some_column(source: TablePair, name: str, groups: list[_Group]) -> bool:
    """Whether the observed side took the first, or the last, row of every key by a column: then that is its order."""
    own = source.reference
    held = hashes_by_row(sampled(own, name), own.columns[name].type, own.state.parameters.seed)
    for other in source.common:
        cells = sampled(own, other).tolist()
        for sign in (1, -1):
            if all(_is_first(group, cells, held, sign) for group in groups):
                return True
    return False


def _is_first(group: _Group, cells: list[Cell], held: list[int], sign: int) -> bool:
    """Whether a taken row is one of those that stand first by a column; not so where its cells have no order."""
    own = [cells[row] for row in group.rows]
    plain = [cell for cell in own if isinstance(cell, (int, float, bytes)) and cell == cell]
    if len(plain) < len(own) or len({isinstance(cell, bytes) for cell in plain}) > 1 or len(set(plain)) == 1:
        return False
    edge = min(plain) if sign > 0 else max(plain)
    return any(held[row] in group.taken[1] for row, cell in zip(group.rows, own, strict=True) if cell == edge)
