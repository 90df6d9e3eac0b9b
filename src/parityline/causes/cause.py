"""What a cause is: asked about one difference of one table, it answers with a finding or not at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.findings import Finding
from parityline.fingerprints import plain
from parityline.kernel.cells import Cell, Cells, Wide
from parityline.kernel.values_hash import cell_hashes
from parityline.pairs import ColumnPair, Rows, TablePair, sampled, subset
from parityline.records import Record, StageRecord
from parityline.relations import mapped

FEWEST = 5
"""A relation that was seen on fewer differing rows names no cause."""


class Rung(IntEnum):
    """The order in which causes are tried: rows before values, then the weakest change first."""

    ROWS = 0
    NAME = 1
    TYPE = 2
    MISSING = 3
    OUTPUT = 4
    PRECISION = 5
    TEXT = 6
    TIME = 7
    UNIT = 8
    CATEGORY = 9
    ATTACHMENT = 10
    CONSTANT = 11
    FEW = 12


@dataclass(frozen=True)
class Context:
    """Where a table stands. records, stages: reference first; inputs: the tables of the stages that it is made of."""

    records: tuple[Record, Record]
    stages: tuple[StageRecord, StageRecord]
    inputs: dict[str, TablePair] = field(default_factory=dict)
    _maps: dict[tuple[int, str], tuple[Rows, Rows, Rows]] = field(default_factory=dict)

    def rows_of(self, table: TablePair, stage: str) -> tuple[Rows, Rows, Rows]:
        """For the aligned rows of `table` that an input has too: their places, and its sampled rows on each side."""
        at = id(table), stage
        if at not in self._maps:
            source = self.inputs[stage]
            sides = []
            for own, other, rows in zip(
                (table.reference, table.observed), (source.reference, source.observed), table.rows, strict=True
            ):
                left, right = mapped(own, other)
                there = dict(zip(left.tolist(), right.tolist(), strict=True))
                sides.append([there.get(row, -1) for row in rows.tolist()])
            both = np.array(sides, np.int64).reshape(2, -1)
            places = np.flatnonzero((both >= 0).all(axis=0))
            self._maps[at] = places, both[0][places], both[1][places]
        return self._maps[at]


@dataclass(frozen=True)
class Case:
    """One difference to explain: `finding` of a check, the table, and its column where it has one."""

    finding: Finding
    table: TablePair
    column: ColumnPair | None = None
    context: Context | None = None

    def inputs(self) -> dict[str, TablePair]:
        """The tables that this one is made of, by stage; none for a source."""
        return self.context.inputs if self.context else {}

    def beside(self, stage: str, column: str) -> tuple[Rows, ColumnPair] | None:
        """A column of an input beside the aligned rows of the table.

        The places in the aligned rows that the input has on both sides (shape (n,), ascending), and its cells there.
        None where no row is known to belong together, or the input's cells were not kept.
        """
        source = self.inputs().get(stage)
        if self.context is None or source is None or column not in source.common:
            return None
        places, *rows = self.context.rows_of(self.table, stage)
        whole = sampled(source.reference, column), sampled(source.observed, column)
        if not len(places) or not len(whole[0]) or not len(whole[1]):
            return None
        own = source.reference.columns[column], source.observed.columns[column]
        cells = subset(whole[0], rows[0]), subset(whole[1], rows[1])
        return places, ColumnPair(column, *own, cells, source.reference.state.parameters.seed)

    def others(self, *types: str) -> Iterator[tuple[Rows, ColumnPair]]:
        """Other columns of these types beside the aligned rows, of the table and of its inputs: places, and cells."""
        name = self.column.name if self.column else None
        everywhere = np.arange(len(self.table.rows[0]))
        for other, pair in self.table.columns.items():
            if other != name and pair.reference.type == pair.observed.type and pair.reference.type in types:
                yield everywhere, pair
        for stage, source in self.inputs().items():
            for other in source.common:
                if source.reference.columns[other].type in types and source.observed.columns[other].type in types:
                    found = self.beside(stage, other)
                    if found is not None:
                        yield found

    def found(self, code: str, sentence: str, **fields: Any) -> Finding:
        """A finding in place of the one that it explains, with its numbers."""
        merged = {"expected": self.finding.expected, "found": self.finding.found, "share": self.finding.share, **fields}
        evidence = {**self.finding.evidence, **merged.pop("evidence", {})}
        explains = (self.finding.code,) if self.finding.code != code else ()
        where = self.table.where
        return Finding(
            code,
            self.finding.stage,
            where + sentence,
            column=self.finding.column,
            explains=explains,
            evidence=evidence,
            **merged,
        )

    def numbers(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Aligned numbers that a rule must explain, all of them present; None where too few differ."""
        column = self.column
        if column is None or column.reference.type != column.observed.type or column.hidden:
            return None
        a, b = (side[column.differs] for side in column.numbers)
        if len(a) < FEWEST or (a == b).all():
            return None  # too few, or numbers of which float64 does not see the difference
        if len(np.unique(a)) == 1:
            # one value that was replaced proves no rule: the rest of the column must obey it too
            there = ~(np.isnan(column.numbers[0]) & np.isnan(column.numbers[1]))
            a, b = (side[there] for side in column.numbers)
        if np.isnan(a).any() or np.isnan(b).any():
            return None
        return a, b

    def texts(self) -> list[tuple[bytes, bytes]] | None:
        """Differing aligned texts; None where there are too few or one is hidden or null."""
        column = self.column
        if column is None or column.hidden or column.aligned == 0:
            return None
        changed = column.changed()
        if len(changed) < FEWEST or not all(isinstance(x, bytes) and isinstance(y, bytes) for x, y in changed):
            return None
        return changed  # type: ignore[return-value]

    def pairs(self) -> list[tuple[Cell, Cell]] | None:
        """All distinct pairs of cells of the aligned rows and of the rare rows; None where one is hidden."""
        return self._pairs

    @cached_property
    def _pairs(self) -> list[tuple[Cell, Cell]] | None:
        found: dict[tuple[str, str], tuple[Cell, Cell]] = {}
        for column in self._known:
            if column.hidden:
                return None
            left, right = (cells.distinct for cells in column.cells)
            places = zip(column.cells[0].index.tolist(), column.cells[1].index.tolist(), strict=True)
            for i, j in set(places):
                found[repr(left[i]), repr(right[j])] = left[i], right[j]
        return [found[at] for at in sorted(found)] if self.column is not None else None

    def changes(self, fewest: int = FEWEST) -> list[tuple[Cell, Cell]] | None:
        """Cells of the rows that differ, aligned or rare; None where one is hidden or there are too few."""
        return self._changes if self._changes is not None and len(self._changes) >= fewest else None

    @cached_property
    def _changes(self) -> list[tuple[Cell, Cell]] | None:
        if self.column is None or any(column.hidden for column in self._known):
            return None
        return [pair for column in self._known for pair in column.changed()]

    @cached_property
    def _known(self) -> list[ColumnPair]:
        """The column in the aligned rows, and in the rare ones beside them."""
        return [] if self.column is None else [self.column, self.table.special(self.column.name)]


def same(a: Cell, b: Cell) -> bool:
    """Whether two cells of one type are equal; NaN is."""
    return a == b or (a != a and b != b)


def instant(cell: Cell) -> int | None:
    """Nanoseconds of a time, days of a date; None for null."""
    if isinstance(cell, Wide) and cell.exponent is None:
        return cell.mantissa
    return cell if isinstance(cell, int) else None


def whole(cell: Cell) -> int | None:
    """The number without its fraction; None for what is no finite number."""
    if isinstance(cell, Wide) and cell.exponent is not None:
        return int(cell.value)
    return int(cell) if isinstance(cell, float) and math.isfinite(cell) else None


def text_hashes(forms: Iterable[str], seed: int) -> dict[str, int]:
    """The hashes of texts in one pass, to know what is hidden: {text: hash}."""
    cells = Cells.of([form.encode() for form in sorted(set(forms))])
    hashes = cell_hashes(cells, "text", seed)
    return {cell.decode(): own for cell, own in zip(cells.distinct, hashes, strict=True) if isinstance(cell, bytes)}


def shown(cell: Cell, logical: str) -> object:
    """A cell of a column of this type as a plain value."""
    return bool(cell) if logical == "boolean" and isinstance(cell, int) else plain(cell)


@dataclass(frozen=True)
class Cause:
    """A cause by its code. `explain` gives None where its relation does not hold."""

    code: str
    rung: Rung
    explain: Callable[[Case], Finding | None]
