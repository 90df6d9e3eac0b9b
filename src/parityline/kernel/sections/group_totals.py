"""Exact totals of a number by group of rows: what an aggregate can be computed from again, under each convention."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from parityline.errors import UsageError
from parityline.kernel.canonical import hash_key
from parityline.kernel.cells import Cell, Cells, Hashed, Wide
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.parameters import Parameters
from parityline.kernel.reading import Reading, TableReading, grouped_rows
from parityline.kernel.sections.compact import MOST_GROUPED
from parityline.kernel.sections.section import Layout, read_hashes
from parityline.kernel.summaries import Totals
from parityline.tables.columns import NUMBERS

MOST_GROUPS = 256


class Grouping(NamedTuple):
    """measure: the number that is added up; by: the columns whose values name a group; given: not implied by target."""

    measure: str
    by: tuple[str, ...]
    given: bool


@dataclass(frozen=True, slots=True)
class Group:
    """cells: the values that name it; rows, nulls and NaN of the measure, and its exact totals."""

    cells: tuple[Cell, ...] = ()
    rows: int = 0
    nulls: int = 0
    nans: int = 0
    totals: Totals = field(default_factory=Totals)

    def plus(self, other: Group) -> Group:
        counts = (self.rows + other.rows, self.nulls + other.nulls, self.nans + other.nans)
        return Group(self.cells or other.cells, *counts, self.totals.merge(other.totals))

    def encode(self, out: Writer) -> None:
        for count in (self.rows, self.nulls, self.nans):
            out.varint(count)
        self.totals.encode(out)

    @classmethod
    def decode(cls, data: Reader, cells: tuple[Cell, ...]) -> Group:
        return cls(cells, data.varint(), data.varint(), data.varint(), Totals.decode(data))


@dataclass(frozen=True, slots=True)
class Grouped:
    """The groups of one grouping by ascending hash of their values: all, or the 256 with the smallest hashes.

    missing: all rows where a value that would name the group is null, added up.
    """

    complete: bool
    groups: dict[int, Group]
    missing: Group

    def plus(self, other: Grouped) -> Grouped:
        groups = dict(self.groups)
        for own, group in other.groups.items():
            groups[own] = groups[own].plus(group) if own in groups else group
        return Grouped(self.complete and other.complete, groups, self.missing.plus(other.missing))

    def bounded(self, *, given: bool) -> Grouped:
        """Within 256 groups; where that is not all of them and nobody asked for them, nothing."""
        complete = self.complete and len(self.groups) <= MOST_GROUPS
        if not (complete or given):
            return Grouped(False, {}, Group())
        return replace(self, complete=complete, groups={h: self.groups[h] for h in sorted(self.groups)[:MOST_GROUPS]})


@dataclass(frozen=True, slots=True)
class GroupTotals:
    """Groupings: those of `totals=`, and a target of numbers by each column while that has at most 256 values."""

    groupings: dict[Grouping, Grouped]

    @staticmethod
    def wanted(parameters: Parameters) -> bool:
        return bool(parameters.totals or parameters.target)

    @classmethod
    def of(cls, table: TableReading, layout: Layout) -> Self:
        return cls({own: _of(table, own).bounded(given=own.given) for own in groupings(layout)})

    def merge(self, other: Self, layout: Layout) -> Self:
        return type(self)(
            {own: a.plus(other.groupings[own]).bounded(given=own.given) for own, a in self.groupings.items()}
        )

    def masked(self, hidden: set[str], strict: set[str]) -> Self:
        """Hidden names of groups as hashes; nothing of groupings that speak of a strict column."""
        found = {}
        for own, grouped in self.groupings.items():
            if {own.measure, *own.by} & strict:
                found[own] = Grouped(False, {}, Group())
                continue
            groups = dict(grouped.groups)
            for hashed, group in groups.items():
                # one hash names the whole group
                cells = [Hashed(hashed) if name in hidden else c for name, c in zip(own.by, group.cells, strict=True)]
                groups[hashed] = replace(group, cells=tuple(cells))
            found[own] = replace(grouped, groups=groups)
        return type(self)(found)

    def encode(self, out: Writer) -> None:
        for (_, by, given), grouped in self.groupings.items():
            out.varint(grouped.complete)
            if not (grouped.complete or given):
                continue
            groups = grouped.groups.values()
            out.varint(len(groups))
            out.raw(b"".join(own.to_bytes(16, "big") for own in grouped.groups))
            for place in range(len(by)):
                Cells.of([group.cells[place] for group in groups]).encode(out)
            for group in (*groups, grouped.missing):
                group.encode(out)

    @classmethod
    def decode(cls, data: Reader, layout: Layout) -> Self:
        found: dict[Grouping, Grouped] = {}
        for own in groupings(layout):
            complete = bool(data.varint(1))
            if not (complete or own.given):
                found[own] = Grouped(False, {}, Group())
                continue
            hashes = read_hashes(data, data.varint(MOST_GROUPS))
            cells = [Cells.decode(data, MOST_GROUPS).tolist() for _ in own.by]
            if any(len(values) != len(hashes) for values in cells) or any(a >= b for a, b in pairwise(hashes)):
                raise data.fail("groups by ascending hash, each with its values")
            names = list(zip(*cells, strict=True))
            groups = {h: Group.decode(data, names[i]) for i, h in enumerate(hashes)}
            found[own] = Grouped(complete, groups, Group.decode(data, ()))
        return cls(found)


def groupings(layout: Layout) -> list[Grouping]:
    """All groupings of a table, in the order in which they are written."""
    parameters, names = layout.parameters, [name for name, _ in layout.columns]
    found = [Grouping(measure, by, True) for measure, by in parameters.totals]
    if parameters.target and len(names) <= MOST_GROUPED:
        found += [Grouping(parameters.target, (name,), False) for name in names if name != parameters.target]
    return found


def _of(table: TableReading, grouping: Grouping) -> Grouped:
    measure, by = table.columns[grouping.measure], [table.columns[name] for name in grouping.by]
    if measure.column.kind not in (*NUMBERS, "null"):
        if not grouping.given:
            return Grouped(False, {}, Group())
        raise UsageError(f"totals {grouping.measure}: expected a column of numbers, found {measure.column.logical}")
    named = np.logical_and.reduce([reading.present for reading in by])
    rows = np.flatnonzero(named)
    hashes = hash_key([reading.hashes for reading in by], measure.seed)
    firsts, index = grouped_rows(hashes, rows)
    high, low = (words[firsts].tolist() for words in hashes)
    names = zip(*(reading.cells(firsts) for reading in by), strict=True)
    groups = _added(measure, rows, index, len(firsts))
    keys = (h << 64 | w for h, w in zip(high, low, strict=True))
    found = {key: replace(group, cells=cells) for key, group, cells in zip(keys, groups, names, strict=True)}
    lost = np.flatnonzero(~named)
    return Grouped(True, found, _added(measure, lost, np.zeros(len(lost), np.int64), 1)[0])


def _added(measure: Reading, rows: NDArray[np.int64], index: NDArray[np.int64], groups: int) -> list[Group]:
    """The measure at some rows by group, without names."""
    present = measure.present[rows]
    sums = [[Fraction(0)] * groups for _ in range(3)]
    counts = np.zeros((4, groups), np.int64)
    np.add.at(counts[0], index, 1)
    np.add.at(counts[1], index[~present], 1)
    if measure.is_number:
        nan = present & np.isnan(measure.numbers.floats[rows])
        finite = measure.finite[rows]
        np.add.at(counts[2], index[nan], 1)
        np.add.at(counts[3], index[finite], 1)
        for group, cell in zip(index[finite].tolist(), measure.cells(rows[finite]), strict=True):
            value = Fraction(cell.value if isinstance(cell, Wide) else cell)  # type: ignore[arg-type]
            sums[0 if value > 0 else 1][group] += value
            sums[2][group] += value * value
    return [
        Group((), rows, nulls, nans, Totals(count, *(own[i] for own in sums)))
        for i, (rows, nulls, nans, count) in enumerate(counts.T.tolist())
    ]
