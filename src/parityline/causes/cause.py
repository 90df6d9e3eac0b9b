"""What a cause is: asked about one difference of one table, it answers with a finding or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.findings import Finding
from parityline.fingerprints import plain
from parityline.kernel.cells import Cell
from parityline.pairs import ColumnPair, Rows, TablePair, sampled, subset
from parityline.records import Record, StageRecord
from parityline.relations import mapped

FEWEST = 5
"""A relation that was seen on fewer differing rows names no cause."""


class Rung(IntEnum):
    """The order in which causes are tried: rows before values, then the weakest change first."""

    ROWS = 0
    LOST = 1
    """Rows are gone, and nothing above says which."""
    NAME = 2
    TYPE = 3
    MISSING = 4
    OUTPUT = 5
    PRECISION = 6
    TEXT = 7
    TIME = 8
    BESIDE = 9
    """Proven by a column that is equal on both sides, or by computing an aggregate again."""
    UNIT = 10
    CATEGORY = 11
    ATTACHMENT = 12
    CONSTANT = 13
    FEW = 14


@dataclass(frozen=True)
class Context:
    """Where a table stands. records, stages: reference first; inputs: the tables of the stages that it is made of.

    parts: all tables of the stage.
    """

    records: tuple[Record, Record]
    stages: tuple[StageRecord, StageRecord]
    inputs: dict[str, TablePair] = field(default_factory=dict)
    parts: list[TablePair] = field(default_factory=list)
    _beside: dict[tuple[int, str, str], tuple[Rows, ColumnPair] | None] = field(default_factory=dict)
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
        if self.context is None:
            return None
        kept, at = self.context._beside, (id(self.table), stage, column)
        if at not in kept:
            kept[at] = self._found_beside(self.context, stage, column)
        return kept[at]

    def _found_beside(self, context: Context, stage: str, column: str) -> tuple[Rows, ColumnPair] | None:
        source = context.inputs.get(stage)
        if source is None or column not in source.common:
            return None
        places, *rows = context.rows_of(self.table, stage)
        whole = sampled(source.reference, column), sampled(source.observed, column)
        if not len(places) or not len(whole[0]) or not len(whole[1]):
            return None
        own = source.reference.columns[column], source.observed.columns[column]
        cells = subset(whole[0], rows[0]), subset(whole[1], rows[1])
        return places, ColumnPair(column, *own, cells, source.reference.state.parameters.seed)

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
        if len(a) < FEWEST:
            return None
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


def shown(cell: Cell, logical: str) -> object:
    """A cell of a column of this type as a plain value."""
    return bool(cell) if logical == "boolean" and isinstance(cell, int) else plain(cell)


@dataclass(frozen=True)
class Cause:
    """A cause by its code. `explain` gives None where its relation does not hold."""

    code: str
    rung: Rung
    explain: Callable[[Case], Finding | None]
